//! The desk's policy and the detector of personal data, asked by the real program from a shell.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// What a command came to.
struct Ended {
    code: i32,
    said: String,
    complained: String,
}

/// Runs the program with something on its standard input.
fn caredesk(arguments: &[&str], input: &str) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_caredesk"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap(),
        said: text(output.stdout),
        complained: text(output.stderr),
    }
}

/// The lines of JSON that it said.
fn lines(ended: &Ended) -> Vec<Value> {
    ended.said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A file of a test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("caredesk-policy-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn requests_are_decided_line_by_line() {
    let input = concat!(
        r#"{"id": "a", "request_type": "health.lockout.unlock", "requester_kind": "family", "channel": "phone", "facts": {"urgent": true}}"#,
        "\n",
        r#"{"id": 2, "request_type": "access.change.by_site_admin", "requester_kind": "site_admin", "channel": "portal", "facts": {}}"#,
        "\n",
        r#"{"id": "c", "request_type": "nobody.knows", "requester_kind": "unknown", "channel": "email"}"#,
        "\n"
    );
    let ended = caredesk(&["policy", "decide", "--jsonl"], input);
    assert_eq!(ended.code, 0, "{}", ended.complained);
    let said = lines(&ended);
    assert_eq!(
        said[0],
        json!({"id": "a", "rule": "health.lockout.unlock", "outcome": "refer_to_organization",
            "effects": ["audit_log", "provide_org_contact", "notify_org", "copy_org_on_thread"]})
    );
    assert_eq!((&said[1]["id"], &said[1]["outcome"]), (&json!(2), &json!("perform")));
    assert_eq!((&said[2]["rule"], &said[2]["outcome"]), (&Value::Null, &json!("refuse")));
}

#[test]
fn a_line_that_makes_no_sense_is_named_and_the_others_are_decided() {
    let good = r#"{"id": 9, "request_type": "finance.refund", "requester_kind": "family", "channel": "chat", "facts": {}}"#;
    let input = format!(
        "{}\n{}\n{}\n{good}\n",
        good.replace("family", "burglar"),
        good.replace("{}", "{\"rich\": true}"),
        "{\"id\":"
    );
    let ended = caredesk(&["policy", "decide", "--jsonl"], &input);
    let said = lines(&ended);
    assert_eq!(ended.code, 1);
    let wrong: Vec<_> = said.iter().filter_map(|line| line["line"].as_i64()).collect();
    assert_eq!((wrong, &said[3]["id"]), (vec![1, 2, 3], &json!(9)));
}

#[test]
fn an_answer_is_explained_step_by_step() {
    let ask = |facts: &[&str]| {
        let mut arguments =
            vec!["policy", "explain", "--rule", "notifications.resend", "--requester", "family"];
        arguments.extend(["--channel", "phone"]);
        for fact in facts {
            arguments.extend(["--fact", fact]);
        }
        caredesk(&arguments, "")
    };
    let unknown = ask(&[]);
    assert_eq!(unknown.code, 0, "{}", unknown.complained);
    for part in ["Rule notifications.resend:", "case 2", "Outcome: verify_first", "Policy: 1+"] {
        assert!(unknown.said.contains(part), "{part}: {}", unknown.said);
    }
    assert!(ask(&["identity_verified=true"]).said.contains("Outcome: perform"));
    let moved = ask(&["identity_verified=true", "to_new_address=true"]);
    assert!(moved.said.contains("Outcome: refer_to_organization"));
    for wrong in ["rich=true", "identity_verified", "identity_verified=perhaps"] {
        let ended = ask(&[wrong]);
        assert!(matches!(ended.code, 1 | 2) && !ended.complained.is_empty(), "{wrong}");
    }
}

#[test]
fn a_file_of_rules_is_checked_with_file_and_line() {
    let right = file(
        "overlay.toml",
        r#"mode = "overlay"
version = 7

[[rule]]
code = "finance.refund"
kind = "decision"
source = ["HD"]
title = { en = "Money back", es = "Devolución" }
example = { en = "I want my money back", es = "Quiero mi dinero" }
outcome = { "*" = "refuse" }
[rule.say]
refuse.en = "We never do."
refuse.es = "Nunca."
"#,
    );
    let ended = caredesk(&["policy", "check", right.to_str().unwrap()], "");
    assert_eq!((ended.code, ended.complained.as_str()), (0, ""), "{}", ended.said);
    assert!(ended.said.starts_with("7+") && ended.said.contains("72 rules"), "{}", ended.said);
    let text = std::fs::read_to_string(&right).unwrap();
    let wrong = file("wrong.toml", &text.replace("\"refuse\" }", "\"obey\" }"));
    let ended = caredesk(&["policy", "check", wrong.to_str().unwrap()], "");
    assert_eq!(ended.code, 1);
    assert!(ended.said.contains("wrong.toml: line 10: "), "{}", ended.said);
    assert_eq!(caredesk(&["policy", "check", "nowhere.toml"], "").code, 1);
}

#[test]
fn an_operators_rules_are_what_the_program_decides_by() {
    let rules = file(
        "own.toml",
        r#"mode = "overlay"
version = 7

[[rule]]
code = "finance.refund"
kind = "decision"
source = ["HD"]
title = { en = "Money back", es = "Devolución" }
example = { en = "I want my money back", es = "Quiero mi dinero" }
outcome = { "*" = "refuse" }
"#,
    );
    let settings = file("caredesk.toml", &format!("desk_policy = {:?}\n", rules.to_str().unwrap()));
    let input = r#"{"id": 1, "request_type": "finance.refund", "requester_kind": "family", "channel": "chat"}"#;
    let config = ["--config", settings.to_str().unwrap()];
    let ended = caredesk(&[&config[..], &["policy", "decide", "--jsonl"]].concat(), input);
    assert_eq!(lines(&ended)[0]["outcome"], "refuse", "{}", ended.complained);
    std::fs::write(&rules, "mode = \"overlay\"\nversion = \"seven\"\n").unwrap();
    let ended = caredesk(&[&config[..], &["policy", "decide", "--jsonl"]].concat(), input);
    assert_eq!(ended.code, 1);
    assert!(ended.complained.contains("own.toml: line 2: "), "{}", ended.complained);
}

#[test]
fn request_types_are_suggested_and_names_judged_line_by_line() {
    let ended = caredesk(
        &["policy", "suggest", "--jsonl"],
        "{\"id\": 1, \"text\": \"my invitation code has expired\"}\n{\"id\": 2, \"text\": \"\"}\n",
    );
    let said = lines(&ended);
    let types = said[0]["suggested"].as_array().unwrap();
    assert!(types.contains(&json!("invitations.expired")) && types.len() <= 3, "{types:?}");
    assert_eq!(said[1], json!({"id": 2, "suggested": []}));
    let ended = caredesk(
        &["policy", "names", "--jsonl"],
        "{\"first\": \"Front\", \"last\": \"Desk\", \"email\": null}\n{\"first\": \"Minh\", \"last\": \"Nguyễn\", \"email\": \"minh@camp.example\", \"id\": 7}\n",
    );
    let said = lines(&ended);
    assert_eq!((&said[0]["first"], &said[0]["verdict"]), (&json!("Front"), &json!("generic")));
    assert!(!said[0]["reasons"].as_array().unwrap().is_empty());
    assert_eq!((&said[1]["id"], &said[1]["verdict"]), (&json!(7), &json!("named")));
}

#[test]
fn personal_data_is_found_with_its_reasons_and_never_told() {
    let text = "My daughter Nora Lindqvist can't sign the waiver, child ID 330219.";
    let line = json!({"id": "sample-01", "text": text}).to_string();
    let ended = caredesk(&["pii", "scan", "--jsonl"], &line);
    let said = lines(&ended);
    let span = &said[0]["spans"][0];
    assert_eq!(
        (&span["start"], &span["end"], &span["label"]),
        (&json!(12), &json!(26), &json!("PERSON_NAME"))
    );
    assert!(span["score"].as_f64().is_some_and(|score| (0.0..=1.0).contains(&score)));
    assert_eq!(said[0]["spans"].as_array().unwrap().len(), 1);
    let ended = caredesk(&["pii", "scan"], text);
    assert!(
        ended.said.starts_with("My daughter [NAME-1] can't sign the waiver, child ID 330219."),
        "{}",
        ended.said
    );
    assert!(
        ended.said.contains("PERSON_NAME") && !ended.said.contains("Lindqvist"),
        "{}",
        ended.said
    );
}
