//! Which columns a list shows beside number and subject.

use super::filter::InvalidFilter;
use crate::identity::named;

named! {
    /// Something of a ticket that a list can show. The order of declaration is the order in a row.
    Column {
        /// What it is filed under.
        Category = "category",
        /// In whose queue it is.
        Group = "group",
        /// How pressing it is.
        Priority = "priority",
        /// Where it is in its workflow.
        State = "state",
        /// Whose ticket it is.
        Requester = "requester",
        /// When it last changed.
        Changed = "changed",
        /// How its promise stands.
        Promise = "promise",
        /// Whose task it is.
        Assignee = "assignee",
        /// When it was raised.
        Raised = "raised",
    }
}

impl Column {
    /// The words beside its box.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Category => "Category",
            Self::Group => "Group",
            Self::Priority => "Priority",
            Self::State => "State",
            Self::Requester => "Requester",
            Self::Changed => "Last change",
            Self::Promise => "Promise",
            Self::Assignee => "Assignee",
            Self::Raised => "Age",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The columns of a list. Never without any: whoever chooses none gets the usual ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns(u16);

impl Columns {
    /// What lists show of which nobody said anything.
    pub const USUAL: Self = Self(
        Column::Category.bit()
            | Column::Requester.bit()
            | Column::Promise.bit()
            | Column::Assignee.bit()
            | Column::Raised.bit(),
    );

    /// Whether this is one of them.
    pub const fn has(self, column: Column) -> bool {
        self.0 & column.bit() != 0
    }

    /// They, in the order of a row.
    pub fn each(self) -> impl Iterator<Item = Column> {
        Column::ALL.iter().copied().filter(move |column| self.has(*column))
    }

    /// Reads names with commas between them; other names than those of columns are an error.
    pub fn read(text: &str) -> Result<Self, InvalidFilter> {
        let mut columns = Self(0);
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let known = || Column::ALL.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", ");
            let column = Column::parse(name).ok_or_else(|| InvalidFilter {
                part: "columns",
                sentence: format!("must be names with commas between them, of {}", known()),
            })?;
            columns.0 |= column.bit();
        }
        Ok(if columns.0 == 0 { Self::USUAL } else { columns })
    }

    /// These and the others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl std::fmt::Display for Columns {
    /// As [`Columns::read`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (nth, column) in self.each().enumerate() {
            if nth > 0 {
                f.write_str(",")?;
            }
            f.write_str(column.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_are_written_in_whatever_order() {
        let columns = Columns::read("raised, priority,group").unwrap();
        assert_eq!(columns.to_string(), "group,priority,raised");
        assert_eq!(Columns::read(&columns.to_string()), Ok(columns));
    }

    #[test]
    fn whoever_chooses_none_gets_the_usual_ones() {
        assert_eq!(Columns::read(" , "), Ok(Columns::USUAL));
    }

    #[test]
    fn a_column_that_there_is_not_is_named() {
        let error = Columns::read("priority,colour").unwrap_err();
        assert!(error.sentence.contains("requester") && error.part == "columns", "{error}");
    }
}
