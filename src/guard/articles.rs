//! Permits about articles of the help centre.

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::article::Article;
use caredesk_core::domain::ids::ArticleId;
use caredesk_core::domain::permission::Permission;
use caredesk_core::policy::{self, Action, ArticleFacts, Permit, Scope};

use super::refusal::Refusal;
use super::unchanged;
use crate::store::articles::Reader;
use crate::store::{self, Tx};

/// Somebody as a reader of articles: whoever writes those of their organisation sees its drafts and its archive.
pub fn reader(actor: &Actor, scope: Scope) -> Reader {
    let may_write = |person: &Person| person.standing.holds().has(Permission::ArticlesWrite);
    let writes = actor.person().is_none_or(may_write);
    let maker = actor.person().map(|person| person.account);
    Reader { scope, writes, maker }
}

/// Asks whether `actor` may do `A` to an article. It is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for one that is not theirs to see; stale if the version is another one
/// than the one that is there.
pub fn admit_article<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (ArticleId, Option<i64>),
) -> Result<(Permit<A>, Article), Refusal>
where
    A: Action<Target = ArticleFacts>,
{
    let scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::articles::find_locked(tx.conn, reader(actor, scope), id)?;
    let article = found.ok_or(Refusal::NotFound)?;
    unchanged(version, article.version)?;
    Ok((policy::decide::<A>(actor, article.facts(), tx.now)?, article))
}
