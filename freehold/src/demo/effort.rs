//! What it took people of the sample organisation to get help, and how much trouble their devices gave: the counts of a
//! month, without the tickets, searches and forms that they were counted from.

use std::collections::BTreeSet;

use anyhow::Context as _;
use desk::{
    Context, Desk,
    effort::{ImportTrouble, SearchEnd, SearchPlace, TroubleRow},
};
use domain::{
    Timestamp,
    effort::{DAYS, DayNumber, Effort, Visit},
    identity::SystemActor,
};
use jiff::{SignedDuration, ToSpan, tz::TimeZone};

use super::{Player, load::acting};
use crate::edge;

/// What is looked for; about some of it nothing is written down.
const SEARCHES: [&str; 7] = [
    "printer jams",
    "vpn from home",
    "car park barrier",
    "new password",
    "pager battery",
    "shared mailbox",
    "nurse call unit",
];

/// How long and how many actions it took.
const VISITS: [(u32, u32); 6] = [(42, 3), (75, 4), (110, 4), (165, 6), (290, 8), (820, 13)];

/// Counts it, day by day, and brings in what monitoring would have measured in the last two whole months.
pub(super) async fn load(
    desk: &Desk,
    players: &[Player],
    departments: &BTreeSet<String>,
) -> anyhow::Result<()> {
    let now = edge::now();
    let anna = players.iter().find(|player| player.role == "requester").context("the sample has nobody")?;
    for back in 0..usize::from(DAYS) {
        let at = now - SignedDuration::from_hours(24) * i32::try_from(back)?;
        let context = || anyhow::Ok(Context::new(acting(anna.person), at, edge::seed()?));
        for nth in 0..=back % 3 {
            let text = SEARCHES[(back + nth * 3) % SEARCHES.len()].to_owned();
            let place = if nth == 0 { SearchPlace::Home } else { SearchPlace::Knowledge };
            let end = SearchEnd { place, text, opened: (back + nth) % 4 > 0 };
            desk.note_search(context()?, &end).await?;
        }
        let day = DayNumber::of(at);
        if back % 2 == 0 {
            desk.note_begun(context()?, day).await?;
        }
        let (seconds, actions) = VISITS[back % VISITS.len()];
        let begun = Some(day).filter(|_| back % 2 == 0 && back % 7 > 0);
        let visit = Visit::new(seconds, actions).filter(|_| back % 9 > 0);
        desk.note_brought_in(at, Effort { visit, begun }).await?;
    }
    trouble(desk, departments, now).await
}

async fn trouble(desk: &Desk, departments: &BTreeSet<String>, now: Timestamp) -> anyhow::Result<()> {
    let this = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let mut rows = Vec::new();
    for (nth, department) in (0..).zip(departments) {
        for (back, tenths) in [(2, 0), (1, 3)] {
            let month = this.saturating_sub(back.months()).strftime("%Y-%m").to_string();
            let per_hundred = format!("{}.{tenths}", 6 + nth % 5);
            rows.push(TroubleRow { row: nth * 2 + 2, department: department.clone(), month, per_hundred });
        }
    }
    let context = Context::system(SystemActor::Import, now, edge::seed()?);
    desk.execute(context, ImportTrouble { rows }).await?;
    Ok(())
}
