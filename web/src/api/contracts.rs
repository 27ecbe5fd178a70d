//! Contracts, their order lines and documents, and files of them.

use axum::{
    Json,
    body::Body,
    extract::{FromRequest as _, Multipart, Request, State},
    response::{IntoResponse as _, Response},
};
use channels::sheet;
use desk::contract::{
    AddContract, AddOrderLine, AttachContractDocument, ChangeContract, ChangeOrderLine, ContractDetail,
    ContractDetailView, ContractDocumentOf, ContractList, ContractPage, ContractSummary, DocumentView,
    EndOrderLine, ExportContracts, ImportContracts, ImportReport, LineView, PreviewContracts,
};
use domain::{
    ContractDocumentId, ContractId, LicenceId, OrderLineId,
    contract::{Currency, NewContract, NewOrderLine, Notice, RecurringTerm},
    identity::{Capability, ExternalIdentity},
};
use http::header;
use jiff::civil::Date;
use serde_json::json;

use super::{
    answer::{Listed, created_version, versioned},
    attachments::{FILE_LIMIT, REQUEST_LIMIT, download, too_large, unreadable},
    body::{Asked, At, At2, Call, idempotency, must_show_credentials, told},
    operation::{self, get, patch, post},
};
use crate::{
    context::ApiCaller,
    problem::{Kind, Problem, Result},
    routes::API,
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    const LICENCE: &str = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42";
    let form = json!({
        "type": "object",
        "properties": {
            "external_identity": {
                "type": "string",
                "description": "For whom a service account acts, as JSON. Before the file.",
            },
            "file": { "type": "string", "format": "binary", "description": "At most 25 MiB." },
        },
        "required": ["file"],
    });
    operation::Subject {
        tag: "contracts",
        about: "What was bought from whom, for how long and at which price.",
        operations: vec![
            get("list_contracts", "/contracts", list)
                .says("All contracts by number, with their money and next deadline.")
                .needs(Capability::LicenceRead)
                .paged()
                .lists::<ContractSummary>(),
            post("add_contract", "/contracts", add)
                .says("Add a contract, without order lines yet.")
                .needs(Capability::LicenceManage)
                .takes::<ContractSent>(json!({
                    "number": "MHG-2026-017", "vendor": "Northwind", "name": "Service desk licences",
                    "currency": "EUR", "zone": "Europe/Berlin", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
                    "notice": { "days": 90 }, "renews_for": "yearly",
                }))
                .creates::<ContractDetailView>(),
            get("export_contracts", "/contracts/export", export)
                .says("All contracts and order lines as a CSV file that the import takes back unchanged.")
                .needs(Capability::LicenceRead)
                .answers_other("text/csv"),
            post("import_contracts", "/contracts/import", import)
                .says("Bring in contracts and order lines from a CSV file. Each row is placed, changed, unchanged or refused.")
                .needs(Capability::LicenceManage)
                .asks("dry_run", json!({ "type": "boolean" }), "Whether to say only what would be done.")
                .takes_other("text/csv", json!({ "type": "string" }))
                .answers::<ImportReport>(),
            get("read_contract", "/contracts/{contract}", read)
                .says("One contract with its order lines and documents.")
                .needs(Capability::LicenceRead)
                .answers::<ContractDetailView>(),
            patch("change_contract", "/contracts/{contract}", change)
                .says("Change a contract. What is left out stays.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<ContractChange>(json!({ "notice": { "by": "2026-09-30" } }))
                .answers::<ContractDetailView>(),
            get("list_order_lines", "/contracts/{contract}/lines", lines)
                .says("The order lines of a contract, by number.")
                .needs(Capability::LicenceRead)
                .lists::<LineView>(),
            post("add_order_line", "/contracts/{contract}/lines", add_line)
                .says("Add an order line. Several lines may feed one licence, each at its own price.")
                .needs(Capability::LicenceManage)
                .takes::<OrderLineSent>(json!({
                    "licence": LICENCE, "packs": 2, "pack_size": 5, "term": "yearly", "unit_price": 48_000,
                    "starts_on": "2026-01-01", "purchase_order": "PO-4711",
                }))
                .creates::<ContractDetailView>(),
            patch("change_order_line", "/contracts/{contract}/lines/{line}", change_line)
                .says("Change an order line. `If-Match` takes the ETag of the contract.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<OrderLineChange>(json!({ "packs": 3 }))
                .answers::<ContractDetailView>(),
            post("end_order_line", "/contracts/{contract}/lines/{line}/end", end_line)
                .says("End an order line with a day. From the day after on it gives nothing.")
                .needs(Capability::LicenceManage)
                .takes::<LineEnd>(json!({ "ends_on": "2026-06-30", "because": "The clinic in Reinhausen closes." }))
                .answers::<ContractDetailView>(),
            get("list_contract_documents", "/contracts/{contract}/documents", documents)
                .says("The documents of a contract, as they were attached.")
                .needs(Capability::LicenceRead)
                .lists::<DocumentView>(),
            post("attach_contract_document", "/contracts/{contract}/documents", attach)
                .says("Attach a document to a contract.")
                .needs(Capability::LicenceManage)
                .takes_other("multipart/form-data", form)
                .at_most(REQUEST_LIMIT)
                .creates::<ContractDetailView>(),
            get("read_contract_document", "/contracts/{contract}/documents/{document}", content)
                .says("The content of a document.")
                .needs(Capability::LicenceRead)
                .answers_other("application/octet-stream"),
        ],
    }
}

told! {
    /// A contract to add.
    ContractSent {
        /// What both sides call it; no two contracts have one number.
        required number: String,
        /// With whom.
        required vendor: String,
        /// What it is about.
        required name: String,
        /// In what it is paid.
        required currency: Currency,
        /// Where its days are counted, by IANA name.
        required zone: String,
        /// Its first day.
        required starts_on: Date,
        /// Its last day; without end, if nothing is said.
        optional ends_on: Date,
        /// Until when it can be ended: `{"days": 90}` or `{"by": "2026-09-30"}`.
        optional notice: Notice,
        /// For how long it renews itself each time; it just ends, if nothing is said.
        optional renews_for: RecurringTerm,
    }
    /// What changes about a contract; what is left out stays.
    ContractChange {
        /// What both sides call it.
        optional number: String,
        /// With whom.
        optional vendor: String,
        /// What it is about.
        optional name: String,
        /// In what it is paid; only while it has no order lines.
        optional currency: Currency,
        /// Where its days are counted.
        optional zone: String,
        /// Its first day.
        optional starts_on: Date,
        /// Its last day; null takes it away.
        nullable ends_on: Date,
        /// Until when it can be ended; null takes it away.
        nullable notice: Notice,
        /// For how long it renews itself; null takes it away.
        nullable renews_for: RecurringTerm,
    }
    /// An order line to add.
    OrderLineSent {
        /// Its number within the contract; the next one, if nothing is said.
        optional number: u32,
        /// The purchase order it came with.
        optional purchase_order: String,
        /// What stands on the order.
        optional description: String,
        /// The licence it feeds.
        required licence: LicenceId,
        /// How many packs.
        required packs: u32,
        /// Seats or tokens in each; 1, if nothing is said.
        optional pack_size: u32,
        /// For how long the price is paid at a time.
        required term: RecurringTerm,
        /// Minor units for one seat or token and one term.
        required unit_price: i64,
        /// Its first day.
        required starts_on: Date,
        /// Its last day; as long as the contract, if nothing is said.
        optional ends_on: Date,
    }
    /// What changes about an order line; what is left out stays.
    OrderLineChange {
        /// Its number within the contract.
        optional number: u32,
        /// The purchase order it came with.
        optional purchase_order: String,
        /// What stands on the order.
        optional description: String,
        /// The licence it feeds.
        optional licence: LicenceId,
        /// How many packs.
        optional packs: u32,
        /// Seats or tokens in each.
        optional pack_size: u32,
        /// For how long the price is paid at a time.
        optional term: RecurringTerm,
        /// Minor units for one seat or token and one term.
        optional unit_price: i64,
        /// Its first day.
        optional starts_on: Date,
        /// Its last day; null takes it away.
        nullable ends_on: Date,
    }
    /// The end of an order line.
    LineEnd {
        /// Its last day.
        required ends_on: Date,
        /// Why, as a sentence; it is kept with the record.
        required because: String,
    }
}

async fn detail(app: &AppState, look: desk::Context, contract: ContractId) -> Result<ContractDetailView> {
    Ok(app.desk.ask(look, ContractDetail { contract }).await?)
}

async fn list(State(app): State<AppState>, caller: ApiCaller, asked: Asked) -> Result<Json<ContractPage>> {
    let page = asked.paging()?;
    let query = ContractList { after: page.after, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn add(State(app): State<AppState>, call: Call<ContractSent>) -> Result<Response> {
    let look = call.look();
    let ContractSent { number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for } =
        call.told;
    let new = NewContract { number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for };
    let made = app.desk.execute(call.ctx, AddContract { new }).await?;
    created_detail(&app, look, made.contract).await
}

/// A contract after something was added to it, with its own address.
async fn created_detail(app: &AppState, look: desk::Context, contract: ContractId) -> Result<Response> {
    let view = detail(app, look, contract).await?;
    Ok(created_version(&format!("{API}/contracts/{contract}"), view.version, &view))
}

async fn changed_detail(app: &AppState, look: desk::Context, contract: ContractId) -> Result<Response> {
    let view = detail(app, look, contract).await?;
    Ok(versioned(view.version, &view))
}

async fn read(State(app): State<AppState>, caller: ApiCaller, At(id): At<ContractId>) -> Result<Response> {
    changed_detail(&app, caller.context(), id).await
}

async fn change(
    State(app): State<AppState>,
    At(contract): At<ContractId>,
    call: Call<ContractChange>,
) -> Result<Response> {
    let (look, version) = (call.look(), Some(call.version()?));
    let ContractChange { number, vendor, name, currency, zone, starts_on, ends_on, notice, renews_for } =
        call.told;
    let command = ChangeContract {
        contract,
        version,
        number,
        vendor,
        name,
        currency,
        zone,
        starts_on,
        ends_on,
        notice,
        renews_for,
    };
    app.desk.execute(call.ctx, command).await?;
    changed_detail(&app, look, contract).await
}

async fn lines(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(contract): At<ContractId>,
) -> Result<Json<Listed<LineView>>> {
    Ok(Listed::whole(detail(&app, caller.context(), contract).await?.lines))
}

async fn add_line(
    State(app): State<AppState>,
    At(contract): At<ContractId>,
    call: Call<OrderLineSent>,
) -> Result<Response> {
    let look = call.look();
    let sent = call.told;
    if sent.number == Some(0) {
        return Err(Problem::field(
            "number",
            "order lines are numbered from 1; leave it out for the next one",
        ));
    }
    let new = NewOrderLine {
        number: sent.number.unwrap_or_default(),
        purchase_order: sent.purchase_order.unwrap_or_default(),
        description: sent.description.unwrap_or_default(),
        licence: sent.licence,
        packs: sent.packs,
        pack_size: sent.pack_size.unwrap_or(1),
        term: sent.term,
        unit_price: sent.unit_price,
        starts_on: sent.starts_on,
        ends_on: sent.ends_on,
    };
    app.desk.execute(call.ctx, AddOrderLine { contract, new }).await?;
    created_detail(&app, look, contract).await
}

async fn change_line(
    State(app): State<AppState>,
    At2(contract, line): At2<ContractId, OrderLineId>,
    call: Call<OrderLineChange>,
) -> Result<Response> {
    let (look, version) = (call.look(), Some(call.version()?));
    let sent = call.told;
    let command = ChangeOrderLine {
        contract,
        line,
        version,
        number: sent.number,
        purchase_order: sent.purchase_order,
        description: sent.description,
        licence: sent.licence,
        packs: sent.packs,
        pack_size: sent.pack_size,
        term: sent.term,
        unit_price: sent.unit_price,
        starts_on: sent.starts_on,
        ends_on: sent.ends_on,
    };
    app.desk.execute(call.ctx, command).await?;
    changed_detail(&app, look, contract).await
}

async fn end_line(
    State(app): State<AppState>,
    At2(contract, line): At2<ContractId, OrderLineId>,
    call: Call<LineEnd>,
) -> Result<Response> {
    let look = call.look();
    let LineEnd { ends_on, because } = call.told;
    app.desk.execute(call.ctx, EndOrderLine { contract, line, version: None, ends_on, because }).await?;
    changed_detail(&app, look, contract).await
}

async fn documents(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(contract): At<ContractId>,
) -> Result<Json<Listed<DocumentView>>> {
    Ok(Listed::whole(detail(&app, caller.context(), contract).await?.documents))
}

async fn content(
    State(app): State<AppState>,
    caller: ApiCaller,
    At2(contract, id): At2<ContractId, ContractDocumentId>,
) -> Result<Response> {
    let document = app.desk.ask(caller.context(), ContractDocumentOf { contract, id }).await?;
    let content = app.attachments.get(document.sha256).await?;
    Ok(download(&document.name, &document.content_type, content))
}

async fn attach(
    State(app): State<AppState>,
    At(contract): At<ContractId>,
    request: Request,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    must_show_credentials(&parts, &app).await?;
    let mut caller = None;
    let sent = receive(&app, contract, &parts, body, &mut caller).await;
    let (caller, command) = match (caller, sent) {
        (Some(caller), sent) => (caller, sent?),
        // Who they are, and whether there is such a contract for them, comes before what is wrong with what they send.
        (None, sent) => {
            let caller = ApiCaller::of(&parts, &app, None).await?;
            detail(&app, caller.context(), contract).await?;
            (caller, sent?)
        }
    };
    let mut ctx = caller.context();
    ctx.idempotency =
        idempotency(&parts, &[command.name.as_bytes(), command.content_type.as_bytes(), &command.sha256])?;
    app.desk.execute(ctx, command).await?;
    created_detail(&app, caller.context(), contract).await
}

/// Reads the form, and who sends it as soon as that can be known; keeps the file.
async fn receive(
    app: &AppState,
    contract: ContractId,
    parts: &http::request::Parts,
    body: Body,
    caller: &mut Option<ApiCaller>,
) -> Result<AttachContractDocument> {
    let form = Multipart::from_request(Request::from_parts(parts.clone(), body), app).await;
    let mut form = form.map_err(|_| {
        Problem::new(Kind::MediaType, "Send the document as `multipart/form-data`, in a part named `file`.")
    })?;
    let mut external: Option<ExternalIdentity> = None;
    while let Some(part) = form.next_field().await.map_err(unreadable)? {
        match part.name().unwrap_or_default() {
            "external_identity" => {
                let text = part.text().await.map_err(unreadable)?;
                let identity = serde_json::from_str(&text);
                external =
                    Some(identity.map_err(|error| Problem::field("external_identity", error.to_string()))?);
            }
            "file" => {
                let known = caller.insert(ApiCaller::of(parts, app, external).await?);
                detail(app, known.context(), contract).await?;
                let name = part.file_name().unwrap_or_default().to_owned();
                let content_type = part.content_type().unwrap_or_default().to_owned();
                let content = part.bytes().await.map_err(unreadable)?;
                if content.len() > FILE_LIMIT {
                    return Err(too_large());
                }
                let size = content.len() as u64;
                let sha256 = app.attachments.put(content).await?;
                return Ok(AttachContractDocument { contract, name, content_type, size, sha256 });
            }
            other => {
                let shown: String = other.chars().take(60).collect();
                return Err(Problem::field(&shown, "is not a part of this form; leave it out"));
            }
        }
    }
    Err(Problem::field("file", "is missing; send it as the last part"))
}

async fn export(State(app): State<AppState>, caller: ApiCaller) -> Result<Response> {
    let rows = app.desk.ask(caller.context(), ExportContracts).await?;
    Ok(file(sheet::write(&rows)))
}

/// A file of contracts, to be saved.
pub(crate) fn file(content: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, sheet::MEDIA_TYPE),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contracts.csv\""),
    ];
    (headers, content).into_response()
}

async fn import(
    State(app): State<AppState>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<ImportReport>> {
    // Whether they may know of contracts comes before what is wrong with what they send.
    app.desk.ask(caller.context(), ContractList { after: None, limit: 1 }).await?;
    let (mut parts, body) = request.into_parts();
    let asked =
        <Asked as axum::extract::FromRequestParts<AppState>>::from_request_parts(&mut parts, &app).await?;
    let dry_run = asked.read(|query| Some(query.optional::<bool>("dry_run", "true or false")))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("text/csv") {
        return Err(Problem::new(
            Kind::MediaType,
            "The body must be a CSV file: send `Content-Type: text/csv`.",
        ));
    }
    let bytes = super::body::bytes(&parts, body, crate::router::BODY_LIMIT).await?;
    let rows = sheet::read(&bytes).map_err(|error| Problem::field("file", error.to_string()))?;
    if dry_run.unwrap_or_default() {
        return Ok(Json(app.desk.ask(caller.context(), PreviewContracts { rows }).await?));
    }
    let mut ctx = caller.context();
    ctx.idempotency = idempotency(&parts, &[&bytes])?;
    Ok(Json(app.desk.execute(ctx, ImportContracts { rows }).await?))
}
