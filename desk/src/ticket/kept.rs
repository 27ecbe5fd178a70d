//! What technicians keep for themselves or for each other: text modules, macros and views. Whose they are, who changes them
//! and how many there may be is the same of all.

use domain::{PersonId, identity::Capability, ticket::UsedBy};
use serde_json::{Map, json};
use store::{
    ReadTx,
    kept::{self, Keeps, Kept},
};

use crate::{Act, Look, Refused, Result, Threshold};

/// The most that one person keeps for themselves, of each.
const OWN: u32 = 200;
/// The most that everybody uses, of each.
const SHARED: u32 = 500;

/// Its author changes it, and of those that everybody uses an administrator too. To others one that is not theirs to use
/// is not there.
pub(super) fn must_be_changeable<I: Keeps>(
    at: &mut Threshold<'_, '_>,
    id: I,
    what: &'static str,
) -> Result<()> {
    let it = kept::by_id(at.tx, id)?.ok_or(Refused::NotFound(what))?;
    if may_change(&it, at.person(), at.may(Capability::Admin)) {
        return Ok(());
    }
    match it.used_by {
        UsedBy::Author => Err(Refused::NotFound(what)),
        UsedBy::Everybody => Err(Refused::Rule(format!(
            "{} wrote this {what}; ask them or an administrator, or write one of your own",
            it.author_name
        ))),
    }
}

fn may_change<I: Keeps>(it: &Kept<I>, who: Option<PersonId>, admin: bool) -> bool {
    who == Some(it.author) || (admin && it.used_by == UsedBy::Everybody)
}

/// Whose it is that is written anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Its first author's.
    Author,
    /// Whoever's writes it last: they answer for what it does.
    Writer,
}

/// Writes one, new or changed, and the act's detail with it.
pub(super) fn keep<I: Keeps + From<uuid::Uuid> + serde::Serialize>(
    act: &mut Act<'_, '_>,
    id: Option<I>,
    (name, content, used_by): (String, I::Content, UsedBy),
    (what, whose): (&'static str, Whose),
) -> Result<I> {
    let before = match id {
        Some(id) => Some(kept::by_id(act.tx, id)?.ok_or(Refused::NotFound(what))?),
        None => None,
    };
    let author = match &before {
        Some(before) if whose == Whose::Author => before.author,
        _ => act.person().ok_or(Refused::NotFound("person"))?,
    };
    if before.as_ref().is_none_or(|before| before.used_by != used_by) {
        let most = match used_by {
            UsedBy::Author => OWN,
            UsedBy::Everybody => SHARED,
        };
        if kept::count::<I>(act.tx, used_by, author)? >= most {
            return Err(Refused::Rule(format!("there are {most} of them already; remove one first")));
        }
    }
    let id = before.as_ref().map_or_else(|| act.new_id(), |before| before.id);
    let after =
        Kept { id, author, author_name: String::new(), used_by, name, content, changed_at: act.now() };
    kept::put(act.tx, &after)?;
    let mut detail = told(&after);
    detail.insert("before".to_owned(), json!(before.as_ref().map(told)));
    act.detail = detail.into();
    Ok(id)
}

/// Removes one, and says in the act's detail what it was.
pub(super) fn remove<I: Keeps + serde::Serialize>(
    act: &mut Act<'_, '_>,
    id: I,
    what: &'static str,
) -> Result<()> {
    let it = kept::by_id(act.tx, id)?.ok_or(Refused::NotFound(what))?;
    kept::delete(act.tx, id)?;
    let mut detail = told(&it);
    detail.insert("removed".to_owned(), true.into());
    act.detail = detail.into();
    Ok(())
}

fn told<I: Keeps + serde::Serialize>(it: &Kept<I>) -> Map<String, serde_json::Value> {
    let (name, content) = I::NAMES;
    [
        (name, json!(it.id)),
        ("name", json!(it.name)),
        (content, json!(it.content)),
        ("used_by", json!(it.used_by)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect()
}

/// Those that a person may use: their own, then everybody's, by name; at most so many, where not all are wanted.
pub(super) fn usable<I: Keeps>(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    most: Option<u32>,
) -> Result<Vec<Kept<I>>> {
    let most = most.unwrap_or(OWN + SHARED);
    let mut usable = kept::own(tx, person, most.min(OWN))?;
    let left = most.saturating_sub(u32::try_from(usable.len()).unwrap_or(most));
    usable.extend(kept::shared(tx, left.min(SHARED))?);
    Ok(usable)
}

/// Whether whoever looks may change it.
pub(super) fn changeable<I: Keeps>(look: &Look<'_, '_>, it: &Kept<I>) -> bool {
    may_change(it, look.person(), look.may(Capability::Admin))
}
