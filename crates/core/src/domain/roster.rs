//! Rosters: files of users, a row each. What a file's columns mean, and what a row says.

use super::account::{AccountStatus, TenantRole};
use super::fold;
use super::job::RowFault;
use super::table::{Column, Reader, key, locale};
use super::user::{NewUser, UserNumber};
use super::{EmailAddress, PersonName, PhoneNumber, Region, TextError, UserName};

pub use super::table::guarded;

/// Most rows of a file, its header not counted.
pub const MAX_ROWS: usize = 20_000;

words! {
    /// What a column of a roster holds.
    RosterColumn {
        /// The user's number in the organisation.
        Number = "number",
        /// What the user signs in with.
        UserName = "user_name",
        /// First name.
        FirstName = "first_name",
        /// Last name.
        LastName = "last_name",
        /// Where the user is written to.
        Email = "email",
        /// Where the user is called.
        Phone = "phone",
        /// The language the user is written to in.
        Locale = "locale",
        /// The built-in role.
        Role = "role",
        /// The roles that the organisation made, with semicolons between them.
        Roles = "roles",
        /// Whether the account can be used.
        Status = "status",
        /// When the user last signed in.
        LastSignedInAt = "last_signed_in_at",
    }
}

words! {
    /// What an import does with a row whose user is there.
    ExistingUsers {
        /// The row fails.
        Refuse = "refuse",
        /// The row is left out.
        Skip = "skip",
        /// The user is changed to what the row says.
        Update = "update",
    }
}

words! {
    /// What an import does when rows cannot be imported.
    ImportMode {
        /// Imports nothing then.
        AllOrNothing = "all_or_nothing",
        /// Imports the others.
        ValidRows = "valid_rows",
    }
}

impl Column for RosterColumn {
    const ALL: &'static [Self] = Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["user_number", "no", "user_no"],
            Self::UserName => &["username", "user_id", "userid", "login", "login_name", "user"],
            Self::FirstName => &["firstname", "first", "given_name", "nombre"],
            Self::LastName => {
                &["lastname", "last", "surname", "family_name", "apellido", "apellidos"]
            }
            Self::Email => &["e_mail", "email_address", "mail", "correo", "correo_electronico"],
            Self::Phone => {
                &["phone_number", "telephone", "mobile", "cell", "cell_phone", "telefono"]
            }
            Self::Locale => &["language", "lang", "idioma"],
            Self::Role => &["access", "user_type", "built_in_role"],
            Self::Roles => &["groups", "custom_roles"],
            Self::Status => &["active", "state"],
            Self::LastSignedInAt => &["last_login", "last_sign_in", "last_signed_in"],
        }
    }

    fn is_needed(self) -> bool {
        matches!(self, Self::UserName | Self::FirstName | Self::LastName | Self::Email)
    }

    fn is_phone(self) -> bool {
        self == Self::Phone
    }
}

/// Which cell of a row is which column.
pub type Mapping = super::table::Mapping<RosterColumn>;

impl Mapping {
    /// The user name that a row gives, as it is compared: two rows with the same are one too many.
    pub fn key_of(&self, cells: &[&str]) -> Option<String> {
        self.cell(cells, RosterColumn::UserName).map(fold::caseless)
    }

    /// The number that a row gives.
    pub fn number_of(&self, cells: &[&str]) -> Option<UserNumber> {
        self.cell(cells, RosterColumn::Number).and_then(UserNumber::parse)
    }
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// The user it is about, if it says so by number.
    pub number: Option<UserNumber>,
    /// Who it is.
    pub user: NewUser,
    /// The built-in role.
    pub role: Option<TenantRole>,
    /// The names of the roles that the organisation made; none if the row says nothing of them.
    pub roles: Option<Vec<String>>,
    /// Whether the account can be used.
    pub status: Option<AccountStatus>,
}

