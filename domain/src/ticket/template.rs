//! What a ticket begins with that is raised again and again.

use serde::{Deserialize, Serialize};

use super::{Category, Impact, Kind, Markdown, Subject, Urgency};
use crate::{GroupId, PersonId};

/// A ticket as far as it is known beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Incident or service request.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Markdown>,
    /// What it is filed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// How much is hurt.
    pub impact: Impact,
    /// How soon it hurts.
    pub urgency: Urgency,
    /// In whose queue it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Whose task it is from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<PersonId>,
}
