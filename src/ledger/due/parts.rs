//! Periods and parts of them as English ledgers write them: early October, first half of October, end of Q4, year end,
//! H1 2023, next month.
//!
//! Forms of the table in `forms`. A part of a month ends where 上旬, 上半月, 中旬 and 下旬 do; a part of a longer period
//! that ends on no certain day is asked about.

use chrono::{Datelike, NaiveDate};
use regex::Captures;

use super::english::{MONTH, month_number};
use super::forms::{Form, Spot, number, pattern, text};
use super::place::{Desk, Reading, checked_end, days_of, doubt, month_end, quarter_end, shift_month};

const PART: &str = r"(?:the )?(?P<part>(?:very )?(?:start|beginning|begin)|early(?: part)?|(?:first|1st|former) (?:half|(?:ten|10) days)|mid(?:dle)?(?: part)?|middle (?:ten|10) days|(?:second|2nd|latter|last|other) half|late|latter part|end|close|last (?:ten|10) days|last day)[ \-]?(?:(?:of|in) )?(?:the )?";
const QUARTER: &str = r"(?:q(?P<q>[1-4])|(?P<qn>first|second|third|fourth|1st|2nd|3rd|4th|last|final) quarter)\b(?:[ ,\-]{0,2}(?:(?:of|in) )?(?P<qy>20[0-9]{2}|(?:the|this|next) year)\b)?";
const RELATIVE: &str =
    r"(?P<rel>this|next|the current|current|the coming|coming|the following|following|the same|same|the|last)";
const UNIT: &str = r"(?P<unit>week|month|quarter|half[ \-]year|year)";

pub(super) fn forms() -> Vec<Form> {
    let form = |text: String, read| Form { pattern: pattern(&text), read };
    vec![
        form(
            format!(r"{PART}(?P<next>this |next |last )?{MONTH}(?:,? (?P<y>[0-9]{{4}})|[\-'](?P<yy>[0-9]{{2}})\b)?"),
            month,
        ),
        form(format!(r"{PART}{QUARTER}"), quarter),
        form(
            format!(r"(?:(?P<y>20[0-9]{{2}})[ \-]?)?(?:{PART})?{QUARTER}(?:[ \-]?(?P<end>end)\b)?(?:末|底|内)?"),
            quarter,
        ),
        form(format!(r"{PART}(?:{RELATIVE} )?(?:calendar )?{UNIT}\b(?: (?:of )?(?P<y>20[0-9]{{2}})\b)?"), relative),
        form(
            format!(
                r"(?:the )?(?:{RELATIVE} )?{UNIT}(?:['’]?s)?[ \-]?(?P<part>end|close)\b(?: (?:of )?(?P<y>20[0-9]{{2}})\b)?"
            ),
            relative,
        ),
        form(r"(?P<y>20[0-9]{2})[ \-](?P<unit>year)?[ \-]?(?P<part>end)\b".to_owned(), relative),
        form(format!(r"{PART}(?P<y>20[0-9]{{2}})\b"), relative),
        form(r"(?:in|during|within|by|before|until|till) (?P<y>20[0-9]{2})\b".to_owned(), year),
        form(r"(?:(?P<y>20[0-9]{2})[ \-]?)?h(?P<h>[12])\b(?:[ \-]?(?P<y2>20[0-9]{2})\b)?".to_owned(), half_year),
        form(r"eo(?P<eo>[mqyw])\b".to_owned(), relative),
        form(
            format!(
                r"(?:within |during |in )?(?P<rel>this|next|the current|the coming|the following|the same) {UNIT}\b"
            ),
            relative,
        ),
        form(format!(r"(?:within|during|in) (?P<rel>the) {UNIT}\b"), relative),
        form(
            format!(
                r"(?:the )?(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th) (?:full |working )?week (?:of|in) (?:(?:the |this )?month\b|(?P<rel>next) month\b|{MONTH})"
            ),
            week_of_month,
        ),
        form(
            format!(
                r"(?:the )?last (?:working|business|work) day (?:of|in) (?:(?:the |this )?(?:month\b)|(?P<rel>next) month\b|{MONTH}(?: (?P<y>20[0-9]{{2}})\b)?)"
            ),
            last_workday,
        ),
    ]
}

