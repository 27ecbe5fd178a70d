//! One row: the typed values of one saved version of an incident.

use std::{collections::HashSet, sync::Arc};

use csv::ByteRecord;
use domain::ticket::{Impact, Priority, Urgency};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{Column, Finding, Options, Outcome, column::Header, words};

/// A word of the export. Exports repeat theirs thousands of times; equal words share their memory.
pub(super) type Word = Arc<str>;

/// One saved version of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// The incident.
    pub number: Arc<str>,
    /// When this version was saved.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<Arc<str>>,
    /// The version, as the source counts.
    pub mod_count: Option<u32>,
    /// The state in the source's words.
    pub state: Option<Arc<str>>,
    /// How often the group changed so far.
    pub reassignment_count: Option<u32>,
    /// How often it was reopened so far.
    pub reopen_count: Option<u32>,
    /// Whether the service level holds so far.
    pub made_sla: Option<bool>,
    /// Whose trouble it is.
    pub caller: Option<Arc<str>>,
    /// Who took the call.
    pub opened_by: Option<Arc<str>>,
    /// When the call began.
    pub opened_at: Option<Timestamp>,
    /// Who created the record.
    pub created_by: Option<Arc<str>>,
    /// When the record was created.
    pub created_at: Option<Timestamp>,
    /// How much is hurt.
    pub impact: Option<Impact>,
    /// How soon.
    pub urgency: Option<Urgency>,
    /// The order of work.
    pub priority: Option<Priority>,
    /// The group.
    pub group: Option<Arc<str>>,
    /// The person.
    pub assigned_to: Option<Arc<str>>,
    /// The resolution code; final values from here on, stamped on every row.
    pub closed_code: Option<Arc<str>>,
    /// Who resolved it last.
    pub resolved_by: Option<Arc<str>>,
    /// When it was resolved last.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed last.
    pub closed_at: Option<Timestamp>,
    /// The fields without a meaning of their own here, in the order of [`FIELDS`](Self::FIELDS).
    pub fields: [Option<Arc<str>>; Self::FIELDS.len()],
}

impl EventRow {
    /// The columns whose values are kept as they are and whose changes become history.
    pub const FIELDS: [Column; 13] = [
        Column::Category,
        Column::Subcategory,
        Column::Symptom,
        Column::Location,
        Column::ContactType,
        Column::ConfigurationItem,
        Column::Problem,
        Column::ChangeRequest,
        Column::CausedBy,
        Column::Vendor,
        Column::Knowledge,
        Column::PriorityConfirmation,
        Column::Notify,
    ];

    /// The value of one of [`FIELDS`](Self::FIELDS).
    pub fn field(&self, column: Column) -> Option<&str> {
        let place = Self::FIELDS.iter().position(|field| *field == column)?;
        self.fields.get(place)?.as_deref()
    }
}

/// The words seen so far.
#[derive(Debug, Default)]
pub(super) struct Words(HashSet<Word>);

impl Words {
    fn share(&mut self, text: &str) -> Word {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let word: Word = Arc::from(text);
        self.0.insert(Arc::clone(&word));
        word
    }
}

/// The row of `record`, unless it cannot be placed at all.
pub(super) fn read(
    line: u64,
    record: &ByteRecord,
    header: &Header,
    options: &Options,
    words: &mut Words,
    on_finding: &mut dyn FnMut(Finding),
) -> Option<EventRow> {
    let mut fields = Fields { line, number: None, record, header, options, words, on_finding };
    let number = fields.word(Column::Number);
    let Some(number) = number else {
        fields.report(
            Outcome::Skipped,
            Column::Number,
            "",
            "a row without a number belongs to no incident",
            "fill in the number",
        );
        return None;
    };
    fields.number = Some(Arc::clone(&number));
    let Some(updated_at) = fields.time(Column::UpdatedAt, Outcome::Skipped) else {
        if fields.raw(Column::UpdatedAt).is_none() {
            let why = "a row without its own time has no place in the history";
            fields.report(
                Outcome::Skipped,
                Column::UpdatedAt,
                "",
                why,
                "export `sys_updated_at` for every row",
            );
        }
        return None;
    };
    Some(EventRow {
        line,
        number,
        updated_at,
        updated_by: fields.word(Column::UpdatedBy),
        mod_count: fields.count(Column::ModCount),
        state: fields.word(Column::State),
        reassignment_count: fields.count(Column::ReassignmentCount),
        reopen_count: fields.count(Column::ReopenCount),
        made_sla: fields.flag(Column::MadeSla),
        caller: fields.word(Column::Caller),
        opened_by: fields.word(Column::OpenedBy),
        opened_at: fields.time(Column::OpenedAt, Outcome::Mended),
        created_by: fields.word(Column::CreatedBy),
        created_at: fields.time(Column::CreatedAt, Outcome::Mended),
        impact: fields.level(Column::Impact, words::impact),
        urgency: fields.level(Column::Urgency, words::urgency),
        priority: fields.level(Column::Priority, words::priority),
        group: fields.word(Column::AssignmentGroup),
        assigned_to: fields.word(Column::AssignedTo),
        closed_code: fields.word(Column::ClosedCode),
        resolved_by: fields.word(Column::ResolvedBy),
        resolved_at: fields.time(Column::ResolvedAt, Outcome::Mended),
        closed_at: fields.time(Column::ClosedAt, Outcome::Mended),
        fields: EventRow::FIELDS.map(|column| match column {
            Column::Knowledge | Column::PriorityConfirmation => {
                fields.flag(column).map(|flag| fields.words.share(if flag { "true" } else { "false" }))
            }
            _ => fields.word(column),
        }),
    })
}

