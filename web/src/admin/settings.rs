//! The rules that the desk works by: the priority matrix, what is promised, in whose time, through which states.

use axum::{extract::State, response::Response};
use desk::{
    guest::{Guests, GuestsSetting, SetGuests},
    settings::{SetPriorityMatrix, Settings, SettingsInForce},
};
use domain::{
    identity::Capability,
    sla::Calendar,
    ticket::{Impact, Priority, PriorityMatrix, Urgency},
};
use jiff::{SignedDuration, civil::Weekday};
use maud::{Markup, html};

use super::{Typed, form_of, room, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Tone},
    words::{key, plural, said, t, th, told, told_word},
    wrong::Wrong,
};

pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::Admin)?;
    draw(&app, &reader, &Wrong::nothing()).await
}

async fn draw(app: &AppState, reader: &Reader, wrong: &Wrong) -> PageResult<Response> {
    let settings = &app.desk.ask(reader.ctx(), Settings).await?;
    let guests = app.desk.ask(reader.ctx(), GuestsSetting).await?;
    let main = html! {
        (ui::page_head(t!("Rules"), t!("What the desk computes from. Every change is a record in the audit log, with before and after."), &html! {}))
        (matrix(reader, settings, wrong))
        (guests_panel(reader, guests))
        (promises(settings))
        div.split { @for calendar in &settings.rules.calendars { (hours(calendar)) } }
        (states(settings))
    };
    Ok(reader.page_with(wrong.status(), t!("Rules"), &room(reader, "/admin/settings", &main)))
}

fn guests_panel(reader: &Reader, (guests, since): (Guests, u64)) -> Markup {
    let (now, open, words) = if guests.open {
        (t!("open"), "no", t!("Close the desk to guests"))
    } else {
        (t!("closed"), "yes", t!("Open the desk to guests"))
    };
    ui::panel(
        t!("Guests"),
        &html! { (ui::chip(Tone::Plain, now)) },
        &html! { div.panel-body.stack {
            p.soft {
                (th!("People without an account write at {address} with a name and an address that nobody has made sure of, and follow their ticket by a link. The sign-in page leads there while the desk is open to them.", address = html! { a.link href="/guest" { "/guest" } }))
            }
            (ui::act("/admin/settings/guests", reader.csrf(), &[("open", open), ("version", &since.to_string())], None, "", words))
        } },
    )
}

pub(super) async fn change_guests(
    State(app): State<AppState>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::Admin)?;
    let guests = Guests { open: typed(&form, "open") == "yes" };
    let version = typed(&form, "version").parse().unwrap_or_default();
    match app.desk.execute(reader.ctx(), SetGuests { guests, version }).await {
        Ok(_) => Ok(see("/admin/settings")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?).await,
    }
}

fn field_name(impact: Impact, urgency: Urgency) -> String {
    format!("{impact} {urgency}")
}

fn matrix(reader: &Reader, settings: &SettingsInForce, wrong: &Wrong) -> Markup {
    let body = html! {
        div.panel-body {
            (wrong.summary(&[]))
            (form_of(reader, "/admin/settings", &html! {
                input type="hidden" name="version" value=(settings.matrix_version);
                div.table-scroll { table.table.matrix {
                    thead { tr { th scope="col" { (t!("Impact")) } @for urgency in Urgency::ALL { th scope="col" { (t!("Urgency {urgency}", urgency = told(urgency.as_str()))) } } } }
                    tbody { @for impact in Impact::ALL { tr {
                        th scope="row" { (impact_words(*impact)) }
                        @for urgency in Urgency::ALL { td {
                            @let now = settings.rules.matrix.priority(*impact, *urgency);
                            select.input name=(field_name(*impact, *urgency)) aria-label=(t!("Impact {impact}, urgency {urgency}", impact = told(impact.as_str()), urgency = told(urgency.as_str()))) {
                                @for priority in Priority::ALL {
                                    option value=(priority) selected[*priority == now] { (priority.number()) " · " (told(priority.label())) }
                                }
                            }
                        } }
                    } } }
                } }
            }, "main", t!("Save the matrix")))
        }
        p.panel-foot.quiet { (t!("Tickets keep their priority until their impact or urgency changes.")) }
    };
    ui::panel(
        t!("Impact × urgency → priority"),
        &html! { (ui::chip(Tone::Plain, &version(settings.matrix_version))) },
        &body,
    )
}

fn impact_words(impact: Impact) -> &'static str {
    match impact {
        Impact::High => t!("High: everybody"),
        Impact::Medium => t!("Medium: a team"),
        Impact::Low => t!("Low: one person"),
    }
}

fn version(version: u64) -> String {
    if version == 0 { t!("as delivered").to_owned() } else { t!("version {version}", version) }
}

