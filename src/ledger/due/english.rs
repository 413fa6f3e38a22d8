//! Days as English ledgers write them: 30 Sep 2022, 8-Oct-22, tomorrow, next Friday.
//!
//! Only adds forms to the table in `forms`; the rules are the same.

use regex::Captures;

use super::Span;
use super::forms::{Form, Spot, number, pattern};
use super::parts::whole_month;
use super::place::{Desk, Reading, days_of, doubt, month_end};

pub(super) const MONTH: &str = r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?";
const WEEKDAY: &str = r"(?P<wd>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b";

pub(super) fn forms() -> Vec<Form> {
    let form = |text: String, read| Form { pattern: pattern(&text), read };
    let short = MONTH.trim_end_matches(r"\b\.?");
    vec![
        form(
            format!(
                r"(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?P<s>[ \-/.]?){short}\.?(?P<s2>[ \-/.']{{0,2}})(?P<y>[0-9]{{2}})\b"
            ),
            date_short_year,
        ),
        form(format!(r"{short}\.?[\-/'](?P<y>[0-9]{{2}})\b"), month_short_year),
        form(
            format!(r"(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?[ \-]?(?:of )?{MONTH}(?:[ ,\-]{{0,2}}(?P<y>[0-9]{{4}}))?"),
            date,
        ),
        form(format!(r"{MONTH} ?(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?\b(?:,? ?(?P<y>[0-9]{{4}}))?"), date),
        form(format!(r"{MONTH}(?:,? (?P<y>[0-9]{{4}}))?"), whole_month),
        form(r"(?:today|tonight|tomorrow|the day after tomorrow)\b".to_owned(), near_day),
        form(format!(r"(?P<w>this |next |by )?{WEEKDAY}"), weekday),
    ]
}

pub(super) fn month_number(c: &Captures<'_>) -> Option<u32> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = c.name("mon")?.as_str();
    NAMES.iter().zip(1..).find(|(n, _)| word.starts_with(*n)).map(|(_, m)| m)
}

fn date(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let (month, day) = (month_number(c)?, number(c, "d")?);
    Some(match number(c, "y") {
        Some(y) => desk.full(i32::try_from(y).ok()?, month, day),
        None => desk.month_day(month, day),
    })
}

/// 15-Dec-26, as spreadsheets show a day. With two kinds of separators, a number that cannot be a year of this item or
/// words that make it something else, it is no year.
fn date_short_year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let (month, day, year) = (month_number(c)?, number(c, "d")?, short_year(c)?);
    let (first, second) = (c["s"].trim(), c["s2"].trim());
    let one_kind = first == second || second.is_empty() || second == "'";
    if !one_kind || goes_on(spot.after) {
        return None;
    }
    match desk.full(year, month, day) {
        Reading::Day(day) if desk.near(day) => Some(Reading::Day(day)),
        // With its two dashes it is a day all the same, and no span of days.
        _ if !second.is_empty() => Some(Reading::Bad(format!("the year {year} is out of range for this item"))),
        _ => None,
    }
}

/// Dec-26, as spreadsheets show a month. Where that is not the month to come, it may be the 26th as well: asked.
fn month_short_year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    if goes_on(spot.after) {
        return None;
    }
    let month = month_number(c)?;
    let shown = month_end(short_year(c)?, month).filter(|d| desk.near(*d));
    let coming = desk.end_without_year(|y| month_end(y, month));
    let typed = desk.month_day(month, number(c, "y")?);
    if let Some(end) = shown.filter(|d| desk.past() || coming == Reading::End(*d) || days_of(&typed, desk).is_empty()) {
        return Some(Reading::End(end));
    }
    let candidates: Vec<_> = days_of(&typed, desk).into_iter().chain(shown).collect();
    Some(doubt("a month and a year, or a day of the month?", &candidates))
}

fn short_year(c: &Captures<'_>) -> Option<i32> {
    Some(2000 + i32::try_from(number(c, "y")?).ok()?)
}

/// What follows makes the number before it an hour, or a day of the month named next.
pub(super) fn goes_on(after: &str) -> bool {
    const HOURS_AND_MONTHS: [&str; 16] = [
        ":", "am", "pm", "o'clock", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let after = after.trim_start_matches([' ', '-', '/']);
    HOURS_AND_MONTHS.iter().any(|word| after.starts_with(word))
}

fn near_day(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let days = match &c[0] {
        "tomorrow" => 1,
        "the day after tomorrow" => 2,
        _ => 0,
    };
    desk.reach(desk.found, Span::Days(days)).map(Reading::Day)
}

/// "next Friday" is said both of the coming one and of the one after: asked, unless they agree.
fn weekday(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let word = c.name("wd")?.as_str();
    let n = NAMES.iter().zip(0..).find(|(name, _)| word.starts_with(*name)).map(|(_, n)| n)?;
    let (this, next) = (desk.weekday(0, n)?, desk.weekday(1, n)?);
    let coming = if this < desk.found { next } else { this };
    let said_next = c.name("w").is_some_and(|w| w.as_str() == "next ");
    Some(if said_next && coming != next {
        doubt("the coming one or the one in the next week?", &[next, coming])
    } else {
        Reading::Day(coming)
    })
}
