//! What the bot says. It quotes articles and tells how the person's own tickets stand; it has no words of its own about
//! anything else, and it does nothing: what is to be done, the person does with a button.

use std::sync::LazyLock;

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

/// An article that answers, with the part of it to quote.
pub type Answer = Found;

/// What the bot has to say to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Each question's answer, in order: a quotation each, never more.
    Answers(Vec<Answer>),
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
    let says =
        |phrases: &[&str]| phrases.iter().any(|phrase| format!(" {words} ").contains(&format!(" {phrase} ")));
    if says(&[
        "human",
        "a person",
        "real person",
        "speak to somebody",
        "talk to somebody",
        "speak to someone",
        "talk to someone",
        "talk to a technician",
        "a technician please",
        "mensch",
        "mitarbeiter sprechen",
        "jemandem sprechen",
    ]) {
        return Wish::Human;
    }
    if says(&[
        "my ticket",
        "my tickets",
        "my request",
        "my requests",
        "status of my",
        "open tickets of mine",
        "mein ticket",
        "meine tickets",
    ]) {
        return Wish::MyTickets;
    }
    Wish::Knowledge
}

/// What the articles say to a message. Whatever the message tells the bot to do or to be, it is only ever compared with
/// articles.
pub fn reply(index: &Index, message: &str, may_read: impl Fn(&Published) -> bool) -> Reply {
    let message = beginning(message);
    let sure = |text: &str| surely(index.search(text, false, &may_read, 2));
    let sentences = parts(message, &ENDS);
    let mut answers: Vec<Answer> = Vec::new();
    for sentence in &sentences {
        answers.extend(of_sentence(sentence, &sure));
    }
    // What is told in several sentences may be one trouble, which none of them names alone.
    if answers.is_empty() && sentences.len() > 1 {
        answers.extend(sure(message));
    }
    let mut once: Vec<Answer> = Vec::new();
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
    let mut spaces = message.char_indices().filter(|(_, c)| c.is_whitespace());
    spaces.nth(MOST_WORDS).map_or(message, |(end, _)| &message[..end])
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
static ENDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| vec![". ", "? ", "! ", "; ", "\n", ".", "?", "!"]);
/// What joins two questions in one.
static JOINTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    vec![", ", " and ", " also ", " plus ", " und ", " ausserdem ", " außerdem ", ": ", " oh and ", " now "]
});

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
