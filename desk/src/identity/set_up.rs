//! Set-up: the first administrator of a desk that has none.

use domain::{
    PersonId, Timestamp,
    identity::{Channel, Principal, Role, SystemActor},
    licence::Action,
};
use jiff::SignedDuration;
use serde_json::json;
use store::{
    person::{self, Person},
    session::{self, SignInLink},
};

use super::{
    Browser, Fields, LinkMade, LinkPurpose, Secret, SignedIn, link, password, program_only, secret,
    sign_in::{BeginSession, Proof, draw, split},
};
use crate::{Act, Command, Context, Desk, Refused, Result, Threshold};

/// How long a set-up link lasts; each start makes a new one.
const LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What the first administrator says of themselves.
#[derive(Clone)]
pub struct FirstAdministrator {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The password they chose.
    pub password: String,
    /// Their time zone.
    pub zone: String,
}

impl Desk {
    /// A set-up link, if nobody runs the desk yet. Earlier ones end.
    pub async fn set_up_link(&self, now: Timestamp, seed: [u8; 32]) -> Result<Option<LinkMade>> {
        if self.read(|tx| Ok(!person::with_role(tx, Role::Admin)?.is_empty())).await? {
            return Ok(None);
        }
        self.execute(Context::system(SystemActor::Setup, now, seed), MakeSetUpLink).await.map(Some)
    }

    /// Makes the first administrator, who may do everything, and signs them in.
    pub async fn complete_set_up(
        &self,
        presented: &str,
        first: FirstAdministrator,
        browser: Browser,
        now: Timestamp,
        seed: [u8; 32],
    ) -> Result<SignedIn> {
        let seen = self.look_at_link(presented, now).await?;
        if seen.purpose != LinkPurpose::Setup {
            return Err(Refused::SignIn(link::OVER));
        }
        let mut fields = Fields::default();
        let name = fields.line("name", &first.name, 1..=120);
        let email = fields.email("email", &first.email);
        let zone = fields.zone("zone", &first.zone);
        password::check(&mut fields, "password", &first.password, &email);
        fields.check()?;

        let (mut random, set_up_seed) = split(seed);
        let password_hash = self.passwords().turn().await?.hash(first.password, &mut random).await?;
        let link = secret::hash(presented);
        let principal = Principal { channel: Channel::Web, ..Principal::system(SystemActor::Setup) };
        let person = self
            .execute(
                Context::new(principal, now, set_up_seed),
                CompleteSetUp {
                    link,
                    name,
                    email: email.clone(),
                    zone,
                    password_hash: password_hash.clone(),
                },
            )
            .await?;
        let session = domain::new_id(now, &mut random);
        let session_seed = draw(&mut random);
        let proof = Proof::Password { hash: password_hash, email, keys: Vec::new() };
        let begin = BeginSession { person, session, user_agent: browser.user_agent, proof };
        self.execute(begin.context(now, session_seed), begin).await
    }
}

/// Makes a set-up link and ends the earlier ones.
struct MakeSetUpLink;

impl Command for MakeSetUpLink {
    type Outcome = LinkMade;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        program_only(at.ctx, "link")?;
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<LinkMade> {
        let secret = Secret::new(act.random());
        let expires_at = act.now() + LASTS;
        let purpose = LinkPurpose::Setup.as_str();
        session::clear_links(act.tx, purpose)?;
        let link = SignInLink { person: None, purpose: purpose.to_owned(), expires_at, used_at: None };
        session::insert_link(act.tx, &link, &secret.hash())?;
        act.detail = json!({ "link": LinkPurpose::Setup, "expires_at": expires_at });
        Ok(LinkMade { secret, expires_at })
    }
}

/// Makes the first administrator.
struct CompleteSetUp {
    link: [u8; 32],
    name: String,
    email: String,
    zone: String,
    password_hash: String,
}

impl Command for CompleteSetUp {
    type Outcome = PersonId;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        program_only(at.ctx, "link")?;
        Ok(Action::PersonChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<PersonId> {
        let now = act.now();
        let (_, purpose) = link::usable(session::lock_link(act.tx, &self.link)?, now)?;
        if purpose != LinkPurpose::Setup || !person::lock_administrators(act.tx, None)?.is_empty() {
            return Err(Refused::SignIn(link::OVER));
        }
        session::use_link(act.tx, &self.link, now)?;
        // People may have been imported before anybody ran the desk, the administrator among them.
        let known = person::by_email(act.tx, &self.email)?;
        let id = if let Some(known) = known {
            let known = Person {
                name: self.name,
                zone: self.zone,
                active: true,
                version: known.version + 1,
                ..known
            };
            person::update(act.tx, &known)?;
            known.id
        } else {
            let id = act.new_id();
            let person = Person {
                id,
                name: self.name,
                email: self.email,
                title: String::new(),
                department: String::new(),
                location: String::new(),
                zone: self.zone,
                active: true,
                version: 1,
                created_at: now,
                language: None,
            };
            person::insert(act.tx, &person, None)?;
            id
        };
        let roles = [Role::Agent, Role::LicenceManager, Role::Admin];
        person::set_roles(act.tx, id, &roles)?;
        person::set_password_hash(act.tx, id, &self.password_hash)?;
        act.target = id.into();
        act.detail = json!({ "set_up": true, "roles": roles });
        Ok(id)
    }
}
