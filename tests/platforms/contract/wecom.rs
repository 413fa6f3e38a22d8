//! WeCom, by a server written from its documentation.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use dutybell::channel::wecom::WeCom as App;
use dutybell::channel::{Call, Called, Channel};
use dutybell::core::inbound::{Batch, Position};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::fake_wecom::{FakeWeCom, SECRET, config};
use crate::faulty::{Fault, Faulty};

const NOW: i64 = 1_663_808_400;

pub struct WeCom {
    fake: FakeWeCom,
    line: Faulty,
    app: App,
}

fn app(url: String) -> App {
    let now = DateTime::from_timestamp(NOW, 0).expect("an instant");
    App::new(config(url), Arc::new(move || now)).expect("the configuration is right")
}

impl WeCom {
    pub async fn start() -> WeCom {
        let fake = FakeWeCom::start(&["zhangsan", "zhangsan2", "qianqi"]).await;
        fake.is_unlicensed("qianqi");
        let line = Faulty::to(fake.port()).await;
        let app = app(line.url());
        WeCom { fake, line, app }
    }
}

#[async_trait]
impl Platform for WeCom {
    fn channel(&self) -> &dyn Channel {
        &self.app
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(app("http://127.0.0.1:9".to_owned()))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn address(&self) -> String {
        "zhangsan".to_owned()
    }

    fn dead(&self) -> Vec<String> {
        ["lisi", "qianqi", "", "@all", "zhangsan|qianqi"].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Limit => self.fake.will("message/send", 45009, "reach max api limit"),
            Trouble::Error => self.line.will("message/send", Fault::Answer(500, String::new())),
            Trouble::LostAnswer => self.line.will("message/send", Fault::Cut),
        }
        self.address()
    }

    fn wait(&self) -> u64 {
        60 // WeCom names none
    }

    async fn look(&self, position: &Position) -> Batch {
        let after = position.token.as_deref().map_or(0, |n| n.parse().expect("a number"));
        let mut batch = Batch::default();
        let calls = self.fake.calls(after, NOW);
        batch.token = Some((after + calls.len()).to_string());
        for (query, body) in calls {
            let now = DateTime::from_timestamp(NOW + 3, 0).expect("an instant");
            match self.app.called(&Call { query: &query, headers: &HeaderMap::new(), body: &body, now }) {
                Called::Heard { updates, answer } => {
                    assert!(answer.is_empty(), "nothing is said in passing");
                    batch.updates.extend(updates);
                }
                other => panic!("{other:?}"),
            }
        }
        batch
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let read = |m: &Value| {
            let card = &m["template_card"];
            if !card.is_object() {
                // To its reader the wide sign is the sign.
                let text = word(&m["text"]["content"]).replace('＜', "<");
                return Arrived { id: word(&m["msgid"]), text, ..Arrived::default() };
            }
            let below = word(&card["sub_title_text"]);
            let title = word(&card["main_title"]["title"]);
            Arrived {
                id: word(&card["task_id"]),
                text: if below.is_empty() { title } else { format!("{title}\n{below}") },
                buttons: card["button_list"].as_array().into_iter().flatten().map(|b| word(&b["text"])).collect(),
                ..Arrived::default()
            }
        };
        self.fake.messages().iter().filter(|m| m["touser"] == address).map(read).collect()
    }

    fn quotes(&self) -> bool {
        false // WeCom tells no app what a member quotes
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        assert!(quoted.is_none());
        self.fake.says("ZhangSan", text);
    }

    async fn ticks(&self, message: &str) {
        self.fake.presses("ZhangSan", message, "v1:1:1:done");
    }

    async fn namesake_says(&self, text: &str) {
        self.fake.says("ZhangSan2", text);
    }
}
