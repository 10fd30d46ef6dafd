//! The desk's staff: made, changed, switched off and on, enrolled again; and who may do that to whom.

use std::collections::BTreeSet;

use caredesk::service::desk_accounts;
use caredesk::store::accounts::desk::Changes;
use caredesk::store::idempotency::KeptAnswer;
use caredesk_core::domain::account::{InactiveReason, Role};
use caredesk_core::domain::ids::AccountId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::moment::{at_once, statuses};
use crate::support::operations;
use crate::support::staff::{PASSWORD, Staff, operator, without_ids};

const STAFF: &str = "/v1/desk-accounts";
const SAM: &str = "sam@desk.example";
const OTHER_PASSWORD: &str = "another violet tractor 39";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const ROLES: [&str; 5] = ["platform_admin", "desk_manager", "tier1", "tier2", "developer"];
const ACTIONS: [&str; 4] = ["update", "reenrol", "deactivate", "reactivate"];

fn new(role: &str, email: &str) -> Value {
    json!({"role": role, "name": "Sam Okafor", "email": email})
}

fn at(account: Uuid) -> String {
    format!("{STAFF}/{account}")
}

fn id(made: &Answer) -> Uuid {
    made.text("/id").parse().unwrap()
}

async fn make(who: &Actor<'_>, role: &str, email: &str) -> Answer {
    who.post(STAFF, new(role, email)).await
}

/// Does something of the menu to one of the staff.
async fn act(who: &Actor<'_>, action: &str, account: Uuid) -> Answer {
    let path = at(account);
    match action {
        "update" => change(who, account, json!({"locale": "es"})).await,
        "deactivate" => who.post(&format!("{path}/deactivate"), json!({"reason": "left"})).await,
        other => who.send(Method::POST, &format!("{path}/{other}"), None, &[]).await,
    }
}

async fn change(who: &Actor<'_>, account: Uuid, body: Value) -> Answer {
    let etag = who.get(&at(account)).await.is(200).etag();
    who.patch(&at(account), &etag, body).await
}

/// Somebody of the staff, made through the product and enrolled the whole way.
async fn colleague<'a>(admin: &Actor<'a>, role: &str, email: &str) -> (Uuid, Staff<'a>) {
    let made = make(admin, role, email).await.is(201);
    (id(&made), admin.app.enrol(email, &admin.app.secret_of("enrolment", email)).await)
}

/// How many platform admins are in use.
fn admins_in_use(app: &App) -> String {
    let sql = "SELECT CAST(COUNT(*) AS text) FROM accounts WHERE role = 'platform_admin' AND status = 'active'";
    app.burglar().texts(sql).remove(0)
}

