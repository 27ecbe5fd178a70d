//! Looking for articles and at them, and what is missing among them.

use std::collections::HashSet;

use domain::{
    Timestamp,
    effort::DayNumber,
    identity::Capability,
    knowledge::{ArticleNumber, ArticleState, Audience, Found, Language, Passages, ReviewEvery, Verdict},
    ticket::TicketNumber,
};
use jiff::{SignedDuration, civil::Date};
use serde::Serialize;
use store::knowledge::{self, Article, TextState, Which};

use super::write::{ARTICLE, is_there_for_everybody};
use crate::{Look, Query, Refused, Result, ticket::TicketRef};

/// How far back the report of gaps looks.
const GAPS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// From this fit on an article is about a ticket.
pub(crate) const ABOUT: f64 = 0.45;
/// How much it shows of each kind.
const GAPS_SHOWN: u32 = 50;

/// An article that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArticleHit {
    /// Its number.
    pub number: ArticleNumber,
    /// The language of the text that fits.
    pub language: Language,
    /// Its title.
    pub title: String,
    /// What stands before its first heading, in Markdown.
    pub lead: String,
    /// How well it fits: 0 for no word in common, about 1 for a good answer, 2 at most.
    pub fit: f64,
}

impl ArticleHit {
    pub(super) fn of(found: &Found) -> Self {
        let passages = Passages::of(&found.article.body);
        Self {
            number: found.article.number,
            language: found.article.language,
            title: found.article.title.clone(),
            lead: passages.lead().map(|lead| lead.text.to_owned()).unwrap_or_default(),
            fit: found.fit,
        }
    }
}

/// The articles that some words may mean, the best first.
#[derive(Debug, Clone)]
pub struct SearchArticles {
    /// What is looked for, perhaps still being typed.
    pub text: String,
    /// At most so many, and at most 20.
    pub limit: u32,
}

/// Below this an article has little more than a common word with the search.
const WORTH: f64 = 0.3;
/// And below this part of the best it only shows beside it for want of a better.
const BESIDE_THE_BEST: f64 = 0.5;

impl Query for SearchArticles {
    type Answer = Vec<ArticleHit>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let technician = look.may(Capability::TicketRead);
        let library = look.library.get(look.tx)?;
        let mut found = library.search(&self.text, true, technician, self.limit.clamp(1, 20) as usize);
        let best = found.first().map_or(0.0, |best| best.fit);
        found.retain(|hit| hit.fit >= WORTH && hit.fit >= best * BESIDE_THE_BEST);
        Ok(found.iter().map(ArticleHit::of).collect())
    }
}

/// The articles that may solve a ticket, the best first, at most three.
#[derive(Debug, Clone, Copy)]
pub struct RelatedArticles {
    /// The ticket.
    pub ticket: TicketRef,
}

impl Query for RelatedArticles {
    type Answer = Vec<ArticleHit>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, ARTICLE)?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let library = look.library.get(look.tx)?;
        let mut found = library.search(ticket.subject.as_str(), false, true, 3);
        found.retain(|hit| hit.fit >= ABOUT);
        Ok(found.iter().map(ArticleHit::of).collect())
    }
}

/// Which articles a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhichArticles {
    /// Those that people find.
    #[default]
    Published,
    /// Those with a text that readers do not see yet.
    Drafts,
    /// Those whose review is due.
    Due,
    /// Those kept for their history.
    Retired,
}

/// An article in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub number: ArticleNumber,
    /// The language of this text.
    pub language: Language,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: ArticleState,
    /// Whether there is a version that readers do not see yet; said to technicians.
    pub has_draft: bool,
    /// Who reads it.
    pub audience: Audience,
    /// When it is looked at again.
    pub review_at: Option<Timestamp>,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// How many readers say that it helped.
    pub helped: u64,
    /// How many say that it did not.
    pub did_not_help: u64,
}

/// A page of articles by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticlesPage {
    /// The articles, one for each language.
    pub items: Vec<Listed>,
    /// Where the next page begins.
    pub next: Option<(ArticleNumber, Language)>,
}

/// A list of articles by number.
#[derive(Debug, Clone, Copy)]
pub struct Articles {
    /// Which.
    pub which: WhichArticles,
    /// Where the page before ended.
    pub after: Option<(ArticleNumber, Language)>,
    /// At most so many, and at most 200.
    pub limit: u32,
}

