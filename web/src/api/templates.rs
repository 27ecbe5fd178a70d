//! What tickets begin with, and those that come back by the calendar.

use axum::{Json, extract::State, response::Response};
use desk::ticket::{
    DeleteRecurring, DeleteTemplate, RecurringTickets, RecurringView, RecurringWritten, StopRecurring,
    TemplateView, TemplateWritten, Templates, WriteRecurring, WriteTemplate,
};
use domain::{
    GroupId, PersonId, RecurringTicketId, TicketTemplateId, Timestamp,
    identity::Capability,
    ticket::{
        Category, Frequency, Impact, Kind, Markdown, Recurrence, Recurring, RecurringName, Stopped, Subject,
        Template, TemplateName, TicketNumber, Urgency, UsedBy,
    },
};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    answer::{Listed, created},
    body::{At, Call, told},
    operation::{self, delete, get, post, put},
    wire::{Book, Wire, described, object, wire},
};
use crate::{context::ApiCaller, problem::Result, routes::API, state::AppState};

pub(super) fn subject() -> operation::Subject {
    let template = json!({ "kind": "incident", "subject": "Restore test of the backup", "impact": "low", "urgency": "medium" });
    let kept = json!({ "name": "Restore test", "used_by": "everybody", "template": template });
    let rule = json!({ "frequency": "monthly", "interval": 1, "from": "2026-12-01", "at": "08:00", "zone": "Europe/Berlin" });
    let requester = "01890000-0000-7000-8000-000000000001";
    let back = json!({ "name": "Restore test", "template": template, "rule": rule, "requester": requester, "unless_open": true });
    operation::Subject {
        tag: "templates",
        about: "What tickets begin with that are raised again and again, by hand or by the calendar.",
        operations: vec![
            get("list_templates", "/ticket-templates", list)
                .says("What tickets begin with: one's own and everybody's, by name.")
                .needs(Capability::TicketWork)
                .lists::<TemplateView>(),
            post("add_template", "/ticket-templates", add)
                .says("Keep what a ticket begins with.")
                .needs(Capability::TicketWork)
                .takes::<TemplateSent>(kept.clone())
                .creates::<TemplateWritten>(),
            put("change_template", "/ticket-templates/{template}", change)
                .says("Write a template anew. Its author does, and of everybody's an administrator.")
                .needs(Capability::TicketWork)
                .takes::<TemplateSent>(kept)
                .answers::<TemplateWritten>(),
            delete("remove_template", "/ticket-templates/{template}", remove)
                .says("Remove a template.")
                .needs(Capability::TicketWork),
            get("list_recurring_tickets", "/recurring-tickets", recurring)
                .says("Tickets that the desk raises by the calendar, by name: when each comes, and why one does not.")
                .needs(Capability::TicketWork)
                .lists::<RecurringItem>(),
            post("add_recurring_ticket", "/recurring-tickets", add_recurring)
                .says("Have tickets raised by the calendar. It takes the seat that raising a ticket for somebody else takes.")
                .needs(Capability::TicketWork)
                .takes::<RecurringSent>(back.clone())
                .creates::<RecurringWritten>(),
            put("change_recurring_ticket", "/recurring-tickets/{recurring}", change_recurring)
                .says("Write one anew; whoever writes it answers for it. One that was stopped by hand stays so.")
                .needs(Capability::TicketWork)
                .takes::<RecurringSent>(back)
                .answers::<RecurringWritten>(),
            put("stop_recurring_ticket", "/recurring-tickets/{recurring}/stopped", stop)
                .says("Stop one, or let it go on from now.")
                .needs(Capability::TicketWork)
                .takes::<StopSent>(json!({ "stop": true }))
                .answers::<RecurringWritten>(),
            delete("remove_recurring_ticket", "/recurring-tickets/{recurring}", remove_recurring)
                .says("Remove one. The tickets that it was stay.")
                .needs(Capability::TicketWork),
        ],
    }
}

