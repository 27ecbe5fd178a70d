//! What technicians of the sample organisation keep on a ticket: a checklist, the time it took, and whom they name.

use anyhow::Context as _;
use desk::{
    Context, Desk,
    ticket::{AddNote, ChangeChecklist, ChecklistEdit, RaiseTicket, RecordTime, TimeSpent},
};
use domain::{
    identity::Principal,
    ticket::{ChecklistWords, ItemChange, Kind, Markdown, Subject},
};
use jiff::tz::TimeZone;

use super::{Player, load::acting};
use crate::edge;

const SUBJECT: &str = "Six tablets for the ward round on 4 West";
const DESCRIPTION: &str = "The round begins with tablets next month. They need the patient list, printing, and covers that \
                           can be wiped.";
const ITEMS: [&str; 5] = [
    "Order six tablets with covers",
    "Enrol them with the ward profile",
    "Let them print on 4 West",
    "Show the nurses how to sign in",
    "Write the serial numbers down",
];

/// Writes all of it, as a technician would; a colleague is named.
pub(super) async fn load(desk: &Desk, by: &Principal, players: &[Player]) -> anyhow::Result<()> {
    let player = |role: &str| {
        players.iter().find(|player| player.role == role).with_context(|| format!("the sample has no {role}"))
    };
    let context = |who: &Principal| anyhow::Ok(Context::new(who.clone(), edge::now(), edge::seed()?));
    let raise =
        RaiseTicket::of(Kind::ServiceRequest, Subject::new(SUBJECT)?, Some(Markdown::new(DESCRIPTION)?));
    let ticket = desk.execute(context(&acting(player("licence_manager")?.person))?, raise).await?.id.into();

    let words = ITEMS.into_iter().map(ChecklistWords::new).collect::<Result<_, _>>()?;
    let edit = ChecklistEdit::Add(words);
    let made = desk.execute(context(by)?, ChangeChecklist { ticket, edit }).await?;
    for item in made.added.into_iter().take(3) {
        let edit = ChecklistEdit::Change(item, ItemChange { done: Some(true), ..ItemChange::default() });
        desk.execute(context(by)?, ChangeChecklist { ticket, edit }).await?;
    }
    let day = edge::now().to_zoned(TimeZone::UTC).date();
    let time = TimeSpent { spent: "1h 20m".parse()?, day, words: Some("Enrolled all six".parse()?) };
    desk.execute(context(by)?, RecordTime { ticket, time }).await?;
    let colleague = &player("agent_concurrent")?.name;
    let body = format!("@{colleague}, you know the printers on 4 West: can the tablets use both?");
    desk.execute(context(by)?, AddNote { ticket, body: Markdown::new(&body)?, if_version: None }).await?;
    Ok(())
}
