//! What browsers are still to be told, handed out to whoever delivers it: to one at a time, again until it was taken.

use domain::{
    Timestamp,
    push::{TTL, next_try},
};
use jiff::SignedDuration;
use store::{
    ReadTx, StoreError, WriteTx,
    push::{self as rows, Message},
};
use tokio::sync::oneshot;

use crate::{Desk, Result};

/// How long whoever took a message may take to deliver it before another may try.
const CLAIM: SignedDuration = SignedDuration::from_mins(2);

/// The longest that a push service may ask the desk to wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);

/// A message that is this caller's to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushDelivery(Message);

impl std::ops::Deref for PushDelivery {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.0
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The push service took it.
    Taken,
    /// There is no such browser any more.
    Gone,
    /// It will never be taken.
    Refused,
    /// It may be taken later, not before the push service says, if it says so.
    Later(Option<SignedDuration>),
}

impl Desk {
    /// The key by which push services know this desk (RFC 8292), PKCS #8: the one that is kept, or the first that `make`
    /// makes.
    pub async fn push_key<E>(
        &self,
        now: Timestamp,
        make: impl FnOnce() -> std::result::Result<Vec<u8>, E>,
    ) -> Result<std::result::Result<Vec<u8>, E>> {
        if let Some(key) = self.read(|tx| Ok(rows::key(tx)?)).await? {
            return Ok(Ok(key));
        }
        let made = match make() {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        let kept = self
            .change(move |tx| {
                rows::keep_key(tx, &made, now)?;
                // Another process may have been first.
                Ok(rows::key(tx)?.unwrap_or(made))
            })
            .await?;
        Ok(Ok(kept))
    }

    /// Takes what is due, at most `limit` messages. Each is this caller's alone for two minutes. To be called every second,
    /// by any number of processes; it writes only where something is due.
    pub async fn claim_pushes(&self, now: Timestamp, limit: u32) -> Result<Vec<PushDelivery>> {
        let waiting = self.read(move |tx: &mut ReadTx<'_>| Ok(rows::due(tx, now, limit)?)).await?;
        let until = now.checked_add(CLAIM).unwrap_or(Timestamp::MAX);
        let mut claimed = Vec::new();
        // One after the other: whoever writes messages meanwhile holds them in another order.
        for mut message in waiting {
            let claim = move |tx: &mut WriteTx<'_>| {
                if message.written_at < now - TTL {
                    rows::drop_message(tx, &message)?;
                } else if rows::claim(tx, &message, now, until)? {
                    message.attempts += 1;
                    return Ok(Some(PushDelivery(message)));
                }
                Ok(None)
            };
            claimed.extend(self.change(claim).await?);
        }
        Ok(claimed)
    }

    /// Writes down what became of a delivery.
    pub async fn push_ended(&self, delivery: PushDelivery, ended: Ended, now: Timestamp) -> Result<()> {
        let PushDelivery(message) = delivery;
        let note = move |tx: &mut WriteTx<'_>| match (ended, next_try(message.attempts)) {
            (Ended::Taken, _) => {
                rows::told(tx, message.subscription, now)?;
                rows::drop_message(tx, &message)
            }
            (Ended::Gone, _) => rows::delete(tx, message.subscription),
            (Ended::Refused, _) | (Ended::Later(_), None) => rows::drop_message(tx, &message),
            (Ended::Later(asked), Some(usual)) => {
                let wait = asked.unwrap_or(usual).clamp(usual, LONGEST_WAIT);
                rows::postpone(tx, &message, now.checked_add(wait).unwrap_or(Timestamp::MAX))
            }
        };
        self.change(note).await
    }

    /// A write that is nobody's act.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = oneshot::channel();
        self.database().write(work, move |result| drop(answer.send(result)));
        Ok(wait.await.unwrap_or(Err(StoreError::Stopped))?)
    }
}
