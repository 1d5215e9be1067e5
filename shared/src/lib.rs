//! The pure core of Alianza.
//!
//! No tokio, libp2p, sled, axum, files, sockets, clock or randomness of its own: time, randomness and
//! identifiers are arguments.

pub mod api;
pub mod id;
pub mod limits;
pub mod document;
pub mod methodology;
