//! The words that the reader knows: each belongs to one class.
//!
//! Words are data (`templates/reply/*.tsv`); an office may add its own. Knows nothing of sentences: what a row of
//! classes says stands in `forms`. Traditional characters are folded before.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

const NOUNS: &str = include_str!("../../../templates/reply/nouns.zh.txt");

/// A class of words, as a small number; 0 is none.
pub(super) type Class = u8;

/// Classes that code finds, not word lists: numbers, times, marks of items, what is not known.
pub(super) const FOUND: &[&str] = &[
    "unk", "word", "num", "name", "place", "past", "today", "ahead", "day", "len", "share", "full", "slash", "badday",
    "mark", "sep", "sign", "noun", "bygone",
];

/// Names of classes, in the order of their numbers.
pub(super) struct Classes {
    names: Vec<String>,
    numbers: HashMap<String, Class>,
}

impl Classes {
    /// The number of a class; 0 if no word and no code makes it.
    pub(super) fn number(&self, name: &str) -> Class {
        self.numbers.get(name).copied().unwrap_or(0)
    }

    /// The name of a class.
    pub(super) fn name(&self, class: Class) -> &str {
        self.names.get(usize::from(class)).map_or("", String::as_str)
    }

    /// How many there are, 0 included.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    fn intern(&mut self, name: &str) -> Result<Class, String> {
        if let Some(known) = self.numbers.get(name) {
            return Ok(*known);
        }
        let number = Class::try_from(self.names.len()).map_err(|_| format!("too many classes, {name} is one more"))?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }
}

/// A word that was found in a text: bytes from, bytes to, class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
}

/// All words of all files.
pub(super) struct Lexicon {
    pub(super) classes: Classes,
    search: AhoCorasick,
    class_of: Vec<Class>,
    /// Latin words of the lists, sorted.
    latin: Vec<String>,
    /// A general dictionary's nouns, sorted.
    nouns: Vec<&'static str>,
}

/// Characters of the longest noun of the dictionary.
const LONGEST_NOUN: usize = 4;

impl Lexicon {
    /// Reads word lists: lines of `class<TAB>word|word|…`, `#` for remarks.
    ///
    /// # Errors
    /// A line without a class, or a word that stands in two classes; names file and line.
    pub(super) fn of(files: &[(&str, &str)]) -> Result<Lexicon, String> {
        let mut classes = Classes { names: vec![String::new()], numbers: HashMap::new() };
        for name in FOUND {
            classes.intern(name)?;
        }
        let mut words: Vec<String> = Vec::new();
        let mut class_of: Vec<Class> = Vec::new();
        let mut seen: HashMap<String, Class> = HashMap::new();
        for (file, content) in files {
            for (at, line) in content.lines().enumerate() {
                if line.trim().is_empty() || line.starts_with('#') {
                    continue;
                }
                let place = || format!("{file}, line {}", at + 1);
                let Some((class, list)) = line.split_once('\t') else {
                    return Err(format!("{}: a class, a tab and words are wanted", place()));
                };
                let class = classes.intern(class.trim())?;
                for word in list.split('|').map(|w| w.trim().to_lowercase()).filter(|w| !w.is_empty()) {
                    match seen.insert(word.clone(), class) {
                        Some(before) if before == class => {}
                        Some(before) => {
                            return Err(format!("{}: {word} is {} already", place(), classes.name(before)));
                        }
                        None => {
                            words.push(word);
                            class_of.push(class);
                        }
                    }
                }
            }
        }
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&words)
            .map_err(|error| format!("the words cannot be searched: {error}"))?;
        let mut latin: Vec<String> = words.iter().flat_map(|w| w.split(' ')).filter(|w| w.is_ascii()).map(str::to_owned).collect();
        latin.sort_unstable();
        latin.dedup();
        let mut nouns: Vec<&'static str> =
            NOUNS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
        nouns.sort_unstable();
        Ok(Lexicon { classes, search, class_of, latin, nouns })
    }

    /// Every word in the text, overlapping ones too; a word of letters only where no letter goes on.
    pub(super) fn words<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Found> + 'a {
        let bytes = text.as_bytes();
        let inside = |at: usize| at > 0 && at < bytes.len() && is_letter(bytes[at - 1]) && is_letter(bytes[at]);
        self.search
            .find_overlapping_iter(text)
            .map(|m| Found { start: m.start(), end: m.end(), class: self.class_of[m.pattern().as_usize()] })
            .filter(move |found| !inside(found.start) && !inside(found.end))
    }
}

impl Lexicon {
    /// Whether a Latin word stands in a list, alone or in a phrase.
    pub(super) fn is_known(&self, word: &str) -> bool {
        self.latin.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
    }

    /// Ends of the dictionary's nouns that begin at `start`.
    pub(super) fn nouns<'a>(&'a self, text: &'a str, start: usize) -> impl Iterator<Item = usize> + 'a {
        let ends = text[start..].char_indices().map(move |(at, c)| start + at + c.len_utf8());
        let ends = ends.take(LONGEST_NOUN).skip(1);
        ends.filter(move |end| self.nouns.binary_search(&&text[start..*end]).is_ok())
    }
}

/// Part of a word of Latin letters: letters, and digits or apostrophes beside them.
pub(super) fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'\''
}
