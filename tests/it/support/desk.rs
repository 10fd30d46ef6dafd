//! A ticket of an organisation on a program that runs by itself, and the agents who work on it.

use std::time::Duration;

use caredesk::service::Limits;
use caredesk::vault::Clock;
use caredesk_core::domain::account::Role;
use serde_json::{Value, json};

use super::actor::mint;
use super::app::{house, trust};
use super::db::Database;
use super::make;
use super::program::Program;
use super::scene::fresh_slug;
use super::tickets::escalation;

/// Agents of both tiers, by their tokens.
pub(crate) struct Desk {
    admin: String,
    /// Of the first tier.
    pub(crate) first: String,
    /// Of the second.
    pub(crate) second: String,
    http: reqwest::Client,
}

impl Desk {
    /// Agents of a database, whose time is the machine's own.
    pub(crate) async fn on(database: &Database) -> Self {
        trust();
        let house = house(database, None, Clock::system(), Limits::default()).await;
        let token = async |role| mint(&house, role, None, true).await.token;
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        Self {
            admin: token(Role::PlatformAdmin).await,
            first: token(Role::TierOne).await,
            second: token(Role::TierTwo).await,
            http,
        }
    }

    /// Opens a ticket for somebody of a new organisation; its path.
    pub(crate) async fn ticket(&self, program: &Program) -> String {
        let made = (self.admin.as_str(), "/v1/tenants", make::tenant(&fresh_slug()));
        let tenant = self.post(program, made).await["id"].clone();
        let body = json!({
            "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
            "on_behalf_of": {"requester": "support_user", "tenant_id": tenant, "channel": "phone", "email": "sue@camp.example"}});
        let made = (self.first.as_str(), "/v1/tickets", body);
        format!("/v1/tickets/{}", self.post(program, made).await["id"].as_str().unwrap())
    }

    /// Opens a ticket that the agent of the second tier has and did something on, so that they can resolve it; its
    /// path.
    pub(crate) async fn resolvable(&self, program: &Program) -> String {
        let at = self.ticket(program).await;
        for (token, step, body) in [
            (&self.first, "escalate", escalation()),
            (&self.second, "assign", json!({})),
            (&self.second, "actions", json!({"action": "worked_with_development"})),
        ] {
            let request = self.http.post(format!("{}{at}/{step}", program.base)).bearer_auth(token);
            let request = request.header("content-type", "application/json").body(body.to_string());
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(status.as_u16(), 200, "{step}: {text}");
        }
        at
    }

    /// Resolves a ticket as the agent of the second tier: status, whether it was done before, and answer; none if the
    /// connection breaks.
    pub(crate) async fn resolve(
        &self,
        base: &str,
        (at, key): (&str, Option<&str>),
    ) -> Option<(u16, bool, Value)> {
        let body = json!({"resolution": "solved", "text": "The page was mended."});
        let mut request = self.http.post(format!("{base}{at}/resolve")).bearer_auth(&self.second);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let is_replay = answer.headers().contains_key("idempotent-replayed");
        Some((status, is_replay, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }

    /// Announces a picture on a ticket; its path.
    pub(crate) async fn announce(&self, program: &Program, ticket: &str, size: usize) -> String {
        let body = json!({"file_name": "screen.png", "media_type": "image/png", "size": size});
        let path = format!("{ticket}/attachments");
        let made = self.post(program, (self.first.as_str(), path.as_str(), body)).await;
        format!("/v1/attachments/{}", made["id"].as_str().unwrap())
    }

    /// Makes something, which succeeds.
    async fn post(&self, program: &Program, (token, path, body): (&str, &str, Value)) -> Value {
        let request = self.http.post(format!("{}{path}", program.base)).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status.as_u16(), 201, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Sends the content of an attachment: status and answer.
    pub(crate) async fn send(&self, program: &Program, at: &str, bytes: &[u8]) -> (u16, Value) {
        let request = self.http.put(format!("{}{at}/content", program.base));
        let request = request.header("content-type", "application/octet-stream");
        let answer = request.bearer_auth(&self.first).body(bytes.to_vec()).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// Asks for something as an agent of the second tier: status and bytes.
    pub(crate) async fn get(&self, program: &Program, path: &str) -> (u16, Vec<u8>) {
        let request = self.http.get(format!("{}{path}", program.base)).bearer_auth(&self.second);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// How far an attachment is.
    pub(crate) async fn state(&self, program: &Program, at: &str) -> String {
        let (status, bytes) = self.get(program, at).await;
        assert_eq!(status, 200);
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        body["state"].as_str().unwrap().to_owned()
    }
}

/// A picture of a length.
pub(crate) fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend((bytes.len()..length).map(|at| u8::try_from((at / 7) % 251).unwrap()));
    bytes
}
