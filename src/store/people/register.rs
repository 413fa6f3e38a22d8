//! The register of people as it is kept by hand: tenures, absences, who was merged into whom, and what an
//! offboarding changed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{CONTACTS, Contact, contact_of, written};
use crate::{Result, Tx, at, from_json, json, ms, numbers};
use dutybell_core::actor::Object;
use dutybell_core::item::Role;
use dutybell_core::org::{Leave, PersonId, PostId, Tenure, Who};

/// A row with its id.
#[derive(Clone, Debug)]
pub struct Numbered<T> {
    pub id: i64,
    pub row: T,
}

/// Contact points of everybody.
pub async fn all_contacts(tx: &mut Tx) -> Result<Vec<Contact>> {
    let text = format!("{CONTACTS} ORDER BY c.person_id, c.rank, c.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut **tx).await?;
    rows.iter().map(contact_of).collect()
}

/// Entries that were found to be somebody else's, and whose.
pub async fn all_merged(tx: &mut Tx) -> Result<Vec<(PersonId, PersonId)>> {
    let rows =
        sqlx::query("SELECT id, merged_into FROM people WHERE merged_into IS NOT NULL").fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((PersonId(r.try_get(0)?), PersonId(r.try_get(1)?)))).collect()
}

/// Gives a person a telephone.
pub async fn set_phone(tx: &mut Tx, person: PersonId, phone: &str) -> Result<()> {
    let query = sqlx::query("UPDATE people SET phone = $2 WHERE id = $1").bind(person.0).bind(phone.to_owned());
    query.execute(&mut **tx).await?;
    tx.touch(Object::Person, person.0);
    Ok(())
}

/// Corrects a name.
pub async fn rename(tx: &mut Tx, person: PersonId, name: &str) -> Result<()> {
    sqlx::query("UPDATE people SET name = $2 WHERE id = $1")
        .bind(person.0)
        .bind(name.to_owned())
        .execute(&mut **tx)
        .await?;
    tx.touch(Object::Person, person.0);
    Ok(())
}

/// A new entry with language, zone and hours of another one.
pub async fn like(tx: &mut Tx, person: PersonId, name: &str) -> Result<PersonId> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO people (name, locale, zone, quiet) SELECT $2, locale, zone, quiet FROM people WHERE id = $1 RETURNING id",
    )
    .bind(person.0)
    .bind(name.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    tx.touch(Object::Person, id);
    Ok(PersonId(id))
}

// ---- tenures ----------------------------------------------------------------------------------------------

/// Tenures of a person, with their row ids, by beginning.
pub async fn tenures(tx: &mut Tx, person: PersonId) -> Result<Vec<Numbered<Tenure>>> {
    let rows = sqlx::query("SELECT * FROM tenures WHERE person_id = $1 ORDER BY since, id")
        .bind(person.0)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|r| {
            let row = Tenure {
                post: PostId(r.try_get("post_id")?),
                person,
                since: at(r.try_get("since")?),
                until: r.try_get::<Option<i64>, _>("until")?.map(at),
            };
            Ok(Numbered { id: r.try_get("id")?, row })
        })
        .collect()
}

/// Writes a tenure's span anew.
pub async fn set_tenure(tx: &mut Tx, id: i64, since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query("UPDATE tenures SET since = $2, until = $3 WHERE id = $1")
        .bind(id)
        .bind(ms(since))
        .bind(until.map(ms))
        .execute(&mut **tx)
        .await?;
    tx.touch(Object::Tenure, id);
    Ok(())
}

/// A tenure was another person's all along.
pub async fn give_tenure(tx: &mut Tx, id: i64, person: PersonId) -> Result<()> {
    sqlx::query("UPDATE tenures SET person_id = $2 WHERE id = $1").bind(id).bind(person.0).execute(&mut **tx).await?;
    tx.touch(Object::Tenure, id);
    Ok(())
}

/// Removes a tenure that another row says already.
pub async fn drop_tenure(tx: &mut Tx, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM tenures WHERE id = $1").bind(id).execute(&mut **tx).await?;
    tx.touch(Object::Tenure, id);
    Ok(())
}

// ---- absences ---------------------------------------------------------------------------------------------

/// All absences with their row ids, by person and beginning.
pub async fn leaves(tx: &mut Tx) -> Result<Vec<Numbered<Leave>>> {
    let rows = sqlx::query("SELECT * FROM leaves ORDER BY person_id, since, id").fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|r| {
            let row = Leave {
                person: PersonId(r.try_get("person_id")?),
                deputy: PersonId(r.try_get("deputy_id")?),
                from: at(r.try_get("since")?),
                until: at(r.try_get("until")?),
            };
            Ok(Numbered { id: r.try_get("id")?, row })
        })
        .collect()
}

/// Writes an absence anew.
pub async fn set_leave(tx: &mut Tx, id: i64, leave: &Leave) -> Result<()> {
    sqlx::query("UPDATE leaves SET person_id = $2, deputy_id = $3, since = $4, until = $5 WHERE id = $1")
        .bind(id)
        .bind(leave.person.0)
        .bind(leave.deputy.0)
        .bind(ms(leave.from))
        .bind(ms(leave.until))
        .execute(&mut **tx)
        .await?;
    tx.touch(Object::Absence, id);
    Ok(())
}

/// An absence that never was.
pub async fn drop_leave(tx: &mut Tx, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM leaves WHERE id = $1").bind(id).execute(&mut **tx).await?;
    tx.touch(Object::Absence, id);
    Ok(())
}

// ---- contact points ---------------------------------------------------------------------------------------

/// A contact point as it was before an offboarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptContact {
    pub id: i64,
    pub channel: String,
    pub address: String,
    pub state: String,
    pub reason: String,
    /// UTC milliseconds.
    pub since: i64,
}

