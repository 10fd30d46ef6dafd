//! What somebody broke into pieces and wrote in several texts, one after the other: a card number in a subject, a
//! message and the next.
//!
//! The texts of before go to the door as one, [`joined`], so that what lies across all of them is found; what takes
//! their place comes back as one, and [`pieces`] tells which text becomes what.

use super::finding::Label;

/// Stands between two texts, and in none: no text of a ticket holds control characters.
pub(super) const SEAM: char = '\u{1f}';

/// A text that holds a piece of what goes on in the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which of the texts.
    pub place: usize,
    /// What it becomes.
    pub text: String,
    /// What of it was taken away, at its end.
    pub taken: String,
    /// What stands there instead.
    pub placeholder: String,
}

impl Piece {
    /// Whether what was taken away is kept nowhere, not even sealed.
    pub fn is_dropped(&self) -> bool {
        let labels = [Label::CreditCard, Label::Password];
        labels
            .iter()
            .any(|label| self.placeholder.starts_with(&format!("[{}-", label.placeholder())))
    }

    /// What is sealed of a text that ended with the piece: without it, if that is dropped.
    pub fn sealed(&self, written: &str) -> String {
        if !self.is_dropped() {
            return written.to_owned();
        }
        match written.strip_suffix(self.taken.as_str()) {
            Some(front) => format!("{front}{}", self.placeholder),
            None => self.text.clone(),
        }
    }
}

/// What lies across the end of one masked text and the beginning of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Across {
    /// What it is.
    pub label: Label,
    /// The earlier text, with a placeholder for its part.
    pub completes: String,
    /// The later text, with one for its part.
    pub text: String,
    /// That part.
    pub(super) taken: String,
    /// What stands there instead.
    pub(super) placeholder: String,
}

impl Across {
    /// What is sealed of the later text: without its part, if that is dropped.
    pub fn sealed(&self, written: &str) -> String {
        if !self.label.is_dropped() {
            return written.to_owned();
        }
        match written.strip_prefix(self.taken.as_str()) {
            Some(rest) => format!("{}{rest}", self.placeholder),
            None => self.text.clone(),
        }
    }
}

/// Texts that somebody wrote one after the other, as one.
pub fn joined<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<&str> = texts.into_iter().collect();
    texts.join(&format!(" {SEAM}"))
}

/// Which of some texts change, where what they were [`joined`] to became `anew`.
pub fn pieces(texts: &[&str], anew: &str) -> Vec<Piece> {
    let seam = format!(" {SEAM}");
    let Some(placeholder) = anew.rfind('[').and_then(|at| anew.get(at..)) else {
        return Vec::new();
    };
    let parts: Vec<&str> = anew.split(seam.as_str()).collect();
    let first = parts.len().saturating_sub(1);
    let piece = |(place, before): (usize, &&str)| {
        // The first of them keeps what stands before the piece; of those behind it nothing is left.
        let text = parts.get(place).copied().unwrap_or(placeholder);
        let kept = text.len().saturating_sub(placeholder.len());
        Piece {
            place,
            text: text.to_owned(),
            taken: before.get(kept..).unwrap_or_default().to_owned(),
            placeholder: placeholder.to_owned(),
        }
    };
    texts.iter().enumerate().skip(first).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_at_the_end_of_the_last_text_changes_that_one() {
        let texts = ["A form", "My number is 702-555"];
        assert_eq!(joined(texts), "A form \u{1f}My number is 702-555");
        let found = pieces(&texts, "A form \u{1f}My number is [PHONE-1]");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].place, found[0].text.as_str()), (1, "My number is [PHONE-1]"));
        assert_eq!(found[0].taken, "702-555");
        assert_eq!(found[0].sealed("My number is 702-555"), "My number is 702-555");
    }

    #[test]
    fn a_text_that_is_nothing_but_a_piece_is_gone() {
        let texts = ["It is 4916", "3385", "0608"];
        let found = pieces(&texts, "It is [CARD-1]");
        let changed: Vec<_> = found.iter().map(|one| (one.place, one.text.as_str())).collect();
        assert_eq!(changed, [(0, "It is [CARD-1]"), (1, "[CARD-1]"), (2, "[CARD-1]")]);
        assert!(found.iter().all(Piece::is_dropped));
        assert_eq!(found[0].sealed("It is 4916"), "It is [CARD-1]");
        assert_eq!(found[0].sealed("For Nora it is 4916"), "For Nora it is [CARD-1]");
        assert_eq!(found[1].sealed("otherwise"), "[CARD-1]", "what does not fit is not kept");
    }

    #[test]
    fn what_begins_with_a_text_leaves_the_one_before_alone() {
        let texts = ["A form", "4916 3385"];
        let found = pieces(&texts, "A form \u{1f}[CARD-1]");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].place, found[0].taken.as_str()), (1, "4916 3385"));
    }
}
