//! What only WeCom has: sealed calls, access tokens, cards. The rest is in `contract.rs`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::fake_wecom;
use chrono::{DateTime, Utc};
use dutybell::channel::wecom::{WeCom, WeComConfig};
use dutybell::channel::{Button, Call, Called, Channel, Outcome, Outgoing};
use dutybell::core::inbound::Content;
use fake_wecom::{AES_KEY, AGENT, CALLBACK_TOKEN, CORP, FakeWeCom, SECRET, config, query, seal, sealed_call};
use reqwest::header::HeaderMap;
use serde_json::Value;

const NOW: i64 = 1_663_808_400;

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

fn app(url: &str) -> WeCom {
    WeCom::new(config(url.to_owned()), Arc::new(|| instant(NOW))).expect("right")
}

fn message(text: &str, buttons: &[&str]) -> Outgoing {
    let button = |label: &&str| vec![Button { label: (*label).to_owned(), action: "v1:7:1:done".to_owned() }];
    Outgoing {
        key: "m7".to_owned(),
        address: "ZhangSan".to_owned(),
        subject: String::new(),
        text: text.to_owned(),
        buttons: buttons.iter().map(button).collect(),
        ..Outgoing::default()
    }
}

fn call(app: &WeCom, query: &str, body: &str, now: i64) -> Called {
    app.called(&Call { query, headers: &HeaderMap::new(), body, now: instant(now) })
}

