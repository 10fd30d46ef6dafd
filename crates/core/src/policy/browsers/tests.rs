//! Browsers by their user agents and in people's own words.

use super::BrowserSupport::{NewerThanKnown, Outdated, Supported, Unknown, Unsupported};
use super::*;

/// What is made of a text: browser, release, support.
fn judged(text: &str) -> (Option<Browser>, Option<u32>, BrowserSupport) {
    let BrowserJudgement { browser, major, support } = Browsers::built_in().judge(text);
    (browser, major, support)
}

#[test]
fn browsers_are_told_by_their_user_agents() {
    use Browser::{Chrome, Edge, Firefox, Safari};
    const WINDOWS: &str =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ";
    for (head, tail, expected) in [
        (WINDOWS, "Chrome/156.0.0.0 Safari/537.36", (Some(Chrome), Some(156), Supported)),
        (WINDOWS, "Chrome/131.0.0.0 Safari/537.36", (Some(Chrome), Some(131), Outdated)),
        (WINDOWS, "HeadlessChrome/155.0.0.0 Safari/537.36", (Some(Chrome), Some(155), Supported)),
        (
            WINDOWS,
            "Chrome/156.0.0.0 Safari/537.36 Edg/155.0.0.0",
            (Some(Edge), Some(155), Supported),
        ),
        (
            WINDOWS,
            "Chrome/156.0.0.0 Mobile Safari/537.36 EdgA/120.0.0.0",
            (Some(Edge), Some(120), Outdated),
        ),
        (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 OPR/120.0.0.0", (None, Some(120), Unsupported)),
        (
            WINDOWS,
            "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            (None, Some(28), Unsupported),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:158.0) ",
            "Gecko/20100101 Firefox/158.0",
            (Some(Firefox), Some(158), NewerThanKnown),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0) ",
            "Gecko/20100101 Firefox/140.0",
            (Some(Firefox), Some(140), Outdated),
        ),
        (IPHONE, "Version/27.0 Mobile/15E148 Safari/604.1", (Some(Safari), Some(27), Supported)),
        (IPHONE, "Version/18.7 Mobile/15E148 Safari/604.1", (Some(Safari), Some(18), Outdated)),
        (
            IPHONE,
            "CriOS/156.0.8078.73 Mobile/15E148 Safari/604.1",
            (Some(Chrome), Some(156), Supported),
        ),
        (
            IPHONE,
            "FxiOS/157.0 Mobile/15E148 Safari/605.1.15",
            (Some(Firefox), Some(157), Supported),
        ),
        (
            IPHONE,
            "EdgiOS/156.0.3856.59 Version/18.0 Mobile/15E148 Safari/604.1",
            (Some(Edge), Some(156), Supported),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) ",
            "like Gecko",
            (None, Some(7), Unsupported),
        ),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "", (None, Some(8), Unsupported)),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "",
            (None, Some(2), Unsupported),
        ),
        (IPHONE, "Mobile/15E148", (None, None, Unknown)),
    ] {
        assert_eq!(judged(&format!("{head}{tail}")), expected, "{head}{tail}");
    }
}

#[test]
fn browsers_are_told_by_what_people_type() {
    use Browser::{Chrome, Edge, Firefox, Safari};
    for (typed, expected) in [
        ("Chrome 156", (Some(Chrome), Some(156), Supported)),
        ("Google chrome version 140.0.1", (Some(Chrome), Some(140), Outdated)),
        ("navegador Chrome 120", (Some(Chrome), Some(120), Outdated)),
        ("CHROME155", (Some(Chrome), Some(155), Supported)),
        ("Chrome 156 on Windows 11", (Some(Chrome), Some(156), Supported)),
        ("chrome on windows 11", (Some(Chrome), None, Unknown)),
        ("safari on my ipad", (Some(Safari), None, Unknown)),
        ("Safari on iOS 17", (Some(Safari), None, Unknown)),
        ("Safari v27.1", (Some(Safari), Some(27), Supported)),
        ("firefox esr 128", (Some(Firefox), Some(128), Outdated)),
        ("Mozilla Firefox versión 157", (Some(Firefox), Some(157), Supported)),
        ("fire fox 157", (Some(Firefox), Some(157), Supported)),
        ("Edge", (Some(Edge), None, Unknown)),
        ("Microsoft Edge 200", (Some(Edge), Some(200), NewerThanKnown)),
        ("IE11", (None, Some(11), Unsupported)),
        ("Internet Explorer 9", (None, Some(9), Unsupported)),
        ("Samsung Internet 28", (None, Some(28), Unsupported)),
        ("opera", (None, None, Unsupported)),
        ("156 chrome", (Some(Chrome), Some(156), Supported)),
        ("my tablet", (None, None, Unknown)),
        ("", (None, None, Unknown)),
        ("chrome 99999999999999999999", (Some(Chrome), None, Unknown)),
        ("ｃｈｒｏｍｅ 156", (Some(Chrome), Some(156), Supported)),
    ] {
        assert_eq!(judged(typed), expected, "{typed}");
    }
}

#[test]
fn a_long_text_is_looked_at_and_not_a_fault() {
    let long = format!("{}chrome 156", "x".repeat(100_000));
    assert_eq!(judged(&long), (None, None, Unknown));
}

#[test]
fn the_built_in_file_names_all_four() {
    assert_eq!(Browsers::built_in().releases().count(), Browser::ALL.len());
}

#[test]
fn faults_of_a_file_are_told_all_at_once_by_line() {
    let text = "as_of = 2026-11-22\n[[browser]]\nbrowser = \"lynx\"\ncurrent = 2\nprevious = 1\n\
                [[browser]]\nbrowser = \"chrome\"\ncurrent = 5\nprevious = 5\n";
    let told = |text: &str| -> Vec<String> {
        let faults = Browsers::parse("own.toml", text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        told(text),
        [
            "own.toml: line 1: edge is missing",
            "own.toml: line 1: firefox is missing",
            "own.toml: line 1: safari is missing",
            "own.toml: line 3: `browser` is one of chrome, edge, firefox, safari",
            "own.toml: line 9: `previous` is older than `current`",
        ]
    );
    let twice = BUILT_IN.replace("\"edge\"", "\"chrome\"");
    assert!(told(&twice).iter().any(|fault| fault.ends_with("chrome stands here twice")));
    assert!(told(&BUILT_IN.replace("current = 27", "newest = 27"))[0].contains("newest"));
    assert!(told("as_of = 07:32:00\nbrowser = []")[0].contains("`as_of` is a day"));
}
