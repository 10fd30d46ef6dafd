//! Files of applications: what a row of a table says, or a line of NDJSON.

use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::account::Locale;
use super::application::{Child, MAX_CHILDREN, NewApplication};
use super::job::RowFault;
use super::notification::Method;
use super::table::{self, Column, Mapping, Reader, key, locale, word};
use super::{ApplicationNumber, ChildId, EmailAddress, PersonName, PhoneNumber, Region, TextError};

/// Most rows of a file, its header not counted.
pub const MAX_ROWS: usize = 100_000;
/// Most rows of a file that is imported as a whole or not at all: one transaction takes them all.
pub const MAX_ROWS_AT_ONCE: usize = 20_000;

words! {
    /// What a column of a file of applications holds.
    ApplicationColumn {
        /// The organisation's own number.
        Number = "number",
        /// The family's name.
        FamilyName = "family_name",
        /// Where the guardian is written to.
        Email = "email",
        /// Where the guardian is called.
        Phone = "phone",
        /// How the guardian wants to be reached.
        PreferredMethod = "preferred_method",
        /// The language the family is written to in.
        Locale = "locale",
        /// The ids of the children, with semicolons between them.
        Children = "children",
    }
}

impl Column for ApplicationColumn {
    const ALL: &'static [Self] = Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["application_number", "application_no", "no", "numero"],
            Self::FamilyName => {
                &["family", "last_name", "surname", "household", "familia", "apellidos"]
            }
            Self::Email => &["e_mail", "email_address", "mail", "correo", "correo_electronico"],
            Self::Phone => {
                &["phone_number", "telephone", "mobile", "cell", "cell_phone", "telefono"]
            }
            Self::PreferredMethod => {
                &["preferred_contact_method", "contact_method", "contact_preference"]
            }
            Self::Locale => &["language", "lang", "idioma"],
            Self::Children => &["child_ids", "child_id", "ninos"],
        }
    }

    fn is_needed(self) -> bool {
        self == Self::FamilyName
    }

    fn is_phone(self) -> bool {
        self == Self::Phone
    }
}

/// What a row of a file says, or everything that is wrong with it.
pub type Read = Result<NewApplication, Vec<RowFault>>;

/// Reads a row of a table of an organisation whose telephone numbers are those of `region`.
///
/// # Errors
/// Every fault of its cells, by column.
pub fn read(mapping: &Mapping<ApplicationColumn>, cells: &[&str], region: Option<&Region>) -> Read {
    use ApplicationColumn as C;
    let mut reader = Reader::of(mapping, cells);
    let number = reader.parsed(C::Number, ApplicationNumber::parse);
    let family_name = reader.needed(C::FamilyName, PersonName::parse);
    let email = reader.parsed(C::Email, EmailAddress::parse);
    let phone = reader.parsed(C::Phone, |cell| PhoneNumber::read(cell, region));
    let preferred_method = reader.parsed(C::PreferredMethod, method);
    let locale = reader.parsed(C::Locale, locale);
    let ids = reader.text(C::Children).unwrap_or_default().split(';').map(str::trim);
    let ids = ids.filter(|id| !id.is_empty()).map(|id| (id, None));
    let children = children(ids, &mut reader.faults);
    let faults = reader.faults;
    match family_name {
        Some(family_name) if faults.is_empty() => Ok(NewApplication {
            number,
            family_name,
            email,
            phone,
            preferred_method,
            locale,
            children,
        }),
        _ => Err(faults),
    }
}

/// A line of NDJSON: the fields that one application is made with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    number: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    preferred_method: Option<String>,
    locale: Option<String>,
    children: Option<Vec<Object<LineChild>>>,
}

/// A child of a [`Line`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineChild {
    child_id: String,
    name: Option<String>,
}

impl Line {
    /// Reads the line, of an organisation whose telephone numbers are those of `region`.
    ///
    /// # Errors
    /// Every fault of its fields, by their names.
    pub fn read(&self, region: Option<&Region>) -> Read {
        use ApplicationColumn as C;
        let mut faults = Vec::new();
        let number =
            field(&mut faults, C::Number, self.number.as_deref(), ApplicationNumber::parse);
        let family_name =
            field(&mut faults, C::FamilyName, self.family_name.as_deref(), PersonName::parse);
        if self.family_name.is_none() {
            faults.push(table::fault(Some(C::FamilyName), "missing"));
        }
        let email = field(&mut faults, C::Email, self.email.as_deref(), EmailAddress::parse);
        let phone = field(&mut faults, C::Phone, self.phone.as_deref(), |text| {
            PhoneNumber::read(text, region)
        });
        let unknown = |_| TextError::Unknown;
        let preferred_method =
            field(&mut faults, C::PreferredMethod, self.preferred_method.as_deref(), |word| {
                word.parse::<Method>().map_err(unknown)
            });
        let locale = field(&mut faults, C::Locale, self.locale.as_deref(), |word| {
            word.parse::<Locale>().map_err(unknown)
        });
        let all = self.children.iter().flatten();
        let all = all.map(|Object(child)| (child.child_id.as_str(), child.name.as_deref()));
        let children = children(all, &mut faults);
        match family_name {
            Some(family_name) if faults.is_empty() => Ok(NewApplication {
                number,
                family_name,
                email,
                phone,
                preferred_method,
                locale,
                children,
            }),
            _ => Err(faults),
        }
    }
}

