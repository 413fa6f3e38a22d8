//! The words that the reader knows: each belongs to one class.
//!
//! Words are data (`templates/reply/*.tsv`, made into one index by `build.rs`); an office may add its own. Knows nothing of
//! sentences: what a row of classes says stands in `forms`. Traditional characters are folded before.

use std::collections::HashMap;

use super::lists::{Listed, listed, sorted};

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

/// The index of the shipped words, made by `build.rs`.
struct Index {
    /// Word to the place of its class in `classes`.
    words: fst::Map<&'static [u8]>,
    /// Latin words, alone or in a phrase.
    latin: fst::Set<&'static [u8]>,
    /// A general dictionary's nouns.
    nouns: fst::Set<&'static [u8]>,
    classes: Vec<Class>,
}

/// All words of all files.
pub(super) struct Lexicon {
    pub(super) classes: Classes,
    shipped: Option<Index>,
    /// An office's own words with their classes, sorted.
    own: Vec<(String, Class)>,
}

/// Characters of the longest noun of the dictionary.
const LONGEST_NOUN: usize = 4;

/// A file that `build.rs` wrote.
macro_rules! made {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

impl Lexicon {
    /// The shipped words, and an office's own lists (name and content each), see [`super::lists`].
    ///
    /// # Errors
    /// A line without a class, or a word that is known in another class; names file and line.
    pub(super) fn shipped(own: &[(&str, &str)]) -> Result<Lexicon, String> {
        let broken = |error: fst::Error| error.to_string();
        let mut lexicon = Lexicon::empty()?;
        let names = std::str::from_utf8(made!("classes.txt")).map_err(|error| error.to_string())?;
        let classes = names.lines().map(|name| lexicon.classes.intern(name)).collect::<Result<_, _>>()?;
        lexicon.shipped = Some(Index {
            words: fst::Map::new(&made!("words.fst")[..]).map_err(broken)?,
            latin: fst::Set::new(&made!("latin.fst")[..]).map_err(broken)?,
            nouns: fst::Set::new(&made!("nouns.fst")[..]).map_err(broken)?,
            classes,
        });
        for (file, content) in own {
            for Listed { line, class, words } in listed(file, content)? {
                for word in words {
                    let known = lexicon.class_of(&word).map(|known| lexicon.classes.name(known).to_owned());
                    if let Some(known) = known.filter(|known| known != class) {
                        return Err(format!("{file}, line {line}: {word} is {known} and {class}"));
                    }
                }
            }
        }
        for (word, class) in sorted(own)? {
            let class = lexicon.classes.intern(&class)?;
            lexicon.own.push((word, class));
        }
        Ok(lexicon)
    }

    /// No words, and the classes that code finds.
    ///
    /// # Errors
    /// Of too many classes; there are few.
    pub(super) fn empty() -> Result<Lexicon, String> {
        let mut classes = Classes { names: vec![String::new()], numbers: HashMap::new() };
        for name in FOUND {
            classes.intern(name)?;
        }
        Ok(Lexicon { classes, shipped: None, own: Vec::new() })
    }

    /// The class of a word that is shipped.
    fn class_of(&self, word: &str) -> Option<Class> {
        let index = self.shipped.as_ref()?;
        index.class(index.words.get(word)?)
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
        let mut found = self.shipped.as_ref().map_or(Vec::new(), |index| index.words_at(text, start));
        let mut left = &self.own[..];
        for (at, c) in text[start..].char_indices() {
            let end = start + at + c.len_utf8();
            let begun = &text[start..end];
            // Words that begin so stand together; the first of them may be just this.
            let from = left.partition_point(|(word, _)| word.as_str() < begun);
            let length = left[from..].partition_point(|(word, _)| word.starts_with(begun));
            left = &left[from..from + length];
            match left.first() {
                None => break,
                Some((word, class)) if word == begun => found.push(Found { start, end, class: *class }),
                Some(_) => {}
            }
        }
        found
    }

    /// Whether a Latin word stands in a list, alone or in a phrase.
    pub(super) fn is_known(&self, word: &str) -> bool {
        let own = || self.own.iter().any(|(known, _)| known.split(' ').any(|part| part == word));
        self.shipped.as_ref().is_some_and(|index| index.latin.contains(word)) || own()
    }

    /// Ends of the dictionary's nouns that begin at `start`.
    pub(super) fn nouns<'a>(&'a self, text: &'a str, start: usize) -> impl Iterator<Item = usize> + 'a {
        let ends = text[start..].char_indices().map(move |(at, c)| start + at + c.len_utf8());
        let ends = ends.take(LONGEST_NOUN).skip(1);
        ends.filter(move |end| self.shipped.as_ref().is_some_and(|index| index.nouns.contains(&text[start..*end])))
    }
}

impl Index {
    fn class(&self, at: u64) -> Option<Class> {
        self.classes.get(usize::try_from(at).ok()?).copied()
    }

    /// Every word that begins at `start`: one walk along the map.
    fn words_at(&self, text: &str, start: usize) -> Vec<Found> {
        let map = self.words.as_fst();
        let (mut node, mut output) = (map.root(), fst::raw::Output::zero());
        let mut found = Vec::new();
        for (at, byte) in text.as_bytes()[start..].iter().enumerate() {
            let Some(step) = node.find_input(*byte).map(|which| node.transition(which)) else { break };
            output = output.cat(step.out);
            node = map.node(step.addr);
            let end = start + at + 1;
            if node.is_final()
                && let Some(class) = self.class(output.cat(node.final_output()).value())
            {
                found.push(Found { start, end, class });
            }
        }
        found
    }
}

/// Part of a word of Latin letters: letters, and digits or apostrophes beside them.
pub(super) fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'\''
}
