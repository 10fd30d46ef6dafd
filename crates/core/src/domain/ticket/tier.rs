//! The two tiers of the desk (TS).

use crate::domain::account::Role;

/// Which of the desk's two teams a ticket is at, or an agent belongs to; written as 1 and 2.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "i64", try_from = "i64")]
#[cfg_attr(feature = "columns", derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow), diesel(sql_type = diesel::sql_types::BigInt))]
pub enum Tier {
    /// First contact; never sees personal data.
    One,
    /// Product experts; may see what is needed, on the record.
    Two,
}

/// A number that no tier has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tier is 1 or 2")]
pub struct UnknownTier;

impl Tier {
    /// Both, the first one first.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];

    /// The tier that an agent of a role belongs to; none of other roles.
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::TierOne => Some(Self::One),
            Role::TierTwo => Some(Self::Two),
            _ => None,
        }
    }

    /// Its number, where it stays.
    pub(crate) const fn written(self) -> &'static i64 {
        match self {
            Self::One => &1,
            Self::Two => &2,
        }
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        *self.written()
    }
}

impl From<Tier> for i64 {
    fn from(tier: Tier) -> Self {
        tier.number()
    }
}

impl TryFrom<i64> for Tier {
    type Error = UnknownTier;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|tier| tier.number() == number).ok_or(UnknownTier)
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.number().fmt(f)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Tier {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(1))
            .maximum(Some(2))
            .description(Some("Which of the desk's two teams: 1, the first contact, or 2."))
            .examples([1])
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Tier {
    fn name() -> std::borrow::Cow<'static, str> {
        "Tier".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_written_as_its_number() {
        assert_eq!(serde_json::to_string(&Tier::ALL).unwrap(), "[1,2]");
        assert_eq!(serde_json::from_str::<Tier>("2").unwrap(), Tier::Two);
        for wrong in ["0", "3", "-1", "\"2\"", "1.0"] {
            assert!(serde_json::from_str::<Tier>(wrong).is_err(), "{wrong}");
        }
    }
}
