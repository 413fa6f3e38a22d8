//! The mail channel against a real SMTP server (aiosmtpd) with STARTTLS and login, and its folder.
//!
//! Needs `python3` with `tests/counterparts/requirements.txt` and `openssl`. The recipient's local
//! part orders the server's behaviour: see `tests/counterparts/smtp_server.py`.

use std::fs;
use std::sync::Arc;

use crate::smtp_server;
use chrono::{DateTime, Utc};
use dutybell::channel::mail::{IncomingConfig, Mail, MailConfig, MailTransport, Security};
use dutybell::channel::{Channel, Outgoing};
use serde_json::Value;

use smtp_server::{OFFICE, PASSWORD, Server, Setup, accepted, header, reason, start, to};

/// The channel for a setup of the server.
fn channel(server: &Server, setup: Setup) -> Mail {
    mail(server.config(setup))
}

fn mail(config: MailConfig) -> Mail {
    let now: DateTime<Utc> = "2026-09-27T01:00:00Z".parse().unwrap();
    Mail::new(config, Arc::new(move || now)).unwrap()
}

#[tokio::test]
async fn a_chinese_mail_arrives_whole_over_starttls_with_login() {
    let server = start();
    let id = accepted(channel(&server, OFFICE).send(&to("zhang@example.org")).await);
    let stored = server.stored();
    let mail = &stored[0];
    assert_eq!(mail["encrypted"], true);
    assert_eq!(mail["user"], "bell");
    assert_eq!(mail["hello"], "example.org");
    assert_eq!(mail["mail_from"], "bell@example.org");
    assert_eq!(mail["rcpt_tos"], serde_json::json!(["zhang@example.org"]));
    assert_eq!(header(mail, "Subject").unwrap(), to("x").subject);
    assert_eq!(header(mail, "From").unwrap(), "青石县督办 <bell@example.org>");
    assert_eq!(header(mail, "Message-ID"), Some(id.as_str()));
    assert_eq!(header(mail, "Date").unwrap(), "Sun, 27 Sep 2026 01:00:00 +0000");
    assert_eq!(header(mail, "Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(mail["content_type"], "multipart/alternative");
    let plain = mail["plain"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(plain.trim_end(), to("x").text);
    assert_eq!(mail["html"].as_str().unwrap().trim_end(), to("x").html.unwrap());
    assert_eq!(mail["defects"], serde_json::json!([]));
}

#[tokio::test]
async fn implicit_tls_works_as_well() {
    let server = start();
    let mail = channel(&server, Setup { listener: "tls", security: Security::Tls, ..OFFICE });
    accepted(mail.send(&to("zhang@example.org")).await);
    assert_eq!(server.stored()[0]["user"], "bell");
    assert!(mail.check().await.unwrap().contains("TLS, certificate trusted"));
}

#[tokio::test]
async fn check_says_what_it_found() {
    let server = start();
    let found = channel(&server, OFFICE).check().await.unwrap();
    assert!(found.contains("STARTTLS, certificate trusted; signed in as bell"), "{found}");
    assert!(!found.contains(PASSWORD));
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let server = start();
    let mail = channel(&server, Setup { listener: "bare", ..OFFICE });
    let why = reason(mail.send(&to("zhang@example.org")).await, "transient");
    assert!(why.contains("does not offer STARTTLS"), "{why}");
    assert_eq!(mail.check().await.unwrap_err(), why);
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn plain_on_this_machine_needs_no_login() {
    let server = start();
    let bare = Setup { listener: "bare", security: Security::Plain, password: None, ..OFFICE };
    let mail = channel(&server, bare);
    accepted(mail.send(&to("zhang@example.org")).await);
    assert_eq!(server.stored()[0]["encrypted"], false);
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_shown() {
    let server = start();
    let mail = channel(&server, Setup { password: Some("Wrong-Word-77"), ..OFFICE });
    let why = reason(mail.send(&to("zhang@example.org")).await, "transient");
    assert!(why.contains("user bell or its password is refused (535)"), "{why}");
    let told = mail.check().await.unwrap_err();
    assert_eq!(told, why);
    assert!(!told.contains("Wrong-Word-77") && !format!("{mail:?}").contains("Wrong-Word-77"));
}

#[tokio::test]
async fn an_untrusted_or_foreign_certificate_gets_nothing() {
    let server = start();
    let untrusted = Setup { trust: false, ..OFFICE };
    // The same server, but the certificate carries only the name "localhost".
    let foreign = Setup { host: "127.0.0.1", ..OFFICE };
    for (setup, words) in [(untrusted, "UnknownIssuer"), (foreign, "not valid for name")] {
        let why = reason(channel(&server, setup).send(&to("zhang@example.org")).await, "transient");
        assert!(why.contains(words), "{why}");
    }
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn words_injected_before_tls_do_not_pass_for_an_acceptance() {
    let server = start();
    let mail = channel(&server, Setup { listener: "injecting", password: None, ..OFFICE });
    let why = reason(mail.send(&to("zhang@example.org")).await, "transient");
    assert!(why.contains("STARTTLS failed"), "{why}");
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn refusals_mean_what_the_server_said() {
    let server = start();
    let mail = channel(&server, OFFICE);
    for (address, kind, words) in [
        ("nobody@example.org", "gone", "550 5.1.1 no such user here"),
        ("moved@example.org", "gone", "551"),
        ("late@example.org", "gone", "after all"),
        ("policy@example.org", "refused", "554 5.7.1"),
        ("big@example.org", "refused", "552 5.3.4"),
        ("relay@example.org", "refused", "550 5.7.1"),
        ("full@example.org", "transient", "552 5.2.2"),
        ("busy@example.org", "transient", "450 4.2.0"),
        ("later@example.org", "transient", "451 4.3.0"),
        ("closing@example.org", "transient", "421"),
        ("vanish@example.org", "transient", "localhost"),
    ] {
        let why = reason(mail.send(&to(address)).await, kind);
        assert!(why.contains(words), "{address}: {why}");
    }
    assert!(server.stored().is_empty());
    // None of it spoils the next mail.
    accepted(mail.send(&to("zhang@example.org")).await);
}

#[tokio::test]
async fn a_refused_sender_is_our_fault_and_waits() {
    let server = start();
    let mail = channel(&server, Setup { from: "stranger@example.org", ..OFFICE });
    let why = reason(mail.send(&to("zhang@example.org")).await, "transient");
    assert!(why.contains("not owned by you"), "{why}");
}

#[tokio::test]
async fn a_server_that_refuses_tagged_senders_is_found_by_the_check() {
    let server = start();
    let with = |from: &'static str, sub_address: bool| {
        let incoming = Some(IncomingConfig::Maildir { dir: server.dir.path().join("Maildir") });
        mail(MailConfig { incoming, sub_address, ..server.config(Setup { from, ..OFFICE }) })
            .with_secret("s".repeat(64).into())
    };
    for part in ["new", "cur"] {
        fs::create_dir_all(server.dir.path().join("Maildir").join(part)).unwrap();
    }
    let why = with("strict@example.org", true).check().await.unwrap_err();
    assert!(why.contains("not owned by you") && why.contains("sub_address = false"), "{why}");
    assert!(with("strict@example.org", false).check().await.is_ok());
    assert!(with("bell@example.org", true).check().await.is_ok());
    assert!(server.stored().is_empty());
}

#[tokio::test]
async fn a_cut_after_the_content_is_unknown_and_the_second_try_is_the_same_mail() {
    let server = start();
    let mail = channel(&server, OFFICE);
    for _ in 0..2 {
        reason(mail.send(&to("cut@example.org")).await, "unknown");
    }
    let stored = server.stored();
    assert_eq!(stored.len(), 2, "the server had it, though we could not know");
    assert_eq!(header(&stored[0], "Message-ID"), header(&stored[1], "Message-ID"));
    let raw = |n: u8| fs::read(server.dir.path().join(format!("out/{n}.eml"))).unwrap();
    assert_eq!(raw(1), raw(2));
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let server = start();
    let mail = channel(&server, Setup { seconds: 1, ..OFFICE });
    reason(mail.send(&to("stuck@example.org")).await, "transient");
    reason(mail.send(&to("slow@example.org")).await, "unknown");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_transient() {
    let mut server = start();
    server.stop();
    let nowhere = channel(&server, Setup { host: "mail.invalid", ..OFFICE });
    let why = reason(channel(&server, OFFICE).send(&to("zhang@example.org")).await, "transient");
    assert!(why.contains("refused"), "{why}");
    reason(nowhere.send(&to("zhang@example.org")).await, "transient");
}

#[tokio::test]
async fn mails_about_one_item_hang_together() {
    let server = start();
    let mail = channel(&server, OFFICE);
    let first = accepted(mail.send(&to("zhang@example.org")).await);
    let second =
        Outgoing { key: "n-2".to_owned(), thread: vec![to("zhang@example.org").key], ..to("zhang@example.org") };
    let second_id = accepted(mail.send(&second).await);
    let thread = vec![to("zhang@example.org").key, second.key];
    let third = Outgoing { key: "n-3".to_owned(), thread, urgent: true, ..to("li@example.org") };
    accepted(mail.send(&third).await);
    let stored = server.stored();
    assert_eq!(header(&stored[0], "In-Reply-To"), None);
    assert_eq!(header(&stored[1], "In-Reply-To"), Some(first.as_str()));
    assert_eq!(header(&stored[2], "In-Reply-To"), Some(second_id.as_str()));
    assert_eq!(header(&stored[2], "References").unwrap(), format!("{first} {second_id}"));
    assert_eq!(header(&stored[2], "Importance"), Some("high"));
}

#[tokio::test]
async fn many_mails_share_few_connections() {
    let server = start();
    let mail = Arc::new(channel(&server, OFFICE));
    let sends: Vec<_> = (0..60)
        .map(|i| {
            let mail = Arc::clone(&mail);
            tokio::spawn(async move { mail.send(&to(&format!("p{i}@example.org"))).await })
        })
        .collect();
    for send in sends {
        accepted(send.await.unwrap());
    }
    let stored = server.stored();
    let connections: std::collections::HashSet<_> = stored.iter().map(|mail| mail["connection"].to_string()).collect();
    assert_eq!(stored.len(), 60);
    assert!(connections.len() <= 4, "{} connections", connections.len());
    assert!(stored.iter().all(|mail| mail["rcpt_tos"].as_array().unwrap().len() == 1));
}

#[tokio::test]
async fn nothing_in_a_message_becomes_a_header_or_a_second_mail() {
    let server = start();
    let mail = channel(&server, OFFICE);
    accepted(mail.send(&to("zhang@example.org")).await);
    for end in ["\r\n", "\n", "\r", "\0", "\r\n\r\n"] {
        let trap = format!(
            "x{end}Bcc: thief@example.org{end}.{end}MAIL FROM:<bell@example.org>{end}\
             RCPT TO:<thief@example.org>{end}DATA{end}Subject: forged{end}{end}.{end}"
        );
        let (subject, text, html) = (trap.clone(), trap.clone(), Some(trap.clone()));
        let message = Outgoing { subject, text, html, key: trap, ..to("zhang@example.org") };
        accepted(mail.send(&message).await);
        let address = format!("zhang@example.org>{end}RCPT TO:<thief@example.org");
        reason(mail.send(&to(&address)).await, "gone");
    }
    let names = |mail: &Value| -> Vec<String> {
        mail["headers"].as_array().unwrap().iter().map(|h| h[0].to_string()).collect()
    };
    let stored = server.stored();
    assert_eq!(stored.len(), 6);
    for mail in &stored {
        assert_eq!(names(mail), names(&stored[0]));
        assert_eq!(mail["rcpt_tos"], serde_json::json!(["zhang@example.org"]));
    }
}

#[tokio::test]
async fn a_bad_address_needs_no_server() {
    let server = start();
    let mail = channel(&server, OFFICE);
    drop(server);
    for address in ["", "张三", "zhang@", "a@example.org, b@example.org"] {
        reason(mail.send(&to(address)).await, "gone");
    }
}

#[tokio::test]
async fn the_folder_holds_one_file_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("mails");
    let config = MailConfig::new(OFFICE.from, "example.org", MailTransport::Folder { dir: out.clone() });
    let mail = mail(config);
    assert!(mail.check().await.unwrap().contains("nothing is sent"));
    for key in ["n-1", "n-1", "../n 2"] {
        let message = Outgoing { key: key.to_owned(), ..to("zhang@example.org") };
        accepted(mail.send(&message).await);
    }
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|f| f.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["=2E=2E=2Fn=202.eml", "n-1.eml"]);
    let text = fs::read_to_string(out.join("n-1.eml")).unwrap();
    assert!(text.contains("Message-ID: <n-1@example.org>\r\n"));
    fs::remove_dir_all(&out).unwrap();
    reason(mail.send(&to("zhang@example.org")).await, "transient");
    assert!(mail.check().await.is_err());
}
