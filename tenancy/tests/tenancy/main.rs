//! A tenant from outside: opened, backed up, brought back, on either engine.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

mod attachments;
mod audit;
mod backup;
mod opening;
mod support;
