//! Licences: seats, tokens, the line, denials and use; and what a licence manager does to them.

use axum::{Json, extract::State, response::Response};
use desk::licence::{
    AddLicence, AssignSeat, CapacityChange, ChangeLicence, DenialNext, DenialView, Denials, EndEntitlement,
    Entitle, Entitled, EntitledPeople, EntitledPerson, ForceRelease, GrantGrace, GroupUse, HourUse,
    LevelBucket, LevelStep, LevelTime, LicenceDetail, LicenceDetailView, LicenceList, LicenceSeats,
    LicenceSummary, LicenceUsage, OfferView, Page, PassView, PersonName, PersonUse, QueueEntryView,
    QueueView, RelateLicence, RevokeSeat, SeatAssigned, SeatHolderView, SeatView, ShareOut, TermDates,
    TokenView, UsagePeak, UsageView,
};
use domain::{
    AssignmentId, DenialId, GroupId, LeaseId, LicenceId, PersonId, QueueEntryId, SeatId, TicketId, Timestamp,
    identity::{Capability, Channel},
    licence::{
        Action, Cause, DenialClass, DenialReason, GroupLimit, LeaseState, Metric, Module, Origin, PoolAccess,
        PoolRules, Priority, Relations, Reservation, Share, Shift, TermPhase, pool::WaitEnd,
        usage::Resolution,
    },
    sla::Week,
};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    answer::{Listed, created, created_version, versioned},
    body::{Asked, At, At2, Call, told},
    operation::{self, delete, get, patch, post},
    wire::{Wire, wire},
};
use crate::{
    context::ApiCaller,
    problem::{Problem, Result},
    routes::API,
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    const SOMEBODY: &str = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42";
    let time = || json!({ "type": "string", "format": "date-time" });
    let resolution = || json!({ "type": "string", "enum": Resolution::ALL });
    operation::Subject {
        tag: "licences",
        about: "Who holds which seat or token, who waits, and what a licence manager does about it.",
        operations: vec![
            get("list_licences", "/licences", list)
                .says("All licences with their counts, in order of preference.")
                .needs(Capability::LicenceRead)
                .lists::<LicenceSummary>(),
            post("add_licence", "/licences", add)
                .says("Add a licence. An exclusive one gets its seats at once.")
                .needs(Capability::LicenceManage)
                .takes::<NewLicence>(json!({
                    "name": "Service desk", "product": "freehold", "metric": "concurrent", "quantity": 10,
                    "term": { "starts_at": "2026-01-01T00:00:00Z", "ends_at": null },
                }))
                .creates::<LicenceDetailView>(),
            get("read_licence", "/licences/{licence}", read)
                .says("One licence with everybody on it.")
                .needs(Capability::LicenceRead)
                .answers::<LicenceDetailView>(),
            patch("change_licence", "/licences/{licence}", change)
                .says("Change name, quantity, term or rules. Nobody is thrown out by a smaller quantity.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<LicenceChange>(json!({ "quantity": 12 }))
                .answers::<LicenceDetailView>(),
            patch("share_out_licence", "/licences/{licence}/access", share_out)
                .says("Say who may take the tokens of a pool: kept for groups, limited, left out, in shifts. Takes the place of what was said before.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<NewAccess>(json!({ "access": { "reservations": [{ "group": SOMEBODY, "tokens": 2, "elastic": true }] } }))
                .answers::<LicenceDetailView>(),
            patch("grant_grace", "/licences/{licence}/grace", grace)
                .says("Let a licence go on for some days after its term.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<NewGrace>(json!({ "days": 14 }))
                .answers::<LicenceDetailView>(),
            patch("relate_licence", "/licences/{licence}/relations", relate)
                .says("Say which other licences the holders of this one must have, and must not.")
                .needs(Capability::LicenceManage)
                .must_match()
                .takes::<NewRelations>(json!({ "relations": { "requires": [SOMEBODY] } }))
                .answers::<LicenceDetailView>(),
            get("list_seats", "/licences/{licence}/seats", seats)
                .says("The seats of an exclusive licence by number, with their holders.")
                .needs(Capability::LicenceRead)
                .paged()
                .lists::<SeatView>(),
            post("assign_seat", "/licences/{licence}/assignments", assign)
                .says("Put a person on a seat. Over-assignment is refused here, so that no holder is refused at work.")
                .needs(Capability::LicenceManage)
                .takes::<NewAssignment>(json!({ "person": SOMEBODY, "justification": "Runs the night shift alone." }))
                .creates::<SeatAssigned>(),
            delete("revoke_seat", "/licences/{licence}/assignments/{assignment}", revoke)
                .says("Take a person off a seat.")
                .needs(Capability::LicenceManage)
                .takes::<Because>(json!({ "because": "Moved to another department." })),
            get("list_leases", "/licences/{licence}/leases", leases)
                .says("The tokens held, by number.")
                .needs(Capability::LicenceRead)
                .lists::<TokenView>(),
            delete("take_token_away", "/licences/{licence}/leases/{person}", force)
                .says("Take a token away from its holder, for those who wait.")
                .needs(Capability::LicenceManage)
                .takes::<Because>(json!({ "because": "The plant is down and she is on holiday." })),
            get("read_line", "/licences/{licence}/queue", queue)
                .says("The line for a licence, first first.")
                .needs(Capability::LicenceRead)
                .lists::<QueueEntryView>(),
            get("list_denials", "/licences/{licence}/denials", denials)
                .says("Refused checkouts, latest first, and whether each kept somebody from working.")
                .needs(Capability::LicenceRead)
                .asks("since", time(), "Since when; the last 30 days, if nothing is said.")
                .paged()
                .lists::<DenialView>(),
            get("read_usage", "/licences/{licence}/usage", usage)
                .says("How many tokens were held over a range of time, and by whom, exactly.")
                .needs(Capability::LicenceRead)
                .asks("from", time(), "The first moment; a week before `until`, if nothing is said.")
                .asks("until", time(), "The first moment after; now, if nothing is said.")
                .asks("resolution", resolution(), "How finely; exactly up to 31 days and by days beyond, if nothing is said.")
                .answers::<UsageView>(),
            get("list_entitled", "/licences/{licence}/entitlements", entitled)
                .says("The people who may take tokens of a licence, by name.")
                .needs(Capability::LicenceRead)
                .paged()
                .lists::<EntitledPerson>(),
            post("entitle", "/licences/{licence}/entitlements", entitle)
                .says("Let people take tokens of a concurrent licence.")
                .needs(Capability::LicenceManage)
                .takes::<NewEntitlements>(json!({ "people": [SOMEBODY] }))
                .answers::<Entitled>(),
            delete("end_entitlement", "/licences/{licence}/entitlements/{person}", end_entitlement)
                .says("End a person's right to tokens; the token they hold, or their place in line, ends with it.")
                .needs(Capability::LicenceManage),
        ],
    }
}

wire! {
    /// A licence with its counts.
    LicenceSummary as "LicenceSummary" {
        id: LicenceId,
        name: String,
        product: String,
        /// The feature set it unlocks; null is the base product.
        module: Option<Module>,
        metric: Metric,
        /// Seats or tokens.
        quantity: u32,
        starts_at: Timestamp,
        ends_at: Option<Timestamp>,
        phase: TermPhase,
        /// People who may take its tokens.
        entitled: u64,
        /// Seats that are somebody's.
        assigned: u64,
        /// Tokens held.
        in_use: u64,
        offered: u64,
        waiting: u64,
        /// Denials since the reader's day began.
        denials_today: u64,
    }
    /// A licence with everybody on it.
    LicenceDetailView as "Licence" + LicenceSummary {
        /// Grows with every change of name, quantity, term or rules; the ETag.
        version: u64,
        rules: PoolRules,
        access: PoolAccess,
        /// For how many days it goes on after its term.
        grace_days: u32,
        relations: Relations,
        /// The latest day passes that were taken.
        passes: Vec<PassView>,
        /// The first seats of an exclusive licence.
        seats: Page<SeatView>,
        /// The tokens held.
        tokens: Vec<TokenView>,
        /// The tokens that anybody may take.
        free: u32,
        /// The line, first first.
        queue: Vec<QueueEntryView>,
    }
    /// How the tokens of a pool behave: ISO 8601 durations.
    PoolRules as "PoolRules" {
        ttl: SignedDuration,
        drift: SignedDuration,
        revival_window: SignedDuration,
        idle_after: SignedDuration,
        offer_window: SignedDuration,
        /// How long a token that was given back is kept for its holder, unless somebody else needs it.
        linger: SignedDuration,
        /// How long a holder may be idle at most, even when nobody waits.
        idle_timeout: Option<SignedDuration>,
        /// How long before an idle holder loses their token to somebody who waits they are told so; null never.
        steal_notice: Option<SignedDuration>,
        /// How long before somebody loses a token they were lent they are told so.
        recall_notice: SignedDuration,
        /// How long one may have to let more pressing people pass in line.
        patience: SignedDuration,
        /// How many more tokens than there are may be granted, to be counted apart.
        overdraft: u32,
        /// How long a token may be borrowed for work without a connection; not at all if null.
        borrow_longest: Option<SignedDuration>,
        /// How many tokens must stay when some are borrowed.
        borrow_low_water: u32,
    }
    /// Who may take the tokens of a pool.
    PoolAccess as "PoolAccess" {
        /// Tokens kept for groups, the most important group first.
        reservations: Vec<Reservation>,
        /// The most tokens that members of a group hold at once.
        limits: Vec<GroupLimit>,
        /// If not empty, only members of these groups take tokens.
        include: Vec<GroupId>,
        /// Members of these groups take none.
        exclude: Vec<GroupId>,
        /// If not empty, tokens are granted only while one of these is open.
        shifts: Vec<Shift>,
    }
    /// Tokens kept for a group.
    Reservation as "Reservation" {
        group: GroupId,
        tokens: u32,
        /// Lent while the group does not need them.
        elastic: bool,
    }
    /// The most that a group holds.
    GroupLimit as "GroupLimit" {
        group: GroupId,
        most: u32,
    }
    /// Hours by the clock on a wall.
    Shift as "Shift" {
        /// An IANA time zone.
        zone: String,
        week: Week,
    }
    /// What a licence asks of the others that its holder has.
    Relations as "Relations" {
        requires: Vec<LicenceId>,
        conflicts: Vec<LicenceId>,
    }
    /// A day pass that was taken.
    PassView as "DayPass" {
        number: u32,
        person: PersonName,
        day: String,
        zone: String,
        taken_at: Timestamp,
        until: Timestamp,
        taken_by: Cause,
    }
    /// What made somebody take a token.
    Cause as "Cause" {
        action: Action,
        ticket: Option<TicketId>,
        channel: Channel,
    }
    /// A seat.
    SeatView as "Seat" {
        seat: SeatId,
        number: u32,
        /// Whose it is; null while it is vacant.
        holder: Option<SeatHolderView>,
    }
    /// Who is on a seat, and why.
    SeatHolderView as "SeatHolder" {
        person: PersonName,
        assignment: AssignmentId,
        justification: String,
        origin: Origin,
        approver: Option<PersonName>,
        since: Timestamp,
        next_review_at: Option<Timestamp>,
    }
    /// A token and its holder.
    TokenView as "HeldToken" {
        token: u32,
        holder: PersonName,
        lease: LeaseId,
        /// The fencing number.
        fence: u64,
        state: LeaseState,
        since: Timestamp,
        taken_by: Cause,
        last_seen_at: Timestamp,
        last_active_at: Timestamp,
        /// When it is free for others if they stay silent.
        expires_at: Timestamp,
        share: Share,
        /// Beyond the number of tokens.
        overdrawn: bool,
        borrowed_until: Option<Timestamp>,
        /// For whom its end is announced.
        recalled_for: Option<PersonName>,
    }
    /// A place in line.
    QueueEntryView as "QueueEntry" {
        entry: QueueEntryId,
        /// From 1.
        place: u32,
        person: PersonName,
        since: Timestamp,
        wanted_for: Action,
        offer: Option<OfferView>,
        priority: Priority,
    }
    /// A token kept for somebody.
    OfferView as "Offer" {
        token: u32,
        until: Timestamp,
    }
    /// A refused checkout, judged.
    DenialView as "Denial" {
        id: DenialId,
        person: PersonName,
        at: Timestamp,
        reason: DenialReason,
        cause: Cause,
        /// When they got a token of the same product next.
        served_at: Option<Timestamp>,
        /// Whether it kept them from working.
        class: DenialClass,
        /// What they did next.
        next: DenialNext,
    }
    /// How many tokens were held over a range of time.
    UsageView as "Usage" {
        /// How many tokens there are now.
        quantity: u32,
        /// How finely the levels are told.
        resolution: Resolution,
        /// The level from each of its changes on; empty unless the resolution is exact.
        levels: Vec<LevelStep>,
        /// The levels of each stretch; empty if the resolution is exact.
        buckets: Vec<LevelBucket>,
        /// Changes of the number of tokens inside the range.
        capacity: Vec<CapacityChange>,
        peak: Option<UsagePeak>,
        /// The lowest level that was not exceeded for 95 % of the time.
        level_95: Option<u32>,
        /// How long each level lasted.
        histogram: Vec<LevelTime>,
        /// All holds together.
        held_seconds: i64,
        /// How much of that was work: from each licensed act until the pool calls its holder idle.
        active_seconds: i64,
        /// How much of it tokens were kept for those who had given them back.
        lingering_seconds: i64,
        /// For how long more tokens were held than there were.
        overdraft_seconds: i64,
        /// How many people held a token.
        people: usize,
        /// Those who held the longest, at most 200, longest first.
        by_person: Vec<PersonUse>,
        /// The same by group; who belongs to several counts in each.
        by_group: Vec<GroupUse>,
        /// The hours of the week by the reader's clock, Monday's first.
        by_hour_of_week: Vec<HourUse>,
    }
    /// The levels of a stretch of time.
    LevelBucket as "LevelBucket" {
        at: Timestamp,
        seconds: i64,
        low: u32,
        peak: u32,
        /// When the highest level was first reached.
        peak_at: Timestamp,
        held_seconds: i64,
    }
    /// How long a level lasted.
    LevelTime as "LevelTime" {
        level: u32,
        seconds: i64,
    }
    /// How long somebody held tokens.
    PersonUse as "PersonUse" {
        person: PersonName,
        held_seconds: i64,
        active_seconds: i64,
        lingering_seconds: i64,
    }
    /// The use of an hour of the week.
    GroupUse as "GroupUse" {
        group: GroupId,
        name: String,
        /// How many of its members held a token.
        people: usize,
        held_seconds: i64,
        active_seconds: i64,
        lingering_seconds: i64,
    }
    HourUse as "HourUse" {
        /// 1 for Monday to 7 for Sunday.
        day: u32,
        /// 0 to 23.
        hour: u32,
        /// How much time of the range fell into it.
        seconds: i64,
        held_seconds: i64,
        peak: u32,
    }
    /// The number of tokens held from a moment on.
    LevelStep as "LevelStep" {
        at: Timestamp,
        level: u32,
    }
    /// More or fewer tokens.
    CapacityChange as "CapacityChange" {
        at: Timestamp,
        from: u32,
        to: u32,
    }
    /// The highest level of a range.
    UsagePeak as "UsagePeak" {
        level: u32,
        at: Timestamp,
        holders: Vec<PersonName>,
    }
    /// Somebody who may take tokens.
    EntitledPerson as "EntitledPerson" + PersonName {
        email: String,
        title: String,
        active: bool,
        since: Timestamp,
    }
    /// How many were not entitled before.
    Entitled as "Entitled" {
        added: u32,
    }
    /// The seat that a person was put on.
    SeatAssigned as "SeatAssigned" {
        assignment: AssignmentId,
        seat_number: u32,
    }
    /// From when until when.
    TermDates as "Term" {
        starts_at: Timestamp,
        /// The first moment after use; without end if null.
        ends_at: Option<Timestamp>,
    }
}

impl Wire for DenialNext {
    const NAME: Option<&'static str> = Some("DenialNext");

    fn shape(book: &mut super::wire::Book) -> Value {
        json!({
            "type": "object",
            "description": "What somebody did after they were refused; the other fields go with it.",
            "properties": {
                "did": { "type": "string", "enum": ["served", "waiting", "gave_up", "instead", "nothing"] },
                "at": Timestamp::schema(book),
                "since": Timestamp::schema(book),
                "how": WaitEnd::schema(book),
                "action": Action::schema(book),
            },
            "required": ["did"],
        })
    }
}

impl<T: Wire> Wire for Page<T> {
    fn shape(book: &mut super::wire::Book) -> Value {
        json!({
            "type": "object",
            "properties": {
                "items": { "type": "array", "items": T::schema(book) },
                "next": { "type": ["string", "null"] },
            },
            "required": ["items", "next"],
        })
    }
}

/// The rules of a pool as they are sent: what is left out is as usual.
#[derive(Debug)]
pub(crate) struct RulesSent(PoolRules);

impl Wire for RulesSent {
    const NAME: Option<&'static str> = Some("PoolRulesSent");

    fn shape(book: &mut super::wire::Book) -> Value {
        let mut shape = PoolRules::shape(book);
        shape["required"] = json!([]);
        shape
    }
}

impl<'de> serde::Deserialize<'de> for RulesSent {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        PoolRules::deserialize(from).map(Self)
    }
}

/// Changes of the rules of a pool: what is left out stays.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct RulesChange(serde_json::Map<String, Value>);

impl Wire for RulesChange {
    const NAME: Option<&'static str> = Some("PoolRulesChange");

    fn shape(book: &mut super::wire::Book) -> Value {
        RulesSent::shape(book)
    }
}

impl RulesChange {
    /// The rules after the change.
    fn of(self, rules: &PoolRules) -> Result<PoolRules> {
        let unreadable = |error: serde_json::Error| Problem::field("rules", error.to_string());
        let mut document = serde_json::to_value(rules).map_err(unreadable)?;
        if let Some(fields) = document.as_object_mut() {
            fields.extend(self.0);
        }
        serde_json::from_value(document).map_err(unreadable)
    }
}

macro_rules! sent {
    ($($name:ident = $type:ident as $wire:literal;)+) => {$(
        /// As it is sent: what is left out says nothing.
        #[derive(Debug)]
        pub(crate) struct $name($type);

        impl Wire for $name {
            const NAME: Option<&'static str> = Some($wire);

            fn shape(book: &mut super::wire::Book) -> Value {
                let mut shape = $type::shape(book);
                shape["required"] = json!([]);
                shape
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $type::deserialize(from).map(Self)
            }
        }
    )+};
}

sent! {
    AccessSent = PoolAccess as "PoolAccessSent";
    RelationsSent = Relations as "RelationsSent";
}

told! {
    /// A licence to add.
    NewLicence {
        /// What people call it; no two licences have one name.
        required name: String,
        /// The product that was bought.
        required product: String,
        /// The feature set it unlocks; the base product, if nothing is said.
        optional module: Module,
        /// How it is counted.
        required metric: Metric,
        /// Seats or tokens; 0 for requesters.
        optional quantity: u32,
        /// From when until when.
        required term: TermDates,
        /// How its tokens behave; what is left out is as usual.
        optional rules: RulesSent,
    }
    /// What changes about a licence; what is left out stays.
    LicenceChange {
        /// What people call it.
        optional name: String,
        /// Seats or tokens.
        optional quantity: u32,
        /// From when until when.
        optional term: TermDates,
        /// How its tokens behave.
        optional rules: RulesChange,
    }
    /// Who may take the tokens of a pool.
    NewAccess {
        /// In place of what was said before.
        required access: AccessSent,
    }
    /// For how long a licence goes on.
    NewGrace {
        /// Days of 24 hours after the end of the term; 0 for none, at most 92.
        required days: u32,
    }
    /// What a licence asks of others.
    NewRelations {
        /// In place of what was said before.
        required relations: RelationsSent,
    }
    /// A person for a seat.
    NewAssignment {
        /// Whom.
        required person: PersonId,
        /// Why they need a seat of their own, as a sentence.
        required justification: String,
        /// When it is looked at again.
        optional next_review_at: Timestamp,
    }
    /// Why.
    Because {
        /// As a sentence; it is kept with the record.
        required because: String,
    }
    /// People who may take tokens.
    NewEntitlements {
        /// At most 1,000 at once.
        required people: Vec<PersonId>,
    }
}

async fn list(State(app): State<AppState>, caller: ApiCaller) -> Result<Json<Listed<LicenceSummary>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), LicenceList).await?))
}

