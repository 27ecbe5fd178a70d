//! A desk with one article, one incident and two people.

use std::sync::atomic::{AtomicU64, Ordering};

use desk::{
    Context, Database, DatabaseUrl, Desk, DeskOptions,
    identity::AddPerson,
    knowledge::{MyChat, WriteArticle},
    licence::{AddLicence, AssignSeat, TermDates},
    ticket::{RaiseTicket, TicketDetail},
};
use domain::{
    PersonId, SessionId, TicketId, Timestamp,
    identity::{Channel, Principal, Role, SystemActor},
    knowledge::{Asked, Language, ReviewEvery},
    licence::{Metric, Origin, PoolRules},
    ticket::{ArticleTitle, Kind, Markdown, Said, Subject},
};
use uuid::Uuid;

/// The desk, who asks, and what is not to be touched.
pub(crate) struct Scene {
    pub(crate) desk: Desk,
    pub(crate) anna: Box<dyn Fn() -> Context + Send + Sync>,
    tim: PersonId,
    pub(crate) incident: TicketId,
    _folder: tempfile::TempDir,
}

pub(crate) fn monday() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

static SEEDS: AtomicU64 = AtomicU64::new(1);

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEEDS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    seed
}

fn at(person: PersonId) -> Context {
    let session = SessionId::from(Uuid::from_u128(7));
    Context::new(Principal::person(person, session, Channel::Web), monday(), seed())
}

fn operator() -> Context {
    Context::system(SystemActor::CommandLine, monday(), seed())
}

pub(crate) async fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("freehold.db"));
    let desk = Desk::new(Database::open(&url).unwrap(), DeskOptions::default());
    let mut people = Vec::new();
    for (name, roles) in [("Anna", vec![Role::Requester]), ("Tim", vec![Role::Agent])] {
        let email = format!("{}@example.org", name.to_lowercase());
        let new = AddPerson { name: name.to_owned(), email, roles, ..AddPerson::default() };
        people.push(desk.execute(operator(), new).await.unwrap());
    }
    let (anna, tim) = (people[0], people[1]);
    let seats = AddLicence {
        name: "Seats".to_owned(),
        product: "Service desk".to_owned(),
        module: None,
        metric: Metric::Exclusive,
        quantity: 1,
        term: TermDates { starts_at: "2025-01-01T00:00:00Z".parse().unwrap(), ends_at: None },
        rules: PoolRules::default(),
    };
    let licence = desk.execute(operator(), seats).await.unwrap();
    let seat = AssignSeat {
        licence,
        person: tim,
        justification: "Works tickets all day.".to_owned(),
        origin: Origin::Manual,
        next_review_at: None,
    };
    desk.execute(operator(), seat).await.unwrap();
    let article = WriteArticle {
        article: None,
        language: Language::En,
        seen: None,
        title: ArticleTitle::new("The projector stays dark").unwrap(),
        keywords: None,
        asked: Asked::new("no picture on the beamer").unwrap(),
        body: Markdown::new("Press the button on the left.").unwrap(),
        audience: None,
        review: ReviewEvery::new(6),
        made_from: None,
        publish: true,
    };
    desk.execute(at(tim), article).await.unwrap();
    let subject = Subject::new("The badge reader is dark").unwrap();
    let raised = desk.execute(at(tim), RaiseTicket::of(Kind::Incident, subject, None)).await.unwrap();
    Scene { desk, anna: Box::new(move || at(anna)), tim, incident: raised.id, _folder: folder }
}

/// The technician.
pub(crate) fn tim(scene: &Scene) -> Context {
    at(scene.tim)
}

pub(crate) fn said(words: &str) -> Said {
    Said::new(words).unwrap()
}

/// What the bot said last, as the conversation keeps it.
pub(crate) async fn last_line(desk: &Desk, ctx: Context) -> String {
    desk.ask(ctx, MyChat).await.unwrap().lines.last().unwrap().body.clone()
}

/// Whether a ticket is open, as nobody but the operator asks.
pub(crate) async fn is_open(desk: &Desk, ticket: TicketId) -> bool {
    desk.ask(operator(), TicketDetail { ticket: ticket.into() }).await.unwrap().view.ticket.phase.is_open()
}
