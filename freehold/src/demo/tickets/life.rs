//! One ticket from its opening to wherever it stands now.

use domain::{
    import::{Assignment, HistoryEvent, ImportedTicket, PersonKey, Ranking, State, What},
    ticket::{Impact, Kind, Priority, PriorityMatrix},
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, rngs::StdRng};

use super::{
    GROUPS, Plan, Stage, group_named,
    wording::{Manners, Slots, one_of},
};
use crate::demo::{SOURCE, problems::Problem};

/// Days after which a resolved ticket closes itself.
const CLOSES_AFTER: i64 = 5;

/// Plays the ticket until it is finished or the present is reached.
pub(super) fn live(
    stage: &Stage<'_>,
    plan: Plan,
    number: String,
    original: Option<String>,
    random: &mut StdRng,
) -> ImportedTicket {
    let problem = &stage.problems[plan.problem];
    let manners = Manners::of(problem.german);
    let person = &stage.crowd.people[plan.requester];
    let ranking = rank(problem, random);
    let home = group_named(problem.group);
    // Requesters do not know our groups; two in five reports land at the front desk first.
    let group = if random.random_bool(0.4) { 0 } else { home };
    let assignment = Assignment { group: Some(GROUPS[group].name.to_owned()), assignee: None };
    let by_phone = random.random_bool(0.15);
    let taker = by_phone.then(|| stage.crowd.agents[stage.somebody(0, plan.at, random)].key.clone());
    let contact = match random.random_range(0..100) {
        _ if by_phone => "phone",
        0..60 => "portal",
        60..90 => "e-mail",
        _ => "chat",
    };
    let opened = What::Opened { assignment: assignment.clone(), ranking };
    let ticket = ImportedTicket {
        source: SOURCE.to_owned(),
        number,
        kind: problem.kind,
        subject: plan.slots.fill(one_of(&problem.subjects, random)),
        description: manners.report(one_of(&problem.descriptions, random), &plan.slots, random),
        requester: person.key.clone(),
        opened_by: taker.clone(),
        opened_at: plan.at,
        contact: Some(contact.to_owned()),
        location: person.location.clone(),
        category: Some(problem.category.to_owned()),
        subcategory: Some(problem.subcategory.to_owned()),
        ranking,
        assignment,
        state: State::New,
        state_word: None,
        history: vec![HistoryEvent {
            at: plan.at,
            by: Some(taker.unwrap_or_else(|| person.key.clone())),
            what: opened,
        }],
        resolved_at: None,
        closed_at: None,
        closed_code: None,
        references: Vec::new(),
        source_truth: None,
    };
    let mut life = Life { stage, problem, manners, slots: plan.slots, home, at: plan.at, ticket, random };
    // Running into the present is how most unfinished tickets end here; there is nothing to do about it.
    let _present_reached = life.play(original);
    life.ticket
}

fn rank(problem: &Problem, random: &mut StdRng) -> Ranking {
    let impact = match (problem.impact, random.random_range(0..100)) {
        (Impact::Low, 0..6) => Impact::Medium,
        (Impact::Medium, 0..8) => Impact::Low,
        (impact, _) => impact,
    };
    let priority = PriorityMatrix::default().priority(impact, problem.urgency);
    Ranking { impact, urgency: problem.urgency, priority }
}

/// A ticket being played. Each step answers nothing once the present is reached, and nothing happens after that.
struct Life<'a, 'b> {
    stage: &'a Stage<'a>,
    problem: &'a Problem,
    manners: &'static Manners,
    slots: Slots,
    /// The group that can solve it.
    home: usize,
    at: Timestamp,
    ticket: ImportedTicket,
    random: &'b mut StdRng,
}

impl Life<'_, '_> {
    fn play(&mut self, original: Option<String>) -> Option<()> {
        if original.is_none() && self.random.random_bool(0.02) {
            return self.withdraw();
        }
        let agent = self.take()?;
        if let Some(original) = original {
            return self.merge(agent, original);
        }
        let agent = self.look_into(agent)?;
        if !self.problem.questions.is_empty() && self.random.random_bool(0.45) {
            self.ask(agent)?;
        }
        if self.random.random_bool(0.06) {
            self.wait_for_vendor(agent)?;
        }
        self.work(agent)?;
        self.resolve(agent, &self.problem.solutions)?;
        if self.random.random_bool(0.045) {
            self.reopen(agent)?;
        } else if self.random.random_bool(0.22) {
            self.pass(20, 300);
            let thanks = self.slots.fill(one_of(self.manners.thanks, self.random));
            self.event(Some(self.ticket.requester.clone()), What::Reply { body: thanks })?;
        }
        self.at = self.ticket.resolved_at?.max(self.at) + SignedDuration::from_hours(24 * CLOSES_AFTER);
        self.event(None, What::Closed { from: State::Resolved })
    }

