//! A house with an outbox, on a clock that the test moves, and a folder that goes away with it.

use std::path::PathBuf;
use std::sync::Arc;

use caredesk::blobs::Blobs;
use caredesk::config::Desk;
use caredesk::deliver::{Authorities, Post, PostSettings, Server};
use caredesk::jobs::outbox::Outbox;
use caredesk::service::policy::Rules;
use caredesk::service::sending::Texting;
use caredesk::service::{Ask, House, HouseParts, Limits};
use caredesk::store::columns::Json;
use caredesk::store::db::{Conn, Db};
use caredesk::store::notifications::{self as store, Claimed};
use caredesk::store::schema::{notifications, tenants, throttle_counters};
use caredesk::store::suppressions;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk::vault::{Clock, Entropy, Hand, HashLimits, HashParams, Hasher, Keyring, RootKey};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::notification::{
    Message, MessageKind, MessageState, SuppressionReason, WaitReason,
};
use caredesk_core::domain::sending::SendingHours;
use caredesk_core::domain::tenant::{TenantKind, TenantStatus};
use caredesk_core::domain::{EmailAddress, PhoneNumber, Slug, TenantName};
use caredesk_core::policy::action::ResumeTenant;
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::DeskPolicy;
use caredesk_core::policy::hours::DeskHours;
use caredesk_core::policy::{TenantFacts, decide};
use diesel::prelude::*;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::db::Database;

/// When every test begins.
const START: &str = "2026-11-21T09:00:00Z";
/// The root key of the tests.
const ROOT: &str = "6f2d1c0b9a8877665544332211ffeeddccbbaa99887766554433221100f1e2d3";
/// What every message with a secret holds.
pub(crate) const SECRET: &str = "cdl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// What stands in a message's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) state: MessageState,
    pub(crate) attempts: i32,
    pub(crate) failure: Option<String>,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) is_finished: bool,
}

/// The house, its outbox and its folder.
pub(crate) struct World {
    pub(crate) house: House,
    pub(crate) folder: PathBuf,
    hand: Hand,
    /// Goes away after the house that is open on it.
    _database: Database,
}

impl World {
    pub(crate) async fn on(database: Database) -> Self {
        let (clock, hand) = Clock::manual(START.parse().unwrap());
        let (entropy, keys) =
            (Entropy::system(), Keyring::new(&RootKey::parse(ROOT).unwrap(), &[]));
        let cheapest = HashParams::new(19 * 1024, 2, 1).unwrap();
        let hasher =
            Hasher::start(cheapest, HashLimits::default(), keys.clone(), entropy.clone()).unwrap();
        let db = Db::open(&database.settings(None)).unwrap();
        let issuer = "https://desk.example".to_owned();
        let name: [u8; 8] = entropy.bytes();
        let folder = std::env::temp_dir().join(format!("caredesk-outbox-{name:x?}"));
        let limits = Limits::default();
        let desk = Desk::example().unwrap().contact;
        let rules = {
            let hours = DeskHours::built_in();
            Arc::new(Rules::new(DeskPolicy::built_in(), Browsers::built_in(), hours))
        };
        let files = crate::db::files_of(&database.url());
        let blobs = Blobs::folder(&files, keys.clone(), entropy.clone()).unwrap();
        let parts =
            HouseParts { db, clock, keys, entropy, hasher, limits, desk, rules, blobs, issuer };
        Self { house: House::open(parts).await.ok().unwrap(), folder, hand, _database: database }
    }

    /// A sender into the folder, or to the mail server of a URL.
    pub(crate) fn outbox(&self, url: Option<&str>) -> Outbox {
        self.outbox_that_trusts(url, Authorities::default())
    }

    /// As [`Self::outbox`], and who else may sign the server's certificate.
    pub(crate) fn outbox_that_trusts(&self, url: Option<&str>, authorities: Authorities) -> Outbox {
        let link = |page| LinkTemplate::parse(&format!("https://desk.example/{page}#{{secret}}"));
        let settings = PostSettings {
            from: "Atención <desk@vendor.example>".parse().unwrap(),
            answers_to: None,
            folder: self.folder.clone(),
            server: url.map(|url| Server::parse(url).unwrap()),
            gateway: None,
            authorities,
            link_enrolment: link("enrol").unwrap(),
            link_password_reset: link("reset").unwrap(),
            link_invitation: link("join").unwrap(),
            link_ticket: link("ticket").unwrap(),
        };
        let hours = SendingHours::parse("08:00-21:00").unwrap();
        let texting = Texting { hours, per_second: 1 };
        Outbox::new(self.house.clone(), Post::open(settings).unwrap(), texting)
    }

    pub(crate) fn passes(&self, span: SignedDuration) {
        self.hand.advance(span);
    }

