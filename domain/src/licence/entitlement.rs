//! The licence itself: what was bought, how it is counted, for how long, under which rules.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AccessError, PoolAccess};
use crate::{LicenceId, identity::named};

named! {
    /// How a licence is counted.
    Metric {
        /// A named seat for one person, theirs at any hour.
        Exclusive = "exclusive",
        /// A pool of tokens that entitled people take in turn.
        Concurrent = "concurrent",
        /// A stock of passes; one lets one person work for one calendar day.
        DayPass = "day_pass",
        /// Free and unlimited: raise, follow and answer one's own tickets.
        Requester = "requester",
    }
}

named! {
    /// A feature set licensed on its own, on top of the base product.
    Module {
        /// Change enablement.
        Change = "change",
        /// Problem management.
        Problem = "problem",
        /// Assets and configuration items.
        Assets = "assets",
        /// Reports.
        Reports = "reports",
        /// Assistants.
        Ai = "ai",
    }
}

impl Module {
    /// Its name on pages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Change => "Change enablement",
            Self::Problem => "Problem management",
            Self::Assets => "Assets and configuration",
            Self::Reports => "Reports",
            Self::Ai => "Assistants",
        }
    }

    /// What it is for, as a sentence to somebody who lacks it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Change => {
                "Changes are planned, approved and put into service so that nobody is surprised by them."
            }
            Self::Problem => {
                "A problem is the cause behind incidents. It gathers them, keeps the workaround for everybody, and is mended once."
            }
            Self::Assets => "Devices, software and what depends on what, with the ticket that is about them.",
            Self::Reports => {
                "Figures over the desk's work, drawn up once and published to whoever needs them."
            }
            Self::Ai => {
                "Assistants that suggest and summarise, under the same licences as the people they help."
            }
        }
    }
}

/// An entitlement. Made by [`Licence::new`], so that one in hand is valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Licence {
    /// Which one.
    pub id: LicenceId,
    /// What people call it.
    pub name: String,
    /// The product that was bought.
    pub product: String,
    /// The feature set it unlocks; `None` is the base product.
    pub module: Option<Module>,
    /// How it is counted.
    pub metric: Metric,
    /// Seats, tokens or passes. Zero for requesters, who are not counted.
    pub quantity: u32,
    /// From when until when.
    pub term: Term,
    /// How its tokens behave. Without effect unless the metric is concurrent.
    pub rules: PoolRules,
    /// Who may take its tokens. Without effect unless the metric is concurrent.
    pub access: PoolAccess,
}

/// What [`Licence::new`] checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLicence {
    /// What people call it.
    pub name: String,
    /// The product that was bought.
    pub product: String,
    /// The feature set it unlocks; `None` is the base product.
    pub module: Option<Module>,
    /// How it is counted.
    pub metric: Metric,
    /// Seats or tokens; zero for requesters.
    pub quantity: u32,
    /// From when until when.
    pub term: Term,
    /// How its tokens behave.
    pub rules: PoolRules,
}

/// A licence that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenceError {
    /// No name, or one too long.
    #[error("give the licence a name of 1 to {} characters", Licence::NAME_LIMIT)]
    Name,
    /// No product, or a name too long.
    #[error("name the product in 1 to {} characters", Licence::NAME_LIMIT)]
    Product,
    /// Requesters are not counted.
    #[error("requesters are free and unlimited; leave the quantity at 0")]
    RequestersAreNotCounted,
    /// More than anybody owns; a slip of the keyboard.
    #[error("a licence has at most {} seats or tokens; split it into several", Licence::QUANTITY_LIMIT)]
    Quantity,
    /// The base product has requesters; a module has not.
    #[error("a module is licensed exclusive or concurrent; requesters need none")]
    RequesterModule,
    /// More overdraft than anybody can pay for; a slip of the keyboard.
    #[error("an overdraft is at most {} tokens", Licence::QUANTITY_LIMIT)]
    Overdraft,
    /// Rules of access that contradict themselves.
    #[error("{0}")]
    Access(#[from] AccessError),
    /// A rule outside its bounds.
    #[error("choose a time between {} and {}", span(*.least), span(*.most))]
    Rule {
        /// Which rule.
        rule: &'static str,
        /// The least that works.
        least: SignedDuration,
        /// The most that makes sense.
        most: SignedDuration,
    },
}