    /// The requester no longer needs it.
    fn withdraw(&mut self) -> Option<()> {
        self.at += SignedDuration::from_secs(self.random.random_range(240..5_400));
        let requester = Some(self.ticket.requester.clone());
        let body = self.slots.fill(one_of(self.manners.withdrawn, self.random));
        self.event(requester.clone(), What::Reply { body })?;
        let (from, to) = (State::New, State::Cancelled);
        self.event(requester, What::StateChanged { from, to, source_word: None })
    }

    /// Somebody of the group it lies with begins.
    fn take(&mut self) -> Option<usize> {
        let minutes = match self.ticket.ranking.priority {
            Priority::P1 => 6,
            Priority::P2 => 25,
            Priority::P3 => 180,
            Priority::P4 => 500,
            Priority::P5 => 900,
        };
        let minutes = self.around(minutes);
        if self.ticket.ranking.priority == Priority::P1 {
            self.at += SignedDuration::from_mins(minutes); // day and night
        } else {
            self.at = self.stage.calendar.work(self.at, minutes);
        }
        let group = group_named(self.ticket.assignment.group.as_deref().unwrap_or_default());
        let agent = self.stage.somebody(group, self.at, self.random);
        self.assign(agent, agent)?;
        let (from, to) = (State::New, State::InProgress);
        self.act(agent, What::StateChanged { from, to, source_word: None })?;
        Some(agent)
    }

    /// The same is known already.
    fn merge(&mut self, agent: usize, number: String) -> Option<()> {
        self.pass(1, 12);
        let body = format!(
            "Same cause as {number}, which is being worked on. Merging, so that there is one place to answer."
        );
        self.act(agent, What::Note { body })?;
        self.act(agent, What::MergedInto { from: State::InProgress, number })
    }

    /// Finds out whose matter it is, and hands it over if it is somebody else's.
    fn look_into(&mut self, agent: usize) -> Option<usize> {
        let group = self.stage.crowd.agents[agent].group;
        self.pass(4, 30);
        if group != self.home {
            let body = format!(
                "Not for us: this needs {}. Facts are in the description, passing on.",
                GROUPS[self.home].name
            );
            self.act(agent, What::Note { body })?;
            self.give(agent, Assignment { group: Some(GROUPS[self.home].name.to_owned()), assignee: None })?;
            self.pass(10, 150);
            let next = self.stage.somebody(self.home, self.at, self.random);
            self.assign(next, next)?;
            return Some(next);
        }
        if self.random.random_bool(0.07) {
            let next = self.stage.somebody(group, self.at, self.random);
            if next != agent {
                let name = &self.stage.crowd.agents[next].name;
                let body = format!("Off shift in a few minutes. {name} takes over; requester has been told.");
                self.act(agent, What::Note { body })?;
                self.assign(agent, next)?;
                self.pass(15, 90);
                return Some(next);
            }
        }
        if self.random.random_bool(0.03) && self.ticket.ranking.impact == Impact::Low {
            let from = self.ticket.ranking;
            let priority = PriorityMatrix::default().priority(Impact::Medium, from.urgency);
            self.act(
                agent,
                What::Note {
                    body: "Two colleagues of the requester are affected as well. Raising the impact."
                        .to_owned(),
                },
            )?;
            self.act(
                agent,
                What::PriorityChanged { from, to: Ranking { impact: Impact::Medium, priority, ..from } },
            )?;
        }
        Some(agent)
    }

    /// Asks the requester and waits for the answer.
    fn ask(&mut self, agent: usize) -> Option<()> {
        let place = self.random.random_range(0..self.problem.questions.len());
        self.pass(3, 40);
        let body = self.answer(agent, self.problem.questions[place]);
        self.act(agent, What::Reply { body })?;
        let (working, waiting) = (State::InProgress, State::WaitingForRequester);
        self.act(agent, What::StateChanged { from: working, to: waiting, source_word: None })?;
        let minutes = if self.random.random_bool(0.25) { 2_000 } else { 150 };
        let minutes = self.around(minutes);
        self.at = self.stage.calendar.work(self.at, minutes);
        let body = self.slots.fill(self.problem.answers[place]);
        let requester = Some(self.ticket.requester.clone());
        self.event(requester.clone(), What::Reply { body })?;
        self.event(requester, What::StateChanged { from: waiting, to: working, source_word: None })
    }

    /// A supplier has to deliver or answer.
    fn wait_for_vendor(&mut self, agent: usize) -> Option<()> {
        const CASES: &[&str] = &[
            "Opened a case with the manufacturer under {order}. They want logs; sent.",
            "Spare part ordered, {order}. Promised for the day after tomorrow.",
            "Vendor confirms a fault on their side and gives no time yet. Case {order}.",
        ];
        self.pass(10, 60);
        let body = self.slots.fill(one_of(CASES, self.random));
        self.act(agent, What::Note { body })?;
        let (working, waiting) = (State::InProgress, State::WaitingForVendor);
        self.act(agent, What::StateChanged { from: working, to: waiting, source_word: None })?;
        self.pass(1_200, 6_000);
        self.act(agent, What::StateChanged { from: waiting, to: working, source_word: None })
    }

