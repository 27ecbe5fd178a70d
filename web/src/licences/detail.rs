//! One licence with everybody on it, and the acts that change it.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    Refused,
    licence::{Denials, EntitledPeople, HoldersAt, LicenceDetail, LicenceDetailView, LicenceSeats, Page},
};
use domain::{LicenceId, Timestamp, identity::Capability, licence::Metric};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Typed, denials, passes, picker, pools::pool, room, seats, tokens, typed, usage, words};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, Field, Icon, Input, Tone, icon},
    words::t,
    wrong::Wrong,
};

/// Rows of the tables on this page.
const ROWS: u32 = 50;

/// Where in the longer tables.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    seats: Option<String>,
    people: Option<String>,
    denials: Option<String>,
    /// How far back the use is shown.
    range: Option<String>,
    /// The moment whose holders are shown.
    at: Option<String>,
}

/// The form that was sent and refused, if one was: it stands open, with what was typed.
pub(super) struct Opened<'o> {
    /// Which form.
    pub(super) form: &'o str,
    /// What was typed.
    pub(super) values: &'o Typed,
    /// What is wrong with it.
    pub(super) wrong: &'o Wrong,
    /// Whether the reader changes licences at all.
    pub(super) may_change: bool,
}

impl Opened<'_> {
    /// What was typed into a field of the form that was refused.
    pub(super) fn typed(&self, name: &str) -> &str {
        typed(self.values, name)
    }

    /// Whether it is this form, for this one.
    pub(super) fn is(&self, form: &str, name: &str, value: &str) -> bool {
        self.form == form && self.typed(name) == value
    }
}

