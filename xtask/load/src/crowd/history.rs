//! The recorded facts of the pool, replayed by rules of its own: who held which token when, and who waited.
//!
//! What the desk computes from these rows, and what it decides by, is left out on purpose: a mistake in it would excuse
//! itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use desk::DatabaseUrl;
use domain::{
    LeaseId, LicenceId, PersonId, QueueEntryId, Timestamp,
    licence::{
        Grant, Lease, LeaseEnd, PoolEvent,
        pool::{Offer, QueueEntry, WaitEnd},
    },
};
use postgres::NoTls;

/// A token in somebody's hands: from its first moment to the first moment after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) person: PersonId,
    pub(super) token: u32,
    pub(super) from: Timestamp,
    pub(super) until: Option<Timestamp>,
    /// Whether it ended because its holder was silent.
    pub(super) silent: bool,
}

/// Somebody's time in line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) person: PersonId,
    place: u64,
    pub(super) from: Timestamp,
    pub(super) offer: Option<Offer>,
    pub(super) end: Option<(Timestamp, WaitEnd)>,
}

/// What came of a pool.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// In order of their beginning.
    pub(super) holds: Vec<Hold>,
    /// In order of their beginning.
    pub(super) waits: Vec<Wait>,
    /// How many free tokens were kept for somebody in line.
    pub(super) offers: u32,
    /// How many silent holders came back to the token that they had.
    pub(super) revived: u32,
}

