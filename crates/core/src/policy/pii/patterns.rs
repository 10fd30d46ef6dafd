//! What its form tells: email addresses, cards, social security numbers, telephones, passwords; and what
//! must stay: links, addresses of machines, versions, codes.

use regex::Regex;

use super::checks;
use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label};
use super::text::{Form, Text};
use super::words::Kinds;

/// How far before a number its cue may stand, in words and signs.
const CUE_REACH: usize = 9;
/// Digits of a card, at least, that are not letters which look like them.
const LEAST_REAL: usize = 10;

/// The forms, compiled.
#[derive(Debug)]
pub(super) struct Patterns {
    email: Regex,
    spelled_email: Regex,
    stays: Regex,
    card: Regex,
    ssn: Regex,
    hidden_ssn: Regex,
    phone: Regex,
    foreign_phone: Regex,
    grouped_phone: Regex,
    short_phone: Regex,
    extension: Regex,
    password: Regex,
    medicare: Regex,
}

impl Patterns {
    /// Compiles them.
    pub(super) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            email: Regex::new(
                r"(?x) [\p{L}\p{N}_%+][\p{L}\p{N}._%+'\-]* [\ ]? @ [\ ]?
                [\p{L}\p{N}][\p{L}\p{N}\-]* (?: \. [\p{L}\p{N}][\p{L}\p{N}\-]* )*",
            )?,
            spelled_email: Regex::new(
                r"(?xi) [\p{L}\p{N}_+][\p{L}\p{N}._+\-]*
                (?: \s? [(\[<{] \s? (?:at|arroba|@) \s? [)\]>}] \s? [\p{L}\p{N}\-]+ (?: \s? (?: [(\[<{] \s? (?:dot|punto) \s? [)\]>}] | \.) \s? [\p{L}\p{N}\-]+ )+
                | \s (?:at|arroba) \s [\p{L}\p{N}\-]+ (?: \s (?:dot|punto) \s [\p{L}\p{N}\-]+ )+ )",
            )?,
            stays: Regex::new(
                r"(?xi) \[(?:NAME|DOB|GENDER|ADDRESS|PHONE|EMAIL|SSN|MEDICAL-ID|CARD|PASSWORD)-\d+\]
                | (?-u:\b)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?-u:\b)
                | (?-u:\b)https?://[^\s<>]+ | (?-u:\b)www\.[^\s<>]+
                | (?-u:\b)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?-u:\b)
                | (?-u:\b)[cautpq]-\d{5,7}(?-u:\b)
                | (?-u:\b)0x[0-9a-f]+(?-u:\b) | (?-u:\b)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?-u:\b)
                | (?-u:\b)v?\d+\.\d+\.\d+(?:\.\d+)+(?-u:\b)",
            )?,
            card: Regex::new(r"\d(?:[ .-]{0,2}\d){12,18}")?,
            ssn: Regex::new(r"\d{3}([ .-]|\s?-\s?)\d{2}([ .-]|\s?-\s?)\d{4}")?,
            hidden_ssn: Regex::new(r"(?i)[x*#]{3}[ -]?[x*#]{2}[ -]?\d{4}")?,
            phone: Regex::new(
                r"(?x) (?: (?:\+|(?-u:\b))1 [\ .\-]{0,2} )? (?: \( \s?[2-9]\d{2}\s? \) | (?-u:\b)[2-9]\d{2} ) [\ .\-/]{0,3} \d{3} [\ .\-]{0,3} \d{4}",
            )?,
            foreign_phone: Regex::new(r"(?:\+|(?-u:\b)00)\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,7}")?,
            grouped_phone: Regex::new(
                r"(?x) (?-u:\b)[6789]\d{2}[\ .\-]\d{3}[\ .\-]\d{3} | (?-u:\b)[6789]\d{2}[\ .\-]\d{2}[\ .\-]\d{2}[\ .\-]\d{2} | \(?(?-u:\b)\d{2}\)?[\ \-]\d{4}[\ \-]\d{4} | (?-u:\b)[6789]\d[\ .]\d{3}[\ .]\d{2}[\ .]\d{2}",
            )?,
            short_phone: Regex::new(r"\d{3}[-. ]\d{4}")?,
            extension: Regex::new(
                r"(?i)^[ ,;]{0,3}(?:\(\s?)?(?:extension|extensión|ext|anexo|int|x)[. :]{0,2}#?\d{1,6}\)?",
            )?,
            password: Regex::new(
                r#"(?xi) (?-u:\b)(?:passwords?|passcode|passwd|pwd|pword|pass|pw|pswd|contraseña|contrasena|contra|clave|pin)(?-u:\b)
                (?: \s (?:i\ use|i\ used|for\ \S+|temporal|temporary|actual|new|nueva|that\ i\ use|para\ \S+) )?
                (?: \s? (?::|=|->) \s? | \s (?:is|was|es|era|to|a|as)\s?:?\s | \s ) ["']? (\S{4,40})"#,
            )?,
            medicare: Regex::new(
                r"(?-u:\b)[1-9][A-Z][A-Z0-9]\d[- ]?[A-Z][A-Z0-9]\d[- ]?[A-Z]{2}\d{2}(?-u:\b)",
            )?,
        })
    }

    /// Finds what the forms tell. What stays is kept first.
    pub(super) fn find(&self, text: &Text<'_>, drafts: &mut Drafts) {
        self.emails(text, drafts);
        for found in self.stays.find_iter(text.plain) {
            drafts.keep(found.start(), found.end());
        }
        self.passwords(text, drafts);
        self.cards(text, drafts);
        self.ssns(text, drafts);
        for found in self.medicare.find_iter(text.plain) {
            drafts.add(Draft::pattern(found.start(), found.end(), Label::MedicalId, 800));
        }
        self.phones(text, drafts);
    }

    fn emails(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.email.find_iter(text.plain) {
            let spaced = found.as_str().contains(' ');
            if spaced && !found.as_str().contains('.') {
                continue;
            }
            let user = found.as_str().split('@').next().unwrap_or_default().to_ascii_lowercase();
            if matches!(
                user.trim(),
                "mailer-daemon"
                    | "postmaster"
                    | "no-reply"
                    | "noreply"
                    | "donotreply"
                    | "do-not-reply"
            ) {
                drafts.keep(found.start(), found.end());
                continue;
            }
            drafts.add(Draft::pattern(found.start(), found.end(), Label::Email, 950));
        }
        for found in self.spelled_email.find_iter(text.plain) {
            drafts.add(Draft::pattern(found.start(), found.end(), Label::Email, 800));
        }
    }

    fn passwords(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.password.captures_iter(text.plain) {
            let Some(value) = found.get(1) else { continue };
            let word = value.as_str().trim_end_matches(['.', ',', ';', '"', '\'', ')', '?']);
            let digits = word.chars().any(|c| c.is_ascii_digit());
            let letters = word.chars().any(char::is_alphabetic);
            let symbols =
                word.chars().any(|c| matches!(c, '!' | '@' | '#' | '$' | '%' | '&' | '*' | '_'));
            let is_link = word.contains("://");
            if !is_link && letters && (digits || symbols) {
                let end = value.start() + word.len();
                drafts.add(Draft::cued(value.start(), end, Label::Password, 800, Cue::Password));
            }
        }
    }

    fn cards(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in
            self.card.find_iter(text.plain).filter(|found| alone(text.plain, found.range()))
        {
            let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
            let cued = cue_before(text, found.start(), Kinds::CARD, CUE_REACH);
            let draft = if checks::luhn(&digits) && !digits.starts_with('0') {
                let mut draft = Draft::cued(
                    found.start(),
                    found.end(),
                    Label::CreditCard,
                    950,
                    Cue::CheckDigit,
                );
                draft.cues.extend(cued.then_some(Cue::Card));
                draft
            } else if cued {
                Draft::cued(found.start(), found.end(), Label::CreditCard, 700, Cue::Card)
            } else {
                continue;
            };
            drafts.add(draft);
        }
        self.disguised_cards(text, drafts);
    }

    /// Cards with letters in the place of digits that they look like. The check digit has to be right.
    fn disguised_cards(&self, text: &Text<'_>, drafts: &mut Drafts) {
        let shown = as_it_looks(text.plain);
        if shown == text.plain {
            return;
        }
        for found in self.card.find_iter(&shown).filter(|found| alone(&shown, found.range())) {
            let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
            let written = text.plain.get(found.range()).unwrap_or_default();
            let real = written.chars().filter(char::is_ascii_digit).count();
            let is_card = checks::luhn(&digits) && !digits.starts_with('0');
            if is_card && real >= LEAST_REAL && real < digits.len() {
                let (start, end) = (found.start(), found.end());
                drafts.add(Draft::cued(start, end, Label::CreditCard, 800, Cue::CheckDigit));
            }
        }
    }

    fn ssns(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.ssn.find_iter(text.plain).filter(|found| alone(text.plain, found.range()))
        {
            let cued = cue_before(text, found.start(), Kinds::SSN, CUE_REACH);
            let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
            if cued {
                drafts.add(Draft::cued(found.start(), found.end(), Label::Ssn, 950, Cue::Ssn));
            } else if checks::is_ssn(&digits) && found.as_str().contains('-') {
                drafts.add(Draft::pattern(found.start(), found.end(), Label::Ssn, 850));
            }
        }
        for found in self.hidden_ssn.find_iter(text.plain) {
            drafts.add(Draft::pattern(found.start(), found.end(), Label::Ssn, 700));
        }
    }

    fn phones(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.foreign_phone.find_iter(text.plain) {
            let digits = found.as_str().chars().filter(char::is_ascii_digit).count();
            let named =
                found.as_str().starts_with('+') || nearest(text, found.start()) == Nearest::Phone;
            if named && (8..=15).contains(&digits) && alone(text.plain, found.range()) {
                self.phone_at(text, found.range(), 850, drafts);
            }
        }
        for found in
            self.phone.find_iter(text.plain).filter(|found| alone(text.plain, found.range()))
        {
            let plain_digits = found.as_str().bytes().all(|byte| byte.is_ascii_digit());
            let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
            let valid = checks::is_north_american(&digits);
            let cue = nearest(text, found.start());
            let score = match (cue, plain_digits, valid) {
                (Nearest::Phone, _, _) => 900,
                (Nearest::Other, true, _) | (Nearest::None, true, false) => continue,
                (_, _, true) => 800,
                (_, _, false) => 600,
            };
            self.phone_at(text, found.range(), score, drafts);
        }
        for found in self
            .grouped_phone
            .find_iter(text.plain)
            .filter(|found| alone(text.plain, found.range()))
        {
            match nearest(text, found.start()) {
                Nearest::Phone => self.phone_at(text, found.range(), 850, drafts),
                Nearest::None => self.phone_at(text, found.range(), 650, drafts),
                Nearest::Other if !is_named_id(text, found.start()) => {
                    self.phone_at(text, found.range(), 600, drafts);
                }
                Nearest::Other => {}
            }
        }
        for found in
            self.short_phone.find_iter(text.plain).filter(|found| alone(text.plain, found.range()))
        {
            if found.as_str().starts_with("555") || nearest(text, found.start()) == Nearest::Phone {
                self.phone_at(text, found.range(), 650, drafts);
            }
        }
    }

    /// Adds a telephone number with its extension, unless everybody may call it for nothing.
    fn phone_at(
        &self,
        text: &Text<'_>,
        range: std::ops::Range<usize>,
        score: u16,
        drafts: &mut Drafts,
    ) {
        let number = text.plain.get(range.clone()).unwrap_or_default();
        if checks::is_toll_free(number) && !drafts.is_found(range.start, range.end) {
            drafts.keep(range.start, range.end);
            return;
        }
        let rest = text.plain.get(range.end..).unwrap_or_default();
        let extension = self.extension.find(rest).map_or(0, |found| found.end());
        let mut draft = Draft::pattern(range.start, range.end + extension, Label::Phone, score);
        if nearest(text, range.start) == Nearest::Phone {
            draft.cues.push(Cue::Phone);
        }
        drafts.add(draft);
    }
}

