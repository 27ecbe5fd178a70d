//! People, their roles and groups.

use domain::{GroupId, Language, PersonId, Timestamp, identity::Role};

use crate::{Question, ReadTx, Result, Row, Value, WriteTx, statement::statements};

macro_rules! person_columns {
    () => {
        "p.id, p.name, p.email, p.title, p.department, p.location, p.zone, p.active, p.version, p.created_at, p.language"
    };
}

statements! {
    INSERT = "INSERT INTO person (id, name, email, title, department, location, zone, active, version, created_at,
            external_source, external_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    UPDATE = "UPDATE person SET name = $2, email = $3, title = $4, department = $5, location = $6, zone = $7,
            active = $8, version = $9 WHERE id = $1";
    BY_ID = concat!("SELECT ", person_columns!(), " FROM person p WHERE p.id = $1");
    LOCK = concat!("SELECT ", person_columns!(), " FROM person p WHERE p.id = $1 FOR UPDATE");
    BY_EMAIL = concat!("SELECT ", person_columns!(), " FROM person p WHERE p.email = $1");
    ID_BY_EXTERNAL = "SELECT id FROM person WHERE external_source = $1 AND external_key = $2";
    ALL_BY_NAME = concat!(
        "SELECT ", person_columns!(), " FROM person p
         WHERE (p.name, p.id) > ($1, $2) ORDER BY p.name, p.id LIMIT $3"
    );
    WITH_ROLE = concat!(
        "SELECT ", person_columns!(), " FROM person_role r JOIN person p ON p.id = r.person_id
         WHERE r.role = $1 AND p.active = 1 ORDER BY p.name, p.id LIMIT 1000"
    );
    NAMES = "SELECT id, name FROM person WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
        $16)";
    FOUND_BY_NAME = concat!(
        "SELECT ", person_columns!(), " FROM person p
         WHERE (p.name, p.id) > ($1, $2)
           AND (lower(p.name) LIKE $4 ESCAPE '!' OR p.name LIKE $5 ESCAPE '!' OR p.email LIKE $4 ESCAPE '!')
           AND (p.external_source IS NULL OR p.external_source <> 'urn:freehold:guest')
         ORDER BY p.name, p.id LIMIT $3"
    );
    ADMINISTRATORS = "SELECT p.id, p.active * (SELECT COUNT(*) FROM person_role r WHERE r.person_id = p.id AND r.role = 'admin')
        FROM person p
        WHERE p.id = $1 OR p.id IN (SELECT person_id FROM person_role WHERE role = 'admin') ORDER BY p.id FOR UPDATE";
    CREDENTIAL = "SELECT id, email, password_hash FROM person WHERE email = $1 AND active = 1";
    EXTERNAL_SET = "UPDATE person SET external_source = $2, external_key = $3
        WHERE id = $1 AND external_key IS NULL";
    NAME = "SELECT name FROM person WHERE id = $1";
    ANYBODY = "SELECT 1 FROM person LIMIT 1";
    PASSWORD = "SELECT password_hash FROM person WHERE id = $1";
    SET_PASSWORD = "UPDATE person SET password_hash = $2 WHERE id = $1";
    SET_LANGUAGE = "UPDATE person SET language = $2 WHERE id = $1";
    FORGET_PASSWORD = "UPDATE person SET password_hash = NULL WHERE id = $1";

    ACTIVE_ROLES = "SELECT r.role FROM person p LEFT JOIN person_role r ON r.person_id = p.id
        WHERE p.id = $1 AND p.active = 1";
    ROLES = "SELECT role FROM person_role WHERE person_id = $1 ORDER BY role";
    ROLE_ADD = "INSERT INTO person_role (person_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    ROLES_CLEAR = "DELETE FROM person_role WHERE person_id = $1";

    TEAM_INSERT = "INSERT INTO team (id, name, created_at) VALUES ($1, $2, $3)";
    TEAMS = "SELECT id, name FROM team ORDER BY name LIMIT 1000";
    TEAM = "SELECT id, name FROM team WHERE id = $1";
    TEAM_BY_NAME = "SELECT id, name FROM team WHERE name = $1";
    TEAM_RENAME = "UPDATE team SET name = $2 WHERE id = $1";
    TEAMS_OF = "SELECT g.id, g.name FROM team_member m JOIN team g ON g.id = m.team_id
        WHERE m.person_id = $1 ORDER BY g.name";
    MEMBERS = concat!(
        "SELECT ", person_columns!(), " FROM team_member m JOIN person p ON p.id = m.person_id
         WHERE m.team_id = $1 ORDER BY p.name, p.id LIMIT 1000"
    );
    MEMBERSHIPS = "SELECT person_id, team_id FROM team_member ORDER BY person_id, team_id";
    MEMBER_ADD = "INSERT INTO team_member (team_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    MEMBER_REMOVE = "DELETE FROM team_member WHERE team_id = $1 AND person_id = $2";
}

