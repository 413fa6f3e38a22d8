//! The deadline of a finding: the day, and the many ways in which people write it.
//!
//! The day is settled together with the words, because words such as 三日内 or 月底前 set it. What each form means is stated here from
//! the documentation, not taken from the reader: the truth must not come from what it is to check.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::cell::{Cell, full_width, in_words, numeral};
use super::chance::Chance;
use super::shares;
use crate::core::calendar::Calendar;

/// What a reader must make of a deadline cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Truth {
    Day(NaiveDate),
    /// 长期坚持.
    Ongoing,
    /// Says no day, or could mean several: a person must decide.
    Draft,
}

/// A deadline as written, and what it means.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub cell: Cell,
    pub truth: Truth,
    /// The day by which the status is told; for an unclear cell the one its writer had in mind.
    pub day: NaiveDate,
}

/// Makes deadlines for one day of discovery.
pub(super) struct Writer<'a> {
    pub calendar: &'a Calendar,
    pub clean: bool,
}

impl Writer<'_> {
    /// A deadline for something found on a day, `life` days ahead.
    pub(super) fn write(&self, found: NaiveDate, life: usize, chance: &mut Chance) -> Due {
        let day = found + Days::new(life as u64);
        if self.clean {
            return Due { cell: Cell::Day(day, ISO), truth: Truth::Day(day), day };
        }
        if chance.mille(shares::UNCLEAR_DUE) {
            return Due { cell: unclear(found, day, chance), truth: Truth::Draft, day };
        }
        if life >= 15 && chance.mille(shares::ONGOING_DUE * 10) {
            let words = ["长期坚持", "长期", "持续整改", "常态化"];
            return Due { cell: Cell::text(chance.word(&words)), truth: Truth::Ongoing, day };
        }
        let spoken = match life {
            0 => Some(at_once(found, chance)),
            1..15 => chance.mille(450).then(|| days_ahead(found, life, chance)).flatten(),
            15..45 => chance.mille(300).then(|| weeks_ahead(found, life, chance)),
            _ => None,
        };
        let spoken = spoken.or_else(|| chance.mille(80).then(|| self.end_of_period(found, day, chance)).flatten());
        let (cell, day) = spoken.unwrap_or_else(|| (date(found, day, chance), day));
        Due { cell, truth: Truth::Day(day), day }
    }

    /// A deadline that was moved, the former day still in the cell.
    pub(super) fn extended(&self, found: NaiveDate, day: NaiveDate, to: NaiveDate, chance: &mut Chance) -> Due {
        let text = match chance.below(3) {
            0 => format!("{}（延期至{}）", month_day(day), month_day(to)),
            1 => format!("{}（延期至{}）", full(day), full(to)),
            _ => format!("（延期至{}）", month_day(to)),
        };
        let sure = certain_without_year(found, day) && certain_without_year(found, to);
        let text = if sure { text } else { format!("{}（延期至{}）", full(day), full(to)) };
        Due { cell: Cell::Text(text), truth: Truth::Day(to), day: to }
    }

    /// 月底前, 国庆前: the day comes from the calendar.
    fn end_of_period(&self, found: NaiveDate, day: NaiveDate, chance: &mut Chance) -> Option<(Cell, NaiveDate)> {
        let holiday = self.calendar.holiday("国庆节", found).map(|run| run.first);
        if let Some(first) = holiday.filter(|f| (1..30).contains(&(*f - found).num_days()) && chance.mille(400)) {
            let mut before = first.pred_opt()?;
            while !self.calendar.is_workday(before) {
                before = before.pred_opt()?;
            }
            return (before >= found).then(|| (Cell::text("国庆前"), before));
        }
        let end = month_end(day)?;
        let text = match chance.below(3) {
            0 if (end.year(), end.month()) == (found.year(), found.month()) => "月底前".to_owned(),
            1 => format!("{}月底前", end.month()),
            _ => format!("{}年{}月底", end.year(), end.month()),
        };
        (end.year() == found.year()).then_some((Cell::Text(text), end))
    }
}

/// How spreadsheets show a date.
pub(super) const ISO: &str = "yyyy-mm-dd";
const DATE_FORMATS: [&str; 4] = [ISO, "yyyy/m/d", "yyyy\"年\"m\"月\"d\"日\"", "m\"月\"d\"日\""];

