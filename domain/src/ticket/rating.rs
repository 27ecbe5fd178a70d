//! How somebody was helped, in their own judgement.

use crate::identity::named;

named! {
    /// Three answers, told apart at a glance and given in one tap. Scales of five and ten are answered by fewer people and
    /// mean something else to each of them.
    Rating {
        /// It went well.
        Good = "good",
        /// It went.
        Fair = "fair",
        /// It did not go well.
        Poor = "poor",
    }
}

impl Rating {
    /// The word on its button.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Fair => "So-so",
            Self::Poor => "Not good",
        }
    }
}
