//! Tokens and their holders, the line, and the people who may take tokens.

use desk::licence::{EntitledPerson, LicenceDetailView, Page, QueueEntryView, TokenView};
use domain::licence::{LeaseState, Priority};
use maud::{Markup, html};

use super::{
    detail::{Opened, form_of},
    words,
};
use crate::{
    page::Reader,
    ui::{self, Field, Input, Tone},
    words::{t, th},
};

/// Who holds which token.
pub(super) fn tokens(reader: &Reader, detail: &LicenceDetailView, opened: &Opened<'_>) -> Markup {
    let clock = reader.clock();
    let body = html! {
        @if detail.tokens.is_empty() {
            p.panel-body.soft { (t!("No token is held. One is taken at somebody's first licensed act, never by looking.")) }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Holder")) } th.num scope="col" { (t!("Token")) } th scope="col" { (t!("State")) } th scope="col" { (t!("Since")) }
                    th scope="col" { (t!("Taken by")) } th scope="col" { (t!("Free if silent")) }
                    @if opened.may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
                } }
                tbody { @for token in &detail.tokens {
                    tr {
                        td.lead { a href={ "/licences/people/" (token.holder.id) } { (ui::who(&token.holder.name, "")) } }
                        td.num data-label=(t!("Token")) { (token.token) }
                        td data-label=(t!("State")) {
                            span {
                                (state(token, reader))
                                @if token.overdrawn { " " (ui::chip(Tone::Bad, t!("overdraft"))) }
                                @if let Some(whom) = &token.recalled_for {
                                    " " span.quiet { (t!("goes to {name}", name = whom.name)) }
                                }
                            }
                        }
                        td data-label=(t!("Since")) { (ui::time(token.since, clock)) }
                        td data-label=(t!("Taken by")) { (words::cause(&token.taken_by)) }
                        td data-label=(t!("Free if silent")) { (ui::time(token.expires_at, clock)) }
                        @if opened.may_change {
                            td data-label="" { (release(reader, detail, &token.holder.id.to_string(), &token.holder.name, opened)) }
                        }
                    }
                } }
            } }
        }
    };
    ui::panel(t!("Tokens"), &html! { (ui::chip(Tone::Plain, t!("live"))) }, &body)
}

fn state(token: &TokenView, reader: &Reader) -> Markup {
    let clock = reader.clock();
    let chip = |tone, word| ui::chip(tone, word);
    html! {
        @match token.state {
            LeaseState::Idle => {
                (chip(Tone::Warn, t!("idle"))) " "
                span.quiet { (words::lasting(token.last_active_at.duration_until(clock.now))) }
            }
            LeaseState::Lingering => { (chip(Tone::Plain, t!("given back"))) " " span.quiet { (t!("kept for them")) } }
            LeaseState::Borrowed => {
                (chip(Tone::Accent, t!("borrowed")))
                @if let Some(until) = token.borrowed_until { " " span.quiet { (th!("due back {when}", when = ui::time(until, clock))) } }
            }
            _ => (chip(Tone::Ok, t!("active"))),
        }
    }
}

fn release(
    reader: &Reader,
    detail: &LicenceDetailView,
    person: &str,
    name: &str,
    opened: &Opened<'_>,
) -> Markup {
    let open = opened.is("release", "person", person);
    html! {
        details.more open[open] {
            summary { (t!("Take it away")) span.unseen { " " (t!("from {name}", name)) } }
            (form_of(reader, detail, "release", &html! {
                input type="hidden" name="person" value=(person);
                @if open { (opened.wrong.summary(&[])) }
                (because(person, t!("Why the token is taken away"), opened, open))
            }, "danger", t!("Take the token away")))
        }
    }
}

/// The reason of an act that takes something away; kept with the record.
pub(super) fn because(id: &str, label: &str, opened: &Opened<'_>, open: bool) -> Markup {
    let id = format!("because-{id}");
    let error = opened.wrong.at("because").filter(|_| open);
    html! {
        div.field.wrong[error.is_some()] {
            label for=(id) { (label) }
            input.input id=(id) name="because" required value=(if open { opened.typed("because") } else { "" }) maxlength="2000";
            @if let Some(error) = error { p.field-error { (ui::icon(ui::Icon::Wrong)) span { (error) } } }
        }
    }
}

