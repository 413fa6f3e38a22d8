//! Arithmetic for deadline cells: completing years, ends of periods, weekdays, holidays, spans.
//!
//! Knows the day of discovery and the calendar, nothing of spelling. Used by the written forms.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::{DueContext, Span};
use dutybell_core::reply::DayView;

/// Statutory holidays in the order of the year: the calendar's name, a shorter one, and the fixed day
/// where the solar calendar fixes it (State Council rules on public holidays).
pub(super) const HOLIDAYS: [(&str, &str, Option<MonthDay>); 7] = [
    ("元旦", "元旦", Some((1, 1))),
    ("春节", "春节", None),
    ("清明节", "清明", None),
    ("劳动节", "劳动", Some((5, 1))),
    ("端午节", "端午", None),
    ("中秋节", "中秋", None),
    ("国庆节", "国庆", Some((10, 1))),
];

/// A month and a day of it.
type MonthDay = (u32, u32);

/// The first and the last day of a run of rest days.
pub(super) type Rest = (NaiveDate, NaiveDate);

/// How far ahead a month and day without a year may roll into the next year without a question.
const ROLL_DAYS: i64 = 183;

/// What a point in time is worth, as one form understood it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading {
    Day(NaiveDate),
    At(chrono::NaiveDateTime),
    End(NaiveDate),
    Span(Span),
    /// Readable in more than one way, or in one way that needs a yes.
    Doubt {
        reason: String,
        candidates: Vec<NaiveDate>,
        /// Text for the value column where dates alone do not say enough.
        value: Option<String>,
    },
    /// Looks like a date and is none.
    Bad(String),
}

/// A doubt with its candidates in the order given, doubles removed.
pub(super) fn doubt(reason: impl Into<String>, candidates: &[NaiveDate]) -> Reading {
    let mut unique: Vec<NaiveDate> = Vec::new();
    for d in candidates {
        if !unique.contains(d) {
            unique.push(*d);
        }
    }
    Reading::Doubt { reason: reason.into(), candidates: unique, value: None }
}

/// The days that a reading could mean.
pub(super) fn days_of(reading: &Reading, desk: &Desk<'_>) -> Vec<NaiveDate> {
    match reading {
        Reading::Day(d) | Reading::End(d) => vec![*d],
        Reading::At(t) => vec![t.date()],
        Reading::Span(span) => desk.reach(desk.found, *span).into_iter().collect(),
        Reading::Doubt { candidates, .. } => candidates.clone(),
        Reading::Bad(_) => Vec::new(),
    }
}

/// The reference day, the calendar and the direction in which years are completed.
pub(super) struct Desk<'a> {
    pub found: NaiveDate,
    pub date1904: bool,
    pub days: &'a dyn DayView,
    past: bool,
}

impl<'a> Desk<'a> {
    pub(super) fn deadline(ctx: &DueContext<'a>) -> Self {
        Self { found: ctx.found_on, date1904: ctx.date1904, days: ctx.days, past: false }
    }

    pub(super) fn bygone(ctx: &DueContext<'a>) -> Self {
        Self { past: true, ..Self::deadline(ctx) }
    }

    /// True when dates of the past are read.
    pub(super) fn past(&self) -> bool {
        self.past
    }

    /// A date with its year written. Years that cannot belong to this discovery are refused.
    pub(super) fn full(&self, year: i32, month: u32, day: u32) -> Reading {
        match NaiveDate::from_ymd_opt(year, month, day) {
            None => Reading::Bad(format!("{year}-{month}-{day} is not in the calendar")),
            Some(d) if !self.plausible(d) => Reading::Bad(format!("the year {year} is out of range for this item")),
            Some(d) => Reading::Day(d),
        }
    }

    /// Within ten years after the discovery (of the past: twenty before), at most thirteen months on
    /// the wrong side of it.
    pub(super) fn plausible(&self, d: NaiveDate) -> bool {
        let ahead = (d - self.found).num_days();
        if self.past { (-7310..=400).contains(&ahead) } else { (-400..=3660).contains(&ahead) }
    }

