//! Applications taken over from a file, with a result for every row.

use caredesk_core::domain::permission::Permission;
use encoding_rs::WINDOWS_1252;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::batch::{organisation, outcomes, run, statements, summary};

/// A header as an enrolment system writes it.
const HEADER: &str = "Application No,Family,Email,Phone,Contact preference,Language,Child IDs";

on_both! {
    async fn a_table_of_applications_is_taken_over(app) {
        let (_, ana) = organisation(&app).await;
        let file = format!("{HEADER}\nX-1,Ruiz Ortega,ruiz@home.example,+1 (555) 010-0231,Text,Spanish,K-1; K-2\n,Lund,,,,,\n");
        let job = import(&ana, file.as_bytes(), json!({"submit": false})).await;
        assert_eq!(summary(&job), "succeeded: created 2, updated 0, unchanged 0, skipped 0, failed 0");
        let ruiz = &ana.get("/v1/applications?q=ruiz").await.is(200).body["data"][0];
        for (field, expected) in [
            ("number", json!("X-1")), ("status", json!("draft")), ("online_account", json!("none")), ("locale", json!("es")),
            ("preferred_method", json!("sms")), ("phone", json!("+15550100231")),
        ] {
            assert_eq!(ruiz[field], expected, "{field}");
        }
        assert_eq!(ruiz["children"], json!([{"child_id": "K-1", "name": null}, {"child_id": "K-2", "name": null}]));
        let lund = &ana.get("/v1/applications?q=lund").await.is(200).body["data"][0];
        assert_eq!((&lund["number"], &lund["locale"]), (&json!("A-000001"), &json!("en")));
        assert_eq!((app.count("invitations"), app.count("upload_pieces")), (0, 0));
    }

    async fn the_sample_of_applications_is_taken_over(app) {
        let (_, ana) = organisation(&app).await;
        let sample = include_bytes!("../../docs/examples/applications.csv");
        let job = import(&ana, sample, json!({"submit": true})).await;
        assert_eq!(summary(&job), "succeeded: created 3, updated 0, unchanged 0, skipped 0, failed 0");
        let sent = "SELECT method || ' ' || recipient FROM invitations ORDER BY recipient";
        assert_eq!(app.burglar().texts(sent), ["sms +15550100232", "email ewa@mail.example", "email familia.ruiz@mail.example"]);
    }

    async fn what_is_submitted_is_invited_and_a_row_that_cannot_be_fails_alone(app) {
        let (_, ana) = organisation(&app).await;
        ana.post("/v1/applications", json!({"number": "X-1", "family_name": "There"})).await.is(201);
        let file = format!("{HEADER}\nx-1,Taken,a@home.example,,,,\nX-2,Ruiz,r@home.example,,,,\nX-2,Twice,t@home.example,,,,\n\
            ,Nobody,,,,,\n,Texted,t@home.example,,sms,,\n,Called,,+15550100231,,,\n,=cmd,,,,fr,\n");
        let body = json!({"submit": true, "mode": "valid_rows"});
        let trial = import(&ana, file.as_bytes(), with(&body, "dry_run", json!(true))).await;
        assert_eq!((app.count("applications"), app.count("invitations"), app.count("notifications")), (1, 0, 0));
        let job = import(&ana, file.as_bytes(), body).await;
        assert_eq!(summary(&job), "succeeded: created 2, updated 0, unchanged 0, skipped 0, failed 5");
        let expected = [
            "2 failed number:application.number_taken", "3 created", "4 failed number:duplicate",
            "5 failed email:application.no_contact", "6 failed phone:application.no_contact", "7 created",
            "8 failed family_name:formula locale:unknown",
        ];
        assert_eq!(outcomes(&ana, &job).await, expected);
        assert_eq!(outcomes(&ana, &trial).await, expected, "a trial says what would happen");
        let sent = "SELECT method || ' ' || recipient FROM invitations ORDER BY recipient";
        assert_eq!(app.burglar().texts(sent), ["sms +15550100231", "email r@home.example"]);
        let ruiz = &ana.get("/v1/applications?q=ruiz").await.is(200).body["data"][0];
        assert_eq!((&ruiz["status"], &ruiz["online_account"]), (&json!("submitted"), &json!("invited")));
        let detail = app.audit().await.pop().unwrap()["detail"].to_string();
        assert!(!detail.contains("Ruiz"), "{detail}");
    }

    async fn an_application_a_line_is_taken_over_too(app) {
        let (_, ana) = organisation(&app).await;
        let file = "{\"family_name\":\"Ruiz\",\"email\":\"r@home.example\",\"children\":[{\"child_id\":\"K-1\",\"name\":\"Leo\"}]}\n\
            \n{\"family_name\":\"Lund\",\"phone\":\"12\"}\n{\"family_name\":\"Lund\",\"submit\":true}\nno json\n\
            [null,\"Lund\",\"l@home.example\",null,null,null,null]\n\
            {\"family_name\":\"Lund\",\"email\":\"l@home.example\",\"children\":[[\"K-2\",\"Eva\"]]}\n";
        let job = import(&ana, file.as_bytes(), json!({"submit": true, "mode": "valid_rows"})).await;
        assert_eq!(outcomes(&ana, &job).await, ["1 created", "3 failed phone:too_short", "4 failed :form", "5 failed :form",
            "6 failed :form", "7 failed :form"]);
        let ruiz = &ana.get("/v1/applications?q=ruiz").await.is(200).body["data"][0];
        assert_eq!((&ruiz["children"][0]["name"], &ruiz["online_account"]), (&json!("Leo"), &json!("invited")));
    }

    async fn every_encoding_of_a_spreadsheet_of_applications_is_read(app) {
        let (_, ana) = organisation(&app).await;
        let text = "family_name;number\nPeña;NAME\n";
        let wide = |text: &str| {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [&b"\xFF\xFE"[..], &bytes].concat()
        };
        for (name, bytes) in [
            ("X-1", text.replace("NAME", "X-1").into_bytes()),
            ("X-2", [b"\xEF\xBB\xBF", text.replace("NAME", "X-2").as_bytes()].concat()),
            ("X-3", wide(&text.replace("NAME", "X-3"))),
            ("X-4", WINDOWS_1252.encode(&text.replace("NAME", "X-4")).0.into_owned()),
        ] {
            let job = import(&ana, &bytes, json!({"submit": false})).await;
            assert_eq!(job["state"], "succeeded", "{name}: {job}");
            let found = ana.get(&format!("/v1/applications?q={name}")).await.is(200).body;
            assert_eq!(found["data"][0]["family_name"], "Peña", "{name}");
        }
    }

    async fn all_or_nothing_takes_nothing_over_when_a_row_is_wrong(app) {
        let (_, ana) = organisation(&app).await;
        let file = rows(620) + "X-1,,,,,,\n";
        let job = import(&ana, file.as_bytes(), json!({"submit": true})).await;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("roster.rows_invalid")));
        assert_eq!(outcomes(&ana, &job).await, ["622 failed family_name:missing"]);
        assert_eq!((app.count("applications"), app.count("notifications")), (0, 0));
        let job = import(&ana, rows(620).as_bytes(), json!({"submit": true})).await;
        assert_eq!(summary(&job), "succeeded: created 620, updated 0, unchanged 0, skipped 0, failed 0");
        assert_eq!((app.count("applications"), app.count("invitations"), app.count("notifications")), (620, 620, 620));
    }

    async fn a_number_that_a_later_row_gives_is_drawn_for_nobody(app) {
        let (_, ana) = organisation(&app).await;
        let own = "A-000100,Lund,l@home.example,,,,\n";
        let job = import(&ana, (rows(620) + own).as_bytes(), json!({"submit": false})).await;
        assert_eq!(summary(&job), "succeeded: created 621, updated 0, unchanged 0, skipped 0, failed 0");
        let lund = ana.get("/v1/applications?q=A-000100").await.is(200).body;
        assert_eq!(lund["data"][0]["family_name"], "Lund");
    }

    async fn what_is_no_file_of_applications_fails_as_a_whole(app) {
        let (_, ana) = organisation(&app).await;
        for (file, code) in [
            (&b"PK\x03\x04 no text"[..], "roster.unreadable"),
            (b"Email,Phone\na@home.example,\n", "roster.columns_missing"),
            (b"family_name,family\na,b\n", "roster.column_twice"),
            (b"family_name\n\n", "roster.empty"),
        ] {
            let job = import(&ana, file, json!({"submit": false})).await;
            assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!(code)));
        }
        assert_eq!((app.count("upload_pieces"), app.count("applications")), (0, 0));
    }

    async fn headers_of_applications_mean_what_is_said_of_them(app) {
        let (_, ana) = organisation(&app).await;
        let columns = json!([{"header": "Haushalt", "column": "family_name"}, {"header": "Number", "column": null}]);
        let file = "Haushalt;Number\nLund;17\n";
        let job = import(&ana, file.as_bytes(), json!({"submit": false, "columns": columns})).await;
        assert_eq!(outcomes(&ana, &job).await, ["2 created"]);
        assert_eq!(ana.get("/v1/applications?q=lund").await.is(200).body["data"][0]["number"], "A-000001");
    }

    async fn a_file_is_sent_and_seen_by_who_could_use_it(app) {
        let (tenant, ana) = organisation(&app).await;
        let holds = |permission: Permission| app.holder(tenant, [permission].into_iter().collect());
        let (mia, noa) = (holds(Permission::ApplicationsImport).await, holds(Permission::UsersManage).await);
        let of = |purpose: &str| json!({"purpose": purpose, "file_name": "a.csv"});
        mia.post("/v1/uploads", of("roster")).await.is(403).is_refused("action.not_permitted");
        noa.post("/v1/uploads", of("applications")).await.is(403).is_refused("action.not_permitted");
        holds(Permission::ApplicationsWrite).await.post("/v1/uploads", of("applications")).await.is(403);
        noa.post("/v1/uploads", of("roster")).await.is(201);
        let upload = uploaded(&mia, b"family_name\nLund\n").await;
        ana.get(&format!("/v1/uploads/{upload}")).await.is(200);
        noa.get(&format!("/v1/uploads/{upload}")).await.is(404);
        ana.post("/v1/roster-imports", json!({"upload_id": upload})).await.is(422);
        let made = mia.post("/v1/application-imports", json!({"upload_id": upload, "submit": false})).await.is(202);
        mia.post("/v1/application-imports", json!({"upload_id": upload, "submit": false})).await.is(409).is_refused("upload.in_use");
        noa.get(&made.header("location")).await.is(404);
        // Who loses the permission meanwhile imports nothing more.
        app.burglar().run("DELETE FROM user_roles");
        run(&app).await;
        let job = ana.get(&made.header("location")).await.is(200).body;
        assert_eq!((&job["failure"], app.count("applications")), (&json!("action.not_permitted"), 0));
    }

    async fn a_file_of_many_takes_as_many_statements_as_one_of_few(app) {
        let (_, ana) = organisation(&app).await;
        let mut sent = Vec::new();
        for count in [2, 60] {
            let upload = uploaded(&ana, rows(count).as_bytes()).await;
            ana.post("/v1/application-imports", json!({"upload_id": upload, "submit": true, "mode": "valid_rows"})).await.is(202);
            sent.push(statements(&app).await);
        }
        assert_eq!(sent[0], sent[1]);
        assert_eq!(app.count("invitations"), 62);
    }
}

/// A file of this many applications without numbers.
fn rows(count: usize) -> String {
    let row = |at| format!(",Ruiz,f{at}@home.example,,,,K-{at}\n");
    format!("{HEADER}\n") + &(0..count).map(row).collect::<String>()
}

/// A body with a field more.
fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

/// Uploads a file; its id.
async fn uploaded(who: &Actor<'_>, bytes: &[u8]) -> String {
    let body = json!({"purpose": "applications", "file_name": "applications.csv"});
    let upload = who.post("/v1/uploads", body).await.is(201).text("/id");
    let path = format!("/v1/uploads/{upload}/content");
    who.send_octets(Method::PUT, &path, bytes).await.is(200);
    upload
}

/// Uploads a file, imports it as said, and waits for the end; the job.
async fn import(who: &Actor<'_>, bytes: &[u8], mut body: Value) -> Value {
    body["upload_id"] = json!(uploaded(who, bytes).await);
    let made = who.post("/v1/application-imports", body).await.is(202);
    run(who.app).await;
    who.get(&made.header("location")).await.is(200).body
}
