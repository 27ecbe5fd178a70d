//! The ways in and out of the desk that are no page: imports from other desks, files of contracts.

pub mod import;
pub mod sheet;
