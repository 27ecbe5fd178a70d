//! The action map as people read it: what needs what.

use axum::response::Response;
use domain::{
    identity::Capability,
    licence::{ACTION_MAP_VERSION, ActionRule, LicenceNeed, action_map},
};
use maud::{Markup, html};

use super::room;
use crate::{
    page::{PageResult, Reader},
    ui::{self, Icon, Tone, icon},
    words::{t, told},
};

pub(super) async fn show(reader: Reader) -> PageResult<Response> {
    reader.require(Capability::LicenceRead)?;
    let (counted, free): (Vec<_>, Vec<_>) = action_map().partition(|rule| rule.licence != LicenceNeed::Free);
    let main = html! {
        a.back href="/licences" { (icon(Icon::Left)) (t!("Licences")) }
        (ui::page_head(
            t!("What needs what"),
            &t!("Version {n} of the action map. The door decides by it, and every audit record names the version.", n = ACTION_MAP_VERSION),
            &html! {},
        ))
        (table(t!("Needs a seat or a token"), &counted))
        (table(t!("Free"), &free))
    };
    Ok(reader.page(t!("What needs what"), &room(&reader, &main)))
}

fn table(title: &str, rules: &[ActionRule]) -> Markup {
    ui::panel(
        title,
        &html! { (ui::chip(Tone::Plain, &t!("{n} actions", n = rules.len()))) },
        &html! {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Rule")) } th scope="col" { (t!("Needs")) } th scope="col" { (t!("Action")) }
                    th scope="col" { (t!("Capability")) }
                } }
                tbody { @for rule in rules {
                    tr {
                        td.lead { (told(rule.sentence)) }
                        td data-label=(t!("Needs")) {
                            @match rule.licence {
                                LicenceNeed::Free => span.quiet { (t!("nothing")) },
                                LicenceNeed::Base => (ui::chip(Tone::Accent, t!("base"))),
                                LicenceNeed::Module(module) => {
                                    (ui::chip(Tone::Accent, t!("base"))) " " (ui::chip(Tone::Warn, module.as_str()))
                                }
                            }
                        }
                        td data-label=(t!("Action")) { code { (rule.action) } }
                        td data-label=(t!("Capability")) { code { (rule.capability) } }
                    }
                } }
            } }
        },
    )
}
