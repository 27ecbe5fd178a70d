//! Adding a licence: what was bought, how it is counted, from when until when.

use axum::{extract::State, response::Response};
use desk::licence::{AddLicence, TermDates};
use domain::{
    identity::Capability,
    licence::{Metric, Module, PoolRules},
};
use maud::html;

use super::{Typed, room, typed, words};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Icon, Input, icon},
    wrong::Wrong,
};

const FIELDS: [&str; 7] = ["name", "product", "module", "metric", "quantity", "starts_at", "ends_at"];

const METRICS: [(&str, &str); 3] = [
    ("concurrent", "Concurrent: tokens that entitled people take in turn"),
    ("exclusive", "Exclusive: a seat for one person, theirs at any hour"),
    ("requester", "Requester: free and unlimited"),
];

const MODULES: [(&str, &str); 6] = [
    ("", "None: the base product"),
    ("change", "Change"),
    ("problem", "Problem"),
    ("assets", "Assets"),
    ("reports", "Reports"),
    ("ai", "Assistants"),
];

pub(super) async fn form(reader: Reader) -> PageResult<Response> {
    reader.require(Capability::LicenceManage)?;
    let today = reader.now().to_zoned(reader.clock().zone.clone()).date().to_string();
    let values = Typed::from([
        ("product".to_owned(), "Service desk".to_owned()),
        ("starts_at".to_owned(), today),
        ("quantity".to_owned(), "10".to_owned()),
    ]);
    Ok(draw(&reader, &values, &Wrong::nothing()))
}

fn draw(reader: &Reader, values: &Typed, wrong: &Wrong) -> Response {
    let field = |name: &'static str, label: &'static str| Field {
        value: typed(values, name),
        error: wrong.at(name),
        ..Field::new(name, label)
    };
    let main = html! {
        a.back href="/licences" { (icon(Icon::Left)) "Licences" }
        (ui::page_head("Add a licence", "As it stands on the order.", &html! {}))
        (ui::panel("Licence", &html! {}, &html! { div.panel-body {
            form.form method="post" action="/licences" {
                (ui::csrf_field(reader.csrf()))
                (wrong.summary(&FIELDS))
                (ui::field(&Field { hint: "What people call it, for example \"Technicians\".", ..field("name", "Name") }))
                (ui::field(&field("product", "Product")))
                (ui::field(&Field { input: Input::Choice(&MODULES), required: false, ..field("module", "Module") }))
                (ui::field(&Field { input: Input::Choice(&METRICS), ..field("metric", "Counted as") }))
                (ui::field(&Field { input: Input::Line("number"), hint: "Seats or tokens; 0 for requesters.", ..field("quantity", "Quantity") }))
                (ui::field(&Field { input: Input::Line("date"), ..field("starts_at", "From") }))
                (ui::field(&Field { input: Input::Line("date"), required: false, hint: "The first day after it. Empty: without end.", ..field("ends_at", "Until") }))
                div { button.button.main { "Add the licence" } }
            }
        } }))
    };
    reader.page_with(wrong.status(), "Add a licence", &room(reader, &main))
}

pub(super) async fn send(
    State(app): State<AppState>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::LicenceManage)?;
    let add = match understood(&reader, &values) {
        Ok(add) => add,
        Err(wrong) => return Ok(draw(&reader, &values, &wrong)),
    };
    match app.desk.execute(reader.ctx(), add).await {
        Ok(id) => Ok(see(&format!("/licences/{id}"))),
        Err(refused) => Ok(draw(&reader, &values, &Wrong::of(refused)?)),
    }
}

fn understood(reader: &Reader, values: &Typed) -> Result<AddLicence, Wrong> {
    let mut wrong = Wrong::nothing();
    let zone = reader.clock().zone;
    let module = match typed(values, "module") {
        "" => None,
        name => Some(Module::parse(name).ok_or_else(|| wrong.add("module", "Choose a module."))),
    };
    let metric = Metric::parse(typed(values, "metric"));
    if metric.is_none() {
        wrong.add("metric", "Choose how it is counted.");
    }
    let quantity = typed(values, "quantity").trim().parse().ok();
    if quantity.is_none() {
        wrong.add("quantity", "Write a whole number.");
    }
    let starts_at = words::day_begins(typed(values, "starts_at"), zone);
    if starts_at.is_none() {
        wrong.add("starts_at", "Write a date such as 2026-01-01.");
    }
    let end = typed(values, "ends_at").trim();
    let ends_at = words::day_begins(end, zone);
    if ends_at.is_none() && !end.is_empty() {
        wrong.add("ends_at", "Write a date such as 2027-01-01, or nothing.");
    }
    match (module.transpose(), metric, quantity, starts_at) {
        (Ok(module), Some(metric), Some(quantity), Some(starts_at)) if wrong.is_empty() => Ok(AddLicence {
            name: typed(values, "name").to_owned(),
            product: typed(values, "product").to_owned(),
            module,
            metric,
            quantity,
            term: TermDates { starts_at, ends_at },
            rules: PoolRules::default(),
        }),
        _ => Err(wrong),
    }
}
