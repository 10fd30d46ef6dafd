//! A roster as it was sent.

use std::collections::HashSet;

use caredesk_core::domain::code::Code;
use caredesk_core::domain::roster::{MAX_ROWS, Mapping, RosterColumn};

use crate::service::steps::table;

/// A roster that was read: its rows as text, and what its columns are.
#[derive(Debug)]
pub struct Roster {
    /// What the columns are.
    pub mapping: Mapping,
    /// The rows, each with its number in the file; the header is row 1.
    pub rows: Vec<(i64, csv::StringRecord)>,
    /// The numbers of rows that name a user whom an earlier row names.
    pub repeated: HashSet<i64>,
}

impl Roster {
    /// Reads a file, whose headers mean what `said` says of them, or what they are called.
    ///
    /// # Errors
    /// `roster.*`: it is no table, or one without what is needed.
    pub fn read(bytes: &[u8], said: &[(String, Option<RosterColumn>)]) -> Result<Self, Code> {
        let mut roster: Option<Self> = None;
        let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
        let begin = |header: &[&str]| Mapping::of(header, said);
        table::read(bytes, MAX_ROWS, begin, |mapping, number, record| {
            let roster = roster.get_or_insert_with(|| Self {
                mapping: mapping.clone(),
                rows: Vec::new(),
                repeated: HashSet::new(),
            });
            let cells: Vec<&str> = record.iter().collect();
            let name = mapping.key_of(&cells);
            let is_new = name.is_none_or(|name| names.insert(name));
            let user = mapping.number_of(&cells);
            if !(user.is_none_or(|user| numbers.insert(user.get())) && is_new) {
                roster.repeated.insert(number);
            }
            roster.rows.push((number, record));
        })?;
        roster.ok_or(Code::RosterEmpty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::WINDOWS_1252;

    const TEXT: &str = "user_name;first_name;last_name;email\nana;Ana;Peña;a@b.example\n\n;;;\nbo;Bo;Ørn;b@b.example\n";

    fn last_names(bytes: &[u8]) -> Vec<(i64, String)> {
        let roster = Roster::read(bytes, &[]).unwrap();
        roster.rows.iter().map(|(row, cells)| (*row, cells[2].to_owned())).collect()
    }

    #[test]
    fn every_usual_encoding_is_read() {
        let expected = [(2, "Peña".to_owned()), (4, "Ørn".to_owned())];
        let wide = |bom: bool, bytes: fn(u16) -> [u8; 2]| {
            let mark = bom.then_some(0xFEFF);
            mark.into_iter().chain(TEXT.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [
            TEXT.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat(),
            wide(true, u16::to_le_bytes),
            wide(true, u16::to_be_bytes),
            wide(false, u16::to_le_bytes),
            wide(false, u16::to_be_bytes),
            WINDOWS_1252.encode(TEXT).0.into_owned(),
        ] {
            assert_eq!(last_names(&bytes), expected);
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let code = |bytes: &[u8]| Roster::read(bytes, &[]).unwrap_err();
        assert_eq!(code(b"PK\x03\x04 a spreadsheet"), Code::RosterUnreadable);
        assert_eq!(code(b"\xFF\xFEa"), Code::RosterUnreadable);
        assert_eq!(code(b""), Code::RosterEmpty);
        assert_eq!(code(b"user_name,first_name,last_name,email\n,,,\n"), Code::RosterEmpty);
        assert_eq!(code(b"a,b\n1,2\n"), Code::RosterColumnsMissing);
        let many =
            "user_name,first_name,last_name,email\n".to_owned() + &"a,b,c,d\n".repeat(MAX_ROWS + 1);
        assert_eq!(code(many.as_bytes()), Code::RosterTooManyRows);
    }

    #[test]
    fn who_stands_there_twice_is_known() {
        let text = "number,user_name,first_name,last_name,email\nU-1,ana,A,R,a@b.example\n,ANA,A,R,a@b.example\nU-1,bo,B,R,a@b.example\n";
        let roster = Roster::read(text.as_bytes(), &[]).unwrap();
        assert_eq!(roster.repeated, HashSet::from([3, 4]));
    }
}
