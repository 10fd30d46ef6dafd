//! The decision, and the value that proves it was made.

use std::marker::PhantomData;

use super::action::{Action, ActionKind, Target};
use super::matrix::{self, Grant};
use super::scope::Scope;
use crate::domain::account::{AccountStatus, Role};
use crate::domain::actor::{Actor, Standing};
use crate::domain::code::Code;
use crate::domain::time::Moment;

/// One reason why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    /// The rule.
    pub code: Code,
    /// Whether the rule is about the object's state and not about who asks.
    pub about_state: bool,
}

impl Denial {
    /// The actor may not.
    pub(super) const fn of(code: Code) -> Self {
        Self { code, about_state: false }
    }

    /// Nobody could, as the object stands.
    pub(super) const fn conflict(code: Code) -> Self {
        Self { code, about_state: true }
    }
}

/// Every reason why an action is not allowed, the one to tell first in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denials {
    /// The action that was tried.
    pub action: ActionKind,
    /// The reason to tell.
    pub first: Denial,
    /// The others.
    pub others: Vec<Denial>,
}

/// Proof that policy allows `actor` to do `A` to a target. Only [`decide`] makes one.
#[derive(Debug, Clone)]
pub struct Permit<A: Action> {
    actor: Actor,
    target: A::Target,
    scope: Scope,
    action: PhantomData<A>,
}

impl<A: Action> Permit<A> {
    /// Who may.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// On what.
    pub fn target(&self) -> &A::Target {
        &self.target
    }

    /// What the actor may see.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Which action it allows.
    pub fn action(&self) -> ActionKind {
        A::KIND
    }
}

/// Decides whether `actor` may do `A` to `target` now, from the standing it carries.
///
/// # Errors
/// All the rules that forbid it, each by its code.
pub fn decide<A: Action>(
    actor: &Actor,
    target: A::Target,
    now: Moment,
) -> Result<Permit<A>, Denials> {
    denials(A::KIND, bars(A::KIND, actor, &target, now))?;
    Ok(Permit { actor: actor.clone(), target, scope: Scope::of(actor), action: PhantomData })
}

/// Every rule that stands between `actor` and an action on a target now; none if it is allowed.
///
/// What `allowed_actions` shows is this list, so a menu and a refusal cannot disagree.
pub fn bars(action: ActionKind, actor: &Actor, target: &impl Target, now: Moment) -> Vec<Denial> {
    let mut found = about_the_actor(action, actor, now);
    found.extend(target.bars(action, actor, now));
    found
}

/// What `actor` may see while it tries `action`: the scope to look for the target with.
///
/// # Errors
/// The actor may not do this to anything, so nothing need be looked for.
pub fn sight(action: ActionKind, actor: &Actor, now: Moment) -> Result<Scope, Denials> {
    denials(action, about_the_actor(action, actor, now))?;
    Ok(Scope::of(actor))
}

/// The rules about who asks.
fn about_the_actor(action: ActionKind, actor: &Actor, now: Moment) -> Vec<Denial> {
    match actor {
        Actor::System | Actor::Operator => Vec::new(),
        _ if matrix::is_public(action) => Vec::new(),
        Actor::Caller(_) if matrix::is_a_callers(action) => Vec::new(),
        Actor::Public | Actor::Caller(_) => vec![Denial::of(Code::Unauthenticated)],
        Actor::Person(person) => about_the_standing(action, &person.standing, now),
    }
}

/// The rules about a signed-in person's account, role and second factor.
fn about_the_standing(action: ActionKind, standing: &Standing, now: Moment) -> Vec<Denial> {
    let mut found = Vec::new();
    if standing.status != AccountStatus::Active {
        found.push(Denial::of(Code::AccountInactive));
    }
    if standing.tenant_suspended {
        found.push(Denial::of(Code::TenantSuspended));
    }
    let grant = matrix::grant(action, standing.role);
    // Before anything about the role: what an unproven session may learn is that it has to be proved.
    let unproven = standing.is_unproven();
    if unproven && grant != Grant::Unproven {
        found.push(Denial::of(Code::SecondFactorRequired));
    }
    // Compulsory by the role, or because the tenant says so: the reason is worth a name of its own.
    if action == ActionKind::RemoveSecondFactor && standing.second_factor_is_compulsory {
        found.push(Denial::of(Code::SecondFactorCompulsory));
    } else if grant == Grant::Never || !matrix::is_enough(action, standing.role, standing.holds()) {
        found.push(Denial::of(Code::NotPermitted));
    }
    let oldest = matrix::step_up_age(action);
    let fresh = standing.second_factor_at.is_some_and(|at| now.since(at) <= oldest);
    let wants_fresh = match grant {
        Grant::StepUp => true,
        Grant::OwnStepUp => standing.has_to_prove(),
        // Nobody administers a family's accounts: whoever enrols a factor of their own there shuts its
        // owner out for good, and so shows first that the contact is theirs.
        Grant::Unproven => {
            action == ActionKind::EnrolSecondFactor && standing.role == Role::Guardian
        }
        Grant::Never | Grant::Allowed => false,
    };
    if wants_fresh && !unproven && !fresh {
        found.push(Denial::of(Code::StepUpRequired));
    }
    found
}

/// All denials as an error, or nothing to object.
fn denials(action: ActionKind, found: Vec<Denial>) -> Result<(), Denials> {
    let mut found = found.into_iter();
    match found.next() {
        None => Ok(()),
        Some(first) => Err(Denials { action, first, others: found.collect() }),
    }
}
