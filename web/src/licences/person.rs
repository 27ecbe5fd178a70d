//! "Why am I consuming this?", for one person and any minute.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    Refused,
    licence::{ExplainHolding, HoldingExplained},
};
use domain::{PersonId, Timestamp, identity::Capability, licence::Hold};
use jiff::{civil::DateTime, tz::TimeZone};
use maud::{Markup, html};
use serde::Deserialize;

use super::{room, words};
use crate::{
    AppState,
    page::{PageResult, Reader, sentence},
    portal::{self, Here},
    ui::{self, EmployeeTab, Field, Icon, Input, icon},
    words::{t, th, told, told_word},
    wrong::Wrong,
};

/// Which minute.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    at: String,
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(person): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let person: PersonId = person.parse().map_err(|_| Refused::NotFound("person"))?;
    let zone = reader.clock().zone;
    let mut wrong = Wrong::nothing();
    let at = match asked.at.trim() {
        "" => None,
        text => {
            let at = moment(text, zone);
            if at.is_none() {
                wrong.add("at", t!("Choose a day and a time, such as 2026-03-02T09:30."));
            }
            at
        }
    };
    let explained = match app.desk.ask(reader.ctx(), ExplainHolding { person, at }).await {
        Ok(explained) => explained,
        // The future: said at the field, and now is shown.
        Err(refused @ Refused::Invalid(_)) => {
            wrong = Wrong::of(refused)?;
            app.desk.ask(reader.ctx(), ExplainHolding { person, at: None }).await?
        }
        Err(refused) => return Err(refused.into()),
    };
    let body = draw(&reader, person, &explained, at.is_some() && wrong.is_empty(), &wrong);
    let title = t!("{name}: why", name = explained.name);
    let page = if reader.may(Capability::LicenceRead) {
        let back = html! { a.back href="/licences" { (icon(Icon::Left)) (t!("Licences")) } };
        room(&reader, &html! { (back) (body) })
    } else {
        let back = html! { a.back href="/me" { (icon(Icon::Left)) (t!("Me")) } };
        let here = Here::at(EmployeeTab::Me, &title).with_status(wrong.status());
        return portal::page(&app, &reader, here, &html! { (back) div.stack { (body) } }).await;
    };
    Ok(reader.page_with(wrong.status(), &title, &page))
}

/// What somebody chose in the field: local time without a zone; or what a link of ours brings: an exact moment.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
    })
}

fn draw(
    reader: &Reader,
    person: PersonId,
    explained: &HoldingExplained,
    past: bool,
    wrong: &Wrong,
) -> Markup {
    let clock = reader.clock();
    let at = explained.explanation.at;
    let value = at.to_zoned(clock.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let when = if past { ui::exact(at, clock.zone) } else { t!("Now").to_owned() };
    html! {
        (ui::page_head(&explained.name, t!("What they hold, by which act, and why. Computed from what was recorded, for any minute."), &html! {}))
        (ui::panel(&when, &html! {}, &html! { div.panel-body.stack {
            p { (sentence(&explained.sentence)) }
            @for hold in &explained.explanation.holds { (held(reader, hold)) }
        } }))
        (ui::panel(t!("Another moment"), &html! {}, &html! { div.panel-body {
            form.form method="get" action={ "/licences/people/" (person) } {
                (wrong.summary(&["at"]))
                (ui::field(&Field {
                    input: Input::Line("datetime-local"),
                    value: &value,
                    error: wrong.at("at"),
                    hint: t!("By your own clock."),
                    ..Field::new("at", t!("Day and time"))
                }))
                div.inline {
                    button.button.main { (t!("Explain")) }
                    @if past { a.button href={ "/licences/people/" (person) } { (t!("Now")) } }
                }
            }
        } }))
    }
}

fn held(reader: &Reader, hold: &Hold) -> Markup {
    let clock = reader.clock();
    let rows = match hold {
        Hold::Seat { licence, name, number, since, origin, justification, .. } => vec![
            (
                t!("Seat"),
                html! { (th!("{n} of {licence}", n = number, licence = html! { a.link href={ "/licences/" (licence) } { bdi { (name) } } })) },
            ),
            (t!("Since"), html! { (ui::exact(*since, clock.zone)) }),
            (t!("Why"), html! { (justification) " " span.quiet { (words::origin(*origin)) } }),
        ],
        Hold::Token { licence, name, token, since, taken_by, idle_since, ended, .. } => {
            let mut rows = vec![
                (
                    t!("Token"),
                    html! { (th!("{n} of {licence}", n = token, licence = html! { a.link href={ "/licences/" (licence) } { bdi { (name) } } })) },
                ),
                (t!("Since"), html! { (ui::exact(*since, clock.zone)) }),
                (
                    t!("Taken by"),
                    html! {
                        (told_word(taken_by.action.rule().sentence)) " " code { (taken_by.action) } " " span.quiet { (taken_by.channel) }
                        @if let Some(ticket) = taken_by.ticket {
                            @if reader.may(Capability::TicketRead) { " " a.link href={ "/desk/t/" (ticket) } { (t!("the ticket")) } }
                        }
                    },
                ),
            ];
            if let Some(idle) = idle_since {
                rows.push((t!("Idle since"), html! { (ui::exact(*idle, clock.zone)) }));
            }
            if let Some((at, end)) = ended {
                rows.push((
                    t!("Ended"),
                    html! { (ui::exact(*at, clock.zone)) " " span.quiet { (told(end.as_str())) } },
                ));
            }
            rows
        }
    };
    ui::facts(&rows)
}
