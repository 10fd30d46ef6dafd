//! A scene: what an operation needs to find, so that each one of the document can be called, and
//! succeeds for who may. An operation that these files do not know enough about fails its tests.

mod access;
mod calls;
mod files;
mod people;
mod prepare;
mod tenant;
mod tickets;

use std::sync::atomic::{AtomicU32, Ordering};

use caredesk::store::StoreError;
use caredesk::store::columns::AnyId;
use caredesk::store::db::Conn;
use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::article::ArticleState;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::job::JobState;
use caredesk_core::domain::permission::PermissionSet;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::actor::Actor;
use super::app::App;
use super::decisions::by_phone;
use super::families::{self, Stands};
use super::holders;
use super::internal;
use super::make;
use super::tickets::Stand;

/// Numbers the short names of tenants, so that no two are the same.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The code of every message that a scene sent.
pub(crate) const SENT: &str = "492039";

/// A short name that nobody has.
pub(crate) fn fresh_slug() -> String {
    format!("scene-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A tenant with an owner, and the audit of what made them.
pub(crate) struct Scene<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: TenantId,
    pub(crate) owner: String,
    /// An entry of the tenant's chain.
    pub(crate) entry: String,
    /// An entry of the platform's chain.
    pub(crate) platform_entry: String,
    /// An agent of the desk.
    pub(crate) agent: String,
    /// A member of the tenant, who is in use.
    pub(crate) user: Uuid,
    /// A role that the tenant made, which permits nothing and which nobody has.
    pub(crate) role: String,
    /// A record of their training.
    pub(crate) training_record: Uuid,
    /// A session, of whoever an operation is prepared for.
    pub(crate) session: Uuid,
    /// A job of the tenant's, or of whoever an operation is prepared for.
    pub(crate) job: Uuid,
    /// A file of the tenant's, or of whoever an operation is prepared for.
    pub(crate) upload: Uuid,
    /// A decision of the desk's policy about the tenant.
    pub(crate) decision: Uuid,
    /// An application, its invitation, and an acceptance of that.
    pub(crate) family: families::Ids,
    /// A key of the tenant that permits nothing.
    pub(crate) api_key: Uuid,
    /// A message on behalf of the tenant, which was sent.
    pub(crate) notification: Uuid,
    /// A contact that nothing is sent to, and that was written to on behalf of the tenant.
    pub(crate) suppression: Uuid,
    /// A change of a contact, of whoever an operation is prepared for.
    pub(crate) contact_change: Uuid,
    /// A ticket of the tenant's, or of whoever an operation is prepared for.
    pub(crate) ticket: Uuid,
    /// An attachment of the ticket, of whoever an operation is prepared for.
    pub(crate) attachment: Uuid,
    /// What else whoever an operation is prepared for opens a ticket with: for whom, or as what.
    pub(crate) opens_with: std::cell::RefCell<Option<(&'static str, Value)>>,
    /// An internal ticket of the desk's.
    pub(crate) internal_ticket: Uuid,
    /// A canned reply of the desk's.
    pub(crate) canned_reply: Uuid,
    /// An article of the tenant for its staff, and one of the desk for everybody.
    pub(crate) article: Uuid,
    pub(crate) global_article: Uuid,
    /// A search of the help centre, of whoever an operation is prepared for.
    pub(crate) help_search: Uuid,
}

/// An entry of the platform's chain: that somebody exported nothing.
async fn platform_entry(admin: &Actor<'_>) -> String {
    admin.get("/v1/audit-export?until=2000-01-01T00:00:00Z").await.is(200);
    let exports = "/v1/audit-entries?limit=1&action=audit.export";
    admin.get(exports).await.is(200).text("/data/0/id")
}

impl<'a> Scene<'a> {
    /// A new tenant with an owner on file, made through the API.
    pub(crate) async fn set(app: &'a App) -> Self {
        Self::of(app, make::tenant(&fresh_slug())).await
    }

    /// A tenant from a body of the test's choice, which must name an owner.
    pub(crate) async fn of(app: &'a App, body: Value) -> Self {
        let admin = app.platform_admin().await;
        let tenant = admin.post("/v1/tenants", body).await.is(201).text("/id");
        let owners = admin.get(&format!("/v1/tenants/{tenant}/owners")).await.is(200);
        let of_tenant = format!("/v1/audit-entries?limit=1&tenant_id={tenant}");
        let entry = admin.get(&of_tenant).await.is(200).text("/data/0/id");
        let platform_entry =
            app.platform_entry.get_or_init(|| platform_entry(&admin)).await.clone();
        let owner = owners.text("/data/0/id");
        let agent = app.someone(Role::TierOne, None).await.account.to_string();
        let [session, contact_change, job, upload] = [(); 4].map(|()| Uuid::now_v7());
        let tenant: TenantId = tenant.parse().unwrap();
        let user = app.someone(Role::Member, Some(tenant)).await.account;
        let role = holders::role(app, tenant, PermissionSet::NONE).await.to_string();
        let training_record = Uuid::now_v7();
        let api_key = app.program(tenant, PermissionSet::NONE).await.account;
        let decision = app.decided(Some(tenant), by_phone("finance.refund")).await;
        let scene = Self {
            app,
            tenant,
            owner,
            entry,
            platform_entry,
            agent,
            user,
            role,
            training_record,
            session,
            job,
            upload,
            decision,
            family: families::Ids::fresh(),
            api_key,
            notification: Uuid::now_v7(),
            suppression: Uuid::now_v7(),
            contact_change,
            ticket: Uuid::now_v7(),
            attachment: Uuid::now_v7(),
            opens_with: None.into(),
            internal_ticket: Uuid::now_v7(),
            canned_reply: Uuid::now_v7(),
            article: Uuid::now_v7(),
            global_article: Uuid::now_v7(),
            help_search: Uuid::now_v7(),
        };
        scene.keep_the_articles(ArticleState::Published).await;
        families::keep(app, tenant, scene.family, Stands::Submitted).await;
        scene.keep_a_job((Some(tenant), AnyId(admin.account)), JobState::Queued).await;
        scene.keep_a_file((tenant, AnyId(admin.account))).await;
        scene.train().await;
        scene.write_to("ana", scene.notification).await;
        scene.write_to("gone", Uuid::now_v7()).await;
        scene.suppress().await;
        scene.keep_the_ticket(Stand::open(scene.user)).await;
        scene.keep_the_attachment(scene.user, AttachmentState::Quarantined).await;
        let reported = InternalTicketState::Reported;
        internal::keep(app, scene.internal_ticket, admin.account, reported).await;
        internal::keep_reply(app, scene.canned_reply, admin.account).await;
        scene
    }

    /// Somebody of a role; tenant roles belong to the tenant of the scene.
    pub(crate) async fn someone(&self, role: Role) -> Actor<'a> {
        self.app.someone(role, self.tenant_of(role)).await
    }

    /// As [`Self::someone`], without a proved second factor.
    pub(crate) async fn someone_unproven(&self, role: Role) -> Actor<'a> {
        self.app.someone_unproven(role, self.tenant_of(role)).await
    }

    /// The tenant that an account of a role belongs to, here.
    pub(crate) fn tenant_of(&self, role: Role) -> Option<TenantId> {
        matches!(role.realm(), Realm::Tenant | Realm::Integration).then_some(self.tenant)
    }

    /// Writes to the database, past the product.
    pub(crate) async fn behind<W>(&self, work: W)
    where
        W: FnOnce(&mut Conn) -> QueryResult<usize> + Send + Clone + 'static,
    {
        behind(self.app, work).await;
    }
}

/// Writes to an app's database, past the product.
pub(crate) async fn behind<W>(app: &App, work: W)
where
    W: FnOnce(&mut Conn) -> QueryResult<usize> + Send + Clone + 'static,
{
    let write = move |conn: &mut Conn| Ok(work.clone()(conn)?);
    app.house.db.write::<_, StoreError, _>(write).await.expect("the scene is set");
}
