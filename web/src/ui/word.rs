//! The small words of a page: faces, states, chips, promises, times.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::icon::{Icon, icon, symbol};
use crate::words::{dated, t, told};

/// What a colour means. A word or an icon always says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Kept, met, healthy.
    Ok,
    /// Soon a trouble.
    Warn,
    /// A trouble now.
    Bad,
    /// The reader's own: selected, theirs to act on.
    Accent,
}

impl Tone {
    /// The class that carries the tone on chips and notices.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Accent => "accent",
        }
    }
}

/// The instant a page is rendered for, and the reader's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// Now, as read once for the request.
    pub now: Timestamp,
    /// Where the reader is.
    pub zone: &'a TimeZone,
}

impl Clock<'_> {
    /// The day on the reader's calendar.
    pub fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(self.zone.clone()).date()
    }
}

/// Initials on a disc whose colour belongs to the name. Decoration: the name stands beside it.
pub fn face(name: &str) -> Markup {
    html! { span class={ "face c" (colour(name)) } title=(name) aria-hidden="true" { (initials(name)) } }
}

/// A larger face, for the head of a profile.
pub fn large_face(name: &str) -> Markup {
    html! { span class={ "face large c" (colour(name)) } aria-hidden="true" { (initials(name)) } }
}

/// A face that stands alone and therefore says who it is: `label` is read out, for example "Assigned to Rana Haddad".
pub fn lone_face(name: &str, label: &str) -> Markup {
    html! { span class={ "face c" (colour(name)) } role="img" title=(label) aria-label=(label) { (initials(name)) } }
}

/// A face with the name beside it and a quiet second line.
pub fn who(name: &str, line: &str) -> Markup {
    html! { div.who { (face(name)) div { b { (name) } @if !line.is_empty() { div.quiet { (line) } } } } }
}

/// One or two capitals: the first letters of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).take(2).collect()
}

/// One of ten colours, the same for a name on every page and every server.
fn colour(name: &str) -> u32 {
    name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 10
}

/// Where a ticket stands, as far as its drawing goes. The configured state has its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has looked at it.
    New,
    /// Somebody works on it.
    Working,
    /// It waits for the requester, an approval or a supplier.
    Waiting,
    /// Solved, may be reopened.
    Solved,
    /// Closed for good.
    Closed,
    /// Withdrawn.
    Cancelled,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Solved => "solved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    const fn symbol(self) -> &'static str {
        match self {
            Self::New => "state-new",
            Self::Working => "state-working",
            Self::Waiting => "state-waiting",
            Self::Solved => "state-solved",
            Self::Closed => "state-closed",
            Self::Cancelled => "state-cancelled",
        }
    }
}

/// The drawing of a state, with its name for screen readers and on hover. Six shapes that differ without colour.
pub fn state_dot(stage: Stage, label: &str) -> Markup {
    let label = told(label);
    html! {
        svg class={ "state " (stage.name()) } role="img" aria-label=(label) {
            title { (label) }
            use href={ (super::assets::url(super::assets::File::Icons)) "#" (stage.symbol()) } {}
        }
    }
}

/// State as a chip: drawing and word.
pub fn state_chip(stage: Stage, label: &str) -> Markup {
    html! { span.chip { (symbol(&format!("state {}", stage.name()), stage.symbol())) (told(label)) } }
}

/// A word in a frame.
pub fn chip(tone: Tone, text: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (text) } }
}

/// A word in a frame, with an icon.
pub fn icon_chip(tone: Tone, drawing: Icon, text: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (icon(drawing)) (text) } }
}

/// How a service-level promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Running, time enough.
    OnTrack,
    /// Running out.
    AtRisk,
    /// Past its time and still open.
    Breached,
    /// The clock stands still in this state.
    Paused,
    /// Kept.
    Met,
    /// Not kept, and over.
    Missed,
}

/// A service-level promise in words.
#[derive(Clone, Copy, Debug)]
pub struct Sla<'a> {
    /// How it stands; decides tone and icon.
    pub standing: Standing,
    /// Time left as a few words: "18 min left", "1 h 12", "paused", "met".
    pub text: &'a str,
    /// The sentence behind it: "Resolve by 12:04, business hours; paused 40 min while waiting for the requester."
    pub reason: &'a str,
}

impl Sla<'_> {
    const fn look(&self) -> (Tone, Icon) {
        match self.standing {
            Standing::OnTrack => (Tone::Plain, Icon::Clock),
            Standing::AtRisk => (Tone::Warn, Icon::Clock),
            Standing::Breached | Standing::Missed => (Tone::Bad, Icon::Alarm),
            Standing::Paused => (Tone::Plain, Icon::Pause),
            Standing::Met => (Tone::Ok, Icon::Check),
        }
    }
}

/// A promise in a list, where the whole row is one link: the reason is on hover.
pub fn sla_chip(sla: &Sla<'_>) -> Markup {
    let (tone, drawing) = sla.look();
    html! { span class={ "chip sla " (tone.class()) } title=(sla.reason) { (icon(drawing)) (sla.text) } }
}

