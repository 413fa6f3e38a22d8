//! A ledger that another database keeps: the rows of one query, read and never written.
//!
//! Three things keep a query from writing, each enough by itself: its text is one SELECT or WITH statement, the
//! session and the transaction are read-only, and the role should have no other rights (a PostgreSQL superuser is
//! refused, as he can write files without writing to the database). One file an engine; cells come out as a person
//! would have typed them.

mod cells;
mod mysql;
mod postgres;
mod query;
mod sqlite;

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::{Asked, Content, Delivery, Fetch, Fetched, Trouble};
use crate::clock::within;
use crate::ledger::{CELL_BYTES, Limits, TABLE_ROWS};

pub use query::check_query;

/// Seconds that a connection may take to end by itself after the query's own time is over.
const GRACE: Duration = Duration::from_secs(5);

/// A query against another database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlSettings {
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, `mysql://…` (also for MariaDB) or `sqlite:PATH`; better in `url_file`.
    pub url: SecretString,
    /// One SELECT or WITH statement; its column names are the ledger's header.
    pub query: String,
    /// How long connecting and the whole query may take.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
}

fn default_timeout() -> u32 {
    60
}

#[derive(Clone, Debug)]
enum Engine {
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
    Sqlite(Box<SqliteConnectOptions>),
}

/// A query as a ledger source.
#[derive(Clone, Debug)]
pub struct SqlSource {
    engine: Engine,
    shown: String,
    query: String,
    timeout: Duration,
}

impl SqlSource {
    /// Checks address and query.
    ///
    /// # Errors
    /// Says what is wrong with them, without the address.
    pub fn new(settings: &SqlSettings) -> Result<SqlSource, String> {
        check_query(&settings.query)?;
        let url = settings.url.expose_secret();
        let unreadable = |_: sqlx::Error| {
            "sql url cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, mysql://… or sqlite:PATH, with \
             %-escapes for special characters in the password"
                .to_owned()
        };
        let scheme = url.split(':').next().unwrap_or_default();
        let engine = match scheme {
            "postgres" | "postgresql" => {
                Engine::Postgres(Box::new(PgConnectOptions::from_str(url).map_err(unreadable)?))
            }
            "mysql" | "mariadb" => Engine::MySql(Box::new(MySqlConnectOptions::from_str(url).map_err(unreadable)?)),
            "sqlite" => Engine::Sqlite(Box::new(SqliteConnectOptions::from_str(url).map_err(unreadable)?)),
            _ => return Err("sql url must begin with postgres:, mysql:, mariadb: or sqlite:".to_owned()),
        };
        let shown = match &engine {
            Engine::Postgres(o) => {
                format!("postgres://{}:{}/{}", o.get_host(), o.get_port(), o.get_database().unwrap_or_default())
            }
            Engine::MySql(o) => {
                format!("mysql://{}:{}/{}", o.get_host(), o.get_port(), o.get_database().unwrap_or_default())
            }
            Engine::Sqlite(o) => format!("sqlite:{}", o.get_filename().display()),
        };
        let timeout = Duration::from_secs(u64::from(settings.timeout_seconds));
        Ok(SqlSource { engine, shown, query: settings.query.clone(), timeout })
    }
}

/// What an engine is given.
struct Wanted<'a> {
    query: &'a str,
    timeout: Duration,
    zone: Tz,
}

/// Why there is no table.
#[derive(Debug)]
enum Stop {
    Database(sqlx::Error),
    Other(String),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Stop {
        Stop::Database(error)
    }
}

/// Rows as they come in, bounded.
struct Taken {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    cells: usize,
    bytes: u64,
    limits: Limits,
}

impl Taken {
    fn row(&mut self, cells: Vec<String>) -> Result<(), Stop> {
        if let Some(n) = cells.iter().position(|cell| cell.len() > CELL_BYTES) {
            let (name, limit) = (self.headers.get(n).map_or("", String::as_str), CELL_BYTES);
            return Err(Stop::Other(format!(
                "a cell of column {name} has more than {limit} bytes; shorten it in the query"
            )));
        }
        if self.rows.len() >= TABLE_ROWS {
            let rows = TABLE_ROWS;
            return Err(Stop::Other(format!("the query gives more than {rows} rows; narrow it with WHERE")));
        }
        self.cells += cells.len();
        self.bytes += cells.iter().map(|c| c.len() as u64).sum::<u64>();
        if self.cells > self.limits.cells || self.bytes > self.limits.file {
            let (cells, mib) = (self.limits.cells, self.limits.file >> 20);
            return Err(Stop::Other(format!(
                "the query gives more than {cells} cells or {mib} MiB; narrow it with WHERE"
            )));
        }
        self.rows.push(cells);
        Ok(())
    }
}

#[async_trait]
impl Fetch for SqlSource {
    fn place(&self) -> String {
        self.shown.clone()
    }

    fn setup(&self) -> String {
        format!("{} {}", self.shown, self.query)
    }

    async fn fetch(&self, asked: &Asked<'_>, _after: Option<&str>) -> Result<Fetched, Trouble> {
        let mut taken = Taken { headers: Vec::new(), rows: Vec::new(), cells: 0, bytes: 0, limits: asked.limits };
        let wanted = Wanted { query: &self.query, timeout: self.timeout, zone: asked.zone };
        let read = async {
            match &self.engine {
                Engine::Postgres(options) => postgres::read(options, &wanted, &mut taken).await,
                Engine::MySql(options) => mysql::read(options, &wanted, &mut taken).await,
                Engine::Sqlite(options) => sqlite::read(options, &wanted, &mut taken).await,
            }
        };
        let place = &self.shown;
        match within(self.timeout + GRACE, read).await {
            None => {
                let seconds = self.timeout.as_secs();
                return Err(Trouble::failed(format!(
                    "{place}: no answer within {seconds} s; make the query faster or raise timeout_seconds"
                )));
            }
            Some(Err(Stop::Database(error))) => {
                return Err(Trouble::failed(format!(
                    "{place}: {error}; try the query there with this role: it must connect, and may only read"
                )));
            }
            Some(Err(Stop::Other(reason))) => return Err(Trouble::failed(format!("{place}: {reason}"))),
            Some(Ok(())) => {}
        }
        Ok(Fetched::Delivery(Delivery {
            name: self.shown.clone(),
            content: Content::Table { headers: taken.headers, rows: taken.rows },
            as_of: None,
            etag: None,
            last_modified: None,
            more: false,
        }))
    }
}
