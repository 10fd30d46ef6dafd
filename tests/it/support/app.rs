//! A running product: the real server on a loopback port, on a clock that the test moves.

use std::net::TcpListener;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use caredesk::api::hooks::{Callbacks, InboundMail};
use caredesk::api::server::{Options, run};
use caredesk::blobs::Blobs;
use caredesk::config::Desk;
use caredesk::service::policy::Rules;
use caredesk::service::{House, HouseParts, Limits};
use caredesk::store::db::{Db, DbSettings, Observer};
use caredesk::store::throttle::Allowance;
use caredesk::vault::{Clock, Entropy, Hand, HashLimits, HashParams, Hasher, Keyring, RootKey};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::{BUILT_IN, DeskPolicy, PolicyFile};
use caredesk_core::policy::hours::DeskHours;
use jiff::SignedDuration;
use serde_json::Value;

use super::actor::Actor;
use super::answer::Answer;
use super::db::{Database, files_of};
use super::make;

/// When every test begins.
pub(crate) const START: &str = "2026-11-21T09:00:00Z";
/// The root key of the tests.
pub(crate) const ROOT: &str = "6f2d1c0b9a8877665544332211ffeeddccbbaa99887766554433221100f1e2d3";

/// What the gateway for text messages signs with.
pub(crate) const TOKEN: &str = "the gateway's own secret";

/// What a mail server signs emails with.
pub(crate) const MAIL_SECRET: &str = "the mail server's own secret of many characters";
/// Where answers to messages about cases go.
pub(crate) const ANSWERS_TO: &str = "answers@vendor.example";

/// How long a password waits to be hashed: longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running product with a database of its own, or one that it shares with another instance.
pub(crate) struct App {
    pub(crate) house: House,
    pub(crate) clock: Hand,
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) statements: Arc<Mutex<Vec<String>>>,
    server: ServerHandle,
    pub(crate) database: Arc<Database>,
    /// An entry of the platform's chain, once a scene has asked for one.
    pub(crate) platform_entry: tokio::sync::OnceCell<String>,
}

impl App {
    /// Starts the product on a database.
    pub(crate) async fn start(database: Database) -> Self {
        let limits = Limits::default();
        Self::with(database, limits, (1_000_000, 1_000_000)).await
    }

    /// Starts the product with limits of the test's choice.
    #[expect(clippy::large_types_passed_by_value, reason = "once a test")]
    pub(crate) async fn with(database: Database, limits: Limits, rate: (u32, u32)) -> Self {
        let hands = Clock::manual(START.parse().unwrap());
        Self::on(Arc::new(database), hands, (limits, Arc::clone(&RULES)), rate).await
    }

    /// Starts the product with rules of an operator over those that come with it.
    pub(crate) async fn ruled_by(database: Database, overlay: &str) -> Self {
        let own = PolicyFile { path: "own.toml", text: overlay };
        let desk = DeskPolicy::parse(&[BUILT_IN, own]).expect("rules without a fault");
        let rules = Arc::new(Rules::new(desk, Browsers::built_in(), DeskHours::built_in()));
        let hands = Clock::manual(START.parse().unwrap());
        let limits = Limits::default();
        Self::on(Arc::new(database), hands, (limits, rules), (1_000_000, 1_000_000)).await
    }

    /// Starts another instance on the same database and the same clock.
    pub(crate) async fn beside(&self) -> Self {
        self.beside_with(Arc::clone(&self.house.rules)).await
    }

    /// As [`Self::beside`], with rules of the test's choice.
    pub(crate) async fn beside_with(&self, rules: Arc<Rules>) -> Self {
        let hands = (self.house.clock.clone(), self.clock.clone());
        let database = Arc::clone(&self.database);
        Self::on(database, hands, (self.house.limits, rules), (1_000_000, 1_000_000)).await
    }

