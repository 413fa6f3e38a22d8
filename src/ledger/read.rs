//! Opening a ledger: size limits, the file's format, one sheet after the other.
//!
//! The only place here that touches the file system, and only to read. Called by the import and by the
//! command that shows what a file holds before anything is imported.

mod book;

pub use book::{Layout, Original, UnknownColumn, Workbook};

use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;

use super::headers::{self, Column, HEADER_ROWS, Header, Key, Learned};
use super::rows::problem;
use super::sheet::{LeftOut, Line, Sheet, SheetKind, SheetReport, Why};
use super::{LedgerError, Place, Severity, delimited, identity, roster, rows, secrecy, xls, xlsx};
use dutybell_core::reply::DayView;

/// How large a ledger may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file: u64,
    /// Bytes of everything in an xlsx, unpacked.
    pub unpacked: u64,
    /// Used cells of all sheets together.
    pub cells: usize,
}

/// Bytes of one cell: a spreadsheet's cell holds 32,767 characters.
pub const CELL_BYTES: usize = 100_000;

/// Rows of one table.
pub const TABLE_ROWS: usize = 300_000;

impl Default for Limits {
    fn default() -> Self {
        Self { file: 50 << 20, unpacked: 200 << 20, cells: 2_000_000 }
    }
}

/// What reading depends on besides the file.
#[derive(Clone, Copy)]
pub struct ReadContext<'a> {
    /// Today in the organisation's zone: completes years in dates of discovery.
    pub today: NaiveDate,
    /// The organisation's calendar.
    pub days: &'a dyn DayView,
    pub limits: Limits,
    /// What the office said about its columns.
    pub learned: &'a Learned,
    /// The file's own day, from which deadlines count where no column says when a hazard was found; else today.
    pub file_day: Option<NaiveDate>,
    /// Keep the texts of the columns that an export may fill ([`Layout::cells`]).
    pub for_export: bool,
}

/// Nothing was said.
static NOTHING: LazyLock<Learned> = LazyLock::new(Learned::default);

impl<'a> ReadContext<'a> {
    /// With the default limits and nothing learnt.
    #[must_use]
    pub fn new(today: NaiveDate, days: &'a dyn DayView) -> Self {
        Self { today, days, limits: Limits::default(), learned: &NOTHING, file_day: None, for_export: false }
    }

    /// The same, knowing what the office said about its columns.
    #[must_use]
    pub fn knowing(self, learned: &'a Learned) -> Self {
        Self { learned, ..self }
    }

    /// The same, for a file of that day.
    #[must_use]
    pub fn of(self, day: NaiveDate) -> Self {
        Self { file_day: Some(day), ..self }
    }

    /// The day from which deadlines count in a ledger that does not say when its hazards were found.
    pub(crate) fn assumed_day(&self) -> NaiveDate {
        self.file_day.map_or(self.today, |day| day.min(self.today))
    }

    /// The same, for giving the ledger back.
    #[must_use]
    pub fn for_export(self) -> Self {
        Self { for_export: true, ..self }
    }
}

/// Reads a file.
///
/// # Errors
/// [`LedgerError`] when nothing of the file can be used; single bad rows are problems in the result.
pub fn read_file(path: &Path, ctx: &ReadContext<'_>) -> Result<Workbook, LedgerError> {
    let file = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let failed = |source| LedgerError::Io { file: file.clone(), source };
    let open = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to know, even when the file grows while it is read.
    open.take(ctx.limits.file + 1).read_to_end(&mut bytes).map_err(failed)?;
    read_bytes(&file, &bytes, ctx)
}

/// Reads a file's content; `name` serves for messages and, by its stem, as the name of a CSV's sheet.
///
/// # Errors
/// As [`read_file`], without I/O.
pub fn read_bytes(name: &str, bytes: &[u8], ctx: &ReadContext<'_>) -> Result<Workbook, LedgerError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > ctx.limits.file {
        return Err(LedgerError::TooLarge { file: name.to_owned(), bytes: size, limit: ctx.limits.file });
    }
    let mut book = Workbook::default();
    let (sheets, date1904, lossy) = sheets(name, bytes, &ctx.limits)?;
    if let Some(encoding) = lossy {
        let place = Place { file: name.to_owned(), ..Place::default() };
        let reason = format!("encoding: some bytes are not {encoding}");
        let found = problem(place, "", Severity::Warning, reason, "save the file as CSV UTF-8");
        book.problems.push(found.about(encoding));
    }
    read_sheets(name, sheets, date1904, ctx, book).map(|mut book| {
        if book.sheets.iter().any(|s| s.kind == SheetKind::Ledger) {
            book.original = Some(Original { name: name.to_owned(), bytes: bytes.into() });
        }
        book
    })
}

