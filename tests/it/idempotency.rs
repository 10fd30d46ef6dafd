//! Requests that are repeated: done once, answered again.

use std::io::Read;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::moment::{at_once, statuses};
use crate::support::wire::request;

/// Creates a tenant under a key.
async fn create(who: &Actor<'_>, key: &str, slug: &str) -> Answer {
    keyed(who, "/v1/tenants", key, make::tenant(slug)).await
}

async fn keyed(who: &Actor<'_>, path: &str, key: &str, body: Value) -> Answer {
    who.send(Method::POST, path, Some(body), &[("idempotency-key", key)]).await
}

/// The same by hand.
fn by_hand(who: &Actor<'_>, key: &str, slug: &str) -> Vec<u8> {
    let token = format!("Bearer {}", who.token.as_ref().unwrap());
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", key),
    ];
    request("POST /v1/tenants", &headers, make::tenant(slug).to_string().as_bytes())
}

/// Repeats a request until the first one is not under way any more.
async fn until_answered(who: &Actor<'_>, key: &str, slug: &str) -> Answer {
    loop {
        let answer = create(who, key, slug).await;
        if answer.body["code"] != "idempotency.in_progress" {
            return answer;
        }
    }
}

/// How many tenants there are, and changes of them in the audit.
async fn made(app: &App) -> (usize, usize) {
    let audit = app.audit().await;
    (app.count("tenants"), audit.iter().filter(|entry| entry["outcome"] == "done").count())
}

