//! The technician's home: what needs them now, and how the team's work stands.

use axum::{extract::State, response::Response};
use desk::{
    data::Queue,
    ticket::{
        CountMyApprovals, Figures, FiguresView, KnownOutages, OfDay, OutageView, QueuePage, Sidebar,
        SidebarView,
    },
};
use domain::{identity::Capability, ticket::Rating};
use maud::{Markup, html};

use super::{
    filter, mention,
    queue::{QueueName, Side},
    rows::{Shown, rows},
    seat::seat_of,
};
use crate::{
    AppState,
    page::{PageResult, Reader},
    portal,
    ui::{self, Bar, BarChart, Icon, Kpi, Pair, PairChart, Tone},
    words::{on, plural, t, told},
};

/// So many of one's own tickets stand here; the queue has all of them.
const FIRST: u32 = 5;

pub(super) async fn show(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    reader.require(Capability::TicketRead)?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let zone = reader.clock().zone.clone();
    let figures = app.desk.ask(reader.ctx(), Figures { zone }).await?;
    let outages = app.desk.ask(reader.ctx(), KnownOutages::default()).await?;
    let approvals = app.desk.ask(reader.ctx(), CountMyApprovals).await?;
    let named = mention::named(&app, &reader).await?;
    let mine = QueuePage { queue: Queue::Assignee(reader.id()), after: None, limit: FIRST };
    let shown = Shown::of(&app, &reader, None).await?;
    let mine = app.desk.ask(reader.ctx(), mine).await?;
    let name = QueueName::mine();
    let body = html! {
        div.desk-home {
            (strip(&side, &figures))
            (known(&outages))
            (portal::waits(approvals))
            (named)
            section.panel {
                div.panel-head { h2 { (t!("What needs you now")) } @if side.mine > 0 { a.link href="/desk/q/mine" { (t!("My queue")) } } }
                @if mine.items.is_empty() {
                    (ui::empty(Icon::Check, t!("Nothing is on you"), t!("Take a ticket that nobody has, and it stands here until it is solved."), &html! {
                        a.button.main href="/desk/q/unassigned" { (t!("Open Unassigned")) }
                    }))
                } @else {
                    (rows(&reader, &name, &mine.items, &shown, None))
                }
            }
            div.desk-charts {
                (days(&figures.days))
                (kept(&figures.days))
                (ages(&figures))
                (said(&figures))
            }
        }
    };
    let tools = html! {
        (ui::search_box("/desk/search", "", t!("Search tickets"), None))
        a.button href="/desk/new" data-command=(t!("New ticket")) { (ui::icon(Icon::Plus)) (t!("New")) }
    };
    let list = ui::list_pane(&ui::ListPane {
        title: t!("Home"),
        summary: "",
        tools: &tools,
        body: &body,
        alone: true,
        topic: "queue",
    });
    let seat = seat_of(&app, &reader).await?;
    let here = QueueName("home".to_owned());
    let body = Side::of(&reader, &side, Some(&here)).around(&reader, &seat, &list, None);
    Ok(reader.page(t!("Home"), &body))
}

fn strip(side: &SidebarView, figures: &FiguresView) -> Markup {
    let bad = |count: u64| if count > 0 { Tone::Bad } else { Tone::Plain };
    let words = [side.mine, figures.mine_overdue, side.unassigned, figures.at_risk, figures.overdue]
        .map(|count| count.to_string());
    let [mine, mine_overdue, unassigned, at_risk, overdue] = &words;
    let all = |query: &str| format!("{}?{query}", filter::ADDRESS);
    let (own, risk, late) = (all("assignee=me&sla=breached"), all("sla=risk"), all("sla=breached"));
    let kpi = |value, label, href, tone| Kpi { value, label, href: Some(href), tone };
    ui::kpis(&[
        kpi(mine, t!("on me"), "/desk/q/mine", Tone::Plain),
        kpi(mine_overdue, t!("of them overdue"), &own, bad(figures.mine_overdue)),
        kpi(unassigned, t!("nobody has"), "/desk/q/unassigned", Tone::Plain),
        kpi(
            at_risk,
            t!("due within the hour"),
            &risk,
            if figures.at_risk > 0 { Tone::Warn } else { Tone::Plain },
        ),
        kpi(overdue, t!("overdue at the desk"), &late, bad(figures.overdue)),
    ])
}

fn known(outages: &[OutageView]) -> Markup {
    html! {
        @for outage in outages {
            (ui::notice(
                Tone::Warn,
                &html! {
                    b { (t!("Known outage:")) } " " a.link href={ "/outages/" (outage.id) } { bdi { (outage.title) } }
                    span.quiet { " · " (plural!(outage.affected, "1 person says that it hits them", "{n} people say that it hits them")) }
                },
                &html! { @if let Some(ticket) = outage.ticket { a.button href={ "/desk/t/" (ticket) } { (t!("Open {ticket}", ticket)) } } },
            ))
        }
    }
}

