//! Dates, times, lengths and shares in a clause: where they stand and what they mean.
//!
//! Recognised before item numbers, so that the 9 of 9月20日 or the 3 of 3天 is never taken for a line
//! number. Input is normalised lower-case text; ranges are byte offsets into it.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};
use regex::Captures;

use super::dates::{self, Day};
use super::numbers::{NUMBER, NUMBER_EN, number};
use super::words::pattern;
use super::{Context, Postponement};

/// What a span of text says about time or share.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// A calendar day.
    Day(Day),
    /// A date that does not exist.
    BadDay(String),
    /// An instant: a day with an hour.
    Moment(NaiveDateTime),
    /// An hour without a day, as minutes from midnight.
    Hour(u32),
    /// A length of time: 3天.
    Length(Postponement),
    /// Hours or minutes ahead.
    Minutes(i64),
    /// At the end of, or within, a length: 3天后, within 3 days.
    Ahead(NaiveDate),
    /// A length ago, or a day that can only be past.
    Behind(NaiveDate),
    /// A share of the whole, in percent.
    Share(u8),
    /// `a/b` written with a slash: a share or a date, the sentence decides.
    Slash(u32, u32),
}

/// A recognised stretch of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What,
}

type Build = fn(&Captures, &Context) -> Option<What>;

struct Rule {
    regex: regex::Regex,
    build: Build,
}

static RULES: std::sync::LazyLock<Vec<Rule>> = std::sync::LazyLock::new(|| {
    table()
        .into_iter()
        .map(|(source, build)| Rule {
            regex: pattern(&source),
            build,
        })
        .collect()
});

const MONTHS: &str = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const WEEKDAYS: &str = r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)";

const UNITS_EN: &str = r"(?:working[ -]?days?|business[ -]?days?|work[ -]?days?|days?|weeks?|wks?|fortnights?|months?|mths?|years?|hours?|hrs?|minutes?|mins?)";

