//! Organisation and contact points.

mod contacts;

use std::collections::HashMap;

use contacts::contact_of;
pub use contacts::*;

use chrono::{DateTime, Utc};
use sqlx::{AnyConnection, Row};

use super::{Result, Store, StoreError, Tx, at, ms};
use crate::core::org::{Directory, Leave, Level, Locale, Person, PersonId, Post, PostId, Tenure, Unit, UnitId};
use crate::core::quiet::QuietHours;

/// A person as an import gives him.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub name: String,
    pub locale: Locale,
    pub zone: String,
    pub quiet: Option<String>,
    pub phone: String,
    pub administrator: bool,
}

/// Finds or makes the unit under its parent. Returns its id and whether anything changed.
pub async fn put_unit(
    tx: &mut Tx,
    parent: Option<UnitId>,
    name: &str,
    level: Level,
    calendar: &str,
    phone: &str,
) -> Result<(UnitId, bool)> {
    let found =
        sqlx::query("SELECT id, level, calendar, phone FROM units WHERE coalesce(parent_id, 0) = $1 AND name = $2")
            .bind(parent.map_or(0, |p| p.0))
            .bind(name.to_owned())
            .fetch_optional(&mut **tx)
            .await?;
    if let Some(row) = found {
        let id: i64 = row.try_get(0)?;
        let same = row.try_get::<String, _>(1)? == level.word()
            && row.try_get::<String, _>(2)? == calendar
            && row.try_get::<String, _>(3)? == phone;
        if !same {
            sqlx::query("UPDATE units SET level = $2, calendar = $3, phone = $4 WHERE id = $1")
                .bind(id)
                .bind(level.word())
                .bind(calendar.to_owned())
                .bind(phone.to_owned())
                .execute(&mut **tx)
                .await?;
        }
        return Ok((UnitId(id), !same));
    }
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO units (parent_id, name, level, calendar, phone) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    )
    .bind(parent.map(|p| p.0))
    .bind(name.to_owned())
    .bind(level.word())
    .bind(calendar.to_owned())
    .bind(phone.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    Ok((UnitId(id), true))
}

/// Telephones, as far as they are known.
pub async fn phones(tx: &mut Tx) -> Result<HashMap<PersonId, String>> {
    let rows = sqlx::query("SELECT id, phone FROM people WHERE phone <> ''").fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((PersonId(row.try_get(0)?), row.try_get(1)?))).collect()
}

/// The only person of that name with that phone; without a phone, the only person of that name.
pub async fn by_name_and_phone(tx: &mut Tx, name: &str, phone: &str) -> Result<Option<PersonId>> {
    let rows = sqlx::query("SELECT id FROM people WHERE name = $1 AND ($2 = '' OR phone = '' OR phone = $2)")
        .bind(name.to_owned())
        .bind(phone.to_owned())
        .fetch_all(&mut **tx)
        .await?;
    match rows.as_slice() {
        [one] => Ok(Some(PersonId(one.try_get(0)?))),
        _ => Ok(None),
    }
}

/// Makes or updates a person found by id.
pub async fn put_person(tx: &mut Tx, id: Option<PersonId>, person: &NewPerson) -> Result<(PersonId, bool)> {
    let Some(PersonId(id)) = id else {
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO people (name, locale, zone, quiet, phone, administrator) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        )
        .bind(person.name.clone())
        .bind(person.locale.tag())
        .bind(person.zone.clone())
        .bind(person.quiet.clone())
        .bind(person.phone.clone())
        .bind(i64::from(person.administrator))
        .fetch_one(&mut **tx)
        .await?;
        return Ok((PersonId(id), true));
    };
    let done = sqlx::query(
        "UPDATE people SET locale = $2, zone = $3, quiet = $4, phone = $5, administrator = $6
         WHERE id = $1 AND (locale <> $2 OR zone <> $3 OR coalesce(quiet, '') <> coalesce($4, '') OR phone <> $5 OR administrator <> $6)",
    )
    .bind(id)
    .bind(person.locale.tag())
    .bind(person.zone.clone())
    .bind(person.quiet.clone())
    .bind(person.phone.clone())
    .bind(i64::from(person.administrator))
    .execute(&mut **tx)
    .await?;
    Ok((PersonId(id), done.rows_affected() > 0))
}

