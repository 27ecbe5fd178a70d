//! Articles, their versions and what readers say of them; conversations with the bot.

use domain::{
    ArticleId, ChatId, PersonId, TicketId, Timestamp,
    knowledge::{ArticleNumber, Asked, Audience, Language, Published, ReviewEvery, Speaker, Verdict},
};

use crate::{ReadTx, Result, Row, StoreError, Value, WriteTx, statement::statements};

macro_rules! article_columns {
    () => {
        "a.id, a.number, a.audience, a.owner_id, (SELECT p.name FROM person p WHERE p.id = a.owner_id), a.review_months, a.review_at, a.made_from, a.retired, a.created_at,
         a.changed_at, a.helped, a.did_not_help"
    };
}

macro_rules! list {
    ($which:literal) => {
        concat!(
            "SELECT a.number, t.language, v.title, a.audience, t.latest, t.published, a.retired, a.review_at, a.changed_at,
                a.helped, a.did_not_help
             FROM article a
             JOIN article_text t ON t.article_id = a.id
             JOIN article_version v ON v.article_id = t.article_id AND v.language = t.language
                AND v.version = COALESCE(t.published, t.latest)
             WHERE ",
            $which,
            " AND (a.number, t.language) > ($1, $2) ORDER BY a.number, t.language LIMIT $3"
        )
    };
}

