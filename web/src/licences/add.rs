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
    words::{key, said, t},
    wrong::Wrong,
};

const FIELDS: [&str; 7] = ["name", "product", "module", "metric", "quantity", "starts_at", "ends_at"];

const METRICS: [(&str, &str); 3] = [
    ("concurrent", key!("Concurrent: tokens that entitled people take in turn")),
    ("exclusive", key!("Exclusive: a seat for one person, theirs at any hour")),
    ("requester", key!("Requester: free and unlimited")),
];

const MODULES: [(&str, &str); 6] = [
    ("", key!("None: the base product")),
    ("change", key!("Changes")),
    ("problem", key!("Problem")),
    ("assets", key!("Assets")),
    ("reports", key!("Reports")),
    ("ai", key!("Assistants")),
];

pub(super) async fn form(reader: Reader) -> PageResult<Response> {
    reader.require(Capability::LicenceManage)?;
    let today = reader.now().to_zoned(reader.clock().zone.clone()).date().to_string();
    let values = Typed::from([
        ("product".to_owned(), t!("Service desk").to_owned()),
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
        a.back href="/licences" { (icon(Icon::Left)) (t!("Licences")) }
        (ui::page_head(t!("Add a licence"), t!("As it stands on the order."), &html! {}))
        (ui::panel(t!("Licence"), &html! {}, &html! { div.panel-body {
            form.form method="post" action="/licences" {
                (ui::csrf_field(reader.csrf()))
                (wrong.summary(&FIELDS))
                (ui::field(&Field { hint: t!("What people call it, for example \"Technicians\"."), ..field("name", t!("Name")) }))
                (ui::field(&field("product", t!("Product"))))
                (ui::field(&Field { input: Input::Choice(&said(MODULES)), required: false, ..field("module", t!("Module")) }))
                (ui::field(&Field { input: Input::Choice(&said(METRICS)), ..field("metric", t!("Counted as")) }))
                (ui::field(&Field { input: Input::Line("number"), hint: t!("Seats or tokens; 0 for requesters."), ..field("quantity", t!("Quantity")) }))
                (ui::field(&Field { input: Input::Line("date"), ..field("starts_at", t!("From")) }))
                (ui::field(&Field { input: Input::Line("date"), required: false, hint: t!("The first day after it. Empty: without end."), ..field("ends_at", t!("Until")) }))
                div { button.button.main { (t!("Add the licence")) } }
            }
        } }))
    };
    reader.page_with(wrong.status(), t!("Add a licence"), &room(reader, &main))
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
        name => Some(Module::parse(name).ok_or_else(|| wrong.add("module", t!("Choose a module.")))),
    };
    let metric = Metric::parse(typed(values, "metric"));
    if metric.is_none() {
        wrong.add("metric", t!("Choose how it is counted."));
    }
    let quantity = typed(values, "quantity").trim().parse().ok();
    if quantity.is_none() {
        wrong.add("quantity", t!("Write a whole number."));
    }
    let starts_at = words::day_begins(typed(values, "starts_at"), zone);
    if starts_at.is_none() {
        wrong.add("starts_at", t!("Write a date such as 2026-01-01."));
    }
    let end = typed(values, "ends_at").trim();
    let ends_at = words::day_begins(end, zone);
    if ends_at.is_none() && !end.is_empty() {
        wrong.add("ends_at", t!("Write a date such as 2027-01-01, or nothing."));
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
