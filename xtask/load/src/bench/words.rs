//! What people write: varied enough that an index has something to do.

use rand::{RngExt as _, rngs::StdRng};

const THINGS: &[&str] = &[
    "printer",
    "laptop",
    "keyboard",
    "monitor",
    "headset",
    "scanner",
    "projector",
    "docking station",
    "phone",
    "tablet",
    "badge reader",
    "mailbox",
    "calendar",
    "shared drive",
    "network drive",
    "spreadsheet",
    "browser",
    "password",
    "certificate",
    "licence",
    "backup",
    "database",
    "report",
    "invoice",
    "timesheet",
    "wiki",
    "video call",
    "wireless network",
    "cable",
    "switch",
    "firewall",
    "tunnel",
    "server",
    "website",
    "queue",
    "payroll",
    "warehouse terminal",
    "till",
    "label printer",
    "battery",
];
const TROUBLES: &[&str] = &[
    "does not start",
    "is very slow",
    "shows an error",
    "lost its settings",
    "asks for a sign-in again and again",
    "cannot be reached",
    "makes a noise",
    "is missing",
    "stays black",
    "crashes at noon",
    "prints blank pages",
    "refuses the update",
    "is full",
    "arrived damaged",
    "disconnects every hour",
    "opens the wrong file",
    "sends everything twice",
    "cannot find the network",
    "is locked",
    "shows last year",
];
const PLACES: &[&str] = &[
    "in Oslo",
    "in Lisbon",
    "in Tallinn",
    "in the canteen",
    "in room 14",
    "on the third floor",
    "at reception",
    "in the warehouse",
    "at home",
    "on the train",
    "in the meeting room",
    "in the archive",
    "in Leeds",
    "in the workshop",
    "at the loading dock",
    "in Porto",
];
const STORIES: &[&str] = &[
    "It worked yesterday.",
    "I have restarted it twice.",
    "Three colleagues see the same.",
    "A customer is waiting for it.",
    "Nothing was changed that I know of.",
    "The lamp blinks in orange.",
    "It began after the update on Tuesday.",
    "I need it for the month's end.",
    "There is a photo, if it helps.",
    "Please call me before noon.",
    "The cable was exchanged already.",
    "It happens on both floors.",
];

fn one<'a>(of: &[&'a str], random: &mut StdRng) -> &'a str {
    of[random.random_range(0..of.len())]
}

/// Things have numbers, and people write four tickets about each: who has more tickets has more things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers(u32);

impl Numbers {
    pub(super) fn of(tickets: u32) -> Self {
        Self((tickets / 4).max(1))
    }

    fn one(self, random: &mut StdRng) -> u32 {
        random.random_range(1..=self.0)
    }
}

pub(super) fn subject(numbers: Numbers, random: &mut StdRng) -> String {
    let number = numbers.one(random);
    let (thing, trouble, place) = (one(THINGS, random), one(TROUBLES, random), one(PLACES, random));
    format!("The {thing} {number} {place} {trouble}")
}

pub(super) fn description(random: &mut StdRng) -> String {
    let sentences = random.random_range(2..5);
    (0..sentences).map(|_| one(STORIES, random)).collect::<Vec<_>>().join(" ")
}

/// What somebody looks for: a thing, where it is, often its number, sometimes only the beginning of a word.
pub(super) fn query(numbers: Numbers, random: &mut StdRng) -> String {
    let (thing, place) = (one(THINGS, random), one(PLACES, random));
    match random.random_range(0..4) {
        0 => format!("{thing} {}", numbers.one(random)),
        1 => format!("{thing} {place}"),
        2 => thing.chars().take(4).collect(),
        _ => format!("{} {}", one(TROUBLES, random), numbers.one(random)),
    }
}
