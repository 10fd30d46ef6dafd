//! Every step of a ticket, by every role, in every state and at both tiers: what the table of steps says is what
//! the API does.

use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::actor::{Actor as Who, Person, Standing};
use caredesk_core::domain::ids::{AccountId, SessionId, TicketId};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::ticket::flow::{Facts, InternalTickets};
use caredesk_core::domain::ticket::{Resolution, TicketKind, TicketState, Tier};
use caredesk_core::policy::{self, TicketFacts, TicketPlace, TicketSight};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::operations::{self, Operation};
use crate::support::scene::Scene;
use crate::support::tickets::Stand;

/// Operations that take a step of one ticket.
fn steps() -> impl Iterator<Item = &'static Operation> {
    let takes =
        |operation: &&Operation| operation.changes() && operation.path.contains("{ticket_id}");
    operations::all().iter().filter(takes)
}

/// Somebody as the rules know them.
fn known(scene: &Scene<'_>, who: &Actor<'_>, role: Role) -> Who {
    let now = scene.app.house.clock.now();
    Who::Person(Person {
        account: AccountId::of(who.account),
        session: SessionId::of(who.session),
        tenant: scene.tenant_of(role),
        standing: Standing {
            role,
            status: AccountStatus::Active,
            has_second_factor: true,
            second_factor_is_compulsory: role.needs_second_factor(),
            second_factor_at: Some(now),
            tenant_suspended: false,
            permissions: PermissionSet::NONE,
        },
    })
}

/// What finds something ready that a step beside the table needs: another ticket, a number on file, no codes counted.
const PREPARED: [&str; 4] =
    ["follow_up_ticket", "merge_ticket", "record_call_back", "send_verification_code"];

/// A ticket as the rules know it.
fn facts(scene: &Scene<'_>, stand: Stand) -> TicketFacts {
    let now = scene.app.house.clock.now();
    let is_closed = stand.state == TicketState::Closed;
    TicketFacts {
        id: TicketId::of(scene.ticket),
        tenant: scene.tenant,
        requester: Some(AccountId::of(stand.requester)),
        assignee: stand.assignee.map(AccountId::of),
        is_in_copy: false,
        is_by_caller: false,
        organization_takes_part: stand.organization_takes_part,
        is_answered: false,
        is_for_team: true,
        flow: Facts {
            state: Some(stand.state),
            kind: stand.kind,
            tier: stand.tier,
            resolution: is_closed.then_some(Resolution::Solved),
            closed_at: is_closed.then_some(now),
            waits_since: None,
            is_assigned: stand.assignee.is_some(),
            is_confirmed: false,
            has_action: stand.tier == Tier::Two && stand.assignee.is_some(),
            internal_tickets: InternalTickets::None,
            now,
        },
        version: 1,
    }
}

/// What should come out: the status, and the code of a refusal.
fn expected(
    scene: &Scene<'_>,
    (operation, who): (&Operation, &Who),
    facts: &TicketFacts,
) -> Option<String> {
    let now = scene.app.house.clock.now();
    let found = policy::bars(operation.kind(), who, facts, now);
    let first = found.first().map(|denial| denial.code.to_string());
    let place = TicketPlace {
        tenant: facts.tenant,
        tier: facts.flow.tier,
        requester: facts.requester,
        is_for_team: true,
        is_about_access: false,
        is_policy_question: false,
        organization_takes_part: facts.organization_takes_part,
        is_in_copy: false,
    };
    match first {
        Some(code) if code == "action.not_permitted" => Some(code),
        _ if !TicketSight::by(who).sees(&place) => Some("resource.not_found".to_owned()),
        first => first,
    }
}

on_both! {
    async fn every_step_by_every_role_in_every_state_is_as_the_table_says(app) {
        let scene = Scene::set(&app).await;
        let agent = |role| Tier::of(role).is_some();
        for role in [Role::SiteAdmin, Role::SupportUser, Role::Member, Role::Guardian, Role::TierOne, Role::TierTwo, Role::DeskManager] {
            let who = scene.someone(role).await;
            let rules = known(&scene, &who, role);
            for (state, tier) in TicketState::ALL.iter().flat_map(|state| Tier::ALL.map(|tier| (*state, tier))) {
                for operation in steps() {
                    let requester = if agent(role) { scene.user } else { who.account };
                    let objects = operation.id == "object_to_masking";
                    let assignee: Option<Uuid> = agent(role).then_some(who.account);
                    let is_taken = operation.id != "assign_ticket";
                    let stand = Stand {
                        kind: TicketKind::Emergency,
                        state,
                        tier,
                        assignee: assignee.filter(|_| is_taken),
                        organization_takes_part: true,
                        ..Stand::open(requester)
                    };
                    if PREPARED.contains(&operation.id.as_str()) {
                        scene.prepare(operation, &who).await;
                    }
                    scene.have_the_ticket(stand).await;
                    scene.have_what_is_beside(&operation.id).await;
                    let answer = scene.call(operation, role, &who).await;
                    let case = format!("{} by {role}, {state} at tier {tier}: {}", operation.id, answer.raw);
                    let is_unfit = !is_taken && Tier::of(role) != Some(tier);
                    let mut known = facts(&scene, stand);
                    if operation.id == "wait_for_development" {
                        known.flow.internal_tickets = InternalTickets::Pending; // it comes with the step
                    }
                    match expected(&scene, (operation, &rules), &known) {
                        // They may give it to an agent of its tier, and are none themselves.
                        None if is_unfit => assert_eq!(answer.body["code"], "ticket.assignee_unfit", "{case}"),
                        // Agents object to what was masked of their own words.
                        None if objects && agent(role) => assert_eq!(answer.body["code"], "ticket.not_yours", "{case}"),
                        None => assert_eq!(answer.status.as_u16(), operation.success(), "{case}"),
                        Some(code) => assert_eq!(answer.body["code"], code, "{case}"),
                    }
                }
            }
        }
    }
}
