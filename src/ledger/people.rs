//! Cells that name people: several in one cell, with phones, titles and brackets, or an office in place
//! of a person.
//!
//! Knows how names are written, not who exists: whether a name is a person or a unit on record is
//! decided at import. Called by `rows` and `roster`.

use serde::{Deserialize, Serialize};

use super::cells::{self, Phone};
use dutybell_core::patterns::re;

/// A person, or a unit standing for one, as named in a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRef {
    pub name: String,
    pub phone: Option<String>,
    /// 副县长, or whatever else stood in brackets.
    pub title: Option<String>,
    /// Follows the one before after a slash or a space: that one may be the unit of this one (柳河乡/张强).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
}

re!(
    PHONE,
    r"(?x)
        (?:\+?86[\ -]?)?1[3-9][0-9](?:[\ -]?[0-9]{4}){2}
        | [0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}
        | 1[0-9]{2}[*xX]{4}[0-9]{4}
        | 0[0-9]{2,3}[\ -]?[0-9]{7,8}
        | \+[0-9][0-9\ -]{6,14}[0-9]
        | [0-9]{7,8}
        "
);

const TITLES: [&str; 34] = [
    "副县长",
    "县长",
    "副镇长",
    "镇长",
    "副乡长",
    "乡长",
    "副书记",
    "书记",
    "副主任",
    "主任",
    "副局长",
    "局长",
    "总经理",
    "经理",
    "厂长",
    "校长",
    "站长",
    "所长",
    "科长",
    "股长",
    "大队长",
    "队长",
    "部长",
    "处长",
    "院长",
    "董事长",
    "负责人",
    "安全员",
    "支书",
    "组长",
    "店长",
    "园长",
    "矿长",
    "法人",
];

/// Endings of names of offices and enterprises; the first group also for three-character names.
const OFFICES: [&str; 9] = ["办", "局", "队", "所", "厂", "委", "站", "科", "公司"];
const UNITS: [&str; 26] = [
    "中心", "股", "政府", "部", "室", "会", "组", "院", "园", "店", "镇", "乡", "街道", "村", "社区", "市场", "集团",
    "物业", "小学", "中学", "学校", "校", "矿", "处", "超市", "酒店",
];

/// True when a name reads like an office or an enterprise rather than a person.
#[must_use]
pub fn looks_like_unit(name: &str) -> bool {
    let name = cells::squash(name);
    let count = name.chars().count();
    let ends = |list: &[&str]| list.iter().any(|w| name.ends_with(w));
    (count >= 3 && ends(&OFFICES)) || (count >= 4 && ends(&UNITS))
}

/// Reads a people cell in its order: the first one leads. The second list holds phone numbers that
/// cannot be used.
#[must_use]
pub fn read_people(text: &str) -> (Vec<PersonRef>, Vec<String>) {
    let (mut people, mut unusable) = (Vec::new(), Vec::new());
    if cells::is_nothing(text) {
        return (people, unusable);
    }
    let text = cells::fold(&text.replace(['\n', '\r'], "、"));
    for (slash, part) in split(&text) {
        let start = people.len();
        read_part(&part, &mut people, &mut unusable);
        for (i, person) in people[start..].iter_mut().enumerate() {
            person.joined = i > 0 || slash && start > 0;
        }
    }
    (people, unusable)
}

/// Splits at separators outside brackets; true: after a slash.
fn split(text: &str) -> Vec<(bool, String)> {
    let (mut parts, mut depth) = (vec![(false, String::new())], 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, '、' | ',' | ';' | '/' | '|' | '&' | '。') {
            parts.push((c == '/', String::new()));
        } else if let Some((_, part)) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// Reads what stands between two separators: usually one person, with a phone and a title.
fn read_part(part: &str, people: &mut Vec<PersonRef>, unusable: &mut Vec<String>) {
    let (outside, inside) = brackets(part);
    let (outside, mut phones) = take_phones(&outside, unusable);
    let (inside, more) = take_phones(&inside, unusable);
    phones.extend(more);
    let start = people.len();
    for word in names(strip_label(&outside)) {
        add_word(&word, start, people);
    }
    let inside = strip_label(&inside).trim_matches([' ', '、', ',', ';', ':']).to_owned();
    let Some(last) = people.len().checked_sub(1) else {
        return;
    };
    if !inside.is_empty() && people[last].title.is_none() {
        people[last].title = Some(inside);
    }
    // Several names before several phones pair up in order; a lone phone belongs to the last name.
    let several = phones.len() > 1 && people.len() - start == phones.len();
    let first = if several { start } else { last };
    for (i, phone) in phones.into_iter().enumerate() {
        if let Some(person) = people.get_mut(first + i).filter(|p| p.phone.is_none()) {
            person.phone = Some(phone);
        }
    }
}

/// A word is a title of the person beside it, or a new name, perhaps with a title grown to it.
fn add_word(word: &str, start: usize, people: &mut Vec<PersonRef>) {
    let waiting = people.get(start..).and_then(<[_]>::last).is_some_and(|p| p.name.is_empty());
    if TITLES.contains(&word) {
        match people[start..].last_mut().filter(|p| p.title.is_none()) {
            Some(person) => person.title = Some(word.to_owned()),
            None => people.push(PersonRef { title: Some(word.to_owned()), ..PersonRef::default() }),
        }
        return;
    }
    let (name, title) = part_title(word);
    if waiting {
        if let Some(person) = people.last_mut() {
            person.name = name;
        }
    } else {
        people.push(PersonRef { name, title, ..PersonRef::default() });
    }
}

/// 王五副县长 or 副县长王五; offices and 李书记 stay whole.
fn part_title(word: &str) -> (String, Option<String>) {
    let is_name = |s: &str| (2..=4).contains(&s.chars().count()) && s.chars().all(cells::is_han) && !looks_like_unit(s);
    for title in TITLES {
        let rest = word.strip_suffix(title).or_else(|| word.strip_prefix(title));
        if let Some(name) = rest.filter(|s| is_name(s)) {
            return (name.to_owned(), Some(title.to_owned()));
        }
    }
    (word.to_owned(), None)
}

/// Text outside brackets and inside them.
fn brackets(part: &str) -> (String, String) {
    let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0usize);
    for c in part.chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                inside.push(' ');
            }
            c if depth > 0 => inside.push(c),
            c => outside.push(c),
        }
    }
    (outside, cells::fold(&inside))
}

