//! The table as it is reviewed, what it offers to whom, and that it keeps its promises.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::diagram::{DIAGRAM_BEGINS, DIAGRAM_ENDS, markdown};
use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn now() -> Moment {
    at("2026-11-22T12:00:00Z")
}

/// A ticket in a state, that everything was done for.
fn ticket(state: TicketState, tier: Tier) -> Facts {
    let is_closed = state == TicketState::Closed;
    Facts {
        state: Some(state),
        resolution: is_closed.then_some(Resolution::Solved),
        closed_at: is_closed.then_some(now()),
        waits_since: state.is_waiting().then_some(now()),
        is_assigned: state != TicketState::New,
        has_action: true,
        internal_tickets: InternalTickets::Pending,
        ..Facts::before_opening(TicketKind::Ordinary, tier, now())
    }
}

fn agent(tier: Tier, facts: &Facts) -> PartySet {
    PartySet::of_agent(tier, facts.tier)
}

fn only(party: Party) -> PartySet {
    std::iter::once(party).collect()
}

#[test]
fn the_table_is_what_was_reviewed() {
    let words = |words: Vec<&str>| if words.is_empty() { "-".to_owned() } else { words.join(" ") };
    let mut lines = Vec::new();
    for row in TABLE {
        let to = match row.to {
            To::State(state) => state.as_str(),
            To::AsItWas => "as it was",
        };
        let at: Vec<String> = row.at.iter().map(Tier::to_string).collect();
        let needs: Vec<&str> = row.needs.iter().map(|need| need.as_str()).collect();
        lines.push(format!(
            "{}: {} -> {to}{}; tier {}{}; by {}; needs {}",
            row.transition,
            words(row.from.iter().map(|state| state.as_str()).collect()),
            row.closes_as.iter().flat_map(|ended| [" ", ended.as_str()]).collect::<String>(),
            at.join(" or "),
            row.tier.map(|tier| format!(" -> {tier}")).unwrap_or_default(),
            words(row.who.iter().map(|party| party.as_str()).collect()),
            if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") },
        ));
    }
    insta::assert_snapshot!("table", lines.join("\n"));
}

#[test]
fn what_is_offered_is_what_was_reviewed() {
    let mut lines = Vec::new();
    for state in TicketState::ALL {
        for tier in Tier::ALL {
            let facts = ticket(*state, tier);
            let somebody = [
                ("requester", only(Party::Requester)),
                ("cc", only(Party::Cc)),
                ("organization", only(Party::Organization)),
                ("tier1", agent(Tier::One, &facts)),
                ("tier2", agent(Tier::Two, &facts)),
                ("system", only(Party::System)),
            ];
            for (name, parties) in somebody {
                let offered: Vec<&str> =
                    allowed(parties, &facts).into_iter().map(Transition::as_str).collect();
                lines.push(format!("{state} at {tier}, {name}: {}", offered.join(" ")));
            }
        }
    }
    insta::assert_snapshot!("offered", lines.join("\n"));
}

/// `UPDATE_DOCS=1` writes the guide anew.
#[test]
fn the_guide_shows_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tickets.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let (before, rest) = guide.split_once(DIAGRAM_BEGINS).expect("where the table begins");
    let (_, after) = rest.split_once(DIAGRAM_ENDS).expect("where it ends");
    let right = format!("{before}{DIAGRAM_BEGINS}\n\n{}\n{DIAGRAM_ENDS}{after}", markdown());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &right).unwrap();
    } else {
        assert!(
            guide == right,
            "docs/tickets.md is not current: UPDATE_DOCS=1 cargo test -p caredesk-core the_guide"
        );
    }
}

#[test]
fn of_several_rows_of_a_step_no_two_are_from_the_same_state() {
    for transition in Transition::ALL {
        let mut seen = BTreeSet::new();
        let mut rows = 0;
        for row in table::of(*transition) {
            rows += 1;
            let from = row.from.iter().copied().map(Some);
            for state in from.chain(row.from.is_empty().then_some(None)) {
                assert!(seen.insert(state), "{transition} from {state:?}");
            }
            assert!(!row.at.is_empty() && !row.who.is_empty(), "{transition}");
        }
        assert!(rows > 0, "{transition} has no row");
    }
}

#[test]
fn what_closes_says_how_and_nothing_else_does() {
    for row in TABLE {
        let closes = row.to == To::State(TicketState::Closed);
        assert_eq!(closes, !row.closes_as.is_empty(), "{}", row.transition);
        let waits = matches!(row.to, To::State(state) if state.is_waiting());
        assert!(!waits || row.from == [TicketState::Open], "{}", row.transition);
    }
    let endings: BTreeSet<Resolution> =
        TABLE.iter().flat_map(|row| row.closes_as).copied().collect();
    assert_eq!(endings.len(), Resolution::ALL.len(), "each has its way");
}

