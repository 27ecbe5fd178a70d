//! The look at what is there, against what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{
    DRIFT, OFFER, SLACK, TTL,
    log::AuditLog,
    promise::{Ledger, marks_in},
    writer::Writer,
};
use crate::{api, faults::report, http::Client, organisation::Organisation, server::Server};

/// How long records may take to their place in the log: PostgreSQL gives them one in batches.
const PLACING: Duration = Duration::from_secs(20);

/// How long a busy holder's lease may stay as it is between two acts (`DeskOptions::lease_touch_millis`).
const UNTOUCHED: Duration = Duration::from_secs(2);

/// How much of the notes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Those on tickets that were worked on since the last look.
    Recent,
    /// All.
    Whole,
}

/// What a look needs.
pub(super) struct Look<'a> {
    pub(super) server: &'a Server,
    pub(super) organisation: &'a Organisation,
    pub(super) writers: &'a [Writer],
    pub(super) ledger: &'a mut Ledger,
    pub(super) log: &'a mut AuditLog,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looked {
    pub(super) tickets: usize,
    pub(super) notes: usize,
    pub(super) leases: usize,
    pub(super) records: usize,
}

impl Look<'_> {
    /// Leases first: they do not wait.
    pub(super) fn at_everything(mut self, depth: Depth) -> anyhow::Result<Looked> {
        let mut client = self.server.client();
        let leases = look_at_leases(self.server, self.organisation, self.writers)?;
        self.tickets(&mut client)?;
        self.notes(&mut client, depth)?;
        self.log()?;
        Ok(Looked {
            tickets: self.ledger.raised.len(),
            notes: self.ledger.notes.values().map(BTreeSet::len).sum(),
            leases,
            records: self.log.len(),
        })
    }

    /// Every ticket acknowledged is there once, and no other.
    fn tickets(&self, client: &mut Client) -> anyhow::Result<()> {
        let reader = self.organisation.exclusive.first().context("somebody reads")?;
        let items = api::all(client, reader, "/api/v1/tickets")?;
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for item in &items {
            let (subject, id) = (item["subject"].as_str(), item["id"].as_str());
            let (subject, id) = subject.zip(id).context("a ticket without subject or id")?;
            found.entry(subject).or_default().push(id);
        }
        let mut faults = Vec::new();
        for (mark, id) in &self.ledger.raised {
            match found.remove(&**mark).as_deref() {
                None => faults.push(format!("ticket {id} ({mark}) was acknowledged and is lost")),
                Some([only]) if only == id => {}
                Some([other]) => {
                    faults.push(format!("ticket {mark} was acknowledged as {id} and is {other}"));
                }
                Some(several) => faults.push(format!("ticket {mark} is there {} times", several.len())),
            }
        }
        for (subject, ids) in found {
            // Whatever was not answered was sent again until it was.
            faults.push(format!("nobody was told of ticket {} ({subject})", ids.join(", ")));
        }
        report("tickets", faults)
    }

    /// Every note acknowledged is there once, and no other.
    fn notes(&mut self, client: &mut Client, depth: Depth) -> anyhow::Result<()> {
        let reader = self.organisation.exclusive.first().context("somebody reads")?;
        let touched = std::mem::take(&mut self.ledger.touched);
        let tickets: Vec<&String> = match depth {
            Depth::Recent => touched.iter().collect(),
            Depth::Whole => self.ledger.notes.keys().collect(),
        };
        let mut faults = Vec::new();
        for ticket in tickets {
            let items = api::all(client, reader, &format!("/api/v1/tickets/{ticket}/timeline"))?;
            let mut found: BTreeMap<&str, u32> = BTreeMap::new();
            for body in
                items.iter().filter(|item| item["kind"] == "note").filter_map(|item| item["body"].as_str())
            {
                for mark in marks_in(body) {
                    *found.entry(mark).or_default() += 1;
                }
            }
            for mark in &self.ledger.notes[ticket] {
                match found.remove(&**mark) {
                    None => faults.push(format!("note {mark} on {ticket} was acknowledged and is lost")),
                    Some(1) => {}
                    Some(times) => faults.push(format!("note {mark} on {ticket} is there {times} times")),
                }
            }
            faults.extend(found.keys().map(|mark| format!("nobody was told of note {mark} on {ticket}")));
        }
        report("notes", faults)
    }

    /// Every act acknowledged is in the log once, as it ended; and nothing that was not.
    fn log(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            self.log.read_again(self.server.place())?;
            let (missing, wrong) = compare(self.ledger, self.log);
            report("audit log", wrong)?;
            if missing.is_empty() {
                return Ok(());
            }
            if began.elapsed() > PLACING {
                return report("audit log", missing);
            }
        }
    }
}

