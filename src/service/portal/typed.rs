//! A link or a code as it was typed: which invitation it belongs to, and the record of those that open nothing.

use caredesk_core::domain::application::ApplicationStatus;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{InvitationId, TenantId};
use caredesk_core::domain::invitation::{InvitationState, MAX_ATTEMPTS};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Action;

use crate::guard::Refusal;
use crate::service::house::{Ask, House};
use crate::store::audit::What;
use crate::store::invitations::Met;
use crate::store::{self, StoreError, Tx};
use crate::vault::{FamilyCode, Opaque, OpaqueKind};

/// A link's secret or a code, as it was sent.
enum Key {
    Link(Opaque),
    Code(FamilyCode),
}

impl Key {
    /// Reads either; none if it can be neither, which needs no look into the database.
    fn parse(text: &str) -> Option<Self> {
        let link = Opaque::parse(text.trim(), OpaqueKind::Invitation).map(Self::Link);
        link.or_else(|| FamilyCode::parse(text).map(Self::Code))
    }
}

/// Why an invitation does not count, if it does not.
pub(super) fn over(met: &Met, now: Moment) -> Option<Code> {
    let is_stopped =
        met.tenant_status == TenantStatus::Suspended || met.status != ApplicationStatus::Submitted;
    match met.state {
        InvitationState::Accepted => Some(Code::InvitationUsed),
        InvitationState::Replaced => Some(Code::InvitationReplaced),
        InvitationState::Revoked => Some(Code::InvitationRevoked),
        // The organisation, or the application, is out of use for now.
        _ if is_stopped => Some(Code::InvitationRevoked),
        _ if met.expires_at <= now => Some(Code::InvitationExpired),
        _ => None,
    }
}

/// Where a typed link or code leads.
pub(super) enum Found {
    /// To the invitation that it opens, whatever has become of that.
    Open(Met),
    /// To an invitation whose code was tried too often: it is the right one, and opens nothing.
    Spent(Met),
    /// Nowhere; perhaps it was meant for this one.
    Wrong(Option<Met>),
}

/// An invitation that a refusal is about, with its organisation.
pub(super) type About = (TenantId, InvitationId);

impl House {
    /// Finds the invitation that a link or a code belongs to. A wrong code is counted.
    ///
    /// # Errors
    /// `throttle.too_many_requests`.
    pub(super) async fn find_invitation(&self, ask: &Ask, typed: &str) -> Result<Found, Refusal> {
        self.count_address(ask).await?;
        match Key::parse(typed) {
            None => Ok(Found::Wrong(None)),
            Some(Key::Link(link)) => {
                let hashes = link.hashes(&self.keys);
                let read = move |conn: &mut _| store::invitations::by_link(conn, &hashes);
                let met = self.db.read::<_, StoreError, _>(read).await?;
                Ok(met.map_or(Found::Wrong(None), Found::Open))
            }
            Some(Key::Code(code)) => self.find_by_code(ask, code).await,
        }
    }

    /// Finds the invitation of a code.
    async fn find_by_code(&self, ask: &Ask, code: FamilyCode) -> Result<Found, Refusal> {
        let handle = code.handle().to_owned();
        let read = move |conn: &mut _| store::invitations::by_handle(conn, &handle);
        let near = self.db.read::<_, StoreError, _>(read).await?;
        let mut wrong = None;
        for met in near {
            let is_spent = met.attempts >= MAX_ATTEMPTS;
            if code.matches(&self.keys, &met.code_hash) {
                return Ok(if is_spent { Found::Spent(met) } else { Found::Open(met) });
            }
            wrong = Some(met);
        }
        let open = wrong.as_ref().filter(|met| met.attempts < MAX_ATTEMPTS);
        if let Some(id) = open.map(|met| met.id) {
            let count = move |tx: &mut Tx<'_>, _: &_| store::invitations::count_attempt(tx, id);
            self.transact::<_, StoreError, _>(ask, count).await?;
        }
        Ok(Found::Wrong(wrong))
    }

    /// The invitation of a link or a code, if it still counts.
    ///
    /// # Errors
    /// `throttle.too_many_requests`; `invitation.code_unknown`, also for a code that was tried too often;
    /// `invitation.code_expired`, `invitation.code_replaced`, `invitation.code_revoked`,
    /// `invitation.code_used`.
    pub(super) async fn usable_invitation<A: Action>(
        &self,
        ask: &Ask,
        typed: &str,
    ) -> Result<Met, Refusal> {
        let (met, code) = match self.find_invitation(ask, typed).await? {
            Found::Open(met) => match over(&met, self.clock.now()) {
                None => return Ok(met),
                Some(code) => (Some(met), code),
            },
            Found::Spent(met) => (Some(met), Code::InvitationUnknown),
            Found::Wrong(met) => (met, Code::InvitationUnknown),
        };
        let about = met.map(|met| (met.tenant, met.id));
        Err(self.refuse::<A>(ask, Refusal::Because(code), about).await)
    }

    /// Writes down that somebody was refused what an invitation is for: where the organisation that invites sees
    /// it, if it is known which.
    pub(super) async fn refuse<A: Action>(
        &self,
        ask: &Ask,
        refusal: Refusal,
        about: Option<About>,
    ) -> Refusal {
        let is_told = match &refusal {
            Refusal::Because(_) => true,
            // Somebody else was quicker, or has the contact as a sign-in name.
            Refusal::Store(_) => !matches!(refusal.code(), Code::Internal | Code::Busy),
            _ => false,
        };
        if is_told {
            let (tenant, target) = about.map(|(tenant, id)| (tenant, id.uuid())).unzip();
            let what = What { tenant, target, detail: None };
            self.note_refusal_about(ask, A::KIND.as_str(), refusal.code(), what).await;
        }
        refusal
    }
}
