//! Writing, publishing and judging articles.

use domain::{
    identity::Capability,
    knowledge::{ArticleNumber, Asked, Audience, Language, ReviewEvery, Verdict},
    licence::Action,
    ticket::{ArticleTitle, Keywords, Markdown, Missing},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::knowledge::{self, Article, ArticleVersion, TextState};

use crate::{Act, Command, Refused, Result, Threshold, ticket::TicketRef};

/// What is missing when there is no such article, or none that the caller may read.
pub(super) const ARTICLE: &str = "article";

/// Which article was written, and which version of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleWritten {
    /// Its number.
    pub number: ArticleNumber,
    /// The version of the text.
    pub version: u64,
}

/// Writes a new article, a translation, or a new version of a text. Versions are never written over.
#[derive(Debug, Clone)]
pub struct WriteArticle {
    /// The article that is there; without it, a new one.
    pub article: Option<ArticleNumber>,
    /// The language of the text.
    pub language: Language,
    /// The latest version that the author saw: another in between is not written over unseen.
    pub seen: Option<u64>,
    /// Its title.
    pub title: ArticleTitle,
    /// The words it is found by.
    pub keywords: Option<Keywords>,
    /// How people ask for it.
    pub asked: Asked,
    /// Its text.
    pub body: Markdown,
    /// Who reads it; as it is where nothing is said, everybody for a new one. Holds once it is published.
    pub audience: Option<Audience>,
    /// After how many months it is looked at again; as it is where nothing is said, 12 for a new one. Holds once it is
    /// published.
    pub review: Option<ReviewEvery>,
    /// The ticket that it is made from.
    pub made_from: Option<TicketRef>,
    /// Whether readers see this version from now on; otherwise it is a draft.
    pub publish: bool,
}

impl Command for WriteArticle {
    type Outcome = ArticleWritten;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(number) = self.article {
            at.article(number)?;
        }
        Ok(if self.publish { Action::ArticlePublish } else { Action::ArticleWrite })
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<ArticleWritten> {
        let now = act.now();
        let author = act.person().ok_or(Refused::NotFound("person"))?;
        let mut article = match self.article {
            Some(number) => knowledge::lock(act.tx, number)?.ok_or(Refused::NotFound(ARTICLE))?,
            None => self.begin(act)?,
        };
        if self.publish && article.retired {
            return Err(Refused::Rule(format!("{} is retired; bring it back first", article.number)));
        }
        let texts = knowledge::texts(act.tx, article.id)?;
        let seen_by_readers = texts.iter().any(|text| text.published.is_some());
        let before = texts.into_iter().find(|text| text.language == self.language);
        let latest = before.map_or(0, |text| text.latest);
        if self.article.is_some() && self.seen.unwrap_or(0) != latest {
            return Err(Refused::Stale { current: latest });
        }
        let version = ArticleVersion {
            version: latest + 1,
            title: self.title.into(),
            keywords: self.keywords.map(String::from).unwrap_or_default(),
            asked: self.asked.as_str().to_owned(),
            body: self.body.into(),
            author,
            author_name: String::new(),
            at: now,
        };
        knowledge::put_version(act.tx, article.id, self.language, &version)?;
        let published =
            if self.publish { Some(version.version) } else { before.and_then(|text| text.published) };
        let text = TextState { language: self.language, latest: version.version, published };
        knowledge::put_text(act.tx, article.id, text)?;
        // A draft changes nothing of what readers have.
        if self.publish || !seen_by_readers {
            article.audience = self.audience.unwrap_or(article.audience);
            article.review = self.review.unwrap_or(article.review);
        }
        article.changed_at = now;
        if self.publish {
            article.review_at = Some(article.review.after(now));
            knowledge::changed(act.tx)?;
        }
        knowledge::update(act.tx, &article)?;
        act.target = article.id.into();
        act.detail = json!({
            "number": article.number, "language": self.language, "version": version.version, "title": version.title,
            "published": self.publish, "audience": article.audience,
        });
        Ok(ArticleWritten { number: article.number, version: version.version })
    }
}

