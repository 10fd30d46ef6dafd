//! Invitations of families, by their id, their link's hash and their code's public part.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::application::{ApplicationStatus, OnlineAccount};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{
    AccountId, ApplicationId, InvitationId, NotificationId, TenantId,
};
use caredesk_core::domain::invitation::{Invitation, InvitationState};
use caredesk_core::domain::notification::{MessageState, Method, WaitReason};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, PersonName, TenantName};
use caredesk_core::policy::{Action, Permit, Scope, Sight};
use diesel::prelude::*;

use super::db::query::{Locked, Prepared, insert_rows, nothing, row_before};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{applications, invitations, notifications, tenants};
use super::tx::Tx;

/// A row of the table, as it is shown.
#[derive(Queryable, Selectable)]
#[diesel(table_name = invitations)]
struct Row {
    id: InvitationId,
    tenant_id: TenantId,
    application_id: ApplicationId,
    method: Method,
    recipient: String,
    state: InvitationState,
    notification_id: Option<NotificationId>,
    created_by: Option<AccountId>,
    created_at: Moment,
    expires_at: Moment,
    ended_at: Option<Moment>,
    version: i64,
}

/// A row with number and family name of its application.
type Found = (Row, ApplicationNumber, PersonName);

/// A new invitation.
#[derive(Debug, Clone, Insertable)]
// Null and not the default where there is nothing: so SQLite, too, takes several rows in one statement.
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct NewInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The organisation that invites.
    pub tenant_id: TenantId,
    /// What the family is invited to.
    pub application_id: ApplicationId,
    /// By what it is sent.
    pub method: Method,
    /// Where it is sent.
    pub recipient: String,
    /// Pending.
    pub state: InvitationState,
    /// The hash of its link.
    pub link_hash: Vec<u8>,
    /// The public part of its code.
    pub handle: String,
    /// The hash of its code.
    pub code_hash: Vec<u8>,
    /// How often the code was typed wrong: never.
    pub attempts: i64,
    /// The message.
    pub notification_id: Option<NotificationId>,
    /// Who sends it.
    pub created_by: Option<AccountId>,
    /// Now.
    pub created_at: Moment,
    /// Until when it counts.
    pub expires_at: Moment,
    /// Counts the changes.
    pub version: i64,
}

/// Which invitations a page shows.
#[derive(Debug, Clone)]
pub struct InvitationQuery {
    /// Only of this application.
    pub application: Option<ApplicationId>,
    /// Only in this state, by now.
    pub state: Option<InvitationState>,
    /// Only those that were sent so.
    pub method: Option<Method>,
    /// After this key.
    pub after: Option<InvitationKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list: microseconds, id.
pub type InvitationKey = (i64, InvitationId);

/// An invitation as somebody meets it who has its link or its code.
#[derive(Debug, Clone, Queryable)]
pub struct Met {
    /// Which.
    pub id: InvitationId,
    /// The organisation that invites.
    pub tenant: TenantId,
    /// What that is called.
    pub organization: TenantName,
    /// Whether it is in use.
    pub tenant_status: TenantStatus,
    /// What the family is invited to.
    pub application: ApplicationId,
    /// The language the family is written to in.
    pub locale: Locale,
    /// How far the application has come.
    pub status: ApplicationStatus,
    /// How the family stands to the portal, as it is kept.
    pub online: OnlineAccount,
    /// What has become of the invitation, as it is kept.
    pub state: InvitationState,
    /// Until when it counts.
    pub expires_at: Moment,
    /// The hash of its code.
    pub code_hash: Vec<u8>,
    /// How often the code was typed wrong.
    pub attempts: i64,
}

/// The invitations that a reader may see, with their applications.
macro_rules! visible {
    ($scope:expr) => {{
        let all = invitations::table.inner_join(applications::table).into_boxed::<MultiBackend>();
        match $scope.sight() {
            Sight::System => all,
            Sight::Tenant(tenant) => all.filter(invitations::tenant_id.eq(tenant)),
            Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
        }
    }};
}

/// Stores invitations of applications that have none under way.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    rows: Vec<NewInvitation>,
) -> StoreResult<()> {
    insert_rows!(&mut *tx.conn, invitations::table, rows)?;
    Ok(())
}

