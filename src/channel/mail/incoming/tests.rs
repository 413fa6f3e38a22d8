//! Letters as they come in: proven answers, forgeries, automatic mails, bounces; and any bytes at all.

use super::*;

use crate::mail::token::Tokens;
use proptest::prelude::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-09-25T01:00:00Z".parse().unwrap()
}

fn reader() -> Reader {
    Reader {
        own: Own {
            address: "bell@example.org".parse().unwrap(),
            delimiter: '+',
            sub_address: true,
            message_domain: "example.org".to_owned(),
            tokens: Some(Tokens::new(SECRET.to_owned().into(), 60)),
        },
        server: Some("mx.example.org".to_owned()),
    }
}

fn address(purpose: Purpose, number: i64, to: &str) -> String {
    reader().own.tagged(purpose, &format!("m{number}"), to, now()).unwrap().to_string()
}

fn read(letter: &str) -> Inbound {
    reader().read(letter.as_bytes(), None, Some(now()), now()).inbound
}

/// An answer as it should be, with lines put in or changed.
fn answer(change: impl Fn(String) -> String) -> Inbound {
    let to = address(Purpose::Answer, 12, "zhang@gov.example");
    let head = format!(
        "Return-Path: <zhang@gov.example>\nAuthentication-Results: mx.example.org; dmarc=pass header.from=gov.example\n\
         From: 张三 <zhang@gov.example>\nTo: <{to}>\nSubject: Re: x\nMessage-ID: <q1@gov.example>\nIn-Reply-To: <m12@example.org>\n\
         Content-Type: text/plain; charset=utf-8\n\n完成\n\n> 在办\n"
    );
    read(&change(head))
}

#[test]
fn a_proven_answer_is_its_writers_word() {
    let inbound = answer(|letter| letter);
    assert_eq!(inbound.sender.as_deref(), Some("zhang@gov.example"));
    assert_eq!(
        inbound.content,
        Content::Text {
            text: "完成".to_owned(),
            reply_to: Some("<m12@example.org>".to_owned()),
            quoted: None,
            forwarded: false,
            message: "<q1@gov.example>".to_owned(),
        }
    );
    // The token says which message, whatever the headers of the thread say.
    let other = answer(|letter| letter.replace("<m12@example.org>", "<m99@example.org>"));
    assert_eq!(other.content, inbound.content);
}

