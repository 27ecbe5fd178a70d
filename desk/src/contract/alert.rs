//! Alerts: raised by the program's own clock, seen on pages, written to people, acknowledged by a person.
//!
//! An alert and the messages that tell of it are written in one transaction, so that none is told twice and none is
//! forgotten. Delivering is a channel's business: it claims a message, sends it under the message's id, and says so.

use domain::{
    AlertId, ContractId, LicenceId, NotificationId, PersonId, Timestamp,
    contract::{
        AsOf, Renewal,
        alert::{self, AlertKind, DueAlert, Reconciled},
        next_deadline, position,
    },
    identity::{Actor, Capability, Role},
    licence::{Action, Metric},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, StoreError, alert as rows, licence, person};

use super::{
    book::{Book, holds, licence_names, used},
    view::LicenceName,
};
use crate::{
    Act, Command, Context, Desk, Look, Query, Refused, Result, Threshold,
    licence::{Names, Page, PersonName},
};

/// Over how long the busiest moment is looked for: four weeks, so that neither a night nor a weekend ends an alert.
const BUSIEST_OF: SignedDuration = SignedDuration::from_hours(28 * 24);

/// How long a channel may take to deliver a message before another may try.
const CLAIM: SignedDuration = SignedDuration::from_mins(10);

/// What a watch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watched {
    /// Alerts that became true.
    pub raised: u32,
    /// Alerts that no longer are.
    pub cleared: u32,
}

impl Desk {
    /// Looks at contracts and licences, and raises and clears alerts. The context is the program's own. To be called every
    /// few minutes, by any number of processes; it writes only where something changed. Waits on this thread.
    pub fn watch_contracts_now(&self, ctx: Context) -> Result<Watched> {
        let now = ctx.now;
        if self.database().read_now(move |tx| changes(tx, now))?.is_empty() {
            return Ok(Watched::default());
        }
        match self.execute_now(ctx, RaiseAlerts) {
            // Another process was first; what it wrote stands.
            Err(Refused::Rule(sentence)) if sentence == SEEN_BEFORE => Ok(Watched::default()),
            Err(Refused::Store(StoreError::Duplicate { .. })) => Ok(Watched::default()),
            watched => watched,
        }
    }
}

/// What is true at `now`.
fn due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<DueAlert>> {
    let book = Book::read(tx)?;
    let bought = book.bought();
    let thresholds = rows::thresholds(tx)?;
    let range = now.checked_sub(BUSIEST_OF).unwrap_or(Timestamp::MIN)..now;
    let mut due = Vec::new();
    for licence in licence::all(tx)?.iter().filter(|licence| licence.metric != Metric::Requester) {
        let minimum = thresholds.iter().find(|(id, _)| *id == licence.id).map(|(_, minimum)| *minimum);
        let named = bought.iter().any(|bought| bought.line.licence == licence.id);
        if minimum.is_none() && !named {
            continue;
        }
        // A seat is somebody's or it is not; tokens come and go.
        let range = match licence.metric {
            Metric::Concurrent => range.clone(),
            Metric::Exclusive | Metric::DayPass | Metric::Requester => {
                now..now + SignedDuration::from_micros(1)
            }
        };
        let used = used(licence, &holds(tx, licence, range.clone(), now)?, range);
        let position = position(licence.id, used, &bought, AsOf::Moment(now));
        due.extend(minimum.and_then(|minimum| alert::low_stock(&licence.name, &position, minimum)));
        due.extend(alert::over_entitlement(&licence.name, &position));
    }
    for (contract, ..) in &book.0 {
        let deadline: Option<Renewal> = next_deadline(contract, now);
        due.extend(deadline.and_then(|deadline| alert::renewal(contract, &deadline)));
    }
    Ok(due)
}

fn changes(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Reconciled> {
    let due = due(tx, now)?;
    let standing = rows::standing(tx)?;
    Ok(alert::reconcile(standing.iter().map(|alert| (alert.id, alert.occasion.as_str())), due))
}

/// Writes down what became true and what no longer is. Only the program itself does this.
#[derive(Debug)]
struct RaiseAlerts;

const SEEN_BEFORE: &str = "somebody else saw it first; there is nothing left to do";

impl Command for RaiseAlerts {
    type Outcome = Watched;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        match at.ctx.principal.actor {
            Actor::System(_) => Ok(Action::Upkeep),
            Actor::Person(_) | Actor::External => Err(Refused::NotFound("upkeep")),
        }
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Watched> {
        let now = act.now();
        let Reconciled { raise, clear } = changes(act.tx, now)?;
        if raise.is_empty() && clear.is_empty() {
            return Err(Refused::Rule(SEEN_BEFORE.to_owned()));
        }
        let people = person::with_role(act.tx, Role::LicenceManager)?;
        let mut told = Vec::with_capacity(raise.len());
        for due in &raise {
            let id: AlertId = act.new_id();
            rows::raise(act.tx, id, due, now)?;
            for person in people.iter().filter(|person| person.active) {
                let notification: NotificationId = act.new_id();
                rows::notify(act.tx, notification, (id, person.id), (subject(due), &due.sentence), now)?;
            }
            told.push(json!({ "alert": id, "occasion": due.occasion, "sentence": due.sentence }));
        }
        for id in &clear {
            rows::clear(act.tx, *id, now)?;
        }
        act.detail = json!({ "raised": told, "cleared": clear });
        act.announce("alerts");
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        Ok(Watched { raised: count(raise.len()), cleared: count(clear.len()) })
    }
}

const fn subject(due: &DueAlert) -> &'static str {
    match due.kind {
        AlertKind::LowStock => "Few seats or tokens are left",
        AlertKind::Renewal => "A contract is about to renew or end",
        AlertKind::Over => "More is used than was bought",
    }
}

