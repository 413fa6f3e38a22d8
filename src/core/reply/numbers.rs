//! Numbers as people write them: digits, Chinese numerals, small English number words.

/// A number in digits, Chinese numerals up to the thousands, or an English word up to twenty.
///
/// Digits beyond nine places are cut to the largest such number: nobody means them.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.parse::<i64>().unwrap_or(i64::MAX).min(999_999_999));
    }
    if let Some(n) = english(text) {
        return Some(n);
    }
    chinese(text)
}

/// Pattern fragment that `number` understands, without capture groups.
pub(super) const NUMBER: &str = r"(?:\d{1,9}|[零〇一二两俩三仨四五六七八九十百廿]{1,6})";

/// English number words for durations.
pub(super) const NUMBER_EN: &str = r"(?:\d{1,9}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|sixty|ninety|a couple of|couple of|another)";

fn english(text: &str) -> Option<i64> {
    Some(match text {
        "a" | "an" | "one" | "another" | "first" | "1st" => 1,
        "two" | "second" | "2nd" | "a couple of" | "couple of" => 2,
        "three" | "third" | "3rd" => 3,
        "four" | "fourth" | "4th" => 4,
        "five" | "fifth" | "5th" => 5,
        "six" | "sixth" => 6,
        "seven" | "seventh" => 7,
        "eight" | "eighth" => 8,
        "nine" | "ninth" => 9,
        "ten" | "tenth" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "thirteen" => 13,
        "sixteen" => 16,
        "eighteen" => 18,
        "forty" => 40,
        "sixty" => 60,
        "ninety" => 90,
        "fourteen" => 14,
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        _ => return None,
    })
}

fn chinese(text: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut digit = 0i64;
    let mut seen = false;
    for c in text.chars() {
        seen = true;
        match c {
            '十' => {
                total += if digit == 0 { 1 } else { digit } * 10;
                digit = 0;
            }
            '百' => {
                total += if digit == 0 { 1 } else { digit } * 100;
                digit = 0;
            }
            '廿' => total += 20,
            c => digit = chinese_digit(c)?,
        }
    }
    seen.then_some(total + digit)
}

fn chinese_digit(c: char) -> Option<i64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' | '俩' => 2,
        '三' | '仨' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}
