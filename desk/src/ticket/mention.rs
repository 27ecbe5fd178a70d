//! People who are named in what technicians write: whoever is named follows the ticket from then on, and is told until they
//! look.
//!
//! In a public reply only those are named whom its requester sees already: whose replies or steps they can read on this
//! ticket. A reply must not make known who else works there. Anybody else's name in it stays plain text and tells nobody;
//! a work note names them.

use std::collections::BTreeSet;

use domain::{
    CommentId, PersonId, TicketId, Timestamp,
    identity::{Capability, Role},
    licence::LicenceNeed,
    ticket::{Fact, Kind, Ticket, TicketNumber, named_in},
};
use serde::Serialize;
use serde_json::{Value, json};
use store::{
    ReadTx, StoreError, WriteTx,
    mention::{self, Mention},
    person,
    ticket::{self, EntryKind},
};
use tokio::sync::oneshot;

use super::{
    NamedPerson, SearchHit, TicketRef,
    list::{Search, hits},
    save::Comment,
    writing::technician_at,
};
use crate::{Act, Context, Desk, Look, Query, Refused, Result};

/// More than anybody is offered to choose from.
const MOST_OFFERED: u32 = 20;
/// So many of the last mentions are looked at for one person.
const UNSEEN: u32 = 200;
/// So many of the tickets that somebody looked at last come first.
const MOST_LOOKED_AT: u32 = 50;

/// What the pages of somebody who is named listen to.
fn topic(person: PersonId) -> String {
    format!("named:{person}")
}

/// Who can be named on a ticket, by name.
fn nameable(tx: &mut ReadTx<'_>, ticket: &Ticket, public: bool) -> Result<Vec<(PersonId, String)>> {
    let mut people: Vec<_> =
        person::with_role(tx, Role::Agent)?.into_iter().map(|person| (person.id, person.name)).collect();
    if public {
        let known: BTreeSet<_> = mention::speakers(tx, ticket.id)?.into_iter().collect();
        people.retain(|(person, _)| known.contains(person) || *person == ticket.requester);
    }
    Ok(people)
}

impl Act<'_, '_> {
    /// Tells whoever a technician's comment names.
    pub(super) fn tell_named(
        &mut self,
        ticket: &Ticket,
        id: CommentId,
        comment: &Comment<'_>,
        at: Timestamp,
    ) -> Result<()> {
        let text = comment.body.as_str();
        if self.action.rule().licence == LicenceNeed::Free || !text.contains('@') {
            return Ok(());
        }
        let me = self.person();
        let people = nameable(self.tx, ticket, comment.kind == EntryKind::Reply)?;
        let named = named_in(text, &people).into_iter().filter(|(person, _)| Some(*person) != me);
        let (mut told, mut facts) = (Vec::new(), Vec::new());
        for (person, name) in named.cloned() {
            mention::add(self.tx, ticket.id, &Mention { comment: id, person, name }, me, at)?;
            if person != ticket.requester && ticket::watch(self.tx, ticket.id, person)? {
                facts.push(Fact::WatcherAdded { person });
            }
            self.announce(topic(person));
            told.push(person);
        }
        if let Value::Object(detail) = &mut self.detail
            && !told.is_empty()
        {
            detail.insert("named".to_owned(), json!(told));
        }
        self.write_facts(ticket, &facts, at)
    }
}

impl Desk {
    /// The acting technician looks at a ticket: they have seen that they were named there. Like being there, it is no act:
    /// it changes nothing that anybody else relies on.
    pub async fn saw_ticket(&self, ctx: Context, ticket: TicketRef) -> Result<()> {
        let (answer, wait) = oneshot::channel();
        self.saw(ctx, ticket, move |result| drop(answer.send(result)));
        wait.await.unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    /// [`Self::saw_ticket`] for tests and threads that may wait.
    pub fn saw_ticket_now(&self, ctx: Context, ticket: TicketRef) -> Result<()> {
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.saw(ctx, ticket, move |result| drop(answer.send(result)));
        wait.recv().unwrap_or(Err(Refused::Store(StoreError::Stopped)))
    }

    fn saw(&self, ctx: Context, ticket: TicketRef, done: impl FnOnce(Result<()>) + Send + 'static) {
        let now = ctx.now;
        let work = move |tx: &mut WriteTx<'_>, topics: &mut BTreeSet<String>| {
            let (person, ticket) = technician_at(tx, &ctx, ticket)?;
            seen(tx, topics, person, ticket)
        };
        self.tend(now, work, done);
    }
}

