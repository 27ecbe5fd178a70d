//! What somebody works with.

use axum::extract::{Path, State};
use desk::{
    Refused,
    catalogue::{AddDevice, DeviceFields, DeviceView, RemoveDevice},
};
use domain::{
    DeviceId, PersonId,
    catalogue::DeviceKind,
    identity::Capability,
    ticket::{AssetTag, DeviceName, SerialNumber},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Typed, form_of, person, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Pressed, Reader, see, sentence},
    ui::{self, Field, Input},
    words::{t, told, told_word},
    wrong::Wrong,
};

const FIELDS: [&str; 4] = ["device_name", "device_kind", "serial", "tag"];

/// What a page says of a device, in one line.
pub(crate) fn line(device: &DeviceView) -> String {
    let serial = device.serial.as_ref().map(|serial| t!("serial {serial}", serial));
    let tag = device.tag.as_ref().map(|tag| t!("tag {tag}", tag));
    let parts: Vec<_> =
        [Some(told(device.kind.words()).into_owned()), tag, serial].into_iter().flatten().collect();
    parts.join(" · ")
}

/// The part of a person's page.
pub(super) fn panel(
    reader: &Reader,
    base: &str,
    devices: &[DeviceView],
    form: &Typed,
    wrong: &Wrong,
) -> Markup {
    let kinds: Vec<_> = DeviceKind::ALL.iter().map(|kind| (kind.as_str(), told_word(kind.words()))).collect();
    let of = |name: &'static str, label: &'static str| Field {
        value: typed(form, name),
        error: wrong.at(name),
        ..Field::new(name, label)
    };
    let refused = FIELDS.iter().any(|field| wrong.at(field).is_some());
    ui::panel(
        t!("Works with"),
        &html! {},
        &html! { div.panel-body.stack id="devices" {
            @if devices.is_empty() { p.soft { (t!("No device is known. With one, their tickets say what they are about.")) } }
            ul.plain.spaced { @for device in devices { li {
                b dir="auto" { (device.name) } " " span.quiet { (line(device)) } " "
                (ui::act(&format!("{base}/devices/{}/remove", device.id), reader.csrf(), &[], None, "bare", t!("Remove it")))
            } } }
            details.more open[refused] {
                summary { (t!("Add a device")) }
                (form_of(reader, &format!("{base}/devices"), &html! {
                    @if refused { (wrong.summary(&FIELDS)) }
                    (ui::field(&of("device_name", t!("What they call it"))))
                    (ui::field(&Field { input: Input::Choice(&kinds), ..of("device_kind", t!("What it is")) }))
                    (ui::field(&Field { required: false, ..of("serial", t!("Serial number")) }))
                    (ui::field(&Field { required: false, ..of("tag", t!("Asset tag")) }))
                }, "", t!("Add it")))
            }
        } },
    )
}

fn read(form: &Typed) -> Result<DeviceFields, Wrong> {
    let mut wrong = Wrong::nothing();
    let name = DeviceName::new(typed(form, "device_name"))
        .map_err(|error| wrong.add("device_name", sentence(&error.to_string())));
    let kind = DeviceKind::parse(typed(form, "device_kind")).unwrap_or(DeviceKind::Other);
    let serial = Some(typed(form, "serial").trim()).filter(|text| !text.is_empty()).map(SerialNumber::new);
    let serial = serial.transpose().map_err(|error| wrong.add("serial", sentence(&error.to_string())));
    let tag = Some(typed(form, "tag").trim()).filter(|text| !text.is_empty()).map(AssetTag::new);
    let tag = tag.transpose().map_err(|error| wrong.add("tag", sentence(&error.to_string())));
    match (name, serial, tag) {
        (Ok(name), Ok(serial), Ok(tag)) => Ok(DeviceFields { name, kind, serial, tag }),
        _ => Err(wrong),
    }
}

pub(super) async fn add(
    State(app): State<AppState>,
    Path(person): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    reader.require(Capability::Admin)?;
    let person = person::id_of(&person)?;
    let device = match read(&form) {
        Ok(device) => device,
        Err(wrong) => return person::draw_again(&app, &reader, person, form, &wrong).await,
    };
    match app.desk.execute(reader.ctx(), AddDevice { person, device }).await {
        Ok(_) => Ok(see(&format!("/admin/people/{person}"))),
        Err(refused) => person::draw_again(&app, &reader, person, form, &Wrong::of(refused)?).await,
    }
}

/// Whose, and which.
#[derive(Deserialize)]
pub(super) struct Which {
    person: String,
    device: String,
}

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(which): Path<Which>,
    Posted { reader, form: Pressed {} }: Posted<Pressed>,
) -> PageResult {
    let person: PersonId = person::id_of(&which.person)?;
    let id: DeviceId = which.device.parse().map_err(|_| Refused::NotFound("device"))?;
    app.desk.execute(reader.ctx(), RemoveDevice { id }).await?;
    Ok(see(&format!("/admin/people/{person}")))
}
