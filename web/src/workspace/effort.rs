//! What it takes to get help, for whoever owns the service: each figure with its arithmetic, and a table behind each chart.

use axum::{extract::State, response::Response};
use desk::{
    effort::{DepartmentView, DepartmentsView, EffortReport, EffortView, Reached},
    ticket::Sidebar,
};
use domain::{
    effort::{FEWEST_PEOPLE, Part},
    identity::Capability,
};
use maud::{Markup, html};

use super::{
    queue::{QueueName, Side},
    seat::seat_of,
};
use crate::{
    AppState,
    page::{PageResult, Reader, manager},
    ui::{self, Bar, BarChart, Kpi, Pair, PairChart, Tone},
    words::{key, on, plural, t, th},
};

const TITLE: &str = key!("Effort");
/// Its address.
const HERE: &str = "/desk/effort";

pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::ReportRead)?;
    let view = app.desk.ask(reader.ctx(), EffortReport).await?;
    let body = html! {
        div.desk-home {
            p.soft { (t!("What it takes to get help here, since {day}, as the desk counts it itself. Nobody is named: a count knows its day and nothing else. Days and months are those of UTC.", day = on(view.since, t!("%-d %B")))) }
            (strip(&view))
            div.desk-charts {
                (time(&view))
                (actions(&view))
                (searches(&view, &reader))
                (forms(&view))
                (answers(&view))
                (departments(&view.departments))
            }
        }
    };
    if !reader.may(Capability::TicketRead) {
        return Ok(reader.page(
            crate::words::say(TITLE),
            &manager(&reader, HERE, &html! { h1 { (crate::words::say(TITLE)) } (body) }),
        ));
    }
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let list = ui::list_pane(&ui::ListPane {
        title: crate::words::say(TITLE),
        summary: "",
        tools: &html! {},
        body: &body,
        alone: true,
        topic: "",
    });
    let seat = seat_of(&app, &reader).await?;
    let here = QueueName("effort".to_owned());
    Ok(reader.page(
        crate::words::say(TITLE),
        &Side::of(&reader, &side, Some(&here)).around(&reader, &seat, &list, None),
    ))
}

/// "14 of 52: 27 %", behind what is counted.
fn arithmetic(part: Part, what: impl Fn(u64, u64) -> String) -> String {
    let Part { count, of, percent } = part;
    match percent {
        Some(percent) => format!("{}: {percent} %.", what(count, of)),
        None => t!("Nothing to count yet.").to_owned(),
    }
}

fn percent(part: Part) -> String {
    part.percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

fn span(seconds: u32) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => t!("{seconds} min", seconds = seconds / 60),
    }
}

/// The same for the foot of a bar.
fn minutes(seconds: u32) -> String {
    if seconds < 60 { "½".to_owned() } else { (seconds / 60).to_string() }
}

fn both(one: Part, other: Part) -> Part {
    Part::of(one.count + other.count, one.of + other.of)
}

fn strip(view: &EffortView) -> Markup {
    let none = || "–".to_owned();
    let measured = view.measured.count > 0;
    let longest = |reached: &[Reached]| reached.iter().rev().find_map(|one| one.until).unwrap_or_default();
    let half = match view.half_within_seconds {
        Some(seconds) => format!("≤ {}", span(seconds)),
        None if measured => format!("> {}", span(longest(&view.took))),
        None => none(),
    };
    let steps = match view.half_within_actions {
        Some(actions) => format!("≤ {actions}"),
        None if measured => format!("> {}", longest(&view.actions)),
        None => none(),
    };
    let back = both(view.helped_and_came_back, view.answered_and_came_back);
    let shares = [view.found_nothing, view.never_sent, back].map(percent);
    let [nothing, never, back] = &shares;
    let kpi = |value, label, href| Kpi { value, label, href: Some(href), tone: Tone::Plain };
    ui::kpis(&[
        kpi(&half, t!("to a ticket, half of them"), "#time"),
        kpi(&steps, t!("actions, half of them"), "#actions"),
        kpi(nothing, t!("of searches found nothing"), "#searches"),
        kpi(never, t!("of forms never sent"), "#forms"),
        kpi(back, t!("of answers came back"), "#answers"),
    ])
}

