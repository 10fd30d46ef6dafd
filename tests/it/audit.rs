//! The audit: written with what it tells of, sealed, shown, and held against burglars.

use std::collections::{BTreeMap, BTreeSet};

use caredesk::service::audit::{Verified, verify};
use caredesk::store::seals::{Broken, Head, heads, seal};
use caredesk::store::{Origin, StoreError, StoreResult, Tx, audit as store};
use caredesk::vault::{Keyring, RootKey};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::{App, ROOT};
use crate::support::burglar::Burglar;
use crate::support::make;
use crate::support::staff::PASSWORD;

/// A root key that comes after the one of the tests.
const NEWER_ROOT: &str = "0a9b8c7d6e5f40312213243546576879a8b9cadbecfd0e1f2031425364758697";

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl App {
    /// Does what the product does by itself.
    async fn by_itself<T, W>(&self, mut work: W) -> T
    where
        T: Send + 'static,
        W: FnMut(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    {
        let (now, keys, entropy) =
            (self.house.clock.now(), self.house.keys.clone(), self.house.entropy.clone());
        let origin = Origin::of_job("test");
        let done = self.house.db.write::<_, StoreError, _>(move |conn| {
            work(&mut Tx {
                conn,
                now,
                origin: &origin,
                keys: &keys,
                entropy: &entropy,
                hours: &caredesk_core::policy::hours::DeskHours::built_in(),
            })
        });
        done.await.unwrap()
    }

    /// Links what waits.
    async fn seal(&self) {
        while self.by_itself(seal).await > 0 {}
    }

    /// Checks every chain.
    async fn verify(&self, checkpoints: Vec<Head>) -> Verified {
        let (keys, now) = (self.house.keys.clone(), self.house.clock.now());
        self.house
            .db
            .read::<_, StoreError, _>(move |conn| verify(conn, &keys, &checkpoints, now))
            .await
            .unwrap()
    }

    /// The ends of the chains.
    async fn heads(&self) -> Vec<Head> {
        self.house.db.read::<_, StoreError, _>(heads).await.unwrap()
    }

    /// A tenant with five links in its chain; its name in the audit.
    async fn chained(&self) -> String {
        let admin = self.platform_admin().await;
        let made = self.tenant("pine").await;
        for verb in ["suspend", "resume", "suspend", "resume"] {
            admin
                .post(&format!("/v1/tenants/{}/{verb}", made.text("/id")), make::reason())
                .await
                .is(200);
        }
        self.seal().await;
        let verified = self.verify(Vec::new()).await;
        assert_eq!((verified.links, verified.broken), (5, Vec::new()));
        made.text("/id")
    }

    /// The broken links after a burglary.
    async fn robbed(&self, burglary: impl FnOnce(&mut Burglar)) -> Vec<Broken> {
        let mut burglar = self.burglar();
        burglar.disarm();
        burglary(&mut burglar);
        self.verify(Vec::new()).await.broken
    }
}

/// Where chains are broken, and why.
fn places(broken: &[Broken]) -> Vec<(i64, &'static str)> {
    broken.iter().map(|broken| (broken.seq, broken.why)).collect()
}

/// The links of a chain, in their order.
fn links(entries: &[Value], tenant: &Value) -> Vec<i64> {
    let mine = entries.iter().filter(|entry| entry["tenant_id"] == *tenant);
    let mut links: Vec<i64> = mine.map(|entry| entry["seal"]["seq"].as_i64().unwrap()).collect();
    links.sort_unstable();
    links
}

/// Every entry that a list shows to somebody.
async fn list(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let page = who.get(&format!("/v1/audit-entries?limit=100&{query}")).await.is(200);
    assert_eq!(page.body["next_cursor"], Value::Null);
    page.body["data"].as_array().unwrap().clone()
}

/// Every entry of an export.
async fn export(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let sent = who.get(&format!("/v1/audit-export?{query}")).await.is(200);
    sent.raw.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn request_id(id: &str) -> [(&str, &str); 1] {
    [("x-request-id", id)]
}

on_both! {
    async fn links_of_an_older_root_key_are_checked_with_it(app) {
        app.tenant_id("pine").await;
        app.seal().await;
        let root = |text: &str| RootKey::parse(text).unwrap();
        let now = app.house.clock.now();
        let after = |old: Vec<RootKey>| {
            let keys = Keyring::new(&root(NEWER_ROOT), &old);
            app.house.db.read::<_, StoreError, _>(move |conn| verify(conn, &keys, &[], now))
        };
        let kept = after(vec![root(ROOT)]).await.unwrap();
        assert_eq!((kept.broken, kept.chains), (Vec::new(), 1));
        assert_eq!(after(Vec::new()).await.unwrap().broken.len(), 1);
    }
}

on_both! {
    async fn a_change_is_written_down_with_who_what_when_and_whence(app) {
        let ana = app.platform_admin().await;
        let made = ana
            .send(
                Method::POST,
                "/v1/tenants",
                Some(make::tenant("pine")),
                &request_id("request-0001"),
            )
            .await
            .is(201);
        assert_eq!(made.header("x-request-id"), "request-0001");
        let entry = app.audit().await.pop().unwrap();
        let id = entry["id"].clone();
        assert_eq!(
            entry,
            json!({
            "id": id, "tenant_id": made.body["id"], "at": "2026-11-21T09:00:00Z", "actor_kind": "platform_admin",
            "actor_id": ana.account, "session_id": ana.session, "action": "tenant.create", "target_id": made.body["id"],
            "outcome": "done", "rule": null, "count": 1, "detail": "{\"owners\":1}", "address": "127.0.0.1",
            "request_id": "request-0001", "seal": null})
        );
        assert_eq!(
            ana.get(&format!("/v1/audit-entries/{}", id.as_str().unwrap())).await.is(200).body,
            entry
        );
    }

    async fn a_change_that_was_rolled_back_is_not_written_down_as_done(app) {
        app.tenant("pine").await;
        let ana = app.platform_admin().await;
        ana.post("/v1/tenants", make::tenant("pine")).await.is(409);
        let audit = app.audit().await;
        assert_eq!(
            audit
                .iter()
                .filter(|entry| entry["action"] == "tenant.create" && entry["outcome"] == "done")
                .count(),
            1
        );
    }

    async fn a_refusal_is_written_down_after_the_rollback_with_its_rule(app) {
        let tom = app.someone(Role::TierOne, None).await;
        let before = app.rows();
        tom.send(
            Method::POST,
            "/v1/tenants",
            Some(make::tenant("pine")),
            &request_id("request-0001"),
        )
        .await
        .is(403);
        assert_eq!(app.rows()[..], before[..]);
        let entry = app.audit().await.pop().unwrap();
        for (field, value) in [
            ("action", "tenant.create"),
            ("outcome", "denied"),
            ("rule", "action.not_permitted"),
            ("actor_kind", "tier1"),
            ("request_id", "request-0001"),
            ("address", "127.0.0.1"),
            ("actor_id", &tom.account.to_string()),
        ] {
            assert_eq!(entry[field], value, "{field}");
        }
        assert_eq!(entry["tenant_id"], Value::Null);
    }

    async fn every_refusal_by_policy_is_written_down(app) {
        let (tenant, other) =
            (app.tenant("pine").await.text("/id"), app.tenant("oak").await.text("/id"));
        let own = tenant.parse().unwrap();
        let (sara, una) = (
            app.someone(Role::SiteAdmin, Some(own)).await,
            app.someone_unproven(Role::SiteAdmin, Some(own)).await,
        );
        let path = format!("/v1/tenants/{tenant}");
        sara.post(&format!("{path}/suspend"), make::reason()).await.is(403);
        sara.post(&format!("/v1/tenants/{other}/suspend"), make::reason()).await.is(403);
        una.get(&path).await.is(403);
        let ana = app.platform_admin().await;
        ana.post(&format!("{path}/resume"), make::reason()).await.is(409);
        ana.post(&format!("{path}/suspend"), make::reason()).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        una.begin_second_factor().await.is(403);
        una.verify(&una.code()).await.is(403);
        una.delete("/v1/sessions/current").await.is(403);
        let audit = app.audit().await;
        let denied = audit.iter().filter(|entry| entry["outcome"] == "denied");
        let said: BTreeSet<(&str, &str)> = denied
            .map(|entry| (entry["action"].as_str().unwrap(), entry["rule"].as_str().unwrap()))
            .collect();
        assert_eq!(
            said,
            BTreeSet::from([
                ("tenant.suspend", "action.not_permitted"),
                ("tenant.read", "second_factor.required"),
                ("tenant.resume", "tenant.not_suspended"),
                ("second_factor.replace", "tenant.suspended"),
                ("second_factor.verify", "tenant.suspended"),
                ("session.end", "tenant.suspended")
            ])
        );
    }

    async fn sign_ins_and_their_failures_are_written_down(app) {
        app.redeem(&app.invite("ana@desk.example").await, PASSWORD).await.is(201);
        let signed_in = app.sign_in("ana@desk.example", PASSWORD).await.is(201);
        app.sign_in("ana@desk.example", "wrong").await.is(401);
        app.redeem(&format!("cde_{}", "A".repeat(43)), PASSWORD).await.is(410);
        app.bearer(&signed_in).delete("/v1/sessions/current").await.is(204);
        let audit = app.audit().await;
        let said: Vec<String> = audit
            .iter()
            .map(|entry| {
                format!("{} {} {}", entry["actor_kind"], entry["action"], entry["outcome"])
                    .replace('"', "")
            })
            .collect();
        assert_eq!(
            said.into_iter().collect::<BTreeSet<_>>(),
            [
                "operator desk_account.create done",
                "public enrolment.redeem done",
                "public session.create done",
                "public session.create denied",
                "public enrolment.redeem denied",
                "platform_admin session.end done"
            ]
            .map(str::to_owned)
            .into()
        );
    }

    async fn equal_refusals_of_a_minute_become_one_entry_with_their_number(app) {
        let tom = app.someone(Role::TierOne, None).await;
        for _ in 0..5 {
            tom.get("/v1/tenants").await.is(403);
        }
        tom.post("/v1/tenants", make::tenant("pine")).await.is(403);
        assert_eq!(app.by_itself(store::close_denials).await, 0);
        assert_eq!(
            counts(&app).await,
            [("tenant.create".to_owned(), 1), ("tenant.read".to_owned(), 1)]
        );
        app.clock.advance(MINUTE);
        assert_eq!(app.by_itself(store::close_denials).await, 2);
        assert_eq!(
            counts(&app).await,
            [("tenant.create".to_owned(), 1), ("tenant.read".to_owned(), 5)]
        );
        assert_eq!(app.by_itself(store::close_denials).await, 0);
    }

    async fn refusals_of_two_people_are_counted_apart(app) {
        let (tom, tim) =
            (app.someone(Role::TierOne, None).await, app.someone(Role::TierOne, None).await);
        for who in [&tom, &tim, &tom, &tom] {
            who.get("/v1/tenants").await.is(403);
        }
        app.clock.advance(MINUTE);
        app.by_itself(store::close_denials).await;
        let audit = app.audit().await;
        let of = |who: &Actor<'_>| {
            audit
                .iter()
                .filter(|entry| entry["actor_id"] == who.account.to_string())
                .map(|entry| entry["count"].as_i64().unwrap())
                .sum::<i64>()
        };
        assert_eq!((of(&tom), of(&tim)), (3, 1));
    }

    async fn refusals_at_once_are_all_counted(app) {
        let tom = app.someone(Role::TierOne, None).await;
        crate::support::moment::at_once((0..8).map(|_| tom.get("/v1/tenants")).collect()).await;
        app.clock.advance(MINUTE);
        app.by_itself(store::close_denials).await;
        assert_eq!(counts(&app).await, [("tenant.read".to_owned(), 8)]);
    }

    async fn links_are_numbered_without_gaps_in_each_chain(app) {
        let (ana, pine, oak) =
            (app.platform_admin().await, app.tenant("pine").await, app.tenant("oak").await);
        app.someone(Role::TierOne, None).await.get("/v1/tenants").await.is(403);
        app.seal().await;
        for tenant in [&oak, &pine, &oak] {
            let verb = if tenant.body["id"] == pine.body["id"] { "suspend" } else { "resume" };
            ana.post(&format!("/v1/tenants/{}/{verb}", tenant.text("/id")), make::reason()).await;
            app.seal().await;
        }
        let audit = app.audit().await;
        assert_eq!(links(&audit, &pine.body["id"]), [1, 2]);
        let platform = links(&audit, &Value::Null);
        assert_eq!(platform, (1..=i64::try_from(platform.len()).unwrap()).collect::<Vec<_>>());
        assert_eq!(app.verify(Vec::new()).await.broken, []);
    }

    async fn two_sealers_at_once_link_every_entry_once(app) {
        let ana = app.platform_admin().await;
        let path = format!("/v1/tenants/{}", app.tenant_id("pine").await);
        for round in 1..5 {
            for verb in ["suspend", "resume"] {
                ana.post(&format!("{path}/{verb}"), make::reason()).await.is(200);
            }
            futures_util::future::join_all((0..3).map(|_| app.by_itself(seal))).await;
            app.seal().await;
            let verified = app.verify(Vec::new()).await;
            assert_eq!((verified.links, verified.broken), (1 + 2 * round, Vec::new()));
        }
        assert_eq!(app.count("audit_pending"), 0);
    }

    async fn an_export_is_the_list_line_by_line(app) {
        let ana = app.platform_admin().await;
        let pine = app.tenant("pine").await;
        app.tenant("oak").await;
        app.seal().await;
        app.clock.advance(MINUTE);
        let exported = export(&ana, "").await;
        assert_eq!(exported, list(&ana, "").await);
        assert_eq!(exported[0]["action"], "audit.export");
        let query = format!("tenant_id={}", pine.text("/id"));
        assert_eq!(export(&ana, &query).await, list(&ana, &query).await);
    }

    async fn a_long_export_loses_and_repeats_nothing(app) {
        app.by_itself(|tx| {
            (0..1203_u128).try_for_each(|number| {
                let what =
                    store::What { target: Some(Uuid::from_u128(number)), ..Default::default() };
                store::record_denial(
                    tx,
                    &Who::System,
                    store::Refused {
                        action: "tenant.read".into(),
                        rule: "action.not_permitted".into(),
                        what,
                        times: 1,
                    },
                )
            })
        })
        .await;
        let ana = app.platform_admin().await;
        let exported = export(&ana, "outcome=denied").await;
        let ids: BTreeSet<&str> =
            exported.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
        assert_eq!((exported.len(), ids.len()), (1203, 1203));
    }

    async fn an_export_wants_a_fresh_second_factor(app) {
        let ana = app.platform_admin().await;
        app.clock.advance(SignedDuration::from_secs(301));
        ana.get("/v1/audit-export").await.is(401).is_refused("second_factor.step_up_required");
        ana.get("/v1/audit-entries").await.is(200);
    }

    async fn filters_find_entries(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        let pine = ana.post("/v1/tenants", make::tenant("pine")).await.is(201).text("/id");
        app.clock.advance(MINUTE);
        eva.post(&format!("/v1/tenants/{pine}/suspend"), make::reason()).await.is(200);
        eva.post(&format!("/v1/tenants/{pine}/suspend"), make::reason()).await.is(409);
        for (query, found) in [
            (format!("actor_id={}", ana.account), 1),
            (format!("actor_id={}", eva.account), 2),
            ("action=tenant.suspend".to_owned(), 2),
            ("outcome=denied".to_owned(), 1),
            (format!("target_id={pine}&outcome=done"), 2),
            ("from=2026-11-21T09:01:00Z".to_owned(), 2),
            ("until=2026-11-21T09:01:00Z".to_owned(), 1),
            (format!("tenant_id={}", ana.account), 0),
            ("action=tenant.read".to_owned(), 0),
        ] {
            assert_eq!(list(&ana, &query).await.len(), found, "{query}");
        }
    }

    async fn pages_of_entries_lose_and_repeat_nothing(app) {
        let ana = app.platform_admin().await;
        for number in 0..7 {
            ana.post("/v1/tenants", make::tenant(&format!("a{number}"))).await.is(201);
        }
        let (mut found, mut cursor) = (BTreeSet::new(), String::new());
        loop {
            let page = ana.get(&format!("/v1/audit-entries?limit=2{cursor}")).await.is(200);
            for entry in page.body["data"].as_array().unwrap() {
                assert!(found.insert(entry["id"].as_str().unwrap().to_owned()));
            }
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found.len(), 7);
    }

    async fn a_site_admin_sees_the_own_chain_only(app) {
        let (own, other) = (app.tenant("pine").await, app.tenant("oak").await);
        let sara =
            app.someone(Role::SiteAdmin, Some(own.text("/id").parse::<TenantId>().unwrap())).await;
        let ana = app.platform_admin().await;
        assert_eq!(
            list(&sara, "").await,
            list(&ana, &format!("tenant_id={}", own.text("/id"))).await
        );
        assert_eq!(
            list(&sara, &format!("tenant_id={}", other.text("/id"))).await,
            [Value::Null; 0]
        );
        let foreign = list(&ana, &format!("tenant_id={}", other.text("/id"))).await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        sara.get(&format!("/v1/audit-entries/{foreign}"))
            .await
            .is(404)
            .is_refused("resource.not_found");
        app.clock.advance(MINUTE);
        let exported = export(&sara, "").await;
        assert_eq!(exported[0]["action"], "audit.export");
        assert!(exported.iter().all(|entry| entry["tenant_id"] == own.body["id"]), "{exported:?}");
        assert_eq!(
            export(&sara, &format!("tenant_id={}", other.text("/id"))).await,
            [Value::Null; 0]
        );
    }

    async fn a_desk_manager_sees_the_chain_of_the_platform_only(app) {
        let pine = app.tenant("pine").await;
        let max = app.someone(Role::DeskManager, None).await;
        app.someone(Role::TierOne, None).await.get("/v1/tenants").await.is(403);
        let seen = list(&max, "").await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0]["tenant_id"], Value::Null);
        assert_eq!(list(&max, &format!("tenant_id={}", pine.text("/id"))).await, [Value::Null; 0]);
    }

    async fn a_changed_entry_is_found_whatever_was_changed(app) {
        app.chained().await;
        let mut burglar = app.burglar();
        burglar.disarm();
        let (later, bytes) = if app.database.is_sqlite() {
            ("at + 1", "X'00'")
        } else {
            ("at + interval '1 microsecond'", "'\\x00'")
        };
        for (column, value) in [
            ("chain", "'platform'"),
            ("tenant_id", "NULL"),
            ("at", later),
            ("actor_kind", "'system'"),
            ("actor", "NULL"),
            ("session", "NULL"),
            ("action", "'tenant.read'"),
            ("target", "NULL"),
            ("outcome", "'denied'"),
            ("rule", "'action.not_permitted'"),
            ("rule", "''"),
            ("count", "2"),
            ("detail", "'{}'"),
            ("detail", "''"),
            ("address", "NULL"),
            ("address", "''"),
            ("request", "'another'"),
            ("mac", bytes),
        ] {
            let third = "(SELECT entry_id FROM audit_seals WHERE seq = 3)";
            burglar.run(&format!(
                "CREATE TABLE kept AS SELECT * FROM audit_entries WHERE id = {third}"
            ));
            burglar.run(&format!("UPDATE audit_entries SET {column} = {value} WHERE id = {third}"));
            let broken = app.verify(Vec::new()).await.broken;
            assert_eq!(
                broken.iter().map(|broken| broken.seq).collect::<Vec<_>>(),
                [3],
                "{column} = {value}: {broken:?}"
            );
            burglar.run(&format!(
                "UPDATE audit_entries SET {column} = (SELECT {column} FROM kept) WHERE id = {third}"
            ));
            burglar.run("DROP TABLE kept");
            assert_eq!(app.verify(Vec::new()).await.broken, [], "{column}");
        }
    }

    async fn the_program_itself_cannot_change_or_delete_an_entry(app) {
        app.chained().await;
        for statement in [
            "UPDATE audit_entries SET count = 2",
            "DELETE FROM audit_entries",
            "UPDATE audit_seals SET seq = seq + 100",
            "DELETE FROM audit_seals",
        ] {
            let refused = app.house.db.write::<_, StoreError, _>(move |conn| {
                Ok(diesel::RunQueryDsl::execute(diesel::sql_query(statement), conn)?)
            });
            assert!(refused.await.is_err(), "{statement}");
        }
        assert_eq!(app.verify(Vec::new()).await.broken, []);
    }

    async fn a_deleted_entry_is_found(app) {
        app.chained().await;
        let broken = app.robbed(|burglar| {
            burglar.run("DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_seals WHERE seq = 2)");
        }).await;
        assert_eq!(places(&broken), [(2, "the entry was deleted")]);
    }

    async fn a_deleted_link_is_found(app) {
        let chain = app.chained().await;
        let broken =
            app.robbed(|burglar| burglar.run("DELETE FROM audit_seals WHERE seq = 2")).await;
        assert_eq!(places(&broken), [(3, "a link is missing before this one")]);
        assert_eq!(broken[0].chain, chain);
    }

    async fn an_entry_deleted_with_its_link_is_found(app) {
        app.chained().await;
        let broken = app.robbed(|burglar| {
            burglar.run("DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_seals WHERE seq = 2)");
            burglar.run("DELETE FROM audit_seals WHERE seq = 2");
            burglar.run("UPDATE audit_seals SET seq = -seq WHERE seq > 2; UPDATE audit_seals SET seq = -seq - 1 WHERE seq < 0");
            burglar.run("UPDATE audit_chains SET seq = 4");
        }).await;
        assert_eq!(places(&broken), [(2, "the link does not follow from the one before")]);
    }

    async fn two_entries_that_changed_places_are_found(app) {
        app.chained().await;
        let broken = app
            .robbed(|burglar| {
                burglar.run("UPDATE audit_seals SET seq = -seq WHERE seq IN (2, 3)");
                burglar.run("UPDATE audit_seals SET seq = 5 + seq WHERE seq < 0");
            })
            .await;
        assert_eq!(places(&broken)[0], (2, "the link does not follow from the one before"));
    }

    async fn a_tail_that_was_cut_off_is_found_by_the_head(app) {
        app.chained().await;
        let broken = app.robbed(|burglar| {
            burglar.run("DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE seq > 3)");
            burglar.run("DELETE FROM audit_seals WHERE seq > 3");
        }).await;
        assert_eq!(places(&broken), [(5, "the chain ends before a link that was there")]);
    }

    async fn a_tail_that_was_cut_off_with_its_head_is_found_by_a_checkpoint(app) {
        app.chained().await;
        let checkpoint = app.heads().await;
        assert_eq!(app.verify(checkpoint.clone()).await.broken, []);
        let broken = app.robbed(|burglar| {
            burglar.run("UPDATE audit_chains SET seq = 3, hash = (SELECT hash FROM audit_seals WHERE seq = 3)");
            burglar.run("DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE seq > 3)");
            burglar.run("DELETE FROM audit_seals WHERE seq > 3");
        }).await;
        assert_eq!(places(&broken), []); // the database alone cannot know
        assert_eq!(
            places(&app.verify(checkpoint).await.broken),
            [(5, "the chain ends before a link that was there")]
        );
    }

    async fn a_chain_that_was_wiped_out_is_found_by_a_checkpoint(app) {
        app.chained().await;
        let checkpoint = app.heads().await;
        let broken = app
            .robbed(|burglar| {
                for table in ["audit_seals", "audit_chains", "audit_entries"] {
                    burglar.run(&format!("DELETE FROM {table}"));
                }
            })
            .await;
        assert_eq!(places(&broken), []);
        assert_eq!(
            places(&app.verify(checkpoint).await.broken),
            [(5, "the chain ends before a link that was there")]
        );
    }

    async fn a_checkpoint_stays_true_while_a_chain_grows(app) {
        let chain = app.chained().await;
        let checkpoint = app.heads().await;
        app.platform_admin()
            .await
            .post(&format!("/v1/tenants/{chain}/suspend"), make::reason())
            .await
            .is(200);
        app.seal().await;
        assert_eq!(
            app.verify(checkpoint).await,
            Verified { links: 6, chains: 1, broken: Vec::new() }
        );
    }

    async fn an_entry_that_was_smuggled_in_is_found(app) {
        app.chained().await;
        let mut burglar = app.burglar();
        let id = burglar.id(app.house.entropy.uuid(app.house.clock.now()));
        let columns = "chain, tenant_id, at, actor_kind, actor, session, action, target, outcome, rule, count, detail, address, request, mac";
        burglar.run(&format!("INSERT INTO audit_entries (id, {columns}) SELECT {id}, {columns} FROM audit_entries WHERE id = (SELECT entry_id FROM audit_seals WHERE seq = 2)"));
        assert_eq!(app.verify(Vec::new()).await.broken, []); // it could be one that waits
        app.clock.advance(SignedDuration::from_mins(11));
        assert_eq!(
            places(&app.verify(Vec::new()).await.broken),
            [(0, "the entry was never linked, or its link was deleted")]
        );
        burglar.run(&format!("INSERT INTO audit_pending (entry_id, chain) SELECT {id}, chain FROM audit_seals WHERE seq = 1"));
        app.seal().await; // the sealer does not look, the verifier does
        assert_eq!(places(&app.verify(Vec::new()).await.broken), [(6, "the entry was changed")]);
    }

    async fn an_entry_in_the_chain_of_another_is_found(app) {
        let chain = app.chained().await;
        app.tenant("oak").await;
        app.burglar().run(&format!("UPDATE audit_pending SET chain = '{chain}'"));
        app.seal().await;
        assert_eq!(
            places(&app.verify(Vec::new()).await.broken),
            [(6, "the entry belongs to another chain")]
        );
    }

    async fn each_broken_chain_is_named(app) {
        let pine = app.chained().await;
        let oak = app.tenant("oak").await.text("/id");
        app.seal().await;
        let broken = app.robbed(|burglar| burglar.run("UPDATE audit_entries SET count = 7")).await;
        let named: BTreeMap<&str, i64> =
            broken.iter().map(|broken| (broken.chain.as_str(), broken.seq)).collect();
        assert_eq!(named, BTreeMap::from([(pine.as_str(), 1), (oak.as_str(), 1)]));
    }

    async fn the_audit_names_nobody_and_holds_no_secret(app) {
        let secrets = everything(&app).await;
        app.clock.advance(MINUTE);
        app.by_itself(store::close_denials).await;
        let mut kept = app.burglar().texts("SELECT concat_ws('|', chain, actor_kind, action, rule, detail, address, request) FROM audit_entries");
        kept.extend(app.burglar().texts("SELECT CAST(entry AS text) FROM denial_sums"));
        kept.extend(app.audit().await.iter().map(Value::to_string));
        assert!(kept.len() > 40, "{}", kept.len());
        for secret in secrets {
            let found =
                kept.iter().find(|entry| entry.to_lowercase().contains(&secret.to_lowercase()));
            assert_eq!(found, None, "{secret}");
        }
    }
}

