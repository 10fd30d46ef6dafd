//! The second factor: enrolled, proved, replaced, removed; and the codes for who has lost it.

use caredesk_core::domain::account::{Account, Realm};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::notification::{MessageKind, SuppressionReason};
use caredesk_core::domain::proof::{CodePurpose, RECOVERY_CODES};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{
    EnrolSecondFactor, RemoveSecondFactor, RenewRecoveryCodes, ReplaceSecondFactor,
    SendSecondFactorCode, UseRecoveryCode, VerifySecondFactor,
};
use caredesk_core::policy::{Action, Permit};
use serde_json::{Value, json};

use super::house::{Ask, House};
use super::steps::attempts::{self, CODE_HERE, name_of};
use super::steps::{codes, issue, note, notice};
use crate::guard::{Refusal, admit, second_factor, signed_in, standing};
use crate::store::accounts::SignInFacts;
use crate::store::sessions::LiveSession;
use crate::store::{self, StoreError, Tx};
use crate::vault::{Digits, RecoveryCode};

/// What an authenticator app is given, once.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The shared secret in base32.
    pub secret: String,
    /// The same with its labels, as a QR code holds it.
    pub uri: String,
    /// That QR code as a picture, SVG.
    pub picture: String,
}

/// A session that has just proved its second factor.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The session.
    pub session: LiveSession,
    /// An access token that says so.
    pub access: String,
    /// When that token is over.
    pub access_expires_at: Moment,
}

/// A code that was sent to somebody's contact.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Where it went, so that its owner recognises it.
    pub to: String,
    /// Until when it counts.
    pub expires_at: Moment,
}

/// Recovery codes as they are shown, once.
pub type RecoveryCodes = Vec<String>;

impl House {
    /// Makes a secret for whoever asks, to be confirmed with a first code. The factor that it is to
    /// replace, if there is one, counts until then.
    ///
    /// # Errors
    /// `second_factor.step_up_required` to replace one.
    pub async fn begin_second_factor(&self, ask: &Ask) -> Result<Enrolment, Refusal> {
        let begun = self.transact(ask, |tx, actor| {
            let actor = standing(tx, actor)?;
            let person = signed_in(&actor)?;
            let secret = second_factor::new_secret(tx.entropy);
            if store::factors::find(tx.conn, tx.keys, person.account)?.is_some() {
                begin::<ReplaceSecondFactor>(tx, &actor, secret.as_slice())?;
            } else {
                begin::<EnrolSecondFactor>(tx, &actor, secret.as_slice())?;
            }
            let facts = facts_of(tx, &person)?;
            let uri = second_factor::otpauth_uri(&secret, "caredesk", label(&facts));
            let picture = second_factor::picture(&uri)
                .ok_or_else(|| Refusal::Broken("a QR code could not be drawn".to_owned()))?;
            Ok(Enrolment { secret: second_factor::base32(&secret), uri, picture })
        });
        let begun = begun.await;
        self.noted(ask, begun).await
    }

    /// Confirms the secret with a code of it; the session has its second factor from then on, every
    /// other session has to prove it, and there are new recovery codes.
    ///
    /// # Errors
    /// `second_factor.wrong_code`, `second_factor.not_enrolled` if this session has begun none within the
    /// hour, `second_factor.step_up_required` to replace one.
    pub async fn confirm_second_factor(
        &self,
        ask: &Ask,
        code: &str,
    ) -> Result<(Proven, RecoveryCodes), Refusal> {
        let code = code.to_owned();
        self.prove::<EnrolSecondFactor, _, _>(ask, move |tx, permit, person| {
            let missing = Refusal::Because(Code::SecondFactorMissing);
            if person.standing.has_second_factor {
                // Also now: it may have been enrolled since this session began another.
                admit::<ReplaceSecondFactor>(&Actor::Person(person.clone()), tx.now)?;
            }
            let whose = (person.account, person.session);
            let secret = store::factors::find_waiting(tx, whose)?.ok_or(missing)?;
            let step = second_factor::matching_step(sized(&secret)?, &code, tx.now, None)
                .ok_or(Refusal::Because(Code::SecondFactorWrongCode))?;
            if !store::factors::confirm(tx, permit, (person.account, &secret), step)? {
                return Err(Refusal::Because(Code::SecondFactorWrongCode));
            }
            store::sessions::unprove(tx, permit, person.account, Some(person.session))?;
            store::codes::end(tx, permit, person.account, CodePurpose::SecondFactor)?;
            let change = if person.standing.has_second_factor { "replaced" } else { "enrolled" };
            tell(tx, person, change)?;
            renew_codes(tx, permit, person)
        })
        .await
    }

