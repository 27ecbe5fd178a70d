//! The languages of the pages. Every sentence is written in the code in English and is its own key; what it is in another
//! language stands in a catalogue, `web/words/de`. `docs/decisions/0009-languages.md` says why.
//!
//! - `t!("Raise a ticket")` is a sentence without blanks, a `&'static str`.
//! - `t!("Files for {number}", number)` has blanks, each named once and filled with what can be displayed, a `String`.
//! - `th!("{who} asks {when}", who = name, when = ui::time(…))` is the same as markup: what fills a blank is what `html!` would
//!   draw between parentheses.
//! - `plural!(n, "1 ticket", "{n} tickets")` chooses by number.
//! - `key!("It can wait")` marks a sentence where it cannot be said yet, in a constant; [`say`] says it.
//! - [`told`] is for sentences that the desk made in English.
//!
//! The language is that of the request that is answered. Outside of one, on the threads of the engine too, it is English.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::HashMap,
    fmt::{Display, Write as _},
    sync::LazyLock,
};

use axum::{extract::Request, middleware::Next, response::Response};
pub use domain::Language;
use http::{HeaderMap, HeaderValue, header};
use jiff::{Zoned, civil::Date, tz::TimeZone};
use maud::{Escaper, Markup, PreEscaped};

use crate::context::cookie;

/// Where a browser keeps which language its reader chose.
pub(crate) const LANGUAGE_COOKIE: &str = "language";

tokio::task_local! {
    static LANGUAGE: Language;
}

/// What a browser asks for: what was chosen in it, else the first of its languages that there is here.
pub(crate) fn asked_for(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(Language::of_tag);
    chosen.or_else(|| accepted(headers)).unwrap_or(Language::En)
}

