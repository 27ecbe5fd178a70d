//! The people who work, their licences and their API tokens, made before the server first starts: by the same commands
//! that its command line and its pages use.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use desk::{
    Context, Desk,
    identity::{AddPerson, Browser, LinkPurpose, MakeSignInLink, MakeToken, MakeTokenFor, TokenOwner},
    licence::{AddLicence, AssignSeat, Entitle, TermDates},
};
use domain::{
    LicenceId, PersonId, Timestamp,
    identity::{Role, SystemActor},
    licence::{Metric, Origin, PoolRules},
};
use jiff::SignedDuration;
use tenancy::{Tenant, TenantOptions};

use crate::edge;

/// How many of whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) requesters: u32,
    pub(crate) exclusive: u32,
    pub(crate) concurrent: u32,
    /// Tokens that those of the line above share.
    pub(crate) tokens: u32,
    pub(crate) rules: PoolRules,
}

/// Somebody, and the API token they work with.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) token: String,
}

/// Everybody.
#[derive(Debug, Clone)]
pub(crate) struct Organisation {
    pub(crate) requesters: Vec<Worker>,
    pub(crate) exclusive: Vec<Worker>,
    pub(crate) concurrent: Vec<Worker>,
    /// Reads who holds what.
    pub(crate) manager: Worker,
    pub(crate) pool: LicenceId,
    /// The session cookie of an exclusive technician.
    pub(crate) cookie: String,
}

impl Organisation {
    /// Makes the tenant in `data` with everybody in it.
    pub(crate) fn make(data: &Path, database: Option<&str>, wanted: Wanted) -> anyhow::Result<Self> {
        Maker::open(data, database)?.organisation(wanted)
    }

    /// The same, with a browser for everybody who shares tokens and for the manager: their sessions, by person.
    pub(crate) fn make_with_browsers(
        data: &Path,
        database: Option<&str>,
        wanted: Wanted,
    ) -> anyhow::Result<(Self, BTreeMap<PersonId, String>)> {
        let maker = Maker::open(data, database)?;
        let organisation = maker.organisation(wanted)?;
        let readers = organisation.concurrent.iter().chain([&organisation.manager]);
        let sessions = readers.map(|reader| Ok((reader.id, maker.session(reader.id)?)));
        let sessions = sessions.collect::<anyhow::Result<_>>()?;
        Ok((organisation, sessions))
    }
}

/// Makes the organisation.
pub(crate) struct Maker {
    desk: Desk,
    /// Since when its licences run and are somebody's; since yesterday and now, where nothing is said.
    since: Option<Timestamp>,
}

/// Most people that are entitled at once.
const AT_ONCE: usize = 1_000;

impl Maker {
    pub(crate) fn open(data: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let database = database.map(str::parse).transpose()?;
        let options = TenantOptions { database, serve: true, create: true, ..TenantOptions::new(data) };
        Ok(Self { desk: Tenant::open(options, edge::now())?.desk, since: None })
    }

    /// The same, with licences that run and are somebody's since an earlier day.
    pub(crate) fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }

    fn context(&self) -> anyhow::Result<Context> {
        match self.since {
            Some(at) => Ok(Context::system(SystemActor::CommandLine, at, edge::seed()?)),
            None => edge::context(),
        }
    }

    /// The desk that it is made in.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) fn organisation(&self, wanted: Wanted) -> anyhow::Result<Organisation> {
        let manager = self.worker("Manager", 1, Role::LicenceManager)?;
        let requesters = self.workers("Requester", wanted.requesters, Role::Requester)?;
        let exclusive = self.workers("Exclusive", wanted.exclusive, Role::Agent)?;
        let concurrent = self.workers("Concurrent", wanted.concurrent, Role::Agent)?;

        let seats = self.licence("Seats", Metric::Exclusive, wanted.exclusive, PoolRules::default())?;
        for Worker { id, .. } in &exclusive {
            let assign = AssignSeat {
                licence: seats,
                person: *id,
                justification: "works tickets all day".to_owned(),
                origin: Origin::Manual,
                next_review_at: None,
            };
            self.desk.execute_now(self.context()?, assign)?;
        }
        let pool = self.licence("Tokens", Metric::Concurrent, wanted.tokens, wanted.rules)?;
        let people: Vec<_> = concurrent.iter().map(|worker| worker.id).collect();
        self.entitle(pool, &people)?;

        let technician = exclusive.first().context("somebody must be able to sign in")?;
        let cookie = self.session(technician.id)?;
        Ok(Organisation { requesters, exclusive, concurrent, manager, pool, cookie })
    }

    fn workers(&self, name: &str, count: u32, role: Role) -> anyhow::Result<Vec<Worker>> {
        (1..=count).map(|number| self.worker(name, number, role)).collect()
    }

    fn worker(&self, name: &str, number: u32, role: Role) -> anyhow::Result<Worker> {
        let email = format!("{}.{number}@example.org", name.to_lowercase());
        let name = format!("{name} {number}");
        let person = AddPerson { name: name.clone(), email, roles: vec![role], ..AddPerson::default() };
        let id = self.desk.execute_now(edge::context()?, person)?;
        let token = MakeToken { label: "work".to_owned(), scopes: Vec::new(), expires_in_days: None };
        let made =
            self.desk.execute_now(edge::context()?, MakeTokenFor { owner: TokenOwner::Person(id), token })?;
        Ok(Worker { id, name, token: made.secret.reveal().to_owned() })
    }

    pub(crate) fn entitle(&self, licence: LicenceId, people: &[PersonId]) -> anyhow::Result<()> {
        for some in people.chunks(AT_ONCE) {
            self.desk.execute_now(self.context()?, Entitle { licence, people: some.to_vec() })?;
        }
        Ok(())
    }

    pub(crate) fn licence(
        &self,
        name: &str,
        metric: Metric,
        quantity: u32,
        rules: PoolRules,
    ) -> anyhow::Result<LicenceId> {
        let yesterday = edge::now().checked_sub(SignedDuration::from_hours(24))?;
        let licence = AddLicence {
            name: name.to_owned(),
            product: "Service desk".to_owned(),
            module: None,
            metric,
            quantity,
            term: TermDates { starts_at: self.since.unwrap_or(yesterday), ends_at: None },
            rules,
        };
        Ok(self.desk.execute_now(self.context()?, licence)?)
    }

    pub(crate) fn session(&self, person: PersonId) -> anyhow::Result<String> {
        let link = MakeSignInLink { person, purpose: LinkPurpose::SignIn, minutes: 10 };
        let link = self.desk.execute_now(edge::context()?, link)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (secret, browser) = (link.secret.reveal(), Browser::default());
        let signed_in = self.desk.use_sign_in_link(secret, browser, edge::now(), edge::seed()?);
        Ok(runtime.block_on(signed_in)?.secret.reveal().to_owned())
    }
}
