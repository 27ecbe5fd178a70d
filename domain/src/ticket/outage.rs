//! Known outages: what everybody is told of an incident that hits many, so that they need not raise it again.
//!
//! Status pages that people know keep the same three things apart: that there is one, how it stands, and that it is over.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Fact, Kind, OutageTitle, Ticket, TicketNumber};
use crate::{OutageId, PersonId, TicketId, Timestamp};

/// An outage. It is tied to the incident that is worked on, and over no later than that is resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Which one.
    pub id: OutageId,
    /// The incident behind it.
    pub ticket: TicketId,
    /// What is out of order, as everybody reads it.
    pub title: OutageTitle,
    /// When it is expected to be over, as far as anybody can say.
    pub expected_end: Option<Timestamp>,
    /// Who announced it.
    pub announced_by: PersonId,
    /// When everybody was told of it.
    pub announced_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: u64,
}

/// What stands in the way, as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutageError {
    /// Requests and problems are no outages.
    #[error("{number} is not an incident; announce the outage from the incident that people are hit by")]
    NotAnIncident {
        /// The ticket.
        number: TicketNumber,
    },
    /// Nobody works on the ticket any more.
    #[error("{number} is over; reopen it or raise a new incident, and announce the outage from there")]
    TicketOver {
        /// The ticket.
        number: TicketNumber,
    },
    /// An end that is behind us.
    #[error("that moment has passed; say when it is expected to be over, or leave it empty")]
    ExpectedInThePast,
    /// It is over already.
    #[error("this outage is over; announce a new one if it has come back")]
    Ended,
}

impl Outage {
    /// Announces an outage from the incident that is worked on.
    ///
    /// # Errors
    ///
    /// When the ticket is no open incident, or the expected end has passed.
    pub fn announce(
        id: OutageId,
        incident: &Ticket,
        title: OutageTitle,
        expected_end: Option<Timestamp>,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(Self, Fact), OutageError> {
        let number = incident.number;
        if incident.kind() != Kind::Incident {
            return Err(OutageError::NotAnIncident { number });
        }
        if !incident.phase.is_open() || incident.merged.is_some() {
            return Err(OutageError::TicketOver { number });
        }
        ahead(expected_end, now)?;
        let outage = Self {
            id,
            ticket: incident.id,
            title,
            expected_end,
            announced_by: by,
            announced_at: now,
            ended_at: None,
            version: 1,
        };
        let fact = Fact::OutageAnnounced { title: outage.title.clone() };
        Ok((outage, fact))
    }

    /// Says how it stands: a title that fits better, another expected end.
    ///
    /// # Errors
    ///
    /// When it is over, or the expected end has passed. An expected end that was said before may have passed meanwhile.
    pub fn update(
        &self,
        title: OutageTitle,
        expected_end: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(Self, Fact), OutageError> {
        self.is_going()?;
        if expected_end != self.expected_end {
            ahead(expected_end, now)?;
        }
        let after = Self { title, expected_end, version: self.version + 1, ..self.clone() };
        let fact = Fact::OutageUpdated { title: after.title.clone() };
        Ok((after, fact))
    }

    /// Ends it.
    ///
    /// # Errors
    ///
    /// When it is over already.
    pub fn end(&self, now: Timestamp) -> Result<(Self, Fact), OutageError> {
        self.is_going()?;
        let after = Self { ended_at: Some(now), version: self.version + 1, ..self.clone() };
        let fact = Fact::OutageEnded { title: after.title.clone() };
        Ok((after, fact))
    }

    fn is_going(&self) -> Result<(), OutageError> {
        if self.ended_at.is_some() { Err(OutageError::Ended) } else { Ok(()) }
    }
}

/// A moment to come as one would say it: the hour today, the day and the hour otherwise.
pub fn by_when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() {
        "%H:%M"
    } else if now.date().tomorrow().is_ok_and(|tomorrow| tomorrow == at.date()) {
        "%H:%M tomorrow"
    } else {
        "%H:%M on %A, %-d %B"
    };
    at.strftime(form).to_string()
}

/// What is said of the end of an outage that goes on.
pub fn expectation(expected_end: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    match expected_end {
        Some(end) if end > now => format!("Expected to be over by {}.", by_when(end, now, zone)),
        Some(_) => "It takes longer than expected.".to_owned(),
        None => "We do not know yet how long it takes.".to_owned(),
    }
}

fn ahead(expected_end: Option<Timestamp>, now: Timestamp) -> Result<(), OutageError> {
    match expected_end {
        Some(end) if end <= now => Err(OutageError::ExpectedInThePast),
        _ => Ok(()),
    }
}
