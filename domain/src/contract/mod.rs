//! Contracts: what was bought from whom, for how long and at which price; how that stands against what is used; until when
//! to decide; and what is owed for use above it.

pub mod alert;
pub mod sheet;

mod agreement;
mod line;
mod money;
mod position;
mod renewal;
mod term;
mod true_up;

pub use agreement::{Contract, ContractError, NewContract, Notice};
pub use line::{LineError, NewOrderLine, OrderLine};
pub use money::{Currency, InvalidAmount, Money, Totals, UnknownCurrency};
pub use position::{AsOf, Bought, Position, PositionStanding, Use, entitled, position};
pub use renewal::{DeadlineKind, RENEWAL_STAGES, Renewal, next_deadline, renewals};
pub use term::{Days, RecurringTerm, TermDays, written};
pub use true_up::{Excess, Priced, TrueUpCause, TrueUpError, stretches};
