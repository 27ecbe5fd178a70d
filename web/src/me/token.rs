//! One's own API tokens: made with a name, scopes and an end; shown once; revoked.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    data::Token,
    identity::{MakeToken, RevokeToken, TokenMade},
};
use domain::{TokenId, identity::Capability};
use maud::{Markup, html};

use super::{Typed, draw};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    portal::{self, Here},
    ui::{self, EmployeeTab, Field, Icon, Input, Tone, icon},
    words::{key, say, t, th},
    wrong::Wrong,
};

/// How long a token works.
pub(crate) const LASTS: [(&str, &str); 4] =
    [("90", key!("90 days")), ("30", key!("30 days")), ("7", key!("7 days")), ("365", key!("a year"))];

pub(super) fn section(reader: &Reader, tokens: &[Token], typed: &Typed, wrong: &Wrong) -> Markup {
    html! {
        section.group id="tokens" {
            h2 { (t!("API tokens")) }
            @if tokens.is_empty() {
                p.soft { (t!("A token lets a program act as you, within the scopes that you give it.")) }
            } @else {
                ul.list { @for token in tokens {
                    li.item {
                        div { b { (token.label) } small { (standing(reader, token)) } }
                        (ui::act(&format!("/me/tokens/{}/revoke", token.id), reader.csrf(), &[], None, "bare", t!("Revoke")))
                    }
                } }
            }
            details.more open[!wrong.is_empty()] {
                summary { (icon(Icon::Plus)) (t!("Make a token")) }
                form.form method="post" action="/me/tokens" {
                    (ui::csrf_field(reader.csrf()))
                    (wrong.summary(&["label", "expires_in_days"]))
                    (fields(typed, wrong))
                    fieldset.field {
                        legend { (t!("What it may do")) }
                        p.hint { (t!("Without any mark: everything that you may do.")) }
                        @for capability in Capability::ALL.iter().filter(|capability| reader.may(**capability)) {
                            @let name = format!("scope {capability}");
                            label.check {
                                input type="checkbox" name=(name) checked[typed.contains_key(&name)];
                                (in_words(*capability))
                            }
                        }
                    }
                    div { button.button { (t!("Make the token")) } }
                }
            }
        }
    }
}

/// Name and end of a token about to be made.
pub(crate) fn fields(typed: &Typed, wrong: &Wrong) -> Markup {
    let value = |name: &str| typed.get(name).map_or("", String::as_str);
    let lasts = LASTS.map(|(days, words)| (days, say(words)));
    html! {
        (ui::field(&Field {
            value: value("label"),
            error: wrong.at("label"),
            hint: t!("What will use it, for example \"backup script\"."),
            ..Field::new("label", t!("Name"))
        }))
        (ui::field(&Field {
            value: value("expires_in_days"),
            error: wrong.at("expires_in_days"),
            input: Input::Choice(&lasts),
            ..Field::new("expires_in_days", t!("Works for"))
        }))
    }
}

/// What a form for a token asks for.
pub(crate) fn wanted(typed: &Typed) -> MakeToken {
    let scopes = typed.keys().filter_map(|name| Capability::parse(name.strip_prefix("scope ")?)).collect();
    MakeToken {
        label: typed.get("label").cloned().unwrap_or_default(),
        scopes,
        expires_in_days: typed.get("expires_in_days").and_then(|days| days.parse().ok()),
    }
}

/// What a token may do, until when, and when it was last used.
pub(crate) fn standing(reader: &Reader, token: &Token) -> Markup {
    let clock = reader.clock();
    html! {
        @if token.scopes.is_empty() { (t!("Everything its owner may")) } @else { (token.scopes.replace(' ', ", ")) }
        " · "
        @let end = ui::time(token.expires_at, clock);
        @if token.expires_at <= clock.now { (th!("ended {when}", when = end)) } @else { (th!("ends {when}", when = end)) }
        " · "
        @match token.last_used_at { Some(at) => { (th!("last used {when}", when = ui::time(at, clock))) }, None => { (t!("never used")) } }
    }
}

fn in_words(capability: Capability) -> &'static str {
    match capability {
        Capability::PortalUse => t!("Raise, follow and answer my own tickets"),
        Capability::TicketRead => t!("Read every ticket"),
        Capability::TicketWork => t!("Work tickets: reply, note, assign, move"),
        Capability::LicenceRead => t!("Read licences, seats and denials"),
        Capability::LicenceManage => t!("Change licences and assign seats"),
        Capability::AuditRead => t!("Read the audit log"),
        Capability::ReportRead => t!("Read published reports"),
        Capability::Admin => t!("Run the desk: people, groups, settings"),
    }
}

/// The secret of a token, on the one page that shows it.
pub(crate) fn secret(made: &TokenMade, reader: &Reader) -> Markup {
    html! {
        (ui::notice(
            Tone::Accent,
            &html! { b { (t!("Copy it now.")) } " " (t!("It is kept nowhere and is not shown again. It works until {when}.", when = ui::exact(made.expires_at, reader.clock().zone))) },
            &html! {},
        ))
        div.field {
            label for="field-secret" { (t!("Token")) }
            input.input.mono id="field-secret" type="text" readonly value=(made.secret.reveal()) autocomplete="off" spellcheck="false";
        }
        p.hint { (t!("Programs send it so:")) " " code { "Authorization: Bearer TOKEN" } }
    }
}

pub(super) async fn make(
    State(app): State<AppState>,
    Posted { reader, form: typed }: Posted<Typed>,
) -> PageResult {
    match app.desk.execute(reader.ctx(), wanted(&typed)).await {
        Ok(made) => {
            let main = html! {
                a.back href="/me" { (icon(Icon::Left)) (t!("Me")) }
                h1 { (t!("Your new token")) }
                div.stack { (secret(&made, &reader)) div { a.button.main href="/me#tokens" { (t!("I have it")) } } }
            };
            portal::page(&app, &reader, Here::at(EmployeeTab::Me, t!("Your new token")), &main).await
        }
        Err(refused) => draw(&app, &reader, &typed, [&Wrong::of(refused)?, &Wrong::nothing()]).await,
    }
}

pub(super) async fn revoke(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Posted { reader, .. }: Posted<Typed>,
) -> PageResult<Response> {
    let token: TokenId = token.parse().map_err(|_| Refused::NotFound("token"))?;
    app.desk.execute(reader.ctx(), RevokeToken { token }).await?;
    Ok(see("/me#tokens"))
}
