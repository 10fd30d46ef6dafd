//! Applications of families, and how a family comes to the portal (CW).

use super::account::Locale;
use super::contact::Contact;
use super::ids::{AccountId, ApplicationId, TenantId};
use super::notification::Method;
use super::time::Moment;
use super::{ApplicationNumber, ChildId, EmailAddress, PersonName, PhoneNumber};

/// Most children of an application.
pub const MAX_CHILDREN: usize = 20;
/// Most applications that a batch names by their ids.
pub const MAX_NAMED: usize = 1_000;

words! {
    /// How far an application has come.
    ApplicationStatus {
        /// It is being written; nobody is invited yet.
        Draft = "draft",
        /// It was submitted, and its family invited.
        Submitted = "submitted",
        /// It is over.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Whether a family uses the portal for an application: the list's column.
    OnlineAccount {
        /// Nobody was invited yet.
        None = "none",
        /// An invitation is under way.
        Invited = "invited",
        /// The invitation's time is over.
        Expired = "expired",
        /// A family's account is linked.
        Linked = "linked",
        /// The family's access was taken away.
        Unlinked = "unlinked",
    }
}

words! {
    /// Why a family's access is taken away (CW, "Unlink").
    UnlinkReason {
        /// The family is to have no access any more.
        RemoveAccess = "remove_access",
        /// The family is to come back by another address or number.
        ChangeCredentials = "change_credentials",
    }
}

words! {
    /// By what an invitation is to go.
    InviteMethod {
        /// By email.
        Email = "email",
        /// As a text message.
        Sms = "sms",
        /// As the application says.
        Preferred = "preferred",
    }
}

/// A child of an application, by the organisation's own id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its id in the organisation's records.
    pub child_id: ChildId,
    /// What it is called; an office may leave it out.
    pub name: Option<PersonName>,
}

/// An application of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The organisation it was made to.
    pub tenant: TenantId,
    /// Its number there.
    pub number: ApplicationNumber,
    /// The family's name.
    pub family_name: PersonName,
    /// Where the guardian is written to.
    pub email: Option<EmailAddress>,
    /// Where the guardian is called.
    pub phone: Option<PhoneNumber>,
    /// How the guardian wants to be reached.
    pub preferred_method: Method,
    /// The language the family is written to in.
    pub locale: Locale,
    /// The children.
    pub children: Vec<Child>,
    /// How far it has come.
    pub status: ApplicationStatus,
    /// How the family stands to the portal.
    pub access: Access,
    /// When it was submitted.
    pub submitted_at: Option<Moment>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Counts the changes.
    pub version: i64,
}

/// How a family stands to the portal, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What is kept; never [`OnlineAccount::Expired`].
    pub kept: OnlineAccount,
    /// Until when the invitation counts.
    pub invited_until: Option<Moment>,
    /// Who is linked.
    pub linked: Option<Linked>,
    /// When access was last taken away.
    pub unlinked_at: Option<Moment>,
}

/// A family's account that is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The account.
    pub account: AccountId,
    /// What its person signs in with: the address or number of now.
    pub contact: Option<Contact>,
    /// Since when.
    pub since: Moment,
}

impl Access {
    /// How the family stands to the portal now.
    pub fn now(&self, now: Moment) -> OnlineAccount {
        match self.invited_until {
            Some(until) if until <= now => OnlineAccount::Expired,
            _ => self.kept,
        }
    }

    /// What it goes back to when an invitation is taken back.
    pub fn uninvited(&self) -> OnlineAccount {
        if self.unlinked_at.is_some() { OnlineAccount::Unlinked } else { OnlineAccount::None }
    }
}

impl Application {
    /// Where an invitation goes that is sent by `method`; none if there is no such contact.
    pub fn contact(&self, method: Method) -> Option<Contact> {
        match method {
            Method::Email => self.email.clone().map(Contact::Email),
            Method::Sms => self.phone.clone().map(Contact::Phone),
        }
    }

