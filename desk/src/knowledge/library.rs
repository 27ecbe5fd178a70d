//! The published articles, ready to be asked: read once, and again when one of them changes, in whichever process.

use std::sync::Arc;

use domain::knowledge::{ArticleNumber, Audience, Found, Index, Language, Published, Reply, reply, tells_of};
use store::{ReadTx, StoreError, knowledge};

use crate::cache::Cache;

/// The most texts that are searched; more than any desk keeps up to date.
const MOST: u32 = 20_000;

/// The articles of every language.
#[derive(Debug)]
pub(crate) struct Library(Vec<Index>);

impl Library {
    fn load(tx: &mut ReadTx<'_>) -> Result<Self, StoreError> {
        let articles = knowledge::published(tx, MOST)?;
        Ok(Self(
            Language::ALL.iter().map(|language| Index::new(*language, articles.iter().cloned())).collect(),
        ))
    }

    /// The articles that a question may mean, the best first, each once: in the language that fits best.
    pub(crate) fn search(&self, question: &str, typing: bool, technician: bool, most: usize) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for index in &self.0 {
            found.extend(index.search(question, typing, readable(technician), most));
        }
        found.sort_by(|one, other| other.fit.total_cmp(&one.fit));
        let mut once: Vec<Found> = Vec::new();
        for hit in found {
            if !once.iter().any(|other| other.article.number == hit.article.number) {
                once.push(hit);
            }
        }
        once.truncate(most);
        once
    }

    /// Whether a text that is no article is about what is asked, in any language.
    pub(crate) fn concerns(&self, question: &str, text: &str) -> bool {
        self.0.iter().any(|index| index.concerns(question, true, text))
    }

    /// Whether a message to the bot is about a known outage, in any language.
    pub(crate) fn tells_of(&self, message: &str, title: &str, news: &str) -> bool {
        self.0.iter().any(|index| tells_of(index, message, title, news))
    }

    /// The published article with this number, in this language.
    pub(crate) fn article(
        &self,
        number: ArticleNumber,
        language: Language,
        technician: bool,
    ) -> Option<Found> {
        let index = self.0.iter().find(|index| index.language() == language)?;
        index.article(number, readable(technician))
    }

    /// What the articles that are for everybody say to a message, in the language in which they have most to say. A
    /// conversation may become a ticket, which its requester reads: nothing for technicians is quoted in one.
    pub(crate) fn reply(&self, message: &str) -> Reply {
        let replies = self.0.iter().map(|index| reply(index, message, readable(false)));
        let weight = |reply: &Reply| match reply {
            Reply::Answers(found) => 10.0 + found.iter().map(|hit| hit.fit).sum::<f64>(),
            Reply::Unsure(found) => found.first().map_or(0.0, |hit| hit.fit),
        };
        replies
            .max_by(|one, other| weight(one).total_cmp(&weight(other)))
            .unwrap_or(Reply::Unsure(Vec::new()))
    }
}

fn readable(technician: bool) -> impl Fn(&Published) -> bool {
    move |article| technician || article.audience == Audience::Everybody
}

/// The articles as last read.
#[derive(Debug, Default)]
pub(crate) struct LibraryCache(Cache<Library>);

impl LibraryCache {
    /// The articles as this transaction sees them. Read by readers only: a writer would have others wait for it, and might
    /// keep what is never committed.
    pub(crate) fn get(&self, tx: &mut ReadTx<'_>) -> Result<Arc<Library>, StoreError> {
        let version = knowledge::current(tx)?;
        self.0.get(tx, version, Library::load)
    }
}
