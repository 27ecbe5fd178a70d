//! Service levels: business calendars, what a desk promises by priority, and the clock that says how a ticket stands
//! against the promise — segment by segment, so that nobody has to believe a due time.

mod calendar;
mod clock;
mod policy;

pub use calendar::{Calendar, CalendarDefinition, InvalidCalendar, InvalidOpening, Opening, Week};
pub use clock::{Clock, Clocks, Hand, Period, Reading, Segment, Status};
pub use policy::{InvalidPolicy, Policy, Promise, Promises, TargetKind};
