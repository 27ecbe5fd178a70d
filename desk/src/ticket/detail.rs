//! What people see of one ticket.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use domain::{
    AttachmentId, CommentId, GroupId, PersonId, TicketId, Timestamp,
    identity::{Capabilities, Capability},
    sla::{Reading, Segment},
    ticket::{Fact, LinkKind, Names, Progress, Requirement, StateKey, Ticket, TicketNumber, progress},
};
use serde::Serialize;
use store::{
    ReadTx,
    mention::{self, Mention},
    person,
    ticket::{self, Entry, EntryKind},
};

use super::{
    Byline, TicketRef,
    access::{Relation, find, relation},
};
use crate::{Look, Query, Result, Rules};

/// A ticket with the names that people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketView {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// What its state is called.
    pub state_label: String,
    /// The requester's name.
    pub requester_name: String,
    /// The assignee's name.
    pub assignee_name: Option<String>,
    /// The group's name.
    pub group_name: Option<String>,
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedPerson {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// A step that the ticket can take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowedStep {
    /// Where it leads.
    pub to: StateKey,
    /// The verb on its button.
    pub label: String,
    /// What must come along.
    pub requires: Vec<Requirement>,
}

/// One clock of a ticket, and why it shows what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// What it shows.
    #[serde(flatten)]
    pub reading: Reading,
    /// Every stretch of time, and whether it counted.
    pub segments: Vec<Segment>,
}

/// A link as this ticket sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Its kind.
    pub kind: LinkKind,
    /// Whether it reads from this ticket to the other.
    pub outward: bool,
    /// The words between this ticket and the other.
    pub words: &'static str,
    /// The other ticket.
    pub other: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// What its state is called.
    pub state_label: String,
    /// What is known of the cause, in Markdown, where this ticket reads to a problem.
    pub known: Option<String>,
}

/// A file on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// Its id.
    pub id: AttachmentId,
    /// Its name.
    pub name: String,
    /// Its media type as sent.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it came.
    pub at: Timestamp,
    /// Whether the requester reads it.
    pub public: bool,
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineItem {
    /// Its id.
    pub id: CommentId,
    /// When.
    pub at: Timestamp,
    /// `reply`, `note` or `fact`.
    pub kind: &'static str,
    /// Whose act it is.
    pub person: Option<NamedPerson>,
    /// Through which account and channel, on which seat.
    pub byline: Option<Byline>,
    /// Markdown of a reply or note; the sentence of a fact.
    pub body: String,
    /// The fact as data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<Fact>,
    /// Whether the requester reads it.
    pub public: bool,
    /// Whom it names and told, each as the text calls them.
    pub named: Vec<NamedPerson>,
}

/// A page of a timeline, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineView {
    /// The entries.
    pub items: Vec<TimelineItem>,
    /// Where the next page starts.
    pub next: Option<(Timestamp, CommentId)>,
}

/// Everything on the page of one ticket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TicketDetailView {
    /// The ticket.
    #[serde(flatten)]
    pub view: TicketView,
    /// Whether the caller sees all of it, or what a requester sees.
    pub sees_everything: bool,
    /// Whether it is the caller's own.
    pub own: bool,
    /// Whether the caller follows it.
    pub follows: bool,
    /// The requester, for the context pane.
    #[serde(skip)]
    pub requester: Option<person::Person>,
    /// The progress line for the requester.
    #[serde(skip)]
    pub progress: Progress,
    /// The first entries of its timeline.
    pub timeline: TimelineView,
    /// Who follows it; for technicians.
    pub watchers: Vec<NamedPerson>,
    /// Its links; for technicians.
    pub links: Vec<LinkView>,
    /// Its files.
    pub attachments: Vec<FileView>,
    /// Its clocks; for technicians.
    pub clocks: Vec<ClockView>,
    /// The steps it can take; for technicians.
    pub steps: Vec<AllowedStep>,
    /// Why it has its priority.
    pub priority_because: String,
}

/// One ticket, as far as the caller may see it.
#[derive(Debug, Clone, Copy)]
pub struct TicketDetail {
    /// Which.
    pub ticket: TicketRef,
}

