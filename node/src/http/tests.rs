//! The page over a real socket, with an engine that only remembers what it was asked.

mod client;
mod door;
mod lifetime;
mod live;
mod live_page;
mod pages;
mod rights;
mod sessions;
mod tls;
mod town;
