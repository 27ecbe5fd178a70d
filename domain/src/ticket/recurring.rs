//! A ticket that the desk raises by the calendar.

use serde::{Deserialize, Serialize};

use super::{Recurrence, Template};
use crate::{PersonId, identity::named};

/// What comes back, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurring {
    /// What each ticket begins with.
    pub template: Template,
    /// When it comes back.
    pub rule: Recurrence,
    /// Whose ticket it is.
    pub requester: PersonId,
    /// Whether none is raised while the last one is still open.
    #[serde(default)]
    pub unless_open: bool,
}

named! {
    /// Why a recurring ticket is not raised any more.
    Stopped {
        /// Somebody stopped it.
        ByHand = "by_hand",
        /// Its author may not work tickets any more, so nobody answers for it.
        AuthorGone = "author_gone",
        /// Its author holds no seat any more, and may take no token.
        AuthorUnlicensed = "author_unlicensed",
        /// The person whose ticket it would be has left.
        RequesterGone = "requester_gone",
        /// The group or assignee that it begins with is no more.
        TargetGone = "target_gone",
        /// The calendar ends.
        Over = "over",
    }
}

impl Stopped {
    /// The reason as a sentence that says what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ByHand => "Somebody stopped it.",
            Self::AuthorGone => {
                "Its author works no tickets any more. Write it anew, so that somebody answers for it."
            }
            Self::AuthorUnlicensed => {
                "Its author has no seat any more, and nothing is raised for others without one. Whoever has one writes it anew."
            }
            Self::RequesterGone => "The person whose ticket it would be has left. Choose somebody else.",
            Self::TargetGone => "The group or the assignee that it begins with is no more. Choose another.",
            Self::Over => "The calendar ends.",
        }
    }
}
