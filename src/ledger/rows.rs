//! Ledger lines into [`Row`]s: what each column says, what is inherited, what makes a draft.
//!
//! Knows the columns and the due reading; does not know which people or items exist. Lines that are no
//! items (subtotals, signatures, repeated headers, nil reports) are left out with a line in the log.
//! Called by `read` for every sheet that holds a ledger.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::cells::{self, HazardLevel, StatusClaim};
use super::due::DueReading;
use super::headers::{Column, Header, Key};
use super::line::Cells;
use super::memo::Memo;
use super::people::PersonRef;
use super::read::Workbook;
use super::sheet::{LeftOut, Line, Sheet, Why};
use super::{Place, Problem, ReadContext, Severity, secrecy};

/// One item of a ledger. Texts are as written, trimmed; dates are dates of the organisation's zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub place: Place,
    /// 隐患编号 when there is one, else [`Self::look`].
    pub key: String,
    /// A hash of unit, place, text and date found: rows of one look may be one hazard twice.
    pub look: String,
    pub seq: String,
    pub code: Option<String>,
    pub list: Option<String>,
    /// The day of discovery: as written, or the file's own day where no column says it.
    pub found_on: Option<NaiveDate>,
    /// The same where it is written.
    pub found_written: Option<NaiveDate>,
    pub county: String,
    pub town: String,
    pub unit: String,
    pub industry: String,
    pub place_text: String,
    pub description: String,
    pub severity_text: String,
    pub severity: Option<HazardLevel>,
    pub basis: String,
    pub measures: String,
    pub funds: String,
    pub interim: String,
    pub note: String,
    pub status_text: String,
    /// A claim of the writer, by 整改情况 and 是否销号 together; imports never close an item on it alone.
    pub status: StatusClaim,
    /// What 整改情况 claims alone.
    pub status_alone: StatusClaim,
    pub due_text: String,
    pub due: DueReading,
    /// In the order written; the first one leads.
    pub responsible: Vec<PersonRef>,
    pub leader: Vec<PersonRef>,
    pub verifier: Vec<PersonRef>,
    pub assigner: Vec<PersonRef>,
    pub supervisor: Vec<PersonRef>,
    pub cc: Vec<PersonRef>,
    pub inspectors: Vec<PersonRef>,
    pub responsible_unit: String,
    pub supervise_unit: String,
    pub done_on: Option<NaiveDate>,
    pub verified_on: Option<NaiveDate>,
    pub closed_text: String,
    /// That cell alone says that it was closed: a yes, or a day that has been.
    pub says_closed: bool,
    pub tags: Vec<String>,
    /// The user's own columns, header and value, in their order.
    pub extra: Vec<(String, String)>,
    pub problems: Vec<Problem>,
    /// The sheet's columns.
    #[serde(skip)]
    pub columns: Arc<[Column]>,
}

impl Row {
    /// The place of one of its cells; the whole row when there is no such column.
    #[must_use]
    pub fn at(&self, key: Key) -> Place {
        let column = self.columns.iter().find(|c| c.key == Some(key));
        column.map_or_else(|| self.place.clone(), |c| self.place.at(c.index, &c.header))
    }

    /// True when a person must complete the row before anybody is reminded.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.problems.iter().any(|p| p.severity >= Severity::Draft)
    }
}

/// Lines whose cells are in memory at a time.
const AT_ONCE: usize = 4_000;

/// What the lines say, in their order. Once 同上 is resolved, no line depends on another: a long ledger is read by as
/// many threads as there are memories of what was read before.
fn understood(
    lines: Vec<Cells<'_>>,
    date1904: bool,
    ctx: &ReadContext<'_>,
    columns: &Arc<[Column]>,
    memos: &mut [Memo],
) -> Vec<Row> {
    let read = |lines: Vec<Cells<'_>>, memo: &mut Memo| {
        lines.into_iter().map(|cells| cells.into_row(date1904, ctx, columns.clone(), memo)).collect::<Vec<_>>()
    };
    if let ([memo, ..], true) = (&mut *memos, lines.len() < 200) {
        return read(lines, memo);
    }
    let share = lines.len().div_ceil(memos.len());
    let mut lines = lines.into_iter();
    std::thread::scope(|scope| {
        let handles: Vec<_> = memos
            .iter_mut()
            .map(|memo| {
                let part: Vec<_> = lines.by_ref().take(share).collect();
                scope.spawn(|| read(part, memo))
            })
            .collect();
        // A panic goes on as if there had been no threads.
        let join =
            |h: std::thread::ScopedJoinHandle<'_, Vec<Row>>| h.join().unwrap_or_else(|e| std::panic::resume_unwind(e));
        handles.into_iter().flat_map(join).collect()
    })
}