/// A text with the digits that letters beside digits are taken for, of the same length.
fn as_it_looks(plain: &str) -> String {
    let mut shown = String::with_capacity(plain.len());
    let mut letters = plain.chars().peekable();
    let mut follows_digit = false;
    while let Some(c) = letters.next() {
        let is_beside = follows_digit || letters.peek().is_some_and(char::is_ascii_digit);
        let looks = match c {
            'O' | 'o' if is_beside => '0',
            'I' | 'l' if is_beside => '1',
            _ => c,
        };
        follows_digit = looks.is_ascii_digit();
        shown.push(looks);
    }
    shown
}

/// What the nearest cue before a number says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nearest {
    /// A telephone's.
    Phone,
    /// Something else's.
    Other,
    /// Nothing says.
    None,
}

fn nearest(text: &Text<'_>, start: usize) -> Nearest {
    let at = text.at(start);
    let mut generic_phone = false;
    for by in 1..=CUE_REACH {
        let Some(token) = text.back(at, by) else { break };
        if text.ends_sentence(at - by) {
            break;
        }
        let phone = token.is(Kinds::PHONE);
        let other = token.is(Kinds::ID) || token.is(Kinds::MEDICAL);
        if phone && token.is(Kinds::GENERIC) {
            generic_phone = true;
        } else if phone {
            return Nearest::Phone;
        } else if other && !token.is(Kinds::GENERIC) {
            return Nearest::Other;
        }
    }
    if generic_phone { Nearest::Phone } else { Nearest::None }
}

