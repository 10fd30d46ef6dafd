//! A scene: what an operation needs to find, so that each one of the document can be called, and
//! succeeds for who may. An operation that this file does not know enough about fails its tests.

use std::sync::atomic::{AtomicU32, Ordering};

use caredesk::guard::passwords;
use caredesk::store::StoreError;
use caredesk::store::columns::{AnyId, Json};
use caredesk::store::db::Conn;
use caredesk::store::schema::{
    accounts, jobs, links, notifications, one_time_codes, recovery_codes, refresh_tokens,
    second_factor_enrolments, second_factors, sessions, suppressions, tenants, throttle_counters,
    ticket_export_parts, training_records, upload_pieces, uploads,
};
use caredesk::vault::{Opaque, OpaqueKind, Place, Purpose, RecoveryCode};
use caredesk_core::domain::FileName;
use caredesk_core::domain::account::{AccountStatus, Locale, Realm, Role};
use caredesk_core::domain::article::ArticleState;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::{SessionId, TenantId};
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::job::{JobKind, JobState};
use caredesk_core::domain::notification::{MessageKind, MessageState, Method, SuppressionReason};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::proof::{CodePurpose, LinkPurpose};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::ticket::{TicketKind, TicketPass, TicketState, Tier};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::{UploadPurpose, UploadState};
use caredesk_core::domain::{Day, Line, PhoneNumber, Slug};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::actor::{Actor, SECRET};
use super::answer::Answer;
use super::app::App;
use super::articles;
use super::attachments;
use super::decisions::by_phone;
use super::families::{self, Stands};
use super::holders;
use super::internal;
use super::make;
use super::operations::{self, Operation};
use super::tickets::{self, Stand};

/// Numbers the short names of tenants, so that no two are the same.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The code of every message that a scene sent.
pub(crate) const SENT: &str = "492039";

/// The code of an invitation whose code does not matter.
const CODE: &str = "0123-4567-89AB-CDEF";

