//! Lists of tickets: their orders and their filters, in pages and in exports.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::batch::done;
use crate::support::scene::fresh_slug;
use crate::support::tickets::ask_no_search;

/// Where tickets are listed.
const TICKETS: &str = "/v1/tickets";
/// Every order of the list.
const SORTS: [&str; 4] = ["newest", "oldest", "updated", "priority"];

/// A new tenant that asks for no search of the help centre.
async fn tenant(app: &App) -> TenantId {
    let tenant = app.tenant_id(&fresh_slug()).await;
    ask_no_search(app, tenant).await;
    tenant
}

/// Opens a ticket a second after what was before; says its id.
async fn opened(who: &Actor<'_>, subject: &str) -> String {
    who.app.clock.advance(SignedDuration::from_secs(1));
    let body = json!({
        "request_type": "technical.error.report", "subject": subject, "text": "It does not load."});
    who.post(TICKETS, body).await.is(201).text("/id")
}

/// Gives a ticket another priority, a second after what was before.
async fn reprioritised(tom: &Actor<'_>, id: &str, priority: &str) {
    tom.app.clock.advance(SignedDuration::from_secs(1));
    let body = json!({"priority": priority, "reason": "The camp begins."});
    tom.post(&format!("{TICKETS}/{id}/reprioritise"), body).await.is(200);
}

