//! Somebody who works over the API, and remembers what they were promised.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use domain::{LicenceId, PersonId};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::promise::{Promise, What, mark};
use crate::{
    api,
    http::{Answer, Client, Request},
    organisation::Worker,
};

/// What a writer does all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trade {
    /// Raises tickets.
    Requester,
    /// Writes notes on a seat of their own.
    Exclusive,
    /// Writes notes on a token of the pool, and gives it back now and then.
    Concurrent,
}

/// What a writer needs for the time between two kills.
pub(super) struct Round<'a> {
    pub(super) address: SocketAddr,
    /// Hears of each acknowledgement.
    pub(super) acknowledged: Sender<()>,
    pub(super) over: &'a AtomicBool,
    /// Tickets to work on.
    pub(super) tickets: &'a [String],
}

/// A writer.
pub(super) struct Writer {
    number: usize,
    trade: Trade,
    worker: Worker,
    pool: LicenceId,
    random: StdRng,
    /// How many requests were made.
    made: u64,
    /// The request whose answer never came.
    unanswered: Option<Sent>,
    promises: Vec<Promise>,
    fault: Option<String>,
    signs: Signs,
}

/// What is known of a writer's hold on a token.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs {
    /// When the request was sent that last used the token, and was acknowledged. Nothing if it was given back, or may
    /// have been.
    pub(super) held_since: Option<Instant>,
    /// No sign of life came later than this.
    pub(super) last: Option<Instant>,
}

/// A request, and what its acknowledgement will mean.
#[derive(Debug, Clone)]
struct Sent {
    request: Request,
    key: String,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    Raise { mark: String },
    Note { ticket: String, mark: String },
    Release,
}

enum Meaning {
    Promised(Promise),
    /// The server could not say; it is asked again.
    Unknown,
    Fault(String),
}

impl Writer {
    pub(super) fn new(number: usize, trade: Trade, worker: Worker, pool: LicenceId, seed: u64) -> Self {
        Self {
            number,
            trade,
            worker,
            pool,
            random: StdRng::seed_from_u64(seed),
            made: 0,
            unanswered: None,
            promises: Vec::new(),
            fault: None,
            signs: Signs::default(),
        }
    }

    pub(super) fn trade(&self) -> Trade {
        self.trade
    }

    pub(super) fn person(&self) -> PersonId {
        self.worker.id
    }

    pub(super) fn signs(&self) -> Signs {
        self.signs
    }

    pub(super) fn take_promises(&mut self) -> Vec<Promise> {
        std::mem::take(&mut self.promises)
    }

    pub(super) fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    /// Works until the server is gone or the round is over.
    pub(super) fn work(&mut self, round: &Round<'_>) {
        let mut client = Client::new(round.address);
        while !round.over.load(Ordering::Relaxed) {
            let sent = self.next(round.tickets);
            let at = Instant::now();
            let meaning = self.until_decided(&mut client, &sent);
            self.signs.last = Some(Instant::now());
            match meaning {
                Meaning::Promised(promise) => {
                    self.note_signs(&sent.act, &promise, at);
                    self.promises.push(promise);
                    // The round may be over, and nobody counts any more.
                    let _ = round.acknowledged.send(());
                }
                Meaning::Unknown => {
                    if matches!(sent.act, Act::Release) {
                        self.signs.held_since = None;
                    }
                    self.unanswered = Some(sent);
                    return;
                }
                Meaning::Fault(fault) => {
                    self.fault = Some(fault);
                    return;
                }
            }
        }
    }

    /// Sends the unanswered request again, if there is one, until it is answered; and then once more, for the same answer.
    pub(super) fn send_again(&mut self, address: SocketAddr) -> anyhow::Result<bool> {
        let Some(sent) = self.unanswered.take() else { return Ok(false) };
        let mut client = Client::new(address);
        let at = Instant::now();
        let first = until_answered(&mut client, &sent)?;
        let promise = match self.understand(&sent, &first, false) {
            Meaning::Promised(promise) => promise,
            Meaning::Unknown => anyhow::bail!("{} is never decided", sent.key),
            Meaning::Fault(fault) => anyhow::bail!(fault),
        };
        if first.is_success() {
            let second = until_answered(&mut client, &sent)?;
            anyhow::ensure!(
                second.status == first.status && second.body == first.body,
                "{} sent again is answered differently: {} and then {}",
                sent.key,
                first.describe(),
                second.describe()
            );
        }
        self.signs.last = Some(Instant::now());
        self.note_signs(&sent.act, &promise, at);
        if matches!(sent.act, Act::Note { .. }) {
            // If it had been done before, this was no sign of life.
            self.signs.held_since = None;
        }
        self.promises.push(promise);
        Ok(true)
    }

