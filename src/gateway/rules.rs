//! New rules: a pack or a calendar that changed while nobody ran. Every open item is looked at again, so that
//! none sleeps past a step it did not have before. Steps that are over are not told afterwards.

use data_encoding::HEXLOWER;
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use super::Gateway;
use crate::store::{Result, clockwork, items};

/// Where the store keeps which rules its wake-ups were made by.
const KEY: &str = "rules";

impl Gateway {
    /// Once in a process's life: compares its rules with those that the wake-ups in the store were made by.
    pub(super) async fn adopt_rules(&self) -> Result<()> {
        if self.rules_adopted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let text = format!("{:?}{:?}", self.policy, self.calendars);
        let ours = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
        if self.store.meta(KEY).await?.is_none_or(|theirs| theirs != ours) {
            let mut tx = self.store.begin().await?;
            let woken = items::wake_all(&mut tx, self.now()).await?;
            clockwork::put_meta(&mut tx, KEY, &ours).await?;
            tx.commit().await?;
            tracing::info!(items = woken, "new rules: open items are planned again");
        }
        self.rules_adopted.store(true, Ordering::Relaxed);
        Ok(())
    }
}