/// Reads sheets into a workbook, whatever they came from.
pub(super) fn read_sheets(
    name: &str,
    sheets: Vec<Sheet>,
    date1904: bool,
    ctx: &ReadContext<'_>,
    mut book: Workbook,
) -> Result<Workbook, LedgerError> {
    for sheet in sheets {
        refuse_endless(name, &sheet)?;
        read_sheet(name, sheet, date1904, ctx, &mut book)?;
    }
    if !book.sheets.iter().any(|s| matches!(s.kind, SheetKind::Ledger | SheetKind::People | SheetKind::Units)) {
        return Err(LedgerError::NoHeader { file: name.to_owned(), rows: HEADER_ROWS });
    }
    identity::tell_apart(&mut book.rows);
    Ok(book)
}

/// A cell longer than any spreadsheet's: everything below would go through it again and again.
fn refuse_endless(name: &str, sheet: &Sheet) -> Result<(), LedgerError> {
    for line in &sheet.lines {
        if let Some((column, _)) = line.iter().find(|(_, text)| text.len() > CELL_BYTES) {
            let place = Place { file: name.to_owned(), sheet: sheet.name.clone(), row: line.number, column: None };
            return Err(LedgerError::CellTooLarge { place: place.at(column, ""), limit: CELL_BYTES });
        }
    }
    Ok(())
}

/// The sheets of a file, whether its days count from 1904, and an encoding into which some bytes did not fit.
pub(super) fn sheets(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Vec<Sheet>, bool, Option<&'static str>), LedgerError> {
    let (sheets, date1904) = match format(name, bytes, limits)? {
        Format::Xlsx => xlsx::open(name, bytes, limits)?,
        Format::Xls(stream) => xls::open(name, bytes, &stream, limits)?,
        Format::Text => {
            let (text, lossy) = delimited::decode(bytes);
            return Ok((vec![delimited::read(name, &text, limits)?], false, lossy));
        }
    };
    Ok((sheets, date1904, None))
}

enum Format {
    Xlsx,
    /// With the workbook's stream.
    Xls(Vec<u8>),
    Text,
}

/// Tells the format by the first bytes; the name only helps to say what an unreadable file is.
fn format(name: &str, bytes: &[u8], limits: &Limits) -> Result<Format, LedgerError> {
    let unsupported = |what| Err(LedgerError::Unsupported { file: name.to_owned(), what });
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
    if ending == "et" {
        return unsupported("a WPS table (.et)");
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return if ending == "ods" { unsupported("an OpenDocument table (.ods)") } else { Ok(Format::Xlsx) };
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return match xls::container(bytes, limits.unpacked) {
            Some(xls::Container::Workbook(stream)) => Ok(Format::Xls(stream)),
            Some(xls::Container::Encrypted) => Err(LedgerError::Locked { file: name.to_owned() }),
            Some(xls::Container::Other) => unsupported("an Office file without a workbook in it"),
            None => Err(LedgerError::Damaged {
                file: name.to_owned(),
                reason: "its container is broken; open it and save it as .xlsx".to_owned(),
            }),
        };
    }
    if bytes.starts_with(b"%PDF") {
        return unsupported("a PDF");
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).trim_start_matches('\u{feff}').to_lowercase();
    let start = start.trim_start();
    if ["<html", "<!doctype html", "<table", "<meta", "<?xml"].iter().any(|tag| start.starts_with(tag)) {
        return unsupported("a web page or XML that is only called a table");
    }
    if bytes.is_empty() {
        return Err(LedgerError::Damaged { file: name.to_owned(), reason: "it is empty".to_owned() });
    }
    Ok(Format::Text)
}

