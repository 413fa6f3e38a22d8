//! A sheet as people lay it out: titles, a header of one or two rows, rows with what repeats merged or dittoed, subtotals, signatures.

use std::collections::BTreeSet;

use super::cell::Cell;
use super::chance::Chance;
use super::columns::{Column, Field};
use super::finding::Finding;
use super::row::Filler;
use super::shares;
use super::truth::Fact;

/// A line below the titles.
pub(super) struct Line {
    pub cells: Vec<Cell>,
    pub hidden: bool,
    pub fact: Option<Fact>,
}

/// A range merged down one column or across one row; lines counted from the top of the sheet, from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Merge {
    pub lines: (usize, usize),
    pub columns: (usize, usize),
}

/// A sheet.
pub(super) struct Page {
    pub name: String,
    pub lines: Vec<Line>,
    pub merges: Vec<Merge>,
    /// Lines of the titles and of the header.
    pub titles: usize,
    pub headers: usize,
    pub hidden: bool,
}

/// What the keeper of a workbook is used to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Habits {
    pub titles: bool,
    pub two_rows: bool,
    pub merges: bool,
    pub dittos: bool,
}

impl Habits {
    pub(super) fn of(chance: &mut Chance, clean: bool, merging: bool) -> Self {
        let habits = Self {
            titles: chance.mille(shares::TITLE_ROWS),
            two_rows: chance.mille(shares::TWO_HEADER_ROWS) && merging,
            merges: chance.mille(shares::MERGING_WRITER) && merging,
            dittos: chance.mille(shares::DITTO_WRITER),
        };
        if clean { Self { titles: false, two_rows: false, merges: false, dittos: false } } else { habits }
    }
}

/// Lays out one sheet.
pub(super) struct Layout<'a> {
    pub columns: &'a [Column],
    pub habits: Habits,
    pub clean: bool,
    pub title: String,
    pub office: String,
    pub keeper: String,
    pub written: String,
}

fn line(cells: Vec<Cell>, fact: Option<Fact>) -> Line {
    Line { cells, hidden: false, fact }
}

