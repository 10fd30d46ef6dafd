//! Jobs: work that is too long for a request, done in chunks, with a result for every row.

use jiff::SignedDuration;

/// How long a job that is over is kept, with its results.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long the file of an export is kept once it is there.
pub const EXPORT_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// After so many attempts in a row that came to nothing a job is given up.
pub const ATTEMPTS: i32 = 5;
/// Most figures of a summary.
pub const MAX_FIGURES: usize = 20;
/// Most faults of a row that are told.
pub const MAX_FAULTS: usize = 20;

words! {
    /// What a job does.
    JobKind {
        /// Takes the people of an organisation over from a file.
        RosterImport = "roster_import",
        /// Takes applications over from a file.
        ApplicationImport = "application_import",
        /// Invites the families of many applications.
        InvitationBatch = "invitation_batch",
        /// Takes the access to many applications away.
        UnlinkBatch = "unlink_batch",
        /// Writes the tickets that a filter finds into a file.
        TicketExport = "ticket_export",
    }
}

words! {
    /// How far a job is.
    JobState {
        /// It waits for its turn.
        Queued = "queued",
        /// Somebody works on it.
        Running = "running",
        /// Every row was looked at; some may have failed.
        Succeeded = "succeeded",
        /// It ended before its last row; what was done before stays.
        Failed = "failed",
        /// Somebody stopped it; what was done before stays.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// What became of one row of a job.
    RowOutcome {
        /// Something was made.
        Created = "created",
        /// Something that was there was changed.
        Updated = "updated",
        /// All was as it should be.
        Unchanged = "unchanged",
        /// It was left out on purpose.
        Skipped = "skipped",
        /// It could not be done; the codes say why.
        Failed = "failed",
    }
}

/// Why a row failed: a rule, and the column that breaks it. Never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RowFault {
    /// The column's name; none if the rule is about the row as a whole.
    pub column: Option<String>,
    /// The rule's code.
    pub code: String,
}

/// A figure of a job's summary.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    /// What was counted: a word, lower snake case.
    pub name: String,
    /// How many there were.
    pub count: i64,
}

impl Figure {
    /// A figure of this name.
    pub fn of(name: &str, count: i64) -> Self {
        Self { name: name.to_owned(), count }
    }
}

/// How far a job is in thousandths; none while nobody knows how long it is.
pub fn progress(state: JobState, total: Option<i64>, seen: i64) -> Option<i32> {
    if state == JobState::Succeeded {
        return Some(1000);
    }
    let total = total.filter(|total| *total > 0)?;
    let thousandths = seen.saturating_mul(1000).checked_div(total)?;
    i32::try_from(thousandths.clamp(0, 1000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_when_the_length_is_known() {
        assert_eq!(progress(JobState::Running, None, 7), None);
        assert_eq!(progress(JobState::Running, Some(0), 0), None);
        assert_eq!(progress(JobState::Running, Some(3), 1), Some(333));
        assert_eq!(progress(JobState::Running, Some(3), 9), Some(1000));
        assert_eq!(progress(JobState::Cancelled, Some(4), 1), Some(250));
        assert_eq!(progress(JobState::Succeeded, None, 0), Some(1000));
    }
}
