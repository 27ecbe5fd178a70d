//! What it takes to get help, in figures.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Timestamp,
    effort::{COMES_BACK_WITHIN, DAYS, DayNumber, MOST_ACTIONS, Measure, Part, SPANS, middle},
    identity::Capability,
    knowledge::ArticleNumber,
};
use jiff::{SignedDuration, civil::Date};
use serde::Serialize;
use store::effort::{self, Raised};

use super::department::{DepartmentsView, departments};
use crate::{Look, Query, Result, knowledge::ABOUT};

/// At most so many tickets after answers are looked at.
const LOOKED_AT: u32 = 5_000;
/// Among so many articles that a ticket may be about, the one that had answered is looked for.
const ARTICLES: usize = 5;
/// So many articles are named.
const NAMED: usize = 5;
/// What was begun so recently may still be sent.
const STILL_OPEN: u16 = 2;

/// How many tickets were reached within some bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// At most so many seconds or actions; `None`: more than the bound before.
    pub until: Option<u32>,
    /// How many tickets.
    pub tickets: u64,
}

/// The searches of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EffortOfDay {
    /// The day, in UTC.
    pub day: Date,
    /// All searches.
    pub searches: u64,
    /// Those that found nothing.
    pub found_nothing: u64,
}

/// An article whose answers came back as tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameBack {
    /// The article.
    pub number: ArticleNumber,
    /// How many answers.
    pub answers: u64,
}

/// What it takes to get help: the last thirty days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffortView {
    /// The first of the days, in UTC.
    pub since: Date,
    /// Of the tickets raised on a page of the portal, those whose browser said how long it took.
    pub measured: Part,
    /// From landing to ticket, by seconds.
    pub took: Vec<Reached>,
    /// Half of the measured tickets took at most so many seconds; `None` without any, or where it is more than the last
    /// bound.
    pub half_within_seconds: Option<u32>,
    /// From landing to ticket, by page views and forms sent.
    pub actions: Vec<Reached>,
    /// Half of the measured tickets took at most so many.
    pub half_within_actions: Option<u32>,
    /// Of the searches, those that found nothing.
    pub found_nothing: Part,
    /// Of the searches that found something, those after which nothing was opened.
    pub opened_nothing: Part,
    /// The searches by day, today last.
    pub days: Vec<EffortOfDay>,
    /// Of the forms for a new ticket that were begun, those that were never sent; yesterday's and today's may still be.
    pub never_sent: Part,
    /// Of the articles that a reader said had helped, those after which the same reader raised a ticket about the same
    /// within three days; of thirty days that ended three days ago.
    pub helped_and_came_back: Part,
    /// The same of conversations in which the bot quoted an article and which nobody sent to people.
    pub answered_and_came_back: Part,
    /// The articles whose answers came back most.
    pub came_back: Vec<CameBack>,
    /// How much the departments say.
    pub departments: DepartmentsView,
}

/// What it takes to get help, for whoever owns the service: in figures, and nobody by name.
#[derive(Debug, Clone, Copy)]
pub struct EffortReport;

