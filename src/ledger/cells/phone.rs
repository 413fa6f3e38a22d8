//! Telephone numbers in cells.

use super::{fold, is_nothing};

/// What a run of characters that could be a phone number turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phone {
    /// Digits, with `+` and country code or `-` before an extension where written.
    Number(String),
    /// 1.38E+10: the spreadsheet has lost digits.
    Rounded,
    /// Something else with digits, for example masked: 138****0001.
    Unusable,
}

/// Reads a phone cell: its first number, whatever stands around it; `None` when it is empty or says that there is none.
#[must_use]
pub fn phone(text: &str) -> Option<Phone> {
    let mut found = phones(text);
    let number = found.iter().position(|p| matches!(p, Phone::Number(_))).unwrap_or(0);
    (number < found.len()).then(|| found.swap_remove(number))
}

/// Everything in a phone cell that is a number, or should be one, in its order.
#[must_use]
pub fn phones(text: &str) -> Vec<Phone> {
    let text = fold(&text.replace(['\n', '\r'], "、")).to_lowercase();
    if is_nothing(&text) {
        return Vec::new();
    }
    let text = ["转接", "转", "分机", "ext.", "ext"].iter().fold(text, |text, word| text.replace(word, "-"));
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(')) {
        let run = &rest[start..];
        let end = run
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ' | '.' | '*' | '#' | 'e')));
        let run = &run[..end.unwrap_or(run.len())];
        // 2026001 in zhang2026001 is part of an account's name.
        let word = |c: char| c.is_ascii_alphabetic() || matches!(c, '@' | '_');
        let before = rest[..start].trim_end_matches("tel").trim_end_matches("phone").chars().next_back();
        let after = rest[start + run.len()..].chars().next();
        if !before.is_some_and(word) && !after.is_some_and(word) {
            numbers_of(run, &mut found);
        }
        rest = &rest[start + run.len()..];
    }
    if found.is_empty() {
        found.push(Phone::Unusable);
    }
    found
}

/// The numbers of a run of digits and what may stand in a number.
fn numbers_of(run: &str, found: &mut Vec<Phone>) {
    if run.contains("e+") || run.contains('#') {
        return found.push(Phone::Rounded);
    }
    if run.contains(['*', 'e']) {
        return found.push(Phone::Unusable);
    }
    let whole = run.trim();
    if let Some(number) = known_number(whole) {
        return found.push(Phone::Number(number));
    }
    let parts: Vec<&str> = whole.split(' ').filter(|part| !part.is_empty()).collect();
    let mut at = 0;
    while at < parts.len() {
        let joined = (1..=4.min(parts.len() - at)).find_map(|n| Some((known_number(&parts[at..at + n].join(" "))?, n)));
        match joined {
            Some((number, n)) => {
                found.push(Phone::Number(number));
                at += n;
            }
            None => {
                let digits = parts[at].chars().filter(char::is_ascii_digit).count();
                match digits {
                    7..=15 => found.push(Phone::Number(written(parts[at]))),
                    // A floor, a room, a year.
                    0..=4 => {}
                    _ => found.push(Phone::Unusable),
                }
                at += 1;
            }
        }
    }
}

/// A mobile, a landline with its area, or a number with a country's code.
fn known_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let abroad = text.starts_with('+') || digits.starts_with("00");
    let national = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86")).unwrap_or(&digits);
    let mobile = |d: &str| d.len() == 11 && d.starts_with('1') && !d.starts_with("10") && !d.starts_with("11");
    for form in [national, national.strip_prefix('0').unwrap_or(national)] {
        if mobile(form) {
            return Some(form.to_owned());
        }
    }
    if abroad && digits.len() >= 8 {
        let digits = digits.strip_prefix("00").unwrap_or(&digits);
        return (digits.len() <= 15).then(|| format!("+{digits}"));
    }
    let main: String = text.chars().take_while(|c| *c != '.').collect();
    let landline = digits.starts_with('0') && (10..=17).contains(&digits.len()) && main.split('-').count() <= 3;
    // Without a dash, twelve digits are an area of four and a number of eight.
    (landline && (digits.len() <= 12 || text.contains('-'))).then(|| written(text))
}

/// As it is written, without brackets and blanks; a dash stays before an extension and after an area.
fn written(text: &str) -> String {
    let text = text.trim_start_matches('(').replace(')', "-");
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    kept.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