/// Contact points of a person, to be kept.
pub async fn kept_contacts(tx: &mut Tx, person: PersonId) -> Result<Vec<KeptContact>> {
    let rows = sqlx::query("SELECT * FROM contacts WHERE person_id = $1 ORDER BY rank, id")
        .bind(person.0)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(KeptContact {
                id: r.try_get("id")?,
                channel: r.try_get("channel")?,
                address: r.try_get("address")?,
                state: r.try_get("state")?,
                reason: r.try_get("reason")?,
                since: r.try_get("since")?,
            })
        })
        .collect()
}

/// Puts a contact point back as it was. False: it is no longer this person's.
pub async fn put_back_contact(tx: &mut Tx, person: PersonId, kept: &KeptContact) -> Result<bool> {
    let update = sqlx::query(
        "UPDATE contacts SET state = $3, reason = $4, since = $5 WHERE id = $1 AND person_id = $2 RETURNING id",
    )
    .bind(kept.id)
    .bind(person.0)
    .bind(kept.state.clone())
    .bind(kept.reason.clone())
    .bind(kept.since);
    Ok(written(tx, Object::Contact, update).await? > 0)
}

/// Removes a contact point that another row says already.
pub async fn drop_contact(tx: &mut Tx, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM contacts WHERE id = $1").bind(id).execute(&mut **tx).await?;
    tx.touch(Object::Contact, id);
    Ok(())
}

/// A contact point becomes another person's, after those that they have.
pub async fn give_contact(tx: &mut Tx, id: i64, person: PersonId) -> Result<()> {
    sqlx::query(
        "UPDATE contacts SET person_id = $2,
             rank = (SELECT coalesce(max(c.rank), 0) + 1 FROM contacts c WHERE c.person_id = $2) WHERE id = $1",
    )
    .bind(id)
    .bind(person.0)
    .execute(&mut **tx)
    .await?;
    tx.touch(Object::Contact, id);
    Ok(())
}

// ---- merging ----------------------------------------------------------------------------------------------

/// Everything that points at `from` and moves nobody on an item points at `into` afterwards; `from` is gone and says
/// whom it was found to be. Tenures, contact points and absences are moved by the caller, who decides about doubles.
pub async fn absorb(tx: &mut Tx, from: PersonId, into: PersonId) -> Result<()> {
    for sql in [
        "UPDATE notices SET person_id = $2 WHERE person_id = $1",
        "UPDATE messages SET person_id = $2 WHERE person_id = $1",
        "UPDATE desk_sessions SET person_id = $2 WHERE person_id = $1",
        "UPDATE mail_claims SET person_id = $2 WHERE person_id = $1",
        "UPDATE questions SET person_id = $2 WHERE person_id = $1
             AND NOT EXISTS (SELECT 1 FROM questions q WHERE q.person_id = $2)",
    ] {
        sqlx::query(sql).bind(from.0).bind(into.0).execute(&mut **tx).await?;
    }
    for sql in [
        "UPDATE people SET phone = (SELECT f.phone FROM people f WHERE f.id = $1) WHERE id = $2 AND phone = '' RETURNING id",
        "UPDATE people SET administrator = 1
             WHERE id = $2 AND 1 = (SELECT f.administrator FROM people f WHERE f.id = $1) RETURNING id",
        "UPDATE people SET merged_into = $2 WHERE merged_into = $1 RETURNING id",
        "UPDATE people SET gone = 1, merged_into = $2 WHERE id = $1 RETURNING id",
    ] {
        written(tx, Object::Person, sqlx::query(sql).bind(from.0).bind(into.0)).await?;
    }
    sqlx::query("DELETE FROM questions WHERE person_id = $1").bind(from.0).execute(&mut **tx).await?;
    numbers::absorb(tx, from, into).await
}

// ---- leaving, and taking it back --------------------------------------------------------------------------

/// What an offboarding changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offboarded {
    /// Tenures that it ended: row id, and the end that stood there before in UTC milliseconds.
    pub tenures: Vec<(i64, Option<i64>)>,
    pub contacts: Vec<KeptContact>,
    /// Items that it moved: item id, whose they are since, in which roles.
    pub moved: Vec<(i64, Who, Vec<Role>)>,
}

/// A person leaves the service: posts end now, accounts and sessions are cut. History keeps the name.
pub async fn put_offboarding(tx: &mut Tx, person: PersonId, now: DateTime<Utc>, data: &Offboarded) -> Result<()> {
    sqlx::query("INSERT INTO offboardings (person_id, at, data) VALUES ($1, $2, $3)")
        .bind(person.0)
        .bind(ms(now))
        .bind(json(data)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The newest offboarding of a person that was not taken back: row id, instant, what it changed.
pub async fn last_offboarding(tx: &mut Tx, person: PersonId) -> Result<Option<(i64, DateTime<Utc>, Offboarded)>> {
    let row = sqlx::query(
        "SELECT id, at, data FROM offboardings WHERE person_id = $1 AND undone_at IS NULL ORDER BY id DESC LIMIT 1",
    )
    .bind(person.0)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|r| Ok((r.try_get(0)?, at(r.try_get(1)?), from_json(&r.try_get::<String, _>(2)?)?))).transpose()
}

/// An offboarding was wrong: the person is in service again.
pub async fn take_back(tx: &mut Tx, offboarding: i64, person: PersonId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE offboardings SET undone_at = $2 WHERE id = $1")
        .bind(offboarding)
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE people SET gone = 0 WHERE id = $1").bind(person.0).execute(&mut **tx).await?;
    tx.touch(Object::Person, person.0);
    Ok(())
}
