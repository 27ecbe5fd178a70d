//! What waits for a yes or a no in the sample organisation.

use anyhow::Context as _;
use desk::{
    Context, Desk,
    ticket::{AskApproval, RaiseTicket},
};
use domain::{
    identity::Principal,
    ticket::{ApprovalQuestion, Kind, Markdown, Quorum, Subject},
};

use super::{Player, load::acting};
use crate::edge;

const SUBJECT: &str = "A second screen for the night desk at admissions";
const DESCRIPTION: &str = "At night one person looks after arrivals and beds. With one screen they switch between the two \
                           lists all the time, and twice a bed was given away.";
const QUESTION: &str = "One screen of 27 inches with an arm: **240 EUR** once, nothing later. Without it the night desk goes \
                        on switching between two lists.";

/// Asks for it, as a technician would.
pub(super) async fn load(desk: &Desk, by: &Principal, players: &[Player]) -> anyhow::Result<()> {
    let who = |role: &str| {
        let player = players.iter().find(|player| player.role == role);
        player.map(|player| player.person).with_context(|| format!("the sample has no {role}"))
    };
    let context = |who: &Principal| anyhow::Ok(Context::new(who.clone(), edge::now(), edge::seed()?));
    let raise =
        RaiseTicket::of(Kind::ServiceRequest, Subject::new(SUBJECT)?, Some(Markdown::new(DESCRIPTION)?));
    let ticket = desk.execute(context(&acting(who("agent_concurrent")?))?, raise).await?;
    let ask = AskApproval {
        ticket: ticket.id.into(),
        question: ApprovalQuestion::new(QUESTION)?,
        quorum: Quorum::All,
        people: vec![who("finance")?],
        if_version: None,
    };
    desk.execute(context(by)?, ask).await?;
    Ok(())
}
