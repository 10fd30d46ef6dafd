//! Where values come from: the table's defaults, then the file, then the environment.
//!
//! Nothing here shows a value in an error: it may be a secret in the wrong place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::table::{FILE_VARIABLE, Fallback, Kind, PREFIX, Row, TABLE, find};

/// Why the program cannot be configured like this. One line for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read, or is no TOML.
    #[error("{0}")]
    File(String),
    /// A name that is not in the table.
    #[error("{place} sets `{name}`, which is no setting; `caredesk settings` lists them")]
    Unknown {
        /// Where it stands.
        place: String,
        /// What it says.
        name: String,
    },
    /// A value of the wrong kind or outside its limits.
    #[error("{place}: `{name}` {problem}")]
    Value {
        /// Where it stands.
        place: String,
        /// Which setting.
        name: &'static str,
        /// What it must be.
        problem: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Together(String),
}

/// The process's environment, or a test's.
pub type Environment = BTreeMap<OsString, OsString>;

/// A value of the kind that its row asks for.
pub(super) enum Value {
    /// Of [`Kind::Text`] and [`Kind::Secret`].
    Text(SecretString),
    /// Of [`Kind::Number`], within its limits.
    Number(u64),
    /// Of [`Kind::Switch`].
    Switch(bool),
    /// Of [`Kind::List`] and [`Kind::Secrets`].
    List(Vec<SecretString>),
}

/// Every setting that has a value, and where it came from.
pub(super) struct Values(BTreeMap<&'static str, (Value, String)>);

impl Values {
    /// Reads defaults, file and environment; the later wins.
    pub(super) fn load(
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let mut values = Self(BTreeMap::new());
        for row in TABLE {
            if let Fallback::Is(text) = row.fallback {
                values.put(row, "the default".to_owned(), |row| of_variable(row, text))?;
            }
        }
        if let Some(file) = file {
            values.read_file(file)?;
        }
        values.read_environment(environment)?;
        Ok(values)
    }

    /// Takes what the file sets.
    fn read_file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let place = file.display().to_string();
        let failed = |why: String| ConfigError::File(format!("{place}: {why}"));
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            // The error's own words quote the line, and the line may hold a secret.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            failed(format!("line {}: {}", before.split('\n').count(), error.message()))
        })?;
        for (name, value) in table {
            let unknown = || ConfigError::Unknown { place: place.clone(), name: name.clone() };
            let row = find(&name).ok_or_else(unknown)?;
            self.put(row, place.clone(), |row| of_file(row, value))?;
        }
        Ok(())
    }

    /// Takes what the environment sets: bare names first, ours win.
    fn read_environment(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        for row in TABLE {
            let bare = row.bare_variable().map(str::to_owned);
            for variable in bare.into_iter().chain([row.variable()]) {
                if let Some(value) = environment.get(&OsString::from(&variable)) {
                    let text = value.to_str().ok_or("must be UTF-8");
                    self.put(row, variable, |row| of_variable(row, text?))?;
                }
            }
        }
        for variable in environment.keys() {
            let name = variable.to_string_lossy();
            let ours = name.starts_with(PREFIX) && name != FILE_VARIABLE;
            if ours && !TABLE.iter().any(|row| row.variable() == name) {
                let place = "the environment".to_owned();
                return Err(ConfigError::Unknown { place, name: name.into_owned() });
            }
        }
        Ok(())
    }

    /// Puts a value in the place of an earlier one.
    fn put(
        &mut self,
        row: &Row,
        place: String,
        read: impl FnOnce(&Row) -> Result<Value, &'static str>,
    ) -> Result<(), ConfigError> {
        match read(row) {
            Ok(value) => drop(self.0.insert(row.name, (value, place))),
            Err(problem) => {
                let problem = match row.kind {
                    Kind::Number(least, most) => format!("{problem}, from {least} to {most}"),
                    _ => problem.to_owned(),
                };
                return Err(ConfigError::Value { place, name: row.name, problem });
            }
        }
        Ok(())
    }

    /// Takes a setting that always has a value.
    pub(super) fn get<T: Read>(&mut self, name: &'static str) -> Result<T, ConfigError> {
        let missing = || ConfigError::Value {
            place: "the table of settings".to_owned(),
            name,
            problem: "has no default".to_owned(),
        };
        let (value, place) = self.0.remove(name).ok_or_else(missing)?;
        read(name, value, place)
    }

    /// Takes a setting that may be unset; an empty text is as good as none.
    pub(super) fn maybe<T: Read>(&mut self, name: &'static str) -> Result<Option<T>, ConfigError> {
        match self.0.remove(name) {
            None => Ok(None),
            Some((Value::Text(text), _)) if text.expose_secret().is_empty() => Ok(None),
            Some((value, place)) => read(name, value, place).map(Some),
        }
    }

    /// What nobody has taken: rows of the table that no setting reads.
    #[cfg(test)]
    pub(super) fn left(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

/// Reads a value as what the setting holds.
fn read<T: Read>(name: &'static str, value: Value, place: String) -> Result<T, ConfigError> {
    T::read(value).map_err(|problem| ConfigError::Value { place, name, problem })
}

/// A value out of a variable's text.
fn of_variable(row: &Row, text: &str) -> Result<Value, &'static str> {
    match row.kind {
        Kind::Text | Kind::Secret => Ok(Value::Text(text.into())),
        Kind::Secrets | Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::List(items.map(SecretString::from).collect()))
        }
        Kind::Number(least, most) => match text.trim().parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
            _ => Err("must be a whole number"),
        },
        Kind::Switch => match text.trim() {
            "true" => Ok(Value::Switch(true)),
            "false" => Ok(Value::Switch(false)),
            _ => Err("must be true or false"),
        },
    }
}

