//! Files on a ticket. Their content is stored before the command, under its SHA-256; the command says whose it is.

use domain::{AttachmentId, licence::Action};
use serde_json::json;
use store::ticket::{self, Attachment};

use super::{TicketOutcome, TicketRef};
use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Attach a file whose content is stored already.
#[derive(Debug, Clone)]
pub struct Attach {
    /// The ticket.
    pub ticket: TicketRef,
    /// The name it was sent with; only its last part is kept.
    pub name: String,
    /// The media type it was sent with.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// What its content is called.
    pub sha256: [u8; 32],
    /// Whether the requester reads it, where a technician attaches it.
    pub public: bool,
}

/// Longest file name kept.
const NAME_LIMIT: usize = 200;

impl Command for Attach {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let (ticket, relation) = at.ticket(self.ticket)?;
        if relation.only_reads() {
            return Err(Refused::Rule(
                "you read this ticket but it is not yours; ask its requester".to_owned(),
            ));
        }
        let act = if at.is_own(&ticket) { Action::TicketAttachOwn } else { Action::TicketAttach };
        Ok(act.on(ticket.kind()))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let name = file_name(&self.name);
        let before = act.hold(self.ticket, None)?;
        let (after, facts) = before.attach(&name, act.now())?;
        let file = Attachment {
            id: act.new_id(),
            ticket: before.id,
            name,
            content_type: media_type(&self.content_type),
            size: self.size,
            sha256: self.sha256,
            person: act.person(),
            at: act.now(),
            public: self.public || act.action == Action::TicketAttachOwn,
        };
        ticket::attach(act.tx, &file)?;
        act.detail =
            json!({ "number": before.number, "attachment": file.id, "name": file.name, "size": file.size });
        act.save(&before, after, &facts).map(Box::new)
    }
}

/// The last part of a path, without control characters, at most [`NAME_LIMIT`] characters; never empty.
pub(crate) fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(NAME_LIMIT).collect();
    let clean = clean.trim().trim_matches('.').to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

/// A media type that is one (RFC 9110 §8.3.1), or the one that says nothing.
pub(crate) fn media_type(sent: &str) -> String {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let essence = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let shaped = essence.len() <= 100
        && essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if shaped { essence } else { "application/octet-stream".to_owned() }
}

/// One file, if the caller may see its ticket, and it.
#[derive(Debug, Clone, Copy)]
pub struct AttachmentOf {
    /// Which.
    pub id: AttachmentId,
}

impl Query for AttachmentOf {
    type Answer = Attachment;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Attachment> {
        let file = ticket::attachment(look.tx, self.id)?.ok_or(Refused::NotFound("attachment"))?;
        let (_, relation) = look.ticket(file.ticket.into()).map_err(|_| Refused::NotFound("attachment"))?;
        if file.public || relation.sees_everything() {
            Ok(file)
        } else {
            Err(Refused::NotFound("attachment"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_the_last_part_of_its_name_and_nothing_that_could_lead_elsewhere() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\Users\\anna\\scan.pdf"), "scan.pdf");
        assert_eq!(file_name("..."), "file");
        assert_eq!(file_name("a\r\nb\0.txt"), "ab.txt");
        assert_eq!(file_name(&"ü".repeat(500)).chars().count(), NAME_LIMIT);
    }

    #[test]
    fn a_media_type_that_is_none_says_nothing() {
        assert_eq!(media_type("Image/PNG; charset=x"), "image/png");
        for wrong in ["", "png", "text/", "text/html<script>", "a b/c"] {
            assert_eq!(media_type(wrong), "application/octet-stream");
        }
    }
}