statements! {
    NEXT_NUMBER = "INSERT INTO ticket_counter (kind, last) VALUES ('article', 1)
        ON CONFLICT (kind) DO UPDATE SET last = ticket_counter.last + 1 RETURNING last";
    INSERT = "INSERT INTO article (id, number, audience, owner_id, review_months, review_at, made_from, retired, created_at,
            changed_at, helped, did_not_help)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    UPDATE = "UPDATE article SET audience = $2, review_months = $3, review_at = $4, retired = $5, changed_at = $6,
            helped = $7, did_not_help = $8
        WHERE id = $1";
    LOCK = concat!("SELECT ", article_columns!(), " FROM article a WHERE a.number = $1 FOR UPDATE");
    BY_NUMBER = concat!("SELECT ", article_columns!(), " FROM article a WHERE a.number = $1");

    TEXT_PUT = "INSERT INTO article_text (article_id, language, latest, published) VALUES ($1, $2, $3, $4)
        ON CONFLICT (article_id, language) DO UPDATE SET latest = excluded.latest, published = excluded.published";
    TEXTS = "SELECT language, latest, published FROM article_text WHERE article_id = $1 ORDER BY language";
    VERSION_PUT = "INSERT INTO article_version (article_id, language, version, title, keywords, asked, body, author_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    VERSION = "SELECT v.version, v.title, v.keywords, v.asked, v.body, v.author_id, p.name, v.at
        FROM article_version v JOIN person p ON p.id = v.author_id
        WHERE v.article_id = $1 AND v.language = $2 AND v.version = $3";
    VERSIONS = "SELECT v.version, v.title, '', '', '', v.author_id, p.name, v.at
        FROM article_version v JOIN person p ON p.id = v.author_id
        WHERE v.article_id = $1 AND v.language = $2 ORDER BY v.version DESC LIMIT 100";

    ALL_PUBLISHED = "SELECT a.number, t.language, a.audience, v.title, v.keywords, v.asked, v.body
        FROM article a
        JOIN article_text t ON t.article_id = a.id
        JOIN article_version v ON v.article_id = t.article_id AND v.language = t.language AND v.version = t.published
        WHERE a.retired = 0 ORDER BY a.number, t.language LIMIT $1";
    // Each article once: in English where there is one, which its code puts last.
    LIST_PUBLISHED = list!("a.retired = 0 AND (a.audience = 'everybody' OR $4 = 1)
        AND t.language = (SELECT MAX(o.language) FROM article_text o
            WHERE o.article_id = a.id AND o.published IS NOT NULL)");
    LIST_DRAFTS = list!("a.retired = 0 AND t.latest <> COALESCE(t.published, 0) AND $4 = 1");
    LIST_DUE = list!("a.retired = 0 AND a.review_at < $4
        AND t.language = (SELECT MAX(o.language) FROM article_text o WHERE o.article_id = a.id)");
    LIST_RETIRED = list!("a.retired = 1 AND $4 = 1
        AND t.language = (SELECT MAX(o.language) FROM article_text o WHERE o.article_id = a.id)");

    CHANGED = "INSERT INTO knowledge_version (id, version) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET version = knowledge_version.version + 1";
    CURRENT = "SELECT version FROM knowledge_version WHERE id = 1";

    FEEDBACK = "SELECT verdict FROM article_feedback WHERE article_id = $1 AND person_id = $2";
    FEEDBACK_PUT = "INSERT INTO article_feedback (article_id, person_id, verdict, words, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (article_id, person_id) DO UPDATE SET verdict = excluded.verdict, words = excluded.words,
            at = excluded.at";
    DID_NOT_HELP = "SELECT a.number, v.title, p.name, f.words, f.at
        FROM article_feedback f
        JOIN article a ON a.id = f.article_id
        JOIN person p ON p.id = f.person_id
        JOIN article_text t ON t.article_id = a.id
        JOIN article_version v ON v.article_id = t.article_id AND v.language = t.language
            AND v.version = COALESCE(t.published, t.latest)
        WHERE f.verdict = 'did_not_help' AND f.at >= $1
            AND t.language = (SELECT MAX(o.language) FROM article_text o WHERE o.article_id = a.id)
        ORDER BY f.at DESC LIMIT $2";

    CHAT_INSERT = "INSERT INTO chat (id, person_id, number, started_at, lines, asked, ticket_id)
        SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, 0, 0, NULL FROM chat WHERE person_id = $2";
    CHAT_UPDATE = "UPDATE chat SET lines = $2, asked = $3, ticket_id = $4 WHERE id = $1";
    CHAT_LOCK = "SELECT id, person_id, started_at, lines, asked, ticket_id FROM chat WHERE id = $1 FOR UPDATE";
    CHAT_LATEST = "SELECT id, person_id, started_at, lines, asked, ticket_id FROM chat WHERE person_id = $1
        ORDER BY number DESC LIMIT 1";
    LINE_INSERT = "INSERT INTO chat_line (chat_id, seq, at, speaker, body, cites) VALUES ($1, $2, $3, $4, $5, $6)";
    LINES = "SELECT seq, at, speaker, body, cites FROM chat_line WHERE chat_id = $1 ORDER BY seq LIMIT $2";
    UNANSWERED = "SELECT l.body, l.at FROM chat_line l WHERE l.speaker = 'unanswered' AND l.at >= $1
        ORDER BY l.at DESC LIMIT $2";
}

/// An article, without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its id, which never changes.
    pub id: ArticleId,
    /// Its number.
    pub number: ArticleNumber,
    /// Who reads it.
    pub audience: Audience,
    /// Who wrote it first and looks after it.
    pub owner: PersonId,
    /// Their name.
    pub owner_name: String,
    /// After how many months somebody looks whether it is still true.
    pub review: ReviewEvery,
    /// When that is next; none before it is published.
    pub review_at: Option<Timestamp>,
    /// The ticket that it was made from.
    pub made_from: Option<TicketId>,
    /// Whether it is kept for its history only.
    pub retired: bool,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// How many readers say that it helped.
    pub helped: u64,
    /// How many say that it did not.
    pub did_not_help: u64,
}

/// Where the text of a language stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextState {
    /// The language.
    pub language: Language,
    /// The latest version.
    pub latest: u64,
    /// The one that readers see.
    pub published: Option<u64>,
}

/// One version of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    /// Which, from 1.
    pub version: u64,
    /// Its title.
    pub title: String,
    /// The words it is found by.
    pub keywords: String,
    /// How people ask for it.
    pub asked: String,
    /// Its text.
    pub body: String,
    /// Who wrote it.
    pub author: PersonId,
    /// Their name.
    pub author_name: String,
    /// When.
    pub at: Timestamp,
}

/// An article in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleRow {
    /// Its number.
    pub number: ArticleNumber,
    /// The language of this text.
    pub language: Language,
    /// Its title, as readers see it.
    pub title: String,
    /// Who reads it.
    pub audience: Audience,
    /// The latest version.
    pub latest: u64,
    /// The one that readers see.
    pub published: Option<u64>,
    /// Whether it is kept for its history only.
    pub retired: bool,
    /// When it is looked at again.
    pub review_at: Option<Timestamp>,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// How many readers say that it helped.
    pub helped: u64,
    /// How many say that it did not.
    pub did_not_help: u64,
}

