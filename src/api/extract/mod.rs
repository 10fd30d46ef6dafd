//! What a handler is given, checked: the caller, the path, the query, the body.
//!
//! The extractors are called like the framework's, because the generator of the document knows them by
//! their names.

mod body;
mod caller;
mod held;
mod octets;
mod path;
mod query;
mod schema;

pub use body::{Body, ITEMS, Json};
pub use caller::{Bearer, Caller, RequestId, Visitor};
pub use held::Held;
pub use octets::Octets;
pub use path::Path;
pub use query::{Parameters, Query};
pub use schema::Schemas;
