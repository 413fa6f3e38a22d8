//! People, posts and contact points of a file: each row's person, what changes in them, and what ends.
//!
//! A row changes only what it names. Whom it means is decided in `core::org::register`; a row in doubt is left alone and
//! asked about.

use std::collections::{HashMap, HashSet};

use super::changes::{Change, RegisterChange, Subject};
use super::posts::Posts;
use super::units::Tree;
use super::{ImportOptions, ImportReport, Whole};
use crate::core::org::identity::{self, Units};
use crate::core::org::register::{Account, Doubt, Entry, Register, Sought, Verdict};
use crate::core::org::{Directory, Locale, Person, PersonId, PostId, UnitId, names};
use crate::core::quiet::QuietHours;
use crate::gateway::Gateway;
use crate::ledger::{Key, PersonRow, Place, Problem, Severity, Workbook};
use crate::store::people::{self, Contact, NewPerson, may_be_shared};
use crate::store::{Result, StoreError, Tx, links};

/// The role of the posts whose holders hear alarms.
const ADMINISTRATOR: &str = "administrator";

pub(super) fn problem(place: &Place, value: &str, severity: Severity, reason: &str, hint: &str) -> Problem {
    Problem {
        place: place.clone(),
        value: value.to_owned(),
        severity,
        reason: reason.to_owned(),
        hint: hint.to_owned(),
        about: String::new(),
    }
}

/// A row that was left alone.
pub(super) fn refused(report: &mut ImportReport, place: &Place, value: &str, reason: &str, hint: &str, about: &str) {
    report.problems.push(problem(place, value, Severity::Refused, reason, hint).about(about));
    report.refused += 1;
}

/// A row with what it names on record.
struct Prepared<'r> {
    row: &'r PersonRow,
    /// `None`: no unit is said, or it is not on record.
    unit: Option<UnitId>,
    accounts: Vec<Account>,
}

impl Prepared<'_> {
    fn sought(&self) -> Sought<'_> {
        let row = self.row;
        Sought {
            number: row.number,
            name: &row.name,
            phone: row.phone.as_deref().unwrap_or_default(),
            accounts: &self.accounts,
            post: (!row.unit_path.is_empty()).then_some((self.unit, row.post_title.as_str())),
        }
    }
}

/// What rows did to one person.
struct Touched {
    id: PersonId,
    change: RegisterChange,
    /// Posts that the rows name.
    named: Vec<PostId>,
    /// Posts held before.
    held: Vec<PostId>,
    was_administrator: bool,
    says_administrator: bool,
}

/// The register while a file changes it.
struct Office<'a> {
    gateway: &'a Gateway,
    tree: Tree,
    register: Register,
    contacts: HashMap<PersonId, Vec<Contact>>,
    posts: Posts,
    touched: Vec<Touched>,
    /// A row was left alone: what is missing from the file may be missing for that reason.
    in_doubt: bool,
}

impl Gateway {
    /// Writes units and people; the report says what changed.
    pub(super) async fn import_organisation(
        &self,
        tx: &mut Tx,
        workbook: &Workbook,
        options: &ImportOptions,
        report: &mut ImportReport,
    ) -> Result<()> {
        if workbook.units.is_empty() && workbook.people.is_empty() {
            return Ok(());
        }
        let mut tree = Tree::new(people::load(tx).await?);
        tree.list(tx, &workbook.units, options.whole.is_some(), report).await?;
        let mut office = Office::new(self, tree, people::all_contacts(tx).await?);
        office.rows(tx, &workbook.people, report).await?;
        office.endings(tx, options.whole, workbook, report).await?;
        office.settle(tx, report).await?;
        if report.units_changed + report.people_changed > 0 {
            people::touch_directory(tx).await?;
        }
        Ok(())
    }

    /// An address as evidence: a group is nobody's own.
    fn account(&self, channel: &str, address: &str) -> Account {
        let group = self.channel(channel).is_some_and(|c| c.is_group(address));
        Account { channel: channel.to_owned(), address: address.to_owned(), shared: group || may_be_shared(channel) }
    }
}

