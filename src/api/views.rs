//! What several resources show in the same way.

pub(super) mod session;

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
        pub(super) struct $name {
            /// The rows.
            #[schema(max_items = 100)]
            pub(super) data: Vec<$item>,
            /// Where the next page begins; null on the last one.
            #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
            pub(super) next_cursor: Option<String>,
        }
    };
}
pub(super) use page;
