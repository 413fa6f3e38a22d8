//! The words that the reader knows: each belongs to one class.
//!
//! Words are data (`templates/reply/*.tsv`); an office may add its own. Knows nothing of sentences: what a row of
//! classes says stands in `forms`. Traditional characters are folded before.

use std::collections::HashMap;

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
    /// Words with their classes, sorted.
    words: Vec<(Box<str>, Class)>,
    /// Latin words of the lists, sorted.
    latin: Vec<String>,
    /// A general dictionary's nouns, sorted.
    nouns: Vec<&'static str>,
}

/// Characters of the longest noun of the dictionary.
const LONGEST_NOUN: usize = 4;

/// A line of a word list.
pub(super) struct Listed<'a> {
    /// Number of the line, from 1.
    pub(super) line: usize,
    pub(super) class: &'a str,
    pub(super) words: Vec<String>,
}

/// The lines of a word list: number, class, words. `class<TAB>word|word|…`, `#` for remarks.
///
/// # Errors
/// Names file and line of a line without a class.
pub(super) fn listed<'a>(file: &str, content: &'a str) -> Result<Vec<Listed<'a>>, String> {
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| {
            let (class, list) = line.split_once('\t').ok_or_else(|| {
                format!("{file}, line {}: a class, a tab and words with | between are wanted", at + 1)
            })?;
            let words = list.split('|').map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty());
            Ok(Listed { line: at + 1, class: class.trim(), words: words.collect() })
        })
        .collect()
}

impl Lexicon {
    /// Reads word lists, see [`listed`].
    ///
    /// # Errors
    /// A line without a class, or a word that stands in two classes; names file and line.
    pub(super) fn of(files: &[(&str, &str)]) -> Result<Lexicon, String> {
        let mut classes = Classes { names: vec![String::new()], numbers: HashMap::new() };
        for name in FOUND {
            classes.intern(name)?;
        }
        // Word, class, and where it stands: file and line.
        let mut listed: Vec<(Box<str>, Class, usize, usize)> = Vec::new();
        for (which, (file, content)) in files.iter().enumerate() {
            for Listed { line, class, words } in self::listed(file, content)? {
                let class = classes.intern(class)?;
                listed.extend(words.into_iter().map(|word| (word.into_boxed_str(), class, which, line)));
            }
        }
        listed.sort();
        for pair in listed.windows(2) {
            if let [(word, first, ..), (same, second, which, line)] = pair
                && word == same
                && first != second
            {
                let (first, second) = (classes.name(*first), classes.name(*second));
                return Err(format!("{}, line {line}: {word} is {first} and {second}", files[*which].0));
            }
        }
        let mut words: Vec<(Box<str>, Class)> = listed.into_iter().map(|(word, class, ..)| (word, class)).collect();
        words.dedup();
        let mut latin: Vec<String> =
            words.iter().flat_map(|(w, _)| w.split(' ')).filter(|w| w.is_ascii()).map(str::to_owned).collect();
        latin.sort_unstable();
        latin.dedup();
        let mut nouns: Vec<&'static str> =
            NOUNS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
        nouns.sort_unstable();
        Ok(Lexicon { classes, words, latin, nouns })
    }

    /// Every word in the text, overlapping ones too; a word of letters only where no letter goes on.
    pub(super) fn words<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Found> + 'a {
        let bytes = text.as_bytes();
        let inside = |at: usize| at > 0 && at < bytes.len() && is_letter(bytes[at - 1]) && is_letter(bytes[at]);
        let starts = text.char_indices().map(|(at, _)| at).filter(move |at| !inside(*at));
        starts.flat_map(move |start| self.words_at(text, start)).filter(move |found| !inside(found.end))
    }

    /// Every word that begins at `start`.
    fn words_at(&self, text: &str, start: usize) -> Vec<Found> {
        let mut found = Vec::new();
        let mut left = &self.words[..];
        for (at, c) in text[start..].char_indices() {
            let end = start + at + c.len_utf8();
            let begun = &text[start..end];
            // Words that begin so stand together; the first of them may be just this.
            let from = left.partition_point(|(word, _)| word.as_ref() < begun);
            let length = left[from..].partition_point(|(word, _)| word.starts_with(begun));
            left = &left[from..from + length];
            match left.first() {
                None => break,
                Some((word, class)) if word.as_ref() == begun => found.push(Found { start, end, class: *class }),
                Some(_) => {}
            }
        }
        found
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
