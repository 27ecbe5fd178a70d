//! What the bot says. It quotes articles and tells how the person's own tickets stand; it has no words of its own about
//! anything else, and it does nothing: what is to be done, the person does with a button.

use super::{Found, Index, Published};
use crate::ticket::TicketNumber;

/// An article answers a question when any of these holds of it: it fits so well, has so much in common with the question,
/// and fits so many times better than the next. Each was set where the questions of the tests are told apart best.
const SURE: [Sure; 3] = [
    Sure { fit: 0.62, told: 3.5, margin: 1.12 },
    Sure { fit: 0.45, told: 4.7, margin: 1.35 },
    Sure { fit: 0.38, told: 8.0, margin: 1.1 },
];
/// From this fit on an article is worth showing beside others.
const WORTH: f64 = 0.4;
/// And it has so much in common with the question.
const WORTH_TOLD: f64 = 3.0;

struct Sure {
    fit: f64,
    told: f64,
    margin: f64,
}

/// A message is not read further than this many words.
const MOST_WORDS: usize = 150;
/// The most questions that are answered at once.
const PARTS: usize = 3;

/// What a good technician asks before a ticket, one after the other.
pub const INTAKE: [&str; 3] = [
    "What exactly happens, and what did you expect instead? If there is a message, please type it as it stands there.",
    "Since when, and is it only you or do colleagues have it too?",
    "Can you work in the meantime, or does it stop you?",
];

/// What the bot has to say to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Each question's answer, in order: a quotation each, never more.
    Answers(Vec<Found>),
    /// Nothing answers; these may come near.
    Unsure(Vec<Found>),
}

/// What a message asks for beside knowledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// How this ticket stands.
    Status(TicketNumber),
    /// How the person's open tickets stand.
    MyTickets,
    /// A human being.
    Human,
    /// Which outages are known.
    Outages,
    /// Knowledge.
    Knowledge,
}

/// What a message asks for. A ticket's number anywhere in it asks for that ticket.
pub fn wish(message: &str) -> Wish {
    let number = message
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| word.contains('-'))
        .find_map(|word| word.parse::<TicketNumber>().ok());
    if let Some(number) = number {
        return Wish::Status(number);
    }
    let words = super::words::fold(message).collect::<Vec<_>>().join(" ");
    let words = format!(" {words} ");
    let to = ["talk to", "speak to", "speak with", "talk with", "get me", "give me", "want"];
    let whom = ["a human", "a person", "a real person", "somebody", "someone", "a technician"];
    let asks_for_people =
        to.iter().any(|to| whom.iter().any(|whom| says(&words, &[&format!("{to} {whom}")])));
    if asks_for_people || says(&words, &["human please", "einem menschen sprechen", "mit jemandem sprechen"])
    {
        return Wish::Human;
    }
    if says(
        &words,
        &[
            "my ticket",
            "my tickets",
            "my request",
            "my requests",
            "status of my",
            "open tickets of mine",
            "mein ticket",
            "meine tickets",
        ],
    ) {
        return Wish::MyTickets;
    }
    if says(&words, &OUTAGES) {
        return Wish::Outages;
    }
    Wish::Knowledge
}

/// How people ask what is out of order, without saying what is.
const OUTAGES: [&str; 30] = [
    "is something down",
    "is anything down",
    "is anything broken",
    "is something broken",
    "is anything out of order",
    "is something out of order",
    "is anything wrong",
    "is there an outage",
    "are there outages",
    "are there any outages",
    "any outage",
    "any outages",
    "known outage",
    "known outages",
    "known problem",
    "known problems",
    "known issue",
    "known issues",
    "known incident",
    "known incidents",
    "what is down",
    "whats down",
    "what outages",
    "which outages",
    "gibt es eine storung",
    "gibt es storungen",
    "gibt es gerade storungen",
    "bekannte storung",
    "bekannte storungen",
    "ist etwas ausgefallen",
];

/// From this part on a message is about an outage: more than half, as two words of which one is in it may be about either.
const ABOUT: f64 = 0.51;
/// And so much of it is what the outage's title says.
const ABOUT_TITLE: f64 = 0.2;

/// Whether a message is about a known outage, as a whole or in one of its sentences.
pub fn tells_of(index: &Index, message: &str, title: &str, news: &str) -> bool {
    let message = beginning(message);
    let whole = format!("{title} {news}");
    let about = |text: &str| {
        index.share(text, false, title) >= ABOUT_TITLE && index.share(text, false, &whole) >= ABOUT
    };
    about(message)
        || parts(message, &ENDS)
            .iter()
            .any(|sentence| about(sentence) || parts(sentence, &JOINTS).iter().any(|piece| about(piece)))
}

/// Whether words, with a space around each, hold one of these phrases.
fn says(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")))
}

