//! What can be requested, and what people work with.

use axum::{Json, extract::State, response::Response};
use desk::{
    catalogue::{
        AddDevice, Catalogue, ChangeDevice, DeviceFields, DeviceOf, DeviceView, DevicesOf, FindItems,
        ItemView, ItemWritten, OneItem, RemoveDevice, RequestItem, RequestOf, RequestView, Said, WriteItem,
    },
    ticket::{NamedPerson, TicketRef},
};
use domain::{
    CatalogueItemId, DeviceId, GroupId, PersonId, Timestamp,
    catalogue::{Answered, ApprovalBy, CatalogueItem, DeviceKind, Question, QuestionKind},
    identity::Capability,
    ticket::{
        AssetTag, Category, ChoiceWords, DeviceName, ItemAbout, ItemName, Keywords, Markdown, QuestionLabel,
        SerialNumber, Ticket,
    },
};
use http::StatusCode;
use serde_json::json;

use super::{
    answer::{Listed, created, created_version, versioned},
    body::{Asked, At, Call, told},
    operation::{self, Operation, delete, get, post, put},
    wire::{Perhaps, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes::{self, API},
    state::AppState,
};

/// Items that a search finds at most.
const FOUND: usize = 50;

pub(super) fn subjects() -> [operation::Subject; 2] {
    [
        operation::Subject {
            tag: "catalogue",
            about: "What people can request: each item with the questions of its form. A request is a ticket.",
            operations: catalogue(),
        },
        operation::Subject {
            tag: "devices",
            about: "What people work with, and which device a ticket is about.",
            operations: devices(),
        },
    ]
}

fn catalogue() -> Vec<Operation> {
    let item = json!({
        "name": "A second screen", "about": "27 inches, with an arm.", "category": "Workplace",
        "questions": [{ "label": "Which size?", "kind": "choice", "required": true, "choices": ["24 inch", "27 inch"] }],
        "working_days": 3, "approval": "manager"
    });
    vec![
        get("list_catalogue", "/catalogue", list)
            .says("What can be requested, by name; with `q` what fits these words, the best first.")
            .asks("q", json!({ "type": "string" }), "Only what fits these words; at most fifty.")
            .asks("all", json!({ "type": "boolean" }), "What is not offered too, for administrators.")
            .lists::<ItemView>(),
        get("get_catalogue_item", "/catalogue/{item}", show)
            .says("One item with its form, and its version as ETag.")
            .answers::<ItemView>(),
        post("add_catalogue_item", "/catalogue", add)
            .says("Offer something new.")
            .needs(Capability::Admin)
            .takes::<ItemSent>(item.clone())
            .creates::<ItemWritten>(),
        put("change_catalogue_item", "/catalogue/{item}", change)
            .says("Replace an item. What was requested before keeps its questions and answers; `offered: false` takes it out of the catalogue.")
            .needs(Capability::Admin)
            .may_match()
            .takes::<ItemSent>(item)
            .answers::<ItemWritten>(),
        post("request_catalogue_item", "/catalogue/{item}/requests", request)
            .says("Request something: a ticket in the queue of its group, which waits for the approval that the item needs.")
            .may_match()
            .takes::<RequestSent>(json!({ "answers": [{ "question": "Which size?", "answer": "27 inch" }] }))
            .creates::<Ticket>(),
        get("read_ticket_request", "/tickets/{ticket}/request", requested)
            .says("What a ticket requests, with the questions as they were asked and what was answered.")
            .answers::<RequestView>(),
    ]
}

fn devices() -> Vec<Operation> {
    let device = json!({ "name": "Notebook 14", "kind": "computer", "serial": "PF3XK2", "tag": "MHG-1042" });
    vec![
        get("list_devices", "/people/{person}/devices", of_person)
            .says("What somebody works with: for themselves, technicians and administrators.")
            .lists::<DeviceView>(),
        post("add_device", "/people/{person}/devices", add_device)
            .says("Say that somebody works with a device.")
            .needs(Capability::Admin)
            .takes::<DeviceSent>(device.clone())
            .creates::<DeviceView>(),
        put("change_device", "/devices/{device}", change_device)
            .says("Say anew what a device is. Tickets about it keep what it was.")
            .needs(Capability::Admin)
            .takes::<DeviceSent>(device),
        delete("remove_device", "/devices/{device}", remove_device)
            .says("Say that nobody works with it any more.")
            .needs(Capability::Admin),
        get("read_ticket_device", "/tickets/{ticket}/device", of_ticket)
            .says("The device that a ticket is about, as it was when the ticket was raised.")
            .answers::<DeviceView>(),
    ]
}

wire! {
    /// A question of a form.
    Question as "CatalogueQuestion" {
        /// What is asked: the name of the question in its form.
        label: QuestionLabel,
        kind: QuestionKind,
        /// Whether it has to be answered; not, if nothing is said.
        required: Perhaps<bool>,
        /// What there is to choose from, for `choice` alone.
        choices: Perhaps<Vec<ChoiceWords>>,
    }
    /// Something that can be requested.
    ItemView as "CatalogueItem" {
        id: CatalogueItemId,
        name: ItemName,
        /// What one gets, in Markdown.
        about: ItemAbout,
        /// Other words it is found by, separated by commas.
        keywords: Option<Keywords>,
        category: Category,
        questions: Vec<Question>,
        /// How many working days it usually takes.
        working_days: Option<u16>,
        /// The same in words.
        usually: Option<String>,
        approval: ApprovalBy,
        /// Whether it can be requested now.
        offered: bool,
        /// Grows with every change; the ETag.
        version: u64,
        changed_at: Timestamp,
        /// The group whose queue its requests go to, for administrators.
        group: Option<GroupId>,
        /// Who approves, for administrators.
        approvers: Vec<NamedPerson>,
    }
    /// Which item was written.
    ItemWritten as "CatalogueItemWritten" {
        id: CatalogueItemId,
        version: u64,
    }
    /// An answer to a question.
    Said as "CatalogueAnswerSent" {
        /// The label of the question.
        question: String,
        /// The answer: one of the choices, `yes` or `no`, a date as 2026-03-31, a person's e-mail address, or a text.
        answer: String,
    }
    /// A question with its answer, as they were.
    Answered as "CatalogueAnswer" {
        question: QuestionLabel,
        kind: QuestionKind,
        /// As people read it: a person's name, `Yes`, `2026-03-31`.
        answer: String,
        /// Who, where a person is the answer.
        person: Perhaps<PersonId>,
    }
    /// What a ticket requests.
    RequestView as "CatalogueRequest" {
        item: CatalogueItemId,
        name: ItemName,
        /// Which version of the item.
        version: u64,
        /// How long it was said to take.
        usually: Option<String>,
        answers: Vec<Answered>,
        /// Whether it wants an approval that nobody was ever asked for.
        unapproved: bool,
    }
    /// What somebody works with.
    DeviceView as "Device" {
        id: DeviceId,
        name: DeviceName,
        kind: DeviceKind,
        /// The number that its maker gave it.
        serial: Option<SerialNumber>,
        /// The number that its owner gave it.
        tag: Option<AssetTag>,
    }
}

told! {
    /// An item of the catalogue.
    ItemSent {
        /// What it is found by, and the subject of every request.
        required name: ItemName,
        /// What one gets, in Markdown.
        required about: ItemAbout,
        /// Other words it is found by, separated by commas.
        optional keywords: Keywords,
        /// What it stands under, and what its requests are filed under.
        required category: Category,
        /// The group whose queue its requests go to.
        optional group: GroupId,
        /// What is asked of whoever requests it; at most twenty questions.
        optional questions: Vec<Question>,
        /// How many working days it usually takes.
        optional working_days: u16,
        /// Whose approval it needs; nobody's, if nothing is said.
        optional approval: ApprovalBy,
        /// Who approves, for `people` alone.
        optional approvers: Vec<PersonId>,
        /// Whether it can be requested; it can, if nothing is said.
        optional offered: bool,
    }
    /// A request.
    RequestSent {
        /// The answers to the questions of the item.
        optional answers: Vec<Said>,
        /// What there is to say beside them, in Markdown.
        optional more: Markdown,
    }
    /// A device.
    DeviceSent {
        /// What people call it.
        required name: DeviceName,
        /// What kind of thing it is.
        required kind: DeviceKind,
        /// The number that its maker gave it.
        optional serial: SerialNumber,
        /// The number that its owner gave it.
        optional tag: AssetTag,
    }
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<ItemView>>> {
    let (text, all) = asked.read(|query| {
        Some((query.optional::<String>("q", "some words"), query.optional::<bool>("all", "true or false")))
    })?;
    Ok(Listed::whole(match text {
        Some(text) => app.desk.ask(caller.context(), FindItems { text, limit: FOUND }).await?,
        None => app.desk.ask(caller.context(), Catalogue { all: all == Some(true) }).await?,
    }))
}

async fn show(
    State(app): State<AppState>,
    At(item): At<CatalogueItemId>,
    caller: ApiCaller,
) -> Result<Response> {
    let view = app.desk.ask(caller.context(), OneItem { item }).await?;
    Ok(versioned(view.version, view))
}

fn item_of(sent: ItemSent) -> CatalogueItem {
    CatalogueItem {
        name: sent.name,
        about: sent.about,
        keywords: sent.keywords,
        category: sent.category,
        group: sent.group,
        questions: sent.questions.unwrap_or_default(),
        working_days: sent.working_days,
        approval: sent.approval.unwrap_or(ApprovalBy::Nobody),
        approvers: sent.approvers.unwrap_or_default(),
        offered: sent.offered.unwrap_or(true),
    }
}

async fn add(State(app): State<AppState>, call: Call<ItemSent>) -> Result<Response> {
    let command = WriteItem { id: None, item: item_of(call.told), if_version: None };
    let written = app.desk.execute(call.ctx, command).await?;
    Ok(created_version(&format!("{API}/catalogue/{}", written.id), written.version, written))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<CatalogueItemId>,
    call: Call<ItemSent>,
) -> Result<Response> {
    let command = WriteItem { id: Some(id), item: item_of(call.told), if_version: call.if_match };
    let written = app.desk.execute(call.ctx, command).await?;
    Ok(versioned(written.version, written))
}

async fn request(
    State(app): State<AppState>,
    At(item): At<CatalogueItemId>,
    call: Call<RequestSent>,
) -> Result<Response> {
    let RequestSent { answers, more } = call.told;
    let answers = answers.unwrap_or_default();
    let command = RequestItem { item, answers, more, effort: None, if_version: call.if_match };
    let ticket = app.desk.execute(call.ctx, command).await?;
    Ok(created_version(&routes::api_ticket(ticket.id), ticket.version, &ticket))
}

async fn requested(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<RequestView>> {
    let found = app.desk.ask(caller.context(), RequestOf { ticket }).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("request from the catalogue"))
}

async fn of_person(
    State(app): State<AppState>,
    At(person): At<PersonId>,
    caller: ApiCaller,
) -> Result<Json<Listed<DeviceView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), DevicesOf { person }).await?))
}

fn device_of(sent: DeviceSent) -> DeviceFields {
    let DeviceSent { name, kind, serial, tag } = sent;
    DeviceFields { name, kind, serial, tag }
}

async fn add_device(
    State(app): State<AppState>,
    At(person): At<PersonId>,
    call: Call<DeviceSent>,
) -> Result<Response> {
    let added = app.desk.execute(call.ctx, AddDevice { person, device: device_of(call.told) }).await?;
    Ok(created(&format!("{API}/devices/{}", added.id), added))
}

async fn change_device(
    State(app): State<AppState>,
    At(id): At<DeviceId>,
    call: Call<DeviceSent>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, ChangeDevice { id, device: device_of(call.told) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_device(
    State(app): State<AppState>,
    At(id): At<DeviceId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RemoveDevice { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn of_ticket(
    State(app): State<AppState>,
    At(ticket): At<TicketRef>,
    caller: ApiCaller,
) -> Result<Json<DeviceView>> {
    let found = app.desk.ask(caller.context(), DeviceOf { ticket }).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("device of this ticket"))
}