impl<'a> Office<'a> {
    fn new(gateway: &'a Gateway, tree: Tree, contacts: HashMap<PersonId, Vec<Contact>>) -> Self {
        let now = gateway.now();
        let posts = Posts::new(&tree.directory, now);
        let mut register = Register::default();
        let everybody: Vec<Person> = tree.directory.everybody().into_iter().cloned().collect();
        for person in everybody {
            let own = contacts.get(&person.id).into_iter().flatten();
            let accounts = own.map(|c| gateway.account(&c.channel, &c.address)).collect();
            let held = posts.of(person.id).into_iter();
            // Of those who have left, what they held tells who they were.
            let held = match person.gone {
                true => tree.directory.posts_ever_held(person.id),
                false => held.map(|p| (p.unit, p.title.clone())).collect(),
            };
            register.put(Entry { person, accounts, posts: held });
        }
        Office { gateway, tree, register, contacts, posts, touched: Vec::new(), in_doubt: false }
    }

    async fn rows(&mut self, tx: &mut Tx, rows: &[PersonRow], report: &mut ImportReport) -> Result<()> {
        let mut prepared = Vec::new();
        for row in rows {
            if row.problems.iter().any(|p| p.severity == Severity::Refused) {
                self.in_doubt = true;
                continue;
            }
            let unit = match identity::by_path(&self.tree.directory, &row.unit_path) {
                Units::One(unit) => Some(unit),
                Units::None => None,
                Units::Several(units) => {
                    let paths: Vec<String> = units.iter().map(|u| self.tree.directory.path(*u)).collect();
                    let reason = "unit-ambiguous: several units have this name";
                    let hint = "write the path, for example 柳河乡/中心小学";
                    refused(report, &row.place, &row.unit_path, reason, hint, &paths.join("、"));
                    self.in_doubt = true;
                    continue;
                }
            };
            let accounts = row.channels.iter().map(|(c, a)| self.gateway.account(c, a)).collect();
            prepared.push(Prepared { row, unit, accounts });
        }
        let sought: Vec<Sought<'_>> = prepared.iter().map(Prepared::sought).collect();
        self.register.claim(&sought);
        for (n, row) in prepared.iter().enumerate() {
            let verdict = self.register.decide(n, &row.sought());
            if let Some((id, change)) = self.person(tx, row, &verdict, report).await? {
                self.register.is(id, n);
                self.write(tx, id, change, row, report).await?;
            } else {
                self.in_doubt = true;
            }
        }
        Ok(())
    }

    /// The person of a row, made if new; `None` when somebody must say who is meant.
    async fn person(
        &mut self,
        tx: &mut Tx,
        prepared: &Prepared<'_>,
        verdict: &Verdict,
        report: &mut ImportReport,
    ) -> Result<Option<(PersonId, Change)>> {
        let row = prepared.row;
        match verdict {
            Verdict::Same(id) => Ok(Some((*id, Change::Changed))),
            Verdict::Renamed(id) => Ok(Some((*id, Change::Renamed))),
            Verdict::New { namesakes } => {
                if !namesakes.is_empty() {
                    let reason = "namesake: another of this name is on record; they are two people";
                    let hint = "if they are one, people merge";
                    let found = problem(&row.place, &row.name, Severity::Warning, reason, hint);
                    report.problems.push(found.about(self.shown(namesakes)));
                }
                let person = NewPerson {
                    name: row.name.clone(),
                    english: String::new(),
                    locale: Locale::default(),
                    zone: self.gateway.policy.zone.name().to_owned(),
                    quiet: None,
                    phone: String::new(),
                    administrator: false,
                };
                let id = people::put_person(tx, None, &person).await?;
                self.keep(id, &person)?;
                Ok(Some((id, Change::Added)))
            }
            Verdict::Doubt(doubt, perhaps) => {
                let (reason, hint) = match doubt {
                    Doubt::Namesake => (
                        "person-doubtful: somebody of this name is on record, and nothing tells whether it is the same; the row was not taken over",
                        "the same: write the phone, mail, or unit and title on record; another: list both, or write a mark in brackets behind the name",
                    ),
                    Doubt::OtherName => (
                        "person-renamed: these contact data are somebody else's; a new name or a successor; the row was not taken over",
                        "a new name: people rename; a successor: people offboard for the predecessor first, or the successor's own phone",
                    ),
                    Doubt::Left => (
                        "person-left: this person has left; the row was not taken over",
                        "taken back with people offboard --undo; if it is another one, write a mark in brackets behind the name",
                    ),
                };
                refused(report, &row.place, &row.name, reason, hint, &self.shown(perhaps));
                Ok(None)
            }
        }
    }

