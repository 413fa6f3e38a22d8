//! What accounts have had of their allowances.

use std::collections::HashMap;

use sqlx::Row;

use super::{Result, Tx, from_json, json, text_for};
use dutybell_core::allowance::Allowance;

/// Whose allowance: a channel and a chat on it.
pub type Account<'a> = (&'a str, &'a str);

/// The allowances of accounts, in their order; a fresh one where nothing was taken yet.
pub async fn of(tx: &mut Tx, accounts: &[Account<'_>]) -> Result<Vec<Allowance>> {
    let text = text_for(
        tx,
        "SELECT (SELECT w.data FROM allowances w WHERE w.channel = a.value ->> 0 AND w.chat = a.value ->> 1)
         FROM json_each($1) AS a ORDER BY a.key",
        "SELECT (SELECT w.data FROM allowances w WHERE w.channel = a.value ->> 0 AND w.chat = a.value ->> 1)
         FROM json_array_elements($1::json) WITH ORDINALITY AS a (value, n) ORDER BY a.n",
    );
    let rows = sqlx::query(text).bind(json(&accounts)?).fetch_all(&mut **tx).await?;
    let read = |data: Option<String>| data.map_or(Ok(Allowance::default()), |data| from_json(&data));
    rows.iter().map(|r| read(r.try_get(0)?)).collect()
}

/// The allowances of chats of one channel that have taken anything.
pub(super) async fn known(tx: &mut Tx, channel: &str, chats: &[&str]) -> Result<HashMap<String, Allowance>> {
    let text = text_for(
        tx,
        "SELECT chat, data FROM allowances WHERE channel = $1 AND chat IN (SELECT value FROM json_each($2))",
        // A list in the condition would leave the index with the channel alone.
        "SELECT w.chat, w.data FROM json_array_elements_text($2::json) AS c (chat) CROSS JOIN LATERAL (
             SELECT chat, data FROM allowances WHERE channel = $1 AND chat = c.chat LIMIT 1) AS w",
    );
    let rows = sqlx::query(text).bind(channel.to_owned()).bind(json(&chats)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((r.try_get(0)?, from_json(&r.try_get::<String, _>(1)?)?))).collect()
}

/// Remembers what was taken.
pub async fn put(tx: &mut Tx, taken: &[(Account<'_>, Allowance)]) -> Result<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&str, &str, String)> = taken
        .iter()
        .map(|((channel, chat), allowance)| Ok((*channel, *chat, json(allowance)?)))
        .collect::<Result<_>>()?;
    let text = text_for(
        tx,
        "INSERT INTO allowances (channel, chat, data)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1) WHERE true
         ON CONFLICT (channel, chat) DO UPDATE SET data = excluded.data",
        "INSERT INTO allowances (channel, chat, data)
         SELECT x ->> 0, x ->> 1, x ->> 2 FROM json_array_elements($1::json) AS x
         ON CONFLICT (channel, chat) DO UPDATE SET data = excluded.data",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}
