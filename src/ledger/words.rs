//! Problems in the reader's language: a catalogue by the problem's key. English is the problem's own text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Key, Problem};
use crate::core::org::Locale;

type Catalogue = LazyLock<BTreeMap<String, String>>;

static ZH_CN: Catalogue = LazyLock::new(|| read(include_str!("../../templates/problems/zh-CN.toml")));
static ZH_HANT: Catalogue = LazyLock::new(|| read(include_str!("../../templates/problems/zh-Hant.toml")));

fn read(text: &str) -> BTreeMap<String, String> {
    toml::from_str(text).unwrap_or_default() // the shipped files are read by a test
}

pub(super) fn say(problem: &Problem, locale: Locale) -> String {
    let phrases = match locale {
        Locale::ZhCn => &ZH_CN,
        Locale::ZhHant => &ZH_HANT,
        Locale::En => return english(problem),
    };
    let key = problem.key();
    // `due-date-and-time` falls back to `due`.
    let family = key.split_once('-').map_or(key, |(family, _)| family);
    let Some(phrase) = phrases.get(key).or_else(|| phrases.get(family)) else { return english(problem) };
    let about = match key {
        "not-issued" => problem.about.split(", ").map(column).collect::<Vec<_>>().join("、"),
        _ => problem.about.clone(),
    };
    phrase.replace("{about}", &about).replace("{found}", &problem.value)
}

/// What an item lacks, by its column's name.
fn column(missing: &str) -> &str {
    match missing {
        "responsible" => Key::Responsible.canonical(),
        "verifier" => Key::Verifier.canonical(),
        "due" => Key::Due.canonical(),
        "verifier other than the responsible person" => "责任人以外的复查人",
        other => other,
    }
}

fn english(problem: &Problem) -> String {
    let reason = problem.reason.split_once(": ").map_or(problem.reason.as_str(), |(_, text)| text);
    if problem.hint.is_empty() { reason.to_owned() } else { format!("{reason}: {}", problem.hint) }
}

#[cfg(test)]
mod tests {
    use super::{ZH_CN, ZH_HANT};

    #[test]
    fn both_catalogues_say_the_same_things() {
        assert!(ZH_CN.len() > 30);
        let keys = |c: &super::Catalogue| c.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&ZH_CN), keys(&ZH_HANT));
    }
}
