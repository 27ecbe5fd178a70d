//! Full-text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one query language for both.
//!
//! A query is words; all of them must occur, the last may be the beginning of a word, `"two words"` is a phrase, and a
//! word after `-` must not occur. Everything else that people type is taken as white space.

use domain::{
    PersonId, TicketId,
    ticket::{Markdown, Ticket},
};

use crate::{
    ReadTx, Result, WriteTx, engine::postgres::Connection as Postgres, statement::statements, ticket,
    tx::Connection,
};

statements! {
    DOCUMENT_INSERT = "INSERT INTO search_document (ticket_id, requester_id, public) VALUES ($1, $2, $3) RETURNING id";
    COMMENTS = "SELECT e.id, e.ticket_id, t.requester_id, e.public, e.body
        FROM timeline_entry e JOIN ticket t ON t.id = e.ticket_id
        WHERE e.id > $1 AND e.kind <> 'fact' ORDER BY e.id LIMIT 500";
}

/// Only one engine understands each of these.
const INDEX_SQLITE: &str = "INSERT INTO search_text (rowid, text) VALUES (?1, ?2)";
const INDEX_POSTGRES: &str = "UPDATE search_document SET text = to_tsvector('simple', $2) WHERE id = $1";
const SEARCH_SQLITE: &str = "SELECT d.ticket_id FROM search_text s JOIN search_document d ON d.id = s.rowid
    WHERE s.text MATCH $1 AND d.public >= $2 ORDER BY s.rowid DESC LIMIT $3";
const SEARCH_OWN_SQLITE: &str =
    "SELECT d.ticket_id FROM search_document d JOIN search_text s ON s.rowid = d.id
    WHERE s.text MATCH $1 AND d.public >= $2 AND d.requester_id = $4 ORDER BY s.rowid DESC LIMIT $3";
const SEARCH_POSTGRES: &str = "SELECT d.ticket_id FROM search_document d
    WHERE d.text @@ to_tsquery('simple', $1) AND d.public >= $2 ORDER BY d.id DESC LIMIT $3";
const SEARCH_OWN_POSTGRES: &str = "SELECT d.ticket_id FROM search_document d
    WHERE d.text @@ to_tsquery('simple', $1) AND d.public >= $2 AND d.requester_id = $4 ORDER BY d.id DESC LIMIT $3";

/// Documents looked at for one answer: the newest that match. A ticket has several.
const CANDIDATES: u32 = 400;

/// Longest query, in words.
const WORDS: usize = 12;

/// Indexes a text of a ticket. On SQLite it is found after the commit.
pub fn add(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    requester: PersonId,
    public: bool,
    text: &str,
) -> Result<()> {
    let Some(id) = insert_document(tx, ticket, requester, public)? else { return Ok(()) };
    match &mut tx.read.connection {
        Connection::Sqlite(_) => tx.group.documents.push((id, text.to_owned())),
        Connection::Postgres(postgres) => index_postgres(postgres, id, text)?,
    }
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

fn insert_document(
    tx: &mut WriteTx<'_>,
    ticket: TicketId,
    requester: PersonId,
    public: bool,
) -> Result<Option<i64>> {
    tx.row(DOCUMENT_INSERT, &[ticket.into(), requester.into(), public.into()], |row| row.get(0))
}

fn index_postgres(postgres: &mut Postgres, document: i64, text: &str) -> Result<()> {
    // A tsvector holds at most 1 MiB; the beginning of a longer text is what people search for.
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at < 400_000).last().unwrap_or(0);
    let text = if text.len() > 400_000 { &text[..end] } else { text };
    postgres.execute(INDEX_POSTGRES, &[document.into(), text.into()]).map(drop)
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
            let text = Document {
                ticket: row.get(1)?,
                requester: row.get(2)?,
                public: row.get(3)?,
                text: row.get(4)?,
            };
            Ok((row.get(0)?, text))
        })
    });
    loop {
        let ticket_is_next = match (tickets.peek(tx)?, comments.peek(tx)?) {
            (None, None) => return Ok(()),
            (Some(ticket), Some(comment)) => ticket <= comment,
            (ticket, None) => ticket.is_some(),
            (None, Some(_)) => false,
        };
        let next = if ticket_is_next { tickets.next() } else { comments.next() };
        let Some(Document { ticket, requester, public, text }) = next else { return Ok(()) };
        let Some(document) = insert_document(tx, ticket, requester, public)? else { continue };
        match &mut tx.read.connection {
            Connection::Sqlite(sqlite) => index_sqlite(sqlite, document, &text)?,
            Connection::Postgres(postgres) => index_postgres(postgres, document, &text)?,
        }
    }
}

/// A text to index.
struct Document {
    ticket: TicketId,
    requester: PersonId,
    public: bool,
    text: String,
}

