//! What is wrong with a file of rules, by its lines.

use std::ops::Range;

/// A fault of a rule file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}: line {line}: {what}")]
pub struct RuleFault {
    /// What the file is called.
    pub path: String,
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// A file while it is read, and its faults so far.
pub(in crate::policy) struct Faults<'t> {
    path: &'t str,
    text: &'t str,
    found: Vec<RuleFault>,
}

impl<'t> Faults<'t> {
    pub(in crate::policy) const fn of(path: &'t str, text: &'t str) -> Self {
        Self { path, text, found: Vec::new() }
    }

    /// What the file is called.
    pub(in crate::policy) const fn path(&self) -> &'t str {
        self.path
    }

    /// The line that a place of the text is in.
    pub(in crate::policy) fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// Notes a fault at a place of the text.
    pub(in crate::policy) fn add(&mut self, span: &Range<usize>, what: impl Into<String>) {
        self.add_at(self.line(span), what);
    }

    /// Notes a fault in a line.
    pub(in crate::policy) fn add_at(&mut self, line: usize, what: impl Into<String>) {
        // The parser's own words may have lines of their own.
        let what = what.into().replace('\n', " ");
        self.found.push(RuleFault { path: self.path.to_owned(), line, what });
    }

    /// All of them, from top to bottom.
    pub(in crate::policy) fn into_found(mut self) -> Vec<RuleFault> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}
