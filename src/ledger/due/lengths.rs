//! Lengths of time that take more than a number and a unit: half a year, a fortnight, 1.5个月, one to two weeks.
//!
//! Forms of the table in `forms`, tried before dates: what a unit follows is no date. Two lengths, or words
//! such as "a few", set no day and are asked about.

use regex::Captures;

use super::Span;
use super::forms::{Form, Spot, number, pattern, text};
use super::place::{Desk, Reading, doubt};

const NUMBER: &str = r"[0-9]{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ \-](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a|one) hundred|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|one|two|three|four|five|six|seven|eight|nine";
const UNIT: &str = r"(?:(?P<k>working|business|work|calendar|full|whole|clear)[ \-])?(?P<u>day|week|fortnight|month|quarter|half[ \-]year|year|hour)s?\b(?:['’]s?)?(?: time\b)?";
const CHINESE_UNIT: &str = r"(?P<u>个?工作[日天]|个?自然[日天]|天|个?星期|个?礼拜|周|个月|年|个?小时)";

pub(super) fn forms() -> Vec<Form> {
    let form = |text: String, read| Form { pattern: pattern(&text), read };
    vec![
        form(format!(r"(?P<a>[0-9]{{1,3}})\.(?P<f>[0-9]{{1,2}})\s?{CHINESE_UNIT}"), fraction),
        form(format!(r"(?P<a>[0-9]{{1,3}})\.(?P<f>[0-9]{{1,2}})[ \-]?{UNIT}"), fraction),
        form(format!(r"(?P<n>{NUMBER}|an?)[ \-]and[ \-]a[ \-]half[ \-]{UNIT}"), and_a_half),
        form(format!(r"(?P<n>{NUMBER}|an?) {UNIT} and a half\b"), and_a_half),
        form(format!(r"half[ \-](?:(?:of )?an? )?{UNIT}"), half),
        form(format!(r"(?P<n>{NUMBER}|an?) ?(?P<s>-|~|to|or) ?(?P<m>{NUMBER})[ \-]?{UNIT}"), two_lengths),
        form(format!(r"(?P<n>an?|one) {UNIT},? or (?:(?P<m>two|three)\b|so\b|more\b|less\b)"), two_lengths),
        form(format!(r"(?:a |the next )?(?P<w>couple(?: of)?|few|several|some) {UNIT}"), loose),
        form(format!(r"(?P<n>{NUMBER}|an?)[ \-]?{UNIT}"), length),
    ]
}

/// The value of an English number word, or of digits.
fn value(word: &str) -> Option<i64> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let place = |list: &[&str], word: &str| list.iter().zip(0i64..).find(|(w, _)| **w == word).map(|(_, n)| n);
    match word {
        "a" | "an" => return Some(1),
        "a hundred" | "one hundred" => return Some(100),
        _ => {}
    }
    if let Some(n) = word.parse().ok().or_else(|| place(&SMALL, word)) {
        return Some(n);
    }
    let (tens, ones) = word.split_once([' ', '-']).unwrap_or((word, "zero"));
    Some((place(&TENS, tens)? + 2) * 10 + place(&SMALL, ones)?)
}

/// A number of units; `None` for hours that are no whole days.
fn of(n: i64, c: &Captures<'_>) -> Option<Span> {
    let unit = text(c, "u");
    let working = unit.contains("工作") || matches!(text(c, "k"), "working" | "business" | "work");
    Some(match unit {
        "day" | "天" if !working => Span::Days(n),
        _ if working => Span::Workdays(n),
        "week" | "周" => Span::Days(7 * n),
        "fortnight" => Span::Days(14 * n),
        "month" | "个月" => Span::Months(n),
        "quarter" => Span::Months(3 * n),
        "year" | "年" => Span::Months(12 * n),
        u if u.starts_with("half") => Span::Months(6 * n),
        u if u.contains("星期") || u.contains("礼拜") => Span::Days(7 * n),
        u if u.contains("自然") => Span::Days(n),
        _ if n % 24 == 0 => Span::Days(n / 24),
        _ => return None,
    })
}

/// `n` and a half units, where that is a length of whole days.
fn halves(n: i64, c: &Captures<'_>) -> Option<Span> {
    match text(c, "u") {
        "month" | "个月" => Some(Span::Days(30 * n + 15)),
        "year" | "年" => Some(Span::Months(12 * n + 6)),
        "fortnight" => Some(Span::Days(14 * n + 7)),
        _ => None,
    }
}

/// The words before make it a part of something else: "one hundred and", "the first", "twenty-".
fn belongs_to_more(spot: &Spot<'_>) -> bool {
    let before = spot.before.trim_end_matches(' ');
    spot.before.ends_with('-')
        || [" and", "hundred", "first", "second", "third", "last", "final", "half"].iter().any(|w| before.ends_with(w))
}

fn certain(span: Option<Span>, desk: &Desk<'_>) -> Reading {
    match span.filter(|s| *s != Span::Days(0)).and_then(|s| Some((s, desk.reach(desk.found, s)?))) {
        Some((span, day)) if (day - desk.found).num_days() <= 3660 => Reading::Span(span),
        _ => doubt("a length that reaches no certain day", &[]),
    }
}

fn between(least: i64, most: i64, c: &Captures<'_>, desk: &Desk<'_>) -> Reading {
    let ends = [least, most].into_iter().filter_map(|n| desk.reach(desk.found, of(n, c)?));
    doubt("a span with two lengths", &ends.collect::<Vec<_>>())
}

fn length(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let n = value(text(c, "n"))?;
    if belongs_to_more(spot) {
        return Some(doubt("a length that is part of other words", &[]));
    }
    Some(match of(n, c) {
        None => {
            let first = desk.reach(desk.found, Span::Days(n / 24))?;
            doubt("hours count from an hour that the ledger does not hold", &[first, first.succ_opt()?])
        }
        span => certain(span, desk),
    })
}

fn half(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if belongs_to_more(spot) {
        return None;
    }
    Some(certain(halves(0, c), desk))
}

fn and_a_half(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let n = value(text(c, "n"))?;
    Some(match halves(n, c) {
        None => between(n, n + 1, c, desk),
        span => certain(span, desk),
    })
}

/// 1.5个月 is forty-five days, 0.5年 six months; other fractions end on no certain day.
fn fraction(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let n = i64::from(number(c, "a")?);
    Some(match halves(n, c).filter(|_| text(c, "f").trim_end_matches('0') == "5") {
        None => between(n, n + 1, c, desk),
        span => certain(span, desk),
    })
}

fn two_lengths(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let least = value(text(c, "n"))?;
    let most = c.name("m").map_or(Some(least), |m| value(m.as_str()))?;
    // Twenty-one is one number.
    if text(c, "s") == "-" && least % 10 == 0 && most < 10 && text(c, "n").ends_with("ty") {
        return None;
    }
    Some(between(least, most, c, desk))
}

/// "A couple of weeks" is mostly two, "a few" is anything.
fn loose(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let couple = text(c, "w").starts_with("couple");
    let day = of(2, c).filter(|_| couple).and_then(|span| desk.reach(desk.found, span));
    Some(doubt("a length without a number", &day.into_iter().collect::<Vec<_>>()))
}