    /// Proves the second factor: after signing in, and again where a fresh proof is asked for.
    ///
    /// # Errors
    /// `second_factor.wrong_code`, also for a code that was used; `second_factor.not_enrolled`.
    pub async fn verify_second_factor(&self, ask: &Ask, code: &str) -> Result<Proven, Refusal> {
        let code = code.to_owned();
        let proven = self.prove::<VerifySecondFactor, _, _>(ask, move |tx, permit, person| {
            let factor = store::factors::find(tx.conn, tx.keys, person.account)?
                .ok_or(Refusal::Because(Code::SecondFactorMissing))?;
            let wrong = Refusal::Because(Code::SecondFactorWrongCode);
            let last = Some(factor.last_step);
            match second_factor::matching_step(sized(&factor.secret)?, &code, tx.now, last) {
                Some(step) if store::factors::take_step(tx, permit, person.account, step)? => {
                    Ok(())
                }
                _ => Err(wrong),
            }
        });
        Ok(proven.await?.0)
    }

    /// Proves it with a recovery code, once. The person is told, and those who administer the account.
    ///
    /// # Errors
    /// `second_factor.wrong_recovery_code`, also for one that was used.
    pub async fn use_recovery_code(&self, ask: &Ask, typed: &str) -> Result<Proven, Refusal> {
        let code = RecoveryCode::parse(typed);
        let proven = self.prove::<UseRecoveryCode, _, _>(ask, move |tx, permit, person| {
            let wrong = Refusal::Because(Code::RecoveryCodeWrong);
            let Some(code) = &code else { return Err(wrong) };
            let hashes = code.hashes(tx.keys);
            if !store::factors::take_recovery_code(tx, permit, person.account, &hashes)? {
                return Err(wrong);
            }
            let left = store::factors::recovery_codes_left(tx.conn, person.account)?;
            let account = facts_of(tx, person)?.account;
            notice::account(tx, &account, MessageKind::RecoveryCodeUsed, json!({"left": left}))?;
            notice::administrators(tx, &account, "recovery_code")
        });
        Ok(proven.await?.0)
    }

    /// Makes new recovery codes for whoever asks; the old ones stop to count.
    ///
    /// # Errors
    /// `second_factor.not_enrolled`, `second_factor.step_up_required`.
    pub async fn renew_recovery_codes(&self, ask: &Ask) -> Result<RecoveryCodes, Refusal> {
        let renewed = self.transact(ask, |tx, actor| {
            let actor = standing(tx, actor)?;
            let permit = admit::<RenewRecoveryCodes>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            if !person.standing.has_second_factor {
                return Err(Refusal::Because(Code::SecondFactorMissing));
            }
            tell(tx, &person, "codes_renewed")?;
            note::about(tx, &permit, (person.tenant, person.account.uuid()), &Value::Null)?;
            renew_codes(tx, &permit, &person)
        });
        let renewed = renewed.await;
        self.noted(ask, renewed).await
    }

