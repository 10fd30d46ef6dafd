//! The demo: a SQLite file with a platform admin and a few organisations, for this machine only.
//!
//! Everything is made as people would make it, through the use cases. Its password and its second
//! factor are known to everybody, so it has a database of its own and never opens another.

mod articles;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use caredesk_core::domain::account::{AccountStatus, Claimed, Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::owner::OwnerDetails;
use caredesk_core::domain::tenant::{
    Contact, ContactPoints, NewTenant, TenantKind, TenantSettings,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::NewUser;
use caredesk_core::domain::{
    EmailAddress, Line, Paragraph, PersonName, PhoneNumber, SignInName, Slug, TenantName,
    TextError, UserName,
};
use jiff::SignedDuration;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::config::{LogFormat, Settings};
use crate::guard::{Refusal, second_factor};
use crate::service::desk_accounts::NewStaff;
use crate::service::{Ask, House, tenants};
use crate::startup::{self, Failure, Running};
use crate::store::db::Engine;
use crate::store::{self, Origin, StoreError};
use crate::vault::{Clock, Entropy};

/// The demo's database; its key, its checkpoints and its mail lie beside it.
const FILE: &str = "var/demo.db";
/// Whom to sign in as.
const EMAIL: &str = "ada@caredesk.example";
/// With which password.
const PASSWORD: &str = "otter-velvet-93-kayak";
/// What the second factor is drawn from: the same one every time, so that an authenticator app that
/// was set up once stays right.
const SEED: u64 = 20_261_121;

/// The short name of the first organisation.
const FIRST: &str = "pine-lodge";
/// The organisations: slug, name, kind, owner, whether they say what to do without access.
const TENANTS: [(&str, &str, TenantKind, &str, bool); 5] = [
    (FIRST, "Pine Lodge Summer Camp", TenantKind::Camp, "Rosa Delgado", true),
    ("harbor-pediatrics", "Harbor Pediatrics", TenantKind::Practice, "Nguyễn Thị Minh", true),
    ("little-acorns", "Little Acorns Child Care", TenantKind::ChildCareAgency, "Sam Okafor", false),
    ("riverside-school", "Riverside School", TenantKind::School, "Ingrid Sørensen", true),
    ("old-mill-camp", "Old Mill Day Camp", TenantKind::Camp, "Tom Whitaker", true),
];
/// The user name of every organisation's first Site Admin; the links are in the mail folder.
const SITE_ADMIN: &str = "bo.lind";
/// The one that is suspended, so that there is one to resume.
const SUSPENDED: &str = "old-mill-camp";

/// Runs the demo until a signal ends it.
///
/// # Errors
/// One line: PostgreSQL or another address than loopback is configured, or the port is taken.
pub async fn run(settings: Settings, port: u16) -> Result<(), Failure> {
    let settings = own(settings, port)?;
    startup::log(&settings)?;
    // Before anything is made: the port says whether another demo runs.
    let listener = startup::bind(settings.web.listen).map_err(|failure| {
        Failure(format!("{failure} (`caredesk demo --port {}`)", port.saturating_add(1)))
    })?;
    startup::migrate_database(&settings).await?;
    let house = startup::open_house(&settings).await?;
    furnish(&house).await?;
    // Metrics are a convenience here: another Prometheus on the port is no reason to fail.
    let metrics = startup::bind_metrics(&settings).unwrap_or_else(|failure| {
        tracing::warn!(%failure, "no metrics are shown");
        None
    });
    let shows_metrics = metrics.is_some();
    let now = house.clock.now();
    let running = Running { jobs: true, listener, metrics };
    startup::run(house, &settings, running, |_| welcome(&settings, now, shows_metrics)).await
}

/// The code that the demo's second factor shows now.
pub fn code() -> String {
    code_at(Clock::system().now())
}

/// The code of a moment.
fn code_at(moment: Moment) -> String {
    second_factor::code_at(&secret(), moment)
}

/// The shared secret of the demo's second factor: the first that its source of randomness gives.
fn secret() -> Zeroizing<[u8; 20]> {
    second_factor::new_secret(&Entropy::seeded(SEED))
}

/// The settings with everything of the demo's own in place.
fn own(mut settings: Settings, port: u16) -> Result<Settings, Failure> {
    if settings.engine() == Engine::Postgres {
        let says = "the demo has a database of its own and refuses PostgreSQL: unset DATABASE_URL";
        return Err(Failure(says.to_owned()));
    }
    if !settings.web.listen.ip().is_loopback() {
        let says = "the demo's password is known to everybody, so it listens to loopback only: unset \
                    `listen`";
        return Err(Failure(says.to_owned()));
    }
    if settings.watch.metrics_listen.is_some_and(|address| !address.ip().is_loopback()) {
        settings.watch.metrics_listen = None;
    }
    // Not even a SQLite file that is configured, and not its keys: nobody's data gets a known password.
    settings.database.url = FILE.into();
    settings.keys.root = None;
    settings.keys.root_file = None;
    settings.keys.old = Vec::new();
    settings.jobs.checkpoint_dir = PathBuf::from(FILE).with_extension("checkpoints");
    settings.web.listen = (Ipv4Addr::LOCALHOST, port).into();
    settings.web.public_url = format!("http://127.0.0.1:{port}");
    // Nobody gets mail from a demo, and its links lead to its own pages.
    settings.mail.smtp_url = None;
    settings.mail.folder = PathBuf::from(FILE).with_extension("mail");
    settings.mail.lead_to(&settings.web.public_url)?;
    settings.watch.log_format = LogFormat::Text;
    Ok(settings)
}

/// Makes the admin and the organisations, if the database is new.
async fn furnish(house: &House) -> Result<(), Failure> {
    let email = text(EmailAddress::parse(EMAIL))?;
    let mine = Claimed::Staff(text(SignInName::parse(EMAIL))?);
    let first = text(Slug::parse(FIRST))?;
    let (known, is_furnished) = house
        .db
        .read::<_, StoreError, _>(move |conn| {
            let known = store::accounts::claimed(conn, &mine)?;
            Ok((known, store::tenants::id_of(conn, &first)?.is_some()))
        })
        .await?;
    match known.map(|facts| facts.account) {
        Some(admin) if admin.status == AccountStatus::Active && admin.has_second_factor => Ok(()),
        // Half made by an earlier start, or its admin was given another address or switched off since.
        known if known.is_some() || is_furnished => {
            let says = format!("{FILE} has no {EMAIL} to sign in as; delete it and start again");
            Err(Failure(says))
        }
        _ => {
            let admin = sign_up(house, email).await?;
            open_tenants(house, &admin).await?;
            articles::publish(house).await?;
            Ok(house.end_own_session(&admin).await?)
        }
    }
}

/// An ask from this machine.
fn ask(actor: Actor) -> Ask {
    let address = Some(Ipv4Addr::LOCALHOST.to_string());
    Ask::of(actor, Origin { request: "cli:demo".to_owned(), address })
}

/// Creates the admin, redeems the link, enrols the second factor; gives the session.
async fn sign_up(house: &House, email: EmailAddress) -> Result<Ask, Failure> {
    let name = text(PersonName::parse("Ada Lindqvist"))?;
    let (role, locale) = (Role::PlatformAdmin, Locale::English);
    let new = NewStaff { role, name, email, locale };
    let (_, link) = house.create_desk_account(&startup::operator("demo"), new).await?;
    let password = SecretString::from(PASSWORD);
    let tokens = house.redeem_enrolment(&ask(Actor::Public), link.expose(), password, None).await?;
    let session = ask(Actor::Person(tokens.session.person));
    // The only thing that is not drawn at random: see [`SEED`].
    let mut seeded = house.clone();
    seeded.entropy = Entropy::seeded(SEED);
    let enrolment = seeded.begin_second_factor(&session).await?;
    if enrolment.secret != second_factor::base32(&secret()) {
        return Err(Failure("the demo's second factor is not the one it prints".to_owned()));
    }
    // With the code of the step before, so that the one that is printed is still good to sign in with.
    let before = house.clock.now().plus(-SignedDuration::from_secs(30));
    let (proven, _) = house.confirm_second_factor(&session, &code_at(before)).await?;
    Ok(ask(Actor::Person(proven.session.person)))
}

/// Creates the organisations, and suspends one.
async fn open_tenants(house: &House, admin: &Ask) -> Result<(), Failure> {
    let new = TENANTS.map(new_tenant).into_iter().collect::<Result<Vec<_>, _>>();
    let (new, reason) = (text(new)?, text(Line::parse("Closed for the season"))?);
    house
        .transact(admin, move |tx, who| {
            for tenant in &new {
                let made = tenants::create(tx, who, tenant)?;
                if made.slug.as_str() == SUSPENDED {
                    tenants::suspend(tx, who, (made.id, Some(made.version)), &reason)?;
                }
            }
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(())
}

/// An organisation out of its row.
fn new_tenant(
    (slug, name, kind, owner, has_procedure): (&str, &str, TenantKind, &str, bool),
) -> Result<NewTenant, TextError> {
    let address = |who: &str| EmailAddress::parse(&format!("{who}@{slug}.example"));
    let procedure = "Call the office; the director signs in for the family.";
    let contact = Contact {
        label: Line::parse("Front office")?,
        email: Some(address("office")?),
        phone: Some(PhoneNumber::parse("+15550100200")?),
    };
    let owner = OwnerDetails {
        name: PersonName::parse(owner)?,
        email: address("owner")?,
        phone: Some(PhoneNumber::parse("+15550100201")?),
    };
    Ok(NewTenant {
        slug: Slug::parse(slug)?,
        name: TenantName::parse(name)?,
        kind,
        points: ContactPoints {
            notification_address: address("notices")?,
            contacts: vec![contact],
        },
        hours: Vec::new(),
        settings: TenantSettings {
            no_access_procedure: has_procedure.then(|| Paragraph::parse(procedure)).transpose()?,
            ..TenantSettings::default()
        },
        owners: vec![owner],
        site_admin: Some(NewUser {
            user_name: UserName::parse(SITE_ADMIN)?,
            first_name: PersonName::parse("Bo")?,
            last_name: PersonName::parse("Lind")?,
            email: address(SITE_ADMIN)?,
            phone: None,
            locale: None,
        }),
    })
}

/// A text of the demo that breaks its own limits; a test would show it first.
fn text<T>(parsed: Result<T, TextError>) -> Result<T, Failure> {
    parsed.map_err(|error| Failure::of("a text of the demo", error))
}

/// Says how to get in.
fn welcome(settings: &Settings, now: Moment, shows_metrics: bool) {
    let url = &settings.web.public_url;
    let metrics = settings.watch.metrics_listen.filter(|_| shows_metrics);
    let metrics = metrics.map(|address| format!("  Metrics        http://{address}/metrics\n"));
    let says = format!(
        "\ncaredesk demo: {FILE}, this machine only, Ctrl-C ends it.\n\n\
         \x20 API            {url}\n\
         \x20 Swagger UI     {url}/docs\n\
         \x20 Mail           {}/ (a file a message)\n{}\n\
         \x20 Realm          desk\n\
         \x20 Email          {EMAIL}\n\
         \x20 Password       {PASSWORD}\n\
         \x20 Second factor  {}\n\
         \x20 Code now       {}   (a new one: `caredesk demo code`)\n\
         \x20 For an app     {}\n\n\
         \x20 Site Admins    realm tenant, tenant {FIRST} and others, name {SITE_ADMIN}: the links\n\
         \x20                that set their passwords are in the mail, for 72 hours\n\n",
        settings.mail.folder.display(),
        metrics.unwrap_or_default(),
        second_factor::base32(&secret()),
        code_at(now),
        second_factor::otpauth_uri(&secret(), "caredesk demo", EMAIL),
    );
    startup::print(&says);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn with(pairs: &[(&str, &str)]) -> Result<Settings, Failure> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        own(Settings::load(None, &pairs.collect::<Environment>()).unwrap(), 8080)
    }

    #[test]
    fn the_demo_never_opens_a_configured_database_or_key() {
        let settings =
            with(&[("DATABASE_URL", "/srv/desk.db"), ("CAREDESK_ROOT_KEY", "x")]).unwrap();
        assert_eq!(startup::sqlite_path(&settings), Some(PathBuf::from(FILE)));
        assert!(settings.keys.root.is_none());
        let server = ("CAREDESK_SMTP_URL", "smtps://mail.example");
        let mail = with(&[server, ("CAREDESK_MAIL_FROM", "desk@vendor.example")]).unwrap().mail;
        assert!(mail.smtp_url.is_none());
        assert_eq!(mail.folder, PathBuf::from("var/demo.mail"));
        assert_eq!(mail.link_enrolment.fill("x"), "http://127.0.0.1:8080/enrol#x");
    }

    #[test]
    fn the_demo_refuses_postgresql_and_other_addresses() {
        assert!(with(&[("DATABASE_URL", "postgres://localhost/desk")]).is_err());
        assert!(with(&[("CAREDESK_LISTEN", "0.0.0.0:8080")]).is_err());
        assert!(with(&[("CAREDESK_LISTEN", "[::1]:8080")]).is_ok());
    }

    #[test]
    fn its_texts_keep_their_limits_and_its_password_is_good_enough() {
        assert!(TENANTS.map(new_tenant).iter().all(Result::is_ok));
        let words = ["Ada Lindqvist", EMAIL];
        assert_eq!(crate::guard::passwords::check(PASSWORD, &words), Ok(()));
    }
}
