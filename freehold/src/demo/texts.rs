//! Text modules of the sample organisation: what its technicians write again and again.

use desk::{
    Context, Desk,
    ticket::{WriteMacro, WriteTextModule},
};
use domain::{
    identity::Principal,
    ticket::{MacroName, Markdown, TextModuleName, UsedBy},
};

use crate::edge;

const TEXTS: [(&str, UsedBy, &str); 8] = [
    (
        "We are on it",
        UsedBy::Everybody,
        "Hello {{first_name}},\n\nthank you for telling us. I am looking into {{number}} and come back to you today.\n\n{{me}}",
    ),
    (
        "Which device",
        UsedBy::Everybody,
        "Hello {{first_name}},\n\non which device does it happen? Its name is on the label at the back or underneath, and begins \
         with MHG-. A photo of what the screen shows helps too.\n\n{{me}}",
    ),
    (
        "Restart it first",
        UsedBy::Everybody,
        "Hello {{first_name}},\n\nplease save what you have open, choose **Restart** (not Shut down), and try once more. Tell us \
         what happens; if it is the same, we come by.\n\n{{me}}",
    ),
    (
        "Collect it",
        UsedBy::Everybody,
        "Hello {{first_name}},\n\nwhat you asked for in {{number}} is ready. You can collect it at the service point on the ground \
         floor between 8:00 and 17:00; please bring your staff card.\n\n{{me}}",
    ),
    (
        "Solved, tell us if not",
        UsedBy::Everybody,
        "Hello {{first_name}},\n\nthis should work again now. If it does not, answer here or press Reopen, and it comes straight \
         back to us.\n\n{{me}}",
    ),
    (
        "Rückfrage Gerät",
        UsedBy::Everybody,
        "Guten Tag {{requester}},\n\nan welchem Gerät tritt das auf? Der Name steht auf dem Aufkleber und beginnt mit MHG-. Ein \
         Foto vom Bildschirm hilft uns auch.\n\n{{me}}",
    ),
    (
        "Shift handover",
        UsedBy::Author,
        "Handed over at the end of my shift: what was tried so far, and what is next.",
    ),
    (
        "Visit on the ward",
        UsedBy::Author,
        "I come by for {{number}} between rounds; please leave the device switched on.",
    ),
];

/// Writes them down, as a technician would.
pub(super) async fn load(desk: &Desk, by: &Principal) -> anyhow::Result<()> {
    for (name, used_by, body) in TEXTS {
        let command = WriteTextModule {
            id: None,
            name: TextModuleName::new(name)?,
            body: Markdown::new(body)?,
            used_by,
        };
        let context = Context::new(by.clone(), edge::now(), edge::seed()?);
        desk.execute(context, command).await?;
    }
    Ok(())
}

/// What technicians of the sample organisation do again and again.
const MACROS: [(&str, UsedBy, &str); 4] = [
    (
        "Say that I have it",
        UsedBy::Everybody,
        r#"{"say": {"reply": "Hello {{first_name}},\n\n{{number}} is with me now. I come back to you here.\n\n{{me}}"},
            "assignee": "me", "to": "in_progress"}"#,
    ),
    (
        "Ask for the device's name",
        UsedBy::Everybody,
        r#"{"say": {"reply": "Hello {{first_name}},\n\nwhich device does it happen on? Its name is on the sticker and begins with MHG-."},
            "assignee": "me", "to": "waiting_for_requester"}"#,
    ),
    (
        "Many are hit: press on",
        UsedBy::Everybody,
        r#"{"impact": "high", "urgency": "high", "assignee": "me"}"#,
    ),
    (
        "Hand over to the next shift",
        UsedBy::Author,
        r#"{"say": {"note": "Handed over at the end of my shift."}, "assignee": "nobody"}"#,
    ),
];

/// Keeps them, as a technician would.
pub(super) async fn load_macros(desk: &Desk, by: &Principal) -> anyhow::Result<()> {
    for (name, used_by, work) in MACROS {
        let command =
            WriteMacro { id: None, name: MacroName::new(name)?, work: serde_json::from_str(work)?, used_by };
        let context = Context::new(by.clone(), edge::now(), edge::seed()?);
        desk.execute(context, command).await?;
    }
    Ok(())
}
