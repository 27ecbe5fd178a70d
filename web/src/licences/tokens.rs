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
};

/// Who holds which token.
pub(super) fn tokens(reader: &Reader, detail: &LicenceDetailView, opened: &Opened<'_>) -> Markup {
    let clock = reader.clock();
    let body = html! {
        @if detail.tokens.is_empty() {
            p.panel-body.soft { "No token is held. One is taken at somebody's first licensed act, never by looking." }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { "Holder" } th.num scope="col" { "Token" } th scope="col" { "State" } th scope="col" { "Since" }
                    th scope="col" { "Taken by" } th scope="col" { "Free if silent" }
                    @if opened.may_change { th scope="col" { span.unseen { "Acts" } } }
                } }
                tbody { @for token in &detail.tokens {
                    tr {
                        td.lead { a href={ "/licences/people/" (token.holder.id) } { (ui::who(&token.holder.name, "")) } }
                        td.num data-label="Token" { (token.token) }
                        td data-label="State" {
                            span {
                                (state(token, reader))
                                @if token.overdrawn { " " (ui::chip(Tone::Bad, "overdraft")) }
                                @if let Some(whom) = &token.recalled_for {
                                    " " span.quiet { "goes to " (whom.name) }
                                }
                            }
                        }
                        td data-label="Since" { (ui::time(token.since, clock)) }
                        td data-label="Taken by" { (words::cause(&token.taken_by)) }
                        td data-label="Free if silent" { (ui::time(token.expires_at, clock)) }
                        @if opened.may_change {
                            td data-label="" { (release(reader, detail, &token.holder.id.to_string(), &token.holder.name, opened)) }
                        }
                    }
                } }
            } }
        }
    };
    ui::panel("Tokens", &html! { (ui::chip(Tone::Plain, "live")) }, &body)
}

fn state(token: &TokenView, reader: &Reader) -> Markup {
    let clock = reader.clock();
    let chip = |tone, word| ui::chip(tone, word);
    html! {
        @match token.state {
            LeaseState::Idle => {
                (chip(Tone::Warn, "idle")) " "
                span.quiet { (words::lasting(token.last_active_at.duration_until(clock.now))) }
            }
            LeaseState::Lingering => { (chip(Tone::Plain, "given back")) " " span.quiet { "kept for them" } }
            LeaseState::Borrowed => {
                (chip(Tone::Accent, "borrowed"))
                @if let Some(until) = token.borrowed_until { " " span.quiet { "due back " (ui::time(until, clock)) } }
            }
            _ => (chip(Tone::Ok, "active")),
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
            summary { "Take it away" span.unseen { " from " (name) } }
            (form_of(reader, detail, "release", &html! {
                input type="hidden" name="person" value=(person);
                @if open { (opened.wrong.summary(&[])) }
                (because(person, "Why the token is taken away", opened, open))
            }, "danger", "Take the token away"))
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
        th scope="col" { "Who" } th.num scope="col" { "Place" } th scope="col" { "Licence" } th scope="col" { "To do" }
        th scope="col" { "Offer" } th.num scope="col" { "Waiting" }
    } } }
}

pub(super) fn queue_rows(reader: &Reader, licence: &str, queue: &[QueueEntryView]) -> Markup {
    let now = reader.now();
    html! {
        @for entry in queue {
            tr {
                td.lead { a href={ "/licences/people/" (entry.person.id) } { (ui::who(&entry.person.name, "")) } }
                td.num data-label="Place" {
                    span { (entry.place) @if entry.priority == Priority::Major { " " (ui::chip(Tone::Bad, "major")) } }
                }
                td data-label="Licence" { (licence) }
                td data-label="To do" { code { (entry.wanted_for) } }
                td data-label="Offer" {
                    @match entry.offer {
                        Some(offer) => (ui::chip(Tone::Accent, &format!("token {}, {} left", offer.token, words::lasting(now.duration_until(offer.until))))),
                        None => span.quiet { "not yet" },
                    }
                }
                td.num data-label="Waiting" { (words::lasting(entry.since.duration_until(now))) }
            }
        }
    }
}

/// The line for one licence.
pub(super) fn queue(reader: &Reader, detail: &LicenceDetailView) -> Markup {
    let body = html! {
        @if detail.queue.is_empty() {
            p.panel-body.soft { "Nobody waits." }
        } @else {
            div.table-scroll { table.table.fold-phone {
                (queue_head())
                tbody { (queue_rows(reader, &detail.summary.name, &detail.queue)) }
            } }
        }
    };
    ui::panel("In line", &html! {}, &body)
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
                summary { (ui::icon(ui::Icon::Plus)) "Entitle people" }
                (form_of(reader, detail, "entitle", &html! {
                    @if opened.form == "entitle" { (opened.wrong.summary(&["people"])) }
                    (ui::field(&Field {
                        input: Input::Area,
                        value: opened.typed("people"),
                        error: opened.wrong.at("people"),
                        hint: "Their e-mail addresses, one in a line.",
                        ..Field::new("people", "Whom")
                    }))
                }, "main", "Entitle them"))
            } }
        }
        @if people.items.is_empty() {
            p.panel-body.soft { "Nobody may take a token yet." }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { "Who" } th scope="col" { "Job" } th scope="col" { "Since" }
                    @if opened.may_change { th scope="col" { span.unseen { "Acts" } } }
                } }
                tbody { @for entitled in &people.items {
                    tr {
                        td.lead { a href={ "/licences/people/" (entitled.person.id) } { (ui::who(&entitled.person.name, &entitled.email)) } }
                        td data-label="Job" { (entitled.title) @if !entitled.active { " " (ui::chip(Tone::Warn, "left")) } }
                        td data-label="Since" { (ui::time(entitled.since, reader.clock())) }
                        @if opened.may_change {
                            td data-label="" {
                                (ui::act(&format!("/licences/{}/end", detail.summary.id), reader.csrf(), &[("person", &entitled.person.id.to_string())], None, "bare", "End it"))
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
    html! { div id="entitled" { (ui::panel("Entitled", &html! { (ui::chip(Tone::Plain, &detail.summary.entitled.to_string())) }, &body)) } }
}
