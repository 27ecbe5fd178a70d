//! Settings: the rules that an administrator edits. Each is one document with a version of its own.

use std::fmt::Display;

use domain::{
    identity::Capability,
    licence::Action,
    sla::{Calendar, CalendarDefinition, Policy, Promises},
    ticket::{Priority, PriorityMatrix, Workflow, WorkflowDefinition},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, setting};

use crate::{
    Act, Command, Look, Query, Refused, Result, Rules, Threshold,
    rules::{CALENDARS, MATRIX, POLICY, WORKFLOW},
};

/// Most calendars of a desk.
const MOST_CALENDARS: usize = 200;

/// A setting after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChanged {
    /// Its version now.
    pub version: u64,
}

/// Replaces the workflow. States that tickets are in stay, and keep their meaning.
#[derive(Debug, Clone)]
pub struct SetWorkflow {
    /// The workflow.
    pub workflow: WorkflowDefinition,
    /// The version that was looked at; 0 before the first change.
    pub version: u64,
}

impl Command for SetWorkflow {
    type Outcome = SettingChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ServiceLevelChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SettingChanged> {
        let workflow = Workflow::new(self.workflow).map_err(|error| invalid("workflow", error))?;
        let before = act.rules()?.workflow.clone();
        for state in before.states() {
            let kept = workflow.state(&state.key).is_some_and(|kept| kept.phase == state.phase);
            if !kept && setting::state_in_use(act.tx, state.key.as_str())? {
                return Err(Refused::field(
                    "workflow",
                    format!(
                        "tickets are in the state `{}`; keep it with its phase, or move them first",
                        state.key
                    ),
                ));
            }
        }
        replace(act, WORKFLOW, self.version, &before, &workflow)
    }
}

/// Replaces the priority matrix. Tickets keep their priority until their impact or urgency changes.
#[derive(Debug, Clone, Copy)]
pub struct SetPriorityMatrix {
    /// The matrix.
    pub matrix: PriorityMatrix,
    /// The version that was looked at; 0 before the first change.
    pub version: u64,
}

impl Command for SetPriorityMatrix {
    type Outcome = SettingChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ServiceLevelChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SettingChanged> {
        let before = act.rules()?.matrix;
        replace(act, MATRIX, self.version, &before, &self.matrix)
    }
}

/// Replaces what is promised for each priority.
#[derive(Debug, Clone)]
pub struct SetServiceLevels {
    /// The promises.
    pub policy: Promises,
    /// The version that was looked at; 0 before the first change.
    pub version: u64,
}

impl Command for SetServiceLevels {
    type Outcome = SettingChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ServiceLevelChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SettingChanged> {
        let policy = Policy::new(self.policy).map_err(|error| invalid("policy", error))?;
        if let Some(missing) = without_calendar(&policy, &act.rules()?.calendars) {
            return Err(invalid("policy", format_args!("{missing} names a calendar that there is none of")));
        }
        let before = act.rules()?.policy.clone();
        replace(act, POLICY, self.version, &before, &policy)
    }
}

/// Replaces the calendars. Those that a promise is counted in stay.
#[derive(Debug, Clone)]
pub struct SetCalendars {
    /// The calendars, at most 200.
    pub calendars: Vec<CalendarDefinition>,
    /// The version that was looked at; 0 before the first change.
    pub version: u64,
}

impl Command for SetCalendars {
    type Outcome = SettingChanged;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::ServiceLevelChange)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<SettingChanged> {
        if self.calendars.len() > MOST_CALENDARS {
            return Err(invalid("calendars", format_args!("keep at most {MOST_CALENDARS}")));
        }
        let mut calendars: Vec<Calendar> = Vec::with_capacity(self.calendars.len());
        for (position, definition) in self.calendars.into_iter().enumerate() {
            let field = format!("calendars[{position}]");
            let calendar = Calendar::new(definition).map_err(|error| invalid(&field, error))?;
            if calendars.iter().any(|other| other.id() == calendar.id() || other.name() == calendar.name()) {
                return Err(invalid(&field, "has the id or the name of an earlier one"));
            }
            calendars.push(calendar);
        }
        if let Some(missing) = without_calendar(&act.rules()?.policy, &calendars) {
            return Err(invalid("calendars", format_args!("the calendar of {missing} is missing")));
        }
        let before = act.rules()?.calendars.clone();
        replace(act, CALENDARS, self.version, &before, &calendars)
    }
}

/// The first priority whose promise is counted in no calendar.
fn without_calendar(policy: &Policy, calendars: &[Calendar]) -> Option<Priority> {
    let known = |priority: &Priority| {
        calendars.iter().any(|calendar| calendar.id() == policy.promise(*priority).calendar)
    };
    Priority::ALL.iter().copied().find(|priority| !known(priority))
}

fn invalid(field: &str, error: impl Display) -> Refused {
    Refused::field(field, error.to_string())
}

pub(crate) fn replace<T: Serialize>(
    act: &mut Act<'_, '_>,
    key: &str,
    version: u64,
    before: &T,
    after: &T,
) -> Result<SettingChanged> {
    let current = setting::lock(act.tx, key)?.map_or(0, |(_, version)| version);
    if current != version {
        return Err(Refused::Stale { current });
    }
    let text = serde_json::to_string(after)
        .map_err(|error| store::StoreError::Engine(format!("the setting cannot be written: {error}")))?;
    let now = act.now();
    setting::put(act.tx, key, &text, now)?;
    act.detail = json!({ "setting": key, "before": before, "after": after });
    act.announce("settings");
    Ok(SettingChanged { version: current + 1 })
}

/// The rules in force, with their versions. Whoever works tickets may read them.
#[derive(Debug, Clone, Copy)]
pub struct Settings;

/// The rules in force.
#[derive(Debug, Clone)]
pub struct SettingsInForce {
    /// The rules.
    pub rules: Rules,
    /// The workflow's version.
    pub workflow_version: u64,
    /// The matrix's version.
    pub matrix_version: u64,
    /// The service levels' version.
    pub service_levels_version: u64,
    /// The calendars' version.
    pub calendars_version: u64,
}

impl Query for Settings {
    type Answer = SettingsInForce;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<SettingsInForce> {
        if !look.may(Capability::TicketRead) {
            look.require(Capability::Admin, "setting")?;
        }
        Ok(SettingsInForce {
            rules: (*look.rules).clone(),
            workflow_version: version(look.tx, WORKFLOW)?,
            matrix_version: version(look.tx, MATRIX)?,
            service_levels_version: version(look.tx, POLICY)?,
            calendars_version: version(look.tx, CALENDARS)?,
        })
    }
}

fn version(tx: &mut ReadTx<'_>, key: &str) -> Result<u64> {
    Ok(setting::get(tx, key)?.map_or(0, |(_, version)| version))
}
