//! How requesters were helped, in their own judgement.

use domain::{TicketId, Timestamp, ticket::Rating};

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO ticket_rating (ticket_id, rating, words, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (ticket_id) DO UPDATE SET rating = excluded.rating, words = excluded.words, at = excluded.at";
    OF = "SELECT rating, words, at FROM ticket_rating WHERE ticket_id = $1";
    SINCE = "SELECT rating, COUNT(*) FROM ticket_rating WHERE at >= $1 GROUP BY rating";
}

/// What a requester said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// How they were helped.
    pub rating: Rating,
    /// More about it.
    pub words: Option<String>,
    /// When they said so last.
    pub at: Timestamp,
}

/// Writes down what a requester says, instead of what they said before.
pub fn put(tx: &mut WriteTx<'_>, ticket: TicketId, rated: &Rated) -> Result<()> {
    let values =
        [ticket.into(), rated.rating.as_str().into(), rated.words.as_deref().into(), rated.at.into()];
    tx.execute(PUT, &values).map(drop)
}

/// What a requester said, if they did.
pub fn of(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Rated>> {
    tx.row(OF, &[ticket.into()], |row| {
        Ok(Rated { rating: row.parse(0, Rating::parse)?, words: row.get(1)?, at: row.get(2)? })
    })
}

/// How many said what since a moment.
pub fn since(tx: &mut ReadTx<'_>, moment: Timestamp) -> Result<Vec<(Rating, u64)>> {
    tx.rows(SINCE, &[moment.into()], |row| Ok((row.parse(0, Rating::parse)?, row.get(1)?)))
}