/// A length of time as people say it.
fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    let (amount, unit) = match seconds {
        0 => (0, "seconds"),
        s if s % 86_400 == 0 => (s / 86_400, "days"),
        s if s % 3_600 == 0 => (s / 3_600, "hours"),
        s if s % 60 == 0 => (s / 60, "minutes"),
        s => (s, "seconds"),
    };
    let unit = if amount == 1 { unit.trim_end_matches('s') } else { unit };
    format!("{amount} {unit}")
}

impl LicenceError {
    /// The field of the form or of the request that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Product => "product",
            Self::RequestersAreNotCounted | Self::Quantity => "quantity",
            Self::RequesterModule => "metric",
            Self::Overdraft => "overdraft",
            Self::Access(error) => error.field(),
            Self::Rule { rule, .. } => rule,
        }
    }
}

impl Licence {
    /// The most characters of a name.
    pub const NAME_LIMIT: usize = 120;
    /// The most seats or tokens of one licence.
    pub const QUANTITY_LIMIT: u32 = 100_000;

    /// The licence `new` describes, if it can be. A quantity of zero is allowed: a licence that is being run down.
    pub fn new(id: LicenceId, new: NewLicence) -> Result<Self, LicenceError> {
        let NewLicence { name, product, module, metric, quantity, term, rules } = new;
        let name = short(&name).ok_or(LicenceError::Name)?;
        let product = short(&product).ok_or(LicenceError::Product)?;
        if metric == Metric::Requester {
            if quantity != 0 {
                return Err(LicenceError::RequestersAreNotCounted);
            }
            if module.is_some() {
                return Err(LicenceError::RequesterModule);
            }
        }
        if quantity > Self::QUANTITY_LIMIT {
            return Err(LicenceError::Quantity);
        }
        rules.check()?;
        let access = PoolAccess::default();
        Ok(Self { id, name, product, module, metric, quantity, term, rules, access })
    }

    /// The same licence with other rules about who may take its tokens.
    pub fn with_access(self, access: PoolAccess) -> Result<Self, LicenceError> {
        access.check()?;
        Ok(Self { access, ..self })
    }
}

fn short(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= Licence::NAME_LIMIT).then(|| text.to_owned())
}

/// From when until when a licence runs: `[starts_at, ends_at)`, and for how long after that it goes on by grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Term {
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    grace: SignedDuration,
}

/// A term that ends before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the term ends at {ends_at}, which is not after its start at {starts_at}; choose a later end, or none"
)]
pub struct TermError {
    /// The start.
    pub starts_at: Timestamp,
    /// The end that is not after it.
    pub ends_at: Timestamp,
}

/// Where in its term a licence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TermPhase {
    /// It starts later.
    NotStarted,
    /// It may be used.
    Running,
    /// It is over and may be used by grace, so that a renewal that comes late stops nobody.
    Grace,
    /// It is over.
    Ended,
}

impl Term {
    /// A term from `starts_at` up to, not including, `ends_at`; without end if `None`.
    pub fn new(starts_at: Timestamp, ends_at: Option<Timestamp>) -> Result<Self, TermError> {
        match ends_at {
            Some(ends_at) if ends_at <= starts_at => Err(TermError { starts_at, ends_at }),
            _ => Ok(Self { starts_at, ends_at, grace: SignedDuration::ZERO }),
        }
    }

    /// The longest grace: a quarter of a year.
    pub const GRACE_LIMIT: SignedDuration = SignedDuration::from_hours(92 * 24);

    /// The same term with so much grace after its end; no less than none, and no more than [`Self::GRACE_LIMIT`].
    #[must_use]
    pub fn with_grace(self, grace: SignedDuration) -> Self {
        Self { grace: grace.clamp(SignedDuration::ZERO, Self::GRACE_LIMIT), ..self }
    }

    /// How long it goes on after its end.
    pub const fn grace(&self) -> SignedDuration {
        self.grace
    }

    /// The first moment at which it can no longer be used, if there is one.
    pub fn over_at(&self) -> Option<Timestamp> {
        self.ends_at.map(|end| super::after(end, self.grace))
    }

    /// Whether it can be used at `now`.
    pub fn runs(&self, now: Timestamp) -> bool {
        matches!(self.phase(now), TermPhase::Running | TermPhase::Grace)
    }

    /// The first moment of use.
    pub const fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// The first moment after use, if there is one.
    pub const fn ends_at(&self) -> Option<Timestamp> {
        self.ends_at
    }

    /// Where in the term `now` is.
    pub fn phase(&self, now: Timestamp) -> TermPhase {
        if now < self.starts_at {
            TermPhase::NotStarted
        } else if self.over_at().is_some_and(|over| over <= now) {
            TermPhase::Ended
        } else if self.ends_at.is_some_and(|end| end <= now) {
            TermPhase::Grace
        } else {
            TermPhase::Running
        }
    }
}

