//! Findings on the plain text while they are gathered, and which of two that overlap is kept.

use super::finding::{Cue, Label, Recognizer};

/// A finding, by its place in the plain text.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: Label,
    pub(super) score: u16,
    pub(super) recognizer: Recognizer,
    pub(super) cues: Vec<Cue>,
}

impl Draft {
    /// A finding by its form.
    pub(super) const fn pattern(start: usize, end: usize, label: Label, score: u16) -> Self {
        Self { start, end, label, score, recognizer: Recognizer::Pattern, cues: Vec::new() }
    }

    /// A finding by its form and a word beside it.
    pub(super) fn cued(start: usize, end: usize, label: Label, score: u16, cue: Cue) -> Self {
        let recognizer = Recognizer::PatternWithCue;
        Self { start, end, label, score, recognizer, cues: vec![cue] }
    }
}

/// What a byte of the plain text is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Free,
    Found,
    Kept,
}

/// What was found so far, and what must stay.
#[derive(Debug)]
pub(super) struct Drafts {
    found: Vec<Draft>,
    /// What is too unsure to be masked: it bars nothing else from being found there.
    unsure: Vec<Draft>,
    taken: Vec<Taken>,
}

impl Drafts {
    /// Nothing found yet in a text of so many bytes.
    pub(super) fn of(length: usize) -> Self {
        Self { found: Vec::new(), unsure: Vec::new(), taken: vec![Taken::Free; length] }
    }

    /// Adds a finding, unless something stands there already.
    pub(super) fn add(&mut self, draft: Draft) {
        if draft.start >= draft.end || !self.is_free(draft.start, draft.end) {
            return;
        }
        if draft.score < super::MASK {
            self.unsure.push(draft);
        } else {
            self.take(draft.start, draft.end, Taken::Found);
            self.found.push(draft);
        }
    }

    /// Keeps a piece as it is, where nothing was found: an identifier, an organisation.
    pub(super) fn keep(&mut self, start: usize, end: usize) {
        if !self.is_found(start, end) {
            self.take(start, end, Taken::Kept);
        }
    }

    /// Whether a piece is neither found nor kept.
    pub(super) fn is_free(&self, start: usize, end: usize) -> bool {
        self.all(start, end, |taken| taken == Taken::Free)
    }

    /// Whether a piece is kept, in part at least.
    pub(super) fn is_kept(&self, start: usize, end: usize) -> bool {
        !self.all(start, end, |taken| taken != Taken::Kept)
    }

    /// Whether a piece is found, in part at least.
    pub(super) fn is_found(&self, start: usize, end: usize) -> bool {
        !self.all(start, end, |taken| taken != Taken::Found)
    }

    /// What was found, in the order it was.
    pub(super) fn found(&self) -> &[Draft] {
        &self.found
    }

    /// Takes what was unsure, to judge it anew.
    pub(super) fn take_unsure(&mut self) -> Vec<Draft> {
        std::mem::take(&mut self.unsure)
    }

    /// All that was found, in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Draft> {
        for draft in self.take_unsure() {
            if self.is_free(draft.start, draft.end) {
                self.take(draft.start, draft.end, Taken::Found);
                self.found.push(draft);
            }
        }
        self.found.sort_by_key(|draft| draft.start);
        self.found
    }

    fn take(&mut self, start: usize, end: usize, as_what: Taken) {
        if let Some(piece) = self.taken.get_mut(start..end) {
            piece.fill(as_what);
        }
    }

    fn all(&self, start: usize, end: usize, is: impl Fn(Taken) -> bool) -> bool {
        self.taken.get(start..end).unwrap_or_default().iter().all(|taken| is(*taken))
    }
}