/// The facts about this licence, in the order in which they were written down.
pub(super) fn recorded(database: &str, licence: LicenceId) -> anyhow::Result<Vec<PoolEvent>> {
    let licence = licence.to_string();
    let facts: Vec<String> = match database.parse()? {
        DatabaseUrl::Postgres { url, schema } => {
            let mut client = postgres::Client::connect(&url, NoTls)?;
            let facts =
                format!("SELECT event FROM {schema}.licence_event WHERE licence_id = $1 ORDER BY seq");
            client.query(&facts, &[&licence])?.iter().map(|row| row.get(0)).collect()
        }
        DatabaseUrl::Sqlite(file) => {
            let client = rusqlite::Connection::open(file)?;
            let mut facts =
                client.prepare("SELECT event FROM licence_event WHERE licence_id = ?1 ORDER BY seq")?;
            let rows = facts.query_map([&licence], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        }
    };
    let read =
        |fact: &String| serde_json::from_str(fact).with_context(|| format!("no fact of a pool: {fact}"));
    facts.iter().map(read).collect()
}

impl History {
    /// Replays the facts, and says what about them cannot be.
    pub(super) fn replay(facts: &[PoolEvent], tokens: u32) -> (Self, Vec<String>) {
        let mut replay = Replay { tokens, ..Replay::default() };
        for fact in facts {
            replay.fact(fact);
        }
        (replay.history, replay.faults)
    }

    /// Whether everybody has gone home.
    pub(super) fn is_over(&self) -> bool {
        self.holds.iter().all(|hold| hold.until.is_some()) && self.waits.iter().all(|wait| wait.end.is_some())
    }

    /// How many tokens were held, from each change on. At one moment, ends come before beginnings.
    pub(super) fn levels(&self) -> Vec<(Timestamp, i64)> {
        let mut changes: BTreeMap<Timestamp, i64> = BTreeMap::new();
        for Hold { from, until, .. } in &self.holds {
            *changes.entry(*from).or_default() += 1;
            if let Some(until) = until {
                *changes.entry(*until).or_default() -= 1;
            }
        }
        let mut level = 0;
        let changes = changes.into_iter().filter(|(_, change)| *change != 0);
        changes
            .map(|(at, change)| {
                level += change;
                (at, level)
            })
            .collect()
    }

    /// Who held a token at a moment.
    pub(super) fn holders(&self, at: Timestamp) -> BTreeSet<PersonId> {
        let holding =
            self.holds.iter().filter(|hold| hold.from <= at && hold.until.is_none_or(|end| at < end));
        holding.map(|hold| hold.person).collect()
    }
}

/// Everything that is so at one moment of the replay.
#[derive(Default)]
struct Replay {
    tokens: u32,
    history: History,
    faults: Vec<String>,
    /// Positions in the history's holds.
    held: BTreeMap<LeaseId, usize>,
    /// Positions in the history's waits.
    waiting: BTreeMap<QueueEntryId, usize>,
    fence: u64,
    place: u64,
    clock: Option<Timestamp>,
    /// Whose turn it is with which token: they left the line to take it.
    taking: Option<(QueueEntryId, u32)>,
}

impl Replay {
    fn fact(&mut self, fact: &PoolEvent) {
        let at = fact.at();
        if let Some(clock) = self.clock.filter(|clock| at < *clock) {
            self.fault(format!("{} at {at} is written down after what was at {clock}", fact.kind()));
        }
        self.clock = Some(at);
        match fact {
            PoolEvent::Acquired { lease, how } => self.acquired(lease, *how),
            PoolEvent::Ended { lease, at, end, .. } => self.ended(*lease, *at, *end),
            PoolEvent::Queued { entry } => self.queued(entry),
            PoolEvent::Offered { entry, person, offer, .. } => self.offered(*entry, *person, *offer),
            PoolEvent::LeftQueue { entry, person, at, how, .. } => self.left(*entry, *person, *at, *how),
            PoolEvent::OfferWithdrawn { .. } | PoolEvent::CapacityChanged { .. } => {
                self.fault(format!("nobody changed the number of tokens, and yet: {fact:?}"));
            }
            PoolEvent::Lingering { .. }
            | PoolEvent::Resumed { .. }
            | PoolEvent::Borrowed { .. }
            | PoolEvent::Prioritised { .. } => {
                self.fault(format!("the rules of this pool know nothing of it, and yet: {fact:?}"));
            }
            PoolEvent::Used { .. }
            | PoolEvent::Seen { .. }
            | PoolEvent::RecallAnnounced { .. }
            | PoolEvent::RecallCancelled { .. }
            | PoolEvent::WaiterSeen { .. }
            | PoolEvent::Denied { .. } => {}
        }
    }

    fn acquired(&mut self, lease: &Lease, how: Grant) {
        let Lease { id, person, token, fence, acquired_at: at, .. } = *lease;
        if fence <= self.fence {
            self.fault(format!("token {token} is granted under number {fence} after {}", self.fence));
        }
        self.fence = fence;
        self.free(token, at);
        let other = self.holds().find(|hold| hold.person == person).map(|hold| hold.token);
        if let Some(other) = other {
            self.fault(format!("{person} holds token {other} and is given {token} at {at}"));
        }
        if self.waits().any(|wait| wait.person == person) {
            self.fault(format!("{person} is given token {token} at {at} and stands in line still"));
        }
        match how {
            Grant::OfferTaken { entry } if self.taking == Some((entry, token)) => {}
            Grant::OfferTaken { .. } => {
                self.fault(format!("{person} takes token {token} at {at}, which was not offered to them"));
            }
            Grant::Fresh | Grant::Revived { .. } => self.nobody_is_passed(person, u64::MAX, at),
            Grant::Held => {
                self.fault(format!("{person} is given token {token} at {at} and holds it already"));
            }
        }
        self.taking = None;
        self.history.revived += u32::from(matches!(how, Grant::Revived { .. }));
        self.held.insert(id, self.history.holds.len());
        self.history.holds.push(Hold { person, token, from: at, until: None, silent: false });
    }

    fn ended(&mut self, lease: LeaseId, at: Timestamp, end: LeaseEnd) {
        let Some(hold) = self.held.remove(&lease) else {
            return self.fault(format!("a hold ends at {at} that is none: {lease}"));
        };
        let hold = &mut self.history.holds[hold];
        hold.until = Some(at);
        hold.silent = end == LeaseEnd::Silent;
        if !matches!(end, LeaseEnd::Silent | LeaseEnd::Released | LeaseEnd::Stolen { .. }) {
            let sentence = format!("{} loses token {} at {at}: {end:?}", hold.person, hold.token);
            self.fault(sentence);
        }
    }

    fn queued(&mut self, entry: &QueueEntry) {
        let QueueEntry { id, person, place, joined_at: from, .. } = *entry;
        if place <= self.place {
            self.fault(format!("{person} gets place {place} after place {}", self.place));
        }
        self.place = place;
        let stands = self.waits().any(|wait| wait.person == person);
        if stands || self.holds().any(|hold| hold.person == person) {
            self.fault(format!("{person} joins the line at {from} and holds or waits already"));
        }
        self.waiting.insert(id, self.history.waits.len());
        self.history.waits.push(Wait { person, place, from, offer: None, end: None });
    }

    fn offered(&mut self, entry: QueueEntryId, person: PersonId, offer: Offer) {
        let Offer { token, made_at: at, .. } = offer;
        self.free(token, at);
        let Some(wait) = self.waiting.get(&entry).copied() else {
            return self.fault(format!("token {token} is offered at {at} to {person}, who does not wait"));
        };
        let Wait { place, offer: ref earlier, .. } = self.history.waits[wait];
        if earlier.is_some() {
            self.fault(format!("{person} is offered token {token} at {at} and has an offer already"));
        }
        self.nobody_is_passed(person, place, at);
        self.history.offers += 1;
        self.history.waits[wait].offer = Some(offer);
    }

    fn left(&mut self, entry: QueueEntryId, person: PersonId, at: Timestamp, how: WaitEnd) {
        let Some(wait) = self.waiting.remove(&entry) else {
            return self.fault(format!("{person} leaves the line at {at} and does not stand in it"));
        };
        let wait = &mut self.history.waits[wait];
        wait.end = Some((at, how));
        let sound = match (how, wait.offer) {
            (WaitEnd::Taken, Some(offer)) => {
                self.taking = Some((entry, offer.token));
                at < offer.until
            }
            (WaitEnd::Declined, Some(offer)) => at < offer.until,
            (WaitEnd::OfferLapsed, Some(offer)) => offer.until <= at,
            (WaitEnd::Silent, None) | (WaitEnd::Left, _) => true,
            _ => false,
        };
        if !sound {
            let sentence = format!("{person} cannot leave the line so at {at}: {how:?}, {:?}", wait.offer);
            self.fault(sentence);
        }
    }

    /// Whoever came earlier and has no offer goes first.
    fn nobody_is_passed(&mut self, person: PersonId, place: u64, at: Timestamp) {
        let passed = self.waits().find(|wait| wait.offer.is_none() && wait.place < place);
        if let Some(passed) = passed.map(|wait| wait.person) {
            self.fault(format!("{person} is served at {at}, and {passed} waited for longer"));
        }
    }

    /// A token goes to one person at a time.
    fn free(&mut self, token: u32, at: Timestamp) {
        if token == 0 || token > self.tokens {
            self.fault(format!("there is no token {token}, and it is given away at {at}"));
        }
        let holder = self.holds().find(|hold| hold.token == token).map(|hold| hold.person);
        if let Some(holder) = holder {
            self.fault(format!("token {token} is given away at {at}, and {holder} holds it"));
        }
        let kept = self.waits().find(|wait| wait.offer.is_some_and(|offer| offer.token == token));
        if let Some(waiting) = kept.map(|wait| wait.person) {
            self.fault(format!("token {token} is given away at {at}, and it is kept for {waiting}"));
        }
    }

    fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.held.values().map(|hold| &self.history.holds[*hold])
    }

    fn waits(&self) -> impl Iterator<Item = &Wait> {
        self.waiting.values().map(|wait| &self.history.waits[*wait])
    }

    fn fault(&mut self, sentence: String) {
        self.faults.push(sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crowd::forged::{acquired, fell_silent, left, offered, people, queued, released, taken, when};

    fn faults(facts: &[PoolEvent]) -> Vec<String> {
        History::replay(facts, 2).1
    }

    fn history(facts: &[PoolEvent]) -> History {
        let (history, faults) = History::replay(facts, 2);
        assert_eq!(faults, Vec::<String>::new());
        history
    }

    /// Two hold, two wait; a token frees and the first in line takes it.
    fn sound() -> Vec<PoolEvent> {
        vec![
            acquired(1, 1, 1, 0, Grant::Fresh),
            acquired(2, 2, 2, 1, Grant::Fresh),
            queued(3, 1, 2),
            queued(4, 2, 3),
            released(1, 1, 10),
            offered(3, 1, 10),
            left(3, 12, WaitEnd::Taken),
            acquired(3, 1, 3, 12, taken(3)),
            released(3, 3, 20),
            offered(4, 1, 20),
            left(4, 25, WaitEnd::OfferLapsed),
            fell_silent(2, 2, 30),
        ]
    }

    #[test]
    fn what_can_be_is_no_fault() {
        let history = history(&sound());
        assert!(history.is_over());
        assert_eq!((history.holds.len(), history.waits.len(), history.offers), (3, 2, 2));
        assert_eq!(
            history.levels(),
            [(when(0), 1), (when(1), 2), (when(10), 1), (when(12), 2), (when(20), 1), (when(30), 0)]
        );
        assert_eq!(history.holders(when(12)), people(&[2, 3]));
    }

    #[test]
    fn an_end_and_a_beginning_at_one_moment_change_no_level() {
        let facts =
            [acquired(1, 1, 1, 0, Grant::Fresh), released(1, 1, 5), acquired(2, 1, 2, 5, Grant::Fresh)];
        let history = history(&facts);
        assert_eq!(history.levels(), [(when(0), 1)]);
        assert_eq!(history.holders(when(5)), people(&[2]));
        assert!(!history.is_over());
    }

    #[test]
    fn a_token_with_two_holders_is_found() {
        let facts = [acquired(1, 1, 1, 0, Grant::Fresh), acquired(2, 1, 2, 1, Grant::Fresh)];
        assert!(faults(&facts)[0].contains("token 1 is given away"));
    }

    #[test]
    fn a_person_with_two_tokens_is_found() {
        let facts = [acquired(1, 1, 1, 0, Grant::Fresh), acquired(1, 2, 2, 1, Grant::Fresh)];
        assert!(faults(&facts)[0].contains("holds token 1 and is given 2"));
    }

    #[test]
    fn a_token_too_many_is_found() {
        assert!(faults(&[acquired(1, 3, 1, 0, Grant::Fresh)])[0].contains("there is no token 3"));
    }

    #[test]
    fn a_fencing_number_that_does_not_rise_is_found() {
        let facts = [acquired(1, 1, 7, 0, Grant::Fresh), acquired(2, 2, 7, 1, Grant::Fresh)];
        assert!(faults(&facts)[0].contains("under number 7 after 7"));
    }

    #[test]
    fn a_later_comer_who_is_offered_a_token_first_is_found() {
        let mut facts = sound();
        facts[5] = offered(4, 1, 10);
        facts.truncate(6);
        assert!(faults(&facts)[0].contains("waited for longer"));
    }

    #[test]
    fn a_token_granted_past_the_line_is_found() {
        let mut facts = sound();
        facts[5] = acquired(5, 1, 3, 10, Grant::Fresh);
        facts.truncate(6);
        assert!(faults(&facts)[0].contains("waited for longer"));
    }

    #[test]
    fn an_offer_of_a_token_in_use_is_found() {
        let mut facts = sound();
        facts.remove(4);
        assert!(faults(&facts)[0].contains("token 1 is given away"));
    }

    #[test]
    fn a_token_granted_while_it_is_kept_for_another_is_found() {
        let mut facts = sound();
        facts.truncate(6);
        facts.push(acquired(5, 1, 3, 11, Grant::Fresh));
        assert!(faults(&facts).iter().any(|fault| fault.contains("it is kept for")));
    }

    #[test]
    fn an_offer_taken_by_somebody_else_or_too_late_is_found() {
        let mut facts = sound();
        facts[7] = acquired(5, 1, 3, 12, taken(4));
        assert!(faults(&facts).iter().any(|fault| fault.contains("was not offered to them")));
        let mut facts = sound();
        facts[6] = left(3, 15, WaitEnd::Taken);
        assert!(faults(&facts)[0].contains("cannot leave the line so"));
    }

    #[test]
    fn an_offer_that_lapses_before_its_time_is_found() {
        let mut facts = sound();
        facts[10] = left(4, 24, WaitEnd::OfferLapsed);
        assert!(faults(&facts)[0].contains("cannot leave the line so"));
    }

    #[test]
    fn facts_out_of_their_order_are_found() {
        let facts = [acquired(1, 1, 1, 5, Grant::Fresh), acquired(2, 2, 2, 4, Grant::Fresh)];
        assert!(faults(&facts)[0].contains("after what was at"));
    }

    #[test]
    fn ends_of_what_never_began_are_found() {
        assert_eq!(faults(&[released(1, 1, 0), left(1, 0, WaitEnd::Left)]).len(), 2);
        assert_eq!(faults(&[offered(1, 1, 0)]).len(), 1);
    }

    #[test]
    fn a_second_place_in_line_is_found() {
        let facts = [acquired(1, 1, 1, 0, Grant::Fresh), queued(2, 1, 1), queued(1, 2, 2), queued(3, 2, 3)];
        assert_eq!(faults(&facts).len(), 2);
    }
}
