//! The inbox: what platforms told us, stored before it is confirmed to them, handled from here.

mod questions;
mod waiting;

pub use questions::*;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Arguments as _, Row};

use super::many::Insert;
use super::{Result, Store, StoreError, Tx, allowances, at, from_json, json, ms, text_for};
use dutybell_core::inbound::{Batch, Content, Inbound, Update};
use dutybell_core::mutants::{self, Mutant};
use dutybell_core::reply;

/// Positions with the same upper half are counted alike.
const EPOCH: i64 = 1 << 32;
/// The turn of an emergency: before everything.
const FIRST: i64 = 0;
/// No turn is further ahead than that, unless it was given before the clock was set back.
const FURTHEST: Duration = Duration::minutes(2);

/// One stored update.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: i64,
    /// The platform's name of it, or ours of what was confirmed by link.
    pub update_id: String,
    pub channel: String,
    pub account: String,
    pub at: DateTime<Utc>,
    /// Milliseconds; see the migration that made the column.
    turn_at: i64,
    pub tries: i64,
    pub inbound: Inbound,
}

impl Received {
    /// When it was written: the platform's date, never later than the receipt.
    pub fn written_at(&self) -> DateTime<Utc> {
        // It waited for a right clock: that of its receipt was wrong.
        let kept = self.turn_at > ms(self.at + FURTHEST);
        match self.inbound.sent_at {
            Some(sent) if kept => sent,
            Some(sent) => sent.min(self.at),
            None if kept => at(self.turn_at),
            None => self.at,
        }
    }

    /// It goes before everything, and no limit holds it up.
    pub fn is_urgent(&self) -> bool {
        self.turn_at == FIRST
    }

    /// It has waited for a later turn already.
    pub fn was_put_off(&self) -> bool {
        self.turn_at > ms(self.at)
    }
}

/// What became of storing an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    New(i64),
    /// The same update again; nothing was stored.
    Repeat,
    /// The same id with another content: somebody forges or the platform errs.
    Conflict,
}

/// [`receive_batch`] for platforms whose positions are numbers.
pub async fn receive(
    store: &Store,
    channel: &str,
    account: &str,
    updates: &[Update],
    now: DateTime<Utc>,
) -> Result<Vec<Stored>> {
    store_all(store, channel, account, updates, None, now).await
}

