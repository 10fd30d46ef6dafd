//! Searching the help centre: on the shelves of whoever asks, and on record, so that a ticket can name what was
//! read before it (PM2, "search before you submit").

use std::collections::BTreeSet;

use caredesk_core::domain::Slug;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{ContextKey, HelpQuery};
use caredesk_core::domain::ids::{ArticleId, HelpSearchId};
use caredesk_core::domain::search::{Excerpt, Mark, Query, excerpt, marks};
use caredesk_core::policy::Action;
use caredesk_core::policy::action::{SearchHelp, SearchPublicHelp};

use super::house::{Ask, House};
use crate::guard::{self, Refusal, admit};
use crate::store;
use crate::store::help_searches::{FoundArticle, NewSearch, Wanted};

/// Most results of a search.
pub const MAX_RESULTS: usize = 25;
/// Results of a search when nothing is said.
pub const USUAL_RESULTS: usize = 10;

/// What somebody looks for.
#[derive(Debug, Clone)]
pub struct HelpQuestion {
    /// The words.
    pub query: HelpQuery,
    /// Only in this language.
    pub locale: Option<Locale>,
    /// The screen that is open.
    pub context_key: Option<ContextKey>,
    /// The organisation whose public articles are looked through, too.
    pub organization: Option<Slug>,
    /// So many results.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct HelpFound {
    /// Names the search.
    pub id: HelpSearchId,
    /// How much was found in all.
    pub hits: i32,
    /// The best of it, the best first.
    pub results: Vec<HelpHit>,
}

/// An article that was found, and why.
#[derive(Debug, Clone)]
pub struct HelpHit {
    /// The article.
    pub article: FoundArticle,
    /// What to mark in its title.
    pub title_marks: Vec<Mark>,
    /// The part of it that has the words.
    pub excerpt: Excerpt,
}

impl HelpHit {
    /// An article with these stems in it.
    fn of((article, terms): (FoundArticle, BTreeSet<String>)) -> Self {
        let locale = article.locale;
        let mut shown = excerpt(locale, article.body.as_str(), &terms);
        if let (true, Some(summary)) = (shown.marks.is_empty(), &article.summary) {
            shown = excerpt(locale, summary.as_str(), &terms);
        }
        let title_marks = marks(locale, article.title.as_str(), &terms);
        Self { article, title_marks, excerpt: shown }
    }
}

impl House {
    /// Searches for whoever is signed in.
    ///
    /// # Errors
    /// Too many of one account, and whatever the permit denies.
    pub async fn search_help(
        &self,
        ask: &Ask,
        question: HelpQuestion,
    ) -> Result<HelpFound, Refusal> {
        self.count_search(ask).await?;
        self.search::<SearchHelp>(ask, question).await
    }

    /// Searches what is there for everybody.
    ///
    /// # Errors
    /// Too many from one address, and whatever the permit denies.
    pub async fn search_public_help(
        &self,
        ask: &Ask,
        question: HelpQuestion,
    ) -> Result<HelpFound, Refusal> {
        self.count_help(ask).await?;
        self.search::<SearchPublicHelp>(ask, question).await
    }

    /// Finds, then writes down what was looked for and found. The writer is not kept waiting by the finding.
    async fn search<A: Action<Target = ()>>(
        &self,
        ask: &Ask,
        question: HelpQuestion,
    ) -> Result<HelpFound, Refusal> {
        let query = self.masked(question.query.as_str()).unwrap_or_default();
        let locale = question.locale;
        let looked = self.look(ask, move |conn, looker| {
            let scope = admit::<A>(&looker.actor, looker.now)?.scope();
            let named = question.organization.as_ref();
            let shelves = store::help_searches::shelves(conn, scope, named)?;
            let wanted = Wanted {
                query: Query::of(question.query.as_str()),
                locale: question.locale,
                context_key: question.context_key,
                limit: question.limit.min(MAX_RESULTS),
            };
            let found = store::help_searches::find(conn, &shelves, &wanted)?;
            let results: Vec<HelpHit> = found.articles.into_iter().map(HelpHit::of).collect();
            Ok((results, i32::try_from(found.hits).unwrap_or(i32::MAX)))
        });
        let (results, hits) = looked.await?;
        let shown: Vec<ArticleId> = results.iter().map(|result| result.article.id).collect();
        let kept = self.transact(ask, move |tx, who| {
            let who = guard::standing(tx, who)?;
            let permit = admit::<A>(&who, tx.now)?;
            let id = HelpSearchId::of(tx.new_uuid());
            let (query, shown) = (query.clone(), shown.clone());
            let new = NewSearch { id, locale, query, hits, shown };
            store::help_searches::insert(tx, &permit, new)?;
            Ok::<_, Refusal>(id)
        });
        Ok(HelpFound { id: kept.await?, hits, results })
    }

    /// Notes that whoever searched opened an article that the search showed.
    ///
    /// # Errors
    /// Not found for a search of somebody else and for an article that it did not show, and whatever the permit
    /// denies.
    pub async fn open_help_result(
        &self,
        ask: &Ask,
        opened: (HelpSearchId, ArticleId),
    ) -> Result<(), Refusal> {
        self.opened::<SearchHelp>(ask, opened).await
    }

    /// As [`Self::open_help_result`], of a search of somebody unknown.
    ///
    /// # Errors
    /// As there, and too many from one address.
    pub async fn open_public_help_result(
        &self,
        ask: &Ask,
        opened: (HelpSearchId, ArticleId),
    ) -> Result<(), Refusal> {
        self.count_help(ask).await?;
        self.opened::<SearchPublicHelp>(ask, opened).await
    }

    /// Notes an opening.
    async fn opened<A: Action<Target = ()>>(
        &self,
        ask: &Ask,
        opened: (HelpSearchId, ArticleId),
    ) -> Result<(), Refusal> {
        let ended = self.transact(ask, move |tx, who| {
            let who = guard::standing(tx, who)?;
            let permit = admit::<A>(&who, tx.now)?;
            if store::help_searches::opened(tx, &permit, opened)? {
                Ok(())
            } else {
                Err(Refusal::NotFound)
            }
        });
        let ended = ended.await;
        self.noted(ask, ended).await
    }
}
