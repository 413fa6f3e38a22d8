//! Quiet hours: when a person is not disturbed, and the next instant when he may be.
//!
//! Local wall-clock windows; a window may run over midnight. Emergencies do not ask here.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::deadline::local_to_utc;

/// Windows such as `21:30-07:30`; `from` inclusive, `to` exclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct QuietHours(Vec<(NaiveTime, NaiveTime)>);

/// A window that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours {0:?}: write them as 21:30-07:30")]
pub struct QuietError(String);

impl QuietHours {
    /// Reads `21:30-07:30`, several separated by `,`, `;` or a space.
    pub fn parse(text: &str) -> Result<QuietHours, QuietError> {
        let words = text.split([',', ';', ' ', '，', '；']).filter(|w| !w.is_empty());
        words.map(|w| w.to_owned()).collect::<Vec<_>>().try_into()
    }

    /// Is the local time inside a window?
    pub fn covers(&self, time: NaiveTime) -> bool {
        self.0
            .iter()
            .any(|(from, to)| if from <= to { *from <= time && time < *to } else { time >= *from || time < *to })
    }

    /// `at`, or the end of the window that covers it (windows that touch are passed together).
    pub fn next_allowed(&self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let mut now = at;
        for _ in 0..=self.0.len() {
            let local = now.with_timezone(&zone).naive_local();
            let Some((from, to)) = self.0.iter().find(|(from, to)| {
                let time = local.time();
                if from <= to { *from <= time && time < *to } else { time >= *from || time < *to }
            }) else {
                break;
            };
            let over_midnight = from > to && local.time() >= *from;
            let date = if over_midnight { local.date() + Duration::days(1) } else { local.date() };
            now = local_to_utc(zone, date.and_time(*to)).max(now);
        }
        now
    }
}

impl TryFrom<Vec<String>> for QuietHours {
    type Error = QuietError;

    fn try_from(words: Vec<String>) -> Result<QuietHours, QuietError> {
        let time = |t: &str| NaiveTime::parse_from_str(t.trim(), "%H:%M").ok();
        words
            .iter()
            .map(|w| {
                let (from, to) = w.split_once(['-', '–', '~']).ok_or_else(|| QuietError(w.clone()))?;
                time(from).zip(time(to)).ok_or_else(|| QuietError(w.clone()))
            })
            .collect::<Result<_, _>>()
            .map(QuietHours)
    }
}

impl From<QuietHours> for Vec<String> {
    fn from(hours: QuietHours) -> Vec<String> {
        hours.0.iter().map(|(from, to)| format!("{}-{}", from.format("%H:%M"), to.format("%H:%M"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn night_ends_next_morning() {
        let quiet = QuietHours::parse("21:30-07:30,12:00-14:00").expect("test data");
        let zone = chrono_tz::Asia::Shanghai;
        let at = |t: &str| t.parse::<DateTime<Utc>>().expect("test data");
        // 22:00 in Shanghai is 14:00 UTC
        assert_eq!(quiet.next_allowed(at("2022-09-27T14:00:00Z"), zone), at("2022-09-27T23:30:00Z"));
        assert_eq!(quiet.next_allowed(at("2022-09-27T04:30:00Z"), zone), at("2022-09-27T06:00:00Z"));
        assert_eq!(quiet.next_allowed(at("2022-09-27T01:00:00Z"), zone), at("2022-09-27T01:00:00Z"));
    }
}