/// A part of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Start,
    FirstHalf,
    Middle,
    /// The second half, the late part, the end, or the whole: all end with the period.
    End,
}

fn part(c: &Captures<'_>) -> Part {
    let word = text(c, "part").trim_start_matches("very ");
    if ["start", "begin", "early", "first ten", "first 10", "1st ten", "1st 10"].iter().any(|w| word.starts_with(w)) {
        Part::Start
    } else if ["first", "1st", "former"].iter().any(|w| word.starts_with(w)) {
        Part::FirstHalf
    } else if word.starts_with("mid") {
        Part::Middle
    } else {
        Part::End
    }
}

fn year_in(c: &Captures<'_>, name: &str) -> Option<i32> {
    let year = i32::try_from(number(c, name)?).ok()?;
    Some(if year < 100 { 2000 + year } else { year })
}

/// "Before October" may mean before it begins or before it ends; "by October" too.
fn bounded(spot: &Spot<'_>) -> bool {
    let before = spot.before.trim_end_matches([' ', '(']);
    let before = before.strip_suffix(" the").unwrap_or(before);
    ["before", "by", "until", "till", "prior to", "ahead of"].iter().any(|w| before.ends_with(w))
}

/// A whole period that nothing but "before" or "by" bounds: two readings.
fn whole(end: Reading, begin: Option<NaiveDate>, spot: &Spot<'_>, desk: &Desk<'_>) -> Reading {
    match (&end, begin.and_then(|d| d.pred_opt())) {
        (Reading::End(_), Some(eve)) if bounded(spot) => {
            let candidates: Vec<_> = [eve].into_iter().chain(days_of(&end, desk)).collect();
            doubt("before the period begins or before it ends?", &candidates)
        }
        _ => end,
    }
}

fn month_part(part: Part, year: i32, month: u32) -> Option<NaiveDate> {
    match part {
        Part::Start => NaiveDate::from_ymd_opt(year, month, 10),
        Part::FirstHalf => NaiveDate::from_ymd_opt(year, month, 15),
        Part::Middle => NaiveDate::from_ymd_opt(year, month, 20),
        Part::End => month_end(year, month),
    }
}

fn month(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (month, part) = (month_number(c)?, part(c));
    // "The beginning of October 8" is no period.
    if spot.after.trim_start_matches([' ', '-']).starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let of = |y| month_part(part, y, month);
    let reading = match year_in(c, "y").or_else(|| year_in(c, "yy")) {
        Some(y) => checked_end(of(y), desk),
        None => desk.end_without_year(of),
    };
    Some(match (text(c, "next"), &reading) {
        ("next " | "last ", Reading::End(d)) => doubt(
            "this year's month or the next one's?",
            &[Some(*d), of(d.year() + 1)].into_iter().flatten().collect::<Vec<_>>(),
        ),
        _ => reading,
    })
}

/// A month and no more.
pub(super) fn whole_month(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let month = month_number(c)?;
    let reading = match year_in(c, "y") {
        Some(y) => checked_end(month_end(y, month), desk),
        None => desk.end_without_year(|y| month_end(y, month)),
    };
    let Reading::End(end) = reading else { return Some(reading) };
    let before = spot.before.trim_end_matches(' ');
    if before.ends_with("next") || before.ends_with("last") {
        let later = month_end(end.year() + 1, month);
        return Some(doubt(
            "this year's month or the next one's?",
            &[Some(end), later].into_iter().flatten().collect::<Vec<_>>(),
        ));
    }
    if before.ends_with(" of") {
        return Some(doubt("a part of a month that names no day", &[end]));
    }
    Some(whole(reading, end.with_day(1), spot, desk))
}

