//! The decision log: who asked, how that was known, by which rule it was decided, and what was said.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::{Permission, PermissionSet};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::decisions::by_phone;
use crate::support::scene::fresh_slug;

/// The ids that a list shows, page by page.
async fn walked(who: &Actor<'_>, query: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("/v1/decisions?{query}{cursor}")).await.is(200);
        let rows = page.body["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// A new tenant with a Site Admin.
async fn tenant(app: &App) -> (TenantId, Actor<'_>) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// Seals what waits.
async fn sealed(app: &App) {
    let ask = caredesk::service::Ask::of(
        caredesk_core::domain::actor::Actor::System,
        caredesk::store::Origin::of_job("seal"),
    );
    let done = app.house.perform(&ask, |tx, _| {
        caredesk::store::seals::seal(tx)?;
        Ok(caredesk::store::idempotency::KeptAnswer {
            status: 200,
            location: None,
            etag: None,
            body: None,
        })
    });
    done.await.unwrap();
}

/// What a verification of the audit finds broken.
async fn broken(app: &App) -> Vec<&'static str> {
    let (keys, now) = (app.house.keys.clone(), app.house.clock.now());
    let verify = move |conn: &mut caredesk::store::db::Conn| {
        caredesk::service::audit::verify(conn, &keys, &[], now)
    };
    let found = app.house.db.read::<_, caredesk::store::StoreError, _>(verify).await.unwrap();
    found.broken.iter().map(|broken| broken.why).collect()
}

on_both! {
    async fn a_decision_says_who_asked_how_known_by_which_rule_and_what_was_told(app) {
        let (pine, ana) = tenant(&app).await;
        let id = app.decided(Some(pine), by_phone("health.lockout.unlock")).await;
        let shown = ana.get(&format!("/v1/decisions/{id}")).await.is(200).body;
        let expected = json!({
            "at": "2026-11-21T09:00:00Z", "tenant_id": pine.to_string(), "ticket_id": null,
            "actor_kind": "system", "actor_id": null, "requester": "family", "requester_id": null,
            "verification": "none", "channel": "phone", "request_type": "health.lockout.unlock",
            "rule": "health.lockout.unlock", "outcome": "refer_to_organization",
            "effects": ["audit_log", "provide_org_contact", "notify_org", "copy_org_on_thread"],
            "missing": [], "locale": "en", "request_id": "job:test",
            "policy_version": app.house.rules.desk.policy_version()});
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
        assert_eq!(shown["facts"], json!([{"fact": "opens_ticket", "value": null, "source": null}]));
        let rule = app.house.rules.desk.rule("health.lockout.unlock").unwrap();
        let told = &rule.say[&caredesk_core::policy::desk::Outcome::ReferToOrganization];
        assert_eq!(shown["said"], told.en.as_str());
    }

    async fn its_proof_is_the_audits_entry_with_its_digest_and_link(app) {
        let (pine, ana) = tenant(&app).await;
        let id = app.decided(Some(pine), by_phone("finance.refund")).await;
        let at = format!("/v1/decisions/{id}");
        assert_eq!(ana.get(&at).await.is(200).body["proof"]["seal"], Value::Null);
        sealed(&app).await;
        let proof = ana.get(&at).await.is(200).body["proof"].clone();
        let entry = ana.get(&format!("/v1/audit-entries/{}", proof["audit_entry_id"].as_str().unwrap())).await.is(200).body;
        assert_eq!(entry["action"], "decision.record");
        assert_eq!(entry["target_id"], id.to_string());
        assert_eq!(entry["detail"], json!({"digest": proof["digest"]}).to_string());
        assert_eq!(entry["seal"], proof["seal"]);
        assert_eq!(broken(&app).await, Vec::<&str>::new());
    }

    async fn a_decision_that_was_changed_is_found(app) {
        let (pine, _) = tenant(&app).await;
        app.decided(Some(pine), by_phone("finance.refund")).await;
        sealed(&app).await;
        let mut burglar = app.burglar();
        burglar.disarm();
        burglar.run("UPDATE decisions SET outcome = 'perform'");
        assert_eq!(broken(&app).await, ["the decision that the entry is about was changed"]);
    }

    async fn a_decision_that_was_deleted_is_found(app) {
        let (pine, _) = tenant(&app).await;
        app.decided(Some(pine), by_phone("finance.refund")).await;
        sealed(&app).await;
        let mut burglar = app.burglar();
        burglar.disarm();
        burglar.run("DELETE FROM decisions");
        assert_eq!(broken(&app).await, ["the decision that the entry is about was deleted"]);
    }

    async fn a_decision_that_was_smuggled_in_is_found(app) {
        let (pine, ana) = tenant(&app).await;
        app.decided(Some(pine), by_phone("finance.refund")).await;
        let others = ana.get("/v1/audit-entries?limit=1&action=tenant.create").await.is(200);
        let entry: uuid::Uuid = others.text("/data/0/id").parse().unwrap();
        sealed(&app).await;
        let mut burglar = app.burglar();
        let (id, entry) = (burglar.id(uuid::Uuid::now_v7()), burglar.id(entry));
        burglar.run(&format!(
            "INSERT INTO decisions SELECT {id}, tenant_id, at, month, ticket_id, actor_kind, actor_id, requester, requester_id,
                verification, channel, request_type, rule, outcome, effects, missing, facts, policy_version, locale, said,
                request, {entry} FROM decisions"
        ));
        assert_eq!(broken(&app).await, ["the decision that the entry is about was changed"]);
    }

    async fn a_refused_request_of_an_unknown_type_is_kept_without_a_rule(app) {
        let (pine, ana) = tenant(&app).await;
        let id = app.decided(Some(pine), by_phone("camps.close")).await;
        let shown = ana.get(&format!("/v1/decisions/{id}")).await.is(200).body;
        assert_eq!((&shown["rule"], &shown["outcome"]), (&Value::Null, &json!("refuse")));
        assert_eq!(shown["request_type"], "camps.close");
    }

    async fn an_organisation_sees_its_own_decisions_only(app) {
        let (pine, ana) = tenant(&app).await;
        let (oak, omar) = tenant(&app).await;
        let ours = app.decided(Some(pine), by_phone("finance.refund")).await.to_string();
        let theirs = app.decided(Some(oak), by_phone("finance.refund")).await.to_string();
        let nobodys = app.decided(None, by_phone("finance.refund")).await.to_string();
        assert_eq!(walked(&ana, "limit=10").await, std::slice::from_ref(&ours));
        assert_eq!(walked(&omar, "limit=10").await, std::slice::from_ref(&theirs));
        ana.get(&format!("/v1/decisions/{theirs}")).await.is(404);
        assert_eq!(walked(&ana, &format!("tenant_id={oak}")).await, Vec::<String>::new());
        let counted = ana.get(&format!("/v1/decision-counts?from_month=2026-11&tenant_id={oak}")).await.is(200);
        assert_eq!(counted.body["data"], json!([]));
        for desk in [Role::PlatformAdmin, Role::DeskManager] {
            let desk = app.someone(desk, None).await;
            assert_eq!(walked(&desk, "limit=1").await, [nobodys.clone(), theirs.clone(), ours.clone()]);
        }
        for outsider in [Role::TierOne, Role::TierTwo, Role::Developer, Role::Guardian] {
            app.someone(outsider, None).await.get("/v1/decisions").await.is(403);
        }
    }

    async fn whoever_may_read_the_audit_may_read_decisions(app) {
        let (pine, _) = tenant(&app).await;
        let id = app.decided(Some(pine), by_phone("finance.refund")).await.to_string();
        let auditor = app.holder(pine, PermissionSet::from_iter([Permission::AuditRead])).await;
        assert_eq!(walked(&auditor, "").await, [id]);
        auditor.get("/v1/decision-export").await.is(403);
        let other = app.holder(pine, PermissionSet::from_iter([Permission::UsersManage])).await;
        other.get("/v1/decisions").await.is(403).is_refused("action.not_permitted");
    }

    async fn filters_find_decisions(app) {
        let (pine, ana) = tenant(&app).await;
        let refund = app.decided(Some(pine), by_phone("finance.refund")).await.to_string();
        app.clock.advance(SignedDuration::from_secs(60));
        let status = app.decided(Some(pine), by_phone("case.followup")).await.to_string();
        for (query, found) in [
            ("rule=finance.refund", &refund),
            ("rule=case.followup", &status),
            ("request_type=case.followup", &status),
            ("outcome=verify_first", &status),
            ("outcome=refer_to_organization", &refund),
            ("until=2026-11-21T09:00:30Z", &refund),
            ("from=2026-11-21T09:00:30Z", &status),
            ("requester=family&channel=phone&rule=finance.refund", &refund),
        ] {
            assert_eq!(walked(&ana, query).await, std::slice::from_ref(found), "{query}");
        }
        assert_eq!(walked(&ana, "requester=site_admin").await, Vec::<String>::new());
        assert_eq!(walked(&ana, "channel=portal").await, Vec::<String>::new());
        assert_eq!(walked(&ana, "limit=1").await, [status, refund]);
    }

    async fn decisions_are_counted_by_rule_and_month(app) {
        let (pine, _) = tenant(&app).await;
        for _ in 0..3 {
            app.decided(Some(pine), by_phone("finance.refund")).await;
        }
        app.decided(Some(pine), by_phone("camps.close")).await;
        app.clock.advance(SignedDuration::from_hours(24 * 30));
        app.decided(Some(pine), by_phone("finance.refund")).await;
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await; // a month ends every session
        let counted = ana.get("/v1/decision-counts?from_month=2026-11&until_month=2026-12").await.is(200).body;
        assert_eq!(counted["data"], json!([
            {"month": "2026-11", "rule": null, "outcome": "refuse", "count": 1},
            {"month": "2026-11", "rule": "finance.refund", "outcome": "refer_to_organization", "count": 3},
            {"month": "2026-12", "rule": "finance.refund", "outcome": "refer_to_organization", "count": 1}]));
        let november = ana.get("/v1/decision-counts?from_month=2026-11").await.is(200).body;
        assert_eq!(november["data"].as_array().unwrap().len(), 2);
        let now = ana.get("/v1/decision-counts").await.is(200).body;
        assert_eq!(now["data"], json!([counted["data"][2]]), "this month, if none is named");
    }

    async fn months_that_make_no_sense_are_refused(app) {
        let (_, ana) = tenant(&app).await;
        for (query, pointer) in [
            ("from_month=2026-13", "query:from_month"),
            ("from_month=november", "query:from_month"),
            ("from_month=2026-11&until_month=2026-10", "query:until_month"),
            ("from_month=2024-01&until_month=2026-01", "query:until_month"),
            ("until_month=2026-10", "query:until_month"),
        ] {
            let refused = ana.get(&format!("/v1/decision-counts?{query}")).await.is(422);
            refused.is_refused("request.invalid").at(&[pointer]);
        }
    }

    async fn an_export_is_the_list_line_by_line_and_written_down(app) {
        let (pine, ana) = tenant(&app).await;
        for rule in ["finance.refund", "case.followup", "finance.refund"] {
            app.decided(Some(pine), by_phone(rule)).await;
            app.clock.advance(SignedDuration::from_secs(1));
        }
        sealed(&app).await;
        let listed = ana.get("/v1/decisions?rule=finance.refund").await.is(200).body["data"].clone();
        let export = ana.get("/v1/decision-export?rule=finance.refund").await.is(200);
        assert_eq!(export.header("content-disposition"), "attachment; filename=\"decisions.ndjson\"");
        let lines: Vec<Value> = export.raw.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(lines), listed);
        assert!(lines.iter().all(|line| line["proof"]["seal"]["seq"].is_i64()));
        let entries = ana.get("/v1/audit-entries?action=decision.export").await.is(200);
        assert_eq!(entries.body["data"][0]["request_id"], export.header("x-request-id"));
    }

    async fn an_export_wants_a_fresh_second_factor(app) {
        let (_, ana) = tenant(&app).await;
        app.clock.advance(SignedDuration::from_mins(6));
        ana.renewed().get("/v1/decision-export").await.is(401).is_refused("second_factor.step_up_required");
    }
}
