//! What a feature set is to somebody who lacks it, or wonders: which licences give it, and who has it.

use domain::{
    LicenceId,
    identity::Capability,
    licence::{Licence, Metric, Module, TermPhase},
};
use serde::Serialize;
use store::licence;

use super::{Names, PersonName};
use crate::{Look, Query, Refused, Result};

/// As many people of one licence are named; the rest are counted.
const NAMED: u32 = 24;

/// A module, or the base product.
#[derive(Debug, Clone, Copy)]
pub struct ModuleAccess {
    /// Which; `None` is the base product.
    pub module: Option<Module>,
}

/// The answer to [`ModuleAccess`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleView {
    /// Which; `None` is the base product.
    pub module: Option<Module>,
    /// The licence by which the reader has it: their seat, or the first pool that they may take tokens of.
    pub mine: Option<LicenceId>,
    /// Everything that gives it, in order of preference.
    pub licences: Vec<ModuleLicence>,
}

/// A licence that gives a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleLicence {
    /// Which one.
    pub id: LicenceId,
    /// What people call it.
    pub name: String,
    /// How it is counted.
    pub metric: Metric,
    /// Seats, tokens or passes.
    pub quantity: u32,
    /// Where in its term it is.
    pub phase: TermPhase,
    /// On its seats, or entitled to its tokens.
    pub holders: u64,
    /// Some of them: the first by seat, or by name.
    pub people: Vec<PersonName>,
}

impl Query for ModuleAccess {
    type Answer = ModuleView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<ModuleView> {
        if !look.may(Capability::TicketRead) {
            look.require(Capability::LicenceRead, "module")?;
        }
        let person = look.person().ok_or(Refused::NotFound("module"))?;
        let (module, now) = (self.module, look.ctx.now);
        let mut licences = Vec::new();
        for licence in licence::all(look.tx)? {
            if licence.module == module && licence.metric != Metric::Requester {
                licences.push(described(look, &licence)?);
            }
        }
        let seat = licence::seats_of(look.tx, person, module)?
            .into_iter()
            .find(|(licence, assignment)| licence.term.runs(now) && assignment.held_at(now));
        let mine = if let Some((licence, _)) = seat {
            Some(licence.id)
        } else {
            let pools = licence::pools_of(look.tx, person, module)?;
            pools.into_iter().find(|pool| pool.term.runs(now)).map(|pool| pool.id)
        };
        Ok(ModuleView { module, mine, licences })
    }
}

fn described(look: &mut Look<'_, '_>, licence: &Licence) -> Result<ModuleLicence> {
    let (holders, people) = if licence.metric == Metric::Exclusive {
        let seats = licence::assignments(look.tx, licence.id)?;
        let names = Names::of(look.tx, seats.iter().take(NAMED as usize).map(|seat| seat.person))?;
        let people = seats.iter().take(NAMED as usize).map(|seat| names.name(seat.person)).collect();
        (seats.len() as u64, people)
    } else {
        let entitled = licence::entitled(look.tx, licence.id, None, NAMED)?;
        let people = entitled.into_iter().map(|row| PersonName { id: row.person, name: row.name }).collect();
        (licence::entitled_count(look.tx, licence.id)?, people)
    };
    Ok(ModuleLicence {
        id: licence.id,
        name: licence.name.clone(),
        metric: licence.metric,
        quantity: licence.quantity,
        phase: licence.term.phase(look.ctx.now),
        holders,
        people,
    })
}
