//! The caller: who they are, their tokens, their seat. And the service accounts that act on behalf of people.

use axum::{Json, extract::State, response::Response};
use desk::{
    data::{ServiceAccount, Token},
    identity::{
        AddServiceAccount, ChooseLanguage, DeactivateServiceAccount, MakeToken, MakeTokenFor, Me,
        RevokeToken, ServiceAccounts, TokenMade, TokenOwner, Tokens,
    },
    licence::{
        BorrowToken, DeclineOffer, JoinQueue, LeaveQueue, Lost, MySeat, MySeatView, ReleaseToken, Standing,
        TakeOffer,
    },
};
use domain::{
    Language, LicenceId, PersonId, ServiceAccountId, Timestamp, TokenId,
    identity::{Account, Capability, Channel, ExternalIdentity},
    licence::Module,
};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    answer::{Listed, created},
    body::{At, Call, told},
    operation::{self, delete, get, post, put},
    people::PersonView,
    wire::{Document, Perhaps, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes::API,
    state::AppState,
};

pub(super) fn subjects() -> [operation::Subject; 2] {
    let mut me = vec![
        get("read_me", "/me", me)
            .says("Who the caller is, through which account, for whom, and what they may do.")
            .answers::<MeView>(),
        put("choose_language", "/me/language", choose_language)
            .says("Choose the language of the pages that one reads. The API says everything in English, whatever is chosen.")
            .takes::<ChosenLanguage>(json!({ "language": "de" }))
            .answers::<ChosenLanguageView>(),
        get("read_my_seat", "/me/seat", seat)
            .says("Where the caller stands: the seat or token they work on, the offer they have, whom they wait behind.")
            .answers::<MySeatView>(),
        post("release_token", "/me/seat/{licence}/release", release)
            .says("Give one's own token back; it is offered to the line at once.")
            .answers::<Standing>(),
        post("borrow_token", "/me/seat/{licence}/borrow", borrow)
            .says("Take one's own token along until a time, to work without a connection.")
            .takes::<Borrowing>(json!({ "until": "2027-01-08T17:00:00Z" }))
            .answers::<Standing>(),
        post("join_queue", "/me/seat/{licence}/join", join)
            .says("Stand in line for a token. Whoever holds a token or waits keeps what they have.")
            .needs(Capability::TicketWork)
            .answers::<Standing>(),
        post("leave_queue", "/me/seat/{licence}/leave", leave).says("Leave the line.").answers::<Standing>(),
        post("take_offer", "/me/seat/{licence}/offer/take", take)
            .says("Take the token one is offered. Taking it twice is taking it once.")
            .answers::<Standing>(),
        post("decline_offer", "/me/seat/{licence}/offer/decline", decline)
            .says("Decline the token one is offered, and leave the line.")
            .answers::<Standing>(),
        get("list_my_tokens", "/me/tokens", tokens)
            .says("One's own API tokens. Signed in in a browser only.")
            .lists::<TokenView>(),
        post("make_my_token", "/me/tokens", make_token)
            .says("Make an API token for oneself. Signed in in a browser only.")
            .takes::<NewToken>(json!({ "label": "Build server", "scopes": ["ticket.read"] }))
            .creates::<TokenMade>(),
        delete("revoke_token", "/tokens/{token}", revoke_token)
            .says("Revoke a token: one's own, or as an administrator anybody's."),
    ];
    me.extend(super::push::operations());
    let accounts = vec![
        get("list_service_accounts", "/service-accounts", accounts)
            .says("Service accounts by name.")
            .needs(Capability::Admin)
            .lists::<AccountView>(),
        post("add_service_account", "/service-accounts", add_account)
            .says("Add a service account: a program that acts on behalf of people and always says for whom.")
            .needs(Capability::Admin)
            .takes::<NewAccount>(json!({ "name": "Chat bridge" }))
            .creates::<AccountView>(),
        delete("end_service_account", "/service-accounts/{account}", end_account)
            .says("End a service account. Its tokens are revoked; what it did stays.")
            .needs(Capability::Admin),
        get("list_account_tokens", "/service-accounts/{account}/tokens", account_tokens)
            .says("The tokens of a service account.")
            .needs(Capability::Admin)
            .lists::<TokenView>(),
        post("make_account_token", "/service-accounts/{account}/tokens", make_account_token)
            .says("Make a token for a service account. Signed in in a browser only.")
            .needs(Capability::Admin)
            .takes::<NewToken>(json!({ "label": "Bridge", "scopes": ["portal.use"] }))
            .creates::<TokenMade>(),
    ];
    [
        operation::Subject {
            tag: "me",
            about: "The caller, their tokens, their seat, and their browsers that are told.",
            operations: me,
        },
        operation::Subject {
            tag: "service accounts",
            about: "Programs that act on behalf of people.",
            operations: accounts,
        },
    ]
}

