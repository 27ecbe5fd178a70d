//! Identity: people and groups, how they prove who they are, and for whom a program acts.
//!
//! Secrets are 256 random bits, shown once and kept as SHA-256. Passwords are kept as Argon2id. Neither is ever part of
//! an audit record, a log line or a kept outcome.

mod authenticate;
mod field;
mod import;
mod language;
mod link;
mod manager;
mod password;
mod people;
mod secret;
mod set_up;
mod sign_in;
mod team;
pub(crate) mod throttle;
mod token;

pub use authenticate::{Authenticated, OnBehalf, PersonSummary};
pub use import::{ImportPeople, ImportedPeople, SkippedPerson};
pub use language::ChooseLanguage;
pub use link::{LinkMade, LinkPurpose, LinkSeen, MakeSignInLink};
pub use manager::{LeadsAnybody, ManagerOf, ReadsAlong, SetManager};
pub(crate) use password::Passwords;
pub use people::{
    AddPerson, ChangePerson, Me, MyStanding, People, PeopleCursor, PeoplePage, PersonChanged, PersonChanges,
    PersonDetail, PersonInDetail, SetRoles,
};
pub use secret::Secret;
pub use set_up::FirstAdministrator;
pub use sign_in::{Browser, Sessions, SignIn, SignOut, SignOutEverywhere, SignedIn, SignedOut};
pub use team::{AddTeam, AddTeamMember, RemoveTeamMember, RenameTeam, TeamMembers, Teams};
pub use token::{
    AddServiceAccount, DeactivateServiceAccount, MakeToken, MakeTokenFor, RevokeToken, ServiceAccounts,
    TokenMade, TokenOwner, Tokens,
};

pub(crate) use field::{Fields, display};
pub(crate) use secret::hash as secret_hash;

use domain::identity::{Account, SystemActor};

use crate::{Context, Refused, Result};

/// Whoever makes or ends credentials does so with their own hands: signed in in a browser, or at the command line. A
/// token that could make tokens would outlive its own revocation, and a program that acts for somebody would come to act
/// as them.
pub(crate) fn own_hands(ctx: &Context) -> Result<()> {
    match ctx.principal.authenticated_as {
        Account::Session { .. } | Account::System(_) => Ok(()),
        Account::Token { .. } | Account::ServiceAccount { .. } | Account::Guest { .. } => {
            Err(Refused::Rule("this is done signed in in a browser, not with an API token".to_owned()))
        }
    }
}

/// Only the program itself may ask for this; to everybody else there is no such thing.
fn program_only(ctx: &Context, what: &'static str) -> Result<()> {
    match ctx.principal.authenticated_as {
        Account::System(
            SystemActor::CommandLine | SystemActor::Setup | SystemActor::SignIn | SystemActor::Import,
        ) => Ok(()),
        _ => Err(Refused::NotFound(what)),
    }
}
