//! What an article is: its number, who may read it, and the pieces that can be quoted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Language;
use crate::identity::named;

named! {
    /// Who reads an article.
    Audience {
        /// Whoever signs in.
        Everybody = "everybody",
        /// Those who work on tickets.
        Technicians = "technicians",
    }
}

impl Audience {
    /// The words on its chip.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everybody => "Everybody",
            Self::Technicians => "Technicians only",
        }
    }
}

named! {
    /// Where an article stands.
    ArticleState {
        /// Nobody but technicians sees it yet.
        Draft = "draft",
        /// Its audience reads it, and the bot quotes it.
        Published = "published",
        /// It is kept for its history and found by nobody.
        Retired = "retired",
    }
}

impl ArticleState {
    /// The words on its chip.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Published => "Published",
            Self::Retired => "Retired",
        }
    }
}

named! {
    /// What a reader says of an article.
    Verdict {
        /// It solved what they had.
        Helped = "helped",
        /// It did not.
        DidNotHelp = "did_not_help",
    }
}

named! {
    /// Who said a line of a conversation with the bot.
    Speaker {
        /// The person.
        Person = "person",
        /// The person, and nothing answered it.
        Unanswered = "unanswered",
        /// The bot.
        Bot = "bot",
    }
}

/// An article's number: what people say and links carry, as `KB-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleNumber(pub u64);

impl fmt::Display for ArticleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KB-{}", self.0)
    }
}

/// Text that is not an article's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the number of an article; those look like KB-12")]
pub struct InvalidArticleNumber(pub String);

impl FromStr for ArticleNumber {
    type Err = InvalidArticleNumber;

    /// Reads what people type: any case, with or without the hyphen, with a `#` before it.
    fn from_str(text: &str) -> Result<Self, InvalidArticleNumber> {
        let invalid = || InvalidArticleNumber(text.chars().take(60).collect());
        let word = text.trim().trim_start_matches('#');
        let (prefix, rest) = word.split_at_checked(2).ok_or_else(invalid)?;
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        if !prefix.eq_ignore_ascii_case("KB") || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        match digits.parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err(invalid()),
        }
    }
}

impl Serialize for ArticleNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArticleNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// How people ask for what an article answers: one phrasing a line. Search reads them; readers do not see them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Asked(String);

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl Asked {
    /// The most bytes that the phrasings of one article take.
    pub const LIMIT: usize = 8_000;

    /// Checks untrusted text. Nothing at all is fine.
    ///
    /// # Errors
    /// The text is too long, or holds a character that nobody can see.
    pub fn new(text: &str) -> Result<Self, crate::ticket::InvalidText> {
        const FIELD: &str = "asked";
        if text.len() > Self::LIMIT {
            return Err(crate::ticket::InvalidText::TooLong {
                field: FIELD,
                length: text.len(),
                limit: Self::LIMIT,
                unit: "bytes",
            });
        }
        if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(crate::ticket::InvalidText::Control { field: FIELD, code: control.into() });
        }
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Ok(Self(lines.join("\n")))
    }

    /// The phrasings, one a line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The phrasings.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }
}

/// After how many months somebody looks whether an article is still true: 1 to 36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ReviewEvery(u8);

impl ReviewEvery {
    /// The longest that an article goes without being looked at.
    pub const MOST: u8 = 36;

    /// What an article is begun with.
    pub const A_YEAR: Self = Self(12);

    /// So many months, if that is a time between reviews.
    pub const fn new(months: u8) -> Option<Self> {
        if months >= 1 && months <= Self::MOST { Some(Self(months)) } else { None }
    }

    /// The months.
    pub const fn months(self) -> u8 {
        self.0
    }

    /// When the next review is due after one at `at`: on the same day of the month, or the month's last, in UTC.
    pub fn after(self, at: crate::Timestamp) -> crate::Timestamp {
        let there = at.to_zoned(jiff::tz::TimeZone::UTC);
        there.checked_add(jiff::Span::new().months(i64::from(self.0))).map_or(at, |due| due.timestamp())
    }
}

