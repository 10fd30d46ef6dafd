//! Whom to turn to: at the desk, and in one's own organisation.

use std::path::{Path, PathBuf};

use caredesk::store::columns::AnyId;
use caredesk::store::schema::accounts;
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::db::Database;
use crate::support::operations::roles;
use crate::support::program::{Program, run, tempdir};
use crate::support::scene::behind;

const DESK: &str = "/v1/desk-contact";
const SUPPORT: &str = "/v1/support-contacts";
/// A file that is right.
const FILE: &str = "\
name = \"Our own desk\"
time_zone = \"Europe/Madrid\"
[ways_in]
phone = \"+15550100301\"
[[hours]]
day = \"monday\"
opens = \"09:00\"
closes = \"17:00\"
";

/// The roles that see whom to turn to.
const PEOPLE: [Role; 3] = [Role::SiteAdmin, Role::SupportUser, Role::Member];

/// Moves the clock to a moment ahead.
fn go_to(app: &App, moment: &str) {
    let moment: Moment = moment.parse().unwrap();
    app.clock.advance(moment.since(app.house.clock.now()));
}

/// Whether the desk is open, and when it opens next, as everybody is told.
async fn told(app: &App) -> (bool, String) {
    let answer = app.nobody().get(DESK).await.is(200);
    (answer.body["is_open"].as_bool().unwrap(), answer.text("/opens_next_at"))
}

/// The addresses of the people whom an answer names.
fn named(answer: &Answer) -> Vec<String> {
    let people = answer.body["people"].as_array().unwrap();
    people.iter().map(|person| person["email"].as_str().unwrap().to_owned()).collect()
}

/// Gives an account another status, behind the product's back.
async fn make(app: &App, account: Uuid, status: AccountStatus) {
    let row = accounts::table.filter(accounts::id.eq(AnyId(account)));
    behind(app, move |conn| diesel::update(row).set(accounts::status.eq(status)).execute(conn))
        .await;
}

