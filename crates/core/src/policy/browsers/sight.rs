//! Which browser a text names: a user agent, or somebody's own words.

use super::Browser;
use crate::domain::fold;

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// No browser that could be told.
    Nothing,
    /// A browser that is not supported in any release, and its major release.
    Another(Option<u32>),
    /// One that is, and its major release.
    One(Browser, Option<u32>),
}

/// Longest text that is looked at, in characters.
const LONGEST: usize = 1_000;
/// No browser has come this far; what is greater is a year, or a number of something else.
const LAST_RELEASE: u32 = 999;

/// Marks of a user agent with what they mean, in the order in which they are asked: others call themselves
/// Chrome and Safari, too, and Chrome calls itself Safari.
const AGENTS: &[(&str, Option<Browser>)] = &[
    // programs that read pages by themselves
    ("bot/", None),
    ("crawler", None),
    ("spider", None),
    ("curl/", None),
    ("wget/", None),
    ("python-", None),
    ("okhttp/", None),
    ("go-http-client/", None),
    ("axios/", None),
    ("postmanruntime/", None),
    // pages inside another program
    ("fban/", None),
    ("fbav/", None),
    ("instagram ", None),
    ("gsa/", None),
    ("; wv)", None),
    ("electron/", None),
    // browsers of which no release is supported
    ("opr/", None),
    ("opios/", None),
    ("opt/", None),
    ("opera/", None),
    ("samsungbrowser/", None),
    ("vivaldi/", None),
    ("yabrowser/", None),
    ("ucbrowser/", None),
    ("miuibrowser/", None),
    ("huaweibrowser/", None),
    ("coc_coc_browser/", None),
    ("qqbrowser/", None),
    ("whale/", None),
    ("brave/", None),
    ("ddg/", None),
    ("duckduckgo/", None),
    ("silk/", None),
    ("seamonkey/", None),
    ("palemoon/", None),
    ("waterfox/", None),
    ("focus/", None),
    ("klar/", None),
    ("msie ", None),
    ("trident/7.0; rv:", None),
    ("trident/", None),
    ("edg/", Some(Browser::Edge)),
    ("edga/", Some(Browser::Edge)),
    ("edgios/", Some(Browser::Edge)),
    ("edge/", Some(Browser::Edge)),
    ("fxios/", Some(Browser::Firefox)),
    ("firefox/", Some(Browser::Firefox)),
    ("crios/", Some(Browser::Chrome)),
    ("headlesschrome/", Some(Browser::Chrome)),
    ("chromium/", Some(Browser::Chrome)),
    ("chrome/", Some(Browser::Chrome)),
];

/// Names in somebody's own words, as they are written there.
const NAMES: &[(&str, Option<Browser>)] = &[
    ("edge", Some(Browser::Edge)),
    ("msedge", Some(Browser::Edge)),
    ("chrome", Some(Browser::Chrome)),
    ("googlechrome", Some(Browser::Chrome)),
    ("chromium", Some(Browser::Chrome)),
    ("crome", Some(Browser::Chrome)),
    ("firefox", Some(Browser::Firefox)),
    ("ff", Some(Browser::Firefox)),
    ("mozilla", Some(Browser::Firefox)),
    ("safari", Some(Browser::Safari)),
    ("explorer", None),
    ("ie", None),
    ("msie", None),
    ("opera", None),
    ("samsung", None),
    ("brave", None),
    ("vivaldi", None),
    ("duckduckgo", None),
    ("silk", None),
    ("tor", None),
    ("netscape", None),
    ("curl", None),
];

/// Names in several words, and the one word for each.
const SPELLINGS: [(&str, &str); 3] =
    [("fire fox", "firefox"), ("mozilla firefox", "firefox"), ("duck duck go", "duckduckgo")];

/// Words that say that a release follows.
const VERSION: &[&str] = &["version", "versao", "ver", "vers", "v", "release", "esr"];
/// Words that may stand between a browser's name, the word for its release, and the number.
const BETWEEN: &[&str] = &[
    "browser",
    "navegador",
    "mobile",
    "movil",
    "is",
    "es",
    "e",
    "the",
    "la",
    "el",
    "of",
    "de",
    "del",
    "no",
    "number",
    "numero",
    "num",
    "microsoft",
    "ms",
    "google",
    "internet",
    "apple",
    "official",
    "build",
    "bit",
    "bits",
    "on",
    "en",
    "for",
    "para",
    "my",
    "mi",
    "a",
    "an",
    "with",
    "con",
    "latest",
];
/// Systems and devices; a number after one is its own.
const SYSTEMS: &[&str] = &[
    "windows", "win", "macos", "mac", "osx", "os", "x", "ios", "ipados", "android", "linux",
    "ubuntu", "debian", "chromeos", "iphone", "ipad", "galaxy", "pixel", "macbook", "tablet",
    "phone",
];
/// Systems whose release is Safari's as well.
const APPLE: &[&str] = &["ios", "ipados"];

