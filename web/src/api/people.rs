//! People, groups, and what people hold and why.

use axum::{Json, extract::State, response::Response};
use desk::{
    data::{Person, Team},
    identity::{
        AddPerson, AddTeam, AddTeamMember, ChangePerson, LinkPurpose, MakeSignInLink, ManagerOf, People,
        PeopleCursor, PersonChanges, PersonDetail, PersonInDetail, RemoveTeamMember, RenameTeam, SetManager,
        SetRoles, TeamMembers, Teams,
    },
    licence::{ExplainHolding, HoldingExplained},
};
use domain::{
    GroupId, PersonId, Timestamp,
    identity::{Capability, Role},
};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    answer::{Listed, created, created_version, versioned},
    body::{Asked, At, At2, Call, told},
    operation::{self, delete, get, patch, post, put},
    wire::{Document, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes::API,
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    let time = json!({ "type": "string", "format": "date-time" });
    operation::Subject {
        tag: "people",
        about: "People and groups, what they hold and why.",
        operations: vec![
            get("list_people", "/people", list)
                .says("People by name, for who works here.")
                .asks("q", json!({ "type": "string" }), "Only those whose name or address contains this.")
                .paged()
                .lists::<PersonInList>(),
            post("add_person", "/people", add)
                .says("Add a person. They have no password: make them a sign-in link.")
                .needs(Capability::Admin)
                .takes::<NewPerson>(
                    json!({ "name": "Åsa Berg", "email": "asa.berg@example.org", "roles": ["agent"] }),
                )
                .creates::<PersonView>(),
            get("read_person", "/people/{person}", read)
                .says("One person: oneself, or anybody for who works here.")
                .answers::<PersonView>(),
            patch("change_person", "/people/{person}", change)
                .says("Change a person. Who is no longer active is signed out, and their seats are free.")
                .needs(Capability::Admin)
                .must_match()
                .takes::<PersonChange>(json!({ "title": "Technician" }))
                .answers::<PersonView>(),
            put("set_roles", "/people/{person}/roles", set_roles)
                .says("Give a person these roles and no others.")
                .needs(Capability::Admin)
                .takes::<RolesGiven>(json!({ "roles": ["agent"] }))
                .answers::<PersonView>(),
            get("read_manager", "/people/{person}/manager", manager)
                .says("Who leads a person, if anybody does: for themselves, and for who works here.")
                .answers::<Led>(),
            put("set_manager", "/people/{person}/manager", set_manager)
                .says("Say who leads a person; `null` for nobody. Whoever leads them sees where their tickets stand.")
                .needs(Capability::Admin)
                .takes::<ManagerSent>(json!({ "manager": null }))
                .answers::<Led>(),
            post("make_sign_in_link", "/people/{person}/sign-in-links", link)
                .says("Make a link that signs a person in, once. Signed in in a browser only.")
                .needs(Capability::Admin)
                .takes::<NewLinkFor>(json!({ "purpose": "sign_in" }))
                .creates::<SignInLink>(),
            get("read_holdings", "/people/{person}/licences", holdings)
                .says("What a person holds now, and why. Everybody may ask about themselves.")
                .answers::<HoldingExplained>(),
            get("explain_holdings", "/people/{person}/explain", explain)
                .says("What a person held at a moment, and why. Everybody may ask about themselves.")
                .asks("at", time, "The moment; now, if nothing is said.")
                .answers::<HoldingExplained>(),
            get("list_groups", "/groups", groups)
                .says("Groups by name, for who works here.")
                .lists::<GroupView>(),
            post("add_group", "/groups", add_group)
                .says("Add a group.")
                .needs(Capability::Admin)
                .takes::<GroupName>(json!({ "name": "Network" }))
                .creates::<GroupView>(),
            patch("rename_group", "/groups/{group}", rename_group)
                .says("Give a group another name.")
                .needs(Capability::Admin)
                .takes::<GroupName>(json!({ "name": "Networks" }))
                .answers::<GroupView>(),
            get("list_members", "/groups/{group}/members", members)
                .says("The members of a group by name, for who works here.")
                .lists::<PersonInList>(),
            put("add_member", "/groups/{group}/members/{person}", add_member)
                .says("Put a person into a group.")
                .needs(Capability::Admin),
            delete("remove_member", "/groups/{group}/members/{person}", remove_member)
                .says("Take a person out of a group.")
                .needs(Capability::Admin),
        ],
    }
}

