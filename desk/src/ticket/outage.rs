//! Known outages: a technician tells everybody once, and whoever is hit says so in one tap instead of raising the
//! hundredth ticket.

use domain::{
    OutageId, PersonId, Timestamp,
    identity::Capability,
    licence::Action,
    ticket::{Fact, Kind, Outage, OutageNews, OutageTitle, Ticket, TicketNumber},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    ReadTx,
    outage::{self, Standing},
};

use super::{TicketRef, save::difference_of};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// More at once than anybody reads.
pub(crate) const MOST: u32 = 20;
/// News of one outage; whoever has more to say has a chat in mind.
const MOST_NEWS: u64 = 200;
/// For so long are those whom one had hit told that it is over.
pub(crate) const TOLD_FOR: SignedDuration = SignedDuration::from_hours(3 * 24);
/// So far back goes the list of those that are over.
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many of those whom it hits are named.
const NAMED: u32 = 100;

const OUTAGE: &str = "outage";
/// What every page that shows outages listens to.
const TOPIC: &str = "outages";

/// Which outage was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageWritten {
    /// Its id.
    pub id: OutageId,
    /// Its version now.
    pub version: u64,
}

/// Tell everybody that an incident is an outage.
#[derive(Debug, Clone)]
pub struct AnnounceOutage {
    /// The incident that is worked on.
    pub ticket: TicketRef,
    /// What is out of order.
    pub title: OutageTitle,
    /// What is known, and what to do meanwhile.
    pub news: OutageNews,
    /// When it is expected to be over.
    pub expected_end: Option<Timestamp>,
}

impl Command for AnnounceOutage {
    type Outcome = OutageWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.work_on(self.ticket)?;
        Ok(Action::OutageAnnounce)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<OutageWritten> {
        let incident = act.hold(self.ticket, None)?;
        if outage::going_of(act.tx, incident.id)?.is_some() {
            return Err(Refused::Rule(format!(
                "{} is announced as an outage already; say how it stands instead",
                incident.number
            )));
        }
        if outage::count_going(act.tx)? >= MOST {
            return Err(Refused::Rule(format!("{MOST} outages are announced already; end one that is over")));
        }
        let by = act.person().ok_or(Refused::NotFound("person"))?;
        let (outage, fact) =
            Outage::announce(act.new_id(), &incident, self.title, self.expected_end, by, act.now())?;
        outage::put(act.tx, &outage)?;
        outage::add_news(act.tx, &outage, act.now(), by, self.news.as_str())?;
        act.detail = json!({ "outage": outage, "news": self.news });
        act.tell(&incident, &[fact])?;
        Ok(written(&outage))
    }
}

