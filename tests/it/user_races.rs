//! Users who are made, renamed, switched off and on at the same moment.

use caredesk::store::StoreError;
use caredesk::store::columns::AnyId;
use caredesk::store::schema::accounts;
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::ids::TenantId;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::moment::{at_once, statuses};
use crate::support::staff::PASSWORD;

const USERS: &str = "/v1/users";
/// How often two meet: what goes wrong now and then is seen, too.
const ROUNDS: usize = 6;

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// A user to be made.
fn new(user_name: &str) -> Value {
    let email = format!("{user_name}@pine.example");
    json!({"user_name": user_name, "first_name": "Noa", "last_name": "Berg", "email": email})
}

/// Does something of the menu to a user.
async fn act(who: &Actor<'_>, verb: &str, at: &str) -> Answer {
    let body = (verb == "deactivate").then(|| json!({"reason": "left"}));
    who.send(Method::POST, &format!("{at}/{verb}"), body, &[]).await
}

/// Makes a user.
async fn make(who: &Actor<'_>, body: Value) -> Answer {
    who.post(USERS, body).await
}

/// Changes a user for the version that is there now.
async fn change(who: &Actor<'_>, at: &str, body: Value) -> Answer {
    let etag = who.get(at).await.is(200).etag();
    who.patch(at, &etag, body).await
}

/// The one answer that is no success.
fn refused(answers: Vec<Answer>) -> Answer {
    answers.into_iter().find(|answer| !answer.status.is_success()).unwrap()
}

/// How many Site Admins are in use.
fn site_admins(app: &App) -> String {
    let sql = "SELECT CAST(COUNT(*) AS text) FROM accounts WHERE role = 'site_admin' AND status = 'active'";
    app.burglar().texts(sql).remove(0)
}

/// How many accounts have an address, and how many of them are Support Users.
fn holders(app: &App, address: &str) -> (usize, usize) {
    let sql = format!("SELECT role FROM accounts WHERE email_key = '{address}'");
    let roles = app.burglar().texts(&sql);
    (roles.len(), roles.iter().filter(|role| *role == "support_user").count())
}

/// Sends a request of somebody who is switched off by whoever holds the tenant's lock while it waits for
/// the lock. On SQLite, which has one writer, it waits for its turn to begin.
async fn behind_the_lock(
    app: &App,
    tenant: TenantId,
    account: Uuid,
    request: impl Future<Output = Answer>,
) -> Answer {
    let (holds, held) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel();
    let mut holds = Some(holds);
    let row = accounts::table.filter(accounts::id.eq(AnyId(account)));
    let holder = app.house.db.write::<_, StoreError, _>(move |conn| {
        caredesk::store::tenants::govern(conn, tenant)?;
        holds.take().unwrap().send(()).unwrap();
        released.recv().unwrap();
        diesel::update(row).set(accounts::status.eq(AccountStatus::Inactive)).execute(conn)?;
        Ok(())
    });
    let is_answered = std::cell::Cell::new(false);
    let waits = async {
        held.await.unwrap();
        let asks = async {
            let answer = request.await;
            is_answered.set(true);
            answer
        };
        let let_go = async {
            let mut burglar = app.burglar();
            let mut waits = || app.database.is_sqlite() || !burglar.texts(WAITING).is_empty();
            while !waits() && !is_answered.get() {
                actix_web::rt::task::yield_now().await;
            }
            release.send(()).unwrap();
        };
        futures_util::join!(asks, let_go).0
    };
    let (ended, answer) = futures_util::join!(holder, waits);
    ended.unwrap();
    answer
}

/// Whoever waits for somebody else's lock in this database.
const WAITING: &str = "SELECT CAST(pid AS text) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