/// Reads a row of an organisation whose telephone numbers are those of `region`.
///
/// # Errors
/// Every fault of its cells, by column.
pub fn read(
    mapping: &Mapping,
    cells: &[&str],
    region: Option<&Region>,
) -> Result<RosterRow, Vec<RowFault>> {
    let mut reader = Reader::of(mapping, cells);
    let number =
        reader.parsed(RosterColumn::Number, |cell| UserNumber::parse(cell).ok_or(TextError::Form));
    let user_name = reader.needed(RosterColumn::UserName, UserName::parse);
    let first_name = reader.needed(RosterColumn::FirstName, PersonName::parse);
    let last_name = reader.needed(RosterColumn::LastName, PersonName::parse);
    let email = reader.needed(RosterColumn::Email, EmailAddress::parse);
    let phone = reader.parsed(RosterColumn::Phone, |cell| PhoneNumber::read(cell, region));
    let locale = reader.parsed(RosterColumn::Locale, locale);
    let role = reader.parsed(RosterColumn::Role, role);
    let roles = reader.text(RosterColumn::Roles).map(|cell| {
        let names = cell.split(';').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    });
    let status = reader.parsed(RosterColumn::Status, |cell| {
        fold::plain(cell).parse().map_err(|_unknown| TextError::Unknown)
    });
    let faults = reader.faults;
    match (user_name, first_name, last_name, email) {
        (Some(user_name), Some(first_name), Some(last_name), Some(email)) if faults.is_empty() => {
            let user = NewUser { user_name, first_name, last_name, email, phone, locale };
            Ok(RosterRow { number, user, role, roles, status })
        }
        _ => Err(faults),
    }
}

/// A built-in role, by its word or its name.
fn role(cell: &str) -> Result<TenantRole, TextError> {
    key(cell).parse().map_err(|_unknown| TextError::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::Code;
    use crate::domain::table::MAX_CELL;

    const HEADER: [&str; 5] = ["User ID", "First Name", "Last Name", "E-Mail", "Telephone"];

    fn mapped() -> Mapping {
        Mapping::of(&HEADER, &[]).unwrap()
    }

    fn faults(cells: &[&str]) -> Vec<(Option<String>, String)> {
        let found = read(&mapped(), cells, None).unwrap_err();
        found.into_iter().map(|fault| (fault.column, fault.code)).collect()
    }

    fn one(column: &str, code: &str) -> Vec<(Option<String>, String)> {
        vec![(Some(column.to_owned()), code.to_owned())]
    }

    #[test]
    fn a_header_is_known_by_many_names_and_by_what_is_said_of_it() {
        let row =
            read(&mapped(), &["ana", "Ana", "Ruiz", "ana@a.example", "+1 (555) 010-0200"], None);
        assert_eq!(row.unwrap().user.phone.unwrap().as_str(), "+15550100200");
        let strange = ["Kürzel", "Vorname", "Nachname", "Email", "Email"];
        let say = |header: &str, column| (header.to_owned(), column);
        let said = [
            say("kurzel", Some(RosterColumn::UserName)),
            say("Vorname", Some(RosterColumn::FirstName)),
            say("Nachname", Some(RosterColumn::LastName)),
        ];
        assert_eq!(Mapping::of(&strange, &said), Err(Code::RosterColumnTwice));
        assert!(Mapping::of(&strange[..4], &said).is_ok());
        assert_eq!(Mapping::of(&strange[..4], &[]), Err(Code::RosterColumnsMissing));
        assert_eq!(Mapping::of(&["x"; 65], &[]), Err(Code::RosterTooManyColumns));
    }

    #[test]
    fn a_number_without_its_country_is_one_of_the_organisation_s() {
        let region = Region::parse("ES").unwrap();
        let cells = ["ana", "Ana", "Ruiz", "ana@a.example", "600 12 34 56"];
        let row = read(&mapped(), &cells, Some(&region)).unwrap();
        assert_eq!(row.user.phone.unwrap().as_str(), "+34600123456");
        assert_eq!(faults(&cells), one("phone", "form"));
    }

    #[test]
    fn a_formula_is_no_name() {
        for bad in ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+1", "'=1"] {
            assert_eq!(
                faults(&["ana", bad, "Ruiz", "a@b.example"]),
                one("first_name", "formula"),
                "{bad}"
            );
        }
        assert_eq!(faults(&["ana", "Ana", "Ruiz", "a@b.example", "=1"]), one("phone", "formula"));
    }

    #[test]
    fn every_fault_of_a_row_is_told() {
        let long = "x".repeat(MAX_CELL + 1);
        let found = faults(&["a b", "", "Ru\0iz", &long, "12", "more"]);
        let codes: Vec<&str> = found.iter().map(|(_, code)| code.as_str()).collect();
        assert_eq!(codes, ["too_many_cells", "form", "missing", "form", "too_long", "too_short"]);
    }
}
