//! Sessions, sign-in links, throttles, API tokens and service accounts. Secrets are kept as SHA-256 only.

use domain::{PersonId, ServiceAccountId, SessionId, Timestamp, TokenId};

use crate::{ReadTx, Result, Row, WriteTx, push, statement::statements};

statements! {
    SESSION_INSERT = "INSERT INTO session (id, person_id, token_hash, user_agent, created_at, last_seen_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $5, $6)";
    SESSION_BY_HASH = "SELECT s.id, s.person_id, s.user_agent, s.created_at, s.last_seen_at, s.expires_at
        FROM session s JOIN person p ON p.id = s.person_id
        WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND p.active = 1";
    SESSIONS_OF = "SELECT id, person_id, user_agent, created_at, last_seen_at, expires_at FROM session
        WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_seen_at DESC LIMIT 100";
    SESSION_TOUCH = "UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL";
    SESSION_END = "UPDATE session SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL";
    SESSIONS_END = "UPDATE session SET ended_at = $2
        WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2";
    SESSIONS_END_OTHERS = "UPDATE session SET ended_at = $3
        WHERE person_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > $3";

    LINK_INSERT = "INSERT INTO sign_in_link (token_hash, person_id, purpose, expires_at) VALUES ($1, $2, $3, $4)";
    LINK = "SELECT person_id, purpose, expires_at, used_at FROM sign_in_link WHERE token_hash = $1 FOR UPDATE";
    LINK_SEEN = "SELECT person_id, purpose, expires_at, used_at FROM sign_in_link WHERE token_hash = $1";
    LINKS_OF_CLEAR = "DELETE FROM sign_in_link WHERE person_id = $1";
    LINK_USE = "UPDATE sign_in_link SET used_at = $2 WHERE token_hash = $1";
    LINKS_CLEAR = "DELETE FROM sign_in_link WHERE purpose = $1";

    THROTTLE = "SELECT failures, since, blocked_until FROM sign_in_throttle WHERE key = $1";
    THROTTLE_LOCK = "SELECT failures, since, blocked_until FROM sign_in_throttle WHERE key = $1 FOR UPDATE";
    THROTTLE_ROW = "INSERT INTO sign_in_throttle (key, failures, since, blocked_until) VALUES ($1, 0, $2, $2)
        ON CONFLICT DO NOTHING";
    THROTTLE_SET = "UPDATE sign_in_throttle SET failures = $2, since = $3, blocked_until = $4 WHERE key = $1";
    THROTTLE_CLEAR = "DELETE FROM sign_in_throttle WHERE key = $1";
    THROTTLE_FORGET = "DELETE FROM sign_in_throttle WHERE since < $1 AND blocked_until < $1";

    TOKEN_INSERT = "INSERT INTO api_token (id, person_id, service_account_id, label, token_hash, scopes, created_at,
            expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TOKEN_BY_HASH = "SELECT t.id, t.person_id, t.service_account_id, t.label, t.scopes, t.created_at, t.expires_at,
            t.last_used_at
        FROM api_token t
        LEFT JOIN person p ON p.id = t.person_id
        LEFT JOIN service_account a ON a.id = t.service_account_id
        WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2
            AND COALESCE(p.active, 1) = 1 AND COALESCE(a.active, 1) = 1";
    TOKENS_OF = "SELECT id, person_id, service_account_id, label, scopes, created_at, expires_at, last_used_at
        FROM api_token WHERE person_id = $1 AND revoked_at IS NULL ORDER BY id DESC LIMIT 200";
    TOKENS_OF_ACCOUNT = "SELECT id, person_id, service_account_id, label, scopes, created_at, expires_at, last_used_at
        FROM api_token WHERE service_account_id = $1 AND revoked_at IS NULL ORDER BY id DESC LIMIT 200";
    TOKEN_TOUCH = "UPDATE api_token SET last_used_at = $2 WHERE id = $1";
    TOKEN_BY_ID = "SELECT id, person_id, service_account_id, label, scopes, created_at, expires_at, last_used_at
        FROM api_token WHERE id = $1 AND revoked_at IS NULL";
    TOKENS_REVOKE = "UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL";
    TOKENS_REVOKE_ACCOUNT = "UPDATE api_token SET revoked_at = $2
        WHERE service_account_id = $1 AND revoked_at IS NULL";
    TOKEN_REVOKE = "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";

    ACCOUNT_INSERT = "INSERT INTO service_account (id, name, active, created_at) VALUES ($1, $2, 1, $3)";
    ACCOUNTS = "SELECT id, name, active FROM service_account ORDER BY name LIMIT 1000";
    ACCOUNT = "SELECT id, name, active FROM service_account WHERE id = $1";
    ACCOUNT_BY_NAME = "SELECT id, name, active FROM service_account WHERE name = $1";
    ACCOUNT_ACTIVE = "UPDATE service_account SET active = $2 WHERE id = $1";
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// What the browser calls itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, within a minute.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

fn read_session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        person: row.get(1)?,
        user_agent: row.get(2)?,
        created_at: row.get(3)?,
        last_seen_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

/// Writes a new session.
pub fn insert(tx: &mut WriteTx<'_>, session: &Session, token_hash: &[u8; 32]) -> Result<()> {
    tx.execute(
        SESSION_INSERT,
        &[
            session.id.into(),
            session.person.into(),
            token_hash.into(),
            (&session.user_agent).into(),
            session.created_at.into(),
            session.expires_at.into(),
        ],
    )
    .map(drop)
}

/// The live session of an active person.
pub fn by_hash(tx: &mut ReadTx<'_>, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    tx.row(SESSION_BY_HASH, &[token_hash.into(), now.into()], read_session)
}

/// A person's live sessions, latest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId, now: Timestamp) -> Result<Vec<Session>> {
    tx.rows(SESSIONS_OF, &[person.into(), now.into()], read_session)
}

