//! Every way a use case can end other than well.

use caredesk_core::domain::code::Code;
use caredesk_core::domain::ticket::flow::NotNow;
use caredesk_core::policy::{ActionKind, Denials};
use jiff::SignedDuration;

use crate::blobs::BlobError;
use crate::store::{Fault, StoreError, Unique};
use crate::vault::HashError;

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON pointer into the body (`#/email`), or `query:limit`, `path:tenant_id`,
    /// `header:If-Match`.
    pub pointer: String,
    /// Which kind of fault.
    pub code: String,
    /// What is expected; never what was sent.
    pub detail: String,
}

/// Why a use case did not do what was asked.
#[derive(Debug)]
pub enum Refusal {
    /// Policy forbids it.
    Denied(Denials),
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// A rule with a code of its own.
    Because(Code),
    /// What was sent is not right.
    Invalid(Vec<Violation>),
    /// What was sent is forbidden, by a rule with a code of its own: written down like a denial.
    Faulty {
        /// The action that was tried.
        action: ActionKind,
        /// The rule.
        code: Code,
        /// Where it is broken.
        violations: Vec<Violation>,
    },
    /// Too often; try again after this.
    Throttled(SignedDuration),
    /// The database failed, or is busy.
    Store(StoreError),
    /// A password could not be hashed now.
    Hash(HashError),
    /// Something that should not happen; for the log.
    Broken(String),
}

impl Refusal {
    /// The stable code that says why.
    pub fn code(&self) -> Code {
        match self {
            Self::Denied(denials) => denials.first.code,
            Self::NotFound => Code::NotFound,
            Self::Because(code) | Self::Faulty { code, .. } => *code,
            Self::Invalid(_) => Code::Invalid,
            Self::Throttled(_) => Code::Throttled,
            Self::Store(StoreError::Taken(Unique::TenantSlug)) => Code::SlugTaken,
            Self::Store(StoreError::Taken(Unique::OwnerAddress)) => Code::OwnerAddressTaken,
            Self::Store(StoreError::Taken(Unique::DeskSignIn)) => Code::AccountExists,
            Self::Store(StoreError::Taken(Unique::UserName)) => Code::UserNameTaken,
            Self::Store(StoreError::Taken(Unique::ApplicationNumber)) => {
                Code::ApplicationNumberTaken
            }
            Self::Store(StoreError::Taken(Unique::RoleName)) => Code::RoleNameTaken,
            Self::Store(StoreError::Busy | StoreError::Collision(_))
            | Self::Hash(HashError::Busy) => Code::Busy,
            Self::Store(_) | Self::Hash(_) | Self::Broken(_) => Code::Internal,
        }
    }
}

impl From<Denials> for Refusal {
    fn from(denials: Denials) -> Self {
        Self::Denied(denials)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotNow> for Refusal {
    fn from(not_now: NotNow) -> Self {
        Self::Because(not_now.code())
    }
}

impl From<BlobError> for Refusal {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(why) => {
                tracing::error!(why, "the files cannot be reached");
                Self::Because(Code::FilesUnavailable)
            }
            BlobError::Missing | BlobError::Sealed(_) => Self::Broken(error.to_string()),
        }
    }
}

impl From<HashError> for Refusal {
    fn from(error: HashError) -> Self {
        Self::Hash(error)
    }
}

impl Fault for Refusal {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