fn read_sheet(
    file: &str,
    mut sheet: Sheet,
    date1904: bool,
    ctx: &ReadContext<'_>,
    book: &mut Workbook,
) -> Result<(), LedgerError> {
    let home = Place { file: file.to_owned(), sheet: sheet.name.clone(), ..Place::default() };
    let header = if sheet.hidden { None } else { headers::find(&sheet, ctx.learned) };
    refuse_classified(file, &sheet, header.as_ref().map_or(sheet.lines.len(), |h| h.last + 1), &home)?;
    let Some(header) = header else {
        let kind = if sheet.hidden { SheetKind::Hidden } else { SheetKind::Other };
        report(book, &sheet, kind, None, (0, 0));
        return Ok(());
    };
    if header.kind != SheetKind::Ledger {
        report_unread_columns(&sheet, &header, &home, book);
    }
    let counts = match header.kind {
        SheetKind::People => roster::read_people(&sheet, &header, &home, book),
        SheetKind::Units => roster::read_units(&sheet, &header, &home, book),
        _ => {
            let unknown = header.columns.iter().filter(|c| (c.key.is_none() || c.learned) && !c.header.is_empty());
            book.columns.extend(unknown.map(|c| UnknownColumn {
                place: Place { row: sheet.lines[header.last].number, ..home.clone() }.at(c.index, &c.header),
                header: c.header.clone(),
                key: c.key,
                learned: c.learned,
                resembles: headers::resembles(&c.header).filter(|_| c.key.is_none()),
            }));
            book.layouts.push(layout(&sheet, &header, ctx.for_export));
            let counts = rows::read(&mut sheet, &header, &home, date1904, ctx, book)?;
            if header.column(Key::FoundOn).is_none() && counts.0 > 0 {
                let place = Place { row: sheet.lines[header.last].number, ..home.clone() };
                let day = ctx.assumed_day();
                let reason = format!("found-assumed: no column says when the hazards were found; {day} was taken");
                let hint = "add a column Found on, or import with --on and the day of the inspection";
                book.problems.push(problem(place, "", Severity::Warning, reason, hint).about(day.to_string()));
            }
            counts
        }
    };
    if counts == (0, 0) {
        let place = Place { row: sheet.lines[header.last].number, ..home.clone() };
        let hint = "fill in rows below it";
        book.problems.push(problem(place, "", Severity::Warning, "no-rows: nothing stands below the header", hint));
    }
    for line in &sheet.lines[..header.first] {
        let words: Vec<&str> = line.iter().map(|(_, t)| t.trim()).collect();
        let place = Place { row: line.number, ..home.clone() };
        book.skipped.push(LeftOut { place, why: Why::AboveHeader, text: words.join(" ") });
    }
    let number = sheet.lines.get(header.last).map(|l| l.number);
    report(book, &sheet, header.kind, number, counts);
    Ok(())
}

/// Columns of people and units that no known name covers: said, and not read.
fn report_unread_columns(sheet: &Sheet, header: &Header, home: &Place, book: &mut Workbook) {
    for column in header.columns.iter().filter(|c| !c.header.is_empty()) {
        let place = Place { row: sheet.lines[header.last].number, ..home.clone() }.at(column.index, &column.header);
        let Column { header, key, .. } = column.clone();
        if column.learned {
            book.columns.push(UnknownColumn { place, header, key, learned: true, resembles: None });
        } else if key.is_none() {
            let reason = "column-unknown: the column is not known and was not read";
            let hint = format!("if it matters, say what it is, such as --map \"{header}=title\"");
            book.problems.push(problem(place, &header, Severity::Warning, reason, &hint).about(&header));
        }
    }
}

fn layout(sheet: &Sheet, header: &Header, with_cells: bool) -> Layout {
    let fills: Vec<u16> = header
        .columns
        .iter()
        .filter(|c| with_cells && c.key.is_some_and(Key::is_filled))
        .filter_map(|c| u16::try_from(c.index).ok())
        .collect();
    let texts =
        |line: &Line| fills.iter().map(|c| ((line.number, *c), line.get((*c).into()).to_owned())).collect::<Vec<_>>();
    Layout {
        sheet: sheet.name.clone(),
        header_row: sheet.lines[header.last].number,
        columns: header.columns.clone(),
        cells: sheet.lines[header.last + 1..].iter().flat_map(texts).filter(|(_, t)| !t.is_empty()).collect(),
    }
}

fn report(
    book: &mut Workbook,
    sheet: &Sheet,
    kind: SheetKind,
    header_row: Option<u32>,
    (rows, skipped): (usize, usize),
) {
    let Sheet { hidden_rows, notes, pictures, .. } = *sheet;
    book.sheets.push(SheetReport {
        name: sheet.name.clone(),
        kind,
        header_row,
        rows,
        skipped,
        hidden_rows,
        notes,
        pictures,
    });
}

/// A mark in the file's or the sheet's name, above the data, or anywhere in a sheet that is not read
/// covers the whole file.
fn refuse_classified(file: &str, sheet: &Sheet, lines: usize, home: &Place) -> Result<(), LedgerError> {
    let classified = |place: Place, mark: &str| Err(LedgerError::Classified { place, mark: mark.to_owned() });
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if let Some(mark) = secrecy::mark(stem).or_else(|| secrecy::mark(&sheet.name)) {
        return classified(home.clone(), mark);
    }
    for line in &sheet.lines[..lines] {
        if let Some(mark) = line.iter().find_map(|(_, t)| secrecy::mark(t)) {
            return classified(Place { row: line.number, ..home.clone() }, mark);
        }
    }
    Ok(())
}
