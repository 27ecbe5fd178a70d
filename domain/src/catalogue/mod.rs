//! The catalogue: what people can request, what is asked of them when they do, and whose approval it needs.

mod answer;
mod device;
mod item;

pub use answer::{AnswerError, Answered, Given, in_words};
pub use device::DeviceKind;
pub use item::{
    ApprovalBy, CatalogueItem, ItemError, MOST_CHOICES, MOST_QUESTIONS, MOST_WORKING_DAYS, Question,
    QuestionKind,
};
