//! Filtered lists of tickets: each is a link, with a chip for each part of its filter.

use axum::{
    extract::{Query, RawQuery, State},
    response::{IntoResponse, Redirect},
};
use desk::{
    Refused,
    data::{ListPlace, Person},
    ticket::{FilteredPage, FilteredView, Sidebar, SidebarView, Technicians},
};
use domain::{
    TicketId,
    identity::Capability,
    ticket::{AssigneeIs, Column, Filter, Kind, OrNone, Priority, PromiseAt, Scope, Sort},
};
use maud::html;

use super::{
    queue::{InList, Listed, Place, QueueName, Side},
    rows::{self, Shown},
    seat::seat_of,
    views,
};
use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{self, FilterChip, FilterChoice, Icon},
    words::{t, told, told_word},
};

/// Where filtered lists are.
pub(super) const ADDRESS: &str = "/desk/q/all";

/// Rows of a page.
const ROWS: u32 = 50;

/// The query of the filtered list that a queue's name is: "all", or "all?" and its query.
pub(super) fn query_of(name: &str) -> Option<&str> {
    match name.strip_prefix("all")? {
        "" => Some(""),
        rest => rest.strip_prefix('?'),
    }
}

/// The query of the filtered list that shows the same as a queue.
pub(super) fn same_as(queue: &str) -> Option<String> {
    Some(match queue {
        "mine" => "assignee=me".to_owned(),
        "unassigned" => "assignee=none".to_owned(),
        "open" => String::new(),
        "problems" => "kind=problem".to_owned(),
        group => format!("group={}", group.parse::<domain::GroupId>().ok()?),
    })
}

/// The filter that a query says.
pub(crate) fn filter(query: &str) -> desk::Result<Filter> {
    let pairs = form_pairs(query);
    let filter = Filter::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    filter.map_err(|error| Refused::field(error.part, error.sentence))
}

pub(super) fn read(query: &str) -> PageResult<Filter> {
    Ok(filter(query)?)
}

/// Names and values of a query.
pub(super) fn form_pairs(query: &str) -> Vec<(String, String)> {
    let uri = format!("/?{query}").parse::<http::Uri>().ok();
    let pairs = uri.and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    pairs.map(|Query(pairs)| pairs).unwrap_or_default()
}

pub(super) fn address(filter: &Filter) -> String {
    match filter.query().as_str() {
        "" => ADDRESS.to_owned(),
        query => format!("{ADDRESS}?{query}"),
    }
}

fn name_of(filter: &Filter) -> QueueName {
    match filter.query().as_str() {
        "" => QueueName("all".to_owned()),
        query => QueueName(format!("all?{query}")),
    }
}

/// A filtered list at full width. A form sends parts that say nothing; its list has the shorter address too.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    RawQuery(query): RawQuery,
    Query(place): Query<Place>,
) -> PageResult {
    let query = query.unwrap_or_default();
    let filter = read(&query)?;
    if form_pairs(&query).iter().any(|(_, value)| value.is_empty()) {
        // The form names the columns that it found, too.
        let own = filter.columns == Some(reader.columns());
        let filter = if own { filter.without("columns") } else { filter };
        return Ok(Redirect::to(&address(&filter)).into_response());
    }
    let name = name_of(&filter);
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let list = super::queue::list(&app, &reader, &name, &side, &place, None).await?;
    let seat = seat_of(&app, &reader).await?;
    let body = Side::of(&reader, &side, Some(&name)).around(&reader, &seat, &list.pane, None);
    Ok(reader.page(&name.title(&side), &body))
}

