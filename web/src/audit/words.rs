//! Records in words.

use domain::{
    audit::{Consumed, Outcome},
    identity::{Account, Channel},
};

use crate::ui::Tone;

/// How an act ended, by the name in the record.
pub(super) fn outcome(name: &str) -> (Tone, &str) {
    match name {
        "done" => (Tone::Ok, "done"),
        "refused" => (Tone::Bad, "refused"),
        "queued" => (Tone::Warn, "queued"),
        "held" => (Tone::Warn, "held"),
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
            format!("{} and, of the module, {}", seat(base), seat(module))
        }
        Outcome::Done(None) => "free".to_owned(),
        Outcome::Refused(Some(reason)) => reason.as_str().replace('_', " "),
        Outcome::Refused(None) => "see the detail".to_owned(),
        Outcome::Queued => "in line for a token".to_owned(),
        Outcome::Held => "waits for a technician".to_owned(),
    }
}

fn seat(consumed: Consumed) -> String {
    match consumed {
        Consumed::Seat { seat, .. } => format!("seat {seat}"),
        Consumed::Token { token, fence, .. } => format!("token {token}, fence {fence}"),
        Consumed::DayPass { number, .. } => format!("day pass {number}"),
    }
}

/// Whose credentials were checked.
pub(super) const fn account(account: Account) -> &'static str {
    match account {
        Account::Session { .. } => "signed in in a browser",
        Account::Token { .. } => "API token",
        Account::ServiceAccount { .. } => "service account",
        Account::Guest { .. } => "nobody's account: a guest",
        Account::System(_) => "the program itself",
    }
}

/// The way in.
pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "page",
        Channel::Api => "API",
        Channel::CommandLine => "command line",
        Channel::Import => "import",
        Channel::Timer => "the clock",
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
