//! Opens .xlsx files: size checks on the zip itself, the date system, visible sheets, cells as text,
//! merged ranges.
//!
//! Knows the file format, not the ledger. The zip is unpacked once into nothing to learn its true
//! size, since the sizes in its directory are only claims; memory stays bounded whatever the file says.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Reader, SheetVisible, Xlsx};
use chrono::{Days, NaiveDate, NaiveTime};

use super::package::{Beside, Package};
use super::sheet::{Line, Sheet};
use super::{LedgerError, Limits};

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// The sheets of a workbook and whether its dates count from 1904.
pub(crate) fn open(file: &str, bytes: &[u8], limits: &Limits) -> Result<(Vec<Sheet>, bool), LedgerError> {
    check_size(file, bytes, limits)?;
    // The parser below is not ours; a panic in it on a broken file must end the import, not the program.
    catch_unwind(AssertUnwindSafe(|| read_sheets(file, bytes, limits)))
        .unwrap_or_else(|_| Err(damaged(file, "the workbook's structure is broken")))
}

fn damaged(file: &str, reason: impl ToString) -> LedgerError {
    LedgerError::Damaged { file: file.to_owned(), reason: reason.to_string() }
}

/// Refuses what would unpack to too much: first by the directory's claims, then by unpacking.
fn check_size(file: &str, bytes: &[u8], limits: &Limits) -> Result<(), LedgerError> {
    let too_large = || LedgerError::UnpacksTooLarge { file: file.to_owned(), limit: limits.unpacked };
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(file, e))?;
    if zip.decompressed_size().is_some_and(|n| n > u128::from(limits.unpacked)) {
        return Err(too_large());
    }
    let mut total = 0u64;
    for i in 0..zip.len() {
        let entry = zip.by_index(i).map_err(|e| damaged(file, e))?;
        // All different texts of a book stand in one part, and the parser holds it whole.
        let left = match entry.name().map_err(|e| damaged(file, e))?.as_ref() {
            "xl/sharedStrings.xml" => (limits.unpacked - total).min(limits.unpacked / 2),
            _ => limits.unpacked - total,
        };
        let before = total;
        let mut capped = entry.take(left + 1);
        total += std::io::copy(&mut capped, &mut std::io::sink()).map_err(|e| damaged(file, e))?;
        if total - before > left {
            return Err(too_large());
        }
    }
    let known = |name: &str| zip.index_for_name(name).is_some();
    if known("xl/workbook.xml") {
        Ok(())
    } else {
        let what = match known("xl/workbook.bin") {
            true => "a binary workbook (.xlsb)",
            false => "a zip file without an Excel workbook in it",
        };
        Err(LedgerError::Unsupported { file: file.to_owned(), what })
    }
}

fn read_sheets(file: &str, bytes: &[u8], limits: &Limits) -> Result<(Vec<Sheet>, bool), LedgerError> {
    let package = Package::open(bytes).ok_or_else(|| damaged(file, "the workbook's list of sheets is broken"))?;
    let date1904 = package.date1904;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(file, e))?;
    let list: Vec<(String, bool)> =
        book.sheets_metadata().iter().map(|s| (s.name.clone(), s.visible != SheetVisible::Visible)).collect();
    let mut left = limits.cells;
    let mut sheets = Vec::new();
    for (name, hidden) in list {
        let path = package.sheets.iter().find(|s| s.name == name).map(|s| s.path.clone());
        // The part is gone through twice, for the cells and for what is beside them: at the same time.
        let (lines, beside) = std::thread::scope(|scope| {
            let beside = scope.spawn(|| path.and_then(|path| Some(Package::open(bytes)?.beside(&path))));
            let lines = lines(&mut book, &name, date1904, &mut left);
            (lines, beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).unwrap_or_default())
        });
        let mut lines = match lines {
            Ok(lines) => lines,
            Err(Stop::TooMany) => {
                return Err(LedgerError::TooManyCells { file: file.to_owned(), limit: limits.cells });
            }
            Err(Stop::Broken(reason)) => {
                return Err(damaged(file, format!("sheet {name}: {reason}")));
            }
        };
        let Beside { hidden_rows, notes, pictures, merges, uncalculated, zeros } = beside;
        for ((number, column), digits) in zeros {
            if let Ok(at) = lines.binary_search_by_key(&number, |l| l.number) {
                let text = format!("{:0>digits$}", lines[at].get(column.into()));
                lines[at].set(column, text);
            }
        }
        let mut sheet = Sheet { name, hidden, lines, merges, hidden_rows, notes, pictures, uncalculated };
        sheet.fill_down(limits.cells);
        sheets.push(sheet);
    }
    Ok((sheets, date1904))
}

