//! Attempts that were refused, counted by day until they are told.

use sqlx::Row;

use super::{Result, Tx};
use dutybell_core::item::ItemId;

/// What was attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attempt {
    /// A letter in somebody's name, without proof.
    Letter,
    /// A call in a platform's name, without proof.
    Call,
    /// An answer about an item that is somebody else's to answer for.
    Item,
}

impl Attempt {
    pub fn word(self) -> &'static str {
        match self {
            Attempt::Letter => "letter",
            Attempt::Call => "call",
            Attempt::Item => "item",
        }
    }

    fn parse(word: &str) -> Option<Attempt> {
        [Attempt::Letter, Attempt::Call, Attempt::Item].into_iter().find(|a| a.word() == word)
    }
}

/// Attempts of one kind on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub attempt: Attempt,
    pub channel: String,
    pub item: Option<ItemId>,
    pub times: i64,
}

/// Counts attempts on a day of the office's zone.
pub async fn add(tx: &mut Tx, day: &str, refused: &Refused) -> Result<()> {
    sqlx::query(
        "INSERT INTO refusals (day, what, channel, item_id, times) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (day, what, channel, item_id) DO UPDATE SET times = refusals.times + $5",
    )
    .bind(day.to_owned())
    .bind(refused.attempt.word())
    .bind(refused.channel.clone())
    .bind(refused.item.map_or(0, |item| item.0))
    .bind(refused.times)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The oldest day before `today` with attempts that were not told, and these.
pub async fn untold(tx: &mut Tx, today: &str) -> Result<Option<(String, Vec<Refused>)>> {
    let day: Option<String> = sqlx::query_scalar("SELECT min(day) FROM refusals WHERE day < $1")
        .bind(today.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    let Some(day) = day else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT what, channel, item_id, times FROM refusals WHERE day = $1 ORDER BY what, channel, item_id",
    )
    .bind(day.clone())
    .fetch_all(&mut **tx)
    .await?;
    let mut refused = Vec::with_capacity(rows.len());
    for row in rows {
        let item: i64 = row.try_get(2)?;
        if let Some(attempt) = Attempt::parse(&row.try_get::<String, _>(0)?) {
            let item = Some(ItemId(item)).filter(|item| item.0 > 0);
            refused.push(Refused { attempt, channel: row.try_get(1)?, item, times: row.try_get(3)? });
        }
    }
    Ok(Some((day, refused)))
}

/// A day was told.
pub async fn told(tx: &mut Tx, day: &str) -> Result<()> {
    sqlx::query("DELETE FROM refusals WHERE day = $1").bind(day.to_owned()).execute(&mut **tx).await?;
    Ok(())
}

/// One of a day's attempts was none: its writer has confirmed it.
pub async fn take_back(tx: &mut Tx, day: &str, attempt: Attempt, channel: &str) -> Result<()> {
    sqlx::query("UPDATE refusals SET times = times - 1 WHERE day = $1 AND what = $2 AND channel = $3 AND times > 0")
        .bind(day.to_owned())
        .bind(attempt.word())
        .bind(channel.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