fn table() -> Vec<(String, Build)> {
    let b = r"(?-u:\b)";
    vec![
        (
            r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})[日号]?".into(),
            full_date,
        ),
        (
            format!(r"({NUMBER})月份?({NUMBER})[日号]?"),
            month_and_day,
        ),
        (
            r"(\d{1,2}|[一二三四五六七八九十]{1,2})月(上旬|中旬|下旬|底|末|初|中)".into(),
            part_of_month,
        ),
        (r"(下下|下|本|这|当)?个?(月底|月末)|(今年|年)(底|末)".into(), month_end),
        (
            format!(r"{b}(\d{{1,2}})(?:st|nd|rd|th)?\s?(?:of )?({MONTHS})\.?(?:,? (\d{{4}}))?{b}"),
            day_month,
        ),
        (
            format!(r"{b}({MONTHS})\.? ?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?{b}"),
            month_day_en,
        ),
        (
            r"(上上|下下|上|下|本|这)?个?(?:周|星期|礼拜)([一二三四五六日天末])".into(),
            weekday_zh,
        ),
        (r"(上上|下下|上|下|本|这)个?(?:周|星期|礼拜)".into(), week_zh),
        (r"(上|下|本|这)个?月".into(), month_zh),
        (
            format!(r"{b}(next|last|this|coming)? ?({WEEKDAYS}){b}"),
            weekday_en,
        ),
        (
            format!(r"{b}(next|last|this|end of next|end of this|end of the|end of) (week|month|year|day){b}"),
            period_en,
        ),
        (
            r"大前天|前天|昨天|昨日|昨晚|昨夜|今天|今日|今晚|今早|今晨|今儿|当天|当日|明天|明日|明早|明晚|明晨|明儿|后天|大后天".into(),
            near_day_zh,
        ),
        (
            format!(r"{b}(?:the )?(day after tomorrow|day before yesterday|yesterday|last night|today|tonight|this (?:morning|afternoon|evening)|tomorrow|tomorow|tommorow|tmrw|tmr|eod|cob|eow|eom){b}"),
            near_day_en,
        ),
        (
            r"(国庆|春节|五一|劳动节|中秋|元旦|清明|端午|十一|过年|年|假期|长假|小长假|过节|放假|节|假)(?:节|长假|假期|假)*(?:之|以)?(后|前)(?:的?第一个?(?:工作日|天)|上班第一天)?".into(),
            holiday_zh,
        ),
        (
            format!(r"{b}(after|before|until after) (?:the )?(?:national day|golden week|spring festival|mid-autumn|new year|labou?r day|holidays?)(?: holidays?)?{b}"),
            holiday_en,
        ),
        (format!(r"(?:过)?({NUMBER})个?(工作日|天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟)(?:之|以)?(前|后|内|里)"), relative_zh),
        (format!(r"过({NUMBER})个?(天|日|周|星期|礼拜|月|小时|钟头|分钟)"), passed_zh),
        (
            format!(r"{b}({NUMBER_EN}) (days?|weeks?|months?|hours?|hrs?|minutes?|mins?) (ago|later|from now|earlier){b}"),
            ago_en,
        ),
        (
            format!(r"{b}(?:in|within|after) (?:the next |next )?({NUMBER_EN}) ?(working days?|business days?|days?|weeks?|months?|hours?|hrs?|h|minutes?|mins?){b}"),
            ahead_en,
        ),
        (r"(半)个?(月|年|小时|钟头|天)(后)?|两三天|三五天|三四天|四五天|几天|几日|些天|一段时间|一阵子?|些时间|些时日|几个(?:工作日|星期|周|月)|几周|数日|一两天".into(), vague_length),
        (format!(r"(-)?({NUMBER})个?半?个?(工作日|天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟)"), length_zh),
        (
            format!(r"({b}|-|\+)(\d{{1,9}})(?: more| extra| additional| further| another)? ?-?({UNITS_EN}|wds?|wk|mos?|d|w|m|h){b}"),
            length_en,
        ),
        (
            format!(r"({b})({NUMBER_EN})(?: more| extra| additional| further| another)?[ -]({UNITS_EN}){b}"),
            length_en,
        ),
        (r"(-)?(\d{1,4})\s?(?:d|days?)(?-u:\b)".into(), bare_days),
        (format!(r"百分之({NUMBER})|(\d{{1,3}})(?:\.\d+)?\s?(?:%|percent|per cent|pct)"), percent),
        (format!(r"({NUMBER})分之({NUMBER})"), fraction_zh),
        (r"([一二三四五六七八九]|\d)成(?:半|多|左右)?|一半|半数|大半|过半|一大半|小半".into(), tenths),
        (
            format!(r"{b}(\d{{1,4}}|one|two|three|four|five|six|seven|eight|nine) (?:out )?of (?:the )?(\d{{1,4}}|two|three|four|five|six|seven|eight|nine|ten){b}"),
            fraction,
        ),
        (
            r"(上午|下午|晚上|中午|早上|凌晨|傍晚|早|晚)?(\d{1,2}|[一二三四五六七八九十]{1,3})(?:点钟?|时)(半|一刻|\d{1,2}分?)?".into(),
            hour_zh,
        ),
        (r"(上午|下午|晚上|中午|早上|凌晨)?(\d{1,2}):(\d{2})(?:\s?(am|pm))?".into(), clock),
        (format!(r"{b}(\d{{1,2}}) ?(am|pm|o'clock|a\.m\.|p\.m\.)"), hour_en),
        (format!(r"{b}(noon|midday|midnight|lunch){b}|中午|正午|下班"), noon),
        (r"(到|至|前|to |until |till |by |为)(\d{2})(\d{2})(?-u:\b)".into(), compact_date),
        (r"(\d{1,3})/(\d{1,3})".into(), slash),
        (r"(到|至)(\d{1,2})\.(\d{1,2})".into(), dotted),
        (r"下午|傍晚|晚上".into(), near_day_zh),
        (r"(\d{1,2}|[一二三四五六七八九十廿]{2,3})[日号](?:[^\d楼厅仓线井炉机项]|$)".into(), day_only),
    ]
}

