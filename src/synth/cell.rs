//! Cells as they lie in a spreadsheet, and the ways in which text in them gets dirty.

use chrono::{Datelike, NaiveDate};

use super::chance::Chance;
use super::shares;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    /// A date with the format in which it is shown.
    Day(NaiveDate, &'static str),
    Number(f64),
    /// A number shown with leading zeros, six digits wide.
    Padded(u32),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A date whose format was lost: its day number, counted from 1899-12-30.
    pub(super) fn serial(day: NaiveDate) -> Self {
        let epoch = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default();
        Self::Number((day - epoch).num_days() as f64)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// As a text file shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Day(day, "yyyy/m/d") => format!("{}/{}/{}", day.year(), day.month(), day.day()),
            Self::Day(day, _) => day.to_string(),
            Self::Number(n) => n.to_string(),
            Self::Padded(n) => format!("{n:06}"),
        }
    }
}

/// 2022 as ２０２２.
pub(super) fn full_width(text: &str) -> String {
    // The full-width forms stand 0xfee0 behind ASCII.
    let wide = |c: char| if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c };
    text.chars().map(wide).collect()
}

/// 三 for 3, 十五 for 15; nothing from a hundred on.
pub(super) fn numeral(n: usize) -> Option<String> {
    const SIGNS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match n / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        t => format!("{}十", SIGNS.get(t)?),
    };
    Some(tens + SIGNS[n % 10]).filter(|text| !text.is_empty())
}

/// 二〇二二年九月三十日.
pub(super) fn in_words(day: NaiveDate) -> String {
    const SIGNS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let year: String =
        day.year().to_string().bytes().map(|b| SIGNS[usize::from(b.saturating_sub(b'0')) % 10]).collect();
    let part = |n: u32| numeral(n as usize).unwrap_or_default();
    format!("{year}年{}月{}日", part(day.month()), part(day.day()))
}

/// Text as fingers and copying leave it: spaces behind, characters without width, full-width digits, line breaks.
pub(super) fn smudge(text: String, chance: &mut Chance) -> String {
    let mut text = text;
    if text.is_empty() {
        return text;
    }
    if chance.mille(shares::FULL_WIDTH) {
        text = full_width(&text);
    }
    if chance.mille(shares::LINE_BREAK) {
        let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        // Where a narrow column would break it; short texts stay whole.
        if let Some(at) = places.get(6) {
            text.insert(*at, '\n');
        }
    }
    smudge_ends(text, chance)
}

/// A unit's name with a space or a line break in it.
pub(super) fn broken(mut name: String, chance: &mut Chance) -> String {
    let places: Vec<usize> = name.char_indices().map(|(i, _)| i).collect();
    if let Some(at) = places.get(4).filter(|_| chance.mille(shares::BROKEN_NAME)) {
        name.insert(*at, *chance.pick(&[' ', '\n']));
    }
    smudge_ends(name, chance)
}

/// The same for names of people and for single words, which nobody breaks in the middle.
pub(super) fn smudge_ends(mut text: String, chance: &mut Chance) -> String {
    if !text.is_empty() && chance.mille(shares::SPACE_BEHIND) {
        text.push_str(chance.word(&[" ", "  ", "\u{3000}"]));
    }
    if !text.is_empty() && chance.mille(shares::ZERO_WIDTH) {
        text.push(*chance.pick(&['\u{200b}', '\u{feff}', '\u{200e}']));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{full_width, in_words, numeral};

    #[test]
    fn numbers_in_signs() {
        let day = "2022-09-30".parse().expect("a date");
        assert_eq!(in_words(day), "二〇二二年九月三十日");
        assert_eq!((numeral(15).as_deref(), numeral(20).as_deref(), numeral(0)), (Some("十五"), Some("二十"), None));
        assert_eq!(full_width("9月30日"), "９月３０日");
    }
}
