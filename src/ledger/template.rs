//! Empty workbooks to fill in: a ledger, people, units, or people and units together; with notes and drop-down lists, in
//! the words that the reader knows. The words are data (`templates/workbooks`).

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatBorder, Note, Workbook, Worksheet, XlsxError,
};
use serde::Deserialize;

use dutybell_core::org::Locale;

/// Rows below the header that have drop-down lists and formats.
const ROWS: u32 = 2_000;

/// What is to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ledger,
    People,
    Units,
    /// Units and people in one workbook.
    Roster,
}

#[derive(Deserialize)]
struct Book {
    words: Words,
    ledger: Table,
    people: Table,
    units: Table,
}

#[derive(Deserialize)]
struct Words {
    guide: String,
    head: [String; 4],
    must: String,
    may: String,
}

#[derive(Deserialize)]
struct Table {
    sheet: String,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    width: f64,
    note: String,
    #[serde(default)]
    must: bool,
    #[serde(default)]
    kind: Looks,
    #[serde(default)]
    choices: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Looks {
    #[default]
    Plain,
    Date,
    /// Text, so that numbers keep their zeros and all their digits.
    Code,
}

/// Why a workbook cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("the words of the workbook cannot be read: {0}")]
    Words(#[from] toml::de::Error),
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
}

/// An empty workbook. Chinese, simplified, for both Chinese languages: its columns are those of the office's forms.
///
/// # Errors
/// [`TemplateError`], a mistake in this program: the words are part of it.
pub fn workbook(kind: Kind, locale: Locale) -> Result<Vec<u8>, TemplateError> {
    let words: Book = toml::from_str(match locale {
        Locale::ZhCn | Locale::ZhHant => include_str!("../../templates/workbooks/zh-CN.toml"),
        Locale::En => include_str!("../../templates/workbooks/en.toml"),
    })?;
    let tables: &[&Table] = match kind {
        Kind::Ledger => &[&words.ledger],
        Kind::People => &[&words.people],
        Kind::Units => &[&words.units],
        Kind::Roster => &[&words.units, &words.people],
    };
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    for table in tables {
        fill(book.add_worksheet(), table)?;
    }
    guide(book.add_worksheet(), &words.words, tables)?;
    Ok(book.save_to_buffer()?)
}

/// The sheet to fill in: a header with a note on each column, formats and drop-down lists below it.
fn fill(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    sheet.set_name(&table.sheet)?.set_freeze_panes(1, 1)?;
    let head = Format::new().set_bold().set_border(FormatBorder::Thin).set_text_wrap();
    let (must, may) =
        (head.clone().set_background_color(Color::RGB(0xFF_E699)), head.set_background_color(Color::RGB(0xDD_EBF7)));
    for (n, column) in (0u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, n, &column.name, if column.must { &must } else { &may })?;
        let note = Note::new(&column.note).set_author("dutybell").add_author_prefix(false);
        sheet.insert_note(0, n, &note.set_width(260).set_height(90))?;
        let below = match column.kind {
            Looks::Plain => Format::new(),
            Looks::Date => Format::new().set_num_format("yyyy-mm-dd"),
            Looks::Code => Format::new().set_num_format("@"),
        };
        sheet.set_column_format(n, &below)?.set_column_width(n, column.width)?;
        if !column.choices.is_empty() {
            // Other words may be written all the same: the reader knows many.
            let list = DataValidation::new().allow_list_strings(&column.choices)?.show_error_message(false);
            sheet.add_data_validation(1, n, ROWS, n, &list)?;
        }
    }
    Ok(())
}

/// The sheet that says how.
fn guide(sheet: &mut Worksheet, words: &Words, tables: &[&Table]) -> Result<(), XlsxError> {
    sheet.set_name(&words.guide)?;
    for (column, width) in [(0, 22.0), (1, 8.0), (2, 80.0), (3, 40.0)] {
        sheet.set_column_width(column, width)?;
    }
    let bold = Format::new().set_bold();
    let wrap = Format::new().set_text_wrap();
    let mut row = 0;
    for table in tables {
        for (column, name) in (0u16..).zip(&words.head) {
            sheet.write_string_with_format(row, column, name, &bold)?;
        }
        for column in &table.columns {
            row += 1;
            sheet.write_string(row, 0, format!("{} · {}", table.sheet, column.name))?;
            sheet.write_string(row, 1, if column.must { &words.must } else { &words.may })?;
            sheet.write_string_with_format(row, 2, &column.note, &wrap)?;
            sheet.write_string(row, 3, column.choices.join(" / "))?;
        }
        row += 2;
    }
    Ok(())
}
