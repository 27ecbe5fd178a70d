//! Requesting something: a ticket with answers, in the queue of its group, and the approval that it needs is asked for at once.

use domain::{
    CatalogueItemId, PersonId,
    catalogue::{Answered, ApprovalBy, CatalogueItem, Given, in_words},
    effort::Effort,
    identity::Capability,
    licence::Action,
    ticket::{
        ApprovalQuestion, Assignment, Fact, Impact, Kind, Markdown, NewTicket, Quorum, Subject, Ticket,
        Urgency,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{catalogue, manager, person, ticket};

use super::keep::ITEM;
use crate::{
    Act, Command, FieldError, Refused, Result, Threshold,
    ticket::{TicketOutcome, check_assignment},
};

/// An answer as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The label of the question.
    pub question: String,
    /// What was typed or chosen; a person by their e-mail address.
    pub answer: String,
}

/// Request something from the catalogue, for oneself.
#[derive(Debug, Clone)]
pub struct RequestItem {
    /// What.
    pub item: CatalogueItemId,
    /// The answers to its questions. One that is left out is left open.
    pub answers: Vec<Said>,
    /// What there is to say beside them.
    pub more: Option<Markdown>,
    /// What it took to get here, where a page of the portal counts it.
    pub effort: Option<Effort>,
    /// The version of the item that the caller looked at.
    pub if_version: Option<u64>,
}

impl Command for RequestItem {
    type Outcome = TicketOutcome;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let found = catalogue::by_id(at.tx, self.item)?;
        if !found.is_some_and(|listed| listed.item.offered) {
            return Err(Refused::NotFound(ITEM));
        }
        at.aim(self.item);
        Ok(Action::CatalogueRequest)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TicketOutcome> {
        let requester = act.person().ok_or(Refused::NotFound("person"))?;
        // Held, so that a request is never of a version that was not the last when it was made.
        let version = catalogue::lock(act.tx, self.item)?.ok_or(Refused::NotFound(ITEM))?;
        let listed = catalogue::by_id(act.tx, self.item)?.ok_or(Refused::NotFound(ITEM))?;
        if !listed.item.offered {
            return Err(Refused::NotFound(ITEM));
        }
        if self.if_version.is_some_and(|seen| seen != version) {
            return Err(Refused::Stale { current: version });
        }
        let item = listed.item;
        let answers = act.understood(&item, &self.answers)?;
        let words = in_words(&answers, self.more.as_ref().map(Markdown::as_str));
        let description = words.map(|words| Markdown::new(&words)).transpose()?;
        let assignment = Assignment { group: item.group, assignee: None };
        check_assignment(act.tx, assignment)?;
        let new = NewTicket {
            kind: Kind::ServiceRequest,
            subject: Subject::new(item.name.as_str())?,
            description,
            requester,
            opened_by: Some(requester),
            channel: act.ctx.principal.channel,
            assignment,
            impact: Impact::Low,
            urgency: Urgency::Medium,
            category: Some(item.category.clone()),
            external_reference: None,
        };
        let number = ticket::next_number(act.tx, new.kind)?;
        let id = act.new_id();
        let (opened, mut facts) =
            Ticket::open(new, id, number.number, &act.rules()?.workflow, &act.rules()?.matrix, act.now());
        facts.push(Fact::Requested { item: self.item, name: item.name.clone(), version });
        let raised = act.save_new(opened, &facts)?;
        catalogue::add_request(act.tx, raised.id, (self.item, version), &answers)?;
        if let Some(effort) = self.effort {
            act.count_effort(effort)?;
        }
        act.target = raised.id.into();
        act.detail = json!({
            "number": raised.number, "item": self.item, "name": item.name, "version": version, "answers": answers
        });
        let saved = act.have_it_approved(&item, raised)?;
        Ok(Box::new(saved))
    }
}

impl Act<'_, '_> {
    /// The answers to the questions of a form, or everything that is wrong with them, each under `answers[N]`.
    fn understood(&mut self, item: &CatalogueItem, said: &[Said]) -> Result<Vec<Answered>> {
        let mut errors: Vec<FieldError> = Vec::new();
        let mut refuse = |field: String, message: String| errors.push(FieldError { field, message });
        let asked = |said: &Said| item.questions.iter().any(|it| it.label.as_str() == said.question);
        if let Some(unknown) = said.iter().find(|said| !asked(said)) {
            let label: String = unknown.question.chars().take(60).collect();
            refuse("answers".to_owned(), format!("“{label}” is not asked; look at the form again"));
        }
        let mut answers = Vec::with_capacity(item.questions.len());
        for (nth, question) in item.questions.iter().enumerate() {
            let typed = said.iter().find(|said| said.question == question.label.as_str());
            let field = || format!("answers[{nth}]");
            let (answer, person) = match question.read(typed.map_or("", |said| said.answer.as_str())) {
                Ok(Given::Nothing) => continue,
                Ok(Given::Words(words)) => (words, None),
                Ok(Given::Person(address)) => {
                    let found = person::by_email(self.tx, &address)?.filter(|person| person.active);
                    let Some(found) = found else {
                        refuse(
                            field(),
                            "nobody here has this address; write a colleague's e-mail".to_owned(),
                        );
                        continue;
                    };
                    (found.name, Some(found.id))
                }
                Err(error) => {
                    refuse(field(), error.to_string());
                    continue;
                }
            };
            answers.push(Answered { question: question.label.clone(), kind: question.kind, answer, person });
        }
        if errors.is_empty() { Ok(answers) } else { Err(Refused::Invalid(errors)) }
    }

    /// Asks for the approval that an item wants. Nobody approves their own request, and nobody is asked who cannot answer;
    /// where nobody is left, the timeline says so rather than that nothing was wanted.
    fn have_it_approved(&mut self, item: &CatalogueItem, raised: Ticket) -> Result<Ticket> {
        let mut people: Vec<PersonId> = match item.approval {
            ApprovalBy::Nobody => return Ok(raised),
            ApprovalBy::Manager => manager::of(self.tx, raised.requester)?.into_iter().collect(),
            ApprovalBy::People => item.approvers.clone(),
        };
        people.retain(|person| *person != raised.requester);
        let mut can = Vec::with_capacity(people.len());
        for person in people {
            let roles = person::active_roles(self.tx, person)?.unwrap_or_default();
            if roles.iter().flat_map(|role| role.capabilities()).any(|c| *c == Capability::PortalUse) {
                can.push(person);
            }
        }
        if can.is_empty() {
            self.write_facts(&raised, &[Fact::ApprovalUnasked], self.now())?;
            self.note_in_detail("approval", json!("nobody could be asked"));
            return Ok(raised);
        }
        let question = ApprovalQuestion::new(item.name.as_str())?;
        let by = raised.requester;
        let (asked, saved) = self.ask_approval(&raised, question, Quorum::All, &can, by)?;
        self.note_in_detail("approval", json!(asked));
        Ok(saved)
    }

    fn note_in_detail(&mut self, name: &str, value: Value) {
        if let Value::Object(detail) = &mut self.detail {
            detail.insert(name.to_owned(), value);
        }
    }
}
