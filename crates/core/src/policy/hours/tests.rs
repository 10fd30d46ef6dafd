//! The file of hours as it comes, and what is said of one that is wrong.

use super::*;

/// A file without faults, with a line changed.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(BUILT_IN.contains(from), "{from}");
    let faults = DeskHours::parse("hours.toml", &BUILT_IN.replacen(from, to, 1)).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn line_of(text: &str) -> usize {
    let (before, _) = BUILT_IN.split_once(text).unwrap();
    before.matches('\n').count() + 1
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

#[test]
fn the_built_in_hours_have_targets_that_shrink_with_urgency() {
    let hours = DeskHours::built_in();
    let targets: Vec<Targets> = Priority::ALL.iter().map(|one| hours.targets(*one)).collect();
    assert!(targets.is_sorted_by(|lower, higher| {
        lower.first_answer > higher.first_answer && lower.resolution > higher.resolution
    }));
    // A Friday's last quarter of an hour; the rest on Monday.
    let (answer, resolution) = hours.start(Priority::Urgent, at("2026-11-20T22:45:00Z"));
    assert_eq!(answer.due_at(), Some(at("2026-11-23T13:15:00Z")));
    assert_eq!(resolution.due_at(), Some(at("2026-11-23T20:45:00Z")));
    // The eve of Thanksgiving.
    let (answer, _) = hours.start(Priority::High, at("2026-11-26T00:00:00Z"));
    assert_eq!(answer.due_at(), Some(at("2026-11-27T14:00:00Z")));
}

#[test]
fn the_desk_says_the_same_hours_to_everybody() {
    let contact: toml::Table = include_str!("../../../../../policy/contact.toml").parse().unwrap();
    let hours: toml::Table = BUILT_IN.parse().unwrap();
    assert_eq!(contact["time_zone"], hours["time_zone"]);
    assert_eq!(contact["hours"], hours["hours"]);
    let ours = hours["holidays"].as_array().unwrap();
    for holiday in contact["holidays"].as_array().unwrap() {
        assert!(ours.contains(holiday), "{holiday:?}");
    }
}

#[test]
fn a_fault_is_told_with_its_line() {
    let zone = line_of("time_zone");
    assert_eq!(
        changed("\"America/New_York\"", "\"America/Atlantis\""),
        [format!("hours.toml: line {zone}: `time_zone` is not known")]
    );
    let monday = line_of("[[hours]]");
    assert_eq!(
        changed("closes = \"20:00\"", "closes = \"07:00\""),
        [format!("hours.toml: line {monday}: `closes` is later than `opens`")]
    );
    let low = line_of("first_answer = 1440");
    assert_eq!(
        changed("first_answer = 1440", "first_answer = 0"),
        [format!("hours.toml: line {low}: a target has 1 to 1000000 minutes")]
    );
    assert_eq!(
        changed("first_answer = 1440", "first_answer = 14401"),
        [format!("hours.toml: line {low}: nobody resolves before the first answer")]
    );
    let holiday = line_of("date = 2026-05-25") - 1;
    assert_eq!(
        changed("2026-05-25", "2026-01-01"),
        [format!("hours.toml: line {holiday}: another holiday is on this day")]
    );
    assert_eq!(
        changed("2026-05-25", "10:00:00"),
        [format!("hours.toml: line {holiday}: `date` is a day, such as 2026-11-26")]
    );
}

#[test]
fn every_priority_has_targets_once() {
    let faults = changed("priority = \"low\"", "priority = \"high\"");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[0], "hours.toml: line 1: `targets` says nothing for `low`");
    assert!(faults[1].ends_with("`high` stands here twice"), "{faults:?}");
}

#[test]
fn what_is_no_file_of_hours_is_told_too() {
    for (text, line, what) in [
        ("", 1, "time_zone"),
        ("time_zone = 1", 1, "string"),
        ("time_zone = \"Etc/UTC\"\nopening = []", 2, "opening"),
        ("time_zone = \"Etc/UTC\"", 1, "closed all week"),
    ] {
        let faults = DeskHours::parse("hours.toml", text).unwrap_err();
        let told = faults.iter().any(|fault| fault.line == line && fault.what.contains(what));
        assert!(told, "{text}: {faults:?}");
    }
}