/// The fields of one record, read by column.
struct Fields<'a> {
    line: u64,
    number: Option<Word>,
    record: &'a ByteRecord,
    header: &'a Header,
    options: &'a Options,
    words: &'a mut Words,
    on_finding: &'a mut dyn FnMut(Finding),
}

impl<'a> Fields<'a> {
    fn report(&mut self, outcome: Outcome, column: Column, value: &str, why: &str, mend: &str) {
        (self.on_finding)(Finding {
            outcome,
            line: self.line,
            number: self.number.as_deref().map(str::to_owned),
            column: Some(column.as_str().to_owned()),
            value: value.chars().take(80).collect(),
            why: why.to_owned(),
            mend: mend.to_owned(),
        });
    }

    /// The value as it stands, without complaint; empty and `?` are absent.
    fn raw(&self, column: Column) -> Option<&'a [u8]> {
        let bytes = self.record.get(self.header.place(column)?)?;
        (!bytes.is_empty() && bytes != b"?").then_some(bytes)
    }

    fn text(&mut self, column: Column) -> Option<&'a str> {
        let bytes = self.raw(column)?;
        let limit = self.options.limits.field_bytes;
        let Ok(text) = std::str::from_utf8(bytes) else {
            let value = String::from_utf8_lossy(bytes);
            self.report(
                Outcome::Mended,
                column,
                &value,
                "it is not UTF-8 text and was left out",
                "save the export as UTF-8",
            );
            return None;
        };
        if text.len() > limit {
            let why = format!("it is longer than {limit} bytes and was left out");
            self.report(Outcome::Mended, column, text, &why, "shorten the value in the export");
            return None;
        }
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let why = "it contains invisible control characters and was left out";
            self.report(Outcome::Mended, column, text, why, "remove them from the export");
            return None;
        }
        Some(text)
    }

    fn word(&mut self, column: Column) -> Option<Word> {
        let text = self.text(column)?;
        let tidy;
        let text = if text.contains("  ") || text.contains(['\n', '\r', '\t']) {
            tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
            tidy.as_str()
        } else {
            text
        };
        Some(self.words.share(text))
    }

    fn count(&mut self, column: Column) -> Option<u32> {
        let text = self.text(column)?;
        let count = text.parse().ok();
        if count.is_none() {
            self.report(
                Outcome::Mended,
                column,
                text,
                "it is no whole number and was left out",
                "export the count itself",
            );
        }
        count
    }

    fn flag(&mut self, column: Column) -> Option<bool> {
        let text = self.text(column)?;
        let flag = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.report(
                Outcome::Mended,
                column,
                text,
                "it is neither true nor false and was left out",
                "use TRUE or FALSE",
            );
        }
        flag
    }

    fn level<L>(&mut self, column: Column, read: fn(&str) -> Option<L>) -> Option<L> {
        let text = self.text(column)?;
        let level = read(text);
        if level.is_none() {
            self.report(
                Outcome::Mended,
                column,
                text,
                "the level is unknown and was left out",
                "use a value such as `2 - Medium`",
            );
        }
        level
    }

    fn time(&mut self, column: Column, otherwise: Outcome) -> Option<Timestamp> {
        let text = self.text(column)?;
        match local_time(text).map(|civil| resolve(civil, &self.options.zone)) {
            Ok(Ok((time, None))) => Some(time),
            Ok(Ok((time, Some(note)))) => {
                self.report(Outcome::Note, column, text, note, "export in UTC to remove the doubt");
                Some(time)
            }
            Ok(Err(why)) | Err(why) => {
                self.report(otherwise, column, text, why, "write times as `29-02-2016 01:16`, day first");
                None
            }
        }
    }
}

