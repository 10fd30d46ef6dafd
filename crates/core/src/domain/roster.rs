//! Rosters: files of users, a row each. What a file's columns mean, and what a row says.
//!
//! Nothing here knows of files: cells are text. What a spreadsheet would run as a formula is no name.

use super::account::{AccountStatus, Locale, TenantRole};
use super::code::Code;
use super::fold;
use super::job::RowFault;
use super::user::{NewUser, UserNumber};
use super::{EmailAddress, PersonName, PhoneNumber, Region, TextError, UserName};

/// Most columns of a file.
pub const MAX_COLUMNS: usize = 64;
/// Most rows of a file, its header not counted.
pub const MAX_ROWS: usize = 20_000;
/// Most characters of a cell.
pub const MAX_CELL: usize = 1_000;
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

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

impl RosterColumn {
    /// What other programs call the column, in the plain form of [`key`].
    const fn also(self) -> &'static [&'static str] {
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

    /// The column that a header names.
    fn named(header: &str) -> Option<Self> {
        let key = key(header);
        Self::ALL
            .iter()
            .copied()
            .find(|column| column.as_str() == key || column.also().contains(&key.as_str()))
    }

    /// Whether every row must have it.
    const fn is_needed(self) -> bool {
        matches!(self, Self::UserName | Self::FirstName | Self::LastName | Self::Email)
    }
}

/// A header as it is compared: plain, words with underscores between them.
fn key(header: &str) -> String {
    let plain = fold::plain(header);
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// Which cell of a row is which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    places: Vec<(RosterColumn, usize)>,
    width: usize,
}

impl Mapping {
    /// Finds the columns in a header: by what the caller says of a header, else by its name. Headers that
    /// mean nothing are left out.
    ///
    /// # Errors
    /// `roster.too_many_columns`, `roster.column_twice`, `roster.columns_missing`.
    pub fn of(header: &[&str], said: &[(String, Option<RosterColumn>)]) -> Result<Self, Code> {
        if header.len() > MAX_COLUMNS {
            return Err(Code::RosterTooManyColumns);
        }
        let mut places: Vec<(RosterColumn, usize)> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let told = said.iter().find(|(header, _)| key(header) == key(name));
            let column = told.map_or_else(|| RosterColumn::named(name), |(_, column)| *column);
            let Some(column) = column else { continue };
            if places.iter().any(|(known, _)| *known == column) {
                return Err(Code::RosterColumnTwice);
            }
            places.push((column, at));
        }
        let has = |column: &RosterColumn| places.iter().any(|(known, _)| known == column);
        if !RosterColumn::ALL.iter().filter(|column| column.is_needed()).all(has) {
            return Err(Code::RosterColumnsMissing);
        }
        Ok(Self { places, width: header.len() })
    }

    /// The cell of a column; nothing for an empty one, and where the file has no such column.
    fn cell<'c>(&self, cells: &[&'c str], column: RosterColumn) -> Option<&'c str> {
        let (_, at) = self.places.iter().find(|(known, _)| *known == column)?;
        cells.get(*at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

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
    let mut reader = Reader { mapping, cells, faults: Vec::new() };
    if cells.iter().skip(mapping.width).any(|cell| !cell.trim().is_empty()) {
        reader.fault(None, "too_many_cells");
    }
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
    let Reader { faults, .. } = reader;
    match (user_name, first_name, last_name, email) {
        (Some(user_name), Some(first_name), Some(last_name), Some(email)) if faults.is_empty() => {
            let user = NewUser { user_name, first_name, last_name, email, phone, locale };
            Ok(RosterRow { number, user, role, roles, status })
        }
        _ => Err(faults),
    }
}

/// Reads the cells of a row, and gathers what is wrong with them.
struct Reader<'r> {
    mapping: &'r Mapping,
    cells: &'r [&'r str],
    faults: Vec<RowFault>,
}

impl<'r> Reader<'r> {
    fn fault(&mut self, column: Option<RosterColumn>, code: &str) {
        let column = column.map(|column| column.as_str().to_owned());
        self.faults.push(RowFault { column, code: code.to_owned() });
    }

    /// A cell that is no formula and not too long.
    fn text(&mut self, column: RosterColumn) -> Option<&'r str> {
        let cell = unguarded(self.mapping.cell(self.cells, column)?);
        let number = column == RosterColumn::Phone && cell.starts_with('+');
        if cell.chars().nth(MAX_CELL).is_some() {
            self.fault(Some(column), "too_long");
            return None;
        }
        if cell.starts_with(FORMULA) && !number {
            self.fault(Some(column), "formula");
            return None;
        }
        Some(cell)
    }

    fn parsed<T>(
        &mut self,
        column: RosterColumn,
        read: impl Fn(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        let cell = self.text(column)?;
        match read(cell) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(Some(column), word(error));
                None
            }
        }
    }

    fn needed<T>(
        &mut self,
        column: RosterColumn,
        read: impl Fn(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        let before = self.faults.len();
        let value = self.parsed(column, read);
        if value.is_none() && self.faults.len() == before {
            self.fault(Some(column), "missing");
        }
        value
    }
}

/// A fault's word.
const fn word(error: TextError) -> &'static str {
    match error {
        TextError::TooShort => "too_short",
        TextError::TooLong => "too_long",
        TextError::Form => "form",
        TextError::Unknown => "unknown",
    }
}

/// A cell as an export writes it: what a spreadsheet would run is kept from that by an apostrophe.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell without the apostrophe of [`guarded`].
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

/// A language, by its code or its name.
fn locale(cell: &str) -> Result<Locale, TextError> {
    match fold::plain(cell).as_str() {
        "en" | "english" | "ingles" => Ok(Locale::English),
        "es" | "spanish" | "espanol" => Ok(Locale::Spanish),
        _ => Err(TextError::Unknown),
    }
}

/// A built-in role, by its word or its name.
fn role(cell: &str) -> Result<TenantRole, TextError> {
    key(cell).parse().map_err(|_unknown| TextError::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_exported_is_read_again() {
        for text in ["+15550100200", "=1+1", "O'Brien", "'quoted'", "Ruiz"] {
            assert_eq!(unguarded(&guarded(text)), text);
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
    }
}
