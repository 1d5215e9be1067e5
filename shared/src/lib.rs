//! The pure core of Alianza: the story of an entry.
//!
//! A person types. The tab makes an Automerge change; [`document`] judges it at the gate; [`sync`] takes it as a
//! pending record and seals it into a signed [`feed`] entry of the city. Partners receive the entry in a frame
//! of [`wire`], check its signature and chain, ask [`alliance`] whether its author had the right, store it, and
//! judge it at the same gate against the entry's own past. Equal entries give equal documents everywhere.
//!
//! No tokio, libp2p, sled, axum, files, sockets, clock or randomness of its own: time, randomness and
//! identifiers are arguments.

pub mod access;
pub mod alliance;
pub mod api;
pub mod cbor;
pub mod document;
pub mod feed;
pub mod id;
pub mod limits;
pub mod live;
pub mod methodology;
pub mod sync;
pub mod wire;

#[cfg(test)]
mod golden;
