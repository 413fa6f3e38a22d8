//! Values of a database as a person would have typed them.

use chrono::{NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

/// 是 or 否, as a spreadsheet's truth values are read.
pub(super) fn truth(yes: bool) -> String {
    if yes { "是" } else { "否" }.to_owned()
}

/// A number without exponent.
pub(super) fn number(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(n) if text.contains(['e', 'E']) => n.to_string(),
        _ => text.to_owned(),
    }
}

/// `2022-09-30 18:00:00.25+08` without fraction and offset, and at midnight as the date alone.
pub(super) fn wall_clock(text: &str) -> String {
    let Some(second) = text.get(..19).filter(|t| NaiveDateTime::parse_from_str(t, "%Y-%m-%d %H:%M:%S").is_ok()) else {
        return text.to_owned(); // infinity, 0000-00-00, years of five digits
    };
    second.strip_suffix(" 00:00:00").unwrap_or(second).to_owned()
}

/// The same for an instant given in UTC.
pub(super) fn instant(text: &str, zone: Tz) -> String {
    let utc = text.get(..19).and_then(|t| NaiveDateTime::parse_from_str(t, "%Y-%m-%d %H:%M:%S").ok());
    match utc {
        Some(utc) => {
            wall_clock(&Utc.from_utc_datetime(&utc).with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string())
        }
        None => text.to_owned(),
    }
}

/// What to do about bytes that are no text.
pub(super) fn binary(column: &str) -> String {
    format!("column {column} holds bytes and no text; leave it out of the query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_typed() {
        assert_eq!(number("1e+20"), "100000000000000000000");
        assert_eq!(number("12.50"), "12.50");
        assert_eq!(wall_clock("2022-09-30 00:00:00"), "2022-09-30");
        assert_eq!(wall_clock("2022-09-30 18:00:00.25+08"), "2022-09-30 18:00:00");
        assert_eq!(wall_clock("infinity"), "infinity");
        assert_eq!(instant("2022-09-30 10:00:00", chrono_tz::Asia::Shanghai), "2022-09-30 18:00:00");
        assert_eq!(instant("2022-09-29 16:00:00", chrono_tz::Asia::Shanghai), "2022-09-30");
    }
}
