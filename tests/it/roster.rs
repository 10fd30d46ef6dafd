//! Rosters: users taken over from a file and written into one, with a result for every row.

use std::fmt::Write;

use caredesk::jobs::{kinds, runner::Runner};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::{Permission, PermissionSet};
use encoding_rs::WINDOWS_1252;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::fresh_slug;

/// A header as a practice's own system writes it.
const HEADER: &str = "User ID,First Name,Last Name,Email,Phone,Language,Access,Groups";

on_both! {
    async fn a_roster_is_taken_over_and_written_again(app) {
        let (ana, _) = practice(&app).await;
        let file = format!("{HEADER}\nmlund,Mia,Lund,office@practice.example,+1 (555) 010-0301,English,Member,\n\
            jpena,José,Peña,office@practice.example,,es,,\n");
        let job = import(&ana, file.as_bytes(), json!({})).await;
        assert_eq!(summary(&job), "created 2, updated 0, unchanged 0, skipped 0, failed 0");
        let found = ana.get("/v1/users?q=pena").await.is(200).body;
        assert_eq!((&found["data"][0]["first_name"], &found["data"][0]["status"]), (&json!("José"), &json!("invited")));
        assert_eq!(found["data"][0]["invitation_expires_at"], Value::Null);
        let written = export(&ana).await;
        let first = written.lines().next().unwrap();
        assert_eq!(first, "number,user_name,first_name,last_name,email,phone,locale,role,roles,status,last_signed_in_at");
        assert!(written.contains(",mlund,Mia,Lund,office@practice.example,'+15550100301,en,member,,invited,"), "{written}");
        // What was exported can be imported: it says what is there.
        let again = import(&ana, written.as_bytes(), json!({"existing": "update"})).await;
        assert_eq!(summary(&again), format!("created 0, updated 0, unchanged {}, skipped 0, failed 0", written.lines().count() - 1));
    }

    async fn the_sample_of_the_guide_is_taken_over(app) {
        let (ana, _) = practice(&app).await;
        let job = import(&ana, include_bytes!("../../docs/examples/roster.csv"), json!({})).await;
        assert_eq!(summary(&job), "created 5, updated 0, unchanged 0, skipped 0, failed 0");
        assert_eq!(ana.get("/v1/users?q=kowalski").await.is(200).body["data"][0]["first_name"], "Ewa");
    }

    async fn a_trial_run_says_what_would_happen_and_changes_nothing(app) {
        let (ana, _) = practice(&app).await;
        let before = export(&ana).await;
        let file = format!("{HEADER}\nmlund,Mia,Lund,m@practice.example,,,,\nbad name,X,Y,z@practice.example,,,,\n");
        let body = json!({"dry_run": true, "send_invitations": true});
        let job = import(&ana, file.as_bytes(), body).await;
        assert_eq!(summary(&job), "created 1, updated 0, unchanged 0, skipped 0, failed 1");
        assert_eq!(outcomes(&ana, &job).await, ["2 created", "3 failed user_name:form"]);
        assert_eq!((export(&ana).await, app.count("notifications"), app.count("links")), (before, 0, 0));
    }

    async fn a_trial_run_names_nobody_who_was_not_made(app) {
        let (ana, _) = practice(&app).await;
        import(&ana, rows(1).as_bytes(), json!({})).await;
        let body = json!({"dry_run": true, "existing": "skip", "mode": "valid_rows"});
        let trial = import(&ana, rows(2).as_bytes(), body).await;
        assert_eq!(outcomes(&ana, &trial).await, ["2 skipped", "3 created"]);
        let there = ana.get("/v1/users?q=user0").await.is(200).text("/data/0/id");
        assert_eq!(subjects(&ana, &trial).await, [Some(there), None]);
        let job = import(&ana, rows(2).as_bytes(), json!({"existing": "skip"})).await;
        let all = subjects(&ana, &job).await;
        let made = ana.get(&format!("/v1/users/{}", all[1].as_ref().unwrap())).await.is(200);
        assert_eq!(made.text("/user_name"), "user1");
    }

    async fn who_has_no_language_is_written_to_in_the_organisations(app) {
        let (ana, tenant) = practice(&app).await;
        let etag = ana.get(&format!("/v1/tenants/{tenant}")).await.is(200).etag();
        ana.patch(&format!("/v1/tenants/{tenant}/settings"), &etag, json!({"locale": "es"})).await.is(200);
        let file = format!("{HEADER}\nmlund,Mia,Lund,m@practice.example,,,,\nnokoye,Nia,Okoye,n@practice.example,,English,,\n");
        import(&ana, file.as_bytes(), json!({"send_invitations": true})).await;
        let user = json!({"user_name": "jpena", "first_name": "José", "last_name": "Peña", "email": "j@practice.example"});
        assert_eq!(ana.post("/v1/users", user).await.is(201).text("/locale"), "es");
        let locales = "SELECT recipient || ' ' || locale FROM notifications WHERE kind = 'enrolment' ORDER BY recipient";
        assert_eq!(app.burglar().texts(locales), ["j@practice.example es", "m@practice.example es", "n@practice.example en"]);
        let written = export(&ana).await;
        for row in [",mlund,Mia,Lund,m@practice.example,,es,", ",nokoye,Nia,Okoye,n@practice.example,,en,"] {
            assert!(written.contains(row), "{row}: {written}");
        }
    }

    async fn many_rows_take_as_many_statements_as_few(app) {
        let (ana, _) = practice(&app).await;
        ana.post("/v1/roles", json!({"name": "Reception", "permissions": ["users.read"]})).await.is(201);
        let file = |range: std::ops::Range<usize>| {
            let row = |at| format!("user{at},User{at},Test,office@practice.example,,,,Reception");
            format!("{HEADER}\n{}\n", range.map(row).collect::<Vec<_>>().join("\n"))
        };
        let few = statements(&ana, &file(0..2), "created 2, updated 0, unchanged 0").await;
        let many = statements(&ana, &file(2..40), "created 38, updated 0, unchanged 0").await;
        assert_eq!(few, many, "new users");
        let few = statements(&ana, &file(0..2), "created 0, updated 0, unchanged 2").await;
        let many = statements(&ana, &file(0..40), "created 0, updated 0, unchanged 40").await;
        assert_eq!(few, many, "unchanged users");
    }

    async fn nobody_gets_more_roles_by_a_row_than_a_user_can_have(app) {
        let (ana, _) = practice(&app).await;
        let mut names = Vec::new();
        for number in 0..21 {
            let name = format!("Role {number}");
            ana.post("/v1/roles", json!({"name": name, "permissions": []})).await.is(201);
            names.push(name);
        }
        let (all, some) = (names.join(";"), names[1..].join(";"));
        let file = format!("{HEADER}\na1,A,B,a@practice.example,,,,{all}\na2,A,B,a@practice.example,,,,{some};{some}\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows"})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 failed roles:too_many", "3 created"]);
        let file = format!("{HEADER}\na2,A,B,a@practice.example,,,,{all}\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows", "existing": "update"})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 failed roles:too_many"]);
    }

    async fn all_or_nothing_imports_nothing_when_a_row_is_wrong(app) {
        let (ana, _) = practice(&app).await;
        let before = app.count("accounts");
        let mut file = rows(250);
        file += "bad name,X,Y,z@practice.example,,,,\n";
        let job = import(&ana, file.as_bytes(), json!({})).await;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("roster.rows_invalid")));
        assert_eq!(outcomes(&ana, &job).await, ["252 failed user_name:form"]);
        assert_eq!(app.count("accounts"), before);
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows"})).await;
        assert_eq!(summary(&job), "created 250, updated 0, unchanged 0, skipped 0, failed 1");
        assert_eq!(app.count("accounts"), before + 250);
        let job = import(&ana, rows(260).as_bytes(), json!({"existing": "skip"})).await;
        assert_eq!(summary(&job), "created 10, updated 0, unchanged 0, skipped 250, failed 0");
    }

    async fn who_is_there_is_refused_left_or_changed_as_said(app) {
        let (ana, _) = practice(&app).await;
        import(&ana, rows(2).as_bytes(), json!({})).await;
        let file = format!("{HEADER}\nUSER0,Nia,Okoye,nia@practice.example,,,,\n");
        let refused = import(&ana, file.as_bytes(), json!({"mode": "valid_rows"})).await;
        assert_eq!(outcomes(&ana, &refused).await, ["2 failed user_name:user.name_taken"]);
        let changed = import(&ana, file.as_bytes(), json!({"existing": "update"})).await;
        assert_eq!(outcomes(&ana, &changed).await, ["2 updated"]);
        let nia = ana.get("/v1/users?q=okoye").await.is(200).body;
        assert_eq!((&nia["data"][0]["user_name"], &nia["data"][0]["email"]), (&json!("USER0"), &json!("nia@practice.example")));
    }

    async fn invitations_go_out_with_the_import_when_asked_for(app) {
        let (ana, _) = practice(&app).await;
        let job = import(&ana, rows(3).as_bytes(), json!({"send_invitations": true})).await;
        assert_eq!(summary(&job), "created 3, updated 0, unchanged 0, skipped 0, failed 0");
        assert_eq!((app.count("links"), app.count("notifications")), (3, 3));
    }

    async fn every_encoding_of_a_spreadsheet_is_read(app) {
        let text = format!("{HEADER}\nNAME,José,Peña,j@practice.example,,,,\n").replace(',', ";");
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let (ana, _) = practice(&app).await;
        let encoders: [Encoder<'_>; 4] = [
            ("utf8", &|text| text.as_bytes().to_vec()),
            ("marked", &|text| [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
            ("wide", &|text| [&b"\xFF\xFE"[..], &utf16(text)].concat()),
            ("windows", &|text| WINDOWS_1252.encode(text).0.into_owned()),
        ];
        for (name, encode) in encoders {
            let job = import(&ana, &encode(&text.replace("NAME", name)), json!({})).await;
            assert_eq!(job["state"], "succeeded", "{name}: {job}");
            let found = ana.get(&format!("/v1/users?q={name}")).await.is(200).body;
            assert_eq!(found["data"][0]["last_name"], "Peña", "{name}");
        }
    }

    async fn what_is_no_row_of_a_person_fails_alone(app) {
        let (ana, _) = practice(&app).await;
        let megabyte = "x".repeat(1_000_000);
        let file = format!("{HEADER}\na1,=cmd|' /C calc'!A0,B,a@practice.example,,,,\na2,A\0,B,a@practice.example,,,,\n\
            a3,{megabyte},B,a@practice.example,,,,\na4,A,B,no address,,,,\na5,A,B,a@practice.example,12,fr,,,,more\n\
            a6,,B,a@practice.example,,,,\na7,Ana,Ruiz,a@practice.example,,,,\nA7,Ana,Ruiz,a@practice.example,,,,\n\
            a8,A,B,a@practice.example,,,,No such role\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows"})).await;
        assert_eq!(outcomes(&ana, &job).await, [
            "2 failed first_name:formula", "3 failed first_name:form", "4 failed first_name:too_long",
            "5 failed email:form", "6 failed :too_many_cells phone:too_short locale:unknown",
            "7 failed first_name:missing", "8 created", "9 failed user_name:duplicate", "10 failed roles:unknown",
        ]);
    }

    async fn what_is_no_roster_fails_as_a_whole(app) {
        let (ana, _) = practice(&app).await;
        let wide = format!("{}\n{}\n", vec!["column"; 200].join(","), vec!["x"; 200].join(","));
        for (file, code) in [
            (&b"PK\x03\x04 no text"[..], "roster.unreadable"),
            (b"First Name,Last Name\nAna,Ruiz\n", "roster.columns_missing"),
            (b"user_name,first_name,last_name,email,mail\na,b,c,d,e\n", "roster.column_twice"),
            (b"user_name,first_name,last_name,email\n", "roster.empty"),
            (wide.as_bytes(), "roster.too_many_columns"),
        ] {
            let job = import(&ana, file, json!({})).await;
            assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!(code)));
        }
        assert_eq!(app.count("upload_pieces"), 0);
    }

    async fn headers_mean_what_is_said_of_them(app) {
        let (ana, _) = practice(&app).await;
        let file = "Kürzel;Vorname;Nachname;Email;Abteilung\nml;Mia;Lund;m@practice.example;Labor\n";
        let columns = json!([{"header": "Kürzel", "column": "user_name"}, {"header": "Vorname", "column": "first_name"},
            {"header": "Nachname", "column": "last_name"}, {"header": "Abteilung", "column": null}]);
        let job = import(&ana, file.as_bytes(), json!({"columns": columns})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 created"]);
    }

    async fn by_a_roster_nobody_becomes_site_admin_or_support_user(app) {
        let (ana, tenant) = practice(&app).await;
        let bo = app.someone(Role::SiteAdmin, Some(tenant)).await;
        import(&ana, rows(1).as_bytes(), json!({})).await;
        let written = export(&ana).await;
        let number = |who: &Actor<'_>| written.lines().find(|row| row.contains(&who.account.simple().to_string())).unwrap().to_owned();
        let stolen = number(&bo).replace("@people.example", "@evil.example");
        let demoted = number(&bo).replace(",site_admin,", ",member,");
        let table = written.lines().next().unwrap();
        let file = format!("{table}\n,evil,E,Vil,e@practice.example,,en,site_admin,,,\n,evil2,E,Vil,e@practice.example,,en,Support User,,,\n\
            ,user0,User0,Test,office@practice.example,,en,site_admin,,,\n{stolen}\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows", "existing": "update"})).await;
        assert_eq!(outcomes(&ana, &job).await, [
            "2 failed role:site_admin.access_change_required", "3 failed role:support_user.access_change_required",
            "4 failed role:site_admin.access_change_required", "5 failed role:site_admin.access_change_required",
        ]);
        let file = format!("{table}\n{demoted}\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows", "existing": "update"})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 failed role:site_admin.access_change_required"]);
        assert_eq!(export(&ana).await, written);
    }

    async fn a_roster_gives_only_roles_that_its_sender_could_give(app) {
        let (ana, tenant) = practice(&app).await;
        let permits = |all: &[Permission]| all.iter().copied().collect::<PermissionSet>();
        let body = json!({"name": "Reception", "permissions": ["applications.read"]});
        ana.post("/v1/roles", body).await.is(201);
        let manages = permits(&[Permission::UsersRead, Permission::UsersManage]);
        let mia = app.holder(tenant, manages).await;
        let file = format!("{HEADER}\nnew1,A,B,a@practice.example,,,,reception\n");
        let job = import(&mia, file.as_bytes(), json!({"mode": "valid_rows"})).await;
        assert_eq!(outcomes(&mia, &job).await, ["2 failed roles:role.permissions_out_of_reach"]);
        let job = import(&ana, file.as_bytes(), json!({})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 created"]);
        let found = ana.get("/v1/users?q=new1").await.is(200).body;
        assert_eq!(found["data"][0]["roles"][0]["name"], "Reception");
    }

    async fn an_import_goes_on_when_its_maker_has_signed_out(app) {
        let (ana, tenant) = practice(&app).await;
        let bo = app.someone(Role::SiteAdmin, Some(tenant)).await;
        ana.post("/v1/roles", json!({"name": "Reception", "permissions": ["users.read"]})).await.is(201);
        import(&ana, rows(1).as_bytes(), json!({})).await;
        // Existing users who get a role, another name, or both.
        let file = format!("{HEADER}\nuser0,Nia,Okoye,office@practice.example,,,,Reception\n");
        let upload = uploaded(&ana, file.as_bytes()).await;
        let body = json!({"upload_id": upload, "existing": "update"});
        let made = ana.post("/v1/roster-imports", body).await.is(202);
        ana.delete("/v1/sessions/current").await.is(204);
        run(&app).await;
        let job = bo.get(&made.header("location")).await.is(200).body;
        assert_eq!(outcomes(&bo, &job).await, ["2 updated"]);
        let nia = bo.get("/v1/users?q=okoye").await.is(200).body;
        assert_eq!(nia["data"][0]["roles"][0]["name"], "Reception");
    }

    async fn what_an_import_is_denied_is_in_the_audit(app) {
        let (ana, tenant) = practice(&app).await;
        let row = |at| format!("evil{at},E,Vil,e@practice.example,,,site admin,");
        let file = format!("{HEADER}\n{}\n", (0..3).map(row).collect::<Vec<_>>().join("\n"));
        let denied = async || {
            let entries = app.audit().await.into_iter().filter(|entry| entry["outcome"] == "denied");
            let fact = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            entries.map(|entry| ["action", "rule", "actor_id", "target_id"].map(|name| fact(&entry, name))).collect::<Vec<_>>()
        };
        // A trial asks for nothing; all or nothing does, and so does an import of the rows that are right.
        import(&ana, file.as_bytes(), json!({"dry_run": true})).await;
        assert_eq!(denied().await, [[""; 4]; 0]);
        let mut expected = Vec::new();
        for mode in ["all_or_nothing", "valid_rows"] {
            let job = import(&ana, file.as_bytes(), json!({"mode": mode})).await;
            assert_eq!(outcomes(&ana, &job).await.len(), 3);
            expected.push(["user.create".to_owned(), "site_admin.access_change_required".to_owned(), ana.account.to_string(), job["id"].as_str().unwrap().to_owned()]);
            assert_eq!(denied().await, expected);
        }
        // The first of each stands there by itself, the others as their number when a minute is over.
        assert_eq!(app.burglar().texts("SELECT CAST(repeats AS text) FROM denial_sums"), ["2", "2"]);
        let mia = app.holder(tenant, [Permission::UsersRead, Permission::UsersManage].into_iter().collect()).await;
        let upload = uploaded(&mia, rows(1).as_bytes()).await;
        let made = mia.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(202);
        app.burglar().run("DELETE FROM user_roles");
        run(&app).await;
        let job = ana.get(&made.header("location")).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("action.not_permitted")));
        expected.push(["roster.import".to_owned(), "action.not_permitted".to_owned(), mia.account.to_string(), job["id"].as_str().unwrap().to_owned()]);
        assert_eq!(denied().await, expected);
    }

    async fn who_stands_in_two_rows_by_number_and_by_name_is_changed_by_the_first(app) {
        let (ana, _) = practice(&app).await;
        import(&ana, rows(1).as_bytes(), json!({})).await;
        let number = ana.get("/v1/users?q=user0").await.is(200).text("/data/0/number");
        let file = format!("number,user_name,first_name,last_name,email\n{number},renamed,Nia,Okoye,n@practice.example\n,user0,User0,Test,office@practice.example\n");
        let job = import(&ana, file.as_bytes(), json!({"mode": "valid_rows", "existing": "update"})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 updated", "3 failed user_name:duplicate"]);
    }

    async fn an_upload_serves_one_import(app) {
        let (ana, _) = practice(&app).await;
        let pending = ana.post("/v1/uploads", json!({"purpose": "roster", "file_name": "a.csv"})).await.is(201).text("/id");
        ana.post("/v1/roster-imports", json!({"upload_id": pending})).await.is(409).is_refused("upload.not_complete");
        let upload = uploaded(&ana, rows(1).as_bytes()).await;
        ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(202);
        ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(409).is_refused("upload.in_use");
        run(&app).await;
        ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(422);
        let (stranger, _) = practice(&app).await;
        let theirs = uploaded(&ana, rows(1).as_bytes()).await;
        stranger.post("/v1/roster-imports", json!({"upload_id": theirs})).await.is(422);
    }

    async fn who_is_switched_off_meanwhile_imports_nothing_more(app) {
        let (ana, _) = practice(&app).await;
        let upload = uploaded(&ana, rows(3).as_bytes()).await;
        let job = ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(202);
        let (before, account) = (app.count("accounts"), ana.account);
        app.switch_off(account).await;
        run(&app).await;
        let admin = app.burglar().texts("SELECT failure FROM jobs");
        assert_eq!((admin, app.count("accounts")), (vec!["account.inactive".to_owned()], before), "{}", job.raw);
    }

    async fn a_rename_and_an_import_at_once_give_a_name_to_one(app) {
        let (ana, _) = practice(&app).await;
        import(&ana, rows(1).as_bytes(), json!({})).await;
        let user = ana.get("/v1/users?q=user0").await.is(200);
        let path = format!("/v1/users/{}", user.text("/data/0/id"));
        let etag = ana.get(&path).await.etag();
        let file = format!("{HEADER}\nwanted,A,B,a@practice.example,,,,\n");
        let upload = uploaded(&ana, file.as_bytes()).await;
        let job = ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(202).text("/id");
        let rename = ana.patch(&path, &etag, json!({"user_name": "wanted"}));
        let (renamed, ()) = tokio::join!(rename, run(&app));
        let imported = ana.get(&format!("/v1/jobs/{job}")).await.is(200).body["state"] == "succeeded";
        assert_ne!(renamed.status.as_u16() == 200, imported, "{}", renamed.raw);
        let found = ana.get("/v1/users?q=wanted&include_total=true").await.is(200).body;
        assert_eq!(found["total"], 1);
    }

    async fn ten_thousand_rows_take_less_than_ten_seconds(app) {
        let (ana, _) = practice(&app).await;
        let upload = uploaded(&ana, rows(10_000).as_bytes()).await;
        let body = json!({"upload_id": upload, "mode": "valid_rows", "send_invitations": true});
        let job = ana.post("/v1/roster-imports", body).await.is(202).text("/id");
        let begun = std::time::Instant::now();
        run(&app).await;
        let took = begun.elapsed();
        let job = ana.get(&format!("/v1/jobs/{job}")).await.is(200).body;
        assert_eq!(summary(&job), "created 10000, updated 0, unchanged 0, skipped 0, failed 0");
        println!("10 000 rows with invitations: {took:?}");
        assert_eq!((app.count("links"), app.count("notifications")), (10_000, 10_000));
    }
}

