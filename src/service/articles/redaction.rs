//! What an article said before and should not have said: taken out of its old versions.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::article::{ArticleVersion, RedactionReason};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::ArticleId;
use caredesk_core::policy::action::RedactArticleVersion;
use serde_json::json;

use crate::guard::{Refusal, admit_article};
use crate::service::steps::note;
use crate::store::{self, Tx};

/// Takes the words out of an old version of an article, for good. What the article says now is changed by an edit
/// first: that leaves a version, too.
///
/// # Errors
/// `article.version_current`, `article.out_of_reach`, not found, and whatever the permit denies.
pub fn redact(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (ArticleId, i64),
    reason: RedactionReason,
) -> Result<ArticleVersion, Refusal> {
    let (permit, article) = admit_article::<RedactArticleVersion>(tx, who, (id, None))?;
    let found = store::articles::version(tx.conn, id, version)?.ok_or(Refusal::NotFound)?;
    if version == article.version || found.content.says_the_same_as(&article.content) {
        return Err(Refusal::Because(Code::ArticleVersionCurrent));
    }
    store::articles::redact(tx, &permit, version, &found.content)?;
    let detail = json!({"version": version, "reason": reason});
    note::about(tx, &permit, (article.tenant, id.uuid()), &detail)?;
    Ok(ArticleVersion { content: found.content.redacted(), ..found })
}
