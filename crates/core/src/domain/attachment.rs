//! Attachments: what may be attached, how that is told from the bytes, and what a file may be called.
//!
//! A name and a claimed type are whatever a sender writes; the bytes are what a reader's program will open. So the
//! type is told from the bytes, must be on the list, and must be the one that was claimed.

use jiff::SignedDuration;

use super::FileName;

/// Most bytes of an attachment.
pub const MAX_BYTES: i64 = 10 * 1024 * 1024;
/// Most attachments of a ticket.
pub const MAX_PER_TICKET: i64 = 20;
/// Most records of a ticket's attachments, those that were discarded counted.
pub const MAX_EVER_PER_TICKET: i64 = 100;
/// How long a record waits for its content.
pub const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// Bytes of a text that are scanned for personal data; a longer one is quarantined without a scan.
pub const SCANNED: usize = 256 * 1024;
/// Bytes that tell what a file is, if it is no text.
const MAGIC: usize = 12;

words! {
    /// What may be attached, by its media type.
    AttachmentType {
        /// A picture.
        Png = "image/png",
        /// A photograph.
        Jpeg = "image/jpeg",
        /// A picture that may move.
        Gif = "image/gif",
        /// A picture.
        Webp = "image/webp",
        /// A document.
        Pdf = "application/pdf",
        /// Text in UTF-8.
        Text = "text/plain",
        /// A table as text in UTF-8.
        Csv = "text/csv",
        /// A document of an office program, without macros.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// A table of an office program, without macros.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

words! {
    /// How far an attachment is.
    AttachmentState {
        /// Its content has not come, or not as a whole.
        Pending = "pending",
        /// Its content is there, for Tier II alone.
        Quarantined = "quarantined",
        /// Tier II has looked at it: whoever sees the ticket may have it.
        Cleared = "cleared",
        /// It was thrown away, and its content is wiped.
        Discarded = "discarded",
    }
}

impl AttachmentType {
    /// What the names of such files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
        }
    }

    /// Whether a scan can tell that there is no personal data in it; what else comes is looked at by people.
    pub const fn is_plain_text(self) -> bool {
        matches!(self, Self::Text | Self::Csv)
    }

    /// Whether bytes that were found to be `found` may be called this: a table is a text.
    pub fn is_met_by(self, found: Self) -> bool {
        self == found || (self, found) == (Self::Csv, Self::Text)
    }
}

/// Tells what a file is while it passes by.
#[derive(Debug, Clone, Default)]
pub struct Sniffer {
    /// The first bytes.
    head: Vec<u8>,
    /// The beginning of a character that is not there as a whole yet.
    broken: Vec<u8>,
    is_no_text: bool,
    /// The last bytes, in which the name of an archive's part may have begun.
    tail: Vec<u8>,
    /// Which of [`PARTS`] the archive has.
    has: [bool; 4],
}

/// Parts that tell what an archive of an office program is; the last is one with macros in it.
const PARTS: [&[u8]; 4] =
    [b"[Content_Types].xml", b"word/document.xml", b"xl/workbook.xml", b"vbaProject.bin"];
/// How an archive begins.
const ARCHIVE: &[u8] = b"PK\x03\x04";
/// Bytes that the longest of [`PARTS`] can have begun in.
const TAIL: usize = 18;

impl Sniffer {
    /// Looks at the next bytes.
    pub fn look(&mut self, bytes: &[u8]) {
        let room = MAGIC.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        if !self.is_no_text {
            self.is_no_text = !self.is_text_with(bytes);
        }
        // While the head is short, nobody knows yet.
        if self.head.len() < ARCHIVE.len() || self.head.starts_with(ARCHIVE) {
            self.look_for_parts(bytes);
        }
    }

    /// Looks for the names of an archive's parts, which are written in clear.
    fn look_for_parts(&mut self, bytes: &[u8]) {
        let mut joined = std::mem::take(&mut self.tail);
        joined.extend_from_slice(bytes);
        for (has, part) in self.has.iter_mut().zip(PARTS) {
            *has |= joined.windows(part.len()).any(|window| window == part);
        }
        let kept = joined.len().saturating_sub(TAIL);
        self.tail = joined.split_off(kept);
    }

