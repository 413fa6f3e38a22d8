//! Webhooks, by a small receiver that checks the signature as the scheme's libraries do, and keeps what it was told.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use dutybell::channel::Channel;
use dutybell::channel::webhook::{Preset, WebhookConfig, Webhooks};
use ring::hmac::{HMAC_SHA256, Key, verify};
use secrecy::SecretString;
use serde_json::Value;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::faulty::{Fault, Faulty};

/// The address is a secret as well.
const PATH: &str = "T07-secret_of-the-hook";
const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Kept = Arc<Mutex<Vec<Value>>>;

pub struct Webhook {
    kept: Kept,
    line: Faulty,
    hooks: Webhooks,
}

async fn take(
    State(kept): State<Kept>,
    Path(hook): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    if hook != PATH {
        return (StatusCode::GONE, "no such hook");
    }
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
    signed.extend_from_slice(&body);
    let mac = BASE64.decode(header("webhook-signature").trim_start_matches("v1,").as_bytes()).unwrap_or_default();
    let key = Key::new(HMAC_SHA256, &BASE64.decode(KEY.as_bytes()).expect("base64"));
    if verify(&key, &signed, &mac).is_err() {
        return (StatusCode::UNAUTHORIZED, "not signed by you");
    }
    kept.lock().expect("no panic in tests").push(serde_json::from_slice(&body).expect("JSON"));
    (StatusCode::OK, "taken")
}

fn hooks(port: u16) -> Webhooks {
    let hook = |name: &str, path: &str| WebhookConfig {
        name: name.to_owned(),
        preset: Preset::Standard,
        hook_url: SecretString::from(format!("http://127.0.0.1:{port}/{path}")),
        secret: Some(SecretString::from(format!("whsec_{KEY}"))),
        token: None,
        group: None,
        allow_private: vec!["127.0.0.1".to_owned()],
        ca_file: None,
    };
    let now: DateTime<Utc> = "2026-09-27T01:00:00Z".parse().expect("an instant");
    Webhooks::new(&[hook("office", PATH), hook("ended", "ended")], Arc::new(move || now)).expect("right")
}

impl Webhook {
    pub async fn start() -> Webhook {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let kept = Kept::default();
        let router = Router::new().route("/{hook}", post(take)).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let line = Faulty::to(port).await;
        Webhook { kept, hooks: hooks(line.port), line }
    }
}

#[async_trait]
impl Platform for Webhook {
    fn channel(&self) -> &dyn Channel {
        &self.hooks
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(hooks(9))
    }

    fn secret(&self) -> String {
        PATH.to_owned()
    }

    fn address(&self) -> String {
        "office".to_owned()
    }

    fn dead(&self) -> Vec<String> {
        ["ended", "nobody", "", "http://127.0.0.1/"].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        let fault = match trouble {
            Trouble::Limit => Fault::Answer(429, String::new()),
            Trouble::Error => Fault::Answer(500, String::new()),
            Trouble::LostAnswer => Fault::Cut,
        };
        self.line.will("POST", fault);
        self.address()
    }

    async fn arrived(&self, _: &str) -> Vec<Arrived> {
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let read = |kept: &Value| Arrived {
            id: word(&kept["data"]["id"]),
            text: word(&kept["data"]["text"]),
            ..Arrived::default()
        };
        self.kept.lock().expect("no panic in tests").iter().map(read).collect()
    }
}
