//! The header of a mail as a list of fields, in order, and its one author.
//!
//! Read by ourselves and strictly: what decides about identity must not depend on what a lenient reader makes of
//! a field that was bent on purpose. Pure.

use crate::mail::letter::parse_address;

/// Longest header that is looked at, in bytes.
const MAX_HEAD: usize = 256 * 1024;
/// Most fields that are looked at.
const MAX_FIELDS: usize = 500;

/// The fields, topmost first.
#[derive(Debug, Default)]
pub(in crate::mail) struct Head {
    fields: Vec<(String, String)>,
}

impl Head {
    /// Reads up to the first empty line. Line ends may be CRLF or LF; what is no field is left out.
    pub(in crate::mail) fn read(bytes: &[u8]) -> Head {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_HEAD)]);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
            if line.is_empty() || fields.len() > MAX_FIELDS {
                break;
            }
            // A line that begins with white space goes on with the field before it (RFC 5322 section 2.2.3).
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str(line);
                }
                continue;
            }
            if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim_end().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Head { fields }
    }

    /// All values of a field, topmost first; `name` in small letters.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The topmost value of a field.
    pub(in crate::mail) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field begins with this, such as `list-`.
    pub(super) fn has_beginning(&self, beginning: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.starts_with(beginning))
    }

    /// The one author, in small letters: exactly one `From` with exactly one plain address. Several, a group, an
    /// address in a comment or none are nobody (the difference between readers is what forgers live on).
    pub(super) fn author(&self) -> Option<String> {
        let mut from = self.all("from");
        let value = from.next()?;
        if from.next().is_some() {
            return None;
        }
        let bare = bare(value)?;
        let address = match bare.split_once('<') {
            Some((name, rest)) => {
                let address = rest.strip_suffix('>')?;
                // Outside quotes a name has none of these (RFC 5322 section 3.2.3).
                if name.contains(['@', ',', ';', ':', '<', '>']) {
                    return None;
                }
                address
            }
            None => bare.as_str(),
        };
        parse_address(address.trim()).ok().map(|a| a.to_string().to_ascii_lowercase())
    }
}

/// A structured value without its comments and quoted strings (RFC 5322 sections 3.2.1 to 3.2.4); `None` when one
/// of them has no end.
pub(super) fn bare(value: &str) -> Option<String> {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for c in value.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    (depth == 0 && !quoted).then(|| out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(from: &str) -> Option<String> {
        Head::read(format!("Subject: x\r\n{from}\r\n\r\nFrom: z@example.org").as_bytes()).author()
    }

    #[test]
    fn one_plain_author_or_nobody() {
        let zhang = Some("zhang@example.org".to_owned());
        for from in [
            "From: zhang@example.org",
            "From: Zhang <Zhang@Example.org>",
            "From: \"Zhang, San <x@evil.example>\" <zhang@example.org>",
            "From: =?utf-8?B?5byg5LiJ?= <zhang@example.org>",
            "From: 张三\r\n <zhang@example.org>",
            "from : (office) zhang@example.org",
            "From: <zhang@example.org> (mobile \\) phone)",
        ] {
            assert_eq!(author(from), zhang, "{from}");
        }
        for from in [
            "",
            "From:",
            "From: zhang@example.org\r\nFrom: thief@evil.example",
            "From: thief@evil.example, zhang@example.org",
            "From: zhang@example.org <thief@evil.example>",
            "From: <zhang@example.org> <thief@evil.example>",
            "From: zhang@example.org (thief@evil.example",
            "From: office: zhang@example.org;",
            "From: \"zhang@example.org\"",
            "From: (zhang@example.org)",
            "From: =?utf-8?Q?zhang=40example.org?=",
            "From: zhang@example.org\u{0}",
            "From: <zhang@example.org>x",
            "Sender: zhang@example.org",
        ] {
            assert_eq!(author(from), None, "{from}");
        }
    }
}
