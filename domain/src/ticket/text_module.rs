//! Text modules: what a technician writes again and again, with the words that change left open.

use std::fmt;

use super::{Markdown, Subject, TicketNumber};
use crate::identity::named;

named! {
    /// Who may use it.
    UsedBy {
        /// Its author.
        Author = "author",
        /// Every technician.
        Everybody = "everybody",
    }
}

/// The words that are filled in where a text module is used.
#[derive(Debug, Clone, Copy)]
pub struct Blanks<'a> {
    /// The requester's name.
    pub requester: &'a str,
    /// The ticket's number.
    pub number: TicketNumber,
    /// What it is about.
    pub subject: &'a Subject,
    /// The name of its group; empty without one.
    pub group: &'a str,
    /// Who writes.
    pub me: &'a str,
}

/// Each blank as it is written between `{{` and `}}`, and what stands for it.
pub const BLANKS: [(&str, &str); 6] = [
    ("first_name", "the requester's first name"),
    ("requester", "the requester's name"),
    ("number", "the ticket's number"),
    ("subject", "what the ticket is about"),
    ("group", "the group whose task it is"),
    ("me", "your name"),
];

impl Blanks<'_> {
    fn word(&self, blank: &str) -> Option<String> {
        Some(match blank {
            "first_name" => self.requester.split_whitespace().next().unwrap_or_default().to_owned(),
            "requester" => self.requester.to_owned(),
            "number" => self.number.to_string(),
            "subject" => self.subject.as_str().to_owned(),
            "group" => self.group.to_owned(),
            "me" => self.me.to_owned(),
            _ => return None,
        })
    }

    /// The text with its blanks filled in. What is filled in is not looked at again: a subject that looks like a blank
    /// stays one.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Blank { name, written } => {
                    filled.push_str(&self.word(name).unwrap_or_else(|| written.to_owned()));
                }
            }
        }
        filled
    }
}

/// A blank that nothing stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBlank(String);

impl fmt::Display for UnknownBlank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing can be filled in for {{{{{}}}}}; there are ", self.0)?;
        for (nth, (name, _)) in BLANKS.iter().enumerate() {
            write!(f, "{}{{{{{name}}}}}", if nth == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownBlank {}

/// Checks that every blank of a text can be filled in, so that none is sent to a requester as it is written.
///
/// # Errors
/// [`UnknownBlank`] names the first that cannot.
pub fn check_blanks(text: &Markdown) -> Result<(), UnknownBlank> {
    for piece in pieces(text.as_str()) {
        if let Piece::Blank { name, .. } = piece
            && !BLANKS.iter().any(|(known, _)| *known == name)
        {
            return Err(UnknownBlank(name.chars().take(40).collect()));
        }
    }
    Ok(())
}

enum Piece<'a> {
    Text(&'a str),
    Blank { name: &'a str, written: &'a str },
}

/// A text as its words and its blanks, in order; put together as they are written they are the text again.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let open = rest.find("{{");
        if open == Some(0) {
            if let Some(close) = rest.find("}}") {
                let (written, after) = rest.split_at(close + 2);
                rest = after;
                return Some(Piece::Blank { name: written[2..close].trim(), written });
            }
            return Some(Piece::Text(std::mem::take(&mut rest)));
        }
        let (words, after) = rest.split_at(open.unwrap_or(rest.len()));
        rest = after;
        Some(Piece::Text(words))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str, subject: &str) -> String {
        let subject = Subject::new(subject).unwrap();
        let number = "INC-42".parse().unwrap();
        Blanks { requester: "Anna Berg", number, subject: &subject, group: "Network", me: "Tim Okafor" }
            .fill(text)
    }

    #[test]
    fn blanks_are_filled_in_once() {
        assert_eq!(
            filled(
                "Hello {{first_name}}, {{ number }} ({{subject}}) is with {{group}}.\n{{me}}",
                "The {{me}} key"
            ),
            "Hello Anna, INC-42 (The {{me}} key) is with Network.\nTim Okafor"
        );
        assert_eq!(filled("{{requester}}{{requester}}", "x"), "Anna BergAnna Berg");
        assert_eq!(filled("a {{ b", "x"), "a {{ b");
    }

    #[test]
    fn a_blank_that_nothing_stands_for_is_named_with_those_that_there_are() {
        let text = Markdown::new("Dear {{firstname}}").unwrap();
        let said = check_blanks(&text).unwrap_err().to_string();
        assert!(said.contains("{{firstname}}") && said.contains("{{first_name}}, {{requester}}"), "{said}");
        assert_eq!(check_blanks(&Markdown::new("{{me}} {{ number }} { {x} }").unwrap()), Ok(()));
    }

    proptest! {
        #[test]
        fn text_without_known_blanks_stays_as_it_is(text in "[a-z{} \\n]{0,60}") {
            prop_assume!(BLANKS.iter().all(|(name, _)| !text.contains(name)));
            prop_assert_eq!(filled(&text, "x"), text);
        }

        #[test]
        fn the_pieces_are_the_text(text in "(\\{\\{|\\}\\}|[a-z ä]){0,20}") {
            let again: String = pieces(&text).map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Blank { written, .. } => written,
            }).collect();
            prop_assert_eq!(again, text);
        }
    }
}
