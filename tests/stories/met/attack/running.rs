//! The running program and its administrator: SIGHUP, what it prints, what it logs.

use std::time::Duration;

use super::database::county;
use crate::office::{Office, Service, free_port, until};

fn templates(office: &Office, text: &str) {
    std::fs::create_dir_all(office.path().join("words/messages")).expect("a folder");
    office.file("words/messages/zh-CN.toml", &format!("page_home = \"{text}\"\n"));
}

const CONFIGURATION: &str = "[office]\npolicy = \"office-pack.toml\"\ntemplates = \"words\"\n";

fn pack(name: &str) -> String {
    include_str!("../../../../packs/cn-worksafety.toml").replacen(
        "name = \"cn-worksafety\"",
        &format!("name = \"{name}\""),
        1,
    )
}

async fn serving() -> (Office, Service) {
    let office = county();
    office.file("office-pack.toml", &pack("first"));
    templates(&office, "一号页面");
    office.file("dutybell.toml", CONFIGURATION);
    let gateway = office.serve(free_port());
    gateway.is_ready().await;
    (office, gateway)
}

async fn logs(gateway: &Service, words: &str) {
    until(words, || gateway.log().contains(words).then_some(())).await;
}

/// The first page shows this within some seconds.
async fn shows(gateway: &Service, text: &str) {
    for _ in 0..200 {
        if gateway.get("/").await.is_ok_and(|page| page.contains(text)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{text} is not shown: {}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_and_a_template_mended_while_running_are_taken_on_sighup_and_it_ends_in_peace() {
    let (office, mut gateway) = serving().await;
    shows(&gateway, "一号页面").await;
    for (name, text) in [("second", "二号页面"), ("third", "三号页面")] {
        office.file("office-pack.toml", &pack(name));
        templates(&office, text);
        gateway.signal("HUP");
        logs(&gateway, name).await;
        shows(&gateway, text).await;
        gateway.is_ready().await;
    }
    gateway.signal("TERM");
    assert!(gateway.ended().await.success(), "{}", gateway.log());
    assert!(office.run(&["audit", "verify"]).contains("whole"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_file_at_sighup_keeps_everything_as_it_was_says_so_and_alarms() {
    let (office, mut gateway) = serving().await;
    let breaks: [(&str, &str, String, &str); 5] = [
        ("a pack that does not read", "office-pack.toml", "name = ".to_owned(), "office-pack.toml"),
        ("a pack that floods", "office-pack.toml", pack("x").replace("repeat = \"2wd\"", "repeat = \"1m\""), "1m"),
        ("a template", "words/messages/zh-CN.toml", "page_home = \"{{ nobody\"\n".to_owned(), "page_home"),
        ("a calendar", "dutybell.toml", format!("{CONFIGURATION}calendars = [\"none.ics\"]\n"), "none.ics"),
        (
            "a secret",
            "dutybell.toml",
            format!("{CONFIGURATION}[telegram]\ntoken = \"1:a\"\nwebhook_secret = \"x\"\n"),
            "webhook_secret",
        ),
    ];
    for (n, (what, file, bad, named)) in breaks.into_iter().enumerate() {
        let good = std::fs::read_to_string(office.path().join(file)).expect("reads");
        office.file(file, &bad);
        gateway.signal("HUP");
        let refusals = || gateway.log().matches("is refused; everything stays").count();
        until(what, || (refusals() > n).then_some(())).await;
        assert!(gateway.log().contains(named), "{what}: {}", gateway.log());
        office.file(file, &good);
        shows(&gateway, "一号页面").await;
        gateway.is_ready().await;
    }
    let store = dutybell::store::Store::open(&format!("sqlite:{}", office.path().join("dutybell.db").display())).await;
    let store = store.expect("opens");
    let alarms = store.alarms(50).await.expect("reads");
    assert!(alarms.iter().any(|(_, text)| text.contains("office-pack.toml")), "{alarms:?}");
    store.close().await;
    // Mended, it is taken.
    templates(&office, "四号页面");
    gateway.signal("HUP");
    shows(&gateway, "四号页面").await;
    gateway.signal("TERM");
    assert!(gateway.ended().await.success(), "{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_address_that_became_https_is_taken_on_sighup_with_all_that_follows_from_it() {
    let (office, mut gateway) = serving().await;
    assert!(!gateway.get("/").await.expect("answers").to_ascii_lowercase().contains("strict-transport"));
    office.file("dutybell.toml", &format!("{CONFIGURATION}[web]\npublic_url = \"https://bell.example.org\"\n"));
    gateway.signal("HUP");
    for _ in 0..200 {
        if gateway.get("/").await.is_ok_and(|page| page.to_ascii_lowercase().contains("strict-transport")) {
            gateway.signal("TERM");
            assert!(gateway.ended().await.success());
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", gateway.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_prints_where_it_listens_and_its_log_file_has_no_colours() {
    let office = county();
    let port = free_port();
    let mut command = office.command();
    command.arg("serve").env("DUTYBELL_WEB__LISTEN", format!("127.0.0.1:{port}"));
    let out = std::fs::File::create(office.path().join("out")).expect("makes");
    let log = std::fs::File::create(office.path().join("log")).expect("makes");
    let mut child = command.stdout(out).stderr(log).spawn().expect("starts");
    let said = || std::fs::read_to_string(office.path().join("out")).expect("reads");
    let found = until("the address", || said().contains(&format!("http://127.0.0.1:{port}")).then(said)).await;
    let read = || std::fs::read_to_string(office.path().join("log")).expect("reads");
    until("a log", || read().contains("dutybell is ready").then_some(())).await;
    child.kill().expect("ends");
    child.wait().expect("ended");
    assert!(!read().contains('\u{1b}') && !found.contains('\u{1b}'), "{:?}", read());
}