/// A person in a list.
#[derive(Debug, Serialize)]
pub(super) struct PersonInList {
    id: PersonId,
    name: String,
    email: String,
    title: String,
    department: String,
    location: String,
    zone: String,
    active: bool,
}

/// Who leads a person.
#[derive(Debug, Serialize)]
pub(super) struct Led {
    manager: Option<PersonInList>,
}

/// A person in full.
#[derive(Debug, Serialize)]
pub(super) struct PersonView {
    #[serde(flatten)]
    person: PersonInList,
    version: u64,
    created_at: Timestamp,
    roles: Vec<Role>,
    capabilities: Vec<Capability>,
    groups: Vec<GroupView>,
}

/// A group.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    id: GroupId,
    name: String,
}

/// A link that signs somebody in.
#[derive(Debug, Serialize)]
struct SignInLink {
    url: String,
    expires_at: Timestamp,
}

wire! {
    /// A person in a list.
    PersonInList as "PersonInList" {
        id: PersonId,
        name: String,
        email: String,
        title: String,
        department: String,
        location: String,
        /// Their time zone, an IANA name.
        zone: String,
        /// Whether they may sign in.
        active: bool,
    }
    /// Who leads a person.
    Led as "Led" {
        manager: Option<PersonInList>,
    }
    /// A person.
    PersonView as "Person" + PersonInList {
        /// Grows with every change; the ETag.
        version: u64,
        created_at: Timestamp,
        roles: Vec<Role>,
        capabilities: Vec<Capability>,
        groups: Vec<GroupView>,
    }
    /// A group.
    GroupView as "Group" {
        id: GroupId,
        name: String,
    }
    /// A link that signs somebody in. Shown once.
    SignInLink as "SignInLink" {
        url: String,
        expires_at: Timestamp,
    }
    /// What a person held at a moment, and why.
    HoldingExplained as "Explanation" {
        name: String,
        /// The answer as a sentence, by the reader's clock.
        sentence: String,
        person: PersonId,
        at: Timestamp,
        /// Seats and tokens held.
        holds: Vec<Document>,
        /// Lines stood in.
        waits: Vec<Document>,
        /// The end of the last token before the moment, if nothing was held.
        last: Option<Document>,
    }
}

told! {
    /// A person to add.
    NewPerson {
        /// Their name.
        required name: String,
        /// Their address; nobody else has it.
        required email: String,
        /// Their job.
        optional title: String,
        /// Where in the organisation.
        optional department: String,
        /// Where in the world.
        optional location: String,
        /// Their time zone, an IANA name; UTC, if nothing is said.
        optional zone: String,
        /// Their roles; everybody is a requester.
        optional roles: Vec<Role>,
        /// Their groups.
        optional groups: Vec<GroupId>,
    }
    /// Who is to lead a person.
    ManagerSent {
        /// Their id; `null` for nobody.
        optional manager: PersonId,
    }
    /// What changes about a person; what is left out stays.
    PersonChange {
        /// Their name.
        optional name: String,
        /// Their address.
        optional email: String,
        /// Their job.
        optional title: String,
        /// Where in the organisation.
        optional department: String,
        /// Where in the world.
        optional location: String,
        /// Their time zone.
        optional zone: String,
        /// Whether they may sign in.
        optional active: bool,
    }
    /// Roles.
    RolesGiven {
        /// All of them; the others are taken away.
        required roles: Vec<Role>,
    }
    /// A link to make.
    NewLinkFor {
        /// `sign_in`, or `new_password` to have them choose another.
        optional purpose: String,
        /// How long it lasts, at most 7 days; a day, if nothing is said.
        optional minutes: u32,
    }
    /// A group's name.
    GroupName {
        /// No two groups have one name.
        required name: String,
    }
}

