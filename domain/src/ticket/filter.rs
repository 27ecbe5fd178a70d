//! What a list of tickets shows and in which order, as the query of its address: every filtered list is a link.

use std::{fmt::Write as _, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use super::{Category, Columns, Kind, Phase, Priority};
use crate::{GroupId, PersonId, identity::named};

/// So many days back is the furthest that a filter looks: ten years.
const MOST_DAYS: u16 = 3_660;

/// A promise is at risk when less than this is left of it.
pub const AT_RISK: SignedDuration = SignedDuration::from_hours(1);

named! {
    /// Which part of their life the tickets are in.
    Scope {
        /// Work is left to do.
        Open = "open",
        /// Nobody began.
        New = "new",
        /// Somebody works on it.
        Active = "active",
        /// It waits for somebody.
        Waiting = "waiting",
        /// Solved, and may come back.
        Solved = "solved",
        /// Closed or cancelled.
        Closed = "closed",
        /// Whatever it is.
        Any = "any",
    }
}

impl Scope {
    /// The phases that it means: one, two, or all of them.
    pub const fn phases(self) -> Option<(Phase, Phase)> {
        match self {
            Self::Open | Self::Any => None,
            Self::New => Some((Phase::New, Phase::New)),
            Self::Active => Some((Phase::Active, Phase::Active)),
            Self::Waiting => Some((Phase::Waiting, Phase::Waiting)),
            Self::Solved => Some((Phase::Resolved, Phase::Resolved)),
            Self::Closed => Some((Phase::Closed, Phase::Cancelled)),
        }
    }

    /// Whether nothing in it is over.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::New | Self::Active | Self::Waiting)
    }

    /// The word on its chip.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::New => "New",
            Self::Active => "In progress",
            Self::Waiting => "Waiting",
            Self::Solved => "Solved",
            Self::Closed => "Closed",
            Self::Any => "Any state",
        }
    }
}

named! {
    /// How the next promise of a ticket stands.
    PromiseAt {
        /// Less than an hour is left.
        Risk = "risk",
        /// Its time ran out.
        Breached = "breached",
    }
}

impl PromiseAt {
    /// The words on its chip.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Risk => "due within the hour",
            Self::Breached => "overdue",
        }
    }
}

named! {
    /// The order of a list.
    Sort {
        /// The nearest promise first, those without one last.
        Due = "due",
        /// The most pressing priority first, by promise within each.
        Priority = "priority",
        /// The latest raised first.
        Newest = "newest",
        /// The first raised first.
        Oldest = "oldest",
        /// The latest changed first.
        Updated = "updated",
    }
}

impl Sort {
    /// The order in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Due => "due first",
            Self::Priority => "highest priority first",
            Self::Newest => "newest first",
            Self::Oldest => "oldest first",
            Self::Updated => "latest change first",
        }
    }
}

/// Something of a kind, or none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrNone<T> {
    /// None.
    None,
    /// This one.
    Is(T),
}

/// Whose task it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssigneeIs {
    /// Whoever looks: the same link is everybody's own list.
    Me,
    /// Nobody's.
    Nobody,
    /// This person's.
    Person(PersonId),
}

/// A part of a filter that cannot be read; the sentence says what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {sentence}")]
pub struct InvalidFilter {
    /// Which part: its name in the address.
    pub part: &'static str,
    /// What may stand there.
    pub sentence: String,
}

/// What a list shows, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Which part of their life.
    pub scope: Scope,
    /// Which kind.
    pub kind: Option<Kind>,
    /// In whose queue.
    pub group: Option<OrNone<GroupId>>,
    /// Whose task.
    pub assignee: Option<AssigneeIs>,
    /// Whose ticket.
    pub requester: Option<PersonId>,
    /// How pressing.
    pub priority: Option<Priority>,
    /// Filed under this.
    pub category: Option<Category>,
    /// How the promise stands.
    pub sla: Option<PromiseAt>,
    /// Nothing happened for so many days.
    pub idle: Option<u16>,
    /// Raised more than so many days ago.
    pub age: Option<u16>,
    /// The order that was asked for; see [`Filter::order`].
    pub sort: Sort,
    /// What it shows of each ticket, if that was said.
    pub columns: Option<Columns>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            scope: Scope::Open,
            kind: None,
            group: None,
            assignee: None,
            requester: None,
            priority: None,
            category: None,
            sla: None,
            idle: None,
            age: None,
            sort: Sort::Due,
            columns: None,
        }
    }
}

impl Filter {
    /// The names of its parts in an address, in the order in which they are written.
    pub const PARTS: [&'static str; 12] = [
        "state",
        "kind",
        "group",
        "assignee",
        "requester",
        "priority",
        "category",
        "sla",
        "idle",
        "age",
        "sort",
        "columns",
    ];

