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

pub mod app;
pub mod assistant;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod demo;
pub mod files;
pub mod gateway;
pub mod ledger;
pub mod mutants;
pub mod net;
pub mod render;
pub mod store;
pub mod synth;
pub mod web;
