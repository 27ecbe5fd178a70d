//! Approvals: a technician asks people whether a ticket may go on, and the answer is on record.
//!
//! The rules are those that access reviewers ask for: nobody approves their own request, one "no" ends the asking, and a
//! "no" says why. Whoever answers needs no seat.

use serde::{Deserialize, Serialize};

use super::{ApprovalQuestion, ApprovalWords, Fact, Ticket, TicketNumber};
use crate::{ApprovalId, PersonId, TicketId, Timestamp, identity::named};

/// So many people can be asked at once.
pub const MOST_ASKED: usize = 10;

named! {
    /// Whose answers are needed.
    Quorum {
        /// Everybody who is asked has to agree.
        All = "all",
        /// The first who agrees is enough.
        Any = "any",
    }
}

named! {
    /// What somebody answers.
    Decision {
        /// Yes.
        Approved = "approved",
        /// No.
        Declined = "declined",
    }
}

named! {
    /// How an asking ended.
    ApprovalEnd {
        /// It may go on.
        Approved = "approved",
        /// It may not.
        Declined = "declined",
        /// It was taken back before everybody had answered, or the ticket was over.
        Withdrawn = "withdrawn",
    }
}

/// What one person answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Yes or no.
    pub decision: Decision,
    /// What they said with it; a "no" always says why.
    pub words: Option<ApprovalWords>,
    /// When.
    pub at: Timestamp,
}

/// One of those who are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Who.
    pub person: PersonId,
    /// What they answered, if they did.
    pub answer: Option<Answer>,
}

/// How and when an asking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub how: ApprovalEnd,
    /// When.
    pub at: Timestamp,
}

/// One asking. Another one may follow it: stages are askings one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Which one.
    pub id: ApprovalId,
    /// What it is about.
    pub ticket: TicketId,
    /// What is to be approved, as those who are asked read it.
    pub question: ApprovalQuestion,
    /// Whose answers are needed.
    pub quorum: Quorum,
    /// Who asks.
    pub asked_by: PersonId,
    /// Since when.
    pub asked_at: Timestamp,
    /// Who is asked, and what they say.
    pub approvers: Vec<Approver>,
    /// How it ended, if it did.
    pub ended: Option<Ended>,
    /// Grows with every change.
    pub version: u64,
}

/// What stands in the way, as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody works on the ticket any more.
    #[error("{number} is over; reopen it, and ask from there")]
    TicketOver {
        /// The ticket.
        number: TicketNumber,
    },
    /// An asking without anybody to ask.
    #[error("say who is to approve it")]
    Nobody,
    /// More people than one question can be put to.
    #[error("at most {MOST_ASKED} people can be asked at once; ask the others when these have answered")]
    TooMany,
    /// Their own request.
    #[error("whoever requested it cannot approve it; ask somebody else")]
    Requester,
    /// Whoever asks is no judge of it.
    #[error("you cannot approve what you ask for yourself; ask somebody else")]
    Asker,
    /// The ticket waits for an answer already.
    #[error("{number} waits for an approval already; withdraw that, or wait for it to be answered")]
    Asked {
        /// The ticket.
        number: TicketNumber,
    },
    /// Somebody who was not asked.
    #[error("you are not asked to approve this")]
    NotAsked,
    /// There is nothing to answer any more.
    #[error("this was {how} already; nothing is left to answer")]
    Over {
        /// How it ended.
        how: ApprovalEnd,
    },
    /// A "no" without a reason.
    #[error("say why not, so that it can be done differently")]
    Why,
}

impl Approval {
    /// Asks. The same person named twice is asked once.
    ///
    /// # Errors
    ///
    /// When the ticket is over, or somebody cannot be asked.
    pub fn ask(
        id: ApprovalId,
        ticket: &Ticket,
        question: ApprovalQuestion,
        quorum: Quorum,
        people: &[PersonId],
        by: PersonId,
        now: Timestamp,
    ) -> Result<(Self, Fact), ApprovalError> {
        if !ticket.phase.is_open() || ticket.merged.is_some() {
            return Err(ApprovalError::TicketOver { number: ticket.number });
        }
        let mut asked: Vec<PersonId> = Vec::with_capacity(people.len().min(MOST_ASKED));
        for person in people {
            if *person == ticket.requester {
                return Err(ApprovalError::Requester);
            }
            if *person == by {
                return Err(ApprovalError::Asker);
            }
            if asked.contains(person) {
                continue;
            }
            if asked.len() == MOST_ASKED {
                return Err(ApprovalError::TooMany);
            }
            asked.push(*person);
        }
        if asked.is_empty() {
            return Err(ApprovalError::Nobody);
        }
        let fact = Fact::ApprovalAsked { question: question.clone(), people: asked.clone() };
        let approvers = asked.into_iter().map(|person| Approver { person, answer: None }).collect();
        let ticket = ticket.id;
        let approval = Self {
            id,
            ticket,
            question,
            quorum,
            asked_by: by,
            asked_at: now,
            approvers,
            ended: None,
            version: 1,
        };
        Ok((approval, fact))
    }

    /// Somebody answers. Until it has ended they may think better of it and answer anew.
    ///
    /// # Errors
    ///
    /// When they are not asked, it has ended, or a "no" does not say why.
    pub fn answer(
        &self,
        person: PersonId,
        decision: Decision,
        words: Option<ApprovalWords>,
        now: Timestamp,
    ) -> Result<(Self, Fact), ApprovalError> {
        let nth = self.approvers.iter().position(|approver| approver.person == person);
        let nth = nth.ok_or(ApprovalError::NotAsked)?;
        self.must_be_open()?;
        if decision == Decision::Declined && words.is_none() {
            return Err(ApprovalError::Why);
        }
        let mut after = self.clone();
        after.version += 1;
        after.approvers[nth].answer = Some(Answer { decision, words: words.clone(), at: now });
        after.ended = after.verdict().map(|how| Ended { how, at: now });
        Ok((after, Fact::ApprovalAnswered { decision, words }))
    }

    /// Takes the question back.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn withdraw(&self, now: Timestamp) -> Result<(Self, Fact), ApprovalError> {
        self.must_be_open()?;
        let ended = Some(Ended { how: ApprovalEnd::Withdrawn, at: now });
        Ok((Self { ended, version: self.version + 1, ..self.clone() }, Fact::ApprovalWithdrawn))
    }

    /// Whether somebody is asked and has not answered.
    pub fn waits_for(&self, person: PersonId) -> bool {
        self.ended.is_none() && self.approvers.iter().any(|it| it.person == person && it.answer.is_none())
    }

    fn must_be_open(&self) -> Result<(), ApprovalError> {
        self.ended.map_or(Ok(()), |ended| Err(ApprovalError::Over { how: ended.how }))
    }

    /// What the answers come to, once they decide it.
    fn verdict(&self) -> Option<ApprovalEnd> {
        let said = |decision| {
            let of =
                move |it: &&Approver| it.answer.as_ref().is_some_and(|answer| answer.decision == decision);
            self.approvers.iter().filter(of).count()
        };
        if said(Decision::Declined) > 0 {
            return Some(ApprovalEnd::Declined);
        }
        let needed = match self.quorum {
            Quorum::All => self.approvers.len(),
            Quorum::Any => 1,
        };
        (said(Decision::Approved) >= needed).then_some(ApprovalEnd::Approved)
    }
}
