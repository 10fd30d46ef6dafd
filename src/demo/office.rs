//! What the first organisation has: a role of its own, two users, and families that applied.

use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::application::{ApplicationStatus, Child, NewApplication};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::role::RoleDetails;
use caredesk_core::domain::user::NewUser;
use caredesk_core::domain::{
    ChildId, EmailAddress, Line, PersonName, PhoneNumber, RoleName, TextError, UserName,
};

use super::organisations::{FIRST, address};
use super::text;
use crate::guard::Refusal;
use crate::service::{Ask, House, applications, roles, users};
use crate::startup::Failure;

/// What the role permits.
const PERMITTED: [Permission; 4] = [
    Permission::UsersRead,
    Permission::ApplicationsRead,
    Permission::ApplicationsWrite,
    Permission::InvitationsSend,
];
/// The users who have it: user name, first name, last name.
const USERS: [(&str, &str, &str); 2] =
    [("eva.maier", "Eva", "Maier"), ("joao.pereira", "João", "Pereira")];

/// A family that applied.
struct Family {
    /// Its name.
    name: &'static str,
    /// Where its guardian is written to.
    email: Option<&'static str>,
    /// Where its guardian is called; without an address, invited by text message.
    phone: Option<&'static str>,
    /// The language it is written to in.
    locale: Locale,
    /// Its children, by their ids and names.
    children: &'static [(&'static str, &'static str)],
    /// How far its application has come.
    status: ApplicationStatus,
}

/// Families as they are told apart: by how far they have come, by what they are reached, in which language.
static FAMILIES: [Family; 8] = [
    Family {
        name: "Abernathy",
        email: Some("jo.abernathy@home.example"),
        phone: None,
        locale: Locale::English,
        children: &[("K-1001", "Wren")],
        status: ApplicationStatus::Draft,
    },
    Family {
        name: "Okonkwo",
        email: None,
        phone: Some("+15550100301"),
        locale: Locale::English,
        children: &[],
        status: ApplicationStatus::Draft,
    },
    Family {
        name: "Whitfield",
        email: Some("whitfields@home.example"),
        phone: Some("+15550100302"),
        locale: Locale::English,
        children: &[("K-1003", "Noah")],
        status: ApplicationStatus::Submitted,
    },
    Family {
        name: "Delacroix",
        email: None,
        phone: Some("+15550100303"),
        locale: Locale::English,
        children: &[("K-1004", "Margot")],
        status: ApplicationStatus::Submitted,
    },
    Family {
        name: "Rivera",
        email: Some("ana.rivera@home.example"),
        phone: None,
        locale: Locale::English,
        children: &[("K-1005", "Luis"), ("K-1006", "Sofia")],
        status: ApplicationStatus::Submitted,
    },
    Family {
        name: "García Núñez",
        email: Some("familia.garcia@home.example"),
        phone: Some("+34600123456"),
        locale: Locale::Spanish,
        children: &[("K-1007", "Íñigo")],
        status: ApplicationStatus::Submitted,
    },
    Family {
        name: "Þórsdóttir Dvořák",
        email: Some("katrin@home.example"),
        phone: None,
        locale: Locale::English,
        children: &[("K-1008", "Zoë")],
        status: ApplicationStatus::Submitted,
    },
    Family {
        name: "Lindgren",
        email: Some("m.lindgren@home.example"),
        phone: None,
        locale: Locale::English,
        children: &[("K-1009", "Elsa")],
        status: ApplicationStatus::Withdrawn,
    },
];

/// Makes all of it, as the Site Admin.
pub(super) async fn furnish(house: &House, bo: &Ask) -> Result<(), Failure> {
    let role = text(new_role())?;
    let people = text(USERS.map(new_user).into_iter().collect::<Result<Vec<_>, _>>())?;
    let families = text(FAMILIES.iter().map(new_application).collect::<Result<Vec<_>, _>>())?;
    house
        .transact(bo, move |tx, who| {
            let role = roles::create(tx, who, &role)?;
            for new in &people {
                let made = users::create(tx, who, (new, Role::Member, true))?;
                roles::assign(tx, who, (made.account.id, None), &[role.id])?;
            }
            for (new, status) in &families {
                let submit = *status != ApplicationStatus::Draft;
                let made = applications::create(tx, who, (new, submit))?;
                if *status == ApplicationStatus::Withdrawn {
                    applications::withdraw(tx, who, (made.id, Some(made.version)))?;
                }
            }
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(())
}

/// The role.
fn new_role() -> Result<RoleDetails, TextError> {
    Ok(RoleDetails {
        name: RoleName::parse("Front desk")?,
        description: Some(Line::parse("Takes applications and invites families.")?),
        permissions: PERMITTED.into_iter().collect(),
    })
}

/// A user out of its row.
fn new_user((name, first, last): (&str, &str, &str)) -> Result<NewUser, TextError> {
    Ok(NewUser {
        user_name: UserName::parse(name)?,
        first_name: PersonName::parse(first)?,
        last_name: PersonName::parse(last)?,
        email: address(FIRST, name)?,
        phone: None,
        locale: None,
    })
}

/// An application out of its row, and how far it is to come.
fn new_application(family: &Family) -> Result<(NewApplication, ApplicationStatus), TextError> {
    let child = |(id, name): &(&str, &str)| {
        let (child_id, name) = (ChildId::parse(id)?, Some(PersonName::parse(name)?));
        Ok::<_, TextError>(Child { child_id, name })
    };
    let new = NewApplication {
        number: None,
        family_name: PersonName::parse(family.name)?,
        email: family.email.map(EmailAddress::parse).transpose()?,
        phone: family.phone.map(PhoneNumber::parse).transpose()?,
        preferred_method: None,
        locale: Some(family.locale),
        children: family.children.iter().map(child).collect::<Result<_, TextError>>()?,
    };
    Ok((new, family.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_texts_keep_their_limits() {
        assert!(new_role().is_ok());
        assert!(USERS.map(new_user).iter().all(Result::is_ok));
        assert!(FAMILIES.iter().map(new_application).all(|made| made.is_ok()));
    }

    #[test]
    fn everybody_who_is_invited_can_be_reached() {
        let invited = FAMILIES.iter().filter(|one| one.status != ApplicationStatus::Draft);
        assert!(invited.clone().all(|one| one.email.is_some() || one.phone.is_some()));
        assert!(invited.clone().any(|one| one.email.is_none()), "nobody is sent a text message");
        assert!(invited.clone().any(|one| one.locale == Locale::Spanish));
    }
}