/// The best of `Accept-Language` (RFC 9110 §12.5.4).
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let named = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(f32, Language)> = None;
    for one in named.flat_map(|value| value.split(',')).take(20) {
        let (tag, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
        let (Some(language), Some(weight)) = (Language::of_tag(tag), weight) else { continue };
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// What programs read, and those who write them: the API, and the pages that explain its problems.
const IN_ENGLISH: [&str; 2] = ["/api", "/problems"];

fn is_in_english(path: &str) -> bool {
    let within = |room| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    IN_ENGLISH.into_iter().any(within)
}

/// Answers a request in the language of whoever asks.
pub(crate) async fn in_their_language(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let language = if is_in_english(path) { Language::En } else { asked_for(request.headers()) };
    let mut response = speaking(language, next.run(request)).await;
    let headers = response.headers_mut();
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str()));
        headers.append(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    response
}

/// Does something in a language.
pub(crate) async fn speaking<F: Future>(language: Language, what: F) -> F::Output {
    LANGUAGE.scope(language, what).await
}

/// The same for what waits for nothing.
pub(crate) fn speak<T>(language: Language, what: impl FnOnce() -> T) -> T {
    LANGUAGE.sync_scope(language, what)
}

/// The language of the request that is answered.
pub fn language() -> Language {
    LANGUAGE.try_with(|language| *language).unwrap_or(Language::En)
}

type Words = HashMap<&'static str, &'static str>;

/// The sentences of pages, by room.
const GERMAN: [&str; 5] = [
    include_str!("../words/de/employees.txt"),
    include_str!("../words/de/queue.txt"),
    include_str!("../words/de/workspace.txt"),
    include_str!("../words/de/licences.txt"),
    include_str!("../words/de/administration.txt"),
];
/// The sentences of the desk.
const GERMAN_TOLD: [&str; 1] = [include_str!("../words/de/told.txt")];
/// What of them whoever asked is told otherwise.
const GERMAN_ASKED: [&str; 1] = [include_str!("../words/de/asked.txt")];
/// The sentences of scripts.
const GERMAN_SCRIPTS: [&str; 1] = [include_str!("../words/de/scripts.txt")];

/// The entries of a catalogue: a line in English, and below it, after `= `, the same in the other language. Lines that begin
/// with `#` are for those who translate.
fn entries(catalogue: &[&'static str]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut key = "";
    catalogue.iter().flat_map(|part| part.lines()).filter_map(move |line| {
        if let Some(words) = line.strip_prefix("= ") {
            return Some((key, words));
        }
        if !line.starts_with('#') {
            key = line;
        }
        None
    })
}

static SAID: LazyLock<Words> = LazyLock::new(|| entries(&GERMAN).collect());
static TOLD: LazyLock<Told> = LazyLock::new(|| Told::of(entries(&GERMAN_TOLD), entries(&GERMAN_ASKED)));

/// A sentence without blanks, in the reader's language. What has no translation is said in English.
pub(crate) fn say(words: &'static str) -> &'static str {
    match language() {
        Language::En => words,
        Language::De => SAID.get(words).copied().unwrap_or(words),
    }
}

/// The words of a table of choices, in the reader's language.
pub(crate) fn said<const N: usize, V>(table: [(V, &'static str); N]) -> [(V, &'static str); N] {
    table.map(|(value, words)| (value, say(words)))
}

/// A sentence with its blanks filled.
pub(crate) fn fill(words: &'static str, blanks: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    for part in parts(say(words)) {
        match part {
            Part::Words(words) => filled.push_str(words),
            Part::Blank(name) => {
                if let Some((_, value)) = blanks.iter().find(|(blank, _)| *blank == name) {
                    // Writing to a string cannot fail.
                    write!(filled, "{value}").unwrap_or_default();
                }
            }
        }
    }
    filled
}

/// A sentence with its blanks filled, as markup.
pub(crate) fn fill_html(words: &'static str, blanks: &[(&str, Markup)]) -> Markup {
    let mut filled = String::new();
    for part in parts(say(words)) {
        match part {
            Part::Words(words) => Escaper::new(&mut filled).write_str(words).unwrap_or_default(),
            Part::Blank(name) => {
                if let Some((_, value)) = blanks.iter().find(|(blank, _)| *blank == name) {
                    filled.push_str(&value.0);
                }
            }
        }
    }
    PreEscaped(filled)
}

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Words(&'a str),
    Blank(&'a str),
}

/// The pieces of a sentence. A brace that nobody closes is a brace.
fn parts(sentence: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = sentence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('{')
            && let Some((name, after)) = inner.split_once('}')
        {
            rest = after;
            return Some(Part::Blank(name));
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(at, _)| at);
        let (words, after) = rest.split_at(end);
        rest = after;
        Some(Part::Words(words))
    })
}

/// A sentence as it is when the program is built: each of its blanks has a name here, and each name a blank.
pub(crate) const fn checked(words: &'static str, names: &[&str]) -> &'static str {
    let text = words.as_bytes();
    let mut found = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'{' {
            let mut end = at + 1;
            while end < text.len() && text[end] != b'}' {
                end += 1;
            }
            let mut nth = 0;
            while nth < names.len() && !is_part(text, at + 1, end, names[nth].as_bytes()) {
                nth += 1;
            }
            assert!(nth < names.len(), "a blank of this sentence is not filled");
            found += 1;
            at = end;
        }
        at += 1;
    }
    assert!(found >= names.len(), "a name is no blank of this sentence");
    words
}

const fn is_part(text: &[u8], from: usize, to: usize, part: &[u8]) -> bool {
    if to - from != part.len() {
        return false;
    }
    let mut at = 0;
    while at < part.len() {
        if text[from + at] != part[at] {
            return false;
        }
        at += 1;
    }
    true
}

macro_rules! t {
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
    ($words:literal $(,)?) => { $crate::words::say(const { $crate::words::checked($words, &[]) }) };
    ($words:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::words::fill(
            const { $crate::words::checked($words, &[$(stringify!($name)),+]) },
            &[$((stringify!($name), &$crate::words::t!(@value $name $($value)?) as &dyn ::std::fmt::Display)),+],
        )
    };
}

macro_rules! th {
    ($words:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::words::fill_html(
            const { $crate::words::checked($words, &[$(stringify!($name)),+]) },
            &[$((stringify!($name), ::maud::html! { ($crate::words::t!(@value $name $($value)?)) })),+],
        )
    };
}

macro_rules! plural {
    ($n:expr, $one:literal, $other:literal) => {{
        let n = $n;
        if n == 1 {
            ::std::borrow::Cow::Borrowed($crate::words::t!($one))
        } else {
            ::std::borrow::Cow::Owned($crate::words::t!($other, n))
        }
    }};
}

macro_rules! key {
    ($words:literal) => {
        const { $crate::words::checked($words, &[]) }
    };
}

pub(crate) use {key, plural, t, th};

/// Sentences of the desk, some with blanks. What fills a blank may be a sentence or a word of the desk itself. A blank whose
/// name begins with `_` is for what people wrote, which is said as it is; with `#`, for a number and nothing else; with `@`,
/// for a day or a moment and nothing else; with `&`, for a list, "a, b and c".
#[derive(Default)]
struct Told {
    whole: HashMap<String, &'static str>,
    /// What whoever asked is told otherwise than technicians.
    asked: HashMap<String, &'static str>,
    /// Patterns by the word they begin with.
    by_word: HashMap<String, Vec<Pattern>>,
    /// Patterns that begin with a blank, or within a word.
    loose: Vec<Pattern>,
}

struct Pattern {
    parts: Vec<Part<'static>>,
    said: &'static str,
}

impl Pattern {
    /// How much of a sentence it knows. Of two that fit, the one that knows more of it is meant.
    fn words(&self) -> usize {
        self.parts.iter().map(|part| if let Part::Words(words) = part { words.len() } else { 0 }).sum()
    }
}

/// The desk says the same as a sentence, and after a field's name, as the rest of one.
fn plain(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut characters = sentence.chars();
    let first: String = characters.next().map(|c| c.to_lowercase().collect()).unwrap_or_default();
    first + characters.as_str()
}

impl Told {
    fn of(
        entries: impl Iterator<Item = (&'static str, &'static str)>,
        asked: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        let mut told = Self::default();
        told.whole.extend(ENGLISH_MONTHS.map(plain).into_iter().zip(MONTHS));
        for (key, said) in entries {
            if !key.contains('{') {
                told.whole.insert(plain(key), said);
                continue;
            }
            let parts: Vec<_> = parts(key.trim_end_matches('.')).collect();
            let first = match parts.first() {
                Some(Part::Words(words)) => words.split_once(' ').map(|(first, _)| plain(first)),
                _ => None,
            };
            let alike = first.map_or(&mut told.loose, |word| told.by_word.entry(word).or_default());
            alike.push(Pattern { parts, said });
        }
        for alike in told.by_word.values_mut().chain([&mut told.loose]) {
            alike.sort_by_key(|pattern| Reverse(pattern.words()));
        }
        told.asked = asked.map(|(key, said)| (plain(key), said)).collect();
        told
    }

    fn find(&self, sentence: &str, to: Listener) -> Option<String> {
        // The last blank of a sentence could take in all that follows it: pieces come first.
        ["; ", ", ", ". ", " + "]
            .iter()
            .find_map(|separator| self.joined(sentence, separator, to))
            .or_else(|| self.one(sentence, to))
    }

    fn one(&self, sentence: &str, to: Listener) -> Option<String> {
        let plainly = plain(sentence);
        let otherwise = (to == Listener::Asked).then(|| self.asked.get(&plainly)).flatten();
        if let Some(words) = otherwise.or_else(|| self.whole.get(&plainly)) {
            return Some((*words).to_owned());
        }
        if month_in(sentence).is_some() && sentence.split(' ').count() <= 3 && is_moment(sentence) {
            return Some(day(sentence));
        }
        let word = plainly.split(' ').next().unwrap_or_default();
        let begun = self.by_word.get(word).map_or(&[][..], Vec::as_slice);
        let fits = [begun, &self.loose].into_iter().filter_map(|alike| {
            alike.iter().find_map(|pattern| {
                filled_in(&pattern.parts, sentence.trim_end_matches('.')).map(|values| (pattern, values))
            })
        });
        let (pattern, values) = fits.max_by_key(|(pattern, _)| pattern.words())?;
        Some(self.fill(pattern, &values, to))
    }

    fn fill(&self, pattern: &Pattern, values: &[(&str, &str)], to: Listener) -> String {
        let mut filled = String::new();
        for part in parts(pattern.said) {
            match part {
                Part::Words(words) => filled.push_str(words),
                Part::Blank(name) => {
                    let value =
                        values.iter().find(|(blank, _)| *blank == name).map_or("", |(_, value)| value);
                    match name.as_bytes().first() {
                        Some(b'_' | b'#') => filled.push_str(value),
                        Some(b'@') => filled.push_str(&day(value)),
                        Some(b'&') => filled.push_str(&self.listed(value, to)),
                        // It is shorter, so this ends.
                        _ => filled.push_str(&self.or_as_it_is(value, to)),
                    }
                }
            }
        }
        filled
    }

    fn or_as_it_is(&self, words: &str, to: Listener) -> String {
        self.find(words, to).unwrap_or_else(|| words.to_owned())
    }

    /// "Monday, Tuesday and Friday".
    fn listed(&self, list: &str, to: Listener) -> String {
        let (rest, last) = list.rsplit_once(" and ").map_or((list, None), |(rest, last)| (rest, Some(last)));
        let rest: Vec<_> = rest.split(", ").map(|one| self.or_as_it_is(one, to)).collect();
        match last {
            Some(last) => format!("{} und {}", rest.join(", "), self.or_as_it_is(last, to)),
            None => rest.join(", "),
        }
    }

    /// Sentences one after the other, if each of them is known.
    fn joined(&self, sentences: &str, separator: &str, to: Listener) -> Option<String> {
        // What people wrote is not looked through.
        if sentences.len() > 1_000 {
            return None;
        }
        sentences.match_indices(separator).find_map(|(at, _)| {
            let head = self.one(&sentences[..at], to)?;
            let tail = self.find(&sentences[at + separator.len()..], to)?;
            // Between commas there are facts, or single words that people wrote.
            if separator == ", " && !(head.starts_with(AFTER_A_NAME) && tail.starts_with(AFTER_A_NAME)) {
                return None;
            }
            let tail = tail.strip_prefix(AFTER_A_NAME).unwrap_or(&tail);
            let separator = if head.ends_with(['.', '!', '?', ':']) { " " } else { separator };
            Some(format!("{head}{separator}{tail}"))
        })
    }
}

/// How a fact begins in German: it follows the name of who did it, and has no verb that would fit both "you" and a name.
pub(crate) const AFTER_A_NAME: &str = "– ";

/// Who is told something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listener {
    /// Technicians, managers, administrators; and everybody, where it is the same.
    Anybody,
    /// Whoever asked: the ticket is theirs.
    Asked,
}

/// What fills the blanks of a pattern so that it is this sentence.
fn filled_in<'s>(pattern: &[Part<'static>], sentence: &'s str) -> Option<Vec<(&'static str, &'s str)>> {
    let mut rest = sentence;
    let mut values = Vec::new();
    let mut blank = None;
    for (nth, part) in pattern.iter().enumerate() {
        match part {
            Part::Blank(name) => blank = Some(*name),
            Part::Words(words) => {
                let at = if nth + 1 == pattern.len() && rest.ends_with(words) {
                    rest.len() - words.len()
                } else if nth == 0 {
                    // At the start of a sentence it has a capital, elsewhere it may have none.
                    rest.get(..words.len()).filter(|start| plain(start) == plain(words)).map(|_| 0)?
                } else {
                    rest.find(words)?
                };
                if let Some(name) = blank.take() {
                    values.push((name, &rest[..at]));
                } else if at != 0 {
                    return None;
                }
                rest = &rest[at + words.len()..];
            }
        }
    }
    match blank {
        Some(name) => values.push((name, rest)),
        None if rest.is_empty() => {}
        None => return None,
    }
    // A blank that nothing fills is no blank, and what is all blank is no pattern.
    let fits = |(name, value): &(&str, &str)| {
        let is_right = match name.as_bytes().first() {
            Some(b'#') => value.bytes().all(|byte| byte.is_ascii_digit()),
            Some(b'@') => is_moment(value),
            _ => true,
        };
        is_right && !value.is_empty() && value.len() < sentence.len()
    };
    values.iter().all(fits).then_some(values)
}

