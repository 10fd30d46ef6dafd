//! What stands beside the words of a ticket: helpful details, and the tags that it is marked with.

use std::collections::BTreeMap;

use caredesk_core::domain::ids::{AccountId, ArticleId, TenantId, TicketId};
use caredesk_core::domain::ticket::TicketTag;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{Action, HelpfulDetail, Permit};
use diesel::prelude::*;

use super::terms;
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::db::query::Prepared;
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_details, ticket_tags};
use crate::store::tx::Tx;

/// How a detail was told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Telling {
    /// Who wrote it; of what a caller told, the agent.
    pub by: Option<AccountId>,
    /// The organisation of that account, if it is of one.
    pub of: Option<TenantId>,
    /// When.
    pub at: Moment,
    /// What was masked.
    pub hints: Vec<Hint>,
}

/// What helps the desk beside the words, each masked but for the structured address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = ticket_details, treat_none_as_default_value = false)]
pub struct DetailsRow {
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// The number of the user whom it happened to.
    pub user_id: Option<String>,
    /// The id of the class.
    pub class_id: Option<String>,
    /// The id of the child.
    pub child_id: Option<String>,
    /// The address that the account was made with.
    pub account_email: Option<String>,
    /// The browser and its version.
    pub browser: Option<String>,
    /// The words of the error message.
    pub error_message: Option<String>,
    /// What was done just before.
    pub steps: Option<String>,
    /// What was written where something was masked, by its field, sealed.
    pub original: Option<Vec<u8>>,
    /// What is still to be told.
    pub asked_for: Json<Vec<HelpfulDetail>>,
    /// Whether the browser is supported, if one was named.
    pub browser_support: Option<BrowserSupport>,
    /// The article that an old browser is pointed out with.
    pub article_id: Option<ArticleId>,
    /// How each was told; nothing of what was told before that was kept.
    pub tellings: Json<BTreeMap<HelpfulDetail, Telling>>,
}

impl DetailsRow {
    /// What was told, masked, by its field: everything but the address of the account.
    pub fn told(&self) -> impl Iterator<Item = (HelpfulDetail, &str)> {
        use HelpfulDetail as D;
        let all = [
            (D::UserId, &self.user_id),
            (D::ClassId, &self.class_id),
            (D::ChildId, &self.child_id),
            (D::Browser, &self.browser),
            (D::ErrorMessage, &self.error_message),
            (D::Steps, &self.steps),
        ];
        all.into_iter().filter_map(|(detail, text)| Some((detail, text.as_deref()?)))
    }

    /// What a ticket is found by: what was told.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.told().map(|(_, text)| text)
    }
}

/// Keeps what stands beside the words of a new ticket, and has it found by that.
pub fn keep_details<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, row: DetailsRow) -> StoreResult<()> {
    terms::index_beside(tx.conn, &row)?;
    diesel::insert_into(ticket_details::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Keeps what stands beside the words of a ticket masked anew, with what was written sealed.
pub fn mask_details<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, row: DetailsRow) -> StoreResult<()> {
    Prepared(diesel::update(ticket_details::table.find(row.ticket_id)).set((
        ticket_details::user_id.eq(row.user_id),
        ticket_details::class_id.eq(row.class_id),
        ticket_details::child_id.eq(row.child_id),
        ticket_details::browser.eq(row.browser),
        ticket_details::error_message.eq(row.error_message),
        ticket_details::steps.eq(row.steps),
        ticket_details::original.eq(row.original),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Keeps what stands beside the words of a ticket as it is after a change. Whoever calls has the ticket found anew.
pub fn change_details<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: DetailsRow,
) -> StoreResult<()> {
    Prepared(diesel::update(ticket_details::table.find(row.ticket_id)).set((
        ticket_details::account_email.eq(row.account_email.clone()),
        ticket_details::asked_for.eq(row.asked_for.clone()),
        ticket_details::browser_support.eq(row.browser_support),
        ticket_details::article_id.eq(row.article_id),
        ticket_details::tellings.eq(row.tellings.clone()),
    )))
    .execute(tx.conn)?;
    mask_details(tx, permit, row)
}

/// What stands beside the words of a ticket; the caller has shown that the reader may see it.
pub fn details(conn: &mut Conn, ticket: TicketId) -> StoreResult<Option<DetailsRow>> {
    let row = ticket_details::table.find(ticket).select(DetailsRow::as_select());
    Ok(row.first(conn).optional()?)
}

/// Marks a new ticket.
pub fn tag<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (ticket, opened_at): (TicketId, Moment),
    tag: TicketTag,
) -> StoreResult<()> {
    diesel::insert_into(ticket_tags::table)
        .values((
            ticket_tags::tag.eq(tag),
            ticket_tags::created_at.eq(opened_at),
            ticket_tags::ticket_id.eq(ticket),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What a ticket is marked with; the caller has shown that the reader may see it.
pub fn tags(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<TicketTag>> {
    let of = ticket_tags::table.filter(ticket_tags::ticket_id.eq(ticket));
    Ok(of.order(ticket_tags::tag.asc()).select(ticket_tags::tag).load(conn)?)
}