    /// Starts the product on a database and a clock that others may share.
    async fn on(
        database: Arc<Database>,
        (clock, hand): (Clock, Hand),
        (limits, rules): (Limits, Arc<Rules>),
        rate: (u32, u32),
    ) -> Self {
        log();
        trust();
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&statements);
        let observer: Observer =
            Arc::new(move |sql: &str| seen.lock().unwrap().push(sql.to_owned()));
        let mut house = house(&database, Some(observer), clock, limits).await;
        house.rules = rules;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().unwrap());
        let options = Options {
            public_url: base.clone(),
            cors_origins: vec!["https://app.example".to_owned()],
            trusted_proxies: Vec::new(),
            rate_per_minute: rate.0,
            rate_burst: rate.1,
            workers: 1,
            shutdown: Duration::from_secs(1),
            callbacks: Some(Callbacks { base: base.clone(), token: TOKEN.into() }),
            inbound_mail: Some(inbound_mail()),
        };
        let server = run(house.clone(), &options, listener).expect("the server starts");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        // A connection is let go before the server lets go of it, which takes five seconds: a request
        // on its way at that moment would be lost.
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(30))
            .pool_idle_timeout(Duration::from_secs(2))
            .build()
            .unwrap();
        // The server begins when its future is polled, which a test that blocks would keep from happening.
        http.get(format!("{base}/healthz")).send().await.expect("the server answers");
        let platform_entry = tokio::sync::OnceCell::new();
        Self {
            house,
            clock: hand,
            http,
            base,
            statements,
            server: handle,
            database,
            platform_entry,
        }
    }

    /// A platform admin who has proved the second factor just now.
    pub(crate) async fn platform_admin(&self) -> Actor<'_> {
        self.someone(Role::PlatformAdmin, None).await
    }

    /// A program with a key of a tenant that permits this.
    pub(crate) async fn program(&self, tenant: TenantId, scopes: PermissionSet) -> Actor<'_> {
        let minted = super::actor::mint_key(&self.house, tenant, scopes).await;
        Actor {
            app: self,
            token: Some(minted.token),
            account: minted.account,
            session: minted.session,
        }
    }

    /// Somebody of a role, signed in, with a second factor proved just now; a program with a key that
    /// permits nothing.
    pub(crate) async fn someone(&self, role: Role, tenant: Option<TenantId>) -> Actor<'_> {
        if let (Role::Integration, Some(tenant)) = (role, tenant) {
            return self.program(tenant, PermissionSet::NONE).await;
        }
        let minted = super::actor::mint(&self.house, role, tenant, true).await;
        Actor {
            app: self,
            token: Some(minted.token),
            account: minted.account,
            session: minted.session,
        }
    }

    /// Somebody of a role, signed in, who has not proved the second factor.
    pub(crate) async fn someone_unproven(&self, role: Role, tenant: Option<TenantId>) -> Actor<'_> {
        let minted = super::actor::mint(&self.house, role, tenant, false).await;
        Actor {
            app: self,
            token: Some(minted.token),
            account: minted.account,
            session: minted.session,
        }
    }

    /// Nobody known.
    pub(crate) fn nobody(&self) -> Actor<'_> {
        Actor { app: self, token: None, account: uuid::Uuid::nil(), session: uuid::Uuid::nil() }
    }

    /// A new tenant, made by a platform admin, as the API shows it.
    pub(crate) async fn tenant(&self, slug: &str) -> Answer {
        let admin = self.platform_admin().await;
        let answer = admin.post("/v1/tenants", make::tenant(slug)).await;
        answer.is(201)
    }

    /// A new tenant's id.
    pub(crate) async fn tenant_id(&self, slug: &str) -> TenantId {
        self.tenant(slug).await.text("/id").parse().unwrap()
    }

    /// Everything that the audit holds, oldest first.
    pub(crate) async fn audit(&self) -> Vec<Value> {
        let admin = self.platform_admin().await;
        let mut entries = Vec::new();
        let mut path = "/v1/audit-entries?limit=100".to_owned();
        loop {
            let page = admin.get(&path).await.is(200);
            entries.extend(page.body["data"].as_array().unwrap().clone());
            match page.body["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/audit-entries?limit=100&cursor={cursor}"),
                None => break,
            }
        }
        entries.reverse();
        entries
    }

    /// What `work` sends to the database, as statement texts.
    pub(crate) async fn statements_of<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
        self.statements.lock().unwrap().clear();
        let done = work.await;
        let sent = std::mem::take(&mut *self.statements.lock().unwrap());
        (done, sent)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        drop(self.server.stop(false)); // begins to stop; the runtime of the test ends right after
    }
}

/// What goes wrong inside is shown with a failing test; `RUST_LOG` asks for more.
fn log() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into());
    drop(tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init());
}

/// Says what TLS is made of, which clients ask for that never use it.
pub(crate) fn trust() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// How answers by email are taken.
pub(crate) fn inbound_mail() -> InboundMail {
    let window = SignedDuration::from_hours(1);
    InboundMail {
        secret: MAIL_SECRET.into(),
        address: ANSWERS_TO.to_owned(),
        host: Some("mx.vendor.example".to_owned()),
        max_bytes: 1024 * 1024,
        per_ticket: Allowance { attempts: 10, window },
    }
}

/// The rules that come with the program, read once.
static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| {
    let hours = DeskHours::built_in();
    Arc::new(Rules::new(DeskPolicy::built_in(), Browsers::built_in(), hours))
});

/// A house on a database.
#[expect(clippy::large_types_passed_by_value, reason = "once a test")]
pub(crate) async fn house(
    database: &Database,
    observer: Option<Observer>,
    clock: Clock,
    limits: Limits,
) -> House {
    house_on(&database.settings(observer), clock, limits).await
}

/// A house on a database that somebody else looks after.
#[expect(clippy::large_types_passed_by_value, reason = "once a test")]
pub(crate) async fn house_on(settings: &DbSettings, clock: Clock, limits: Limits) -> House {
    let entropy = Entropy::system();
    let keys = keys();
    let cheapest = HashParams::new(19 * 1024, 2, 1).unwrap();
    // Who asks at once with others waits for their turn, however slow the machine is.
    let patient = HashLimits { wait: PATIENCE, ..HashLimits::default() };
    let hasher = Hasher::start(cheapest, patient, keys.clone(), entropy.clone()).unwrap();
    let db = Db::open(settings).expect("the database opens");
    let issuer = "https://desk.example".to_owned();
    let desk = Desk::example().unwrap().contact;
    let rules = Arc::clone(&RULES);
    let blobs = Blobs::folder(&files_of(&settings.url), keys.clone(), entropy.clone()).unwrap();
    let parts = HouseParts { db, clock, keys, entropy, hasher, limits, desk, rules, blobs, issuer };
    House::open(parts).await.expect("a house")
}

/// The keys of the tests.
pub(crate) fn keys() -> Keyring {
    Keyring::new(&RootKey::parse(ROOT).unwrap(), &[])
}