/// The refusals in the audit: each action with how often it was refused.
async fn counts(app: &App) -> Vec<(String, i64)> {
    let mut counts = BTreeMap::new();
    for entry in app.audit().await.iter().filter(|entry| entry["outcome"] == "denied") {
        *counts.entry(entry["action"].as_str().unwrap().to_owned()).or_insert(0) +=
            entry["count"].as_i64().unwrap();
    }
    counts.into_iter().collect()
}

/// Calls whatever there is with words that should stand nowhere in the audit; says which they are.
async fn everything(app: &App) -> Vec<String> {
    let mut secrets: Vec<String> =
        ["quetzal", "+15557654321", "+15557654322", PASSWORD, "zanzibar violet 93 dusk"]
            .map(str::to_owned)
            .into();
    let staff = app.staff("quetzal@desk.example").await;
    let ana = staff.at_work().await;
    let link = app.invite("quetzal.two@desk.example").await;
    let agent = [
        ("user-agent", "quetzal/1.0"),
        ("x-forwarded-for", "quetzal"),
        ("x-request-id", "quetzal@example.com"),
        ("idempotency-key", "quetzal"),
    ];
    let body = json!({
        "slug": "pine", "name": "Quetzal Camp", "kind": "camp", "notification_address": "quetzal@pine.example",
        "contacts": [{"label": "Quetzal", "email": "quetzal@pine.example", "phone": "+15557654321"}],
        "owners": [{"name": "Olga Quetzal", "email": "olga.quetzal@pine.example", "phone": "+15557654322"}]});
    let made = ana.send(Method::POST, "/v1/tenants", Some(body.clone()), &agent).await.is(201);
    ana.post("/v1/tenants", body.clone()).await.is(409);
    let path = format!("/v1/tenants/{}", made.text("/id"));
    let evidence = json!({"kind": "signed_letter", "reference": "Letter of Quetzal", "note": "Quetzal said so, +15557654321"});
    ana.patch(&path, &made.etag(), json!({"name": "Quetzal Two"})).await.is(200);
    ana.patch(&path, &made.etag(), json!({"name": "Quetzal Three"})).await.is(412);
    let etag = ana.get(&path).await.etag();
    let settings = json!({"no_access_procedure": "Call Quetzal"});
    let etag = ana.patch(&format!("{path}/settings"), &etag, settings).await.is(200).etag();
    let points = json!({"notification_address": "quetzal.new@pine.example", "contacts": [], "evidence": evidence});
    ana.put(&format!("{path}/contacts"), &etag, points).await.is(200);
    let owner = json!({"name": "Omar Quetzal", "email": "omar.quetzal@pine.example", "phone": "+15557654321", "evidence": evidence});
    let added = ana.post(&format!("{path}/owners"), owner.clone()).await.is(201);
    ana.post(&format!("{path}/owners"), owner.clone()).await.is(409);
    ana.put(&added.header("location"), &added.etag(), owner.clone()).await.is(200);
    for verb in ["confirm", "remove"] {
        ana.post(&format!("{}/{verb}", added.header("location")), json!({"evidence": evidence}))
            .await;
    }
    for verb in ["suspend", "suspend", "resume", "resume"] {
        ana.post(&format!("{path}/{verb}"), json!({"reason": "Quetzal asked, +15557654321"})).await;
    }
    for role in Role::ALL {
        let who = app.someone(*role, role_tenant(*role, &made.text("/id"))).await;
        who.get("/v1/tenants?q=quetzal").await;
        who.post("/v1/tenants", body.clone()).await;
        who.post(&format!("{path}/owners"), owner.clone()).await;
        who.get("/v1/audit-entries").await;
        who.send(Method::GET, "/v1/quetzal?quetzal=quetzal", None, &agent).await;
    }
    let tokens = come_in(app, &link).await;
    ana.verify("000000").await.is(422);
    secrets.extend(tokens);
    secrets.extend([link, ana.token.clone().unwrap(), "Z".repeat(43)]);
    secrets
}

/// Signs in rightly and wrongly; the tokens that came of it.
async fn come_in(app: &App, link: &str) -> Vec<String> {
    app.sign_in("quetzal@desk.example", "zanzibar violet 93 dusk").await.is(401);
    app.sign_in("quetzal.nobody@desk.example", PASSWORD).await.is(401);
    app.redeem(&format!("cde_{}", "Z".repeat(43)), PASSWORD).await.is(410);
    let first = app.redeem(link, "zanzibar violet 93 dusk").await.is(201);
    app.redeem(link, PASSWORD).await.is(410);
    let second = app.refresh(&first.text("/refresh_token")).await.is(200);
    app.refresh(&first.text("/refresh_token")).await.is(401);
    let tokens = [&first, &second]
        .map(|answer| [answer.text("/refresh_token"), answer.text("/access_token")]);
    tokens.concat()
}

/// The tenant of somebody of a role.
fn role_tenant(role: Role, tenant: &str) -> Option<TenantId> {
    use caredesk_core::domain::account::Realm;
    matches!(role.realm(), Realm::Tenant | Realm::Integration).then(|| tenant.parse().unwrap())
}
