//! Cuts a folded deadline text into points in time and the words between them.
//!
//! Tries the forms at every position, then reads what may follow a date: a time of day, the weekday
//! that must agree, 前 or 后. Knows no vocabulary beyond that; `settle` weighs the result.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use regex::{Captures, Regex};

use super::forms::{FORMS, Spot, number, pattern};
use super::place::{Desk, Reading, doubt, falls_on, weekday_number};

/// One point in time in the text.
#[derive(Debug)]
pub(super) struct Point {
    pub reading: Reading,
    /// Words since the point before.
    pub before: String,
    /// 至 or a dash joins it to the point before.
    pub linked: bool,
    /// 后 or 起 follows: the deadline lies beyond it.
    pub after: bool,
    /// 左右 follows.
    pub about: bool,
    /// 前 or another word that closes a term follows.
    pub until: bool,
}

/// The points of a text in order, and the words behind the last one.
#[derive(Debug)]
pub(super) struct Scan {
    pub points: Vec<Point>,
    pub tail: String,
}

impl Scan {
    /// All words beside the points.
    pub(super) fn said(&self) -> String {
        let around = self.points.iter().map(|p| p.before.as_str()).chain([self.tail.as_str()]);
        around.collect::<Vec<_>>().join(" ")
    }
}

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[ t,]{0,2}(?P<p>上午|下午|晚上|晚间|中午|早上|凌晨|傍晚|早|晚)?\s?(?P<h>[0-9]{1,2})(?::(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]+)?)?|[时点](?:(?P<m2>[0-9]{1,2})分?|(?P<half>半))?(?:整|钟)?)\s?(?P<ap>am|pm)?(?:z|\+08:?00)?",
    )
});
static TIME_ENGLISH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r",? ?(?:at |by )?(?P<h>[0-9]{1,2})(?::(?P<m>[0-9]{2}))? ?(?P<ap>am|pm)\b"));
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s?\(?(?:周|星期|礼拜)(?P<d>[一二三四五六日天])\)?"));
static WEEKDAY_ENGLISH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r",? ?\(?(?P<d>mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|r|rs|rsday|nesday|urday)?\b\)?"));
static UNTIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\s?(?:之前|以前|前夕|前|截止|为止|止|之内|以内|内|当天|当日|下班前|下班之前|cob|eod)"));
static BEYOND: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s?(?:之后|以后|后|起|开始|以来)"));
static VAGUE: LazyLock<Regex> = LazyLock::new(|| pattern(r"初期?|中期?|前半段?|前期|早期"));
static ABOUT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s?(?:左右|前后|上下|前or后)"));

const LINKS: [&str; 12] = ["至", "到", "-", "~", "起至", "起到", "--", "~~", "to", "until", "through", "至到"];

/// Scans a folded text.
pub(super) fn scan(text: &str, desk: &Desk<'_>) -> Scan {
    let mut points: Vec<Point> = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let inside = c.is_ascii_alphanumeric() && words.ends_with(|w: char| w.is_ascii_alphanumeric());
        let hit = if inside { None } else { point_at(rest, text, &words, &points, desk) };
        match hit {
            Some((mut point, used)) => {
                point.before = std::mem::take(&mut words);
                points.push(point);
                rest = &rest[used..];
            }
            None => {
                words.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Scan { points, tail: words }
}

/// The point that begins here, with the number of bytes it takes.
fn point_at(rest: &str, text: &str, words: &str, points: &[Point], desk: &Desk<'_>) -> Option<(Point, usize)> {
    let join = words.trim_matches([' ', '(', ')']);
    let linked = !points.is_empty() && LINKS.contains(&join);
    let prev = points.last().and_then(|p| certain_day(&p.reading));
    for form in FORMS.iter() {
        let Some(c) = form.pattern.captures(rest) else {
            continue;
        };
        let end = c[0].len();
        let spot = Spot { prev, linked, whole: end == text.len(), before: words, after: &rest[end..] };
        if let Some(reading) = (form.read)(&c, desk, &spot) {
            let (point, tail) = with_tail(reading, linked, spot.after);
            return Some((point, end + tail));
        }
    }
    None
}

fn certain_day(reading: &Reading) -> Option<NaiveDate> {
    match reading {
        Reading::Day(d) | Reading::End(d) => Some(*d),
        Reading::At(t) => Some(t.date()),
        _ => None,
    }
}

/// Reads time, weekday and 前/后/左右 behind a point. 初 or 中 behind a period makes it no day: 四季度初, 下周中.
fn with_tail(mut reading: Reading, linked: bool, after: &str) -> (Point, usize) {
    let mut rest = after;
    if let Some(m) = VAGUE.find(rest).filter(|_| matches!(reading, Reading::End(_))) {
        reading = doubt("the beginning or the middle of a period is not a day", &[]);
        rest = &rest[m.end()..];
    }
    let (mut beyond, mut about) = (false, false);
    for _ in 0..3 {
        if let Reading::Day(d) = reading
            && let Some(c) = TIME.captures(rest).or_else(|| TIME_ENGLISH.captures(rest))
        {
            reading = at_time(d, &c);
            rest = &rest[c[0].len()..];
        }
        if let Some(c) = WEEKDAY.captures(rest).or_else(|| WEEKDAY_ENGLISH.captures(rest))
            && let (Some(d), Some(n)) = (certain_day(&reading), weekday_number(&c["d"]))
        {
            rest = &rest[c[0].len()..];
            if !falls_on(d, n) {
                reading = doubt(format!("{d} is not the weekday written beside it"), &[d]);
            }
        }
    }
    for (words, flag) in [(&ABOUT, &mut about), (&BEYOND, &mut beyond)] {
        // 后天 and the like are points of their own.
        if let Some(m) = words.find(rest).filter(|m| !rest[m.end()..].starts_with('天')) {
            *flag = true;
            rest = &rest[m.end()..];
        }
    }
    let open = rest;
    while let Some(m) = UNTIL.find(rest) {
        rest = &rest[m.end()..];
    }
    let until = rest.len() < open.len();
    let point = Point { reading, before: String::new(), linked, after: beyond, about, until };
    (point, after.len() - rest.len())
}

/// Midnight as a spreadsheet writes it means no time at all; 24:00 is the last minute of the day.
fn at_time(day: NaiveDate, c: &Captures<'_>) -> Reading {
    let hour = number(c, "h").unwrap_or(0);
    let half = c.name("half").map_or(0, |_| 30);
    let minute = number(c, "m").or_else(|| number(c, "m2")).unwrap_or(half);
    let second = number(c, "s").unwrap_or(0);
    let part = c.name("p").or_else(|| c.name("ap")).map_or("", |m| m.as_str());
    let hour = match part {
        "下午" | "傍晚" | "晚上" | "晚间" | "晚" | "pm" if hour < 12 => hour + 12,
        "晚上" | "晚间" | "晚" if hour == 12 => 24,
        "中午" if hour < 3 => hour + 12,
        "am" if hour == 12 => 0,
        _ => hour,
    };
    if (hour, minute, second) == (0, 0, 0) {
        return Reading::Day(day);
    }
    let time = if hour == 24 && minute == 0 {
        NaiveTime::from_hms_opt(23, 59, 0)
    } else {
        NaiveTime::from_hms_opt(hour, minute, second)
    };
    time.map_or_else(|| Reading::Bad(format!("{} is no time of day", c[0].trim())), |t| Reading::At(day.and_time(t)))
}
