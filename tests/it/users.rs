//! Users of an organisation: made with a link, listed and found, changed, switched off and on.

use std::fmt::Display;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{RoleId, TenantId};
use caredesk_core::domain::permission::{Permission, PermissionSet};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::holders;
use crate::support::make;
use crate::support::people::Known;
use crate::support::staff::PASSWORD;

const USERS: &str = "/v1/users";
const CHANGES: &str = "/v1/account/contact-changes";
const MIA: &str = "mia@pine.example";
const NEW: &str = "mia@new.example";
const SUE: &str = "sue@pine.example";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// An id of the right form that stands for nothing.
const NOTHING: &str = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4eff";

/// A new organisation and its Site Admin, who is number 1.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// A user to be made.
fn new(user_name: &str) -> Value {
    let email = format!("{user_name}@pine.example");
    json!({"user_name": user_name, "first_name": "Noa", "last_name": "Berg", "email": email})
}

/// A user to be made, with a field of the test's choice.
fn new_with(user_name: &str, field: &str, value: Value) -> Value {
    let mut body = new(user_name);
    body[field] = value;
    body
}

/// Where a user is.
fn at(id: impl Display) -> String {
    format!("{USERS}/{id}")
}

/// Makes a user; where it is.
async fn make(who: &Actor<'_>, user_name: &str) -> String {
    who.post(USERS, new(user_name)).await.is(201).header("location")
}

/// Changes a user, for the version that is there now.
async fn change(who: &Actor<'_>, at: &str, body: Value) -> Answer {
    let etag = who.get(at).await.is(200).etag();
    who.patch(at, &etag, body).await
}

/// Does something of the menu to a user.
async fn act(who: &Actor<'_>, verb: &str, at: &str) -> Answer {
    let body = match verb {
        "deactivate" => Some(json!({"reason": "by_admin"})),
        "keep-active" => Some(json!({"keep_active": true})),
        _ => None,
    };
    who.send(Method::POST, &format!("{at}/{verb}"), body, &[]).await
}

/// What a sign-in says of somebody in pine.
fn claim(user_name: &str) -> Value {
    json!({"realm": "tenant", "tenant": "pine", "name": user_name})
}

/// The numbers on a page, without their letter.
fn numbers(page: &Answer) -> Vec<i64> {
    let rows = page.body["data"].as_array().unwrap();
    let number = |row: &Value| row["number"].as_str().unwrap().trim_start_matches("U-").parse();
    rows.iter().map(|row| number(row).unwrap()).collect()
}

/// The numbers that a query finds, in their order.
async fn found(who: &Actor<'_>, query: &str) -> Vec<i64> {
    let page = who.get(&format!("{USERS}?sort=number&include_total=true&{query}")).await.is(200);
    let found = numbers(&page);
    assert_eq!(page.body["total"], found.len(), "{query}");
    found
}