    /// Removes the second factor of whoever asks, with its recovery codes.
    ///
    /// # Errors
    /// `second_factor.compulsory`, `second_factor.not_enrolled`, `second_factor.step_up_required`.
    pub async fn remove_second_factor(&self, ask: &Ask) -> Result<(), Refusal> {
        let removed = self.transact(ask, |tx, actor| {
            let actor = standing(tx, actor)?;
            let permit = admit::<RemoveSecondFactor>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            if !store::factors::remove(tx, &permit, person.account)? {
                return Err(Refusal::Because(Code::SecondFactorMissing));
            }
            // What was proved by it is proved no more, should a factor become compulsory.
            store::sessions::unprove(tx, &permit, person.account, None)?;
            tell(tx, &person, "removed")?;
            note::about(tx, &permit, (person.tenant, person.account.uuid()), &Value::Null)
        });
        let removed = removed.await;
        self.noted(ask, removed).await?;
        self.doorman.forget_all();
        Ok(())
    }

    /// Sends a guardian a code, to prove this session with.
    ///
    /// # Errors
    /// `contact.missing`, `throttle.too_many_requests`, and whatever the permit denies.
    pub async fn send_second_factor_code(&self, ask: &Ask) -> Result<Sent, Refusal> {
        let limits = self.limits;
        let sent = self.transact(ask, move |tx, actor| {
            let actor = standing(tx, actor)?;
            let permit = admit::<SendSecondFactorCode>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            by_app(&person)?;
            let account = facts_of(tx, &person)?.account;
            let contact = account.contact().ok_or(Refusal::Because(Code::ContactMissing))?;
            codes::count(tx, &limits, (&person, None))?;
            let purpose = CodePurpose::SecondFactor;
            store::codes::end(tx, &permit, person.account, purpose)?;
            let what = (purpose, person.session.uuid(), &contact);
            codes::send(tx, &permit, &account, what)?;
            note::about(tx, &permit, (person.tenant, person.account.uuid()), &Value::Null)?;
            let expires_at = tx.now.plus(caredesk_core::domain::proof::CODE_LASTS);
            Ok(Sent { to: contact.masked(), expires_at })
        });
        let sent = sent.await;
        self.noted(ask, sent).await
    }

    /// Proves a guardian's session with the code that was sent.
    ///
    /// # Errors
    /// `code.wrong`, `code.not_usable`.
    pub async fn verify_sent_code(&self, ask: &Ask, typed: &str) -> Result<Proven, Refusal> {
        let session = signed_in(&ask.actor)?.session.uuid();
        let tried = self.try_codes::<VerifySecondFactor>(ask, session).await;
        tried.map_err(|refusal| match refusal {
            Refusal::NotFound => Refusal::Because(Code::CodeNotUsable),
            refusal => refusal,
        })?;
        let typed = typed.to_owned();
        let proven = self.prove::<VerifySecondFactor, _, _>(ask, move |tx, permit, person| {
            by_app(person)?;
            let sent = store::codes::find_open(tx, person.account, session)?;
            let is_sent = |code: &store::codes::SentCode| {
                code.purpose == CodePurpose::SecondFactor
                    && Digits::matches(tx.keys, session, &typed, &code.hash)
            };
            let Some(typed) = sent.iter().find(|code| is_sent(code)) else {
                return Err(Refusal::Because(Code::CodeWrong));
            };
            if store::codes::use_up(tx, permit, person.account, session)? {
                // It arrived: its contact is none that nothing can be sent to.
                let arrived = [&typed.contact];
                store::suppressions::release(tx, permit, &arrived, SuppressionReason::ALL)?;
                Ok(())
            } else {
                Err(Refusal::Because(Code::CodeNotUsable))
            }
        });
        Ok(proven.await?.0)
    }

