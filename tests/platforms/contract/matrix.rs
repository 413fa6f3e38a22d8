//! Matrix, by a real homeserver; what that cannot be made to do comes from a line before it.

use async_trait::async_trait;
use dutybell::channel::Channel;
use dutybell::channel::matrix::Matrix as Bell;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::faulty::{Fault, Faulty};
use crate::matrix::{Account, edit, homeserver};

const SEND: &str = "/send/m.room.message/";

pub struct Matrix {
    line: Faulty,
    bell: Account,
    channel: Bell,
    zhang: Account,
    /// Joined when somebody first looks into it.
    room: OnceCell<String>,
}

impl Matrix {
    pub async fn start() -> Matrix {
        let line = Faulty::to(homeserver().port).await;
        let (bell, zhang) = (homeserver().person("bell").await, homeserver().person("zhang").await);
        Matrix { channel: bell.channel_by(&line.url()), line, bell, zhang, room: OnceCell::new() }
    }

    async fn room(&self) -> &str {
        self.room.get_or_init(|| self.zhang.joins(&self.bell.id)).await
    }
}

#[async_trait]
impl Platform for Matrix {
    fn channel(&self) -> &dyn Channel {
        &self.channel
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(self.bell.channel_by("http://127.0.0.1:9"))
    }

    fn secret(&self) -> String {
        self.bell.token.clone()
    }

    fn address(&self) -> String {
        self.zhang.id.clone()
    }

    fn dead(&self) -> Vec<String> {
        ["@nobody:duty.test", "zhangsan", "zhang@example.org", ""].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        let fault = match trouble {
            Trouble::Limit => {
                let told =
                    json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 7_000 });
                Fault::Answer(429, told.to_string())
            }
            Trouble::Error => {
                Fault::Answer(500, json!({ "errcode": "M_UNKNOWN", "error": "Internal server error" }).to_string())
            }
            Trouble::LostAnswer => Fault::Cut,
        };
        self.line.will(SEND, fault);
        self.address()
    }

    async fn arrived(&self, _: &str) -> Vec<Arrived> {
        if self.line.calls("/createRoom") == 0 {
            return Vec::new();
        }
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let mut arrived: Vec<Arrived> = Vec::new();
        for event in self.zhang.heard(self.room().await, &self.bell.id).await {
            if let Some((new, of)) = edit(&event) {
                let changed = arrived.iter_mut().find(|a| a.id == of).expect("what is changed is there");
                changed.text = new.to_owned();
                changed.html = event["content"]["m.new_content"]["formatted_body"].as_str().map(str::to_owned);
                continue;
            }
            arrived.push(Arrived {
                id: word(&event["event_id"]),
                text: word(&event["content"]["body"]),
                html: event["content"]["formatted_body"].as_str().map(str::to_owned),
                buttons: Vec::new(),
                answers: event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"].as_str().map(str::to_owned),
            });
        }
        arrived
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        match quoted {
            Some(id) => self.zhang.replies(self.room().await, id, text).await,
            None => self.zhang.says(self.room().await, text).await,
        };
    }

    async fn ticks(&self, message: &str) {
        self.zhang.reacts(self.room().await, message, "✅").await;
    }

    async fn namesake_says(&self, text: &str) {
        let wang = homeserver().person("wang").await;
        let name = json!({ "displayname": self.zhang.id });
        let path = ["profile", &wang.id, "displayname"];
        wang.call(Method::PUT, &path, &[], Some(&name)).await;
        let room = wang.opens(&self.bell.id, false).await;
        wang.says(&room, text).await;
    }
}
