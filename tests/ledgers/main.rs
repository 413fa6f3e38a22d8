//! Ledgers and what their cells say: deadlines, calendars, tables of every form, invented offices.

#[path = "../support/story.rs"]
mod story;

mod calendar;
mod deadlines;
mod ledger_reading;
mod synth;
