//! Contracts as a CSV file (RFC 4180): read with the guards of formulas taken off, written with them put on.

use domain::contract::sheet::{COLUMNS, HeaderError, ROWS_LIMIT, SheetRow, check_header, guard, unguard};

use crate::table::{self, Table};

/// The media type of a sheet (RFC 7111).
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Another encoding, or a quotation mark without its partner.
    #[error("the file cannot be read as CSV: {0}; save it as CSV in UTF-8, separated by commas")]
    Form(#[from] csv::Error),
    /// The columns are not those of contracts.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// No rows.
    #[error("the file has no rows below the names of its columns")]
    Empty,
    /// More than one import may hold.
    #[error("the file has more than {ROWS_LIMIT} rows; bring it in in parts")]
    TooManyRows,
}

/// Reads a file. Empty rows are left out, and each row is named by the line that it begins in.
pub fn read(bytes: &[u8]) -> Result<Vec<SheetRow>, SheetError> {
    let Table { names, rows, more } = table::read(bytes, ROWS_LIMIT)?;
    check_header(names.iter().map(String::as_str))?;
    if more {
        return Err(SheetError::TooManyRows);
    }
    if rows.is_empty() {
        return Err(SheetError::Empty);
    }
    let row = |(row, record): (u32, csv::StringRecord)| {
        let cells =
            names.iter().zip(&record).map(|(column, cell)| (column.clone(), unguard(cell).to_owned()));
        SheetRow { row, cells: cells.collect() }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Writes rows whose cells stand in the order of [`COLUMNS`].
pub fn write(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory fails only where a row has another number of cells, and all of ours have the same.
    let mut put = |row: Vec<&[u8]>| drop(writer.write_record(row));
    put(COLUMNS.iter().map(|name| name.as_bytes()).collect());
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| guard(cell)).collect();
        put(cells.iter().map(|cell| cell.as_bytes()).collect());
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Vec<String> {
        COLUMNS
            .iter()
            .map(|column| cells.iter().find(|(name, _)| name == column).map_or("", |(_, cell)| cell))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn what_is_written_reads_back_and_no_cell_is_a_formula() {
        let odd = "=HYPERLINK(\"http://evil.example\";\"a, b\")\nand a second line";
        let written = write(&[row(&[("vendor", odd), ("contract_number", "'-1"), ("currency", "EUR")])]);
        let text = String::from_utf8(written.clone()).unwrap();
        assert!(text.contains("'=HYPERLINK") && !text.contains(",=") && !text.contains("\"=H"), "{text}");
        let rows = read(&written).unwrap();
        assert_eq!((rows[0].cell("vendor"), rows[0].cell("contract_number")), (odd, "'-1"));
    }

    #[test]
    fn a_file_that_is_no_list_of_contracts_says_why() {
        let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(refused(b"").contains("missing"));
        assert!(refused(b"colour,vendor\r\n").contains("no column `colour`"));
        assert!(refused(b"\xff\xfe\x00").contains("UTF-8"));
        let head = COLUMNS.join(",");
        assert!(refused(head.as_bytes()).contains("no rows"));
        let many = format!("{head}\n{}", "x\n".repeat(ROWS_LIMIT + 1));
        assert!(refused(many.as_bytes()).contains("in parts"));
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_counts_them() {
        let head = COLUMNS.join(",");
        let file = format!("\u{feff}{head}\r\nA-1,Northwind\r\n,,\r\nA-2,\"North\nwind\"\r\n");
        let rows = read(file.as_bytes()).unwrap();
        assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(rows[1].cell("vendor"), "North\nwind");
    }
}
