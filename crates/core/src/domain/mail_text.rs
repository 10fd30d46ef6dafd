//! What of an email its writer wrote newly: programs put the message that is answered below or above it, and
//! people their signature.

/// Most lines that the line above a quoted message is broken into.
const ATTRIBUTION_LINES: usize = 4;
/// Most lines below a quoted message's sender in which its other headers stand.
const HEADER_LINES: usize = 6;
/// So many underscores in a line of their own stand above a quoted message.
const RULE: usize = 10;

/// How the line above a quoted message begins and ends: `On .. wrote:`.
const ATTRIBUTIONS: [(&str, &str); 3] =
    [("on ", " wrote:"), ("el ", " escribió:"), ("el ", " escribio:")];
/// What stands above a message that is quoted as it is, between dashes.
const ORIGINALS: [&str; 5] = [
    "original message",
    "mensaje original",
    "forwarded message",
    "mensaje reenviado",
    "original appointment",
];
/// What a quoted message's headers begin with: the sender's, the date's, and those behind them.
const SENDER: [&str; 2] = ["from:", "de:"];
const SENT: [&str; 5] = ["sent:", "date:", "enviado:", "enviado el:", "fecha:"];
const TO: [&str; 4] = ["to:", "subject:", "para:", "asunto:"];
/// What telephones write below a text.
const DEVICES: [&str; 4] =
    ["sent from my ", "enviado desde mi ", "get outlook for ", "obtener outlook para "];
/// What of a page stands before the message that it quotes, in lower case. In each, the tag that it stands in is
/// where the quoted message begins.
const QUOTES_OF_PAGES: [&str; 8] = [
    "<blockquote",
    "gmail_quote",
    "yahoo_quoted",
    "moz-cite-prefix",
    "divrplyfwdmsg",
    "appendonsend",
    "border-top:solid #e1e1e1",
    "border-top:solid #b5c4df",
];

/// Parts of a page that end a line.
const BLOCKS: [&str; 11] =
    ["div", "li", "tr", "pre", "h1", "h2", "h3", "h4", "table", "section", "article"];

/// The part of a text that is new: without the message that it answers, and without a signature. Lines that answer
/// in between stay.
pub fn newest(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter_map(readable).collect();
    let lines: Vec<&str> = text.lines().collect();
    let (mut kept, mut at): (Vec<&str>, usize) = (Vec::new(), 0);
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if is_signature(line) || is_above_original(line) || is_header_block(rest) {
            break;
        }
        if let Some(length) = attribution(rest) {
            // What is quoted line by line may be answered line by line; the rest is quoted to the end.
            let behind = rest.iter().skip(length).find(|line| !line.trim().is_empty());
            if !behind.is_some_and(|line| is_quoted(line)) {
                break;
            }
            at = at.saturating_add(length);
            continue;
        }
        if !is_quoted(line) && !is_of_a_device(line) {
            kept.push(line.trim_end());
        }
        at = at.saturating_add(1);
    }
    without_gaps(&kept)
}

/// The part of a page that stands before the message that it quotes.
pub fn before_quotes(page: &str) -> &str {
    // Only letters of ASCII change, so that places in both are the same.
    let lower = page.to_ascii_lowercase();
    let places = QUOTES_OF_PAGES.iter().filter_map(|mark| lower.find(mark));
    let Some(first) = places.min() else { return page };
    let until = page.get(..first).unwrap_or_default();
    let inside = page.get(first..).is_some_and(|rest| !rest.starts_with('<'));
    let tag = if inside { until.rfind('<') } else { None };
    tag.and_then(|tag| until.get(..tag)).unwrap_or(until)
}

/// A page with a break behind every part that ends a line, for those who make it plain and know paragraphs only.
pub fn with_breaks(page: &str) -> String {
    let mut parts = page.split("</");
    let mut broken = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
        if BLOCKS.contains(&name.to_ascii_lowercase().as_str()) {
            broken.push_str("<br>");
        }
        broken.push_str("</");
        broken.push_str(part);
    }
    broken
}

/// A character as it can be kept; none of what nobody sees.
fn readable(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => Some(c),
        '\u{a0}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{feff}' => None,
        _ if c.is_control() => Some(' '),
        _ => Some(c),
    }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Two dashes, and the space that not every program leaves there.
fn is_signature(line: &str) -> bool {
    line.trim_end() == "--"
}

fn is_of_a_device(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    DEVICES.iter().any(|said| line.starts_with(said)) && line.chars().count() < 60
}

fn is_above_original(line: &str) -> bool {
    let line = line.trim();
    let is_rule = line.len() >= RULE && line.chars().all(|c| c == '_');
    let said = line.trim_matches(['-', ' ']).to_lowercase();
    is_rule || line.starts_with("--") && ORIGINALS.contains(&said.as_str())
}