fn quarter(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let named = text(c, "qn");
    let q = match named {
        "first" | "1st" => 1,
        "second" | "2nd" => 2,
        "third" | "3rd" => 3,
        "" => number(c, "q")?,
        _ => 4,
    };
    let this = desk.found.year();
    let year = year_in(c, "y").or(match text(c, "qy") {
        "" => None,
        "next year" => Some(this + 1),
        "the year" | "this year" => Some(this),
        _ => year_in(c, "qy"),
    });
    let end = match year {
        Some(y) => checked_end(quarter_end(y, q), desk),
        None => desk.end_without_year(|y| quarter_end(y, q)),
    };
    let Reading::End(last) = end else { return Some(end) };
    if matches!(named, "last" | "final") && year.is_none() {
        return Some(doubt("the last quarter of the year, or the one before this?", &[last]));
    }
    let (from, middle) = (shift_month(last, -2)?, shift_month(last, -1)?);
    Some(match part(c) {
        Part::End if text(c, "part").is_empty() && c.name("end").is_none() => whole(end, Some(from), spot, desk),
        Part::End => end,
        Part::Start => doubt("the beginning of a quarter is not a day", &[month_end(from.year(), from.month())?]),
        _ => doubt("the middle of a quarter is not a day", &[month_end(middle.year(), middle.month())?]),
    })
}

/// This month, the end of next week, year end, early 2023.
fn relative(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (rel, after) = (text(c, "rel"), spot.after.trim_start_matches(' '));
    if after.starts_with("after next") || rel == "last" {
        return Some(doubt("which period is meant?", &[]));
    }
    let sign = |c: char| matches!(c, '.' | '/' | '-');
    if after.trim_start_matches(sign).starts_with(|c: char| c.is_ascii_digit()) || spot.after.starts_with('年') {
        return None;
    }
    let ahead = ["next", "following", "coming"].iter().any(|w| rel.ends_with(w));
    let unit = match c.name("eo").map_or(text(c, "unit"), |m| m.as_str()) {
        "w" | "week" => 'w',
        "m" | "month" => 'm',
        "q" | "quarter" => 'q',
        u if u.starts_with("half") => 'h',
        _ => 'y',
    };
    let (begin, end) = around(unit, ahead, year_in(c, "y"), desk)?;
    let reading = checked_end(Some(end), desk);
    if text(c, "part").is_empty() && c.name("eo").is_none() {
        return Some(if ahead { whole(reading, Some(begin), spot, desk) } else { reading });
    }
    let this = part_of(unit, part(c), begin, reading, desk);
    let passed = days_of(&this, desk).first().is_some_and(|d| *d < desk.found);
    match this {
        Reading::Doubt { reason, candidates, .. } if passed && !ahead && c.name("y").is_none() => {
            let (begin, end) = around(unit, true, None, desk)?;
            let later = days_of(&part_of(unit, part(c), begin, Reading::End(end), desk), desk);
            Some(doubt(reason, &candidates.into_iter().chain(later).collect::<Vec<_>>()))
        }
        this => Some(this),
    }
}

/// First and last day of a period of a kind: of the year given, this one, or the next.
fn around(unit: char, ahead: bool, year: Option<i32>, desk: &Desk<'_>) -> Option<(NaiveDate, NaiveDate)> {
    let found = desk.found;
    let by = i32::from(ahead);
    let span = |first: NaiveDate, months: u32| {
        let last = shift_month(first, i32::try_from(months).ok()? - 1)?;
        Some((first, month_end(last.year(), last.month())?))
    };
    let begin = |months: u32| {
        shift_month(
            NaiveDate::from_ymd_opt(found.year(), found.month0() / months * months + 1, 1)?,
            by * i32::try_from(months).ok()?,
        )
    };
    match unit {
        'w' => Some((desk.weekday(u64::from(ahead), 0)?, desk.weekday(u64::from(ahead), 6)?)),
        'm' => span(begin(1)?, 1),
        'q' => span(begin(3)?, 3),
        'h' => span(begin(6)?, 6),
        _ => span(NaiveDate::from_ymd_opt(year.unwrap_or(found.year() + by), 1, 1)?, 12),
    }
}

