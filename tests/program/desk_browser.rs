//! A visitor plays the demo in a real browser: the pages, the routes and the gateway behind them.
//!
//! The visitor's part is `counterparts/desk_browser.mjs`. Set `DESK_SCREENSHOT` to a file name to
//! keep a picture of the page.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use dutybell::demo::live;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Real seconds a simulated day takes: so slow that the visitor's clock buttons decide.
const SLOW: f64 = 3_600.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_plays_the_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let stop = CancellationToken::new();
    let served = {
        let (folder, stop) = (folder.path().to_owned(), stop.clone());
        tokio::spawn(async move { live::serve(&folder, listener, SLOW, stop).await })
    };

    let visit = tokio::task::spawn_blocking(move || {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts/desk_browser.mjs");
        let mut node = Command::new("node");
        node.arg(script).arg(base);
        if let Ok(file) = std::env::var("DESK_SCREENSHOT") {
            node.arg(file);
        }
        node.output()
    });
    let output = visit.await.expect("the visit ends").expect("node is missing: run ./test.sh --install-only");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("all well"), "{said}");

    // The browser is gone, so that nothing holds the server open.
    stop.cancel();
    served.await.expect("no panic").expect("the demo ends in peace");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_does_not_hold_the_service_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let stop = CancellationToken::new();
    let served = {
        let (folder, stop) = (folder.path().to_owned(), stop.clone());
        tokio::spawn(async move { live::serve(&folder, listener, SLOW, stop).await })
    };

    let mut page = TcpStream::connect(address).await.expect("a connection");
    page.write_all(b"GET /api/desk/zhangsan/events HTTP/1.1\r\nHost: desk\r\n\r\n").await.expect("a request");
    let mut head = [0u8; 12];
    page.read_exact(&mut head).await.expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");

    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), served).await.expect("it ends while the page listens");
    ended.expect("no panic").expect("the demo ends in peace");
}
