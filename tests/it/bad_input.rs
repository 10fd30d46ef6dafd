//! Requests that are wrong: refused whole, with every fault named, and nothing changed.

use std::collections::BTreeSet;
use std::io::Write;

use caredesk::service::Limits;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::{App, TOKEN};
use crate::support::db::Database;
use crate::support::gateway::Gateway;
use crate::support::make;
use crate::support::wire::{read, request};

/// Sends a body as it is, by hand, to `POST /v1/tenants`; nothing may change.
fn post(admin: &Actor<'_>, body: &[u8]) -> Answer {
    by_hand(admin, "POST /v1/tenants", &[("Content-Type", "application/json")], body)
}

/// Sends a request by hand; nothing may change.
#[track_caller]
fn by_hand(admin: &Actor<'_>, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let token = format!("Bearer {}", admin.token.as_ref().unwrap());
    let headers = [headers, &[("Authorization", token.as_str())]].concat();
    let before = admin.app.rows();
    let answer = admin.app.wire(&request(line, &headers, body));
    assert_eq!(admin.app.rows(), before);
    answer
}

/// Sends a spoilt tenant; says which places are named, each with the kinds of fault found there.
fn faults(admin: &Actor<'_>, body: &Value) -> BTreeSet<String> {
    let answer = post(admin, body.to_string().as_bytes()).is(422).is_refused("request.invalid");
    places(&answer)
}

/// The places that a problem names.
fn places(answer: &Answer) -> BTreeSet<String> {
    let errors = answer.body["errors"].as_array().unwrap();
    for error in errors {
        assert!(
            !error["detail"].as_str().unwrap().is_empty()
                && !error["code"].as_str().unwrap().is_empty(),
            "{error}"
        );
    }
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

/// These places.
fn at(places: &[&str]) -> BTreeSet<String> {
    places.iter().map(|place| (*place).to_owned()).collect()
}

/// A tenant with another value in one field, by its path.
fn spoilt(pointer: &str, value: Value) -> Value {
    let mut body = make::tenant("pine");
    body["settings"] = settings();
    *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    body
}

/// Settings that are right.
fn settings() -> Value {
    json!({"time_zone": "Europe/Madrid", "locale": "es", "dormancy_days": 90, "support_user_second_factor": false,
        "help_search_required": true, "site_admin_wait_days": 2, "copy_on_referrals": false, "no_access_procedure": null,
            "phone_region": null})
}

/// An object in an object in an object.
fn nested(depth: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))
}

