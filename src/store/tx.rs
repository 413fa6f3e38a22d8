//! A transaction that remembers what of the register it changed, and does not end before the log says so too.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row};

use super::{Result, StoreError};
use dutybell_core::actor::Object;

/// A transaction; dropping it without commit undoes everything.
#[derive(Debug)]
pub struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    /// Rows of the register that were written and are not in the log yet.
    touched: BTreeSet<(Object, i64)>,
}

impl Tx {
    pub(super) fn new(inner: sqlx::Transaction<'static, Any>) -> Tx {
        Tx { inner, touched: BTreeSet::new() }
    }

    /// A row of the register was written or removed; [`super::people::log`] says in the log what became of it.
    pub(super) fn touch(&mut self, object: Object, id: i64) {
        self.touched.insert((object, id));
    }

    /// The same for rows that a statement gave back, their id in the first column. Gives their number.
    pub(super) fn touch_all(&mut self, object: Object, rows: &[AnyRow]) -> Result<u64> {
        for row in rows {
            self.touch(object, row.try_get(0)?);
        }
        Ok(rows.len() as u64)
    }

    /// Rows of a kind that were written and are not in the log yet; whoever takes them says so there.
    pub(super) fn take_touched(&mut self, object: Object) -> Vec<i64> {
        let taken = self.touched.iter().filter(|(kind, _)| *kind == object).map(|(_, id)| *id).collect();
        self.touched.retain(|(kind, _)| *kind != object);
        taken
    }

    /// Makes everything last.
    ///
    /// # Errors
    /// [`StoreError::Unlogged`] when the register was changed and the log does not say so; then nothing lasts.
    pub async fn commit(self) -> Result<()> {
        match self.touched.first() {
            Some((object, id)) => Err(StoreError::Unlogged { object: object.word(), id: *id }),
            None => Ok(self.inner.commit().await?),
        }
    }

    /// Undoes everything.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}
