//! A ledger file read on a schedule.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Days, Gateway, ImportOptions, Source};
use crate::ledger::{Learned, ReadContext, Workbook, read_bytes};
use crate::store::clockwork;

/// Largest file that is read, in bytes; the reader has limits of its own for what is inside.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A file with a ledger, and the files with its people and units.
#[derive(Clone, Debug)]
pub struct FileSource {
    pub name: String,
    pub path: PathBuf,
    pub people: Vec<PathBuf>,
    pub cron: String,
}

impl FileSource {
    /// Reads files into one workbook: people and units first, the ledger last.
    ///
    /// # Errors
    /// Names the file that cannot be read, and why.
    pub fn workbook(gateway: &Gateway, files: &[PathBuf], learned: &Learned) -> Result<(Workbook, String), String> {
        let days = Days(gateway.calendars.get(&gateway.policy.calendar));
        let context =
            ReadContext::new(gateway.now().with_timezone(&gateway.policy.zone).date_naive(), &days).knowing(learned);
        let mut workbook = Workbook::default();
        let mut hash = Sha256::new();
        for path in files {
            let shown = path.display();
            let size = std::fs::metadata(path).map_err(|e| format!("{shown}: {e}"))?.len();
            if size > LARGEST {
                return Err(format!("{shown}: larger than {} MiB", LARGEST >> 20));
            }
            let bytes = std::fs::read(path).map_err(|e| format!("{shown}: {e}"))?;
            hash.update(&bytes);
            let name = path.file_name().map_or_else(|| shown.to_string(), |n| n.to_string_lossy().into_owned());
            workbook.add(read_bytes(&name, &bytes, &context).map_err(|e| format!("{shown}: {e}"))?);
        }
        let digest = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok((workbook, digest))
    }

    async fn import(&self, gateway: &Gateway) -> Result<String, String> {
        let mut files = self.people.clone();
        files.push(self.path.clone());
        let stored = gateway.store.learnt_columns(&self.name).await.map_err(|e| e.to_string())?;
        let learned = Learned::new(stored.iter().map(|(h, m)| (h.as_str(), m.as_str())))?;
        let (workbook, digest) = FileSource::workbook(gateway, &files, &learned)?;
        let mut tx = gateway.store.begin().await.map_err(|e| e.to_string())?;
        let same = clockwork::source_digest(&mut tx, &self.name).await.map_err(|e| e.to_string())?;
        drop(tx);
        if same.as_deref() == Some(&digest) {
            return Ok("the files are the same as last time".to_owned());
        }
        let report =
            gateway.import(&self.name, &workbook, ImportOptions::default()).await.map_err(|e| e.to_string())?;
        let text = format!(
            "{} added, {} changed, {} unchanged, {} drafts, {} missing from the file, {} refused",
            report.added.len(),
            report.changed.len(),
            report.unchanged,
            report.drafts.len(),
            report.missing.len(),
            report.refused
        );
        let mut tx = gateway.store.begin().await.map_err(|e| e.to_string())?;
        clockwork::put_source(&mut tx, &self.name, &digest, &text, gateway.now()).await.map_err(|e| e.to_string())?;
        tx.commit().await.map_err(|e| e.to_string())?;
        Ok(text)
    }
}

#[async_trait::async_trait]
impl Source for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn cron(&self) -> &str {
        &self.cron
    }

    async fn read(&self, gateway: &Gateway) -> Result<String, String> {
        self.import(gateway).await
    }
}
