//! Everything in one file, and back; and from one database into another.

use std::path::Path;

use super::Result;
use crate::clock::Clock;
use crate::store::Store;
use crate::store::copy::{Copied, copy_all};

pub use crate::store::backup::{Holds, Restored};

/// Writes a database into a new file, while the gateway runs, and looks through what was written.
///
/// # Errors
/// When the database cannot be read, or the file is there already or cannot be written.
pub async fn back_up(url: &str, file: &Path) -> Result<Holds> {
    let store = Store::open(url).await?;
    let made = store.back_up(file).await;
    store.close().await;
    Ok(made?)
}

/// Brings a backup back; the gateway must be stopped. With `force` also where the database holds something, which is
/// kept aside.
///
/// # Errors
/// For a file that is none, and a database that holds something or is in use.
pub async fn restore(file: &Path, url: &str, force: bool) -> Result<Restored> {
    Ok(crate::store::backup::restore(file, url, force, Clock::Real.now()).await?)
}

/// What was carried from one database into another.
pub struct Carried {
    /// Tables with their rows.
    pub tables: Vec<Copied>,
    /// What the new database runs on.
    pub engine: String,
}

/// Carries everything from one database into another, empty one, and compares both.
///
/// # Errors
/// When one of them does not answer, the new one is not empty, or they differ afterwards.
pub async fn carry_over(from: &str, to: &str) -> Result<Carried> {
    let (from, to) = (Store::open(from).await?, Store::open(to).await?);
    let copied = copy_all(&from, &to).await;
    let engine = to.engine_version().await;
    from.close().await;
    to.close().await;
    Ok(Carried { tables: copied?, engine: engine? })
}
