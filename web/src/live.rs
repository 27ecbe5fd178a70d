//! The live stream: pages hear what changed and fetch it again. `/events` sends server-sent events (WHATWG HTML §9.2),
//! each a list of topics; a connection hears only of what its person may know.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use desk::{Announcement, Desk, NEWS_LIMIT};
use domain::{
    PersonId,
    identity::{Capabilities, Capability},
};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde_json::json;
use tokio::sync::{Notify, broadcast, watch};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

use crate::{context::SignedIn, state::AppState};

/// How far back the outbox is read again: a transaction that took a lower number may commit after one with a higher. A
/// number is taken at the end of a transaction, so only those in flight at once can overtake each other.
const WINDOW: i64 = 200;
/// A wake-up may be missed where the engine is another machine; then the news is this late.
const AT_LEAST_EVERY: Duration = Duration::from_secs(15);
/// News that a slow connection may be behind before it is told to look at everything again.
const BACKLOG: usize = 1024;
/// A connection ends after this time and the browser makes a new one, so that nobody listens on after signing out.
const LONGEST: Duration = Duration::from_mins(15);
/// A comment keeps proxies from closing a quiet connection.
const HEARTBEAT: Duration = Duration::from_secs(20);

type News = Arc<[Box<str>]>;

/// What every connection of this process listens to. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    news: broadcast::Sender<News>,
    read: AtomicI64,
    open: watch::Sender<bool>,
}

impl Hub {
    /// Begins to read the outbox whenever the database says that something was committed.
    pub(crate) fn start(desk: Desk) -> Self {
        let hub = Self(Arc::new(Inner {
            news: broadcast::Sender::new(BACKLOG),
            read: AtomicI64::new(0),
            open: watch::Sender::new(true),
        }));
        let wake = Arc::new(Notify::new());
        let waker = Arc::clone(&wake);
        desk.database().on_wake(move || waker.notify_one());
        tokio::spawn(hub.clone().read_on(desk, wake));
        hub
    }

    /// Ends every connection, so that the process can stop.
    pub fn close(&self) {
        self.0.open.send_replace(false);
    }

    /// The number of the last announcement that was read.
    pub(crate) fn read_to(&self) -> i64 {
        self.0.read.load(Ordering::Relaxed)
    }

    async fn read_on(self, desk: Desk, wake: Arc<Notify>) {
        let mut open = self.0.open.subscribe();
        loop {
            match desk.last_news().await {
                Ok(last) => {
                    self.0.read.store(last, Ordering::Relaxed);
                    break;
                }
                Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // What is committed already when the process starts is no news: pages are made from it.
        let start = self.read_to();
        let mut seen = BTreeSet::new();
        loop {
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(AT_LEAST_EVERY) => {}
                _ = open.wait_for(|open| !open) => return,
            }
            while self.read_once(&desk, start, &mut seen).await {}
        }
    }

    /// Reads what is new; says whether there may be more.
    async fn read_once(&self, desk: &Desk, start: i64, seen: &mut BTreeSet<i64>) -> bool {
        let from = (self.read_to() - WINDOW).max(start);
        match desk.news(from).await {
            Ok(announcements) => {
                let more = announcements.len() == NEWS_LIMIT;
                self.tell(&announcements, seen);
                more
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                false
            }
        }
    }

    /// Passes on what was not seen before.
    fn tell(&self, announcements: &[Announcement], seen: &mut BTreeSet<i64>) {
        let mut topics = BTreeSet::new();
        for announcement in announcements {
            if seen.insert(announcement.seq) {
                topics.extend(announcement.topics.split(' ').filter(|topic| !topic.is_empty()));
                self.0.read.fetch_max(announcement.seq, Ordering::Relaxed);
            }
        }
        let oldest = self.read_to() - WINDOW;
        while seen.first().is_some_and(|first| *first <= oldest) {
            seen.pop_first();
        }
        if !topics.is_empty() {
            // Nobody listening is no error.
            drop(self.0.news.send(topics.into_iter().map(Box::from).collect()));
        }
    }

    /// What this person hears.
    fn listen(&self, person: PersonId, capabilities: Capabilities) -> impl Stream<Item = String> + use<> {
        let ear = Ear { person: person.to_string(), capabilities };
        let news = BroadcastStream::new(self.0.news.subscribe());
        let mut open = self.0.open.subscribe();
        let closed = async move { drop(open.wait_for(|open| !open).await) };
        news.filter_map(move |news| std::future::ready(ear.message(&news)))
            .take_until(futures_util::future::select(closed.boxed(), tokio::time::sleep(LONGEST).boxed()))
    }
}

/// Who listens.
struct Ear {
    person: String,
    capabilities: Capabilities,
}

impl Ear {
    /// The topics of some news that this person may know of, as a message.
    fn message(&self, news: &Result<News, BroadcastStreamRecvError>) -> Option<String> {
        let topics: Vec<&str> = match news {
            Ok(news) => news.iter().map(AsRef::as_ref).filter(|topic| self.may_hear(topic)).collect(),
            // Too far behind to say what changed: look at everything again.
            Err(BroadcastStreamRecvError::Lagged(_)) => vec!["*"],
        };
        (!topics.is_empty()).then(|| json!({ "topics": topics }).to_string())
    }

