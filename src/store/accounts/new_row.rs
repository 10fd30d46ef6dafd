//! A new account, as it is stored.

use caredesk_core::domain::account::{AccountStatus, Locale, Named, NewAccount, Realm, Role};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, UserName};
use diesel::prelude::*;

use crate::store::schema::accounts;

/// A new row of the table.
// Null and not the default where there is nothing: so SQLite, too, takes several rows in one statement.
#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub(super) struct NewRow {
    id: AccountId,
    realm: Realm,
    tenant_id: Option<TenantId>,
    role: Role,
    status: AccountStatus,
    number: Option<i64>,
    sign_in_key: String,
    user_name: Option<UserName>,
    name: PersonName,
    first_name: Option<PersonName>,
    last_name: Option<PersonName>,
    name_key: Option<String>,
    email: Option<EmailAddress>,
    email_key: Option<String>,
    phone: Option<PhoneNumber>,
    locale: Locale,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

impl NewRow {
    /// The row of an account that nobody has set a password of.
    pub(super) fn of(new: &NewAccount, now: Moment) -> Self {
        let name = match &new.name {
            Named::Staff { name, .. } | Named::Guardian { name, .. } => name.clone(),
            Named::User { first_name, .. } => first_name.clone(),
        };
        let plain = Self {
            id: new.id,
            realm: new.role.realm(),
            tenant_id: None,
            role: new.role,
            status: AccountStatus::Invited,
            number: None,
            sign_in_key: String::new(),
            user_name: None,
            name,
            first_name: None,
            last_name: None,
            name_key: None,
            email: None,
            email_key: None,
            phone: None,
            locale: new.locale,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        match new.name.clone() {
            Named::Staff { email, .. } => {
                Self { sign_in_key: email.folded(), ..plain }.reached_by(Contact::Email(email))
            }
            Named::Guardian { contact, .. } => {
                Self { sign_in_key: contact.key(), ..plain }.reached_by(contact)
            }
            Named::User { tenant, number, user_name, first_name, last_name, email, phone } => {
                Self {
                    tenant_id: Some(tenant),
                    number: Some(number),
                    sign_in_key: user_name.folded(),
                    user_name: Some(user_name),
                    name: whole_name(&first_name, &last_name),
                    name_key: Some(name_key(&first_name, &last_name)),
                    first_name: Some(first_name),
                    last_name: Some(last_name),
                    phone,
                    ..plain
                }
                .reached_by(Contact::Email(email))
            }
        }
    }

    fn reached_by(self, contact: Contact) -> Self {
        match contact {
            Contact::Email(email) => {
                Self { email_key: Some(email.folded()), email: Some(email), ..self }
            }
            Contact::Phone(phone) => Self { phone: Some(phone), ..self },
        }
    }
}

/// First and last name as one; cut if both together are longer than a name is.
pub(super) fn whole_name(first: &PersonName, last: &PersonName) -> PersonName {
    let both = format!("{first} {last}").chars().take(PersonName::MAX).collect::<String>();
    PersonName::parse(&both).unwrap_or_else(|_cannot_be| first.clone())
}

/// What users are sorted by: last name, first name.
pub(super) fn name_key(first: &PersonName, last: &PersonName) -> String {
    fold::plain(&format!("{last} {first}"))
}