/// Notes that a session was seen, and lets it last longer.
pub fn touch(tx: &mut WriteTx<'_>, id: SessionId, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.execute(SESSION_TOUCH, &[id.into(), now.into(), expires_at.into()]).map(drop)
}

/// Ends one session of a person, and what its browser was told; `false` where there was none.
pub fn end(tx: &mut WriteTx<'_>, id: SessionId, person: PersonId, now: Timestamp) -> Result<bool> {
    push::delete_of_session(tx, person, id)?;
    Ok(tx.execute(SESSION_END, &[id.into(), person.into(), now.into()])? > 0)
}

/// Ends all live sessions of a person, and that browsers of theirs are told anything; says how many.
pub fn end_all(tx: &mut WriteTx<'_>, person: PersonId, now: Timestamp) -> Result<u64> {
    push::delete_of_person(tx, person)?;
    tx.execute(SESSIONS_END, &[person.into(), now.into()])
}

/// Ends all live sessions of a person but one, and what their browsers were told; says how many.
pub fn end_others(tx: &mut WriteTx<'_>, person: PersonId, keep: SessionId, now: Timestamp) -> Result<u64> {
    push::delete_of_others(tx, person, keep)?;
    tx.execute(SESSIONS_END_OTHERS, &[person.into(), keep.into(), now.into()])
}

/// A link that signs somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// Whom; nobody yet for the set-up link of the first administrator.
    pub person: Option<PersonId>,
    /// What it is for.
    pub purpose: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Writes a sign-in link.
pub fn insert_link(tx: &mut WriteTx<'_>, link: &SignInLink, token_hash: &[u8; 32]) -> Result<()> {
    tx.execute(
        LINK_INSERT,
        &[token_hash.into(), link.person.into(), (&link.purpose).into(), link.expires_at.into()],
    )
    .map(drop)
}

fn read_link(row: &Row<'_>) -> Result<SignInLink> {
    Ok(SignInLink {
        person: row.get(0)?,
        purpose: row.get(1)?,
        expires_at: row.get(2)?,
        used_at: row.get(3)?,
    })
}

/// The link with this secret, held against other writers.
pub fn lock_link(tx: &mut WriteTx<'_>, token_hash: &[u8; 32]) -> Result<Option<SignInLink>> {
    tx.row(LINK, &[token_hash.into()], read_link)
}

/// The link with this secret.
pub fn link(tx: &mut ReadTx<'_>, token_hash: &[u8; 32]) -> Result<Option<SignInLink>> {
    tx.row(LINK_SEEN, &[token_hash.into()], read_link)
}

/// Removes all links of a person.
pub fn clear_links_of(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(LINKS_OF_CLEAR, &[person.into()]).map(drop)
}

/// Notes that a link was used.
pub fn use_link(tx: &mut WriteTx<'_>, token_hash: &[u8; 32], now: Timestamp) -> Result<()> {
    tx.execute(LINK_USE, &[token_hash.into(), now.into()]).map(drop)
}

/// Removes all links of a purpose.
pub fn clear_links(tx: &mut WriteTx<'_>, purpose: &str) -> Result<()> {
    tx.execute(LINKS_CLEAR, &[purpose.into()]).map(drop)
}

/// How often signing in failed lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Failures since `since`.
    pub failures: u32,
    /// When counting began.
    pub since: Timestamp,
    /// Until when attempts are refused unseen.
    pub blocked_until: Timestamp,
}

/// The throttle of a key.
pub fn throttle(tx: &mut ReadTx<'_>, key: &str) -> Result<Option<Throttle>> {
    tx.row(THROTTLE, &[key.into()], |row| {
        Ok(Throttle { failures: row.get(0)?, since: row.get(1)?, blocked_until: row.get(2)? })
    })
}

/// The throttle of a key, held against other writers; a fresh one where there was none.
pub fn lock_throttle(tx: &mut WriteTx<'_>, key: &str, now: Timestamp) -> Result<Throttle> {
    tx.execute(THROTTLE_ROW, &[key.into(), now.into()])?;
    let throttle = tx.row(THROTTLE_LOCK, &[key.into()], |row| {
        Ok(Throttle { failures: row.get(0)?, since: row.get(1)?, blocked_until: row.get(2)? })
    })?;
    Ok(throttle.unwrap_or(Throttle { failures: 0, since: now, blocked_until: now }))
}