/// Which browser a text names.
pub(super) fn seen(text: &str) -> Seen {
    let text: String = text.chars().take(LONGEST).collect();
    let text = fold::plain(&text);
    // Nobody types a product and its release like this, but a program does.
    let is_agent = text.contains("mozilla/")
        || text.contains("opera/")
        || !text.contains(' ')
            && AGENTS.iter().any(|(mark, _)| mark.len() > 4 && text.starts_with(mark));
    if is_agent { agent(&text) } else { typed(&text) }
}

/// A user agent.
fn agent(text: &str) -> Seen {
    for (mark, browser) in AGENTS {
        if let Some((_, rest)) = text.split_once(mark) {
            return found(*browser, leading(rest));
        }
    }
    // Safari names its release beside its name; what embeds its engine has no `version/`.
    match text.split_once("version/") {
        Some((_, rest)) if text.contains("safari/") => Seen::One(Browser::Safari, leading(rest)),
        _ => Seen::Nothing,
    }
}

/// A word that somebody typed: its letters, and the number that follows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'t> {
    letters: &'t str,
    number: Option<u32>,
}

impl<'t> Word<'t> {
    fn of(text: &'t str) -> Self {
        let at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (letters, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let is_width = rest.ends_with("bit") || rest.ends_with("bits");
        let number = leading(rest).filter(|number| *number <= LAST_RELEASE && !is_width);
        Self { letters: letters.trim_matches('.'), number }
    }

    fn is_in(self, words: &[&str]) -> bool {
        words.contains(&self.letters)
    }

    /// The entry of [`NAMES`] that it is.
    fn name(self) -> Option<&'static (&'static str, Option<Browser>)> {
        NAMES.iter().find(|(name, _)| *name == self.letters)
    }
}

/// Somebody's own words.
fn typed(text: &str) -> Seen {
    let spelled =
        SPELLINGS.iter().fold(text.to_owned(), |text, (words, word)| text.replace(words, word));
    let pieces = spelled.split(|c: char| !c.is_alphanumeric() && c != '.');
    let all: Vec<Word<'_>> = pieces.filter(|piece| !piece.is_empty()).map(Word::of).collect();
    let mut parts = all.splitn(2, |word| word.name().is_some());
    let before = parts.next().unwrap_or_default();
    let Some(name) = all.get(before.len()) else { return Seen::Nothing };
    let Some((_, browser)) = name.name().copied() else { return Seen::Nothing };
    let after = parts.next().unwrap_or_default();
    let after = after.split(|word| word.name().is_some()).next().unwrap_or_default();
    let backwards: Vec<Word<'_>> = before.iter().rev().copied().collect();
    let major = name
        .number
        .or_else(|| named_release(after))
        .or_else(|| adjacent(after))
        .or_else(|| named_release(before))
        .or_else(|| adjacent_before(&backwards))
        .or_else(|| (browser == Some(Browser::Safari)).then(|| system_release(&all)).flatten());
    found(browser, major)
}

/// The number that a word for a release announces.
fn named_release(words: &[Word<'_>]) -> Option<u32> {
    let at = words.iter().position(|word| word.is_in(VERSION))?;
    let announced = words.get(at..).unwrap_or_default();
    let passable =
        |word: &&Word<'_>| word.is_in(VERSION) || word.is_in(BETWEEN) || word.letters.is_empty();
    announced.iter().take_while(passable).find_map(|word| word.number)
}

/// The number that follows a name, past words that may stand between and past systems with their own.
fn adjacent(words: &[Word<'_>]) -> Option<u32> {
    let mut is_systems = false;
    for (at, word) in words.iter().enumerate() {
        let is_width =
            words.get(at.saturating_add(1)).is_some_and(|next| next.is_in(&["bit", "bits"]));
        match word.number {
            Some(number) if word.letters.is_empty() && !is_systems && !is_width => {
                return Some(number);
            }
            None if !(word.is_in(BETWEEN) || word.is_in(SYSTEMS)) => return None,
            _ => {}
        }
        is_systems = word.is_in(SYSTEMS) && word.number.is_none();
    }
    None
}

/// The number right before a name; the words come nearest first.
fn adjacent_before(words: &[Word<'_>]) -> Option<u32> {
    let mut rest = words.iter().skip_while(|word| word.is_in(BETWEEN) && word.number.is_none());
    let number = rest.next().filter(|word| word.letters.is_empty())?.number;
    number.filter(|_| !rest.next().is_some_and(|word| word.is_in(SYSTEMS)))
}

/// The release of a system whose releases are Safari's.
fn system_release(words: &[Word<'_>]) -> Option<u32> {
    let at = words.iter().position(|word| word.is_in(APPLE))?;
    let next = || words.get(at.saturating_add(1)).filter(|word| word.letters.is_empty());
    words.get(at)?.number.or_else(|| next()?.number)
}

/// The number that a text begins with.
fn leading(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn found(browser: Option<Browser>, major: Option<u32>) -> Seen {
    browser.map_or(Seen::Another(major), |browser| Seen::One(browser, major))
}
