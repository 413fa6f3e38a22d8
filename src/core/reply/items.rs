//! Line numbers and short codes: `1,3`, `第3项`, `①③`, `#2`, `items 1 to 4`, `A7K2`.
//!
//! Finds where a clause names items and which; a number with a unit behind it (3天, 80%, 3处) is none.
//! Does not know which lines the message had: the caller binds them.

use regex::Captures;

use super::Items;
use super::numbers::number;
use super::spans::Span;
use crate::patterns::{pattern, re};

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
re!(NO_BETWEEN, r"\d no ");
re!(EXCEPT, r"(?:除了|除开|除去|不算|不包括|只[延批过退])$");
re!(COUNTING, r"[上下前后另这那每同某哪有是剩差共了个完成的其为月年周]$");
re!(ONE, r"(?:第\s?)?(\d{1,3}|[①-⑳]|[一二三四五六七八九十]{1,3})");
re!(
    ORDINAL,
    r"(?-u:\b)(?:the )?(first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th)(?: (?:one|item|task|point|issue))(?-u:\b)"
);
re!(
    SWEEPING,
    r"(?:^|[,，。;；、 ])全(?:[驳准退拒销弄同批过好完清修换搞整办合通给归交延不没拆装])|没有?一[条个件项处]|[哪那][条个件项]也|一[条个件项处](?:都|也|没|不)|全部|全都|全体|所有|统统|通通|一律|均|都|皆|悉数|全数|逐一|一个都|各项|(?-u:\b)(?:all|everything|both|each|none|neither|the whole lot|every one|every item|the lot)(?-u:\b)"
);

/// Whether words speak of everything, or of nothing: 都, 一律, all, none.
pub(super) fn sweeps(text: &str) -> bool {
    SWEEPING.is_match(text)
}

re!(SLASHES, r"(^|[^\d/.])(\d{1,2}(?:\s?[/.]\s?\d{1,2}){2,})($|[^\d/.])");

/// `1/2/3` and 1.2.3 are lists where the numbers rise and are too small for a date: three or more of them, below twenty.
pub(super) fn listed(text: &str) -> std::borrow::Cow<'_, str> {
    SLASHES.replace_all(text, |c: &Captures| {
        let numbers: Vec<u32> = c[2].split(['/', '.']).filter_map(|n| n.trim().parse().ok()).collect();
        let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.last().is_some_and(|n| *n < 20);
        match rises {
            true => format!("{}{}{}", &c[1], c[2].replace(['/', '.'], "、"), &c[3]),
            false => c[0].to_owned(),
        }
    })
}

re!(
    PLACE_ZH,
    r"(?P<end>倒数第|最后|最末|末尾|末|尾|后面|后头|后|最前面?|前面|前头|前|头)(?P<n>[一二两俩三四五六七八九]|\d{1,2})?那?(?P<unit>[条项个件])(?:[,，。;；、 !！?？\s]|$|[都已也没还全弄搞给归的可同通合先是不延完好批驳待在整修换今昨明请退过])"
);
re!(
    PLACE_EN,
    r"(?-u:\b)(?:the |my )?(?P<end>first|last|1st|bottom|second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th)(?:'?s)?(?: (?P<n>two|three|four|five|2|3|4|5))?(?: (?:ones?|items?|tasks?|points?|issues?))?(?:[,.;:!?]|$| (?:is|are|isn't|isnt|aren't|arent|was|has|have|done|not|no|needs?|gets?|ok|okay|fine|good|to|and|still|passes|passed|pass|fails?|failed|approved|refused|rejected|finished|fixed|complete|completed|belongs?|both|all|waits?|waiting|please|pls|never|cannot|can't|cant|by)(?-u:\b))"
);
re!(
    NUMBERED_EN,
    r"(?-u:\b)(?:(?:items?|no\.?|numbers?|tasks?|points?) (?P<named>one|two|three|four|five|six|seven|eight|nine|ten)|(?:^|[,.;:] ?|(?:and|but|then) )(?P<bare>one|two|three|four|five|six|seven|eight|nine|ten) (?:is|isn't|isnt|done|not|needs?|has|was|still|fails?|failed|passed|passes|approved|rejected|ok|okay|fixed|finished|to))(?-u:\b)"
);

