//! The columns of an incident export, found by name wherever they stand.

use csv::StringRecord;

use super::ReadError;

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $(| $alias:literal)*;)+) => {
        /// A column of the export.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Column { $(#[doc = concat!("`", $name, "`.")] $variant,)+ }

        impl Column {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The column's name, as ServiceNow's own table has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The column with this heading: its name, or the label that list views show for it.
            fn of_heading(heading: &str) -> Option<Self> {
                match heading {
                    $($name $(| $alias)* => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

columns! {
    Number = "number";
    State = "incident_state" | "state";
    Active = "active";
    ReassignmentCount = "reassignment_count";
    ReopenCount = "reopen_count";
    ModCount = "sys_mod_count" | "updates";
    MadeSla = "made_sla";
    Caller = "caller_id" | "caller";
    OpenedBy = "opened_by";
    OpenedAt = "opened_at" | "opened";
    CreatedBy = "sys_created_by" | "created_by";
    CreatedAt = "sys_created_at" | "sys_created_on" | "created";
    UpdatedBy = "sys_updated_by" | "updated_by";
    UpdatedAt = "sys_updated_at" | "sys_updated_on" | "updated";
    ContactType = "contact_type" | "channel";
    Location = "location";
    Category = "category";
    Subcategory = "subcategory";
    Symptom = "u_symptom" | "symptom";
    ConfigurationItem = "cmdb_ci" | "configuration_item";
    Impact = "impact";
    Urgency = "urgency";
    Priority = "priority";
    AssignmentGroup = "assignment_group";
    AssignedTo = "assigned_to";
    Knowledge = "knowledge";
    PriorityConfirmation = "u_priority_confirmation";
    Notify = "notify";
    Problem = "problem_id" | "problem";
    ChangeRequest = "rfc" | "change_request";
    Vendor = "vendor";
    CausedBy = "caused_by" | "caused_by_change";
    ClosedCode = "closed_code" | "close_code" | "resolution_code";
    ResolvedBy = "resolved_by";
    ResolvedAt = "resolved_at" | "resolved";
    ClosedAt = "closed_at" | "closed";
}

/// Without these a row says nothing that could be placed.
const REQUIRED: &[Column] = &[Column::Number, Column::State, Column::UpdatedAt];

/// Where each column stands in this file.
#[derive(Debug, Clone)]
pub(super) struct Header {
    places: Vec<Option<usize>>,
    width: usize,
}

impl Header {
    pub(super) fn read(record: &StringRecord) -> Result<Self, ReadError> {
        let mut places = vec![None; Column::ALL.len()];
        for (place, heading) in record.iter().enumerate() {
            let heading = heading.trim().to_lowercase().replace(' ', "_");
            let Some(column) = Column::of_heading(&heading) else { continue };
            let slot = &mut places[column as usize];
            if slot.replace(place).is_some() {
                return Err(ReadError::DuplicateColumn { column });
            }
        }
        for column in REQUIRED {
            if places[*column as usize].is_none() {
                let found: String = record.iter().collect::<Vec<_>>().join(", ").chars().take(300).collect();
                return Err(ReadError::MissingColumn { column: *column, found });
            }
        }
        Ok(Self { places, width: record.len() })
    }

    /// The number of columns.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.places.get(column as usize).copied().flatten()
    }
}