    /// People as a report names them: with what tells them apart.
    fn shown(&self, people: &[PersonId]) -> String {
        let one = |id: &PersonId| {
            let Some(entry) = self.register.get(*id) else { return String::new() };
            let posts = entry.posts.iter().map(|(unit, title)| format!("{} {title}", self.tree.directory.path(*unit)));
            let rest: Vec<String> =
                posts.chain([entry.person.phone.clone()]).filter(|w| !w.trim().is_empty()).collect();
            format!("{}（{}）", entry.person.name, rest.join("，"))
        };
        people.iter().map(one).collect::<Vec<_>>().join("、")
    }

    /// Takes over what a row says of a person.
    async fn write(
        &mut self,
        tx: &mut Tx,
        id: PersonId,
        change: Change,
        prepared: &Prepared<'_>,
        report: &mut ImportReport,
    ) -> Result<()> {
        let row = prepared.row;
        let at = match self.touched.iter().position(|t| t.id == id) {
            Some(at) => at,
            None => {
                let name = self.register.get(id).map(|e| e.person.name.clone()).unwrap_or_default();
                let held: Vec<PostId> = self.posts.of(id).iter().map(|p| p.id).collect();
                let was_administrator = self.posts.of(id).iter().any(|p| p.role == ADMINISTRATOR);
                let change = RegisterChange::new(Subject::Person, change, &name, &row.place.to_string());
                let (named, says_administrator) = (Vec::new(), false);
                self.touched.push(Touched { id, change, named, held, was_administrator, says_administrator });
                self.touched.len() - 1
            }
        };
        let old_phone = self.register.get(id).map(|e| e.person.phone.clone()).unwrap_or_default();
        self.data(tx, at, change, row).await?;
        self.post(tx, at, prepared, report).await?;
        self.contact_points(tx, at, prepared, &old_phone, report).await?;
        self.touched[at].says_administrator |= row.post_role == ADMINISTRATOR;
        Ok(())
    }

    /// The person's own data: only what the row names.
    async fn data(&mut self, tx: &mut Tx, at: usize, what: Change, row: &PersonRow) -> Result<()> {
        let touched = &mut self.touched[at];
        let Some(entry) = self.register.get(touched.id) else { return Ok(()) };
        let old = kept(&entry.person);
        let mut new = old.clone();
        let cleared = |key| row.cleared.contains(&key);
        if what == Change::Renamed {
            new.name.clone_from(&row.name);
            touched.change.change = Change::Renamed;
        }
        let text = |said: &str, key: Key, kept: &mut String| {
            if !said.is_empty() || cleared(key) {
                said.clone_into(kept);
            }
        };
        text(&row.english_name, Key::EnglishName, &mut new.english);
        let phone = row.phone.as_deref().unwrap_or_default();
        if names::phone_key(phone) != names::phone_key(&old.phone) {
            text(phone, Key::Phone, &mut new.phone);
        }
        text(&row.zone, Key::Zone, &mut new.zone);
        if !row.locale.is_empty() {
            new.locale = Locale::from_tag(&row.locale);
        }
        if cleared(Key::Quiet) {
            new.quiet = None;
        } else if QuietHours::parse(&row.quiet).is_ok() && !row.quiet.is_empty() {
            new.quiet = Some(row.quiet.clone());
        }
        let change = &mut touched.change;
        if change.change != Change::Added || !change.fields.is_empty() {
            change.field("name", &old.name, &new.name);
        }
        change.field("english", &old.english, &new.english);
        change.field("phone", &old.phone, &new.phone);
        if change.change != Change::Added {
            change.field("language", old.locale.tag(), new.locale.tag());
            change.field("zone", &old.zone, &new.zone);
        }
        let quiet = |p: &NewPerson| p.quiet.clone().unwrap_or_default();
        change.field("quiet", &quiet(&old), &quiet(&new));
        if old != new {
            let id = touched.id;
            people::put_person(tx, Some(id), &new).await?;
            self.keep(id, &new)?;
        }
        Ok(())
    }

