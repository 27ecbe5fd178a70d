//! The licence manager's numbers: the strip of figures, pools as cells with faces, and the step chart with its table.

use maud::{Markup, html};

use super::word::{Tone, initials};
use crate::words::{key, say, t};

/// Cells drawn before a pool becomes a proportional bar.
const CELLS_AT_MOST: usize = 60;

/// One figure of the strip.
#[derive(Clone, Copy, Debug)]
pub struct Kpi<'a> {
    /// "9 / 10", "€ 61,340".
    pub value: &'a str,
    /// "tokens in use".
    pub label: &'a str,
    /// Where the figure is explained or changed.
    pub href: Option<&'a str>,
    /// [`Tone::Bad`] where the figure itself is a trouble.
    pub tone: Tone,
}

/// Four to six figures side by side; each may open the acts that make it.
pub fn kpis(figures: &[Kpi<'_>]) -> Markup {
    html! {
        dl.kpis {
            @for figure in figures {
                div.kpi {
                    dt { @match figure.href { Some(href) => a href=(href) { (figure.label) }, None => (figure.label) } }
                    dd class={ "tone-" (figure.tone.class()) } { (figure.value) }
                }
            }
        }
    }
}

/// What a cell of a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// An exclusive seat with a person on it.
    Assigned,
    /// A token at work.
    Active,
    /// A token held without work.
    Idle,
    /// A vacant seat or a free token.
    Free,
    /// A person in the queue.
    Waiting,
}

impl CellKind {
    const ALL: [Self; 5] = [Self::Assigned, Self::Active, Self::Idle, Self::Free, Self::Waiting];

    const fn class(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Free => "free",
            Self::Waiting => "waiting",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Assigned => t!("assigned"),
            Self::Active => t!("active"),
            Self::Idle => t!("idle"),
            Self::Free => t!("free"),
            Self::Waiting => t!("waiting"),
        }
    }
}

/// One seat, token or waiting person.
#[derive(Clone, Copy, Debug)]
pub struct PoolCell<'a> {
    /// What it is.
    pub kind: CellKind,
    /// Whose; empty for a free one.
    pub name: &'a str,
}

/// One licence as a bar.
#[derive(Clone, Copy, Debug)]
pub struct Pool<'a> {
    /// Name of the licence.
    pub name: &'a str,
    /// Where its page is.
    pub href: &'a str,
    /// "exclusive", "concurrent module".
    pub metric: &'a str,
    /// "TTL 5 min · linger 2 min".
    pub terms: &'a str,
    /// In drawing order: assigned, active, idle, free, waiting.
    pub cells: &'a [PoolCell<'a>],
    /// "7 active, 2 idle, 1 free".
    pub sum: &'a str,
    /// "2 waiting · offer open 1:12"; may be empty.
    pub more: &'a str,
    /// Tone of the second line.
    pub tone: Tone,
}

/// Draws a pool: name and terms, cells with initials, and the same in words. Above sixty it is a proportional bar.
pub fn pool(pool: &Pool<'_>) -> Markup {
    html! {
        div.pool {
            div.pool-name { a href=(pool.href) { bdi { (pool.name) } } span.soft { " · " (pool.metric) } small { (pool.terms) } }
            @if pool.cells.len() > CELLS_AT_MOST { (bar(pool)) } @else { (cells(pool.cells)) }
            div.pool-sum { (pool.sum) @if !pool.more.is_empty() { small class={ "tone-" (pool.tone.class()) } { (pool.more) } } }
        }
    }
}

