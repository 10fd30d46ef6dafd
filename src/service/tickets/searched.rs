//! The search of the help centre that went before a ticket: what its requester had read when they asked (PM2, "search
//! before you submit").

use caredesk_core::domain::ids::{HelpSearchId, TenantId, TicketId};
use caredesk_core::policy::action::ReadTicket;
use caredesk_core::policy::{TextSight, TicketSight};

use crate::guard::{Refusal, admit};
use crate::service::house::{Ask, House};
use crate::service::perform::Looker;
use crate::store;
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::help_searches::{KeptSearch, ShownArticle};

/// A search, as somebody sees it.
#[derive(Debug, Clone)]
pub struct SearchSeen {
    /// The search.
    pub search: KeptSearch,
    /// Whether its words are shown.
    pub shows_words: bool,
    /// What it showed, each with its title as far as this reader sees it.
    pub results: Vec<(ShownArticle, Option<String>)>,
}

/// How texts are shown, the organisation that sees a ticket, and the search with what it showed.
type Read = (TextSight, Option<TenantId>, (KeptSearch, Vec<ShownArticle>));

/// Reads the search that a ticket names.
fn read(conn: &mut Conn, looker: &Looker, id: TicketId) -> Result<Read, Refusal> {
    let sight = TicketSight::of(&admit::<ReadTicket>(&looker.actor, looker.now)?);
    let whole = store::tickets::find(conn, sight, id)?.ok_or(Refusal::NotFound)?;
    let row = &whole.ticket.row;
    let named = row.help_search_id.ok_or(Refusal::NotFound)?;
    let found = store::help_searches::read(conn, HelpSearchId::of(named.0))?;
    let found = found.ok_or(Refusal::NotFound)?;
    Ok((sight.text(), row.seen_by(), found))
}

impl House {
    /// The search of the help centre that went before a ticket, with what it showed and what of that was opened.
    ///
    /// # Errors
    /// Not found, also for a ticket that is not the caller's to see and for one without a search; whatever the permit
    /// denies.
    pub async fn search_before_ticket(
        &self,
        ask: &Ask,
        id: TicketId,
    ) -> Result<SearchSeen, Refusal> {
        let looked = self.look(ask, move |conn, looker| read(conn, looker, id));
        let (sight, tenant, (search, shown)) = looked.await?;
        let what = What { tenant, target: Some(id.uuid()), detail: None };
        self.on_record::<ReadTicket>(ask, what).await?;
        let titled = |article: ShownArticle| {
            let title = self.title_for(sight, &article);
            (article, title)
        };
        let results = shown.into_iter().map(titled).collect();
        Ok(SearchSeen { search, shows_words: sight != TextSight::Hidden, results })
    }

    /// The title of an article as the readers of a ticket see it. An organisation writes its own as it likes, and the
    /// desk reads nobody's name there either.
    fn title_for(&self, sight: TextSight, article: &ShownArticle) -> Option<String> {
        let title = article.title.as_ref()?.as_str();
        match sight {
            TextSight::OwnWords { .. } => Some(title.to_owned()),
            _ if article.tenant.is_none() => Some(title.to_owned()),
            TextSight::Masked => self.masked(title),
            TextSight::Hidden => None,
        }
    }
}