    /// Within thirteen months before and three years after: for forms that could be read otherwise.
    pub(super) fn near(&self, d: NaiveDate) -> bool {
        if self.past {
            return self.plausible(d);
        }
        (-400..=1100).contains(&(d - self.found).num_days())
    }

    /// Completes a month and day with the year.
    pub(super) fn month_day(&self, month: u32, day: u32) -> Reading {
        let of = |year| NaiveDate::from_ymd_opt(year, month, day);
        self.choose_year(of, Reading::Day).unwrap_or_else(|| Reading::Bad(format!("month {month} has no day {day}")))
    }

    /// Completes the end of a period with the year.
    pub(super) fn end_without_year(&self, of: impl Fn(i32) -> Option<NaiveDate>) -> Reading {
        self.choose_year(of, Reading::End).unwrap_or_else(|| Reading::Bad("no such month".to_owned()))
    }

    fn choose_year(
        &self,
        of: impl Fn(i32) -> Option<NaiveDate>,
        certain: impl Fn(NaiveDate) -> Reading,
    ) -> Option<Reading> {
        let year = self.found.year();
        if self.past {
            let latest = of(year).filter(|d| *d <= self.found).or_else(|| of(year - 1));
            return latest.map(certain).or_else(|| of(year).map(|d| doubt("this day is still to come", &[d])));
        }
        let (this, next) = (of(year), of(year + 1));
        if let Some(d) = self.coming(this, next) {
            return Some(certain(d));
        }
        match (this, next) {
            (Some(this), Some(next)) => {
                Some(doubt("this day has passed this year: is next year meant?", &[this, next]))
            }
            (this, next) => this.or(next).map(|d| doubt("the year is not certain", &[d])),
        }
    }

    /// 15号: this month, or the next one when it has passed.
    pub(super) fn day_of_month(&self, day: u32, month_of: Option<NaiveDate>) -> Option<Reading> {
        if let Some(first) = month_of {
            return first.with_day(day).map(Reading::Day);
        }
        match self.found.with_day(day) {
            Some(d) if d >= self.found || self.past => Some(Reading::Day(d)),
            _ => shift_month(self.found, 1)?.with_day(day).map(Reading::Day),
        }
    }

    /// The weekday (0 = Monday) of the week `weeks` after this one; weeks begin on Monday.
    pub(super) fn weekday(&self, weeks: u64, weekday: u64) -> Option<NaiveDate> {
        let back = u64::from(self.found.weekday().num_days_from_monday());
        self.found.checked_sub_days(Days::new(back))?.checked_add_days(Days::new(weeks * 7 + weekday))
    }

    /// The day reached by a span counted from the discovery; `None` beyond the calendar.
    pub(super) fn reach(&self, from: NaiveDate, span: Span) -> Option<NaiveDate> {
        match span {
            Span::Days(n) => from.checked_add_days(Days::new(u64::try_from(n).ok()?)),
            Span::Months(n) => from.checked_add_months(Months::new(u32::try_from(n).ok()?)),
            Span::Workdays(n) => {
                if !(0..=1000).contains(&n) {
                    return None;
                }
                let mut day = from;
                let mut left = n;
                // A calendar without working days must not keep us here for ever.
                for _ in 0..(n * 3 + 60) {
                    if left == 0 {
                        return Some(day);
                    }
                    day = day.succ_opt()?;
                    left -= i64::from(self.days.is_workday(day));
                }
                None
            }
        }
    }

