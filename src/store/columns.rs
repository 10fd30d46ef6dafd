//! What a value is in a column, on both databases.
//!
//! Four SQL types of our own carry what diesel has for PostgreSQL only; fixed oids save a look-up for
//! each connection. The core's ids, words and texts are columns by its feature of that name, so no row
//! struct repeats a domain struct's newtypes; here the connection for both engines learns of them.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::HasSqlType;
use diesel::sqlite::{Sqlite, SqliteValue};
use std::io::Write;
use uuid::Uuid;

use caredesk_core::domain::account::{AccountStatus, InactiveReason, Locale, Realm, Role};
use caredesk_core::domain::application::{ApplicationStatus, OnlineAccount};
use caredesk_core::domain::article::{
    ArticleAudience, ArticleBody, ArticleChange, ArticleKind, ArticleLead, ArticleSlug,
    ArticleState, VideoUrl,
};
use caredesk_core::domain::attachment::{AttachmentState, AttachmentType};
use caredesk_core::domain::audit::AuditOutcome;
use caredesk_core::domain::canned_reply::{CannedText, ReplyTag};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::evidence::EvidenceKind;
use caredesk_core::domain::ids::{
    AcceptanceId, AccountId, ApiKeyId, ApplicationId, ArticleId, AttachmentId, AuditEntryId,
    CannedReplyId, CodeId, ContactChangeId, DecisionId, EvidenceId, HelpSearchId,
    InternalTicketCommentId, InternalTicketId, InvitationId, JobId, NotificationId, OwnerId,
    RoleId, SessionId, SuppressionId, TenantId, TicketEntryId, TicketId, TicketLinkId,
    TicketObjectionId, TrainingRecordId, UploadId,
};
use caredesk_core::domain::internal_ticket::{
    InternalTicketKind, InternalTicketPriority, InternalTicketState,
};
use caredesk_core::domain::invitation::InvitationState;
use caredesk_core::domain::job::{JobKind, JobState, RowOutcome};
use caredesk_core::domain::notification::{
    MessageKind, MessageState, Method, SuppressionReason, WaitReason,
};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::proof::{CodePurpose, LinkPurpose};
use caredesk_core::domain::tenant::{TenantKind, TenantStatus};
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{
    EntryKind, MaskedSubject, MaskedText, ObjectionState, Priority, Resolution, TicketKind,
    TicketLinkKind, TicketPass, TicketState, TicketTag, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::{UploadPurpose, UploadState};
use caredesk_core::domain::verification::Verification;
use caredesk_core::domain::{
    ApplicationNumber, ChildId, Day, EmailAddress, FileName, KeyName, Line, MediaType, Paragraph,
    PersonName, PhoneNumber, ReportText, RoleName, Slug, TenantName, UserName,
};
use caredesk_core::policy::HelpfulDetail;
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind, RuleCode};

use super::db::{MultiBackend, MultiRawValue};

pub use caredesk_core::columns::{Doc, Instant, Uid, Word};

/// An id of whatever kind, where a column holds several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Uid)]
pub struct AnyId(pub Uuid);

/// A value kept as a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Doc)]
pub struct Json<T: std::fmt::Debug>(pub T);

/// Makes a SQL type known to the backend that stands for both.
macro_rules! on_both {
    ($($sql:ty),+) => {$(
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$sql>(lookup)
            }
        }
    )+};
}
on_both!(Uid, Instant, Doc, Word);

/// Lets a value go to, and come from, the backend that stands for both.
macro_rules! column {
    ($sql:ident: $($value:ty),+ $(,)?) => {$(
        impl ToSql<$sql, MultiBackend> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value(($sql, self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<$sql, MultiBackend> for $value {
            fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, $sql>()
            }
        }
    )+};
}

column!(
    Uid: AcceptanceId, ApplicationId, InvitationId, AnyId, TenantId, OwnerId, AccountId, SessionId, AuditEntryId, NotificationId, EvidenceId,
    ContactChangeId, CodeId, RoleId, TrainingRecordId, JobId, UploadId, DecisionId, TicketId, ApiKeyId,
    ArticleId, AttachmentId, CannedReplyId, HelpSearchId, InternalTicketCommentId, InternalTicketId, SuppressionId, TicketEntryId, TicketLinkId, TicketObjectionId,
);
column!(
    Word: ApplicationNumber, ApplicationStatus, ChildId, InvitationState, OnlineAccount, AccountStatus, AuditOutcome, CodePurpose, EvidenceKind, InactiveReason, LinkPurpose, Locale,
    MessageKind, MessageState, Method, Permission, Realm, Role, TenantKind, TenantStatus, Day, EmailAddress,
    Line, Paragraph, PersonName, PhoneNumber, RoleName, Slug, TenantName, UserName, Code, FileName, JobKind,
    JobState, MediaType, RowOutcome, UploadPurpose, UploadState, Channel, Outcome, RequesterKind, RuleCode,
    ArticleAudience, ArticleBody, ArticleChange, ArticleKind, ArticleLead, ArticleSlug, ArticleState, AttachmentState, AttachmentType, CannedText, EntryKind, InternalTicketKind, InternalTicketPriority, InternalTicketState, KeyName, MaskedSubject, MaskedText, Priority, ReplyTag, ReportText, RequestType, Resolution, SuppressionReason, TicketKind, TicketLinkKind, TicketState, TierTwoAction, Transition, Verification, VideoUrl, WaitReason, ObjectionState, TicketPass, TicketTag, BrowserSupport, HelpfulDetail,
);
column!(Instant: Moment);

impl ToSql<Uid, Pg> for AnyId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}
impl ToSql<Uid, Sqlite> for AnyId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().to_vec());
        Ok(IsNull::No)
    }
}
impl FromSql<Uid, Pg> for AnyId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}
impl FromSql<Uid, Sqlite> for AnyId {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.read_blob())?))
    }
}

impl<T> ToSql<Doc, MultiBackend> for Json<T>
where
    T: serde::Serialize + std::fmt::Debug + Send + Sync + 'static,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Doc, self));
        Ok(IsNull::No)
    }
}
impl<T> FromSql<Doc, MultiBackend> for Json<T>
where
    T: serde::de::DeserializeOwned + std::fmt::Debug,
{
    fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Doc>()
    }
}
/// The version byte that `jsonb` begins with on the wire.
const JSONB_VERSION: u8 = 1;

impl<T: serde::Serialize + std::fmt::Debug> ToSql<Doc, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl<T: serde::Serialize + std::fmt::Debug> ToSql<Doc, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl<T: serde::de::DeserializeOwned + std::fmt::Debug> FromSql<Doc, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let body = value.as_bytes().get(1..).ok_or("an empty jsonb value")?;
        Ok(Self(serde_json::from_slice(body)?))
    }
}
impl<T: serde::de::DeserializeOwned + std::fmt::Debug> FromSql<Doc, Sqlite> for Json<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}
