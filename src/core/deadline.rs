//! From what an assignment says ("within 3 working days") to the instant it is overdue.
//!
//! Knows local office hours, time zones with daylight saving, and the organisation's calendar.
//! Does not know who is reminded or when (see the plan), repeating duties (see the cron rules),
//! nor the present time: the start instant is an argument. Two rules hold everywhere: a date
//! without a time ends with the local working day, and there is no grace period.
//! Called by the items, the plan, the message texts and the importers.

mod span;

use chrono::{DateTime, Datelike, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
pub use span::{Span, SpanError};

/// When an office opens unless told otherwise, 09:00.
pub const DAY_START: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).unwrap(); // checked at compile time
/// When an office closes unless told otherwise, 17:30.
pub const DAY_END: NaiveTime = NaiveTime::from_hms_opt(17, 30, 0).unwrap(); // checked at compile time
/// Last second of a calendar day.
const MIDNIGHT_BEFORE: NaiveTime = NaiveTime::from_hms_opt(23, 59, 59).unwrap(); // checked at compile time

/// What a deadline is. Stored as JSON: `{"kind":"within","value":"3wd"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Due {
    /// An exact instant.
    At(DateTime<Utc>),
    /// The end of the working day on that local date, also when it is a rest day: a date that
    /// somebody wrote is not moved.
    On(NaiveDate),
    /// A distance from the start instant. Hours and minutes run on the clock; longer spans end
    /// with the working day of the resulting date.
    Within(Span),
    /// 立行立改: by the end of the day on which it was given.
    Immediate,
    /// By the last working day of the current week, month and so on.
    EndOf(Period),
    /// A standing duty without a cut-off.
    Ongoing,
}

/// A calendar period in the office's zone; weeks start on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A calendar day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// January to March, and so on.
    Quarter,
    /// January to June, July to December.
    HalfYear,
    /// January to December.
    Year,
}

impl Period {
    /// Last calendar day of the period that contains `d`.
    pub fn last_day(self, d: NaiveDate) -> NaiveDate {
        let months = match self {
            Period::Day => return d,
            Period::Week => return d.week(chrono::Weekday::Mon).checked_last_day().unwrap_or(d),
            Period::Month => 1,
            Period::Quarter => 3,
            Period::HalfYear => 6,
            Period::Year => 12,
        };
        let first_of_next =
            d.with_day(1).and_then(|first| first.checked_add_months(Months::new(months - d.month0() % months)));
        first_of_next.and_then(|next| next.pred_opt()).unwrap_or(d)
    }
}

/// Where and when an organisation works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Office<'a> {
    /// Its working days.
    pub calendar: &'a Calendar,
    /// Its time zone.
    pub zone: Tz,
    /// Local closing time; a date without a time is overdue after it.
    pub day_end: NaiveTime,
    /// Local opening time.
    pub day_start: NaiveTime,
}

impl<'a> Office<'a> {
    /// An office open from 09:00 to 17:30.
    pub fn new(calendar: &'a Calendar, zone: Tz) -> Office<'a> {
        Office { calendar, zone, day_end: DAY_END, day_start: DAY_START }
    }

    /// `instant` itself inside office hours, else the next opening: what is sent at night or on a rest
    /// day is read in the morning, and periods for an answer count from there.
    pub fn opens_at(&self, instant: DateTime<Utc>) -> DateTime<Utc> {
        let local = self.local(instant);
        let (date, time) = (local.date(), local.time());
        if self.calendar.is_workday(date) && time < self.day_end {
            return instant.max(local_to_utc(self.zone, date.and_time(self.day_start)));
        }
        let next = self.calendar.add_workdays(date, 1);
        local_to_utc(self.zone, next.and_time(self.day_start))
    }

    /// The local date at `instant`.
    pub fn date(&self, instant: DateTime<Utc>) -> NaiveDate {
        self.local(instant).date()
    }

    /// The local wall time at `instant`.
    pub fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        // Clamped, because the offset could carry the last representable instants over the edge.
        instant.clamp(earliest(), latest()).with_timezone(&self.zone).naive_local()
    }

    /// Opening time on the local date `d`.
    pub fn start_of(&self, d: NaiveDate) -> DateTime<Utc> {
        local_to_utc(self.zone, d.and_time(self.day_start))
    }

    /// Closing time on the local date `d`.
    pub fn end_of(&self, d: NaiveDate) -> DateTime<Utc> {
        local_to_utc(self.zone, d.and_time(self.day_end))
    }

    fn last_second_of(&self, d: NaiveDate) -> DateTime<Utc> {
        local_to_utc(self.zone, d.and_time(MIDNIGHT_BEFORE))
    }
}

/// The instant after which an item is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutoff {
    /// Last instant at which the item is in time.
    pub at: DateTime<Utc>,
    /// The instant depends on a year whose calendar has not been published, and may move when
    /// it is. Fixed instants and dates are never provisional.
    pub provisional: bool,
}