/// Which articles a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that people find; for technicians also theirs.
    Published {
        /// Whether those for technicians are among them.
        technicians: bool,
    },
    /// Those with a text that readers do not see yet.
    Drafts,
    /// Those that somebody should have looked at before this moment.
    Due(Timestamp),
    /// Those kept for their history.
    Retired,
}

/// Somebody says that an article did not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The article.
    pub number: ArticleNumber,
    /// Its title.
    pub title: String,
    /// Who says so.
    pub person_name: String,
    /// What is missing, in their words.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// A conversation with the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Which.
    pub id: ChatId,
    /// Whose.
    pub person: PersonId,
    /// When it began.
    pub started_at: Timestamp,
    /// How many lines it has.
    pub lines: u64,
    /// How many questions of the intake were asked.
    pub asked: u64,
    /// The ticket that it became.
    pub ticket: Option<TicketId>,
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLine {
    /// Its place, from 1.
    pub seq: u64,
    /// When it was said.
    pub at: Timestamp,
    /// By whom.
    pub speaker: Speaker,
    /// What was said.
    pub body: String,
    /// The articles that it quotes: number and language, `KB-1.en`, separated by spaces.
    pub cites: String,
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Engine(format!("{what} in storage cannot be read"))
}

fn parsed<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>, what: &str) -> Result<T> {
    parse(text).ok_or_else(|| unreadable(what))
}

fn language(row: &Row<'_>, at: usize) -> Result<Language> {
    parsed(&row.get::<String>(at)?, Language::parse, "a language")
}

fn audience(row: &Row<'_>, at: usize) -> Result<Audience> {
    parsed(&row.get::<String>(at)?, Audience::parse, "an audience")
}

fn read_article(row: &Row<'_>) -> Result<Article> {
    let months: u64 = row.get(5)?;
    let review =
        u8::try_from(months).ok().and_then(ReviewEvery::new).ok_or_else(|| unreadable("a time of review"))?;
    Ok(Article {
        id: row.get(0)?,
        number: ArticleNumber(row.get(1)?),
        audience: audience(row, 2)?,
        owner: row.get(3)?,
        owner_name: row.get(4)?,
        review,
        review_at: row.get(6)?,
        made_from: row.get(7)?,
        retired: row.get(8)?,
        created_at: row.get(9)?,
        changed_at: row.get(10)?,
        helped: row.get(11)?,
        did_not_help: row.get(12)?,
    })
}

fn read_version(row: &Row<'_>) -> Result<ArticleVersion> {
    Ok(ArticleVersion {
        version: row.get(0)?,
        title: row.get(1)?,
        keywords: row.get(2)?,
        asked: row.get(3)?,
        body: row.get(4)?,
        author: row.get(5)?,
        author_name: row.get(6)?,
        at: row.get(7)?,
    })
}

/// The number that the next article bears.
pub fn next_number(tx: &mut WriteTx<'_>) -> Result<ArticleNumber> {
    let last: Option<u64> = tx.row(NEXT_NUMBER, &[], |row| row.get(0))?;
    Ok(ArticleNumber(last.unwrap_or(1)))
}

/// Writes a new article.
pub fn insert(tx: &mut WriteTx<'_>, article: &Article) -> Result<()> {
    let values = [
        article.id.into(),
        article.number.0.into(),
        article.audience.as_str().into(),
        article.owner.into(),
        article.review.months().into(),
        article.review_at.into(),
        article.made_from.into(),
        article.retired.into(),
        article.created_at.into(),
        article.changed_at.into(),
        article.helped.into(),
        article.did_not_help.into(),
    ];
    tx.execute(INSERT, &values).map(drop)
}

/// Writes what an article has become. The caller holds its lock.
pub fn update(tx: &mut WriteTx<'_>, article: &Article) -> Result<()> {
    let values = [
        article.id.into(),
        article.audience.as_str().into(),
        article.review.months().into(),
        article.review_at.into(),
        article.retired.into(),
        article.changed_at.into(),
        article.helped.into(),
        article.did_not_help.into(),
    ];
    tx.execute(UPDATE, &values).map(drop)
}

