//! Who opens, sees and moves tickets, and how they begin.

use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::domain::account::AccountStatus;
use crate::domain::actor::Standing;
use crate::domain::ids::SessionId;
use crate::domain::permission::PermissionSet;
use crate::domain::ticket::flow::InternalTickets;
use crate::domain::ticket::{Priority, Resolution, TicketKind};
use crate::policy::desk::{
    Channel, DeskPolicy, Fact, FactSource, Facts as Known, Inquiry, RequestType, RequesterKind,
};
use crate::policy::matrix::grant;
use crate::policy::{action, decide, matrix::Grant};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn now() -> Moment {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn account(number: u128) -> AccountId {
    AccountId::of(Uuid::from_u128(number))
}

fn tenant(number: u128) -> TenantId {
    TenantId::of(Uuid::from_u128(number))
}

/// Somebody of a role, with the second factor proved a while ago.
fn somebody(number: u128, role: Role, proved: SignedDuration) -> Actor {
    let is_tenants = matches!(role, Role::SiteAdmin | Role::SupportUser | Role::Member);
    let standing = Standing {
        role,
        status: AccountStatus::Active,
        has_second_factor: true,
        second_factor_is_compulsory: true,
        second_factor_at: Some(now().plus(-proved)),
        tenant_suspended: false,
        permissions: PermissionSet::NONE,
    };
    Actor::Person(Person {
        account: account(number),
        session: SessionId::of(Uuid::nil()),
        tenant: is_tenants.then(|| tenant(1)),
        standing,
    })
}

fn person(number: u128, role: Role) -> Actor {
    somebody(number, role, HOUR)
}

/// A ticket of account 7 of tenant 1 that agent 2 has.
fn ticket(state: TicketState, tier: Tier) -> TicketFacts {
    let flow = Facts {
        state: Some(state),
        has_action: true,
        internal_tickets: InternalTickets::Pending,
        ..Facts::before_opening(TicketKind::Ordinary, tier, now())
    };
    TicketFacts {
        id: TicketId::of(Uuid::nil()),
        tenant: tenant(1),
        requester: Some(account(7)),
        assignee: Some(account(2)),
        is_in_copy: false,
        is_by_caller: false,
        organization_takes_part: false,
        is_answered: false,
        is_for_team: true,
        flow,
        version: 1,
    }
}

fn refused<A: action::Action<Target = TicketFacts>>(
    actor: &Actor,
    ticket: TicketFacts,
) -> Option<&'static str> {
    decide::<A>(actor, ticket, now()).err().map(|denials| denials.first.code.as_str())
}

fn words(allowed: &[ActionKind]) -> Vec<&'static str> {
    allowed.iter().map(|action| action.as_str()).collect()
}

fn opening(role: Role, change: impl Fn(&mut OpeningFacts)) -> Option<&'static str> {
    let mut facts = OpeningFacts {
        tenant: tenant(1),
        request_type: RequestType::parse("technical.error.report").unwrap(),
        channel: Channel::Portal,
        is_for_caller: false,
        help_search: SearchedBefore::Missing,
    };
    change(&mut facts);
    let decided = decide::<action::OpenTicket>(&person(7, role), facts, now());
    decided.err().map(|denials| denials.first.code.as_str())
}

#[test]
fn a_member_is_told_whom_to_turn_to_and_may_report_an_emergency() {
    assert_eq!(opening(Role::Member, |_| {}), Some("ticket.not_yours_to_open"));
    let emergency = |facts: &mut OpeningFacts| {
        facts.request_type = RequestType::parse("tickets.submit.emergency").unwrap();
    };
    assert_eq!(opening(Role::Member, emergency), None);
    let of_others = |facts: &mut OpeningFacts| {
        emergency(facts);
        facts.is_for_caller = true;
    };
    assert_eq!(opening(Role::Member, of_others), Some("action.not_permitted"));
    for role in [Role::Developer, Role::Integration, Role::PlatformAdmin] {
        assert_eq!(opening(role, emergency), Some("action.not_permitted"), "{role}");
    }
    assert_eq!(opening(Role::Developer, |_| {}), Some("action.not_permitted"));
    for actor in [person(7, Role::Member), Actor::Public] {
        assert!(decide::<action::ReportEmergency>(&actor, (), now()).is_ok());
    }
}

