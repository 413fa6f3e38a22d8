//! DKIM signatures (RFC 6376) on our mails, for offices whose server does not sign.
//!
//! RSA with SHA-256, header and body in relaxed form, by the cryptography that TLS uses already. Pure but for the
//! random numbers of the library; called with the finished bytes of a mail.

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::incoming::head::Head;
use super::{MailError, letter};

/// Fields that are signed where they stand (RFC 6376 section 5.4.1); the last two must be, for one-click
/// unsubscription (RFC 8058 section 4).
const SIGNED: [&str; 13] = [
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// How mails are signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// Domain that signs; that of `from`, or one above it.
    pub domain: String,
    /// The public key stands in DNS under `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// RSA key of 2048 bits or more, PEM; better in `private_key_file`.
    pub private_key: SecretString,
}

/// Signs with one key.
pub(super) struct Signer {
    domain: String,
    selector: String,
    key: KeyPair,
    random: SystemRandom,
}

impl Signer {
    pub(super) fn new(config: &DkimConfig) -> Result<Signer, MailError> {
        let DkimConfig { domain, selector, private_key } = config;
        if !letter::is_domain(domain) || !letter::is_domain(selector) {
            return Err(MailError::Dkim("domain and selector must be names in ASCII letters"));
        }
        // What the libraries say of a key that they cannot read may hold a part of it.
        let no_key = |_| MailError::Dkim("private_key is no RSA key in PEM form");
        let key = PrivateKeyDer::from_pem_slice(private_key.expose_secret().as_bytes()).map_err(no_key)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(MailError::Dkim("private_key is no RSA key in PEM form")),
        };
        let key = key.map_err(|_| MailError::Dkim("private_key must be an RSA key of 2048 bits or more"))?;
        Ok(Signer { domain: domain.to_ascii_lowercase(), selector: selector.clone(), key, random: SystemRandom::new() })
    }

    /// The mail with its signature on top; as it was when the library fails (a mail unsigned is better than none).
    pub(super) fn sign(&self, mail: Vec<u8>, now: DateTime<Utc>) -> Vec<u8> {
        let Some(split) = mail.windows(4).position(|w| w == b"\r\n\r\n") else { return mail };
        let head = Head::read(&mail[..split]);
        // Our mails have each of these once.
        let present: Vec<(&str, &str)> = SIGNED.iter().filter_map(|name| Some((*name, head.first(name)?))).collect();
        let names: Vec<&str> = present.iter().map(|(name, _)| *name).collect();
        let body = BASE64.encode(&Sha256::digest(relaxed_body(&mail[split + 4..])));
        // "from" twice: a second one put in later breaks the signature (RFC 6376 section 8.15).
        let value = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={}; t={};\r\n h={}:from;\r\n bh={body};\r\n b=",
            self.domain,
            self.selector,
            now.timestamp(),
            names.join(":"),
        );
        let mut signed = String::new();
        for (name, value) in present {
            signed.push_str(&format!("{name}:{}\r\n", relaxed(value)));
        }
        signed.push_str(&format!("dkim-signature:{}", relaxed(&value)));
        let mut signature = vec![0; self.key.public().modulus_len()];
        if self.key.sign(&RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut signature).is_err() {
            return mail;
        }
        let text = BASE64.encode(&signature);
        let lines: Vec<&str> = text.as_bytes().chunks(70).filter_map(|c| std::str::from_utf8(c).ok()).collect();
        let mut out = format!("DKIM-Signature: {value}{}\r\n", lines.join("\r\n ")).into_bytes();
        out.extend(mail);
        out
    }
}

/// RFC 6376 section 3.4.2: unfolded, white space one space, none at the ends.
fn relaxed(value: &str) -> String {
    value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// RFC 6376 section 3.4.4: white space in lines one space, none at their ends, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut space = false;
        for byte in line {
            match byte {
                b' ' | b'\t' => space = true,
                _ => {
                    if std::mem::take(&mut space) {
                        out.push(b' ');
                    }
                    out.push(*byte);
                }
            }
        }
        out.extend(b"\r\n");
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    if out == b"\r\n" { Vec::new() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_fields_take_their_relaxed_form() {
        // RFC 6376 section 3.4.5, and the empty body of section 3.4.4.
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"\r\n\r\n"), b"");
        assert_eq!(relaxed_body(b"a"), b"a\r\n");
        let head = Head::read(b"A: X\r\nB : Y\t\r\n\tZ  ");
        let relaxed = ["a", "b"].map(|name| format!("{name}:{}", relaxed(head.first(name).unwrap_or_default())));
        assert_eq!(relaxed, ["a:X", "b:Y Z"]);
    }

    #[test]
    fn what_is_no_key_is_said_without_it() {
        let config = |key: &str| DkimConfig {
            domain: "example.org".to_owned(),
            selector: "bell".to_owned(),
            private_key: SecretString::from(key.to_owned()),
        };
        for key in ["", "secret-words", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXdvcmRz\n-----END PRIVATE KEY-----\n"] {
            let error = Signer::new(&config(key)).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains("dkim") && !error.contains("secret"), "{error}");
        }
        let bad = DkimConfig { domain: "a b".to_owned(), ..config("") };
        assert!(Signer::new(&bad).is_err());
    }
}
