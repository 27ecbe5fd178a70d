//! API tokens, and the service accounts that act on behalf of people.

use domain::{
    PersonId, ServiceAccountId, Timestamp, TokenId,
    identity::{Account, Capability, SystemActor},
    licence::Action,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError, person,
    session::{self, ServiceAccount, Token},
};

use super::{Fields, Secret, own_hands};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// For how many days a token lasts if nothing is said.
const DAYS: u16 = 90;

/// Makes an API token for oneself.
#[derive(Debug, Clone)]
pub struct MakeToken {
    /// What it is for.
    pub label: String,
    /// What it may be used for; everything that its owner may, where empty.
    pub scopes: Vec<Capability>,
    /// For how many days, 1 to 366; 90 if nothing is said.
    pub expires_in_days: Option<u16>,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// Its id.
    pub id: TokenId,
    /// The token itself. Shown once.
    pub secret: Secret,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Who owns a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A person: it acts as them.
    Person(PersonId),
    /// A program: it acts for whom it names.
    ServiceAccount(ServiceAccountId),
}

impl Command for MakeToken {
    type Outcome = TokenMade;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        own_hands(at.ctx)?;
        at.aim(at.person().ok_or(Refused::NotFound("person"))?);
        Ok(Action::TokenOwn)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TokenMade> {
        let owner = TokenOwner::Person(act.person().ok_or(Refused::NotFound("person"))?);
        make(act, owner, self)
    }
}

/// Makes an API token for a service account, or at the command line for anybody. An administrator makes none in
/// another person's name: what is done with it would be recorded as that person's.
#[derive(Debug, Clone)]
pub struct MakeTokenFor {
    /// For whom.
    pub owner: TokenOwner,
    /// The token.
    pub token: MakeToken,
}

impl Command for MakeTokenFor {
    type Outcome = TokenMade;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let may = at.may(Capability::Admin);
        if may {
            own_hands(at.ctx)?;
        }
        match self.owner {
            TokenOwner::Person(person) => {
                let program = at.ctx.principal.authenticated_as;
                if may && program != Account::System(SystemActor::CommandLine) {
                    return Err(Refused::Rule(
                        "a person's token is made by that person, or at the command line".to_owned(),
                    ));
                }
                at.aim(person);
                Ok(Action::PersonChange)
            }
            TokenOwner::ServiceAccount(account) => {
                at.aim(account);
                Ok(Action::ServiceAccountChange)
            }
        }
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TokenMade> {
        let active = match self.owner {
            TokenOwner::Person(person) => {
                person::by_id(act.tx, person)?.ok_or(Refused::NotFound("person"))?.active
            }
            TokenOwner::ServiceAccount(account) => {
                session::account(act.tx, account)?.ok_or(Refused::NotFound("service account"))?.active
            }
        };
        if !active {
            return Err(Refused::Rule("its owner is not active; a token would not work".to_owned()));
        }
        make(act, self.owner, self.token)
    }
}

fn make(act: &mut Act<'_, '_>, owner: TokenOwner, wanted: MakeToken) -> Result<TokenMade> {
    let mut fields = Fields::default();
    let label = fields.line("label", &wanted.label, 1..=80);
    let days = wanted.expires_in_days.unwrap_or(DAYS);
    if !(1..=366).contains(&days) {
        fields.refuse("expires_in_days", "use 1 to 366");
    }
    fields.check()?;
    let mut scopes = wanted.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();

    let now = act.now();
    let expires_at = now + SignedDuration::from_hours(24 * i64::from(days));
    let id = act.new_id();
    let secret = Secret::token(act.random());
    let (person, service_account) = match owner {
        TokenOwner::Person(person) => (Some(person), None),
        TokenOwner::ServiceAccount(account) => (None, Some(account)),
    };
    let token = Token {
        id,
        person,
        service_account,
        label,
        scopes: names.join(" "),
        created_at: now,
        expires_at,
        last_used_at: None,
    };
    session::insert_token(act.tx, &token, &secret.hash())?;
    act.target = id.into();
    act.detail = json!({
        "made": token.label, "scopes": scopes, "expires_at": expires_at,
        "person": person, "service_account": service_account,
    });
    Ok(TokenMade { id, secret, expires_at })
}

