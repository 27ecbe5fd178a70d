//! The texts: what is reported, what is asked back, what is noted, and how it is solved.

use domain::ticket::{Impact, Kind, Urgency};

/// One kind of trouble or wish, with everything people write about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub(super) category: &'static str,
    pub(super) subcategory: &'static str,
    pub(super) kind: Kind,
    pub(super) group: &'static str,
    pub(super) impact: Impact,
    pub(super) urgency: Urgency,
    /// Usual working time.
    pub(super) minutes: i64,
    /// How common it is, against all others.
    pub(super) weight: u32,
    pub(super) german: bool,
    pub(super) subjects: Vec<&'static str>,
    pub(super) descriptions: Vec<&'static str>,
    pub(super) questions: Vec<&'static str>,
    pub(super) answers: Vec<&'static str>,
    pub(super) notes: Vec<&'static str>,
    pub(super) solutions: Vec<&'static str>,
}

/// All of them, as written down in `problems.txt`.
///
/// # Panics
/// When the text does not follow its own heading; a test reads it.
pub(super) fn problems() -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for (number, line) in include_str!("problems.txt").lines().enumerate() {
        read_line(line, &mut problems).unwrap_or_else(|| {
            panic!("problems.txt, line {}: `{line}` follows no form that is known", number + 1)
        });
    }
    problems
}

fn read_line(line: &'static str, problems: &mut Vec<Problem>) -> Option<()> {
    if line.is_empty() || line.starts_with('#') {
        return Some(());
    }
    let (mark, text) = line.split_once(' ')?;
    if mark == "==" {
        problems.push(heading(text)?);
        return Some(());
    }
    let problem = problems.last_mut()?;
    let texts = match mark {
        "S" => &mut problem.subjects,
        "D" => &mut problem.descriptions,
        "Q" => &mut problem.questions,
        "A" => &mut problem.answers,
        "N" => &mut problem.notes,
        "R" => &mut problem.solutions,
        _ => return None,
    };
    texts.push(text);
    Some(())
}

/// `Category / Subcategory | kind | group | impact urgency | hours | weight [| de]`.
fn heading(text: &'static str) -> Option<Problem> {
    let mut parts = text.split(" | ");
    let (category, subcategory) = parts.next()?.split_once(" / ")?;
    let kind = match parts.next()? {
        "incident" => Kind::Incident,
        "request" => Kind::ServiceRequest,
        _ => return None,
    };
    let group = parts.next()?;
    let (impact, urgency) = parts.next()?.split_once(' ')?;
    let hours = parts.next()?;
    let (hours, tenth) = hours.split_once('.').unwrap_or((hours, "0"));
    let tenths = hours.parse::<i64>().ok()? * 10 + tenth.parse::<i64>().ok()?;
    Some(Problem {
        category,
        subcategory,
        kind,
        group,
        impact: Impact::parse(impact)?,
        urgency: Urgency::parse(urgency)?,
        minutes: tenths * 6,
        weight: parts.next()?.parse().ok()?,
        german: match parts.next() {
            None => false,
            Some("de") => true,
            Some(_) => return None,
        },
        subjects: Vec::new(),
        descriptions: Vec::new(),
        questions: Vec::new(),
        answers: Vec::new(),
        notes: Vec::new(),
        solutions: Vec::new(),
    })
}
