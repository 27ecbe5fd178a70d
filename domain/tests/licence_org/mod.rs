//! A small organisation with one pool, for the tests of licences.

use domain::{
    LicenceId, PersonId, Timestamp,
    identity::Channel,
    licence::{Action, Cause, Licence, Metric, NewLicence, PoolRules, Term},
};
use uuid::Uuid;

/// The moment `seconds` after the start of every story.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

/// The person with this number.
pub(crate) fn person(number: u32) -> PersonId {
    PersonId::from(Uuid::from_u128(0xA000 + u128::from(number)))
}

/// The act that takes a token in these stories.
pub(crate) fn reply() -> Cause {
    Cause { action: Action::TicketReply, ticket: None, channel: Channel::Web }
}

/// A licence of the base product, running since before the story.
pub(crate) fn licence(metric: Metric, quantity: u32, rules: PoolRules) -> Licence {
    let new = NewLicence {
        name: "Technicians".to_owned(),
        product: "Freehold".to_owned(),
        module: None,
        metric,
        quantity,
        term: Term::new(at(-86_400), None).unwrap(),
        rules,
    };
    Licence::new(LicenceId::from(Uuid::from_u128(0xB000 + metric as u128)), new).unwrap()
}
