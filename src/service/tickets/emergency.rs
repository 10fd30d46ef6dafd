//! Emergencies of people who have no session.

use caredesk_core::domain::Slug;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::ticket::{SubjectLine, TicketText};
use caredesk_core::policy::desk::{Channel, Facts, RequestType, RequesterKind};
use caredesk_core::policy::pii::Case;
use uuid::Uuid;

use super::hearing::know;
use super::{Asked, Caller, CallerAsked, Words, opening};
use crate::guard::Refusal;
use crate::service::house::{Ask, House};
use crate::store;

/// An emergency, as somebody without a session reports it.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// The organisation's short name.
    pub organization: Slug,
    /// What happened.
    pub text: TicketText,
    /// Who reports it.
    pub caller: Caller,
    /// The language of the answer.
    pub locale: Option<Locale>,
}

impl House {
    /// Takes the report of an emergency by somebody who has no session. Whether there is such an organisation is
    /// told to nobody.
    ///
    /// # Errors
    /// Invalid without an address or a number; `throttle.too_many_requests`; the database fails.
    pub async fn report_emergency(&self, ask: &Ask, report: Emergency) -> Result<Uuid, Refusal> {
        report.caller.is_reached("#/email")?;
        // Of nothing that it would tell: named in the log and the audit as the request's.
        let reference = self.entropy.uuid(self.clock.now());
        self.count_emergency(ask, (report.caller.key(), &report.organization)).await?;
        let subject = SubjectLine::parse(EMERGENCY_SUBJECT).ok();
        let words = Words { subject, text: Some(report.text.clone()), ..Words::default() };
        let mut case = Case::default();
        know(&mut case, report.caller.name.as_slice());
        let heard = self.hear(words, case).await;
        let slug = report.organization.clone();
        let read = self
            .db
            .read::<_, Refusal, _>(move |conn| Ok(store::tickets::tenant_of_slug(conn, &slug)?));
        let asked = read.await?.and_then(|tenant| report.asked(tenant));
        let Some(asked) = asked else { return Ok(reference) };
        let house = self.clone();
        self.transact::<_, Refusal, _>(ask, move |tx, who| {
            opening::report_emergency(tx, who, &house, (&asked, (&heard, reference)))
        })
        .await?;
        Ok(reference)
    }
}

impl Emergency {
    /// The ticket that is asked for by it.
    fn asked(self, tenant: TenantId) -> Option<Asked> {
        let caller = CallerAsked {
            requester: RequesterKind::Unknown,
            tenant,
            channel: Channel::Form,
            account: None,
            caller: self.caller,
            locale: self.locale,
        };
        Some(Asked {
            request_type: RequestType::parse(opening::EMERGENCY).ok()?,
            facts: Facts::new(),
            tenant: None,
            application: None,
            help_search: None,
            caller: Some(caller),
        })
    }
}

/// What the report of an emergency is about.
const EMERGENCY_SUBJECT: &str = "Emergency";
