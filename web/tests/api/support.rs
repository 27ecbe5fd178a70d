//! A desk with a few people behind the whole router, for each test, on each engine.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use axum::body::Body;
use bytes::Bytes;
use channels::push::{PushSettings, Pusher};
use desk::{
    Context, Database, DatabaseUrl, Desk, DeskOptions,
    identity::{
        AddPerson, AddServiceAccount, Browser, FirstAdministrator, MakeToken, MakeTokenFor, TokenOwner,
    },
    licence::{AddLicence, AssignSeat, Entitle, TermDates},
};
use domain::{
    LicenceId, PersonId, Timestamp,
    audit::LogKey,
    identity::{Capability, Role, SystemActor},
    licence::{Metric, Origin, PoolRules},
};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use web::{
    AppState, Config,
    attachments::{AttachmentError, AttachmentStore, Kept},
    seed,
};

/// Somebody and what they show.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) id: Option<PersonId>,
    pub(crate) email: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Who {
    /// Nobody: no credentials at all.
    pub(crate) fn nobody() -> Self {
        Self { id: None, email: String::new(), headers: Vec::new() }
    }

    pub(crate) fn id(&self) -> String {
        self.id.expect("a person").to_string()
    }

    /// The same with one more header.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut who = self.clone();
        who.headers.push((name, value.into()));
        who
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).unwrap()
    }

    pub(crate) fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }

    /// Asserts that it is a problem document of this kind, and gives it.
    #[track_caller]
    pub(crate) fn problem(&self, slug: &str) -> Value {
        assert_eq!(
            self.headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap()),
            Some("application/problem+json"),
            "{}: {}",
            self.status,
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        assert_eq!(problem["status"], self.status.as_u16());
        problem
    }
}

/// Files in memory.
#[derive(Default)]
struct Shelf(Mutex<HashMap<[u8; 32], Bytes>>);

impl AttachmentStore for Shelf {
    fn put(&self, content: Bytes) -> Kept<'_, [u8; 32]> {
        let name: [u8; 32] = Sha256::digest(&content).into();
        self.0.lock().unwrap().insert(name, content);
        Box::pin(std::future::ready(Ok(name)))
    }

    fn get(&self, sha256: [u8; 32]) -> Kept<'_, Bytes> {
        let found = self.0.lock().unwrap().get(&sha256).cloned().ok_or(AttachmentError::Missing);
        Box::pin(std::future::ready(found))
    }
}

/// A desk, its people, and the router in front of it.
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) app: AppState,
    router: axum::Router,
    clock: Arc<AtomicI64>,
    pub(crate) log_key: LogKey,
    /// Runs the desk and its licences; signed in in a browser.
    pub(crate) admin: Who,
    /// The same, by token.
    pub(crate) admin_token: Who,
    /// A technician with a seat of their own.
    pub(crate) agent: Who,
    /// A technician of the pool with one token.
    pub(crate) floater: Who,
    /// Another one.
    pub(crate) second: Who,
    pub(crate) manager: Who,
    pub(crate) auditor: Who,
    pub(crate) requester: Who,
    pub(crate) stranger: Who,
    /// A service account; it must say for whom it acts.
    pub(crate) bridge: Who,
    pub(crate) seats: LicenceId,
    pub(crate) pool: LicenceId,
    /// The operations that answered well, by method and path.
    pub(crate) seen: Mutex<BTreeSet<String>>,
    description: Value,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// A database that nobody else uses. Opened outside of any runtime: one engine's client has its own.
pub(crate) fn sqlite() -> (Database, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("freehold.db"));
    (Database::open(&url).unwrap(), folder)
}

pub(crate) fn postgres() -> (Database, tempfile::TempDir) {
    let base = std::env::var("FREEHOLD_TEST_POSTGRES")
        .expect("FREEHOLD_TEST_POSTGRES names a PostgreSQL server for tests; `cargo xtask test` starts one");
    let schema = format!("web_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
    let url: DatabaseUrl = format!("{base}?schema={schema}").parse().unwrap();
    (Database::open(&url).unwrap(), tempfile::tempdir().unwrap())
}

/// Runs a story on a world over this database.
pub(crate) fn tell<F: Future<Output = ()>>(
    (database, folder): (Database, tempfile::TempDir),
    story: impl FnOnce(World) -> F,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        story(World::new(database.clone(), Config { rate_limits: unlimited(), ..Config::default() }).await)
            .await;
    });
    runtime.shutdown_background();
    drop((database, folder));
}

pub(crate) fn unlimited() -> web::limits::RateLimits {
    web::limits::RateLimits { caller: None, place: None }
}

