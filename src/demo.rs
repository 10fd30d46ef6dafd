//! The demo: a SQLite file with the desk's staff, a few organisations and the families of one, for this
//! machine only.
//!
//! Everything is made as people would make it, through the use cases. Its passwords and its second
//! factors are known to everybody, so it has a database of its own and never opens another.

mod articles;
mod office;
mod organisations;
mod people;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use caredesk_core::domain::account::{AccountStatus, Locale};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, Slug, TextError};
use secrecy::ExposeSecret;

use self::organisations::{FIRST, SITE_ADMIN};
use self::people::EMAIL;
pub use self::people::Whose;
use crate::config::{Attachments, LogFormat, Settings};
use crate::service::desk_accounts::NewStaff;
use crate::service::{Ask, House};
use crate::startup::{self, Failure, Running};
use crate::store::accounts::SignInFacts;
use crate::store::db::Engine;
use crate::store::{self, Origin, StoreError, StoreResult};
use crate::vault::Clock;

/// The demo's database; its key, its checkpoints and its mail lie beside it.
const FILE: &str = "var/demo.db";

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

/// The code that a second factor shows now.
pub fn code(whose: Whose) -> String {
    whose.code_at(Clock::system().now())
}

/// The settings with everything of the demo's own in place.
fn own(mut settings: Settings, port: u16) -> Result<Settings, Failure> {
    if settings.engine() == Engine::Postgres {
        let says = "the demo has a database of its own and refuses PostgreSQL: unset DATABASE_URL";
        return Err(Failure(says.to_owned()));
    }
    if !settings.web.listen.ip().is_loopback() {
        let says = "the demo's passwords are known to everybody, so it listens to loopback only: unset \
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
    settings.attachments = Attachments::Folder(PathBuf::from(FILE).with_extension("attachments"));
    settings.web.listen = (Ipv4Addr::LOCALHOST, port).into();
    settings.web.public_url = format!("http://127.0.0.1:{port}");
    // Nobody gets mail from a demo, and its links lead to its own pages.
    settings.mail.smtp_url = None;
    settings.mail.folder = PathBuf::from(FILE).with_extension("mail");
    settings.mail.lead_to(&settings.web.public_url)?;
    settings.watch.log_format = LogFormat::Text;
    Ok(settings)
}

/// Makes everybody and everything, if the database is new.
async fn furnish(house: &House) -> Result<(), Failure> {
    let first = text(Slug::parse(FIRST))?;
    let known = text(Whose::ALL.map(Whose::claimed).into_iter().collect::<Result<Vec<_>, _>>())?;
    let (known, is_furnished) = house
        .db
        .read::<_, StoreError, _>(move |conn| {
            let known = known.iter().map(|whose| store::accounts::claimed(conn, whose));
            let known = known.collect::<StoreResult<Vec<Option<SignInFacts>>>>()?;
            Ok((known, store::tenants::id_of(conn, &first)?.is_some()))
        })
        .await?;
    let is_ready = |facts: &SignInFacts| {
        facts.account.status == AccountStatus::Active && facts.account.has_second_factor
    };
    if known.iter().all(|facts| facts.as_ref().is_some_and(is_ready)) {
        return Ok(());
    }
    // Half made by an earlier start, or somebody was given another name or switched off since.
    if is_furnished || known.iter().any(Option::is_some) {
        let says = "lacks somebody who can sign in; delete it and start again";
        return Err(Failure(format!("{FILE} {says}")));
    }
    let admin = hire(house, Whose::Ada).await?;
    let link = organisations::open(house, &admin).await?;
    let site_admin = Whose::Bo.sign_up(house, link.expose_secret()).await?;
    office::furnish(house, &site_admin).await?;
    articles::publish(house).await?;
    let mut sessions = vec![admin, site_admin];
    for agent in Whose::AGENTS {
        sessions.push(hire(house, agent).await?);
    }
    for session in &sessions {
        house.end_own_session(session).await?;
    }
    Ok(())
}

/// An ask from this machine.
fn ask(actor: Actor) -> Ask {
    let address = Some(Ipv4Addr::LOCALHOST.to_string());
    Ask::of(actor, Origin { request: "cli:demo".to_owned(), address })
}

/// Creates one of the staff, who signs up; gives the session.
async fn hire(house: &House, whose: Whose) -> Result<Ask, Failure> {
    let post = whose.post().ok_or_else(|| Failure(format!("{} is no staff", whose.name())))?;
    let ((role, name), locale) = (post, Locale::English);
    let (name, email) = (PersonName::parse(name), EmailAddress::parse(whose.name()));
    let new = NewStaff { role, name: text(name)?, email: text(email)?, locale };
    let (_, link) = house.create_desk_account(&startup::operator("demo"), new).await?;
    whose.sign_up(house, link.expose()).await
}

/// A text of the demo that breaks its own limits; a test would show it first.
fn text<T>(parsed: Result<T, TextError>) -> Result<T, Failure> {
    parsed.map_err(|error| Failure::of("a text of the demo", error))
}

/// Says how to get in.
fn welcome(settings: &Settings, now: Moment, shows_metrics: bool) {
    startup::print(&greeting(settings, now, shows_metrics));
}

/// What [`welcome`] says.
fn greeting(settings: &Settings, now: Moment, shows_metrics: bool) -> String {
    let url = &settings.web.public_url;
    let metrics = settings.watch.metrics_listen.filter(|_| shows_metrics);
    let metrics = metrics.map(|address| format!("  Metrics        http://{address}/metrics\n"));
    format!(
        "\ncaredesk demo: {FILE}, this machine only, Ctrl-C ends it.\n\n\
         \x20 API            {url}\n\
         \x20 Swagger UI     {url}/docs\n\
         \x20 Mail           {mail}/ (a file a message)\n{metrics}\n\
         \x20 Realm          desk\n\
         \x20 Email          {EMAIL}\n{ada}\n\
         \x20 Realm          tenant\n\
         \x20 Tenant         {FIRST}\n\
         \x20 User name      {SITE_ADMIN}\n{bo}\n\
         {agents}\
         \x20 Families       each one's link and code are in the mail; {url}/join takes the code\n\
         \x20 Other tenants  {SITE_ADMIN} there, too: the links that set the passwords are in the mail,\n\
         \x20                for 72 hours\n\n",
        mail = settings.mail.folder.display(),
        metrics = metrics.unwrap_or_default(),
        ada = Whose::Ada.shown(now),
        bo = Whose::Bo.shown(now),
        agents = Whose::AGENTS.map(|whose| agent(whose, now)).concat(),
    )
}

/// How one of the agents gets in.
fn agent(whose: Whose, now: Moment) -> String {
    let role = whose.post().map_or("", |(role, _)| role.as_str());
    let shown = whose.shown(now);
    format!(
        "\x20 Realm          desk ({role})\n\
         \x20 Email          {email}\n{shown}\n",
        email = whose.name(),
    )
}

#[cfg(test)]
mod tests {
    use caredesk_core::domain::notification::{MessageKind, Method};

    use super::*;
    use crate::config::Environment;
    use crate::service::sign_in::Credentials;
    use crate::store::Tx;
    use crate::vault::Entropy;

    /// A folder that is gone again with its test.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = u64::from_be_bytes(Entropy::system().bytes());
            Self(std::env::temp_dir().join(format!("caredesk-demo-{name:x}")))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    /// A house of its own in a folder, as cheap as it may be.
    async fn house_in(folder: &Folder) -> House {
        let cheap = [("CAREDESK_HASH_MEMORY_KIB", "19456"), ("CAREDESK_HASH_PASSES", "2")];
        let mut settings = with(&cheap).unwrap();
        settings.database.url = folder.0.join("demo.db").display().to_string().into();
        startup::migrate_database(&settings).await.unwrap();
        startup::open_house(&settings).await.unwrap()
    }

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

    #[tokio::test]
    async fn whoever_is_printed_can_sign_in_also_after_a_second_start() {
        let folder = Folder::new();
        let house = house_in(&folder).await;
        furnish(&house).await.unwrap();
        furnish(&house).await.unwrap();
        for whose in Whose::ALL {
            let claimed = whose.claimed().unwrap();
            let with = Credentials { claimed, password: whose.password().into(), user_agent: None };
            let tokens = house.sign_in(&ask(Actor::Public), with).await.unwrap();
            let session = ask(Actor::Person(tokens.session.person));
            let code = whose.code_at(house.clock.now());
            house.verify_second_factor(&session, &code).await.unwrap();
        }
    }

    #[tokio::test]
    async fn families_are_invited_by_mail_and_by_text_message() {
        let folder = Folder::new();
        let house = house_in(&folder).await;
        furnish(&house).await.unwrap();
        // Nothing goes to the family that has withdrawn.
        for (method, families) in [(Method::Email, 4), (Method::Sms, 1)] {
            let read =
                move |tx: &mut Tx<'_>, _: &Actor| store::notifications::due(tx, 100, &[method]);
            let due = house.transact(&ask(Actor::System), read).await.unwrap();
            let invited = due.iter().filter(|message| message.kind == MessageKind::Invitation);
            assert_eq!(invited.count(), families, "{method}");
        }
    }

    #[test]
    fn it_says_how_each_of_them_gets_in() {
        let settings = with(&[]).unwrap();
        let says = greeting(&settings, Moment::from_micros(0), false);
        for line in [
            "\n  Email          ada@caredesk.example\n  Password       otter-",
            "\n  Tenant         pine-lodge\n  User name      bo.lind\n  Password       walnut-",
            "`caredesk demo code bo`",
            "\n  Realm          desk (tier1)\n  Email          cora@caredesk.example\n  Password       copper-",
            "\n  Realm          desk (tier2)\n  Email          dario@caredesk.example\n  Password       maple-",
            "\n  Realm          desk (developer)\n  Email          edda@caredesk.example\n  Password       quartz-",
            "http://127.0.0.1:8080/join",
        ] {
            assert!(says.contains(line), "{line}: {says}");
        }
    }
}
