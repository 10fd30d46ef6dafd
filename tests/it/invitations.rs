//! Invitations of families: sent once, by the way that was asked for, sent anew, taken back, and seen by nobody else.

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
/// How often two meet: what goes wrong now and then is seen, too.
const ROUNDS: usize = 4;

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// An application that is submitted as it is made.
fn new() -> Value {
    json!({"family_name": "Ruiz Ortega", "email": RUIZ, "phone": PHONE, "submit": true})
}

/// Makes an application; where it is.
async fn make(who: &Actor<'_>, body: Value) -> String {
    who.post(APPLICATIONS, body).await.is(201).header("location")
}

/// An application in a state of the test's choice; where it is.
async fn in_state(who: &Actor<'_>, state: &str) -> String {
    let mut body = new();
    body["submit"] = json!(state != "draft");
    let at = make(who, body).await;
    match state {
        "none" => {
            act(who, "revoke", &newest(who, &at).await).await.is(200);
        }
        "linked" => link_somebody(who.app, &at).await,
        "unlinked" => {
            link_somebody(who.app, &at).await;
            act(who, "unlink", &at).await.is(200);
        }
        "withdrawn" => {
            act(who, "withdraw", &at).await.is(200);
        }
        _ => assert!(["draft", "invited"].contains(&state), "{state}"),
    }
    at
}

/// The id at the end of a path.
fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// The invitations to an application, newest first.
async fn sent(who: &Actor<'_>, at: &str) -> Vec<Value> {
    let page = who.get(&format!("{INVITATIONS}?application_id={}", id(at))).await.is(200);
    page.body["data"].as_array().unwrap().clone()
}

/// The states of the invitations to an application, newest first.
async fn states(who: &Actor<'_>, at: &str) -> Vec<String> {
    texts(&sent(who, at).await, "state")
}

/// Where the newest invitation to an application is.
async fn newest(who: &Actor<'_>, at: &str) -> String {
    format!("{INVITATIONS}/{}", sent(who, at).await[0]["id"].as_str().unwrap())
}

/// Does something of the menu to an application or to an invitation.
async fn act(who: &Actor<'_>, verb: &str, at: &str) -> Answer {
    let body = match verb {
        "invite" | "reinvite" => Some(json!({})),
        "unlink" => Some(json!({"reason": "change_credentials"})),
        _ => None,
    };
    who.send(Method::POST, &format!("{at}/{verb}"), body, &[]).await
}

/// Invites or reinvites by a way of the test's choice.
async fn by(who: &Actor<'_>, verb: &str, at: &str, method: &str) -> Answer {
    who.post(&format!("{at}/{verb}"), json!({"method": method})).await
}

