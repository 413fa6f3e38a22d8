//! Tests of the mail writer: headers, threading, addresses, and values that try to be headers.

use super::*;

use proptest::prelude::*;

fn outgoing() -> Outgoing {
    Outgoing {
        key: "n-1".to_owned(),
        address: "zhang@example.org".to_owned(),
        subject: "s".to_owned(),
        text: "t".to_owned(),
        ..Outgoing::default()
    }
}

fn write(message: &Outgoing) -> Result<Letter, Outcome> {
    let sender = Mailbox::new(Some("督办".to_owned()), "bell@example.org".parse().unwrap());
    compose(&sender, "example.org", message, &Marks::default(), DateTime::UNIX_EPOCH)
}

fn head(message: &Outgoing) -> Vec<String> {
    let text = String::from_utf8(write(message).unwrap().bytes).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn same_message_same_bytes() {
    let message = Outgoing { html: Some("<b>整改</b>".to_owned()), ..outgoing() };
    assert_eq!(write(&message).unwrap().bytes, write(&message).unwrap().bytes);
}

#[test]
fn headers_are_the_expected_ones() {
    let thread = vec!["n-a".to_owned(), "n-b".to_owned()];
    let lines = head(&Outgoing { thread, urgent: true, ..outgoing() });
    for line in [
        "To: zhang@example.org",
        "Subject: s",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000",
        "Message-ID: <n-1@example.org>",
        "Auto-Submitted: auto-generated",
        "Importance: high",
        "In-Reply-To: <n-b@example.org>",
        "References: <n-a@example.org> <n-b@example.org>",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} in {lines:#?}");
    }
}

#[test]
fn an_answerable_mail_says_where_answers_bounces_and_cancellations_go() {
    let sender = Mailbox::new(None, "bell@example.org".parse().unwrap());
    let marks = Marks {
        reply_to: Some("bell+dabc@example.org".parse().unwrap()),
        bounces: Some("bell+bxyz@example.org".parse().unwrap()),
        answerable: true,
        unsubscribe: Some("https://bell.example.org/unsubscribe/u1".to_owned()),
        trace: None,
        forged: None,
    };
    let message = Outgoing {
        html: Some("<html><body><p>x</p></body></html>".to_owned()),
        buttons: vec![vec![Button { label: "\"完成\"".to_owned(), action: "完成 A7K2&b=c".to_owned() }]],
        reply_to: Some("<q1@mail.example.org>".to_owned()),
        ..outgoing()
    };
    let letter = compose(&sender, "example.org", &message, &marks, DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(letter.from.to_string(), "bell+bxyz@example.org");
    let text = String::from_utf8(letter.bytes).unwrap();
    for line in [
        "From: bell@example.org",
        "Reply-To: bell+dabc@example.org",
        "Auto-Submitted: auto-replied",
        "In-Reply-To: <q1@mail.example.org>",
        "List-Unsubscribe: <https://bell.example.org/unsubscribe/u1>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(text.replace("\r\n ", " ").lines().any(|l| l == line), "{line} in {text}");
    }
    let html = with_buttons("<body></body>", &message.buttons, marks.reply_to.as_ref().unwrap());
    let words = "%E5%AE%8C%E6%88%90%20A7K2%26b%3Dc";
    assert_eq!(
        html,
        format!(
            "<body><p><a href=\"mailto:bell+dabc@example.org?subject={words}&amp;body={words}\">&quot;完成&quot;</a></p></body>"
        )
    );
}

#[test]
fn only_a_well_formed_id_from_outside_is_repeated() {
    for bad in
        ["", "x", "<>", "<@>", "<a@>", "<a b@c>", "<a@b>\r\nBcc: x", "<a@b><c@d>", &format!("<{}@b>", "a".repeat(300))]
    {
        assert!(!is_message_id(bad), "{bad:?}");
        let lines = head(&Outgoing { reply_to: Some(bad.to_owned()), ..outgoing() });
        assert!(lines.iter().all(|l| !l.starts_with("In-Reply-To") && !l.starts_with("Bcc")), "{bad:?}");
    }
}

#[test]
fn a_long_thread_keeps_its_root_and_its_end() {
    let thread: Vec<String> = (0..500).map(|i| format!("n{i}")).collect();
    let lines = head(&Outgoing { thread, ..outgoing() });
    let references = lines.iter().find(|l| l.starts_with("References:")).unwrap();
    assert_eq!(references.matches('@').count(), MAX_REFERENCES + 1);
    assert!(references.contains("<n0@") && references.ends_with("<n499@example.org>"));
}

#[test]
fn no_value_makes_a_header() {
    let names = |message: &Outgoing| -> Vec<String> {
        head(message).iter().map(|l| l.split(':').next().unwrap().to_owned()).collect()
    };
    let plain = names(&outgoing());
    for end in ["\r\n", "\n", "\r", "\0", "\r\n\r\n", "\u{85}", "\u{2028}", "\u{b}"] {
        let evil = format!("a{end}Bcc: thief@example.org{end}{end}x");
        let subject = Outgoing { subject: evil.clone(), ..outgoing() };
        assert_eq!(names(&subject), plain, "{end:?}");
        let key = Outgoing { key: evil.clone(), ..outgoing() };
        assert_eq!(names(&key), plain, "{end:?}");
        let address = Outgoing { address: format!("zhang@example.org{end}Bcc: x"), ..outgoing() };
        assert!(matches!(write(&address), Err(Outcome::AddressGone { .. })), "{end:?}");
    }
}

#[test]
fn only_plain_single_addresses_pass() {
    for good in ["zhang@example.org", "a.b+c@sub.example.org", "o'neil@example.org"] {
        assert!(parse_address(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "zhang",
        "@example.org",
        "zhang@",
        "a@b@example.org",
        "a@example.org,b@example.org",
        "张三@example.org",
        "Zhang <zhang@example.org>",
        "\"a b\"@example.org",
        " a@example.org",
        "a@example.org ",
        "a@exa mple.org",
        "<a@example.org>",
    ] {
        assert!(parse_address(bad).is_err(), "{bad}");
    }
    assert!(parse_address(&format!("a@{}.org", "x.".repeat(150))).is_err());
}

#[test]
fn stems_are_safe_and_distinct() {
    assert_eq!(stem("0199-ab_c"), "0199-ab_c");
    assert_eq!(stem("../x y"), "=2E=2E=2Fx=20y");
    assert_ne!(stem("a b"), stem("a=20b"));
    let long = "k".repeat(500);
    assert_eq!(stem(&long).len(), 50);
    assert_ne!(stem(&long), stem(&"k".repeat(501)));
}

#[test]
fn lines_stay_short() {
    let message = Outgoing {
        key: "k".repeat(64),
        subject: "隐患整改".repeat(40),
        text: "x".repeat(5000),
        thread: (0..15).map(|i| format!("{i}{}", "k".repeat(60))).collect(),
        ..outgoing()
    };
    let bytes = write(&message).unwrap().bytes;
    assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));
    assert!(String::from_utf8(bytes).unwrap().contains(&format!("<{}@example.org>", "k".repeat(64))));
}

proptest! {
    /// T23: whatever stands in a message, the set of headers and the recipient stay the same.
    #[test]
    fn headers_and_recipient_hold_for_any_text(
        subject in "[aB:.=?_<>@ \t\r\n\0\u{b}\u{85}\u{2028}张]{0,80}",
        key in "[aB:.=<>@ \r\n\0张/]{1,90}",
        earlier in "[aB:.=<>@ \r\n\0张/]{1,90}",
        text in "[aB:.= \r\n\0张-]{0,80}",
    ) {
        let usual = Outgoing { thread: vec!["n-0".to_owned()], ..outgoing() };
        let names = |message: &Outgoing| -> Vec<String> {
            let name = |line: &String| line.split(':').next().unwrap().to_owned();
            let mut names: Vec<_> = head(message).iter().map(name).collect();
            names.sort();
            names.retain(|name| name != "Content-Transfer-Encoding");
            names
        };
        let message = Outgoing { subject, key, text, thread: vec![earlier], ..usual.clone() };
        prop_assert_eq!(names(&message), names(&usual));
        let letter = write(&message).unwrap();
        prop_assert_eq!(letter.to.to_string(), "zhang@example.org");
        prop_assert!(!letter.bytes.contains(&0));
        let ends = letter.bytes.windows(2).filter(|w| w[1] == b'\n').all(|w| w[0] == b'\r');
        prop_assert!(ends, "every line ends with CRLF");
    }
}
