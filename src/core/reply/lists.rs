//! Word lists as text: `class<TAB>word|word|…`, `#` for remarks. Also read by `build.rs`, which makes the shipped lists
//! into one index.

/// A line of a word list.
pub(super) struct Listed<'a> {
    /// Number of the line, from 1.
    pub(super) line: usize,
    pub(super) class: &'a str,
    /// In lower case.
    pub(super) words: Vec<String>,
}

/// The lines of a word list.
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

/// Word, class, file and line of every word of some lists (name and content each), sorted by word.
///
/// # Errors
/// A line without a class, or a word that stands in two classes; names file and line.
pub(super) fn sorted(files: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
    let mut all: Vec<(String, &str, usize, usize)> = Vec::new();
    for (which, (file, content)) in files.iter().enumerate() {
        for Listed { line, class, words } in listed(file, content)? {
            all.extend(words.into_iter().map(|word| (word, class, which, line)));
        }
    }
    all.sort_unstable();
    for pair in all.windows(2) {
        if let [(word, first, ..), (same, second, which, line)] = pair
            && word == same
            && first != second
        {
            return Err(format!("{}, line {line}: {word} is {first} and {second}", files[*which].0));
        }
    }
    let mut words: Vec<(String, String)> = all.into_iter().map(|(word, class, ..)| (word, class.to_owned())).collect();
    words.dedup();
    Ok(words)
}
