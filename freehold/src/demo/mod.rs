//! The sample organisation: people, licences, tickets and the use of the pool over the last ninety days, made from a
//! seed. The same seed and the same moment always give the same organisation.
//!
//! It is made in neutral words and enters the desk by the same way as an import from another desk.

mod approvals;
mod calendar;
mod catalogue;
mod contracts;
mod effort;
mod knowledge;
mod known_errors;
mod load;
mod notes;
mod outages;
mod people;
mod pool;
mod problems;
mod recurring;
mod texts;
mod tickets;

use std::collections::BTreeMap;

use domain::{
    import::{ImportedPerson, ImportedTicket, PersonKey, PoolUse},
    licence::Module,
};
use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng};

use calendar::Calendar;
pub(crate) use load::{Player, invite, load};

/// The name of the organisation; its mail domain is under `.example` (RFC 2606 §2), which nobody can register.
const NAME: &str = "Marlow Hospital Group";
/// Where its addresses end.
pub(crate) const MAIL_DOMAIN: &str = "marlow.example";
/// The source under which its tickets are found again.
pub(crate) const SOURCE: &str = "demo";
/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// How many people it has.
    pub(crate) people: usize,
    /// How many tickets.
    pub(crate) tickets: usize,
    /// Over how many days its history goes back.
    pub(crate) days: i64,
}

impl Size {
    /// A hospital group.
    pub(crate) const FULL: Self = Self { people: 600, tickets: 5_000, days: 90 };
    /// One of its clinics: made in a moment.
    pub(crate) const SMALL: Self = Self { people: 100, tickets: 300, days: 21 };
}

/// How many tokens its pool has.
pub(crate) const TOKENS: usize = 10;

/// Everything there is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Organisation {
    /// Its name.
    pub(crate) name: &'static str,
    /// How large it is.
    pub(crate) size: Size,
    /// Everybody, technicians first.
    pub(crate) people: Vec<ImportedPerson>,
    /// One person for each role that has a sign-in link.
    pub(crate) staff: Staff,
    /// The groups that own queues.
    pub(crate) groups: Vec<String>,
    /// What was bought and who holds it.
    pub(crate) licences: Vec<LicencePlan>,
    /// The tickets, oldest first.
    pub(crate) tickets: Vec<ImportedTicket>,
    /// The use of the concurrent licence.
    pub(crate) pool_use: PoolUse,
}

/// Who plays which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Staff {
    /// Runs the desk.
    pub(crate) admin: PersonKey,
    /// Looks after licences.
    pub(crate) licence_manager: PersonKey,
    /// Reads reports.
    pub(crate) finance: PersonKey,
    /// Verifies evidence.
    pub(crate) auditor: PersonKey,
    /// A technician on an exclusive seat.
    pub(crate) exclusive_agent: PersonKey,
    /// A technician of the concurrent pool.
    pub(crate) concurrent_agent: PersonKey,
    /// An employee.
    pub(crate) requester: PersonKey,
}

/// A licence to set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LicencePlan {
    /// Its name.
    pub(crate) name: &'static str,
    /// The feature set it unlocks; `None` is the base product.
    pub(crate) module: Option<Module>,
    /// How it is counted, and for whom.
    pub(crate) terms: Terms,
}

/// How a licence is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Terms {
    /// Named seats. Never more holders than seats.
    Exclusive {
        /// Seats bought.
        seats: usize,
        /// Who has one.
        holders: Vec<PersonKey>,
    },
    /// Tokens that a larger circle shares.
    Concurrent {
        /// Tokens bought.
        tokens: usize,
        /// Who may take one.
        entitled: Vec<PersonKey>,
    },
    /// Free, for everybody.
    Requester,
}

/// The organisation of this seed as it stands at `now`, in whole seconds.
pub(crate) fn generate(seed: u64, size: Size, now: Timestamp) -> Organisation {
    let mut random = StdRng::seed_from_u64(seed);
    let calendar = Calendar::new();
    let crowd = people::people(size, &mut random);
    let pool_use = pool::history(&crowd, size, &calendar, now, &mut random);
    let tickets = tickets::history(&crowd, &pool_use, size, &calendar, now, &mut random);

    let agents = |concurrent: bool| {
        crowd.agents.iter().filter(move |agent| agent.concurrent == concurrent).map(|agent| agent.key.clone())
    };
    let key = |place: usize| crowd.people[place].key.clone();
    let first = crowd.agents.len();
    let staff = Staff {
        admin: key(first),
        licence_manager: key(first + 1),
        finance: key(first + 2),
        auditor: key(first + 3),
        exclusive_agent: agents(false).next().unwrap_or_else(|| key(0)),
        concurrent_agent: agents(true).next().unwrap_or_else(|| key(0)),
        requester: keenest(&tickets).unwrap_or_else(|| key(first + 4)),
    };
    let holders = agents(false).chain([staff.admin.clone(), staff.licence_manager.clone()]).collect();
    let licences = vec![
        LicencePlan { name: "Service desk", module: None, terms: Terms::Exclusive { seats: 30, holders } },
        LicencePlan {
            name: "Technicians",
            module: None,
            terms: Terms::Concurrent { tokens: TOKENS, entitled: agents(true).collect() },
        },
        LicencePlan { name: "Employees", module: None, terms: Terms::Requester },
        LicencePlan {
            name: "Problem management",
            module: Some(Module::Problem),
            terms: Terms::Exclusive { seats: 4, holders: agents(false).take(3).collect() },
        },
    ];
    let groups = people::GROUPS.iter().map(|group| group.name.to_owned()).collect();
    Organisation { name: NAME, size, people: crowd.people, staff, groups, licences, tickets, pool_use }
}

/// The person with the most tickets, above all open ones: somebody to whom the portal has much to show.
fn keenest(tickets: &[ImportedTicket]) -> Option<PersonKey> {
    let mut raised: BTreeMap<&PersonKey, (usize, usize)> = BTreeMap::new();
    for ticket in tickets {
        let (open, all) = raised.entry(&ticket.requester).or_default();
        *open += usize::from(!ticket.state.is_done());
        *all += 1;
    }
    raised.into_iter().max_by_key(|(_, counts)| *counts).map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests;
