//! The one table of settings: name, type, default and what each does. The documentation is printed
//! from it, and the program starts from its defaults.

/// What a setting's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that may be shown.
    Text,
    /// Text that is never shown.
    Secret,
    /// Several secrets; in a variable with commas between them.
    Secrets,
    /// A whole number between two, both included.
    Number(u64, u64),
    /// Yes or no.
    Switch,
    /// Several texts; in a variable with commas between them.
    List,
}

/// What holds without the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This value, as a variable would hold it.
    Is(&'static str),
    /// What follows from other settings or the machine, in words.
    Follows(&'static str),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in the file; `CAREDESK_` and the same in capitals in the environment.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What holds without it.
    pub fallback: Fallback,
    /// What it does, for the operator.
    pub says: &'static str,
}

impl Row {
    /// The variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase())
    }

    /// The shorter variable that hosting platforms set, where there is one.
    pub fn bare_variable(&self) -> Option<&'static str> {
        match self.name {
            "database_url" => Some("DATABASE_URL"),
            "database_migration_url" => Some("DATABASE_MIGRATION_URL"),
            _ => None,
        }
    }
}

/// What our variables begin with.
pub(super) const PREFIX: &str = "CAREDESK_";
/// Names the file of settings, and is none itself.
pub const FILE_VARIABLE: &str = "CAREDESK_CONFIG";

/// A row of the table.
const fn row(name: &'static str, kind: Kind, fallback: Fallback, says: &'static str) -> Row {
    Row { name, kind, fallback, says }
}

use Fallback::{Follows, Is};
use Kind::{List, Number, Secret, Secrets, Switch, Text};

/// The largest number that a setting of 32 bits takes.
const MAX: u64 = 4_294_967_295;

