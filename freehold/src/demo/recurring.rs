//! What the sample's technicians raise again and again, by hand and by the calendar.

use desk::{
    Context, Desk,
    ticket::{WriteRecurring, WriteTemplate},
};
use domain::{
    identity::{Actor, Principal},
    ticket::{
        Impact, Kind, Markdown, Recurrence, RecurrenceText, Recurring, RecurringName, Subject, Template,
        TemplateName, Urgency, UsedBy,
    },
};

use crate::edge;

/// Name, kind, subject, description.
const TEMPLATES: [(&str, Kind, &str, &str); 3] = [
    (
        "New colleague",
        Kind::ServiceRequest,
        "A place to work for a new colleague",
        "Name and first day:\n\n- [ ] account and mailbox\n- [ ] laptop from the store, encrypted\n- [ ] telephone number\n- [ ] access to the ward's shared folders\n- [ ] badge",
    ),
    (
        "Lost device",
        Kind::Incident,
        "A device was lost or stolen",
        "Which device, where and when:\n\n- [ ] locked and wiped from afar\n- [ ] passwords reset\n- [ ] data protection officer told",
    ),
    ("Printer out of toner", Kind::ServiceRequest, "Toner for a printer", "Which printer, which colour:"),
];

/// Name, frequency, day of its first time, subject.
const RECURRING: [(&str, &str, &str, &str); 3] = [
    (
        "Restore test of the backup",
        "monthly",
        "2026-01-01",
        "Restore one mailbox and one share from last night's backup",
    ),
    (
        "Certificates that run out",
        "monthly",
        "2026-01-15",
        "Renew the certificates that run out within 60 days",
    ),
    ("Emergency power test", "yearly", "2026-03-01", "Server room on emergency power for ten minutes"),
];

/// Keeps them, as a technician would.
pub(super) async fn load(desk: &Desk, by: &Principal) -> anyhow::Result<()> {
    let Actor::Person(requester) = by.actor else { return Ok(()) };
    let context = || anyhow::Ok(Context::new(by.clone(), edge::now(), edge::seed()?));
    let template = |kind, subject: &str, description: Option<&str>| {
        anyhow::Ok(Template {
            kind,
            subject: Subject::new(subject)?,
            description: description.map(Markdown::new).transpose()?,
            category: None,
            impact: Impact::Low,
            urgency: Urgency::Medium,
            group: None,
            assignee: None,
        })
    };
    for (name, kind, subject, description) in TEMPLATES {
        let template = template(kind, subject, Some(description))?;
        let name = TemplateName::new(name)?;
        desk.execute(context()?, WriteTemplate { id: None, name, template, used_by: UsedBy::Everybody })
            .await?;
    }
    for (name, frequency, from, subject) in RECURRING {
        let rule = Recurrence::try_from(RecurrenceText {
            frequency: frequency.to_owned(),
            interval: 1,
            on: Vec::new(),
            from: from.to_owned(),
            at: "06:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
        })?;
        let recurring = Recurring {
            template: template(Kind::ServiceRequest, subject, None)?,
            rule,
            requester,
            unless_open: true,
        };
        let name = RecurringName::new(name)?;
        desk.execute(context()?, WriteRecurring { id: None, name, recurring }).await?;
    }
    Ok(())
}
