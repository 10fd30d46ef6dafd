//! Applications of families: made, found, changed, submitted and withdrawn, and what follows for their families.

use caredesk::store::schema::{applications, invitations};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::application::OnlineAccount;
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId};
use caredesk_core::domain::invitation::InvitationState;
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::moment::{at_once, statuses};
use crate::support::scene::behind;

const APPLICATIONS: &str = "/v1/applications";
const INVITATIONS: &str = "/v1/invitations";
const RUIZ: &str = "ruiz@home.example";
const NEW: &str = "ruiz@new.example";
const PHONE: &str = "+15550100231";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// How long an invitation counts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// An id of the right form that stands for nothing.
const NOTHING: &str = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4eff";
/// Invitations that are still to be sent.
const WAITING: &str =
    "notifications WHERE kind = 'invitation' AND finished_at IS NULL AND secret IS NOT NULL";

/// Every operation, and the one permission that it is for.
const OPERATIONS: [(&str, Permission); 13] = [
    ("list", Permission::ApplicationsRead),
    ("read", Permission::ApplicationsRead),
    ("list_invitations", Permission::ApplicationsRead),
    ("read_invitation", Permission::ApplicationsRead),
    ("create", Permission::ApplicationsWrite),
    ("update", Permission::ApplicationsWrite),
    ("submit", Permission::ApplicationsWrite),
    ("withdraw", Permission::ApplicationsWrite),
    ("invite", Permission::InvitationsSend),
    ("reinvite", Permission::InvitationsSend),
    ("resend", Permission::InvitationsSend),
    ("revoke", Permission::InvitationsSend),
    ("unlink", Permission::InvitationsUnlink),
];

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// An application to be made.
fn new() -> Value {
    json!({"family_name": "Ruiz Ortega", "email": RUIZ, "phone": PHONE})
}

/// An application to be made, with a field of the test's choice.
fn new_with(field: &str, value: Value) -> Value {
    let mut body = new();
    body[field] = value;
    body
}

/// An application of a family, to be made.
fn of_family(name: &str) -> Value {
    new_with("family_name", json!(name))
}

/// Makes an application; where it is.
async fn make(who: &Actor<'_>, body: Value) -> String {
    who.post(APPLICATIONS, body).await.is(201).header("location")
}

/// Makes an application that is submitted at once, its family invited; where it is.
async fn submitted(who: &Actor<'_>) -> String {
    make(who, new_with("submit", json!(true))).await
}

/// An application whose family stands so to the portal; where it is.
async fn standing(who: &Actor<'_>, online: &str) -> String {
    let at = submitted(who).await;
    match online {
        "none" => {
            act(who, "revoke", &newest(who, &at).await).await.is(200);
        }
        "linked" => link_somebody(who.app, &at).await,
        "unlinked" => {
            link_somebody(who.app, &at).await;
            act(who, "unlink", &at).await.is(200);
        }
        _ => assert_eq!(online, "invited"),
    }
    at
}

/// The id at the end of a path.
fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// Where the newest invitation to an application is.
async fn newest(who: &Actor<'_>, at: &str) -> String {
    let page = who.get(&format!("{INVITATIONS}?application_id={}", id(at))).await.is(200);
    format!("{INVITATIONS}/{}", page.text("/data/0/id"))
}

/// The states of the invitations to an application, newest first.
async fn states(who: &Actor<'_>, at: &str) -> Vec<String> {
    let page = who.get(&format!("{INVITATIONS}?application_id={}", id(at))).await.is(200);
    texts(page.body["data"].as_array().unwrap(), "state")
}

/// Does something of the menu to an application or to an invitation.
async fn act(who: &Actor<'_>, verb: &str, at: &str) -> Answer {
    let body = match verb {
        "invite" | "reinvite" => Some(json!({})),
        "unlink" => Some(json!({"reason": "remove_access"})),
        _ => None,
    };
    who.send(Method::POST, &format!("{at}/{verb}"), body, &[]).await
}

/// Changes an application, for the version that is there now.
async fn change(who: &Actor<'_>, at: &str, body: Value) -> Answer {
    let etag = who.get(at).await.is(200).etag();
    who.patch(at, &etag, body).await
}

/// Links a family's account, behind the product's back: as if the family had come by its invitation.
async fn link(app: &App, at: &str, account: Uuid) {
    let application: ApplicationId = id(at).parse().unwrap();
    let (account, now) = (AccountId::of(account), app.house.clock.now());
    behind(app, move |conn| {
        let sent = invitations::table
            .filter(invitations::application_id.eq(application))
            .filter(invitations::state.eq(InvitationState::Pending));
        let accepted =
            (invitations::state.eq(InvitationState::Accepted), invitations::ended_at.eq(now));
        diesel::update(sent).set(accepted).execute(conn)?;
        let linked = (
            applications::online_account.eq(OnlineAccount::Linked),
            applications::invited_until.eq(None::<Moment>),
            applications::account_id.eq(account),
            applications::linked_at.eq(now),
            applications::version.eq(applications::version + 1),
        );
        let row = applications::table.filter(applications::id.eq(application));
        diesel::update(row).set(linked).execute(conn)
    })
    .await;
}

/// Links the account of a family that has just made one.
async fn link_somebody(app: &App, at: &str) {
    let contact = format!("{}@home.example", Uuid::now_v7().simple());
    link(app, at, app.guardian(&contact).await.account).await;
}

