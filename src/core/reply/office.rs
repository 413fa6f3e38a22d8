//! An office's own words: tried against labelled answers before they count.

use chrono::{NaiveDate, NaiveDateTime};

use super::lists::{self, Listed};
use super::{Context, DayView, IntentKind, Reader, Reading, Speaker, combine, normalise};

/// Answers with what they mean; the columns are those of `tests/data/answers/README.md`.
const LABELLED: [&str; 2] =
    [include_str!("../../../tests/data/answers/known.tsv"), include_str!("../../../tests/data/answers/learnt.tsv")];

/// When all labelled answers were written, in the office's time: `tests/data/answers/README.md`.
pub(super) fn written() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2022, 9, 22).and_then(|day| day.and_hms_opt(10, 0, 0)).unwrap_or_default()
}

/// Monday to Friday: no label depends on more.
pub(super) struct Weekdays;

impl DayView for Weekdays {
    fn is_workday(&self, day: NaiveDate) -> bool {
        use chrono::Datelike;
        day.weekday().number_from_monday() <= 5
    }

    fn holiday(&self, _: &str, _: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        None
    }
}

/// A word of an office: text, class, and where it stands.
struct Own<'a> {
    word: String,
    class: &'a str,
    place: String,
}

impl Reader {
    /// The shipped words and an office's own lists (name and content each), if these make no labelled answer say what it
    /// does not mean.
    ///
    /// # Errors
    /// Names file and line of what is no list, of a class that does not exist, of a word that is known in another class,
    /// and of a word with which a labelled answer would change something; and that answer.
    pub fn tried(own: &[(&str, &str)]) -> Result<Reader, String> {
        let words = listed(own)?;
        let reader = Reader::with(own)?;
        let now = written();
        for line in LABELLED.iter().flat_map(|table| table.lines().skip(1)) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [text, _, by, item, numbers, intents, _, alt, ..] = cells[..] else { continue };
            let low = normalise::normalise(text).to_lowercase();
            let Some(own) = words.iter().find(|own| low.contains(&own.word)) else { continue };
            let reading = reader.of_row(&text.replace("\\n", "\n"), by, item, numbers, now);
            if let Some(forged) = forged(&reading, intents, alt) {
                return Err(format!(
                    "{}: with {:?} as {} the answer {text:?} would mean {}; it means {intents}",
                    own.place,
                    own.word,
                    own.class,
                    forged.name()
                ));
            }
        }
        Ok(reader)
    }

    fn of_row(&self, text: &str, by: &str, item: &str, numbers: &str, now: NaiveDateTime) -> Reading {
        let numbers: Vec<u32> = numbers.split(',').filter_map(|n| n.trim().parse().ok()).collect();
        let item = item.to_lowercase();
        let context = Context {
            by: Speaker::named(by).unwrap_or_default(),
            item: (!item.is_empty()).then_some(item.as_str()),
            numbers: &numbers,
            ..Context::at(now, &Weekdays)
        };
        self.read(text, &context)
    }
}

/// What a reading says that would change something and that no label says.
fn forged(reading: &Reading, intents: &str, alt: &str) -> Option<IntentKind> {
    let said = |label: &str, kind: IntentKind| label.split('|').any(|name| name == kind.name());
    let kinds = reading.intents.iter().map(|intent| intent.kind);
    kinds.into_iter().find(|kind| combine::is_weighty(*kind) && !said(intents, *kind) && !said(alt, *kind))
}

/// The words of an office's lists.
fn listed<'a>(own: &[(&'a str, &'a str)]) -> Result<Vec<Own<'a>>, String> {
    let mut words = Vec::new();
    for (file, content) in own {
        for Listed { line, class, words: each } in lists::listed(file, content)? {
            let place = format!("{file}, line {line}");
            if Reader::shipped().lexicon.classes.number(class) == 0 {
                return Err(format!("{place}: no class is called {class}; docs/replies.md lists them"));
            }
            words.extend(each.into_iter().map(|word| Own { word, class, place: place.clone() }));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(reader: &Reader, text: &str) -> String {
        reader.of_row(text, "fixer", "", "", written()).label()
    }

    #[test]
    fn a_thing_that_only_this_office_has_may_stand_where_a_thing_stands() {
        assert_eq!(says(Reader::shipped(), "嘎嘣犇已修好"), "unknown");
        let reader = Reader::tried(&[("words.tsv", "# ours\nobj\t嘎嘣犇|犇嘎机\n")]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(says(&reader, "嘎嘣犇已修好"), "done");
        assert_eq!(says(&reader, "嘎嘣犇没修好"), "in_progress");
    }

    #[test]
    fn a_word_that_would_make_an_answer_say_what_it_does_not_mean_is_refused_with_word_and_answer() {
        let refused = Reader::tried(&[("words.tsv", "obj\t嘎嘣犇\nconj\talbeit\n")]).err().unwrap_or_default();
        assert!(refused.contains("words.tsv, line 2") && refused.contains("albeit"), "{refused}");
        assert!(refused.contains("Repaired albeit the alarm light stays on") && refused.contains("done"), "{refused}");
    }

    #[test]
    fn what_is_no_list_no_class_or_known_otherwise_is_refused_with_its_line() {
        for (list, said) in [
            ("嘎嘣犇\n", "line 1"),
            ("things\t嘎嘣犇\n", "no class is called things"),
            ("obj\t嘎嘣犇\nobj\t漏水\n", "line 2: 漏水 is"),
        ] {
            let refused = Reader::tried(&[("words.tsv", list)]).err().unwrap_or_default();
            assert!(refused.contains("words.tsv") && refused.contains(said), "{list}: {refused}");
        }
    }
}
