//! What a desk throws away by the clock: news that everybody heard, keys that nobody sends again, attempts long past.

use domain::{Timestamp, ticket::PRESENCE_TTL};
use jiff::SignedDuration;
use store::{StoreError, WriteTx, audit, idempotency, outbox, push, session, snooze, writing};

use crate::{Desk, Result};

/// How long a live page may have been away and still catch up without a reload.
const NEWS: SignedDuration = SignedDuration::from_mins(15);

/// How long a request may be sent again under its key: a day, as payment providers keep them.
const KEYS: SignedDuration = SignedDuration::from_hours(24);

/// How long failed sign-ins are remembered after their block is over.
const ATTEMPTS: SignedDuration = SignedDuration::from_hours(24);

/// How long each checkpoint is kept; of older ones, the last of each hour.
const CHECKPOINTS: SignedDuration = SignedDuration::from_hours(24);

/// How long a text waits for its author to go on with it: a month, as in the browser.
const DRAFTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What was thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tidied {
    /// Announcements.
    pub news: u64,
    /// Idempotency keys.
    pub keys: u64,
    /// Sign-in throttles.
    pub attempts: u64,
    /// Checkpoints that a later one of their hour stands for.
    pub checkpoints: u64,
    /// Texts that nobody went on with, and what is left of those that were sent.
    pub drafts: u64,
    /// Signs of people at tickets that are past.
    pub presence: u64,
    /// Counts of what it takes to get help that nobody looks at any more, and words of searches.
    pub effort: u64,
    /// What browsers were to be told that nobody has any more.
    pub pushes: u64,
    /// Tickets put off until a moment that has come.
    pub snoozes: u64,
}

impl Desk {
    /// Throws away what is past its time. To be called every few minutes; any number of processes may. Waits on this
    /// thread.
    pub fn tidy(&self, now: Timestamp) -> Result<Tidied> {
        Ok(self.database().write_now(move |tx| tidy(tx, now))?)
    }
}

fn tidy(tx: &mut WriteTx<'_>, now: Timestamp) -> Result<Tidied, StoreError> {
    let before = |age: SignedDuration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let snoozes = snooze::wake_due(tx, now)?;
    if snoozes > 0 {
        outbox::put(tx, "queue", now)?;
    }
    Ok(Tidied {
        snoozes,
        news: outbox::forget(tx, before(NEWS))?,
        keys: idempotency::forget(tx, before(KEYS))?,
        attempts: session::forget_throttles(tx, before(ATTEMPTS))?,
        checkpoints: audit::thin_checkpoints(tx, before(CHECKPOINTS))?,
        drafts: writing::forget_drafts(tx, before(DRAFTS))?,
        presence: writing::forget_presence(tx, before(PRESENCE_TTL))?,
        pushes: push::drop_orphans(tx, before(domain::push::TTL))?,
        effort: crate::effort::forget(tx, now)?,
    })
}
