//! One ticket at the desk: list, timeline, composer, and what is known about it.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use desk::{
    catalogue::{DeviceOf, DeviceView, DevicesOf, RequestOf, RequestView},
    guest::{GuestOf, GuestView},
    identity::ReadsAlong,
    ticket::{
        ApprovalView, ApprovalsOf, ChecklistView, ClockView, FromTheSameRequester, MacroView, Macros,
        OutageDetailView, OutageOf, RatingOf, RatingView, Sidebar, SnoozeOf, TicketDetail, TicketDetailView,
        TicketRef, TicketView, TimelineItem, Writing, WritingView,
    },
};
use domain::{
    Timestamp,
    identity::Capability,
    sla::{Segment, Status},
    ticket::Requirement,
};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    checklist, here, mention,
    queue::{self, InList, Place, QueueName, Side},
    seat::seat_of,
    time::{self, Recorded},
    words::{Promise, bytes, channel_words, span, stage},
};
use crate::{
    AppState,
    markdown::{self, For},
    page::{PageResult, Reader},
    ui::{self, Entry, Voice},
    words::{t, th, told},
};

/// So many macros stand beside a ticket.
pub(super) const MACROS: u32 = 12;

/// The list that a ticket was opened from.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    pub(super) q: Option<String>,
    /// Whether it was acted on from the list itself.
    #[serde(default)]
    pub(super) listed: bool,
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
    /// The time that was to go with it.
    pub(super) spent: String,
    /// What is wrong with the text.
    pub(super) error: Option<String>,
}

impl Default for Extras {
    fn default() -> Self {
        Self {
            status: StatusCode::OK,
            notice: html! {},
            text: String::new(),
            note: false,
            spent: String::new(),
            error: None,
        }
    }
}

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(ticket): Path<String>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> PageResult {
    reader.require(Capability::TicketRead)?;
    let mode = headers.get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
    mention::opened(&app, &reader, &ticket, mode).await?;
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
    let approvals = app.desk.ask(reader.ctx(), ApprovalsOf { ticket }).await?;
    let reads_along = app.desk.ask(reader.ctx(), ReadsAlong { ticket }).await?;
    let off = app.desk.ask(reader.ctx(), SnoozeOf { ticket }).await?;
    let rated = app.desk.ask(reader.ctx(), RatingOf { ticket }).await?;
    let guest = app.desk.ask(reader.ctx(), GuestOf { ticket }).await?;
    let request = app.desk.ask(reader.ctx(), RequestOf { ticket }).await?;
    let device = app.desk.ask(reader.ctx(), DeviceOf { ticket }).await?;
    let devices = app.desk.ask(reader.ctx(), DevicesOf { person: detail.view.ticket.requester }).await?;
    let macros = if reader.may(Capability::TicketWork) {
        app.desk.ask(reader.ctx(), Macros { most: Some(MACROS + 1) }).await?
    } else {
        Vec::new()
    };
    let list_of_tasks = checklist::of(app, reader, ticket).await?;
    let recorded = time::of(app, reader, ticket).await?;
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
        approvals: &approvals,
        reads_along: reads_along.as_deref(),
        rated: rated.as_ref(),
        macros: &macros,
        checklist: &list_of_tasks,
        recorded: &recorded,
        guest: guest.as_ref(),
        request: request.as_ref(),
        device: device.as_ref(),
        devices: &devices,
        off,
        queue: &name,
        place: list.place.as_ref(),
        number: &number,
    };
    let pane = page.pane(&extras, &title);
    let context = page.context(&extras, &technicians, &groups);
    let body =
        Side::of(reader, &side, Some(&name)).around(reader, &seat, &list.pane, Some((&pane, &context)));
    let title = format!("{number} {}", detail.view.ticket.subject);
    Ok::<Response, _>(reader.page_with(extras.status, &title, &body))
}

/// The ticket, and everything that stands around it.
pub(super) struct Page<'a> {
    pub(super) reader: &'a Reader,
    pub(super) detail: &'a TicketDetailView,
    pub(super) writing: &'a WritingView,
    pub(super) others: &'a [TicketView],
    pub(super) articles: &'a [desk::knowledge::ArticleHit],
    pub(super) outage: Option<&'a OutageDetailView>,
    pub(super) approvals: &'a [ApprovalView],
    pub(super) reads_along: Option<&'a str>,
    pub(super) rated: Option<&'a RatingView>,
    pub(super) macros: &'a [MacroView],
    pub(super) checklist: &'a ChecklistView,
    pub(super) recorded: &'a Recorded,
    pub(super) guest: Option<&'a GuestView>,
    pub(super) request: Option<&'a RequestView>,
    pub(super) device: Option<&'a DeviceView>,
    pub(super) devices: &'a [DeviceView],
    pub(super) off: Option<Timestamp>,
    pub(super) queue: &'a QueueName,
    pub(super) place: Option<&'a InList>,
    pub(super) number: &'a str,
}