/// The texts of a field.
fn texts(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

/// The numbers that a query finds, lowest first; of those that were drawn what follows `A-00000`.
async fn found(who: &Actor<'_>, query: &str) -> Vec<String> {
    let page = who.get(&format!("{APPLICATIONS}?include_total=true&{query}")).await.is(200);
    let numbers = texts(page.body["data"].as_array().unwrap(), "number");
    assert_eq!(page.body["total"], numbers.len(), "{query}");
    let short = |number: &String| number.trim_start_matches("A-00000").to_owned();
    let mut numbers: Vec<String> = numbers.iter().map(short).collect();
    numbers.sort();
    numbers
}

/// Every application of a list, page by page.
async fn walked(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{APPLICATIONS}?{query}{cursor}")).await.is(200);
        all.extend(page.body["data"].as_array().unwrap().clone());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// What bars an action of an application's menu: nothing if it is allowed.
fn barred(application: &Answer, action: &str) -> Value {
    let menu = application.body["allowed_actions"].as_array().unwrap();
    let one = menu.iter().find(|one| one["action"] == action);
    let one = one.unwrap_or_else(|| panic!("no {action} in {menu:?}"));
    assert_eq!(one["allowed"], one["barred_by"].is_null(), "{one}");
    one["barred_by"].clone()
}

/// An application that an operation can be done to; where it is.
async fn ready(who: &Actor<'_>, operation: &str) -> String {
    match operation {
        "submit" => make(who, new()).await,
        "invite" => standing(who, "none").await,
        "unlink" => standing(who, "linked").await,
        _ => standing(who, "invited").await,
    }
}

/// Tries an operation on an application or on its newest invitation.
async fn tries(who: &Actor<'_>, operation: &str, (at, sent, etag): (&str, &str, &str)) -> Answer {
    match operation {
        "list" => who.get(APPLICATIONS).await,
        "read" => who.get(at).await,
        "list_invitations" => who.get(INVITATIONS).await,
        "read_invitation" => who.get(sent).await,
        "create" => who.post(APPLICATIONS, new()).await,
        "update" => who.patch(at, etag, json!({"family_name": "Berg"})).await,
        "resend" | "revoke" => act(who, operation, sent).await,
        _ => act(who, operation, at).await,
    }
}

/// So many children.
fn children(count: usize) -> Value {
    (0..count).map(|number| json!({"child_id": format!("K-{number}")})).collect()
}

/// What is wrong with a body: a field, its value, and where the fault is.
fn faults() -> Vec<(&'static str, Value, &'static str)> {
    let (forty_one, long) = ("7".repeat(41), "x".repeat(121));
    vec![
        ("number", json!("A 1"), "#/number"),
        ("number", json!("A\u{a0}1"), "#/number"),
        ("number", json!(""), "#/number"),
        ("number", json!(forty_one), "#/number"),
        ("number", json!(7), "#/number"),
        ("number", Value::Null, "#/number"),
        ("family_name", json!("\u{1}\u{2}"), "#/family_name"),
        ("family_name", json!("Ruiz\nOrtega"), "#/family_name"),
        ("family_name", json!("   "), "#/family_name"),
        ("family_name", json!(long), "#/family_name"),
        ("family_name", Value::Null, "#/family_name"),
        ("email", json!("ruiz"), "#/email"),
        ("email", json!("ruiz@home.example, eva@home.example"), "#/email"),
        ("phone", json!("0155"), "#/phone"),
        ("preferred_method", json!("post"), "#/preferred_method"),
        ("preferred_method", json!("preferred"), "#/preferred_method"),
        ("preferred_method", Value::Null, "#/preferred_method"),
        ("locale", json!("fr"), "#/locale"),
        ("locale", Value::Null, "#/locale"),
        ("children", children(21), "#/children"),
        ("children", json!({}), "#/children"),
        ("children", Value::Null, "#/children"),
        ("children", json!([{"name": "Leo"}]), "#/children/0/child_id"),
        ("children", json!([{"child_id": "K 1"}]), "#/children/0/child_id"),
        ("children", json!([{"child_id": forty_one}]), "#/children/0/child_id"),
        ("children", json!([{"child_id": "K-1", "name": null}]), "#/children/0/name"),
        ("children", json!([{"child_id": "K-1", "age": 7}]), "#/children/0/age"),
        ("children", json!([{"child_id": "K-1"}, {"child_id": "k-1"}]), "#/children/1/child_id"),
        ("status", json!("submitted"), "#/status"),
        ("online_account", json!("linked"), "#/online_account"),
        ("shoe", json!(9), "#/shoe"),
    ]
}

on_both! {
    async fn a_draft_is_made_and_nobody_is_written_to(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let body = new_with("children", json!([{"child_id": "K-2", "name": "Leo"}, {"child_id": "K-1"}]));
        let made = sara.post(APPLICATIONS, body).await.is(201);
        assert_eq!(made.header("location"), format!("{APPLICATIONS}/{}", made.text("/id")));
        assert_eq!((made.text("/number"), made.text("/family_name")), ("A-000001".into(), "Ruiz Ortega".into()));
        assert_eq!((made.text("/email"), made.text("/phone")), (RUIZ.into(), PHONE.into()));
        assert_eq!((made.text("/preferred_method"), made.text("/locale")), ("email".into(), "en".into()));
        assert_eq!(made.body["children"], json!([{"child_id": "K-2", "name": "Leo"}, {"child_id": "K-1", "name": null}]));
        assert_eq!((made.text("/status"), made.text("/online_account")), ("draft".into(), "none".into()));
        for absent in ["invitation_expires_at", "linked_contact", "linked_at", "submitted_at", "withdrawn_at"] {
            assert_eq!(made.body[absent], Value::Null, "{absent}");
        }
        assert_eq!((made.text("/created_at"), &made.body["version"]), ("2026-11-21T09:00:00Z".into(), &json!(1)));
        let read = sara.get(&made.header("location")).await.is(200);
        assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));
        assert_eq!((app.letters(), app.count("invitations")), (Vec::<String>::new(), 0));
    }

    async fn an_application_that_is_submitted_as_it_is_made_invites_its_family(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(APPLICATIONS, new_with("submit", json!(true))).await.is(201);
        assert_eq!((made.text("/status"), made.text("/online_account")), ("submitted".into(), "invited".into()));
        assert_eq!(made.text("/submitted_at"), "2026-11-21T09:00:00Z");
        assert_eq!(made.text("/invitation_expires_at"), "2026-12-05T09:00:00Z");
        let read = sara.get(&made.header("location")).await.is(200);
        assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));
        assert_eq!(app.letters(), [format!("invitation to {RUIZ}")]);
    }

    async fn a_draft_that_is_submitted_later_invites_its_family_then(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        app.clock.advance(SECOND);
        let sent = act(&sara, "submit", &at).await.is(200);
        assert_eq!((sent.text("/status"), sent.text("/online_account")), ("submitted".into(), "invited".into()));
        assert_eq!(sent.text("/submitted_at"), "2026-11-21T09:00:01Z");
        assert_eq!(sent.text("/invitation_expires_at"), "2026-12-05T09:00:01Z");
        assert_eq!(app.letters(), [format!("invitation to {RUIZ}")]);
        act(&sara, "submit", &at).await.is(409).is_refused("application.already_submitted");
        act(&sara, "withdraw", &at).await.is(200);
        act(&sara, "submit", &at).await.is(409).is_refused("application.withdrawn");
        assert_eq!(app.letters().len(), 1);
    }

    async fn without_the_contact_nothing_is_made_and_nothing_submitted(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let before = app.rows();
        for body in [
            json!({"family_name": "Ruiz", "submit": true}),
            json!({"family_name": "Ruiz", "phone": PHONE, "preferred_method": "email", "submit": true}),
            json!({"family_name": "Ruiz", "email": RUIZ, "preferred_method": "sms", "submit": true}),
        ] {
            sara.post(APPLICATIONS, body).await.is(409).is_refused("application.no_contact");
        }
        assert_eq!(app.rows(), before);
        let at = make(&sara, json!({"family_name": "Ruiz", "phone": PHONE, "preferred_method": "email"})).await;
        let (before, read) = (app.rows(), sara.get(&at).await.is(200));
        assert_eq!(read.text("/number"), "A-000001", "a refusal uses no number up");
        act(&sara, "submit", &at).await.is(409).is_refused("application.no_contact");
        assert_eq!((app.rows(), sara.get(&at).await.body), (before, read.body));
        change(&sara, &at, json!({"preferred_method": "sms"})).await.is(200);
        act(&sara, "submit", &at).await.is(200);
        assert_eq!(app.letters(), [format!("invitation to {PHONE}")]);
    }

    async fn how_a_family_is_reached_follows_from_what_there_is(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for (body, expected) in [
            (json!({"family_name": "Ruiz"}), "email"),
            (json!({"family_name": "Ruiz", "email": RUIZ}), "email"),
            (json!({"family_name": "Ruiz", "phone": PHONE}), "sms"),
            (json!({"family_name": "Ruiz", "email": RUIZ, "phone": PHONE}), "email"),
            (json!({"family_name": "Ruiz", "email": RUIZ, "phone": PHONE, "preferred_method": "sms"}), "sms"),
        ] {
            let made = sara.post(APPLICATIONS, body.clone()).await.is(201);
            assert_eq!(made.text("/preferred_method"), expected, "{body}");
        }
    }

    async fn a_family_is_written_to_in_the_organisations_language_unless_one_says_otherwise(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let (admin, path) = (app.platform_admin().await, format!("/v1/tenants/{tenant}"));
        let etag = admin.get(&path).await.is(200).etag();
        admin.patch(&format!("{path}/settings"), &etag, json!({"locale": "es"})).await.is(200);
        assert_eq!(sara.post(APPLICATIONS, new()).await.is(201).text("/locale"), "es");
        let made = sara.post(APPLICATIONS, new_with("locale", json!("en"))).await.is(201);
        assert_eq!(made.text("/locale"), "en");
    }

    async fn a_number_is_given_once_in_an_organisation_whatever_its_case(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(APPLICATIONS, new_with("number", json!("Pine-7"))).await.is(201);
        assert_eq!(made.text("/number"), "Pine-7");
        let other = make(&sara, new()).await;
        let before = app.rows();
        for taken in ["Pine-7", "PINE-7", "pine-7", "\u{ff30}ine-7"] {
            let answer = sara.post(APPLICATIONS, new_with("number", json!(taken))).await;
            answer.is(409).is_refused("application.number_taken");
            let answer = change(&sara, &other, json!({"number": taken})).await;
            answer.is(409).is_refused("application.number_taken");
        }
        assert_eq!(app.rows(), before);
        let own = change(&sara, &made.header("location"), json!({"number": "PINE-7"})).await.is(200);
        assert_eq!(own.text("/number"), "PINE-7");
        let (_, olga) = organisation(&app, "oak").await;
        olga.post(APPLICATIONS, new_with("number", json!("Pine-7"))).await.is(201);
        assert_eq!(olga.post(APPLICATIONS, new()).await.is(201).text("/number"), "A-000001");
    }

    async fn numbers_that_are_drawn_skip_those_that_the_organisation_gave(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for own in ["A-000002", "a-000003"] {
            sara.post(APPLICATIONS, new_with("number", json!(own))).await.is(201);
        }
        let mut drawn = Vec::new();
        for _ in 0..3 {
            drawn.push(sara.post(APPLICATIONS, new()).await.is(201).text("/number"));
        }
        assert_eq!(drawn, ["A-000001", "A-000004", "A-000005"]);
    }

    async fn applications_made_at_once_get_numbers_of_their_own(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let answers = at_once((0..6).map(|_| sara.post(APPLICATIONS, new())).collect()).await;
        assert_eq!(statuses(&answers), [201; 6]);
        let mut numbers: Vec<String> = answers.iter().map(|answer| answer.text("/number")).collect();
        numbers.sort();
        let expected: Vec<String> = (1..7).map(|number| format!("A-{number:06}")).collect();
        assert_eq!(numbers, expected);
        let own = || sara.post(APPLICATIONS, new_with("number", json!("PINE-7")));
        assert_eq!(statuses(&at_once(vec![own(), own()]).await), [201, 409]);
    }

    async fn of_two_submissions_at_once_one_counts(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for round in 1..5 {
            let at = make(&sara, new()).await;
            let answers = at_once(vec![act(&sara, "submit", &at), act(&sara, "submit", &at)]).await;
            assert_eq!(statuses(&answers), [200, 409]);
            assert_eq!((app.letters().len(), app.count("invitations")), (round, round));
        }
    }

    async fn a_list_is_narrowed_by_every_filter(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mut old = new_with("submit", json!(true));
        old["children"] = json!([{"child_id": "K-1"}]);
        make(&sara, old).await; // 1, whose invitation expires
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        make(&sara, new_with("children", json!([{"child_id": "k-1"}, {"child_id": "K-2"}]))).await; // 2
        for online in ["invited", "linked", "unlinked", "none"] {
            standing(&sara, online).await; // 3, 4, 5, 6
        }
        act(&sara, "withdraw", &make(&sara, of_family("Berg")).await).await.is(200); // 7
        let (_, olga) = organisation(&app, "oak").await;
        make(&olga, new_with("children", json!([{"child_id": "K-1"}]))).await;
        for (query, expected) in [
            ("", vec!["1", "2", "3", "4", "5", "6", "7"]),
            ("status=draft", vec!["2"]),
            ("status=submitted", vec!["1", "3", "4", "5", "6"]),
            ("status=withdrawn", vec!["7"]),
            ("online_account=none", vec!["2", "6", "7"]),
            ("online_account=invited", vec!["3"]),
            ("online_account=expired", vec!["1"]),
            ("online_account=linked", vec!["4"]),
            ("online_account=unlinked", vec!["5"]),
            ("child_id=K-1", vec!["1", "2"]),
            ("child_id=k-2", vec!["2"]),
            ("child_id=K", vec![]),
            ("status=submitted&online_account=none", vec!["6"]),
            ("q=ruiz&child_id=K-1&status=draft", vec!["2"]),
            ("q=berg&status=draft", vec![]),
        ] {
            assert_eq!(found(&sara, query).await, expected, "{query}");
        }
        assert_eq!(sara.get(APPLICATIONS).await.is(200).body["total"], Value::Null);
        for bad in [
            "status=gone", "online_account=maybe", "sort=age", "child_id=K%201", "limit=0", "limit=101", "q=", "q=a%00b",
            "include_total=perhaps", "cursor=%21", "number=A-000001", "shoe=9",
        ] {
            sara.get(&format!("{APPLICATIONS}?{bad}")).await.is(422).is_refused("request.invalid");
        }
    }

    async fn a_family_is_found_by_its_number_and_by_every_word_of_its_name(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for name in ["de la Cruz", "Peña-Ortíz", "Delgado", "O'Neil Ström"] {
            make(&sara, of_family(name)).await;
        }
        make(&sara, json!({"number": "Pine-7", "family_name": "Ruiz"})).await;
        let (_, olga) = organisation(&app, "oak").await;
        make(&olga, of_family("de la Cruz")).await;
        for (search, expected) in [
            ("cruz", vec!["1"]),
            ("CRUZ", vec!["1"]),
            ("cru", vec!["1"]),
            ("la", vec!["1"]),
            ("de", vec!["1", "3"]),
            ("de%20la%20Cruz", vec!["1"]),
            ("cruz%20de", vec!["1"]),
            ("ruz", vec![]),
            ("pena", vec!["2"]),
            ("PE%C3%91A", vec!["2"]),
            ("ortiz", vec!["2"]),
            ("Ort%C3%ADz%20pe%C3%B1a", vec!["2"]),
            ("pena%20cruz", vec![]),
            ("STROM", vec!["4"]),
            ("o%27neil", vec!["4"]),
            ("A-000001", vec!["1"]),
            ("a-000002", vec!["2"]),
            ("a-00000", vec!["1", "2", "3", "4"]),
            ("A-000099", vec![]),
            ("000001", vec!["1"]),
            ("PINE-7", vec!["Pine-7"]),
            ("pine-7%20ruiz", vec!["Pine-7"]),
            ("pine-7%20cruz", vec![]),
            ("%25", vec![]),
            ("_", vec![]),
            ("%27", vec![]),
        ] {
            assert_eq!(found(&sara, &format!("q={search}")).await, expected, "{search}");
        }
    }

    async fn a_number_of_letters_alone_is_found_as_well(app) {
        let (_, sara) = organisation(&app, "pine").await;
        make(&sara, json!({"number": "Pine-East", "family_name": "Ruiz"})).await;
        make(&sara, json!({"number": "Pine-West", "family_name": "Ruiz"})).await;
        assert_eq!(found(&sara, "q=pine").await, ["Pine-East", "Pine-West"]);
        assert_eq!(found(&sara, "q=PINE-EAST").await, ["Pine-East"]);
    }

    async fn a_changed_application_is_found_by_what_it_says_now(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new_with("children", json!([{"child_id": "K-1"}]))).await;
        let now = json!({"number": "Pine-7", "family_name": "Peña", "children": [{"child_id": "K-2"}]});
        change(&sara, &at, now).await.is(200);
        for (query, finds) in [
            ("q=pena", true), ("q=pine-7", true), ("child_id=K-2", true),
            ("q=ruiz", false), ("q=ortega", false), ("q=A-000001", false), ("child_id=K-1", false),
        ] {
            assert_eq!(found(&sara, query).await.len(), usize::from(finds), "{query}");
        }
    }

    async fn pages_of_every_order_leave_nothing_out_and_show_nothing_twice(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let names = ["Ruiz", "Ärm", "delgado", "de la Cruz", "arm", "Peña", "RUIZ", "Delgado"];
        for (number, name) in names.iter().enumerate() {
            if number % 2 == 0 {
                app.clock.advance(SECOND); // two of each moment
            }
            make(&sara, of_family(name)).await;
        }
        for sort in ["newest", "name"] {
            let whole = walked(&sara, &format!("sort={sort}&limit=100")).await;
            for limit in [1, 2, 3, 5, 8] {
                let paged = walked(&sara, &format!("sort={sort}&limit={limit}")).await;
                assert_eq!(texts(&paged, "id"), texts(&whole, "id"), "{sort} {limit}");
            }
            let shown = texts(&whole, "family_name");
            if sort == "newest" {
                let mut newest = names.to_vec();
                newest.reverse();
                assert_eq!(shown, newest);
            } else {
                let by_name = ["Ärm", "arm", "de la Cruz", "delgado", "Delgado", "Peña", "Ruiz", "RUIZ"];
                assert_eq!(shown, by_name);
            }
        }
        assert_eq!(texts(&walked(&sara, "").await, "id"), texts(&walked(&sara, "sort=newest").await, "id"));
        let page = sara.get(&format!("{APPLICATIONS}?limit=1&include_total=true&q=ruiz")).await.is(200);
        assert_eq!((page.body["data"].as_array().unwrap().len(), &page.body["total"]), (1, &json!(2)));
        assert_eq!(walked(&sara, "limit=1&q=ruiz&sort=name").await.len(), 2);
    }

    async fn a_cursor_goes_with_its_own_order_and_filters_only(app) {
        let (_, sara) = organisation(&app, "pine").await;
        make(&sara, new()).await;
        make(&sara, new()).await;
        for (sort, other) in [("newest", "name"), ("name", "newest")] {
            let page = sara.get(&format!("{APPLICATIONS}?limit=1&sort={sort}")).await.is(200);
            let cursor = page.text("/next_cursor");
            sara.get(&format!("{APPLICATIONS}?limit=2&sort={sort}&cursor={cursor}")).await.is(200);
            let answer = sara.get(&format!("{APPLICATIONS}?limit=1&sort={other}&cursor={cursor}")).await;
            answer.is(400).is_refused("cursor.invalid");
            for more in ["status=draft", "online_account=none", "q=ruiz", "child_id=K-1"] {
                let answer = sara.get(&format!("{APPLICATIONS}?sort={sort}&cursor={cursor}&{more}")).await;
                answer.is(400).is_refused("cursor.invalid");
            }
        }
    }

    async fn an_invitation_counts_to_the_last_second_and_not_beyond(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = submitted(&sara).await;
        app.clock.advance(LIFETIME - SECOND);
        let sara = app.another_session_of(&sara).await;
        let before = sara.get(&at).await.is(200);
        assert_eq!(before.text("/online_account"), "invited");
        assert_eq!(found(&sara, "online_account=invited").await, ["1"]);
        assert_eq!(found(&sara, "online_account=expired").await, [""; 0]);
        assert_eq!(states(&sara, &at).await, ["pending"]);

        app.clock.advance(SECOND);
        let over = sara.get(&at).await.is(200);
        assert_eq!((over.text("/online_account"), &over.body["version"]), ("expired".into(), &before.body["version"]));
        assert_eq!(over.text("/invitation_expires_at"), "2026-12-05T09:00:00Z");
        assert_eq!(found(&sara, "online_account=invited").await, [""; 0]);
        assert_eq!(found(&sara, "online_account=expired").await, ["1"]);
        assert_eq!(states(&sara, &at).await, ["expired"]);
        let again = act(&sara, "reinvite", &at).await.is(200);
        assert_eq!((again.text("/online_account"), again.text("/invitation_expires_at")),
            ("invited".into(), "2026-12-19T09:00:00Z".into()));
    }

    async fn what_stands_first_in_the_menu_follows_from_how_the_family_stands(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let expired = submitted(&sara).await;
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        let first = async |at: &str| {
            let read = sara.get(at).await.is(200);
            let rows = walked(&sara, "limit=100").await;
            let row = rows.iter().find(|row| row["id"] == read.body["id"]).unwrap();
            assert_eq!(row["allowed_actions"], read.body["allowed_actions"]);
            assert_eq!(read.body["allowed_actions"][0]["allowed"], true, "{}", read.raw);
            read.text("/allowed_actions/0/action")
        };
        assert_eq!(first(&expired).await, "application.reinvite");
        for (online, expected) in [
            ("none", "application.invite"),
            ("invited", "application.reinvite"),
            ("unlinked", "application.reinvite"),
            ("linked", "application.unlink"),
        ] {
            assert_eq!(first(&standing(&sara, online).await).await, expected, "{online}");
        }
        // Submitting invites; nothing else does while it is a draft.
        assert_eq!(first(&make(&sara, new()).await).await, "application.submit");
    }

    async fn the_menu_names_the_rule_that_bars_each_action(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let menu = sara.get(&at).await.is(200);
        assert_eq!(barred(&menu, "application.invite"), "application.not_submitted");
        for allowed in ["application.submit", "application.update", "application.withdraw"] {
            assert_eq!(barred(&menu, allowed), Value::Null, "{allowed}");
        }
        let menu = act(&sara, "submit", &at).await.is(200);
        assert_eq!(barred(&menu, "application.submit"), "application.already_submitted");
        let reads = app.holder(tenant, [Permission::ApplicationsRead].into_iter().collect()).await;
        let menu = reads.get(&at).await.is(200);
        for action in ["application.reinvite", "application.submit", "application.update", "application.withdraw"] {
            assert_eq!(barred(&menu, action), "action.not_permitted", "{action}");
        }
        let menu = act(&sara, "withdraw", &at).await.is(200);
        for action in ["application.invite", "application.submit", "application.update", "application.withdraw"] {
            assert_eq!(barred(&menu, action), "application.withdrawn", "{action}");
        }
    }

    async fn an_application_of_another_organisation_is_not_found(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        let at = submitted(&sara).await;
        let (before, read) = (app.rows(), sara.get(&at).await.is(200));
        olga.get(&at).await.is(404).is_refused("resource.not_found");
        olga.patch(&at, &read.etag(), json!({"family_name": "Berg"})).await.is(404).is_refused("resource.not_found");
        for verb in ["submit", "withdraw", "invite", "reinvite", "unlink"] {
            act(&olga, verb, &at).await.is(404).is_refused("resource.not_found");
        }
        assert_eq!(found(&olga, "").await, [""; 0]);
        assert_eq!((app.rows(), sara.get(&at).await.body), (before, read.body));
        sara.get(&format!("{APPLICATIONS}/{NOTHING}")).await.is(404).is_refused("resource.not_found");
    }

    async fn a_change_names_the_version_it_is_for(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let (old, body) = (sara.get(&at).await.etag(), json!({"family_name": "Berg"}));
        sara.send(Method::PATCH, &at, Some(body.clone()), &[]).await.is(428).is_refused("version.required");
        let changed = sara.patch(&at, &old, body.clone()).await.is(200);
        assert_eq!((changed.text("/family_name"), &changed.body["version"]), ("Berg".into(), &json!(2)));
        assert_eq!(sara.get(&at).await.etag(), changed.etag());
        sara.patch(&at, &old, body.clone()).await.is(412).is_refused("version.stale");
        let stale = [("if-match", old.as_str())];
        for verb in ["submit", "withdraw"] {
            let answer = sara.send(Method::POST, &format!("{at}/{verb}"), None, &stale).await;
            answer.is(412).is_refused("version.stale");
        }
        for verb in ["invite", "reinvite"] {
            let answer = sara.send(Method::POST, &format!("{at}/{verb}"), Some(json!({})), &stale).await;
            answer.is(412).is_refused("version.stale");
        }
        assert_eq!(sara.patch(&at, &changed.etag(), body).await.is(200).body["version"], 2, "nothing has changed");
        let etag = changed.etag();
        let to = |name: &str| sara.patch(&at, &etag, json!({"family_name": name}));
        assert_eq!(statuses(&at_once(vec![to("Holm"), to("Lund")]).await), [200, 412]);
    }

    async fn what_is_sent_changes_what_is_absent_stays_and_null_clears(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(APPLICATIONS, new_with("children", json!([{"child_id": "K-1", "name": "Leo"}]))).await.is(201);
        let at = made.header("location");
        app.clock.advance(SECOND);
        let changed = change(&sara, &at, json!({"family_name": "Berg", "locale": "es", "preferred_method": "sms"})).await.is(200);
        let mut expected = made.body.clone();
        for (field, value) in [
            ("family_name", json!("Berg")), ("locale", json!("es")), ("preferred_method", json!("sms")),
            ("updated_at", json!("2026-11-21T09:00:01Z")), ("version", json!(2)),
        ] {
            expected[field] = value;
        }
        assert_eq!(changed.body, expected);
        let cleared = change(&sara, &at, json!({"email": null, "phone": null})).await.is(200);
        assert_eq!((&cleared.body["email"], &cleared.body["phone"]), (&Value::Null, &Value::Null));
        let filled = change(&sara, &at, json!({"email": NEW})).await.is(200);
        assert_eq!((filled.text("/email"), &filled.body["phone"]), (NEW.into(), &Value::Null));
        assert_eq!(sara.get(&at).await.body, filled.body);
        act(&sara, "withdraw", &at).await.is(200);
        let late = change(&sara, &at, json!({"family_name": "Holm"})).await;
        late.is(409).is_refused("application.withdrawn");
    }

    async fn children_are_replaced_as_a_whole_and_keep_their_order(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new_with("children", children(20))).await;
        assert_eq!(sara.get(&at).await.body["children"].as_array().unwrap().len(), 20);
        let two = json!([{"child_id": "K-30", "name": "Eva"}, {"child_id": "K-3", "name": null}]);
        let sent = json!({"children": [{"child_id": "K-30", "name": "Eva"}, {"child_id": "K-3"}]});
        assert_eq!(change(&sara, &at, sent.clone()).await.is(200).body["children"], two);
        let twice = json!([{"child_id": "K-1"}, {"child_id": "K-2"}, {"child_id": "k-1"}]);
        let refused = change(&sara, &at, json!({"children": twice})).await.is(422);
        refused.is_refused("request.invalid").at(&["#/children/2/child_id"]);
        let read = sara.get(&at).await.is(200);
        assert_eq!(read.body["children"], two);
        let same = change(&sara, &at, sent).await.is(200);
        assert_eq!(same.body["version"], read.body["version"], "nothing has changed");
        assert_eq!(change(&sara, &at, json!({"children": []})).await.is(200).body["children"], json!([]));
        assert_eq!(app.count("application_children"), 0);
    }

    async fn a_contact_that_is_left_ends_the_invitation_to_it(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for (preferred, left, invited) in [
            ("email", json!({"email": NEW}), NEW),
            ("email", json!({"email": null, "preferred_method": "sms"}), PHONE),
            ("sms", json!({"phone": "+15550100277"}), "+15550100277"),
            ("sms", json!({"phone": null, "preferred_method": "email"}), RUIZ),
        ] {
            let mut body = new_with("submit", json!(true));
            body["preferred_method"] = json!(preferred);
            let at = make(&sara, body).await;
            let (letters, waiting) = (app.letters().len(), app.count(WAITING));
            let changed = change(&sara, &at, left.clone()).await.is(200);
            assert_eq!(changed.text("/online_account"), "none", "{left}");
            assert_eq!(changed.body["invitation_expires_at"], Value::Null, "{left}");
            assert_eq!(sara.get(&at).await.etag(), changed.etag());
            assert_eq!((states(&sara, &at).await, app.letters().len()), (vec!["revoked".to_owned()], letters));
            assert_eq!(app.count(WAITING), waiting - 1, "nothing is sent to the contact that was left: {left}");
            act(&sara, "invite", &at).await.is(200);
            assert_eq!(app.letters().pop().unwrap(), format!("invitation to {invited}"));
            assert_eq!(states(&sara, &at).await, ["pending", "revoked"]);
        }
        // A family that was linked before is unlinked again.
        let at = standing(&sara, "unlinked").await;
        sara.post(&format!("{at}/reinvite"), json!({"method": "email"})).await.is(200);
        assert_eq!(change(&sara, &at, json!({"email": NEW})).await.is(200).text("/online_account"), "unlinked");
    }

    async fn other_changes_leave_the_invitation_alone(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = submitted(&sara).await;
        for other in [
            json!({"phone": "+15550100277"}),
            json!({"phone": null}),
            json!({"email": "Ruiz@HOME.example"}),
            json!({"email": RUIZ}),
            json!({"number": "Pine-7", "family_name": "Berg", "locale": "es", "preferred_method": "sms"}),
            json!({"children": [{"child_id": "K-1"}]}),
        ] {
            let changed = change(&sara, &at, other.clone()).await.is(200);
            assert_eq!(changed.text("/online_account"), "invited", "{other}");
            assert_eq!(changed.text("/invitation_expires_at"), "2026-12-05T09:00:00Z", "{other}");
        }
        assert_eq!((states(&sara, &at).await, app.letters().len()), (vec!["pending".to_owned()], 1));
        // Written otherwise it is still the address that the invitation went to.
        change(&sara, &at, json!({"email": "Ruiz@HOME.example"})).await.is(200);
        assert_eq!(change(&sara, &at, json!({"email": NEW})).await.is(200).text("/online_account"), "none");
    }

    async fn a_linked_family_stays_linked_whatever_the_record_says(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let gil = app.guardian("gil@home.example").await;
        let at = submitted(&sara).await;
        link(&app, &at, gil.account).await;
        let changed = change(&sara, &at, json!({"email": NEW, "phone": null})).await.is(200);
        assert_eq!((changed.text("/online_account"), changed.text("/linked_contact")),
            ("linked".into(), gil.contact.clone()));
        assert_eq!(changed.text("/linked_at"), "2026-11-21T09:00:00Z");
        assert_eq!(gil.at_home().await.get("/v1/account").await.is(200).text("/email"), gil.contact);
        let over = act(&sara, "withdraw", &at).await.is(200);
        assert_eq!((over.text("/status"), over.text("/online_account")), ("withdrawn".into(), "linked".into()));
        assert_eq!(act(&sara, "unlink", &at).await.is(200).text("/online_account"), "unlinked");
    }

    async fn a_number_that_is_linked_is_shown_as_well(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let gil = app.guardian(PHONE).await;
        let at = submitted(&sara).await;
        link(&app, &at, gil.account).await;
        let page = sara.get(&format!("{APPLICATIONS}?online_account=linked")).await.is(200);
        assert_eq!((page.text("/data/0/linked_contact"), page.text("/data/0/id")), (PHONE.into(), id(&at).to_owned()));
    }

    async fn a_withdrawal_ends_the_invitation_under_way(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = submitted(&sara).await;
        app.clock.advance(SECOND);
        let over = act(&sara, "withdraw", &at).await.is(200);
        assert_eq!((over.text("/status"), over.text("/online_account")), ("withdrawn".into(), "none".into()));
        assert_eq!((over.text("/withdrawn_at"), &over.body["invitation_expires_at"]),
            ("2026-11-21T09:00:01Z".into(), &Value::Null));
        assert_eq!((states(&sara, &at).await, app.count(WAITING)), (vec!["revoked".to_owned()], 0));
        act(&sara, "withdraw", &at).await.is(409).is_refused("application.withdrawn");
        let at = make(&sara, new()).await;
        assert_eq!(act(&sara, "withdraw", &at).await.is(200).text("/status"), "withdrawn");
    }

    async fn every_permission_lets_do_exactly_its_own(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mut holders = Vec::new();
        for permission in [
            Permission::ApplicationsRead, Permission::ApplicationsWrite,
            Permission::InvitationsSend, Permission::InvitationsUnlink,
        ] {
            holders.push((permission, app.holder(tenant, [permission].into_iter().collect()).await));
        }
        for (operation, needs) in OPERATIONS {
            let at = ready(&sara, operation).await;
            let sent = if operation == "submit" { String::new() } else { newest(&sara, &at).await };
            let etag = sara.get(&at).await.is(200).etag();
            let of = (at.as_str(), sent.as_str(), etag.as_str());
            for (_, other) in holders.iter().filter(|(holds, _)| *holds != needs) {
                let answer = tries(other, operation, of).await;
                assert_eq!(answer.status, 403, "{operation} {}", answer.raw);
                answer.is_refused("action.not_permitted");
            }
            let (_, holder) = holders.iter().find(|(holds, _)| *holds == needs).unwrap();
            let answer = tries(holder, operation, of).await;
            assert!(answer.status.is_success(), "{operation} {}", answer.raw);
        }
    }

    async fn in_a_suspended_organisation_nothing_is_read_made_or_sent(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let at = submitted(&sara).await;
        let (sent, etag) = (newest(&sara, &at).await, sara.get(&at).await.etag());
        let (admin, path) = (app.platform_admin().await, format!("/v1/tenants/{tenant}"));
        admin.post(&format!("{path}/suspend"), make::reason()).await.is(200);
        let counts = ["applications", "invitations"].map(|table| app.count(table));
        for (operation, _) in OPERATIONS {
            let answer = tries(&sara, operation, (at.as_str(), sent.as_str(), etag.as_str())).await;
            answer.is(403).is_refused("tenant.suspended");
        }
        assert_eq!(["applications", "invitations"].map(|table| app.count(table)), counts);
        assert_eq!(app.letters().iter().filter(|one| one.starts_with("invitation")).count(), 1);
        admin.post(&format!("{path}/resume"), make::reason()).await.is(200);
        assert_eq!(sara.get(&at).await.is(200).text("/online_account"), "invited", "nothing was deleted");
    }

    async fn a_repeated_request_makes_one_application_and_sends_one_invitation(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let send = async |body: Value| {
            sara.send(Method::POST, APPLICATIONS, Some(body), &[("idempotency-key", "key-1")]).await
        };
        let first = send(new_with("submit", json!(true))).await.is(201);
        let again = send(new_with("submit", json!(true))).await.is(201);
        assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")),
            (String::new(), "true".to_owned()));
        assert_eq!((&again.raw, again.header("location"), again.etag()), (&first.raw, first.header("location"), first.etag()));
        send(new()).await.is(422).is_refused("idempotency.key_reused");
        assert_eq!((app.count("applications"), app.letters().len()), (1, 1));
        sara.post(APPLICATIONS, new_with("submit", json!(true))).await.is(201);
        assert_eq!((app.count("applications"), app.letters().len()), (2, 2));
    }

    async fn the_audit_says_what_was_done_and_names_nobody(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new_with("children", json!([{"child_id": "K-20431", "name": "Leopold"}]))).await;
        change(&sara, &at, json!({"family_name": "Holmberg", "phone": "+15550100277"})).await.is(200);
        act(&sara, "submit", &at).await.is(200);
        act(&sara, "revoke", &newest(&sara, &at).await).await.is(200);
        act(&sara, "invite", &at).await.is(200);
        act(&sara, "reinvite", &at).await.is(200);
        act(&sara, "resend", &newest(&sara, &at).await).await.is(200);
        link_somebody(&app, &at).await;
        act(&sara, "unlink", &at).await.is(200);
        act(&sara, "withdraw", &at).await.is(200);
        let mut noted = app.audit().await;
        let is_ours = |action: &str| action.starts_with("application.") || action.starts_with("invitation.");
        noted.retain(|entry| is_ours(entry["action"].as_str().unwrap()) && entry["outcome"] == "done");
        let mut actions = texts(&noted, "action");
        actions.sort();
        assert_eq!(actions, [
            "application.create", "application.invite", "application.reinvite", "application.submit",
            "application.unlink", "application.update", "application.withdraw", "invitation.resend", "invitation.revoke",
        ]);
        for personal in ["Ortega", "Holmberg", "Leopold", "K-20431", RUIZ, PHONE, "+15550100277", "home.example"] {
            assert!(!json!(noted).to_string().contains(personal), "{personal}");
        }
    }

    async fn what_is_wrong_is_refused_where_it_stands_and_changes_nothing(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let read = sara.get(&at).await.is(200);
        let before = app.rows();
        for (field, value, pointer) in faults() {
            let answer = sara.post(APPLICATIONS, new_with(field, value.clone())).await;
            assert_eq!(answer.status, 422, "{field} {value} {}", answer.raw);
            answer.is_refused("request.invalid").at(&[pointer]);
            let answer = sara.patch(&at, &read.etag(), json!({field: value})).await;
            assert_eq!(answer.status, 422, "{field} {value} {}", answer.raw);
            answer.is_refused("request.invalid").at(&[pointer]);
        }
        for field in ["email", "phone", "submit"] {
            sara.post(APPLICATIONS, new_with(field, Value::Null)).await.is(422).at(&[&format!("#/{field}")]);
        }
        sara.post(APPLICATIONS, new_with("submit", json!("yes"))).await.is(422).at(&["#/submit"]);
        sara.patch(&at, &read.etag(), json!({"submit": true})).await.is(422).at(&["#/submit"]);
        let all = json!({"number": "A 1", "email": "x", "children": [{"child_id": ""}], "shoe": 9});
        sara.post(APPLICATIONS, all).await.is(422).at(&["#/children/0/child_id", "#/email", "#/family_name", "#/number", "#/shoe"]);
        sara.post(APPLICATIONS, json!([])).await.is(422);
        for verb in ["invite", "reinvite"] {
            let there = format!("{at}/{verb}");
            for bad in [json!({"method": "post"}), json!({"method": null}), json!({"method": 7})] {
                sara.post(&there, bad).await.is(422).is_refused("request.invalid").at(&["#/method"]);
            }
            sara.post(&there, json!({"by": "sms"})).await.is(422).at(&["#/by"]);
        }
        for bad in [json!({"reason": "moved"}), json!({"reason": null}), json!({})] {
            sara.post(&format!("{at}/unlink"), bad).await.is(422).is_refused("request.invalid").at(&["#/reason"]);
        }
        sara.get(&format!("{APPLICATIONS}/7")).await.is(404);
        assert_eq!((app.rows(), sara.get(&at).await.body), (before, read.body));
        // Forty characters are enough, and twenty children.
        let mut most = new_with("number", json!("7".repeat(40)));
        most["children"] = children(20);
        sara.post(APPLICATIONS, most).await.is(201);
    }
}