/// The list pane of a filtered list.
pub(super) async fn list(
    app: &AppState,
    reader: &Reader,
    query: &str,
    side: &SidebarView,
    after: Option<&str>,
    current: Option<&str>,
) -> PageResult<Listed> {
    let filter = read(query)?;
    let ask = FilteredPage { filter: filter.clone(), after: after.and_then(place), limit: ROWS };
    let view = app.desk.ask(reader.ctx(), ask).await?;
    let shown = Shown::of(app, reader, filter.columns).await?;
    let chips = chips(&filter, side, &view);
    let panel = if current.is_none() {
        let technicians = app.desk.ask(reader.ctx(), Technicians).await?;
        let choices = choices(&filter, side, &technicians);
        let columns = filter.columns.unwrap_or_else(|| reader.columns());
        let offered = |part: &str| part == "columns" || choices.iter().any(|choice| choice.name == part);
        let kept: Vec<_> = filter.parts().into_iter().filter(|(part, _)| !offered(part)).collect();
        ui::filter_panel(&ui::FilterPanel {
            action: ADDRESS,
            chips: &chips,
            choices: &choices,
            columns: &Column::ALL
                .iter()
                .map(|it| (it.as_str(), told_word(it.words()), columns.has(*it)))
                .collect::<Vec<_>>(),
            kept: &kept,
            open: false,
        })
    } else {
        html! {}
    };
    let name = name_of(&filter);
    let body = html! {
        (panel)
        @if current.is_none() { (rows::everywhere(reader, &filter)) }
        @if current.is_none() && reader.may(Capability::TicketWork) { (views::form(reader, &filter.query(), &side.views)) }
        @if view.page.items.is_empty() {
            (ui::empty(Icon::Search, t!("No ticket is like this"), t!("Remove a filter, and more is shown."), &html! {
                a.button href=(ADDRESS) { (t!("Show all open tickets")) }
            }))
        } @else {
            (rows::rows(reader, &name, &view.page.items, &shown, current))
        }
        @let older = view.page.next.as_ref().map(|next| older(&filter, next));
        @let newer = after.is_some().then(|| address(&filter));
        @if older.is_some() || newer.is_some() {
            (ui::pager(newer.as_deref(), older.as_deref(), &told(filter.order().words())))
        }
    };
    let shown = view.page.items.len();
    let of = if view.page.next.is_some() { t!("more than {shown}", shown) } else { shown.to_string() };
    let place = InList::of(&view.page.items, current, of);
    let title = name.title(side);
    let summary = if place.is_some() { "" } else { told_word(filter.order().words()) };
    let tools = html! {
        @if let Some(place) = &place { (place.draw(&name, &title)) }
        @if current.is_none() {
            (ui::search_box("/desk/search", "", t!("Search tickets"), None))
            a.button href="/desk/new" data-command=(t!("New ticket")) { (ui::icon(Icon::Plus)) (t!("New")) }
        }
    };
    let pane = ui::list_pane(&ui::ListPane {
        title: &title,
        summary,
        tools: &tools,
        body: &body,
        alone: current.is_none(),
        topic: "queue",
    });
    Ok(Listed { pane, place })
}

fn older(filter: &Filter, next: &ListPlace) -> String {
    let query = filter.query();
    let and = if query.is_empty() { "" } else { "&" };
    format!("{ADDRESS}?{query}{and}after={}", cursor(next))
}

/// A place in a list as an address says it.
pub(crate) fn cursor(place: &ListPlace) -> String {
    format!("{}.{}.{}", place.priority, place.key, place.id)
}

/// The place that an address says, if it says one.
pub(crate) fn place(text: &str) -> Option<ListPlace> {
    let mut parts = text.splitn(3, '.');
    let (priority, key, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    id.parse::<TicketId>().ok()?;
    Some(ListPlace { priority, key, id: id.to_owned() })
}

fn chips(filter: &Filter, side: &SidebarView, view: &FilteredView) -> Vec<FilterChip> {
    let chip = |part: &'static str, name: &str, words: String| FilterChip {
        part,
        words,
        without: address(&filter.without(name)),
    };
    let days = |days: u16| if days == 1 { t!("1 day").to_owned() } else { t!("{days} days", days) };
    let unknown = || t!("somebody unknown").to_owned();
    let mut chips = Vec::new();
    if filter.scope != Scope::Open {
        chips.push(chip(t!("State"), "state", told(filter.scope.words()).into_owned()));
    }
    chips.extend(filter.kind.map(|kind| chip(t!("Kind"), "kind", told(kind.words()).into_owned())));
    chips.extend(filter.group.map(|group| {
        let words = match group {
            OrNone::None => t!("no group").to_owned(),
            OrNone::Is(id) => {
                let known = side.groups.iter().find(|group| group.id == id);
                known.map_or_else(|| t!("a group unknown").to_owned(), |group| group.name.clone())
            }
        };
        chip(t!("Group"), "group", words)
    }));
    chips.extend(filter.assignee.map(|assignee| {
        let words = match assignee {
            AssigneeIs::Me => t!("me").to_owned(),
            AssigneeIs::Nobody => t!("nobody").to_owned(),
            AssigneeIs::Person(_) => view.assignee.clone().unwrap_or_else(unknown),
        };
        chip(t!("Assignee"), "assignee", words)
    }));
    if filter.requester.is_some() {
        chips.push(chip(t!("Requester"), "requester", view.requester.clone().unwrap_or_else(unknown)));
    }
    chips.extend(filter.priority.map(|priority| {
        chip(t!("Priority"), "priority", format!("{} {}", priority.number(), told(priority.label())))
    }));
    chips.extend(
        filter
            .category
            .as_ref()
            .map(|category| chip(t!("Category"), "category", category.as_str().to_owned())),
    );
    chips.extend(filter.sla.map(|sla| chip(t!("Promise"), "sla", told(sla.words()).into_owned())));
    chips.extend(filter.idle.map(|idle| chip(t!("Unchanged for"), "idle", days(idle))));
    chips.extend(filter.age.map(|age| chip(t!("Raised before"), "age", t!("{days} ago", days = days(age)))));
    if filter.sort != Sort::Due {
        chips.push(chip(t!("Order"), "sort", told(filter.sort.words()).into_owned()));
    }
    chips.extend(filter.columns.map(|columns| {
        let words: Vec<_> = columns.each().map(Column::words).map(told_word).collect();
        chip(t!("Columns"), "columns", words.join(", "))
    }));
    chips
}

