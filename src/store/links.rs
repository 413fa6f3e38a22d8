//! Link codes: one-time proof that a chat account belongs to a person.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Result, Tx, ms};
use dutybell_core::org::PersonId;

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    Person(PersonId),
    Expired,
    Used,
    Unknown,
}

/// Only the hash is kept: a stolen database gives no codes.
pub(super) fn hash(code: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(code.trim().to_ascii_uppercase().as_bytes()))
}

/// Makes a code valid; older unused codes of that person and channel end.
pub async fn issue(
    tx: &mut Tx,
    person: PersonId,
    channel: &str,
    code: &str,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("UPDATE link_codes SET expires_at = $3 WHERE person_id = $1 AND channel = $2 AND used_at IS NULL AND expires_at > $3")
        .bind(person.0)
        .bind(channel.to_owned())
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO link_codes (code_hash, person_id, channel, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash(code))
    .bind(person.0)
    .bind(channel.to_owned())
    .bind(ms(now))
    .bind(ms(expires))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends the unused codes of a person, on one channel or on all.
pub async fn void_codes(tx: &mut Tx, person: PersonId, channel: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "UPDATE link_codes SET expires_at = $3
         WHERE person_id = $1 AND ($2 = '' OR channel = $2) AND used_at IS NULL AND expires_at > $3",
    )
    .bind(person.0)
    .bind(channel.unwrap_or_default().to_owned())
    .bind(ms(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses a code up; the codes of somebody who left are over.
pub async fn redeem(tx: &mut Tx, channel: &str, code: &str, now: DateTime<Utc>) -> Result<Redeemed> {
    let row = sqlx::query(
        "SELECT c.person_id, c.expires_at, coalesce(c.used_at, 0), p.gone FROM link_codes c
         JOIN people p ON p.id = c.person_id WHERE c.code_hash = $1 AND c.channel = $2",
    )
    .bind(hash(code))
    .bind(channel.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(Redeemed::Unknown) };
    if row.try_get::<i64, _>(2)? != 0 {
        return Ok(Redeemed::Used);
    }
    if row.try_get::<i64, _>(1)? <= ms(now) || row.try_get::<i64, _>(3)? != 0 {
        return Ok(Redeemed::Expired);
    }
    sqlx::query("UPDATE link_codes SET used_at = $2 WHERE code_hash = $1")
        .bind(hash(code))
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(Redeemed::Person(PersonId(row.try_get(0)?)))
}

/// Counts a wrong code and says how many this chat tried since `since`, and how many all chats together.
pub async fn count_try(
    tx: &mut Tx,
    channel: &str,
    chat: &str,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<(i64, i64)> {
    sqlx::query("INSERT INTO link_tries (channel, chat, at) VALUES ($1, $2, $3)")
        .bind(channel.to_owned())
        .bind(chat.to_owned())
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    sqlx::query("DELETE FROM link_tries WHERE at < $1").bind(ms(since)).execute(&mut **tx).await?;
    let row = sqlx::query(
        "SELECT coalesce(sum(CASE WHEN chat = $2 THEN 1 ELSE 0 END), 0), count(*) FROM link_tries WHERE channel = $1",
    )
    .bind(channel.to_owned())
    .bind(chat.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Opens a session of the built-in page.
pub async fn open_session(
    tx: &mut Tx,
    person: PersonId,
    login: &str,
    token: &str,
    expires: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("INSERT INTO desk_sessions (token_hash, person_id, login, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash(token))
        .bind(person.0)
        .bind(login.to_owned())
        .bind(ms(expires))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn close_sessions(tx: &mut Tx, person: PersonId) -> Result<()> {
    sqlx::query("DELETE FROM desk_sessions WHERE person_id = $1").bind(person.0).execute(&mut **tx).await?;
    Ok(())
}

/// The login whose session this is.
pub async fn session_login(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT s.login FROM desk_sessions s JOIN people p ON p.id = s.person_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.gone = 0",
    )
    .bind(hash(token))
    .bind(ms(now))
    .fetch_optional(&mut **tx)
    .await?)
}
