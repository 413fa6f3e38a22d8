//! Dates, times, lengths and shares in a clause: where they stand and what they mean.
//!
//! Recognised before item numbers, so that the 9 of 9月20日 or the 3 of 3天 is never taken for a line
//! number. Input is normalised lower-case text; ranges are byte offsets into it.

use chrono::{NaiveDate, NaiveDateTime};
use regex::Captures;

use super::dates::Day;
use super::numbers::{NUMBER, NUMBER_EN, number};
use super::span_days::*;
use super::span_lengths::*;
use super::{Context, Postponement};
use crate::patterns::pattern;

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
    table().into_iter().map(|(source, build)| Rule { regex: pattern(&source), build }).collect()
});

const MONTHS: &str = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const WEEKDAYS: &str =
    r"(?:mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)";

const UNITS_EN: &str = r"(?:working[ -]?days?|business[ -]?days?|work[ -]?days?|days?|weeks?|wks?|fortnights?|months?|mths?|years?|hours?|hrs?|minutes?|mins?)";

const HOUR_WORDS: &str = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)";

fn table() -> Vec<(String, Build)> {
    let b = r"(?-u:\b)";
    vec![
        (
            r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})[日号]?".into(),
            full_date,
        ),
        (r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})".into(), year_last),
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
        (r"(下下|下|本|这)个?月(\d{1,2}|[一二三四五六七八九十]{1,3})[日号]".into(), day_of_month_zh),
        (r"(上|下|本|这)个?月".into(), month_zh),
        (
            format!(r"{b}{WEEKDAYS}\.?,? (?:the )?(\d{{1,2}})(?:st|nd|rd|th){b}"),
            weekday_nth,
        ),
        (
            format!(r"{b}(next|last|this|coming)? ?({WEEKDAYS}){b}"),
            weekday_en,
        ),
        (
            format!(r"{b}(next|last|this|end of next|end of this|end of the|end of) (week|month|year|day){b}"),
            period_en,
        ),
        (
            r"大前天|前天|昨天|昨日|昨晚|昨夜|今天|今日|今晚|今早|今晨|当天|当日|明天|明日|明早|明晚|明晨|大后天|后天|(?P<only>(?:大?[前后]|[昨今明])儿个?)(?:[^童女子科]|$)".into(),
            near_day_zh,
        ),
        (
            format!(r"{b}(?:the )?(day after tomorrow|day before yesterday|yesterday|last night|today|tonight|this (?:morning|afternoon|evening)|yday|tomorrow|tomorow|tommorow|tmrw|tmr|eod|cob|eow|eom){b}"),
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
        (format!(r"(?:过)?({NUMBER})个?(工作日|天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟|刻钟)(?:之|以)?(前|后|内|里)"), relative_zh),
        (format!(r"过({NUMBER})个?(天|日|周|星期|礼拜|月|小时|钟头|分钟|刻钟)"), passed_zh),
        (
            format!(r"{b}(?P<only>(?:in |within )?(half) (?:an? )?hour(?: (ago|later|from now))?){b}"),
            half_hour_en,
        ),
        (
            format!(r"{b}({NUMBER_EN}) (days?|weeks?|months?|hours?|hrs?|minutes?|mins?) (ago|later|from now|earlier){b}"),
            ago_en,
        ),
        (
            format!(r"{b}(?:in|within|after) (?:the next |next )?({NUMBER_EN}) ?(working days?|business days?|days?|weeks?|months?|hours?|hrs?|h|minutes?|mins?){b}"),
            ahead_en,
        ),
        (r"(半)个?(月|年|小时|钟头|天)(?:之|以)?(后|前|内)?|两三天|三五天|三四天|四五天|几天|几日|些天|一段时间|一阵子?|些时间|些时日|几个(?:工作日|星期|周|月)|几周|数日|一两天".into(), vague_length),
        (r"(?:到|至|截止|截至)(?P<only>(\d{1,2}|[一二三四五六七八九十廿]{1,3})日)(?:[^\d内后间]|$)".into(), day_nth),
        (format!(r"(-)?({NUMBER})个?半?个?(工作日|天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟|刻钟)"), length_zh),
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
        (format!(r"({NUMBER})[项个条处台件盏只套块扇根](?:中的|里的|里面|里头|中|里)({NUMBER})[项个条处台件盏只套块扇根]?"), fraction_zh),
        (r"([一二三四五六七八九]|\d)成(?:半|多|左右)?|一半|半数|大半|过半|一大半|小半".into(), tenths),
        (
            format!(r"{b}(\d{{1,4}}|one|two|three|four|five|six|seven|eight|nine) (?:out )?of (?:the )?(\d{{1,4}}|two|three|four|five|six|seven|eight|nine|ten){b}"),
            fraction,
        ),
        (
            r"(上午|下午|晚上|中午|早上|凌晨|傍晚|早|晚)?(\d{1,2}|[一二两三四五六七八九十]{1,3})(?:点钟?|时)(半|一刻|三刻|\d{1,2}分?|[二三四五]?十[一二三四五六七八九]?分?|零[一二三四五六七八九]分?)?".into(),
            hour_zh,
        ),
        (r"(上午|下午|晚上|中午|早上|凌晨)?(\d{1,2}):(\d{2})(?:\s?(am|pm))?".into(), clock),
        (format!(r"{b}()(\d{{1,2}})\.(\d{{2}}) ?(am|pm){b}"), clock),
        (format!(r"{b}at (?P<only>(\d{{1,2}})\.([0-5]\d))(?:[ ,;!?]|$)"), clock_point),
        (format!(r"{b}(\d{{1,2}}) ?(am|pm|o'clock|a\.m\.|p\.m\.)"), hour_en),
        (format!(r"{b}(noon|midday|midnight|lunch){b}|中午|正午|下班"), noon),
        (r"(到|至|前|to |until |till |by |为)(\d{2})(\d{2})(?-u:\b)".into(), compact_date),
        (r"(\d{1,3})/(\d{1,3})".into(), slash),
        (r"(?:[到至延给]|^|[,，。;； ])(?P<only>(1[0-2]|[1-9])\.([12]\d|3[01]|0?[1-9]))(?:[日号]|(?-u:\b)(?:前|之前|以前|交|完|弄|到|搞|$|[,，。 ]))".into(), dotted),
        (
            format!(r"{b}(?:at|around) (?P<only>({HOUR_WORDS}|\d{{1,2}})(?: (am|pm|o'clock))?)(?: (?:tonight|tomorrow|today|please|pls|then|sharp|again|remind|ping|nag|call|text|ask|tell|wake)|[,.;!?]|$)"),
            hour_at,
        ),
        (
            format!(r"{b}(?:by|until|till|til|before|after|for) (?P<only>({HOUR_WORDS})(?: (am|pm|o'clock))?)(?: (?:tonight|tomorrow|today|please|pls|then|sharp)|[,.;!?]|$)"),
            hour_at,
        ),
        (
            format!(r"{b}(?:on|by|till|until|til|upto|before|from|after) (?:the )?(?P<only>(\d{{1,2}})(?:st|nd|rd|th))(?: (floor|one|ones|item|items|task|point|issue|street|avenue|time|line|row)\b)?"),
            day_nth,
        ),
        (
            format!(r"{b}the (?P<only>(\d{{1,2}})(?:st|nd|rd|th))(?: (floor|one|ones|item|items|task|point|issue|street|avenue|time|line|row|and|to|done|is|are|isn't)\b)?"),
            day_nth,
        ),
        (r"下午|傍晚|晚上".into(), near_day_zh),
        (r"(\d{1,2}|[一二三四五六七八九十廿]{2,3})[日号](?:[^\d楼厅仓线井炉机项]|$)".into(), day_only),
    ]
}

