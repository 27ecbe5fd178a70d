//! Approvals: a technician asks, the people who are asked answer without a seat, and the ticket waits meanwhile.

use domain::{
    ApprovalId, PersonId, Timestamp,
    identity::{Account, Capability},
    licence::Action,
    ticket::{
        Approval, ApprovalEnd, ApprovalError, ApprovalQuestion, ApprovalWords, Decision, Ended, Fact, Quorum,
        Ticket, TicketNumber,
    },
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    ReadTx,
    approval::{self, Asking},
    guest, person, snooze, ticket,
};

use super::{NamedPerson, TicketRef};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// More than anybody answers in one sitting.
const MOST_WAITING: u32 = 50;
/// So far back goes the list of what one has answered.
const ANSWERED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

const APPROVAL: &str = "approval";

/// What every page of somebody who is asked listens to.
fn topic(person: PersonId) -> String {
    format!("approvals:{person}")
}

/// Which asking was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalWritten {
    /// Its id.
    pub id: ApprovalId,
    /// Its version now.
    pub version: u64,
    /// How it ended, if it did.
    pub ended: Option<ApprovalEnd>,
}

const fn written(approval: &Approval) -> ApprovalWritten {
    let ended = match approval.ended {
        Some(Ended { how, .. }) => Some(how),
        None => None,
    };
    ApprovalWritten { id: approval.id, version: approval.version, ended }
}

/// Ask people whether a ticket may go on.
#[derive(Debug, Clone)]
pub struct AskApproval {
    /// The ticket, which waits until it is decided.
    pub ticket: TicketRef,
    /// What is to be approved.
    pub question: ApprovalQuestion,
    /// Whose answers are needed.
    pub quorum: Quorum,
    /// Who is asked.
    pub people: Vec<PersonId>,
    /// The version of the ticket that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for AskApproval {
    type Outcome = ApprovalWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::ApprovalAsk)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ApprovalWritten> {
        let before = act.hold(self.ticket, self.if_version)?;
        if approval::open_of(act.tx, before.id)?.is_some() {
            return Err(ApprovalError::Asked { number: before.number }.into());
        }
        let by = act.person().ok_or(Refused::NotFound("person"))?;
        let (asked, _) = act.ask_approval(&before, self.question, self.quorum, &self.people, by)?;
        act.detail = json!({ "approval": asked, "number": before.number });
        Ok(written(&asked))
    }
}

/// Answer whether a ticket may go on.
#[derive(Debug, Clone)]
pub struct AnswerApproval {
    /// Which asking.
    pub approval: ApprovalId,
    /// Yes or no.
    pub decision: Decision,
    /// What there is to say with it; a "no" says why.
    pub words: Option<ApprovalWords>,
}

impl Command for AnswerApproval {
    type Outcome = ApprovalWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let asking = approval::by_id(at.tx, self.approval)?.ok_or(Refused::NotFound(APPROVAL))?;
        let me = at.person();
        if let Account::ServiceAccount { .. } = at.ctx.principal.authenticated_as {
            return Err(Refused::Rule(
                "whoever is asked answers themselves; no program answers for them".to_owned(),
            ));
        }
        if !asking.approval.approvers.iter().any(|approver| Some(approver.person) == me) {
            return Err(Refused::NotFound(APPROVAL));
        }
        // They may not read the ticket, but the record names it.
        at.aim(asking.approval.ticket);
        Ok(Action::ApprovalAnswer)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ApprovalWritten> {
        let (asking, before) = act.hold_approval(self.approval)?;
        let me = act.person().ok_or(Refused::NotFound(APPROVAL))?;
        let (after, fact) = asking.approval.answer(me, self.decision, self.words, act.now())?;
        act.keep_approval(&before, &asking.approval, &after, fact)
    }
}

/// Take a question for approval back.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawApproval {
    /// Which asking.
    pub approval: ApprovalId,
}