/// A piece of an article that makes sense by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage<'a> {
    /// Its heading; none for what stands before the first.
    pub heading: Option<&'a str>,
    /// Its text, in Markdown.
    pub text: &'a str,
}

/// An article's text as what stands before its first heading, and a section for each heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passages<'a>(pub Vec<Passage<'a>>);

impl<'a> Passages<'a> {
    /// Takes a text apart at its headings, of whatever level. A line in a fenced block is no heading.
    pub fn of(markdown: &'a str) -> Self {
        let mut passages = Vec::new();
        let (mut heading, mut start, mut at, mut fenced) = (None, 0, 0, false);
        let mut close = |heading: Option<&'a str>, text: &'a str| {
            let text = text.trim();
            if !text.is_empty() || heading.is_some() {
                passages.push(Passage { heading, text });
            }
        };
        for line in markdown.split_inclusive('\n') {
            let trimmed = line.trim();
            if trimmed.starts_with("```") {
                fenced = !fenced;
            }
            let hashes = trimmed.len() - trimmed.trim_start_matches('#').len();
            if !fenced && (1..=6).contains(&hashes) && trimmed[hashes..].starts_with(' ') {
                close(heading, &markdown[start..at]);
                heading = Some(trimmed[hashes..].trim());
                start = at + line.len();
            }
            at += line.len();
        }
        close(heading, &markdown[start..]);
        Self(passages)
    }

    /// What stands before the first heading, or the first section.
    pub fn lead(&self) -> Option<&Passage<'a>> {
        self.0.first()
    }
}

/// A published text as search and bot read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The article.
    pub number: ArticleNumber,
    /// The language of the text.
    pub language: Language,
    /// Who may read it.
    pub audience: Audience,
    /// Its title.
    pub title: String,
    /// The words it is found by, separated by commas.
    pub keywords: String,
    /// How people ask for it.
    pub asked: Asked,
    /// Its text, in Markdown.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_however_people_type_it() {
        for text in ["KB-12", "kb-12", "KB12", " #kb-012 "] {
            assert_eq!(text.parse(), Ok(ArticleNumber(12)), "{text}");
        }
        for text in ["", "KB", "KB-", "KB-0", "KB-1x", "INC-12", "KB--1", "K\u{fc}-1"] {
            assert!(text.parse::<ArticleNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_is_taken_apart_at_its_headings() {
        let passages = Passages::of("Lead.\n\n### One\nText\n```\n# no heading\n```\n## Two\n");
        let seen: Vec<_> = passages.0.iter().map(|p| (p.heading, p.text)).collect();
        assert_eq!(seen, [(None, "Lead."), (Some("One"), "Text\n```\n# no heading\n```"), (Some("Two"), "")]);
        assert_eq!(Passages::of("#5 is no heading").0.len(), 1);
        assert_eq!(Passages::of(" \n").lead(), None);
    }

    #[test]
    fn a_review_falls_on_the_last_day_of_a_shorter_month() {
        let at: crate::Timestamp = "2026-08-31T12:00:00Z".parse().unwrap();
        let due = ReviewEvery::new(6).unwrap().after(at);
        assert_eq!(due.to_string(), "2027-02-28T12:00:00Z");
        assert_eq!((ReviewEvery::new(0), ReviewEvery::new(37)), (None, None));
    }

    proptest! {
        #[test]
        fn no_word_is_lost_between_passages(text in "(#{0,7} ?[a-zä`]{0,5}\\n){0,12}") {
            let passages = Passages::of(&text);
            let again: String = passages.0.iter().flat_map(|p| [p.heading.unwrap_or_default(), p.text]).collect();
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            prop_assert_eq!(letters(&again), letters(&text));
        }
    }
}
