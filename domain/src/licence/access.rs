//! Who may take the tokens of a pool: kept back for groups, capped for groups, in shifts, or not at all.

use jiff::{
    Timestamp,
    civil::Time,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use crate::{GroupId, PersonId, identity::named, sla::Week};

/// How the tokens of a pool are shared out among groups and hours. The default shares nothing out: who comes first is
/// served first, at any hour.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolAccess {
    /// Tokens kept for groups, the most important group first: when there are fewer tokens than are kept, the first
    /// are kept first.
    pub reservations: Vec<Reservation>,
    /// The most tokens that members of a group hold at once.
    pub limits: Vec<GroupLimit>,
    /// If not empty, only members of these groups take tokens.
    pub include: Vec<GroupId>,
    /// Members of these groups take none, whatever else they belong to.
    pub exclude: Vec<GroupId>,
    /// If not empty, tokens are granted only while one of these is open. Who holds one then keeps it.
    pub shifts: Vec<Shift>,
}

/// Tokens kept for the members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// Whose.
    pub group: GroupId,
    /// How many.
    pub tokens: u32,
    /// Lent to others while the group does not need them, and recalled, with notice, as soon as it does. Otherwise they
    /// lie idle.
    #[serde(default)]
    pub elastic: bool,
}

/// The most tokens that members of a group hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupLimit {
    /// Whose.
    pub group: GroupId,
    /// How many.
    pub most: u32,
}

/// Hours by the clock on a wall. When clocks are put back, an hour that happens twice is open twice; when they are put
/// forward, the hour that does not happen is not open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The zone of the wall, by its IANA name.
    pub zone: String,
    /// The hours of each weekday.
    pub week: Week,
}

/// Rules that contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A group with two reservations: it would be unclear whether they add up.
    #[error("a group has one reservation; add its tokens up into one line")]
    ReservedTwice,
    /// A group with two limits.
    #[error("a group has one limit; keep the smaller one")]
    LimitedTwice,
    /// No such zone.
    #[error("`{0}` is not a time zone; use an IANA name such as Europe/Berlin, or UTC")]
    UnknownZone(String),
    /// A shift that is never open.
    #[error(
        "a shift needs at least one weekday with hours; leave the shifts away to have the pool always open"
    )]
    NeverOpen,
    /// More rules than anybody can understand.
    #[error("a pool has at most {} reservations, limits, groups or shifts of each kind", PoolAccess::MOST)]
    TooMany,
}

impl AccessError {
    /// The field that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::ReservedTwice => "reservations",
            Self::LimitedTwice => "limits",
            Self::UnknownZone(_) | Self::NeverOpen => "shifts",
            Self::TooMany => "access",
        }
    }
}

impl PoolAccess {
    /// The most rules of each kind.
    pub const MOST: usize = 50;

    /// Whether the rules make sense.
    pub fn check(&self) -> Result<(), AccessError> {
        let Self { reservations, limits, include, exclude, shifts } = self;
        let sizes = [reservations.len(), limits.len(), include.len(), exclude.len(), shifts.len()];
        if sizes.into_iter().any(|size| size > Self::MOST) {
            return Err(AccessError::TooMany);
        }
        if twice(reservations.iter().map(|it| it.group)) {
            return Err(AccessError::ReservedTwice);
        }
        if twice(limits.iter().map(|it| it.group)) {
            return Err(AccessError::LimitedTwice);
        }
        shifts.iter().try_for_each(Shift::check)
    }

    /// Of the groups that somebody belongs to, those that matter here, in order of their ids.
    pub fn relevant(&self, groups: &[GroupId]) -> Vec<GroupId> {
        let named = self
            .reservations
            .iter()
            .map(|it| it.group)
            .chain(self.limits.iter().map(|it| it.group))
            .chain(self.include.iter().copied())
            .chain(self.exclude.iter().copied());
        let mut relevant: Vec<_> = named.filter(|group| groups.contains(group)).collect();
        relevant.sort_unstable();
        relevant.dedup();
        relevant
    }

    /// Whether somebody who belongs to `groups` may take a token. Exclusion wins; where anybody is included, all others
    /// are outsiders (`EXCLUDE` and `INCLUDE` of `FlexNet`'s options file).
    pub fn admits(&self, groups: &[GroupId]) -> bool {
        let belongs = |list: &[GroupId]| list.iter().any(|group| groups.contains(group));
        !belongs(&self.exclude) && (self.include.is_empty() || belongs(&self.include))
    }

    /// Whether tokens are granted at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.shifts.is_empty() || self.shifts.iter().any(|shift| shift.is_open(now))
    }

    /// When tokens are granted again, if they are not at `now`.
    pub fn opens_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return None;
        }
        self.shifts.iter().filter_map(|shift| shift.opens_after(now)).min()
    }
}

fn twice(groups: impl Iterator<Item = GroupId>) -> bool {
    let mut groups: Vec<_> = groups.collect();
    let all = groups.len();
    groups.sort_unstable();
    groups.dedup();
    groups.len() < all
}

impl Shift {
    fn check(&self) -> Result<(), AccessError> {
        if self.zone().is_none() {
            return Err(AccessError::UnknownZone(self.zone.chars().take(60).collect()));
        }
        if self.week.is_never_open() { Err(AccessError::NeverOpen) } else { Ok(()) }
    }

    /// Rules of zones are those compiled into the program, so that no two servers disagree.
    fn zone(&self) -> Option<TimeZone> {
        TimeZoneDatabase::bundled().get(&self.zone).ok()
    }

