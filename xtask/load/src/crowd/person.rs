//! Somebody of the crowd, who does what comes to their mind and remembers what they were told.

use domain::{LicenceId, PersonId};
use rand::{RngExt as _, rngs::StdRng};

use super::{
    check::{Remark, Told},
    processes::Messenger,
};
use crate::{
    api, edge,
    http::{Answer, Request},
    organisation::Worker,
};

/// Where a person believes to stand, as they were told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    Nowhere,
    Holding,
    Waiting,
    Offered,
}

/// What a person may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A work note, which takes a token.
    Note,
    /// The sign of life of an open page.
    Heartbeat,
    /// A look at one's own seat, which is no sign of life.
    Look,
    Join,
    Leave,
    Take,
    Decline,
    Release,
    /// They go and say nothing.
    FallSilent,
}

/// Of a hundred times, how often somebody who stands so does what. The rest falls silent.
type Habits = &'static [(u32, Act)];

const NOWHERE: Habits =
    &[(82, Act::Note), (12, Act::Join), (2, Act::Heartbeat), (1, Act::Release), (1, Act::Take)];
const HOLDING: Habits = &[
    (70, Act::Note),
    (18, Act::Heartbeat),
    (5, Act::Release),
    (2, Act::Join),
    (1, Act::Take),
    (1, Act::Leave),
];
const WAITING: Habits = &[
    (54, Act::Heartbeat),
    (25, Act::Look),
    (12, Act::Note),
    (3, Act::Join),
    (2, Act::Leave),
    (1, Act::Take),
    (1, Act::Decline),
];
const OFFERED: Habits = &[(76, Act::Take), (15, Act::Note), (4, Act::Decline), (1, Act::Leave)];

impl Stands {
    fn habits(self) -> Habits {
        match self {
            Self::Nowhere => NOWHERE,
            Self::Holding => HOLDING,
            Self::Waiting => WAITING,
            Self::Offered => OFFERED,
        }
    }

    /// What somebody does who stands so.
    pub(super) fn any_act(self, random: &mut StdRng) -> Act {
        let mut number: u32 = random.random_range(0..100);
        for (times, act) in self.habits() {
            match number.checked_sub(*times) {
                Some(rest) => number = rest,
                None => return *act,
            }
        }
        Act::FallSilent
    }

    /// What leads home for somebody who stands so, without giving up a place in line.
    pub(super) fn way_home(self) -> Option<Act> {
        match self {
            Self::Nowhere => None,
            Self::Holding => Some(Act::Release),
            Self::Waiting => Some(Act::Heartbeat),
            Self::Offered => Some(Act::Take),
        }
    }

    /// As the API calls it.
    fn named(standing: &str) -> Self {
        match standing {
            "token" => Self::Holding,
            "waiting" => Self::Waiting,
            "offered" => Self::Offered,
            _ => Self::Nowhere,
        }
    }

    /// As the box at the foot of every page shows it.
    fn drawn(page: &str) -> Self {
        let class = page.split_once("class=\"seat ").map_or("", |(_, class)| class);
        match class.split(['"', ' ']).next() {
            Some("active" | "idle") => Self::Holding,
            Some("queued") => Self::Waiting,
            Some("offer") => Self::Offered,
            _ => Self::Nowhere,
        }
    }
}

/// Somebody.
pub(super) struct Person {
    worker: Worker,
    pool: LicenceId,
    /// The cookie of their browser.
    session: String,
    /// What a form of their pages carries; found on the first page they open.
    csrf: Option<String>,
    pub(super) stands: Stands,
    pub(super) diary: Vec<Remark>,
    made: u64,
}

impl Person {
    pub(super) fn new(worker: Worker, pool: LicenceId, session: String) -> Self {
        Self { worker, pool, session, csrf: None, stands: Stands::Nowhere, diary: Vec::new(), made: 0 }
    }

    pub(super) fn id(&self) -> PersonId {
        self.worker.id
    }

    pub(super) fn name(&self) -> &str {
        &self.worker.name
    }

    /// Does something; an answer that nobody expects is an error.
    pub(super) fn act(
        &mut self,
        act: Act,
        tickets: &[String],
        messenger: &mut Messenger<'_>,
        random: &mut StdRng,
    ) -> anyhow::Result<()> {
        if act == Act::Heartbeat && self.csrf.is_none() {
            self.open_a_page(messenger, random)?;
        }
        let Some(request) = self.request(act, tickets, random) else { return Ok(()) };
        let from = edge::now();
        let answer = messenger.send(&request, random)?;
        let until = edge::now();
        let Some((stands, told)) = understand(act, &answer) else {
            let Request { method, path, .. } = &request;
            anyhow::bail!("{method} {path} by {} answers {}", self.worker.name, answer.describe());
        };
        self.stands = stands;
        self.diary.extend(told.map(|told| Remark { from, until, told }));
        Ok(())
    }

