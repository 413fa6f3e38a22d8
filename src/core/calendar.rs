//! The working days of one organisation: weekends, public holidays and makeup working days.
//!
//! Knows dates only: no clock, no time of day, no time zone, no files (callers pass the text).
//! A calendar is published year by year; a date in a year that has not been published is
//! answered with the plain weekend rule and marked provisional, so that the caller can say so
//! and count again when the notice appears. Offices differ (banks skip makeup days, autonomous
//! areas add holidays), so nothing here is global: each organisation holds its own [`Calendar`].
//! Called by [`super::deadline`], the reminder plan and the digests.

mod ics;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Dates outside the years 1 to 9999 are not handled; arithmetic stops at these two.
const FIRST_DATE: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).unwrap(); // checked at compile time
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(); // checked at compile time

/// How far ahead [`Calendar::next_long_rest`] looks, in days: a year and some weeks.
const LOOK_AHEAD_DAYS: usize = 400;

/// What a calendar says about a date that does not follow the weekend rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Special {
    /// A rest day, with the name of the holiday.
    Rest(String),
    /// A weekend day worked in exchange for a longer holiday.
    Work,
}

/// Working days of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    weekend: Vec<Weekday>,
    special: BTreeMap<NaiveDate, Special>,
    /// Years with a published calendar; `None` when the calendar holds for every year.
    years: Option<BTreeSet<i32>>,
    /// Rest days that the law fixes, for years that are not published: a notice may only add to them.
    law: BTreeMap<LawDay, Special>,
}

/// A day of a law: of every year, or of one (a solar term falls on two days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LawDay {
    Every(u32, u32),
    One(NaiveDate),
}

/// Consecutive rest days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestRun {
    /// First rest day.
    pub first: NaiveDate,
    /// Last rest day (inclusive).
    pub last: NaiveDate,
    /// Name of the holiday; several are joined with `、`; empty for a plain weekend.
    pub name: String,
}

