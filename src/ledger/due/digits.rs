//! Dates made of digits: 2022.9.30, 9-30, 22/9/30, 20220930, 44834, and days of a month.
//!
//! Forms of the table in `forms`. A number cell has lost whatever its format said, so several of these
//! are questions rather than answers.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use regex::Captures;

use super::Span;
use super::english::goes_on;
use super::forms::{Spot, before_a_month, before_follows, cut_short, digit_follows, measure_follows, number, text};
use super::place::{Desk, Reading, checked_end, doubt, month_end, shift_month};

pub(super) fn stamp(c: &Captures<'_>, _: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let at = chrono::NaiveDateTime::parse_from_str(&c[0], "%Y%m%d%H%M%S").ok()?;
    (!digit_follows(spot)).then_some(Reading::At(at))
}

pub(super) fn year_month_day(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if cut_short(c, spot) || spot.after.starts_with('月') {
        return None;
    }
    let year = match number(c, "y") {
        Some(y) => i32::try_from(y).ok()?,
        None => 2000 + i32::try_from(number(c, "yy")?).ok()?,
    };
    let (first, second) = (text(c, "s1"), text(c, "s2"));
    let (month, day) = (number(c, "m")?, number(c, "d")?);
    let reading = desk.full(year, month, day);
    let months = first != second && second == "-" && (month..=12).contains(&day);
    Some(match reading {
        Reading::Day(d) if months => doubt("one date, or from month to month?", &[d]),
        other => other,
    })
}

pub(super) fn day_month_year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if text(c, "s1") != text(c, "s2") || digit_follows(spot) {
        return None;
    }
    let (a, b, y) = (number(c, "a")?, number(c, "b")?, i32::try_from(number(c, "y")?).ok()?);
    let day_first = NaiveDate::from_ymd_opt(y, b, a);
    let month_first = NaiveDate::from_ymd_opt(y, a, b);
    Some(match (day_first, month_first) {
        (Some(d), Some(m)) if d != m => doubt("day first or month first?", &[d, m]),
        (Some(d), _) | (None, Some(d)) => desk.full(y, d.month(), d.day()),
        (None, None) => Reading::Bad(format!("{} is not in the calendar", &c[0])),
    })
}

/// 22/9/30 is year first in China, day first elsewhere: always a question, even when one reading only
/// is plausible.
pub(super) fn three_short(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if text(c, "s1") != text(c, "s2") || digit_follows(spot) {
        return None;
    }
    let (x, y, z) = (number(c, "a")?, number(c, "b")?, number(c, "c")?);
    let of = |year: u32, month, day| NaiveDate::from_ymd_opt(i32::try_from(2000 + year).ok()?, month, day);
    let all: Vec<NaiveDate> =
        [of(x, y, z), of(z, y, x), of(z, x, y)].into_iter().flatten().filter(|d| desk.near(*d)).collect();
    Some(if all.is_empty() {
        Reading::Bad(format!("{} is no date near this item", &c[0]))
    } else {
        doubt("a two-digit year can stand first or last", &all)
    })
}

/// 2022.1 as a number cell may have been 2022.10; a month typed as text with / or - names its end.
pub(super) fn year_month(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if digit_follows(spot) || measure_follows(spot) {
        return None;
    }
    let (y, m) = (i32::try_from(number(c, "y")?).ok()?, number(c, "m")?);
    let end = match checked_end(month_end(y, m), desk) {
        Reading::End(d) => d,
        bad => return Some(bad),
    };
    if c.name("end").is_some() {
        return Some(Reading::End(end));
    }
    if before_follows(spot) {
        return Some(before_a_month(end));
    }
    if text(c, "s") != "." {
        return Some(Reading::End(end));
    }
    let tenfold = (text(c, "m") == "1").then(|| month_end(y, 10)).flatten();
    let candidates: Vec<_> = [end].into_iter().chain(tenfold).collect();
    Some(doubt("a month without a day, perhaps a number that lost its zero", &candidates))
}

pub(super) fn month_day(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if digit_follows(spot) || measure_follows(spot) {
        return None;
    }
    let (a, b, year) = (number(c, "a")?, number(c, "b")?, desk.found.year());
    let listed = matches!(text(c, "s"), "," | "、");
    let alone = spot.whole || (spot.prev.is_none() && spot.before.is_empty() && ends_a_date(spot.after));
    if (listed && !alone) || length_follows(spot) || (spot.after.starts_with([' ', '-']) && goes_on(spot.after)) {
        return None;
    }
    // 10,12 may be two months or two days as well.
    if listed && a <= 12 && b <= 12 {
        let candidates: Vec<_> = NaiveDate::from_ymd_opt(year, a, b).into_iter().collect();
        return Some(doubt("a date, or two numbers in a list?", &candidates));
    }
    if a > 12 {
        let swapped = NaiveDate::from_ymd_opt(year, b, a)?;
        return Some(doubt("day first?", &[swapped]));
    }
    let lost_zero = spot.whole && text(c, "s") == "." && text(c, "b").len() == 1;
    let tenfold = NaiveDate::from_ymd_opt(year, a, b * 10).filter(|_| lost_zero);
    if let (Some(d), Some(t)) = (NaiveDate::from_ymd_opt(year, a, b), tenfold) {
        return Some(doubt("a number cell loses a closing zero", &[d, t]));
    }
    Some(desk.month_day(a, b))
}