impl Due {
    /// The instant after which the item is overdue, for an item given at `start`; `None` for
    /// [`Due::Ongoing`].
    ///
    /// Working days are counted by local date and the day of `start` is not counted, whatever
    /// its hour.
    pub fn cutoff(&self, start: DateTime<Utc>, office: &Office) -> Option<Cutoff> {
        let fixed = |at| Some(Cutoff { at, provisional: false });
        match *self {
            Due::Ongoing => None,
            Due::At(at) => fixed(at),
            Due::On(date) => fixed(office.end_of(date)),
            Due::Within(span @ (Span::Hours(_) | Span::Minutes(_))) => fixed(span.after(start, office)),
            Due::Within(span @ Span::Workdays(_)) => {
                let (from, to) = (office.date(start), span.after_date(office.date(start), office));
                Some(Cutoff { at: office.end_of(to), provisional: counts_unpublished(office.calendar, from, to) })
            }
            Due::Within(span) => fixed(office.end_of(span.after_date(office.date(start), office))),
            Due::Immediate => Some(end_of(Period::Day, start, office)),
            Due::EndOf(period) => Some(end_of(period, start, office)),
        }
    }
}

/// Whether counting from `from` (not counted) to `to` (counted) touches an unpublished year.
fn counts_unpublished(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> bool {
    if from == to {
        return false;
    }
    let after = if to > from { from.succ_opt() } else { from.pred_opt() };
    calendar.is_provisional(to) || after.is_some_and(|d| calendar.is_provisional(d))
}

/// Closing time of the period's last working day. When that has passed (an order given on a
/// Saturday, or in the evening), the last second of the period: it is still "within the week".
fn end_of(period: Period, start: DateTime<Utc>, office: &Office) -> Cutoff {
    let today = office.date(start);
    let last = period.last_day(today);
    let workday = office.calendar.workday_on_or_before(last);
    let close = office.end_of(workday);
    let at = if workday >= today && close > start { close } else { office.last_second_of(last) };
    Cutoff { at, provisional: office.calendar.is_provisional(last) }
}

impl Span {
    /// The instant this far after `start`. Hours and minutes run on the clock; days and working
    /// days keep the local wall time; months keep it too and clamp to the month's last day.
    pub fn after(self, start: DateTime<Utc>, office: &Office) -> DateTime<Utc> {
        let clock = |delta: Option<TimeDelta>| {
            let edge = if self.is_negative() { earliest() } else { latest() };
            let moved = delta.and_then(|d| start.checked_add_signed(d));
            moved.unwrap_or(edge).clamp(earliest(), latest())
        };
        match self {
            Span::Minutes(n) => clock(TimeDelta::try_minutes(n)),
            Span::Hours(n) => clock(TimeDelta::try_hours(n)),
            // Going through the local time would pick the first of two equal wall times.
            _ if self.is_zero() => start,
            Span::Days(_) | Span::Workdays(_) | Span::Months(_) => {
                let local = office.local(start);
                let date = self.after_date(local.date(), office);
                local_to_utc(office.zone, date.and_time(local.time()))
            }
        }
    }

    /// The instant this far before `start`; the rules are those of [`Span::after`].
    pub fn before(self, start: DateTime<Utc>, office: &Office) -> DateTime<Utc> {
        self.negated().after(start, office)
    }

    /// The date this far after `from`; hours and minutes do not move a date.
    pub fn after_date(self, from: NaiveDate, office: &Office) -> NaiveDate {
        let edge = if self.is_negative() { earliest() } else { latest() };
        let moved = match self {
            Span::Minutes(_) | Span::Hours(_) => Some(from),
            Span::Days(n) => TimeDelta::try_days(n).and_then(|d| from.checked_add_signed(d)),
            Span::Workdays(n) => Some(office.calendar.add_workdays(from, n)),
            Span::Months(n) => u32::try_from(n.unsigned_abs())
                .ok()
                .map(Months::new)
                .and_then(|m| if n < 0 { from.checked_sub_months(m) } else { from.checked_add_months(m) }),
        };
        let date = moved.unwrap_or(edge.date_naive());
        date.clamp(earliest().date_naive(), latest().date_naive())
    }
}

/// The instant of a local wall time. In the gap of a clock going forward it is the end of the
/// gap; of the two instants when the clock goes back it is the first.
pub fn local_to_utc(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at.with_timezone(&Utc),
        LocalResult::Ambiguous(first, _) => first.with_timezone(&Utc),
        LocalResult::None => GapInfo::new(&local, &zone)
            .and_then(|gap| gap.end)
            // No zone has a gap without an end; if one had, the wall time in UTC is the
            // nearest instant that can be named.
            .map_or_else(|| local.and_utc(), |end| end.with_timezone(&Utc)),
    }
}

/// First instant that date arithmetic returns.
fn earliest() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(1, 1, 2).unwrap_or(NaiveDate::MIN).and_time(NaiveTime::MIN).and_utc()
}

/// Last instant that date arithmetic returns.
fn latest() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(9999, 12, 30).unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN).and_utc()
}
