//! Stories of an office, told to a gateway on a simulated clock: what its people do, and what they hear. With
//! `DUTYBELL_TEST_DATABASE` they run on PostgreSQL.

#[path = "../counterparts/fake_assistant.rs"]
mod fake_assistant;
#[path = "../counterparts/mariadb.rs"]
mod mariadb;
#[path = "../support/office.rs"]
mod office;
#[path = "../counterparts/office_suite.rs"]
mod office_suite;
#[path = "../counterparts/postgres.rs"]
mod postgres;
#[path = "../support/story.rs"]
mod story;

mod audit;
mod canary;
mod clock;
mod delivery;
mod exporting;
mod fortnight;
mod groups;
mod importing;
mod linking;
mod met;
mod one_log;
mod organisation;
mod overdue;
mod reads;
mod replying;
mod sources;
mod summaries;
mod transitions;
