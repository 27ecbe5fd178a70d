//! What a ticket begins with, as a form: the same fields where a ticket is raised, kept as a template, and comes back.

use desk::{
    data::Person,
    ticket::{Sidebar, SidebarView, Technicians},
};
use domain::{
    GroupId, PersonId,
    ticket::{Category, Impact, Kind, Markdown, Subject, Template, Urgency},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    AppState,
    page::{PageResult, Reader, sentence},
    ui::{self, Field, Input},
    words::{t, told_word},
    wrong::Wrong,
};

/// The fields, for a summary of what is wrong.
pub(super) const FIELDS: [&str; 8] =
    ["kind", "subject", "description", "category", "impact", "urgency", "group", "assignee"];

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Blank {
    kind: String,
    pub(super) subject: String,
    description: String,
    category: String,
    impact: String,
    urgency: String,
    group: String,
    assignee: String,
}

impl From<&Template> for Blank {
    fn from(template: &Template) -> Self {
        fn text<T: ToString>(value: Option<&T>) -> String {
            value.map(T::to_string).unwrap_or_default()
        }
        Self {
            kind: template.kind.to_string(),
            subject: template.subject.to_string(),
            description: text(template.description.as_ref()),
            category: text(template.category.as_ref()),
            impact: template.impact.to_string(),
            urgency: template.urgency.to_string(),
            group: text(template.group.as_ref()),
            assignee: text(template.assignee.as_ref()),
        }
    }
}

/// Who and what can be chosen.
pub(super) struct Choices {
    side: SidebarView,
    technicians: Vec<Person>,
}

impl Choices {
    pub(super) async fn of(app: &AppState, reader: &Reader) -> PageResult<Self> {
        Ok(Self {
            side: app.desk.ask(reader.ctx(), Sidebar).await?,
            technicians: app.desk.ask(reader.ctx(), Technicians).await?,
        })
    }

    /// The group's name.
    pub(super) fn group(&self, id: GroupId) -> &str {
        let known = self.side.groups.iter().find(|group| group.id == id);
        known.map_or(t!("a group that is gone"), |group| &group.name)
    }

    /// The technician's name.
    pub(super) fn technician(&self, id: PersonId) -> &str {
        let known = self.technicians.iter().find(|person| person.id == id);
        known.map_or(t!("somebody who is gone"), |person| &person.name)
    }
}

impl Blank {
    /// The description as it was typed: browsers send line breaks as CRLF.
    pub(super) fn text(&self) -> String {
        self.description.replace("\r\n", "\n")
    }

    /// What it says, or what is wrong with it.
    pub(super) fn read(&self) -> Result<Template, Wrong> {
        let mut wrong = Wrong::nothing();
        let mut say = |field: &str, words: String| wrong.add(field, sentence(&words));
        let given = |text: &str| if text.trim().is_empty() { None } else { Some(text.to_owned()) };
        let subject = Subject::new(&self.subject).map_err(|error| say("subject", error.to_string())).ok();
        let description = given(&self.text()).and_then(|text| {
            Markdown::new(&text).map_err(|error| say("description", error.to_string())).ok()
        });
        let category = given(&self.category)
            .and_then(|text| Category::new(&text).map_err(|error| say("category", error.to_string())).ok());
        let unknown = || t!("choose one of the list").to_owned();
        let group = given(&self.group).and_then(|id| id.parse().map_err(|_| say("group", unknown())).ok());
        let assignee =
            given(&self.assignee).and_then(|id| id.parse().map_err(|_| say("assignee", unknown())).ok());
        match subject {
            Some(subject) if wrong.is_empty() => Ok(Template {
                kind: Kind::parse(&self.kind).unwrap_or(Kind::Incident),
                subject,
                description,
                category,
                impact: Impact::parse(&self.impact).unwrap_or(Impact::Low),
                urgency: Urgency::parse(&self.urgency).unwrap_or(Urgency::Medium),
                group,
                assignee,
            }),
            _ => Err(wrong),
        }
    }

    /// The fields.
    pub(super) fn fields(&self, wrong: &Wrong, choices: &Choices, draft: &str) -> Markup {
        let line = |name, label, value| Field { value, error: wrong.at(name), ..Field::new(name, label) };
        let choice =
            |name, label, value, choices| Field { input: Input::Choice(choices), ..line(name, label, value) };
        let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
        let (kind, impact, urgency) =
            (or(&self.kind, "incident"), or(&self.impact, "low"), or(&self.urgency, "medium"));
        let levels = ["low", "medium", "high"].map(|level| (level, told_word(level)));
        let named: Vec<_> =
            choices.side.groups.iter().map(|group| (group.id.to_string(), group.name.as_str())).collect();
        let people: Vec<_> =
            choices.technicians.iter().map(|person| (person.id.to_string(), person.name.as_str())).collect();
        let (groups, people) = (with(t!("No group yet"), &named), with(t!("Nobody yet"), &people));
        let subject_draft = format!("{draft}:subject");
        let kinds = [("incident", t!("Something is broken")), ("service_request", t!("Something is wanted"))];
        html! {
            (ui::field(&choice("kind", t!("What is it"), &kind, &kinds)))
            (ui::field(&Field { draft: &subject_draft, ..line("subject", t!("Subject"), &self.subject) }))
            (ui::field(&Field { input: Input::Area, required: false, draft, ..line("description", t!("Description"), &self.description) }))
            (ui::field(&Field { required: false, ..line("category", t!("Category"), &self.category) }))
            (ui::field(&choice("impact", t!("Impact"), &impact, &levels)))
            (ui::field(&choice("urgency", t!("Urgency"), &urgency, &levels)))
            (ui::field(&Field { required: false, ..choice("group", t!("Group"), &self.group, &groups) }))
            (ui::field(&Field { required: false, ..choice("assignee", t!("Assignee"), &self.assignee, &people) }))
        }
    }
}

fn with<'a>(none: &'a str, some: &'a [(String, &'a str)]) -> Vec<(&'a str, &'a str)> {
    std::iter::once(("", none)).chain(some.iter().map(|(id, name)| (id.as_str(), *name))).collect()
}
