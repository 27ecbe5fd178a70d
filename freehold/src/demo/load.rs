//! The way of the sample organisation into a desk: through the door, as an import comes.
//!
//! Its licences were bought and its seats given out on its first day, so that every question about its past has an
//! answer; those commands carry that day's time. What happened since comes with its own times, brought in now.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use anyhow::Context as _;
use desk::{
    Context, Desk,
    identity::{ImportPeople, LinkPurpose, MakeSignInLink, SetManager, SetRoles},
    licence::{AddLicence, AssignSeat, Entitle, ImportPoolHistory, TermDates},
    ticket::ImportTicket,
};
use domain::{
    LicenceId, PersonId,
    identity::{Account, Actor, Channel, Principal, Role, SystemActor},
    import::{ImportedPerson, PersonKey, RoleHint},
    licence::{Metric, Origin, PoolRules},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    LicencePlan, Organisation, SOURCE, Terms, approvals, catalogue, contracts, effort, knowledge,
    known_errors, notes, outages, recurring, texts,
};
use crate::{bulk, edge};

/// Somebody with a sign-in link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Player {
    /// Which part they play: a role, for technicians with how they are licensed.
    pub(crate) role: String,
    /// Who they are at the desk.
    pub(crate) person: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
}

/// Who the organisation's people are at the desk.
type Known = HashMap<PersonKey, PersonId>;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Brings the organisation, made for `now`, into an empty desk, and tells `progress` how many tickets are in.
pub(crate) async fn load(
    desk: &Desk,
    mut sample: Organisation,
    now: Timestamp,
    progress: impl Fn(usize),
) -> anyhow::Result<Vec<Player>> {
    let days = i32::try_from(sample.size.days + 2)?;
    let first_day = now - DAY * days;
    let context = |at| anyhow::Ok(Context::system(SystemActor::Import, at, edge::seed()?));

    let people = ImportPeople { source: SOURCE.to_owned(), people: sample.people.clone() };
    let placed = desk.execute(context(first_day)?, people).await?;
    let known = Arc::new(Known::from_iter(placed.people));
    let groups = Arc::new(HashMap::from_iter(placed.teams));
    let players = players(&sample, &known)?;
    let departments: BTreeSet<String> =
        sample.people.iter().filter_map(|person| person.department.clone()).collect();

    for (key, roles) in [
        (&sample.staff.admin, vec![Role::Agent, Role::Admin]),
        (&sample.staff.licence_manager, vec![Role::Agent, Role::LicenceManager]),
        (&sample.staff.finance, vec![Role::Finance]),
        (&sample.staff.auditor, vec![Role::Auditor]),
    ] {
        desk.execute(context(first_day)?, SetRoles { person: who(&known, key)?, roles }).await?;
    }
    let mut pool = None;
    let mut seats = None;
    let mut bought_at = first_day;
    for plan in &sample.licences {
        // One after the other, so that the log's time never goes back.
        bought_at += SignedDuration::from_hours(4);
        let licence = buy(desk, &sample, &known, plan, bought_at).await?;
        match &plan.terms {
            _ if plan.module.is_some() => {}
            Terms::Concurrent { .. } => pool = Some(licence),
            Terms::Exclusive { holders, .. } => seats = Some((licence, holders.len())),
            Terms::Requester => {}
        }
    }
    if let (Some(tokens), Some((seats, holders))) = (pool, seats) {
        let by = acting(who(&known, &sample.staff.licence_manager)?);
        let written_at = bought_at + SignedDuration::from_hours(4);
        let bought = contracts::Bought { seats, holders, tokens };
        contracts::load(desk, &bought, &by, written_at, now).await?;
    }
    if let Some(licence) = pool {
        let history = std::mem::take(&mut sample.pool_use);
        let source = SOURCE.to_owned();
        desk.execute(context(now)?, ImportPoolHistory { licence, source, history }).await?;
    }

    let tickets = sample.tickets.into_iter().map(|ticket| ImportTicket {
        ticket: Box::new(ticket),
        people: Arc::clone(&known),
        groups: Arc::clone(&groups),
    });
    let mut done = 0;
    bulk::execute(desk, SystemActor::Import, tickets, |answer| {
        answer?;
        done += 1;
        progress(done);
        Ok(())
    })
    .await?;
    let technician = acting(who(&known, &sample.staff.exclusive_agent)?);
    known_errors::load(desk, &technician).await?;
    outages::load(desk, &technician, &players).await?;
    approvals::load(desk, &technician, &players).await?;
    notes::load(desk, &technician, &players).await?;
    lead(desk, &players).await?;
    catalogue::load(desk, &players).await?;
    texts::load(desk, &technician).await?;
    texts::load_macros(desk, &technician).await?;
    recurring::load(desk, &technician).await?;
    knowledge::load(desk, &technician).await?;
    effort::load(desk, &players, &departments).await?;
    Ok(players)
}

/// Whoever reads the figures leads the employees whose links are shown.
async fn lead(desk: &Desk, players: &[Player]) -> anyhow::Result<()> {
    let manager = players.iter().find(|player| player.role == "finance").map(|player| player.person);
    for player in players.iter().filter(|player| player.role == "requester") {
        let context = Context::system(SystemActor::Import, edge::now(), edge::seed()?);
        desk.execute(context, SetManager { person: player.person, manager }).await?;
    }
    Ok(())
}

