//! Line numbers and short codes: `1,3`, `第3项`, `①③`, `#2`, `items 1 to 4`, `A7K2`.
//!
//! Finds where a clause names items and which; a number with a unit behind it (3天, 80%, 3处) is none.
//! Does not know which lines the message had: the caller binds them.

use regex::Captures;

use super::Items;
use super::numbers::number;
use super::spans::Span;
use crate::core::patterns::{pattern, re};

/// Items named somewhere in a clause, as a byte range.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mention {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) items: Items,
    /// Written so that it cannot be a count: 第3项, #3, item 3, ①, a list.
    pub(super) explicit: bool,
    /// `3项`: a line number or a count.
    pub(super) counted: bool,
}

const PREFIX: &str =
    r"(?:#\s?|第\s?|序号\s?|编号\s?|(?-u:\b)(?:items?|nos?\.?|numbers?|tasks?|points?|lines?|issues?)\s?#?)";

static MENTION: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    let number = r"(?:\d{1,3}|[①-⑳])";
    let zh = r"[一二三四五六七八九十]{1,3}";
    let unit = r"(?:\s?(?:项|条|件|号|点))";
    let one = format!(
        "(?:第(?:{zh}|{number})个|(?:问题|隐患|任务|事项){number}|{PREFIX}{number}{unit}?|第{zh}{unit}?|{zh}[项条]|{number}{unit}?)"
    );
    let sep =
        r"(?:\s?(?:,\s?(?:and|or)\b|,|、|&|和|及|与|跟|-|~|至|到|/?\band\b|\bto\b|\bthrough\b|\bthru\b|\+)\s?|\s|)";
    pattern(&format!("{one}(?:{sep}{one})*"))
});
// Pairs of a letter and a digit, as `core::code` makes them.
re!(CODE, r"(?-u:\b)#?((?:[a-z]\d){2,5})(?-u:\b)");
re!(
    UNIT_AFTER,
    r"^\s?(?:阶段|组|道|遍|排|期|批|步|轮|季|中学|小学|医院|人民|分局|大队|产业|工业|煤?矿|时间|责任|次|标段|级|类|工区|工段|小组|负责人|井|炉|仓|机组?|库|厂房|工房|院|门|馆|桥|路|坝|泵|锅炉|电梯|塔|变压器|罐|棚|站|桩|孔|洞|个?(?:工作|天|日|周|星期|礼拜|月|年|季度|小时|分钟|钟头|半)|点[钟半\d]|%|成[^功]|成$|/\d|:\d|\.\d|万|元|块|米|公里|吨|家|处|台|次|名|人|倍|座|栋|户|具|辆|只|套|份|个|层|楼|车间|(?:st|nd|rd|th|am|pm|percent|pct|more|of|out)(?-u:\b)|(?:items?|tasks?|days?|weeks?|months?|hours?|left|remaining|people|persons?)(?-u:\b))"
);
re!(COUNTED_TAIL, r"^\s?(?:项|条|件|个)$");
re!(
    BEFORE_NO_ITEM,
    r"(?:[+\d./%a-z]|\d:|月|年|延|给|限|前|后|再|约|近|剩|差|每|共|有|仅|只|还|缺|少|加|多|到|至|期|需|要|晚|缓|过|率|达|了|人|第)$"
);
re!(COUNTING, r"[上下前后另这那每同某哪有是剩差共了个完成的其为]$");
re!(ONE, r"(?:第\s?)?(\d{1,3}|[①-⑳]|[一二三四五六七八九十]{1,3})");
re!(
    ORDINAL,
    r"(?-u:\b)(?:the )?(first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th)(?: (?:one|item|task|point|issue))(?-u:\b)"
);
re!(
    SWEEPING,
    r"全部|全都|全体|所有|统统|通通|一律|均|都|皆|悉数|全数|逐一|一个都|各项|(?-u:\b)(?:all|everything|both|each|none|neither|every one|every item|the lot)(?-u:\b)"
);

/// Whether words speak of everything, or of nothing: 都, 一律, all, none.
pub(super) fn sweeps(text: &str) -> bool {
    SWEEPING.is_match(text)
}

re!(SLASHES, r"(^|[^\d/.])(\d{1,2}(?:\s?/\s?\d{1,2}){2,})($|[^\d/.])");

/// `1/2/3` is a list where the numbers rise and are too small for a date: three or more of them, below twenty.
pub(super) fn listed(text: &str) -> std::borrow::Cow<'_, str> {
    SLASHES.replace_all(text, |c: &Captures| {
        let numbers: Vec<u32> = c[2].split('/').filter_map(|n| n.trim().parse().ok()).collect();
        let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.last().is_some_and(|n| *n < 20);
        match rises {
            true => format!("{}{}{}", &c[1], c[2].replace('/', "、"), &c[3]),
            false => c[0].to_owned(),
        }
    })
}

