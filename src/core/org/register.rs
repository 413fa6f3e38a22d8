//! Which person on record a row of the people file means.
//!
//! An address alone is nobody: mailboxes and telephones are shared and handed on. A name with a key of the same person
//! (number of the list, telephone, account, mail) or with the same post is; a name alone is asked about, and so is a new
//! name over somebody's keys, unless it corrects a slip of the pen.

use std::collections::{HashMap, HashSet};

use super::names::{self, key, phone_key, remark, whole_key};
use super::{Person, PersonId, UnitId};

/// A way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub channel: String,
    pub address: String,
    /// Two may have it: a mailbox, a telephone, a group. Any other account says who writes.
    pub shared: bool,
}

/// A person on record.
#[derive(Clone, Debug)]
pub struct Entry {
    pub person: Person,
    pub accounts: Vec<Account>,
    /// Posts held now: unit and title.
    pub posts: Vec<(UnitId, String)>,
}

/// What a row says about whom it means.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Number of the list, from a file that was given out.
    pub number: Option<i64>,
    pub name: &'a str,
    /// Empty: not said.
    pub phone: &'a str,
    pub accounts: &'a [Account],
    /// The unit in the row, `None` inside when it is not on record, and the title.
    pub post: Option<(Option<UnitId>, &'a str)>,
}

/// Whom a row means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Same(PersonId),
    /// This person, whose name is corrected.
    Renamed(PersonId),
    /// Nobody on record; others have the same name.
    New {
        namesakes: Vec<PersonId>,
    },
    /// Perhaps these: somebody must say so.
    Doubt(Doubt, Vec<PersonId>),
}

/// What is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The name is on record; nothing else in the row agrees, and nothing shows that there are two.
    Namesake,
    /// The row has somebody's keys and another name: a new name or a successor.
    OtherName,
    /// Somebody who has left.
    Left,
}

/// People on record, by what a row may say of them.
#[derive(Clone, Debug, Default)]
pub struct Register {
    entries: HashMap<PersonId, Entry>,
    by_name: HashMap<String, HashSet<PersonId>>,
    by_key: HashMap<String, HashSet<PersonId>>,
    /// Entries that were found to be somebody else's, and whose.
    merged: HashMap<PersonId, PersonId>,
    /// Who is another row's for certain.
    claimed: HashMap<PersonId, HashSet<usize>>,
}

/// What a row and a person have in common.
#[derive(Clone, Copy, Default)]
struct Common {
    number: bool,
    phone: bool,
    account: bool,
    mail: bool,
    unit: bool,
    post: bool,
    /// A telephone, an account or a mailbox on both sides that is not the same.
    contradicts: bool,
}

impl Common {
    /// With the same name, this is the person.
    fn is_key(self, phone: &str) -> bool {
        let carried = self.phone && (names::is_mobile(phone) || !self.contradicts);
        self.number || carried || self.account || self.mail
    }

    fn weight(self) -> usize {
        [self.number, self.phone, self.account, self.mail, self.unit, self.post].into_iter().filter(|c| *c).count()
    }
}

impl Register {
    /// Takes in a person, or what has become of them.
    pub fn put(&mut self, entry: Entry) {
        let id = entry.person.id;
        for name in [&entry.person.name, &entry.person.english].into_iter().filter(|n| !n.is_empty()) {
            self.by_name.entry(key(name)).or_default().insert(id);
        }
        for mark in marks(&entry.person.phone, &entry.accounts) {
            self.by_key.entry(mark).or_default().insert(id);
        }
        self.entries.insert(id, entry);
    }

    /// Notes that the entry `from` was found to be `into`.
    pub fn merge(&mut self, from: PersonId, into: PersonId) {
        self.merged.insert(from, into);
    }

    /// Whom a row means that still names an entry which was merged: by its number of the list under a name of either, or
    /// by its name and telephone.
    #[must_use]
    pub fn behind(&self, sought: &Sought<'_>) -> Option<PersonId> {
        let serves = |into: &PersonId| self.get(*into).filter(|e| !e.person.gone);
        let called = |e: &Entry| {
            let names = [&e.person.name, &e.person.english];
            names.into_iter().any(|name| key(name) == key(sought.name) || names::alike(name, sought.name))
        };
        let numbered = sought.number.map(PersonId);
        if let Some((from, into)) = numbered.and_then(|n| Some((self.get(n)?, serves(self.merged.get(&n)?)?))) {
            return (called(from) || called(into)).then_some(into.person.id);
        }
        let keyed = |e: &Entry| common(e, sought).is_key(sought.phone);
        if self.named(sought.name, false).into_iter().any(keyed) {
            return None;
        }
        let mut found = self.named(sought.name, true).into_iter().filter(|e| keyed(e));
        found.find_map(|e| serves(self.merged.get(&e.person.id)?)).map(|e| e.person.id)
    }

