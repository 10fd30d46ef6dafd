//! Site Admins and Support Users who are made from the machine's shell, by the real program.

use std::process::Output;

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, training_records};
use caredesk::vault::Clock;
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::{Day, Line, PersonName};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use crate::support::app::App;
use crate::support::people::Known;
use crate::support::program::run;
use crate::support::scene::behind;

/// More than six months.
const LONG: SignedDuration = SignedDuration::from_hours(200 * 24);

/// What a command came to.
struct Ended {
    code: i32,
    said: String,
    complained: String,
}

/// Runs `caredesk admin COMMAND` for a user of pine.
fn admin(app: &App, command: &str, user: &str) -> Ended {
    admin_of(app, command, ("pine", user, "signed_letter"))
}

/// As [`admin`], for an organisation and with evidence of the test's choice.
fn admin_of(app: &App, command: &str, (tenant, user, kind): (&str, &str, &str)) -> Ended {
    let folder = std::env::temp_dir().to_string_lossy().into_owned();
    let reference = "Letter of 3 November, file 2026-118";
    let arguments = [
        "admin",
        command,
        "--tenant",
        tenant,
        "--user",
        user,
        "--evidence",
        kind,
        "--reference",
        reference,
    ];
    let Output { status, stdout, stderr } =
        run(&app.database, &folder, &arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: status.code().unwrap(), said: text(stdout), complained: text(stderr) }
}

impl Ended {
    /// Demands that it went well.
    #[track_caller]
    fn well(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.said, self.complained);
        self.said
    }

    /// Demands that it did not, and said why in one line.
    #[track_caller]
    fn badly(self, why: &str) -> String {
        assert_eq!(self.code, 1, "{}{}", self.said, self.complained);
        assert_eq!(self.complained.lines().count(), 1, "{}", self.complained);
        assert!(self.complained.contains(why), "{}", self.complained);
        self.said
    }
}

/// What an account is: role and status.
fn is_now(app: &App, account: Uuid) -> String {
    let mut burglar = app.burglar();
    let id = burglar.id(account);
    burglar.texts(&format!("SELECT role || ' ' || status FROM accounts WHERE id = {id}")).remove(0)
}

/// Lets a user have come long ago, by the clock of the machine, which the program reads.
async fn came(app: &App, of: &Known<'_>, ago: SignedDuration) {
    let row = accounts::table.filter(accounts::id.eq(AnyId(of.account)));
    let first = accounts::first_used_at.eq(Clock::system().now().plus(-ago));
    behind(app, move |conn| diesel::update(row).set(first).execute(conn)).await;
}

/// Lets a user be fully trained.
async fn train(app: &App, of: &Known<'_>) {
    let (tenant, now) = (app.tenant_called("pine").await, app.house.clock.now());
    let account = AnyId(of.account);
    behind(app, move |conn| {
        let row = (
            training_records::id.eq(AnyId(Uuid::now_v7())),
            training_records::tenant_id.eq(tenant),
            training_records::account_id.eq(account),
            training_records::course.eq(Line::parse("Parts 1 to 4").unwrap()),
            training_records::completed_on.eq(Day::parse("2026-01-10").unwrap()),
            training_records::fully_trained.eq(true),
            training_records::recorded_by.eq(account),
            training_records::recorded_at.eq(now),
        );
        diesel::insert_into(training_records::table).values(row).execute(conn)
    })
    .await;
}

/// A member of pine of whom everything is as it should be.
async fn fit<'a>(app: &'a App, name: &str) -> Known<'a> {
    let user = app.user("pine", name, Role::Member).await;
    came(app, &user, LONG).await;
    train(app, &user).await;
    user
}

/// The audit's entries about an action.
async fn noted(app: &App, action: &str) -> Vec<Value> {
    app.audit().await.into_iter().filter(|entry| entry["action"] == action).collect()
}

