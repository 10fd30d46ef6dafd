//! Finding tickets: by masked words, by number, and by nothing that the reader may not read.

use std::collections::BTreeSet;
use std::fmt::Write;

use caredesk_core::domain::account::Role;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::scene::Scene;
use crate::support::tickets::{Stand, tenant};

/// Opens a ticket; says its id.
async fn opened(who: &Actor<'_>, subject: &str, text: &str) -> String {
    let body = json!({"request_type": "technical.error.report", "subject": subject, "text": text});
    who.post("/v1/tickets", body).await.is(201).text("/id")
}

/// The tickets that somebody finds, of a view if one is named.
async fn found(who: &Actor<'_>, query: &str, view: Option<&str>) -> Vec<String> {
    let mut path = "/v1/tickets?q=".to_owned();
    for byte in query.bytes() {
        write!(path, "%{byte:02X}").unwrap();
    }
    if let Some(view) = view {
        write!(path, "&view={view}").unwrap();
    }
    let page = who.get(&path).await.is(200);
    let rows = page.body["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// The subjects that a list shows somebody, newest first.
async fn subjects(who: &Actor<'_>, query: &str) -> Vec<String> {
    let page = who.get(&format!("/v1/tickets{query}")).await.is(200);
    let rows = page.body["data"].as_array().unwrap();
    rows.iter().map(|row| row["subject"].as_str().unwrap_or("none").to_owned()).collect()
}

on_both! {
    async fn lists_show_ones_own_subjects_as_they_were_written(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let other = app.someone(Role::SupportUser, Some(tenant(&app).await)).await;
        let written = "Maria Gonzalez sees a white page";
        opened(&sue, written, "It stays white.").await;
        assert_eq!(subjects(&sue, "").await, [written]);
        assert_eq!(subjects(&sue, "?q=white").await, [written]);
        let colleague = app.someone(Role::SupportUser, Some(pine)).await;
        assert_eq!(subjects(&colleague, "?view=team").await, [written]);
        assert!(subjects(&other, "?view=team").await.is_empty());
        for role in [Role::TierOne, Role::TierTwo] {
            let seen = subjects(&app.someone(role, None).await, "").await;
            assert!(seen.len() == 1 && seen[0].starts_with("[NAME-") && seen[0].ends_with("] sees a white page"), "{seen:?}");
        }
        assert_eq!(subjects(&app.someone(Role::DeskManager, None).await, "").await, ["none"]);
        // By what is masked nobody finds it.
        assert!(subjects(&sue, "?q=gonzalez").await.is_empty());
    }

    async fn a_familys_subject_is_masked_in_the_list_of_the_organisation(app) {
        let scene = Scene::set(&app).await;
        let gil = scene.someone(Role::Guardian).await;
        scene.have_the_ticket(Stand::open(gil.account)).await;
        assert_eq!(subjects(&gil, "").await, ["The page of Nora stays white"]);
        let sue = scene.someone(Role::SupportUser).await;
        assert_eq!(subjects(&sue, "?view=team").await, ["The page stays white"]);
    }

    async fn a_longer_list_of_ones_own_sends_no_more_statements(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        for seen in 1..=3 {
            opened(&sue, "Maria Gonzalez sees a white page", "It stays white.").await;
            let (shown, sent) = app.statements_of(subjects(&sue, "")).await;
            assert_eq!(shown.len(), seen);
            assert!(shown.iter().all(|subject| subject.starts_with("Maria")), "{shown:?}");
            let asked = sent.iter().filter(|sql| sql.contains("ticket_originals"));
            assert_eq!(asked.count(), 1, "{sent:#?}");
        }
    }

    async fn a_ticket_is_found_by_the_details_that_were_told_with_it(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let opened = sue.post("/v1/tickets", json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "It stays white.",
            "details": {"error_message": "Zugriff verweigert", "account_email": "zoe@pine.example"}}));
        let number = opened.await.is(201).text("/number");
        let tom = app.someone(Role::TierOne, None).await;
        let found = tom.get("/v1/tickets?q=verweigert").await.is(200);
        assert_eq!(found.body["data"][0]["number"], number, "{}", found.raw);
        assert_eq!(tom.get("/v1/tickets?q=zoe").await.is(200).body["data"], json!([]));
    }

    async fn words_are_found_in_any_form_and_all_of_them_have_to_be_there(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let white = opened(&sue, "The history stays white", "No page of the history loads.").await;
        let lost = opened(&sue, "Contraseña", "Las invitaciones no llegan.").await;
        let tom = app.someone(Role::TierOne, None).await;
        for who in [&sue, &tom] {
            for query in ["history", "HISTORY white", "pages ", "histo", "white pag", "the page"] {
                assert_eq!(found(who, query, None).await, [white.as_str()], "{query}");
            }
            for query in ["contrasena", "CONTRASEÑA", "invitación ", "invitac"] {
                assert_eq!(found(who, query, None).await, [lost.as_str()], "{query}");
            }
            for query in ["history contrasena", "hist white", "zebra", "???"] {
                assert!(found(who, query, None).await.is_empty(), "{query}");
            }
        }
    }

    async fn what_is_said_later_is_found_once(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let id = opened(&sue, "The page stays white", "The page stays white.").await;
        let more = json!({"text": "The page stays white in a submarine, too."});
        sue.post(&format!("/v1/tickets/{id}/reply"), more).await.is(200);
        for query in ["page", "white submarine"] {
            assert_eq!(found(&sue, query, Some("team")).await, [id.as_str()], "{query}");
        }
    }

    async fn a_case_number_finds_its_ticket(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let first = opened(&sue, "A white page", "It stays white.").await;
        let number = sue.get(&format!("/v1/tickets/{first}")).await.is(200).text("/number");
        let digits = number.trim_start_matches("C-").trim_start_matches('0').to_owned();
        let manager = app.someone(Role::DeskManager, None).await;
        for query in [number.clone(), number.to_lowercase(), digits] {
            assert_eq!(found(&sue, &query, None).await, [first.as_str()], "{query}");
            assert_eq!(found(&manager, &query, None).await, [first.as_str()], "{query}");
        }
        let oak = tenant(&app).await;
        let ole = app.someone(Role::SupportUser, Some(oak)).await;
        assert!(found(&ole, &number, None).await.is_empty());
        assert!(found(&ole, &number, Some("team")).await.is_empty());
    }

    async fn a_note_of_the_desk_is_found_by_the_desk_only_until_it_is_said_aloud(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let id = opened(&sue, "A white page", "It stays white.").await;
        let at = format!("/v1/tickets/{id}");
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/notes"), json!({"text": "A flaky submarine cable."})).await.is(200);
        for view in [None, Some("team"), Some("my"), Some("tier1")] {
            assert!(found(&sue, "submarine", view).await.is_empty(), "{view:?}");
            assert!(found(&sue, "white submarine", view).await.is_empty(), "{view:?}");
        }
        assert_eq!(found(&tom, "submarine", None).await, [id.as_str()]);
        tom.post(&format!("{at}/reply"), json!({"text": "It was a submarine cable."})).await.is(200);
        assert_eq!(found(&sue, "submarine", None).await, [id.as_str()]);
        assert!(found(&sue, "flaky", None).await.is_empty());
        assert_eq!(found(&tom, "submarine", None).await, [id.as_str()]);
    }

    async fn a_masked_name_is_found_by_nobody(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let text = "My colleague Maria Gonzalez cannot open the page.";
        let id = opened(&sue, "Maria Gonzalez sees a white page", text).await;
        for role in [Role::TierOne, Role::TierTwo] {
            let agent = app.someone(role, None).await;
            assert_eq!(found(&agent, "colleague", None).await, [id.as_str()]);
            for query in ["gonzalez", "gonz", "colleague gonzalez"] {
                assert!(found(&agent, query, None).await.is_empty(), "{query}");
            }
        }
        assert!(found(&sue, "gonzalez", None).await.is_empty());
    }

    async fn a_name_that_is_masked_later_is_found_no_more(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let id = opened(&sue, "The forms of Xylandra", "The forms of Xylandra are gone.").await;
        let tom = app.someone(Role::TierOne, None).await;
        assert_eq!(found(&tom, "xylandra", None).await, [id.as_str()]);
        let more = json!({"text": "Please help, my daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("/v1/tickets/{id}/reply"), more).await.is(200);
        for who in [&tom, &sue] {
            for query in ["xylandra", "xyl", "quoss"] {
                assert!(found(who, query, None).await.is_empty(), "{query}");
            }
            assert_eq!(found(who, "forms gone", None).await, [id.as_str()]);
        }
        assert_eq!(app.count("ticket_terms WHERE term LIKE 'xyl%'"), 0);
    }

    async fn what_is_somebody_elses_is_not_found(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let id = opened(&sue, "A submarine", "It stays white.").await;
        let ole = app.someone(Role::SupportUser, Some(oak)).await;
        let own = opened(&ole, "A white page", "It stays white.").await;
        for view in [None, Some("team"), Some("cc"), Some("tier1")] {
            assert!(found(&ole, "submarine", view).await.is_empty(), "{view:?}");
        }
        assert_eq!(found(&ole, "white", Some("team")).await, [own.as_str()]);
        let max = app.someone(Role::Member, Some(pine)).await;
        assert!(found(&max, "submarine", Some("team")).await.is_empty());
        // Who sees no texts finds nothing by what they say.
        let manager = app.someone(Role::DeskManager, None).await;
        assert!(found(&manager, "submarine", None).await.is_empty());
        let tina = app.someone(Role::TierTwo, None).await;
        assert_eq!(found(&tina, "submarine", None).await, [id.as_str()]);
        let both: BTreeSet<String> = found(&tina, "white", None).await.into_iter().collect();
        assert_eq!(both, BTreeSet::from([own, id]));
    }

    async fn pages_of_a_search_go_through_without_doubles(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let mut all = BTreeSet::new();
        for n in 0..7 {
            all.insert(opened(&sue, &format!("White page w{n}"), "It stays white.").await);
            opened(&sue, "A black page", "It stays black.").await;
        }
        let tom = app.someone(Role::TierOne, None).await;
        for path in ["/v1/tickets?limit=2&q=white", "/v1/tickets?limit=2&q=white&state=new"] {
            let mut seen = BTreeSet::new();
            let mut cursor = String::new();
            for _ in 0..4 {
                let page = tom.get(&format!("{path}{cursor}")).await.is(200);
                for row in page.body["data"].as_array().unwrap() {
                    assert!(seen.insert(row["id"].as_str().unwrap().to_owned()), "{}", page.raw);
                }
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen, all, "{path}");
            let other = format!("/v1/tickets?limit=2&q=black{cursor}");
            tom.get(&other).await.is(400).is_refused("cursor.invalid");
        }
    }

    async fn what_is_due_soon_is_searched_as_every_view(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let white = opened(&sue, "The history page stays white", "It stays white.").await;
        let black = opened(&sue, "The history page stays black", "It stays black.").await;
        let tom = app.someone(Role::TierOne, None).await;
        let soon = Some("breaching_soon");
        let both: BTreeSet<String> = found(&tom, "history", soon).await.into_iter().collect();
        assert_eq!(both, BTreeSet::from([white.clone(), black.clone()]));
        assert_eq!(found(&tom, "history white", soon).await, [white.as_str()]);
        assert!(found(&tom, "zebra", soon).await.is_empty());
        let number = tom.get(&format!("/v1/tickets/{black}")).await.is(200).text("/number");
        assert_eq!(found(&tom, &number, soon).await, [black.as_str()]);
        let path = "/v1/tickets?view=breaching_soon&q=black&limit=1";
        let page = tom.get(path).await.is(200);
        assert_eq!((page.text("/data/0/id"), &page.body["next_cursor"]), (black, &Value::Null));
        // Who sees no texts finds none by their words here either.
        let manager = app.someone(Role::DeskManager, None).await;
        assert!(found(&manager, "history", soon).await.is_empty());
    }

    async fn a_query_of_no_length_and_one_that_is_too_long_are_refused(app) {
        let tom = app.someone(Role::TierOne, None).await;
        for query in [String::new(), "x".repeat(201)] {
            tom.get(&format!("/v1/tickets?q={query}")).await.is(422);
        }
    }
}
