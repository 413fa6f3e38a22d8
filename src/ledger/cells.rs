//! Single cells: folding of widths and invisible characters, Chinese numerals, ditto marks,
//! severity and status words, phone numbers.
//!
//! Everything here is a function of the text alone. Originals are kept by the callers; these
//! functions only prepare text for comparison or map it to the few values the gateway works with.

mod claim;
mod phone;

pub use claim::{HazardLevel, StatusClaim};
pub use phone::{Phone, phone, phones};

/// Folds full-width forms to ASCII, dashes and tildes to one kind each, drops zero-width characters,
/// turns line breaks and every other space into one space, and trims. The user's text stays readable.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => continue,
            '\u{feff}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}' => continue,
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, fold_dash),
            c if c.is_whitespace() || c.is_control() => ' ',
            c => fold_dash(c),
        };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

fn fold_dash(c: char) -> char {
    match c {
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '﹣' => '-',
        '〜' | '∼' | '～' => '~',
        c => c,
    }
}

/// [`fold`], lower case and without any space: the form in which words are compared.
#[must_use]
pub fn squash(text: &str) -> String {
    fold(text).chars().filter(|c| *c != ' ').flat_map(char::to_lowercase).collect()
}

/// Trimmed and free of invisible characters and carriage returns, otherwise as written.
#[must_use]
pub fn tidy(text: &str) -> String {
    // Nearly every cell is tidy as it is.
    if !text
        .chars()
        .any(|c| c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
    {
        return text.trim().to_owned();
    }
    let text: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// A name of a person or unit: folded, and without spaces between Chinese characters (张 三 is padded to the width
/// of three, 红星\n花炮厂 is broken to fit its cell).
#[must_use]
pub fn name(text: &str) -> String {
    let folded = fold(text);
    let signs: Vec<char> = folded.chars().collect();
    let wide = |c: Option<&char>| c.is_some_and(|c| is_han(*c) || matches!(c, '(' | ')'));
    let keep = |(i, c): (usize, &char)| {
        let between = *c == ' ' && wide(i.checked_sub(1).and_then(|i| signs.get(i))) && wide(signs.get(i + 1));
        (!between).then_some(*c)
    };
    signs.iter().enumerate().filter_map(keep).collect()
}

/// True for a Han character.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '〇' | '\u{20000}'..='\u{3ffff}')
}

/// Bytes of the longest 同上 or 无 with brackets and spaces around it; a longer cell says something.
const LONGEST_MARK: usize = 60;

/// Every ditto mark has one of these; nearly every other cell has none, and need not be folded to know.
const IN_DITTO: [char; 19] =
    ['同', '〃', '〞', '″', '"', '＂', '\'', '＇', '”', '“', 'd', 'D', 'ｄ', 'Ｄ', 'a', 'A', 'ａ', 'Ａ', '上'];

/// 同上, 〃 and their relatives: the value of the row above is meant.
#[must_use]
pub fn is_ditto(text: &str) -> bool {
    if text.len() > LONGEST_MARK || !text.contains(IN_DITTO) {
        return false;
    }
    let word = squash(text);
    matches!(
        word.trim_matches(['(', ')']),
        "同上"
            | "同前"
            | "上同"
            | "同上行"
            | "同上一行"
            | "〃"
            | "〞"
            | "″"
            | "\""
            | "''"
            | "”"
            | "“"
            | "ditto"
            | "do."
            | "asabove"
    )
}

/// Every word for nothing has one of these.
const IN_NOTHING: [char; 8] = ['无', '没', '不', '空', 'n', 'N', 'ｎ', 'Ｎ'];

/// A dash, slash or 无: the writer says that there is nothing to say.
#[must_use]
pub fn is_nothing(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    if text.len() > LONGEST_MARK || text.contains(char::is_alphanumeric) && !text.contains(IN_NOTHING) {
        return false;
    }
    let word = squash(text);
    word.chars().all(|c| matches!(c, '/' | '-' | '\\' | '*' | '_' | '.' | '~' | '…' | '×'))
        || matches!(
            word.as_str(),
            "无" | "暂无" | "没有" | "无此项" | "不适用" | "空" | "n/a" | "na" | "none" | "nil" | "null"
        )
}

/// The value of one Chinese numeral sign, informal or as written on cheques.
#[must_use]
pub fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' | '○' | '０' | '0' => 0,
        '一' | '壹' | '1' => 1,
        '二' | '两' | '贰' | '貳' | '兩' | '2' => 2,
        '三' | '叁' | '參' | '3' => 3,
        '四' | '肆' | '4' => 4,
        '五' | '伍' | '5' => 5,
        '六' | '陆' | '陸' | '6' => 6,
        '七' | '柒' | '7' => 7,
        '八' | '捌' | '8' => 8,
        '九' | '玖' | '9' => 9,
        '十' | '拾' => 10,
        '廿' => 20,
        '卅' => 30,
        '百' | '佰' => 100,
        _ => return None,
    })
}

/// Reads 三十, 二〇二二, 廿八, 一百二十 or a mix with digits; nothing above 9999.
#[must_use]
pub fn chinese_number(text: &str) -> Option<u32> {
    let digits: Vec<u32> = text.chars().map(numeral).collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    if digits.iter().all(|d| *d < 10) {
        let n = digits.iter().try_fold(0u32, |n, d| n.checked_mul(10)?.checked_add(*d))?;
        return (n <= 9999).then_some(n);
    }
    let (mut total, mut pending) = (0u32, None);
    for d in digits {
        match d {
            10 | 100 => total += pending.take().unwrap_or(1) * d,
            20 | 30 => total += d,
            _ => pending = Some(d),
        }
    }
    Some(total + pending.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{is_ditto, is_nothing};

    /// As it is, in capitals, in wide forms, in brackets.
    fn ways(word: &str) -> [String; 4] {
        let wide = |c: char| match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            c => c,
        };
        [word.to_owned(), word.to_uppercase(), word.chars().map(wide).collect(), format!(" {word}\u{200b} ")]
    }

    #[test]
    fn every_mark_is_known_however_it_is_written() {
        for word in
            ["同上", "上同", "同前", "同上一行", "〃", "〞", "″", "\"", "''", "”", "“", "ditto", "do.", "as above"]
        {
            assert!(ways(word).iter().all(|w| is_ditto(w)), "{word}");
            assert!(is_ditto(&format!("（{word}）")), "{word}");
            assert!(!is_nothing(word), "{word}");
        }
        for word in [
            "无",
            "暂无",
            "没有",
            "无此项",
            "不适用",
            "空",
            "n/a",
            "NA",
            "none",
            "nil",
            "null",
            "-",
            "——",
            "/",
            "×",
            "…",
        ] {
            assert!(ways(word).iter().all(|w| is_nothing(w)), "{word}");
        }
        assert!(is_nothing("") && is_nothing("\u{200b}") && !is_ditto(""));
        for word in ["红星花炮厂", "消防通道堵塞", "不足", "12", "danger", "①"] {
            assert!(!is_nothing(word) && !is_ditto(word), "{word}");
        }
    }
}
