//! A server's answer: its body within the limit, and what it is.

use chrono::{DateTime, Utc};
use reqwest::{Response, Url};

use super::super::{Asked, Content, Delivery, Fetched, Trouble};
use super::{Format, HttpSource, reason, shown};
use crate::ledger::rows_of_json;

/// Longest validator that is kept and sent back.
const LONGEST: usize = 1_000;

pub(super) async fn read(
    source: &HttpSource,
    url: &Url,
    response: Response,
    asked: &Asked<'_>,
) -> Result<Fetched, Trouble> {
    let place = shown(url);
    let refused = |what: String| Trouble::refused(format!("{place}: {what}"));
    if let Some(packed) = header(&response, "content-encoding").filter(|e| e != "identity") {
        return Err(refused(format!("the body is packed ({packed}) though that was not asked for")));
    }
    let format = match source.format {
        Some(format) => format,
        None => named(header(&response, "content-type").as_deref(), url).map_err(refused)?,
    };
    let (etag, last_modified) = (header(&response, "etag"), header(&response, "last-modified"));
    let bytes = body(response, source.max_bytes.min(asked.limits.file), &place).await?;
    let file = |ending: &str, bytes| Content::File { name: format!("{}.{ending}", stem(url)), bytes };
    let content = match format {
        Format::Csv => file("csv", bytes),
        Format::Xlsx => file("xlsx", bytes),
        Format::Json => {
            let (headers, rows) = rows_of_json(&bytes, &source.rows, asked.limits.cells).map_err(refused)?;
            Content::Table { headers, rows }
        }
    };
    Ok(Fetched::Delivery(Delivery {
        name: place,
        content,
        as_of: last_modified.as_deref().and_then(http_date),
        etag,
        last_modified,
        more: false,
    }))
}

async fn body(mut response: Response, limit: u64, place: &str) -> Result<Vec<u8>, Trouble> {
    let too_large = || {
        Trouble::refused(format!(
            "{place}: larger than {limit} bytes; ask for less, or raise max_bytes (50 MiB at most)"
        ))
    };
    if response.content_length().is_some_and(|n| n > limit) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|e| Trouble::failed(format!("{place}: the body broke off: {}", reason(&e))))?
    {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What the server says the body is; where that says nothing, the address's ending.
fn named(content_type: Option<&str>, url: &Url) -> Result<Format, String> {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let by_ending = || match url.path().rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).as_deref() {
        Some("json") => Some(Format::Json),
        Some("csv") => Some(Format::Csv),
        Some("xlsx") => Some(Format::Xlsx),
        _ => None,
    };
    let format = match kind.as_str() {
        "application/json" => Some(Format::Json),
        k if k.ends_with("+json") => Some(Format::Json),
        "text/csv" | "application/csv" | "text/tab-separated-values" => Some(Format::Csv),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Format::Xlsx),
        "" | "text/plain" | "application/octet-stream" => by_ending(),
        _ => None,
    };
    format.ok_or_else(|| {
        format!("the body is {kind:?}, which is no ledger; if it is one all the same, set format = \"json\", \"csv\" or \"xlsx\"")
    })
}

/// The last part of the path, without its ending.
fn stem(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut s| s.next_back()).unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    if stem.is_empty() { "ledger".to_owned() } else { stem.to_owned() }
}

/// A header's text, unless it is unreasonable.
pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    let text = response.headers().get(name)?.to_str().ok()?;
    (text.len() <= LONGEST).then(|| text.trim().to_owned())
}

/// `Fri, 30 Sep 2022 08:00:00 GMT` (RFC 9110, 5.6.7).
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|t| t.to_utc())
}
