//! Browsers that are told when something waits for their person, and what they are still to be told.

use domain::{
    PersonId, PushSubscriptionId, SessionId, Timestamp,
    push::{News, PushKeys},
};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

statements! {
    KEY = "SELECT pkcs8 FROM push_key WHERE id = 1";
    KEY_INSERT = "INSERT INTO push_key (id, pkcs8, made_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";

    INSERT = "INSERT INTO push_subscription (id, person_id, session_id, endpoint, p256dh, auth, user_agent, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OF_PERSON = "SELECT id, person_id, endpoint, p256dh, auth, user_agent, made_at, told_at FROM push_subscription
        WHERE person_id = $1 ORDER BY id DESC LIMIT 100";
    BY_ENDPOINT = "SELECT id, person_id, endpoint, p256dh, auth, user_agent, made_at, told_at FROM push_subscription
        WHERE endpoint = $1";
    BY_ID = "SELECT id, person_id, endpoint, p256dh, auth, user_agent, made_at, told_at FROM push_subscription
        WHERE id = $1";
    DELETE = "DELETE FROM push_subscription WHERE id = $1";
    DELETE_MESSAGES = "DELETE FROM push_message WHERE subscription_id = $1";
    DELETE_OF_SESSION = "DELETE FROM push_subscription WHERE person_id = $1 AND session_id = $2";
    DELETE_OF_PERSON = "DELETE FROM push_subscription WHERE person_id = $1";
    DELETE_OF_OTHERS = "DELETE FROM push_subscription WHERE person_id = $1 AND session_id <> $2";
    TOLD = "UPDATE push_subscription SET told_at = $2 WHERE id = $1";

    TELL = "INSERT INTO push_message (subscription_id, topic, news, number, written_at, due_at, attempts)
        SELECT s.id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($5 AS BIGINT), 0
        FROM push_subscription s WHERE s.person_id = $1
        ON CONFLICT (subscription_id, topic) DO UPDATE SET news = excluded.news, number = excluded.number,
            written_at = excluded.written_at, due_at = excluded.due_at, attempts = 0";
    FORGET_TOPIC = "DELETE FROM push_message WHERE topic = $1";
    DUE = "SELECT m.subscription_id, m.topic, m.news, m.number, m.written_at, m.attempts, s.endpoint, s.p256dh, s.auth
        FROM push_message m JOIN push_subscription s ON s.id = m.subscription_id
        WHERE m.due_at <= $1 ORDER BY m.due_at LIMIT $2";
    CLAIM = "UPDATE push_message SET due_at = $4, attempts = attempts + 1
        WHERE subscription_id = $1 AND topic = $2 AND due_at <= $3";
    POSTPONE = "UPDATE push_message SET due_at = $4 WHERE subscription_id = $1 AND topic = $2 AND written_at = $3";
    DROP = "DELETE FROM push_message WHERE subscription_id = $1 AND topic = $2 AND written_at = $3";
    // What was written while its browser was being forgotten.
    DROP_ORPHANS = "DELETE FROM push_message WHERE due_at < $1
        AND NOT EXISTS (SELECT 1 FROM push_subscription s WHERE s.id = subscription_id)";
}

/// The desk's own key, if it has one yet.
pub fn key(tx: &mut ReadTx<'_>) -> Result<Option<Vec<u8>>> {
    tx.row(KEY, &[], |row| row.get(0))
}

/// Keeps a key, unless there is one.
pub fn keep_key(tx: &mut WriteTx<'_>, pkcs8: &Vec<u8>, now: Timestamp) -> Result<()> {
    tx.execute(KEY_INSERT, &[pkcs8.into(), now.into()]).map(drop)
}

/// A browser that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// Whose it is.
    pub person: PersonId,
    /// Where it is reached.
    pub endpoint: String,
    /// What messages to it are encrypted with.
    pub keys: PushKeys,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Since when it is told.
    pub made_at: Timestamp,
    /// When its service took a message last.
    pub told_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<Subscription> {
    Ok(Subscription {
        id: row.get(0)?,
        person: row.get(1)?,
        endpoint: row.get(2)?,
        keys: PushKeys { p256dh: row.get(3)?, auth: row.get(4)? },
        user_agent: row.get(5)?,
        made_at: row.get(6)?,
        told_at: row.get(7)?,
    })
}

/// Writes a new one; what was made in a session ends with it.
pub fn insert(tx: &mut WriteTx<'_>, new: &Subscription, session: Option<SessionId>) -> Result<()> {
    let values = [
        new.id.into(),
        new.person.into(),
        session.into(),
        (&new.endpoint).into(),
        (&new.keys.p256dh).into(),
        (&new.keys.auth).into(),
        (&new.user_agent).into(),
        new.made_at.into(),
    ];
    tx.execute(INSERT, &values).map(drop)
}

