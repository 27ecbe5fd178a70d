//! Licences at the door: the verdict of each act, the pools, the licence manager's commands, and the answers to "why?".

mod checkout;
mod decide;
mod denials;
mod history;
mod manage;
mod module;
mod names;
mod pool;
mod seat;
mod standing;
mod upkeep;
mod usage;
mod view;
mod why;

pub use checkout::{CheckOut, CheckedOut, Checkout, InLine, KeptHold, RecallNotice, ReturnCheckout};
pub(crate) use decide::decide;
pub use denials::{DENIAL_TOLERANCE, DenialNext, DenialView, Denials};
pub use domain::licence::usage::{CapacityChange, Resolution};
pub use history::{HistoryPlaced, ImportPoolHistory, Unplaced};
pub use manage::{
    AddLicence, ChangeLicence, EndEntitlement, Entitle, Entitled, GrantGrace, PreferLicences, RelateLicence,
    ShareOut, TermDates,
};
pub use module::{ModuleAccess, ModuleLicence, ModuleView};
pub(crate) use names::Names;
pub use names::{Page, PersonName};
pub use pool::{BorrowToken, DeclineOffer, ForceRelease, JoinQueue, LeaveQueue, ReleaseToken, TakeOffer};
pub use seat::{AssignSeat, EverythingEnded, RevokeSeat, SeatAssigned};
pub(crate) use seat::{end_everything_of, has_anything};
pub use standing::{Lost, MySeat, MySeatView, Standing, StandingKind};
pub use upkeep::Settled;
pub(crate) use usage::concurrency_between;
pub use usage::{
    GroupUse, HeldAt, HoldersAt, HourUse, LevelBucket, LevelStep, LevelTime, LicenceUsage, PersonUse,
    UsagePeak, UsageView,
};
pub(crate) use view::zone_of;
pub use view::{
    EntitledPeople, EntitledPerson, LicenceDetail, LicenceDetailView, LicenceGroups, LicenceList,
    LicenceSeats, LicenceSummary, OfferView, PassView, QueueEntryView, QueueView, SeatHolderView, SeatView,
    TokenView,
};
pub use why::{ExplainHolding, HoldingExplained};

use domain::{LicenceId, identity::Capability};
use store::licence;

use crate::{Refused, Result, Threshold};

/// The licence that a command is aimed at, if the caller may know of it: who reads licences knows all of them, everybody
/// else those they are entitled to.
fn aim(at: &mut Threshold<'_, '_>, id: LicenceId) -> Result<()> {
    let known = match at.person() {
        _ if at.may(Capability::LicenceRead) => licence::version(at.tx, id)?.is_some(),
        Some(person) => licence::is_entitled(at.tx, person, id)?,
        None => false,
    };
    if !known {
        return Err(Refused::NotFound("licence"));
    }
    at.aim(id);
    Ok(())
}

/// The reason that somebody gave, which is kept with the record.
pub(crate) fn reason(text: &str) -> Result<&str> {
    const LIMIT: usize = 2_000;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LIMIT {
        return Err(Refused::field(
            "because",
            format!("say in a sentence why, in at most {LIMIT} characters"),
        ));
    }
    Ok(text)
}
