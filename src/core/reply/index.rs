//! The index of the shipped words, as `build.rs` makes it.

use std::collections::BTreeSet;

use super::lists::sorted;

/// Names and contents of the files of an index: `words.fst` (word to class), `classes.txt` (classes by number),
/// `latin.fst` (Latin words, alone or in a phrase), `nouns.fst` (a dictionary's nouns).
///
/// # Errors
/// What is wrong with a list; names file and line.
pub(super) fn made(files: &[(&str, &str)], nouns: &str) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let words = sorted(files)?;
    let mut classes: Vec<&str> = Vec::new();
    let mut numbered: Vec<(&str, u64)> = Vec::with_capacity(words.len());
    for (word, class) in &words {
        let number = classes.iter().position(|known| known == class).unwrap_or_else(|| {
            classes.push(class);
            classes.len() - 1
        });
        numbered.push((word, number as u64));
    }
    let latin: BTreeSet<&str> =
        words.iter().flat_map(|(word, _)| word.split(' ')).filter(|word| word.is_ascii() && !word.is_empty()).collect();
    let nouns: BTreeSet<&str> =
        nouns.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
    let map = fst::Map::from_iter(numbered).map_err(|error| error.to_string())?;
    let set = |words: BTreeSet<&str>| fst::Set::from_iter(words).map_err(|error| error.to_string());
    Ok(vec![
        ("words.fst", map.into_fst().into_inner()),
        ("classes.txt", classes.join("\n").into_bytes()),
        ("latin.fst", set(latin)?.into_fst().into_inner()),
        ("nouns.fst", set(nouns)?.into_fst().into_inner()),
    ])
}
