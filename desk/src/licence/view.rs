//! What a licence manager sees: all licences with their counts, one licence with everybody on it, the line.

use std::collections::{HashMap, HashSet};

use domain::{
    AssignmentId, LeaseId, LicenceId, PersonId, QueueEntryId, SeatId, Timestamp,
    identity::Capability,
    licence::{
        Action, Cause, LeaseState, Licence, Metric, Module, Origin, Pool, PoolAccess, PoolRules, Priority,
        Relations, Share, TermPhase, pool::QueueEntry,
    },
};
use jiff::tz::TimeZone;
use serde::Serialize;
use store::{ReadTx, licence, licence::Counts, person};

use super::{
    names::{Names, Page, PersonName, cursor},
    standing::{free, pool_at},
};
use crate::{Look, Query, Refused, Result};

/// A licence with its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LicenceSummary {
    /// Which one.
    pub id: LicenceId,
    /// What people call it.
    pub name: String,
    /// The product that was bought.
    pub product: String,
    /// The feature set it unlocks; `None` is the base product.
    pub module: Option<Module>,
    /// How it is counted.
    pub metric: Metric,
    /// Seats or tokens.
    pub quantity: u32,
    /// The first moment of use.
    pub starts_at: Timestamp,
    /// The first moment after use, if there is one.
    pub ends_at: Option<Timestamp>,
    /// Where in its term it is.
    pub phase: TermPhase,
    /// People who may take its tokens.
    pub entitled: u64,
    /// Seats that are somebody's.
    pub assigned: u64,
    /// Tokens held.
    pub in_use: u64,
    /// Tokens on offer.
    pub offered: u64,
    /// People in line, those with an offer included.
    pub waiting: u64,
    /// Denials since the reader's day began.
    pub denials_today: u64,
}

/// All licences, in order of preference.
#[derive(Debug, Clone, Copy)]
pub struct LicenceList;

impl Query for LicenceList {
    type Answer = Vec<LicenceSummary>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<LicenceSummary>> {
        look.require(Capability::LicenceRead, "licence")?;
        let now = look.ctx.now;
        let today = start_of_day(look)?;
        let counts = licence::counts(look.tx, today)?;
        let licences = licence::all(look.tx)?;

        // The pools are asked, as the door would ask them: who fell silent counts no longer, swept or not.
        let busy: HashSet<LicenceId> = licence::busy(look.tx)?.into_iter().collect();
        let mut use_of: HashMap<LicenceId, Use> = HashMap::new();
        for licence in &licences {
            match licence.metric {
                Metric::Concurrent if busy.contains(&licence.id) => {
                    if let Some(pool) = pool_at(look.tx, licence.id, now)? {
                        use_of.insert(licence.id, Use::of(&pool));
                    }
                }
                Metric::DayPass => {
                    let taken = passes_taken(look.tx, licence.id)?;
                    use_of.insert(licence.id, Use { held: taken, ..Use::default() });
                }
                Metric::Concurrent | Metric::Exclusive | Metric::Requester => {}
            }
        }
        let summary = |licence: &Licence| {
            let counts = counts.get(&licence.id).copied().unwrap_or_default();
            let used = use_of.get(&licence.id).copied().unwrap_or_default();
            summary(licence, counts, used, now)
        };
        Ok(licences.iter().map(summary).collect())
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Use {
    held: u64,
    offered: u64,
    waiting: u64,
}

impl Use {
    /// What a pool that was brought to the present says.
    fn of(pool: &Pool) -> Self {
        let offered = pool.queue().iter().filter(|entry| entry.offer.is_some()).count();
        Self { held: pool.leases().len() as u64, offered: offered as u64, waiting: pool.queue().len() as u64 }
    }
}

/// The passes of a licence that were taken: its counter of fences counts them.
fn passes_taken(tx: &mut ReadTx<'_>, id: LicenceId) -> Result<u64> {
    Ok(licence::pool(tx, id)?.map_or(0, |(_, rows)| rows.counters.next_fence.saturating_sub(1)))
}

fn summary(licence: &Licence, counts: Counts, used: Use, now: Timestamp) -> LicenceSummary {
    LicenceSummary {
        id: licence.id,
        name: licence.name.clone(),
        product: licence.product.clone(),
        module: licence.module,
        metric: licence.metric,
        quantity: licence.quantity,
        starts_at: licence.term.starts_at(),
        ends_at: licence.term.ends_at(),
        phase: licence.term.phase(now),
        entitled: counts.entitled,
        assigned: counts.assigned,
        in_use: used.held,
        offered: used.offered,
        waiting: used.waiting,
        denials_today: counts.denials,
    }
}

/// The clock of the reader; UTC for a reader without one.
pub(crate) fn zone_of(look: &mut Look<'_, '_>) -> Result<TimeZone> {
    let Some(reader) = look.person() else { return Ok(TimeZone::UTC) };
    let zone = person::by_id(look.tx, reader)?.map(|person| person.zone);
    Ok(zone.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC))
}

fn start_of_day(look: &mut Look<'_, '_>) -> Result<Timestamp> {
    let now = look.ctx.now.to_zoned(zone_of(look)?);
    Ok(now.start_of_day().map_or(look.ctx.now, |start| start.timestamp()))
}

/// One licence with everybody on it.
#[derive(Debug, Clone, Copy)]
pub struct LicenceDetail {
    /// Which one.
    pub licence: LicenceId,
}

/// The answer to [`LicenceDetail`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LicenceDetailView {
    /// The licence and its counts.
    #[serde(flatten)]
    pub summary: LicenceSummary,
    /// Grows with every change of name, quantity, term or rules.
    pub version: u64,
    /// How its tokens behave; without effect unless it is concurrent.
    pub rules: PoolRules,
    /// Who may take its tokens.
    pub access: PoolAccess,
    /// For how many days it goes on after its term.
    pub grace_days: u32,
    /// Which other licences its holders must have, and must not.
    pub relations: Relations,
    /// The latest day passes that were taken.
    pub passes: Vec<PassView>,
    /// The first seats of an exclusive licence, by number; [`LicenceSeats`] has the rest.
    pub seats: Page<SeatView>,
    /// The tokens held, by number.
    pub tokens: Vec<TokenView>,
    /// The tokens that anybody may take.
    pub free: u32,
    /// The line, first first.
    pub queue: Vec<QueueEntryView>,
}

