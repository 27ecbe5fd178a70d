//! Every statement of the program, so that a test can prepare each of them on both engines.

/// Declares statements as constants and lists them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+

        /// The statements of this subject.
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
pub(crate) use statements;

/// Name and text of every statement that serves both engines.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        crate::alert::ALL,
        crate::approval::ALL,
        crate::audit::ALL,
        crate::checklist::ALL,
        crate::catalogue::ALL,
        crate::contract::ALL,
        crate::device::ALL,
        crate::effort::ALL,
        crate::figures::ALL,
        crate::guest::ALL,
        crate::idempotency::ALL,
        crate::kept::ALL,
        crate::knowledge::ALL,
        crate::licence::ALL,
        crate::manager::ALL,
        crate::mention::ALL,
        crate::outage::ALL,
        crate::outbox::ALL,
        crate::person::ALL,
        crate::push::ALL,
        crate::rating::ALL,
        crate::recurring::ALL,
        crate::search::ALL,
        crate::session::ALL,
        crate::setting::ALL,
        crate::snooze::ALL,
        crate::spent::ALL,
        crate::ticket::ALL,
        crate::ticket_list::ALL,
        crate::usage::ALL,
        crate::writing::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