fn choices(filter: &Filter, side: &SidebarView, technicians: &[Person]) -> Vec<FilterChoice> {
    type Options = Vec<(String, String, bool)>;
    fn any<T: Copy + PartialEq + std::fmt::Display>(
        all: &[T],
        chosen: Option<T>,
        words: impl Fn(T) -> String,
    ) -> Options {
        let none = (String::new(), t!("Any").to_owned(), chosen.is_none());
        let rest = all.iter().map(|one| (one.to_string(), words(*one), chosen == Some(*one)));
        std::iter::once(none).chain(rest).collect()
    }
    let select = |name, label, options| FilterChoice { name, label, options, value: String::new() };
    let number = |name, label, value: Option<u16>| FilterChoice {
        name,
        label,
        options: Vec::new(),
        value: value.map(|days| days.to_string()).unwrap_or_default(),
    };
    let scope = Scope::ALL
        .iter()
        .map(|it| (it.to_string(), told(it.words()).into_owned(), *it == filter.scope))
        .collect();
    let sort =
        Sort::ALL.iter().map(|it| (it.to_string(), capital(&told(it.words())), *it == filter.sort)).collect();
    let mut group: Options = vec![
        (String::new(), t!("Any").to_owned(), filter.group.is_none()),
        ("none".to_owned(), t!("No group").to_owned(), filter.group == Some(OrNone::None)),
    ];
    group.extend(
        side.groups
            .iter()
            .map(|it| (it.id.to_string(), it.name.clone(), filter.group == Some(OrNone::Is(it.id)))),
    );
    let mut assignee: Options = vec![
        (String::new(), t!("Anybody or nobody").to_owned(), filter.assignee.is_none()),
        ("me".to_owned(), t!("Me").to_owned(), filter.assignee == Some(AssigneeIs::Me)),
        ("none".to_owned(), t!("Nobody").to_owned(), filter.assignee == Some(AssigneeIs::Nobody)),
    ];
    assignee.extend(technicians.iter().map(|person| {
        let chosen = filter.assignee == Some(AssigneeIs::Person(person.id));
        (person.id.to_string(), person.name.clone(), chosen)
    }));
    vec![
        select("state", t!("State"), scope),
        select("kind", t!("Kind"), any(Kind::ALL, filter.kind, |kind| capital(&told(kind.words())))),
        select("group", t!("Group"), group),
        select("assignee", t!("Assignee"), assignee),
        select(
            "priority",
            t!("Priority"),
            any(Priority::ALL, filter.priority, |it| format!("{} · {}", it.number(), told(it.label()))),
        ),
        select("sla", t!("Promise"), any(PromiseAt::ALL, filter.sla, |sla| capital(&told(sla.words())))),
        number("idle", t!("Unchanged for (days)"), filter.idle),
        number("age", t!("Raised before (days ago)"), filter.age),
        select("sort", t!("Order"), sort),
    ]
}

fn capital(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}