/// Something that is written as an object: an array of the same values is none.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields(PhantomData))
    }
}

/// Takes the fields of an [`Object`], and nothing else.
struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// A field of a line as what it stands for.
fn field<T>(
    faults: &mut Vec<RowFault>,
    column: ApplicationColumn,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, TextError>,
) -> Option<T> {
    match text.map(read)? {
        Ok(value) => Some(value),
        Err(error) => {
            faults.push(table::fault(Some(column), word(error)));
            None
        }
    }
}

/// Children by their ids and names; each stands there once.
fn children<'c>(
    all: impl Iterator<Item = (&'c str, Option<&'c str>)>,
    faults: &mut Vec<RowFault>,
) -> Vec<Child> {
    let column = Some(ApplicationColumn::Children);
    let mut kept: Vec<Child> = Vec::new();
    for (id, name) in all {
        let name = name.map(PersonName::parse).transpose();
        let fault =
            match ChildId::parse(id).and_then(|child_id| Ok(Child { child_id, name: name? })) {
                Err(error) => word(error),
                Ok(child)
                    if kept.iter().any(|one| one.child_id.folded() == child.child_id.folded()) =>
                {
                    "duplicate"
                }
                Ok(_) if kept.len() == MAX_CHILDREN => "too_many",
                Ok(child) => {
                    kept.push(child);
                    continue;
                }
            };
        faults.push(table::fault(column, fault));
        return kept;
    }
    kept
}

/// A way to be reached, by its word or what people call it.
fn method(cell: &str) -> Result<Method, TextError> {
    match key(cell).as_str() {
        "email" | "e_mail" | "mail" | "correo" => Ok(Method::Email),
        "sms" | "text" | "text_message" | "phone" | "mobile" => Ok(Method::Sms),
        _ => Err(TextError::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [&str; 7] = [
        "Application No",
        "Family",
        "E-Mail",
        "Telephone",
        "Contact preference",
        "Language",
        "Child IDs",
    ];

    fn row(cells: &[&str]) -> Result<NewApplication, Vec<String>> {
        told(read(&Mapping::of(&HEADER, &[]).unwrap(), cells, None))
    }

    fn line(text: &str) -> Result<NewApplication, Vec<String>> {
        told(serde_json::from_str::<Line>(text).unwrap().read(None))
    }

    fn told(read: Read) -> Result<NewApplication, Vec<String>> {
        let word = |fault: RowFault| format!("{}:{}", fault.column.unwrap_or_default(), fault.code);
        read.map_err(|faults| faults.into_iter().map(word).collect())
    }

    #[test]
    fn a_row_and_a_line_say_the_same() {
        let of_row = row(&[
            "A-1",
            "Ruiz",
            "r@a.example",
            "+1 (555) 010-0200",
            "Text",
            "Spanish",
            "K-1; K-2",
        ]);
        let of_line = line(
            r#"{"number":"A-1","family_name":"Ruiz","email":"r@a.example","phone":"+15550100200","preferred_method":"sms","locale":"es","children":[{"child_id":"K-1"},{"child_id":"K-2"}]}"#,
        );
        assert_eq!(of_row, of_line);
        let found = of_row.unwrap();
        assert_eq!((found.children.len(), found.method()), (2, Method::Sms));
    }

    #[test]
    fn every_fault_of_a_row_is_told() {
        let found = row(&["A 1", "", "nobody", "12", "pigeon", "fr", "K-1;k-1", "more"]);
        let expected = [
            ":too_many_cells",
            "number:form",
            "family_name:missing",
            "email:form",
            "phone:too_short",
            "preferred_method:unknown",
            "locale:unknown",
            "children:duplicate",
        ];
        assert_eq!(found.unwrap_err(), expected);
        let many: Vec<String> = (0..=MAX_CHILDREN).map(|at| format!("K-{at}")).collect();
        let found = row(&["", "Ruiz", "", "", "", "", &many.join(";")]);
        assert_eq!(found.unwrap_err(), ["children:too_many"]);
        let found = line(r#"{"email":"nobody","locale":"fr","children":[{"child_id":"K 1"}]}"#);
        let expected = ["family_name:missing", "email:form", "locale:unknown", "children:form"];
        assert_eq!(found.unwrap_err(), expected);
    }
}