/// A sentence of the desk in the reader's language; as it is, if the catalogue has none.
pub(crate) fn told(sentence: &str) -> Cow<'_, str> {
    told_to(sentence, Listener::Anybody)
}

/// The same for a word of the desk's own, or a sentence without blanks.
pub(crate) fn told_word(word: &'static str) -> &'static str {
    match language() {
        Language::En => word,
        Language::De => TOLD.whole.get(&plain(word)).copied().unwrap_or(word),
    }
}

/// The same for whoever asked: a ticket that waits for the requester waits for them.
pub(crate) fn told_to_requester(sentence: &str) -> Cow<'_, str> {
    told_to(sentence, Listener::Asked)
}

fn told_to(sentence: &str, to: Listener) -> Cow<'_, str> {
    match language() {
        Language::En => Cow::Borrowed(sentence),
        Language::De => TOLD.find(sentence, to).map_or(Cow::Borrowed(sentence), Cow::Owned),
    }
}

/// The script that knows the words of the other scripts in German.
pub(crate) fn german_script() -> String {
    let words: serde_json::Map<_, _> =
        entries(&GERMAN_SCRIPTS).map(|(key, words)| (key.to_owned(), words.into())).collect();
    format!("globalThis.freeholdWords = {};\n", serde_json::Value::Object(words))
}

