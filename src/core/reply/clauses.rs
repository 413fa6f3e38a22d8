//! Cutting a message into clauses, each with the items it speaks of.
//!
//! Cuts at punctuation, at "but" and 但, and where a new item number begins (`1完成 2在办`). A clause
//! without items of its own continues the group before it. Exceptions (除第2项外, all except 2) are
//! taken out of the text here and handed on. Does not know what a clause claims.

use super::items::{self, Mention};
use super::spans::{self, Span};
use super::{Context, Items};
use crate::core::patterns::re;

/// A clause with its items.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// As written after normalisation, without item numbers at its edges.
    pub(super) text: String,
    /// The same in ASCII lower case: the same byte offsets.
    pub(super) low: String,
    pub(super) spans: Vec<Span>,
    pub(super) items: Items,
    /// Lines or codes excepted from what the clause says.
    pub(super) except: Option<Items>,
    /// `3项`: count or line number.
    pub(super) counted: bool,
    /// Follows a 但 or "but".
    pub(super) contrast: bool,
    /// Ends with a question mark.
    pub(super) asked: bool,
}

re!(
    EXCEPT,
    r"(?:除(?:了|去|开)?|不含|不包括|不算|扣除)\s?([^,;。]{1,24}?)\s?(?:之外|以外|外|除外|没有?[做完办弄搞]*完?成?|未完成|还没[^,;。]{0,4})?(?:,|;|。|$|均|都|全|其|还|已|完|办|搞|以)|([^,;。除]{1,16}?)(?:除外|以外|之外)|(?-u:\b)(?:all but|everything but|except(?:ing)?(?: for)?|apart from|other than|excluding|bar|aside from|besides|minus|but(?: for| not)?|save for|with the exception of|but not)(?-u:\b)\s*([^,;.]{1,40})"
);
re!(
    CUT,
    r"[;。!\n…]+|\.{2,}|\?+|,+|(?:\.(?:\s|$))|\s-+\s|\s*[|]\s*|(?-u:\b)(?:but|however|although|though|whereas|while)(?-u:\b)|但是|但|然而|不过|可是|只是|另外|同时|另,|\s[~]\s"
);

/// Cuts `text` into clauses.
pub(super) fn clauses(text: &str, ctx: &Context) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut contrast = false;
    for piece in pieces(text) {
        if piece.contrast {
            contrast = true;
        }
        for (segment, last) in at_numbers(piece.text, ctx) {
            let part = part(segment, contrast, piece.asked && last, ctx);
            if part.text.is_empty() && part.items == Items::Unspecified && part.except.is_none() && !part.asked {
                continue;
            }
            contrast = false;
            parts.push(part);
        }
    }
    parts
}

struct Piece<'t> {
    text: &'t str,
    asked: bool,
    contrast: bool,
}

/// Pieces between punctuation marks and conjunctions.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut contrast = false;
    let low = text.to_ascii_lowercase();
    for cut in CUT.find_iter(&low) {
        let mark = cut.as_str();
        if keeps_together(&low, cut.start(), cut.end(), from) {
            continue;
        }
        let piece = text[from..cut.start()].trim();
        let word = mark.chars().any(char::is_alphabetic);
        out.push(Piece { text: piece, asked: mark.starts_with('?'), contrast });
        contrast = word;
        from = cut.end();
    }
    out.push(Piece { text: text[from..].trim(), asked: false, contrast });
    out.retain(|p| !p.text.is_empty() || p.asked);
    out
}

// `done 1, 2 and 3`: what stands behind the comma is only the rest of the list.
re!(LIST_END, r"^\s?(?:(?:and|to|through|or)(?-u:\b)\s?|&\s?|和|及|与)+\s?#?\d{1,3}(?:项|条|号)?\s*$");
re!(BUT_ITEMS, r"^ (?:for |items? |no\.? |numbers? |#)*(?:\d+|[a-z]\d[a-z]\d)(?:(?:[,&\s]|and)+\d+)*\s*(?:$|[.,;!\n])");
re!(BUT_NOT, r"^ not (?:(?:for |with |on )?(?:the )?(?:items?|nos?\.?|numbers?) ?)?(?:#?\d|[a-z]\d)");

