//! When a message that could not be handed over is tried again.

use jiff::SignedDuration;

/// The pauses after the first attempt, the second, and so on.
const PAUSES: [SignedDuration; 6] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(12),
];

/// How long to wait after an attempt, of which the first is 1; none when it was the last.
pub fn pause_after(attempt: i32) -> Option<SignedDuration> {
    let at = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    PAUSES.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_end() {
        let pauses: Vec<_> = (1..=7).map(pause_after).collect();
        assert_eq!(pauses.first(), Some(&Some(SignedDuration::from_secs(30))));
        assert_eq!(pauses.get(5), Some(&Some(SignedDuration::from_hours(12))));
        assert_eq!(pauses.last(), Some(&None));
        assert!(pauses[..6].is_sorted());
        assert_eq!(pause_after(0), pause_after(1));
        assert_eq!(pause_after(i32::MAX), None);
    }
}
