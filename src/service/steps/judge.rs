//! Judging a password that somebody chose.

use caredesk_core::domain::code::Code;
use secrecy::{ExposeSecret, SecretString};

use crate::guard::passwords::{self, Weakness};
use crate::guard::{Refusal, Violation};

/// Refuses a password that is easy to guess for somebody who knows the account's `words`. Judging takes
/// up to a tenth of a second, so it happens on a blocking thread.
pub(crate) async fn judge(
    pointer: &'static str,
    password: SecretString,
    words: Vec<String>,
) -> Result<(), Refusal> {
    let judged = tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        passwords::check(password.expose_secret(), &words)
    });
    let judged = judged.await.map_err(|error| Refusal::Broken(error.to_string()))?;
    judged.map_err(|weakness| weak(pointer, weakness))
}

/// What is wrong with a password, as a violation of the body.
fn weak(pointer: &str, weakness: Weakness) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: Code::PasswordTooWeak.as_str().to_owned(),
        detail: weakness.to_string(),
    }])
}
