//! What the bot says of known outages: how they stand, and that whoever is hit says so with their own press.

use std::collections::HashMap;

use domain::{
    OutageId, PersonId, Timestamp,
    identity::Capability,
    knowledge::{Wish, wish},
    ticket::expectation,
};
use jiff::tz::TimeZone;
use store::{
    ReadTx,
    outage::{self, Standing},
};

use super::library::Library;
use crate::{
    Look, Result,
    ticket::{MOST_OUTAGES, OutageView, TOLD_FOR},
};

/// Of outages that a message is about, the bot tells so many.
const TOLD: usize = 3;
/// How a line of a conversation names an outage that it tells of, before its id.
const CITED: &str = "outage:";

/// The outages that a message is about or asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Those that go on and that it is about.
    about: Vec<Standing>,
    /// What it is about and is over, where nothing of that goes on.
    over: Option<Standing>,
    /// Everything that goes on, where that is asked.
    all: Option<Vec<Standing>>,
}

impl Known {
    /// Looks them up.
    pub(super) fn look_up(
        tx: &mut ReadTx<'_>,
        library: &Library,
        person: PersonId,
        said: &str,
        now: Timestamp,
    ) -> Result<Self> {
        let asked = match wish(said) {
            Wish::Knowledge => false,
            Wish::Outages => true,
            Wish::Status(_) | Wish::MyTickets | Wish::Human => return Ok(Self::default()),
        };
        let fits = |it: &Standing| library.tells_of(said, it.outage.title.as_str(), &it.news);
        let going = outage::going(tx, person, MOST_OUTAGES)?;
        let mut about: Vec<_> = going.iter().filter(|it| fits(it)).cloned().collect();
        about.truncate(TOLD);
        let over = if about.is_empty() {
            outage::ended(tx, person, now - TOLD_FOR, MOST_OUTAGES)?.into_iter().find(fits)
        } else {
            None
        };
        let all = (asked && about.is_empty()).then_some(going);
        Ok(Self { about, over, all })
    }

    /// Whether there is one to tell of.
    pub(super) fn tells_of_any(&self) -> bool {
        !self.ids().is_empty()
    }

    /// Which ones are told of.
    pub(super) fn ids(&self) -> Vec<OutageId> {
        let told = self.about.iter().chain(self.all.iter().flatten()).chain(&self.over);
        told.map(|it| it.outage.id).collect()
    }

    /// What is said of them, in Markdown; nothing if there is nothing to say.
    pub(super) fn words(&self, now: Timestamp, zone: &TimeZone) -> Option<String> {
        if !self.about.is_empty() {
            let opening = match self.about.len() {
                1 => "This may be a known outage, which is being worked on:",
                _ => "This may be one of these known outages, which are being worked on:",
            };
            let each: Vec<_> = self.about.iter().map(|it| going(it, now, zone)).collect();
            let me_too = if self.about.iter().all(|it| it.mine) {
                "You said that it hits you, and hear when it is over."
            } else {
                "If it hits you as well, press **Me too**, and you hear when it is over."
            };
            return Some(format!(
                "{opening}\n\n{}\n\n{me_too} If yours is something else, press **Send it to the service desk**.",
                each.join("\n\n")
            ));
        }
        let over = self.over.as_ref().map(|it| {
            format!(
                "There was an outage that this may come from, **{}**. It is over. If it still happens to you, press **Send \
                 it to the service desk**.",
                plain(it.outage.title.as_str())
            )
        });
        let all = self.all.as_ref().map(|all| match all.as_slice() {
            [] => "No outage is known right now. If something of yours does not work, say what happens."
                .to_owned(),
            [one] => format!("One outage is known right now:\n\n{}", going(one, now, zone)),
            many => {
                let lines: Vec<_> = many.iter().map(|it| line(it, now, zone)).collect();
                format!("{} outages are known right now:\n\n{}", many.len(), lines.join("\n"))
            }
        });
        let said: Vec<_> = [all, over].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join("\n\n"))
    }
}

fn going(it: &Standing, now: Timestamp, zone: &TimeZone) -> String {
    let end = expectation(it.outage.expected_end, now, zone);
    format!("**{}**\n\n{}\n\n{end}", plain(it.outage.title.as_str()), it.news)
}

fn line(it: &Standing, now: Timestamp, zone: &TimeZone) -> String {
    let end = expectation(it.outage.expected_end, now, zone);
    format!("- **{}** {end}", plain(it.outage.title.as_str()))
}

/// What somebody wrote as plain words, shown as they wrote it and not as Markdown.
pub(super) fn plain(words: &str) -> String {
    let plain = words.replace(['*', '_', '`', '[', ']', '<', '>', '\\'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Outages as a line of a conversation keeps them.
pub(super) fn cite(ids: &[OutageId]) -> impl Iterator<Item = String> {
    ids.iter().map(|id| format!("{CITED}{id}"))
}

/// Those that a line cites.
pub(super) fn cited(cites: &str) -> impl Iterator<Item = OutageId> {
    cites.split(' ').filter_map(|cite| cite.strip_prefix(CITED)?.parse().ok())
}

/// The outages that lines cite, each as it stands now.
pub(super) fn standing<'a>(
    look: &mut Look<'_, '_>,
    person: PersonId,
    cites: impl Iterator<Item = &'a str>,
) -> Result<HashMap<OutageId, OutageView>> {
    let mut known = HashMap::new();
    for id in cites.flat_map(cited) {
        if known.contains_key(&id) {
            continue;
        }
        if let Some(standing) = outage::one(look.tx, person, id)? {
            known.insert(id, OutageView::of(standing, look.may(Capability::TicketRead)));
        }
    }
    Ok(known)
}
