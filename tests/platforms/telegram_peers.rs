//! Others judge: somebody else's Telegram library against our fake server, and our channel against
//! somebody else's emulator.

use std::io::BufReader;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::fake_telegram;
use crate::peer;
use dutybell::channel::telegram::{Telegram, TelegramConfig};
use dutybell::channel::{Button, Channel, Outcome, Outgoing};
use dutybell::core::inbound::Content;
use fake_telegram::{FakeTelegram, Fault, TOKEN};
use peer::{Peer, line};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn counterpart(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts").join(file).display().to_string()
}

impl Peer {
    fn start(program: &str, arguments: &[String]) -> (Peer, BufReader<ChildStdout>) {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{program}: {e}: run ./test.sh --install-only"));
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        (Peer(child), lines)
    }
}

#[tokio::test]
async fn aiogram_finds_nothing_wrong_with_the_fake_server() {
    let fake = FakeTelegram::start().await;
    fake.writes(4201, "完成");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let (_peer, lines) = Peer::start(&python, &[counterpart("aiogram_peer.py"), fake.url(), TOKEN.to_owned()]);
    let mut lines = Some(lines);
    let sent = line(&mut lines).await;
    let id: i64 = sent.strip_prefix("sent ").unwrap_or_else(|| panic!("{sent:?}")).parse().expect("an id");
    fake.presses(4201, id, "1:1:undo");
    fake.will_for(
        "sendMessage",
        "fault",
        [
            Fault::Refuse(403, "Forbidden: bot was blocked by the user", Value::Null),
            Fault::Refuse(429, "Too Many Requests: retry after 7", json!({ "retry_after": 7 })),
        ],
    );
    assert_eq!(line(&mut lines).await, "all well");
    assert_eq!(fake.answered()[0]["text"], "好的");
}

async fn post(port: u16, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: emulator\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    let start = answer.find('{').unwrap_or_else(|| panic!("{answer}"));
    let end = answer.rfind('}').expect("closed");
    serde_json::from_str(&answer[start..=end]).expect("JSON")
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("its address").port()
}

#[tokio::test]
async fn our_channel_goes_round_with_somebody_elses_emulator() {
    let (port, inner) = (free_port().await, free_port().await);
    let (_peer, lines) = Peer::start("node", &[counterpart("tg_shim.js"), port.to_string(), inner.to_string()]);
    let mut lines = Some(lines);
    assert_eq!(line(&mut lines).await, "ready", "run ./test.sh --install-only");

    let config = TelegramConfig {
        token: SecretString::from(TOKEN),
        api_url: Some(format!("http://127.0.0.1:{port}")),
        bot_username: Some("example_duty_bot".into()),
    };
    let telegram = Telegram::new(config).expect("the configuration is right");
    telegram.check().await.expect("the bot is there");

    let person = json!({ "id": 4201, "first_name": "张三", "username": "zhangsan", "is_bot": false });
    let chat = json!({ "id": 4201, "type": "private", "first_name": "张三" });
    let said = json!({ "botToken": TOKEN, "date": 1, "from": person, "chat": chat, "text": "完成" });
    post(inner, "/sendMessage", &said).await;
    let updates = telegram.poll(None, Duration::from_secs(5)).await.expect("polls");
    assert!(matches!(&updates[0].inbound.content, Content::Text { text, .. } if text == "完成"), "{updates:?}");
    assert_eq!(updates[0].inbound.sender.as_deref(), Some("4201"));

    let mut message = Outgoing {
        key: "m1".into(),
        address: "4201".into(),
        subject: String::new(),
        text: "<b>已记录</b>".into(),
        buttons: vec![vec![Button { label: "撤销".into(), action: "1:101:undo".into() }]],
        ..Outgoing::default()
    };
    let sent = telegram.send(&message).await;
    let Outcome::Accepted { platform_id: Some(id) } = sent else { panic!("{sent:?}") };
    let shown =
        json!({ "message_id": id.parse::<i64>().expect("a number"), "date": 1, "chat": chat, "text": "已记录" });
    let pressed = json!({ "botToken": TOKEN, "date": 1, "from": person, "message": shown, "data": "1:101:undo" });
    post(inner, "/sendCallback", &pressed).await;
    let updates = telegram.poll(updates[0].offset, Duration::from_secs(5)).await.expect("polls");
    let Content::Button { action, message: of, callback } = &updates[0].inbound.content else { panic!("{updates:?}") };
    assert_eq!((action.as_str(), of), ("1:101:undo", &id));
    assert!(matches!(telegram.answer_button(callback, "好的").await, Outcome::Accepted { .. }));
    message.text = "已撤销".into();
    message.buttons.clear();
    assert!(matches!(telegram.edit(&id, &message).await, Outcome::Accepted { .. }));
    let history = post(inner, "/getUpdatesHistory", &json!({ "token": TOKEN })).await;
    assert!(history.to_string().contains("已撤销"), "the user sees the change: {history}");
}
