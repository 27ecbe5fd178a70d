//! What stands beside a ticket: who is hit and by what, what was agreed, and what can be done with it.

use desk::{catalogue::RequestView, data::Person};
use domain::{
    identity::Capability,
    ticket::{Impact, Kind, LinkKind, Requirement, Urgency},
};
use maud::{Markup, html};

use super::{
    approval, checklist, guest, outage, snooze,
    ticket::{Extras, MACROS, Page},
    time,
};
use crate::{
    admin::device_line,
    markdown::{self, For},
    ui,
    words::{t, th, told, told_word},
};

impl Page<'_> {
    pub(super) fn context(
        &self,
        extras: &Extras,
        technicians: &[Person],
        groups: &[(String, String)],
    ) -> Markup {
        let ticket = &self.detail.view.ticket;
        let (csrf, clock) = (self.reader.csrf(), self.reader.clock());
        let live = "ticket-head timeline list seat sheet context side";
        let priority = format!("{} · {}", ticket.priority.number(), told(ticket.priority.label()));
        let topic = format!("ticket:{}", ticket.id);
        let action = |verb: &str| self.action(verb);
        let action: &dyn Fn(&str) -> String = &action;
        let takes_time = self.reader.may(Capability::TicketWork) && ticket.merged.is_none();
        html! {
            @for cause in self.detail.links.iter().filter(|link| link.kind == LinkKind::CausedBy) {
                @if let Some(known) = &cause.known { (ui::section(t!("Known cause"), &html! {
                    p { a.link href={ "/desk/t/" (cause.number) "?q=problems" } { (cause.number) } " " bdi { (cause.subject) } }
                    div.known dir="auto" { (markdown::html(known, For::Technician)) }
                })) }
            }
            (ui::section(t!("Checklist"), &checklist::section(self.reader, &topic, self.checklist, self.takes_work().then_some(action))))
            (ui::section(t!("Requester"), &self.requester(live)))
            @if let Some(request) = self.request { (ui::section(t!("Request"), &requested(request))) }
            @if !self.others.is_empty() { (ui::section(t!("Their other tickets"), &self.came_with())) }
            (ui::section(t!("Written down"), &html! {
                @if self.articles.is_empty() { p.soft { (t!("No article is about this.")) } }
                @else { ul { @for hit in self.articles { li { a.link.tall href={ "/knowledge/" (hit.number) } { (hit.number) " " (hit.title) } } } } }
                @if self.reader.may(Capability::TicketWork) {
                    p { a.button.bare href={ "/knowledge/new?ticket=" (self.number) } data-command=(t!("Make an article of this")) { (t!("Make an article of this")) } }
                }
            }))
            @if let Some(rated) = self.rated { (ui::section(t!("How they were helped"), &html! {
                p { b { (told(rated.rating.words())) } " " span.quiet { (ui::time(rated.at, clock)) } }
                @if let Some(words) = &rated.words { p.draft-text dir="auto" { (words) } }
            })) }
            @if let Some(approval) = self.approval_section(live) { (ui::section(t!("Approval"), &approval)) }
            @if let Some(outage) = self.outage_section() { (ui::section(t!("Outage"), &outage)) }
            (ui::section(t!("Details"), &ui::facts(&[
                (t!("Priority"), html! { (priority) " " (ui::why("why-priority", t!("why"), &self.detail.priority_because, &[])) }),
                (t!("Category"), html! { (ticket.category.as_ref().map_or(t!("none"), |category| category.as_str())) }),
                (t!("Raised"), ui::time(ticket.created_at, clock)),
                (t!("Changed"), ui::time(ticket.updated_at, clock)),
            ])))
            @if !self.detail.clocks.is_empty() {
                (ui::section(t!("Promise"), &html! { div.inline { @for view in &self.detail.clocks { (self.promise(view, "context")) } } }))
            }
            @if let Some(reference) = &ticket.external_reference {
                (ui::section(t!("Elsewhere"), &html! { (t!("{number} in {system}", number = reference.number.as_str(), system = reference.source.as_str())) }))
            }
            @if ticket.merged.is_none() && !ticket.phase.is_final() { (ui::section(t!("Whose task"), &html! {
                form.form.compact method="post" action=(self.action("assign")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    label { (t!("Group")) select.input name="group" {
                        option value="" selected[ticket.group.is_none()] { (t!("No group")) }
                        @for (id, name) in groups { option dir="auto" value=(id) selected[ticket.group.is_some_and(|group| group.to_string() == *id)] { (name) } }
                    } }
                    label { (t!("Assignee")) select.input name="assignee" {
                        option value="" selected[ticket.assignee.is_none()] { (t!("Nobody")) }
                        @for person in technicians { option dir="auto" value=(person.id) selected[ticket.assignee == Some(person.id)] { (person.name) } }
                    } }
                    button.button { (t!("Assign")) }
                }
            }))
            (ui::section(t!("How pressing"), &html! {
                form.form.compact method="post" action=(self.action("change")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    input type="hidden" name="version" value=(ticket.version);
                    label { (t!("Impact")) select.input name="impact" {
                        @for impact in Impact::ALL { option value=(impact) selected[*impact == ticket.impact] { (told_word(impact.as_str())) } }
                    } }
                    label { (t!("Urgency")) select.input name="urgency" {
                        @for urgency in Urgency::ALL { option value=(urgency) selected[*urgency == ticket.urgency] { (told_word(urgency.as_str())) } }
                    } }
                    button.button { (t!("Change")) }
                }
            })) }
            @if !self.detail.steps.is_empty() {
                (ui::section(t!("Move on"), &html! {
                    form.form.compact method="post" action=(self.action("step")) data-live=(live) {
                        (ui::csrf_field(csrf))
                        label { (t!("Step")) select.input name="to" { @for step in &self.detail.steps { option value=(step.to.as_str()) { (told(&step.label)) } } } }
                        // What a refusal asks for is in here.
                        details open[extras.status.is_client_error()] {
                            summary { (t!("Code and work note")) }
                            label { (t!("Resolution code")) input.input name="resolution_code" value=(if self.detail.steps.iter().any(|step| step.requires.contains(&Requirement::ResolutionCode)) { "solved" } else { "" }) maxlength="60"; }
                            label { (t!("Work note")) textarea.input name="note" rows="2" {} }
                        }
                        button.button { (t!("Move")) }
                    }
                }))
            }
            @if self.reader.may(Capability::TicketWork) && ticket.phase.is_open() {
                (ui::section(t!("Put it off"), &snooze::section(self.reader, &self.action("snooze"), self.off)))
            }
            @if !self.macros.is_empty() && ticket.merged.is_none() && !ticket.phase.is_final() { (ui::section(t!("Macros"), &self.macros())) }
            (ui::section(t!("Time spent"), &time::section(self.reader, &topic, self.recorded, takes_time.then_some(action))))
            (ui::section(t!("Links"), &self.links(live)))
            (ui::section(t!("Following"), &html! {
                @for watcher in &self.detail.watchers { (ui::who(&watcher.name, "")) }
                @let (value, word) = if self.detail.follows { ("no", t!("Unfollow")) } else { ("yes", t!("Follow")) };
                (ui::act(&self.action("follow"), csrf, &[("follow", value)], Some(live), "bare", word))
            }))
        }
    }

    /// Who was asked whether it may go on, or the way to ask them.
    fn approval_section(&self, live: &str) -> Option<Markup> {
        let ticket = &self.detail.view.ticket;
        let can =
            self.reader.may(Capability::TicketWork) && ticket.phase.is_open() && ticket.merged.is_none();
        let waits = self.approvals.first().is_some_and(|approval| approval.ended.is_none());
        (can || !self.approvals.is_empty()).then(|| html! {
            // Whoever is asked answers elsewhere.
            div id="approval" data-live-topic={ "ticket:" (ticket.id) } {
                (approval::standing(self.approvals, self.reader, live, can.then(|| self.action("approval/withdraw")).as_deref()))
                @if can && !waits { p { a.button.bare href={ "/desk/t/" (self.number) "/approval" } data-command=(t!("Ask for an approval")) {
                    @if self.approvals.is_empty() { (t!("Somebody has to approve it")) } @else { (t!("Ask for another approval")) }
                } } }
            }
        })
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
                p { a.button.bare href=(address) data-command=(t!("Announce an outage")) {
                    @if self.outage.is_some() { (t!("It has come back: tell everybody")) } @else { (t!("Many are hit: tell everybody")) }
                } }
            }
        })
    }

    /// What is done again and again: each shows what it will change before it does.
    fn macros(&self) -> Markup {
        let address = |id| format!("/desk/together?t={}&q={}&macro={id}", self.number, self.queue.param());
        html! {
            ul.plain.spaced { @for it in self.macros.iter().take(MACROS as usize) {
                li { a.link href=(address(it.id)) data-command=(t!("Macro: {name}", name = it.name)) { bdi { (it.name) } } p.quiet { (super::macros::does(&it.does)) } }
            } }
            @if self.macros.len() > MACROS as usize { p { a.link href="/desk/macros" { (t!("All macros")) } } }
        }
    }

    fn requester(&self, live: &str) -> Markup {
        let about = self.device.map(|device| device.id);
        html! {
            (self.who())
            @if let Some(guest) = self.guest {
                (guest::section(guest, self.reader, self.reader.may(Capability::TicketWork).then(|| self.action("guest")).as_deref(), live))
            }
            @if let Some(device) = self.device { p { (th!("About {device}", device = html! { b dir="auto" { (device.name) } })) " " span.quiet { (device_line(device)) } } }
            @let others: Vec<_> = self.devices.iter().filter(|device| Some(device.id) != about).collect();
            @if !others.is_empty() {
                details {
                    summary { @if about.is_some() { (t!("What else they work with")) } @else { (t!("What they work with")) } }
                    ul.plain.spaced { @for device in others { li { (device.name) " " span.quiet { (device_line(device)) } } } }
                }
            }
        }
    }

    fn who(&self) -> Markup {
        match &self.detail.requester {
            None => html! { (ui::who(&self.detail.view.requester_name, "")) },
            Some(person) => {
                let line: Vec<_> =
                    [person.title.as_str(), person.department.as_str(), person.location.as_str()]
                        .into_iter()
                        .filter(|part| !part.is_empty())
                        .collect();
                // What the desk writes down for a guest is no address.
                let email = self.guest.is_none().then_some(&person.email);
                html! { (ui::who(&person.name, &line.join(" · "))) @if let Some(email) = email { p.quiet { (email) } } }
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
                        span.quiet { (told(&other.state_label)) ", " (ui::time(other.ticket.created_at, self.reader.clock())) }
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
                            span.quiet { (told(link.words)) " " }
                            a.link href={ "/desk/t/" (link.number) "?q=" (self.queue.param()) } { (link.number) }
                            " " bdi { (link.subject) } " " span.quiet { (told(&link.state_label)) }
                            @let (from, to) = if link.outward { (self.number.to_owned(), link.number.to_string()) } else { (link.number.to_string(), self.number.to_owned()) };
                            (ui::act(&self.action("unlink"), csrf, &[("from", &from), ("to", &to), ("kind", link.kind.as_str())], Some(live), "bare", t!("Unlink")))
                        }
                    }
                }
            }
            @if self.detail.view.ticket.number.kind != Kind::Problem {
                p { a.button href={ "/desk/problems/new?cause_of=" (self.number) } { (t!("Open a problem behind this")) } }
            }
            details {
                summary { (t!("Link or merge")) }
                form.form.compact method="post" action=(self.action("link")) data-live=(live) {
                    (ui::csrf_field(csrf))
                    label { (t!("This ticket")) select.input name="kind" { @for kind in LinkKind::ALL { option value=(kind) { (told(kind.words())) } } } }
                    label { (t!("Ticket")) input.input name="other" placeholder=(t!("INC-1042")) required maxlength="40"; }
                    button.button { (t!("Link")) }
                }
                @if self.detail.view.ticket.merged.is_none() {
                    form.form.compact method="post" action=(self.action("merge")) data-live=(live) {
                        (ui::csrf_field(csrf))
                        label { (t!("Merge into")) input.input name="into" placeholder=(t!("INC-1042")) required maxlength="40"; }
                        button.button { (t!("Merge")) }
                    }
                }
            }
        }
    }
}

/// What was requested from the catalogue; what was answered, the description says.
fn requested(request: &RequestView) -> Markup {
    html! {
        p { a.link href={ "/catalogue/" (request.item) } { bdi { (request.name) } } " " span.quiet { (t!("form version {n}", n = request.version)) } }
        @if let Some(usually) = &request.usually { p.quiet { (t!("They were told: {words}.", words = told(usually))) } }
        @if request.unapproved {
            p { (ui::chip(ui::Tone::Warn, t!("not approved"))) " " (t!("Nobody who would have to has approved it, and nobody is asked. Ask somebody before you go on.")) }
        }
    }
}
