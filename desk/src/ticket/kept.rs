//! What technicians keep for themselves or for each other: text modules and macros.

use domain::{PersonId, identity::Capability, ticket::UsedBy};

use crate::{Refused, Result, Threshold};

/// The most that one person keeps for themselves, of each.
pub(super) const OWN: u32 = 200;
/// The most that everybody uses, of each.
pub(super) const SHARED: u32 = 500;

/// Its author changes it, and of those that everybody uses an administrator too. To others one that is not theirs to use
/// is not there.
pub(super) fn must_be_changeable(
    at: &Threshold<'_, '_>,
    (author, author_name): (PersonId, &str),
    used_by: UsedBy,
    what: &'static str,
) -> Result<()> {
    if at.person() == Some(author) {
        return Ok(());
    }
    match used_by {
        UsedBy::Author => Err(Refused::NotFound(what)),
        UsedBy::Everybody if at.may(Capability::Admin) => Ok(()),
        UsedBy::Everybody => Err(Refused::Rule(format!(
            "{author_name} wrote this {what}; ask them or an administrator, or write one of your own"
        ))),
    }
}

/// One more needs room beside those that there are.
pub(super) fn must_have_room(count: u32, used_by: UsedBy) -> Result<()> {
    let most = match used_by {
        UsedBy::Author => OWN,
        UsedBy::Everybody => SHARED,
    };
    if count >= most {
        return Err(Refused::Rule(format!("there are {most} of them already; remove one first")));
    }
    Ok(())
}
