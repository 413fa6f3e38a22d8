//! One finding: what was found where and when, by when it must be fixed, by whom, and how far that is.

use std::collections::HashSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::chance::{Chance, Zipf};
use super::due::{Due, Truth, Writer};
use super::industry::{FIREWORKS, INDUSTRIES};
use super::office::{County, Person};
use super::plan::CountyPlan;
use super::shares;
use crate::core::calendar::Calendar;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    General,
    /// 较大: a local grade.
    Larger,
    Major,
    /// A major one under listed supervision.
    Listed,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    NotDone,
    UnderWay,
    Done,
    Verified,
}

/// A finding, as its writer knows it.
#[derive(Clone)]
pub(super) struct Finding<'a> {
    /// Position of the township in the county.
    pub town: usize,
    pub unit: String,
    pub industry: usize,
    pub place: String,
    pub problem: String,
    pub measures: String,
    pub grade: Grade,
    pub found: NaiveDate,
    pub hour: (u32, u32),
    pub due: Due,
    pub progress: Progress,
    pub done_on: Option<NaiveDate>,
    /// Who must fix it; the first one leads.
    pub responsible: Vec<&'a Person>,
    pub leader: Option<&'a Person>,
    pub verifier: &'a Person,
    /// Position of the supervising department, where one is named.
    pub department: usize,
    pub supervised: bool,
}

/// Makes the findings of one county.
pub(super) struct Source<'a> {
    county: &'a County,
    chance: Chance,
    writer: Writer<'a>,
    on: NaiveDate,
    /// Industries with their weight here.
    industries: Vec<(usize, u32)>,
    enterprises: Vec<Zipf>,
    days: Vec<(NaiveDate, u32)>,
    known: HashSet<(String, String, String, NaiveDate)>,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        county: &'a County,
        plan: &CountyPlan,
        writer: Writer<'a>,
        seed: u64,
        on: NaiveDate,
    ) -> Source<'a> {
        let weight = |(i, share): (usize, u32)| {
            let more = if i == FIREWORKS { plan.fireworks } else { 1_000 };
            (i, share * more)
        };
        Source {
            county,
            chance: Chance::of(seed, "findings", plan.number as u64),
            on,
            industries: INDUSTRIES.iter().map(|i| i.share).enumerate().map(weight).collect(),
            enterprises: county.enterprises.iter().map(|list| Zipf::new(list.len(), shares::ZIPF)).collect(),
            days: days(on, writer.calendar),
            known: HashSet::new(),
            writer,
        }
    }

    /// The next finding. No two are alike in unit, place, text and date: that would be the same hazard.
    pub(super) fn next(&mut self) -> Finding<'a> {
        let county: &'a County = self.county;
        let chance = &mut self.chance;
        let industry = chance.weighted(&self.industries);
        let words = &INDUSTRIES[industry];
        let enterprise = &county.enterprises[industry][self.enterprises[industry].draw(chance)];
        let found = chance.weighted(&self.days);
        let (problem, measures) = problem(industry, chance, self.writer.clean);
        let spot = chance.word(words.spots);
        let mut number = chance.between(1, 9);
        let mut place = numbered(spot, number);
        let mut key = (enterprise.name.clone(), place.clone(), problem.clone(), found);
        while !self.known.insert(key.clone()) {
            number += chance.between(1, 40);
            // Spots without a number of their own get one behind.
            place = if spot.starts_with('号') { numbered(spot, number) } else { format!("{spot}{number}区") };
            key.1.clone_from(&place);
        }
        let grade = grade(chance, self.writer.clean);
        let (first, last) = match grade {
            // Nobody fixes a major hazard on the spot.
            Grade::Major | Grade::Listed => (15, 90),
            _ => chance.weighted(&shares::LIFE),
        };
        let mut due = self.writer.write(found, chance.between(first, last), chance);
        let (progress, done_on) = self.progress(found, &mut due);
        let chance = &mut self.chance;
        let town = &county.towns[enterprise.town];
        let mut responsible = vec![chance.pick(&town.staff)];
        if chance.mille(shares::SECOND_PERSON) {
            let second = chance.pick(&town.staff);
            responsible.extend(Some(second).filter(|s| s.name != responsible[0].name));
        }
        let leader = if matches!(grade, Grade::Major | Grade::Listed) { &county.deputy } else { &town.deputy };
        Finding {
            town: enterprise.town,
            unit: enterprise.name.clone(),
            industry,
            place,
            problem,
            measures,
            grade,
            found,
            hour: chance.weighted(&shares::HOURS),
            due,
            progress,
            done_on,
            responsible,
            leader: chance.mille(shares::LEADER).then_some(leader),
            verifier: &county.verifiers[words.department],
            department: words.department,
            supervised: chance.mille(shares::DEPARTMENT),
        }
    }

    /// How far the work is on the day the ledger is written; an extension moves the deadline.
    fn progress(&mut self, found: NaiveDate, due: &mut Due) -> (Progress, Option<NaiveDate>) {
        let chance = &mut self.chance;
        let done = |chance: &mut Chance, last: NaiveDate| {
            let ahead = usize::try_from((last - found).num_days()).unwrap_or(0);
            let day = found + Days::new(chance.between(0, ahead) as u64);
            let word = if chance.mille(shares::VERIFIED) { Progress::Verified } else { Progress::Done };
            (word, Some(day))
        };
        if due.truth == Truth::Ongoing {
            return (Progress::UnderWay, None);
        }
        if due.day >= self.on {
            return match chance.below(1_000) as u32 {
                n if n < shares::DONE_EARLY => done(chance, self.on),
                n if n < shares::DONE_EARLY + shares::UNDER_WAY => (Progress::UnderWay, None),
                _ => (Progress::NotDone, None),
            };
        }
        match chance.below(1_000) as u32 {
            n if n < shares::OVERDUE => (if chance.mille(500) { Progress::UnderWay } else { Progress::NotDone }, None),
            n if n < shares::OVERDUE + shares::EXTENDED => {
                let to = self.on + Days::new(chance.between(5, 30) as u64);
                let said = !self.writer.clean && chance.mille(shares::EXTENDED_IN_CELL);
                if said && matches!(due.truth, Truth::Day(_)) {
                    *due = self.writer.extended(found, due.day, to, chance);
                }
                (Progress::UnderWay, None)
            }
            _ => done(chance, due.day.max(found)),
        }
    }
}