/// The ids on a page, and the cursor of the next one.
fn ids(page: &Answer) -> Vec<String> {
    let rows = page.body["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_platform_admin_makes_staff_of_every_role(app) {
        let admin = app.platform_admin().await;
        for role in ROLES {
            let made = make(&admin, role, &format!("{role}@desk.example")).await.is(201);
            assert_eq!((made.text("/role"), made.text("/status")), (role.into(), "invited".into()));
            assert_eq!(made.header("location"), at(id(&made)));
            let read = admin.get(&made.header("location")).await.is(200);
            assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));
        }
    }

    async fn a_desk_manager_makes_agents_and_developers_only(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        for role in ["tier1", "tier2", "developer"] {
            make(&manager, role, &format!("{role}@desk.example")).await.is(201);
        }
        for role in ["desk_manager", "platform_admin"] {
            let refused = make(&manager, role, &format!("{role}@desk.example")).await.is(403);
            refused.is_refused("desk_account.role_out_of_reach");
        }
        assert_eq!(app.letters().len(), 3);
    }

    async fn the_link_goes_by_message_and_never_in_an_answer(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "tier1", SAM).await.is(201);
        assert_eq!(app.letters(), ["enrolment to sam@desk.example"]);
        let link = app.secret_of("enrolment", SAM);
        assert!(link.starts_with("cde_") && !made.raw.contains("cde_"), "{}", made.raw);
        let redeemed = app.redeem(&link, PASSWORD).await.is(201);
        assert_eq!(redeemed.text("/session/role"), "tier1");
        assert_eq!(redeemed.text("/session/account_id"), made.text("/id"));
        assert_eq!(admin.get(&at(id(&made))).await.text("/status"), "active");
    }

    async fn a_message_shows_its_secret_to_nobody_who_reads_the_table(app) {
        make(&app.platform_admin().await, "tier1", SAM).await.is(201);
        let link = app.secret_of("enrolment", SAM);
        let mut burglar = app.burglar();
        let (secret, facts) = (burglar.hex("secret"), "CAST(facts AS text)");
        let kept = burglar.texts(&format!("SELECT {secret} || {facts} FROM notifications")).remove(0);
        let in_hex = data_encoding::HEXLOWER.encode(link.as_bytes());
        assert!(!kept.contains(&link) && !kept.contains(&in_hex), "{kept}");
    }

    async fn an_address_is_one_persons_in_whatever_case(app) {
        let admin = app.platform_admin().await;
        make(&admin, "tier1", SAM).await.is(201);
        let refused = make(&admin, "tier2", "SAM@Desk.Example").await.is(409);
        refused.is_refused("account.address_in_use");
        assert_eq!(app.letters().len(), 1);
    }

    async fn of_two_who_make_one_account_at_once_one_does(app) {
        let admin = app.platform_admin().await;
        let both = vec![make(&admin, "tier1", SAM), make(&admin, "tier2", SAM)];
        assert_eq!(statuses(&at_once(both).await), [201, 409]);
        assert_eq!(app.letters().len(), 1);
    }

    async fn the_list_shows_the_staff_newest_first_and_nobody_else(app) {
        let tenant = app.tenant_id("pine").await;
        app.someone(Role::SiteAdmin, Some(tenant)).await;
        app.someone(Role::Guardian, None).await;
        app.clock.advance(SECOND);
        let manager = app.someone(Role::DeskManager, None).await;
        app.clock.advance(SECOND);
        let sam = make(&manager, "tier1", SAM).await.is(201);
        let page = manager.get(STAFF).await.is(200);
        let roles: Vec<&Value> =
            page.body["data"].as_array().unwrap().iter().map(|row| &row["role"]).collect();
        assert_eq!(roles, ["tier1", "desk_manager", "platform_admin"]);
        assert_eq!(page.body["data"][0], sam.body);
    }

    async fn the_list_is_filtered_and_comes_in_pages(app) {
        let admin = app.platform_admin().await;
        let mut invited = Vec::new();
        for number in 0..5 {
            app.clock.advance(SECOND);
            app.someone(Role::TierOne, None).await;
            make(&admin, "tier2", &format!("two{number}@desk.example")).await.is(201);
            let made = make(&admin, "tier1", &format!("one{number}@desk.example")).await.is(201);
            invited.insert(0, made.text("/id"));
        }
        let query = format!("{STAFF}?role=tier1&status=invited&limit=2");
        let (mut found, mut cursor) = (Vec::new(), String::new());
        for expected in [2, 2, 1] {
            let page = admin.get(&format!("{query}{cursor}")).await.is(200);
            assert_eq!(ids(&page).len(), expected);
            found.extend(ids(&page));
            cursor = format!("&cursor={}", page.body["next_cursor"].as_str().unwrap_or_default());
        }
        assert_eq!((found, cursor), (invited, "&cursor=".to_owned()));
    }

    async fn pages_of_accounts_of_one_moment_leave_nobody_out(app) {
        let admin = app.platform_admin().await;
        for _ in 0..6 {
            app.someone(Role::Developer, None).await;
        }
        let whole: BTreeSet<String> = ids(&admin.get(STAFF).await.is(200)).into_iter().collect();
        let (mut found, mut cursor) = (BTreeSet::new(), String::new());
        for _ in 0..4 {
            let page = admin.get(&format!("{STAFF}?limit=2{cursor}")).await.is(200);
            found.extend(ids(&page));
            cursor = format!("&cursor={}", page.body["next_cursor"].as_str().unwrap_or_default());
        }
        assert_eq!((found, whole.len()), (whole, 7));
    }

    async fn a_cursor_goes_with_its_own_filters_only(app) {
        let admin = app.platform_admin().await;
        app.someone(Role::TierOne, None).await;
        app.someone(Role::TierOne, None).await;
        let cursor = admin.get(&format!("{STAFF}?role=tier1&limit=1")).await.text("/next_cursor");
        admin.get(&format!("{STAFF}?role=tier1&limit=5&cursor={cursor}")).await.is(200);
        for other in ["", "role=tier2&", "role=tier1&status=active&", "status=active&"] {
            let refused = admin.get(&format!("{STAFF}?{other}cursor={cursor}")).await.is(400);
            refused.is_refused("cursor.invalid");
        }
        admin.get(&format!("/v1/tenants?cursor={cursor}")).await.is(400);
    }

    async fn whoever_is_not_of_the_desk_is_not_found(app) {
        let admin = app.platform_admin().await;
        let tenant = app.tenant_id("pine").await;
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let gil = app.someone(Role::Guardian, None).await;
        for stranger in [sara.account, gil.account, Uuid::now_v7()] {
            let read = admin.get(&at(stranger)).await.is(404).is_refused("resource.not_found");
            for action in ["reenrol", "deactivate", "reactivate"] {
                let refused = act(&admin, action, stranger).await.is(404);
                assert_eq!(refused.body["detail"], read.body["detail"], "{action}");
            }
            admin.patch(&at(stranger), "\"1-a1b2c3d4\"", json!({"locale": "es"})).await.is(404);
        }
        admin.get(&format!("{STAFF}/sam")).await.is(404);
        sara.get("/v1/account").await.is(200);
    }

    async fn what_is_sent_changes_and_the_rest_stays(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "tier1", SAM).await.is(201);
        let name = "Sam\u{a0}Okafor-Lindström";
        let changed = change(&admin, id(&made), json!({"name": name, "locale": "es"})).await.is(200);
        assert_eq!(changed.text("/name"), name);
        assert_eq!(
            (changed.text("/role"), changed.text("/locale"), changed.text("/email")),
            ("tier1".into(), "es".into(), SAM.into())
        );
        assert_eq!(changed.body["version"], 2);
        let read = admin.get(&at(id(&made))).await;
        assert_eq!((read.body.clone(), read.etag()), (changed.body.clone(), changed.etag()));
    }

    async fn an_update_that_says_nothing_changes_nothing(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "tier1", SAM).await.is(201);
        let same = admin.patch(&at(id(&made)), &made.etag(), json!({})).await.is(200);
        for field in ["role", "name", "email", "locale", "status"] {
            assert_eq!(same.body[field], made.body[field], "{field}");
        }
    }

    async fn an_update_names_the_version_it_is_for(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "tier1", SAM).await.is(201);
        let (path, body) = (at(id(&made)), json!({"role": "tier2"}));
        let bare = admin.send(Method::PATCH, &path, Some(body.clone()), &[]).await;
        bare.is(428).is_refused("version.required");
        admin.patch(&path, &made.etag(), body.clone()).await.is(200);
        admin.patch(&path, &made.etag(), body).await.is(412).is_refused("version.stale");
        assert_eq!(admin.get(&path).await.body["version"], 2);
    }

    async fn the_other_changes_mind_the_version_if_one_is_named(app) {
        let admin = app.platform_admin().await;
        for action in ["reenrol", "deactivate", "reactivate"] {
            let sam = app.someone(Role::TierOne, None).await.account;
            if action == "reactivate" {
                act(&admin, "deactivate", sam).await.is(200);
            }
            let body = (action == "deactivate").then(|| json!({"reason": "left"}));
            let path = format!("{}/{action}", at(sam));
            let stale = [("if-match", "\"7-a1b2c3d4\"")];
            let refused = admin.send(Method::POST, &path, body.clone(), &stale).await.is(412);
            refused.is_refused("version.stale");
            let etag = admin.get(&at(sam)).await.etag();
            admin.send(Method::POST, &path, body, &[("if-match", &etag)]).await.is(200);
        }
    }

    async fn of_two_changes_of_one_version_one_wins(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "tier1", SAM).await.is(201);
        let (path, etag) = (at(id(&made)), made.etag());
        let to = |role: &str| json!({"role": role});
        let both =
            vec![admin.patch(&path, &etag, to("tier2")), admin.patch(&path, &etag, to("developer"))];
        assert_eq!(statuses(&at_once(both).await), [200, 412]);
    }

    async fn nobody_looks_after_their_own_account(app) {
        app.platform_admin().await; // there is another one
        let admin = app.platform_admin().await;
        for action in ACTIONS {
            let refused = act(&admin, action, admin.account).await.is(403);
            refused.is_refused("desk_account.own_account");
        }
        let promoted = change(&admin, admin.account, json!({"role": "tier1"})).await.is(403);
        promoted.is_refused("desk_account.own_account");
        admin.get("/v1/account").await.is(200);
    }

    async fn a_manager_looks_after_no_manager_and_no_platform_admin(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        for role in [Role::DeskManager, Role::PlatformAdmin] {
            let other = app.someone(role, None).await;
            for action in ACTIONS {
                let refused = act(&manager, action, other.account).await.is(403);
                refused.is_refused("desk_account.role_out_of_reach");
            }
            let demoted = change(&manager, other.account, json!({"role": "tier1"})).await.is(403);
            demoted.is_refused("desk_account.role_out_of_reach");
            other.get("/v1/account").await.is(200);
            assert_eq!(manager.get(&at(other.account)).await.body["version"], 1);
        }
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn nobody_gives_a_role_that_is_beyond_their_own(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let sam = app.someone(Role::TierOne, None).await.account;
        for role in ["desk_manager", "platform_admin"] {
            let refused = change(&manager, sam, json!({"role": role})).await.is(403);
            refused.is_refused("desk_account.role_out_of_reach");
            change(&manager, manager.account, json!({"role": role})).await.is(403);
        }
        for role in ["tier2", "developer", "tier1"] {
            assert_eq!(change(&manager, sam, json!({"role": role})).await.is(200).text("/role"), role);
        }
    }

    async fn a_new_role_counts_at_once_in_a_session_that_runs(app) {
        let admin = app.platform_admin().await;
        let sam = app.someone(Role::TierTwo, None).await;
        sam.get(STAFF).await.is(403).is_refused("action.not_permitted");
        change(&admin, sam.account, json!({"role": "desk_manager"})).await.is(200);
        sam.get(STAFF).await.is(200);
        make(&sam, "tier1", SAM).await.is(201);
        change(&admin, sam.account, json!({"role": "developer"})).await.is(200);
        sam.get(STAFF).await.is(403).is_refused("action.not_permitted");
        make(&sam, "tier1", "eva@desk.example").await.is(403).is_refused("action.not_permitted");
        assert_eq!(sam.session().await.is(200).text("/role"), "developer");
    }

    async fn whoever_is_switched_off_is_out_at_once(app) {
        let admin = app.platform_admin().await;
        let (sam, staff) = colleague(&admin, "tier1", SAM).await;
        let tokens = staff.sign_in().await;
        let at_work = staff.at_work().await;
        at_work.get("/v1/account").await.is(200);
        let off = act(&admin, "deactivate", sam).await.is(200);
        assert_eq!(off.text("/status"), "inactive");
        at_work.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        app.bearer(&tokens).session().await.is(401).is_refused("auth.invalid_token");
        app.refresh(&tokens.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        assert_eq!(app.letters_of("session_reuse", SAM), 0);
        act(&admin, "deactivate", sam).await.is(409).is_refused("account.already_inactive");
        act(&admin, "reenrol", sam).await.is(409).is_refused("account.already_inactive");
    }

    async fn whoever_is_switched_off_keeps_the_address(app) {
        let admin = app.platform_admin().await;
        let sam = id(&make(&admin, "tier1", SAM).await.is(201));
        act(&admin, "deactivate", sam).await.is(200);
        make(&admin, "tier1", SAM).await.is(409).is_refused("account.address_in_use");
    }

    async fn whoever_is_switched_off_cannot_sign_in_and_is_told_so_by_message_only(app) {
        let admin = app.platform_admin().await;
        let (sam, _) = colleague(&admin, "tier1", SAM).await;
        act(&admin, "deactivate", sam).await.is(200);
        let right = app.sign_in(SAM, PASSWORD).await.is(401);
        let wrong = app.sign_in(SAM, "wrong").await.is(401).is_refused("auth.wrong_credentials");
        assert_eq!(without_ids(&right), without_ids(&wrong));
        app.sign_in(SAM, PASSWORD).await.is(401);
        assert_eq!(app.letters_of("sign_in_inactive", SAM), 1);
    }

    async fn a_link_of_somebody_switched_off_is_over(app) {
        let admin = app.platform_admin().await;
        let sam = id(&make(&admin, "tier1", SAM).await.is(201));
        let link = app.secret_of("enrolment", SAM);
        act(&admin, "deactivate", sam).await.is(200);
        app.redeem(&link, PASSWORD).await.is(410).is_refused("link.not_usable");
    }

    async fn whoever_is_switched_off_gets_no_new_password(app) {
        let admin = app.platform_admin().await;
        let (sam, _) = colleague(&admin, "tier1", SAM).await;
        let claim = json!({"realm": "desk", "name": SAM});
        app.forget(&claim).await.is(202);
        let link = app.secret_of("password_reset", SAM);
        act(&admin, "deactivate", sam).await.is(200);
        app.reset(&link, OTHER_PASSWORD).await.is(410).is_refused("link.not_usable");
        app.forget(&claim).await.is(202);
        assert_eq!(app.letters_of("password_reset", SAM), 1);
        act(&admin, "reactivate", sam).await.is(200);
        app.reset(&link, OTHER_PASSWORD).await.is(410).is_refused("link.not_usable");
    }

    async fn whoever_is_switched_on_again_begins_anew(app) {
        let admin = app.platform_admin().await;
        let (sam, staff) = colleague(&admin, "tier1", SAM).await;
        let tokens = staff.sign_in().await;
        act(&admin, "deactivate", sam).await.is(200);
        app.clock.advance(SECOND);
        let on = act(&admin, "reactivate", sam).await.is(200);
        assert_eq!((on.text("/status"), &on.body["has_second_factor"]), ("invited".into(), &json!(false)));
        assert!(!on.raw.contains("cde_"));
        app.sign_in(SAM, PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
        let anew = app.redeem(&app.secret_of("enrolment", SAM), OTHER_PASSWORD).await.is(201);
        assert_eq!(anew.text("/session/second_factor"), "enrolment_required");
        app.bearer(&anew).verify(&staff.code()).await.is(409).is_refused("second_factor.not_enrolled");
        app.bearer(&tokens).session().await.is(401).is_refused("auth.invalid_token");
        app.refresh(&tokens.text("/refresh_token")).await.is(401);
        app.sign_in(SAM, PASSWORD).await.is(401);
        app.sign_in(SAM, OTHER_PASSWORD).await.is(201);
    }

    async fn only_who_is_switched_off_is_switched_on(app) {
        let admin = app.platform_admin().await;
        let (invited, active) = (
            id(&make(&admin, "tier1", SAM).await.is(201)),
            app.someone(Role::TierOne, None).await.account,
        );
        for account in [invited, active] {
            act(&admin, "reactivate", account).await.is(409).is_refused("account.not_inactive");
        }
        assert_eq!(app.letters().len(), 1);
    }

    async fn a_session_that_slipped_through_does_not_wake_up_with_a_new_start(app) {
        let admin = app.platform_admin().await;
        let (sam, staff) = colleague(&admin, "tier1", SAM).await;
        act(&admin, "deactivate", sam).await.is(200);
        // A sign-in that was on its way while the account was switched off.
        let slipped = app.someone_unproven(Role::TierOne, None).await;
        let mut burglar = app.burglar();
        let (account, session) = (burglar.id(sam), burglar.id(slipped.session));
        burglar.run(&format!("UPDATE sessions SET account_id = {account} WHERE id = {session}"));
        app.clock.advance(SECOND);
        act(&admin, "reactivate", sam).await.is(200);
        app.redeem(&app.secret_of("enrolment", &staff.email), OTHER_PASSWORD).await.is(201);
        let thief = Actor { account: sam, ..slipped };
        thief.renewed().session().await.is(401).is_refused("auth.invalid_token");
    }

    async fn whoever_is_enrolled_again_begins_anew_and_the_admins_learn_of_it(app) {
        let admin = app.platform_admin().await;
        let other = app.platform_admin().await.get("/v1/account").await.text("/email");
        let (sam, staff) = colleague(&admin, "tier1", SAM).await;
        let tokens = staff.sign_in().await;
        app.forget(&json!({"realm": "desk", "name": SAM})).await.is(202);
        app.clock.advance(SECOND);
        let again = act(&admin, "reenrol", sam).await.is(200);
        assert_eq!(
            (again.text("/status"), &again.body["has_second_factor"]),
            ("invited".into(), &json!(false))
        );
        app.bearer(&tokens).session().await.is(401).is_refused("auth.invalid_token");
        app.refresh(&tokens.text("/refresh_token")).await.is(401);
        app.sign_in(SAM, PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
        app.reset(&app.secret_of("password_reset", SAM), OTHER_PASSWORD).await.is(410);
        assert_eq!(app.letters_of("colleague_changed", &other), 1);
        assert_eq!(app.letters_of("colleague_changed", SAM), 0);
        assert_eq!(app.count("recovery_codes"), 0);
        let anew = app.redeem(&app.secret_of("enrolment", SAM), OTHER_PASSWORD).await.is(201);
        assert_eq!(anew.text("/session/second_factor"), "enrolment_required");
    }

    async fn a_platform_admin_enrolled_again_is_told_to_the_others(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        let ana_at = ana.get("/v1/account").await.text("/email");
        let eva_at = eva.get("/v1/account").await.text("/email");
        act(&ana, "reenrol", eva.account).await.is(200);
        assert_eq!(app.letters_of("colleague_changed", &ana_at), 1);
        assert_eq!(app.letters_of("colleague_changed", &eva_at), 0);
        assert_eq!(app.letters_of("enrolment", &eva_at), 1);
    }

    async fn whoever_has_lost_the_link_gets_another_and_the_first_is_over(app) {
        let admin = app.platform_admin().await;
        let sam = id(&make(&admin, "tier1", SAM).await.is(201));
        let first = app.secret_of("enrolment", SAM);
        app.clock.advance(SECOND);
        act(&admin, "reenrol", sam).await.is(200);
        assert_eq!(app.letters(), ["enrolment to sam@desk.example"; 2]); // nothing to tell the admins
        let second = app.secret_of("enrolment", SAM);
        app.redeem(&first, PASSWORD).await.is(410).is_refused("link.not_usable");
        app.redeem(&second, PASSWORD).await.is(201);
    }

    async fn the_last_platform_admin_stays_whoever_asks(app) {
        let admin = app.platform_admin().await;
        let made = make(&admin, "platform_admin", SAM).await.is(201); // invited, not in use
        let last = (AccountId::of(admin.account), None);
        let shell = operator();
        let done = || KeptAnswer { status: 204, location: None, etag: None, body: None };
        let off = app.house.perform(&shell, move |tx, who| {
            desk_accounts::deactivate(tx, who, last, InactiveReason::ByAdmin).map(|_| done())
        });
        let again = app.house.perform(&shell, move |tx, who| {
            desk_accounts::reenrol(tx, who, last).map(|_| done())
        });
        let demoted = app.house.perform(&shell, move |tx, who| {
            let changes = Changes { role: Some(Role::DeskManager), ..Changes::default() };
            desk_accounts::update(tx, who, last, &changes).map(|_| done())
        });
        for refused in [off.await, again.await, demoted.await] {
            assert_eq!(refused.unwrap_err().code().as_str(), "desk_account.last_platform_admin");
        }
        admin.get("/v1/account").await.is(200);
        act(&admin, "deactivate", id(&made)).await.is(200); // who is not in use yet is none
    }

    async fn of_two_platform_admins_who_end_each_other_one_is_left(app) {
        for action in ["deactivate", "reenrol", "demote"] {
            for _ in 0..3 {
                app.burglar().run("UPDATE accounts SET status = 'inactive'");
                let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
                each_other(action, &ana, &eva).await;
                assert_eq!(admins_in_use(&app), "1", "{action}");
            }
        }
    }

    async fn of_two_platform_admins_who_end_each_other_before_a_third_one_is_left_too(app) {
        for action in ["deactivate", "reenrol", "demote"] {
            for _ in 0..5 {
                app.burglar().run("UPDATE accounts SET status = 'inactive'");
                let _third = app.platform_admin().await;
                let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
                each_other(action, &ana, &eva).await;
                assert_eq!(admins_in_use(&app), "2", "{action}");
            }
        }
    }

    async fn the_menu_shows_what_is_refused_and_what_is_not(app) {
        for viewer in [Role::PlatformAdmin, Role::DeskManager] {
            for of in ["platform_admin", "desk_manager", "tier1", "inactive", "invited", "oneself"] {
                for action in ACTIONS {
                    let admin = app.platform_admin().await;
                    let who = app.someone(viewer, None).await;
                    let target = match of {
                        "inactive" => {
                            let sam = app.someone(Role::TierTwo, None).await.account;
                            act(&admin, "deactivate", sam).await.is(200);
                            sam
                        }
                        "invited" => {
                            let email = format!("{}@desk.example", Uuid::now_v7().simple());
                            id(&make(&admin, "developer", &email).await.is(201))
                        }
                        "oneself" => who.account,
                        role => app.someone(role.parse().unwrap(), None).await.account,
                    };
                    let menu = who.get(&at(target)).await.is(200).body["allowed_actions"].clone();
                    let shown = menu.as_array().unwrap().iter();
                    let shown = shown
                        .clone()
                        .find(|one| one["action"] == format!("desk_account.{action}"))
                        .unwrap();
                    let answer = act(&who, action, target).await;
                    let what = format!("{viewer} {action} {of}: {shown} {}", answer.raw);
                    assert_eq!(shown["allowed"], answer.status == 200, "{what}");
                    assert_eq!(shown["barred_by"], answer.body["code"], "{what}");
                }
            }
        }
    }

    async fn the_menu_says_what_a_fresh_proof_is_wanted_for(app) {
        let admin = app.platform_admin().await;
        let sam = app.someone(Role::TierOne, None).await.account;
        app.clock.advance(SignedDuration::from_mins(6));
        let seen = admin.get(&at(sam)).await.is(200);
        let first = &seen.body["allowed_actions"][0];
        assert_eq!(first["action"], "desk_account.deactivate"); // whoever has to be stopped is stopped at once
        assert_eq!(seen.body["allowed_actions"][1]["barred_by"], "second_factor.step_up_required");
        act(&admin, "deactivate", sam).await.is(200);
    }

    async fn a_repeated_request_makes_one_account_and_sends_one_link(app) {
        let admin = app.platform_admin().await;
        let keyed = [("idempotency-key", "sam-1")];
        let ask = || admin.send(Method::POST, STAFF, Some(new("tier1", SAM)), &keyed);
        let (first, again) = (ask().await.is(201), ask().await.is(201));
        assert_eq!((&first.raw, first.etag()), (&again.raw, again.etag()));
        assert_eq!(again.header("idempotent-replayed"), "true");
        let path = format!("{}/reenrol", at(id(&first)));
        for _ in 0..2 {
            admin.send(Method::POST, &path, None, &keyed).await.is(200);
        }
        assert_eq!(app.letters().len(), 2);
    }

    async fn what_is_no_member_of_the_staff_is_refused(app) {
        let admin = app.platform_admin().await;
        for (field, bad) in [
            ("role", json!("site_admin")),
            ("role", json!("integration")),
            ("role", json!(null)),
            ("name", json!("Sam\u{7}Okafor")),
            ("name", json!("Sam\nOkafor")),
            ("name", json!("   ")),
            ("name", json!("x".repeat(121))),
            ("email", json!("sam")),
            ("email", json!("sam@desk.example\r\nBcc: eva@desk.example")),
            ("locale", json!("fr")),
            ("phone", json!("+15550100200")),
        ] {
            let mut body = new("tier1", SAM);
            body[field] = bad.clone();
            let refused = admin.post(STAFF, body).await;
            assert_eq!(refused.status, 422, "{field} {bad}");
            refused.is_refused("request.invalid").at(&[&format!("#/{field}")]);
        }
        admin.post(STAFF, json!({})).await.is(422).at(&["#/role", "#/name", "#/email"]);
        let json_of_nothing = [("content-type", "application/json")];
        let missing = admin.send(Method::POST, STAFF, None, &json_of_nothing).await.is(400);
        missing.is_refused("request.missing_body");
        let long = json!({"role": "tier1", "name": "x".repeat(65 * 1024), "email": SAM});
        admin.post(STAFF, long).await.is(413).is_refused("request.body_too_large");
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn what_is_no_change_of_the_staff_is_refused(app) {
        let admin = app.platform_admin().await;
        let sam = make(&admin, "tier1", SAM).await.is(201);
        let (path, etag) = (sam.header("location"), sam.etag());
        for (field, bad) in [
            ("role", json!("guardian")),
            ("role", json!(null)),
            ("name", json!("\u{0}")),
            ("name", json!(null)),
            ("locale", json!("EN")),
            ("email", json!("sam@other.example")),
            ("status", json!("active")),
        ] {
            let refused = admin.patch(&path, &etag, json!({field: bad.clone()})).await;
            assert_eq!(refused.status, 422, "{field} {bad}");
            refused.is_refused("request.invalid").at(&[&format!("#/{field}")]);
        }
        let off = format!("{path}/deactivate");
        for body in [json!({"reason": "dormant"}), json!({"reason": null}), json!({})] {
            admin.post(&off, body).await.is(422).at(&["#/reason"]);
        }
        assert_eq!(admin.get(&path).await.body, sam.body);
    }

    async fn what_is_no_filter_is_refused(app) {
        let admin = app.platform_admin().await;
        for bad in ["role=guardian", "status=gone", "limit=0", "limit=101", "limit=x", "name=sam"] {
            let refused = admin.get(&format!("{STAFF}?{bad}")).await;
            assert_eq!(refused.status, 422, "{bad}");
        }
    }

    async fn the_audit_names_every_change_and_nobodys_data(app) {
        let admin = app.platform_admin().await;
        let sam = id(&make(&admin, "tier1", SAM).await.is(201));
        change(&admin, sam, json!({"role": "tier2", "name": "Samuel Okafor"})).await.is(200);
        for action in ["reenrol", "deactivate", "reactivate"] {
            app.clock.advance(SECOND);
            act(&admin, action, sam).await.is(200);
        }
        let links = app.secrets_of("enrolment", SAM);
        let audit = app.audit().await;
        let about: Vec<&Value> =
            audit.iter().filter(|entry| entry["target_id"] == sam.to_string()).collect();
        let mut actions: Vec<&str> =
            about.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        actions.sort_unstable();
        assert_eq!(
            actions,
            [
                "desk_account.create",
                "desk_account.deactivate",
                "desk_account.reactivate",
                "desk_account.reenrol",
                "desk_account.update"
            ]
        );
        assert!(about.iter().all(|entry| entry["actor_id"] == admin.account.to_string()));
        let whole = json!(audit).to_string();
        assert!(whole.contains("tier2") && whole.contains("left"), "{whole}");
        for secret in links.iter().map(String::as_str).chain([SAM, "Okafor", "Samuel"]) {
            assert!(!whole.contains(secret), "{secret}");
        }
    }

    async fn a_refused_attempt_is_in_the_audit(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let admin = app.platform_admin().await;
        act(&manager, "deactivate", admin.account).await.is(403);
        let audit = app.audit().await;
        let denied = audit.iter().find(|entry| entry["outcome"] == "denied").unwrap();
        assert_eq!(denied["action"], "desk_account.deactivate");
        assert_eq!(denied["rule"], "desk_account.role_out_of_reach");
        assert_eq!(denied["actor_id"], manager.account.to_string());
    }
}

/// Two do the same to each other at one moment; one of them does it.
async fn each_other(action: &str, ana: &Actor<'_>, eva: &Actor<'_>) {
    let end = async |who: &Actor<'_>, whom: &Actor<'_>| match action {
        "demote" => {
            let body = Some(json!({"role": "tier1"}));
            let version = [("if-match", "\"1-a1b2c3d4\"")];
            who.send(Method::PATCH, &at(whom.account), body, &version).await
        }
        other => act(who, other, whom.account).await,
    };
    let (one, other) = futures_util::future::join(end(ana, eva), end(eva, ana)).await;
    let answers = [one, other];
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
}

#[test]
fn every_role_of_the_desk_is_one_that_can_be_made() {
    let of_desk = operations::roles().iter().filter(|role| role.realm().as_str() == "desk");
    assert_eq!(of_desk.map(|role| role.as_str()).collect::<Vec<_>>(), ROLES);
}
