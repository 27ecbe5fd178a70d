//! What is wrong with a form that was sent, so that it can be shown again with everything that was typed.

use desk::Refused;
use http::StatusCode;
use maud::{Markup, html};

use crate::{
    page::{PageProblem, sentence},
    problem::{Kind, Problem},
    ui::{self, Icon, icon},
    words::told,
};

/// What is wrong, by field; under no name what is wrong with all of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wrong {
    errors: Vec<(String, String)>,
    status: Option<StatusCode>,
}

impl Wrong {
    /// Nothing is wrong yet: a form that is shown for the first time.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// One field.
    pub(crate) fn field(name: &str, words: impl Into<String>) -> Self {
        let mut wrong = Self::nothing();
        wrong.add(name, words);
        wrong
    }

    /// The thing is no longer as the form showed it.
    pub(crate) fn conflict(words: impl Into<String>) -> Self {
        Self { errors: vec![(String::new(), words.into())], status: Some(StatusCode::CONFLICT) }
    }

    /// The form is right, and its author lacks a seat: a sheet says so with this status.
    pub(crate) fn seat(status: StatusCode) -> Self {
        Self { errors: Vec::new(), status: Some(status) }
    }

    /// One field more.
    pub(crate) fn add(&mut self, name: &str, words: impl Into<String>) {
        self.errors.push((name.to_owned(), words.into()));
        self.status.get_or_insert(StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// What else is wrong.
    pub(crate) fn join(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.status = self.status.or(other.status);
    }

    /// What the desk refused. What no change of the form mends (there is no such thing, the engine is away) is a page of
    /// its own.
    pub(crate) fn of(refused: Refused) -> Result<Self, PageProblem> {
        let problem = Problem::from(refused);
        match problem.kind {
            Kind::NotFound | Kind::Internal | Kind::Busy => Err(problem.into()),
            kind => {
                let errors = if problem.errors.is_empty() {
                    vec![(String::new(), told(&problem.detail).into_owned())]
                } else {
                    problem.errors.into_iter().map(|error| (error.field, sentence(&error.message))).collect()
                };
                // 401 asks for credentials in a header, which no form has.
                let status = if kind == Kind::Unauthenticated {
                    StatusCode::UNPROCESSABLE_ENTITY
                } else {
                    kind.status()
                };
                Ok(Self { errors, status: Some(status) })
            }
        }
    }

    /// Whether the form can be taken as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The status of the page that shows the form.
    pub(crate) fn status(&self) -> StatusCode {
        self.status.unwrap_or(StatusCode::OK)
    }

    /// What is wrong with one field.
    pub(crate) fn at(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, words)| words.as_str())
    }

    /// The summary on top of the form. `fields` are those that the form has: what is wrong elsewhere is said in words.
    pub(crate) fn summary(&self, fields: &[&str]) -> Markup {
        let known: Vec<(&str, &str)> = self
            .errors
            .iter()
            .filter(|(field, _)| fields.contains(&field.as_str()))
            .map(|(field, words)| (field.as_str(), words.as_str()))
            .collect();
        if known.len() == self.errors.len() {
            return ui::error_summary(&known);
        }
        html! {
            div.errors id="errors" role="alert" tabindex="-1" data-focus-first {
                @for (field, words) in &self.errors {
                    @if fields.contains(&field.as_str()) {
                        p { a href={ "#field-" (field) } { (words) } }
                    } @else {
                        h2 { (icon(Icon::Wrong)) span { (words) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_form_is_linked_and_anything_else_is_said() {
        let wrong = Wrong::of(Refused::field("email", "is taken")).unwrap();
        assert!(wrong.summary(&["email"]).into_string().contains("#field-email"));
        assert_eq!(wrong.at("email"), Some("Is taken."));
        let rule = Wrong::of(Refused::Rule("all seats are assigned".to_owned())).unwrap();
        assert!(rule.summary(&["email"]).into_string().contains("All seats are assigned."));
        assert_eq!(rule.status(), StatusCode::CONFLICT);
    }

    #[test]
    fn what_no_form_can_mend_is_a_page_of_its_own() {
        assert!(Wrong::of(Refused::NotFound("ticket")).is_err());
    }

    #[test]
    fn wrong_credentials_ask_for_no_header() {
        let wrong = Wrong::of(Refused::SignIn("look at both")).unwrap();
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