/// All spans of a clause, left to right, without overlap; earlier rules win.
pub(super) fn spans(text: &str, ctx: &Context) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut taken = vec![false; text.len()];
    for rule in RULES.iter() {
        for captures in rule.regex.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            if taken[all.start()..all.end()].iter().any(|t| *t) {
                continue;
            }
            if let Some(what) = (rule.build)(&captures, ctx) {
                let (start, end) = tight(text, &captures, &what, all.start(), all.end());
                taken[start..end].fill(true);
                found.push(Span { start, end, what });
            }
        }
    }
    found.sort_by_key(|s| s.start);
    joined(text, found, ctx)
}

/// Leading and trailing context a pattern needed but that does not belong to the span.
fn tight(text: &str, c: &Captures, what: &What, start: usize, end: usize) -> (usize, usize) {
    let lead = c.get(1).map_or("", |m| m.as_str());
    let is_lead = matches!(lead, "到" | "至" | "前" | "为" | "to " | "until " | "till " | "by ");
    let start = if is_lead { start + lead.len() } else { start };
    let piece = &text[start..end];
    // `day_only` looks one character ahead.
    let end = match (what, piece.char_indices().last()) {
        (What::Day(_) | What::BadDay(_), Some((at, last)))
            if piece.len() > at && (piece[..at].ends_with('日') || piece[..at].ends_with('号')) =>
        {
            let _ = last;
            start + at
        }
        _ => end,
    };
    (start, end)
}

/// A day directly followed (or preceded) by an hour becomes one instant; a lone hour is today's.
fn joined(text: &str, found: Vec<Span>, ctx: &Context) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for span in found {
        let day_of = |what: &What| match what {
            What::Day(d) => Some(d.next),
            What::Ahead(d) | What::Behind(d) => Some(*d),
            _ => None,
        };
        if let Some(last) = out.last_mut()
            && text[last.end..span.start]
                .trim_matches([' ', '的'])
                .trim_start_matches("at")
                .trim()
                .is_empty()
        {
            let merged = match (&last.what, &span.what) {
                (day, What::Hour(minutes)) => day_of(day).and_then(|d| at_minute(d, *minutes)),
                (What::Hour(minutes), day) => day_of(day).and_then(|d| at_minute(d, *minutes)),
                _ => None,
            };
            if let Some(moment) = merged {
                last.end = span.end;
                last.what = What::Moment(moment);
                continue;
            }
        }
        out.push(span);
    }
    for span in &mut out {
        if let What::Hour(minutes) = span.what
            && let Some(moment) = at_minute(ctx.now.date(), minutes)
        {
            span.what = What::Moment(moment);
        }
    }
    out
}

fn at_minute(date: NaiveDate, minutes: u32) -> Option<NaiveDateTime> {
    date.and_hms_opt(minutes / 60, minutes % 60, 0)
}

fn group<'c>(c: &'c Captures, n: usize) -> &'c str {
    c.get(n).map_or("", |m| m.as_str())
}

fn num(c: &Captures, n: usize) -> Option<u32> {
    u32::try_from(number(group(c, n))?).ok()
}

fn bad(c: &Captures) -> What {
    What::BadDay(group(c, 0).trim().to_string())
}

fn full_date(c: &Captures, _: &Context) -> Option<What> {
    let year = i32::try_from(num(c, 1)?).ok()?;
    Some(match NaiveDate::from_ymd_opt(year, num(c, 2)?, num(c, 3)?) {
        Some(date) => What::Day(Day::fixed(date)),
        None => bad(c),
    })
}

fn month_and_day(c: &Captures, ctx: &Context) -> Option<What> {
    Some(
        match dates::month_day(ctx.now.date(), num(c, 1)?, num(c, 2)?) {
            Some(day) => What::Day(day),
            None => bad(c),
        },
    )
}

