//! Text files with separators: finding the encoding and the separator, lines with the numbers a
//! spreadsheet would show.
//!
//! Chinese offices save CSV in GB18030 (Excel's "CSV") or UTF-8 with a byte order mark ("CSV UTF-8");
//! "Unicode text" is UTF-16 with tabs. Knows nothing of ledgers.

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::sheet::{Line, Sheet};
use super::{CELL_BYTES, LedgerError, Limits, Place, TABLE_ROWS};

/// The text and, when bytes had to be replaced, the encoding in which they did not fit.
pub(crate) fn decode(bytes: &[u8]) -> (String, Option<&'static str>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (text.into_owned(), lossy.then(|| encoding.name()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), None);
    }
    let (gb, lossy) = GB18030.decode_without_bom_handling(bytes);
    if !lossy {
        return (gb.into_owned(), None);
    }
    let (utf8, _) = UTF_8.decode_without_bom_handling(bytes);
    let lost = |s: &str| s.matches('\u{fffd}').count();
    if lost(&utf8) <= lost(&gb) {
        (utf8.into_owned(), Some(UTF_8.name()))
    } else {
        (gb.into_owned(), Some(GB18030.name()))
    }
}

/// Reads a text file as one sheet named after the file.
pub fn read(file: &str, text: &str, limits: &Limits) -> Result<Sheet, LedgerError> {
    if text.contains('\0') {
        return Err(LedgerError::Damaged { file: file.to_owned(), reason: "it is not text".to_owned() });
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut sheet = Sheet { name: stem.to_owned(), ..Sheet::default() };
    let mut record = csv::StringRecord::new();
    let (mut left, mut number, mut offset) = (limits.cells, 0u32, 0usize);
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|e| LedgerError::Damaged { file: file.to_owned(), reason: e.to_string() })?;
        if !more {
            return Ok(sheet);
        }
        // The reader passes over empty lines; a spreadsheet counts them.
        number += 1 + empty_lines(text.as_bytes(), offset);
        offset = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        left = left
            .checked_sub(record.len())
            .ok_or(LedgerError::TooManyCells { file: file.to_owned(), limit: limits.cells })?;
        let mut line = Line::new(number);
        for (column, cell) in (0u16..).zip(&record) {
            if cell.len() > CELL_BYTES {
                let place = Place { file: file.to_owned(), sheet: stem.to_owned(), row: number, column: None };
                return Err(LedgerError::CellTooLarge { place: place.at(column.into(), ""), limit: CELL_BYTES });
            }
            line.set(column, without_guard(cell).to_owned());
        }
        if sheet.lines.len() >= TABLE_ROWS {
            return Err(LedgerError::TooManyRows { file: file.to_owned(), limit: TABLE_ROWS });
        }
        sheet.lines.push(line);
    }
}

/// An apostrophe before a sign that begins formulas keeps spreadsheet programs from calculating; it is no part of
/// the text.
fn without_guard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| begins_formula(rest)).unwrap_or(cell)
}

/// A cell with that apostrophe where it needs one (OWASP, CSV injection). Numbers stay numbers.
pub fn guarded(cell: &str) -> String {
    let plain = !cell.starts_with('\'') && cell.trim().parse::<f64>().is_ok();
    if begins_formula(cell) && !plain { format!("'{cell}") } else { cell.to_owned() }
}

/// The first sign, apostrophes apart, is one with which formulas begin.
fn begins_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Line ends that stand before the next record. The reader stops between `\r` and `\n`: that `\n`
/// belongs to the line before.
fn empty_lines(bytes: &[u8], from: usize) -> u32 {
    let rest = &bytes[from..];
    let ends = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let lines = rest[..ends].iter().filter(|b| **b == b'\n').count();
    let split = rest.first() == Some(&b'\n') && bytes[..from].last() == Some(&b'\r');
    u32::try_from(lines - usize::from(split)).unwrap_or(u32::MAX)
}

/// The separator that occurs most in the first lines, outside quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0usize), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for b in text.bytes().take(8192) {
        if b == b'"' {
            quoted = !quoted;
        }
        for (separator, count) in &mut counts {
            *count += usize::from(!quoted && b == *separator);
        }
    }
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(s, _)| *s)
}

#[cfg(test)]
mod tests {
    use super::{Limits, decode, read};

    fn numbers(text: &str) -> Vec<u32> {
        let sheet = read("a.csv", text, &Limits::default()).expect("reads");
        sheet.lines.iter().map(|l| l.number).collect()
    }

    #[test]
    fn rows_count_as_a_spreadsheet_counts() {
        assert_eq!(numbers("a,b\n1,2\n3,4\n"), [1, 2, 3]);
        assert_eq!(numbers("a,b\r\n1,2\r\n3,4"), [1, 2, 3]);
        assert_eq!(numbers("a,b\n\n\n1,2\n\n3,4"), [1, 4, 6]);
        assert_eq!(numbers("a,b\r\n\r\n1,2\r\n"), [1, 3]);
        assert_eq!(numbers("\n\na,b\n"), [3]);
        assert_eq!(numbers("a,\"x\ny\"\n1,2\n"), [1, 2]);
    }

    #[test]
    fn what_is_guarded_reads_as_it_was() {
        for text in ["=1+1", "'=1", "''-x", "@a", "-5", "'-5", "+", "plain", "'plain", "-", "\tx"] {
            assert_eq!(super::without_guard(&super::guarded(text)), text);
        }
        assert_eq!((super::guarded("=1"), super::guarded("-5")), ("'=1".to_owned(), "-5".to_owned()));
    }

    #[test]
    fn encodings() {
        let (gb, _, _) = encoding_rs::GB18030.encode("整改期限");
        assert_eq!(decode(&gb).0, "整改期限");
        assert_eq!(decode("\u{feff}整改".as_bytes()).0, "整改");
        assert_eq!(decode(&[0xff, 0xfe, 0x74, 0x65]).0, "整");
    }
}
