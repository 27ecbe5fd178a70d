//! The blanks of a text, filled in for one ticket and whoever writes on it.

use domain::{
    PersonId,
    ticket::{Blanks, Ticket},
};
use store::{ReadTx, person};

use super::{TicketView, detail::view};
use crate::{Result, rules::Rules};

/// What stands for the blanks.
pub(super) struct FilledFor {
    view: TicketView,
    me: String,
}

impl FilledFor {
    /// Looks the names up.
    pub(super) fn look_up(tx: &mut ReadTx<'_>, rules: &Rules, ticket: Ticket, me: PersonId) -> Result<Self> {
        let me = person::by_id(tx, me)?.map(|person| person.name).unwrap_or_default();
        Ok(Self { view: view(tx, rules, ticket)?, me })
    }

    /// The text with its blanks filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        let blanks = Blanks {
            requester: &self.view.requester_name,
            number: self.view.ticket.number,
            subject: &self.view.ticket.subject,
            group: self.view.group_name.as_deref().unwrap_or_default(),
            me: &self.me,
        };
        blanks.fill(text)
    }
}
