//! An organisation with applications, and its Site Admin.

use std::sync::atomic::{AtomicU16, Ordering};

use caredesk::guard::tokens::Claims;
use caredesk::service::House;
use caredesk::store::StoreError;
use caredesk::store::db::Conn;
use caredesk::store::schema::{accounts, second_factors, sessions, tenant_governance};
use caredesk_core::domain::account::{AccountStatus, Locale, Role};
use caredesk_core::domain::ids::{AccountId, SessionId, TenantId};
use caredesk_core::domain::{EmailAddress, PersonName};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use jiff::SignedDuration;

/// Somebody who is signed in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SiteAdmin {
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
    tenant: Option<TenantId>,
}

impl SiteAdmin {
    /// A token that counts for five minutes.
    pub(crate) fn token(&self, house: &House) -> String {
        let (signer, now) = (house.signer(), house.clock.now());
        let claims = Claims {
            iss: signer.issuer().to_owned(),
            aud: signer.audience().to_owned(),
            sub: self.account.uuid(),
            sid: self.session.uuid(),
            jti: house.entropy.uuid(now),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.seconds() + 300,
            tid: self.tenant.map(caredesk_core::domain::ids::TenantId::uuid),
            amr: ["pwd", "otp", "mfa"].map(str::to_owned).to_vec(),
            acr: "aal2".to_owned(),
            auth_time: now.seconds(),
        };
        signer.sign(&claims).expect("a token")
    }
}

/// Gives a tenant applications, as a migration from elsewhere would.
pub(crate) async fn apply(house: &House, engine: &str, tenant: TenantId, applications: usize) {
    let fill = fill(engine == "sqlite", tenant, applications);
    let write =
        house.db.write::<_, StoreError, _>(move |conn| Ok(conn.batch_execute(&fill)?)).await;
    write.expect("applications");
}

/// A Site Admin of a tenant who proved a second factor just now.
pub(crate) async fn site_admin(house: &House, tenant: TenantId) -> SiteAdmin {
    somebody(house, Role::SiteAdmin, Some(tenant)).await
}

/// Somebody of a role who proved a second factor just now; the first of their organisation, if they have one.
pub(crate) async fn somebody(house: &House, role: Role, tenant: Option<TenantId>) -> SiteAdmin {
    let now = house.clock.now();
    let (account, session) =
        (AccountId::of(house.entropy.uuid(now)), SessionId::of(house.entropy.uuid(now)));
    let email = EmailAddress::parse(&format!("{}@bench.example", account.uuid().simple()))
        .expect("an address");
    let name = PersonName::parse("Ana Ruiz").expect("a name");
    let write = move |conn: &mut Conn| {
        diesel::insert_into(accounts::table)
            .values((
                (accounts::id.eq(account), accounts::realm.eq(role.realm())),
                (accounts::tenant_id.eq(tenant), accounts::role.eq(role)),
                accounts::status.eq(AccountStatus::Active),
                accounts::sign_in_key.eq(email.folded()),
                accounts::name.eq(name.clone()),
                (accounts::email.eq(email.clone()), accounts::email_key.eq(email.folded())),
                accounts::locale.eq(Locale::English),
                (accounts::number.eq(tenant.map(|_| 1_i64)), accounts::idle_since.eq(now)),
                (accounts::first_name.eq(name.clone()), accounts::last_name.eq(name.clone())),
                (accounts::created_at.eq(now), accounts::updated_at.eq(now)),
                accounts::version.eq(1_i64),
            ))
            .execute(conn)?;
        diesel::insert_into(second_factors::table)
            .values((
                second_factors::account_id.eq(account),
                second_factors::secret.eq(vec![0_u8]),
                (second_factors::created_at.eq(now), second_factors::confirmed_at.eq(now)),
                second_factors::last_step.eq(0_i64),
            ))
            .execute(conn)?;
        diesel::insert_into(sessions::table)
            .values((
                (sessions::id.eq(session), sessions::account_id.eq(account)),
                (sessions::created_at.eq(now), sessions::last_used_at.eq(now)),
                sessions::expires_at.eq(now.plus(SignedDuration::from_hours(12))),
                sessions::second_factor_at.eq(now),
            ))
            .execute(conn)?;
        if let Some(tenant) = tenant {
            diesel::insert_into(tenant_governance::table)
                .values(tenant_governance::tenant_id.eq(tenant))
                .execute(conn)?;
        }
        Ok(())
    };
    house.db.write::<_, StoreError, _>(write).await.expect("a Site Admin");
    SiteAdmin { account, session, tenant }
}

/// Statements that make the applications of a tenant, with ids in the order of their making, as they have.
fn fill(is_sqlite: bool, tenant: TenantId, applications: usize) -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let series = NEXT.fetch_add(1, Ordering::Relaxed);
    let (id, at, tenant) = if is_sqlite {
        let id = format!("unhex(printf('0193{series:04x}000070008000%012x', n))");
        (id, "1763000000000000 + n", format!("X'{}'", tenant.uuid().simple()))
    } else {
        let id = format!("('0193{series:04x}-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid");
        (id, "to_timestamp(1763000000 + n)", format!("'{tenant}'::uuid"))
    };
    format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {applications}) \
         INSERT INTO applications (id, tenant_id, number, number_key, family_name, family_key, email, \
         preferred_method, locale, status, online_account, submitted_at, created_at, updated_at, version) \
         SELECT {id}, {tenant}, 'N-' || n, 'n-' || n, 'Ruiz ' || n, 'ruiz ' || n, 'f' || n || '@home.example', \
         'email', 'en', 'submitted', 'none', {at}, {at}, {at}, 1 FROM s; ANALYZE;"
    )
}
