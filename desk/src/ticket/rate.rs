//! How requesters were helped, in their own judgement: one tap, and more words if they like.

use domain::{
    Timestamp,
    licence::Action,
    ticket::{Fact, Phase, Rating, RatingWords},
};
use serde::Serialize;
use serde_json::json;
use store::rating::{self, Rated};

use super::TicketRef;
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Say how one was helped with one's own ticket. To say it again changes it.
#[derive(Debug, Clone)]
pub struct RateTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// How it went.
    pub rating: Rating,
    /// More about it; `None` leaves what was said before, `Some(None)` takes it back.
    pub words: Option<Option<RatingWords>>,
}

impl Command for RateTicket {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let (ticket, _) = at.ticket(self.ticket)?;
        if !at.is_own(&ticket) {
            return Err(Refused::Rule("only its requester says how they were helped".to_owned()));
        }
        Ok(Action::TicketRate)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let ticket = act.hold(self.ticket, None)?;
        if let Some(merge) = &ticket.merged {
            return Err(Refused::Rule(format!(
                "{} goes on as {}; say it there",
                ticket.number, merge.into_number
            )));
        }
        if !matches!(ticket.phase, Phase::Resolved | Phase::Closed) {
            return Err(Refused::Rule(format!(
                "{} is not solved; say how you were helped once it is",
                ticket.number
            )));
        }
        let before = rating::of(act.tx, ticket.id)?;
        let words = match self.words {
            Some(words) => words.map(String::from),
            None => before.as_ref().and_then(|before| before.words.clone()),
        };
        let rated = Rated { rating: self.rating, words, at: act.now() };
        rating::put(act.tx, ticket.id, &rated)?;
        act.detail = json!({ "number": ticket.number, "rating": rated.rating, "words": rated.words });
        if before.is_none_or(|before| before.rating != rated.rating) {
            act.write_facts(&ticket, &[Fact::Rated { rating: rated.rating }], act.now())?;
        }
        act.announce_ticket(&ticket);
        Ok(())
    }
}

/// What a requester said of how they were helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RatingView {
    /// How it went.
    pub rating: Rating,
    /// More about it.
    pub words: Option<String>,
    /// When they said so last.
    pub at: Timestamp,
}

/// What the requester of a ticket said, if they did: for them and for technicians.
#[derive(Debug, Clone, Copy)]
pub struct RatingOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for RatingOf {
    type Answer = Option<RatingView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, relation) = look.ticket(self.ticket)?;
        if relation.only_reads() {
            return Ok(None);
        }
        let rated = rating::of(look.tx, ticket.id)?;
        Ok(rated.map(|Rated { rating, words, at }| RatingView { rating, words, at }))
    }
}
