//! One loop over one event enum; owns the core and performs its effects in order.

pub mod handle;
