//! The same points in time as English ledgers write them: 30 Sep 2022, end of September, within
//! 5 working days, next Friday.
//!
//! Only adds forms to the table in `forms`; the rules are the same.

use chrono::{Datelike, NaiveDate};
use regex::Captures;

use super::Span;
use super::forms::{Form, Spot, number, pattern};
use super::place::{Desk, Reading, doubt, month_end, quarter_end, shift_month};

const MONTH: &str = r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?";
const WEEKDAY: &str = r"(?P<wd>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b";
const COUNT: &str = r"(?P<n>[0-9]{1,3}|one|two|three|four|five|six|seven|ten|an?)";

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
        form(format!(r"(?:the )?end of (?:the )?{MONTH}(?: (?P<y>[0-9]{{4}}))?"), month),
        form(format!(r"{MONTH}(?: (?P<y>[0-9]{{4}}))?"), month),
        form(r"(?:the )?(?:end of (?:the |this )?(?P<p>month|year|quarter|week)|eo(?P<s>[myqw]))\b".to_owned(), period),
        form(format!(r"{COUNT} ?(?P<k>working|business|calendar)? ?(?P<u>day|week|month|hour|year)s?\b"), span),
        form(r"(?:today|tonight|tomorrow|the day after tomorrow)\b".to_owned(), near_day),
        form(format!(r"(?P<w>this |next |by )?{WEEKDAY}"), weekday),
        form(r"next (?P<p>week|month)\b".to_owned(), next),
        form(r"(?:(?P<y>[0-9]{4})年?[ \-]?)?q(?P<q>[1-4])(?:[ \-](?P<y2>[0-9]{4}))?(?:末|底|内)?".to_owned(), quarter),
    ]
}

fn month_number(c: &Captures<'_>) -> Option<u32> {
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

/// Dec-26, as spreadsheets show a month.
fn month_short_year(c: &Captures<'_>, desk: &Desk<'_>, spot: &Spot<'_>) -> Option<Reading> {
    let end = month_end(short_year(c)?, month_number(c)?).filter(|d| desk.near(*d))?;
    (!goes_on(spot.after)).then_some(Reading::End(end))
}

fn short_year(c: &Captures<'_>) -> Option<i32> {
    Some(2000 + i32::try_from(number(c, "y")?).ok()?)
}

/// What follows makes the number before it an hour, or a day of the month named next.
fn goes_on(after: &str) -> bool {
    const HOURS_AND_MONTHS: [&str; 16] = [
        ":", "am", "pm", "o'clock", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let after = after.trim_start_matches([' ', '-', '/']);
    HOURS_AND_MONTHS.iter().any(|word| after.starts_with(word))
}

fn month(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let month = month_number(c)?;
    match number(c, "y") {
        Some(y) => month_end(i32::try_from(y).ok()?, month).map(|d| {
            if desk.plausible(d) {
                Reading::End(d)
            } else {
                Reading::Bad(format!("the year {y} is out of range for this item"))
            }
        }),
        None => Some(desk.end_without_year(|y| month_end(y, month))),
    }
}

fn period(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let found = desk.found;
    let word = c.name("p").or_else(|| c.name("s"))?.as_str();
    let end: Option<NaiveDate> = match word.chars().next()? {
        'm' => month_end(found.year(), found.month()),
        'y' => month_end(found.year(), 12),
        'q' => quarter_end(found.year(), found.month0() / 3 + 1),
        _ => desk.weekday(0, 6),
    };
    end.map(Reading::End)
}

fn quarter(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let q = number(c, "q")?;
    match number(c, "y").or_else(|| number(c, "y2")) {
        Some(y) => {
            let end = quarter_end(i32::try_from(y).ok()?, q)?;
            desk.plausible(end).then_some(Reading::End(end))
        }
        None => Some(desk.end_without_year(|y| quarter_end(y, q))),
    }
}

fn span(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    let n = match c.name("n")?.as_str() {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "ten" => 10,
        digits => digits.parse::<i64>().ok()?,
    };
    let working = c.name("k").is_some_and(|k| k.as_str() != "calendar");
    let span = match c.name("u")?.as_str() {
        "day" if working => Span::Workdays(n),
        "day" => Span::Days(n),
        "week" => Span::Days(7 * n),
        "month" => Span::Months(n),
        "year" => Span::Months(12 * n),
        _ if n % 24 == 0 => Span::Days(n / 24),
        _ => {
            let first = desk.reach(desk.found, Span::Days(n / 24))?;
            return Some(doubt("hours count from an hour that the ledger does not hold", &[first, first.succ_opt()?]));
        }
    };
    desk.reach(desk.found, span).map(|_| Reading::Span(span))
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

fn next(c: &Captures<'_>, desk: &Desk<'_>, _: &Spot<'_>) -> Option<Reading> {
    if &c["p"] == "week" {
        return desk.weekday(1, 6).map(Reading::End);
    }
    let first = shift_month(desk.found, 1)?;
    month_end(first.year(), first.month()).map(Reading::End)
}
