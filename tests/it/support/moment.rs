//! Two at the same moment.

use futures_util::future::join_all;

use super::answer::Answer;

/// Sends requests at once; what they were answered, in the order in which they are named.
pub(crate) async fn at_once(requests: Vec<impl Future<Output = Answer>>) -> Vec<Answer> {
    join_all(requests).await
}

/// The statuses of answers, lowest first.
pub(crate) fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}