fn part_of_month(c: &Captures, ctx: &Context) -> Option<What> {
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

fn month_end(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let date = match (group(c, 1), group(c, 2).is_empty()) {
        (_, true) => NaiveDate::from_ymd_opt(today.year(), 12, 31)?,
        ("下", _) => dates::month_end(today, 1),
        ("下下", _) => dates::month_end(today, 2),
        _ => dates::month_end(today, 0),
    };
    Some(What::Day(Day::fixed(date)))
}

fn english_date(month: Option<u32>, day: u32, year: &str, ctx: &Context, c: &Captures) -> Option<What> {
    let month = month?;
    let day = match year.parse::<i32>() {
        Ok(year) => NaiveDate::from_ymd_opt(year, month, day).map(Day::fixed),
        Err(_) => dates::month_day(ctx.now.date(), month, day),
    };
    Some(day.map_or_else(|| bad(c), What::Day))
}

fn day_month(c: &Captures, ctx: &Context) -> Option<What> {
    english_date(dates::month_name(group(c, 2)), num(c, 1)?, group(c, 3), ctx, c)
}

fn month_day_en(c: &Captures, ctx: &Context) -> Option<What> {
    english_date(dates::month_name(group(c, 1)), num(c, 2)?, group(c, 3), ctx, c)
}

fn week_offset(word: &str) -> Option<i64> {
    Some(match word {
        "上上" => -2,
        "上" | "last" => -1,
        "本" | "这" | "this" => 0,
        "下" | "next" => 1,
        "下下" => 2,
        _ => return None,
    })
}

fn weekday_zh(c: &Captures, ctx: &Context) -> Option<What> {
    weekday_any(group(c, 1), dates::weekday_name(group(c, 2))?, ctx)
}

fn weekday_en(c: &Captures, ctx: &Context) -> Option<What> {
    weekday_any(group(c, 1), dates::weekday_name(group(c, 2))?, ctx)
}

fn weekday_any(word: &str, weekday: chrono::Weekday, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    Some(match week_offset(word) {
        Some(weeks) => {
            let date = dates::weekday_in_week(today, weekday, weeks);
            if date < today {
                What::Behind(date)
            } else {
                What::Day(Day::fixed(date))
            }
        }
        None => What::Day(dates::weekday(today, weekday)),
    })
}

fn week_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let weeks = week_offset(group(c, 1))?;
    let date = dates::week_end(ctx, weeks);
    Some(if weeks < 0 {
        What::Behind(date)
    } else {
        What::Day(Day::fixed(date))
    })
}

fn month_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let months = week_offset(group(c, 1))?;
    let date = dates::month_end(ctx.now.date(), months);
    Some(if months < 0 {
        What::Behind(date)
    } else {
        What::Day(Day::fixed(date))
    })
}

fn period_en(c: &Captures, ctx: &Context) -> Option<What> {
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
    Some(if step < 0 {
        What::Behind(date)
    } else {
        What::Day(Day::fixed(date))
    })
}

fn near_day_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let days = match group(c, 0) {
        "大前天" => -3,
        "前天" => -2,
        "昨天" | "昨日" | "昨晚" | "昨夜" => -1,
        "明天" | "明日" | "明早" | "明晚" | "明晨" | "明儿" => 1,
        "后天" => 2,
        "大后天" => 3,
        _ => 0,
    };
    Some(relative_day(today, days))
}

fn near_day_en(c: &Captures, ctx: &Context) -> Option<What> {
    let today = ctx.now.date();
    let days = match group(c, 1) {
        "day before yesterday" => -2,
        "yesterday" | "last night" => -1,
        "day after tomorrow" => 2,
        "eow" => return Some(What::Day(Day::fixed(dates::week_end(ctx, 0)))),
        "eom" => return Some(What::Day(Day::fixed(dates::month_end(today, 0)))),
        word if word.starts_with("to") && word != "today" && word != "tonight" => 1,
        word if word.starts_with("tm") => 1,
        _ => 0,
    };
    Some(relative_day(today, days))
}

fn relative_day(today: NaiveDate, days: i64) -> What {
    let date = dates::shift(today, days);
    if days < 0 {
        What::Behind(date)
    } else {
        What::Day(Day::fixed(date))
    }
}