/// The most that one page of a timeline holds.
const TIMELINE_LIMIT: u32 = 200;
/// So many mentions are looked up for it.
const NAMED_LIMIT: u32 = 1_000;

impl Query for TicketDetail {
    type Answer = Box<TicketDetailView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, relation) = look.ticket(self.ticket)?;
        let all = relation.sees_everything();
        let person = look.person();
        let rules = std::sync::Arc::clone(&look.rules);
        let tx = &mut *look.tx;
        let timeline = timeline(tx, &rules, ticket.id, relation, None, TIMELINE_LIMIT)?;
        let attachments = ticket::attachments(tx, ticket.id, !all)?.into_iter().map(FileView::from).collect();
        let follows = match person {
            Some(person) => ticket::watches(tx, ticket.id, person)?,
            None => false,
        };
        let (mut watchers, mut links, mut clocks, mut steps) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if all {
            let people = ticket::watchers(tx, ticket.id)?;
            watchers = people.into_iter().map(|(id, name)| NamedPerson { id, name }).collect();
            links = ticket::links(tx, ticket.id)?.into_iter().map(|link| link_view(link, &rules)).collect();
            clocks = read_clocks(tx, &rules, &ticket, look.ctx.now)?;
            steps = allowed_steps(&rules, &ticket);
        }
        let requester = if all { person::by_id(tx, ticket.requester)? } else { None };
        Ok(Box::new(TicketDetailView {
            sees_everything: all,
            own: person == Some(ticket.requester),
            follows,
            requester,
            progress: progress(&ticket, &rules.workflow),
            timeline,
            watchers,
            links,
            attachments,
            clocks,
            steps,
            priority_because: rules.matrix.explain(ticket.impact, ticket.urgency),
            view: view(tx, &rules, ticket)?,
        }))
    }
}

/// One ticket by itself, without its timeline and the rest of its page.
#[derive(Debug, Clone, Copy)]
pub struct OneTicket {
    /// Which.
    pub ticket: TicketRef,
}

impl Query for OneTicket {
    type Answer = TicketView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TicketView> {
        let (ticket, _) = look.ticket(self.ticket)?;
        let rules = std::sync::Arc::clone(&look.rules);
        view(look.tx, &rules, ticket)
    }
}

/// Which of some tickets are the caller's own, or shared with them because they follow them or lead their requester; of
/// the first fifty. What somebody may read as a technician does not count.
#[derive(Debug, Clone)]
pub struct SharedWithMe {
    /// The numbers.
    pub numbers: Vec<TicketNumber>,
}

impl Query for SharedWithMe {
    type Answer = Vec<TicketNumber>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let as_a_requester = Capabilities::default().with(Capability::PortalUse).intersect(look.capabilities);
        let me = look.person();
        let mut shared = Vec::new();
        for number in self.numbers.into_iter().take(50) {
            if let Some(ticket) = find(look.tx, number.into())?
                && relation(look.tx, as_a_requester, me, &ticket)?.is_some()
            {
                shared.push(number);
            }
        }
        Ok(shared)
    }
}

/// What else its requester came with lately, the newest first; for technicians. Whoever asks a second time about the same
/// thing is not helped by a first answer.
#[derive(Debug, Clone, Copy)]
pub struct FromTheSameRequester {
    /// The ticket.
    pub ticket: TicketRef,
    /// At most so many, and at most 20.
    pub limit: u32,
}

impl Query for FromTheSameRequester {
    type Answer = Vec<TicketView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let limit = self.limit.clamp(1, 20);
        let mut others = ticket::newest(look.tx, Some(ticket.requester), None, limit + 1)?;
        others.retain(|other| other.id != ticket.id);
        others.truncate(limit as usize);
        let rules = std::sync::Arc::clone(&look.rules);
        views(look.tx, &rules, others)
    }
}

/// A later page of a ticket's timeline.
#[derive(Debug, Clone, Copy)]
pub struct TimelinePage {
    /// The ticket.
    pub ticket: TicketRef,
    /// Where the page before ended.
    pub after: Option<(Timestamp, CommentId)>,
    /// At most so many entries, and at most 200.
    pub limit: u32,
}

