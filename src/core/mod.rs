//! The core: everything that decides who must hear what and when, and what an answer means.
//!
//! Pure: no I/O, no clock, no async. Time, calendars and the organisation come in as arguments.
//! Read in this order: [`org`], [`item`], [`calendar`], [`deadline`], [`policy`], [`plan`],
//! [`act`], [`transition`], [`reply`], [`message`], [`compose`], [`digest`].

pub mod act;
pub mod actor;
pub mod allowance;
pub mod calendar;
pub mod channels;
pub mod code;
pub mod compose;
pub mod cron;
pub mod deadline;
pub mod digest;
pub mod inbound;
pub mod item;
pub mod matter;
pub mod message;
pub mod mutants;
pub mod notice;
pub mod numbers;
pub mod org;
pub mod owners;
pub mod patterns;
pub mod pause;
pub mod plan;
pub mod policy;
pub mod quiet;
pub mod reply;
pub mod subject;
pub mod title;
pub mod transition;
pub mod walk;
pub mod words;
pub mod world;
