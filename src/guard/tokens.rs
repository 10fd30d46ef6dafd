//! Access tokens: short-lived statements about a session, signed with Ed25519 (RFC 9068's profile).
//!
//! A token says who and which session, never what is allowed: no roles, no personal data. It is checked
//! without the database; that the session still lives is checked right after, by the middleware.
//!
//! Keys follow each other: a new one is published before it signs, and an old one verifies until the last
//! token that it signed is over. [`TokenSigner`] knows them with their times; see [`super::Signers`] for
//! how it learns of new ones.

use caredesk_core::domain::time::Moment;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::vault::Entropy;

/// Longest token that is looked at, in bytes; ours have about 700.
const MAX_LENGTH: usize = 2048;
/// Seconds that another instance's clock may be ahead of ours. None are granted at the end of a token.
const NBF_LEEWAY: i64 = 5;
/// What stands before the seed in the PKCS#8 form of an Ed25519 key (RFC 8410, section 7).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// What a token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// For whom it was made.
    pub aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The token itself.
    pub jti: Uuid,
    /// When it was made.
    pub iat: i64,
    /// From when it counts.
    pub nbf: i64,
    /// Until when it counts; not at that second any more.
    pub exp: i64,
    /// The tenant; none for desk, platform admins and families.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<Uuid>,
    /// How the person proved who they are (RFC 8176).
    pub amr: Vec<String>,
    /// How sure that makes us.
    pub acr: String,
    /// When the person last proved it.
    pub auth_time: i64,
}

/// Why a token does not count. Callers tell all of them the same way; the difference is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than any token of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of which the first is a header, or with an algorithm that nobody knows.
    #[error("the token is malformed")]
    Malformed,
    /// The header is not the one we write: type, algorithm or anything beside them.
    #[error("the token has a foreign header")]
    ForeignHeader,
    /// The key is not one of ours, or we do not know it yet.
    #[error("the token is signed by an unknown key")]
    UnknownKey,
    /// The key was one of ours.
    #[error("the token is signed by a key that does not count any more")]
    RetiredKey,
    /// The signature is wrong, the issuer or audience another, or a claim is missing.
    #[error("the token does not hold")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token does not count yet")]
    NotYet,
    /// There is no key to sign with.
    #[error("a token could not be signed")]
    NotSigned,
}

/// A key that signs. Its seed is kept sealed.
#[derive(Debug)]
pub struct SigningKey {
    /// The secret half.
    seed: SecretBox<[u8; 32]>,
    /// The public half.
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Draws a new one.
    pub fn make(entropy: &Entropy) -> Self {
        Self::of(&Zeroizing::new(entropy.bytes()))
    }

    /// The key of a seed that was kept.
    pub fn of(seed: &[u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes();
        Self { seed: SecretBox::new(Box::new(*seed)), verifying: VerifyingKey::of(public) }
    }

    /// What to keep, sealed.
    pub fn seed(&self) -> &[u8; 32] {
        self.seed.expose_secret()
    }

    /// The half that everybody may know.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    /// The name.
    kid: String,
    /// The point on the curve.
    public: [u8; 32],
}

impl VerifyingKey {
    /// The key with these bytes. Its name follows from them (the thumbprint of RFC 7638), so no two
    /// keys share one and none can be passed off as another.
    pub fn of(public: [u8; 32]) -> Self {
        let x = BASE64URL_NOPAD.encode(&public);
        let thumb = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Self { kid: BASE64URL_NOPAD.encode(&thumb), public }
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its bytes.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// As everybody may read it (RFC 8037).
    fn jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(&self.public);
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "use": "sig", "alg": "EdDSA"})
    }
}

/// A signing key, and when it counts.
#[derive(Debug)]
pub struct DatedKey {
    /// The key.
    pub key: SigningKey,
    /// From then on it signs, until a later one does. It verifies before: another instance's clock may be
    /// ahead of ours.
    pub signs_from: Moment,
    /// From then on nothing that it signed counts.
    pub retired_at: Option<Moment>,
}

/// A key as a signer holds it, ready for use.
struct Held {
    /// The public half, and the name.
    verifying: VerifyingKey,
    /// Signs.
    encoding: EncodingKey,
    /// Verifies.
    decoding: DecodingKey,
    /// The header of every token that it signs.
    header: Header,
    /// See [`DatedKey::signs_from`].
    signs_from: Moment,
    /// See [`DatedKey::retired_at`].
    retired_at: Option<Moment>,
}

