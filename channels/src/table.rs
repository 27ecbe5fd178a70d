//! Tables as programs write them to CSV files: names of columns, and rows that may be empty or of any length.

/// The mark that some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file holds.
pub(crate) struct Table {
    /// The names of its columns, without white space around them.
    pub(crate) names: Vec<String>,
    /// Its rows, each with the line that it begins in. Empty ones are left out.
    pub(crate) rows: Vec<(u32, csv::StringRecord)>,
    /// Whether there are more than were asked for.
    pub(crate) more: bool,
}

/// Reads a file as far as `most` rows.
pub(crate) fn read(bytes: &[u8], most: usize) -> csv::Result<Table> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let names = reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record?;
        // The reader's own count is behind where lines are empty.
        let at = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(counted);
        let rest = bytes.get(at..).unwrap_or_default();
        let begins = at + rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        line += lines(bytes.get(counted..begins).unwrap_or_default());
        counted = counted.max(begins);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == most {
            return Ok(Table { names, rows, more: true });
        }
        rows.push((u32::try_from(line).unwrap_or(u32::MAX), record));
    }
    Ok(Table { names, rows, more: false })
}

/// How many lines end in these bytes, however they end. They do not end between `\r` and `\n`.
fn lines(bytes: &[u8]) -> usize {
    let ends = |(nth, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(nth + 1) != Some(&b'\n'),
        _ => false,
    };
    bytes.iter().enumerate().filter(|(nth, byte)| ends((*nth, byte))).count()
}