/// Stores updates and the position behind them in one transaction; only then may the caller ask the
/// platform for more. A position that is a number never goes back, except where its upper half says that it counts
/// anew (a mailbox's UIDVALIDITY).
pub async fn receive_batch(
    store: &Store,
    channel: &str,
    account: &str,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<Vec<Stored>> {
    store_all(store, channel, account, &batch.updates, batch.token.as_deref(), now).await
}

async fn store_all(
    store: &Store,
    channel: &str,
    account: &str,
    updates: &[Update],
    token: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Stored>> {
    let mut tx = store.begin().await?;
    let outcomes = put(&mut tx, channel, account, updates, now).await?;
    let newest = updates.iter().filter_map(|update| update.offset).reduce(|newest, offset| {
        let counts_anew = newest / EPOCH != offset / EPOCH;
        if counts_anew { offset } else { newest.max(offset) }
    });
    if let Some(offset) = newest {
        sqlx::query(
            "INSERT INTO offsets (channel, account, offset_) VALUES ($1, $2, $3)
             ON CONFLICT (channel, account) DO UPDATE SET offset_ = CASE
                 WHEN offsets.offset_ > $3 AND offsets.offset_ / $4 = $3 / $4 THEN offsets.offset_ ELSE $3 END",
        )
        .bind(channel.to_owned())
        .bind(account.to_owned())
        .bind(offset)
        .bind(EPOCH)
        .execute(&mut *tx)
        .await?;
    }
    if let Some(token) = token {
        sqlx::query(
            "INSERT INTO offsets (channel, account, offset_, token) VALUES ($1, $2, 0, $3)
             ON CONFLICT (channel, account) DO UPDATE SET token = $3",
        )
        .bind(channel.to_owned())
        .bind(account.to_owned())
        .bind(token.to_owned())
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// Stores updates inside the caller's transaction; what became of each, in their order.
pub async fn put(
    tx: &mut Tx,
    channel: &str,
    account: &str,
    updates: &[Update],
    now: DateTime<Utc>,
) -> Result<Vec<Stored>> {
    struct New<'a> {
        turn: i64,
        id: String,
        hash: String,
        inbound: String,
        update: &'a Update,
    }
    let chats: Vec<&str> = updates.iter().map(|update| update.inbound.chat.as_str()).collect();
    let taken = allowances::known(tx, channel, &chats).await?;
    let turn = |inbound: &Inbound| match is_emergency(inbound) {
        true => FIRST,
        // Nobody overtakes what he said before.
        false => ms(taken.get(&inbound.chat).and_then(|taken| taken.waits_until(now)).unwrap_or(now)),
    };
    let new: Vec<New> = updates
        .iter()
        .map(|update| {
            let inbound = json(&update.inbound)?;
            let id = match mutants::on(Mutant::TakesReplays) {
                true => format!("{}:{}", update.id, ms(now)),
                false => update.id.clone(),
            };
            // The same letter from two mailboxes has two dates.
            let undated = json(&Inbound { sent_at: None, ..update.inbound.clone() })?;
            Ok(New {
                turn: turn(&update.inbound),
                id,
                hash: HEXLOWER.encode(&Sha256::digest(undated.as_bytes())),
                inbound,
                update,
            })
        })
        .collect::<Result<_>>()?;
    let insert = Insert {
        into: "inbox (channel, account, update_id, body_hash, received_at, turn_at, state, chat, inbound, raw)",
        columns: 10,
        then: "ON CONFLICT (channel, account, update_id) DO NOTHING RETURNING id, update_id",
    };
    let add = |one: &New, values: &mut AnyArguments| {
        values.add(channel)?;
        values.add(account)?;
        values.add(one.id.as_str())?;
        values.add(one.hash.as_str())?;
        values.add(ms(now))?;
        values.add(one.turn)?;
        values.add("new")?;
        values.add(one.update.inbound.chat.as_str())?;
        values.add(one.inbound.as_str())?;
        values.add(one.update.raw.as_str())
    };
    let mut stored: HashMap<String, i64> = HashMap::new();
    for row in insert.rows(tx, &new, add).await? {
        stored.insert(row.try_get(1)?, row.try_get(0)?);
    }
    let mut outcomes = Vec::with_capacity(new.len());
    for one in &new {
        if let Some(id) = stored.remove(&one.id) {
            outcomes.push(Stored::New(id));
            continue;
        }
        let old: String =
            sqlx::query_scalar("SELECT body_hash FROM inbox WHERE channel = $1 AND account = $2 AND update_id = $3")
                .bind(channel.to_owned())
                .bind(account.to_owned())
                .bind(one.id.clone())
                .fetch_one(&mut **tx)
                .await?;
        outcomes.push(if old == one.hash { Stored::Repeat } else { Stored::Conflict });
    }
    Ok(outcomes)
}

/// Whether a person says that an accident is under way. In a group nobody is heard.
pub fn is_emergency(inbound: &Inbound) -> bool {
    let (Content::Text { text, forwarded: false, .. } | Content::Unproven { text, .. }) = &inbound.content else {
        return false;
    };
    inbound.private && inbound.sender.is_some() && reply::is_emergency(text)
}

/// What was last heard from a chat since an instant, or from the account of that name; whether it was handled or not.
pub async fn said_since(store: &Store, channel: &str, from: &str, since: DateTime<Utc>) -> Result<Option<Content>> {
    let rows =
        sqlx::query("SELECT inbound FROM inbox WHERE channel = $1 AND received_at >= $2 ORDER BY id DESC LIMIT 200")
            .bind(channel.to_owned())
            .bind(ms(since))
            .fetch_all(store.reader())
            .await?;
    for row in rows {
        let inbound: Inbound = from_json(row.try_get(0)?)?;
        let same = |address: &str| address.eq_ignore_ascii_case(from.trim());
        if same(&inbound.chat) || inbound.sender.as_deref().is_some_and(same) {
            return Ok(Some(inbound.content));
        }
    }
    Ok(None)
}

/// Unhandled updates whose turn it is: emergencies, then the oldest, one of each chat at most: what somebody says next
/// may rest on the answer to what he said before. Their handling and their end belong into the same transaction. Uses
/// `inbox_new`.
pub async fn waiting(tx: &mut Tx, now: DateTime<Utc>, behind: bool, limit: i64) -> Result<Vec<Received>> {
    let rows = sqlx::query(
        "SELECT * FROM (
             SELECT * FROM (SELECT * FROM inbox WHERE state = 'new' AND turn_at <= $1 ORDER BY turn_at, id LIMIT $3) AS due
             UNION ALL
             SELECT * FROM (SELECT * FROM inbox WHERE state = 'new' AND turn_at > $2 ORDER BY turn_at, id LIMIT $3) AS lost
         ) AS found ORDER BY turn_at, id LIMIT $3",
    )
    .bind(ms(now))
    // By a clock that is behind, what waits for a right one is no further ahead than it should be.
    .bind(if behind { i64::MAX } else { ms(now + FURTHEST) })
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let mut waiting: Vec<Received> = rows.iter().map(received).collect::<Result<_>>()?;
    let mut chats = HashSet::new();
    waiting.retain(|r| r.is_urgent() || chats.insert((r.channel.clone(), r.inbound.chat.clone())));
    Ok(waiting)
}

/// The unhandled updates of a chat wait for a later turn, in their order; emergencies do not. Uses `inbox_new`.
pub async fn put_off(tx: &mut Tx, channel: &str, chat: &str, until: DateTime<Utc>) -> Result<()> {
    // `|| ''` keeps the planner from looking among all that this chat ever said.
    sqlx::query(
        "UPDATE inbox SET turn_at = $3
         WHERE state = 'new' AND turn_at > 0 AND turn_at < $3 AND channel || '' = $1 AND chat || '' = $2",
    )
    .bind(channel.to_owned())
    .bind(chat.to_owned())
    .bind(ms(until))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn received(row: &AnyRow) -> Result<Received> {
    Ok(Received {
        id: row.try_get("id")?,
        update_id: row.try_get("update_id")?,
        channel: row.try_get("channel")?,
        account: row.try_get("account")?,
        at: at(row.try_get("received_at")?),
        turn_at: row.try_get("turn_at")?,
        tries: row.try_get("tries")?,
        inbound: from_json(&row.try_get::<String, _>("inbound")?)?,
    })
}

/// One stored update.
pub async fn get(tx: &mut Tx, id: i64) -> Result<Option<Received>> {
    let row = sqlx::query("SELECT * FROM inbox WHERE id = $1").bind(id).fetch_optional(&mut **tx).await?;
    row.as_ref().map(received).transpose()
}

/// Handled: update, and in a few words how.
pub async fn finish(tx: &mut Tx, handled: &[(i64, String)]) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE inbox SET state = 'done', outcome = p.outcome
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS outcome FROM json_each($1)) AS p WHERE inbox.id = p.id",
        "UPDATE inbox SET state = 'done', outcome = p.outcome
         FROM (SELECT (value ->> 0)::bigint AS id, value ->> 1 AS outcome FROM json_array_elements($1::json)) AS p
         WHERE inbox.id = p.id",
    );
    sqlx::query(text).bind(json(&handled)?).execute(&mut **tx).await?;
    Ok(())
}