impl Held {
    /// Makes a key ready.
    fn of(dated: &DatedKey) -> Self {
        let DatedKey { key, signs_from, retired_at } = dated;
        let pkcs8 = Zeroizing::new([PKCS8_HEAD.as_slice(), key.seed()].concat());
        Self {
            verifying: key.verifying.clone(),
            encoding: EncodingKey::from_ed_der(&pkcs8),
            decoding: DecodingKey::from_ed_der(&key.verifying.public),
            header: header(key.verifying.kid.clone()),
            signs_from: *signs_from,
            retired_at: *retired_at,
        }
    }

    /// Whether what it signed counts at `now`.
    fn verifies(&self, now: Moment) -> bool {
        self.retired_at.is_none_or(|retired_at| now < retired_at)
    }

    /// Whether it may sign a token that is made at a second. A token knows whole seconds only: in the
    /// second in which one key follows another the new one signs.
    fn may_sign(&self, iat: i64) -> bool {
        self.retired_at.is_none_or(|retired_at| iat < retired_at.seconds())
    }
}

/// Signs and verifies tokens with keys that follow each other. Which of them counts depends on nothing but
/// the time asked for, so all instances that know the same keys agree.
pub struct TokenSigner {
    /// The keys, the one that signs last first.
    keys: Vec<Held>,
    /// What the library checks.
    validation: Validation,
    /// Who we are.
    issuer: String,
    /// For whom we sign.
    audience: String,
}

impl TokenSigner {
    /// A signer with these keys, in any order.
    pub fn new(keys: &[DatedKey], issuer: String, audience: String) -> Self {
        let mut keys: Vec<Held> = keys.iter().map(Held::of).collect();
        keys.sort_by_key(|held| std::cmp::Reverse(held.signs_from));
        Self { keys, validation: validation(&issuer, &audience), issuer, audience }
    }

    /// What our tokens name as their maker.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// For whom our tokens are made.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Signs claims as they are, with the key of the time at which they were made.
    ///
    /// # Errors
    /// [`TokenError::NotSigned`]: every key is retired by then.
    pub fn sign(&self, claims: &Claims) -> Result<String, TokenError> {
        let usable = || self.keys.iter().filter(|held| held.may_sign(claims.iat));
        // Before the first key's time the first one signs: its maker's clock is ahead of ours.
        let key = usable()
            .find(|held| held.signs_from.seconds() <= claims.iat)
            .or_else(|| usable().next_back())
            .ok_or(TokenError::NotSigned)?;
        jsonwebtoken::encode(&key.header, claims, &key.encoding)
            .map_err(|_no_more_to_say| TokenError::NotSigned)
    }

    /// Reads a token that counts at `now`.
    ///
    /// # Errors
    /// The first [`TokenError`] found. Claims are not looked at before the signature holds.
    pub fn verify(&self, token: &str, now: Moment) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_not_for_the_caller| TokenError::Malformed)?;
        let key = self.key_for(&header, now)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation)
            .map_err(|_not_for_the_caller| TokenError::Invalid)?
            .claims;
        if now.seconds() >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf > now.seconds().saturating_add(NBF_LEEWAY) {
            return Err(TokenError::NotYet);
        }
        Ok(claims)
    }

    /// The public keys that verify at `now`, for `/.well-known/jwks.json`: also one that is yet to sign.
    pub fn jwks(&self, now: Moment) -> Value {
        let counting = self.keys.iter().filter(|held| held.verifies(now));
        let keys: Vec<Value> = counting.map(|held| held.verifying.jwk()).collect();
        json!({ "keys": keys })
    }

    /// The key that a header names, if the header is the one we would have written for it: so neither
    /// another algorithm or type, nor a key or an extension brought along, is ever considered.
    fn key_for(&self, found: &Header, now: Moment) -> Result<&DecodingKey, TokenError> {
        let kid = found.kid.clone().ok_or(TokenError::ForeignHeader)?;
        if *found != header(kid.clone()) {
            return Err(TokenError::ForeignHeader);
        }
        let known = self.keys.iter().find(|held| held.verifying.kid == kid);
        let known = known.ok_or(TokenError::UnknownKey)?;
        if known.verifies(now) { Ok(&known.decoding) } else { Err(TokenError::RetiredKey) }
    }
}

