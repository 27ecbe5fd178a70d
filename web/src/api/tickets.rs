//! Tickets: list, raise, read, change, search, and their clocks.

use axum::{Json, extract::State, response::Response};
use desk::{
    Refused,
    data::{Queue, QueuePlace, QueueRow},
    ticket::{
        AllowedStep, ClockView, EditTicket, FilteredPage, MergeTicket, OneTicket, QueuePage, RaiseTicket,
        Search, SearchHit, TeamTickets, TicketDetail, TicketRef, TicketView, Tickets, TransitionTicket,
        UnmergeTicket,
    },
};
use domain::{
    DeviceId, GroupId, PersonId, TicketId, Timestamp,
    identity::Capability,
    sla::Segment,
    ticket::{
        AssigneeIs, Category, Change, ChecklistProgress, ExternalReference, Filter, Impact, Kind, Markdown,
        Merge, MergeReason, OrNone, Phase, Priority, PromiseAt, ReferenceNumber, Requirement, ResolutionCode,
        Scope, Sort, SourceName, StateKey, Subject, Ticket, TicketNumber, Urgency,
    },
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::{Listed, created_version, versioned},
    body::{Asked, At, Call, Paging, told},
    operation::{self, Operation, get, patch, post},
    wire::wire,
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes,
    state::AppState,
    workspace::{list_cursor, list_place},
};

pub(super) fn subject() -> operation::Subject {
    operation::Subject { tag: "tickets", about: "Incidents and service requests.", operations: operations() }
}

fn operations() -> Vec<Operation> {
    vec![
        get("list_tickets", "/tickets", list)
            .says("Tickets that the caller may read, newest first.")
            .paged()
            .lists::<TicketView>(),
        get("list_team_tickets", "/team/tickets", of_team)
            .says("The tickets of those whom the caller leads, newest first.")
            .needs(Capability::PortalUse)
            .paged()
            .lists::<TicketView>(),
        post("raise_ticket", "/tickets", raise)
            .says(
                "Raise a ticket. For oneself it is free; for somebody else, or with a group, an assignee or an external \
                 reference, it is a technician's act.",
            )
            .takes::<NewTicket>(json!({ "subject": "The printer on the third floor jams", "kind": "incident" }))
            .creates::<Ticket>(),
        get("read_ticket", "/tickets/{ticket}", read)
            .says("One ticket, by id or number, with its version as ETag.")
            .answers::<TicketView>(),
        patch("change_ticket", "/tickets/{ticket}", change)
            .says("Change what a ticket says, how much it hurts and whose task it is, in one act.")
            .needs(Capability::TicketWork)
            .must_match()
            .takes::<TicketChanges>(json!({ "subject": "The printer jams", "urgency": "high" }))
            .answers::<Ticket>(),
        get("list_transitions", "/tickets/{ticket}/transitions", steps)
            .says("The steps that a ticket can take now; none for who does not work it.")
            .lists::<AllowedStep>(),
        post("transition_ticket", "/tickets/{ticket}/transitions", transition)
            .says("Take a step of the workflow.")
            .needs(Capability::TicketWork)
            .may_match()
            .takes::<StepTaken>(json!({ "to": "in_progress" }))
            .answers::<Ticket>(),
        get("read_ticket_clocks", "/tickets/{ticket}/sla", clocks)
            .says("The clocks of a ticket, and why each shows what it shows; none for who does not work it.")
            .lists::<ClockView>(),
        post("merge_ticket", "/tickets/{ticket}/merge", merge)
            .says("Merge a ticket into another that goes on for both.")
            .needs(Capability::TicketWork)
            .may_match()
            .takes::<MergeInto>(json!({ "into": "INC-1", "reason": "The same printer" }))
            .answers::<Ticket>(),
        post("unmerge_ticket", "/tickets/{ticket}/unmerge", unmerge)
            .says("Undo a merge: the ticket goes on by itself, in the state it was in.")
            .needs(Capability::TicketWork)
            .takes::<()>(json!({}))
            .answers::<Ticket>(),
        get("list_queue", "/queue", queue)
            .says("Open tickets, the most pressing first; or those that a filter lets through, in its order.")
            .needs(Capability::TicketRead)
            .asks("group", json!({ "type": "string" }), "Only those of the group with this id, or of `none`.")
            .asks(
                "assignee",
                json!({ "type": "string" }),
                "Only those of the person with this id, of the caller (`me`), or of nobody (`none`).",
            )
            .asks("unassigned", json!({ "type": "boolean" }), "Only those that are nobody's task.")
            .asks("problems", json!({ "type": "boolean" }), "Only problems.")
            .asks("state", one_of(Scope::ALL), "In which part of their life; those that are open, if nothing is said.")
            .asks("kind", one_of(Kind::ALL), "Only those of this kind.")
            .asks("requester", json!({ "type": "string", "format": "uuid" }), "Only those of this requester.")
            .asks("priority", one_of(Priority::ALL), "Only those of this priority.")
            .asks("category", json!({ "type": "string" }), "Only those filed under this.")
            .asks("sla", one_of(PromiseAt::ALL), "Only those whose promise stands so.")
            .asks("idle", days(), "Only those that nothing happened to for so many days.")
            .asks("age", days(), "Only those raised more than so many days ago.")
            .asks(
                "sort",
                one_of(Sort::ALL),
                "The order. What is over has no promise: there `due` and `priority` mean `newest`.",
            )
            .paged()
            .lists::<QueueItem>(),
        get("search", "/search", search)
            .says("Tickets that words, a number or another desk's number find, the best first.")
            .must_ask("q", json!({ "type": "string" }), "What to look for.")
            .asks("own", json!({ "type": "boolean" }), "Only the caller's own.")
            .asks("limit", json!({ "type": "integer", "minimum": 1, "maximum": 100 }), "At most so many.")
            .lists::<SearchHit>(),
    ]
}