/// A form that changes this licence.
pub(super) fn form_of(
    reader: &Reader,
    detail: &LicenceDetailView,
    act: &str,
    fields: &Markup,
    class: &str,
    words: &str,
) -> Markup {
    html! {
        form.form method="post" action={ "/licences/" (detail.summary.id) "/" (act) } {
            (ui::csrf_field(reader.csrf()))
            (fields)
            div { button class={ "button " (class) } { (words) } }
        }
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(licence): Path<String>,
    Query(place): Query<Place>,
) -> PageResult<Response> {
    let id = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    draw(&app, &reader, id, place, ("", &Typed::new(), &Wrong::nothing())).await
}

/// The same page after an act was refused.
pub(super) async fn again(
    app: &AppState,
    reader: &Reader,
    id: LicenceId,
    form: &str,
    values: &Typed,
    wrong: &Wrong,
) -> PageResult {
    draw(app, reader, id, Place::default(), (form, values, wrong)).await
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    id: LicenceId,
    place: Place,
    (form, values, wrong): (&str, &Typed, &Wrong),
) -> PageResult {
    let may_change = reader.may(Capability::LicenceManage);
    let opened = Opened { form, values, wrong, may_change };
    let detail = app.desk.ask(reader.ctx(), LicenceDetail { licence: id }).await?;
    let people = match detail.summary.metric {
        Metric::Exclusive if may_change => picker::offered(app, reader).await?,
        _ => Vec::new(),
    };
    let since = words::today(reader.clock());
    let denials = Denials { licence: id, since, after: place.denials, limit: ROWS };
    let denials = app.desk.ask(reader.ctx(), denials).await?;
    let body = match detail.summary.metric {
        Metric::Exclusive => {
            let page = match place.seats {
                None => Page { items: detail.seats.items.clone(), next: detail.seats.next.clone() },
                after => app.desk.ask(reader.ctx(), LicenceSeats { licence: id, after, limit: 200 }).await?,
            };
            seats::seats(reader, &detail, &page, &people, &opened)
        }
        Metric::Concurrent => {
            let range = usage::Range::named(place.range.as_deref());
            let used = app.desk.ask(reader.ctx(), range.asks(id, reader.now())).await?;
            let at: Option<Timestamp> = place.at.as_deref().and_then(|at| at.parse().ok());
            let held = match at {
                Some(at) => Some((at, app.desk.ask(reader.ctx(), HoldersAt { licence: id, at }).await?)),
                None => None,
            };
            let entitled = EntitledPeople { licence: id, after: place.people, limit: ROWS };
            let entitled = app.desk.ask(reader.ctx(), entitled).await?;
            html! {
                (usage::whole(reader, &usage::Used { detail: &detail, view: &used, range }))
                @if let Some((at, held)) = &held { (usage::holders(reader, *at, held)) }
                (tokens::tokens(reader, &detail, &opened))
                (tokens::queue(reader, &detail))
                (tokens::entitled(reader, &detail, &entitled, &opened))
            }
        }
        Metric::DayPass => {
            let entitled = EntitledPeople { licence: id, after: place.people, limit: ROWS };
            let entitled = app.desk.ask(reader.ctx(), entitled).await?;
            html! {
                (passes::passes(reader, &detail))
                (tokens::entitled(reader, &detail, &entitled, &opened))
            }
        }
        Metric::Requester => ui::notice(
            Tone::Plain,
            &html! { (t!("Everybody raises, follows and answers their own tickets, without a seat and without being counted.")) },
            &html! {},
        ),
    };
    let refused: Vec<_> =
        denials.items.into_iter().map(|denial| (detail.summary.name.clone(), denial)).collect();
    let summary = &detail.summary;
    let term = words::term(summary, reader.clock());
    let acts = html! {
        @if let Some((tone, words)) = &term { (ui::chip(*tone, words)) }
        a.button href={ "/licences/" (id) "/rules" } { (icon(Icon::Gear)) (t!("Rules")) }
    };
    let until = summary.ends_at.map_or_else(
        || t!("without end").to_owned(),
        |end| t!("to {date}", date = words::date(end, reader.clock().zone)),
    );
    let sentence = t!(
        "{product} · {metric} · {amount} · from {date} {until}",
        product = summary.product,
        metric = words::metric(summary.metric, summary.module),
        amount = amount(&detail),
        date = words::date(summary.starts_at, reader.clock().zone),
        until
    );
    let main = html! {
        a.back href="/licences" { (icon(Icon::Left)) (t!("Licences")) }
        (ui::page_head(&summary.name, &sentence, &acts))
        div.stack id="licence" data-live-topic={ "licence:" (id) } {
            (ui::panel(t!("Now"), &html! { (ui::chip(Tone::Plain, t!("live"))) div.end { (ui::pool_legend()) } }, &pool(reader, &detail)))
            (body)
            (ui::panel(t!("Refused today"), &html! {}, &html! {
                @if refused.is_empty() {
                    p.panel-body.soft { (t!("Nobody was refused today.")) }
                } @else {
                    (denials::table(reader, &refused))
                    (denials::legend())
                    @if let Some(next) = &denials.next {
                        (ui::pager(None, Some(&format!("/licences/{id}?denials={}", crate::routes::query_value(next))), ""))
                    }
                }
            }))
            @if may_change { (change(reader, &detail, &opened)) }
        }
    };
    Ok(reader.page_with(wrong.status(), &summary.name, &room(reader, &main)))
}

fn amount(detail: &LicenceDetailView) -> String {
    let quantity = detail.summary.quantity;
    match detail.summary.metric {
        Metric::Exclusive => t!("{quantity} seats", quantity),
        Metric::Concurrent => {
            t!("{quantity} tokens for {entitled} people", quantity, entitled = detail.summary.entitled)
        }
        Metric::DayPass => {
            t!("{quantity} passes for {entitled} people", quantity, entitled = detail.summary.entitled)
        }
        Metric::Requester => t!("free").to_owned(),
    }
}

fn change(reader: &Reader, detail: &LicenceDetailView, opened: &Opened<'_>) -> Markup {
    let summary = &detail.summary;
    let open = opened.form == "change";
    let quantity = summary.quantity.to_string();
    let value = |name: &str, now: &str| if open { opened.typed(name).to_owned() } else { now.to_owned() };
    let counted = summary.metric != Metric::Requester;
    let hint = match summary.metric {
        Metric::Concurrent => {
            t!("Fewer than are in use now throws nobody out: no new token is given until use falls below.")
        }
        _ => t!("Never fewer than are assigned."),
    };
    ui::panel(
        t!("Change"),
        &html! {},
        &html! { div.panel-body {
            details.more open[open] {
                summary { (icon(Icon::Gear)) (t!("Change name or quantity")) }
                (form_of(reader, detail, "change", &html! {
                    input type="hidden" name="version" value=(detail.version);
                    @if open { (opened.wrong.summary(&["name", "quantity"])) }
                    (ui::field(&Field { value: &value("name", &summary.name), error: opened.wrong.at("name").filter(|_| open), ..Field::new("name", t!("Name")) }))
                    @if counted {
                        (ui::field(&Field {
                            value: &value("quantity", &quantity),
                            input: Input::Line("number"),
                            hint,
                            error: opened.wrong.at("quantity").filter(|_| open),
                            ..Field::new("quantity", words::units(summary.metric))
                        }))
                    }
                }, "main", t!("Change the licence")))
            }
        } },
    )
}