#[test]
fn the_first_tier_has_nothing_to_do_with_tickets_of_the_second() {
    for state in TicketState::ALL {
        let facts = ticket(*state, Tier::Two);
        assert_eq!(allowed(agent(Tier::One, &facts), &facts), []);
    }
}

#[test]
fn only_the_tier_that_has_a_ticket_answers_it() {
    let facts = ticket(TicketState::Open, Tier::One);
    let other = agent(Tier::Two, &facts);
    for transition in [Transition::Ask, Transition::Answer, Transition::Resolve] {
        assert!(step(transition, agent(Tier::One, &facts), &facts).is_ok());
        assert_eq!(step(transition, other, &facts), Err(NotNow::Tier));
        assert_eq!(step(transition, only(Party::Requester), &facts), Err(NotNow::Party));
        let nobodys = Facts { is_assigned: false, ..facts };
        assert_eq!(next(transition, &nobodys), Err(NotNow::Unassigned));
    }
}

#[test]
fn the_second_tier_resolves_nothing_without_a_recorded_action() {
    let facts = Facts { has_action: false, ..ticket(TicketState::Open, Tier::Two) };
    assert_eq!(next(Transition::Resolve, &facts), Err(NotNow::ActionMissing));
    assert!(next(Transition::Resolve, &Facts { tier: Tier::One, ..facts }).is_ok());
    let resolved = next(Transition::Resolve, &Facts { has_action: true, ..facts }).unwrap();
    assert_eq!(resolved.state, TicketState::Closed);
    assert_eq!(resolved.closes_as, [Resolution::Solved, Resolution::AnsweredByArticle]);
    assert!(resolved.needs.contains(&Need::ResolutionText));
}

#[test]
fn an_escalation_and_a_return_free_the_ticket() {
    let facts = ticket(TicketState::WaitingOnRequester, Tier::One);
    let up = next(Transition::Escalate, &facts).unwrap();
    assert_eq!((up.state, up.tier, up.is_freed), (TicketState::Open, Tier::Two, true));
    assert_eq!(next(Transition::ReturnToTier1, &facts), Err(NotNow::Tier));
    let facts = ticket(TicketState::WaitingOnRequester, Tier::Two);
    let down = next(Transition::ReturnToTier1, &facts).unwrap();
    assert_eq!(
        (down.state, down.tier, down.is_freed),
        (TicketState::WaitingOnRequester, Tier::One, true)
    );
    assert_eq!(next(Transition::Escalate, &facts), Err(NotNow::Tier));
}

#[test]
fn a_reply_opens_only_what_waits_for_it() {
    for state in TicketState::ALL {
        let expected = match state {
            TicketState::Closed => Err(NotNow::State),
            TicketState::WaitingOnRequester => Ok(TicketState::Open),
            other => Ok(*other),
        };
        for party in [Party::Requester, Party::Cc] {
            let facts = ticket(*state, Tier::One);
            let next = step(Transition::Reply, only(party), &facts).map(|next| next.state);
            assert_eq!(next, expected, "{state} {party}");
        }
    }
}

#[test]
fn a_ticket_is_opened_again_within_fourteen_days_of_a_closing_that_is_not_final() {
    let closed = ticket(TicketState::Closed, Tier::Two);
    let ago = |age: SignedDuration, resolution| Facts {
        closed_at: Some(now().plus(-age)),
        resolution: Some(resolution),
        ..closed
    };
    let reopened = next(Transition::Reopen, &ago(HOUR * 335, Resolution::NoResponse)).unwrap();
    assert_eq!((reopened.state, reopened.tier), (TicketState::Open, Tier::Two));
    let late = next(Transition::Reopen, &ago(HOUR * 336, Resolution::Solved));
    assert_eq!(late, Err(NotNow::TooLate), "at exactly that age");
    for resolution in Resolution::ALL {
        let is_reopened = next(Transition::Reopen, &ago(HOUR, *resolution)).is_ok();
        assert_eq!(is_reopened, resolution.can_be_reopened(), "{resolution}");
    }
    assert!(next(Transition::FollowUp, &ago(HOUR * 9000, Resolution::Referred)).is_ok());
}

#[test]
fn a_ticket_lapses_after_fourteen_days_of_silence() {
    let waiting = ticket(TicketState::WaitingOnRequester, Tier::One);
    let since = |age: SignedDuration| Facts { waits_since: Some(now().plus(-age)), ..waiting };
    let short = since(LAPSES_AFTER - SignedDuration::from_micros(1));
    assert_eq!(next(Transition::Lapse, &short), Err(NotNow::TooEarly));
    let lapsed = next(Transition::Lapse, &since(LAPSES_AFTER)).unwrap();
    assert_eq!(lapsed.closes_as, [Resolution::NoResponse]);
    let unasked = Facts { waits_since: None, ..waiting };
    assert_eq!(next(Transition::Lapse, &unasked), Err(NotNow::TooEarly));
    assert!(reminds_at(now()) < lapses_at(now()));
}

