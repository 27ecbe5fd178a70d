//! Numbers: words that name few texts.
//!
//! People look for "printer 4711". FTS5 finds the texts with 4711 at once, and then looks each of them up among the
//! texts that have `printer`: in a large desk a page for each. So the texts of a number stand together, with a *mark* of
//! every word they have, and only those are read that have a mark of every word that is wanted. SQLite alone needs this:
//! PostgreSQL intersects bitmaps.

use std::{cmp::Reverse, collections::BTreeSet};

use rusqlite::types::ValueRef;

use super::{query::Query, words::is_number};
use crate::{ReadTx, Result};

/// Only SQLite understands these.
const INSERT: &str = "INSERT OR IGNORE INTO search_number (number, document, words) VALUES (?1, -?2, ?3)";
const TEXTS: &str = "SELECT document, words, number FROM search_number WHERE number >= ?1 AND number < ?2 ORDER BY number, document";
const VERIFY: &str = "SELECT 1 FROM search_text WHERE search_text MATCH ?1 AND rowid = -?2";

/// Texts of a number that are looked at; where there are more, it is a word like any other.
const TEXTS_READ: usize = 1_000;

/// Bytes of the longest text that is known by marks.
const LONGEST: usize = 2_000;

/// Numbers by which a text is found. One with more, a log or a list, is looked at whatever number is asked for.
const NUMBERS: usize = 60;

/// Where those stand.
const ANY: &str = "*";

/// Where the last text stands that was written before there were these rows.
const BEFORE: &str = "";

/// After these two and before every number.
const AFTER_ANY: &str = "+";

/// The text, if it is short enough to be known by its words.
pub(super) fn known(text: &str) -> Option<&str> {
    (text.len() <= LONGEST).then_some(text)
}

/// Notes the numbers of a text.
pub(super) fn add(connection: &rusqlite::Connection, document: i64, text: &str) -> Result<()> {
    let numbers: BTreeSet<&str> = text.split(' ').filter(|word| is_number(word)).collect();
    let mut insert = connection.prepare_cached(INSERT)?;
    if numbers.len() > NUMBERS {
        insert.execute((ANY, document, None::<&[u8]>))?;
        return Ok(());
    }
    if numbers.is_empty() {
        return Ok(());
    }
    let marks = known(text).map(|text| {
        let marks: BTreeSet<[u8; 2]> = text.split(' ').map(mark).collect();
        marks.into_iter().flatten().collect::<Vec<u8>>()
    });
    for number in numbers {
        insert.execute((number, document, marks.as_deref()))?;
    }
    Ok(())
}

/// Two bytes of FNV-1a. One word of 65,536 has another's, and costs a look at a text that does not match.
fn mark(word: &str) -> [u8; 2] {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let [.., high, low] = (hash ^ (hash >> 32)).to_be_bytes();
    [high, low]
}

/// What was found by a number.
pub(super) struct Texts {
    /// The documents that may match, newest first.
    pub(super) documents: Vec<i64>,
    /// Those that came before this one were not looked at.
    pub(super) rest: i64,
}

/// Looks for the query among the texts of its number. `None` where it has none, asks for nothing else of which it could
/// be told, or has one that too many texts have. `completions` are all words that its beginning may stand for.
pub(super) fn find(
    connection: &rusqlite::Connection,
    query: &Query,
    reader: Option<&str>,
    completions: Option<&[String]>,
) -> Result<Option<Texts>> {
    let Some(wanted) = query.numbered(reader, completions) else { return Ok(None) };
    let (from, to) = wanted.numbers;
    let wanted: Vec<Vec<[u8; 2]>> =
        wanted.words.iter().map(|words| words.iter().map(|word| mark(word)).collect()).collect();
    let may_match = |marks: &[u8]| {
        wanted.iter().all(|any| marks.chunks_exact(2).any(|mark| any.iter().any(|any| any == mark)))
    };
    let mut texts = Texts { documents: Vec::new(), rest: 0 };
    let mut statement = connection.prepare_cached(TEXTS)?;
    let mut left = TEXTS_READ;
    for (from, to) in [(&*from, &*to), (BEFORE, AFTER_ANY)] {
        let mut rows = statement.query((from, to))?;
        while let Some(row) = rows.next()? {
            let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
            left = fewer;
            let document = -row.get::<_, i64>(0)?;
            match row.get_ref(1)? {
                ValueRef::Blob(marks) if !may_match(marks) => {}
                ValueRef::Null if row.get_ref(2)? == ValueRef::Text(BEFORE.as_bytes()) => {
                    texts.rest = document + 1;
                }
                _ => texts.documents.push(document),
            }
        }
    }
    // A beginning may stand for several numbers of one text.
    texts.documents.sort_unstable_by_key(|document| Reverse(*document));
    texts.documents.dedup();
    Ok(Some(texts))
}

/// Whether the index finds this document. `expression` is the query for FTS5.
pub(super) fn is_found(connection: &rusqlite::Connection, expression: &str, document: i64) -> Result<bool> {
    Ok(connection.prepare_cached(VERIFY)?.exists((expression, document))?)
}

/// The engine's plans for the statements.
pub(super) fn plans(tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
    let mut plan = tx.plan(TEXTS, &["4711".into(), "4712".into()])?;
    plan.extend(tx.plan(VERIFY, &["\"a\"".into(), 1_i64.into()])?);
    Ok(plan)
}
