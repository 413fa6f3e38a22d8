//! Decides what a deadline cell means, once it is cut into points and words.
//!
//! Order: nothing said, a status in the wrong column, repetition, several points (range, extension,
//! contradiction), one point, words alone. Every path that is not certain ends in candidates and a
//! reason.

use chrono::NaiveDate;

use super::clauses::{self, Told};
use super::fold::fold;
use super::place::{Desk, Reading, days_of as days};
use super::scan::{Point, Scan, scan};
use super::words::{self, Words};
use super::{DueCell, DueReading};
use crate::cells;

/// Reads a cell against a desk.
pub(super) fn settle(raw: &str, desk: &Desk<'_>) -> DueReading {
    if let Some(day) = iso(raw).filter(|day| desk.plausible(*day)) {
        return done("date", DueCell::Date(day), day.to_string(), Vec::new());
    }
    let text = fold(raw);
    if let Some(reading) = nothing_said(&text) {
        return reading;
    }
    if let Some(meant) = letters_for_digits(&text) {
        let guess = settle(&meant, desk);
        return match guess.day() {
            Some(d) => ambiguous("a letter stands among the digits", vec![d], None, Vec::new()),
            None => invalid("a letter stands among the digits"),
        };
    }
    let mut scan = scan(&text, desk);
    let mut said = scan.said();
    let mut words = Words::of(&said);
    let mut notes = Vec::new();
    if scan.points.is_empty() {
        return words_alone(&text, words, desk);
    }
    if words::repeated(&text) {
        return done("ongoing", DueCell::Ongoing, String::new(), vec!["a recurring date".to_owned()]);
    }
    if words::claims_done(&said) && !words.moved {
        scan = match clauses::told(scan, desk) {
            Told::Deadline(rest) => rest,
            Told::Perhaps(days) if !days.is_empty() => {
                return ambiguous("a status and a date: is it the deadline?", days, None, notes);
            }
            Told::Perhaps(_) | Told::Status => {
                return status_in_place(words, desk, "a status with a date, not a deadline");
            }
        };
        notes.push("the cell also tells what has been done".to_owned());
        said = scan.said();
        words = Words::of(&said);
    }
    let Scan { mut points, tail } = scan;
    drop_discovery(&mut points, &tail, desk);
    let range = points.last().is_some_and(|p| p.linked);
    let point = match one_point(points, desk, &mut notes) {
        Ok(point) => point,
        Err(candidates) => return ambiguous("several dates in one cell", candidates, None, notes),
    };
    weigh(&point, range, words, &said, desk, notes)
}

/// 2022-09-30 and nothing else: what real date cells come as, so the way for them is short.
fn iso(raw: &str) -> Option<NaiveDate> {
    let bytes = raw.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let form = bytes.len() == 10
        && digits(&bytes[..4])
        && digits(&bytes[5..7])
        && digits(&bytes[8..])
        && (bytes[4], bytes[7]) == (b'-', b'-');
    if form { raw.parse().ok() } else { None }
}

fn done(label: &'static str, cell: DueCell, value: String, why: Vec<String>) -> DueReading {
    DueReading { cell, why, label, value }
}

fn none(cell: DueCell, why: &str) -> DueReading {
    let why = if why.is_empty() { Vec::new() } else { vec![why.to_owned()] };
    done("none", cell, String::new(), why)
}

fn ambiguous(reason: &str, mut candidates: Vec<NaiveDate>, value: Option<String>, mut why: Vec<String>) -> DueReading {
    let mut seen = Vec::new();
    candidates.retain(|d| {
        !seen.contains(d) && {
            seen.push(*d);
            true
        }
    });
    let value = value.unwrap_or_else(|| {
        let days: Vec<String> = candidates.iter().map(NaiveDate::to_string).collect();
        days.join(" or ")
    });
    why.insert(0, reason.to_owned());
    let cell = DueCell::Unreadable { reason: reason.to_owned(), candidates };
    done("ambiguous", cell, value, why)
}

