//! Writing the index.

use std::collections::BTreeSet;

use domain::{
    PersonId, TicketId,
    ticket::{Markdown, Ticket},
};

use super::{
    number,
    words::{fold, is_completed, reader, words},
};
use crate::{ReadTx, Result, WriteTx, statement::statements, ticket, tx::Connection};

statements! {
    COMMENTS = "SELECT e.id, e.ticket_id, t.requester_id, e.public, e.body
        FROM timeline_entry e JOIN ticket t ON t.id = e.ticket_id
        WHERE e.id > $1 AND e.kind <> 'fact' ORDER BY e.id LIMIT 500";
}

/// Only one engine understands each of these.
const INDEX_SQLITE: &str = "INSERT INTO search_text (rowid, text) VALUES (-?1, ?2)";
const WORD_SQLITE: &str = "INSERT OR IGNORE INTO search_word (word) VALUES (?1)";
const MERGE_SQLITE: &str = "INSERT INTO search_text (search_text, rank) VALUES ('merge', 64)";
const DOCUMENT_SQLITE: &str = "INSERT INTO search_document (ticket_id, words) VALUES (?1, ?2)";
const DOCUMENT_POSTGRES: &str =
    "INSERT INTO search_document (ticket_id, text) VALUES ($1, $2::text::tsvector)";

/// Bytes of words by which a text is known. A `tsvector` holds at most 1 MiB.
const LONGEST: usize = 400_000;

/// Texts that a rebuilding gives to the index at once.
const BATCH: usize = 1_000;

/// Indexes a text of a ticket. On SQLite it is found after the commit.
pub fn add(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    requester: PersonId,
    public: bool,
    text: &str,
) -> Result<()> {
    let document = Document { ticket, reader: public.then_some(requester), text: text.to_owned() };
    let indexed = insert(tx, &document)?;
    tx.group.documents.extend(indexed);
    Ok(())
}

/// Indexes a ticket by what it says itself: its numbers, subject, description and category.
pub fn add_ticket(tx: &mut WriteTx<'_>, ticket: &Ticket) -> Result<()> {
    add(tx, ticket.id, ticket.requester, true, &text_of(ticket))
}

fn text_of(ticket: &Ticket) -> String {
    let external = ticket.external_reference.as_ref().map(|it| it.number.to_string());
    let number = std::iter::once(ticket.number.to_string()).chain(external).collect::<Vec<_>>().join(" ");
    let more =
        [ticket.description.as_ref().map(Markdown::as_str), ticket.category.as_ref().map(AsRef::as_ref)];
    let mut text = format!("{number} {}", ticket.subject);
    text.extend(more.into_iter().flatten().flat_map(|more| ["\n", more]));
    text
}

/// Writes the document. On SQLite its text remains to be indexed.
fn insert(tx: &mut WriteTx<'_>, document: &Document) -> Result<Option<(i64, String)>> {
    match &mut tx.read.connection {
        Connection::Sqlite(sqlite) => {
            let text = document.to_sqlite();
            let row = (document.ticket.to_string(), number::known(&text));
            sqlite.prepare_cached(DOCUMENT_SQLITE)?.execute(row)?;
            Ok(Some((sqlite.last_insert_rowid(), text)))
        }
        Connection::Postgres(postgres) => {
            let row = [document.ticket.into(), document.to_postgres().into()];
            postgres.execute_later(DOCUMENT_POSTGRES, &row)?;
            Ok(None)
        }
    }
}

/// Indexes texts that came in this order. The newest has the least rowid, and FTS5 writes what it has gathered to disk
/// when a rowid is less than the one before: so the last goes first.
pub(crate) fn index_sqlite(connection: &rusqlite::Connection, texts: &[(i64, String)]) -> Result<()> {
    let mut index = connection.prepare_cached(INDEX_SQLITE)?;
    for (document, text) in texts.iter().rev() {
        index.execute((document, text))?;
        number::add(connection, *document, text)?;
    }
    let known: BTreeSet<&str> =
        texts.iter().flat_map(|(_, text)| text.split(' ')).filter(|word| is_completed(word)).collect();
    let mut know = connection.prepare_cached(WORD_SQLITE)?;
    for word in known {
        know.execute([word])?;
    }
    Ok(())
}

