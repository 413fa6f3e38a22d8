//! Lists of people and of units: who holds which post where, and how each can be reached.
//!
//! Data as written, split into fields; links between them (a unit's parent) are names, resolved at import. Called by `read` for sheets named 人员 or 单位 and for files with such
//! headers.

use dutybell_core::channels;
use serde::Serialize;

use super::cells::{self, Phone};
use super::headers::{Header, Key};
use super::hours;
use super::read::Workbook;
use super::rows::{list, problem, refusal};
use super::sheet::{LeftOut, Line, Sheet, Why};
use super::{Place, Problem, Severity};

/// A person at a post. The same person may stand on several rows, one for each post.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PersonRow {
    pub place: Place,
    /// Number of the list that was given out, where the row carries it.
    pub number: Option<i64>,
    pub name: String,
    pub english_name: String,
    pub phone: Option<String>,
    /// Last part of the path.
    pub unit: String,
    /// As written: 青石县/青石镇.
    pub unit_path: String,
    pub post_title: String,
    /// `leader`, `supervisor`, `safety_office`, `duty`, `liaison`, `head`, `staff`, …; Chinese words are mapped, others kept.
    pub post_role: String,
    pub locale: String,
    /// IANA time zone name.
    pub zone: String,
    /// Channel and address, the preferred one first.
    pub channels: Vec<(String, String)>,
    /// Channels in the order in which 渠道 names them; empty when it says nothing of the order.
    pub preferred: Vec<String>,
    /// Columns in which a dash or 无 says that there is none any more; an empty cell says nothing.
    pub cleared: Vec<Key>,
    /// Hours without messages: 21:30-07:30.
    pub quiet: String,
    pub problems: Vec<Problem>,
}

/// A unit: an office, a township, an enterprise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UnitRow {
    pub place: Place,
    pub name: String,
    /// Name or path of the unit above; empty at the top.
    pub parent: String,
    /// `province`, `prefecture`, `county`, `township`, `village`, `enterprise` or `department`; others as written.
    pub level: String,
    pub calendar: String,
    pub phone: Option<String>,
    pub problems: Vec<Problem>,
}

/// Reads people below the header; returns rows read and rows left out.
pub fn read_people(sheet: &Sheet, header: &Header, home: &Place, book: &mut Workbook) -> (usize, usize) {
    report_deputies(sheet, header, home, book);
    each(sheet, header, home, book, |line, place, book| {
        let person = person(&Fields { line, header, place });
        book.people.push(person);
    })
}

/// A column of deputies is not read: somebody stands in while an absence is noted, from a day to a day.
fn report_deputies(sheet: &Sheet, header: &Header, home: &Place, book: &mut Workbook) {
    let Some(column) = header.column(Key::Deputy) else { return };
    let lines = sheet.lines[header.last + 1..].iter();
    let named = lines.filter(|l| !cells::is_nothing(&cells::fold(l.get(column.index)))).count();
    if named > 0 {
        let place = Place { row: sheet.lines[header.last].number, ..home.clone() }.at(column.index, &column.header);
        let reason = format!("deputy-unused: deputies named in {named} rows were not used: nobody stands in for good");
        let hint = "for an absence: people absence add PERSON --deputy PERSON --from DATE --until DATE";
        let found = problem(place, &column.header, Severity::Warning, reason, hint);
        book.problems.push(found.about(named.to_string()));
    }
}

/// Reads units below the header; returns rows read and rows left out.
pub fn read_units(sheet: &Sheet, header: &Header, home: &Place, book: &mut Workbook) -> (usize, usize) {
    each(sheet, header, home, book, |line, place, book| {
        let unit = unit(&Fields { line, header, place });
        book.units.push(unit);
    })
}

fn each(
    sheet: &Sheet,
    header: &Header,
    home: &Place,
    book: &mut Workbook,
    read: impl Fn(&Line, &Place, &mut Workbook),
) -> (usize, usize) {
    let (mut count, mut skipped) = (0, 0);
    let main = header.column(Key::Name).or_else(|| header.column(Key::UnitName)).map_or(0, |c| c.index);
    for line in sheet.lines[header.last + 1..].iter().filter(|l| !l.is_blank()) {
        let place = Place { row: line.number, ..home.clone() };
        if let Some(problem) = refusal(line, header, &place) {
            book.problems.push(problem);
        } else if cells::is_nothing(line.get(main)) {
            book.skipped.push(LeftOut::new(place, Why::NoName));
            skipped += 1;
        } else {
            read(line, &place, book);
            count += 1;
        }
    }
    (count, skipped)
}

struct Fields<'a> {
    line: &'a Line,
    header: &'a Header,
    place: &'a Place,
}