/// Tell everybody how an outage stands.
#[derive(Debug, Clone)]
pub struct UpdateOutage {
    /// Which one.
    pub outage: OutageId,
    /// What is out of order, as far as it is known by now.
    pub title: OutageTitle,
    /// What there is to tell; without it only title and expected end change.
    pub news: Option<OutageNews>,
    /// When it is expected to be over.
    pub expected_end: Option<Timestamp>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for UpdateOutage {
    type Outcome = OutageWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        announced(at, self.outage)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<OutageWritten> {
        let (before, incident) = act.hold_outage(self.outage, self.if_version)?;
        if before.version >= MOST_NEWS {
            return Err(Refused::Rule(
                "this outage was told of 200 times; end it, and announce what is left anew".to_owned(),
            ));
        }
        let (after, fact) = before.update(self.title, self.expected_end, act.now())?;
        act.keep_outage(&before, &after, self.news.as_ref())?;
        act.tell(&incident, &[fact])?;
        Ok(written(&after))
    }
}

/// Say that an outage is over.
#[derive(Debug, Clone)]
pub struct EndOutage {
    /// Which one.
    pub outage: OutageId,
    /// What there is to tell at its end.
    pub news: Option<OutageNews>,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for EndOutage {
    type Outcome = OutageWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        announced(at, self.outage)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<OutageWritten> {
        let (before, incident) = act.hold_outage(self.outage, self.if_version)?;
        let (after, fact) = before.end(act.now())?;
        act.keep_outage(&before, &after, self.news.as_ref())?;
        act.tell(&incident, &[fact])?;
        Ok(written(&after))
    }
}

/// Say that an outage hits one too: one is told when it is over.
#[derive(Debug, Clone, Copy)]
pub struct JoinOutage {
    /// Which one.
    pub outage: OutageId,
}

impl Command for JoinOutage {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aimed(at, self.outage)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let (outage, me) = act.one_of_many(self.outage)?;
        if outage.ended_at.is_some() {
            return Err(Refused::Rule(
                "this outage is over; if it still happens to you, raise a ticket".to_owned(),
            ));
        }
        let new = outage::join(act.tx, outage.id, me, act.now())?;
        act.detail = json!({ "outage": outage.id, "title": outage.title, "affected": true, "new": new });
        if new {
            act.announce(format!("ticket:{}", outage.ticket));
        }
        Ok(())
    }
}

/// Say that an outage does not hit one after all.
#[derive(Debug, Clone, Copy)]
pub struct LeaveOutage {
    /// Which one.
    pub outage: OutageId,
}

impl Command for LeaveOutage {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aimed(at, self.outage)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let (outage, me) = act.one_of_many(self.outage)?;
        if outage.ended_at.is_some() {
            return Err(Refused::Rule("this outage is over; whom it hit stays as it was".to_owned()));
        }
        let new = outage::leave(act.tx, outage.id, me)?;
        act.detail = json!({ "outage": outage.id, "title": outage.title, "affected": false, "new": new });
        if new {
            act.announce(format!("ticket:{}", outage.ticket));
        }
        Ok(())
    }
}

/// Take note that an outage that had hit one is over.
#[derive(Debug, Clone, Copy)]
pub struct SeeOutageEnd {
    /// Which one.
    pub outage: OutageId,
}

impl Command for SeeOutageEnd {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        aimed(at, self.outage)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let (outage, me) = act.one_of_many(self.outage)?;
        if outage.ended_at.is_none() {
            return Err(Refused::Rule("this outage goes on; you are told when it is over".to_owned()));
        }
        outage::see_end(act.tx, outage.id, me)?;
        act.detail = json!({ "outage": outage.id, "title": outage.title, "seen": true });
        Ok(())
    }
}

const fn written(outage: &Outage) -> OutageWritten {
    OutageWritten { id: outage.id, version: outage.version }
}

/// An act of a technician on what was announced.
fn announced(at: &mut Threshold<'_, '_>, id: OutageId) -> Result<Action> {
    let outage = outage::by_id(at.tx, id)?.ok_or(Refused::NotFound(OUTAGE))?;
    at.work_on(outage.ticket.into())?;
    Ok(Action::OutageAnnounce)
}

/// An act of somebody whom it hits: they may not read the incident behind it, but the record names it.
fn aimed(at: &mut Threshold<'_, '_>, id: OutageId) -> Result<Action> {
    let outage = outage::by_id(at.tx, id)?.ok_or(Refused::NotFound(OUTAGE))?;
    at.aim(outage.ticket);
    Ok(Action::OutageJoin)
}

impl Act<'_, '_> {
    /// The outage and its incident, held against other writers by the incident's row.
    fn hold_outage(&mut self, id: OutageId, if_version: Option<u64>) -> Result<(Outage, Ticket)> {
        let looked = outage::by_id(self.tx, id)?.ok_or(Refused::NotFound(OUTAGE))?;
        let incident = self.hold(looked.ticket.into(), None)?;
        let held = outage::by_id(self.tx, id)?.ok_or(Refused::NotFound(OUTAGE))?;
        // A merge may have carried it to another incident just now.
        if held.ticket != incident.id || if_version.is_some_and(|version| version != held.version) {
            return Err(Refused::Stale { current: held.version });
        }
        Ok((held, incident))
    }

    fn one_of_many(&mut self, id: OutageId) -> Result<(Outage, PersonId)> {
        let outage = outage::by_id(self.tx, id)?.ok_or(Refused::NotFound(OUTAGE))?;
        let me = self.person().ok_or(Refused::NotFound("person"))?;
        Ok((outage, me))
    }

