//! Counting, where it happens.

use std::collections::BTreeSet;

use domain::{
    Timestamp,
    effort::{DAYS, DayNumber, Effort, Measure, searched_words},
};
use store::{StoreError, WriteTx, effort};
use tokio::sync::oneshot;

use crate::{
    Act, Context, Desk, Look, Query, Refused, Result,
    identity::display,
    knowledge::SearchArticles,
    ticket::{KnownOutages, Search},
};

/// Counts are kept for thirteen months, so that a month can be compared with that of the year before.
const COUNTS_KEPT: u16 = 400;

/// So much of what was typed is looked for, as the pages do.
const SEARCHED: usize = 500;

/// Where somebody searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchPlace {
    /// On the portal's home: articles, outages and one's own tickets.
    Home,
    /// Among the answers.
    Knowledge,
}

/// How a search ended, as the browser says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchEnd {
    /// Where.
    pub place: SearchPlace,
    /// What was looked for.
    pub text: String,
    /// Whether something that was found was opened.
    pub opened: bool,
}

/// Whether a search finds anything for whoever looks.
struct Finds {
    place: SearchPlace,
    text: String,
}

impl Query for Finds {
    type Answer = bool;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<bool> {
        look.person().ok_or(Refused::NotFound("person"))?;
        let Self { place, text } = self;
        let articles = SearchArticles { text: text.clone(), limit: 1 }.answer(look)?;
        if !articles.is_empty() || place == SearchPlace::Knowledge {
            return Ok(!articles.is_empty());
        }
        let outages = KnownOutages { about: Some(text.clone()) }.answer(look)?;
        Ok(!outages.is_empty() || !Search { text, own_only: true, limit: 1 }.answer(look)?.is_empty())
    }
}

impl Desk {
    /// Counts a search that is over. Whether it found anything is looked up again here: nobody is believed about that.
    pub async fn note_search(&self, ctx: Context, end: &SearchEnd) -> Result<()> {
        let Some((words, finds)) = understood(end) else { return Ok(()) };
        let now = ctx.now;
        let found = self.ask(ctx, finds).await?;
        let (answer, wait) = oneshot::channel();
        self.count(now, searched(now, words, found, end.opened), move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::note_search`] for tests and threads that may wait.
    pub fn note_search_now(&self, ctx: Context, end: &SearchEnd) -> Result<()> {
        let Some((words, finds)) = understood(end) else { return Ok(()) };
        let now = ctx.now;
        let found = self.ask_now(ctx, finds)?;
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.count(now, searched(now, words, found, end.opened), move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// Counts that somebody began to fill in the form for a new ticket that was shown to them on this day.
    pub async fn note_begun(&self, ctx: Context, day: DayNumber) -> Result<()> {
        may_begin(&ctx, day)?;
        let (answer, wait) = oneshot::channel();
        self.count(ctx.now, begun(day), move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::note_begun`] for tests and threads that may wait.
    pub fn note_begun_now(&self, ctx: &Context, day: DayNumber) -> Result<()> {
        may_begin(ctx, day)?;
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.count(ctx.now, begun(day), move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// Counts what it took to raise a ticket that comes in with its history rather than through the portal.
    pub async fn note_brought_in(&self, raised_at: Timestamp, said: Effort) -> Result<()> {
        let (answer, wait) = oneshot::channel();
        let work = move |tx: &mut WriteTx<'_>| count_raised(tx, raised_at, said);
        self.count(raised_at, work, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    fn count(
        &self,
        now: Timestamp,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<()> + Send + 'static,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) {
        self.tend(now, move |tx: &mut WriteTx<'_>, _: &mut BTreeSet<String>| work(tx), done);
    }
}

/// The words of a search as they are kept, and what to look up; nothing for the beginning of a word.
fn understood(end: &SearchEnd) -> Option<(String, Finds)> {
    let words = searched_words(&end.text)?;
    Some((words, Finds { place: end.place, text: display(end.text.trim(), SEARCHED) }))
}

fn searched(
    now: Timestamp,
    words: String,
    found: bool,
    opened: bool,
) -> impl FnOnce(&mut WriteTx<'_>) -> Result<()> + Send + 'static {
    move |tx| {
        let day = DayNumber::of(now);
        effort::add(tx, day, Measure::Searched, 0)?;
        if !found {
            effort::add(tx, day, Measure::FoundNothing, 0)?;
            effort::add_search(tx, day, &words)?;
        } else if !opened {
            effort::add(tx, day, Measure::OpenedNothing, 0)?;
        }
        Ok(())
    }
}

fn may_begin(ctx: &Context, day: DayNumber) -> Result<()> {
    ctx.principal.person_id().ok_or(Refused::NotFound("person"))?;
    // A page may stay open over night; more is nobody's beginning.
    if day.is_recent(ctx.now, 1) {
        Ok(())
    } else {
        Err(Refused::field("day", "say the day that the form names"))
    }
}

fn begun(day: DayNumber) -> impl FnOnce(&mut WriteTx<'_>) -> Result<()> + Send + 'static {
    move |tx| Ok(effort::add(tx, day, Measure::Begun, 0)?)
}

impl Act<'_, '_> {
    /// Counts what it took to raise the ticket that this act raises.
    pub(crate) fn count_effort(&mut self, said: Effort) -> Result<()> {
        let now = self.now();
        count_raised(self.tx, now, said)
    }
}

fn count_raised(tx: &mut WriteTx<'_>, at: Timestamp, said: Effort) -> Result<()> {
    let day = DayNumber::of(at);
    effort::add(tx, day, Measure::Raised, 0)?;
    if let Some(visit) = said.visit {
        let span = u32::try_from(visit.span()).unwrap_or(u32::MAX);
        effort::add(tx, day, Measure::Took, span)?;
        effort::add(tx, day, Measure::Actions, visit.actions())?;
    }
    // By the day of its beginning: what was begun and what of it was sent are the same forms.
    if let Some(begun) = said.begun.filter(|begun| begun.is_recent(at, DAYS)) {
        effort::add(tx, begun, Measure::BegunAndSent, 0)?;
    }
    Ok(())
}

/// Removes what is past its time.
pub(crate) fn forget(tx: &mut WriteTx<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let today = DayNumber::of(now);
    let counts = today.before(COUNTS_KEPT);
    let month = counts.date().map_or(0, super::department::month_number);
    effort::forget(tx, counts, today.before(DAYS), month)
}
