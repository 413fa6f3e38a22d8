//! The deadline cell: from `2022.9.30`, `月底前`, `5个工作日` or `立行立改` to a due date, or to an
//! honest "cannot tell".
//!
//! Knows the written forms and the arithmetic from the day of discovery; asks the organisation's
//! calendar for working days and holidays; knows nothing of rows or files. `fold` prepares the text,
//! `scan` cuts it into points in time by the table in `forms` (`digits`,
//! `lengths`, `periods`, `feasts`, `english` and its `parts`), `words` holds the rest of the vocabulary, `place` the
//! arithmetic, `clauses` sets aside what only tells of the past, `settle` decides. Called by `rows`, and by anything else that has a deadline
//! in words. Rule above all: a doubtful cell becomes a draft with candidates, never a guess.

mod clauses;
mod digits;
mod english;
mod feasts;
mod fold;
mod forms;
mod lengths;
mod parts;
mod periods;
mod place;
mod scan;
mod settle;
mod words;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use dutybell_core::reply::DayView;

/// What the reading of a deadline depends on besides the text.
#[derive(Clone, Copy)]
pub struct DueContext<'a> {
    /// The day of discovery: relative words count from it and years are completed by it.
    pub found_on: NaiveDate,
    /// The workbook's date system: true for files that count from 1904.
    pub date1904: bool,
    /// The organisation's calendar.
    pub days: &'a dyn DayView,
}

/// A length of time as written; working days are kept apart from calendar days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Days(i64),
    Workdays(i64),
    Months(i64),
}

/// The content of a deadline cell. Dates are wall-clock dates of the organisation's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueCell {
    Date(NaiveDate),
    DateTime(NaiveDateTime),
    /// The last day of a period: 月底, 年内, 10月上旬.
    EndOf(NaiveDate),
    /// 立即; `done_on_the_spot` when the words say that it was fixed during the inspection.
    Immediate {
        done_on_the_spot: bool,
    },
    /// 长期坚持: no due date, periodic check instead.
    Ongoing,
    /// 5个工作日: counts from the day of discovery; `DueReading::value` holds the day reached.
    Within(Span),
    /// Empty, a dash, 待定, or a status word where a date should be.
    Missing,
    /// Looks like a deadline and cannot be trusted.
    Unreadable {
        reason: String,
        candidates: Vec<NaiveDate>,
    },
}

/// A deadline cell understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueReading {
    pub cell: DueCell,
    /// Remarks for the report, English; empty when there is nothing to say.
    pub why: Vec<String>,
    /// `date`, `end_of`, `immediate`, `ongoing`, `duration`, `range`, `ambiguous`, `invalid` or `none`.
    pub label: &'static str,
    /// The day reached (`2022-09-30`, with time `2022-09-30T17:00`), candidates joined with ` or `
    /// when ambiguous, empty when there is none.
    pub value: String,
}

impl DueReading {
    /// The day to work with, where there is one for certain.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        match &self.cell {
            DueCell::Date(d) | DueCell::EndOf(d) => Some(*d),
            DueCell::DateTime(t) => Some(t.date()),
            DueCell::Immediate { .. } | DueCell::Within(_) => self.value.get(..10)?.parse().ok(),
            DueCell::Ongoing | DueCell::Missing | DueCell::Unreadable { .. } => None,
        }
    }

    /// True when the cell cannot carry an item: missing or unreadable.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        matches!(self.cell, DueCell::Missing | DueCell::Unreadable { .. })
    }
}

/// Reads a deadline cell. Never fails: what cannot be read says so.
#[must_use]
pub fn read_due(text: &str, ctx: &DueContext<'_>) -> DueReading {
    let desk = place::Desk::deadline(ctx);
    settle::settle(text, &desk)
}

/// Reads a date of the past (found, completed, verified): years are completed towards `today`, and
/// only a certain date comes back.
#[must_use]
pub fn read_past_date(text: &str, today: NaiveDate, date1904: bool, days: &dyn DayView) -> Option<NaiveDate> {
    let desk = place::Desk::bygone(&DueContext { found_on: today, date1904, days });
    let reading = settle::settle(text, &desk);
    match reading.cell {
        DueCell::Date(d) => Some(d),
        DueCell::DateTime(t) => Some(t.date()),
        _ => None,
    }
}
