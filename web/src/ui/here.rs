//! Who else is at a ticket, and what they write.

use maud::{Markup, html};

use super::word::face;
use crate::words::{t, th};

/// Somebody else at a ticket.
#[derive(Clone, Copy, Debug)]
pub struct Companion<'a> {
    /// Their name.
    pub name: &'a str,
    /// Whether they are writing.
    pub typing: bool,
}

/// What is told of a ticket while it is open.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Where the page says that its reader is here, and reads who else is.
    pub address: &'a str,
    /// Against forged requests.
    pub csrf: &'a str,
    /// Topic of what is written on the ticket: "writing:01J…".
    pub topic: &'a str,
    /// The others.
    pub others: &'a [Companion<'a>],
}

/// Faces for the head of a ticket. The script posts `csrf` and `doing` (`viewing`, `typing`, `gone`) to `address` while
/// the page is looked at; the stream says when to read it again.
pub fn here(here: &Here<'_>) -> Markup {
    let names: Vec<_> = here.others.iter().map(|other| other.name).collect();
    html! {
        span.inline.quiet.here id="here" data-here=(here.address) data-csrf=(here.csrf) data-live-topic=(here.topic) data-live-src=(here.address) {
            @if !names.is_empty() {
                span.faces title=(names.join(", ")) { @for name in names.iter().take(3) { (face(name)) } }
                span.unseen { (names.join(", ")) " " }
                span.viewing { (t!("here too")) }
            }
        }
    }
}

/// Somebody's text that is not sent.
#[derive(Clone, Copy, Debug)]
pub struct OthersDraft<'a> {
    /// Whose it is.
    pub name: &'a str,
    /// Whether it is to be a work note.
    pub note: bool,
    /// The text as it was typed.
    pub text: &'a str,
}

/// Above the composer: who is writing now, and what others have begun and not sent. A soft lock: it warns, and stops
/// nobody.
pub fn being_written(
    address: &str,
    topic: &str,
    others: &[Companion<'_>],
    drafts: &[OthersDraft<'_>],
) -> Markup {
    let typing: Vec<_> = others.iter().filter(|other| other.typing).map(|other| other.name).collect();
    html! {
        div.being-written id="being-written" data-live-topic=(topic) data-live-src=(address) role="status" {
            @match typing.as_slice() {
                [] => {}
                [one] => p { (face(one)) span { (th!("{name} is writing here now.", name = html! { b { (one) } })) } },
                many => p { @for name in many.iter().take(3) { (face(name)) } span { (th!("{names} are writing here now.", names = html! { b { (many.join(", ")) } })) } },
            }
            // There is no room for faces in the head.
            @if others.len() > typing.len() {
                p.only-phone {
                    @let looking: Vec<_> = others.iter().filter(|other| !other.typing).map(|other| other.name).collect();
                    @for name in looking.iter().take(3) { (face(name)) }
                    span { (th!("{names} here too", names = html! { b { (looking.join(", ")) } })) }
                }
            }
            @for draft in drafts {
                details {
                    summary {
                        @if draft.note { (t!("{name} has begun a work note and not sent it", name = draft.name)) }
                        @else { (t!("{name} has begun a reply and not sent it", name = draft.name)) }
                        " " span.link { (t!("read it")) } }
                    p.draft-text { (draft.text) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_is_shown_as_text() {
        let draft = OthersDraft { name: "Anna", note: true, text: "<script>alert(1)</script>" };
        let shown = being_written("/desk/t/INC-1/here", "writing:x", &[], &[draft]).into_string();
        assert!(shown.contains("work note") && shown.contains("&lt;script&gt;"), "{shown}");
        assert!(!shown.contains("writing here now"));
    }

    #[test]
    fn who_only_looks_is_not_said_to_write() {
        let others = [Companion { name: "Anna", typing: false }, Companion { name: "Tim", typing: true }];
        let shown = being_written("/", "writing:x", &others, &[]).into_string();
        assert!(shown.contains("<b>Tim</b> is writing") && shown.contains("<b>Anna</b> here too"), "{shown}");
        let shown =
            here(&Here { address: "/", csrf: "c", topic: "writing:x", others: &others }).into_string();
        assert!(shown.contains("Anna, Tim"), "{shown}");
    }
}