/// A day pass that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassView {
    /// The how-manieth of the licence.
    pub number: u32,
    /// Whose.
    pub person: PersonName,
    /// The day on their wall.
    pub day: String,
    /// The zone of the wall.
    pub zone: String,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Until when it lets them work.
    pub until: Timestamp,
    /// By which act.
    pub taken_by: Cause,
}

/// A token and its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// Its number.
    pub token: u32,
    /// Its holder.
    pub holder: PersonName,
    /// By which lease.
    pub lease: LeaseId,
    /// The fencing number.
    pub fence: u64,
    /// Active or idle.
    pub state: LeaseState,
    /// Since when they hold it.
    pub since: Timestamp,
    /// Taken by which act.
    pub taken_by: Cause,
    /// Their last sign of life.
    pub last_seen_at: Timestamp,
    /// Their last licensed act.
    pub last_active_at: Timestamp,
    /// When it is free for others if they stay silent.
    pub expires_at: Timestamp,
    /// The part of the pool it counts against.
    pub share: Share,
    /// Beyond the number of tokens.
    pub overdrawn: bool,
    /// Until when it is borrowed, if it is.
    pub borrowed_until: Option<Timestamp>,
    /// For whom its end is announced, if it is.
    pub recalled_for: Option<PersonName>,
}

/// A place in line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueEntryView {
    /// Which entry.
    pub entry: QueueEntryId,
    /// The place, from 1.
    pub place: u32,
    /// Whose.
    pub person: PersonName,
    /// Since when.
    pub since: Timestamp,
    /// What they want to do.
    pub wanted_for: Action,
    /// The token they are offered, if they are.
    pub offer: Option<OfferView>,
    /// How pressing it is.
    pub priority: Priority,
}

/// A token kept for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfferView {
    /// Its number.
    pub token: u32,
    /// How long.
    pub until: Timestamp,
}