/// A local time, day first: `29-02-2016 01:16`, `29/2/2016 1:16`, seconds or not; or year first: `2016-02-29 01:16:00`.
fn local_time(text: &str) -> Result<DateTime, &'static str> {
    let shape = "it is no date and time of the form day, month, year, hour, minute";
    let (date, time) = text.split_once([' ', 'T']).ok_or(shape)?;
    let [first, second, third] = numbers(date, &['-', '/', '.']).ok_or(shape)?;
    let year_first = date.find(['-', '/', '.']) == Some(4);
    let (day, month, year) = if year_first { (third, second, first) } else { (first, second, third) };
    let clock = numbers::<2>(time, &[':']).map(|[hour, minute]| [hour, minute, 0]);
    let [hour, minute, second] = clock.or_else(|| numbers(time, &[':'])).ok_or(shape)?;
    if !(1970..=2200).contains(&year) {
        return Err("the year is not between 1970 and 2200; write all four digits of it");
    }
    if month > 12 {
        return Err("there is no such month; dates are read day first");
    }
    let narrow = |number: i16| i8::try_from(number).ok();
    let date = narrow(month).zip(narrow(day)).and_then(|(month, day)| Date::new(year, month, day).ok());
    let date = date.ok_or("there is no such day in that month")?;
    let time = narrow(hour).zip(narrow(minute)).zip(narrow(second));
    let time = time.and_then(|((hour, minute), second)| Time::new(hour, minute, second, 0).ok());
    Ok(date.to_datetime(time.ok_or("there is no such time of day")?))
}

/// Exactly `N` runs of one to four digits between separators.
fn numbers<const N: usize>(text: &str, separators: &[char]) -> Option<[i16; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separators);
    for number in &mut numbers {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// The moment of a local time in `zone`, and a note when the clocks were being changed then.
fn resolve(civil: DateTime, zone: &TimeZone) -> Result<(Timestamp, Option<&'static str>), &'static str> {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    let note = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => {
            Some("the clocks skipped this time in the zone of the import; an hour was added")
        }
        AmbiguousOffset::Fold { .. } => {
            Some("the clocks showed this time twice in the zone of the import; the first was taken")
        }
    };
    let time = ambiguous.compatible().map_err(|_| "the time is out of range in the zone of the import")?;
    Ok((time, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_moment_is_the_same_moment() {
        let expected: DateTime = "2016-02-29T01:16:00".parse().unwrap();
        for text in [
            "29-02-2016 01:16",
            "29/2/2016 01:16",
            "29/02/2016 1:16",
            "29.2.2016 1:16:00",
            "2016-02-29 01:16:00",
        ] {
            assert_eq!(local_time(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_date_that_cannot_be_says_why() {
        for (text, why) in [
            ("2/29/2016 01:16", "day first"),
            ("30-02-2016 01:16", "no such day"),
            ("29-02-16 01:16", "four digits"),
            ("29-02-2016 25:00", "time of day"),
            ("29-02-2016", "form day"),
            ("29-02-2016 01:16 PM", "form day"),
            ("yesterday", "form day"),
            ("99999-1-1 00:00", "form day"),
        ] {
            assert!(local_time(text).unwrap_err().contains(why), "{text}: {:?}", local_time(text));
        }
    }

    #[test]
    fn local_times_are_read_in_the_zone_of_the_import() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let read = |text| resolve(local_time(text).unwrap(), &zone).unwrap();
        assert_eq!(read("01-07-2016 12:00"), ("2016-07-01T10:00:00Z".parse().unwrap(), None));
        let (gap, note) = read("27-03-2016 02:30");
        assert_eq!(gap, "2016-03-27T01:30:00Z".parse().unwrap());
        assert!(note.unwrap().contains("skipped"));
        let (fold, note) = read("30-10-2016 02:30");
        assert_eq!(fold, "2016-10-30T00:30:00Z".parse().unwrap());
        assert!(note.unwrap().contains("twice"));
    }
}
