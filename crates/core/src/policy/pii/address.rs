//! Where somebody lives: street and number, box, town with state and post code.

use regex::Regex;

use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label};
use super::text::{Form, Text};
use super::words::Kinds;

/// How far before a street a flat may begin, in bytes.
const NEAR: usize = 24;

const STRONG: &str = "street|str|st|avenue|avenida|ave|av|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|terrace|ter|circle|cir|highway|hwy|parkway|pkwy|trail|trl|alley|turnpike|tpke|crescent|cres|crossing|xing|square|sq";
const WEAK: &str = "way|place|pl|loop|row|run|path|pike|cove|cv|point|pt|ridge|bend|heights|hollow|pass|plaza|walk|landing|commons|mews|close|gardens|trace|glen|view|hill";
const STATE: &str = "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]";
const LOWER_STATE: &str = "nh|ny|nj|tx|fl|ga|il|nc|sc|va|wa|vt|wi|wv|wy|ut|tn|sd|ri|nv|nm|nd|ne|ms|mn|ky|ks|ia|az|ak|ca|ct|dc|oh|mo|md|co|ma|pa";
const STATE_NAME: &str = "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new\\s(?:hampshire|jersey|mexico|york)|north\\s(?:carolina|dakota)|ohio|oklahoma|oregon|pennsylvania|rhode\\sisland|south\\s(?:carolina|dakota)|tennessee|texas|utah|vermont|virginia|washington|west\\svirginia|wisconsin|wyoming|puerto\\srico";

/// The forms of addresses, compiled.
#[derive(Debug)]
pub(super) struct Addresses {
    street: Regex,
    nameless: Regex,
    calle: Regex,
    box_number: Regex,
    town: Regex,
    tails: Vec<Regex>,
    labelled: Regex,
    flat: Regex,
}

