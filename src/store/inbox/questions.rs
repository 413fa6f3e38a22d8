//! What the bot asked people and waits to hear.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::Received;
use crate::{Result, Tx, at, from_json, json, ms, text_for};
use dutybell_core::org::PersonId;

/// A question that the bot asked and whose answer it waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The reply as first written; read again once the item is known or "yes" was said.
    pub text: String,
    /// When it was written, UTC milliseconds: relative dates count from there.
    pub at: i64,
    /// `which` (choose an item) or `confirm`.
    pub asks: String,
    /// Items in question, by line number of the asking message.
    pub items: Vec<i64>,
}

/// When the text that a question is about was written.
pub fn asked_at(question: &Question) -> DateTime<Utc> {
    at(question.at)
}

/// What the answer before this one came to, of the same account.
pub async fn outcome_before(tx: &mut Tx, received: &Received) -> Result<Option<String>> {
    let text = "SELECT outcome FROM inbox WHERE channel = $1 AND chat = $2 AND (received_at, id) < ($3, $4)
                ORDER BY received_at DESC, id DESC LIMIT 1";
    let outcome: Option<Option<String>> = sqlx::query_scalar(text)
        .bind(&received.channel)
        .bind(&received.inbound.chat)
        .bind(ms(received.at))
        .bind(received.id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(outcome.flatten())
}

/// Remembers a question; a newer one replaces it.
pub async fn ask(
    tx: &mut Tx,
    person: PersonId,
    question: &Question,
    message: i64,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO questions (person_id, asked_at, expires_at, message_id, data) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person_id) DO UPDATE SET asked_at = $2, expires_at = $3, message_id = $4, data = $5",
    )
    .bind(person.0)
    .bind(ms(now))
    .bind(ms(expires))
    .bind(message)
    .bind(json(question)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The open questions to people, each with the message that asked it.
pub async fn questions(
    tx: &mut Tx,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<HashMap<PersonId, (Question, i64)>> {
    let text = text_for(
        tx,
        "SELECT person_id, data, message_id FROM questions
         WHERE person_id IN (SELECT value FROM json_each($1)) AND expires_at > $2",
        "SELECT person_id, data, message_id FROM questions
         WHERE person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json))) AND expires_at > $2",
    );
    let rows = sqlx::query(text).bind(json(&people)?).bind(ms(now)).fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|r| Ok((PersonId(r.try_get(0)?), (from_json(&r.try_get::<String, _>(1)?)?, r.try_get(2)?))))
        .collect()
}

/// The question is answered or dropped.
pub async fn drop_question(tx: &mut Tx, person: PersonId) -> Result<()> {
    sqlx::query("DELETE FROM questions WHERE person_id = $1").bind(person.0).execute(&mut **tx).await?;
    Ok(())
}
