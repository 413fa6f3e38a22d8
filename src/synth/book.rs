//! Sheets into files: workbooks that come out the same byte for byte, and text files in the encodings offices use.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::cell::Cell;
use super::page::Page;

/// Formats by the number format they show.
#[derive(Default)]
struct Formats(HashMap<&'static str, Format>);

impl Formats {
    fn of(&mut self, shown: &'static str) -> &Format {
        self.0.entry(shown).or_insert_with(|| Format::new().set_num_format(shown))
    }
}

fn excel_day(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let small = |n: u32| u8::try_from(n).unwrap_or(1); // months and days are
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1900), small(day.month()), small(day.day()))
}

/// A workbook that says it was made on a day: the hour it really was made would be in its bytes.
pub(super) fn workbook(on: NaiveDate) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = excel_day(on)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made).set_author("dutybell synth"));
    Ok(book)
}

fn put(sheet: &mut Worksheet, at: (u32, u16), cell: &Cell, formats: &mut Formats) -> Result<(), XlsxError> {
    let (row, column) = at;
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, text)?,
        Cell::Day(day, shown) => sheet.write_datetime_with_format(row, column, excel_day(*day)?, formats.of(shown))?,
        Cell::Number(n) => sheet.write_number(row, column, *n)?,
        Cell::Padded(n) => sheet.write_number_with_format(row, column, *n, formats.of("000000"))?,
    };
    Ok(())
}

/// Writes a row of text cells, as lists of units and people have them.
pub(super) fn put_row(sheet: &mut Worksheet, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
    let mut formats = Formats::default();
    for (column, cell) in (0_u16..).zip(cells) {
        put(sheet, (row, column), cell, &mut formats)?;
    }
    Ok(())
}

/// A ledger as a workbook.
pub(super) fn xlsx(pages: &[Page], on: NaiveDate) -> Result<Vec<u8>, XlsxError> {
    let mut book = workbook(on)?;
    let mut formats = Formats::default();
    let middle = Format::new().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
    for page in pages {
        let sheet = book.add_worksheet();
        sheet.set_name(&page.name)?.set_hidden(page.hidden);
        for merge in &page.merges {
            let ((first, last), (left, right)) = (merge.lines, merge.columns);
            if first < last || left < right {
                sheet.merge_range(row(first), column(left), row(last), column(right), "", &middle)?;
            }
        }
        for (at, line) in page.lines.iter().enumerate() {
            for (i, cell) in line.cells.iter().enumerate() {
                put(sheet, (row(at), column(i)), cell, &mut formats)?;
            }
            if line.hidden {
                sheet.set_row_hidden(row(at))?;
            }
        }
        sheet.set_freeze_panes(row(page.titles + page.headers), 0)?;
    }
    book.save_to_buffer()
}

fn row(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX) // the workbook refuses it
}

fn column(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX) // the workbook refuses it
}

/// Lines as a text file: GB18030 as spreadsheets in China save it, or UTF-8 with a mark.
pub(super) fn csv(lines: &[Vec<Cell>], gb18030: bool) -> Result<Vec<u8>, csv::Error> {
    let width = lines.iter().map(Vec::len).max().unwrap_or(1);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        let shown = line.iter().map(Cell::shown).chain(std::iter::repeat(String::new()));
        writer.write_record(shown.take(width))?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(if gb18030 { encoding_rs::GB18030.encode(&text).0.into_owned() } else { format!("\u{feff}{text}").into_bytes() })
}
