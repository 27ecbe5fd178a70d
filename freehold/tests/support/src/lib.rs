//! What a story needs around it: a running Freehold ([`Server`]) and somebody looking at it ([`Browser`]).
//!
//! A crate rather than a module of the tests, so that each test takes what it needs of it and the workshop's tools
//! (screens, benchmark, torture) take the same. The rooms never depend on it.

pub mod browser;
mod driver;
pub mod page;
pub mod server;
pub mod sound;

pub use browser::{Browser, Scheme, Screen, is_of_the_browser};
pub use fantoccini::key::Key;
pub use page::Find;
pub use server::Server;
