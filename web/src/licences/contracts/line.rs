//! Adding an order line, changing one, ending one.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    contract::{AddOrderLine, ChangeOrderLine, ContractDetailView, EndOrderLine, LineView},
    licence::LicenceList,
};
use domain::{
    contract::{Currency, Money, NewOrderLine, RecurringTerm},
    licence::Metric,
};
use maud::{Markup, html};

use super::{
    TERMS, Typed, field_of,
    form::{a_day, changed, perhaps_day},
    room, typed,
};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    routes,
    ui::{self, Field, Icon, Input, icon},
    words::{said, t},
    wrong::Wrong,
};

const FIELDS: [&str; 9] = [
    "licence",
    "packs",
    "pack_size",
    "term",
    "unit_price",
    "starts_on",
    "ends_on",
    "purchase_order",
    "description",
];

/// The licences that can be bought, as choices.
async fn choices(app: &AppState, reader: &Reader) -> PageResult<Vec<(String, String)>> {
    let licences = app.desk.ask(reader.ctx(), LicenceList).await?;
    let bought = licences.into_iter().filter(|licence| licence.metric != Metric::Requester);
    Ok(bought
        .map(|licence| {
            (
                licence.id.to_string(),
                format!("{} ({})", licence.name, crate::words::told_word(licence.metric.as_str())),
            )
        })
        .collect())
}

fn fields(licences: &[(String, String)], currency: Currency, values: &Typed, wrong: &Wrong) -> Markup {
    let field = |name, label| field_of(values, wrong, name, label);
    let licences: Vec<(&str, &str)> =
        licences.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let price = t!("In {currency}, for one seat or token and one term, for example 480.00.", currency);
    html! {
        (wrong.summary(&FIELDS))
        (ui::field(&Field { input: Input::Choice(&licences), hint: t!("Several lines may feed one licence, each at its own price."), ..field("licence", t!("Licence")) }))
        div.pair {
            (ui::field(&Field { input: Input::Line("number"), ..field("packs", t!("Packs")) }))
            (ui::field(&Field { input: Input::Line("number"), hint: t!("Seats or tokens in each; 1 if bought one by one."), ..field("pack_size", t!("Pack size")) }))
        }
        div.pair {
            (ui::field(&Field { hint: &price, ..field("unit_price", t!("Price of one")) }))
            (ui::field(&Field { input: Input::Choice(&said(TERMS)), hint: t!("How often it is paid."), ..field("term", t!("Term")) }))
        }
        div.pair {
            (ui::field(&Field { input: Input::Line("date"), ..field("starts_on", t!("First day")) }))
            (ui::field(&Field { input: Input::Line("date"), required: false, hint: t!("Empty: as long as the contract."), ..field("ends_on", t!("Last day")) }))
        }
        (ui::field(&Field { required: false, ..field("purchase_order", t!("Purchase order")) }))
        (ui::field(&Field { required: false, hint: t!("What stands on the order."), ..field("description", t!("Description")) }))
    }
}

/// The page of a line: its form; for one that is there, another that ends it.
struct Page<'p> {
    view: &'p ContractDetailView,
    line: Option<&'p LineView>,
    licences: &'p [(String, String)],
}

impl Page<'_> {
    fn draw(&self, reader: &Reader, values: &Typed, wrong: &Wrong, ending: bool) -> Response {
        let nothing = Wrong::nothing();
        let (of_form, of_end) = if ending { (&nothing, wrong) } else { (wrong, &nothing) };
        let contract = &self.view.summary;
        let (title, action, button) = match self.line {
            None => (
                t!("Add an order line").to_owned(),
                format!("{}/lines", routes::contract(contract.id)),
                t!("Add the line"),
            ),
            Some(line) => (
                t!("Change line {n}", n = line.number),
                routes::order_line(contract.id, line.id),
                t!("Save the line"),
            ),
        };
        let main = html! {
            a.back href=(routes::contract(contract.id)) { (icon(Icon::Left)) (contract.number) }
            (ui::page_head(&title, &t!("{contract} with {vendor}", contract = contract.name, vendor = contract.vendor), &html! {}))
            (ui::panel(t!("Order line"), &html! {}, &html! { div.panel-body {
                form.form method="post" action=(action) {
                    (ui::csrf_field(reader.csrf()))
                    input type="hidden" name="version" value=(self.view.version);
                    (fields(self.licences, contract.currency, values, of_form))
                    div { button.button.main { (button) } }
                }
            } }))
            @if let Some(line) = self.line { (end_form(reader, contract.id, line, values, of_end)) }
        };
        reader.page_with(wrong.status(), &title, &room(reader, &main))
    }
}

