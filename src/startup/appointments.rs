//! Making Site Admins and Support Users from a shell.

use std::io::Write;

use caredesk_core::domain::{Slug, UserName};
use caredesk_core::policy::support_user::{Criterion, CriterionReason};

use super::{Failure, open_house, operator};
use crate::config::Settings;
use crate::guard::Refusal;
use crate::service::appointments::{Appointed, Appointment};

/// Makes a user Site Admin; says so.
///
/// # Errors
/// There is no such organisation or user, or they are Site Admin or switched off.
pub async fn make_site_admin(
    settings: &Settings,
    appointment: Appointment,
) -> Result<String, Failure> {
    let house = open_house(settings).await?;
    let (tenant, user) = (appointment.tenant.clone(), appointment.user_name.clone());
    let made = house.make_site_admin(&operator("admin make-site-admin"), appointment).await;
    let made = made.map_err(|refusal| said(&refusal, &tenant, &user).unwrap_or(refusal.into()))?;
    let done = done(&made, (&tenant, &user), "Site Admin");
    Ok(format!("{done}Their sessions have ended: they sign in again, with a second factor.\n"))
}

/// Makes a user Support User and writes how each criterion came out; says whether all are met.
///
/// # Errors
/// There is no such organisation or user, they are Support User already, or the answer cannot be written.
pub async fn make_support_user(
    settings: &Settings,
    appointment: Appointment,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let house = open_house(settings).await?;
    let (tenant, user) = (appointment.tenant.clone(), appointment.user_name.clone());
    let judged = house.make_support_user(&operator("admin make-support-user"), appointment).await;
    let judged =
        judged.map_err(|refusal| said(&refusal, &tenant, &user).unwrap_or(refusal.into()))?;
    let mut lines: String = judged.criteria.iter().map(line).collect();
    if let Some(made) = &judged.made {
        lines.push_str(&done(made, (&tenant, &user), "Support User"));
    }
    out.write_all(lines.as_bytes()).map_err(|error| Failure::of("standard output", error))?;
    Ok(judged.made.is_some())
}

/// A refusal that is worth more words than its code.
fn said(refusal: &Refusal, tenant: &Slug, user: &UserName) -> Option<Failure> {
    matches!(refusal, Refusal::NotFound)
        .then(|| Failure(format!("there is no user {user} in an organisation {tenant}")))
}

/// What was done, for the operator.
fn done(made: &Appointed, (tenant, user): (&Slug, &UserName), role: &str) -> String {
    let Appointed { number, evidence } = made;
    format!("{user} ({number}) is a {role} of {tenant} now. The evidence is kept as {evidence}.\n")
}

/// How one criterion came out, for the operator.
fn line(criterion: &Criterion) -> String {
    let word = if criterion.is_met() { "pass" } else { "fail" };
    let why = match criterion.reason {
        CriterionReason::Met => "",
        CriterionReason::NeverUsed => "the account was never used",
        CriterionReason::TooShort => "first used less than six months ago, time inactive left out",
        CriterionReason::NotFullyTrained => "no training record says fully trained",
        CriterionReason::GenericName => "the name is a desk's or a function's, no person's",
        CriterionReason::GenericAddress => "the email address is a function's, no person's",
        CriterionReason::NameUnclear => "name and address may be a person's or not",
        CriterionReason::NoAddress => "there is no email address",
        CriterionReason::AddressShared => "another person's account has the email address",
        CriterionReason::AddressUnclear => {
            "a guardian of nearly the same name has the email address: the same person or not"
        }
        CriterionReason::Invited => "nobody has set a password yet",
        CriterionReason::Inactive => "the account is switched off",
        CriterionReason::SiteAdmin => "a Site Admin is no Support User",
    };
    let from = criterion.passes_from.as_ref().map(|day| format!("; passes from {day}"));
    let line =
        format!("{word}  {:<12}  {why}{}", criterion.name.as_str(), from.unwrap_or_default());
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use caredesk_core::domain::Day;
    use caredesk_core::policy::support_user::SupportUserCriterion;

    #[test]
    fn a_criterion_is_told_with_its_reason_and_the_day_from_which_it_passes() {
        let met = Criterion {
            name: SupportUserCriterion::UniqueEmail,
            reason: CriterionReason::Met,
            passes_from: None,
        };
        assert_eq!(line(&met), "pass  unique_email\n");
        let waits = Criterion {
            name: SupportUserCriterion::Tenure,
            reason: CriterionReason::TooShort,
            passes_from: Some(Day::parse("2027-05-21").unwrap()),
        };
        let says = "fail  tenure        first used less than six months ago, time inactive left out; \
                    passes from 2027-05-21\n";
        assert_eq!(line(&waits), says);
    }
}
