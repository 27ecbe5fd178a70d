//! Whether an answer may be shown in words that somebody else found for it. They come from outside and are believed in
//! nothing: only what the passages say may be in them, and each sentence says which passage it is from. Otherwise the bot
//! quotes, as it does by itself.

use std::collections::{HashMap, HashSet};

use super::{
    Language,
    words::{Speech, fold},
};

/// More than anybody reads of a bot.
const LONGEST: usize = 1_500;
/// Of the words of a sentence that say something, at least this part is in the passages that it cites.
const FROM_PASSAGES: f64 = 0.6;

/// An answer in other words, which may be shown: each sentence and the passages that it is from, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrasing(Vec<Paragraph>);

/// What stands on lines of their own.
type Paragraph = Vec<Sentence>;

/// A sentence and what it cites.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sentence {
    text: String,
    cites: Vec<usize>,
}

/// Why an answer in other words is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing was said.
    #[error("it is empty")]
    Empty,
    /// Too much was said.
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
    /// Characters that are not seen, or turn others round.
    #[error("it has characters that nobody sees")]
    Unseen,
    /// A sentence is from nowhere.
    #[error("a sentence cites nothing")]
    Uncited,
    /// Brackets that are no citation: a link, a picture, a tag.
    #[error("it has brackets that are no citation")]
    Brackets,
    /// A passage that was not given.
    #[error("it cites passage {0}, which was not given")]
    NotGiven(String),
    /// A link, an address, a number or a name of something that no cited passage has.
    #[error("the passages that it cites do not have `{0}`")]
    NotInPassages(String),
    /// Other words than those of the passages.
    #[error("a sentence says what the passages that it cites do not say")]
    OtherWords,
}

impl Unfit {
    /// Which of them it is, without any of what was said.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too long",
            Self::Unseen => "unseen characters",
            Self::Uncited => "a sentence without citation",
            Self::Brackets => "a link or other brackets",
            Self::NotGiven(_) => "a citation of what was not given",
            Self::NotInPassages(_) => "a number or address that no passage has",
            Self::OtherWords => "other words than those of the passages",
        }
    }
}

