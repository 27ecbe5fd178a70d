//! Ways in from other desks. An importer reads what another desk exports and hands over the neutral values of
//! [`domain::import`]; it writes nothing, so a dry run is the same run without the last step.

pub mod servicenow;