impl Query for LicenceDetail {
    type Answer = LicenceDetailView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<LicenceDetailView> {
        look.require(Capability::LicenceRead, "licence")?;
        let (id, now) = (self.licence, look.ctx.now);
        let licence = licence::by_id(look.tx, id)?.ok_or(Refused::NotFound("licence"))?;
        let today = start_of_day(look)?;
        let counts = licence::counts(look.tx, today)?.remove(&id).unwrap_or_default();
        let version = licence::version(look.tx, id)?.unwrap_or_default();
        let mut detail = LicenceDetailView {
            summary: summary(&licence, counts, Use::default(), now),
            version,
            rules: licence.rules,
            access: licence.access.clone(),
            grace_days: u32::try_from(licence.term.grace().as_hours() / 24).unwrap_or_default(),
            relations: licence::relations(look.tx)?.remove(&id).unwrap_or_default(),
            passes: Vec::new(),
            seats: Page { items: Vec::new(), next: None },
            tokens: Vec::new(),
            free: 0,
            queue: Vec::new(),
        };
        match licence.metric {
            Metric::Exclusive => detail.seats = seats(look, id, 0, 200)?,
            Metric::Concurrent => {
                let pool = pool_at(look.tx, id, now)?.ok_or(Refused::NotFound("licence"))?;
                let people = pool.leases().iter().map(|lease| lease.person);
                let names = Names::of(look.tx, people.chain(pool.queue().iter().map(|entry| entry.person)))?;
                detail.tokens = tokens(&pool, &names, now);
                detail.queue = queue(&pool, &names, now);
                detail.free = free(&pool);
                detail.summary.in_use = detail.tokens.len() as u64;
                detail.summary.waiting = detail.queue.len() as u64;
                detail.summary.offered =
                    detail.queue.iter().filter(|entry| entry.offer.is_some()).count() as u64;
            }
            Metric::DayPass => {
                detail.summary.in_use = passes_taken(look.tx, id)?;
                let passes = licence::passes(look.tx, id, None, 200)?;
                detail.passes = passes
                    .into_iter()
                    .map(|(pass, name)| PassView {
                        number: pass.number,
                        person: PersonName { id: pass.person, name },
                        day: pass.day.to_string(),
                        zone: pass.zone,
                        taken_at: pass.from,
                        until: pass.until,
                        taken_by: pass.cause,
                    })
                    .collect();
            }
            Metric::Requester => {}
        }
        Ok(detail)
    }
}

fn tokens(pool: &Pool, names: &Names, now: Timestamp) -> Vec<TokenView> {
    let rules = &pool.licence().rules;
    let token = |lease: &domain::licence::Lease| TokenView {
        token: lease.token,
        holder: names.name(lease.person),
        lease: lease.id,
        fence: lease.fence,
        state: lease.state(rules, now),
        since: lease.acquired_at,
        taken_by: lease.acquired_by,
        last_seen_at: lease.last_seen_at,
        last_active_at: lease.last_active_at,
        expires_at: lease.runs_out(rules).0,
        share: lease.claim.share,
        overdrawn: lease.claim.overdrawn,
        borrowed_until: lease.borrowed_until.filter(|until| now < *until),
        recalled_for: lease.recall.map(|recall| names.name(recall.for_person)),
    };
    pool.leases().iter().map(token).collect()
}

/// In the order in which they are served.
fn queue(pool: &Pool, names: &Names, now: Timestamp) -> Vec<QueueEntryView> {
    let view = |(place, entry): (u32, &QueueEntry)| QueueEntryView {
        entry: entry.id,
        place,
        person: names.name(entry.person),
        since: entry.joined_at,
        wanted_for: entry.wanted_for.action,
        offer: entry.offer.map(|offer| OfferView { token: offer.token, until: offer.until }),
        priority: entry.priority,
    };
    (1..).zip(pool.line(now).into_iter().map(|waiter| &pool.queue()[waiter])).map(view).collect()
}

/// The line for a licence, first first.
#[derive(Debug, Clone, Copy)]
pub struct QueueView {
    /// Which licence.
    pub licence: LicenceId,
}

impl Query for QueueView {
    type Answer = Vec<QueueEntryView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<QueueEntryView>> {
        look.require(Capability::LicenceRead, "licence")?;
        if licence::by_id(look.tx, self.licence)?.is_none() {
            return Err(Refused::NotFound("licence"));
        }
        let Some(pool) = pool_at(look.tx, self.licence, look.ctx.now)? else { return Ok(Vec::new()) };
        let names = Names::of(look.tx, pool.queue().iter().map(|entry| entry.person))?;
        Ok(queue(&pool, &names, look.ctx.now))
    }
}