fn panel(id: &str, title: &str, extras: &Markup, body: &Markup) -> Markup {
    html! { div.whole[id == "departments"] id=(id) { (ui::panel(title, extras, body)) } }
}

/// Charts of tickets by what they took.
fn reached(
    reached: &[Reached],
    summary: &str,
    columns: (&str, &str),
    word: impl Fn(u32) -> String,
) -> Markup {
    let longest = reached.iter().rev().find_map(|one| one.until).unwrap_or_default();
    let own: Vec<_> = reached
        .iter()
        .map(|one| {
            let label = one.until.map_or_else(|| format!("> {}", word(longest)), &word);
            (label, one.tickets.to_string())
        })
        .collect();
    let bars: Vec<_> = reached
        .iter()
        .zip(&own)
        .map(|(one, (label, words))| Bar { label, value: one.tickets, words, over: one.until.is_none() })
        .collect();
    ui::bar_chart(&BarChart { summary, columns, bars: &bars })
}

/// How many of the measured tickets a bound holds, in words.
fn within(reached_: &[Reached], half: Option<u32>, word: impl Fn(u32) -> String) -> String {
    let all: u64 = reached_.iter().map(|one| one.tickets).sum();
    let longest = reached_.iter().rev().find_map(|one| one.until).unwrap_or_default();
    match half {
        Some(bound) => {
            let held = reached_.iter().filter(|one| one.until.is_some_and(|until| until <= bound));
            let held: u64 = held.map(|one| one.tickets).sum();
            t!(
                "{held} of {all} measured tickets took at most {bound}: half or more.",
                held,
                all,
                bound = word(bound)
            )
        }
        None => {
            t!("More than half of {all} measured tickets took more than {bound}.", all, bound = word(longest))
        }
    }
}

fn unmeasured(view: &EffortView) -> Markup {
    let Part { count, of, .. } = view.measured;
    html! {
        p.soft {
            @if of == 0 {
                (t!("No ticket was raised on a page of the portal yet. Its browser will say how long it took, from the first page to the ticket, and nothing else."))
            } @else {
                (t!("{count} of {of} tickets raised on the portal are measured.", count, of)) " "
                @if of > count { (t!("The others came from browsers without script, or from pages that had been open for hours.")) " " }
                (t!("A visit begins with the first page after half an hour without any."))
            }
        }
    }
}

fn time(view: &EffortView) -> Markup {
    let summary = within(&view.took, view.half_within_seconds, span);
    panel(
        "time",
        t!("From landing to ticket"),
        &html! {},
        &html! {
            @if view.measured.count > 0 {
                p.soft { (summary) }
                (reached(&view.took, &summary, (t!("Minutes, at most"), t!("Tickets")), minutes))
            }
            (unmeasured(view))
        },
    )
}

fn actions(view: &EffortView) -> Markup {
    let word = |actions: u32| actions.to_string();
    let say = |actions: u32| plural!(actions, "1 action", "{n} actions").into_owned();
    let summary = within(&view.actions, view.half_within_actions, say);
    panel(
        "actions",
        t!("Actions to a ticket"),
        &html! {},
        &html! {
            @if view.measured.count > 0 {
                p.soft { (summary) " " (t!("An action is a page that was opened, a search, or a form that was sent, the ticket itself among them.")) }
                (reached(&view.actions, &summary, (t!("Actions"), t!("Tickets")), word))
            } @else {
                p.soft { (t!("Pages opened, searches and forms sent until a ticket are counted with it, and stand here.")) }
            }
        },
    )
}