/// Every user of a list, page by page.
async fn walked(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{USERS}?{query}{cursor}")).await.is(200);
        all.extend(page.body["data"].as_array().unwrap().clone());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// The texts of a field.
fn texts(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

/// What bars an action of a user's menu: nothing if it is allowed.
fn barred(user: &Answer, action: &str) -> Value {
    let menu = user.body["allowed_actions"].as_array().unwrap();
    let one = menu.iter().find(|one| one["action"] == action);
    let one = one.unwrap_or_else(|| panic!("no {action} in {menu:?}"));
    assert_eq!(one["allowed"], one["barred_by"].is_null(), "{one}");
    one["barred_by"].clone()
}

/// The facts of the last message of a kind.
fn facts(app: &App, kind: &str) -> Value {
    let sql = format!(
        "SELECT CAST(facts AS text) FROM notifications WHERE kind = '{kind}' ORDER BY created_at, id"
    );
    serde_json::from_str(&app.burglar().texts(&sql).pop().unwrap()).unwrap()
}

/// Changes one's own address with the codes that went to both, as far as it goes.
async fn moves(who: &Actor<'_>, from: &str, to: &str) -> Answer {
    let begun = who.post(CHANGES, json!({"email": to})).await.is(200);
    confirms(who, &begun, from, to).await
}

/// Confirms a change of one's own address.
async fn confirms(who: &Actor<'_>, begun: &Answer, from: &str, to: &str) -> Answer {
    let code = |at| who.app.secret_of("contact_code", at);
    let codes = json!({"current_code": code(from), "new_code": code(to)});
    who.post(&format!("{CHANGES}/{}/confirm", begun.text("/id")), codes).await
}

/// Somebody who looks after users and is no Site Admin.
async fn manager(app: &App, tenant: TenantId) -> Actor<'_> {
    app.holder(tenant, [Permission::UsersManage, Permission::UsersRead].into_iter().collect()).await
}

/// Where a known user is.
fn of(known: &Known<'_>) -> String {
    at(known.account)
}

on_both! {
    async fn a_user_is_made_and_comes_in_by_the_link(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(USERS, new_with("mia", "phone", json!("+15550100244"))).await.is(201);
        assert_eq!(made.header("location"), at(made.text("/id")));
        assert_eq!((made.text("/number"), made.text("/user_name")), ("U-000002".into(), "mia".into()));
        assert_eq!((made.text("/role"), made.text("/status")), ("member".into(), "invited".into()));
        assert_eq!((made.text("/phone"), made.text("/locale")), ("+15550100244".into(), "en".into()));
        assert_eq!(made.text("/invitation_expires_at"), "2026-11-24T09:00:00Z");
        assert_eq!(made.body["last_signed_in_at"], Value::Null);
        let read = sara.get(&made.header("location")).await.is(200);
        assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));

        assert_eq!(app.letters(), ["enrolment to mia@pine.example"]);
        let told = facts(&app, "enrolment");
        assert_eq!((&told["organisation"], &told["slug"]), (&json!("Camp pine"), &json!("pine")));
        assert_eq!((&told["user_name"], &told["name"]), (&json!("mia"), &json!("Noa Berg")));
        let link = app.secret_of("enrolment", MIA);
        assert!(!made.raw.contains(&link) && !read.raw.contains(&link));
        app.sign_in_as(&claim("mia"), PASSWORD).await.is(401);
        let redeemed = app.redeem(&link, PASSWORD).await.is(201);
        assert_eq!(redeemed.text("/session/account_id"), made.text("/id"));
        app.redeem(&link, PASSWORD).await.is(410).is_refused("link.not_usable");
        let mia = app.bearer(&app.sign_in_as(&claim("MIA"), PASSWORD).await.is(201));
        assert_eq!(mia.get("/v1/account").await.is(200).text("/role"), "member");
        let read = sara.get(&made.header("location")).await.is(200);
        assert_eq!((read.text("/status"), &read.body["invitation_expires_at"]), ("active".into(), &Value::Null));
        assert_eq!(read.text("/last_signed_in_at"), "2026-11-21T09:00:00Z");
    }

    async fn a_user_is_invited_later_if_one_says_so(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(USERS, new_with("mia", "send_invitation", json!(false))).await.is(201);
        assert_eq!((made.text("/status"), &made.body["invitation_expires_at"]), ("invited".into(), &Value::Null));
        assert_eq!(app.letters(), [""; 0]);
        let sent = act(&sara, "resend-invitation", &made.header("location")).await.is(200);
        assert_eq!(sent.text("/invitation_expires_at"), "2026-11-24T09:00:00Z");
        app.redeem(&app.secret_of("enrolment", MIA), PASSWORD).await.is(201);
    }

    async fn a_link_counts_for_three_days(app) {
        let (_, sara) = organisation(&app, "pine").await;
        make(&sara, "mia").await;
        app.clock.advance(SignedDuration::from_hours(72));
        let late = app.redeem(&app.secret_of("enrolment", MIA), PASSWORD).await.is(410);
        late.is_refused("link.not_usable");
    }

    async fn a_list_is_narrowed_by_every_filter(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await; // 2
        let sue = app.user("pine", "sue", Role::SupportUser).await; // 3
        make(&sara, "jose").await; // 4
        act(&sara, "deactivate", &make(&sara, "tom").await).await.is(200); // 5
        let role: RoleId = holders::role(&app, tenant, PermissionSet::NONE).await;
        holders::give(&app, mia.account, role).await;
        let course = json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
        sara.post(&format!("{}/training-records", of(&mia)), course).await.is(201);
        act(&sara, "keep-active", &of(&sue)).await.is(200);
        let (_, olga) = organisation(&app, "oak").await;
        olga.post(USERS, new("jose")).await.is(201);
        for (query, expected) in [
            ("", vec![1, 2, 3, 4, 5]),
            ("status=active", vec![1, 2, 3]),
            ("status=invited", vec![4]),
            ("status=inactive", vec![5]),
            ("role=site_admin", vec![1]),
            ("role=support_user", vec![3]),
            ("role=member", vec![2, 4, 5]),
            (&format!("role_id={role}"), vec![2]),
            (&format!("role_id={NOTHING}"), vec![]),
            ("trained=true", vec![2]),
            ("trained=false", vec![1, 3, 4, 5]),
            ("kept_active=true", vec![3]),
            ("kept_active=false", vec![1, 2, 4, 5]),
            ("role=member&status=active&trained=false", vec![]),
            ("role=member&kept_active=false&trained=true&q=mia", vec![2]),
        ] {
            assert_eq!(found(&sara, query).await, expected, "{query}");
        }
        for bad in ["role=tier1", "status=gone", "trained=perhaps", "sort=age", "role_id=7", "limit=101", "shoe=9"] {
            let answer = sara.get(&format!("{USERS}?{bad}")).await;
            assert_eq!(answer.status, 422, "{bad}");
        }
        assert_eq!(sara.get(USERS).await.is(200).body["total"], Value::Null);
    }

    async fn a_user_is_found_by_number_by_names_and_by_parts_of_the_address(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let names = |first: &str, last: &str, user_name: &str, email: &str| {
            json!({"user_name": user_name, "first_name": first, "last_name": last, "email": email})
        };
        for one in [
            names("José", "Peña-Ortíz", "chef1", "kitchen@lodge.example"), // 2
            names("Penélope", "Ström", "pen.strom", "penny@mail.pine.example"), // 3
            names("Ⅳan", "O'Neil", "ivan", "ivan@pine.example"), // 4
        ] {
            sara.post(USERS, one).await.is(201);
        }
        for (search, expected) in [
            ("pena", vec![2]),
            ("PE%C3%91A", vec![2]),
            ("Pe%C3%B1a", vec![2]),
            ("ortiz%20jose", vec![2]),
            ("pen", vec![2, 3]),
            ("pen%20str", vec![3]),
            ("STROM", vec![3]),
            ("ena", vec![]),
            ("pena%20strom", vec![]),
            ("neil", vec![4]),
            ("o%27neil", vec![4]),
            ("chef1", vec![2]),
            ("kitchen", vec![2]),
            ("kitch", vec![2]),
            ("lodge.example", vec![2]),
            ("penny%40mail", vec![3]),
            ("mail", vec![3]),
            ("U-000002", vec![2]),
            ("u-000003", vec![3]),
            ("4", vec![4]),
            ("U-000099", vec![]),
            ("%25", vec![]),
            ("_", vec![]),
            ("%27", vec![]),
        ] {
            assert_eq!(found(&sara, &format!("q={search}")).await, expected, "{search}");
        }
        sara.get(&format!("{USERS}?q=")).await.is(422);
        sara.get(&format!("{USERS}?q=a%00b")).await.is(422);
    }

    async fn a_changed_user_is_found_by_what_it_is_called_now(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let changed = json!({"last_name": "Peña", "user_name": "boss", "email": "chief@oak.example"});
        change(&sara, &mia, changed).await.is(200);
        for (search, expected) in [
            ("pena", vec![2]), ("boss", vec![2]), ("chief", vec![2]), ("noa", vec![2]), ("berg", vec![]), ("mia", vec![]),
        ] {
            assert_eq!(found(&sara, &format!("q={search}")).await, expected, "{search}");
        }
    }

    async fn pages_of_every_order_leave_nobody_out_and_show_nobody_twice(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let named = [
            ("Zoë", "Arm"), ("Mia", "Lund"), ("Xi", "zhou"), ("mia", "lund"), ("Ana", "Ärm"), ("MIA", "LUND"),
            ("Øle", "Peña"), ("Bo", "Lünd"), ("Åsa", "Penå"),
        ];
        for (number, (first, last)) in named.iter().enumerate() {
            if number % 2 == 0 {
                app.clock.advance(SECOND); // two of each moment
            }
            let mut body = new(&format!("user{number}"));
            body["first_name"] = json!(first);
            body["last_name"] = json!(last);
            sara.post(USERS, body).await.is(201);
        }
        let by_name = ["ärm", "arm", "lünd", "lund", "lund", "lund", "penå", "peña", "ruiz", "zhou"];
        for sort in ["newest", "name", "number"] {
            let whole = walked(&sara, &format!("sort={sort}&limit=100")).await;
            assert_eq!(whole.len(), 10);
            for limit in [1, 2, 3, 7, 10] {
                let paged = walked(&sara, &format!("sort={sort}&limit={limit}")).await;
                assert_eq!(texts(&paged, "id"), texts(&whole, "id"), "{sort} {limit}");
            }
            match sort {
                "newest" => {
                    let mut made = texts(&whole, "created_at");
                    made.reverse();
                    assert!(made.is_sorted(), "{made:?}");
                }
                "number" => assert!(texts(&whole, "number").is_sorted()),
                _ => {
                    let lasts = texts(&whole, "last_name");
                    let lasts: Vec<String> = lasts.iter().map(|last| last.to_lowercase()).collect();
                    assert_eq!(lasts, by_name);
                }
            }
        }
        let page = sara.get(&format!("{USERS}?limit=3&include_total=true&q=lund")).await.is(200);
        assert_eq!((numbers(&page).len(), &page.body["total"]), (3, &json!(4)));
        assert_eq!(walked(&sara, "limit=1&q=lund&sort=name").await.len(), 4);
    }

    async fn a_cursor_goes_with_its_own_order_and_filters_only(app) {
        let (_, sara) = organisation(&app, "pine").await;
        make(&sara, "mia").await;
        make(&sara, "noa").await;
        let sorts = ["newest", "name", "number"];
        for sort in sorts {
            let page = sara.get(&format!("{USERS}?limit=1&sort={sort}")).await.is(200);
            let cursor = page.text("/next_cursor");
            sara.get(&format!("{USERS}?limit=2&sort={sort}&cursor={cursor}")).await.is(200);
            for other in sorts.iter().filter(|other| **other != sort) {
                let answer = sara.get(&format!("{USERS}?limit=1&sort={other}&cursor={cursor}")).await;
                answer.is(400).is_refused("cursor.invalid");
            }
            for more in ["status=invited", "q=mia", "role=member", "trained=false", "kept_active=false"] {
                let answer = sara.get(&format!("{USERS}?sort={sort}&cursor={cursor}&{more}")).await;
                answer.is(400).is_refused("cursor.invalid");
            }
        }
    }

    async fn a_user_of_another_organisation_is_not_found(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        let mia = make(&sara, "mia").await;
        olga.get(&mia).await.is(404).is_refused("resource.not_found");
        olga.patch(&mia, "\"1-00000000\"", json!({"first_name": "Eva"})).await.is(404);
        for verb in ["deactivate", "reactivate", "keep-active", "resend-invitation", "revoke-invitation"] {
            act(&olga, verb, &mia).await.is(404).is_refused("resource.not_found");
        }
        assert_eq!(sara.get(&mia).await.body["version"], 1);
        olga.get(&at(NOTHING)).await.is(404);
    }

    async fn a_change_names_the_version_it_is_for(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let (old, body) = (sara.get(&mia).await.etag(), json!({"first_name": "Eva"}));
        sara.send(Method::PATCH, &mia, Some(body.clone()), &[]).await.is(428).is_refused("version.required");
        let changed = sara.patch(&mia, &old, body.clone()).await.is(200);
        assert_eq!((changed.text("/first_name"), &changed.body["version"]), ("Eva".into(), &json!(2)));
        assert_eq!(sara.get(&mia).await.etag(), changed.etag());
        sara.patch(&mia, &old, body).await.is(412).is_refused("version.stale");
        let stale = [("if-match", old.as_str())];
        let off = Some(json!({"reason": "left"}));
        sara.send(Method::POST, &format!("{mia}/deactivate"), off, &stale).await.is(412);
        let same = sara.patch(&mia, &changed.etag(), json!({"first_name": "Eva"})).await.is(200);
        assert_eq!(same.body["version"], 2, "nothing has changed");
    }

    async fn what_is_sent_changes_and_the_person_is_told_at_the_old_and_the_new_address(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let changed = change(&sara, &of(&mia), json!({"first_name": "Eva", "last_name": "Holm", "locale": "es"})).await.is(200);
        assert_eq!((changed.text("/first_name"), changed.text("/last_name")), ("Eva".into(), "Holm".into()));
        assert_eq!((changed.text("/locale"), changed.text("/user_name")), ("es".into(), "mia".into()));
        assert_eq!(app.letters(), [""; 0]);
        change(&sara, &of(&mia), json!({"user_name": "eva.holm"})).await.is(200);
        assert_eq!(app.letters(), ["user_changed to mia@pine.example"]);
        assert_eq!(facts(&app, "user_changed")["user_name"], "eva.holm");
        app.sign_in_as(&claim("mia"), PASSWORD).await.is(401);
        let eva = app.bearer(&app.sign_in_as(&claim("Eva.Holm"), PASSWORD).await.is(201));
        assert_eq!(eva.get("/v1/account").await.text("/name"), "Eva Holm");
        change(&sara, &of(&mia), json!({"phone": "+15550100277"})).await.is(200);
        assert_eq!(app.letters_of("user_changed", MIA), 2);
        change(&sara, &of(&mia), json!({"email": NEW})).await.is(200);
        assert_eq!((app.letters_of("user_changed", MIA), app.letters_of("user_changed", NEW)), (3, 1));
        let cleared = change(&sara, &of(&mia), json!({"phone": null})).await.is(200);
        assert_eq!((&cleared.body["phone"], cleared.text("/email")), (&Value::Null, NEW.into()));
        assert_eq!((app.letters_of("user_changed", MIA), app.letters_of("user_changed", NEW)), (3, 2));
        let audit = app.audit().await;
        let noted: Vec<_> = audit.iter().filter(|entry| entry["action"] == "user.update").collect();
        assert_eq!(noted.len(), 5);
        for personal in ["Holm", "eva.holm", NEW, "+15550100277"] {
            assert!(!json!(noted).to_string().contains(personal), "{personal}");
        }
    }

    async fn what_waits_at_an_address_that_was_left_opens_nothing(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let here = mia.at_home().await;
        mia.forgets().await.is(202);
        let begun = here.post(CHANGES, json!({"email": "mia@stolen.example"})).await.is(200);
        change(&sara, &of(&mia), json!({"email": NEW})).await.is(200);
        let link = app.secret_of("password_reset", MIA);
        app.reset(&link, "another violet tractor 39").await.is(410).is_refused("link.not_usable");
        let late = confirms(&here, &begun, MIA, "mia@stolen.example").await;
        late.is(410).is_refused("code.not_usable");
        assert_eq!(sara.get(&of(&mia)).await.text("/email"), NEW);
    }

    async fn the_new_address_of_whoever_is_invited_gets_the_link(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let old = app.secret_of("enrolment", MIA);
        app.clock.advance(SECOND);
        let moved = change(&sara, &mia, json!({"email": NEW})).await.is(200);
        assert_eq!(moved.text("/invitation_expires_at"), "2026-11-24T09:00:01Z");
        app.redeem(&old, PASSWORD).await.is(410).is_refused("link.not_usable");
        app.redeem(&app.secret_of("enrolment", NEW), PASSWORD).await.is(201);
        assert_eq!(app.letters_of("enrolment", MIA), 1);
        // Whose link was taken back is not invited by a new address.
        let noa = make(&sara, "noa").await;
        act(&sara, "revoke-invitation", &noa).await.is(200);
        change(&sara, &noa, json!({"email": "noa@new.example"})).await.is(200);
        assert_eq!(app.letters_of("enrolment", "noa@new.example"), 0);
    }

    async fn a_user_name_is_given_once_in_an_organisation(app) {
        let (_, sara) = organisation(&app, "pine").await;
        make(&sara, "Mia").await;
        let noa = make(&sara, "noa").await;
        let before = app.rows();
        for taken in ["mia", "MIA", "Mia", "\u{ff2d}ia"] {
            sara.post(USERS, new_with("x", "user_name", json!(taken))).await.is(409).is_refused("user.name_taken");
            change(&sara, &noa, json!({"user_name": taken})).await.is(409).is_refused("user.name_taken");
        }
        assert_eq!(app.rows(), before);
        change(&sara, &noa, json!({"user_name": "NOA"})).await.is(200);
        let (_, olga) = organisation(&app, "oak").await;
        olga.post(USERS, new("mia")).await.is(201);
        let next = sara.post(USERS, new("eva")).await.is(201);
        assert_eq!(next.text("/number"), "U-000004", "a refusal uses no number up");
    }

    async fn an_office_shares_an_address_among_members(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        for name in ["mia", "noa"] {
            sara.post(USERS, new_with(name, "email", json!("office@pine.example"))).await.is(201);
        }
        olga.post(USERS, new_with("mia", "email", json!("office@pine.example"))).await.is(201);
        let eva = make(&sara, "eva").await;
        change(&sara, &eva, json!({"email": "Office@Pine.example"})).await.is(200);
        assert_eq!(found(&sara, "q=office").await, [2, 3, 4]);
    }

    async fn a_support_users_address_is_nobody_elses(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let (_, olga) = organisation(&app, "oak").await;
        let oak = make(&olga, "eva").await;
        let gil = app.guardian("gil@home.example").await;
        let before = app.rows();
        let reserved = |answer: Answer| answer.is(409).is_refused("user.address_reserved");
        for address in [SUE, "SUE@Pine.Example"] {
            reserved(sara.post(USERS, new_with("noa", "email", json!(address))).await);
            reserved(olga.post(USERS, new_with("noa", "email", json!(address))).await);
            reserved(change(&sara, &of(&mia), json!({"email": address})).await);
            reserved(change(&olga, &oak, json!({"email": address})).await);
            let staff = json!({"role": "tier1", "name": "Sam Okafor", "email": address});
            reserved(app.platform_admin().await.post("/v1/desk-accounts", staff).await);
            let mut tenant = make::tenant("elm");
            tenant["site_admin"] = json!({"user_name": "bo", "first_name": "Bo", "last_name": "Lind", "email": address});
            reserved(app.platform_admin().await.post("/v1/tenants", tenant).await);
        }
        let same: Vec<String> = app.rows().into_iter().filter(|row| row.starts_with("notifications") || row.starts_with("tenants")).collect();
        assert!(same.iter().all(|row| before.contains(row)), "{same:?}");
        reserved(moves(&mia.at_home().await, &mia.contact, SUE).await);
        reserved(moves(&gil.at_home().await, &gil.contact, SUE).await);
        assert_eq!(sara.get(&of(&mia)).await.text("/email"), MIA);
        assert_eq!(sara.get(&of(&sue)).await.text("/email"), SUE);
    }

    async fn a_support_users_address_cannot_become_one_that_somebody_has(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        app.user("pine", "mia", Role::Member).await;
        app.user("pine", "sid", Role::SupportUser).await;
        act(&sara, "deactivate", &make(&sara, "off").await).await.is(200);
        app.tenant("oak").await;
        app.user("oak", "eva", Role::Member).await;
        app.guardian("gil@home.example").await;
        for address in [MIA, "sid@pine.example", "off@pine.example", "eva@oak.example", "Gil@Home.example"] {
            let refused = change(&sara, &of(&sue), json!({"email": address})).await.is(409);
            refused.is_refused("support_user.address_shared");
        }
        let here = sue.at_home().await;
        moves(&here, SUE, MIA).await.is(409).is_refused("support_user.address_shared");
        moves(&here, SUE, "sue@new.example").await.is(204);
        // What was left is free for others.
        sara.post(USERS, new_with("noa", "email", json!(SUE))).await.is(201);
    }

    async fn a_guardian_of_the_same_name_may_be_a_support_user_too(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        let gil = app.guardian("gil@home.example").await;
        let as_guardian = json!({"email": "gil@home.example"});
        change(&sara, &of(&sue), as_guardian.clone()).await.is(409).is_refused("support_user.address_shared");
        change(&sara, &of(&sue), json!({"first_name": "GIL", "last_name": "Ferró"})).await.is(200);
        change(&sara, &of(&sue), as_guardian).await.is(200);
        // The other way round, too.
        change(&sara, &of(&sue), json!({"email": SUE})).await.is(200);
        moves(&gil.at_home().await, &gil.contact, SUE).await.is(204);
    }

    async fn whoever_is_switched_off_is_out_at_once(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let role = holders::role(&app, tenant, PermissionSet::NONE).await;
        holders::give(&app, mia.account, role).await;
        let here = mia.at_home().await;
        mia.forgets().await.is(202);
        app.clock.advance(SECOND);
        let off = sara.post(&format!("{}/deactivate", of(&mia)), json!({"reason": "left"})).await.is(200);
        assert_eq!((off.text("/status"), off.text("/inactive_reason")), ("inactive".into(), "left".into()));
        assert_eq!(off.text("/inactive_since"), "2026-11-21T09:00:01Z");
        assert_eq!((off.text("/roles/0/id"), &off.body["was_site_admin"]), (role.to_string(), &json!(false)));
        here.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        mia.sign_in().await.is(401).is_refused("auth.wrong_credentials");
        let link = app.secret_of("password_reset", MIA);
        app.reset(&link, "another violet tractor 39").await.is(410).is_refused("link.not_usable");
        assert_eq!(sara.get(&of(&mia)).await.body, off.body);
        act(&sara, "deactivate", &of(&mia)).await.is(409).is_refused("account.already_inactive");
        let noa = make(&sara, "noa").await;
        assert_eq!(act(&sara, "deactivate", &noa).await.is(200).body["invitation_expires_at"], Value::Null);
        let link = app.secret_of("enrolment", "noa@pine.example");
        app.redeem(&link, PASSWORD).await.is(410).is_refused("link.not_usable");
        for bad in [json!({"reason": "dormant"}), json!({"reason": null}), json!({})] {
            sara.post(&format!("{noa}/deactivate"), bad).await.is(422).at(&["#/reason"]);
        }
    }

    async fn a_support_user_comes_back_as_a_member_with_the_roles_and_the_password_of_before(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        let role = holders::role(&app, tenant, PermissionSet::NONE).await;
        holders::give(&app, sue.account, role).await;
        act(&sara, "reactivate", &of(&sue)).await.is(409).is_refused("account.not_inactive");
        assert_eq!(act(&sara, "deactivate", &of(&sue)).await.is(200).text("/role"), "member");
        let back = act(&sara, "reactivate", &of(&sue)).await.is(200);
        assert_eq!((back.text("/role"), back.text("/status")), ("member".into(), "active".into()));
        assert_eq!((&back.body["inactive_reason"], &back.body["inactive_since"]), (&Value::Null, &Value::Null));
        assert_eq!((back.text("/roles/0/id"), &back.body["was_site_admin"]), (role.to_string(), &json!(false)));
        assert_eq!(app.letters_of("user_reactivated", SUE), 1);
        assert_eq!(app.letters_of("enrolment", SUE), 0);
        assert_eq!(sue.sign_in().await.is(201).text("/session/role"), "member");
    }

    async fn whoever_never_set_a_password_comes_back_invited(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let old = app.secret_of("enrolment", MIA);
        act(&sara, "deactivate", &mia).await.is(200);
        let back = act(&sara, "reactivate", &mia).await.is(200);
        assert_eq!((back.text("/status"), app.letters_of("enrolment", MIA)), ("invited".into(), 2));
        assert_eq!(back.text("/invitation_expires_at"), "2026-11-24T09:00:00Z");
        app.redeem(&old, PASSWORD).await.is(410);
        let links = app.secrets_of("enrolment", MIA);
        let fresh = links.iter().find(|link| **link != old).unwrap();
        app.redeem(fresh, PASSWORD).await.is(201);
    }

    async fn only_a_site_admin_brings_users_back(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let nora = manager(&app, tenant).await;
        let mia = make(&sara, "mia").await;
        act(&nora, "deactivate", &mia).await.is(200);
        act(&nora, "reactivate", &mia).await.is(403).is_refused("action.not_permitted");
        act(&sara, "reactivate", &mia).await.is(200);
    }

    async fn a_user_is_kept_active_and_no_more(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let keep = async |keep: bool| {
            sara.post(&format!("{}/keep-active", of(&mia)), json!({"keep_active": keep})).await.is(200)
        };
        let kept = keep(true).await;
        assert_eq!((&kept.body["kept_active"], &kept.body["version"]), (&json!(true), &json!(2)));
        assert_eq!(keep(true).await.body["version"], 2);
        let over = keep(false).await;
        assert_eq!((&over.body["kept_active"], &over.body["version"]), (&json!(false), &json!(3)));
        let own = at(sara.account);
        act(&sara, "keep-active", &own).await.is(403);
        act(&sara, "deactivate", &of(&mia)).await.is(200);
        act(&sara, "keep-active", &of(&mia)).await.is(409).is_refused("account.already_inactive");
    }

    async fn an_invitation_is_sent_again_and_taken_back(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let first = app.secret_of("enrolment", MIA);
        app.clock.advance(SECOND);
        act(&sara, "resend-invitation", &mia).await.is(200);
        let second = app.secret_of("enrolment", MIA);
        app.redeem(&first, PASSWORD).await.is(410);
        let revoked = act(&sara, "revoke-invitation", &mia).await.is(200);
        assert_eq!((revoked.text("/status"), &revoked.body["invitation_expires_at"]), ("invited".into(), &Value::Null));
        app.redeem(&second, PASSWORD).await.is(410).is_refused("link.not_usable");
        act(&sara, "revoke-invitation", &mia).await.is(409).is_refused("invitation.none");
        app.clock.advance(SECOND);
        act(&sara, "resend-invitation", &mia).await.is(200);
        app.redeem(&app.secret_of("enrolment", MIA), PASSWORD).await.is(201);
        for verb in ["resend-invitation", "revoke-invitation"] {
            act(&sara, verb, &mia).await.is(409).is_refused("invitation.already_accepted");
        }
        act(&sara, "deactivate", &mia).await.is(200);
        act(&sara, "resend-invitation", &mia).await.is(409).is_refused("account.already_inactive");
    }

    async fn the_menu_names_the_rule_that_bars_each_action(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let menu = sara.get(&at(adam.account)).await.is(200);
        for action in ["user.deactivate", "user.keep_active"] {
            assert_eq!(barred(&menu, action), "site_admin.access_change_required", "{action}");
        }
        assert_eq!(barred(&menu, "user.update"), Value::Null);
        assert_eq!(barred(&menu, "user.invite"), "invitation.already_accepted");
        assert_eq!(barred(&menu, "user.reactivate"), "account.not_inactive");

        let nora = manager(&app, tenant).await;
        let high = app.holder(tenant, [Permission::AuditRead].into_iter().collect()).await;
        let equal = manager(&app, tenant).await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        for (user, bars) in [(high.account, true), (sue.account, true), (equal.account, false)] {
            let expected = if bars { json!("user.out_of_reach") } else { Value::Null };
            let menu = nora.get(&at(user)).await.is(200);
            for action in ["user.update", "user.deactivate", "user.keep_active"] {
                assert_eq!(barred(&menu, action), expected, "{action}");
            }
            assert_eq!(barred(&menu, "user.reactivate"), "action.not_permitted");
        }
        for verb in ["deactivate", "keep-active", "resend-invitation", "revoke-invitation"] {
            act(&nora, verb, &at(high.account)).await.is(403).is_refused("user.out_of_reach");
        }
        change(&nora, &at(high.account), json!({"first_name": "Eva"})).await.is(403).is_refused("user.out_of_reach");
        change(&nora, &at(sara.account), json!({"first_name": "Eva"})).await.is(403).is_refused("user.out_of_reach");
        act(&nora, "deactivate", &at(sara.account)).await.is(403).is_refused("site_admin.access_change_required");
        // A menu of before five minutes ago asks for a fresh proof, as the action itself does.
        app.clock.advance(SignedDuration::from_mins(6));
        assert_eq!(barred(&sara.get(&at(equal.account)).await, "user.update"), "second_factor.step_up_required");
        let late = change(&sara, &at(equal.account), json!({"first_name": "Eva"})).await;
        assert_eq!(late.is_refused("second_factor.step_up_required").status, 401);
        act(&sara, "deactivate", &at(equal.account)).await.is(200);
    }

    async fn another_site_admins_way_in_is_changed_by_an_access_change_alone(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let adam = at(app.someone(Role::SiteAdmin, Some(tenant)).await.account);
        let before = sara.get(&adam).await.is(200);
        for body in [
            json!({"email": NEW}),
            json!({"user_name": "adam"}),
            json!({"phone": "+15550100277"}),
            json!({"first_name": "Eva", "email": NEW}),
        ] {
            change(&sara, &adam, body).await.is(403).is_refused("site_admin.access_change_required");
        }
        for verb in ["keep-active", "deactivate"] {
            act(&sara, verb, &adam).await.is(403).is_refused("site_admin.access_change_required");
        }
        assert_eq!(sara.get(&adam).await.body, before.body);
        assert_eq!(app.letters(), [""; 0]);
        assert_eq!(change(&sara, &adam, json!({"first_name": "Eva"})).await.is(200).text("/first_name"), "Eva");
    }

    async fn ones_own_address_is_changed_with_codes_alone(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let told = adam.get("/v1/account").await.text("/email");
        let own = at(sara.account);
        for body in [json!({"email": NEW}), json!({"phone": "+15550100277"}), json!({"first_name": "Eva", "email": NEW})] {
            change(&sara, &own, body).await.is(403).is_refused("user.own_contact");
        }
        assert_eq!(app.letters(), [""; 0]);
        let changed = change(&sara, &own, json!({"user_name": "sara"})).await.is(200);
        assert_eq!((changed.text("/user_name"), app.letters()), ("sara".into(), vec![format!("colleague_changed to {told}")]));
    }

    async fn a_site_admin_leaves_with_a_fresh_proof_and_the_others_are_told(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        act(&sara, "deactivate", &at(sara.account)).await.is(409).is_refused("site_admin.last");
        let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let told = adam.get("/v1/account").await.text("/email");
        app.clock.advance(SignedDuration::from_mins(6));
        let own = at(sara.account);
        assert_eq!(barred(&sara.get(&own).await.is(200), "user.deactivate"), "second_factor.step_up_required");
        let refused = act(&sara, "deactivate", &own).await;
        assert_eq!(refused.is_refused("second_factor.step_up_required").status, 401);
        let sara = app.another_session_of(&sara).await;
        let off = act(&sara, "deactivate", &own).await.is(200);
        assert_eq!((off.text("/role"), &off.body["was_site_admin"]), ("member".into(), &json!(true)));
        assert_eq!(app.letters(), [format!("colleague_changed to {told}")]);
        sara.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
    }

    async fn what_is_wrong_is_refused_with_every_fault_and_makes_nothing(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = make(&sara, "mia").await;
        let etag = sara.get(&mia).await.etag();
        let (before, read) = (app.rows(), sara.get(&mia).await.body);
        let long = "x".repeat(81);
        let faults = [
            ("first_name", json!("No\u{0}a")),
            ("first_name", json!("   ")),
            ("first_name", json!("")),
            ("first_name", json!(null)),
            ("first_name", json!(7)),
            ("last_name", json!("x".repeat(121))),
            ("last_name", json!("Be\nrg")),
            ("user_name", json!(long)),
            ("user_name", json!("x")),
            ("user_name", json!("no a")),
            ("user_name", json!("no\u{a0}a")),
            ("user_name", json!(null)),
            ("email", json!("noa")),
            ("email", json!("noa@pine.example\u{0}")),
            ("email", json!("noa@pine.example, eva@pine.example")),
            ("email", json!(null)),
            ("phone", json!("0155")),
            ("locale", json!("fr")),
            ("locale", json!(null)),
            ("role", json!("owner")),
            ("role", json!("platform_admin")),
            ("role", json!(null)),
            ("number", json!("U-000009")),
            ("status", json!("active")),
            ("roles", json!([])),
        ];
        for (field, value) in faults {
            let pointer = format!("#/{field}");
            let answer = sara.post(USERS, new_with("noa", field, value.clone())).await;
            assert_eq!(answer.status, 422, "{field} {value} {}", answer.raw);
            answer.is_refused("request.invalid").at(&[&pointer]);
            let answer = sara.patch(&mia, &etag, json!({field: value})).await;
            assert_eq!(answer.status, 422, "{field} {value} {}", answer.raw);
            answer.is_refused("request.invalid").at(&[&pointer]);
        }
        for field in ["phone", "send_invitation"] {
            sara.post(USERS, new_with("noa", field, Value::Null)).await.is(422).at(&[&format!("#/{field}")]);
        }
        let all = json!({"user_name": "no a", "first_name": " ", "email": "x", "shoe": 9});
        sara.post(USERS, all).await.is(422).at(&["#/email", "#/first_name", "#/last_name", "#/shoe", "#/user_name"]);
        sara.post(USERS, json!([])).await.is(422);
        assert_eq!((app.rows(), sara.get(&mia).await.body), (before, read));
        assert_eq!(app.letters(), ["enrolment to mia@pine.example"]);
        // Eighty characters are enough, and what surrounds a name is no part of it.
        let made = sara.post(USERS, new_with("noa", "user_name", json!("x".repeat(80)))).await.is(201);
        let named = change(&sara, &made.header("location"), json!({"first_name": "  Eva  "})).await.is(200);
        assert_eq!(named.text("/first_name"), "Eva");
    }
}
