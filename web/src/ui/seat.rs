//! What the reader's seat is, and the sheet that answers when one is missing.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::word::face;
use crate::words::{plural, t};

/// The reader's hold on the licence of the desk.
#[derive(Clone, Copy, Debug)]
pub enum Seat<'a> {
    /// A named seat.
    Exclusive {
        /// Name of the licence.
        licence: &'a str,
    },
    /// A concurrent token in use.
    Token {
        /// Name of the licence.
        licence: &'a str,
        /// Which of them, counted from one.
        number: u32,
        /// How many there are.
        of: u32,
        /// People in the queue for one.
        waiting: u32,
        /// "4 min" without work; `None` while active.
        idle: Option<&'a str>,
    },
    /// A pass for the day.
    DayPass {
        /// Name of the licence.
        licence: &'a str,
        /// "until midnight", "until 18:00".
        until: &'a str,
    },
    /// A token that is about to change hands, or has.
    Told {
        /// "Token 3 of 10 goes to Ada Löwe".
        title: &'a str,
        /// Why, and what to do.
        words: &'a str,
        /// Whether the token is still held.
        held: bool,
    },
    /// In the queue.
    Queued {
        /// Name of the licence.
        licence: &'a str,
        /// Place, counted from one.
        place: u32,
        /// "about 6 min"; `None` when it cannot be told.
        wait: Option<&'a str>,
    },
    /// A token is kept for the reader.
    Offer {
        /// Name of the licence.
        licence: &'a str,
        /// "1 min 40 s".
        left: &'a str,
        /// Where taking it posts.
        take: &'a str,
    },
    /// None held and none asked for: looking needs no seat.
    Free {
        /// Name of the licence.
        licence: &'a str,
        /// Free tokens now, where the licence is concurrent.
        tokens: Option<u32>,
    },
    /// Not entitled.
    None,
}

/// The box at the foot of the sidebar, `#seat`. While a token is held, or waited for, the script posts `csrf` to
/// `/desk/heartbeat` each minute the page is visible: silence costs the place in line too. The answer may be a new box.
pub fn seat_box(seat: &Seat<'_>, csrf: &str) -> Markup {
    let (class, drawing, title, short) = match seat {
        Seat::Exclusive { .. } => {
            ("exclusive", Icon::Seat, t!("Exclusive seat").to_owned(), t!("Own").to_owned())
        }
        Seat::Token { number, of, idle: None, .. } => {
            ("active", Icon::Token, t!("Token {number} of {of}", number, of), format!("{number}/{of}"))
        }
        Seat::Token { number, of, idle: Some(_), .. } => {
            ("idle", Icon::Pause, t!("Token {number} of {of}, idle", number, of), format!("{number}/{of}"))
        }
        Seat::DayPass { .. } => ("active", Icon::Token, t!("Day pass").to_owned(), t!("Day").to_owned()),
        Seat::Told { title, held, .. } => (
            "offer",
            Icon::Bell,
            (*title).to_owned(),
            if *held { t!("Keep?") } else { t!("Lost") }.to_owned(),
        ),
        Seat::Queued { place, .. } => {
            ("queued", Icon::Clock, t!("Place {place} in the queue", place), format!("#{place}"))
        }
        Seat::Offer { .. } => ("offer", Icon::Bell, t!("A token is yours").to_owned(), t!("Take").to_owned()),
        Seat::Free { .. } => {
            ("free", Icon::Eye, t!("No token needed yet").to_owned(), t!("Looking").to_owned())
        }
        Seat::None => ("none", Icon::Eye, t!("Reading only").to_owned(), t!("Read").to_owned()),
    };
    let kept = match seat {
        Seat::Token { .. } | Seat::Told { held: true, .. } => Some("token"),
        Seat::Queued { .. } => Some("place"),
        _ => None,
    };
    let beats = kept.is_some();
    html! {
        section class={ "seat " (class) } id="seat" aria-label=(t!("My seat")) title=(title) data-live-topic="seat"
            data-seat=[kept] data-heartbeat=[beats.then_some("/desk/heartbeat")] data-csrf=[beats.then_some(csrf)] {
            div.seat-title { (icon(drawing)) span.seat-long { (title) } span.seat-short aria-hidden="true" { (short) } }
            @match seat {
                Seat::Exclusive { licence } => p { bdi { (licence) } " · " (t!("kept for you")) },
                Seat::Token { licence, number, of, waiting, idle } => {
                    p {
                        bdi { (licence) } " · "
                        @match idle { Some(idle) => { (t!("no work for {time}", time = idle)) }, None => (t!("active")) }
                        @if *waiting > 0 { ", " (plural!(*waiting, "1 person waiting", "{n} people waiting")) }
                    }
                    progress max=(of) value=(number) aria-label=(t!("{number} of {of} tokens in use", number, of)) {}
                    form method="post" action="/desk/seat/release" data-live="seat" {
                        input type="hidden" name="csrf" value=(csrf);
                        button.button.bare.seat-back aria-label=(t!("Give it back")) data-command=(t!("Give my token back")) {
                            (icon(Icon::Out)) span.seat-long { (t!("Give it back")) }
                        }
                    }
                }
                Seat::DayPass { licence, until } => p { bdi { (licence) } " · " (until) },
                Seat::Told { words, .. } => p { (words) },
                Seat::Queued { licence, wait, .. } => p { bdi { (licence) } @if let Some(wait) = wait { " · " (wait) } },
                Seat::Offer { licence, left, take } => {
                    p { bdi { (licence) } " · " (t!("kept for you, {time} left", time = left)) }
                    form method="post" action=(take) data-live="seat sheet" {
                        input type="hidden" name="csrf" value=(csrf);
                        button.button.main.wide { (t!("Take the token")) }
                    }
                }
                Seat::Free { licence, tokens } => p {
                    bdi { (licence) }
                    @match tokens { Some(0) => { " · " (t!("all tokens are taken")) }, Some(tokens) => { " · " (t!("{n} free", n = tokens)) }, None => "" }
                },
                Seat::None => p { a.link href="/desk/modules/base" { (t!("Ask for a seat to work tickets")) } },
            }
        }
    }
}

