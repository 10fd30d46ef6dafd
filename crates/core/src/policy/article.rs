//! The rules about articles of the help centre: whoever writes them stays on their own side of the wall, and an
//! article's state says what comes next.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::article::{Article, ArticleState};
use crate::domain::code::Code;
use crate::domain::ids::{ArticleId, TenantId};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleFacts {
    /// Which.
    pub id: ArticleId,
    /// The organisation that wrote it; none for the desk's.
    pub tenant: Option<TenantId>,
    /// How far it has come.
    pub state: ArticleState,
    /// The version that was read.
    pub version: i64,
}

impl Article {
    /// What the rules need to know of this article.
    pub fn facts(&self) -> ArticleFacts {
        let Self { id, tenant, state, version, .. } = *self;
        ArticleFacts { id, tenant, state, version }
    }
}

impl ArticleFacts {
    /// The rule that an article's state holds against an action.
    fn barred(&self, action: ActionKind) -> Option<Code> {
        use ArticleState::{Archived, Draft, Published};
        match (action, self.state) {
            (
                ActionKind::UpdateArticle | ActionKind::PublishArticle | ActionKind::ArchiveArticle,
                Archived,
            ) => Some(Code::ArticleArchived),
            (ActionKind::PublishArticle, Published) => Some(Code::ArticlePublished),
            (ActionKind::RestoreArticle, Draft | Published) => Some(Code::ArticleNotArchived),
            (ActionKind::ShareArticle | ActionKind::RateArticle, Draft | Archived) => {
                Some(Code::ArticleNotPublished)
            }
            _ => None,
        }
    }

    /// Whether somebody writes on the article's side: an organisation's people their own, the desk its own.
    fn is_of(&self, actor: &Actor) -> bool {
        actor.person().is_none_or(|person| person.tenant == self.tenant)
    }
}

impl Target for ArticleFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let mut found = Vec::new();
        let is_read = matches!(action, ActionKind::ShareArticle | ActionKind::RateArticle);
        if !is_read && !self.is_of(actor) {
            found.push(Denial::of(Code::ArticleOutOfReach));
        }
        found.extend(self.barred(action).map(Denial::conflict));
        found
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_can_be_done_follows_from_the_state() {
        let can = |state| {
            let id = ArticleId::of(Uuid::nil());
            let facts = ArticleFacts { id, tenant: None, state, version: 1 };
            let actions = [
                ActionKind::UpdateArticle,
                ActionKind::PublishArticle,
                ActionKind::ArchiveArticle,
                ActionKind::RestoreArticle,
                ActionKind::ShareArticle,
            ];
            let can = actions.iter().filter(|action| facts.barred(**action).is_none());
            can.map(|action| action.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(can(ArticleState::Draft), "article.update article.publish article.archive");
        assert_eq!(can(ArticleState::Published), "article.update article.archive article.share");
        assert_eq!(can(ArticleState::Archived), "article.restore");
    }
}
