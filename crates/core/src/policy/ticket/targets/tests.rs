//! What becomes of targets by what becomes of their tickets, in the hours that come with the program: weekdays from
//! eight to eight in New York, on Fridays to six.

use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A ticket that was opened on a Monday at ten in New York.
fn opened() -> TargetFacts {
    TargetFacts {
        state: TicketState::Open,
        kind: TicketKind::Ordinary,
        priority: Priority::High,
        opened_at: at("2026-11-23T15:00:00Z"),
        waiting_since: None,
        first_answered_at: None,
        closed_at: None,
    }
}

/// The same, waiting for its requester since a moment.
fn waiting(since: Moment) -> TargetFacts {
    let state = TicketState::WaitingOnRequester;
    TargetFacts { state, waiting_since: Some(since), ..opened() }
}

/// The same, closed at a moment.
fn closed(at: Moment) -> TargetFacts {
    TargetFacts { state: TicketState::Closed, closed_at: Some(at), ..opened() }
}

fn started() -> TicketTargets {
    TicketTargets::start(&DeskHours::built_in(), Priority::High, opened().opened_at)
}

fn moved_on(targets: TicketTargets, facts: [&TargetFacts; 2], now: Moment) -> TicketTargets {
    let [before, after] = facts;
    targets.after(&DeskHours::built_in(), (before, after), now)
}

fn due(targets: &TicketTargets) -> [Option<String>; 2] {
    let all: [TicketTarget; 2] = [TicketTarget::FirstAnswer, TicketTarget::Resolution];
    all.map(|target| targets.due_at(target).map(|due_at| due_at.to_string()))
}

fn moments(texts: [&str; 2]) -> [Option<String>; 2] {
    texts.map(|text| Some(at(text).to_string()))
}

#[test]
fn targets_are_counted_in_the_desks_hours() {
    // Two hours, and twenty-four: over Monday and Tuesday into Wednesday.
    assert_eq!(due(&started()), moments(["2026-11-23T17:00:00Z", "2026-11-25T15:00:00Z"]));
    assert_eq!(started().next_due_at(&opened()), Some(at("2026-11-23T17:00:00Z")));
}

#[test]
fn a_pause_moves_what_is_due_on_by_the_working_time_that_passed() {
    let asked = at("2026-11-23T16:00:00Z");
    let paused = moved_on(started(), [&opened(), &waiting(asked)], asked);
    assert_eq!(due(&paused), [None, None]);
    assert_eq!(paused.left(TicketTarget::FirstAnswer), Some(HOUR));
    assert_eq!(paused.next_due_at(&waiting(asked)), None);
    // Until Tuesday at nine: ten hours of work. Thursday is a holiday.
    let answered = at("2026-11-24T14:00:00Z");
    let resumed = moved_on(paused, [&waiting(asked), &opened()], answered);
    assert_eq!(resumed.paused, HOUR * 10);
    assert_eq!(due(&resumed), moments(["2026-11-24T15:00:00Z", "2026-11-26T01:00:00Z"]));
}

#[test]
fn the_time_that_a_ticket_is_closed_is_a_pause() {
    let ends = at("2026-11-24T14:00:00Z");
    let answered = TargetFacts { first_answered_at: Some(ends), ..closed(ends) };
    let over = moved_on(started(), [&opened(), &answered], ends);
    assert_eq!(due(&over), due(&started()), "what is closed shows when it was due");
    assert_eq!(over.next_due_at(&answered), None);
    let again = at("2026-11-25T14:00:00Z");
    let open = TargetFacts { first_answered_at: Some(ends), ..opened() };
    let reopened = moved_on(over, [&answered, &open], again);
    assert_eq!(due(&reopened), moments(["2026-11-23T17:00:00Z", "2026-11-27T15:00:00Z"]));
    assert_eq!(reopened.next_due_at(&open), Some(at("2026-11-27T15:00:00Z")));
}

#[test]
fn a_wait_that_ends_the_ticket_is_left_out_as_a_whole_when_it_is_reopened() {
    let asked = at("2026-11-23T16:00:00Z");
    let paused = moved_on(started(), [&opened(), &waiting(asked)], asked);
    let ends = at("2026-11-24T13:00:00Z");
    let over = moved_on(paused, [&waiting(asked), &closed(ends)], ends);
    let again = at("2026-11-24T14:00:00Z");
    let reopened = moved_on(over, [&closed(ends), &opened()], again);
    assert_eq!(reopened.paused, HOUR * 10);
    assert_eq!(due(&reopened), moments(["2026-11-24T15:00:00Z", "2026-11-26T01:00:00Z"]));
}

