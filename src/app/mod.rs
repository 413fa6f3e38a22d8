//! What an office does: plain functions over the gateway that give data or a refusal.
//!
//! The command line parses and prints; what it calls stands here, so that a page can call the same. A function that shows
//! before it acts takes `apply`: without it the very same is done and rolled back, so what is shown is what would happen.

pub mod health;
pub mod people;

use crate::store::{StoreError, Tx};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// One sentence with the way out; nothing was changed.
    #[error("{0}")]
    Says(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Refusal {
        Refusal::Store(error.into())
    }
}

/// What an office's function gives.
pub type Result<T> = std::result::Result<T, Refusal>;

/// Refuses with a sentence.
fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Refusal::Says(text.into()))
}

/// Ends a transaction: for good, or as if nothing had been.
async fn finish(tx: Tx, apply: bool) -> Result<()> {
    match apply {
        true => tx.commit().await?,
        false => tx.rollback().await?,
    }
    Ok(())
}
