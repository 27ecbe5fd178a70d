//! Why the desk does not do what it is asked. Each has a sentence that says what to do next.

use domain::{
    Timestamp,
    licence::{AssignError, DenialReason, LicenceError, Verdict},
    ticket::{ApprovalError, InvalidText, OutageError, TicketError},
};
use serde::Serialize;
use store::StoreError;

/// A result of the desk.
pub type Result<T, E = Refused> = std::result::Result<T, E>;

/// One field of a command that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such thing, or the caller may not know of it; the two are not told apart.
    #[error("there is no such {0}, or you may not see it")]
    NotFound(&'static str),
    /// Capability or licence is missing, or the person waits in line for a token.
    #[error("{}", verdict_sentence(.0))]
    Licence(Box<Verdict>),
    /// Some fields cannot be used.
    #[error("{}", fields_sentence(.0))]
    Invalid(Vec<FieldError>),
    /// The thing was changed since the caller looked at it.
    #[error(
        "it was changed since you looked: it is at version {current} now; look at the change and send yours again"
    )]
    Stale {
        /// Its version now.
        current: u64,
    },
    /// A rule of the thing itself says no.
    #[error("{0}")]
    Rule(String),
    /// What software checked out is no longer its own.
    #[error("{}", lost_sentence(*.how, *.at))]
    LeaseLost {
        /// How it ended, by the name in storage, where that is known.
        how: Option<&'static str>,
        /// When.
        at: Option<Timestamp>,
    },
    /// An `Idempotency-Key` was used before for another request.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    KeyReused,
    /// A service account did not say for whom it acts.
    #[error("a service account must say for whom it acts: send `From: E-MAIL` or `external_identity`")]
    AttributionMissing,
    /// E-mail and password do not belong together, or the link is over.
    #[error("{0}")]
    SignIn(&'static str),
    /// Too many attempts.
    #[error("too many attempts; try again in {} minutes", (.until.as_second() - .now.as_second()).max(0) / 60 + 1)]
    Throttled {
        /// When the next attempt is looked at.
        until: Timestamp,
        /// When this one was made.
        now: Timestamp,
    },
    /// The engine.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn fields_sentence(fields: &[FieldError]) -> String {
    let sentences: Vec<_> =
        fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
    sentences.join("; ")
}

fn lost_sentence(how: Option<&'static str>, at: Option<Timestamp>) -> String {
    let what = match how {
        Some("released") => "this token was given back",
        Some("silent") => "this token ran out, because no sign of life came in time",
        Some("term_ended") => "the licence ran out",
        Some("reclaimed") => "a licence manager took this token away for somebody else",
        Some("yielded" | "stolen" | "recalled") => "this token went to somebody who waited for it",
        Some("idle_too_long") => "this token ran out, because it was idle for too long",
        Some("revoked") => "the right to this token ended",
        Some(_) | None => "this token is not yours, or no longer",
    };
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    format!("{what}{at}; stop what needs it, and check out again")
}

fn verdict_sentence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Queued { place, reason, .. } => {
            let why = match reason {
                DenialReason::ReservedForOthers => "the tokens that are free are kept for other groups",
                DenialReason::GroupLimit => "your group holds as many tokens as it may",
                _ => "all tokens are in use",
            };
            format!(
                "{why}; you are number {place} in line and will be offered the next one that frees. What you typed \
                 is kept"
            )
        }
        Verdict::Refused(refusal) => refusal.to_string(),
        Verdict::Module { base, by, .. } => verdict_sentence(if base.is_granted() { by } else { base }),
        Verdict::Free | Verdict::Seat(_) | Verdict::Token { .. } | Verdict::DayPass { .. } => {
            "granted".to_owned()
        }
    }
}

impl Refused {
    /// One field that cannot be used.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over an error or a literal alike")]
    pub fn field(field: impl Into<String>, message: impl ToString) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.to_string() }])
    }
}

impl From<InvalidText> for Refused {
    fn from(error: InvalidText) -> Self {
        Self::field(error.field(), &error)
    }
}

impl From<TicketError> for Refused {
    fn from(error: TicketError) -> Self {
        Self::Rule(error.to_string())
    }
}

impl From<OutageError> for Refused {
    fn from(error: OutageError) -> Self {
        match error {
            OutageError::ExpectedInThePast => Self::field("expected_end", error),
            OutageError::NotAnIncident { .. } | OutageError::TicketOver { .. } | OutageError::Ended => {
                Self::Rule(error.to_string())
            }
        }
    }
}

impl From<ApprovalError> for Refused {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Nobody
            | ApprovalError::TooMany
            | ApprovalError::Requester
            | ApprovalError::Asker => Self::field("people", error),
            ApprovalError::Why => Self::field("words", error),
            ApprovalError::TicketOver { .. }
            | ApprovalError::Asked { .. }
            | ApprovalError::NotAsked
            | ApprovalError::Over { .. } => Self::Rule(error.to_string()),
        }
    }
}

impl From<AssignError> for Refused {
    fn from(error: AssignError) -> Self {
        Self::Rule(error.to_string())
    }
}

impl From<LicenceError> for Refused {
    fn from(error: LicenceError) -> Self {
        Self::field(error.field(), &error)
    }
}