#[test]
fn what_was_answered_stays_as_it_was_due() {
    let asked = at("2026-11-23T16:00:00Z");
    let waits = TargetFacts { first_answered_at: Some(asked), ..waiting(asked) };
    let paused = moved_on(started(), [&opened(), &waits], asked);
    assert_eq!(due(&paused)[0], Some(at("2026-11-23T17:00:00Z").to_string()));
    assert_eq!(paused.next_step(&waits), Some((asked.plus(REMINDS_AFTER), TimedStep::Remind)));
}

#[test]
fn another_priority_counts_anew_from_the_opening_and_leaves_pauses_out() {
    let asked = at("2026-11-23T16:00:00Z");
    let answered = at("2026-11-23T18:00:00Z");
    let paused = moved_on(started(), [&opened(), &waiting(asked)], asked);
    let resumed = moved_on(paused, [&waiting(asked), &opened()], answered);
    let low = TargetFacts { priority: Priority::Low, ..opened() };
    // A day of work longer than two hours; two hours of pause.
    let later = moved_on(resumed, [&opened(), &low], at("2026-11-23T20:00:00Z"));
    assert_eq!(due(&later)[0], Some(at("2026-11-25T17:00:00Z").to_string()));
    let urgent = TargetFacts { priority: Priority::Urgent, ..opened() };
    let sooner = moved_on(later, [&low, &urgent], at("2026-11-23T21:00:00Z"));
    assert_eq!(due(&sooner), moments(["2026-11-23T17:30:00Z", "2026-11-24T01:00:00Z"]));
    // Of one that waits, what is left is counted anew.
    let low_waits = TargetFacts { priority: Priority::Low, ..waiting(asked) };
    let counted = moved_on(paused, [&waiting(asked), &low_waits], answered);
    assert_eq!(counted.left(TicketTarget::FirstAnswer), Some(HOUR * 23));
}

#[test]
fn a_target_is_missed_once_unless_it_was_met() {
    let mut targets = started();
    let missed = |target, due_at: &str| Some((at(due_at), TimedStep::Miss(target)));
    let first = missed(TicketTarget::FirstAnswer, "2026-11-23T17:00:00Z");
    let second = missed(TicketTarget::Resolution, "2026-11-25T15:00:00Z");
    assert_eq!(targets.next_step(&opened()), first);
    let in_time = TargetFacts { first_answered_at: Some(at("2026-11-23T16:59:59Z")), ..opened() };
    assert_eq!(targets.next_step(&in_time), second);
    let late = TargetFacts { first_answered_at: Some(at("2026-11-23T17:00:00Z")), ..opened() };
    assert_eq!(targets.next_step(&late), first);
    targets.first_answer_missed_at = Some(at("2026-11-23T17:00:10Z"));
    assert_eq!(targets.next_step(&late), second);
    targets.resolution_missed_at = Some(at("2026-11-25T15:00:10Z"));
    assert_eq!(targets.next_step(&opened()), None);
}

#[test]
fn what_is_closed_in_time_is_never_missed() {
    let ends = closed(at("2026-11-23T16:00:00Z"));
    assert_eq!(started().next_step(&ends), None);
}

#[test]
fn silence_is_met_by_a_reminder_and_then_by_the_end() {
    let since = at("2026-11-23T16:00:00Z");
    let mut targets = moved_on(started(), [&opened(), &waiting(since)], since);
    let day = HOUR * 24;
    assert_eq!(targets.next_step(&waiting(since)), Some((since.plus(day * 7), TimedStep::Remind)));
    targets.reminded_at = Some(since.plus(day * 7));
    assert_eq!(targets.next_step(&waiting(since)), Some((since.plus(day * 14), TimedStep::Lapse)));
    // Nobody lapses who was reminded late, and has not had a week since.
    targets.reminded_at = Some(since.plus(day * 9));
    assert_eq!(targets.next_step(&waiting(since)), Some((since.plus(day * 16), TimedStep::Lapse)));
    // Another wait begins anew.
    let again = since.plus(day * 9);
    let open = moved_on(targets, [&waiting(since), &opened()], again);
    assert_eq!(open.reminded_at, None);
    let waits = moved_on(open, [&opened(), &waiting(again)], again);
    assert_eq!(waits.next_step(&waiting(again)), Some((again.plus(day * 7), TimedStep::Remind)));
}

#[test]
fn a_ticket_without_targets_has_none_until_its_priority_changes() {
    let none = TicketTargets::default();
    assert_eq!(none.next_due_at(&opened()), None);
    let asked = at("2026-11-23T16:00:00Z");
    let paused = moved_on(none, [&opened(), &waiting(asked)], asked);
    assert_eq!(due(&paused), [None, None]);
    let urgent = TargetFacts { priority: Priority::Urgent, ..opened() };
    let counted = moved_on(none, [&opened(), &urgent], asked);
    assert_eq!(due(&counted)[0], Some(at("2026-11-23T15:30:00Z").to_string()));
}
