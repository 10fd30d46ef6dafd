//! Decisions of the desk's policy that were acted on.

use std::sync::Arc;

use caredesk::service::{Ask, decisions};
use caredesk::store::Origin;
use caredesk::store::idempotency::KeptAnswer;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{Channel, Facts, Inquiry, RequesterKind};
use uuid::Uuid;

use super::app::App;

/// A request of a family by telephone, about nothing that is known.
pub(crate) fn by_phone(request_type: &str) -> Inquiry {
    Inquiry {
        request_type: request_type.parse().unwrap(),
        requester: RequesterKind::Family,
        channel: Channel::Phone,
        facts: Facts::new(),
        copy_on_referrals: false,
    }
}

impl App {
    /// Decides a request and keeps the decision, as a ticket will.
    pub(crate) async fn decided(&self, tenant: Option<TenantId>, inquiry: Inquiry) -> Uuid {
        let about = About {
            tenant,
            ticket: None,
            requester: None::<AccountId>,
            verification: Verification::None,
            locale: Locale::English,
        };
        let ask = Ask::of(Actor::System, Origin::of_job("test"));
        let rules = Arc::clone(&self.house.rules);
        let kept = self.house.perform(&ask, move |tx, who| {
            let decision = rules.desk.evaluate(&inquiry);
            let id = decisions::record(tx, who, &rules.desk, (&inquiry, &decision), about.clone())?;
            Ok(KeptAnswer { status: 200, location: None, etag: None, body: Some(id.to_string()) })
        });
        kept.await.unwrap().answer.body.unwrap().parse().unwrap()
    }
}