/// The article with this number.
pub fn by_number(tx: &mut ReadTx<'_>, number: ArticleNumber) -> Result<Option<Article>> {
    tx.row(BY_NUMBER, &[number.0.into()], read_article)
}

/// The same, held against other writers until the end of the transaction.
pub fn lock(tx: &mut WriteTx<'_>, number: ArticleNumber) -> Result<Option<Article>> {
    tx.row(LOCK, &[number.0.into()], read_article)
}

/// The languages that an article is written in.
pub fn texts(tx: &mut ReadTx<'_>, article: ArticleId) -> Result<Vec<TextState>> {
    tx.rows(TEXTS, &[article.into()], |row| {
        Ok(TextState { language: language(row, 0)?, latest: row.get(1)?, published: row.get(2)? })
    })
}

/// Writes where the text of a language stands.
pub fn put_text(tx: &mut WriteTx<'_>, article: ArticleId, text: TextState) -> Result<()> {
    let values = [article.into(), text.language.as_str().into(), text.latest.into(), text.published.into()];
    tx.execute(TEXT_PUT, &values).map(drop)
}

/// One version of a text.
pub fn version(
    tx: &mut ReadTx<'_>,
    article: ArticleId,
    language: Language,
    version: u64,
) -> Result<Option<ArticleVersion>> {
    tx.row(VERSION, &[article.into(), language.as_str().into(), version.into()], read_version)
}

/// The versions of a text without their words, the latest first, at most 100.
pub fn versions(tx: &mut ReadTx<'_>, article: ArticleId, language: Language) -> Result<Vec<ArticleVersion>> {
    tx.rows(VERSIONS, &[article.into(), language.as_str().into()], read_version)
}

/// Writes a version, which is never changed again.
pub fn put_version(
    tx: &mut WriteTx<'_>,
    article: ArticleId,
    language: Language,
    version: &ArticleVersion,
) -> Result<()> {
    let values = [
        article.into(),
        language.as_str().into(),
        version.version.into(),
        version.title.as_str().into(),
        version.keywords.as_str().into(),
        version.asked.as_str().into(),
        version.body.as_str().into(),
        version.author.into(),
        version.at.into(),
    ];
    tx.execute(VERSION_PUT, &values).map(drop)
}

/// Every text that search and bot read, at most so many.
pub fn published(tx: &mut ReadTx<'_>, limit: u32) -> Result<Vec<Published>> {
    tx.rows(ALL_PUBLISHED, &[limit.into()], |row| {
        Ok(Published {
            number: ArticleNumber(row.get(0)?),
            language: language(row, 1)?,
            audience: audience(row, 2)?,
            title: row.get(3)?,
            keywords: row.get(4)?,
            asked: parsed(&row.get::<String>(5)?, |text| Asked::new(text).ok(), "how people ask")?,
            body: row.get(6)?,
        })
    })
}

/// A page of articles by number, after this one.
pub fn list(
    tx: &mut ReadTx<'_>,
    which: Which,
    after: Option<(ArticleNumber, Language)>,
    limit: u32,
) -> Result<Vec<ArticleRow>> {
    let (statement, last): (_, Value<'_>) = match which {
        Which::Published { technicians } => (LIST_PUBLISHED, i64::from(technicians).into()),
        Which::Drafts => (LIST_DRAFTS, 1_i64.into()),
        Which::Due(before) => (LIST_DUE, before.into()),
        Which::Retired => (LIST_RETIRED, 1_i64.into()),
    };
    let (number, of) = after.map_or((0, ""), |(number, language)| (number.0, language.as_str()));
    tx.rows(statement, &[number.into(), of.into(), limit.into(), last], |row| {
        Ok(ArticleRow {
            number: ArticleNumber(row.get(0)?),
            language: language(row, 1)?,
            title: row.get(2)?,
            audience: audience(row, 3)?,
            latest: row.get(4)?,
            published: row.get(5)?,
            retired: row.get(6)?,
            review_at: row.get(7)?,
            changed_at: row.get(8)?,
            helped: row.get(9)?,
            did_not_help: row.get(10)?,
        })
    })
}

