//! A fresh database of each engine for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use store::{Database, DatabaseUrl};

/// A database that nobody else uses, and the folder that goes with it.
pub(crate) struct Fresh {
    pub(crate) db: Database,
    pub(crate) url: DatabaseUrl,
    _folder: tempfile::TempDir,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("freehold.db"));
    Fresh { db: Database::open(&url).expect("SQLite opens"), url, _folder: folder }
}

pub(crate) fn postgres() -> Fresh {
    let base = std::env::var("FREEHOLD_TEST_POSTGRES")
        .expect("FREEHOLD_TEST_POSTGRES names a PostgreSQL server for tests; `cargo xtask test` starts one");
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("store_{}_{number}", std::process::id());
    let url: DatabaseUrl = format!("{base}?schema={schema}").parse().expect("an address");
    Fresh {
        db: Database::open(&url).expect("PostgreSQL opens"),
        url,
        _folder: tempfile::tempdir().expect("a temporary folder"),
    }
}

/// Runs a test on both engines, each under its own name.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* fn $name:ident($fresh:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every story needs everything")]
            use super::*;

            fn story($fresh: &crate::support::Fresh) $body

            #[test]
            fn sqlite() {
                story(&crate::support::sqlite());
            }

            #[test]
            fn postgres() {
                story(&crate::support::postgres());
            }
        }
    )+};
}
pub(crate) use on_both_engines;
