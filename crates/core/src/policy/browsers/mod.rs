//! Which browsers are supported (HD, "Technical support"): the current and the previous major release of four.
//! An older one is no reason to refuse somebody: they are shown how to update.

mod read;
mod sight;

use super::desk::RuleFault;
use crate::domain::Day;

words! {
    /// A browser that is supported in its newer releases.
    Browser {
        /// Google Chrome, and Chromium.
        Chrome = "chrome",
        /// Microsoft Edge.
        Edge = "edge",
        /// Mozilla Firefox.
        Firefox = "firefox",
        /// Apple Safari.
        Safari = "safari",
    }
}

words! {
    /// Whether a browser is supported.
    BrowserSupport {
        /// It is the current release, or the one before.
        Supported = "supported",
        /// It is older.
        Outdated = "outdated",
        /// It is newer than what is known here.
        NewerThanKnown = "newer_than_known",
        /// No release of this browser is supported.
        Unsupported = "unsupported",
        /// Which browser or which release it is cannot be told.
        Unknown = "unknown",
    }
}

/// The releases of a browser that are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Which browser.
    pub browser: Browser,
    /// The current major release.
    pub current: u32,
    /// The major release before it.
    pub previous: u32,
}

/// What a browser is, and whether it is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserJudgement {
    /// Which it is; none if it is none of those that are supported.
    pub browser: Option<Browser>,
    /// Its major release, if one was named.
    pub major: Option<u32>,
    /// Whether it is supported.
    pub support: BrowserSupport,
}

/// The browsers that are supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsers {
    as_of: Day,
    releases: Vec<Release>,
}

/// The file that comes with the program.
const BUILT_IN: &str = include_str!("../../../../../policy/browsers.toml");

impl Browsers {
    /// Those that the program knows.
    pub fn built_in() -> Self {
        match Self::parse("policy/browsers.toml", BUILT_IN) {
            Ok(browsers) => browsers,
            Err(faults) => unreachable!("a test reads the built-in browsers: {faults:?}"),
        }
    }

    /// Reads a file of browsers, each of them once; `path` is what faults call it.
    ///
    /// # Errors
    /// All that is wrong with it, by its lines.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<RuleFault>> {
        read::read(path, text)
    }

    /// The day on which the releases were looked up.
    pub const fn as_of(&self) -> &Day {
        &self.as_of
    }

    /// The releases that are supported.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.releases.iter()
    }

    /// Judges what somebody typed of their browser, or the user agent that it sends.
    pub fn judge(&self, typed: &str) -> BrowserJudgement {
        match sight::seen(typed) {
            sight::Seen::Nothing => {
                let support = BrowserSupport::Unknown;
                BrowserJudgement { browser: None, major: None, support }
            }
            sight::Seen::Another(major) => {
                let support = BrowserSupport::Unsupported;
                BrowserJudgement { browser: None, major, support }
            }
            sight::Seen::One(browser, major) => {
                let support = self.support(browser, major);
                BrowserJudgement { browser: Some(browser), major, support }
            }
        }
    }

    fn support(&self, browser: Browser, major: Option<u32>) -> BrowserSupport {
        let release = self.releases.iter().find(|release| release.browser == browser);
        let (Some(release), Some(major)) = (release, major) else { return BrowserSupport::Unknown };
        if major > release.current {
            BrowserSupport::NewerThanKnown
        } else if major >= release.previous {
            BrowserSupport::Supported
        } else {
            BrowserSupport::Outdated
        }
    }
}

#[cfg(test)]
mod tests;
