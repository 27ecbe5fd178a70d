//! What somebody looks for, and how each engine is asked for it.

use std::cmp::Reverse;

use super::words::{NEVER, fold, is_number, words};

/// Longest query, in characters and in words.
const CHARACTERS: usize = 400;
const WORDS: usize = 12;

/// A query as understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query {
    /// Words and phrases.
    wanted: Vec<Vec<String>>,
    /// The word that was still being typed.
    beginning: Option<String>,
    unwanted: Vec<String>,
}

/// What is looked for among the texts of a number.
pub(super) struct Numbered<'q> {
    /// From the first, and before the second.
    pub(super) numbers: (String, String),
    /// A text must have one of each.
    pub(super) words: Vec<Vec<&'q str>>,
}

/// A part of an FTS5 expression, the probably rarest least: people's own texts and longer numbers, then longer words.
type Part = (u8, Reverse<usize>, String);

impl Query {
    /// `None` where nothing is wanted.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().take(CHARACTERS).collect();
        let mut query = Self::default();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                query.wanted.push(words(&fold(part)).map(str::to_owned).collect());
                continue;
            }
            for token in part.split_whitespace() {
                let (list, token) = match token.strip_prefix('-') {
                    Some(token) => (None, token),
                    None => (Some(&mut query.wanted), token),
                };
                let folded = fold(token);
                let words = words(&folded).map(str::to_owned);
                match list {
                    Some(wanted) => wanted.extend(words.map(|word| vec![word])),
                    None => query.unwanted.extend(words),
                }
            }
        }
        query.wanted.retain(|phrase| !phrase.is_empty());
        let last = text.rsplit(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default();
        if !last.is_empty() && !last.starts_with('-') && query.wanted.len() <= WORDS {
            query.begin();
        }
        query.wanted.truncate(WORDS);
        query.unwanted.truncate(WORDS);
        dedup(&mut query.wanted);
        dedup(&mut query.unwanted);
        (!query.wanted.is_empty() || query.beginning.is_some()).then_some(query)
    }

    /// Takes the last wanted word for a beginning. One that is wanted anyhow asks for nothing more.
    fn begin(&mut self) {
        let Some(last) = self.wanted.pop() else { return };
        match &*last {
            [word] if (word.len() > 1 || !word.is_ascii()) && !self.wanted.contains(&last) => {
                self.beginning = Some(word.clone());
            }
            _ => self.wanted.push(last),
        }
    }

    /// The last word, where it may be the beginning of a longer one.
    pub(super) fn beginning(&self) -> Option<&str> {
        self.beginning.as_deref()
    }

    /// How it is looked for by the longest number it names. `completions` are all words that the beginning may stand for.
    /// `None` where it names none, or nothing else by which a text could be passed over.
    pub(super) fn numbered<'q>(
        &'q self,
        reader: Option<&'q str>,
        completions: Option<&'q [String]>,
    ) -> Option<Numbered<'q>> {
        let whole = self.wanted.iter().filter_map(|phrase| match &**phrase {
            [word] if is_number(word) => Some((&**word, '\0')),
            _ => None,
        });
        // One that three digits begin is one of too many.
        let begun =
            self.beginning().filter(|word| is_number(word) && word.len() > 3).map(|it| (it, char::MAX));
        let (number, end) = whole.chain(begun).max_by_key(|(number, _)| number.len())?;
        let words =
            self.wanted.iter().flatten().map(|word| &**word).filter(|word| *word != number).chain(reader);
        let mut words: Vec<Vec<&str>> = words.map(|word| vec![word]).collect();
        if let Some(beginning) = self.beginning().filter(|beginning| *beginning != number) {
            words.push(match completions? {
                [] => vec![beginning],
                completions => completions.iter().map(|word| &**word).collect(),
            });
        }
        let numbers = (number.to_owned(), format!("{number}{end}"));
        (!words.is_empty()).then_some(Numbered { numbers, words })
    }

    /// Whether it finds this text: words with a space between them, and the reader's.
    pub(super) fn finds(&self, text: &str, reader: Option<&str>) -> bool {
        let has = |words: &str, whole: bool| {
            text.match_indices(words).any(|(at, _)| {
                let end = text.as_bytes().get(at + words.len());
                (at == 0 || text.as_bytes()[at - 1] == b' ') && (!whole || end.is_none_or(|&end| end == b' '))
            })
        };
        self.wanted.iter().all(|phrase| has(&phrase.join(" "), true))
            && self.beginning().is_none_or(|beginning| has(beginning, false))
            && reader.is_none_or(|reader| has(reader, true))
            && !self.unwanted.iter().any(|word| has(word, true))
    }

    /// For FTS5. `completions` are all words that the beginning may stand for.
    pub(super) fn fts5(&self, reader: Option<&str>, completions: Option<&[String]>) -> String {
        let mut parts: Vec<Part> = self.wanted.iter().map(|phrase| part(quoted(&phrase.join(" ")))).collect();
        parts.extend(self.beginning().map(|beginning| {
            let (rank, length, text) = part(quoted(beginning));
            let text = match completions {
                None => format!("{text}*"),
                Some([]) => text,
                Some(words) => {
                    format!("({})", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" OR "))
                }
            };
            (rank, length, text)
        }));
        parts.extend(reader.map(|reader| (0, Reverse(0), quoted(reader))));
        parts.sort();
        let unwanted = self.unwanted.iter().map(|word| quoted(word));
        std::iter::once(format!("({})", conjunction(parts))).chain(unwanted).collect::<Vec<_>>().join(" NOT ")
    }

    /// For PostgreSQL.
    pub(super) fn tsquery(&self, reader: Option<&str>) -> String {
        let wanted = self.wanted.iter().map(|phrase| {
            let phrase: Vec<_> = phrase.iter().map(|word| format!("'{word}'")).collect();
            format!("({})", phrase.join(" <-> "))
        });
        let reader = reader.map(|reader| format!("'{reader}'"));
        let beginning = self.beginning().map(|beginning| format!("'{beginning}':*"));
        let unwanted = self.unwanted.iter().map(|word| format!("!'{word}'"));
        wanted.chain(reader).chain(beginning).chain(unwanted).collect::<Vec<_>>().join(" & ")
    }
}

