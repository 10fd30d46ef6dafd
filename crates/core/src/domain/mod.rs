//! What things are. Values that cannot be made wrong, words with one spelling, and their limits.

#[macro_use]
mod words;
#[macro_use]
pub(crate) mod text;

pub mod account;
pub mod actor;
pub mod api_key;
pub mod application;
pub mod application_file;
pub mod article;
pub mod attachment;
pub mod audit;
pub mod business_hours;
pub mod canned_reply;
pub mod code;
pub mod contact;
pub mod desk_contact;
pub mod dormancy;
pub mod evidence;
pub mod fold;
pub mod framing;
pub mod holder;
pub mod hours;
pub mod ids;
pub mod internal_ticket;
pub mod invitation;
pub mod job;
pub mod link;
pub mod mail_text;
pub mod notification;
pub mod owner;
pub mod page;
pub mod permission;
pub mod phone;
pub mod proof;
pub mod role;
pub mod roster;
pub mod search;
pub mod sending;
pub mod session;
pub mod table;
pub mod tenant;
pub mod ticket;
pub mod time;
pub mod upload;
pub mod user;
pub mod verification;

pub use phone::Region;
pub use text::{
    AddressLine, ApplicationNumber, ChildId, Day, EmailAddress, FileName, KeyName, Line, MediaType,
    Paragraph, PersonName, PhoneNumber, ReportText, RoleName, SearchText, SignInName, Slug,
    TenantName, TextError, TimeOfDay, TimeZoneName, UserName, WrittenPhone,
};
pub use words::UnknownWord;