/// Finds or makes a post.
pub async fn put_post(tx: &mut Tx, unit: UnitId, title: &str, role: &str) -> Result<(PostId, bool)> {
    let found = sqlx::query("SELECT id, role FROM posts WHERE unit_id = $1 AND title = $2")
        .bind(unit.0)
        .bind(title.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(row) = found {
        let id: i64 = row.try_get(0)?;
        let same = row.try_get::<String, _>(1)? == role;
        if !same {
            sqlx::query("UPDATE posts SET role = $2 WHERE id = $1")
                .bind(id)
                .bind(role.to_owned())
                .execute(&mut **tx)
                .await?;
        }
        return Ok((PostId(id), !same));
    }
    let id: i64 = sqlx::query_scalar("INSERT INTO posts (unit_id, title, role) VALUES ($1, $2, $3) RETURNING id")
        .bind(unit.0)
        .bind(title.to_owned())
        .bind(role.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    Ok((PostId(id), true))
}

/// A person takes a post (nothing happens when he holds it already).
pub async fn take_post(tx: &mut Tx, post: PostId, person: PersonId, since: DateTime<Utc>) -> Result<bool> {
    let held: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tenures WHERE post_id = $1 AND person_id = $2 AND (until IS NULL OR until > $3)",
    )
    .bind(post.0)
    .bind(person.0)
    .bind(ms(since))
    .fetch_one(&mut **tx)
    .await?;
    if held > 0 {
        return Ok(false);
    }
    sqlx::query("INSERT INTO tenures (post_id, person_id, since) VALUES ($1, $2, $3)")
        .bind(post.0)
        .bind(person.0)
        .bind(ms(since))
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

/// A person leaves a post at an instant; history keeps him.
pub async fn leave_post(tx: &mut Tx, post: PostId, person: PersonId, until: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query("UPDATE tenures SET until = $3 WHERE post_id = $1 AND person_id = $2 AND until IS NULL")
        .bind(post.0)
        .bind(person.0)
        .bind(ms(until))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Leave with a deputy.
pub async fn put_leave(tx: &mut Tx, leave: &Leave) -> Result<()> {
    sqlx::query("INSERT INTO leaves (person_id, deputy_id, since, until) VALUES ($1, $2, $3, $4)")
        .bind(leave.person.0)
        .bind(leave.deputy.0)
        .bind(ms(leave.from))
        .bind(ms(leave.until))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A person leaves for good: posts end now, accounts and sessions are cut. History keeps the name.
pub async fn retire(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Result<()> {
    for sql in [
        "UPDATE tenures SET until = $2 WHERE person_id = $1 AND (until IS NULL OR until > $2)",
        "UPDATE contacts SET state = 'gone', reason = 'left', since = $2 WHERE person_id = $1",
        "UPDATE people SET gone = 1 WHERE id = $1 AND $2 >= 0",
    ] {
        sqlx::query(sql).bind(person.0).bind(ms(now)).execute(&mut **tx).await?;
    }
    touch_directory(tx).await
}

/// Tells every reader of the organisation that it changed.
pub async fn touch_directory(tx: &mut Tx) -> Result<()> {
    sqlx::query(
        "INSERT INTO meta (key, value) VALUES ('directory_version', '1')
         ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)",
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Reads the whole organisation, inside a transaction what it wrote included.
pub async fn load(connection: &mut AnyConnection) -> Result<Directory> {
    let mut people = Vec::new();
    for row in sqlx::query("SELECT * FROM people").fetch_all(&mut *connection).await? {
        let zone: String = row.try_get("zone")?;
        let quiet: Option<String> = row.try_get("quiet")?;
        people.push(Person {
            id: PersonId(row.try_get("id")?),
            name: row.try_get("name")?,
            locale: Locale::from_tag(&row.try_get::<String, _>("locale")?),
            zone: zone.parse().map_err(|_| StoreError::Damaged(format!("time zone {zone:?}")))?,
            quiet: quiet.map(|q| QuietHours::parse(&q)).transpose().map_err(|e| StoreError::Damaged(e.to_string()))?,
            administrator: row.try_get::<i64, _>("administrator")? != 0,
            gone: row.try_get::<i64, _>("gone")? != 0,
        });
    }
    let mut units = Vec::new();
    for row in sqlx::query("SELECT * FROM units").fetch_all(&mut *connection).await? {
        let level: String = row.try_get("level")?;
        units.push(Unit {
            id: UnitId(row.try_get("id")?),
            parent: row.try_get::<Option<i64>, _>("parent_id")?.map(UnitId),
            name: row.try_get("name")?,
            level: Level::parse(&level).ok_or_else(|| StoreError::Damaged(format!("level {level:?}")))?,
            calendar: row.try_get("calendar")?,
            phone: row.try_get("phone")?,
        });
    }
    let mut posts = Vec::new();
    for row in sqlx::query("SELECT * FROM posts").fetch_all(&mut *connection).await? {
        posts.push(Post {
            id: PostId(row.try_get("id")?),
            unit: UnitId(row.try_get("unit_id")?),
            title: row.try_get("title")?,
            role: row.try_get("role")?,
        });
    }
    let mut tenures = Vec::new();
    for row in sqlx::query("SELECT * FROM tenures ORDER BY since, id").fetch_all(&mut *connection).await? {
        tenures.push(Tenure {
            post: PostId(row.try_get("post_id")?),
            person: PersonId(row.try_get("person_id")?),
            since: at(row.try_get("since")?),
            until: row.try_get::<Option<i64>, _>("until")?.map(at),
        });
    }
    let mut leaves = Vec::new();
    for row in sqlx::query("SELECT * FROM leaves").fetch_all(&mut *connection).await? {
        leaves.push(Leave {
            person: PersonId(row.try_get("person_id")?),
            deputy: PersonId(row.try_get("deputy_id")?),
            from: at(row.try_get("since")?),
            until: at(row.try_get("until")?),
        });
    }
    Ok(Directory::new(people, units, posts, tenures, leaves))
}

impl Store {
    /// Grows with every change of the organisation.
    pub async fn directory_version(&self) -> Result<i64> {
        let value: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'directory_version'")
            .fetch_optional(self.reader())
            .await?;
        Ok(value.and_then(|v| v.parse().ok()).unwrap_or(0))
    }

    /// Reads the whole organisation.
    pub async fn directory(&self) -> Result<Directory> {
        let mut connection = self.reader().acquire().await?;
        load(&mut connection).await
    }

    /// All contact points of a channel.
    pub async fn contacts_on(&self, channel: &str) -> Result<Vec<Contact>> {
        let rows = sqlx::query("SELECT * FROM contacts WHERE channel = $1 ORDER BY person_id, rank")
            .bind(channel.to_owned())
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(contact_of).collect()
    }

    /// People of whom no contact point works: nobody can tell them anything.
    pub async fn unreachable(&self) -> Result<Vec<PersonId>> {
        let rows = sqlx::query(
            "SELECT id FROM people p WHERE gone = 0
             AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.person_id = p.id AND c.state = 'ok') ORDER BY id",
        )
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect()
    }
}
