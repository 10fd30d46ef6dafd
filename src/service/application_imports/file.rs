//! A file of applications as it was sent: a table, or an application a line.

use std::collections::HashSet;

use caredesk_core::domain::Region;
use caredesk_core::domain::application_file::{
    self, ApplicationColumn, Line, MAX_ROWS, MAX_ROWS_AT_ONCE, Object, Read,
};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::roster::ImportMode;
use caredesk_core::domain::table::{Mapping, fault};

use super::Import;
use crate::service::steps::table;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Its rows, each with its number in the file, where a header is row 1.
    pub rows: Vec<(i64, Read)>,
    /// The numbers that its rows give, as they are compared.
    pub numbers: HashSet<String>,
}

impl File {
    /// Reads a file. One whose first character is a brace has a JSON object a line; any other is a table, whose
    /// headers mean what is said of them, or what they are called. Telephone numbers without their country are
    /// those of `region`.
    ///
    /// # Errors
    /// `roster.*`: it is neither, or one without what is needed.
    pub fn read(bytes: &[u8], import: &Import, region: Option<&Region>) -> Result<Self, Code> {
        let most = match (import.mode, import.dry_run) {
            (ImportMode::AllOrNothing, false) => MAX_ROWS_AT_ONCE,
            _ => MAX_ROWS,
        };
        let text = table::decoded(bytes)?;
        let mut file = Self { rows: Vec::new(), numbers: HashSet::new() };
        if text.trim_start().starts_with('{') {
            file.read_lines(&text, most, region)?;
        } else {
            let begin = |header: &[&str]| Mapping::of(header, &import.columns);
            table::read_text(&text, most, begin, |mapping, number, record| {
                let cells: Vec<&str> = record.iter().collect();
                file.take(number, application_file::read(mapping, &cells, region));
            })?;
        }
        Ok(file)
    }

    /// Reads an application a line.
    fn read_lines(&mut self, text: &str, most: usize, region: Option<&Region>) -> Result<(), Code> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        for (number, line) in lines {
            if self.rows.len() == most {
                return Err(Code::RosterTooManyRows);
            }
            let read = match serde_json::from_str::<Object<Line>>(line) {
                Ok(Object(line)) => line.read(region),
                Err(_damaged) => Err(vec![fault::<ApplicationColumn>(None, "form")]),
            };
            self.take(number, read);
        }
        Ok(())
    }

    /// Keeps a row. Of two with one number the second is one too many.
    fn take(&mut self, number: i64, read: Read) {
        let own = read.as_ref().ok().and_then(|new| new.number.as_ref());
        let is_new = own.is_none_or(|own| self.numbers.insert(own.folded()));
        let twice = || Err(vec![fault(Some(ApplicationColumn::Number), "duplicate")]);
        self.rows.push((number, if is_new { read } else { twice() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(mode: ImportMode) -> Import {
        Import { submit: false, dry_run: false, mode, columns: Vec::new() }
    }

    fn read(text: &str) -> Result<File, Code> {
        File::read(text.as_bytes(), &import(ImportMode::ValidRows), None)
    }

    #[test]
    fn lines_are_told_from_a_table() {
        let lines =
            read("{\"family_name\":\"Ruiz\"}\n\n[null,\"Ruiz\",null,null,null,null,null]\n{\"family_name\":1}\n{\"family\":\"x\"}\n")
                .unwrap();
        let rows: Vec<(i64, bool)> =
            lines.rows.iter().map(|(number, read)| (*number, read.is_ok())).collect();
        assert_eq!(rows, [(1, true), (3, false), (4, false), (5, false)]);
        let table = read("family_name,number\nRuiz,A-1\nOrtega,a-1\n").unwrap();
        let rows: Vec<(i64, bool)> =
            table.rows.iter().map(|(number, read)| (*number, read.is_ok())).collect();
        assert_eq!(rows, [(2, true), (3, false)]);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let lines = |rows| "{\"family_name\":\"Ruiz\"}\n".repeat(rows);
        assert!(read(&lines(MAX_ROWS)).is_ok());
        assert_eq!(read(&lines(MAX_ROWS + 1)).unwrap_err(), Code::RosterTooManyRows);
        let table = "family_name\n".to_owned() + &"Ruiz\n".repeat(MAX_ROWS_AT_ONCE + 1);
        let whole = File::read(table.as_bytes(), &import(ImportMode::AllOrNothing), None);
        assert_eq!(whole.unwrap_err(), Code::RosterTooManyRows);
        assert!(read(&table).is_ok());
    }
}
