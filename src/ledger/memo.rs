//! What words meant a line ago: a long ledger says the same few hundred things in its dates, names and states, and
//! reading one goes through every form.
//!
//! Holds readings by their text and by the day they were read against; knows nothing of lines or columns. One for each
//! sheet and thread, since a sheet has one calendar and one system of dates.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::ReadContext;
use super::cells::StatusClaim;
use super::due::{self, DueContext, DueReading};
use super::people::{PersonRef, read_people};

/// Texts kept of one kind; a column that never repeats itself starts over.
const KEPT: usize = 10_000;

/// Readings by text.
type ByText<T> = HashMap<String, T>;

/// What was read so far.
#[derive(Default)]
pub(super) struct Memo {
    past: HashMap<NaiveDate, ByText<Option<NaiveDate>>>,
    due: HashMap<NaiveDate, ByText<DueReading>>,
    claims: ByText<StatusClaim>,
    words: ByText<StatusClaim>,
    people: ByText<(Vec<PersonRef>, Vec<String>)>,
}

/// The reading of a text, read now if it is new.
fn recall<T: Clone>(kept: &mut ByText<T>, text: &str, read: impl FnOnce() -> T) -> T {
    if let Some(known) = kept.get(text) {
        return known.clone();
    }
    if kept.len() >= KEPT {
        kept.clear();
    }
    let new = read();
    kept.insert(text.to_owned(), new.clone());
    new
}

/// The readings against a day.
fn on<T>(kept: &mut HashMap<NaiveDate, ByText<T>>, day: NaiveDate) -> &mut ByText<T> {
    if kept.len() >= KEPT && !kept.contains_key(&day) {
        kept.clear();
    }
    kept.entry(day).or_default()
}

impl Memo {
    /// See [`due::read_past_date`].
    pub(super) fn past(
        &mut self,
        text: &str,
        last: NaiveDate,
        date1904: bool,
        ctx: &ReadContext<'_>,
    ) -> Option<NaiveDate> {
        recall(on(&mut self.past, last), text, || due::read_past_date(text, last, date1904, ctx.days))
    }

    /// See [`due::read_due`].
    pub(super) fn due(&mut self, text: &str, desk: &DueContext<'_>) -> DueReading {
        recall(on(&mut self.due, desk.found_on), text, || due::read_due(text, desk))
    }

    /// See [`StatusClaim::read`].
    pub(super) fn claim(&mut self, text: &str, ctx: &ReadContext<'_>) -> StatusClaim {
        recall(&mut self.claims, text, || StatusClaim::read(text, ctx.today, ctx.days))
    }

    /// See [`StatusClaim::from_text`].
    pub(super) fn word(&mut self, text: &str) -> StatusClaim {
        recall(&mut self.words, text, || StatusClaim::from_text(text))
    }

    /// See [`read_people`].
    pub(super) fn people(&mut self, text: &str) -> (Vec<PersonRef>, Vec<String>) {
        recall(&mut self.people, text, || read_people(text))
    }
}
