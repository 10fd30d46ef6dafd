//! A batch of a hundred thousand invitations: link, code, message, invitation and result for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use caredesk::guard::{self, Refusal};
use caredesk::jobs::{kinds, runner::Runner};
use caredesk::service::House;
use caredesk::service::batches::{self, Batch, Chosen, Deed};
use caredesk::store::applications::ApplicationFilter;
use caredesk::store::db::Conn;
use caredesk::store::schema::{accounts, second_factors, sessions, tenant_governance};
use caredesk::store::{Origin, StoreError, Tx};
use caredesk_core::domain::account::{AccountStatus, Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{ApplicationStatus, InviteMethod};
use caredesk_core::domain::ids::{AccountId, JobId, SessionId, TenantId};
use caredesk_core::domain::{EmailAddress, PersonName};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use jiff::SignedDuration;

use crate::process;
use crate::product::Database;

/// Applications of the batch.
const APPLICATIONS: usize = 100_000;

/// Measures the batch on an engine, in this process: nothing is sent meanwhile.
pub(crate) async fn measure(engine: &str, database: &Database, tenant: TenantId) {
    let house = database.house();
    let is_sqlite = engine == "sqlite";
    let session = site_admin(house, tenant).await;
    let fill = fill(is_sqlite, tenant);
    house
        .db
        .write::<_, StoreError, _>(move |conn| Ok(conn.batch_execute(&fill)?))
        .await
        .expect("applications");
    let job = begin(house, session).await;
    let pid = std::process::id();
    let before = process::pss_mb(pid);
    let over = Arc::new(AtomicBool::new(false));
    let watcher = watch(pid, Arc::clone(&over));
    let began = Instant::now();
    Runner::new(house.clone(), kinds()).run_due().await.expect("the batch");
    let took = began.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    let most = watcher.join().expect("a watcher");
    let read = move |conn: &mut Conn| caredesk::store::jobs::watched(conn, vec![job]);
    let done = house.db.read::<_, StoreError, _>(read).await.expect("a job");
    let done = done.first().map_or(0, |job| job.done);
    println!(
        "batch of {APPLICATIONS} invitations: {took:.2} s, {done} invited, memory {before:.0} -> {most:.0} MB (PSS of the whole bench)"
    );
}

/// The most memory that a process takes until it is over.
fn watch(pid: u32, over: Arc<AtomicBool>) -> std::thread::JoinHandle<f64> {
    std::thread::spawn(move || {
        let mut most = 0_f64;
        while !over.load(Ordering::Relaxed) {
            most = most.max(process::pss_mb(pid));
            std::thread::sleep(Duration::from_millis(100));
        }
        most
    })
}

/// A Site Admin of a tenant who proved a second factor just now.
async fn site_admin(house: &House, tenant: TenantId) -> SessionId {
    let now = house.clock.now();
    let (account, session) =
        (AccountId::of(house.entropy.uuid(now)), SessionId::of(house.entropy.uuid(now)));
    let email = EmailAddress::parse("ana@bench.example").expect("an address");
    let name = PersonName::parse("Ana Ruiz").expect("a name");
    let write = move |conn: &mut Conn| {
        diesel::insert_into(accounts::table)
            .values((
                (accounts::id.eq(account), accounts::realm.eq(Role::SiteAdmin.realm())),
                (accounts::tenant_id.eq(tenant), accounts::role.eq(Role::SiteAdmin)),
                accounts::status.eq(AccountStatus::Active),
                accounts::sign_in_key.eq(email.folded()),
                accounts::name.eq(name.clone()),
                (accounts::email.eq(email.clone()), accounts::email_key.eq(email.folded())),
                accounts::locale.eq(Locale::English),
                (accounts::number.eq(1_i64), accounts::idle_since.eq(now)),
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
        diesel::insert_into(tenant_governance::table)
            .values(tenant_governance::tenant_id.eq(tenant))
            .execute(conn)?;
        Ok(())
    };
    house.db.write::<_, StoreError, _>(write).await.expect("a Site Admin");
    session
}

/// Asks for the batch.
async fn begin(house: &House, session: SessionId) -> JobId {
    let (keys, entropy, now) = (house.keys.clone(), house.entropy.clone(), house.clock.now());
    let status = Some(ApplicationStatus::Submitted);
    let filter = ApplicationFilter { status, ..ApplicationFilter::default() };
    let deed = Deed::Invite(InviteMethod::Preferred);
    let batch = Batch { deed, dry_run: false, chosen: Chosen::Filter(filter) };
    let write = house.db.write::<_, Refusal, _>(move |conn| {
        let origin = Origin::of_job("bench");
        let live = caredesk::store::sessions::find(conn, session)?.expect("a session");
        let tx = &mut Tx { conn, now, origin: &origin, keys: &keys, entropy: &entropy };
        let actor = guard::standing(tx, &Actor::Person(live.person))?;
        Ok(batches::begin(tx, &actor, &batch)?.id)
    });
    write.await.expect("a job")
}

/// Statements that make the applications of a tenant.
fn fill(is_sqlite: bool, tenant: TenantId) -> String {
    let (id, at, tenant) = if is_sqlite {
        let tenant = format!("X'{}'", tenant.uuid().simple());
        ("randomblob(16)", "1763000000000000 + n", tenant)
    } else {
        ("gen_random_uuid()", "to_timestamp(1763000000 + n)", format!("'{tenant}'::uuid"))
    };
    format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {APPLICATIONS}) \
         INSERT INTO applications (id, tenant_id, number, number_key, family_name, family_key, email, \
         preferred_method, locale, status, online_account, submitted_at, created_at, updated_at, version) \
         SELECT {id}, {tenant}, 'N-' || n, 'n-' || n, 'Ruiz ' || n, 'ruiz ' || n, 'f' || n || '@home.example', \
         'email', 'en', 'submitted', 'none', {at}, {at}, {at}, 1 FROM s; ANALYZE;"
    )
}