    /// Which document of an office program an archive is; none with macros.
    fn office(&self) -> Option<AttachmentType> {
        match self.has {
            [true, true, false, false] => Some(AttachmentType::Docx),
            [true, false, true, false] => Some(AttachmentType::Xlsx),
            _ => None,
        }
    }

    /// What the file is, now that it has passed by; none for what is not on the list.
    pub fn found(&self) -> Option<AttachmentType> {
        let head = self.head.as_slice();
        let is_webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
        let known = [
            (head.starts_with(b"\x89PNG\r\n\x1a\n"), AttachmentType::Png),
            (head.starts_with(b"\xff\xd8\xff"), AttachmentType::Jpeg),
            (head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a"), AttachmentType::Gif),
            (is_webp, AttachmentType::Webp),
            (head.starts_with(b"%PDF-"), AttachmentType::Pdf),
        ];
        if head.starts_with(ARCHIVE) {
            return self.office();
        }
        let by_head = known.into_iter().find_map(|(is_it, known)| is_it.then_some(known));
        let is_text = !self.is_no_text && self.broken.is_empty() && !head.is_empty();
        by_head.or_else(|| (is_text && !is_markup(head)).then_some(AttachmentType::Text))
    }

    /// Whether what came so far is text with these bytes: UTF-8, and no control characters but line breaks
    /// and tabs.
    fn is_text_with(&mut self, bytes: &[u8]) -> bool {
        let mut joined = std::mem::take(&mut self.broken);
        joined.extend_from_slice(bytes);
        let text = match std::str::from_utf8(&joined) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                let (whole, rest) =
                    joined.split_at_checked(error.valid_up_to()).unwrap_or_default();
                self.broken = rest.to_vec();
                std::str::from_utf8(whole).unwrap_or_default()
            }
            Err(_) => return false,
        };
        !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    }
}

/// Whether a text begins as what a browser would run does.
fn is_markup(head: &[u8]) -> bool {
    let bare = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    bare.trim_ascii_start().starts_with(b"<")
}

/// Longest stem of a name, in characters.
const STEM: usize = 100;

/// A name that is safe to show and to save: the last part of a path, without control characters, marks that
/// turn the direction of writing, and what systems give a meaning to, with the ending of its type.
pub fn safe_name(raw: &FileName, is: AttachmentType) -> FileName {
    let last = raw.as_str().rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let kept: String = stem.chars().filter(|c| !is_harmful(*c)).take(STEM).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = if kept.is_empty() || is_device(kept) { "attachment" } else { kept };
    let named = FileName::parse(&format!("{stem}.{}", is.extension()));
    named.unwrap_or_else(|_| unreachable!("a stem of harmless characters with an ending is a name"))
}

/// Whether a character in a name hides what the name is, or means something to a system.
fn is_harmful(c: char) -> bool {
    let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{2028}' | '\u{2029}');
    let means = matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | ';' | '\'' | '`' | '$');
    c.is_control() || hides || means
}

