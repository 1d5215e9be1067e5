//! Signed feeds: what is signed, chained and compared (protocol §3).

pub mod body;
pub mod header;
pub mod vector;

pub use body::{Body, Create, Item};
pub use header::{Entry, EntryKind, Header, Seen};
pub use vector::{Line, Vector};
