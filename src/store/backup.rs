//! A copy of everything in one file, and back: a SQLite database, whatever the office runs on.
//!
//! The copy is made of one state while the gateway runs, and looked through before it gets its name. What comes back
//! is looked through first, too; a database that is in use is never touched, one that holds anything is kept aside.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use super::copy::copy_all;
use super::open::path_of;
use super::{Engine, Result, Store, StoreError, sqlite};
use dutybell_system::files::{self, beside};

/// What a database holds, as far as a reader needs it to know the right one.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Holds {
    pub people: i64,
    pub items: i64,
    pub events: u64,
    /// Of the newest event.
    pub newest: Option<DateTime<Utc>>,
    /// What does not hold: an event, or an item that was edited.
    pub troubles: Vec<String>,
}

/// What a restore did.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Restored {
    pub holds: Holds,
    /// Where the database lies that was there before.
    pub aside: Option<PathBuf>,
}

fn unusable(text: String) -> StoreError {
    StoreError::Unusable(text)
}

fn at_file(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |e| StoreError::Unusable(format!("{}: {e}", path.display()))
}

fn url_of(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

impl Store {
    /// Writes everything into a new file that only its owner may read, and looks through it.
    ///
    /// # Errors
    /// When the file is there already or cannot be written, or when the copy is not whole; nothing is left behind then.
    pub async fn back_up(&self, file: &Path) -> Result<Holds> {
        if file.exists() {
            return Err(unusable(format!("{} is there already; name a new file", file.display())));
        }
        let part = beside(file, ".part");
        drop(files::private(&part).map_err(at_file(&part))?);
        let made = async {
            self.copy_into(&part).await?;
            holds(&part).await
        };
        let done = match made.await {
            Ok(holds) => std::fs::rename(&part, file).map(|()| holds).map_err(at_file(file)),
            Err(error) => Err(error),
        };
        remove(&part);
        done
    }

    async fn copy_into(&self, part: &Path) -> Result<()> {
        match self.engine {
            Engine::Sqlite => {
                let name = part.display().to_string();
                sqlx::query("VACUUM INTO $1").bind(name).execute(self.reader()).await?;
            }
            Engine::Postgres => {
                let copy = Store::open(&url_of(part)).await?;
                let copied = copy_all(self, &copy).await;
                copy.close().await;
                copied?;
            }
        }
        // It is no file of the run that it was made in: a log of that run is not its own.
        let mut random = [0_u8; 4];
        getrandom::fill(&mut random).map_err(|e| StoreError::Damaged(format!("no random numbers: {e}")))?;
        let run = u32::from_be_bytes(random) >> 1;
        let mut connection = open_file(part).await?;
        connection.execute(AssertSqlSafe(format!("PRAGMA user_version = {run}"))).await?;
        Ok(connection.close().await?)
    }

    async fn holds(&self) -> Result<Holds> {
        match self.integrity().await?.as_str() {
            "ok" => {}
            broken => return Err(unusable(format!("the database is damaged: {broken}"))),
        }
        let verified = self.verify_chain(&[]).await?;
        let mut troubles: Vec<String> =
            verified.broken.iter().map(|b| format!("the log breaks at event {}: {}", b.event, b.why)).collect();
        troubles.extend(verified.differing.iter().map(|d| format!("{d} differs from its log: {}", d.why)));
        let count = |table| format!("SELECT count(*) FROM {table}");
        let one = |text: String| sqlx::query_scalar::<_, i64>(AssertSqlSafe(text)).fetch_one(self.reader());
        Ok(Holds {
            people: one(count("people")).await?,
            items: one(count("items")).await?,
            events: verified.events,
            newest: self.newest_event_at().await?,
            troubles,
        })
    }
}

/// Looks through a database file and leaves it closed.
async fn holds(file: &Path) -> Result<Holds> {
    let store = Store::open(&url_of(file)).await?;
    let holds = store.holds().await;
    store.close().await;
    let [log, _] = sqlite::base::log_files(file);
    match std::fs::metadata(&log).is_ok_and(|m| m.len() > 0) {
        true => Err(unusable(format!("{} is still open elsewhere", file.display()))),
        false => holds,
    }
}

async fn open_file(path: &Path) -> std::result::Result<AnyConnection, sqlx::Error> {
    install_default_drivers();
    AnyConnection::connect(&format!("sqlite://{}?mode=rw", path.display())).await
}

/// The database with its log, if there is one.
fn all_files(path: &Path) -> [PathBuf; 4] {
    let [log, index] = sqlite::base::log_files(path);
    [path.to_owned(), log, index, sqlite::base::mark_file(path)]
}

fn remove(path: &Path) {
    all_files(path).iter().for_each(|file| drop(std::fs::remove_file(file)));
}

/// Brings a backup back into the database at `url`. `now` names what is kept aside, and is when what was shown since
/// the backup begins to rest.
///
/// # Errors
/// [`StoreError::Unusable`] when the backup is not whole, when the database is in use, or when it holds anything
/// and `force` is not set; nothing is changed then.
pub async fn restore(file: &Path, url: &str, force: bool, now: DateTime<Utc>) -> Result<Restored> {
    if !file.is_file() {
        return Err(unusable(format!("there is no file {}", file.display())));
    }
    let [log, _] = sqlite::base::log_files(file);
    if std::fs::metadata(&log).is_ok_and(|m| m.len() > 0) {
        return Err(unusable(format!(
            "{} lies beside the backup: it is the database of a program that was running, not a finished copy; \
             make one with `dutybell backup FILE`",
            log.display()
        )));
    }
    match path_of(url) {
        Some(path) => into_sqlite(file, Path::new(path), force, now).await,
        None => into_postgres(file, url, now).await,
    }
}

/// A copy of the backup that may be opened, looked through.
async fn tried(file: &Path, copy: &Path, force: bool, now: DateTime<Utc>) -> Result<Holds> {
    let of_file = |error: StoreError| unusable(format!("{} cannot be restored: {error}", file.display()));
    remove(copy);
    let mut to = files::private(copy).map_err(at_file(copy))?;
    let mut from = std::fs::File::open(file).map_err(at_file(file))?;
    std::io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(at_file(copy))?;
    is_ours(copy).await.map_err(of_file)?;
    // Before it is looked through: what that leaves is what is put in place.
    let store = Store::open(&url_of(copy)).await.map_err(of_file)?;
    let left = store.leave_room(now).await;
    store.close().await;
    left.map_err(of_file)?;
    let holds = holds(copy).await.map_err(of_file)?;
    match holds.troubles.first() {
        Some(trouble) if !force => Err(of_file(unusable(format!("{trouble}; --force takes it as it is")))),
        _ => Ok(holds),
    }
}

/// Whether a file is a sound database of this program, asked before the store opens it: that would make a new one.
async fn is_ours(file: &Path) -> Result<()> {
    let look = async {
        let mut connection = open_file(file).await?;
        let known = sqlx::query("SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'");
        let known = known.fetch_optional(&mut connection).await?.is_some();
        let sound: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut connection).await?.try_get(0)?;
        connection.close().await?;
        Ok::<_, sqlx::Error>((known, sound))
    };
    match look.await {
        Ok((true, sound)) if sound == "ok" => Ok(()),
        Ok((true, broken)) => Err(unusable(format!("it is damaged: {broken}"))),
        Ok((false, _)) => Err(unusable("it is no database of dutybell".to_owned())),
        Err(error) => Err(unusable(format!("it does not read: {error}"))),
    }
}