impl Query for TimelinePage {
    type Answer = TimelineView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TimelineView> {
        let (ticket, relation) = look.ticket(self.ticket)?;
        let rules = std::sync::Arc::clone(&look.rules);
        timeline(look.tx, &rules, ticket.id, relation, self.after, self.limit.clamp(1, TIMELINE_LIMIT))
    }
}

fn link_view(link: ticket::Link, rules: &Rules) -> LinkView {
    LinkView {
        kind: link.kind,
        outward: link.outward,
        words: if link.outward { link.kind.words() } else { link.kind.inverse_words() },
        other: link.other,
        number: link.number,
        subject: link.subject,
        state_label: rules.workflow.label(&link.state).to_owned(),
        known: link.known,
    }
}

impl From<ticket::Attachment> for FileView {
    fn from(file: ticket::Attachment) -> Self {
        let ticket::Attachment { id, name, content_type, size, at, public, .. } = file;
        Self { id, name, content_type, size, at, public }
    }
}

pub(super) fn allowed_steps(rules: &Rules, ticket: &Ticket) -> Vec<AllowedStep> {
    if ticket.merged.is_some() {
        return Vec::new();
    }
    let steps = rules.workflow.allowed_from(&ticket.state);
    steps
        .map(|step| AllowedStep {
            to: step.to.clone(),
            label: step.label.clone(),
            requires: step.requires.clone(),
        })
        .collect()
}

fn read_clocks(
    tx: &mut ReadTx<'_>,
    rules: &Rules,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Vec<ClockView>> {
    let history = ticket::periods(tx, ticket.id)?;
    let clocks = rules.clocks(ticket, &history);
    let both = [clocks.response, clocks.resolution].into_iter().flatten();
    Ok(both.map(|clock| ClockView { reading: clock.read(now), segments: clock.explain(now) }).collect())
}

/// A ticket with its names.
pub(crate) fn view(tx: &mut ReadTx<'_>, rules: &Rules, ticket: Ticket) -> Result<TicketView> {
    let names = person::names(tx, [Some(ticket.requester), ticket.assignee].into_iter().flatten())?;
    let group_name = ticket.group.map(|id| person::team(tx, id)).transpose()?.flatten().map(|team| team.name);
    Ok(TicketView {
        state_label: rules.workflow.label(&ticket.state).to_owned(),
        requester_name: names.get(&ticket.requester).cloned().unwrap_or_default(),
        assignee_name: ticket.assignee.and_then(|id| names.get(&id).cloned()),
        group_name,
        ticket,
    })
}

/// Several tickets with their names, without a statement for each.
pub(crate) fn views(tx: &mut ReadTx<'_>, rules: &Rules, tickets: Vec<Ticket>) -> Result<Vec<TicketView>> {
    let people = tickets.iter().flat_map(|ticket| [Some(ticket.requester), ticket.assignee]).flatten();
    let names = person::names(tx, people)?;
    let groups: HashMap<GroupId, String> =
        person::teams(tx)?.into_iter().map(|team| (team.id, team.name)).collect();
    let view = |ticket: Ticket| TicketView {
        state_label: rules.workflow.label(&ticket.state).to_owned(),
        requester_name: names.get(&ticket.requester).cloned().unwrap_or_default(),
        assignee_name: ticket.assignee.and_then(|id| names.get(&id).cloned()),
        group_name: ticket.group.and_then(|id| groups.get(&id).cloned()),
        ticket,
    };
    Ok(tickets.into_iter().map(view).collect())
}

fn timeline(
    tx: &mut ReadTx<'_>,
    rules: &Rules,
    id: TicketId,
    relation: Relation,
    after: Option<(Timestamp, CommentId)>,
    limit: u32,
) -> Result<TimelineView> {
    let public_only = !relation.sees_everything();
    let mut entries = ticket::entries(tx, id, public_only, after, limit + 1)?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = if more { entries.last().map(|entry| (entry.at, entry.id)) } else { None };
    let facts: Vec<Option<Fact>> = entries
        .iter()
        .map(|entry| {
            (entry.kind == EntryKind::Fact).then(|| serde_json::from_str(&entry.body).ok()).flatten()
        })
        .collect();
    let book = NameBook::open(tx, rules, facts.iter().flatten())?;
    let mut named: HashMap<CommentId, Vec<NamedPerson>> = HashMap::new();
    if entries.iter().any(|entry| entry.kind != EntryKind::Fact && entry.body.contains('@')) {
        for Mention { comment, person, name } in mention::of_ticket(tx, id, NAMED_LIMIT)? {
            named.entry(comment).or_default().push(NamedPerson { id: person, name });
        }
    }
    let items = entries
        .into_iter()
        .zip(facts)
        .map(|(entry, fact)| {
            let named = named.remove(&entry.id).unwrap_or_default();
            item(entry, fact, named, &book)
        })
        .collect();
    Ok(TimelineView { items, next })
}

fn item(entry: Entry, fact: Option<Fact>, named: Vec<NamedPerson>, book: &NameBook<'_>) -> TimelineItem {
    let body = fact.as_ref().map_or_else(|| entry.body.clone(), |fact| fact.sentence(book));
    TimelineItem {
        id: entry.id,
        at: entry.at,
        kind: entry.kind.as_str(),
        person: entry.person.map(|id| NamedPerson { id, name: entry.person_name.unwrap_or_default() }),
        byline: serde_json::from_str(&entry.byline).ok(),
        body,
        fact,
        public: entry.public,
        named,
    }
}

/// What facts say, each as a sentence.
pub(crate) fn sentences(tx: &mut ReadTx<'_>, rules: &Rules, facts: &[Fact]) -> Result<Vec<String>> {
    let book = NameBook::open(tx, rules, facts.iter())?;
    Ok(facts.iter().map(|fact| fact.sentence(&book)).collect())
}

/// The names that the sentences of a timeline use, looked up together.
struct NameBook<'r> {
    rules: &'r Rules,
    people: HashMap<PersonId, String>,
    groups: HashMap<GroupId, String>,
    tickets: HashMap<TicketId, String>,
}

