//! Signing in with a password, and signing out.

use std::net::IpAddr;

use domain::{
    PersonId, SessionId, Timestamp,
    audit::Outcome,
    identity::{Account, Actor, Channel, Principal, SystemActor},
    licence::Action,
    new_id,
};
use jiff::SignedDuration;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    person,
    session::{self, Session},
};

use super::{
    Secret,
    field::{display, is_address},
    link, secret, throttle,
};
use crate::{Act, Command, Context, Desk, Look, Query, Refused, Result, Threshold};

/// A session ends when it was not used for so long.
pub(super) const IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A session ends so long after it began, used or not.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is said of every attempt that failed, whoever it was for.
const WRONG: &str = "e-mail and password do not belong together; look at both and try again";

/// What is known of the browser that asks.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What it calls itself.
    pub user_agent: String,
    /// From where it asks, as far as the proxies named by the operator can be believed.
    pub remote: Option<IpAddr>,
}

/// An attempt to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// The address, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: String,
    /// From where.
    pub browser: Browser,
}

/// A session that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// What the browser shows from now on: the cookie. Shown once.
    pub secret: Secret,
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
}

/// Two independent sources of randomness out of one seed: what is drawn here must not be drawn again at the door.
pub(super) fn split(seed: [u8; 32]) -> (StdRng, [u8; 32]) {
    let mut random = StdRng::from_seed(seed);
    let door = draw(&mut random);
    (random, door)
}

/// A seed drawn from `random`.
pub(super) fn draw(random: &mut StdRng) -> [u8; 32] {
    let mut seed = [0_u8; 32];
    random.fill_bytes(&mut seed);
    seed
}

impl Desk {
    /// Signs somebody in with address and password. Wrong passwords, unknown addresses, people without a password and
    /// people who left are not told apart, neither by the answer nor by the time it takes.
    pub async fn sign_in(&self, attempt: SignIn, now: Timestamp, seed: [u8; 32]) -> Result<SignedIn> {
        let SignIn { email, password, browser } = attempt;
        let keys = throttle::keys(&email, browser.remote);
        // Attempts take turns, and each looks at the throttle in its turn: sent all at once, they are not more guesses.
        let turn = self.passwords().turn().await?;
        let (asked, checked) = (email.clone(), keys.clone());
        let credential = self
            .read(move |tx| {
                throttle::check(tx, &checked, now)?;
                if !is_address(&asked.trim().to_lowercase()) {
                    return Ok(None);
                }
                Ok(person::credential(tx, &asked)?)
            })
            .await?;
        let hash = credential.as_ref().and_then(|credential| credential.password_hash.clone());
        let right = turn.verify(password, hash.clone()).await?;
        let (mut random, seed) = split(seed);
        if let (true, Some(credential), Some(hash)) = (right, &credential, hash) {
            let session = new_id(now, &mut random);
            let begin = BeginSession {
                person: credential.person,
                session,
                user_agent: browser.user_agent,
                proof: Proof::Password { hash, email: credential.email.clone(), keys },
            };
            return self.execute(begin.context(now, seed), begin).await;
        }
        let person = credential.map(|credential| credential.person);
        let failed = NoteFailedSignIn { person, keys, at: "sign-in", remote: browser.remote };
        self.execute(NoteFailedSignIn::context(now, seed), failed).await?;
        drop(turn);
        Err(Refused::SignIn(WRONG))
    }
}

/// How it was made sure who signs in.
pub(super) enum Proof {
    /// By the password with this hash.
    Password { hash: String, email: String, keys: Vec<throttle::Key> },
    /// By the link whose secret has this hash.
    Link([u8; 32]),
}

/// Begins a session of somebody who proved who they are.
pub(super) struct BeginSession {
    pub(super) person: PersonId,
    pub(super) session: SessionId,
    pub(super) user_agent: String,
    pub(super) proof: Proof,
}

impl BeginSession {
    pub(super) fn context(&self, now: Timestamp, seed: [u8; 32]) -> Context {
        Context::new(Principal::person(self.person, self.session, Channel::Web), now, seed)
    }
}