fn holiday_zh(c: &Captures, ctx: &Context) -> Option<What> {
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
    let date = dates::around_holiday(ctx, name, after)
        .or_else(|| dates::around_holiday(ctx, "", after))?;
    Some(What::Day(Day::fixed(date)))
}

fn holiday_en(c: &Captures, ctx: &Context) -> Option<What> {
    let after = group(c, 1).contains("after");
    dates::around_holiday(ctx, "", after).map(|d| What::Day(Day::fixed(d)))
}

fn length(n: i64, unit: &str) -> What {
    let unit = unit.trim_end_matches('s');
    match unit {
        "天" | "日" | "d" | "day" => What::Length(Postponement::Days(n)),
        "周" | "星期" | "礼拜" | "w" | "week" | "wk" => {
            What::Length(Postponement::Days(n.saturating_mul(7)))
        }
        "fortnight" => What::Length(Postponement::Days(n.saturating_mul(14))),
        "月" | "month" | "mth" | "mo" | "m" => What::Length(Postponement::Months(n)),
        "季度" => What::Length(Postponement::Months(n.saturating_mul(3))),
        "年" | "year" => What::Length(Postponement::Months(n.saturating_mul(12))),
        "小时" | "钟头" | "hour" | "hr" | "h" => What::Minutes(n.saturating_mul(60)),
        "分钟" | "minute" | "min" => What::Minutes(n),
        _ => What::Length(Postponement::Workdays(n)),
    }
}

fn ahead(ctx: &Context, what: What) -> Option<What> {
    Some(match what {
        What::Length(length) => What::Ahead(dates::after_length(ctx, &length)?),
        What::Minutes(n) => What::Moment(
            ctx.now
                .checked_add_signed(Duration::minutes(n.min(10_000_000)))?,
        ),
        other => other,
    })
}

fn behind(ctx: &Context, what: What) -> Option<What> {
    let today = ctx.now.date();
    Some(match what {
        What::Length(Postponement::Months(n)) => What::Behind(dates::shift_months(today, -n)),
        What::Length(Postponement::Days(n) | Postponement::Workdays(n)) => {
            What::Behind(dates::shift(today, -n))
        }
        What::Minutes(n) => What::Behind(
            ctx.now
                .checked_sub_signed(Duration::minutes(n.min(10_000_000)))?
                .date(),
        ),
        other => other,
    })
}

fn relative_zh(c: &Captures, ctx: &Context) -> Option<What> {
    let what = length(number(group(c, 1))?, group(c, 2));
    match group(c, 3) {
        "前" => behind(ctx, what),
        _ => ahead(ctx, what),
    }
}

fn passed_zh(c: &Captures, ctx: &Context) -> Option<What> {
    ahead(ctx, length(number(group(c, 1))?, group(c, 2)))
}

fn ago_en(c: &Captures, ctx: &Context) -> Option<What> {
    let what = length(number(group(c, 1))?, group(c, 2));
    if matches!(group(c, 3), "ago" | "earlier") {
        behind(ctx, what)
    } else {
        ahead(ctx, what)
    }
}

fn ahead_en(c: &Captures, ctx: &Context) -> Option<What> {
    ahead(ctx, length(number(group(c, 1))?, group(c, 2)))
}

fn vague_length(c: &Captures, _: &Context) -> Option<What> {
    // 半个月 is read as 15 days, as offices count it.
    Some(match (group(c, 1), group(c, 2)) {
        ("半", "月") => What::Length(Postponement::Days(15)),
        ("半", "年") => What::Length(Postponement::Months(6)),
        ("半", "小时" | "钟头") => What::Minutes(30),
        _ => What::Length(Postponement::Vague),
    })
}

fn length_zh(c: &Captures, _: &Context) -> Option<What> {
    let whole = group(c, 0);
    let n = number(group(c, 2))?;
    let unit = group(c, 3);
    if whole.contains('半') && unit == "月" {
        return Some(What::Length(Postponement::Days(n * 30 + 15)));
    }
    Some(length(if group(c, 1) == "-" { -n } else { n }, unit))
}

