//! Contact points: where a person is reached, in his order of preference.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{AnyConnection, Row};

use super::written;
use crate::{Result, StoreError, Tx, at, json, ms, place, text_for};
use dutybell_core::actor::Object;
use dutybell_core::channels;
use dutybell_core::org::PersonId;

/// One way to reach a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: i64,
    pub person: PersonId,
    pub channel: String,
    pub address: String,
    /// Smaller is preferred.
    pub rank: i64,
    pub gone: bool,
    /// A page of ours: until when its owner has it open, if they ever opened it. `None` for every other way.
    pub open_until: Option<DateTime<Utc>>,
}

/// Contact points with until when they are open; a `WHERE` may follow.
pub(super) const CONTACTS: &str = "SELECT c.*, s.open_until FROM contacts c
     LEFT JOIN (SELECT person_id, login, max(expires_at) AS open_until FROM desk_sessions GROUP BY person_id, login) s
     ON c.channel = 'desk' AND s.person_id = c.person_id AND s.login = c.address ";

/// Whether two people may have one address on a channel: a mailbox or a telephone may be shared, and a robot is nobody's.
/// An account of any other channel says who writes from it.
#[must_use]
pub fn may_be_shared(channel: &str) -> bool {
    channels::of(channel).is_some_and(|c| !c.linked)
}

/// Adds a contact point. An account that says who writes belongs to one person; one who has left has none any more.
///
/// # Errors
/// [`StoreError::Unusable`] when the address is another person's.
pub async fn put_contact(
    tx: &mut Tx,
    person: PersonId,
    channel: &str,
    address: &str,
    rank: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    if !may_be_shared(channel) {
        let others = "FROM contacts WHERE channel = $1 AND address = $2 AND person_id <> $3";
        let gone = format!("DELETE {others} AND person_id IN (SELECT id FROM people WHERE gone = 1) RETURNING id");
        for (n, text) in [gone, format!("SELECT id {others}")].into_iter().enumerate() {
            let query = sqlx::query(sqlx::AssertSqlSafe(text));
            let query = query.bind(channel.to_owned()).bind(address.to_owned()).bind(person.0);
            if n == 0 {
                written(tx, Object::Contact, query).await?;
            } else if query.fetch_optional(&mut **tx).await?.is_some() {
                return Err(StoreError::Unusable(format!("this {channel} address belongs to another person already")));
            }
        }
    }
    put_shared_contact(tx, person, channel, address, rank, now).await
}

/// The same for an address that several may have: a group.
///
/// # Errors
/// The store's.
pub async fn put_shared_contact(
    tx: &mut Tx,
    person: PersonId,
    channel: &str,
    address: &str,
    rank: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let insert = sqlx::query(
        "INSERT INTO contacts (person_id, channel, address, rank, since) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (channel, address, person_id) DO UPDATE SET rank = $4 WHERE contacts.rank <> $4 RETURNING id",
    )
    .bind(person.0)
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .bind(rank)
    .bind(ms(now));
    Ok(written(tx, Object::Contact, insert).await? > 0)
}

/// Takes an address from a person.
pub async fn remove_contact(tx: &mut Tx, contact: i64) -> Result<()> {
    sqlx::query("DELETE FROM contacts WHERE id = $1").bind(contact).execute(&mut **tx).await?;
    tx.touch(Object::Contact, contact);
    Ok(())
}