#[test]
fn an_emergency_is_confirmed_once_and_nothing_else_is_one() {
    let ordinary = ticket(TicketState::New, Tier::One);
    let emergency = Facts { kind: TicketKind::Emergency, ..ordinary };
    let first = agent(Tier::One, &emergency);
    assert_eq!(allowed(first, &emergency).first(), Some(&Transition::ConfirmEmergency));
    assert_eq!(step(Transition::ConfirmEmergency, first, &ordinary), Err(NotNow::NotReported));
    let confirmed = Facts { is_confirmed: true, ..emergency };
    assert_eq!(step(Transition::ConfirmEmergency, first, &confirmed), Err(NotNow::NotReported));
    let declined = step(Transition::DeclineEmergency, first, &confirmed).unwrap();
    assert_eq!(declined.closes_as, [Resolution::EmergencyDeclined]);
}

#[test]
fn development_has_its_part_in_writing() {
    let open = ticket(TicketState::Open, Tier::Two);
    let none = Facts { internal_tickets: InternalTickets::None, ..open };
    assert_eq!(next(Transition::WaitForDevelopment, &none), Err(NotNow::InternalTicketMissing));
    let waiting = ticket(TicketState::WaitingOnDevelopment, Tier::Two);
    assert_eq!(next(Transition::DevelopmentDone, &waiting), Err(NotNow::TooEarly));
    let longer = next(Transition::WaitForDevelopment, &waiting).unwrap();
    assert_eq!(longer.state, TicketState::WaitingOnDevelopment);
    let done = Facts { internal_tickets: InternalTickets::Done, ..waiting };
    assert_eq!(next(Transition::DevelopmentDone, &done).unwrap().state, TicketState::Open);
}

#[test]
fn a_closing_that_did_not_arrive_is_undone() {
    for resolution in Resolution::ALL {
        let closed =
            Facts { resolution: Some(*resolution), ..ticket(TicketState::Closed, Tier::Two) };
        let undone = next(Transition::DeliveryFailed, &closed);
        let is_told = matches!(resolution, Resolution::Solved | Resolution::AnsweredByArticle);
        assert_eq!(undone.is_ok(), is_told, "{resolution}");
        assert!(undone.is_err() || undone.is_ok_and(|next| next.tier == Tier::Two));
    }
}

#[test]
fn before_a_ticket_is_there_only_policy_acts() {
    let facts = Facts::before_opening(TicketKind::Ordinary, Tier::Two, now());
    let everybody: PartySet =
        Party::ALL.iter().copied().filter(|party| *party != Party::Policy).collect();
    assert_eq!(allowed(everybody, &facts), []);
    assert_eq!(allowed(only(Party::Policy), &facts), [Transition::Open, Transition::Refer]);
    let opened = next(Transition::Open, &facts).unwrap();
    assert_eq!((opened.state, opened.tier), (TicketState::New, Tier::Two));
}

fn facts() -> impl Strategy<Value = Facts> {
    let states = prop::option::of(prop::sample::select(TicketState::ALL));
    let tiers = prop::sample::select(&Tier::ALL[..]);
    let kinds = prop::sample::select(TicketKind::ALL);
    let resolutions = prop::option::of(prop::sample::select(Resolution::ALL));
    let internal = prop::sample::select(InternalTickets::ALL);
    let ages = (prop::option::of(0..400_i32), prop::option::of(0..400_i32));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (states, tiers, kinds, resolutions, internal, ages, flags).prop_map(
        |(state, tier, kind, resolution, internal_tickets, (closed, waits), flags)| Facts {
            state,
            kind,
            tier,
            resolution,
            closed_at: closed.map(|hours| now().plus(HOUR * -hours)),
            waits_since: waits.map(|hours| now().plus(HOUR * -hours)),
            is_assigned: flags.0,
            is_confirmed: flags.1,
            has_action: flags.2,
            internal_tickets,
            now: now(),
        },
    )
}

proptest! {
    #[test]
    fn what_is_offered_can_be_taken_and_nothing_else(facts in facts(), bits in any::<u8>()) {
        let parties: PartySet = Party::ALL
            .iter()
            .enumerate()
            .filter(|(at, _)| bits & (1 << at) != 0)
            .map(|(_, party)| *party)
            .collect();
        let offered = allowed(parties, &facts);
        for transition in Transition::ALL {
            let step = step(*transition, parties, &facts);
            prop_assert_eq!(offered.contains(transition), step.is_ok(), "{}", transition);
            prop_assert!(step.is_err() || next(*transition, &facts) == step);
        }
    }

    #[test]
    fn a_closed_ticket_moves_only_by_being_opened_again(facts in facts(), at in 0..Transition::ALL.len()) {
        let facts = Facts { state: Some(TicketState::Closed), ..facts };
        if let Ok(next) = next(Transition::ALL[at], &facts) {
            let opens = matches!(Transition::ALL[at], Transition::Reopen | Transition::DeliveryFailed);
            prop_assert_eq!(next.state == TicketState::Open, opens);
            prop_assert_eq!(next.tier, facts.tier);
        }
    }
}
