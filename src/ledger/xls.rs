//! Opens .xls files (Excel 97 to 2003): what the container holds, sizes before anything is unpacked, cells as
//! text.
//!
//! The parser sets every sheet up as a full rectangle, so one stray cell in the last corner would cost half a
//! gigabyte. Therefore the records are walked once before (record numbers and layouts: [MS-XLS] 2.3 and 2.4):
//! that gives the used rectangle of every sheet, hidden rows, the date system and whether the book is locked.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Reader, SheetVisible, Xls};

use super::sheet::{Line, Merge, Sheet};
use super::{LedgerError, Limits, xlsx};

/// Cells of the rectangles of all sheets together: 2 million cells may lie this far apart.
const RECTANGLE: u64 = 16_000_000;

// Record numbers, [MS-XLS] 2.3.
const BOF: u16 = 0x0809;
const DATE1904: u16 = 0x0022;
const FILE_PASS: u16 = 0x002f;
const ROW: u16 = 0x0208;
/// Records that begin with row and column of a cell.
const CELLS: [u16; 9] = [0x0006, 0x00bd, 0x00be, 0x00d6, 0x00fd, 0x0201, 0x0203, 0x0204, 0x0205];
const RK: u16 = 0x027e;

/// What an OLE container turns out to be.
pub(crate) enum Container {
    /// A workbook of Excel 97 to 2003: its stream.
    Workbook(Vec<u8>),
    /// An .xlsx behind a password.
    Encrypted,
    Other,
}

/// Looks into an OLE container ([MS-CFB]).
pub(crate) fn container(bytes: &[u8], limit: u64) -> Option<Container> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    if file.exists("/EncryptedPackage") {
        return Some(Container::Encrypted);
    }
    let Some(name) = ["/Workbook", "/Book"].into_iter().find(|n| file.exists(n)) else {
        return Some(Container::Other);
    };
    let mut stream = Vec::new();
    file.open_stream(name).ok()?.take(limit).read_to_end(&mut stream).ok()?;
    Some(Container::Workbook(stream))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Survey {
    /// Rows times columns of every sheet, added up.
    rectangle: u64,
    /// Hidden rows of each sheet, in order.
    hidden_rows: Vec<u32>,
    date1904: bool,
    locked: bool,
}

fn survey(stream: &[u8]) -> Survey {
    let mut survey = Survey::default();
    let mut bounds: Option<(u16, u16, u16, u16)> = None;
    let mut at = 0;
    let word =
        |bytes: &[u8], at: usize| -> Option<u16> { Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])) };
    let area = |b: Option<(u16, u16, u16, u16)>| {
        b.map_or(0, |(top, bottom, left, right)| {
            u64::from(bottom.abs_diff(top)).saturating_add(1) * u64::from(right.abs_diff(left)).saturating_add(1)
        })
    };
    while let (Some(kind), Some(len)) = (word(stream, at), word(stream, at + 2)) {
        let body = &stream[(at + 4).min(stream.len())..(at + 4 + usize::from(len)).min(stream.len())];
        at += 4 + usize::from(len);
        match kind {
            // dt 0x0005 opens the book's own part, any other a sheet ([MS-XLS] 2.4.21).
            BOF => {
                survey.rectangle = survey.rectangle.saturating_add(area(bounds.take()));
                if word(body, 2) != Some(0x0005) {
                    survey.hidden_rows.push(0);
                }
            }
            DATE1904 => survey.date1904 = word(body, 0) == Some(1),
            FILE_PASS => survey.locked = true,
            // fDyZero, [MS-XLS] 2.4.221: the row is hidden.
            ROW if word(body, 12).is_some_and(|flags| flags & 0x20 != 0) => {
                if let Some(count) = survey.hidden_rows.last_mut() {
                    *count = count.saturating_add(1);
                }
            }
            kind if kind == RK || CELLS.contains(&kind) => {
                if let (Some(row), Some(first)) = (word(body, 0), word(body, 2)) {
                    // MulRk and MulBlank end with their last column.
                    let last = match kind {
                        0x00bd | 0x00be => word(body, body.len().saturating_sub(2)).unwrap_or(first).max(first),
                        _ => first,
                    };
                    let b = bounds.get_or_insert((row, row, first, last));
                    *b = (b.0.min(row), b.1.max(row), b.2.min(first), b.3.max(last));
                }
            }
            _ => {}
        }
    }
    survey.rectangle = survey.rectangle.saturating_add(area(bounds));
    survey
}

