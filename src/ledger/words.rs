//! Problems in the reader's language: a catalogue by the problem's key. English is the problem's own text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Key, LedgerError, LeftOut, Problem};
use dutybell_core::org::Locale;

type Catalogue = LazyLock<BTreeMap<String, String>>;

static ZH_CN: Catalogue = LazyLock::new(|| read(include_str!("../../templates/problems/zh-CN.toml")));
static ZH_HANT: Catalogue = LazyLock::new(|| read(include_str!("../../templates/problems/zh-Hant.toml")));

fn read(text: &str) -> BTreeMap<String, String> {
    toml::from_str(text).unwrap_or_default() // the shipped files are read by a test
}

/// The catalogue of a language; English has none.
fn phrases(locale: Locale) -> Option<&'static BTreeMap<String, String>> {
    match locale {
        Locale::ZhCn => Some(&ZH_CN),
        Locale::ZhHant => Some(&ZH_HANT),
        Locale::En => None,
    }
}

pub(super) fn say(problem: &Problem, locale: Locale) -> String {
    let Some(phrases) = phrases(locale) else { return english(problem) };
    let key = problem.key();
    // `due-date-and-time` falls back to `due`.
    let family = key.split_once('-').map_or(key, |(family, _)| family);
    let Some(phrase) = phrases.get(key).or_else(|| phrases.get(family)) else { return english(problem) };
    let about = match key {
        "status-behind" => phrases.get(&format!("state-{}", problem.about)).unwrap_or(&problem.about).clone(),
        "not-issued" | "not-taken-over" => problem.about.split(", ").map(column).collect::<Vec<_>>().join("、"),
        _ => problem.about.clone(),
    };
    let row = problem.place.row.to_string();
    phrase.replace("{about}", &about).replace("{found}", &problem.value).replace("{row}", &row)
}

pub(super) fn left_out(line: &LeftOut, locale: Locale) -> String {
    let why = phrases(locale).and_then(|p| p.get(line.why.key())).map_or(line.why.english(), String::as_str);
    let place = line.place.in_words(locale);
    if line.text.is_empty() { format!("{place}: {why}") } else { format!("{place}: {why}: {}", line.text) }
}

pub(super) fn refused(error: &LedgerError, locale: Locale) -> String {
    let Some(phrases) = phrases(locale) else { return error.to_string() };
    let (key, file, about) = match error {
        LedgerError::Io { file, source } => ("file-io", file.clone(), source.to_string()),
        LedgerError::TooLarge { file, limit, .. } => ("file-too-large", file.clone(), (limit >> 20).to_string()),
        LedgerError::UnpacksTooLarge { file, limit } => {
            ("file-unpacks-too-large", file.clone(), (limit >> 20).to_string())
        }
        LedgerError::TooManyCells { file, limit } => ("file-too-many-cells", file.clone(), limit.to_string()),
        LedgerError::TooManyRows { file, limit } => ("file-too-many-rows", file.clone(), limit.to_string()),
        LedgerError::CellTooLarge { place, limit } => {
            ("file-cell-too-large", place.in_words(locale), limit.to_string())
        }
        LedgerError::Classified { place, mark } => ("file-classified", place.in_words(locale), mark.clone()),
        LedgerError::Locked { file } => ("file-locked", file.clone(), String::new()),
        LedgerError::Unsupported { file, what } => ("file-unsupported", file.clone(), (*what).to_owned()),
        LedgerError::Damaged { file, reason } => ("file-damaged", file.clone(), reason.clone()),
        LedgerError::NoHeader { file, rows } => ("file-no-header", file.clone(), rows.to_string()),
    };
    let Some(phrase) = phrases.get(key) else { return error.to_string() };
    phrase.replace("{found}", &file).replace("{about}", &about)
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
