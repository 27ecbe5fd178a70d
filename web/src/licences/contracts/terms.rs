//! The terms of a contract as a chart: when the contract and each of its lines run, with today and the notice date.

use desk::contract::ContractDetailView;
use domain::{contract::DeadlineKind, licence::TermPhase};
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};

use super::{day, today};
use crate::{
    page::Reader,
    ui::{self, Span, TermChart, TermMark},
    words::{t, told, told_word},
};

pub(super) fn panel(reader: &Reader, view: &ContractDetailView) -> Markup {
    let summary = &view.summary;
    let today = today(reader);
    let year = |day: Date| day.checked_add(1.year()).unwrap_or(day);
    let ends = view.lines.iter().filter_map(|line| line.ends_on).chain(summary.runs_until);
    let last = ends.max().unwrap_or(today).max(year(today)).min(year(year(year(year(year(today))))));
    let first = summary.starts_on.min(today);
    let at = |day: Date| {
        first.until(day.clamp(first, last)).map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0))
    };
    let after = |day: Option<Date>| at(day.and_then(|day| day.tomorrow().ok()).unwrap_or(last));

    let contract_label = t!("Contract {number}", number = summary.number);
    let mut spans = vec![Span {
        label: &contract_label,
        from: at(summary.starts_on),
        until: after(summary.ends_on),
        // What comes after the last day is there only if nobody gives notice.
        perhaps_until: summary.renews_for.map(|_| at(last)),
        marks: &[],
        running: summary.phase == TermPhase::Running,
    }];
    let labels: Vec<String> = view
        .lines
        .iter()
        .map(|line| {
            t!(
                "Line {n}: {quantity} × {licence}, {price} {per}",
                n = line.number,
                quantity = line.quantity,
                licence = line.licence.name,
                price = line.unit_price,
                per = told_word(line.term.per())
            )
        })
        .collect();
    let begins: Vec<Vec<u32>> = view
        .lines
        .iter()
        .map(|line| {
            let terms = (1..=240).map_while(|nth| line.term.begins(line.starts_on, nth));
            let until = line.ends_on.or(summary.runs_until).unwrap_or(last).min(last);
            terms.take_while(|begin| *begin <= until).map(at).collect()
        })
        .collect();
    for ((line, label), marks) in view.lines.iter().zip(&labels).zip(&begins) {
        let own = line.ends_on.or_else(|| summary.ends_on.filter(|_| summary.renews_for.is_none()));
        spans.push(Span {
            label,
            from: at(line.starts_on),
            until: after(own.or(summary.ends_on)),
            perhaps_until: (line.ends_on.is_none() && summary.renews_for.is_some()).then(|| at(last)),
            marks,
            running: line.in_force,
        });
    }
    let notice = summary.deadline.as_ref().filter(|deadline| deadline.kind == DeadlineKind::Notice);
    let mut marks = vec![TermMark { at: at(today), label: t!("today"), now: true }];
    marks.extend(notice.map(|notice| TermMark { at: at(notice.deadline), label: t!("notice"), now: false }));
    let years: Vec<(u32, String)> = (first.year() + 1..=last.year())
        .filter_map(|year| Date::new(year, 1, 1).ok())
        .map(|begin| (at(begin), begin.year().to_string()))
        .collect();
    let ticks: Vec<(u32, &str)> = years.iter().map(|(at, label)| (*at, label.as_str())).collect();
    let chart = TermChart {
        summary: &t!(
            "When contract {number} and its {n} order lines run",
            number = summary.number,
            n = view.lines.len()
        ),
        spans: &spans,
        marks: &marks,
        ticks: &ticks,
        until: at(last),
    };
    ui::panel(t!("Terms"), &html! {}, &html! { div.panel-body { (ui::term_chart(&chart, &table(view))) } })
}

fn table(view: &ContractDetailView) -> Markup {
    html! {
        table.table {
            thead { tr {
                th scope="col" { (t!("What")) } th scope="col" { (t!("From")) } th scope="col" { (t!("Until")) } th scope="col" { (t!("Each term")) }
            } }
            tbody {
                tr {
                    td { (t!("Contract {number}", number = view.summary.number)) } td { (day(view.summary.starts_on)) }
                    td { @match view.summary.ends_on { Some(last) => (day(last)), None => (t!("no end")) } }
                    td { @match view.summary.renews_for { Some(renews) => { (t!("then {term}", term = told(renews.spoken()))) }, None => "" } }
                }
                @for line in &view.lines {
                    tr {
                        td { (t!("Line {n}, {licence}", n = line.number, licence = line.licence.name)) } td { (day(line.starts_on)) }
                        td { @match line.ends_on { Some(last) => (day(last)), None => (t!("as the contract")) } }
                        td { (told(line.term.spoken())) }
                    }
                }
            }
        }
    }
}