fn days(days: &[OfDay]) -> Markup {
    let (arrived, solved): (u64, u64) =
        days.iter().fold((0, 0), |(arrived, solved), day| (arrived + day.arrived, solved + day.solved));
    let summary = t!(
        "In the last {n} days {arrived} tickets came and {solved} were solved.",
        n = days.len(),
        arrived,
        solved
    );
    let labels: Vec<_> = days.iter().map(|day| on(day.day, t!("%-d %b"))).collect();
    let pairs: Vec<_> = days
        .iter()
        .zip(&labels)
        .map(|(day, label)| Pair { label, first: day.arrived, second: day.solved })
        .collect();
    ui::panel(
        t!("Came and solved"),
        &html! {},
        &html! {
            p.soft { (summary) }
            (ui::pair_chart(&PairChart { summary: &summary, columns: (t!("Day"), t!("Came"), t!("Solved")), pairs: &pairs }))
        },
    )
}

fn kept(days: &[OfDay]) -> Markup {
    let (kept, missed): (u64, u64) =
        days.iter().fold((0, 0), |(kept, missed), day| (kept + day.kept, missed + day.missed));
    let all = kept + missed;
    let summary = (kept * 100).checked_div(all).map_or_else(
        || t!("Nothing was solved in these days of which a time was promised.").to_owned(),
        |share| t!("{kept} of {all} tickets were solved in the time promised: {share} %.", kept, all, share),
    );
    let labels: Vec<_> = days.iter().map(|day| on(day.day, t!("%-d %b"))).collect();
    let pairs: Vec<_> = days
        .iter()
        .zip(&labels)
        .map(|(day, label)| Pair { label, first: day.kept, second: day.missed })
        .collect();
    ui::panel(
        t!("Promises kept"),
        &html! { a.link href={ (filter::ADDRESS) "?sla=breached" } { (t!("Overdue now")) } },
        &html! {
            p.soft { (summary) }
            @if all > 0 {
                (ui::pair_chart(&PairChart { summary: &summary, columns: (t!("Day solved"), t!("In time"), t!("Late")), pairs: &pairs }))
            }
        },
    )
}

fn ages(figures: &FiguresView) -> Markup {
    let total: u64 = figures.ages.iter().map(|age| age.tickets).sum();
    let old: u64 = figures.ages.iter().filter(|age| age.from_days >= 7).map(|age| age.tickets).sum();
    let summary = t!("{total} are open; {old} of them for a week or longer.", total, old);
    let own: Vec<_> = figures
        .ages
        .iter()
        .map(|age| {
            let label = match (age.from_days, age.to_days) {
                (0, _) => t!("today").to_owned(),
                (from, Some(to)) => t!("{from}–{to} d", from, to),
                (from, None) => t!("{from} d +", from),
            };
            (label, age.tickets.to_string())
        })
        .collect();
    let bars: Vec<_> = figures
        .ages
        .iter()
        .zip(&own)
        .map(|(age, (label, words))| Bar { label, value: age.tickets, words, over: age.to_days.is_none() })
        .collect();
    ui::panel(
        t!("How old the open ones are"),
        &html! { a.link href={ (filter::ADDRESS) "?sort=oldest" } { (t!("The oldest")) } },
        &html! {
            p.soft { (summary) }
            (ui::bar_chart(&BarChart { summary: &summary, columns: (t!("Age"), t!("Tickets")), bars: &bars }))
        },
    )
}

fn said(figures: &FiguresView) -> Markup {
    let total: u64 = figures.ratings.iter().map(|(_, count)| count).sum();
    let good =
        figures.ratings.iter().find(|(rating, _)| *rating == Rating::Good).map_or(0, |(_, good)| *good);
    let summary = if total == 0 {
        t!("Nobody has said yet how they were helped. Requesters are asked once their ticket is solved.")
            .to_owned()
    } else {
        t!("{good} of {total} said in the last 30 days that it went well.", good, total)
    };
    let own: Vec<_> =
        figures.ratings.iter().map(|(rating, count)| (told(rating.words()), count.to_string())).collect();
    let bars: Vec<_> = figures
        .ratings
        .iter()
        .zip(&own)
        .map(|((rating, count), (label, words))| Bar {
            label,
            value: *count,
            words,
            over: *rating == Rating::Poor,
        })
        .collect();
    ui::panel(
        t!("How requesters were helped"),
        &html! {},
        &html! {
            p.soft { (summary) }
            @if total > 0 {
                (ui::bar_chart(&BarChart { summary: &summary, columns: (t!("What they said"), t!("Tickets")), bars: &bars }))
            }
        },
    )
}
