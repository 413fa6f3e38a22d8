//! A ledger that comes as a table and not as a file: rows of a query, objects of a JSON answer.
//!
//! Its lines take the same way as those of a file. Row 1 is the header, as a spreadsheet would show it.

use super::read::{Workbook, read_sheets};
use super::sheet::{Line, Sheet};
use super::{LedgerError, ReadContext, TABLE_ROWS};

/// Reads a table; `name` serves for messages, as file and as sheet. A list of nothing names no columns: it is empty.
///
/// # Errors
/// [`LedgerError::TooManyCells`], [`LedgerError::TooManyRows`], [`LedgerError::CellTooLarge`], [`LedgerError::NoHeader`] when its columns are not those of a ledger, and
/// [`LedgerError::Classified`].
pub fn read_table(
    name: &str,
    headers: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    ctx: &ReadContext<'_>,
) -> Result<Workbook, LedgerError> {
    let mut rows = rows.peekable();
    if headers.is_empty() && rows.peek().is_none() {
        return Ok(Workbook::default());
    }
    let mut left = ctx.limits.cells;
    let mut lines = Vec::new();
    for (number, cells) in (1u32..).zip(std::iter::once(headers.to_vec()).chain(rows)) {
        if lines.len() > TABLE_ROWS {
            return Err(LedgerError::TooManyRows { file: name.to_owned(), limit: TABLE_ROWS });
        }
        left = left
            .checked_sub(cells.len())
            .ok_or(LedgerError::TooManyCells { file: name.to_owned(), limit: ctx.limits.cells })?;
        let mut line = Line::new(number);
        for (column, cell) in (0u16..).zip(cells) {
            line.set(column, cell);
        }
        lines.push(line);
    }
    let sheet = Sheet { name: name.to_owned(), lines, ..Sheet::default() };
    read_sheets(name, vec![sheet], false, ctx, Workbook::default())
}