/// A page of the seats of an exclusive licence, by number.
#[derive(Debug, Clone)]
pub struct LicenceSeats {
    /// Which licence.
    pub licence: LicenceId,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// A seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatView {
    /// Which seat.
    pub seat: SeatId,
    /// Its number.
    pub number: u32,
    /// Whose it is; `None` while it is vacant.
    pub holder: Option<SeatHolderView>,
}

/// Who is on a seat, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatHolderView {
    /// Whose it is.
    pub person: PersonName,
    /// By which assignment.
    pub assignment: AssignmentId,
    /// Why they need it.
    pub justification: String,
    /// How it came about.
    pub origin: Origin,
    /// Who approved it.
    pub approver: Option<PersonName>,
    /// Since when.
    pub since: Timestamp,
    /// When it is looked at again.
    pub next_review_at: Option<Timestamp>,
}

impl Query for LicenceSeats {
    type Answer = Page<SeatView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Page<SeatView>> {
        look.require(Capability::LicenceRead, "licence")?;
        if licence::by_id(look.tx, self.licence)?.is_none() {
            return Err(Refused::NotFound("licence"));
        }
        let after = self.after.map_or(Ok(0), |after| after.parse());
        let after =
            after.map_err(|_| Refused::field("after", "this is no place in the list; start without it"))?;
        seats(look, self.licence, after, self.limit)
    }
}

fn seats(look: &mut Look<'_, '_>, licence: LicenceId, after: u32, limit: u32) -> Result<Page<SeatView>> {
    let rows = licence::seats_held(look.tx, licence, after, Page::<SeatView>::rows(limit))?;
    let view = |row: licence::SeatRow| SeatView {
        seat: row.id,
        number: row.number,
        holder: row.held.map(|held| SeatHolderView {
            person: PersonName { id: held.person, name: held.name },
            assignment: held.assignment,
            justification: held.justification,
            origin: held.origin,
            approver: held.approver.map(|(id, name)| PersonName { id, name }),
            since: held.assigned_at,
            next_review_at: held.next_review_at,
        }),
    };
    Ok(Page::of(rows.into_iter().map(view).collect(), limit, |seat| seat.number.to_string()))
}

/// A page of the people who may take tokens of a licence, by name.
#[derive(Debug, Clone)]
pub struct EntitledPeople {
    /// Which licence.
    pub licence: LicenceId,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most how many, 1 to 200.
    pub limit: u32,
}

/// Somebody who may take tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntitledPerson {
    /// Who.
    #[serde(flatten)]
    pub person: PersonName,
    /// Their address.
    pub email: String,
    /// Their job.
    pub title: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Since when they are entitled.
    pub since: Timestamp,
}

impl Query for EntitledPeople {
    type Answer = Page<EntitledPerson>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Page<EntitledPerson>> {
        look.require(Capability::LicenceRead, "licence")?;
        if licence::by_id(look.tx, self.licence)?.is_none() {
            return Err(Refused::NotFound("licence"));
        }
        let after: Option<(PersonId, String)> = cursor(self.after.as_deref())?;
        let after = after.as_ref().map(|(id, name)| (name.as_str(), *id));
        let rows = licence::entitled(look.tx, self.licence, after, Page::<EntitledPerson>::rows(self.limit))?;
        let view = |row: licence::EntitledRow| EntitledPerson {
            person: PersonName { id: row.person, name: row.name },
            email: row.email,
            title: row.title,
            active: row.active,
            since: row.since,
        };
        Ok(Page::of(rows.into_iter().map(view).collect(), self.limit, |entitled| {
            format!("{} {}", entitled.person.id, entitled.person.name)
        }))
    }
}

/// The groups of the desk by name, for whoever shares a pool out among them.
#[derive(Debug, Clone, Copy)]
pub struct LicenceGroups;

impl Query for LicenceGroups {
    type Answer = Vec<person::Team>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Vec<person::Team>> {
        look.require(Capability::LicenceRead, "licence")?;
        Ok(person::teams(look.tx)?)
    }
}
