//! Tenants of their own for each test, with something in them.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use desk::{
    Context, DatabaseUrl,
    audit::SoundLog,
    identity::AddPerson,
    ticket::{Attach, RaiseTicket},
};
use domain::{
    PersonId, SessionId, Timestamp,
    identity::{Channel, Principal, SystemActor},
    ticket::{Kind, Markdown, Subject, Ticket},
};
use tempfile::TempDir;
use tenancy::{ContentHash, Tenant, TenantOptions, backup::Heard};

/// Which engine a story runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);
static SEEDS: AtomicU64 = AtomicU64::new(1);

pub(crate) fn monday() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn quiet() -> Heard {
    Box::new(|_, _, _| {})
}

/// A place for a tenant that nobody else has.
pub(crate) fn place(folder: &TempDir, engine: Engine) -> TenantOptions {
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let options = TenantOptions::new(folder.path().join(format!("tenant{number}")));
    match engine {
        Engine::Sqlite => options,
        Engine::Postgres => {
            let base = std::env::var("FREEHOLD_TEST_POSTGRES").expect(
                "FREEHOLD_TEST_POSTGRES names a PostgreSQL server for tests; `cargo xtask test` starts one",
            );
            let schema = format!("tenancy_{}_{number}", std::process::id());
            let url: DatabaseUrl = format!("{base}?schema={schema}").parse().unwrap();
            TenantOptions { database: Some(url), ..options }
        }
    }
}

pub(crate) fn made(options: &TenantOptions) -> Tenant {
    Tenant::open(TenantOptions { create: true, ..options.clone() }, monday()).unwrap()
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEEDS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    seed
}

pub(crate) fn system() -> Context {
    Context::system(SystemActor::CommandLine, monday(), seed())
}

pub(crate) fn person(id: PersonId) -> Context {
    let session = SessionId::from(uuid::Uuid::from_u128(7));
    Context::new(Principal::person(id, session, Channel::Web), monday(), seed())
}

/// What every attachment in these stories holds, apart from a number.
pub(crate) fn content(number: u32) -> Vec<u8> {
    format!("attachment {number}\n").into_bytes().repeat(1 + number as usize * 50_000)
}

/// Anna, and her tickets with an attachment each.
pub(crate) fn furnish(tenant: &Tenant, tickets: u32) -> (PersonId, Vec<ContentHash>) {
    let anna = AddPerson {
        name: "Anna Berg".to_owned(),
        email: "anna@example.org".to_owned(),
        ..AddPerson::default()
    };
    let anna = tenant.desk.execute_now(system(), anna).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut hashes = Vec::new();
    for number in 0..tickets {
        let subject = Subject::new(&format!("The VPN drops, gateway zeta{number}")).unwrap();
        let ticket: Box<Ticket> = tenant
            .desk
            .execute_now(
                person(anna),
                RaiseTicket::of(Kind::Incident, subject, Markdown::new("Since monday.").ok()),
            )
            .unwrap();
        let stored = runtime.block_on(async {
            let mut upload = tenant.attachments.begin(u64::MAX);
            upload.write(&content(number)).await.unwrap();
            upload.finish().await.unwrap()
        });
        let attach = Attach {
            ticket: ticket.id.into(),
            name: format!("trace{number}.txt"),
            content_type: "text/plain".to_owned(),
            size: stored.size,
            sha256: stored.hash.0,
            public: true,
        };
        tenant.desk.execute_now(person(anna), attach).unwrap();
        hashes.push(stored.hash);
    }
    (anna, hashes)
}

/// Waits until every audit record has its place, and checks the log.
pub(crate) fn settled(tenant: &Tenant) -> SoundLog {
    loop {
        let sound = tenant.desk.verify_audit(tenant.log_key.verifier(), |_, _| {}).unwrap();
        if sound.pending == 0 {
            return sound;
        }
        std::thread::yield_now();
    }
}