impl Command for WithdrawApproval {
    type Outcome = ApprovalWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let asking = approval::by_id(at.tx, self.approval)?.ok_or(Refused::NotFound(APPROVAL))?;
        let ticket = at.work_on(asking.approval.ticket.into())?;
        // Otherwise whoever works tickets goes around the approval of what they themselves request.
        if Some(ticket.requester) == at.person() {
            return Err(Refused::Rule(
                "this is about your own ticket; somebody else takes the question back".to_owned(),
            ));
        }
        Ok(Action::ApprovalAsk)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ApprovalWritten> {
        let (asking, before) = act.hold_approval(self.approval)?;
        let (after, fact) = asking.approval.withdraw(act.now())?;
        act.keep_approval(&before, &asking.approval, &after, fact)
    }
}

/// Whoever is asked has to be able to sign in and answer.
fn check_can_answer(tx: &mut ReadTx<'_>, id: PersonId) -> Result<()> {
    let roles = person::active_roles(tx, id)?.unwrap_or_default();
    if guest::is_one(tx, id)? {
        return Err(Refused::field(
            "people",
            "a guest has no page to answer on; ask somebody with an account",
        ));
    }
    if roles.iter().flat_map(|role| role.capabilities()).any(|c| *c == Capability::PortalUse) {
        return Ok(());
    }
    let words = match person::by_id(tx, id)? {
        Some(person) => format!("{} cannot sign in any more; ask somebody else", person.name),
        None => "there is no such person; choose another".to_owned(),
    };
    Err(Refused::field("people", words))
}

impl Act<'_, '_> {
    /// Asks people whether a ticket may go on, and lets it wait for them.
    pub(crate) fn ask_approval(
        &mut self,
        before: &Ticket,
        question: ApprovalQuestion,
        quorum: Quorum,
        people: &[PersonId],
        by: PersonId,
    ) -> Result<(Approval, Ticket)> {
        let id = self.new_id();
        let (asked, fact) = Approval::ask(id, before, question, quorum, people, by, self.now())?;
        for approver in &asked.approvers {
            check_can_answer(self.tx, approver.person)?;
        }
        approval::put(self.tx, &asked)?;
        let (after, steps) = before.ask_approval(&self.rules()?.workflow, self.now())?;
        let facts: Vec<Fact> = std::iter::once(fact).chain(steps).collect();
        let saved = self.save(before, after, &facts)?;
        for approver in &asked.approvers {
            self.push_to_approver(approver.person, asked.id, saved.number)?;
        }
        self.say_to(&asked);
        Ok((asked, saved))
    }

    /// The asking and its ticket, held against other writers by the ticket's row.
    fn hold_approval(&mut self, id: ApprovalId) -> Result<(Asking, Ticket)> {
        let looked = approval::by_id(self.tx, id)?.ok_or(Refused::NotFound(APPROVAL))?;
        let ticket = self.hold(looked.approval.ticket.into(), None)?;
        let held = approval::by_id(self.tx, id)?.ok_or(Refused::NotFound(APPROVAL))?;
        Ok((held, ticket))
    }

    /// Writes what became of an asking. With its end, a ticket that waited goes on.
    fn keep_approval(
        &mut self,
        ticket: &Ticket,
        before: &Approval,
        after: &Approval,
        fact: Fact,
    ) -> Result<ApprovalWritten> {
        approval::put(self.tx, after)?;
        let changed = super::save::difference_of(before, after);
        self.detail = json!({ "approval": after.id, "number": ticket.number, "changed": changed });
        if after.ended.is_some() {
            self.forget_push_of(after.id)?;
            // Who put it off until there is an answer has one.
            snooze::wake_all(self.tx, ticket.id)?;
            let (moved, steps) = ticket.end_approval(&self.rules()?.workflow, self.now())?;
            let facts: Vec<Fact> = std::iter::once(fact).chain(steps).collect();
            self.save(ticket, moved, &facts)?;
        } else {
            self.write_facts(ticket, &[fact], self.now())?;
            self.announce_ticket(ticket);
        }
        self.say_to(after);
        Ok(written(after))
    }

