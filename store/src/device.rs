//! What people work with, and which tickets are about it.

use domain::{
    DeviceId, PersonId, TicketId, Timestamp,
    catalogue::DeviceKind,
    ticket::{AssetTag, DeviceName, SerialNumber},
};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO device (id, person_id, name, kind, serial, tag, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, serial = excluded.serial,
            tag = excluded.tag";
    DELETE = "DELETE FROM device WHERE id = $1";
    ONE = "SELECT id, name, kind, serial, tag, person_id FROM device WHERE id = $1";
    OF_PERSON = "SELECT id, name, kind, serial, tag FROM device WHERE person_id = $1 ORDER BY name, id LIMIT 100";
    HANG = "INSERT INTO ticket_device (ticket_id, device_id, name, kind, serial, tag) VALUES ($1, $2, $3, $4, $5, $6)";
    OF_TICKET = "SELECT device_id, name, kind, serial, tag FROM ticket_device WHERE ticket_id = $1";
}

/// What somebody works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
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

fn read(row: &Row<'_>) -> Result<Device> {
    let serial: Option<String> = row.get(3)?;
    let tag: Option<String> = row.get(4)?;
    Ok(Device {
        id: row.get(0)?,
        name: row.parse(1, |text| DeviceName::new(text).ok())?,
        kind: row.parse(2, DeviceKind::parse)?,
        serial: serial
            .map(|text| SerialNumber::new(&text).map_err(|_| row.unexpected(3, &text)))
            .transpose()?,
        tag: tag.map(|text| AssetTag::new(&text).map_err(|_| row.unexpected(4, &text))).transpose()?,
    })
}

/// Writes a device of somebody, new or changed; whose it is never changes.
pub fn put(tx: &mut WriteTx<'_>, of: PersonId, device: &Device, at: Timestamp) -> Result<()> {
    let values = [
        device.id.into(),
        of.into(),
        device.name.as_str().into(),
        device.kind.as_str().into(),
        device.serial.as_ref().map(SerialNumber::as_str).into(),
        device.tag.as_ref().map(AssetTag::as_str).into(),
        at.into(),
    ];
    tx.execute(PUT, &values).map(drop)
}

/// Removes one. Tickets about it go on saying what it was.
pub fn delete(tx: &mut WriteTx<'_>, id: DeviceId) -> Result<bool> {
    Ok(tx.execute(DELETE, &[id.into()])? > 0)
}

/// One of them, and whose it is.
pub fn by_id(tx: &mut ReadTx<'_>, id: DeviceId) -> Result<Option<(Device, PersonId)>> {
    tx.row(ONE, &[id.into()], |row| Ok((read(row)?, row.get(5)?)))
}

/// The first hundred of somebody's, by name.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<Device>> {
    tx.rows(OF_PERSON, &[person.into()], read)
}

/// Writes down which device a ticket is about.
pub fn hang(tx: &mut WriteTx<'_>, ticket: TicketId, device: &Device) -> Result<()> {
    let values = [
        ticket.into(),
        device.id.into(),
        device.name.as_str().into(),
        device.kind.as_str().into(),
        device.serial.as_ref().map(SerialNumber::as_str).into(),
        device.tag.as_ref().map(AssetTag::as_str).into(),
    ];
    tx.execute(HANG, &values).map(drop)
}

/// Which device a ticket is about, as it was when the ticket was raised.
pub fn of_ticket(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<Option<Device>> {
    tx.row(OF_TICKET, &[ticket.into()], read)
}
