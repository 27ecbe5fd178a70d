//! What technicians keep on a ticket beside its conversation: a checklist, the time it took, and whom they name.

use axum::{Json, extract::State, response::Response};
use desk::{
    FieldError, Refused,
    ticket::{
        ChangeChecklist, ChecklistChanged, ChecklistEdit, ChecklistItemView, ChecklistOf, ChecklistView,
        MentionView, MyMentions, Nameable, NamedPerson, RecordTime, TakeTimeBack, TicketRef, TimeEntryView,
        TimeOf, TimeOfPerson, TimeRecorded, TimeSpent, TimeTotals, TimeTotalsOf,
    },
};
use domain::{
    ChecklistItemId, CommentId, TimeEntryId, Timestamp,
    identity::Capability,
    ticket::{ChecklistProgress, ChecklistWords, ItemChange, Spent, TicketNumber, TimeWords},
};
use http::StatusCode;
use jiff::civil::Date;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{Asked, At, At2, Call, told},
    operation::{self, delete, get, post, put},
    wire::wire,
};
use crate::{context::ApiCaller, problem::Result, routes, state::AppState};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "notes",
        about: "What technicians keep on a ticket beside its conversation: a checklist, the time it took, and whom they name.",
        operations: vec![
            get("read_checklist", "/tickets/{ticket}/checklist", checklist)
                .says("What is still to be done on a ticket, item by item.")
                .needs(Capability::TicketRead)
                .answers::<ChecklistView>(),
            post("add_to_checklist", "/tickets/{ticket}/checklist", add)
                .says("Add items at the end of a checklist, which has at most a hundred.")
                .needs(Capability::TicketWork)
                .takes::<ItemsSent>(json!({ "items": ["Order the part", "Fit it"] }))
                .creates::<ChecklistChanged>(),
            put("change_checklist_item", "/tickets/{ticket}/checklist/{item}", change)
                .says("Say what an item shall be: its words, whether it is done, its place.")
                .needs(Capability::TicketWork)
                .takes::<ItemSent>(json!({ "words": "Order the part", "done": true }))
                .answers::<ChecklistChanged>(),
            delete("remove_checklist_item", "/tickets/{ticket}/checklist/{item}", remove)
                .says("Remove an item.")
                .needs(Capability::TicketWork)
                .answers::<ChecklistChanged>(),
            get("list_time", "/tickets/{ticket}/time", entries)
                .says("The time that was recorded on a ticket, the latest first, what was taken back included.")
                .needs(Capability::TicketRead)
                .paged()
                .lists::<TimeEntryView>(),
            get("total_time", "/tickets/{ticket}/time/totals", totals)
                .says("What a ticket took, by person, without what was taken back.")
                .needs(Capability::TicketRead)
                .answers::<TimeTotals>(),
            post("record_time", "/tickets/{ticket}/time", record)
                .says("Record the time that one spent on a ticket.")
                .needs(Capability::TicketWork)
                .takes::<TimeSent>(json!({ "minutes": 45, "words": "On site" }))
                .creates::<TimeRecorded>(),
            delete("take_time_back", "/tickets/{ticket}/time/{entry}", take_back)
                .says("Take back time of one's own. It stays on record and counts no more.")
                .needs(Capability::TicketWork),
            get("list_nameable", "/tickets/{ticket}/nameable", nameable)
                .says("Who can be named as `@Full Name`; in a public reply only those whom its requester sees already.")
                .needs(Capability::TicketWork)
                .asks("q", json!({ "type": "string" }), "Part of the name.")
                .asks("public", json!({ "type": "boolean" }), "For a public reply.")
                .lists::<NamedPerson>(),
            get("list_my_mentions", "/mentions", mentions)
                .says("The tickets on which the caller was named and has not looked yet, the latest first.")
                .needs(Capability::TicketRead)
                .lists::<MentionView>(),
            delete("dismiss_mention", "/mentions/{ticket}", dismiss)
                .says("Say that one has seen where one was named on a ticket.")
                .needs(Capability::TicketRead),
        ],
    }
}

wire! {
    /// How far a checklist is.
    ChecklistProgress as "ChecklistProgress" {
        done: u32,
        items: u32,
    }
    /// An item of a checklist.
    ChecklistItemView as "ChecklistItem" {
        id: ChecklistItemId,
        words: ChecklistWords,
        done: bool,
        ticked_by: Option<NamedPerson>,
        ticked_at: Option<Timestamp>,
    }
    /// What is still to be done on a ticket.
    ChecklistView as "Checklist" {
        /// In their order.
        items: Vec<ChecklistItemView>,
        /// Nothing of a checklist without items.
        progress: Option<ChecklistProgress>,
    }
    /// What became of a checklist.
    ChecklistChanged as "ChecklistChanged" {
        /// The new items.
        added: Vec<ChecklistItemId>,
        progress: Option<ChecklistProgress>,
    }
    /// Time that somebody spent on a ticket.
    TimeEntryView as "TimeEntry" {
        id: TimeEntryId,
        person: NamedPerson,
        /// The day of the work.
        day: Date,
        minutes: Spent,
        words: Option<TimeWords>,
        recorded_at: Timestamp,
        /// It does not count any more.
        taken_back_at: Option<Timestamp>,
    }
    /// What one person spent.
    TimeOfPerson as "TimeOfPerson" {
        person: NamedPerson,
        minutes: u64,
    }
    /// What a ticket took.
    TimeTotals as "TimeTotals" {
        minutes: u64,
        /// The most first.
        people: Vec<TimeOfPerson>,
    }
    /// Which entry was written.
    TimeRecorded as "TimeRecorded" {
        id: TimeEntryId,
    }
    /// That the caller was named on a ticket.
    MentionView as "Mention" {
        ticket: TicketNumber,
        subject: String,
        /// Who named them last.
        by: Option<NamedPerson>,
        at: Timestamp,
        /// In which comment.
        comment: CommentId,
        /// In how many comments.
        times: u32,
    }
}