impl From<Person> for PersonInList {
    fn from(person: Person) -> Self {
        let Person { id, name, email, title, department, location, zone, active, .. } = person;
        Self { id, name, email, title, department, location, zone, active }
    }
}

impl From<Team> for GroupView {
    fn from(Team { id, name }: Team) -> Self {
        Self { id, name }
    }
}

impl From<PersonInDetail> for PersonView {
    fn from(detail: PersonInDetail) -> Self {
        let has = |capability: &Capability| detail.capabilities.has(*capability);
        Self {
            version: detail.person.version,
            created_at: detail.person.created_at,
            capabilities: Capability::ALL.iter().copied().filter(has).collect(),
            person: detail.person.into(),
            roles: detail.roles,
            groups: detail.teams.into_iter().map(GroupView::from).collect(),
        }
    }
}

async fn person(app: &AppState, look: desk::Context, person: PersonId) -> Result<PersonView> {
    Ok(app.desk.ask(look, PersonDetail { person }).await?.into())
}

async fn list(
    State(app): State<AppState>,
    caller: ApiCaller,
    asked: Asked,
) -> Result<Json<Listed<PersonInList>>> {
    let (search, page) = asked.read(|query| Some((query.optional("q", "text"), query.paging())))?;
    let after = page.after.as_deref().map(|after| {
        let halves = after.split_once('~').and_then(|(id, name)| Some((id.parse().ok()?, name.to_owned())));
        let halves = halves.map(|(id, name)| PeopleCursor { name, id });
        halves.ok_or_else(|| {
            Problem::field("after", "is no place in this list; use the `next` of the page before")
        })
    });
    let query = People { search, after: after.transpose()?, limit: page.limit };
    let found = app.desk.ask(caller.context(), query).await?;
    let next = found.next.map(|cursor| format!("{}~{}", cursor.id, cursor.name));
    Ok(Listed::new(found.people.into_iter().map(|(person, _)| person.into()).collect(), next))
}

async fn add(State(app): State<AppState>, call: Call<NewPerson>) -> Result<Response> {
    let look = call.look();
    let NewPerson { name, email, title, department, location, zone, roles, groups } = call.told;
    let command = AddPerson {
        name,
        email,
        title: title.unwrap_or_default(),
        department: department.unwrap_or_default(),
        location: location.unwrap_or_default(),
        zone,
        roles: roles.unwrap_or_default(),
        teams: groups.unwrap_or_default(),
    };
    let id = app.desk.execute(call.ctx, command).await?;
    let view = person(&app, look, id).await?;
    Ok(created_version(&format!("{API}/people/{id}"), view.version, &view))
}

async fn read(State(app): State<AppState>, caller: ApiCaller, At(id): At<PersonId>) -> Result<Response> {
    let view = person(&app, caller.context(), id).await?;
    Ok(versioned(view.version, &view))
}

async fn change(
    State(app): State<AppState>,
    At(id): At<PersonId>,
    call: Call<PersonChange>,
) -> Result<Response> {
    let (look, version) = (call.look(), call.version()?);
    let PersonChange { name, email, title, department, location, zone, active } = call.told;
    let changes = PersonChanges { name, email, title, department, location, zone, active };
    app.desk.execute(call.ctx, ChangePerson { person: id, version, changes }).await?;
    let view = person(&app, look, id).await?;
    Ok(versioned(view.version, &view))
}

async fn manager(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(person): At<PersonId>,
) -> Result<Json<Led>> {
    let manager = app.desk.ask(caller.context(), ManagerOf { person }).await?;
    Ok(Json(Led { manager: manager.map(PersonInList::from) }))
}

