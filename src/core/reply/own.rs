//! The writer's own words about some items: what is shown to others as a reason.
//!
//! Numbers and codes only say which item is meant, and a neighbouring clause speaks of another one: neither is a
//! reason.

use super::{Intent, Items};

/// A mark in the text that names an item: where it stands, and which intents are about it.
struct Mark {
    from: usize,
    to: usize,
    of: Vec<usize>,
}

/// Of `text`, what is said about the items of `all[which]`: without the marks that name them, up to the marks of other
/// items. The whole text where no mark stands.
pub fn own_words(text: &str, all: &[Intent], which: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let marks = marks(&chars, all);
    let Some(first) = marks.iter().position(|m| m.of.contains(&which)) else { return text.trim().to_owned() };
    let end = marks[first..].iter().find(|m| !m.of.contains(&which)).map_or(chars.len(), |m| m.from);
    let own = marks[first..].iter().take_while(|m| m.of.contains(&which));
    // A list of marks in front: 1、3不归我管.
    let mut from = marks[first].to;
    for mark in own {
        if chars[from.min(mark.from)..mark.from].iter().all(|c| is_between(*c)) {
            from = mark.to;
        }
    }
    let after = words(&chars[from..end]);
    if !after.is_empty() {
        return after;
    }
    // 不归我管，3: the mark comes last.
    let start = marks[..first].last().map_or(0, |m| m.to);
    words(&chars[start..marks[first].from])
}

fn marks(chars: &[char], all: &[Intent]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let starts = at == 0 || !fold(chars[at - 1]).is_ascii_alphanumeric();
        let found = match (number(chars, at), starts) {
            (Some((n, to)), true) => Some((to, of(all, |items| lines(items).contains(&n)))),
            (None, true) => code(chars, at).map(|(code, to)| (to, of(all, |items| codes(items).contains(&code)))),
            _ => None,
        };
        match found {
            Some((to, of)) if !of.is_empty() => {
                marks.push(Mark { from: at, to, of });
                at = to;
            }
            _ => at += 1,
        }
    }
    marks
}

fn of(all: &[Intent], is_about: impl Fn(&Items) -> bool) -> Vec<usize> {
    all.iter().enumerate().filter(|(_, intent)| is_about(&intent.items)).map(|(n, _)| n).collect()
}

fn lines(items: &Items) -> &[u32] {
    match items {
        Items::Lines(numbers) => numbers,
        _ => &[],
    }
}

fn codes(items: &Items) -> &[String] {
    match items {
        Items::Codes(codes) => codes,
        _ => &[],
    }
}

/// A number that may name an item; not a length, a share or a time (3天, 50%, 9:30).
fn number(chars: &[char], at: usize) -> Option<(u32, usize)> {
    if let circled @ 1..=20 = u32::from(chars[at]).wrapping_sub(0x245F) {
        return Some((circled, at + 1));
    }
    let digits = chars[at..].iter().take_while(|c| fold(**c).is_ascii_digit()).count();
    let value: String = chars[at..at + digits].iter().map(|c| fold(*c)).collect();
    let next = chars.get(at + digits).copied().map(fold);
    let measures =
        next.is_some_and(|c| "天日月年时時点點分%:个個周小.".contains(c) || c.is_ascii_alphabetic() && c != 'd');
    (!measures).then(|| value.parse().ok().map(|n| (n, at + digits))).flatten()
}

/// A word of letters and digits as a code is written, `#` in front or not.
fn code(chars: &[char], at: usize) -> Option<(String, usize)> {
    let start = at + usize::from(chars[at] == '#' || chars[at] == '＃');
    let length = chars[start..].iter().take_while(|c| fold(**c).is_ascii_alphanumeric()).count();
    let code: String = chars[start..start + length].iter().map(|c| fold(*c).to_ascii_uppercase()).collect();
    (length > 0).then_some((code, start + length))
}

/// Full-width letters and digits as plain ones.
fn fold(c: char) -> char {
    match u32::from(c) {
        n @ 0xFF01..=0xFF5E => char::from_u32(n - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// What stands between two marks of a list, or between a mark and what is said of it.
fn is_between(c: char) -> bool {
    c.is_whitespace() || "，,、。．.；;：:号號项項条條第和及与與&/-—".contains(c)
}

fn words(chars: &[char]) -> String {
    let text: String = chars.iter().collect();
    text.trim_matches(is_between).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::IntentKind;

    fn about(items: Items) -> Intent {
        Intent { items, ..Intent::new(IntentKind::Reject) }
    }

    #[test]
    fn marks_and_neighbours_are_no_reason() {
        let line = |n: &[u32]| about(Items::Lines(n.to_vec()));
        for (text, all, which, want) in [
            ("3不归我管", vec![line(&[3])], 0, "不归我管"),
            ("③不归我管，是消防的事", vec![line(&[3])], 0, "不归我管，是消防的事"),
            ("第3项不归我管", vec![line(&[3])], 0, "不归我管"),
            ("1、3不归我管", vec![line(&[1, 3])], 0, "不归我管"),
            ("2完成，３不归我管", vec![line(&[2]), line(&[3])], 1, "不归我管"),
            ("2完成 3受阻：等设备3天", vec![line(&[2]), line(&[3])], 1, "受阻：等设备3天"),
            ("3受阻：等设备 2完成", vec![line(&[3]), line(&[2])], 0, "受阻：等设备"),
            ("不归我管，3", vec![line(&[3])], 0, "不归我管"),
            (
                "x0v2 blocked: waiting for parts",
                vec![about(Items::Codes(vec!["X0V2".into()]))],
                0,
                "blocked: waiting for parts",
            ),
            ("不归我管", vec![about(Items::Unspecified)], 0, "不归我管"),
        ] {
            assert_eq!(own_words(text, &all, which), want, "{text}");
        }
    }
}