async fn into_sqlite(file: &Path, path: &Path, force: bool, now: DateTime<Utc>) -> Result<Restored> {
    let copy = beside(path, ".restoring");
    let restored = async {
        let holds = tried(file, &copy, force, now).await?;
        let aside = make_room(path, force, &now.format("%Y%m%d-%H%M%S").to_string()).await?;
        std::fs::rename(&copy, path).map_err(at_file(path))?;
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            // So that the new name outlasts a power cut; some systems have no such thing.
            drop(std::fs::File::open(folder).and_then(|f| f.sync_all()));
        }
        Ok(Restored { holds, aside })
    };
    let restored = restored.await;
    remove(&copy);
    restored
}

/// Makes sure that nobody uses the database, and moves it aside if it holds anything.
async fn make_room(path: &Path, force: bool, stamp: &str) -> Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    let held = match sqlite::base::refuse_foreign_log(&path.display().to_string()) {
        // Whoever opens it would apply that log.
        Err(_) => Some("a log that is not its own".to_owned()),
        Ok(()) => alone(path).await?,
    };
    if let (Some(held), false) = (&held, force) {
        return Err(unusable(format!(
            "{} is not empty ({held}); --force keeps it aside under another name. Nothing was changed.",
            path.display()
        )));
    }
    let aside = beside(path, &format!(".before-{stamp}"));
    if aside.exists() {
        return Err(unusable(format!("{} is there already", aside.display())));
    }
    for (from, to) in all_files(path).iter().zip(all_files(&aside)) {
        if from.exists() {
            std::fs::rename(from, &to).map_err(at_file(from))?;
        }
    }
    match held {
        Some(_) => Ok(Some(aside)),
        None => {
            remove(&aside);
            Ok(None)
        }
    }
}

