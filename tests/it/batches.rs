//! Batches: many families invited, or unlinked, each row by the rules of a single call.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::permission::Permission;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::batch::{done, fill, organisation, outcomes, run, statements, summary};

const INVITE: &str = "/v1/invitation-batches";
const UNLINK: &str = "/v1/unlink-batches";

on_both! {
    async fn a_batch_serves_the_rows_it_can_and_says_why_not_of_the_others(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 8);
        let (elsewhere, bo) = organisation(&app).await;
        fill(&mut app.burglar(), elsewhere, 1);
        let seven = ids(&ana, &["N-7"]).await;
        done(&ana, INVITE, json!({"method": "email", "application_ids": seven})).await;
        set(&app, "N-2", "phone = '+15550100231', preferred_method = 'sms'");
        link(&app, "N-3").await;
        set(&app, "N-4", "status = 'draft'");
        set(&app, "N-5", "status = 'withdrawn'");
        set(&app, "N-6", "preferred_method = 'sms'");
        set(&app, "N-8", "online_account = 'unlinked', unlinked_at = created_at");
        let mut all = ids(&ana, &["N-1", "N-2", "N-3", "N-4", "N-5", "N-6", "N-7", "N-8", "N-1"]).await;
        all.extend(ids(&bo, &["N-1"]).await);
        let body = json!({"method": "preferred", "application_ids": all});
        let before = app.count("notifications");
        let trial = done(&ana, INVITE, with(&body, "dry_run", json!(true))).await;
        assert_eq!((app.count("notifications"), app.count("invitations")), (before, 1), "a trial invites nobody");
        let job = done(&ana, INVITE, body).await;
        assert_eq!(summary(&job), "succeeded: invited 3, skipped 0, failed 6");
        assert_eq!((&job["total"], &job["done"], &job["failed"]), (&json!(9), &json!(3), &json!(6)));
        let expected = [
            "1 created", "2 created", "3 failed :application.linked", "4 failed :application.not_submitted",
            "5 failed :application.withdrawn", "6 failed :application.no_contact", "7 created",
            "8 failed :invitation.method_needed", "9 failed :resource.not_found",
        ];
        assert_eq!(outcomes(&ana, &job).await, expected);
        assert_eq!(outcomes(&ana, &trial).await, expected, "a trial says what would happen");
        let sent = "SELECT method || ' ' || recipient || ' ' || state FROM invitations ORDER BY recipient, state";
        assert_eq!(app.burglar().texts(sent), [
            "sms +15550100231 pending", "email f1@home.example pending", "email f7@home.example pending",
            "email f7@home.example replaced",
        ]);
        assert_eq!(app.count("notifications"), before + 3);
        let results = ana.get(&format!("/v1/jobs/{}/results", job["id"].as_str().unwrap())).await.is(200);
        assert_eq!(results.body["data"][1]["subject_id"], all[1], "a row names its application");
    }

    async fn the_same_filter_a_second_time_sends_nobody_a_second_message(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 5);
        let submitted = json!({"method": "email", "filter": {"status": "submitted"}});
        let job = done(&ana, INVITE, submitted.clone()).await;
        assert_eq!(summary(&job), "succeeded: invited 5, skipped 0, failed 0");
        ana.post(INVITE, submitted.clone()).await.is(422).is_refused("batch.empty");
        let again = json!({"method": "email", "filter": {"online_account": "invited"}});
        let job = done(&ana, INVITE, again).await;
        assert_eq!(summary(&job), "succeeded: invited 5, skipped 0, failed 0");
        let pending = "SELECT state FROM invitations WHERE state = 'pending'";
        assert_eq!((app.count("invitations"), app.burglar().texts(pending).len()), (10, 5));
        app.clock.advance(SignedDuration::from_hours(14 * 24));
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let job = done(&ana, INVITE, submitted).await;
        assert_eq!(summary(&job), "succeeded: invited 5, skipped 0, failed 0", "those that ran out");
    }

    async fn a_filter_finds_what_the_list_finds(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 4);
        let new = json!({"family_name": "Ortega", "email": "o@home.example", "number": "X-1", "children": [{"child_id": "K-7"}]});
        ana.post("/v1/applications", new).await.is(201);
        link(&app, "N-2").await;
        for (filter, expected) in [
            (json!({"q": "orte"}), 1),
            (json!({"child_id": "k-7"}), 1),
            (json!({"status": "draft"}), 1),
            (json!({"online_account": "linked"}), 1),
            (json!({"online_account": "none", "status": "submitted"}), 3),
        ] {
            let body = json!({"method": "email", "filter": filter, "dry_run": true});
            let job = done(&ana, INVITE, body).await;
            assert_eq!(job["total"], expected, "{filter}");
        }
        let body = json!({"method": "email", "filter": {"q": "nobody"}});
        ana.post(INVITE, body).await.is(422).is_refused("batch.empty");
        let kept = app.burglar().texts("SELECT CAST(params AS text) FROM jobs");
        assert!(kept.iter().all(|params| !params.contains("orte")), "a name is readable: {kept:?}");
    }

    async fn a_batch_says_whom_it_means_in_one_way(app) {
        let (_, ana) = organisation(&app).await;
        let id = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30";
        for meant in [
            json!({}),
            json!({"filter": {}}),
            json!({"application_ids": []}),
            json!({"application_ids": [id], "filter": {"status": "draft"}}),
            json!({"application_ids": vec![id; 1001]}),
        ] {
            for (path, what, value) in [(INVITE, "method", "email"), (UNLINK, "reason", "remove_access")] {
                ana.post(path, with(&meant, what, json!(value))).await.is(422).is_refused("request.invalid");
            }
        }
        assert_eq!(app.count("jobs"), 0);
    }

    async fn a_batch_takes_access_away_at_once_and_leaves_the_accounts(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 4);
        for number in ["N-1", "N-2", "N-3"] {
            link(&app, number).await;
        }
        let accounts = app.count("accounts");
        let linked = json!({"reason": "remove_access", "filter": {"online_account": "linked"}});
        let trial = done(&ana, UNLINK, with(&linked, "dry_run", json!(true))).await;
        assert_eq!(summary(&trial), "succeeded: unlinked 3, skipped 0, failed 0");
        let count = |word: &str| {
            app.burglar().texts(&format!("SELECT number FROM applications WHERE online_account = '{word}'")).len()
        };
        assert_eq!(count("linked"), 3, "a trial unlinks nobody");
        let two = ids(&ana, &["N-1", "N-4"]).await;
        let job = done(&ana, UNLINK, json!({"reason": "change_credentials", "application_ids": two})).await;
        assert_eq!(outcomes(&ana, &job).await, ["1 updated", "2 failed :application.not_linked"]);
        let job = done(&ana, UNLINK, linked.clone()).await;
        assert_eq!(outcomes(&ana, &job).await, ["1 updated", "2 updated"]);
        assert_eq!((count("linked"), count("unlinked"), app.count("accounts")), (0, 3, accounts));
        ana.post(UNLINK, linked).await.is(422).is_refused("batch.empty");
    }

    async fn each_part_of_a_batch_is_one_entry_of_the_audit(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 2001);
        let job = done(&ana, INVITE, json!({"method": "email", "filter": {"status": "submitted"}})).await;
        assert_eq!(summary(&job), "succeeded: invited 2001, skipped 0, failed 0");
        let entries = app.audit().await.into_iter().filter(|entry| entry["action"] == "invitation.batch");
        let details: Vec<String> = entries.map(|entry| entry["detail"].to_string()).collect();
        assert_eq!(details.len(), 4, "one that it began, and three: {details:?}");
        assert!(details[1..].iter().all(|detail| detail.contains("digest")), "{details:?}");
        assert!(details.iter().all(|detail| !detail.contains("home.example")), "{details:?}");
        assert_eq!((app.count("invitations"), app.count("job_results")), (2001, 2001));
        let numbers = app.burglar().texts("SELECT CAST(MAX(row_number) AS text) FROM job_results");
        assert_eq!(numbers, ["2001"]);
    }

    async fn who_asks_for_the_end_keeps_what_was_done(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 1500);
        app.burglar().meanwhile("INSERT ON job_results", "UPDATE jobs SET cancel_requested_at = created_at");
        let job = done(&ana, INVITE, json!({"method": "email", "filter": {"status": "submitted"}})).await;
        assert_eq!((&job["state"], &job["done"]), (&json!("cancelled"), &json!(1000)));
        assert_eq!((app.count("invitations"), app.count("job_results")), (1000, 1000));
    }

    async fn who_may_not_any_more_invites_nobody_more(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 3);
        let both = [Permission::InvitationsSend, Permission::ApplicationsRead];
        let mia = app.holder(tenant, both.into_iter().collect()).await;
        let body = json!({"method": "email", "filter": {"status": "submitted"}});
        mia.post(UNLINK, json!({"reason": "remove_access", "filter": {"status": "submitted"}})).await.is(403);
        let made = mia.post(INVITE, body).await.is(202);
        app.burglar().run("DELETE FROM user_roles");
        run(&app).await;
        let job = ana.get(&made.header("location")).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("action.not_permitted")));
        assert_eq!(app.count("invitations"), 0);
    }

    async fn a_filter_is_for_whoever_may_read_applications(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 2);
        let two = ids(&ana, &["N-1", "N-2"]).await;
        for (path, permission, body) in [
            (INVITE, Permission::InvitationsSend, json!({"method": "email"})),
            (UNLINK, Permission::InvitationsUnlink, json!({"reason": "remove_access"})),
        ] {
            let (by_ids, by_filter) = (with(&body, "application_ids", json!(two)), with(&body, "filter", json!({"q": "w"})));
            let only = [permission];
            for who in [app.holder(tenant, only.into_iter().collect()).await, app.program(tenant, only.into_iter().collect()).await] {
                who.post(path, by_filter.clone()).await.is(403).is_refused("batch.reading_needed");
                who.post(path, by_ids.clone()).await.is(202);
            }
            let both = [permission, Permission::ApplicationsRead];
            for who in [app.holder(tenant, both.into_iter().collect()).await, app.program(tenant, both.into_iter().collect()).await] {
                let submitted = with(&body, "filter", json!({"status": "submitted"}));
                who.post(path, submitted).await.is(202);
            }
        }
        // Also of somebody who could when the batch began.
        run(&app).await;
        let both = [Permission::InvitationsSend, Permission::ApplicationsRead];
        let mia = app.holder(tenant, both.into_iter().collect()).await;
        let again = json!({"method": "email", "filter": {"online_account": "invited"}});
        let made = mia.post(INVITE, again).await.is(202).header("location");
        app.burglar().run("DELETE FROM role_permissions WHERE permission = 'applications.read'");
        run(&app).await;
        let job = ana.get(&made).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("batch.reading_needed")));
    }

    async fn a_suspended_organisation_invites_nobody_until_it_is_resumed(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 3);
        let body = json!({"method": "email", "filter": {"status": "submitted"}});
        let job = ana.post(INVITE, body.clone()).await.is(202).header("location");
        let admin = app.platform_admin().await;
        admin.post(&format!("/v1/tenants/{tenant}/suspend"), json!({"reason": "Unpaid"})).await.is(200);
        run(&app).await;
        assert_eq!(app.count("invitations"), 0);
        ana.post(INVITE, body).await.is(403).is_refused("tenant.suspended");
        admin.post(&format!("/v1/tenants/{tenant}/resume"), json!({"reason": "Paid"})).await.is(200);
        run(&app).await;
        assert_eq!(ana.get(&job).await.is(200).body["state"], "succeeded");
        assert_eq!(app.count("invitations"), 3);
    }

    async fn a_batch_of_many_sends_as_many_statements_as_one_of_few(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 2);
        let (other, bo) = organisation(&app).await;
        fill(&mut app.burglar(), other, 60);
        let body = json!({"method": "email", "filter": {"status": "submitted"}});
        ana.post(INVITE, body.clone()).await.is(202);
        let few = statements(&app).await;
        bo.post(INVITE, body).await.is(202);
        assert_eq!(statements(&app).await, few);
        assert_eq!(app.count("invitations"), 62);
    }

    async fn what_a_batch_is_denied_is_in_the_audit(app) {
        let (tenant, ana) = organisation(&app).await;
        fill(&mut app.burglar(), tenant, 3);
        let body = json!({"reason": "remove_access", "filter": {"status": "submitted"}});
        done(&ana, UNLINK, with(&body, "dry_run", json!(true))).await;
        let denied = async || {
            let entries = app.audit().await.into_iter();
            entries.filter(|entry| entry["outcome"] == "denied").map(|entry| entry["rule"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(denied().await, [""; 0], "a trial asks for nothing");
        done(&ana, UNLINK, body).await;
        assert_eq!(denied().await, ["application.not_linked"]);
        assert_eq!(app.burglar().texts("SELECT CAST(repeats AS text) FROM denial_sums"), ["2"]);
    }
}

/// A body with a field more.
fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

/// The ids of an organisation's applications of some numbers.
async fn ids(who: &Actor<'_>, numbers: &[&str]) -> Vec<Value> {
    let page = who.get("/v1/applications?limit=100").await.is(200).body;
    let all = page["data"].as_array().unwrap();
    let id = |number: &&str| {
        let found = all.iter().find(|one| one["number"] == **number);
        found.unwrap_or_else(|| panic!("{number} is not there"))["id"].clone()
    };
    numbers.iter().map(id).collect()
}

/// Changes the applications of a number behind the product's back.
fn set(app: &App, number: &str, what: &str) {
    app.burglar().run(&format!("UPDATE applications SET {what} WHERE number = '{number}'"));
}

/// Links a guardian to the applications of a number.
async fn link(app: &App, number: &str) {
    let account = app.someone(Role::Guardian, None).await.account;
    let account = app.burglar().id(account);
    let what = format!(
        "online_account = 'linked', account_id = {account}, linked_at = created_at, invited_until = NULL"
    );
    set(app, number, &what);
}
