//! The time that technicians spent on a ticket. What was recorded stays on record: what was wrong is marked as taken back
//! and counts no more.

use domain::{
    TimeEntryId, Timestamp,
    identity::Capability,
    licence::{Action, LicenceNeed},
    ticket::{Spent, Ticket, TimeWords, WorkDay},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::spent::{self, TimeEntry};

use super::{NamedPerson, TicketOutcome, TicketRef};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

const ENTRY: &str = "time entry";

/// Time that somebody spent, as they say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSpent {
    /// How long it took.
    pub spent: Spent,
    /// The day of the work.
    pub day: Date,
    /// What it was spent on.
    pub words: Option<TimeWords>,
}

/// Record the time that one spent on a ticket.
#[derive(Debug, Clone)]
pub struct RecordTime {
    /// The ticket.
    pub ticket: TicketRef,
    /// The time.
    pub time: TimeSpent,
}

/// Which entry was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRecorded {
    /// Its id.
    pub id: TimeEntryId,
}

impl Command for RecordTime {
    type Outcome = TimeRecorded;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::TimeRecord)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TimeRecorded> {
        let ticket = act.hold(self.ticket, None)?;
        act.detail = json!({ "number": ticket.number });
        let id = act.record_time(&ticket, self.time)?;
        act.announce(format!("ticket:{}", ticket.id));
        Ok(TimeRecorded { id })
    }
}

impl Act<'_, '_> {
    /// Writes down the time that the actor spent on a ticket, with this act.
    pub(super) fn record_time(&mut self, ticket: &Ticket, time: TimeSpent) -> Result<TimeEntryId> {
        ticket.takes_time()?;
        let person = self.person().ok_or(Refused::NotFound("person"))?;
        let TimeSpent { spent, day, words } = time;
        let day = WorkDay::new(day, self.now()).map_err(|error| Refused::field("day", error))?.date();
        let id = self.new_id();
        if let serde_json::Value::Object(detail) = &mut self.detail {
            let minutes = spent.minutes();
            detail.insert(
                "time".to_owned(),
                json!({ "entry": id, "minutes": minutes, "day": day, "words": words }),
            );
        }
        let entry = TimeEntry {
            id,
            ticket: ticket.id,
            person,
            person_name: String::new(),
            day,
            spent,
            words,
            recorded_at: self.now(),
            taken_back_at: None,
        };
        spent::add(self.tx, &entry)?;
        Ok(id)
    }
}

/// Take back an entry of one's own. It stays on record and counts no more.
#[derive(Debug, Clone, Copy)]
pub struct TakeTimeBack {
    /// The ticket.
    pub ticket: TicketRef,
    /// The entry.
    pub entry: TimeEntryId,
}

impl Command for TakeTimeBack {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let ticket = at.work_on(self.ticket)?;
        let entry = spent::by_id(at.tx, self.entry)?.filter(|entry| entry.ticket == ticket.id);
        let entry = entry.ok_or(Refused::NotFound(ENTRY))?;
        if at.may(Capability::TicketWork) && at.person() != Some(entry.person) {
            return Err(Refused::Rule(format!(
                "{} recorded this time; ask them to take it back",
                entry.person_name
            )));
        }
        Ok(Action::TimeRecord)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let ticket = act.hold(self.ticket, None)?;
        let now = act.now();
        if !spent::take_back(act.tx, self.entry, now)? {
            return Err(Refused::Rule("this time was taken back already".to_owned()));
        }
        act.detail = json!({ "number": ticket.number, "taken_back": self.entry });
        act.announce(format!("ticket:{}", ticket.id));
        Ok(())
    }
}

/// An entry as technicians see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeEntryView {
    /// Its id.
    pub id: TimeEntryId,
    /// Whose time it is.
    pub person: NamedPerson,
    /// The day of the work.
    pub day: Date,
    /// How many minutes it took.
    pub minutes: Spent,
    /// What it was spent on.
    pub words: Option<TimeWords>,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// When it was taken back, if it was: then it does not count.
    pub taken_back_at: Option<Timestamp>,
}

impl From<TimeEntry> for TimeEntryView {
    fn from(entry: TimeEntry) -> Self {
        Self {
            id: entry.id,
            person: NamedPerson { id: entry.person, name: entry.person_name },
            day: entry.day,
            minutes: entry.spent,
            words: entry.words,
            recorded_at: entry.recorded_at,
            taken_back_at: entry.taken_back_at,
        }
    }
}

/// A page of what was recorded on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimePage {
    /// The entries, the latest first.
    pub items: Vec<TimeEntryView>,
    /// Where the next page starts.
    pub next: Option<TimeEntryId>,
}

/// What was recorded on a ticket, the latest first, with what was taken back: for technicians.
#[derive(Debug, Clone, Copy)]
pub struct TimeOf {
    /// The ticket.
    pub ticket: TicketRef,
    /// Where the page before ended.
    pub before: Option<TimeEntryId>,
    /// At most so many, and at most 200.
    pub limit: u32,
}

impl Query for TimeOf {
    type Answer = TimePage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TimePage> {
        look.require(Capability::TicketRead, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let limit = self.limit.clamp(1, 200);
        let mut entries = spent::of(look.tx, ticket.id, self.before, limit + 1)?;
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        let next = if more { entries.last().map(|entry| entry.id) } else { None };
        Ok(TimePage { items: entries.into_iter().map(TimeEntryView::from).collect(), next })
    }
}

/// What one person spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeOfPerson {
    /// Who.
    pub person: NamedPerson,
    /// How many minutes.
    pub minutes: u64,
}

/// What a ticket took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeTotals {
    /// How many minutes.
    pub minutes: u64,
    /// By person, the most first.
    pub people: Vec<TimeOfPerson>,
}

/// What a ticket took, added up from its entries: for technicians.
#[derive(Debug, Clone, Copy)]
pub struct TimeTotalsOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for TimeTotalsOf {
    type Answer = TimeTotals;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TimeTotals> {
        look.require(Capability::TicketRead, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let people: Vec<_> = spent::totals(look.tx, ticket.id)?
            .into_iter()
            .map(|(id, name, minutes)| TimeOfPerson { person: NamedPerson { id, name }, minutes })
            .collect();
        Ok(TimeTotals { minutes: people.iter().map(|it| it.minutes).sum(), people })
    }
}

/// Say something on a ticket and record the time that it took, as one act: both or neither.
#[derive(Debug, Clone)]
pub struct WithTime<C> {
    /// What is said.
    pub say: C,
    /// The time.
    pub time: Option<TimeSpent>,
}

impl<C: Command<Outcome = TicketOutcome>> Command for WithTime<C> {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let action = self.say.action(at)?;
        if self.time.is_some() && action.rule().licence == LicenceNeed::Free {
            return Err(Refused::field(
                "spent",
                "whoever works on a ticket records time, not whoever raised it; send this without",
            ));
        }
        Ok(action)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let ticket = self.say.perform(act)?;
        if let Some(time) = self.time {
            act.record_time(&ticket, time)?;
        }
        Ok(ticket)
    }
}
