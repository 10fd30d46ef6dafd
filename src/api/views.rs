//! What several resources show in the same way.

pub(super) mod hint;
pub(super) mod job;
pub(super) mod seal;
pub(super) mod session;

use caredesk_core::domain::account::InactiveReason;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{self, ActionKind, Target};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Something that can be done with a resource, and whether this caller may do it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"action": "tenant.suspend", "allowed": true, "barred_by": null}))]
pub(super) struct AllowedAction {
    /// The action.
    pub action: ActionKind,
    /// Whether this caller may do it now.
    pub allowed: bool,
    /// The code of the rule that bars it; null when nothing does.
    #[schema(
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "action.not_permitted"
    )]
    pub barred_by: Option<String>,
}

/// What `actor` may do with a resource now, in the order in which a menu would show it.
pub(super) fn allowed_actions(
    kinds: &[ActionKind],
    actor: &Actor,
    target: &impl Target,
    now: Moment,
) -> Vec<AllowedAction> {
    let judged = kinds.iter().map(|kind| {
        let barred_by =
            policy::bars(*kind, actor, target, now).first().map(|denial| denial.code.to_string());
        AllowedAction { action: *kind, allowed: barred_by.is_none(), barred_by }
    });
    let mut judged: Vec<AllowedAction> = judged.collect();
    judged.sort_by_key(|action| !action.allowed);
    judged
}

/// Reads a field that may be absent (unchanged), null (cleared) or a value.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
pub(super) fn maybe_null<'de, T, D>(source: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(source).map(Some)
}

/// Declares a page of a list: `data` and where the next page begins.
macro_rules! page {
    ($(#[$meta:meta])* $name:ident of $item:ident, example $($example:tt)+) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
        #[schema(example = json!($($example)+))]
        pub(in crate::api) struct $name {
            /// The rows.
            #[schema(max_items = 100)]
            pub(in crate::api) data: Vec<$item>,
            /// Where the next page begins; null on the last one.
            #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
            pub(in crate::api) next_cursor: Option<String>,
        }
    };
}
pub(super) use page;

/// As [`page`], with how many rows the filters find.
macro_rules! counted_page {
    ($(#[$meta:meta])* $name:ident of $item:ident, example $($example:tt)+) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
        #[schema(example = json!($($example)+))]
        pub(in crate::api) struct $name {
            /// The rows.
            #[schema(max_items = 100)]
            pub(in crate::api) data: Vec<$item>,
            /// Where the next page begins; null on the last one.
            #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
            pub(in crate::api) next_cursor: Option<String>,
            /// How many the filters find, up to 10 000; only when asked for with `include_total`.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 0, maximum = 10000, format = "int32", example = 1)]
            pub(in crate::api) total: Option<i32>,
        }
    };
}
pub(super) use counted_page;

/// A count as the contract says it.
pub(super) fn figure(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Why somebody is switched off by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "left")]
pub(super) enum DeactivationReason {
    /// Somebody with the right to do so decided it.
    ByAdmin,
    /// The person has left.
    Left,
}

impl From<DeactivationReason> for InactiveReason {
    fn from(reason: DeactivationReason) -> Self {
        match reason {
            DeactivationReason::ByAdmin => Self::ByAdmin,
            DeactivationReason::Left => Self::Left,
        }
    }
}
