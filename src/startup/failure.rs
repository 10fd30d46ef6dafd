//! Why the program ends.

use caredesk_core::domain::code::Code;

use crate::config::ConfigError;
use crate::guard::Refusal;
use crate::store::StoreError;

/// Why the program ends: one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// A failure of something that has a name of its own.
    pub fn of(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Invalid(violations) | Refusal::Faulty { violations, .. } => {
                let says = violations.iter().map(|one| format!("{} {}", one.pointer, one.detail));
                Self(says.collect::<Vec<_>>().join("; "))
            }
            // What has a code of its own is known to the operator by it; the rest needs its reason.
            _ if refusal.code() != Code::Internal => Self(format!("refused: {}", refusal.code())),
            Refusal::Store(error) => Self(error.to_string()),
            Refusal::Hash(error) => Self(error.to_string()),
            Refusal::Broken(why) => Self(why.clone()),
            _ => Self("something failed".to_owned()),
        }
    }
}
