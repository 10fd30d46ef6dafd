//! The program is killed in the middle of resolutions: no case is closed without its message, and no message is there
//! without its case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::burglar::Burglar;
use crate::support::db::Database;
use crate::support::desk::Desk;
use crate::support::program::{Program, run, tempdir};

/// When the program is killed: when so many resolutions were answered, and so many milliseconds later.
const MOMENTS: [(usize, u64); 9] =
    [(0, 0), (0, 2), (0, 5), (0, 10), (0, 20), (1, 0), (1, 2), (2, 1), (3, 0)];
/// Tickets that are resolved at once.
const AT_ONCE: usize = 6;

#[actix_web::test]
async fn no_case_is_closed_without_its_message_on_sqlite() {
    survives(Database::sqlite()).await;
}

#[actix_web::test]
async fn no_case_is_closed_without_its_message_on_postgres() {
    survives(Database::postgres()).await;
}

async fn survives(database: Database) {
    let folder = tempdir("resolution-crash", &database);
    let desk = Desk::on(&database).await;
    let mut program = Program::start(&database, &folder);
    let (mut resolved, mut unresolved) = (0, 0);
    for (round, (enough, pause)) in MOMENTS.into_iter().enumerate() {
        let cases = opened(&desk, &program, round).await;
        let answers = Answers::default();
        tokio::select! {
            biased;
            () = answers.ask_for_all(&desk, &program.base, &cases) => panic!("nobody waits for the kill"),
            () = answers.reach(enough, Duration::from_millis(pause)) => program.kill(),
        }
        program = Program::start(&database, &folder);
        let mut burglar = Burglar::of(&database);
        is_whole(&mut burglar);
        let (over, answered) = (closed(&mut burglar), answers.got.into_inner().unwrap());
        for case in &cases {
            let (is_closed, answer) = (over.contains(&case.id()), answered.get(&case.at));
            assert!(is_closed || answer.is_none(), "{} was answered and is lost", case.at);
            *(if is_closed { &mut resolved } else { &mut unresolved }) += 1;
            case.repeat(&desk, &program.base, (is_closed, answer)).await;
        }
        is_whole(&mut burglar);
        assert_eq!(closed(&mut burglar).len(), AT_ONCE * (round + 1), "round {round}");
    }
    assert!(resolved > 0 && unresolved > 0, "{resolved} were resolved, {unresolved} were not");
    drop(program);
    let verified = run(&database, &folder, &["audit", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    drop(std::fs::remove_dir_all(&folder));
}

/// A ticket that is about to be resolved.
struct Case {
    at: String,
    /// Under which key, if under one.
    key: Option<String>,
}

/// Opens tickets, of which every other one is resolved under a key.
async fn opened(desk: &Desk, program: &Program, round: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for number in 0..AT_ONCE {
        let key = (number % 2 == 0).then(|| format!("resolution-{round}-{number}"));
        cases.push(Case { at: desk.resolvable(program).await, key });
    }
    cases
}

impl Case {
    /// Its id, without the dashes that one of the engines does not know.
    fn id(&self) -> String {
        self.at.rsplit('/').next().unwrap().replace('-', "")
    }

    /// Resolves it once more: it is done now if it was not before, and never twice.
    async fn repeat(&self, desk: &Desk, base: &str, (is_closed, before): (bool, Option<&Value>)) {
        let (status, is_replay, body) = loop {
            let asked = (self.at.as_str(), self.key.as_deref());
            let answer = desk.resolve(base, asked).await.expect("the program runs");
            if answer.2["code"] != "idempotency.in_progress" {
                break answer;
            }
        };
        if is_closed && self.key.is_none() {
            let expected = (409, &json!("ticket.not_in_state"));
            assert_eq!((status, &body["code"]), expected, "{}: {body}", self.at);
            return;
        }
        assert_eq!((status, is_replay), (200, is_closed), "{}: {body}", self.at);
        assert_eq!(body["state"], "closed");
        if let Some(before) = before {
            assert_eq!(&body, before, "{} is answered as it was", self.at);
        }
    }
}

/// What was answered, by the ticket.
#[derive(Default)]
struct Answers {
    got: Mutex<BTreeMap<String, Value>>,
    one_more: Notify,
}

impl Answers {
    /// Resolves tickets at once, and waits for what never comes.
    async fn ask_for_all(&self, desk: &Desk, base: &str, cases: &[Case]) {
        join_all(cases.iter().map(|case| self.ask_for(desk, base, case))).await;
        std::future::pending::<()>().await;
    }

    /// Resolves a ticket; nothing comes of it if the connection breaks.
    async fn ask_for(&self, desk: &Desk, base: &str, case: &Case) {
        let asked = (case.at.as_str(), case.key.as_deref());
        let Some((status, _, body)) = desk.resolve(base, asked).await else { return };
        assert_eq!(status, 200, "{}: {body}", case.at);
        self.got.lock().unwrap().insert(case.at.clone(), body);
        self.one_more.notify_one();
    }

    /// Waits until so many were answered, and a pause longer.
    async fn reach(&self, enough: usize, pause: Duration) {
        while self.got.lock().unwrap().len() < enough {
            self.one_more.notified().await;
        }
        tokio::time::sleep(pause).await;
    }
}

/// The tickets that are closed, by their ids.
fn closed(burglar: &mut Burglar) -> BTreeSet<String> {
    let id = burglar.hex("id");
    let closed = burglar.texts(&format!("SELECT {id} FROM tickets WHERE state = 'closed'"));
    closed.into_iter().map(|id| id.replace('-', "")).collect()
}

/// A ticket that is closed has each part of its resolution once, and one that is not has none; and no part is there
/// without its ticket.
fn is_whole(burglar: &mut Burglar) {
    let parts = [
        ("ticket_entries", "p.ticket_id", "p.transition = 'resolve' AND p.kind = 'reply'"),
        ("audit_entries", "p.target", "p.action = 'ticket.resolve' AND p.outcome = 'done'"),
        ("notifications", "p.subject", "p.kind = 'ticket_resolved'"),
    ];
    for (table, ticket, is_part) in parts {
        let half_done = burglar.texts(&format!(
            "SELECT CAST(t.number AS text) FROM tickets t \
             WHERE (SELECT COUNT(*) FROM {table} p WHERE {ticket} = t.id AND {is_part}) \
                <> CASE WHEN t.state = 'closed' AND t.resolution = 'solved' THEN 1 ELSE 0 END"
        ));
        assert_eq!(half_done, [""; 0], "half done: {table}");
        let parts = burglar.count(&format!("{table} p WHERE {is_part}"));
        assert_eq!(parts, burglar.count("tickets WHERE state = 'closed'"), "of no ticket: {table}");
    }
}
