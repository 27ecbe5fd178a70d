//! Stories told at the command line. One program, so that it is linked once; a module for each subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod demo;
mod import;
mod offline;
mod running;
mod support;
