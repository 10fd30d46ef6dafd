//! Messages and contacts that nothing is sent to, looked after over the API.

use caredesk::store::notifications as store;
use caredesk::store::suppressions;
use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind, SuppressionReason};
use caredesk_core::domain::permission::{Permission, PermissionSet};
use caredesk_core::policy::action::SuppressContact;
use caredesk_core::policy::decide;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{App, TOKEN};
use crate::support::gateway::Gateway;
use crate::support::scene::Scene;

/// Queues a message that its account's password was changed.
async fn told(app: &App, address: &str, tenant: Option<TenantId>) -> String {
    let to = EmailAddress::parse(address).unwrap().into();
    let message =
        Message { kind: MessageKind::PasswordChanged, to, locale: Locale::Spanish, tenant };
    let facts = json!({"name": "Ana Ruiz"});
    let id: NotificationId = app.tx(move |tx| store::queue(tx, &message, facts.clone())).await;
    id.to_string()
}

/// Queues a message of a kind on behalf of an organisation, each to an address of its own.
async fn queued(app: &App, kind: MessageKind, tenant: TenantId) -> String {
    let to = EmailAddress::parse(&format!("{kind}@pine.example")).unwrap().into();
    let message = Message { kind, to, locale: Locale::English, tenant: Some(tenant) };
    let facts = json!({"name": "Ana Ruiz", "organisation": "Pine Lodge", "evidence": "e", "number": "A-000123"});
    let id: NotificationId = app.tx(move |tx| store::queue(tx, &message, facts.clone())).await;
    id.to_string()
}

/// Lets everything that is due be sent, emails into a folder.
async fn send(app: &App) {
    let gateway = Gateway::start(TOKEN);
    app.sender(&gateway, 1_000).send_due().await.unwrap();
}