on_both! {
    async fn an_operator_makes_a_site_admin_on_the_record(app) {
        let tenant = app.tenant("pine").await;
        let sara = app.user("pine", "sara", Role::SiteAdmin).await;
        let mia = app.user("pine", "Mia.Lund", Role::Member).await;
        let session = mia.at_home().await;
        let said = admin(&app, "make-site-admin", "mia.lund").well();
        assert!(said.starts_with("mia.lund (U-000002) is a Site Admin of pine now."), "{said}");
        assert_eq!(is_now(&app, mia.account), "site_admin active");

        // Who was signed in signs in again, and needs a second factor from then on.
        app.clock.advance(SignedDuration::from_secs(1));
        session.session().await.is(401).is_refused("auth.invalid_token");
        assert_eq!(mia.sign_in().await.is(201).body["session"]["second_factor"], "enrolment_required");

        let entries = noted(&app, "site_admin.make").await;
        let entry = &entries[0];
        assert_eq!((entries.len(), &entry["actor_kind"]), (1, &Value::from("operator")));
        assert_eq!(entry["tenant_id"], tenant.body["id"]);
        assert_eq!(entry["target_id"], mia.account.to_string());
        let mut burglar = app.burglar();
        let id = burglar.hex("id");
        let evidence = burglar.texts(&format!("SELECT {id} FROM evidence WHERE kind = 'signed_letter'"));
        let plain = |text: &str| text.replace('-', "");
        assert!(plain(&entry.to_string()).contains(&plain(&evidence[0])), "{entry} {evidence:?}");
        assert!(plain(&said).contains(&plain(&evidence[0])), "{said}");

        for (kind, address) in [
            ("own_access_changed", &mia.contact),
            ("access_changed", &sara.contact),
            ("access_changed", &"office@pine.example".to_owned()),
        ] {
            assert_eq!(app.letters_of(kind, address), 1, "{kind} {address}: {:?}", app.letters());
        }
        assert_eq!(app.letters().len(), 3);
    }

    async fn who_is_invited_can_be_made_site_admin_and_who_is_support_user_swaps(app) {
        app.tenant("pine").await;
        let mia = app.user("pine", "mia", Role::SupportUser).await;
        let noa = app.user("pine", "noa", Role::Member).await;
        let row = accounts::table.filter(accounts::id.eq(AnyId(noa.account)));
        let invited = accounts::status.eq(AccountStatus::Invited);
        behind(&app, move |conn| diesel::update(row).set(invited).execute(conn)).await;
        admin(&app, "make-site-admin", "mia").well();
        admin(&app, "make-site-admin", "noa").well();
        assert_eq!(is_now(&app, mia.account), "site_admin active");
        assert_eq!(is_now(&app, noa.account), "site_admin invited");
    }

    async fn a_site_admin_is_not_made_of_whom_it_cannot_be(app) {
        app.tenant("pine").await;
        app.tenant("oak").await;
        app.user("oak", "una", Role::Member).await;
        app.user("pine", "sara", Role::SiteAdmin).await;
        let off = app.user("pine", "off", Role::Member).await;
        app.switch_off(off.account).await;
        let before = app.rows();
        admin(&app, "make-site-admin", "sara").badly("site_admin.already");
        admin(&app, "make-site-admin", "off").badly("account.already_inactive");
        admin(&app, "make-site-admin", "una").badly("there is no user una in an organisation pine");
        admin_of(&app, "make-site-admin", ("elm", "una", "contract")).badly("there is no user una");
        assert_eq!(app.rows(), before);
        let wrong = admin_of(&app, "make-site-admin", ("oak", "una", "hearsay"));
        assert_eq!(wrong.code, 2);
        assert!(wrong.complained.contains("call_to_number_on_file"), "{}", wrong.complained);
    }

    async fn an_operator_makes_a_support_user_of_whom_all_criteria_are_met(app) {
        app.tenant("pine").await;
        let sara = app.user("pine", "sara", Role::SiteAdmin).await;
        let mia = fit(&app, "mia").await;
        let said = admin(&app, "make-support-user", "mia").well();
        let (criteria, done) = said.split_at(said.find("mia (").expect(&said));
        assert_eq!(criteria, "pass  tenure\npass  trained\npass  named_person\npass  unique_email\npass  active\n");
        assert!(done.starts_with("mia (U-000002) is a Support User of pine now."), "{done}");
        assert_eq!(is_now(&app, mia.account), "support_user active");
        assert_eq!(noted(&app, "support_user.make").await.len(), 1);
        assert_eq!(app.letters_of("own_access_changed", &mia.contact), 1);
        assert_eq!(app.letters_of("access_changed", &sara.contact), 1);
        assert_eq!(app.letters_of("access_changed", "office@pine.example"), 1);
        admin(&app, "make-support-user", "mia").badly("support_user.already");
    }

    async fn each_criterion_that_fails_is_named_and_nothing_changes(app) {
        app.tenant("pine").await;
        app.tenant("oak").await;
        let new = app.user("pine", "new", Role::Member).await;
        came(&app, &new, SignedDuration::from_hours(24)).await;
        let untrained = app.user("pine", "untrained", Role::Member).await;
        came(&app, &untrained, LONG).await;
        let sharer = fit(&app, "sharer").await;
        let parent = app.guardian(&sharer.contact.to_uppercase()).await;
        app.switch_off(parent.account).await; // who is not in use counts, too
        let sara = fit(&app, "sara").await;
        let off = fit(&app, "off").await;
        let row = accounts::table.filter(accounts::id.eq(AnyId(sara.account)));
        let role = accounts::role.eq(Role::SiteAdmin);
        behind(&app, move |conn| diesel::update(row).set(role).execute(conn)).await;
        app.switch_off(off.account).await;
        let before = app.rows();
        for (user, failed) in [
            ("new", &["tenure", "trained"][..]),
            ("untrained", &["trained"]),
            ("sharer", &["unique_email"]),
            ("sara", &["active"]),
            ("off", &["active"]),
        ] {
            let said = admin(&app, "make-support-user", user).badly("is met");
            let found: Vec<&str> = said
                .lines()
                .filter_map(|line| line.strip_prefix("fail  ")?.split(' ').next())
                .collect();
            assert_eq!(found, failed, "{said}");
            assert_eq!(said.lines().count(), 5, "{said}");
            let heals = said.contains("passes from");
            assert_eq!(heals, user == "new", "{said}");
        }
        assert_eq!(app.rows(), before);
        assert_eq!(is_now(&app, new.account), "member active");
        let denied = noted(&app, "support_user.make").await;
        assert!(denied.iter().all(|entry| entry["outcome"] == "denied"), "{denied:?}");
        assert_eq!(denied.len(), 5);
    }

    async fn a_parent_under_the_same_name_and_address_is_the_same_person(app) {
        app.tenant("pine").await;
        let mia = fit(&app, "mia").await;
        let parent = app.guardian(&mia.contact).await;
        admin(&app, "make-support-user", "mia").badly("is met");
        let row = accounts::table.filter(accounts::id.eq(AnyId(parent.account)));
        let name = accounts::name.eq(PersonName::parse("Mia Lund").unwrap());
        behind(&app, move |conn| diesel::update(row).set(name).execute(conn)).await;
        admin(&app, "make-support-user", "mia").well();
    }

    async fn time_spent_switched_off_does_not_count_towards_tenure(app) {
        app.tenant("pine").await;
        let mia = fit(&app, "mia").await;
        let row = accounts::table.filter(accounts::id.eq(AnyId(mia.account)));
        let away = SignedDuration::from_hours(30 * 24).as_micros();
        let away = accounts::inactive_for.eq(i64::try_from(away).unwrap());
        behind(&app, move |conn| diesel::update(row).set(away).execute(conn)).await;
        let said = admin(&app, "make-support-user", "mia").badly("is met");
        assert!(said.starts_with("fail  tenure "), "{said}");
    }
}