async fn detail(app: &AppState, look: desk::Context, licence: LicenceId) -> Result<LicenceDetailView> {
    Ok(app.desk.ask(look, LicenceDetail { licence }).await?)
}

async fn add(State(app): State<AppState>, call: Call<NewLicence>) -> Result<Response> {
    let look = call.look();
    let NewLicence { name, product, module, metric, quantity, term, rules } = call.told;
    let rules = rules.map(|RulesSent(rules)| rules).unwrap_or_default();
    let quantity = quantity.unwrap_or_default();
    let command = AddLicence { name, product, module, metric, quantity, term, rules };
    let id = app.desk.execute(call.ctx, command).await?;
    let view = detail(&app, look, id).await?;
    Ok(created_version(&format!("{API}/licences/{id}"), view.version, &view))
}

async fn read(State(app): State<AppState>, caller: ApiCaller, At(id): At<LicenceId>) -> Result<Response> {
    let view = detail(&app, caller.context(), id).await?;
    Ok(versioned(view.version, &view))
}

async fn change(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<LicenceChange>,
) -> Result<Response> {
    let (before, look, version) = (call.look(), call.look(), Some(call.version()?));
    let LicenceChange { name, quantity, term, rules } = call.told;
    let rules = match rules {
        None => None,
        // Nothing comes between this look and the change: the change is for the version that the caller names.
        Some(change) => {
            let now = app.desk.ask(before, LicenceDetail { licence }).await?;
            Some(change.of(&now.rules)?)
        }
    };
    app.desk.execute(call.ctx, ChangeLicence { licence, version, name, quantity, term, rules }).await?;
    let view = detail(&app, look, licence).await?;
    Ok(versioned(view.version, &view))
}

