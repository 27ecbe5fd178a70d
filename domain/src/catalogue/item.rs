//! Something that people can request, and the form for it.

use serde::{Deserialize, Serialize};

use crate::{
    GroupId, PersonId,
    identity::named,
    ticket::{Category, ChoiceWords, ItemAbout, ItemName, Keywords, MOST_ASKED, QuestionLabel},
};

/// More questions than this nobody answers.
pub const MOST_QUESTIONS: usize = 20;
/// More choices than this nobody reads.
pub const MOST_CHOICES: usize = 30;
/// The longest that an item may promise to take.
pub const MOST_WORKING_DAYS: u16 = 260;

named! {
    /// What a question takes for an answer.
    QuestionKind {
        /// A line of text.
        Text = "text",
        /// One of the question's choices.
        Choice = "choice",
        /// Yes or no.
        YesNo = "yes_no",
        /// A day.
        Date = "date",
        /// Somebody at this desk, by e-mail address.
        Person = "person",
    }
}

impl QuestionKind {
    /// The kind as words on a page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Choice => "One of several",
            Self::YesNo => "Yes or no",
            Self::Date => "A day",
            Self::Person => "A person",
        }
    }
}

named! {
    /// Who has to approve a request before anybody works on it.
    ApprovalBy {
        /// Nobody.
        Nobody = "nobody",
        /// Whoever leads the requester.
        Manager = "manager",
        /// People named with the item; all of them have to agree.
        People = "people",
    }
}

/// A question of a form. Within a form, its label is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub label: QuestionLabel,
    /// What it takes for an answer.
    pub kind: QuestionKind,
    /// Whether it has to be answered.
    #[serde(default)]
    pub required: bool,
    /// What there is to choose from, for [`QuestionKind::Choice`] alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceWords>,
}

/// Something that people can request, as it stands in one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueItem {
    /// What it is found by, and the subject of every request for it.
    pub name: ItemName,
    /// What one gets, in Markdown.
    pub about: ItemAbout,
    /// Other words it is found by, separated by commas.
    pub keywords: Option<Keywords>,
    /// What it stands under in the catalogue, and what its requests are filed under.
    pub category: Category,
    /// The group whose queue its requests go to.
    pub group: Option<GroupId>,
    /// What is asked of whoever requests it.
    pub questions: Vec<Question>,
    /// How many working days it usually takes.
    pub working_days: Option<u16>,
    /// Whose approval it needs.
    pub approval: ApprovalBy,
    /// Who approves, for [`ApprovalBy::People`] alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<PersonId>,
    /// Whether it can be requested now.
    pub offered: bool,
}

/// What is wrong with an item, as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A form that is too long.
    #[error("ask at most {MOST_QUESTIONS} questions; people leave a longer form")]
    TooManyQuestions,
    /// Two questions of one name.
    #[error("“{0}” is asked twice; ask it once")]
    AskedTwice(QuestionLabel),
    /// A choice without a choice.
    #[error("“{0}” offers fewer than two choices; name what there is to choose from")]
    NothingToChoose(QuestionLabel),
    /// More choices than fit.
    #[error("“{0}” offers more than {MOST_CHOICES} choices; ask in two steps, or for a text")]
    TooManyChoices(QuestionLabel),
    /// The same choice twice.
    #[error("“{0}” offers the same choice twice; offer it once")]
    ChoiceTwice(QuestionLabel),
    /// Choices of something that is no choice.
    #[error("“{0}” has choices but is no choice; make it “one of several”, or leave them out")]
    ChoicesOfNoChoice(QuestionLabel),
    /// Approval by nobody in particular.
    #[error("name who approves it")]
    NoApprovers,
    /// More approvers than can be asked.
    #[error("at most {MOST_ASKED} people can approve a request")]
    TooManyApprovers,
    /// Approvers that nobody would ask.
    #[error("people are named who approve it, but it is not approved by people; choose that, or name nobody")]
    ApproversUnasked,
    /// No time, or years.
    #[error("say how long it takes in 1 to {MOST_WORKING_DAYS} working days, or leave it open")]
    Days,
}

impl ItemError {
    /// The field it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::TooManyQuestions
            | Self::AskedTwice(_)
            | Self::NothingToChoose(_)
            | Self::TooManyChoices(_)
            | Self::ChoiceTwice(_)
            | Self::ChoicesOfNoChoice(_) => "questions",
            Self::NoApprovers | Self::TooManyApprovers | Self::ApproversUnasked => "approvers",
            Self::Days => "working_days",
        }
    }
}