/// Runs a story on both engines, each under its own name.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($world:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every story needs everything")]
            use super::*;

            $(#[doc = $doc])*
            async fn story($world: crate::support::World) $body

            #[test]
            fn sqlite() {
                crate::support::tell(crate::support::sqlite(), story);
            }

            #[test]
            fn postgres() {
                crate::support::tell(crate::support::postgres(), story);
            }
        }
    )+};
}
pub(crate) use on_both_engines;

/// Monday morning.
fn monday() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn operator() -> Context {
    Context::system(SystemActor::CommandLine, monday(), seed())
}

async fn person(desk: &Desk, name: &str, roles: &[Role]) -> Who {
    let email = format!("{}@example.org", name.to_lowercase());
    let new = AddPerson {
        name: name.to_owned(),
        email: email.clone(),
        roles: roles.to_vec(),
        ..AddPerson::default()
    };
    let id = desk.execute(operator(), new).await.unwrap();
    token(desk, TokenOwner::Person(id), Some(id), email, &[]).await
}

async fn token(
    desk: &Desk,
    owner: TokenOwner,
    id: Option<PersonId>,
    email: String,
    scopes: &[Capability],
) -> Who {
    let token = MakeToken { label: "Test".to_owned(), scopes: scopes.to_vec(), expires_in_days: None };
    let made = desk.execute(operator(), MakeTokenFor { owner, token }).await.unwrap();
    let bearer = format!("Bearer {}", made.secret.reveal());
    Who { id, email, headers: vec![("authorization", bearer)] }
}

async fn licence(desk: &Desk, name: &str, metric: Metric, quantity: u32) -> LicenceId {
    let new = AddLicence {
        name: name.to_owned(),
        product: "Service desk".to_owned(),
        module: None,
        metric,
        quantity,
        term: TermDates { starts_at: "2025-01-01T00:00:00Z".parse().unwrap(), ends_at: None },
        rules: PoolRules::default(),
    };
    desk.execute(operator(), new).await.unwrap()
}

impl World {
    pub(crate) async fn new(database: Database, config: Config) -> Self {
        let desk = Desk::new(database, DeskOptions::default());
        let link = desk.set_up_link(monday(), seed()).await.unwrap().expect("nobody runs it yet");
        let first = FirstAdministrator {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
            password: "a long enough pass phrase".to_owned(),
            zone: "UTC".to_owned(),
        };
        let browser = Browser::default();
        let session =
            desk.complete_set_up(link.secret.reveal(), first, browser, monday(), seed()).await.unwrap();
        let admin = Who {
            id: Some(session.person),
            email: "ada@example.org".to_owned(),
            headers: vec![
                ("cookie", format!("freehold_session={}", session.secret.reveal())),
                ("sec-fetch-site", "same-origin".to_owned()),
            ],
        };
        let owner = TokenOwner::Person(session.person);
        let admin_token = token(&desk, owner, Some(session.person), admin.email.clone(), &[]).await;
        let agent = person(&desk, "Agnes", &[Role::Agent]).await;
        let floater = person(&desk, "Flo", &[Role::Agent]).await;
        let second = person(&desk, "Sam", &[Role::Agent]).await;
        let manager = person(&desk, "Mona", &[Role::LicenceManager]).await;
        let auditor = person(&desk, "Otto", &[Role::Auditor]).await;
        let requester = person(&desk, "Rita", &[]).await;
        let stranger = person(&desk, "Stu", &[]).await;
        let account =
            desk.execute(operator(), AddServiceAccount { name: "Bridge".to_owned() }).await.unwrap();
        let bridge = token(&desk, TokenOwner::ServiceAccount(account), None, String::new(), &[]).await;

        let seats = licence(&desk, "Seats", Metric::Exclusive, 3).await;
        for who in [&agent, &admin] {
            let seat = AssignSeat {
                licence: seats,
                person: who.id.unwrap(),
                justification: "Works tickets all day.".to_owned(),
                origin: Origin::Manual,
                next_review_at: None,
            };
            desk.execute(operator(), seat).await.unwrap();
        }
        let pool = licence(&desk, "Pool", Metric::Concurrent, 1).await;
        let people = vec![floater.id.unwrap(), second.id.unwrap()];
        desk.execute(operator(), Entitle { licence: pool, people }).await.unwrap();

        let log_key = log_key();
        let clock = Arc::new(AtomicI64::new(monday().as_second()));
        let hand = Arc::clone(&clock);
        let now = Arc::new(move || Timestamp::from_second(hand.load(Ordering::Relaxed)).unwrap());
        let pusher = Some(Arc::new(Pusher::new(PushSettings::default()).unwrap()));
        let config = Config { pusher, log_key: Some(log_key.verifier().clone()), ..config };
        let app = AppState::new(desk.clone(), Arc::new(Shelf::default()), now, config);
        let router = web::router(app.clone());
        Self {
            desk,
            app,
            router,
            clock,
            log_key,
            admin,
            admin_token,
            agent,
            floater,
            second,
            manager,
            auditor,
            requester,
            stranger,
            bridge,
            seats,
            pool,
            seen: Mutex::default(),
            description: serde_json::to_value(web::api::description()).unwrap(),
        }
    }