/// Who surely holds a token is listed; who has been silent for long is not; no token is there twice.
pub(super) fn look_at_leases(
    server: &Server,
    organisation: &Organisation,
    writers: &[Writer],
) -> anyhow::Result<usize> {
    let mut client = server.client();
    let asked = Instant::now();
    let leases = leases(&mut client, organisation)?;
    let answered = Instant::now();
    let mut faults = Vec::new();

    let mut tokens = BTreeSet::new();
    let most = u64::from(super::WANTED.tokens);
    for Held { token, person } in &leases {
        if !tokens.insert(token) || *token == 0 || *token > most {
            faults.push(format!("token {token} of {most} is held by {person}, and not by them alone"));
        }
    }
    for writer in writers {
        let person = writer.person().to_string();
        let listed = leases.iter().any(|held| held.person == person);
        let signs = writer.signs();
        // By the clock of this machine, which is the server's.
        let surely = signs.held_since.is_some_and(|since| answered + UNTOUCHED < since + TTL.unsigned_abs());
        let surely_not = signs.last.is_none_or(|last| asked > last + silence());
        if surely && !listed {
            faults
                .push(format!("{person} was acknowledged on a token less than its time ago, and holds none"));
        }
        if surely_not && listed {
            faults.push(format!(
                "{person} has been silent for longer than time to live and drift, and holds a token"
            ));
        }
    }
    report("leases", faults)?;
    Ok(leases.len())
}

/// What the log lacks yet, and what it never may say.
fn compare(ledger: &Ledger, log: &AuditLog) -> (Vec<String>, Vec<String>) {
    let (mut missing, mut wrong) = (Vec::new(), Vec::new());
    for (request, done) in &ledger.requests {
        match log.requests.get(request) {
            None => missing.push(format!("request {request} was acknowledged and has no record")),
            Some(recorded) if recorded == done => {}
            Some(_) => wrong.push(format!("request {request} did not end as its record says")),
        }
    }
    let marks = ledger.marks();
    for mark in &marks {
        match log.marks.get(*mark) {
            None => missing.push(format!("the act {mark} was acknowledged and has no record")),
            Some(1) => {}
            Some(times) => wrong.push(format!("the act {mark} has {times} records")),
        }
    }
    let unknown = log.marks.keys().filter(|mark| !marks.contains(&***mark));
    wrong.extend(unknown.map(|mark| format!("the record of {mark} is of an act that nobody was told of")));
    (missing, wrong)
}

/// When nobody gives a sign of life, every token is free after time to live and drift, and nobody waits for one any more
/// once the last offer has lapsed.
pub(super) fn wait_for_free_tokens(
    server: &Server,
    organisation: &Organisation,
    writers: &[Writer],
) -> anyhow::Result<()> {
    let mut client = server.client();
    let last = writers.iter().filter_map(|writer| writer.signs().last).max();
    let held_until = last.unwrap_or_else(Instant::now) + silence();
    let waited_until = held_until + OFFER.unsigned_abs();
    let queue = format!("/api/v1/licences/{}/queue", organisation.pool);
    loop {
        let asked = Instant::now();
        let held = leases(&mut client, organisation)?;
        let waiting = api::list(&mut client, &organisation.manager, &queue)?;
        if held.is_empty() && waiting.is_empty() {
            return Ok(());
        }
        if asked > held_until && !held.is_empty() {
            let people: Vec<String> = held.into_iter().map(|held| held.person).collect();
            bail!("nobody works any more, and yet tokens are held by {}", people.join(", "));
        }
        ensure!(asked <= waited_until, "nobody works any more, and yet {} wait in line", waiting.len());
        // Ten looks a second are enough, and leave the machine to others.
        std::thread::sleep(Duration::from_millis(100));
    }
}

struct Held {
    token: u64,
    person: String,
}

fn leases(client: &mut Client, organisation: &Organisation) -> anyhow::Result<Vec<Held>> {
    let path = format!("/api/v1/licences/{}/leases", organisation.pool);
    let items = api::list(client, &organisation.manager, &path)?;
    let held = |item: &Value| {
        let person = item["holder"]["id"].as_str()?.to_owned();
        Some(Held { token: item["token"].as_u64()?, person })
    };
    items.iter().map(|item| held(item).with_context(|| format!("no lease as expected: {item}"))).collect()
}

fn silence() -> Duration {
    TTL.unsigned_abs() + DRIFT.unsigned_abs() + SLACK
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torture::promise::{Promise, What};

    fn promised() -> Ledger {
        let mut ledger = Ledger::default();
        let ticket = |mark: &str| What::Ticket { id: "1".to_owned(), mark: mark.to_owned() };
        ledger.extend([
            Promise { what: ticket("mark000n0000001"), request: Some("first".to_owned()) },
            Promise { what: What::NotDone, request: Some("second".to_owned()) },
        ]);
        ledger
    }

    fn recorded() -> AuditLog {
        let mut log = AuditLog::default();
        log.requests.extend([("first".to_owned(), true), ("second".to_owned(), false)]);
        log.marks.insert("mark000n0000001".to_owned(), 1);
        log
    }

    #[test]
    fn a_log_that_says_what_was_acknowledged_is_sound() {
        assert_eq!(compare(&promised(), &recorded()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_record_that_is_not_there_is_missed() {
        let mut log = recorded();
        log.requests.remove("second");
        log.marks.clear();
        assert_eq!(compare(&promised(), &log).0.len(), 2);
    }

    #[test]
    fn a_record_too_many_is_found() {
        for (mark, times) in [("mark000n0000001", 2), ("mark000n0000002", 1)] {
            let mut log = recorded();
            log.marks.insert(mark.to_owned(), times);
            assert_eq!(compare(&promised(), &log).1.len(), 1, "{mark}");
        }
    }

    #[test]
    fn a_refusal_recorded_as_done_is_found() {
        let mut log = recorded();
        log.requests.insert("second".to_owned(), true);
        assert_eq!(compare(&promised(), &log).1.len(), 1);
    }
}