/// The last day of a part of a period, where it has one for certain.
fn part_of(unit: char, part: Part, begin: NaiveDate, end: Reading, desk: &Desk<'_>) -> Reading {
    let month_of = |n| shift_month(begin, n).and_then(|d| month_end(d.year(), d.month()));
    let day = match (unit, part) {
        (_, Part::End) => return end,
        ('m', _) => month_part(part, begin.year(), begin.month()),
        ('y', Part::FirstHalf) => month_of(5),
        _ => None,
    };
    let vague = match (unit, part) {
        ('y', Part::Start) => vec![month_of(0), month_of(2)],
        ('y', _) => vec![month_of(5)],
        ('q' | 'h', Part::Start) => vec![month_of(0)],
        ('q', _) => vec![month_of(1)],
        ('w', Part::Start) => vec![Some(begin)],
        ('w', _) => vec![begin.checked_add_days(chrono::Days::new(2))],
        _ => vec![month_of(2)],
    };
    match day {
        Some(d) if d >= desk.found => Reading::End(d),
        Some(d) => doubt("this part of the period has passed", &[d]),
        None => doubt(
            "the beginning or the middle of a period is not a day",
            &vague.into_iter().flatten().collect::<Vec<_>>(),
        ),
    }
}

/// In 2023, before 2023.
fn year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (y, after) = (year_in(c, "y")?, spot.after.trim_start_matches([' ', '-', '.', '/', ',']));
    if after.starts_with(|c: char| c.is_ascii_alphanumeric()) || after.starts_with('年') {
        return None;
    }
    let end = checked_end(month_end(y, 12), desk);
    let bounded = !["in ", "during ", "within "].iter().any(|w| c[0].starts_with(w));
    Some(match end {
        Reading::End(d) if bounded => doubt(
            "before the year begins or before it ends?",
            &[month_end(y - 1, 12), Some(d)].into_iter().flatten().collect::<Vec<_>>(),
        ),
        end => end,
    })
}

/// H1 2023, 2022 H2.
fn half_year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let h = number(c, "h")?;
    let end = match year_in(c, "y").or_else(|| year_in(c, "y2")) {
        Some(y) => checked_end(month_end(y, 6 * h), desk),
        None => desk.end_without_year(|y| month_end(y, 6 * h)),
    };
    let begin = days_of(&end, desk).first().and_then(|d| shift_month(*d, -5));
    Some(whole(end, begin, spot, desk))
}

fn month_meant(c: &Captures<'_>, desk: &Desk<'_>) -> Option<(i32, u32)> {
    if let Some(month) = month_number(c) {
        let end = match year_in(c, "y") {
            Some(y) => month_end(y, month),
            None => match desk.end_without_year(|y| month_end(y, month)) {
                Reading::End(d) => Some(d),
                _ => None,
            },
        }?;
        return Some((end.year(), month));
    }
    let first = shift_month(desk.found, i32::from(text(c, "rel") == "next"))?;
    Some((first.year(), first.month()))
}

/// The first week of October: its first seven days, or the week with its first day?
fn week_of_month(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let Some((year, month)) = month_meant(c, desk) else {
        return Some(doubt("a week of which month?", &[]));
    };
    let (first, last) = (NaiveDate::from_ymd_opt(year, month, 1)?, month_end(year, month)?);
    let n = match text(c, "nth") {
        "first" | "1st" => 1,
        "second" | "2nd" => 2,
        "third" | "3rd" => 3,
        "last" => return Some(doubt("the last days of a month, or its last whole week?", &[last])),
        _ => 4,
    };
    let days = first.checked_add_days(chrono::Days::new(7 * n - 1))?;
    let sunday = first.week(chrono::Weekday::Mon).last_day().checked_add_days(chrono::Days::new(7 * (n - 1)))?;
    Some(doubt("seven days each, or weeks from Monday?", &[days, sunday]))
}

fn last_workday(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let meant = month_meant(c, desk).and_then(|(year, month)| desk.workday_before(month_end(year, month)?.succ_opt()?));
    Some(match meant {
        Some(d) if d >= desk.found => Reading::Day(d),
        d => doubt("that day has passed, or the month is not certain", &d.into_iter().collect::<Vec<_>>()),
    })
}
