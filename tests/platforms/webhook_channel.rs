//! Webhooks: where they may lead, and what is refused before anything is sent. What every channel must do is in
//! `contract.rs`; what each receiver reads is beside the presets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::story;
use async_trait::async_trait;
use axum::routing::post;
use axum::{Json, Router};
use dutybell::channel::webhook::{Preset, WebhookConfig, Webhooks};
use dutybell::channel::{Channel, Outcome, Outgoing};
use dutybell::net::Lookup;
use secrecy::SecretString;
use serde_json::{Value, json};
use story::{Story, ledger, row};

fn config(url: &str) -> WebhookConfig {
    WebhookConfig {
        name: "office".into(),
        preset: Preset::Standard,
        hook_url: SecretString::from(url),
        secret: None,
        token: None,
        group: None,
        allow_private: Vec::new(),
        ca_file: None,
    }
}

fn hooks(config: WebhookConfig) -> Result<Webhooks, String> {
    Webhooks::new(&[config], Arc::new(|| "2026-09-27T01:00:00Z".parse().expect("an instant")))
}

fn message() -> Outgoing {
    Outgoing {
        key: "m1".into(),
        address: "office".into(),
        subject: "督办".into(),
        text: "完成".into(),
        ..Outgoing::default()
    }
}

/// A name that leads into the inner network, at every second question.
struct Turning(AtomicUsize);

#[async_trait]
impl Lookup for Turning {
    async fn lookup(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let inner = self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        Ok(vec![SocketAddr::new(if inner { [169, 254, 169, 254] } else { [10, 0, 0, 7] }.into(), port)])
    }
}

#[tokio::test]
async fn nothing_is_sent_into_the_inner_network_unless_it_is_named() {
    for url in [
        "https://127.0.0.1/hook",
        "https://10.0.0.7/hook",
        "https://[::1]/hook",
        "https://[::ffff:169.254.169.254]/latest",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
    ] {
        let outcome = hooks(config(url)).expect("reads").send(&message()).await;
        assert!(
            matches!(&outcome, Outcome::AddressGone { reason } if reason.contains("allow_private")),
            "{url}: {outcome:?}"
        );
    }
    let turning =
        hooks(config("https://hook.example.org/x")).expect("reads").with_lookup(Arc::new(Turning(AtomicUsize::new(0))));
    for _ in 0..4 {
        let outcome = turning.send(&message()).await;
        assert!(matches!(outcome, Outcome::AddressGone { .. }), "{outcome:?}");
    }
    assert!(turning.check().await.is_err());
}

#[tokio::test]
async fn a_contact_point_names_a_hook_and_its_group_is_told() {
    let told: Arc<Mutex<Vec<Value>>> = Arc::default();
    let keep = told.clone();
    let take = move |Json(body): Json<Value>| async move {
        keep.lock().expect("no panic in tests").push(body);
        Json(json!({ "errcode": 0, "errmsg": "ok" }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let router = Router::new().route("/send", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let robot = WebhookConfig {
        preset: Preset::Wecom,
        allow_private: vec!["127.0.0.1".into()],
        ..config(&format!("http://{address}/send"))
    };
    let mut story = Story::begin().await;
    story.also_has(vec![Arc::new(hooks(robot).expect("reads"))]);
    let people = "姓名,单位,职务,岗位角色,渠道\n周九,青石县/青石镇,值班组,staff,webhook:office\n";
    let rows = [row("K1", "一般", "2022-09-30", "周九")];
    story.imports(&[("people.csv", people), ("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:05").await;
    let told = told.lock().expect("no panic in tests").clone();
    let texts: Vec<&str> = told.iter().filter_map(|b| b["text"]["content"].as_str()).collect();
    // A group's robot: code and title, and nothing else.
    let item = story.item("K1").await;
    assert_eq!(texts, [format!("{} {}", item.code, item.title)]);
}

#[test]
fn the_configuration_is_checked_and_its_secrets_are_not_shown() {
    let refused = |change: &dyn Fn(&mut WebhookConfig)| {
        let mut config = config("https://hook.example.org/T07-secret");
        change(&mut config);
        let said = hooks(config).map(|_| ()).expect_err("is refused");
        assert!(said.contains("[[webhook]] ") && !said.contains("secret-word") && !said.contains("T07"), "{said}");
        said
    };
    let secret = |text: &str| Some(SecretString::from(text));
    assert!(refused(&|c| c.hook_url = SecretString::from("http://hook.example.org/T07")).contains("in the clear"));
    refused(&|c| c.hook_url = SecretString::from("https://u:secret-word@hook.example.org/T07"));
    refused(&|c| c.hook_url = SecretString::from("ftp://hook.example.org/T07"));
    refused(&|c| c.hook_url = SecretString::from("T07"));
    refused(&|c| c.name = "a, b".into());
    refused(&|c| c.secret = secret("secret-word"));
    refused(&|c| (c.preset, c.secret) = (Preset::Slack, secret("secret-word")));
    refused(&|c| c.token = secret("secret-word\n\u{1}"));
    let twice = [config("https://a.example.org/"), config("https://b.example.org/")];
    assert!(Webhooks::new(&twice, Arc::new(|| chrono::DateTime::UNIX_EPOCH)).is_err());
    let shown = format!(
        "{:?} {:?}",
        config("https://hook.example.org/T07-secret"),
        hooks(config("https://hook.example.org/T07-secret"))
    );
    assert!(!shown.contains("T07"), "{shown}");
}
