//! The ways in and out of the desk that are no page: imports from other desks, files of contracts, figures of monitoring, the
//! service that phrases the bot's answers, and the services that reach people's browsers.

pub mod import;
pub mod phrasing;
pub mod push;
pub mod sheet;
mod table;
pub mod trouble;
