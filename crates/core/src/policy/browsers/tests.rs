//! Browsers by their user agents and in people's own words.

use std::sync::LazyLock;

use super::Browser::{Chrome, Edge, Firefox, Safari};
use super::BrowserSupport::{NewerThanKnown, Outdated, Supported, Unknown, Unsupported};
use super::*;

/// Releases of one day, so that the file that is shipped may follow the browsers.
static RELEASES: LazyLock<Browsers> = LazyLock::new(|| {
    let line = |(browser, current)| {
        format!(
            "[[browser]]\nbrowser = \"{browser}\"\ncurrent = {current}\nprevious = {}\n",
            current - 1
        )
    };
    let rows: Vec<String> =
        [("chrome", 156), ("edge", 156), ("firefox", 157), ("safari", 27)].map(line).into();
    Browsers::parse("fixed.toml", &format!("as_of = 2026-10-20\n{}", rows.concat())).unwrap()
});

/// What a text is.
type Expected = (Option<Browser>, Option<u32>, BrowserSupport);

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ";
const MAC: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) ";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ";
const IPAD: &str =
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) ";
/// The browsers that most people have.
const BROWSERS: &[(&str, &str, Expected)] = &[
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36", (Some(Chrome), Some(156), Supported)),
    (WINDOWS, "Chrome/131.0.0.0 Safari/537.36", (Some(Chrome), Some(131), Outdated)),
    (WINDOWS, "HeadlessChrome/155.0.0.0 Safari/537.36", (Some(Chrome), Some(155), Supported)),
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 Edg/155.0.0.0", (Some(Edge), Some(155), Supported)),
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
    (IPHONE, "FxiOS/157.0 Mobile/15E148 Safari/605.1.15", (Some(Firefox), Some(157), Supported)),
    (
        IPHONE,
        "EdgiOS/156.0.3856.59 Version/18.0 Mobile/15E148 Safari/604.1",
        (Some(Edge), Some(156), Supported),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) ",
        "like Gecko",
        (None, Some(11), Unsupported),
    ),
    ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "", (None, Some(8), Unsupported)),
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "",
        (None, Some(2), Unsupported),
    ),
    (IPHONE, "Mobile/15E148", (None, None, Unknown)),
];
/// Browsers inside other programs, and programs that are none.
const AGENTS: &[(&str, &str, Expected)] = &[
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36", (Some(Chrome), Some(156), Supported)),
    (ANDROID, "Chrome/155.0.0.0 Mobile Safari/537.36", (Some(Chrome), Some(155), Supported)),
    (
        "",
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
        (Some(Chrome), Some(109), Outdated),
    ),
    (
        "",
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
        (Some(Chrome), Some(156), Supported),
    ),
    (
        IPHONE,
        "CriOS/156.0.8078.73 Mobile/15E148 Safari/604.1",
        (Some(Chrome), Some(156), Supported),
    ),
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", (Some(Edge), Some(156), Supported)),
    (WINDOWS, "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", (Some(Edge), Some(18), Outdated)),
    (
        IPHONE,
        "Version/18.0 EdgiOS/156.0.3856.59 Mobile/15E148 Safari/604.1",
        (Some(Edge), Some(156), Supported),
    ),
    (
        "",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:157.0) Gecko/20100101 Firefox/157.0",
        (Some(Firefox), Some(157), Supported),
    ),
    (
        "",
        "Mozilla/5.0 (Android 14; Mobile; rv:156.0) Gecko/156.0 Firefox/156.0",
        (Some(Firefox), Some(156), Supported),
    ),
    (IPHONE, "FxiOS/157.0 Mobile/15E148 Safari/605.1.15", (Some(Firefox), Some(157), Supported)),
    (MAC, "Version/27.1 Safari/605.1.15", (Some(Safari), Some(27), Supported)),
    (IPHONE, "Version/26.6 Mobile/15E148 Safari/604.1", (Some(Safari), Some(26), Supported)),
    (IPAD, "Version/17.5 Mobile/15E148 Safari/604.1", (Some(Safari), Some(17), Outdated)),
    (
        ANDROID,
        "SamsungBrowser/30.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        (None, Some(30), Unsupported),
    ),
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 OPR/120.0.0.0", (None, Some(120), Unsupported)),
    (
        IPHONE,
        "Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005]",
        (None, None, Unsupported),
    ),
    (
        "",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36",
        (None, None, Unsupported),
    ),
    (IPHONE, "GSA/330.0.6 Mobile/15E148 Safari/604.1", (None, Some(330), Unsupported)),
    (
        "",
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        (None, Some(11), Unsupported),
    ),
    (
        "",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
        (None, Some(8), Unsupported),
    ),
    (
        "",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/156.0.0.0 Safari/537.36",
        (None, Some(2), Unsupported),
    ),
    (
        "",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        (None, Some(7), Unsupported),
    ),
    (
        "",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        (None, Some(1), Unsupported),
    ),
    (WINDOWS, "HeadlessChrome/156.0.0.0 Safari/537.36", (Some(Chrome), Some(156), Supported)),
    ("", "curl/8.5.0", (None, Some(8), Unsupported)),
    ("", "python-requests/2.32.3", (None, None, Unsupported)),
    (MAC, "Version/17.4 Safari/605.1.15 DuckDuckGo/7", (None, Some(7), Unsupported)),
    (MAC, "Version/18.0 Safari/605.1.15 Ddg/18.0", (None, Some(18), Unsupported)),
    (WINDOWS, "Chrome/130.0.0.0 YaBrowser/24.12.0 Safari/537.36", (None, Some(24), Unsupported)),
    (WINDOWS, "Chrome/156.0.0.0 Safari/537.36 Vivaldi/7.7", (None, Some(7), Unsupported)),
    (
        "",
        "Mozilla/5.0 (Linux; U; Android 13; en-us; Redmi) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.5",
        (None, Some(14), Unsupported),
    ),
    (WINDOWS, "Whale/3.25 Chrome/126.0.0.0 Safari/537.36", (None, Some(3), Unsupported)),
    (
        WINDOWS,
        "Slack/4.4 Chrome/126.0.0.0 Electron/31.0 Safari/537.36",
        (None, Some(31), Unsupported),
    ),
    ("", "Mozilla/5.0", (None, None, Unknown)),
];
/// What people type, with numbers that are no releases.
const TYPED: &[(&str, Expected)] = &[
    ("Chrome 131", (Some(Chrome), Some(131), Outdated)),
    ("chrome131", (Some(Chrome), Some(131), Outdated)),
    ("Chrome/131", (Some(Chrome), Some(131), Outdated)),
    ("Chrome v131", (Some(Chrome), Some(131), Outdated)),
    ("chrome v.131", (Some(Chrome), Some(131), Outdated)),
    ("IE 11", (None, Some(11), Unsupported)),
    ("Internet Explorer 11", (None, Some(11), Unsupported)),
    ("Firefox ESR 128.5.0esr", (Some(Firefox), Some(128), Outdated)),
    (
        "Version 156.0.8078.79 (Official Build) (64-bit) Chrome",
        (Some(Chrome), Some(156), Supported),
    ),
    (
        "Google Chrome Version 156.0.8078.79 (Official Build) (64-bit)",
        (Some(Chrome), Some(156), Supported),
    ),
    ("Chrome on Windows 10, version 130", (Some(Chrome), Some(130), Outdated)),
    ("Chrome on Windows 10", (Some(Chrome), None, Unknown)),
    ("Windows 10 Chrome", (Some(Chrome), None, Unknown)),
    ("chrome 64-bit", (Some(Chrome), None, Unknown)),
    ("Chrome 64 bit", (Some(Chrome), None, Unknown)),
    ("Windows 11, Chrome 130", (Some(Chrome), Some(130), Outdated)),
    ("Android 14 / Chrome 130", (Some(Chrome), Some(130), Outdated)),
    ("la versión 130 de Chrome", (Some(Chrome), Some(130), Outdated)),
    ("version 130 of chrome", (Some(Chrome), Some(130), Outdated)),
    ("tengo Chrome, versión 130", (Some(Chrome), Some(130), Outdated)),
    ("I am using Chrome. The version is 130.", (Some(Chrome), Some(130), Outdated)),
    (
        "my browser is google chrome and the version number is 130.0.6723",
        (Some(Chrome), Some(130), Outdated),
    ),
    ("Safari 17.4.1", (Some(Safari), Some(17), Outdated)),
    ("iPhone iOS 17.5 safari", (Some(Safari), Some(17), Outdated)),
    ("Safari (iPadOS 26.1)", (Some(Safari), Some(26), Supported)),
    ("Safari on macOS 15", (Some(Safari), None, Unknown)),
    ("Safari en mi iPhone 15", (Some(Safari), None, Unknown)),
    ("safari on iphone 13", (Some(Safari), None, Unknown)),
    ("chrome on my iphone 14", (Some(Chrome), None, Unknown)),
    ("chrome en mi Galaxy S24", (Some(Chrome), None, Unknown)),
    ("Mozilla Firefox 157.0", (Some(Firefox), Some(157), Supported)),
    ("FF 157", (Some(Firefox), Some(157), Supported)),
    ("Firefox version: 157", (Some(Firefox), Some(157), Supported)),
    ("Microsoft Edge 157", (Some(Edge), Some(157), NewerThanKnown)),
    ("MS Edge v150", (Some(Edge), Some(150), Outdated)),
    (
        "Microsoft Edge Version 150.0.3856.62 (Official build) (64-bit)",
        (Some(Edge), Some(150), Outdated),
    ),
    ("Samsung Internet 30", (None, Some(30), Unsupported)),
    ("Opera", (None, None, Unsupported)),
    ("Brave", (None, None, Unsupported)),
    ("duck duck go", (None, None, Unsupported)),
    ("DuckDuckGo", (None, None, Unsupported)),
    ("the newest one", (None, None, Unknown)),
    ("my phone", (None, None, Unknown)),
    ("version 130", (None, None, Unknown)),
    ("Chrome (latest)", (Some(Chrome), None, Unknown)),
    ("Google Chrome 2024", (Some(Chrome), None, Unknown)),
    ("Chrome, Version 156", (Some(Chrome), Some(156), Supported)),
    ("CHROME  156.0", (Some(Chrome), Some(156), Supported)),
    ("Chrome ver 156", (Some(Chrome), Some(156), Supported)),
    ("Chromium 156 on Debian", (Some(Chrome), Some(156), Supported)),
    ("Safari Version 18.6 (20621.3.11.11.3)", (Some(Safari), Some(18), Outdated)),
    ("Ｃｈｒｏｍｅ　１２０", (Some(Chrome), Some(120), Outdated)),
    ("chrome-156", (Some(Chrome), Some(156), Supported)),
    ("chrome_156", (Some(Chrome), Some(156), Supported)),
    ("Chrome: 156", (Some(Chrome), Some(156), Supported)),
    ("Chrome #156", (Some(Chrome), Some(156), Supported)),
    ("googlechrome 156", (Some(Chrome), Some(156), Supported)),
    ("Microsoft Explorer", (None, None, Unsupported)),
    ("Internet Explorer", (None, None, Unsupported)),
];

