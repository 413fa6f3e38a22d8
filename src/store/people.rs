//! Organisation and contact points.

mod contacts;
mod log;
pub mod register;

pub use contacts::*;
use contacts::{CONTACTS, contact_of};
pub use log::{RULES, log, log_rules};
pub(crate) use log::{begin, disagreements};

use chrono::{DateTime, Utc};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Row};

use super::{Result, Store, StoreError, Tx, at, ms};
use dutybell_core::actor::Object;
use dutybell_core::org::{Directory, Leave, Level, Locale, Person, PersonId, Post, PostId, Tenure, Unit, UnitId};
use dutybell_core::quiet::QuietHours;

/// A person's own data, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    pub name: String,
    /// The name in Latin letters; empty when there is none.
    pub english: String,
    pub locale: Locale,
    pub zone: String,
    pub quiet: Option<String>,
    pub phone: String,
    pub administrator: bool,
}

/// A unit's own data, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnit {
    pub parent: Option<UnitId>,
    pub name: String,
    pub level: Level,
    pub calendar: String,
    pub phone: String,
}

/// Runs a statement that gives back the ids of the rows it wrote, for the log. Gives their number.
async fn written(tx: &mut Tx, object: Object, statement: Query<'_, Any, AnyArguments>) -> Result<u64> {
    let rows = statement.fetch_all(&mut **tx).await?;
    tx.touch_all(object, &rows)
}

/// Makes a unit, or gives the one on record these data.
pub async fn put_unit(tx: &mut Tx, id: Option<UnitId>, unit: &NewUnit) -> Result<UnitId> {
    let text = match id {
        Some(_) => {
            "UPDATE units SET parent_id = $1, name = $2, level = $3, calendar = $4, phone = $5 WHERE id = $6 RETURNING id"
        }
        None => "INSERT INTO units (parent_id, name, level, calendar, phone) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    };
    let mut query = sqlx::query_scalar(text)
        .bind(unit.parent.map(|p| p.0))
        .bind(unit.name.clone())
        .bind(unit.level.word())
        .bind(unit.calendar.clone())
        .bind(unit.phone.clone());
    if let Some(id) = id {
        query = query.bind(id.0);
    }
    let id = query.fetch_one(&mut **tx).await?;
    tx.touch(Object::Unit, id);
    Ok(UnitId(id))
}

/// Makes a person, or gives the one on record these data.
pub async fn put_person(tx: &mut Tx, id: Option<PersonId>, person: &NewPerson) -> Result<PersonId> {
    let text = match id {
        Some(_) => {
            "UPDATE people SET name = $1, english = $2, locale = $3, zone = $4, quiet = $5, phone = $6, administrator = $7
             WHERE id = $8 RETURNING id"
        }
        None => {
            "INSERT INTO people (name, english, locale, zone, quiet, phone, administrator)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"
        }
    };
    let mut query = sqlx::query_scalar(text)
        .bind(person.name.clone())
        .bind(person.english.clone())
        .bind(person.locale.tag())
        .bind(person.zone.clone())
        .bind(person.quiet.clone())
        .bind(person.phone.clone())
        .bind(i64::from(person.administrator));
    if let Some(id) = id {
        query = query.bind(id.0);
    }
    let id = query.fetch_one(&mut **tx).await?;
    tx.touch(Object::Person, id);
    Ok(PersonId(id))
}

/// Finds or makes a post: unit, title and role make it.
pub async fn put_post(tx: &mut Tx, unit: UnitId, title: &str, role: &str) -> Result<PostId> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM posts WHERE unit_id = $1 AND title = $2 AND role = $3")
        .bind(unit.0)
        .bind(title.to_owned())
        .bind(role.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(id) = found {
        return Ok(PostId(id));
    }
    let id: i64 = sqlx::query_scalar("INSERT INTO posts (unit_id, title, role) VALUES ($1, $2, $3) RETURNING id")
        .bind(unit.0)
        .bind(title.to_owned())
        .bind(role.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    tx.touch(Object::Post, id);
    Ok(PostId(id))
}

/// Gives a post another role; there must be no post of that title and role in the unit.
pub async fn set_role(tx: &mut Tx, post: PostId, role: &str) -> Result<()> {
    sqlx::query("UPDATE posts SET role = $2 WHERE id = $1")
        .bind(post.0)
        .bind(role.to_owned())
        .execute(&mut **tx)
        .await?;
    tx.touch(Object::Post, post.0);
    Ok(())
}

/// How many open items a post is named on.
pub async fn open_items_of_post(tx: &mut Tx, post: PostId) -> Result<i64> {
    let text = "SELECT count(DISTINCT item_id) FROM item_people WHERE kind = 'post' AND who_id = $1 AND open = 1";
    Ok(sqlx::query_scalar(text).bind(post.0).fetch_one(&mut **tx).await?)
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
    let insert = sqlx::query("INSERT INTO tenures (post_id, person_id, since) VALUES ($1, $2, $3) RETURNING id");
    written(tx, Object::Tenure, insert.bind(post.0).bind(person.0).bind(ms(since))).await?;
    Ok(true)
}

/// A person leaves a post at an instant; history keeps him.
pub async fn leave_post(tx: &mut Tx, post: PostId, person: PersonId, until: DateTime<Utc>) -> Result<bool> {
    let update = sqlx::query(
        "UPDATE tenures SET until = $3 WHERE post_id = $1 AND person_id = $2 AND (until IS NULL OR until > $3) RETURNING id",
    );
    Ok(written(tx, Object::Tenure, update.bind(post.0).bind(person.0).bind(ms(until))).await? > 0)
}

/// Leave with a deputy.
pub async fn put_leave(tx: &mut Tx, leave: &Leave) -> Result<()> {
    let insert =
        sqlx::query("INSERT INTO leaves (person_id, deputy_id, since, until) VALUES ($1, $2, $3, $4) RETURNING id")
            .bind(leave.person.0)
            .bind(leave.deputy.0)
            .bind(ms(leave.from))
            .bind(ms(leave.until));
    written(tx, Object::Absence, insert).await?;
    Ok(())
}

/// A person leaves for good: posts end now, accounts are cut, unused codes are dead. History keeps the name.
pub async fn retire(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Result<()> {
    for (object, sql) in [
        (
            Object::Tenure,
            "UPDATE tenures SET until = $2 WHERE person_id = $1 AND (until IS NULL OR until > $2) RETURNING id",
        ),
        (
            Object::Contact,
            "UPDATE contacts SET state = 'gone', reason = 'left', since = $2 WHERE person_id = $1 RETURNING id",
        ),
        (Object::Person, "UPDATE people SET gone = 1 WHERE id = $1 AND $2 >= 0 RETURNING id"),
    ] {
        written(tx, object, sqlx::query(sql).bind(person.0).bind(ms(now))).await?;
    }
    sqlx::query("UPDATE link_codes SET expires_at = $2 WHERE person_id = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(person.0)
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
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
            english: row.try_get("english")?,
            phone: row.try_get("phone")?,
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
        let text = format!("{CONTACTS} WHERE c.channel = $1 ORDER BY c.person_id, c.rank");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(channel.to_owned()).fetch_all(self.reader()).await?;
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