    /// By what an invitation goes that somebody asked for.
    pub fn method(&self, asked: InviteMethod) -> Method {
        match asked {
            InviteMethod::Email => Method::Email,
            InviteMethod::Sms => Method::Sms,
            InviteMethod::Preferred => self.preferred_method,
        }
    }
}

/// An application that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    /// The organisation's own number; drawn if there is none.
    pub number: Option<ApplicationNumber>,
    /// The family's name.
    pub family_name: PersonName,
    /// Where the guardian is written to.
    pub email: Option<EmailAddress>,
    /// Where the guardian is called.
    pub phone: Option<PhoneNumber>,
    /// How the guardian wants to be reached; by what there is, email first, if nothing is said.
    pub preferred_method: Option<Method>,
    /// The language; the organisation's if there is none.
    pub locale: Option<Locale>,
    /// The children.
    pub children: Vec<Child>,
}

impl NewApplication {
    /// How the guardian is reached.
    pub fn method(&self) -> Method {
        let by_phone = self.email.is_none() && self.phone.is_some();
        self.preferred_method.unwrap_or(if by_phone { Method::Sms } else { Method::Email })
    }
}

/// What changes about an application; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationChanges {
    /// The number.
    pub number: Option<ApplicationNumber>,
    /// The family's name.
    pub family_name: Option<PersonName>,
    /// Where the guardian is written to.
    pub email: Option<Option<EmailAddress>>,
    /// Where the guardian is called.
    pub phone: Option<Option<PhoneNumber>>,
    /// How the guardian wants to be reached.
    pub preferred_method: Option<Method>,
    /// The language.
    pub locale: Option<Locale>,
    /// All the children.
    pub children: Option<Vec<Child>>,
}

/// What [`ApplicationChanges`] make of an application: the names of the fields that differ, and how it is then.
pub fn changed(
    before: &Application,
    changes: &ApplicationChanges,
) -> (Vec<&'static str>, Application) {
    let mut after = before.clone();
    let mut fields = Vec::new();
    let mut set = |name: &'static str, differs: bool| {
        if differs {
            fields.push(name);
        }
    };
    set("number", put(&mut after.number, changes.number.as_ref()));
    set("family_name", put(&mut after.family_name, changes.family_name.as_ref()));
    set("email", put(&mut after.email, changes.email.as_ref()));
    set("phone", put(&mut after.phone, changes.phone.as_ref()));
    set("preferred_method", put(&mut after.preferred_method, changes.preferred_method.as_ref()));
    set("locale", put(&mut after.locale, changes.locale.as_ref()));
    set("children", put(&mut after.children, changes.children.as_ref()));
    (fields, after)
}

/// Puts a value into its place; says whether it was another one.
fn put<T: Clone + PartialEq>(place: &mut T, value: Option<&T>) -> bool {
    match value {
        Some(value) if value != place => {
            place.clone_from(value);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(kept: OnlineAccount, until: Option<i64>) -> Access {
        let invited_until = until.map(Moment::from_micros);
        Access { kept, invited_until, linked: None, unlinked_at: None }
    }

    #[test]
    fn an_invitation_counts_until_the_last_microsecond() {
        let invited = access(OnlineAccount::Invited, Some(100));
        assert_eq!(invited.now(Moment::from_micros(99)), OnlineAccount::Invited);
        assert_eq!(invited.now(Moment::from_micros(100)), OnlineAccount::Expired);
    }

    #[test]
    fn an_invitation_that_is_taken_back_leaves_what_was_before() {
        let first = access(OnlineAccount::Invited, Some(100));
        assert_eq!(first.uninvited(), OnlineAccount::None);
        let again = Access { unlinked_at: Some(Moment::from_micros(1)), ..first };
        assert_eq!(again.uninvited(), OnlineAccount::Unlinked);
    }
}