impl Document {
    fn of_ticket(ticket: &Ticket) -> Self {
        Self { ticket: ticket.id, requester: ticket.requester, public: true, text: text_of(ticket) }
    }
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

pub(crate) fn index_sqlite(connection: &rusqlite::Connection, document: i64, text: &str) -> Result<()> {
    connection.prepare_cached(INDEX_SQLITE)?.execute((document, text))?;
    Ok(())
}

/// A query as understood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Query {
    wanted: Vec<Vec<String>>,
    unwanted: Vec<String>,
    prefix: bool,
}

/// The words in a stretch of text, as both engines' tokenisers see them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

impl Query {
    fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().take(400).collect();
        let mut query =
            Self { wanted: Vec::new(), unwanted: Vec::new(), prefix: !text.ends_with([' ', '"']) };
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                let phrase: Vec<_> = words(part).collect();
                if !phrase.is_empty() {
                    query.wanted.push(phrase);
                }
                continue;
            }
            for token in part.split_whitespace() {
                match token.strip_prefix('-') {
                    Some(unwanted) => query.unwanted.extend(words(unwanted)),
                    None => query.wanted.extend(words(token).map(|word| vec![word])),
                }
            }
        }
        query.wanted.truncate(WORDS);
        query.unwanted.truncate(WORDS);
        (!query.wanted.is_empty()).then_some(query)
    }

    fn fts5(&self) -> String {
        let wanted = self.wanted.iter().enumerate().map(|(index, phrase)| {
            let star = if self.may_go_on(index) { "*" } else { "" };
            format!("\"{}\"{star}", phrase.join(" "))
        });
        let wanted = wanted.collect::<Vec<_>>().join(" AND ");
        let unwanted = self.unwanted.iter().map(|word| format!("\"{word}\""));
        std::iter::once(wanted).chain(unwanted).collect::<Vec<_>>().join(" NOT ")
    }

    fn tsquery(&self) -> String {
        let wanted = self.wanted.iter().enumerate().map(|(index, phrase)| {
            let star = if self.may_go_on(index) { ":*" } else { "" };
            let phrase: Vec<_> = phrase.iter().map(|word| format!("'{word}'")).collect();
            format!("({}{star})", phrase.join(" <-> "))
        });
        let unwanted = self.unwanted.iter().map(|word| format!("!'{word}'"));
        wanted.chain(unwanted).collect::<Vec<_>>().join(" & ")
    }

    /// Whether this wanted word may be the beginning of a longer one: the last, while it is being typed.
    fn may_go_on(&self, index: usize) -> bool {
        self.prefix && index + 1 == self.wanted.len() && self.wanted[index].len() == 1
    }
}

/// The tickets whose texts match, newest text first, at most `limit`. `requester` limits the search to what that person
/// may read of their own tickets.
pub fn search(
    tx: &mut ReadTx<'_>,
    text: &str,
    requester: Option<PersonId>,
    limit: usize,
) -> Result<Vec<TicketId>> {
    let Some(query) = Query::parse(text) else { return Ok(Vec::new()) };
    let (expression, all, own) = match &tx.connection {
        Connection::Sqlite(_) => (query.fts5(), SEARCH_SQLITE, SEARCH_OWN_SQLITE),
        Connection::Postgres(_) => (query.tsquery(), SEARCH_POSTGRES, SEARCH_OWN_POSTGRES),
    };
    let public_only = i64::from(requester.is_some());
    let mut found: Vec<TicketId> = Vec::new();
    let params = [expression.into(), public_only.into(), CANDIDATES.into(), requester.into()];
    let (statement, params) = if requester.is_some() { (own, &params[..]) } else { (all, &params[..3]) };
    tx.each(statement, params, |row| {
        let id = row.get(0)?;
        if found.len() < limit && !found.contains(&id) {
            found.push(id);
        }
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_a_query_of_either_engine() {
        let query = Query::parse("vpn \"every ten\" -printer drop").unwrap();
        assert_eq!(query.fts5(), r#""vpn" AND "every ten" AND "drop"* NOT "printer""#);
        assert_eq!(query.tsquery(), "('vpn') & ('every' <-> 'ten') & ('drop':*) & !'printer'");
    }

    #[test]
    fn operators_and_quotes_of_the_engines_are_only_words() {
        for text in ["'; DROP TABLE ticket; --", "a AND OR NOT", "NEAR(x y)", "col:*", "\"", "((", "a'b\\"] {
            if let Some(query) = Query::parse(text) {
                assert!(!query.fts5().replace("\" AND \"", "").contains("--"), "{text}");
                assert!(query.wanted.iter().flatten().all(|word| word.chars().all(char::is_alphanumeric)));
            }
        }
        assert_eq!(Query::parse("  - \" "), None);
    }
}
