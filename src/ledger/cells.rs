//! Single cells: folding of widths and invisible characters, Chinese numerals, ditto marks,
//! severity and status words, phone numbers.
//!
//! Everything here is a function of the text alone. Originals are kept by the callers; these
//! functions only prepare text for comparison or map it to the few values the gateway works with.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::core::reply::{self, DayView, IntentKind};

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

/// How grave a hazard is. Order 16 of the former work-safety administration knows two levels; 较大
/// and the Roman or coloured grades are local levels and kept as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardLevel {
    General,
    /// 较大 and other local levels between the two of the Order.
    Larger,
    Major,
}

impl HazardLevel {
    /// Maps the words found in ledgers; `None` when the word is not known (the row becomes a draft).
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let word = squash(text);
        let word = word.trim_matches(['(', ')']);
        let word = word.strip_suffix("事故隐患").unwrap_or(word);
        let word = word.strip_suffix("隐患").unwrap_or(word);
        Some(match word {
            "一般" | "普通" | "轻微" | "较小" | "低" | "低风险" | "蓝" | "蓝色" | "general" | "minor" | "low"
            | "ordinary" => Self::General,
            "较大" | "中" | "中等" | "橙" | "橙色" | "黄" | "黄色" | "larger" | "medium" | "moderate" | "较重" => {
                Self::Larger
            }
            "重大" | "特大" | "特别重大" | "重特大" | "严重" | "高" | "红" | "红色" | "major" | "high" | "serious"
            | "critical" => Self::Major,
            _ => return None,
        })
    }
}

/// What is written after a check that it did not pass, or when it came back.
const SENT_BACK: [&str; 16] = [
    "不合格",
    "不通过",
    "未通过",
    "不达标",
    "退回",
    "返工",
    "返改",
    "重新整改",
    "重改",
    "反弹",
    "复发",
    "reject",
    "fail",
    "reopen",
    "re-open",
    "rework",
];

/// What the status column claims. The raw words stay with the row; nothing here closes an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusClaim {
    /// 无隐患: a nil report, not an item.
    NothingFound,
    /// Empty, unknown or unclear words.
    #[default]
    Unsaid,
    /// 未整改, 否.
    NotDone,
    /// 正在整改, 基本完成.
    InProgress,
    /// 已整改, √, 是: somebody says so; it still needs a verifier.
    Done,
    /// 已销号, 复查合格: counts only together with a verifier.
    Verified,
}

impl StatusClaim {
    /// Reads a status cell: the usual words of ledgers, and sentences as answers in chat are read, where "done" must
    /// be proven.
    #[must_use]
    pub fn read(text: &str, today: NaiveDate, days: &dyn DayView) -> Self {
        let claim = Self::from_text(text);
        if text.trim().is_empty() || matches!(claim, Self::NothingFound | Self::Verified) {
            return claim;
        }
        let now = today.and_time(NaiveTime::MIN);
        let reading = reply::read(text, &reply::Context::at(now, days));
        let [one] = reading.intents.as_slice() else { return claim };
        match (claim, one.kind) {
            (Self::NotDone, _) if Self::is_sent_back(text) => Self::NotDone,
            (_, IntentKind::Done) => Self::Done,
            (Self::Done | Self::Unsaid, IntentKind::InProgress | IntentKind::Blocked) => Self::InProgress,
            _ => claim,
        }
    }

    fn is_sent_back(text: &str) -> bool {
        let word = squash(text);
        SENT_BACK.iter().any(|w| word.contains(w))
    }

    /// Reads the usual words. Negation, hedges, plans and questions never come out as done.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let word = squash(text);
        let has = |list: &[&str]| list.iter().any(|w| word.contains(w));
        if word.is_empty() {
            Self::Unsaid
        } else if has(&["无隐患", "未发现隐患", "未发现问题", "零报告"]) {
            Self::NothingFound
        } else if matches!(word.as_str(), "否" | "×" | "x" | "✗" | "✘" | "n" | "no" | "open")
            || Self::is_sent_back(text)
        {
            Self::NotDone
        } else if has(&[
            "正在",
            "整改中",
            "进行中",
            "办理中",
            "基本",
            "部分",
            "大部分",
            "即将",
            "计划",
            "预计",
            "逐步",
            "推进",
            "in progress",
            "inprogress",
            "ongoing",
            "partly",
        ]) {
            Self::InProgress
        } else if has(&["未", "没", "不", "无法", "尚", "待", "吗", "?", "拟", "将", "not", "pending"]) {
            Self::NotDone
        } else if has(&["销号", "复查合格", "验收合格", "验收通过", "复查通过", "核查通过", "verified", "closed"])
        {
            Self::Verified
        } else if matches!(
            word.as_str(),
            "是" | "√"
                | "✓"
                | "✔"
                | "☑"
                | "v"
                | "y"
                | "yes"
                | "done"
                | "fixed"
                | "completed"
                | "complete"
                | "完成"
                | "办结"
                | "完毕"
                | "到位"
                | "100%"
        ) || has(&[
            "已整改",
            "已完成",
            "已办结",
            "已改",
            "已落实",
            "已处理",
            "已消除",
            "已闭环",
            "已解决",
            "已到位",
            "整改完成",
            "整改完毕",
            "整改到位",
            "完成整改",
            "当场整改",
            "现场整改",
        ]) {
            Self::Done
        } else {
            Self::Unsaid
        }
    }
}

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