pub(super) fn queue_head() -> Markup {
    html! { thead { tr {
        th scope="col" { (t!("Who")) } th.num scope="col" { (t!("Place")) } th scope="col" { (t!("Licence")) } th scope="col" { (t!("To do")) }
        th scope="col" { (t!("Offer")) } th.num scope="col" { (t!("Waiting")) }
    } } }
}

pub(super) fn queue_rows(reader: &Reader, licence: &str, queue: &[QueueEntryView]) -> Markup {
    let now = reader.now();
    html! {
        @for entry in queue {
            tr {
                td.lead { a href={ "/licences/people/" (entry.person.id) } { (ui::who(&entry.person.name, "")) } }
                td.num data-label=(t!("Place")) {
                    span { (entry.place) @if entry.priority == Priority::Major { " " (ui::chip(Tone::Bad, t!("major"))) } }
                }
                td data-label=(t!("Licence")) { (licence) }
                td data-label=(t!("To do")) { code { (entry.wanted_for) } }
                td data-label=(t!("Offer")) {
                    @match entry.offer {
                        Some(offer) => (ui::chip(Tone::Accent, &t!("token {token}, {lasting} left", token = offer.token, lasting = words::lasting(now.duration_until(offer.until))))),
                        None => span.quiet { (t!("not yet")) },
                    }
                }
                td.num data-label=(t!("Waiting")) { (words::lasting(entry.since.duration_until(now))) }
            }
        }
    }
}

/// The line for one licence.
pub(super) fn queue(reader: &Reader, detail: &LicenceDetailView) -> Markup {
    let body = html! {
        @if detail.queue.is_empty() {
            p.panel-body.soft { (t!("Nobody waits.")) }
        } @else {
            div.table-scroll { table.table.fold-phone {
                (queue_head())
                tbody { (queue_rows(reader, &detail.summary.name, &detail.queue)) }
            } }
        }
    };
    ui::panel(t!("In line"), &html! {}, &body)
}

/// Who may take tokens.
pub(super) fn entitled(
    reader: &Reader,
    detail: &LicenceDetailView,
    people: &Page<EntitledPerson>,
    opened: &Opened<'_>,
) -> Markup {
    let body = html! {
        @if opened.may_change {
            div.panel-body { details.more open[opened.form == "entitle"] {
                summary { (ui::icon(ui::Icon::Plus)) (t!("Entitle people")) }
                (form_of(reader, detail, "entitle", &html! {
                    @if opened.form == (t!("entitle")) { (opened.wrong.summary(&["people"])) }
                    (ui::field(&Field {
                        input: Input::Area,
                        value: opened.typed("people"),
                        error: opened.wrong.at("people"),
                        hint: t!("Their e-mail addresses, one in a line."),
                        ..Field::new("people", t!("Whom"))
                    }))
                }, "main", t!("Entitle them")))
            } }
        }
        @if people.items.is_empty() {
            p.panel-body.soft { (t!("Nobody may take a token yet.")) }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Who")) } th scope="col" { (t!("Job")) } th scope="col" { (t!("Since")) }
                    @if opened.may_change { th scope="col" { span.unseen { (t!("Acts")) } } }
                } }
                tbody { @for entitled in &people.items {
                    tr {
                        td.lead { a href={ "/licences/people/" (entitled.person.id) } { (ui::who(&entitled.person.name, &entitled.email)) } }
                        td data-label=(t!("Job")) { (entitled.title) @if !entitled.active { " " (ui::chip(Tone::Warn, t!("left"))) } }
                        td data-label=(t!("Since")) { (ui::time(entitled.since, reader.clock())) }
                        @if opened.may_change {
                            td data-label="" {
                                (ui::act(&format!("/licences/{}/end", detail.summary.id), reader.csrf(), &[("person", &entitled.person.id.to_string())], None, "bare", t!("End it")))
                            }
                        }
                    }
                } }
            } }
            @if let Some(next) = &people.next {
                (ui::pager(None, Some(&format!("/licences/{}?people={}#entitled", detail.summary.id, crate::routes::query_value(next))), ""))
            }
        }
    };
    html! { div id="entitled" { (ui::panel(t!("Entitled"), &html! { (ui::chip(Tone::Plain, &detail.summary.entitled.to_string())) }, &body)) } }
}
