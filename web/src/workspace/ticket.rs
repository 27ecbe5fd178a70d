//! One ticket at the desk: list, timeline, composer, and what is known about it.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    data::Person,
    ticket::{
        ClockView, FromTheSameRequester, MacroView, Macros, OutageDetailView, OutageOf, RatingOf, RatingView,
        Sidebar, SnoozeOf, TicketDetail, TicketDetailView, TicketRef, TicketView, TimelineItem, Writing,
        WritingView,
    },
};
use domain::{
    Timestamp,
    identity::Capability,
    sla::{Segment, Status},
    ticket::{Impact, Kind, LinkKind, Requirement, Urgency},
};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    here, outage,
    queue::{self, Place, QueueName, Side},
    seat::seat_of,
    snooze,
    words::{Promise, bytes, channel_words, span, stage},
};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Reader},
    ui::{self, Entry, Voice},
};

/// So many macros stand beside a ticket.
const MACROS: u32 = 12;

/// The list that a ticket was opened from.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    pub(super) q: Option<String>,
}

impl From {
    pub(super) fn queue(&self) -> QueueName {
        self.q.clone().map_or_else(QueueName::mine, QueueName)
    }
}

/// What a page of a ticket shows beside the ticket itself: the answer to a form that was refused.
pub(super) struct Extras {
    pub(super) status: StatusCode,
    /// Above the timeline: a verdict, a conflict.
    pub(super) notice: Markup,
    /// What was typed and not sent.
    pub(super) text: String,
    pub(super) note: bool,
    /// What is wrong with the text.
    pub(super) error: Option<String>,
}

impl Default for Extras {
    fn default() -> Self {
        Self { status: StatusCode::OK, notice: html! {}, text: String::new(), note: false, error: None }
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
) -> PageResult {
    page(&app, &reader, ticket.parse()?, &from, Extras::default()).await
}

/// The three panes.
pub(super) async fn page(
    app: &AppState,
    reader: &Reader,
    ticket: TicketRef,
    from: &From,
    extras: Extras,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let detail = app.desk.ask(reader.ctx(), TicketDetail { ticket }).await?;
    let side = app.desk.ask(reader.ctx(), Sidebar).await?;
    let writing = app.desk.ask(reader.ctx(), Writing { ticket }).await?;
    let others = app.desk.ask(reader.ctx(), FromTheSameRequester { ticket, limit: 5 }).await?;
    let articles = app.desk.ask(reader.ctx(), desk::knowledge::RelatedArticles { ticket }).await?;
    let outage = app.desk.ask(reader.ctx(), OutageOf { ticket }).await?;
    let off = app.desk.ask(reader.ctx(), SnoozeOf { ticket }).await?;
    let rated = app.desk.ask(reader.ctx(), RatingOf { ticket }).await?;
    let macros = if reader.may(Capability::TicketWork) {
        app.desk.ask(reader.ctx(), Macros { most: Some(MACROS + 1) }).await?
    } else {
        Vec::new()
    };
    let technicians = app.desk.ask(reader.ctx(), desk::ticket::Technicians).await?;
    let name = from.queue();
    let number = detail.view.ticket.number.to_string();
    let list = queue::list(app, reader, &name, &side, &Place::default(), Some(&number)).await?;
    let seat = seat_of(app, reader).await?;
    let title = name.title(&side);
    let groups: Vec<_> = side.groups.iter().map(|group| (group.id.to_string(), group.name.clone())).collect();
    let page = Page {
        reader,
        detail: &detail,
        writing: &writing,
        others: &others,
        articles: &articles,
        outage: outage.as_ref(),
        rated: rated.as_ref(),
        macros: &macros,
        off,
        queue: &name,
        number: &number,
    };
    let pane = page.pane(&extras, &title);
    let context = page.context(&extras, &technicians, &groups);
    let body = Side::of(reader, &side, Some(&name)).around(reader, &seat, &list, Some((&pane, &context)));
    let title = format!("{number} {}", detail.view.ticket.subject);
    Ok::<Response, _>(reader.page_with(extras.status, &title, &body))
}

struct Page<'a> {
    reader: &'a Reader,
    detail: &'a TicketDetailView,
    writing: &'a WritingView,
    others: &'a [TicketView],
    articles: &'a [desk::knowledge::ArticleHit],
    outage: Option<&'a OutageDetailView>,
    rated: Option<&'a RatingView>,
    macros: &'a [MacroView],
    off: Option<Timestamp>,
    queue: &'a QueueName,
    number: &'a str,
}