/// Revokes a token: one's own, or as an administrator anybody's. It does not work from then on.
#[derive(Debug, Clone, Copy)]
pub struct RevokeToken {
    /// Which.
    pub token: TokenId,
}

impl Command for RevokeToken {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let token = session::token(at.tx, self.token)?;
        let owner = token.as_ref().map(|token| (token.person, token.service_account));
        let action = match owner {
            Some((Some(owner), _)) if Some(owner) == at.person() => {
                own_hands(at.ctx)?;
                Action::TokenOwn
            }
            Some((Some(_), _)) if at.may(Capability::Admin) => Action::PersonChange,
            Some((None, _)) if at.may(Capability::Admin) => Action::ServiceAccountChange,
            _ => return Err(Refused::NotFound("token")),
        };
        at.aim(self.token);
        Ok(action)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let token = session::token(act.tx, self.token)?.ok_or(Refused::NotFound("token"))?;
        let now = act.now();
        session::revoke_token(act.tx, self.token, now)?;
        act.detail = json!({
            "revoked": token.label, "person": token.person, "service_account": token.service_account,
        });
        Ok(())
    }
}

/// Tokens that were not revoked, latest first: one's own, or for an administrator anybody's.
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    /// Whose.
    pub of: TokenOwner,
}

impl Query for Tokens {
    type Answer = Vec<Token>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<Token>> {
        match self.of {
            TokenOwner::Person(person) => {
                if look.person() == Some(person) {
                    own_hands(look.ctx)?;
                } else {
                    look.require(Capability::Admin, "person")?;
                }
                Ok(session::tokens_of(look.tx, person)?)
            }
            TokenOwner::ServiceAccount(account) => {
                look.require(Capability::Admin, "service account")?;
                Ok(session::tokens_of_account(look.tx, account)?)
            }
        }
    }
}

/// Adds a service account: a program that acts on behalf of people and always says for whom.
#[derive(Debug, Clone)]
pub struct AddServiceAccount {
    /// Its name, shown behind "via".
    pub name: String,
}

impl Command for AddServiceAccount {
    type Outcome = ServiceAccountId;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ServiceAccountChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ServiceAccountId> {
        let taken = || Refused::field("name", "is the name of a service account already");
        let mut fields = Fields::default();
        let name = fields.line("name", &self.name, 1..=80);
        fields.check()?;
        if session::account_by_name(act.tx, &name)?.is_some() {
            return Err(taken());
        }
        let (id, now) = (act.new_id::<ServiceAccountId>(), act.now());
        act.target = id.into();
        act.detail = json!({ "name": name });
        session::insert_account(act.tx, &ServiceAccount { id, name, active: true }, now).map_err(
            |error| match error {
                StoreError::Duplicate { .. } => taken(),
                error => error.into(),
            },
        )?;
        Ok(id)
    }
}

/// Ends a service account. Its tokens are revoked; what it did stays.
#[derive(Debug, Clone, Copy)]
pub struct DeactivateServiceAccount {
    /// Which.
    pub account: ServiceAccountId,
}

impl Command for DeactivateServiceAccount {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.account);
        Ok(Action::ServiceAccountChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let account = session::account(act.tx, self.account)?.ok_or(Refused::NotFound("service account"))?;
        let now = act.now();
        session::set_account_active(act.tx, self.account, false)?;
        let revoked = session::revoke_tokens_of_account(act.tx, self.account, now)?;
        act.detail = json!({ "deactivated": account.name, "tokens_revoked": revoked });
        Ok(())
    }
}

/// All service accounts by name, for an administrator.
#[derive(Debug, Clone, Copy)]
pub struct ServiceAccounts;

impl Query for ServiceAccounts {
    type Answer = Vec<ServiceAccount>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<ServiceAccount>> {
        look.require(Capability::Admin, "service account")?;
        Ok(session::accounts(look.tx)?)
    }
}
