//! Bytes to rows: separators, encodings and bounds.

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Cursor, Read},
    rc::Rc,
};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};

use super::{
    Column, EventRow, Finding, Options, Outcome,
    column::Header,
    row::{self, Words},
};

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system says no.
    #[error("reading failed: {0}; check that the file is complete and readable, then run the import again")]
    Io(#[from] io::Error),
    /// No heading.
    #[error("the file is empty; export the incident list with its headings as CSV")]
    Empty,
    /// Another encoding.
    #[error("the headings are not UTF-8 text; save the file as `CSV UTF-8` and import that")]
    NotUtf8,
    /// A required column is not there.
    #[error(
        "the column `{}` is missing; add it to the exported list. The headings found are: {found}",
        column.as_str()
    )]
    MissingColumn {
        /// Which.
        column: Column,
        /// The headings that are there.
        found: String,
    },
    /// A column is there twice.
    #[error("the column `{}` is there twice; remove one of them from the exported list", column.as_str())]
    DuplicateColumn {
        /// Which.
        column: Column,
    },
    /// A record without end.
    #[error(
        "the record that begins on line {line} is longer than {limit} bytes; most likely a quotation mark on that line is never closed: close it, or double it if it belongs to the text"
    )]
    RecordTooLong {
        /// Its first line.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// More than one import may hold.
    #[error(
        "the file has more than {limit} rows; export it in parts, by ranges of `number`, and import each part"
    )]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
}

/// How much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadRows {
    /// Rows below the headings.
    pub rows: u64,
    /// Those that could be placed.
    pub used: u64,
}

/// Reads an export row by row and holds none of them. What cannot be placed goes to `on_finding`, and reading goes on.
///
/// Columns are found by their headings, in any order; separators may be commas, semicolons or tabs; a byte order mark
/// and either line end are fine. Empty and `?` mean absent.
///
/// # Errors
/// The file is not such an export, or is beyond [`Options::limits`].
pub fn parse(
    reader: impl Read,
    options: &Options,
    on_finding: &mut dyn FnMut(Finding),
    mut on_row: impl FnMut(EventRow),
) -> Result<ReadRows, ReadError> {
    let limits = options.limits;
    let mut reader = BufReader::new(reader);
    let head = first_line(&mut reader, limits.record_bytes)?;
    let separator = separator(&head);
    // The CSV reader ends a record at `\r` and counts the line only when it meets the `\n` of the next record.
    let uncounted = u64::from(head.ends_with(b"\r\n"));
    let left = Rc::new(Cell::new(0));
    let budget = limits.record_bytes.saturating_add(READ_AHEAD);
    let source = Budget { inner: Cursor::new(head).chain(reader), left: Rc::clone(&left) };
    let mut csv = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .buffer_capacity(READ_AHEAD)
        .from_reader(source);

    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| {
        left.set(budget);
        let line = csv.position().line();
        let too_long = ReadError::RecordTooLong { line, limit: limits.record_bytes };
        match csv.read_byte_record(record) {
            Ok(_) if record.as_slice().len() > limits.record_bytes => Err(too_long),
            Ok(more) => Ok(more.then(|| record.position().map_or(line, csv::Position::line) + uncounted)),
            Err(_) if left.get() == 0 => Err(too_long),
            Err(error) => Err(ReadError::Io(error.into())),
        }
    };

    next(&mut record)?.ok_or(ReadError::Empty)?;
    let header = StringRecord::from_byte_record(record.clone()).map_err(|_| ReadError::NotUtf8)?;
    let header = Header::read(&header)?;
    let mut words = Words::default();
    let mut read = ReadRows::default();
    while let Some(line) = next(&mut record)? {
        read.rows += 1;
        if read.rows > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        if record.len() != header.width() {
            on_finding(wrong_width(line, record.len(), header.width()));
            continue;
        }
        if let Some(row) = row::read(line, &record, &header, options, &mut words, on_finding) {
            read.used += 1;
            on_row(row);
        }
    }
    Ok(read)
}

/// What the CSV reader takes from the source at once, and so may take beyond one record.
const READ_AHEAD: usize = 64 << 10;

/// A source that gives out no more than what is left of a budget, which is filled up before each record.
struct Budget<R> {
    inner: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !into.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the record has no end"));
        }
        let most = into.len().min(left);
        let count = self.inner.read(&mut into[..most])?;
        self.left.set(left - count);
        Ok(count)
    }
}

/// The first line without its byte order mark. UTF-16, which spreadsheets call "Unicode text", is recognised here.
fn first_line(reader: &mut impl BufRead, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::new();
    reader.take(limit as u64).read_until(b'\n', &mut head)?;
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) || head.contains(&0) {
        return Err(ReadError::NotUtf8);
    }
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        head.drain(..3);
    }
    Ok(head)
}

/// The character that separates the headings. Headings themselves contain none of the three.
fn separator(head: &[u8]) -> u8 {
    let count = |separator: u8| head.split(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn wrong_width(line: u64, found: usize, expected: usize) -> Finding {
    Finding {
        outcome: Outcome::Skipped,
        line,
        number: None,
        column: None,
        value: format!("{found} fields"),
        why: format!("the headings promise {expected} fields"),
        mend: "put quotation marks around fields that contain the separator or a line break".to_owned(),
    }
}
