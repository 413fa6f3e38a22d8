//! Others judge: the platform's own library against our fake platform.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::fake_feishu;
use chrono::{DateTime, Utc};
use fake_feishu::{APP, Brought, FakeFeishu, KEY, SECRET, TOKEN, ZHANG, brought};
use serde_json::{Value, json};

const OUTSIDE: &str = "ou_0000000000000000000000000outsid1";

/// A program of others; ended with the test.
struct Peer {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    fn start(script: &str, arguments: &[&str]) -> Peer {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts").join(script);
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(&python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{python}: {e}: run ./test.sh --install-only"));
        let to = child.stdin.take().expect("piped");
        let from = BufReader::new(child.stdout.take().expect("piped"));
        Peer { child, to, from }
    }

    fn line(&mut self) -> String {
        let mut text = String::new();
        self.from.read_line(&mut text).expect("reads");
        text.trim().to_owned()
    }

    /// What the library makes of a call.
    fn hears(&mut self, call: &Brought) -> Value {
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().expect("text"))));
        let headers: serde_json::Map<String, Value> = headers.collect();
        writeln!(self.to, "{}", json!({ "headers": headers, "body": call.body })).expect("writes");
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platforms_own_library_finds_nothing_wrong_with_the_fake_one() {
    let fake = FakeFeishu::start().await;
    fake.is_gone(OUTSIDE, 230_013, "Bot has NO availability to this user.");
    let at: DateTime<Utc> = "2026-10-04T10:23:46Z".parse().expect("an instant");
    let mut peer = Peer::start("lark_peer.py", &[&fake.url(), APP, SECRET, KEY, TOKEN, ZHANG, OUTSIDE]);
    let sent = tokio::task::block_in_place(|| peer.line());
    let id = sent.strip_prefix("sent ").unwrap_or_else(|| panic!("{sent:?}")).to_owned();
    fake.will([(429, 99_991_400, "request trigger frequency limit", Some(7))]);
    writeln!(peer.to, "limited now").expect("writes");
    assert_eq!(tokio::task::block_in_place(|| peer.line()), "limited");
    let shown = fake.messages();
    assert_eq!(shown.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["已完成", "也请", "已记录"]);
    assert_eq!(fake.given(), 1, "one token served all calls");

    let call = fake.brings(fake.says(ZHANG, Some(&id), "完成", at), at);
    let heard = tokio::task::block_in_place(|| peer.hears(&call));
    assert_eq!(heard["status"], 200, "{heard}");
    assert_eq!(heard["understood"], json!([{ "who": ZHANG, "text": "完成", "quoted": id, "chat": "p2p" }]));

    let id = &shown[1].id;
    let press = fake.brings(fake.presses(ZHANG, id, at), at);
    let heard = tokio::task::block_in_place(|| peer.hears(&press));
    assert_eq!(heard["status"], 200, "{heard}");
    assert_eq!(heard["understood"], json!([{ "who": ZHANG, "action": "v1:1:1:done", "on": id }]));

    let forged = Brought { body: call.body.replace('A', "B"), ..call.clone() };
    assert_eq!(tokio::task::block_in_place(|| peer.hears(&forged))["status"], 500);
    let question = json!({ "challenge": "ajls384kdjx98XX", "token": TOKEN, "type": "url_verification" });
    let heard = tokio::task::block_in_place(|| peer.hears(&brought(&question, KEY, at)));
    let answer: Value = serde_json::from_str(heard["answer"].as_str().expect("text")).expect("JSON");
    assert_eq!(answer, json!({ "challenge": "ajls384kdjx98XX" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platforms_own_library_hears_the_fake_one_over_a_connection() {
    let fake = FakeFeishu::start().await;
    let at: DateTime<Utc> = "2026-10-04T10:23:46Z".parse().expect("an instant");
    fake.cuts_events(100);
    fake.says(ZHANG, None, "完成", at);
    let mut peer = Peer::start("lark_connection.py", &[&fake.url(), APP, SECRET]);
    let mut heard = || -> Value {
        let line = tokio::task::block_in_place(|| peer.line());
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    };
    assert_eq!(heard(), json!({ "who": ZHANG, "text": "完成" }), "in parts");
    fake.says(ZHANG, None, "延期2天", at);
    assert_eq!(heard(), json!({ "who": ZHANG, "text": "延期2天" }));
    for _ in 0..100 {
        if fake.taken() == [true, true] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(fake.taken(), [true, true], "what it took is known to be taken");
    assert!(fake.pings() > 0);
}
