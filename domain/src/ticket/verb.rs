//! The verbs: what can be done with a ticket. Each takes the ticket as it is and answers with the ticket as it will be
//! and what to write in its timeline. A verb that changes nothing answers with the same version and no facts.

use super::{
    Assignment, Change, Fact, Kind, LinkKind, Merge, MergeReason, NewTicket, Phase, PriorityMatrix,
    Requirement, ResolutionCode, State, StateKey, Ticket, TicketError, TicketNumber, Workflow,
};
use crate::{PersonId, TicketId, Timestamp};

/// A ticket after a verb, and what to write in its timeline.
pub type Changed = (Ticket, Vec<Fact>);

/// What comes along with a step through the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// How the ticket was resolved. Kept only by a step to a resolved or final state.
    pub resolution_code: Option<ResolutionCode>,
    /// Whether a reply or a note goes with the step.
    pub comment: bool,
}

impl Ticket {
    /// Raises a ticket: the `number`th of its kind.
    pub fn open(
        new: NewTicket,
        id: TicketId,
        number: u64,
        workflow: &Workflow,
        matrix: &PriorityMatrix,
        now: Timestamp,
    ) -> Changed {
        let initial = workflow.initial(new.kind);
        let ticket = Self {
            id,
            number: TicketNumber::new(new.kind, number),
            subject: new.subject,
            description: new.description,
            requester: new.requester,
            opened_by: new.opened_by,
            channel: new.channel,
            group: new.assignment.group,
            assignee: new.assignment.assignee,
            state: initial.key.clone(),
            phase: initial.phase,
            impact: new.impact,
            urgency: new.urgency,
            priority: matrix.priority(new.impact, new.urgency),
            category: new.category,
            resolution_code: None,
            external_reference: new.external_reference,
            created_at: now,
            updated_at: now,
            first_response_at: None,
            waiting_since: None,
            resolved_at: None,
            closed_at: None,
            due_at: None,
            reopen_count: 0,
            reassignment_count: 0,
            version: 1,
            merged: None,
        };
        let mut facts = vec![Fact::Opened {
            number: ticket.number,
            state: ticket.state.clone(),
            priority: ticket.priority,
            because: matrix.explain(ticket.impact, ticket.urgency),
        }];
        if ticket.assignment() != Assignment::default() {
            facts.push(Fact::Assigned { from: Assignment::default(), to: ticket.assignment() });
        }
        (ticket, facts)
    }

    /// Gives the ticket to a group, a person, or nobody.
    ///
    /// Every change of *group* counts as a reassignment, also from none and to none; a change of person inside the
    /// group does not. So `ServiceNow` counts: in its event exports, `reassignment_count` rises with each change of
    /// `assignment_group` after the incident was opened and never with `assigned_to` alone.
    pub fn assign(&self, to: Assignment, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_take_changes()?;
        let from = self.assignment();
        if from == to {
            return Ok(self.unchanged());
        }
        let mut ticket = self.touched(now);
        ticket.group = to.group;
        ticket.assignee = to.assignee;
        if from.group != to.group {
            ticket.reassignment_count = ticket.reassignment_count.saturating_add(1);
        }
        Ok((ticket, vec![Fact::Assigned { from, to }]))
    }

    /// Edits fields. Priority follows impact and urgency by the matrix; a matrix edited since the ticket was raised
    /// takes effect only when one of the two is judged anew.
    pub fn change(
        &self,
        change: Change,
        matrix: &PriorityMatrix,
        now: Timestamp,
    ) -> Result<Changed, TicketError> {
        self.must_take_changes()?;
        let mut ticket = self.touched(now);
        let mut facts = Vec::new();
        if let Some(to) = change.subject.filter(|to| *to != self.subject) {
            facts.push(Fact::SubjectChanged { from: self.subject.clone(), to: to.clone() });
            ticket.subject = to;
        }
        if let Some(to) = change.description.filter(|to| *to != self.description) {
            facts.push(Fact::DescriptionChanged);
            ticket.description = to;
        }
        if let Some(to) = change.category.filter(|to| *to != self.category) {
            facts.push(Fact::CategoryChanged { from: self.category.clone(), to: to.clone() });
            ticket.category = to;
        }
        let impact = change.impact.filter(|to| *to != self.impact);
        let urgency = change.urgency.filter(|to| *to != self.urgency);
        if let Some(to) = impact {
            facts.push(Fact::ImpactChanged { from: self.impact, to });
            ticket.impact = to;
        }
        if let Some(to) = urgency {
            facts.push(Fact::UrgencyChanged { from: self.urgency, to });
            ticket.urgency = to;
        }
        if impact.is_some() || urgency.is_some() {
            ticket.priority = matrix.priority(ticket.impact, ticket.urgency);
            if ticket.priority != self.priority {
                facts.push(Fact::PriorityChanged {
                    from: self.priority,
                    to: ticket.priority,
                    because: matrix.explain(ticket.impact, ticket.urgency),
                });
            }
        }
        if facts.is_empty() { Ok(self.unchanged()) } else { Ok((ticket, facts)) }
    }

