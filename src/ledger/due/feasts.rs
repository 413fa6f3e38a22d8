//! Holidays as deadlines, in Chinese and English: 国庆前, 中秋后, before National Day, after the holiday.
//!
//! Forms of the table in `forms`. The year is completed as for a plain day: a holiday that has passed this
//! year and does not come back soon is asked about, with both years.

use chrono::{Datelike, NaiveDate};
use regex::Captures;

use super::forms::{Form, Spot, number, pattern, text, year_of};
use super::place::{Desk, HOLIDAYS, Reading, Rest, doubt, month_end};

/// English names, each with the calendar's short name.
const NAMES: [(&str, &str); 7] = [
    ("国庆", r"national day|guo ?qing"),
    ("中秋", r"mid[ \-]?autumn|moon(?:cake)? (?:day|festival)|zhong ?qiu"),
    ("端午", r"dragon[ \-]?boat|duan ?wu"),
    ("清明", r"qing ?ming|ching ?ming|tomb[ \-]?sweeping"),
    ("劳动", r"(?:international )?(?:labou?r|workers['’]?) day|may day"),
    ("春节", r"(?:chinese|lunar) new year|spring festival|cny\b"),
    ("元旦", r"new year['’]?s day"),
];
const WHEN: &str = r"(?:(?P<t>before|by|prior to|ahead of|until|till|after|following|during|over) )?(?:the )?(?:(?P<edge>start|beginning|eve|end) of )?(?:the )?";
const KIND: &str = r"(?:['’]s?)?(?: ?(?:day|festival|holidays?|break|vacation|golden week))*";

/// Where a deadline lies beside a holiday.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Before,
    After,
    /// 国庆期间: on which of its days is not said.
    Within,
    Unsaid,
}

impl Side {
    fn of(word: &str, edge: &str) -> Self {
        match (word, edge) {
            (
                "前夕" | "之前" | "以前" | "前" | "before" | "by" | "prior to" | "ahead of" | "until" | "till",
                "" | "start" | "beginning" | "eve",
            ) => Self::Before,
            ("之后" | "以后" | "后" | "after" | "following", "" | "end" | "结束" | "收假") => Self::After,
            ("期间" | "during" | "over", "") => Self::Within,
            _ => Self::Unsaid,
        }
    }

    /// The last working day before the holiday, the first one after it, or its last day.
    fn day(self, (first, last): Rest, desk: &Desk<'_>) -> Option<NaiveDate> {
        match self {
            Self::After => desk.workday_after(last),
            Self::Within => Some(last),
            Self::Before | Self::Unsaid => desk.workday_before(first),
        }
    }
}

pub(super) fn english() -> Vec<Form> {
    let form = |text: String, read| Form { pattern: pattern(&text), read };
    let names: Vec<String> = NAMES.iter().zip(0..).map(|((_, words), i)| format!("(?P<h{i}>{words})")).collect();
    vec![
        form(
            format!(
                r"{WHEN}(?:{}){KIND}(?P<eve> eve\b)?(?P<z>之前|以前|前|之后|以后|后)?(?:,? ?(?P<y>20[0-9]{{2}})\b)?",
                names.join("|")
            ),
            named,
        ),
        form(format!(r"{WHEN}new year(?:['’]?s)?(?P<eve> eve)?\b{KIND}"), new_year),
        form(
            format!(
                r"{WHEN}(?:(?:public|national|long|statutory|next|coming|upcoming) )*(?:holidays?|golden week|long weekend|festival|break)\b"
            ),
            some_holiday,
        ),
    ]
}

/// 国庆前, 2023年春节后.
pub(super) fn holiday(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let word = text(c, "h");
    let name = if word == "劳动节" { "劳动" } else { word };
    Some(feast(name, year_of(c, desk), Side::of(text(c, "t"), text(c, "edge")), desk))
}

fn named(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let (name, _) = NAMES.iter().zip(0..).find(|(_, i)| c.name(&format!("h{i}")).is_some())?.0;
    let year = number(c, "y").and_then(|y| i32::try_from(y).ok());
    let side = match (c.name("eve"), c.name("z")) {
        (Some(_), _) => Side::Unsaid,
        (None, Some(word)) => Side::of(word.as_str(), ""),
        (None, None) => Side::of(text(c, "t"), text(c, "edge")),
    };
    Some(feast(name, year, side, desk))
}

/// The deadline beside a holiday.
fn feast(name: &str, year: Option<i32>, side: Side, desk: &Desk<'_>) -> Reading {
    let this_year = desk.found.year();
    let day = |year| side.day(desk.holiday_in(name, year)?, desk);
    let (this, next) = match year {
        Some(year) => (day(year), None),
        None => (day(this_year), day(this_year + 1)),
    };
    let candidates: Vec<_> = [this, next].into_iter().flatten().collect();
    let chosen = desk.coming(this, next);
    match (chosen, candidates.is_empty()) {
        (_, true) => doubt(format!("the calendar does not hold {name} yet"), &[]),
        (None, _) if next.is_none() && year.is_none() => {
            // What lies more than half a year back is not meant.
            let lately: Vec<_> = candidates.into_iter().filter(|d| desk.lately(*d)).collect();
            doubt(format!("the calendar does not hold the next {name} yet"), &lately)
        }
        (Some(d), _) if matches!(side, Side::Before | Side::After) => Reading::Day(d),
        (Some(d), _) => doubt("before, during or after the holiday?", &[d]),
        (None, _) if year.is_some() => doubt("that holiday is over or has begun", &candidates),
        (None, _) => doubt("that holiday has passed this year: is next year meant?", &candidates),
    }
}

/// "Before the new year": the first of January, or Spring Festival.
fn new_year(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    Some(either_new_year(Side::of(text(c, "t"), text(c, "edge")), desk))
}

/// 年前, 年后.
pub(super) fn around_new_year(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    if text(c, "t").ends_with('后') {
        return Some(either_new_year(Side::After, desk));
    }
    let eve = desk.holiday_next("春节", desk.found).and_then(|(first, _)| desk.workday_before(first));
    let candidates: Vec<_> = month_end(desk.found.year(), 12).into_iter().chain(eve).collect();
    Some(doubt("before the new year or before Spring Festival?", &candidates))
}

fn either_new_year(side: Side, desk: &Desk<'_>) -> Reading {
    let day = |name| side.day(desk.holiday_next(name, desk.found)?, desk);
    let candidates: Vec<_> = ["元旦", "春节"].into_iter().filter_map(day).collect();
    doubt("the first of January or Spring Festival?", &candidates)
}

/// 节前: the next statutory holiday is likely, but nothing says so.
pub(super) fn some_holiday(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let next = HOLIDAYS
        .iter()
        .filter_map(|(_, name, _)| desk.holiday_next(name, desk.found))
        .filter(|(first, _)| *first > desk.found)
        .min();
    let side = Side::of(text(c, "t"), text(c, "edge"));
    // 重阳节前: the name of a festival that no calendar of rest days holds.
    let of_its_own = c[0].starts_with('节')
        && spot.before.chars().next_back().is_some_and(crate::cells::is_han)
        && !["在", "于", "至", "到", "限", "须", "应", "请"].iter().any(|w| spot.before.ends_with(w));
    let day = next.filter(|_| !of_its_own).and_then(|rest| side.day(rest, desk));
    Some(doubt("which holiday is meant?", &day.into_iter().collect::<Vec<_>>()))
}
