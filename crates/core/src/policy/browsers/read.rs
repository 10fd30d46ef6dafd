//! The file of browsers, checked: what is wrong is told with its line, all of it at once.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Browser, Browsers, Release};
use crate::domain::Day;
use crate::policy::desk::RuleFault;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    as_of: Spanned<Datetime>,
    browser: Vec<Spanned<Entry>>,
}

/// A browser as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `browser`, `current` and `previous`")]
struct Entry {
    browser: Spanned<String>,
    current: Spanned<u32>,
    previous: Spanned<u32>,
}

/// Notes faults by the lines of a text.
struct Faults<'t> {
    path: &'t str,
    text: &'t str,
    found: Vec<RuleFault>,
}

impl Faults<'_> {
    fn add(&mut self, at: usize, what: impl Into<String>) {
        let line = self.text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        let what = what.into().replace('\n', " ");
        self.found.push(RuleFault { path: self.path.to_owned(), line, what });
    }
}

/// Reads and checks a file.
pub(super) fn read(path: &str, text: &str) -> Result<Browsers, Vec<RuleFault>> {
    let mut faults = Faults { path, text, found: Vec::new() };
    match toml::from_str::<File>(text) {
        Ok(file) => checked(&file, &mut faults).ok_or(faults.found),
        Err(error) => {
            faults.add(error.span().map_or(0, |span| span.start), error.message());
            Err(faults.found)
        }
    }
}

/// The browsers, if nothing is wrong with them.
fn checked(file: &File, faults: &mut Faults<'_>) -> Option<Browsers> {
    let as_of = Day::parse(&file.as_of.get_ref().to_string());
    if as_of.is_err() {
        faults.add(file.as_of.span().start, "`as_of` is a day, such as 2026-11-22");
    }
    let mut releases: Vec<Release> = Vec::new();
    for entry in &file.browser {
        let Entry { browser, current, previous } = entry.get_ref();
        let Ok(name) = browser.get_ref().parse::<Browser>() else {
            let known: Vec<&str> = Browser::ALL.iter().map(|known| known.as_str()).collect();
            faults.add(browser.span().start, format!("`browser` is one of {}", known.join(", ")));
            continue;
        };
        if releases.iter().any(|release| release.browser == name) {
            faults.add(browser.span().start, format!("{name} stands here twice"));
        }
        let (newer, older) = (*current.get_ref(), *previous.get_ref());
        if older >= newer {
            faults.add(previous.span().start, "`previous` is older than `current`");
        }
        releases.push(Release { browser: name, current: newer, previous: older });
    }
    for browser in Browser::ALL {
        if !releases.iter().any(|release| release.browser == *browser) {
            faults.add(0, format!("{browser} is missing"));
        }
    }
    faults.found.sort();
    let as_of = as_of.ok().filter(|_| faults.found.is_empty())?;
    Some(Browsers { as_of, releases })
}