impl Page<'_> {
    pub(super) fn action(&self, verb: &str) -> String {
        format!("/desk/t/{}/{verb}?q={}", self.number, self.queue.param())
    }

    fn pane(&self, extras: &Extras, back: &str) -> Markup {
        let ticket = &self.detail.view.ticket;
        let open = ticket.merged.is_none() && !ticket.phase.is_final();
        let can_solve = self.detail.steps.iter().any(|step| step.to.as_str() == "resolved");
        let watchers = self.detail.watchers.len();
        let requester = match self.reads_along {
            Some(leads) => t!(
                "{requester_name} and {leads}, who leads them,",
                requester_name = self.detail.view.requester_name,
                leads
            ),
            None => self.detail.view.requester_name.clone(),
        };
        let readers = match watchers {
            0 => requester,
            1 => t!("{requester} and 1 watcher", requester),
            n => t!("{requester} and {n} watchers", requester, n),
        };
        let key = self.reader.form_key();
        // What was just refused is newer than what was kept of it.
        let refused = !extras.text.is_empty();
        let draft = self.writing.own.as_ref().filter(|_| !refused);
        let (here, written) = here::pieces(self.reader, ticket.id, self.number, self.writing);
        let composer = if open {
            ui::composer(&ui::Composer {
                number: self.number,
                next: self.place.and_then(|place| place.after.as_deref()),
                advance: self.reader.advances(),
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
                note_readers: t!("Technicians"),
                can_solve,
                spent: self.reader.may(Capability::TicketWork).then_some(&extras.spent),
                error: extras.error.as_deref(),
            })
        } else {
            html! {
                @match &ticket.merged {
                    Some(merge) => p.soft { (th!("This ticket goes on as {number}.", number = html! { a.link href={ "/desk/t/" (merge.into_number) } { (merge.into_number) } })) },
                    None => p.soft { (t!("This ticket is closed. Raise a new one and link it to this one.")) },
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
            place: &self.place.map_or_else(|| html! {}, |place| place.draw(self.queue, back)),
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
            (checklist::chip(self.checklist))
            // There is room for the promise that presses most; the context pane has both.
            @if ticket.phase.is_open() && let Some(view) = pressing { (self.promise(view, "head")) }
        }
    }

    /// A promise that explains itself; `place` tells the two places apart where it stands.
    pub(super) fn promise(&self, view: &ClockView, place: &str) -> Markup {
        let promise = Promise::of_clock(&view.reading, self.reader.clock());
        let counted =
            |segment: &Segment| (segment.why.clone(), t!("{time} counted", time = span(segment.counted)));
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
            ui::act(&self.action("step"), csrf, &[("to", step.to.as_str())], live, "", &told(&step.label))
        };
        html! {
            @if takes {
                (ui::act(&self.action("assign"), csrf, &[("assignee", &me), ("group", "keep")], live, "", t!("Take it")))
            } @else if let Some(first) = steps.next() {
                (step(first))
            }
            // There is no room beside the subject for all of them; on a phone this is a sheet.
            div.only-phone { @for next in steps { (step(next)) } }
            @if self.reader.may(Capability::TicketWork) && ticket.merged.is_none() && !ticket.phase.is_final() {
                @let quick = self.action("quick");
                a.button.bare href=(quick) data-quick=(quick) data-quick-part="" title="a, g, p, s, e" { (t!("Change…")) }
            }
            @if ticket.merged.is_some() {
                (ui::act(&self.action("unmerge"), csrf, &[], live, "", t!("Take the merge apart")))
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
            || html! { p.soft { (t!("No more was written than the subject.")) } },
            |text| {
                html! {
                    (markdown::html(text.as_str(), For::Technician))
                    @if self.takes_work() {
                        (checklist::offer_description(self.reader, text.as_str(), self.checklist, &self.action("checklist")))
                    }
                }
            },
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
        let works = self.takes_work();
        let add = self.action("checklist");
        let below = |item: &TimelineItem| {
            if works {
                checklist::offer(self.reader, item, self.checklist, &add)
            } else {
                html! {}
            }
        };
        let rest = items.iter().zip(&own).map(|(item, own)| entry(item, own, self.reader, &below));
        let entries: Vec<_> = std::iter::once(first).chain(rest).collect();
        html! {
            (ui::timeline(&entries, self.reader.clock()))
            @if self.detail.timeline.next.is_some() { p.soft { (t!("More than 200 entries; the rest is in the API.")) } }
        }
    }

    /// Whether the reader works tickets and this one takes changes.
    pub(super) fn takes_work(&self) -> bool {
        let ticket = &self.detail.view.ticket;
        self.reader.may(Capability::TicketWork) && ticket.merged.is_none() && !ticket.phase.is_final()
    }
}

/// Whom an entry names.
fn names(item: &TimelineItem) -> Vec<&str> {
    item.named.iter().map(|person| person.name.as_str()).collect()
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
            channel = t!("{channel}{join}on {seat}", channel, join, seat);
        }
        Self { id: format!("entry-{}", item.id), channel }
    }
}

fn entry<'a>(
    item: &'a TimelineItem,
    own: &'a Item,
    reader: &Reader,
    below: &dyn Fn(&TimelineItem) -> Markup,
) -> Entry<'a> {
    let by = item.person.as_ref().map_or_else(
        || {
            let external = item.byline.as_ref().and_then(|byline| byline.external.as_ref());
            external.map_or("Freehold", |identity| identity.name.as_str())
        },
        |person| person.name.as_str(),
    );
    match item.kind {
        "fact" => {
            Entry::Event(ui::Event { text: html! { b { (by) } " " (told(&item.body)) }, by, at: item.at })
        }
        kind => Entry::Comment(ui::Comment {
            id: &own.id,
            voice: if kind == "note" { Voice::Note } else { Voice::Public },
            by,
            via: item.byline.as_ref().and_then(|byline| byline.via.as_deref()),
            channel: &own.channel,
            at: item.at,
            body: html! { (markdown::marked(&item.body, For::Technician, &names(item), &[])) (below(item)) },
            attachments: &[],
            mine: item.person.as_ref().is_some_and(|person| person.id == reader.id()),
        }),
    }
}