fn cells(cells: &[PoolCell<'_>]) -> Markup {
    let first_waiting = cells.iter().position(|cell| cell.kind == CellKind::Waiting).filter(|nth| *nth > 0);
    html! {
        // The words beside it say the same; a hundred cells read aloud help nobody.
        div.cells aria-hidden="true" {
            @for (nth, cell) in cells.iter().enumerate() {
                @if Some(nth) == first_waiting { span.gap {} }
                span class={ "cell " (cell.kind.class()) } title=[(!cell.name.is_empty()).then(|| format!("{}, {}", cell.name, cell.kind.words()))] {
                    (initials(cell.name))
                }
            }
        }
    }
}

fn bar(pool: &Pool<'_>) -> Markup {
    let count = |kind| pool.cells.iter().filter(|cell| cell.kind == kind).count();
    let mut from = 0;
    html! {
        svg.pool-bar viewBox={ "0 0 " (pool.cells.len()) " 1" } preserveAspectRatio="none" role="img" aria-label=(pool.sum) {
            @for (kind, x, width) in CellKind::ALL.map(|kind| { let x = from; from += count(kind); (kind, x, count(kind)) }) {
                @if width > 0 { rect class=(kind.class()) x=(x) y="0" width=(width) height="1" { title { (width) " " (kind.words()) } } }
            }
        }
    }
}

/// What the cells mean, once for a page.
pub fn pool_legend() -> Markup {
    html! {
        ul.legend aria-label=(t!("What the cells mean")) {
            @for kind in CellKind::ALL { li { span class={ "cell " (kind.class()) } {} (kind.words()) } }
        }
    }
}

/// One level of a step chart, holding from `at` until the next.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Position from the left, in the chart's own unit (minutes of the day, days of a quarter).
    pub at: u32,
    /// "09:12", for the table.
    pub label: &'a str,
    /// The level; the highest, where it changed until the next step.
    pub value: u32,
    /// The lowest level until the next step.
    pub low: u32,
    /// Where the table's label leads: to what is behind this step.
    pub href: Option<&'a str>,
}

/// A level over time: tokens in use, people waiting.
#[derive(Clone, Copy, Debug)]
pub struct StepChart<'a> {
    /// Read out in place of the drawing: "Tokens in use today, at most 10 of 10".
    pub summary: &'a str,
    /// Column names of the table: ("From", "Tokens").
    pub columns: (&'a str, &'a str),
    /// In order of time.
    pub steps: &'a [Step<'a>],
    /// Where the chart ends, in the unit of [`Step::at`].
    pub until: u32,
    /// Labels under the axis.
    pub ticks: &'a [(u32, &'a str)],
    /// The line that must not be crossed, with its word: (10, "10 tokens").
    pub limit: Option<(u32, &'a str)>,
    /// The level that was mostly enough, with its words: (7, "7 is enough 95 % of the time").
    pub enough: Option<(u32, &'a str)>,
    /// One remark on the drawing: (position, "09:12–10:40 full").
    pub mark: Option<(u32, &'a str)>,
}

/// Draws the chart for three widths, of which a page shows one, so that its words keep their size; a table stands
/// behind.
pub fn step_chart(chart: &StepChart<'_>) -> Markup {
    html! {
        figure.chart {
            (drawing(chart, "wide", 1120, 190, 1))
            (drawing(chart, "medium", 700, 180, 1))
            (drawing(chart, "narrow", 340, 170, 2))
            details {
                summary { (t!("As a table")) }
                div.scroll tabindex="0" role="group" aria-label=(chart.summary) {
                    table.table {
                        thead { tr { th scope="col" { (chart.columns.0) } th.num scope="col" { (chart.columns.1) } } }
                        tbody { @for step in chart.steps { tr { td { (linked(step.label, step.href)) } td.num { (levels(step)) } } } }
                    }
                }
            }
        }
    }
}

fn linked(label: &str, href: Option<&str>) -> Markup {
    html! { @if let Some(href) = href { a.link href=(href) { (label) } } @else { (label) } }
}

fn levels(step: &Step<'_>) -> String {
    if step.low == step.value { step.value.to_string() } else { format!("{}–{}", step.low, step.value) }
}

/// `thin` keeps every n-th label of the axis.
fn drawing(chart: &StepChart<'_>, class: &str, width: u32, height: u32, thin: usize) -> Markup {
    const LEFT: u32 = 4;
    const TOP: u32 = 26;
    let right = width - 30;
    let floor = height - 24;
    let highest = chart
        .steps
        .iter()
        .map(|step| step.value)
        .chain(chart.limit.map(|limit| limit.0))
        .max()
        .unwrap_or(1)
        .max(1);
    let x = |at: u32| LEFT + (right - LEFT) * at.min(chart.until) / chart.until.max(1);
    let y = |value: u32| floor - (floor - TOP) * value / highest;
    let path = |value: fn(&Step<'_>) -> u32| -> String {
        let line = chart.steps.iter().enumerate().map(|(nth, step)| match (x(step.at), y(value(step))) {
            (x, y) if nth == 0 => format!("M{x} {y}"),
            (x, y) => format!("H{x}V{y}"),
        });
        line.chain([format!("H{}", x(chart.until))]).collect()
    };
    let line = path(|step| step.value);
    let varied = chart.steps.iter().any(|step| step.low != step.value);
    let start = chart.steps.first().map_or(LEFT, |step| x(step.at));
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(chart.summary) {
            line.base x1=(LEFT) x2=(right) y1=(floor) y2=(floor) {}
            @if !chart.steps.is_empty() {
                path.area d={ (line) "V" (floor) "H" (start) "Z" } {}
                path.step d=(line) {}
                @if varied { path.low d=(path(|step| step.low)) {} }
            }
            @if let Some((limit, word)) = chart.limit {
                line.limit x1=(LEFT) x2=(right) y1=(y(limit)) y2=(y(limit)) {}
                text.limit-text x=(right + 4) y=(y(limit) + 4) { (limit) title { (word) } }
            }
            @if let Some((level, words)) = chart.enough {
                line.enough x1=(LEFT) x2=(right) y1=(y(level)) y2=(y(level)) { title { (words) } }
                @if chart.limit.is_none_or(|(limit, _)| y(level).abs_diff(y(limit)) > 12) {
                    text x=(right + 4) y=(y(level) + 4) { (level) title { (words) } }
                }
            }
            @if let Some((at, word)) = chart.mark {
                @let level = chart.steps.iter().rev().find(|step| step.at <= at).map_or(0, |step| step.value);
                circle.mark cx=(x(at)) cy=(y(level)) r="3.5" {}
                text.mark-text x=(x(at)) y=(y(level) - 9) text-anchor=(anchor(x(at), width)) { (word) }
            }
            @for (at, label) in chart.ticks.iter().step_by(thin) {
                text x=(x(*at)) y=(height - 6) text-anchor=(if *at == 0 { "start" } else { "middle" }) { (label) }
            }
        }
    }
}

/// One bar of a bar chart.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// Under the bar, and in the table.
    pub label: &'a str,
    /// How high, in parts of the highest.
    pub value: u64,
    /// The same in words: "2 h 10 min · 4 %".
    pub words: &'a str,
    /// Beyond a limit.
    pub over: bool,
}

