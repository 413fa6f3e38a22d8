//! How many messages of one account are dealt with in a minute. What is above that is put off, never dropped.
//!
//! Two minutes are looked at: the one in which the messages were written, by the platform's date, and the one in which
//! we deal with them. What was written over an hour and fetched at once after a downtime is no flood; and a flood that
//! is an hour old is dealt with no faster than one of now.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Longest time by which a message is put off at once.
pub const MINUTE: Duration = Duration::minutes(1);

/// What one account has had of its allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Begin of a minute by the platform's date, and messages written in it that were dealt with.
    written_from: DateTime<Utc>,
    written: u32,
    /// Begin of a minute of ours, and messages dealt with in it.
    handled_from: DateTime<Utc>,
    handled: u32,
    /// Everything from this account waits until then.
    until: DateTime<Utc>,
}

/// When it is a message's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Now,
    /// Not before then.
    At(DateTime<Utc>),
}

impl Allowance {
    /// Takes one message, written at an instant, off an allowance of `most` a minute.
    pub fn take(&mut self, written: DateTime<Utc>, now: DateTime<Utc>, most: u32) -> Turn {
        let is_over = |from: DateTime<Utc>, at: DateTime<Utc>| (at - from).abs() >= MINUTE;
        if is_over(self.written_from, written) {
            (self.written_from, self.written) = (written, 0);
        }
        if is_over(self.handled_from, now) {
            (self.handled_from, self.handled) = (now, 0);
        }
        if self.written >= most && self.handled >= most {
            self.until = self.handled_from + MINUTE;
            return Turn::At(self.until);
        }
        self.written += 1;
        self.handled += 1;
        Turn::Now
    }

    /// Until when what comes in from the account must wait behind what waits already.
    pub fn waits_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Further away than a minute it was said before the clock was set back.
        Some(self.until).filter(|until| *until > now && *until <= now + MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these can be dealt with at once, at `now`.
    fn at_once(allowance: &mut Allowance, written: impl IntoIterator<Item = i64>, now: i64) -> usize {
        let at = |seconds| DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds);
        written.into_iter().take_while(|written| allowance.take(at(*written), at(now), 30) == Turn::Now).count()
    }

    #[test]
    fn thirty_of_one_minute_and_the_rest_in_the_next() {
        let mut allowance = Allowance::default();
        assert_eq!(at_once(&mut allowance, 0..40, 40), 30);
        assert_eq!(at_once(&mut allowance, 30..40, 41), 0);
        assert_eq!(at_once(&mut allowance, 30..40, 100), 10);
    }

    #[test]
    fn an_hour_fetched_at_once_is_no_flood_and_an_old_flood_is_one() {
        let mut allowance = Allowance::default();
        assert_eq!(at_once(&mut allowance, (0..72).map(|n| n * 50), 3_600), 72);
        let mut allowance = Allowance::default();
        assert_eq!(at_once(&mut allowance, (0..72).map(|n| n / 2), 3_600), 30);
    }

    #[test]
    fn a_clock_set_back_makes_nobody_wait_for_long() {
        let mut allowance = Allowance::default();
        assert_eq!(at_once(&mut allowance, 0..40, 40), 30);
        assert_eq!(at_once(&mut allowance, std::iter::repeat_n(-7_200, 5), -7_200), 5);
        assert_eq!(allowance.waits_until(DateTime::UNIX_EPOCH), None);
    }
}
