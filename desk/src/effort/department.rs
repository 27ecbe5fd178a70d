//! How much the departments say, and how much trouble others measure there.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Timestamp,
    effort::{FEWEST_PEOPLE, PerHundred, went_quiet},
    licence::Action,
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ReadTx, effort};

use crate::{Act, Command, Look, Query, Refused, Result, Threshold};

/// Most rows in one import.
const AT_ONCE: usize = 20_000;

/// A department in a month and the month before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DepartmentView {
    /// Its name.
    pub department: String,
    /// Its active people, as they are now.
    pub people: u64,
    /// Their tickets of the month before.
    pub tickets_before: u64,
    /// Their tickets of the month.
    pub tickets: u64,
    /// The same for every hundred people.
    pub rate_before: PerHundred,
    /// The same for every hundred people.
    pub rate: PerHundred,
    /// By how many hundredths the rate changed; `None` where there was nothing before.
    pub change: Option<i64>,
    /// Trouble with devices for every hundred people in the month before, where it was brought in.
    pub trouble_before: Option<PerHundred>,
    /// And in the month.
    pub trouble: Option<PerHundred>,
    /// Whether its tickets fell although its trouble did not.
    pub went_quiet: bool,
}

/// The departments in the last whole month and the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DepartmentsView {
    /// The first day of the month, in UTC.
    pub month: Date,
    /// The first day of the month before.
    pub month_before: Date,
    /// The departments with enough people, those that went quiet first and then by name.
    pub departments: Vec<DepartmentView>,
    /// How many departments have too few people to be shown.
    pub too_small: u64,
    /// Whether trouble of both months was brought in for any department.
    pub trouble_known: bool,
}

/// A month as it is kept: 202610.
pub(super) fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 100 + i64::from(date.month())
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
}

pub(super) fn departments(look: &mut Look<'_, '_>) -> Result<DepartmentsView> {
    let this = look.ctx.now.to_zoned(TimeZone::UTC).date().first_of_month();
    let month = this.saturating_sub(1.month());
    let month_before = month.saturating_sub(1.month());
    let tickets = |tx: &mut ReadTx<'_>, from, until| -> Result<BTreeMap<String, u64>> {
        let mut all = BTreeMap::new();
        for (department, count) in effort::tickets(tx, midnight(from), midnight(until))? {
            *all.entry(department).or_default() += count;
        }
        Ok(all)
    };
    let before = tickets(look.tx, month_before, month)?;
    let now = tickets(look.tx, month, this)?;
    let trouble = |tx: &mut ReadTx<'_>, month| -> Result<BTreeMap<String, PerHundred>> {
        Ok(effort::trouble(tx, month_number(month))?.into_iter().collect())
    };
    let trouble_before = trouble(look.tx, month_before)?;
    let trouble_now = trouble(look.tx, month)?;
    let mut too_small = 0;
    let mut departments = Vec::new();
    for (department, people) in effort::people(look.tx)? {
        let of = |counts: &BTreeMap<String, u64>| counts.get(&department).copied().unwrap_or(0);
        let (tickets_before, tickets) = (of(&before), of(&now));
        let rates = (PerHundred::of(tickets_before, people), PerHundred::of(tickets, people));
        let ((Some(rate_before), Some(rate)), true) = (rates, people >= FEWEST_PEOPLE) else {
            too_small += 1;
            continue;
        };
        let (trouble_before, trouble) =
            (trouble_before.get(&department).copied(), trouble_now.get(&department).copied());
        let went_quiet =
            trouble_before.zip(trouble).is_some_and(|trouble| went_quiet((rate_before, rate), trouble));
        departments.push(DepartmentView {
            change: rate.change_since(rate_before),
            department,
            people,
            tickets_before,
            tickets,
            rate_before,
            rate,
            trouble_before,
            trouble,
            went_quiet,
        });
    }
    departments.sort_by(|one, other| {
        other.went_quiet.cmp(&one.went_quiet).then_with(|| one.department.cmp(&other.department))
    });
    let trouble_known = departments.iter().any(|one| one.trouble_before.is_some() && one.trouble.is_some());
    Ok(DepartmentsView { month, month_before, departments, too_small, trouble_known })
}

/// Trouble that another system measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleRow {
    /// Where it stands in its file.
    pub row: u32,
    /// The department, as the desk calls it.
    pub department: String,
    /// The month: `2026-10`.
    pub month: String,
    /// How much for every hundred people: `12.5`.
    pub per_hundred: String,
}