impl Query for EffortReport {
    type Answer = EffortView;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<EffortView> {
        look.require(Capability::ReportRead, "report")?;
        let now = look.ctx.now;
        let today = DayNumber::of(now);
        let first = today.before(DAYS - 1);
        let counts = Counts(effort::counts(look.tx, first)?);
        let took: Vec<u64> = (0_u64..).take(SPANS.len() + 1).map(|at| counts.at(Measure::Took, at)).collect();
        let actions: Vec<u64> =
            (1..=u64::from(MOST_ACTIONS)).map(|at| counts.at(Measure::Actions, at)).collect();
        let numbers: Vec<u32> = (1..MOST_ACTIONS).collect();
        let searches = counts.all(Measure::Searched);
        let nothing = counts.all(Measure::FoundNothing);
        let over = |measure| counts.until(measure, today.before(STILL_OPEN));
        let begun = over(Measure::Begun);
        let until = now.checked_sub(COMES_BACK_WITHIN).unwrap_or(Timestamp::MIN);
        let long = SignedDuration::from_hours(24 * i64::from(DAYS));
        let window = (until.checked_sub(long).unwrap_or(Timestamp::MIN), until);
        let mut articles = BTreeMap::new();
        let helped = effort::helped(look.tx, window, LOOKED_AT)?;
        let helped_and_came_back = came_back(look, helped, &mut articles)?;
        let answered = effort::answered(look.tx, window, LOOKED_AT)?;
        let answered_and_came_back = came_back(look, answered, &mut articles)?;
        let mut named: Vec<_> =
            articles.into_iter().map(|(number, answers)| CameBack { number, answers }).collect();
        named.sort_by_key(|article| std::cmp::Reverse(article.answers));
        named.truncate(NAMED);
        Ok(EffortView {
            since: first.date().unwrap_or_default(),
            measured: Part::of(took.iter().sum(), counts.all(Measure::Raised)),
            half_within_seconds: middle(&took).and_then(|at| SPANS.get(at).copied()),
            took: reached(&took, &SPANS),
            half_within_actions: middle(&actions).and_then(|at| numbers.get(at).copied()),
            actions: reached(&actions, &numbers),
            found_nothing: Part::of(nothing, searches),
            opened_nothing: Part::of(counts.all(Measure::OpenedNothing), searches.saturating_sub(nothing)),
            days: (0..DAYS)
                .rev()
                .map(|back| today.before(back))
                .map(|day| EffortOfDay {
                    day: day.date().unwrap_or_default(),
                    searches: counts.of(Measure::Searched, day),
                    found_nothing: counts.of(Measure::FoundNothing, day),
                })
                .collect(),
            never_sent: Part::of(begun.saturating_sub(over(Measure::BegunAndSent)), begun),
            helped_and_came_back,
            answered_and_came_back,
            came_back: named,
            departments: departments(look)?,
        })
    }
}

fn reached(counts: &[u64], bounds: &[u32]) -> Vec<Reached> {
    let bounds = bounds.iter().copied().map(Some).chain([None]);
    bounds.zip(counts).map(|(until, tickets)| Reached { until, tickets: *tickets }).collect()
}

/// How many of some answers were followed by a ticket about what they answered; adds to the articles that had answered.
fn came_back(
    look: &mut Look<'_, '_>,
    (answers, raised): (u64, Vec<Raised>),
    articles: &mut BTreeMap<ArticleNumber, u64>,
) -> Result<Part> {
    let library = look.library.get(look.tx)?;
    let mut about: HashMap<String, Vec<ArticleNumber>> = HashMap::new();
    let mut back: BTreeSet<String> = BTreeSet::new();
    let mut counted: BTreeSet<(String, ArticleNumber)> = BTreeSet::new();
    for Raised { answer, articles: answered, subject } in raised {
        let of_ticket = about.entry(subject).or_insert_with_key(|subject| {
            let found = library.search(subject, false, true, ARTICLES);
            found.iter().filter(|hit| hit.fit >= ABOUT).map(|hit| hit.article.number).collect()
        });
        // As a line of a conversation has them, with the language behind.
        let numbers = answered.split(' ').filter_map(|cite| cite.split('.').next()?.parse().ok());
        for number in numbers.filter(|number| of_ticket.contains(number)) {
            if counted.insert((answer.clone(), number)) {
                *articles.entry(number).or_default() += 1;
            }
            back.insert(answer.clone());
        }
    }
    Ok(Part::of(back.len() as u64, answers))
}

/// What was counted.
struct Counts(Vec<effort::Count>);

impl Counts {
    fn sum(&self, which: impl Fn(&effort::Count) -> bool) -> u64 {
        self.0.iter().filter(|count| which(count)).map(|count| count.amount).sum()
    }

    fn all(&self, measure: Measure) -> u64 {
        self.sum(|count| count.measure == measure)
    }

    fn at(&self, measure: Measure, place: u64) -> u64 {
        self.sum(|count| count.measure == measure && count.place == place)
    }

    fn of(&self, measure: Measure, day: DayNumber) -> u64 {
        self.sum(|count| count.measure == measure && count.day == day)
    }

    fn until(&self, measure: Measure, day: DayNumber) -> u64 {
        self.sum(|count| count.measure == measure && count.day <= day)
    }
}