/// What the database holds, `None` for nothing; its log is taken into the file meanwhile.
///
/// # Errors
/// When another program has it open.
async fn alone(path: &Path) -> Result<Option<String>> {
    let in_use = || {
        unusable(format!(
            "{} is in use; stop the gateway (dutybell serve) and every other command first. Nothing was changed.",
            path.display()
        ))
    };
    let look = async {
        let mut connection = open_file(path).await?;
        connection.execute("PRAGMA busy_timeout = 500").await?;
        // Only who has the database for himself can leave the mode in which it is shared.
        sqlx::query("PRAGMA journal_mode = DELETE").fetch_all(&mut connection).await?;
        let mut held = Vec::new();
        for table in ["people", "units", "items"] {
            let known = sqlx::query("SELECT name FROM sqlite_master WHERE name = $1").bind(table);
            if known.fetch_optional(&mut connection).await?.is_none() {
                continue;
            }
            let text = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count: i64 = sqlx::query(text).fetch_one(&mut connection).await?.try_get(0)?;
            if count > 0 {
                held.push(format!("{count} {table}"));
            }
        }
        connection.close().await?;
        Ok::<_, sqlx::Error>(held)
    };
    match look.await {
        Ok(held) => Ok(Some(held.join(", ")).filter(|h| !h.is_empty())),
        // SQLITE_BUSY and SQLITE_LOCKED with their kinds (sqlite.org/rescode.html).
        Err(sqlx::Error::Database(error)) if is_locked(error.code().as_deref()) => Err(in_use()),
        Err(error) => Ok(Some(format!("it does not open: {error}"))),
    }
}

fn is_locked(code: Option<&str>) -> bool {
    code.and_then(|c| c.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

async fn into_postgres(file: &Path, url: &str, now: DateTime<Utc>) -> Result<Restored> {
    let copy = beside(file, ".restoring");
    let restored = async {
        let holds = tried(file, &copy, false, now).await?;
        let from = Store::open(&url_of(&copy)).await?;
        let to = Store::open(url).await?;
        let copied = copy_all(&from, &to).await;
        from.close().await;
        to.close().await;
        copied.map_err(|error| {
            unusable(format!(
                "{error} Make a new database (createdb) and name it in [database] url, then restore again."
            ))
        })?;
        Ok(Restored { holds, aside: None })
    };
    let restored = restored.await;
    remove(&copy);
    restored
}
