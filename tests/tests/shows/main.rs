//! The shows of the first vertical line, numbered as there, against the release binary as separate processes.

mod admission;
mod conflicts;
mod convergence;
mod damage;
mod demo;
mod doors;
mod hostile_partner;
mod hostile_tab;
mod kills;