/// The ids of a page.
fn ids(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// The last message of a kind to an address, as an admin sees it.
async fn last(app: &App, kind: &str) -> Value {
    let admin = app.platform_admin().await;
    let page = admin.get(&format!("/v1/notifications?limit=1&kind={kind}")).await.is(200);
    page.body["data"][0].clone()
}

on_both! {
    async fn an_organisation_sees_its_own_messages_in_full_and_the_desk_all_of_them_masked(app) {
        let (one, other) = (app.tenant_id("one").await, app.tenant_id("other").await);
        let ours = told(&app, "ana@pine.example", Some(one)).await;
        let theirs = told(&app, "bo@oak.example", Some(other)).await;
        let nobodys = told(&app, "cy@desk.example", None).await;
        let site_admin = app.someone(Role::SiteAdmin, Some(one)).await;
        let list = "/v1/notifications?kind=password_changed";
        let page = site_admin.get(list).await.is(200);
        assert_eq!(ids(&page.body), std::slice::from_ref(&ours));
        assert_eq!(page.body["data"][0]["contact"], "ana@pine.example");
        site_admin.get(&format!("/v1/notifications/{ours}")).await.is(200);
        site_admin.get(&format!("/v1/notifications/{theirs}")).await.is(404);
        site_admin.get(&format!("/v1/notifications/{nobodys}")).await.is(404);
        let admin = app.platform_admin().await;
        let page = admin.get(list).await.is(200);
        assert_eq!(ids(&page.body), [nobodys, theirs, ours]);
        assert_eq!(page.body["data"][2]["contact"], "a***@p***.example");
        assert!(!page.raw.contains("pine.example") && !page.raw.contains("Ana Ruiz"));
    }

    async fn each_kind_is_seen_by_whoever_holds_what_it_is_about(app) {
        let scene = Scene::set(&app).await;
        let mut sent = Vec::new();
        for kind in [MessageKind::FamilyUnlinked, MessageKind::PasswordChanged, MessageKind::ContactsChanged] {
            sent.push(queued(&app, kind, scene.tenant).await);
        }
        send(&app).await;
        let [family, staff, owners] = &sent[..] else { panic!("three messages") };
        let holds = |all: &[Permission]| all.iter().copied().collect::<PermissionSet>();
        // Who sees which of the three, and who sends which again: none of what they do not see.
        for (needs, seen, again) in [
            (holds(&[Permission::InvitationsSend]), vec![family], vec![family]),
            (holds(&[Permission::UsersRead]), vec![staff], vec![]),
            (holds(&[Permission::UsersRead, Permission::UsersManage]), vec![staff], vec![staff]),
            (PermissionSet::all(), vec![family, staff], vec![family, staff]),
        ] {
            let holder = app.holder(scene.tenant, needs).await;
            let page = holder.get("/v1/notifications?limit=100").await.is(200);
            for id in [family, staff, owners] {
                let is_seen = seen.contains(&id);
                assert_eq!(ids(&page.body).contains(id), is_seen, "{needs:?}");
                let path = format!("/v1/notifications/{id}");
                let status = if is_seen { 200 } else { 404 };
                let shown = holder.get(&path).await.is(status);
                let resend = holder.send(Method::POST, &format!("{path}/resend"), None, &[]).await;
                if is_seen {
                    let may = again.contains(&id);
                    assert_eq!(shown.body["allowed_actions"][0]["allowed"], may, "{needs:?}");
                    resend.is(if may { 201 } else { 403 });
                } else {
                    assert!(matches!(resend.status.as_u16(), 403 | 404), "{needs:?}");
                }
            }
        }
        let site_admin = scene.someone(Role::SiteAdmin).await;
        for id in [family, staff, owners] {
            site_admin.get(&format!("/v1/notifications/{id}")).await.is(200);
            site_admin.send(Method::POST, &format!("/v1/notifications/{id}/resend"), None, &[]).await.is(201);
        }
        let nobodys = app.holder(scene.tenant, holds(&[Permission::AuditRead])).await;
        nobodys.get("/v1/notifications").await.is(403).is_refused("action.not_permitted");
    }

    async fn a_suppression_names_no_message_of_anybody_elses(app) {
        let (one, other) = (app.tenant_id("one").await, app.tenant_id("other").await);
        let shared = "ana@shared.example";
        let (ours, theirs) = (told(&app, shared, Some(one)).await, told(&app, shared, Some(other)).await);
        let by: NotificationId = theirs.parse().unwrap();
        app.tx(move |tx| {
            let permit = decide::<SuppressContact>(&Actor::System, (), tx.now).unwrap();
            let contact = EmailAddress::parse(shared).unwrap().into();
            suppressions::suppress(tx, &permit, &contact, (SuppressionReason::Bounced, Some(by)))
        })
        .await;
        for (tenant, named) in [(one, Value::Null), (other, json!(theirs))] {
            let admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
            let page = admin.get("/v1/suppressions").await.is(200);
            assert_eq!(page.body["data"][0]["notification_id"], named);
            let path = format!("/v1/suppressions/{}", page.text("/data/0/id"));
            let held = admin.get(&path).await.is(200);
            assert_eq!(held.body["notification_id"], named);
            assert!(tenant == other || !held.raw.contains(&theirs) && !page.raw.contains(&theirs));
        }
        let admin = app.platform_admin().await;
        assert_eq!(admin.get("/v1/suppressions").await.is(200).text("/data/0/notification_id"), theirs);
        assert_ne!(ours, theirs);
    }

    async fn whoever_sees_the_messages_to_a_contact_sees_why_it_gets_none_and_lifts_nothing(app) {
        let scene = Scene::set(&app).await;
        let families: PermissionSet = [Permission::InvitationsSend].into_iter().collect();
        let stranger = app.holder(scene.tenant, families).await;
        stranger.get(&format!("/v1/suppressions/{}", scene.suppression)).await.is(404);
        let needs: PermissionSet = [Permission::UsersRead].into_iter().collect();
        let holder = app.holder(scene.tenant, needs).await;
        holder.get("/v1/notifications").await.is(200);
        holder.get(&format!("/v1/notifications/{}", scene.notification)).await.is(200);
        let held = holder.get(&format!("/v1/suppressions/{}", scene.suppression)).await.is(200);
        assert_eq!(held.body["allowed_actions"][0]["allowed"], false);
        let path = format!("/v1/suppressions/{}", scene.suppression);
        let refused = holder.send(Method::DELETE, &path, None, &[("if-match", &held.etag())]).await;
        refused.is(403).is_refused("action.not_permitted");
    }

    async fn a_list_is_filtered_and_paged(app) {
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(told(&app, &format!("p{n}@home.example"), None).await);
            app.clock.advance(jiff::SignedDuration::from_mins(1));
        }
        all.reverse();
        let admin = app.platform_admin().await;
        let list = "/v1/notifications?kind=password_changed&state=queued&method=email";
        let (mut found, mut path) = (Vec::new(), format!("{list}&limit=2"));
        loop {
            let page = admin.get(&path).await.is(200);
            found.extend(ids(&page.body));
            match page.body["next_cursor"].as_str() {
                Some(cursor) => path = format!("{list}&limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(found, all);
        let some = format!("{list}&since=2026-11-21T09:01:00Z&until=2026-11-21T09:03:00Z");
        assert_eq!(ids(&admin.get(&some).await.is(200).body), all[2..4]);
        for none in ["state=sent&kind=password_changed", "method=sms", "kind=tenant_suspended"] {
            let page = admin.get(&format!("/v1/notifications?{none}")).await.is(200);
            assert!(ids(&page.body).is_empty(), "{none}");
        }
        let cursor = admin.get(&format!("{list}&limit=2")).await.text("/next_cursor");
        let elsewhere = format!("/v1/notifications?method=email&cursor={cursor}");
        admin.get(&elsewhere).await.is(400).is_refused("cursor.invalid");
    }

    async fn a_message_is_sent_again_as_one_of_its_own(app) {
        let tenant = app.tenant_id("pine").await;
        let id = told(&app, "ana@pine.example", Some(tenant)).await;
        let site_admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let path = format!("/v1/notifications/{id}/resend");
        site_admin.post(&path, Value::Null).await.is(409).is_refused("notification.waits");
        send(&app).await;
        let again = site_admin.send(Method::POST, &path, None, &[("idempotency-key", "once")]).await.is(201);
        let same = site_admin.send(Method::POST, &path, None, &[("idempotency-key", "once")]).await.is(201);
        assert_eq!(again.raw, same.raw);
        assert_eq!(again.body["resent_from"], id.as_str());
        assert_eq!((&again.body["state"], &again.body["locale"]), (&json!("queued"), &json!("es")));
        assert_eq!(again.body["contact"], "ana@pine.example");
        let read = site_admin.get(&again.header("location")).await.is(200);
        assert_eq!((read.raw.clone(), read.etag()), (again.raw.clone(), again.etag()));
        assert_eq!(app.letters_of("password_changed", "ana@pine.example"), 2);
        let audit = app.audit().await;
        let entry = audit.iter().find(|entry| {
            entry["action"] == "notification.resend" && entry["outcome"] == "done"
        }).unwrap();
        assert_eq!(entry["target_id"], id.as_str());
        assert_eq!(entry["tenant_id"], tenant.to_string());
    }

    async fn a_contact_is_sent_so_much_again_in_an_hour_and_no_more(app) {
        let tenant = app.tenant_id("pine").await;
        let (ana, bo) = (told(&app, "ana@pine.example", Some(tenant)).await, told(&app, "bo@pine.example", Some(tenant)).await);
        send(&app).await;
        let site_admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let path = |id: &str| format!("/v1/notifications/{id}/resend");
        for _ in 0..app.house.limits.resends_per_contact.attempts {
            site_admin.send(Method::POST, &path(&ana), None, &[]).await.is(201);
        }
        let refused = site_admin.send(Method::POST, &path(&ana), None, &[]).await;
        refused.is(429).is_refused("throttle.too_many_requests");
        site_admin.send(Method::POST, &path(&bo), None, &[]).await.is(201);
        app.clock.advance(jiff::SignedDuration::from_hours(1));
        let site_admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
        site_admin.send(Method::POST, &path(&ana), None, &[]).await.is(201);
    }

    async fn a_link_that_is_sent_again_is_a_new_one_and_the_old_one_ends(app) {
        let admin = app.platform_admin().await;
        let body = json!({"role": "tier1", "name": "Sam Lee", "email": "sam@desk.example", "locale": "en"});
        admin.post("/v1/desk-accounts", body).await.is(201);
        let first = app.secret_of("enrolment", "sam@desk.example");
        send(&app).await;
        let id = last(&app, "enrolment").await["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/notifications/{id}/resend");
        let again = admin.send(Method::POST, &path, None, &[]).await.is(201);
        assert_eq!(again.body["resent_from"], id.as_str());
        let second = app.secret_of("enrolment", "sam@desk.example");
        assert_ne!(first, second);
        let redeem = |link: String| json!({"token": link, "password": "seven quiet otters dance"});
        let nobody = app.nobody();
        nobody.post("/v1/enrolments/redeem", redeem(first)).await.is(410).is_refused("link.not_usable");
        nobody.post("/v1/enrolments/redeem", redeem(second)).await.is(201);
        // The account has a password by now.
        send(&app).await;
        let path = format!("/v1/notifications/{}/resend", again.text("/id"));
        let refused = admin.send(Method::POST, &path, None, &[]).await;
        refused.is(409).is_refused("notification.outdated");
    }

    async fn a_contact_that_nothing_is_sent_to_is_named_with_its_reason_until_it_is_lifted(app) {
        let scene = Scene::set(&app).await;
        let admin = scene.someone(Role::SiteAdmin).await;
        let held = admin.get("/v1/suppressions?reason=bounced&method=email").await.is(200);
        assert_eq!(ids(&held.body), [scene.suppression.to_string()]);
        let gone = held.text("/data/0/contact");
        let id = told(&app, &gone, Some(scene.tenant)).await;
        send(&app).await;
        let shown = admin.get(&format!("/v1/notifications/{id}")).await.is(200);
        assert_eq!(shown.body["state"], "suppressed");
        assert_eq!(shown.body["allowed_actions"][0]["barred_by"], "contact.bounced");
        let resend = format!("/v1/notifications/{id}/resend");
        admin.send(Method::POST, &resend, None, &[]).await.is(409).is_refused("contact.bounced");
        let path = format!("/v1/suppressions/{}", scene.suppression);
        admin.send(Method::DELETE, &path, None, &[]).await.is(428);
        admin.send(Method::DELETE, &path, None, &[("if-match", "\"7-00000000\"")]).await.is(412);
        let etag = admin.get(&path).await.is(200).etag();
        admin.send(Method::DELETE, &path, None, &[("if-match", &etag)]).await.is(204);
        admin.get(&path).await.is(404);
        let again = admin.send(Method::POST, &resend, None, &[]).await.is(201);
        send(&app).await;
        assert_eq!(admin.get(&again.header("location")).await.is(200).body["state"], "sent");
    }

    async fn suppressions_of_contacts_that_others_wrote_to_are_not_seen(app) {
        let (one, other) = (Scene::set(&app).await, Scene::set(&app).await);
        let stranger = other.someone(Role::SiteAdmin).await;
        let path = format!("/v1/suppressions/{}", one.suppression);
        stranger.get(&path).await.is(404);
        let lifted = stranger.send(Method::DELETE, &path, None, &[("if-match", "\"1-00000000\"")]).await;
        lifted.is(404);
        let page = stranger.get("/v1/suppressions").await.is(200);
        assert_eq!(ids(&page.body), [other.suppression.to_string()]);
        let masked = app.platform_admin().await.get(&path).await.is(200).text("/contact");
        assert!(masked.starts_with("g***@p***"), "{masked}");
    }

    async fn a_stop_is_lifted_by_nobody_else(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.passes_on(&app.base, "+15550100200", "STOP").await;
        let admin = app.platform_admin().await;
        let held = admin.get("/v1/suppressions").await.is(200);
        let path = format!("/v1/suppressions/{}", held.text("/data/0/id"));
        let etag = admin.get(&path).await.is(200).etag();
        let refused = admin.send(Method::DELETE, &path, None, &[("if-match", &etag)]).await;
        refused.is(409).is_refused("suppression.stopped");
    }

    async fn every_kind_can_be_read_before_it_is_sent(app) {
        let admin = app.platform_admin().await;
        let kinds = admin.get("/v1/notification-templates").await.is(200);
        let rows = kinds.body["data"].as_array().unwrap();
        assert_eq!(rows.len(), MessageKind::ALL.len());
        for row in rows {
            for locale in row["locales"].as_array().unwrap() {
                let methods: Vec<&str> =
                    row["methods"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                for method in ["email", "sms"] {
                    let body = json!({"kind": row["kind"], "method": method, "locale": locale});
                    let preview = admin.post("/v1/notification-previews", body).await;
                    if methods.contains(&method) {
                        let shown = preview.is(200).body;
                        assert_eq!(shown["subject"].is_null(), method == "sms");
                        assert_eq!(shown["html"].is_null(), method == "sms");
                        assert!(!shown["text"].as_str().unwrap().is_empty());
                    } else {
                        preview.is(422).is_refused("notification.no_such_form");
                    }
                }
            }
        }
    }
}
