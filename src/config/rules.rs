//! The rules that the desk and the product judge by: those that come with the program, and the operator's.

use std::path::PathBuf;

use caredesk_core::domain::business_hours::Calendar;
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::{BUILT_IN, DeskPolicy, PolicyFile};
use caredesk_core::policy::hours::DeskHours;

use super::desk::Desk;
use super::source::{ConfigError, Values};

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What the desk may do.
    pub desk: DeskPolicy,
    /// Which browsers are supported.
    pub browsers: Browsers,
    /// When the desk works, and how soon it answers.
    pub hours: DeskHours,
}

impl Rules {
    /// Takes the settings, and reads the files that they name.
    pub(super) fn of(values: &mut Values, contact: &Desk) -> Result<Self, ConfigError> {
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
        let hours = match values.maybe::<PathBuf>("desk_hours")? {
            None => told_hours(contact),
            Some(file) => own_hours(&file, contact)?,
        };
        Ok(Self { desk, browsers, hours })
    }
}

/// The targets that come with the program, in the hours that everybody is told of.
fn told_hours(contact: &Desk) -> DeskHours {
    let built_in = DeskHours::built_in();
    match Calendar::told(&contact.contact) {
        Some(told) if !contact.is_example => built_in.counted_by(told),
        _ => built_in,
    }
}

/// An operator's hours, which are those that everybody is told of.
fn own_hours(file: &std::path::Path, contact: &Desk) -> Result<DeskHours, ConfigError> {
    let (path, text) = read("desk_hours", file)?;
    let hours = DeskHours::parse(&path, &text).map_err(|faults| told(&faults))?;
    let said = Calendar::told(&contact.contact).filter(|_| !contact.is_example);
    if said.is_some_and(|said| !hours.calendar().keeps(&said)) {
        let other = "zone, hours or holidays are not those that `desk_contact` tells everybody";
        return Err(ConfigError::File(format!("`desk_hours`: {path}: {other}")));
    }
    Ok(hours)
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
