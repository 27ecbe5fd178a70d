//! A few problems, opened by a problem manager behind incidents that keep coming back.

use desk::{
    Context, Desk,
    ticket::{AddNote, LinkTickets, RaiseTicket, Search, TransitionTicket},
};
use domain::{
    identity::Principal,
    ticket::{Category, Impact, Kind, LinkKind, Markdown, StateKey, Subject, Urgency},
};

use crate::edge;

/// A problem: the words that find its incidents, what it says, and what was found out since.
struct KnownError {
    finds: &'static str,
    subject: &'static str,
    category: &'static str,
    description: &'static str,
    found_out: &'static str,
}

const KNOWN: [KnownError; 3] = [
    KnownError {
        finds: "printer",
        subject: "Print queues stop after the nightly restart",
        category: "Printing",
        description: "Every morning after the print server restarts, some queues stay paused.\n\n\
                      **Workaround:** resume the queue in the print console; nobody needs to restart anything.",
        found_out: "The spooler starts before the licence service answers. Delaying it by a minute helps on the test server.",
    },
    KnownError {
        finds: "vpn",
        subject: "VPN drops when a laptop changes its network",
        category: "Network",
        description: "Moving from the ward network to a docking station ends the tunnel, and it does not come back.\n\n\
                      **Workaround:** disconnect and connect again.",
        found_out: "The vendor knows it and promises a release this quarter.",
    },
    KnownError {
        finds: "password",
        subject: "Password change does not reach the ward terminals",
        category: "Access",
        description: "For up to an hour after a change, terminals on the wards still ask for the old password.\n\n\
                      **Workaround:** sign in at an office computer once.",
        found_out: "The terminals ask a replica that is filled only every hour.",
    },
];

/// Opens them now, after everything that was brought in, so that the log's time never goes back.
pub(super) async fn load(desk: &Desk, by: &Principal) -> anyhow::Result<()> {
    let context = || anyhow::Ok(Context::new(by.clone(), edge::now(), edge::seed()?));
    for known in &KNOWN {
        let search = Search { text: known.finds.to_owned(), own_only: false, limit: 4 };
        let found = desk.ask(context()?, search).await?;
        let incidents: Vec<_> = found.iter().filter(|hit| hit.number.kind == Kind::Incident).collect();
        let raise = RaiseTicket {
            impact: Impact::Medium,
            urgency: Urgency::Low,
            category: Some(Category::new(known.category)?),
            assignee: by.person_id(),
            cause_of: incidents.first().map(|hit| hit.id.into()),
            ..RaiseTicket::of(
                Kind::Problem,
                Subject::new(known.subject)?,
                Some(Markdown::new(known.description)?),
            )
        };
        let problem = desk.execute(context()?, raise).await?;
        for hit in incidents.iter().skip(1) {
            let link = LinkTickets { from: hit.id.into(), to: problem.id.into(), kind: LinkKind::CausedBy };
            desk.execute(context()?, link).await?;
        }
        let start = TransitionTicket {
            ticket: problem.id.into(),
            to: StateKey::new("in_progress")?,
            resolution_code: None,
            note: None,
            if_version: None,
        };
        desk.execute(context()?, start).await?;
        let note =
            AddNote { ticket: problem.id.into(), body: Markdown::new(known.found_out)?, if_version: None };
        desk.execute(context()?, note).await?;
    }
    Ok(())
}
