//! What a feature set is, who has it, and how to get it: for somebody whose act needed one that they lack.

use axum::extract::{Path, State};
use desk::{
    Refused,
    licence::{ModuleAccess, ModuleLicence, ModuleView},
};
use domain::{
    identity::Capability,
    licence::{ActionRule, LicenceNeed, Metric, Module, TermPhase, action_map, needing},
};
use http::StatusCode;
use maud::{Markup, html};

use super::queue::alone;
use crate::{
    AppState,
    page::{PageResult, Reader},
    routes,
    ui::{self, Tone},
    words::{t, th, told, told_word},
};

/// How the base product is named in an address.
const BASE: &str = "base";

fn word(module: Option<Module>) -> &'static str {
    module.map_or(BASE, Module::as_str)
}

/// The address of the page of a module, or of the base product.
pub(super) fn address(module: Option<Module>) -> String {
    format!("/desk/modules/{}", word(module))
}

/// Its name on pages.
pub(super) fn title(module: Option<Module>) -> &'static str {
    module.map_or(t!("Working tickets"), |module| told_word(module.title()))
}

fn purpose(module: Option<Module>) -> &'static str {
    module.map_or(
        t!("A seat or a token to answer requesters and to change tickets. Reading, and your own tickets, need none."),
        |module| told_word(module.purpose()),
    )
}

/// The acts that it is needed for.
fn acts(module: Option<Module>) -> Vec<ActionRule> {
    match module {
        Some(module) => needing(module).collect(),
        None => action_map().filter(|rule| rule.licence == LicenceNeed::Base).collect(),
    }
}

/// Everything that can be licensed, with the reader's own standing.
pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult {
    let mut views = Vec::new();
    for module in std::iter::once(None).chain(Module::ALL.iter().copied().map(Some)) {
        views.push(app.desk.ask(reader.ctx(), ModuleAccess { module }).await?);
    }
    let body = html! {
        div.form-page.stack {
            p.soft { (t!("What can be licensed here, and whether it is yours.")) }
            ul.list { @for view in &views {
                li.item {
                    div {
                        a.link href=(address(view.module)) { b { (title(view.module)) } }
                        small { (purpose(view.module)) }
                    }
                    span.end { (standing(view)) }
                }
            } }
        }
    };
    alone(&app, &reader, StatusCode::OK, t!("Licences of the desk"), &body).await
}

/// One of them.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(name): Path<String>,
) -> PageResult {
    let module = match name.as_str() {
        BASE => None,
        name => Some(Module::parse(name).ok_or(Refused::NotFound("module"))?),
    };
    let view = app.desk.ask(reader.ctx(), ModuleAccess { module }).await?;
    let body = draw(&reader, &view);
    alone(&app, &reader, StatusCode::OK, title(module), &body).await
}

fn standing(view: &ModuleView) -> Markup {
    let runs = view.licences.iter().any(|licence| runs(licence.phase));
    match (view.mine, runs) {
        (Some(_), _) => ui::chip(Tone::Ok, t!("yours")),
        (None, true) => ui::chip(Tone::Plain, t!("not yours")),
        (None, false) => ui::chip(Tone::Plain, t!("nobody has it")),
    }
}

const fn runs(phase: TermPhase) -> bool {
    matches!(phase, TermPhase::Running | TermPhase::Grace)
}

fn draw(reader: &Reader, view: &ModuleView) -> Markup {
    let module = view.module;
    let mine = view.licences.iter().find(|licence| Some(licence.id) == view.mine);
    html! {
        div.form-page.stack {
            p { (purpose(module)) }
            @match mine {
                Some(licence) => (ui::notice(Tone::Ok, &html! { (th!("You have it by {licence}.", licence = html! { b dir="auto" { (licence.name) } })) " " (how(licence.metric)) }, &html! {})),
                None => (ui::notice(
                    Tone::Plain,
                    &html! { (t!("You do not have it. Everything else you can do as before.")) },
                    &html! { a.button.main href=(request(reader, module)) { (t!("Request it")) } },
                )),
            }
            section.group {
                h2 { (t!("What it is needed for")) }
                @let acts = acts(module);
                @if acts.is_empty() { p.soft { (t!("Nothing yet: no act of this version asks for it.")) } }
                ul.plain { @for rule in &acts { li { (told(rule.sentence)) } } }
            }
            section.group {
                h2 { (t!("Who has it")) }
                @if view.licences.is_empty() { p.soft { (t!("Nobody: no licence for it was bought.")) } }
                @for licence in &view.licences { (who(reader, licence)) }
            }
            p { a.link href="/desk/modules" { (t!("Everything that can be licensed")) } }
        }
    }
}

/// What holding it by this metric means.
fn how(metric: Metric) -> &'static str {
    match metric {
        Metric::Exclusive => t!("The seat is kept for you."),
        Metric::Concurrent => {
            t!("A token is taken at your first act that needs it, and given back when unused.")
        }
        Metric::DayPass => t!("A pass is taken at your first act that needs it, and ends with your day."),
        Metric::Requester => "",
    }
}

fn who(reader: &Reader, licence: &ModuleLicence) -> Markup {
    let rest = licence.holders.saturating_sub(licence.people.len() as u64);
    let counted = match licence.metric {
        Metric::Exclusive => t!(
            "{holders} of {quantity} seats assigned",
            holders = licence.holders,
            quantity = licence.quantity
        ),
        Metric::Concurrent => t!(
            "{holders} entitled, {quantity} tokens",
            holders = licence.holders,
            quantity = licence.quantity
        ),
        Metric::DayPass => t!(
            "{holders} entitled, {quantity} passes",
            holders = licence.holders,
            quantity = licence.quantity
        ),
        Metric::Requester => String::new(),
    };
    html! {
        div.stack {
            div.inline {
                @if reader.may(Capability::LicenceRead) {
                    a.link href={ "/licences/" (licence.id) } { b dir="auto" { (licence.name) } }
                } @else {
                    b dir="auto" { (licence.name) }
                }
                span.quiet { (counted) }
                @if !runs(licence.phase) { (ui::chip(Tone::Warn, t!("out of term"))) }
            }
            @if licence.people.is_empty() { p.soft { (t!("Nobody yet.")) } }
            ul.plain.people { @for person in &licence.people { li { (ui::who(&person.name, "")) } } }
            @if rest > 0 { p.quiet { (t!("and {n} more", n = rest)) } }
        }
    }
}

/// The form of the portal, begun for a licence manager: what a request for a seat says.
fn request(reader: &Reader, module: Option<Module>) -> String {
    let name = title(module);
    let subject = t!("Licence: {name}", name);
    let description = format!(
        "{}\n\n{}\n\n{}\n",
        t!("{name} needs a licence for {module}.", name = reader.name(), module = name),
        t!("What I need it for:"),
        t!("How often, and until when:")
    );
    format!(
        "/tickets/new?kind=service_request&subject={}&description={}",
        routes::query_value(&subject),
        routes::query_value(&description)
    )
}
