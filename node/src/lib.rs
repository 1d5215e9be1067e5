//! The I/O shell around the pure core: journal, index, documents, network and page of one city's node.

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod documents;
pub mod engine;
pub mod http;
pub mod identity;
pub mod index;
pub mod journal;
pub mod network;
pub mod node;
pub mod tls;
pub mod whole_file;
