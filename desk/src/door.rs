//! The door. Each command passes through it in one transaction, in five steps:
//!
//! 1. **who is it?** the principal, and the capabilities that their roles and scopes leave;
//! 2. **may they?** the action map, then the licence engine: a typed verdict;
//! 3. **change it**: the command's own rule;
//! 4. **write it down**: rows, one audit record, one announcement;
//! 5. **say so**, after the commit, from the outbox.
//!
//! A refusal is written down too: the denial, the place in line and the audit record are committed, the change is not
//! made.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    PersonId, TicketId, Timestamp,
    audit::{self, AuditRecord, Outcome, Salt, Target},
    identity::{Actor, Capabilities, Capability},
    licence::{Action, Cause, Verdict},
    new_id, nth_id,
};
use rand::rngs::StdRng;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::{Database, ReadTx, StoreError, WriteTx, idempotency, outbox, person, setting};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    Context, Refused, Result, Rules, identity::Passwords, knowledge::LibraryCache, licence, rules::RulesCache,
};

/// A change that somebody asks for. Its name reads like the sentence they would say.
pub trait Command: Send + 'static {
    /// What it leads to. JSON, because an `Idempotency-Key` keeps it.
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// Whether an `Idempotency-Key` keeps the outcome. `false` where the outcome holds a secret that is shown once: it is
    /// written nowhere, and the same request sent again is a new one.
    const KEEPS_OUTCOME: bool = true;

    /// Which row of the action map this is, for this caller: answering on one's own ticket is another action than
    /// answering on somebody else's. Things that the caller may not know of are [`Refused::NotFound`] here.
    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action>;

    /// Changes it.
    fn perform(self, act: &mut Act<'_, '_>) -> Result<Self::Outcome>;
}

/// A look at something.
pub trait Query: Send + 'static {
    /// What is seen.
    type Answer: Send + 'static;

    /// Checks that the caller may see it, and reads it.
    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer>;
}

/// Who stands at the door, before it is decided whether they may pass.
pub struct Threshold<'a, 'c> {
    pub(crate) tx: &'a mut ReadTx<'c>,
    pub(crate) ctx: &'a Context,
    pub(crate) capabilities: Capabilities,
    pub(crate) target: Target,
    pub(crate) ticket: Option<TicketId>,
}

impl Threshold<'_, '_> {
    /// The acting person, if it is one the desk knows.
    pub(crate) fn person(&self) -> Option<PersonId> {
        self.ctx.principal.person_id()
    }

    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// Names what the act is done to, for the audit record and the licence's cause.
    pub(crate) fn aim(&mut self, target: impl Into<Target>) {
        self.target = target.into();
    }
}

/// A command that passed the door, on its way through.
pub struct Act<'a, 'c> {
    pub(crate) tx: &'a mut WriteTx<'c>,
    pub(crate) ctx: &'a Context,
    cache: &'a RulesCache,
    pub(crate) action: Action,
    pub(crate) verdict: Verdict,
    pub(crate) target: Target,
    pub(crate) detail: Value,
    pub(crate) occurred_at: Option<Timestamp>,
    /// How the act ends in the audit log; from the verdict, unless the command finds that it is refused after all.
    pub(crate) outcome: Outcome,
    topics: BTreeSet<String>,
    random: StdRng,
    ids: u16,
}

impl Act<'_, '_> {
    pub(crate) fn now(&self) -> Timestamp {
        self.ctx.now
    }

    /// The desk's rules; read by the acts that go by them.
    pub(crate) fn rules(&mut self) -> Result<Arc<Rules>> {
        Ok(self.cache.get(self.tx)?)
    }

    /// The acting person. Only the program itself and people known by an external identity alone have none.
    pub(crate) fn person(&self) -> Option<PersonId> {
        self.ctx.principal.person_id()
    }

    /// An id that sorts after those that this act made before.
    pub(crate) fn new_id<I: From<Uuid>>(&mut self) -> I {
        self.ids = self.ids.saturating_add(1);
        nth_id(self.ctx.now, self.ids, &mut self.random)
    }

    pub(crate) fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    /// Announces after the commit that something changed: `ticket:ID`, `queue`, `licence:ID`.
    pub(crate) fn announce(&mut self, topic: impl Into<String>) {
        self.topics.insert(topic.into());
    }
}

