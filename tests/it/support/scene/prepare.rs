//! What has to be there before an operation is called.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, throttle_counters, training_records};
use caredesk::vault::{Opaque, OpaqueKind};
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::article::ArticleState;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::job::JobState;
use caredesk_core::domain::proof::{CodePurpose, LinkPurpose};
use caredesk_core::domain::ticket::TicketPass;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::UploadPurpose;
use diesel::prelude::*;

use super::{SENT, Scene};
use crate::support::actor::Actor;
use crate::support::articles;
use crate::support::families::{self, Stands};
use crate::support::internal;
use crate::support::operations::{self, Operation};
use crate::support::tickets::{self, Stand};

/// The code of an invitation whose code does not matter.
const CODE: &str = "0123-4567-89AB-CDEF";

impl Scene<'_> {
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
}