impl Query for Articles {
    type Answer = ArticlesPage;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let technicians = look.may(Capability::TicketRead);
        if self.which != WhichArticles::Published {
            look.require(Capability::TicketRead, ARTICLE)?;
        }
        let which = match self.which {
            WhichArticles::Published => Which::Published { technicians },
            WhichArticles::Drafts => Which::Drafts,
            WhichArticles::Due => Which::Due(look.ctx.now),
            WhichArticles::Retired => Which::Retired,
        };
        let limit = self.limit.clamp(1, 200);
        let mut rows = knowledge::list(look.tx, which, self.after, limit + 1)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(|row| (row.number, row.language)) } else { None };
        let items = rows
            .into_iter()
            .map(|row| Listed {
                number: row.number,
                language: row.language,
                title: row.title,
                state: state(row.retired, row.published),
                has_draft: technicians && row.published != Some(row.latest),
                audience: row.audience,
                review_at: row.review_at.filter(|_| technicians),
                changed_at: row.changed_at,
                helped: row.helped,
                did_not_help: row.did_not_help,
            })
            .collect();
        Ok(ArticlesPage { items, next })
    }
}

const fn state(retired: bool, published: Option<u64>) -> ArticleState {
    match (retired, published) {
        (true, _) => ArticleState::Retired,
        (false, Some(_)) => ArticleState::Published,
        (false, None) => ArticleState::Draft,
    }
}

/// A version of an article's text, in its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionView {
    /// Which, from 1.
    pub version: u64,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author_name: String,
    /// When.
    pub at: Timestamp,
    /// Whether readers see this one.
    pub published: bool,
}

/// An article in one language, at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleView {
    /// Its number.
    pub number: ArticleNumber,
    /// Where it stands.
    pub state: ArticleState,
    /// The language of the text.
    pub language: Language,
    /// The languages that there are for this reader.
    pub languages: Vec<Language>,
    /// Which version of the text this is.
    pub version: u64,
    /// The latest version that the caller may see.
    pub latest: u64,
    /// The version that readers see.
    pub published: Option<u64>,
    /// Its title.
    pub title: String,
    /// The words it is found by, separated by commas.
    pub keywords: String,
    /// How people ask for it, one phrasing a line; for those who write.
    pub asked: String,
    /// Its text, in Markdown.
    pub body: String,
    /// Who reads it.
    pub audience: Audience,
    /// Who looks after it.
    pub owner_name: String,
    /// Who wrote this version.
    pub author_name: String,
    /// When.
    pub written_at: Timestamp,
    /// After how many months it is looked at again.
    pub review_months: ReviewEvery,
    /// When that is next.
    pub review_at: Option<Timestamp>,
    /// The ticket that it was made from, for those who may read it.
    pub made_from: Option<TicketNumber>,
    /// How many readers say that it helped.
    pub helped: u64,
    /// How many say that it did not.
    pub did_not_help: u64,
    /// What the caller said of it.
    pub said: Option<Verdict>,
    /// Its history, the latest first, for those who write.
    pub versions: Vec<VersionView>,
}

/// One article.
#[derive(Debug, Clone, Copy)]
pub struct OneArticle {
    /// Which.
    pub number: ArticleNumber,
    /// In this language, if there is a text in it; otherwise in one that there is.
    pub language: Option<Language>,
    /// Which version: the one that readers see, where nothing is said. Others are for those who write.
    pub version: Option<u64>,
    /// The latest version rather than the one that readers see.
    pub latest: bool,
}

impl OneArticle {
    /// The article as its readers see it.
    pub const fn published(number: ArticleNumber) -> Self {
        Self { number, language: None, version: None, latest: false }
    }
}

impl Query for OneArticle {
    type Answer = ArticleView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        let none = Refused::NotFound(ARTICLE);
        let writes = look.may(Capability::TicketRead);
        let Some(article) = knowledge::by_number(look.tx, self.number)? else { return Err(none) };
        let mut texts = knowledge::texts(look.tx, article.id)?;
        if !writes && !is_there_for_everybody(&article, &texts) {
            return Err(none);
        }
        texts.retain(|text| writes || text.published.is_some());
        // English before German, as they are kept in the order of their codes the other way round.
        texts.sort_by_key(|text| text.language as u8);
        let wanted = texts.iter().find(|text| Some(text.language) == self.language);
        let Some(text) = wanted.or_else(|| texts.first()).copied() else { return Err(none) };
        view(look, self, &article, text, texts.iter().map(|text| text.language).collect(), writes)
    }
}

