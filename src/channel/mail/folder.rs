//! Mails as files: one `.eml` a message, for demonstrations and offices without a mail server.
//!
//! The file name comes from the message key, so a second try replaces the file by itself instead of
//! adding one. A file is complete as soon as its name is visible. Knows nothing of what is in it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::spawn_blocking;

use super::super::Outcome;
use super::MailError;
use super::letter::Letter;

/// Keeps the temporary names of concurrent sends apart.
static COUNT: AtomicU64 = AtomicU64::new(0);

pub(super) struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// Makes the folder if it is missing.
    pub(super) fn new(dir: PathBuf) -> Result<Self, MailError> {
        match fs::create_dir_all(&dir) {
            Ok(()) => Ok(Self { dir }),
            Err(error) => Err(MailError::Folder { path: dir, reason: error.to_string() }),
        }
    }

    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let (dir, bytes) = (self.dir.clone(), letter.bytes.clone());
        let name = format!("{}.eml", letter.stem);
        let written = spawn_blocking(move || write(&dir, &name, &bytes)).await;
        match written.map_err(io::Error::other).flatten() {
            Ok(()) => Outcome::Accepted { platform_id: Some(letter.id.clone()) },
            Err(error) => Outcome::Transient { reason: format!("cannot write into {}: {error}", self.dir.display()) },
        }
    }

    /// Writes and removes a probe file.
    pub(super) async fn check(&self) -> Result<String, String> {
        let dir = self.dir.clone();
        let tried =
            spawn_blocking(move || write(&dir, ".probe", b"probe").and_then(|()| fs::remove_file(dir.join(".probe"))));
        match tried.await.map_err(io::Error::other).flatten() {
            Ok(()) => Ok(format!("mails are written to {}; nothing is sent", self.dir.display())),
            Err(error) => Err(format!("cannot write into {}: {error}", self.dir.display())),
        }
    }
}

/// Whole or not at all, and on the disk before it returns.
fn write(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = dir.join(format!(".{}-{number}.tmp", std::process::id()));
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, dir.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&temporary); // the first error is the one to report
    }
    // The new name must survive a power cut too, else "accepted" is not true.
    written.and_then(|()| fs::File::open(dir)?.sync_all())
}