/// A query on its way.
pub struct Look<'a, 'c> {
    pub(crate) tx: &'a mut ReadTx<'c>,
    pub(crate) ctx: &'a Context,
    pub(crate) rules: Arc<Rules>,
    pub(crate) library: &'a LibraryCache,
    pub(crate) capabilities: Capabilities,
}

impl Look<'_, '_> {
    pub(crate) fn person(&self) -> Option<PersonId> {
        self.ctx.principal.person_id()
    }

    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// Refuses, as if there were nothing, who lacks the capability.
    pub(crate) fn require(&self, capability: Capability, what: &'static str) -> Result<()> {
        if self.may(capability) { Ok(()) } else { Err(Refused::NotFound(what)) }
    }
}

/// A tenant's desk.
#[derive(Clone)]
pub struct Desk {
    db: Database,
    shared: Arc<Shared>,
}

struct Shared {
    rules: RulesCache,
    articles: Arc<LibraryCache>,
    passwords: Passwords,
    options: DeskOptions,
    times: Times,
}

/// Where the time of acts goes, since the desk was opened.
#[derive(Default)]
struct Times {
    acts: AtomicU64,
    verdict_nanos: AtomicU64,
    nanos: AtomicU64,
}

/// What acts took of the door's time, without the commit that they share with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DoorTimes {
    /// How many acts a verdict was asked for, granted or not.
    pub acts: u64,
    /// What the verdicts took.
    pub verdict: Duration,
    /// What everything took: who is it, may they, change it, write it down.
    pub whole: Duration,
}

impl std::ops::Sub for DoorTimes {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            acts: self.acts.saturating_sub(before.acts),
            verdict: self.verdict.saturating_sub(before.verdict),
            whole: self.whole.saturating_sub(before.whole),
        }
    }
}

