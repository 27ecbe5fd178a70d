//! Everybody whom the export names, and the least role that fits what they were seen doing.

use std::collections::{BTreeMap, BTreeSet};

use domain::import::{ImportedPerson, ImportedTicket, PersonKey, RoleHint};

use super::{EventRow, rebuild::UNKNOWN_CALLER};

/// The longest part before the hash; with it, well under the 64 octets of RFC 5321 §4.5.3.1.1.
const READABLE: usize = 40;

/// Everybody seen so far.
#[derive(Debug, Default)]
pub(super) struct People {
    seen: BTreeMap<PersonKey, Seen>,
    groups: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Seen {
    name: String,
    called: bool,
    /// Was assigned to or resolved an incident.
    worked: bool,
    /// Opened or saved one, which callers do too, through a portal.
    saved: bool,
    groups: BTreeSet<String>,
}

impl People {
    /// Takes note of everybody in `row`.
    pub(super) fn see(&mut self, row: &EventRow) {
        if let Some(caller) = self.person(row.caller.as_deref()) {
            caller.called = true;
        }
        for name in [&row.opened_by, &row.created_by, &row.updated_by] {
            if let Some(person) = self.person(name.as_deref()) {
                person.saved = true;
            }
        }
        if let Some(resolver) = self.person(row.resolved_by.as_deref()) {
            resolver.worked = true;
        }
        let group = row.group.as_deref();
        if let Some(assignee) = self.person(row.assigned_to.as_deref()) {
            assignee.worked = true;
            if let Some(group) = group
                && !assignee.groups.contains(group)
            {
                assignee.groups.insert(group.to_owned());
            }
        }
        if let Some(group) = group
            && !self.groups.contains(group)
        {
            self.groups.insert(group.to_owned());
        }
    }

    /// Every group named.
    pub(super) fn groups(&self) -> BTreeSet<String> {
        self.groups.clone()
    }

    /// Everybody, by key, and the stand-in for unknown callers if a ticket needs one.
    pub(super) fn finish(mut self, tickets: &[ImportedTicket]) -> Vec<ImportedPerson> {
        if let Some(unknown) = key(UNKNOWN_CALLER)
            && tickets.iter().any(|ticket| ticket.requester == unknown)
        {
            self.seen
                .entry(unknown)
                .or_insert_with(|| Seen { name: UNKNOWN_CALLER.to_owned(), ..Seen::default() });
        }
        self.seen
            .into_iter()
            .map(|(key, seen)| ImportedPerson {
                email: format!("{key}@servicenow.invalid"),
                key,
                role: if seen.worked || (seen.saved && !seen.called) {
                    RoleHint::Agent
                } else {
                    RoleHint::Requester
                },
                display_name: seen.name,
                department: None,
                title: None,
                location: None,
                groups: seen.groups.into_iter().collect(),
            })
            .collect()
    }

    fn person(&mut self, name: Option<&str>) -> Option<&mut Seen> {
        let name = name?;
        Some(self.seen.entry(key(name)?).or_insert_with(|| Seen { name: name.to_owned(), ..Seen::default() }))
    }
}

/// The key of the person with this name: readable, safe before the `@`, equal for names that differ only in case and
/// white space, and different for all others. The source's own program is nobody.
pub(super) fn key(name: &str) -> Option<PersonKey> {
    let tidy = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if tidy.is_empty() || tidy == "system" {
        return None;
    }
    let readable: String = tidy
        .chars()
        .map(|c| if c == ' ' { '-' } else { c })
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(READABLE)
        .collect();
    let lossless = tidy.len() <= READABLE && tidy.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    Some(PersonKey(match (lossless, readable.trim_matches('-')) {
        (true, _) => readable,
        (false, "") => format!("person-{:016x}", fnv1a(tidy.as_bytes())),
        (false, readable) => format!("{readable}-{:016x}", fnv1a(tidy.as_bytes())),
    }))
}

/// Fowler–Noll–Vo 1a in 64 bits: the same on every machine and in every version, which `std`'s hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_person_however_it_is_spaced_and_cased() {
        assert_eq!(key("Opened by  8"), key("opened by 8"));
        assert_eq!(key("Caller 2403").unwrap().as_str(), "caller-2403");
    }

    #[test]
    fn different_people_never_share_an_address() {
        let names = [
            "Jürgen Groß",
            "Jorgen Gros",
            "Jrgen Gro",
            "王伟",
            "李娜",
            "Anne-Marie Roy",
            "Anne Marie Roy",
            "O'Neil",
            "Oneil",
        ];
        let keys: BTreeSet<_> = names.iter().map(|name| key(name).unwrap()).collect();
        assert_eq!(keys.len(), names.len());
        for key in keys {
            assert!(key.as_str().len() <= 64);
            assert!(key.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{key}");
        }
    }

    #[test]
    fn the_sources_own_program_is_nobody() {
        assert_eq!(key("system"), None);
        assert_eq!(key("  "), None);
    }
}