/// Every setting, in the order of the documentation.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row("database_url", Secret, Is("var/caredesk.db"),
        "Where the data is: the path of a SQLite file, or `postgres://...`."),
    row("database_migration_url", Secret, Follows("`database_url`"),
        "PostgreSQL only: the URL of the role that owns the tables, used by `migrate` alone."),
    row("database_role", Text, Follows("`caredesk_app` with a `database_migration_url`, else none"),
        "PostgreSQL only: the role that the program runs as, to which `migrate` grants what it needs."),
    row("database_private_network", Switch, Is("false"),
        "Whether PostgreSQL may be reached without TLS on an address that is not this machine's."),
    row("database_connections", Number(1, 1_000), Follows("SQLite 2 for each core, PostgreSQL 5"),
        "Connections, and threads that serve them. SQLite has one more, which writes."),
    row("database_queue", Number(1, 100_000), Is("256"),
        "Requests that may wait for a connection before the next is answered with 503."),
    row("statement_timeout_ms", Number(100, 3_600_000), Is("10000"),
        "PostgreSQL only: milliseconds that a statement may take."),
    row("root_key", Secret, Follows("SQLite: the file beside the database, made on first start; PostgreSQL: none, and no start"),
        "The key that all other keys come from: 32 random bytes as base64 or hexadecimal text (`openssl rand -base64 32`)."),
    row("root_key_file", Text, Follows("SQLite: the database's path with `.key` behind it"),
        "A file with the root key, readable by its owner only. Not together with `root_key`."),
    row("root_keys_old", Secrets, Is(""),
        "Root keys of before, which still read what was made with them."),
    row("signing_key_days", Number(1, 3_650), Is("30"),
        "Days that a key signs access tokens before the next one does."),
    row("hash_memory_kib", Number(19_456, 4_194_304), Is("65536"),
        "Memory of one password hash (argon2id), in KiB."),
    row("hash_passes", Number(2, 100), Is("3"), "Passes of one password hash."),
    row("hash_lanes", Number(1, 16), Is("1"), "Lanes of one password hash."),
    row("hash_slots", Number(1, 256), Follows("half of the cores, at least 1"),
        "Passwords hashed at the same time, each in memory of its own."),
    row("listen", Text, Is("127.0.0.1:8080"), "Address and port of the API."),
    row("public_url", Text, Is("http://127.0.0.1:8080"),
        "What clients reach the API by; links and tokens are made with it, never with a request's `Host`."),
    row("workers", Number(1, 1_024), Follows("one for each core"), "Threads that speak HTTP."),
    row("cors_origins", List, Is(""),
        "Origins whose pages may call the API from a browser, such as `https://app.example`."),
    row("trusted_proxies", List, Is(""),
        "Networks, such as `10.0.0.0/8`, whose forwarded headers (the client's address) are believed."),
    row("requests_per_minute", Number(1, MAX), Is("1200"),
        "Requests that one address may make in a minute, in each instance."),
    row("request_burst", Number(1, MAX), Is("200"),
        "Requests of that number that may come all at once."),
    row("sign_in_attempts_per_name", Number(1, 1_000_000), Is("10"),
        "Sign-ins with one name from one address in a window, before the next has to wait."),
    row("sign_in_attempts_per_name_everywhere", Number(1, 1_000_000), Is("100"),
        "Sign-ins with one name in a window, all addresses together but those that it signed in from in the last 30 days."),
    row("sign_in_attempts_per_tenant", Number(1, 1_000_000), Is("1000"),
        "Sign-ins to one organisation in a window, counted likewise."),
    row("sign_in_attempts_per_address", Number(1, 1_000_000), Is("100"),
        "Sign-ins, redeemed links and asked-for links from one address in a window."),
    row("sign_in_window_minutes", Number(1, 1_440), Is("15"), "How long that window is."),
    row("code_attempts", Number(1, 1_000), Is("5"),
        "Second-factor codes of one account from one address in a window, before the next has to wait; present passwords likewise."),
    row("code_window_minutes", Number(1, 1_440), Is("5"), "How long that window is."),
    row("code_attempts_everywhere", Number(1, 10_000), Is("20"),
        "Second-factor codes of one account in an hour, all addresses together but those that it signed in from in the last 30 days."),
    row("messages_per_contact", Number(1, 1_000), Is("5"),
        "Links and codes that are sent to one address or number in an hour because somebody asked for them."),
    row("messages_per_tenant", Number(1, 1_000_000), Is("500"),
        "Links and codes that are sent to one organisation's own people in an hour because somebody asked for them."),
    row("codes_per_invitation", Number(1, 1_000), Is("10"),
        "Codes that are sent in an hour to whoever comes by one and the same invitation of a family."),
    row("family_codes_per_tenant", Number(1, 1_000_000), Is("20000"),
        "Codes that are sent in an hour to all families who come by one organisation's invitations."),
    row("messages_per_contact_per_day", Number(1, 10_000), Is("50"),
        "Messages of every other kind that one address or number is sent in a day; the next wait for the day after. Notices about who got or lost power are sent all the same. Articles that colleagues share are counted by themselves."),
    row("resends_per_contact", Number(1, 1_000), Is("10"),
        "Messages that are sent to one address or number once more in an hour because somebody asked for it."),
    row("help_searches_per_address", Number(1, 1_000_000), Is("300"),
        "Searches of the help centre without a session, and answers about its articles, from one address in an hour."),
    row("emergency_reports_per_address", Number(1, 1_000_000), Is("10"),
        "Reports of emergencies without a session from one address in an hour."),
    row("help_searches_per_account", Number(1, 1_000_000), Is("300"),
        "Searches of the help centre of one account in an hour."),
    row("article_shares_per_account", Number(1, 1_000_000), Is("20"),
        "Articles of the help centre that one account shares with colleagues in an hour."),
    row("tickets_per_account", Number(1, 1_000_000), Is("20"),
        "Tickets that one account opens for itself in an hour."),
    row("tickets_per_agent", Number(1, 1_000_000), Is("300"),
        "Tickets that one agent opens for callers in an hour."),
    row("ticket_replies_per_account", Number(1, 1_000_000), Is("120"),
        "Replies of one account on tickets in an hour."),
    row("attachments_url", Text, Follows("the folder `attachments` beside the SQLite database; PostgreSQL: `var/attachments`"),
        "Where the files of tickets are kept, sealed: `file:` and a folder, or `s3://bucket`, perhaps with a path."),
    row("attachments_s3_endpoint", Text, Follows("`https://s3.<region>.amazonaws.com`"),
        "The S3 service: `https://` and its host, or `http://127.0.0.1:9000` for one on this machine."),
    row("attachments_s3_region", Text, Is("us-east-1"), "The region of the bucket."),
    row("attachments_s3_key_id", Text, Follows("none; with a bucket, no start"),
        "The key that we come to the S3 service with."),
    row("attachments_s3_secret", Secret, Follows("none; with a bucket, no start"),
        "The secret of that key."),
    row("mail_dir", Text, Is("var/mail"),
        "The folder that messages are written to as files: emails as long as there is no `smtp_url`, text messages as long as there is no `sms_gateway_url`."),
    row("mail_from", Text, Follows("`caredesk <no-reply@localhost>`; with `smtp_url` none, and no start"),
        "Whom emails come from: an address, perhaps with a name before it."),
    row("smtp_url", Secret, Follows("none: emails are written to `mail_dir`"),
        "The mail server: `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required`, or `smtp://127.0.0.1:25` for one on this machine."),
    row("extra_ca_file", Text, Follows("none: the authorities that the machine knows"),
        "A PEM file with authorities, beside those that the machine knows, that may sign the certificates of the mail server and of the gateway."),
    row("sms_gateway_url", Text, Follows("none: text messages are written to `mail_dir`"),
        "The gateway for text messages, which speaks as Twilio's does: `https://api.twilio.com`, or `http://127.0.0.1:9000` for one on this machine."),
    row("sms_account", Text, Follows("none; with `sms_gateway_url`, no start"),
        "The account at the gateway."),
    row("sms_token", Secret, Follows("none; with `sms_gateway_url`, no start"),
        "The secret of the account, which the gateway signs its callbacks with."),
    row("sms_from", Text, Follows("none; with `sms_gateway_url`, no start"),
        "The number, or the sender's name, that text messages come from."),
    row("sms_callback_url", Text, Follows("`public_url`"),
        "What the gateway reaches us by, to say what became of a message and what people answer."),
    row("sms_hours", Text, Is("08:00-21:00"),
        "When text messages are sent, in the time zone of the organisation, or the desk's: others wait. Codes and links that somebody waits for are sent at any time."),
    row("sms_per_second", Number(1, 1_000), Is("1"),
        "Text messages that are handed to the gateway in a second, all instances together."),
    row("inbound_mail_secret", Secret, Follows("none: answers by email are not taken"),
        "What your mail server signs the emails with that it hands over to `POST /hooks/email`; 32 characters at least (`openssl rand -hex 32`)."),
    row("inbound_mail_address", Text, Follows("none; with `inbound_mail_secret`, no start"),
        "Where answers to messages about cases go: the address whose mail your server hands over. Processes that only send need it and the secret, too."),
    row("inbound_mail_host", Text, Follows("none: no `Authentication-Results` are believed"),
        "What your mail server calls itself in `Authentication-Results`: an email of which it says there that DMARC or SPF failed is refused."),
    row("inbound_mail_max_bytes", Number(1_024, 26_214_400), Is("1048576"),
        "Most bytes of an email that is handed over."),
    row("inbound_mail_per_ticket", Number(1, 10_000), Is("20"),
        "Answers by email that one ticket takes in an hour."),
    row("link_enrolment", Text, Follows("`/enrol#{secret}` at `public_url`, a page of our own"),
        "Where the link that sets a first password leads; `{secret}` stands for its secret, once, behind the `#`."),
    row("link_password_reset", Text, Follows("`/reset#{secret}` at `public_url`, a page of our own"),
        "Where the link for a new password leads, likewise."),
    row("link_invitation", Text, Follows("`/join#{secret}` at `public_url`, a page of our own"),
        "Where the link of a family's invitation leads, likewise."),
    row("link_ticket", Text, Follows("`/ticket#{secret}` at `public_url`, a page of our own"),
        "Where the link to a ticket leads: whoever has an account gets the ticket's id in place of a secret."),
    row("desk_contact", Text, Follows("an example that is nobody's desk"),
        "The file with the desk's name, hours, holidays and ways in, of the form of `policy/contact.toml`."),
    row("desk_policy", Text, Follows("the rules that come with the program"),
        "A file that replaces or overlays the desk's rules: see `docs/policy.md`."),
    row("desk_hours", Text, Follows("the targets that come with the program, in the hours of `desk_contact`"),
        "A file with the desk's hours, holidays and targets, of the form of `policy/hours.toml`. Its hours are those of `desk_contact`."),
    row("browser_policy", Text, Follows("the browsers that the program knows"),
        "A file with the browsers that are supported, of the form of `policy/browsers.toml`."),
    row("shutdown_seconds", Number(1, 3_600), Is("30"),
        "How long a stopping server lets requests finish that it has begun."),
    row("run_worker", Switch, Is("true"),
        "Whether `serve` also runs the jobs; if not, run `caredesk worker` beside it."),
    row("checkpoint_dir", Text, Is("var/checkpoints"),
        "Where signed checkpoints of the audit are kept. Best on another disk, or copied away daily."),
    row("metrics_listen", Text, Is("127.0.0.1:9090"),
        "Address and port of the Prometheus metrics at `/metrics`; empty for none."),
    row("log_format", Text, Is("json"), "How logs are written to standard error: `json` or `text`."),
    row("log_filter", Text, Is("info"),
        "Which logs are written: a level, or a list such as `info,caredesk::jobs=debug`."),
];

/// The row of a name.
pub(super) fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}
