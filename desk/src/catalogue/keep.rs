//! Looking after the catalogue: an administrator's work. Each change is a version, and none is forgotten.

use domain::{CatalogueItemId, catalogue::CatalogueItem, identity::Capability, licence::Action};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, catalogue, person};

use crate::{Act, Command, FieldError, Refused, Result, Threshold};

/// More than anybody looks through.
pub(super) const MOST: u32 = 300;
pub(super) const ITEM: &str = "item of the catalogue";

/// Which item was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemWritten {
    /// Its id.
    pub id: CatalogueItemId,
    /// Its version now.
    pub version: u64,
}

/// Writes an item of the catalogue, or changes it. What was requested before stays as it was asked.
#[derive(Debug, Clone)]
pub struct WriteItem {
    /// The one that is there; without it, a new one.
    pub id: Option<CatalogueItemId>,
    /// The item as it is to be.
    pub item: CatalogueItem,
    /// The version that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for WriteItem {
    type Outcome = ItemWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(id) = self.id {
            let found = catalogue::by_id(at.tx, id)?.filter(|_| at.may(Capability::Admin));
            found.ok_or(Refused::NotFound(ITEM))?;
            at.aim(id);
        }
        Ok(Action::CatalogueChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ItemWritten> {
        let mut before = None;
        let (id, version) = match self.id {
            Some(id) => {
                let current = catalogue::lock(act.tx, id)?.ok_or(Refused::NotFound(ITEM))?;
                if self.if_version.is_some_and(|version| version != current) {
                    return Err(Refused::Stale { current });
                }
                before = catalogue::by_id(act.tx, id)?.map(|listed| listed.item);
                (id, current + 1)
            }
            None if catalogue::count(act.tx)? >= MOST => {
                return Err(Refused::Rule(format!(
                    "the catalogue has {MOST} items; change one that is no longer offered instead"
                )));
            }
            None => (act.new_id(), 1),
        };
        let item = act.checked(self.item)?;
        if catalogue::id_by_name(act.tx, item.name.as_str())?.is_some_and(|other| other != id) {
            return Err(name_taken());
        }
        catalogue::put(act.tx, id, version, &item, act.person(), act.now()).map_err(|error| match error {
            StoreError::Duplicate { .. } => name_taken(),
            error => error.into(),
        })?;
        act.target = id.into();
        act.detail = match before {
            Some(before) => {
                json!({ "version": version, "changed": crate::ticket::difference_of(&before, &item) })
            }
            None => json!({ "item": item }),
        };
        Ok(ItemWritten { id, version })
    }
}

fn name_taken() -> Refused {
    Refused::field("name", "another item of the catalogue is called so; choose another name")
}

impl Act<'_, '_> {
    /// The item, if everything that it names is there.
    fn checked(&mut self, mut item: CatalogueItem) -> Result<CatalogueItem> {
        item.approvers.sort_unstable();
        item.approvers.dedup();
        let mut errors: Vec<_> = item
            .errors()
            .iter()
            .map(|error| FieldError { field: error.field().to_owned(), message: error.to_string() })
            .collect();
        if let Some(group) = item.group
            && person::team(self.tx, group)?.is_none()
        {
            errors.push(FieldError {
                field: "group".to_owned(),
                message: "there is no such group; choose another".to_owned(),
            });
        }
        for approver in &item.approvers {
            if person::by_id(self.tx, *approver)?.is_none_or(|person| !person.active) {
                errors.push(FieldError {
                    field: "approvers".to_owned(),
                    message: "one of them cannot sign in any more; name somebody else".to_owned(),
                });
            }
        }
        if errors.is_empty() { Ok(item) } else { Err(Refused::Invalid(errors)) }
    }
}
