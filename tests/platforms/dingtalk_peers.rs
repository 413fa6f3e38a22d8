//! Others judge: DingTalk's own client library against our fake of its platform.

use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::fake_dingtalk;
use crate::peer;
use fake_dingtalk::{APP, FakeDingtalk, SECRET, TEMPLATE};
use peer::{Peer, line};
use serde_json::{Value, json};

#[tokio::test]
async fn dingtalks_own_client_finds_nothing_wrong_with_the_fake_platform() {
    let fake = FakeDingtalk::start().await;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts/dingtalk_peer.py");
    let mut child = Command::new(&python)
        .arg(script)
        .args([APP, SECRET, TEMPLATE])
        .env("DINGTALK_OPENAPI_ENDPOINT", fake.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{python}: {e}: run ./test.sh --install-only"));
    let mut lines = Some(BufReader::new(child.stdout.take().expect("piped")));
    let _peer = Peer(child);
    let token = line(&mut lines).await;
    assert!(token.starts_with("token fake_access_token_"), "{token:?}");
    fake.until(|f| f.open() == 1).await;

    let data = fake.written("zhang3", "完成 <1>");
    let push = fake.pushes(&data);
    let said = line(&mut lines).await;
    let said: Value = serde_json::from_str(said.strip_prefix("said ").expect("it is heard")).expect("JSON");
    let expected = json!({
        "text": "完成 <1>", "staff": "zhang3", "id": data["msgId"], "kind": "1", "robot": APP,
        "topic": "/v1.0/im/bot/messages/get",
    });
    assert_eq!(said, expected);
    fake.until(|f| !f.acknowledged().is_empty()).await;
    let acknowledged = fake.acknowledged();
    assert_eq!((&acknowledged[0].id, acknowledged[0].code), (&push, 200));
    assert_eq!(acknowledged[0].data, json!({ "response": "OK" }));

    // A card: made, pressed, changed.
    fake.has_member("zhang3");
    fake.writes("zhang3", None, "card");
    assert!(line(&mut lines).await.contains("card"));
    let made = line(&mut lines).await;
    let id = made.strip_prefix("card ").expect("its id").to_owned();
    let card = fake.messages().pop().expect("it is there");
    assert_eq!((&card.key, card.text.as_str(), card.buttons.len()), (&id, "请完成", 1));
    let push = fake.presses_card("zhang3", &card, "完成");
    assert_eq!(line(&mut lines).await, format!("pressed zhang3 dingcorpexample {id} k1"));
    assert_eq!(line(&mut lines).await, "changed");
    let changed = fake.messages().pop().expect("it is there");
    assert_eq!((changed.text.as_str(), changed.buttons.len()), ("已记录", 0));
    fake.until(|f| f.acknowledged().iter().any(|a| a.id == push && a.code == 200)).await;

    fake.pushes_frame("SYSTEM", "ping", &json!({ "opaque": "123-dsfs" }));
    fake.until(|f| f.pongs() == 1).await;
    fake.pushes_frame("SYSTEM", "disconnect", &json!({ "reason": "connection is expired" }));
    fake.until(|f| f.connected() == 2 && f.open() == 1).await;

    // Said while nobody listens: it comes over the next connection.
    fake.pushes_frame("SYSTEM", "disconnect", &json!({ "reason": "connection is expired" }));
    fake.until(|f| f.open() == 0).await;
    fake.writes("zhang3", Some("pqk1="), "在办");
    let said = line(&mut lines).await;
    assert!(said.contains("在办"), "{said}");
    fake.until(|f| f.acknowledged().last().is_some_and(|a| a.data == json!({ "response": "OK" }))).await;
}