/// A value out of the file.
fn of_file(row: &Row, value: toml::Value) -> Result<Value, &'static str> {
    match (row.kind, value) {
        (Kind::Text | Kind::Secret, toml::Value::String(text)) => Ok(Value::Text(text.into())),
        (Kind::Text | Kind::Secret, _) => Err("must be text in quotes"),
        (Kind::Switch, toml::Value::Boolean(switch)) => Ok(Value::Switch(switch)),
        (Kind::Switch, _) => Err("must be true or false"),
        (Kind::Number(least, most), toml::Value::Integer(number)) => match u64::try_from(number) {
            Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
            _ => Err("must be a whole number"),
        },
        (Kind::Number(..), _) => Err("must be a whole number"),
        (Kind::Secrets | Kind::List, toml::Value::Array(items)) => {
            let texts = items.into_iter().map(|item| match item {
                toml::Value::String(text) => Ok(text.into()),
                _ => Err("must be a list of texts in quotes"),
            });
            Ok(Value::List(texts.collect::<Result<_, _>>()?))
        }
        (Kind::Secrets | Kind::List, _) => Err("must be a list of texts in quotes"),
    }
}

/// Something that a value can be read as; the error says what it must be, never what it is.
pub(super) trait Read: Sized {
    /// Reads it.
    fn read(value: Value) -> Result<Self, String>;
}

/// A field that does not fit its row of the table; a test would show it first.
fn misfit<T>() -> Result<T, String> {
    Err("has another kind in the table of settings".to_owned())
}

impl Read for SecretString {
    fn read(value: Value) -> Result<Self, String> {
        if let Value::Text(text) = value { Ok(text) } else { misfit() }
    }
}

impl Read for Vec<SecretString> {
    fn read(value: Value) -> Result<Self, String> {
        if let Value::List(items) = value { Ok(items) } else { misfit() }
    }
}

impl Read for bool {
    fn read(value: Value) -> Result<Self, String> {
        if let Value::Switch(switch) = value { Ok(switch) } else { misfit() }
    }
}

/// Reads numbers; the table's limits are narrower than the types.
macro_rules! read_numbers {
    ($($number:ty),+) => { $(
        impl Read for $number {
            fn read(value: Value) -> Result<Self, String> {
                let Value::Number(number) = value else { return misfit() };
                Self::try_from(number).map_err(|_too_large| "is too large".to_owned())
            }
        }
    )+ };
}
read_numbers!(u32, i64, u64, usize);

/// Something that stands as plain text in a setting.
pub(super) trait Parse: Sized {
    /// Reads it.
    fn parse(text: &str) -> Result<Self, String>;
}

impl<T: Parse> Read for T {
    fn read(value: Value) -> Result<Self, String> {
        if let Value::Text(text) = value { T::parse(text.expose_secret()) } else { misfit() }
    }
}

/// Several of them.
pub(super) struct All<T>(pub(super) Vec<T>);

impl<T: Parse> Read for All<T> {
    fn read(value: Value) -> Result<Self, String> {
        let Value::List(items) = value else { return misfit() };
        items.iter().map(|item| T::parse(item.expose_secret())).collect::<Result<_, _>>().map(All)
    }
}