/// Whether a name stands for a device on some systems.
fn is_device(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    let numbered = |device: &str| {
        let number = upper.strip_prefix(device);
        number.is_some_and(|number| number.len() == 1 && number.as_bytes().is_ascii())
    };
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file is found to be, however it is cut into pieces.
    fn found(content: &[u8]) -> Option<AttachmentType> {
        let all: Vec<_> = [1, 3, 7, 4096]
            .into_iter()
            .map(|length| {
                let mut sniffer = Sniffer::default();
                content.chunks(length).for_each(|piece| sniffer.look(piece));
                sniffer.found()
            })
            .collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        all[0]
    }

    #[test]
    fn a_file_is_told_by_its_bytes() {
        for (content, is) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], AttachmentType::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", AttachmentType::Jpeg),
            (b"GIF89a\x01\0", AttachmentType::Gif),
            (b"RIFF\x24\0\0\0WEBPVP8 ", AttachmentType::Webp),
            (b"%PDF-1.7\n\xe2\xe3", AttachmentType::Pdf),
            (b"a,b\r\n1,2\r\n", AttachmentType::Text),
            ("\u{feff}Ni\u{f1}o \u{1f9f8} \u{65e5}".as_bytes(), AttachmentType::Text),
        ] {
            assert_eq!(found(content), Some(is), "{content:?}");
        }
    }

    #[test]
    fn what_is_not_on_the_list_is_nothing() {
        for content in [
            &b""[..],
            b"MZ\x90\0\x03",
            b"PK\x03\x04\x14\0",
            b"\x7fELF\x02\x01",
            b"text with a \0 in it",
            b"text with a bell \x07",
            b"Latin-1: \xf1 and on",
            b"cut in a character \xe2\x82",
            b"<!DOCTYPE html><script>",
            b"\xef\xbb\xbf  <svg onload='x'>",
            b"RIFF\x24\0\0\0WAVEfmt ",
        ] {
            assert_eq!(found(content), None, "{content:?}");
        }
    }

    #[test]
    fn an_archive_is_told_by_its_parts() {
        let with = |parts: &[&str]| {
            let mut bytes = b"PK\x03\x04\x14\0\0\0".to_vec();
            for part in parts {
                bytes.extend_from_slice(b"\0\x01PK\x03\x04");
                bytes.extend_from_slice(part.as_bytes());
            }
            found(&bytes)
        };
        let types = "[Content_Types].xml";
        assert_eq!(with(&[types, "word/document.xml"]), Some(AttachmentType::Docx));
        assert_eq!(with(&["_rels/.rels", "xl/workbook.xml", types]), Some(AttachmentType::Xlsx));
        assert_eq!(with(&[types, "word/document.xml", "word/vbaProject.bin"]), None);
        assert_eq!(with(&[types, "word/document.xml", "xl/workbook.xml"]), None);
        assert_eq!(with(&[types, "ppt/presentation.xml"]), None);
        assert_eq!(with(&["word/document.xml"]), None);
        assert_eq!(with(&["payload.exe"]), None);
        assert_eq!(found(b"[Content_Types].xml word/document.xml"), Some(AttachmentType::Text));
    }

    #[test]
    fn a_table_is_a_text_and_nothing_else_is_two_things() {
        assert!(AttachmentType::Csv.is_met_by(AttachmentType::Text));
        assert!(!AttachmentType::Text.is_met_by(AttachmentType::Csv));
        assert!(!AttachmentType::Png.is_met_by(AttachmentType::Jpeg));
        assert!(!AttachmentType::Text.is_met_by(AttachmentType::Pdf));
    }

    #[test]
    fn a_name_is_safe_to_show_and_to_save() {
        for (raw, is, safe) in [
            ("photo.PNG", AttachmentType::Png, "photo.png"),
            ("../../etc/passwd", AttachmentType::Text, "passwd.txt"),
            (r"C:\Users\ana\list.csv", AttachmentType::Csv, "list.csv"),
            ("invoice\u{202e}gpj.exe", AttachmentType::Jpeg, "invoicegpj.jpg"),
            ("a\u{200b}b\u{feff}.pdf", AttachmentType::Pdf, "ab.pdf"),
            ("page.html", AttachmentType::Text, "page.txt"),
            ("..", AttachmentType::Png, "attachment.png"),
            (".htaccess", AttachmentType::Text, "attachment.txt"),
            ("con.txt", AttachmentType::Text, "attachment.txt"),
            ("COM1.png", AttachmentType::Png, "attachment.png"),
            ("a\"; filename=\"b.exe", AttachmentType::Png, "a filename=b.png"),
            ("fotos de la ni\u{f1}a.jpeg", AttachmentType::Jpeg, "fotos de la ni\u{f1}a.jpg"),
            ("archive.tar.gz", AttachmentType::Pdf, "archive.tar.pdf"),
        ] {
            assert_eq!(safe_name(&FileName::parse(raw).unwrap(), is).as_str(), safe, "{raw:?}");
        }
        let long = FileName::parse(&"\u{f1}".repeat(255)).unwrap();
        let safe = safe_name(&long, AttachmentType::Webp);
        assert_eq!(safe.as_str().chars().count(), STEM + 5);
    }
}
