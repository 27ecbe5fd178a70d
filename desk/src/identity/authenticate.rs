//! Who is it? Credentials become a principal. A look, not a command: nothing is changed but when it was last seen.

use domain::{
    Language, PersonId, Timestamp,
    identity::{Account, Actor, Capabilities, Capability, Channel, ExternalIdentity, Principal, Role},
};
use jiff::SignedDuration;
use store::{
    ReadTx, person,
    session::{self, Session, Token},
};

use super::{
    Fields,
    field::is_address,
    secret,
    sign_in::{self, IDLE, LONGEST},
};
use crate::{Context, Desk, Refused, Result};

/// For whom a program says that it acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnBehalf {
    /// A person the desk knows: the header `From` or `X-On-Behalf-Of`, an e-mail address or a person's id.
    Person(String),
    /// Somebody as another system knows them: the field `external_identity`.
    External(ExternalIdentity),
}

/// Somebody whose credentials were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Who acts, through which account, for whom, by which channel.
    pub principal: Principal,
    /// What the credentials narrow the actor's capabilities to.
    pub scopes: Capabilities,
    /// The acting person, if it is one the desk knows.
    pub person: Option<PersonSummary>,
}

/// A person, in short, as pages and answers show whom they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSummary {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their time zone, an IANA name.
    pub zone: String,
    /// The language that they chose; without one, their browser says what they read.
    pub language: Option<Language>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// What their roles give and the credentials leave.
    pub capabilities: Capabilities,
}

impl Authenticated {
    /// The context of a request by them.
    pub fn context(&self, now: Timestamp, seed: [u8; 32]) -> Context {
        let mut ctx = Context::new(self.principal.clone(), now, seed);
        ctx.scopes = self.scopes;
        ctx
    }

    /// What they may do, licences aside.
    pub fn capabilities(&self) -> Capabilities {
        self.person
            .as_ref()
            .map_or_else(|| Capabilities::of_roles([]).intersect(self.scopes), |person| person.capabilities)
    }
}

/// How old the note of when something was last seen may grow before it is written again. Writing it with every request
/// would make every look a write.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

impl Desk {
    /// The person of a session cookie.
    pub async fn authenticate_session(
        &self,
        presented: &str,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Authenticated> {
        let presented = presented.to_owned();
        let (session, authenticated) = self
            .read(move |tx| {
                let over = Refused::SignIn("your session is over; sign in again");
                let Some(session) = sign_in::live(tx, &presented, now)? else { return Err(over) };
                let Some(person) = summary(tx, session.person, Capabilities::all())? else {
                    return Err(over);
                };
                let principal = sign_in::principal(&session, channel);
                let scopes = Capabilities::all();
                Ok((session, Authenticated { principal, scopes, person: Some(person) }))
            })
            .await?;
        self.note_session_seen(&session, now);
        Ok(authenticated)
    }

    /// The person of an API token, or the one that a service account acts for.
    ///
    /// A person's token is theirs alone: it names nobody else. A service account always says for whom it acts; it has
    /// their capabilities as far as its token's scopes go, and never those of who runs the desk or its licences.
    pub async fn authenticate_token(
        &self,
        bearer: &str,
        on_behalf: Option<OnBehalf>,
        now: Timestamp,
    ) -> Result<Authenticated> {
        let hash = secret::hash(bearer);
        let (token, authenticated) = self
            .read(move |tx| {
                let token = session::token_by_hash(tx, &hash, now)?.ok_or(Refused::SignIn(
                    "this API token is unknown, revoked or expired; make a new one",
                ))?;
                let authenticated = by_token(tx, &token, on_behalf);
                Ok((token, authenticated))
            })
            .await?;
        self.note_token_used(&token, now);
        authenticated
    }

    /// Notes in the background when a session was last seen, and lets it last longer. No audit record: nobody did
    /// anything, and the note says nothing that the records of what they did do not.
    fn note_session_seen(&self, session: &Session, now: Timestamp) {
        if session.last_seen_at + SEEN_WITHIN > now {
            return;
        }
        let (id, expires_at) = (session.id, (now + IDLE).min(session.created_at + LONGEST));
        self.tend(now, move |tx, _| Ok(session::touch(tx, id, now, expires_at)?), missed);
    }

    /// Notes in the background when a token was last used; no audit record, as above.
    fn note_token_used(&self, token: &Token, now: Timestamp) {
        if token.last_used_at.is_some_and(|used| used + SEEN_WITHIN > now) {
            return;
        }
        let id = token.id;
        self.tend(now, move |tx, _| Ok(session::touch_token(tx, id, now)?), missed);
    }
}

fn missed(noted: Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "when credentials were last used could not be noted");
    }
}

