//! Pages and protocols: everything people and programs see of Freehold over HTTP.

pub mod ui;
