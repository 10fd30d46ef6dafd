//! A table of a rule file, read key by key: what is missing, unknown or of the wrong type is a fault at its
//! place, and reading goes on.

use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Faults;

/// A value and its place in the text.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// A table with its place in the text.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    rows: &'a DeTable<'a>,
    start: usize,
}

impl<'a> Table<'a> {
    pub(super) const fn new(rows: &'a DeTable<'a>, span: &Range<usize>) -> Self {
        Self { rows, start: span.start }
    }

    /// The table that a value is.
    pub(super) fn of(value: &'a Value<'a>, what: &str, faults: &mut Faults<'_>) -> Option<Self> {
        let Some(rows) = value.get_ref().as_table() else {
            faults.add(&value.span(), format!("{what} is no table"));
            return None;
        };
        Some(Self::new(rows, &value.span()))
    }

    /// Where it begins.
    pub(super) const fn span(self) -> Range<usize> {
        self.start..self.start
    }

    /// Its rows in the order of their keys: the key, its place, and the value.
    pub(super) fn rows(self) -> impl Iterator<Item = (&'a str, Range<usize>, &'a Value<'a>)> {
        self.rows.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }

    /// Notes every key that is none of those that are known.
    pub(super) fn only(self, known: &[&str], faults: &mut Faults<'_>) {
        for (key, span, _) in self.rows().filter(|(key, ..)| !known.contains(key)) {
            faults.add(&span, format!("unknown key `{key}`; known are {}", known.join(", ")));
        }
    }

    /// The value of a key.
    pub(super) fn get(self, key: &str) -> Option<&'a Value<'a>> {
        self.rows.get(key)
    }

    /// The value of a key that must be there.
    pub(super) fn need(self, key: &str, faults: &mut Faults<'_>) -> Option<&'a Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            faults.add(&self.span(), format!("`{key}` is missing"));
        }
        value
    }

    /// True or false; false where the key is absent.
    pub(super) fn flag(self, key: &str, faults: &mut Faults<'_>) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            faults.add(&value.span(), format!("`{key}` is true or false"));
            false
        })
    }

    /// A text that must be there, as what it stands for.
    pub(super) fn text<T>(self, key: &str, faults: &mut Faults<'_>) -> Option<T>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let value = self.need(key, faults)?;
        text(value, key, faults)
    }

    /// A list of texts as what they stand for; empty where the key is absent.
    pub(super) fn list<T>(self, key: &str, faults: &mut Faults<'_>) -> Vec<T>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let Some(value) = self.get(key) else { return Vec::new() };
        items(value, key, faults).filter_map(|item| text(item, key, faults)).collect()
    }
}

/// A text as what it stands for.
pub(super) fn text<T>(value: &Value<'_>, key: &str, faults: &mut Faults<'_>) -> Option<T>
where
    T: FromStr<Err: std::fmt::Display>,
{
    let Some(written) = value.get_ref().as_str() else {
        faults.add(&value.span(), format!("`{key}` is a text"));
        return None;
    };
    let read = written.parse::<T>();
    read.map_err(|why| faults.add(&value.span(), format!("`{key}`: \"{written}\" {why}"))).ok()
}

/// The items of a list.
pub(super) fn items<'a>(
    value: &'a Value<'a>,
    key: &str,
    faults: &mut Faults<'_>,
) -> impl Iterator<Item = &'a Value<'a>> + use<'a> {
    let list = value.get_ref().as_array();
    if list.is_none() {
        faults.add(&value.span(), format!("`{key}` is a list"));
    }
    list.into_iter().flat_map(|list| list.iter())
}

/// A whole number that is written in ten digits.
pub(super) fn number(value: &Value<'_>) -> Option<u32> {
    let number = value.get_ref().as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}
