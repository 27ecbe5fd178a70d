//! Alerts on a page: what is true and should be acted on, with a button for having seen it.

use desk::contract::AlertView;
use domain::{contract::alert::AlertKind, identity::Capability};
use maud::{Markup, html};

use crate::{
    page::Reader,
    routes,
    ui::{self, Icon, Tone, icon},
    words::{t, th, told},
};

/// The alerts that are true; nothing where none is. `back` is where the reader goes on after acknowledging one.
pub(in crate::licences) fn panel(reader: &Reader, alerts: &[AlertView], back: &str) -> Markup {
    let open = alerts.iter().filter(|alert| alert.acknowledged_at.is_none()).count();
    let seen = alerts.len() - open;
    let extras = html! {
        @if open > 0 { (ui::chip(Tone::Warn, &t!("{open} new", open))) }
        @if seen > 0 { (ui::chip(Tone::Plain, &t!("{seen} seen", seen))) }
    };
    html! {
        @if !alerts.is_empty() {
            (ui::panel(t!("Alerts"), &extras, &html! {
                ul.alerts { @for alert in alerts { (row(reader, alert, back)) } }
            }))
        }
    }
}

fn row(reader: &Reader, alert: &AlertView, back: &str) -> Markup {
    let (tone, drawing) = match alert.kind {
        AlertKind::Over => (Tone::Bad, Icon::Wrong),
        AlertKind::Renewal => (Tone::Warn, Icon::Clock),
        AlertKind::LowStock => (Tone::Warn, Icon::Alarm),
    };
    let link = match (alert.contract, &alert.licence) {
        (Some(contract), _) => Some((routes::contract(contract), t!("Open the contract"))),
        (None, Some(licence)) => Some((format!("/licences/{}", licence.id), t!("Open the licence"))),
        (None, None) => None,
    };
    html! {
        li.alert.seen[alert.acknowledged_at.is_some()] {
            span class={ "alert-icon " (tone.class()) } { (icon(drawing)) }
            div {
                p { (told(&alert.sentence)) }
                p.quiet {
                    (th!("Since {when}", when = ui::time(alert.raised_at, reader.clock())))
                    @if let Some(by) = &alert.acknowledged_by { " · " (t!("seen by {name}", name = by.name)) }
                    @if let Some((href, words)) = &link { " · " a.link href=(href) { (words) } }
                }
            }
            @if alert.acknowledged_at.is_none() && reader.may(Capability::LicenceManage) {
                (ui::act(&format!("/licences/alerts/{}/acknowledge", alert.id), reader.csrf(), &[("back", back)], None, "", t!("Seen")))
            }
        }
    }
}