fn by_token(tx: &mut ReadTx<'_>, token: &Token, on_behalf: Option<OnBehalf>) -> Result<Authenticated> {
    let scopes = scopes(&token.scopes);
    if let Some(owner) = token.person {
        let person = summary(tx, owner, scopes)?.ok_or(Refused::SignIn("the token's owner has left"))?;
        let themselves = match &on_behalf {
            None => true,
            Some(OnBehalf::Person(named)) => {
                named.trim().to_lowercase() == person.email || named.trim() == owner.to_string()
            }
            Some(OnBehalf::External(_)) => false,
        };
        if !themselves {
            return Err(Refused::field(
                "From",
                "a personal token acts for its owner only; use a service account's token to act for somebody else",
            ));
        }
        let principal = Principal {
            actor: Actor::Person(owner),
            authenticated_as: Account::Token { person: owner, token: token.id },
            external_identity: None,
            channel: Channel::Api,
        };
        return Ok(Authenticated { principal, scopes, person: Some(person) });
    }

    let account = token.service_account.ok_or(Refused::SignIn("the token has no owner"))?;
    let authenticated_as = Account::ServiceAccount { account, token: token.id };
    let (person, external_identity) = match on_behalf {
        None => return Err(Refused::AttributionMissing),
        Some(OnBehalf::Person(named)) => (Some(named_person(tx, &named)?), None),
        Some(OnBehalf::External(identity)) => {
            let identity = checked(identity)?;
            let person = person::id_by_external(tx, &identity.issuer, &identity.subject)?;
            (person, Some(identity))
        }
    };
    let Some(id) = person else {
        let principal =
            Principal { actor: Actor::External, authenticated_as, external_identity, channel: Channel::Api };
        return Ok(Authenticated { principal, scopes, person: None });
    };
    let field = if external_identity.is_some() { "external_identity" } else { "From" };
    let person = summary(tx, id, scopes)?
        .ok_or_else(|| Refused::field(field, "names somebody who is not active at this desk"))?;
    if person.roles.iter().any(|role| matches!(role, Role::Admin | Role::LicenceManager)) {
        return Err(Refused::field(
            field,
            "names somebody who runs the desk or its licences; they act for themselves, with a token of their own",
        ));
    }
    let principal =
        Principal { actor: Actor::Person(id), authenticated_as, external_identity, channel: Channel::Api };
    Ok(Authenticated { principal, scopes, person: Some(person) })
}

/// The person of a `From` header. An address is never read as an id, even one that begins with a digit.
fn named_person(tx: &mut ReadTx<'_>, named: &str) -> Result<PersonId> {
    let named = named.trim().to_lowercase();
    let found = if is_address(&named) {
        person::by_email(tx, &named)?.map(|person| person.id)
    } else if let Ok(id) = named.parse() {
        person::by_id(tx, id)?.map(|person| person.id)
    } else {
        return Err(Refused::field("From", "is neither an e-mail address nor a person's id"));
    };
    found.ok_or_else(|| {
        Refused::field(
            "From",
            "names somebody who is not active at this desk; send `external_identity` for them",
        )
    })
}

fn checked(identity: ExternalIdentity) -> Result<ExternalIdentity> {
    let mut fields = Fields::default();
    let issuer = fields.line("external_identity.issuer", &identity.issuer, 1..=200);
    let subject = fields.line("external_identity.subject", &identity.subject, 1..=200);
    let name = fields.line("external_identity.name", &identity.name, 1..=120);
    if issuer == crate::guest::ISSUER {
        fields
            .refuse("external_identity.issuer", "is the desk's own; name the system that knows this person");
    }
    let email = identity.email.map(|email| fields.email("external_identity.email", &email));
    fields.check()?;
    Ok(ExternalIdentity { issuer, subject, name, email })
}

/// An active person, in short.
pub(super) fn summary(
    tx: &mut ReadTx<'_>,
    id: PersonId,
    scopes: Capabilities,
) -> Result<Option<PersonSummary>> {
    let Some(person) = person::by_id(tx, id)?.filter(|person| person.active) else { return Ok(None) };
    let roles = person::roles(tx, id)?;
    let capabilities = Capabilities::of_roles(roles.iter().copied()).intersect(scopes);
    Ok(Some(PersonSummary {
        id,
        name: person.name,
        email: person.email,
        zone: person.zone,
        language: person.language,
        roles,
        capabilities,
    }))
}

/// What a token's scopes leave: everything where it has none, and nothing that this program does not know.
pub(super) fn scopes(stored: &str) -> Capabilities {
    if stored.is_empty() {
        return Capabilities::all();
    }
    stored.split(' ').filter_map(Capability::parse).collect()
}
