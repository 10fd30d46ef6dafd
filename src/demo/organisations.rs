//! The organisations, each with an owner on file and a first Site Admin who is sent a link.

use caredesk_core::domain::notification::{MessageKind, Method};
use caredesk_core::domain::owner::OwnerDetails;
use caredesk_core::domain::tenant::{
    Contact, ContactPoints, NewTenant, TenantKind, TenantSettings,
};
use caredesk_core::domain::user::NewUser;
use caredesk_core::domain::{
    EmailAddress, Line, Paragraph, PersonName, PhoneNumber, Slug, TenantName, TextError, UserName,
};
use secrecy::SecretString;

use super::text;
use crate::guard::Refusal;
use crate::service::{Ask, House, tenants};
use crate::startup::Failure;
use crate::store::{self, StoreResult, Tx};

/// The short name of the first organisation.
pub(super) const FIRST: &str = "pine-lodge";
/// The organisations: slug, name, kind, owner, whether they say what to do without access.
const TENANTS: [(&str, &str, TenantKind, &str, bool); 5] = [
    (FIRST, "Pine Lodge Summer Camp", TenantKind::Camp, "Rosa Delgado", true),
    ("harbor-pediatrics", "Harbor Pediatrics", TenantKind::Practice, "Nguyễn Thị Minh", true),
    ("little-acorns", "Little Acorns Child Care", TenantKind::ChildCareAgency, "Sam Okafor", false),
    ("riverside-school", "Riverside School", TenantKind::School, "Ingrid Sørensen", true),
    ("old-mill-camp", "Old Mill Day Camp", TenantKind::Camp, "Tom Whitaker", true),
];
/// The user name of every organisation's first Site Admin.
pub(super) const SITE_ADMIN: &str = "bo.lind";
/// The one that is suspended, so that there is one to resume.
const SUSPENDED: &str = "old-mill-camp";
/// More letters than wait once the organisations are there.
const LETTERS: i64 = 100;

/// Creates the organisations, and suspends one. Gives the link of the first one's Site Admin.
pub(super) async fn open(house: &House, admin: &Ask) -> Result<SecretString, Failure> {
    let new = TENANTS.map(new_tenant).into_iter().collect::<Result<Vec<_>, _>>();
    let (new, reason) = (text(new)?, text(Line::parse("Closed for the season"))?);
    let first = text(address(FIRST, SITE_ADMIN))?;
    let link = house
        .transact(admin, move |tx, who| {
            for tenant in &new {
                let made = tenants::create(tx, who, tenant)?;
                if made.slug.as_str() == SUSPENDED {
                    tenants::suspend(tx, who, (made.id, Some(made.version)), &reason)?;
                }
            }
            Ok::<_, Refusal>(link_to(tx, &first)?)
        })
        .await?;
    link.ok_or_else(|| Failure(format!("no link waits for {SITE_ADMIN} of {FIRST}")))
}

/// The link in the letter that waits for somebody, read as its sender would read it. The letter itself
/// goes out all the same.
fn link_to(tx: &mut Tx<'_>, to: &EmailAddress) -> StoreResult<Option<SecretString>> {
    let waiting = store::notifications::due(tx, LETTERS, &[Method::Email])?;
    let mut letters = waiting.into_iter().filter(|letter| letter.kind == MessageKind::Enrolment);
    let letter = letters.find(|letter| letter.recipient == to.as_str());
    Ok(letter.and_then(|letter| letter.secret.ok().flatten()))
}

/// An address at an organisation.
pub(super) fn address(slug: &str, who: &str) -> Result<EmailAddress, TextError> {
    EmailAddress::parse(&format!("{who}@{slug}.example"))
}

/// An organisation out of its row.
fn new_tenant(
    (slug, name, kind, owner, has_procedure): (&str, &str, TenantKind, &str, bool),
) -> Result<NewTenant, TextError> {
    let procedure = "Call the office; the director signs in for the family.";
    let contact = Contact {
        label: Line::parse("Front office")?,
        email: Some(address(slug, "office")?),
        phone: Some(PhoneNumber::parse("+15550100200")?),
    };
    let owner = OwnerDetails {
        name: PersonName::parse(owner)?,
        email: address(slug, "owner")?,
        phone: Some(PhoneNumber::parse("+15550100201")?),
    };
    Ok(NewTenant {
        slug: Slug::parse(slug)?,
        name: TenantName::parse(name)?,
        kind,
        points: ContactPoints {
            notification_address: address(slug, "notices")?,
            contacts: vec![contact],
        },
        hours: Vec::new(),
        settings: TenantSettings {
            no_access_procedure: has_procedure.then(|| Paragraph::parse(procedure)).transpose()?,
            ..TenantSettings::default()
        },
        owners: vec![owner],
        site_admin: Some(NewUser {
            user_name: UserName::parse(SITE_ADMIN)?,
            first_name: PersonName::parse("Bo")?,
            last_name: PersonName::parse("Lind")?,
            email: address(slug, SITE_ADMIN)?,
            phone: None,
            locale: None,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_texts_keep_their_limits() {
        assert!(TENANTS.map(new_tenant).iter().all(Result::is_ok));
    }
}