impl Addresses {
    /// Compiles them.
    pub(super) fn new() -> Result<Self, regex::Error> {
        let city = r"\p{Lu}[\p{L}.'\-]+(?:\s(?:de\s|la\s|los\s|las\s|del\s|of\s|on\s)*\p{Lu}[\p{L}.'\-]+){0,2}";
        let zip = r"\d{5}(?:-\d{4})?(?-u:\b)";
        let tails = [
            format!(r"(?i)^\s(?:{STRONG}|{WEAK})(?-u:\b)\.?(?:\s(?:n|s|e|w|ne|nw|se|sw)(?-u:\b)\.?)?"),
            r"(?i)^\s?,?\s*(?:nº|n°|núm\.?|num\.?|no\.|número|numero)\s?\d{1,5}\s?[a-z]?(?-u:\b)".to_owned(),
            r"(?i)^(?:\s?[,\-]?\s*|\s?\n\s*)(?:(?:apt|apartment|apto|unit|suite|ste|lot|bldg|building|trlr|trailer|space|depto|departamento|dpto|piso|int|interior|puerta|portal|edificio|torre|casa|manzana|mz|lote|floor)(?-u:\b)\.?\s*#?\s*|#\s?)(?:[a-z]?\d[a-z0-9º°ª\-]{0,5}|[a-z])(?-u:\b)(?:\s?,?\s?(?:[a-d]|izq|izquierda|dcha|derecha|puerta\s\d+)(?-u:\b)\.?)?".to_owned(),
            r"^,\s?\d{1,4}º?\s?[A-Z]?(?-u:\b)".to_owned(),
            r"(?i)^\s?,?\s*(?:col\.?|colonia|barrio|bo\.|urb\.?|urbanización|fracc\.?|fraccionamiento|sector|residencial|reparto|villa|rcho\.?)\s(?:\p{L}[\p{L}.'\-]+\s?){1,4}".to_owned(),
            format!(r"^(?:\s*,\s*|\s*\n\s*|\s+(?:in|en)\s+|\s+){city}\s*,?\s+(?:{STATE})(?-u:\b)\.?(?:\s*,?\s*{zip})?"),
            format!(r"(?i)^(?:\s*,\s*|\s*\n\s*|\s+(?:in|en)\s+|\s+)(?:[\p{{L}}.'\-]+\s+){{0,2}}[\p{{L}}.'\-]+\s*,?\s+(?:{LOWER_STATE}|{STATE_NAME})(?-u:\b)\.?\s*,?\s*{zip}"),
            format!(r"(?i)^(?:\s*,\s*|\s*\n\s*|\s+in\s+|\s+)(?:[\p{{L}}.'\-]+\s+){{0,2}}[\p{{L}}.'\-]+\s*,?\s+(?:{STATE_NAME})(?-u:\b)"),
            r"(?i)^(?:\s*,\s*|\s+)(?:[\p{L}.'\-]+\s+){0,1}[\p{L}.'\-]+\s*,?\s+(?:nh|ny|nj|tx|fl|ga|il|nc|sc|va|vt|wi|wv|wy|tn|nv|nm|mn|ky|az|ct)(?-u:\b)".to_owned(),
            format!(r"(?i)^(?:\s*,\s*|\s*\n\s*|\s+)(?:(?:c\.?p\.?|código\spostal|zip(?:\scode)?)\s*:?\s*)?{zip}(?:\s+{city})?"),
            format!(r"^(?:\s*,\s*|\s+(?:in|en|de)\s+){city}"),
            format!(r"^\s*,?\s*(?:{STATE})(?-u:\b)(?:\s*,?\s*{zip})?"),
            format!(r"^(?:\s*,\s*|\s+){zip}"),
            r"^(?:\s*,\s*\p{Lu}[\p{L}\-]+)?\s*,?\s*[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?-u:\b)".to_owned(),
            r"(?i)^\s*,\s*(?:usa|u\.s\.a?\.?|united\sstates|méxico|mexico|españa|spain|canada)(?-u:\b)".to_owned(),
        ];
        Ok(Self {
            street: Regex::new(&format!(
                r"(?xi) (?-u:\b)\d{{1,6}}[a-z]?(?:-\d{{1,4}})?(?:\s1/2)? \s+ (?:
                ((?:(?:us|county|state|farm\sto\smarket|old|rural)\s)?(?:highway|hwy|route|rte|rt|road|rd|cr|fm)\s\#?\d{{1,4}}(?-u:\b))
                | (?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)(?-u:\b)\.?\s+)?
                (?:[\p{{L}}\d][\p{{L}}\d'.\-]*\s+){{1,3}}? (?:({STRONG})|({WEAK}))(?-u:\b)\.? (?:\s(?:n|s|e|w|ne|nw|se|sw)(?-u:\b)\.?)? )"
            ))?,
            nameless: Regex::new(&format!(
                r"(?-u:\b)(?:(?:\p{{Lu}}[\p{{L}}'\-]+|\d{{1,3}}(?:st|nd|rd|th))\s+){{1,3}}(?i:{STRONG}|way|place|loop)(?-u:\b)\.?"
            ))?,
            calle: Regex::new(
                r"(?xi) (?:(?-u:\b)(?:calle|rúa|rua|carrer|via|c\.|cll|avenida|avda?\.?|av\.|avenue|paseo|plaza|carrera|cra\.?|camino|calzada|carretera|ctra\.?|pasaje|ronda|travesía|travesia|callejón|callejon|privada|glorieta|rambla|cerrada|boulevard|bulevar|vereda|jirón|urbanización|urb\.)|(?-u:\b)c/) \s?
                (?:(?:de|la|el|los|las|del|do|da|san|santa)\s){0,3} [\p{L}\d][\p{L}\d.'\-]* (?:\s(?:(?:de|la|el|los|las|del|y|do|da)\s){0,3}[\p{L}][\p{L}.'\-]*){0,4}?
                \s?,?\s?(?:\#|nº|n°|núm\.?|num\.?|no\.?|número|numero)?\s?\d{1,5}(?:\s?-\s?\d{1,4})?\s?[a-d]?(?-u:\b)",
            )?,
            box_number: Regex::new(
                r"(?i)(?-u:\b)(?:p\.?\s?o\.?\s?box|post\soffice\sbox|apartado(?:\sde\scorreos|\spostal)?|rr\s\d+\sbox|hc\s\d+\sbox)\s*#?\s*\d{1,6}(?-u:\b)",
            )?,
            town: Regex::new(&format!(
                r"(?-u:\b)(?:\p{{Lu}}[\p{{L}}.'\-]+\s){{0,2}}\p{{Lu}}[\p{{L}}.'\-]+\s?,?\s+(?:{STATE}|(?i:{STATE_NAME}))(?-u:\b)\.?\s?,?\s+{zip}|(?i)(?-u:\b)[\p{{L}}.'\-]+\s?,?\s(?:{LOWER_STATE})\s?,?\s{zip}"
            ))?,
            tails: tails.iter().map(|tail| Regex::new(tail)).collect::<Result<_, _>>()?,
            flat: Regex::new(
                r"(?i)(?-u:\b)(?:flat|apt|apartment|unit|suite|ste|room)\.?\s?#?\d{0,4}[a-z]?,?\s$",
            )?,
            labelled: Regex::new(
                r"(?i)(?-u:\b)(?:(?:home|mailing|street|new|old|current|physical|billing|shipping|our|my|her|his|correct)\s)?(?:address|addr|dirección|direccion|domicilio)(?:\s(?:is|es|on\sfile|line\s1|1|postal|actual|nueva|correcta))?\s?[:=]\s?([^\n]{4,110})",
            )?,
        })
    }

    /// Finds addresses.
    pub(super) fn find(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.street.captures_iter(text.plain) {
            let Some(whole) = found.get(0) else { continue };
            let (weak, road) = (found.get(3).is_some(), found.get(1).is_some());
            let end = self.extend(text, whole.end());
            let start = self.with_flat(text, whole.start());
            if road || is_street(text, whole.start(), whole.end(), weak, end > whole.end()) {
                add(text, start, end, drafts);
            }
        }
        for found in self.calle.find_iter(text.plain).chain(self.box_number.find_iter(text.plain)) {
            add(text, found.start(), self.extend(text, found.end()), drafts);
        }
        for found in self.town.find_iter(text.plain) {
            add(text, found.start(), self.extend(text, found.end()), drafts);
        }
        for found in self.nameless.find_iter(text.plain) {
            if super::patterns::cue_before(text, found.start(), Kinds::ADDRESS, 4) {
                add(text, found.start(), self.extend(text, found.end()), drafts);
            }
        }
        self.labelled(text, drafts);
        self.numbered(text, drafts);
    }

    /// Where a street begins with the flat or unit that stands before it.
    fn with_flat(&self, text: &Text<'_>, start: usize) -> usize {
        let near = start.saturating_sub(NEAR);
        let near = (near..=start).find(|at| text.plain.is_char_boundary(*at)).unwrap_or(start);
        let before = text.plain.get(near..start).unwrap_or_default();
        self.flat.find(before).map_or(start, |flat| near + flat.start())
    }

    /// What goes on behind a street: unit, town, state, post code, country.
    fn extend(&self, text: &Text<'_>, mut end: usize) -> usize {
        for tail in &self.tails {
            let rest = text.plain.get(end..).unwrap_or_default();
            let Some(found) = tail.find(rest) else { continue };
            let first = text.at(end + found.as_str().len()
                - found.as_str().trim_start_matches([' ', ',', '\n']).len());
            let begins = text
                .get(first)
                .is_some_and(|token| token.is(Kinds::STOP) && token.is(Kinds::PERSON_VERB));
            if !begins {
                end += found.end();
            }
        }
        let piece = text.plain.get(..end).unwrap_or_default();
        piece.trim_end_matches([' ', ',', '.', '\n']).len()
    }

    /// "Address:" and what follows it in the line.
    fn labelled(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for found in self.labelled.captures_iter(text.plain) {
            let Some(value) = found.get(1) else { continue };
            let digits = value.as_str().chars().any(|c| c.is_ascii_digit());
            let stop = value.as_str().find(['|', ';', '\t']).unwrap_or(value.len());
            let piece = value.as_str().get(..stop).unwrap_or_default();
            let sentence = piece.find(". ").filter(|at| *at > 12).unwrap_or(piece.len());
            let piece = piece.get(..sentence).unwrap_or_default().trim_end_matches(['.', ' ', ',']);
            if digits
                && piece.contains(' ')
                && !piece.contains('@')
                && piece.split(' ').count() <= 14
            {
                add(text, value.start(), value.start() + piece.len(), drafts);
            }
        }
    }

    /// "Lives at 12 Fern Hollow": a number and words after such a cue.
    fn numbered(&self, text: &Text<'_>, drafts: &mut Drafts) {
        for (at, token) in text.tokens.iter().enumerate() {
            let number = token.form == Form::Number && token.raw.len() <= 5;
            let cue = |by: usize| text.back(at, by).is_some_and(|cue| cue.is(Kinds::ADDRESS));
            let little = |by: usize| {
                text.back(at, by)
                    .is_some_and(|word| word.says(&["at", "to", "is", "es", "en", "a", "on", "in"]))
            };
            let cued = number && (cue(1) || little(1) && (cue(2) || cue(3) && little(2)));
            if !cued {
                continue;
            }
            let mut end = token.end;
            for by in 1..=4 {
                match text.get(at + by) {
                    Some(word)
                        if word.form == Form::Word
                            && word.capital()
                            && !word.is(Kinds::STOP | Kinds::MONTH) =>
                    {
                        end = word.end;
                    }
                    _ => break,
                }
            }
            if end > token.end {
                add(text, token.start, self.extend(text, end), drafts);
            }
        }
    }
}

fn add(text: &Text<'_>, start: usize, end: usize, drafts: &mut Drafts) {
    let draft = if super::patterns::cue_before(text, start, Kinds::ADDRESS, 6) {
        Draft::cued(start, end, Label::Address, 900, Cue::Home)
    } else {
        Draft::pattern(start, end, Label::Address, 800)
    };
    drafts.add(draft);
}

/// Whether a number, words and a street's ending are a street: the words are no sentence.
fn is_street(text: &Text<'_>, start: usize, end: usize, weak: bool, goes_on: bool) -> bool {
    let first = text.at(start);
    let last = text.at(end.saturating_sub(1));
    let mut words = text
        .tokens
        .get(first + 1..=last)
        .unwrap_or_default()
        .iter()
        .filter(|t| t.form == Form::Word);
    let said = Kinds::STOP
        | Kinds::PERSON_VERB
        | Kinds::TOWARDS
        | Kinds::EVENT
        | Kinds::RELATION
        | Kinds::WEEKDAY;
    let sentence = words
        .clone()
        .any(|word| !word.capital() && word.is(said) && word.end < end.saturating_sub(1));
    let capitals = words.all(|word| word.capital() || word.raw.len() <= 2);
    let cued = super::patterns::cue_before(text, start, Kinds::ADDRESS, 5);
    let ending = text.get(last).map_or("", |token| token.folded.as_ref());
    let short = matches!(
        ending,
        "st" | "dr"
            | "ter"
            | "av"
            | "str"
            | "ct"
            | "drive"
            | "court"
            | "square"
            | "trail"
            | "circle"
            | "crossing"
            | "alley"
    );
    !sentence && (capitals || cued || goes_on || !(weak || short))
}