/// Merges a few pages of the index; `false` when there is nothing left to merge. Each commit leaves a segment, and every
/// word of a query is looked up in every segment.
pub(crate) fn merge_sqlite(connection: &rusqlite::Connection) -> Result<bool> {
    let before = connection.total_changes();
    connection.prepare_cached(MERGE_SQLITE)?.execute([])?;
    // Of its own row FTS5 always reports a change.
    Ok(connection.total_changes() > before + 1)
}

/// Makes the index of a database whose tickets were copied into it. What is newest is indexed last, as it would have
/// been: ids of tickets and of comments rise with time.
pub fn rebuild(tx: &mut WriteTx<'_>) -> Result<()> {
    let mut tickets = Pages::of(|tx, last: &str| {
        let after: Option<TicketId> = last.parse().ok();
        let page = ticket::after(tx, after, 500)?;
        Ok(page.into_iter().map(|it| (it.id.to_string(), Document::of_ticket(&it))).collect())
    });
    let mut comments = Pages::of(|tx, last: &str| {
        tx.rows(COMMENTS, &[last.into()], |row| {
            let (requester, public): (PersonId, bool) = (row.get(2)?, row.get(3)?);
            let text =
                Document { ticket: row.get(1)?, reader: public.then_some(requester), text: row.get(4)? };
            Ok((row.get(0)?, text))
        })
    });
    let mut batch = Vec::new();
    loop {
        let ticket_is_next = match (tickets.peek(tx)?, comments.peek(tx)?) {
            (None, None) => break,
            (Some(ticket), Some(comment)) => ticket <= comment,
            (ticket, None) => ticket.is_some(),
            (None, Some(_)) => false,
        };
        let next = if ticket_is_next { tickets.next() } else { comments.next() };
        let Some(document) = next else { break };
        batch.extend(insert(tx, &document)?);
        if batch.len() == BATCH {
            flush(tx, &mut batch)?;
        }
    }
    flush(tx, &mut batch)
}

fn flush(tx: &mut WriteTx<'_>, batch: &mut Vec<(i64, String)>) -> Result<()> {
    if let Connection::Sqlite(sqlite) = &tx.read.connection {
        index_sqlite(sqlite, batch)?;
    }
    batch.clear();
    Ok(())
}

/// A text to index.
struct Document {
    ticket: TicketId,
    /// The requester, if they may read it.
    reader: Option<PersonId>,
    text: String,
}

impl Document {
    fn of_ticket(ticket: &Ticket) -> Self {
        Self { ticket: ticket.id, reader: Some(ticket.requester), text: text_of(ticket) }
    }

    /// Its words, one after the other: a tokeniser that divides at spaces finds them again.
    fn to_sqlite(&self) -> String {
        let folded = fold(&self.text);
        let mut text = String::with_capacity(folded.len() + 48);
        for word in bounded(&folded) {
            text.push_str(word);
            text.push(' ');
        }
        text.extend(self.reader.map(reader));
        text
    }

    /// Its words with their places, as a literal.
    fn to_postgres(&self) -> String {
        let folded = fold(&self.text);
        let mut text = String::with_capacity(folded.len() * 2);
        for (word, place) in bounded(&folded).zip(1_usize..) {
            text.extend(["'", word, "':", &place.to_string(), " "]);
        }
        text.extend(self.reader.map(|person| format!("'{}'", reader(person))));
        text
    }
}

fn bounded(folded: &str) -> impl Iterator<Item = &str> {
    words(folded).scan(0, |bytes, word| {
        *bytes += word.len() + 1;
        (*bytes <= LONGEST).then_some(word)
    })
}

/// Texts by id, read page by page.
struct Pages<F> {
    read: F,
    page: std::vec::IntoIter<(String, Document)>,
    last: String,
    ended: bool,
}

impl<F: FnMut(&mut ReadTx<'_>, &str) -> Result<Vec<(String, Document)>>> Pages<F> {
    fn of(read: F) -> Self {
        Self { read, page: Vec::new().into_iter(), last: String::new(), ended: false }
    }

    fn peek(&mut self, tx: &mut ReadTx<'_>) -> Result<Option<String>> {
        if self.page.as_slice().is_empty() && !self.ended {
            self.page = (self.read)(tx, &self.last)?.into_iter();
            match self.page.as_slice().last() {
                Some((id, _)) => self.last.clone_from(id),
                None => self.ended = true,
            }
        }
        Ok(self.page.as_slice().first().map(|(id, _)| id.clone()))
    }

    fn next(&mut self) -> Option<Document> {
        self.page.next().map(|(_, text)| text)
    }
}