on_both! {
    async fn a_repeated_request_is_answered_again_and_done_once(app) {
        let admin = app.platform_admin().await;
        let first = create(&admin, "key-1", "pine").await.is(201);
        let again = create(&admin, "key-1", "pine").await.is(201);
        assert_eq!(
            (first.header("idempotent-replayed"), again.header("idempotent-replayed")),
            (String::new(), "true".to_owned())
        );
        assert_eq!(again.raw, first.raw);
        for header in ["location", "etag", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        assert_eq!(made(&app).await, (1, 1));
    }

    async fn an_answer_is_repeated_as_it_was_given(app) {
        let admin = app.platform_admin().await;
        let first = create(&admin, "key-1", "pine").await.is(201);
        admin
            .patch(&first.header("location"), &first.etag(), json!({"name": "Pine Hill"}))
            .await
            .is(200);
        assert_eq!(create(&admin, "key-1", "pine").await.is(201).body["name"], "Camp pine");
    }

    async fn an_answer_without_a_body_is_repeated(app) {
        let admin = app.platform_admin().await;
        let owners = format!("/v1/tenants/{}/owners", app.tenant_id("pine").await);
        let path = format!("{owners}/{}/remove", admin.get(&owners).await.text("/data/0/id"));
        let remove = || keyed(&admin, &path, "key-1", json!({"evidence": make::evidence()}));
        remove().await.is(204);
        assert_eq!(remove().await.is(204).header("idempotent-replayed"), "true");
        assert_eq!(app.letters().len(), 2);
    }

    async fn a_key_stands_for_one_request(app) {
        let admin = app.platform_admin().await;
        create(&admin, "key-1", "pine").await.is(201);
        create(&admin, "key-1", "oak").await.is(422).is_refused("idempotency.key_reused");
        assert_eq!(app.count("tenants"), 1);
    }

    async fn a_key_stands_for_one_object(app) {
        let admin = app.platform_admin().await;
        let suspend = |id| format!("/v1/tenants/{id}/suspend");
        let (pine, oak) =
            (suspend(app.tenant_id("pine").await), suspend(app.tenant_id("oak").await));
        keyed(&admin, &pine, "key-1", make::reason()).await.is(200);
        keyed(&admin, &oak, "key-1", make::reason())
            .await
            .is(422)
            .is_refused("idempotency.key_reused");
        keyed(&admin, &pine, "key-1", make::reason()).await.is(200);
    }

    async fn a_key_is_of_its_own_in_every_operation(app) {
        let admin = app.platform_admin().await;
        let path = create(&admin, "key-1", "pine").await.is(201).header("location");
        keyed(&admin, &format!("{path}/suspend"), "key-1", make::reason()).await.is(200);
        keyed(&admin, &format!("{path}/resume"), "key-1", make::reason()).await.is(200);
    }

    async fn a_request_without_a_key_is_done_every_time(app) {
        let admin = app.platform_admin().await;
        admin.post("/v1/tenants", make::tenant("pine")).await.is(201);
        admin.post("/v1/tenants", make::tenant("pine")).await.is(409);
    }

    async fn of_requests_with_one_key_at_once_one_is_done(app) {
        let admin = app.platform_admin().await;
        let answers = at_once((0..6).map(|_| create(&admin, "key-1", "pine")).collect()).await;
        let done: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(
            done.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count(),
            1
        );
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.clone().is(409).is_refused("idempotency.in_progress");
        }
        assert!(done.iter().all(|answer| answer.raw == done[0].raw));
        assert_eq!(made(&app).await, (1, 1));
    }

    async fn of_different_requests_with_one_key_at_once_one_is_done(app) {
        let admin = app.platform_admin().await;
        let slugs: Vec<String> = (0..4).map(|number| format!("a{number}")).collect();
        let answers =
            at_once(slugs.iter().map(|slug| create(&admin, "key-1", slug)).collect()).await;
        assert_eq!(statuses(&answers)[0], 201);
        assert_eq!(app.count("tenants"), 1);
    }

    async fn a_refusal_is_not_kept_but_decided_anew(app) {
        let admin = app.platform_admin().await;
        let oak = app.tenant("oak").await;
        create(&admin, "key-1", "oak").await.is(409).is_refused("tenant.slug_taken");
        app.burglar().run("UPDATE tenants SET slug = 'elm'");
        assert_eq!(create(&admin, "key-1", "oak").await.is(201).header("idempotent-replayed"), "");
        assert_ne!(oak.text("/id"), create(&admin, "key-1", "oak").await.text("/id"));
    }

    async fn a_request_that_was_not_understood_leaves_its_key_free(app) {
        let admin = app.platform_admin().await;
        keyed(&admin, "/v1/tenants", "key-1", json!({}))
            .await
            .is(422)
            .is_refused("request.invalid");
        create(&admin, "key-1", "pine").await.is(201);
    }

    async fn an_answer_is_forgotten_after_a_day(app) {
        let first = app.platform_admin().await;
        create(&first, "key-1", "pine").await.is(201);
        app.clock.advance(SignedDuration::from_secs(24 * 3600 - 1));
        let later = app.another_session_of(&first).await;
        assert_eq!(
            create(&later, "key-1", "pine").await.is(201).header("idempotent-replayed"),
            "true"
        );
        app.clock.advance(SignedDuration::from_secs(1));
        create(&later, "key-1", "pine").await.is(409).is_refused("tenant.slug_taken");
        create(&later, "key-1", "oak").await.is(201);
    }

    async fn every_principal_has_keys_of_their_own(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        create(&ana, "key-1", "pine").await.is(201);
        create(&eva, "key-1", "oak").await.is(201);
        create(&eva, "key-1", "pine").await.is(422).is_refused("idempotency.key_reused");
    }

    async fn an_answer_is_repeated_to_nobody_who_could_not_ask_for_it_now(app) {
        let ana = app.platform_admin().await;
        create(&ana, "key-1", "pine").await.is(201);
        app.burglar().run("UPDATE accounts SET status = 'inactive'");
        create(&ana, "key-1", "pine").await.is(403).is_refused("account.inactive");
        app.burglar().run("UPDATE accounts SET status = 'active'");
        app.burglar().run("UPDATE sessions SET second_factor_at = NULL");
        create(&ana, "key-1", "pine").await.is(403).is_refused("second_factor.required");
    }

    async fn a_key_has_its_form(app) {
        let admin = app.platform_admin().await;
        for bad in ["", "ключ", "a\tb", &"k".repeat(256)] {
            let sent = admin
                .request(Method::POST, "/v1/tenants")
                .header("idempotency-key", bad.as_bytes());
            let sent = sent
                .header("content-type", "application/json")
                .body(make::tenant("pine").to_string());
            Answer::of(sent.send().await.unwrap())
                .await
                .is(400)
                .is_refused("request.invalid_header")
                .at(&["header:Idempotency-Key"]);
        }
        assert_eq!(app.count("tenants"), 0);
        create(&admin, &"k".repeat(255), "pine").await.is(201);
    }

    async fn a_key_stands_once_among_the_headers(app) {
        let admin = app.platform_admin().await;
        let body = make::tenant("pine");
        let twice = [("idempotency-key", "key-1"), ("idempotency-key", "key-2")];
        admin
            .send(Method::POST, "/v1/tenants", Some(body), &twice)
            .await
            .is(400)
            .is_refused("request.invalid_header");
    }

    async fn an_answer_that_was_lost_on_the_way_is_given_again(app) {
        let admin = app.platform_admin().await;
        let mut stream = app.connect();
        std::io::Write::write_all(&mut stream, &by_hand(&admin, "key-1", "pine")).unwrap();
        stream.read_exact(&mut [0]).unwrap(); // committed, and hardly more
        drop(stream);
        let again = create(&admin, "key-1", "pine").await.is(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(made(&app).await, (1, 1));
    }

    async fn whoever_hangs_up_at_once_can_find_out_by_asking_again(app) {
        let admin = app.platform_admin().await;
        for number in 0..10 {
            let (key, slug) = (format!("key-{number}"), format!("a{number}"));
            app.send_and_hang_up(&by_hand(&admin, &key, &slug));
            let answer = until_answered(&admin, &key, &slug).await.is(201);
            // The one that was hung up on may come to its turn only now.
            assert_eq!(answer.raw, until_answered(&admin, &key, &slug).await.is(201).raw);
        }
        assert_eq!(made(&app).await, (10, 10));
    }

    async fn what_is_kept_of_an_answer_names_nobody(app) {
        let admin = app.platform_admin().await;
        create(&admin, "key-1", "pine").await.is(201);
        let kept = app
            .burglar()
            .texts("SELECT COALESCE(CAST(body AS text), '') FROM idempotency_answers")
            .concat();
        for name in ["desk@pine.example", "+15550100200"] {
            assert!(!kept.contains(name), "{kept}");
        }
    }
}