/// Reads the lines below the header and lets them go; returns how many rows were read and how many left out.
pub(crate) fn read(
    sheet: &mut Sheet,
    header: &Header,
    home: &Place,
    date1904: bool,
    ctx: &ReadContext<'_>,
    book: &mut Workbook,
) -> Result<(usize, usize), super::LedgerError> {
    let (before, skipped_before) = (book.rows.len(), book.skipped.len());
    let columns: Arc<[Column]> = header.columns.clone().into();
    let mut above = vec![String::new(); header.columns.len()];
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut memos: Vec<Memo> = std::iter::repeat_with(Memo::default).take(threads).collect();
    let mut below = sheet.lines.split_off(header.last + 1).into_iter();
    loop {
        let some: Vec<Line> = below.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok((book.rows.len() - before, book.skipped.len() - skipped_before));
        }
        let mut lines = Vec::with_capacity(some.len());
        for line in some.iter().filter(|line| !line.is_blank()) {
            let place = Place { row: line.number, ..home.clone() };
            if let Some(why) = no_item(line, header) {
                if let Some(mark) = line.iter().find_map(|(_, t)| secrecy::mark(t)) {
                    return Err(super::LedgerError::Classified { place, mark: mark.to_owned() });
                }
                book.skipped.push(LeftOut::new(place, why).with(line));
                continue;
            }
            if let Some(problem) = refusal(line, header, &place) {
                book.problems.push(problem);
                continue;
            }
            let mut cells = Cells::new(line, header, place);
            cells.take(&mut above);
            cells.miss(&sheet.uncalculated);
            lines.push(cells);
        }
        for row in understood(lines, date1904, ctx, &columns, &mut memos) {
            if row.status == StatusClaim::NothingFound || is_nil(&row.description) {
                book.skipped.push(LeftOut::new(row.place, Why::NilReport));
            } else {
                book.rows.push(row);
            }
        }
    }
}

/// Problem of a row with a secrecy mark. Quotes the mark only.
pub fn refusal(line: &Line, header: &Header, place: &Place) -> Option<Problem> {
    let (index, mark) = line.iter().find_map(|(index, text)| {
        let name = header.columns.iter().find(|c| c.index == index).map_or("", |c| c.header.as_str());
        let mark = secrecy::mark(text).or_else(|| secrecy::mark_in_column(name, text))?;
        Some((index, mark))
    })?;
    let name = header.columns.iter().find(|c| c.index == index).map_or("", |c| c.header.as_str());
    Some(Problem {
        place: place.at(index, name),
        value: mark.to_owned(),
        severity: Severity::Refused,
        reason: format!("classified: the row is marked {mark}"),
        hint: "handle it outside this system; remove the mark only if the classifying body agrees".to_owned(),
        about: String::new(),
    })
}

fn is_nil(description: &str) -> bool {
    matches!(
        cells::squash(description).as_str(),
        "无" | "无隐患" | "未发现隐患" | "未发现问题" | "无问题" | "零报告" | "none" | "nil"
    )
}

/// Columns of which one at least is filled in every hazard, however incomplete.
const OF_A_HAZARD: [Key; 11] = [
    Key::Description,
    Key::Place,
    Key::Severity,
    Key::Measures,
    Key::Due,
    Key::Responsible,
    Key::ResponsibleUnit,
    Key::Verifier,
    Key::Status,
    Key::DoneOn,
    Key::Closed,
];

/// Words with which a table ends, or goes on: no hazard begins with them.
const REMARKS: [&str; 15] = [
    "以下空白",
    "以下无",
    "此页无",
    "本页无",
    "此处空白",
    "续表",
    "(续",
    "续上",
    "接上",
    "转下页",
    "完毕",
    "endof",
    "blankbelow",
    "nothingfollows",
    "continued",
];

const SUMS: [&str; 8] = ["合计", "小计", "总计", "共计", "累计", "本页小计", "total", "subtotal"];

const SIGNATURES: [&str; 18] = [
    "填报",
    "填表",
    "审核",
    "审批",
    "制表",
    "签字",
    "签名",
    "负责人签",
    "单位负责人",
    "主要负责人",
    "复核",
    "联系人:",
    "联系电话:",
    "盖章",
    "(盖章)",
    "日期:",
    "报送",
    "编制",
];

