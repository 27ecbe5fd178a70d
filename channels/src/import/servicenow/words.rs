//! The source's words for states and levels, in ours.

use domain::{
    import::State,
    ticket::{Impact, Priority, Urgency},
};

/// The state of the default workflow for a word of the source; names and the numbers of its choice list alike.
///
/// A word we do not know, such as the `-100` of records that were saved without a state, has no place: the incident
/// stays in the state it was in.
pub(super) fn state(word: &str) -> Option<State> {
    Some(match word.to_lowercase().as_str() {
        "new" | "1" => State::New,
        "active" | "in progress" | "work in progress" | "assigned" | "2" => State::InProgress,
        "awaiting user info" | "awaiting caller" | "awaiting evidence" | "4" => State::WaitingForRequester,
        "awaiting problem" | "awaiting change" | "awaiting vendor" | "on hold" | "pending" | "3" | "5" => {
            State::WaitingForVendor
        }
        "resolved" | "6" => State::Resolved,
        "closed" | "7" => State::Closed,
        "canceled" | "cancelled" | "8" => State::Cancelled,
        _ => return None,
    })
}

/// `2 - Medium`, or `2`, or `Medium`.
pub(super) fn impact(text: &str) -> Option<Impact> {
    level(text, &[(Impact::High, "high"), (Impact::Medium, "medium"), (Impact::Low, "low")])
}

/// `2 - Medium`, or `2`, or `Medium`.
pub(super) fn urgency(text: &str) -> Option<Urgency> {
    level(text, &[(Urgency::High, "high"), (Urgency::Medium, "medium"), (Urgency::Low, "low")])
}

/// `3 - Moderate`, or `3`, or `Moderate`.
pub(super) fn priority(text: &str) -> Option<Priority> {
    level(
        text,
        &[
            (Priority::P1, "critical"),
            (Priority::P2, "high"),
            (Priority::P3, "moderate"),
            (Priority::P4, "low"),
            (Priority::P5, "planning"),
        ],
    )
}

/// The number decides where there is one: its label may be translated.
fn level<L: Copy>(text: &str, levels: &[(L, &str)]) -> Option<L> {
    let (number, label) = text.split_once('-').map_or((text, text), |(number, label)| (number, label));
    if let Ok(number) = number.trim().parse::<usize>() {
        return levels.get(number.checked_sub(1)?).map(|(level, _)| *level);
    }
    levels.iter().find(|(_, name)| name.eq_ignore_ascii_case(label.trim())).map(|(level, _)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_level_decides() {
        assert_eq!(impact("2 - Medium"), Some(Impact::Medium));
        assert_eq!(impact("1 - Hoch"), Some(Impact::High));
        assert_eq!(urgency("low"), Some(Urgency::Low));
        assert_eq!(priority("5 - Planning"), Some(Priority::P5));
        assert_eq!(impact("4"), None);
        assert_eq!(impact("0 - None"), None);
        assert_eq!(impact("-"), None);
    }

    #[test]
    fn a_state_we_do_not_know_has_no_place() {
        assert_eq!(state("Awaiting User Info"), Some(State::WaitingForRequester));
        assert_eq!(state("ACTIVE"), Some(State::InProgress));
        assert_eq!(state("-100"), None);
    }
}