/// A promise that explains itself on tap: the sentence and one small table of clock segments (label, value).
/// `id` is unique on the page.
pub fn sla_why(id: &str, sla: &Sla<'_>, segments: &[(&str, &str)]) -> Markup {
    let (tone, drawing) = sla.look();
    html! {
        button type="button" class={ "chip sla " (tone.class()) } popovertarget=(id) title=(sla.reason) {
            (icon(drawing)) (sla.text)
        }
        div.why popover id=(id) { (why_body(sla.reason, segments)) }
    }
}

/// The word that answers "why" for a computed thing: a sentence and one small table. `id` is unique on the page.
pub fn why(id: &str, word: &str, sentence: &str, rows: &[(&str, &str)]) -> Markup {
    html! {
        button.why-link type="button" popovertarget=(id) { (word) }
        div.why popover id=(id) { (why_body(sentence, rows)) }
    }
}

fn why_body(sentence: &str, rows: &[(&str, &str)]) -> Markup {
    html! {
        p { (told(sentence)) }
        @if !rows.is_empty() {
            table { tbody { @for (label, value) in rows { tr { td { (told(label)) } td { (value) } } } } }
        }
    }
}

/// A time as people say it, with the exact one on hover. The script keeps it true while the page is open.
pub fn time(at: Timestamp, clock: Clock<'_>) -> Markup {
    html! { time datetime=(at) title=(exact(at, clock.zone)) data-relative { (relative(at, clock)) } }
}

/// Only the age, as short as it gets, for narrow columns: "4m", "3h", "2d", "5w".
pub fn age(at: Timestamp, clock: Clock<'_>) -> Markup {
    html! { time datetime=(at) title=(exact(at, clock.zone)) { (short_age(at, clock)) } }
}

/// The same as words alone: "3h".
pub fn short_age(at: Timestamp, clock: Clock<'_>) -> String {
    let minutes = clock.now.duration_since(at).as_mins().max(0);
    match minutes {
        0..60 => format!("{}m", minutes.max(1)),
        60..1_440 => format!("{}h", minutes / 60),
        1_440..20_160 => format!("{}d", minutes / 1_440),
        _ => format!("{}w", minutes / 10_080),
    }
}

/// "Monday, 23 November 2026, 09:04:12 CET".
pub fn exact(at: Timestamp, zone: &TimeZone) -> String {
    dated(&at.to_zoned(zone.clone()), t!("%A, %-d %B %Y, %H:%M:%S %Z"))
}

/// "just now", "12 min ago", "in 3 h", "yesterday 14:02", "Mon 09:04", "12 Nov", "12 Nov 2025".
pub fn relative(at: Timestamp, clock: Clock<'_>) -> String {
    let there = at.to_zoned(clock.zone.clone());
    let here = clock.now.to_zoned(clock.zone.clone());
    let seconds = clock.now.duration_since(at).as_secs();
    let ahead = seconds < 0;
    match seconds.abs() {
        0..45 => return t!("just now").to_owned(),
        45..3_570 => {
            let n = (seconds.abs() + 30) / 60;
            return if ahead { t!("in {n} min", n) } else { t!("{n} min ago", n) };
        }
        _ => {}
    }
    let days = here.date().since(there.date()).map_or(0, |span| span.get_days());
    match days {
        0 => {
            let n = (seconds.abs() + 1_800) / 3_600;
            if ahead { t!("in {n} h", n) } else { t!("{n} h ago", n) }
        }
        1 => dated(&there, t!("yesterday %H:%M")),
        -1 => dated(&there, t!("tomorrow %H:%M")),
        -6..=6 => dated(&there, "%a %H:%M"),
        _ if there.year() == here.year() => dated(&there, t!("%-d %b")),
        _ => dated(&there, t!("%-d %b %Y")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: &str) -> String {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        relative(at.parse().unwrap(), Clock { now, zone: &zone })
    }

    #[test]
    fn a_time_is_said_as_people_say_it() {
        assert_eq!(said("2026-11-23T09:59:40Z"), "just now");
        assert_eq!(said("2026-11-23T09:48:00Z"), "12 min ago");
        assert_eq!(said("2026-11-23T07:00:00Z"), "3 h ago");
        assert_eq!(said("2026-11-23T12:10:00Z"), "in 2 h");
        assert_eq!(said("2026-11-22T13:02:00Z"), "yesterday 14:02");
        assert_eq!(said("2026-11-24T08:00:00Z"), "tomorrow 09:00");
        assert_eq!(said("2026-11-19T08:04:00Z"), "Thu 09:04");
        assert_eq!(said("2026-03-02T08:00:00Z"), "2 Mar");
        assert_eq!(said("2025-11-12T08:00:00Z"), "12 Nov 2025");
    }

    #[test]
    fn initials_come_from_the_first_and_the_last_word() {
        assert_eq!(initials("M. Lindqvist"), "ML");
        assert_eq!(initials("Åsa von der Heide"), "ÅH");
        assert_eq!(initials("(unknown)"), "U");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn script_in_a_name_stays_text() {
        let page = who("<script>alert(1)</script>", "\"><img>").into_string();
        assert!(!page.contains("<script") && !page.contains("<img"));
    }
}
