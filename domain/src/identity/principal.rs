//! The principal: the person, the account that authenticated, the identity it speaks for, the channel. Never collapsed
//! into one name, because multiplexing hides exactly there.

use serde::{Deserialize, Serialize};

use super::named;
use crate::{GuestId, PersonId, ServiceAccountId, SessionId, TokenId};

/// Who acts, through which account, for whom, by which channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The one whose act this is. Capabilities and licences are theirs.
    pub actor: Actor,
    /// The account whose credentials were checked.
    pub authenticated_as: Account,
    /// The identity at another system that a service account speaks for (RFC 8693 `act`, seen from the other side).
    pub external_identity: Option<ExternalIdentity>,
    /// The way in.
    pub channel: Channel,
}

impl Principal {
    /// The program itself, acting by its clock or at its operator's command line.
    pub const fn system(system: SystemActor) -> Self {
        Self {
            actor: Actor::System(system),
            authenticated_as: Account::System(system),
            external_identity: None,
            channel: match system {
                SystemActor::CommandLine => Channel::CommandLine,
                SystemActor::Import => Channel::Import,
                SystemActor::SignIn => Channel::Web,
                SystemActor::Timer | SystemActor::Setup => Channel::Timer,
            },
        }
    }

    /// A person who signed in themselves.
    pub const fn person(person: PersonId, session: SessionId, channel: Channel) -> Self {
        Self {
            actor: Actor::Person(person),
            authenticated_as: Account::Session { person, session },
            external_identity: None,
            channel,
        }
    }

    /// The acting person, if it is one the desk knows.
    pub const fn person_id(&self) -> Option<PersonId> {
        match self.actor {
            Actor::Person(person) => Some(person),
            Actor::External | Actor::System(_) => None,
        }
    }
}

/// Whose act it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person known to the desk.
    Person(PersonId),
    /// A person known only by [`Principal::external_identity`]; they are a requester and nothing more.
    External,
    /// The program itself.
    System(SystemActor),
}

/// The parts of the program that act on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemActor {
    /// First start: the set-up link.
    Setup,
    /// The sign-in page, for attempts by nobody who could be made sure of.
    SignIn,
    /// The operator at the command line.
    CommandLine,
    /// Expiry of leases and offers.
    Timer,
    /// An importer replaying history from another desk.
    Import,
}

impl SystemActor {
    /// The name shown in timelines and the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "set-up",
            Self::SignIn => "sign-in",
            Self::CommandLine => "command line",
            Self::Timer => "timer",
            Self::Import => "import",
        }
    }
}

/// The account whose credentials were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// A browser session.
    Session {
        /// Whose session.
        person: PersonId,
        /// Which one.
        session: SessionId,
    },
    /// A person's own API token.
    Token {
        /// Whose token.
        person: PersonId,
        /// Which one.
        token: TokenId,
    },
    /// A program's API token.
    ServiceAccount {
        /// Which program.
        account: ServiceAccountId,
        /// With which token.
        token: TokenId,
    },
    /// Nobody's account: the page for guests, which believes nobody's name or address, or the link by which one of them
    /// follows their ticket.
    Guest {
        /// Which guest, as of the ticket that they raised.
        guest: GuestId,
    },
    /// No credentials: the program itself.
    System(SystemActor),
}

/// A person at another system, as that system names them. The key is issuer and subject, never the e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdentity {
    /// The system that vouches for the subject, for example a chat workspace.
    pub issuer: String,
    /// The person's stable id there.
    pub subject: String,
    /// Their name there, as displayed at the time.
    pub name: String,
    /// Their address there, if it has one.
    #[serde(default)]
    pub email: Option<String>,
}

named! {
    /// The way in.
    Channel {
        /// A page of the desk in a browser.
        Web = "web",
        /// The HTTP API.
        Api = "api",
        /// The operator's command line.
        CommandLine = "command_line",
        /// An importer.
        Import = "import",
        /// The program's own clock.
        Timer = "timer",
    }
}

impl Channel {
    /// Where an act came from, in words that follow it: "replying to INC-1042 in the browser".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Web => "in the browser",
            Self::Api => "through the API",
            Self::CommandLine => "from the command line",
            Self::Import => "by import",
            Self::Timer => "by the clock",
        }
    }
}
