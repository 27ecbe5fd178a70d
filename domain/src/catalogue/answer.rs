//! What people answer to the questions of a form.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Question, QuestionKind};
use crate::{PersonId, ticket::QuestionLabel};

/// The longest answer, in characters.
const LONGEST: usize = 500;

/// An answer as it was given, before it is known whether there is such a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Nothing, to a question that may stay open.
    Nothing,
    /// Words as they are kept.
    Words(String),
    /// The address of a person, in lower case.
    Person(String),
}

/// A question with its answer, as they are kept with the ticket: they stay as they were when the form changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What was asked.
    pub question: QuestionLabel,
    /// What it took for an answer.
    pub kind: QuestionKind,
    /// What was answered, as people read it: a person's name at the time, `Yes`, `2026-03-02`.
    pub answer: String,
    /// Who, where a person is the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// Why an answer is none, as a sentence that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A required question that was left open.
    #[error("answer this, so that nobody has to ask you")]
    Missing,
    /// None of the choices.
    #[error("choose one of those that are offered")]
    NoChoice,
    /// Neither yes nor no.
    #[error("answer yes or no")]
    NeitherYesNorNo,
    /// No day of the calendar.
    #[error("is not a day; write it like 2026-03-31")]
    NoDay,
    /// Too much.
    #[error("use at most {LONGEST} characters; what is more fits below")]
    TooLong,
    /// A character that nobody sees.
    #[error("contains an invisible character; remove it or paste as plain text")]
    Invisible,
}

impl Question {
    /// Reads what somebody typed or chose.
    ///
    /// # Errors
    ///
    /// When it is no answer to this question.
    pub fn read(&self, typed: &str) -> Result<Given, AnswerError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return if self.required { Err(AnswerError::Missing) } else { Ok(Given::Nothing) };
        }
        if typed.chars().count() > LONGEST {
            return Err(AnswerError::TooLong);
        }
        if typed.chars().any(char::is_control) {
            return Err(AnswerError::Invisible);
        }
        match self.kind {
            QuestionKind::Text => Ok(Given::Words(typed.to_owned())),
            QuestionKind::Choice if self.choices.iter().any(|choice| choice.as_str() == typed) => {
                Ok(Given::Words(typed.to_owned()))
            }
            QuestionKind::Choice => Err(AnswerError::NoChoice),
            QuestionKind::YesNo => match typed.to_ascii_lowercase().as_str() {
                "yes" => Ok(Given::Words("Yes".to_owned())),
                "no" => Ok(Given::Words("No".to_owned())),
                _ => Err(AnswerError::NeitherYesNorNo),
            },
            QuestionKind::Date => typed
                .parse::<Date>()
                .ok()
                .filter(|date| (1900..=2200).contains(&date.year()))
                .map(|date| Given::Words(date.to_string()))
                .ok_or(AnswerError::NoDay),
            QuestionKind::Person => Ok(Given::Person(typed.to_lowercase())),
        }
    }
}

/// Answers as the description of a ticket, in Markdown, so that whoever reads the ticket in whichever way reads them; `more` is
/// what was written beside the form.
pub fn in_words(answers: &[Answered], more: Option<&str>) -> Option<String> {
    let mut text = String::new();
    for Answered { question, answer, .. } in answers {
        let gap = if text.is_empty() { "" } else { "\n\n" };
        // Writing to a `String` never fails.
        let _ = write!(text, "{gap}**{}**\n{}", plain(question.as_str()), plain(answer));
    }
    if let Some(more) = more.filter(|more| !more.trim().is_empty()) {
        let gap = if text.is_empty() { "" } else { "\n\n" };
        // Quoted, so that nobody takes what was written freely for an answer to a question.
        let quoted: Vec<_> = more.trim().lines().map(|line| format!("> {line}")).collect();
        let _ = write!(text, "{gap}**Anything else**\n\n{}", quoted.join("\n"));
    }
    (!text.is_empty()).then_some(text)
}

/// Text that Markdown reads as it is written.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '=' | '-' | '+'
        ) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::item::tests::question;

    #[test]
    fn each_kind_takes_what_it_asks_for_and_nothing_else() {
        let words = |text: &str| Ok(Given::Words(text.to_owned()));
        let choice = question("Size", QuestionKind::Choice, &["24 inch", "27 inch"]);
        assert_eq!(choice.read(" 27 inch "), words("27 inch"));
        assert_eq!(choice.read("32 inch"), Err(AnswerError::NoChoice));
        let yes = question("Urgent?", QuestionKind::YesNo, &[]);
        assert_eq!(yes.read("YES"), words("Yes"));
        assert_eq!(yes.read("maybe"), Err(AnswerError::NeitherYesNorNo));
        let day = question("From when?", QuestionKind::Date, &[]);
        assert_eq!(day.read("2026-03-31"), words("2026-03-31"));
        for none in ["2026-02-30", "soon", "0001-01-01"] {
            assert_eq!(day.read(none), Err(AnswerError::NoDay), "{none}");
        }
        let who = question("For whom?", QuestionKind::Person, &[]);
        assert_eq!(who.read("Ada@Example.org"), Ok(Given::Person("ada@example.org".to_owned())));
        assert_eq!(who.read("  "), Err(AnswerError::Missing));
        let open = Question { required: false, ..who };
        assert_eq!(open.read(""), Ok(Given::Nothing));
        let text = question("Why?", QuestionKind::Text, &[]);
        assert_eq!(text.read(&"x".repeat(501)), Err(AnswerError::TooLong));
        assert_eq!(text.read("a\u{7}b"), Err(AnswerError::Invisible));
    }

    #[test]
    fn answers_are_read_as_they_were_written() {
        let answer = Answered {
            question: QuestionLabel::new("Folder_name?").unwrap(),
            kind: QuestionKind::Text,
            answer: "# <b>all</b>".to_owned(),
            person: None,
        };
        let words = in_words(&[answer], Some("By Friday.")).unwrap();
        assert_eq!(words, "**Folder\\_name?**\n\\# \\<b\\>all\\</b\\>\n\n**Anything else**\n\n> By Friday.");
        assert_eq!(in_words(&[], Some(" ")), None);
    }
}
