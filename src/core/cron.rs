//! Cron schedules with rules of our own where the crate's differ from what people expect.
//!
//! Five fields as in crontab (minute hour day month weekday, 0 and 7 are Sunday) or six with seconds
//! first; `L` as the day means the last of the month. Times are wall-clock times of a zone. A time in
//! a daylight-saving gap fires at the end of the gap; a time that comes twice fires once, unless the
//! schedule runs every hour. Days 29–31 are refused with a hint, because short months would skip them.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Duration, Offset, Utc};
use chrono_tz::Tz;

use super::deadline::local_to_utc;

/// A schedule that can be asked for its next instant.
#[derive(Clone, Debug)]
pub struct Schedule {
    inner: cron::Schedule,
    hourly: bool,
    last_day: bool,
}

impl Schedule {
    /// Reads an expression; the error says which forms are accepted.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let wrong = |why: &str| {
            format!("cron {text:?}: {why}; write five fields such as \"0 9 * * 1-5\" (minute hour day month weekday)")
        };
        let mut fields: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if fields.len() == 5 {
            fields.insert(0, "0".to_owned());
        }
        if fields.len() != 6 {
            return Err(wrong("has neither five nor six fields"));
        }
        let last_day = fields[3].eq_ignore_ascii_case("L");
        if last_day {
            fields[3] = "28-31".to_owned();
        } else if fields[4] == "*" && days_skip_short_months(&fields[3]) {
            return Err(wrong("days 29 to 31 do not exist in every month: use L for the last day"));
        }
        fields[5] = weekdays(&fields[5]).ok_or_else(|| wrong("the weekday must be 0-7 or MON-SUN"))?;
        let inner = cron::Schedule::from_str(&fields.join(" ")).map_err(|e| wrong(&e.to_string()))?;
        let hourly = fields[2].contains('*');
        Ok(Schedule { inner, hourly, last_day })
    }

    /// The first instant strictly after `after`, wall clock of `zone`; `None` when there is none.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        if self.hourly {
            return self.next_hourly(after, zone);
        }
        // Look on the wall clock, starting a little earlier: a gap or overlap moves instants by hours.
        let start = after.with_timezone(&zone).naive_local() - Duration::hours(3);
        self.inner
            .after(&start.and_utc())
            .filter(|t| !self.last_day || (t.date_naive() + Duration::days(1)).month() != t.month())
            .map(|t| local_to_utc(zone, t.naive_utc()))
            .find(|t| *t > after)
    }

    /// Under one offset an hourly schedule is plain; where the offset changes first, it goes on from there.
    fn next_hourly(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let mut from = after;
        loop {
            let offset = from.with_timezone(&zone).offset().fix();
            let next = self.inner.after(&from.with_timezone(&offset)).next()?.with_timezone(&Utc);
            if next.with_timezone(&zone).offset().fix() == offset {
                return Some(next);
            }
            // Offsets change on whole quarters of an hour; start a second before, so that one on the change counts.
            let quarter = Duration::minutes(15);
            let mut change = DateTime::from_timestamp(from.timestamp().div_euclid(900) * 900, 0)? + quarter;
            while change.with_timezone(&zone).offset().fix() == offset {
                change += quarter;
            }
            let new = change.with_timezone(&zone).offset().fix();
            let first = self.inner.after(&(change - Duration::seconds(1)).with_timezone(&new)).next()?;
            if first.with_timezone(&zone).offset().fix() == new {
                return Some(first.with_timezone(&Utc));
            }
            from = change;
        }
    }
}

/// `31`, `1,30`, `29-31` with any month; ranges such as `1-31` and steps are every-day schedules.
fn days_skip_short_months(field: &str) -> bool {
    field.split(',').any(|part| match part.split_once('-') {
        Some((from, _)) => from.parse::<u32>().is_ok_and(|d| d > 28),
        None => part.parse::<u32>().is_ok_and(|d| d > 28),
    })
}

/// Crontab's weekday numbers (0 and 7 = Sunday) as names, which the crate reads without doubt.
fn weekdays(field: &str) -> Option<String> {
    const NAMES: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let name = |word: &str| -> Option<String> {
        match word.parse::<usize>() {
            Ok(n) => NAMES.get(n).map(|s| (*s).to_owned()),
            Err(_) => Some(word.to_ascii_uppercase()),
        }
    };
    let mut parts = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(r, s)| (r, Some(s)));
        let range = match range.split_once('-') {
            _ if range == "*" || range == "?" => "*".to_owned(),
            Some((from, "7")) => return weekdays(&format!("{from}-6,0")),
            Some((from, to)) => format!("{}-{}", name(from)?, name(to)?),
            None => name(range)?,
        };
        parts.push(step.map_or(range.clone(), |s| format!("{range}/{s}")));
    }
    Some(parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expr: &str, zone: Tz, after: &str) -> String {
        let after: DateTime<Utc> = after.parse().expect("test data");
        let at = Schedule::parse(expr).expect("test data").next_after(after, zone).expect("fires");
        at.with_timezone(&zone).format("%Y-%m-%d %H:%M %z").to_string()
    }

    #[test]
    fn weekdays_are_counted_as_in_crontab() {
        let zone = chrono_tz::Asia::Shanghai;
        // 2022-09-25 was a Sunday, 2022-09-26 a Monday.
        assert_eq!(next("0 9 * * 1-5", zone, "2022-09-24T00:00:00Z"), "2022-09-26 09:00 +0800");
        assert_eq!(next("0 9 * * 0", zone, "2022-09-24T00:00:00Z"), "2022-09-25 09:00 +0800");
        assert_eq!(next("0 9 * * 7", zone, "2022-09-24T00:00:00Z"), "2022-09-25 09:00 +0800");
        assert_eq!(next("0 17 * * 5-7", zone, "2022-09-24T10:00:00Z"), "2022-09-25 17:00 +0800");
    }

    #[test]
    fn gaps_and_overlaps_fire_once() {
        let ny = chrono_tz::America::New_York;
        assert_eq!(next("30 2 * * *", ny, "2025-03-09T05:00:00Z"), "2025-03-09 03:00 -0400");
        assert_eq!(next("30 1 * * *", ny, "2025-11-02T04:00:00Z"), "2025-11-02 01:30 -0400");
        assert_eq!(next("30 1 * * *", ny, "2025-11-02T05:30:00Z"), "2025-11-03 01:30 -0500");
        assert_eq!(next("30 * * * *", ny, "2025-11-02T05:30:00Z"), "2025-11-02 01:30 -0500");
    }

    #[test]
    fn the_last_day_is_asked_for_by_its_letter() {
        let zone = chrono_tz::Europe::Berlin;
        assert_eq!(next("0 9 L * *", zone, "2024-02-01T00:00:00Z"), "2024-02-29 09:00 +0100");
        assert!(Schedule::parse("0 9 31 * *").is_err_and(|e| e.contains("L for the last day")));
        assert!(Schedule::parse("0 9 * *").is_err());
        assert!(Schedule::parse("61 9 * * *").is_err());
    }
}
