//! Service accounts: programs that act on behalf of people and always say for whom; and their tokens.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Refused,
    identity::{
        AddServiceAccount, DeactivateServiceAccount, MakeTokenFor, RevokeToken, ServiceAccounts, TokenMade,
        TokenOwner, Tokens,
    },
};
use domain::{ServiceAccountId, identity::Capability};
use maud::{Markup, html};

use super::{Typed, form_of, room, typed};
use crate::{
    AppState,
    me::token,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Icon, Tone, icon},
    words::t,
    wrong::Wrong,
};

/// A form that was refused: of which account, or of none; what was typed; what is wrong.
struct Sent<'s> {
    account: Option<ServiceAccountId>,
    form: &'s Typed,
    wrong: &'s Wrong,
}

fn id_of(text: &str) -> PageResult<ServiceAccountId> {
    Ok(text.parse().map_err(|_| Refused::NotFound("service account"))?)
}

pub(super) async fn list(State(app): State<AppState>, reader: Reader) -> PageResult<Response> {
    let sent = Sent { account: None, form: &Typed::new(), wrong: &Wrong::nothing() };
    draw(&app, &reader, &sent, None).await
}

async fn draw(app: &AppState, reader: &Reader, sent: &Sent<'_>, made: Option<&TokenMade>) -> PageResult {
    let mut accounts = Vec::new();
    for account in app.desk.ask(reader.ctx(), ServiceAccounts).await? {
        let of = TokenOwner::ServiceAccount(account.id);
        let tokens =
            if account.active { app.desk.ask(reader.ctx(), Tokens { of }).await? } else { Vec::new() };
        accounts.push((account, tokens));
    }
    let adding = sent.account.is_none();
    let main = html! {
        (ui::page_head(
            t!("Service accounts"),
            t!("A program that acts on behalf of people says for whom each time. Both names stand in every record, and an unlicensed person's program steers nothing."),
            &html! {},
        ))
        @if let Some(made) = made { div.stack { (token::secret(made, reader)) } }
        @if accounts.is_empty() {
            (ui::empty(Icon::Link, t!("No service accounts"), t!("Add one for each program that is to speak to the desk: the monitoring, the chat hub, the form on the intranet."), &html! {}))
        }
        @for (account, tokens) in &accounts {
            @let mine = sent.account == Some(account.id);
            (ui::panel(&account.name, &html! {
                @if !account.active { (ui::chip(Tone::Warn, t!("ended"))) }
            }, &html! { div.panel-body.stack {
                @if tokens.is_empty() { p.soft { (t!("It has no token.")) } }
                @else { table.table.fold-phone {
                    thead { tr { th scope="col" { (t!("Token")) } th scope="col" { (t!("Standing")) } th scope="col" { span.unseen { (t!("Acts")) } } } }
                    tbody { @for found in tokens { tr {
                        td.lead dir="auto" { (found.label) }
                        td data-label=(t!("Standing")) { span { (token::standing(reader, found)) } }
                        td data-label="" { (ui::act(&format!("/admin/tokens/{}/revoke", found.id), reader.csrf(), &[], None, "bare", t!("Revoke"))) }
                    } } }
                } }
                @if account.active {
                    details.more open[mine] {
                        summary { (icon(Icon::Plus)) (t!("Make a token")) }
                        (form_of(reader, &format!("/admin/accounts/{}/tokens", account.id), &token_fields(sent, mine), "main", t!("Make the token")))
                    }
                    details.more {
                        summary { (t!("End it")) }
                        div.form {
                            p { (t!("Its tokens stop working at once. What it did stays.")) }
                            (ui::act(&format!("/admin/accounts/{}/end", account.id), reader.csrf(), &[], None, "danger", t!("End the account")))
                        }
                    }
                }
            } }))
        }
        (ui::panel(t!("Add a service account"), &html! {}, &html! { div.panel-body {
            (form_of(reader, "/admin/accounts", &html! {
                @if adding { (sent.wrong.summary(&["name"])) }
                (ui::field(&Field {
                    value: if adding { typed(sent.form, "name") } else { "" },
                    error: sent.wrong.at("name").filter(|_| adding),
                    hint: t!("It stands behind \"via\" wherever the program spoke for somebody."),
                    ..Field::new("name", t!("Name"))
                }))
            }, "main", t!("Add the account")))
        } }))
    };
    Ok(reader.page_with(sent.wrong.status(), t!("Service accounts"), &room(reader, "/admin/accounts", &main)))
}

fn token_fields(sent: &Sent<'_>, mine: bool) -> Markup {
    let (none, nothing) = (Typed::new(), Wrong::nothing());
    let (form, wrong) = if mine { (sent.form, sent.wrong) } else { (&none, &nothing) };
    html! { (wrong.summary(&["label", "expires_in_days"])) (token::fields(form, wrong)) }
}

pub(super) async fn add(State(app): State<AppState>, Posted { reader, form }: Posted<Typed>) -> PageResult {
    reader.require(Capability::Admin)?;
    match app.desk.execute(reader.ctx(), AddServiceAccount { name: typed(&form, "name").to_owned() }).await {
        Ok(_) => Ok(see("/admin/accounts")),
        Err(refused) => {
            draw(&app, &reader, &Sent { account: None, form: &form, wrong: &Wrong::of(refused)? }, None).await
        }
    }
}

pub(super) async fn make_token(
    State(app): State<AppState>,
    Path(account): Path<String>,
    Posted { reader, form }: Posted<Typed>,
) -> PageResult {
    let account = id_of(&account)?;
    let make = MakeTokenFor { owner: TokenOwner::ServiceAccount(account), token: token::wanted(&form) };
    match app.desk.execute(reader.ctx(), make).await {
        Ok(made) => {
            let sent = Sent { account: None, form: &Typed::new(), wrong: &Wrong::nothing() };
            draw(&app, &reader, &sent, Some(&made)).await
        }
        Err(refused) => {
            let sent = Sent { account: Some(account), form: &form, wrong: &Wrong::of(refused)? };
            draw(&app, &reader, &sent, None).await
        }
    }
}

pub(super) async fn end(
    State(app): State<AppState>,
    Path(account): Path<String>,
    Posted { reader, .. }: Posted<Typed>,
) -> PageResult {
    app.desk.execute(reader.ctx(), DeactivateServiceAccount { account: id_of(&account)? }).await?;
    Ok(see("/admin/accounts"))
}

pub(super) async fn revoke_token(
    State(app): State<AppState>,
    Path(token): Path<String>,
    Posted { reader, .. }: Posted<Typed>,
) -> PageResult {
    let token = token.parse().map_err(|_| Refused::NotFound("token"))?;
    app.desk.execute(reader.ctx(), RevokeToken { token }).await?;
    Ok(see("/admin/accounts"))
}
