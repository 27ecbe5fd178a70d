//! Queues: the lists that technicians work, and the shell around them.

use axum::extract::{Path, Query, State};
use desk::{
    data::{Queue, QueuePlace, QueueRow},
    ticket::{QueuePage, Search, Sidebar, SidebarView, Snoozed},
};
use domain::identity::Capability;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    filter,
    rows::{Shown, found, rows},
    seat::seat_of,
    snooze,
};
use crate::{
    AppState,
    page::{PageResult, Reader, rooms},
    routes::query_value,
    ui::{self, Icon, SideGroup, SideLink, Tone},
    words::t,
};

/// Rows of a page.
const ROWS: u32 = 50;

/// A queue as its address names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueueName(pub(super) String);

impl QueueName {
    pub(super) fn mine() -> Self {
        Self("mine".to_owned())
    }

    /// The queue, if the name is one.
    pub(super) fn queue(&self, reader: &Reader) -> Option<Queue> {
        match self.0.as_str() {
            "mine" => Some(Queue::Assignee(reader.id())),
            "unassigned" => Some(Queue::Unassigned),
            "open" => Some(Queue::Open),
            "problems" => Some(Queue::Problems),
            group => group.parse().ok().map(Queue::Team),
        }
    }

    pub(super) fn title(&self, side: &SidebarView) -> String {
        match self.0.as_str() {
            "mine" => t!("My queue").to_owned(),
            "unassigned" => t!("Unassigned").to_owned(),
            "open" => t!("All open").to_owned(),
            "problems" => t!("Problems").to_owned(),
            all if filter::query_of(all).is_some() => t!("Tickets").to_owned(),
            id => side
                .groups
                .iter()
                .find(|group| group.id.to_string() == id)
                .map_or_else(|| t!("Queue").to_owned(), |group| group.name.clone()),
        }
    }

    fn is_problems(&self) -> bool {
        self.0 == "problems"
    }

    fn count(&self, side: &SidebarView) -> u64 {
        match self.0.as_str() {
            "mine" => side.mine,
            "unassigned" => side.unassigned,
            "open" => side.open,
            "problems" => side.problems,
            id => side.groups.iter().find(|group| group.id.to_string() == id).map_or(0, |group| group.count),
        }
    }

    pub(super) fn href(&self) -> String {
        format!("/desk/q/{}", self.0)
    }

    /// The queue as the value of a parameter: a ticket opened from a list leads back to it.
    pub(super) fn param(&self) -> String {
        query_value(&self.0)
    }
}

/// Where in a queue a page starts.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    pub(super) after: Option<String>,
}

impl Place {
    fn get(&self) -> Option<QueuePlace> {
        let (rank, id) = self.after.as_deref()?.split_once('.')?;
        Some(QueuePlace { rank: rank.parse().ok()?, id: id.to_owned() })
    }
}

fn cursor(place: &QueuePlace) -> String {
    format!("{}.{}", place.rank, place.id)
}

/// A list, drawn, and where in it the ticket stands that is open beside it.
pub(super) struct Listed {
    pub(super) pane: Markup,
    pub(super) place: Option<InList>,
}

/// Where a ticket stands in a list.
#[derive(Debug)]
pub(super) struct InList {
    /// 1 for the first.
    nth: usize,
    /// How many the list has, or what is known of that.
    of: String,
    before: Option<String>,
    pub(super) after: Option<String>,
}

impl InList {
    /// The place of the ticket with this number. Only the first page of a list is looked at.
    pub(super) fn of(rows: &[QueueRow], current: Option<&str>, of: String) -> Option<Self> {
        let current = current?;
        let nth = rows.iter().position(|row| row.number.to_string() == current)?;
        let at = |nth: usize| rows.get(nth).map(|row| row.number.to_string());
        Some(Self { nth: nth + 1, of, before: nth.checked_sub(1).and_then(at), after: at(nth + 1) })
    }

