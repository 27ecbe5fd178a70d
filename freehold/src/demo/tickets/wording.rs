//! Texts with their slots filled, opened and closed the way people do.

use domain::import::ImportedPerson;
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

/// What stands in the slots of one ticket's texts; the same in all of them.
#[derive(Debug, Clone)]
pub(super) struct Slots(Vec<(&'static str, String)>);

impl Slots {
    pub(super) fn new(
        me: &ImportedPerson,
        colleague: &ImportedPerson,
        time: String,
        random: &mut StdRng,
    ) -> Self {
        let floor = random.random_range(1..7);
        let letter = ["A", "B", "C", "D"].choose(random).unwrap_or(&"A");
        let first_name = me.display_name.split(' ').next().unwrap_or_default().to_owned();
        let department = me.department.clone().unwrap_or_default();
        let german = me.location.as_deref() == Some(super::GERMAN_SITE);
        let ward = if german { "Station" } else { "Ward" };
        Self(vec![
            ("printer", format!("PR-{floor}{letter}-{:02}", random.random_range(1..30))),
            ("laptop", format!("LT-{}", random.random_range(40_100..49_900))),
            ("pc", format!("PC-{floor}{letter}-{:03}", random.random_range(1..200))),
            ("ap", format!("AP-{floor}{letter}-{:02}", random.random_range(1..40))),
            ("asset", format!("A-{}", random.random_range(10_000..90_000))),
            ("order", format!("4500{}", random.random_range(10_000..99_999))),
            ("phone", format!("MP-{}", random.random_range(1_000..9_999))),
            ("extension", random.random_range(2_000..8_999).to_string()),
            ("count", random.random_range(3..40).to_string()),
            ("ward", format!("{ward} {floor}{letter}")),
            ("room", format!("{letter}{floor}.{:02}", random.random_range(1..40))),
            ("site", me.location.clone().unwrap_or_default()),
            ("colleague", colleague.display_name.clone()),
            ("time", time),
            ("me", me.display_name.clone()),
            ("first", first_name),
            ("title", me.title.clone().unwrap_or_default()),
            ("department", department),
        ])
    }

    /// `text` with its slots filled. A brace that opens no known slot stays as it is.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let slot = after.split_once('}').and_then(|(name, rest)| {
                let (_, value) = self.0.iter().find(|(slot, _)| *slot == name)?;
                Some((value, rest))
            });
            if let Some((value, after)) = slot {
                filled.push_str(value);
                rest = after;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// What people write around the matter itself.
pub(super) struct Manners {
    openings: &'static [&'static str],
    details: &'static [&'static str],
    closings: &'static [&'static str],
    pub(super) thanks: &'static [&'static str],
    pub(super) back_again: &'static [&'static str],
    pub(super) withdrawn: &'static [&'static str],
    salutation: &'static str,
    farewell: &'static str,
    pub(super) sorry: &'static [&'static str],
}

const ENGLISH: Manners = Manners {
    openings: &["", "", "Hi,\n\n", "Hello,\n\n", "Good morning,\n\n", "Hi team,\n\n", "Dear IT,\n\n"],
    details: &[
        "",
        "",
        "",
        " It started this morning.",
        " I have already restarted, no change.",
        " {colleague} has the same.",
        " We have a clinic at {time}, so soon would be good.",
        " I am at ext. {extension} until four.",
        " This is the second time this month.",
        " I am based at {site}, {room}.",
    ],
    closings: &[
        "",
        "",
        "\n\nThanks",
        "\n\nThank you!\n{first}",
        "\n\nMany thanks\n{me}",
        "\n\nKind regards\n{me}\n{title}, {department}",
        "\n\n{first} (ext. {extension})",
    ],
    thanks: &[
        "Works again, thank you!",
        "Brilliant, thanks for the quick help.",
        "All good now. Thank you, {first}",
        "Perfect.",
        "Can confirm, it is fine since {time}.",
    ],
    back_again: &[
        "I am afraid it is back. Exactly the same as before.",
        "It worked for a day and now I am where I was.",
        "Sorry to bother you again, it happened once more at {time}.",
        "This is not solved: {colleague} still cannot do it.",
    ],
    withdrawn: &[
        "Please ignore this, it works after a restart.",
        "Found it myself, sorry for the trouble.",
        "No longer needed, {colleague} has helped me.",
    ],
    salutation: "Hello {first},\n\n",
    farewell: "\n\nKind regards\n",
    sorry: &[
        "I am sorry that it came back. I have now looked at the cause and not only at the effect: it was set right on one side only. Both sides are correct now, and I will look again tomorrow.",
        "Thank you for telling us. The change had been undone by the nightly job; it is excluded now. Please reopen at once if you see it again.",
        "My mistake, I had tested it with my own account. It is now tested with yours, together with you on the phone.",
    ],
};

const GERMAN: Manners = Manners {
    openings: &["", "Guten Tag,\n\n", "Hallo zusammen,\n\n", "Moin,\n\n"],
    details: &["", "", " Neustart hat nichts gebracht.", " Ich bin unter {extension} zu erreichen."],
    closings: &["", "\n\nDanke und Grüße\n{first}", "\n\nMit freundlichen Grüßen\n{me}\n{department}"],
    thanks: &["Läuft wieder, vielen Dank!", "Danke für die schnelle Hilfe."],
    back_again: &["Leider tritt es seit {time} wieder auf, genau wie vorher."],
    withdrawn: &["Hat sich erledigt, nach einem Neustart geht es. Entschuldigung für die Mühe."],
    salutation: "Guten Tag,\n\n",
    farewell: "\n\nFreundliche Grüße\n",
    sorry: &[
        "Es tut mir leid, dass es wiederkam. Jetzt ist die Ursache behoben: Die Änderung war nachts überschrieben worden.",
    ],
};

impl Manners {
    pub(super) const fn of(german: bool) -> &'static Self {
        if german { &GERMAN } else { &ENGLISH }
    }

    /// A report as its author would write it.
    pub(super) fn report(&self, matter: &str, slots: &Slots, random: &mut StdRng) -> String {
        let [opening, detail, closing] =
            [self.openings, self.details, self.closings].map(|texts| one_of(texts, random));
        slots.fill(&format!("{opening}{matter}{detail}{closing}"))
    }

    /// An answer of a technician to the requester.
    pub(super) fn answer(&self, matter: &str, agent: &str, slots: &Slots) -> String {
        slots.fill(&format!("{}{matter}{}{agent}", self.salutation, self.farewell))
    }
}

/// One of the texts; nothing when there are none.
pub(super) fn one_of(texts: &[&'static str], random: &mut StdRng) -> &'static str {
    texts.choose(random).copied().unwrap_or_default()
}
