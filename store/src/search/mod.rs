//! Full-text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one meaning for both.
//!
//! A *document* is one text of a ticket: what it says itself (numbers, subject, description, category), or one comment.
//! A query is words. A document matches when **all of them occur in it**, in any order; the last one may be the beginning
//! of a longer word while it is being typed, that is, unless white space or a quotation mark follows it. `"two words"` are
//! wanted beside each other, and a word after `-` must not occur. Everything else that people type is white space. What
//! a search finds are the tickets of the matching documents, **newest document first**, each once.
//!
//! Both engines are given words that were made here ([`words`]), so they cannot disagree about what a word is: letters
//! and digits, without regard to case, accents and compatibility forms.
//!
//! Bounds, which cut nothing that people come near in practice:
//!
//! - A query is read to its 400th character, its 12th wanted word and its 12th unwanted one.
//! - A single ASCII letter or digit is no beginning: it stands for itself.
//! - A word is known by its first 64 characters, and a document by its first 400,000 bytes of words.
//! - An answer comes from the newest [`DOCUMENTS`] matching documents. Fewer tickets than were asked for, though there
//!   are more, can only be the answer where the newest matching tickets match hundreds of times each.
//! - On PostgreSQL, a word's place is known up to the 16,383rd word and a word's first 255 occurrences: phrases beyond
//!   those are not found, words are.
//!
//! A requester's own tickets are found by a word that every text they may read carries and nobody can type, so that a
//! search of them is an intersection like any other.

mod index;
mod number;
mod query;
mod words;

use domain::{PersonId, TicketId};

use crate::{ReadTx, Result, tx::Connection};

pub(crate) use index::{ALL, index_sqlite, merge_sqlite};
pub use index::{add, add_ticket, rebuild};
use query::Query;

/// Only one engine understands each of these. On SQLite the newest document has the least rowid: FTS5 reads forwards
/// much faster than backwards.
const SEARCH_SQLITE: &str =
    "SELECT d.id, d.ticket_id FROM search_text s CROSS JOIN search_document d ON d.id = -s.rowid
    WHERE s.search_text MATCH $1 AND s.rowid > -$2 ORDER BY s.rowid LIMIT $3";
const SEARCH_POSTGRES: &str = "SELECT d.id, d.ticket_id FROM search_document d
    WHERE d.text @@ $1::text::tsquery AND d.id < $2 ORDER BY d.id DESC LIMIT $3";
const DOCUMENT_SQLITE: &str = "SELECT ticket_id, words FROM search_document WHERE id = $1";
const COMPLETIONS_SQLITE: &str =
    "SELECT word FROM search_word WHERE word >= $1 AND word < $2 ORDER BY word LIMIT $3";

/// Matching documents that one answer looks at.
const DOCUMENTS: usize = 4_000;

/// So many words that begin as the last one of a query are looked for one by one: FTS5 finds documents with any of them
/// as it goes, while it collects all documents of a beginning before it names the first.
const COMPLETIONS: usize = 16;

/// The tickets whose texts match, newest text first, at most `limit`. `requester` limits the search to what that person
/// may read of their own tickets.
pub fn search(
    tx: &mut ReadTx<'_>,
    text: &str,
    requester: Option<PersonId>,
    limit: usize,
) -> Result<Vec<TicketId>> {
    let Some(query) = Query::parse(text) else { return Ok(Vec::new()) };
    let reader = requester.map(words::reader);
    let reader = reader.as_deref();
    let mut found: Vec<TicketId> = Vec::new();
    let mut before = i64::MAX;
    let (statement, expression) = match tx.connection {
        Connection::Sqlite(connection) => {
            let completions = completions(tx, &query)?;
            let expression = query.fts5(reader, completions.as_deref());
            if let Some(texts) = number::find(connection, &query, reader, completions.as_deref())? {
                for document in texts.documents {
                    if found.len() == limit {
                        break;
                    }
                    let known = tx.row(DOCUMENT_SQLITE, &[document.into()], |row| {
                        let words: Option<String> = row.get(1)?;
                        Ok((row.get(0)?, words.map(|words| query.finds(&words, reader))))
                    })?;
                    let Some((ticket, matches)) = known else { continue };
                    if match matches {
                        Some(matches) => matches,
                        None => number::is_found(connection, &expression, document)?,
                    } {
                        note(&mut found, ticket);
                    }
                }
                before = texts.rest;
            }
            (SEARCH_SQLITE, expression)
        }
        Connection::Postgres(_) => (SEARCH_POSTGRES, query.tsquery(reader)),
    };
    let (mut left, mut page) = (DOCUMENTS, limit);
    while found.len() < limit && left > 0 && before > 0 {
        let asked = page.min(left);
        let mut read = 0;
        let params = [(&expression).into(), before.into(), (asked as u64).into()];
        tx.each(statement, &params, |row| {
            (read, before) = (read + 1, row.get(0)?);
            let ticket = row.get(1)?;
            if found.len() < limit {
                note(&mut found, ticket);
            }
            Ok(())
        })?;
        if read < asked {
            break;
        }
        // Most tickets match by one document: the first page is seldom followed by another.
        (left, page) = (left - asked, page * 4);
    }
    Ok(found)
}

fn note(found: &mut Vec<TicketId>, ticket: TicketId) {
    if !found.contains(&ticket) {
        found.push(ticket);
    }
}

/// The known words that the query's beginning may stand for, where they are few.
fn completions(tx: &mut ReadTx<'_>, query: &Query) -> Result<Option<Vec<String>>> {
    let Some(beginning) = query.beginning().filter(|beginning| words::is_completed(beginning)) else {
        return Ok(None);
    };
    let end = format!("{beginning}{}", char::MAX);
    let params = [beginning.into(), (&end).into(), (COMPLETIONS as u64 + 1).into()];
    let known: Vec<String> = tx.rows(COMPLETIONS_SQLITE, &params, |row| row.get(0))?;
    Ok((known.len() <= COMPLETIONS).then_some(known))
}

/// The engine's plans for the statements of a search: what a test of indexes looks at.
pub fn plans(tx: &mut ReadTx<'_>) -> Result<Vec<String>> {
    let search = |expression: &'static str| [expression.into(), i64::MAX.into(), 20_u32.into()];
    match &tx.connection {
        Connection::Sqlite(_) => {
            let mut plan = tx.plan(SEARCH_SQLITE, &search("\"a\""))?;
            plan.extend(tx.plan(COMPLETIONS_SQLITE, &["a".into(), "b".into(), 17_u32.into()])?);
            plan.extend(number::plans(tx)?);
            Ok(plan)
        }
        Connection::Postgres(_) => tx.plan(SEARCH_POSTGRES, &search("'a'")),
    }
}