/// All spans of a clause, left to right, without overlap; earlier rules win.
pub(super) fn spans(text: &str, ctx: &Context) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut taken = vec![false; text.len()];
    for rule in RULES.iter() {
        let mut from = 0;
        while let Some(captures) = rule.regex.captures_at(text, from) {
            let Some(whole) = captures.get(0).filter(|all| !all.is_empty()) else { break };
            from = whole.end();
            let all = captures.name("only").unwrap_or(whole);
            if is_a_bit(text, all.start(), all.end()) {
                continue;
            }
            if let Some(busy) = taken[all.start()..all.end()].iter().rposition(|t| *t) {
                // 明早八点: the hour begins within the day; what is left of it is tried by itself.
                if all.start() + busy + 1 < all.end() && taken[all.start()] {
                    from = all.start() + busy + 1;
                }
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
    found.iter_mut().for_each(|span| next_week(text, span, ctx));
    joined(text, found, ctx)
}

/// 弄了一点, 快一点: a little, and no hour.
fn is_a_bit(text: &str, start: usize, end: usize) -> bool {
    let measured = ['了', '差', '快', '慢', '早', '多', '少', '好', '有', '剩', '还'];
    &text[start..end] == "一点" && text[..start].ends_with(measured)
}

/// Until thursday, said on a thursday, is the next one.
fn next_week(text: &str, span: &mut Span, ctx: &Context) {
    let What::Day(day) = &mut span.what else { return };
    let (before, words) = (text[..span.start].trim_end(), text[span.start..span.end].trim());
    let english = words.is_ascii() && !words.contains(' ') && super::dates::weekday_name(words).is_some();
    let weekday = english || words.starts_with(['周', '星', '礼']);
    let aims = before.ends_with(['到', '至']) || ["till", "until", "til"].iter().any(|w| before.ends_with(w));
    if weekday && aims && day.next == ctx.now.date() && day.last == day.next {
        *day = Day::fixed(super::dates::shift(day.next, 7));
    }
}

/// Leading and trailing context a pattern needed but that does not belong to the span.
fn tight(text: &str, c: &Captures, what: &What, start: usize, end: usize) -> (usize, usize) {
    // What a pattern has to see around it is no part of it.
    if let Some(only) = c.name("only") {
        return (only.start(), only.end());
    }
    let lead = c.get(1).map_or("", |m| m.as_str());
    let is_lead = matches!(lead, "到" | "至" | "前" | "为" | "to " | "until " | "till " | "by ");
    let start = if is_lead { start + lead.len() } else { start };
    let piece = &text[start..end];
    let start = start + piece.len() - piece.trim_start().len();
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
            && text[last.end..span.start].trim_matches([' ', '的']).trim_start_matches("at").trim().is_empty()
        {
            let merged = match (&last.what, &span.what) {
                (day, What::Hour(minutes)) => {
                    // 今晚十点, tonight at nine: in the evening.
                    let words = &text[last.start..last.end];
                    let late = ["晚", "夜", "晚上", "tonight", "evening", "night"].iter().any(|w| words.ends_with(w));
                    let minutes = if late && *minutes < 12 * 60 { minutes + 12 * 60 } else { *minutes };
                    day_of(day).and_then(|d| at_minute(d, minutes))
                }
                // At ten tonight.
                (What::Hour(minutes), day)
                    if *minutes < 12 * 60
                        && ["tonight", "晚"].iter().any(|w| text[span.start..span.end].ends_with(w)) =>
                {
                    day_of(day).and_then(|d| at_minute(d, *minutes + 12 * 60))
                }
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

pub(super) fn group<'c>(c: &'c Captures, n: usize) -> &'c str {
    c.get(n).map_or("", |m| m.as_str())
}

pub(super) fn num(c: &Captures, n: usize) -> Option<u32> {
    u32::try_from(number(group(c, n))?).ok()
}

pub(super) fn bad(c: &Captures) -> What {
    What::BadDay(group(c, 0).trim().to_string())
}