impl Command for BeginSession {
    type Outcome = SignedIn;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.session);
        Ok(Action::SignIn)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SignedIn> {
        let now = act.now();
        let by = match &self.proof {
            Proof::Password { hash, email, keys } => {
                throttle::check(act.tx, keys, now)?;
                if person::password_hash(act.tx, self.person)?.as_ref() != Some(hash) {
                    return Err(Refused::SignIn(WRONG));
                }
                throttle::clear(act.tx, email)?;
                "password"
            }
            Proof::Link(hash) => link::follow(act, self.person, hash)?,
        };
        let secret = Secret::new(act.random());
        let expires_at = now + IDLE;
        let user_agent = display(&self.user_agent, 300);
        act.detail = json!({ "by": by, "user_agent": user_agent });
        let session = Session {
            id: self.session,
            person: self.person,
            user_agent,
            created_at: now,
            last_seen_at: now,
            expires_at,
        };
        session::insert(act.tx, &session, &secret.hash())?;
        Ok(SignedIn { secret, session: self.session, person: self.person, expires_at })
    }
}

/// Writes down that an attempt failed, and counts it. The actor is nobody: it is not known who typed.
pub(super) struct NoteFailedSignIn {
    pub(super) person: Option<PersonId>,
    pub(super) keys: Vec<throttle::Key>,
    pub(super) at: &'static str,
    pub(super) remote: Option<IpAddr>,
}

/// What a failure leads to.
#[derive(Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) blocked_until: Option<Timestamp>,
}

impl NoteFailedSignIn {
    pub(super) fn context(now: Timestamp, seed: [u8; 32]) -> Context {
        Context::system(SystemActor::SignIn, now, seed)
    }
}

impl Command for NoteFailedSignIn {
    type Outcome = Failed;

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(person) = self.person {
            at.aim(person);
        }
        Ok(Action::SignIn)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Failed> {
        let now = act.now();
        let blocked_until = throttle::count(act.tx, &self.keys, now)?;
        act.outcome = Outcome::Refused(None);
        act.detail = json!({ "at": self.at, "remote": self.remote, "blocked_until": blocked_until });
        Ok(Failed { blocked_until })
    }
}

/// Signs out of one of one's own sessions.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    /// Which.
    pub session: SessionId,
}

/// How many sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOut {
    /// Sessions.
    pub sessions: u64,
}

impl Command for SignOut {
    type Outcome = SignedOut;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        super::own_hands(at.ctx)?;
        at.aim(self.session);
        Ok(Action::SignOut)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SignedOut> {
        let (now, person) = (act.now(), act.person().ok_or(Refused::NotFound("session"))?);
        if !session::end(act.tx, self.session, person, now)? {
            return Err(Refused::NotFound("session"));
        }
        act.announce(format!("seat:{person}"));
        Ok(SignedOut { sessions: 1 })
    }
}

/// Signs out everywhere, here included.
#[derive(Debug, Clone, Copy)]
pub struct SignOutEverywhere;

impl Command for SignOutEverywhere {
    type Outcome = SignedOut;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        super::own_hands(at.ctx)?;
        at.aim(at.person().ok_or(Refused::NotFound("person"))?);
        Ok(Action::SignOut)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SignedOut> {
        let (now, person) = (act.now(), act.person().ok_or(Refused::NotFound("person"))?);
        let sessions = session::end_all(act.tx, person, now)?;
        act.detail = json!({ "sessions_ended": sessions });
        act.announce(format!("seat:{person}"));
        Ok(SignedOut { sessions })
    }
}

/// One's own live sessions, latest first.
#[derive(Debug, Clone, Copy)]
pub struct Sessions;

impl Query for Sessions {
    type Answer = Vec<Session>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<Session>> {
        let person = look.person().ok_or(Refused::NotFound("person"))?;
        super::own_hands(look.ctx)?;
        Ok(session::of_person(look.tx, person, look.ctx.now)?)
    }
}

/// The session of a cookie, if it lives.
pub(super) fn live(tx: &mut store::ReadTx<'_>, presented: &str, now: Timestamp) -> Result<Option<Session>> {
    Ok(session::by_hash(tx, &secret::hash(presented), now)?)
}

/// The person who acts by their own session.
pub(super) fn principal(session: &Session, channel: Channel) -> Principal {
    Principal {
        actor: Actor::Person(session.person),
        authenticated_as: Account::Session { person: session.person, session: session.id },
        external_identity: None,
        channel,
    }
}
