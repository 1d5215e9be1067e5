//! The shows of the first vertical line, numbered as there, against the release binary as separate processes.

mod admission;
mod conflicts;
mod convergence;
mod damage;
mod demo;
mod doors;
mod full_disk;
mod hostile_partner;
mod hostile_tab;
mod kills;
mod tls;