fn end_form(
    reader: &Reader,
    contract: domain::ContractId,
    line: &LineView,
    values: &Typed,
    wrong: &Wrong,
) -> Markup {
    ui::panel(
        t!("End it"),
        &html! {},
        &html! { div.panel-body {
            form.form method="post" action={ (routes::order_line(contract, line.id)) "/end" } {
                (ui::csrf_field(reader.csrf()))
                (wrong.summary(&["last_day", "because"]))
                (ui::field(&Field { input: Input::Line("date"), hint: t!("From the day after on it gives nothing."), ..field_of(values, wrong, "last_day", t!("Last day")) }))
                (ui::field(&Field { input: Input::Area, hint: t!("A sentence; it stays in the audit log."), ..field_of(values, wrong, "because", t!("Why")) }))
                div { button.button.danger { (t!("End the line")) } }
            }
        } },
    )
}

pub(super) async fn new(
    State(app): State<AppState>,
    reader: Reader,
    Path(contract): Path<String>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let licences = choices(&app, &reader).await?;
    let values = [
        ("packs", "1".to_owned()),
        ("pack_size", "1".to_owned()),
        ("term", "yearly".to_owned()),
        ("starts_on", view.summary.starts_on.to_string()),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let page = Page { view: &view, line: None, licences: &licences };
    Ok(page.draw(&reader, &values, &Wrong::nothing(), false))
}

fn understood(values: &Typed, currency: Currency) -> Result<NewOrderLine, Wrong> {
    let mut wrong = Wrong::nothing();
    let mut number = |name: &str| {
        let number: Option<u32> = typed(values, name).trim().parse().ok();
        if number.is_none() {
            wrong.add(name, t!("Write a whole number."));
        }
        number
    };
    let (packs, pack_size) = (number("packs"), number("pack_size"));
    let licence = typed(values, "licence").parse().ok();
    if licence.is_none() {
        wrong.add("licence", t!("Choose a licence; add it first if it is not there."));
    }
    let term = RecurringTerm::parse(typed(values, "term"));
    if term.is_none() {
        wrong.add("term", t!("Choose how often it is paid."));
    }
    let price = Money::parse(currency, typed(values, "unit_price"));
    let price =
        price.map_err(|error| wrong.add("unit_price", crate::page::sentence(&error.to_string()))).ok();
    let starts_on = a_day(values, "starts_on", &mut wrong);
    let ends_on = perhaps_day(values, "ends_on", &mut wrong);
    match (packs, pack_size, licence, term, price, starts_on) {
        (Some(packs), Some(pack_size), Some(licence), Some(term), Some(price), Some(starts_on))
            if wrong.is_empty() =>
        {
            Ok(NewOrderLine {
                number: 0,
                purchase_order: typed(values, "purchase_order").to_owned(),
                description: typed(values, "description").to_owned(),
                licence,
                packs,
                pack_size,
                term,
                unit_price: price.amount,
                starts_on,
                ends_on,
            })
        }
        _ => Err(wrong),
    }
}

pub(super) async fn add(
    State(app): State<AppState>,
    Path(contract): Path<String>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let licences = choices(&app, &reader).await?;
    let page = Page { view: &view, line: None, licences: &licences };
    let new = match understood(&values, view.summary.currency) {
        Ok(new) => new,
        Err(wrong) => return Ok(page.draw(&reader, &values, &wrong, false)),
    };
    let contract = view.summary.id;
    match app.desk.execute(reader.ctx(), AddOrderLine { contract, new }).await {
        Ok(_) => Ok(see(&routes::contract(contract))),
        Err(refused) => Ok(page.draw(&reader, &values, &Wrong::of(refused)?, false)),
    }
}

/// The line of a page.
fn line_of<'v>(view: &'v ContractDetailView, line: &str) -> Result<&'v LineView, Refused> {
    let id = line.parse().map_err(|_| Refused::NotFound("order line"))?;
    view.lines.iter().find(|line| line.id == id).ok_or(Refused::NotFound("order line"))
}

