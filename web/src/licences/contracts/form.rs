//! Adding a contract as it stands on paper, and changing one.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    contract::{AddContract, ChangeContract, ContractDetail, ContractDetailView},
};
use domain::{
    ContractId,
    contract::{NewContract, Notice, RecurringTerm},
    identity::Capability,
};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{TERMS, Typed, field_of, room, today, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    routes,
    ui::{self, Field, Icon, Input, icon},
    words::{key, said, say, t},
    wrong::Wrong,
};

const FIELDS: [&str; 10] = [
    "number",
    "vendor",
    "name",
    "currency",
    "zone",
    "starts_on",
    "ends_on",
    "notice_days",
    "notice",
    "renews_for",
];

pub(super) const DAY: &str = key!("Write a day such as 2026-12-31.");

fn fields(values: &Typed, wrong: &Wrong) -> Markup {
    let field = |name, label| field_of(values, wrong, name, label);
    let renewals: Vec<_> = std::iter::once(("", t!("It does not: it ends"))).chain(said(TERMS)).collect();
    html! {
        (wrong.summary(&FIELDS))
        div.pair {
            (ui::field(&Field { hint: t!("As it stands on the contract."), ..field("number", t!("Number")) }))
            (ui::field(&Field { hint: t!("With whom it was made."), ..field("vendor", t!("Vendor")) }))
        }
        (ui::field(&Field { hint: t!("What it is about, for example \"Service desk licences\"."), ..field("name", t!("Name")) }))
        div.pair {
            (ui::field(&Field { hint: t!("Three letters, for example EUR."), ..field("currency", t!("Currency")) }))
            (ui::field(&Field { hint: t!("Where its days end at midnight, for example Europe/Berlin."), ..field("zone", t!("Time zone")) }))
        }
        div.pair {
            (ui::field(&Field { input: Input::Line("date"), ..field("starts_on", t!("First day")) }))
            (ui::field(&Field { input: Input::Line("date"), required: false, hint: t!("Empty: without end."), ..field("ends_on", t!("Last day")) }))
        }
        div.pair {
            (ui::field(&Field { input: Input::Line("number"), required: false, hint: t!("Days before the end."), ..field("notice_days", t!("Notice period")) }))
            (ui::field(&Field { input: Input::Line("date"), required: false, hint: t!("Or the last day to give it."), ..field("notice", t!("Notice by")) }))
        }
        (ui::field(&Field { input: Input::Choice(&renewals), required: false, ..field("renews_for", t!("Renews itself unless notice is given")) }))
    }
}

fn draw(reader: &Reader, contract: Option<(ContractId, u64)>, values: &Typed, wrong: &Wrong) -> Response {
    let (title, sentence, action, back, button) = match contract {
        None => (
            t!("Add a contract"),
            t!("As it stands on paper. Its order lines come next."),
            "/licences/contracts".to_owned(),
            ("/licences/contracts".to_owned(), t!("Contracts")),
            t!("Add the contract"),
        ),
        Some((id, _)) => (
            t!("Change the contract"),
            t!("What was is kept in the audit log."),
            format!("{}/edit", routes::contract(id)),
            (routes::contract(id), t!("The contract")),
            t!("Save the contract"),
        ),
    };
    let main = html! {
        a.back href=(back.0) { (icon(Icon::Left)) (back.1) }
        (ui::page_head(title, sentence, &html! {}))
        (ui::panel(t!("Contract"), &html! {}, &html! { div.panel-body {
            form.form method="post" action=(action) {
                (ui::csrf_field(reader.csrf()))
                @if let Some((_, version)) = contract { input type="hidden" name="version" value=(version); }
                (fields(values, wrong))
                div { button.button.main { (button) } }
            }
        } }))
    };
    reader.page_with(wrong.status(), title, &room(reader, &main))
}

pub(super) async fn new(reader: Reader) -> PageResult {
    reader.require(Capability::LicenceManage)?;
    let zone = reader.clock().zone.iana_name().unwrap_or("UTC").to_owned();
    let values = Typed::from([
        ("currency".to_owned(), "EUR".to_owned()),
        ("zone".to_owned(), zone),
        ("starts_on".to_owned(), today(&reader).to_string()),
    ]);
    Ok(draw(&reader, None, &values, &Wrong::nothing()))
}

/// A day that may be left empty.
pub(super) fn perhaps_day(values: &Typed, name: &str, wrong: &mut Wrong) -> Option<Date> {
    let text = typed(values, name).trim();
    let day = text.parse().ok();
    if day.is_none() && !text.is_empty() {
        wrong.add(name, say(DAY));
    }
    day
}

