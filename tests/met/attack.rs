//! The running program under attack and fault.

#[path = "attack/clock.rs"]
mod clock;
#[path = "attack/database.rs"]
mod database;
#[path = "attack/ladder.rs"]
mod ladder;
#[path = "attack/running.rs"]
mod running;
#[path = "attack/settings.rs"]
mod settings;
#[path = "attack/state.rs"]
mod state;
#[path = "attack/web.rs"]
mod web;
#[path = "attack/words.rs"]
mod words;