/// How a family stands to the portal.
async fn online(who: &Actor<'_>, at: &str) -> String {
    who.get(at).await.is(200).text("/online_account")
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

/// The invitations in the outbox, oldest first: by what they go, to whom, in which language.
fn outbox(app: &App) -> Vec<String> {
    app.burglar().texts(
        "SELECT method || ' to ' || recipient || ' in ' || locale FROM notifications \
         WHERE kind = 'invitation' ORDER BY created_at, id",
    )
}

/// What the last invitation says beside its link and its code.
fn facts(app: &App) -> Value {
    let sql = "SELECT CAST(facts AS text) FROM notifications WHERE kind = 'invitation' \
        ORDER BY created_at, id";
    serde_json::from_str(&app.burglar().texts(sql).pop().unwrap()).unwrap()
}

/// The links and codes that were sent to somebody, oldest first.
fn secrets(app: &App, recipient: &str) -> Vec<(String, String)> {
    let all = app.secrets_of("invitation", recipient);
    let split = |secret: &String| {
        let (link, code) = secret.split_once(' ').unwrap();
        (link.to_owned(), code.to_owned())
    };
    all.iter().map(split).collect()
}

/// The families' names in a list of invitations, by a filter.
async fn found(who: &Actor<'_>, query: &str) -> Vec<String> {
    let page = who.get(&format!("{INVITATIONS}?{query}")).await.is(200);
    texts(page.body["data"].as_array().unwrap(), "family_name")
}

/// Every invitation of a list, page by page.
async fn walked(who: &Actor<'_>, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{INVITATIONS}?{query}{cursor}")).await.is(200);
        all.extend(page.body["data"].as_array().unwrap().clone());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// What bars an action of an invitation's menu: nothing if it is allowed.
fn barred(invitation: &Answer, action: &str) -> Value {
    let menu = invitation.body["allowed_actions"].as_array().unwrap();
    let one = menu.iter().find(|one| one["action"] == action);
    let one = one.unwrap_or_else(|| panic!("no {action} in {menu:?}"));
    assert_eq!(one["allowed"], one["barred_by"].is_null(), "{one}");
    one["barred_by"].clone()
}

on_both! {
    async fn an_invitation_is_one_message_with_a_link_and_a_code(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        assert_eq!(outbox(&app), [format!("email to {RUIZ} in en")]);
        let told = facts(&app);
        assert_eq!((&told["organisation"], &told["family"]), (&json!("Camp pine"), &json!("Ruiz Ortega")));
        assert_eq!((&told["number"], &told["days"]), (&json!("A-000001"), &json!(14)));
        assert_eq!(told["until"], "2026-12-05");
        let (link, code) = secrets(&app, RUIZ).pop().unwrap();
        assert!(!link.is_empty() && link != code);
        let groups: Vec<usize> = code.split('-').map(str::len).collect();
        assert_eq!(groups, [4; 4], "{code}");

        let shown = sara.get(&newest(&sara, &at).await).await.is(200);
        assert_eq!((shown.text("/application_id"), shown.text("/application_number")), (id(&at).into(), "A-000001".into()));
        assert_eq!((shown.text("/family_name"), shown.text("/state")), ("Ruiz Ortega".into(), "pending".into()));
        assert_eq!((shown.text("/method"), shown.text("/recipient")), ("email".into(), RUIZ.into()));
        assert_eq!(shown.text("/created_by"), sara.account.to_string());
        assert_eq!((shown.text("/created_at"), shown.text("/expires_at")),
            ("2026-11-21T09:00:00Z".into(), "2026-12-05T09:00:00Z".into()));
        assert_eq!((&shown.body["ended_at"], &shown.body["version"]), (&Value::Null, &json!(1)));
        let mut burglar = app.burglar();
        let ids = format!("SELECT {} FROM notifications WHERE kind = 'invitation'", burglar.hex("id"));
        let ids: Vec<String> = burglar.texts(&ids).iter().map(|id| id.replace('-', "")).collect();
        assert_eq!(ids, [shown.text("/notification_id").replace('-', "")]);
        assert_eq!(sent(&sara, &at).await, [shown.body]);
    }

    async fn a_family_is_written_to_in_its_language_and_without_an_address_by_telephone(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for body in [
            json!({"family_name": "Ruiz", "email": RUIZ, "locale": "es", "submit": true}),
            json!({"family_name": "Ruiz", "phone": PHONE, "locale": "es", "submit": true}),
            json!({"family_name": "Ruiz", "phone": PHONE, "submit": true}),
            json!({"family_name": "Ruiz", "email": RUIZ, "phone": PHONE, "preferred_method": "sms", "submit": true}),
        ] {
            make(&sara, body).await;
        }
        let (email, sms) = (format!("email to {RUIZ} in "), format!("sms to {PHONE} in "));
        assert_eq!(outbox(&app), [email + "es", sms.clone() + "es", sms.clone() + "en", sms + "en"]);
        assert_eq!((secrets(&app, RUIZ).len(), secrets(&app, PHONE).len()), (1, 3));
    }

    async fn an_invitation_names_the_key_that_sent_it(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let at = in_state(&sara, "none").await;
        let program = app.program(tenant, [Permission::InvitationsSend].into_iter().collect()).await;
        act(&program, "invite", &at).await.is(200);
        let shown = sent(&sara, &at).await.into_iter().find(|one| one["state"] == "pending").unwrap();
        assert_eq!(shown["created_by"], program.account.to_string());
    }

    async fn link_and_code_stand_in_the_message_alone(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let made = sara.post(APPLICATIONS, new()).await.is(201);
        let at = made.header("location");
        let mut all = secrets(&app, RUIZ);
        app.clock.advance(SECOND);
        let mut shown = vec![made, act(&sara, "reinvite", &at).await.is(200)];
        all.extend(secrets(&app, RUIZ));
        let first = newest(&sara, &at).await;
        app.clock.advance(SECOND);
        shown.push(act(&sara, "resend", &first).await.is(200));
        all.extend(secrets(&app, RUIZ));
        shown.push(act(&sara, "resend", &first).await.is_refused("invitation.over"));
        shown.push(act(&sara, "revoke", &newest(&sara, &at).await).await.is(200));
        assert!(secrets(&app, RUIZ).is_empty());
        shown.push(act(&sara, "invite", &at).await.is(200));
        all.extend(secrets(&app, RUIZ));
        for path in [&at, &first, &APPLICATIONS.to_owned(), &INVITATIONS.to_owned()] {
            shown.push(sara.get(path).await.is(200));
        }
        let mut told: String = shown.iter().map(|answer| answer.raw.as_str()).collect();
        told += &json!(app.audit().await).to_string();
        told += &app.burglar().everything(&app.database);
        let told = told.to_lowercase();
        assert_eq!(all.len(), 4, "what ended is not kept");
        for (link, code) in &all {
            for secret in [link.to_lowercase(), code.to_lowercase(), code.replace('-', "").to_lowercase()] {
                assert!(!told.contains(&secret), "{secret}");
            }
        }
        for (number, (link, code)) in all.iter().enumerate() {
            let mut others = all.iter().skip(number + 1);
            assert!(others.all(|other| other.0 != *link && other.1 != *code));
        }
    }

    async fn a_family_is_invited_for_the_first_time_once(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let expired = make(&sara, new()).await;
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        act(&sara, "invite", &expired).await.is(409).is_refused("application.already_invited");
        for (state, code) in [
            ("draft", "application.not_submitted"),
            ("invited", "application.already_invited"),
            ("linked", "application.linked"),
            ("unlinked", "application.already_invited"),
            ("withdrawn", "application.withdrawn"),
        ] {
            let at = in_state(&sara, state).await;
            let before = app.rows();
            for method in ["email", "sms", "preferred"] {
                let refused = by(&sara, "invite", &at, method).await;
                assert_eq!(refused.text("/code"), code, "{state} {method}");
                refused.is(409).is_refused(code);
            }
            assert_eq!(app.rows(), before, "{state}");
        }
        let at = in_state(&sara, "none").await;
        let invited = act(&sara, "invite", &at).await.is(200);
        assert_eq!((invited.text("/online_account"), invited.text("/invitation_expires_at")),
            ("invited".into(), "2026-12-19T09:00:00Z".into()));
        assert_eq!(sara.get(&at).await.etag(), invited.etag());
    }

    async fn a_family_is_invited_anew_after_it_was_invited(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let expired = make(&sara, new()).await;
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        for (state, code) in [
            ("draft", "application.not_invited"),
            ("none", "application.not_invited"),
            ("linked", "application.linked"),
            ("withdrawn", "application.not_invited"),
        ] {
            let at = in_state(&sara, state).await;
            let before = app.rows();
            for method in ["email", "sms", "preferred"] {
                by(&sara, "reinvite", &at, method).await.is(409).is_refused(code);
            }
            assert_eq!(app.rows(), before, "{state}");
        }
        let over = in_state(&sara, "unlinked").await;
        act(&sara, "withdraw", &over).await.is(200);
        by(&sara, "reinvite", &over, "email").await.is(409).is_refused("application.withdrawn");
        for at in [expired, in_state(&sara, "invited").await, in_state(&sara, "unlinked").await] {
            let letters = outbox(&app).len();
            let again = by(&sara, "reinvite", &at, "email").await.is(200);
            assert_eq!((again.text("/online_account"), again.text("/invitation_expires_at")),
                ("invited".into(), "2026-12-19T09:00:00Z".into()));
            let all = states(&sara, &at).await;
            assert_eq!(all.iter().filter(|state| *state == "pending").count(), 1, "{all:?}");
            assert_eq!((all[0].as_str(), outbox(&app).len()), ("pending", letters + 1));
        }
    }

    async fn no_other_way_is_taken_than_the_one_that_was_asked_for(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let by_email = make(&sara, json!({"family_name": "Ruiz", "email": RUIZ, "submit": true})).await;
        let by_phone = make(&sara, json!({"family_name": "Ruiz", "phone": PHONE, "submit": true})).await;
        for (at, lacking) in [(&by_email, "sms"), (&by_phone, "email")] {
            let (before, read) = (app.rows(), sara.get(at).await.is(200));
            by(&sara, "reinvite", at, lacking).await.is(409).is_refused("application.no_contact");
            assert_eq!((app.rows(), sara.get(at).await.body), (before, read.body), "{lacking}");
            act(&sara, "revoke", &newest(&sara, at).await).await.is(200);
            let before = app.rows();
            by(&sara, "invite", at, lacking).await.is(409).is_refused("application.no_contact");
            assert_eq!((app.rows(), online(&sara, at).await), (before, "none".into()), "{lacking}");
        }
        by(&sara, "invite", &by_email, "email").await.is(200);
        by(&sara, "invite", &by_phone, "preferred").await.is(200);
        let both = make(&sara, new()).await;
        by(&sara, "reinvite", &both, "sms").await.is(200);
        by(&sara, "reinvite", &both, "preferred").await.is(200);
        let (email, sms) = (format!("email to {RUIZ} in en"), format!("sms to {PHONE} in en"));
        assert_eq!(outbox(&app), [&email, &sms, &email, &sms, &email, &sms, &email].map(String::clone));
    }

    async fn after_an_unlink_one_says_by_what_to_invite(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = in_state(&sara, "unlinked").await;
        let before = app.rows();
        act(&sara, "reinvite", &at).await.is(422).is_refused("invitation.method_needed");
        by(&sara, "reinvite", &at, "preferred").await.is(422).is_refused("invitation.method_needed");
        assert_eq!(app.rows(), before);
        assert_eq!(by(&sara, "reinvite", &at, "sms").await.is(200).text("/online_account"), "invited");
        assert_eq!(outbox(&app).pop().unwrap(), format!("sms to {PHONE} in en"));
        // What is taken back leaves the family as it was before.
        act(&sara, "revoke", &newest(&sara, &at).await).await.is(200);
        assert_eq!(online(&sara, &at).await, "unlinked");
        act(&sara, "reinvite", &at).await.is(422).is_refused("invitation.method_needed");
        act(&sara, "invite", &at).await.is(409).is_refused("application.already_invited");
    }

    async fn an_unlink_takes_the_access_to_one_application_away_and_no_more(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let gil = app.guardian("gil@home.example").await;
        let (one, other) = (make(&sara, new()).await, make(&sara, new()).await);
        link(&app, &one, gil.account).await;
        link(&app, &other, gil.account).await;
        assert_eq!(sara.get(&one).await.is(200).text("/linked_contact"), gil.contact);
        for bad in ["\"1-00000000\"", "\"99-00000000\""] {
            let body = Some(json!({"reason": "remove_access"}));
            let answer = sara.send(Method::POST, &format!("{one}/unlink"), body, &[("if-match", bad)]).await;
            answer.is(412).is_refused("version.stale");
        }
        let out = sara.post(&format!("{one}/unlink"), json!({"reason": "remove_access"})).await.is(200);
        assert_eq!(out.text("/online_account"), "unlinked");
        for gone in ["linked_contact", "linked_at", "invitation_expires_at"] {
            assert_eq!(out.body[gone], Value::Null, "{gone}");
        }
        assert_eq!(sara.get(&one).await.body, out.body);
        assert_eq!(online(&sara, &other).await, "linked");
        gil.sign_in().await.is(201);
        act(&sara, "unlink", &one).await.is(409).is_refused("application.not_linked");
        // The family comes back by another address.
        let etag = out.etag();
        sara.patch(&one, &etag, json!({"email": NEW})).await.is(200);
        by(&sara, "reinvite", &one, "email").await.is(200);
        assert_eq!(secrets(&app, NEW).len(), 1);
    }

    async fn what_is_not_linked_is_not_unlinked(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for state in ["draft", "none", "invited", "unlinked", "withdrawn"] {
            let at = in_state(&sara, state).await;
            let before = sara.get(&at).await.is(200);
            act(&sara, "unlink", &at).await.is(409).is_refused("application.not_linked");
            assert_eq!(sara.get(&at).await.body, before.body, "{state}");
        }
    }

    async fn an_invitation_is_sent_again_to_where_it_was_sent(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        app.clock.advance(SECOND);
        by(&sara, "reinvite", &at, "sms").await.is(200); // not the preferred way
        let (old, before) = (newest(&sara, &at).await, secrets(&app, PHONE));
        app.clock.advance(SECOND);
        let again = act(&sara, "resend", &old).await.is(200);
        assert_ne!(again.text("/id"), id(&old));
        assert_eq!((again.text("/method"), again.text("/recipient")), ("sms".into(), PHONE.into()));
        assert_eq!((again.text("/state"), again.text("/expires_at")), ("pending".into(), "2026-12-05T09:00:02Z".into()));
        let there = newest(&sara, &at).await;
        let read = sara.get(&there).await.is(200);
        assert_eq!((&read.body, read.etag()), (&again.body, again.etag()));
        let ended = sara.get(&old).await.is(200);
        assert_eq!((ended.text("/state"), ended.text("/ended_at")), ("replaced".into(), "2026-11-21T09:00:02Z".into()));
        for action in ["invitation.resend", "invitation.revoke"] {
            assert_eq!(barred(&ended, action), "invitation.over", "{action}");
            assert_eq!(barred(&read, action), Value::Null, "{action}");
        }
        let rows = app.rows();
        for verb in ["resend", "revoke"] {
            act(&sara, verb, &old).await.is_refused("invitation.over");
        }
        assert_eq!((app.rows(), states(&sara, &at).await), (rows, ["pending", "replaced", "replaced"].map(String::from).to_vec()));
        let after = secrets(&app, PHONE);
        assert_eq!((before.len(), after.len()), (1, 1), "the message before is not sent any more");
        assert!(before[0].0 != after[0].0 && before[0].1 != after[0].1, "a new link and a new code");
        assert_eq!(sara.get(&at).await.text("/invitation_expires_at"), "2026-12-05T09:00:02Z");
    }

    async fn of_several_invitations_of_one_moment_the_one_that_counts_is_sent_again(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        for _ in 0..6 {
            act(&sara, "reinvite", &at).await.is(200);
            let all = sent(&sara, &at).await;
            let counts = all.iter().find(|one| one["state"] == "pending").unwrap();
            let there = format!("{INVITATIONS}/{}", counts["id"].as_str().unwrap());
            let again = act(&sara, "resend", &there).await.is(200);
            assert_eq!(again.text("/state"), "pending");
            assert_ne!(again.text("/id"), counts["id"].as_str().unwrap());
        }
    }

    async fn an_invitation_that_has_expired_is_sent_again_and_not_taken_back(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let old = newest(&sara, &at).await;
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        let over = sara.get(&old).await.is(200);
        assert_eq!((over.text("/state"), &over.body["ended_at"]), ("expired".into(), &Value::Null));
        assert_eq!(barred(&over, "invitation.revoke"), "invitation.over");
        act(&sara, "revoke", &old).await.is_refused("invitation.over");
        let again = act(&sara, "resend", &old).await.is(200);
        assert_eq!((again.text("/state"), again.text("/expires_at")), ("pending".into(), "2026-12-19T09:00:00Z".into()));
        assert_eq!((states(&sara, &at).await, online(&sara, &at).await),
            (["pending", "replaced"].map(String::from).to_vec(), "invited".into()));
    }

    async fn an_invitation_that_is_taken_back_counts_no_more(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let there = newest(&sara, &at).await;
        app.clock.advance(SECOND);
        let gone = act(&sara, "revoke", &there).await.is(200);
        assert_eq!((gone.text("/state"), gone.text("/ended_at")), ("revoked".into(), "2026-11-21T09:00:01Z".into()));
        assert_eq!(sara.get(&there).await.body, gone.body);
        let left = sara.get(&at).await.is(200);
        assert_eq!((left.text("/online_account"), &left.body["invitation_expires_at"]), ("none".into(), &Value::Null));
        let before = app.rows();
        for verb in ["revoke", "resend"] {
            assert_eq!(barred(&gone, &format!("invitation.{verb}")), "invitation.over");
            act(&sara, verb, &there).await.is_refused("invitation.over");
        }
        assert_eq!(app.rows(), before);
        act(&sara, "invite", &at).await.is(200);
        assert_eq!(states(&sara, &at).await, ["pending", "revoked"]);
        act(&sara, "resend", &there).await.is_refused("invitation.over");
    }

    async fn an_invitation_to_a_contact_that_was_left_is_not_sent_again(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let there = newest(&sara, &at).await;
        let etag = sara.get(&at).await.is(200).etag();
        sara.patch(&at, &etag, json!({"email": NEW})).await.is(200);
        assert_eq!(secrets(&app, RUIZ).len(), 0, "what was to go to the address that was left stays here");
        act(&sara, "resend", &there).await.is_refused("invitation.over");
        let ended = "notifications WHERE kind = 'invitation' AND state = 'failed' AND secret IS NULL";
        assert_eq!((app.count(ended), outbox(&app).len(), secrets(&app, NEW).len()), (1, 1, 0));
    }

    async fn an_invitation_that_was_accepted_is_neither_sent_again_nor_taken_back(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = in_state(&sara, "linked").await;
        let there = newest(&sara, &at).await;
        let read = sara.get(&there).await.is(200);
        assert_eq!(read.text("/state"), "accepted");
        for verb in ["resend", "revoke"] {
            assert_eq!(barred(&read, &format!("invitation.{verb}")), "invitation.over");
            act(&sara, verb, &there).await.is(409).is_refused("invitation.over");
        }
        assert_eq!((online(&sara, &at).await, outbox(&app).len()), ("linked".into(), 1));
    }

    async fn a_change_of_an_invitation_may_name_the_version_it_is_for(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let there = newest(&sara, &at).await;
        let etag = sara.get(&there).await.is(200).etag();
        for verb in ["resend", "revoke"] {
            let stale = [("if-match", "\"9-00000000\"")];
            let answer = sara.send(Method::POST, &format!("{there}/{verb}"), None, &stale).await;
            answer.is(412).is_refused("version.stale");
        }
        let named = [("if-match", etag.as_str())];
        sara.send(Method::POST, &format!("{there}/revoke"), None, &named).await.is(200);
    }

    async fn a_repeated_request_sends_one_message(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        let there = newest(&sara, &at).await;
        for (path, body) in [
            (format!("{there}/resend"), None),
            (format!("{at}/reinvite"), Some(json!({"method": "email"}))),
        ] {
            let letters = outbox(&app).len();
            let key = [("idempotency-key", "key-1")];
            let first = sara.send(Method::POST, &path, body.clone(), &key).await.is(200);
            let again = sara.send(Method::POST, &path, body, &key).await.is(200);
            assert_eq!((again.header("idempotent-replayed"), again.raw), ("true".to_owned(), first.raw));
            assert_eq!(outbox(&app).len(), letters + 1, "{path}");
        }
    }

    async fn of_two_reinvitations_at_once_one_is_left_to_count(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for _ in 0..ROUNDS {
            let at = make(&sara, new()).await;
            let answers = at_once(vec![act(&sara, "reinvite", &at), act(&sara, "reinvite", &at)]).await;
            assert_eq!(statuses(&answers), [200, 200]);
            assert_eq!(states(&sara, &at).await.iter().filter(|state| *state == "pending").count(), 1);
            assert_eq!(sent(&sara, &at).await.len(), 3);
        }
        assert_eq!(outbox(&app).len(), 3 * ROUNDS);
    }

    async fn of_two_who_send_one_invitation_again_one_does(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for round in 1..=ROUNDS {
            let at = make(&sara, new()).await;
            let there = newest(&sara, &at).await;
            let answers = at_once(vec![act(&sara, "resend", &there), act(&sara, "resend", &there)]).await;
            let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((done.len(), refused.len()), (1, 1));
            refused[0].clone().is_refused("invitation.over");
            let mut all = states(&sara, &at).await;
            all.sort();
            assert_eq!((all, outbox(&app).len()), (["pending", "replaced"].map(String::from).to_vec(), 2 * round));
        }
    }

    async fn of_two_first_invitations_and_of_two_unlinks_at_once_one_counts(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for _ in 0..ROUNDS {
            let at = in_state(&sara, "none").await;
            let answers = at_once(vec![act(&sara, "invite", &at), act(&sara, "invite", &at)]).await;
            assert_eq!(statuses(&answers), [200, 409]);
            link_somebody(&app, &at).await;
            let answers = at_once(vec![act(&sara, "unlink", &at), act(&sara, "unlink", &at)]).await;
            assert_eq!(statuses(&answers), [200, 409]);
            assert_eq!(states(&sara, &at).await, ["accepted", "revoked"]);
        }
    }

    async fn an_invitation_that_is_sent_again_while_it_is_taken_back_leaves_no_half_of_either(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for _ in 0..ROUNDS {
            let at = make(&sara, new()).await;
            let there = newest(&sara, &at).await;
            let answers = at_once(vec![act(&sara, "resend", &there), act(&sara, "revoke", &there)]).await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
            let (all, stands) = (states(&sara, &at).await, online(&sara, &at).await);
            if answers[0].status == 200 {
                assert_eq!((all, stands), (["pending", "replaced"].map(String::from).to_vec(), "invited".into()));
            } else {
                assert_eq!((all, stands), (vec!["revoked".to_owned()], "none".into()));
            }
        }
    }

    async fn the_list_is_narrowed_by_every_filter_newest_first(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let named = |name: &str, method: &str| {
            let mut body = new();
            (body["family_name"], body["preferred_method"]) = (json!(name), json!(method));
            body
        };
        make(&sara, named("Expired", "email")).await;
        app.clock.advance(LIFETIME);
        let sara = app.another_session_of(&sara).await;
        let pending = make(&sara, named("Pending", "sms")).await;
        let revoked = make(&sara, named("Revoked", "email")).await;
        act(&sara, "revoke", &newest(&sara, &revoked).await).await.is(200);
        link_somebody(&app, &make(&sara, named("Accepted", "sms")).await).await;
        let twice = make(&sara, named("Twice", "email")).await;
        by(&sara, "reinvite", &twice, "sms").await.is(200);
        let (_, olga) = organisation(&app, "oak").await;
        make(&olga, named("Other", "email")).await;
        let (of_pending, of_twice) = (format!("application_id={}", id(&pending)), format!("application_id={}", id(&twice)));
        let (replaced, none) = (format!("{of_twice}&state=replaced"), format!("{of_twice}&state=replaced&method=sms"));
        for (query, expected) in [
            ("", vec!["Twice", "Twice", "Accepted", "Revoked", "Pending", "Expired"]),
            ("state=pending", vec!["Twice", "Pending"]),
            ("state=accepted", vec!["Accepted"]),
            ("state=expired", vec!["Expired"]),
            ("state=replaced", vec!["Twice"]),
            ("state=revoked", vec!["Revoked"]),
            ("method=sms", vec!["Twice", "Accepted", "Pending"]),
            ("method=email", vec!["Twice", "Revoked", "Expired"]),
            ("method=email&state=pending", vec![]),
            (of_pending.as_str(), vec!["Pending"]),
            (of_twice.as_str(), vec!["Twice", "Twice"]),
            (replaced.as_str(), vec!["Twice"]),
            (none.as_str(), vec![]),
        ] {
            assert_eq!(found(&sara, query).await, expected, "{query}");
        }
        for bad in [
            "state=gone", "method=preferred", "application_id=7", "limit=0", "limit=101", "cursor=%21",
            "include_total=true", "shoe=9",
        ] {
            sara.get(&format!("{INVITATIONS}?{bad}")).await.is(422).is_refused("request.invalid");
        }
    }

    async fn pages_leave_nothing_out_and_a_cursor_goes_with_its_own_filters(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new()).await;
        for number in 0..6 {
            if number % 2 == 0 {
                app.clock.advance(SECOND); // two of each moment
            }
            act(&sara, "reinvite", &at).await.is(200);
        }
        let whole = texts(&walked(&sara, "limit=100").await, "id");
        assert_eq!(whole.len(), 7);
        for limit in [1, 2, 3, 7] {
            assert_eq!(texts(&walked(&sara, &format!("limit={limit}")).await, "id"), whole, "{limit}");
        }
        assert_eq!(walked(&sara, "limit=2&state=replaced").await.len(), 6);
        let cursor = sara.get(&format!("{INVITATIONS}?limit=1")).await.is(200).text("/next_cursor");
        sara.get(&format!("{INVITATIONS}?limit=2&cursor={cursor}")).await.is(200);
        for more in ["state=pending".to_owned(), "method=email".to_owned(), format!("application_id={}", id(&at))] {
            let answer = sara.get(&format!("{INVITATIONS}?cursor={cursor}&{more}")).await;
            answer.is(400).is_refused("cursor.invalid");
        }
        let answer = sara.get(&format!("{APPLICATIONS}?cursor={cursor}")).await;
        answer.is(400).is_refused("cursor.invalid");
    }

    async fn an_invitation_of_another_organisation_is_not_found(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        let at = make(&sara, new()).await;
        let there = newest(&sara, &at).await;
        let before = app.rows();
        for there in [&there, &format!("{INVITATIONS}/{NOTHING}")] {
            olga.get(there).await.is(404).is_refused("resource.not_found");
            for verb in ["resend", "revoke"] {
                act(&olga, verb, there).await.is(404).is_refused("resource.not_found");
            }
        }
        assert_eq!(sent(&olga, &at).await, Vec::<Value>::new());
        assert_eq!((app.rows(), states(&sara, &at).await), (before, vec!["pending".to_owned()]));
    }
}