    /// Puts a person's data into the register.
    fn keep(&mut self, id: PersonId, new: &NewPerson) -> Result<()> {
        let quiet = new.quiet.as_deref().map(QuietHours::parse).transpose();
        let person = Person {
            id,
            name: new.name.clone(),
            english: new.english.clone(),
            phone: new.phone.clone(),
            locale: new.locale,
            zone: new.zone.parse().map_err(|_| StoreError::Damaged(format!("time zone {:?}", new.zone)))?,
            quiet: quiet.map_err(|e| StoreError::Damaged(e.to_string()))?,
            administrator: new.administrator,
            gone: false,
        };
        let (accounts, posts) =
            self.register.get(id).map(|e| (e.accounts.clone(), e.posts.clone())).unwrap_or_default();
        self.register.put(Entry { person, accounts, posts });
        Ok(())
    }

    /// The post that a row names.
    async fn post(&mut self, tx: &mut Tx, at: usize, prepared: &Prepared<'_>, report: &mut ImportReport) -> Result<()> {
        let row = prepared.row;
        let id = self.touched[at].id;
        if row.unit_path.is_empty() {
            return Ok(());
        }
        let unit = match prepared.unit {
            Some(unit) => unit,
            None => match identity::by_path(&self.tree.directory, &row.unit_path) {
                Units::One(unit) => unit,
                _ => self.tree.make(tx, &row.unit_path, report).await?,
            },
        };
        let path = self.tree.directory.path(unit);
        if row.post_title.is_empty() {
            let there: Vec<PostId> = self.posts.of(id).iter().filter(|p| p.unit == unit).map(|p| p.id).collect();
            if there.is_empty() {
                let reason = "title-missing: no post was made, as the row names no title";
                report.problems.push(problem(&row.place, &row.name, Severity::Warning, reason, "fill in the title"));
            }
            self.touched[at].named.extend(there);
            return Ok(());
        }
        if !row.post_role.is_empty() && !self.is_known_role(&row.post_role) {
            let roles = self.known_roles().join(", ");
            let reason = "role-unknown: no step of the ladder names this role; who has it hears no escalation by it";
            let hint = format!("write one of {roles}");
            let found = problem(&row.place, &row.post_role, Severity::Warning, reason, &hint);
            report.problems.push(found.about(roles));
        }
        let taken = self.posts.take(tx, id, unit, &row.post_title, &row.post_role, self.gateway.now()).await?;
        let touched = &mut self.touched[at];
        if let Some(before) = &taken.other_role {
            let place = format!("{path} {} ", taken.title);
            touched.change.field("role", &format!("{place}({before})"), &format!("{place}({})", taken.role));
        } else if taken.new {
            touched.change.field("post", "", &format!("{path} {} ({})", taken.title, taken.role));
        }
        touched.named.push(taken.post);
        self.refresh_posts(id);
        Ok(())
    }

    fn refresh_posts(&mut self, id: PersonId) {
        if let Some(entry) = self.register.get(id).cloned() {
            let posts = self.posts.of(id).iter().map(|p| (p.unit, p.title.clone())).collect();
            self.register.put(Entry { posts, ..entry });
        }
    }

