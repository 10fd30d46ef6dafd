//! Roles of an organisation: the three built-in ones, and those that it makes itself.

use uuid::Uuid;

use super::account::Role;
use super::fold::plain;
use super::ids::{RoleId, TenantId};
use super::permission::PermissionSet;
use super::time::Moment;
use super::{Line, RoleName};

/// Most roles that an organisation makes.
pub const MAX_ROLES: i64 = 100;
/// Most roles that a user is given.
pub const MAX_ROLES_OF_A_USER: usize = 20;

/// The built-in roles of an organisation, the mightiest first.
pub const BUILT_IN: [Role; 3] = [Role::SiteAdmin, Role::SupportUser, Role::Member];

/// The version of a built-in role, which nobody changes.
pub const BUILT_IN_VERSION: i64 = 1;

/// The id that a built-in role is known by; the same in every organisation.
pub const fn built_in_id(role: Role) -> RoleId {
    RoleId::of(Uuid::from_u128(match role {
        Role::SiteAdmin => 0x0000_0000_0000_7000_8000_0000_0000_0001,
        Role::SupportUser => 0x0000_0000_0000_7000_8000_0000_0000_0002,
        _ => 0x0000_0000_0000_7000_8000_0000_0000_0003,
    }))
}

/// The built-in role that an id stands for.
pub fn built_in(id: RoleId) -> Option<Role> {
    BUILT_IN.into_iter().find(|role| built_in_id(*role) == id)
}

/// What a built-in role is called.
pub const fn built_in_name(role: Role) -> &'static str {
    match role {
        Role::SiteAdmin => "Site Admin",
        Role::SupportUser => "Support User",
        _ => "Member",
    }
}

/// What a built-in role is for.
pub const fn built_in_description(role: Role) -> &'static str {
    match role {
        Role::SiteAdmin => {
            "Looks after users, roles and permissions, holds every permission, and logs tickets."
        }
        Role::SupportUser => {
            "Logs tickets with the vendor's desk; holds no permission by this role."
        }
        _ => "Every other user of the organisation; holds no permission by this role.",
    }
}

/// What a built-in role permits.
pub fn built_in_permissions(role: Role) -> PermissionSet {
    if role == Role::SiteAdmin { PermissionSet::all() } else { PermissionSet::NONE }
}

words! {
    /// How somebody comes to have a role.
    RoleGranting {
        /// An access change, which the vendor's desk executes.
        AccessChange = "access_change",
        /// Whoever has neither of the other built-in roles has it.
        ByDefault = "by_default",
        /// Somebody who may give roles gives it.
        Assignment = "assignment",
    }
}

/// How somebody comes to have a built-in role.
pub const fn built_in_granting(role: Role) -> RoleGranting {
    match role {
        Role::SiteAdmin | Role::SupportUser => RoleGranting::AccessChange,
        _ => RoleGranting::ByDefault,
    }
}

/// A role that an organisation made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is called.
    pub name: RoleName,
    /// What it is for.
    pub description: Option<Line>,
    /// What it permits.
    pub permissions: PermissionSet,
    /// How many users have it, inactive ones included.
    pub users: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Counts its changes.
    pub version: i64,
}

/// What a role is made from, and what it is replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDetails {
    /// What it is called.
    pub name: RoleName,
    /// What it is for.
    pub description: Option<Line>,
    /// What it permits.
    pub permissions: PermissionSet,
}

impl CustomRole {
    /// What it is made of.
    pub fn details(&self) -> RoleDetails {
        RoleDetails {
            name: self.name.clone(),
            description: self.description.clone(),
            permissions: self.permissions,
        }
    }
}

/// What is to be changed about a role; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleChanges {
    /// What it is called.
    pub name: Option<RoleName>,
    /// What it is for; `Some(None)` clears it.
    pub description: Option<Option<Line>>,
    /// What it permits.
    pub permissions: Option<PermissionSet>,
}

impl RoleChanges {
    /// What a role is made of after them.
    pub fn onto(&self, before: &RoleDetails) -> RoleDetails {
        RoleDetails {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            description: self.description.clone().unwrap_or_else(|| before.description.clone()),
            permissions: self.permissions.unwrap_or(before.permissions),
        }
    }
}

impl RoleName {
    /// The form two names are compared in.
    pub fn folded(&self) -> String {
        super::fold::caseless(self.as_str())
    }

    /// The built-in role that a reader would take this name for: case, accents, spacing, compatibility forms
    /// and letters that look alike do not tell it apart.
    pub fn imitates(&self) -> Option<Role> {
        const NAMES: [(&str, Role); 8] = [
            ("siteadmin", Role::SiteAdmin),
            ("siteadmins", Role::SiteAdmin),
            ("siteadministrator", Role::SiteAdmin),
            ("siteadministrators", Role::SiteAdmin),
            ("supportuser", Role::SupportUser),
            ("supportusers", Role::SupportUser),
            ("member", Role::Member),
            ("members", Role::Member),
        ];
        let skeleton = skeleton(self.as_str());
        NAMES.iter().find(|(name, _)| self::skeleton(name) == skeleton).map(|(_, role)| *role)
    }
}

/// What a name looks like: letters and digits alone, by the confusables of UTS 39, without case and accents.
///
/// Looked at before and after the case is folded: a capital of another alphabet may look like a Latin one
/// whose small letter does not. A capital I looks like a small L, so both are one with the small I.
fn skeleton(name: &str) -> String {
    let as_written: String = unicode_security::skeleton(name).collect();
    let folded: String = unicode_security::skeleton(&plain(&as_written)).collect();
    let letters = plain(&folded);
    letters
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imitated(name: &str) -> Option<Role> {
        RoleName::parse(name).unwrap().imitates()
    }

    #[test]
    fn a_name_that_looks_built_in_is_known() {
        for name in [
            "Site Admin",
            "SITE-ADMIN",
            "site_admin",
            "S\u{456}te Adm\u{456}n",
            "Sít\u{e9} Admin",
            "Ｓｉｔｅ　Ａｄｍｉｎ",
            "Site Administrator",
            "SI\u{422}E AD\u{41c}IN",
            "Slte Admln",
            "S1te Admin",
            "Site\u{200b}\u{ad}Admin",
            "\u{405}\u{456}te \u{410}dmin",
        ] {
            assert_eq!(imitated(name), Some(Role::SiteAdmin), "{name}");
        }
        for name in ["Support User", "support.user", "Suppоrt Usеr", "SUPP0RT USER"] {
            assert_eq!(imitated(name), Some(Role::SupportUser), "{name}");
        }
        for name in ["Reception", "Support", "Camp admin", "Nurse", "Site visits", "Admin"] {
            assert_eq!(imitated(name), None, "{name}");
        }
    }

    #[test]
    fn the_built_in_ids_lead_back() {
        for role in BUILT_IN {
            assert_eq!(built_in(built_in_id(role)), Some(role));
        }
    }
}
