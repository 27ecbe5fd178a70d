//! The licence protocol: other software in the organisation takes tokens of the same pools. `docs/licence-protocol.md`
//! has it on one page.

use axum::{Json, extract::State, response::Response};
use desk::licence::{CheckOut, CheckedOut, Checkout, InLine, KeptHold, RecallNotice, ReturnCheckout};
use domain::{
    LeaseId, LicenceId, Timestamp,
    licence::{DenialReason, Grant, LeaseState, RecallReason},
};
use http::StatusCode;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;

use super::{
    answer::created,
    body::{At, At2, Call, told},
    operation::{self, delete, post},
    wire::wire,
};
use crate::{
    problem::{Kind, Problem, Result},
    routes::API,
    state::AppState,
};

pub(super) fn subject() -> operation::Subject {
    operation::Subject {
        tag: "checkouts",
        about: "The licence protocol: other software in the organisation takes tokens of the same pools as the desk.",
        operations: vec![
            post("check_out", "/licences/{licence}/checkouts", check_out)
                .says("Take a token for other software. Whoever holds one already holds it, whoever is offered one takes it, and whoever waits keeps their place.")
                .takes::<NewCheckout>(json!({ "software": "CAD workstation" }))
                .creates::<CheckoutView>()
                .refuses(Kind::SeatQueued),
            post("keep_checkout", "/licences/{licence}/checkouts/{fence}/heartbeat", keep)
                .says("Say that the software is still there, so that the hold with this fencing number goes on. It is no act, and is not in the audit log.")
                .may_take::<SignOfLife>(json!({ "active": true }))
                .answers::<KeptView>()
                .refuses(Kind::LeaseLost),
            delete("return_checkout", "/licences/{licence}/checkouts/{fence}", give_back)
                .says("Give the token back; it is offered to the line at once.")
                .refuses(Kind::LeaseLost),
        ],
    }
}

/// A token that was checked out, on the wire.
#[derive(Debug, Serialize)]
struct CheckoutView {
    licence: LicenceId,
    lease: LeaseId,
    token: u32,
    fence: u64,
    how: &'static str,
    protected_until: Timestamp,
    protected_for: SignedDuration,
}

/// A hold that goes on, on the wire.
#[derive(Debug, Serialize)]
struct KeptView {
    #[serde(flatten)]
    kept: KeptHold,
    protected_for: SignedDuration,
}

wire! {
    /// A token that was checked out.
    CheckoutView as "Checkout" {
        licence: LicenceId,
        lease: LeaseId,
        /// The token's number.
        token: u32,
        /// The fencing number: whoever guards what the token is for refuses a lower one than they have seen.
        fence: u64,
        /// How it was come by: `fresh`, `held` before, `revived` after silence, or `offer_taken`.
        how: String,
        /// Until when it is theirs without another sign of life, by the desk's clock.
        protected_until: Timestamp,
        /// For how long that is; count from when you sent the request, by your own clock.
        protected_for: SignedDuration,
    }
    /// A hold that goes on.
    KeptView as "KeptCheckout" {
        /// Always true: a hold that is over is a problem of the type `/problems/lease-lost`.
        held: bool,
        /// The token's number.
        token: u32,
        /// The fencing number.
        fence: u64,
        /// Until when it is theirs without another sign of life, by the desk's clock.
        protected_until: Timestamp,
        /// `active`, `idle` or `borrowed`.
        state: LeaseState,
        /// Its announced end, if somebody else needs it.
        recall: Option<RecallNotice>,
        /// For how long it is theirs; count from when you sent the request, by your own clock.
        protected_for: SignedDuration,
    }
    /// The announced end of a hold.
    RecallNotice as "RecallNotice" {
        /// When it ends.
        at: Timestamp,
        /// `idle` is called off by work: send `active`. `reserved` is not.
        why: RecallReason,
    }
}

told! {
    /// What a token is taken for.
    NewCheckout {
        /// Which software, in at most 120 characters; it is kept with the record.
        required software: String,
    }
    /// A sign of life.
    SignOfLife {
        /// Whether the person has worked with the software since the last one; keeps the hold from being idle.
        optional active: bool,
    }
}

/// For how long a hold is safe still. Reckoned when it is told: an answer that is told again is older than it was.
fn still(until: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_until(until).max(SignedDuration::ZERO)
}

async fn check_out(
    State(app): State<AppState>,
    At(licence): At<LicenceId>,
    call: Call<NewCheckout>,
) -> Result<Response> {
    let checkout = app.desk.execute(call.ctx, CheckOut { licence, software: call.told.software }).await?;
    match &checkout {
        Checkout::Granted(held) => Ok(granted(held, app.now())),
        Checkout::Queued(line) => {
            let seconds = line.ask_again_in.as_secs().unsigned_abs();
            Err(not_granted(Kind::SeatQueued, line.reason, in_line(line), &checkout).after(seconds))
        }
        Checkout::Refused { reason, detail, .. } => {
            Err(not_granted(Kind::LicenceRequired, *reason, detail.as_str(), &checkout))
        }
    }
}

fn granted(held: &CheckedOut, now: Timestamp) -> Response {
    let CheckedOut { licence, lease, token, fence, protected_until, how } = *held;
    let how = match how {
        Grant::Fresh => "fresh",
        Grant::Held => "held",
        Grant::Revived { .. } => "revived",
        Grant::OfferTaken { .. } => "offer_taken",
    };
    let protected_for = still(protected_until, now);
    let view = CheckoutView { licence, lease, token, fence, how, protected_until, protected_for };
    created(&format!("{API}/licences/{licence}/checkouts/{fence}"), view)
}

fn not_granted(kind: Kind, reason: DenialReason, detail: impl Into<String>, verdict: &Checkout) -> Problem {
    metrics::counter!("freehold_licence_refusals_total", "reason" => reason.as_str()).increment(1);
    Problem::new(kind, detail).with("verdict", verdict)
}

fn in_line(line: &InLine) -> String {
    let InLine { place, ask_again_in, .. } = line;
    format!(
        "No token is free for you now; you are number {place} in line. Check out again every {} seconds: that keeps your \
         place, and takes the token once it is offered.",
        ask_again_in.as_secs()
    )
}

async fn keep(
    State(app): State<AppState>,
    At2(licence, fence): At2<LicenceId, u64>,
    call: Call<SignOfLife>,
) -> Result<Json<KeptView>> {
    let active = call.told.active.unwrap_or_default();
    let kept = app.desk.keep_checkout(&call.ctx, licence, fence, active).await?;
    let protected_for = still(kept.protected_until, app.now());
    Ok(Json(KeptView { kept, protected_for }))
}

async fn give_back(
    State(app): State<AppState>,
    At2(licence, fence): At2<LicenceId, u64>,
    call: Call<()>,
) -> Result<StatusCode> {
    app.desk.execute(call.ctx, ReturnCheckout { licence, fence }).await?;
    Ok(StatusCode::NO_CONTENT)
}