/// An encoding's name, and what it makes of a text.
type Encoder<'e> = (&'e str, &'e dyn Fn(&str) -> Vec<u8>);

/// A Site Admin of a new practice.
async fn practice(app: &App) -> (Actor<'_>, TenantId) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    (app.someone(Role::SiteAdmin, Some(tenant)).await, tenant)
}

/// A file of this many people.
fn rows(count: usize) -> String {
    let mut file = format!("{HEADER}\n");
    for at in 0..count {
        writeln!(file, "user{at},User{at},Test,office@practice.example,,,,").unwrap();
    }
    file
}

/// Uploads a file; its id.
async fn uploaded(who: &Actor<'_>, bytes: &[u8]) -> String {
    let body = json!({"purpose": "roster", "file_name": "staff.csv"});
    let upload = who.post("/v1/uploads", body).await.is(201).text("/id");
    let path = format!("/v1/uploads/{upload}/content");
    who.send_octets(Method::PUT, &path, bytes).await.is(200);
    upload
}

/// Uploads a file, imports it as said, and waits for the end; the job.
async fn import(who: &Actor<'_>, bytes: &[u8], mut body: Value) -> Value {
    body["upload_id"] = json!(uploaded(who, bytes).await);
    let made = who.post("/v1/roster-imports", body).await.is(202);
    run(who.app).await;
    who.get(&made.header("location")).await.is(200).body
}