/// Marks that only look like a cut: the comma of `1,3`, the dot of `1. done`, 除2外，… and "all but 2".
fn keeps_together(low: &str, start: usize, end: usize, from: usize) -> bool {
    let mark = &low[start..end];
    if mark.starts_with(',') {
        let digit_before = low[..start]
            .trim_end()
            .ends_with(|c: char| c.is_ascii_digit() || ('①'..='⑳').contains(&c) || c == '项' || c == '条');
        let after = low[end..].trim_start();
        let after = after.strip_prefix("and ").unwrap_or(after).trim_start_matches(['#', '第']);
        let digit_after = after.starts_with(|c: char| c.is_ascii_digit() || ('①'..='⑳').contains(&c));
        // 完成1、2,3在办: both sides say something of their own.
        let behind = after.trim_start_matches(|c: char| c.is_ascii_digit() || ('①'..='⑳').contains(&c));
        let behind = behind.split([',', ';', '。', '\n']).next().unwrap_or("");
        let behind = &*LIST_END.replace(behind, "");
        let ahead = low[from..start].trim_end_matches(|c: char| c.is_ascii_digit() || " ,、&和及".contains(c));
        let both = has_words(behind.trim_start_matches(|c: char| c.is_ascii_digit() || " 、&项条号和及-".contains(c)))
            && has_words(ahead)
            && !ahead.starts_with("第");
        if digit_before && digit_after && !both && !after_number_is_content(low, from, start) {
            return true;
        }
        return low[from..start].trim_start().starts_with("除") && low[start..].len() > 1;
    }
    if mark.starts_with('.') && mark.len() <= 2 && !mark.starts_with("..") {
        let digits = low[from..start].trim();
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && low.len() > end;
    }
    // "all but 2", "everything but item 3", "all except … but not": handled as exceptions.
    let sweeping = ["all", "everything", "both"].iter().any(|w| low[from..start].contains(w));
    mark == "but" && sweeping && BUT_ITEMS.is_match(&low[end..])
        || mark == "but" && BUT_NOT.is_match(&low[end..])
        || mark == "but"
            && (low[..start].trim_end().ends_with("all")
                || low[..start].trim_end().ends_with("anything")
                || low[..start].trim_end().ends_with("nothing")
                || low[..start].trim_end().ends_with("everything"))
        || (mark == "但" && low[end..].starts_with(['愿', '凡', '书']))
        || (mark == "不过" && low[end..].starts_with(['是', '一']))
        || (mark == "只是" && low[..start].ends_with('不'))
}

/// True if the piece before the comma already says something besides numbers (`1完成,2`).
fn after_number_is_content(low: &str, from: usize, comma: usize) -> bool {
    let before = low[from..comma].trim();
    let only_list = before
        .chars()
        .all(|c| c.is_ascii_digit() || " ,、-~&#第项条号和至到及".contains(c) || ('①'..='⑳').contains(&c));
    if only_list {
        return false;
    }
    let trailing = before.rsplit(|c: char| !(c.is_ascii_digit() || " ,、-~&".contains(c))).next().unwrap_or("");
    // `items 1, 3 done` keeps its list, `1完成2, 3在办` does not occur.
    let head = &before[..before.len() - trailing.len()];
    head.chars().next().is_some_and(|c| c.is_ascii_digit()) || trailing.trim().is_empty()
}

/// Further cuts where a new item number starts a statement of its own.
fn at_numbers<'t>(piece: &'t str, ctx: &Context) -> Vec<(&'t str, bool)> {
    let low = piece.to_ascii_lowercase();
    let spans = spans::spans(&low, ctx);
    let found = items::mentions(&low, &spans);
    let mut cuts = vec![0];
    for (i, m) in found.iter().enumerate() {
        let after_end = found.get(i + 1).map_or(low.len(), |n| n.start);
        let says_after = has_words(&low[m.end..after_end]);
        let from = *cuts.last().unwrap_or(&0);
        let says_before = has_words(&unnamed(&low[from..m.start], from, &found[..i]))
            && found[..i].iter().any(|p| p.start >= *cuts.last().unwrap_or(&0));
        if m.start > 0 && says_after && says_before && !EXCEPT.is_match(&low) {
            cuts.push(m.start);
        }
    }
    // `其他`, "the rest" also open a statement.
    if let Some(m) = rest_start(&low)
        && m > 0
        && !found.is_empty()
        && found[0].start < m
        && !EXCEPT.is_match(&low)
        && !cuts.contains(&m)
    {
        cuts.push(m);
        cuts.sort_unstable();
    }
    cuts.push(piece.len());
    let mut out: Vec<(&str, bool)> = cuts.windows(2).map(|w| (piece[w[0]..w[1]].trim(), w[1] == piece.len())).collect();
    if out.len() > 1 {
        out.retain(|(text, last)| !text.is_empty() || *last);
    }
    out
}

re!(
    REST_START,
    r"(?:其他|其它|其余|余下|剩下|剩余)|(?-u:\b)(?:the rest|(?:the )?others|everything else|remaining)(?-u:\b)"
);

fn rest_start(low: &str) -> Option<usize> {
    REST_START.find(low).map(|m| m.start())
}

/// `text`, which begins at `from`, without the mentions in it.
fn unnamed(text: &str, from: usize, found: &[Mention]) -> String {
    let mut out = text.as_bytes().to_vec();
    for m in found.iter().filter(|m| m.start >= from && m.end <= from + text.len()) {
        out[m.start - from..m.end - from].fill(b' ');
    }
    String::from_utf8(out).unwrap_or_default()
}

fn has_words(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && !"✅❌×+👍👌".contains(c));
    let text = text.trim_end_matches("and").trim();
    !text.is_empty() && !matches!(text, "和" | "及" | "与" | "项" | "条" | "号" | "to" | "第" | "item" | "items")
}