/// What came of an import, or would.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TroubleReport {
    /// Rows that the desk did not have.
    pub new: u64,
    /// Rows that say something else than the desk had.
    pub changed: u64,
    /// Rows that the desk had already.
    pub unchanged: u64,
    /// Rows that cannot be taken: where, and why.
    pub refused: Vec<(u32, String)>,
    /// Departments that nobody at the desk belongs to: their rows are kept, and stand nowhere until somebody does.
    pub unknown: Vec<String>,
}

/// Brings in trouble with devices, as monitoring or a survey measured it. The same again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportTrouble {
    /// The rows, at most 20,000.
    pub rows: Vec<TroubleRow>,
}

/// What [`ImportTrouble`] would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewTrouble {
    /// The rows, at most 20,000.
    pub rows: Vec<TroubleRow>,
}

impl Command for ImportTrouble {
    type Outcome = TroubleReport;

    fn action(&self, _: &mut Threshold<'_, '_>) -> Result<Action> {
        Ok(Action::FigureImport)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<TroubleReport> {
        let (report, rows) = weigh(act.tx, self.rows)?;
        for ((department, month), rate) in rows {
            effort::put_trouble(act.tx, &department, month, rate)?;
        }
        act.detail = json!({
            "new": report.new, "changed": report.changed, "unchanged": report.unchanged,
            "refused": report.refused.len(),
        });
        Ok(report)
    }
}

impl Query for PreviewTrouble {
    type Answer = TroubleReport;

    fn answer(self, look: &mut Look<'_, '_>) -> Result<TroubleReport> {
        look.require(Action::FigureImport.rule().capability, "figures")?;
        Ok(weigh(look.tx, self.rows)?.0)
    }
}

type Trouble = BTreeMap<(String, i64), PerHundred>;

/// What rows mean to the desk, and those of them that it has yet to write.
fn weigh(tx: &mut ReadTx<'_>, rows: Vec<TroubleRow>) -> Result<(TroubleReport, Trouble)> {
    if rows.len() > AT_ONCE {
        return Err(Refused::field("rows", format_args!("bring in at most {AT_ONCE} at a time")));
    }
    let mut report = TroubleReport::default();
    let mut said: Trouble = BTreeMap::new();
    for row in rows {
        match understood(&row) {
            Ok((key, _)) if said.contains_key(&key) => {
                let why = format!("{} in {} stands above already", row.department.trim(), row.month.trim());
                report.refused.push((row.row, why));
            }
            Ok((key, rate)) => drop(said.insert(key, rate)),
            Err(why) => report.refused.push((row.row, why)),
        }
    }
    let here: BTreeSet<String> = effort::people(tx)?.into_iter().map(|(name, _)| name).collect();
    let named: BTreeSet<&String> = said.keys().map(|(department, _)| department).collect();
    report.unknown = named.into_iter().filter(|name| !here.contains(*name)).cloned().collect();
    let months: BTreeSet<i64> = said.keys().map(|(_, month)| *month).collect();
    for month in months {
        let known: BTreeMap<String, PerHundred> = effort::trouble(tx, month)?.into_iter().collect();
        said.retain(|(department, of), rate| {
            if *of != month {
                return true;
            }
            match known.get(department) {
                None => report.new += 1,
                Some(before) if before != rate => report.changed += 1,
                Some(_) => {
                    report.unchanged += 1;
                    return false;
                }
            }
            true
        });
    }
    Ok((report, said))
}

fn understood(row: &TroubleRow) -> Result<((String, i64), PerHundred), String> {
    let department = row.department.trim();
    let length = department.chars().count();
    if length == 0 || length > 120 || department.chars().any(char::is_control) {
        return Err("`department` has 1 to 120 characters in one line".to_owned());
    }
    let month = row.month.trim();
    let date = (month.len() == 7).then(|| format!("{month}-01").parse::<Date>().ok()).flatten();
    let Some(date) = date.filter(|date| (2000..=2999).contains(&date.year())) else {
        return Err("`month` is written as 2026-10".to_owned());
    };
    let Some(rate) = PerHundred::parse(row.per_hundred.trim()) else {
        return Err("`per_hundred` is a number of 0 to 99999 such as 12.5".to_owned());
    };
    Ok(((department.to_owned(), month_number(date)), rate))
}
