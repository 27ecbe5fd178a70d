//! Service levels: business calendars, what a desk promises by priority, and the clock that says how a ticket stands
//! against the promise — segment by segment, so that nobody has to believe a due time.

mod calendar;
mod clock;
mod policy;
mod week;

pub use calendar::{Calendar, CalendarDefinition, InvalidCalendar};
pub use clock::{Clock, Clocks, Hand, Period, Reading, Segment, Status};
pub use policy::{InvalidPolicy, Policy, Promise, Promises, TargetKind};
pub use week::{InvalidOpening, Opening, Week};
