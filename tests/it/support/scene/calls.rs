//! How an operation is called: its path, its body, and what goes with them.

use caredesk_core::domain::account::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SENT, Scene, fresh_slug};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::operations::{self, Operation};

impl Scene<'_> {
    /// The operation's path with what stands in the scene; a role sees entries of one chain.
    pub(crate) fn path(&self, operation: &Operation, role: Role) -> String {
        let is_inside = self.tenant_of(role).is_some();
        let entry = if is_inside { &self.entry } else { &self.platform_entry };
        let is_public = operation.path.starts_with("/v1/public-");
        let article = if is_inside && !is_public { self.article } else { self.global_article };
        self.path_of(operation, entry, article)
    }

    /// The operation's path with what stands in the scene, and an entry of the test's choice.
    pub(crate) fn path_with(&self, operation: &Operation, entry: &str) -> String {
        self.path_of(operation, entry, self.article)
    }

    /// As [`Self::path_with`], and an article of the test's choice.
    fn path_of(&self, operation: &Operation, entry: &str, article: Uuid) -> String {
        let tenant = self.tenant.to_string();
        let (user, record) = (self.user.to_string(), self.training_record.to_string());
        let (session, change) = (self.session.to_string(), self.contact_change.to_string());
        let (job, upload) = (self.job.to_string(), self.upload.to_string());
        let application = self.family.application.to_string();
        let invitation = self.family.invitation.to_string();
        let acceptance = self.family.acceptance.to_string();
        let (decision, key) = (self.decision.to_string(), self.api_key.to_string());
        let (notification, suppression) =
            (self.notification.to_string(), self.suppression.to_string());
        let (ticket, attachment) = (self.ticket.to_string(), self.attachment.to_string());
        let (internal, reply) = (self.internal_ticket.to_string(), self.canned_reply.to_string());
        let (article, search) = (article.to_string(), self.help_search.to_string());
        let known = [
            ("ticket_id", &*ticket),
            ("attachment_id", &attachment),
            ("objection_id", &ticket), // see `tickets::keep`
            ("account_id", &*user),
            ("article_id", &article),
            ("article_version", "1"),
            ("help_search_id", &search),
            ("tenant_id", &*tenant),
            ("owner_id", &self.owner),
            ("audit_entry_id", entry),
            ("desk_account_id", &self.agent),
            ("user_id", &user),
            ("role_id", &self.role),
            ("training_record_id", &record),
            ("session_id", &session),
            ("contact_change_id", &change),
            ("job_id", &job),
            ("upload_id", &upload),
            ("decision_id", &decision),
            ("application_id", &application),
            ("invitation_id", &invitation),
            ("acceptance_id", &acceptance),
            ("api_key_id", &key),
            ("notification_id", &notification),
            ("suppression_id", &suppression),
            ("internal_ticket_id", &internal),
            ("canned_reply_id", &reply),
        ];
        let path = operation.path_with(&known);
        assert!(!path.contains('{'), "scene/calls.rs has nothing for {path}: teach it");
        path
    }

    /// The example of the operation's body, with what must be new or of this moment in its place.
    pub(crate) fn body(operation: &Operation, who: &Actor<'_>) -> Option<Value> {
        let mut body = operation.example(operations::document())?;
        for (field, value) in body.as_object_mut().unwrap() {
            match (operation.id.as_str(), field.as_str()) {
                (_, "slug") | ("create_user", "user_name") => *value = json!(fresh_slug()),
                ("verify_sent_code" | "confirm_acceptance" | "verify_requester", "code")
                | ("confirm_contact_change", _) => {
                    *value = json!(SENT);
                }
                ("create_desk_account" | "create_user", "email") => {
                    *value = json!(format!("{}@people.example", fresh_slug()));
                }
                (_, "code") => *value = json!(who.code()),
                _ => {}
            }
        }
        Some(body)
    }

    /// `If-Match` as the operation wants it: the `ETag` of the resource that its path names.
    pub(crate) async fn if_match(&self, operation: &Operation, path: &str) -> Option<String> {
        operation.value.get("x-if-match")?;
        // What is the caller's own is named by no id, and asks for no version.
        let depth = operation.path.rsplit_once('}')?.0.split('/').count();
        let resource: Vec<&str> = path.split('/').take(depth).collect();
        if operation.path.contains("{user_id}") {
            return Some(format!("\"{}-00000000\"", self.user_version().await));
        }
        let at_first = [
            "{ticket_id}",
            "{role_id}",
            "{api_key_id}",
            "{application_id}",
            "{invitation_id}",
            "{internal_ticket_id}",
            "{canned_reply_id}",
            "{article_id}",
        ];
        if at_first.iter().any(|id| operation.path.contains(id)) {
            return Some("\"1-00000000\"".to_owned()); // nobody has changed it
        }
        let admin = self.app.platform_admin().await;
        Some(admin.get(&resource.join("/")).await.is(200).etag())
    }

    /// Calls the operation as the document describes it, without anything prepared.
    pub(crate) async fn call(&self, operation: &Operation, role: Role, who: &Actor<'_>) -> Answer {
        let path = self.path(operation, role);
        let etag = self.if_match(operation, &path).await;
        self.send(operation, who, &path, etag.as_deref()).await
    }

    /// Calls the operation on a path of the test's choice.
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        who: &Actor<'_>,
        path: &str,
        etag: Option<&str>,
    ) -> Answer {
        let headers: Vec<(&str, &str)> = etag.map(|etag| ("if-match", etag)).into_iter().collect();
        if operation.takes_octets() {
            return who.send_octets(operation.method.clone(), path, b"user_name\nana\n").await;
        }
        let mut body = Self::body(operation, who);
        if let (Some(body), "open_ticket") = (&mut body, operation.id.as_str())
            && let Some((field, value)) = self.opens_with.borrow().clone()
        {
            body[field] = value;
        }
        if let (Some(body), "wait_for_development") = (&mut body, operation.id.as_str()) {
            body["internal_ticket_id"] = json!(self.internal_ticket);
        }
        if let (Some(body), "assign_tickets") = (&mut body, operation.id.as_str()) {
            body["ticket_ids"] = json!([self.ticket]);
        }
        who.send(operation.method.clone(), path, body, &headers).await
    }

    /// Calls the operation after [`Self::prepare`].
    pub(crate) async fn perform(
        &self,
        operation: &Operation,
        role: Role,
        who: &Actor<'_>,
    ) -> Answer {
        self.prepare(operation, who).await;
        self.call(operation, role, who).await
    }
}