/// All mentions of item numbers and codes, left to right.
pub(super) fn mentions(text: &str, spans: &[Span]) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    let busy = |start: usize, end: usize| spans.iter().any(|s| s.start < end && start < s.end);
    for c in CODE.captures_iter(text) {
        if let Some(m) = code(&c)
            && !busy(m.start, m.end)
        {
            out.push(m);
        }
    }
    for found in MENTION.find_iter(text) {
        if let Some(m) = numbers(text, found.start(), found.end(), spans)
            && !out.iter().any(|o| o.start < m.end && m.start < o.end)
        {
            out.push(m);
        }
    }
    for c in ORDINAL.captures_iter(text) {
        if let (Some(all), Some(n)) = (c.get(0), number(&c[1])) {
            out.push(Mention {
                start: all.start(),
                end: all.end(),
                items: Items::Lines(vec![u32::try_from(n).unwrap_or(1)]),
                explicit: true,
                counted: false,
            });
        }
    }
    out.sort_by_key(|m| m.start);
    out
}

fn code(c: &Captures) -> Option<Mention> {
    let all = c.get(0)?;
    let word = c.get(1)?.as_str();
    Some(Mention {
        start: all.start(),
        end: all.end(),
        items: Items::Codes(vec![word.to_ascii_uppercase()]),
        explicit: true,
        counted: false,
    })
}

fn numbers(text: &str, start: usize, end: usize, spans: &[Span]) -> Option<Mention> {
    // A date or a length inside the match ends it there: `1 3天` names line 1.
    let cut = spans.iter().filter(|s| s.start < end && start < s.end).map(|s| s.start).min();
    let mut end = cut.unwrap_or(end);
    if end <= start {
        return None;
    }
    let whole = text[start..end].trim_end_matches([' ', ',', '、', '-', '~', '+', '&', '和', '及', '与', '到', '至']);
    end = start + whole.len();
    if whole.is_empty() || UNIT_AFTER.is_match(&text[end..]) || glued_digit(text, end) {
        return shorter(text, start, end, spans);
    }
    // 上一条, 已有一条, 这两项: Chinese numerals that count or point, no line numbers.
    if whole.starts_with(|c| "一二三四五六七八九十".contains(c)) && COUNTING.is_match(&text[..start]) {
        return None;
    }
    if whole.starts_with(['问', '隐', '任', '事'])
        && text[end..].trim_start().starts_with(['项', '条', '件', '个', '处'])
    {
        return None;
    }
    let prefixed = whole.starts_with(['#', '第', '①']) || !whole.starts_with(|c: char| c.is_ascii_digit());
    let only = text[..start].ends_with("只有")
        && text[end..].trim_start().starts_with(['没', '未', '还', '在', '不', '完', '已']);
    if !prefixed
        && !only
        && BEFORE_NO_ITEM.is_match(text[..start].trim_end_matches(' '))
        && !text[..start].ends_with(' ')
    {
        return None;
    }
    if !prefixed && text[..start].trim_end().ends_with('+') {
        return None;
    }
    // A year, a telephone number: no line has so many digits.
    if whole.as_bytes().windows(4).any(|digits| digits.iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let lines = lines_of(whole);
    if lines.is_empty() {
        return None;
    }
    let single = lines.len() == 1;
    let tail = whole.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    Some(Mention {
        start,
        end,
        counted: single && !whole.starts_with(['第', '#']) && COUNTED_TAIL.is_match(tail),
        explicit: prefixed || !single,
        items: Items::Lines(lines),
    })
}

/// The list without its last number, when that number turned out to carry a unit: `1 2天`.
fn shorter(text: &str, start: usize, end: usize, spans: &[Span]) -> Option<Mention> {
    let whole = &text[start..end];
    let last = ONE.find_iter(whole).last()?;
    if last.start() == 0 {
        return None;
    }
    let head = whole[..last.start()].trim_end_matches([' ', ',', '、', '-', '~']);
    if head.is_empty() {
        return None;
    }
    numbers(text, start, start + head.len(), spans).filter(|m| m.end > m.start)
}

fn glued_digit(text: &str, end: usize) -> bool {
    text[end..].starts_with(|c: char| c.is_ascii_digit())
}

/// The numbers of a list, ranges written out; at most 200 of them.
pub(super) fn lines_of(list: &str) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::new();
    let mut previous: Option<(u32, usize)> = None;
    for c in ONE.captures_iter(list) {
        let (Some(all), Some(digits)) = (c.get(0), c.get(1)) else {
            continue;
        };
        let Some(n) = line_number(digits.as_str()) else {
            continue;
        };
        if let Some((from, end)) = previous {
            let between = list[end..all.start()].trim_matches(|c: char| c == ' ' || "项条号件点#第".contains(c));
            let is_range = matches!(between.trim(), "-" | "~" | "至" | "到" | "to" | "through" | "thru" | "--");
            if is_range && from < n && n - from < 200 {
                out.extend(from + 1..n);
            }
        }
        out.push(n);
        previous = Some((n, all.end()));
    }
    out.dedup();
    out.truncate(200);
    out
}

fn line_number(text: &str) -> Option<u32> {
    let c = text.chars().next()?;
    if ('①'..='⑳').contains(&c) {
        return Some(c as u32 - '①' as u32 + 1);
    }
    let n = u32::try_from(number(text)?).ok()?;
    (1..=999).contains(&n).then_some(n)
}