fn searches(view: &EffortView, reader: &Reader) -> Markup {
    let summary =
        arithmetic(view.found_nothing, |count, of| t!("{count} of {of} searches found nothing", count, of));
    let labels: Vec<_> = view.days.iter().map(|day| on(day.day, t!("%-d %b"))).collect();
    let pairs: Vec<_> = view
        .days
        .iter()
        .zip(&labels)
        .map(|(day, label)| Pair { label, first: day.searches, second: day.found_nothing })
        .collect();
    let gaps = html! {
        @if reader.may(Capability::TicketRead) { a.link href="/knowledge/gaps" { (t!("What was looked for")) } }
    };
    panel(
        "searches",
        t!("Searches on the portal"),
        &gaps,
        &html! {
            @if view.found_nothing.of == 0 {
                p.soft { (t!("Nobody has searched on the portal yet. How each search there ends is counted: whether it found anything, and whether that was opened.")) }
            } @else {
                p.soft {
                    (summary) " "
                    @if view.opened_nothing.of > 0 { (arithmetic(view.opened_nothing, |count, of| t!("{count} of {of} searches that found something ended with nothing opened", count, of))) }
                }
                (ui::pair_chart(&PairChart { summary: &summary, columns: (t!("Day"), t!("Searches"), t!("Found nothing")), pairs: &pairs }))
            }
        },
    )
}

/// Two bars, of which the second is a part of the first.
fn part_chart(part: Part, columns: (&str, &str), words: (&str, &str), summary: &str) -> Markup {
    let rest = part.of - part.count;
    let own = [rest.to_string(), part.count.to_string()];
    let bars = [
        Bar { label: words.0, value: rest, words: &own[0], over: false },
        Bar { label: words.1, value: part.count, words: &own[1], over: true },
    ];
    ui::bar_chart(&BarChart { summary, columns, bars: &bars })
}

fn forms(view: &EffortView) -> Markup {
    let summary = arithmetic(view.never_sent, |count, of| {
        t!("{count} of {of} forms for a new ticket that were begun were never sent", count, of)
    });
    panel(
        "forms",
        t!("Forms begun and never sent"),
        &html! {},
        &html! {
            @if view.never_sent.of == 0 {
                p.soft { (t!("No form was begun before yesterday. A form is begun with the first thing that somebody types or chooses in it; it counts as never sent two days later.")) }
            } @else {
                p.soft { (summary) " " (t!("Those begun today and yesterday are left out: they may still be sent.")) }
                (part_chart(view.never_sent, (t!("Form"), t!("Forms")), (t!("sent"), t!("not sent")), &summary))
            }
        },
    )
}

fn answers(view: &EffortView) -> Markup {
    let (helped, answered) = (view.helped_and_came_back, view.answered_and_came_back);
    let both = both(helped, answered);
    let summary =
        arithmetic(both, |count, of| t!("{count} of {of} answers came back as a ticket", count, of));
    panel(
        "answers",
        t!("Answers that came back"),
        &html! {},
        &html! {
            @if both.of == 0 {
                p.soft { (t!("No answer is three days old yet. An answer is an article that a reader said had helped, or a conversation in which the bot quoted one and which nobody sent to people. It comes back when the same person raises a ticket about the same within three days.")) }
            } @else {
                p.soft {
                    (summary) " "
                    (t!("Articles that a reader said had helped: {count} of {of}.", count = helped.count, of = helped.of)) " "
                    (t!("Conversations that ended with the bot's answer: {count} of {of}.", count = answered.count, of = answered.of)) " "
                    (t!("Thirty days until three days ago: each had its three days."))
                }
                (part_chart(both, (t!("Answer"), t!("Answers")), (t!("stayed"), t!("back")), &summary))
                @if !view.came_back.is_empty() {
                    p.soft { (t!("Most often:")) " " @for (nth, article) in view.came_back.iter().enumerate() {
                        @if nth > 0 { ", " } a.link href={ "/knowledge/" (article.number) } { (article.number) } " (" (article.answers) ")"
                    } }
                }
            }
        },
    )
}

