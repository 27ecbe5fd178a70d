//! What a page says about itself: notices, toasts, empty states, the lost connection.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::word::Tone;
use crate::words::t;

/// A line on top of a page: a tone with its icon, words, and acts (may be empty).
pub fn notice(tone: Tone, words: &Markup, acts: &Markup) -> Markup {
    let drawing = match tone {
        Tone::Ok => Icon::Check,
        Tone::Warn => Icon::Alarm,
        Tone::Bad => Icon::Wrong,
        Tone::Plain | Tone::Accent => Icon::Info,
    };
    html! { div class={ "notice " (tone.class()) } { (icon(drawing)) div { (words) } (acts) } }
}

/// An empty list: what would stand here, and the next step.
pub fn empty(drawing: Icon, title: &str, sentence: &str, acts: &Markup) -> Markup {
    html! { div.empty { (icon(drawing)) h2 { (title) } p { (sentence) } div.acts { (acts) } } }
}

/// A message that the script shows as a toast and screen readers hear; without script it stands where it is put.
pub fn toast(tone: Tone, words: &str) -> Markup {
    html! { div class={ "toast " (tone.class()) } data-toast { (words) } }
}

/// Where toasts go and the lost connection is said; every document has it.
pub(super) fn live_region() -> Markup {
    html! {
        div.toasts id="toasts" role="status" aria-live="polite" {}
        // The region is always there: what appears in it is read out, and a region that appears is not.
        div role="status" {
            div.offline data-live-status hidden {
                (icon(Icon::Offline))
                div {
                    b { (t!("No connection to the desk.")) }
                    " " (t!("What you see may be old; this page tries again by itself.")) " "
                    span data-live-kept hidden { (t!("Your text is kept in this browser.")) }
                }
            }
        }
    }
}