    /// Reads the parts of an address. Empty values, as a form sends them, and other names say nothing.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, InvalidFilter> {
        let mut filter = Self::default();
        for (name, value) in pairs {
            let value = value.trim();
            if !value.is_empty() {
                filter.set(name, value)?;
            }
        }
        Ok(filter)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidFilter> {
        match name {
            "state" => {
                self.scope = one_of("state", Scope::parse(value), Scope::ALL.iter().map(|it| it.as_str()))?;
            }
            "kind" => {
                self.kind = Some(one_of("kind", Kind::parse(value), Kind::ALL.iter().map(|it| it.as_str()))?);
            }
            "group" if value == "none" => self.group = Some(OrNone::None),
            "group" => self.group = Some(OrNone::Is(id("group", value, "`none` or a group's id")?)),
            "assignee" => {
                self.assignee = Some(match value {
                    "me" => AssigneeIs::Me,
                    "none" => AssigneeIs::Nobody,
                    value => AssigneeIs::Person(id("assignee", value, "`me`, `none` or a person's id")?),
                });
            }
            "requester" => self.requester = Some(id("requester", value, "a person's id")?),
            "priority" => {
                let names = Priority::ALL.iter().map(|it| it.as_str());
                self.priority = Some(one_of("priority", Priority::parse(value), names)?);
            }
            "category" => {
                let read = Category::new(value);
                self.category = Some(
                    read.map_err(|error| InvalidFilter { part: "category", sentence: error.to_string() })?,
                );
            }
            "sla" => {
                let names = PromiseAt::ALL.iter().map(|it| it.as_str());
                self.sla = Some(one_of("sla", PromiseAt::parse(value), names)?);
            }
            "idle" => self.idle = Some(days("idle", value)?),
            "age" => self.age = Some(days("age", value)?),
            "sort" => self.sort = one_of("sort", Sort::parse(value), Sort::ALL.iter().map(|it| it.as_str()))?,
            // A form sends each of them by itself.
            "columns" => {
                let read = Columns::read(value)?;
                self.columns = Some(self.columns.map_or(read, |others| others.and(read)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Name and value of every part that says something, in the order of [`Filter::PARTS`].
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let mut parts = Vec::new();
        let usual = Self::default();
        if self.scope != usual.scope {
            parts.push(("state", self.scope.to_string()));
        }
        parts.extend(self.kind.map(|kind| ("kind", kind.to_string())));
        parts.extend(self.group.map(|group| match group {
            OrNone::None => ("group", "none".to_owned()),
            OrNone::Is(group) => ("group", group.to_string()),
        }));
        parts.extend(self.assignee.map(|assignee| match assignee {
            AssigneeIs::Me => ("assignee", "me".to_owned()),
            AssigneeIs::Nobody => ("assignee", "none".to_owned()),
            AssigneeIs::Person(person) => ("assignee", person.to_string()),
        }));
        parts.extend(self.requester.map(|person| ("requester", person.to_string())));
        parts.extend(self.priority.map(|priority| ("priority", priority.to_string())));
        parts.extend(self.category.as_ref().map(|category| ("category", category.as_str().to_owned())));
        parts.extend(self.sla.map(|sla| ("sla", sla.to_string())));
        parts.extend(self.idle.map(|days| ("idle", days.to_string())));
        parts.extend(self.age.map(|days| ("age", days.to_string())));
        if self.sort != usual.sort {
            parts.push(("sort", self.sort.to_string()));
        }
        parts.extend(self.columns.map(|columns| ("columns", columns.to_string())));
        parts
    }

    /// The canonical query: the same list always has the same link. Empty for all open tickets.
    pub fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.parts() {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
                    query.push(char::from(byte));
                } else {
                    // Writing to text does not fail.
                    let _ = write!(query, "%{byte:02X}");
                }
            }
        }
        query
    }

    /// The same list without one part.
    #[must_use]
    pub fn without(&self, part: &str) -> Self {
        let parts = self.parts();
        let rest =
            parts.iter().filter(|(name, _)| *name != part).map(|(name, value)| (*name, value.as_str()));
        // What was written by `parts` can be read.
        Self::read(rest).unwrap_or_default()
    }

    /// The order of the list. What is over has no promise and presses nobody: among such, the newest come first.
    pub const fn order(&self) -> Sort {
        match self.sort {
            Sort::Due | Sort::Priority if !self.scope.is_open() => Sort::Newest,
            sort => sort,
        }
    }

    /// The moments between which the next promise ends, the first included: absent where any will do.
    pub fn due(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.sla {
            None => (None, None),
            Some(PromiseAt::Breached) => (None, Some(now)),
            Some(PromiseAt::Risk) => (Some(now), Some(now.saturating_add(AT_RISK).unwrap_or(Timestamp::MAX))),
        }
    }

    /// Before when it must have changed last.
    pub fn unchanged_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.idle.map(|days| ago(now, days))
    }