    /// An agent's step through the workflow. A step back from resolved to open counts as a reopening.
    pub fn transition(
        &self,
        to: &StateKey,
        given: Given,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        let mut held = Vec::new();
        if given.resolution_code.is_some() {
            held.push(Requirement::ResolutionCode);
        }
        if given.comment {
            held.push(Requirement::Comment);
        }
        if self.assignee.is_some() {
            held.push(Requirement::Assignee);
        }
        workflow.transition(&self.state, to, &held)?;
        let state = workflow.known(to)?;
        Ok(self.moved(state, given.resolution_code, now))
    }

    /// A step as another desk took it, whether or not the workflow allows it: only for replaying imported history.
    pub fn replay_state(
        &self,
        to: &StateKey,
        resolution_code: Option<ResolutionCode>,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        let state = workflow.known(to)?;
        if *to == self.state {
            return Ok(self.unchanged());
        }
        Ok(self.moved(state, resolution_code, now))
    }

    /// An agent answers the requester. The first answer ends the response clock.
    pub fn reply(&self, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_take_changes()?;
        let mut ticket = self.touched(now);
        let mut facts = Vec::new();
        if ticket.first_response_at.is_none() {
            ticket.first_response_at = Some(now);
            facts.push(Fact::FirstResponse);
        }
        Ok((ticket, facts))
    }

    /// An agent writes a work note. A closed ticket takes notes too: what is learnt later belongs there.
    pub fn note(&self, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        Ok((self.touched(now), Vec::new()))
    }

    /// The requester answers. A ticket that waited for them goes on; a resolved one stays resolved, so that thanks do
    /// not reopen it.
    pub fn requester_reply(&self, workflow: &Workflow, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_take_changes()?;
        let mut ticket = self.touched(now);
        let mut facts = Vec::new();
        if let Some(state) = workflow.on_requester_reply(&self.state) {
            ticket.enter(state, None, now);
            facts.push(Fact::Resumed { from: self.state.clone(), to: state.key.clone() });
        }
        Ok((ticket, facts))
    }

    /// Somebody is asked whether it may go on: it waits for that, where the workflow has a state to wait in.
    pub fn ask_approval(&self, workflow: &Workflow, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_take_changes()?;
        match workflow.waiting_for_approval().filter(|state| state.key != self.state) {
            Some(state) => Ok(self.moved(state, None, now)),
            None => Ok((self.touched(now), Vec::new())),
        }
    }

    /// What was asked is decided, or asked no longer. A ticket that waited for that goes on.
    pub fn end_approval(&self, workflow: &Workflow, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        match workflow.on_decision(&self.state) {
            Some(state) => Ok(self.moved(state, None, now)),
            None => Ok((self.touched(now), Vec::new())),
        }
    }

    /// The requester no longer needs it.
    pub fn withdraw(&self, workflow: &Workflow, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        if !self.phase.is_open() {
            return Err(TicketError::NothingToWithdraw { number: self.number, phase: self.phase });
        }
        let state = workflow.withdrawn();
        let mut ticket = self.touched(now);
        ticket.enter(state, None, now);
        Ok((ticket, vec![Fact::Withdrawn { from: self.state.clone(), to: state.key.clone() }]))
    }

