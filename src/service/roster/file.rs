//! A roster as it was sent: bytes of some encoding, with some character between the cells.

use std::collections::HashSet;

use caredesk_core::domain::code::Code;
use caredesk_core::domain::roster::{MAX_ROWS, Mapping, RosterColumn};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

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
        let text = decoded(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(&text))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = records.next().ok_or(Code::RosterEmpty)?;
        let header = header.map_err(|_damaged| Code::RosterUnreadable)?;
        let mapping = Mapping::of(&header.iter().collect::<Vec<_>>(), said)?;
        let mut roster = Self { mapping, rows: Vec::new(), repeated: HashSet::new() };
        let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
        for (number, record) in (2..).zip(records) {
            let record = record.map_err(|_damaged| Code::RosterUnreadable)?;
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if roster.rows.len() == MAX_ROWS {
                return Err(Code::RosterTooManyRows);
            }
            let cells: Vec<&str> = record.iter().collect();
            let name = roster.mapping.key_of(&cells);
            let is_new = name.is_none_or(|name| names.insert(name));
            let user = roster.mapping.number_of(&cells);
            if !(user.is_none_or(|user| numbers.insert(user.get())) && is_new) {
                roster.repeated.insert(number);
            }
            roster.rows.push((number, record));
        }
        if roster.rows.is_empty() { Err(Code::RosterEmpty) } else { Ok(roster) }
    }
}

/// The text of a file. A mark at its beginning says the encoding; without one it is UTF-16 if every other
/// of the first bytes is nothing, UTF-8 if it can be, and else Windows-1252, as spreadsheets write it.
fn decoded(bytes: &[u8]) -> Result<String, Code> {
    const NO_TEXT: [&[u8]; 4] = [b"PK\x03\x04", b"%PDF", b"\xD0\xCF\x11\xE0", b"\x89PNG"];
    if NO_TEXT.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(Code::RosterUnreadable);
    }
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => match bytes {
            [first, 0, second, 0, ..] if *first != 0 && *second != 0 => UTF_16LE,
            [0, first, 0, second, ..] if *first != 0 && *second != 0 => UTF_16BE,
            _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
            _ => WINDOWS_1252,
        },
    };
    let (text, _, damaged) = encoding.decode(bytes);
    if damaged { Err(Code::RosterUnreadable) } else { Ok(text.into_owned()) }
}

/// What stands between the cells of the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!is_quoted && byte == *delimiter);
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

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
