//! Pauses of routine, and the notices that wait by them.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::events::Origin;
use super::{Result, Store, Tx, at, events, items, json, ms, text_for};
use dutybell_core::item::ItemId;
use dutybell_core::org::UnitId;
use dutybell_core::pause::Pause;
use dutybell_core::transition::{Actor, Event};

/// Items whose stories are written together.
const AT_ONCE: i64 = 500;

fn pause_of(row: &AnyRow) -> Result<Pause> {
    Ok(Pause {
        id: row.try_get("id")?,
        unit: row.try_get::<Option<i64>, _>("unit_id")?.map(UnitId),
        since: at(row.try_get("since")?),
        until: at(row.try_get("until")?),
        actor: Actor::read(&row.try_get::<String, _>("actor")?),
        reason: row.try_get("reason")?,
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(at),
    })
}

/// The pauses in force at an instant; there are rarely more than one.
pub async fn in_force(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Pause>> {
    let rows = sqlx::query(
        "SELECT id, unit_id, since, until, actor, reason, ended_at FROM pauses WHERE ended_at IS NULL AND until > $1",
    )
    .bind(ms(now))
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(pause_of).collect()
}

/// Begins a pause; `pause.id` is not used. Gives its id.
pub async fn begin(tx: &mut Tx, pause: &Pause) -> Result<i64> {
    let id = sqlx::query_scalar(
        "INSERT INTO pauses (unit_id, since, until, actor, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    )
    .bind(pause.unit.map(|u| u.0))
    .bind(ms(pause.since))
    .bind(ms(pause.until))
    .bind(pause.actor.to_string())
    .bind(pause.reason.clone())
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// Ends a pause before its time; what waits by it is due now.
pub async fn end(tx: &mut Tx, id: i64, actor: &Actor, reason: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE pauses SET ended_at = $2, ended_by = $3, end_reason = $4 WHERE id = $1 AND ended_at IS NULL")
        .bind(id)
        .bind(ms(now))
        .bind(actor.to_string())
        .bind(reason.to_owned())
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE notices SET send_at = $2 WHERE pause_id = $1 AND state || '' = 'queued' AND send_at > $2")
        .bind(id)
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets notices wait by pauses: notice, pause and until when. What was in a message already is taken out of it.
pub async fn hold(tx: &mut Tx, held: &[(i64, i64, DateTime<Utc>)]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, i64, i64)> = held.iter().map(|(notice, pause, until)| (*notice, *pause, ms(*until))).collect();
    let text = text_for(
        tx,
        "UPDATE notices SET send_at = p.until, pause_id = p.pause, state = 'queued', message_id = NULL
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS pause, value ->> 2 AS until FROM json_each($1)) AS p
         WHERE notices.id = p.id",
        "UPDATE notices SET send_at = p.until, pause_id = p.pause, state = 'queued', message_id = NULL
         FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS pause, (value ->> 2)::bigint AS until
               FROM json_array_elements($1::json)) AS p
         WHERE notices.id = p.id",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}

/// Writes a remark into the story of every open item of these units (`None`: of all). Gives their number.
pub async fn remark(
    tx: &mut Tx,
    units: Option<&[UnitId]>,
    event: &Event,
    origin: &Origin<'_>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let (mut after, mut count) = (ItemId(0), 0);
    loop {
        let page = items::open_after(tx, after, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = last.id;
        let concerned = page.iter().filter(|i| units.is_none_or(|units| i.unit.is_some_and(|u| units.contains(&u))));
        let concerned: Vec<ItemId> = concerned.map(|i| i.id).collect();
        events::remark(tx, &concerned, event, origin, now).await?;
        count += concerned.len() as u64;
    }
}

impl Store {
    /// The pauses in force at an instant.
    pub async fn pauses(&self, now: DateTime<Utc>) -> Result<Vec<Pause>> {
        let rows = sqlx::query(
            "SELECT id, unit_id, since, until, actor, reason, ended_at FROM pauses WHERE ended_at IS NULL AND until > $1
             ORDER BY until",
        )
        .bind(ms(now))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(pause_of).collect()
    }

    /// The newest pauses, whether they are in force or over.
    pub async fn newest_pauses(&self, limit: i64) -> Result<Vec<Pause>> {
        let rows = sqlx::query(
            "SELECT id, unit_id, since, until, actor, reason, ended_at FROM pauses ORDER BY id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(pause_of).collect()
    }
}
