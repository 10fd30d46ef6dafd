//! Site Admins and Support Users who are made from the machine's shell, on the record: until access changes
//! exist, and where none can be filed.

use caredesk_core::domain::account::{Account, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::ids::{AccountId, EvidenceId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::tenant::Tenant;
use caredesk_core::domain::user::{User, UserNumber};
use caredesk_core::domain::{Slug, UserName};
use caredesk_core::policy::action::{MakeSiteAdmin, ReadUser};
use caredesk_core::policy::support_user::Criterion;
use caredesk_core::policy::{Action, Denials, OfOneTenant, Permit, UserChange};
use serde_json::json;

use super::house::{Ask, House};
use super::steps::{addresses, note, notice};
use crate::guard::{Refusal, admit, admit_candidate, admit_user};
use crate::store::{self, Tx};

/// Who is to be what, and why.
#[derive(Debug, Clone)]
pub struct Appointment {
    /// The organisation's short name.
    pub tenant: Slug,
    /// The user's name there.
    pub user_name: UserName,
    /// Why it may be done.
    pub evidence: Evidence,
}

/// Somebody who is more than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointed {
    /// Their number.
    pub number: UserNumber,
    /// The id that the evidence is kept under.
    pub evidence: EvidenceId,
}

/// How the criteria of Support Users came out, and what followed.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Each of them.
    pub criteria: [Criterion; 5],
    /// Who was made Support User, if all were met.
    pub made: Option<Appointed>,
}

impl House {
    /// Makes a user Site Admin. Their sessions end, so that the second factor is asked for.
    ///
    /// # Errors
    /// `site_admin.already`, `account.already_inactive`, not found.
    pub async fn make_site_admin(
        &self,
        ask: &Ask,
        appointment: Appointment,
    ) -> Result<Appointed, Refusal> {
        let ended = self.transact(ask, move |tx, who| make_site_admin(tx, who, &appointment)).await;
        self.noted(ask, ended).await
    }

    /// Makes a user Support User, if all the criteria are met; nothing changes if one is not.
    ///
    /// # Errors
    /// `support_user.already`, not found.
    pub async fn make_support_user(
        &self,
        ask: &Ask,
        appointment: Appointment,
    ) -> Result<Judged, Refusal> {
        let ended =
            self.transact(ask, move |tx, who| make_support_user(tx, who, &appointment)).await;
        match self.noted(ask, ended).await? {
            (criteria, Ok(made)) => Ok(Judged { criteria, made: Some(made) }),
            (criteria, Err((user, denials))) => {
                self.note_denial(ask, &denials, Some(user.uuid())).await;
                Ok(Judged { criteria, made: None })
            }
        }
    }
}

fn make_site_admin(
    tx: &mut Tx<'_>,
    who: &Actor,
    appointment: &Appointment,
) -> Result<Appointed, Refusal> {
    let id = located(tx, appointment)?;
    let (permit, user) =
        admit_user::<MakeSiteAdmin>(tx, who, (id, None), |_| UserChange::default())?;
    store::accounts::appointments::make_site_admin(tx, &permit)?;
    let ended = store::sessions::end_all(tx, &permit, id, None)?;
    finish(tx, &permit, (&user, Role::SiteAdmin, ended), &appointment.evidence)
}

/// What the criteria say, and either who was made or who not.
type Verdict = ([Criterion; 5], Result<Appointed, (AccountId, Denials)>);

fn make_support_user(
    tx: &mut Tx<'_>,
    who: &Actor,
    appointment: &Appointment,
) -> Result<Verdict, Refusal> {
    let id = located(tx, appointment)?;
    let scope = admit::<ReadUser>(who, tx.now)?.scope();
    let user = store::accounts::users::find_locked(tx.conn, scope, id)?;
    let user = user.ok_or(Refusal::NotFound)?;
    let candidate = addresses::candidate_for_good(tx, scope, id)?;
    let criteria = candidate.criteria(tx.now);
    let permit = match admit_candidate(who, candidate, tx.now) {
        Ok(permit) => permit,
        Err(Refusal::Denied(denials)) if user.account.role != Role::SupportUser => {
            return Ok((criteria, Err((id, denials))));
        }
        Err(refusal) => return Err(refusal),
    };
    store::accounts::appointments::make_support_user(tx, &permit)?;
    let made = finish(tx, &permit, (&user, Role::SupportUser, 0), &appointment.evidence)?;
    Ok((criteria, Ok(made)))
}

/// The user that is meant, with the organisation's lock: nobody else changes meanwhile who its Site Admins
/// and Support Users are.
fn located(tx: &mut Tx<'_>, appointment: &Appointment) -> Result<AccountId, Refusal> {
    let tenant = store::tenants::id_of(tx.conn, &appointment.tenant)?.ok_or(Refusal::NotFound)?;
    store::tenants::govern(tx.conn, tenant)?;
    let name = &appointment.user_name;
    let user = store::accounts::appointments::id_of(tx.conn, tenant, name)?;
    user.ok_or(Refusal::NotFound)
}

/// Keeps the evidence, writes down what was done, and tells whom it concerns.
fn finish<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (user, role, ended): (&User, Role, usize),
    evidence: &Evidence,
) -> Result<Appointed, Refusal>
where
    A: Action,
    A::Target: OfOneTenant,
{
    let account = &user.account;
    let evidence = store::evidence::record(tx, permit, Some(account.id.uuid()), evidence)?;
    let detail =
        json!({"evidence": evidence, "role_before": account.role, "sessions_ended": ended});
    note::about(tx, permit, (Some(user.tenant), account.id.uuid()), &detail)?;
    let tenant = store::tenants::find(tx.conn, permit.scope(), user.tenant)?;
    tell(tx, &tenant.ok_or(Refusal::NotFound)?, (user, role))?;
    Ok(Appointed { number: user.number, evidence })
}

/// Tells the organisation, its Site Admins, and the user.
fn tell(tx: &mut Tx<'_>, tenant: &Tenant, (user, role): (&User, Role)) -> Result<(), Refusal> {
    let account = &user.account;
    let own = json!({"organisation": tenant.name, "role": role});
    notice::account(tx, account, MessageKind::OwnAccessChanged, own)?;
    let facts = json!({
        "organisation": tenant.name, "user": account.name, "number": user.number.to_string(), "role": role
    });
    let address = &tenant.points.notification_address;
    notice::tell(tx, tenant, MessageKind::AccessChanged, &[address], &facts)?;
    let admins = store::accounts::administrators(tx.conn, account)?;
    let others = admins.iter().filter(|admin| admin.id != account.id);
    let message = |admin: &Account| {
        let to = admin.contact().filter(|to| to.key() != address.folded())?;
        let (kind, locale) = (MessageKind::AccessChanged, admin.locale);
        Some((Message { kind, to, locale, tenant: Some(tenant.id) }, facts.clone()))
    };
    Ok(store::notifications::queue_all(tx, others.filter_map(message).collect())?)
}