/// Amounts beside each other, such as the time at each level.
#[derive(Clone, Copy, Debug)]
pub struct BarChart<'a> {
    /// Read out in place of the drawing.
    pub summary: &'a str,
    /// Column names of the table.
    pub columns: (&'a str, &'a str),
    /// From left to right.
    pub bars: &'a [Bar<'a>],
}

/// Draws bars for three widths, as [`step_chart`] does; a table stands behind.
pub fn bar_chart(chart: &BarChart<'_>) -> Markup {
    html! {
        figure.chart {
            (bars(chart, "wide", 1120))
            (bars(chart, "medium", 700))
            (bars(chart, "narrow", 340))
            details {
                summary { (t!("As a table")) }
                div.scroll tabindex="0" role="group" aria-label=(chart.summary) {
                    table.table {
                        thead { tr { th scope="col" { (chart.columns.0) } th.num scope="col" { (chart.columns.1) } } }
                        tbody { @for bar in chart.bars { tr { td { (bar.label) } td.num { (bar.words) } } } }
                    }
                }
            }
        }
    }
}

fn bars(chart: &BarChart<'_>, class: &str, width: u32) -> Markup {
    const LEFT: u32 = 4;
    const TOP: u32 = 8;
    const FLOOR: u32 = 96;
    const WIDEST: u32 = 44;
    let many = u32::try_from(chart.bars.len()).unwrap_or(u32::MAX).max(1);
    let step = ((width - 2 * LEFT) / many).clamp(1, WIDEST);
    let highest = chart.bars.iter().map(|bar| bar.value).max().unwrap_or(1).max(1);
    // What lasted at all is seen.
    let height = |value: u64| match u32::try_from(u64::from(FLOOR - TOP) * value / highest) {
        Ok(0) if value > 0 => 1,
        height => height.unwrap_or(FLOOR - TOP),
    };
    let thin = usize::try_from(28 / step + 1).unwrap_or(1);
    let placed = (0..).map(|nth: u32| LEFT + nth * step).zip(chart.bars);
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (FLOOR + 24) } role="img" aria-label=(chart.summary) {
            line.base x1=(LEFT) x2=(width - LEFT) y1=(FLOOR) y2=(FLOOR) {}
            @for (nth, (x, bar)) in placed.enumerate() {
                rect.bar.over[bar.over] x=(x) width=((step * 4 / 5).max(1)) y=(FLOOR - height(bar.value)) height=(height(bar.value)) {
                    title { (bar.label) ": " (bar.words) }
                }
                @if nth % thin == 0 { text x=(x + step * 2 / 5) y=(FLOOR + 16) text-anchor="middle" { (bar.label) } }
            }
        }
    }
}

