//! The running program under attack and fault.

mod clock;
mod database;
mod ladder;
mod running;
mod settings;
mod state;
mod web;
mod words;