/// Items named by where they stand in the writer's list, or by a number in words: 前三条, 最后一条, first two, item two.
/// Without a list of several they name nothing.
fn in_list(text: &str, open: &[u32]) -> Vec<Mention> {
    let mut out = Vec::new();
    if open.len() < 2 {
        return out;
    }
    let mut sorted = open.to_vec();
    sorted.sort_unstable();
    let mut add = |start: usize, end: usize, lines: &[u32]| {
        if !lines.is_empty() {
            let items = Items::Lines(lines.to_vec());
            out.push(Mention { start, end, items, explicit: true, counted: false });
        }
    };
    for c in PLACE_ZH.captures_iter(text) {
        let (Some(end), Some(unit)) = (c.name("end"), c.name("unit")) else { continue };
        let said = c.name("n").and_then(|n| number(n.as_str())).and_then(|n| usize::try_from(n).ok());
        let place = end.as_str();
        let from_end = place.contains(['后', '末', '尾']) || place == "倒数第";
        // 前一条 and 后一个 are neighbours of another.
        let n = match (place, said) {
            ("前" | "后", None | Some(1)) => continue,
            (_, n) => n.unwrap_or(1),
        };
        if n == 0 || n > sorted.len() {
            continue;
        }
        let lines = match (place, from_end) {
            ("倒数第", _) => &sorted[sorted.len() - n..][..1],
            (_, true) => &sorted[sorted.len() - n..],
            (_, false) => &sorted[..n],
        };
        add(end.start(), unit.end(), lines);
    }
    for c in PLACE_EN.captures_iter(text) {
        let (Some(all), Some(end)) = (c.get(0), c.name("end")) else { continue };
        let count = c.name("n").and_then(|n| number(n.as_str())).and_then(|n| usize::try_from(n).ok());
        let nth = number(end.as_str()).and_then(|n| usize::try_from(n).ok());
        let lines = match (end.as_str(), nth, count) {
            ("last" | "bottom", _, n) if n.unwrap_or(1) <= sorted.len() => &sorted[sorted.len() - n.unwrap_or(1)..],
            (_, Some(1), Some(n)) if n <= sorted.len() => &sorted[..n],
            (_, Some(nth), None) if (1..=sorted.len()).contains(&nth) => &sorted[nth - 1..nth],
            _ => continue,
        };
        // What follows is only looked at.
        let words = ["ones", "one", "items", "item", "tasks", "task", "points", "point", "issues", "issue"];
        let mut upto = c.name("n").map_or(end.end(), |n| n.end());
        if let Some(word) = words.iter().find(|w| text[upto..].starts_with(&format!(" {w}"))) {
            upto += 1 + word.len();
        }
        // "First, order the parts" and "at last" name no item.
        let counted = c.name("n").is_some() || upto > end.end() || text[all.start()..].starts_with("the ");
        let adverb = [",", ".", ";", ":", "!", "?", " to", " and", " by", " please", " pls"];
        let rest = &text[upto..];
        if !counted
            && (rest.is_empty() || adverb.iter().any(|a| rest.starts_with(a)) || text[..all.start()].ends_with("at "))
        {
            continue;
        }
        add(all.start(), upto, lines);
    }
    for c in NUMBERED_EN.captures_iter(text) {
        let Some(all) = c.get(0) else { continue };
        let (word, start) = match (c.name("named"), c.name("bare")) {
            (Some(word), _) => (word, all.start()),
            (None, Some(word)) => (word, word.start()),
            _ => continue,
        };
        let n = number(word.as_str()).and_then(|n| u32::try_from(n).ok()).filter(|n| open.contains(n));
        add(start, word.end(), n.as_slice());
    }
    out
}

