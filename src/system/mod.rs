//! What the machine gives: time, files of one's own, the network, and who runs the program.
//!
//! The only place that reads the clock or sleeps; the only one that decides where a call may lead.

pub mod clock;
pub mod files;
pub mod net;
mod user;

pub use user::user;