    /// To the pages of everybody who is asked.
    fn say_to(&mut self, approval: &Approval) {
        for approver in &approval.approvers {
            self.announce(topic(approver.person));
        }
    }

    /// A ticket that comes back from a merge does not wait for an answer that nobody is asked for any more.
    pub(crate) fn go_on_unasked(&mut self, ticket: &Ticket) -> Result<Ticket> {
        let workflow = &self.rules()?.workflow;
        let waits = ticket.phase.is_open() && workflow.on_decision(&ticket.state).is_some();
        if !waits || approval::open_of(self.tx, ticket.id)?.is_some() {
            return Ok(ticket.clone());
        }
        let (after, facts) = ticket.end_approval(&self.rules()?.workflow, self.now())?;
        self.save(ticket, after, &facts)
    }

    /// Nobody is asked any more about a ticket that is over.
    pub(crate) fn end_approval_of(&mut self, ticket: &Ticket) -> Result<()> {
        let Some(asking) = approval::open_of(self.tx, ticket.id)? else { return Ok(()) };
        let (after, fact) = asking.approval.withdraw(self.now())?;
        approval::put(self.tx, &after)?;
        self.forget_push_of(after.id)?;
        if let Value::Object(detail) = &mut self.detail {
            detail.insert("approval_withdrawn".to_owned(), json!(after.id));
        }
        self.write_facts(ticket, &[fact], self.now())?;
        self.say_to(&after);
        Ok(())
    }
}

/// One of those who are asked, and what they said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApproverView {
    /// Who.
    pub person: NamedPerson,
    /// Yes or no, once they answered.
    pub decision: Option<Decision>,
    /// What they said with it.
    pub words: Option<ApprovalWords>,
    /// When.
    pub at: Option<Timestamp>,
}

/// An asking, as those see it who ask and who are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalView {
    /// Which one.
    pub id: ApprovalId,
    /// The number of the ticket.
    pub ticket: TicketNumber,
    /// What that is about.
    pub subject: String,
    /// Whose ticket it is.
    pub requester_name: String,
    /// What is to be approved, in Markdown.
    pub question: ApprovalQuestion,
    /// Whose answers are needed.
    pub quorum: Quorum,
    /// Who asks.
    pub asked_by: NamedPerson,
    /// Since when.
    pub asked_at: Timestamp,
    /// Who is asked.
    pub approvers: Vec<ApproverView>,
    /// How it ended, if it did.
    pub ended: Option<Ended>,
    /// Whether it waits for the caller.
    pub waits_for_me: bool,
    /// What the caller has answered, if they did.
    pub my_decision: Option<Decision>,
    /// Its version.
    pub version: u64,
}

impl ApprovalView {
    fn of(asking: Asking, me: Option<PersonId>) -> Self {
        let Asking { approval, number, subject, requester_name, asked_by_name, names } = asking;
        let waits_for_me = me.is_some_and(|me| approval.waits_for(me));
        let mine = approval.approvers.iter().find(|it| Some(it.person) == me);
        let my_decision = mine.and_then(|it| it.answer.as_ref()).map(|answer| answer.decision);
        let approvers = approval
            .approvers
            .into_iter()
            .zip(names)
            .map(|(approver, name)| {
                let person = NamedPerson { id: approver.person, name };
                match approver.answer {
                    Some(answer) => ApproverView {
                        person,
                        decision: Some(answer.decision),
                        words: answer.words,
                        at: Some(answer.at),
                    },
                    None => ApproverView { person, decision: None, words: None, at: None },
                }
            })
            .collect();
        Self {
            id: approval.id,
            ticket: number,
            subject,
            requester_name,
            question: approval.question,
            quorum: approval.quorum,
            asked_by: NamedPerson { id: approval.asked_by, name: asked_by_name },
            asked_at: approval.asked_at,
            approvers,
            ended: approval.ended,
            waits_for_me,
            my_decision,
            version: approval.version,
        }
    }
}

