//! The search of the help centre: what is found, in which order, on whose shelves, and what is kept of it.

use caredesk::service::Limits;
use caredesk::store::help_searches;
use caredesk::store::throttle::Allowance;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{AccountId, HelpSearchId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::db::Database;
use crate::support::families::{self, Ids, Stands};
use crate::support::scene::fresh_slug;
use crate::support::tickets::ask_no_search;

/// A small help centre: name, language, title, summary, tag, what it says.
const ARTICLES: [(&str, &str, &str, &str, &str, &str); 10] = [
    (
        "invite",
        "en",
        "Invite a family",
        "Send the first invitation.",
        "invitations",
        "Open Applications, choose the family and press Invite. The link and the code count for fourteen days.",
    ),
    (
        "reinvite",
        "en",
        "An invitation has expired",
        "Send another one.",
        "invitations",
        "Open the application and press Reinvite: the family gets a new link, and the old one stops.",
    ),
    (
        "password",
        "en",
        "Reset a password",
        "You forgot yours.",
        "signing in",
        "Press Forgot password on the page where you sign in. A link comes by email and works for an hour.",
    ),
    (
        "browser",
        "en",
        "Update your browser",
        "Which releases are supported.",
        "browsers",
        "The current release and the one before it are supported. Chrome, Firefox, Safari and Edge update by themselves.",
    ),
    (
        "desk",
        "en",
        "What the desk may not do",
        "Ask your organisation.",
        "policy",
        "The desk does not unlock health profiles, does not change email addresses and does not give refunds. An invitation \
         can be sent again by your organisation.",
    ),
    (
        "factor",
        "en",
        "Lost authenticator app",
        "Use a recovery code.",
        "signing in",
        "Ten recovery codes were shown when the second factor was enrolled. Each of them works once. Without a password nothing helps.",
    ),
    (
        "invitar",
        "es",
        "Invitar a una familia",
        "Envíe la primera invitación.",
        "invitaciones",
        "Abra Solicitudes, elija la familia y pulse Invitar. El enlace y el código valen catorce días.",
    ),
    (
        "contrasena",
        "es",
        "Restablecer la contraseña",
        "La ha olvidado.",
        "entrar",
        "Pulse He olvidado mi contraseña en la página de entrada. El enlace llega por correo y vale una hora.",
    ),
    (
        "navegador",
        "es",
        "Actualizar el navegador",
        "Qué versiones se admiten.",
        "navegadores",
        "Se admiten la versión actual y la anterior. Los navegadores se actualizan solos.",
    ),
    (
        "mesa",
        "es",
        "Lo que la mesa no puede hacer",
        "Pregunte a su organización.",
        "normas",
        "La mesa no desbloquea perfiles de salud, no cambia direcciones y no devuelve pagos.",
    ),
];

/// Queries with what they find, in order; of what is behind a bar only that it is there, in whatever order.
const FOUND: [(&str, Option<&str>, &[&str]); 24] = [
    ("invite", Some("en"), &["invite", "reinvite", "desk"]),
    ("INVITATIONS", Some("en"), &["invite", "reinvite", "desk"]),
    ("how do I invite a family?", Some("en"), &["invite", "reinvite", "desk"]),
    ("invitation expired", Some("en"), &["reinvite", "invite", "desk"]),
    ("reset password", Some("en"), &["password", "factor"]),
    ("passw", Some("en"), &["password", "factor"]),
    ("pasword", Some("en"), &["password", "factor"]),
    ("passwrod reset", Some("en"), &["password", "factor"]),
    ("browsr", Some("en"), &["browser"]),
    ("borwser update", Some("en"), &["browser"]),
    ("authentcator", Some("en"), &["factor"]),
    ("recovary codes", Some("en"), &["factor", "invite"]),
    ("refund", Some("en"), &["desk"]),
    ("réfund", Some("en"), &["desk"]),
    ("zebra", Some("en"), &[]),
    ("the of and", Some("en"), &[]),
    ("contraseña", Some("es"), &["contrasena"]),
    ("contrasena", Some("es"), &["contrasena"]),
    ("contrasseña", Some("es"), &["contrasena"]),
    ("invitaciones", Some("es"), &["invitar"]),
    ("invitación familias", Some("es"), &["invitar"]),
    ("navegador", Some("es"), &["navegador"]),
    ("cómo actualizo el navegador", Some("es"), &["navegador"]),
    ("perfil", None, &["mesa"]),
];

/// Publishes the small help centre: the names of its articles by their ids.
async fn furnish(who: &Actor<'_>, audience: &str) -> Vec<(String, &'static str)> {
    let mut names = Vec::new();
    for (name, locale, title, summary, tag, body) in ARTICLES {
        let new = json!({"kind": "article", "audience": audience, "locale": locale, "title": title, "summary": summary, "tags": [tag], "body": body});
        names.push((publish(who, new).await, name));
    }
    names
}

/// Publishes an article: its id.
async fn publish(who: &Actor<'_>, body: Value) -> String {
    who.app.clock.advance(SignedDuration::from_secs(1)); // the newer one of two is first
    let id = who.post("/v1/articles", body).await.is(201).text("/id");
    who.send(reqwest::Method::POST, &format!("/v1/articles/{id}/publish"), None, &[]).await.is(200);
    id
}

/// The ids of what a search finds, in order.
async fn found(who: &Actor<'_>, body: Value) -> Vec<String> {
    let found = who.post("/v1/help-searches", body).await.is(200);
    ids(&found.body)
}

/// The ids of results, in order.
fn ids(found: &Value) -> Vec<String> {
    let results = found["results"].as_array().unwrap();
    results.iter().map(|result| result["article_id"].as_str().unwrap().to_owned()).collect()
}

/// An article that says one word.
fn saying(audience: &str, word: &str) -> Value {
    json!({"kind": "faq", "audience": audience, "locale": "en", "title": word, "body": word})
}

on_both! {
    async fn the_same_words_find_the_same_articles_in_the_same_order(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let names = furnish(&manager, "public").await;
        let member = app.someone(Role::Member, Some(app.tenant_id(&fresh_slug()).await)).await;
        let name = |id: &String| names.iter().find(|(known, _)| known == id).unwrap().1;
        for (query, locale, expected) in FOUND {
            let mut body = json!({"query": query});
            if let Some(locale) = locale {
                body["locale"] = json!(locale);
            }
            let ids = found(&member, body).await;
            let ids: Vec<&str> = ids.iter().map(name).collect();
            assert_eq!(ids, expected, "{query}");
        }
    }

    async fn what_was_found_is_marked_in_plain_text(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        furnish(&manager, "staff").await;
        let body = json!({"query": "contraseña", "locale": "es"});
        let found = manager.post("/v1/help-searches", body).await.is(200);
        let result = &found.body["results"][0];
        let marked = |text: &str, marks: &str| -> Vec<String> {
            let text: Vec<char> = result[text].as_str().unwrap().chars().collect();
            let place = |mark: &Value, name: &str| usize::try_from(mark[name].as_u64().unwrap()).unwrap();
            result[marks].as_array().unwrap().iter()
                .map(|mark| text[place(mark, "start")..place(mark, "end")].iter().collect()).collect()
        };
        assert_eq!(marked("title", "title_highlights"), ["contraseña"]);
        assert_eq!(marked("snippet", "highlights"), ["contraseña"]);
        assert_eq!(found.body["hits"], 1);
    }

    async fn everybody_finds_what_is_on_their_shelves(app) {
        let tenant = app.tenant_id(&fresh_slug()).await;
        let elsewhere = app.tenant_id(&fresh_slug()).await;
        let (ana, bo) = (app.someone(Role::SiteAdmin, Some(tenant)).await, app.someone(Role::SiteAdmin, Some(elsewhere)).await);
        let manager = app.someone(Role::DeskManager, None).await;
        let mut all = Vec::new();
        for who in [&manager, &ana, &bo] {
            for audience in ["staff", "family", "public"] {
                all.push(publish(who, saying(audience, "lanterns")).await);
            }
        }
        let unpublished = ana.post("/v1/articles", saying("staff", "lanterns")).await.is(201);
        all.push(unpublished.text("/id"));
        let family = app.someone(Role::Guardian, None).await;
        families::keep(&app, tenant, Ids::fresh(), Stands::Linked(family.account)).await;
        let stranger = app.someone(Role::Guardian, None).await;
        let agent = app.someone(Role::TierOne, None).await;
        let member = app.someone(Role::Member, Some(tenant)).await;
        for (who, sees) in [
            (&agent, "xxx......."), (&ana, "x.xxxx...."), (&member, "x.xxxx...."), (&bo, "x.x...xxx."),
            (&family, ".xx.xx...."), (&stranger, ".xx......."),
        ] {
            for query in ["lanterns", "lante", "lantrens"] {
                let found = found(who, json!({"query": query})).await;
                let seen: String = all.iter().map(|id| if found.contains(id) { 'x' } else { '.' }).collect();
                assert_eq!(seen, sees, "{query}");
            }
        }
        let public = app.nobody().post("/v1/public-help-searches", json!({"query": "lanterns"})).await.is(200);
        assert_eq!(ids(&public.body), [all[2].clone()]);
        app.nobody().post("/v1/help-searches", json!({"query": "lanterns"})).await.is(401);
    }

    async fn what_another_organisation_writes_tells_nothing_and_hides_nothing(app) {
        let ana = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        let bo = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        let own = publish(&ana, saying("staff", "lanterns")).await;
        // Each comes before the word in order, and is as near to it mistyped, or nearer.
        let decoys: Vec<String> = ('a'..='s').flat_map(|c| [format!("lan{c}rens"), format!("lan{c}trens")]).collect();
        assert!(decoys.len() > 30);
        let mut theirs = saying("staff", "decoys");
        theirs["body"] = json!(decoys.join(" "));
        publish(&bo, theirs).await;
        for query in ["lan", "lantrens"] {
            let found = ana.post("/v1/help-searches", json!({"query": query, "locale": "en"})).await.is(200);
            assert_eq!((ids(&found.body), &found.body["hits"]), (vec![own.clone()], &json!(1)), "{query}");
        }
        assert_eq!(found(&bo, json!({"query": "lanarens", "locale": "en"})).await.len(), 1, "they are there for others");
    }

    async fn many_applications_at_one_organisation_hide_no_other(app) {
        let (pine, oak) = (app.tenant_id(&fresh_slug()).await, app.tenant_id(&fresh_slug()).await);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let family = app.someone(Role::Guardian, None).await;
        families::keep(&app, pine, Ids::fresh(), Stands::Linked(family.account)).await;
        app.clock.advance(SignedDuration::from_secs(1));
        for _ in 0..21 {
            families::keep(&app, oak, Ids::fresh(), Stands::Linked(family.account)).await;
        }
        let id = publish(&ana, saying("family", "lanterns")).await;
        assert_eq!(found(&family, json!({"query": "lanterns"})).await, std::slice::from_ref(&id));
        family.get(&format!("/v1/articles/{id}")).await.is(200);
    }

    async fn an_article_that_has_left_the_shelf_is_not_shown(app) {
        let tenant = app.tenant_id(&fresh_slug()).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let family = app.someone(Role::Guardian, None).await;
        families::keep(&app, tenant, Ids::fresh(), Stands::Linked(family.account)).await;
        let id = publish(&ana, saying("family", "lanterns")).await;
        assert_eq!(found(&family, json!({"query": "lanterns"})).await, [id]);
        // As if it were moved after its words were read.
        app.burglar().run("UPDATE articles SET audience = 'staff'");
        let left = family.post("/v1/help-searches", json!({"query": "lanterns"})).await.is(200);
        assert_eq!((&left.body["results"], &left.body["hits"]), (&json!([]), &json!(0)));
    }

    async fn an_article_is_found_by_what_it_says_now(app) {
        let ana = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        let id = publish(&ana, saying("staff", "lanterns")).await;
        let path = format!("/v1/articles/{id}");
        let etag = ana.get(&path).await.is(200).etag();
        ana.patch(&path, &etag, json!({"title": "Candles", "body": "Candles"})).await.is(200);
        assert!(found(&ana, json!({"query": "lanterns"})).await.is_empty());
        assert_eq!(found(&ana, json!({"query": "candle"})).await, std::slice::from_ref(&id));
        ana.send(reqwest::Method::POST, &format!("{path}/archive"), None, &[]).await.is(200);
        assert!(found(&ana, json!({"query": "candle"})).await.is_empty());
    }

    async fn what_is_shown_for_the_open_screen_comes_first(app) {
        let ana = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        let mut on_screen = saying("staff", "lanterns");
        on_screen["context_keys"] = json!(["screen.invitations"]);
        let on_screen = publish(&ana, on_screen).await;
        let newer = publish(&ana, saying("staff", "lanterns")).await;
        assert_eq!(found(&ana, json!({"query": "lanterns"})).await, [newer.clone(), on_screen.clone()]);
        let with = json!({"query": "lanterns", "context_key": "screen.invitations"});
        assert_eq!(found(&ana, with).await, [on_screen, newer]);
    }

    async fn a_search_is_kept_with_what_was_opened_and_without_personal_data(app) {
        let tenant = app.tenant_id(&fresh_slug()).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let sam = app.someone(Role::SupportUser, Some(tenant)).await;
        let id = publish(&ana, saying("staff", "lanterns")).await;
        let query = "lanterns of maria.gonzalez@mail.example";
        let search = sam.post("/v1/help-searches", json!({"query": query})).await.is(200).text("/id");
        let kept = app.burglar().texts("SELECT query || '|' || hits FROM help_searches");
        assert!(kept.len() == 1 && kept[0].ends_with("|1") && !kept[0].contains("gonzalez"), "{kept:?}");
        let path = format!("/v1/help-searches/{search}/opened");
        let opened = json!({"article_id": id});
        ana.post(&path, opened.clone()).await.is(404);
        app.nobody().post(&format!("/v1/public-help-searches/{search}/opened"), opened.clone()).await.is(404);
        sam.post(&path, json!({"article_id": Uuid::now_v7()})).await.is(404);
        sam.post(&path, opened.clone()).await.is(204);
        let at = || app.burglar().texts("SELECT CAST(opened_at AS text) FROM help_search_shown WHERE opened_at IS NOT NULL");
        let first = at();
        app.clock.advance(SignedDuration::from_mins(1));
        sam.post(&path, opened).await.is(204);
        assert_eq!((at(), first.len()), (first, 1), "the first opening counts");
    }

    async fn a_search_counts_for_a_ticket_for_a_day(app) {
        let ana = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        let search = ana.post("/v1/help-searches", json!({"query": "lanterns"})).await.is(200).text("/id");
        let search = HelpSearchId::of(search.parse().unwrap());
        let counts = async |account: Uuid| {
            let (now, account) = (app.house.clock.now(), AccountId::of(account));
            let read = app.house.db.read::<_, StoreError, _>(move |conn| {
                Ok(help_searches::recent(conn, account, search, now)?.is_some())
            });
            read.await.unwrap()
        };
        assert!(counts(ana.account).await);
        assert!(!counts(Uuid::now_v7()).await);
        app.clock.advance(SignedDuration::from_hours(24));
        assert!(!counts(ana.account).await);
    }

    async fn a_search_is_forgotten_after_thirty_days_unless_a_ticket_names_it(app) {
        let sue = app.someone(Role::SupportUser, Some(app.tenant_id(&fresh_slug()).await)).await;
        let manager = app.someone(Role::DeskManager, None).await;
        let id = publish(&manager, saying("public", "lanterns")).await;
        let query = json!({"query": "lanterns"});
        let named = sue.post("/v1/help-searches", query.clone()).await.is(200).text("/id");
        let ticket = json!({"request_type": "technical.error.report", "subject": "A page stays white", "text": "It stays white.", "help_search_id": named});
        sue.post("/v1/tickets", ticket).await.is(201);
        sue.post("/v1/help-searches", query.clone()).await.is(200);
        let public = app.nobody().post("/v1/public-help-searches", query).await.is(200).text("/id");
        let said = json!({"help_search_id": public, "helpful": true});
        app.nobody().post(&format!("/v1/public-articles/{id}/feedback"), said).await.is(204);
        let forget = async || {
            let (keys, entropy, now) = (app.house.keys.clone(), app.house.entropy.clone(), app.house.clock.now());
            let write = app.house.db.write::<_, StoreError, _>(move |conn| {
                let origin = Origin::of_job("test");
                help_searches::forget_old(&mut Tx { conn, now, origin: &origin, keys: &keys, entropy: &entropy, hours: &caredesk_core::policy::hours::DeskHours::built_in() })
            });
            write.await.unwrap()
        };
        assert_eq!(forget().await, 0);
        app.clock.advance(help_searches::KEPT);
        assert_eq!(forget().await, 2);
        assert_eq!(forget().await, 0);
        let left = ["help_searches", "help_search_shown", "article_feedback"].map(|table| app.count(table));
        assert_eq!(left, [1, 1, 1], "what was said of an article stays");
    }

    async fn whoever_sees_a_ticket_sees_what_was_looked_for_and_read_before(app) {
        let (pine, oak) = (app.tenant_id(&fresh_slug()).await, app.tenant_id(&fresh_slug()).await);
        let (ana, sue) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SupportUser, Some(pine)).await);
        let manager = app.someone(Role::DeskManager, None).await;
        let own = publish(&ana, saying("staff", "Maria Gonzalez keeps the lanterns")).await;
        let global = publish(&manager, saying("staff", "Lanterns of the desk")).await;
        let query = json!({"query": "lanterns of maria.gonzalez@mail.example"});
        let search = sue.post("/v1/help-searches", query).await.is(200).text("/id");
        sue.post(&format!("/v1/help-searches/{search}/opened"), json!({"article_id": own})).await.is(204);
        // What is written later was not shown.
        app.clock.advance(SignedDuration::from_secs(1));
        let article = format!("/v1/articles/{own}");
        let etag = ana.get(&article).await.is(200).etag();
        ana.patch(&article, &etag, json!({"title": "Candles"})).await.is(200);
        let mut body = json!({"request_type": "technical.error.report", "subject": "A page stays white", "text": "It stays white."});
        body["help_search_id"] = json!(search);
        let ticket = sue.post("/v1/tickets", body).await.is(201).text("/id");
        let path = format!("/v1/tickets/{ticket}/help-search");
        let title = |seen: &Value, id: &str| {
            let results = seen["results"].as_array().unwrap();
            let result = results.iter().find(|result| result["article_id"] == id).unwrap();
            (result["title"].clone(), result["is_global"].clone(), result["opened_at"].is_string())
        };
        let (tom, tia) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        for agent in [&tom, &tia] {
            let seen = agent.get(&path).await.is(200);
            assert_eq!((seen.text("/id"), &seen.body["hits"]), (search.clone(), &json!(2)));
            assert!(seen.text("/query").starts_with("lanterns of ") && !seen.raw.contains("onzalez"), "{}", seen.raw);
            let (masked, is_global, is_opened) = title(&seen.body, &own);
            assert!(masked.as_str().unwrap().ends_with(" keeps the lanterns"), "{}", seen.raw);
            assert_eq!((is_global, is_opened), (json!(false), true));
            assert_eq!(title(&seen.body, &global), (json!("Lanterns of the desk"), json!(true), false));
        }
        let seen = sue.get(&path).await.is(200);
        assert_eq!(title(&seen.body, &own).0, "Maria Gonzalez keeps the lanterns", "it is their own");
        let seen = manager.get(&path).await.is(200);
        assert_eq!((&seen.body["query"], title(&seen.body, &own).0), (&Value::Null, Value::Null));
        assert_eq!(title(&seen.body, &global).0, "Lanterns of the desk");
        let noted = ana.get(&format!("/v1/audit-entries?action=ticket.read&target_id={ticket}")).await.is(200);
        assert_eq!(noted.body["data"].as_array().unwrap().len(), 3, "the desk reads on the record");
        let stranger = app.someone(Role::SupportUser, Some(oak)).await;
        for other in [&stranger, &ana] {
            other.get(&path).await.is(404).is_refused("resource.not_found");
        }
        ask_no_search(&app, oak).await;
        let body = json!({"request_type": "technical.error.report", "subject": "A page stays white", "text": "It stays white."});
        let without = stranger.post("/v1/tickets", body).await.is(201).text("/id");
        stranger.get(&format!("/v1/tickets/{without}/help-search")).await.is(404).is_refused("resource.not_found");
    }

    async fn a_query_has_limits(app) {
        let ana = app.someone(Role::SiteAdmin, Some(app.tenant_id(&fresh_slug()).await)).await;
        for (body, place) in [
            (json!({"query": "x".repeat(201)}), "#/query"),
            (json!({"query": "a\nb"}), "#/query"),
            (json!({"query": "a", "locale": "fr"}), "#/locale"),
            (json!({"query": "a", "limit": 0}), "#/limit"),
            (json!({"query": "a", "limit": 26}), "#/limit"),
            (json!({"query": "a", "context_key": "Screen"}), "#/context_key"),
        ] {
            ana.post("/v1/help-searches", body).await.is(422).at(&[place]);
        }
        for odd in ["%", "' OR 1=1 --", "¿?", "\u{202e}\u{200b}x", "𝔘𝔫𝔦", &"word ".repeat(40)] {
            ana.post("/v1/help-searches", json!({"query": odd})).await.is(200);
        }
    }
}