/// A day that must be there.
pub(super) fn a_day(values: &Typed, name: &str, wrong: &mut Wrong) -> Option<Date> {
    let day = typed(values, name).trim().parse().ok();
    if day.is_none() {
        wrong.add(name, say(DAY));
    }
    day
}

fn understood(values: &Typed) -> Result<NewContract, Wrong> {
    let mut wrong = Wrong::nothing();
    let currency = typed(values, "currency").parse();
    let currency = currency
        .map_err(|error: domain::contract::UnknownCurrency| wrong.add("currency", format!("{error}.")))
        .ok();
    let starts_on = a_day(values, "starts_on", &mut wrong);
    let ends_on = perhaps_day(values, "ends_on", &mut wrong);
    let by = perhaps_day(values, "notice", &mut wrong).map(Notice::By);
    let days = match typed(values, "notice_days").trim() {
        "" => None,
        text => {
            let days = text.parse().ok().map(Notice::Days);
            if days.is_none() {
                wrong.add("notice_days", t!("Write a whole number of days."));
            }
            days
        }
    };
    if by.is_some() && days.is_some() {
        wrong.add("notice", t!("Say the notice in days or as a day, not both."));
    }
    let renews_for = match typed(values, "renews_for") {
        "" => None,
        text => RecurringTerm::parse(text),
    };
    match (currency, starts_on) {
        (Some(currency), Some(starts_on)) if wrong.is_empty() => Ok(NewContract {
            number: typed(values, "number").to_owned(),
            vendor: typed(values, "vendor").to_owned(),
            name: typed(values, "name").to_owned(),
            currency,
            zone: typed(values, "zone").to_owned(),
            starts_on,
            ends_on,
            notice: by.or(days),
            renews_for,
        }),
        _ => Err(wrong),
    }
}

pub(super) async fn add(
    State(app): State<AppState>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::LicenceManage)?;
    let new = match understood(&values) {
        Ok(new) => new,
        Err(wrong) => return Ok(draw(&reader, None, &values, &wrong)),
    };
    match app.desk.execute(reader.ctx(), AddContract { new }).await {
        Ok(made) => Ok(see(&routes::contract(made.contract))),
        Err(refused) => Ok(draw(&reader, None, &values, &Wrong::of(refused)?)),
    }
}

/// The contract of a page that changes it, for somebody who may.
pub(super) async fn changed(
    app: &AppState,
    reader: &Reader,
    contract: &str,
) -> PageResult<ContractDetailView> {
    reader.require(Capability::LicenceManage)?;
    let contract = contract.parse().map_err(|_| Refused::NotFound("contract"))?;
    Ok(app.desk.ask(reader.ctx(), ContractDetail { contract }).await?)
}

pub(super) async fn edit(
    State(app): State<AppState>,
    reader: Reader,
    Path(contract): Path<String>,
) -> PageResult {
    let view = changed(&app, &reader, &contract).await?;
    let summary = &view.summary;
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (days, by) = match summary.notice {
        Some(Notice::Days(days)) => (days.to_string(), None),
        Some(Notice::By(by)) => (String::new(), Some(by)),
        None => (String::new(), None),
    };
    let values = [
        ("number", summary.number.clone()),
        ("vendor", summary.vendor.clone()),
        ("name", summary.name.clone()),
        ("currency", summary.currency.to_string()),
        ("zone", summary.zone.clone()),
        ("starts_on", summary.starts_on.to_string()),
        ("ends_on", day(summary.ends_on)),
        ("notice_days", days),
        ("notice", day(by)),
        ("renews_for", summary.renews_for.map(|term| term.to_string()).unwrap_or_default()),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(draw(&reader, Some((summary.id, view.version)), &values, &Wrong::nothing()))
}

pub(super) async fn change(
    State(app): State<AppState>,
    Path(contract): Path<String>,
    Posted { reader, form: values }: Posted<Typed>,
) -> PageResult {
    let id = changed(&app, &reader, &contract).await?.summary.id;
    let version: u64 = typed(&values, "version").parse().unwrap_or_default();
    let again = |wrong: &Wrong| draw(&reader, Some((id, version)), &values, wrong);
    let new = match understood(&values) {
        Ok(new) => new,
        Err(wrong) => return Ok(again(&wrong)),
    };
    let change = ChangeContract {
        contract: id,
        version: Some(version),
        number: Some(new.number),
        vendor: Some(new.vendor),
        name: Some(new.name),
        currency: Some(new.currency),
        zone: Some(new.zone),
        starts_on: Some(new.starts_on),
        ends_on: Some(new.ends_on),
        notice: Some(new.notice),
        renews_for: Some(new.renews_for),
    };
    match app.desk.execute(reader.ctx(), change).await {
        Ok(_) => Ok(see(&routes::contract(id))),
        Err(refused) => Ok(again(&Wrong::of(refused)?)),
    }
}