    /// Before when it must have been raised.
    pub fn raised_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.age.map(|days| ago(now, days))
    }
}

fn ago(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}

fn one_of<T>(
    part: &'static str,
    read: Option<T>,
    names: impl Iterator<Item = &'static str>,
) -> Result<T, InvalidFilter> {
    read.ok_or_else(|| {
        let names: Vec<_> = names.collect();
        InvalidFilter { part, sentence: format!("must be one of {}", names.join(", ")) }
    })
}

fn id<T: FromStr>(part: &'static str, value: &str, shape: &str) -> Result<T, InvalidFilter> {
    value.parse().map_err(|_| InvalidFilter { part, sentence: format!("must be {shape}") })
}

fn days(part: &'static str, value: &str) -> Result<u16, InvalidFilter> {
    let read = value.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    read.ok_or_else(|| InvalidFilter {
        part,
        sentence: format!("must be a number of days from 1 to {MOST_DAYS}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{super::Column, *};

    fn any_filter() -> impl Strategy<Value = Filter> {
        let id = any::<u128>().prop_map(Uuid::from_u128);
        let group = prop_oneof![Just(OrNone::None), id.clone().prop_map(|id| OrNone::Is(id.into()))];
        let assignee = prop_oneof![
            Just(AssigneeIs::Me),
            Just(AssigneeIs::Nobody),
            id.clone().prop_map(|id| AssigneeIs::Person(id.into()))
        ];
        let one = (
            prop::sample::select(Scope::ALL),
            prop::option::of(prop::sample::select(Kind::ALL)),
            prop::option::of(group),
            prop::option::of(assignee),
            prop::option::of(id.prop_map(PersonId::from)),
        );
        let other = (
            prop::option::of(prop::sample::select(Priority::ALL)),
            prop::option::of("[A-Za-zÄ&=+%?#][A-Za-zÄ &=+%?#/]{0,20}[a-z]"),
            prop::option::of(prop::sample::select(PromiseAt::ALL)),
            prop::option::of(1..=MOST_DAYS),
            prop::option::of(1..=MOST_DAYS),
            prop::sample::select(Sort::ALL),
            prop::option::of(prop::sample::subsequence(Column::ALL, 0..=Column::ALL.len())),
        );
        (one, other).prop_map(
            |(
                (scope, kind, group, assignee, requester),
                (priority, category, sla, idle, age, sort, columns),
            )| {
                let columns =
                    columns.map(|all| all.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(","));
                Filter {
                    scope,
                    kind,
                    group,
                    assignee,
                    requester,
                    priority,
                    category: category.map(|category| Category::new(&category).unwrap()),
                    sla,
                    idle,
                    age,
                    sort,
                    columns: columns.map(|columns| Columns::read(&columns).unwrap()),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_filter_reads_back_from_its_parts(filter in any_filter()) {
            let parts = filter.parts();
            let read = Filter::read(parts.iter().map(|(name, value)| (*name, value.as_str()))).unwrap();
            prop_assert_eq!(&read, &filter);
            for (part, _) in &parts {
                prop_assert!(filter.without(part).parts().iter().all(|(name, _)| name != part));
            }
            prop_assert!(filter.query().split('&').count() <= Filter::PARTS.len());
            prop_assert!(filter.query().is_ascii());
        }
    }

    #[test]
    fn what_cannot_be_read_says_what_may_stand_there() {
        for (part, value, words) in [
            ("state", "hot", "open, new, active"),
            ("group", "network", "`none` or a group's id"),
            ("assignee", "you", "`me`, `none`"),
            ("idle", "0", "from 1 to 3660"),
            ("age", "99999999999", "from 1 to 3660"),
            ("sort", "random", "due, priority"),
        ] {
            let refused = Filter::read([(part, value)]).unwrap_err();
            assert_eq!(refused.part, part);
            assert!(refused.sentence.contains(words), "{refused}");
        }
        assert_eq!(Filter::read([("state", ""), ("after", "1.2"), ("q", "x")]), Ok(Filter::default()));
    }

    #[test]
    fn what_is_over_is_never_sorted_by_its_promise() {
        for scope in Scope::ALL {
            let filter = Filter { scope: *scope, ..Filter::default() };
            assert_eq!(filter.order() == Sort::Due, scope.is_open(), "{scope}");
        }
    }
}
