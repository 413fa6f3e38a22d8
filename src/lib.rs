//! dutybell: the right person hears in time, in the chat or mailbox they already use.
//!
//! Data flows one way: a ledger becomes items; the planner says who must hear what and when; the
//! outbox keeps it; the dispatcher merges and sends through a channel. A reply is just another input
//! at the top: the inbox reads it, binds it to items and applies a transition.
//!
//! - [`core`]: pure rules: no I/O, no clock. Start with `core::plan` and `core::transition`.
//! - [`store`]: one handle on the database.
//! - [`channel`]: ways to reach people.
//! - [`ledger`]: spreadsheets in.
//! - [`render`]: a message as data becomes text.
//! - [`gateway`]: the loops that connect them.
//! - [`app`]: what the office does every day, for the command line and a console alike.
//! - [`synth`]: invented offices and ledgers from a seed.
//! - [`web`], [`cli`]: the page and the commands.

pub use dutybell_channel as channel;
pub use dutybell_core as core;
pub use dutybell_core::mutants;
pub use dutybell_ledger as ledger;
pub use dutybell_store as store;
pub use dutybell_system as system;
pub use dutybell_system::{clock, files, net};

pub mod app;
pub mod assistant;
pub mod cli;
pub mod config;
pub mod demo;
pub mod gateway;
pub mod render;
pub mod synth;
pub mod web;