/// Builds one clause: exceptions taken out, then item numbers at its edges, then scope words.
fn part(segment: &str, contrast: bool, asked: bool, ctx: &Context) -> Part {
    let (text, except) = exception(segment, ctx);
    let low = text.to_ascii_lowercase();
    let spans = spans::spans(&low, ctx);
    let found = items::mentions(&low, &spans);
    // "is 2 done": the verb stands before the item, so it asks.
    let asked = asked || VERB_FIRST.is_match(&low) && found.first().is_some_and(|m| m.start > 0);
    let named: Vec<Mention> = found.into_iter().filter(|m| belongs(&low, m)).collect();
    let mut counted = named.iter().any(|m| m.counted);
    let mut items = items::merged(&named);
    // 五项全部完成: a count, of which all are meant.
    if counted && items::scope(&low) == Some(Items::All) {
        counted = false;
        items = Items::All;
    }
    if items == Items::Unspecified
        && let Some(scope) = items::scope(&low)
    {
        items = scope;
    }
    let text = blanked(&text, &named);
    let low = text.to_ascii_lowercase();
    Part { spans: spans::spans(&low, ctx), text, low, items, except, counted, contrast, asked }
}

re!(VERB_FIRST, r"^(?:is|are|was|were|has|have|did|does) ");
re!(AFTER_COUNT_VERB, r"(?:完成|办结|整改|处理|解决|剩|还有|还差|只有|仅)(?:了)?\s?$");

re!(
    BEFORE_ITEM,
    r"^(?:只有|除非|is|are|was|were|has|have|did|does|听说|据说|好像|应该|可能|估计|大概|另外|还有|然后|至于|关于|目前|现在|如果|要是|只要|他说|说|i think|maybe|probably|heard|撤销|撤回|取消|undo|only|just|then|also|if|once)$"
);

/// A bare number counts as an item at the edges of the clause only; inside it may be anything.
fn belongs(low: &str, m: &Mention) -> bool {
    if m.explicit {
        return true;
    }
    let before = low[..m.start].trim();
    let after = low[m.end..].trim();
    if m.counted && AFTER_COUNT_VERB.is_match(before) {
        return false;
    }
    before.is_empty()
        || after.is_empty()
        || matches!(before, "and" | "but" | "not" | "also" | "ok" | "my" | "已完成" | "我的")
        || BEFORE_ITEM.is_match(before)
        || before.ends_with("with")
        || before.ends_with("for")
}

/// The text without the ranges of `named`, tidied at the edges.
fn blanked(text: &str, named: &[Mention]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for m in named {
        if m.start >= from {
            out.push_str(&text[from..m.start]);
            out.push(' ');
            from = m.end;
        }
    }
    out.push_str(&text[from..]);
    let out = out.trim().trim_start_matches(['.', ':', '、', ')', '#', ',', '-', ' ']).trim();
    let out = out.trim_end_matches(['、', ':', '-', '(', '~']).trim();
    out.to_string()
}

/// Takes an exception out of the clause: the clause without it, and what is excepted.
fn exception(segment: &str, ctx: &Context) -> (String, Option<Items>) {
    let low = segment.to_ascii_lowercase();
    for c in EXCEPT.captures_iter(&low) {
        let Some(all) = c.get(0) else { continue };
        // 除非: a condition, no exception.
        if all.as_str().starts_with("除非") {
            continue;
        }
        // 拆除, 消除, 清除 …: a verb, no exception.
        if all.as_str().starts_with('除')
            && low[..all.start()]
                .ends_with(['拆', '消', '清', '排', '解', '废', '删', '铲', '扣', '免', '根', '开', '移', '割', '撤'])
        {
            continue;
        }
        let Some(inner) = c.get(1).or_else(|| c.get(2)).or_else(|| c.get(3)) else {
            continue;
        };
        let spans = spans::spans(inner.as_str(), ctx);
        let found = items::mentions(inner.as_str(), &spans);
        let items = items::merged(&found);
        if items == Items::Unspecified && all.as_str().starts_with("but") {
            continue;
        }
        if items == Items::Unspecified && !all.as_str().starts_with('除') && c.get(3).is_none() {
            continue;
        }
        let mut end = all.end();
        // What stands behind the list is said of the others: "all except 3 are done".
        if c.get(3).is_some()
            && let Some(last) = found.last()
        {
            end = inner.start() + last.end;
        }
        // The look-ahead character (均, 都, 其…) belongs to what follows.
        if c.get(1).is_some()
            && let Some(last) = all.as_str().chars().last()
            && "均都全其还已完办搞以".contains(last)
        {
            end -= last.len_utf8();
        }
        let mut start = all.start();
        // What stands before the list is the claim: "全部完成(第3项除外)".
        if c.get(2).is_some()
            && let Some(first) = found.first()
        {
            start = inner.start() + first.start;
        }
        let keep_all =
            if all.as_str().starts_with("all but") || all.as_str().starts_with("everything but") { "all " } else { "" };
        let rest = format!("{}{}{}", &segment[..start], keep_all, &segment[end..]);
        let rest = rest.trim().trim_matches([',', ' ', '(', ')']).to_string();
        return (rest, Some(items));
    }
    (segment.to_string(), None)
}
