//! What our own mail server found out about the writer: `Authentication-Results` (RFC 8601).
//!
//! Only the topmost such field is looked at, and only when it bears our server's id; the server must take out
//! fields that come from outside under its id (RFC 8601 section 5). Pure.

use super::head::{Head, bare};

/// No mail comes from here (RFC 2606).
const FORGED: &str = "forged.dutybell.invalid";

/// Whether our own server vouches that the mail comes from `domain`, the author's: DMARC passed, or a DKIM
/// signature of that domain (or of one above it) did. A DMARC result other than "pass" outweighs everything.
pub(super) fn vouches(head: &Head, server: &str, domain: &str) -> bool {
    let Some(results) = head.first("authentication-results").and_then(|value| read(value, server)) else {
        return false;
    };
    let mut vouched = false;
    for result in &results {
        match result.method.as_str() {
            "dmarc" => {
                // The author that the server saw must be the one that we see.
                let same = result.property("header.from").is_none_or(|from| from == domain);
                if result.word != "pass" || !same {
                    return false;
                }
                vouched = true;
            }
            "dkim" if result.word == "pass" => {
                let signer = result
                    .property("header.d")
                    .or_else(|| result.property("header.i").map(|i| i.rsplit('@').next().unwrap_or_default()));
                vouched |= signer.is_some_and(|d| is_aligned(domain, d));
            }
            _ => {}
        }
    }
    vouched
}

/// A verdict that nobody gave, as somebody would forge it: our own server's id and a domain that cannot be.
pub(in crate::mail) fn forgery(server: &str) -> String {
    format!("{server}; dmarc=pass header.from={FORGED}")
}

/// Whether our server let a verdict through that it did not give (RFC 8601 section 5 has it take out such fields).
pub(super) fn passed_on(head: &Head, server: &str) -> bool {
    let forged = |value: &str| {
        let results = read(value, server).unwrap_or_default();
        results.iter().any(|result| result.property("header.from") == Some(FORGED))
    };
    head.all("authentication-results").any(forged)
}

/// Relaxed alignment without a list of public suffixes: the same domain, or the author's lies below the signer's.
fn is_aligned(author: &str, signer: &str) -> bool {
    let below = || author.strip_suffix(signer).is_some_and(|rest| rest.ends_with('.'));
    signer.contains('.') && (author == signer || below())
}

struct Method {
    method: String,
    word: String,
    properties: Vec<(String, String)>,
}

impl Method {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The results under the server's id; `None` when the field is another's or not well formed.
fn read(value: &str, server: &str) -> Option<Vec<Method>> {
    let bare = bare(value)?.to_ascii_lowercase();
    let mut parts = bare.split(';');
    // The id, and perhaps a version, which is 1 (RFC 8601 section 2.2).
    let mut id = parts.next()?.split_whitespace();
    if id.next()? != server.to_ascii_lowercase()
        || id.next().is_some_and(|version| version != "1")
        || id.next().is_some()
    {
        return None;
    }
    let mut results = Vec::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty() && *part != "none") {
        // White space may stand around "=" (RFC 8601 section 2.2).
        let tight = part.split('=').map(str::trim).collect::<Vec<_>>().join("=");
        let mut words = tight.split_whitespace();
        let (method, word) = words.next()?.split_once('=')?;
        let properties = words.filter_map(|w| w.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let method = method.split('/').next().unwrap_or_default().to_owned();
        results.push(Method { method, word: word.to_owned(), properties });
    }
    Some(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &str) -> bool {
        let head = Head::read(format!("Received: x\n{fields}\nFrom: zhang@gov.example\n\n完成").as_bytes());
        vouches(&head, "mx.example.org", "gov.example")
    }

    #[test]
    fn our_server_vouches() {
        for fields in [
            "Authentication-Results: mx.example.org; dmarc=pass header.from=gov.example",
            "Authentication-Results: MX.example.org 1; spf=fail smtp.mailfrom=x; dmarc=pass (p=none dis=none) header.from=Gov.Example",
            "Authentication-Results: mx.example.org;\n\tdkim=pass (2048-bit key) header.d=gov.example header.i=@gov.example\n header.b=abc",
            "Authentication-Results: (x;y) mx.example.org; dkim = pass header.i=@gov.example",
            "Authentication-Results: mx.example.org; dkim=fail header.d=gov.example; dkim=pass header.d=gov.example",
            "Authentication-Results: mx.example.org; dmarc=pass\nAuthentication-Results: mx.evil.example; dmarc=fail",
        ] {
            assert!(check(fields), "{fields}");
        }
        let head = Head::read(b"Authentication-Results: mx.example.org; dkim=pass header.d=gov.example\n\n");
        assert!(vouches(&head, "mx.example.org", "town.gov.example"));
    }

    #[test]
    fn nobody_else_does() {
        for fields in [
            "X-Nothing: here",
            "Authentication-Results: mx.evil.example; dmarc=pass header.from=gov.example",
            // Ours is not on top: whoever wrote the topmost came later than our server.
            "Authentication-Results: mx.evil.example; dmarc=pass\nAuthentication-Results: mx.example.org; dmarc=pass",
            // The one below was brought along.
            "Authentication-Results: mx.example.org; dmarc=fail header.from=gov.example\nAuthentication-Results: mx.example.org; dmarc=pass",
            "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=gov.example",
            "Authentication-Results: mx.example.org; none",
            "Authentication-Results: mx.example.org; dmarc=none header.from=gov.example; dkim=pass header.d=gov.example",
            "Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example",
            "Authentication-Results: mx.example.org; dkim=pass header.d=evil.example",
            "Authentication-Results: mx.example.org; dkim=pass header.d=example",
            "Authentication-Results: mx.example.org; dkim=pass header.d=notgov.example",
            "Authentication-Results: mx.example.org; dkim=pass header.d=sub.gov.example",
            "Authentication-Results: mx.example.org; dmarc=(pass) fail",
            "Authentication-Results: mx.example.org; dmarc=fail (dmarc=pass)",
            "Authentication-Results: mx.example.org; spf=fail reason=\"; dmarc=pass\"",
            "Authentication-Results: mx.example.org 2; dmarc=pass",
            "Authentication-Results: mx.example.org.evil.example; dmarc=pass",
            "Authentication-Results: mx.example.org evil; dmarc=pass",
            "Authentication-Results: \"mx.example.org\" evil.example; dmarc=pass",
            "Authentication-Results: mx.evil.example (mx.example.org; dmarc=pass",
            "Authentication-Results: mx.example.org dmarc=pass",
            "ARC-Authentication-Results: i=1; mx.example.org; dmarc=pass",
            "X-Authentication-Results: mx.example.org; dmarc=pass",
        ] {
            assert!(!check(fields), "{fields}");
        }
    }
}
