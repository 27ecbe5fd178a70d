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
};

pub(super) async fn show(reader: Reader) -> PageResult<Response> {
    reader.require(Capability::LicenceRead)?;
    let (counted, free): (Vec<_>, Vec<_>) = action_map().partition(|rule| rule.licence != LicenceNeed::Free);
    let main = html! {
        a.back href="/licences" { (icon(Icon::Left)) "Licences" }
        (ui::page_head(
            "What needs what",
            &format!("Version {ACTION_MAP_VERSION} of the action map. The door decides by it, and every audit record names the version."),
            &html! {},
        ))
        (table("Needs a seat or a token", &counted))
        (table("Free", &free))
    };
    Ok(reader.page("What needs what", &room(&reader, &main)))
}

fn table(title: &str, rules: &[ActionRule]) -> Markup {
    ui::panel(
        title,
        &html! { (ui::chip(Tone::Plain, &format!("{} actions", rules.len()))) },
        &html! {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { "Rule" } th scope="col" { "Needs" } th scope="col" { "Action" }
                    th scope="col" { "Capability" }
                } }
                tbody { @for rule in rules {
                    tr {
                        td.lead { (rule.sentence) }
                        td data-label="Needs" {
                            @match rule.licence {
                                LicenceNeed::Free => span.quiet { "nothing" },
                                LicenceNeed::Base => (ui::chip(Tone::Accent, "base")),
                                LicenceNeed::Module(module) => {
                                    (ui::chip(Tone::Accent, "base")) " " (ui::chip(Tone::Warn, module.as_str()))
                                }
                            }
                        }
                        td data-label="Action" { code { (rule.action) } }
                        td data-label="Capability" { code { (rule.capability) } }
                    }
                } }
            } }
        },
    )
}
