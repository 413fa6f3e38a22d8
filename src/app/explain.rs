//! How a reply or a deadline is read, and why.

use chrono::{NaiveDate, NaiveDateTime};

use crate::core::calendar::Calendar;
use crate::core::reply::{Context, Reader, Reading, Speaker};
use crate::gateway::Days;
use crate::ledger::{DueContext, read_due};

pub use crate::ledger::DueReading;

/// An answer as somebody would write it.
pub struct Answer<'a> {
    pub text: &'a str,
    /// What the writer is to the item.
    pub by: Speaker,
    /// Title and place of the item spoken of.
    pub item: Option<&'a str>,
    /// Numbers that the writer was given.
    pub numbers: &'a [u32],
    /// Local time at which it is written.
    pub at: NaiveDateTime,
}

/// Reads an answer with the office's own words, or with those that are shipped.
pub fn reply(own: Option<&Reader>, calendar: &Calendar, answer: &Answer<'_>) -> Reading {
    let (days, item) = (Days(calendar), answer.item.map(str::to_lowercase));
    let context =
        Context { by: answer.by, item: item.as_deref(), numbers: answer.numbers, ..Context::at(answer.at, &days) };
    own.unwrap_or_else(|| Reader::shipped()).read(answer.text, &context)
}

/// Reads the cell of a deadline; relative words count from the day of discovery.
pub fn deadline(calendar: &Calendar, text: &str, found_on: NaiveDate) -> DueReading {
    read_due(text, &DueContext { found_on, date1904: false, days: &Days(calendar) })
}