impl Times {
    fn add(to: &AtomicU64, since: Instant) {
        to.fetch_add(u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// What a desk is made with.
#[derive(Debug, Clone, Default)]
pub struct DeskOptions {
    /// Milliseconds that a concurrent holder's row stays untouched between two acts; keeps busy holders from writing
    /// their lease with every act. Must stay far below the time to live.
    pub lease_touch_millis: u32,
}

/// What became of a command whose transaction is committed.
enum Passed<T> {
    Done(T),
    /// Written down as refused.
    Refused(Refused),
}

impl Desk {
    /// The desk over this database.
    pub fn new(db: Database, options: DeskOptions) -> Self {
        Self {
            db,
            shared: Arc::new(Shared {
                rules: RulesCache::default(),
                articles: Arc::default(),
                passwords: Passwords::default(),
                options,
                times: Times::default(),
            }),
        }
    }

    /// Where the time of acts went since this desk was opened.
    pub fn door_times(&self) -> DoorTimes {
        let times = &self.shared.times;
        let nanos = |of: &AtomicU64| Duration::from_nanos(of.load(Ordering::Relaxed));
        DoorTimes {
            acts: times.acts.load(Ordering::Relaxed),
            verdict: nanos(&times.verdict_nanos),
            whole: nanos(&times.nanos),
        }
    }

    /// The database, for the rooms that move it as a whole.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Takes a command through the door. The answer comes after it is durable.
    pub async fn execute<C: Command>(&self, ctx: Context, command: C) -> Result<C::Outcome> {
        let (answer, wait) = oneshot::channel();
        self.submit(ctx, command, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::execute`] for the command line and for tests: waits on this thread, which must not be asynchronous.
    pub fn execute_now<C: Command>(&self, ctx: Context, command: C) -> Result<C::Outcome> {
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.submit(ctx, command, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    fn submit<C: Command>(
        &self,
        ctx: Context,
        command: C,
        done: impl FnOnce(Result<C::Outcome>) + Send + 'static,
    ) {
        let shared = Arc::clone(&self.shared);
        self.db.write(
            move |tx| {
                let began = Instant::now();
                let passed = pass(tx, &shared, &ctx, command);
                Times::add(&shared.times.nanos, began);
                passed
            },
            move |passed: Result<Passed<C::Outcome>>| {
                done(passed.and_then(|passed| match passed {
                    Passed::Done(outcome) => Ok(outcome),
                    Passed::Refused(refused) => Err(refused),
                }));
            },
        );
    }

    /// Answers a query.
    pub async fn ask<Q: Query>(&self, ctx: Context, query: Q) -> Result<Q::Answer> {
        let (answer, wait) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        self.db.read(move |tx| look(tx, &shared, &ctx, query), move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::ask`] for the command line and for tests.
    pub fn ask_now<Q: Query>(&self, ctx: Context, query: Q) -> Result<Q::Answer> {
        let shared = Arc::clone(&self.shared);
        self.db.read_now(move |tx| look(tx, &shared, &ctx, query))
    }

    /// A write that is nobody's act, and so leaves no audit record: signs of life. It announces what others should look
    /// at again.
    pub(crate) fn tend<T: Send + 'static>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&mut WriteTx<'_>, &mut BTreeSet<String>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let work = move |tx: &mut WriteTx<'_>| {
            let mut topics = BTreeSet::new();
            let outcome = work(tx, &mut topics)?;
            say_so(tx, now, &topics)?;
            Ok(outcome)
        };
        self.db.write(work, done);
    }

    /// The published articles.
    pub(crate) fn articles(&self) -> Arc<LibraryCache> {
        Arc::clone(&self.shared.articles)
    }

    /// Where passwords are hashed.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.shared.passwords
    }

    /// A read outside any principal's view: authenticating, and the program's own upkeep.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = oneshot::channel();
        self.db.read(work, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }
}

fn look<Q: Query>(tx: &mut ReadTx<'_>, shared: &Shared, ctx: &Context, query: Q) -> Result<Q::Answer> {
    if let Some(person) = ctx.principal.person_id() {
        tx.ask_ahead(|| [person::roles_question(person), setting::versions_question()])?;
    }
    let capabilities = capabilities(tx, ctx)?;
    let rules = shared.rules.get(tx)?;
    query.answer(&mut Look { tx, ctx, rules, library: &shared.articles, capabilities })
}

/// Who is it? What their roles give and their scopes leave.
pub(crate) fn capabilities(tx: &mut ReadTx<'_>, ctx: &Context) -> Result<Capabilities> {
    let held = match ctx.principal.actor {
        Actor::System(_) => Capabilities::all(),
        Actor::External => Capabilities::of_roles([]),
        Actor::Person(person) => match person::active_roles(tx, person)? {
            Some(roles) => Capabilities::of_roles(roles),
            None => Capabilities::default(),
        },
    };
    Ok(held.intersect(ctx.scopes))
}

fn pass<C: Command>(
    tx: &mut WriteTx<'_>,
    shared: &Shared,
    ctx: &Context,
    command: C,
) -> Result<Passed<C::Outcome>> {
    if let (Some(idempotency), Some(person)) = (&ctx.idempotency, ctx.principal.person_id()) {
        tx.ask_ahead(|| {
            [idempotency::question(&key_owner(ctx), &idempotency.key), person::roles_question(person)]
        })?;
    }
    if C::KEEPS_OUTCOME
        && let Some(outcome) = replayed(tx, ctx)?
    {
        return Ok(Passed::Done(outcome));
    }

    let capabilities = capabilities(tx, ctx)?;
    let mut threshold = Threshold { tx: &mut *tx, ctx, capabilities, target: Target::DESK, ticket: None };
    let action = command.action(&mut threshold)?;
    let Threshold { target, ticket, .. } = threshold;

    let mut random = ctx.random();
    let cause = Cause { action, ticket, channel: ctx.principal.channel };
    let began = Instant::now();
    let decision = licence::decide(tx, ctx, capabilities, cause, &shared.options, &mut random);
    Times::add(&shared.times.verdict_nanos, began);
    shared.times.acts.fetch_add(1, Ordering::Relaxed);
    let decision = decision?;
    let mut topics = BTreeSet::new();
    topics.extend(decision.topics);

    let verdict = decision.verdict;
    let outcome = Outcome::from(&verdict);
    if !verdict.is_granted() {
        let detail = serde_json::json!({ "verdict": &verdict });
        write_down(tx, ctx, Leaf { action, target, outcome, occurred_at: None, detail }, &mut random)?;
        say_so(tx, ctx.now, &topics)?;
        return Ok(Passed::Refused(Refused::Licence(Box::new(verdict))));
    }

    let mut act = Act {
        cache: &shared.rules,
        tx,
        ctx,
        action,
        verdict,
        target,
        detail: Value::Null,
        occurred_at: None,
        outcome,
        topics,
        random,
        ids: 0,
    };
    let answer = command.perform(&mut act)?;

    let Act { tx, target, detail, occurred_at, outcome, topics, mut random, .. } = act;
    write_down(tx, ctx, Leaf { action, target, outcome, occurred_at, detail }, &mut random)?;
    say_so(tx, ctx.now, &topics)?;
    if C::KEEPS_OUTCOME {
        remember(tx, ctx, &answer)?;
    }
    Ok(Passed::Done(answer))
}

/// What the audit record says of an act.
struct Leaf {
    action: Action,
    target: Target,
    outcome: Outcome,
    occurred_at: Option<Timestamp>,
    detail: Value,
}

fn write_down(tx: &mut WriteTx<'_>, ctx: &Context, leaf: Leaf, random: &mut StdRng) -> Result<()> {
    let Leaf { action, target, outcome, occurred_at, detail } = leaf;
    let act = audit::Act {
        id: new_id(ctx.now, random),
        at: ctx.now,
        occurred_at,
        request: ctx.request,
        action,
        principal: &ctx.principal,
        target,
        outcome,
        detail: &detail,
    };
    let record = AuditRecord::of(&act, Salt::random(random))
        .map_err(|error| StoreError::Engine(format!("the audit record cannot be written: {error}")))?;
    store::audit::append(tx, &record, &actor_key(ctx.principal.actor), &target_key(target))?;
    Ok(())
}

/// The column by which audit records are listed for an actor.
pub(crate) fn actor_key(actor: Actor) -> String {
    match actor {
        Actor::Person(person) => person.to_string(),
        Actor::External => "external".to_owned(),
        Actor::System(system) => system.as_str().to_owned(),
    }
}

/// The column by which audit records are listed for a target.
pub(crate) fn target_key(target: Target) -> String {
    match target.id() {
        Some(id) => format!("{}:{id}", target.kind()),
        None => target.kind().to_string(),
    }
}

fn say_so(tx: &mut WriteTx<'_>, now: Timestamp, topics: &BTreeSet<String>) -> Result<()> {
    if !topics.is_empty() {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        outbox::put(tx, &topics.join(" "), now)?;
    }
    Ok(())
}

/// The account that an idempotency key belongs to.
fn key_owner(ctx: &Context) -> String {
    use domain::identity::Account;
    match ctx.principal.authenticated_as {
        Account::Session { person, .. } | Account::Token { person, .. } => person.to_string(),
        Account::ServiceAccount { account, .. } => account.to_string(),
        Account::Guest { .. } => "guest".to_owned(),
        Account::System(system) => system.as_str().to_owned(),
    }
}

fn replayed<T: DeserializeOwned>(tx: &mut WriteTx<'_>, ctx: &Context) -> Result<Option<T>> {
    let Some(idempotency) = &ctx.idempotency else { return Ok(None) };
    match idempotency::get(tx, &key_owner(ctx), &idempotency.key)? {
        None => Ok(None),
        Some((hash, _)) if hash != idempotency.request_hash => Err(Refused::KeyReused),
        Some((_, outcome)) => serde_json::from_str(&outcome)
            .map(Some)
            .map_err(|error| StoreError::Engine(format!("a kept outcome cannot be read: {error}")).into()),
    }
}

fn remember<T: Serialize>(tx: &mut WriteTx<'_>, ctx: &Context, outcome: &T) -> Result<()> {
    let Some(idempotency) = &ctx.idempotency else { return Ok(()) };
    let outcome = serde_json::to_string(outcome)
        .map_err(|error| StoreError::Engine(format!("an outcome cannot be kept: {error}")))?;
    let put =
        idempotency::put(tx, &key_owner(ctx), &idempotency.key, &idempotency.request_hash, &outcome, ctx.now);
    match put {
        // The same request is being served by another process; sent again, it finds the outcome.
        Err(StoreError::Duplicate { .. }) => Err(StoreError::Busy.into()),
        put => Ok(put?),
    }
}
