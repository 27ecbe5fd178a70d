//! Text from people, checked once where it enters: whoever holds a [`Subject`] need not check it again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Text that a field cannot hold, with the name of the field and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("{field} is empty; write something")]
    Empty {
        /// The field, as in JSON.
        field: &'static str,
    },
    /// More than the field holds.
    #[error("{field} is {length} {unit} long; shorten it to at most {limit}")]
    TooLong {
        /// The field, as in JSON.
        field: &'static str,
        /// How long the text is.
        length: usize,
        /// How long it may be.
        limit: usize,
        /// What is counted: characters or bytes.
        unit: &'static str,
    },
    /// A line break in a field of one line.
    #[error("{field} must be a single line; put the rest into the description")]
    ManyLines {
        /// The field, as in JSON.
        field: &'static str,
    },
    /// A control character, which people cannot see.
    #[error(
        "{field} contains the invisible control character U+{code:04X}; remove it or paste as plain text"
    )]
    Control {
        /// The field, as in JSON.
        field: &'static str,
        /// The code point.
        code: u32,
    },
}

impl InvalidText {
    /// The field the text was for, as in JSON: the key of a problem document's `errors`.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty { field }
            | Self::TooLong { field, .. }
            | Self::ManyLines { field }
            | Self::Control { field, .. } => field,
        }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($field:literal, $check:ident, $limit:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The most it holds.
            pub const LIMIT: usize = $limit;

            /// Checks untrusted text.
            pub fn new(text: &str) -> Result<Self, InvalidText> {
                $check(text, $field, $limit).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::new(&text).map_err(D::Error::custom)
            }
        }
    )+};
}

texts! {
    /// What a ticket is about, in one line of 1 to 250 characters.
    Subject("subject", line, 250);
    /// A description, reply or note in Markdown, as its author typed it: 1 to 100,000 bytes. It is *not* HTML-safe;
    /// rendering sanitises it.
    Markdown("body", body, 100_000);
    /// What a ticket is filed under, for example `Network`.
    Category("category", line, 120);
    /// How a ticket was resolved, for example `Solved by change`.
    ResolutionCode("resolution_code", line, 120);
    /// Why one ticket was merged into another.
    MergeReason("reason", line, 250);
    /// What a macro is found by.
    MacroName("name", line, 80);
    /// What a template of tickets is found by.
    TemplateName("name", line, 80);
    /// What a recurring ticket is found by.
    RecurringName("name", line, 80);
    /// What a view is found by.
    ViewName("name", line, 60);
    /// What a text module is found by.
    TextModuleName("name", line, 80);
    /// What is out of order, as everybody reads it: `E-mail does not arrive`.
    OutageTitle("title", line, 120);
    /// How an outage stands, as everybody reads it.
    OutageNews("news", body, 2_000);
    /// What a requester says about how they were helped.
    RatingWords("words", body, 2_000);
    /// What is to be approved, as those who are asked read it, in Markdown.
    ApprovalQuestion("question", body, 4_000);
    /// What somebody says with a yes or a no.
    ApprovalWords("words", body, 2_000);
    /// An item of a checklist, in one line.
    ChecklistWords("words", line, 200);
    /// What time was spent on, in one line.
    TimeWords("words", line, 200);
    /// The title of an article.
    ArticleTitle("title", line, 200);
    /// The words that an article is found by, separated by commas.
    Keywords("keywords", line, 600);
    /// What somebody says to the bot.
    Said("said", body, 4_000);
    /// What a reader misses in an article.
    Missing("words", body, 2_000);
    /// The name of another desk that a ticket came from, for example `ServiceNow`.
    SourceName("source", line, 80);
    /// A ticket's number at another desk, for example `INC0000045`.
    ReferenceNumber("number", line, 120);
    /// What an item of the catalogue is found by.
    ItemName("name", line, 80);
    /// What one gets who requests an item of the catalogue, in Markdown.
    ItemAbout("about", body, 4_000);
    /// What a form asks.
    QuestionLabel("questions", line, 150);
    /// One of the choices of a question.
    ChoiceWords("questions", line, 80);
    /// What somebody calls a device.
    DeviceName("name", line, 80);
    /// The number that its maker gave a device.
    SerialNumber("serial", line, 80);
    /// The number that its owner gave a device.
    AssetTag("tag", line, 40);
}

fn line(text: &str, field: &'static str, limit: usize) -> Result<String, InvalidText> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(InvalidText::Empty { field });
    }
    // U+2028 and U+2029 break lines without being control characters.
    if trimmed.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err(InvalidText::ManyLines { field });
    }
    if let Some(control) = trimmed.chars().find(|c| c.is_control()) {
        return Err(InvalidText::Control { field, code: control.into() });
    }
    let length = trimmed.chars().count();
    if length > limit {
        return Err(InvalidText::TooLong { field, length, limit, unit: "characters" });
    }
    Ok(trimmed.to_owned())
}

/// Line ends become `\n`, as browsers send `\r\n` from a form and `\n` from a script.
fn body(text: &str, field: &'static str, limit: usize) -> Result<String, InvalidText> {
    if text.trim().is_empty() {
        return Err(InvalidText::Empty { field });
    }
    if text.len() > limit {
        return Err(InvalidText::TooLong { field, length: text.len(), limit, unit: "bytes" });
    }
    if text.contains('\0') {
        return Err(InvalidText::Control { field, code: 0 });
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_trimmed_line() {
        assert_eq!(Subject::new("  Printer on fire \n").unwrap().as_str(), "Printer on fire");
        assert_eq!(Subject::new(" \t\n"), Err(InvalidText::Empty { field: "subject" }));
        assert_eq!(Subject::new("a\nb"), Err(InvalidText::ManyLines { field: "subject" }));
        assert_eq!(Subject::new("a\u{2028}b"), Err(InvalidText::ManyLines { field: "subject" }));
        assert_eq!(Subject::new("a\u{7}b"), Err(InvalidText::Control { field: "subject", code: 7 }));
    }

    #[test]
    fn a_subject_counts_characters_and_a_body_counts_bytes() {
        assert!(Subject::new(&"ü".repeat(250)).is_ok());
        let error = Subject::new(&"ü".repeat(251)).unwrap_err();
        assert_eq!(error.to_string(), "subject is 251 characters long; shorten it to at most 250");
        assert!(Markdown::new(&"ü".repeat(50_000)).is_ok());
        let error = Markdown::new(&"ü".repeat(50_001)).unwrap_err();
        assert_eq!(error.to_string(), "body is 100002 bytes long; shorten it to at most 100000");
        assert_eq!(error.field(), "body");
    }

    #[test]
    fn a_body_keeps_its_lines_and_refuses_nul() {
        assert_eq!(Markdown::new("a\r\nb\rc\n").unwrap().as_str(), "a\nb\nc\n");
        assert_eq!(Markdown::new("a\0"), Err(InvalidText::Control { field: "body", code: 0 }));
        assert!(Markdown::new("").is_err());
    }

    #[test]
    fn json_is_checked_like_any_other_text() {
        assert!(serde_json::from_str::<Subject>(r#""a\nb""#).is_err());
        assert_eq!(serde_json::from_str::<Subject>(r#"" a ""#).unwrap().as_str(), "a");
    }
}
