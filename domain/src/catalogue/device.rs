//! What people work with.

use crate::identity::named;

named! {
    /// What kind of thing a device is.
    DeviceKind {
        /// A notebook or a desktop.
        Computer = "computer",
        /// A mobile or a desk telephone.
        Phone = "phone",
        /// A tablet.
        Tablet = "tablet",
        /// A screen.
        Screen = "screen",
        /// A printer or scanner.
        Printer = "printer",
        /// Anything else.
        Other = "other",
    }
}

impl DeviceKind {
    /// The kind as a word on a page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Computer => "Computer",
            Self::Phone => "Phone",
            Self::Tablet => "Tablet",
            Self::Screen => "Screen",
            Self::Printer => "Printer",
            Self::Other => "Other device",
        }
    }
}
