//! One spelling for names: what two spellings of a person's or a unit's name have in common.
//!
//! Width, case, script (traditional or simplified), spaces, the interpunct of minority names in all its characters,
//! hyphens, emoji and invisible characters make no difference. Text only; knows nobody.

use crate::reply::simplified;

/// The form in which names of people are compared; what stands in brackets (挂职, 柳河) is no part of it.
#[must_use]
pub fn key(name: &str) -> String {
    let (outside, _) = brackets(name);
    let key = whole_key(&outside);
    if key.is_empty() { whole_key(name) } else { key }
}

/// [`key`] with what stands in brackets: 机械厂（北厂） and 机械厂（南厂） are two units.
#[must_use]
pub fn whole_key(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let (mut gap, mut last) = (false, None);
    for c in name.chars() {
        let c = simplified(half_width(c));
        if is_mute(c) {
            continue;
        }
        if !c.is_alphanumeric() || is_interpunct(c) {
            gap = true;
            continue;
        }
        if gap && last.is_some_and(|l: char| !is_han(l)) && !is_han(c) {
            out.push(' ');
        }
        (gap, last) = (false, Some(c));
        out.extend(c.to_lowercase());
    }
    out
}

/// Endings of firms that one list writes and the other leaves out.
const FORMS: [&str; 6] = ["有限责任公司", "股份有限公司", "有限公司", "公司", "ltd", "co"];

/// The name of a unit as it is compared, without the form of its firm.
#[must_use]
pub fn without_form(name: &str) -> String {
    let whole = whole_key(name);
    let mut text = whole.as_str();
    while let Some(rest) = FORMS.iter().find_map(|end| text.strip_suffix(end)).filter(|rest| !rest.is_empty()) {
        text = rest.trim_end();
    }
    text.to_owned()
}

/// What stands in brackets behind a name, as it is compared; empty without brackets.
#[must_use]
pub fn remark(name: &str) -> String {
    whole_key(&brackets(name).1)
}

/// The digits of a telephone number as they are compared: without country code 86, signs and spaces.
#[must_use]
pub fn phone_key(phone: &str) -> String {
    let digits: String = phone.chars().map(half_width).filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    digits.strip_prefix("86").filter(|d| d.len() == 11).unwrap_or(digits).to_owned()
}

/// A number that one person carries about, as far as one can see: 11 digits that begin with 1, or an international one.
#[must_use]
pub fn is_mobile(phone: &str) -> bool {
    let key = phone_key(phone);
    key.len() == 11 && key.starts_with('1') || phone.trim_start().starts_with('+')
}

/// Could one be a misspelling of the other: 田东 and 田冬, Jon Smith and John Smith.
#[must_use]
pub fn alike(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (key(one).chars().collect(), key(other).chars().collect());
    let longer = one.len().max(other.len());
    longer >= 2 && distance(&one, &other) <= (longer / 4).max(1)
}

/// Characters to change, add or leave out between two texts (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row[other.len()]
}

/// Text outside brackets and inside them.
fn brackets(text: &str) -> (String, String) {
    let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0_usize);
    for c in text.chars() {
        match half_width(c) {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            c if depth > 0 => inside.push(c),
            c => outside.push(c),
        }
    }
    (outside, inside)
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// Signs that belong to a word or are not seen: apostrophes, accents written apart, zero-width characters.
fn is_mute(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}')
        || matches!(c, '\u{feff}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Dots between the parts of a name that count as letters elsewhere; all others are no letters anyway.
fn is_interpunct(c: char) -> bool {
    matches!(c, 'ㆍ' | 'ᆞ' | 'ᐧ' | 'ꞏ' | '·' | 'ー')
}

/// True for a Han character.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '〇' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for dot in ["·", "•", "‧", "・", ".", "．", " ", "﹒", "", "∙", "･", "ㆍ", "‧ ", "⋅", "●", "-"]
        {
            assert_eq!(key(&format!("买买提{dot}吐尔逊")), "买买提吐尔逊", "{dot:?}");
        }
        for name in ["anna lin", "ANNA LIN", "Anna  Lin", "Ａｎｎａ Ｌｉｎ", "Anna-Lin", "Anna\u{200b} Lin", "Anna.Lin"]
        {
            assert_eq!(key(name), "anna lin", "{name}");
        }
        for name in ["何 静", "何　静", "何\u{200b}静", "何静🐉", "何静（挂职）", "何靜"] {
            assert_eq!(key(name), "何静", "{name}");
        }
        assert_eq!(key("O’Brien"), key("O'Brien"));
    }

    #[test]
    fn other_names_stay_others() {
        assert_ne!(key("Anna Lin"), key("Annalin"));
        assert_ne!(key("张强B"), key("张强"));
        assert_ne!(whole_key("机械厂（北厂）"), whole_key("机械厂（南厂）"));
        assert_eq!(remark("张强（柳河）"), remark("张强(柳河)"));
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_another_person() {
        for (one, other) in [("田东", "田冬"), ("Jon Smith", "John Smith"), ("欧阳锋", "欧阳峰")] {
            assert!(alike(one, other), "{one} {other}");
        }
        for (one, other) in [("何静", "沈新"), ("王某", "李某某"), ("Anna Lin", "Rob Ellis")] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn numbers_of_one_telephone_are_one_number() {
        for phone in ["13900000007", "+86 139 0000 0007", "86-13900000007", "008613900000007", "１３９０００００００７"]
        {
            assert_eq!(phone_key(phone), "13900000007", "{phone}");
        }
        assert_eq!(phone_key("0799-5551201"), "07995551201");
    }
}
