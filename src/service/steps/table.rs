//! A file of rows as it was sent: bytes of some encoding, with some character between the cells.

use caredesk_core::domain::code::Code;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Reads a table: `begin` makes of the header what `row` is told with each row that has a cell, and with its
/// number in the file, where the header is row 1.
///
/// # Errors
/// `roster.*`: it is no table, has no rows or more than `most`, or what `begin` says of its header.
pub(crate) fn read<M>(
    bytes: &[u8],
    most: usize,
    begin: impl FnOnce(&[&str]) -> Result<M, Code>,
    row: impl FnMut(&M, i64, csv::StringRecord),
) -> Result<(), Code> {
    read_text(&decoded(bytes)?, most, begin, row)
}

/// As [`read`], of a text.
pub(crate) fn read_text<M>(
    text: &str,
    most: usize,
    begin: impl FnOnce(&[&str]) -> Result<M, Code>,
    mut row: impl FnMut(&M, i64, csv::StringRecord),
) -> Result<(), Code> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().ok_or(Code::RosterEmpty)?;
    let header = header.map_err(|_damaged| Code::RosterUnreadable)?;
    let mapping = begin(&header.iter().collect::<Vec<_>>())?;
    let mut rows = 0_usize;
    for (number, record) in (2..).zip(records) {
        let record = record.map_err(|_damaged| Code::RosterUnreadable)?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows == most {
            return Err(Code::RosterTooManyRows);
        }
        rows = rows.saturating_add(1);
        row(&mapping, number, record);
    }
    if rows == 0 { Err(Code::RosterEmpty) } else { Ok(()) }
}

/// The text of a file. A mark at its beginning says the encoding; without one it is UTF-16 if every other
/// of the first bytes is nothing, UTF-8 if it can be, and else Windows-1252, as spreadsheets write it.
///
/// # Errors
/// It is no text.
pub(crate) fn decoded(bytes: &[u8]) -> Result<String, Code> {
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