    fn keep_outage(&mut self, before: &Outage, after: &Outage, news: Option<&OutageNews>) -> Result<()> {
        outage::put(self.tx, after)?;
        if let Some(news) = news {
            let by = self.person().ok_or(Refused::NotFound("person"))?;
            outage::add_news(self.tx, after, self.now(), by, news.as_str())?;
        }
        self.detail = json!({ "outage": after.id, "changed": difference_of(before, after), "news": news });
        Ok(())
    }

    /// Says in the incident's timeline what everybody is told, and to every open page that there is something to read.
    fn tell(&mut self, incident: &Ticket, facts: &[Fact]) -> Result<()> {
        self.write_facts(incident, facts, self.now())?;
        self.announce_ticket(incident);
        self.announce(TOPIC);
        Ok(())
    }

    /// Ends the outage of an incident that is over.
    pub(crate) fn end_outage_of(&mut self, incident: &Ticket) -> Result<()> {
        let Some(before) = outage::going_of(self.tx, incident.id)? else { return Ok(()) };
        let (after, fact) = before.end(self.now())?;
        outage::put(self.tx, &after)?;
        if let Value::Object(detail) = &mut self.detail {
            detail.insert("outage_ended".to_owned(), json!(after.id));
        }
        self.tell(incident, &[fact])
    }

    /// An outage goes on with the ticket that its incident is merged into, if that can have one. Where that one is an outage
    /// already, whoever is hit by the one is hit by the other.
    pub(crate) fn carry_outage(&mut self, from: &Ticket, into: &Ticket) -> Result<()> {
        let Some(before) = outage::going_of(self.tx, from.id)? else { return Ok(()) };
        if into.kind() != Kind::Incident || !into.phase.is_open() {
            // It ends with its incident.
            return Ok(());
        }
        if let Some(other) = outage::going_of(self.tx, into.id)? {
            return Ok(outage::join_all(self.tx, before.id, other.id)?);
        }
        outage::carry(self.tx, before.id, Some(from.id))?;
        self.move_outage(before, into)
    }

    /// An outage that a merge had carried goes back with the incident that is taken out again.
    pub(crate) fn bring_outage_back(&mut self, ticket: &Ticket, out_of: &Ticket) -> Result<()> {
        let Some(before) = outage::going_of(self.tx, out_of.id)? else { return Ok(()) };
        if outage::carried_from(self.tx, before.id)? != Some(ticket.id) || !ticket.phase.is_open() {
            return Ok(());
        }
        outage::carry(self.tx, before.id, None)?;
        self.move_outage(before, ticket)
    }

    fn move_outage(&mut self, before: Outage, to: &Ticket) -> Result<()> {
        let after = Outage { ticket: to.id, version: before.version + 1, ..before };
        outage::put(self.tx, &after)?;
        if let Value::Object(detail) = &mut self.detail {
            detail.insert("outage_carried".to_owned(), json!({ "outage": after.id, "to": to.number }));
        }
        self.tell(to, &[Fact::OutageAnnounced { title: after.title }])
    }
}

/// An outage as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutageView {
    /// Which one.
    pub id: OutageId,
    /// What is out of order.
    pub title: OutageTitle,
    /// What was told last, in Markdown.
    pub news: String,
    /// When.
    pub news_at: Timestamp,
    /// Since when everybody knows.
    pub announced_at: Timestamp,
    /// When it is expected to be over.
    pub expected_end: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// How many said that it hits them.
    pub affected: u32,
    /// Whether the caller did.
    pub mine: bool,
    /// The incident behind it, for technicians.
    pub ticket: Option<TicketNumber>,
    /// Its version.
    pub version: u64,
}

impl OutageView {
    pub(crate) fn of(standing: Standing, technician: bool) -> Self {
        let Standing { outage, number, news, news_at, affected, mine } = standing;
        Self {
            id: outage.id,
            title: outage.title,
            news,
            news_at,
            announced_at: outage.announced_at,
            expected_end: outage.expected_end,
            ended_at: outage.ended_at,
            affected,
            mine,
            ticket: technician.then_some(number),
            version: outage.version,
        }
    }
}

