//! What can go wrong between the desk and its engine.

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database cannot be used.
    #[error("the database address `{0}` is not usable: it is `sqlite:FILE` or `postgres://USER@HOST/NAME`")]
    Address(String),
    /// A uniqueness rule of the schema refused the write; somebody else was first.
    #[error("a row with the same {constraint} exists already")]
    Duplicate {
        /// The constraint or the columns that the engine names.
        constraint: String,
    },
    /// Two transactions stood in each other's way; the same command may be sent again.
    #[error("the database was busy with a conflicting change; send it again")]
    Busy,
    /// The data folder was written by a newer program.
    #[error(
        "the database is at schema {found}, this program knows {known}; use the newer program, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The schema found.
        found: u32,
        /// The newest schema known.
        known: u32,
    },
    /// A migration that was applied is not the one in this program.
    #[error("migration {0} was changed after it was applied; use the program that applied it")]
    MigrationChanged(u32),
    /// A column held something that its type cannot be.
    #[error(
        "column {column} of `{statement}` holds {found}: the database was changed by something else than Freehold"
    )]
    Column {
        /// Position in the row, from 0.
        column: usize,
        /// The statement.
        statement: &'static str,
        /// What was there.
        found: String,
    },
    /// The engine stopped, or its thread did.
    #[error("the database engine has stopped")]
    Stopped,
    /// A command panicked; its changes were rolled back.
    #[error("a command failed unexpectedly and was rolled back: {0}")]
    Panicked(String),
    /// Anything else that the engine says.
    #[error("the database engine says: {0}")]
    Engine(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, message) = &error {
            match failure.code {
                rusqlite::ErrorCode::ConstraintViolation
                    if matches!(
                        failure.extended_code,
                        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    ) =>
                {
                    let constraint = message.as_deref().unwrap_or("key");
                    let constraint =
                        constraint.strip_prefix("UNIQUE constraint failed: ").unwrap_or(constraint);
                    return Self::Duplicate { constraint: constraint.to_owned() };
                }
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => return Self::Busy,
                _ => {}
            }
        }
        Self::Engine(error.to_string())
    }
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        use postgres::error::SqlState;
        if let Some(db) = error.as_db_error() {
            if *db.code() == SqlState::UNIQUE_VIOLATION {
                return Self::Duplicate { constraint: db.constraint().unwrap_or("key").to_owned() };
            }
            if *db.code() == SqlState::T_R_DEADLOCK_DETECTED
                || *db.code() == SqlState::T_R_SERIALIZATION_FAILURE
                || *db.code() == SqlState::LOCK_NOT_AVAILABLE
                // A row that had to be there was changed by somebody else.
                || *db.code() == SqlState::DIVISION_BY_ZERO
            {
                return Self::Busy;
            }
            return Self::Engine(format!("{} ({})", db.message(), db.code().code()));
        }
        if error.is_closed() {
            return Self::Stopped;
        }
        Self::Engine(error.to_string())
    }
}
