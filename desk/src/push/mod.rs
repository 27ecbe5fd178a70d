//! Which of a person's browsers are told when something waits for them, and what they are told.
//!
//! What is to be told is written in the transaction of what it tells of, one line for each browser and topic, so that none is
//! forgotten and a repeat takes the place of what was not told yet. Delivering is a channel's business, after the commit:
//! [`queue`] hands out what is due.

mod queue;

use domain::{
    ApprovalId, PersonId, PushSubscriptionId, Timestamp,
    identity::Account,
    licence::Action,
    push::{Endpoint, MOST_DEVICES, News, PushKeys},
    ticket::{Phase, Ticket, TicketNumber},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError, person,
    push::{self as rows, Subscription},
};

pub use queue::{Ended, PushDelivery};

use crate::{
    Act, Command, Look, Query, Refused, Result, Threshold,
    identity::{display, own_hands},
};

const SUBSCRIPTION: &str = "push subscription";

/// Have the browser that the caller is signed in with told when something waits for them.
#[derive(Debug, Clone)]
pub struct SubscribePush {
    /// Where its push service takes messages for it.
    pub endpoint: Endpoint,
    /// What they are encrypted with.
    pub keys: PushKeys,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Which browser is told from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscribed {
    /// The subscription.
    pub id: PushSubscriptionId,
}

impl Command for SubscribePush {
    type Outcome = PushSubscribed;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        // It would outlive the token that made it.
        own_hands(at.ctx)?;
        at.aim(at.person().ok_or(Refused::NotFound("person"))?);
        Ok(Action::PushOwn)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<PushSubscribed> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        // Held, so that nobody has more than they may, and nobody who left has any.
        person::lock(act.tx, person)?.filter(|person| person.active).ok_or(Refused::NotFound("person"))?;
        let before = rows::by_endpoint(act.tx, self.endpoint.as_str())?;
        // The browser is somebody else's now, or its keys are new.
        if let Some(before) = &before {
            rows::delete(act.tx, before.id)?;
        }
        if rows::of_person(act.tx, person)?.len() >= MOST_DEVICES {
            return Err(Refused::Rule(format!(
                "{MOST_DEVICES} devices of yours are told already, and that is the most; remove one of them first"
            )));
        }
        let id = match before {
            Some(before) if before.person == person => before.id,
            _ => act.new_id(),
        };
        let user_agent = display(&self.user_agent, 300);
        // Not the address: whoever reads it could send there.
        act.detail =
            json!({ "subscription": id, "service": self.endpoint.service(), "user_agent": user_agent });
        let session = match act.ctx.principal.authenticated_as {
            Account::Session { session, .. } => Some(session),
            _ => None,
        };
        let new = Subscription {
            id,
            person,
            endpoint: self.endpoint.as_str().to_owned(),
            keys: self.keys,
            user_agent,
            made_at: act.now(),
            told_at: None,
        };
        rows::insert(act.tx, &new, session).map_err(|error| match error {
            // Somebody else came with the same browser at the same moment.
            StoreError::Duplicate { .. } => StoreError::Busy,
            error => error,
        })?;
        Ok(PushSubscribed { id })
    }
}

/// End that one of one's own browsers is told anything.
#[derive(Debug, Clone, Copy)]
pub struct UnsubscribePush {
    /// Which one.
    pub subscription: PushSubscriptionId,
}

impl Command for UnsubscribePush {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let person = at.person().ok_or(Refused::NotFound(SUBSCRIPTION))?;
        let found = rows::by_id(at.tx, self.subscription)?.filter(|it| it.person == person);
        found.ok_or(Refused::NotFound(SUBSCRIPTION))?;
        at.aim(person);
        Ok(Action::PushOwn)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        rows::delete(act.tx, self.subscription)?;
        act.detail = json!({ "removed": self.subscription });
        Ok(())
    }
}

/// One's own browsers that are told, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct MyPushSubscriptions;

/// A browser that is told when something waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushDevice {
    /// The subscription.
    pub id: PushSubscriptionId,
    /// Where it is reached: for the eyes of its person alone.
    pub endpoint: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Since when it is told.
    pub made_at: Timestamp,
    /// When its push service took a message last.
    pub told_at: Option<Timestamp>,
}

impl Query for MyPushSubscriptions {
    type Answer = Vec<PushDevice>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let person = look.person().ok_or(Refused::NotFound(SUBSCRIPTION))?;
        let device = |it: Subscription| {
            let Subscription { id, endpoint, user_agent, made_at, told_at, .. } = it;
            PushDevice { id, endpoint, user_agent, made_at, told_at }
        };
        Ok(rows::of_person(look.tx, person)?.into_iter().map(device).collect())
    }
}

impl Act<'_, '_> {
    /// Tells the requester that somebody else answered their ticket, or that it goes on when they answer.
    pub(crate) fn push_to_requester(
        &mut self,
        before: &Ticket,
        after: &Ticket,
        answered: bool,
    ) -> Result<()> {
        if self.person() == Some(after.requester) {
            return Ok(());
        }
        let begins_to_wait = after.state != before.state
            && after.phase == Phase::Waiting
            && self.rules()?.workflow.on_requester_reply(&after.state).is_some();
        let news = match (begins_to_wait, answered) {
            (true, _) => News::Waits,
            (false, true) => News::Answered,
            (false, false) => return Ok(()),
        };
        self.push(after.requester, &format!("ticket:{}", after.id), news, after.number)
    }

    /// Tells somebody that they are asked for an approval.
    pub(crate) fn push_to_approver(
        &mut self,
        person: PersonId,
        approval: ApprovalId,
        number: TicketNumber,
    ) -> Result<()> {
        if self.person() == Some(person) {
            return Ok(());
        }
        self.push(person, &approval_topic(approval), News::Approval, number)
    }

    /// Nobody is asked any more.
    pub(crate) fn forget_push_of(&mut self, approval: ApprovalId) -> Result<()> {
        Ok(rows::forget_topic(self.tx, &approval_topic(approval))?)
    }

    fn push(&mut self, person: PersonId, topic: &str, news: News, number: TicketNumber) -> Result<()> {
        Ok(rows::tell(self.tx, person, topic, (news, &number.to_string()), self.ctx.now)?)
    }
}

fn approval_topic(approval: ApprovalId) -> String {
    format!("approval:{approval}")
}
