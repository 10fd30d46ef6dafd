//! Access tokens: what is not wholly ours opens nothing.

use caredesk::guard::tokens::{Claims, DatedKey, SigningKey, TokenSigner};
use caredesk::vault::Entropy;
use data_encoding::BASE64URL_NOPAD as B64;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::{Actor, claims};
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;

/// The claims of a token that would be good.
fn good(ana: &Actor<'_>) -> Claims {
    claims(&ana.app.house, ana.account, ana.session)
}

/// The same, signed by the house.
fn signed(app: &App, claims: &Claims) -> String {
    app.house.signer().sign(claims).unwrap()
}

/// The public half of the house's key, and its name.
fn public(app: &App) -> (Vec<u8>, String) {
    let key = app.house.signer().jwks(app.house.clock.now())["keys"][0].clone();
    (
        B64.decode(key["x"].as_str().unwrap().as_bytes()).unwrap(),
        key["kid"].as_str().unwrap().to_owned(),
    )
}

/// A part of a token.
fn part(json: &Value) -> String {
    B64.encode(json.to_string().as_bytes())
}

/// Asks with a token, for reading and for writing; both must be refused in the same way.
async fn is_refused(app: &App, token: &str) {
    header_is_refused(app, &format!("Bearer {token}")).await;
}

/// The same with a whole `Authorization` header.
#[track_caller]
fn header_is_refused<'a>(app: &'a App, header: &'a str) -> impl Future<Output = ()> + 'a {
    let place = std::panic::Location::caller();
    async move {
        let before = app.rows();
        for (method, path, body) in [
            (Method::GET, "/v1/tenants", None),
            (Method::GET, "/v1/sessions/current", None),
            (Method::POST, "/v1/tenants", Some(make::tenant("stolen"))),
            (Method::POST, "/v1/tenants", Some(json!("not even a body"))),
        ] {
            let mut request = app
                .http
                .request(method, format!("{}{path}", app.base))
                .header("authorization", header.as_bytes());
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body.to_string());
            }
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["code"]),
                (401, &json!("auth.invalid_token")),
                "{place}: {header}"
            );
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer realm=\"caredesk\", error=\"invalid_token\""
            );
            assert_eq!(answer.body["errors"], json!([]));
        }
        assert_eq!(app.rows(), before);
    }
}

