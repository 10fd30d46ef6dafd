//! Changes that rules about several rows allow: decided under the tenant's lock.
//!
//! Who asks may be less by the time they get the lock than they were when they began to wait for it. So
//! their standing is read again under it.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::policy::Action;

use super::jobs::maker_of;
use super::refusal::Refusal;
use super::{standing, tenant_of};
use crate::store::jobs::Job;
use crate::store::{self, Tx};

/// An organisation whose lock is held until the transaction ends, and who asks, with the standing that they
/// have since. Only this room makes one.
#[derive(Debug, Clone)]
pub struct Governed {
    who: Actor,
    tenant: TenantId,
}

impl Governed {
    /// Who asks.
    pub const fn who(&self) -> &Actor {
        &self.who
    }

    /// The organisation.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }
}

/// Locks the organisation of whoever asks, if they may do `A` to anything there, and reads anew what they
/// may do.
///
/// # Errors
/// Every rule that forbids it, nobody of an organisation, and a session that is over.
pub fn governed<A: Action>(tx: &mut Tx<'_>, actor: &Actor) -> Result<Governed, Refusal> {
    let tenant = tenant_of::<A>(actor, tx.now)?;
    store::tenants::govern(tx.conn, tenant)?;
    Ok(Governed { who: standing(tx, actor)?, tenant })
}

/// As [`governed`], for whoever made a job. It goes on when their session is over, and not when their
/// account is.
///
/// # Errors
/// Every rule that forbids it, nobody of an organisation, and an account out of use.
pub fn governed_by_maker<A: Action>(
    tx: &mut Tx<'_>,
    maker: &Actor,
    job: &Job,
) -> Result<Governed, Refusal> {
    let tenant = tenant_of::<A>(maker, tx.now)?;
    store::tenants::govern(tx.conn, tenant)?;
    Ok(Governed { who: maker_of(tx, job)?, tenant })
}
