//! Prepares a deadline's text for scanning: one kind of dash and space, simplified characters,
//! nicknames of holidays, Chinese numerals before a unit turned into digits.
//!
//! Knows spelling only, no dates.

use super::super::cells;

/// Traditional forms that occur in deadline cells.
const SIMPLIFIED: [(char, char); 26] = [
    ('號', '号'),
    ('內', '内'),
    ('個', '个'),
    ('週', '周'),
    ('後', '后'),
    ('國', '国'),
    ('慶', '庆'),
    ('現', '现'),
    ('場', '场'),
    ('長', '长'),
    ('時', '时'),
    ('點', '点'),
    ('間', '间'),
    ('節', '节'),
    ('當', '当'),
    ('無', '无'),
    ('續', '续'),
    ('馬', '马'),
    ('雙', '双'),
    ('兩', '两'),
    ('禮', '礼'),
    ('陽', '阳'),
    ('勞', '劳'),
    ('動', '动'),
    ('辦', '办'),
    ('從', '从'),
];

/// Nicknames that contain numerals and would otherwise be read as numbers.
const NICKNAMES: [(&str, &str); 6] = [
    ("十月一", "国庆"),
    ("十.一", "国庆"),
    ("十一", "国庆"),
    ("五月一", "劳动节"),
    ("五.一", "劳动节"),
    ("五一", "劳动节"),
];

/// What follows a nickname and does not follow a number.
const AFTER_A_NICKNAME: [&str; 16] = [
    "前",
    "后",
    "之前",
    "之后",
    "以前",
    "以后",
    "节",
    "假",
    "期间",
    "黄金",
    "长假",
    "小长假",
    "放假",
    "来临",
    "国庆",
    "劳动节",
];

/// Signs typed for the dot or the slash of a date.
const DOTS: [char; 11] = ['。', '｡', '.', ',', '、', '‧', '∙', '⋅', '﹒', '˙', '/'];

/// Units after which a run of Chinese numerals is a number.
const UNITS: &str = "年月日号天个周星礼小时点季工自分刻班";

/// The text as the scanner wants it: folded, lower case, no spaces beside Chinese characters.
pub(super) fn fold(text: &str) -> String {
    let mut text: String = cells::fold(text)
        .chars()
        .map(|c| match c {
            '·' | '•' | '・' | '．' => '.',
            '【' | '「' | '[' | '〔' => '(',
            '】' | '」' | ']' | '〕' => ')',
            c => SIMPLIFIED.iter().find(|(t, _)| *t == c).map_or(c, |(_, s)| *s),
        })
        .flat_map(char::to_lowercase)
        .collect();
    for word in ["日历日", "日历天"] {
        text = text.replace(word, "自然日");
    }
    for word in ["含当日", "含当天", "含本日"] {
        text = text.replace(word, "含");
    }
    // 两月 is never February.
    let text = text.replace("两月", "两个月");
    let text = nicknames(&from_today(&join_han(&dots(&text))));
    let text = numerals(&text);
    halves(&text)
}

/// 9。28, 9. 28 and 9..28 are dates with a wrong dot. They were typed, so they take a slash: a number that lost its zero
/// they cannot be.
fn dots(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digits = |i: usize| chars[i..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let (first, inside) = (digits(i), i > 0 && (chars[i - 1].is_ascii_alphanumeric() || chars[i - 1] == '月'));
        if first == 0 || inside || i > 0 && DOTS.contains(&chars[i - 1]) {
            out.push(chars[i]);
            i += 1;
            continue;
        }
        let mut end = i + first;
        let mut groups: Vec<String> = vec![chars[i..end].iter().collect()];
        let mut signs: Vec<String> = Vec::new();
        while let Some(sign) = sign_between(&chars, end) {
            let start = end + sign.chars().count();
            end = start + digits(start);
            groups.push(chars[start..end].iter().collect());
            signs.push(sign);
        }
        let next = chars.get(end).copied();
        out.push_str(&match is_wrong_dot(&groups, &signs, next) {
            true => groups.join("/"),
            false => chars[i..end].iter().collect(),
        });
        i = end;
    }
    out
}

/// Dots and blanks between two numbers.
fn sign_between(chars: &[char], from: usize) -> Option<String> {
    let sign: String = chars.get(from..)?.iter().take_while(|c| DOTS.contains(c) || **c == ' ').collect();
    let number = chars.get(from + sign.chars().count()).is_some_and(char::is_ascii_digit);
    (number && sign.contains(DOTS)).then_some(sign)
}

/// A date of two or three numbers, one of whose signs is no plain dot, comma or slash.
fn is_wrong_dot(groups: &[String], signs: &[String], next: Option<char>) -> bool {
    let plain = |sign: &String| matches!(sign.as_str(), "." | "," | "、" | "/");
    let spaced = signs.iter().any(|sign| sign.contains(' '));
    // 1. 28日前 is a numbered line, 9.20。9月28日 two dates.
    let goes_on = next.is_some_and(|c| "月年天个周时点:".contains(c) || (spaced && "日号".contains(c)));
    let short = |g: &String| g.len() <= 2;
    let shape = match groups {
        [a, b] => (short(a) || a.len() == 4) && short(b) && (!spaced || signs[0].trim() == "."),
        [a, b, c] => short(b) && short(c) && (a.len() == 4 || (short(a) && !spaced)),
        _ => false,
    };
    let list = spaced && signs.iter().any(|sign| sign.contains([',', '、', '/']));
    shape && !(goes_on || list || signs.iter().all(plain))
}