/// A short name that nobody has.
pub(crate) fn fresh_slug() -> String {
    format!("scene-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A tenant with an owner, and the audit of what made them.
pub(crate) struct Scene<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: TenantId,
    pub(crate) owner: String,
    /// An entry of the tenant's chain.
    pub(crate) entry: String,
    /// An entry of the platform's chain.
    pub(crate) platform_entry: String,
    /// An agent of the desk.
    pub(crate) agent: String,
    /// A member of the tenant, who is in use.
    pub(crate) user: Uuid,
    /// A role that the tenant made, which permits nothing and which nobody has.
    pub(crate) role: String,
    /// A record of their training.
    pub(crate) training_record: Uuid,
    /// A session, of whoever an operation is prepared for.
    pub(crate) session: Uuid,
    /// A job of the tenant's, or of whoever an operation is prepared for.
    pub(crate) job: Uuid,
    /// A file of the tenant's, or of whoever an operation is prepared for.
    pub(crate) upload: Uuid,
    /// A decision of the desk's policy about the tenant.
    pub(crate) decision: Uuid,
    /// An application, its invitation, and an acceptance of that.
    pub(crate) family: families::Ids,
    /// A key of the tenant that permits nothing.
    pub(crate) api_key: Uuid,
    /// A message on behalf of the tenant, which was sent.
    pub(crate) notification: Uuid,
    /// A contact that nothing is sent to, and that was written to on behalf of the tenant.
    pub(crate) suppression: Uuid,
    /// A change of a contact, of whoever an operation is prepared for.
    pub(crate) contact_change: Uuid,
    /// A ticket of the tenant's, or of whoever an operation is prepared for.
    pub(crate) ticket: Uuid,
    /// An attachment of the ticket, of whoever an operation is prepared for.
    pub(crate) attachment: Uuid,
    /// What else whoever an operation is prepared for opens a ticket with: for whom, or as what.
    pub(crate) opens_with: std::cell::RefCell<Option<(&'static str, Value)>>,
    /// An internal ticket of the desk's.
    pub(crate) internal_ticket: Uuid,
    /// A canned reply of the desk's.
    pub(crate) canned_reply: Uuid,
    /// An article of the tenant for its staff, and one of the desk for everybody.
    pub(crate) article: Uuid,
    pub(crate) global_article: Uuid,
    /// A search of the help centre, of whoever an operation is prepared for.
    pub(crate) help_search: Uuid,
}

/// An entry of the platform's chain: that somebody exported nothing.
async fn platform_entry(admin: &Actor<'_>) -> String {
    admin.get("/v1/audit-export?until=2000-01-01T00:00:00Z").await.is(200);
    let exports = "/v1/audit-entries?limit=1&action=audit.export";
    admin.get(exports).await.is(200).text("/data/0/id")
}

impl<'a> Scene<'a> {
    /// A new tenant with an owner on file, made through the API.
    pub(crate) async fn set(app: &'a App) -> Self {
        Self::of(app, make::tenant(&fresh_slug())).await
    }

    /// A tenant from a body of the test's choice, which must name an owner.
    pub(crate) async fn of(app: &'a App, body: Value) -> Self {
        let admin = app.platform_admin().await;
        let tenant = admin.post("/v1/tenants", body).await.is(201).text("/id");
        let owners = admin.get(&format!("/v1/tenants/{tenant}/owners")).await.is(200);
        let of_tenant = format!("/v1/audit-entries?limit=1&tenant_id={tenant}");
        let entry = admin.get(&of_tenant).await.is(200).text("/data/0/id");
        let platform_entry =
            app.platform_entry.get_or_init(|| platform_entry(&admin)).await.clone();
        let owner = owners.text("/data/0/id");
        let agent = app.someone(Role::TierOne, None).await.account.to_string();
        let [session, contact_change, job, upload] = [(); 4].map(|()| Uuid::now_v7());
        let tenant: TenantId = tenant.parse().unwrap();
        let user = app.someone(Role::Member, Some(tenant)).await.account;
        let role = holders::role(app, tenant, PermissionSet::NONE).await.to_string();
        let training_record = Uuid::now_v7();
        let api_key = app.program(tenant, PermissionSet::NONE).await.account;
        let decision = app.decided(Some(tenant), by_phone("finance.refund")).await;
        let scene = Self {
            app,
            tenant,
            owner,
            entry,
            platform_entry,
            agent,
            user,
            role,
            training_record,
            session,
            job,
            upload,
            decision,
            family: families::Ids::fresh(),
            api_key,
            notification: Uuid::now_v7(),
            suppression: Uuid::now_v7(),
            contact_change,
            ticket: Uuid::now_v7(),
            attachment: Uuid::now_v7(),
            opens_with: None.into(),
            internal_ticket: Uuid::now_v7(),
            canned_reply: Uuid::now_v7(),
            article: Uuid::now_v7(),
            global_article: Uuid::now_v7(),
            help_search: Uuid::now_v7(),
        };
        scene.keep_the_articles(ArticleState::Published).await;
        families::keep(app, tenant, scene.family, Stands::Submitted).await;
        scene.keep_a_job((Some(tenant), AnyId(admin.account)), JobState::Queued).await;
        scene.keep_a_file((tenant, AnyId(admin.account))).await;
        scene.train().await;
        scene.write_to("ana", scene.notification).await;
        scene.write_to("gone", Uuid::now_v7()).await;
        scene.suppress().await;
        scene.keep_the_ticket(Stand::open(scene.user)).await;
        scene.keep_the_attachment(scene.user, AttachmentState::Quarantined).await;
        let reported = InternalTicketState::Reported;
        internal::keep(app, scene.internal_ticket, admin.account, reported).await;
        internal::keep_reply(app, scene.canned_reply, admin.account).await;
        scene
    }

    /// Somebody of a role; tenant roles belong to the tenant of the scene.
    pub(crate) async fn someone(&self, role: Role) -> Actor<'a> {
        self.app.someone(role, self.tenant_of(role)).await
    }

    /// As [`Self::someone`], without a proved second factor.
    pub(crate) async fn someone_unproven(&self, role: Role) -> Actor<'a> {
        self.app.someone_unproven(role, self.tenant_of(role)).await
    }

    /// The tenant that an account of a role belongs to, here.
    pub(crate) fn tenant_of(&self, role: Role) -> Option<TenantId> {
        matches!(role.realm(), Realm::Tenant | Realm::Integration).then_some(self.tenant)
    }

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
        assert!(!path.contains('{'), "scene.rs has nothing for {path}: teach it");
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

    /// Brings about what the operation needs to find, behind the product's back.
    #[expect(
        clippy::too_many_lines,
        reason = "a case for each operation reads better in one place"
    )]
    pub(crate) async fn prepare(&self, operation: &Operation, who: &Actor<'_>) {
        let account = AnyId(who.account);
        self.behind(|conn| diesel::delete(throttle_counters::table).execute(conn)).await;
        match operation.id.as_str() {
            "sign_in" => self.let_the_example_sign_in(operation).await,
            "redeem_enrolment" => {
                let invited = AnyId(self.app.platform_admin().await.account);
                let status = accounts::status.eq(AccountStatus::Invited);
                let row = accounts::table.filter(accounts::id.eq(invited));
                self.behind(move |conn| diesel::update(row).set(status).execute(conn)).await;
                self.keep_the_example_link(operation, invited, LinkPurpose::Enrolment).await;
            }
            "redeem_password_reset" => {
                let somebody = AnyId(self.app.platform_admin().await.account);
                self.keep_the_example_link(operation, somebody, LinkPurpose::PasswordReset).await;
            }
            "refresh_session" => self.keep_the_example_token(operation).await,
            "change_password" => {
                let example = operation.example(operations::document()).unwrap();
                let hash = self.hash(&example["current_password"]).await;
                let row = accounts::table.filter(accounts::id.eq(account));
                let known = accounts::password_hash.eq(hash);
                self.behind(move |conn| diesel::update(row).set(known).execute(conn)).await;
            }
            "begin_second_factor" | "send_second_factor_code" => {
                self.lose_the_factor(account).await;
            }
            "confirm_second_factor" => {
                self.lose_the_factor(account).await;
                self.begin_a_factor(who).await;
            }
            "use_recovery_code" => self.keep_the_example_code(operation, who).await,
            "verify_sent_code" => {
                self.lose_the_factor(account).await;
                self.send_codes(who, who.session, &[CodePurpose::SecondFactor]).await;
            }
            "confirm_contact_change" => {
                let both = [CodePurpose::CurrentContact, CodePurpose::NewContact];
                self.send_codes(who, self.contact_change, &both).await;
            }
            "end_session" => self.begin_the_session(who).await,
            "reactivate_desk_account" => {
                let agent = AnyId(self.agent.parse().unwrap());
                let row = accounts::table.filter(accounts::id.eq(agent));
                let off = accounts::status.eq(AccountStatus::Inactive);
                self.behind(move |conn| diesel::update(row).set(off).execute(conn)).await;
            }
            "resume_tenant" => self.suspend().await,
            "reactivate_user" => self.set_user(AccountStatus::Inactive).await,
            "resend_user_invitation" => self.set_user(AccountStatus::Invited).await,
            "revoke_user_invitation" => {
                self.set_user(AccountStatus::Invited).await;
                self.keep_a_link(AnyId(self.user), LinkPurpose::Enrolment).await;
            }
            // A job that goes on would be watched without end.
            "watch_job" => self.let_have_the_job(who, JobState::Succeeded).await,
            "read_job" | "list_job_results" | "cancel_job" | "list_jobs" => {
                self.let_have_the_job(who, JobState::Queued).await;
            }
            "read_ticket_export" => {
                self.let_have_the_job(who, JobState::Succeeded).await;
                let tenant = self.tenant_of_account(account).await;
                if let Some(role) = self.role_of_account(account).await {
                    tickets::keep_export(self.app, (tenant, role), self.job).await;
                }
            }
            "import_roster" => {
                let tenant = self.tenant_of_account(account).await.unwrap_or(self.tenant);
                let purpose = UploadPurpose::Roster;
                self.keep_the_example_file(operation, (tenant, account), purpose).await;
            }
            "import_applications" => {
                let tenant = self.tenant_of_account(account).await.unwrap_or(self.tenant);
                let purpose = UploadPurpose::Applications;
                self.keep_the_example_file(operation, (tenant, account), purpose).await;
            }
            "write_upload_content" | "read_upload" | "delete_upload" => {
                let tenant = self.tenant_of_account(account).await.unwrap_or(self.tenant);
                self.keep_a_file((tenant, account)).await;
            }
            "publish_article" => self.keep_the_articles(ArticleState::Draft).await,
            "restore_article" => self.keep_the_articles(ArticleState::Archived).await,
            "open_help_result" | "open_public_help_result" => {
                let by = (!operation.is_public()).then_some(who.account);
                let example = operation.example(operations::document()).unwrap();
                let shown = example["article_id"].as_str().unwrap().parse().unwrap();
                articles::keep(self.app, shown, None, ArticleState::Published).await;
                articles::searched(self.app, self.help_search, by, shown).await;
            }
            "rate_public_article" => {
                self.keep_the_articles(ArticleState::Published).await;
                let example = operation.example(operations::document()).unwrap();
                let search = example["help_search_id"].as_str().unwrap().parse().unwrap();
                articles::searched(self.app, search, None, self.global_article).await;
            }
            "redact_article_version" => {
                self.keep_the_articles(ArticleState::Published).await;
                for article in [self.article, self.global_article] {
                    articles::edit(self.app, article).await;
                }
            }
            _ if operation.path.contains("{article_id}") => {
                self.keep_the_articles(ArticleState::Published).await;
            }
            "submit_application" => self.keep_the_application(Stands::Draft).await,
            "reinvite_family" => self.keep_the_application(Stands::Invited).await,
            "unlink_application" => {
                let somebody = self.someone(Role::Guardian).await.account;
                self.keep_the_application(Stands::Linked(somebody)).await;
            }
            "read_family_application" | "unlink_family_application" => {
                self.keep_the_application(Stands::Linked(who.account)).await;
            }
            "look_up_invitation"
            | "request_invitation"
            | "begin_acceptance"
            | "link_family_application" => {
                let example = operation.example(operations::document()).unwrap();
                let code = example["invitation_code"].as_str().unwrap().to_owned();
                families::invite(self.app, self.tenant, self.family, &code).await;
                if operation.id == "request_invitation" {
                    families::revoke(self.app, self.family).await; // one that counts needs no other
                }
            }
            "confirm_acceptance" => {
                families::invite(self.app, self.tenant, self.family, CODE).await;
                families::begin(self.app, self.family, SENT).await;
            }
            id if id.ends_with("_invitation") && operation.path.contains("{invitation_id}") => {
                families::invite(self.app, self.tenant, self.family, CODE).await;
            }
            _ if operation.path.contains("{application_id}") => {
                self.keep_the_application(Stands::Submitted).await;
            }
            "open_ticket" => self.let_open_a_ticket(who).await,
            "report_emergency" => {
                let example = operation.example(operations::document()).unwrap();
                self.be_called(example["organization"].as_str().unwrap()).await;
            }
            "view_linked_ticket" => {
                let token = operation.example(operations::document()).unwrap()["token"].clone();
                self.keep_the_ticket(Stand::open(self.user)).await;
                let token = Opaque::parse(token.as_str().unwrap(), OpaqueKind::TicketLink).unwrap();
                tickets::let_view(self.app, self.ticket, (TicketPass::Link, &token)).await;
            }
            "reply_to_linked_ticket" => {
                let token =
                    operation.example(operations::document()).unwrap()["view_token"].clone();
                self.keep_the_ticket(Stand::open(self.user)).await;
                let token = Opaque::parse(token.as_str().unwrap(), OpaqueKind::TicketView).unwrap();
                tickets::let_view(self.app, self.ticket, (TicketPass::View, &token)).await;
            }
            id if ["list_tickets", "assign_tickets"].contains(&id)
                || operation.path.contains("{ticket_id}") =>
            {
                self.let_have_the_ticket(id, who).await;
            }
            id if operation.path.contains("{attachment_id}") => {
                self.let_have_the_ticket(id, who).await;
                let state = match id {
                    "write_attachment_content" => AttachmentState::Pending,
                    "clear_attachment" | "discard_attachment" => AttachmentState::Quarantined,
                    _ => AttachmentState::Cleared,
                };
                self.keep_the_attachment(who.account, state).await;
            }
            _ if operation.path.contains("{internal_ticket_id}") => {
                let admin = self.app.platform_admin().await.account;
                let state = internal::wanted_by(operation);
                internal::keep(self.app, self.internal_ticket, admin, state).await;
            }
            _ if operation.path.contains("{canned_reply_id}") => {
                let admin = self.app.platform_admin().await.account;
                internal::keep_reply(self.app, self.canned_reply, admin).await;
            }
            "lift_suppression" => self.suppress().await,
            "resend_site_admin_invitation" => self.invite_the_first().await,
            "withdraw_training_record" => {
                let row = training_records::table.find(AnyId(self.training_record));
                let counts = training_records::withdrawn_at.eq(None::<Moment>);
                self.behind(move |conn| diesel::update(row).set(counts).execute(conn)).await;
            }
            id if id.ends_with("_user") => self.set_user(AccountStatus::Active).await,
            _ => {}
        }
    }

    /// Makes the ticket anew, as a test wants it to stand.
    pub(crate) async fn have_the_ticket(&self, stand: Stand) {
        self.keep_the_ticket(stand).await;
    }

    /// Makes the ticket anew.
    async fn keep_the_ticket(&self, stand: Stand) {
        tickets::keep(self.app, (self.tenant, self.decision), self.ticket, stand).await;
    }

    /// Makes the attachment of the ticket anew.
    async fn keep_the_attachment(&self, author: Uuid, state: AttachmentState) {
        let of = (self.tenant, self.ticket, author);
        attachments::keep(self.app, of, self.attachment, state).await;
    }

    /// Gives the tenant the short name that an example names.
    async fn be_called(&self, slug: &str) {
        let named = tenants::table.filter(tenants::slug.eq(Slug::parse(slug).unwrap()));
        let other = tenants::slug.eq(Slug::parse(&fresh_slug()).unwrap());
        let own = tenants::table.filter(tenants::id.eq(self.tenant));
        let slug = tenants::slug.eq(Slug::parse(slug).unwrap());
        self.behind(move |conn| {
            diesel::update(named).set(other).execute(conn)?;
            diesel::update(own).set(slug).execute(conn)
        })
        .await;
    }

    /// Lets somebody open a ticket as the example has it.
    async fn let_open_a_ticket(&self, who: &Actor<'_>) {
        tickets::ask_no_search(self.app, self.tenant).await;
        let role = self.role_of_account(AnyId(who.account)).await;
        if role == Some(Role::Guardian) {
            self.keep_the_application(Stands::Linked(who.account)).await;
        }
        let caller = json!({
            "requester": "family", "tenant_id": self.tenant, "channel": "phone",
            "email": "gil.ferro@mail.example"});
        *self.opens_with.borrow_mut() = match role {
            Some(Role::TierOne | Role::TierTwo) => Some(("on_behalf_of", caller)),
            Some(Role::Member) => Some(("request_type", json!("tickets.submit.emergency"))),
            _ => None,
        };
    }

    /// Makes the ticket such that somebody can do this with it, if anybody of their role can.
    async fn let_have_the_ticket(&self, id: &str, who: &Actor<'_>) {
        let role = self.role_of_account(AnyId(who.account)).await;
        let agent = role.and_then(Tier::of);
        let requester = if agent.is_some() { self.user } else { who.account };
        let mut stand = Stand { tier: agent.unwrap_or(Tier::One), ..Stand::open(requester) };
        stand.assignee = agent.map(|_| who.account);
        match id {
            "assign_ticket" | "assign_tickets" => {
                (stand.state, stand.assignee) = (TicketState::New, None);
            }
            "confirm_emergency" | "decline_emergency" => stand.kind = TicketKind::Emergency,
            "add_ticket_watcher" if agent.is_some() => {
                stand.requester = self.someone(Role::Member).await.account;
            }
            "record_organization_answer" => {
                stand.state = TicketState::WaitingOnOrganization;
                stand.organization_takes_part = true;
            }
            "reopen_ticket" | "share_ticket_knowledge" => stand.state = TicketState::Closed,
            "follow_up_ticket" => {
                stand.state = TicketState::Closed;
                tickets::ask_no_search(self.app, self.tenant).await; // as before any new ticket
                if role == Some(Role::Guardian) {
                    self.keep_the_application(Stands::Linked(who.account)).await;
                }
            }
            "object_to_masking" => stand.requester = who.account, // whose words they are
            "wait_for_development" => {
                let (admin, state) =
                    (self.app.platform_admin().await.account, InternalTicketState::Reported);
                internal::keep(self.app, self.internal_ticket, admin, state).await;
            }
            "record_call_back" => {
                let account = accounts::table.filter(accounts::id.eq(AnyId(requester)));
                let reached = accounts::phone.eq(PhoneNumber::parse("+15550100299").unwrap());
                self.behind(move |conn| diesel::update(account).set(reached).execute(conn)).await;
            }
            "merge_ticket" => {
                let into = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41".parse().unwrap();
                tickets::keep(self.app, (self.tenant, self.decision), into, stand).await;
            }
            _ => {}
        }
        self.keep_the_ticket(stand).await;
        self.have_what_is_beside(id).await;
    }

    /// What an operation finds beside its ticket: somebody in copy of it, or nobody who asked.
    pub(crate) async fn have_what_is_beside(&self, id: &str) {
        if id == "remove_ticket_watcher" {
            tickets::watch(self.app, self.ticket, self.user).await;
        }
        if id == "name_caller_account" {
            tickets::forget_the_requester(self.app, self.ticket).await;
        }
    }

    /// What an account is; none of one that is not there.
    async fn role_of_account(&self, account: AnyId) -> Option<Role> {
        let role = accounts::table.find(account).select(accounts::role);
        let read = self
            .app
            .house
            .db
            .read::<_, StoreError, _>(move |conn| Ok(role.first::<Role>(conn).optional()?));
        read.await.unwrap()
    }

    /// Makes both articles anew.
    async fn keep_the_articles(&self, state: ArticleState) {
        articles::keep(self.app, self.article, Some(self.tenant), state).await;
        articles::keep(self.app, self.global_article, None, state).await;
    }

    /// Makes the application anew.
    async fn keep_the_application(&self, stands: Stands) {
        families::keep(self.app, self.tenant, self.family, stands).await;
    }

    /// The address of somebody whom the tenant wrote to.
    fn address(&self, name: &str) -> String {
        format!("{name}.{}@people.example", self.tenant.uuid().simple())
    }

    /// Keeps a message on behalf of the tenant that was sent.
    async fn write_to(&self, name: &str, id: Uuid) {
        let (address, tenant) = (self.address(name), self.tenant);
        let (id, now) = (AnyId(id), self.app.house.clock.now());
        self.behind(move |conn| {
            let row = (
                (notifications::id.eq(id), notifications::tenant_id.eq(tenant)),
                notifications::kind.eq(MessageKind::PasswordChanged),
                (
                    notifications::method.eq(Method::Email),
                    notifications::locale.eq(Locale::English),
                ),
                (
                    notifications::recipient.eq(address.clone()),
                    notifications::contact_key.eq(address),
                ),
                notifications::facts.eq(Json(json!({"name": "Ana Ruiz"}))),
                (notifications::state.eq(MessageState::Sent), notifications::attempts.eq(1)),
                (notifications::due_at.eq(now), notifications::created_at.eq(now)),
                notifications::finished_at.eq(now),
            );
            diesel::insert_into(notifications::table).values(row).execute(conn)
        })
        .await;
    }

    /// Has nothing sent to a contact of the tenant's.
    async fn suppress(&self) {
        let (id, address) = (AnyId(self.suppression), self.address("gone"));
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(suppressions::table.find(id)).execute(conn)?;
            let row = (
                (suppressions::id.eq(id), suppressions::method.eq(Method::Email)),
                suppressions::contact_key.eq(address),
                suppressions::reason.eq(SuppressionReason::Bounced),
                (suppressions::created_at.eq(now), suppressions::version.eq(1_i64)),
            );
            diesel::insert_into(suppressions::table).values(row).execute(conn)
        })
        .await;
    }

    /// Suspends the tenant.
    pub(crate) async fn suspend(&self) {
        let tenant = tenants::table.filter(tenants::id.eq(self.tenant));
        let suspended = tenants::status.eq(TenantStatus::Suspended);
        self.behind(move |conn| diesel::update(tenant).set(suspended).execute(conn)).await;
    }

    /// Writes to the database, past the product.
    pub(crate) async fn behind<W>(&self, work: W)
    where
        W: FnOnce(&mut Conn) -> QueryResult<usize> + Send + Clone + 'static,
    {
        behind(self.app, work).await;
    }

    /// Makes the job somebody's.
    async fn let_have_the_job(&self, who: &Actor<'_>, state: JobState) {
        let account = AnyId(who.account);
        self.keep_a_job((self.tenant_of_account(account).await, account), state).await;
    }

    /// The tenant that an account belongs to.
    async fn tenant_of_account(&self, account: AnyId) -> Option<TenantId> {
        let tenant = accounts::table.find(account).select(accounts::tenant_id);
        let read = self.app.house.db.read::<_, StoreError, _>(move |conn| {
            Ok(tenant.first::<Option<TenantId>>(conn).optional()?)
        });
        read.await.unwrap().flatten()
    }

    /// Makes the job anew, as one of an account's.
    async fn keep_a_job(&self, (tenant, account): (Option<TenantId>, AnyId), state: JobState) {
        let (id, now) = (AnyId(self.job), self.app.house.clock.now());
        self.behind(move |conn| {
            let parts = ticket_export_parts::table.filter(ticket_export_parts::job_id.eq(id));
            diesel::delete(parts).execute(conn)?;
            diesel::delete(jobs::table.find(id)).execute(conn)?;
            let row = (
                (jobs::id.eq(id), jobs::tenant_id.eq(tenant), jobs::kind.eq(JobKind::RosterImport)),
                (jobs::state.eq(state), jobs::created_by.eq(account)),
                (jobs::params.eq(Json(json!({}))), jobs::cursor.eq(Json(Value::Null))),
                (jobs::done.eq(0_i64), jobs::failed.eq(0_i64), jobs::attempts.eq(0)),
                (jobs::due_at.eq(now), jobs::summary.eq(Json(json!([]))), jobs::created_at.eq(now)),
                jobs::finished_at.eq(state.is_over().then_some(now)),
                jobs::version.eq(1_i64),
            );
            diesel::insert_into(jobs::table).values(row).execute(conn)
        })
        .await;
    }

    /// Announces the file anew, as one of an account's.
    async fn keep_a_file(&self, (tenant, account): (TenantId, AnyId)) {
        let (id, now) = (AnyId(self.upload), self.app.house.clock.now());
        self.behind(move |conn| {
            let pieces = upload_pieces::table.filter(upload_pieces::upload_id.eq(id));
            diesel::delete(pieces).execute(conn)?;
            diesel::delete(uploads::table.find(id)).execute(conn)?;
            let row = (
                (uploads::id.eq(id), uploads::tenant_id.eq(tenant)),
                (uploads::created_by.eq(account), uploads::purpose.eq(UploadPurpose::Applications)),
                uploads::file_name.eq(FileName::parse("applications.csv").unwrap()),
                (uploads::state.eq(UploadState::Pending), uploads::created_at.eq(now)),
                uploads::expires_at.eq(now.plus(SignedDuration::from_hours(24))),
                uploads::version.eq(1_i64),
            );
            diesel::insert_into(uploads::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the upload of the example one of somebody's, with its content.
    async fn keep_the_example_file(
        &self,
        operation: &Operation,
        of: (TenantId, AnyId),
        purpose: UploadPurpose,
    ) {
        let example = operation.example(operations::document()).unwrap();
        let named = AnyId(example["upload_id"].as_str().unwrap().parse().unwrap());
        self.keep_a_file(of).await;
        let kept = AnyId(self.upload);
        self.behind(move |conn| {
            diesel::delete(uploads::table.find(named)).execute(conn)?;
            let complete = (
                uploads::id.eq(named),
                uploads::state.eq(UploadState::Complete),
                uploads::purpose.eq(purpose),
            );
            diesel::update(uploads::table.find(kept)).set(complete).execute(conn)
        })
        .await;
    }

    /// Takes somebody's second factor away.
    async fn lose_the_factor(&self, account: AnyId) {
        let factor = second_factors::table.filter(second_factors::account_id.eq(account));
        self.behind(move |conn| diesel::delete(factor).execute(conn)).await;
    }

    /// The hash of a password that an example names.
    async fn hash(&self, password: &Value) -> String {
        let prepared = passwords::prepare(password.as_str().unwrap());
        self.app.house.hasher.hash(prepared).await.unwrap()
    }

    /// Makes an account of the name and password that the example signs in with.
    async fn let_the_example_sign_in(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let hash = self.hash(&example["password"]).await;
        let id = AnyId(self.app.platform_admin().await.account);
        let key = example["name"].as_str().unwrap().to_owned();
        self.behind(move |conn| {
            let taken = accounts::table.filter(accounts::sign_in_key.eq(key.clone()));
            if taken.count().get_result::<i64>(conn)? > 0 {
                return Ok(0);
            }
            let account = accounts::table.filter(accounts::id.eq(id));
            let named = (accounts::sign_in_key.eq(key), accounts::password_hash.eq(hash));
            diesel::update(account).set(named).execute(conn)
        })
        .await;
    }

    /// Records training of the user of the scene.
    async fn train(&self) {
        let (id, tenant) = (AnyId(self.training_record), self.tenant);
        let (user, now) = (AnyId(self.user), self.app.house.clock.now());
        self.behind(move |conn| {
            let row = (
                training_records::id.eq(id),
                training_records::tenant_id.eq(tenant),
                training_records::account_id.eq(user),
                training_records::course.eq(Line::parse("Part 1").unwrap()),
                training_records::completed_on.eq(Day::parse("2026-11-03").unwrap()),
                training_records::fully_trained.eq(true),
                training_records::recorded_by.eq(user),
                training_records::recorded_at.eq(now),
            );
            diesel::insert_into(training_records::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the user of the scene a Site Admin who has yet to set a password.
    async fn invite_the_first(&self) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let set = (accounts::role.eq(Role::SiteAdmin), accounts::status.eq(AccountStatus::Invited));
        self.behind(move |conn| diesel::update(row).set(set).execute(conn)).await;
    }

    /// Puts the user of the scene into a state.
    async fn set_user(&self, status: AccountStatus) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let set = accounts::status.eq(status);
        self.behind(move |conn| diesel::update(row).set(set).execute(conn)).await;
    }

    /// The version of the user of the scene.
    async fn user_version(&self) -> i64 {
        let row = accounts::table.filter(accounts::id.eq(AnyId(self.user)));
        let read =
            self.app.house.db.read::<_, StoreError, _>(move |conn| {
                Ok(row.select(accounts::version).first(conn)?)
            });
        read.await.expect("the user is there")
    }

    /// Makes a link that nobody knows.
    async fn keep_a_link(&self, account: AnyId, purpose: LinkPurpose) {
        let hash = Uuid::now_v7().as_bytes().to_vec();
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            let row = (
                links::hash.eq(hash),
                links::purpose.eq(purpose),
                links::account_id.eq(account),
                links::created_at.eq(now),
                links::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(links::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the link of the example one of an account's.
    async fn keep_the_example_link(
        &self,
        operation: &Operation,
        account: AnyId,
        purpose: LinkPurpose,
    ) {
        let kind = match purpose {
            LinkPurpose::Enrolment => OpaqueKind::Enrolment,
            LinkPurpose::PasswordReset => OpaqueKind::PasswordReset,
        };
        let example = operation.example(operations::document()).unwrap();
        let link = Opaque::parse(example["token"].as_str().unwrap(), kind).unwrap();
        let hash = link.hash(&self.app.house.keys).to_vec();
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(links::table.find(hash.clone())).execute(conn)?;
            let row = (
                links::hash.eq(hash),
                links::purpose.eq(purpose),
                links::account_id.eq(account),
                links::created_at.eq(now),
                links::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(links::table).values(row).execute(conn)
        })
        .await;
    }

    /// Begins the enrolment of a second factor, with the secret of every minted account.
    async fn begin_a_factor(&self, who: &Actor<'_>) {
        let table = "second_factor_enrolments";
        let place = Place { tenant: None, table, row: who.account, column: "secret" };
        let sealed = self.app.house.keys.seal(&self.app.house.entropy, &place, &SECRET);
        let (account, now) = (AnyId(who.account), self.app.house.clock.now());
        let session = AnyId(who.session);
        self.behind(move |conn| {
            let row = second_factor_enrolments::table.find(account);
            diesel::delete(row).execute(conn)?;
            let row = (
                second_factor_enrolments::account_id.eq(account),
                second_factor_enrolments::session_id.eq(session),
                second_factor_enrolments::secret.eq(sealed),
                second_factor_enrolments::created_at.eq(now),
            );
            diesel::insert_into(second_factor_enrolments::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the recovery code of the example one of somebody's.
    async fn keep_the_example_code(&self, operation: &Operation, who: &Actor<'_>) {
        let example = operation.example(operations::document()).unwrap();
        let code = RecoveryCode::parse(example["recovery_code"].as_str().unwrap()).unwrap();
        let hash = code.hash(&self.app.house.keys).to_vec();
        let (account, now) = (AnyId(who.account), self.app.house.clock.now());
        self.behind(move |conn| {
            diesel::delete(recovery_codes::table.find(hash.clone())).execute(conn)?;
            let row = (
                recovery_codes::hash.eq(hash),
                recovery_codes::account_id.eq(account),
                recovery_codes::created_at.eq(now),
            );
            diesel::insert_into(recovery_codes::table).values(row).execute(conn)
        })
        .await;
    }

    /// Sends codes for a subject of somebody's; the new contact is one that nobody has.
    async fn send_codes(&self, who: &Actor<'_>, subject: Uuid, purposes: &[CodePurpose]) {
        let house = &self.app.house;
        let bound = format!("code|{subject}|{SENT}");
        let hash = house.keys.keyed_hash(Purpose::Tokens, bound.as_bytes()).to_vec();
        let (account, now) = (AnyId(who.account), house.clock.now());
        let purposes = purposes.to_vec();
        self.behind(move |conn| {
            let old = one_time_codes::table.filter(one_time_codes::subject.eq(AnyId(subject)));
            diesel::delete(old).execute(conn)?;
            for purpose in purposes {
                let row = (
                    one_time_codes::id.eq(AnyId(Uuid::now_v7())),
                    one_time_codes::purpose.eq(purpose),
                    one_time_codes::subject.eq(AnyId(subject)),
                    one_time_codes::account_id.eq(account),
                    one_time_codes::method.eq(Method::Email),
                    one_time_codes::contact.eq(format!("{}@new.example", fresh_slug())),
                    one_time_codes::hash.eq(hash.clone()),
                    one_time_codes::attempts.eq(0_i64),
                    one_time_codes::created_at.eq(now),
                    one_time_codes::expires_at.eq(now.plus(SignedDuration::from_mins(10))),
                );
                diesel::insert_into(one_time_codes::table).values(row).execute(conn)?;
            }
            Ok(0)
        })
        .await;
    }

    /// Begins the session of the scene, as one of somebody's.
    async fn begin_the_session(&self, who: &Actor<'_>) {
        let (id, account) = (AnyId(self.session), AnyId(who.account));
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(sessions::table.filter(sessions::id.eq(id))).execute(conn)?;
            let row = (
                sessions::id.eq(id),
                sessions::account_id.eq(account),
                sessions::created_at.eq(now),
                sessions::last_used_at.eq(now),
                sessions::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(sessions::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes a session that the refresh token of the example belongs to.
    async fn keep_the_example_token(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let token = example["refresh_token"].as_str().unwrap();
        let token = Opaque::parse(token, OpaqueKind::Refresh).unwrap();
        let hash = token.hash(&self.app.house.keys).to_vec();
        let session = SessionId::of(self.app.platform_admin().await.session);
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(refresh_tokens::table.find(hash.clone())).execute(conn)?;
            let row = (
                refresh_tokens::hash.eq(hash),
                refresh_tokens::session_id.eq(session),
                refresh_tokens::issued_at.eq(now),
            );
            diesel::insert_into(refresh_tokens::table).values(row).execute(conn)
        })
        .await;
    }
}

/// Writes to an app's database, past the product.
pub(crate) async fn behind<W>(app: &App, work: W)
where
    W: FnOnce(&mut Conn) -> QueryResult<usize> + Send + Clone + 'static,
{
    let write = move |conn: &mut Conn| Ok(work.clone()(conn)?);
    app.house.db.write::<_, StoreError, _>(write).await.expect("the scene is set");
}