/// Somebody has seen where they were named.
pub(super) fn seen(
    tx: &mut WriteTx<'_>,
    topics: &mut BTreeSet<String>,
    person: PersonId,
    ticket: TicketId,
) -> Result<()> {
    if mention::seen(tx, person, ticket)? {
        topics.insert(topic(person));
    }
    Ok(())
}

/// Who can be named in a reply or a note on a ticket, by name, without the caller.
#[derive(Debug, Clone)]
pub struct Nameable {
    /// The ticket.
    pub ticket: TicketRef,
    /// Whether its requester will read it.
    pub public: bool,
    /// What was typed of the name.
    pub text: String,
    /// At most so many, and at most 20.
    pub limit: u32,
}

impl Query for Nameable {
    type Answer = Vec<NamedPerson>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        look.require(Capability::TicketWork, "ticket")?;
        let (ticket, _) = look.ticket(self.ticket)?;
        let me = look.person();
        let typed = self.text.to_lowercase();
        let typed: Vec<_> = typed.split_whitespace().take(8).collect();
        let fits = |name: &str| {
            let name = name.to_lowercase();
            typed.iter().all(|word| name.contains(word))
        };
        let people = nameable(look.tx, &ticket, self.public)?;
        let offered = people.into_iter().filter(|(person, name)| Some(*person) != me && fits(name));
        let most = self.limit.clamp(1, MOST_OFFERED) as usize;
        Ok(offered.take(most).map(|(id, name)| NamedPerson { id, name }).collect())
    }
}

/// That the caller was named on a ticket and has not looked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MentionView {
    /// The number of the ticket.
    pub ticket: TicketNumber,
    /// What it is about.
    pub subject: String,
    /// Who named them last.
    pub by: Option<NamedPerson>,
    /// When.
    pub at: Timestamp,
    /// In which comment.
    pub comment: CommentId,
    /// In how many comments.
    pub times: u32,
}

/// The tickets on which the caller was named and has not looked yet, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct MyMentions;

impl Query for MyMentions {
    type Answer = Vec<MentionView>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        let Some(me) = look.person() else { return Ok(Vec::new()) };
        let mut all: Vec<MentionView> = Vec::new();
        for unseen in mention::unseen(look.tx, me, UNSEEN)? {
            if let Some(known) = all.iter_mut().find(|known| known.ticket == unseen.number) {
                known.times += 1;
                continue;
            }
            all.push(MentionView {
                ticket: unseen.number,
                subject: unseen.subject,
                by: unseen.by.map(|(id, name)| NamedPerson { id, name }),
                at: unseen.at,
                comment: unseen.comment,
                times: 1,
            });
        }
        Ok(all)
    }
}

/// Tickets that can be named in a text: those whose number or words fit what was typed, the ones looked at last first;
/// without anything typed, those looked at last.
#[derive(Debug, Clone)]
pub struct TicketsToName {
    /// What was typed.
    pub text: String,
    /// At most so many, and at most 20.
    pub limit: u32,
}

impl Query for TicketsToName {
    type Answer = Vec<SearchHit>;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<Self::Answer> {
        look.require(Capability::TicketRead, "ticket")?;
        let me = look.person().ok_or(Refused::NotFound("ticket"))?;
        let most = self.limit.clamp(1, MOST_OFFERED);
        let last = mention::looked_at(look.tx, me, MOST_LOOKED_AT)?;
        let text = self.text.trim().trim_start_matches('#').to_owned();
        if text.is_empty() {
            let first: Vec<_> = last.into_iter().take(most as usize).collect();
            return hits(look, &first);
        }
        let mut found = Vec::new();
        // Whoever writes a number means that ticket, whichever others mention it.
        let numbers = match (text.parse::<TicketNumber>(), text.parse::<u64>()) {
            (Ok(number), _) => vec![number],
            (_, Ok(number)) => Kind::ALL.iter().map(|kind| TicketNumber::new(*kind, number)).collect(),
            _ => Vec::new(),
        };
        for number in numbers {
            found.extend(ticket::id_by_number(look.tx, number)?);
        }
        let exact = found.len();
        let search = Search { text, own_only: false, limit: most };
        for hit in search.answer(look)? {
            if !found.contains(&hit.id) {
                found.push(hit.id);
            }
        }
        // A sort that is stable: what was never looked at stays in the order of the search.
        let place = |id: &TicketId| last.iter().position(|it| it == id).unwrap_or(usize::MAX);
        if let Some((exact, rest)) = found.split_at_mut_checked(exact) {
            exact.sort_by_key(place);
            rest.sort_by_key(place);
        }
        found.truncate(most as usize);
        hits(look, &found)
    }
}
