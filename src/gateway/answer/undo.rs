//! Taking an answer back inside the undo window.

use super::*;
impl Answer<'_> {
    pub(super) async fn undo(&mut self, work: &mut Work<'_>, intent: &Intent, bound: &Bound) -> Result<()> {
        if intent.confirm && self.may_mean_void(work, bound).await? {
            return Ok(());
        }
        let items = match &intent.items {
            reply::Items::Unspecified | reply::Items::All => Vec::new(),
            _ => match self.items_of(work, intent, bound, &[], true).await? {
                BoundItems::These(items) => items,
                _ => return Ok(()),
            },
        };
        self.undo_items(work, &items).await
    }

    /// 取消 or "cancel" without an item: of one's own work it takes the last answer back; from whoever assigns it may
    /// mean the item itself. That is asked for, or, under a message about one item, voiding it is meant.
    async fn may_mean_void(&mut self, work: &mut Work<'_>, bound: &Bound) -> Result<bool> {
        if bound.quoted
            && let Some(message) = &bound.message
            && let [(_, id)] = work.lines(message.id).await?.as_slice()
            && let Some(item) = work.item(*id).await?
            && !self.fixes(&item)
        {
            self.apply_intent(work, "", &Intent::new(IntentKind::Void), *id).await?;
            return Ok(true);
        }
        let since = self.gateway.now() - Duration::minutes(self.gateway.policy.limits.undo_minutes);
        let recent = crate::store::events::recent_of(work.tx().await?, self.person, since).await?;
        let Some(last) = recent.into_iter().find(|e| e.event.verb().rule().undo) else { return Ok(false) };
        let Some(item) = work.item(last.item).await? else { return Ok(false) };
        if self.fixes(&item) {
            return Ok(false);
        }
        let did = self.phrase(&format!("did_{}", last.event.word()), &[]);
        self.say("ask_undo_or_void", &[("code", item.code), ("title", item.title), ("did", did)]);
        Ok(true)
    }

    /// Takes back the person's last answer (all changes of one message), or those on `only`.
    pub(super) async fn undo_items(&mut self, work: &mut Work<'_>, only: &[ItemId]) -> Result<()> {
        let minutes = self.gateway.policy.limits.undo_minutes;
        let now = self.gateway.now();
        let recent =
            crate::store::events::recent_of(work.tx().await?, self.person, now - Duration::minutes(minutes)).await?;
        let mut recent = recent.into_iter().filter(|e| e.event.verb().rule().undo);
        let last = recent.next();
        let same_answer = |e: &crate::store::events::Logged| last.as_ref().is_some_and(|l| l.at == e.at);
        let mut events: Vec<_> = last.iter().cloned().chain(recent.clone().filter(same_answer)).collect();
        if !only.is_empty() {
            events = last.iter().cloned().chain(recent).filter(|e| only.contains(&e.item)).collect();
        }
        let mut done = false;
        for event in events {
            let history = crate::store::events::last_two(work.tx().await?, event.item).await?;
            let [newest, before] = history.as_slice() else { continue };
            if newest.id != event.id {
                continue; // somebody acted on it since: it is not his to take back any more
            }
            let Some(item) = work.item(event.item).await? else { continue };
            let (before, what) = (&before.after, newest.event.word());
            let change = self.gateway.take_back(work, self.directory, &item, before, &self.origin(), what).await?;
            self.undone(&change.item);
            self.recorded = true;
            done = true;
        }
        if !done {
            self.say("refuse_no_undo", &[("minutes", minutes.to_string())]);
        }
        Ok(())
    }
}