/// Makes each player's sign-in link; gives the secrets in their order.
pub(crate) async fn invite(desk: &Desk, players: &[Player]) -> anyhow::Result<Vec<String>> {
    const YEAR: u32 = 365 * 24 * 60;
    let mut secrets = Vec::with_capacity(players.len());
    let links = players.iter().map(|player| MakeSignInLink {
        person: player.person,
        purpose: LinkPurpose::Demo,
        minutes: YEAR,
    });
    bulk::execute(desk, SystemActor::CommandLine, links.collect::<Vec<_>>(), |made| {
        secrets.push(made?.secret.reveal().to_owned());
        Ok(())
    })
    .await?;
    Ok(secrets)
}

fn who(known: &Known, key: &PersonKey) -> anyhow::Result<PersonId> {
    known.get(key).copied().with_context(|| format!("{key} of the sample organisation was not brought in"))
}

/// One person for each part, and everybody who shares tokens.
fn players(sample: &Organisation, known: &Known) -> anyhow::Result<Vec<Player>> {
    let staff = &sample.staff;
    let sharing = sample.licences.iter().find_map(|plan| match &plan.terms {
        Terms::Concurrent { entitled, .. } => Some(entitled.as_slice()),
        _ => None,
    });
    let sharing = sharing.unwrap_or_default().iter().map(|key| ("agent_concurrent", key));
    let parts = [("requester", &staff.requester), ("agent_exclusive", &staff.exclusive_agent)];
    let others = [
        ("licence_manager", &staff.licence_manager),
        ("finance", &staff.finance),
        ("auditor", &staff.auditor),
        ("admin", &staff.admin),
    ];
    let by_key: HashMap<_, _> = sample.people.iter().map(|person| (&person.key, person)).collect();
    let player = |(role, key): (&str, &PersonKey)| {
        let person = by_key.get(key).with_context(|| format!("{key} plays a part and is nobody"))?;
        Ok(Player {
            role: role.to_owned(),
            person: who(known, key)?,
            name: person.display_name.clone(),
            email: person.email.clone(),
        })
    };
    parts.into_iter().chain(sharing).chain(others).map(player).collect()
}

/// Buys a licence at `at` and gives it to its people within the next hours.
async fn buy(
    desk: &Desk,
    sample: &Organisation,
    known: &Known,
    plan: &LicencePlan,
    at: Timestamp,
) -> anyhow::Result<LicenceId> {
    let (metric, quantity) = match &plan.terms {
        Terms::Exclusive { seats, .. } => (Metric::Exclusive, *seats),
        Terms::Concurrent { tokens, .. } => (Metric::Concurrent, *tokens),
        Terms::Requester => (Metric::Requester, 0),
    };
    let add = AddLicence {
        name: plan.name.to_owned(),
        product: "Freehold".to_owned(),
        module: plan.module,
        metric,
        quantity: u32::try_from(quantity)?,
        term: TermDates { starts_at: at, ends_at: Some(at + DAY * 365) },
        rules: PoolRules::default(),
    };
    let bought = Context::system(SystemActor::Import, at, edge::seed()?);
    let licence = desk.execute(bought, add).await?;

    let manager = who(known, &sample.staff.licence_manager)?;
    match &plan.terms {
        Terms::Exclusive { holders, .. } => {
            for (place, key) in holders.iter().enumerate() {
                let place = i32::try_from(place)?;
                let at = at + SignedDuration::from_mins(2) * (place + 1);
                let person = who(known, key)?;
                // Nobody approves their own seat.
                let (by, origin) = if person == manager {
                    (Principal::system(SystemActor::Import), Origin::Import)
                } else {
                    (acting(manager), Origin::Request)
                };
                let assign = AssignSeat {
                    licence,
                    person,
                    justification: justification(sample, plan, key),
                    origin,
                    next_review_at: Some(at + DAY * (80 + place * 11 % 60)),
                };
                desk.execute(Context::new(by, at, edge::seed()?), assign).await?;
            }
        }
        Terms::Concurrent { entitled, .. } => {
            let people = entitled.iter().map(|key| who(known, key)).collect::<anyhow::Result<_>>()?;
            let at = at + SignedDuration::from_hours(2);
            let by = Context::new(acting(manager), at, edge::seed()?);
            desk.execute(by, Entitle { licence, people }).await?;
        }
        Terms::Requester => {}
    }
    Ok(licence)
}

/// A person of the organisation, for whom this program acts at the command line.
pub(super) fn acting(person: PersonId) -> Principal {
    Principal {
        actor: Actor::Person(person),
        authenticated_as: Account::System(SystemActor::CommandLine),
        external_identity: None,
        channel: Channel::CommandLine,
    }
}

/// Why this person needs a seat of their own.
fn justification(sample: &Organisation, plan: &LicencePlan, key: &PersonKey) -> String {
    if plan.module.is_some() {
        return "Finds the causes behind incidents that come back, and sees them mended.".to_owned();
    }
    let person = sample.people.iter().find(|person| person.key == *key);
    let sentence = match person {
        Some(ImportedPerson { role: RoleHint::Agent, title, groups, .. }) => {
            let group = groups.first().map_or("the desk", String::as_str);
            if title.as_deref().is_some_and(|title| title.starts_with("Team lead")) {
                return format!(
                    "Leads {group}: hands work out all day and cannot be refused when everything is busy."
                );
            }
            if group == "Service Desk" {
                "Answers the telephone: cannot wait for a token while a ward is on the line."
            } else {
                return format!(
                    "Works the queue of {group} for whole shifts; a token would never come back."
                );
            }
        }
        _ if *key == sample.staff.admin => "Runs the desk and must come in when every token is taken.",
        _ => "Hands out the tokens and must not compete for them.",
    };
    sentence.to_owned()
}