fn promises(settings: &SettingsInForce) -> Markup {
    let policy = &settings.rules.policy;
    let calendar =
        |id| settings.rules.calendars.iter().find(|calendar| calendar.id() == id).map_or("", Calendar::name);
    let target = |kind, priority: Priority| {
        policy.promise(priority).target(kind).map_or_else(|| t!("none").to_owned(), counted)
    };
    let body = html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr { th scope="col" { (t!("Priority")) } th scope="col" { (t!("Answer within")) } th scope="col" { (t!("Solve within")) } th scope="col" { (t!("Counted in")) } } }
            tbody { @for priority in Priority::ALL { tr {
                td.lead { (priority.number()) " · " (told(priority.label())) }
                td data-label=(t!("Answer within")) { (target(domain::sla::TargetKind::Response, *priority)) }
                td data-label=(t!("Solve within")) { (target(domain::sla::TargetKind::Resolution, *priority)) }
                td data-label=(t!("Counted in")) { (calendar(policy.promise(*priority).calendar)) }
            } } }
        } }
    };
    ui::panel(
        &t!("Service levels: {name}", name = policy.name()),
        &html! { (ui::chip(Tone::Plain, &version(settings.service_levels_version))) },
        &body,
    )
}

/// A promised time in the calendar's own hours: days would be read as days of 24.
fn counted(time: SignedDuration) -> String {
    match time.as_mins() {
        minutes @ 0..60 => t!("{minutes} min", minutes),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => t!("{hours} h {minutes} min", hours = minutes / 60, minutes = minutes % 60),
    }
}

fn hours(calendar: &Calendar) -> Markup {
    const DAYS: [(Weekday, &str); 7] = [
        (Weekday::Monday, key!("Monday")),
        (Weekday::Tuesday, key!("Tuesday")),
        (Weekday::Wednesday, key!("Wednesday")),
        (Weekday::Thursday, key!("Thursday")),
        (Weekday::Friday, key!("Friday")),
        (Weekday::Saturday, key!("Saturday")),
        (Weekday::Sunday, key!("Sunday")),
    ];
    let definition = calendar.definition();
    let open = |day| {
        let hours: Vec<_> = definition.week.day(day).iter().map(ToString::to_string).collect();
        if hours.is_empty() { t!("closed").to_owned() } else { hours.join(", ") }
    };
    ui::panel(
        calendar.name(),
        &html! { (ui::chip(Tone::Plain, &definition.zone)) },
        &html! { div.panel-body {
            @if calendar.is_always() {
                p.soft { (t!("Every minute of every day.")) }
            } @else {
                (ui::facts(&said(DAYS).map(|(day, name)| (name, html! { (open(day)) }))))
                @if !definition.holidays.is_empty() {
                    p.quiet { (plural!(definition.holidays.len(), "1 holiday", "{n} holidays")) }
                }
            }
        } },
    )
}

fn states(settings: &SettingsInForce) -> Markup {
    let workflow = &settings.rules.workflow;
    let body = html! {
        div.table-scroll { table.table.fold-phone {
            thead { tr { th scope="col" { (t!("State")) } th scope="col" { (t!("Means")) } th scope="col" { (t!("The requester reads")) } th scope="col" { (t!("Leads to")) } } }
            tbody { @for state in workflow.states() { tr {
                td.lead { (told(&state.label)) }
                td data-label=(t!("Means")) { (told_word(state.phase.as_str())) }
                td data-label=(t!("The requester reads")) { (told(&state.requester_words)) }
                td data-label=(t!("Leads to")) {
                    (workflow.allowed_from(&state.key).map(|step| told(workflow.label(&step.to))).collect::<Vec<_>>().join(", "))
                }
            } } }
        } }
    };
    ui::panel(t!("Workflow"), &html! { (ui::chip(Tone::Plain, &version(settings.workflow_version))) }, &body)
}

pub(super) async fn change_matrix(
    State(app): State<AppState>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::Admin)?;
    let settings = app.desk.ask(reader.ctx(), Settings).await?;
    let Some(matrix) = chosen(settings.rules.matrix, &form) else {
        return draw(&app, &reader, &Wrong::field("", t!("Choose a priority in each cell."))).await;
    };
    let version = typed(&form, "version").parse().unwrap_or_default();
    match app.desk.execute(reader.ctx(), SetPriorityMatrix { matrix, version }).await {
        Ok(_) => Ok(see("/admin/settings")),
        Err(refused) => draw(&app, &reader, &Wrong::of(refused)?).await,
    }
}

/// The matrix that a form describes, if every cell is a priority.
fn chosen(mut matrix: PriorityMatrix, form: &Typed) -> Option<PriorityMatrix> {
    for impact in Impact::ALL {
        for urgency in Urgency::ALL {
            let priority = Priority::parse(typed(form, &field_name(*impact, *urgency)))?;
            matrix = matrix.with(*impact, *urgency, priority);
        }
    }
    Some(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_said_in_the_hours_that_count() {
        for (minutes, words) in [(15, "15 min"), (240, "4 h"), (4_800, "80 h"), (90, "1 h 30 min")] {
            assert_eq!(counted(SignedDuration::from_mins(minutes)), words);
        }
    }

    #[test]
    fn a_matrix_with_a_hole_is_none() {
        let mut form: Typed = Impact::ALL
            .iter()
            .flat_map(|impact| {
                Urgency::ALL.iter().map(|urgency| (field_name(*impact, *urgency), "p3".to_owned()))
            })
            .collect();
        let flat = chosen(PriorityMatrix::default(), &form).unwrap();
        assert_eq!(flat.priority(Impact::High, Urgency::High), Priority::P3);
        form.insert("high low".to_owned(), "p9".to_owned());
        assert_eq!(chosen(PriorityMatrix::default(), &form), None);
    }
}