impl Page<'_> {
    fn action(&self, verb: &str) -> String {
        format!("/desk/t/{}/{verb}?q={}", self.number, self.queue.param())
    }

    fn pane(&self, extras: &Extras, back: &str) -> Markup {
        let ticket = &self.detail.view.ticket;
        let open = ticket.merged.is_none() && !ticket.phase.is_final();
        let can_solve = self.detail.steps.iter().any(|step| step.to.as_str() == "resolved");
        let watchers = self.detail.watchers.len();
        let readers = match watchers {
            0 => self.detail.view.requester_name.clone(),
            1 => format!("{} and 1 watcher", self.detail.view.requester_name),
            n => format!("{} and {n} watchers", self.detail.view.requester_name),
        };
        let key = self.reader.form_key();
        // What was just refused is newer than what was kept of it.
        let refused = !extras.text.is_empty();
        let draft = self.writing.own.as_ref().filter(|_| !refused);
        let (here, written) = here::pieces(self.reader, ticket.id, self.number, self.writing);
        let composer = if open {
            ui::composer(&ui::Composer {
                action: &self.action("say"),
                csrf: self.reader.csrf(),
                hidden: &[("key", &key)],
                draft: &format!("{}:{}", self.reader.id(), ticket.id),
                draft_at: draft.map(|draft| draft.updated_at),
                keep: &self.action("draft"),
                texts: &format!("/desk/t/{}/texts", self.number),
                written: &written,
                text: draft.map_or(&extras.text, |draft| &draft.text),
                note: draft.filter(|draft| !draft.text.is_empty()).map_or(extras.note, |draft| draft.note),
                readers: &readers,
                note_readers: "Technicians",
                can_solve,
                error: extras.error.as_deref(),
            })
        } else {
            html! {
                @match &ticket.merged {
                    Some(merge) => p.soft { "This ticket goes on as " a.link href={ "/desk/t/" (merge.into_number) } { (merge.into_number) } "." },
                    None => p.soft { "This ticket is closed. Raise a new one and link it to this one." },
                }
            }
        };
        ui::ticket_pane(&ui::TicketPane {
            number: self.number,
            subject: ticket.subject.as_str(),
            chips: &self.chips(),
            here: &here,
            verbs: &self.verbs(),
            notice: &extras.notice,
            timeline: &self.timeline(),
            composer: &composer,
            back: (&self.queue.href(), back),
            topic: &format!("ticket:{}", ticket.id),
        })
    }

    fn chips(&self) -> Markup {
        let ticket = &self.detail.view.ticket;
        let due = |view: &&ClockView| view.reading.due_at.unwrap_or(Timestamp::MAX);
        let unmet =
            self.detail.clocks.iter().filter(|view| !matches!(view.reading.status, Status::Met { .. }));
        let pressing = unmet.min_by_key(due);
        html! {
            (ui::state_chip(stage(ticket.phase), &self.detail.view.state_label))
            // There is room for the promise that presses most; the context pane has both.
            @if ticket.phase.is_open() && let Some(view) = pressing { (self.promise(view, "head")) }
        }
    }

    /// A promise that explains itself; `place` tells the two places apart where it stands.
    fn promise(&self, view: &ClockView, place: &str) -> Markup {
        let promise = Promise::of_clock(&view.reading, self.reader.clock());
        let counted = |segment: &Segment| (segment.why.clone(), format!("{} counted", span(segment.counted)));
        let segments: Vec<_> = view.segments.iter().map(counted).collect();
        let shown: Vec<_> = segments.iter().map(|(why, counted)| (why.as_str(), counted.as_str())).collect();
        ui::sla_why(&format!("why-{}-{place}", view.reading.kind), &promise.sla(), &shown)
    }

    fn verbs(&self) -> Markup {
        let ticket = &self.detail.view.ticket;
        let csrf = self.reader.csrf();
        let me = self.reader.id().to_string();
        let live = Some("ticket-head timeline list seat sheet context side");
        let takes =
            ticket.assignee != Some(self.reader.id()) && ticket.phase.is_open() && ticket.merged.is_none();
        let asks = [Requirement::ResolutionCode, Requirement::Comment];
        let mut steps =
            self.detail.steps.iter().filter(|step| !step.requires.iter().any(|r| asks.contains(r)));
        let step = |step: &desk::ticket::AllowedStep| {
            ui::act(&self.action("step"), csrf, &[("to", step.to.as_str())], live, "", &step.label)
        };
        html! {
            @if takes {
                (ui::act(&self.action("assign"), csrf, &[("assignee", &me), ("group", "keep")], live, "", "Take it"))
            } @else if let Some(first) = steps.next() {
                (step(first))
            }
            // There is no room beside the subject for all of them; on a phone this is a sheet.
            div.only-phone { @for next in steps { (step(next)) } }
            @if ticket.merged.is_some() {
                (ui::act(&self.action("unmerge"), csrf, &[], live, "", "Take the merge apart"))
            }
        }
    }

    fn timeline(&self) -> Markup {
        let ticket = &self.detail.view.ticket;
        let items = &self.detail.timeline.items;
        let own: Vec<Item> = items.iter().map(Item::of).collect();
        let files: Vec<_> = self
            .detail
            .attachments
            .iter()
            .map(|file| (format!("/attachments/{}", file.id), file.name.clone(), bytes(file.size)))
            .collect();
        let description = ticket.description.as_ref().map_or_else(
            || html! { p.soft { "No more was written than the subject." } },
            |text| markdown::html(text.as_str(), For::Technician),
        );
        let attachments: Vec<_> =
            files.iter().map(|(href, name, size)| ui::Attachment { href, name, size }).collect();
        let first = Entry::Comment(ui::Comment {
            id: "description",
            voice: Voice::Public,
            by: &self.detail.view.requester_name,
            via: None,
            channel: channel_words(ticket.channel),
            at: ticket.created_at,
            body: description,
            attachments: &attachments,
            mine: ticket.requester == self.reader.id(),
        });
        let rest = items.iter().zip(&own).map(|(item, own)| entry(item, own, self.reader));
        let entries: Vec<_> = std::iter::once(first).chain(rest).collect();
        html! {
            (ui::timeline(&entries, self.reader.clock()))
            @if self.detail.timeline.next.is_some() { p.soft { "More than 200 entries; the rest is in the API." } }
        }
    }

    fn context(&self, extras: &Extras, technicians: &[Person], groups: &[(String, String)]) -> Markup {
        let ticket = &self.detail.view.ticket;
        let (csrf, clock) = (self.reader.csrf(), self.reader.clock());
        let live = "ticket-head timeline list seat sheet context side";
        let priority = format!("{} · {}", ticket.priority.number(), ticket.priority.label());
        html! {
            @for cause in self.detail.links.iter().filter(|link| link.kind == LinkKind::CausedBy) {
                @if let Some(known) = &cause.known { (ui::section("Known cause", &html! {
                    p { a.link href={ "/desk/t/" (cause.number) "?q=problems" } { (cause.number) } " " (cause.subject) }
                    div.known { (markdown::html(known, For::Technician)) }
                })) }
            }
            (ui::section("Requester", &self.requester()))
            @if !self.others.is_empty() { (ui::section("Their other tickets", &self.came_with())) }
            (ui::section("Written down", &html! {
                @if self.articles.is_empty() { p.soft { "No article is about this." } }
                @else { ul { @for hit in self.articles { li { a.link.tall href={ "/knowledge/" (hit.number) } { (hit.number) " " (hit.title) } } } } }
                @if self.reader.may(Capability::TicketWork) {
                    p { a.button.bare href={ "/knowledge/new?ticket=" (self.number) } data-command="Make an article of this" { "Make an article of this" } }
                }
            }))
            @if let Some(rated) = self.rated { (ui::section("How they were helped", &html! {
                p { b { (rated.rating.words()) } " " span.quiet { (ui::time(rated.at, clock)) } }
                @if let Some(words) = &rated.words { p.draft-text { (words) } }
            })) }
            @if let Some(outage) = self.outage_section() { (ui::section("Outage", &outage)) }
            (ui::section("Details", &ui::facts(&[
                ("Priority", html! { (priority) " " (ui::why("why-priority", "why", &self.detail.priority_because, &[])) }),
                ("Category", html! { (ticket.category.as_ref().map_or("none", |category| category.as_str())) }),
                ("Raised", ui::time(ticket.created_at, clock)),
                ("Changed", ui::time(ticket.updated_at, clock)),
            ])))
            @if !self.detail.clocks.is_empty() {
                (ui::section("Promise", &html! { div.inline { @for view in &self.detail.clocks { (self.promise(view, "context")) } } }))
            }
            @if let Some(reference) = &ticket.external_reference {
                (ui::section("Elsewhere", &html! { (reference.number.as_str()) " in " (reference.source.as_str()) }))
            }
            @if ticket.merged.is_none() && !ticket.phase.is_final() { (ui::section("Whose task", &html! {
                form.form.compact method="post" action=(self.action("assign")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    label { "Group" select.input name="group" {
                        option value="" selected[ticket.group.is_none()] { "No group" }
                        @for (id, name) in groups { option value=(id) selected[ticket.group.is_some_and(|group| group.to_string() == *id)] { (name) } }
                    } }
                    label { "Assignee" select.input name="assignee" {
                        option value="" selected[ticket.assignee.is_none()] { "Nobody" }
                        @for person in technicians { option value=(person.id) selected[ticket.assignee == Some(person.id)] { (person.name) } }
                    } }
                    button.button { "Assign" }
                }
            }))
            (ui::section("How pressing", &html! {
                form.form.compact method="post" action=(self.action("change")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    input type="hidden" name="version" value=(ticket.version);
                    label { "Impact" select.input name="impact" {
                        @for impact in Impact::ALL { option value=(impact) selected[*impact == ticket.impact] { (impact) } }
                    } }
                    label { "Urgency" select.input name="urgency" {
                        @for urgency in Urgency::ALL { option value=(urgency) selected[*urgency == ticket.urgency] { (urgency) } }
                    } }
                    button.button { "Change" }
                }
            })) }
            @if !self.detail.steps.is_empty() {
                (ui::section("Move on", &html! {
                    form.form.compact method="post" action=(self.action("step")) data-live=(live) {
                        (ui::csrf_field(csrf))
                        label { "Step" select.input name="to" { @for step in &self.detail.steps { option value=(step.to.as_str()) { (step.label) } } } }
                        // What a refusal asks for is in here.
                        details open[extras.status.is_client_error()] {
                            summary { "Code and work note" }
                            label { "Resolution code" input.input name="resolution_code" value=(if self.detail.steps.iter().any(|step| step.requires.contains(&Requirement::ResolutionCode)) { "solved" } else { "" }) maxlength="60"; }
                            label { "Work note" textarea.input name="note" rows="2" {} }
                        }
                        button.button { "Move" }
                    }
                }))
            }
            @if self.reader.may(Capability::TicketWork) && ticket.phase.is_open() {
                (ui::section("Put it off", &snooze::section(self.reader, &self.action("snooze"), self.off)))
            }
            @if !self.macros.is_empty() && ticket.merged.is_none() && !ticket.phase.is_final() { (ui::section("Macros", &self.macros())) }
            (ui::section("Links", &self.links(live)))
            (ui::section("Following", &html! {
                @for watcher in &self.detail.watchers { (ui::who(&watcher.name, "")) }
                @let (value, word) = if self.detail.follows { ("no", "Unfollow") } else { ("yes", "Follow") };
                (ui::act(&self.action("follow"), csrf, &[("follow", value)], Some(live), "bare", word))
            }))
        }
    }

    /// What everybody is told of it, or the way to tell them.
    fn outage_section(&self) -> Option<Markup> {
        let ticket = &self.detail.view.ticket;
        let address = format!("/desk/t/{}/outage", self.number);
        let works = self.reader.may(Capability::TicketWork);
        let can = works
            && ticket.number.kind == Kind::Incident
            && ticket.phase.is_open()
            && ticket.merged.is_none();
        let going = self.outage.is_some_and(|detail| detail.outage.ended_at.is_none());
        (can || self.outage.is_some()).then(|| html! {
            @if let Some(detail) = self.outage { (outage::standing(detail, &address, works, self.reader.clock())) }
            @if can && !going {
                p { a.button.bare href=(address) data-command="Announce an outage" {
                    @if self.outage.is_some() { "It has come back: tell everybody" } @else { "Many are hit: tell everybody" }
                } }
            }
        })
    }

    /// What is done again and again: each shows what it will change before it does.
    fn macros(&self) -> Markup {
        let address = |id| format!("/desk/together?t={}&q={}&macro={id}", self.number, self.queue.param());
        html! {
            ul.plain.spaced { @for it in self.macros.iter().take(MACROS as usize) {
                li { a.link href=(address(it.id)) data-command={ "Macro: " (it.name) } { (it.name) } p.quiet { (it.does.join(", ")) } }
            } }
            @if self.macros.len() > MACROS as usize { p { a.link href="/desk/macros" { "All macros" } } }
        }
    }

    fn requester(&self) -> Markup {
        match &self.detail.requester {
            None => html! { (ui::who(&self.detail.view.requester_name, "")) },
            Some(person) => {
                let line: Vec<_> =
                    [person.title.as_str(), person.department.as_str(), person.location.as_str()]
                        .into_iter()
                        .filter(|part| !part.is_empty())
                        .collect();
                html! { (ui::who(&person.name, &line.join(" · "))) p.quiet { (person.email) } }
            }
        }
    }

    fn came_with(&self) -> Markup {
        html! {
            ul.plain.came-with {
                @for other in self.others {
                    @let number = other.ticket.number.to_string();
                    li {
                        a.link href={ "/desk/t/" (number) "?q=" (self.queue.param()) } { (number) }
                        " " (other.ticket.subject) " "
                        span.quiet { (other.state_label) ", " (ui::time(other.ticket.created_at, self.reader.clock())) }
                    }
                }
            }
        }
    }

    fn links(&self, live: &str) -> Markup {
        let csrf = self.reader.csrf();
        html! {
            @if !self.detail.links.is_empty() {
                ul.plain {
                    @for link in &self.detail.links {
                        li {
                            span.quiet { (link.words) " " }
                            a.link href={ "/desk/t/" (link.number) "?q=" (self.queue.param()) } { (link.number) }
                            " " (link.subject) " " span.quiet { (link.state_label) }
                            @let (from, to) = if link.outward { (self.number.to_owned(), link.number.to_string()) } else { (link.number.to_string(), self.number.to_owned()) };
                            (ui::act(&self.action("unlink"), csrf, &[("from", &from), ("to", &to), ("kind", link.kind.as_str())], Some(live), "bare", "Unlink"))
                        }
                    }
                }
            }
            @if self.detail.view.ticket.number.kind != Kind::Problem {
                p { a.button href={ "/desk/problems/new?cause_of=" (self.number) } { "Open a problem behind this" } }
            }
            details {
                summary { "Link or merge" }
                form.form.compact method="post" action=(self.action("link")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    label { "This ticket" select.input name="kind" { @for kind in LinkKind::ALL { option value=(kind) { (kind.words()) } } } }
                    label { "Ticket" input.input name="other" placeholder="INC-1042" required maxlength="40"; }
                    button.button { "Link" }
                }
                @if self.detail.view.ticket.merged.is_none() {
                    form.form.compact method="post" action=(self.action("merge")) data-live=(live) {
                        (ui::csrf_field(csrf))
                        label { "Merge into" input.input name="into" placeholder="INC-1042" required maxlength="40"; }
                        button.button { "Merge" }
                    }
                }
            }
        }
    }
}