    /// "7 of 32", between the ways to the one before and the one after.
    pub(super) fn draw(&self, name: &QueueName, title: &str) -> Markup {
        fn link(to: Option<&(String, String)>) -> Option<(&str, &str)> {
            to.map(|(number, address)| (number.as_str(), address.as_str()))
        }
        let address = |number: &String| (number.clone(), format!("/desk/t/{number}?q={}", name.param()));
        let (before, after) = (self.before.as_ref().map(address), self.after.as_ref().map(address));
        ui::in_list(&ui::InList {
            list: title,
            words: &t!("{nth} of {of}", nth = self.nth, of = self.of),
            before: link(before.as_ref()),
            after: link(after.as_ref()),
        })
    }
}

/// A queue at full width.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(name): Path<String>,
    Query(place): Query<Place>,
) -> PageResult {
    let name = QueueName(name);
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let list = list(&app, &reader, &name, &side, &place, None).await?;
    let seat = seat_of(&app, &reader).await?;
    let body = Side::of(&reader, &side, Some(&name)).around(&reader, &seat, &list.pane, None);
    Ok(reader.page(&name.title(&side), &body))
}

/// The list pane of a queue; `current` is the ticket that stands open beside it.
pub(super) async fn list(
    app: &AppState,
    reader: &Reader,
    name: &QueueName,
    side: &SidebarView,
    place: &Place,
    current: Option<&str>,
) -> PageResult<Listed> {
    if let Some(query) = filter::query_of(&name.0) {
        return filter::list(app, reader, query, side, place.after.as_deref(), current).await;
    }
    let queue = name.queue(reader).ok_or(desk::Refused::NotFound("queue"))?;
    let page = app.desk.ask(reader.ctx(), QueuePage { queue, after: place.get(), limit: ROWS }).await?;
    let shown = Shown::of(app, reader, None).await?;
    let body = if page.items.is_empty() {
        nothing(name)
    } else {
        let older = page.next.as_ref().map(|next| format!("{}?after={}", name.href(), cursor(next)));
        let newer = place.after.is_some().then(|| name.href());
        html! {
            (rows(reader, name, &page.items, &shown, current))
            @if older.is_some() || newer.is_some() { (ui::pager(newer.as_deref(), older.as_deref(), t!("most pressing first"))) }
        }
    };
    let off = if name.0 == "mine" && place.after.is_none() {
        app.desk.ask(reader.ctx(), Snoozed).await?
    } else {
        Vec::new()
    };
    let body = html! { (body) (snooze::below(reader, &off)) };
    let count = name.count(side);
    // What one has put off is counted with one's own and stands below the list.
    let all = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(off.len());
    let place = InList::of(&page.items, current, all.max(page.items.len()).to_string());
    let title = name.title(side);
    let summary = if place.is_some() { String::new() } else { t!("{count} open", count) };
    let tools = html! {
        @if let Some(place) = &place { (place.draw(name, &title)) }
        @if current.is_none() {
            (ui::search_box("/desk/search", "", t!("Search tickets"), None))
            @if let Some(query) = filter::same_as(&name.0) {
                a.button href={ (filter::ADDRESS) "?" (query) "#filter" } data-command=(t!("Filter this list")) { (t!("Filter")) }
            }
            @if name.is_problems() {
                a.button href="/desk/problems/new" { (ui::icon(Icon::Plus)) (t!("New problem")) }
            } @else {
                a.button href="/desk/new" data-command=(t!("New ticket")) { (ui::icon(Icon::Plus)) (t!("New")) }
            }
        }
    };
    let pane = ui::list_pane(&ui::ListPane {
        title: &title,
        summary: &summary,
        tools: &tools,
        body: &body,
        alone: current.is_none(),
        topic: "queue",
    });
    Ok(Listed { pane, place })
}

