//! Date arithmetic: which day "next Friday", "月底" or "国庆后" is.
//!
//! Works on the writer's wall clock and the calendar he is handed. A day that can be meant backwards or
//! forwards (周一, 9月5日) is kept in both readings (`Day`); the sentence decides which one counts.
//! Knows no words; the recognition is in `spans`.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Weekday};

use super::{Context, Postponement};

/// A day in its forward and its backward reading; equal where the words leave no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) next: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Day {
    pub(super) fn fixed(date: NaiveDate) -> Self {
        Day { next: date, last: date }
    }
}

/// `days` later (earlier if negative); stays put at the ends of the calendar.
pub(super) fn shift(date: NaiveDate, days: i64) -> NaiveDate {
    let step = Days::new(days.unsigned_abs().min(3_000_000));
    let moved = if days < 0 { date.checked_sub_days(step) } else { date.checked_add_days(step) };
    moved.unwrap_or(date)
}

/// `months` later, at the last day where the month is too short.
pub(super) fn shift_months(date: NaiveDate, months: i64) -> NaiveDate {
    let step = Months::new(u32::try_from(months.unsigned_abs().min(1200)).unwrap_or(0));
    let moved = if months < 0 { date.checked_sub_months(step) } else { date.checked_add_months(step) };
    moved.unwrap_or(date)
}

/// Month and day without a year: the nearest one ahead and the nearest one behind.
pub(super) fn month_day(today: NaiveDate, month: u32, day: u32) -> Option<Day> {
    let this = NaiveDate::from_ymd_opt(today.year(), month, day);
    let before = NaiveDate::from_ymd_opt(today.year() - 1, month, day);
    let after = NaiveDate::from_ymd_opt(today.year() + 1, month, day);
    // A deadline more than half a year back means the coming year (1月5日 written in December); a date
    // only weeks back is a mistake that must stay visible as a past date.
    let next = match this {
        Some(d) if (today - d).num_days() > 180 => after.or(this),
        other => other.or(after),
    };
    let last = match this {
        Some(d) if d > today => before.or(this),
        other => other.or(before),
    };
    Some(Day { next: next.or(last)?, last: last.or(next)? })
}

/// Day of the month alone (25日): this month, or the neighbouring one.
pub(super) fn day_of_month(today: NaiveDate, day: u32) -> Option<Day> {
    let this = today.with_day(day);
    let next = match this {
        Some(d) if d >= today => Some(d),
        _ => shift_months(today.with_day(1)?, 1).with_day(day),
    };
    let last = match this {
        Some(d) if d <= today => Some(d),
        _ => shift_months(today.with_day(1)?, -1).with_day(day),
    };
    Some(Day { next: next.or(last)?, last: last.or(next)? })
}

/// A weekday `weeks` from now (0 = this week, weeks begin on Monday).
pub(super) fn weekday_in_week(today: NaiveDate, weekday: Weekday, weeks: i64) -> NaiveDate {
    let monday = shift(today, -i64::from(today.weekday().num_days_from_monday()));
    shift(monday, weeks * 7 + i64::from(weekday.num_days_from_monday()))
}

/// A weekday alone: the next one (today included) and the last one (today included).
pub(super) fn weekday(today: NaiveDate, weekday: Weekday) -> Day {
    let ahead = (7 + i64::from(weekday.num_days_from_monday()) - i64::from(today.weekday().num_days_from_monday())) % 7;
    Day { next: shift(today, ahead), last: shift(today, if ahead == 0 { 0 } else { ahead - 7 }) }
}

/// Last day of the month that lies `months` ahead.
pub(super) fn month_end(today: NaiveDate, months: i64) -> NaiveDate {
    let first = today.with_day(1).unwrap_or(today);
    shift(shift_months(first, months + 1), -1)
}

/// Last working day of the week that lies `weeks` ahead; the Friday if the whole week is free.
pub(super) fn week_end(ctx: &Context, weeks: i64) -> NaiveDate {
    let friday = weekday_in_week(ctx.now.date(), Weekday::Fri, weeks);
    (0..5).map(|back| shift(friday, -back)).find(|d| ctx.days.is_workday(*d)).unwrap_or(friday)
}

/// First working day after the named holiday, or the last day before it.
pub(super) fn around_holiday(ctx: &Context, name: &str, after: bool) -> Option<NaiveDate> {
    let today = ctx.now.date();
    let (first, last) = ctx.days.holiday(name, today)?;
    if !after {
        return Some(shift(first, -1));
    }
    (1..15).map(|n| shift(last, n)).find(|d| ctx.days.is_workday(*d)).or(Some(shift(last, 1)))
}

/// The instant a day without an hour stands for: its last minute.
pub(super) fn end_of_day(date: NaiveDate) -> NaiveDateTime {
    date.and_hms_opt(23, 59, 0).unwrap_or_else(|| date.and_time(chrono::NaiveTime::MIN))
}

/// The day reached when `length` of work begins today.
pub(super) fn after_length(ctx: &Context, length: &Postponement) -> Option<NaiveDate> {
    let today = ctx.now.date();
    match length {
        Postponement::Days(n) => Some(shift(today, *n)),
        Postponement::Months(n) => Some(shift_months(today, *n)),
        Postponement::Workdays(n) => {
            let mut left = (*n).clamp(0, 400);
            let mut day = today;
            while left > 0 {
                day = shift(day, 1);
                // A calendar without working days must not hang the reader.
                if ctx.days.is_workday(day) || (day - today).num_days() > 1200 {
                    left -= 1;
                }
            }
            Some(day)
        }
        Postponement::Until(date) => Some(*date),
        Postponement::Vague | Postponement::Invalid(_) => None,
    }
}

/// Weekday of a Chinese or English name.
pub(super) fn weekday_name(name: &str) -> Option<Weekday> {
    Some(match name {
        "一" | "1" => Weekday::Mon,
        "二" | "2" => Weekday::Tue,
        "三" | "3" => Weekday::Wed,
        "四" | "4" => Weekday::Thu,
        "五" | "5" => Weekday::Fri,
        "六" | "6" => Weekday::Sat,
        "日" | "天" | "末" | "7" => Weekday::Sun,
        other => other.get(..3)?.parse().ok()?,
    })
}

/// Month of an English name, 1 to 12.
pub(super) fn month_name(name: &str) -> Option<u32> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let head = name.get(..3)?;
    let index = names.iter().position(|n| *n == head)?;
    u32::try_from(index + 1).ok()
}
