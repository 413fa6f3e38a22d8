//! Reads the all-day events of an iCalendar file (RFC 5545) into a [`Calendar`].
//!
//! Knows the habits of published holiday calendars: an event is a day or a span of days, makeup
//! working days are told by a word, fixed holidays repeat every year. It does not know times of
//! day, alarms or attendees: an event with a time of day is refused, because half a rest day
//! has no meaning for a deadline. Called by [`Calendar::from_ics`] only.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use icalendar::parser::{self, Component};

use super::{Calendar, CalendarError, Special};

/// Years for which a yearly event is written out.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;
/// Longest event accepted, in days; a longer one is a mistake in the file.
const LONGEST_EVENT: u64 = 366;
/// Property with which Apple's calendars mark rest and makeup days; unmarked events are only
/// observances there.
const APPLE_MARK: &str = "X-APPLE-SPECIAL-DAY";

/// See [`Calendar::from_ics`].
pub(super) fn read(name: &str, text: &str) -> Result<Calendar, CalendarError> {
    let fault = |problem: String| CalendarError::Text { calendar: name.to_owned(), problem };
    let unfolded = parser::unfold(text.trim_start_matches('\u{feff}'));
    if !unfolded.contains("BEGIN:VCALENDAR") {
        return Err(fault("not an iCalendar text; export the calendar as .ics".to_owned()));
    }
    let parsed = parser::read_calendar(&unfolded)
        .map_err(|e| fault(format!("the iCalendar text is damaged, export it again ({})", e.trim())))?;
    let events: Vec<Event> = parsed
        .components
        .iter()
        .filter(|c| c.name == "VEVENT")
        .map(Event)
        .filter(|e| !e.value("STATUS").is_some_and(|s| s.eq_ignore_ascii_case("CANCELLED")))
        .collect();
    let marked = events.iter().any(|e| e.value(APPLE_MARK).is_some());

    let mut calendar = Calendar::weekdays(name);
    let mut single_days = BTreeSet::new();
    for event in events.iter().filter(|e| !marked || e.value(APPLE_MARK).is_some()) {
        let days = event.days().map_err(|problem| CalendarError::Event {
            calendar: name.to_owned(),
            event: event.summary().to_owned(),
            problem,
        })?;
        let special = if event.is_work() { Special::Work } else { Special::Rest(event.summary().to_owned()) };
        for day in days {
            if event.value("RRULE").is_none() {
                single_days.insert(day);
            }
            // A makeup day that also lies in a holiday's span is worked: it is the exception.
            if calendar.special.get(&day) != Some(&Special::Work) {
                calendar.special.insert(day, special.clone());
            }
        }
    }
    if calendar.special.is_empty() {
        return Err(fault("no all-day events in the text; check that it is the right file".into()));
    }
    calendar.years = published_years(&single_days);
    Ok(calendar)
}

/// Years that single events prove to be published. New Year holidays cross the border of the
/// year, so an event in the first or last days of a year alone does not count.
fn published_years(days: &BTreeSet<NaiveDate>) -> Option<BTreeSet<i32>> {
    let inside = |d: &&NaiveDate| (8..=358).contains(&d.ordinal());
    let years: BTreeSet<i32> = days.iter().filter(inside).map(Datelike::year).collect();
    if !years.is_empty() {
        return Some(years);
    }
    let any: BTreeSet<i32> = days.iter().map(Datelike::year).collect();
    (!any.is_empty()).then_some(any)
}

/// One VEVENT.
struct Event<'a>(&'a Component<'a>);

impl Event<'_> {
    fn value(&self, property: &str) -> Option<&str> {
        self.0.find_prop(property).map(|p| p.val.as_str().trim())
    }

    fn summary(&self) -> &str {
        self.value("SUMMARY").unwrap_or_default()
    }

    /// Whether the event is a makeup working day.
    fn is_work(&self) -> bool {
        if let Some(mark) = self.value(APPLE_MARK) {
            return mark.eq_ignore_ascii_case("ALTERNATE-WORKDAY");
        }
        let mut lists = self.0.properties.iter().filter(|p| p.name == "CATEGORIES");
        lists.any(|p| p.val.as_str().split(',').any(|c| c.trim().eq_ignore_ascii_case("WORK")))
            || says_work(self.summary())
    }

    /// Every day of the event, repetitions included.
    fn days(&self) -> Result<Vec<NaiveDate>, String> {
        for property in ["RDATE", "RECURRENCE-ID"] {
            if self.value(property).is_some() {
                return Err(format!("{property} is not supported; write one event for each date"));
            }
        }
        let start = self.value("DTSTART").ok_or("no DTSTART; give the event a date")?;
        let first = date(start)?;
        let length = self.length(first)?;
        let starts = match self.value("RRULE") {
            None => vec![first],
            Some(rule) => yearly(first, rule)?,
        };
        let mut left_out = BTreeSet::new();
        for list in self.0.properties.iter().filter(|p| p.name == "EXDATE") {
            for item in list.val.as_str().split(',') {
                left_out.insert(date(item.trim())?);
            }
        }
        let kept = starts.into_iter().filter(|s| !left_out.contains(s));
        Ok(kept.flat_map(|s| s.iter_days().take(length)).collect())
    }

    /// Days in one occurrence. DTEND is exclusive; without an end the event is one day.
    fn length(&self, first: NaiveDate) -> Result<usize, String> {
        let days = match (self.value("DTEND"), self.value("DURATION")) {
            (Some(end), _) => (date(end)? - first).num_days(),
            (None, Some(text)) => duration(text)?,
            (None, None) => 1,
        };
        // Some programs write DTEND equal to DTSTART for one day.
        let days = if days == 0 { 1 } else { days };
        match usize::try_from(days) {
            Ok(n) if n as u64 <= LONGEST_EVENT => Ok(n),
            _ => {
                Err(format!("it lasts {days} days; the end must come after the start, by {LONGEST_EVENT} days at most"))
            }
        }
    }
}