    fn open_a_page(&mut self, messenger: &mut Messenger<'_>, random: &mut StdRng) -> anyhow::Result<()> {
        let page = messenger.send(&api::page(&self.session, "/me"), random)?;
        let text = String::from_utf8_lossy(&page.body);
        let csrf = csrf_in(&text);
        anyhow::ensure!(csrf.is_some(), "no form on the page of {}: {}", self.worker.name, page.describe());
        self.csrf = csrf;
        Ok(())
    }

    fn request(&mut self, act: Act, tickets: &[String], random: &mut StdRng) -> Option<Request> {
        self.made += 1;
        let key = format!("{}-{}", self.worker.id, self.made);
        let own = |what| Some(api::own_seat(&self.worker, &key, self.pool, what));
        match act {
            Act::Note => {
                let ticket = &tickets[random.random_range(0..tickets.len())];
                Some(api::note(&self.worker, &key, ticket, &key))
            }
            Act::Heartbeat => Some(api::heartbeat(&self.session, self.csrf.as_deref().unwrap_or_default())),
            Act::Look => Some(api::my_seat(&self.worker)),
            Act::Join => own("join"),
            Act::Leave => own("leave"),
            Act::Take => own("offer/take"),
            Act::Decline => own("offer/decline"),
            Act::Release => Some(api::release(&self.worker, &key, self.pool)),
            Act::FallSilent => None,
        }
    }
}

/// Where the answer says they stand, and what it told them; nothing if it is not to be understood.
fn understand(act: Act, answer: &Answer) -> Option<(Stands, Option<Told>)> {
    if !answer.is_success() {
        return match (act, &*api::problem(answer)) {
            (Act::Note, "seat-queued") => Some((Stands::Waiting, Some(Told::Waits))),
            (Act::Release | Act::Leave, "conflict") => Some((Stands::Nowhere, None)),
            // The offer is gone; perhaps the place in line is too, and the next heartbeat says so.
            (Act::Take | Act::Decline, "conflict") => Some((Stands::Waiting, None)),
            _ => None,
        };
    }
    let stands = match act {
        Act::Note => return Some((Stands::Holding, Some(Told::Worked))),
        Act::Heartbeat => {
            let page = String::from_utf8_lossy(&answer.body);
            return page.contains("id=\"seat\"").then(|| (Stands::drawn(&page), Some(Told::Seen)));
        }
        Act::Look => Stands::named(answer.json()["headline"]["standing"].as_str()?),
        _ => Stands::named(answer.json()["standing"].as_str()?),
    };
    let told = match (act, stands) {
        (Act::Take, Stands::Holding) => Some(Told::Worked),
        (Act::Join, Stands::Waiting | Stands::Offered) => Some(Told::Waits),
        _ => None,
    };
    Some((stands, told))
}

fn csrf_in(page: &str) -> Option<String> {
    let (_, value) = page.split_once("name=\"csrf\" value=\"")?;
    Some(value.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn no_habit_takes_more_than_all_of_the_time() {
        for stands in [Stands::Nowhere, Stands::Holding, Stands::Waiting, Stands::Offered] {
            let times: u32 = stands.habits().iter().map(|(times, _)| times).sum();
            assert!((90..100).contains(&times), "{stands:?} {times}");
            let mut random = StdRng::seed_from_u64(1);
            assert!((0..1_000).any(|_| stands.any_act(&mut random) == Act::FallSilent));
        }
    }

    #[test]
    fn the_box_says_where_one_stands() {
        let drawn = |class: &str| Stands::drawn(&format!("<section class=\"seat {class}\" id=\"seat\">"));
        assert_eq!(drawn("active"), Stands::Holding);
        assert_eq!(drawn("queued"), Stands::Waiting);
        assert_eq!(drawn("offer"), Stands::Offered);
        assert_eq!(drawn("free"), Stands::Nowhere);
        assert_eq!(Stands::drawn(""), Stands::Nowhere);
    }

    #[test]
    fn the_token_of_a_form_is_found() {
        assert_eq!(csrf_in("<input type=\"hidden\" name=\"csrf\" value=\"abc\">").as_deref(), Some("abc"));
        assert_eq!(csrf_in("<p>Sign in</p>"), None);
    }
}
