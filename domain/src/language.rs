//! Languages that people read.

use crate::identity::named;

named! {
    /// A language of pages and articles, by its tag (RFC 5646).
    Language {
        /// The language of the code.
        En = "en",
        /// German; the pages speak it as one does to somebody one does not know.
        De = "de",
    }
}

impl Language {
    /// Its name, in itself.
    pub const fn words(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The language that a tag names, whatever the country behind it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split('-').next().unwrap_or_default().trim();
        Self::ALL.iter().copied().find(|language| language.as_str().eq_ignore_ascii_case(first))
    }
}