    fn is_open(&self, now: Timestamp) -> bool {
        let Some(zone) = self.zone() else { return false };
        let wall = now.to_zoned(zone);
        let minute = u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
        let mut openings = self.week.day(wall.weekday()).iter();
        openings.any(|opening| (opening.opens()..opening.closes()).contains(&minute))
    }

    /// The first opening after `now`. A week without one has none.
    fn opens_after(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone()?;
        let today = now.to_zoned(zone.clone()).date();
        let days = (0..=8).filter_map(|days| today.checked_add(jiff::Span::new().days(days)).ok());
        let openings = days.flat_map(|day| {
            let zone = &zone;
            self.week.day(day.weekday()).iter().filter_map(move |opening| {
                let (hour, minute) = (opening.opens() / 60, opening.opens() % 60);
                let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
                zone.to_timestamp(day.to_datetime(time)).ok()
            })
        });
        openings.filter(|opening| *opening > now).min()
    }
}

named! {
    /// How pressing it is that somebody gets a token.
    Priority {
        /// Like everybody else.
        Normal = "normal",
        /// They work on a major incident: they wait before others, and idle tokens change hands without notice.
        Major = "major",
    }
}

/// Somebody who wants a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// Who.
    pub person: PersonId,
    /// The groups they belong to now. What is held already keeps the groups of its beginning: moving from one group to
    /// another takes nothing from anybody.
    pub groups: Vec<GroupId>,
    /// How pressing it is.
    pub priority: Priority,
}

#[expect(clippy::derivable_impls, reason = "the macro that makes the enum knows no default variant")]
impl Default for Priority {
    fn default() -> Self {
        Self::Normal
    }
}

impl From<PersonId> for Claimant {
    /// Somebody who belongs to no group that matters.
    fn from(person: PersonId) -> Self {
        Self { person, groups: Vec::new(), priority: Priority::Normal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sla::Opening;

    fn shift(zone: &str, hours: &[&str]) -> PoolAccess {
        let hours: Vec<Opening> = hours.iter().map(|hours| hours.parse().unwrap()).collect();
        let week = Week { saturday: hours.clone(), sunday: hours.clone(), ..Week::working_days(&hours) };
        PoolAccess { shifts: vec![Shift { zone: zone.to_owned(), week }], ..PoolAccess::default() }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_shift_goes_by_the_clock_on_its_wall_through_the_nights_that_change_it() {
        let berlin = shift("Europe/Berlin", &["02:00-06:00"]);
        // 2026-03-29: 02:00 does not happen; the shift begins when the clock shows 03:00, which is 01:00 UTC.
        assert!(!berlin.is_open(time("2026-03-29T00:59:59Z")));
        assert!(berlin.is_open(time("2026-03-29T01:00:00Z")));
        assert_eq!(berlin.opens_at(time("2026-03-28T22:00:00Z")), Some(time("2026-03-29T01:00:00Z")));
        // 2026-10-25: 02:00 to 03:00 happens twice and is open twice; five hours pass instead of four.
        assert!(berlin.is_open(time("2026-10-25T00:30:00Z")));
        assert!(berlin.is_open(time("2026-10-25T01:30:00Z")));
        assert_eq!(berlin.opens_at(time("2026-10-24T20:00:00Z")), Some(time("2026-10-25T00:00:00Z")));
        assert!(!berlin.is_open(time("2026-10-25T05:00:00Z")));
    }

    #[test]
    fn any_open_shift_opens_the_pool_and_the_next_one_is_named() {
        let mut access = shift("Asia/Kolkata", &["09:00-17:00"]);
        access.shifts.extend(shift("America/New_York", &["09:00-17:00"]).shifts);
        assert!(access.is_open(time("2026-06-01T04:00:00Z")), "09:30 in Kolkata");
        assert!(access.is_open(time("2026-06-01T14:00:00Z")), "10:00 in New York");
        assert_eq!(access.opens_at(time("2026-06-01T12:00:00Z")), Some(time("2026-06-01T13:00:00Z")));
        assert_eq!(access.opens_at(time("2026-06-01T22:00:00Z")), Some(time("2026-06-02T03:30:00Z")));
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused() {
        let group = GroupId::from(uuid::Uuid::from_u128(1));
        let kept = Reservation { group, tokens: 1, elastic: false };
        let reserved = PoolAccess { reservations: vec![kept, kept], ..PoolAccess::default() };
        assert_eq!(reserved.check(), Err(AccessError::ReservedTwice));
        let limit = GroupLimit { group, most: 1 };
        let limited = PoolAccess { limits: vec![limit, limit], ..PoolAccess::default() };
        assert_eq!(limited.check(), Err(AccessError::LimitedTwice));
        assert_eq!(
            shift("Mars/Olympus", &["09:00-17:00"]).check(),
            Err(AccessError::UnknownZone("Mars/Olympus".to_owned()))
        );
        assert_eq!(shift("UTC", &[]).check(), Err(AccessError::NeverOpen));
        assert_eq!(shift("UTC", &["09:00-17:00"]).check(), Ok(()));
    }

    #[test]
    fn exclusion_wins_and_inclusion_makes_all_others_outsiders() {
        let [night, vendor, day] = [1, 2, 3].map(|id| GroupId::from(uuid::Uuid::from_u128(id)));
        let access = PoolAccess { include: vec![night], exclude: vec![vendor], ..PoolAccess::default() };
        assert!(access.admits(&[night, day]));
        assert!(!access.admits(&[day]));
        assert!(!access.admits(&[night, vendor]));
        assert!(PoolAccess::default().admits(&[]));
    }
}
