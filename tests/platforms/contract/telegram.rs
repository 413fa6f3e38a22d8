//! Telegram, by a server written from the Bot API's documentation.

use async_trait::async_trait;
use dutybell::channel::Channel;
use dutybell::channel::telegram::{Telegram as Bot, TelegramConfig};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::fake_telegram::{FakeTelegram, Fault as Refusal, TOKEN};
use crate::faulty::{Fault, Faulty};

const ZHANG: i64 = 4_201;
const BLOCKED: i64 = 4_202;

pub struct Telegram {
    fake: FakeTelegram,
    line: Faulty,
    bot: Bot,
}

fn bot(url: String) -> Bot {
    let config = TelegramConfig { token: SecretString::from(TOKEN), api_url: Some(url), bot_username: None };
    Bot::new(config).expect("the configuration is right")
}

impl Telegram {
    pub async fn start() -> Telegram {
        let fake = FakeTelegram::start().await;
        fake.will_always(BLOCKED, Refusal::Refuse(403, "Forbidden: bot was blocked by the user", Value::Null));
        let port = fake.url().rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
        let line = Faulty::to(port).await;
        let bot = bot(line.url());
        Telegram { fake, line, bot }
    }

    fn writes(&self, user: i64, quoted: Option<&str>, text: &str) {
        let number = self.fake.waiting() + 9_000;
        let mut message = json!({
            "message_id": number, "date": 1_663_800_000, "text": text, "from": FakeTelegram::user(user),
            "chat": { "id": user, "type": "private", "first_name": "张三" },
        });
        if let Some(id) = quoted {
            message["reply_to_message"] = json!({ "message_id": id.parse::<i64>().expect("a number") });
        }
        self.fake.happens("message", message);
    }
}

#[async_trait]
impl Platform for Telegram {
    fn channel(&self) -> &dyn Channel {
        &self.bot
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(bot("http://127.0.0.1:9".to_owned()))
    }

    fn secret(&self) -> String {
        TOKEN.split(':').nth(1).expect("has two parts").to_owned()
    }

    fn address(&self) -> String {
        ZHANG.to_string()
    }

    fn dead(&self) -> Vec<String> {
        vec![BLOCKED.to_string(), "zhangsan".to_owned(), String::new()]
    }

    fn trouble(&self, trouble: Trouble) -> String {
        let refuse = |code, text, parameters| self.fake.will("sendMessage", [Refusal::Refuse(code, text, parameters)]);
        match trouble {
            Trouble::Limit => refuse(429, "Too Many Requests: retry after 7", json!({ "retry_after": 7 })),
            Trouble::Error => refuse(500, "Internal Server Error", Value::Null),
            Trouble::LostAnswer => self.line.will("SendMessage", Fault::Cut),
        }
        self.address()
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let rows = |m: &Value| m["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
        let chat: i64 = address.parse().expect("a number");
        let there = |m: &Value| m["chat"]["id"] == chat;
        let read = |m: Value| Arrived {
            id: m["message_id"].to_string(),
            text: word(&m["text"]),
            html: None,
            buttons: rows(&m)
                .iter()
                .flat_map(|r| r.as_array().cloned().unwrap_or_default())
                .map(|b| word(&b["text"]))
                .collect(),
            answers: None,
        };
        self.fake.messages().into_iter().filter(there).map(read).collect()
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        self.writes(ZHANG, quoted, text);
    }

    async fn ticks(&self, message: &str) {
        self.fake.presses(ZHANG, message.parse().expect("a number"), "v1:1:1:done");
    }

    async fn namesake_says(&self, text: &str) {
        self.writes(5_005, None, text);
    }
}
