//! The HTTP API, driven through the whole router on a real desk, on both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod bad_input;
mod callers;
mod catalogue;
mod checkouts;
mod description;
mod guests;
mod notes;
mod shape;
mod story;
mod stream;
mod support;
mod tools;
mod twice;
