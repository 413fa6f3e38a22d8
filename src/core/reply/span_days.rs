//! What the words for days mean: dates, weekdays, parts of months, holidays.
//!
//! One function for each rule of `spans`; the groups are those of its pattern.

use chrono::{Datelike, NaiveDate};
use regex::Captures;

use super::Context;
use super::dates::{self, Day};
use super::spans::{What, bad, group, num};

pub(super) fn full_date(c: &Captures, _: &Context) -> Option<What> {
    let year = i32::try_from(num(c, 1)?).ok()?;
    Some(match NaiveDate::from_ymd_opt(year, num(c, 2)?, num(c, 3)?) {
        Some(date) => What::Day(Day::fixed(date)),
        None => bad(c),
    })
}

/// `30/09/2022`, and 12/04/2022, which may be two days: it is asked about, as it is in a ledger's cell.
pub(super) fn year_last(c: &Captures, _: &Context) -> Option<What> {
    let (a, b, year) = (num(c, 1)?, num(c, 2)?, i32::try_from(num(c, 3)?).ok()?);
    let [day_first, month_first] = [NaiveDate::from_ymd_opt(year, b, a), NaiveDate::from_ymd_opt(year, a, b)];
    Some(match (day_first, month_first) {
        (Some(one), Some(other)) if one != other => What::BadDay(format!("{}: {one} / {other}?", group(c, 0))),
        (Some(date), _) | (None, Some(date)) => What::Day(Day::fixed(date)),
        (None, None) => bad(c),
    })
}

pub(super) fn month_and_day(c: &Captures, ctx: &Context) -> Option<What> {
    Some(match dates::month_day(ctx.now.date(), num(c, 1)?, num(c, 2)?) {
        Some(day) => What::Day(day),
        None => bad(c),
    })
}

pub(super) fn part_of_month(c: &Captures, ctx: &Context) -> Option<What> {
    let month = num(c, 1)?;
    let day = match group(c, 2) {
        "上旬" | "初" => 10,
        "中旬" | "中" => 20,
        _ => {
            let first = dates::month_day(ctx.now.date(), month, 1)?;
            return Some(What::Day(Day {
                next: dates::month_end(first.next, 0),
                last: dates::month_end(first.last, 0),
            }));
        }
    };
    dates::month_day(ctx.now.date(), month, day).map(What::Day)
}

pub(super) fn month_end(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let date = match (group(c, 1), group(c, 2).is_empty()) {
        (_, true) => NaiveDate::from_ymd_opt(today.year(), 12, 31)?,
        ("下", _) => dates::month_end(today, 1),
        ("下下", _) => dates::month_end(today, 2),
        _ => dates::month_end(today, 0),
    };
    Some(What::Day(Day::fixed(date)))
}

pub(super) fn english_date(month: Option<u32>, day: u32, year: &str, ctx: &Context, c: &Captures) -> Option<What> {
    let month = month?;
    let day = match year.parse::<i32>() {
        Ok(year) => NaiveDate::from_ymd_opt(year, month, day).map(Day::fixed),
        Err(_) => dates::month_day(ctx.now.date(), month, day),
    };
    Some(day.map_or_else(|| bad(c), What::Day))
}

pub(super) fn day_month(c: &Captures, ctx: &Context) -> Option<What> {
    english_date(dates::month_name(group(c, 2)), num(c, 1)?, group(c, 3), ctx, c)
}

pub(super) fn month_day_en(c: &Captures, ctx: &Context) -> Option<What> {
    english_date(dates::month_name(group(c, 1)), num(c, 2)?, group(c, 3), ctx, c)
}

pub(super) fn week_offset(word: &str) -> Option<i64> {
    Some(match word {
        "上上" => -2,
        "上" | "last" => -1,
        "本" | "这" | "this" => 0,
        "下" | "next" => 1,
        "下下" => 2,
        _ => return None,
    })
}

pub(super) fn weekday_zh(c: &Captures, ctx: &Context) -> Option<What> {
    weekday_any(group(c, 1), dates::weekday_name(group(c, 2))?, ctx)
}

pub(super) fn weekday_en(c: &Captures, ctx: &Context) -> Option<What> {
    weekday_any(group(c, 1), dates::weekday_name(group(c, 2))?, ctx)
}

pub(super) fn weekday_any(word: &str, weekday: chrono::Weekday, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    Some(match week_offset(word) {
        Some(weeks) => {
            let date = dates::weekday_in_week(today, weekday, weeks);
            if date < today { What::Behind(date) } else { What::Day(Day::fixed(date)) }
        }
        None => What::Day(dates::weekday(today, weekday)),
    })
}

pub(super) fn week_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let weeks = week_offset(group(c, 1))?;
    let date = dates::week_end(ctx, weeks);
    Some(if weeks < 0 { What::Behind(date) } else { What::Day(Day::fixed(date)) })
}