fn view(
    look: &mut Look<'_, '_>,
    asked: OneArticle,
    article: &Article,
    text: TextState,
    languages: Vec<Language>,
    writes: bool,
) -> Result<ArticleView> {
    let seen = text.published.unwrap_or(text.latest);
    let which = match asked.version {
        Some(version) if writes => version,
        _ if writes && asked.latest => text.latest,
        _ => seen,
    };
    let version =
        knowledge::version(look.tx, article.id, text.language, which)?.ok_or(Refused::NotFound("version"))?;
    let versions = if writes { knowledge::versions(look.tx, article.id, text.language)? } else { Vec::new() };
    let made_from = match article.made_from.filter(|_| writes) {
        Some(ticket) => store::ticket::by_id(look.tx, ticket)?.map(|ticket| ticket.number),
        None => None,
    };
    let said = match look.person() {
        Some(person) => knowledge::feedback(look.tx, article.id, person)?,
        None => None,
    };
    Ok(ArticleView {
        number: article.number,
        state: state(article.retired, text.published),
        language: text.language,
        languages,
        version: version.version,
        latest: if writes { text.latest } else { seen },
        published: text.published,
        title: version.title,
        keywords: version.keywords,
        asked: if writes { version.asked } else { String::new() },
        body: version.body,
        audience: article.audience,
        owner_name: article.owner_name.clone(),
        author_name: version.author_name,
        written_at: version.at,
        review_months: article.review,
        review_at: article.review_at,
        made_from,
        helped: article.helped,
        did_not_help: article.did_not_help,
        said,
        versions: versions
            .into_iter()
            .map(|version| VersionView {
                published: Some(version.version) == text.published,
                version: version.version,
                title: version.title,
                author_name: version.author_name,
                at: version.at,
            })
            .collect(),
    })
}

/// A question that nothing answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// What was asked, in the asker's words; not by whom.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// A search that found nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Searched {
    /// What was looked for; not by whom.
    pub words: String,
    /// How often.
    pub times: u64,
    /// The last day, in UTC; the moment would say whose it was.
    pub day: Date,
}

/// An article that did not help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complained {
    /// The article.
    pub number: ArticleNumber,
    /// Its title.
    pub title: String,
    /// Who says so.
    pub person_name: String,
    /// What is missing, in their words; may be empty.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// What knowledge lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapsView {
    /// What people asked the bot and nothing answered, the latest first.
    pub unanswered: Vec<Unanswered>,
    /// What people searched for outside the bot and nothing was found, the most frequent first.
    pub searched: Vec<Searched>,
    /// Which articles did not help, the latest first.
    pub did_not_help: Vec<Complained>,
    /// The newest tickets that no article is about, the latest first, each subject once: number and subject.
    pub without_article: Vec<(TicketNumber, String)>,
    /// How many of the newest tickets were looked at.
    pub tickets_seen: usize,
    /// How far back questions and complaints are from.
    pub since: Timestamp,
}

/// What knowledge lacks, of the last 30 days and the newest 200 tickets.
#[derive(Debug, Clone, Copy)]
pub struct Gaps;

impl Query for Gaps {
    type Answer = GapsView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, ARTICLE)?;
        let since = look.ctx.now - GAPS;
        let unanswered = knowledge::unanswered(look.tx, since, GAPS_SHOWN)?;
        let searched = store::effort::searches(look.tx, DayNumber::of(since), GAPS_SHOWN)?;
        let complaints = knowledge::did_not_help(look.tx, since, GAPS_SHOWN)?;
        let library = look.library.get(look.tx)?;
        let tickets = store::ticket::newest(look.tx, None, None, 200)?;
        let tickets_seen = tickets.len();
        let mut subjects = HashSet::new();
        let mut without_article: Vec<_> = tickets
            .into_iter()
            .filter(|ticket| subjects.insert(ticket.subject.as_str().to_lowercase()))
            .filter(|ticket| {
                let hits = library.search(ticket.subject.as_str(), false, true, 1);
                hits.first().is_none_or(|hit| hit.fit < ABOUT)
            })
            .map(|ticket| (ticket.number, String::from(ticket.subject)))
            .collect();
        without_article.truncate(GAPS_SHOWN as usize);
        Ok(GapsView {
            unanswered: unanswered.into_iter().map(|(words, at)| Unanswered { words, at }).collect(),
            searched: searched
                .into_iter()
                .filter_map(|(words, times, day)| Some(Searched { words, times, day: day.date()? }))
                .collect(),
            did_not_help: complaints
                .into_iter()
                .map(|said| Complained {
                    number: said.number,
                    title: said.title,
                    person_name: said.person_name,
                    words: said.words,
                    at: said.at,
                })
                .collect(),
            without_article,
            tickets_seen,
            since,
        })
    }
}
