//! Records in words.

use domain::{
    audit::{Consumed, Outcome},
    identity::{Account, Channel},
};

use crate::ui::Tone;
use crate::words::t;

/// How an act ended, by the name in the record.
pub(super) fn outcome(name: &str) -> (Tone, &str) {
    match name {
        "done" => (Tone::Ok, t!("done")),
        "refused" => (Tone::Bad, t!("refused")),
        "queued" => (Tone::Warn, t!("queued")),
        "held" => (Tone::Warn, t!("held")),
        other => (Tone::Plain, other),
    }
}

/// A number with its thousands apart: "18,204".
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// What an act took, or why it was refused.
pub(super) fn right(outcome: Outcome) -> String {
    match outcome {
        Outcome::Done(Some(consumed)) => seat(consumed),
        Outcome::DoneWithModule { base, module } => {
            t!("{base} and, of the module, {module}", base = seat(base), module = seat(module))
        }
        Outcome::Done(None) => t!("free").to_owned(),
        Outcome::Refused(Some(reason)) => reason.as_str().replace('_', " "),
        Outcome::Refused(None) => t!("see the detail").to_owned(),
        Outcome::Queued => t!("in line for a token").to_owned(),
        Outcome::Held => t!("waits for a technician").to_owned(),
    }
}

fn seat(consumed: Consumed) -> String {
    match consumed {
        Consumed::Seat { seat, .. } => t!("seat {seat}", seat),
        Consumed::Token { token, fence, .. } => t!("token {token}, fence {fence}", token, fence),
        Consumed::DayPass { number, .. } => t!("day pass {number}", number),
    }
}

/// Whose credentials were checked.
pub(super) fn account(account: Account) -> &'static str {
    match account {
        Account::Session { .. } => t!("signed in in a browser"),
        Account::Token { .. } => t!("API token"),
        Account::ServiceAccount { .. } => t!("service account"),
        Account::Guest { .. } => t!("nobody's account: a guest"),
        Account::System(_) => t!("the program itself"),
    }
}

/// The way in.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => t!("page"),
        Channel::Api => "API",
        Channel::CommandLine => t!("command line"),
        Channel::Import => t!("import"),
        Channel::Timer => t!("the clock"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (value, words) in
            [(0, "0"), (999, "999"), (5_064, "5,064"), (123_456, "123,456"), (1_000_000, "1,000,000")]
        {
            assert_eq!(number(value), words);
        }
    }
}