fn words(called: &Called) -> (&str, &str) {
    match called {
        Called::Heard { updates, .. } => match &updates[0].inbound.content {
            Content::Text { text, .. } => (updates[0].inbound.sender.as_deref().expect("a member"), text),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_what_wecom_signed_and_sealed_just_now_for_us_is_believed() {
    let fake = FakeWeCom::start(&["zhangsan"]).await;
    let app = app(&fake.url());
    fake.says("ZhangSan", "完成");
    let (query, body) = fake.calls(0, NOW).remove(0);
    assert_eq!(words(&call(&app, &query, &body, NOW)), ("zhangsan", "完成"));
    let refused = |query: &str, body: &str, now| {
        let called = call(&app, query, body, now);
        assert!(matches!(called, Called::Refused { .. }), "{query} {body}: {called:?}");
    };
    refused(&query, &body, NOW + 3_600);
    refused(&query, &body, NOW - 3_600);
    refused(&query.replace("nonce=1", "nonce=2"), &body, NOW);
    refused(&query.replace("timestamp=1663808400", "timestamp=1663808401"), &body, NOW);
    refused("", &body, NOW);
    refused("msg_signature=&timestamp=&nonce=", &body, NOW);
    let (other, _) = sealed_call("<xml><MsgType>text</MsgType></xml>", NOW);
    refused(&other, &body, NOW);
    // Signed rightly, and sealed for another corporation, or not sealed at all.
    let foreign = seal("<xml></xml>", "ww9999999999999999");
    let envelope = |sealed: &str| format!("<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>");
    refused(&fake_wecom::query(&foreign, NOW), &envelope(&foreign), NOW);
    for bad in ["", "AAAA", "not base64", &"A".repeat(64)] {
        refused(&fake_wecom::query(bad, NOW), &envelope(bad), NOW);
    }
    for body in ["", "<xml>", "{}", "<xml><Encrypt></Encrypt></xml>", "<a><b><c>"] {
        refused(&query, body, NOW);
    }
}

#[tokio::test]
async fn the_page_of_the_app_is_answered_with_what_it_sealed() {
    let fake = FakeWeCom::start(&[]).await;
    let sealed = seal("1616140317555161061", CORP);
    let mut address = reqwest::Url::parse("http://localhost/").expect("an address");
    address.set_query(Some(&query(&sealed, NOW)));
    address.query_pairs_mut().append_pair("echostr", &sealed);
    let asked = address.query().expect("there");
    let called = call(&app(&fake.url()), asked, "", NOW);
    assert_eq!(called, Called::Heard { updates: vec![], answer: "1616140317555161061".to_owned() });
}

#[tokio::test]
async fn what_members_do_besides_writing() {
    let fake = FakeWeCom::start(&["zhangsan"]).await;
    let app = app(&fake.url());
    let event = |fields: &str| {
        let xml = format!(
            "<xml><FromUserName>ZhangSan</FromUserName><CreateTime>1</CreateTime><AgentID>{AGENT}</AgentID>{fields}</xml>"
        );
        let (query, body) = sealed_call(&xml, NOW);
        match call(&app, &query, &body, NOW) {
            Called::Heard { mut updates, .. } => updates.pop().map(|u| u.inbound.content),
            other => panic!("{other:?}"),
        }
    };
    let image = event("<MsgType>image</MsgType><MsgId>9</MsgId><PicUrl>https://example.org</PicUrl>");
    assert_eq!(image, Some(Content::Other { what: "image".to_owned() }));
    let left = event("<MsgType>event</MsgType><Event>unsubscribe</Event>");
    assert_eq!(left, Some(Content::Blocked { blocked: true }));
    assert_eq!(event("<MsgType>event</MsgType><Event>enter_agent</Event>"), None);
    // Of another app of the same corporation, whose calls come to the same address by mistake.
    let (query, body) = sealed_call(
        "<xml><FromUserName>ZhangSan</FromUserName><MsgType>text</MsgType><Content>完成</Content><MsgId>1</MsgId>\
         <AgentID>1</AgentID></xml>",
        NOW,
    );
    assert_eq!(call(&app, &query, &body, NOW), Called::Heard { updates: vec![], answer: String::new() });
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_when_it_is_refused() {
    let fake = FakeWeCom::start(&["zhangsan"]).await;
    let app = app(&fake.url());
    for _ in 0..3 {
        assert!(matches!(app.send(&message("完成", &[])).await, Outcome::Accepted { .. }));
    }
    assert_eq!(fake.fetches(), 1);
    fake.ends_tokens();
    assert!(matches!(app.send(&message("完成", &[])).await, Outcome::Accepted { .. }));
    assert_eq!(fake.fetches(), 2);
    // One that is refused for ever is no endless loop.
    for _ in 0..2 {
        fake.will("message/send", 40014, "invalid access_token");
    }
    let refused = app.send(&message("完成", &[])).await;
    assert!(matches!(refused, Outcome::Transient { .. }), "{refused:?}");
}

#[tokio::test]
async fn cards_carry_buttons_and_what_is_too_long_for_one_is_text() {
    let fake = FakeWeCom::start(&["zhangsan"]).await;
    let app = app(&fake.url());
    let sent = |n: usize| fake.messages()[n].clone();
    let short = message("【今天到期】A7K2\n静电接地", &["完成", "在办"]);
    let Outcome::Accepted { platform_id: Some(task) } = app.send(&short).await else { panic!("not sent") };
    assert_eq!((&sent(0)["template_card"]["task_id"], &sent(0)["touser"]), (&task.as_str().into(), &"zhangsan".into()));
    // Sent again after an answer that was lost: WeCom drops it.
    assert_eq!(app.send(&short).await, Outcome::Accepted { platform_id: Some(task.clone()) });
    assert_eq!(fake.messages().len(), 1);
    // Composed anew: another card, as its id may be used once.
    let anew = message("【已超期】A7K2\n静电接地", &["完成", "在办"]);
    assert!(matches!(app.send(&anew).await, Outcome::Accepted { .. }));
    assert_eq!(fake.messages().len(), 2);
    for long in [
        message(&"督".repeat(27), &["完成"]),
        message(&format!("短\n{}", "督".repeat(113)), &["完成"]),
        message("短", &["一", "二", "三", "四", "五", "六", "七"]),
        message("短", &["一二三四五六七八九十一"]),
        message("短", &[]),
    ] {
        assert!(matches!(app.send(&long).await, Outcome::Accepted { .. }));
        assert_eq!(fake.messages().last().expect("sent")["msgtype"], "text", "{long:?}");
    }
    // Pressed: the card shows what was understood, once.
    let pressed = fake.presses("ZhangSan", &task, "v1:7:1:done");
    let (query, body) = fake.calls(pressed - 1, NOW).remove(0);
    let Called::Heard { updates, .. } = call(&app, &query, &body, NOW) else { panic!("refused") };
    let Content::Button { callback, message, .. } = &updates[0].inbound.content else { panic!("{updates:?}") };
    assert_eq!(message, &task);
    assert!(matches!(app.answer_button(callback, "已记录：A7K2 完成，待核查").await, Outcome::Accepted { .. }));
    assert_eq!(sent(0)["button"], "已记录：A7K2 完成，待核查");
    assert!(matches!(app.answer_button(callback, "再来").await, Outcome::Refused { .. }));
}

#[tokio::test]
async fn mistakes_are_named_with_the_way_out_and_no_secret_is_told() {
    let fake = FakeWeCom::start(&["zhangsan"]).await;
    let with = |change: &dyn Fn(&mut WeComConfig)| {
        let mut config = config(fake.url());
        change(&mut config);
        WeCom::new(config, Arc::new(|| instant(NOW)))
    };
    let mut said = Vec::new();
    for (change, word) in [
        (&(|c: &mut WeComConfig| c.corp_id = "ww 1".to_owned()) as &dyn Fn(&mut WeComConfig), "corp_id"),
        (&|c| c.app_secret = "".into(), "app_secret"),
        (&|c| c.callback_token = " ".into(), "callback_token"),
        (&|c| c.aes_key = AES_KEY[1..].into(), "aes_key"),
        (&|c| c.aes_key = "!".repeat(43).into(), "aes_key"),
        (&|c| c.api_url = Some("http://qyapi.example.org".to_owned()), "api_url"),
    ] {
        let error = with(change).expect_err("wrong");
        assert!(error.starts_with("[wecom]") && error.contains(word), "{error}");
        said.push(error);
    }
    let wrong = with(&|c| c.app_secret = format!("{SECRET}x").into()).expect("looks right");
    let found = wrong.check().await.expect_err("wrong");
    assert!(found.contains("app_secret"), "{found}");
    fake.will("message/send", 60020, "not allow to access from your ip");
    let app = app(&fake.url());
    let sent = app.send(&message("完成", &[])).await;
    assert!(matches!(&sent, Outcome::Transient { reason } if reason.contains("企业可信IP")), "{sent:?}");
    let found = app.check().await.expect("right");
    assert!(found.contains("督办"), "{found}");
    said.extend([found, format!("{sent:?} {app:?} {wrong:?}")]);
    let said = said.join("\n");
    for secret in [SECRET, CALLBACK_TOKEN, AES_KEY, "token-1", "127.0.0.1"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test]
async fn somebody_elses_library_finds_nothing_wrong_with_the_fake_server() {
    let fake = FakeWeCom::start(&["zhangsan", "lisi"]).await;
    let app = app(&fake.url());
    fake.says("ZhangSan", "完成");
    let (query, body) = fake.calls(0, NOW).remove(0);
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let peer = format!("{}/tests/counterparts/wecom_peer.py", env!("CARGO_MANIFEST_DIR"));
    let arguments = [peer, fake.url(), CORP.to_owned(), AGENT.to_string()];
    let mut child = Command::new(python)
        .args(arguments)
        .args([SECRET, CALLBACK_TOKEN, AES_KEY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("run ./test.sh --install-only");
    child.stdin.take().expect("piped").write_all(format!("{query}\t{body}\n").as_bytes()).expect("writes");
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.expect("no panic").expect("ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    let [sent, heard, sealed] = lines.as_slice() else { panic!("{said}: run ./test.sh --install-only") };
    assert_eq!((*sent, *heard), ("sent msg-1", "heard ZhangSan 完成"));
    // And what it seals, the channel reads.
    let sealed: Value = serde_json::from_str(sealed).expect("JSON");
    let (query, body) = (sealed[0].as_str().expect("a text"), sealed[1].as_str().expect("a text"));
    assert_eq!(words(&call(&app, query, body, NOW)), ("lisi", "+3d"));
}
