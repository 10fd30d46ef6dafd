//! The tenant of a scene, and what it wrote and was sent.

use caredesk::store::columns::{AnyId, Json};
use caredesk::store::schema::{notifications, suppressions, tenants};
use caredesk_core::domain::Slug;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::ArticleState;
use caredesk_core::domain::notification::{MessageKind, MessageState, Method, SuppressionReason};
use caredesk_core::domain::tenant::TenantStatus;
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::{Scene, fresh_slug};
use crate::support::articles;
use crate::support::families::{self, Stands};

impl Scene<'_> {
    /// Gives the tenant the short name that an example names.
    pub(super) async fn be_called(&self, slug: &str) {
        let named = tenants::table.filter(tenants::slug.eq(Slug::parse(slug).unwrap()));
        let other = tenants::slug.eq(Slug::parse(&fresh_slug()).unwrap());
        let own = tenants::table.filter(tenants::id.eq(self.tenant));
        let slug = tenants::slug.eq(Slug::parse(slug).unwrap());
        self.behind(move |conn| {
            diesel::update(named).set(other).execute(conn)?;
            diesel::update(own).set(slug).execute(conn)
        })
        .await;
    }

    /// Makes both articles anew.
    pub(super) async fn keep_the_articles(&self, state: ArticleState) {
        articles::keep(self.app, self.article, Some(self.tenant), state).await;
        articles::keep(self.app, self.global_article, None, state).await;
    }

    /// Makes the application anew.
    pub(super) async fn keep_the_application(&self, stands: Stands) {
        families::keep(self.app, self.tenant, self.family, stands).await;
    }

    /// The address of somebody whom the tenant wrote to.
    fn address(&self, name: &str) -> String {
        format!("{name}.{}@people.example", self.tenant.uuid().simple())
    }

    /// Keeps a message on behalf of the tenant that was sent.
    pub(super) async fn write_to(&self, name: &str, id: Uuid) {
        let (address, tenant) = (self.address(name), self.tenant);
        let (id, now) = (AnyId(id), self.app.house.clock.now());
        self.behind(move |conn| {
            let row = (
                (notifications::id.eq(id), notifications::tenant_id.eq(tenant)),
                notifications::kind.eq(MessageKind::PasswordChanged),
                (
                    notifications::method.eq(Method::Email),
                    notifications::locale.eq(Locale::English),
                ),
                (
                    notifications::recipient.eq(address.clone()),
                    notifications::contact_key.eq(address),
                ),
                notifications::facts.eq(Json(json!({"name": "Ana Ruiz"}))),
                (notifications::state.eq(MessageState::Sent), notifications::attempts.eq(1)),
                (notifications::due_at.eq(now), notifications::created_at.eq(now)),
                notifications::finished_at.eq(now),
            );
            diesel::insert_into(notifications::table).values(row).execute(conn)
        })
        .await;
    }

    /// Has nothing sent to a contact of the tenant's.
    pub(super) async fn suppress(&self) {
        let (id, address) = (AnyId(self.suppression), self.address("gone"));
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(suppressions::table.find(id)).execute(conn)?;
            let row = (
                (suppressions::id.eq(id), suppressions::method.eq(Method::Email)),
                suppressions::contact_key.eq(address),
                suppressions::reason.eq(SuppressionReason::Bounced),
                (suppressions::created_at.eq(now), suppressions::version.eq(1_i64)),
            );
            diesel::insert_into(suppressions::table).values(row).execute(conn)
        })
        .await;
    }

    /// Suspends the tenant.
    pub(crate) async fn suspend(&self) {
        let tenant = tenants::table.filter(tenants::id.eq(self.tenant));
        let suspended = tenants::status.eq(TenantStatus::Suspended);
        self.behind(move |conn| diesel::update(tenant).set(suspended).execute(conn)).await;
    }
}