/// Every contact point, by person, preferred first.
pub async fn all_contacts(connection: &mut AnyConnection) -> Result<HashMap<PersonId, Vec<Contact>>> {
    let text = format!("{CONTACTS} ORDER BY c.person_id, c.rank, c.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(connection).await?;
    let mut all: HashMap<PersonId, Vec<Contact>> = HashMap::new();
    for row in &rows {
        let contact = contact_of(row)?;
        all.entry(contact.person).or_default().push(contact);
    }
    Ok(all)
}

/// Contact points of a person, preferred first.
pub async fn contacts(tx: &mut Tx, person: PersonId) -> Result<Vec<Contact>> {
    let text = format!("{CONTACTS} WHERE c.person_id = $1 ORDER BY c.rank, c.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(person.0).fetch_all(&mut **tx).await?;
    rows.iter().map(contact_of).collect()
}

/// [`contacts`] for many people.
pub async fn contacts_of(tx: &mut Tx, people: &[PersonId]) -> Result<HashMap<PersonId, Vec<Contact>>> {
    let whose = text_for(
        tx,
        "c.person_id IN (SELECT value FROM json_each($1))",
        "c.person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    let text = format!("{CONTACTS} WHERE {whose} ORDER BY c.person_id, c.rank, c.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(json(&people)?).fetch_all(&mut **tx).await?;
    let mut all: HashMap<PersonId, Vec<Contact>> = HashMap::new();
    for row in &rows {
        let contact = contact_of(row)?;
        all.entry(contact.person).or_default().push(contact);
    }
    Ok(all)
}

pub(super) fn contact_of(row: &sqlx::any::AnyRow) -> Result<Contact> {
    Ok(Contact {
        id: row.try_get("id")?,
        person: PersonId(row.try_get("person_id")?),
        channel: row.try_get("channel")?,
        address: row.try_get("address")?,
        rank: row.try_get("rank")?,
        gone: row.try_get::<String, _>("state")? != "ok",
        open_until: row.try_get::<Option<i64>, _>("open_until")?.map(at),
    })
}

/// Who writes from this account: the only way in which a sender gets an identity. Nobody where several have it.
pub async fn owner(tx: &mut Tx, channel: &str, address: &str) -> Result<Option<PersonId>> {
    let owners = owners(tx, channel, address).await?;
    Ok(match owners.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// Everybody in service who has this address.
pub async fn owners(tx: &mut Tx, channel: &str, address: &str) -> Result<Vec<PersonId>> {
    let rows = sqlx::query(
        "SELECT c.person_id FROM contacts c JOIN people p ON p.id = c.person_id
         WHERE c.channel = $1 AND c.address = $2 AND p.gone = 0 ORDER BY c.person_id",
    )
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect()
}

/// Who has each of these addresses, by its place in the list, and whether it works as far as we know; several where it
/// is shared. Uses `contacts_by_address`.
pub async fn writers(tx: &mut Tx, addresses: &[(&str, &str)]) -> Result<HashMap<usize, Vec<(PersonId, bool)>>> {
    let text = text_for(
        tx,
        "SELECT a.key AS n, c.person_id, c.state FROM json_each($1) AS a
         CROSS JOIN contacts c ON c.channel = a.value ->> 0 AND c.address = a.value ->> 1
         CROSS JOIN people p ON p.id = c.person_id AND p.gone = 0",
        "SELECT a.n - 1 AS n, c.person_id, c.state
         FROM json_array_elements($1::json) WITH ORDINALITY AS a (value, n)
         JOIN contacts c ON c.channel = a.value ->> 0 AND c.address = a.value ->> 1
         JOIN people p ON p.id = c.person_id AND p.gone = 0",
    );
    let rows = sqlx::query(text).bind(json(&addresses)?).fetch_all(&mut **tx).await?;
    let mut all: HashMap<usize, Vec<(PersonId, bool)>> = HashMap::new();
    for row in &rows {
        let writer = (PersonId(row.try_get(1)?), row.try_get::<String, _>(2)? == "ok");
        all.entry(place(row)?).or_default().push(writer);
    }
    Ok(all)
}

/// How a mail address is written in the contact points, whatever the case of its letters.
pub async fn mail_address(tx: &mut Tx, address: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT address FROM contacts WHERE channel = 'mail' AND lower(address) = lower($1) ORDER BY id LIMIT 1",
    )
    .bind(address.to_owned())
    .fetch_optional(&mut **tx)
    .await?)
}

/// Switches a person's daily summaries by mail on or off.
pub async fn set_mail_summaries(tx: &mut Tx, person: PersonId, wanted: bool) -> Result<()> {
    sqlx::query("UPDATE people SET mail_summaries = $2 WHERE id = $1")
        .bind(person.0)
        .bind(i64::from(wanted))
        .execute(&mut **tx)
        .await?;
    tx.touch(Object::Person, person.0);
    Ok(())
}

/// Who declined daily summaries by mail.
pub async fn without_mail_summaries(tx: &mut Tx) -> Result<HashSet<PersonId>> {
    let rows = sqlx::query("SELECT id FROM people WHERE mail_summaries = 0").fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect()
}

/// Marks an address as dead, or alive again when its owner writes or unblocks.
pub async fn set_contact_state(
    tx: &mut Tx,
    channel: &str,
    address: &str,
    gone: bool,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let update = sqlx::query(
        "UPDATE contacts SET state = $3, reason = $4, since = $5 WHERE channel = $1 AND address = $2 AND state <> $3
         RETURNING id",
    )
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .bind(if gone { "gone" } else { "ok" })
    .bind(reason.to_owned())
    .bind(ms(now));
    Ok(written(tx, Object::Contact, update).await? > 0)
}

/// The platform gave a chat another address.
pub async fn move_contact(tx: &mut Tx, channel: &str, from: &str, to: &str) -> Result<()> {
    let update = sqlx::query("UPDATE contacts SET address = $3 WHERE channel = $1 AND address = $2 RETURNING id");
    written(tx, Object::Contact, update.bind(channel.to_owned()).bind(from.to_owned()).bind(to.to_owned())).await?;
    Ok(())
}

/// Removes a contact point of a person.
pub async fn drop_contact(tx: &mut Tx, person: PersonId, channel: &str) -> Result<u64> {
    let delete = sqlx::query("DELETE FROM contacts WHERE person_id = $1 AND channel = $2 RETURNING id");
    written(tx, Object::Contact, delete.bind(person.0).bind(channel.to_owned())).await
}
