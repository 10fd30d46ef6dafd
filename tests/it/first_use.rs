//! Days of first use from before an organisation came to this product.

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::people::Known;

/// An organisation in New York, and where its days of first use are imported.
async fn pine(app: &App) -> (Actor<'_>, String) {
    let admin = app.platform_admin().await;
    let made = admin.post("/v1/tenants", make::tenant("pine")).await.is(201);
    let path = format!("/v1/tenants/{}", made.text("/id"));
    let zone = json!({"time_zone": "America/New_York"});
    admin.patch(&format!("{path}/settings"), &made.etag(), zone).await.is(200);
    (admin, format!("{path}/first-use-dates"))
}

/// An import of some numbers and days.
fn dates(rows: &[(&str, &str)]) -> Value {
    let row = |(number, day): &(&str, &str)| json!({"user_number": number, "first_used_on": day});
    json!({"evidence": make::evidence(), "dates": rows.iter().map(row).collect::<Vec<_>>()})
}

/// A user as their Site Admins see them.
async fn seen(app: &App, of: &Known<'_>) -> Answer {
    let tenant = app.tenant_called("pine").await;
    let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
    sara.get(&format!("/v1/users/{}", of.account)).await.is(200)
}

on_both! {
    async fn an_imported_day_begins_at_midnight_where_the_organisation_is(app) {
        let (admin, path) = pine(&app).await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let noa = app.user("pine", "noa", Role::Member).await;
        let before = seen(&app, &mia).await;
        assert_eq!((&before.body["number"], &before.body["first_used_at"]), (&json!("U-000001"), &Value::Null));
        let rows = [("U-000001", "2024-03-04"), ("U-000002", "2024-07-01")];
        let imported = admin.post(&path, dates(&rows)).await.is(200);
        assert_eq!(imported.body["imported"], 2);
        assert_eq!(imported.body.as_object().unwrap().len(), 2, "{}", imported.raw);
        let (mia, noa) = (seen(&app, &mia).await, seen(&app, &noa).await);
        assert_eq!(mia.body["first_used_at"], "2024-03-04T05:00:00Z"); // winter
        assert_eq!(noa.body["first_used_at"], "2024-07-01T04:00:00Z"); // summer
        assert_eq!((&mia.body["first_use_imported"], &noa.body["first_use_imported"]), (&json!(true), &json!(true)));
        assert_ne!(mia.etag(), before.etag());
    }

    async fn an_import_is_on_the_record_and_the_organisation_is_told(app) {
        let (admin, path) = pine(&app).await;
        app.user("pine", "mia", Role::Member).await;
        let imported = admin.post(&path, dates(&[("U-000001", "2024-03-04")])).await.is(200);
        assert_eq!(app.letters_of("first_use_imported", "office@pine.example"), 1);
        assert_eq!(app.count("evidence"), 1);
        let audit = app.audit().await;
        let entry = audit.iter().find(|entry| entry["action"] == "user.first_use.import").unwrap();
        assert!(entry.to_string().contains(&imported.text("/evidence_id")), "{entry}");
        assert!(path.contains(entry["tenant_id"].as_str().unwrap()), "{entry}");
    }

    async fn every_row_that_is_wrong_is_named_and_none_is_kept(app) {
        let (admin, path) = pine(&app).await;
        let mia = app.user("pine", "mia", Role::Member).await;
        for name in ["noa", "una", "eva"] {
            app.user("pine", name, Role::Member).await;
        }
        mia.sign_in().await.is(201);
        let known = seen(&app, &mia).await.text("/first_used_at");
        let before = app.rows();
        let rows = [
            ("U-000002", "2024-03-04"), // right
            ("U-000099", "2024-03-04"), // nobody
            ("U-000002", "2024-03-05"), // once more
            ("U-000001", "2026-11-22"), // yet to come, and after the first sign-in
            ("U-000003", "1999-12-31"),
            ("U-000000", "2024-03-04"),
            ("U-000004", "2000-01-01"), // right
        ];
        let refused = admin.post(&path, dates(&rows)).await.is(422).is_refused("request.invalid").at(&[
            "#/dates/1/user_number",
            "#/dates/2/user_number",
            "#/dates/3/first_used_on",
            "#/dates/3/first_used_on",
            "#/dates/4/first_used_on",
            "#/dates/5/user_number",
        ]);
        let errors = refused.body["errors"].as_array().unwrap();
        let codes: Vec<&str> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["unknown", "duplicate", "future", "later_than_known", "too_early", "unknown"]);
        assert_eq!(app.rows(), before);
        assert_eq!(seen(&app, &mia).await.text("/first_used_at"), known);
        assert_eq!(app.letters_of("first_use_imported", "office@pine.example"), 0);
    }

    async fn the_day_of_the_first_sign_in_stays_or_becomes_earlier(app) {
        let (admin, path) = pine(&app).await;
        let mia = app.user("pine", "mia", Role::Member).await;
        mia.sign_in().await.is(201); // four in the morning of the 21st in New York
        let day = |day: &'static str| dates(&[("U-000001", day)]);
        admin.post(&path, day("2026-11-21")).await.is(200);
        admin.post(&path, day("2026-05-20")).await.is(200);
        let later = admin.post(&path, day("2026-05-21")).await.is(422);
        later.is_refused("request.invalid").at(&["#/dates/0/first_used_on"]);
        admin.post(&path, day("2025-05-20")).await.is(200);
        app.clock.advance(SignedDuration::from_hours(1));
        mia.sign_in().await.is(201);
        assert_eq!(seen(&app, &mia).await.body["first_used_at"], "2025-05-20T04:00:00Z");
    }

    async fn a_day_is_yet_to_come_by_the_organisations_own_calendar(app) {
        let (_, path) = pine(&app).await;
        app.user("pine", "mia", Role::Member).await;
        app.clock.advance(SignedDuration::from_hours(17)); // two in the morning of the 22nd in UTC
        let admin = app.platform_admin().await;
        let day = |day: &'static str| dates(&[("U-000001", day)]);
        admin.post(&path, day("2026-11-22")).await.is(422).at(&["#/dates/0/first_used_on"]);
        admin.post(&path, day("2026-11-21")).await.is(200);
    }

    async fn a_number_is_one_of_the_organisations_own(app) {
        let (admin, path) = pine(&app).await;
        app.user("pine", "mia", Role::Member).await;
        app.tenant("oak").await;
        app.user("oak", "una", Role::Member).await;
        app.user("oak", "eva", Role::Member).await;
        let refused = admin.post(&path, dates(&[("U-000002", "2024-03-04")])).await.is(422);
        refused.at(&["#/dates/0/user_number"]);
    }

    async fn a_list_has_one_to_five_hundred_rows(app) {
        let (admin, path) = pine(&app).await;
        admin.post(&path, dates(&[])).await.is(422).at(&["#/dates"]);
        let rows = vec![("U-000001", "2024-03-04"); 501];
        admin.post(&path, dates(&rows)).await.is(422).at(&["#/dates"]);
        for number in ["1", "U-1", "000001", "U-00000a"] {
            let refused = admin.post(&path, dates(&[(number, "2024-03-04")])).await.is(422);
            refused.at(&["#/dates/0/user_number"]);
        }
        let refused = admin.post(&path, dates(&[("U-000001", "2024-02-30")])).await.is(422);
        refused.at(&["#/dates/0/first_used_on"]);
    }

    async fn users_who_began_together_take_one_statement(app) {
        let (admin, path) = pine(&app).await;
        for number in 0..5 {
            app.user("pine", &format!("mia{number}"), Role::Member).await;
        }
        let numbers: Vec<String> = (1..=5).map(|number| format!("U-00000{number}")).collect();
        let rows: Vec<(&str, &str)> =
            numbers.iter().map(|number| (number.as_str(), "2024-03-04")).collect();
        let (answer, sent) = app.statements_of(admin.post(&path, dates(&rows))).await;
        answer.is(200);
        let of_accounts = sent.iter().filter(|sql| {
            sql.starts_with("UPDATE") && sql.contains("first_use_evidence")
        });
        assert_eq!(of_accounts.count(), 1, "{sent:#?}");
    }
}
