//! Is the clock to be believed? One that is months ahead of when a gateway last looked at it, or days behind, is
//! more likely wrong than right (an empty battery, a typing error), and by it everything would be overdue. Where no
//! gateway has looked yet, the newest stored event says what the time was; and no clock is right that says a time
//! before the program existed.
//!
//! Until it is right again, or the administrator accepts it, nothing is planned, no schedule fires, no source is
//! read and routine messages wait. What is urgent goes on; so do answers, unless the clock is behind: then they are kept
//! until it is right. After a long pause that really was one,
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
/// The newest calendar in the program was published then (4 November 2025): no machine that runs it has an earlier
/// time. Late enough to find the clocks that begin anew at 1970, 2000 or 2020.
const EXISTS_SINCE: i64 = 1_762_214_400;
/// Between two looks at the mark, while the clock runs on evenly.
const LOOK: Duration = Duration::seconds(10);

/// What was found at the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looked {
    at: Option<DateTime<Utc>>,
    doubt: Option<Doubt>,
}

/// Why a clock is not believed: the last time known to be right, and what it says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub seen: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

/// The earliest time that a machine's own clock may say.
pub(super) fn earliest() -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(EXISTS_SINCE, 0)
}

/// What is known of the time, apart from the clock.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// When a gateway last looked at a clock that it believed, or the administrator accepted one.
    seen: Option<DateTime<Utc>>,
    /// Of the newest stored event; counts while nobody has looked yet.
    event: Option<DateTime<Utc>>,
    /// See [`earliest`]; an accepted clock may be before it.
    earliest: Option<DateTime<Utc>>,
}

fn doubt(known: Known, now: DateTime<Utc>) -> Option<Doubt> {
    let Known { seen, event, earliest } = known;
    if let Some(earliest) = earliest.filter(|earliest| now < *earliest && seen.is_none_or(|seen| seen >= *earliest)) {
        return Some(Doubt { seen: seen.or(event).unwrap_or(earliest), now });
    }
    let seen = seen.or(event)?;
    (now > seen + AHEAD || now < seen - BEHIND).then_some(Doubt { seen, now })
}

impl Gateway {
    /// Why the clock is not believed, if it is not.
    pub async fn clock_doubt(&self) -> Result<Option<Doubt>> {
        let seen = self.store.meta(SEEN).await?.and_then(|t| t.parse().ok());
        Ok(doubt(self.known(seen).await?, self.now()))
    }

    async fn known(&self, seen: Option<i64>) -> Result<Known> {
        let seen = seen.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let event = if seen.is_none() { self.store.newest_event_at().await? } else { None };
        Ok(Known { seen, event, earliest: self.earliest })
    }

    /// Does routine wait for a clock that can be believed?
    pub(super) async fn clock_holds(&self) -> Result<bool> {
        Ok(self.looked_doubt().await?.is_some())
    }

    /// The last time known to be right, where the clock is behind it: by such a clock nobody holds a post yet and no
    /// day that somebody names is the right one.
    pub(super) async fn clock_is_behind(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.looked_doubt().await?.filter(|doubt| doubt.now < doubt.seen).map(|doubt| doubt.seen))
    }

    async fn looked_doubt(&self) -> Result<Option<Doubt>> {
        let now = self.now();
        let looked = self.looked.lock().map(|l| *l).unwrap_or_default();
        if looked.at.is_some_and(|at| (at..at + LOOK).contains(&now)) {
            return Ok(looked.doubt);
        }
        let doubt = self.clock_doubt().await?;
        if let Ok(mut looked) = self.looked.lock() {
            *looked = Looked { at: Some(now), doubt };
        }
        Ok(doubt)
    }

    /// Tells the administrators, once a day of the doubted clock. True when there is a doubt. `seen` is what [`SEEN`]
    /// says.
    pub(super) async fn alarm_about_clock(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        seen: Option<i64>,
    ) -> Result<bool> {
        let Some(doubt) = doubt(self.known(seen).await?, self.now()) else { return Ok(false) };
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

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("a date")
    }

    #[test]
    fn holidays_and_corrections_are_believed_and_years_are_not() {
        let seen = instant("2022-09-22T02:00:00Z");
        let known = Known { seen: Some(seen), ..Known::default() };
        let at = |days: i64| doubt(known, seen + Duration::days(days)).is_some();
        assert_eq!([0, 7, 30, 59, -1].map(at), [false; 5]);
        assert_eq!([61, 400, 3_650, -3, -19_000].map(at), [true; 5]);
        assert_eq!(doubt(Known::default(), seen), None, "a new office believes its clock");
    }

    #[test]
    fn before_a_gateway_has_looked_the_newest_event_says_what_the_time_was() {
        let event = instant("2026-03-02T02:00:00Z");
        let known = Known { event: Some(event), ..Known::default() };
        let at = |days: i64| doubt(known, event + Duration::days(days)).is_some();
        assert_eq!([0, 30, -1].map(at), [false; 3]);
        assert_eq!([70, 4_000, -3].map(at), [true; 3]);
        // Once one has, or the administrator has spoken, events of a wrong clock count no more.
        let accepted = Known { seen: Some(event - Duration::days(500)), ..known };
        assert_eq!(doubt(accepted, event - Duration::days(499)), None);
    }

    #[test]
    fn no_clock_is_right_that_says_a_time_before_the_program_unless_it_was_accepted() {
        let known = Known { earliest: earliest(), ..Known::default() };
        for early in ["1970-01-01T00:05:00Z", "2000-01-01T00:00:00Z", "2025-11-03T23:00:00Z"] {
            assert!(doubt(known, instant(early)).is_some(), "{early}");
        }
        assert_eq!(doubt(known, instant("2025-11-04T00:00:00Z")), None);
        let accepted = Known { seen: Some(instant("2020-01-01T00:00:00Z")), ..known };
        assert_eq!(doubt(accepted, instant("2020-01-02T00:00:00Z")), None);
    }
}
