//! Who can sign in at once: what they have is known to everybody.

use caredesk_core::domain::account::{Claimed, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{SignInName, Slug, TextError};
use jiff::SignedDuration;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::ask;
use super::organisations::{FIRST, SITE_ADMIN};
use crate::guard::second_factor;
use crate::service::{Ask, House};
use crate::startup::Failure;
use crate::vault::Entropy;

/// The platform admin's address.
pub(super) const EMAIL: &str = "ada@caredesk.example";

/// One of those who can sign in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Whose {
    /// The platform admin.
    #[default]
    Ada,
    /// The Site Admin of the first organisation.
    Bo,
    /// An agent of the first tier.
    Cora,
    /// An agent of the second tier.
    Dario,
    /// A developer.
    Edda,
}

impl Whose {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Ada, Self::Bo, Self::Cora, Self::Dario, Self::Edda];
    /// The staff whom the platform admin has beside.
    pub(super) const AGENTS: [Self; 3] = [Self::Cora, Self::Dario, Self::Edda];

    /// What the command line calls them.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Bo => "bo",
            Self::Cora => "cora",
            Self::Dario => "dario",
            Self::Edda => "edda",
        }
    }

    /// What they sign in with.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ada => EMAIL,
            Self::Bo => SITE_ADMIN,
            Self::Cora => "cora@caredesk.example",
            Self::Dario => "dario@caredesk.example",
            Self::Edda => "edda@caredesk.example",
        }
    }

    /// What they are at the desk, and what they are called; none of whoever belongs to an organisation.
    pub(super) const fn post(self) -> Option<(Role, &'static str)> {
        match self {
            Self::Ada => Some((Role::PlatformAdmin, "Ada Lindqvist")),
            Self::Bo => None,
            Self::Cora => Some((Role::TierOne, "Cora Haas")),
            Self::Dario => Some((Role::TierTwo, "Dario Conti")),
            Self::Edda => Some((Role::Developer, "Edda Vance")),
        }
    }

    /// With which password.
    pub(super) const fn password(self) -> &'static str {
        match self {
            Self::Ada => "otter-velvet-93-kayak",
            Self::Bo => "walnut-glider-58-tango",
            Self::Cora => "copper-lagoon-47-violin",
            Self::Dario => "maple-rocket-62-banjo",
            Self::Edda => "quartz-pigeon-85-lantern",
        }
    }

    /// What the second factor is drawn from: the same one every time, so that an authenticator app that
    /// was set up once stays right.
    const fn seed(self) -> u64 {
        match self {
            Self::Ada => 20_261_121,
            Self::Bo => 20_261_122,
            Self::Cora => 20_261_123,
            Self::Dario => 20_261_124,
            Self::Edda => 20_261_125,
        }
    }

    /// Who they say they are when they sign in.
    pub(super) fn claimed(self) -> Result<Claimed, TextError> {
        let name = SignInName::parse(self.name())?;
        Ok(match self {
            Self::Ada | Self::Cora | Self::Dario | Self::Edda => Claimed::Staff(name),
            Self::Bo => Claimed::User(Slug::parse(FIRST)?, name),
        })
    }

    /// The shared secret of the second factor: the first that its source of randomness gives.
    fn secret(self) -> Zeroizing<[u8; 20]> {
        second_factor::new_secret(&Entropy::seeded(self.seed()))
    }

    /// The code that the second factor shows at a moment.
    pub(super) fn code_at(self, moment: Moment) -> String {
        second_factor::code_at(&self.secret(), moment)
    }

    /// Sets the password by the link, enrols the second factor; gives the session.
    pub(super) async fn sign_up(self, house: &House, link: &str) -> Result<Ask, Failure> {
        let password = SecretString::from(self.password());
        let tokens = house.redeem_enrolment(&ask(Actor::Public), link, password, None).await?;
        let session = ask(Actor::Person(tokens.session.person));
        // The only thing that is not drawn at random: see [`Self::seed`].
        let mut seeded = house.clone();
        seeded.entropy = Entropy::seeded(self.seed());
        let enrolment = seeded.begin_second_factor(&session).await?;
        if enrolment.secret != second_factor::base32(&self.secret()) {
            return Err(Failure("a second factor is not the one that is printed".to_owned()));
        }
        // With the code of the step before, so that the one that is printed is still good to sign in with.
        let before = house.clock.now().plus(-SignedDuration::from_secs(30));
        let (proven, _) = house.confirm_second_factor(&session, &self.code_at(before)).await?;
        Ok(ask(Actor::Person(proven.session.person)))
    }

    /// The part of the welcome that is the same for all.
    pub(super) fn shown(self, now: Moment) -> String {
        format!(
            "\x20 Password       {}\n\
             \x20 Second factor  {}\n\
             \x20 Code now       {}   (a new one: `caredesk demo code {}`)\n\
             \x20 For an app     {}\n",
            self.password(),
            second_factor::base32(&self.secret()),
            self.code_at(now),
            self.word(),
            second_factor::otpauth_uri(&self.secret(), "caredesk demo", self.name()),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn their_passwords_are_good_enough_and_their_secrets_their_own() {
        for whose in Whose::ALL {
            let called = whose.post().map_or("Bo Lind", |(_, name)| name);
            let words = [called, whose.name(), FIRST, "Pine Lodge Summer Camp"];
            assert_eq!(crate::guard::passwords::check(whose.password(), &words), Ok(()));
            assert!(whose.claimed().is_ok());
        }
        let secrets: BTreeSet<[u8; 20]> = Whose::ALL.map(|whose| *whose.secret()).into();
        assert_eq!(secrets.len(), Whose::ALL.len());
    }

    #[test]
    fn the_command_line_knows_them_by_the_words_that_are_printed() {
        for whose in Whose::ALL {
            assert_eq!(Whose::from_str(whose.word(), false), Ok(whose));
        }
    }
}
