//! How often things may be tried, and how passwords are hashed, as the settings say.

use jiff::SignedDuration;

use crate::config::Settings;
use crate::service::Limits;
use crate::store::throttle::Allowance;

/// Minutes of the windows that are not for the operator to set.
const HOUR: i64 = 60;
/// See [`HOUR`].
const DAY: i64 = 24 * HOUR;

/// How often things may be tried, as the use cases count it.
pub(super) fn limits_of(settings: &Settings) -> Limits {
    let limits = &settings.limits;
    let allow =
        |attempts, minutes| Allowance { attempts, window: SignedDuration::from_mins(minutes) };
    Limits {
        sign_in_per_name: allow(limits.sign_in_per_name, limits.sign_in_minutes),
        sign_in_per_address: allow(limits.sign_in_per_address, limits.sign_in_minutes),
        sign_in_per_name_everywhere: allow(
            limits.sign_in_per_name_everywhere,
            limits.sign_in_minutes,
        ),
        sign_in_per_tenant: allow(limits.sign_in_per_tenant, limits.sign_in_minutes),
        codes_per_account: allow(limits.codes, limits.code_minutes),
        codes_per_account_everywhere: allow(limits.codes_everywhere, HOUR),
        messages_per_contact: allow(limits.messages_per_contact, HOUR),
        messages_per_tenant: allow(limits.messages_per_tenant, HOUR),
        codes_per_invitation: allow(limits.codes_per_invitation, HOUR),
        family_codes_per_tenant: allow(limits.family_codes_per_tenant, HOUR),
        sent_per_contact: allow(limits.sent_per_contact, DAY),
        resends_per_contact: allow(limits.resends_per_contact, HOUR),
        help_per_address: allow(limits.help_per_address, HOUR),
        emergencies_per_address: allow(limits.emergencies_per_address, HOUR),
        help_per_account: allow(limits.help_per_account, HOUR),
        shares_per_account: allow(limits.shares_per_account, HOUR),
        tickets_per_account: allow(limits.tickets_per_account, HOUR),
        tickets_per_agent: allow(limits.tickets_per_agent, HOUR),
        replies_per_account: allow(limits.replies_per_account, HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::vault::HashParams;

    #[test]
    fn the_settings_allow_what_the_use_cases_do_by_themselves() {
        let of_settings = limits_of(&Settings::load(None, &Environment::new()).unwrap());
        assert_eq!(of_settings, Limits::default());
    }

    #[test]
    fn the_settings_hash_as_the_vault_does_by_itself() {
        let hashing = Settings::load(None, &Environment::new()).unwrap().hashing;
        let params = HashParams::new(hashing.memory_kib, hashing.passes, hashing.lanes);
        assert_eq!(params, Ok(HashParams::default()));
    }
}