told! {
    /// Items to add: one of the two.
    ItemsSent {
        /// What is to be done.
        optional items: Vec<ChecklistWords>,
        /// A reply or note of the ticket that lists its tasks as `- [ ] …`.
        optional comment: CommentId,
    }
    /// What an item shall be.
    ItemSent {
        /// What is to be done.
        required words: ChecklistWords,
        /// Whether it is done.
        required done: bool,
        /// Its place, from 1; without it, it stays where it is.
        optional place: usize,
    }
    /// Time that one spent.
    TimeSent {
        /// How long it took, in minutes.
        required minutes: Spent,
        /// The day of the work: today in UTC, unless it says another.
        optional day: Date,
        /// What it was spent on.
        optional words: TimeWords,
    }
}

async fn checklist(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<ChecklistView>> {
    Ok(Json(app.desk.ask(caller.context(), ChecklistOf { ticket }).await?))
}

async fn add(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<ItemsSent>,
) -> Result<Response> {
    let edit = match (call.told.items, call.told.comment) {
        (Some(items), None) => ChecklistEdit::Add(items),
        (None, Some(comment)) => ChecklistEdit::AddFrom(comment),
        _ => {
            let message = "send either items or the comment that lists them".to_owned();
            return Err(Refused::Invalid(vec![FieldError { field: "items".to_owned(), message }]).into());
        }
    };
    let changed = app.desk.execute(call.ctx, ChangeChecklist { ticket, edit }).await?;
    Ok(created(&format!("{}/tickets/{ticket}/checklist", routes::API), changed))
}

async fn change(
    State(app): State<AppState>,
    At2(ticket, item): At2<TicketRef, ChecklistItemId>,
    call: Call<ItemSent>,
) -> Result<Json<ChecklistChanged>> {
    let ItemSent { words, done, place } = call.told;
    let change = ItemChange { words: Some(words), done: Some(done), place };
    let edit = ChecklistEdit::Change(item, change);
    Ok(Json(app.desk.execute(call.ctx, ChangeChecklist { ticket, edit }).await?))
}

async fn remove(
    State(app): State<AppState>,
    At2(ticket, item): At2<TicketRef, ChecklistItemId>,
    call: Call<()>,
) -> Result<Json<ChecklistChanged>> {
    let edit = ChecklistEdit::Remove(item);
    Ok(Json(app.desk.execute(call.ctx, ChangeChecklist { ticket, edit }).await?))
}

async fn entries(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
    asked: Asked,
) -> Result<Json<Listed<TimeEntryView>>> {
    let page = asked.paging()?;
    let query = TimeOf { ticket, before: page.place()?, limit: page.limit };
    let page = app.desk.ask(caller.context(), query).await?;
    Ok(Listed::new(page.items, page.next))
}

async fn totals(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<TimeTotals>> {
    Ok(Json(app.desk.ask(caller.context(), TimeTotalsOf { ticket }).await?))
}

/// The day that is meant where none is said.
fn today(ctx: &desk::Context) -> Date {
    ctx.now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The time that goes with something said.
pub(super) fn time_with(ctx: &desk::Context, minutes: Option<Spent>) -> Option<TimeSpent> {
    minutes.map(|spent| TimeSpent { spent, day: today(ctx), words: None })
}

async fn record(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<TimeSent>,
) -> Result<Response> {
    let TimeSent { minutes: spent, day, words } = call.told;
    let time = TimeSpent { spent, day: day.unwrap_or_else(|| today(&call.ctx)), words };
    let recorded = app.desk.execute(call.ctx, RecordTime { ticket, time }).await?;
    Ok(created(&format!("{}/tickets/{ticket}/time", routes::API), recorded))
}

async fn take_back(
    State(app): State<AppState>,
    At2(ticket, entry): At2<TicketRef, TimeEntryId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, TakeTimeBack { ticket, entry }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn nameable(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(ticket): At<TicketRef>,
    asked: Asked,
) -> Result<Json<Listed<NamedPerson>>> {
    let (text, public) = asked.read(|query| {
        let text = query.optional::<String>("q", "part of a name");
        Some((text, query.optional::<bool>("public", "true or false")))
    })?;
    let (text, public) = (text.unwrap_or_default(), public == Some(true));
    let query = Nameable { ticket, public, text, limit: 20 };
    Ok(Listed::whole(app.desk.ask(caller.context(), query).await?))
}

async fn mentions(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<MentionView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), MyMentions).await?))
}

async fn dismiss(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.saw_ticket(call.ctx, ticket).await?;
    Ok(StatusCode::NO_CONTENT)
}
