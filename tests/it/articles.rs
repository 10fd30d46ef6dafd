//! Articles of the help centre: who writes and who reads them, what becomes of them, and what they never become.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::{Permission, PermissionSet};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::families::{self, Ids, Stands};
use crate::support::scene::fresh_slug;

/// What a test writes when it says nothing else.
fn article(audience: &str, title: &str) -> Value {
    json!({"kind": "article", "audience": audience, "locale": "en", "title": title, "body": format!("{title}, at length.")})
}

/// A draft of somebody's.
async fn draft(who: &Actor<'_>, body: Value) -> Answer {
    who.app.clock.advance(SignedDuration::from_secs(1)); // to come before what was there
    who.post("/v1/articles", body).await.is(201)
}

/// A published article of somebody's: its id.
async fn published(who: &Actor<'_>, body: Value) -> String {
    let id = draft(who, body).await.text("/id");
    step(who, &id, "publish").await.is(200);
    id
}

/// Takes a step with an article.
async fn step(who: &Actor<'_>, id: &str, verb: &str) -> Answer {
    who.send(Method::POST, &format!("/v1/articles/{id}/{verb}"), None, &[]).await
}

/// The titles of a list, in its order.
async fn titles(who: &Actor<'_>, path: &str) -> Vec<String> {
    let page = who.get(path).await.is(200);
    let rows = page.body["data"].as_array().unwrap();
    rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

/// An organisation, and one of its Site Admins.
async fn organisation(app: &App) -> (TenantId, Actor<'_>) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// A guardian who is linked to an application of an organisation.
async fn guardian(app: &App, tenant: TenantId) -> Actor<'_> {
    let guardian = app.someone(Role::Guardian, None).await;
    families::keep(app, tenant, Ids::fresh(), Stands::Linked(guardian.account)).await;
    guardian
}

/// Whether somebody can read an article, or finds it absent.
async fn reads(who: &Actor<'_>, id: &str) -> bool {
    let answer = who.get(&format!("/v1/articles/{id}")).await;
    match answer.status.as_u16() {
        200 => true,
        _ => answer.is(404).is_refused("resource.not_found").raw.is_empty(),
    }
}

on_both! {
    async fn what_an_article_said_before_is_taken_out_of_its_versions_for_good(app) {
        let (_, ana) = organisation(&app).await;
        let mut body = article("staff", "The hours of Quetzalina");
        body["tags"] = json!(["quetzal"]);
        let id = published(&ana, body).await;
        let path = format!("/v1/articles/{id}");
        let redact = |version: i32| format!("{path}/versions/{version}/redact");
        let why = json!({"reason": "personal_data"});
        let known = || app.count("help_words WHERE word LIKE 'quetzal%'");
        assert!(known() > 0);
        for version in [1, 2] {
            ana.post(&redact(version), why.clone()).await.is(409).is_refused("article.version_current");
        }
        let etag = ana.get(&path).await.is(200).etag();
        let hours = json!({"title": "The hours of the door", "body": "From nine to five.", "tags": []});
        ana.patch(&path, &etag, hours).await.is(200);
        ana.post(&redact(3), why.clone()).await.is(409).is_refused("article.version_current");
        ana.post(&redact(9), why.clone()).await.is(404).is_refused("resource.not_found");
        ana.post(&redact(1), json!({"reason": "It told of Quetzalina"})).await.is(422).at(&["#/reason"]);
        for version in [1, 2] {
            let left = ana.post(&redact(version), why.clone()).await.is(200);
            assert_eq!((left.text("/title"), left.text("/body")), ("[REDACTED]".to_owned(), "[REDACTED]".to_owned()));
            let read = ana.get(&format!("{path}/versions/{version}")).await.is(200);
            assert_eq!(read.body, left.body);
            assert!(!read.raw.to_lowercase().contains("quetzal"), "{}", read.raw);
        }
        assert_eq!(known(), 0, "nobody is offered it as the end of a word");
        assert_eq!(app.count("help_words WHERE word = 'hours'"), 1, "what the article says now is found still");
        assert_eq!(ana.get(&path).await.is(200).text("/body"), "From nine to five.");
        let noted = ana.get("/v1/audit-entries?action=article.version.redact&outcome=done").await.is(200);
        assert_eq!(noted.body["data"].as_array().unwrap().len(), 2);
        assert!(noted.raw.contains("personal_data") && !noted.raw.contains("uetzal"), "{}", noted.raw);
        let (_, other) = organisation(&app).await;
        other.post(&redact(1), why).await.is(404).is_refused("resource.not_found");
    }

    async fn an_article_is_written_published_archived_and_restored(app) {
        let (_, ana) = organisation(&app).await;
        let made = draft(&ana, article("staff", "Where we keep the keys")).await;
        let id = made.text("/id");
        assert_eq!((made.text("/state"), &made.body["is_global"], &made.body["version"]), ("draft".to_owned(), &json!(false), &json!(1)));
        assert_eq!(made.header("location"), format!("/v1/articles/{id}"));
        step(&ana, &id, "restore").await.is(409).is_refused("article.not_archived");
        let out = step(&ana, &id, "publish").await.is(200);
        assert_eq!((out.text("/state"), out.body["published_at"].is_string()), ("published".to_owned(), true));
        step(&ana, &id, "publish").await.is(409).is_refused("article.already_published");
        step(&ana, &id, "archive").await.is(200);
        step(&ana, &id, "archive").await.is(409).is_refused("article.archived");
        step(&ana, &id, "publish").await.is(409).is_refused("article.archived");
        let back = step(&ana, &id, "restore").await.is(200);
        assert_eq!((back.text("/state"), &back.body["archived_at"]), ("draft".to_owned(), &Value::Null));
    }

    async fn every_change_is_kept(app) {
        let (_, ana) = organisation(&app).await;
        let made = draft(&ana, article("staff", "First words")).await;
        let (id, path) = (made.text("/id"), format!("/v1/articles/{}", made.text("/id")));
        let etag = made.etag();
        let changed = ana.patch(&path, &etag, json!({"title": "Second words", "tags": ["Keys"]})).await.is(200);
        ana.patch(&path, &etag, json!({"title": "Third words"})).await.is(412).is_refused("version.stale");
        ana.patch(&path, "", json!({"title": "Third words"})).await.is(428);
        let same = ana.patch(&path, &changed.etag(), json!({"title": "Second words"})).await.is(200);
        assert_eq!(same.body["version"], 2, "what changes nothing is no version");
        step(&ana, &id, "publish").await.is(200);
        let kept = ana.get(&format!("{path}/versions")).await.is(200);
        let kept: Vec<String> = kept.body["data"].as_array().unwrap().iter()
            .map(|row| format!("{} {}", row["version"], row["change"].as_str().unwrap())).collect();
        assert_eq!(kept, ["3 published", "2 edited", "1 created"]);
        let first = ana.get(&format!("{path}/versions/1")).await.is(200);
        assert_eq!((first.text("/title"), first.body["tags"].as_array().unwrap().len()), ("First words".to_owned(), 0));
        assert_eq!(first.text("/account_id"), ana.account.to_string());
        let second = ana.get(&format!("{path}/versions/2")).await.is(200);
        assert_eq!((second.text("/title"), second.text("/tags/0")), ("Second words".to_owned(), "Keys".to_owned()));
        for absent in ["4", "0", "-1", "x"] {
            ana.get(&format!("{path}/versions/{absent}")).await.is(404);
        }
        let page = ana.get(&format!("{path}/versions?limit=2")).await.is(200);
        let next = ana.get(&format!("{path}/versions?limit=2&cursor={}", page.text("/next_cursor"))).await.is(200);
        assert_eq!((&next.body["data"][0]["version"], &next.body["next_cursor"]), (&json!(1), &Value::Null));
    }

    async fn the_desk_writes_for_all_and_an_organisation_for_itself(app) {
        let (tenant, ana) = organisation(&app).await;
        let (_, bo) = organisation(&app).await;
        let manager = app.someone(Role::DeskManager, None).await;
        let global = published(&manager, article("staff", "How to invite")).await;
        let own = published(&ana, article("staff", "Our own way")).await;
        let path = format!("/v1/articles/{global}");
        let read = ana.get(&path).await.is(200);
        ana.patch(&path, &read.etag(), json!({"title": "Mine now"})).await.is(403).is_refused("article.out_of_reach");
        step(&ana, &global, "archive").await.is(403).is_refused("article.out_of_reach");
        let bars = read.body["allowed_actions"].as_array().unwrap();
        let barred = bars.iter().find(|action| action["action"] == "article.update").unwrap();
        assert_eq!(barred["barred_by"], "article.out_of_reach");
        ana.get(&format!("{path}/versions")).await.is(404);
        for stranger in [&manager, &bo] {
            assert!(!reads(stranger, &own).await);
            step(stranger, &own, "archive").await.is(404);
        }
        let writer = app.holder(tenant, [Permission::ArticlesWrite].into_iter().collect()).await;
        draft(&writer, article("family", "For families")).await;
    }

    async fn everybody_reads_what_is_for_them(app) {
        let (tenant, ana) = organisation(&app).await;
        let (elsewhere, bo) = organisation(&app).await;
        let manager = app.someone(Role::TierTwo, None).await;
        let mut ids = Vec::new();
        for who in [&manager, &ana, &bo] {
            for audience in ["staff", "family", "public"] {
                ids.push(published(who, article(audience, audience)).await);
            }
        }
        let unpublished = draft(&ana, article("staff", "draft")).await.text("/id");
        ids.push(unpublished);
        let agent = app.someone(Role::TierOne, None).await;
        let member = app.someone(Role::Member, Some(tenant)).await;
        let reader = app.holder(elsewhere, PermissionSet::NONE).await;
        let family = guardian(&app, tenant).await;
        let stranger = app.someone(Role::Guardian, None).await;
        // The desk's for staff, families and everybody; then each organisation's; then the draft.
        for (who, sees) in [
            (&agent, "xxx.......".to_owned()),
            (&ana, "x.xxxx...x".to_owned()),
            (&member, "x.xxxx....".to_owned()),
            (&reader, "x.x...xxx.".to_owned()),
            (&family, ".xx.xx....".to_owned()),
            (&stranger, ".xx.......".to_owned()),
        ] {
            let mut seen = String::new();
            for id in &ids {
                seen.push(if reads(who, id).await { 'x' } else { '.' });
            }
            assert_eq!(seen, sees);
            let listed = who.get("/v1/articles?limit=100").await.is(200);
            let listed: Vec<&str> = listed.body["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
            let readable = ids.iter().zip(sees.chars()).filter(|(_, seen)| *seen == 'x');
            let mut readable: Vec<&str> = readable.map(|(id, _)| id.as_str()).collect();
            readable.reverse();
            assert_eq!(listed, readable, "a list shows what can be read, newest first");
        }
        for (id, is_there) in ids.iter().zip("..x..x..x.".chars()) {
            let expected = if is_there == 'x' { 200 } else { 404 };
            app.nobody().get(&format!("/v1/public-articles/{id}")).await.is(expected);
        }
        app.nobody().get("/v1/articles").await.is(401);
    }

    async fn a_list_is_narrowed_and_paged(app) {
        let (_, ana) = organisation(&app).await;
        let manager = app.someone(Role::DeskManager, None).await;
        for n in 1..=3 {
            published(&manager, article("staff", &format!("Desk {n}"))).await;
            published(&ana, article("staff", &format!("Own {n}"))).await;
        }
        let mut more = article("family", "Screens");
        more["tags"] = json!(["Invitación", "Padres"]);
        more["context_keys"] = json!(["screen.invitations"]);
        more["kind"] = json!("faq");
        more["locale"] = json!("es");
        draft(&ana, more).await;
        assert_eq!(titles(&ana, "/v1/articles?scope=global").await, ["Desk 3", "Desk 2", "Desk 1"]);
        assert_eq!(titles(&ana, "/v1/articles?scope=own&state=published").await, ["Own 3", "Own 2", "Own 1"]);
        for filter in ["kind=faq", "audience=family", "locale=es", "tag=INVITACION", "context_key=screen.invitations", "state=draft"] {
            assert_eq!(titles(&ana, &format!("/v1/articles?{filter}")).await, ["Screens"], "{filter}");
        }
        assert!(titles(&ana, "/v1/articles?tag=padre").await.is_empty());
        let mut path = "/v1/articles?limit=2&audience=staff".to_owned();
        let mut all = Vec::new();
        loop {
            let page = ana.get(&path).await.is(200);
            all.extend(page.body["data"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/v1/articles?limit=2&audience=staff&cursor={cursor}");
        }
        assert_eq!(all, ["Own 3", "Desk 3", "Own 2", "Desk 2", "Own 1", "Desk 1"]);
    }

    async fn what_looks_like_a_page_comes_back_as_it_was_sent(app) {
        let (_, ana) = organisation(&app).await;
        let nasty = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> {{7*7}} ' OR 1=1 -- \u{202e}";
        let mut body = article("staff", "x");
        body["title"] = json!(nasty);
        body["body"] = json!(nasty);
        let id = published(&ana, body).await;
        let read = ana.get(&format!("/v1/articles/{id}")).await.is(200);
        assert_eq!((read.text("/title"), read.text("/body")), (nasty.to_owned(), nasty.to_owned()));
        assert_eq!(read.header("content-type"), "application/json");
        let found = ana.post("/v1/help-searches", json!({"query": "alert"})).await.is(200);
        assert!(found.text("/results/0/snippet").contains("<script>alert(1)</script>"), "{}", found.raw);
    }

    async fn texts_are_as_long_as_they_may_be(app) {
        let (_, ana) = organisation(&app).await;
        let with = |body: String| { let mut new = article("staff", "Long"); new["body"] = json!(body); new };
        draft(&ana, with("ñ ".repeat(24_999) + "ñ")).await;
        ana.post("/v1/articles", with("ñ".repeat(50_001))).await.is(422).at(&["#/body"]);
        ana.post("/v1/articles", with("x".repeat(1_000_000))).await.is(413).is_refused("request.body_too_large");
        ana.post("/v1/articles", with("a\u{0}b".to_owned())).await.is(422).at(&["#/body"]);
    }

    async fn a_film_is_behind_https(app) {
        let (_, ana) = organisation(&app).await;
        let film = |url: Value| json!({"kind": "video", "audience": "staff", "locale": "en", "title": "A film", "body": "What it shows.", "video_url": url});
        for bad in ["http://video.example/1", "javascript:alert(1)", "https://user@video.example/", "//video.example/1", "https://video.example/\"x"] {
            let refused = ana.post("/v1/articles", film(json!(bad))).await.is(422).is_refused("request.invalid");
            assert_eq!(refused.text("/errors/0/pointer"), "#/video_url", "{bad}");
        }
        let mut none = film(Value::Null);
        none.as_object_mut().unwrap().remove("video_url");
        ana.post("/v1/articles", none).await.is(422).at(&["#/video_url"]);
        let made = draft(&ana, film(json!("https://video.example/watch?v=1"))).await;
        let path = format!("/v1/articles/{}", made.text("/id"));
        ana.patch(&path, &made.etag(), json!({"video_url": null})).await.is(422).at(&["#/video_url"]);
        let text = ana.patch(&path, &made.etag(), json!({"video_url": null, "kind": "article"})).await.is(200);
        assert_eq!(text.body["video_url"], Value::Null);
    }

    async fn a_tag_and_a_screen_stand_once(app) {
        let (_, ana) = organisation(&app).await;
        let mut body = article("staff", "Twice");
        body["tags"] = json!(["Keys", "doors", "KÉYS"]);
        body["context_keys"] = json!(["screen.a", "screen.a"]);
        ana.post("/v1/articles", body).await.is(422).at(&["#/tags/2", "#/context_keys/1"]);
        let mut many = article("staff", "Many");
        many["tags"] = (0..21).map(|n| json!(format!("tag {n}"))).collect();
        ana.post("/v1/articles", many).await.is(422).at(&["#/tags"]);
    }

    async fn one_answer_of_each_reader_counts(app) {
        let (tenant, ana) = organisation(&app).await;
        let id = published(&ana, article("staff", "Helpful?")).await;
        let path = format!("/v1/articles/{id}/feedback");
        let mia = app.someone(Role::Member, Some(tenant)).await;
        mia.post(&path, json!({"helpful": true})).await.is(204);
        mia.post(&path, json!({"helpful": true})).await.is(204);
        ana.post(&path, json!({"helpful": false, "comment": "Ask Maria Gonzalez, maria.gonzalez@mail.example."})).await.is(204);
        let counted = async || { let read = ana.get(&format!("/v1/articles/{id}")).await.is(200); (read.body["helpful"].clone(), read.body["unhelpful"].clone()) };
        assert_eq!(counted().await, (json!(1), json!(1)));
        mia.post(&path, json!({"helpful": false})).await.is(204);
        assert_eq!(counted().await, (json!(0), json!(2)), "the later answer of the same reader counts");
        let kept = app.burglar().texts("SELECT comment FROM article_feedback WHERE comment IS NOT NULL");
        assert!(kept.len() == 1 && !kept[0].contains("maria.gonzalez"), "{kept:?}");
        let unpublished = draft(&ana, article("staff", "Not yet")).await.text("/id");
        ana.post(&format!("/v1/articles/{unpublished}/feedback"), json!({"helpful": true})).await.is(409).is_refused("article.not_published");
    }

    async fn the_public_answers_once_for_each_search(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let id = published(&manager, article("public", "Browsers")).await;
        let nobody = app.nobody();
        let search = nobody.post("/v1/public-help-searches", json!({"query": "browsers"})).await.is(200);
        let path = format!("/v1/public-articles/{id}/feedback");
        let answer = |helpful: bool| json!({"help_search_id": search.text("/id"), "helpful": helpful});
        nobody.post(&path, answer(true)).await.is(204);
        nobody.post(&path, answer(false)).await.is(204);
        let read = manager.get(&format!("/v1/articles/{id}")).await.is(200);
        assert_eq!((&read.body["helpful"], &read.body["unhelpful"]), (&json!(0), &json!(1)));
        let made_up = json!({"help_search_id": Uuid::now_v7(), "helpful": true});
        nobody.post(&path, made_up).await.is(404);
        let own = manager.post("/v1/help-searches", json!({"query": "browsers"})).await.is(200);
        let of_somebody = json!({"help_search_id": own.text("/id"), "helpful": true});
        nobody.post(&path, of_somebody).await.is(404);
        let unshown = published(&manager, article("public", "Something else")).await;
        nobody.post(&format!("/v1/public-articles/{unshown}/feedback"), answer(true)).await.is(404);
        assert_eq!(app.count("audit_entries WHERE action = 'article.rate_public'"), 0);
    }

    async fn what_is_public_is_kept_by_whoever_asks(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let id = published(&manager, article("public", "Browsers")).await;
        let path = format!("/v1/public-articles/{id}");
        let first = app.nobody().get(&path).await.is(200);
        assert_eq!(first.header("cache-control"), "public, max-age=60");
        let again = app.nobody().send(Method::GET, &path, None, &[("if-none-match", &first.etag())]).await.is(304);
        assert!(again.raw.is_empty() && again.etag() == first.etag());
        let read = manager.get(&format!("/v1/articles/{id}")).await.is(200);
        manager.patch(&format!("/v1/articles/{id}"), &read.etag(), json!({"title": "Browsers of today"})).await.is(200);
        let new = app.nobody().send(Method::GET, &path, None, &[("if-none-match", &first.etag())]).await.is(200);
        assert_eq!(new.text("/title"), "Browsers of today");
        step(&manager, &id, "archive").await.is(200);
        app.nobody().get(&path).await.is(404);
    }

    async fn an_organisation_is_named_to_see_what_it_has_for_everybody(app) {
        let slug = fresh_slug();
        let tenant = app.tenant_id(&slug).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let manager = app.someone(Role::DeskManager, None).await;
        published(&ana, article("public", "Our address")).await;
        published(&ana, article("staff", "Our keys")).await;
        published(&manager, article("public", "Browsers")).await;
        let nobody = app.nobody();
        assert_eq!(titles(&nobody, "/v1/public-articles").await, ["Browsers"]);
        assert_eq!(titles(&nobody, &format!("/v1/public-articles?organization={slug}")).await, ["Our address"]);
        assert!(titles(&nobody, "/v1/public-articles?organization=nobody-at-all").await.is_empty());
        let found = async |body: Value| nobody.post("/v1/public-help-searches", body).await.is(200).body["hits"].clone();
        assert_eq!(found(json!({"query": "address"})).await, 0);
        assert_eq!(found(json!({"query": "address", "organization": slug})).await, 1);
        assert_eq!(found(json!({"query": "keys", "organization": slug})).await, 0);
    }

    async fn colleagues_are_told_of_an_article(app) {
        let slug = fresh_slug();
        let tenant = app.tenant_id(&slug).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let sam = app.someone(Role::SupportUser, Some(tenant)).await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (_, stranger) = organisation(&app).await;
        let id = draft(&ana, article("staff", "Read me")).await.text("/id");
        let path = format!("/v1/articles/{id}/share");
        ana.post(&path, json!({"team": true})).await.is(409).is_refused("article.not_published");
        step(&ana, &id, "publish").await.is(200);
        let letters = || app.letters().into_iter().filter(|letter| letter.starts_with("article_shared")).count();
        // Chosen first, so that the team is told but for who knows by then.
        let chosen = json!({"user_ids": [mia.account, ana.account]});
        assert_eq!(sam.post(&path, chosen).await.is(200).body["told"], 2);
        assert_eq!(letters(), 2);
        assert_eq!(ana.post(&path, json!({"team": true})).await.is(200).body["told"], 1);
        assert_eq!(letters(), 3);
        let somebody = json!({"user_ids": [mia.account, stranger.account]});
        ana.post(&path, somebody).await.is(422).at(&["#/user_ids/1"]);
        ana.post(&path, json!({"team": true, "user_ids": [mia.account]})).await.is(422).at(&["#"]);
        ana.post(&path, json!({})).await.is(422).at(&["#"]);
        mia.post(&path, json!({"team": true})).await.is(403).is_refused("action.not_permitted");
        stranger.post(&path, json!({"team": true})).await.is(404);
    }

    async fn a_team_is_everybody_who_is_in_use_and_nobody_is_left_out(app) {
        let tenant = app.tenant_id(&fresh_slug()).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let id = published(&ana, article("staff", "Read me")).await;
        app.someone(Role::Member, Some(tenant)).await;
        app.someone(Role::SupportUser, Some(tenant)).await;
        let gone = app.someone(Role::Member, Some(tenant)).await;
        app.program(tenant, PermissionSet::NONE).await;
        app.someone(Role::Member, Some(app.tenant_id(&fresh_slug()).await)).await;
        let mut burglar = app.burglar();
        let off = burglar.id(gone.account);
        burglar.run(&format!("UPDATE accounts SET status = 'inactive' WHERE id = {off}"));
        // More than are read at once, some of them made at the same moment.
        let (new_id, at) = if app.database.is_sqlite() {
            ("randomblob(16)", "1763000000000000 + n / 7")
        } else {
            ("gen_random_uuid()", "to_timestamp(1763000000 + n / 7)")
        };
        let of = burglar.id(tenant.uuid());
        burglar.run(&format!(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1200) \
             INSERT INTO accounts (id, realm, tenant_id, role, status, sign_in_key, name, email, email_key, locale, created_at, updated_at, version) \
             SELECT {new_id}, 'tenant', {of}, 'member', 'active', 'mia' || n, 'Mia Lund', 'mia' || n || '@team.example', 'mia' || n || '@team.example', 'en', {at}, {at}, 1 FROM s"
        ));
        let path = format!("/v1/articles/{id}/share");
        assert_eq!(ana.post(&path, json!({"team": true})).await.is(200).body["told"], 1_202);
        assert_eq!(app.count("notifications WHERE kind = 'article_shared'"), 1_202);
        assert_eq!(ana.post(&path, json!({"team": true})).await.is(200).body["told"], 0, "they know by now");
    }

    async fn nobody_is_told_of_an_article_twice_a_day_and_nobody_shares_without_end(app) {
        let tenant = app.tenant_id(&fresh_slug()).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let sam = app.someone(Role::SupportUser, Some(tenant)).await;
        let id = published(&ana, article("staff", "Read me")).await;
        let path = format!("/v1/articles/{id}/share");
        let chosen = json!({"user_ids": [sam.account]});
        let most = app.house.limits.shares_per_account.attempts;
        for nth in 0..most {
            let told = i64::from(nth == 0);
            assert_eq!(ana.post(&path, chosen.clone()).await.is(200).body["told"], told);
        }
        ana.post(&path, chosen.clone()).await.is(429).is_refused("throttle.too_many_requests");
        assert_eq!(app.letters().into_iter().filter(|letter| letter.starts_with("article_shared")).count(), 1);
        app.clock.advance(SignedDuration::from_hours(24));
        let bo = app.someone(Role::SiteAdmin, Some(tenant)).await;
        assert_eq!(bo.post(&path, chosen).await.is(200).body["told"], 1);
    }
}