/// A person's browsers, the latest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Subscription>> {
    tx.rows(OF_PERSON, &[person.into()], read)
}

/// Whoever is reached there.
pub fn by_endpoint(tx: &mut ReadTx<'_>, endpoint: &str) -> Result<Option<Subscription>> {
    tx.row(BY_ENDPOINT, &[endpoint.into()], read)
}

/// One of them.
pub fn by_id(tx: &mut ReadTx<'_>, id: PushSubscriptionId) -> Result<Option<Subscription>> {
    tx.row(BY_ID, &[id.into()], read)
}

/// Forgets a browser, and what it was still to be told.
pub fn delete(tx: &mut WriteTx<'_>, id: PushSubscriptionId) -> Result<()> {
    tx.execute(DELETE_MESSAGES, &[id.into()])?;
    tx.execute(DELETE, &[id.into()]).map(drop)
}

/// Forgets what was made in a session that ends.
pub(crate) fn delete_of_session(tx: &mut WriteTx<'_>, person: PersonId, session: SessionId) -> Result<()> {
    tx.execute(DELETE_OF_SESSION, &[person.into(), session.into()]).map(drop)
}

/// Forgets all browsers of a person.
pub(crate) fn delete_of_person(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(DELETE_OF_PERSON, &[person.into()]).map(drop)
}

/// Forgets what was made in other sessions than this.
pub(crate) fn delete_of_others(tx: &mut WriteTx<'_>, person: PersonId, keep: SessionId) -> Result<()> {
    tx.execute(DELETE_OF_OTHERS, &[person.into(), keep.into()]).map(drop)
}

/// Notes that the browser's service took a message.
pub fn told(tx: &mut WriteTx<'_>, id: PushSubscriptionId, now: Timestamp) -> Result<()> {
    tx.execute(TOLD, &[id.into(), now.into()]).map(drop)
}

/// Writes what all browsers of a person are to be told, in the transaction of what it tells of. It takes the place of what
/// was not told yet of the same topic.
pub fn tell(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    topic: &str,
    (news, number): (News, &str),
    now: Timestamp,
) -> Result<()> {
    tx.execute_later(TELL, &[person.into(), topic.into(), news.as_str().into(), number.into(), now.into()])
}

/// Takes back what was not told yet of a topic.
pub fn forget_topic(tx: &mut WriteTx<'_>, topic: &str) -> Result<()> {
    tx.execute_later(FORGET_TOPIC, &[topic.into()])
}

/// What a browser is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which browser.
    pub subscription: PushSubscriptionId,
    /// What it is about; of one topic only the latest is told.
    pub topic: String,
    /// What happened.
    pub news: News,
    /// To which ticket.
    pub number: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often somebody tried before.
    pub attempts: u32,
    /// Where the browser is reached.
    pub endpoint: String,
    /// What it is encrypted with.
    pub keys: PushKeys,
}

/// What is to be told at `now` and nobody is telling, the longest due first.
pub fn due(tx: &mut ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Message>> {
    tx.rows(DUE, &[now.into(), limit.into()], |row| {
        Ok(Message {
            subscription: row.get(0)?,
            topic: row.get(1)?,
            news: row.parse(2, News::parse)?,
            number: row.get(3)?,
            written_at: row.get(4)?,
            attempts: row.get(5)?,
            endpoint: row.get(6)?,
            keys: PushKeys { p256dh: row.get(7)?, auth: row.get(8)? },
        })
    })
}

/// Takes a message to tell it before `until`; `false` where another process has it.
pub fn claim(tx: &mut WriteTx<'_>, message: &Message, now: Timestamp, until: Timestamp) -> Result<bool> {
    let values = [message.subscription.into(), (&message.topic).into(), now.into(), until.into()];
    Ok(tx.execute(CLAIM, &values)? > 0)
}

/// Lets a message wait until `until`, unless a later one took its place.
pub fn postpone(tx: &mut WriteTx<'_>, message: &Message, until: Timestamp) -> Result<()> {
    let values =
        [message.subscription.into(), (&message.topic).into(), message.written_at.into(), until.into()];
    tx.execute(POSTPONE, &values).map(drop)
}

/// Drops a message that was told or never will be, unless a later one took its place.
pub fn drop_message(tx: &mut WriteTx<'_>, message: &Message) -> Result<()> {
    let values = [message.subscription.into(), (&message.topic).into(), message.written_at.into()];
    tx.execute(DROP, &values).map(drop)
}

/// Drops what was due before `before` and is for no browser any more; says how many.
pub fn drop_orphans(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(DROP_ORPHANS, &[before.into()])
}
