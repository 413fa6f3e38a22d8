//! Dates, numbers and phrases in a person's language.
//!
//! [`Say`] is how the core asks for a phrase without knowing where phrases are kept; `render` has the
//! catalogue. Dates are written here, because they follow rules and not taste.

use chrono::{DateTime, Datelike, Utc, Weekday};
use chrono_tz::Tz;

use super::deadline::Span;
use super::item::{Item, Role};
use super::org::{Locale, PersonId};
use super::world::World;

/// Gives the phrase `key` in a language with `args` filled in.
pub trait Say: Send + Sync {
    fn say(&self, locale: Locale, key: &str, args: &[(&str, String)]) -> String;
}

/// The people of a role on an item as they are named to others: each once, the absent with whoever stands in
/// (`张三（李四代）`); a phrase where nobody is in post.
pub fn in_charge(say: &dyn Say, locale: Locale, world: &World<'_>, item: &Item, role: Role) -> String {
    let name = |p: PersonId| world.directory.person(p).map_or(String::new(), |p| p.name.clone());
    let mut names: Vec<String> = Vec::new();
    for person in world.named(item, role) {
        let deputy = world.directory.acting_for(person, world.now);
        let said = match deputy == person {
            true => name(person),
            false => say.say(locale, "acting", &[("who", name(person)), ("deputy", name(deputy))]),
        };
        if !names.contains(&said) {
            names.push(said);
        }
    }
    if names.is_empty() { say.say(locale, "nobody", &[]) } else { list(locale, &names) }
}

/// `9月30日` or `30 Sep`.
pub fn day(locale: Locale, at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    match locale {
        Locale::ZhCn | Locale::ZhHant => format!("{}月{}日", local.month(), local.day()),
        Locale::En => local.format("%-d %b").to_string(),
    }
}

/// `9月30日 17:30` or `30 Sep 17:30`.
pub fn moment(locale: Locale, at: DateTime<Utc>, zone: Tz) -> String {
    format!("{} {}", day(locale, at, zone), at.with_timezone(&zone).format("%H:%M"))
}

/// `周二` or `Tue`.
pub fn weekday(locale: Locale, day: Weekday) -> &'static str {
    let n = day.num_days_from_monday() as usize;
    match locale {
        Locale::ZhCn => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][n],
        Locale::ZhHant => ["週一", "週二", "週三", "週四", "週五", "週六", "週日"][n],
        Locale::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][n],
    }
}

/// Names one after the other: `张三、李四` or `Zhang San, Li Si`.
pub fn list<S: AsRef<str>>(locale: Locale, names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(match locale {
        Locale::ZhCn | Locale::ZhHant => "、",
        Locale::En => ", ",
    })
}

/// A distance in time in words: `1小时`, `3个工作日` or `1 hour`, `3 working days`.
pub fn span(locale: Locale, span: Span) -> String {
    let n = span.amount();
    let (cn, hant, en) = match span {
        Span::Minutes(_) => ("分钟", "分鐘", "minute"),
        Span::Hours(_) => ("小时", "小時", "hour"),
        Span::Days(_) => ("天", "天", "day"),
        Span::Workdays(_) => ("个工作日", "個工作日", "working day"),
        Span::Months(_) => ("个月", "個月", "month"),
    };
    match locale {
        Locale::ZhCn => format!("{n}{cn}"),
        Locale::ZhHant => format!("{n}{hant}"),
        Locale::En => format!("{n} {en}{}", if n == 1 { "" } else { "s" }),
    }
}

/// The letter of a choice, `A` for 1; none beyond `Z`. Digits are always numbers of items.
pub fn letter(n: u32) -> Option<char> {
    (1..=26).contains(&n).then(|| char::from_u32(u32::from('A') + n - 1)).flatten()
}

/// `①` up to 20, `(21)` beyond.
pub fn circled(n: u32) -> String {
    match n {
        1..=20 => char::from_u32(0x2460 + n - 1).map(String::from).unwrap_or_default(),
        _ => format!("({n})"),
    }
}

/// At most 60 characters of what somebody wrote.
pub fn shorten(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
