//! Is the clock to be believed? One that is months ahead of when a gateway last looked at it, or days behind, is
//! more likely wrong than right (an empty battery, a typing error), and by it everything would be overdue.
//!
//! Until it is right again, or the administrator accepts it, nothing is planned, no schedule fires, no source is
//! read and routine messages wait. Answers and what is urgent go on. After a long pause that really was one,
//! `dutybell clock --accept` says so.

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use crate::core::org::Directory;
use crate::core::policy::Urgency;
use crate::store::{Result, Tx, clockwork};

/// When a gateway last looked at a clock that it believed (unix seconds), written by the watchdog every few minutes.
pub const SEEN: &str = "watched_at";
/// Longer than the longest holiday that an office closes for.
const AHEAD: Duration = Duration::days(60);
/// More than a wrong zone or a corrected clock; what was planned meanwhile stands.
const BEHIND: Duration = Duration::days(2);
/// Between two looks at the mark, while the clock runs on evenly.
const LOOK: Duration = Duration::seconds(10);

/// What was found at the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looked {
    at: Option<DateTime<Utc>>,
    held: bool,
}

/// Why a clock is not believed: when it was last seen, and what it says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub seen: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

fn doubt(seen: Option<i64>, now: DateTime<Utc>) -> Option<Doubt> {
    let seen = DateTime::from_timestamp(seen?, 0)?;
    (now > seen + AHEAD || now < seen - BEHIND).then_some(Doubt { seen, now })
}

impl Gateway {
    /// Why the clock is not believed, if it is not.
    pub async fn clock_doubt(&self) -> Result<Option<Doubt>> {
        Ok(doubt(self.store.meta(SEEN).await?.and_then(|t| t.parse().ok()), self.now()))
    }

    /// Does routine wait for a clock that can be believed?
    pub(super) async fn clock_holds(&self) -> Result<bool> {
        let now = self.now();
        let looked = self.looked.lock().map(|l| *l).unwrap_or_default();
        if looked.at.is_some_and(|at| (at..at + LOOK).contains(&now)) {
            return Ok(looked.held);
        }
        let held = self.clock_doubt().await?.is_some();
        if let Ok(mut looked) = self.looked.lock() {
            *looked = Looked { at: Some(now), held };
        }
        Ok(held)
    }

    /// Tells the administrators, once a day of the doubted clock. True when there is a doubt. `seen` is what [`SEEN`]
    /// says.
    pub(super) async fn alarm_about_clock(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        seen: Option<i64>,
    ) -> Result<bool> {
        let Some(doubt) = doubt(seen, self.now()) else { return Ok(false) };
        let local = |at: DateTime<Utc>| at.with_timezone(&self.policy.zone).format("%Y-%m-%d %H:%M").to_string();
        let args = [("now", local(doubt.now)), ("seen", local(doubt.seen))];
        let key = format!("clock:{}", doubt.now.format("%Y%m%d"));
        // It waits for no morning: the clock that would tell it is what is wrong.
        self.alarm_about(tx, directory, "", Urgency::Emergency, &key, "alarm_clock", &args).await?;
        Ok(true)
    }

    /// The administrator says that the clock is right.
    pub async fn accept_clock(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        clockwork::put_meta(&mut tx, SEEN, &self.now().timestamp().to_string()).await?;
        tx.commit().await?;
        if let Ok(mut looked) = self.looked.lock() {
            *looked = Looked::default();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_and_corrections_are_believed_and_years_are_not() {
        let seen: DateTime<Utc> = "2022-09-22T02:00:00Z".parse().expect("a date");
        let at = |days: i64| doubt(Some(seen.timestamp()), seen + Duration::days(days)).is_some();
        assert_eq!([0, 7, 30, 59, -1].map(at), [false; 5]);
        assert_eq!([61, 400, 3_650, -3, -19_000].map(at), [true; 5]);
        assert_eq!(doubt(None, seen), None, "a new office believes its clock");
    }
}
