//! Whether the desk takes tickets of guests. It does not, until an administrator says so.

use domain::{identity::Capability, licence::Action};
use serde::{Deserialize, Serialize};
use store::{ReadTx, StoreError, setting};

use crate::{
    Act, Command, Desk, Look, Query, Result, Threshold,
    settings::{SettingChanged, replace},
};

/// The key among the settings.
const GUESTS: &str = "guests";

/// Whether guests may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guests {
    /// Whether the page for guests takes new tickets. Who follows a ticket goes on following it either way.
    pub open: bool,
}

pub(super) fn guests(tx: &mut ReadTx<'_>) -> Result<(Guests, u64)> {
    let Some((text, version)) = setting::get(tx, GUESTS)? else { return Ok((Guests::default(), 0)) };
    let guests = serde_json::from_str(&text)
        .map_err(|error| StoreError::Engine(format!("the setting {GUESTS} cannot be read: {error}")))?;
    Ok((guests, version))
}

/// Opens the desk to guests, or closes it to them.
#[derive(Debug, Clone, Copy)]
pub struct SetGuests {
    /// Whether they may write.
    pub guests: Guests,
    /// The version that was looked at; 0 before the first change.
    pub version: u64,
}

impl Command for SetGuests {
    type Outcome = SettingChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::GuestsChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SettingChanged> {
        let (before, _) = guests(act.tx)?;
        replace(act, GUESTS, self.version, &before, &self.guests)
    }
}

/// Whether guests may write, and the version of that, for technicians and administrators.
#[derive(Debug, Clone, Copy)]
pub struct GuestsSetting;

impl Query for GuestsSetting {
    type Answer = (Guests, u64);

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        if !look.may(Capability::TicketRead) {
            look.require(Capability::Admin, "setting")?;
        }
        guests(look.tx)
    }
}

impl Desk {
    /// Whether guests may write: what the sign-in page asks.
    pub async fn is_open_to_guests(&self) -> Result<bool> {
        self.read(|tx| Ok(guests(tx)?.0.open)).await
    }
}