    /// Does the work; some of it takes far longer than anybody promised.
    fn work(&mut self, agent: usize) -> Option<()> {
        let queue = match self.ticket.ranking.priority {
            Priority::P1 | Priority::P2 => 1,
            Priority::P3 => 2,
            Priority::P4 | Priority::P5 => 3,
        };
        let stuck = if self.random.random_bool(0.09) { 10 } else { 1 };
        let minutes = self.around(self.problem.minutes * queue * stuck);
        self.at = self.stage.calendar.work(self.at, minutes);
        if self.random.random_bool(0.8) && !self.problem.notes.is_empty() {
            let body = self.slots.fill(one_of(&self.problem.notes, self.random));
            self.act(agent, What::Note { body })?;
            self.pass(2, 15);
        }
        Some(())
    }

    fn resolve(&mut self, agent: usize, solutions: &[&'static str]) -> Option<()> {
        let solution = one_of(solutions, self.random);
        let body = self.answer(agent, solution);
        let code = match (self.ticket.kind, self.random.random_range(0..100)) {
            (Kind::ServiceRequest | Kind::Problem, _) => "Fulfilled",
            (Kind::Incident, 0..62) => "Solved permanently",
            (Kind::Incident, 62..80) => "Solved by workaround",
            (Kind::Incident, 80..93) => "Solved by advice",
            (Kind::Incident, _) => "Solved by supplier",
        };
        self.act(agent, What::Reply { body })?;
        self.act(agent, What::Resolved { from: State::InProgress, code: Some(code.to_owned()) })
    }

    /// It was not solved for good.
    fn reopen(&mut self, agent: usize) -> Option<()> {
        self.pass(40, 1_200);
        let requester = Some(self.ticket.requester.clone());
        let body = self.slots.fill(one_of(self.manners.back_again, self.random));
        self.event(requester.clone(), What::Reply { body })?;
        let (from, to) = (State::Resolved, State::InProgress);
        self.event(requester, What::Reopened { from, to, source_word: None })?;
        self.pass(30, 400);
        self.resolve(agent, self.manners.sorry)
    }

    /// `to` gets it, by the hand of `by`.
    fn assign(&mut self, by: usize, to: usize) -> Option<()> {
        let agent = &self.stage.crowd.agents[to];
        let group = Some(GROUPS[agent.group].name.to_owned());
        self.give(by, Assignment { group, assignee: Some(agent.key.clone()) })
    }

    fn give(&mut self, by: usize, to: Assignment) -> Option<()> {
        self.act(by, What::Reassigned { from: self.ticket.assignment.clone(), to })
    }

    /// A technician acts, as soon as they can.
    fn act(&mut self, agent: usize, what: What) -> Option<()> {
        self.at = self.stage.next_act(agent, self.at)?;
        self.event(Some(self.stage.crowd.agents[agent].key.clone()), what)
    }

    /// Writes an event down and lets the ticket follow it.
    fn event(&mut self, by: Option<PersonKey>, what: What) -> Option<()> {
        if self.at >= self.stage.now {
            return None;
        }
        let ticket = &mut self.ticket;
        match &what {
            What::Reassigned { to, .. } => ticket.assignment = to.clone(),
            What::PriorityChanged { to, .. } => ticket.ranking = *to,
            What::Resolved { code, .. } => ticket.closed_code.clone_from(code),
            _ => {}
        }
        if let Some((_, to)) = what.transition() {
            ticket.state = to;
            (ticket.resolved_at, ticket.closed_at) = match to {
                State::Resolved => (Some(self.at), None),
                State::Closed => (ticket.resolved_at, Some(self.at)),
                State::Cancelled => (ticket.resolved_at, ticket.closed_at),
                _ => (None, None),
            };
        }
        ticket.history.push(HistoryEvent { at: self.at, by, what });
        Some(())
    }

    fn answer(&self, agent: usize, matter: &str) -> String {
        self.manners.answer(matter, &self.stage.crowd.agents[agent].name, &self.slots)
    }

    /// Working time passes.
    fn pass(&mut self, from: i64, to: i64) {
        let minutes = self.random.random_range(from..to);
        self.at = self.stage.calendar.work(self.at, minutes);
    }

    /// Minutes around the usual: half to one and a half times of it mostly, sometimes up to three times.
    fn around(&mut self, usual: i64) -> i64 {
        let percent = match self.random.random_range(0..10) {
            0..3 => self.random.random_range(25..70),
            3..8 => self.random.random_range(70..140),
            _ => self.random.random_range(140..300),
        };
        (usual * percent / 100).max(1)
    }
}
