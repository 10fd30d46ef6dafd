//! What is allowed. Pure decisions over facts: no database, no clock, no HTTP.
//!
//! Start at [`decide`]. To add an action: a row in [`action`], and a row in [`matrix`]; the build
//! fails until both are there.

pub mod action;
mod api_key;
mod application;
mod article;
mod attachment;
pub mod browsers;
mod canned_reply;
pub mod decision_log;
pub mod desk;
mod desk_account;
pub mod hours;
mod internal_ticket;
mod job;
pub mod lexicon;
pub mod matrix;
pub mod names;
mod notification;
mod permit;
pub mod pii;
mod role;
mod scope;
pub mod suggestion;
pub mod support_user;
mod tenant;
mod ticket;
mod upload;
mod user;

pub use action::{Action, ActionKind, OfOneTenant, Target};
pub use api_key::ApiKeyFacts;
pub use application::{ApplicationFacts, InvitationFacts, may_find};
pub use article::ArticleFacts;
pub use attachment::{AttachmentFacts, NewAttachmentFacts};
pub use canned_reply::CannedReplyFacts;
pub use desk_account::{DeskAccountFacts, RoleToGrant};
pub use internal_ticket::InternalTicketFacts;
pub use job::{JobFacts, JobSight, SeenJobs};
pub use notification::{NotificationFacts, NotificationSight, SuppressionFacts};
pub use permit::{Denial, Denials, Permit, bars, decide, sight};
pub use role::RoleFacts;
pub use scope::{Scope, Sight};
pub use support_user::Candidate;
pub use tenant::TenantFacts;
pub use ticket::{
    CallerSight, HelpfulDetail, Intake, OpeningFacts, PeopleSight, SEARCH_COUNTS, SearchedBefore,
    SeenTickets, SeenTogether, TextSight, TicketFacts, TicketPlace, TicketSight,
};
pub use ticket::{DUE_SOON, TargetFacts, TicketTargets, TimedStep, is_missed};
pub use upload::{NewUploadFacts, UploadFacts, UploadSight};
pub use user::{NewUserFacts, UserChange, UserFacts};
