//! Makes the word lists of `templates/reply` into finite-state maps: some hundred thousand words that need not be read,
//! sorted and copied at every start.

use std::path::Path;

#[path = "reply/index.rs"]
mod index;
#[path = "reply/lists.rs"]
mod lists;

const LISTS: [&str; 4] = ["closed.zh.tsv", "closed.en.tsv", "open.zh.tsv", "open.en.tsv"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../../templates/reply");
    println!("cargo:rerun-if-changed=reply/lists.rs");
    println!("cargo:rerun-if-changed=reply/index.rs");
    let folder = Path::new("../../templates/reply");
    let contents: Vec<String> =
        LISTS.iter().map(|name| std::fs::read_to_string(folder.join(name))).collect::<Result<_, _>>()?;
    let files: Vec<(&str, &str)> = LISTS.iter().copied().zip(contents.iter().map(String::as_str)).collect();
    let nouns = std::fs::read_to_string(folder.join("nouns.zh.txt"))?;
    let made = index::made(&files, &nouns)?;
    let out = std::env::var("OUT_DIR")?;
    for (name, bytes) in made {
        std::fs::write(Path::new(&out).join(name), bytes)?;
    }
    Ok(())
}
