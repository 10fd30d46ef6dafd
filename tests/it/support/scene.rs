//! A scene: what an operation needs to find, so that each one of the document can be called, and
//! succeeds for who may. An operation that this file does not know enough about fails its tests.

use std::sync::atomic::{AtomicU32, Ordering};

use caredesk::guard::passwords;
use caredesk::store::StoreError;
use caredesk::store::columns::AnyId;
use caredesk::store::db::Conn;
use caredesk::store::schema::{accounts, enrolments, refresh_tokens, second_factors, tenants};
use caredesk::vault::{Opaque, OpaqueKind};
use caredesk_core::domain::account::{AccountStatus, Realm, Role};
use caredesk_core::domain::ids::{SessionId, TenantId};
use caredesk_core::domain::tenant::TenantStatus;
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::actor::Actor;
use super::answer::Answer;
use super::app::App;
use super::make;
use super::operations::{self, Operation};

/// Numbers the short names of tenants, so that no two are the same.
static NEXT: AtomicU32 = AtomicU32::new(1);

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
        admin.get("/v1/audit-export?until=2000-01-01T00:00:00Z").await.is(200);
        let exports = "/v1/audit-entries?limit=1&action=audit.export";
        let platform_entry = admin.get(exports).await.is(200).text("/data/0/id");
        let owner = owners.text("/data/0/id");
        Self { app, tenant: tenant.parse().unwrap(), owner, entry, platform_entry }
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
        (role.realm() == Realm::Tenant).then_some(self.tenant)
    }

    /// The operation's path with what stands in the scene; a role sees entries of one chain.
    pub(crate) fn path(&self, operation: &Operation, role: Role) -> String {
        let entry = if self.tenant_of(role).is_some() { &self.entry } else { &self.platform_entry };
        self.path_with(operation, entry)
    }

    /// The operation's path with what stands in the scene, and an entry of the test's choice.
    pub(crate) fn path_with(&self, operation: &Operation, entry: &str) -> String {
        let tenant = self.tenant.to_string();
        let known = [("tenant_id", &*tenant), ("owner_id", &self.owner), ("audit_entry_id", entry)];
        let path = operation.path_with(&known);
        assert!(!path.contains('{'), "scene.rs has nothing for {path}: teach it");
        path
    }

    /// The example of the operation's body, with what must be new or of this moment in its place.
    pub(crate) fn body(operation: &Operation, who: &Actor<'_>) -> Option<Value> {
        let mut body = operation.example(operations::document())?;
        for (field, value) in body.as_object_mut().unwrap() {
            match field.as_str() {
                "slug" => *value = json!(fresh_slug()),
                "code" => *value = json!(who.code()),
                _ => {}
            }
        }
        Some(body)
    }

    /// `If-Match` as the operation wants it: the `ETag` of the resource that its path names.
    pub(crate) async fn if_match(&self, operation: &Operation, path: &str) -> Option<String> {
        operation.value.get("x-if-match")?;
        let depth = operation.path.rsplit_once('}').unwrap().0.split('/').count();
        let resource: Vec<&str> = path.split('/').take(depth).collect();
        let admin = self.app.platform_admin().await;
        Some(admin.get(&resource.join("/")).await.is(200).etag())
    }

    /// Calls the operation as the document describes it, without anything prepared.
    pub(crate) async fn call(&self, operation: &Operation, role: Role, who: &Actor<'_>) -> Answer {
        let path = self.path(operation, role);
        let etag = self.if_match(operation, &path).await;
        self.send(operation, who, &path, etag.as_deref()).await
    }

    /// Calls the operation on a path of the test's choice.
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        who: &Actor<'_>,
        path: &str,
        etag: Option<&str>,
    ) -> Answer {
        let headers: Vec<(&str, &str)> = etag.map(|etag| ("if-match", etag)).into_iter().collect();
        let body = Self::body(operation, who);
        who.send(operation.method.clone(), path, body, &headers).await
    }

    /// Calls the operation after [`Self::prepare`].
    pub(crate) async fn perform(
        &self,
        operation: &Operation,
        role: Role,
        who: &Actor<'_>,
    ) -> Answer {
        self.prepare(operation, who).await;
        self.call(operation, role, who).await
    }

    /// Brings about what the operation needs to find, behind the product's back.
    pub(crate) async fn prepare(&self, operation: &Operation, who: &Actor<'_>) {
        let account = AnyId(who.account);
        match operation.id.as_str() {
            "sign_in" => self.let_the_example_sign_in(operation).await,
            "redeem_enrolment" => self.invite_the_example(operation).await,
            "refresh_session" => self.keep_the_example_token(operation).await,
            "begin_second_factor" => {
                let factor = second_factors::table.filter(second_factors::account_id.eq(account));
                self.behind(move |conn| diesel::delete(factor).execute(conn)).await;
            }
            "confirm_second_factor" => {
                let factor = second_factors::table.filter(second_factors::account_id.eq(account));
                let unconfirmed =
                    second_factors::confirmed_at.eq(None::<caredesk_core::domain::time::Moment>);
                self.behind(move |conn| diesel::update(factor).set(unconfirmed).execute(conn))
                    .await;
            }
            "resume_tenant" => self.suspend().await,
            _ => {}
        }
    }

    /// Suspends the tenant.
    pub(crate) async fn suspend(&self) {
        let tenant = tenants::table.filter(tenants::id.eq(self.tenant));
        let suspended = tenants::status.eq(TenantStatus::Suspended);
        self.behind(move |conn| diesel::update(tenant).set(suspended).execute(conn)).await;
    }

    /// Writes to the database, past the product.
    pub(crate) async fn behind<W>(&self, work: W)
    where
        W: FnOnce(&mut Conn) -> QueryResult<usize> + Send + Clone + 'static,
    {
        behind(self.app, work).await;
    }

    /// Makes an account of the name and password that the example signs in with.
    async fn let_the_example_sign_in(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let (email, password) = (example["email"].clone(), example["password"].clone());
        let prepared = passwords::prepare(password.as_str().unwrap());
        let hash = self.app.house.hasher.hash(prepared).await.unwrap();
        let id = AnyId(self.app.platform_admin().await.account);
        let key = email.as_str().unwrap().to_owned();
        self.behind(move |conn| {
            let taken = accounts::table.filter(accounts::sign_in_key.eq(key.clone()));
            if taken.count().get_result::<i64>(conn)? > 0 {
                return Ok(0);
            }
            let account = accounts::table.filter(accounts::id.eq(id));
            let named = (accounts::sign_in_key.eq(key), accounts::password_hash.eq(hash));
            diesel::update(account).set(named).execute(conn)
        })
        .await;
    }

    /// Makes an account that has yet to redeem the link of the example.
    async fn invite_the_example(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let link =
            Opaque::parse(example["token"].as_str().unwrap(), OpaqueKind::Enrolment).unwrap();
        let hash = link.hash(&self.app.house.keys).to_vec();
        let account = AnyId(self.app.platform_admin().await.account);
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            let invited = accounts::table.filter(accounts::id.eq(account));
            diesel::update(invited)
                .set(accounts::status.eq(AccountStatus::Invited))
                .execute(conn)?;
            diesel::delete(enrolments::table.find(hash.clone())).execute(conn)?;
            let row = (
                enrolments::hash.eq(hash),
                enrolments::account_id.eq(account),
                enrolments::created_at.eq(now),
                enrolments::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(enrolments::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes a session that the refresh token of the example belongs to.
    async fn keep_the_example_token(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let token = example["refresh_token"].as_str().unwrap();
        let token = Opaque::parse(token, OpaqueKind::Refresh).unwrap();
        let hash = token.hash(&self.app.house.keys).to_vec();
        let session = SessionId::of(self.app.platform_admin().await.session);
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(refresh_tokens::table.find(hash.clone())).execute(conn)?;
            let row = (
                refresh_tokens::hash.eq(hash),
                refresh_tokens::session_id.eq(session),
                refresh_tokens::issued_at.eq(now),
            );
            diesel::insert_into(refresh_tokens::table).values(row).execute(conn)
        })
        .await;
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
