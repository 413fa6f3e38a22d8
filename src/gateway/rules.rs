//! New rules: a pack or a calendar that changed while nobody ran. Every open item is looked at again, so that
//! none sleeps past a step it did not have before, and the log says which rules hold from then on. Steps that are over are not told afterwards.

use data_encoding::HEXLOWER;
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use super::Gateway;
use crate::core::actor::Object;
use crate::store::events::Origin;
use crate::store::people::RULES;
use crate::store::{Result, clockwork, items, people};

impl Gateway {
    /// Once in a process's life: compares its rules with those that the wake-ups in the store were made by.
    pub(super) async fn adopt_rules(&self) -> Result<()> {
        if self.rules_adopted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let parts = [(Object::Rule, format!("{:?}", self.policy)), (Object::Calendar, format!("{:?}", self.calendars))];
        let parts = parts.map(|(object, text)| (object, HEXLOWER.encode(&Sha256::digest(text.as_bytes())), text));
        let ours = parts.each_ref().map(|(_, digest, _)| digest.as_str()).join(" ");
        if self.store.meta(RULES).await?.is_none_or(|theirs| theirs != ours) {
            let mut tx = self.store.begin().await?;
            let woken = items::wake_all(&mut tx, self.now()).await?;
            for (object, digest, text) in &parts {
                people::log_rules(&mut tx, *object, digest, text, &Origin::rule("start"), self.now()).await?;
            }
            clockwork::put_meta(&mut tx, RULES, &ours).await?;
            tx.commit().await?;
            tracing::info!(items = woken, "new rules: open items are planned again");
        }
        self.rules_adopted.store(true, Ordering::Relaxed);
        Ok(())
    }
}
