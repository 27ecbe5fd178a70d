//! Where a technician or a requester writes.

use domain::Timestamp;
use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::words::t;

/// The desk's composer: Reply and Work note, one form.
///
/// Posts `kind` (`reply` or `note`), `body`, `then` (`send` or `solve`), `spent` (the time it took, as people write it), `csrf`
/// and the `hidden` fields; `advance` with the
/// number of the next ticket, if the author goes on to it.
#[derive(Clone, Copy, Debug)]
pub struct Composer<'a> {
    /// The ticket that is written to.
    pub number: &'a str,
    /// The one after it in the list it was opened from.
    pub next: Option<&'a str>,
    /// Whether the author goes on to that when something is sent.
    pub advance: bool,
    /// Where it posts.
    pub action: &'a str,
    /// Against forged requests.
    pub csrf: &'a str,
    /// Further fields: ("version", "12"), ("`idempotency_key`", …).
    pub hidden: &'a [(&'a str, &'a str)],
    /// Key of the draft in the browser, one per person and ticket: "01J…:INC-1042".
    pub draft: &'a str,
    /// When the text to start with was kept, if it is a draft: what the browser has that is older gives way to it.
    pub draft_at: Option<Timestamp>,
    /// Where the script posts the form whenever its author rests.
    pub keep: &'a str,
    /// Where the script finds the text modules, filled in.
    pub texts: &'a str,
    /// What others write, from [`super::being_written`].
    pub written: &'a Markup,
    /// Text to start with: a draft, or what was refused.
    pub text: &'a str,
    /// Whether the note is chosen at first.
    pub note: bool,
    /// Who will read a reply: "M. Lindqvist and 2 watchers".
    pub readers: &'a str,
    /// Who will read a note: "Technicians of Network and Workplace".
    pub note_readers: &'a str,
    /// The time to record with it, as it was typed; `None` where no time is recorded.
    pub spent: Option<&'a str>,
    /// Whether "Send and solve" is possible from the present state.
    pub can_solve: bool,
    /// What the text is wrong about, if it was refused.
    pub error: Option<&'a str>,
}

/// So many seconds a reply can be taken back.
const HOLD: u8 = 10;

/// Draws it. The script submits it in place and swaps `#ticket-head`, `#timeline` and `#seat`; a refusal comes back
/// with a status of 4xx and fills `#sheet`, the text staying where it is.
pub fn composer(composer: &Composer<'_>) -> Markup {
    html! {
        (composer.written)
        form.composer id="composer" method="post" action=(composer.action) data-number=(composer.number) data-keep=(composer.keep) data-live="ticket-head timeline list seat sheet composer-state composer-time" {
            (hidden(composer.csrf, composer.hidden))
            fieldset.composer-tabs {
                legend.unseen { (t!("Who is it for")) }
                label { input type="radio" name="kind" value="reply" checked[!composer.note]; (t!("Reply")) }
                label { input type="radio" name="kind" value="note" checked[composer.note]; (icon(Icon::Lock)) (t!("Work note")) }
                a.button.bare.insert.end href="/desk/texts" data-texts=(composer.texts) { (t!("Insert text")) kbd { "/" } }
            }
            label.unseen for="composer-body" { (t!("Text")) }
            textarea dir="auto" id="composer-body" name="body" required placeholder=(t!("Write…")) data-draft=(composer.draft) data-draft-at=[composer.draft_at.map(Timestamp::as_millisecond)]
                aria-invalid=[composer.error.map(|_| "true")] aria-describedby="composer-error" { (composer.text) }
            p.field-error id="composer-error" hidden[composer.error.is_none()] { (composer.error.unwrap_or_default()) }
            div.composer-foot {
                span.readers.if-reply { (icon(Icon::Eye)) span { (t!("{names} will read this", names = composer.readers)) } }
                span.readers.if-note { (icon(Icon::Lock)) span { (t!("{names} will read this; the requester will not", names = composer.note_readers)) } }
                span.draft-status data-draft-status role="status" {}
                @if let Some(spent) = composer.spent {
                    label.spent id="composer-time" title=(t!("Recorded as your time on this ticket, today")) { (t!("Time")) input.input name="spent" value=(spent) maxlength="20" placeholder="20m" autocomplete="off"; }
                }
                @if let Some(next) = composer.next {
                    label.check.advance { input type="checkbox" name="advance" value=(next) checked[composer.advance] data-advance; (t!("Then the next")) }
                }
                div.composer-acts.if-reply {
                    button.button.main[!composer.can_solve] name="then" value="send" data-key="send" data-hold=(HOLD) { (t!("Send")) kbd { (t!("Ctrl ↵")) } }
                    @if composer.can_solve {
                        button.button.main name="then" value="solve" data-key="solve" data-hold=(HOLD) { (t!("Send and solve")) kbd { (t!("Ctrl ⇧ ↵")) } }
                    }
                }
                div.composer-acts.if-note {
                    button.button.main name="then" value="send" data-key="send" { (t!("Add note")) kbd { (t!("Ctrl ↵")) } }
                }
            }
        }
    }
}

/// The requester's answer on their own ticket: one box, one button. Posts `body`, `csrf` and the `hidden` fields.
pub fn answer(
    action: &str,
    csrf: &str,
    fields: &[(&str, &str)],
    draft: &str,
    readers: &str,
    button: &str,
) -> Markup {
    html! {
        form.composer id="composer" method="post" action=(action) data-live="ticket-head timeline sheet composer-state" {
            (hidden(csrf, fields))
            label.unseen for="composer-body" { (t!("Your answer")) }
            textarea dir="auto" id="composer-body" name="body" required placeholder=(t!("Write an answer…")) data-draft=(draft) {}
            div.composer-foot {
                span.readers { (icon(Icon::Eye)) span { (readers) } }
                span.draft-status data-draft-status role="status" {}
                div.composer-acts { button.button.main data-key="send" { (button) } }
            }
        }
    }
}

/// The hidden fields of a form that changes something. `#composer-state` is swapped after a send, so that the next
/// one carries the new version and key.
pub fn hidden(csrf: &str, fields: &[(&str, &str)]) -> Markup {
    html! {
        div id="composer-state" hidden {
            input type="hidden" name="csrf" value=(csrf);
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
        }
    }
}