fn invalid(reason: &str) -> DueReading {
    let cell = DueCell::Unreadable { reason: reason.to_owned(), candidates: Vec::new() };
    done("invalid", cell, String::new(), vec![reason.to_owned()])
}

/// Empty, a dash, 无, a ditto mark left alone, or the #### of a column too narrow.
fn nothing_said(text: &str) -> Option<DueReading> {
    if cells::is_nothing(text) {
        return Some(none(DueCell::Missing, ""));
    }
    if cells::is_ditto(text) {
        return Some(none(DueCell::Missing, "a ditto mark with nothing above it"));
    }
    let unreadable = |reason: &str| DueCell::Unreadable { reason: reason.to_owned(), candidates: Vec::new() };
    if text.chars().all(|c| c == '#') {
        let reason = "the column was too narrow when the text was copied";
        return Some(none(unreadable(reason), reason));
    }
    if text.starts_with('#') && text.ends_with(['!', '?', 'a']) {
        return Some(none(unreadable("the cell holds a formula error"), "the cell holds a formula error"));
    }
    None
}

/// 2022.9.3O: the letters O and l typed for 0 and 1. The text with digits put in their place.
fn letters_for_digits(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let letter = |i: usize| chars.get(i).is_some_and(char::is_ascii_alphabetic);
    let lone = |i: usize| {
        let beside = digit(i + 1) || (i > 0 && digit(i - 1));
        beside && !letter(i + 1) && !(i > 0 && letter(i - 1))
    };
    let meant: String = chars
        .iter()
        .enumerate()
        .map(|(i, c)| match c {
            'o' if lone(i) => '0',
            'l' if lone(i) => '1',
            c => *c,
        })
        .collect();
    (meant != text).then_some(meant)
}

/// No point in time: only words.
fn words_alone(text: &str, words: Words, desk: &Desk<'_>) -> DueReading {
    let negated = ["不能", "无法", "不宜", "难以", "不需", "无需", "不用"].iter().any(|w| text.contains(w));
    if (words.immediate || words.on_the_spot) && !negated {
        return at_once(text, words, desk);
    }
    if text.contains(|c: char| c.is_ascii_digit()) {
        return invalid("looks like a date and is none");
    }
    if words.ongoing && !negated {
        return done("ongoing", DueCell::Ongoing, String::new(), Vec::new());
    }
    if words.status || matches!(text, "是" | "否" | "v" | "y" | "yes" | "no" | "ok") || text.contains('已') {
        return none(DueCell::Missing, "a status word where a deadline should be");
    }
    if words.no_day {
        return none(DueCell::Missing, "the words set no day");
    }
    if ["前", "内", "底", "末", "天", "周", "月", "日"].iter().any(|w| text.ends_with(w)) {
        return ambiguous("a deadline in words that name no day", Vec::new(), None, Vec::new());
    }
    let reason = "not understood as a deadline";
    none(DueCell::Unreadable { reason: reason.to_owned(), candidates: Vec::new() }, reason)
}

fn at_once(text: &str, words: Words, desk: &Desk<'_>) -> DueReading {
    let done_on_the_spot = words.on_the_spot || text.contains('已');
    let mut why = Vec::new();
    if done_on_the_spot {
        why.push("already fixed, say the words: the status should say so too".to_owned());
    }
    if words.ongoing {
        why.push("also to be kept up afterwards".to_owned());
    }
    done("immediate", DueCell::Immediate { done_on_the_spot }, desk.found.to_string(), why)
}

fn status_in_place(words: Words, desk: &Desk<'_>, why: &str) -> DueReading {
    if words.on_the_spot {
        return at_once("已", words, desk);
    }
    none(DueCell::Missing, why)
}

/// 9月22日检查，9月30日前整改: the first day is the discovery.
fn drop_discovery(points: &mut Vec<Point>, tail: &str, desk: &Desk<'_>) {
    let next_words = points.get(1).map_or(tail, |p| p.before.as_str());
    let is_found = matches!(points.first(), Some(p) if p.reading == Reading::Day(desk.found));
    if points.len() > 1 && is_found && !points[1].linked && words::tells_discovery(next_words) {
        points.remove(0);
    }
}

