//! Lists the migrations of both databases, so that they are part of the program: number, name and path of each.
//!
//! `sqlx::migrate!` would do it too, but needs all drivers a second time, for the compiler.

use std::fmt::Write as _;
use std::path::Path;

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    for database in ["sqlite", "postgres"] {
        let folder = Path::new("../../migrations").join(database);
        println!("cargo:rerun-if-changed={}", folder.display());
        let out = Path::new(&std::env::var("OUT_DIR")?).join(format!("{database}.rs"));
        std::fs::write(out, list(&folder.canonicalize()?)?)?;
    }
    Ok(())
}

/// `0001_first.sql` and its text as `(1, "first", include_str!(…))`, in the order of the numbers.
fn list(folder: &Path) -> Result<String, Fault> {
    let mut files = std::fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, Fault>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "sql"));
    files.sort();
    let mut entries = String::from("&[");
    for file in files {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.split_once('_'));
        let (number, name) = stem.ok_or_else(|| format!("{} is not NUMBER_NAME.sql", file.display()))?;
        let number: i64 = number.parse().map_err(|e| format!("{}: {e}", file.display()))?;
        write!(entries, "({number}, {:?}, include_str!({file:?})),", name.replace('_', " "))?;
    }
    Ok(entries + "]")
}
