//! The rules that the desk and the product judge by: those that come with the program, and the operator's.

use std::path::PathBuf;

use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::{BUILT_IN, DeskPolicy, PolicyFile};

use super::source::{ConfigError, Values};

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What the desk may do.
    pub desk: DeskPolicy,
    /// Which browsers are supported.
    pub browsers: Browsers,
}

impl Rules {
    /// Takes the settings, and reads the files that they name.
    pub(super) fn of(values: &mut Values) -> Result<Self, ConfigError> {
        let desk = match values.maybe::<PathBuf>("desk_policy")? {
            None => DeskPolicy::built_in(),
            Some(file) => {
                let (path, text) = read("desk_policy", &file)?;
                let own = PolicyFile { path: &path, text: &text };
                DeskPolicy::parse(&[BUILT_IN, own]).map_err(|faults| told(&faults))?
            }
        };
        let browsers = match values.maybe::<PathBuf>("browser_policy")? {
            None => Browsers::built_in(),
            Some(file) => {
                let (path, text) = read("browser_policy", &file)?;
                Browsers::parse(&path, &text).map_err(|faults| told(&faults))?
            }
        };
        Ok(Self { desk, browsers })
    }
}

/// Reads an operator's file; says what faults call it.
fn read(setting: &str, file: &std::path::Path) -> Result<(String, String), ConfigError> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::File(format!("`{setting}`: {path}: {error}")))?;
    Ok((path, text))
}

/// All that is wrong with a file, at once.
fn told<F: std::fmt::Display>(faults: &[F]) -> ConfigError {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    ConfigError::File(faults.join("; "))
}