/// The point that counts among several; the days in question when they contradict each other.
fn one_point(mut points: Vec<Point>, desk: &Desk<'_>, notes: &mut Vec<String>) -> Result<Point, Vec<NaiveDate>> {
    let all: Vec<NaiveDate> = points.iter().flat_map(|p| days(&p.reading, desk)).collect();
    let Some(mut last) = points.pop() else {
        return Err(all);
    };
    let Some(first) = points.last() else {
        return Ok(last);
    };
    if words::moves_to(&last.before) && points.len() == 1 {
        let from = days(&first.reading, desk);
        if let (Reading::Span(span), [from]) = (&last.reading, from.as_slice()) {
            let Some(to) = desk.reach(*from, *span) else {
                return Err(all);
            };
            last.reading = Reading::Day(to);
        }
        if let [from] = from.as_slice() {
            notes.push(format!("moved: the first deadline was {from}"));
        }
        return Ok(last);
    }
    if last.linked && points.len() == 1 {
        let (from, to) = (days(&first.reading, desk), days(&last.reading, desk));
        if let ([from], [to]) = (from.as_slice(), to.as_slice()) {
            if to < from {
                return Err(all);
            }
            notes.push(format!("a range from {from}; its end counts"));
        }
        return Ok(last);
    }
    let same = all.first().is_some_and(|d| all.iter().all(|other| other == d));
    let sure = points.iter().chain([&last]).all(|p| !matches!(p.reading, Reading::Doubt { .. } | Reading::Bad(_)));
    if same && sure {
        return Ok(last);
    }
    Err(all)
}

/// One point and the words around it.
fn weigh(point: &Point, range: bool, words: Words, said: &str, desk: &Desk<'_>, mut notes: Vec<String>) -> DueReading {
    match &point.reading {
        Reading::Bad(reason) => return invalid(reason),
        Reading::Doubt { reason, candidates, value } => {
            return ambiguous(reason, candidates.clone(), value.clone(), notes);
        }
        _ => {}
    }
    let candidates = days(&point.reading, desk);
    let digits = said.contains(|c: char| c.is_ascii_digit() || "二三四五六七八九十廿卅".contains(c));
    let doubt = if point.about {
        Some("左右 is not a deadline")
    } else if point.after && !range {
        Some("begins there, does not end there")
    } else if words.asked {
        Some("an extension asked for, not granted")
    } else if (words.shaky && !words.moved) || digits {
        Some("other words in the cell may move the date")
    } else {
        None
    };
    if let Some(reason) = doubt {
        return ambiguous(reason, candidates, None, notes);
    }
    if words.immediate || words.ongoing {
        notes.push("the cell also says at once or all along; the date counts".to_owned());
    } else if !words::is_plain(said) {
        notes.push(format!("the cell says more: {}", said.trim()));
    }
    if candidates.first().is_some_and(|d| *d < desk.found) && !desk.past() {
        notes.push("lies before the day of discovery".to_owned());
    }
    let (label, cell, value) = certain(&point.reading, desk);
    done(if range { "range" } else { label }, cell, value, notes)
}

fn certain(reading: &Reading, desk: &Desk<'_>) -> (&'static str, DueCell, String) {
    match reading {
        Reading::Day(d) => ("date", DueCell::Date(*d), d.to_string()),
        Reading::At(t) => ("date", DueCell::DateTime(*t), t.format("%Y-%m-%dT%H:%M").to_string()),
        Reading::End(d) => ("end_of", DueCell::EndOf(*d), d.to_string()),
        Reading::Span(span) => {
            let value = desk.reach(desk.found, *span).map(|d| d.to_string()).unwrap_or_default();
            ("duration", DueCell::Within(*span), value)
        }
        Reading::Doubt { .. } | Reading::Bad(_) => ("none", DueCell::Missing, String::new()),
    }
}
