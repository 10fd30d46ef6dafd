//! Exports of tickets: a file of what the list shows its maker, and nobody else's.

use std::sync::Arc;

use caredesk::guard::Refusal;
use caredesk::jobs::runner::Runner;
use caredesk::jobs::ticket_exports::TicketExport;
use caredesk::jobs::work::{Chunk, Chunks, Work};
use caredesk::service::House;
use caredesk::store::jobs::Job;
use caredesk::store::{Origin, StoreError, Tx, tickets};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::job::JobKind;
use caredesk_core::policy::hours::DeskHours;
use data_encoding::HEXLOWER;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::batch::{done, run, summary};
use crate::support::burglar::Burglar;
use crate::support::tickets::{escalation, tenant};

/// Where exports are asked for.
const EXPORTS: &str = "/v1/ticket-exports";

/// Opens a ticket with this subject; says its number and its id.
async fn opened(who: &Actor<'_>, subject: &str) -> (String, String) {
    let body = json!({
        "request_type": "technical.error.report", "subject": subject, "text": "It stays white."});
    let ticket = who.post("/v1/tickets", body).await.is(201);
    (ticket.text("/number"), ticket.text("/id"))
}

/// Where the file of a job is.
fn file_of(job: &Value) -> String {
    format!("{EXPORTS}/{}/content", job["id"].as_str().unwrap())
}

/// Exports what a filter finds: the rows, without the header.
async fn exported(who: &Actor<'_>, filter: Value) -> Vec<Vec<String>> {
    let job = done(who, EXPORTS, filter).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    rows(&who.get(&file_of(&job)).await.is(200))
}

/// The rows of a file, without the header.
fn rows(file: &Answer) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(file.raw.as_bytes());
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        row.unwrap().iter().map(str::to_owned).collect()
    };
    reader.records().map(row).collect()
}

/// The first cell of each row: case numbers.
fn numbers(rows: &[Vec<String>]) -> Vec<&str> {
    rows.iter().map(|row| row[0].as_str()).collect()
}

/// Makes so many open tickets of a tenant, at the first tier.
fn fill(burglar: &mut Burglar, tenant: TenantId, count: usize) {
    let (id, at) = if matches!(burglar, Burglar::Sqlite(_)) {
        ("randomblob(16)", "1763000000000000 + n")
    } else {
        ("gen_random_uuid()", "to_timestamp(1763000000 + n / 1000.0)")
    };
    let tenant = burglar.id(tenant.uuid());
    burglar.run(&format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) \
         INSERT INTO tickets (id, number, tenant_id, kind, state, tier, priority, request_type, outcome, decision_id, \
         requester, channel, verification, locale, is_confirmed, is_for_team, organization_takes_part, subject, \
         created_at, updated_at, version) \
         SELECT {id}, 1000 + n, {tenant}, 'ordinary', 'open', 1, 'normal', 'technical.error.report', 'assist', \
         (SELECT decision_id FROM tickets WHERE number < 1000 LIMIT 1), 'support_user', 'portal', 'signed_in', 'en', \
         FALSE, TRUE, FALSE, 'White page', {at}, {at}, 1 FROM s"
    ));
}

/// Wipes the files whose time is over.
async fn forget(app: &App) -> usize {
    let (keys, entropy, now) =
        (app.house.keys.clone(), app.house.entropy.clone(), app.house.clock.now());
    let wipe = app.house.db.write::<_, StoreError, _>(move |conn| {
        let origin = Origin::of_job("test");
        let hours = &DeskHours::built_in();
        let tx = &mut Tx { conn, now, origin: &origin, keys: &keys, entropy: &entropy, hours };
        tickets::forget_exports(tx)
    });
    wipe.await.unwrap()
}

/// Exports whose second chunk is cut off before its transaction ends.
struct Cut;

/// See [`Cut`].
struct CutChunks(Arc<dyn Chunks>);

impl Work for Cut {
    fn kind(&self) -> JobKind {
        JobKind::TicketExport
    }

    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        Box::pin(async move {
            let chunks: Arc<dyn Chunks> = Arc::new(CutChunks(TicketExport.open(house, job).await?));
            Ok(chunks)
        })
    }
}

impl Chunks for CutChunks {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Who, job: &Job) -> Result<Chunk, Refusal> {
        let written = self.0.chunk(tx, who, job)?;
        if job.cursor.is_null() { Ok(written) } else { Err(Refusal::Broken("cut".to_owned())) }
    }
}

