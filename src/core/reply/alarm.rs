//! Does a message say that an accident, or acute danger, is happening now?
//!
//! The words are data (`alarm.zh.tsv`, `alarm.en.tsv`: a class, a tab, words between bars; `~` stands for a few
//! letters between two parts). The longest word wins, so that 消防 or "fire door" (`thing`) consume the fire in them.
//!
//! 1. Clauses end at punctuation and words of contrast (`turn`: 但, "but"). A clause with a `turn` or a `now` begins a
//!    new section.
//! 2. In a clause, `not` (negation, prevention, condition, mending) cancels the danger words after it, `mended` (done,
//!    fixed, a mere risk) those before it, `ask` all. What is said of a thing (塌了的墙) counts as a `fault`.
//! 3. What is left in a section is added up ([`Class::points`]): an `accident` is enough alone, a `sign` or a `harm`
//!    where nothing calms, a `fault` with a hazard or people.
//! 4. Calming words raise what is needed in their section ([`Class::calm`]): a drill, the past, the news and figures of
//!    speech beyond reach (unless `real`: "not a drill"), "put out", "for the list" and business (`work`) by some points.
//!
//! In doubt the alarm is raised: a missed accident costs more than a page to the duty officer.

use std::{cmp::Reverse, collections::HashMap, slice, sync::LazyLock};

use aho_corasick::AhoCorasick;

const LISTS: [&str; 2] =
    [include_str!("../../../templates/reply/alarm.zh.tsv"), include_str!("../../../templates/reply/alarm.en.tsv")];

/// Points with which a section raises the alarm.
const ENOUGH: u32 = 4;

/// What a word of the lists says; a word may stand in several classes.
macro_rules! classes {
    ($($name:ident)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        enum Class { $($name),* }
        use Class::*;
        const CLASSES: &[Class] = &[$($name),*];
    };
}

classes!(Accident Cry Harm Sign Smell Fault Hazard Someone Person Body Urgent Now Thing Turn Not Mended Ask Over Mild
    Past Told Drill Play Real Work);

impl Class {
    /// The class called so in the lists.
    fn named(name: &str) -> Option<Self> {
        CLASSES.iter().copied().find(|class| format!("{class:?}").eq_ignore_ascii_case(name))
    }

    /// How much the class says for an accident.
    fn points(self) -> u32 {
        match self {
            Accident | Cry => 6,
            Harm | Sign | Smell => 4,
            Someone => 3,
            Fault | Hazard => 2,
            Person | Body | Urgent => 1,
            _ => 0,
        }
    }

    /// Says that something dangerous happens; the other classes with points only go with these.
    fn dangerous(self) -> bool {
        matches!(self, Accident | Cry | Harm | Sign | Smell | Fault | Hazard)
    }

    /// How many points more a section needs in which the class stands.
    fn calm(self) -> u32 {
        match self {
            Drill | Past | Told | Play => 99,
            Over => 6,
            Mild => 4,
            Work | Mended | Ask => 2,
            _ => 0,
        }
    }
}

/// The words and the classes of each.
struct Words {
    finder: AhoCorasick,
    classes: Vec<Vec<Class>>,
    /// Words in two parts with something between: 掉~井, "hit~gas pipe".
    gapped: Vec<(String, String, Class)>,
}

/// A word found: where it starts and ends, what it says.
type Hit = (usize, Reverse<usize>, &'static [Class]);

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: HashMap<String, Vec<Class>> = HashMap::new();
    let mut gapped = Vec::new();
    let mut typos: Vec<(String, Class)> = Vec::new();
    let lines = LISTS.iter().flat_map(|list| list.lines()).filter(|line| !line.starts_with('#'));
    for (name, list) in lines.filter_map(|line| line.split_once('\t')) {
        // A class misspelt in the lists would silence its words; the test `classes` reads them all.
        let Some(class) = Class::named(name) else { continue };
        for word in list.split('|').map(str::trim).filter(|word| !word.is_empty()) {
            if let Some((first, last)) = word.split_once('~') {
                gapped.push((first.to_owned(), last.to_owned(), class));
                continue;
            }
            words.entry(word.to_owned()).or_default().push(class);
            if matches!(class, Accident | Cry | Harm | Sign) {
                typos.extend(mistyped(word).map(|typo| (typo, class)));
            }
        }
    }
    for (typo, class) in typos {
        words.entry(typo).or_insert_with(|| vec![class]);
    }
    let (words, classes): (Vec<String>, Vec<Vec<Class>>) = words.into_iter().unzip();
    // Fails only beyond 2^31 states; the lists are compiled in and a test builds this.
    let finder = AhoCorasick::new(&words).expect("the word lists fit an automaton");
    Words { finder, classes, gapped }
});

/// The English word with two letters swapped or a double letter written once.
fn mistyped(word: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = word.chars().collect();
    let typed = letters.len() > 3 && letters.iter().all(char::is_ascii_lowercase);
    let places = if typed { 1..letters.len() - 1 } else { 0..0 };
    places.map(move |at| {
        let mut letters = letters.clone();
        if letters[at] == letters[at + 1] {
            letters.remove(at);
        } else {
            letters.swap(at, at + 1);
        }
        letters.into_iter().collect()
    })
}