async fn set_manager(
    State(app): State<AppState>,
    At(person): At<PersonId>,
    call: Call<ManagerSent>,
) -> Result<Json<Led>> {
    let look = call.look();
    app.desk.execute(call.ctx, SetManager { person, manager: call.told.manager }).await?;
    let manager = app.desk.ask(look, ManagerOf { person }).await?;
    Ok(Json(Led { manager: manager.map(PersonInList::from) }))
}

async fn set_roles(
    State(app): State<AppState>,
    At(id): At<PersonId>,
    call: Call<RolesGiven>,
) -> Result<Response> {
    let look = call.look();
    app.desk.execute(call.ctx, SetRoles { person: id, roles: call.told.roles }).await?;
    let view = person(&app, look, id).await?;
    Ok(versioned(view.version, &view))
}

async fn link(State(app): State<AppState>, At(id): At<PersonId>, call: Call<NewLinkFor>) -> Result<Response> {
    let purpose = match call.told.purpose.as_deref() {
        None | Some("sign_in") => LinkPurpose::SignIn,
        Some("new_password") => LinkPurpose::NewPassword,
        Some(_) => return Err(Problem::field("purpose", "must be sign_in or new_password")),
    };
    let minutes = call.told.minutes.unwrap_or(24 * 60);
    let made = app.desk.execute(call.ctx, MakeSignInLink { person: id, purpose, minutes }).await?;
    let base = app.config.base_url.as_deref().unwrap_or_default();
    let url = format!("{base}/sign-in/{}", made.secret.reveal());
    Ok(created(&format!("{API}/people/{id}"), SignInLink { url, expires_at: made.expires_at }))
}

async fn holdings(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(person): At<PersonId>,
) -> Result<Json<HoldingExplained>> {
    Ok(Json(app.desk.ask(caller.context(), ExplainHolding { person, at: None }).await?))
}

async fn explain(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(person): At<PersonId>,
    asked: Asked,
) -> Result<Json<HoldingExplained>> {
    let at =
        asked.read(|query| Some(query.optional::<Timestamp>("at", "a time such as 2026-03-01T09:30:00Z")))?;
    Ok(Json(app.desk.ask(caller.context(), ExplainHolding { person, at }).await?))
}

async fn groups(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<GroupView>>> {
    let teams = app.desk.ask(caller.context(), Teams).await?;
    Ok(Listed::whole(teams.into_iter().map(GroupView::from).collect()))
}

async fn add_group(State(app): State<AppState>, call: Call<GroupName>) -> Result<Response> {
    let look = call.look();
    let id = app.desk.execute(call.ctx, AddTeam { name: call.told.name }).await?;
    Ok(created(&format!("{API}/groups/{id}/members"), group(&app, look, id).await?))
}

async fn rename_group(
    State(app): State<AppState>,
    At(id): At<GroupId>,
    call: Call<GroupName>,
) -> Result<Json<GroupView>> {
    let look = call.look();
    app.desk.execute(call.ctx, RenameTeam { team: id, name: call.told.name }).await?;
    group(&app, look, id).await.map(Json)
}

async fn group(app: &AppState, look: desk::Context, id: GroupId) -> Result<GroupView> {
    let teams = app.desk.ask(look, Teams).await?;
    let found = teams.into_iter().find(|team| team.id == id);
    found.map(GroupView::from).ok_or_else(|| crate::Problem::not_found("group"))
}

async fn members(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(team): At<GroupId>,
) -> Result<Json<Listed<PersonInList>>> {
    let people = app.desk.ask(caller.context(), TeamMembers { team }).await?;
    Ok(Listed::whole(people.into_iter().map(PersonInList::from).collect()))
}

async fn add_member(
    State(app): State<AppState>,
    At2(team, person): At2<GroupId, PersonId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, AddTeamMember { team, person }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_member(
    State(app): State<AppState>,
    At2(team, person): At2<GroupId, PersonId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RemoveTeamMember { team, person }).await?;
    Ok(StatusCode::NO_CONTENT)
}