/// Why a line is no item: subtotal, signature, note, heading, repeated header.
fn no_item(line: &Line, header: &Header) -> Option<Why> {
    let first = line.iter().next().map(|(_, t)| cells::squash(t))?;
    if repeats(line, header) {
        return Some(Why::HeaderAgain);
    }
    let own = |key| header.column(key).map_or("", |c| line.get(c.index));
    let starts = |words: &[&str]| words.iter().any(|w| first.starts_with(w));
    let has_text = !own(Key::Description).trim().is_empty();
    let lone = line.own().nth(1).is_none();
    let sum = line.iter().take(4).any(|(_, t)| is_sum(t));
    if sum && (!has_text || is_count(own(Key::Description)) || lone) {
        return Some(Why::Subtotal);
    }
    if starts(&SIGNATURES) && (!has_text || first.contains(':')) {
        return Some(Why::Signature);
    }
    if starts(&["注:", "备注:", "说明:", "填表说明", "注释", "note:"]) {
        return Some(Why::NoteBelow);
    }
    heading(line, header, lone)
}

/// Three cells at least say what the header says, in its lower or its upper row.
fn repeats(line: &Line, header: &Header) -> bool {
    let same = header.columns.iter().filter(|c| {
        let cell = line.get(c.index);
        // Squashing is dear, and hardly any cell begins like its header.
        let is = |name: &str| {
            cell.trim_start().chars().next() == name.chars().next() && cells::squash(cell) == cells::squash(name)
        };
        !cell.is_empty() && c.key.is_some() && c.header.split('/').any(is)
    });
    same.count() >= 3
}

/// 小计, 合计：5项, 城关镇小计.
fn is_sum(text: &str) -> bool {
    if text.len() > 60 || !text.contains(['计', 't', 'T']) {
        return false;
    }
    let word = cells::squash(text);
    let word = word.trim_end_matches(':');
    SUMS.iter().any(|w| {
        // 统计 and 审计 are no sums, 防雷设施合计 is.
        let ends = w.chars().all(cells::is_han) && word.ends_with(w) && word.chars().count() <= 12;
        let goes_on =
            |r: &str| r.starts_with([':', '(']) || is_count(r) || r.chars().next().is_some_and(|c| c.is_ascii_digit());
        word == *w || ends || word.strip_prefix(w).is_some_and(goes_on)
    })
}

/// 5项, 共五项, 十二条隐患: how many, and nothing else.
fn is_count(text: &str) -> bool {
    let word = cells::squash(text);
    let word = word.trim_start_matches(['共', '计', ':']);
    let number = |c: char| c.is_ascii_digit() || cells::numeral(c).is_some();
    word.chars().next().is_some_and(number) && word.chars().all(|c| number(c) || "条项处个件起隐患问题".contains(c))
}

/// A line that says nothing of any hazard: a heading inside the table, a remark, a number that nobody has filled in.
fn heading(line: &Line, header: &Header, lone: bool) -> Option<Why> {
    let (column, text) = line.own().next()?;
    let described = header.column(Key::Description).is_some_and(|c| c.index == column);
    if lone && described {
        // One finding alone is a hazard somebody has begun to write down.
        let word = cells::squash(text);
        let word = word.trim_start_matches(['-', '=', '*', '—']);
        return (line.wide || REMARKS.iter().any(|w| word.starts_with(w))).then_some(Why::Section);
    }
    // What merged ranges bring counts: one finding may stand beside the numbers of three units. A lone deadline or name
    // belongs to a hazard that lost the rest.
    let filled = |key: &Key| header.column(*key).is_some_and(|c| !line.get(c.index).trim().is_empty());
    if OF_A_HAZARD.iter().any(filled) && !(lone && line.wide) {
        return None;
    }
    let plain = |text: &str| !text.chars().any(cells::is_han) && !text.trim().contains(' ');
    Some(if line.own().all(|(_, text)| plain(text)) { Why::Empty } else { Why::Section })
}

pub fn problem(place: Place, value: &str, severity: Severity, reason: impl Into<String>, hint: &str) -> Problem {
    Problem {
        place,
        value: value.to_owned(),
        severity,
        reason: reason.into(),
        hint: hint.to_owned(),
        about: String::new(),
    }
}

/// Words separated by commas, semicolons or 、.
pub fn list(text: &str) -> Vec<String> {
    text.split([',', '，', ';', '；', '、', '\n', '|']).map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect()
}
