//! What the codes about articles of the help centre mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about articles.
pub(super) const fn of_articles(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::ArticleOutOfReach => row(
            403,
            "Others write this article",
            "The desk writes what is for all organisations, and each organisation its own.",
        ),
        C::ArticlePublished => {
            row(409, "The article is published already", "Nothing needs to be done.")
        }
        C::ArticleNotPublished => {
            row(409, "The article is not published", "Publish it first: nobody else could read it.")
        }
        C::ArticleArchived => {
            row(409, "The article is archived", "Restore it first: it is a draft then.")
        }
        C::ArticleVersionCurrent => row(
            409,
            "The article says this now",
            "Edit the article first; then what it said before can be taken out of its versions.",
        ),
        _ => row(409, "The article is not archived", "Nothing needs to be done."),
    }
}
