//! Raising a ticket.

use domain::{
    DeviceId, GroupId, PersonId,
    effort::Effort,
    identity::{Actor, Capability},
    licence::Action,
    ticket::{
        Assignment, Category, ExternalReference, Impact, Kind, LinkKind, Markdown, NewTicket, Subject,
        Ticket, Urgency,
    },
};
use serde_json::json;
use store::{ReadTx, device, person, ticket};

use super::{TicketOutcome, TicketRef};
use crate::{Act, Command, Refused, Result, Threshold};

/// Raise a ticket, for oneself or for somebody else.
#[derive(Debug, Clone)]
pub struct RaiseTicket {
    /// Incident, service request or problem.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// More about it.
    pub description: Option<Markdown>,
    /// Whose ticket it is; the actor's own where nobody is named.
    pub requester: Option<PersonId>,
    /// How much is hurt.
    pub impact: Impact,
    /// How soon it hurts.
    pub urgency: Urgency,
    /// What it is filed under.
    pub category: Option<Category>,
    /// The group whose queue it goes to. Only a technician says so.
    pub group: Option<GroupId>,
    /// The person whose task it is. Only a technician says so.
    pub assignee: Option<PersonId>,
    /// What another desk calls it. Only a technician says so.
    pub external_reference: Option<ExternalReference>,
    /// The ticket that this problem is the cause of; the two are linked.
    pub cause_of: Option<TicketRef>,
    /// The requester's device that it is about.
    pub device: Option<DeviceId>,
    /// What it took to get here, where a page of the portal counts it.
    pub effort: Option<Effort>,
}

impl RaiseTicket {
    /// A ticket of one's own, with nothing but words.
    pub fn of(kind: Kind, subject: Subject, description: Option<Markdown>) -> Self {
        Self {
            kind,
            subject,
            description,
            requester: None,
            impact: Impact::Low,
            urgency: Urgency::Medium,
            category: None,
            group: None,
            assignee: None,
            external_reference: None,
            cause_of: None,
            device: None,
            effort: None,
        }
    }

    fn is_plain(&self, actor: Option<PersonId>) -> bool {
        self.requester.is_none_or(|requester| Some(requester) == actor)
            && self.group.is_none()
            && self.assignee.is_none()
            && self.external_reference.is_none()
    }
}

impl Command for RaiseTicket {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        if let Some(effect) = self.cause_of {
            if self.kind != Kind::Problem {
                return Err(Refused::field(
                    "cause_of",
                    "only a problem is the cause of a ticket; raise one, or link them",
                ));
            }
            at.find_effect(effect)?;
        }
        let act = if self.is_plain(at.person()) { Action::TicketRaise } else { Action::TicketRaiseFor };
        Ok(act.on(self.kind))
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let actor = act.person();
        let requester = match self.requester.or(actor) {
            Some(requester) => requester,
            None => act.guest()?,
        };
        if Some(requester) != actor && person::by_id(act.tx, requester)?.is_none_or(|person| !person.active) {
            return Err(Refused::field("requester", "there is no such active person; choose somebody else"));
        }
        check_assignment(act.tx, Assignment { group: self.group, assignee: self.assignee })?;
        if let Some(reference) = &self.external_reference
            && ticket::id_by_external(act.tx, reference.source.as_str(), reference.number.as_str())?.is_some()
        {
            return Err(Refused::field("external_reference", "another ticket bears this reference already"));
        }
        let device = match self.device {
            None => None,
            // Whoever raises a ticket is told nothing of the devices of others.
            Some(id) => match device::by_id(act.tx, id)? {
                Some((device, of)) if of == requester => Some(device),
                _ => {
                    return Err(Refused::field(
                        "device",
                        "this is no device of theirs; choose another, or none",
                    ));
                }
            },
        };
        let new = NewTicket {
            kind: self.kind,
            subject: self.subject,
            description: self.description,
            requester,
            opened_by: actor,
            channel: act.ctx.principal.channel,
            assignment: Assignment { group: self.group, assignee: self.assignee },
            impact: self.impact,
            urgency: self.urgency,
            category: self.category,
            external_reference: self.external_reference,
        };
        let number = ticket::next_number(act.tx, new.kind)?;
        let id = act.new_id();
        let (opened, facts) =
            Ticket::open(new, id, number.number, &act.rules()?.workflow, &act.rules()?.matrix, act.now());
        let mut saved = act.save_new(opened, &facts)?;
        if let Some(effect) = self.cause_of {
            let effect = act.hold(effect, None)?;
            let (here, there) = effect.link(LinkKind::CausedBy, &saved, act.now())?;
            ticket::link(act.tx, effect.id, saved.id, LinkKind::CausedBy, act.now())?;
            act.save(&effect, here.0, &here.1)?;
            saved = act.save(&saved, there.0, &there.1)?;
        }
        if let Some(device) = &device {
            device::hang(act.tx, saved.id, device)?;
        }
        if let Some(effort) = self.effort {
            act.count_effort(effort)?;
        }
        act.target = saved.id.into();
        act.detail = json!({ "number": saved.number, "subject": saved.subject, "requester": saved.requester, "device": device.map(|device| device.id) });
        Ok(Box::new(saved))
    }
}

impl Threshold<'_, '_> {
    /// Whether there is the ticket that a problem is said to be the cause of.
    fn find_effect(&mut self, reference: TicketRef) -> Result<()> {
        match self.ticket(reference) {
            Ok(_) => Ok(()),
            Err(Refused::NotFound(_)) => {
                Err(Refused::field("cause_of", "there is no such ticket; name one as INC-1042"))
            }
            Err(other) => Err(other),
        }
    }
}

impl Act<'_, '_> {
    /// The requester whom only an external identity names: known from now on under issuer and subject, never merged
    /// with somebody else by e-mail or name.
    fn guest(&mut self) -> Result<PersonId> {
        let (Actor::External, Some(identity)) =
            (self.ctx.principal.actor, self.ctx.principal.external_identity.clone())
        else {
            return Err(Refused::field("requester", "say whose ticket this is"));
        };
        if let Some(known) = person::id_by_external(self.tx, &identity.issuer, &identity.subject)? {
            return Ok(known);
        }
        let id: PersonId = self.new_id();
        let guest = person::Person {
            id,
            name: identity.name.clone(),
            // RFC 2606 §2: `.invalid` never receives mail. Their real address may already be somebody else's here.
            email: format!("{id}@guest.invalid"),
            title: String::new(),
            department: String::new(),
            location: String::new(),
            zone: "UTC".to_owned(),
            active: true,
            version: 1,
            created_at: self.now(),
            language: None,
        };
        person::insert(self.tx, &guest, Some((&identity.issuer, &identity.subject)))?;
        Ok(id)
    }
}

/// Whether group and assignee exist, and the assignee may work tickets at all.
pub(crate) fn check_assignment(tx: &mut ReadTx<'_>, to: Assignment) -> Result<()> {
    if let Some(group) = to.group
        && person::team(tx, group)?.is_none()
    {
        return Err(Refused::field("group", "there is no such group; choose another"));
    }
    if let Some(assignee) = to.assignee {
        let roles = person::active_roles(tx, assignee)?.unwrap_or_default();
        let works = roles.iter().flat_map(|role| role.capabilities()).any(|c| *c == Capability::TicketWork);
        if !works {
            return Err(Refused::field("assignee", "this person does not work tickets; choose a technician"));
        }
    }
    Ok(())
}