/// The header of our tokens.
fn header(kid: String) -> Header {
    let typ = Some("at+jwt".to_owned());
    Header { typ, kid: Some(kid), ..Header::new(Algorithm::EdDSA) }
}

/// What the library checks. The clock is ours, so it must not look at its own.
fn validation(issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation
}

#[cfg(test)]
mod tests {
    use super::*;
    use caredesk_core::domain::session::LONGEST_TOKEN;

    fn at(seconds: i64) -> Moment {
        Moment::from_micros(seconds * 1_000_000)
    }

    fn key(seed: u64) -> SigningKey {
        SigningKey::make(&Entropy::seeded(seed))
    }

    /// A signer with keys: the seed, the second from which it signs, the second at which it is retired.
    fn signer_of(keys: &[(u64, i64, Option<i64>)]) -> TokenSigner {
        let dated = |(seed, from, retired): &(u64, i64, Option<i64>)| DatedKey {
            key: key(*seed),
            signs_from: at(*from),
            retired_at: retired.map(at),
        };
        let keys: Vec<DatedKey> = keys.iter().map(dated).collect();
        TokenSigner::new(&keys, "https://caredesk.example".into(), "caredesk".into())
    }

    fn signer() -> TokenSigner {
        signer_of(&[(1, 0, None)])
    }

    /// The claims of a token that is made at a second.
    fn made_at(iat: i64) -> Claims {
        Claims { iat, nbf: iat, exp: iat + LONGEST_TOKEN.as_secs(), ..claims() }
    }

    /// The seed of the key that signs what is made at a second.
    fn signs_at(signer: &TokenSigner, iat: i64) -> Option<u64> {
        let token = signer.sign(&made_at(iat)).ok()?;
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        (1..9).find(|seed| key(*seed).verifying().kid() == kid)
    }

    /// The seeds of the keys that are published at a second, in their order.
    fn published(signer: &TokenSigner, now: i64) -> Vec<u64> {
        let keys = signer.jwks(at(now));
        let seed = |jwk: &Value| (1..9).find(|seed| key(*seed).verifying().jwk() == *jwk).unwrap();
        keys["keys"].as_array().unwrap().iter().map(seed).collect()
    }

    /// A token made at second 1000 that lasts to 1600.
    fn claims() -> Claims {
        Claims {
            iss: "https://caredesk.example".into(),
            aud: "caredesk".into(),
            sub: Uuid::from_u128(1),
            sid: Uuid::from_u128(2),
            jti: Uuid::from_u128(3),
            iat: 1_000,
            nbf: 1_000,
            exp: 1_000 + LONGEST_TOKEN.as_secs(),
            tid: None,
            amr: vec!["pwd".into(), "otp".into()],
            acr: "2".into(),
            auth_time: 990,
        }
    }

    fn token() -> String {
        signer().sign(&claims()).unwrap()
    }

    /// Verifies at second 1100, when a good token counts.
    fn verdict(token: &str) -> Result<Claims, TokenError> {
        signer().verify(token, at(1_100))
    }

