//! The people of a scene.

use caredesk::store::StoreError;
use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, training_records};
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::{Day, Line};
use diesel::prelude::*;

use super::Scene;

impl Scene<'_> {
    /// What an account is; none of one that is not there.
    pub(super) async fn role_of_account(&self, account: AnyId) -> Option<Role> {
        let role = accounts::table.find(account).select(accounts::role);
        let read = self
            .app
            .house
            .db
            .read::<_, StoreError, _>(move |conn| Ok(role.first::<Role>(conn).optional()?));
        read.await.unwrap()
    }

    /// The tenant that an account belongs to.
    pub(super) async fn tenant_of_account(&self, account: AnyId) -> Option<TenantId> {
        let tenant = accounts::table.find(account).select(accounts::tenant_id);
        let read = self.app.house.db.read::<_, StoreError, _>(move |conn| {
            Ok(tenant.first::<Option<TenantId>>(conn).optional()?)
        });
        read.await.unwrap().flatten()
    }

    /// Records training of the user of the scene.
    pub(super) async fn train(&self) {
        let (id, tenant) = (AnyId(self.training_record), self.tenant);
        let (user, now) = (AnyId(self.user), self.app.house.clock.now());
        self.behind(move |conn| {
            let row = (
                training_records::id.eq(id),
                training_records::tenant_id.eq(tenant),
                training_records::account_id.eq(user),
                training_records::course.eq(Line::parse("Part 1").unwrap()),
                training_records::completed_on.eq(Day::parse("2026-11-03").unwrap()),
                training_records::fully_trained.eq(true),
                training_records::recorded_by.eq(user),
                training_records::recorded_at.eq(now),
            );
            diesel::insert_into(training_records::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the user of the scene a Site Admin who has yet to set a password.
    pub(super) async fn invite_the_first(&self) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let set = (accounts::role.eq(Role::SiteAdmin), accounts::status.eq(AccountStatus::Invited));
        self.behind(move |conn| diesel::update(row).set(set).execute(conn)).await;
    }

    /// Puts the user of the scene into a state.
    pub(super) async fn set_user(&self, status: AccountStatus) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let set = accounts::status.eq(status);
        self.behind(move |conn| diesel::update(row).set(set).execute(conn)).await;
    }

    /// The version of the user of the scene.
    pub(super) async fn user_version(&self) -> i64 {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let read =
            self.app.house.db.read::<_, StoreError, _>(move |conn| {
                Ok(row.select(accounts::version).first(conn)?)
            });
        read.await.expect("the user is there")
    }
}
