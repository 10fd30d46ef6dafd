//! What stands beside the words of a ticket, as somebody sees it: as it was written only for whoever wrote it or
//! asked, and for their organisation.

use std::collections::BTreeMap;

use caredesk_core::domain::ids::{AccountId, ArticleId, TenantId, TicketId};
use caredesk_core::domain::ticket::TicketTag;
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{HelpfulDetail, TextSight, TicketSight};

use super::details::opened;
use crate::guard::Refusal;
use crate::store;
use crate::store::db::Conn;
use crate::store::tickets::{Besides, Telling};
use crate::vault::Keyring;

/// What stands beside the words of a ticket, as somebody sees it.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// What was told, by its field; none for who sees no text.
    pub details: BTreeMap<HelpfulDetail, String>,
    /// What of it was masked, for whoever told it.
    pub hinted: Vec<HintedDetail>,
    /// What is still asked for.
    pub asked_for: Vec<HelpfulDetail>,
    /// Whether the browser is supported, if one was named.
    pub browser_support: Option<BrowserSupport>,
    /// The article that an old browser is pointed out with.
    pub article: Option<ArticleId>,
    /// What the ticket is marked with.
    pub tags: Vec<TicketTag>,
}

/// What of a detail was masked, for whoever told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintedDetail {
    /// Which.
    pub detail: HelpfulDetail,
    /// Whether the desk reads something of it masked.
    pub is_masked: bool,
    /// What was masked, and what may be personal and was left.
    pub hints: Vec<Hint>,
}

/// Who looks at the details of a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailsReader {
    /// How much of the ticket they see.
    pub(super) sight: TicketSight,
    /// Their account.
    pub(super) reader: Option<AccountId>,
    /// Whether they asked, or are of the organisation of whoever did.
    pub(super) is_askers: bool,
}

impl DetailsReader {
    /// Whether a detail is shown to them as it was written: to whoever wrote it or asked, and to their organisation.
    fn owns(self, telling: Option<&Telling>) -> bool {
        let wrote = |telling: &Telling| self.sight.shows_original(telling.by, telling.of);
        self.is_askers || telling.is_some_and(wrote)
    }

    /// Whether they are told what of a detail was masked: agents, too, of what they wrote down.
    fn is_told(self, telling: Option<&Telling>) -> bool {
        let wrote = |telling: &Telling| telling.by.is_some() && telling.by == self.reader;
        self.owns(telling) || telling.is_some_and(wrote)
    }
}

/// What stands beside the words of a ticket, as somebody sees it.
pub(super) fn beside(
    conn: &mut Conn,
    keys: &Keyring,
    (tenant, ticket): (TenantId, TicketId),
    (there, reader): (Besides, DetailsReader),
) -> Result<Beside, Refusal> {
    use HelpfulDetail as D;
    let tags = if there.has_tags { store::tickets::tags(conn, ticket)? } else { Vec::new() };
    let row = if there.has_details { store::tickets::details(conn, ticket)? } else { None };
    let Some(row) = row else { return Ok(Beside { tags, ..Beside::default() }) };
    let all = [
        (D::UserId, row.user_id),
        (D::ClassId, row.class_id),
        (D::ChildId, row.child_id),
        (D::Browser, row.browser),
        (D::AccountEmail, row.account_email),
        (D::ErrorMessage, row.error_message),
        (D::Steps, row.steps),
    ];
    let hidden = reader.sight.text() == TextSight::Hidden;
    let told = all.into_iter().filter(|_| !hidden);
    let mut details: BTreeMap<D, String> =
        told.filter_map(|(detail, text)| Some((detail, text?))).collect();
    let telling = |detail: &D| row.tellings.0.get(detail);
    let mut written = match &row.original {
        Some(sealed) if details.keys().any(|detail| reader.owns(telling(detail))) => {
            opened(keys, (tenant, ticket), sealed)?
        }
        _ => BTreeMap::new(),
    };
    written.retain(|detail, _| reader.owns(telling(detail)));
    let hinted = |detail: &D| {
        let hints = telling(detail).map(|telling| telling.hints.clone()).unwrap_or_default();
        let is_masked = written.contains_key(detail) || hints.iter().any(|hint| hint.is_masked);
        HintedDetail { detail: *detail, is_masked, hints }
    };
    let is_told = |detail: &&D| reader.is_told(telling(detail));
    let hinted = details.keys().filter(is_told).map(hinted);
    let hinted = hinted.filter(|one| one.is_masked || !one.hints.is_empty()).collect();
    details.extend(written);
    Ok(Beside {
        details,
        hinted,
        asked_for: row.asked_for.0,
        browser_support: row.browser_support,
        article: row.article_id,
        tags,
    })
}