/// What an empty queue says.
fn nothing(name: &QueueName) -> Markup {
    let (title, sentence) = match name.0.as_str() {
        "mine" => (
            t!("Nothing is on you"),
            t!("Take a ticket from Unassigned, and it stands here until it is solved."),
        ),
        "unassigned" => (t!("Nobody waits here"), t!("New tickets appear by themselves.")),
        "problems" => (
            t!("No open problems"),
            t!(
                "A problem is the cause behind incidents: open one from an incident that keeps coming back, and it gathers them."
            ),
        ),
        _ => (t!("This queue is empty"), t!("New tickets appear by themselves.")),
    };
    let acts = html! {
        @if name.is_problems() {
            a.button href="/desk/problems/new" { (t!("Open a problem")) }
        } @else {
            a.button href="/desk/q/unassigned" { (t!("Open Unassigned")) }
        }
    };
    ui::empty(Icon::Check, title, sentence, &acts)
}

/// The sidebar, with addresses that it owns.
pub(super) struct Side {
    mine: Vec<Line>,
    views: Vec<Line>,
    groups: Vec<Line>,
    rooms: Vec<Line>,
}

struct Line {
    href: String,
    icon: Icon,
    label: String,
    count: Option<u64>,
    current: bool,
}

impl Line {
    fn link(&self) -> SideLink<'_> {
        SideLink {
            href: &self.href,
            icon: self.icon,
            label: &self.label,
            count: self.count,
            tone: Tone::Plain,
            current: self.current,
        }
    }
}

impl Side {
    pub(super) fn of(reader: &Reader, view: &SidebarView, current: Option<&QueueName>) -> Self {
        let here = |name: &str| current.is_some_and(|current| current.0 == name);
        let line = |icon, label: &str, name: &str, count| Line {
            href: format!("/desk/q/{name}"),
            icon,
            label: label.to_owned(),
            count: Some(count),
            current: here(name),
        };
        let mine = vec![
            Line {
                href: "/desk".to_owned(),
                icon: Icon::Home,
                label: t!("Home").to_owned(),
                count: None,
                current: here("home"),
            },
            line(Icon::Inbox, t!("My queue"), "mine", view.mine),
            line(Icon::Nobody, t!("Unassigned"), "unassigned", view.unassigned),
            line(Icon::Ticket, t!("All open"), "open", view.open),
            line(Icon::Link, t!("Problems"), "problems", view.problems),
        ];
        let groups = view
            .groups
            .iter()
            .map(|group| line(Icon::People, &group.name, &group.id.to_string(), group.count))
            .collect();
        let views = view
            .views
            .iter()
            .map(|view| Line {
                href: format!("{}?{}", filter::ADDRESS, view.query),
                icon: Icon::Ticket,
                label: view.name.clone(),
                count: None,
                current: here(&format!("all?{}", view.query)),
            })
            .collect();
        let tool = |href: &str, icon, label: &str| Line {
            href: href.to_owned(),
            icon,
            label: label.to_owned(),
            count: None,
            current: false,
        };
        let rooms = rooms(reader)
            .into_iter()
            .filter(|(href, _)| *href != "/desk")
            .map(|(href, word)| Line {
                href: href.to_owned(),
                icon: if href == "/licences" {
                    Icon::Chart
                } else if href == "/audit" {
                    Icon::Shield
                } else {
                    Icon::Home
                },
                label: word.to_owned(),
                count: None,
                current: false,
            })
            .chain(
                reader.may(Capability::ReportRead).then(|| Line {
                    current: here("effort"),
                    ..tool("/desk/effort", Icon::Chart, t!("Effort"))
                }),
            )
            .chain(reader.may(Capability::TicketWork).then(|| tool("/desk/views", Icon::Search, t!("Views"))))
            .chain(
                reader
                    .may(Capability::TicketWork)
                    .then(|| tool("/desk/texts", Icon::File, t!("Text modules"))),
            )
            .chain(reader.may(Capability::TicketWork).then(|| tool("/desk/macros", Icon::More, t!("Macros"))))
            .chain(
                reader
                    .may(Capability::TicketWork)
                    .then(|| tool("/desk/templates", Icon::Plus, t!("Templates"))),
            )
            .chain(
                reader
                    .may(Capability::TicketWork)
                    .then(|| tool("/desk/recurring", Icon::Clock, t!("Recurring tickets"))),
            )
            .collect();
        Self { mine, views, groups, rooms }
    }

