//! Others judge: a client of WeCom's long connection for bots against our fake of it.

use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fake_wecom_bot;
use crate::peer;
use dutybell::channel::wecom_bot::{WeComBot, WeComBotConfig};
use dutybell::channel::{Channel, Outcome, Outgoing, PollError};
use dutybell::core::inbound::Position;
use fake_wecom_bot::{BOT, FakeWeComBot, SECRET};
use peer::{Peer, line};
use serde_json::{Value, json};

fn peer(url: &str, secret: &str) -> (Peer, Option<BufReader<std::process::ChildStdout>>) {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counterparts/wecom_bot_peer.py");
    let mut child = Command::new(&python)
        .arg(script)
        .args([url, BOT, secret])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{python}: {e}: run ./test.sh --install-only"));
    let lines = Some(BufReader::new(child.stdout.take().expect("piped")));
    (Peer(child), lines)
}

#[tokio::test]
async fn somebody_elses_client_finds_nothing_wrong_with_the_fake_platform() {
    let fake = FakeWeComBot::start().await;
    let (_peer, mut lines) = peer(&fake.url(), SECRET);
    assert_eq!(line(&mut lines).await, "in");
    fake.until(|f| f.pings() >= 2).await;

    let body = fake.writes("ZhangSan", Some("请完成"), "完成 <1>");
    let said = line(&mut lines).await;
    let said: Value = serde_json::from_str(said.strip_prefix("said ").expect("it is heard")).expect("JSON");
    let expected = json!({
        "msgid": body["msgid"], "chattype": "single", "msgtype": "text", "user": "ZhangSan", "text": "完成 <1>",
    });
    assert_eq!(said, expected);
    assert_eq!([line(&mut lines).await, line(&mut lines).await], ["markdown 0", "card 0"]);
    let (again, nobody) = (line(&mut lines).await, line(&mut lines).await);
    assert!(again.contains("42014") && nobody.contains("846607"), "{again} {nobody}");
    let shown = fake.messages();
    assert_eq!([&*shown[0].text, &*shown[1].text], ["好", "请完成"]);

    fake.presses("ZhangSan", &shown[1], "完成");
    assert_eq!(line(&mut lines).await, "pressed k1 peer-card-1");
    assert_eq!(line(&mut lines).await, "changed 0");
    assert!(line(&mut lines).await.contains("846605"), "a press is answered once");
    assert_eq!(fake.messages()[1].text, "已记录");
    fake.opens("ZhangSan");
    assert_eq!(line(&mut lines).await, "welcome 0");

    // Said while it was away: it comes over the next connection.
    fake.breaks();
    fake.until(|f| f.connected() == 2).await;
    assert_eq!(line(&mut lines).await, "in");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_to_it_too() {
    let fake = FakeWeComBot::start().await;
    let (_peer, mut lines) = peer(&fake.url(), "wrong");
    let refused = line(&mut lines).await;
    assert!(refused.starts_with("error") && refused.contains("40001"), "{refused}");
}

#[tokio::test]
async fn a_stranger_with_the_same_bot_is_noticed_and_not_fought_over() {
    let fake = FakeWeComBot::start().await;
    let config = WeComBotConfig { bot_id: BOT.to_owned(), secret: SECRET.to_owned().into(), api_url: Some(fake.url()) };
    let bot = WeComBot::new(config).expect("the configuration is right");
    let position = Position::default();
    bot.poll_from(&position, Duration::ZERO).await.expect("connects");
    assert!(bot.ready());
    let (_peer, mut lines) = peer(&fake.url(), SECRET);
    assert_eq!(line(&mut lines).await, "in");
    let polled = loop {
        match bot.poll_from(&position, Duration::from_secs(5)).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let PollError::Wait { after, reason } = polled else { panic!("{polled:?}") };
    assert!(after >= Duration::from_secs(30) && reason.contains("another connection"), "{after:?} {reason}");
    assert!(!bot.ready(), "who was thrown out does not send");
    let message = Outgoing {
        key: "m1".into(),
        address: "ZhangSan".into(),
        subject: "督办".into(),
        text: "一".into(),
        ..Outgoing::default()
    };
    assert!(matches!(bot.send(&message).await, Outcome::Transient { .. }));
    assert_eq!((fake.connected(), fake.thrown_out()), (2, 1));
}
