//! Who can sign in at once: what they have is known to everybody.

use caredesk_core::domain::account::Claimed;
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
}

impl Whose {
    /// Both of them.
    pub(super) const ALL: [Self; 2] = [Self::Ada, Self::Bo];

    /// What the command line calls them.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Bo => "bo",
        }
    }

    /// What they sign in with.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ada => EMAIL,
            Self::Bo => SITE_ADMIN,
        }
    }

    /// With which password.
    pub(super) const fn password(self) -> &'static str {
        match self {
            Self::Ada => "otter-velvet-93-kayak",
            Self::Bo => "walnut-glider-58-tango",
        }
    }

    /// What the second factor is drawn from: the same one every time, so that an authenticator app that
    /// was set up once stays right.
    const fn seed(self) -> u64 {
        match self {
            Self::Ada => 20_261_121,
            Self::Bo => 20_261_122,
        }
    }

    /// Who they say they are when they sign in.
    pub(super) fn claimed(self) -> Result<Claimed, TextError> {
        let name = SignInName::parse(self.name())?;
        Ok(match self {
            Self::Ada => Claimed::Staff(name),
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

    /// The part of the welcome that is the same for both.
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
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn their_passwords_are_good_enough_and_their_secrets_their_own() {
        let words =
            ["Ada Lindqvist", EMAIL, "Bo Lind", SITE_ADMIN, FIRST, "Pine Lodge Summer Camp"];
        for whose in Whose::ALL {
            assert_eq!(crate::guard::passwords::check(whose.password(), &words), Ok(()));
            assert!(whose.claimed().is_ok());
        }
        assert_ne!(Whose::Ada.secret(), Whose::Bo.secret());
    }

    #[test]
    fn the_command_line_knows_them_by_the_words_that_are_printed() {
        for whose in Whose::ALL {
            assert_eq!(Whose::from_str(whose.word(), false), Ok(whose));
        }
    }
}