/// A human being known to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name, as they write it.
    pub name: String,
    /// Their address, in lower case; they sign in with it.
    pub email: String,
    /// Their job.
    pub title: String,
    /// Where in the organisation.
    pub department: String,
    /// Where in the world.
    pub location: String,
    /// Their time zone, an IANA name.
    pub zone: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Grows with every change.
    pub version: u64,
    /// Since when the desk knows them.
    pub created_at: Timestamp,
    /// The language that they chose, if they chose one.
    pub language: Option<Language>,
}

fn read_person(row: &Row<'_>) -> Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        title: row.get(3)?,
        department: row.get(4)?,
        location: row.get(5)?,
        zone: row.get(6)?,
        active: row.get(7)?,
        version: row.get(8)?,
        created_at: row.get(9)?,
        language: row.get::<Option<String>>(10)?.as_deref().and_then(Language::parse),
    })
}

/// Writes a new person; `external` is what another system calls them (source, key).
pub fn insert(tx: &mut WriteTx<'_>, person: &Person, external: Option<(&str, &str)>) -> Result<()> {
    tx.execute(
        INSERT,
        &[
            person.id.into(),
            (&person.name).into(),
            (&person.email).into(),
            (&person.title).into(),
            (&person.department).into(),
            (&person.location).into(),
            (&person.zone).into(),
            person.active.into(),
            person.version.into(),
            person.created_at.into(),
            external.map(|(source, _)| source).into(),
            external.map(|(_, key)| key).into(),
        ],
    )
    .map(drop)
}

/// Writes what a person has become.
pub fn update(tx: &mut WriteTx<'_>, person: &Person) -> Result<()> {
    tx.execute(
        UPDATE,
        &[
            person.id.into(),
            (&person.name).into(),
            (&person.email).into(),
            (&person.title).into(),
            (&person.department).into(),
            (&person.location).into(),
            (&person.zone).into(),
            person.active.into(),
            person.version.into(),
        ],
    )
    .map(drop)
}

/// The person with this id.
pub fn by_id(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<Person>> {
    tx.row(BY_ID, &[id.into()], read_person)
}

/// The person with this id, held against other writers.
pub fn lock(tx: &mut WriteTx<'_>, id: PersonId) -> Result<Option<Person>> {
    tx.row(LOCK, &[id.into()], read_person)
}

/// The person with this address, which is compared in lower case.
pub fn by_email(tx: &mut ReadTx<'_>, email: &str) -> Result<Option<Person>> {
    tx.row(BY_EMAIL, &[email.trim().to_lowercase().into()], read_person)
}

/// The person whom another system calls so.
pub fn id_by_external(tx: &mut ReadTx<'_>, source: &str, key: &str) -> Result<Option<PersonId>> {
    tx.row(ID_BY_EXTERNAL, &[source.into(), key.into()], |row| row.get(0))
}

/// A page of everybody, by name.
pub fn all(tx: &mut ReadTx<'_>, after: Option<(&str, &str)>, limit: u32) -> Result<Vec<Person>> {
    let (name, id) = after.unwrap_or_default();
    tx.rows(ALL_BY_NAME, &[name.into(), id.into(), limit.into()], read_person)
}

/// A page of those whose name or address contains `text`, by name.
pub fn found(
    tx: &mut ReadTx<'_>,
    text: &str,
    after: Option<(&str, &str)>,
    limit: u32,
) -> Result<Vec<Person>> {
    let (name, id) = after.unwrap_or_default();
    // One engine lowers ASCII alone: what is typed as it is written is found by both.
    let (lower, typed) = (containing(&text.to_lowercase()), containing(text));
    let values = [name.into(), id.into(), limit.into(), lower.into(), typed.into()];
    tx.rows(FOUND_BY_NAME, &values, read_person)
}

/// A pattern for `LIKE … ESCAPE '!'`.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The active administrators, held against other writers, so that two of them cannot remove each other; and with them, in the
/// same order by id, the person who is about to be changed.
pub fn lock_administrators(tx: &mut WriteTx<'_>, changed: Option<PersonId>) -> Result<Vec<PersonId>> {
    let rows = tx.rows(ADMINISTRATORS, &[changed.into()], |row| Ok((row.get(0)?, row.get::<bool>(1)?)))?;
    Ok(rows.into_iter().filter(|(_, administers)| *administers).map(|(id, _)| id).collect())
}

/// What an active person signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Who they are.
    pub person: PersonId,
    /// Their address.
    pub email: String,
    /// The hash of their password in PHC form, if they have one.
    pub password_hash: Option<String>,
}

/// The credential of the active person with this address, which is compared in lower case.
pub fn credential(tx: &mut ReadTx<'_>, email: &str) -> Result<Option<Credential>> {
    tx.row(CREDENTIAL, &[email.trim().to_lowercase().into()], |row| {
        Ok(Credential { person: row.get(0)?, email: row.get(1)?, password_hash: row.get(2)? })
    })
}

/// Notes what another system calls a person, unless one does already.
pub fn set_external(tx: &mut WriteTx<'_>, id: PersonId, source: &str, key: &str) -> Result<bool> {
    Ok(tx.execute(EXTERNAL_SET, &[id.into(), source.into(), key.into()])? > 0)
}

