//! Files of rows and columns: what a header means, and what a cell says.
//!
//! Nothing here knows of files: cells are text. What a spreadsheet would run as a formula is no name.

use super::TextError;
use super::account::Locale;
use super::code::Code;
use super::fold;
use super::job::RowFault;

/// Most columns of a file.
pub const MAX_COLUMNS: usize = 64;
/// Most characters of a cell.
pub const MAX_CELL: usize = 1_000;
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The columns that a kind of file can have.
pub trait Column: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Its name.
    fn word(self) -> &'static str;

    /// What other programs call the column, in the plain form that headers are compared in.
    fn also(self) -> &'static [&'static str];

    /// Whether every row must have it.
    fn is_needed(self) -> bool;

    /// Whether it holds telephone numbers, whose plus sign is no formula's.
    fn is_phone(self) -> bool;
}

/// The column that a header names.
fn named<C: Column>(header: &str) -> Option<C> {
    let key = key(header);
    C::ALL
        .iter()
        .copied()
        .find(|column| column.word() == key || column.also().contains(&key.as_str()))
}

/// A header as it is compared: plain, words with underscores between them.
pub(super) fn key(header: &str) -> String {
    let plain = fold::plain(header);
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// Which cell of a row is which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping<C> {
    places: Vec<(C, usize)>,
    width: usize,
}

impl<C: Column> Mapping<C> {
    /// Finds the columns in a header: by what the caller says of a header, else by its name. Headers that
    /// mean nothing are left out.
    ///
    /// # Errors
    /// `roster.too_many_columns`, `roster.column_twice`, `roster.columns_missing`.
    pub fn of(header: &[&str], said: &[(String, Option<C>)]) -> Result<Self, Code> {
        if header.len() > MAX_COLUMNS {
            return Err(Code::RosterTooManyColumns);
        }
        let mut places: Vec<(C, usize)> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let told = said.iter().find(|(header, _)| key(header) == key(name));
            let column = told.map_or_else(|| named(name), |(_, column)| *column);
            let Some(column) = column else { continue };
            if places.iter().any(|(known, _)| *known == column) {
                return Err(Code::RosterColumnTwice);
            }
            places.push((column, at));
        }
        let has = |column: &C| places.iter().any(|(known, _)| known == column);
        if !C::ALL.iter().filter(|column| column.is_needed()).all(has) {
            return Err(Code::RosterColumnsMissing);
        }
        Ok(Self { places, width: header.len() })
    }

    /// The cell of a column; nothing for an empty one, and where the file has no such column.
    pub(super) fn cell<'c>(&self, cells: &[&'c str], column: C) -> Option<&'c str> {
        let (_, at) = self.places.iter().find(|(known, _)| *known == column)?;
        cells.get(*at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
}

/// Reads the cells of a row, and gathers what is wrong with them.
pub(super) struct Reader<'r, C> {
    mapping: &'r Mapping<C>,
    cells: &'r [&'r str],
    /// What is wrong so far.
    pub(super) faults: Vec<RowFault>,
}

impl<'r, C: Column> Reader<'r, C> {
    /// A reader of a row's cells, of which there may be no more than the header has.
    pub(super) fn of(mapping: &'r Mapping<C>, cells: &'r [&'r str]) -> Self {
        let mut reader = Self { mapping, cells, faults: Vec::new() };
        if cells.iter().skip(mapping.width).any(|cell| !cell.trim().is_empty()) {
            reader.fault(None, "too_many_cells");
        }
        reader
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, column: Option<C>, code: &str) {
        self.faults.push(fault(column, code));
    }

    /// A cell that is no formula and not too long.
    pub(super) fn text(&mut self, column: C) -> Option<&'r str> {
        let cell = unguarded(self.mapping.cell(self.cells, column)?);
        let number = column.is_phone() && cell.starts_with('+');
        if cell.chars().nth(MAX_CELL).is_some() {
            self.fault(Some(column), "too_long");
            return None;
        }
        if cell.starts_with(FORMULA) && !number {
            self.fault(Some(column), "formula");
            return None;
        }
        Some(cell)
    }

    /// A cell as what it stands for; nothing for an empty one.
    pub(super) fn parsed<T>(
        &mut self,
        column: C,
        read: impl Fn(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        let cell = self.text(column)?;
        match read(cell) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(Some(column), word(error));
                None
            }
        }
    }

    /// As [`Self::parsed`], for a cell that may not be empty.
    pub(super) fn needed<T>(
        &mut self,
        column: C,
        read: impl Fn(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        let before = self.faults.len();
        let value = self.parsed(column, read);
        if value.is_none() && self.faults.len() == before {
            self.fault(Some(column), "missing");
        }
        value
    }
}

/// A fault of a row.
pub fn fault<C: Column>(column: Option<C>, code: &str) -> RowFault {
    RowFault { column: column.map(|column| column.word().to_owned()), code: code.to_owned() }
}

/// A fault's word.
pub(super) const fn word(error: TextError) -> &'static str {
    match error {
        TextError::TooShort => "too_short",
        TextError::TooLong => "too_long",
        TextError::Form => "form",
        TextError::Unknown => "unknown",
    }
}

/// A cell as an export writes it: what a spreadsheet would run is kept from that by an apostrophe.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell without the apostrophe of [`guarded`].
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

/// A language, by its code or its name.
pub(super) fn locale(cell: &str) -> Result<Locale, TextError> {
    match fold::plain(cell).as_str() {
        "en" | "english" | "ingles" => Ok(Locale::English),
        "es" | "spanish" | "espanol" => Ok(Locale::Spanish),
        _ => Err(TextError::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_read_again() {
        for text in ["+15550100200", "=1+1", "O'Brien", "'quoted'", "Ruiz"] {
            assert_eq!(unguarded(&guarded(text)), text);
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
    }
}