/// Somebody who holds a token now.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Their name.
    pub name: &'a str,
    /// "since 09:12", "idle 4 min".
    pub since: &'a str,
}

/// The calm answer when a seat is missing.
#[derive(Clone, Copy, Debug)]
pub struct VerdictSheet<'a> {
    /// "All ten Technicians tokens are taken".
    pub title: &'a str,
    /// "Sending a reply needs one. Reading and your own tickets do not."
    pub needs: &'a str,
    /// Who holds them; empty where nobody does.
    pub holders: &'a [Holder<'a>],
    /// The reader's place and the length of the queue.
    pub place: Option<(u32, u32)>,
    /// "about 6 min".
    pub wait: Option<&'a str>,
    /// The text that was not sent; shown so that nobody fears for it.
    pub text: &'a str,
    /// Buttons: "Tell me when one is free", "Ask for a seat".
    pub acts: &'a Markup,
}

/// Draws the verdict. Without script it stands above the timeline; with it, it is a modal dialog.
pub fn verdict_sheet(verdict: &VerdictSheet<'_>) -> Markup {
    html! {
        dialog.sheet id="verdict" open data-modal aria-labelledby="verdict-title" {
            h2 id="verdict-title" { (verdict.title) }
            p { (verdict.needs) }
            @if verdict.place.is_some() || verdict.wait.is_some() {
                dl.place {
                    @if let Some((place, of)) = verdict.place { div { dt { (t!("your place of {n}", n = of)) } dd { (place) } } }
                    @if let Some(wait) = verdict.wait { div { dt { (t!("expected wait")) } dd { (wait) } } }
                }
            }
            @if !verdict.holders.is_empty() {
                section {
                    h3 { (t!("Who holds them")) }
                    ul.holders {
                        @for holder in verdict.holders {
                            li { (face(holder.name)) span.cut { (holder.name) } span.end { (holder.since) } }
                        }
                    }
                }
            }
            @if !verdict.text.is_empty() {
                section { h3 { (t!("Your text is kept")) } div.kept { (verdict.text) } }
            }
            div.acts {
                (verdict.acts)
                // Enter by habit must not give a place away.
                form.end method="dialog" { button.button.bare autofocus { @if verdict.text.is_empty() { (t!("Close")) } @else { (t!("Keep writing")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_silence_would_cost_beats() {
        for seat in [
            Seat::Token { licence: "Technicians", number: 7, of: 10, waiting: 2, idle: None },
            Seat::Queued { licence: "Desk", place: 1, wait: None },
        ] {
            assert!(seat_box(&seat, "x").into_string().contains("data-heartbeat"), "{seat:?}");
        }
        for seat in
            [Seat::Exclusive { licence: "Desk" }, Seat::Free { licence: "Desk", tokens: Some(3) }, Seat::None]
        {
            assert!(!seat_box(&seat, "x").into_string().contains("data-heartbeat"), "{seat:?}");
        }
    }

    #[test]
    fn the_sheet_shows_the_text_that_was_not_sent() {
        let verdict = VerdictSheet {
            title: "All tokens are taken",
            needs: "Sending needs one.",
            holders: &[],
            place: Some((2, 3)),
            wait: None,
            text: "Please try <eu-1>",
            acts: &html! {},
        };
        assert!(verdict_sheet(&verdict).into_string().contains("Please try &lt;eu-1&gt;"));
    }
}