    /// A token of the same person that is good for these capabilities alone.
    pub(crate) async fn scoped(&self, who: &Who, scopes: &[Capability]) -> Who {
        let id = who.id.unwrap();
        token(&self.desk, TokenOwner::Person(id), Some(id), who.email.clone(), scopes).await
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    /// The API's description.
    pub(crate) fn description(&self) -> &Value {
        &self.description
    }

    /// Sends a request.
    pub(crate) async fn send(&self, who: &Who, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &who.headers {
            request = request.header(*name, value.as_bytes());
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        assert!(parts.headers.contains_key("x-request-id"), "every answer names its request");
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Serves the desk to programs.
    pub(crate) fn serve(&self, listener: tokio::net::TcpListener) -> impl Future<Output = ()> + use<> {
        let router = self.router.clone();
        async move { axum::serve(listener, router).await.unwrap() }
    }

    /// Sends JSON to `/api/v1…`. Whatever comes back must be as the description says.
    #[track_caller]
    pub(crate) fn call<'a>(
        &'a self,
        who: &'a Who,
        method: &'a str,
        path: &'a str,
        body: Value,
    ) -> impl Future<Output = Answer> + 'a {
        let from = std::panic::Location::caller();
        async move {
            let who = who.with("content-type", "application/json");
            let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
            let answer = self.send(&who, method, &format!("/api/v1{path}"), body).await;
            self.check(method, path, &answer, &from.to_string());
            answer
        }
    }

    /// Holds an answer against the description, and remembers the operation if it went well.
    pub(crate) fn check(&self, method: &str, path: &str, answer: &Answer, from: &str) {
        let Some((template, operation)) = self.operation(method, path) else {
            panic!("{from}: {method} {path} is not described");
        };
        let status = answer.status.as_u16().to_string();
        let response = &operation["responses"][&status];
        let response = match response["$ref"].as_str() {
            Some(place) => self.description.pointer(place.trim_start_matches('#')).unwrap(),
            None => response,
        };
        assert!(
            !response.is_null(),
            "{from}: {method} {template} answers {status}, which is not described: {}",
            String::from_utf8_lossy(&answer.bytes)
        );
        if let Some(content) = response["content"].as_object() {
            let (media_type, content) = content.iter().next().unwrap();
            if media_type.ends_with("json") {
                let wrong = crate::shape::difference(&self.description, &content["schema"], &answer.json());
                assert_eq!(wrong, Vec::<String>::new(), "{from}: {method} {template}: {}", answer.text());
            }
        } else {
            assert!(answer.bytes.is_empty(), "{from}: {method} {template} says more than is described");
        }
        if answer.status.is_success() {
            self.seen.lock().unwrap().insert(format!("{method} {template}"));
        }
    }

    /// The described operation at this address.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let path = format!("/api/v1{}", path.split('?').next().unwrap_or_default());
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let places: Vec<&str> = template.split('/').collect();
            let tail = template.ends_with("/tile/{path}") && parts.len() > places.len();
            (places.len() == parts.len() || tail)
                && places.iter().zip(&parts).all(|(place, part)| place.starts_with('{') || place == part)
        };
        let paths = self.description["paths"].as_object()?;
        let found = paths.iter().filter(|(template, _)| fits(template)).filter_map(|(template, item)| {
            let operation = &item[method.to_lowercase()];
            (!operation.is_null()).then_some((template.as_str(), operation))
        });
        // `/tickets/{ticket}` and a word of its own: fewer holes fit better.
        found.min_by_key(|(template, _)| template.matches('{').count())
    }

    /// A ticket of the requester, by id.
    pub(crate) async fn ticket(&self, subject: &str) -> String {
        let answer = self.call(&self.requester, "POST", "/tickets", json!({ "subject": subject })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// How many records the audit log has: nothing changes without one.
    pub(crate) async fn records(&self) -> usize {
        let mut all = 0;
        let mut after = String::new();
        loop {
            let path = format!("/audit/events?limit=200{after}");
            let page = self.call(&self.auditor, "GET", &path, Value::Null).await.json();
            all += page["items"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }
}

fn log_key() -> LogKey {
    LogKey::from_seed("freehold.invalid/test".parse().unwrap(), &[7; 32])
}
