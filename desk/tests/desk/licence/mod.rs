//! Licences as people meet them: each promise about them, told on both engines.

mod history;
mod manage;
mod processes;
mod rules;
mod seats;
mod tokens;
mod usage;
mod why;

use desk::{
    Context, Desk, Refused,
    licence::{MySeat, MySeatView, StandingKind},
    ticket::{AddNote, RaiseTicket},
};
use domain::{
    LicenceId, PersonId, TicketId, Timestamp,
    identity::{Role, SystemActor},
    licence::{Licence, Metric, PoolEvent, Verdict},
    ticket::{Kind, Markdown, Subject},
};

use crate::support::{Fresh, at, later, monday, seed};

/// A pool with people entitled to it, and a ticket to work on.
struct Scene {
    licence: Licence,
    ticket: TicketId,
    people: Vec<PersonId>,
}

/// `people` technicians who share `tokens`.
fn pool(fresh: &Fresh, tokens: u32, people: usize) -> Scene {
    let licence = fresh.licence("Service desk, concurrent", Metric::Concurrent, tokens);
    let people = (0..people)
        .map(|number| {
            let person = fresh.person(&format!("Technician {number:03}"), &[Role::Agent]);
            fresh.entitle(&licence, person);
            person
        })
        .collect();
    Scene { licence, ticket: ticket(fresh), people }
}

fn ticket(fresh: &Fresh) -> TicketId {
    let anna = fresh.person("Anna Berg", &[Role::Requester]);
    raise(fresh, anna, 0).unwrap()
}

fn raise(fresh: &Fresh, person: PersonId, second: i64) -> Result<TicketId, Refused> {
    let command = RaiseTicket::of(Kind::Incident, Subject::new("The VPN drops").unwrap(), None);
    fresh.desk.execute_now(by(person, second), command).map(|ticket| ticket.id)
}

/// `person`, so many seconds into Monday.
fn by(person: PersonId, second: i64) -> Context {
    at(person, when(second))
}

fn when(second: i64) -> Timestamp {
    later(monday(), second)
}

fn timer(second: i64) -> Context {
    Context::system(SystemActor::Timer, when(second), seed())
}

fn note(ticket: TicketId) -> AddNote {
    AddNote { ticket: ticket.into(), body: Markdown::new("Looked at it.").unwrap(), if_version: None }
}

/// A licensed act.
fn work(desk: &Desk, ctx: Context, ticket: TicketId) -> Result<(), Refused> {
    desk.execute_now(ctx, note(ticket)).map(drop)
}

/// The verdict of a licensed act that was not granted.
fn verdict(result: Result<(), Refused>) -> Verdict {
    match result {
        Err(Refused::Licence(verdict)) => *verdict,
        other => panic!("not a verdict: {other:?}"),
    }
}

impl Scene {
    fn works(&self, fresh: &Fresh, who: usize, second: i64) -> Result<(), Refused> {
        work(&fresh.desk, by(self.people[who], second), self.ticket)
    }

    fn seat(&self, fresh: &Fresh, who: usize, second: i64) -> MySeatView {
        fresh.desk.ask_now(by(self.people[who], second), MySeat).unwrap()
    }

    fn standing(&self, fresh: &Fresh, who: usize, second: i64) -> StandingKind {
        self.seat(fresh, who, second).headline.expect("a standing").kind
    }

    fn events(&self, fresh: &Fresh) -> Vec<PoolEvent> {
        events(fresh, self.licence.id)
    }
}

fn events(fresh: &Fresh, licence: LicenceId) -> Vec<PoolEvent> {
    let (from, until) = (Timestamp::UNIX_EPOCH, when(1_000_000_000));
    fresh.desk.database().read_now(move |tx| store::licence::events(tx, licence, from, until)).unwrap()
}

/// The kinds of what happened to a pool, in order.
fn kinds(events: &[PoolEvent]) -> Vec<&'static str> {
    events.iter().map(PoolEvent::kind).collect()
}

fn audit_records(fresh: &Fresh) -> Vec<store::audit::StoredRecord> {
    let all = store::audit::Records::All;
    fresh.desk.database().read_now(move |tx| store::audit::latest(tx, &all, None, 100_000)).unwrap()
}

/// The sentence of a refusal by a rule of the thing.
fn rule<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
    match result {
        Err(Refused::Rule(sentence)) => sentence,
        other => panic!("not refused by a rule: {other:?}"),
    }
}

/// The field that a refusal is about.
fn field<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
    match result {
        Err(Refused::Invalid(fields)) => fields[0].field.clone(),
        other => panic!("not refused for a field: {other:?}"),
    }
}