    /// The shell of the workspace around a list, and around a ticket with its context where one is open.
    pub(super) fn around(
        &self,
        reader: &Reader,
        seat: &Markup,
        list: &Markup,
        ticket: Option<(&Markup, &Markup)>,
    ) -> Markup {
        fn links(lines: &[Line]) -> Vec<SideLink<'_>> {
            lines.iter().map(Line::link).collect()
        }
        let (mine, views) = (links(&self.mine), links(&self.views));
        let (groups, rooms) = (links(&self.groups), links(&self.rooms));
        let all = [
            SideGroup { title: "", links: &mine },
            SideGroup { title: t!("Views"), links: &views },
            SideGroup { title: t!("Groups"), links: &groups },
            SideGroup { title: t!("Rooms"), links: &rooms },
        ];
        let side: Vec<_> = all.into_iter().filter(|group| !group.links.is_empty()).collect();
        ui::desk(&ui::Desk {
            side: &side,
            seat,
            person: reader.name(),
            list,
            ticket: ticket.map(|(pane, _)| pane),
            context: ticket.map(|(_, context)| context),
            search: "/desk/search",
            find: "/desk/find",
        })
    }
}

/// A page of the workspace that stands alone: no ticket beside it, and nothing in it that changes by itself.
pub(super) async fn alone(
    app: &AppState,
    reader: &Reader,
    status: StatusCode,
    title: &str,
    body: &Markup,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let list =
        ui::list_pane(&ui::ListPane { title, summary: "", tools: &html! {}, body, alone: true, topic: "" });
    let seat = seat_of(app, reader).await?;
    let body = Side::of(reader, &side, None).around(reader, &seat, &list, None);
    Ok(reader.page_with(status, title, &body))
}

/// The page on which one of several things that are kept is changed: the way back to all of them, the form, and a button that
/// removes it.
pub(super) fn kept_one(reader: &Reader, action: &str, (all, words): (&str, &str), form: &Markup) -> Markup {
    html! {
        div.form-page.texts id="changed" {
            p { a.link href=(all) { (words) } }
            (form)
            (ui::act(&format!("{action}/remove"), reader.csrf(), &[], None, "bare", t!("Remove it")))
        }
    }
}

/// What a search asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// Tickets that words find, as a list pane at full width.
pub(super) async fn search(
    State(app): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let hits =
        app.desk.ask(reader.ctx(), Search { text: asked.q.clone(), own_only: false, limit: 50 }).await?;
    let body = html! {
        @if asked.q.trim().is_empty() {
            (ui::empty(Icon::Search, t!("Search tickets"), t!("Words, a \"phrase in quotes\", a number such as INC-1042, or the number of another desk. A word after - must not occur."), &html! {}))
        } @else if hits.is_empty() {
            (ui::empty(Icon::Search, t!("Nothing found"), t!("Try fewer words, or the beginning of one."), &html! {}))
        } @else {
            (found(&hits, &reader))
        }
    };
    let list = ui::list_pane(&ui::ListPane {
        title: t!("Search"),
        summary: &if hits.is_empty() { String::new() } else { t!("{n} found", n = hits.len()) },
        tools: &ui::search_box("/desk/search", &asked.q, t!("Search tickets"), Some("list-scroll")),
        body: &body,
        alone: true,
        topic: "",
    });
    let seat = seat_of(&app, &reader).await?;
    let body = Side::of(&reader, &side, None).around(&reader, &seat, &list, None);
    Ok(reader.page(t!("Search"), &body))
}