/// The sheets of a workbook and whether its dates count from 1904.
pub(crate) fn open(
    file: &str,
    bytes: &[u8],
    stream: &[u8],
    limits: &Limits,
) -> Result<(Vec<Sheet>, bool), LedgerError> {
    let survey = survey(stream);
    if survey.locked {
        return Err(LedgerError::Locked { file: file.to_owned() });
    }
    if survey.rectangle > RECTANGLE {
        return Err(LedgerError::TooManyCells { file: file.to_owned(), limit: limits.cells });
    }
    let damaged = || LedgerError::Damaged {
        file: file.to_owned(),
        reason: "the workbook's structure is broken; open it and save it as .xlsx".to_owned(),
    };
    // The parser is not ours; a panic in it on a broken file must end the import, not the program.
    let sheets = catch_unwind(AssertUnwindSafe(|| sheets(file, bytes, &survey, limits)))
        .unwrap_or_else(|_| Err(damaged()))
        .map_err(|e| if let LedgerError::Damaged { .. } = e { damaged() } else { e })?;
    Ok((sheets, survey.date1904))
}

fn sheets(file: &str, bytes: &[u8], survey: &Survey, limits: &Limits) -> Result<Vec<Sheet>, LedgerError> {
    let damaged = |e: calamine::XlsError| LedgerError::Damaged { file: file.to_owned(), reason: e.to_string() };
    let mut book = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    let list: Vec<(String, bool)> =
        book.sheets_metadata().iter().map(|s| (s.name.clone(), s.visible != SheetVisible::Visible)).collect();
    let mut left = limits.cells;
    let mut sheets = Vec::new();
    for (n, (name, hidden)) in list.into_iter().enumerate() {
        let range = book.worksheet_range(&name).map_err(damaged)?;
        let mut lines: Vec<Line> = Vec::new();
        for (row, column, value) in range.used_cells() {
            left =
                left.checked_sub(1).ok_or(LedgerError::TooManyCells { file: file.to_owned(), limit: limits.cells })?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            let number = first_row.saturating_add(u32::try_from(row).unwrap_or(u32::MAX)).saturating_add(1);
            let column = usize::try_from(first_column).unwrap_or(usize::MAX).saturating_add(column);
            let Ok(column) = u16::try_from(column) else { continue };
            if lines.last().is_none_or(|l| l.number != number) {
                lines.push(Line::new(number));
            }
            if let Some(line) = lines.last_mut() {
                line.set(column, xlsx::text_of(value.clone(), survey.date1904));
            }
        }
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default().iter().map(Merge::of).collect();
        let hidden_rows = survey.hidden_rows.get(n).copied().unwrap_or_default();
        let mut sheet = Sheet { name, hidden, lines, merges, hidden_rows, ..Sheet::default() };
        sheet.fill_down(limits.cells);
        sheets.push(sheet);
    }
    Ok(sheets)
}

#[cfg(test)]
mod tests {
    use super::{Survey, survey};

    fn record(kind: u16, body: &[u16]) -> Vec<u8> {
        let len = u16::try_from(body.len() * 2).expect("short");
        [kind, len].iter().chain(body).flat_map(|w| w.to_le_bytes()).collect()
    }

    #[test]
    fn far_cells_hidden_rows_and_locks_are_seen() {
        let book = record(0x0809, &[0x0600, 0x0005]);
        let sheet = record(0x0809, &[0x0600, 0x0010]);
        let stream = [
            book.clone(),
            record(0x0022, &[1]),
            sheet.clone(),
            record(0x0208, &[3, 0, 1, 0, 0, 0, 0x20, 0]),
            record(0x0203, &[0, 0]),
            record(0x0203, &[65_535, 255]),
            sheet,
            record(0x00bd, &[1, 2, 0, 0, 0, 4]),
        ]
        .concat();
        let want = Survey { rectangle: 65_536 * 256 + 3, hidden_rows: vec![1, 0], date1904: true, locked: false };
        assert_eq!(survey(&stream), want);
        assert!(survey(&[book, record(0x002f, &[1])].concat()).locked);
        assert_eq!(survey(&stream[..stream.len() - 3]).hidden_rows.len(), 2, "a cut stream is no panic");
    }
}