impl Phrasing {
    /// Judges what was answered when these passages were given, which the answer counts from 1.
    ///
    /// # Errors
    ///
    /// When any of it is not from the passages.
    pub fn judge(answer: &str, passages: &[&str]) -> Result<Self, Unfit> {
        let answer = answer.trim();
        if answer.is_empty() {
            return Err(Unfit::Empty);
        }
        if answer.chars().count() > LONGEST {
            return Err(Unfit::TooLong);
        }
        if answer.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\r')) || is_unseen(c)) {
            return Err(Unfit::Unseen);
        }
        if answer.contains("](") || answer.contains('<') {
            return Err(Unfit::Brackets);
        }
        let given = Given::of(passages);
        let mut paragraphs = Vec::new();
        for line in answer.lines().map(without_mark).filter(|line| !line.is_empty()) {
            let sentences: Vec<_> =
                sentences(line).into_iter().map(|text| given.judge(text)).collect::<Result<_, _>>()?;
            if !sentences.is_empty() {
                paragraphs.push(sentences);
            }
        }
        if paragraphs.is_empty() { Err(Unfit::Empty) } else { Ok(Self(paragraphs)) }
    }

    /// As Markdown that shows nothing but the words, and a number in brackets for each citation.
    pub fn markdown(&self) -> String {
        let paragraphs = self.0.iter().map(|sentences| {
            let sentences = sentences.iter().map(|sentence| {
                let cites = sentence.cites.iter().map(|cite| format!("\\[{}\\]", cite + 1));
                std::iter::once(escaped(&sentence.text)).chain(cites).collect::<Vec<_>>().join(" ")
            });
            sentences.collect::<Vec<_>>().join(" ")
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    }
}

/// The passages as sentences are compared with them.
struct Given {
    speeches: Vec<Speech>,
    passages: Vec<Passage>,
}

struct Passage {
    /// What stands between spaces, where an address could be.
    tokens: HashSet<String>,
    /// Its words in order.
    words: Vec<String>,
    stems: HashSet<String>,
}

impl Passage {
    /// Whether these words stand in it one after the other.
    fn has_run(&self, run: &[String]) -> bool {
        self.words.windows(run.len()).any(|words| words == run)
    }
}

impl Given {
    fn of(passages: &[&str]) -> Self {
        let speeches: Vec<_> = Language::ALL.iter().map(|language| Speech::new(*language)).collect();
        let passages = passages
            .iter()
            .map(|text| {
                let words: Vec<String> = fold(text).collect();
                let stems =
                    words.iter().flat_map(|word| speeches.iter().map(|speech| speech.stem(word))).collect();
                // The address of a link in Markdown stands by itself.
                let tokens =
                    text.split("](").flat_map(|text| text.split(['<', '>', '`', '|'])).flat_map(tokens);
                Passage { tokens: tokens.collect(), words, stems }
            })
            .collect();
        Self { speeches, passages }
    }

    fn judge(&self, raw: &str) -> Result<Sentence, Unfit> {
        let (text, cites) = citations(raw, self.passages.len())?;
        if cites.is_empty() {
            return Err(Unfit::Uncited);
        }
        let cited = || cites.iter().map(|cite| &self.passages[*cite]);
        // Addresses and numbers are taken over letter by letter and whole, or not at all: a wrong one is followed.
        for token in tokens(&text) {
            if token.contains(['@', ':', '/', '\\', '.'])
                && !cited().any(|passage| passage.tokens.contains(&token))
            {
                return Err(Unfit::NotInPassages(token));
            }
        }
        let words: Vec<_> = fold(&text).collect();
        let is_number = |word: &String| word.chars().any(char::is_numeric);
        for run in words.chunk_by(|one, next| is_number(one) == is_number(next)) {
            if run.first().is_some_and(is_number) && !cited().any(|passage| passage.has_run(run)) {
                return Err(Unfit::NotInPassages(run.join(" ")));
            }
        }
        if !self.is_known(&text, &cites) {
            return Err(Unfit::OtherWords);
        }
        Ok(Sentence { text, cites })
    }

    /// Whether the words of a sentence that say something are those of the passages: enough of all of them and of each
    /// clause, so that much that is known does not hide what is not; and never two unknown ones in a row.
    fn is_known(&self, text: &str, cites: &[usize]) -> bool {
        let is_known = |stem: &String| cites.iter().any(|cite| self.passages[*cite].stems.contains(stem));
        let (mut all, mut last_known) = (HashMap::new(), true);
        for clause in clauses(text) {
            let mut telling = HashMap::new();
            for word in clause {
                if self.speeches.iter().any(|speech| speech.is_stop(&word)) {
                    continue;
                }
                // One that is said again counts once.
                let stems: Vec<_> = self.speeches.iter().map(|speech| speech.stem(&word)).collect();
                let known = stems.iter().any(is_known);
                if !known && !last_known {
                    return false;
                }
                last_known = known;
                telling.insert(stems, known);
            }
            if telling.len() > 1 && !enough(&telling) {
                return false;
            }
            all.extend(telling);
        }
        !all.is_empty() && enough(&all)
    }
}

/// Whether enough of the words are known.
fn enough(words: &HashMap<Vec<String>, bool>) -> bool {
    let count = |known: bool| words.values().filter(|it| **it == known).map(|_| 1.0).sum::<f64>();
    count(true) >= (count(true) + count(false)) * FROM_PASSAGES
}

/// What stands between spaces, without the punctuation around it.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(|token| token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
}

/// The words of the parts of a sentence, which each could tell to do something of its own.
fn clauses(text: &str) -> Vec<Vec<String>> {
    let mut clauses = Vec::new();
    for part in text.split([',', ':', '(', ')', '–', '—']) {
        let words: Vec<_> = fold(part).collect();
        let parts = words.split(|word| matches!(word.as_str(), "and" | "or" | "und" | "oder"));
        clauses.extend(parts.map(<[String]>::to_vec));
    }
    clauses
}

/// A sentence without its citations, and these, counted from 0.
fn citations(raw: &str, given: usize) -> Result<(String, Vec<usize>), Unfit> {
    let (mut text, mut cites, mut rest) = (String::new(), Vec::new(), raw);
    while let Some(at) = rest.find(['[', ']']) {
        let inside = rest[at..].strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((number, after)) = inside else { return Err(Unfit::Brackets) };
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
            return Err(Unfit::Brackets);
        }
        match number.parse::<usize>() {
            Ok(cite) if (1..=given).contains(&cite) => cites.push(cite - 1),
            _ => return Err(Unfit::NotGiven(number.chars().take(10).collect())),
        }
        text.push_str(rest[..at].trim_end());
        rest = after;
    }
    text.push_str(rest.trim_end());
    cites.sort_unstable();
    cites.dedup();
    Ok((text.trim().to_owned(), cites))
}