/// Handling broke: counted, and after three times set aside so that it holds nobody else up.
pub async fn failed(tx: &mut Tx, id: i64, reason: &str) -> Result<bool> {
    let tries: i64 = sqlx::query_scalar(
        "UPDATE inbox SET tries = tries + 1, outcome = $2, state = CASE WHEN tries >= 2 THEN 'failed' ELSE 'new' END
         WHERE id = $1 RETURNING tries",
    )
    .bind(id)
    .bind(reason.to_owned())
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(|| StoreError::Damaged(format!("inbox row {id} is gone")))?;
    Ok(tries >= 3)
}

/// Empties what old updates said, once no item rests on them that is open or ended lately: one that they
/// changed; or, where they changed none, one of which the chat had been told within the week before. Gives the number emptied.
pub async fn purge_texts(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<i64> {
    let rows = sqlx::query(
        "SELECT r.* FROM inbox r WHERE r.received_at < $1 AND r.state <> 'new' AND r.raw <> 'erased' AND NOT EXISTS (
             SELECT 1 FROM events e JOIN items i ON i.id = e.item_id JOIN events last ON last.item_id = i.id AND last.version = i.version
             WHERE e.inbox_id = r.id AND (i.open = 1 OR last.at >= $1))
         AND (EXISTS (SELECT 1 FROM events e WHERE e.inbox_id = r.id) OR NOT EXISTS (
             SELECT 1 FROM messages m JOIN message_lines l ON l.message_id = m.id JOIN items i ON i.id = l.named_id AND coalesce(l.kind = 'item', false)
             WHERE m.channel = r.channel AND m.address = r.chat AND i.open = 1
             AND m.sent_at <= r.received_at AND r.received_at < m.sent_at + 604800000))
         ORDER BY r.id LIMIT $2",
    )
    .bind(ms(before))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let mut old = received(row)?;
        old.inbound.content = Content::Other { what: "erased".to_owned() };
        sqlx::query("UPDATE inbox SET raw = 'erased', inbound = $2 WHERE id = $1")
            .bind(old.id)
            .bind(json(&old.inbound)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(rows.len() as i64)
}