impl Layout<'_> {
    /// The sheet with these findings.
    pub(super) fn page(
        &self,
        name: &str,
        findings: &[Finding<'_>],
        filler: &mut Filler<'_>,
        chance: &mut Chance,
    ) -> Page {
        let mut page =
            Page { name: name.to_owned(), lines: Vec::new(), merges: Vec::new(), titles: 0, headers: 0, hidden: false };
        self.titles(&mut page);
        self.header(&mut page);
        self.rows(&mut page, findings, filler, chance);
        if !self.clean {
            self.foot(&mut page, findings.len(), chance);
        }
        page
    }

    fn at(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|c| c.field == field)
    }

    fn titles(&self, page: &mut Page) {
        if !self.habits.titles {
            return;
        }
        let width = self.columns.len() - 1;
        let written = format!("填报单位：{}    填报人：{}    填报时间：{}", self.office, self.keeper, self.written);
        for text in ["附件1".to_owned(), self.title.clone(), written] {
            let across = page.lines.len();
            page.lines.push(line(vec![Cell::Text(text)], None));
            if across > 0 {
                page.merges.push(Merge { lines: (across, across), columns: (0, width) });
            }
        }
        page.titles = page.lines.len();
    }

    fn header(&self, page: &mut Page) {
        let names: Vec<Cell> = self.columns.iter().map(|c| Cell::text(c.name.clone())).collect();
        let top = page.lines.len();
        page.headers = if self.habits.two_rows { 2 } else { 1 };
        if !self.habits.two_rows {
            page.lines.push(line(names, None));
            return;
        }
        let (mut above, mut below) = (vec![Cell::Empty; names.len()], names);
        let mut from = 0;
        while from < self.columns.len() {
            let group = self.columns[from].group;
            let to = from + self.columns[from..].iter().take_while(|c| c.group == group).count() - 1;
            if group.is_empty() {
                // A column without a group stands across both rows.
                for i in from..=to {
                    std::mem::swap(&mut above[i], &mut below[i]);
                    page.merges.push(Merge { lines: (top, top + 1), columns: (i, i) });
                }
            } else {
                above[from] = Cell::text(group);
                page.merges.push(Merge { lines: (top, top), columns: (from, to) });
            }
            from = to + 1;
        }
        page.lines.push(line(above, None));
        page.lines.push(line(below, None));
    }

    fn rows(&self, page: &mut Page, findings: &[Finding<'_>], filler: &mut Filler<'_>, chance: &mut Chance) {
        let fields: Vec<Field> = self.columns.iter().map(|c| c.field).collect();
        let mut last: Option<&Finding<'_>> = None;
        let mut seq = 0;
        for finding in findings {
            if !self.clean && last.is_some_and(|l| l.town != finding.town) {
                if chance.mille(shares::BLANK_LINE) {
                    page.lines.push(line(Vec::new(), None));
                    last = None;
                }
                if chance.mille(shares::HEADER_AGAIN / 10) && page.headers == 1 {
                    let names = self.columns.iter().map(|c| Cell::text(c.name.clone())).collect();
                    page.lines.push(line(names, Some(Fact::no_item("header"))));
                    last = None;
                }
            }
            if !self.clean && chance.mille(shares::NIL_ROW) {
                seq += 1;
                page.lines.push(self.nil(finding, &fields, seq, chance));
                last = None;
            }
            seq += 1;
            let (mut cells, mut fact) = filler.fill(finding, &fields, seq, chance);
            let mut hidden = false;
            if !self.clean {
                self.repeat(page, last, finding, &mut cells, &mut fact, chance);
                hidden = chance.mille(shares::HIDDEN_ROW);
                fact.hidden = hidden;
            }
            page.lines.push(Line { cells, hidden, fact: Some(fact) });
            last = Some(finding);
        }
        if !self.clean && self.habits.merges {
            self.join(page, &[Field::Town, Field::Unit]);
        }
    }

    /// What repeats the line above becomes 同上, 〃 or, by mistake, nothing.
    fn repeat(
        &self,
        page: &Page,
        last: Option<&Finding<'_>>,
        finding: &Finding<'_>,
        cells: &mut [Cell],
        fact: &mut Fact,
        chance: &mut Chance,
    ) {
        let (Some(last), Some(above)) = (last, page.lines.last()) else { return };
        let mut same = vec![];
        if last.town == finding.town {
            same.push(Field::Town);
        }
        if last.unit == finding.unit {
            same.push(Field::Unit);
        }
        if last.found == finding.found && fact.found.is_some() {
            same.push(Field::Found);
        }
        let fixers = |f: &Finding<'_>| f.responsible.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        let above_fixers = above.fact.as_ref().map(|f| f.responsible.clone()).unwrap_or_default();
        if above_fixers == fixers(finding) && fact.responsible == above_fixers {
            same.push(Field::Responsible);
        }
        for field in same {
            let Some(i) = self.at(field) else { continue };
            if above.cells.get(i).is_none_or(Cell::is_empty) {
                continue; // nothing stands there to repeat
            }
            if field == Field::Unit && chance.mille(shares::REPEATED_AS_BLANK) {
                cells[i] = Cell::Empty;
                fact.unit.clear();
                fact.drafts.push("unit");
            } else if self.habits.dittos && chance.mille(shares::REPEATED_AS_DITTO) {
                cells[i] = Cell::text(chance.word(&["同上", "〃", "同上", "〃", "（同上）", "″"]));
            }
        }
    }

    /// Merges runs of equal cells down a column.
    fn join(&self, page: &mut Page, fields: &[Field]) {
        // A range never reaches beyond a range of the column before: a unit belongs to one township.
        let mut breaks: BTreeSet<usize> = BTreeSet::new();
        for i in fields.iter().filter_map(|f| self.at(*f)) {
            let first = page.titles + page.headers;
            let mut from = first;
            for at in first + 1..=page.lines.len() {
                let goes_on = at < page.lines.len() && !breaks.contains(&at) && {
                    let (a, b) = (&page.lines[from], &page.lines[at]);
                    let items = [a, b].iter().all(|l| l.fact.as_ref().is_some_and(|f| f.kind == "item"));
                    items && !a.cells[i].is_empty() && a.cells.get(i) == b.cells.get(i)
                };
                if goes_on {
                    continue;
                }
                if at - from > 1 {
                    page.merges.push(Merge { lines: (from, at - 1), columns: (i, i) });
                    for line in &mut page.lines[from + 1..at] {
                        line.cells[i] = Cell::Empty;
                    }
                }
                breaks.insert(at);
                from = at;
            }
        }
    }

    /// 无: an inspection without findings.
    fn nil(&self, finding: &Finding<'_>, fields: &[Field], seq: u32, chance: &mut Chance) -> Line {
        let words = [("无", "无隐患"), ("未发现隐患", ""), ("无", ""), ("零报告", "无隐患")];
        let (problem, status) = *chance.pick(&words);
        let cells = fields.iter().map(|field| match field {
            Field::Seq => Cell::Number(f64::from(seq)),
            Field::Found => Cell::Day(finding.found, super::due::ISO),
            Field::Unit => Cell::text(finding.unit.clone()),
            Field::Problem => Cell::text(problem),
            Field::Status => Cell::text(status),
            Field::Note => Cell::text("零报告"),
            _ => Cell::Empty,
        });
        line(cells.collect(), Some(Fact::no_item("nil")))
    }

    /// Subtotal, signatures and a note below the table.
    fn foot(&self, page: &mut Page, count: usize, chance: &mut Chance) {
        if chance.mille(shares::SUBTOTAL) {
            let mut cells = vec![Cell::Empty; self.columns.len()];
            cells[0] = Cell::text(chance.word(&["合计", "小计", "总计"]));
            if let Some(i) = self.at(Field::Problem) {
                cells[i] = Cell::Text(format!("{count}条"));
            }
            page.lines.push(line(cells, Some(Fact::no_item("subtotal"))));
        }
        if chance.mille(shares::SIGNATURE) {
            let text = match chance.below(3) {
                0 => format!("填报人：{}        审核人：            （盖章）", self.keeper),
                1 => "单位负责人（签字）：            填表日期：".to_owned(),
                _ => format!("审核：            制表：{}", self.keeper),
            };
            page.lines.push(line(vec![Cell::Text(text)], Some(Fact::no_item("signature"))));
        }
        if chance.mille(shares::SIGNATURE / 4) {
            let text = "注：重大隐患须附整改方案，本表每周五报送。".to_owned();
            page.lines.push(line(vec![Cell::Text(text)], Some(Fact::no_item("note"))));
        }
    }
}
