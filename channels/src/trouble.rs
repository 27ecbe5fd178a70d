//! Trouble with devices as a CSV file (RFC 4180), as monitoring or a survey measured it: a row for a department and a month.

use desk::effort::TroubleRow;

use crate::table::{self, Table};

/// The columns, in any order; others are left alone.
pub const COLUMNS: [&str; 3] = ["department", "month", "per_hundred"];
/// The most rows that one file holds.
const ROWS: usize = 20_000;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum TroubleError {
    /// Another encoding, or a quotation mark without its partner.
    #[error("the file cannot be read as CSV: {0}; save it as CSV in UTF-8, separated by commas")]
    Form(#[from] csv::Error),
    /// A column that is needed is not there.
    #[error("the file has no column `{0}`; its first row names department, month and per_hundred")]
    Column(&'static str),
    /// No rows.
    #[error("the file has no rows below the names of its columns")]
    Empty,
    /// More than one import may hold.
    #[error("the file has more than {ROWS} rows; bring it in in parts")]
    TooMany,
}

/// Reads a file. Empty rows are left out, and each row is named by the line that it begins in.
pub fn read(bytes: &[u8]) -> Result<Vec<TroubleRow>, TroubleError> {
    let Table { names, rows, more } = table::read(bytes, ROWS)?;
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = names.iter().position(|name| name.to_lowercase() == column);
        *place = found.ok_or(TroubleError::Column(column))?;
    }
    if more {
        return Err(TroubleError::TooMany);
    }
    if rows.is_empty() {
        return Err(TroubleError::Empty);
    }
    let row = |(row, record): (u32, csv::StringRecord)| {
        let [department, month, per_hundred] =
            places.map(|place| record.get(place).unwrap_or_default().trim().to_owned());
        TroubleRow { row, department, month, per_hundred }
    };
    Ok(rows.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_found_by_name_and_rows_are_named_by_their_lines() {
        let file = "\u{feff}Month,note,Department,per_hundred\r\n2026-10,x,Finance,12.5\r\n,,,\r\n\r\n2026-10,,\"Law, old\"\r\n";
        let rows = read(file.as_bytes()).unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|one| (one.row, one.department.as_str(), one.month.as_str(), one.per_hundred.as_str()))
            .collect();
        assert_eq!(rows, [(2, "Finance", "2026-10", "12.5"), (5, "Law, old", "2026-10", "")]);
    }

    #[test]
    fn a_file_of_something_else_says_what_is_missing() {
        assert!(matches!(
            read(b"department,month\nFinance,2026-10\n"),
            Err(TroubleError::Column("per_hundred"))
        ));
        assert!(matches!(read(b"department,month,per_hundred\n"), Err(TroubleError::Empty)));
        assert!(matches!(read(b"department,month,per_hundred\n\xff,\xfe,1\n"), Err(TroubleError::Form(_))));
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd_to_be_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            drop(read(&bytes));
        }
    }
}
