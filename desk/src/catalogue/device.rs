//! What people work with: said by an administrator, chosen by whoever raises a ticket, shown to technicians.

use domain::{
    DeviceId, PersonId,
    catalogue::DeviceKind,
    identity::Capability,
    licence::Action,
    ticket::{AssetTag, DeviceName, SerialNumber},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    device::{self, Device},
    person,
};

use crate::{Act, Command, Look, Query, Refused, Result, Threshold, ticket::TicketRef};

/// More than anybody works with.
const MOST: usize = 30;
const DEVICE: &str = "device";

/// What is known of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFields {
    /// What people call it.
    pub name: DeviceName,
    /// What kind of thing it is.
    pub kind: DeviceKind,
    /// The number that its maker gave it.
    pub serial: Option<SerialNumber>,
    /// The number that its owner gave it.
    pub tag: Option<AssetTag>,
}

impl DeviceFields {
    fn with(self, id: DeviceId) -> Device {
        let Self { name, kind, serial, tag } = self;
        Device { id, name, kind, serial, tag }
    }
}

/// Says that somebody works with a device.
#[derive(Debug, Clone)]
pub struct AddDevice {
    /// Who.
    pub person: PersonId,
    /// With what.
    pub device: DeviceFields,
}

impl Command for AddDevice {
    type Outcome = DeviceView;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.aim(self.person);
        Ok(Action::DeviceChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<DeviceView> {
        // Held, so that the number of their devices is counted rightly.
        person::lock(act.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        if device::of_person(act.tx, self.person)?.len() >= MOST {
            return Err(Refused::Rule(format!("they have {MOST} devices already; remove one that is gone")));
        }
        let device = self.device.with(act.new_id());
        device::put(act.tx, self.person, &device, act.now())?;
        act.detail = json!({ "added": described(&device) });
        Ok(device.into())
    }
}

/// Says anew what a device is.
#[derive(Debug, Clone)]
pub struct ChangeDevice {
    /// Which one.
    pub id: DeviceId,
    /// What it is.
    pub device: DeviceFields,
}

impl Command for ChangeDevice {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        known(at, self.id)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let (before, of) = device::by_id(act.tx, self.id)?.ok_or(Refused::NotFound(DEVICE))?;
        let after = self.device.with(self.id);
        device::put(act.tx, of, &after, act.now())?;
        let changed = crate::ticket::difference_of(&described(&before), &described(&after));
        act.detail = json!({ "person": of, "changed": changed });
        Ok(())
    }
}

/// Says that somebody no longer works with a device. Tickets about it go on saying what it was.
#[derive(Debug, Clone, Copy)]
pub struct RemoveDevice {
    /// Which one.
    pub id: DeviceId,
}

impl Command for RemoveDevice {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        known(at, self.id)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let (device, of) = device::by_id(act.tx, self.id)?.ok_or(Refused::NotFound(DEVICE))?;
        if !device::delete(act.tx, self.id)? {
            return Err(Refused::NotFound(DEVICE));
        }
        act.detail = json!({ "person": of, "removed": described(&device) });
        Ok(())
    }
}

fn known(at: &mut Threshold<'_, '_>, id: DeviceId) -> Result<Action> {
    if !at.may(Capability::Admin) || device::by_id(at.tx, id)?.is_none() {
        return Err(Refused::NotFound(DEVICE));
    }
    at.aim(id);
    Ok(Action::DeviceChange)
}

/// A device as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Which one.
    pub id: DeviceId,
    /// What people call it.
    pub name: DeviceName,
    /// What kind of thing it is.
    pub kind: DeviceKind,
    /// The number that its maker gave it.
    pub serial: Option<SerialNumber>,
    /// The number that its owner gave it.
    pub tag: Option<AssetTag>,
}

fn described(device: &Device) -> DeviceView {
    DeviceView::from(device.clone())
}

impl From<Device> for DeviceView {
    fn from(Device { id, name, kind, serial, tag }: Device) -> Self {
        Self { id, name, kind, serial, tag }
    }
}

/// What somebody works with: for themselves, for technicians and administrators.
#[derive(Debug, Clone, Copy)]
pub struct DevicesOf {
    /// Who.
    pub person: PersonId,
}

impl Query for DevicesOf {
    type Answer = Vec<DeviceView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let own = look.person() == Some(self.person) && look.may(Capability::PortalUse);
        if !own && !look.may(Capability::Admin) {
            look.require(Capability::TicketRead, "person")?;
        }
        person::by_id(look.tx, self.person)?.ok_or(Refused::NotFound("person"))?;
        let found = device::of_person(look.tx, self.person)?;
        Ok(found.into_iter().map(DeviceView::from).collect())
    }
}

/// Which device a ticket is about, as it was when the ticket was raised: for everybody who reads the ticket.
#[derive(Debug, Clone, Copy)]
pub struct DeviceOf {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for DeviceOf {
    type Answer = Option<DeviceView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let (ticket, _) = look.ticket(self.ticket)?;
        Ok(device::of_ticket(look.tx, ticket.id)?.map(DeviceView::from))
    }
}