/// The last ticket that a recurring one was.
#[derive(Debug, Serialize)]
struct LastRaised {
    number: TicketNumber,
    at: Timestamp,
}

/// A recurring ticket, with its last ticket by name.
#[derive(Debug, Serialize)]
struct RecurringItem {
    id: RecurringTicketId,
    name: String,
    template: Template,
    rule: Recurrence,
    words: String,
    requester: PersonId,
    requester_name: String,
    unless_open: bool,
    author_name: String,
    next_at: Option<Timestamp>,
    then: Vec<Timestamp>,
    stopped: Option<Stopped>,
    last: Option<LastRaised>,
    changeable: bool,
}

impl From<RecurringView> for RecurringItem {
    fn from(view: RecurringView) -> Self {
        let Recurring { template, rule, requester, unless_open } = view.recurring;
        Self {
            id: view.id,
            name: view.name,
            template,
            rule,
            words: view.words,
            requester,
            requester_name: view.requester_name,
            unless_open,
            author_name: view.author_name,
            next_at: view.next_at,
            then: view.then,
            stopped: view.stopped,
            last: view.last.map(|(number, at)| LastRaised { number, at }),
            changeable: view.changeable,
        }
    }
}

impl Wire for Template {
    const NAME: Option<&'static str> = Some("Template");

    fn shape(book: &mut Book) -> Value {
        let parts = [
            ("kind", Kind::schema(book), "`incident` or `service_request`.", true),
            ("subject", Subject::schema(book), "What it is about.", true),
            ("description", Markdown::schema(book), "More about it.", false),
            ("category", Category::schema(book), "What it is filed under.", false),
            ("impact", Impact::schema(book), "How much is hurt.", true),
            ("urgency", Urgency::schema(book), "How soon it hurts.", true),
            ("group", GroupId::schema(book), "In whose queue it begins.", false),
            ("assignee", PersonId::schema(book), "Whose task it is from the start.", false),
        ];
        let parts = parts.map(|(name, schema, says, must)| (name, described(schema, says), must));
        described(object(None, parts), "What a ticket begins with.")
    }
}

impl Wire for Recurrence {
    const NAME: Option<&'static str> = Some("Recurrence");

    fn shape(_: &mut Book) -> Value {
        let frequencies: Vec<_> = Frequency::ALL.iter().map(|it| it.as_str()).collect();
        let days = json!({ "type": "array", "items": { "type": "string", "enum": ["mo", "tu", "we", "th", "fr", "sa", "su"] } });
        let text = || json!({ "type": "string" });
        let parts = [
            (
                "frequency",
                json!({ "type": "string", "enum": frequencies }),
                "What the interval counts (RFC 5545, `FREQ`).",
                true,
            ),
            (
                "interval",
                json!({ "type": "integer", "minimum": 1, "maximum": 366 }),
                "Each, each second, each third.",
                true,
            ),
            ("on", days, "Days of the week, for weeks; without any, that of `from`.", false),
            (
                "from",
                json!({ "type": "string", "format": "date" }),
                "The first day on which it may be.",
                true,
            ),
            ("at", text(), "The hour on the wall: `09:00`.", true),
            ("zone", text(), "The wall's time zone: `Europe/Berlin`.", true),
        ];
        let parts = parts.map(|(name, schema, says, must)| (name, described(schema, says), must));
        described(
            object(None, parts),
            "When something comes back. Where a month is too short it is its last day; an hour that clocks skip is the one after.",
        )
    }
}

