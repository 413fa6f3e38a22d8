//! A Maildir folder as the second way in, where the mail server delivers on the same machine.
//!
//! New files are handed over with rising numbers; the caller stores them and names the last number it has with the
//! next call, and only then they move to `cur`, marked as seen. A file that was not stored stays new, also over a
//! restart. Numbers begin above the stored one. Nothing is deleted.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::DateTime;

use super::{Found, MOST};

/// Files handed over at a time.
const BATCH: usize = 20;

pub(in crate::mail) struct Maildir {
    dir: PathBuf,
    /// Handed over and not known to be stored yet.
    open: Mutex<BTreeMap<i64, String>>,
}

impl Maildir {
    pub(in crate::mail) fn new(dir: PathBuf) -> Maildir {
        Maildir { dir, open: Mutex::default() }
    }

    /// What is new, after what `stored` and the numbers below it say is safe has been moved away.
    pub(in crate::mail) fn take(&self, stored: Option<i64>) -> io::Result<Vec<Found>> {
        let stored = stored.unwrap_or(0);
        // A panic elsewhere while it was held leaves the map as it is: usable.
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let waiting = open.split_off(&(stored + 1));
        for name in std::mem::replace(&mut *open, waiting).into_values() {
            // Its name may have flags already; "S" is "seen".
            let base = name.split(":2,").next().unwrap_or(&name).to_owned();
            match fs::rename(self.dir.join("new").join(&name), self.dir.join("cur").join(format!("{base}:2,S"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        // What was handed over and not stored is handed over again.
        open.clear();
        let mut names: Vec<String> = Vec::new();
        for entry in fs::read_dir(self.dir.join("new"))? {
            let entry = entry?;
            // No links: a mail server writes files.
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
                && !name.starts_with('.')
            {
                names.push(name);
            }
        }
        names.sort();
        let mut found = Vec::new();
        for (position, name) in (stored + 1..).zip(names.into_iter().take(BATCH)) {
            let path = self.dir.join("new").join(&name);
            let mut bytes = Vec::new();
            fs::File::open(&path)?.take(MOST as u64).read_to_end(&mut bytes)?;
            let arrived = fs::metadata(&path).and_then(|m| m.modified()).ok().map(DateTime::from);
            open.insert(position, name);
            found.push(Found { position, bytes, arrived });
        }
        Ok(found)
    }

    /// Whether it is a Maildir that can be worked on.
    pub(in crate::mail) fn check(&self) -> Result<String, String> {
        for part in ["new", "cur"] {
            let path = self.dir.join(part);
            if !path.is_dir() {
                return Err(format!("{} is not there: not a Maildir", path.display()));
            }
        }
        probe(&self.dir.join("cur")).map_err(|e| format!("cannot write into {}: {e}", self.dir.display()))?;
        Ok(format!("answers are read from {}", self.dir.display()))
    }
}

fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(".dutybell-probe");
    fs::write(&path, b"")?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_moves_and_the_rest_comes_again() {
        let dir = tempfile::tempdir().expect("a folder");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(dir.path().join(part)).expect("made");
        }
        let maildir = Maildir::new(dir.path().to_owned());
        assert!(maildir.check().is_ok());
        for name in ["1.a", "2.b", "3.c"] {
            fs::write(dir.path().join("new").join(name), name).expect("written");
        }
        let numbers = |stored| maildir.take(stored).expect("readable").iter().map(|f| f.position).collect::<Vec<_>>();
        assert_eq!(numbers(None), [1, 2, 3]);
        assert_eq!(numbers(None), [1, 2, 3], "nothing was stored");
        let left = maildir.take(Some(2)).expect("readable");
        assert_eq!(left.iter().map(|f| (f.position, f.bytes.clone())).collect::<Vec<_>>(), [(3, b"3.c".to_vec())]);
        assert!(dir.path().join("cur/1.a:2,S").exists() && dir.path().join("cur/2.b:2,S").exists());
        let again = Maildir::new(dir.path().to_owned());
        assert_eq!(again.take(Some(2)).expect("readable").len(), 1, "after a restart");
        assert!(again.take(Some(3)).expect("readable").is_empty());
        assert!(Maildir::new(dir.path().join("none")).check().is_err());
    }
}