#[test]
fn whoever_logs_tickets_searches_the_help_centre_first() {
    let found = |facts: &mut OpeningFacts| facts.help_search = SearchedBefore::Done;
    let off = |facts: &mut OpeningFacts| facts.help_search = SearchedBefore::NotAsked;
    let access = |facts: &mut OpeningFacts| {
        facts.request_type = RequestType::parse("access.change.by_site_admin").unwrap();
    };
    for role in [Role::SiteAdmin, Role::SupportUser] {
        assert_eq!(opening(role, |_| {}), Some("ticket.help_search_required"), "{role}");
        assert_eq!(opening(role, found), None);
        assert_eq!(opening(role, off), None);
        assert_eq!(opening(role, access), None);
    }
    assert_eq!(opening(Role::Guardian, |_| {}), None, "never asked of families");
}

#[test]
fn a_search_counts_for_a_day() {
    let search = |age: SignedDuration| SearchedBefore::of(Some(now().plus(-age)), true, now());
    assert_eq!(search(HOUR * 24), SearchedBefore::Done);
    assert_eq!(search(HOUR * 24 + SignedDuration::from_micros(1)), SearchedBefore::Missing);
    assert_eq!(SearchedBefore::of(None, true, now()), SearchedBefore::Missing);
    assert_eq!(SearchedBefore::of(None, false, now()), SearchedBefore::NotAsked);
}

#[test]
fn agents_open_for_callers_and_nobody_else_does() {
    let by_phone = |facts: &mut OpeningFacts| {
        facts.is_for_caller = true;
        facts.channel = Channel::Phone;
    };
    for role in [Role::TierOne, Role::TierTwo] {
        assert_eq!(opening(role, by_phone), None);
        assert_eq!(opening(role, |_| {}), Some("ticket.caller_required"));
        let on_portal = |facts: &mut OpeningFacts| facts.is_for_caller = true;
        assert_eq!(opening(role, on_portal), Some("ticket.caller_required"));
    }
    assert_eq!(opening(Role::Guardian, by_phone), Some("action.not_permitted"));
}