    /// Runs something in a transaction.
    pub(crate) async fn tx<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let (now, keys, entropy) =
            (self.house.clock.now(), self.house.keys.clone(), self.house.entropy.clone());
        let run = move |conn: &mut Conn| {
            let origin = Origin::of_job("test");
            work(&mut Tx {
                conn,
                now,
                origin: &origin,
                keys: &keys,
                entropy: &entropy,
                hours: &caredesk_core::policy::hours::DeskHours::built_in(),
            })
        };
        self.house.db.write(run).await.unwrap()
    }

    pub(crate) async fn queue(&self, message: Message, facts: Value) -> NotificationId {
        self.tx(move |tx| store::queue(tx, &message, facts.clone())).await
    }

    /// A link for a new password, to somebody who reads this language.
    pub(crate) async fn password_reset(&self, locale: Locale) -> NotificationId {
        let message = to(ana(), MessageKind::PasswordReset, locale);
        self.tx(move |tx| {
            let facts = json!({"name": "Ana Ruiz", "minutes": 60});
            store::queue_secret(tx, &message, facts, &SecretString::from(SECRET))
        })
        .await
    }

    /// A message without a secret, and without an end of its use.
    pub(crate) async fn password_changed(&self) -> NotificationId {
        let message = to(ana(), MessageKind::PasswordChanged, Locale::English);
        self.queue(message, json!({"name": "Ana Ruiz"})).await
    }

    /// Begins a day of which every contact that was ever written to has used up everything.
    pub(crate) async fn fill_the_day(&self) {
        self.tx(|tx| {
            let full = (
                throttle_counters::opened_at.eq(tx.now),
                throttle_counters::attempts.eq(1_000_000_i64),
            );
            Ok(diesel::update(throttle_counters::table).set(full).execute(tx.conn)?)
        })
        .await;
    }

    /// Makes what waits for an organisation due.
    pub(crate) async fn wake(&self, tenant: TenantId) {
        self.tx(move |tx| {
            let facts = TenantFacts { id: tenant, status: TenantStatus::Suspended, version: 1 };
            let permit = decide::<ResumeTenant>(&Actor::System, facts, tx.now).unwrap();
            store::wake(tx, &permit, tenant)
        })
        .await;
    }

    pub(crate) async fn claim(&self, limit: i64) -> Vec<Claimed> {
        let ask = Ask::of(Actor::System, Origin::of_job("test"));
        self.house.claim_messages(&ask, limit, None).await.unwrap().messages
    }

    /// The messages that wait for something.
    pub(crate) async fn waiting_for(&self, what: WaitReason) -> Vec<NotificationId> {
        let read = move |conn: &mut Conn| {
            let waiting = notifications::table.filter(notifications::waits_for.eq(what));
            let open = waiting.filter(notifications::finished_at.is_null());
            Ok::<_, StoreError>(open.select(notifications::id).load(conn)?)
        };
        self.house.db.read(read).await.unwrap()
    }

    /// Why nothing is sent to somebody any more.
    pub(crate) async fn suppression(&self, contact: Contact) -> Option<SuppressionReason> {
        let (key, method) = (contact.key(), contact.method());
        let read = move |conn: &mut Conn| suppressions::reasons(conn, vec![key]);
        let found = self.house.db.read(read).await.unwrap();
        found.into_iter().find(|((of, _), _)| *of == method).map(|(_, reason)| reason)
    }

    pub(crate) async fn row(&self, id: NotificationId) -> Row {
        let read = move |conn: &mut Conn| {
            let columns = (
                notifications::state,
                notifications::attempts,
                notifications::failure,
                notifications::secret,
                notifications::finished_at.is_not_null(),
            );
            let row = notifications::table.find(id).select(columns).first(conn)?;
            let (state, attempts, failure, secret, is_finished) = row;
            Ok::<_, StoreError>(Row { state, attempts, failure, secret, is_finished })
        };
        self.house.db.read(read).await.unwrap()
    }

    /// An organisation, in use or suspended.
    pub(crate) async fn tenant(&self, status: TenantStatus) -> TenantId {
        self.tx(move |tx| {
            let id = TenantId::of(tx.new_uuid());
            let row = (
                tenants::id.eq(id),
                tenants::slug.eq(Slug::parse("pine-lodge").unwrap()),
                tenants::name.eq(TenantName::parse("Pine Lodge").unwrap()),
                tenants::name_key.eq("pine lodge"),
                tenants::kind.eq(TenantKind::Camp),
                tenants::status.eq(status),
                tenants::notification_address.eq(EmailAddress::parse("a@pine.example").unwrap()),
                tenants::contacts.eq(Json(json!([]))),
                tenants::points_changed_at.eq(tx.now),
                tenants::hours.eq(Json(json!([]))),
                tenants::settings.eq(Json(json!({}))),
                tenants::created_at.eq(tx.now),
                tenants::updated_at.eq(tx.now),
                tenants::version.eq(1_i64),
            );
            diesel::insert_into(tenants::table).values(row).execute(tx.conn)?;
            Ok(id)
        })
        .await
    }

    /// The files in the folder, by name.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let read = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        };
        let mut files: Vec<_> = entries.map(read).collect();
        files.sort();
        files
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

pub(crate) fn ana() -> Contact {
    EmailAddress::parse("ana@home.example").unwrap().into()
}

pub(crate) fn phone() -> Contact {
    PhoneNumber::parse("+15550100200").unwrap().into()
}

pub(crate) fn to(to: Contact, kind: MessageKind, locale: Locale) -> Message {
    Message { kind, to, locale, tenant: None }
}