/// Active people with a role, by name, at most 1000.
pub fn with_role(tx: &mut ReadTx<'_>, role: Role) -> Result<Vec<Person>> {
    tx.rows(WITH_ROLE, &[role.as_str().into()], read_person)
}

/// A person's name.
pub fn name(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<String>> {
    tx.row(NAME, &[id.into()], |row| row.get(0))
}

/// The names of several people, in one statement for every sixteen.
pub fn names(
    tx: &mut ReadTx<'_>,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<std::collections::HashMap<PersonId, String>> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = std::collections::HashMap::with_capacity(ids.len());
    for some in ids.chunks(16) {
        let mut params = [const { Value::Null }; 16];
        for (param, id) in params.iter_mut().zip(some) {
            *param = (*id).into();
        }
        tx.each(NAMES, &params, |row| {
            names.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    Ok(names)
}

/// Whether the desk knows anybody yet.
pub fn anybody(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(tx.row(ANYBODY, &[], |_| Ok(()))?.is_some())
}

/// The hash of a person's password, in PHC form.
pub fn password_hash(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<String>> {
    Ok(tx.row(PASSWORD, &[id.into()], |row| row.get(0))?.flatten())
}

/// Replaces it.
pub fn set_password_hash(tx: &mut WriteTx<'_>, id: PersonId, hash: &str) -> Result<()> {
    tx.execute(SET_PASSWORD, &[id.into(), hash.into()]).map(drop)
}

/// Notes the language that they chose.
pub fn set_language(tx: &mut WriteTx<'_>, id: PersonId, language: Language) -> Result<()> {
    tx.execute(SET_LANGUAGE, &[id.into(), language.as_str().into()]).map(drop)
}

/// Removes it: the person needs a link to sign in.
pub fn forget_password(tx: &mut WriteTx<'_>, id: PersonId) -> Result<()> {
    tx.execute(FORGET_PASSWORD, &[id.into()]).map(drop)
}

/// A person's roles.
pub fn roles(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Vec<Role>> {
    tx.rows(ROLES, &[id.into()], |row| row.get(0))
}

/// The roles of a person who is known and active; `None` of anybody else.
pub fn active_roles(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<Vec<Role>>> {
    let rows: Vec<Option<Role>> = tx.rows(ACTIVE_ROLES, &[id.into()], |row| row.get(0))?;
    Ok((!rows.is_empty()).then(|| rows.into_iter().flatten().collect()))
}

/// What [`active_roles`] will ask.
pub fn roles_question(id: PersonId) -> Question {
    Question::new(ACTIVE_ROLES, [id.into()])
}

/// Replaces them.
pub fn set_roles(tx: &mut WriteTx<'_>, id: PersonId, roles: &[Role]) -> Result<()> {
    tx.execute(ROLES_CLEAR, &[id.into()])?;
    for role in roles {
        tx.execute(ROLE_ADD, &[id.into(), role.as_str().into()])?;
    }
    Ok(())
}

/// A group: a team that owns a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

fn read_team(row: &Row<'_>) -> Result<Team> {
    Ok(Team { id: row.get(0)?, name: row.get(1)? })
}

/// Writes a new group.
pub fn insert_team(tx: &mut WriteTx<'_>, team: &Team, at: Timestamp) -> Result<()> {
    tx.execute(TEAM_INSERT, &[team.id.into(), (&team.name).into(), at.into()]).map(drop)
}

/// Gives a group another name.
pub fn rename_team(tx: &mut WriteTx<'_>, team: GroupId, name: &str) -> Result<bool> {
    Ok(tx.execute(TEAM_RENAME, &[team.into(), name.into()])? > 0)
}

/// All groups, by name.
pub fn teams(tx: &mut ReadTx<'_>) -> Result<Vec<Team>> {
    tx.rows(TEAMS, &[], read_team)
}

/// The group with this id.
pub fn team(tx: &mut ReadTx<'_>, id: GroupId) -> Result<Option<Team>> {
    tx.row(TEAM, &[id.into()], read_team)
}

/// The group with this name.
pub fn team_by_name(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<Team>> {
    tx.row(TEAM_BY_NAME, &[name.into()], read_team)
}

/// A person's groups.
pub fn teams_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Team>> {
    tx.rows(TEAMS_OF, &[person.into()], read_team)
}

/// A group's members.
pub fn members(tx: &mut ReadTx<'_>, team: GroupId) -> Result<Vec<Person>> {
    tx.rows(MEMBERS, &[team.into()], read_person)
}

/// Who is in which group, all of it, by person.
pub fn memberships(tx: &mut ReadTx<'_>) -> Result<Vec<(PersonId, GroupId)>> {
    tx.rows(MEMBERSHIPS, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds a member.
pub fn add_member(tx: &mut WriteTx<'_>, team: GroupId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(MEMBER_ADD, &[team.into(), person.into()])? > 0)
}

/// Removes one.
pub fn remove_member(tx: &mut WriteTx<'_>, team: GroupId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(MEMBER_REMOVE, &[team.into(), Value::from(person)])? > 0)
}
