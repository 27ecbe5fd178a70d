//! Which article a question means: BM25 over weighted fields (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
//! 2009, §3.6), and how near the question is to a phrasing that the article says people ask with.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    Passages, Published,
    words::{Speech, fold},
};
use crate::Language;

/// How fast more of the same word stops counting: `k₁` of BM25.
const SATURATION: f64 = 1.2;
/// How much a long text is held against it: `b` of BM25.
const LENGTH: f64 = 0.4;
/// What the nearest phrasing counts beside the words.
const PHRASING: f64 = 1.0;
/// What a word counts that was mended.
const MENDED: f64 = 0.85;
/// What a word counts of which only the beginning is typed.
const BEGUN: f64 = 0.7;
/// From this part on a text has most of what was asked.
const MOSTLY: f64 = 0.5;
/// So many misspelt words are remembered.
const REMEMBERED: usize = 4_096;
/// In a smaller library words are as rare as in one of so many articles.
const FEW: f64 = 40.0;
/// A question is not read further than this many words: nobody asks longer, and mending each has its price.
const LONGEST: usize = 60;

/// An article that a question may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The article.
    pub article: Arc<Published>,
    /// How well it fits: 0 for no word in common, about 1 for a good answer, 2 at most.
    pub fit: f64,
    /// How much the words tell that it has in common with the question.
    pub told: f64,
    /// The section to quote beside the lead: its place among the article's passages.
    pub section: Option<usize>,
}

struct Phrase {
    article: usize,
    /// The length of its vector.
    norm: f64,
}

/// The published articles of one language, ready to be asked.
pub struct Index {
    language: Language,
    speech: Speech,
    articles: Vec<Arc<Published>>,
    /// Of each term, in which articles it is and with what saturated weight.
    postings: HashMap<String, Vec<(usize, f64)>>,
    phrases: Vec<Phrase>,
    in_phrases: HashMap<String, Vec<(usize, f64)>>,
    /// Words that need no mending, and in how many articles each is.
    known: HashMap<String, usize>,
    /// Known words by how they begin, for what is still being typed.
    sorted: Vec<String>,
    /// What misspelt words were mended into: comparing one with all that are known is most of the work of a search, and a
    /// question is looked at whole and in parts.
    mended: Mutex<HashMap<String, Option<String>>>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("articles", &self.articles.len()).finish_non_exhaustive()
    }
}

impl Index {
    /// Reads the articles of `language`; others are left out.
    pub fn new(language: Language, articles: impl IntoIterator<Item = Published>) -> Self {
        let articles: Vec<_> =
            articles.into_iter().filter(|article| article.language == language).map(Arc::new).collect();
        let mut index = Self {
            language,
            speech: Speech::new(language),
            articles,
            postings: HashMap::new(),
            phrases: Vec::new(),
            in_phrases: HashMap::new(),
            known: HashMap::new(),
            sorted: Vec::new(),
            mended: Mutex::default(),
        };
        index.read();
        index
    }

    /// The language of its articles.
    pub const fn language(&self) -> Language {
        self.language
    }