/// The words of an entry that the drawing borrows.
struct Item {
    id: String,
    channel: String,
}

impl Item {
    fn of(item: &TimelineItem) -> Self {
        let byline = item.byline.as_ref();
        let mut channel = byline.map_or("", |byline| channel_words(byline.channel)).to_owned();
        if let Some(seat) = byline.and_then(|byline| byline.seat.as_deref()) {
            let join = if channel.is_empty() { "" } else { ", " };
            channel = format!("{channel}{join}on {seat}");
        }
        Self { id: format!("entry-{}", item.id), channel }
    }
}

fn entry<'a>(item: &'a TimelineItem, own: &'a Item, reader: &Reader) -> Entry<'a> {
    let by = item.person.as_ref().map_or_else(
        || {
            let external = item.byline.as_ref().and_then(|byline| byline.external.as_ref());
            external.map_or("Freehold", |identity| identity.name.as_str())
        },
        |person| person.name.as_str(),
    );
    match item.kind {
        "fact" => Entry::Event(ui::Event { text: html! { b { (by) } " " (item.body) }, by, at: item.at }),
        kind => Entry::Comment(ui::Comment {
            id: &own.id,
            voice: if kind == "note" { Voice::Note } else { Voice::Public },
            by,
            via: item.byline.as_ref().and_then(|byline| byline.via.as_deref()),
            channel: &own.channel,
            at: item.at,
            body: markdown::html(&item.body, For::Technician),
            attachments: &[],
            mine: item.person.as_ref().is_some_and(|person| person.id == reader.id()),
        }),
    }
}