/// All mentions of item numbers and codes, left to right; `open`: the numbers in the writer's list, rising.
pub(super) fn mentions(text: &str, spans: &[Span], open: &[u32]) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    let busy = |start: usize, end: usize| spans.iter().any(|s| s.start < end && start < s.end);
    for c in CODE.captures_iter(text) {
        if let Some(m) = code(&c)
            && !busy(m.start, m.end)
        {
            out.push(m);
        }
    }
    for mention in in_list(text, open) {
        if !busy(mention.start, mention.end) {
            out.push(mention);
        }
    }
    let mut at = 0;
    while let Some(found) = MENTION.find_at(text, at) {
        // Ok 1 no 2: the word between two numbers is an answer, and no "number".
        let denied =
            NO_BETWEEN.find(found.as_str()).map(|no| (found.start() + no.start() + 1, found.start() + no.end()));
        let (end, next) = denied.unwrap_or((found.end(), found.end()));
        at = next;
        match numbers(text, found.start(), end, spans, open) {
            Some(m) if !out.iter().any(|o| o.start < m.end && m.start < o.end) => out.push(m),
            Some(_) => {}
            // 延到10月8号 ④: what stands behind a date is looked at by itself.
            None => {
                let date = spans.iter().filter(|s| s.start < found.end() && found.start() < s.end).map(|s| s.end);
                at = date.filter(|end| *end < found.end()).max().unwrap_or(next);
            }
        }
    }
    for c in ORDINAL.captures_iter(text) {
        if let (Some(all), Some(n)) = (c.get(0), number(&c[1]))
            && !out.iter().any(|o| o.start < all.end() && all.start() < o.end)
        {
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

fn numbers(text: &str, start: usize, end: usize, spans: &[Span], open: &[u32]) -> Option<Mention> {
    // A date or a length inside the match ends it there: `1 3天` names line 1.
    let cut = spans.iter().filter(|s| s.start < end && start < s.end).map(|s| s.start).min();
    let mut end = cut.unwrap_or(end);
    if end <= start {
        return None;
    }
    let whole = text[start..end].trim_end_matches([' ', ',', '、', '-', '~', '+', '&', '和', '及', '与', '到', '至']);
    end = start + whole.len();
    if whole.is_empty() || UNIT_AFTER.is_match(&text[end..]) || glued_digit(text, end) {
        return shorter(text, start, end, spans, open);
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
    let only = EXCEPT.is_match(&text[..start])
        || single_open(whole, open)
            && ["通过", "合格", "同意", "完了", "好了"].iter().any(|w| text[..start].ends_with(w))
        || text[..start].ends_with("只有")
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
    let lines = apart(lines_of(whole), open);
    if lines.is_empty() {
        return None;
    }
    // 倒数第一条 is the last one; of 三条都好了 and 5项中的3项 the number counts.
    let tail = whole.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    let counts = !whole.starts_with(['第', '#']) && COUNTED_TAIL.is_match(tail);
    let of_many = ["都", "全", "均", "一起", "里", "中", "之"].iter().any(|w| text[end..].trim_start().starts_with(w));
    if ["倒数", "中的", "里的"].iter().any(|w| text[..start].ends_with(w))
        || counts && of_many && lines_of(whole).len() == 1
    {
        return None;
    }
    let single = lines.len() == 1;
    Some(Mention {
        start,
        end,
        counted: single && !whole.starts_with(['第', '#']) && COUNTED_TAIL.is_match(tail),
        explicit: prefixed || !single,
        items: Items::Lines(lines),
    })
}

/// The list without its last number, when that number turned out to carry a unit: `1 2天`.
fn shorter(text: &str, start: usize, end: usize, spans: &[Span], open: &[u32]) -> Option<Mention> {
    let whole = &text[start..end];
    let last = ONE.find_iter(whole).last()?;
    if last.start() == 0 {
        return None;
    }
    let head = whole[..last.start()].trim_end_matches([' ', ',', '、', '-', '~']);
    if head.is_empty() {
        return None;
    }
    numbers(text, start, start + head.len(), spans, open).filter(|m| m.end > m.start)
}

/// Whether a number alone names what is open.
fn single_open(whole: &str, open: &[u32]) -> bool {
    open.len() > 1 && matches!(lines_of(whole)[..], [one] if open.contains(&one))
}

/// 123都完成: digits that are open one by one, and not together.
fn apart(lines: Vec<u32>, open: &[u32]) -> Vec<u32> {
    let [one] = lines[..] else { return lines };
    let digits: Vec<u32> = one.to_string().chars().filter_map(|c| c.to_digit(10)).collect();
    let rising = digits.windows(2).all(|pair| pair[0] < pair[1]);
    match digits.len() > 1 && rising && !open.contains(&one) && digits.iter().all(|n| open.contains(n)) {
        true => digits,
        false => lines,
    }
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