fn reader(look: &Look<'_, '_>) -> Result<PersonId> {
    look.require(Capability::PortalUse, APPROVAL)?;
    look.person().ok_or(Refused::NotFound(APPROVAL))
}

/// What waits for the caller's answer, the oldest first, and what they answered in the last thirty days.
#[derive(Debug, Clone, Copy)]
pub struct MyApprovals;

/// What [`MyApprovals`] shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyApprovalsView {
    /// The first fifty that wait for the caller.
    pub waiting: Vec<ApprovalView>,
    /// The latest fifty that they answered.
    pub answered: Vec<ApprovalView>,
}

impl Query for MyApprovals {
    type Answer = MyApprovalsView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let views = |askings: Vec<Asking>| -> Vec<_> {
            askings.into_iter().map(|asking| ApprovalView::of(asking, Some(me))).collect()
        };
        let waiting = views(approval::waiting_for(look.tx, me, MOST_WAITING)?);
        let since = look.ctx.now - ANSWERED_FOR;
        let answered = views(approval::answered_by(look.tx, me, since, MOST_WAITING)?);
        Ok(MyApprovalsView { waiting, answered })
    }
}

/// How many askings wait for the caller.
#[derive(Debug, Clone, Copy)]
pub struct CountMyApprovals;

impl Query for CountMyApprovals {
    type Answer = u32;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        Ok(approval::count_waiting_for(look.tx, me)?)
    }
}

/// An asking with what its ticket says, for those who have to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalDetailView {
    /// The asking.
    #[serde(flatten)]
    pub approval: ApprovalView,
    /// What the requester wrote, in Markdown.
    pub description: Option<String>,
    /// When they raised it.
    pub raised_at: Timestamp,
}

/// One asking: for those who are asked and for technicians.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalDetail {
    /// Which one.
    pub approval: ApprovalId,
}

impl Query for ApprovalDetail {
    type Answer = ApprovalDetailView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let asking = approval::by_id(look.tx, self.approval)?.ok_or(Refused::NotFound(APPROVAL))?;
        let asked = asking.approval.approvers.iter().any(|approver| approver.person == me);
        if !asked && !look.may(Capability::TicketRead) {
            return Err(Refused::NotFound(APPROVAL));
        }
        let ticket = ticket::by_id(look.tx, asking.approval.ticket)?.ok_or(Refused::NotFound(APPROVAL))?;
        Ok(ApprovalDetailView {
            approval: ApprovalView::of(asking, Some(me)),
            description: ticket.description.map(String::from),
            raised_at: ticket.created_at,
        })
    }
}

/// What was asked about a ticket, the latest first: for technicians.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalsOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for ApprovalsOf {
    type Answer = Vec<ApprovalView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, APPROVAL)?;
        let me = look.person();
        let (ticket, _) = look.ticket(self.ticket)?;
        let askings = approval::of_ticket(look.tx, ticket.id)?;
        Ok(askings.into_iter().map(|asking| ApprovalView::of(asking, me)).collect())
    }
}

/// For whose answers a ticket waits, by name: what its requester is told of an approval.
#[derive(Debug, Clone, Copy)]
pub struct WaitsForApprovalBy {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for WaitsForApprovalBy {
    type Answer = Vec<String>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, relation) = look.ticket(self.ticket)?;
        if relation.only_reads() || look.rules.workflow.on_decision(&ticket.state).is_none() {
            return Ok(Vec::new());
        }
        let Some(asking) = approval::open_of(look.tx, ticket.id)? else { return Ok(Vec::new()) };
        let waiting = asking.approval.approvers.iter().zip(asking.names);
        Ok(waiting.filter(|(approver, _)| approver.answer.is_none()).map(|(_, name)| name).collect())
    }
}
