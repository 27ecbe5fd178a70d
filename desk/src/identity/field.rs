//! What people type into a form, field by field: all that cannot be used is said at once.

use std::{fmt::Display, ops::RangeInclusive};

use jiff::tz::TimeZoneDatabase;

use crate::{FieldError, Refused, Result};

/// Collects what is wrong with the fields of a command.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn refuse(&mut self, field: &str, message: impl Display) {
        self.0.push(FieldError { field: field.to_owned(), message: message.to_string() });
    }

    /// One line of text of so many characters, without the white space around it.
    pub(crate) fn line(&mut self, field: &str, text: &str, lengths: RangeInclusive<usize>) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if length < *lengths.start() {
            if length == 0 {
                self.refuse(field, "fill this in");
            } else {
                self.refuse(field, format_args!("use at least {} characters", lengths.start()));
            }
        } else if length > *lengths.end() {
            self.refuse(field, format_args!("use at most {} characters", lengths.end()));
        } else if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
            self.refuse(
                field,
                format_args!("contains the invisible character U+{:04X}; remove it", u32::from(c)),
            );
        }
        text.to_owned()
    }

    /// An address, in lower case: people sign in with it, and two that differ in case are one.
    pub(crate) fn email(&mut self, field: &str, text: &str) -> String {
        let before = self.0.len();
        let email = self.line(field, text, 3..=254).to_lowercase();
        if self.0.len() == before && !is_address(&email) {
            self.refuse(field, "is not an e-mail address; write it like ada@example.org");
        }
        email
    }

    /// A time zone by its IANA name.
    pub(crate) fn zone(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        if let Ok(zone) = TimeZoneDatabase::bundled().get(text)
            && let Some(name) = zone.iana_name()
        {
            return name.to_owned();
        }
        self.refuse(field, "is not a time zone; use an IANA name such as Europe/Berlin, or UTC");
        text.to_owned()
    }

    /// Refuses with everything that was found.
    pub(crate) fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused::Invalid(self.0)) }
    }
}

/// Control characters, and those that turn the direction of the text around them, with which a name can pretend to be
/// another (Unicode Technical Report #36 §2).
fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The shape of an address, not its existence: a local part and a domain of labels (RFC 5321 §4.5.3.1 for lengths).
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| {
        !c.is_whitespace()
            && !is_invisible(c)
            && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '@' | '\\')
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && domain.len() <= 253
        && domain.split('.').all(label)
}

/// Text from a header, for people to read: shortened, without control characters.
pub(crate) fn display(text: &str, limit: usize) -> String {
    text.chars().filter(|c| !is_invisible(*c)).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in ["ada@example.org", "a.b+c@x", "josé@exämple.org", "1@2.3"] {
            assert!(is_address(good), "{good}");
        }
        for bad in
            ["", "ada", "@x", "ada@", "a b@x.org", "ada@x..org", "ada@-x.org", "a\u{0}@x.org", "a@b@c.org"]
        {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_that_turns_the_text_around_is_refused() {
        let mut fields = Fields::default();
        fields.line("name", "Ada \u{202e}ecalevoL", 1..=120);
        assert!(fields.check().unwrap_err().to_string().contains("U+202E"));
    }

    #[test]
    fn a_zone_gets_its_own_spelling() {
        let mut fields = Fields::default();
        assert_eq!(fields.zone("zone", " europe/berlin "), "Europe/Berlin");
        assert_eq!(fields.zone("zone", "utc"), "UTC");
        fields.zone("zone", "Mars/Olympus");
        assert!(fields.check().is_err());
    }
}