impl Fields<'_> {
    fn get(&self, key: Key) -> String {
        let text = self.header.column(key).map_or("", |c| self.line.get(c.index));
        let text = cells::fold(text);
        if cells::is_nothing(&text) { String::new() } else { text }
    }

    /// A dash or 无 stands there: there is none.
    fn says_none(&self, key: Key) -> bool {
        let text = self.header.column(key).map_or("", |c| self.line.get(c.index)).trim();
        !text.is_empty() && cells::is_nothing(text)
    }

    fn warn(&self, key: Key, reason: String, hint: &str) -> Problem {
        let column = self.header.column(key);
        let place = column.map_or_else(|| self.place.clone(), |c| self.place.at(c.index, &c.header));
        problem(place, &self.get(key), Severity::Warning, reason, hint)
    }

    fn phone(&self, problems: &mut Vec<Problem>) -> Option<String> {
        match cells::phone(&self.get(Key::Phone)) {
            Some(Phone::Number(n)) => Some(n),
            Some(Phone::Rounded | Phone::Unusable) => {
                let reason = "phone-unusable: not a whole number".to_owned();
                problems.push(self.warn(Key::Phone, reason, "enter the phone as text"));
                None
            }
            None => None,
        }
    }
}

fn person(fields: &Fields<'_>) -> PersonRow {
    let mut problems = Vec::new();
    let unit_path = fields.get(Key::UnitPath).replace('\\', "/");
    let parts: Vec<&str> = unit_path.split('/').map(str::trim).filter(|p| !p.is_empty()).collect();
    let mut phone = fields.phone(&mut problems);
    let (channels, preferred) = channels(fields, &mut phone);
    if unit_path.is_empty() {
        problems.push(fields.warn(
            Key::UnitPath,
            "unit-missing: the person belongs to no unit".to_owned(),
            "write the path, for example 青石县/青石镇",
        ));
    }
    let read = |key, how: fn(&str) -> Option<String>, reason: &str, hint: &str, problems: &mut Vec<Problem>| {
        let text = fields.get(key);
        let value = how(&text);
        if value.is_none() && !text.is_empty() {
            problems.push(fields.warn(key, reason.to_owned(), hint));
        }
        value.unwrap_or_default()
    };
    let quiet = read(
        Key::Quiet,
        hours::quiet,
        "quiet-unreadable: the quiet hours cannot be read and are left as they were",
        "write them as 21:30-07:30",
        &mut problems,
    );
    let zone = read(
        Key::Zone,
        hours::zone,
        "zone-unknown: the time zone is not known and is left as it was",
        "write an IANA name such as Asia/Shanghai",
        &mut problems,
    );
    let locale = read(
        Key::Locale,
        locale,
        "language-unknown: the language is not known and is left as it was",
        "write zh-CN, zh-Hant or en",
        &mut problems,
    );
    let (post_role, exact) = role(&fields.get(Key::Role));
    if !exact {
        let reason = format!("role-read: read as {post_role}");
        problems.push(fields.warn(Key::Role, reason, "if another one is meant, write its word").about(&post_role));
    }
    let clearable = [Key::Phone, Key::Quiet, Key::EnglishName];
    PersonRow {
        place: fields.place.clone(),
        number: fields.get(Key::PersonNo).parse().ok(),
        name: cells::name(&fields.get(Key::Name)),
        english_name: fields.get(Key::EnglishName),
        phone,
        unit: parts.last().map(|p| (*p).to_owned()).unwrap_or_default(),
        unit_path: parts.join("/"),
        post_title: fields.get(Key::Title),
        post_role,
        locale,
        zone,
        channels,
        preferred,
        cleared: clearable.into_iter().filter(|key| fields.says_none(*key)).collect(),
        quiet,
        problems,
    }
}

fn unit(fields: &Fields<'_>) -> UnitRow {
    let mut problems = Vec::new();
    let phone = fields.phone(&mut problems);
    UnitRow {
        place: fields.place.clone(),
        name: cells::name(&fields.get(Key::UnitName)),
        parent: fields.get(Key::Parent),
        level: level(&fields.get(Key::Level)),
        calendar: fields.get(Key::Calendar),
        phone,
        problems,
    }
}

