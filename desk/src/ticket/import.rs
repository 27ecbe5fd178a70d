//! Replaying a ticket's history from another desk, at its own times.

use std::collections::HashMap;

use domain::{
    GroupId, PersonId,
    identity::Channel,
    import::{Assignment as ImportedAssignment, HistoryEvent, ImportedTicket, PersonKey, What},
    licence::Action,
    ticket::{
        Assignment, Category, Change, ExternalReference, Fact, Markdown, NewTicket, ReferenceNumber,
        ResolutionCode, SourceName, StateKey, Subject, Ticket, TicketNumber,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    search,
    ticket::{self, Entry, EntryKind},
};

use super::{Byline, save::note_promise};
use crate::{Act, Command, Refused, Result, Threshold};

/// Bring in one ticket of another desk with its history. Bringing it in again changes nothing: it is known by its source
/// and number.
#[derive(Debug, Clone)]
pub struct ImportTicket {
    /// The ticket.
    pub ticket: Box<ImportedTicket>,
    /// Who the source's people are here.
    pub people: std::sync::Arc<HashMap<PersonKey, PersonId>>,
    /// Which the source's groups are here.
    pub groups: std::sync::Arc<HashMap<String, GroupId>>,
}

/// What became of an imported ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutcome {
    /// Its number here.
    pub number: TicketNumber,
    /// Whether it was brought in now; otherwise it was here before.
    pub fresh: bool,
    /// How often it went from one group to another, by the replayed history.
    pub reassignment_count: u32,
    /// How often it was reopened, by the replayed history.
    pub reopen_count: u32,
    /// What could not be placed, and why.
    pub findings: Vec<String>,
}

impl Command for ImportTicket {
    type Outcome = ImportOutcome;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ImportRun)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ImportOutcome> {
        let source = &self.ticket;
        source.check_history().map_err(|error| Refused::Rule(error.to_string()))?;
        let reference = ExternalReference {
            source: SourceName::new(&source.source)?,
            number: ReferenceNumber::new(&source.number)?,
        };
        let known = ticket::id_by_external(act.tx, reference.source.as_str(), reference.number.as_str())?;
        if let Some(known) = known.map(|id| ticket::by_id(act.tx, id)).transpose()?.flatten() {
            act.target = known.id.into();
            act.detail = json!({ "external_reference": known.external_reference, "known": true });
            return Ok(ImportOutcome {
                number: known.number,
                fresh: false,
                reassignment_count: known.reassignment_count,
                reopen_count: known.reopen_count,
                findings: Vec::new(),
            });
        }
        let mut replay = Replay::begin(act, &self, reference)?;
        for event in source.history.iter().skip(1) {
            replay.step(act, event)?;
        }
        replay.finish(act)
    }
}

/// A ticket on its way through its own past. It is written once, at the end.
struct Replay<'i> {
    import: &'i ImportTicket,
    ticket: Ticket,
    periods: Vec<(jiff::Timestamp, StateKey)>,
    entries: Vec<Entry>,
    findings: Vec<String>,
}

impl<'i> Replay<'i> {
    fn begin(act: &mut Act<'_, '_>, import: &'i ImportTicket, reference: ExternalReference) -> Result<Self> {
        let source = &import.ticket;
        let Some(HistoryEvent { at, by, what: What::Opened { assignment, ranking } }) =
            source.history.first()
        else {
            return Err(Refused::Rule(format!(
                "{}: its history does not begin with its opening",
                source.number
            )));
        };
        let mut findings = Vec::new();
        let assignment = import.assignment(assignment, &mut findings);
        let category = match (&source.category, &source.subcategory) {
            (Some(category), Some(sub)) => Some(format!("{category} / {sub}")),
            (category, sub) => category.clone().or(sub.clone()),
        };
        let new = NewTicket {
            kind: source.kind,
            subject: Subject::new(&source.subject)?,
            description: Some(Markdown::new(&source.description)).transpose().unwrap_or_default(),
            requester: import.person(&source.requester).ok_or_else(|| {
                Refused::Rule(format!(
                    "{}: its requester {} is not known here",
                    source.number, source.requester
                ))
            })?,
            opened_by: source.opened_by.as_ref().and_then(|key| import.person(key)),
            channel: Channel::Import,
            assignment,
            impact: ranking.impact,
            urgency: ranking.urgency,
            category: category.and_then(|text| Category::new(&text).ok()),
            external_reference: Some(reference),
        };
        let number = ticket::next_number(act.tx, new.kind)?;
        // Its place among the newest is by when it was raised, not by when it was brought in.
        let id = domain::new_id(*at, act.random());
        let (mut ticket, facts) =
            Ticket::open(new, id, number.number, &act.rules()?.workflow, &act.rules()?.matrix, *at);
        ticket.priority = ranking.priority;
        let mut replay = Self {
            import,
            periods: vec![(*at, ticket.state.clone())],
            ticket,
            entries: Vec::new(),
            findings,
        };
        replay.facts(act, *at, by.as_ref(), &facts);
        Ok(replay)
    }

