//! What the words for lengths, hours and shares mean: 三天后, half past, 80 %, 3 of 5.
//!
//! One function for each rule of `spans`; the groups are those of its pattern.

use chrono::Duration;
use regex::Captures;

use super::numbers::number;
use super::spans::{What, group, num};
use super::{Context, Postponement, dates};

pub(super) fn length(n: i64, unit: &str) -> What {
    let unit = unit.trim_end_matches('s');
    match unit {
        "天" | "日" | "d" | "day" => What::Length(Postponement::Days(n)),
        "周" | "星期" | "礼拜" | "w" | "week" | "wk" => What::Length(Postponement::Days(n.saturating_mul(7))),
        "fortnight" => What::Length(Postponement::Days(n.saturating_mul(14))),
        "月" | "month" | "mth" | "mo" | "m" => What::Length(Postponement::Months(n)),
        "季度" => What::Length(Postponement::Months(n.saturating_mul(3))),
        "年" | "year" => What::Length(Postponement::Months(n.saturating_mul(12))),
        "小时" | "钟头" | "hour" | "hr" | "h" => What::Minutes(n.saturating_mul(60)),
        "刻钟" => What::Minutes(n.saturating_mul(15)),
        "分钟" | "minute" | "min" => What::Minutes(n),
        _ => What::Length(Postponement::Workdays(n)),
    }
}

pub(super) fn ahead(ctx: &Context, what: What) -> Option<What> {
    Some(match what {
        What::Length(length) => What::Ahead(dates::after_length(ctx, &length)?),
        What::Minutes(n) => What::Moment(ctx.now.checked_add_signed(Duration::minutes(n.min(10_000_000)))?),
        other => other,
    })
}

pub(super) fn behind(ctx: &Context, what: What) -> Option<What> {
    let today = ctx.now.date();
    Some(match what {
        What::Length(Postponement::Months(n)) => What::Behind(dates::shift_months(today, -n)),
        What::Length(Postponement::Days(n) | Postponement::Workdays(n)) => What::Behind(dates::shift(today, -n)),
        What::Minutes(n) => What::Behind(ctx.now.checked_sub_signed(Duration::minutes(n.min(10_000_000)))?.date()),
        other => other,
    })
}

pub(super) fn relative_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let what = length(number(group(c, 1))?, group(c, 2));
    match group(c, 3) {
        "前" => behind(ctx, what),
        _ => ahead(ctx, what),
    }
}

pub(super) fn passed_zh(c: &Captures, ctx: &Context) -> Option<What> {
    ahead(ctx, length(number(group(c, 1))?, group(c, 2)))
}

pub(super) fn ago_en(c: &Captures, ctx: &Context) -> Option<What> {
    let what = length(number(group(c, 1))?, group(c, 2));
    if matches!(group(c, 3), "ago" | "earlier") { behind(ctx, what) } else { ahead(ctx, what) }
}

pub(super) fn ahead_en(c: &Captures, ctx: &Context) -> Option<What> {
    ahead(ctx, length(number(group(c, 1))?, group(c, 2)))
}

pub(super) fn vague_length(c: &Captures, ctx: &Context) -> Option<What> {
    // 半个月 is read as 15 days, as offices count it.
    let what = match (group(c, 1), group(c, 2)) {
        ("半", "月") => What::Length(Postponement::Days(15)),
        ("半", "年") => What::Length(Postponement::Months(6)),
        ("半", "小时" | "钟头") => What::Minutes(30),
        _ => return Some(What::Length(Postponement::Vague)),
    };
    match group(c, 3) {
        "" => Some(what),
        "前" => behind(ctx, what),
        _ => ahead(ctx, what),
    }
}

/// `at nine`: the hour that is meant is for the sentence; `at 9 bar` has a unit and is none.
pub(super) fn hour_at(c: &Captures, _: &Context) -> Option<What> {
    let hour = half_day(group(c, 3), num(c, 2)?)?;
    Some(What::Hour(hour * 60))
}