async fn share_out(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewAccess>,
) -> Result<Response> {
    let (look, version) = (call.look(), Some(call.version()?));
    let AccessSent(access) = call.told.access;
    app.desk.execute(call.ctx, ShareOut { licence, version, access }).await?;
    let view = detail(&app, look, licence).await?;
    Ok(versioned(view.version, &view))
}

async fn grace(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewGrace>,
) -> Result<Response> {
    let (look, version) = (call.look(), Some(call.version()?));
    app.desk.execute(call.ctx, GrantGrace { licence, version, days: call.told.days }).await?;
    let view = detail(&app, look, licence).await?;
    Ok(versioned(view.version, &view))
}

async fn relate(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewRelations>,
) -> Result<Response> {
    let (look, version) = (call.look(), Some(call.version()?));
    let RelationsSent(relations) = call.told.relations;
    app.desk.execute(call.ctx, RelateLicence { licence, version, relations }).await?;
    let view = detail(&app, look, licence).await?;
    Ok(versioned(view.version, &view))
}

async fn seats(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
    asked: Asked,
) -> Result<Json<Page<SeatView>>> {
    let page = asked.paging()?;
    let query = LicenceSeats { licence, after: page.after, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn assign(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewAssignment>,
) -> Result<Response> {
    let NewAssignment { person, justification, next_review_at } = call.told;
    let command = AssignSeat { licence, person, justification, origin: Origin::Manual, next_review_at };
    let assigned = app.desk.execute(call.ctx, command).await?;
    let place = format!("{API}/licences/{licence}/assignments/{}", assigned.assignment);
    Ok(created(&place, assigned))
}

async fn revoke(
    State(app): State<AppState>,
    At2(_, assignment): At2<LicenceId, AssignmentId>,
    call: Call<Because>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, RevokeSeat { assignment, because: call.told.because }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn leases(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
) -> Result<Json<Listed<TokenView>>> {
    Ok(Listed::whole(detail(&app, caller.context(), licence).await?.tokens))
}

async fn force(
    State(app): State<AppState>,
    At2(licence, person): At2<LicenceId, PersonId>,
    call: Call<Because>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, ForceRelease { licence, person, because: call.told.because }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn queue(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
) -> Result<Json<Listed<QueueEntryView>>> {
    Ok(Listed::whole(app.desk.ask(caller.context(), QueueView { licence }).await?))
}

const TIME: &str = "a time such as 2026-03-01T09:30:00Z";

/// So long before a moment; the beginning of time rather than an error.
fn before(moment: Timestamp, hours: i64) -> Timestamp {
    moment.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
}

async fn denials(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
    asked: Asked,
) -> Result<Json<Page<DenialView>>> {
    let (since, page) =
        asked.read(|query| Some((query.optional::<Timestamp>("since", TIME), query.paging())))?;
    let since = since.unwrap_or_else(|| before(app.now(), 30 * 24));
    let query = Denials { licence, since, after: page.after, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn usage(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
    asked: Asked,
) -> Result<Json<UsageView>> {
    const FINENESS: &str = "exact, quarter_hour, hour or day";
    let (from, until, resolution) = asked.read(|query| {
        let range = (query.optional::<Timestamp>("from", TIME), query.optional::<Timestamp>("until", TIME));
        Some((range.0, range.1, query.optional::<Resolution>("resolution", FINENESS)))
    })?;
    let until = until.unwrap_or_else(|| app.now());
    let from = from.unwrap_or_else(|| before(until, 7 * 24));
    Ok(Json(app.desk.ask(caller.context(), LicenceUsage { licence, from, until, resolution }).await?))
}

async fn entitled(
    State(app): State<AppState>,
    caller: ApiCaller,
    At(licence): At<LicenceId>,
    asked: Asked,
) -> Result<Json<Page<EntitledPerson>>> {
    let page = asked.paging()?;
    let query = EntitledPeople { licence, after: page.after, limit: page.limit };
    Ok(Json(app.desk.ask(caller.context(), query).await?))
}

async fn entitle(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewEntitlements>,
) -> Result<Json<Entitled>> {
    Ok(Json(app.desk.execute(call.ctx, Entitle { licence, people: call.told.people }).await?))
}

async fn end_entitlement(
    State(app): State<AppState>,
    At2(licence, person): At2<LicenceId, PersonId>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, EndEntitlement { licence, person }).await?;
    Ok(StatusCode::NO_CONTENT)
}
