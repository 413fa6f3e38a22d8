//! People, posts and contact points of a file: each row's person, what changes in them, and what ends.
//!
//! A row changes only what it names. Whom it means is decided in `core::org::register`; a row in doubt is left alone and
//! asked about.

use std::collections::HashMap;

use super::changes::{Change, RegisterChange, Subject};
use super::posts::Posts;
use super::units::Tree;
use super::{ImportOptions, ImportReport};
use crate::core::org::identity::{self, Units};
use crate::core::org::register::{Account, Doubt, Entry, Register, Sought, Verdict};
use crate::core::org::{Locale, Person, PersonId, PostId, UnitId, names};
use crate::core::quiet::QuietHours;
use crate::gateway::Gateway;
use crate::ledger::{Key, PersonRow, Place, Problem, Severity, Workbook};
use crate::store::people::{self, Contact, NewPerson, may_be_shared};
use crate::store::{Result, StoreError, Tx};

/// The role of the posts whose holders hear alarms.
pub(super) const ADMINISTRATOR: &str = "administrator";

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
pub(super) struct Prepared<'r> {
    pub(super) row: &'r PersonRow,
    /// `None`: no unit is said, or it is not on record.
    pub(super) unit: Option<UnitId>,
    pub(super) accounts: Vec<Account>,
    /// The row names an entry that was merged into a person with a row of their own here: an old list.
    pub(super) merged: Option<PersonId>,
}

impl Prepared<'_> {
    pub(super) fn sought(&self) -> Sought<'_> {
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
pub(super) struct Touched {
    pub(super) id: PersonId,
    pub(super) change: RegisterChange,
    /// Posts that the rows name.
    pub(super) named: Vec<PostId>,
    /// Posts held before.
    pub(super) held: Vec<PostId>,
    pub(super) was_administrator: bool,
    pub(super) says_administrator: bool,
}

/// The register while a file changes it.
pub(super) struct Office<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) tree: Tree,
    pub(super) register: Register,
    pub(super) contacts: HashMap<PersonId, Vec<Contact>>,
    pub(super) posts: Posts,
    pub(super) touched: Vec<Touched>,
    /// A row was left alone: what is missing from the file may be missing for that reason.
    pub(super) in_doubt: bool,
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
        for (from, into) in people::register::all_merged(tx).await? {
            office.register.merge(from, into);
        }
        office.rows(tx, &workbook.people, report).await?;
        office.endings(tx, options.whole, workbook, report).await?;
        office.settle(tx, report).await?;
        if report.units_changed + report.people_changed > 0 {
            people::touch_directory(tx).await?;
        }
        Ok(())
    }

    /// An address as evidence: a group is nobody's own.
    pub(super) fn account(&self, channel: &str, address: &str) -> Account {
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
                    let hint = "write the path, for example Riverside/Central School";
                    refused(report, &row.place, &row.unit_path, reason, hint, &paths.join("、"));
                    self.in_doubt = true;
                    continue;
                }
            };
            let accounts = row.channels.iter().map(|(c, a)| self.gateway.account(c, a)).collect();
            prepared.push(Prepared { row, unit, accounts, merged: None });
        }
        self.follow_merges(&mut prepared, report);
        let sought: Vec<Sought<'_>> = prepared.iter().map(Prepared::sought).collect();
        self.register.claim(&sought);
        for (n, row) in prepared.iter().enumerate() {
            let verdict = match row.merged {
                Some(id) => Verdict::Same(id),
                None => self.register.decide(n, &row.sought()),
            };
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
    pub(super) fn shown(&self, people: &[PersonId]) -> String {
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
                let change = RegisterChange::new(Subject::Person, change, &name, Some(&row.place));
                let (named, says_administrator) = (Vec::new(), false);
                self.touched.push(Touched { id, change, named, held, was_administrator, says_administrator });
                self.touched.len() - 1
            }
        };
        let old_phone = self.register.get(id).map(|e| e.person.phone.clone()).unwrap_or_default();
        let own = prepared.merged.is_none();
        if own {
            self.data(tx, at, change, row).await?;
        }
        self.post(tx, at, prepared, report).await?;
        if own {
            self.contact_points(tx, at, prepared, &old_phone, report).await?;
        }
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
    pub(super) fn keep(&mut self, id: PersonId, new: &NewPerson) -> Result<()> {
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
        let Some(unit) = self.unit_of(tx, at, prepared, report).await? else { return Ok(()) };
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

    pub(super) fn refresh_posts(&mut self, id: PersonId) {
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
}

/// A person's data as they are on record.
pub(super) fn kept(person: &Person) -> NewPerson {
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