on_both! {
    async fn everybody_may_know_how_the_desk_is_reached(app) {
        let answer = app.nobody().get(DESK).await.is(200);
        assert_eq!(answer.body["name"], "The caredesk desk");
        assert_eq!(answer.body["time_zone"], "America/New_York");
        assert_eq!(answer.body["ways_in"]["email"], "help@caredesk.example");
        assert_eq!(answer.body["hours"].as_array().unwrap().len(), 5);
        let guardian = app.someone(Role::Guardian, None).await;
        assert_eq!(guardian.get(DESK).await.is(200).body, answer.body);
        app.nobody().get("/v1/desk-contact?zone=UTC").await.is(422).at(&["query:zone"]);
    }

    async fn the_holidays_of_the_coming_sixty_days_are_told(app) {
        let holidays = async || {
            let answer = app.nobody().get(DESK).await.is(200);
            let holidays = answer.body["holidays"].as_array().unwrap().clone();
            holidays.iter().map(|holiday| holiday["date"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(holidays().await, ["2026-11-26", "2026-12-25", "2027-01-01"]);
        go_to(&app, "2026-12-26T12:00:00Z");
        assert_eq!(holidays().await, ["2027-01-01"]);
        go_to(&app, "2027-02-01T12:00:00Z");
        assert!(holidays().await.is_empty());
    }

    async fn everybody_is_told_whether_the_desk_is_open_and_when_it_opens_next(app) {
        // A Saturday.
        assert_eq!(told(&app).await, (false, "2026-11-23T13:00:00Z".to_owned()));
        go_to(&app, "2026-11-23T13:00:00Z");
        assert_eq!(told(&app).await, (true, "2026-11-24T13:00:00Z".to_owned()));
        // The evening before Thanksgiving, and the day itself.
        go_to(&app, "2026-11-26T02:00:00Z");
        assert_eq!(told(&app).await, (false, "2026-11-27T13:00:00Z".to_owned()));
        go_to(&app, "2026-11-26T15:00:00Z");
        assert_eq!(told(&app).await, (false, "2026-11-27T13:00:00Z".to_owned()));
    }

    async fn the_desk_opens_at_eight_on_its_own_clock_before_and_after_that_is_changed(app) {
        // Forward on 14 March 2027: eight o'clock is an hour earlier from then on.
        go_to(&app, "2027-03-12T12:59:59Z");
        assert_eq!(told(&app).await, (false, "2027-03-12T13:00:00Z".to_owned()));
        go_to(&app, "2027-03-13T00:00:00Z");
        assert_eq!(told(&app).await, (false, "2027-03-15T12:00:00Z".to_owned()));
        go_to(&app, "2027-03-15T12:00:00Z");
        assert_eq!(told(&app).await, (true, "2027-03-16T12:00:00Z".to_owned()));
        // Back on 7 November.
        go_to(&app, "2027-11-06T00:00:00Z");
        assert_eq!(told(&app).await, (false, "2027-11-08T13:00:00Z".to_owned()));
    }

    async fn people_see_exactly_those_in_use_of_their_own_organisation_who_help_others(app) {
        for slug in ["pine", "oak"] {
            app.tenant(slug).await;
        }
        let mia = app.user("pine", "mia", Role::Member).await.at_home().await;
        assert!(named(&mia.get(SUPPORT).await.is(200)).is_empty());
        app.user("pine", "sue", Role::SupportUser).await;
        app.user("pine", "ana", Role::SiteAdmin).await;
        app.user("pine", "bea", Role::SiteAdmin).await;
        for (user, status) in [("ina", AccountStatus::Invited), ("off", AccountStatus::Inactive)] {
            for (end, role) in [("a", Role::SiteAdmin), ("s", Role::SupportUser)] {
                let other = app.user("pine", &format!("{user}.{end}"), role).await;
                make(&app, other.account, status).await;
            }
        }
        for role in PEOPLE {
            app.user("oak", &format!("other.{role}"), role).await;
        }
        app.platform_admin().await;
        let answer = mia.get(SUPPORT).await.is(200);
        assert_eq!(named(&answer), ["ana@pine.example", "bea@pine.example", "sue@pine.example"]);
        let ana = json!({"role": "site_admin", "name": "Mia Lund", "email": "ana@pine.example", "phone": null, "locale": "en"});
        assert_eq!(answer.body["people"][0], ana);
        assert_eq!(answer.body["people"][2]["role"], "support_user");
    }

    async fn everybody_of_an_organisation_sees_the_same(app) {
        let tenant = app.tenant_id("pine").await;
        let mut callers = Vec::new();
        for role in PEOPLE {
            callers.push(app.someone(role, Some(tenant)).await);
        }
        let first = callers[0].get(SUPPORT).await.is(200);
        assert_eq!(named(&first).len(), 2);
        for caller in &callers {
            assert_eq!(caller.get(SUPPORT).await.is(200).body, first.body);
        }
    }

    async fn who_is_deactivated_vanishes_at_once(app) {
        app.tenant("pine").await;
        let mia = app.user("pine", "mia", Role::Member).await.at_home().await;
        let ana = app.user("pine", "ana", Role::SiteAdmin).await;
        app.user("pine", "sue", Role::SupportUser).await;
        assert_eq!(named(&mia.get(SUPPORT).await.is(200)).len(), 2);
        app.switch_off(ana.account).await;
        assert_eq!(named(&mia.get(SUPPORT).await.is(200)), ["sue@pine.example"]);
    }

    async fn a_hundred_are_named_at_most_and_no_site_admin_is_left_out_for_a_support_user(app) {
        let tenant = Some(app.tenant_id("pine").await);
        for _ in 0..103 {
            app.someone(Role::SupportUser, tenant).await;
        }
        let admin = app.someone(Role::SiteAdmin, tenant).await;
        let answer = admin.get(SUPPORT).await.is(200);
        let people = answer.body["people"].as_array().unwrap();
        let is = |role: &str| people.iter().filter(|person| person["role"] == role).count();
        assert_eq!((is("site_admin"), is("support_user")), (1, 99));
        assert_eq!(people[0]["role"], "site_admin");
    }

    async fn people_see_how_their_organisation_is_reached_and_the_desk(app) {
        let tenant = app.tenant("pine").await;
        let mia = app.user("pine", "mia", Role::Member).await.at_home().await;
        let before = mia.get(SUPPORT).await.is(200);
        assert_eq!(before.body["no_access_procedure"], Value::Null);
        let settings = json!({"no_access_procedure": "Call the office.", "time_zone": "Europe/Madrid"});
        let path = format!("/v1/tenants/{}/settings", tenant.text("/id"));
        app.platform_admin().await.patch(&path, &tenant.etag(), settings).await.is(200);
        let answer = mia.get(SUPPORT).await.is(200);
        assert_eq!(answer.body["organization_name"], "Camp pine");
        assert_eq!(answer.body["contacts"], tenant.body["contacts"]);
        assert_eq!(answer.body["hours"], tenant.body["hours"]);
        assert_eq!(answer.body["time_zone"], "Europe/Madrid");
        assert_eq!(answer.body["no_access_procedure"], "Call the office.");
        assert_eq!(answer.body["desk"], app.nobody().get(DESK).await.body);
        // Owners and the address for notices are for those who administer it.
        assert!(!answer.raw.contains("olga@") && !answer.raw.contains("office@pine"), "{}", answer.raw);
    }

    async fn guardians_the_desk_and_programs_are_refused(app) {
        for role in roles().iter().filter(|role| !PEOPLE.contains(role)) {
            let who = app.someone(*role, None).await;
            who.get(SUPPORT).await.is(403).is_refused("action.not_permitted");
        }
        app.nobody().get(SUPPORT).await.is(401).is_refused("auth.required");
    }
}

#[actix_web::test]
async fn an_operators_desk_is_shown_on_sqlite() {
    an_operators_desk_is_shown(Database::sqlite()).await;
}

#[actix_web::test]
async fn an_operators_desk_is_shown_on_postgres() {
    an_operators_desk_is_shown(Database::postgres()).await;
}

async fn an_operators_desk_is_shown(database: Database) {
    let folder = tempdir("directory", &database);
    let file = written(&folder, FILE);
    let setting = ("CAREDESK_DESK_CONTACT", file.to_str().unwrap());
    let ours = Program::start_with(&database, &folder, &[setting]);
    assert_eq!(desk_of(&ours).await["name"], "Our own desk");
    assert!(!ours.log().contains("example desk"), "{}", ours.log());
    drop(ours);
    // Without one, an example is shown, and the log says so.
    let example = Program::start(&database, &folder);
    assert_eq!(desk_of(&example).await["name"], "The caredesk desk");
    assert!(example.log().contains("set `desk_contact`"), "{}", example.log());
}

#[test]
fn nothing_starts_with_a_file_that_is_wrong() {
    let database = Database::sqlite();
    let folder = tempdir("directory-wrong", &database);
    for (good, bad, says) in [
        ("Madrid", "Atlantis", "line 2: `time_zone` is not known"),
        ("phone", "fax", "line 4: unknown field `fax`"),
        ("17:00", "08:00", "line 5: `hours`: `closes` is not later than `opens`"),
    ] {
        assert!(FILE.contains(good));
        let file = written(&folder, &FILE.replace(good, bad));
        for command in ["serve", "worker", "migrate"] {
            let mut program = run(&database, &folder, &[command]);
            let ended = program.env("CAREDESK_DESK_CONTACT", &file).output().unwrap();
            assert_eq!(ended.status.code(), Some(1), "{command}");
            let said = String::from_utf8(ended.stderr).unwrap();
            assert!(said.starts_with(&format!("caredesk: {}: {says}", file.display())), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
    let mut program = run(&database, &folder, &["serve"]);
    let ended = program.env("CAREDESK_DESK_CONTACT", "no-such-file.toml").output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("no-such-file.toml") && said.contains("`desk_contact`"), "{said}");
}

/// A contact in a file of a folder.
fn written(folder: &str, text: &str) -> PathBuf {
    let file = Path::new(folder).join("desk.toml");
    std::fs::write(&file, text).unwrap();
    file
}

/// What a running program tells of its desk.
async fn desk_of(program: &Program) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(format!("{}{DESK}", program.base)).send().await.unwrap();
    Answer::of(answer).await.is(200).body
}