fn one_of(names: &[impl ToString]) -> Value {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    json!({ "type": "string", "enum": names })
}

fn days() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 3660 })
}

wire! {
    /// A ticket's name at another desk.
    ExternalReference as "ExternalReference" {
        /// The other desk.
        source: SourceName,
        /// The number there.
        number: ReferenceNumber,
    }
    /// A merge, with what it takes to undo it.
    Merge as "Merge" {
        into: TicketId,
        into_number: TicketNumber,
        at: Timestamp,
        reason: Option<MergeReason>,
        state_before: StateKey,
        phase_before: Phase,
        waiting_since_before: Option<Timestamp>,
        closed_at_before: Option<Timestamp>,
    }
    /// A ticket as it stands.
    Ticket as "Ticket" {
        id: TicketId,
        number: TicketNumber,
        subject: Subject,
        /// What the requester wrote, in Markdown.
        description: Option<Markdown>,
        requester: PersonId,
        /// Who raised it; absent when nobody known to the desk did.
        opened_by: Option<PersonId>,
        channel: domain::identity::Channel,
        group: Option<GroupId>,
        assignee: Option<PersonId>,
        /// Where it is in its workflow.
        state: StateKey,
        /// What that state means, whatever the workflow calls it.
        phase: Phase,
        impact: Impact,
        urgency: Urgency,
        /// What follows from impact and urgency.
        priority: Priority,
        category: Option<Category>,
        resolution_code: Option<ResolutionCode>,
        external_reference: Option<ExternalReference>,
        created_at: Timestamp,
        updated_at: Timestamp,
        first_response_at: Option<Timestamp>,
        waiting_since: Option<Timestamp>,
        resolved_at: Option<Timestamp>,
        closed_at: Option<Timestamp>,
        /// The earlier of the open service-level targets.
        due_at: Option<Timestamp>,
        reopen_count: u32,
        reassignment_count: u32,
        /// Grows with every change, comments included; the ETag.
        version: u64,
        merged: Option<Merge>,
    }
    /// A ticket with the names that people know it by.
    TicketView as "TicketView" + Ticket {
        state_label: String,
        requester_name: String,
        assignee_name: Option<String>,
        group_name: Option<String>,
    }
    /// A step that a ticket can take now.
    AllowedStep as "AllowedStep" {
        to: StateKey,
        /// The verb on its button.
        label: String,
        /// What must come along.
        requires: Vec<Requirement>,
    }
    /// A stretch of time, and whether it counted.
    Segment as "ClockSegment" {
        from: Timestamp,
        to: Timestamp,
        /// Seconds that counted.
        counted: i64,
        hand: String,
        /// Why, as one sentence.
        why: String,
    }
    /// One clock of a ticket. Times are in seconds.
    ClockView as "Clock" {
        kind: String,
        target: i64,
        due_at: Option<Timestamp>,
        elapsed: i64,
        /// Less than nothing when overdue.
        remaining: i64,
        hand: String,
        status: String,
        /// When the promise was met or broken, if it was.
        at: super::wire::Perhaps<Timestamp>,
        segments: Vec<Segment>,
    }
    /// A ticket that a search found.
    SearchHit as "SearchHit" {
        id: TicketId,
        number: TicketNumber,
        subject: String,
        state_label: String,
        open: bool,
        requester: String,
        updated_at: Timestamp,
    }
    /// A row of a queue.
    QueueItem as "QueueItem" {
        id: TicketId,
        number: TicketNumber,
        subject: String,
        state: StateKey,
        phase: Phase,
        priority: Priority,
        category: Option<String>,
        due_at: Option<Timestamp>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: u64,
        requester_name: String,
        assignee: Option<PersonId>,
        assignee_name: Option<String>,
        group_name: Option<String>,
        /// How far its checklist is, if it has one.
        checklist: Option<ChecklistProgress>,
    }
}

