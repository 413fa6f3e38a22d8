//! Points in time that are not written as a date: spans, ends of months and quarters, weekdays,
//! tomorrow.
//!
//! Forms of the table in `forms`; the arithmetic is in `place`.

use chrono::{Datelike, Days, NaiveDate};
use regex::Captures;

use super::Span;
use super::forms::{Spot, before_a_month, before_follows, cut_short, number, text, year_of};
use super::place::{Desk, Reading, checked_end, days_of, doubt, month_end, quarter_end, shift_month, weekday_number};

pub(super) fn span(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let unit = text(c, "u");
    let n = i64::from(number(c, "a")?);
    let of = |n: i64| match unit {
        u if u.contains("工作") => Span::Workdays(n),
        "周" => Span::Days(7 * n),
        u if u.contains("星期") || u.contains("礼拜") => Span::Days(7 * n),
        "个月" => Span::Months(n),
        "个季度" => Span::Months(3 * n),
        u if u.starts_with('年') => Span::Months(12 * n),
        u if u.contains("小时") || u.starts_with('h') => Span::Days(n / 24),
        _ => Span::Days(n),
    };
    // 2022年内 is a year and no length.
    let year = unit.starts_with('年')
        && month_end(if n < 100 { 2000 } else { 0 } + i32::try_from(n).ok()?, 12).is_some_and(|d| desk.near(d));
    let half_year = unit == "h" && spot.after.starts_with(['1', '2']);
    if spot.before.ends_with('第') || (year && n > 10) || half_year {
        return None;
    }
    if let Some(b) = number(c, "b").map(i64::from) {
        let ends: Vec<_> = [n, b].iter().filter_map(|n| desk.reach(desk.found, of(*n))).collect();
        return Some(doubt("a span with two lengths", &ends));
    }
    if (unit.contains("小时") || unit.starts_with('h')) && n % 24 != 0 {
        let first = desk.reach(desk.found, Span::Days(n / 24))?;
        return Some(doubt("hours count from an hour that the ledger does not hold", &[first, first.succ_opt()?]));
    }
    Some(match desk.reach(desk.found, of(n)) {
        Some(d) if (d - desk.found).num_days() <= 3660 => Reading::Span(of(n)),
        _ => Reading::Bad(format!("{} is too long", &c[0])),
    })
}

/// 1年 alone is a span; 1年 inside other words is not trusted.
pub(super) fn whole_years(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if spot.whole { span(c, desk, spot) } else { None }
}

/// The last day of a part of a month; `None` for 中, which may be the middle or any day.
fn part_end(part: &str, year: i32, month: u32) -> Option<NaiveDate> {
    match part {
        "上旬" | "初" => NaiveDate::from_ymd_opt(year, month, 10),
        "上半月" => NaiveDate::from_ymd_opt(year, month, 15),
        "中旬" | "上中旬" => NaiveDate::from_ymd_opt(year, month, 20),
        "中" => None,
        _ => month_end(year, month),
    }
}

/// 月中 may be the middle of the month or any day of it, 月初前 its first day or its tenth: the last day that could be
/// meant is offered.
fn vague_part(part: &str, year: i32, month: u32) -> Reading {
    let day = if part == "初" { 10 } else { 20 };
    let candidates: Vec<_> = NaiveDate::from_ymd_opt(year, month, day).into_iter().collect();
    doubt("the beginning or the middle of a month is not a day", &candidates)
}

fn is_vague(part: &str, spot: &Spot<'_>) -> bool {
    part == "中" || (part == "初" && before_follows(spot))
}

/// 2月内 is February or two months; a length of more than half a year is not written so.
fn name_or_length(month: u32, part: &str, c: &Captures<'_>, spot: &Spot<'_>) -> bool {
    let within = part.ends_with('内') && !c[0].contains('份');
    let limited = part.is_empty() && ["限", "限期", "期限", "期限:"].iter().any(|w| spot.before.ends_with(w));
    month <= 6 && (within || limited)
}

pub(super) fn month(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (month, part, year) = (number(c, "m")?, text(c, "part"), year_of(c, desk));
    if let Some(day) = number(c, "d") {
        return (!cut_short(c, spot)).then(|| match year {
            Some(y) => desk.full(y, month, day),
            None => desk.month_day(month, day),
        });
    }
    if month_end(2000, month).is_none() {
        return Some(Reading::Bad(format!("there is no month {month}")));
    }
    if is_vague(part, spot) {
        return Some(vague_part(part, year.unwrap_or(desk.found.year()), month));
    }
    let reading = match year {
        Some(y) => checked_end(part_end(part, y, month), desk),
        None => desk.end_without_year(|y| part_end(part, y, month)),
    };
    if year.is_none() && !desk.past() && name_or_length(month, part, c, spot) {
        let length = desk.reach(desk.found, Span::Months(i64::from(month)));
        let candidates: Vec<_> = days_of(&reading, desk).into_iter().chain(length).collect();
        return Some(doubt("the name of a month, or a number of months?", &candidates));
    }
    Some(match reading {
        Reading::End(d) if part.is_empty() && before_follows(spot) => before_a_month(d),
        other => other,
    })
}

