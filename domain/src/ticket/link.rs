//! How one ticket stands to another.

use crate::identity::named;

named! {
    /// A link from one ticket to another, read from the first to the second.
    LinkKind {
        /// The two have something to do with each other.
        RelatesTo = "relates_to",
        /// The first reports what the second already reports.
        Duplicates = "duplicates",
        /// The second cannot go on before the first is resolved.
        Blocks = "blocks",
        /// The first happened because of the second.
        CausedBy = "caused_by",
        /// The first is the whole, the second a part.
        ParentOf = "parent_of",
    }
}

impl LinkKind {
    /// The words between first and second: `INC-1 blocks INC-2`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::RelatesTo => "relates to",
            Self::Duplicates => "duplicates",
            Self::Blocks => "blocks",
            Self::CausedBy => "is caused by",
            Self::ParentOf => "is the parent of",
        }
    }

    /// The words between second and first: `INC-2 is blocked by INC-1`.
    pub const fn inverse_words(self) -> &'static str {
        match self {
            Self::RelatesTo => "relates to",
            Self::Duplicates => "is duplicated by",
            Self::Blocks => "is blocked by",
            Self::CausedBy => "caused",
            Self::ParentOf => "is a child of",
        }
    }

    /// Whether the link reads the same from both ends, so that only one of the two directions need be stored.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::RelatesTo)
    }
}
