//! News: what the outbox announced, for the live pages of this process.

use store::outbox;

use crate::{Desk, Result};

/// An announcement: topics that somebody may want to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its number. A lower one may appear after a higher one: two transactions need not commit in the order in which
    /// they took their numbers.
    pub seq: i64,
    /// Topics such as `ticket:ID`, `queue`, `licence:ID`, `seat:PERSON`, space-separated.
    pub topics: String,
}

/// The most that [`Desk::news`] gives at a time.
pub const NEWS_LIMIT: usize = 500;

impl Desk {
    /// Announcements after `seq`, at most [`NEWS_LIMIT`], in order.
    pub async fn news(&self, seq: i64) -> Result<Vec<Announcement>> {
        let found = self.read(move |tx| Ok(outbox::since(tx, seq)?)).await?;
        Ok(found.into_iter().map(|(seq, topics)| Announcement { seq, topics }).collect())
    }

    /// The number of the last announcement, 0 if there was none. Reads through the engine, so that its answer is also a
    /// sign that the engine answers.
    pub async fn last_news(&self) -> Result<i64> {
        self.read(|tx| Ok(outbox::last(tx)?)).await
    }
}