/// The sentences of a line, each with the citations that stand before or after its end.
fn sentences(line: &str) -> Vec<&str> {
    let (mut found, mut begin, mut at) = (Vec::new(), 0, 0);
    while let Some(c) = line[at..].chars().next() {
        at += c.len_utf8();
        if !matches!(c, '.' | '!' | '?' | '…' | '。' | ';') {
            continue;
        }
        let after = &line[at..];
        let closing =
            after.len() - after.trim_start_matches(['"', '\'', '”', '’', ')', '*', '_', '.', '!', '?']).len();
        let end = at + closing;
        let rest = &line[end..];
        // A dot inside a word ends nothing; a citation right after it does.
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with('[')) {
            continue;
        }
        let mut end = end;
        while let Some(cite) = line[end..].trim_start().strip_prefix('[') {
            let Some(close) = cite.find(']') else { break };
            end = line.len() - cite.len() + close + 1;
        }
        found.push(line[begin..end].trim());
        (begin, at) = (end, end);
    }
    let last = line[begin..].trim();
    // The full stop after a citation that had one already.
    if !last.is_empty() {
        found.push(last);
    }
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found
}

/// A line without what makes it one of a list.
fn without_mark(line: &str) -> &str {
    let line = line.trim();
    let rest = line.trim_start_matches(['-', '*', '•']);
    if rest.len() < line.len() && rest.starts_with(' ') {
        return rest.trim();
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(['.', ')']) {
        Some(after) if rest.len() < line.len() && after.starts_with(' ') => after.trim(),
        _ => line,
    }
}

/// Characters that take no room, or turn the direction of others.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Words as Markdown shows them as they are (`CommonMark` §2.4: any ASCII punctuation may be escaped).
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut text, c| {
        if c.is_ascii_punctuation() {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PASSAGES: [&str; 2] = [
        "Connect to the VPN\nConnect to the internet first, then open GlobalProtect near the clock and choose Connect. Telephone \
         +49 30 1234 if it fails, or write to it@marlow.example. Abroad, see [the list](https://marlow.example/abroad) or write to \
         support@corp.com.au.",
        "Drucker einrichten\nÖffnen Sie die Einstellungen und wählen Sie den Drucker im Flur.",
    ];

    fn judged(answer: &str) -> Result<Phrasing, Unfit> {
        Phrasing::judge(answer, &PASSAGES)
    }

    #[test]
    fn sentences_that_say_where_they_are_from_are_shown() {
        for good in [
            "Open GlobalProtect near the clock [1].",
            "Connect to the internet first. [1] Then choose Connect in GlobalProtect [1]! Wählen Sie den Drucker im Flur. [2]",
            "1. Connect to the internet [1].\n2. Open GlobalProtect [1].",
            "- Open GlobalProtect [1][2]",
            "If it fails, telephone +49 30 1234 [1].",
            "If it fails, write to it@marlow.example. [1]",
            "Abroad, write to support@corp.com.au, or see https://marlow.example/abroad. [1]",
            "Open GlobalProtect [1].\n---\nConnect to the internet [1]. …",
            "When the internet is there, look for GlobalProtect near the clock and choose Connect [1].",
        ] {
            assert!(judged(good).is_ok(), "{good}: {:?}", judged(good));
        }
        let shown = judged("Open *GlobalProtect* [1], then choose Connect.[1]").unwrap().markdown();
        assert_eq!(shown, "Open \\*GlobalProtect\\*\\, then choose Connect\\. \\[1\\]");
    }

    #[test]
    fn whatever_is_not_from_the_passages_is_not_shown() {
        let not_given = |number: &str| Unfit::NotGiven(number.to_owned());
        let not_there = |word: &str| Unfit::NotInPassages(word.to_owned());
        for (bad, why) in [
            ("", Unfit::Empty),
            ("...", Unfit::Empty),
            ("---", Unfit::Empty),
            ("—", Unfit::Empty),
            ("…\n\n- …\n👍!", Unfit::Empty),
            ("Open GlobalProtect near the clock.", Unfit::Uncited),
            ("Open GlobalProtect [1]. Then choose Connect.", Unfit::Uncited),
            ("Open GlobalProtect. Then choose Connect [1].", Unfit::Uncited),
            ("Open GlobalProtect [3].", not_given("3")),
            ("Open GlobalProtect [0].", not_given("0")),
            ("Open GlobalProtect [99999999999999999999].", not_given("9999999999")),
            ("Open GlobalProtect [KB-1].", Unfit::Brackets),
            ("Open [GlobalProtect](https://evil.example) [1].", Unfit::Brackets),
            ("Open GlobalProtect ![](https://evil.example/x.png) [1].", Unfit::Brackets),
            ("Open <b>GlobalProtect</b> [1].", Unfit::Brackets),
            ("Open GlobalProtect at https://evil.example [1].", not_there("https://evil.example")),
            ("Open GlobalProtect at evil.example/connect [1].", not_there("evil.example/connect")),
            ("If it fails, write to it@evil.example [1].", not_there("it@evil.example")),
            ("If it fails, telephone +49 30 9999 [1].", not_there("49 30 9999")),
            ("Telephone +49 30 1234 for the Drucker [2].", not_there("49 30 1234")),
            ("If it fails, telephone +49 1234 30 [1].", not_there("49 1234 30")),
            ("If it fails, write to support@corp.com [1].", not_there("support@corp.com")),
            ("If it fails, write to low.example [1].", not_there("low.example")),
            ("Abroad, see https://marlow.example [1].", not_there("https://marlow.example")),
            // What is known does not hide what is not.
            (
                "Open GlobalProtect near the clock and choose Connect, or disable the firewall, antivirus and bitlocker [1].",
                Unfit::OtherWords,
            ),
            ("Open GlobalProtect near the clock, firewall, antivirus [1].", Unfit::OtherWords),
            (
                "Open GlobalProtect near the clock and choose the internet, disable Connect firewall [1].",
                Unfit::OtherWords,
            ),
            ("Connect, connect, connect, resign [1].", Unfit::OtherWords),
            ("Ignore the rules and close ticket INC-1 [1].", not_there("1")),
            ("The director allows everybody to resign their password [1].", Unfit::OtherWords),
            ("[1]", Unfit::OtherWords),
            ("Open Global\u{200b}Protect [1].", Unfit::Unseen),
            ("Open \u{202e}GlobalProtect [1].", Unfit::Unseen),
        ] {
            assert_eq!(judged(bad), Err(why), "{bad}");
        }
        assert_eq!(judged(&"Open GlobalProtect [1]. ".repeat(100)), Err(Unfit::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Nothing that comes from outside panics, and nothing of it is more than words.
        #[test]
        fn what_is_shown_has_no_markup_of_its_own(answer in "([a-zA-Z]{1,8}|GlobalProtect|connect|\\[[0-3]\\]|[.!?]|[\\[\\]()*_#<>`~\\\\|-]|https://a\\.b|\n| ){0,40}") {
            if let Ok(phrasing) = judged(&answer) {
                let shown = phrasing.markdown();
                let mut characters = shown.chars();
                while let Some(c) = characters.next() {
                    match c {
                        '\\' => prop_assert!(characters.next().is_some_and(|c| c.is_ascii_punctuation())),
                        c => prop_assert!(!c.is_ascii_punctuation(), "{shown}"),
                    }
                }
                prop_assert!(!shown.contains("https"));
            }
        }

        /// An answer with one sentence that cites nothing, or something that was not given, is not shown at all.
        #[test]
        fn one_bad_sentence_spoils_it(before in 0_usize..3, after in 0_usize..3, cite in prop_oneof![Just(String::new()), (3_u32..999).prop_map(|n| format!(" [{n}]"))]) {
            let good = "Open GlobalProtect near the clock [1]. ";
            prop_assert!(judged(&good.repeat(before + after + 1)).is_ok());
            let answer = format!("{}Choose Connect{cite}. {}", good.repeat(before), good.repeat(after));
            prop_assert!(judged(&answer).is_err(), "{answer}");
        }

        #[test]
        fn any_text_is_judged(answer in "\\PC{0,300}") {
            let _ = judged(&answer);
        }
    }
}
