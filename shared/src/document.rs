//! The closed list of document kinds and what a change must pass before it may touch a document.
//!
//! Everything here is a pure function of its arguments: no clock, no randomness, no files.

pub mod gate;
pub mod hydrate;
pub mod identity;
pub mod kind;
pub mod operations;
pub mod pointer;
pub mod schema;
pub mod spanish;
pub mod template;
pub mod value;