#[test]
fn no_forgery_is_anybodys_word() {
    let token = address(Purpose::Answer, 12, "zhang@gov.example");
    let others = address(Purpose::Answer, 12, "li@gov.example");
    let bounce = address(Purpose::Bounce, 12, "");
    let old = Tokens::new(SECRET.to_owned().into(), 1).make(
        Purpose::Answer,
        12,
        "zhang@gov.example",
        now() - TimeDelta::days(5),
    );
    let guessed = Tokens::new("x".repeat(32).into(), 60).make(Purpose::Answer, 12, "zhang@gov.example", now());
    let with = |tag: Option<String>| format!("bell+d{}@example.org", tag.unwrap());
    type Change<'a> = Box<dyn Fn(String) -> String + 'a>;
    let forgeries: Vec<(&str, Change<'_>)> = vec![
        ("no token", Box::new(|l: String| l.replace(&token, "bell@example.org"))),
        ("another person's token", Box::new(|l: String| l.replace(&token, &others))),
        ("a bounce's token", Box::new(|l: String| l.replace(&token, &bounce.replace("bell+b", "bell+d")))),
        ("an expired token", Box::new(|l: String| l.replace(&token, &with(old.clone())))),
        ("an invented token", Box::new(|l: String| l.replace(&token, &with(guessed.clone())))),
        ("a token cut short", Box::new(|l: String| l.replace(&token, &token.replace("@", "x@").replace("+d", "+da")))),
        ("no verdict", Box::new(|l: String| l.replace("Authentication-Results: mx", "X-Old-Results: mx"))),
        ("a foreign verdict", Box::new(|l: String| l.replace("Results: mx.example.org", "Results: mx.evil.example"))),
        ("a failed verdict", Box::new(|l: String| l.replace("dmarc=pass", "dmarc=fail"))),
        ("a verdict for another author", Box::new(|l: String| l.replace("header.from=gov", "header.from=evil"))),
        (
            "a forged verdict below a failed one",
            Box::new(|l: String| {
                format!("Authentication-Results: mx.example.org; dmarc=fail header.from=gov.example\n{l}")
            }),
        ),
        (
            "a verdict below a foreign one",
            Box::new(|l: String| format!("Authentication-Results: evil; dmarc=pass\n{l}")),
        ),
        (
            "a verdict in the text",
            Box::new(|l: String| {
                l.replace("Authentication-Results", "X-Old-Results")
                    .replace("完成\n", "Authentication-Results: mx.example.org; dmarc=pass\n完成\n")
            }),
        ),
        ("two authors", Box::new(|l: String| l.replace("From: 张三", "From: thief@evil.example\nFrom: 张三"))),
        ("an author list", Box::new(|l: String| l.replace("From: 张三 <", "From: thief@evil.example, <"))),
        (
            "the address as a name",
            Box::new(|l: String| l.replace("张三 <zhang@gov.example>", "\"zhang@gov.example\" <thief@evil.example>")),
        ),
        (
            "the address in an encoded name",
            Box::new(|l: String| {
                l.replace("张三 <zhang@gov.example>", "=?utf-8?Q?zhang=40gov.example?= <thief@evil.example>")
            }),
        ),
        (
            "the address in a comment",
            Box::new(|l: String| l.replace("张三 <zhang@gov.example>", "thief@evil.example (zhang@gov.example)")),
        ),
        ("only a sender", Box::new(|l: String| l.replace("From: 张三", "Sender: 张三"))),
        (
            "only an answer address",
            Box::new(|l: String| l.replace("From: 张三", "From: thief@evil.example\nReply-To: 张三")),
        ),
        (
            "a look-alike domain",
            Box::new(|l: String| l.replace("From: 张三 <zhang@gov.example>", "From: <zhang@gоv.example>")),
        ),
        (
            "a list's rewriting",
            Box::new(|l: String| {
                l.replace("张三 <zhang@gov.example>", "\"zhang@gov.example via all\" <all@lists.example>")
            }),
        ),
        ("forwarded by the list", Box::new(|l: String| format!("List-Id: <all.gov.example>\n{l}"))),
        ("quoted only", Box::new(|l: String| l.replace("完成\n\n> 在办", "> 完成"))),
    ];
    for (name, change) in &forgeries {
        let inbound = answer(change);
        assert!(
            !matches!(inbound.content, Content::Text { .. } | Content::Button { .. } | Content::Undelivered { .. }),
            "{name}: {inbound:?}"
        );
    }
    // Without our server's id, and without a secret, nobody is proven.
    let letter = |reader: Reader| {
        let head =
            format!("Authentication-Results: mx.example.org; dmarc=pass\nFrom: zhang@gov.example\nTo: {token}\n\n完成");
        reader.read(head.as_bytes(), None, None, now()).inbound.content
    };
    assert!(matches!(letter(reader()), Content::Text { .. }));
    assert!(matches!(letter(Reader { server: None, ..reader() }), Content::Unproven { .. }));
    let mut open = reader();
    open.own.tokens = None;
    assert!(matches!(letter(open), Content::Unproven { .. }));
}

#[test]
fn what_is_only_claimed_says_so_and_to_which_mail() {
    let inbound = answer(|l| l.replace("Authentication-Results", "X-Old-Results").replace("bell+d", "bell-"));
    let Content::Unproven { text, reply_to, message, why } = inbound.content else { panic!("{inbound:?}") };
    assert_eq!(
        (text.as_str(), reply_to.as_deref(), message.as_str()),
        ("完成", Some("<m12@example.org>"), "<q1@gov.example>")
    );
    assert!(why.contains("no valid token"), "{why}");
    let foreign = answer(|l| l.replace("bell+d", "bell-").replace("<m12@example.org>", "<m12@evil.example>"));
    assert!(matches!(foreign.content, Content::Unproven { reply_to: None, .. }));
}