/// The caller on the wire.
#[derive(Debug, Serialize)]
struct MeView {
    authenticated_as: Account,
    channel: Channel,
    external_identity: Option<ExternalIdentity>,
    person: Option<PersonView>,
    capabilities: Vec<Capability>,
    language: Option<Language>,
    at: Timestamp,
}

/// The language that was chosen, on the wire.
#[derive(Debug, Serialize)]
struct ChosenLanguageView {
    language: Language,
}

/// A token on the wire, without itself.
#[derive(Debug, Serialize)]
struct TokenView {
    id: TokenId,
    label: String,
    scopes: Vec<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// A service account on the wire.
#[derive(Debug, Serialize)]
struct AccountView {
    id: ServiceAccountId,
    name: String,
    active: bool,
}

wire! {
    /// The caller.
    MeView as "Me" {
        /// The account whose credentials were checked.
        authenticated_as: Document,
        channel: Channel,
        external_identity: Option<ExternalIdentity>,
        /// The acting person, if it is one the desk knows.
        person: Option<PersonView>,
        /// What they may do through these credentials.
        capabilities: Vec<Capability>,
        /// The language that they chose to read; null is whatever their browser asks for.
        language: Option<Language>,
        at: Timestamp,
    }
    /// The language that somebody chose.
    ChosenLanguageView as "ChosenLanguage" {
        language: Language,
    }
    /// A token, without itself.
    TokenView as "Token" {
        id: TokenId,
        label: String,
        /// What it may be used for; everything that its owner may, where empty.
        scopes: Vec<String>,
        created_at: Timestamp,
        expires_at: Timestamp,
        last_used_at: Option<Timestamp>,
    }
    /// A token that was made.
    TokenMade as "TokenMade" {
        id: TokenId,
        /// The token itself. Shown once.
        secret: String,
        expires_at: Timestamp,
    }
    /// A program that acts on behalf of people.
    AccountView as "ServiceAccount" {
        id: ServiceAccountId,
        name: String,
        active: bool,
    }
    /// A person's name.
    desk::licence::PersonName as "PersonName" {
        id: PersonId,
        name: String,
    }
    /// Where a person stands with one licence.
    Standing as "Standing" {
        licence: LicenceId,
        name: String,
        /// The feature set it unlocks; null is the base product.
        module: Option<Module>,
        /// `seat`, `token`, `day_pass`, `offered`, `waiting`, `entitled` or `out_of_term`; the other fields go with it.
        standing: String,
        seat_number: Perhaps<u32>,
        token: Perhaps<u32>,
        of: Perhaps<u32>,
        free: Perhaps<u32>,
        since: Perhaps<Timestamp>,
        until: Perhaps<Timestamp>,
        state: Perhaps<domain::licence::LeaseState>,
        idle_since: Perhaps<Option<Timestamp>>,
        protected_until: Perhaps<Timestamp>,
        /// Until when it is borrowed.
        borrowed_until: Perhaps<Option<Timestamp>>,
        /// Until when it is kept after it was given back.
        kept_until: Perhaps<Option<Timestamp>>,
        /// When it goes to somebody else, if that was announced.
        recalled_at: Perhaps<Option<Timestamp>>,
        /// For whom.
        recalled_for: Perhaps<Option<desk::licence::PersonName>>,
        /// Beyond the number of tokens.
        overdrawn: Perhaps<bool>,
        /// The how-manieth day pass of the licence.
        number: Perhaps<u32>,
        /// The place in line, from 1.
        place: Perhaps<u32>,
        /// Who waits before, first first.
        ahead: Perhaps<Vec<desk::licence::PersonName>>,
        /// Who holds the tokens.
        holders: Perhaps<Vec<desk::licence::PersonName>>,
        expected_wait: Perhaps<Option<jiff::SignedDuration>>,
        sentence: Perhaps<String>,
    }
    /// Where the caller stands.
    MySeatView as "MySeat" {
        /// What they work the base product with, or would.
        headline: Option<Standing>,
        /// Everything they have, modules included.
        all: Vec<Standing>,
        /// The token they lost last without wanting to, if that was lately.
        lost: Option<Lost>,
    }
    /// A token that somebody lost without giving it back.
    Lost as "LostToken" {
        licence: LicenceId,
        name: String,
        token: u32,
        at: Timestamp,
        /// How, as `stolen`, `recalled`, `reclaimed`, `revoked`, `idle_too_long` or `term_ended`.
        how: String,
        /// To whom, or by whom.
        to: Option<desk::licence::PersonName>,
    }
}

told! {
    /// A language to read.
    ChosenLanguage {
        /// Which.
        required language: Language,
    }
    /// Until when a token is borrowed.
    Borrowing {
        /// The first moment at which it is back.
        required until: Timestamp,
    }
    /// A token to make.
    NewToken {
        /// What it is for.
        required label: String,
        /// What it may be used for; everything that its owner may, if nothing is said.
        optional scopes: Vec<Capability>,
        /// For how many days, 1 to 366; 90, if nothing is said.
        optional expires_in_days: u16,
    }
    /// A service account to add.
    NewAccount {
        /// Its name, shown behind "via".
        required name: String,
    }
}

impl From<NewToken> for MakeToken {
    fn from(new: NewToken) -> Self {
        let NewToken { label, scopes, expires_in_days } = new;
        Self { label, scopes: scopes.unwrap_or_default(), expires_in_days }
    }
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, label, scopes, created_at, expires_at, last_used_at, .. } = token;
        let scopes = scopes.split_whitespace().map(str::to_owned).collect();
        Self { id, label, scopes, created_at, expires_at, last_used_at }
    }
}

