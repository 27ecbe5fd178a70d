//! The rules that a desk may edit: workflow, priority matrix, service levels, calendars. Read once, and again when one
//! of them changes, in whichever process.

use std::sync::Arc;

use domain::{
    CalendarId,
    sla::{Calendar, CalendarDefinition, Clocks, Opening, Policy, Week},
    ticket::{PriorityMatrix, StateKey, Ticket, Workflow},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use store::{ReadTx, StoreError, setting};
use uuid::Uuid;

use crate::cache::Cache;

/// The key of the workflow among the settings.
pub(crate) const WORKFLOW: &str = "workflow";
/// The key of the priority matrix.
pub(crate) const MATRIX: &str = "priority_matrix";
/// The key of the service-level policy.
pub(crate) const POLICY: &str = "service_levels";
/// The key of the calendars.
pub(crate) const CALENDARS: &str = "calendars";

/// The calendar that is always open.
pub(crate) const ALWAYS: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);
/// The calendar of business hours.
pub(crate) const BUSINESS_HOURS: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002);

/// The rules of a desk at one time.
#[derive(Debug, Clone)]
pub struct Rules {
    /// States and steps.
    pub workflow: Workflow,
    /// Impact × urgency → priority.
    pub matrix: PriorityMatrix,
    /// What is promised by priority.
    pub policy: Policy,
    /// In which times.
    pub calendars: Vec<Calendar>,
}

impl Default for Rules {
    /// The ITIL workflow and matrix, and the standard promises: the most pressing around the clock, the rest from
    /// Monday to Friday, 08:00 to 18:00 UTC.
    fn default() -> Self {
        let (always, hours) = (CalendarId::from(ALWAYS), CalendarId::from(BUSINESS_HOURS));
        let opening = Opening::new(8 * 60, 18 * 60);
        let business = Calendar::new(CalendarDefinition {
            id: hours,
            name: "Business hours".to_owned(),
            zone: "UTC".to_owned(),
            week: Week::working_days(opening.as_slice()),
            holidays: std::collections::BTreeMap::new(),
        });
        Self {
            workflow: Workflow::default(),
            matrix: PriorityMatrix::default(),
            policy: Policy::standard(always, hours),
            calendars: std::iter::once(Calendar::always(always)).chain(business).collect(),
        }
    }
}

impl Rules {
    /// The clocks of a ticket with this history of states.
    pub fn clocks<'a>(&'a self, ticket: &Ticket, history: &[(Timestamp, StateKey)]) -> Clocks<'a> {
        let calendar = |id| self.calendars.iter().find(|calendar| calendar.id() == id);
        Clocks::of(ticket, history, &self.policy, calendar, &self.workflow)
    }

    fn load(tx: &mut ReadTx<'_>) -> Result<Self, StoreError> {
        let default = Self::default();
        Ok(Self {
            workflow: document(tx, WORKFLOW)?.unwrap_or(default.workflow),
            matrix: document(tx, MATRIX)?.unwrap_or(default.matrix),
            policy: document(tx, POLICY)?.unwrap_or(default.policy),
            calendars: document(tx, CALENDARS)?.unwrap_or(default.calendars),
        })
    }
}

fn document<T: DeserializeOwned>(tx: &mut ReadTx<'_>, key: &str) -> Result<Option<T>, StoreError> {
    let Some((text, _)) = setting::get(tx, key)? else { return Ok(None) };
    let document = serde_json::from_str(&text)
        .map_err(|error| StoreError::Engine(format!("the setting {key} cannot be read: {error}")))?;
    Ok(Some(document))
}

/// The rules as last read.
#[derive(Debug, Default)]
pub(crate) struct RulesCache(Cache<Rules>);

impl RulesCache {
    /// The rules as this transaction sees them.
    pub(crate) fn get(&self, tx: &mut ReadTx<'_>) -> Result<Arc<Rules>, StoreError> {
        let version = setting::versions(tx)?;
        self.0.get(tx, version, Rules::load)
    }
}