/// Does what jobs are due.
async fn run(app: &App) {
    app.clock.advance(SignedDuration::from_millis(1));
    Runner::new(app.house.clone(), kinds()).run_due().await.unwrap();
}

/// The export.
async fn export(who: &Actor<'_>) -> String {
    who.get("/v1/roster-export").await.is(200).raw
}

/// The kinds of statements that an import of people who are there, or are not, sends, for its summary.
async fn statements(who: &Actor<'_>, file: &str, expected: &str) -> Vec<String> {
    let upload = uploaded(who, file.as_bytes()).await;
    let body = json!({"upload_id": upload, "existing": "update", "mode": "valid_rows"});
    let made = who.post("/v1/roster-imports", body).await.is(202);
    let ((), sent) = who.app.statements_of(run(who.app)).await;
    let job = who.get(&made.header("location")).await.is(200).body;
    assert!(summary(&job).starts_with(expected), "{}", summary(&job));
    // PostgreSQL copies many rows, and inserts few.
    let plain = |sql: &String| sql.replacen("COPY ", "INSERT INTO ", 1).replacen("\"(", "\" (", 1);
    sent.iter().map(|sql| plain(sql).chars().take(40).collect()).collect()
}

/// Whom a job's rows were about, a row each.
async fn subjects(who: &Actor<'_>, job: &Value) -> Vec<Option<String>> {
    let path = format!("/v1/jobs/{}/results?limit=100", job["id"].as_str().unwrap());
    let page = who.get(&path).await.is(200).body;
    let rows = page["data"].as_array().unwrap().iter();
    rows.map(|row| row["subject_id"].as_str().map(str::to_owned)).collect()
}

/// A job's summary in a line.
fn summary(job: &Value) -> String {
    let figures = job["summary"].as_array().unwrap().iter();
    let said =
        figures.map(|figure| format!("{} {}", figure["name"].as_str().unwrap(), figure["count"]));
    said.collect::<Vec<_>>().join(", ")
}

/// What became of a job's rows, a line each.
async fn outcomes(who: &Actor<'_>, job: &Value) -> Vec<String> {
    let path = format!("/v1/jobs/{}/results?limit=100", job["id"].as_str().unwrap());
    let page = who.get(&path).await.is(200).body;
    let line = |row: &Value| {
        let mut line = format!("{} {}", row["row"], row["outcome"].as_str().unwrap());
        for fault in row["faults"].as_array().unwrap() {
            let column = fault["column"].as_str().unwrap_or_default();
            write!(line, " {column}:{}", fault["code"].as_str().unwrap()).unwrap();
        }
        line
    };
    page["data"].as_array().unwrap().iter().map(line).collect()
}
