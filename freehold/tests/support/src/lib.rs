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

/// A client for tests. The program brings its own cryptography to each connection, so the library comes without one; a client
/// refuses to be made then, even for `http`.
pub fn http() -> reqwest::ClientBuilder {
    // Somebody else in this process has done it: as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
}
