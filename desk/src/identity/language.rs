//! The language that somebody reads, in whatever browser they sign in.

use domain::{Language, licence::Action};
use serde_json::json;
use store::person;

use crate::{Act, Command, Refused, Result, Threshold};

/// Chooses the caller's language.
#[derive(Debug, Clone, Copy)]
pub struct ChooseLanguage {
    /// Which.
    pub language: Language,
}

impl Command for ChooseLanguage {
    type Outcome = Language;

    fn action(&self, at: &mut Threshold<'_, '_>) -> Result<Action> {
        let person = at.person().ok_or(Refused::NotFound("person"))?;
        at.aim(person);
        Ok(Action::LanguageChoose)
    }

    fn perform(self, act: &mut Act<'_, '_>) -> Result<Language> {
        let person = act.person().ok_or(Refused::NotFound("person"))?;
        let before = person::lock(act.tx, person)?.ok_or(Refused::NotFound("person"))?.language;
        person::set_language(act.tx, person, self.language)?;
        act.detail = json!({ "before": before, "after": self.language });
        Ok(self.language)
    }
}