impl CatalogueItem {
    /// Everything that is wrong with it.
    pub fn errors(&self) -> Vec<ItemError> {
        let mut errors = Vec::new();
        if self.questions.len() > MOST_QUESTIONS {
            errors.push(ItemError::TooManyQuestions);
        }
        for (nth, question) in self.questions.iter().enumerate().take(MOST_QUESTIONS) {
            let same = |other: &Question| other.label.as_str().eq_ignore_ascii_case(question.label.as_str());
            if self.questions[..nth].iter().any(same) {
                errors.push(ItemError::AskedTwice(question.label.clone()));
            }
            errors.extend(question.error());
        }
        let by_people = self.approval == ApprovalBy::People;
        match self.approvers.len() {
            0 if by_people => errors.push(ItemError::NoApprovers),
            1.. if !by_people => errors.push(ItemError::ApproversUnasked),
            len if len > MOST_ASKED => errors.push(ItemError::TooManyApprovers),
            _ => {}
        }
        if self.working_days.is_some_and(|days| !(1..=MOST_WORKING_DAYS).contains(&days)) {
            errors.push(ItemError::Days);
        }
        errors
    }

    /// How long it usually takes, in words.
    pub fn usually(&self) -> Option<String> {
        self.working_days.map(|days| match days {
            1 => "usually within a working day".to_owned(),
            days => format!("usually within {days} working days"),
        })
    }
}

impl Question {
    fn error(&self) -> Option<ItemError> {
        let label = || self.label.clone();
        let twice = || {
            let mut seen = self.choices.iter().enumerate();
            seen.any(|(nth, choice)| self.choices[..nth].contains(choice))
        };
        match (self.kind, self.choices.len()) {
            (QuestionKind::Choice, 0..=1) => Some(ItemError::NothingToChoose(label())),
            (QuestionKind::Choice, len) if len > MOST_CHOICES => Some(ItemError::TooManyChoices(label())),
            (QuestionKind::Choice, _) => twice().then(|| ItemError::ChoiceTwice(label())),
            (_, 0) => None,
            _ => Some(ItemError::ChoicesOfNoChoice(label())),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn question(label: &str, kind: QuestionKind, choices: &[&str]) -> Question {
        Question {
            label: QuestionLabel::new(label).unwrap(),
            kind,
            required: true,
            choices: choices.iter().map(|words| ChoiceWords::new(words).unwrap()).collect(),
        }
    }

    fn item(questions: Vec<Question>) -> CatalogueItem {
        CatalogueItem {
            name: ItemName::new("A second screen").unwrap(),
            about: ItemAbout::new("27 inches, with an arm.").unwrap(),
            keywords: None,
            category: Category::new("Workplace").unwrap(),
            group: None,
            questions,
            working_days: Some(3),
            approval: ApprovalBy::Nobody,
            approvers: Vec::new(),
            offered: true,
        }
    }

    #[test]
    fn a_form_that_nobody_could_answer_is_refused_with_all_that_is_wrong() {
        let choice = |choices: &[&str]| question("Which?", QuestionKind::Choice, choices);
        assert_eq!(item(vec![choice(&["24 inch", "27 inch"])]).errors(), []);
        let wrong = CatalogueItem {
            working_days: Some(0),
            approval: ApprovalBy::People,
            ..item(vec![choice(&["24 inch"]), question("which?", QuestionKind::Text, &["x"])])
        };
        let fields: Vec<_> = wrong.errors().iter().map(ItemError::field).collect();
        assert_eq!(fields, ["questions", "questions", "questions", "approvers", "working_days"]);
        assert!(matches!(item(vec![choice(&["a", "b", "a"])]).errors()[..], [ItemError::ChoiceTwice(_)]));
        let many = (0..21).map(|n| question(&format!("Q{n}"), QuestionKind::Date, &[])).collect();
        assert_eq!(item(many).errors(), [ItemError::TooManyQuestions]);
        let named =
            CatalogueItem { approvers: vec![PersonId::from(uuid::Uuid::from_u128(1))], ..item(Vec::new()) };
        assert_eq!(named.errors(), [ItemError::ApproversUnasked], "nobody is named in vain");
    }
}