/// Says that what is found may have changed.
pub fn changed(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.execute(CHANGED, &[]).map(drop)
}

/// Grows with everything that changes what is found.
pub fn current(tx: &mut ReadTx<'_>) -> Result<u64> {
    Ok(tx.row(CURRENT, &[], |row| row.get(0))?.unwrap_or(0))
}

/// What a reader said of an article.
pub fn feedback(tx: &mut ReadTx<'_>, article: ArticleId, person: PersonId) -> Result<Option<Verdict>> {
    tx.row(FEEDBACK, &[article.into(), person.into()], |row| {
        parsed(&row.get::<String>(0)?, Verdict::parse, "a reader's verdict")
    })
}

/// Writes what a reader says, in place of what they said before.
pub fn put_feedback(
    tx: &mut WriteTx<'_>,
    article: ArticleId,
    person: PersonId,
    verdict: Verdict,
    words: &str,
    at: Timestamp,
) -> Result<()> {
    let values = [article.into(), person.into(), verdict.as_str().into(), words.into(), at.into()];
    tx.execute(FEEDBACK_PUT, &values).map(drop)
}

/// Who said since then that an article did not help, the latest first.
pub fn did_not_help(tx: &mut ReadTx<'_>, since: Timestamp, limit: u32) -> Result<Vec<Complaint>> {
    tx.rows(DID_NOT_HELP, &[since.into(), limit.into()], |row| {
        Ok(Complaint {
            number: ArticleNumber(row.get(0)?),
            title: row.get(1)?,
            person_name: row.get(2)?,
            words: row.get(3)?,
            at: row.get(4)?,
        })
    })
}

fn read_chat(row: &Row<'_>) -> Result<Chat> {
    Ok(Chat {
        id: row.get(0)?,
        person: row.get(1)?,
        started_at: row.get(2)?,
        lines: row.get(3)?,
        asked: row.get(4)?,
        ticket: row.get(5)?,
    })
}

/// Begins a conversation.
pub fn begin_chat(tx: &mut WriteTx<'_>, id: ChatId, person: PersonId, at: Timestamp) -> Result<()> {
    tx.execute(CHAT_INSERT, &[id.into(), person.into(), at.into()]).map(drop)
}

/// Writes how far a conversation is. The caller holds its lock.
pub fn update_chat(tx: &mut WriteTx<'_>, chat: &Chat) -> Result<()> {
    let values = [chat.id.into(), chat.lines.into(), chat.asked.into(), chat.ticket.into()];
    tx.execute(CHAT_UPDATE, &values).map(drop)
}

/// A conversation, held against other writers.
pub fn lock_chat(tx: &mut WriteTx<'_>, id: ChatId) -> Result<Option<Chat>> {
    tx.row(CHAT_LOCK, &[id.into()], read_chat)
}

/// Somebody's latest conversation.
pub fn latest_chat(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<Chat>> {
    tx.row(CHAT_LATEST, &[person.into()], read_chat)
}

/// Adds a line.
pub fn add_line(tx: &mut WriteTx<'_>, chat: ChatId, line: &ChatLine) -> Result<()> {
    let values = [
        chat.into(),
        line.seq.into(),
        line.at.into(),
        line.speaker.as_str().into(),
        line.body.as_str().into(),
        line.cites.as_str().into(),
    ];
    tx.execute(LINE_INSERT, &values).map(drop)
}

/// The lines of a conversation in order, at most so many.
pub fn lines(tx: &mut ReadTx<'_>, chat: ChatId, limit: u32) -> Result<Vec<ChatLine>> {
    tx.rows(LINES, &[chat.into(), limit.into()], |row| {
        Ok(ChatLine {
            seq: row.get(0)?,
            at: row.get(1)?,
            speaker: parsed(&row.get::<String>(2)?, Speaker::parse, "a speaker")?,
            body: row.get(3)?,
            cites: row.get(4)?,
        })
    })
}

/// What people asked the bot since then and nothing answered, the latest first.
pub fn unanswered(tx: &mut ReadTx<'_>, since: Timestamp, limit: u32) -> Result<Vec<(String, Timestamp)>> {
    tx.rows(UNANSWERED, &[since.into(), limit.into()], |row| Ok((row.get(0)?, row.get(1)?)))
}