pub(super) fn day_of_month_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let first = dates::shift_months(ctx.now.date().with_day(1)?, week_offset(group(c, 1))?);
    Some(first.with_day(num(c, 2)?).map_or_else(|| bad(c), |date| What::Day(Day::fixed(date))))
}

pub(super) fn month_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let months = week_offset(group(c, 1))?;
    let date = dates::month_end(ctx.now.date(), months);
    Some(if months < 0 { What::Behind(date) } else { What::Day(Day::fixed(date)) })
}

pub(super) fn period_en(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let (head, unit) = (group(c, 1), group(c, 2));
    let step = if head.contains("next") {
        1
    } else if head == "last" {
        -1
    } else {
        0
    };
    let date = match unit {
        "week" => dates::week_end(ctx, step),
        "month" => dates::month_end(today, step),
        "year" => NaiveDate::from_ymd_opt(today.year() + i32::try_from(step).ok()?, 12, 31)?,
        _ => today,
    };
    Some(if step < 0 { What::Behind(date) } else { What::Day(Day::fixed(date)) })
}

pub(super) fn near_day_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let words = c.name("only").map_or(group(c, 0), |only| only.as_str());
    let days = match words.trim_end_matches(['儿', '个', '天', '日', '晚', '夜', '早', '晨']) {
        "大前" => -3,
        "前" => -2,
        "昨" => -1,
        "明" => 1,
        "后" => 2,
        "大后" => 3,
        _ => 0,
    };
    Some(relative_day(today, days))
}

pub(super) fn near_day_en(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let days = match group(c, 1) {
        "day before yesterday" => -2,
        "yesterday" | "yday" | "last night" => -1,
        "day after tomorrow" => 2,
        "eow" => return Some(What::Day(Day::fixed(dates::week_end(ctx, 0)))),
        "eom" => return Some(What::Day(Day::fixed(dates::month_end(today, 0)))),
        word if word.starts_with("to") && word != "today" && word != "tonight" => 1,
        word if word.starts_with("tm") => 1,
        _ => 0,
    };
    Some(relative_day(today, days))
}

pub(super) fn relative_day(today: NaiveDate, days: i64) -> What {
    let date = dates::shift(today, days);
    if days < 0 { What::Behind(date) } else { What::Day(Day::fixed(date)) }
}

pub(super) fn holiday_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let name = match group(c, 1) {
        "国庆" | "十一" => "国庆",
        "春节" | "过年" | "年" => "春节",
        "五一" | "劳动节" => "劳动",
        "中秋" => "中秋",
        "元旦" => "元旦",
        "清明" => "清明",
        "端午" => "端午",
        _ => "",
    };
    let after = group(c, 2) == "后";
    let date = dates::around_holiday(ctx, name, after).or_else(|| dates::around_holiday(ctx, "", after))?;
    Some(What::Day(Day::fixed(date)))
}

pub(super) fn holiday_en(c: &Captures, ctx: &Context) -> Option<What> {
    let after = group(c, 1).contains("after");
    dates::around_holiday(ctx, "", after).map(|d| What::Day(Day::fixed(d)))
}

pub(super) fn compact_date(c: &Captures, ctx: &Context) -> Option<What> {
    month_day_groups(c, ctx)
}

/// `10.12前`, 延到9.27: a month and a day with a point between them.
pub(super) fn dotted(c: &Captures, ctx: &Context) -> Option<What> {
    dates::month_day(ctx.now.date(), num(c, 2)?, num(c, 3)?).map(What::Day)
}

/// `monday 26th`: the number says which.
pub(super) fn weekday_nth(c: &Captures, ctx: &Context) -> Option<What> {
    dates::day_of_month(ctx.now.date(), num(c, 1)?).map(What::Day)
}

/// `by the 5th`, and not `the 5th floor`; 到28日, which is no length of 28 days.
pub(super) fn day_nth(c: &Captures, ctx: &Context) -> Option<What> {
    if c.get(3).is_some() {
        return None;
    }
    dates::day_of_month(ctx.now.date(), num(c, 2)?).map(What::Day)
}

pub(super) fn month_day_groups(c: &Captures, ctx: &Context) -> Option<What> {
    Some(match dates::month_day(ctx.now.date(), num(c, 2)?, num(c, 3)?) {
        Some(day) => What::Day(day),
        None => What::BadDay(format!("{}{}", group(c, 2), group(c, 3))),
    })
}

pub(super) fn slash(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Slash(num(c, 1)?, num(c, 2)?))
}

/// `a/b` as a day: month first, as in the file of examples, else day first.
pub(super) fn slash_day(a: u32, b: u32, ctx: &Context) -> Option<Day> {
    dates::month_day(ctx.now.date(), a, b).or_else(|| dates::month_day(ctx.now.date(), b, a))
}

pub(super) fn day_only(c: &Captures, ctx: &Context) -> Option<What> {
    dates::day_of_month(ctx.now.date(), num(c, 1)?).map(What::Day)
}