/// What is made of a text: browser, release, support.
fn judged(text: &str) -> Expected {
    let BrowserJudgement { browser, major, support } = RELEASES.judge(text);
    (browser, major, support)
}

#[test]
fn browsers_are_told_by_their_user_agents() {
    for (head, tail, expected) in BROWSERS {
        assert_eq!(judged(&format!("{head}{tail}")), *expected, "{head}{tail}");
    }
}

#[test]
fn browsers_are_told_by_what_people_type() {
    for (typed, expected) in [
        ("Chrome 156", (Some(Chrome), Some(156), Supported)),
        ("Google chrome version 140.0.1", (Some(Chrome), Some(140), Outdated)),
        ("navegador Chrome 120", (Some(Chrome), Some(120), Outdated)),
        ("CHROME155", (Some(Chrome), Some(155), Supported)),
        ("Chrome 156 on Windows 11", (Some(Chrome), Some(156), Supported)),
        ("chrome on windows 11", (Some(Chrome), None, Unknown)),
        ("safari on my ipad", (Some(Safari), None, Unknown)),
        ("Safari on iOS 17", (Some(Safari), Some(17), Outdated)),
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

proptest::proptest! {
    #[test]
    fn any_text_is_judged(text in "\\PC{0,40}", known in "(chrome|safari|v|ios|[0-9]{1,12}|\\.| ){0,8}") {
        let _judged = (judged(&text), judged(&known), judged(&format!("Mozilla/5.0 {text} {known}")));
    }
}

#[test]
fn a_long_text_is_looked_at_and_not_a_fault() {
    let long = format!("{}chrome 156", "x".repeat(100_000));
    assert_eq!(judged(&long), (None, None, Unknown));
}

#[test]
fn browsers_inside_others_and_programs_are_told_by_their_user_agents() {
    for (head, tail, expected) in AGENTS {
        assert_eq!(judged(&format!("{head}{tail}")), *expected, "{head}{tail}");
    }
}

#[test]
fn a_number_of_something_else_is_no_release() {
    for (typed, expected) in TYPED {
        assert_eq!(judged(typed), *expected, "{typed}");
    }
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
    assert!(told(&BUILT_IN.replacen("current =", "newest =", 1))[0].contains("newest"));
    assert!(told("as_of = 07:32:00\nbrowser = []")[0].contains("`as_of` is a day"));
}
