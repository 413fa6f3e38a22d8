//! The texts of a letter's parts, in the characters they were written in.
//!
//! Programs forget to name a charset, or name a wrong one: what is not UTF-8 and cannot be what it calls itself is
//! GB18030, as every Chinese program of those writes (GB 18030-2022; RFC 2046 section 4.1.2 has US-ASCII as default).

use std::borrow::Cow;

use encoding_rs::GB18030;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

/// A part's text. `None`: it has none.
pub(super) fn text<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Option<Cow<'m, str>> {
    let (PartType::Text(text) | PartType::Html(text)) = &part.body else { return None };
    let text = text.as_ref();
    let charset = part.content_type().and_then(|kind| kind.attribute("charset")).unwrap_or_default();
    let charset = charset.trim_matches(['"', '\'', ' ']).to_ascii_lowercase();
    let unnamed = matches!(
        charset.as_str(),
        "" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "default" | "x-unknown"
    );
    let western = matches!(charset.as_str(), "iso-8859-1" | "latin1" | "windows-1252" | "cp1252" | "iso-8859-15");
    let raw = match unnamed || western {
        true => message.raw_message.get(part.offset_body as usize..part.offset_end as usize),
        false => None,
    };
    let Some(raw) = raw.filter(|raw| part.encoding != Encoding::None || !raw.is_ascii()) else {
        return Some(text.into());
    };
    let bytes = match part.encoding {
        Encoding::None => Some(Cow::Borrowed(raw)),
        Encoding::Base64 => base64_decode(raw).map(Cow::Owned),
        Encoding::QuotedPrintable => quoted_printable_decode(raw).map(Cow::Owned),
    };
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_ascii()) else { return Some(text.into()) };
    if let Ok(whole) = std::str::from_utf8(&bytes) {
        return Some(if western { text.to_owned().into() } else { whole.to_owned().into() });
    }
    let (chinese, broken) = GB18030.decode_without_bom_handling(&bytes);
    match !broken && (unnamed || is_paired(&bytes)) {
        true => Some(chinese.into_owned().into()),
        false => Some(text.into()),
    }
}

/// Signs above ASCII come in pairs of GB 2312, two of them at least: no Western text has that.
fn is_paired(bytes: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if byte.is_ascii() {
            continue;
        }
        if !(0xa1..=0xf7).contains(byte) || rest.next().is_none_or(|second| *second < 0xa1) {
            return false;
        }
        pairs += 1;
    }
    pairs >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;

    fn read(kind: &str, body: &[u8]) -> String {
        let letter = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), body].concat();
        let message = MessageParser::default().parse(&letter).unwrap();
        text(&message, &message.parts[0]).unwrap().trim().to_owned()
    }

    #[test]
    fn what_cannot_be_what_it_calls_itself_is_chinese() {
        let done = b"\xd2\xd1\xcd\xea\xb3\xc9"; // 已完成 in GB18030
        for kind in [
            "text/plain",
            "text/plain; charset=us-ascii",
            "text/plain; charset=utf-8",
            "text/plain; charset=iso-8859-1",
        ] {
            assert_eq!(read(kind, done), "已完成", "{kind}");
        }
        assert_eq!(read("text/plain", "已完成".as_bytes()), "已完成");
        assert_eq!(read("text/plain; charset=gbk", done), "已完成");
        assert_eq!(read("text/plain; charset=iso-8859-1", b"erledigt f\xfcr heute"), "erledigt für heute");
        assert_eq!(read("text/plain; charset=windows-1252", b"Gr\xf6\xdfe gepr\xfcft"), "Größe geprüft");
    }
}
