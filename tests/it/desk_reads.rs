//! What the desk reads of organisations is in the audit: once a minute for each reader and each thing.

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::scene::fresh_slug;
use crate::support::tickets::tenant;

/// The entries that somebody sees of an action, newest first.
async fn entries(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let page = who.get(&format!("/v1/audit-entries?{query}")).await.is(200);
    page.body["data"].as_array().unwrap().clone()
}

on_both! {
    async fn a_ticket_that_the_desk_reads_is_in_its_organisations_audit_once_a_minute(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        let ticket = sue.post("/v1/tickets", body).await.is(201).text("/id");
        let (tom, tia) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let (at, query) = (format!("/v1/tickets/{ticket}"), format!("action=ticket.read&target_id={ticket}"));
        sue.get(&at).await.is(200);
        assert_eq!(entries(&ana, &query).await, Vec::<Value>::new(), "their own words are theirs to read");
        for _ in 0..3 {
            tom.get(&at).await.is(200);
            tom.get(&format!("{at}/entries")).await.is(200);
        }
        let read = entries(&ana, &query).await;
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!((&read[0]["actor_id"], &read[0]["outcome"]), (&json!(tom.account), &json!("done")));
        tia.get(&at).await.is(200);
        assert_eq!(entries(&ana, &query).await.len(), 2);
        app.clock.advance(SignedDuration::from_mins(1));
        tom.get(&at).await.is(200);
        assert_eq!(entries(&ana, &query).await.len(), 3);
    }

    async fn what_an_organisation_does_not_see_is_read_on_the_platforms_record(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        let tom = app.someone(Role::TierOne, None).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": pine, "channel": "phone", "name": "Gil Ferro",
                "email": "gil.ferro@mail.example"}});
        let ticket = tom.post("/v1/tickets", body).await.is(201).text("/id");
        tom.get(&format!("/v1/tickets/{ticket}")).await.is(200);
        let query = format!("action=ticket.read&target_id={ticket}");
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        assert_eq!(entries(&ana, &query).await, Vec::<Value>::new());
        let manager = app.someone(Role::DeskManager, None).await;
        assert_eq!(entries(&manager, &query).await.len(), 1);
        let tia = app.someone(Role::TierTwo, None).await;
        tia.get(&format!("/v1/tickets/{ticket}/watchers")).await.is(200);
        assert_eq!(entries(&ana, &query).await, Vec::<Value>::new());
        assert_eq!(entries(&manager, &query).await.len(), 2);
    }

    async fn what_stands_beside_a_ticket_is_read_on_the_record(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        let ticket = sue.post("/v1/tickets", body).await.is(201).text("/id");
        let at = format!("/v1/tickets/{ticket}");
        let (watchers, files) = (format!("{at}/watchers"), format!("{at}/attachments"));
        let (tia, ana) = (app.someone(Role::TierTwo, None).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let of_files = format!("action=attachment.read&target_id={ticket}");
        tia.get(&files).await.is(200);
        assert_eq!(entries(&ana, &of_files).await, Vec::<Value>::new(), "there was none to read");
        let file = json!({"file_name": "screen.png", "media_type": "image/png", "size": 5000});
        let file = sue.post(&files, file).await.is(201).header("location");
        for path in [&watchers, &files, &file] {
            sue.get(path).await.is(200);
        }
        let of_ticket = format!("action=ticket.read&target_id={ticket}");
        let of_file = format!("action=attachment.read&target_id={}", file.rsplit('/').next().unwrap());
        for query in [&of_ticket, &of_files, &of_file] {
            assert_eq!(entries(&ana, query).await, Vec::<Value>::new(), "their own is theirs to read");
        }
        for (path, query) in [(&watchers, &of_ticket), (&files, &of_files), (&file, &of_file)] {
            for _ in 0..2 {
                tia.get(path).await.is(200);
            }
            let read = entries(&ana, query).await;
            assert_eq!(read.len(), 1, "{path}: {read:?}");
            assert_eq!(read[0]["actor_id"], json!(tia.account));
        }
        app.clock.advance(SignedDuration::from_mins(1));
        let preview = |about: Value| json!({"text": "Hello {requester_name}", "ticket_id": about});
        tia.post("/v1/canned-reply-previews", json!({"text": "Hello {requester_name}"})).await.is(200);
        assert_eq!(entries(&ana, &of_ticket).await.len(), 1);
        tia.post("/v1/canned-reply-previews", preview(json!(ticket))).await.is(200);
        assert_eq!(entries(&ana, &of_ticket).await.len(), 2);
    }

    async fn a_list_is_on_record_if_it_showed_something(app) {
        let pine = tenant(&app).await;
        let (tom, manager) = (app.someone(Role::TierOne, None).await, app.someone(Role::DeskManager, None).await);
        tom.get("/v1/tickets").await.is(200);
        assert_eq!(entries(&manager, "action=ticket.list").await, Vec::<Value>::new());
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        sue.post("/v1/tickets", body).await.is(201);
        for path in ["/v1/tickets", "/v1/tickets?view=tier1", "/v1/tickets?state=new"] {
            tom.get(path).await.is(200);
        }
        let read = entries(&manager, "action=ticket.list").await;
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!((&read[0]["actor_id"], &read[0]["target_id"]), (&json!(tom.account), &Value::Null));
    }

    async fn messages_that_the_platform_reads_are_in_their_organisations_audit(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        sue.post("/v1/tickets", body).await.is(201);
        let admin = app.platform_admin().await;
        let list = format!("/v1/notifications?tenant_id={pine}");
        let message = admin.get(&list).await.is(200).text("/data/0/id");
        admin.get(&format!("/v1/notifications/{message}")).await.is(200);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let read = entries(&ana, "action=notification.read").await;
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read.iter().all(|entry| entry["actor_id"] == admin.account.to_string()));
    }
}