/// Addresses by channel. 渠道 may list channels in order of preference (`desk, mail`), addresses
/// (`telegram:4711; mail:a@b.example`), or both; without it the columns' order counts.
fn channels(fields: &Fields<'_>, phone: &mut Option<String>) -> (Vec<(String, String)>, Vec<String>) {
    let columns = fields.header.columns.iter().filter_map(|c| {
        let key = c.key?;
        let (channel, _) = Key::ACCOUNTS.into_iter().find(|(_, column)| *column == key)?;
        let address = cells::fold(fields.line.get(c.index));
        (!cells::is_nothing(&address)).then(|| (channel.to_owned(), address))
    });
    let mut found: Vec<(String, String)> = columns.collect();
    let (mut wanted, mut spelt): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for word in list(&fields.get(Key::Channels)) {
        if word.starts_with('@') && word.contains(':') {
            // A user id of Matrix: its colon is not the end of a channel's name.
            spelt.push(("matrix".to_owned(), word));
            wanted.push("matrix".to_owned());
        } else if let Some((channel, address)) = word.split_once(':') {
            let channel = channel_name(channel);
            spelt.push((channel.clone(), address.trim().to_owned()));
            wanted.push(channel);
        } else if word.contains('@') {
            spelt.push(("mail".to_owned(), word));
            wanted.push("mail".to_owned());
        } else if let (Some(Phone::Number(n)), true) = (cells::phone(&word), phone.is_none()) {
            *phone = Some(n);
        } else {
            wanted.push(channel_name(&word));
        }
    }
    // What 渠道 spells out counts instead of the channel's column; it may spell out two of one channel.
    found.retain(|(channel, _)| !spelt.iter().any(|(c, _)| c == channel));
    found.extend(spelt);
    for (_, address) in found.iter_mut().filter(|(channel, _)| channel == "wecom") {
        // WeCom's UserIDs are the same whatever their case, and it names people in small letters.
        *address = address.to_lowercase();
    }
    if let (Some(number), true) = (phone.as_ref(), wanted.iter().any(|w| w == "sms"))
        && !found.iter().any(|(channel, _)| channel == "sms")
    {
        // 短信 without a number means the telephone of the row.
        found.push(("sms".to_owned(), number.clone()));
    }
    let rank = |channel: &str| wanted.iter().position(|w| w == channel).unwrap_or(usize::MAX);
    found.sort_by_key(|(channel, _)| rank(channel));
    let mut order: Vec<String> = Vec::new();
    wanted.into_iter().for_each(|channel| {
        if !order.contains(&channel) {
            order.push(channel);
        }
    });
    (found, order)
}

fn channel_name(word: &str) -> String {
    let word = cells::squash(word);
    channels::spelt(&word).map_or(word, str::to_owned)
}

/// The word of the ladder for a role, and whether it is certain: 网格员 is read as `staff`, and that is said.
fn role(text: &str) -> (String, bool) {
    let word = cells::squash(text);
    let (role, exact) = match word.as_str() {
        "分管领导" | "领导" | "责任领导" | "包保领导" | "分管负责人" => ("leader", true),
        "主要负责人" | "负责人" | "一把手" | "主要领导" | "党政主要负责人" => ("head", true),
        "监管" | "监管人" | "督办" | "督办人" | "监管责任人" => ("supervisor", true),
        "安委办" | "安办" => ("safety_office", true),
        "值班" | "值班员" | "值班人员" => ("duty", true),
        "联络员" | "联系人" => ("liaison", true),
        "责任人" | "整改责任人" | "工作人员" => ("staff", true),
        "管理员" | "系统管理员" | "admin" | "administrators" => ("administrator", true),
        "safetyoffice" | "safety-office" => ("safety_office", true),
        "安全员" | "安监员" | "安全管理员" | "网格员" | "经办人" | "干事" | "科员" | "employee" | "worker" => {
            ("staff", false)
        }
        "manager" | "boss" => ("head", false),
        other => return (other.to_owned(), true),
    };
    (role.to_owned(), exact)
}

/// The word for a level; what has no word of its own stands where its kind stands, others as written.
fn level(text: &str) -> String {
    let word = cells::squash(text);
    match word.as_str() {
        "省" | "省级" | "自治区" | "直辖市" => "province",
        "市" | "市级" | "地市" | "市州" | "地级市" | "地级" | "州" | "盟" => "prefecture",
        "县" | "县级" | "县区" | "区县" | "区" | "县级市" | "市辖区" | "旗" | "县市区" => "county",
        "乡镇" | "镇" | "乡" | "街道" | "乡镇街道" | "乡级" | "镇街" | "镇级" | "乡镇级" | "街镇" | "town" => {
            "township"
        }
        "企业" | "单位" | "生产经营单位" | "plant" | "site" | "factory" | "company" => "enterprise",
        "部门" | "县直" | "县直部门" | "division" | "office" => "department",
        other => return other.to_owned(),
    }
    .to_owned()
}

fn locale(text: &str) -> Option<String> {
    let word = cells::squash(text).replace('_', "-");
    Some(
        match word.as_str() {
            "中文" | "简体" | "简体中文" | "汉语" | "普通话" | "chinese" => "zh-CN",
            "繁体" | "繁體" | "繁体中文" | "繁體中文" | "zh-hant" | "zh-tw" | "zh-hk" | "zh-mo" => {
                "zh-Hant"
            }
            "英文" | "英语" | "english" => "en",
            tag if tag == "zh" || tag.starts_with("zh-") => "zh-CN",
            tag if tag == "en" || tag.starts_with("en-") => "en",
            _ => return None,
        }
        .to_owned(),
    )
}