/// Says how many seats or tokens of a licence are to be kept free; 0 ends that.
#[derive(Debug, Clone, Copy)]
pub struct SetMinimumFree {
    /// Of which licence.
    pub licence: LicenceId,
    /// How many.
    pub minimum_free: u32,
}

impl Command for SetMinimumFree {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !at.may(Capability::LicenceRead) || licence::by_id(at.tx, self.licence)?.is_none() {
            return Err(Refused::NotFound("licence"));
        }
        at.aim(self.licence);
        Ok(Action::AlertTend)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let licence = licence::by_id(act.tx, self.licence)?.ok_or(Refused::NotFound("licence"))?;
        if licence.metric == Metric::Requester {
            return Err(Refused::Rule(format!("{} is unlimited; it never runs short", licence.name)));
        }
        if self.minimum_free > domain::licence::Licence::QUANTITY_LIMIT {
            return Err(Refused::field("minimum_free", "choose a smaller number; no licence has that many"));
        }
        rows::set_threshold(act.tx, self.licence, self.minimum_free)?;
        act.detail = json!({ "licence": licence.name, "minimum_free": self.minimum_free });
        act.announce("alerts");
        Ok(())
    }
}

/// Says that somebody has seen an alert. It stays until it is no longer true.
#[derive(Debug, Clone, Copy)]
pub struct AcknowledgeAlert {
    /// Which one.
    pub alert: AlertId,
}

impl Command for AcknowledgeAlert {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if !at.may(Capability::LicenceRead) || rows::by_id(at.tx, self.alert)?.is_none() {
            return Err(Refused::NotFound("alert"));
        }
        at.aim(self.alert);
        Ok(Action::AlertTend)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let alert = rows::by_id(act.tx, self.alert)?.ok_or(Refused::NotFound("alert"))?;
        if !rows::acknowledge(act.tx, self.alert, act.ctx.principal.person_id(), act.ctx.now)? {
            return Err(Refused::Rule("somebody has acknowledged this alert already".to_owned()));
        }
        act.detail = json!({ "sentence": alert.sentence });
        act.announce("alerts");
        Ok(())
    }
}

/// Alerts, latest first.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// Whether those that are no longer true are wanted too.
    pub all: bool,
    /// The `next` of the page before.
    pub after: Option<AlertId>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// The answer to [`Alerts`].
pub type AlertPage = Page<AlertView>;

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertView {
    /// Which one.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// The licence it is about, if it is one.
    pub licence: Option<LicenceName>,
    /// The contract it is about, if it is one.
    pub contract: Option<ContractId>,
    /// What it says.
    pub sentence: String,
    /// When it became true.
    pub raised_at: Timestamp,
    /// When somebody said that they had seen it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who that was.
    pub acknowledged_by: Option<PersonName>,
    /// When it became untrue.
    pub cleared_at: Option<Timestamp>,
}

impl Query for Alerts {
    type Answer = AlertPage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<AlertPage> {
        look.require(Capability::LicenceRead, "alert")?;
        let found = if self.all {
            rows::page(look.tx, self.after, AlertPage::rows(self.limit))?
        } else {
            let mut standing = rows::standing(look.tx)?;
            standing.retain(|alert| self.after.is_none_or(|after| alert.id < after));
            standing
        };
        let licences = licence_names(look.tx)?;
        let by = found.iter().filter_map(|alert| alert.acknowledged?.1);
        let people = Names::of(look.tx, by)?;
        let view = |alert: rows::Alert| AlertView {
            id: alert.id,
            kind: alert.kind,
            licence: alert.licence.map(|id| LicenceName::of(&licences, id)),
            contract: alert.contract,
            sentence: alert.sentence,
            raised_at: alert.raised_at,
            acknowledged_at: alert.acknowledged.map(|(at, _)| at),
            acknowledged_by: alert.acknowledged.and_then(|(_, by)| by).map(|by| people.name(by)),
            cleared_at: alert.cleared_at,
        };
        Ok(Page::of(found.into_iter().map(view).collect(), self.limit, |alert| alert.id.to_string()))
    }
}

/// A message that a channel has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which one: sent along, so that a message sent again is known as the same.
    pub id: NotificationId,
    /// To whom.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Its first line.
    pub subject: String,
    /// Its text.
    pub body: String,
}

impl Desk {
    /// Claims messages that nobody delivers yet, at most `limit`. Each is this caller's alone for ten minutes; then another
    /// may try. Waits on this thread.
    pub fn claim_notifications(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let until = now.checked_add(CLAIM).unwrap_or(Timestamp::MAX);
        let claim = move |tx: &mut store::WriteTx<'_>| -> Result<Vec<Delivery>, StoreError> {
            let mut claimed = Vec::new();
            for waiting in rows::undelivered(tx, now, limit)? {
                if rows::claim(tx, waiting.id, now, until)? {
                    let rows::Notification { id, person, name, email, subject, body, .. } = waiting;
                    claimed.push(Delivery { id, person, name, email, subject, body });
                }
            }
            Ok(claimed)
        };
        Ok(self.database().write_now(claim)?)
    }

    /// A claimed message was delivered. Waits on this thread.
    pub fn notification_delivered(&self, id: NotificationId, now: Timestamp) -> Result<()> {
        Ok(self.database().write_now(move |tx| rows::delivered(tx, id, now))?)
    }
}