/// Whether a summary names a working day. "Workers' Day", "non-working day" and 不上班 do not.
fn says_work(summary: &str) -> bool {
    if summary.contains('班') {
        return !["不上班", "停班", "放班", "休班"].iter().any(|w| summary.contains(w));
    }
    let lower = summary.to_lowercase().replace("make-up", "makeup");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let denied = words.iter().any(|w| ["no", "non", "not", "off", "nonworking", "free"].contains(w));
    let work = ["work", "workday", "workdays", "working", "makeup"];
    !denied && words.iter().any(|w| work.contains(w))
}

/// `20261001`, or midnight of that day.
fn date(text: &str) -> Result<NaiveDate, String> {
    let (day, time) = text.split_once('T').unwrap_or((text, "000000"));
    if time != "000000" {
        return Err(format!("{text} has a time of day; make it an all-day event or remove it"));
    }
    NaiveDate::parse_from_str(day, "%Y%m%d")
        .ok()
        .filter(|d| day.len() == 8 && (1..9999).contains(&d.year()))
        .ok_or_else(|| format!("{text:?} is not a date; write it as 20261001"))
}

/// `P3D` or `P1W`, in days.
fn duration(text: &str) -> Result<i64, String> {
    let body = text.trim_start_matches('+').strip_prefix('P').unwrap_or_default();
    let days = match (body.strip_suffix('D'), body.strip_suffix('W')) {
        (Some(n), _) => n.parse::<i32>().ok().map(i64::from),
        (_, Some(n)) => n.parse::<i32>().ok().map(|w| i64::from(w) * 7),
        _ => None,
    };
    days.ok_or_else(|| format!("DURATION {text} is not supported; write whole days such as P3D"))
}

/// First days of a yearly event: a fixed date, or `BYMONTH` with one `BYDAY` such as `4TH`.
fn yearly(first: NaiveDate, rule: &str) -> Result<Vec<NaiveDate>, String> {
    let refuse =
        |what: &str| Err(format!("repetition {what} is not supported; use FREQ=YEARLY or one event for each year"));
    let (mut is_yearly, mut until, mut count) = (false, None, usize::MAX);
    let (mut month, mut weekday) = (first.month(), None);
    for part in rule.split(';').filter(|p| !p.is_empty()) {
        match part.split_once('=').unwrap_or((part, "")) {
            ("FREQ", "YEARLY") => is_yearly = true,
            ("INTERVAL", "1") | ("WKST", _) => {}
            ("UNTIL", day) => until = Some(date(day.get(..8).unwrap_or(day))?),
            ("COUNT", n) => count = n.parse().map_err(|_| format!("COUNT={n} is not a number"))?,
            ("BYMONTH", m) => match m.parse() {
                Ok(m @ 1..=12) => month = m,
                _ => return refuse(part),
            },
            ("BYMONTHDAY", d) if d.parse() == Ok(first.day()) => {}
            ("BYDAY", d) => match nth_weekday(d) {
                Some(found) => weekday = Some(found),
                None => return refuse(part),
            },
            _ => return refuse(part),
        }
    }
    if !is_yearly || (weekday.is_some() && !rule.contains("BYMONTH=")) {
        return refuse(rule);
    }
    let last_year = *YEARS.end();
    let found = (first.year()..=last_year).filter_map(|year| match weekday {
        // A date that a year lacks (29 February) is skipped, as RFC 5545 says.
        None => NaiveDate::from_ymd_opt(year, month, first.day()),
        Some((nth, day)) => weekday_of_month(year, month, nth, day),
    });
    let found = found.filter(|d| *d >= first).take(count);
    let found = found.filter(|d| until.is_none_or(|u| *d <= u) && YEARS.contains(&d.year()));
    Ok(found.collect())
}

/// `4TH` is the fourth Thursday, `-1MO` the last Monday.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = match day {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let nth: i8 = nth.parse().ok()?;
    ((1..=5).contains(&nth) || nth == -1).then_some((nth, day))
}

fn weekday_of_month(year: i32, month: u32, nth: i8, day: Weekday) -> Option<NaiveDate> {
    if let Ok(n) = u8::try_from(nth) {
        return NaiveDate::from_weekday_of_month_opt(year, month, day, n);
    }
    // The last one is the fifth when the month has five of them, else the fourth.
    let fifth = NaiveDate::from_weekday_of_month_opt(year, month, day, 5);
    fifth.or_else(|| NaiveDate::from_weekday_of_month_opt(year, month, day, 4))
}