/// What may stand behind a date with a comma for its dot.
fn ends_a_date(after: &str) -> bool {
    after == "?" || ["前", "之前", "以前", "完成", "整改"].iter().any(|w| after.starts_with(w))
}

/// 3.25 weeks, 2-3天: a number of units.
fn length_follows(spot: &Spot<'_>) -> bool {
    const UNITS: [&str; 9] = ["day", "week", "month", "year", "hour", "天", "周", "年", "小时"];
    let after = spot.after.trim_start_matches([' ', '-']);
    UNITS.iter().any(|w| after.starts_with(w))
        && !["周一", "周二", "周三", "周四", "周五", "周六", "周日", "周天"].iter().any(|w| after.starts_with(w))
}

pub(super) fn packed(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let digits = &c[0];
    if digit_follows(spot) || measure_follows(spot) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let year = |y: u32| i32::try_from(y).ok();
    match (digits.len(), digits.contains('.')) {
        (8, false) => Some(desk.full(year(part(0, 4)?)?, part(4, 6)?, part(6, 8)?)),
        (6, false) => {
            let short = NaiveDate::from_ymd_opt(year(2000 + part(0, 2)?)?, part(2, 4)?, part(4, 6)?);
            let long = month_end(year(part(0, 4)?)?, part(4, 6)?);
            match (short.filter(|d| desk.near(*d)), long.filter(|d| desk.near(*d))) {
                (Some(d), None) => Some(Reading::Day(d)),
                (None, Some(d)) => Some(Reading::End(d)),
                (Some(d), Some(e)) => Some(doubt("year and month, or a short date?", &[d, e])),
                (None, None) => Some(Reading::Bad(format!("{digits} is no date near this item"))),
            }
        }
        (3 | 4, false) if spot.whole => {
            let n = part(0, digits.len())?;
            let day = match month_end(year(n)?, 12).filter(|d| desk.near(*d)) {
                Some(end) => Some(end),
                None => NaiveDate::from_ymd_opt(desk.found.year(), n / 100, n % 100),
            };
            Some(match day {
                Some(d) => doubt("digits without separators", &[d]),
                None => Reading::Bad(format!("{digits} is no date")),
            })
        }
        (_, _) if spot.whole && digits.split('.').next().is_some_and(|n| n.len() == 5) => serial(digits, desk),
        _ => None,
    }
}

/// A spreadsheet's day number. Days count from 1899-12-30 (1900 system) or 1904-01-01.
fn serial(digits: &str, desk: &Desk<'_>) -> Option<Reading> {
    let value: f64 = digits.parse().ok()?;
    let seconds = (value.fract() * 86_400.0).round();
    let whole: u64 = digits.split('.').next()?.parse().ok()?;
    let since = |y, m, d| NaiveDate::from_ymd_opt(y, m, d)?.checked_add_days(Days::new(whole));
    let (in1900, in1904) = (since(1899, 12, 30)?, since(1904, 1, 1)?);
    let (day, name, other, other_name) =
        if desk.date1904 { (in1904, "1904", in1900, "1900") } else { (in1900, "1900", in1904, "1904") };
    if desk.near(day) {
        // A fraction of a day is below 86,400 seconds, so the cast is exact.
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, 0);
        return Some(match time {
            Some(t) if seconds > 0.0 => Reading::At(day.and_time(t)),
            _ => Reading::Day(day),
        });
    }
    Some(if desk.near(other) {
        Reading::Doubt {
            reason: "a day number: only the workbook's date system decides".to_owned(),
            candidates: vec![other, day],
            value: Some(format!("{other} ({other_name} system) or {day} ({name} system)")),
        }
    } else {
        Reading::Bad(format!("{digits} is no day number near this item"))
    })
}

/// 30日, 15号, or the bare 30 that ends 9月22-30.
pub(super) fn day_only(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (day, unit) = (number(c, "d")?, text(c, "u"));
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|w| spot.after.strip_prefix(w)).unwrap_or(spot.after);
    let named = goes_on(ordinal.trim_start_matches(" of"));
    let bare = unit.is_empty();
    if bare && (named || !spot.linked || spot.prev.is_none() || digit_follows(spot) || measure_follows(spot)) {
        return None;
    }
    let limit = ["限", "限期", "期限", "期限:", "时限", "时限:"].iter().any(|w| spot.before.ends_with(w));
    let span = Span::Days(i64::from(day));
    if unit == "日" && (limit || day > 31) && !before_follows(spot) {
        return Some(Reading::Span(span));
    }
    if !(1..=31).contains(&day) {
        return Some(Reading::Bad(format!("no month has a day {day}")));
    }
    if let Some(prev) = spot.prev {
        let first = prev.with_day(1)?;
        let first = if day < prev.day() { shift_month(first, 1)? } else { first };
        return desk.day_of_month(day, Some(first));
    }
    let on = desk.day_of_month(day, None);
    let Some(Reading::Day(d)) = on else {
        return Some(Reading::Bad(format!("that month has no day {day}")));
    };
    let this_month = (d.year(), d.month()) == (desk.found.year(), desk.found.month());
    let certain = unit == "号" || spot.linked || (before_follows(spot) && this_month);
    if certain || desk.past() {
        return Some(Reading::Day(d));
    }
    let candidates: Vec<_> = [Some(d), desk.reach(desk.found, span)].into_iter().flatten().collect();
    Some(doubt("a day of the month, or a number of days?", &candidates))
}