/// Ends the invitations under way of some applications: replaced, or taken back. What waits to be sent of them
/// is not sent any more. Says how many.
pub fn end<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    applications: &[ApplicationId],
    state: InvitationState,
) -> StoreResult<usize> {
    let pending = invitations::table
        .filter(invitations::application_id.eq_any(applications.to_vec()))
        .filter(invitations::state.eq(InvitationState::Pending));
    let ended = diesel::update(pending)
        .set((
            invitations::state.eq(state),
            invitations::ended_at.eq(tx.now),
            invitations::version.eq(invitations::version + 1),
        ))
        .execute(tx.conn)?;
    if ended > 0 {
        unsend(tx, applications)?;
    }
    Ok(ended)
}

/// Takes back the invitation under way of an application if it went to a contact, which is not written to any
/// more; whether it did.
pub fn end_at<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    application: ApplicationId,
    left: &Contact,
) -> StoreResult<bool> {
    let pending = invitations::table
        .filter(invitations::application_id.eq(application))
        .filter(invitations::state.eq(InvitationState::Pending))
        .select((invitations::method, invitations::recipient));
    let sent: Option<(Method, String)> = pending.first(tx.conn).optional()?;
    let sent = sent.and_then(|(method, recipient)| Contact::parse(method, &recipient).ok());
    if sent.is_none_or(|sent| sent.key() != left.key()) {
        return Ok(false);
    }
    Ok(end(tx, permit, &[application], InvitationState::Revoked)? > 0)
}