/// How the tokens of a pool behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolRules {
    /// How long a holder is protected after their last sign of life.
    pub ttl: SignedDuration,
    /// How much longer their token stays away from others. It must cover the largest difference between the clocks of
    /// two processes: a holder goes by one clock, the next taker by another.
    pub drift: SignedDuration,
    /// How long after a silent end a holder regains the very same token, if it is free.
    pub revival_window: SignedDuration,
    /// How long after their last licensed act a holder counts as idle.
    pub idle_after: SignedDuration,
    /// How long an offered token waits for the person at the head of the line.
    pub offer_window: SignedDuration,
    /// How long a token that was given back is kept for its holder, unless somebody else needs it.
    pub linger: SignedDuration,
    /// How long a holder may be idle at most, even when nobody waits; without end if `None`.
    pub idle_timeout: Option<SignedDuration>,
    /// How long before an idle holder loses their token to somebody who waits they are told so; zero takes it at once,
    /// `None` never.
    pub steal_notice: Option<SignedDuration>,
    /// How long before somebody loses a token they were lent they are told so.
    pub recall_notice: SignedDuration,
    /// How long one may have to let more pressing people pass in line.
    pub patience: SignedDuration,
    /// How many more tokens than there are may be granted, to be counted apart and paid for.
    pub overdraft: u32,
    /// How long a token may be borrowed for work without a connection; not at all if `None`.
    pub borrow_longest: Option<SignedDuration>,
    /// How many tokens must stay when some are borrowed.
    pub borrow_low_water: u32,
}

impl Default for PoolRules {
    fn default() -> Self {
        Self::USUAL
    }
}

impl PoolRules {
    /// What holds where nothing else was said.
    pub const USUAL: Self = Self {
        ttl: SignedDuration::from_mins(5),
        drift: SignedDuration::from_secs(30),
        revival_window: SignedDuration::from_mins(5),
        idle_after: SignedDuration::from_mins(10),
        offer_window: SignedDuration::from_mins(2),
        linger: SignedDuration::ZERO,
        idle_timeout: None,
        steal_notice: Some(SignedDuration::from_secs(30)),
        recall_notice: SignedDuration::from_mins(2),
        patience: SignedDuration::from_mins(10),
        overdraft: 0,
        borrow_longest: None,
        borrow_low_water: 0,
    };

    /// The silence after which a token is free for others: time to live and drift.
    pub fn silence(&self) -> SignedDuration {
        self.ttl.saturating_add(self.drift)
    }

    fn check(&self) -> Result<(), LicenceError> {
        let second = SignedDuration::from_secs(1);
        let day = SignedDuration::from_hours(24);
        // `BORROW_LOWWATER` and the week of `MAX_BORROW_HOURS` in FlexNet; a month is more than anybody is away.
        let month = SignedDuration::from_hours(31 * 24);
        if self.overdraft > Licence::QUANTITY_LIMIT {
            return Err(LicenceError::Overdraft);
        }
        let idle_timeout = self.idle_timeout.unwrap_or(self.idle_after);
        let steal_notice = self.steal_notice.unwrap_or(SignedDuration::ZERO);
        let borrow_longest = self.borrow_longest.unwrap_or(day);
        let bounds = [
            ("linger", self.linger, SignedDuration::ZERO, day),
            ("idle_timeout", idle_timeout, self.idle_after, day),
            ("steal_notice", steal_notice, SignedDuration::ZERO, SignedDuration::from_hours(1)),
            ("recall_notice", self.recall_notice, SignedDuration::ZERO, SignedDuration::from_hours(1)),
            ("patience", self.patience, SignedDuration::ZERO, day),
            ("borrow_longest", borrow_longest, SignedDuration::from_hours(1), month),
            ("ttl", self.ttl, SignedDuration::from_secs(10), day),
            ("drift", self.drift, SignedDuration::ZERO, SignedDuration::from_mins(10)),
            ("revival_window", self.revival_window, SignedDuration::ZERO, day),
            ("idle_after", self.idle_after, second, day),
            ("offer_window", self.offer_window, SignedDuration::from_secs(5), day),
        ];
        match bounds.into_iter().find(|(_, value, least, most)| value < least || value > most) {
            Some((rule, _, least, most)) => Err(LicenceError::Rule { rule, least, most }),
            None => Ok(()),
        }
    }
}
