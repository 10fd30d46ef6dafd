//! The outbox, sent by the real client to a real server, and into the folder, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../it/support/cluster.rs"]
mod cluster;
#[expect(dead_code, reason = "shared with the other tests, which use all of it")]
#[path = "../it/support/db.rs"]
mod db;
mod mail_server;
mod world;

use std::collections::BTreeSet;

use caredesk::deliver::Authorities;
use caredesk::store::notifications as store;
use caredesk::store::schema::notifications;
use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::notification::{
    Message, MessageKind, MessageState, SuppressionReason, WaitReason,
};
use caredesk_core::domain::tenant::TenantStatus;
use diesel::prelude::*;
use jiff::SignedDuration;
use mail_parser::MessageParser;
use serde_json::json;

use mail_server::{Authority, Encrypted, MailServer, Mood};
use world::{SECRET, World, ana, phone, to};

/// Declares tests that run on both databases.
macro_rules! on_both {
    ($(async fn $name:ident($world:ident) $body:block)+) => {$(
        async fn $name($world: World) $body

        mod $name {
            use crate::{db::Database, world::World};

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(World::on(Database::sqlite()).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(World::on(Database::postgres()).await).await;
            }
        }
    )+};
}

on_both! {
    async fn an_email_goes_to_its_recipient_with_both_parts_in_the_readers_language(world) {
        let server = MailServer::start();
        let id = world.password_reset(Locale::Spanish).await;
        world.outbox(Some(&server.url())).send_due().await.unwrap();
        let [received] = &server.received()[..] else { panic!("one message") };
        assert!(received.from.contains("desk@vendor.example"), "{}", received.from);
        assert!(received.to.len() == 1 && received.to[0].contains("ana@home.example"));
        assert!(received.bytes.is_ascii());
        let mail = MessageParser::default().parse(&received.bytes).unwrap();
        assert_eq!(mail.subject(), Some("Elija una contraseña nueva"));
        assert_eq!(mail.message_id(), Some(format!("{id}@vendor.example").as_str()));
        assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-21T09:00:00Z");
        assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Atención"));
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert!(mail.reply_to().is_none());
        let link = format!("https://desk.example/reset#{SECRET}");
        assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
        assert!(mail.body_text(0).unwrap().contains(&format!("\n{link}\n").replace('\n', "\r\n")));
        assert!(mail.body_html(0).unwrap().contains("<a href=\"https:&#x2f;&#x2f;desk.example"));
        assert_eq!(world.row(id).await.state, MessageState::Sent);
    }

    async fn a_message_that_was_cut_off_goes_out_again_as_the_same_message(world) {
        let server = MailServer::start();
        server.meets([Mood::HangsUp]);
        let id = world.password_reset(Locale::English).await;
        let outbox = world.outbox(Some(&server.url()));
        outbox.send_due().await.unwrap();
        let row = world.row(id).await;
        assert_eq!((row.state, row.attempts), (MessageState::Queued, 1));
        assert!(row.secret.is_some() && row.failure.unwrap().contains("hung up"));
        world.passes(SignedDuration::from_secs(29));
        outbox.send_due().await.unwrap();
        assert_eq!(server.received().len(), 1);
        world.passes(SignedDuration::from_secs(1));
        outbox.send_due().await.unwrap();
        let received = server.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0], received[1], "the same bytes: id, date, link and all");
        assert_eq!(world.row(id).await.state, MessageState::Sent);
    }

    async fn a_busy_server_is_asked_again_and_in_the_end_no_more(world) {
        let server = MailServer::start();
        server.meets([Mood::IsBusy; 7]);
        let id = world.password_changed().await;
        let outbox = world.outbox(Some(&server.url()));
        for attempt in 1..=7 {
            outbox.send_due().await.unwrap();
            let row = world.row(id).await;
            assert_eq!(row.attempts, attempt);
            assert_eq!(row.is_finished, attempt == 7);
            assert_eq!(row.failure.as_deref(), Some("the mail server answered 451"));
            world.passes(SignedDuration::from_hours(12));
        }
        assert_eq!(world.row(id).await.state, MessageState::Failed);
        outbox.send_due().await.unwrap();
        assert_eq!(server.received().len(), 7);
    }

    async fn a_refused_message_is_final_and_its_secret_is_wiped(world) {
        let server = MailServer::start();
        server.meets([Mood::KnowsNobody]);
        let id = world.password_reset(Locale::English).await;
        world.outbox(Some(&server.url())).send_due().await.unwrap();
        let row = world.row(id).await;
        assert_eq!((row.state, row.attempts), (MessageState::Failed, 1));
        assert_eq!(row.failure.as_deref(), Some("the mail server answered 550"));
        assert!(row.secret.is_none() && row.is_finished);
    }

    async fn an_address_that_its_server_does_not_know_is_written_to_no_more(world) {
        let server = MailServer::start();
        server.meets([Mood::KnowsNoSuchUser]);
        let id = world.password_changed().await;
        let outbox = world.outbox(Some(&server.url()));
        outbox.send_due().await.unwrap();
        let row = world.row(id).await;
        assert_eq!(row.state, MessageState::Failed);
        assert_eq!(row.failure.as_deref(), Some("the mail server answered 550: no such address"));
        assert_eq!(world.suppression(ana()).await, Some(SuppressionReason::Bounced));
        let next = world.password_changed().await;
        let link = world.password_reset(Locale::English).await;
        outbox.send_due().await.unwrap();
        for id in [next, link] {
            let row = world.row(id).await;
            assert_eq!((row.state, row.attempts), (MessageState::Suppressed, 0));
            assert!(row.secret.is_none() && row.is_finished);
        }
        let elsewhere = EmailAddress::parse("bo@home.example").unwrap().into();
        let other = world.queue(to(elsewhere, MessageKind::PasswordChanged, Locale::English), json!({"name": "Bo"})).await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(other).await.state, MessageState::Sent);
    }

    async fn a_code_goes_to_an_address_that_bounced_so_that_it_can_be_shown_to_be_right(world) {
        let server = MailServer::start();
        server.meets([Mood::KnowsNoSuchUser]);
        world.password_changed().await;
        let outbox = world.outbox(Some(&server.url()));
        outbox.send_due().await.unwrap();
        let message = to(ana(), MessageKind::ContactCode, Locale::English);
        let facts = json!({"name": "Ana", "purpose": "current_contact", "minutes": 10});
        let id = world
            .tx(move |tx| store::queue_secret(tx, &message, facts.clone(), &"271828".into()))
            .await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(id).await.state, MessageState::Sent);
    }

    async fn a_refusal_of_us_is_no_end_of_a_message(world) {
        let server = MailServer::start();
        server.meets([Mood::TurnsAway, Mood::RefusesTheSender, Mood::RefusesToRelay]);
        let id = world.password_changed().await;
        let outbox = world.outbox(Some(&server.url()));
        for (attempt, code) in [(1, 554), (2, 550), (3, 550)] {
            outbox.send_due().await.unwrap();
            let row = world.row(id).await;
            assert_eq!((row.state, row.attempts), (MessageState::Queued, attempt));
            assert_eq!(row.failure, Some(format!("the mail server answered {code}")));
            world.passes(SignedDuration::from_hours(1));
        }
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(id).await.state, MessageState::Sent);
        assert_eq!(world.suppression(ana()).await, None);
    }

    async fn a_refusal_of_the_text_or_of_its_size_says_nothing_of_the_address(world) {
        let server = MailServer::start();
        server.meets([Mood::RefusesTheText, Mood::HasNoRoom, Mood::KnowsNobody]);
        for _ in 0..3 {
            let id = world.password_changed().await;
            world.outbox(Some(&server.url())).send_due().await.unwrap();
            assert_eq!(world.row(id).await.state, MessageState::Failed);
        }
        assert_eq!(world.suppression(ana()).await, None);
    }

    async fn tls_is_spoken_from_the_start_and_after_starttls_with_an_authority_of_ones_own(world) {
        let authority = Authority::new();
        for encrypted in [Encrypted::FromTheStart, Encrypted::AfterStartTls] {
            let server = MailServer::start_encrypted(encrypted, &authority);
            let id = world.password_changed().await;
            let trusted = Authorities::parse(authority.pem()).unwrap();
            let outbox = world.outbox_that_trusts(Some(&server.url()), trusted);
            outbox.send_due().await.unwrap();
            assert_eq!(world.row(id).await.state, MessageState::Sent, "{encrypted:?}");
            assert_eq!(server.received().len(), 1);
        }
    }

    async fn a_certificate_that_nobody_vouches_for_is_told_nothing(world) {
        let authority = Authority::new();
        for encrypted in [Encrypted::FromTheStart, Encrypted::AfterStartTls] {
            let server = MailServer::start_encrypted(encrypted, &authority);
            let id = world.password_reset(Locale::English).await;
            world.outbox(Some(&server.url())).send_due().await.unwrap();
            let row = world.row(id).await;
            assert_eq!((row.state, row.attempts), (MessageState::Queued, 1), "{encrypted:?}");
            assert_eq!(row.failure.as_deref(), Some("no TLS with the mail server"));
            assert!(server.received().is_empty() && row.secret.is_some());
            world.passes(SignedDuration::from_hours(1));
        }
    }

    async fn a_contact_gets_as_many_messages_as_a_day_allows_and_the_others_the_day_after(world) {
        let most = usize::try_from(world.house.limits.sent_per_contact.attempts).unwrap();
        let mut ids = Vec::new();
        for _ in 0..most + 2 {
            ids.push(world.password_changed().await);
        }
        let outbox = world.outbox(None);
        outbox.send_due().await.unwrap();
        assert_eq!(world.files().len(), most);
        let waiting = world.waiting_for(WaitReason::DailyCap).await;
        assert_eq!(waiting.len(), 2);
        // A link that somebody asked for is counted where it was asked for.
        let link = world.password_reset(Locale::English).await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(link).await.state, MessageState::Sent);
        world.passes(SignedDuration::from_hours(24));
        outbox.send_due().await.unwrap();
        assert!(world.waiting_for(WaitReason::DailyCap).await.is_empty());
        assert_eq!(world.files().len(), most + 3);
    }

    async fn articles_that_colleagues_share_leave_the_day_to_other_messages(world) {
        let most = usize::try_from(world.house.limits.sent_per_contact.attempts).unwrap();
        for _ in 0..=most {
            let shared = to(ana(), MessageKind::ArticleShared, Locale::English);
            world.queue(shared, json!({"name": "Ana Oak", "by": "Bo Ash", "title": "Our keys"})).await;
        }
        let outbox = world.outbox(None);
        outbox.send_due().await.unwrap();
        assert_eq!((world.files().len(), world.waiting_for(WaitReason::DailyCap).await.len()), (most, 1));
        let other = world.password_changed().await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(other).await.state, MessageState::Sent);
    }

    async fn who_got_power_is_told_however_full_the_day_was(world) {
        let most = usize::try_from(world.house.limits.sent_per_contact.attempts).unwrap();
        for _ in 0..most {
            world.password_changed().await;
        }
        let outbox = world.outbox(None);
        outbox.send_due().await.unwrap();
        let notice = to(ana(), MessageKind::AccessChanged, Locale::English);
        let facts = json!({"organisation": "Pine Lodge", "user": "Bo", "number": "U-000123", "role": "site_admin"});
        let notice = world.queue(notice, facts).await;
        let other = world.password_changed().await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(notice).await.state, MessageState::Sent);
        assert_eq!(world.waiting_for(WaitReason::DailyCap).await, [other]);
    }

    async fn a_message_is_given_up_by_how_long_its_contact_had_too_many(world) {
        let outbox = world.outbox(None);
        world.password_changed().await;
        outbox.send_due().await.unwrap();
        // Nothing is sent for days, which is nobody's flood.
        let old = world.password_changed().await;
        world.passes(SignedDuration::from_hours(80));
        world.fill_the_day().await;
        outbox.send_due().await.unwrap();
        assert_eq!(world.waiting_for(WaitReason::DailyCap).await, [old]);
        for _ in 0..3 {
            world.passes(SignedDuration::from_hours(24));
            world.fill_the_day().await;
            outbox.send_due().await.unwrap();
            assert_eq!(world.row(old).await.state, MessageState::Queued);
        }
        world.passes(SignedDuration::from_hours(24));
        world.fill_the_day().await;
        outbox.send_due().await.unwrap();
        let row = world.row(old).await;
        assert_eq!(row.state, MessageState::Failed);
        assert!(row.failure.unwrap().contains("three days"));
    }

    async fn only_what_waits_for_its_organisation_is_due_when_that_is_in_use_again(world) {
        let tenant = world.tenant(TenantStatus::Active).await;
        let of = |kind| Message { kind, to: ana(), locale: Locale::English, tenant: Some(tenant) };
        let under_way = world.queue(of(MessageKind::PasswordChanged), json!({"name": "Ana"})).await;
        assert_eq!(world.claim(50).await.len(), 1);
        set_status(&world, TenantStatus::Suspended).await;
        let waits = world.queue(of(MessageKind::PasswordChanged), json!({"name": "Ana"})).await;
        assert!(world.claim(50).await.is_empty());
        assert_eq!(world.waiting_for(WaitReason::TenantSuspended).await, [waits]);
        set_status(&world, TenantStatus::Active).await;
        world.wake(tenant).await;
        let claimed: Vec<_> = world.claim(50).await.into_iter().map(|message| message.id).collect();
        assert_eq!(claimed, [waits], "the other one is still its claimer's");
        world.passes(store::LEASE);
        let claimed: BTreeSet<_> = world.claim(50).await.into_iter().map(|message| message.id).collect();
        assert_eq!(claimed, [under_way, waits].into_iter().collect());
    }

    async fn a_suspended_organisation_with_many_messages_holds_nobody_up(world) {
        let tenant = Some(world.tenant(TenantStatus::Suspended).await);
        let of = move || Message { kind: MessageKind::PasswordChanged, to: ana(), locale: Locale::English, tenant };
        world.tx(move |tx| {
            let many = (0..1_200).map(|_| (of(), json!({"name": "Ana"}))).collect();
            store::queue_all(tx, many)
        })
        .await;
        let other = world.password_changed().await;
        world.outbox(None).send_due().await.unwrap();
        assert_eq!(world.row(other).await.state, MessageState::Sent);
        assert_eq!(world.waiting_for(WaitReason::TenantSuspended).await.len(), 1_200);
        assert_eq!(world.files().len(), 1);
    }

    async fn a_server_without_tls_is_told_nothing_where_tls_is_required(world) {
        let server = MailServer::start();
        let id = world.password_reset(Locale::English).await;
        let url = format!("{}?tls=required", server.url());
        world.outbox(Some(&url)).send_due().await.unwrap();
        let row = world.row(id).await;
        assert_eq!(row.state, MessageState::Queued);
        assert!(row.failure.unwrap().contains("STARTTLS"));
        assert!(server.greeted() > 0 && server.received().is_empty());
    }

    async fn a_server_that_is_away_loses_nothing(world) {
        let id = world.password_changed().await;
        world.outbox(Some("smtp://127.0.0.1:1")).send_due().await.unwrap();
        assert_eq!(world.row(id).await.state, MessageState::Queued);
        let server = MailServer::start();
        world.passes(SignedDuration::from_secs(30));
        world.outbox(Some(&server.url())).send_due().await.unwrap();
        assert_eq!(world.row(id).await.state, MessageState::Sent);
        assert_eq!(world.row(id).await.failure, None);
    }

    async fn a_message_of_a_sender_that_was_killed_is_due_again_after_its_lease(world) {
        let id = world.password_reset(Locale::English).await;
        let claimed = world.claim(50).await;
        assert_eq!((claimed.len(), claimed[0].attempt), (1, 1));
        // Here it is killed. Nobody else gets the message before the lease is over.
        let outbox = world.outbox(None);
        world.passes(SignedDuration::from_secs(119));
        outbox.send_due().await.unwrap();
        assert!(world.files().is_empty());
        world.passes(SignedDuration::from_secs(1));
        outbox.send_due().await.unwrap();
        assert_eq!(world.files()[0].0, format!("{id}.eml"));
        let row = world.row(id).await;
        assert_eq!((row.state, row.attempts), (MessageState::Sent, 2));
    }

    async fn the_secret_is_in_the_file_and_in_the_table_no_more(world) {
        let id = world.password_reset(Locale::English).await;
        let sealed = world.row(id).await.secret.unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains(SECRET));
        world.outbox(None).send_due().await.unwrap();
        let files = world.files();
        let mail = MessageParser::default().parse(&files[0].1).unwrap();
        assert!(mail.body_text(0).unwrap().contains(SECRET));
        assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ana@home.example"));
        let row = world.row(id).await;
        assert!(row.secret.is_none() && row.is_finished);
    }

    async fn a_text_message_goes_into_the_folder_also_beside_a_mail_server(world) {
        let server = MailServer::start();
        let message = to(phone(), MessageKind::ContactCode, Locale::Spanish);
        let facts = json!({"name": "Ana", "purpose": "new_contact", "minutes": 10});
        let id = world
            .tx(move |tx| store::queue_secret(tx, &message, facts.clone(), &"271828".into()))
            .await;
        world.outbox(Some(&server.url())).send_due().await.unwrap();
        let files = world.files();
        assert_eq!(files[0].0, format!("{id}.txt"));
        let text = std::str::from_utf8(&files[0].1).unwrap();
        assert!(text.starts_with("To: +15550100200\n\ncaredesk: su código"), "{text}");
        assert!(text.contains("271828") && server.greeted() == 0);
    }

    async fn two_senders_send_each_message_once(world) {
        let server = MailServer::start();
        let mut ids = BTreeSet::new();
        for _ in 0..30 {
            ids.insert(world.password_changed().await.to_string());
        }
        let (one, other) = (world.outbox(Some(&server.url())), world.outbox(Some(&server.url())));
        let (one, other) = tokio::join!(one.send_due(), other.send_due());
        assert!(one.is_ok() && other.is_ok());
        let received = server.received();
        let parser = MessageParser::default();
        let sent = received.iter().map(|one| parser.parse(&one.bytes).unwrap());
        let sent: BTreeSet<String> = sent
            .map(|mail| mail.message_id().unwrap().trim_end_matches("@vendor.example").to_owned())
            .collect();
        assert_eq!((received.len(), sent), (30, ids));
    }

    async fn who_comes_late_changes_nothing(world) {
        let id = world.password_changed().await;
        world.claim(1).await;
        world.passes(store::LEASE);
        world.claim(1).await;
        let now = world.house.clock.now();
        assert!(!world.tx(move |tx| store::failed(tx, (id, 1), "late")).await);
        assert!(!world.tx(move |tx| store::retry(tx, (id, 1), now, "late")).await);
        assert!(world.tx(move |tx| store::sent(tx, id, None)).await);
        assert!(!world.tx(move |tx| store::sent(tx, id, None)).await);
        assert!(!world.tx(move |tx| store::failed(tx, (id, 2), "late")).await);
        assert_eq!(world.row(id).await.state, MessageState::Sent);
    }

    async fn a_suspended_organisation_is_told_of_it_and_of_nothing_else(world) {
        let tenant = Some(world.tenant(TenantStatus::Suspended).await);
        let of = |kind| Message { kind, to: ana(), locale: Locale::English, tenant };
        let facts = json!({"organisation": "Pine Lodge", "reason": "Closed", "evidence": "e"});
        let told = world.queue(of(MessageKind::TenantSuspended), facts.clone()).await;
        let waits = world.queue(of(MessageKind::ContactsChanged), facts).await;
        let elsewhere = world.password_changed().await;
        let outbox = world.outbox(None);
        outbox.send_due().await.unwrap();
        assert!(world.row(told).await.is_finished && world.row(elsewhere).await.is_finished);
        world.passes(SignedDuration::from_mins(59));
        outbox.send_due().await.unwrap();
        let row = world.row(waits).await;
        assert_eq!((row.state, row.attempts), (MessageState::Queued, 0));
        set_status(&world, TenantStatus::Active).await;
        world.passes(SignedDuration::from_mins(1));
        outbox.send_due().await.unwrap();
        assert_eq!(world.row(waits).await.state, MessageState::Sent);
    }

    async fn a_link_that_is_over_is_not_sent(world) {
        let id = world.password_reset(Locale::English).await;
        world.passes(SignedDuration::from_mins(60));
        world.outbox(None).send_due().await.unwrap();
        let row = world.row(id).await;
        assert_eq!(row.state, MessageState::Failed);
        assert!(row.secret.is_none() && row.failure.unwrap().contains("too late"));
        assert!(world.files().is_empty());
    }

    async fn a_damaged_message_does_not_hold_up_the_others(world) {
        let damaged = world.password_reset(Locale::English).await;
        let sound = world.password_reset(Locale::English).await;
        world.tx(move |tx| {
            let row = notifications::table.find(damaged);
            let changed = diesel::update(row).set(notifications::secret.eq(Some(vec![0_u8; 40])));
            Ok(changed.execute(tx.conn)?)
        })
        .await;
        world.outbox(None).send_due().await.unwrap();
        assert_eq!(world.row(damaged).await.failure.as_deref(), Some("its secret is damaged"));
        assert_eq!(world.row(sound).await.state, MessageState::Sent);
    }
}

#[tokio::test]
async fn the_job_sends_by_itself_and_ends_when_told_to() {
    let world = World::on(db::Database::sqlite()).await;
    let id = world.password_changed().await;
    let (tell, stop) = tokio::sync::watch::channel(false);
    let outbox = tokio::spawn(world.outbox(None).run(stop));
    while !world.row(id).await.is_finished {
        tokio::task::yield_now().await;
    }
    tell.send_replace(true);
    outbox.await.unwrap();
    assert_eq!(world.files().len(), 1);
}

/// Takes every organisation out of use, or into use again.
async fn set_status(world: &World, status: TenantStatus) {
    use caredesk::store::schema::tenants;
    world
        .tx(move |tx| {
            let changed = diesel::update(tenants::table).set(tenants::status.eq(status));
            Ok(changed.execute(tx.conn)?)
        })
        .await;
}
