//! People who are named in what is written: `@Ada Lind`.

use std::collections::BTreeSet;

use crate::PersonId;

/// The most people that one text tells.
pub const MOST_NAMED: usize = 20;
/// So many `@` of a text are looked at: what is beyond is a list of addresses, not a note.
const LOOKED_AT: usize = 200;

/// Who of `people` a text names, by the whole name behind an `@`, in whichever case: each once, in their order of
/// appearance, at most [`MOST_NAMED`]. Of several names that fit the longest is meant. A name that several people have
/// names nobody, as does one that nobody has: both stay plain text.
pub fn named_in<'p>(text: &str, people: &'p [(PersonId, String)]) -> Vec<&'p (PersonId, String)> {
    let names: Vec<&str> = people.iter().map(|(_, name)| name.as_str()).collect();
    let mut named = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, fits) in found(text, &names) {
        if let [only] = fits[..]
            && seen.insert(people[only].0)
            && named.len() < MOST_NAMED
        {
            named.push(&people[only]);
        }
    }
    named
}

/// Where in a text these names stand behind an `@`: the beginning and the end of each in bytes, the `@` included.
pub fn places_of_names(text: &str, names: &[&str]) -> Vec<(usize, usize)> {
    found(text, names).into_iter().map(|(place, _)| place).collect()
}

/// Each place with the names that fit it.
fn found(text: &str, names: &[&str]) -> Vec<((usize, usize), Vec<usize>)> {
    let mut all = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('@').take(LOOKED_AT) {
        // Behind a letter it is an address.
        let alone = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if at < from || !alone {
            continue;
        }
        let rest = &text[at + 1..];
        let mut longest = 0;
        let mut fits = Vec::new();
        for (nth, name) in names.iter().enumerate() {
            let Some(length) = fitting(rest, name).filter(|length| *length >= longest.max(1)) else {
                continue;
            };
            if length > longest {
                longest = length;
                fits.clear();
            }
            fits.push(nth);
        }
        if longest > 0 {
            from = at + 1 + longest;
            all.push(((at, from), fits));
        }
    }
    all
}

/// How many bytes of the text the name takes, if the text begins with it as a whole.
fn fitting(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    for expected in name.chars() {
        let next = rest.next()?;
        if next != expected && !next.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
    }
    let rest = rest.as_str();
    let mut after = rest.chars();
    let goes_on = match after.next() {
        // Half of a double name is somebody else.
        Some('-') => after.next().is_some_and(char::is_alphanumeric),
        Some(next) => next.is_alphanumeric(),
        None => false,
    };
    (!goes_on).then(|| text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn people(names: &[&str]) -> Vec<(PersonId, String)> {
        (1_u128..).zip(names).map(|(id, name)| (Uuid::from_u128(id).into(), (*name).to_owned())).collect()
    }

    fn named(text: &str, names: &[&str]) -> Vec<String> {
        named_in(text, &people(names)).into_iter().map(|(_, name)| name.clone()).collect()
    }

    const TEAM: [&str; 4] = ["Ada Lind", "Ada Lind-Berg", "Øyvind Åsen", "Tim Okafor"];

    #[test]
    fn a_whole_name_behind_an_at_names_its_owner() {
        assert_eq!(named("@Tim Okafor, please look", &TEAM), ["Tim Okafor"]);
        assert_eq!(named("see (@tim okafor) and @øyvind åsen.", &TEAM), ["Tim Okafor", "Øyvind Åsen"]);
        assert_eq!(named("@Tim Okafor's desk, @Tim Okafor", &TEAM), ["Tim Okafor"], "once is enough");
    }

    #[test]
    fn of_two_names_the_longer_is_meant_and_half_a_name_is_nobody() {
        assert_eq!(named("@Ada Lind-Berg knows", &TEAM), ["Ada Lind-Berg"]);
        assert_eq!(named("@Ada Lind - she knows", &TEAM), ["Ada Lind"]);
        assert_eq!(named("@Ada", &TEAM), [""; 0]);
        assert_eq!(named("@Tim Okaforson", &TEAM), [""; 0]);
        assert_eq!(named("post@Tim Okafor", &TEAM), [""; 0], "an address names nobody");
    }

    #[test]
    fn a_name_that_two_have_names_neither() {
        assert_eq!(
            named("@Ada Lind and @Tim Okafor", &["Ada Lind", "ada lind", "Tim Okafor"]),
            ["Tim Okafor"]
        );
    }

    #[test]
    fn a_list_of_everybody_tells_twenty() {
        let names: Vec<String> = (100..200).map(|n| format!("Person {n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = names.iter().map(|name| format!("@{name}")).collect::<Vec<_>>().join(" ");
        assert_eq!(named(&text, &names).len(), MOST_NAMED);
    }

    #[test]
    fn places_are_on_the_boundaries_of_characters() {
        let text = "ü @Øyvind Åsen ü";
        let places = places_of_names(text, &["Øyvind Åsen"]);
        assert_eq!(places.iter().map(|(from, to)| &text[*from..*to]).collect::<Vec<_>>(), ["@Øyvind Åsen"]);
    }
}