enum Stop {
    TooMany,
    Broken(String),
}

fn lines(book: &mut Book<'_>, name: &str, date1904: bool, left: &mut usize) -> Result<Vec<Line>, Stop> {
    let broken = |e: calamine::XlsxError| Stop::Broken(e.to_string());
    let mut reader = match book.worksheet_cells_reader(name) {
        Ok(reader) => reader,
        // A chart sheet has no cells.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(e) => return Err(broken(e)),
    };
    // Cells come row by row, but nothing keeps a file to that.
    let mut lines: BTreeMap<u32, Line> = BTreeMap::new();
    let mut open = Line::default();
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        *left = left.checked_sub(1).ok_or(Stop::TooMany)?;
        let (row, column) = cell.get_position();
        let text = text_of(cell.get_value().clone().into(), date1904);
        if let (Ok(column), Some(number)) = (u16::try_from(column), row.checked_add(1)) {
            if open.number != number {
                let next = lines.remove(&number).unwrap_or_else(|| Line::new(number));
                let full = std::mem::replace(&mut open, next);
                lines.insert(full.number, full);
            }
            open.set(column, text);
        }
    }
    lines.insert(open.number, open);
    lines.remove(&0); // no row has this number
    Ok(lines.into_values().collect())
}

/// A cell as a person would have typed it: dates in ISO form, whole numbers without a point.
pub(super) fn text_of(value: Data, date1904: bool) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s,
        Data::Int(n) => n.to_string(),
        Data::Float(n) if n.abs() >= FIRST_ROUNDED && n.is_finite() => rounded(n),
        Data::Float(n) => n.to_string(),
        Data::Bool(b) => if b { "是" } else { "否" }.to_owned(),
        Data::Error(e) => e.to_string(),
        Data::DateTime(t) => date_text(t.as_f64(), date1904),
    }
}

/// Numbers from here on have more digits than a spreadsheet keeps.
const FIRST_ROUNDED: f64 = 1e15;

/// A number with the fifteen digits that are certain, as a spreadsheet would show it: 3.60721202601127E+17.
fn rounded(n: f64) -> String {
    let text = format!("{n:.14E}");
    let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    format!("{mantissa}E+{exponent}")
}

/// Below one day it is a time of day, above it a date; Excel's day 60 (29 February 1900) never was.
fn date_text(serial: f64, date1904: bool) -> String {
    let epoch = if date1904 { NaiveDate::from_ymd_opt(1904, 1, 1) } else { NaiveDate::from_ymd_opt(1899, 12, 30) };
    let seconds = (serial.fract() * 86_400.0).round();
    if !serial.is_finite() || !(1.0..=2_958_466.0).contains(&serial) {
        return serial.to_string();
    }
    // Both casts are of whole numbers within range, checked above.
    let (days, seconds) = (serial.trunc() as u64, seconds as u32);
    let Some(day) = epoch.and_then(|e| e.checked_add_days(Days::new(days))) else {
        return serial.to_string();
    };
    match NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0) {
        Some(t) if seconds > 0 => day.and_time(t).format("%Y-%m-%d %H:%M:%S").to_string(),
        _ => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn numbers_beyond_fifteen_digits_show_what_is_certain() {
        assert_eq!(rounded(360_721_202_601_127_040.0), "3.60721202601127E+17");
        assert_eq!(rounded(1e18), "1E+18");
    }
}