pub(super) fn half_hour_en(c: &Captures, ctx: &Context) -> Option<What> {
    match group(c, 3) {
        "ago" => behind(ctx, What::Minutes(30)),
        _ if group(c, 0).starts_with("half") && group(c, 3).is_empty() => Some(What::Minutes(30)),
        _ => ahead(ctx, What::Minutes(30)),
    }
}

pub(super) fn length_zh(c: &Captures, _: &Context) -> Option<What> {
    let whole = group(c, 0);
    let n = number(group(c, 2))?;
    let unit = group(c, 3);
    if whole.contains('半') && unit == "月" {
        return Some(What::Length(Postponement::Days(n * 30 + 15)));
    }
    Some(length(if group(c, 1) == "-" { -n } else { n }, unit))
}

pub(super) fn length_en(c: &Captures, _: &Context) -> Option<What> {
    let n = number(group(c, 2))?;
    let unit = group(c, 3);
    let n = if group(c, 1) == "-" { -n } else { n };
    Some(length(n, unit))
}

pub(super) fn bare_days(c: &Captures, _: &Context) -> Option<What> {
    let n = number(group(c, 2))?;
    Some(length(if group(c, 1) == "-" { -n } else { n }, "d"))
}

pub(super) fn percent(c: &Captures, _: &Context) -> Option<What> {
    let n = num(c, 1).or_else(|| num(c, 2))?;
    Some(What::Share(u8::try_from(n.min(100)).unwrap_or(100)))
}

pub(super) fn tenths(c: &Captures, _: &Context) -> Option<What> {
    let share = match number(group(c, 1)) {
        Some(n) => n * 10,
        None => 50,
    };
    Some(What::Share(u8::try_from(share.min(100)).unwrap_or(100)))
}

pub(super) fn fraction(c: &Captures, _: &Context) -> Option<What> {
    share_of(num(c, 1)?, num(c, 2)?)
}

pub(super) fn fraction_zh(c: &Captures, _: &Context) -> Option<What> {
    share_of(num(c, 2)?, num(c, 1)?)
}

/// `part` of `whole` in percent; a whole finished only if they are equal.
pub(super) fn share_of(part: u32, whole: u32) -> Option<What> {
    if whole == 0 || part > whole {
        return None;
    }
    let share = u64::from(part) * 100 / u64::from(whole);
    Some(What::Share(u8::try_from(share).unwrap_or(100)))
}

pub(super) fn half_day(word: &str, hour: u32) -> Option<u32> {
    let late = matches!(word, "下午" | "晚上" | "傍晚" | "pm" | "p.m." | "晚");
    let noon = matches!(word, "中午") && hour < 6;
    let hour = match (late || noon, word, hour) {
        (_, "am" | "a.m.", 12) => 0,
        (true, _, 1..=11) => hour + 12,
        _ => hour,
    };
    (hour < 24).then_some(hour)
}

pub(super) fn hour_zh(c: &Captures, _: &Context) -> Option<What> {
    let hour = half_day(group(c, 1), num(c, 2)?)?;
    let minutes = match group(c, 3) {
        "" => 0,
        "半" => 30,
        "一刻" => 15,
        "三刻" => 45,
        text => u32::try_from(number(text.trim_end_matches('分'))?).ok()?,
    };
    (minutes < 60).then_some(What::Hour(hour * 60 + minutes))
}

pub(super) fn clock(c: &Captures, _: &Context) -> Option<What> {
    let word = if group(c, 4).is_empty() { group(c, 1) } else { group(c, 4) };
    let hour = half_day(word, num(c, 2)?)?;
    let minutes = num(c, 3)?;
    (minutes < 60).then_some(What::Hour(hour * 60 + minutes))
}

/// `at 4.30`.
pub(super) fn clock_point(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Hour(half_day("", num(c, 2)?)? * 60 + num(c, 3)?))
}

pub(super) fn hour_en(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Hour(half_day(group(c, 2), num(c, 1)?)? * 60))
}

pub(super) fn noon(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Hour(match group(c, 0) {
        "midnight" => 23 * 60 + 59,
        "下班" => 18 * 60,
        _ => 12 * 60,
    }))
}