on_both! {
    async fn of_two_reactivations_one_counts(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let at = format!("{USERS}/{}", mia.account);
        for round in 1..=ROUNDS {
            act(&sara, "deactivate", &at).await.is(200);
            let answers = at_once(vec![act(&sara, "reactivate", &at), act(&sara, "reactivate", &at)]).await;
            assert_eq!(statuses(&answers), [200, 409]);
            refused(answers).is_refused("account.not_inactive");
            assert_eq!(app.letters_of("user_reactivated", &mia.contact), round);
        }
    }

    async fn of_two_deactivations_one_counts(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new("mia")).await.is(201).header("location");
        let answers = at_once(vec![act(&sara, "deactivate", &at), act(&sara, "deactivate", &at)]).await;
        assert_eq!(statuses(&answers), [200, 409]);
        refused(answers).is_refused("account.already_inactive");
    }

    async fn of_two_changes_of_one_version_one_counts(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let at = make(&sara, new("mia")).await.is(201).header("location");
        for round in 0..ROUNDS {
            let etag = sara.get(&at).await.etag();
            let to = |name: &str| json!({"first_name": format!("{name}{round}")});
            let both = vec![sara.patch(&at, &etag, to("Eva")), sara.patch(&at, &etag, to("Ida"))];
            assert_eq!(statuses(&at_once(both).await), [200, 412]);
        }
    }

    async fn of_two_links_sent_at_once_one_opens(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for round in 0..3 {
            let name = format!("mia{round}");
            let at = make(&sara, new(&name)).await.is(201).header("location");
            let both = vec![act(&sara, "resend-invitation", &at), act(&sara, "resend-invitation", &at)];
            assert_eq!(statuses(&at_once(both).await), [200, 200]);
            let links = app.secrets_of("enrolment", &format!("{name}@pine.example"));
            let mut answers = Vec::new();
            for link in &links {
                answers.push(app.redeem(link, PASSWORD).await);
            }
            assert_eq!(statuses(&answers), [201, 410, 410]);
        }
    }

    async fn a_sign_in_on_its_way_does_not_outlive_the_account(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let at = format!("{USERS}/{}", mia.account);
        for wait in [0, 5, 10, 15, 20, 30, 40] {
            let off = async {
                actix_web::rt::time::sleep(std::time::Duration::from_millis(wait)).await;
                act(&sara, "deactivate", &at).await.is(200)
            };
            let (begun, _) = futures_util::join!(mia.sign_in(), off);
            if begun.status.as_u16() == 201 {
                let gone = app.bearer(&begun).get("/v1/account").await;
                assert_eq!(gone.status, 401, "{wait} ms: {}", gone.raw);
                app.refresh(&begun.text("/refresh_token")).await.is(401);
            }
            act(&sara, "reactivate", &at).await.is(200);
            app.clock.advance(SignedDuration::from_secs(1));
        }
    }

    async fn of_two_site_admins_who_leave_one_stays(app) {
        for round in 0..ROUNDS {
            let (tenant, sara) = organisation(&app, &format!("pine{round}")).await;
            let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
            let leave = |who: &Actor<'_>| format!("{USERS}/{}", who.account);
            let (one, other) = (leave(&sara), leave(&adam));
            let answers = at_once(vec![act(&sara, "deactivate", &one), act(&adam, "deactivate", &other)]).await;
            assert_eq!(statuses(&answers), [200, 409]);
            refused(answers).is_refused("site_admin.last");
            assert_eq!(site_admins(&app), (round + 1).to_string());
        }
    }

    async fn who_is_switched_off_while_they_wait_for_the_lock_changes_nothing(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let noa = make(&sara, new("noa")).await.is(201);
        let off = make(&sara, new("off")).await.is(201).header("location");
        act(&sara, "deactivate", &off).await.is(200);
        let (at, etag) = (noa.header("location"), noa.etag());
        let before = app.count("accounts");
        for tried in ["create", "rename", "deactivate", "reactivate"] {
            let mia = app.someone(Role::SiteAdmin, Some(tenant)).await;
            mia.get(&at).await.is(200); // the door knows the session
            let attempt = async {
                match tried {
                    "create" => make(&mia, new("eva")).await,
                    "rename" => mia.patch(&at, &etag, json!({"user_name": "eva"})).await,
                    "deactivate" => act(&mia, "deactivate", &at).await,
                    _ => act(&mia, "reactivate", &off).await,
                }
            };
            let refused = behind_the_lock(&app, tenant, mia.account, attempt).await;
            assert_eq!(refused.text("/code"), "account.inactive", "{tried}: {}", refused.raw);
        }
        assert_eq!((app.count("accounts"), sara.get(&at).await.etag()), (before + 4, etag));
    }

    async fn of_two_users_with_one_name_one_is_made(app) {
        let (_, sara) = organisation(&app, "pine").await;
        for round in 0..ROUNDS {
            let (one, other) = (new(&format!("mia{round}")), new(&format!("MIA{round}")));
            let answers = at_once(vec![make(&sara, one), make(&sara, other)]).await;
            assert_eq!(statuses(&answers), [201, 409]);
            refused(answers).is_refused("user.name_taken");
        }
        assert_eq!(app.letters().len(), ROUNDS);
    }

    async fn a_name_that_one_is_given_and_another_made_with_is_ones(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let noa = make(&sara, new("noa")).await.is(201).header("location");
        for round in 0..ROUNDS {
            let name = format!("mia{round}");
            let etag = sara.get(&noa).await.etag();
            let rename = sara.patch(&noa, &etag, json!({"user_name": name.clone()}));
            let (renamed, made) = futures_util::join!(rename, make(&sara, new(&name)));
            let answers = vec![renamed, made];
            let won = answers.iter().filter(|answer| answer.status.is_success()).count();
            assert_eq!(won, 1, "{answers:?}");
            refused(answers).is(409).is_refused("user.name_taken");
        }
    }

    async fn users_made_at_once_get_numbers_of_their_own(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let all = (0..8).map(|number| make(&sara, new(&format!("user{number}")))).collect();
        let answers = at_once(all).await;
        assert_eq!(statuses(&answers), [201; 8]);
        let mut numbers: Vec<String> = answers.iter().map(|answer| answer.text("/number")).collect();
        numbers.sort();
        let expected: Vec<String> = (2..10).map(|number| format!("U-{number:06}")).collect();
        assert_eq!(numbers, expected);
    }

    async fn an_address_that_a_support_user_and_another_ask_for_is_never_shared(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        let at = format!("{USERS}/{}", sue.account);
        for round in 0..ROUNDS {
            let address = format!("ida{round}@pine.example");
            let mut body = new(&format!("user{round}"));
            body["email"] = json!(address);
            let etag = sara.get(&at).await.etag();
            let moved = sara.patch(&at, &etag, json!({"email": address.clone()}));
            let (moved, made) = futures_util::join!(moved, make(&olga, body));
            if moved.status == 200 {
                made.is(409).is_refused("user.address_reserved");
            } else {
                made.is(201);
                moved.is(409).is_refused("support_user.address_shared");
            }
            assert_eq!(holders(&app, &address).0, 1);
        }
    }

    async fn of_two_support_users_who_ask_for_an_address_one_gets_it(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let both = [("sue", Role::SupportUser), ("sid", Role::SupportUser)];
        let mut at = Vec::new();
        for (name, role) in both {
            at.push(format!("{USERS}/{}", app.user("pine", name, role).await.account));
        }
        for round in 0..ROUNDS {
            let address = format!("ida{round}@pine.example");
            let to = |at: String| {
                let (sara, address) = (&sara, address.clone());
                async move { change(sara, &at, json!({"email": address})).await }
            };
            let answers = at_once(at.iter().cloned().map(to).collect()).await;
            assert_eq!(statuses(&answers), [200, 409]);
            refused(answers).is_refused("support_user.address_shared");
            assert_eq!(holders(&app, &address), (1, 1));
        }
    }

    async fn a_support_users_address_in_two_changes_of_ones_own_is_never_shared(app) {
        app.tenant("pine").await;
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        let mia = app.user("pine", "mia", Role::Member).await;
        for round in 0..3 {
            app.clock.advance(SignedDuration::from_mins(20));
            let address = format!("ida{round}@pine.example");
            let mut ready = Vec::new();
            for known in [&sue, &mia] {
                let here = known.at_home().await;
                let from = here.get("/v1/account").await.is(200).text("/email");
                let changes = "/v1/account/contact-changes";
                let begun = here.post(changes, json!({"email": address.clone()})).await.is(200);
                let codes = json!({"current_code": app.secret_of("contact_code", &from),
                    "new_code": app.secret_of("contact_code", &address)});
                ready.push((here, format!("{changes}/{}/confirm", begun.text("/id")), codes));
                app.clock.advance(SignedDuration::from_secs(1));
            }
            let requests = ready.iter().map(|(here, path, codes)| here.post(path, codes.clone()));
            let answers = at_once(requests.collect()).await;
            assert_eq!(statuses(&answers), [204, 409]);
            assert_eq!(holders(&app, &address).0, 1);
        }
    }
}