fn length_en(c: &Captures, _: &Context) -> Option<What> {
    let n = number(group(c, 2))?;
    let unit = group(c, 3);
    let n = if group(c, 1) == "-" { -n } else { n };
    Some(length(n, unit))
}

fn bare_days(c: &Captures, _: &Context) -> Option<What> {
    let n = number(group(c, 2))?;
    Some(length(if group(c, 1) == "-" { -n } else { n }, "d"))
}

fn percent(c: &Captures, _: &Context) -> Option<What> {
    let n = num(c, 1).or_else(|| num(c, 2))?;
    Some(What::Share(u8::try_from(n.min(100)).unwrap_or(100)))
}

fn tenths(c: &Captures, _: &Context) -> Option<What> {
    let share = match number(group(c, 1)) {
        Some(n) => n * 10,
        None => 50,
    };
    Some(What::Share(u8::try_from(share.min(100)).unwrap_or(100)))
}

fn fraction(c: &Captures, _: &Context) -> Option<What> {
    share_of(num(c, 1)?, num(c, 2)?)
}

fn fraction_zh(c: &Captures, _: &Context) -> Option<What> {
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

fn half_day(word: &str, hour: u32) -> Option<u32> {
    let late = matches!(word, "下午" | "晚上" | "傍晚" | "pm" | "p.m." | "晚");
    let noon = matches!(word, "中午") && hour < 6;
    let hour = match (late || noon, word, hour) {
        (_, "am" | "a.m.", 12) => 0,
        (true, _, 1..=11) => hour + 12,
        _ => hour,
    };
    (hour < 24).then_some(hour)
}

fn hour_zh(c: &Captures, _: &Context) -> Option<What> {
    let hour = half_day(group(c, 1), num(c, 2)?)?;
    let minutes = match group(c, 3) {
        "" => 0,
        "半" => 30,
        "一刻" => 15,
        text => u32::try_from(number(text.trim_end_matches('分'))?).ok()?,
    };
    (minutes < 60).then_some(What::Hour(hour * 60 + minutes))
}

fn clock(c: &Captures, _: &Context) -> Option<What> {
    let word = if group(c, 4).is_empty() {
        group(c, 1)
    } else {
        group(c, 4)
    };
    let hour = half_day(word, num(c, 2)?)?;
    let minutes = num(c, 3)?;
    (minutes < 60).then_some(What::Hour(hour * 60 + minutes))
}

fn hour_en(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Hour(half_day(group(c, 2), num(c, 1)?)? * 60))
}

fn noon(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Hour(match group(c, 0) {
        "midnight" => 23 * 60 + 59,
        "下班" => 18 * 60,
        _ => 12 * 60,
    }))
}

fn compact_date(c: &Captures, ctx: &Context) -> Option<What> {
    month_day_groups(c, ctx)
}

fn dotted(c: &Captures, ctx: &Context) -> Option<What> {
    month_day_groups(c, ctx)
}

fn month_day_groups(c: &Captures, ctx: &Context) -> Option<What> {
    Some(
        match dates::month_day(ctx.now.date(), num(c, 2)?, num(c, 3)?) {
            Some(day) => What::Day(day),
            None => What::BadDay(format!("{}{}", group(c, 2), group(c, 3))),
        },
    )
}

fn slash(c: &Captures, _: &Context) -> Option<What> {
    Some(What::Slash(num(c, 1)?, num(c, 2)?))
}

/// `a/b` as a day: month first, as in the file of examples, else day first.
pub(super) fn slash_day(a: u32, b: u32, ctx: &Context) -> Option<Day> {
    dates::month_day(ctx.now.date(), a, b).or_else(|| dates::month_day(ctx.now.date(), b, a))
}

fn day_only(c: &Captures, ctx: &Context) -> Option<What> {
    dates::day_of_month(ctx.now.date(), num(c, 1)?).map(What::Day)
}