#[test]
fn what_is_allowed_is_what_is_not_refused() {
    let open = ticket(TicketState::Open, Tier::One);
    let first = person(2, Role::TierOne);
    assert_eq!(
        words(&open.allowed(&first, now())),
        [
            "ticket.resolve",
            "ticket.reply",
            "ticket.ask",
            "ticket.hand_to_organization",
            "ticket.escalate",
            "ticket.refer",
            "ticket.merge",
            "ticket.assign",
            "ticket.retype",
            "ticket.reprioritise",
            "ticket.verify_requester",
            "ticket.note",
            "ticket.watch"
        ]
    );
    assert_eq!(
        words(&open.allowed(&person(7, Role::SupportUser), now())),
        ["ticket.reply", "ticket.withdraw", "ticket.add_details", "ticket.watch"]
    );
    for role in Role::ALL {
        for number in [2, 3, 7, 8] {
            let actor = somebody(number, *role, SignedDuration::ZERO);
            for state in TicketState::ALL {
                for tier in Tier::ALL {
                    let facts = ticket(*state, tier);
                    for action in facts.allowed(&actor, now()) {
                        assert!(bars(action, &actor, &facts, now()).is_empty(), "{action}");
                        assert_ne!(grant(action, *role), Grant::Never, "{role} {action}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_member_whose_ticket_was_closed_opens_none_after_it() {
    let mut closed = ticket(TicketState::Closed, Tier::One);
    closed.flow.resolution = Some(Resolution::Solved);
    closed.flow.closed_at = Some(now().plus(-HOUR));
    let allowed = |role| words(&closed.allowed(&person(7, role), now()));
    assert_eq!(allowed(Role::Member), ["ticket.reopen", "ticket.add_details", "ticket.watch"]);
    assert_eq!(
        allowed(Role::Guardian),
        ["ticket.reopen", "ticket.follow_up", "ticket.add_details"]
    );
}

#[test]
fn steps_of_others_are_refused_by_their_reason() {
    let open = ticket(TicketState::Open, Tier::One);
    let colleague = person(8, Role::SupportUser);
    assert_eq!(refused::<action::WithdrawTicket>(&colleague, open), Some("ticket.not_yours"));
    let closed = ticket(TicketState::Closed, Tier::One);
    let requester = person(7, Role::SupportUser);
    assert_eq!(refused::<action::WithdrawTicket>(&requester, closed), Some("ticket.not_in_state"));
    let second = person(3, Role::TierTwo);
    assert_eq!(refused::<action::ResolveTicket>(&second, open), Some("ticket.tier"));
    assert_eq!(refused::<action::EscalateTicket>(&second, open), Some("action.not_permitted"));
    let unrecorded = {
        let mut ticket = ticket(TicketState::Open, Tier::Two);
        ticket.flow.has_action = false;
        ticket
    };
    let refusal = refused::<action::ResolveTicket>(&second, unrecorded);
    assert_eq!(refusal, Some("ticket.action_required"));
    let nobodys = TicketFacts { assignee: None, ..ticket(TicketState::Open, Tier::Two) };
    let refusal = refused::<action::RecordTicketAction>(&second, nobodys);
    assert_eq!(refusal, Some("ticket.not_assigned"));
}

#[test]
fn the_organisation_answers_where_it_takes_part() {
    let waiting = ticket(TicketState::WaitingOnOrganization, Tier::One);
    let taking_part = TicketFacts { organization_takes_part: true, ..waiting };
    for role in [Role::SiteAdmin, Role::SupportUser] {
        let refusal = refused::<action::OrganizationAnswered>(&person(8, role), waiting);
        assert_eq!(refusal, Some("ticket.not_yours"), "{role}");
        assert_eq!(refused::<action::OrganizationAnswered>(&person(8, role), taking_part), None);
    }
    let elsewhere = TicketFacts { tenant: tenant(2), ..taking_part };
    let refusal = refused::<action::OrganizationAnswered>(&person(8, Role::SiteAdmin), elsewhere);
    assert_eq!(refusal, Some("ticket.not_yours"));
}

#[test]
fn an_agent_says_what_a_caller_said_where_callers_speak_through_agents() {
    let waiting = ticket(TicketState::WaitingOnRequester, Tier::One);
    let called = TicketFacts { is_by_caller: true, ..waiting };
    let refusal = |role, ticket| refused::<action::ReplyForCaller>(&person(2, role), ticket);
    assert_eq!(refusal(Role::TierOne, called), None);
    assert_eq!(refusal(Role::TierTwo, called), None);
    assert_eq!(refusal(Role::TierOne, waiting), Some("ticket.not_yours"));
    assert_eq!(refusal(Role::SupportUser, called), Some("action.not_permitted"));
    let second = TicketFacts { is_by_caller: true, ..ticket(TicketState::Open, Tier::Two) };
    assert_eq!(refusal(Role::TierOne, second), Some("ticket.not_yours"));
    let offers = |ticket: &TicketFacts| {
        ticket.allowed(&person(2, Role::TierOne), now()).contains(&ActionKind::ReplyForCaller)
    };
    assert!(offers(&called) && !offers(&waiting));
}

#[test]
fn whoever_asks_or_is_in_copy_adds_details_at_any_time_and_agents_those_of_callers() {
    let refusal =
        |number, role, ticket| refused::<action::AddTicketDetails>(&person(number, role), ticket);
    for state in TicketState::ALL {
        let theirs = ticket(*state, Tier::One);
        let copied = TicketFacts { is_in_copy: true, ..theirs };
        let called = TicketFacts { is_by_caller: true, ..theirs };
        assert_eq!(refusal(7, Role::Guardian, theirs), None, "{state}");
        assert_eq!(refusal(8, Role::Member, copied), None, "{state}");
        assert_eq!(refusal(8, Role::SupportUser, theirs), Some("ticket.not_yours"), "{state}");
        assert_eq!(refusal(2, Role::TierOne, called), None, "{state}");
        assert_eq!(refusal(2, Role::TierOne, theirs), Some("ticket.not_yours"), "{state}");
    }
    let asker = person(7, Role::SupportUser);
    let step = |state| ticket(state, Tier::One).transition(ActionKind::AddTicketDetails, &asker);
    assert_eq!(step(TicketState::WaitingOnRequester), Some(Transition::Reply));
    assert_eq!((step(TicketState::Open), step(TicketState::Closed)), (None, None));
}

#[test]
fn what_was_masked_is_shown_to_the_second_tiers_agent_who_has_the_ticket() {
    let reveal = |number, role, proved: i64, tier| {
        let actor = somebody(number, role, SignedDuration::from_mins(proved));
        refused::<action::RevealTicket>(&actor, ticket(TicketState::Open, tier))
    };
    assert_eq!(reveal(2, Role::TierTwo, 15, Tier::Two), None);
    assert_eq!(reveal(2, Role::TierTwo, 16, Tier::Two), Some("second_factor.step_up_required"));
    assert_eq!(reveal(2, Role::TierTwo, 0, Tier::One), Some("ticket.tier"));
    assert_eq!(reveal(3, Role::TierTwo, 0, Tier::Two), Some("ticket.not_assigned"));
    assert_eq!(reveal(2, Role::TierOne, 0, Tier::Two), Some("action.not_permitted"));
    assert_eq!(reveal(2, Role::DeskManager, 0, Tier::Two), Some("action.not_permitted"));
    let nobodys = TicketFacts { assignee: None, ..ticket(TicketState::Open, Tier::Two) };
    let system = refused::<action::RevealTicket>(&Actor::System, nobodys);
    assert_eq!(system, Some("ticket.not_assigned"), "nobody is not whoever has it");
}

#[test]
fn agents_of_the_tier_make_sure_who_calls() {
    let verify = |role, state, tier| {
        refused::<action::VerifyRequester>(&person(2, role), ticket(state, tier))
    };
    assert_eq!(verify(Role::TierOne, TicketState::New, Tier::One), None);
    assert_eq!(verify(Role::TierTwo, TicketState::Open, Tier::Two), None);
    assert_eq!(verify(Role::TierTwo, TicketState::Open, Tier::One), Some("ticket.tier"));
    assert_eq!(verify(Role::TierOne, TicketState::Open, Tier::Two), Some("ticket.not_yours"));
    assert_eq!(verify(Role::TierOne, TicketState::Closed, Tier::One), Some("ticket.not_in_state"));
}

#[test]
fn what_the_product_does_by_itself_nobody_else_does() {
    let mut waiting = ticket(TicketState::WaitingOnRequester, Tier::One);
    waiting.flow.waits_since = Some(now().plus(-(HOUR * 336)));
    assert_eq!(refused::<action::LapseTicket>(&Actor::System, waiting), None);
    assert_eq!(refused::<action::MissTicketTarget>(&Actor::System, waiting), None);
    for role in Role::ALL {
        let refusals = [
            refused::<action::LapseTicket>(&person(2, *role), waiting),
            refused::<action::RemindRequester>(&person(2, *role), waiting),
            refused::<action::MissTicketTarget>(&person(2, *role), waiting),
        ];
        assert_eq!(refusals, [Some("action.not_permitted"); 3], "{role}");
    }
    assert_eq!(refused::<action::ResolveTicket>(&Actor::System, waiting), Some("ticket.not_yours"));
}

#[test]
fn a_ticket_is_seen_by_more_roles_than_another_one_or_not() {
    let private = TicketPlace {
        tenant: tenant(1),
        tier: Tier::One,
        requester: Some(account(8)),
        is_for_team: false,
        is_about_access: false,
        organization_takes_part: false,
        is_in_copy: false,
        is_policy_question: false,
    };
    let team = TicketPlace { is_for_team: true, ..private };
    let access = TicketPlace { is_about_access: true, ..team };
    let part = TicketPlace { organization_takes_part: true, ..team };
    let at_two = TicketPlace { tier: Tier::Two, ..team };
    let elsewhere = TicketPlace { tenant: tenant(2), ..team };
    for (one, other, holds) in [
        (private, team, true),
        (team, private, false),
        (team, team, true),
        (access, team, false),
        (access, part, true),
        (team, part, true),
        (at_two, team, true),
        (team, at_two, false),
        (team, elsewhere, false),
    ] {
        assert_eq!(one.is_seen_by_no_more_roles_than(&other), holds, "{one:?} {other:?}");
    }
    assert!(team.is_seen_as(Role::SupportUser, Some(tenant(1))));
    assert!(!team.is_seen_as(Role::SupportUser, Some(tenant(2))));
    assert!(!team.is_seen_as(Role::SiteAdmin, Some(tenant(1))));
    assert!(!part.is_seen_as(Role::Member, Some(tenant(1))));
}

#[test]
fn who_sees_which_tickets() {
    let place = |requester: u128, tenant_of: u128, tier| TicketPlace {
        tenant: tenant(tenant_of),
        tier,
        requester: Some(account(requester)),
        is_for_team: true,
        is_about_access: false,
        is_policy_question: false,
        organization_takes_part: false,
        is_in_copy: false,
    };
    let team = place(8, 1, Tier::One);
    let family = TicketPlace { is_for_team: false, ..team };
    let cases = [
        ("one's own", place(7, 1, Tier::One)),
        ("in copy", TicketPlace { is_in_copy: true, ..place(8, 2, Tier::Two) }),
        ("a colleague's", team),
        ("a colleague's, about access", TicketPlace { is_about_access: true, ..team }),
        ("a colleague's, of policy", TicketPlace { is_policy_question: true, ..team }),
        ("a family's", family),
        ("a family's, of policy", TicketPlace { is_policy_question: true, ..family }),
        ("a colleague's, taking part", TicketPlace { organization_takes_part: true, ..team }),
        ("a family's, taking part", TicketPlace { organization_takes_part: true, ..team }),
        ("another organisation's", place(8, 2, Tier::One)),
        ("at tier 2", place(8, 1, Tier::Two)),
    ];
    let mut lines = Vec::new();
    for role in Role::ALL {
        let sight = TicketSight::by(&person(7, *role));
        let seen = cases.iter().filter(|(_, place)| sight.sees(place)).map(|(name, _)| *name);
        let seen: Vec<&str> = seen.collect();
        let (text, people) = (sight.text(), sight.people());
        let text = match text {
            TextSight::Hidden => "hidden",
            TextSight::Masked => "masked",
            TextSight::OwnWords { .. } => "own words",
        };
        lines.push(format!("{role}: {}; text {text}; people {people:?}", seen.join(", ")));
    }
    insta::assert_snapshot!("who_sees_which_tickets", lines.join("\n"));
}

#[test]
fn ones_own_words_and_ones_organisations_are_shown_as_written() {
    let shows = |role, author, of| TicketSight::by(&person(7, role)).shows_original(author, of);
    assert!(shows(Role::Guardian, Some(account(7)), None));
    assert!(!shows(Role::Guardian, Some(account(8)), None), "another family's");
    assert!(!shows(Role::Guardian, None, None));
    assert!(shows(Role::SupportUser, Some(account(8)), Some(tenant(1))));
    assert!(!shows(Role::SupportUser, Some(account(8)), Some(tenant(2))));
    assert!(!shows(Role::SupportUser, Some(account(8)), None), "a family's");
    for role in [Role::TierOne, Role::TierTwo, Role::DeskManager] {
        assert!(!shows(role, Some(account(8)), Some(tenant(1))), "{role}");
    }
}

#[test]
fn a_caller_without_an_account_is_named_to_nobody_at_the_desk() {
    let seen = |role, judged| TicketSight::by(&person(7, role)).caller(judged);
    for judged in RequesterKind::ALL {
        assert_eq!(seen(Role::TierTwo, *judged), CallerSight::Masked, "{judged}");
        let is_guardian = *judged == RequesterKind::Family;
        let numbered = if is_guardian { CallerSight::Masked } else { CallerSight::Hidden };
        assert_eq!(seen(Role::TierOne, *judged), numbered, "{judged}");
        assert_eq!(seen(Role::DeskManager, *judged), numbered, "{judged}");
        assert_eq!(seen(Role::SupportUser, *judged), CallerSight::Named, "{judged}");
    }
}

/// What the built-in policy decides.
fn intake(request_type: &str, requester: RequesterKind, facts: &[(Fact, bool)]) -> Intake {
    let mut known = Known::new();
    for (fact, flag) in facts {
        known.set_flag(*fact, *flag, FactSource::Given).unwrap();
    }
    Intake::of(&DeskPolicy::built_in().evaluate(&Inquiry {
        request_type: RequestType::parse(request_type).unwrap(),
        requester,
        channel: Channel::Phone,
        facts: known,
        copy_on_referrals: false,
    }))
}

#[test]
fn a_ticket_begins_as_policy_decided() {
    let helped = intake("technical.error.report", RequesterKind::SupportUser, &[]);
    assert_eq!((helped.state, helped.tier), (TicketState::New, Tier::One));
    assert_eq!(helped.priority, Priority::High, "errors are");
    let referred = intake("health.lockout.unlock", RequesterKind::Family, &[]);
    assert_eq!(referred.transition, Transition::Refer);
    assert_eq!(referred.state, TicketState::Closed);
    assert_eq!(referred.resolution, Some(Resolution::Referred));
    let unverified = intake("case.followup", RequesterKind::Family, &[]);
    assert_eq!((unverified.state, unverified.waits_for.len()), (TicketState::New, 1));
    let second = intake("case.escalate.tier2", RequesterKind::AgentTier1, &[]);
    assert_eq!((second.state, second.tier), (TicketState::New, Tier::Two));
    let emergency = intake("tickets.submit.emergency", RequesterKind::OrgStaff, &[]);
    assert_eq!((emergency.kind, emergency.priority), (TicketKind::Emergency, Priority::Urgent));
    let none =
        intake("tickets.submit.emergency", RequesterKind::OrgStaff, &[(Fact::SystemAccess, true)]);
    assert_eq!((none.kind, none.state), (TicketKind::Ordinary, TicketState::Closed));
    assert!(intake("policy.decision", RequesterKind::SiteAdmin, &[]).is_policy_question);
    let member = intake("tickets.redirect.non_support", RequesterKind::OrgStaff, &[]);
    assert_eq!(member.resolution, Some(Resolution::Referred), "a member who phones");
}

#[test]
fn every_request_begins_by_a_row_of_the_table() {
    let policy = DeskPolicy::built_in();
    for rule in policy.rules() {
        for requester in RequesterKind::ALL {
            let intake = intake(rule.code.as_str(), *requester, &[]);
            let facts = Facts::before_opening(intake.kind, intake.tier, now());
            let next = flow::next(intake.transition, &facts).unwrap();
            assert_eq!((next.state, next.tier), (intake.state, intake.tier), "{}", rule.code);
            assert_eq!(next.closes_as.first().copied(), intake.resolution, "{}", rule.code);
        }
    }
}

#[test]
fn a_sensitive_referral_has_the_organisation_take_part() {
    let policy = DeskPolicy::built_in();
    let sensitive: Vec<&str> = policy
        .request_types()
        .filter(|rule| rule.is_sensitive)
        .map(|rule| rule.code.as_str())
        .collect();
    assert!(!sensitive.is_empty());
    for code in sensitive {
        let family = intake(code, RequesterKind::Family, &[]);
        assert!(!family.organization_takes_part || family.state == TicketState::Closed, "{code}");
        assert!(!intake(code, RequesterKind::SupportUser, &[]).organization_takes_part, "{code}");
    }
    assert!(intake("profiles.email.add", RequesterKind::Family, &[]).organization_takes_part);
}

#[test]
fn details_are_asked_for_that_were_not_given() {
    let decision = |request_type: &str| {
        DeskPolicy::built_in().evaluate(&Inquiry {
            request_type: RequestType::parse(request_type).unwrap(),
            requester: RequesterKind::Family,
            channel: Channel::Portal,
            facts: Known::new(),
            copy_on_referrals: false,
        })
    };
    let error = decision("technical.error.report");
    let asked = HelpfulDetail::to_ask_for(&error.effects, &[HelpfulDetail::Browser]);
    assert_eq!(asked.first(), Some(&HelpfulDetail::ErrorMessage));
    assert_eq!(asked.len(), HelpfulDetail::ALL.len() - 1);
    assert_eq!(HelpfulDetail::to_ask_for(&decision("finance.refund").effects, &[]), []);
}

#[test]
fn a_caller_without_an_account_answers_on_their_own_ticket_and_nothing_else() {
    let theirs = TicketFacts { requester: None, ..ticket(TicketState::Open, Tier::One) };
    let (caller, other) = (Actor::Caller(theirs.id), Actor::Caller(TicketId::of(Uuid::max())));
    assert_eq!(refused::<action::ReplyToTicket>(&caller, theirs), None);
    assert_eq!(refused::<action::ReplyToTicket>(&other, theirs), Some("ticket.not_yours"));
    let of_an_account = ticket(TicketState::Open, Tier::One);
    assert_eq!(refused::<action::ReplyToTicket>(&caller, of_an_account), Some("ticket.not_yours"));
    assert_eq!(refused::<action::WithdrawTicket>(&caller, theirs), Some("auth.required"));
    assert_eq!(refused::<action::NoteOnTicket>(&caller, theirs), Some("auth.required"));
}
