//! Exports as newline-delimited JSON: read page by page, sent as it comes, in constant memory.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use caredesk_core::domain::code::Code;
use serde::Serialize;

use super::problem::Problem;

/// Rows of an export that are read at once.
pub(super) const EXPORT_PAGE: i64 = 500;

/// Streams what `page` reads, an object a line, from the question `first` on until it says that nothing
/// follows.
pub(super) fn stream<Q, V, P, F>(file: &'static str, first: Q, page: P) -> HttpResponse
where
    Q: 'static,
    V: Serialize,
    P: Fn(Q) -> F + 'static,
    F: Future<Output = Result<(Vec<V>, Option<Q>), Problem>>,
{
    let pages = futures_util::stream::try_unfold((Some(first), page), |(ask, page)| async move {
        let Some(ask) = ask else { return Ok::<_, Problem>(None) };
        let (rows, next) = page(ask).await?;
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, &row).map_err(|_bug| Problem::of(Code::Internal))?;
            lines.push(b'\n');
        }
        Ok(Some((Bytes::from(lines), (next, page))))
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")))
        .streaming(Box::pin(pages))
}
