//! Through which account and channel an entry of a timeline came, and on which seat.

use domain::{
    identity::{Account, Channel, ExternalIdentity},
    licence::Verdict,
};
use serde::{Deserialize, Serialize};
use store::session;

use crate::{Act, Result};

/// What stands beside the name in a timeline. Both identities are there, always: whose act it was, and which account
/// authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Byline {
    /// The way in.
    pub channel: Channel,
    /// The service account's name at the time, when one spoke for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The identity that the service account spoke for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalIdentity>,
    /// The seat or token that the act consumed: `seat 3`, `token 7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<String>,
}

impl Act<'_, '_> {
    pub(crate) fn byline(&mut self) -> Result<Byline> {
        let via = match self.ctx.principal.authenticated_as {
            Account::ServiceAccount { account, .. } => {
                session::account(self.tx, account)?.map(|found| found.name)
            }
            Account::Session { .. } | Account::Token { .. } | Account::Guest { .. } | Account::System(_) => {
                None
            }
        };
        let seat = worked_on(&self.verdict);
        let external = self.ctx.principal.external_identity.clone();
        Ok(Byline { channel: self.ctx.principal.channel, via, external, seat })
    }
}

fn worked_on(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Seat(seat) => Some(format!("seat {}", seat.seat_number)),
        Verdict::Token { token, .. } => Some(format!("token {token}")),
        Verdict::DayPass { number, .. } => Some(format!("day pass {number}")),
        Verdict::Module { base, .. } => worked_on(base),
        Verdict::Free | Verdict::Queued { .. } | Verdict::Refused(_) => None,
    }
}
