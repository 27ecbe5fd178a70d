//! Choosing a person by name or address, without script.

use desk::identity::People;
use domain::PersonId;
use maud::{Markup, html};

use crate::{
    AppState,
    page::{PageResult, Reader},
    ui::{Icon, icon},
    words::t,
};

/// People offered while one types; others are found by what is typed.
const OFFERED: u32 = 200;

/// (address, name) of people to offer.
pub(crate) async fn offered(app: &AppState, reader: &Reader) -> PageResult<Vec<(String, String)>> {
    let page = app.desk.ask(reader.ctx(), People { search: None, after: None, limit: OFFERED }).await?;
    let active = page.people.into_iter().filter(|(person, _)| person.active);
    Ok(active.map(|(person, _)| (person.email, person.name)).collect())
}

/// A field for a person, with offers.
pub(crate) fn field(
    name: &str,
    label: &str,
    value: &str,
    error: Option<&str>,
    people: &[(String, String)],
) -> Markup {
    let (id, list) = (format!("field-{name}"), format!("{name}-list"));
    let (hint, wrong) = (format!("{id}-hint"), format!("{id}-error"));
    let described = if error.is_some() { format!("{hint} {wrong}") } else { hint.clone() };
    html! {
        div.field.wrong[error.is_some()] {
            label for=(id) { (label) }
            p.hint id=(hint) { (t!("Name or e-mail address.")) }
            input.input id=(id) name=(name) type="text" list=(list) value=(value) required autocomplete="off"
                aria-describedby=(described) aria-invalid=[error.map(|_| "true")];
            datalist id=(list) { @for (email, name) in people { option value=(email) { (name) } } }
            @if let Some(words) = error { p.field-error id=(wrong) { (icon(Icon::Wrong)) span { (words) } } }
        }
    }
}

/// The person whom somebody typed: by address, or by as much of a name as only one has.
pub(crate) async fn find(
    app: &AppState,
    reader: &Reader,
    text: &str,
) -> PageResult<Result<PersonId, String>> {
    const NAMED: usize = 4;
    let text = text.trim();
    if text.is_empty() {
        return Ok(Err(t!("Write a name or an e-mail address.").to_owned()));
    }
    let people = People { search: Some(text.to_owned()), after: None, limit: 50 };
    let found = app.desk.ask(reader.ctx(), people).await?.people;
    let active: Vec<_> = found.into_iter().map(|(person, _)| person).filter(|person| person.active).collect();
    let exact = active.iter().find(|person| {
        person.email.eq_ignore_ascii_case(text)
            || (person.name == text && active.iter().filter(|other| other.name == text).count() == 1)
    });
    Ok(match (exact, active.as_slice()) {
        (Some(person), _) | (None, [person]) => Ok(person.id),
        (None, []) => Err(t!("Nobody who works here has this name or address.").to_owned()),
        (None, many) => {
            let names: Vec<_> =
                many.iter().take(NAMED).map(|person| format!("{} ({})", person.name, person.email)).collect();
            let more = if many.len() > NAMED { " and others" } else { "" };
            Err(t!(
                "Several people fit: {names}{more}. Write the address of one.",
                names = names.join(", "),
                more
            ))
        }
    })
}