/// The ids of rows.
fn ids(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// The numbers of what an export holds.
async fn exported(who: &Actor<'_>, filter: Value) -> Vec<String> {
    let job = done(who, "/v1/ticket-exports", filter).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let file = who
        .get(&format!("/v1/ticket-exports/{}/content", job["id"].as_str().unwrap()))
        .await
        .is(200);
    let mut reader = csv::Reader::from_reader(file.raw.as_bytes());
    reader.records().map(|row| row.unwrap()[0].to_owned()).collect()
}

/// What a list shows, in pages of so many.
async fn walked(who: &Actor<'_>, query: &str, limit: usize) -> Vec<String> {
    let path = format!("{TICKETS}?{query}&limit={limit}");
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{path}{cursor}")).await.is(200);
        all.extend(ids(&page.body));
        let Some(next) = page.body["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

on_both! {
    async fn a_list_has_four_orders_in_pages_of_any_size(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (a, b, c, d) = (opened(&sue, "White a").await, opened(&sue, "White b").await, opened(&sue, "White c").await, opened(&sue, "Black d").await);
        let tom = app.someone(Role::TierOne, None).await;
        reprioritised(&tom, &b, "urgent").await;
        reprioritised(&tom, &a, "low").await;
        reprioritised(&tom, &d, "urgent").await;
        // C is high from the beginning.
        let orders = [
            ("newest", [&d, &c, &b, &a]), ("oldest", [&a, &b, &c, &d]), ("updated", [&d, &a, &b, &c]), ("priority", [&d, &b, &c, &a]),
        ];
        for who in [&sue, &tom] {
            for (sort, expected) in orders {
                for limit in [1, 2, 3, 100] {
                    let found = walked(who, &format!("sort={sort}"), limit).await;
                    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sort} {limit}");
                }
            }
            assert_eq!(walked(who, "view=team", 100).await, walked(who, "view=team&sort=newest", 100).await);
        }
        // Beside a filter, a view and a search.
        for limit in [1, 100] {
            for (query, expected) in [
                ("sort=priority&priority=urgent", vec![&d, &b]), ("sort=priority&priority=normal", vec![]),
                ("sort=updated&state=new", vec![&d, &a, &b, &c]), ("sort=updated&priority=urgent", vec![&d, &b]),
                ("sort=priority&q=white", vec![&b, &c, &a]), ("sort=updated&q=white", vec![&a, &b, &c]),
                ("sort=oldest&q=white&view=tier1", vec![&a, &b, &c]), ("sort=updated&view=unassigned", vec![&d, &a, &b, &c]),
            ] {
                let found = walked(&tom, query, limit).await;
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query} {limit}");
            }
        }
    }

    async fn a_cursor_of_another_order_is_refused(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue, "A white page").await;
        opened(&sue, "A black page").await;
        for sort in SORTS {
            let cursor = sue.get(&format!("{TICKETS}?limit=1&sort={sort}")).await.is(200).text("/next_cursor");
            for other in SORTS {
                let answer = sue.get(&format!("{TICKETS}?limit=1&sort={other}&cursor={cursor}")).await;
                if other == sort {
                    answer.is(200);
                } else {
                    answer.is(400).is_refused("cursor.invalid");
                }
            }
        }
        // What is usual goes on as if it were named.
        let cursor = sue.get(&format!("{TICKETS}?limit=1")).await.is(200).text("/next_cursor");
        sue.get(&format!("{TICKETS}?limit=1&sort=newest&cursor={cursor}")).await.is(200);
    }

    async fn what_is_due_soon_has_its_own_order(app) {
        let tom = app.someone(Role::TierOne, None).await;
        for sort in SORTS {
            let path = format!("{TICKETS}?view=breaching_soon&sort={sort}");
            tom.get(&path).await.is(422).is_refused("request.invalid").at(&["query:sort"]);
        }
        tom.get(&format!("{TICKETS}?sort=size")).await.is(422).at(&["query:sort"]);
        tom.get(&format!("{TICKETS}?view=breaching_soon")).await.is(200);
    }

    async fn a_list_and_an_export_are_narrowed_by_who_has_a_ticket_and_by_when_it_was_opened(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (a, b, c) = (opened(&sue, "White a").await, opened(&sue, "White b").await, opened(&sue, "White c").await);
        let (tom, tia) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierOne, None).await);
        tom.post(&format!("{TICKETS}/{a}/assign"), json!({})).await.is(200);
        tia.post(&format!("{TICKETS}/{b}/assign"), json!({})).await.is(200);
        let mut at = Vec::new();
        for id in [&a, &b, &c] {
            at.push(tom.get(&format!("{TICKETS}/{id}")).await.is(200).text("/created_at"));
        }
        let [of_a, of_b, of_c] = &at[..] else { panic!("{at:?}") };
        let (of_tom, of_tia, nobodys) = (tom.account.to_string(), tia.account.to_string(), sue.account.to_string());
        // From a moment on, that one included, and before another, that one not.
        for (filter, expected) in [
            (vec![("assignee_id", &of_tom)], vec![&a]),
            (vec![("assignee_id", &of_tia)], vec![&b]),
            (vec![("assignee_id", &nobodys)], vec![]),
            (vec![("since", of_a)], vec![&c, &b, &a]),
            (vec![("since", of_b)], vec![&c, &b]),
            (vec![("until", of_b)], vec![&a]),
            (vec![("until", of_a)], vec![]),
            (vec![("since", of_b), ("until", of_c)], vec![&b]),
            (vec![("since", of_c), ("until", of_a)], vec![]),
            (vec![("assignee_id", &of_tom), ("until", of_c)], vec![&a]),
            (vec![("assignee_id", &of_tom), ("since", of_b)], vec![]),
        ] {
            let query: Vec<String> = filter.iter().map(|(name, value)| format!("{name}={value}")).collect();
            for sort in SORTS {
                let found = walked(&tom, &format!("{}&sort={sort}", query.join("&")), 1).await;
                let (mut found, mut wanted) = (found, expected.iter().map(|id| (*id).clone()).collect::<Vec<_>>());
                if sort != "newest" {
                    found.sort_unstable();
                    wanted.sort_unstable();
                }
                assert_eq!(found, wanted, "{query:?} {sort}");
            }
            let body: serde_json::Map<String, Value> =
                filter.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            let mut wanted = Vec::new();
            for id in expected {
                wanted.push(tom.get(&format!("{TICKETS}/{id}")).await.is(200).text("/number"));
            }
            assert_eq!(exported(&tom, Value::Object(body)).await, wanted, "{query:?}");
        }
    }
}