impl WriteArticle {
    fn begin(&self, act: &mut Act<'_, '_>) -> Result<Article> {
        let made_from = match self.made_from {
            Some(ticket) => {
                let none = || Refused::field("made_from", "there is no such ticket; name one as INC-1042");
                Some(crate::ticket::find(act.tx, ticket)?.ok_or_else(none)?.id)
            }
            None => None,
        };
        let article = Article {
            id: act.new_id(),
            number: knowledge::next_number(act.tx)?,
            audience: Audience::Everybody,
            owner: act.person().ok_or(Refused::NotFound("person"))?,
            owner_name: String::new(),
            review: ReviewEvery::A_YEAR,
            review_at: None,
            made_from,
            retired: false,
            created_at: act.now(),
            changed_at: act.now(),
            helped: 0,
            did_not_help: 0,
        };
        knowledge::insert(act.tx, &article)?;
        Ok(article)
    }
}

/// Takes an article out of what people find; its text and history stay.
#[derive(Debug, Clone, Copy)]
pub struct RetireArticle {
    /// Which one.
    pub article: ArticleNumber,
}

/// Says that an article is still true, or brings a retired one back: its next review is counted from now.
#[derive(Debug, Clone, Copy)]
pub struct KeepArticle {
    /// Which one.
    pub article: ArticleNumber,
}

impl Command for RetireArticle {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.article(self.article)?;
        Ok(Action::ArticlePublish)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        set(act, self.article, |article, _, _| {
            article.retired = true;
            article.review_at = None;
            Ok(())
        })
    }
}

impl Command for KeepArticle {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.article(self.article)?;
        Ok(Action::ArticlePublish)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        set(act, self.article, |article, texts, now| {
            if texts.iter().all(|text| text.published.is_none()) {
                return Err(Refused::Rule(format!("{} is a draft; publish it first", article.number)));
            }
            article.retired = false;
            article.review_at = Some(article.review.after(now));
            Ok(())
        })
    }
}

fn set(
    act: &mut Act<'_, '_>,
    number: ArticleNumber,
    change: impl FnOnce(&mut Article, &[TextState], domain::Timestamp) -> Result<()>,
) -> Result<()> {
    let mut article = knowledge::lock(act.tx, number)?.ok_or(Refused::NotFound(ARTICLE))?;
    let texts = knowledge::texts(act.tx, article.id)?;
    let retired = article.retired;
    change(&mut article, &texts, act.now())?;
    article.changed_at = act.now();
    knowledge::update(act.tx, &article)?;
    if article.retired != retired {
        knowledge::changed(act.tx)?;
    }
    act.detail = json!({ "number": number, "retired": article.retired, "review_at": article.review_at });
    Ok(())
}

/// A reader says whether an article helped; who says so again says it instead.
#[derive(Debug, Clone)]
pub struct GiveFeedback {
    /// The article.
    pub article: ArticleNumber,
    /// Whether it helped.
    pub verdict: Verdict,
    /// What is missing.
    pub words: Option<Missing>,
}

impl Command for GiveFeedback {
    type Outcome = ();

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        at.article(self.article)?;
        Ok(Action::ArticleFeedback)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<()> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        let mut article = knowledge::lock(act.tx, self.article)?.ok_or(Refused::NotFound(ARTICLE))?;
        let mut count = |verdict: Verdict, by: i64| {
            let of = match verdict {
                Verdict::Helped => &mut article.helped,
                Verdict::DidNotHelp => &mut article.did_not_help,
            };
            *of = of.saturating_add_signed(by);
        };
        if let Some(before) = knowledge::feedback(act.tx, article.id, person)? {
            count(before, -1);
        }
        count(self.verdict, 1);
        let words = self.words.as_ref().map(Missing::as_str).unwrap_or_default();
        knowledge::put_feedback(act.tx, article.id, person, self.verdict, words, act.now())?;
        knowledge::update(act.tx, &article)?;
        act.detail = json!({ "number": self.article, "verdict": self.verdict, "words": words });
        Ok(())
    }
}

/// Whether everybody may know of an article: what is a draft only, for technicians, or retired is not there for others.
pub(super) fn is_there_for_everybody(article: &Article, texts: &[TextState]) -> bool {
    !article.retired
        && article.audience == Audience::Everybody
        && texts.iter().any(|text| text.published.is_some())
}

impl Threshold<'_, '_> {
    /// Aims at the article that the act is about, if its actor may know of it.
    fn article(&mut self, number: ArticleNumber) -> Result<()> {
        let article = knowledge::by_number(self.tx, number)?.ok_or(Refused::NotFound(ARTICLE))?;
        let texts = knowledge::texts(self.tx, article.id)?;
        if !self.may(Capability::TicketRead) && !is_there_for_everybody(&article, &texts) {
            return Err(Refused::NotFound(ARTICLE));
        }
        self.aim(article.id);
        Ok(())
    }
}
