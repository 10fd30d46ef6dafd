//! The vendor's staff. In this issue: the first platform admins, made by an operator.

use caredesk_core::domain::account::{Locale, NewDeskAccount, Role};
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::action::CreateDeskAccount;
use serde_json::json;

use super::house::{Ask, House};
use crate::guard::{Refusal, admit};
use crate::store;
use crate::store::audit::What;
use crate::vault::{Opaque, OpaqueKind};

impl House {
    /// Creates a member of the desk's staff and the link that they set their password with.
    ///
    /// # Errors
    /// Somebody at the desk signs in with this address; only an operator may do this.
    pub async fn create_desk_account(
        &self,
        ask: &Ask,
        (role, name, email): (Role, PersonName, EmailAddress),
    ) -> Result<(AccountId, Opaque), Refusal> {
        self.transact(ask, move |tx, actor| {
            let permit = admit::<CreateDeskAccount>(actor, tx.now)?;
            let id = AccountId::of(tx.new_uuid());
            let (name, email, locale) = (name.clone(), email.clone(), Locale::English);
            store::accounts::insert_desk(
                tx,
                &permit,
                &NewDeskAccount { id, role, name, email, locale },
            )?;
            let link = Opaque::make(tx.entropy, OpaqueKind::Enrolment);
            store::enrolments::insert(tx, &permit, id, &link.hash(tx.keys))?;
            let detail = Some(json!({"role": role}).to_string());
            store::audit::record(
                tx,
                &permit,
                What { tenant: None, target: Some(id.uuid()), detail },
            )?;
            Ok((id, link))
        })
        .await
    }
}
