//! A desk of its own for each test, with a few people, on each engine.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use desk::{
    Context, Database, DatabaseUrl, Desk, DeskOptions, StoreError,
    ticket::{RaiseTicket, WorkTicket},
};
use domain::{
    AssignmentId, GroupId, LicenceId, PersonId, SeatId, SessionId, Timestamp,
    identity::{Channel, Principal, Role},
    licence::{
        AssignmentRequest, Justification, Licence, Metric, Module, NewLicence, Origin, PoolRules, SeatChoice,
        Term,
    },
    ticket::{Assignee, Kind, ResolutionCode, StateKey, Subject, Ticket, Work},
};
use jiff::SignedDuration;
use store::{
    licence,
    person::{self, Person, Team},
};
use uuid::Uuid;

/// A desk that nobody else uses.
pub(crate) struct Fresh {
    pub(crate) desk: Desk,
    pub(crate) url: DatabaseUrl,
    _folder: tempfile::TempDir,
    ids: AtomicU64,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// Monday morning: business hours in the standard calendar.
pub(crate) fn monday() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// `moment` and `seconds` later.
pub(crate) fn later(moment: Timestamp, seconds: i64) -> Timestamp {
    moment.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub(crate) fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    open(DatabaseUrl::Sqlite(folder.path().join("freehold.db")), folder)
}

pub(crate) fn postgres() -> Fresh {
    let base = std::env::var("FREEHOLD_TEST_POSTGRES")
        .expect("FREEHOLD_TEST_POSTGRES names a PostgreSQL server for tests; `cargo xtask test` starts one");
    let schema = format!("desk_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
    open(format!("{base}?schema={schema}").parse().unwrap(), tempfile::tempdir().unwrap())
}

fn open(url: DatabaseUrl, folder: tempfile::TempDir) -> Fresh {
    let desk = another(&url);
    Fresh { desk, url, _folder: folder, ids: AtomicU64::new(1) }
}

/// A desk over the same database, as another process has it.
pub(crate) fn another(url: &DatabaseUrl) -> Desk {
    Desk::new(Database::open(url).unwrap(), DeskOptions::default())
}

static SEEDS: AtomicU64 = AtomicU64::new(1);

/// A context of a person at a moment, with randomness that no other context has.
pub(crate) fn at(person: PersonId, now: Timestamp) -> Context {
    let session = SessionId::from(Uuid::from_u128(7));
    Context::new(Principal::person(person, session, Channel::Web), now, seed())
}

pub(crate) fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEEDS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    seed
}

impl Fresh {
    fn id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) | 0xABCD << 100)
    }

    /// A person with these roles.
    pub(crate) fn person(&self, name: &str, roles: &[Role]) -> PersonId {
        let id = PersonId::from(self.id());
        let new = Person {
            id,
            name: name.to_owned(),
            email: email_of(name),
            title: String::new(),
            department: String::new(),
            location: String::new(),
            zone: "UTC".to_owned(),
            active: true,
            version: 1,
            created_at: monday(),
            language: None,
        };
        let roles = roles.to_vec();
        self.desk
            .database()
            .write_now(move |tx| {
                person::insert(tx, &new, None)?;
                person::set_roles(tx, id, &roles)
            })
            .unwrap();
        id
    }

    /// The person of this name, who is made if they are not there yet.
    pub(crate) fn known(&self, name: &str, roles: &[Role]) -> PersonId {
        let email = email_of(name);
        let found = self.desk.database().read_now(move |tx| person::by_email(tx, &email)).unwrap();
        found.map_or_else(|| self.person(name, roles), |person| person.id)
    }

    /// A group with these members.
    pub(crate) fn group(&self, name: &str, members: &[PersonId]) -> GroupId {
        let (team, members) =
            (Team { id: GroupId::from(self.id()), name: name.to_owned() }, members.to_vec());
        let id = team.id;
        self.desk
            .database()
            .write_now(move |tx| {
                person::insert_team(tx, &team, monday())?;
                members.iter().try_for_each(|member| person::add_member(tx, id, *member).map(drop))
            })
            .unwrap();
        id
    }

    /// A licence of the base product since a year ago, without end.
    pub(crate) fn licence(&self, name: &str, metric: Metric, quantity: u32) -> Licence {
        self.licence_of(name, metric, quantity, None)
    }

    /// The same for a module.
    pub(crate) fn module_licence(
        &self,
        name: &str,
        metric: Metric,
        quantity: u32,
        module: Module,
    ) -> Licence {
        self.licence_of(name, metric, quantity, Some(module))
    }

    fn licence_of(&self, name: &str, metric: Metric, quantity: u32, module: Option<Module>) -> Licence {
        let starts_at = later(monday(), -365 * 86_400);
        let new = NewLicence {
            name: name.to_owned(),
            product: "Service desk".to_owned(),
            module,
            metric,
            quantity,
            term: Term::new(starts_at, None).unwrap(),
            rules: PoolRules::default(),
        };
        let licence = Licence::new(LicenceId::from(self.id()), new).unwrap();
        let (written, seats) = (licence.clone(), self.seats(&licence));
        self.desk
            .database()
            .write_now(move |tx| {
                licence::insert(tx, &written, monday())?;
                for (number, id) in seats {
                    licence::insert_seat(tx, id, written.id, number)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        licence
    }

    fn seats(&self, licence: &Licence) -> Vec<(u32, SeatId)> {
        let numbers = domain::licence::missing_seats(licence, &[]);
        numbers.into_iter().map(|number| (number, SeatId::from(self.id()))).collect()
    }

    /// Puts a person on the first vacant seat of a licence.
    pub(crate) fn seat(&self, licence: &Licence, person: PersonId) {
        let (licence, id) = (licence.clone(), AssignmentId::from(self.id()));
        self.desk
            .database()
            .write_now(move |tx| {
                let seats = licence::seats(tx, licence.id)?;
                let request = AssignmentRequest {
                    person,
                    justification: Justification::new("works tickets all day").unwrap(),
                    origin: Origin::Manual,
                    approver: None,
                };
                let choice: SeatChoice =
                    domain::licence::assign(&licence, &seats, &request, monday()).expect("a vacant seat");
                licence::assign(tx, &choice.assignment(id, licence.id, request, monday(), None))
            })
            .unwrap();
    }

    /// Lets a person take tokens of a licence.
    pub(crate) fn entitle(&self, licence: &Licence, person: PersonId) {
        let licence = licence.id;
        self.desk.database().write_now(move |tx| licence::entitle(tx, person, licence, monday())).unwrap();
    }

    /// A ticket of this person, raised at a moment.
    pub(crate) fn raised(&self, by: PersonId, kind: Kind, subject: &str, now: Timestamp) -> Ticket {
        let raise = RaiseTicket::of(kind, Subject::new(subject).unwrap(), None);
        *self.desk.execute_now(at(by, now), raise).unwrap()
    }

    /// Has a technician take a ticket and move it on until it is resolved.
    pub(crate) fn solve(&self, by: PersonId, ticket: &Ticket, now: Timestamp) {
        for to in ["in_progress", "resolved"] {
            let work = Work {
                assignee: Some(Assignee::Me),
                to: Some(StateKey::new(to).unwrap()),
                resolution_code: Some(ResolutionCode::new("solved").unwrap()),
                ..Work::default()
            };
            let command = WorkTicket { ticket: ticket.id.into(), work, if_version: None };
            self.desk.execute_now(at(by, now), command).unwrap();
        }
    }

    /// A technician with an exclusive seat of a licence made for them.
    pub(crate) fn technician(&self, name: &str) -> PersonId {
        let person = self.person(name, &[Role::Agent]);
        let licence = self.licence(&format!("Seat of {name}"), Metric::Exclusive, 1);
        self.seat(&licence, person);
        person
    }
}

fn email_of(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "."))
}

/// Runs a story on both engines, each under its own name.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* fn $name:ident($fresh:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every story needs everything")]
            use super::*;

            $(#[$doc])*
            fn story($fresh: &crate::support::Fresh) $body

            #[test]
            fn sqlite() {
                story(&crate::support::sqlite());
            }

            #[test]
            fn postgres() {
                story(&crate::support::postgres());
            }
        }
    )+};
}
pub(crate) use on_both_engines;
