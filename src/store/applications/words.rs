//! The words that applications are found by: those of the family's name, and the number as a whole.

use std::collections::BTreeSet;

use caredesk_core::domain::ids::{ApplicationId, TenantId};
use caredesk_core::domain::{ApplicationNumber, PersonName, SearchText, fold};
use diesel::prelude::*;

use crate::store::schema::application_terms;

/// A word that an application is found by, as a row.
pub(super) type Term = (
    diesel::dsl::Eq<application_terms::tenant_id, TenantId>,
    diesel::dsl::Eq<application_terms::term, String>,
    diesel::dsl::Eq<application_terms::application_id, ApplicationId>,
);

/// The words that an application is found by.
pub(super) fn terms(
    tenant: TenantId,
    id: ApplicationId,
    family_name: &PersonName,
    number: &ApplicationNumber,
) -> Vec<Term> {
    let mut words: BTreeSet<String> = fold::terms(family_name.as_str()).into_iter().collect();
    words.extend(fold::terms(number.as_str()));
    words.insert(fold::plain(number.as_str()));
    let row = |word| {
        (
            application_terms::tenant_id.eq(tenant),
            application_terms::term.eq(word),
            application_terms::application_id.eq(id),
        )
    };
    words.into_iter().map(row).collect()
}

/// The words that somebody looks for: what has a digit in it is meant as a number.
pub(super) fn sought(search: &SearchText) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for word in search.as_str().split_whitespace() {
        if word.contains(|c: char| c.is_ascii_digit()) {
            words.insert(fold::plain(word));
        } else {
            words.extend(fold::terms(word));
        }
    }
    words
}
