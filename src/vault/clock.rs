//! The clock: the system's when the program serves, one that is turned by hand in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use caredesk_core::domain::time::Moment;
use jiff::SignedDuration;

/// Tells the time. A request asks once and hands the [`Moment`] on.
#[derive(Debug, Clone)]
pub struct Clock(Face);

/// Where the time comes from.
#[derive(Debug, Clone)]
enum Face {
    /// The operating system.
    System,
    /// Microseconds since 1970, shared with the [`Hand`].
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        Self(Face::System)
    }

    /// A clock that stands still until its hand is moved. For tests.
    pub fn manual(start: Moment) -> (Self, Hand) {
        let micros = Arc::new(AtomicI64::new(start.micros()));
        (Self(Face::Manual(Arc::clone(&micros))), Hand(micros))
    }

    /// What time it is.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Face::System => Moment::of(jiff::Timestamp::now()),
            Face::Manual(micros) => Moment::from_micros(micros.load(Ordering::SeqCst)),
        }
    }
}

/// Moves a manual clock, also backwards.
#[derive(Debug, Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// Turns the clock to `moment`.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.micros(), Ordering::SeqCst);
    }

    /// Turns the clock on by `span`, or back if it is negative.
    pub fn advance(&self, span: SignedDuration) {
        self.set(Moment::from_micros(self.0.load(Ordering::SeqCst)).plus(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_its_hand() {
        let start = Moment::from_micros(1_000_000);
        let (clock, hand) = Clock::manual(start);
        assert_eq!(clock.now(), start);
        hand.advance(SignedDuration::from_secs(30));
        assert_eq!(clock.clone().now(), start.plus(SignedDuration::from_secs(30)));
        hand.set(start);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn the_system_clock_runs() {
        let before: Moment = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(Clock::system().now() > before);
    }
}
