//! Who is meant: the one reading of a person's name, number, telephone or address for all commands.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::{Result, refuse};
use crate::core::org::identity::{self, Clue, Meant, Units};
use crate::core::org::{Directory, Person, PersonId, UnitId, Who, names};
use crate::gateway::Gateway;
use crate::store::people::{Contact, register};

/// Fewer digits than this are no telephone.
const SHORTEST_PHONE: usize = 5;
/// More digits than this are no number of the list.
const LONGEST_NUMBER: usize = 6;
/// Names shown where nobody is meant.
const ALIKE: usize = 5;

/// Everybody with all by which they can be called.
pub struct Register {
    pub directory: Arc<Directory>,
    pub contacts: HashMap<PersonId, Vec<Contact>>,
    merged: HashMap<PersonId, PersonId>,
    now: DateTime<Utc>,
}

impl Register {
    /// Reads the register as it is now.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(gateway: &Gateway) -> Result<Register> {
        let directory = gateway.directory().await?;
        let mut tx = gateway.store.snapshot().await?;
        let mut contacts: HashMap<PersonId, Vec<Contact>> = HashMap::new();
        for contact in register::all_contacts(&mut tx).await? {
            contacts.entry(contact.person).or_default().push(contact);
        }
        let merged = register::all_merged(&mut tx).await?.into_iter().collect();
        Ok(Register { directory, contacts, merged, now: gateway.now() })
    }

    /// The one person in service whom `text` means: a name, `unit/name`, a telephone, a chat or mail address, or the
    /// number in the list (`12`, `no12`).
    ///
    /// # Errors
    /// Nobody or several are meant; the refusal names them with their numbers.
    pub fn find(&self, text: &str) -> Result<PersonId> {
        let all = self.meant(text);
        let here: Vec<PersonId> = all.iter().copied().filter(|p| self.directory.serves(*p)).collect();
        match (here.as_slice(), all.as_slice()) {
            ([one], _) => Ok(*one),
            ([], [gone, ..]) => refuse(self.why_gone(*gone)),
            ([], []) => refuse(self.nobody(text)),
            _ => refuse(self.several(text, &here)),
        }
    }

    /// The same, those who left too: whoever is in service goes first.
    ///
    /// # Errors
    /// As [`Self::find`]; an entry that was merged into another means nobody.
    pub fn find_also_gone(&self, text: &str) -> Result<PersonId> {
        let all = self.meant(text);
        let mut found: Vec<PersonId> = all.iter().copied().filter(|p| self.directory.serves(*p)).collect();
        if found.is_empty() {
            found = all.iter().copied().filter(|p| !self.merged.contains_key(p)).collect();
        }
        match (found.as_slice(), all.first()) {
            ([one], _) => Ok(*one),
            ([], Some(merged)) => refuse(self.why_gone(*merged)),
            ([], None) => refuse(self.nobody(text)),
            _ => refuse(self.several(text, &found)),
        }
    }

    /// The one who left whom `text` means.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_gone(&self, text: &str) -> Result<PersonId> {
        let all = self.meant(text);
        let gone: Vec<PersonId> =
            all.iter().copied().filter(|p| !self.directory.serves(*p) && !self.merged.contains_key(p)).collect();
        match (gone.as_slice(), all.first()) {
            ([one], _) => Ok(*one),
            ([], Some(here)) => refuse(format!("{} has not left", self.describe(*here))),
            ([], None) => refuse(self.nobody(text)),
            _ => refuse(self.several(text, &gone)),
        }
    }

    /// The unit of that name or path.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn unit(&self, text: &str) -> Result<UnitId> {
        let units = self.units(text);
        match units.as_slice() {
            [one] => Ok(*one),
            [] => refuse(format!("no unit is called {text:?}")),
            several => {
                let paths: Vec<String> = several.iter().map(|u| self.directory.path(*u)).collect();
                refuse(format!("{text:?} means several units; write one of: {}", paths.join(", ")))
            }
        }
    }

    /// A person's name.
    pub fn name(&self, person: PersonId) -> String {
        self.directory.person(person).map_or(String::new(), |p| p.name.clone())
    }

    /// Number, name, posts and telephone: what tells two of one name apart.
    pub fn describe(&self, person: PersonId) -> String {
        let mut text = format!("{} (no. {}", self.name(person), person.0);
        let posts = self.directory.posts_of_person(person, self.now);
        for post in &posts {
            text.push_str(&format!(", {}", super::post_name(&self.directory, post.id)));
        }
        if let Some(person) = self.directory.person(person).filter(|p| !p.phone.is_empty()) {
            text.push_str(&format!(", {}", person.phone));
        }
        text.push(')');
        text
    }

    fn nobody(&self, text: &str) -> String {
        let alike = |p: &&Person| {
            let shared = p.name.chars().filter(|c| text.contains(*c)).count();
            shared > 0 && shared * 2 >= p.name.chars().count()
        };
        let near: Vec<String> =
            self.directory.people().into_iter().filter(alike).take(ALIKE).map(|p| self.describe(p.id)).collect();
        let near = if near.is_empty() { String::new() } else { format!("; there is {}", near.join(", ")) };
        format!("nobody is called {text:?}{near}; `dutybell people list` shows all")
    }

    fn several(&self, text: &str, people: &[PersonId]) -> String {
        let all: Vec<String> = people.iter().map(|p| format!("\n  {}", self.describe(*p))).collect();
        let first = people.first().map_or(0, |p| p.0);
        format!("{text:?} means several people:{}\nwrite the number (no{first}), unit/name or the phone", all.join(""))
    }

    fn why_gone(&self, person: PersonId) -> String {
        match self.merged.get(&person) {
            Some(into) => format!("{} was merged into {}", self.describe(person), self.describe(*into)),
            None => format!(
                "{} has left; `dutybell people offboard {} --undo` takes that back",
                self.describe(person),
                person.0
            ),
        }
    }

    /// Everybody ever in the register whom the text can mean, by number.
    fn meant(&self, text: &str) -> Vec<PersonId> {
        let text = text.trim();
        if let Some(number) = number(text) {
            return self.directory.person(PersonId(number)).map(|p| p.id).into_iter().collect();
        }
        // 张强（柳河乡）, 张强(138…): the brackets say which.
        if let Some((name, more)) = text.strip_suffix([')', '）']).and_then(|t| t.split_once(['(', '（'])) {
            let named = self.named(name.trim());
            let by = self.addressed(more.trim());
            let units = self.units(more.trim());
            return named.into_iter().filter(|p| by.contains(p) || self.is_in(*p, &units)).collect();
        }
        let mut found = self.named(text);
        found.extend(self.addressed(text));
        if let Some((unit, name)) = text.rsplit_once('/') {
            let units = self.units(unit);
            found.extend(self.named(name).into_iter().filter(|p| self.is_in(*p, &units)));
        }
        if text.len() <= LONGEST_NUMBER && text.bytes().all(|b| b.is_ascii_digit()) {
            let listed = text.parse().ok().and_then(|n| self.directory.person(PersonId(n)));
            found.extend(listed.map(|p| p.id));
        }
        found.sort();
        found.dedup();
        found
    }

    /// By name in any spelling, those who left too; nobody of that name: whom the name with a title or a unit grown to it
    /// means.
    fn named(&self, name: &str) -> Vec<PersonId> {
        let here: Vec<PersonId> = self.directory.people_named(name).iter().map(|p| p.id).collect();
        let key = names::key(name);
        let gone = self.directory.everybody().into_iter().filter(|p| p.gone && names::key(&p.name) == key);
        let found: Vec<PersonId> = here.into_iter().chain(gone.map(|p| p.id)).collect();
        if !found.is_empty() {
            return found;
        }
        let clue = Clue { name, phone: None, title: None, within: &[], near: None, body: "" };
        match identity::who(&self.directory, &clue, self.now) {
            Ok(Meant { who: Who::Person(person), .. }) => vec![person],
            _ => Vec::new(),
        }
    }

    /// By telephone, chat or mail address, `channel:address` too.
    fn addressed(&self, text: &str) -> Vec<PersonId> {
        // A name with a digit in it is no telephone.
        let phone = if text.chars().any(char::is_alphabetic) { String::new() } else { names::phone_key(text) };
        let everybody = self.directory.everybody().into_iter();
        let by_phone = everybody.filter(|p| phone.len() >= SHORTEST_PHONE && names::phone_key(&p.phone) == phone);
        let is = |c: &&Contact| {
            let same = |t: &str| if c.channel == "mail" { c.address.eq_ignore_ascii_case(t) } else { c.address == t };
            same(text) || text.split_once(':').is_some_and(|(channel, rest)| channel == c.channel && same(rest))
        };
        let by_address = self.contacts.values().flatten().filter(is).map(|c| c.person);
        by_phone.map(|p| p.id).chain(by_address).collect()
    }

    fn units(&self, text: &str) -> Vec<UnitId> {
        match identity::by_path(&self.directory, text) {
            Units::One(one) => return vec![one],
            Units::Several(several) => return several,
            Units::None => {}
        }
        // 住建局 for the 县住建局, in any part of a path.
        let parts: Vec<&str> = text.split('/').map(str::trim).filter(|p| !p.is_empty()).collect();
        let Some((last, above)) = parts.split_last() else { return Vec::new() };
        let mut units: Vec<UnitId> = self.directory.units_named(last).iter().map(|u| u.id).collect();
        units.retain(|unit| {
            let chain = self.directory.chain(*unit);
            above.iter().all(|name| self.directory.units_named(name).iter().any(|u| chain.contains(&u.id)))
        });
        units
    }

    /// Whether a person holds, or held last, a post in or below one of the units.
    fn is_in(&self, person: PersonId, units: &[UnitId]) -> bool {
        let posts = self
            .directory
            .tenures_of(person)
            .into_iter()
            .filter(|t| t.covers(self.now) || !self.directory.serves(person));
        posts.filter_map(|t| self.directory.post(t.post)).any(|post| {
            let chain = self.directory.chain(post.unit);
            units.iter().any(|u| chain.contains(u))
        })
    }
}

/// `no12`, `No. 12`, `#12`, `12号`.
fn number(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix('#').or_else(|| lower.strip_prefix("no")).or_else(|| lower.strip_suffix('号'))?;
    rest.trim_start_matches(['.', ':']).trim().parse().ok()
}
