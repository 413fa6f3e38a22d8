//! What the configuration refuses, warns of and does not show.

use crate::office::Office;

/// Exit code and everything that was said.
fn check(configuration: &str) -> (Option<i32>, String) {
    let office = Office::new();
    office.file("dutybell.toml", configuration);
    let output = office.command().args(["config", "check"]).output().expect("runs");
    let said = [output.stdout, output.stderr].map(|o| String::from_utf8(o).expect("text"));
    (output.status.code(), said.concat())
}

const FEISHU: &str = "[feishu]\napp_id = \"cli_1\"\napp_secret = \"abcdefghijklmnopqrstuvwx\"\n";
const WECOM: &str = "[wecom]\ncorp_id = \"ww1\"\nagent_id = 1\napp_secret = \"abcdefghijklmnopqrstuvwx\"\naes_key = \"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C\"\n";
const MAIL: &str = "[mail]\nfrom = \"bell@qingshi.example\"\nhost = \"mail.qingshi.example\"\n";
const TELEGRAM: &str =
    "[web]\npublic_url = \"https://bell.example.org\"\n[telegram]\ntoken = \"700100:AAabc\"\nmode = \"webhook\"\n";

#[test]
fn a_secret_that_proves_a_call_is_refused_when_it_is_short_or_well_known_and_is_never_shown() {
    for (section, key) in [
        (TELEGRAM, "webhook_secret"),
        (FEISHU, "encrypt_key"),
        (FEISHU, "verification_token"),
        (WECOM, "callback_token"),
        (MAIL, "token_secret"),
    ] {
        for weak in [
            "x",
            "changeme",
            "secret",
            "fifteen-signs-1",
            "changemechangeme",
            "aaaaaaaaaaaaaaaaaaaaaa",
            "1234567890123456",
        ] {
            let (code, said) = check(&format!("{section}{key} = \"{weak}\"\n"));
            assert_eq!(code, Some(1), "{key} = {weak}: {said}");
            assert!(said.contains(key) && said.contains("openssl rand"), "{key}: {said}");
            assert!(weak.len() < 8 || !said.contains(weak), "{said}");
        }
        let (_, said) = check(&format!("{section}{key} = \"6f1ed002ab5595859014ebf0951522d9\"\n"));
        assert!(!said.contains("guess") && !said.contains("well known"), "{key}: {said}");
    }
}

#[test]
fn a_secret_from_a_file_and_one_from_a_variable_are_looked_at_too_and_an_examples_word_is_no_token() {
    let office = Office::new();
    office.file("short.secret", "hunter2\n");
    office.file("dutybell.toml", &format!("{TELEGRAM}webhook_secret_file = \"short.secret\"\n"));
    let output = office.command().arg("serve").output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("16 characters"), "{said}");
    office.file("dutybell.toml", TELEGRAM);
    let output =
        office.command().arg("doctor").env("DUTYBELL_TELEGRAM__WEBHOOK_SECRET", "changeme").output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("well known"), "{said}");
    let (code, said) = check("[telegram]\ntoken = \"CHANGE_ME\"\n");
    assert!(code == Some(1) && said.contains("[telegram] token"), "{said}");
}

#[test]
fn an_open_port_and_an_address_without_encryption_are_warned_of_and_a_closed_or_encrypted_one_is_not() {
    for (web, warned) in [
        ("listen = \"0.0.0.0:8484\"\n", true),
        ("listen = \"[::]:8484\"\npublic_url = \"http://10.1.2.3:8484\"\n", true),
        ("public_url = \"http://bell.example.org\"\n", true),
        ("listen = \"10.1.2.3:8484\"\n", true),
        ("metrics_listen = \"0.0.0.0:9000\"\n", true),
        ("listen = \"0.0.0.0:8484\"\npublic_url = \"https://bell.example.org\"\n", false),
        ("listen = \"127.0.0.1:8484\"\npublic_url = \"http://localhost:8484\"\n", false),
        ("", false),
    ] {
        let (code, said) = check(&format!("[web]\n{web}"));
        assert_eq!(code, Some(0), "{web}: {said}");
        assert_eq!(said.contains("warning"), warned, "{web}: {said}");
    }
}

#[test]
fn the_heartbeats_address_is_shown_nowhere_as_it_is_a_key() {
    let (code, said) = check("[watchdog]\nheartbeat_url = \"https://hc.example/ping/5f2c-secret\"\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("heartbeat_url") && !said.contains("5f2c-secret"), "{said}");
}

#[test]
fn an_unknown_section_is_named_with_the_near_one_before_anything_that_is_missing() {
    for (text, named) in [
        ("[mial]\nfrom = \"bell@qingshi.example\"\n", "`mail`"),
        ("[mail.incoming]\nkind = \"imap\"\n[mial]\nfrom = \"bell@qingshi.example\"\n", "`mail`"),
        ("[telegramm]\ntoken = \"1:a\"\n", "`telegram`"),
        ("[[sources]]\nname = \"x\"\n", "`source`"),
        ("[Web]\nlisten = \"127.0.0.1:1\"\n", "`web`"),
    ] {
        let (code, said) = check(text);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("unknown section") && said.contains(named), "{text}: {said}");
        assert!(said.contains("dutybell.toml:"), "with its line: {said}");
        assert!(!said.contains("missing field"), "{said}");
    }
    let (_, said) = check("[zebra]\nx = 1\n");
    assert!(said.contains("[zebra]") && said.contains("office"), "{said}");
}