told! {
    /// A ticket to raise.
    NewTicket {
        /// What it is about, in one line.
        required subject: Subject,
        /// Incident, if nothing is said.
        optional kind: Kind,
        /// More about it, in Markdown.
        optional description: Markdown,
        /// Whose ticket it is; one's own, if nothing is said.
        optional requester: PersonId,
        /// How much is hurt; low, if nothing is said.
        optional impact: Impact,
        /// How soon it hurts; medium, if nothing is said.
        optional urgency: Urgency,
        /// What it is filed under.
        optional category: Category,
        /// The group whose queue it goes to.
        optional group: GroupId,
        /// Whose task it is.
        optional assignee: PersonId,
        /// What another desk calls it.
        optional external_reference: ExternalReference,
        /// The ticket that this problem is the cause of, by id or number; the two are linked.
        optional cause_of: String,
        /// The requester's device that it is about.
        optional device: DeviceId,
    }
    /// What changes about a ticket; what is left out stays, `null` takes away.
    TicketChanges {
        /// What it is about.
        optional subject: Subject,
        /// More about it.
        nullable description: Markdown,
        /// How much is hurt.
        optional impact: Impact,
        /// How soon it hurts.
        optional urgency: Urgency,
        /// What it is filed under.
        nullable category: Category,
        /// The group whose queue it is in.
        nullable group: GroupId,
        /// Whose task it is.
        nullable assignee: PersonId,
    }
    /// A step of the workflow.
    StepTaken {
        /// Where to.
        required to: StateKey,
        /// How it was resolved, where the step asks for it.
        optional resolution_code: ResolutionCode,
        /// A work note that goes with the step.
        optional note: Markdown,
    }
    /// A merge.
    MergeInto {
        /// The ticket that goes on, by id or number.
        required into: String,
        /// Why.
        optional reason: MergeReason,
    }
}

/// A row of a queue on the wire.
#[derive(Debug, Serialize)]
struct QueueItem {
    id: TicketId,
    number: TicketNumber,
    subject: String,
    state: StateKey,
    phase: Phase,
    priority: Priority,
    category: Option<String>,
    due_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
    requester_name: String,
    assignee: Option<PersonId>,
    assignee_name: Option<String>,
    group_name: Option<String>,
    checklist: Option<ChecklistProgress>,
}