/// Replaces it.
pub fn set_throttle(tx: &mut WriteTx<'_>, key: &str, throttle: Throttle) -> Result<()> {
    tx.execute(
        THROTTLE_SET,
        &[key.into(), throttle.failures.into(), throttle.since.into(), throttle.blocked_until.into()],
    )
    .map(drop)
}

/// Removes it.
pub fn clear_throttle(tx: &mut WriteTx<'_>, key: &str) -> Result<()> {
    tx.execute(THROTTLE_CLEAR, &[key.into()]).map(drop)
}

/// Removes throttles that ended before `before`.
pub fn forget_throttles(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(THROTTLE_FORGET, &[before.into()])
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The person who owns it, or
    pub person: Option<PersonId>,
    /// the service account that does.
    pub service_account: Option<ServiceAccountId>,
    /// What it is called.
    pub label: String,
    /// The capabilities it narrows its owner to, space-separated; all of them where empty.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, within a minute.
    pub last_used_at: Option<Timestamp>,
}

fn read_token(row: &Row<'_>) -> Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        person: row.get(1)?,
        service_account: row.get(2)?,
        label: row.get(3)?,
        scopes: row.get(4)?,
        created_at: row.get(5)?,
        expires_at: row.get(6)?,
        last_used_at: row.get(7)?,
    })
}

/// Writes a new token.
pub fn insert_token(tx: &mut WriteTx<'_>, token: &Token, token_hash: &[u8; 32]) -> Result<()> {
    tx.execute(
        TOKEN_INSERT,
        &[
            token.id.into(),
            token.person.into(),
            token.service_account.into(),
            (&token.label).into(),
            token_hash.into(),
            (&token.scopes).into(),
            token.created_at.into(),
            token.expires_at.into(),
        ],
    )
    .map(drop)
}

/// The live token of an active owner.
pub fn token_by_hash(tx: &mut ReadTx<'_>, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Token>> {
    tx.row(TOKEN_BY_HASH, &[token_hash.into(), now.into()], read_token)
}

/// A person's tokens, latest first.
pub fn tokens_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Token>> {
    tx.rows(TOKENS_OF, &[person.into()], read_token)
}

/// A service account's tokens, latest first.
pub fn tokens_of_account(tx: &mut ReadTx<'_>, account: ServiceAccountId) -> Result<Vec<Token>> {
    tx.rows(TOKENS_OF_ACCOUNT, &[account.into()], read_token)
}

/// Notes that a token was used.
pub fn touch_token(tx: &mut WriteTx<'_>, id: TokenId, now: Timestamp) -> Result<()> {
    tx.execute(TOKEN_TOUCH, &[id.into(), now.into()]).map(drop)
}

/// The token with this id, unless it is revoked.
pub fn token(tx: &mut ReadTx<'_>, id: TokenId) -> Result<Option<Token>> {
    tx.row(TOKEN_BY_ID, &[id.into()], read_token)
}

/// Revokes all tokens of a person; says how many.
pub fn revoke_tokens_of(tx: &mut WriteTx<'_>, person: PersonId, now: Timestamp) -> Result<u64> {
    tx.execute(TOKENS_REVOKE, &[person.into(), now.into()])
}

/// Revokes all tokens of a service account; says how many.
pub fn revoke_tokens_of_account(
    tx: &mut WriteTx<'_>,
    account: ServiceAccountId,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(TOKENS_REVOKE_ACCOUNT, &[account.into(), now.into()])
}

/// Revokes a token; `false` where it was revoked before.
pub fn revoke_token(tx: &mut WriteTx<'_>, id: TokenId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(TOKEN_REVOKE, &[id.into(), now.into()])? > 0)
}

/// A program that acts on behalf of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// Its name, shown behind "via".
    pub name: String,
    /// Whether its tokens work.
    pub active: bool,
}

fn read_account(row: &Row<'_>) -> Result<ServiceAccount> {
    Ok(ServiceAccount { id: row.get(0)?, name: row.get(1)?, active: row.get(2)? })
}

/// Writes a new service account.
pub fn insert_account(tx: &mut WriteTx<'_>, account: &ServiceAccount, at: Timestamp) -> Result<()> {
    tx.execute(ACCOUNT_INSERT, &[account.id.into(), (&account.name).into(), at.into()]).map(drop)
}

/// All service accounts, by name.
pub fn accounts(tx: &mut ReadTx<'_>) -> Result<Vec<ServiceAccount>> {
    tx.rows(ACCOUNTS, &[], read_account)
}

/// The service account with this id.
pub fn account(tx: &mut ReadTx<'_>, id: ServiceAccountId) -> Result<Option<ServiceAccount>> {
    tx.row(ACCOUNT, &[id.into()], read_account)
}

/// The service account with this name.
pub fn account_by_name(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<ServiceAccount>> {
    tx.row(ACCOUNT_BY_NAME, &[name.into()], read_account)
}

/// Lets a service account's tokens work, or not.
pub fn set_account_active(tx: &mut WriteTx<'_>, id: ServiceAccountId, active: bool) -> Result<bool> {
    Ok(tx.execute(ACCOUNT_ACTIVE, &[id.into(), active.into()])? > 0)
}
