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

/// Marks of a user agent with what they mean, in the order in which they are asked: others call themselves
/// Chrome and Safari, too, and Chrome calls itself Safari.
const AGENTS: &[(&str, Option<Browser>)] = &[
    ("edg/", Some(Browser::Edge)),
    ("edga/", Some(Browser::Edge)),
    ("edgios/", Some(Browser::Edge)),
    ("edge/", Some(Browser::Edge)),
    ("opr/", None),
    ("opera/", None),
    ("opt/", None),
    ("samsungbrowser/", None),
    ("vivaldi/", None),
    ("yabrowser/", None),
    ("ucbrowser/", None),
    ("brave/", None),
    ("duckduckgo/", None),
    ("silk/", None),
    ("seamonkey/", None),
    ("focus/", None),
    ("msie ", None),
    ("trident/", None),
    ("googlebot/", None),
    ("bingbot/", None),
    ("fxios/", Some(Browser::Firefox)),
    ("firefox/", Some(Browser::Firefox)),
    ("crios/", Some(Browser::Chrome)),
    ("headlesschrome/", Some(Browser::Chrome)),
    ("chromium/", Some(Browser::Chrome)),
    ("chrome/", Some(Browser::Chrome)),
];

/// Names in somebody's own words, as they are written there. Edge before Explorer: "Microsoft Edge".
const NAMES: &[(&str, Option<Browser>)] = &[
    ("edge", Some(Browser::Edge)),
    ("chrome", Some(Browser::Chrome)),
    ("chromium", Some(Browser::Chrome)),
    ("crome", Some(Browser::Chrome)),
    ("firefox", Some(Browser::Firefox)),
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
];

/// Words that may stand between a browser's name and its release.
const BETWEEN: &[&str] = &[
    "version",
    "ver",
    "v",
    "release",
    "esr",
    "browser",
    "navegador",
    "mobile",
    "movil",
    "is",
    "es",
    "the",
    "microsoft",
    "google",
    "internet",
    "firefox",
    "explorer",
    "no",
    "number",
    "numero",
];

/// Which browser a text names.
pub(super) fn seen(text: &str) -> Seen {
    let text: String = text.chars().take(LONGEST).collect();
    let text = text.to_lowercase();
    if text.contains("mozilla/") || text.contains("opera/") { agent(&text) } else { typed(&text) }
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

/// Somebody's own words.
fn typed(text: &str) -> Seen {
    let plain = fold::plain(text).replace("fire fox", "firefox");
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty())
        .collect();
    for (at, word) in words.iter().enumerate() {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let Some((_, browser)) = NAMES.iter().find(|(name, _)| *name == letters) else { continue };
        let attached = word.strip_prefix(letters).and_then(leading);
        let before = at.checked_sub(1).and_then(|before| words.get(before)).filter(|_| at == 1);
        let major = attached
            .or_else(|| following(words.get(at.saturating_add(1)..).unwrap_or_default()))
            .or_else(|| before.and_then(|word| leading(word)));
        return found(*browser, major);
    }
    Seen::Nothing
}

/// The release that follows a name, past words that may stand between.
fn following(words: &[&str]) -> Option<u32> {
    for word in words {
        let number = leading(word.trim_start_matches('v'));
        if number.is_some() || !BETWEEN.contains(word) {
            return number;
        }
    }
    None
}

/// The number that a text begins with.
fn leading(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn found(browser: Option<Browser>, major: Option<u32>) -> Seen {
    browser.map_or(Seen::Another(major), |browser| Seen::One(browser, major))
}