impl From<ServiceAccount> for AccountView {
    fn from(ServiceAccount { id, name, active }: ServiceAccount) -> Self {
        Self { id, name, active }
    }
}

async fn me(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<MeView>> {
    let language = caller.authenticated.person.as_ref().and_then(|person| person.language);
    let me = app.desk.ask(caller.context(), Me).await?;
    let has = |capability: &Capability| me.capabilities.has(*capability);
    Ok(Json(MeView {
        authenticated_as: me.principal.authenticated_as,
        channel: me.principal.channel,
        external_identity: me.principal.external_identity,
        person: me.person.map(PersonView::from),
        capabilities: Capability::ALL.iter().copied().filter(has).collect(),
        language,
        at: me.at,
    }))
}

async fn choose_language(
    State(app): State<AppState>,
    call: Call<ChosenLanguage>,
) -> Result<Json<ChosenLanguageView>> {
    let language = app.desk.execute(call.ctx, ChooseLanguage { language: call.told.language }).await?;
    Ok(Json(ChosenLanguageView { language }))
}

async fn seat(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<MySeatView>> {
    Ok(Json(app.desk.ask(caller.context(), MySeat).await?))
}

macro_rules! standings {
    ($($handler:ident = $command:ident;)+) => {$(
        async fn $handler(
            State(app): State<AppState>,
            At(licence): At<LicenceId>,
            call: Call<()>,
        ) -> Result<Json<Standing>> {
            Ok(Json(app.desk.execute(call.ctx, $command { licence }).await?))
        }
    )+};
}

standings! {
    release = ReleaseToken;
    join = JoinQueue;
    leave = LeaveQueue;
    take = TakeOffer;
    decline = DeclineOffer;
}

async fn borrow(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<Borrowing>,
) -> Result<Json<Standing>> {
    Ok(Json(app.desk.execute(call.ctx, BorrowToken { licence, until: call.told.until }).await?))
}

async fn tokens(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<TokenView>>> {
    let ctx = caller.context();
    let person = ctx.principal.person_id().ok_or_else(|| Problem::not_found("person"))?;
    let tokens = app.desk.ask(ctx, Tokens { of: TokenOwner::Person(person) }).await?;
    Ok(Listed::whole(tokens.into_iter().map(TokenView::from).collect()))
}

async fn make_token(State(app): State<AppState>, call: Call<NewToken>) -> Result<Response> {
    let made = app.desk.execute(call.ctx, MakeToken::from(call.told)).await?;
    Ok(created(&format!("{API}/tokens/{}", made.id), &made))
}

async fn revoke_token(
    State(app): State<AppState>,
    At(token): At<TokenId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RevokeToken { token }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn accounts(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<AccountView>>> {
    let accounts = app.desk.ask(caller.context(), ServiceAccounts).await?;
    Ok(Listed::whole(accounts.into_iter().map(AccountView::from).collect()))
}

async fn add_account(State(app): State<AppState>, call: Call<NewAccount>) -> Result<Response> {
    let name = call.told.name.trim().to_owned();
    let id = app.desk.execute(call.ctx, AddServiceAccount { name: call.told.name }).await?;
    let view = AccountView { id, name, active: true };
    Ok(created(&format!("{API}/service-accounts/{id}/tokens"), view))
}

async fn end_account(
    State(app): State<AppState>,
    At(account): At<ServiceAccountId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, DeactivateServiceAccount { account }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn account_tokens(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(account): At<ServiceAccountId>,
) -> Result<Json<Listed<TokenView>>> {
    let query = Tokens { of: TokenOwner::ServiceAccount(account) };
    let tokens = app.desk.ask(caller.context(), query).await?;
    Ok(Listed::whole(tokens.into_iter().map(TokenView::from).collect()))
}

async fn make_account_token(
    State(app): State<AppState>,
    At(account): At<ServiceAccountId>,
    call: Call<NewToken>,
) -> Result<Response> {
    let owner = TokenOwner::ServiceAccount(account);
    let command = MakeTokenFor { owner, token: call.told.into() };
    let made = app.desk.execute(call.ctx, command).await?;
    Ok(created(&format!("{API}/tokens/{}", made.id), &made))
}