    /// The rest days of a holiday in a year, that is with their last day in it; asks the calendar under both names, then
    /// the law where it fixes the day.
    pub(super) fn holiday_in(&self, name: &str, year: i32) -> Option<Rest> {
        let (long, short, fixed) = HOLIDAYS.iter().find(|(_, short, _)| *short == name)?;
        // Rest days for New Year's Day may begin in December.
        let mut from = NaiveDate::from_ymd_opt(year - 1, 12, 20)?;
        while let Some((first, last)) = self.days.holiday(long, from).or_else(|| self.days.holiday(short, from)) {
            if last.year() == year {
                return Some((first, last));
            }
            if last.year() > year || last < from {
                break;
            }
            from = last.succ_opt()?;
        }
        let day = fixed.and_then(|(month, day)| NaiveDate::from_ymd_opt(year, month, day))?;
        Some((day, day))
    }

    /// The rest days of the next holiday of that name that begin on a day or after it.
    pub(super) fn holiday_next(&self, name: &str, from: NaiveDate) -> Option<Rest> {
        let years = [from.year(), from.year() + 1];
        years.into_iter().filter_map(|year| self.holiday_in(name, year)).find(|(first, _)| *first >= from)
    }

    /// At most half a year before the discovery.
    pub(super) fn lately(&self, d: NaiveDate) -> bool {
        (self.found - d).num_days() <= ROLL_DAYS
    }

    /// Of this year's day and next year's the one that a writer who gives no year means; `None` when it must be asked.
    pub(super) fn coming(&self, this: Option<NaiveDate>, next: Option<NaiveDate>) -> Option<NaiveDate> {
        if self.past {
            return None;
        }
        let soon = |d: &NaiveDate| (*d - self.found).num_days() <= ROLL_DAYS;
        this.filter(|d| *d >= self.found).or_else(|| next.filter(soon))
    }

    /// The last working day before a day.
    pub(super) fn workday_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut d = day.pred_opt()?;
        for _ in 0..30 {
            if self.days.is_workday(d) {
                return Some(d);
            }
            d = d.pred_opt()?;
        }
        None
    }

    /// The first working day after a day.
    pub(super) fn workday_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        self.reach(day, Span::Workdays(1))
    }
}

/// The first day of the month `by` months away.
pub(super) fn shift_month(d: NaiveDate, by: i32) -> Option<NaiveDate> {
    let first = d.with_day(1)?;
    let months = Months::new(by.unsigned_abs());
    if by < 0 { first.checked_sub_months(months) } else { first.checked_add_months(months) }
}

/// The last day of a month.
pub(super) fn month_end(year: i32, month: u32) -> Option<NaiveDate> {
    shift_month(NaiveDate::from_ymd_opt(year, month, 1)?, 1)?.pred_opt()
}

/// The last day of a quarter (1 to 4).
pub(super) fn quarter_end(year: i32, quarter: u32) -> Option<NaiveDate> {
    month_end(year, quarter.checked_mul(3)?)
}

/// Monday = 0 for the characters of 周一 to 周日 and for mon to sun.
pub(super) fn weekday_number(word: &str) -> Option<u64> {
    Some(match word {
        "一" | "1" | "mon" => 0,
        "二" | "2" | "tue" => 1,
        "三" | "3" | "wed" => 2,
        "四" | "4" | "thu" => 3,
        "五" | "5" | "fri" => 4,
        "六" | "6" | "sat" => 5,
        "日" | "天" | "7" | "sun" => 6,
        _ => return None,
    })
}

/// True when the date falls on the weekday counted from Monday = 0.
pub(super) fn falls_on(d: NaiveDate, weekday: u64) -> bool {
    u64::from(Weekday::num_days_from_monday(&d.weekday())) == weekday
}

/// The end of a period, if such a year can be meant.
pub(super) fn checked_end(end: Option<NaiveDate>, desk: &Desk<'_>) -> Reading {
    match end {
        Some(d) if desk.plausible(d) => Reading::End(d),
        Some(d) => Reading::Bad(format!("the year {} is out of range for this item", d.year())),
        None => Reading::Bad("not in the calendar".to_owned()),
    }
}