/// Two amounts of the same time.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Under the two, and in the table.
    pub label: &'a str,
    /// What came.
    pub first: u64,
    /// What went.
    pub second: u64,
}

/// Two amounts beside each other for each of some times.
#[derive(Clone, Copy, Debug)]
pub struct PairChart<'a> {
    /// Read out in place of the drawing.
    pub summary: &'a str,
    /// Column names of the table; the second and the third are the legend.
    pub columns: (&'a str, &'a str, &'a str),
    /// From left to right.
    pub pairs: &'a [Pair<'a>],
}

/// Draws pairs of bars for three widths, as [`step_chart`] does, with a legend; a table stands behind.
pub fn pair_chart(chart: &PairChart<'_>) -> Markup {
    let (time, first, second) = chart.columns;
    html! {
        figure.chart {
            ul.legend aria-hidden="true" {
                li { span.pair-key.first {} (first) }
                li { span.pair-key.second {} (second) }
            }
            (pairs(chart, "wide", 1120))
            (pairs(chart, "medium", 700))
            (pairs(chart, "narrow", 340))
            details {
                summary { (t!("As a table")) }
                div.scroll tabindex="0" role="group" aria-label=(chart.summary) {
                    table.table {
                        thead { tr { th scope="col" { (time) } th.num scope="col" { (first) } th.num scope="col" { (second) } } }
                        tbody { @for pair in chart.pairs { tr { td { (pair.label) } td.num { (pair.first) } td.num { (pair.second) } } } }
                    }
                }
            }
        }
    }
}

fn pairs(chart: &PairChart<'_>, class: &str, width: u32) -> Markup {
    const LEFT: u32 = 4;
    const TOP: u32 = 8;
    const FLOOR: u32 = 110;
    const WIDEST: u32 = 80;
    let many = u32::try_from(chart.pairs.len()).unwrap_or(u32::MAX).max(1);
    let step = ((width - 2 * LEFT) / many).clamp(4, WIDEST);
    let bar = (step * 2 / 5).max(1);
    let highest = chart.pairs.iter().map(|pair| pair.first.max(pair.second)).max().unwrap_or(1).max(1);
    let height = |value: u64| match u32::try_from(u64::from(FLOOR - TOP) * value / highest) {
        Ok(0) if value > 0 => 1,
        height => height.unwrap_or(FLOOR - TOP),
    };
    let thin = usize::try_from(46 / step + 1).unwrap_or(1);
    let placed = (0..).map(|nth: u32| LEFT + nth * step).zip(chart.pairs);
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (FLOOR + 24) } role="img" aria-label=(chart.summary) {
            line.base x1=(LEFT) x2=(width - LEFT) y1=(FLOOR) y2=(FLOOR) {}
            @for (nth, (x, pair)) in placed.enumerate() {
                rect.pair.first x=(x) width=(bar) y=(FLOOR - height(pair.first)) height=(height(pair.first)) {
                    title { (pair.label) ": " (pair.first) " " (chart.columns.1) }
                }
                rect.pair.second x=(x + bar) width=(bar) y=(FLOOR - height(pair.second)) height=(height(pair.second)) {
                    title { (pair.label) ": " (pair.second) " " (chart.columns.2) }
                }
                @if nth % thin == 0 { text x=(x) y=(FLOOR + 16) { (pair.label) } }
            }
        }
    }
}

