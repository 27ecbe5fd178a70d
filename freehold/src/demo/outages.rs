//! Outages of the sample organisation: one that goes on, and one that is over.

use anyhow::Context as _;
use desk::{
    Context, Desk,
    ticket::{AnnounceOutage, EndOutage, JoinOutage, RaiseTicket, UpdateOutage},
};
use domain::{
    identity::Principal,
    ticket::{Impact, Kind, Markdown, OutageNews, OutageTitle, Subject, Urgency},
};
use jiff::SignedDuration;

use super::{Player, load::acting};
use crate::edge;

/// So many of those who may sign in say that it hits them.
const HIT: usize = 7;

/// What goes on.
const GOING: Told = Told {
    subject: "Outgoing mail to other hospitals is queued",
    description: "The relay of the regional network does not take our mail. Mail inside the group is not touched.",
    title: "Mail to addresses outside the group arrives late",
    news: "Mail inside the group and incoming mail work. What you send to others waits and goes out later: **do not send it \
           again**. If it is urgent, telephone.",
};

/// What is over.
const OVER: Told = Told {
    subject: "Lift cards are not read at the north entrance",
    description: "The reader restarts every few minutes.",
    title: "The north entrance does not read badges",
    news: "Please use the main entrance until the reader is changed.",
};

struct Told {
    subject: &'static str,
    description: &'static str,
    title: &'static str,
    news: &'static str,
}

impl Told {
    async fn announce(&self, desk: &Desk, by: &Principal) -> anyhow::Result<domain::OutageId> {
        let context = || anyhow::Ok(Context::new(by.clone(), edge::now(), edge::seed()?));
        let raise = RaiseTicket {
            impact: Impact::High,
            urgency: Urgency::High,
            ..RaiseTicket::of(
                Kind::Incident,
                Subject::new(self.subject)?,
                Some(Markdown::new(self.description)?),
            )
        };
        let ticket = desk.execute(context()?, raise).await?;
        let announce = AnnounceOutage {
            ticket: ticket.id.into(),
            title: OutageTitle::new(self.title)?,
            news: OutageNews::new(self.news)?,
            expected_end: None,
        };
        Ok(desk.execute(context()?, announce).await?.id)
    }
}

/// Announces them, as a technician would.
pub(super) async fn load(desk: &Desk, by: &Principal, players: &[Player]) -> anyhow::Result<()> {
    let context = || anyhow::Ok(Context::new(by.clone(), edge::now(), edge::seed()?));
    let outage = OVER.announce(desk, by).await?;
    let news = Some(OutageNews::new("The reader was changed. All badges work at both entrances.")?);
    desk.execute(context()?, EndOutage { outage, news, if_version: None }).await?;

    let outage = GOING.announce(desk, by).await?;
    let update = UpdateOutage {
        outage,
        title: OutageTitle::new(GOING.title)?,
        news: Some(OutageNews::new(
            "The relay takes our mail again, slowly. What you send to others still waits, at most an hour: **do not send it \
             again**. If it is urgent, telephone.",
        )?),
        expected_end: Some(edge::now() + SignedDuration::from_hours(3)),
        if_version: None,
    };
    desk.execute(context()?, update).await?;
    // The employee whose link is shown first has yet to say so.
    for player in players.iter().filter(|player| player.role != "requester").take(HIT) {
        let context = Context::new(acting(player.person), edge::now(), edge::seed()?);
        desk.execute(context, JoinOutage { outage }).await.context("somebody whom an outage hits")?;
    }
    Ok(())
}
