//! Passwords: Argon2id (RFC 9106), off the asynchronous threads and never inside a transaction.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use domain::identity::Account;
use rand::{Rng, rngs::StdRng};
use serde_json::json;
use store::{StoreError, person, session};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    field::Fields,
    own_hands,
    sign_in::{Browser, NoteFailedSignIn, split},
    throttle,
};
use crate::{Act, Command, Context, Desk, Refused, Result, Threshold};

/// Shortest and longest password, in characters (NIST SP 800-63B §5.1.1 asks for at least 8 and for no rules beyond
/// length; the upper end keeps hashing a page of text out).
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=256;

/// Hashes at a time. Each takes 19 MiB and a core for tens of milliseconds, so more at once would only be slower.
const AT_ONCE: usize = 2;

/// What an attempt for nobody is checked against, so that it takes as long: the parameters of [`Argon2::default`], which
/// are OWASP's, and a hash that no password is known to have.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The pool in which passwords are hashed.
#[derive(Debug, Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// A turn in the pool.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Passwords {
    pub(super) async fn turn(&self) -> Result<Turn> {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        permit.map(Turn).map_err(|_| StoreError::Stopped.into())
    }
}

impl Turn {
    /// Whether `password` is the one of `hash`. Takes as long where there is no hash.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let work = move || match PasswordHash::new(&hash) {
            Ok(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
            Err(_) => false,
        };
        Ok(off_thread(work).await? && known)
    }

    /// The hash of `password`, in PHC form.
    pub(super) async fn hash(&self, password: String, random: &mut StdRng) -> Result<String> {
        let mut salt = [0_u8; 16];
        random.fill_bytes(&mut salt);
        let work = move || {
            Argon2::default()
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash: PasswordHash| hash.to_string())
        };
        off_thread(work)
            .await?
            .map_err(|error| StoreError::Engine(format!("the password cannot be hashed: {error}")).into())
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Panicked(error.to_string()).into())
}

/// Checks a new password of the person with this address.
pub(super) fn check(fields: &mut Fields, field: &str, password: &str, email: &str) {
    let length = password.chars().count();
    let folded = password.to_lowercase();
    let name = email.split('@').next().unwrap_or_default();
    let mut letters = folded.chars();
    let first = letters.next();
    if !LENGTHS.contains(&length) {
        fields.refuse(field, format_args!("use {} to {} characters", LENGTHS.start(), LENGTHS.end()));
    } else if folded == email || folded.trim_matches(|c: char| !c.is_alphanumeric()) == name {
        fields.refuse(field, "must not be your address");
    } else if letters.all(|letter| Some(letter) == first) {
        fields.refuse(field, "must not be one character again and again");
    }
}

impl Desk {
    /// Sets the caller's own password. `current` is theirs until now; nobody who has none need say it. Their sessions
    /// elsewhere end.
    pub async fn set_password(
        &self,
        ctx: Context,
        current: Option<String>,
        new: String,
        browser: &Browser,
    ) -> Result<()> {
        own_hands(&ctx)?;
        let person = ctx.principal.person_id().ok_or(Refused::NotFound("person"))?;
        let turn = self.passwords().turn().await?;
        let (now, remote) = (ctx.now, browser.remote);
        let (credential, keys) = self
            .read(move |tx| {
                let known = person::by_id(tx, person)?.ok_or(Refused::NotFound("person"))?;
                let credential = person::credential(tx, &known.email)?.ok_or(Refused::NotFound("person"))?;
                let keys = throttle::keys(&credential.email, remote);
                throttle::check(tx, &keys, now)?;
                Ok((credential, keys))
            })
            .await?;
        let mut fields = Fields::default();
        check(&mut fields, "new", &new, &credential.email);
        fields.check()?;

        let (mut random, seed) = split(ctx.fork());
        if credential.password_hash.is_some() {
            let right = turn.verify(current.unwrap_or_default(), credential.password_hash.clone()).await?;
            if !right {
                let failed = NoteFailedSignIn { person: Some(person), keys, at: "password change", remote };
                let known = self.execute(NoteFailedSignIn::context(now, seed), failed).await?;
                return Err(match known.blocked_until {
                    Some(until) => Refused::Throttled { until, now },
                    None => Refused::field("current", "is not your password"),
                });
            }
        }
        let hash = turn.hash(new, &mut random).await?;
        self.execute(ctx, SetPassword { hash, instead_of: credential.password_hash }).await
    }
}

/// Replaces one's own password, which was checked before.
pub(super) struct SetPassword {
    hash: String,
    /// What was checked; if it changed meanwhile, somebody else set it.
    instead_of: Option<String>,
}

impl Command for SetPassword {
    type Outcome = ();

    const KEEPS_OUTCOME: bool = false;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<domain::licence::Action> {
        own_hands(at.ctx)?;
        let person = at.person().ok_or(Refused::NotFound("person"))?;
        at.aim(person);
        Ok(domain::licence::Action::PasswordSet)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        let now = act.now();
        person::lock(act.tx, person)?;
        if person::password_hash(act.tx, person)? != self.instead_of {
            return Err(Refused::Rule("your password was changed meanwhile; sign in again".to_owned()));
        }
        person::set_password_hash(act.tx, person, &self.hash)?;
        let ended = match act.ctx.principal.authenticated_as {
            Account::Session { session, .. } => session::end_others(act.tx, person, session, now)?,
            _ => session::end_all(act.tx, person, now)?,
        };
        session::clear_links_of(act.tx, person)?;
        act.detail = json!({ "sessions_ended": ended });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the time that an answer takes would tell whether the desk knows an address.
    #[test]
    fn checking_nobodys_password_costs_what_checking_somebodys_does() {
        let real: PasswordHash = Argon2::default().hash_password_with_salt(b"password", &[7; 16]).unwrap();
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.version, real.version);
        assert_eq!(nobody.params, real.params);
        let length = |hash: &PasswordHash| hash.hash.map(|hash| hash.as_bytes().len());
        assert_eq!(length(&nobody), length(&real));
    }
}