const WEEKDAYS: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const SHORT_WEEKDAYS: [&str; 7] = ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."];
const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
/// The months as the desk writes them.
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_MONTHS: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];

/// Which month stands in a day that the desk wrote: "4 December", "4 December 2026".
fn month_in(day: &str) -> Option<usize> {
    let named = day.split(' ').nth(1)?;
    ENGLISH_MONTHS.iter().position(|name| *name == named)
}

/// Such a day, or a moment such as "2026-12-04 09:00:00".
fn is_moment(words: &str) -> bool {
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && month_in(words).is_some()) || (digits == 4 && words[4..].starts_with('-'))
}

fn day(written: &str) -> String {
    match (month_in(written), written.split_once(' ')) {
        (Some(nth), Some((day, rest))) => {
            format!("{day}. {}", rest.replacen(ENGLISH_MONTHS[nth], MONTHS[nth], 1))
        }
        _ => written.to_owned(),
    }
}

/// A moment in the reader's language. The form is strftime's, and has a translation like any sentence.
pub(crate) fn dated(at: &Zoned, form: &str) -> String {
    if language() == Language::En {
        return at.strftime(form).to_string();
    }
    let name = |names: &[&'static str], nth: i8| {
        usize::try_from(nth - 1).ok().and_then(|nth| names.get(nth)).copied().unwrap_or_default()
    };
    let day = at.weekday().to_monday_one_offset();
    let form = form
        .replace("%A", name(&WEEKDAYS, day))
        .replace("%a", name(&SHORT_WEEKDAYS, day))
        .replace("%B", name(&MONTHS, at.month()))
        .replace("%b", name(&SHORT_MONTHS, at.month()));
    at.strftime(&form).to_string()
}

/// A day in the reader's language. The form is strftime's, and has a translation like any sentence.
pub(crate) fn on(day: Date, form: &str) -> String {
    day.to_zoned(TimeZone::UTC).map_or_else(|_| day.to_string(), |at| dated(&at, form))
}

#[cfg(test)]
mod source;
#[cfg(test)]
mod tests;
