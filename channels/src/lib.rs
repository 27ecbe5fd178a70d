//! The ways in and out of the desk that are no page: imports from other desks.

pub mod import;
