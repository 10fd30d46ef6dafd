//! The product's database for the bench, its token, and what is measured inside the process.

use std::sync::Arc;
use std::time::Instant;

use caredesk::blobs::Blobs;
use caredesk::config::Desk;
use caredesk::guard::tokens::Claims;
use caredesk::service::desk_accounts::NewStaff;
use caredesk::service::policy::Rules;
use caredesk::service::{Ask, House, HouseParts, Limits};
use caredesk::store::db::migrate::migrate;
use caredesk::store::db::{Conn, Db, DbSettings};
use caredesk::store::{Origin, StoreError};
use caredesk::vault::{Clock, Entropy, HashLimits, HashParams, Hasher, Keyring, RootKey};
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::DeskPolicy;
use caredesk_core::policy::hours::DeskHours;
use diesel::connection::SimpleConnection;

use crate::cluster::Cluster;
use crate::process::Processes;

/// The root key of the bench.
pub(crate) const ROOT: &str = "6f2d1c0b9a8877665544332211ffeeddccbbaa99887766554433221100f1e2d3";

/// What the database is called where databases have names.
pub(crate) const NAME: &str = "caredesk_bench";

/// Who uses the product.
pub(crate) const WHO: &str = "ana@desk.bench.example";

/// A database with tenants in it.
pub(crate) struct Database {
    pub(crate) url: String,
    is_sqlite: bool,
    house: House,
}

/// What the bare server writes into.
const BARE: &str = "CREATE TABLE bare_things (a text, b text, c text); CREATE TABLE bare_audit (a text, b text, c text); CREATE TABLE bare_outbox (a text, b text, c text);";

impl Database {
    /// Makes one on an engine.
    pub(crate) async fn make(engine: &str, tenants: usize) -> Self {
        let is_sqlite = engine == "sqlite";
        let url = if is_sqlite {
            let path = format!("target/bench-{}.db", std::process::id());
            migrate(&path, None).expect("migrations");
            path
        } else {
            let cluster = Cluster::shared();
            cluster.create_empty(NAME);
            let owner = cluster.owner_url(NAME);
            migrate(&owner, None).expect("migrations");
            owner
        };
        let house = house(&url).await;
        house
            .db
            .write::<_, StoreError, _>(move |conn| {
                conn.batch_execute(BARE)?;
                conn.batch_execute(&fill(is_sqlite, tenants))?;
                Ok(())
            })
            .await
            .expect("tenants");
        Self { url, is_sqlite, house }
    }

    /// What the product is made of, in this process.
    pub(crate) const fn house(&self) -> &House {
        &self.house
    }

    /// The server's process and those of its database.
    pub(crate) const fn processes(&self, server: u32) -> Processes {
        Processes { server, with_postgres: !self.is_sqlite }
    }

    /// A token of a platform admin who proved the second factor just now.
    pub(crate) async fn token(&self) -> String {
        let house = &self.house;
        let ask = |actor| Ask::of(actor, Origin::of_job("bench"));
        let email = EmailAddress::parse(WHO);
        let who = NewStaff {
            role: Role::PlatformAdmin,
            name: PersonName::parse("Ana Ruiz").expect("a name"),
            email: email.expect("an address"),
            locale: Locale::English,
        };
        let (_, link) =
            house.create_desk_account(&ask(Actor::Operator), who).await.expect("an account");
        let password = "violet tractor 93 sings at dusk".into();
        let tokens =
            house.redeem_enrolment(&ask(Actor::Public), link.expose(), password, None).await;
        let session = tokens.expect("a session").session;
        let me = ask(Actor::Person(session.person));
        let secret = house.begin_second_factor(&me).await.expect("a secret").secret;
        let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
        let secret: [u8; 20] = secret.try_into().expect("20 bytes");
        let code = caredesk::guard::second_factor::code_at(&secret, house.clock.now());
        house.confirm_second_factor(&me, &code).await.expect("a second factor").0.access
    }

    /// The id of a tenant in the middle.
    pub(crate) async fn some_tenant(&self) -> String {
        self.tenant_at(5000).await.to_string()
    }