#[test]
fn what_speaks_by_itself_has_no_sender() {
    for line in [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <x.example>",
        "X-Autoreply: yes",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ] {
        let inbound = answer(|l| format!("{line}\n{l}"));
        assert_eq!(inbound.sender, None, "{line}");
        assert!(matches!(inbound.content, Content::Other { .. }), "{line}");
    }
    assert!(matches!(answer(|l| format!("X-Auto-Response-Suppress: All\n{l}")).content, Content::Text { .. }));
    let null = answer(|l| l.replace("<zhang@gov.example>\nAuth", "<>\nAuth"));
    assert_eq!(null.sender, None);
    let note = answer(|l| l.replace("Subject: Re: x", "Subject: 自动回复: x"));
    assert_eq!(note.sender, None);
}

#[test]
fn an_old_unproven_letter_is_not_asked_about() {
    let letter = b"From: zhang@gov.example\nTo: bell@example.org\n\n\xe5\xae\x8c\xe6\x88\x90";
    let read = |days| reader().read(letter, None, Some(now() - TimeDelta::days(days)), now()).inbound;
    assert!(matches!(read(1).content, Content::Unproven { .. }));
    assert_eq!(read(30).sender, None);
}

/// A report in the shape of RFC 3464 about mail 12.
fn report(to: &str, fields: &str, original: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n\
         Auto-Submitted: auto-replied\nMessage-ID: <r1@mx.example.org>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status;\n boundary=\"cut\"\n\n\
         --cut\nContent-Type: text/plain; charset=us-ascii\n\nI am sorry: done.\n\n\
         --cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\nX-Queue-ID: 4F\n\n\
         Final-Recipient: rfc822; zhang@gov.example\n{fields}\n\n\
         --cut\nContent-Type: text/rfc822-headers\n\nFrom: bell@example.org\n{original}Subject: x\n\n--cut--\n"
    )
}

#[test]
fn reports_say_what_became_of_which_mail() {
    let to = address(Purpose::Bounce, 12, "");
    for (fields, failed, gone) in [
        (
            "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <zhang@gov.example>: no\n such user",
            true,
            true,
        ),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 user unknown", true, true),
        ("Action: failed\nStatus: 5.2.1", true, true),
        ("Action: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;556 null MX", true, true),
        ("Action: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; host not found", true, false),
        ("Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full", true, false),
        ("Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 spam", true, false),
        ("Action: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; 550 gave up", true, false),
        ("action: FAILED (expired)\nstatus: 5.1.1 (bad)", true, true),
        ("Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: Sat, 26 Sep 2026 09:00:00 +0800", false, false),
    ] {
        let inbound = read(&report(&to, fields, ""));
        let Content::Undelivered { message, failed: f, gone: g, reason } = inbound.content else {
            panic!("{fields}: {inbound:?}")
        };
        assert_eq!((message, f, g), (12, failed, gone), "{fields}: {reason}");
        assert_eq!(inbound.sender, None);
        assert!(!reason.contains('\n'));
    }
}

#[test]
fn a_report_without_our_token_changes_nothing() {
    let fields = "Action: failed\nStatus: 5.1.1";
    let nothing = |letter: &str| matches!(read(letter).content, Content::Other { .. });
    assert!(nothing(&report("bell@example.org", fields, "Message-ID: <m12@example.org>\n")));
    assert!(nothing(&report(&address(Purpose::Answer, 12, "zhang@gov.example"), fields, "")));
    let to = address(Purpose::Bounce, 12, "");
    for fields in ["Action: delivered\nStatus: 2.0.0", "Action: relayed", "Status: 5.1.1", ""] {
        assert!(nothing(&report(&to, fields, "")), "{fields}");
    }
    // A vacation note goes to the envelope sender, too; it is no bounce.
    assert!(nothing(&format!("Auto-Submitted: auto-replied\nFrom: zhang@gov.example\nTo: {to}\n\n550 5.1.1 完成")));
    // Where the envelope carries no token, the copy of our header does.
    let token = reader().own.token(Purpose::Bounce, "m12", "", now()).unwrap();
    let traced = read(&report("bell@example.org", fields, &format!("{TRACE}: b{token}\n")));
    assert!(matches!(traced.content, Content::Undelivered { message: 12, failed: true, .. }), "{traced:?}");
}

