//! The desk policy.

use super::*;

#[test]
fn the_built_in_policy_has_no_faults() {
    match DeskPolicy::parse(&[BUILT_IN]) {
        Ok(policy) => assert_eq!(policy.rules().count(), 72),
        Err(faults) => {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}