fn departments(view: &DepartmentsView) -> Markup {
    let month = &on(view.month, "%B");
    let before = &on(view.month_before, "%B");
    let quiet: Vec<_> = view.departments.iter().filter(|one| one.went_quiet).collect();
    let label = t!("Tickets of the departments in {before} and {month}", before, month);
    panel(
        "departments",
        t!("Departments"),
        &html! {},
        &html! {
            p.soft {
                (t!("Tickets for every hundred people of a department in {month}, the last whole month, and in {before}.", month, before)) " "
                (t!("Departments of fewer than {n} people are not shown", n = FEWEST_PEOPLE))
                @if view.too_small > 0 { ": " (view.too_small) } "."
            }
            @for one in &quiet { p { (went_quiet(one)) } }
            @if view.trouble_known {
                @if quiet.is_empty() { p.soft { (t!("No department's tickets fell while its trouble did not.")) } }
            } @else {
                p.soft {
                    (th!(
                        "Whether a department fell silent shows beside what monitoring or a survey measured there: {command} brings it in, with the columns {columns}.",
                        command = html! { code { "freehold import trouble FILE.csv" } },
                        columns = html! { code { "department,month,per_hundred" } },
                    ))
                }
            }
            @if view.departments.is_empty() {
                p.soft { (t!("Nobody's department is known. People have one where they are looked after, and imports bring it.")) }
            } @else {
                div.table-scroll tabindex="0" role="group" aria-label=(label) {
                    table.table {
                        thead { tr {
                            th scope="col" { (t!("Department")) } th.num scope="col" { (t!("People")) } th.num scope="col" { (before) }
                            th.num scope="col" { (month) } th.num scope="col" { (t!("Changed by")) }
                            @if view.trouble_known { th.num scope="col" { (t!("Trouble, {month}", month = before)) } th.num scope="col" { (t!("Trouble, {month}", month)) } }
                        } }
                        tbody { @for one in &view.departments { tr {
                            td { (one.department) @if one.went_quiet { " " (t!("(went quiet)")) } }
                            td.num { (one.people) }
                            td.num { (one.rate_before) } td.num { (one.rate) }
                            td.num { (change(one)) }
                            @if view.trouble_known {
                                @for trouble in [one.trouble_before, one.trouble] {
                                    td.num { @match trouble { Some(trouble) => (trouble), None => "–" } }
                                }
                            }
                        } } }
                    }
                }
            }
        },
    )
}

fn change(one: &DepartmentView) -> String {
    match one.change {
        Some(change) if change > 0 => format!("+{change} %"),
        Some(change) if change < 0 => format!("−{} %", change.unsigned_abs()),
        Some(_) => "0 %".to_owned(),
        None => "–".to_owned(),
    }
}

/// How it comes that a department is said to have gone quiet.
fn went_quiet(one: &DepartmentView) -> Markup {
    html! {
        b { (t!("{department} went quiet:", department = one.department)) } " "
        (t!(
            "{tickets} tickets of {people} people are {rate} for every hundred; {now} are {rate_now}, {change}.",
            tickets = one.tickets_before,
            people = one.people,
            rate = one.rate_before,
            now = one.tickets,
            rate_now = one.rate,
            change = change(one)
        )) " "
        @if let (Some(before), Some(now)) = (one.trouble_before, one.trouble) {
            (t!("Its trouble was {before} and is {now}.", before, now))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_how_it_comes_about() {
        let words = |count, of| format!("{count} of {of} searches found nothing");
        assert_eq!(arithmetic(Part::of(14, 52), words), "14 of 52 searches found nothing: 27 %.");
        assert_eq!(arithmetic(Part::of(0, 0), words), "Nothing to count yet.");
    }
}
