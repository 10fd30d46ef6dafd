//! What a claim of messages reads, however many wait.

use caredesk::service::Ask;
use caredesk::service::sending::Texting;
use caredesk::store::Origin;
use caredesk::store::notifications as store;
use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::sending::SendingHours;
use serde_json::json;

use crate::plans::plan_of;
use crate::support::app::App;

/// Messages that are due.
const DUE: usize = 10_000;
/// Messages of one statement.
const AT_ONCE: usize = 1_000;

on_both! {
    async fn a_claim_takes_what_is_next_out_of_an_index_and_looks_at_nothing_else(app) {
        queue(&app).await;
        let mut burglar = app.burglar();
        burglar.run("ANALYZE");
        let ask = Ask::of(Actor::System, Origin::of_job("test"));
        let hours = SendingHours::parse("08:00-21:00").unwrap();
        let claim = app.house.claim_messages(&ask, 8, Some(Texting { hours, per_second: 1_000 }));
        let (batch, sent) = app.statements_of(claim).await;
        let batch = batch.unwrap();
        assert!(batch.messages.len() == 8 && batch.is_more);
        let bare = |statement: &str| statement.replace(['`', '"'], "");
        let about_messages = |statement: &&String| bare(statement).contains("notifications");
        let touching: Vec<&String> = sent.iter().filter(about_messages).collect();
        // Emails and text messages, those that somebody waits for and the others; and the claim itself.
        assert_eq!(touching.len(), 5, "{touching:#?}");
        for statement in &touching[..4] {
            let query = statement.split(" -- binds").next().unwrap();
            assert!(query.starts_with("SELECT"), "{query}");
            let plan = plan_of(&mut burglar, query);
            let is_step = |words: &str| plan.iter().any(|line| line.contains(words));
            assert!(is_step("notifications_next"), "{query}\n{}", plan.join("\n"));
            for walk in ["Sort  (cost", "TEMP B-TREE", "SCAN notifications", "Seq Scan on notifications"] {
                assert!(!is_step(walk), "{query}\n{}", plan.join("\n"));
            }
        }
        assert!(bare(touching[4]).starts_with("UPDATE notifications"), "{}", touching[4]);
    }
}

/// Queues messages that are due at once, each to somebody else.
async fn queue(app: &App) {
    for part in 0..DUE / AT_ONCE {
        app.tx(move |tx| {
            let message = |n: usize| {
                let to = EmailAddress::parse(&format!("p{n}@home.example")).unwrap().into();
                let kind = MessageKind::PasswordChanged;
                (
                    Message { kind, to, locale: Locale::English, tenant: None },
                    json!({"name": "Ana"}),
                )
            };
            let from = part * AT_ONCE;
            store::queue_all(tx, (from..from + AT_ONCE).map(message).collect())
        })
        .await;
    }
}