    /// A token with any header and any claims, rightly signed by our key.
    fn forged(header: &Value, claims: &Value) -> String {
        use ed25519_dalek::Signer;
        let part = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let key = ed25519_dalek::SigningKey::from_bytes(key(1).seed());
        let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    fn good_header() -> Value {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key(1).verifying().kid()})
    }

    fn with(mut object: Value, name: &str, value: Value) -> Value {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
            value => object[name] = value,
        }
        object
    }

    #[test]
    fn a_token_reads_back_as_it_was_signed() {
        let tenant = Claims { tid: Some(Uuid::from_u128(4)), ..claims() };
        for claims in [claims(), tenant] {
            assert_eq!(verdict(&signer().sign(&claims).unwrap()), Ok(claims));
        }
        let by_hand = forged(&good_header(), &json!(claims()));
        assert_eq!(verdict(&by_hand), Ok(claims()));
        assert!(token().len() < 800, "{}", token().len());
    }

    #[test]
    fn a_token_counts_from_nbf_with_five_seconds_of_grace_until_exp_with_none() {
        let verdict = |now| signer().verify(&token(), at(now)).map(|_| ());
        assert_eq!(verdict(994), Err(TokenError::NotYet));
        assert_eq!(verdict(995), Ok(()));
        assert_eq!(verdict(1_599), Ok(()));
        assert_eq!(verdict(1_600), Err(TokenError::Expired));
    }

    #[test]
    fn a_truncated_token_is_refused_wherever_it_is_cut() {
        let good = token();
        for end in 0..good.len() {
            assert!(verdict(&good[..end]).is_err(), "{end}");
        }
        assert!(verdict(&format!("{good}.")).is_err());
    }

    #[test]
    fn a_changed_token_is_refused() {
        let good = token();
        let parts: Vec<&str> = good.split('.').collect();
        let (head, body, signature) = (parts[0], parts[1], parts[2]);
        let later = json!(Claims { exp: 9_999, ..claims() }).to_string();
        let later = BASE64URL_NOPAD.encode(later.as_bytes());
        assert_eq!(verdict(&format!("{head}.{later}.{signature}")), Err(TokenError::Invalid));
        let zeroes = "A".repeat(signature.len());
        assert_eq!(verdict(&format!("{head}.{body}.{zeroes}")), Err(TokenError::Invalid));
        assert_eq!(verdict(&format!("{head}.{body}.")), Err(TokenError::Invalid));
    }

    #[test]
    fn the_algorithm_none_is_refused() {
        for none in ["none", "None", "NONE"] {
            let header = with(good_header(), "alg", json!(none));
            let signed = forged(&header, &json!(claims()));
            let unsigned = signed.rsplit_once('.').unwrap().0;
            assert_eq!(verdict(&format!("{unsigned}.")), Err(TokenError::Malformed));
            assert_eq!(verdict(&signed), Err(TokenError::Malformed));
        }
    }

    #[test]
    fn hs256_with_the_public_key_as_its_secret_is_refused() {
        let header =
            Header { alg: Algorithm::HS256, ..super::header(key(1).verifying().kid.clone()) };
        let secret = EncodingKey::from_secret(key(1).verifying().public());
        let forged = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
        assert_eq!(verdict(&forged), Err(TokenError::ForeignHeader));
    }

    #[test]
    fn a_foreign_key_is_refused_under_its_own_name_and_under_ours() {
        let mut thief = signer_of(&[(2, 0, None)]);
        assert_eq!(verdict(&thief.sign(&claims()).unwrap()), Err(TokenError::UnknownKey));
        thief.keys[0].header = super::header(key(1).verifying.kid.clone());
        assert_eq!(verdict(&thief.sign(&claims()).unwrap()), Err(TokenError::Invalid));
    }

    #[test]
    fn a_header_that_is_not_exactly_ours_is_refused() {
        for (name, value) in [
            ("typ", json!("JWT")),
            ("typ", Value::Null),
            ("kid", Value::Null),
            ("crit", json!(["exp"])),
            ("jku", json!("https://evil.example/keys")),
            ("jwk", key(2).verifying().jwk()),
            ("b64", json!(false)),
        ] {
            let forged = forged(&with(good_header(), name, value), &json!(claims()));
            assert_eq!(verdict(&forged), Err(TokenError::ForeignHeader), "{name}");
        }
    }

    #[test]
    fn every_claim_but_the_tenant_is_required() {
        let all = json!(Claims { tid: Some(Uuid::nil()), ..claims() });
        for name in all.as_object().unwrap().keys() {
            let forged = forged(&good_header(), &with(all.clone(), name, Value::Null));
            assert_eq!(verdict(&forged).is_ok(), name == "tid", "{name}");
        }
    }

    #[test]
    fn a_claim_of_another_form_is_refused() {
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("aud", json!("another")),
            ("aud", json!(["caredesk", "another"])),
            ("sub", json!("ana")),
            ("exp", json!("9999")),
            ("exp", json!(-1)),
            ("nbf", json!(1e300)),
        ] {
            let forged = forged(&good_header(), &with(json!(claims()), name, value));
            assert_eq!(verdict(&forged), Err(TokenError::Invalid), "{name}");
        }
    }

    #[test]
    fn a_token_over_two_kib_is_refused_unread() {
        let long = Claims { acr: "x".repeat(2_048), ..claims() };
        assert_eq!(verdict(&signer().sign(&long).unwrap()), Err(TokenError::TooLong));
    }

    #[test]
    fn a_key_signs_from_its_time_on_until_a_later_one_does() {
        let signer = signer_of(&[(1, 0, Some(2_700)), (2, 2_000, Some(9_700)), (3, 9_000, None)]);
        let signs = [0, 1_999, 2_000, 2_699, 2_700, 8_999, 9_000, 99_000];
        assert_eq!(signs.map(|iat| signs_at(&signer, iat).unwrap()), [1, 1, 2, 2, 2, 2, 3, 3]);
    }

    #[test]
    fn the_order_in_which_keys_are_given_says_nothing() {
        let signer = signer_of(&[(2, 2_000, None), (3, 1_000, Some(2_700)), (1, 0, Some(1_700))]);
        assert_eq!([500, 1_500, 2_500].map(|iat| signs_at(&signer, iat).unwrap()), [1, 3, 2]);
    }

    #[test]
    fn in_the_second_of_a_change_the_new_key_signs() {
        let half = |second: i64| Moment::from_micros(second * 1_000_000 + 500_000);
        let old = DatedKey { key: key(1), signs_from: at(0), retired_at: Some(half(2_000)) };
        let new = DatedKey { key: key(2), signs_from: half(2_000), retired_at: None };
        let signer = TokenSigner::new(&[old, new], "https://caredesk.example".into(), "x".into());
        assert_eq!([1_999, 2_000, 2_001].map(|iat| signs_at(&signer, iat).unwrap()), [1, 2, 2]);
    }

    #[test]
    fn a_retired_key_signs_nothing_even_where_no_other_has_begun() {
        let at_once = signer_of(&[(1, 0, Some(2_000)), (2, 5_000, Some(2_000)), (3, 2_003, None)]);
        assert_eq!([1_999, 2_000, 6_000].map(|iat| signs_at(&at_once, iat).unwrap()), [1, 3, 3]);
        assert_eq!(signs_at(&signer_of(&[(1, 0, Some(2_000))]), 2_000), None);
        assert_eq!(signs_at(&signer_of(&[]), 2_000), None);
    }

    #[test]
    fn the_first_key_signs_for_an_instance_whose_clock_is_behind() {
        assert_eq!(signs_at(&signer_of(&[(1, 1_003, None), (2, 9_000, None)]), 1_000), Some(1));
    }

    #[test]
    fn an_old_key_verifies_beside_the_new_one_until_it_is_retired() {
        let signer = signer_of(&[(1, 0, Some(1_200)), (2, 1_050, None)]);
        let (old, new) = (made_at(1_049), made_at(1_050));
        let [by_old, by_new] = [&old, &new].map(|claims| signer.sign(claims).unwrap());
        assert_eq!(signer.verify(&by_old, at(1_199)), Ok(old));
        assert_eq!(signer.verify(&by_old, at(1_200)), Err(TokenError::RetiredKey));
        for now in [1_050, 1_199, 1_200, 1_649] {
            assert_eq!(signer.verify(&by_new, at(now)), Ok(new.clone()), "{now}");
        }
        let without = signer_of(&[(2, 1_050, None)]);
        assert_eq!(without.verify(&by_old, at(1_100)), Err(TokenError::UnknownKey));
    }

    #[test]
    fn a_coming_key_verifies_before_it_signs() {
        let ahead = signer_of(&[(2, 0, None)]).sign(&claims()).unwrap();
        let signer = signer_of(&[(1, 0, None), (2, 1_101, None)]);
        assert_eq!(signer.verify(&ahead, at(1_100)), Ok(claims()));
        assert_eq!(signs_at(&signer, 1_100), Some(1));
    }

    #[test]
    fn keys_are_published_from_before_they_sign_until_they_are_retired() {
        let signer = signer_of(&[(1, 0, Some(2_700)), (2, 2_000, None)]);
        assert_eq!(published(&signer, 1_000), [2, 1]);
        assert_eq!(published(&signer, 2_699), [2, 1]);
        assert_eq!(published(&signer, 2_700), [2]);
    }

    #[test]
    fn the_key_set_shows_public_halves_only() {
        let keys = signer().jwks(at(1_000));
        assert_eq!(keys["keys"][0], key(1).verifying().jwk());
        assert!(keys["keys"][0].get("d").is_none());
    }

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // RFC 8037, appendix A.
        let decode =
            |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().try_into().unwrap();
        let key = SigningKey::of(&decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
        assert_eq!(
            key.verifying().public(),
            &decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        );
        assert_eq!(key.verifying().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_does_not_show_its_seed() {
        assert!(format!("{:?}", key(1)).contains("REDACTED"));
        let dated = DatedKey { key: key(1), signs_from: at(0), retired_at: None };
        assert!(!format!("{dated:?}").contains(&format!("{:?}", key(1).seed())));
    }
}