/// Whether Latin words begin and end at these places; Chinese ones do anywhere.
fn whole(text: &str, start: usize, end: usize) -> bool {
    let letter = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
    !(letter(end - 1) && letter(end) || letter(start) && start > 0 && letter(start - 1))
}

/// The words of which only the two ends are given, within a clause and eight Chinese characters.
fn gapped<'t>(text: &'t str) -> impl Iterator<Item = Hit> + 't {
    WORDS.gapped.iter().flat_map(move |(first, last, class)| {
        text.match_indices(&**first).filter_map(move |(start, _)| {
            let after = start + first.len();
            let gap = text[after..].find(&**last).filter(|gap| *gap <= 24)?;
            let end = after + gap + last.len();
            let fits = whole(text, start, after) && whole(text, after + gap, end);
            (fits && !stops(&text[after..after + gap])).then_some((start, Reverse(end), slice::from_ref(class)))
        })
    })
}

/// The classes of the longest words from left to right, punctuation as [`None`].
fn read(text: &str) -> Vec<Option<&'static [Class]>> {
    let mut found: Vec<Hit> = WORDS
        .finder
        .find_overlapping_iter(text)
        .filter(|hit| whole(text, hit.start(), hit.end()))
        .map(|hit| (hit.start(), Reverse(hit.end()), &*WORDS.classes[hit.pattern().as_usize()]))
        .chain(gapped(text))
        .collect();
    found.sort();
    let mut read = Vec::new();
    let mut at = 0;
    for (start, Reverse(end), classes) in found {
        if start >= at {
            if stops(&text[text.floor_char_boundary(at.saturating_sub(1))..text.ceil_char_boundary(start + 1)]) {
                read.push(None);
            }
            // What is said of a thing (塌了的墙, 漏水处) is not what happens.
            let aside = classes[0].dangerous() && text[end..].starts_with(['的', '处']);
            read.push(Some(if aside { &[Fault] } else { classes }));
            at = end;
        }
    }
    read
}

/// Whether a clause ends in what lies between two words; a space ends one in Chinese.
fn stops(between: &str) -> bool {
    let spaced = between.contains(' ') && !between.is_ascii();
    let marked = between.contains(|c| ",.;!?:\n，。；！？：…、".contains(c));
    spaced || marked || between.contains(" - ") || between.contains("--")
}

/// A part of the message with one view of things: clauses up to a contrast or a "now".
#[derive(Default)]
struct Section {
    /// The classes that count.
    said: Vec<Class>,
    /// What is needed beyond [`ENOUGH`].
    calm: u32,
}

impl Section {
    /// Takes in a clause: its words cancel one another in order.
    fn add(&mut self, clause: &[&'static [Class]]) {
        let asked = clause.iter().any(|word| word.contains(&Ask));
        let ended = clause.iter().rposition(|word| word.contains(&Mended));
        let denied = clause.iter().position(|word| word.contains(&Not));
        for (at, class) in clause.iter().enumerate().flat_map(|(at, word)| word.iter().map(move |c| (at, *c))) {
            let cancelled = asked || ended.is_some_and(|end| at < end) || denied.is_some_and(|not| at > not);
            self.calm = self.calm.max(class.calm());
            let said = self.said.iter().filter(|said| **said == class).count();
            let new = said == 0 || said == 1 && matches!(class, Harm | Sign | Fault);
            if class.points() > 0 && !cancelled && new {
                self.said.push(class);
            }
        }
    }

    /// Whether what was said is enough; an exclamation adds a point, and the real thing is not calmed.
    fn alarming(&self, loud: bool, real: bool) -> bool {
        let points: u32 = self.said.iter().map(|class| class.points()).sum();
        let calm = if real { 0 } else { self.calm };
        self.said.iter().any(|class| class.dangerous()) && points + u32::from(loud) >= ENOUGH + calm
    }
}

/// An accident seems to be under way.
pub(super) fn accident(text: &str) -> bool {
    let text = text.to_lowercase().replace(['’', '‘', '\'', '`'], "");
    let words = read(&text);
    let real = words.iter().flatten().any(|word| word.contains(&Real));
    let mut sections = vec![Section::default()];
    let mut clause: Vec<&'static [Class]> = Vec::new();
    for word in words.into_iter().chain([None]) {
        let turns = word.is_some_and(|word| word.contains(&Turn));
        if word.is_none() || turns {
            // A contrast stands first in its clause, so both kinds of section begin here.
            if clause.iter().any(|word| word.contains(&Now) || word.contains(&Turn)) {
                sections.push(Section::default());
            }
            if let Some(section) = sections.last_mut() {
                section.add(&clause);
            }
            clause.clear();
        }
        clause.extend(word);
    }
    sections.iter().any(|section| section.alarming(text.contains(['!', '！']), real))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for line in LISTS.iter().flat_map(|list| list.lines()).filter(|line| !line.starts_with('#')) {
            assert!(line.split_once('\t').is_some_and(|(name, _)| Class::named(name).is_some()), "{line}");
        }
        assert!(accident("着火了") && accident("the boiler exploded") && !accident("fire door fixed"));
    }
}
