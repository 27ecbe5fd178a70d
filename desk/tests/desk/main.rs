//! The desk from outside, on both engines: commands and queries as a channel sends them.

mod support;
mod ticket;
