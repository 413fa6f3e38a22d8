//! The addresses that a row names take the place of those on record of the same channel.

use super::ImportReport;
use super::changes::Change;
use super::people::{Office, Prepared, problem};
use crate::core::org::names;
use crate::core::org::register::{Account, Entry};
use crate::ledger::Severity;
use crate::store::{Result, Tx, people};

impl Office<'_> {
    /// Takes over the contact points of a row for the touched person `at`.
    pub(super) async fn contact_points(
        &mut self,
        tx: &mut Tx,
        at: usize,
        prepared: &Prepared<'_>,
        old_phone: &str,
        report: &mut ImportReport,
    ) -> Result<()> {
        let id = self.touched[at].id;
        let old = self.contacts.get(&id).cloned().unwrap_or_default();
        let before: Vec<Account> = old.iter().map(|c| self.gateway.account(&c.channel, &c.address)).collect();
        let named = self.named_accounts(tx, at, prepared, (old_phone, &before), report).await?;
        let (after, fields) = merge(&before, &named, &prepared.row.preferred);
        let change = &mut self.touched[at].change;
        // The order of a new person's channels is no change.
        let says_order = change.change != Change::Added;
        for (field, was, is) in fields.iter().filter(|f| f.0 != "order" || says_order) {
            change.field(field, was, is);
        }
        if before == after {
            return Ok(());
        }
        for (contact, account) in old.iter().zip(&before) {
            if !after.contains(account) {
                people::remove_contact(tx, contact.id).await?;
            }
        }
        let now = self.gateway.now();
        for (rank, account) in (1..).zip(&after) {
            let Account { channel, address, shared } = account;
            match shared {
                true => people::put_shared_contact(tx, id, channel, address, rank, now).await?,
                false => people::put_contact(tx, id, channel, address, rank, now).await?,
            };
        }
        self.contacts.insert(id, people::contacts(tx, id).await?);
        if let Some(entry) = self.register.get(id).cloned() {
            self.register.put(Entry { accounts: after, ..entry });
        }
        Ok(())
    }

    /// The accounts that a row gives a person, in the spelling on record, without those that are another's.
    async fn named_accounts(
        &self,
        tx: &mut Tx,
        at: usize,
        prepared: &Prepared<'_>,
        (old_phone, before): (&str, &[Account]),
        report: &mut ImportReport,
    ) -> Result<Vec<Account>> {
        let id = self.touched[at].id;
        let mut named = prepared.accounts.clone();
        let phone = self.register.get(id).map(|e| e.person.phone.clone()).unwrap_or_default();
        let is_old = |a: &Account| a.channel == "sms" && names::phone_key(&a.address) == names::phone_key(old_phone);
        let has_sms = named.iter().any(|a| a.channel == "sms");
        if before.iter().any(is_old) && !phone.is_empty() && phone != old_phone && !has_sms {
            // Text messages go to the person's telephone, also when it is another one.
            named.push(self.gateway.account("sms", &phone));
        }
        for account in named.iter_mut().filter(|a| a.channel == "mail") {
            // One mailbox has one spelling, whoever has it.
            if let Some(known) = people::mail_address(tx, &account.address).await? {
                account.address = known;
            }
        }
        named.retain(|account| {
            let owner = self.register.owners(account).into_iter().find(|owner| *owner != id);
            let Some(owner) = owner.filter(|_| !account.shared) else { return true };
            let reason = format!("contact-taken: this {} account belongs to another person", account.channel);
            let hint = "an account says who writes and belongs to one person; correct one of the two rows";
            let found = problem(&prepared.row.place, &account.address, Severity::Warning, &reason, hint);
            report.problems.push(found.about(self.shown(&[owner])));
            false
        });
        Ok(named)
    }
}

/// The list after a row: what it names of a channel replaces what is on record of it, a group beside an account of the
/// person's own; the rest stays. The second part says what changes: field, before, after.
fn merge(old: &[Account], named: &[Account], preferred: &[String]) -> (Vec<Account>, Vec<(String, String, String)>) {
    let (mut list, mut fields) = (old.to_vec(), Vec::new());
    let alike = |a: &Account, b: &Account| a.channel == b.channel && a.shared == b.shared;
    for (n, account) in named.iter().enumerate() {
        if named[..n].iter().any(|a| alike(a, account)) {
            continue;
        }
        let new: Vec<Account> = named.iter().filter(|a| alike(a, account)).cloned().collect();
        let was: Vec<Account> = list.iter().filter(|a| alike(a, account)).cloned().collect();
        if was.len() == new.len() && new.iter().all(|a| was.contains(a)) {
            continue;
        }
        let text = |all: &[Account]| all.iter().map(|a| a.address.as_str()).collect::<Vec<_>>().join(", ");
        fields.push((account.channel.clone(), text(&was), text(&new)));
        let place = list.iter().position(|a| alike(a, account)).unwrap_or(list.len());
        list.retain(|a| !alike(a, account));
        list.splice(place..place, new);
    }
    let order = |list: &[Account]| list.iter().map(|a| a.channel.as_str()).collect::<Vec<_>>().join(", ");
    let before = order(&list);
    let rank = |channel: &str| preferred.iter().position(|p| p == channel).unwrap_or(usize::MAX);
    let mut firsts: Vec<&str> = Vec::new();
    for account in &list {
        if !firsts.contains(&account.channel.as_str()) {
            firsts.push(&account.channel);
        }
    }
    // A second address of a channel may stand further down.
    if !firsts.is_sorted_by_key(|channel| rank(channel)) {
        list.sort_by_key(|a| rank(&a.channel));
    }
    fields.push(("order".to_owned(), before, order(&list)));
    (list, fields)
}