fn at_once(found: NaiveDate, chance: &mut Chance) -> (Cell, NaiveDate) {
    let words = [("立即整改", 55), ("立行立改", 25), ("当场整改", 12), ("立即", 4), ("现场已整改", 4)];
    (Cell::text(chance.weighted(&words)), found)
}

/// 3日内, 五天, 5个工作日.
fn days_ahead(found: NaiveDate, life: usize, chance: &mut Chance) -> Option<(Cell, NaiveDate)> {
    let day = found + Days::new(life as u64);
    let text = match chance.below(5) {
        0 => format!("{life}日内"),
        1 => format!("{}日内", numeral(life)?),
        2 => format!("{life}天"),
        3 if life == 7 => "一周内".to_owned(),
        3 => format!("{life}天内"),
        _ => format!("限{life}日内"),
    };
    Some((Cell::Text(text), day))
}

fn weeks_ahead(found: NaiveDate, life: usize, chance: &mut Chance) -> (Cell, NaiveDate) {
    let after = |days: u64| found + Days::new(days);
    match chance.below(5) {
        0 => (Cell::text("两周内"), after(14)),
        1 => (Cell::text("15天"), after(15)),
        2 => (Cell::text("半个月"), after(15)),
        3 => (Cell::text("一个月内"), found + Months::new(1)),
        _ => (Cell::Text(format!("{life}日内")), after(life as u64)),
    }
}

/// A date in one of its forms, all certain.
pub(super) fn date(found: NaiveDate, day: NaiveDate, chance: &mut Chance) -> Cell {
    let (y, m, d) = (day.year(), day.month(), day.day());
    let form = chance.below(1_000);
    let text = match form {
        0..380 => return Cell::Day(day, chance.word(&DATE_FORMATS)),
        380..420 => return Cell::serial(day),
        420..480 => format!("{y}-{m:02}-{d:02}"),
        480..580 => format!("{y}.{m}.{d}"),
        580..650 => format!("{y}/{m}/{d}"),
        650..720 => full(day),
        720..750 => format!("{y}年{m:02}月{d:02}日"),
        750..765 => format!("{y}年{m}月{d}号"),
        765..775 => format!("{y}{m:02}{d:02}"),
        775..785 => full_width(&full(day)),
        785..795 => in_words(day),
        795..810 => format!("{y}-{m:02}-{d:02} 17:00"),
        _ if !certain_without_year(found, day) => full(day),
        810..900 => format!("{m}月{d}日前"),
        900..950 => month_day(day),
        950..960 => format!("{m}月{d}日17时前"),
        960..970 => format!("{}至{}", month_day(found), month_day(day)),
        // 9.3 may be 9.30 that lost its zero.
        _ if d >= 10 => format!("{m}.{d}"),
        _ => full(day),
    };
    Cell::Text(text)
}

/// Says no day, or several.
fn unclear(found: NaiveDate, day: NaiveDate, chance: &mut Chance) -> Cell {
    let (y, m, d) = (day.year(), day.month(), day.day());
    let text = match chance.below(14) {
        0..4 => return Cell::Empty,
        4 => "待定".to_owned(),
        5 => "尽快".to_owned(),
        6 => "限期整改".to_owned(),
        7 => "节前".to_owned(),
        8 => format!("{}/{m}/{d}", y % 100),
        9 => format!("{y}.{m}"),
        10 => format!("{}左右", month_day(day)),
        11 => format!("{}日", 5 + found.day() % 10),
        12 => format!("{y}.2.30"),
        // Seven days have seven names: the one of the next day is wrong.
        _ => format!("{}（星期{}）", full(day), ["一", "二", "三", "四", "五", "六", "日"][weekday(day.succ_opt())]),
    };
    Cell::Text(text)
}

fn weekday(day: Option<NaiveDate>) -> usize {
    day.map_or(0, |d| d.weekday().num_days_from_monday() as usize)
}

pub(super) fn full(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

pub(super) fn month_day(day: NaiveDate) -> String {
    format!("{}月{}日", day.month(), day.day())
}

/// A month and a day mean the next such day: certain within half a year of the discovery.
fn certain_without_year(found: NaiveDate, day: NaiveDate) -> bool {
    (0..180).contains(&(day - found).num_days())
}

fn month_end(day: NaiveDate) -> Option<NaiveDate> {
    (day.with_day(1)? + Months::new(1)).pred_opt()
}