/// Whether lines begin with the headers of a quoted message, as Outlook writes them.
fn is_header_block(lines: &[&str]) -> bool {
    let plain = |line: &str| line.trim().trim_start_matches('*').to_lowercase();
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let Some((first, rest)) = lines.split_first() else { return false };
    if !begins(&plain(first), &SENDER) {
        return false;
    }
    let next: Vec<String> = rest.iter().take(HEADER_LINES).map(|line| plain(line)).collect();
    next.iter().any(|line| begins(line, &SENT)) && next.iter().any(|line| begins(line, &TO))
}

/// How many lines the line above a quoted message takes; none if the lines do not begin with one.
fn attribution(lines: &[&str]) -> Option<usize> {
    let mut joined = String::new();
    for (count, line) in lines.iter().take(ATTRIBUTION_LINES).enumerate() {
        if line.trim().is_empty() {
            return None;
        }
        joined.push(' ');
        joined.push_str(line.trim());
        let said = joined.trim_start().to_lowercase();
        let begun: Vec<_> =
            ATTRIBUTIONS.iter().filter(|(start, _)| said.starts_with(start)).collect();
        if begun.is_empty() {
            return None;
        }
        if begun.iter().any(|(_, end)| said.ends_with(end)) {
            return Some(count.saturating_add(1));
        }
    }
    None
}

/// The lines with one empty line at most between them, and none around.
fn without_gaps(lines: &[&str]) -> String {
    let mut text = String::new();
    let mut is_gap = false;
    for line in lines {
        if line.trim().is_empty() {
            is_gap = !text.is_empty();
            continue;
        }
        if !text.is_empty() {
            text.push_str(if is_gap { "\n\n" } else { "\n" });
        }
        text.push_str(line);
        is_gap = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_is_cut_below_and_in_between() {
        let gmail = "It still fails.\r\n\r\nOn Mon, Nov 23, 2026 at 9:00 AM caredesk <desk@vendor.example>\r\nwrote:\r\n\r\n> Hello Ana,\r\n> which version?\r\n";
        assert_eq!(newest(gmail), "It still fails.");
        let spanish = "Sigue fallando.\n\nEl lun, 23 nov 2026 a las 9:00, caredesk (<desk@vendor.example>)\nescribió:\n\n> Hola\n";
        assert_eq!(newest(spanish), "Sigue fallando.");
        let between =
            "On Monday Ana Ruiz wrote:\n> Which version?\n160\n> And which page?\nThe first one.\n";
        assert_eq!(newest(between), "160\nThe first one.");
        let unmarked = "No.\n\nOn Monday caredesk wrote:\n\nHello Ana,\nwhich version?\n";
        assert_eq!(newest(unmarked), "No.");
    }

    #[test]
    fn what_outlook_quotes_is_cut() {
        let english = "Version 160.\n\nFrom: caredesk <desk@vendor.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Ana Ruiz\nSubject: Case\n\nHello";
        assert_eq!(newest(english), "Version 160.");
        let spanish = "Es la 160.\n\n________________________________\nDe: caredesk <desk@vendor.example>\nEnviado: lunes, 23 de noviembre de 2026 9:00\nPara: Ana Ruiz\nAsunto: Caso\n\nHola";
        assert_eq!(newest(spanish), "Es la 160.");
        let bare = "Es la 160.\n\nDe: caredesk\nEnviado el: lunes\nPara: Ana\nAsunto: Caso\n\nHola";
        assert_eq!(newest(bare), "Es la 160.");
        assert_eq!(newest("Yes.\n-----Mensaje original-----\nHola"), "Yes.");
        let is_said = "From: the first page to the last one nothing loads.\nTo me it looks broken.";
        assert_eq!(newest(is_said), is_said, "headers have a date");
    }

    #[test]
    fn signatures_and_what_telephones_write_are_cut() {
        assert_eq!(newest("It works.\n-- \nAna Ruiz\n+1 555 010 0200"), "It works.");
        assert_eq!(newest("Funciona.\n\nEnviado desde mi iPhone\n"), "Funciona.");
        assert_eq!(newest("A\n\n\n\nB -- C\n"), "A\n\nB -- C");
        assert_eq!(newest("\u{feff}A\u{0}B\u{a0}C"), "A B C");
        assert_eq!(newest("> only\n> quoted\n"), "");
        assert_eq!(newest(""), "");
    }

    #[test]
    fn a_page_is_cut_at_the_tag_that_quotes() {
        let gmail = "<div dir=\"ltr\">Yes.</div><div class=\"gmail_quote\">On Monday ..</div>";
        assert_eq!(before_quotes(gmail), "<div dir=\"ltr\">Yes.</div>");
        assert_eq!(before_quotes("<p>Sí.</p><BLOCKQUOTE>x</BLOCKQUOTE>"), "<p>Sí.</p>");
        assert_eq!(before_quotes("<p>ñ</p><div id=\"divRplyFwdMsg\">x"), "<p>ñ</p>");
        assert_eq!(before_quotes("<p>Nothing quoted</p>"), "<p>Nothing quoted</p>");
        assert_eq!(with_breaks("<DIV>a</DIV><b>c</b>"), "<DIV>a<br></DIV><b>c</b>");
    }
}
