//! Claims by mail: what was written in somebody's name without proof and waits for his confirmation.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::links::hash;
use super::{Result, Tx, ms};
use dutybell_core::org::PersonId;

/// A claim as its link finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub person: PersonId,
    /// Where its words are.
    pub inbox_id: i64,
}

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Open(Claim),
    Used,
    Expired,
    Unknown,
}

/// Remembers a claim under the code of its link.
pub async fn put(tx: &mut Tx, claim: Claim, code: &str, now: DateTime<Utc>, expires: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO mail_claims (code_hash, person_id, inbox_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash(code))
    .bind(claim.person.0)
    .bind(claim.inbox_id)
    .bind(ms(now))
    .bind(ms(expires))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Claims in a person's name since an instant. Uses `mail_claims_by_person`.
pub async fn count_since(tx: &mut Tx, person: PersonId, since: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM mail_claims WHERE person_id = $1 AND created_at >= $2")
        .bind(person.0)
        .bind(ms(since))
        .fetch_one(&mut **tx)
        .await?)
}

/// The claim behind a code; of a person who left there is none.
pub async fn find(tx: &mut Tx, code: &str, now: DateTime<Utc>) -> Result<Found> {
    let row = sqlx::query(
        "SELECT c.person_id, c.inbox_id, c.expires_at, coalesce(c.used_at, 0) FROM mail_claims c
         JOIN people p ON p.id = c.person_id WHERE c.code_hash = $1 AND p.gone = 0",
    )
    .bind(hash(code))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(Found::Unknown) };
    if row.try_get::<i64, _>(3)? != 0 {
        return Ok(Found::Used);
    }
    if row.try_get::<i64, _>(2)? <= ms(now) {
        return Ok(Found::Expired);
    }
    Ok(Found::Open(Claim { person: PersonId(row.try_get(0)?), inbox_id: row.try_get(1)? }))
}

/// Uses a code up. False when somebody else did so first.
pub async fn use_up(tx: &mut Tx, code: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query("UPDATE mail_claims SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL")
        .bind(hash(code))
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}