pub(super) fn relative_month(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let by = match text(c, "rm").chars().next() {
        Some('次') => 1,
        Some('下') if text(c, "rm").starts_with("下下") => 2,
        Some('下') => 1,
        Some('上') => -1,
        _ => 0,
    };
    let first = shift_month(desk.found, by)?;
    let part = text(c, "part");
    if let Some(day) = number(c, "d") {
        return Some(
            first.with_day(day).map_or_else(|| Reading::Bad(format!("that month has no day {day}")), Reading::Day),
        );
    }
    if is_vague(part, spot) {
        return Some(vague_part(part, first.year(), first.month()));
    }
    let end = part_end(part, first.year(), first.month())?;
    if by == 0 && end < desk.found && !desk.past() {
        return part_of_month(part, desk);
    }
    Some(if part.is_empty() && before_follows(spot) { before_a_month(end) } else { Reading::End(end) })
}

/// 中旬 without a month: this month's, unless that has passed.
pub(super) fn part_of_this_month(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    part_of_month(text(c, "part"), desk)
}

fn part_of_month(part: &str, desk: &Desk<'_>) -> Option<Reading> {
    let end = |first: NaiveDate| part_end(part, first.year(), first.month());
    let this = end(desk.found)?;
    if this >= desk.found {
        return Some(Reading::End(this));
    }
    let next = end(shift_month(desk.found, 1)?)?;
    Some(doubt("has passed this month: is next month meant?", &[next]))
}

pub(super) fn quarter(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let q = number(c, "q")?;
    Some(match year_of(c, desk) {
        Some(y) => checked_end(quarter_end(y, q), desk),
        None => desk.end_without_year(|y| quarter_end(y, q)),
    })
}

pub(super) fn relative_quarter(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if spot.after.starts_with('节') {
        return None;
    }
    let by = if text(c, "rq").starts_with('下') { 3 } else { 0 };
    let first = shift_month(desk.found, by)?;
    quarter_end(first.year(), first.month0() / 3 + 1).map(Reading::End)
}

pub(super) fn half_year(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let month = if text(c, "h") == "上半年" { 6 } else { 12 };
    Some(match year_of(c, desk) {
        Some(y) => checked_end(month_end(y, month), desk),
        None => desk.end_without_year(|y| month_end(y, month)),
    })
}

pub(super) fn year(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let y = year_of(c, desk).unwrap_or(desk.found.year());
    if let Some(part) = c.name("vague") {
        let months: &[u32] = if part.as_str() == "初" { &[1, 3] } else { &[6] };
        let ends = |y| months.iter().filter_map(|m| month_end(y, *m)).collect::<Vec<_>>();
        let passed = year_of(c, desk).is_none() && ends(y).iter().any(|d| *d < desk.found);
        return Some(doubt("the beginning or the middle of a year is not a day", &ends(y + i32::from(passed))));
    }
    if c.name("before").is_some() {
        let ends: Vec<_> = [y - 1, y].iter().filter_map(|y| month_end(*y, 12)).collect();
        return Some(doubt("before the year begins or before it ends?", &ends));
    }
    Some(checked_end(month_end(y, 12), desk))
}

fn weeks_of(word: &str) -> u64 {
    match word {
        w if w.starts_with("下下") => 2,
        w if w.starts_with('下') => 1,
        _ => 0,
    }
}

pub(super) fn weekday(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (which, day) = (text(c, "w"), text(c, "d"));
    if which.starts_with('上') {
        let n = weekday_number(day)?;
        return desk.weekday(0, n)?.checked_sub_days(Days::new(7)).map(Reading::Day);
    }
    let weeks = weeks_of(which);
    if day == "末" {
        return if before_follows(spot) {
            desk.workday_before(desk.weekday(weeks, 5)?).map(Reading::Day)
        } else {
            desk.weekday(weeks, 6).map(Reading::End)
        };
    }
    let n = weekday_number(day)?;
    let d = desk.weekday(weeks, n)?;
    let passed = which.is_empty() && d < desk.found && !desk.past();
    Some(Reading::Day(if passed { desk.weekday(1, n)? } else { d }))
}

pub(super) fn week(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    desk.weekday(weeks_of(text(c, "w")), 6).map(Reading::End)
}

pub(super) fn relative_day(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let days = match &c[0] {
        "大后天" => 3,
        "后天" => 2,
        "明天" | "明日" | "次日" | "翌日" | "隔日" | "第2天" | "第2日" => 1,
        _ => 0,
    };
    desk.reach(desk.found, Span::Days(days)).map(Reading::Day)
}