on_both! {
    async fn what_is_no_json_is_malformed(app) {
        let admin = app.platform_admin().await;
        for bad in [
            "{",
            "}",
            "{\"slug\":}",
            "nonsense",
            "{} {}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"slug\":\"a\u{1}b\"}",
            "[1,",
            "\"",
            "NaN",
            "{\"a\":01}",
            "\u{feff}{}",
        ] {
            post(&admin, bad.as_bytes()).is(400).is_refused("request.malformed_json");
        }
    }

    async fn bytes_that_are_no_utf_8_are_malformed(app) {
        let admin = app.platform_admin().await;
        for bad in [
            &b"{\"slug\":\"\xff\"}"[..],
            b"{\"slug\":\"\xc0\x80\"}",
            b"\xff\xfe{\x00}\x00",
            b"{\"\xed\xa0\x80\":1}",
        ] {
            post(&admin, bad).is(400).is_refused("request.malformed_json");
        }
        post(&admin, b"{\"slug\":\"\\ud800\"}").is(400).is_refused("request.malformed_json");
    }

    async fn a_body_is_one_object(app) {
        let admin = app.platform_admin().await;
        for bad in ["[]", "[{}]", "1", "\"text\"", "null", "true"] {
            assert_eq!(
                places(&post(&admin, bad.as_bytes()).is(422).is_refused("request.invalid")),
                at(&["#"]),
                "{bad}"
            );
        }
    }

    async fn a_body_must_be_there(app) {
        let admin = app.platform_admin().await;
        post(&admin, b"").is(400).is_refused("request.missing_body");
        post(&admin, b" \n").is(400).is_refused("request.missing_body");
    }

    async fn a_key_stands_once_in_every_object(app) {
        let admin = app.platform_admin().await;
        let body = make::tenant("pine").to_string();
        for bad in [
            body.replacen('{', "{\"slug\":\"oak\",", 1),
            body.replacen("\"day\":", "\"day\":\"friday\",\"day\":", 1),
            body.replacen('{', "{\"sl\\u0075g\":\"oak\",", 1),
        ] {
            post(&admin, bad.as_bytes()).is(400).is_refused("request.duplicate_key");
        }
    }

    async fn a_body_is_nested_sixteen_deep_at_most(app) {
        let admin = app.platform_admin().await;
        for depth in [17, 100, 5000] {
            post(&admin, nested(depth).as_bytes()).is(400).is_refused("request.too_deep");
            post(&admin, format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes())
                .is(400)
                .is_refused("request.too_deep");
        }
        assert_eq!(places(&post(&admin, nested(16).as_bytes()).is(422)).len(), 7);
    }

    async fn every_fault_is_named_at_once(app) {
        let admin = app.platform_admin().await;
        let bad = json!({
            "slug": "UPPER", "name": 7, "kind": "zoo", "notification_address": "nowhere", "surprise": 1, "a/b~c": 2,
            "contacts": [{"label": "", "phone": 555}, {"email": "a@b.example", "fax": 1}],
            "hours": [{"day": "funday", "opens": "9", "closes": "25:00"}],
            "settings": {"dormancy_days": 5},
            "owners": [{"email": "a@b.example"}, []]});
        assert_eq!(
            faults(&admin, &bad),
            at(&[
                "#/slug",
                "#/name",
                "#/kind",
                "#/notification_address",
                "#/surprise",
                "#/a~1b~0c",
                "#/contacts/0/label",
                "#/contacts/0/phone",
                "#/contacts/1/label",
                "#/contacts/1/fax",
                "#/hours/0/day",
                "#/hours/0/opens",
                "#/hours/0/closes",
                "#/settings/dormancy_days",
                "#/settings/time_zone",
                "#/settings/locale",
                "#/settings/support_user_second_factor",
                "#/settings/help_search_required",
                "#/settings/site_admin_wait_days",
                "#/settings/copy_on_referrals",
                "#/owners/0/name",
                "#/owners/1"
            ])
        );
    }

    async fn every_missing_field_is_named(app) {
        let admin = app.platform_admin().await;
        assert_eq!(
            faults(&admin, &json!({})),
            at(&["#/slug", "#/name", "#/kind", "#/notification_address", "#/contacts", "#/owners"])
        );
    }

    async fn what_was_sent_is_not_repeated(app) {
        let admin = app.platform_admin().await;
        let bad = json!({"slug": "canary one", "name": "canary\u{7}", "kind": "canary", "notification_address": "canary@", "contacts": "canary", "owners": [{"name": "canary\n", "email": "<canary>", "phone": "canary"}]});
        let answer = post(&admin, bad.to_string().as_bytes()).is(422);
        assert!(!answer.raw.contains("canary"), "{}", answer.raw);
    }

    async fn a_field_has_its_type_and_null_is_none(app) {
        let admin = app.platform_admin().await;
        for field in [
            "slug",
            "name",
            "kind",
            "notification_address",
            "contacts",
            "hours",
            "settings",
            "owners",
        ] {
            for wrong in
                [Value::Null, json!(7), json!(true), json!({"a": 1}), json!([[]]), json!("")]
            {
                let found = faults(&admin, &spoilt(&format!("/{field}"), wrong.clone()));
                assert!(
                    found.iter().any(|place| place.starts_with(&format!("#/{field}"))),
                    "{field} = {wrong}: {found:?}"
                );
            }
        }
        for pointer in [
            "/settings/time_zone",
            "/settings/dormancy_days",
            "/settings/help_search_required",
            "/contacts/0/email",
            "/contacts/0/phone",
            "/owners/0/phone",
        ] {
            assert_eq!(
                faults(&admin, &spoilt(pointer, Value::Null)),
                at(&[&format!("#{pointer}")])
            );
        }
    }

    async fn texts_are_as_long_as_they_may_be_in_characters(app) {
        let admin = app.platform_admin().await;
        for (pointer, most) in [
            ("/name", 120),
            ("/contacts/0/label", 200),
            ("/owners/0/name", 120),
            ("/settings/no_access_procedure", 2000),
        ] {
            assert_eq!(
                faults(&admin, &spoilt(pointer, json!("é".repeat(most + 1)))),
                at(&[&format!("#{pointer}")])
            );
        }
        for (pointer, long) in [
            ("/slug", "a".repeat(41)),
            ("/notification_address", format!("{}@pine.example", "a".repeat(65))),
            ("/owners/0/phone", "+1234567890123456".to_owned()),
        ] {
            assert_eq!(
                faults(&admin, &spoilt(pointer, json!(long))),
                at(&[&format!("#{pointer}")])
            );
        }
        let mut longest = spoilt("/name", json!("é".repeat(120)));
        longest["settings"]["no_access_procedure"] = json!("é".repeat(2000));
        admin.post("/v1/tenants", longest).await.is(201);
    }

    async fn control_characters_stand_in_no_text(app) {
        let admin = app.platform_admin().await;
        for bad in [
            "a\u{0}b",
            "a\u{7}b",
            "a\u{1b}[31m",
            "a\u{7f}",
            "a\nb",
            "a\u{85}b",
            "a\u{9b}b",
            "   ",
            "\u{0}",
        ] {
            for pointer in ["/name", "/contacts/0/label", "/owners/0/name"] {
                assert_eq!(
                    faults(&admin, &spoilt(pointer, json!(bad))),
                    at(&[&format!("#{pointer}")]),
                    "{bad:?}"
                );
            }
        }
        assert_eq!(
            faults(&admin, &spoilt("/settings/no_access_procedure", json!("a\u{0}b"))),
            at(&["#/settings/no_access_procedure"])
        );
        for pointer in [
            "/slug",
            "/notification_address",
            "/owners/0/phone",
            "/kind",
            "/settings/time_zone",
            "/hours/0/opens",
        ] {
            assert_eq!(
                faults(&admin, &spoilt(pointer, json!("a\u{0}b"))),
                at(&[&format!("#{pointer}")])
            );
        }
    }

    async fn addresses_numbers_zones_and_hours_must_exist(app) {
        let admin = app.platform_admin().await;
        for (pointer, wrong) in [
            ("/notification_address", json!("a@b")),
            ("/notification_address", json!("a b@pine.example")),
            ("/notification_address", json!("a@@pine.example")),
            ("/notification_address", json!("Ana <a@pine.example>")),
            ("/notification_address", json!("a@pine.example\r\nBcc: b@pine.example")),
            ("/owners/0/phone", json!("5550100200")),
            ("/owners/0/phone", json!("+0550100200")),
            ("/owners/0/phone", json!("+1 555 CALL NOW")),
            ("/owners/0/phone", json!("+1 201 555 0123 ext. 7")),
            ("/settings/time_zone", json!("Europe/Atlantis")),
            ("/settings/time_zone", json!("../../etc/passwd")),
            ("/settings/time_zone", json!("EST5EDT6")),
            ("/settings/locale", json!("fr")),
            ("/kind", json!("Camp")),
            ("/slug", json!("pine--lodge")),
            ("/slug", json!("-pine")),
            ("/slug", json!("piñe")),
            ("/slug", json!("p")),
            ("/hours/0/opens", json!("24:00")),
            ("/hours/0/opens", json!("9:00")),
            ("/hours/0/opens", json!("09:00:00")),
            ("/hours/0/day", json!("Monday")),
        ] {
            assert_eq!(
                faults(&admin, &spoilt(pointer, wrong.clone())),
                at(&[&format!("#{pointer}")]),
                "{wrong}"
            );
        }
    }

    async fn numbers_have_a_range(app) {
        let admin = app.platform_admin().await;
        for wrong in [
            json!(29),
            json!(731),
            json!(-1),
            json!(0),
            json!(90.5),
            json!("90"),
            json!(99_999_999_999_i64),
            json!(1e300),
            json!(u64::MAX),
        ] {
            assert_eq!(
                faults(&admin, &spoilt("/settings/dormancy_days", wrong.clone())),
                at(&["#/settings/dormancy_days"]),
                "{wrong}"
            );
        }
        for wrong in [json!(0), json!(21)] {
            assert_eq!(
                faults(&admin, &spoilt("/settings/site_admin_wait_days", wrong)),
                at(&["#/settings/site_admin_wait_days"])
            );
        }
        post(
            &admin,
            spoilt("/settings/dormancy_days", json!("@"))
                .to_string()
                .replace("\"@\"", "1e999")
                .as_bytes(),
        )
        .is(400)
        .is_refused("request.malformed_json");
        for fine in [30, 730] {
            let mut body = spoilt("/settings/dormancy_days", json!(fine));
            body["slug"] = json!(format!("pine-{fine}"));
            admin.post("/v1/tenants", body).await.is(201);
        }
    }

    async fn lists_have_a_length(app) {
        let admin = app.platform_admin().await;
        for (field, most) in [("contacts", 10), ("owners", 10), ("hours", 21)] {
            let item = make::tenant("pine")[field][0].clone();
            let found = faults(&admin, &spoilt(&format!("/{field}"), json!(vec![item; most + 1])));
            assert!(found.contains(&format!("#/{field}")), "{found:?}");
        }
    }

    async fn hours_end_after_they_begin_and_do_not_overlap(app) {
        let admin = app.platform_admin().await;
        let hours = |spans: &[(&str, &str)]| {
            spoilt("/hours", spans.iter().map(|(opens, closes)| json!({"day": "monday", "opens": opens, "closes": closes})).collect())
        };
        for (spans, place) in [
            (vec![("09:00", "12:00"), ("11:59", "17:00")], "#/hours/1"),
            (vec![("17:00", "09:00")], "#/hours/0"),
            (vec![("09:00", "09:00")], "#/hours/0"),
            (vec![("09:00", "12:00"), ("13:00", "14:00"), ("08:00", "18:00")], "#/hours/2"),
            (vec![("09:00", "12:00"), ("09:00", "12:00")], "#/hours/1"),
        ] {
            assert_eq!(faults(&admin, &hours(&spans)), at(&[place]), "{spans:?}");
        }
        admin.post("/v1/tenants", hours(&[("09:00", "12:00"), ("12:00", "17:00")])).await.is(201);
    }

    async fn every_fault_that_no_schema_shows_is_named_too(app) {
        let admin = app.platform_admin().await;
        let mut body = spoilt(
            "/hours",
            json!([{"day": "monday", "opens": "17:00", "closes": "09:00"}, {"day": "friday", "opens": "17:00", "closes": "09:00"}]),
        );
        body["contacts"] = json!([{"label": "One"}, {"label": "Two"}]);
        body["owners"] = json!([body["owners"][0], body["owners"][0], body["owners"][0]]);
        assert_eq!(
            faults(&admin, &body),
            at(&[
                "#/hours/0",
                "#/hours/1",
                "#/contacts/0",
                "#/contacts/1",
                "#/owners/1",
                "#/owners/2"
            ])
        );
    }

    async fn owners_have_an_address_each_in_any_case(app) {
        let admin = app.platform_admin().await;
        let owner = |email: &str| json!({"name": "Olga", "email": email});
        let body = spoilt(
            "/owners",
            json!([
                owner("olga@pine.example"),
                owner("omar@pine.example"),
                owner("OLGA@Pine.example")
            ]),
        );
        assert_eq!(faults(&admin, &body), at(&["#/owners/2"]));
    }

    async fn changes_are_held_to_the_same_rules(app) {
        let admin = app.platform_admin().await;
        let made = app.tenant("pine").await;
        let path = format!("/v1/tenants/{}", made.text("/id"));
        let before = app.rows();
        for (method, end, body, places) in [
            (Method::PATCH, "", json!({"name": null}), vec!["#/name"]),
            (Method::PATCH, "", json!({"kind": null, "slug": "oak"}), vec!["#/kind", "#/slug"]),
            (Method::PATCH, "", json!({"status": "suspended"}), vec!["#/status"]),
            (
                Method::PATCH,
                "",
                json!({"id": made.body["id"], "version": 9}),
                vec!["#/id", "#/version"],
            ),
            (
                Method::PATCH,
                "/settings",
                json!({"dormancy_days": null, "time_zone": null}),
                vec!["#/dormancy_days", "#/time_zone"],
            ),
            (
                Method::PATCH,
                "/settings",
                json!({"no_access_procedure": ""}),
                vec!["#/no_access_procedure"],
            ),
            (Method::PATCH, "/settings", json!({"hours": null}), vec!["#/hours"]),
            (
                Method::PUT,
                "/contacts",
                json!({}),
                vec!["#/notification_address", "#/contacts", "#/evidence"],
            ),
            (
                Method::PUT,
                "/contacts",
                json!({"notification_address": "a@pine.example", "contacts": [], "evidence": {"kind": "rumour", "reference": ""}}),
                vec!["#/evidence/kind", "#/evidence/reference"],
            ),
        ] {
            let refused = admin
                .send(method, &format!("{path}{end}"), Some(body), &[("if-match", &made.etag())])
                .await
                .is(422)
                .is_refused("request.invalid");
            assert_eq!(self::places(&refused), at(&places));
        }
        assert_eq!(app.rows(), before);
        assert_eq!(admin.get(&path).await.body["version"], 1);
    }

    async fn what_is_no_id_names_nothing(app) {
        let admin = app.platform_admin().await;
        for id in [
            "x",
            "00000000-0000-0000-0000-00000000000g",
            "%00",
            "..%2f..",
            "%ff%fe",
            "'%20OR%201=1--",
            "01935f6e7c007a3b9d0e5b1f7c2a4e10000",
        ] {
            let line = format!("GET /v1/tenants/{id}");
            by_hand(&admin, &line, &[], b"").is(404);
            by_hand(&admin, &format!("{line}/owners"), &[], b"").is(404);
            by_hand(
                &admin,
                &format!("POST /v1/tenants/{id}/suspend"),
                &[("Content-Type", "application/json")],
                make::reason().to_string().as_bytes(),
            )
            .is(404);
        }
    }

    async fn query_parameters_are_known_stand_once_and_have_their_type(app) {
        let admin = app.platform_admin().await;
        for (query, places) in [
            ("colour=red", vec!["colour"]),
            ("limit=1&limit=2", vec!["limit"]),
            ("limit=0", vec!["limit"]),
            ("limit=101", vec!["limit"]),
            ("limit=-1", vec!["limit"]),
            ("limit=ten", vec!["limit"]),
            ("limit=1.5", vec!["limit"]),
            ("limit=", vec!["limit"]),
            ("limit=99999999999999999999", vec!["limit"]),
            ("limit", vec!["limit"]),
            ("include_total=yes", vec!["include_total"]),
            ("include_total=1", vec!["include_total"]),
            ("kind=zoo", vec!["kind"]),
            ("status=gone", vec!["status"]),
            ("sort=size", vec!["sort"]),
            ("q=", vec!["q"]),
            ("q=%00", vec!["q"]),
            ("q=%20", vec!["q"]),
            ("cursor=", vec!["cursor"]),
            ("cursor=%20", vec!["cursor"]),
            ("cursor=%2B%2F", vec!["cursor"]),
            ("kind=camp&kind=camp", vec!["kind"]),
            ("limit=0&kind=zoo&colour=red", vec!["limit", "kind", "colour"]),
        ] {
            let refused = admin
                .get(&format!("/v1/tenants?{query}"))
                .await
                .is(422)
                .is_refused("request.invalid");
            let places: Vec<String> = places.iter().map(|place| format!("query:{place}")).collect();
            assert_eq!(self::places(&refused), places.into_iter().collect(), "{query}");
        }
        let long = format!("q={}", "a".repeat(81));
        admin.get(&format!("/v1/tenants?{long}")).await.is(422).at(&["query:q"]);
        for query in [
            "tenant_id=x",
            "actor_id=x",
            "target_id=x",
            "from=yesterday",
            "until=2026-13-01T00:00:00Z",
            "action=DROP",
            "outcome=maybe",
        ] {
            let place = query.split('=').next().unwrap();
            assert_eq!(
                places(&admin.get(&format!("/v1/audit-entries?{query}")).await.is(422)),
                at(&[&format!("query:{place}")]),
                "{query}"
            );
        }
    }

    async fn a_query_of_bytes_that_are_no_text_is_harmless(app) {
        let admin = app.platform_admin().await;
        for query in
            ["q=%ff", "q=%c0%80", "%ff=1", "q=%", "q=%zz", "&&&", "=", "q=a%0d%0aX-Evil:%201"]
        {
            let answer = by_hand(&admin, &format!("GET /v1/tenants?{query}"), &[], b"");
            assert!([200, 422].contains(&answer.status.as_u16()), "{query}: {}", answer.raw);
            assert_eq!(answer.header("x-evil"), "");
        }
    }

    async fn only_json_is_taken(app) {
        let admin = app.platform_admin().await;
        let body = make::tenant("pine").to_string();
        for media in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=latin1",
            "application/jsonp",
            "application/vnd.api+json",
            "json",
            "",
            "*/*",
        ] {
            by_hand(&admin, "POST /v1/tenants", &[("Content-Type", media)], body.as_bytes())
                .is(415)
                .is_refused("request.unsupported_media_type");
        }
        by_hand(&admin, "POST /v1/tenants", &[], body.as_bytes())
            .is(415)
            .is_refused("request.unsupported_media_type");
        for (number, media) in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
        ]
        .iter()
        .enumerate()
        {
            let body = make::tenant(&format!("pine-{number}"));
            let sent = admin
                .request(Method::POST, "/v1/tenants")
                .header("content-type", *media)
                .body(body.to_string());
            Answer::of(sent.send().await.unwrap()).await.is(201);
        }
    }

    async fn a_body_has_64_kib_at_most(app) {
        let admin = app.platform_admin().await;
        let padded = |length: usize, mut body: String| {
            body += &" ".repeat(length - body.len());
            body
        };
        let slight = padded(64 * 1024 + 1, make::tenant("pine").to_string());
        post(&admin, slight.as_bytes()).is(413).is_refused("request.body_too_large");
        post(&admin, &vec![b'['; 1024 * 1024]).is(413).is_refused("request.body_too_large");
        let chunk = format!("{:x}\r\n{slight}\r\n0\r\n\r\n", slight.len());
        chunked(&admin, "POST /v1/tenants", &chunk).is(413).is_refused("request.body_too_large");
        let exact = padded(64 * 1024, make::tenant("pine").to_string());
        let sent = admin
            .request(Method::POST, "/v1/tenants")
            .header("content-type", "application/json")
            .body(exact);
        Answer::of(sent.send().await.unwrap()).await.is(201);
    }

    async fn a_body_that_says_it_is_huge_is_refused_before_it_comes(app) {
        let admin = app.platform_admin().await;
        let headers = [("Content-Type", "application/json"), ("Content-Length", "1000000000000")];
        by_hand(&admin, "POST /v1/tenants", &headers, b"")
            .is(413)
            .is_refused("request.body_too_large");
    }

    async fn a_body_of_a_sign_in_has_4_kib_at_most(app) {
        let nobody = app.nobody();
        for (path, body) in [
            ("/v1/sessions", json!({"email": "ana@desk.example", "password": "x"})),
            ("/v1/sessions/refresh", json!({"refresh_token": format!("cdr_{}", "A".repeat(43))})),
            (
                "/v1/enrolments/redeem",
                json!({"token": format!("cde_{}", "A".repeat(43)), "password": "violet tractor 93"}),
            ),
        ] {
            let mut body = body.to_string();
            body += &" ".repeat(4097 - body.len());
            let sent = nobody
                .request(Method::POST, path)
                .header("content-type", "application/json")
                .body(body);
            Answer::of(sent.send().await.unwrap())
                .await
                .is(413)
                .is_refused("request.body_too_large");
        }
    }

    async fn who_asks_is_looked_at_before_what_is_asked(app) {
        let nobody = app.nobody();
        nobody
            .post("/v1/tenants", json!({"nonsense": 1}))
            .await
            .is(401)
            .is_refused("auth.required");
        nobody.get("/v1/tenants?nonsense=1").await.is(401).is_refused("auth.required");
        let sent = nobody.request(Method::POST, "/v1/tenants").body("x".repeat(100_000));
        Answer::of(sent.send().await.unwrap()).await.is(401).is_refused("auth.required");
    }

    async fn a_sign_in_names_every_fault_without_repeating_it(app) {
        let answer = app
            .nobody()
            .post("/v1/sessions", json!({"realm": "canary", "name": "", "password": "", "remember": "canary"}))
            .await;
        assert_eq!(places(&answer.clone().is(422)), at(&["#/name", "#/password", "#/realm", "#/remember"]));
        assert!(!answer.raw.contains("canary"), "{}", answer.raw);
    }

    async fn a_code_is_six_digits(app) {
        let admin =
            app.someone_unproven(caredesk_core::domain::account::Role::PlatformAdmin, None).await;
        for code in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345", " 12345"] {
            assert_eq!(places(&admin.verify(code).await.is(422)), at(&["#/code"]), "{code}");
        }
    }

    async fn headers_have_8_kib_together_at_most(app) {
        let admin = app.platform_admin().await;
        let long = "x".repeat(9000);
        let many: Vec<String> = (0..60).map(|number| format!("X-Header-{number}")).collect();
        let many: Vec<(&str, &str)> =
            many.iter().map(|name| (name.as_str(), &long[..150])).collect();
        by_hand(&admin, "GET /v1/tenants", &[("X-Long", &long)], b"")
            .is(431)
            .is_refused("request.headers_too_large");
        by_hand(&admin, "GET /v1/tenants", &many, b"")
            .is(431)
            .is_refused("request.headers_too_large");
        by_hand(&admin, "GET /v1/nowhere", &[("Cookie", &long)], b"")
            .is(431)
            .is_refused("request.headers_too_large");
        by_hand(&admin, "GET /v1/tenants", &[("X-Long", &long[..7000])], b"").is(200);
    }

    async fn what_no_parser_takes_is_refused_by_its_status_alone(app) {
        let admin = app.platform_admin().await;
        let before = app.rows();
        for bytes in [&b"GET / HTTP/9.9\r\n\r\n"[..], b"nonsense\r\n\r\n", b"GET /v1/tenants HTTP/1.1\r\nno colon\r\n\r\n", b"POST /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"POST /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] {
            app.wire(bytes).is(400);
        }
        assert_eq!(app.rows(), before);
        admin.get("/v1/tenants").await.is(200); // and the server goes on
    }

    async fn an_unknown_path_is_not_found(app) {
        let admin = app.platform_admin().await;
        for path in [
            "/v1",
            "/v1/",
            "/v1/nothing",
            "/v2/tenants",
            "/v1/tenants/",
            "//v1/tenants",
            "/v1/Tenants",
            "/v1/tenants/a/b/c/d",
            "/.env",
            "/v1/../v1/nothing",
            "/%00",
            "/%ff",
        ] {
            for method in ["GET", "POST"] {
                by_hand(
                    &admin,
                    &format!("{method} {path}"),
                    &[("Content-Type", "application/json")],
                    b"{}",
                )
                .is(404)
                .is_refused("request.unknown_path");
            }
        }
        let long = format!("GET /v1/{}", "a".repeat(3000));
        by_hand(&admin, &long, &[], b"").is(404).is_refused("request.unknown_path");
    }

    async fn a_path_has_its_methods(app) {
        let admin = app.platform_admin().await;
        let pine = app.tenant("pine").await.text("/id");
        for (line, allow) in [
            ("DELETE /v1/tenants".to_owned(), "GET, POST"),
            ("PUT /v1/tenants".to_owned(), "GET, POST"),
            (format!("POST /v1/tenants/{pine}"), "GET, PATCH"),
            (format!("GET /v1/tenants/{pine}/suspend"), "POST"),
            ("GET /v1/sessions".to_owned(), "POST"),
            ("PROPFIND /v1/tenants".to_owned(), "GET, POST"),
            ("TRACE /v1/tenants".to_owned(), "GET, POST"),
            ("PATCH /v1/sessions/current".to_owned(), "DELETE, GET"),
        ] {
            let refused =
                by_hand(&admin, &line, &[], b"").is(405).is_refused("request.method_not_allowed");
            let mut said: Vec<String> =
                refused.header("allow").split(", ").map(str::to_owned).collect();
            said.sort();
            assert_eq!(said.join(", "), allow, "{line}");
        }
    }

    async fn the_head_of_a_page_is_to_be_had_and_of_an_operation_not(app) {
        for page in ["/healthz", "/readyz", "/reset", "/enrol", "/openapi.json", "/problems/tenant.slug_taken"] {
            let head = app.http.head(format!("{}{page}", app.base)).send().await.unwrap();
            assert_eq!(head.status(), 200, "{page}");
            assert!(head.headers()["content-type"].to_str().unwrap().starts_with(['t', 'a']));
            assert_eq!(head.text().await.unwrap(), "", "{page}");
        }
        let head = app.http.head(format!("{}/v1/sessions/current", app.base)).send().await.unwrap();
        assert_eq!(head.status(), 405);
    }

    async fn a_stray_name_with_line_breaks_is_named_on_one_line(app) {
        let admin = app.platform_admin().await;
        for path in ["/v1/tenants?a%0Ab%E2%80%A8c=1", "/v1/account?a%0Ab%E2%80%A8c=1"] {
            admin.get(path).await.is(422).at(&["query:a\u{fffd}b\u{fffd}c"]);
        }
    }

    async fn if_match_has_its_form(app) {
        let admin = app.platform_admin().await;
        let made = app.tenant("pine").await;
        let path = format!("/v1/tenants/{}", made.text("/id"));
        for bad in [
            "*",
            "1",
            "\"1\"",
            "W/\"1-aaaaaaaa\"",
            "\"x-aaaaaaaa\"",
            "\"1-aaaaaaa\"",
            "\"1-zzzzzzzz\"",
            "\"99999999999999999999-aaaaaaaa\"",
            "\"1-aaaaaaaa\", \"2-aaaaaaaa\"",
            "",
        ] {
            let answer = by_hand(
                &admin,
                &format!("PATCH {path}"),
                &[("If-Match", bad), ("Content-Type", "application/json")],
                b"{\"name\":\"Oak\"}",
            );
            answer.is(400).is_refused("request.invalid_header").at(&["header:If-Match"]);
        }
        let twice = [("if-match", made.etag()), ("if-match", made.etag())];
        let twice = twice.each_ref().map(|(name, tag)| (*name, tag.as_str()));
        let body = json!({"name": "Oak"});
        let answer = admin.send(Method::PATCH, &path, Some(body), &twice).await.is(400);
        answer.is_refused("request.invalid_header").at(&["header:If-Match"]);
        assert_eq!(admin.get(&path).await.body["version"], 1);
    }

    async fn a_request_id_is_taken_if_it_is_well_formed(app) {
        let admin = app.platform_admin().await;
        let ask = async |id: &str| {
            admin
                .send(Method::GET, "/v1/tenants", None, &[("x-request-id", id)])
                .await
                .is(200)
                .header("x-request-id")
        };
        assert_eq!(ask("request-0001").await, "request-0001");
        for bad in ["short", "with space", "a@b.example", "x'; DROP TABLE", &"x".repeat(65)] {
            assert_ne!(ask(bad).await, *bad);
        }
    }
}

