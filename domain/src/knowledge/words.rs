//! Words as search compares them: without case, accents and endings, with typing mistakes mended, and with the concepts that
//! different words stand for.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::Language;

/// Words that say nothing of what a text is about.
const STOP: [&str; 2] = [
    "a about after again all already also always am an and another any anybody anyone anything are as at away be been
     before being but by came can cannot cant come could d day days did didnt do does doesnt doing done dont down each
     else ever every everybody everyone everything few for from get gets getting give go goes going gone good got had has
     have havent having hello help her here hey hi him his how i id if ill im in into is isnt it its ive just keep keeps
     know let like ll look lot m make many may maybe me mine month morning much must my need needs next no not nothing now
     of off ok on one only or other our out over per please pls put question really right s said same say says see
     shall she should show since so some somebody someone something soon still such sure t take tell than thank thanks that
     thats the their them then there these they thing things this those though time to today tomorrow too told try trying
     u under until up us use used using very via want wants was way we week well went were what whats when where which
     while who whole whom whose why will with within without wont work working works worked would yes yesterday yet you
     your",
    "aber alle alles als also am an auch auf aus bei beim bin bis bitte da damit danke dann das dass dein dem den der des
     die dies diese diesem diesen dieser doch du durch ein eine einem einen einer eines er es euch fur gar geht gerade
     gibt habe haben hallo hat hatte hier hilfe ich ihm ihn ihr im immer in ins ist ja jetzt kann kannst kein keine keinen
     konnen man mein meine meinem meinen meiner mich mir mit nach nicht nichts noch nun nur oder ohne schon sehr sein seit
     sich sie sind so uber um und uns unser vom von vor war warum was weg wegen wenn wer werden wie wieder will wir wird wo
     zu zum zur",
];

/// Groups of words for the same thing, one a line: what people say who do not know the name.
const CONCEPTS: &str = include_str!("concepts.txt");

/// A text's words: lower case, without accents, an apostrophe left out.
pub(super) fn fold(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text
        .nfd()
        .filter(|c| !matches!(c, '\'' | '\u{2019}') && !('\u{300}'..='\u{36f}').contains(c))
        .flat_map(char::to_lowercase)
        .collect();
    let folded = folded.replace('ß', "ss");
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(40).collect())
        .collect::<Vec<_>>()
        .into_iter()
}

/// The rules of a language.
pub(super) struct Speech {
    stemmer: Stemmer,
    stop: Vec<&'static str>,
    /// Phrases by their first stem: the stems, and the concept they stand for.
    concepts: HashMap<String, Vec<(Vec<String>, String)>>,
    /// Every word of the concepts, unstemmed: nothing to mend there.
    pub(super) known: Vec<String>,
}

impl Speech {
    pub(super) fn new(language: Language) -> Self {
        let (algorithm, stop) = match language {
            Language::En => (Algorithm::English, STOP[0]),
            Language::De => (Algorithm::German, STOP[1]),
        };
        let mut speech = Self {
            stemmer: Stemmer::create(algorithm),
            stop: stop.split_whitespace().collect(),
            concepts: HashMap::new(),
            known: Vec::new(),
        };
        for (nth, line) in CONCEPTS.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            for phrase in line.split(',') {
                let words: Vec<_> = fold(phrase).collect();
                let stems: Vec<_> = words.iter().map(|word| speech.stem(word)).collect();
                speech.known.extend(words);
                if let Some(first) = stems.first() {
                    let of_first = speech.concepts.entry(first.clone()).or_default();
                    of_first.push((stems, format!("={nth}")));
                }
            }
        }
        speech
    }

    pub(super) fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word).into_owned()
    }

    pub(super) fn is_stop(&self, word: &str) -> bool {
        self.stop.contains(&word)
    }

    /// What folded words are about: the stem of each that says something, each two that follow one another, and the
    /// concepts that any of them stand for, with the weight of each.
    pub(super) fn terms(&self, words: &[String]) -> Vec<(String, f64)> {
        let stems: Vec<_> = words.iter().map(|word| self.stem(word)).collect();
        let telling: Vec<_> =
            words.iter().zip(&stems).filter(|(word, _)| !self.is_stop(word)).map(|(_, stem)| stem).collect();
        let mut terms: Vec<(String, f64)> = telling.iter().map(|stem| ((*stem).clone(), 1.0)).collect();
        terms.extend(telling.windows(2).map(|pair| (format!("{} {}", pair[0], pair[1]), PAIR)));
        for at in 0..stems.len() {
            for (phrase, concept) in self.concepts.get(&stems[at]).into_iter().flatten() {
                if stems[at..].starts_with(phrase) && !terms.iter().any(|(term, _)| term == concept) {
                    terms.push((concept.clone(), CONCEPT));
                }
            }
        }
        terms
    }
}

const PAIR: f64 = 0.5;
const CONCEPT: f64 = 0.9;
