//! What a word is, the same for texts and queries and for both engines.

use domain::PersonId;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// A private character: no word that anybody can type has it.
const PRIVATE: char = '\u{e000}';

/// A word that no document has.
pub(super) const NEVER: &str = "\u{e000}";

/// The characters by which a word is known.
const LONGEST: usize = 64;

/// FTS5 keeps lists of documents for beginnings of two and three characters.
const LISTED: usize = 3;

/// The text in which differences that a search overlooks are gone.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // An accent goes; a mark that makes another letter of a Japanese or Indian one is put back.
    let accent = |c: &char| is_combining_mark(*c) && ('\u{300}'..='\u{36f}').contains(c);
    text.nfkd().filter(|c| !accent(c)).flat_map(char::to_lowercase).nfc().collect()
}

/// The words of a folded text.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let end = word.char_indices().nth(LONGEST).map_or(word.len(), |(end, _)| end);
        &word[..end]
    })
}

/// The word that marks what a person may read of their own tickets. One word: without hyphens.
pub(super) fn reader(person: PersonId) -> String {
    format!("{PRIVATE}{}", person.to_string().replace('-', ""))
}

/// Whether the vocabulary keeps this word, or the words that begin so. Numbers are too many to be worth it, and have few
/// documents each.
pub(super) fn is_completed(word: &str) -> bool {
    word.chars().count() > LISTED && !word.starts_with(|c: char| c == PRIVATE || c.is_ascii_digit())
}

/// Whether it is a number that names few texts: shorter ones are in too many.
pub(super) fn is_number(word: &str) -> bool {
    word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        words(&fold(text)).map(str::to_owned).collect()
    }

    #[test]
    fn case_accents_and_forms_make_no_other_word() {
        assert_eq!(all("Café CAFÉ cafe\u{301} cafe"), ["cafe"; 4]);
        assert_eq!(all("İstanbul ﬁle ＶＰＮ"), ["istanbul", "file", "vpn"]);
        assert_eq!(all("が か"), ["が", "か"]);
    }

    #[test]
    fn what_stands_between_letters_and_digits_divides_words() {
        assert_eq!(
            all("a sign-in, e.g. at http://x.example/14?q=1.5"),
            ["a", "sign", "in", "e", "g", "at", "http", "x", "example", "14", "q", "1", "5"]
        );
        assert_eq!(all("\u{e000}secret"), ["secret"]);
    }

    #[test]
    fn a_long_word_is_known_by_its_beginning() {
        assert_eq!(all(&"é".repeat(200)), ["e".repeat(64)]);
    }
}