    /// With nobody else at work and every lease over, an act must be done.
    pub(super) fn must_get_a_token(&mut self, address: SocketAddr, tickets: &[String]) -> anyhow::Result<()> {
        let Some(ticket) = tickets.first() else { return Ok(()) };
        let sent = self.note(ticket.clone());
        let at = Instant::now();
        let answer = Client::new(address).send(&sent.request)?;
        anyhow::ensure!(
            answer.is_success(),
            "every lease is over, and yet writer {} gets no token: {}",
            self.number,
            answer.describe()
        );
        self.signs.last = Some(Instant::now());
        match self.understand(&sent, &answer, true) {
            Meaning::Promised(promise) => {
                self.note_signs(&sent.act, &promise, at);
                self.promises.push(promise);
                Ok(())
            }
            Meaning::Unknown => anyhow::bail!("{} is never decided", sent.key),
            Meaning::Fault(fault) => anyhow::bail!(fault),
        }
    }

    /// Sends a new request until the server can say what became of it, or is gone.
    fn until_decided(&self, client: &mut Client, sent: &Sent) -> Meaning {
        for attempt in 0..ATTEMPTS {
            let Ok(answer) = client.send(&sent.request) else { return Meaning::Unknown };
            if !undecided(&answer) {
                return self.understand(sent, &answer, attempt == 0);
            }
        }
        Meaning::Fault(format!("{} is still undecided after {ATTEMPTS} attempts", sent.key))
    }

    fn next(&mut self, tickets: &[String]) -> Sent {
        let ticket = if tickets.is_empty() { None } else { Some(self.random.random_range(0..tickets.len())) };
        match (self.trade, ticket) {
            (Trade::Requester, _) | (_, None) => self.raise(),
            (Trade::Concurrent, Some(_)) if self.random.random_ratio(1, 12) => self.release(),
            (Trade::Exclusive | Trade::Concurrent, Some(ticket)) => self.note(tickets[ticket].clone()),
        }
    }

    fn raise(&mut self) -> Sent {
        let mark = self.mark();
        let request = api::raise(&self.worker, &mark, &mark, "The printer in room 4 takes no paper.");
        Sent { request, key: mark.clone(), act: Act::Raise { mark } }
    }

    fn note(&mut self, ticket: String) -> Sent {
        let mark = self.mark();
        let request = api::note(&self.worker, &mark, &ticket, &mark);
        Sent { request, key: mark.clone(), act: Act::Note { ticket, mark } }
    }

    fn release(&mut self) -> Sent {
        let key = self.mark();
        Sent { request: api::release(&self.worker, &key, self.pool), key, act: Act::Release }
    }

    fn mark(&mut self) -> String {
        self.made += 1;
        mark(self.number, self.made)
    }

    /// What an answer means. `first` says whether the request was never sent before.
    fn understand(&self, sent: &Sent, answer: &Answer, first: bool) -> Meaning {
        if undecided(answer) {
            return Meaning::Unknown;
        }
        let unexpected = || {
            let Request { method, path, .. } = &sent.request;
            Meaning::Fault(format!("{method} {path} by writer {} answers {}", self.number, answer.describe()))
        };
        let problem = if answer.is_success() { String::new() } else { api::problem(answer) };
        let what = match (&sent.act, &*problem) {
            (Act::Raise { mark }, "") => match answer.json()["id"].as_str() {
                Some(id) => What::Ticket { id: id.to_owned(), mark: mark.clone() },
                None => return unexpected(),
            },
            (Act::Note { ticket, mark }, "") => What::Note { ticket: ticket.clone(), mark: mark.clone() },
            (Act::Release, "") => What::Released,
            // Only those who share tokens may be told to wait.
            (Act::Note { .. }, "seat-queued") if self.trade == Trade::Concurrent => What::NotDone,
            // Who holds nothing has nothing to give back, and that is no act.
            (Act::Release, "conflict") => {
                return Meaning::Promised(Promise { what: What::Released, request: None });
            }
            _ => return unexpected(),
        };
        if first && answer.request_id.is_empty() {
            return Meaning::Fault("an answer has no X-Request-Id".to_owned());
        }
        let request = first.then(|| answer.request_id.clone());
        Meaning::Promised(Promise { what, request })
    }

    fn note_signs(&mut self, act: &Act, promise: &Promise, at: Instant) {
        match (act, &promise.what) {
            (Act::Note { .. }, What::Note { .. }) if self.trade == Trade::Concurrent => {
                self.signs.held_since = Some(at);
            }
            (Act::Release, _) | (_, What::NotDone) => self.signs.held_since = None,
            _ => {}
        }
    }
}

/// How often a request is sent while the server says that it is busy with a conflicting one.
const ATTEMPTS: u32 = 200;

/// Whether the server says that it could not say.
fn undecided(answer: &Answer) -> bool {
    answer.status == 503
}

/// Sends a request until the server can say what became of it.
fn until_answered(client: &mut Client, sent: &Sent) -> anyhow::Result<Answer> {
    for _ in 0..ATTEMPTS {
        let answer = client.send(&sent.request)?;
        if !undecided(&answer) {
            return Ok(answer);
        }
    }
    anyhow::bail!("{} is still undecided after {ATTEMPTS} attempts", sent.key)
}