impl RestRun {
    /// Number of rest days, at least 1.
    pub fn days(&self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Whether `d` is one of the rest days.
    pub fn contains(&self, d: NaiveDate) -> bool {
        self.first <= d && d <= self.last
    }
}

/// A calendar text that cannot be used; the message says where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A line of a table cannot be read.
    #[error("calendar {calendar}, line {line}: {problem}")]
    Line {
        /// Name of the calendar.
        calendar: String,
        /// Line in the text, from 1.
        line: usize,
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// An event of an iCalendar file cannot be used.
    #[error("calendar {calendar}, event {event:?}: {problem}")]
    Event {
        /// Name of the calendar.
        calendar: String,
        /// Summary of the event.
        event: String,
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// The text as a whole cannot be used.
    #[error("calendar {calendar}: {problem}")]
    Text {
        /// Name of the calendar.
        calendar: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl Calendar {
    /// Monday to Friday in every year, no holidays, never provisional.
    pub fn weekdays(name: &str) -> Calendar {
        Calendar {
            name: name.to_owned(),
            weekend: vec![Weekday::Sat, Weekday::Sun],
            special: BTreeMap::new(),
            years: None,
            law: BTreeMap::new(),
        }
    }

    /// Reads a tab-separated table: `date`, `kind` (`rest` or `work`), `name`, `year_of_notice`.
    ///
    /// The last column is the year of the notice that set the day, which may differ from the
    /// year of the date: a notice for 2023 can change the last days of 2022. Those years count
    /// as published. Without the column the year of the date is taken. Empty lines, lines
    /// starting with `#` and a heading line are skipped. The kind `law` is a rest day that the law fixes, with its
    /// date or, for every year, as `--10-01`: it counts in years without a notice, and publishes none.
    ///
    /// # Errors
    /// Names the line for an unreadable date, an unknown kind or a date given twice.
    pub fn from_tsv(name: &str, text: &str) -> Result<Calendar, CalendarError> {
        let mut calendar = Calendar::weekdays(name);
        let mut years = BTreeSet::new();
        let text = text.trim_start_matches('\u{feff}');
        for (index, line) in text.lines().enumerate() {
            let skip = line.trim().is_empty() || line.starts_with('#') || line.starts_with("date\t");
            if skip {
                continue;
            }
            let fault = |problem: String| CalendarError::Line { calendar: name.to_owned(), line: index + 1, problem };
            if let Some((day, special)) = law_row(line).map_err(fault)? {
                calendar.law.insert(day, special);
                continue;
            }
            let (date, special, year) = tsv_row(line).map_err(fault)?;
            if calendar.special.insert(date, special).is_some() {
                return Err(fault(format!("{date} appears twice; keep one line for each date")));
            }
            years.insert(year);
        }
        if years.is_empty() {
            return Err(CalendarError::Text {
                calendar: name.to_owned(),
                problem: "no dates in the text; add lines \"date<TAB>rest|work<TAB>name<TAB>year\", \
                          or use the plain Monday-to-Friday calendar"
                    .to_owned(),
            });
        }
        calendar.years = Some(years);
        Ok(calendar)
    }

    /// Reads an iCalendar file of all-day events.
    ///
    /// An event is a makeup working day when it says so in its summary (`班`, `补班`, `work`,
    /// `makeup`), in `CATEGORIES:WORK` or in Apple's `X-APPLE-SPECIAL-DAY`; otherwise its days are
    /// rest days. Yearly repetition is written out for 2000 to 2100. A year counts as published
    /// when a single (not repeating) event falls well inside it.
    ///
    /// # Errors
    /// Names the event for a time of day, an unsupported repetition or unreadable dates.
    pub fn from_ics(name: &str, text: &str) -> Result<Calendar, CalendarError> {
        ics::read(name, text)
    }

    /// The same calendar with other weekly rest days, such as Friday and Saturday.
    ///
    /// # Errors
    /// Refused when no working day is left in the week.
    pub fn with_weekend(mut self, weekend: &[Weekday]) -> Result<Calendar, CalendarError> {
        let mut days = weekend.to_vec();
        days.sort_by_key(Weekday::num_days_from_monday);
        days.dedup();
        if days.len() >= 7 {
            return Err(CalendarError::Text {
                calendar: self.name,
                problem: "the weekend has seven days; leave at least one working day".to_owned(),
            });
        }
        self.weekend = days;
        Ok(self)
    }

    /// The same calendar for an office that rests on makeup days, such as a bank.
    #[must_use]
    pub fn without_makeup_days(mut self) -> Calendar {
        self.special.retain(|_, s| *s != Special::Work);
        self
    }

    /// This calendar with the days of `extra` on top, such as the holidays of an autonomous area.
    /// The published years stay those of this calendar.
    #[must_use]
    pub fn overlaid_with(mut self, extra: &Calendar) -> Calendar {
        self.special.extend(extra.special.clone());
        self
    }

    /// The same calendar under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Calendar {
        Calendar { name: name.to_owned(), ..self }
    }

    /// This calendar with what `newer` says of the years that it publishes, and with its other days on top. A year counts
    /// as published by it when it has every day that the law fixes: a list of a place's own days has not.
    #[must_use]
    pub fn continued_by(mut self, newer: &Calendar) -> Calendar {
        let whole = |year: i32| {
            let fixed = self.law.keys().filter_map(|day| match day {
                LawDay::Every(month, day) => NaiveDate::from_ymd_opt(year, *month, *day),
                LawDay::One(_) => None,
            });
            let mut fixed = fixed.peekable();
            fixed.peek().is_some() && fixed.all(|d| matches!(newer.special.get(&d), Some(Special::Rest(_))))
        };
        let years: Vec<i32> = newer.years.iter().flatten().copied().filter(|year| whole(*year)).collect();
        if let Some(published) = &mut self.years {
            published.extend(years);
        }
        self.overlaid_with(newer)
    }

    /// Whether this calendar has rest days of that name.
    pub fn has_rest(&self, name: &str) -> bool {
        self.special.values().any(|special| matches!(special, Special::Rest(of) if of.contains(name)))
    }

    /// Whether its days are named in Chinese.
    pub fn is_chinese(&self) -> bool {
        let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}');
        self.special.values().any(|special| matches!(special, Special::Rest(name) if name.chars().any(han)))
    }

    /// What is said of a date: by a notice, or in a year without one by the law.
    fn special_on(&self, d: NaiveDate) -> Option<&Special> {
        let by_law = || {
            let law = self.law.get(&LawDay::One(d)).or_else(|| self.law.get(&LawDay::Every(d.month(), d.day())));
            law.filter(|_| self.is_provisional(d))
        };
        self.special.get(&d).or_else(by_law)
    }

    /// Name given by the caller.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether people work on `d`.
    pub fn is_workday(&self, d: NaiveDate) -> bool {
        match self.special_on(d) {
            Some(Special::Work) => true,
            Some(Special::Rest(_)) => false,
            None => !self.weekend.contains(&d.weekday()),
        }
    }

    /// Whether `d` is a weekend day that is worked.
    pub fn is_makeup_day(&self, d: NaiveDate) -> bool {
        self.special.get(&d) == Some(&Special::Work) && self.weekend.contains(&d.weekday())
    }

    /// Last day of the last published year; `None` when the calendar is not limited.
    pub fn known_until(&self) -> Option<NaiveDate> {
        let last = self.years.as_ref()?.last()?;
        NaiveDate::from_ymd_opt(*last, 12, 31)
    }

    /// Whether the year of `d` has no published calendar, so that the answer may change.
    pub fn is_provisional(&self, d: NaiveDate) -> bool {
        self.years.as_ref().is_some_and(|years| !years.contains(&d.year()))
    }

    /// For `n` > 0 the n-th working day after `d`, for `n` < 0 the |n|-th before it, for 0 `d`.
    /// `d` itself is never counted. Stops at the years 1 and 9999.
    pub fn add_workdays(&self, d: NaiveDate, n: i64) -> NaiveDate {
        let mut date = d;
        let mut left = n.unsigned_abs();
        while left > 0 {
            let Some(next) = step(date, n > 0) else { break };
            date = next;
            left -= u64::from(self.is_workday(date));
        }
        date
    }

    /// `d` when it is a working day, else the next one.
    pub fn workday_on_or_after(&self, d: NaiveDate) -> NaiveDate {
        if self.is_workday(d) { d } else { self.add_workdays(d, 1) }
    }

    /// `d` when it is a working day, else the one before.
    pub fn workday_on_or_before(&self, d: NaiveDate) -> NaiveDate {
        if self.is_workday(d) { d } else { self.add_workdays(d, -1) }
    }

    /// Working days after `after` up to and including `until`; negative when `until` is earlier.
    pub fn workdays_between(&self, after: NaiveDate, until: NaiveDate) -> i64 {
        if until < after {
            return -self.workdays_between(until, after);
        }
        let days = after.iter_days().skip(1).take_while(|d| *d <= until);
        days.map(|d| i64::from(self.is_workday(d))).sum()
    }

    /// The consecutive rest days around `d`, weekends included; `None` on a working day.
    pub fn rest_run(&self, d: NaiveDate) -> Option<RestRun> {
        if self.is_workday(d) {
            return None;
        }
        let end = |forward| {
            let mut edge = d;
            while let Some(next) = step(edge, forward).filter(|n| !self.is_workday(*n)) {
                edge = next;
            }
            edge
        };
        let (first, last) = (end(false), end(true));
        let mut names: Vec<&str> = Vec::new();
        for special in first.iter_days().take_while(|d| *d <= last).filter_map(|d| self.special_on(d)) {
            if let Special::Rest(name) = special
                && !name.is_empty()
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        Some(RestRun { first, last, name: names.join("、") })
    }

    /// First run of at least `min_days` rest days that starts on or after `from`, looking 400
    /// days ahead.
    pub fn next_long_rest(&self, from: NaiveDate, min_days: i64) -> Option<RestRun> {
        from.iter_days()
            .take(LOOK_AHEAD_DAYS)
            .filter(|d| !self.is_workday(*d))
            .filter(|d| step(*d, false).is_none_or(|before| self.is_workday(before)))
            .filter_map(|d| self.rest_run(d))
            .find(|run| run.days() >= min_days)
    }

    /// Next run that starts on or after `from` and has a holiday whose name contains `name`.
    /// `国庆` finds 国庆节、中秋节.
    pub fn holiday(&self, name: &str, from: NaiveDate) -> Option<RestRun> {
        self.special
            .range(from..)
            .filter(|(_, s)| matches!(s, Special::Rest(n) if n.contains(name)))
            .filter_map(|(d, _)| self.rest_run(*d))
            .find(|run| run.first >= from)
    }
}

/// The neighbouring day, or `None` at the edge of the handled years.
fn step(d: NaiveDate, forward: bool) -> Option<NaiveDate> {
    let one = Days::new(1);
    let next = if forward { d.checked_add_days(one) } else { d.checked_sub_days(one) };
    next.filter(|n| (FIRST_DATE..=LAST_DATE).contains(n))
}

/// A row of the kind `law`; `None` for the others.
fn law_row(line: &str) -> Result<Option<(LawDay, Special)>, String> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let [date, "law", ..] = cells.as_slice() else { return Ok(None) };
    let unreadable = || format!("{date:?} is not a date; write it as 2027-04-05, or as --10-01 for every year");
    let name = cells.get(2).copied().unwrap_or_default().to_owned();
    let day = match date.strip_prefix("--") {
        // A leap year, so that every day of a year is known.
        Some(day) => {
            let day = NaiveDate::parse_from_str(&format!("2024-{day}"), "%Y-%m-%d").map_err(|_| unreadable())?;
            LawDay::Every(day.month(), day.day())
        }
        None => LawDay::One(NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| unreadable())?),
    };
    Ok(Some((day, Special::Rest(name))))
}

/// One row of the table: date, what it is, year of the notice.
fn tsv_row(line: &str) -> Result<(NaiveDate, Special, i32), String> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let [date, kind, ..] = cells.as_slice() else {
        return Err("write date, kind, name and year of the notice, separated by tabs".to_owned());
    };
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d")
        .ok()
        .filter(|d| (FIRST_DATE..=LAST_DATE).contains(d))
        .ok_or_else(|| format!("{date:?} is not a date; write it as 2026-10-01"))?;
    let name = cells.get(2).copied().unwrap_or_default();
    let special = match *kind {
        "rest" => Special::Rest(name.to_owned()),
        "work" => Special::Work,
        other => return Err(format!("kind {other:?} is unknown; write rest or work")),
    };
    let year = match cells.get(3).copied().unwrap_or_default() {
        "" => date.year(),
        text => text.parse().map_err(|_| format!("{text:?} is not a year; write it as 2026"))?,
    };
    if (year - date.year()).abs() > 1 {
        return Err(format!("{date} does not belong to a notice for {year}; correct one of them"));
    }
    Ok((date, special, year))
}