on_both! {
    async fn an_export_holds_what_the_list_shows_and_no_formula(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (first, _) = opened(&sue, "=1+1, a \"white\" page").await;
        let (second, _) = opened(&sue, "A submarine").await;
        let job = done(&sue, EXPORTS, json!({})).await;
        assert_eq!(summary(&job), "succeeded: tickets 2");
        let file = sue.get(&file_of(&job)).await.is(200);
        assert!(file.raw.contains("\"'=1+1, a \"\"white\"\" page\""), "{}", file.raw);
        assert!(file.raw.starts_with("number,state,tier,") && file.raw.ends_with("\r\n"), "{}", file.raw);
        let found = rows(&file);
        let mut both = numbers(&found);
        both.sort_unstable();
        assert_eq!(both, [first.as_str(), second.as_str()]);
        assert!(found.iter().all(|row| row.contains(&pine.to_string()) && row.contains(&"new".to_owned())));
        // By the filters of the list, what somebody looks for included.
        assert_eq!(numbers(&exported(&sue, json!({"q": "submarine"})).await), [second.as_str()]);
        assert!(exported(&sue, json!({"state": "closed"})).await.is_empty());
        assert_eq!(app.count("jobs WHERE CAST(params AS text) LIKE '%submarine%'"), 0);
    }

    async fn an_export_holds_what_its_maker_sees_and_no_more(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (number, id) = opened(&sue, "Maria Gonzalez sees a white page").await;
        let ole = app.someone(Role::SupportUser, Some(oak)).await;
        opened(&ole, "A white page").await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("/v1/tickets/{id}/assign"), json!({})).await.is(200);
        tom.post(&format!("/v1/tickets/{id}/escalate"), escalation()).await.is(200);
        let team = exported(&sue, json!({"view": "team"})).await;
        assert_eq!(numbers(&team), [number.as_str()]);
        assert!(exported(&sue, json!({"tenant_id": oak})).await.is_empty());
        assert!(!numbers(&exported(&tom, json!({})).await).contains(&number.as_str()));
        let tina = app.someone(Role::TierTwo, None).await;
        let all = exported(&tina, json!({})).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|row| !row.iter().any(|cell| cell.contains("Gonzalez"))), "{all:?}");
        // Who sees no texts exports none.
        let manager = app.someone(Role::DeskManager, None).await;
        let all = exported(&manager, json!({})).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|row| row[11].is_empty()), "{all:?}");
    }

    async fn an_export_is_its_makers_alone(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let job = done(&sue, EXPORTS, json!({})).await;
        let at = format!("/v1/jobs/{}", job["id"].as_str().unwrap());
        let others = [
            app.someone(Role::SiteAdmin, Some(pine)).await,
            app.someone(Role::SupportUser, Some(pine)).await,
            app.someone(Role::TierTwo, None).await,
        ];
        for other in &others {
            other.get(&file_of(&job)).await.is(404);
            other.get(&at).await.is(404);
        }
        let max = app.someone(Role::Member, Some(pine)).await;
        max.post(EXPORTS, json!({})).await.is(403);
        max.get(&file_of(&job)).await.is(403);
        assert!(sue.get(&file_of(&job)).await.is(200).raw.starts_with("number,"));
    }

    async fn what_the_desk_exports_of_one_organisation_is_in_its_audit(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        let (ana, ole) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SiteAdmin, Some(oak)).await);
        let noted = async |who: &Actor<'_>, action: &str| {
            let page = who.get(&format!("/v1/audit-entries?action={action}")).await.is(200);
            page.body["data"].as_array().unwrap().len()
        };
        let tina = app.someone(Role::TierTwo, None).await;
        exported(&tina, json!({})).await;
        exported(&tina, json!({"tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10"})).await;
        assert_eq!((noted(&ana, "ticket.export").await, noted(&ana, "ticket_export.finish").await), (0, 0));
        // Asked for, written, and taken.
        assert_eq!(exported(&tina, json!({"tenant_id": pine})).await.len(), 1);
        assert_eq!((noted(&ana, "ticket.export").await, noted(&ana, "ticket_export.finish").await), (2, 1));
        // Whoever is of an organisation writes nothing into the audit of another.
        exported(&sue, json!({"tenant_id": oak})).await;
        assert_eq!((noted(&ana, "ticket.export").await, noted(&ana, "ticket_export.finish").await), (4, 2));
        assert_eq!((noted(&ole, "ticket.export").await, noted(&ole, "ticket_export.finish").await), (0, 0));
    }

    async fn a_file_is_not_there_for_whoever_has_another_role_by_now(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        let tina = app.someone(Role::TierTwo, None).await;
        let job = done(&tina, EXPORTS, json!({})).await;
        tina.get(&file_of(&job)).await.is(200);
        let admin = app.platform_admin().await;
        let at = format!("/v1/desk-accounts/{}", tina.account);
        for (role, status) in [("tier1", 404), ("tier2", 200)] {
            let etag = admin.get(&at).await.is(200).etag();
            admin.patch(&at, &etag, json!({"role": role})).await.is(200);
            let tina = app.another_session_of(&tina).await;
            tina.get(&file_of(&job)).await.is(status);
        }
    }

    async fn a_file_is_there_when_its_job_is_over_and_for_a_day(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        let made = sue.post(EXPORTS, json!({})).await.is(202);
        sue.get(&file_of(&made.body)).await.is(404);
        run(&app).await;
        sue.get(&file_of(&made.body)).await.is(200);
        assert_eq!(forget(&app).await, 0);
        app.clock.advance(SignedDuration::from_hours(25));
        assert_eq!(forget(&app).await, 1);
        assert_eq!(app.count("ticket_export_parts"), 0);
    }

    async fn an_export_goes_on_where_it_was_cut_and_its_digest_is_in_the_audit(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        fill(&mut app.burglar(), pine, 1_200);
        let made = sue.post(EXPORTS, json!({"view": "team"})).await.is(202);
        app.clock.advance(SignedDuration::from_millis(1));
        Runner::new(app.house.clone(), vec![Arc::new(Cut)]).run_due().await.unwrap();
        assert_eq!(app.count("ticket_export_parts"), 1);
        sue.get(&file_of(&made.body)).await.is(404);
        app.clock.advance(SignedDuration::from_secs(6));
        run(&app).await;
        let job = sue.get(&made.header("location")).await.is(200).body;
        assert_eq!(summary(&job), "succeeded: tickets 1201");
        assert_eq!(app.count("ticket_export_parts"), 3);
        let file = sue.get(&file_of(&job)).await.is(200);
        let found = rows(&file);
        let mut all = numbers(&found);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 1_201);
        let digest = HEXLOWER.encode(&Sha256::digest(file.raw.as_bytes()));
        let kept = app.count(&format!(
            "audit_entries WHERE action = 'ticket_export.finish' AND detail LIKE '%{digest}%' AND detail LIKE '%1201%'"
        ));
        assert_eq!(kept, 1);
    }

    async fn whoever_may_export_no_more_gets_no_further_chunk(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        fill(&mut app.burglar(), pine, 1_200);
        let made = sue.post(EXPORTS, json!({"view": "team"})).await.is(202);
        app.clock.advance(SignedDuration::from_millis(1));
        Runner::new(app.house.clone(), vec![Arc::new(Cut)]).run_due().await.unwrap();
        assert_eq!(app.count("ticket_export_parts"), 1);
        // A member lists tickets, and exports none.
        let id = app.burglar().id(sue.account);
        app.burglar().run(&format!("UPDATE accounts SET role = 'member' WHERE id = {id}"));
        app.clock.advance(SignedDuration::from_secs(6));
        run(&app).await;
        let max = app.another_session_of(&sue).await;
        assert_eq!(max.get("/v1/tickets").await.is(200).body["data"].as_array().unwrap().len(), 1);
        let job = max.get(&made.header("location")).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"], &job["done"]), (&json!("failed"), &json!("action.not_permitted"), &json!(500)));
        assert_eq!(app.count("ticket_export_parts"), 0);
    }

    async fn an_export_that_is_stopped_leaves_no_file(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let made = sue.post(EXPORTS, json!({})).await.is(202);
        let at = format!("/v1/jobs/{}", made.text("/id"));
        sue.send(Method::POST, &format!("{at}/cancel"), None, &[]).await.is(200);
        run(&app).await;
        sue.get(&file_of(&made.body)).await.is(404);
        assert_eq!(app.count("ticket_export_parts"), 0);
    }
}
