//! Configurations that are read, and those that are refused.

use super::super::Mail;
use super::*;
use chrono::DateTime;

fn parse(text: &str) -> Result<MailConfig, toml::de::Error> {
    toml::from_str(text)
}

const SMTP: &str = r#"
    from = "bell@example.org"
    message_domain = "example.org"
    [transport]
    type = "smtp"
    host = "mail.example.org"
    port = 587
    security = "starttls"
    user = "bell"
    password = "s3cret-word"
"#;

fn build(text: &str) -> Result<Mail, MailError> {
    Mail::new(parse(text).unwrap(), Arc::new(|| DateTime::UNIX_EPOCH))
}

#[test]
fn configuration_reads_and_hides_the_password() {
    let config = parse(SMTP).unwrap();
    assert!(matches!(
        config.transport,
        MailTransport::Smtp { security: Security::StartTls, port: 587, timeout, .. }
            if timeout == Duration::from_secs(60)
    ));
    assert!(!format!("{config:?}").contains("s3cret-word"));
}

#[test]
fn unknown_fields_are_refused() {
    assert!(parse(&format!("{SMTP}\n pasword = 'x'")).is_err());
    assert!(parse(&format!("form = 'x'\n{SMTP}")).is_err());
}

#[test]
fn plain_is_for_loopback_only() {
    let plain = |host: &str| build(&SMTP.replace("starttls", "plain").replace("mail.example.org", host)).map(|_| ());
    for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
        assert!(plain(host).is_ok(), "{host}");
    }
    for host in ["mail.example.org", "10.0.0.5", "localhost.example.org", "0.0.0.0"] {
        assert!(matches!(plain(host), Err(MailError::PlainHost(_))), "{host}");
    }
}

#[test]
fn faults_in_the_configuration_are_named() {
    let with = |from: &str, to: &str| build(&SMTP.replace(from, to)).unwrap_err();
    assert!(matches!(with("bell@example.org", "bell"), MailError::From(_)));
    let domain = "message_domain = \"example.org\"";
    for bad in ["message_domain = \"a b\"", "message_domain = \"\"", "message_domain = \"青石\""] {
        assert!(matches!(with(domain, bad), MailError::MessageDomain(_)), "{bad}");
    }
    assert!(matches!(with("user = \"bell\"", ""), MailError::Login));
    assert!(matches!(with("port = 587", "port = 587\ntimeout = 0"), MailError::Timeout));
    let ca = "port = 587\nca_file = '/nowhere/ca.pem'";
    assert!(matches!(with("port = 587", ca), MailError::CaFile { .. }));
    let name = "from_name = \"a\\nBcc: x@example.org\"\nfrom =";
    assert!(matches!(with("from =", name), MailError::FromName));
}

#[test]
fn what_is_said_about_answers_is_checked() {
    let incoming = "\n[incoming]\ntype = \"maildir\"\ndir = \"x\"\n";
    let with = |lines: &str| build(&format!("{lines}\n{SMTP}{incoming}")).map(|_| ());
    assert!(with("").is_ok());
    assert!(with("authserv_id = \"mx.example.org\"\ntoken_days = 90\nrecipient_delimiter = \"-\"").is_ok());
    assert!(matches!(with("reply_to = \"bell\""), Err(MailError::ReplyTo(_))));
    assert!(matches!(with("recipient_delimiter = \"@\""), Err(MailError::Delimiter)));
    for id in ["", "mx; dmarc=pass", "mx mx"] {
        assert!(matches!(with(&format!("authserv_id = \"{id}\"")), Err(MailError::AuthservId)), "{id}");
    }
    assert!(matches!(with("token_secret = \"short-secret\""), Err(MailError::TokenSecret)));
    assert!(matches!(with("token_days = 0"), Err(MailError::TokenDays)));
    let long = format!("reply_to = \"{}@example.org\"", "b".repeat(30));
    assert!(matches!(with(&long), Err(MailError::LongReplyTo(_))));
    assert!(with(&format!("{long}\nsub_address = false")).is_ok());
    let secret = format!("token_secret = \"{}\"", "very-secret-word".repeat(3));
    let config = parse(&format!("{secret}\n{SMTP}{incoming}")).unwrap();
    assert!(!format!("{config:?}").contains("very-secret-word"));
}

#[test]
fn a_mailbox_without_protection_is_for_this_machine_only() {
    let with = |host: &str| {
        let incoming = format!(
            "\n[incoming]\ntype = \"imap\"\nhost = \"{host}\"\nport = 143\nsecurity = \"plain\"\nuser = \"bell\"\npassword = \"x\"\n"
        );
        build(&format!("{SMTP}{incoming}")).map(|_| ())
    };
    assert!(with("127.0.0.1").is_ok());
    assert!(matches!(with("imap.example.org"), Err(MailError::PlainHost(_))));
}
