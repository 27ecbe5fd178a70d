//! Forms: fields with label, hint and error tied together, and the summary on top of a form that was refused.

use maud::{Markup, html};

use super::{
    assets::{File, url},
    icon::{Icon, icon},
};
use crate::words::{plural, t};

/// What a field takes.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// One line. The inner word is the HTML type: "text", "email", "password", "number", "date", "search".
    Line(&'a str),
    /// Several lines.
    Area,
    /// One of: (value, words).
    Choice(&'a [(&'a str, &'a str)]),
    /// Files.
    Files,
    /// Files, or a photo that is taken now: two fields, so that the camera does not stand in the way of the gallery.
    Photos,
}

/// One field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Name in the form; also makes its id, `field-NAME`.
    pub name: &'a str,
    /// What it is.
    pub label: &'a str,
    /// How to fill it; may be empty.
    pub hint: &'a str,
    /// What is wrong and how to mend it.
    pub error: Option<&'a str>,
    /// Its present value.
    pub value: &'a str,
    /// What it takes.
    pub input: Input<'a>,
    /// Whether it may stay empty; an optional field says so.
    pub required: bool,
    /// "email", "current-password", "off"; empty for none.
    pub autocomplete: &'a str,
    /// Key of a draft kept in the browser, for text; empty for none.
    pub draft: &'a str,
}

impl<'a> Field<'a> {
    /// A required field that takes one line of text.
    pub const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            hint: "",
            error: None,
            value: "",
            input: Input::Line("text"),
            required: true,
            autocomplete: "",
            draft: "",
        }
    }
}

/// Draws a field.
pub fn field(field: &Field<'_>) -> Markup {
    let id = format!("field-{}", field.name);
    let hint = (!field.hint.is_empty()).then(|| format!("{id}-hint"));
    let error = field.error.map(|_| format!("{id}-error"));
    let described = [&hint, &error].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let described = (!described.is_empty()).then_some(described);
    let invalid = field.error.map(|_| "true");
    let draft = (!field.draft.is_empty()).then_some(field.draft);
    let autocomplete = (!field.autocomplete.is_empty()).then_some(field.autocomplete);
    html! {
        div.field.wrong[field.error.is_some()] {
            label for=(id) { (field.label) @if !field.required { span.optional { " " (t!("(optional)")) } } }
            @if let Some(hint) = &hint { p.hint id=(hint) { (field.hint) } }
            @match field.input {
                Input::Line(kind) => input.input dir=[(kind == "text").then_some("auto")] id=(id) name=(field.name) type=(kind) value=(field.value) required[field.required]
                    autocomplete=[autocomplete] aria-describedby=[described] aria-invalid=[invalid] data-draft=[draft];,
                Input::Area => textarea.input dir="auto" id=(id) name=(field.name) required[field.required] aria-describedby=[described]
                    aria-invalid=[invalid] data-draft=[draft] { (field.value) },
                Input::Choice(choices) => select.input id=(id) name=(field.name) required[field.required] aria-describedby=[described] aria-invalid=[invalid] {
                    @for (value, words) in choices { option value=(value) selected[*value == field.value] { (words) } }
                },
                Input::Files => input.input id=(id) name=(field.name) type="file" multiple required[field.required] aria-describedby=[described] aria-invalid=[invalid];,
                Input::Photos => div.photos data-photos {
                    script type="module" src=(url(File::Photos)) {}
                    input.input id=(id) name=(field.name) type="file" multiple aria-describedby=[described] aria-invalid=[invalid];
                    label.button.take { (icon(Icon::Camera)) (t!("Take a photo")) input.unseen name="camera" type="file" accept="image/*" capture="environment" data-camera; }
                    ul.previews aria-label=(t!("Chosen photos and files")) data-previews {}
                },
            }
            @if let (Some(id), Some(words)) = (&error, field.error) { p.field-error id=(id) { (icon(Icon::Wrong)) span { (words) } } }
        }
    }
}

/// On top of a refused form: what is wrong, each line leading to its field. Nothing for an empty list.
/// Takes (name of the field, what is wrong).
pub fn error_summary(errors: &[(&str, &str)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.errors id="errors" role="alert" tabindex="-1" data-focus-first {
                h2 { (icon(Icon::Wrong)) (plural!(errors.len(), "One thing needs mending", "{n} things need mending")) }
                ul { @for (name, words) in errors { li { a href={ "#field-" (name) } { (words) } } } }
            }
        }
    }
}

/// The hidden field against forged requests. Every form that posts has one.
pub fn csrf_field(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// One button that posts: a verb of a ticket, an approval. `fields` are hidden; `live` are the ids to swap in place.
/// `class` is "main", "danger", "bare" or empty.
pub fn act(
    action: &str,
    csrf: &str,
    fields: &[(&str, &str)],
    live: Option<&str>,
    class: &str,
    words: &str,
) -> Markup {
    html! {
        form method="post" action=(action) data-live=[live] {
            (csrf_field(csrf))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class={ "button " (class) } data-command=(words) { (words) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_described_by_its_hint_and_its_error() {
        let drawn = field(&Field {
            hint: "As on your badge.",
            error: Some("Write your name."),
            ..Field::new("name", "Name")
        });
        let drawn = drawn.into_string();
        assert!(drawn.contains(r#"aria-describedby="field-name-hint field-name-error""#));
        assert!(drawn.contains(r#"id="field-name-error""#) && drawn.contains(r#"aria-invalid="true""#));
    }

    #[test]
    fn a_right_field_claims_no_error() {
        let drawn = field(&Field::new("name", "Name")).into_string();
        assert!(!drawn.contains("aria-describedby") && !drawn.contains("aria-invalid"));
    }

    #[test]
    fn the_summary_leads_to_the_fields_and_is_absent_without_errors() {
        assert!(
            error_summary(&[("name", "Write your name.")]).into_string().contains(r##"href="#field-name""##)
        );
        assert!(error_summary(&[]).into_string().is_empty());
    }
}
