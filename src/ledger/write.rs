//! New workbooks: a ledger that came in another form, and the chart beside a summary.

use std::io::{Cursor, Read as _, Write as _};

use rust_xlsxwriter::{
    Chart, ChartFormat, ChartSolidFill, ChartType, Color, DocProperties, ExcelDateTime, Workbook, XlsxError,
};

pub use super::delimited::guarded;
use super::patch::{self, Value};
use super::read::{Limits, sheets};
use super::{LedgerError, column_letter};

/// The ledger as an .xlsx: the file itself, or the cells of an .xls or .csv in a new one.
///
/// # Errors
/// [`LedgerError`] when the file cannot be read, or holds more than a workbook can.
pub fn as_xlsx(name: &str, bytes: &[u8]) -> Result<Vec<u8>, LedgerError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(bytes.to_vec());
    }
    let (sheets, date1904, _) = sheets(name, bytes, &Limits::default())?;
    let tables = sheets.iter().filter(|s| !s.hidden).map(|sheet| {
        let cells = sheet.lines.iter().flat_map(|l| l.iter().map(move |(c, text)| (l.number, c, text)));
        (sheet.name.as_str(), cells.collect::<Vec<_>>())
    });
    let damaged = |reason: String| LedgerError::Damaged { file: name.to_owned(), reason };
    let book = written(tables).map_err(|e| damaged(e.to_string()))?;
    // Numbers that are days go over as they are: they must count from the same day.
    if date1904 { from_1904(&book).map_err(|e| damaged(e.to_string())) } else { Ok(book) }
}

/// The same workbook with days that count from 1904 (ECMA-376 part 1, 18.2.28).
fn from_1904(book: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut parts = zip::ZipArchive::new(Cursor::new(book))?;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..parts.len() {
        let mut part = parts.by_index(n)?;
        if part.name()? != "xl/workbook.xml" {
            drop(part);
            out.raw_copy_file(parts.by_index_raw(n)?)?;
            continue;
        }
        let mut text = String::new();
        part.read_to_string(&mut text)?;
        out.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default())?;
        out.write_all(text.replacen("<workbookPr ", "<workbookPr date1904=\"1\" ", 1).as_bytes())?;
    }
    Ok(out.finish()?.into_inner())
}

/// A workbook of one table: a header and rows.
///
/// # Errors
/// As [`as_xlsx`].
pub fn table(name: &str, rows: &[Vec<String>]) -> Result<Vec<u8>, LedgerError> {
    tables(&[(name, rows)])
}

/// A workbook of several tables, a sheet each.
///
/// # Errors
/// As [`as_xlsx`].
pub fn tables(sheets: &[(&str, &[Vec<String>])]) -> Result<Vec<u8>, LedgerError> {
    let cells = sheets.iter().map(|(name, rows)| {
        let cells = (1u32..).zip(rows.iter());
        let cells = cells.flat_map(|(n, row)| row.iter().enumerate().map(move |(c, text)| (n, c, text.as_str())));
        (*name, cells.collect::<Vec<_>>())
    });
    written(cells).map_err(|e| LedgerError::Damaged {
        file: sheets.first().map(|(name, _)| (*name).to_owned()).unwrap_or_default(),
        reason: e.to_string(),
    })
}

fn written<'a>(tables: impl IntoIterator<Item = (&'a str, Vec<(u32, usize, &'a str)>)>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    for (name, cells) in tables {
        let sheet = book.add_worksheet();
        // Sheet names are shorter than file names, and some signs are forbidden in them.
        let name: String = name.chars().filter(|c| !r"[]:*?/\".contains(*c)).take(31).collect();
        sheet.set_name(if name.is_empty() { "1" } else { &name })?;
        for (row, column, text) in cells {
            let column = u16::try_from(column).map_err(|_| XlsxError::RowColumnLimitError)?;
            sheet.write_string(row.saturating_sub(1), column, text)?;
        }
    }
    book.save_to_buffer()
}

/// Colours of a chart's series; the office's workbook may have no theme to take them from.
const COLOURS: [u32; 3] = [0x70_AD47, 0xF4_B183, 0x5B_9BD5];

/// A stacked bar for each row of a table: `series` are its columns, the first column names the rows. `header` is
/// the table's header row and `last` its last row, both from 1. `None` when there is nothing to show.
#[must_use]
pub fn chart(sheet: &str, table: &[Vec<Value>], header: u32, last: u32, series: &[u16]) -> Option<patch::Chart> {
    if last <= header {
        return None;
    }
    let range = |column: u16, from: u32| {
        let letter = column_letter(column.into());
        format!("='{}'!${letter}${from}:${letter}${last}", sheet.replace('\'', "''"))
    };
    let build = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        page.set_name(sheet)?;
        let mut chart = Chart::new(ChartType::BarStacked);
        for (column, colour) in series.iter().zip(COLOURS.iter().cycle()) {
            let name = match table.get(header as usize - 1).and_then(|row| row.get(usize::from(*column))) {
                Some(Value::Text(name)) => name.clone(),
                _ => String::new(),
            };
            let (values, names) = (range(*column, header + 1), range(0, header + 1));
            let fill = ChartSolidFill::new().set_color(Color::RGB(*colour)).clone();
            chart
                .add_series()
                .set_name(name.as_str())
                .set_values(values.as_str())
                .set_categories(names.as_str())
                .set_format(ChartFormat::new().set_solid_fill(&fill));
        }
        chart.set_width(720).set_height(120 + 24 * (last - header).min(40));
        page.insert_chart(last + 1, 0, &chart)?;
        book.save_to_buffer()
    };
    let mut zip = zip::ZipArchive::new(Cursor::new(build().ok()?)).ok()?;
    let mut part = |path: &str| {
        let mut text = String::new();
        zip.by_name(path).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    };
    Some(patch::Chart { drawing: part("xl/drawings/drawing1.xml")?, chart: part("xl/charts/chart1.xml")? })
}