/// 联系人:张三 means 张三.
fn strip_label(text: &str) -> &str {
    match text.split_once(':') {
        Some((label, rest)) if label.trim().chars().count() <= 6 => rest,
        _ => text,
    }
}

fn take_phones(text: &str, unusable: &mut Vec<String>) -> (String, Vec<String>) {
    let mut phones = Vec::new();
    for found in PHONE.find_iter(text) {
        match cells::phone(found.as_str()) {
            Some(Phone::Number(n)) => phones.push(n),
            Some(Phone::Rounded | Phone::Unusable) => unusable.push(found.as_str().to_owned()),
            None => {}
        }
    }
    let rest = PHONE.replace_all(text, " ").into_owned();
    let rest = ["联系电话", "电话", "手机", "tel", "Tel"].iter().fold(rest, |r, w| r.replace(w, " "));
    (rest, phones)
}

/// Words of a part as names: 张 三 is one name, 张三 李四 are two, Latin words belong together.
fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in text.split([' ', ':']).map(|w| w.trim_matches(['-', '.', '*'])).filter(|w| !w.is_empty()) {
        let single = |w: &str| w.chars().count() == 1 && w.chars().all(cells::is_han);
        let latin = |w: &str| w.chars().all(|c| !cells::is_han(c));
        match names.last_mut() {
            Some(last) if single(last) && single(word) => last.push_str(word),
            Some(last) if latin(last) && latin(word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => names.push(word.to_owned()),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{looks_like_unit, read_people};

    fn say(text: &str) -> String {
        let (people, bad) = read_people(text);
        let mut words: Vec<String> = people
            .iter()
            .map(|p| {
                [Some(p.name.as_str()), p.phone.as_deref(), p.title.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .collect();
        words.extend(bad.iter().map(|b| format!("!{b}")));
        words.join(";")
    }

    #[test]
    fn cells_that_name_people() {
        for (cell, want) in [
            ("张三 13800000001", "张三|13800000001"),
            ("张三、赵六", "张三;赵六"),
            ("王五（副县长）", "王五|副县长"),
            ("张三（13800000001）、李四（13800000002）", "张三|13800000001;李四|13800000002"),
            ("张三（副镇长、13800000001）", "张三|13800000001|副镇长"),
            ("市场管理办", "市场管理办"),
            ("张 三", "张三"),
            ("张三 李四", "张三;李四"),
            ("张三\n李四", "张三;李四"),
            ("副县长王五", "王五|副县长"),
            ("王五副县长", "王五|副县长"),
            ("副县长 王五", "王五|副县长"),
            ("李书记", "李书记"),
            ("张三，13800000001", "张三|13800000001"),
            ("张三138-0000-0001", "张三|13800000001"),
            ("联系人：孙八 电话：0731-8123456", "孙八|0731-8123456"),
            ("张三 1.38E+10", "张三;!1.38E+10"),
            ("张三 138****0001", "张三;!138****0001"),
            ("张三李四 ", "张三李四"),
            ("Anna Lin +44 20 7946 0000", "Anna Lin|+442079460000"),
            ("无", ""),
            ("13800000001", ""),
        ] {
            assert_eq!(say(cell), want, "{cell}");
        }
    }

    #[test]
    fn offices_are_told_from_names() {
        for name in ["市场管理办", "消防队", "县应急管理局", "红星花炮厂", "白沙乡小学", "县安委办"]
        {
            assert!(looks_like_unit(name), "{name}");
        }
        for name in ["张三", "李小园", "欧阳锋", "王建校", "Anna Lin"] {
            assert!(!looks_like_unit(name), "{name}");
        }
    }
}