/// No database is asked for anything, so on one only.
#[actix_web::test]
async fn an_address_may_ask_so_often_and_no_more() {
    // One of the five was the question whether the server is up.
    let app = App::with(Database::sqlite(), Limits::default(), (60, 5)).await;
    for left in ["3", "2", "1", "0"] {
        let answer = app.nobody().get("/v1/tenants").await.is(401);
        assert_eq!(answer.header("ratelimit-limit"), "5");
        assert_eq!(answer.header("ratelimit-remaining"), left);
    }
    let refused =
        app.nobody().get("/v1/tenants").await.is(429).is_refused("throttle.too_many_requests");
    assert_eq!(
        (refused.header("retry-after"), refused.header("ratelimit-remaining")),
        ("1".to_owned(), "0".to_owned())
    );
}

/// Likewise.
#[actix_web::test]
async fn the_gateways_calls_are_not_counted_and_calls_with_a_wrong_signature_are() {
    let app = App::with(Database::sqlite(), Limits::default(), (1, 5)).await;
    let (gateway, other) = (Gateway::start(TOKEN), Gateway::start("another"));
    let phone = "+15550100200";
    for _ in 0..2_000 {
        assert_eq!(gateway.passes_on(&app.base, phone, "thank you").await, 200);
    }
    // One of the five was the question whether the server is up.
    for status in [403, 403, 403, 403, 429, 429] {
        assert_eq!(other.passes_on(&app.base, phone, "STOP").await, status);
    }
    assert_eq!(gateway.passes_on(&app.base, phone, "thank you").await, 200);
}

/// Sends a body of chunks that are written out; nothing may change.
fn chunked(admin: &Actor<'_>, line: &str, chunks: &str) -> Answer {
    let token = format!("Bearer {}", admin.token.as_ref().unwrap());
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
    ];
    let before = admin.app.rows();
    let answer =
        admin.app.wire(&[request(line, &headers, b""), chunks.as_bytes().to_vec()].concat());
    assert_eq!(admin.app.rows(), before);
    answer
}

/// Ten seconds of real time, so on one database only: no database is asked for anything.
#[actix_web::test]
async fn a_body_that_does_not_come_is_given_up() {
    let app = App::start(Database::sqlite()).await;
    let admin = app.platform_admin().await;
    let token = format!("Bearer {}", admin.token.as_ref().unwrap());
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
        ("Content-Length", "100"),
    ];
    let mut stream = app.connect();
    stream.write_all(&request("POST /v1/tenants", &headers, b"")).unwrap();
    stream.write_all(b"{\"slug\":").unwrap();
    read(&mut stream).is(408).is_refused("request.too_slow");
}
