//! The program: reads the command line and the settings, and hands over to the library.
//!
//! Answers go to standard output, logs and errors to standard error. Ends with 0 when all is well, with
//! 1 and one line when it is not, with 2 when the command line is wrong.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use caredesk::config::{self, ConfigError, Environment, Settings};
use caredesk::service::appointments::Appointment;
use caredesk::startup::{self, Explained, Failure, JobsAsked, print};
use caredesk::{demo, telemetry};
use caredesk_core::domain::evidence::{Evidence, EvidenceKind};
use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{JobKind, JobState};
use caredesk_core::domain::{EmailAddress, Line, PersonName, Slug, UserName};
use caredesk_core::policy::desk::{Channel, Fact, RequestType, RequesterKind};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

/// The support desk.
#[derive(Parser)]
#[command(version, about, disable_help_subcommand = true)]
struct Cli {
    /// A TOML file with settings; variables win over it
    #[arg(long, global = true, env = config::FILE_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// What it is asked to do.
#[derive(Subcommand)]
enum Command {
    /// Run the API
    Serve {
        /// Bring the database up to date first
        #[arg(long)]
        migrate: bool,
    },
    /// Run the jobs alone, beside servers with `run_worker = false`
    Worker,
    /// Bring the database up to date
    Migrate,
    /// Write the API's documents, openapi.json and openapi-3.0.json
    Openapi {
        /// Into which folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Print every setting with its default, as a commented file
    Settings {
        /// As a table for the documentation
        #[arg(long)]
        markdown: bool,
    },
    /// Run on this machine with made-up data
    #[command(args_conflicts_with_subcommands = true)]
    Demo {
        /// On which port
        #[arg(long, default_value_t = 8080)]
        port: u16,
        #[command(subcommand)]
        command: Option<DemoCommand>,
    },
    /// Administer from this shell
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Look after the audit
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after jobs: work that people asked for and that is too long for a request
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Check the desk's policy, and ask it
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look for personal data in texts
    #[command(subcommand)]
    Pii(PiiCommand),
}

/// What the demo is asked beside running.
#[derive(Subcommand)]
enum DemoCommand {
    /// Print the present code of a second factor of the demo: Ada's, or that of whoever is named
    Code { whose: Option<demo::Whose> },
}

/// What an operator may do.
#[derive(Subcommand)]
enum AdminCommand {
    /// Create a platform admin and print the one-time link that they set their password with
    CreatePlatformAdmin {
        /// Their name
        #[arg(long)]
        name: PersonName,
        /// The address they sign in with
        #[arg(long)]
        email: EmailAddress,
    },
    /// Make a user of an organisation Site Admin, on evidence; their sessions end
    MakeSiteAdmin(AppointmentArgs),
    /// Make a user of an organisation Support User, on evidence, if all that is asked of one is met
    MakeSupportUser(AppointmentArgs),
    /// Make the key that signs access tokens next
    RotateKey {
        /// Refuse at once what every other key signed: one of them has leaked. Everybody's access token is
        /// refused until it is refreshed
        #[arg(long)]
        now: bool,
    },
}

/// Who is to be what, and why.
#[derive(Args)]
struct AppointmentArgs {
    /// The organisation's short name
    #[arg(long, value_name = "SLUG")]
    tenant: Slug,
    /// The user's name there
    #[arg(long, value_name = "USER_NAME")]
    user: UserName,
    /// What was shown
    #[arg(long, value_name = "KIND", value_parser = evidence_kinds())]
    evidence: EvidenceKind,
    /// Where it can be found again: a file, a register number, a date
    #[arg(long, value_name = "TEXT")]
    reference: Line,
}

impl From<AppointmentArgs> for Appointment {
    fn from(args: AppointmentArgs) -> Self {
        let AppointmentArgs { tenant, user, evidence: kind, reference } = args;
        Self { tenant, user_name: user, evidence: Evidence { kind, reference, note: None } }
    }
}

/// The kinds of evidence by their words.
fn evidence_kinds() -> impl TypedValueParser<Value = EvidenceKind> {
    let words = EvidenceKind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<EvidenceKind>())
}

/// What there is to do about the audit.
#[derive(Subcommand)]
enum AuditCommand {
    /// Check every chain, and name the first broken link
    Verify,
    /// Write a signed checkpoint now
    Checkpoint,
}

/// What there is to do about jobs.
#[derive(Subcommand)]
enum JobsCommand {
    /// List jobs, newest first
    List {
        /// Only of this kind
        #[arg(long)]
        kind: Option<JobKind>,
        /// Only in this state: queued, running, succeeded, failed, cancelled
        #[arg(long)]
        state: Option<JobState>,
    },
    /// Show a job until it is over; ends with 1 if it failed or was cancelled
    Watch {
        /// Which job
        job_id: JobId,
    },
    /// Stop a job; what was done before stays
    Cancel {
        /// Which job
        job_id: JobId,
    },
}

/// What there is to do about the desk's policy.
#[derive(Subcommand)]
enum PolicyCommand {
    /// Check a file of rules, on top of those that come with the program
    Check {
        /// The file
        file: PathBuf,
    },
    /// Show step by step how a request is answered
    Explain {
        /// What is asked for: the code of a rule
        #[arg(long, value_name = "CODE")]
        rule: RequestType,
        /// Who asks: `family`, `org_staff`, `site_admin`, `agent_tier1`, ...
        #[arg(long, value_name = "KIND")]
        requester: RequesterKind,
        /// By which channel: portal, form, email, phone, chat, mail
        #[arg(long)]
        channel: Channel,
        /// What is known: a fact and its value, such as `identity_verified=true`; as often as needed
        #[arg(long = "fact", value_name = "FACT=VALUE", value_parser = fact)]
        facts: Vec<(Fact, String)>,
    },
    /// Decide requests, a line of JSON each: `id`, `request_type`, `requester_kind`, `channel`, `facts`
    Decide(Lines),
    /// Suggest request types, a line of JSON each: `id`, `text`
    Suggest(Lines),
    /// Judge names, a line of JSON each: `first`, `last`, `email`
    Names(Lines),
}

/// What there is to do about personal data.
#[derive(Subcommand)]
enum PiiCommand {
    /// Find personal data, and say why it is taken for that
    Scan {
        /// A line of JSON each, id and text, instead of one text
        #[arg(long)]
        jsonl: bool,
        /// The file; standard input without it
        file: Option<PathBuf>,
    },
}

/// Lines of JSON, in and out.
#[derive(Args)]
struct Lines {
    /// Lines of JSON in, lines of JSON out; nothing else is offered yet
    #[arg(long, required = true)]
    jsonl: bool,
    /// The file; standard input without it
    file: Option<PathBuf>,
}

/// Reads `identity_verified=true`.
fn fact(text: &str) -> Result<(Fact, String), String> {
    let (name, value) = text.split_once('=').ok_or("write FACT=VALUE")?;
    let fact = name.parse::<Fact>().map_err(|_unknown| format!("no fact is called `{name}`"))?;
    Ok((fact, value.to_owned()))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime
        .map_err(|error| Failure::of("the runtime", error))
        .and_then(|runtime| runtime.block_on(run(cli)));
    ended.unwrap_or_else(|failure| {
        eprintln!("caredesk: {}", failure.to_string().replace('\n', " "));
        ExitCode::FAILURE
    })
}

/// Does what was asked.
async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let settings =
        || Settings::load(cli.config.as_deref(), &std::env::vars_os().collect::<Environment>());
    match cli.command {
        Command::Settings { markdown: true } => print(&config::markdown()),
        Command::Settings { markdown: false } => print(&config::example()),
        Command::Openapi { out } => startup::write_documents(&out)?,
        Command::Demo { command: Some(DemoCommand::Code { whose }), .. } => {
            print(&format!("{}\n", demo::code(whose.unwrap_or_default())));
        }
        Command::Demo { port, command: None } => demo::run(settings()?, port).await?,
        Command::Serve { migrate } => {
            let settings = settings()?;
            startup::log(&settings)?;
            startup::serve(&settings, migrate).await?;
        }
        Command::Worker => {
            let settings = settings()?;
            startup::log(&settings)?;
            startup::work(&settings).await?;
        }
        Command::Migrate => migrate(&settings()?).await?,
        Command::Admin(command) => admin(&settings()?, command).await?,
        Command::Audit(command) => return audit(&settings()?, command).await,
        Command::Jobs(command) => return jobs(&settings()?, command).await,
        Command::Policy(command) => return policy(settings, command),
        Command::Pii(PiiCommand::Scan { jsonl, file }) => {
            let out = &mut BufWriter::new(std::io::stdout().lock());
            return Ok(ended(startup::scan(jsonl, startup::input(file.as_deref())?, out)?));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Logs of a command that ends by itself: for people, and only what they should know.
fn brief() -> Result<(), Failure> {
    telemetry::log(false, "warn").map_err(|error| Failure::of("logs", error))
}

/// Migrates and says what it did.
async fn migrate(settings: &Settings) -> Result<(), Failure> {
    brief()?;
    let done = startup::migrate_database(settings).await?;
    for name in &done {
        print(&format!("ran {name}\n"));
    }
    if done.is_empty() {
        print("nothing to do: the database is up to date\n");
    }
    Ok(())
}

/// Administers.
async fn admin(settings: &Settings, command: AdminCommand) -> Result<(), Failure> {
    brief()?;
    match command {
        AdminCommand::CreatePlatformAdmin { name, email } => {
            let link = startup::create_platform_admin(settings, name, email).await?;
            print(&format!(
                "Send this link to them; it sets the password, once, within 72 hours:\n{link}\n"
            ));
        }
        AdminCommand::MakeSiteAdmin(args) => {
            print(&startup::make_site_admin(settings, args.into()).await?);
        }
        AdminCommand::MakeSupportUser(args) => {
            let out = &mut std::io::stdout().lock();
            if !startup::make_support_user(settings, args.into(), out).await? {
                return Err(Failure(
                    "not everything that is asked of a Support User is met".to_owned(),
                ));
            }
        }
        AdminCommand::RotateKey { now } => {
            print(&startup::rotate_signing_key(settings, now).await?);
        }
    }
    Ok(())
}

/// Looks after the audit.
async fn audit(settings: &Settings, command: AuditCommand) -> Result<ExitCode, Failure> {
    brief()?;
    match command {
        AuditCommand::Checkpoint => {
            let chains = startup::write_checkpoint(settings).await?;
            print(&format!("noted the ends of {chains} chains\n"));
        }
        AuditCommand::Verify => {
            if !startup::verify_audit(settings, &mut std::io::stdout().lock()).await? {
                return Err(Failure("the audit is broken".to_owned()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks the desk's policy, and asks it.
fn policy(
    settings: impl Fn() -> Result<Settings, ConfigError>,
    command: PolicyCommand,
) -> Result<ExitCode, Failure> {
    let out = &mut BufWriter::new(std::io::stdout().lock());
    let whole = match command {
        PolicyCommand::Check { file } => startup::check_policy(&file, out)?,
        PolicyCommand::Explain { rule, requester, channel, facts } => {
            let asked = Explained { rule, requester, channel, facts };
            startup::explain_policy(&settings()?.rules.desk, &asked, out)?;
            true
        }
        PolicyCommand::Decide(lines) => {
            let rules = settings()?.rules;
            startup::decide_lines(&rules.desk, startup::input(lines.file.as_deref())?, out)?
        }
        PolicyCommand::Suggest(lines) => {
            startup::suggest_lines(startup::input(lines.file.as_deref())?, out)?
        }
        PolicyCommand::Names(lines) => {
            startup::judge_name_lines(startup::input(lines.file.as_deref())?, out)?
        }
    };
    out.flush().map_err(|error| Failure::of("standard output", error))?;
    Ok(ended(whole))
}

/// How the program ends: well, or not.
fn ended(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks after jobs.
async fn jobs(settings: &Settings, command: JobsCommand) -> Result<ExitCode, Failure> {
    brief()?;
    let mut out = std::io::stdout();
    match command {
        JobsCommand::List { kind, state } => {
            startup::list_jobs(settings, &JobsAsked { kind, state }, &mut out).await?;
        }
        JobsCommand::Watch { job_id } => {
            if !startup::watch_job(settings, job_id, &mut out).await? {
                return Ok(ExitCode::FAILURE);
            }
        }
        JobsCommand::Cancel { job_id } => print(&startup::cancel_job(settings, job_id).await?),
    }
    Ok(ExitCode::SUCCESS)
}