    fn step(&mut self, act: &mut Act<'_, '_>, event: &HistoryEvent) -> Result<()> {
        let HistoryEvent { at, by, what } = event;
        let rules = act.rules()?;
        let moved = |ticket: &Ticket, to: domain::import::State, code: Option<&String>| {
            let code = code.and_then(|code| ResolutionCode::new(code).ok());
            let to = StateKey::new(to.as_str()).map_err(|error| Refused::Rule(error.to_string()))?;
            Ok::<_, Refused>(ticket.replay_state(&to, code, &rules.workflow, *at)?)
        };
        let (after, facts) = match what {
            What::Opened { .. } => return Ok(()),
            What::StateChanged { to, .. } | What::Reopened { to, .. } => moved(&self.ticket, *to, None)?,
            What::Resolved { code, .. } => {
                moved(&self.ticket, domain::import::State::Resolved, code.as_ref())?
            }
            What::Closed { .. } | What::MergedInto { .. } => {
                moved(&self.ticket, domain::import::State::Closed, None)?
            }
            What::Reassigned { to, .. } => {
                let to = self.import.assignment(to, &mut self.findings);
                match self.ticket.assign(to, *at) {
                    Ok(changed) => changed,
                    Err(error) => {
                        self.note_finding(&error);
                        return Ok(());
                    }
                }
            }
            What::PriorityChanged { to, .. } => {
                let change =
                    Change { impact: Some(to.impact), urgency: Some(to.urgency), ..Change::default() };
                match self.ticket.change(change, &rules.matrix, *at) {
                    Ok((mut after, facts)) => {
                        after.priority = to.priority;
                        (after, facts)
                    }
                    Err(error) => {
                        self.note_finding(&error);
                        return Ok(());
                    }
                }
            }
            What::FieldChanged { field, to, .. } => {
                let value = to.as_deref().unwrap_or("nothing");
                let text = format!("{field} is now {value}.");
                self.comment(act, *at, by.as_ref(), EntryKind::Note, text);
                return Ok(());
            }
            What::Reply { body } => {
                let own = by.as_ref().and_then(|key| self.import.person(key)) == Some(self.ticket.requester);
                self.comment(act, *at, by.as_ref(), EntryKind::Reply, body.clone());
                let changed = if own {
                    self.ticket.requester_reply(&rules.workflow, *at)
                } else {
                    self.ticket.reply(*at)
                };
                match changed {
                    Ok(changed) => changed,
                    Err(error) => {
                        self.note_finding(&error);
                        return Ok(());
                    }
                }
            }
            What::Note { body } => {
                self.comment(act, *at, by.as_ref(), EntryKind::Note, body.clone());
                return Ok(());
            }
        };
        if after.state != self.ticket.state {
            self.periods.push((*at, after.state.clone()));
        }
        self.ticket = after;
        self.facts(act, *at, by.as_ref(), &facts);
        Ok(())
    }

    fn note_finding(&mut self, why: &impl ToString) {
        self.findings.push(why.to_string());
    }

    fn facts(&mut self, act: &mut Act<'_, '_>, at: jiff::Timestamp, by: Option<&PersonKey>, facts: &[Fact]) {
        for fact in facts {
            let Ok(body) = serde_json::to_string(fact) else { continue };
            let public = fact.state_change().is_some();
            self.entry(act, at, by, EntryKind::Fact, body, public);
        }
    }

    fn comment(
        &mut self,
        act: &mut Act<'_, '_>,
        at: jiff::Timestamp,
        by: Option<&PersonKey>,
        kind: EntryKind,
        body: String,
    ) {
        self.entry(act, at, by, kind, body, kind == EntryKind::Reply);
    }

    fn entry(
        &mut self,
        act: &mut Act<'_, '_>,
        at: jiff::Timestamp,
        by: Option<&PersonKey>,
        kind: EntryKind,
        body: String,
        public: bool,
    ) {
        let byline = Byline { channel: Channel::Import, via: None, external: None, seat: None };
        let byline = serde_json::to_string(&byline).unwrap_or_default();
        let person = by.and_then(|key| self.import.person(key));
        let nth = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        let id = domain::nth_id(at, nth, act.random());
        self.entries.push(Entry { id, at, kind, person, person_name: None, byline, body, public });
    }

    fn finish(self, act: &mut Act<'_, '_>) -> Result<ImportOutcome> {
        let Self { mut ticket, periods, entries, findings, .. } = self;
        ticket.due_at = act.rules()?.clocks(&ticket, &periods).due_at();
        if ticket.resolved_at.is_some() {
            note_promise(act, &ticket, &periods)?;
        }
        ticket::insert(act.tx, &ticket)?;
        for (at, state) in &periods {
            ticket::begin_period(act.tx, ticket.id, *at, state)?;
        }
        search::add_ticket(act.tx, &ticket)?;
        for entry in &entries {
            ticket::add_entry(act.tx, ticket.id, entry)?;
            if entry.kind != EntryKind::Fact {
                search::add(act.tx, ticket.id, ticket.requester, entry.public, &entry.body)?;
            }
        }
        ticket::count(act.tx, None, &ticket)?;
        act.target = ticket.id.into();
        act.occurred_at = Some(ticket.created_at);
        act.detail = json!({
            "number": ticket.number,
            "external_reference": ticket.external_reference,
            "entries": entries.len(),
            "findings": findings,
        });
        Ok(ImportOutcome {
            number: ticket.number,
            fresh: true,
            reassignment_count: ticket.reassignment_count,
            reopen_count: ticket.reopen_count,
            findings,
        })
    }
}

impl ImportTicket {
    fn person(&self, key: &PersonKey) -> Option<PersonId> {
        self.people.get(key).copied()
    }

    fn assignment(&self, from: &ImportedAssignment, findings: &mut Vec<String>) -> Assignment {
        let group = from.group.as_ref().and_then(|name| {
            let found = self.groups.get(name).copied();
            if found.is_none() {
                findings.push(format!("the group {name} is not known here"));
            }
            found
        });
        let assignee = from.assignee.as_ref().and_then(|key| {
            let found = self.person(key);
            if found.is_none() {
                findings.push(format!("the person {key} is not known here"));
            }
            found
        });
        Assignment { group, assignee }
    }
}