impl From<QueueRow> for QueueItem {
    fn from(row: QueueRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            subject: row.subject,
            state: row.state,
            phase: row.phase,
            priority: row.priority,
            category: row.category,
            due_at: row.due_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            requester_name: row.requester,
            assignee: row.assignee_id,
            assignee_name: row.assignee,
            group_name: row.team,
            checklist: row.checklist,
        }
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<TicketView>>> {
    let page = asked.paging()?;
    let query = Tickets { before: page.place()?, limit: page.limit };
    let tickets = app.desk.ask(caller.context(), query).await?;
    Ok(Listed::new(tickets.items, tickets.next))
}

async fn of_team(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<TicketView>>> {
    let page = asked.paging()?;
    let query = TeamTickets { before: page.place()?, limit: page.limit };
    let tickets = app.desk.ask(caller.context(), query).await?;
    Ok(Listed::new(tickets.items.into_iter().map(|(view, _)| view).collect(), tickets.next))
}

async fn raise(State(app): State<AppState>, call: Call<NewTicket>) -> Result<Response> {
    let new = call.told;
    let plain = RaiseTicket::of(new.kind.unwrap_or(Kind::Incident), new.subject, new.description);
    let command = RaiseTicket {
        requester: new.requester,
        impact: new.impact.unwrap_or(plain.impact),
        urgency: new.urgency.unwrap_or(plain.urgency),
        category: new.category,
        group: new.group,
        assignee: new.assignee,
        external_reference: new.external_reference,
        device: new.device,
        cause_of: new.cause_of.map(|text| other_ticket("cause_of", &text)).transpose()?,
        ..plain
    };
    let ticket = app.desk.execute(call.ctx, command).await?;
    Ok(created_version(&routes::api_ticket(ticket.id), ticket.version, &ticket))
}

async fn read(State(app): State<AppState>, caller: ApiCaller, At(ticket): At<TicketRef>) -> Result<Response> {
    let view = app.desk.ask(caller.context(), OneTicket { ticket }).await?;
    Ok(versioned(view.ticket.version, &view))
}

async fn change(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<TicketChanges>,
) -> Result<Response> {
    let if_version = Some(call.version()?);
    let look = call.look();
    let TicketChanges { subject, description, impact, urgency, category, group, assignee } = call.told;
    let change = Change { subject, description, impact, urgency, category };
    let edit = EditTicket { ticket, change, group, assignee, if_version };
    let changed = app.desk.execute(call.ctx, edit).await;
    answer_change(&app, ticket, look, changed).await
}

async fn steps(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<Listed<AllowedStep>>> {
    let detail = app.desk.ask(caller.context(), TicketDetail { ticket }).await?;
    Ok(Listed::whole(detail.steps))
}

async fn transition(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<StepTaken>,
) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let StepTaken { to, resolution_code, note } = call.told;
    let step = TransitionTicket { ticket, to, resolution_code, note, if_version };
    let changed = app.desk.execute(call.ctx, step).await;
    answer_change(&app, ticket, look, changed).await
}

async fn clocks(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
) -> Result<Json<Listed<ClockView>>> {
    let detail = app.desk.ask(caller.context(), TicketDetail { ticket }).await?;
    Ok(Listed::whole(detail.clocks))
}

async fn merge(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<MergeInto>,
) -> Result<Response> {
    let (look, if_version) = (call.look(), call.if_match);
    let into = other_ticket("into", &call.told.into)?;
    let command = MergeTicket { ticket, into, reason: call.told.reason, if_version };
    let changed = app.desk.execute(call.ctx, command).await;
    answer_change(&app, ticket, look, changed).await
}

async fn unmerge(State(app): State<AppState>, At(ticket): At<TicketRef>, call: Call<()>) -> Result<Response> {
    let ticket = app.desk.execute(call.ctx, UnmergeTicket { ticket }).await?;
    Ok(versioned(ticket.version, &ticket))
}

async fn queue(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<QueueItem>>> {
    let (parts, unassigned, problems, page) = asked.read(|query| {
        let parts: Vec<_> = Filter::PARTS
            .into_iter()
            .filter_map(|part| Some((part, query.optional::<String>(part, "text")?)))
            .collect();
        Some((
            parts,
            query.optional::<bool>("unassigned", "true or false").unwrap_or(false),
            query.optional::<bool>("problems", "true or false").unwrap_or(false),
            query.paging(),
        ))
    })?;
    let filter = Filter::read(parts.iter().map(|(part, value)| (*part, value.as_str())))
        .map_err(|error| Problem::field(error.part, error.sentence))?;
    let queue = match (unassigned, problems) {
        (false, false) => whole_queue(&filter),
        (true, false) if filter == Filter::default() => Some(Queue::Unassigned),
        (false, true) if filter == Filter::default() => Some(Queue::Problems),
        (true, _) => {
            return Err(Problem::field("unassigned", "stands alone; with a filter, write `assignee=none`"));
        }
        (false, true) => {
            return Err(Problem::field("problems", "stands alone; with a filter, write `kind=problem`"));
        }
    };
    let Some(queue) = queue else { return filtered(&app, &caller, filter, page).await };
    let after = match &page.after {
        Some(after) => Some(queue_place(after)?),
        None => None,
    };
    let rows = app.desk.ask(caller.context(), QueuePage { queue, after, limit: page.limit }).await?;
    let next = rows.next.map(|place| format!("{}~{}", place.rank, place.id));
    Ok(Listed::new(rows.items.into_iter().map(QueueItem::from).collect(), next))
}

/// The queue that holds exactly what the filter lets through, in the same order, if there is one.
fn whole_queue(filter: &Filter) -> Option<Queue> {
    let plain = Filter { group: None, assignee: None, ..filter.clone() };
    match (filter.group, filter.assignee) {
        _ if plain != Filter::default() => None,
        (None, None) => Some(Queue::Open),
        (Some(OrNone::Is(group)), None) => Some(Queue::Team(group)),
        (None, Some(AssigneeIs::Person(person))) => Some(Queue::Assignee(person)),
        (None, Some(AssigneeIs::Nobody)) => Some(Queue::Unassigned),
        _ => None,
    }
}

async fn filtered(
    app: &AppState,
    caller: &ApiCaller,
    filter: Filter,
    page: Paging,
) -> Result<Json<Listed<QueueItem>>> {
    let after = match page.after.as_deref().map(list_place) {
        Some(None) => {
            return Err(Problem::field(
                "after",
                "is no place in this list; use the `next` of the page before",
            ));
        }
        place => place.flatten(),
    };
    let ask = FilteredPage { filter, after, limit: page.limit };
    let rows = app.desk.ask(caller.context(), ask).await?.page;
    let next = rows.next.as_ref().map(list_cursor);
    Ok(Listed::new(rows.items.into_iter().map(QueueItem::from).collect(), next))
}

fn queue_place(after: &str) -> Result<QueuePlace> {
    let halves = after.split_once('~').and_then(|(rank, id)| Some((rank.parse().ok()?, id)));
    let Some((rank, id)) = halves.filter(|(_, id)| id.parse::<TicketId>().is_ok()) else {
        return Err(Problem::field("after", "is no place in this list; use the `next` of the page before"));
    };
    Ok(QueuePlace { rank, id: id.to_owned() })
}

async fn search(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<SearchHit>>> {
    const LONGEST: usize = 500;
    let (text, own_only, limit) = asked.read(|query| {
        let own = query.optional::<bool>("own", "true or false").unwrap_or(false);
        let limit = query.optional::<u32>("limit", "a number from 1 to 100").unwrap_or(20);
        Some((query.required::<String>("q", "what to look for")?, own, limit))
    })?;
    if text.chars().count() > LONGEST {
        return Err(Problem::field("q", format!("is too long; look for at most {LONGEST} characters")));
    }
    if !(1..=100).contains(&limit) {
        return Err(Problem::field("limit", "must be a number from 1 to 100"));
    }
    let hits = app.desk.ask(caller.context(), Search { text, own_only, limit }).await?;
    Ok(Listed::whole(hits))
}

/// A ticket that a body or a query names.
pub(super) fn other_ticket(field: &str, text: &str) -> Result<TicketRef> {
    text.trim()
        .parse()
        .map_err(|_| Problem::field(field, "names no ticket; send an id or a number such as INC-1042"))
}

/// Answers a change. Of a stale one the caller gets the ticket as it is now, so that both versions can be shown.
pub(super) async fn answer_change(
    app: &AppState,
    reference: TicketRef,
    look: desk::Context,
    changed: desk::Result<Box<Ticket>>,
) -> Result<Response> {
    match changed {
        Ok(ticket) => Ok(versioned(ticket.version, &ticket)),
        Err(refused @ Refused::Stale { .. }) => {
            let problem = Problem::from(refused);
            Err(match app.desk.ask(look, OneTicket { ticket: reference }).await {
                Ok(view) => problem.with("current", view),
                Err(_) => problem,
            })
        }
        Err(refused) => Err(refused.into()),
    }
}