wire! {
    /// Which template was written.
    TemplateWritten as "TemplateWritten" {
        id: TicketTemplateId,
    }
    /// A template.
    TemplateView as "TicketTemplate" {
        id: TicketTemplateId,
        name: String,
        template: Template,
        used_by: UsedBy,
        author_name: String,
        /// Whether the caller may change it.
        changeable: bool,
    }
    /// Which recurring ticket was written.
    RecurringWritten as "RecurringTicketWritten" {
        id: RecurringTicketId,
        /// When it is raised next.
        next_at: Option<Timestamp>,
    }
    /// The last ticket that a recurring one was.
    LastRaised as "LastRaised" {
        number: TicketNumber,
        at: Timestamp,
    }
    /// A ticket that the desk raises by the calendar.
    RecurringItem as "RecurringTicket" {
        id: RecurringTicketId,
        name: String,
        /// What each begins with.
        template: Template,
        /// When it comes.
        rule: Recurrence,
        /// The same in words.
        words: String,
        /// Whose ticket it is.
        requester: PersonId,
        requester_name: String,
        /// Whether none is raised while the last one is still open.
        unless_open: bool,
        /// Who wrote it, and answers for it.
        author_name: String,
        /// When it is raised next; absent while it is stopped.
        next_at: Option<Timestamp>,
        /// The two times after that.
        then: Vec<Timestamp>,
        /// Why it is not raised any more.
        stopped: Option<Stopped>,
        last: Option<LastRaised>,
        /// Whether the caller may change it.
        changeable: bool,
    }
}

told! {
    /// A template to write.
    TemplateSent {
        /// What it is found by.
        required name: TemplateName,
        /// What the ticket begins with.
        required template: Template,
        /// Who may use it.
        required used_by: UsedBy,
    }
    /// A recurring ticket to write.
    RecurringSent {
        /// What it is found by.
        required name: RecurringName,
        /// What each begins with.
        required template: Template,
        /// When it comes.
        required rule: Recurrence,
        /// Whose ticket it is.
        required requester: PersonId,
        /// Whether none is raised while the last one is still open.
        required unless_open: bool,
    }
    /// Whether it shall be stopped.
    StopSent {
        /// `false` lets it go on from now.
        required stop: bool,
    }
}

async fn list(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<TemplateView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), Templates::default()).await?))
}

async fn add(State(app): State<AppState>, call: Call<TemplateSent>) -> Result<Response> {
    let TemplateSent { name, template, used_by } = call.told;
    let written = app.desk.execute(call.ctx, WriteTemplate { id: None, name, template, used_by }).await?;
    Ok(created(&format!("{API}/ticket-templates/{}", written.id), written))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<TicketTemplateId>,
    call: Call<TemplateSent>,
) -> Result<Json<TemplateWritten>> {
    let TemplateSent { name, template, used_by } = call.told;
    Ok(Json(app.desk.execute(call.ctx, WriteTemplate { id: Some(id), name, template, used_by }).await?))
}

async fn remove(
    State(app): State<AppState>,
    At(id): At<TicketTemplateId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeleteTemplate { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn recurring(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<RecurringItem>>> {
    let all = app.desk.ask(caller.context(), RecurringTickets).await?;
    Ok(Listed::whole(all.into_iter().map(RecurringItem::from).collect()))
}

fn written(id: Option<RecurringTicketId>, sent: RecurringSent) -> WriteRecurring {
    let RecurringSent { name, template, rule, requester, unless_open } = sent;
    WriteRecurring { id, name, recurring: Recurring { template, rule, requester, unless_open } }
}

async fn add_recurring(State(app): State<AppState>, call: Call<RecurringSent>) -> Result<Response> {
    let written = app.desk.execute(call.ctx, written(None, call.told)).await?;
    Ok(created(&format!("{API}/recurring-tickets/{}", written.id), written))
}

async fn change_recurring(
    State(app): State<AppState>,
    At(id): At<RecurringTicketId>,
    call: Call<RecurringSent>,
) -> Result<Json<RecurringWritten>> {
    Ok(Json(app.desk.execute(call.ctx, written(Some(id), call.told)).await?))
}

async fn stop(
    State(app): State<AppState>,
    At(id): At<RecurringTicketId>,
    call: Call<StopSent>,
) -> Result<Json<RecurringWritten>> {
    let StopSent { stop } = call.told;
    Ok(Json(app.desk.execute(call.ctx, StopRecurring { id, stop }).await?))
}

async fn remove_recurring(
    State(app): State<AppState>,
    At(id): At<RecurringTicketId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeleteRecurring { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