#[test]
fn the_same_letter_is_the_same_update() {
    let letter = b"From: zhang@gov.example\n\nx";
    let (one, two) = (reader().read(letter, Some(1), None, now()), reader().read(letter, Some(2), None, now()));
    assert_eq!((&one.id, &one.inbound), (&two.id, &two.inbound));
    assert!(one.id.starts_with("sha256:"));
    let evil = reader().read(b"Message-ID: confirmed:1\nFrom: z@gov.example\n\nx", None, None, now());
    assert!(evil.id.starts_with("sha256:"));
    assert_eq!(reader().read(b"Message-ID: <a@b>\n\nx", None, None, now()).id, "<a@b>");
}

/// A megabyte of anything is read in a moment and without a deep stack (a second in a debug build is a lot).
#[test]
fn bombs_are_read_like_other_letters() {
    let fill = |head: &str, piece: &str| format!("{head}{}", piece.repeat(MOST / piece.len()));
    let nested: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let letters = "From: z@gov.example\r\nContent-Type: message/rfc822\r\n\r\n";
    let html = "From: z@gov.example\r\nContent-Type: text/html\r\n\r\n";
    let plain = "From: z@gov.example\r\n\r\n";
    for bomb in [
        nested,
        letters.repeat(MOST / letters.len()),
        fill(html, "<blockquote>"),
        fill(html, "</blockquote><div>"),
        fill(html, "<"),
        fill(html, "&amp;"),
        fill(plain, "> "),
        fill(plain, "From: x\n\n"),
        fill(plain, "On 1 "),
        fill(plain, "--\u{a0}原始"),
        fill("From: ", "("),
        fill("From: z@gov.example\r\nTo: ", "bell+d"),
        fill("From: z@gov.example\r\nReferences: ", "<a@b> "),
        fill("From: z@gov.example\r\nSubject: ", "=?utf-8?B?5a6M?="),
        fill("Authentication-Results: mx.example.org", "; dmarc=pass"),
        fill("", "A: b\r\n"),
        fill("A:", "\r\n b"),
    ] {
        let start = dutybell_system::clock::Since::now();
        let _ = reader().read(bomb.as_bytes(), None, None, now());
        let took = start.elapsed();
        assert!(
            took < std::time::Duration::from_secs(5),
            "{took:?} for {:?}",
            bomb.chars().take(80).collect::<String>()
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = reader().read(&bytes, None, None, now());
    }

    #[test]
    fn any_mail_is_read_without_panic(
        fields in "((From|To|Subject|Auto-Submitted|Authentication-Results|Content-Type|References|Message-ID): [ -~完（;<>\"()=@.]{0,60}\r?\n[ ]?){0,8}",
        kind in "(text/plain|text/html|multipart/report; report-type=delivery-status; boundary=b|multipart/mixed; boundary=b)",
        body in "(--b\r\nContent-Type: message/delivery-status\r\n\r\n|<blockquote>|</blockquote|<div id=|> |[ -~完成在办：>\r\n]{0,40}|On .{0,20} wrote:\n|Action: failed\n){0,20}",
    ) {
        let letter = format!("{fields}Content-Type: {kind}\r\n\r\n{body}");
        let _ = reader().read(letter.as_bytes(), None, None, now());
    }

    #[test]
    fn any_text_is_cut_without_panic(text in "([>|完成在办：:@0-9 \u{a0}-]{0,12}\r?\n|wrote:\n|From: x\n|发件人: y\n|________________\n){0,30}") {
        let mail = format!("From: z@gov.example\nContent-Type: text/plain; charset=utf-8\n\n{text}");
        let _ = reader().read(mail.as_bytes(), None, None, now());
    }
}
