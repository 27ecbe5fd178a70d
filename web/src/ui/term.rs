//! Terms as bars over time: from when until when, where each term begins, what may come after.

use crate::words::t;
use maud::{Markup, html};

/// One bar.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// What it is; written above the bar.
    pub label: &'a str,
    /// Its first day, in days from the left.
    pub from: u32,
    /// The first day after it.
    pub until: u32,
    /// Up to where it goes on if nothing is done; drawn paler.
    pub perhaps_until: Option<u32>,
    /// Days on which another term begins.
    pub marks: &'a [u32],
    /// Whether it counts now.
    pub running: bool,
}

/// A day that matters.
#[derive(Clone, Copy, Debug)]
pub struct TermMark<'a> {
    /// In days from the left.
    pub at: u32,
    /// "today", "notice".
    pub label: &'a str,
    /// Whether it is the present, not a deadline.
    pub now: bool,
}

/// Bars over time.
#[derive(Clone, Copy, Debug)]
pub struct TermChart<'a> {
    /// Read out in place of the drawing.
    pub summary: &'a str,
    /// The bars, top to bottom.
    pub spans: &'a [Span<'a>],
    /// Days that matter.
    pub marks: &'a [TermMark<'a>],
    /// Labels under the axis.
    pub ticks: &'a [(u32, &'a str)],
    /// Where the chart ends, in days.
    pub until: u32,
}

/// Draws the chart for three widths, of which a page shows one, with `table` behind it.
pub fn term_chart(chart: &TermChart<'_>, table: &Markup) -> Markup {
    html! {
        figure.chart.terms {
            (drawing(chart, "wide", 1120))
            (drawing(chart, "medium", 700))
            (drawing(chart, "narrow", 340))
            details {
                summary { (t!("As a table")) }
                div.scroll tabindex="0" role="group" aria-label=(chart.summary) { (table) }
            }
        }
    }
}

const TOP: u32 = 22;
const ROW: u32 = 38;
const BAR: u32 = 12;
const LEFT: u32 = 2;

fn drawing(chart: &TermChart<'_>, class: &str, width: u32) -> Markup {
    let rows = u32::try_from(chart.spans.len()).unwrap_or(0);
    let floor = TOP + ROW * rows + 4;
    let right = width - 4;
    let x = |at: u32| LEFT + (right - LEFT) * at.min(chart.until) / chart.until.max(1);
    // What a narrow drawing has room for.
    let letters = usize::try_from(width / 7).unwrap_or(40);
    let short = |label: &str| match label.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    };
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (floor + 22) } role="img" aria-label=(chart.summary) {
            line.base x1=(LEFT) x2=(right) y1=(floor) y2=(floor) {}
            @for (at, label) in chart.ticks {
                line.base x1=(x(*at)) x2=(x(*at)) y1=(TOP) y2=(floor) {}
                text x=(x(*at)) y=(floor + 16) text-anchor=(anchor(x(*at), width)) { (label) }
            }
            @for (nth, span) in (0_u32..).zip(chart.spans) {
                @let y = TOP + ROW * nth + 20;
                @let (from, until) = (x(span.from), x(span.until).max(x(span.from) + 2));
                g.past[!span.running] {
                    text.span-label x=(from.min(width - width / 3)) y=(y - 6) { (short(span.label)) }
                    rect.span x=(from) y=(y) width=(until - from) height=(BAR) rx="3" {}
                    @if let Some(more) = span.perhaps_until.map(x).filter(|more| *more > until) {
                        rect.perhaps x=(until) y=(y) width=(more - until) height=(BAR) rx="3" {}
                    }
                    @for mark in spread(span.marks, x) { line.cut x1=(mark) x2=(mark) y1=(y) y2=(y + BAR) {} }
                }
            }
            @for mark in chart.marks {
                line.today[mark.now].limit[!mark.now] x1=(x(mark.at)) x2=(x(mark.at)) y1=(TOP - 4) y2=(floor) {}
                text.today-text[mark.now].limit-text[!mark.now] x=(x(mark.at)) y=(TOP - 9) text-anchor=(beside(mark, chart.marks, x, width)) { (mark.label) }
            }
        }
    }
}

/// The places of marks, if they are far enough from each other to be told apart.
fn spread(marks: &[u32], x: impl Fn(u32) -> u32) -> Vec<u32> {
    let places: Vec<u32> = marks.iter().map(|at| x(*at)).collect();
    let apart = places.windows(2).all(|pair| pair[1] - pair[0] >= 6);
    if apart { places } else { Vec::new() }
}

/// Two labels side by side, each on the far side of its line.
fn beside(mark: &TermMark<'_>, marks: &[TermMark<'_>], x: impl Fn(u32) -> u32, width: u32) -> &'static str {
    const ROOM: u32 = 60;
    let here = x(mark.at);
    let near =
        marks.iter().map(|other| x(other.at)).find(|there| *there != here && there.abs_diff(here) < ROOM);
    match near {
        Some(there) if there > here && here > ROOM => "end",
        Some(there) if there < here && here + ROOM < width => "start",
        _ => anchor(here, width),
    }
}

/// Keeps a label inside the drawing.
fn anchor(x: u32, width: u32) -> &'static str {
    match x * 8 / width.max(1) {
        0 => "start",
        1..=6 => "middle",
        _ => "end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stays_inside_its_drawing_and_says_what_it_is() {
        let spans = [Span {
            label: "<b>Line 1</b>",
            from: 0,
            until: 4_000,
            perhaps_until: Some(5_000),
            marks: &[1, 2],
            running: true,
        }];
        let chart =
            TermChart { summary: "Terms", spans: &spans, marks: &[], ticks: &[(0, "2026")], until: 365 };
        let drawn = term_chart(&chart, &html! {}).into_string();
        assert!(drawn.contains("&lt;b&gt;") && drawn.contains(r#"width="1114""#), "{drawn}");
        assert!(!drawn.contains("perhaps") && !drawn.contains("cut"), "no room for either: {drawn}");
    }
}