/// 即日起三十日内 counts from the discovery as any span does; 即日起至 begins a range and stays.
fn from_today(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("即日起") {
        out.push_str(before);
        if after.starts_with(['至', '到', '-', '~']) {
            out.push_str("即日起");
        }
        rest = after;
    }
    out + rest
}

/// Removes spaces that touch a Chinese character.
fn join_han(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let han =
        |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| cells::is_han(*c) || matches!(c, '(' | ')'));
    chars
        .iter()
        .enumerate()
        .filter(|(i, c)| **c != ' ' || !(han(i.checked_sub(1)) || han(Some(i + 1))))
        .map(|(_, c)| *c)
        .collect()
}

/// 十一前 is National Day, 十一月 is November: only what follows tells.
fn nicknames(text: &str) -> String {
    let mut out = text.to_owned();
    for (nick, name) in NICKNAMES {
        let mut from = 0;
        while let Some(at) = out.get(from..).and_then(|rest| rest.find(nick)).map(|i| i + from) {
            let end = at + nick.len();
            let before = out[..at].chars().next_back();
            let after = &out[end..];
            let free = !before.is_some_and(|c| cells::numeral(c).is_some() || c == '月' || c == '第');
            let holiday = AFTER_A_NICKNAME.iter().any(|w| after.starts_with(w));
            if free && holiday {
                let full = ["国庆", "劳动节", "节"].iter().find_map(|w| after.strip_prefix(w));
                let tail = full.unwrap_or(after).to_owned();
                out = format!("{}{name}{tail}", &out[..at]);
                from = at + name.len();
            } else {
                from = end;
            }
        }
    }
    out
}

/// Turns runs of Chinese numerals into digits where a unit follows: 三日内, 二〇二二年, 第三季度.
fn numerals(text: &str) -> String {
    let chars = letter_o(text);
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let run = chars[i..].iter().take_while(|c| cells::numeral(**c).is_some()).count();
        let plain = chars[i..i + run].iter().all(char::is_ascii_digit);
        let weekday = i > 0 && matches!(chars[i - 1], '周' | '期' | '拜');
        let unit = chars.get(i + run).copied();
        let link = unit.is_some_and(|c| matches!(c, '-' | '~' | '至' | '到'));
        let bare_day = unit.is_none() && i > 0 && chars[i - 1] == '月';
        let counted = unit.is_some_and(|c| UNITS.contains(c)) || link || bare_day;
        if run == 0 {
            out.push(chars[i]);
            i += 1;
            continue;
        }
        let word: String = chars[i..i + run].iter().collect();
        match cells::chinese_number(&word) {
            Some(n) if !plain && counted && !weekday && !is_about(&word) => {
                out.push_str(&n.to_string());
            }
            _ => out.push_str(&word),
        }
        i += run;
    }
    out
}

/// 二O二二: a letter O between Chinese numerals is a zero.
fn letter_o(text: &str) -> Vec<char> {
    let chars: Vec<char> = text.chars().collect();
    let chinese =
        |i: usize| chars.get(i).is_some_and(|c| !c.is_ascii_digit() && (cells::numeral(*c).is_some() || *c == 'o'));
    let between = |i: usize| i > 0 && chinese(i - 1) && chinese(i + 1);
    chars.iter().enumerate().map(|(i, c)| if *c == 'o' && between(i) { '〇' } else { *c }).collect()
}

/// 两三天, 三五天: an approximate number, which must not become 23 or 35.
fn is_about(word: &str) -> bool {
    let digits: Vec<u32> = word.chars().filter_map(cells::numeral).collect();
    matches!(digits.as_slice(), [a, b] if (1..10).contains(a) && (1..10).contains(b)
        && (*b == a + 1 || (*a, *b) == (3, 5)))
}

/// 半个月 is fifteen days, 半年 six months, 一个半月 forty-five days.
fn halves(text: &str) -> String {
    let mut text = text.to_owned();
    for (n, days) in [("1个半月", "45天"), ("2个半月", "75天"), ("1年半", "18个月")] {
        text = text.replace(n, days);
    }
    text.replace("半个月", "15天")
        .replace("上半月", "上半m")
        .replace("下半月", "下半m")
        .replace("半月", "15天")
        .replace("上半m", "上半月")
        .replace("下半m", "下半月")
        .replace("上半年", "上半y")
        .replace("下半年", "下半y")
        .replace("半年", "6个月")
        .replace("上半y", "上半年")
        .replace("下半y", "下半年")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn numerals_and_nicknames() {
        for (from, to) in [
            ("二〇二二年九月三十日", "2022年9月30日"),
            ("三日内", "3日内"),
            ("五个工作日", "5个工作日"),
            ("下周一前", "下周一前"),
            ("十一前", "国庆前"),
            ("十一月底", "11月底"),
            ("五一节前", "劳动节前"),
            ("第三季度末", "第3季度末"),
            ("半个月", "15天"),
            ("两三天", "两三天"),
            ("２０２２．９．３０", "2022.9.30"),
            ("2022 年 9 月 30 日", "2022年9月30日"),
            ("十月一前", "国庆前"),
            ("五一劳动节前", "劳动节前"),
            ("十月一日前", "10月1日前"),
            ("9。28", "9/28"),
            ("2022。9.28", "2022/9/28"),
            ("9月20。9月28日", "9月20。9月28日"),
            ("两月内", "2个月内"),
            ("廿八日", "28日"),
            ("九月卅日", "9月30日"),
        ] {
            assert_eq!(fold(from), to, "{from}");
        }
    }
}