/// Whether a word for an identifier stands right before a place, "number" and signs left out.
fn is_named_id(text: &Text<'_>, start: usize) -> bool {
    let at = text.at(start);
    let generic = |by: usize| {
        text.back(at, by).is_some_and(|t| t.is(Kinds::GENERIC) || matches!(t.form, Form::Sign(_)))
    };
    let by = (1..=3).find(|by| !generic(*by)).unwrap_or(1);
    text.back(at, by).is_some_and(|token| token.is(Kinds::ID | Kinds::MEDICAL))
}

/// Whether one of some cues stands before a place, in the same sentence.
pub(super) fn cue_before(text: &Text<'_>, start: usize, kinds: Kinds, reach: usize) -> bool {
    let at = text.at(start);
    (1..=reach)
        .map_while(|by| text.back(at, by).filter(|_| !text.ends_sentence(at - by)))
        .any(|token| token.is(kinds))
}

/// Whether neither letters nor digits nor a hyphen with digits go on at the ends of a piece.
pub(super) fn alone(text: &str, range: std::ops::Range<usize>) -> bool {
    let mut before = text.get(..range.start).unwrap_or_default().chars().rev();
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '@' || c == '#';
    let ends = |c: Option<char>| c.is_none_or(|c| !joins(c));
    let (first, second) = (before.next(), before.next());
    let behind = (after.next(), after.next());
    let chained = |sign: Option<char>, digit: Option<char>| {
        sign.is_some_and(|c| matches!(c, '-' | '.' | '/'))
            && digit.is_some_and(|c| c.is_ascii_digit())
    };
    let after_hash = first == Some('#') && second.is_none_or(char::is_whitespace);
    (ends(first) || after_hash)
        && ends(behind.0)
        && !chained(first, second)
        && !chained(behind.0, behind.1)
}