on_both! {
    async fn without_a_token_one_is_asked_to_sign_in(app) {
        let refused = app.nobody().get("/v1/tenants").await.is(401).is_refused("auth.required");
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"caredesk\"");
        assert_eq!(refused.body["next_actions"], json!(["sign_in"]));
    }

    async fn a_good_token_opens(app) {
        let ana = app.platform_admin().await;
        let again = Actor { token: Some(signed(&app, &good(&ana))), ..ana };
        again.get("/v1/tenants").await.is(200);
        for scheme in ["bearer", "BEARER"] {
            let request = app.http.get(format!("{}/v1/tenants", app.base));
            let header = format!("{scheme} {}", again.token.as_ref().unwrap());
            Answer::of(request.header("authorization", header).send().await.unwrap()).await.is(200);
        }
    }

    async fn an_expired_token_opens_nothing(app) {
        let ana = app.platform_admin().await;
        ana.get("/v1/tenants").await.is(200);
        app.clock.advance(SignedDuration::from_secs(600));
        is_refused(&app, ana.token.as_ref().unwrap()).await;
    }

    async fn a_token_of_tomorrow_opens_nothing(app) {
        let ana = app.platform_admin().await;
        let good = good(&ana);
        is_refused(&app, &signed(&app, &Claims { nbf: good.nbf + 60, exp: good.exp + 60, ..good }))
            .await;
    }

    async fn a_forged_signature_opens_nothing(app) {
        let token = app.platform_admin().await.token.unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let zeroes = "A".repeat(signature.len());
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let flipped: String = std::iter::once(first).chain(signature.chars().skip(1)).collect();
        for forged in ["", &zeroes, &flipped, &signature[..signature.len() - 2]] {
            is_refused(&app, &format!("{message}.{forged}")).await;
        }
    }

    async fn other_claims_under_a_good_signature_open_nothing(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        let mine = ana.token.clone().unwrap();
        let parts: Vec<&str> = mine.split('.').collect();
        let hers = part(&json!(good(&eva)));
        is_refused(&app, &format!("{}.{hers}.{}", parts[0], parts[2])).await;
    }

    async fn the_algorithm_none_opens_nothing(app) {
        let ana = app.platform_admin().await;
        let claims = part(&json!(good(&ana)));
        for name in ["none", "None", "NONE", ""] {
            let header = part(&json!({"typ": "at+jwt", "alg": name, "kid": public(&app).1}));
            is_refused(&app, &format!("{header}.{claims}.")).await;
            is_refused(&app, &format!("{header}.{claims}")).await;
            let signature = ana.token.as_ref().unwrap().rsplit('.').next().unwrap();
            is_refused(&app, &format!("{header}.{claims}.{signature}")).await;
        }
    }

    async fn a_mac_with_the_public_key_opens_nothing(app) {
        let ana = app.platform_admin().await;
        let (key, kid) = public(&app);
        for alg in [Algorithm::HS256, Algorithm::HS512] {
            let header = Header {
                typ: Some("at+jwt".to_owned()),
                kid: Some(kid.clone()),
                ..Header::new(alg)
            };
            let text = B64.encode(&key);
            for secret in [key.as_slice(), text.as_bytes()] {
                let forged =
                    jsonwebtoken::encode(&header, &good(&ana), &EncodingKey::from_secret(secret))
                        .unwrap();
                is_refused(&app, &forged).await;
            }
        }
    }

    async fn a_foreign_key_opens_nothing_under_its_name_or_ours(app) {
        let ana = app.platform_admin().await;
        let foreign = SigningKey::make(&Entropy::system());
        let signer = app.house.signer();
        let (key, signs_from) = (SigningKey::of(foreign.seed()), app.house.clock.now());
        let dated = DatedKey { key, signs_from, retired_at: None };
        let theirs = TokenSigner::new(
            &[dated],
            signer.issuer().to_owned(),
            signer.audience().to_owned(),
        );
        let forged = theirs.sign(&good(&ana)).unwrap();
        is_refused(&app, &forged).await;
        let header = part(&json!({"typ": "at+jwt", "alg": "EdDSA", "kid": public(&app).1}));
        is_refused(&app, &by_hand(&foreign, &header, &part(&json!(good(&ana))))).await;
    }

    async fn a_key_brought_along_opens_nothing(app) {
        let ana = app.platform_admin().await;
        let foreign = SigningKey::make(&Entropy::system());
        let jwk =
            json!({"kty": "OKP", "crv": "Ed25519", "x": B64.encode(foreign.verifying().public())});
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("http://127.0.0.1:1/keys")),
            ("x5u", json!("http://127.0.0.1:1/")),
        ] {
            let mut header =
                json!({"typ": "at+jwt", "alg": "EdDSA", "kid": foreign.verifying().kid()});
            header[name] = value;
            is_refused(&app, &by_hand(&foreign, &part(&header), &part(&json!(good(&ana))))).await;
        }
    }

    async fn a_token_cut_off_opens_nothing(app) {
        let token = app.platform_admin().await.token.unwrap();
        for length in [
            0,
            1,
            20,
            token.find('.').unwrap(),
            token.rfind('.').unwrap(),
            token.rfind('.').unwrap() + 1,
            token.len() - 1,
        ] {
            is_refused(&app, &token[..length]).await;
        }
        is_refused(&app, &format!("{token}.")).await;
        is_refused(&app, &format!("{token}A")).await;
    }

    async fn a_token_for_somebody_else_or_by_somebody_else_opens_nothing(app) {
        let ana = app.platform_admin().await;
        is_refused(&app, &signed(&app, &Claims { aud: "another".to_owned(), ..good(&ana) })).await;
        is_refused(
            &app,
            &signed(&app, &Claims { iss: "https://evil.example".to_owned(), ..good(&ana) }),
        )
        .await;
        is_refused(
            &app,
            &signed(&app, &Claims { iss: app.house.signer().issuer().to_uppercase(), ..good(&ana) }),
        )
        .await;
    }

    async fn a_token_of_another_type_opens_nothing(app) {
        let ana = app.platform_admin().await;
        let claims = part(&json!(good(&ana)));
        let signature = ana.token.as_ref().unwrap().rsplit('.').next().unwrap().to_owned();
        for typ in [json!("JWT"), json!("jwt"), json!("id+jwt"), Value::Null] {
            let header = part(&json!({"typ": typ, "alg": "EdDSA", "kid": public(&app).1}));
            is_refused(&app, &format!("{header}.{claims}.{signature}")).await;
        }
    }

    async fn a_token_of_an_ended_session_opens_nothing(app) {
        let ana = app.platform_admin().await;
        ana.delete("/v1/sessions/current").await.is(204);
        is_refused(&app, &signed(&app, &good(&ana))).await;
    }

    async fn a_token_of_an_idle_session_opens_nothing(app) {
        let ana = app.platform_admin().await;
        app.clock.advance(SignedDuration::from_mins(30));
        is_refused(&app, &signed(&app, &good(&ana))).await;
    }

    async fn a_token_of_somebody_elses_session_opens_nothing(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        is_refused(&app, &signed(&app, &Claims { sid: eva.session, ..good(&ana) })).await;
        is_refused(&app, &signed(&app, &Claims { sid: uuid::Uuid::nil(), ..good(&ana) })).await;
        is_refused(
            &app,
            &signed(&app, &Claims { sub: ana.session, sid: ana.account, ..good(&ana) }),
        )
        .await;
    }

    async fn what_is_no_bearer_token_opens_nothing(app) {
        let token = app.platform_admin().await.token.unwrap();
        for header in [
            "Bearer",
            "Basic YW5hOmFuYQ==",
            "Negotiate",
            "nonsense",
            "Bearer\u{e9}",
            "Bearer a.b.c",
            "Bearer ....",
            "Bearer null",
            &token,
            &format!("Token {token}"),
            &format!("Bearer Bearer {token}"),
            &format!("Bearer {token}, Bearer {token}"),
        ] {
            header_is_refused(&app, header).await;
        }
    }

    async fn one_of_two_tokens_opens_nothing(app) {
        let (ana, eva) = (app.platform_admin().await, app.platform_admin().await);
        let twice =
            ana.request(Method::GET, "/v1/tenants").bearer_auth(eva.token.as_ref().unwrap());
        Answer::of(twice.send().await.unwrap()).await.is(401).is_refused("auth.invalid_token");
    }

    async fn a_long_token_opens_nothing(app) {
        let ana = app.platform_admin().await;
        is_refused(&app, &signed(&app, &Claims { acr: "x".repeat(2048), ..good(&ana) })).await;
        is_refused(&app, &"a".repeat(7000)).await;
    }

    async fn a_bad_token_is_refused_where_none_is_needed(app) {
        let body = json!({"realm": "desk", "name": "nobody@desk.example", "password": "wrong"});
        let sent = app
            .http
            .post(format!("{}/v1/sessions", app.base))
            .header("content-type", "application/json");
        let sent = sent.header("authorization", "Bearer nonsense").body(body.to_string());
        Answer::of(sent.send().await.unwrap()).await.is(401).is_refused("auth.wrong_credentials"); // it is not looked at
    }

    async fn the_public_keys_are_published_and_hold(app) {
        let keys = app.nobody().get("/.well-known/jwks.json").await.is(200);
        let token = app.platform_admin().await.token.unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = keys.body["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"] == json!(header.kid))
            .unwrap()
            .clone();
        assert_eq!(
            (&key["alg"], &key["crv"], key.get("d")),
            (&json!("EdDSA"), &json!("Ed25519"), None)
        );
    }

    async fn a_token_says_nothing_about_a_person(app) {
        let staff = app.staff("ana@desk.example").await;
        let token = staff.sign_in().await.text("/access_token");
        let claims = B64.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            ["acr", "amr", "aud", "auth_time", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]
        );
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal1"), &json!(["pwd"])));
    }
}

/// A token of a key and a header of the forger's choice.
fn by_hand(key: &SigningKey, header: &str, claims: &str) -> String {
    use ed25519_dalek::Signer;
    let message = format!("{header}.{claims}");
    let key = ed25519_dalek::SigningKey::from_bytes(key.seed());
    format!("{message}.{}", B64.encode(&key.sign(message.as_bytes()).to_bytes()))
}
