//! What users met and what is right: a file an area, each test named after what it proves.

#[path = "counterparts/fake_assistant.rs"]
mod fake_assistant;
#[path = "support/office.rs"]
mod office;
#[path = "counterparts/office_suite.rs"]
mod office_suite;
#[path = "support/story.rs"]
mod story;

#[path = "met/answering.rs"]
mod answering;
#[path = "met/assistant.rs"]
mod assistant;
#[path = "met/attack.rs"]
mod attack;
#[path = "met/callers.rs"]
mod callers;
#[path = "met/flood.rs"]
mod flood;
#[path = "met/ledger_in.rs"]
mod ledger_in;
#[path = "met/ledger_out.rs"]
mod ledger_out;
#[path = "met/mail.rs"]
mod mail;
#[path = "met/meant.rs"]
mod meant;
#[path = "met/numbers.rs"]
mod numbers;
#[path = "met/offices.rs"]
mod offices;
#[path = "met/people.rs"]
mod people;
#[path = "met/plans.rs"]
mod plans;
#[path = "met/register.rs"]
mod register;
#[path = "met/statements.rs"]
mod statements;
#[path = "met/trial.rs"]
mod trial;
#[path = "met/upgrade.rs"]
mod upgrade;
#[path = "met/verbs.rs"]
mod verbs;
#[path = "met/which_item.rs"]
mod which_item;
