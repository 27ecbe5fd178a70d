//! Who leads whom.

use domain::PersonId;

use crate::{ReadTx, Result, WriteTx, statement::statements};

statements! {
    SET = "INSERT INTO person_manager (person_id, manager_id) VALUES ($1, $2)
        ON CONFLICT (person_id) DO UPDATE SET manager_id = excluded.manager_id";
    CLEAR = "DELETE FROM person_manager WHERE person_id = $1";
    OF = "SELECT manager_id FROM person_manager WHERE person_id = $1";
    LEADS = "SELECT COUNT(*) FROM person_manager WHERE manager_id = $1";
}

/// Writes down who leads somebody, or that nobody does.
pub fn set(tx: &mut WriteTx<'_>, person: PersonId, manager: Option<PersonId>) -> Result<()> {
    match manager {
        Some(manager) => tx.execute(SET, &[person.into(), manager.into()]).map(drop),
        None => tx.execute(CLEAR, &[person.into()]).map(drop),
    }
}

/// Who leads somebody.
pub fn of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<PersonId>> {
    tx.row(OF, &[person.into()], |row| row.get(0))
}

/// How many somebody leads.
pub fn leads(tx: &mut ReadTx<'_>, manager: PersonId) -> Result<u64> {
    Ok(tx.row(LEADS, &[manager.into()], |row| row.get(0))?.unwrap_or_default())
}