    /// The id of the tenant at a place.
    pub(crate) async fn tenant_at(&self, place: i64) -> TenantId {
        use caredesk::store::schema::tenants;
        use diesel::prelude::*;
        let find = move |conn: &mut Conn| -> Result<TenantId, StoreError> {
            let ids = tenants::table.select(tenants::id).order(tenants::id);
            Ok(ids.offset(place).first(conn)?)
        };
        self.house.db.read(find).await.expect("a tenant")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_sqlite {
            for end in ["", "-wal", "-shm"] {
                drop(std::fs::remove_file(format!("{}{end}", self.url)));
            }
        }
    }
}

/// Statements that make many tenants at once.
fn fill(is_sqlite: bool, tenants: usize) -> String {
    let documents =
        r#"'[{"label":"Front office","email":"desk@camp.example","phone":"+15550100200"}]'"#;
    let hours = r#"'[{"day":"monday","opens":"09:00","closes":"17:00"}]'"#;
    let settings = r#"'{"time_zone":"UTC","locale":"en","dormancy_days":90,"support_user_second_factor":false,"help_search_required":true,"site_admin_wait_days":2,"copy_on_referrals":false,"no_access_procedure":null}'"#;
    let (from, id, at, cast) = if is_sqlite {
        let from = format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {tenants}) SELECT i FROM n)"
        );
        (from, "randomblob(16)", "1700000000000000 + i * 1000", "")
    } else {
        let from = format!("(SELECT generate_series(1, {tenants}) AS i) AS n");
        (from, "gen_random_uuid()", "to_timestamp(1700000000 + i)", "::jsonb")
    };
    format!(
        "INSERT INTO tenants (id, slug, name, name_key, kind, status, notification_address, contacts, points_changed_at, hours, settings, created_at, updated_at, version) \
         SELECT {id}, 'camp-' || i, 'Camp ' || i, 'camp ' || i, 'camp', 'active', 'office@camp.example', {documents}{cast}, {at}, {hours}{cast}, {settings}{cast}, {at}, {at}, 1 FROM {from};"
    )
}

/// A house on a database.
async fn house(url: &str) -> House {
    let keys = Keyring::new(&RootKey::parse(ROOT).expect("a key"), &[]);
    let entropy = Entropy::system();
    let hasher =
        Hasher::start(HashParams::default(), HashLimits::default(), keys.clone(), entropy.clone())
            .expect("threads");
    let settings = DbSettings {
        url: url.to_owned(),
        lanes: 4,
        queue: 256,
        statement_timeout_ms: 60_000,
        observer: None,
    };
    let db = Db::open(&settings).expect("a database");
    let (clock, limits, issuer) =
        (Clock::system(), Limits::default(), "http://127.0.0.1:8080".to_owned());
    let desk = Desk::example().expect("an example").contact;
    let rules = {
        let hours = DeskHours::built_in();
        Arc::new(Rules::new(DeskPolicy::built_in(), Browsers::built_in(), hours))
    };
    let files = std::env::temp_dir().join("caredesk-bench-files");
    let blobs = Blobs::folder(&files, keys.clone(), entropy.clone()).expect("a folder");
    let parts = HouseParts { db, clock, keys, entropy, hasher, limits, desk, rules, blobs, issuer };
    House::open(parts).await.expect("a house")
}

/// What the check of a token costs, remembered and not.
pub(crate) async fn token_check() {
    let database = Database::make("sqlite", 10).await;
    let token = database.token().await;
    let house = &database.house;
    let claims: Claims = house.signer().verify(&token, house.clock.now()).expect("a token");
    let began = Instant::now();
    for _ in 0..2_000 {
        std::hint::black_box(house.signer().verify(&token, house.clock.now()).expect("a token"));
    }
    let signature = began.elapsed().as_secs_f64() * 1e6 / 2_000.0;
    house.doorman.check(&token).await.expect("a session");
    let began = Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(house.doorman.check(&token).await.expect("a session"));
    }
    let cached = began.elapsed().as_secs_f64() * 1e6 / 100_000.0;
    println!(
        "\ntoken and session check: {cached:.2} µs remembered; signature alone {signature:.0} µs (account {})",
        claims.sub
    );
}
