//! Many rows with long texts in few statements: `INSERT … VALUES (…), (…), …`.
//!
//! Texts that are JSON themselves would be escaped, parsed and unescaped once more as part of a JSON parameter; so they
//! are bound each by itself. What has short fields travels as one parameter, see [`text_for`](super::text_for).

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::query::Query;
use sqlx::{Any, Arguments as _, AssertSqlSafe};

use super::{Engine, Result, Tx, engine};

/// Rows of a statement; fewer only in the last one. SQLite takes 32,766 parameters, PostgreSQL 65,535.
const AT_ONCE: usize = 100;

/// What a statement is about.
pub(super) struct Insert {
    /// `table (column, …)`.
    pub into: &'static str,
    pub columns: usize,
    /// What follows the rows, such as `RETURNING id`.
    pub then: &'static str,
}

impl Insert {
    /// Inserts rows in their order; `add` gives a row's values in the order of the columns.
    pub(super) async fn rows<T>(
        &self,
        tx: &mut Tx,
        rows: &[T],
        add: impl Fn(&T, &mut AnyArguments) -> std::result::Result<(), BoxDynError>,
    ) -> Result<Vec<AnyRow>> {
        let engine = engine(tx);
        let made = |some: &[T]| -> Result<Query<'static, Any, AnyArguments>> {
            let mut values = AnyArguments::default();
            values.reserve(some.len() * self.columns, 0);
            for row in some {
                add(row, &mut values).map_err(sqlx::Error::Encode)?;
            }
            let query = sqlx::query_with(AssertSqlSafe(self.text(engine, some.len())), values);
            // Only the text of a full statement comes again.
            Ok(query.persistent(some.len() == AT_ONCE))
        };
        let mut returned = Vec::new();
        let mut parts = rows.chunks(AT_ONCE);
        let mut next = parts.next().map(made).transpose()?;
        while let Some(query) = next {
            // The next statement is made while the database is at this one.
            let following = async { parts.next().map(made).transpose() };
            let (rows, made) = futures::future::join(query.fetch_all(&mut **tx), following).await;
            returned.extend(rows?);
            next = made?;
        }
        Ok(returned)
    }

    fn text(&self, engine: Engine, rows: usize) -> String {
        let row = |n: usize| match engine {
            // A parameter with a name is looked for among all names.
            Engine::Sqlite => format!("({})", vec!["?"; self.columns].join(", ")),
            Engine::Postgres => {
                let numbers: Vec<String> = (1..=self.columns).map(|c| format!("${}", n * self.columns + c)).collect();
                format!("({})", numbers.join(", "))
            }
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("INSERT INTO {} VALUES {} {}", self.into, rows.join(", "), self.then)
    }
}
