//! Ids: UUIDv7 newtypes, one per resource, so that none can stand for another.

/// Declares an id type.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "columns", derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow), diesel(sql_type = $crate::columns::Uid))]
        pub struct $name(uuid::Uuid);

        #[cfg(feature = "columns")]
        uid_column!($name);

        impl $name {
            /// Wraps a value that the store or the maker of ids vouches for.
            pub const fn of(value: uuid::Uuid) -> Self {
                Self(value)
            }

            /// The bare value.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::Uuid::try_parse(text).map(Self)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .min_length(Some(36))
                    .max_length(Some(36))
                    .description(Some($crate::domain::text::doc(&[$(stringify!($meta)),*])))
                    .examples(["01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10"])
                    .into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

id! {
    /// Names a tenant.
    TenantId
}
id! {
    /// Names an owner on file.
    OwnerId
}
id! {
    /// Names an account: somebody, or something, that signs in.
    AccountId
}
id! {
    /// Names a session.
    SessionId
}
id! {
    /// Names a row of the audit.
    AuditEntryId
}
id! {
    /// Names a message in the outbox.
    NotificationId
}
id! {
    /// Names a contact that nothing is sent to.
    SuppressionId
}
id! {
    /// Names a recorded piece of evidence.
    EvidenceId
}
id! {
    /// Names a change of a contact that waits for its codes.
    ContactChangeId
}
id! {
    /// Names a one-time code, never the code itself.
    CodeId
}
id! {
    /// Names a role of an organisation.
    RoleId
}
id! {
    /// Names a record of a user's training.
    TrainingRecordId
}
id! {
    /// Names a key of a program; the account that it acts as has the same id.
    ApiKeyId
}
id! {
    /// Names a job.
    JobId
}
id! {
    /// Names an upload.
    UploadId
}
id! {
    /// Names a decision in the decision log.
    DecisionId
}
id! {
    /// Names a ticket.
    TicketId
}
id! {
    /// Names an attachment of a ticket.
    AttachmentId
}
id! {
    /// Names an entry of a ticket's timeline.
    TicketEntryId
}
id! {
    /// Names the link from one ticket to another.
    TicketLinkId
}
id! {
    /// Names an objection to what was masked on a ticket.
    TicketObjectionId
}
id! {
    /// Names an application of a family.
    ApplicationId
}
id! {
    /// Names an invitation of a family.
    InvitationId
}
id! {
    /// Names the confirmation of a contact that a family's account will be known by.
    AcceptanceId
}
id! {
    /// Names an internal ticket.
    InternalTicketId
}
id! {
    /// Names a comment on an internal ticket.
    InternalTicketCommentId
}
id! {
    /// Names a canned reply.
    CannedReplyId
}
id! {
    /// Names an article of the help centre.
    ArticleId
}
id! {
    /// Names a search of the help centre.
    HelpSearchId
}