fn views(look: &Look<'_, '_>, standings: Vec<Standing>) -> Vec<OutageView> {
    let technician = look.may(Capability::TicketRead);
    standings.into_iter().map(|standing| OutageView::of(standing, technician)).collect()
}

fn reader(look: &Look<'_, '_>) -> Result<PersonId> {
    look.require(Capability::PortalUse, OUTAGE)?;
    look.person().ok_or(Refused::NotFound(OUTAGE))
}

/// The outages that go on, the latest first.
#[derive(Debug, Clone, Default)]
pub struct KnownOutages {
    /// Only those that these words are about; while somebody types, the last word may be the beginning of one.
    pub about: Option<String>,
}

impl Query for KnownOutages {
    type Answer = Vec<OutageView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let mut going = outage::going(look.tx, me, MOST)?;
        if let Some(about) = self.about.filter(|_| !going.is_empty()) {
            let library = look.library.get(look.tx)?;
            going.retain(|it| library.concerns(&about, &format!("{} {}", it.outage.title, it.news)));
        }
        Ok(views(look, going))
    }
}

/// What a page says about outages: those that go on, and those that had hit the reader and are over.
#[derive(Debug, Clone, Copy)]
pub struct OutagesAround;

impl Query for OutagesAround {
    type Answer = Vec<OutageView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let mut around = outage::going(look.tx, me, MOST)?;
        let since = look.ctx.now - TOLD_FOR;
        around.extend(outage::to_tell(look.tx, me, since, MOST)?);
        Ok(views(look, around))
    }
}

/// The outages of the last thirty days that are over, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct OutagesOver;

impl Query for OutagesOver {
    type Answer = Vec<OutageView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let since = look.ctx.now - LISTED_FOR;
        let over = outage::ended(look.tx, me, since, MOST)?;
        Ok(views(look, over))
    }
}

/// What everybody was told at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewsView {
    /// When.
    pub at: Timestamp,
    /// In Markdown.
    pub body: String,
    /// Who told it, for technicians.
    pub author_name: Option<String>,
}

/// An outage with all that was told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutageDetailView {
    /// How it stands.
    #[serde(flatten)]
    pub outage: OutageView,
    /// What everybody was told, the latest first.
    pub story: Vec<NewsView>,
    /// The first hundred of those whom it hits, by name, for technicians.
    pub people: Vec<String>,
}

/// One outage.
#[derive(Debug, Clone, Copy)]
pub struct OutageDetail {
    /// Which one.
    pub outage: OutageId,
}

impl Query for OutageDetail {
    type Answer = OutageDetailView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let me = reader(look)?;
        let standing = outage::one(look.tx, me, self.outage)?.ok_or(Refused::NotFound(OUTAGE))?;
        detail(look.tx, standing, look.capabilities.has(Capability::TicketRead))
    }
}

/// The latest outage that an incident was announced as, if it was.
#[derive(Debug, Clone, Copy)]
pub struct OutageOf {
    /// The incident.
    pub ticket: TicketRef,
}

impl Query for OutageOf {
    type Answer = Option<OutageDetailView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, OUTAGE)?;
        let me = look.person().ok_or(Refused::NotFound(OUTAGE))?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let last = outage::last_of(look.tx, me, ticket.id)?;
        last.map(|standing| detail(look.tx, standing, true)).transpose()
    }
}

fn detail(tx: &mut ReadTx<'_>, standing: Standing, technician: bool) -> Result<OutageDetailView> {
    let id = standing.outage.id;
    let story = outage::news(tx, id)?
        .into_iter()
        .map(|news| NewsView {
            at: news.at,
            body: news.body,
            author_name: technician.then_some(news.author_name),
        })
        .collect();
    let people = if technician { outage::affected(tx, id, NAMED)? } else { Vec::new() };
    Ok(OutageDetailView { outage: OutageView::of(standing, technician), story, people })
}
