//! Kills the program in the middle of sending, again and again: nothing is lost, and what is sent twice is
//! the same message twice.

use std::collections::BTreeMap;

use caredesk::service::House;
use caredesk::store::db::Conn;
use caredesk::store::notifications as store;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk::vault::Clock;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::{EmailAddress, PhoneNumber};
use mail_parser::MessageParser;
use serde_json::json;

use crate::mail_server::MailServer;
use crate::support::app::{TOKEN, house};
use crate::support::burglar::Burglar;
use crate::support::db::Database;
use crate::support::gateway::{ACCOUNT, FROM, Gateway};
use crate::support::program::{Program, tempdir};

/// How often the program is killed.
const KILLS: usize = 10;
/// Messages of each kind that wait.
const WAITING: usize = 60;
/// Messages that the program has under way at once.
const AT_ONCE: usize = 8;

#[actix_web::test]
async fn nothing_is_lost_or_made_anew_by_ten_kills_on_sqlite() {
    survives(Database::sqlite()).await;
}

#[actix_web::test]
async fn nothing_is_lost_or_made_anew_by_ten_kills_on_postgres() {
    survives(Database::postgres()).await;
}

async fn survives(database: Database) {
    let folder = tempdir("crash-sending", &database);
    let limits = caredesk::service::Limits::default();
    let house = house(&database, None, Clock::system(), limits).await;
    queue(&house).await;
    let (gateway, mail) = (Gateway::start(TOKEN), MailServer::start());
    let (gateway_url, smtp_url) = (gateway.url(), mail.url());
    let settings = [
        ("CAREDESK_SMS_GATEWAY_URL", gateway_url.as_str()),
        ("CAREDESK_SMS_ACCOUNT", ACCOUNT),
        ("CAREDESK_SMS_TOKEN", TOKEN),
        ("CAREDESK_SMS_FROM", FROM),
        ("CAREDESK_SMS_PER_SECOND", "1000"),
        ("CAREDESK_SMTP_URL", smtp_url.as_str()),
        ("CAREDESK_MAIL_FROM", "desk@vendor.example"),
    ];
    let arrived = || gateway.asked() + mail.received().len();
    let mut burglar = Burglar::of(&database);
    for round in 0..KILLS {
        let enough = arrived() + 1 + round % 7;
        let mut program = Program::start_with(&database, &folder, &settings);
        while arrived() < enough {
            tokio::task::yield_now().await;
        }
        program.kill();
        // What was claimed is due when its lease is over, which nobody waits for here.
        burglar.run("UPDATE notifications SET due_at = created_at WHERE finished_at IS NULL");
    }
    let program = Program::start_with(&database, &folder, &settings);
    while burglar.count("notifications WHERE finished_at IS NULL") > 0 {
        tokio::task::yield_now().await;
    }
    drop(program);
    assert_eq!(burglar.count("notifications WHERE state = 'sent'"), 2 * WAITING);
    same_texts(&gateway);
    same_letters(&mail);
    assert!(arrived() <= 2 * WAITING + KILLS * AT_ONCE, "{} arrived", arrived());
    drop(std::fs::remove_dir_all(&folder));
}

/// Every text message came, and one that came twice is the same twice: words, code and id.
fn same_texts(gateway: &Gateway) {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for text in gateway.received() {
        let known = texts.entry(text.id().to_owned()).or_insert_with(|| text.body.clone());
        assert_eq!(*known, text.body);
    }
    assert_eq!(texts.len(), WAITING);
}

/// Every email came, and one that came twice is the same bytes under the same Message-ID.
fn same_letters(mail: &MailServer) {
    let mut letters: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for received in mail.received() {
        let parsed = MessageParser::default().parse(&received.bytes).unwrap();
        let id = parsed.message_id().unwrap().to_owned();
        let known = letters.entry(id).or_insert_with(|| received.bytes.clone());
        assert_eq!(*known, received.bytes);
    }
    assert_eq!(letters.len(), WAITING);
}

/// Queues codes to numbers, and links to addresses, each with a secret of its own.
async fn queue(house: &House) {
    let (now, keys, entropy) = (house.clock.now(), house.keys.clone(), house.entropy.clone());
    let run = move |conn: &mut Conn| {
        let origin = Origin::of_job("test");
        let mut tx = Tx {
            conn,
            now,
            origin: &origin,
            keys: &keys,
            entropy: &entropy,
            hours: &caredesk_core::policy::hours::DeskHours::built_in(),
        };
        for n in 0..WAITING {
            let phone = PhoneNumber::parse(&format!("+155501{n:05}")).unwrap();
            let address = EmailAddress::parse(&format!("p{n}@home.example")).unwrap();
            let code = json!({"name": "Ana", "purpose": "second_factor", "minutes": 600});
            let link = json!({"name": "Ana", "minutes": 600});
            for (kind, to, facts, secret) in [
                (MessageKind::ContactCode, Contact::Phone(phone), code, format!("{n:06}")),
                (MessageKind::PasswordReset, Contact::Email(address), link, format!("cdl_{n}")),
            ] {
                let message = Message { kind, to, locale: Locale::English, tenant: None };
                store::queue_secret(&mut tx, &message, facts, &secret.into())?;
            }
        }
        Ok::<_, StoreError>(())
    };
    house.db.write(run).await.unwrap();
}