    fn read(&mut self) {
        let mut counted: Vec<(HashMap<String, f64>, f64)> = Vec::new();
        let mut phrases: Vec<(usize, Vec<(String, f64)>)> = Vec::new();
        for (at, article) in self.articles.iter().enumerate() {
            let passages = Passages::of(&article.body);
            let mut fields: Vec<(f64, &str)> = vec![(3.0, article.title.as_str())];
            fields.extend(article.keywords.split(',').map(|keyword| (3.0, keyword)));
            fields.extend(article.asked.phrases().map(|asked| (1.0, asked)));
            for (nth, passage) in passages.0.iter().enumerate() {
                fields.extend(passage.heading.map(|heading| (1.2, heading)));
                fields.push((if nth == 0 { 0.8 } else { 0.4 }, passage.text));
            }
            let (mut weights, mut length) = (HashMap::new(), 0.0);
            let mut seen = HashSet::new();
            for (weight, text) in fields {
                let words: Vec<_> = fold(text).collect();
                for (term, of) in self.speech.terms(&words) {
                    *weights.entry(term).or_insert(0.0) += weight * of;
                    length += weight * of;
                }
                seen.extend(words);
            }
            for word in seen {
                *self.known.entry(word).or_insert(0) += 1;
            }
            counted.push((weights, length));
            let ways = std::iter::once(article.title.as_str()).chain(article.asked.phrases());
            for way in ways {
                let words: Vec<_> = fold(way).collect();
                phrases.push((at, self.speech.terms(&words)));
            }
        }
        let mean = counted.iter().map(|(_, length)| length).sum::<f64>() / count(counted.len().max(1));
        for (at, (weights, length)) in counted.into_iter().enumerate() {
            let stretch = 1.0 - LENGTH + LENGTH * length / mean.max(1.0);
            for (term, weight) in weights {
                let saturated = weight / (weight + SATURATION * stretch);
                self.postings.entry(term).or_default().push((at, saturated));
            }
        }
        for (article, terms) in phrases {
            let norm =
                terms.iter().map(|(term, weight)| (weight * self.rarity(term)).powi(2)).sum::<f64>().sqrt();
            for (term, weight) in &terms {
                let of = weight * self.rarity(term);
                self.in_phrases.entry(term.clone()).or_default().push((self.phrases.len(), of));
            }
            self.phrases.push(Phrase { article, norm });
        }
        for word in &self.speech.known {
            self.known.entry(word.clone()).or_insert(0);
        }
        self.sorted = self.known.keys().cloned().collect();
        self.sorted.sort_unstable();
    }

    /// How much a term tells: the fewer articles have it, the more.
    fn rarity(&self, term: &str) -> f64 {
        // Among a handful of articles every word would be common.
        let all = count(self.articles.len()).max(FEW);
        let with = count(self.postings.get(term).map_or(0, Vec::len));
        ((all + 1.0) / (with + 0.5)).ln().max(0.05)
    }

    /// The words of a text, mended where nothing known is spelt so.
    fn mended(&self, text: &str, typing: bool) -> Vec<(Vec<String>, f64)> {
        let words: Vec<_> = fold(text).take(LONGEST).collect();
        let last = words.len().saturating_sub(1);
        words
            .into_iter()
            .enumerate()
            .map(|(at, word)| {
                if self.known.contains_key(&word) || self.speech.is_stop(&word) {
                    return (vec![word], 1.0);
                }
                if typing && at == last && word.chars().count() >= 2 {
                    let from = self.sorted.partition_point(|known| known.as_str() < word.as_str());
                    let begun: Vec<_> = self.sorted[from..]
                        .iter()
                        .take_while(|known| known.starts_with(&word))
                        .cloned()
                        .collect();
                    if let Some(most) = begun.into_iter().max_by_key(|known| self.known.get(known).copied()) {
                        return (vec![most], BEGUN);
                    }
                }
                match self.nearest(&word) {
                    Some(known) => (vec![known], MENDED),
                    None => (self.parts(&word).unwrap_or_else(|| vec![word]), 1.0),
                }
            })
            .collect()
    }

    /// The known word that was meant by one that is spelt like none.
    fn nearest(&self, word: &str) -> Option<String> {
        if let Some(known) = self.mended.lock().unwrap_or_else(PoisonError::into_inner).get(word) {
            return known.clone();
        }
        let known = self.compared(word);
        let mut mended = self.mended.lock().unwrap_or_else(PoisonError::into_inner);
        if mended.len() >= REMEMBERED {
            mended.clear();
        }
        mended.insert(word.to_owned(), known.clone());
        known
    }

    fn compared(&self, word: &str) -> Option<String> {
        let mut best: Option<(usize, bool, usize, &String)> = None;
        for known in &self.sorted {
            let Some(apart) = slips(word, known) else { continue };
            let seen = self.known.get(known).copied().unwrap_or(0);
            let key = (apart, word.chars().next() != known.chars().next(), usize::MAX - seen, known);
            if best.is_none_or(|so_far| key < so_far) {
                best = Some(key);
            }
        }
        best.map(|(.., known)| known.clone())
    }