fn dedup<T: PartialEq>(list: &mut Vec<T>) {
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    *list = kept;
}

fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}

fn part(text: String) -> Part {
    let number = text.bytes().filter(u8::is_ascii_digit).count() >= 3;
    (if number { 1 } else { 2 }, Reverse(text.chars().count()), text)
}

/// FTS5 moves every member of a conjunction to the next candidate, even when the second has ruled it out already, and
/// a move costs a page. It does not where the first two are a conjunction of their own; and that it remains one only
/// where something stands between it and the outer one.
fn conjunction(parts: Vec<Part>) -> String {
    let mut parts: Vec<String> = parts.into_iter().map(|(_, _, text)| text).collect();
    if parts.len() > 2 {
        let first = parts.drain(..2).collect::<Vec<_>>().join(" AND ");
        parts.insert(0, format!("(({first}) NOT {})", quoted(NEVER)));
    }
    parts.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_a_query_of_either_engine() {
        let query = Query::parse("vpn \"every ten\" -printer drop").unwrap();
        assert_eq!(
            query.fts5(None, None),
            "(((\"every ten\" AND \"drop\"*) NOT \"\u{e000}\") AND \"vpn\") NOT \"printer\""
        );
        assert_eq!(query.tsquery(None), "('vpn') & ('every' <-> 'ten') & 'drop':* & !'printer'");
    }

    #[test]
    fn one_s_own_tickets_are_a_word_among_others() {
        let query = Query::parse("Printer 1042 ").unwrap();
        assert_eq!(
            query.fts5(Some("\u{e000}anna"), None),
            "(((\"\u{e000}anna\" AND \"1042\") NOT \"\u{e000}\") AND \"printer\")"
        );
        assert_eq!(query.tsquery(Some("\u{e000}anna")), "('printer') & ('1042') & '\u{e000}anna'");
    }

    #[test]
    fn a_beginning_is_the_words_it_may_stand_for_where_they_are_known() {
        let query = Query::parse("prin").unwrap();
        let known = ["printer".to_owned(), "prints".to_owned()];
        assert_eq!(query.fts5(None, Some(&known)), r#"(("printer" OR "prints"))"#);
        assert_eq!(query.fts5(None, Some(&[])), r#"("prin")"#);
        assert_eq!(query.fts5(None, None), r#"("prin"*)"#);
    }

    #[test]
    fn only_the_last_word_is_a_beginning_and_only_while_it_is_typed() {
        let beginning = |text| Query::parse(text).unwrap().beginning;
        assert_eq!(beginning("vpn dro").as_deref(), Some("dro"));
        assert_eq!(beginning("a sign-in").as_deref(), Some("in"));
        for text in ["vpn drop ", "vpn \"drop\"", "vpn -dro", "vpn vpn", "room 1", "\"vpn drop"] {
            assert_eq!(beginning(text), None, "{text}");
        }
        assert_eq!(beginning("印").as_deref(), Some("印"));
    }

    #[test]
    fn operators_and_quotes_of_the_engines_are_only_words() {
        for text in ["'; DROP TABLE ticket; --", "a AND OR NOT", "NEAR(x y)", "col:*", "\"", "((", "a'b\\"] {
            if let Some(query) = Query::parse(text) {
                let words = query.wanted.iter().flatten().chain(&query.beginning).chain(&query.unwanted);
                for word in words {
                    assert!(word.chars().all(char::is_alphanumeric), "{text}: {word}");
                }
            }
        }
        assert_eq!(Query::parse("  - \" "), None);
        assert_eq!(Query::parse("-vpn"), None);
    }
}