/// Listens to which names the sentences ask for.
#[derive(Default)]
struct Asked {
    people: RefCell<BTreeSet<PersonId>>,
    groups: RefCell<BTreeSet<GroupId>>,
    tickets: RefCell<BTreeSet<TicketId>>,
}

impl Names for Asked {
    fn person(&self, id: PersonId) -> String {
        self.people.borrow_mut().insert(id);
        String::new()
    }

    fn group(&self, id: GroupId) -> String {
        self.groups.borrow_mut().insert(id);
        String::new()
    }

    fn ticket(&self, id: TicketId) -> String {
        self.tickets.borrow_mut().insert(id);
        String::new()
    }

    fn state(&self, _: &StateKey) -> String {
        String::new()
    }
}

impl<'r> NameBook<'r> {
    fn open<'f>(
        tx: &mut ReadTx<'_>,
        rules: &'r Rules,
        facts: impl Iterator<Item = &'f Fact>,
    ) -> Result<Self> {
        let asked = Asked::default();
        facts.for_each(|fact| drop(fact.sentence(&asked)));
        let people = person::names(tx, asked.people.into_inner())?;
        let mut groups = HashMap::new();
        for id in asked.groups.into_inner() {
            groups.extend(person::team(tx, id)?.map(|team| (id, team.name)));
        }
        let mut tickets = HashMap::new();
        for id in asked.tickets.into_inner() {
            tickets.extend(find(tx, id.into())?.map(|ticket| (id, ticket.number.to_string())));
        }
        Ok(Self { rules, people, groups, tickets })
    }
}

impl Names for NameBook<'_> {
    fn person(&self, id: PersonId) -> String {
        self.people.get(&id).cloned().unwrap_or_else(|| "somebody".to_owned())
    }

    fn group(&self, id: GroupId) -> String {
        self.groups.get(&id).cloned().unwrap_or_else(|| "a group".to_owned())
    }

    fn ticket(&self, id: TicketId) -> String {
        self.tickets.get(&id).cloned().unwrap_or_else(|| "a ticket".to_owned())
    }

    fn state(&self, key: &StateKey) -> String {
        self.rules.workflow.label(key).to_owned()
    }
}
