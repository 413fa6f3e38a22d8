//! The ledger of one county: its findings, shared out among the sheets its keeper has.

use chrono::NaiveDate;

use super::chance::Chance;
use super::columns::{self, Column};
use super::due::Writer;
use super::finding::{Finding, Source};
use super::office::County;
use super::page::{Habits, Layout, Line, Page};
use super::plan::CountyPlan;
use super::row::{Filler, Numbering};
use super::{Format, Options, shares};
use crate::core::calendar::Calendar;

/// Sheets by what is in them; the numbers are positions in the list of industries.
const SHEETS: [&[(&str, &[usize])]; 3] = [
    &[("消防", &[0]), ("生产经营", &[1, 2, 3, 4, 5, 6]), ("其他", &[7, 8, 9, 10])],
    &[("消防", &[0]), ("建筑交通", &[1, 2]), ("工矿危爆", &[3, 4, 5, 6]), ("其他", &[7, 8, 9, 10])],
    &[
        ("消防", &[0]),
        ("建筑施工", &[1]),
        ("道路交通", &[2]),
        ("工矿危爆", &[3, 4, 5, 6]),
        ("其他行业", &[7, 8, 9, 10]),
    ],
];

/// The sheets of a county's ledger, one after the other.
pub(super) fn pages(county: &County, plan: &CountyPlan, calendar: &Calendar, options: &Options) -> Vec<Page> {
    let mut chance = Chance::of(options.seed, "ledger", plan.number as u64);
    let writer = Writer { calendar, clean: options.clean };
    let mut source = Source::new(county, plan, writer, options.seed, options.on);
    let mut findings: Vec<Finding<'_>> = (0..plan.rows).map(|_| source.next()).collect();
    if !options.clean {
        for i in 0..findings.len() {
            if chance.mille(shares::SAME_HAZARD_TWICE) {
                // Two inspectors found the same and both wrote it down, in place of another finding.
                findings[i] = findings[chance.below(i + 1)].clone();
            }
        }
    }
    let merging = options.format == Format::Xlsx;
    let columns = columns::columns(&mut chance, options.clean);
    let habits = Habits::of(&mut chance, options.clean, merging);
    let sign = |chance: &mut Chance| char::from(b'A' + u8::try_from(chance.below(26)).unwrap_or(0));
    let signed = Numbering::Signed(sign(&mut chance), sign(&mut chance));
    let zeros = if merging { Numbering::ZerosInFormat } else { Numbering::ZerosInText };
    let numbering = chance.weighted(&[(signed, 60), (Numbering::ZerosInText, 30), (zeros, 10)]);
    let numbering = if options.clean { signed } else { numbering };
    let mut filler = Filler { county, numbering, on: options.on, clean: options.clean, count: 0 };
    let layout = Layout {
        columns: &columns,
        habits,
        clean: options.clean,
        title: format!("{}安全生产隐患排查整改台账", plan.name),
        office: county.departments[0].clone(),
        keeper: county.assigner.name.clone(),
        written: super::due::full(options.on),
    };
    let everything: Vec<usize> = (0..super::industry::INDUSTRIES.len()).collect();
    let kept = chance.below(SHEETS.len());
    let sheets: Vec<(&str, &[usize])> = match options.format {
        Format::Xlsx => SHEETS[kept].to_vec(),
        Format::Csv => vec![("", &everything)],
    };
    let mut pages = Vec::new();
    for (name, industries) in sheets {
        let mut here: Vec<Finding<'_>> =
            findings.iter().filter(|f| industries.contains(&f.industry)).cloned().collect();
        if here.is_empty() {
            continue;
        }
        here.sort_by(|a, b| (a.town, &a.unit, a.found).cmp(&(b.town, &b.unit, b.found)));
        pages.push(layout.page(name, &here, &mut filler, &mut chance));
    }
    if merging && !options.clean && chance.mille(shares::HIDDEN_SHEET) {
        pages.extend(hidden(&pages, &columns, options.on));
    }
    pages
}

/// Last year's sheet, kept and hidden: the header and a few rows that nobody wants read.
fn hidden(pages: &[Page], columns: &[Column], on: NaiveDate) -> Option<Page> {
    let first = pages.first()?;
    let start = first.titles + first.headers;
    let names = columns.iter().map(|c| super::cell::Cell::text(c.name.clone())).collect();
    let head = Line { cells: names, hidden: false, fact: None };
    let old = first.lines[start..].iter().take(3);
    let rows = old.map(|l| Line { cells: l.cells.clone(), hidden: false, fact: None });
    let lines = std::iter::once(head).chain(rows).collect();
    let name = format!("{}台账", on.format("%Y").to_string().parse::<i32>().ok()? - 1);
    Some(Page { name, lines, merges: Vec::new(), titles: 0, headers: 1, hidden: true })
}
