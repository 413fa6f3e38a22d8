//! An inbox: successive versions of one ledger, put into a folder by hand, by a mail rule or by a scanner.
//!
//! Files are read in the order of their names. What was read goes into `processed`, what cannot be used into
//! `refused` with a text beside it that says why. Nothing is ever written over. A process that dies between applying
//! and moving finds the same content again, changes nothing and moves it.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};

use super::file::{self, Look, look};
use super::{Asked, Content, Delivery, End, Fetch, Fetched, Trouble};

/// Endings of files that may hold a ledger.
const ENDINGS: [&str; 3] = ["xlsx", "xls", "csv"];
/// A file written to within this time may still be growing.
const SETTLED: Duration = Duration::seconds(10);
/// Files of one name that are told apart by a number.
const NAMESAKES: u32 = 10_000;

/// A folder into which somebody puts ledgers.
pub struct FolderSource {
    pub folder: PathBuf,
    /// Size and date of files that looked as if they were growing.
    growing: Mutex<HashMap<String, Look>>,
}

impl FolderSource {
    pub fn new(folder: PathBuf) -> FolderSource {
        FolderSource { folder, growing: Mutex::default() }
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Trouble {
        Trouble::failed(format!("{}: {what}: {error}", self.folder.display()))
    }

    /// Names of ledgers in the inbox, in order.
    fn names(&self) -> Result<Vec<String>, Trouble> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(|e| self.failed("cannot be listed", &e))? {
            let entry = entry.map_err(|e| self.failed("cannot be listed", &e))?;
            // Only plain files: a link could point at any file of this machine.
            let plain = entry.file_type().is_ok_and(|t| t.is_file());
            match entry.file_name().into_string() {
                Ok(name) if plain && is_ledger(&name) => names.push(name),
                Err(name) if plain && is_ledger(&name.to_string_lossy()) => {
                    let (shown, folder) = (name.to_string_lossy(), self.folder.display());
                    return Err(Trouble::failed(format!("{folder}: the name {shown} is not UTF-8; rename the file")));
                }
                _ => {}
            }
        }
        names.sort();
        Ok(names)
    }

    /// True when nobody writes to the file any more: it is old enough, or the same as at the look before.
    fn is_settled(&self, name: &str, look: Look, now: DateTime<Utc>) -> bool {
        let old = look.written.is_some_and(|t| t <= now - SETTLED);
        let Ok(mut growing) = self.growing.lock() else { return old };
        let before = growing.insert(name.to_owned(), look);
        let settled = old || before == Some(look);
        if settled {
            growing.remove(name);
        }
        settled
    }
}

/// Leaves out what programs keep beside a file that is open or still on its way.
fn is_ledger(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
    ENDINGS.contains(&ending.as_str()) && !name.starts_with(['~', '.'])
}

#[async_trait]
impl Fetch for FolderSource {
    fn place(&self) -> String {
        self.folder.display().to_string()
    }

    /// A folder brings versions of one ledger wherever it stands.
    fn setup(&self) -> String {
        String::new()
    }

    async fn fetch(&self, asked: &Asked<'_>, after: Option<&str>) -> Result<Fetched, Trouble> {
        for name in self.names()?.into_iter().filter(|n| after.is_none_or(|a| n.as_str() > a)) {
            let path = self.folder.join(&name);
            // Somebody may take a file away at any time: then it is not there.
            let Ok(before) = look(&path) else { continue };
            if !self.is_settled(&name, before, asked.now) {
                continue;
            }
            let (bytes, _) = match file::read(&path, asked.limits.file) {
                Ok(read) => read,
                Err(reason) if before.size > asked.limits.file => {
                    return Ok(too_large(name, &reason));
                }
                Err(reason) => return Err(Trouble::failed(reason)),
            };
            if look(&path).ok() != Some(before) || bytes.len() as u64 != before.size {
                continue;
            }
            return Ok(delivery(name, bytes));
        }
        Ok(Fetched::Nothing)
    }

    async fn put_away(&self, asked: &Asked<'_>, name: &str, end: End, problems: &str) -> Result<(), Trouble> {
        let folder = self.folder.join(match end {
            End::Processed => "processed",
            End::Refused => "refused",
        });
        let cannot = |error: std::io::Error| {
            Trouble::failed(format!(
                "{name} was read and cannot be moved to {}: {error}; let the service write there",
                folder.display()
            ))
        };
        std::fs::create_dir_all(&folder).map_err(cannot)?;
        let day = asked.now.with_timezone(&asked.zone).format("%Y-%m-%d");
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        for n in 1..NAMESAKES {
            let number = if n == 1 { String::new() } else { format!("-{n}") };
            let to = folder.join(format!("{day}-{stem}{number}.{ending}"));
            let beside = folder.join(format!("{day}-{stem}{number}.{ending}.txt"));
            if beside.exists() {
                continue;
            }
            match move_to_new(&self.folder.join(name), &to) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot(error)),
                Ok(()) if problems.is_empty() => return Ok(()),
                Ok(()) => return write_new(&beside, problems).map_err(cannot),
            }
        }
        Err(cannot(std::io::ErrorKind::AlreadyExists.into()))
    }

    async fn check(&self, _asked: &Asked<'_>) -> Result<String, Trouble> {
        Ok(format!("{}: {} files wait", self.folder.display(), self.names()?.len()))
    }
}

fn delivery(name: String, bytes: Vec<u8>) -> Fetched {
    Fetched::Delivery(Delivery {
        content: Content::File { name: name.clone(), bytes },
        name,
        // When it was put here counts, not when it was written.
        as_of: None,
        etag: None,
        last_modified: None,
        more: true,
    })
}

/// Handed on by its name only, so that it ends in `refused` and holds nothing up.
fn too_large(name: String, reason: &str) -> Fetched {
    Fetched::Delivery(Delivery {
        content: Content::Unreadable { reason: reason.to_owned() },
        name,
        as_of: None,
        etag: None,
        last_modified: None,
        more: true,
    })
}

/// Moves a file to a name that must be free: a plain rename would write over what is there.
fn move_to_new(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(error),
        // Not every file system has links (FAT, some network shares): there the content is copied.
        Err(_) => {
            let mut new = std::fs::File::create_new(to)?;
            let copied = std::fs::File::open(from)
                .and_then(|mut old| std::io::copy(&mut old, &mut new))
                .and_then(|_| new.sync_all());
            if let Err(error) = copied {
                std::fs::remove_file(to)?;
                return Err(error);
            }
        }
    }
    std::fs::remove_file(from)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")
}