/// An account that asks too often has to wait; others have not.
async fn an_account_that_asks_too_often_waits(database: Database) {
    let help_per_account = Allowance { attempts: 3, window: SignedDuration::from_hours(1) };
    let limits = Limits { help_per_account, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    let manager = app.someone(Role::DeskManager, None).await;
    for _ in 0..3 {
        manager.post("/v1/help-searches", json!({"query": "browser"})).await.is(200);
    }
    let refused = manager.post("/v1/help-searches", json!({"query": "browser"})).await;
    refused.is(429).is_refused("throttle.too_many_requests");
    let other = app.someone(Role::DeskManager, None).await;
    other.post("/v1/help-searches", json!({"query": "browser"})).await.is(200);
}

#[actix_web::test]
async fn an_account_that_asks_too_often_waits_on_sqlite() {
    an_account_that_asks_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn an_account_that_asks_too_often_waits_on_postgres() {
    an_account_that_asks_too_often_waits(Database::postgres()).await;
}

/// A place that asks too often has to wait; whoever is signed in has not.
async fn an_address_that_asks_too_often_waits(database: Database) {
    let help_per_address = Allowance { attempts: 3, window: SignedDuration::from_hours(1) };
    let limits = Limits { help_per_address, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    for _ in 0..3 {
        app.nobody().post("/v1/public-help-searches", json!({"query": "browser"})).await.is(200);
    }
    let refused = app.nobody().post("/v1/public-help-searches", json!({"query": "browser"})).await;
    let refused = refused.is(429).is_refused("throttle.too_many_requests");
    assert_eq!(refused.header("retry-after"), "3600");
    let admin = app.platform_admin().await;
    admin.post("/v1/help-searches", json!({"query": "browser"})).await.is(200);
}

#[actix_web::test]
async fn an_address_that_asks_too_often_waits_on_sqlite() {
    an_address_that_asks_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn an_address_that_asks_too_often_waits_on_postgres() {
    an_address_that_asks_too_often_waits(Database::postgres()).await;
}