    /// Takes a proof with `take`, marks the session, and says so in a new access token. Attempts are
    /// counted before, wrong codes are written down.
    async fn prove<A, T, F>(&self, ask: &Ask, take: F) -> Result<(Proven, T), Refusal>
    where
        A: Action<Target = ()>,
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &Permit<A>, &Person) -> Result<T, Refusal> + Send + 'static,
    {
        let account = signed_in(&ask.actor)?.account;
        let read = self
            .db
            .read::<_, StoreError, _>(move |conn| store::accounts::find(conn, account))
            .await?;
        let facts = read.ok_or(Refusal::Because(Code::InvalidToken))?;
        self.count_code(ask, &facts).await?;
        let (signer, name) = (self.fresh_signer().await, name_of(&facts));
        let ended = self
            .transact(ask, move |tx, actor| {
                let actor: Actor = standing(tx, actor)?;
                let permit = admit::<A>(&actor, tx.now)?;
                let person = signed_in(&actor)?;
                let taken = take(tx, &permit, &person)?;
                note::about(tx, &permit, (person.tenant, person.account.uuid()), &Value::Null)?;
                store::sessions::prove(tx, person.session)?;
                let session = store::sessions::find(tx.conn, person.session)?
                    .ok_or(Refusal::Because(Code::InvalidToken))?;
                let (access, access_expires_at) = issue::access(tx, &signer, &session)?;
                attempts::forget(tx, CODE_HERE, &person.account.to_string())?;
                attempts::make_familiar(tx, &name)?;
                Ok((Proven { session, access, access_expires_at }, taken))
            })
            .await;
        match &ended {
            Ok(_) => self.doorman.forget_all(),
            Err(Refusal::Because(
                code @ (Code::SecondFactorWrongCode | Code::RecoveryCodeWrong | Code::CodeWrong),
            )) => {
                let target = Some(account.uuid());
                self.note_refusal(ask, A::KIND.as_str(), *code, target).await;
            }
            Err(_) => {}
        }
        self.noted(ask, ended).await
    }
}

/// Keeps a secret of whoever asks until its first code.
fn begin<A>(tx: &mut Tx<'_>, actor: &Actor, secret: &[u8]) -> Result<(), Refusal>
where
    A: Action<Target = ()>,
{
    let permit = admit::<A>(actor, tx.now)?;
    let person = signed_in(actor)?;
    store::factors::begin(tx, &permit, (person.account, person.session), secret)?;
    let whose = (person.tenant, person.account.uuid());
    note::about(tx, &permit, whose, &json!({"begun": true}))
}

/// A code that is sent does not stand in for the app of whoever has one.
fn by_app(person: &Person) -> Result<(), Refusal> {
    if person.standing.has_second_factor {
        return Err(Refusal::Because(Code::SecondFactorByApp));
    }
    Ok(())
}

/// Gives an account new recovery codes instead of those it had.
fn renew_codes<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    person: &Person,
) -> Result<RecoveryCodes, Refusal> {
    let codes: Vec<RecoveryCode> =
        (0..RECOVERY_CODES).map(|_| RecoveryCode::make(tx.entropy)).collect();
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| code.hash(tx.keys)).collect();
    store::factors::set_recovery_codes(tx, permit, person.account, &hashes)?;
    Ok(codes.iter().map(RecoveryCode::shown).collect())
}

/// Tells a person, and those who administer the account, what became of the second factor.
fn tell(tx: &mut Tx<'_>, person: &Person, change: &str) -> Result<(), Refusal> {
    let account: Account = facts_of(tx, person)?.account;
    notice::account(tx, &account, MessageKind::SecondFactorChanged, json!({"change": change}))?;
    // A first factor is what everybody waits for: nobody needs to be told.
    if change != "enrolled" {
        notice::colleagues(tx, &account, change)?;
    }
    Ok(())
}

/// What an app shows beside the code: whom it is for.
fn label(facts: &SignInFacts) -> &str {
    let account = &facts.account;
    let user_name = account.user_name.as_ref().map(caredesk_core::domain::UserName::as_str);
    let is_user = account.role.realm() == Realm::Tenant;
    user_name.filter(|_| is_user).unwrap_or(&facts.sign_in_key)
}

/// The account of a person.
fn facts_of(tx: &mut Tx<'_>, person: &Person) -> Result<SignInFacts, Refusal> {
    store::accounts::find(tx.conn, person.account)?.ok_or(Refusal::NotFound)
}

/// A secret that was kept, in its length.
fn sized(secret: &[u8]) -> Result<&[u8; 20], Refusal> {
    let odd = |_length| Refusal::Broken("a second factor of odd length".to_owned());
    secret.try_into().map_err(odd)
}
