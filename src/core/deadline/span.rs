//! The written form of a distance in time: `3wd`, `-7d`, `4h`, `15m`, `2mo`, `1y`, 3个工作日.
//!
//! Knows words and numbers only; what a span means on a calendar is in [`super`].
//! Called by whoever reads policies, forms and orders.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Largest number accepted in a text; anything longer is a slip of the pen.
const MOST: i64 = 1_000_000;

/// Signed distance in one of several kinds of day. Written and stored as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Span {
    /// Minutes on the clock, `15m`.
    Minutes(i64),
    /// Hours on the clock, `4h`.
    Hours(i64),
    /// Calendar days, `7d`; weeks are read as seven days.
    Days(i64),
    /// Working days of the organisation, `3wd`.
    Workdays(i64),
    /// Calendar months, `2mo`; twelve are a year, `1y`.
    Months(i64),
}

/// A span that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time span; write it as 3wd (working days), 7d, 4h, 15m, 2mo, 1y or 3个工作日")]
pub struct SpanError(String);

impl Span {
    /// The number without its unit.
    pub fn amount(self) -> i64 {
        match self {
            Span::Minutes(n) | Span::Hours(n) | Span::Days(n) | Span::Workdays(n) | Span::Months(n) => n,
        }
    }

    /// The same distance in the other direction.
    #[must_use]
    pub fn negated(self) -> Span {
        let opposite = self.amount().saturating_neg();
        match self {
            Span::Minutes(_) => Span::Minutes(opposite),
            Span::Hours(_) => Span::Hours(opposite),
            Span::Days(_) => Span::Days(opposite),
            Span::Workdays(_) => Span::Workdays(opposite),
            Span::Months(_) => Span::Months(opposite),
        }
    }

    /// Whether the distance is nothing at all.
    pub fn is_zero(self) -> bool {
        self.amount() == 0
    }

    /// Whether the distance points backwards.
    pub fn is_negative(self) -> bool {
        self.amount() < 0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Span::Minutes(n) => format!("{n}m"),
            Span::Hours(n) => format!("{n}h"),
            Span::Days(n) => format!("{n}d"),
            Span::Workdays(n) => format!("{n}wd"),
            Span::Months(n) if n != 0 && n % 12 == 0 => format!("{}y", n / 12),
            Span::Months(n) => format!("{n}mo"),
        };
        f.pad(&text)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;
    fn try_from(text: String) -> Result<Span, SpanError> {
        text.parse()
    }
}

impl FromStr for Span {
    type Err = SpanError;

    /// Reads the short form, English words (`3 working days`) and Chinese (`3个工作日`, 三天,
    /// 半年); full-width digits and spaces are accepted.
    fn from_str(text: &str) -> Result<Span, SpanError> {
        read(text).ok_or_else(|| SpanError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Span> {
    let folded: String = text.chars().map(half_width).collect::<String>().to_lowercase();
    let trimmed = folded.trim();
    let (sign, body) = match trimmed.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let body = body.trim_start();
    if let Some(unit) = body.strip_prefix('半') {
        return half(unit.strip_prefix('个').unwrap_or(unit), sign);
    }
    let unit_at = body.find(|c: char| !c.is_ascii_digit() && !is_numeral(c))?;
    let (number, unit) = body.split_at(unit_at);
    let n = number.parse().ok().or_else(|| numeral(number)).filter(|n| *n <= MOST)? * sign;
    let unit = unit.trim_start();
    // 个 is only a measure word: 3个工作日, 2个月.
    match unit.strip_prefix('个').unwrap_or(unit).trim() {
        "wd" | "working day" | "working days" | "workday" | "workdays" | "business day" | "business days"
        | "工作日" => Some(Span::Workdays(n)),
        "d" | "day" | "days" | "天" | "日" | "自然日" | "日历天" => Some(Span::Days(n)),
        "w" | "week" | "weeks" | "周" | "星期" | "礼拜" => Some(Span::Days(n * 7)),
        "h" | "hour" | "hours" | "小时" | "钟头" => Some(Span::Hours(n)),
        "m" | "min" | "minute" | "minutes" | "分钟" | "分" => Some(Span::Minutes(n)),
        "mo" | "month" | "months" | "月" => Some(Span::Months(n)),
        "y" | "year" | "years" | "年" => Some(Span::Months(n * 12)),
        _ => None,
    }
}

/// 半小时, 半个月 (fifteen days in office usage), 半年.
fn half(unit: &str, sign: i64) -> Option<Span> {
    match unit {
        "小时" | "钟头" => Some(Span::Minutes(30 * sign)),
        "天" | "日" => Some(Span::Hours(12 * sign)),
        "月" => Some(Span::Days(15 * sign)),
        "年" => Some(Span::Months(6 * sign)),
        _ => None,
    }
}

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        // The full-width forms lie at a fixed distance from ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    }
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || c == '十' || c == '百'
}

fn digit(c: char) -> Option<i64> {
    "零一二三四五六七八九".chars().zip(0..).find(|(d, _)| *d == c).map(|(_, n)| n).or(match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

/// Chinese numbers below a thousand: 三, 十五, 二十, 一百, 一百二十.
fn numeral(text: &str) -> Option<i64> {
    let (mut total, mut pending, mut smallest) = (0, None, 1000);
    for c in text.chars() {
        let unit = match c {
            '百' => 100,
            '十' => 10,
            _ => {
                // 零 only separates (一百零五); two digits side by side are not a number here.
                if pending.is_some_and(|p| p != 0) {
                    return None;
                }
                pending = Some(digit(c)?);
                continue;
            }
        };
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total += pending.take().unwrap_or(1) * unit;
    }
    (!text.is_empty()).then(|| total + pending.unwrap_or(0))
}
