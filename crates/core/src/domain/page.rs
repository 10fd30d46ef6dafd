//! Pages of a list: how many rows, and where the next one begins.

/// Rows of a page when nothing is said.
pub const DEFAULT_LIMIT: i64 = 25;
/// Most rows of a page.
pub const MAX_LIMIT: i64 = 100;
/// How far a total is counted, when it is asked for.
pub const MAX_TOTAL: i64 = 10_000;

/// One page of rows, and the key of its last row if more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins, after this key.
    pub next: Option<K>,
    /// How many rows the filter finds, up to [`MAX_TOTAL`]; only when it was asked for.
    pub total: Option<i64>,
}

impl<T, K> Page<T, K> {
    /// Cuts what was read with one row too many into a page.
    pub fn cut(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Self { rows, next, total: None }
    }

    /// The same page of other rows.
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> Page<U, K> {
        Page { rows: self.rows.into_iter().map(row).collect(), next: self.next, total: self.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_end_only_when_more_follows() {
        let full = Page::cut(vec![1, 2, 3], 2, |n| *n);
        assert_eq!((full.rows, full.next), (vec![1, 2], Some(2)));
        let last = Page::cut(vec![1, 2], 2, |n| *n);
        assert_eq!((last.rows, last.next), (vec![1, 2], None));
    }
}
