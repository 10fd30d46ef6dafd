//! What can go wrong between us and a database, in our own words.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this value exists; names the constraint.
    #[error("{0} is taken")]
    Taken(Unique),
    /// Two transactions stood in each other's way; trying again helps.
    #[error("two transactions collided: {0}")]
    Collision(String),
    /// Everything that could serve is busy.
    #[error("no capacity left")]
    Busy,
    /// A row holds what this program cannot read, or a key cannot open.
    #[error("a row cannot be read: {0}")]
    Corrupt(String),
    /// The database said something else.
    #[error("the database failed: {0}")]
    Database(DieselError),
    /// No connection could be made.
    #[error("no connection: {0}")]
    Connect(String),
}

/// What a read or a write of the store answers.
pub type StoreResult<T> = Result<T, StoreError>;

/// An error that may carry a [`StoreError`], so that the one place that retries can look inside.
pub trait Fault: From<StoreError> + Send + 'static {
    /// The store's part in it, if it had one.
    fn store(&self) -> Option<&StoreError>;
}

impl Fault for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Declares the unique constraints that a request can run into.
///
/// PostgreSQL names the index in a violation, SQLite the columns; this is the one place that knows.
macro_rules! uniques {
    ($($(#[$meta:meta])* $name:ident = $pg:literal, $sqlite:literal;)+) => {
        /// A unique constraint that a request can run into.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Unique { $($(#[$meta])* $name,)+ }

        impl Unique {
            /// The constraint that a database names in its message.
            fn named(message: &str, constraint: Option<&str>) -> Option<Self> {
                $( if constraint == Some($pg) || message.contains($sqlite) { return Some(Self::$name); } )+
                None
            }
        }

        impl std::fmt::Display for Unique {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$name => $sqlite,)+ })
            }
        }
    };
}

uniques! {
    /// Two tenants with one short name.
    TenantSlug = "tenants_slug", "tenants.slug";
    /// Two owners of a tenant with one address.
    OwnerAddress = "owners_email", "owners.tenant_id, owners.email_key";
    /// Two desk or family accounts with one sign-in name.
    DeskSignIn = "accounts_sign_in", "accounts.realm, accounts.sign_in_key";
    /// Two users of a tenant with one user name.
    UserName = "accounts_tenant_sign_in", "accounts.tenant_id, accounts.sign_in_key";
    /// Two applications of a tenant with one number.
    ApplicationNumber = "applications_number", "applications.tenant_id, applications.number_key";
    /// Two roles of a tenant with one name.
    RoleName = "roles_name", "roles.tenant_id, roles.name_key";
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                match Unique::named(info.message(), info.constraint_name()) {
                    Some(unique) => Self::Taken(unique),
                    None => Self::Database(error),
                }
            }
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => {
                Self::Collision(info.message().to_owned())
            }
            DieselError::DatabaseError(_, info) if info.message().contains("deadlock detected") => {
                Self::Collision(info.message().to_owned())
            }
            DieselError::DeserializationError(why) => Self::Corrupt(why.to_string()),
            _ => Self::Database(error),
        }
    }
}