    #[must_use]
    pub fn get(&self, id: PersonId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// Everybody, gone or not, by id.
    #[must_use]
    pub fn all(&self) -> Vec<&Entry> {
        let mut all: Vec<&Entry> = self.entries.values().collect();
        all.sort_by_key(|e| e.person.id);
        all
    }

    /// Who is in service and has that account.
    #[must_use]
    pub fn owners(&self, account: &Account) -> Vec<PersonId> {
        let has = |e: &&Entry| !e.person.gone && e.accounts.iter().any(|a| same_account(a, account));
        self.with_marks(&marks("", std::slice::from_ref(account)))
            .into_iter()
            .filter(has)
            .map(|e| e.person.id)
            .collect()
    }

    /// Notes whose row is whose for certain, before any is decided: two rows that are two people on record show that
    /// there are two.
    pub fn claim(&mut self, rows: &[Sought<'_>]) {
        for (n, sought) in rows.iter().enumerate() {
            let sure = self.named(sought.name, false).into_iter().filter(|e| common(e, sought).is_key(sought.phone));
            if let [one] = sure.map(|e| e.person.id).collect::<Vec<_>>().as_slice() {
                self.claimed.entry(*one).or_default().insert(n);
            }
        }
    }

    /// Row `n` was written as this person.
    pub fn is(&mut self, person: PersonId, n: usize) {
        self.claimed.entry(person).or_default().insert(n);
    }

    /// Whom row `n` means.
    #[must_use]
    pub fn decide(&self, n: usize, sought: &Sought<'_>) -> Verdict {
        if let Some(into) = self.behind(sought) {
            return Verdict::Same(into);
        }
        let named = self.named(sought.name, false);
        if named.is_empty() {
            return self.unnamed(n, sought);
        }
        let with: Vec<(PersonId, Common)> = named.iter().map(|e| (e.person.id, common(e, sought))).collect();
        let keyed: Vec<_> = with.iter().filter(|(_, c)| c.is_key(sought.phone)).copied().collect();
        if !keyed.is_empty() {
            return heaviest(&keyed);
        }
        // Another row's person is this row's as well only if nothing contradicts it: one person at two posts.
        let open: Vec<_> = with.iter().filter(|(id, c)| !(c.contradicts && self.is_claimed(*id, n))).copied().collect();
        let at_post: Vec<_> = open.iter().filter(|(_, c)| c.post).copied().collect();
        if !at_post.is_empty() {
            return heaviest(&at_post);
        }
        let all = || named.iter().map(|e| e.person.id).collect::<Vec<_>>();
        // Somebody wrote a mark behind the name to tell two apart.
        let marked =
            !remark(sought.name).is_empty() && named.iter().all(|e| remark(&e.person.name) != remark(sought.name));
        if open.is_empty() || marked {
            return Verdict::New { namesakes: all() };
        }
        let fits = |(id, c): &&(PersonId, Common)| {
            let no_unit = sought.post.is_none() || self.get(*id).is_none_or(|e| e.posts.is_empty());
            !c.contradicts && (c.unit || no_unit)
        };
        match open.iter().filter(fits).collect::<Vec<_>>().as_slice() {
            [(one, _)] => Verdict::Same(*one),
            _ => Verdict::Doubt(Doubt::Namesake, open.into_iter().map(|(id, _)| id).collect()),
        }
    }

    /// Nobody in service is called so.
    fn unnamed(&self, n: usize, sought: &Sought<'_>) -> Verdict {
        let left = self.named(sought.name, true).into_iter();
        let left = left.filter(|e| {
            let common = common(e, sought);
            common.is_key(sought.phone) || common.post
        });
        let left: Vec<PersonId> = left.map(|e| e.person.id).collect();
        if !left.is_empty() {
            return Verdict::Doubt(Doubt::Left, left);
        }
        let mut perhaps = Vec::new();
        let marks = marks(sought.phone, sought.accounts);
        let numbered = sought.number.and_then(|n| self.entries.get(&PersonId(n)));
        for entry in self.with_marks(&marks).into_iter().chain(numbered) {
            let id = entry.person.id;
            let common = common(entry, sought);
            if entry.person.gone || self.is_claimed(id, n) || perhaps.contains(&id) {
                continue;
            }
            let (alike, own) = (names::alike(&entry.person.name, sought.name), common.account || common.phone);
            if common.number && (alike || own && !common.contradicts) {
                return Verdict::Renamed(id);
            }
            if common.number && common.post {
                perhaps.push(id);
            }
            if common.contradicts {
                continue; // two share a mailbox, or it was handed on
            }
            if alike && common.post && own {
                return Verdict::Renamed(id);
            }
            if common.account || common.phone && names::is_mobile(sought.phone) || alike && common.post {
                perhaps.push(id);
            }
        }
        perhaps.dedup();
        match perhaps.is_empty() {
            true => Verdict::New { namesakes: Vec::new() },
            false => Verdict::Doubt(Doubt::OtherName, perhaps),
        }
    }

    /// People of a name, of those with the same remark in brackets where there are such.
    fn named(&self, name: &str, gone: bool) -> Vec<&Entry> {
        let mut found: Vec<&Entry> =
            self.by_name.get(&key(name)).into_iter().flatten().filter_map(|id| self.get(*id)).collect();
        found.retain(|e| e.person.gone == gone);
        found.sort_by_key(|e| e.person.id);
        let wanted = remark(name);
        if found.iter().any(|e| remark(&e.person.name) == wanted) {
            found.retain(|e| remark(&e.person.name) == wanted);
        }
        found
    }

    fn with_marks(&self, marks: &[String]) -> Vec<&Entry> {
        let mut ids: Vec<PersonId> = marks.iter().filter_map(|m| self.by_key.get(m)).flatten().copied().collect();
        ids.sort();
        ids.dedup();
        ids.iter().filter_map(|id| self.get(*id)).collect()
    }

    fn is_claimed(&self, person: PersonId, by_others_than: usize) -> bool {
        self.claimed.get(&person).is_some_and(|rows| rows.iter().any(|n| *n != by_others_than))
    }
}

/// The one with most in common, if there is one.
fn heaviest(some: &[(PersonId, Common)]) -> Verdict {
    let most = some.iter().map(|(_, c)| c.weight()).max().unwrap_or(0);
    let best: Vec<PersonId> = some.iter().filter(|(_, c)| c.weight() == most).map(|(id, _)| *id).collect();
    match best.as_slice() {
        [one] => Verdict::Same(*one),
        _ => Verdict::Doubt(Doubt::Namesake, best),
    }
}

/// Keys of the look-up: telephone and accounts.
fn marks(phone: &str, accounts: &[Account]) -> Vec<String> {
    let phone = (!phone.is_empty()).then(|| format!("phone {}", phone_key(phone)));
    let accounts = accounts.iter().map(|a| format!("{} {}", a.channel, a.address.to_lowercase()));
    phone.into_iter().chain(accounts).collect()
}

fn same_account(one: &Account, other: &Account) -> bool {
    one.channel == other.channel
        && (one.address == other.address || one.channel == "mail" && one.address.eq_ignore_ascii_case(&other.address))
}

fn common(entry: &Entry, sought: &Sought<'_>) -> Common {
    let phones = !sought.phone.is_empty() && !entry.person.phone.is_empty();
    let phone = phones && phone_key(sought.phone) == phone_key(&entry.person.phone);
    let mut common = Common {
        number: sought.number == Some(entry.person.id.0),
        phone,
        contradicts: phones && !phone,
        ..Common::default()
    };
    for account in sought.accounts {
        // A group or a robot is nobody's, and a text message goes to the telephone.
        let tells = !account.shared || account.channel == "mail";
        let theirs: Vec<&Account> =
            entry.accounts.iter().filter(|a| a.channel == account.channel && a.shared == account.shared).collect();
        if !tells || theirs.is_empty() {
            continue;
        }
        match theirs.iter().any(|a| same_account(a, account)) {
            true if account.channel == "mail" => common.mail = true,
            true => common.account = true,
            false => common.contradicts = true,
        }
    }
    if let Some((Some(unit), title)) = sought.post {
        common.unit = entry.posts.iter().any(|(u, _)| *u == unit);
        let title = whole_key(title);
        // A row that names no title says nothing against the post.
        common.post = entry.posts.iter().any(|(u, t)| *u == unit && (title.is_empty() || whole_key(t) == title));
    }
    common
}
