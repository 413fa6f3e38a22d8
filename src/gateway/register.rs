//! The register of people and units given out as it stands, in the form that the import reads: nothing is lost on the way
//! out and in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::core::org::{Directory, Locale, Person, PersonId, Post, UnitId};
use crate::gateway::Gateway;
use crate::ledger::{Key, LedgerError, write};
use crate::store::people::{self, Contact};
use crate::store::{Result, StoreError};

/// Rows of a sheet, the header first.
pub type Table = Vec<Vec<String>>;

/// The units sheet and the people sheet, with headers in a language. One row a post; who holds none has a row as well.
#[must_use]
pub fn tables(
    directory: &Directory,
    contacts: &HashMap<PersonId, Vec<Contact>>,
    now: DateTime<Utc>,
    locale: Locale,
) -> (Table, Table) {
    let header = |keys: &[Key]| -> Vec<String> {
        let name = |key: &Key| match locale {
            Locale::En => key.english(),
            Locale::ZhCn | Locale::ZhHant if *key == Key::Phone => "电话".to_owned(),
            Locale::ZhCn | Locale::ZhHant => key.canonical().to_owned(),
        };
        keys.iter().map(name).collect()
    };
    let mut units = vec![header(&[Key::UnitName, Key::Parent, Key::Level, Key::Calendar, Key::Phone])];
    let mut tops: Vec<UnitId> = directory.units().iter().filter(|u| u.parent.is_none()).map(|u| u.id).collect();
    tops.sort();
    for id in tops.into_iter().flat_map(|top| directory.subtree(top)) {
        let Some(unit) = directory.unit(id) else { continue };
        let parent = unit.parent.map(|p| directory.path(p)).unwrap_or_default();
        let words = [&unit.name, &parent, unit.level.word(), &unit.calendar, &unit.phone];
        units.push(words.map(str::to_owned).to_vec());
    }
    let mut keys = vec![Key::PersonNo, Key::Name, Key::EnglishName, Key::UnitPath, Key::Title, Key::Role, Key::Phone];
    keys.extend([Key::Locale, Key::Zone, Key::Quiet, Key::Channels]);
    keys.extend(Key::ACCOUNTS.map(|(_, key)| key));
    let mut people = vec![header(&keys)];
    for person in directory.people() {
        let own = contacts.get(&person.id).map(Vec::as_slice).unwrap_or_default();
        let posts = directory.posts_of_person(person.id, now);
        if posts.is_empty() {
            people.push(row(directory, person, None, own));
        }
        people.extend(posts.into_iter().map(|post| row(directory, person, Some(post), own)));
    }
    (units, people)
}

fn row(directory: &Directory, person: &Person, post: Option<&Post>, contacts: &[Contact]) -> Vec<String> {
    let quiet = person.quiet.clone().map(|q| Vec::<String>::from(q).join(",")).unwrap_or_default();
    let unit = post.map(|p| directory.path(p.unit)).unwrap_or_default();
    let (title, role) = post.map(|p| (p.title.clone(), p.role.clone())).unwrap_or_default();
    let of = |channel: &str| contacts.iter().filter(|c| c.channel == channel).collect::<Vec<_>>();
    let columned = |channel: &str| of(channel).len() == 1 && Key::ACCOUNTS.iter().any(|(c, _)| *c == channel);
    // The order of all, and the addresses of those that have no column or more than one address.
    let order = contacts.iter().map(|c| match columned(&c.channel) {
        true => c.channel.clone(),
        false => format!("{}:{}", c.channel, c.address),
    });
    let order: Vec<String> = order.collect();
    let mut cells = vec![
        person.id.0.to_string(),
        person.name.clone(),
        person.english.clone(),
        unit,
        title,
        role,
        person.phone.clone(),
        person.locale.tag().to_owned(),
        person.zone.name().to_owned(),
        quiet,
        order.join("; "),
    ];
    cells.extend(Key::ACCOUNTS.map(|(channel, _)| match of(channel).as_slice() {
        [one] => one.address.clone(),
        _ => String::new(),
    }));
    cells
}

/// A workbook of both sheets.
///
/// # Errors
/// [`LedgerError`] when there is more than a workbook can hold.
pub fn export(
    directory: &Directory,
    contacts: &HashMap<PersonId, Vec<Contact>>,
    now: DateTime<Utc>,
    locale: Locale,
) -> std::result::Result<Vec<u8>, LedgerError> {
    let (units, people) = tables(directory, contacts, now, locale);
    let names = match locale {
        Locale::En => ["Units", "People"],
        Locale::ZhCn => ["单位", "人员"],
        Locale::ZhHant => ["單位", "人員"],
    };
    write::tables(&[(names[0], units.as_slice()), (names[1], people.as_slice())])
}

impl Gateway {
    /// The register as a workbook that the import reads.
    ///
    /// # Errors
    /// The store's, and when there is more than a workbook can hold.
    pub async fn export_register(&self, locale: Locale) -> Result<Vec<u8>> {
        let mut tx = self.store.snapshot().await?;
        let directory = people::load(&mut tx).await?;
        let contacts = people::all_contacts(&mut tx).await?;
        tx.rollback().await?;
        export(&directory, &contacts, self.now(), locale).map_err(|e| StoreError::Unusable(e.to_string()))
    }
}
