//! The program as it is started: its commands, its files, its page, several of it at once.

#[path = "../support/burst.rs"]
mod burst;
#[path = "../counterparts/fake_telegram.rs"]
mod fake_telegram;
#[path = "../support/office.rs"]
mod office;
#[path = "../counterparts/postgres.rs"]
mod postgres;
#[path = "../counterparts/smtp_server.rs"]
mod smtp_server;
#[path = "../support/story.rs"]
mod story;

mod backup;
mod cli;
mod config;
mod desk_browser;
mod growing;
mod layers;
mod new_rules;
mod replicas;
mod serving;
mod store_opening;