    fn known_roles(&self) -> Vec<&str> {
        let mut roles = self.gateway.policy.roles();
        roles.extend(["head", "leader", "liaison", "staff", "safety_office", "supervisor", "duty", ADMINISTRATOR]);
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    fn is_known_role(&self, role: &str) -> bool {
        self.known_roles().contains(&role)
    }

    /// The addresses that a row names take the place of those on record of the same channel.
    async fn contact_points(
        &mut self,
        tx: &mut Tx,
        at: usize,
        prepared: &Prepared<'_>,
        old_phone: &str,
        report: &mut ImportReport,
    ) -> Result<()> {
        let id = self.touched[at].id;
        let mut named = prepared.accounts.clone();
        let phone = self.register.get(id).map(|e| e.person.phone.clone()).unwrap_or_default();
        let old = self.contacts.get(&id).cloned().unwrap_or_default();
        let by_text =
            old.iter().any(|c| c.channel == "sms" && names::phone_key(&c.address) == names::phone_key(old_phone));
        if by_text && !phone.is_empty() && phone != old_phone && !named.iter().any(|a| a.channel == "sms") {
            named.push(self.gateway.account("sms", &phone));
        }
        for account in &mut named {
            // One mailbox has one spelling, whoever has it.
            if account.channel == "mail"
                && let Some(known) = people::mail_address(tx, &account.address).await?
            {
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
        let mut list: Vec<(Option<i64>, Account)> = Vec::new();
        for contact in &old {
            let account = self.gateway.account(&contact.channel, &contact.address);
            list.push((Some(contact.id), account));
        }
        let change = &mut self.touched[at].change;
        let kind = |a: &Account| (a.channel.clone(), a.shared);
        let mut done: HashSet<(String, bool)> = HashSet::new();
        for account in &named {
            if !done.insert(kind(account)) {
                continue;
            }
            let new: Vec<&Account> = named.iter().filter(|a| kind(a) == kind(account)).collect();
            let before: Vec<&(Option<i64>, Account)> = list.iter().filter(|(_, a)| kind(a) == kind(account)).collect();
            let texts = |all: Vec<&str>| all.join(", ");
            let was = texts(before.iter().map(|(_, a)| a.address.as_str()).collect());
            let is = texts(new.iter().map(|a| a.address.as_str()).collect());
            if was == is || before.len() == new.len() && new.iter().all(|n| before.iter().any(|(_, b)| b == *n)) {
                continue;
            }
            change.field(&account.channel, &was, &is);
            let place = list.iter().position(|(_, a)| kind(a) == kind(account)).unwrap_or(list.len());
            for (contact, _) in before.iter().filter(|(_, b)| !new.iter().any(|n| *n == b)) {
                people::remove_contact(tx, contact.unwrap_or_default()).await?;
            }
            let fresh = new.into_iter().map(|a| {
                let known = list.iter().find(|(_, b)| b == a).and_then(|(id, _)| *id);
                (known, a.clone())
            });
            let fresh: Vec<_> = fresh.collect();
            list.retain(|(_, a)| kind(a) != kind(account));
            let place = place.min(list.len());
            list.splice(place..place, fresh);
        }
        let before: Vec<String> = list.iter().map(|(_, a)| a.channel.clone()).collect();
        let preferred = &prepared.row.preferred;
        list.sort_by_key(|(_, a)| preferred.iter().position(|p| *p == a.channel).unwrap_or(usize::MAX));
        let after: Vec<String> = list.iter().map(|(_, a)| a.channel.clone()).collect();
        if before != after && change.change != Change::Added {
            change.field("order", &before.join(", "), &after.join(", "));
        }
        let same = |(n, (_, a)): (usize, &(Option<i64>, Account))| {
            old.get(n).is_some_and(|c| c.channel == a.channel && c.address == a.address)
        };
        if list.len() == old.len() && list.iter().enumerate().all(same) {
            return Ok(());
        }
        let now = self.gateway.now();
        for (rank, (_, account)) in (1..).zip(&list) {
            let Account { channel, address, shared } = account;
            match shared {
                true => people::put_shared_contact(tx, id, channel, address, rank, now).await?,
                false => people::put_contact(tx, id, channel, address, rank, now).await?,
            };
        }
        self.contacts.insert(id, people::contacts(tx, id).await?);
        if let Some(entry) = self.register.get(id).cloned() {
            let accounts = list.into_iter().map(|(_, a)| a).collect();
            self.register.put(Entry { accounts, ..entry });
        }
        Ok(())
    }

    /// What the file's rows replaced ends; with a whole list also what is missing from it.
    async fn endings(
        &mut self,
        tx: &mut Tx,
        whole: Option<Whole>,
        workbook: &Workbook,
        report: &mut ImportReport,
    ) -> Result<()> {
        if workbook.people.is_empty() {
            return Ok(());
        }
        for at in 0..self.touched.len() {
            let Touched { id, named, held, .. } = &self.touched[at];
            let id = *id;
            let old: Vec<PostId> = held.iter().filter(|p| !named.contains(p)).copied().collect();
            let new = named.iter().filter(|p| !held.contains(p)).count();
            if old.is_empty() || new == 0 {
                continue;
            }
            if old.len() <= new {
                self.end_posts(tx, at, &old).await?;
                continue;
            }
            let posts: Vec<String> = old.iter().map(|p| self.posts.shown(*p, &self.tree.directory)).collect();
            let reason = "post-doubtful: the file gives a new post, and it is not clear which of the old ones it replaces; all stay";
            let hint = "list each post that stays in a row of its own, or people post end";
            let place = workbook.people.iter().find(|r| r.place.to_string() == self.touched[at].change.place);
            let place = place.map(|r| r.place.clone()).unwrap_or_default();
            let name = self.register.get(id).map(|e| e.person.name.clone()).unwrap_or_default();
            let about = format!("{name}: {}", posts.join("、"));
            report.problems.push(problem(&place, &name, Severity::Warning, reason, hint).about(about));
        }
        let seen: HashSet<PersonId> = self.touched.iter().map(|t| t.id).collect();
        let absent: Vec<PersonId> = self
            .register
            .all()
            .into_iter()
            .filter(|e| !e.person.gone && !seen.contains(&e.person.id))
            .map(|e| e.person.id)
            .collect();
        match whole {
            Some(_) if self.in_doubt => {
                let place = workbook.people.first().map(|r| r.place.clone()).unwrap_or_default();
                let reason = "whole-in-doubt: rows were left alone, so nothing that is missing from the file was ended";
                let place = Place { row: 0, column: None, ..place };
                report.problems.push(problem(
                    &place,
                    "",
                    Severity::Warning,
                    reason,
                    "mend these rows and import again",
                ));
            }
            Some(whole) => return self.end_what_is_missing(tx, whole, &absent, report).await,
            None => {}
        }
        for id in absent {
            report.absent.push(self.shown(&[id]));
        }
        Ok(())
    }

    async fn end_posts(&mut self, tx: &mut Tx, at: usize, posts: &[PostId]) -> Result<()> {
        let id = self.touched[at].id;
        for post in posts {
            let shown = self.posts.shown(*post, &self.tree.directory);
            self.touched[at].change.field("post", &shown, "");
            self.posts.end(tx, *post, id, self.gateway.now()).await?;
        }
        self.refresh_posts(id);
        Ok(())
    }

    /// The file is the whole list: posts in its part of the tree that it does not name end, and who holds none any more
    /// and stands in no row leaves.
    async fn end_what_is_missing(
        &mut self,
        tx: &mut Tx,
        whole: Whole,
        absent: &[PersonId],
        report: &mut ImportReport,
    ) -> Result<()> {
        let inside = |directory: &Directory, unit: UnitId| match whole {
            Whole::All => true,
            Whole::Below(top) => directory.chain(unit).contains(&top),
        };
        for at in 0..self.touched.len() {
            let Touched { id, named, .. } = &self.touched[at];
            let held = self.posts.of(*id).into_iter().filter(|p| !named.contains(&p.id));
            let ends: Vec<PostId> = held.filter(|p| inside(&self.tree.directory, p.unit)).map(|p| p.id).collect();
            self.end_posts(tx, at, &ends).await?;
        }
        for id in absent {
            let held = self.posts.of(*id);
            let ends: Vec<PostId> =
                held.iter().filter(|p| inside(&self.tree.directory, p.unit)).map(|p| p.id).collect();
            let leaves = ends.len() == held.len() && (whole == Whole::All || !ends.is_empty());
            if ends.is_empty() && !leaves {
                report.absent.push(self.shown(&[*id]));
                continue;
            }
            let Some(person) = self.register.get(*id).map(|e| e.person.clone()) else { continue };
            let what = if leaves { Change::Left } else { Change::Changed };
            if leaves && person.administrator && self.is_last_administrator(*id) {
                let reason = "administrator-last: the last administrator stays";
                let found =
                    problem(&Place::default(), &person.name, Severity::Warning, reason, "import the new one first");
                report.problems.push(found);
                continue;
            }
            let change = RegisterChange::new(Subject::Person, what, &person.name, "");
            let was_administrator = held.iter().any(|p| p.role == ADMINISTRATOR);
            let held = held.iter().map(|p| p.id).collect();
            let (named, says_administrator) = (Vec::new(), false);
            self.touched.push(Touched { id: *id, change, named, held, was_administrator, says_administrator });
            self.end_posts(tx, self.touched.len() - 1, &ends).await?;
            if leaves {
                people::retire(tx, *id, self.gateway.now()).await?;
                links::close_sessions(tx, *id).await?;
                if let Some(mut entry) = self.register.get(*id).cloned() {
                    entry.person.gone = true;
                    self.register.put(entry);
                }
            }
        }
        Ok(())
    }

    fn is_last_administrator(&self, id: PersonId) -> bool {
        !self.register.all().iter().any(|e| e.person.administrator && !e.person.gone && e.person.id != id)
    }

    /// Who is an administrator now, posts that nobody holds any more, and the report.
    async fn settle(&mut self, tx: &mut Tx, report: &mut ImportReport) -> Result<()> {
        let touched = std::mem::take(&mut self.touched);
        let mut emptied: Vec<PostId> = Vec::new();
        for mut one in touched {
            let Some(entry) = self.register.get(one.id).cloned() else { continue };
            let holds = self.posts.of(one.id).iter().any(|p| p.role == ADMINISTRATOR);
            let before = entry.person.administrator;
            let mut now = before && !one.was_administrator || holds || one.says_administrator;
            if before && !now && !entry.person.gone && self.is_last_administrator(one.id) {
                let reason = "administrator-last: the last administrator stays";
                let name = entry.person.name.clone();
                report.problems.push(problem(
                    &Place::default(),
                    &name,
                    Severity::Warning,
                    reason,
                    "import the new one first",
                ));
                now = true;
            }
            if before != now && !entry.person.gone {
                let new = NewPerson { administrator: now, ..kept(&entry.person) };
                people::put_person(tx, Some(one.id), &new).await?;
                self.keep(one.id, &new)?;
                let word = |is: bool| if is { "yes" } else { "" };
                one.change.field(ADMINISTRATOR, word(before), word(now));
            }
            emptied.extend(one.held.iter().filter(|p| self.posts.is_vacant(**p)));
            if !one.change.fields.is_empty() || matches!(one.change.change, Change::Added | Change::Left) {
                report.people_changed += 1;
                report.register.push(one.change);
            }
        }
        emptied.sort();
        emptied.dedup();
        for post in emptied {
            let open = people::open_items_of_post(tx, post).await?;
            if open > 0 {
                let shown = self.posts.shown(post, &self.tree.directory);
                let reason = "post-emptied: nobody holds this post any more, and open items name it";
                let hint = "import the successor, or assign them to somebody";
                let found = problem(&Place::default(), &shown, Severity::Warning, reason, hint);
                report.problems.push(found.about(open.to_string()));
            }
        }
        Ok(())
    }
}

/// A person's data as they are on record.
fn kept(person: &Person) -> NewPerson {
    let quiet = person.quiet.clone().map(|q| Vec::<String>::from(q).join(","));
    NewPerson {
        name: person.name.clone(),
        english: person.english.clone(),
        locale: person.locale,
        zone: person.zone.name().to_owned(),
        quiet: quiet.filter(|q| !q.is_empty()),
        phone: person.phone.clone(),
        administrator: person.administrator,
    }
}