/// Ends the messages of the invitations that ended just now, as far as they wait still, and wipes their secrets.
/// One that is being handed over goes out; its end is written already, and stays.
fn unsend(tx: &mut Tx<'_>, applications: &[ApplicationId]) -> StoreResult<()> {
    let ended = invitations::table
        .filter(invitations::application_id.eq_any(applications.to_vec()))
        .filter(invitations::ended_at.eq(tx.now))
        .select(invitations::notification_id.assume_not_null());
    let waiting = notifications::table
        .filter(notifications::id.eq_any(ended))
        .filter(notifications::finished_at.is_null());
    diesel::update(waiting)
        .set((
            notifications::state.eq(MessageState::Failed),
            notifications::finished_at.eq(tx.now),
            notifications::failure.eq(UNSENT.to_owned()),
            notifications::secret.eq(None::<Vec<u8>>),
            notifications::waits_for.eq(None::<WaitReason>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Why the message of an invitation that ended is not sent.
const UNSENT: &str = "its invitation counts no more";

/// The invitation of an application that may still count, which an index makes the only one. It may have
/// expired.
pub fn pending(conn: &mut Conn, application: ApplicationId) -> StoreResult<Option<InvitationId>> {
    let pending = invitations::table
        .filter(invitations::application_id.eq(application))
        .filter(invitations::state.eq(InvitationState::Pending));
    Ok(pending.select(invitations::id).first(conn).optional()?)
}

/// One invitation, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: InvitationId) -> StoreResult<Option<Invitation>> {
    let found: Option<Found> = visible!(scope)
        .filter(invitations::id.eq(id))
        .select((Row::as_select(), applications::number, applications::family_name))
        .first(conn)
        .optional()?;
    Ok(found.map(invitation))
}

/// One page of the invitations that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    (scope, now): (Scope, Moment),
    ask: &InvitationQuery,
) -> StoreResult<Page<Invitation, InvitationKey>> {
    let mut page = visible!(scope);
    if let Some(application) = ask.application {
        page = page.filter(invitations::application_id.eq(application));
    }
    if let Some(method) = ask.method {
        page = page.filter(invitations::method.eq(method));
    }
    page = match ask.state {
        Some(InvitationState::Pending) => page
            .filter(invitations::state.eq(InvitationState::Pending))
            .filter(invitations::expires_at.gt(now)),
        Some(InvitationState::Expired) => page
            .filter(invitations::state.eq(InvitationState::Pending))
            .filter(invitations::expires_at.le(now)),
        Some(state) => page.filter(invitations::state.eq(state)),
        None => page,
    };
    if let Some((at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        page = page.filter(row_before((invitations::created_at, invitations::id), key));
    }
    let rows: Vec<Found> = page
        .order((invitations::created_at.desc(), invitations::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), applications::number, applications::family_name))
        .load(conn)?;
    let key = |(row, ..): &Found| (row.created_at.micros(), row.id);
    Ok(Page::cut(rows, ask.limit, key).map(invitation))
}

/// A row as an invitation.
fn invitation((row, number, family_name): Found) -> Invitation {
    Invitation {
        id: row.id,
        tenant: row.tenant_id,
        application: row.application_id,
        number,
        family_name,
        method: row.method,
        recipient: row.recipient,
        kept: row.state,
        notification: row.notification_id,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
        version: row.version,
    }
}

/// What is needed to judge an invitation.
macro_rules! met {
    () => {
        invitations::table.inner_join(applications::table).inner_join(tenants::table).select((
            invitations::id,
            invitations::tenant_id,
            tenants::name,
            tenants::status,
            invitations::application_id,
            applications::locale,
            applications::status,
            applications::online_account,
            invitations::state,
            invitations::expires_at,
            invitations::code_hash,
            invitations::attempts,
        ))
    };
}

/// The invitation that a link belongs to.
pub fn by_link(conn: &mut Conn, hashes: &[[u8; 32]]) -> StoreResult<Option<Met>> {
    let hashes = hashes.iter().map(|hash| hash.to_vec());
    Ok(met!().filter(invitations::link_hash.eq_any(hashes)).first(conn).optional()?)
}

/// The invitations that a code may belong to: one, but for a chance of one in a billion.
pub fn by_handle(conn: &mut Conn, handle: &str) -> StoreResult<Vec<Met>> {
    let named = met!().filter(invitations::handle.eq(handle.to_owned()));
    Ok(named.order(invitations::id).limit(8).load(conn)?)
}

/// The invitation with an id, as whoever comes by it meets it.
pub fn met(conn: &mut Conn, id: InvitationId) -> StoreResult<Option<Met>> {
    Ok(met!().filter(invitations::id.eq(id)).first(conn).optional()?)
}

/// Locks an application, so that accepting an invitation to it and sending another one come one after the
/// other.
pub fn lock_application(conn: &mut Conn, id: ApplicationId) -> StoreResult<()> {
    let row = applications::table.find(id).select(applications::id);
    let _locked: Option<ApplicationId> = Locked(row).get_result(conn).optional()?;
    Ok(())
}

/// Counts a code that was typed wrong.
pub fn count_attempt(tx: &mut Tx<'_>, id: InvitationId) -> StoreResult<()> {
    Prepared(
        diesel::update(invitations::table.find(id))
            .set(invitations::attempts.eq(invitations::attempts + 1)),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Uses an invitation up, in one statement; whether it still counted.
pub fn accept<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, id: InvitationId) -> StoreResult<bool> {
    let usable = invitations::table
        .filter(invitations::id.eq(id))
        .filter(invitations::state.eq(InvitationState::Pending))
        .filter(invitations::expires_at.gt(tx.now));
    let used = diesel::update(usable)
        .set((
            invitations::state.eq(InvitationState::Accepted),
            invitations::ended_at.eq(tx.now),
            invitations::version.eq(invitations::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(used == 1)
}

/// Notes that a family asked for a new invitation; whether it may: for its application nobody has since `since`,
/// by whichever invitation.
pub fn ask_renewal<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (id, application): (InvitationId, ApplicationId),
    since: Moment,
) -> StoreResult<bool> {
    // Two who ask at once by two invitations come one after the other.
    lock_application(tx.conn, application)?;
    let asked = invitations::table
        .filter(invitations::application_id.eq(application))
        .filter(invitations::renewal_asked_at.gt(since));
    let is_early: bool = diesel::select(diesel::dsl::exists(asked)).get_result(tx.conn)?;
    if is_early {
        return Ok(false);
    }
    Prepared(
        diesel::update(invitations::table.find(id)).set(invitations::renewal_asked_at.eq(tx.now)),
    )
    .execute(tx.conn)?;
    Ok(true)
}