    /// The two known words that a word is put together from.
    fn parts(&self, word: &str) -> Option<Vec<String>> {
        word.char_indices().skip(3).find_map(|(at, _)| {
            let (left, right) = word.split_at(at);
            let known = |part: &str| part.len() >= 3 && self.known.contains_key(part);
            let joined = right.strip_prefix('s').filter(|rest| known(rest)).unwrap_or(right);
            (known(left) && known(joined)).then(|| vec![left.to_owned(), joined.to_owned()])
        })
    }

    /// What a text is about, each term with its weight: less where it was mended.
    fn asked(&self, text: &str, typing: bool) -> Vec<(String, f64)> {
        let mended = self.mended(text, typing);
        let words: Vec<String> = mended.iter().flat_map(|(words, _)| words.iter().cloned()).collect();
        let less: HashMap<String, f64> = mended
            .iter()
            .filter(|(_, weight)| *weight < 1.0)
            .flat_map(|(words, weight)| words.iter().map(|word| (self.speech.stem(word), *weight)))
            .collect();
        let mut terms: Vec<(String, f64)> = Vec::new();
        for (term, weight) in self.speech.terms(&words) {
            if !terms.iter().any(|(known, _)| *known == term) {
                let weight = weight * less.get(&term).copied().unwrap_or(1.0);
                terms.push((term, weight));
            }
        }
        terms
    }

    /// Whether a text that is no article is about what is asked: most of what tells in the question, by how rare it is
    /// among the articles, is in the text. A word that neither knows is mended. While somebody is still `typing`, the last word may be only the beginning of one.
    pub fn concerns(&self, question: &str, typing: bool, text: &str) -> bool {
        self.share(question, typing, text) >= MOSTLY
    }

    /// How much of what tells in a question is in a text that is no article: 0 for nothing, 1 for all, somewhat more where
    /// the text says the same in several ways.
    pub(super) fn share(&self, question: &str, typing: bool, text: &str) -> f64 {
        let words: Vec<String> = fold(text).take(LONGEST).collect();
        let of_text: HashSet<String> = self.speech.terms(&words).into_iter().map(|(term, _)| term).collect();
        let mut asked: Vec<String> = fold(question).take(LONGEST).collect();
        if let Some(last) = asked.last_mut().filter(|last| typing && last.chars().count() >= 3)
            && let Some(begun) = words.iter().find(|word| word.starts_with(last.as_str()))
        {
            last.clone_from(begun);
        }
        for word in &mut asked {
            if words.contains(word) || self.speech.is_stop(word) || self.known.contains_key(word) {
                continue;
            }
            let of_text_word = words.iter().filter_map(|known| Some((slips(word, known)?, known))).min();
            // What was meant counts only where the text has it; otherwise the word is as rare as it looks.
            let meant = of_text_word.map(|(_, known)| known.clone()).or_else(|| {
                let known = self.nearest(word)?;
                let terms = self.speech.terms(std::slice::from_ref(&known));
                terms.iter().any(|(term, _)| of_text.contains(term)).then_some(known)
            });
            if let Some(meant) = meant {
                *word = meant;
            }
        }
        let (mut all, mut shared) = (0.0, 0.0);
        for (term, weight) in self.speech.terms(&asked).iter().filter(|(term, _)| !term.contains(' ')) {
            let weight = weight * self.rarity(term);
            // A concept is one more way to say the same: it speaks for a text and not against one.
            let concept = term.starts_with('=');
            if of_text.contains(term) {
                shared += weight;
            }
            if !concept {
                all += weight;
            }
        }
        if all > 0.0 { shared / all } else { 0.0 }
    }