fn as_it_stands(line: &LineView) -> Typed {
    let values = [
        ("licence", line.licence.id.to_string()),
        ("packs", line.packs.to_string()),
        ("pack_size", line.pack_size.to_string()),
        ("term", line.term.to_string()),
        ("unit_price", line.unit_price.plain()),
        ("starts_on", line.starts_on.to_string()),
        ("ends_on", line.ends_on.map(|day| day.to_string()).unwrap_or_default()),
        ("purchase_order", line.purchase_order.clone()),
        ("description", line.description.clone()),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) async fn edit(
    State(app): State<AppState>,
    reader: Reader,
    Path((contract, line)): Path<(String, String)>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let line = line_of(&view, &line)?;
    let licences = choices(&app, &reader).await?;
    let page = Page { view: &view, line: Some(line), licences: &licences };
    Ok(page.draw(&reader, &as_it_stands(line), &Wrong::nothing(), false))
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path((contract, line)): Path<(String, String)>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let line = line_of(&view, &line)?;
    let licences = choices(&app, &reader).await?;
    let page = Page { view: &view, line: Some(line), licences: &licences };
    let new = match understood(&values, view.summary.currency) {
        Ok(new) => new,
        Err(wrong) => return Ok(page.draw(&reader, &values, &wrong, false)),
    };
    let contract = view.summary.id;
    let change = ChangeOrderLine {
        purchase_order: Some(new.purchase_order),
        description: Some(new.description),
        licence: Some(new.licence),
        packs: Some(new.packs),
        pack_size: Some(new.pack_size),
        term: Some(new.term),
        unit_price: Some(new.unit_price),
        starts_on: Some(new.starts_on),
        ends_on: Some(new.ends_on),
        ..ChangeOrderLine::of(contract, line.id, typed(&values, "version").parse().ok())
    };
    match app.desk.execute(reader.ctx(), change).await {
        Ok(_) => Ok(see(&routes::contract(contract))),
        Err(refused) => Ok(page.draw(&reader, &values, &Wrong::of(refused)?, false)),
    }
}

pub(super) async fn end(
    State(app): State<AppState>,
    Path((contract, line)): Path<(String, String)>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let line = line_of(&view, &line)?;
    let licences = choices(&app, &reader).await?;
    let page = Page { view: &view, line: Some(line), licences: &licences };
    let mut all = as_it_stands(line);
    all.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
    let mut wrong = Wrong::nothing();
    let Some(ends_on) = a_day(&values, "last_day", &mut wrong) else {
        return Ok(page.draw(&reader, &all, &wrong, true));
    };
    let contract = view.summary.id;
    let because = typed(&values, "because").to_owned();
    let end = EndOrderLine { contract, line: line.id, version: None, ends_on, because };
    match app.desk.execute(reader.ctx(), end).await {
        Ok(_) => Ok(see(&routes::contract(contract))),
        Err(Refused::Invalid(fields)) => {
            for field in fields {
                let name = if field.field == "ends_on" { "last_day" } else { "because" };
                wrong.add(name, crate::page::sentence(&field.message));
            }
            Ok(page.draw(&reader, &all, &wrong, true))
        }
        Err(refused) => Ok(page.draw(&reader, &all, &Wrong::of(refused)?, true)),
    }
}
