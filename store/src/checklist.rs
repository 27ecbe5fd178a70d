//! The checklists of tickets.

use domain::{
    CommentId, TicketId,
    ticket::{Checklist, ChecklistItem, ChecklistProgress, ChecklistWords, Ticked},
};

use crate::{ReadTx, Result, Row, WriteTx, statement::statements};

statements! {
    PUT = "INSERT INTO checklist_item (id, ticket_id, place, words, ticked_by, ticked_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET place = excluded.place, words = excluded.words, ticked_by = excluded.ticked_by,
            ticked_at = excluded.ticked_at";
    REMOVE = "DELETE FROM checklist_item WHERE id = $1";
    OF = "SELECT i.id, i.words, i.ticked_by, i.ticked_at, p.name FROM checklist_item i
        LEFT JOIN person p ON p.id = i.ticked_by WHERE i.ticket_id = $1 ORDER BY i.place, i.id";
    WORDS_OF = "SELECT body FROM timeline_entry WHERE id = $2 AND ticket_id = $1 AND kind <> 'fact'";
    COUNT = "UPDATE ticket SET checklist_items = $2, checklist_done = $3 WHERE id = $1";
}

/// The checklist of a ticket; beside each item the name of whoever ticked it.
pub fn of(tx: &mut ReadTx<'_>, ticket: TicketId) -> Result<(Checklist, Vec<Option<String>>)> {
    let (items, names) = tx.rows(OF, &[ticket.into()], read)?.into_iter().unzip();
    Ok((Checklist::new(items), names))
}

fn read(row: &Row<'_>) -> Result<(ChecklistItem, Option<String>)> {
    let ticked = match (row.get(2)?, row.get(3)?) {
        (Some(by), Some(at)) => Some(Ticked { by, at }),
        _ => None,
    };
    let words = row.parse(1, |text| ChecklistWords::new(text).ok())?;
    Ok((ChecklistItem { id: row.get(0)?, words, ticked }, row.get(4)?))
}

/// The text of a reply or note on a ticket.
pub fn words_of(tx: &mut ReadTx<'_>, ticket: TicketId, comment: CommentId) -> Result<Option<String>> {
    tx.row(WORDS_OF, &[ticket.into(), comment.into()], |row| row.get(0))
}

/// Writes what became of a checklist, and how far it is beside the ticket.
pub fn put(tx: &mut WriteTx<'_>, ticket: TicketId, before: &Checklist, after: &Checklist) -> Result<()> {
    for gone in before.items().iter().filter(|item| after.items().iter().all(|it| it.id != item.id)) {
        tx.execute(REMOVE, &[gone.id.into()])?;
    }
    for (place, item) in after.items().iter().enumerate() {
        if before.items().get(place) == Some(item) {
            continue;
        }
        let values = [
            item.id.into(),
            ticket.into(),
            u64::try_from(place).unwrap_or(u64::MAX).into(),
            item.words.as_str().into(),
            item.ticked.map(|ticked| ticked.by).into(),
            item.ticked.map(|ticked| ticked.at).into(),
        ];
        tx.execute(PUT, &values)?;
    }
    let ChecklistProgress { done, items } =
        after.progress().unwrap_or(ChecklistProgress { done: 0, items: 0 });
    tx.execute(COUNT, &[ticket.into(), items.into(), done.into()]).map(drop)
}
