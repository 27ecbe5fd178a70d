//! What it takes to get help, measured by the desk itself.
//!
//! **Counting is no act.** That a search found nothing, or that a form was begun, changes nothing that anybody relies on: it
//! is counted past the door, as signs of life are, and without who did it. The effort of a ticket is counted in the
//! transaction that raises it, so that it is there exactly once. What an administrator brings in is an act.

mod department;
mod note;
mod read;

pub use department::{
    DepartmentView, DepartmentsView, ImportTrouble, PreviewTrouble, TroubleReport, TroubleRow,
};
pub(crate) use note::forget;
pub use note::{SearchEnd, SearchPlace};
pub use read::{CameBack, EffortOfDay, EffortReport, EffortView, Reached};
