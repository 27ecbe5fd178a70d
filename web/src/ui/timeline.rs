//! What happened to a ticket: comments as cards, events as lines, long runs of events folded; and its progress.

use jiff::Timestamp;
use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::word::{Clock, face, time};
use crate::words::{t, th};

/// Events in a row before they fold.
const FOLD_ABOVE: usize = 3;

/// Who may read a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The requester and everybody on the ticket.
    Public,
    /// Technicians only.
    Note,
}

/// A file hung on a comment.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Where it is downloaded.
    pub href: &'a str,
    /// Its name.
    pub name: &'a str,
    /// "214 KB".
    pub size: &'a str,
}

/// A public reply or a work note.
#[derive(Clone, Debug)]
pub struct Comment<'a> {
    /// Unique on the page; the address `#id` leads to it.
    pub id: &'a str,
    /// Who may read it.
    pub voice: Voice,
    /// The person whose words these are.
    pub by: &'a str,
    /// The account that carried them, when it was not the person's own: a service account or chat hub.
    pub via: Option<&'a str>,
    /// "portal, phone", "by e-mail"; may be empty.
    pub channel: &'a str,
    /// When it was said.
    pub at: Timestamp,
    /// Sanitised HTML.
    pub body: Markup,
    /// Files with it.
    pub attachments: &'a [Attachment<'a>],
    /// Whether the reader wrote it.
    pub mine: bool,
}

/// A change, in one line.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// "Priority set to 2 · high". May hold [`super::why`].
    pub text: Markup,
    /// Who or what did it, for the folded line ("rule Cluster look-alikes"); may be empty.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// One thing on the timeline.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// Words.
    Comment(Comment<'a>),
    /// A change.
    Event(Event<'a>),
}

/// The timeline, oldest first. Runs of more than three events fold into one line.
pub fn timeline(entries: &[Entry<'_>], clock: Clock<'_>) -> Markup {
    html! {
        @for run in entries.chunk_by(|a, b| matches!((a, b), (Entry::Event(_), Entry::Event(_)))) {
            @if run.len() > FOLD_ABOVE { (folded(run, clock)) } @else { @for entry in run { (line(entry, clock)) } }
        }
    }
}

/// One comment as a card.
pub fn comment(comment: &Comment<'_>, clock: Clock<'_>) -> Markup {
    let note = comment.voice == Voice::Note;
    html! {
        article.card.note[note].mine[comment.mine] id=(comment.id) {
            div.byline {
                (face(comment.by))
                b { @if comment.mine { (t!("You")) } @else { (comment.by) } }
                @if let Some(via) = comment.via { span { (th!("via {whom}", whom = via)) } }
                @if note { span.label { (icon(Icon::Lock)) (t!("Work note, technicians only")) } }
                @if !comment.channel.is_empty() { span { (comment.channel) } }
                (time(comment.at, clock))
            }
            div.prose dir="auto" { (comment.body) }
            @if !comment.attachments.is_empty() {
                ul.files {
                    @for file in comment.attachments {
                        li { a.file href=(file.href) { (icon(Icon::File)) span.cut { (file.name) } span.quiet { (file.size) } } }
                    }
                }
            }
        }
    }
}

fn line(entry: &Entry<'_>, clock: Clock<'_>) -> Markup {
    match entry {
        Entry::Comment(words) => comment(words, clock),
        Entry::Event(event) => html! { div.event { span { (event.text) } (time(event.at, clock)) } },
    }
}

fn folded(run: &[Entry<'_>], clock: Clock<'_>) -> Markup {
    let events =
        || run.iter().filter_map(|entry| if let Entry::Event(event) = entry { Some(event) } else { None });
    let by = events()
        .next()
        .map(|event| event.by)
        .filter(|by| !by.is_empty() && events().all(|event| event.by == *by));
    html! {
        details.fold {
            summary.event {
                span { (changes(run.len(), by)) " " span.more { (t!("show")) } }
                @if let Some(last) = events().next_back() { (time(last.at, clock)) }
            }
            @for entry in run { (line(entry, clock)) }
        }
    }
}

fn changes(n: usize, by: Option<&str>) -> String {
    match by {
        Some(by) => t!("{n} changes by {by}", n, by),
        None => t!("{n} changes", n),
    }
}

/// Where a ticket stands for the person who raised it: four steps in plain words, `now` being the current one
/// (0–3; 4 when all is done). `small` shows bars only and reads the words out.
pub fn progress(words: [&str; 4], now: usize, small: bool) -> Markup {
    html! {
        ol.steps.small[small] aria-label=(t!("Progress")) {
            @for (nth, word) in words.iter().enumerate() {
                li.done[nth < now].now[nth == now] aria-current=[(nth == now).then_some("step")] {
                    span.unseen[small] { (word) }
                    @if nth < now { span.unseen { " " (t!("(done)")) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn event(by: &'static str) -> Entry<'static> {
        Entry::Event(Event { text: html! { "State set" }, by, at: Timestamp::UNIX_EPOCH })
    }

    fn drawn(entries: &[Entry<'_>]) -> String {
        timeline(entries, Clock { now: Timestamp::UNIX_EPOCH, zone: &TimeZone::UTC }).into_string()
    }

    #[test]
    fn three_events_stand_and_four_fold() {
        let four = vec![event("rule Sort"); 4];
        assert!(!drawn(&four[..3]).contains("<details"));
        assert!(drawn(&four).contains("4 changes by rule Sort"));
    }

    #[test]
    fn a_fold_names_nobody_when_several_acted() {
        let mixed = [event("a"), event("a"), event("b"), event("a")];
        assert!(!drawn(&mixed).contains("changes by"));
    }

    #[test]
    fn a_work_note_says_who_may_read_it() {
        let note = |voice| {
            Entry::Comment(Comment {
                id: "c1",
                voice,
                by: "D. Sato",
                via: Some("Network monitor"),
                channel: "",
                at: Timestamp::UNIX_EPOCH,
                body: html! { p { "Gateway" } },
                attachments: &[],
                mine: false,
            })
        };
        assert!(drawn(&[note(Voice::Note)]).contains("technicians only"));
        assert!(!drawn(&[note(Voice::Public)]).contains("technicians only"));
        assert!(drawn(&[note(Voice::Public)]).contains("via Network monitor"));
    }
}
