//! What the settings promise.

use super::*;
use crate::config::table::find;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn with(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    Settings::load(None, &environment(pairs))
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    with(pairs).unwrap_err().to_string()
}

/// A file that is gone again with its test.
struct File(PathBuf);

impl File {
    fn of(text: &str) -> Self {
        let name: [u8; 8] = crate::vault::Entropy::system().bytes();
        let path = std::env::temp_dir().join(format!("caredesk-settings-{name:x?}.toml"));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn load(&self) -> Result<Settings, ConfigError> {
        Settings::load(Some(&self.0), &Environment::new())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn nothing_need_be_set() {
    let settings = with(&[]).unwrap();
    assert_eq!(settings.database.url.expose_secret(), "var/caredesk.db");
    assert_eq!(settings.web.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database.role, None);
    assert!(settings.keys.root.is_none() && settings.keys.root_file.is_none());
}

#[test]
fn every_row_of_the_table_is_read_and_every_field_has_a_row() {
    // With a value for every row, nothing may be left over, and nothing may be missing.
    let sample = |row: &Row| match (row.fallback, row.kind) {
        (Fallback::Is(text), _) => text.to_owned(),
        (_, Kind::Number(least, _)) => least.to_string(),
        _ if row.name == "inbound_mail_secret" => "a secret of 32 characters and some".to_owned(),
        _ if ["mail_from", "inbound_mail_address"].contains(&row.name) => {
            "desk@vendor.example".to_owned()
        }
        // Files that need not be there.
        _ if ["desk_contact", "desk_policy", "desk_hours", "browser_policy"]
            .contains(&row.name) =>
        {
            String::new()
        }
        _ if row.name == "sms_callback_url" => "https://desk.example".to_owned(),
        _ if row.name == "attachments_url" => "s3://desk/files".to_owned(),
        _ if row.name == "attachments_s3_endpoint" => "https://files.example".to_owned(),
        _ if row.name.starts_with("link_") => "https://desk.example/#{secret}".to_owned(),
        _ => "text".to_owned(),
    };
    let all = TABLE.iter().map(|row| (row.variable().into(), sample(row).into())).collect();
    let mut values = Values::load(None, &all).unwrap();
    Settings::of(&mut values).unwrap();
    // The one that is asked for where the URLs are judged, and not kept.
    assert_eq!(values.left(), ["database_private_network"]);
}

#[test]
fn names_are_unique_and_well_formed() {
    for (at, row) in TABLE.iter().enumerate() {
        assert!(!TABLE[..at].iter().any(|other| other.name == row.name), "{}", row.name);
        assert!(
            row.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{}",
            row.name
        );
        assert!(row.says.ends_with('.') && !row.says.contains(['|', '\n']), "{}", row.name);
    }
}

#[test]
fn an_unknown_setting_is_refused_in_the_file_and_in_the_environment() {
    let file = File::of("lisen = \"127.0.0.1:1\"\n");
    assert!(file.load().unwrap_err().to_string().contains("`lisen`, which is no setting"));
    let nested = File::of("[web]\nlisten = \"127.0.0.1:1\"\n");
    assert!(nested.load().unwrap_err().to_string().contains("`web`, which is no setting"));
    assert!(refusal(&[("CAREDESK_LISEN", "x")]).contains("`CAREDESK_LISEN`, which is no setting"));
    assert!(refusal(&[("CAREDESK_listen", "x")]).contains("which is no setting"));
    assert!(with(&[("CAREDESK_CONFIG", "x"), ("PATH", "/bin")]).is_ok());
}

#[test]
fn the_environment_wins_over_the_file_and_our_names_over_bare_ones() {
    let file = File::of("listen = \"127.0.0.1:1\"\nworkers = 3\n");
    let found = Settings::load(Some(&file.0), &environment(&[("CAREDESK_LISTEN", "127.0.0.1:2")]));
    let found = found.unwrap();
    assert_eq!((found.web.listen.port(), found.web.workers), (2, 3));
    let url = |pairs| with(pairs).unwrap().database.url.expose_secret().to_owned();
    assert_eq!(url(&[("DATABASE_URL", "a.db")]), "a.db");
    assert_eq!(url(&[("DATABASE_URL", "a.db"), ("CAREDESK_DATABASE_URL", "b.db")]), "b.db");
}

#[test]
fn a_value_that_does_not_fit_is_refused_and_not_shown() {
    for (name, value) in [
        ("CAREDESK_LISTEN", "localhost"),
        ("CAREDESK_HASH_MEMORY_KIB", "1024"),
        ("CAREDESK_DATABASE_QUEUE", "0"),
        ("CAREDESK_WORKERS", "many"),
        ("CAREDESK_RUN_WORKER", "yes"),
        ("CAREDESK_LOG_FORMAT", "xml"),
        ("CAREDESK_TRUSTED_PROXIES", "10.0.0.0/8,nowhere"),
        ("CAREDESK_CORS_ORIGINS", "*"),
        ("CAREDESK_PUBLIC_URL", "desk.example"),
        ("CAREDESK_MAIL_DIR", ""),
        ("CAREDESK_SMS_CALLBACK_URL", "desk.example"),
        ("CAREDESK_SMS_HOURS", "21:00-08:00"),
        ("CAREDESK_SMS_PER_SECOND", "0"),
        ("CAREDESK_MAIL_FROM", "desk"),
        ("CAREDESK_MAIL_FROM", "Desk <desk@>"),
        ("CAREDESK_LINK_ENROLMENT", "https://desk.example/enrol"),
        ("CAREDESK_LINK_PASSWORD_RESET", "https://desk.example/?reset={secret}"),
        ("CAREDESK_DATABASE_URL", ""),
        ("CAREDESK_DATABASE_URL", "mysql://h/d"),
        ("CAREDESK_DATABASE_URL", ":memory:"),
    ] {
        let refusal = refusal(&[(name, value)]);
        assert!(refusal.starts_with(name), "{refusal}");
        assert!(value.is_empty() || !refusal.contains(&format!("`{value}`")), "{refusal}");
    }
}

#[test]
fn a_broken_file_is_named_with_its_line_and_shows_no_secret() {
    let file = File::of("listen = \"127.0.0.1:1\"\nroot_key = \"hunter2\nworkers = 1\n");
    let refusal = file.load().unwrap_err().to_string();
    assert!(refusal.contains("line 2") && !refusal.contains("hunter2"), "{refusal}");
    let refusal = File::of("root_key = 4711\n").load().unwrap_err().to_string();
    assert!(refusal.contains("root_key") && !refusal.contains("4711"), "{refusal}");
}

#[test]
fn secrets_do_not_show() {
    let secrets = [
        ("DATABASE_URL", "postgres://app:hunter1@localhost/desk"),
        ("DATABASE_MIGRATION_URL", "postgres://owner:hunter2@localhost/desk"),
        ("CAREDESK_ROOT_KEY", "hunter3"),
        ("CAREDESK_ROOT_KEYS_OLD", "hunter4,hunter5"),
        ("CAREDESK_SMTP_URL", "smtps://desk:hunter6@mail.example"),
        ("CAREDESK_MAIL_FROM", "desk@vendor.example"),
    ];
    let settings = with(&secrets).unwrap();
    assert!(!format!("{settings:?}").contains("hunter"), "{settings:?}");
    assert_eq!(settings.keys.old.len(), 2);
    assert_eq!(settings.database.role.as_deref(), Some("caredesk_app"));
}

#[test]
fn clear_text_over_a_network_is_refused_for_both_urls() {
    for name in ["DATABASE_URL", "DATABASE_MIGRATION_URL"] {
        let url = (name, "postgres://app@db/desk");
        assert!(refusal(&[url]).contains("another machine"), "{name}");
        assert!(with(&[url, ("CAREDESK_DATABASE_PRIVATE_NETWORK", "true")]).is_ok());
    }
}

#[test]
fn one_root_key_in_one_place() {
    let both = [("CAREDESK_ROOT_KEY", "a"), ("CAREDESK_ROOT_KEY_FILE", "b")];
    assert!(refusal(&both).contains("both set"));
    assert!(with(&[("CAREDESK_ROOT_KEY", ""), ("CAREDESK_ROOT_KEY_FILE", "b")]).is_ok());
}

#[test]
fn an_empty_address_turns_the_metrics_off() {
    assert!(with(&[("CAREDESK_METRICS_LISTEN", "")]).unwrap().watch.metrics_listen.is_none());
}

#[test]
fn the_printed_example_is_what_holds_without_it() {
    let is_setting = |line: &&str| {
        line.strip_prefix('#').and_then(|line| line.split(' ').next()).is_some_and(|name| {
            find(name).is_some_and(|row| matches!(row.fallback, Fallback::Is(_)))
        })
    };
    let example = example();
    let lines: Vec<&str> = example.lines().filter(is_setting).map(|line| &line[1..]).collect();
    assert!(lines.len() > 20);
    let read = File::of(&lines.join("\n")).load().unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", with(&[]).unwrap()));
    assert!(TABLE.iter().all(|row| example.contains(&format!("\n#{} = ", row.name))));
    assert!(TABLE.iter().all(|row| markdown().contains(&format!("| `{}` |", row.name))));
}

#[test]
fn links_lead_to_our_own_pages_unless_there_is_a_frontend() {
    let mail = with(&[("CAREDESK_PUBLIC_URL", "https://desk.example/")]).unwrap().mail;
    assert_eq!(mail.link_enrolment.fill("x"), "https://desk.example/enrol#x");
    assert_eq!(mail.link_password_reset.fill("x"), "https://desk.example/reset#x");
    let own = ("CAREDESK_LINK_ENROLMENT", "https://app.example/join?a=b#/{secret}");
    assert_eq!(
        with(&[own]).unwrap().mail.link_enrolment.fill("x"),
        "https://app.example/join?a=b#/x"
    );
}

#[test]
fn a_mail_server_needs_an_address_that_mail_comes_from() {
    assert_eq!(with(&[]).unwrap().mail.from.to_string(), "caredesk <no-reply@localhost>");
    let server = ("CAREDESK_SMTP_URL", "smtps://mail.example");
    assert!(refusal(&[server]).contains("`mail_from`"));
    let from = ("CAREDESK_MAIL_FROM", "Atención <desk@vendor.example>");
    let mail = with(&[server, from]).unwrap().mail;
    assert_eq!(mail.from.email.to_string(), "desk@vendor.example");
    assert_eq!(mail.from.name.as_deref(), Some("Atención"));
    assert!(mail.smtp_url.is_some());
}

#[test]
fn the_desk_keeps_the_hours_that_it_tells_everybody() {
    let zone = ("America/New_York", "Europe/Madrid");
    let contact = include_str!("../../policy/contact.toml").replace(zone.0, zone.1);
    let hours = include_str!("../../policy/hours.toml");
    let (contact, other) = (File::of(&contact), File::of(hours));
    let same = File::of(&hours.replace(zone.0, zone.1));
    let told = ("CAREDESK_DESK_CONTACT", contact.0.to_str().unwrap());
    let own = |file: &File| with(&[told, ("CAREDESK_DESK_HOURS", file.0.to_str().unwrap())]);
    // Half past eight in Madrid.
    let at = "2026-11-23T07:30:00Z".parse().unwrap();
    for settings in [with(&[told]), own(&same)] {
        assert!(settings.unwrap().rules.hours.calendar().is_open(at));
    }
    assert!(!with(&[]).unwrap().rules.hours.calendar().is_open(at));
    let refusal = own(&other).unwrap_err().to_string();
    assert!(refusal.contains("`desk_hours`") && refusal.contains("`desk_contact`"), "{refusal}");
    let refusal = own(&File::of("\ntime_zone = 1")).unwrap_err().to_string();
    assert!(refusal.contains("line 2: "), "{refusal}");
}

#[test]
fn files_are_kept_in_a_folder_beside_the_database_or_in_a_bucket() {
    let folder = |pairs: &[(&str, &str)]| match with(pairs).unwrap().attachments {
        Attachments::Folder(folder) => folder,
        Attachments::Bucket(bucket) => panic!("{bucket:?}"),
    };
    assert_eq!(folder(&[]), PathBuf::from("var/attachments"));
    assert_eq!(
        folder(&[("DATABASE_URL", "/srv/desk/a.db")]),
        PathBuf::from("/srv/desk/attachments")
    );
    assert_eq!(folder(&[("DATABASE_URL", "postgres:///desk")]), PathBuf::from("var/attachments"));
    assert_eq!(
        folder(&[("CAREDESK_ATTACHMENTS_URL", "file:///srv/files")]),
        PathBuf::from("/srv/files")
    );
    let bucket = |endpoint: &str| {
        with(&[
            ("CAREDESK_ATTACHMENTS_URL", "s3://desk/files/"),
            ("CAREDESK_ATTACHMENTS_S3_KEY_ID", "AKID"),
            ("CAREDESK_ATTACHMENTS_S3_SECRET", "zq9secret"),
            ("CAREDESK_ATTACHMENTS_S3_ENDPOINT", endpoint),
        ])
    };
    let Attachments::Bucket(found) = bucket("").unwrap().attachments else { panic!("a bucket") };
    assert_eq!((found.name.as_str(), found.prefix.as_str()), ("desk", "files"));
    assert_eq!(found.endpoint, "https://s3.us-east-1.amazonaws.com");
    assert!(!format!("{found:?}").contains("zq9secret"));
    assert!(bucket("http://127.0.0.1:9000").is_ok() && bucket("http://[::1]:9000").is_ok());
    let refused = bucket("http://files.example").unwrap_err().to_string();
    assert!(refused.contains("not https://"), "{refused}");
    for url in ["s3://", "s3://a b", "s3://desk/../x", "files", "file:", "https://files.example"] {
        let refused = refusal(&[("CAREDESK_ATTACHMENTS_URL", url)]);
        assert!(refused.contains("CAREDESK_ATTACHMENTS_URL"), "{url}: {refused}");
    }
    let refused = refusal(&[("CAREDESK_ATTACHMENTS_URL", "s3://desk")]);
    assert!(refused.contains("attachments_s3_secret"), "{refused}");
}

#[test]
fn answers_by_email_need_an_address_and_a_long_secret() {
    assert!(with(&[]).unwrap().mail.inbound.is_none());
    let secret = ("CAREDESK_INBOUND_MAIL_SECRET", "hunter2hunter2hunter2hunter2hunter2");
    let address = ("CAREDESK_INBOUND_MAIL_ADDRESS", "answers@vendor.example");
    assert!(refusal(&[secret]).contains("`inbound_mail_address`"));
    let short = refusal(&[("CAREDESK_INBOUND_MAIL_SECRET", "hunter2"), address]);
    assert!(short.contains("32 characters") && !short.contains("hunter2"), "{short}");
    let settings = with(&[secret, address]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let inbound = settings.mail.inbound.unwrap();
    assert_eq!(inbound.address.to_string(), "answers@vendor.example");
    assert_eq!((inbound.max_bytes, inbound.per_ticket, inbound.host), (1_048_576, 20, None));
    assert!(with(&[address]).unwrap().mail.inbound.is_none(), "alone it only says where");
}