/// Something that has an amount for each hour of the week.
#[derive(Clone, Copy, Debug)]
pub struct WeekChart<'a> {
    /// Read out in place of the drawing.
    pub summary: &'a str,
    /// What a cell counts, as the table's caption: "Tokens held, on average".
    pub counts: &'a str,
    /// Monday's first hour first, 168 of them: tenths, and the same in words.
    pub hours: &'a [(u64, String)],
}

const DAYS: [&str; 7] =
    [key!("Mon"), key!("Tue"), key!("Wed"), key!("Thu"), key!("Fri"), key!("Sat"), key!("Sun")];

/// Draws the hours of a week as a field of cells, the fuller the more; a table stands behind.
pub fn week_chart(chart: &WeekChart<'_>) -> Markup {
    html! {
        figure.chart {
            (week(chart, "wide", 1120))
            (week(chart, "medium", 700))
            (week(chart, "narrow", 340))
            details {
                summary { (t!("As a table")) }
                div.scroll tabindex="0" role="group" aria-label=(chart.summary) {
                    table.table {
                        caption.unseen { (chart.counts) }
                        thead { tr { th scope="col" { (t!("Hour")) } @for day in DAYS { th.num scope="col" { (say(day)) } } } }
                        tbody { @for hour in 0..24 {
                            tr {
                                th scope="row" { (format!("{hour:02}")) }
                                @for day in 0..DAYS.len() { td.num { (chart.hours.get(day * 24 + hour).map_or("", |(_, words)| words)) } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn week(chart: &WeekChart<'_>, class: &str, width: u32) -> Markup {
    const LEFT: u32 = 30;
    const ROW: u32 = 16;
    let step = (width - LEFT) / 24;
    let most = chart.hours.iter().map(|(value, _)| *value).max().unwrap_or(0).max(1);
    let every = if step < 20 { 6 } else { 3 };
    let cell = |day: usize, hour: usize| chart.hours.get(day * 24 + hour);
    let at = |nth: usize| u32::try_from(nth).unwrap_or(0);
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (ROW * 7 + 20) } role="img" aria-label=(chart.summary) {
            @for (day, name) in DAYS.iter().enumerate() {
                text x="0" y=(at(day) * ROW + 12) { (say(name)) }
                @for hour in 0..24 {
                    @if let Some((value, words)) = cell(day, hour) {
                        rect.hour x=(LEFT + at(hour) * step) y=(at(day) * ROW) width=(step - 1) height=(ROW - 1) data-level=(value * 4 / most + u64::from(*value > 0 && value * 4 < most)) {
                            title { (say(name)) " " (format!("{hour:02}:00")) ": " (words) }
                        }
                    }
                }
            }
            @for hour in (0..24).step_by(every) {
                text x=(LEFT + at(hour) * step) y=(ROW * 7 + 14) { (format!("{hour:02}")) }
            }
        }
    }
}

/// Keeps a remark inside the drawing.
fn anchor(x: u32, width: u32) -> &'static str {
    match x * 3 / width.max(1) {
        0 => "start",
        1 => "middle",
        _ => "end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_pool_is_a_bar_whose_parts_sum_to_the_whole() {
        let mut cells = vec![PoolCell { kind: CellKind::Assigned, name: "A B" }; 50];
        cells.extend([PoolCell { kind: CellKind::Free, name: "" }; 30]);
        let drawn = pool(&Pool {
            name: "Desk",
            href: "#",
            metric: "exclusive",
            terms: "",
            cells: &cells,
            sum: "50 of 80",
            more: "",
            tone: Tone::Plain,
        })
        .into_string();
        assert!(drawn.contains(r#"x="0" y="0" width="50""#) && drawn.contains(r#"x="50" y="0" width="30""#));
    }

    #[test]
    fn an_empty_chart_is_drawn_without_a_line() {
        let chart = StepChart {
            summary: "Nothing yet",
            columns: ("From", "Tokens"),
            steps: &[],
            until: 0,
            ticks: &[],
            limit: None,
            enough: None,
            mark: None,
        };
        assert!(!step_chart(&chart).into_string().contains("<path"));
    }
}
