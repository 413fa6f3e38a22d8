//! What users met and what is right: a file an area, each test named after what it proves.

mod answering;
mod assistant;
mod attack;
pub mod callers;
mod flood;
mod ledger_in;
mod ledger_out;
mod mail;
mod meant;
mod numbers;
mod offices;
mod people;
mod plans;
mod register;
mod statements;
mod trial;
mod upgrade;
mod verbs;
mod which_item;

use crate::office;
use crate::story;
