//! Facts as a JSON object: a closed set of names, each absent or of its type.

use serde::de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fact::{Fact, FactError, FactSource, FactType, Facts};

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (fact, known) in self.iter() {
            map.serialize_entry(&fact, &known.value)?;
        }
        map.end()
    }
}

/// Reads an object with a value for each fact that is known; `null` and an empty text stand for not known.
/// Where they come from is [`FactSource::Given`].
impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(FactsVisitor)
    }
}

struct FactsVisitor;

impl<'de> Visitor<'de> for FactsVisitor {
    type Value = Facts;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of facts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
        let mut facts = Facts::new();
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let Ok(fact) = name.parse::<Fact>() else {
                map.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom(format!("no fact is called `{name}`")));
            };
            if facts.get(fact).is_some() {
                return Err(A::Error::custom(format!("`{fact}` is there twice")));
            }
            let written = map.next_value::<Option<Written<'de>>>()?;
            written
                .map_or(Ok(()), |written| written.add_to(&mut facts, fact))
                .map_err(A::Error::custom)?;
        }
        Ok(facts)
    }
}

/// A value as it is written, before the fact's type is asked.
enum Written<'de> {
    Flag(bool),
    Count(u32),
    Text(std::borrow::Cow<'de, str>),
}

impl Written<'_> {
    /// Adds it under its name. What is recorded as a text may be written as true or false, too.
    fn add_to(self, facts: &mut Facts, fact: Fact) -> Result<(), FactError> {
        let from = FactSource::Given;
        match self {
            Self::Text(text) if fact.is_recorded_only() && text.trim().is_empty() => Ok(()),
            Self::Flag(flag) if fact.fact_type() == FactType::Text => {
                facts.set_word(fact, &flag.to_string(), from)
            }
            Self::Flag(flag) => facts.set_flag(fact, flag, from),
            Self::Count(count) => facts.set_count(fact, count, from),
            Self::Text(text) => facts.set_word(fact, &text, from),
        }
    }
}

impl<'de> Deserialize<'de> for Written<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("true, false, a whole number or a text")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Written::Flag(flag))
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Self::Value, E> {
        let count = u32::try_from(count);
        count.map(Written::Count).map_err(|_larger| E::custom("the number is too large"))
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Self::Value, E> {
        let whole = u64::try_from(count);
        whole
            .map_err(|_negative| E::invalid_value(Unexpected::Signed(count), &self))
            .and_then(|count| self.visit_u64(count))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Written::Text(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Written::Text(text.to_owned().into()))
    }
}

#[cfg(feature = "schema")]
mod schema {
    use utoipa::PartialSchema;
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{
        AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
    };

    use super::{Fact, FactType, Facts};
    use crate::domain::Paragraph;

    impl PartialSchema for Facts {
        fn schema() -> RefOr<Schema> {
            let about = "What is known about a request. A fact that is absent is not known.";
            let facts = ObjectBuilder::new()
                .schema_type(Type::Object)
                .description(Some(about))
                .additional_properties(Some(AdditionalProperties::FreeForm(false)))
                .examples([
                    serde_json::json!({"identity_verified": true, "to_new_address": false}),
                ]);
            Fact::ALL.iter().fold(facts, |all, fact| all.property(fact.as_str(), one(*fact))).into()
        }
    }

    impl utoipa::ToSchema for Facts {
        fn name() -> std::borrow::Cow<'static, str> {
            "Facts".into()
        }
    }

    /// How one fact looks.
    fn one(fact: Fact) -> RefOr<Schema> {
        let object = match fact.fact_type() {
            FactType::Flag => ObjectBuilder::new().schema_type(Type::Boolean).examples([true]),
            FactType::Count(first, last) => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
                .minimum(Some(f64::from(first)))
                .maximum(Some(f64::from(last)))
                .examples([first]),
            FactType::Word(words) => ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(words.iter().map(|word| word.as_str())))
                .examples(words.last().map(|word| word.as_str())),
            FactType::Text => return text(fact),
        };
        object.description(Some(fact.meaning())).into()
    }

    /// How a recorded text looks: as every text of its type, with the fact's own meaning.
    fn text(fact: Fact) -> RefOr<Schema> {
        match Paragraph::schema() {
            RefOr::T(Schema::Object(mut text)) => {
                text.description = Some(fact.meaning().to_owned());
                RefOr::T(Schema::Object(text))
            }
            other => other,
        }
    }
}
