//! The web server among people who mean no good, and its pages for those who lost their way.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::database::county;
use crate::office::{Office, Service, free_port};

async fn asks(gateway: &Service, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    answer
}

async fn serving(configuration: &str) -> (Office, Service) {
    let office = county();
    office.file("dutybell.toml", configuration);
    let gateway = office.serve(free_port());
    gateway.is_ready().await;
    (office, gateway)
}

/// Connections that begin a request and never end it.
async fn half_open(port: u16, count: usize) -> Vec<TcpStream> {
    let mut all = Vec::new();
    for _ in 0..count {
        let connect = TcpStream::connect(("127.0.0.1", port));
        let Ok(Ok(mut stream)) = tokio::time::timeout(Duration::from_secs(5), connect).await else { continue };
        let _ = stream.write_all(b"GET /desk HTTP/1.1\r\nHost: ").await; // it may be closed already
        all.push(stream);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_half_open_requests_neither_deafen_the_gateway_nor_take_its_file_numbers() {
    let office = county();
    let gateway = office.serve_after("ulimit -n 400", free_port());
    gateway.is_ready().await;
    let attack = half_open(gateway.port, 600).await;
    assert!(attack.len() > 300, "the attack came through: {}", attack.len());
    for _ in 0..5 {
        let answer = tokio::time::timeout(Duration::from_secs(20), gateway.get("/readyz")).await;
        assert!(answer.expect("in time").is_ok_and(|a| a.starts_with("HTTP/1.1 200")), "{}", gateway.log());
    }
    assert!(gateway.open_files() < 250, "{} file numbers are taken", gateway.open_files());
    office.run(&["status"]);
    assert!(!gateway.log().contains("Too many open files"), "{}", gateway.log());
    drop(attack);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_or_only_bit_by_bit_and_who_asked_once_and_stays_is_closed() {
    let (_office, gateway) = serving("").await;
    let silent = TcpStream::connect(("127.0.0.1", gateway.port)).await.expect("connects");
    let mut slow = TcpStream::connect(("127.0.0.1", gateway.port)).await.expect("connects");
    let mut stays = TcpStream::connect(("127.0.0.1", gateway.port)).await.expect("connects");
    stays.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("writes");
    let drip = async {
        for _ in 0..24 {
            if slow.write_all(b"G").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        ends(slow).await
    };
    let (a, b, c) = tokio::join!(ends(silent), drip, ends(stays));
    assert_eq!([a, b, c], [true; 3], "silent, slow, stays");
}

/// Whether the other side closes within a quarter of a minute.
async fn ends(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(16), stream.read_to_end(&mut rest)).await;
    end.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_stand_on_a_listener_of_their_own_where_that_is_wanted() {
    let own = free_port();
    let (_office, mut gateway) = serving(&format!("[web]\nmetrics_listen = \"127.0.0.1:{own}\"\n")).await;
    assert!(asks(&gateway, "/metrics", "").await.starts_with("HTTP/1.1 404"));
    let port = std::mem::replace(&mut gateway.port, own);
    let figures = asks(&gateway, "/metrics", "").await;
    assert!(figures.starts_with("HTTP/1.1 200") && figures.contains("dutybell_"), "{figures}");
    assert!(asks(&gateway, "/readyz", "").await.starts_with("HTTP/1.1 200"));
    assert!(asks(&gateway, "/desk", "").await.starts_with("HTTP/1.1 404"), "and nothing else");
    gateway.port = port;
    let (_office, gateway) = serving("").await;
    assert!(asks(&gateway, "/metrics", "").await.starts_with("HTTP/1.1 200"), "else with the pages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_without_a_link_or_with_a_used_one_finds_a_page_in_their_language() {
    let (office, gateway) = serving("").await;
    let link = office.run(&["people", "link", "王五", "--channel", "desk"]);
    let code = link.split("/desk?code=").nth(1).unwrap_or_else(|| panic!("{link}"));
    let used = format!("/desk?code={}", code.split_whitespace().next().expect("a code"));
    assert!(asks(&gateway, &used, "").await.starts_with("HTTP/1.1 303"));
    for path in ["/", "/desk", "/desk?code=", &used, "/desk?code=NOSUCHCODE", "/desk/wangwu", "/nowhere"] {
        let zh = asks(&gateway, path, "Accept-Language: zh-CN,zh;q=0.9,en;q=0.5\r\n").await;
        let en = asks(&gateway, path, "Accept-Language: en-GB,en;q=0.9,zh;q=0.1\r\n").await;
        let hant = asks(&gateway, path, "Accept-Language: zh-TW\r\n").await;
        for page in [&zh, &en, &hant] {
            assert!(page.contains("text/html") && page.contains("<h1>"), "{path}: {page}");
            assert!(!page.contains("missing field") && !page.contains("{\""), "{path}: {page}");
        }
        let text = |page: &str| page.split("<main>").nth(1).expect("a text").to_owned();
        assert!(zh.contains("lang=\"zh-CN\"") && !text(&zh).contains("link"), "{path}: {zh}");
        assert!(en.contains("lang=\"en\"") && text(&en).is_ascii(), "{path}: {en}");
        assert!(hant.contains("lang=\"zh-Hant\"") && text(&hant) != text(&zh), "{path}: {hant}");
    }
    let script = asks(&gateway, "/api/nowhere", "Accept-Language: zh\r\n").await;
    assert!(script.contains("application/json") && script.contains("没有"), "{script}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_link_leads_whoever_is_signed_in_to_their_own_page() {
    let (office, gateway) = serving("").await;
    let link = office.run(&["people", "link", "王五", "--channel", "desk"]);
    let code = link.split("/desk?code=").nth(1).and_then(|c| c.split_whitespace().next()).expect("a code").to_owned();
    let path = format!("/desk?code={code}");
    let first = asks(&gateway, &path, "").await;
    let cookie = header(&first, "set-cookie").expect("a session").split(';').next().expect("its value").to_owned();
    let home = header(&first, "location").expect("a way");
    for path in [path.as_str(), "/desk"] {
        let again = asks(&gateway, path, &format!("Cookie: {cookie}\r\n")).await;
        assert_eq!(header(&again, "location"), Some(home.clone()), "{again}");
    }
}

fn header(answer: &str, name: &str) -> Option<String> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines()
        .find_map(|l| l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_https_the_session_is_secure_and_browsers_stay_with_it_and_desk_data_is_kept_nowhere() {
    for (url, encrypted) in [("https://bell.example.org", true), ("http://127.0.0.1:8484", false)] {
        let (office, gateway) = serving(&format!("[web]\npublic_url = \"{url}\"\n")).await;
        let link = office.run(&["people", "link", "王五", "--channel", "desk"]);
        let code = link.split("/desk?code=").nth(1).and_then(|c| c.split_whitespace().next()).expect("a code");
        let entered = asks(&gateway, &format!("/desk?code={code}"), "").await;
        let cookie = header(&entered, "set-cookie").expect("a session");
        assert_eq!(cookie.contains("Secure"), encrypted, "{cookie}");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let login = header(&entered, "location").expect("a way");
        let session = format!("Cookie: {}\r\n", cookie.split(';').next().expect("its value"));
        for path in [login.clone(), format!("/api{login}"), "/".to_owned(), "/desk".to_owned()] {
            let answer = asks(&gateway, &path, &session).await;
            assert_eq!(header(&answer, "cache-control").as_deref(), Some("no-store"), "{path}");
            assert_eq!(header(&answer, "strict-transport-security").is_some(), encrypted, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_shown_while_somebody_writes() {
    use sqlx::Connection;
    let (office, gateway) = serving("").await;
    let url = format!("sqlite:{}", office.path().join("dutybell.db").display());
    let mut writer = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut writer).await.expect("begins");
    for path in ["/desk", "/desk/p1"] {
        let answer =
            tokio::time::timeout(Duration::from_secs(4), asks(&gateway, path, "Cookie: desk=nobody\r\n")).await;
        let answer = answer.unwrap_or_else(|_| panic!("{path} waits for who writes"));
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
    sqlx::query("ROLLBACK").execute(&mut writer).await.expect("ends");
}
