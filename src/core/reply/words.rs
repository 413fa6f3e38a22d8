//! Word lists turned into matchers.
//!
//! A list is a table of small patterns with ` | ` between, one table a meaning, kept in `zh` and `en` where
//! a reader can extend them. Chinese entries match anywhere, English ones at word borders (ASCII borders, so that
//! `done` is found in `已done`). Longer entries are tried first. Knows nothing about meaning.

use regex::Regex;

use crate::core::patterns::pattern;

/// A compiled list with the name under which it shows up in explanations.
pub(super) struct Words {
    name: &'static str,
    regex: Regex,
}

impl Words {
    /// Compiles a Chinese and an English table into one matcher.
    pub(super) fn new(name: &'static str, zh: &str, en: &str) -> Self {
        let mut parts = Vec::new();
        if !zh.is_empty() {
            parts.push(alternation(zh));
        }
        if !en.is_empty() {
            parts.push(format!(r"(?-u:\b){}(?-u:\b)", alternation(en)));
        }
        Words { name, regex: pattern(&parts.join("|")) }
    }

    /// True if any word of the list occurs.
    pub(super) fn hit(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// First occurrence as byte range.
    pub(super) fn find(&self, text: &str) -> Option<(usize, usize)> {
        self.regex.find(text).map(|m| (m.start(), m.end()))
    }

    /// How often the list occurs.
    pub(super) fn count(&self, text: &str) -> usize {
        self.regex.find_iter(text).count()
    }

    /// "name 'word'" for the explanation, if it occurs.
    pub(super) fn why(&self, text: &str) -> Option<String> {
        self.regex.find(text).map(|m| format!("{} '{}'", self.name, m.as_str().trim()))
    }

    /// True if an explanation made by `why` speaks of this list.
    pub(super) fn named(&self, why: &str) -> bool {
        why.strip_prefix(self.name).is_some_and(|rest| rest.starts_with(" '"))
    }

    /// The text with every occurrence overwritten by `_`, byte for byte.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for m in self.regex.find_iter(text) {
            out.push_str(&text[from..m.start()]);
            out.push_str(&"_".repeat(m.len()));
            from = m.end();
        }
        out.push_str(&text[from..]);
        out
    }
}

/// The entries of a table: small patterns with ` | ` between, over any number of lines.
pub(super) fn entries(table: &str) -> Vec<&str> {
    table.lines().flat_map(|line| line.trim().trim_end_matches(" |").split(" | ")).filter(|e| !e.is_empty()).collect()
}

/// One pattern of all entries of a table, longer ones first.
pub(super) fn alternation(table: &str) -> String {
    let mut sorted = entries(table);
    sorted.sort_by_key(|entry| std::cmp::Reverse(entry.len()));
    format!("(?:{})", sorted.join("|"))
}

/// Declares a word list that is built on first use.
macro_rules! words {
    ($name:ident, $label:expr, $zh:expr, $en:expr) => {
        pub(super) static $name: std::sync::LazyLock<$crate::core::reply::words::Words> =
            std::sync::LazyLock::new(|| $crate::core::reply::words::Words::new($label, $zh, $en));
    };
}

pub(super) use words;
