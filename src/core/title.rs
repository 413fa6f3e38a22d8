//! The line by which people know an item: what is wrong first, then where, in as much room as a phone has.

use unicode_width::UnicodeWidthStr as _;

/// Columns of a title as a terminal counts them: forty Chinese characters.
pub const TITLE: usize = 80;
/// Columns that the place may take.
const PLACE: usize = 32;

/// The finding, and the places that it does not name itself in brackets behind it. What is too long is cut between
/// words, and shows it; the whole text is in the item's description.
#[must_use]
pub fn of(finding: &str, places: &[&str]) -> String {
    let finding = one_line(finding);
    let mut named: Vec<String> = Vec::new();
    for place in places.iter().map(|place| one_line(place)).filter(|place| !place.is_empty()) {
        let says = |text: &str| text.to_lowercase().contains(&place.to_lowercase());
        if !says(&finding) && !named.iter().any(|other| says(other)) {
            named.push(place);
        }
    }
    let place = cut(&named.join(" "), PLACE);
    if finding.is_empty() || place.is_empty() {
        return cut(if finding.is_empty() { &place } else { &finding }, TITLE);
    }
    let place = in_brackets(&finding, &place);
    format!("{}{place}", cut(&finding, TITLE - place.width()))
}

/// What of the finding and its place the title cut, whole; empty where the title says everything.
#[must_use]
pub fn unsaid(title: &str, finding: &str, place: &str) -> String {
    let (finding, place) = (one_line(finding), one_line(place));
    let says = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    let placed = says(title, &place) || says(&finding, &place);
    match (says(title, &finding), placed) {
        (true, true) => String::new(),
        (true, false) => place,
        (false, true) => finding,
        (false, false) => format!("{finding}{}", in_brackets(&finding, &place)),
    }
}

/// A place as it stands behind a finding.
fn in_brackets(finding: &str, place: &str) -> String {
    if finding.is_ascii() && place.is_ascii() { format!(" ({place})") } else { format!("（{place}）") }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many columns, whole words, and an ellipsis for the rest.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut used, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        // A word of letters and digits stays whole; before anything else may be cut.
        let inside = |c: char| c.is_alphanumeric() && c.to_string().width() < 2;
        if !(inside(c) && text[..at].chars().next_back().is_some_and(inside)) {
            end = at;
        }
        used += c.to_string().width();
        if used >= columns {
            break;
        }
    }
    // One word alone is longer than the line.
    let end = if end == 0 { text.char_indices().take(columns - 1).last().map_or(0, |(at, _)| at) } else { end };
    format!("{}…", text[..end].trim_end_matches([' ', ',', '，', '、', ';', '；', '(', '（']))
}

#[cfg(test)]
mod tests {
    use super::{cut, of, unsaid};

    #[test]
    fn what_is_wrong_comes_first_and_nothing_is_said_twice() {
        assert_eq!(of("配电箱无盖", &["顺达机械厂", "二车间"]), "配电箱无盖（顺达机械厂 二车间）");
        assert_eq!(of("Vent fan failed", &["Northfield", "Lab"]), "Vent fan failed (Northfield Lab)");
        assert_eq!(of("Chlorine store vent fan failed", &["", "Chlorine store"]), "Chlorine store vent fan failed");
        assert_eq!(of("", &["顺达机械厂", "顺达机械厂二车间"]), "顺达机械厂 顺达机械厂二车间");
        assert_eq!(of("甲\n乙", &[]), "甲 乙");
    }

    #[test]
    fn what_a_title_cut_is_known_and_nothing_else() {
        let (finding, place) = ("危".repeat(60), "二期厂区西北角危险化学品中间仓库与配料车间之间的连廊");
        let said = |finding: &str, place: &str| unsaid(&of(finding, &["顺达机械厂", place]), finding, place);
        assert_eq!(said("配电箱无盖", "二车间"), "");
        assert_eq!(said(&finding, "二车间"), finding);
        assert_eq!(said("配电箱无盖", place), place);
        assert_eq!(said(&finding, place), format!("{finding}（{place}）"));
        assert_eq!(unsaid("甲 乙（丙）", "甲\n乙", "丙"), "");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(cut("Forklift battery room", 10), "Forklift…");
        assert_eq!(cut("3号冲床CV-3光栅被短接", 12), "3号冲床CV-3…");
        assert_eq!(cut("abcdefghijkl", 6), "abcd…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