    /// The articles that a question may mean, the best first. While somebody is still `typing`, the last word may be only
    /// the beginning of one.
    pub fn search(
        &self,
        question: &str,
        typing: bool,
        may_read: impl Fn(&Published) -> bool,
        most: usize,
    ) -> Vec<Found> {
        let asked = self.asked(question, typing);
        let (mut words, mut all) = (vec![0.0; self.articles.len()], 0.0);
        let mut near = vec![0.0; self.phrases.len()];
        let mut length = 0.0;
        for (term, weight) in &asked {
            let weight = weight * self.rarity(term);
            all += weight;
            length += weight * weight;
            for (at, saturated) in self.postings.get(term).into_iter().flatten() {
                words[*at] += weight * saturated;
            }
            for (phrase, of) in self.in_phrases.get(term).into_iter().flatten() {
                near[*phrase] += weight * of;
            }
        }
        if all == 0.0 {
            return Vec::new();
        }
        let mut nearest = vec![0.0_f64; self.articles.len()];
        for (phrase, product) in self.phrases.iter().zip(near) {
            if product > 0.0 && phrase.norm > 0.0 {
                let cosine = product / (length.sqrt() * phrase.norm);
                nearest[phrase.article] = nearest[phrase.article].max(cosine);
            }
        }
        let mut found: Vec<(usize, f64)> = words
            .iter()
            .zip(nearest)
            .map(|(words, near)| words / all + PHRASING * near)
            .enumerate()
            .filter(|(at, fit)| *fit > 0.0 && may_read(&self.articles[*at]))
            .collect();
        found.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then(self.articles[a.0].number.cmp(&self.articles[b.0].number))
        });
        found.truncate(most);
        found
            .into_iter()
            .map(|(at, fit)| {
                let article = Arc::clone(&self.articles[at]);
                let section = self.section(&article, &asked);
                Found { article, fit, told: words[at], section }
            })
            .collect()
    }

    /// The article with this number, if it may be read.
    pub fn article(
        &self,
        number: super::ArticleNumber,
        may_read: impl Fn(&Published) -> bool,
    ) -> Option<Found> {
        let article = self.articles.iter().find(|article| article.number == number && may_read(article))?;
        Some(Found { article: Arc::clone(article), fit: 0.0, told: 0.0, section: None })
    }

    /// The section whose heading the question speaks of, if it speaks of one.
    fn section(&self, article: &Published, asked: &[(String, f64)]) -> Option<usize> {
        let about = |text: &str| -> HashSet<String> {
            let words: Vec<_> = fold(text).collect();
            self.speech.terms(&words).into_iter().map(|(term, _)| term).collect()
        };
        let title = about(&article.title);
        let passages = Passages::of(&article.body);
        let mut best: Option<(usize, f64)> = None;
        for (at, passage) in passages.0.iter().enumerate().skip(1) {
            let Some(heading) = passage.heading else { continue };
            let heading = about(heading);
            let fits: f64 = asked
                .iter()
                .filter(|(term, _)| heading.contains(term) && !title.contains(term))
                .map(|(term, weight)| weight * self.rarity(term))
                .sum();
            if fits > best.map_or(1.5, |(_, fits)| fits) {
                best = Some((at, fits));
            }
        }
        best.map(|(at, _)| at)
    }
}

/// How many slips lie between a word and a known one that may have been meant; `None` if too many.
fn slips(word: &str, known: &str) -> Option<usize> {
    let length = word.chars().count();
    let most: usize = match length {
        0..=2 => return None,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let other = known.chars().count();
    if other.abs_diff(length) > most.div_ceil(2) || other < 3 {
        return None;
    }
    let apart = strsim::osa_distance(word, known);
    // Three letters are soon another word: only one that is missing, or two that changed places.
    let another = length == 3 && other == 3 && !same_letters(word, known);
    (apart <= most && !another).then_some(apart)
}

fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<_> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// A count as a number to reckon with; that of articles is far below where precision ends.
#[expect(clippy::cast_precision_loss, reason = "counts of articles are small")]
fn count(of: usize) -> f64 {
    of as f64
}