    /// The requester says that it is not solved, within the workflow's days. (An agent takes the step back from
    /// resolved with [`Ticket::transition`], which knows no such limit.)
    pub fn reopen(&self, workflow: &Workflow, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        if self.phase != Phase::Resolved {
            return Err(match self.phase {
                Phase::Closed | Phase::Cancelled => {
                    TicketError::Final { number: self.number, phase: self.phase }
                }
                _ => TicketError::NotResolved { number: self.number, phase: self.phase },
            });
        }
        if self.reopen_until(workflow).is_some_and(|until| now > until) {
            return Err(TicketError::TooLate { number: self.number, days: workflow.reopen_days() });
        }
        Ok(self.moved(workflow.reopened(), None, now))
    }

    /// Until when the requester may reopen it; absent unless it is resolved.
    pub fn reopen_until(&self, workflow: &Workflow) -> Option<Timestamp> {
        let resolved_at = self.resolved_at.filter(|_| self.phase == Phase::Resolved)?;
        let window = jiff::SignedDuration::from_hours(24 * i64::from(workflow.reopen_days()));
        Some(resolved_at.saturating_add(window).unwrap_or(Timestamp::MAX))
    }

    /// Ends this ticket in favour of another that goes on for both. Answers with this ticket and the other.
    pub fn merge_into(
        &self,
        into: &Self,
        reason: Option<MergeReason>,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<(Changed, Changed), TicketError> {
        if self.id == into.id {
            return Err(TicketError::MergeIntoItself { number: self.number });
        }
        self.must_not_be_merged()?;
        into.must_not_be_merged()?;
        if (self.kind() == Kind::Problem) != (into.kind() == Kind::Problem) {
            return Err(TicketError::MergeWithProblem { number: self.number, into: into.number });
        }
        if into.phase.is_final() {
            return Err(TicketError::MergeIntoFinal { into: into.number, phase: into.phase });
        }
        let state = workflow.merged();
        let mut ticket = self.touched(now);
        ticket.merged = Some(Merge {
            into: into.id,
            into_number: into.number,
            at: now,
            reason: reason.clone(),
            state_before: self.state.clone(),
            phase_before: self.phase,
            waiting_since_before: self.waiting_since,
            closed_at_before: self.closed_at,
        });
        // Not `enter`: a merge resolves nothing, so what un-merging must find again stays as it is.
        ticket.state = state.key.clone();
        ticket.phase = state.phase;
        ticket.waiting_since = None;
        ticket.closed_at = Some(self.closed_at.unwrap_or(now));
        let fact = Fact::Merged { into: into.id, from: self.state.clone(), to: state.key.clone(), reason };
        Ok(((ticket, vec![fact]), (into.touched(now), vec![Fact::Absorbed { other: self.id }])))
    }

    /// Undoes a merge: the ticket is again in the state it was in. Answers with this ticket and the other.
    ///
    /// If an administrator has removed that state since, the ticket goes where reopened tickets go.
    pub fn unmerge(
        &self,
        out_of: &Self,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<(Changed, Changed), TicketError> {
        let Some(merge) = &self.merged else {
            return Err(TicketError::NotMerged { number: self.number });
        };
        if merge.into != out_of.id {
            return Err(TicketError::MergedElsewhere {
                number: self.number,
                into: merge.into_number,
                named: out_of.number,
            });
        }
        let mut ticket = self.touched(now);
        ticket.merged = None;
        match workflow.state(&merge.state_before).filter(|state| state.phase == merge.phase_before) {
            Some(state) => {
                ticket.state = state.key.clone();
                ticket.phase = state.phase;
                ticket.waiting_since = merge.waiting_since_before;
                ticket.closed_at = merge.closed_at_before;
            }
            None => ticket.enter(workflow.reopened(), None, now),
        }
        let fact = Fact::Unmerged { out_of: out_of.id, from: self.state.clone(), to: ticket.state.clone() };
        Ok(((ticket, vec![fact]), (out_of.touched(now), vec![Fact::Released { other: self.id }])))
    }

    /// Links this ticket to another, whatever their states: links are memory. Answers with both tickets.
    pub fn link(
        &self,
        kind: LinkKind,
        other: &Self,
        now: Timestamp,
    ) -> Result<(Changed, Changed), TicketError> {
        if self.id == other.id {
            return Err(TicketError::LinkToItself { number: self.number });
        }
        let here = Fact::Linked { kind, other: other.id, inverse: false };
        let there = Fact::Linked { kind, other: self.id, inverse: true };
        Ok(((self.touched(now), vec![here]), (other.touched(now), vec![there])))
    }

    /// Removes a link from this ticket to another. Answers with both tickets.
    pub fn unlink(&self, kind: LinkKind, other: &Self, now: Timestamp) -> (Changed, Changed) {
        let here = Fact::Unlinked { kind, other: other.id, inverse: false };
        let there = Fact::Unlinked { kind, other: self.id, inverse: true };
        ((self.touched(now), vec![here]), (other.touched(now), vec![there]))
    }

    /// Takes a file named `name`. A closed ticket takes files, as it takes notes.
    pub fn attach(&self, name: &str, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        Ok((self.touched(now), vec![Fact::Attached { name: name.to_owned() }]))
    }

    /// Lets somebody follow the ticket.
    pub fn watch(&self, person: PersonId, now: Timestamp) -> Result<Changed, TicketError> {
        self.must_not_be_merged()?;
        Ok((self.touched(now), vec![Fact::WatcherAdded { person }]))
    }

    /// Lets somebody stop following the ticket, wherever it stands.
    pub fn unwatch(&self, person: PersonId, now: Timestamp) -> Changed {
        (self.touched(now), vec![Fact::WatcherRemoved { person }])
    }

    /// Whether its checklist may be changed: while anything about it may.
    pub fn takes_checklist(&self) -> Result<(), TicketError> {
        self.must_take_changes()
    }

    /// Whether time may be recorded on it: on a closed ticket too, as it is often written down afterwards.
    pub fn takes_time(&self) -> Result<(), TicketError> {
        self.must_not_be_merged()
    }

    fn must_not_be_merged(&self) -> Result<(), TicketError> {
        match &self.merged {
            Some(merge) => Err(TicketError::Merged { number: self.number, into: merge.into_number }),
            None => Ok(()),
        }
    }

    fn must_take_changes(&self) -> Result<(), TicketError> {
        self.must_not_be_merged()?;
        if self.phase.is_final() {
            return Err(TicketError::Final { number: self.number, phase: self.phase });
        }
        Ok(())
    }

    fn unchanged(&self) -> Changed {
        (self.clone(), Vec::new())
    }

    /// A copy, one version on. The last change never moves back, even if the clock does.
    fn touched(&self, now: Timestamp) -> Self {
        let mut ticket = self.clone();
        ticket.version = ticket.version.saturating_add(1);
        ticket.updated_at = ticket.updated_at.max(now);
        ticket
    }

    fn moved(&self, state: &State, resolution_code: Option<ResolutionCode>, now: Timestamp) -> Changed {
        let mut ticket = self.touched(now);
        ticket.enter(state, resolution_code, now);
        let (from, to) = (self.state.clone(), state.key.clone());
        let fact = if !self.phase.is_open() && state.phase.is_open() {
            ticket.reopen_count = ticket.reopen_count.saturating_add(1);
            Fact::Reopened { from, to }
        } else {
            let resolution_code =
                ticket.resolution_code.clone().filter(|code| self.resolution_code.as_ref() != Some(code));
            Fact::StateChanged { from, to, resolution_code }
        };
        (ticket, vec![fact])
    }

    fn enter(&mut self, state: &State, resolution_code: Option<ResolutionCode>, now: Timestamp) {
        self.state = state.key.clone();
        self.phase = state.phase;
        self.waiting_since = (state.phase == Phase::Waiting).then_some(now);
        self.closed_at = state.phase.is_final().then_some(now);
        self.resolved_at = match state.phase {
            Phase::Resolved | Phase::Closed => self.resolved_at.or(Some(now)),
            Phase::Cancelled => self.resolved_at,
            Phase::New | Phase::Active | Phase::Waiting => None,
        };
        self.resolution_code =
            if state.phase.is_open() { None } else { resolution_code.or(self.resolution_code.take()) };
    }
}