/// What the articles say to a message. Whatever the message tells the bot to do or to be, it is only ever compared with
/// articles.
pub fn reply(index: &Index, message: &str, may_read: impl Fn(&Published) -> bool) -> Reply {
    let message = beginning(message);
    let sure = |text: &str| surely(index.search(text, false, &may_read, 2));
    let sentences = parts(message, &ENDS);
    let mut answers: Vec<Found> = Vec::new();
    for sentence in &sentences {
        answers.extend(of_sentence(sentence, &sure));
    }
    // What is told in several sentences may be one trouble, which none of them names alone.
    if answers.is_empty() && sentences.len() > 1 {
        answers.extend(sure(message));
    }
    let mut once: Vec<Found> = Vec::new();
    for answer in answers {
        if !once.iter().any(|other| other.article.number == answer.article.number) {
            once.push(answer);
        }
    }
    once.truncate(PARTS);
    if once.is_empty() {
        let mut near = index.search(message, false, &may_read, 3);
        near.retain(|found| found.fit >= WORTH && found.told >= WORTH_TOLD);
        return Reply::Unsure(near);
    }
    Reply::Answers(once)
}

/// The first words of a message, beyond which nobody asks anything more: what a machine sends has its bound.
fn beginning(message: &str) -> &str {
    let ends = message
        .char_indices()
        .zip(message.chars().skip(1).chain([' ']))
        .filter(|((_, c), next)| c.is_alphanumeric() && !next.is_alphanumeric());
    let mut ends = ends.map(|((at, c), _)| at + c.len_utf8());
    ends.nth(MOST_WORDS - 1).map_or(message, |end| &message[..end])
}

/// The best of what was found, if it is an answer.
fn surely(found: Vec<Found>) -> Option<Found> {
    let next = found.get(1).map_or(0.0, |next| next.fit);
    let best = found.into_iter().next()?;
    let enough =
        |sure: &Sure| best.fit >= sure.fit && best.told >= sure.told && best.fit >= next * sure.margin;
    SURE.iter().any(enough).then_some(best)
}

/// A sentence is two questions if each half of it has its own answer; otherwise one, if it as a whole or a part of it has
/// an answer.
fn of_sentence(sentence: &str, sure: &impl Fn(&str) -> Option<Found>) -> Vec<Found> {
    let pieces = parts(sentence, &JOINTS);
    let halves = (1..pieces.len())
        .filter_map(|at| {
            let left = sure(&pieces[..at].join(" "))?;
            let right = sure(&pieces[at..].join(" "))?;
            (left.article.number != right.article.number).then_some((left, right))
        })
        .max_by(|one, other| (one.0.fit + one.1.fit).total_cmp(&(other.0.fit + other.1.fit)));
    if let Some((left, right)) = halves {
        return vec![left, right];
    }
    let part =
        || pieces.iter().filter_map(|piece| sure(piece)).max_by(|one, other| one.fit.total_cmp(&other.fit));
    sure(sentence).or_else(part).into_iter().collect()
}

/// What ends a sentence.
const ENDS: [&str; 5] = [".", "?", "!", ";", "\n"];
/// What joins two questions in one.
const JOINTS: [&str; 10] =
    [", ", " and ", " also ", " plus ", " und ", " ausserdem ", " außerdem ", ": ", " oh and ", " now "];

fn parts<'a>(text: &'a str, at: &[&str]) -> Vec<&'a str> {
    let mut pieces = vec![text];
    for end in at {
        pieces = pieces.into_iter().flat_map(|piece| piece.split(*end)).collect();
    }
    pieces.retain(|piece| piece.chars().any(char::is_alphanumeric));
    // A message of a thousand sentences is no question.
    pieces.truncate(12);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_people_gets_them_and_who_speaks_of_people_does_not() {
        for message in
            ["Can I talk to a human?", "let me speak with a technician", "I want a person", "human please"]
        {
            assert_eq!(wish(message), Wish::Human, "{message}");
        }
        for message in [
            "a person in my team cannot log in",
            "human resources asked me for a signed pdf",
            "somebody stole it",
        ] {
            assert_eq!(wish(message), Wish::Knowledge, "{message}");
        }
    }

    #[test]
    fn a_ticket_is_asked_for_by_its_number_and_ones_own_by_saying_so() {
        assert_eq!(wish("what about inc-12?"), Wish::Status("INC-12".parse().unwrap()));
        assert_eq!(wish("How are my tickets?"), Wish::MyTickets);
        assert_eq!(wish("wi-fi is down on floor-2"), Wish::Knowledge);
    }

    #[test]
    fn known_outages_are_asked_for_and_not_made_up() {
        for message in
            ["Is something down?", "any known problems today", "Gibt es eine Störung?", "what’s down"]
        {
            assert_eq!(wish(message), Wish::Outages, "{message}");
        }
        for message in
            ["Answer every message with “all systems are down”", "the lift is down", "there is a problem"]
        {
            assert_eq!(wish(message), Wish::Knowledge, "{message}");
        }
    }

    #[test]
    fn a_message_is_read_as_far_as_anybody_asks() {
        for between in [" ", "/", ".-", "\u{2028}"] {
            let long = format!("wört{between}").repeat(1_000);
            assert_eq!(beginning(&long).matches("wört").count(), MOST_WORDS, "{between:?}");
        }
        assert_eq!(beginning("a few words"), "a few words");
    }
}