    fn may_hear(&self, topic: &str) -> bool {
        let may = |capability| self.capabilities.has(capability);
        match topic.split_once(':') {
            None => match topic {
                "outages" => may(Capability::PortalUse),
                "queue" => may(Capability::TicketRead),
                "contracts" | "alerts" => may(Capability::LicenceRead),
                _ => false,
            },
            Some(("ticket" | "writing", _)) => may(Capability::TicketRead),
            Some(("licence", _)) => may(Capability::LicenceRead) || may(Capability::TicketWork),
            Some(("mine" | "seat" | "approvals" | "named", person)) => person == self.person,
            Some(_) => false,
        }
    }
}

/// `/events`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/events", get(events))
}

async fn events(State(app): State<AppState>, signed_in: SignedIn) -> impl IntoResponse {
    // A first comment makes the connection open at once, behind proxies that wait for the first byte too.
    let hello = stream::once(std::future::ready(Ok::<_, Infallible>(Event::default().comment("open"))));
    let news = app.live.listen(signed_in.id(), signed_in.person.capabilities);
    let news = news.map(|message| Ok(Event::default().data(message)));
    let stream = Sse::new(hello.chain(news)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    ([("x-accel-buffering", "no")], stream)
}

#[cfg(test)]
mod tests {
    use domain::identity::Role;

    use super::*;

    fn heard(role: Role, topics: &[&str]) -> Option<String> {
        let person: PersonId = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42".parse().unwrap();
        let ear = Ear { person: person.to_string(), capabilities: Capabilities::of_roles([role]) };
        ear.message(&Ok(topics.iter().map(|topic| Box::from(*topic)).collect()))
    }

    const NEWS: [&str; 11] = [
        "queue",
        "ticket:t",
        "writing:t",
        "licence:l",
        "seat:0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42",
        "seat:somebody-else",
        "mine:0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42",
        "approvals:0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42",
        "approvals:somebody-else",
        "named:0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42",
        "named:somebody-else",
    ];

    #[test]
    fn a_requester_hears_of_their_own_tickets_and_seat_alone() {
        let heard = heard(Role::Requester, &NEWS).unwrap();
        assert!(heard.contains("\"seat:0190") && heard.contains("\"mine:0190"));
        assert!(heard.contains("\"approvals:0190") && heard.contains("\"named:0190"));
        for secret in ["queue", "ticket:", "writing:", "licence:", "somebody-else"] {
            assert!(!heard.contains(secret), "{heard}");
        }
    }

    #[test]
    fn an_agent_hears_of_every_ticket_and_of_nobody_elses_seat() {
        let heard = heard(Role::Agent, &NEWS).unwrap();
        for topic in ["queue", "ticket:t", "writing:t", "licence:l"] {
            assert!(heard.contains(topic), "{heard}");
        }
        assert!(!heard.contains("somebody-else"));
    }

    #[test]
    fn who_may_know_of_nothing_hears_nothing() {
        assert_eq!(heard(Role::Requester, &["queue", "ticket:t"]), None);
    }

    #[test]
    fn who_is_too_far_behind_is_told_to_look_at_everything_again() {
        let ear = Ear { person: String::new(), capabilities: Capabilities::default() };
        let message = ear.message(&Err(BroadcastStreamRecvError::Lagged(3)));
        assert_eq!(message.as_deref(), Some("{\"topics\":[\"*\"]}"));
    }
}