/// Text and measures; sometimes several problems in one cell.
fn problem(industry: usize, chance: &mut Chance, clean: bool) -> (String, String) {
    let hazards = INDUSTRIES[industry].hazards;
    let (problem, measures) = *chance.pick(hazards);
    if clean || !chance.mille(shares::SEVERAL_PROBLEMS) {
        return (problem.to_owned(), measures.to_owned());
    }
    let (second, more) = *chance.pick(hazards);
    let joint = chance.word(&["；", "\n", "；\n"]);
    (format!("1.{problem}{joint}2.{second}"), format!("1.{measures}{joint}2.{more}"))
}

fn numbered(spot: &str, number: usize) -> String {
    if spot.starts_with('号') { format!("{number}{spot}") } else { spot.to_owned() }
}

fn grade(chance: &mut Chance, clean: bool) -> Grade {
    match chance.below(1_000) as u32 {
        n if n < shares::LISTED => Grade::Listed,
        n if n < shares::LISTED + shares::MAJOR => Grade::Major,
        n if n < shares::LISTED + shares::MAJOR + shares::LARGER && !clean => Grade::Larger,
        _ => Grade::General,
    }
}

/// The days a ledger covers, with the weight of each.
fn days(on: NaiveDate, calendar: &Calendar) -> Vec<(NaiveDate, u32)> {
    let rested = |day: NaiveDate| {
        // Three days or more of rest before this day.
        day.iter_days().rev().skip(1).take_while(|d| !calendar.is_workday(*d)).take(3).count() >= 3
    };
    (0..shares::LEDGER_DAYS as u64)
        .map(|back| {
            let day = on - Days::new(back);
            let weight = match day {
                _ if back == 0 => shares::AFTER_MEETING,
                _ if !calendar.is_workday(day) => shares::REST_DAY,
                _ if rested(day) => shares::AFTER_HOLIDAY,
                _ if day.weekday() == Weekday::Mon => shares::MONDAY,
                _ => 100,
            };
            (day, weight)
        })
        .collect()
}
