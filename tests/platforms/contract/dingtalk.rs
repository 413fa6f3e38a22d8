//! DingTalk, by a server written from its documentation.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use dutybell::channel::Channel;
use dutybell::channel::dingtalk::{Dingtalk as Robot, DingtalkConfig};
use serde_json::json;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::fake_dingtalk::{APP, FakeDingtalk, SECRET, TEMPLATE};
use crate::faulty::{Fault, Faulty};

const ZHANG: &str = "zhang3";
const SEND: &str = "/oToMessages/batchSend";

/// With a template for cards, or in the robot's own forms.
pub struct Dingtalk<const CARDS: bool> {
    fake: FakeDingtalk,
    line: Faulty,
    robot: Robot,
}

fn robot(url: String, cards: bool) -> Robot {
    let config = DingtalkConfig {
        client_id: APP.to_owned(),
        client_secret: SECRET.to_owned().into(),
        robot_code: None,
        card_template: cards.then(|| TEMPLATE.to_owned()),
        api_url: Some(url),
    };
    Robot::new(config, Arc::new(Utc::now)).expect("the configuration is right")
}

impl<const CARDS: bool> Dingtalk<CARDS> {
    pub async fn start() -> Self {
        let fake = FakeDingtalk::start().await;
        fake.has_member(ZHANG);
        let line = Faulty::to(fake.port()).await;
        Dingtalk { robot: robot(line.url(), CARDS), line, fake }
    }

    /// What was pushed is on its way, over two sockets of this machine.
    async fn on_its_way(&self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[async_trait]
impl<const CARDS: bool> Platform for Dingtalk<CARDS> {
    fn channel(&self) -> &dyn Channel {
        &self.robot
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(robot("http://127.0.0.1:9".to_owned(), CARDS))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn address(&self) -> String {
        ZHANG.to_owned()
    }

    fn dead(&self) -> Vec<String> {
        ["nobody", "left07", "张三", "zhang3,wang5", ""].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Limit => {
                let code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
                self.fake.will(SEND, 403, json!({ "code": code, "message": "调用频率超限" }));
            }
            Trouble::Error => {
                self.fake.will(SEND, 500, json!({ "code": "ServiceUnavailable", "message": "系统繁忙" }));
            }
            Trouble::LostAnswer => self.line.will(SEND, Fault::Cut),
        }
        self.address()
    }

    /// Such a limit is one of calls a second.
    fn wait(&self) -> u64 {
        1
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let there = self.fake.messages().into_iter().filter(|m| m.user == address);
        let read = |m: crate::fake_dingtalk::Shown| Arrived {
            id: m.key,
            text: m.text,
            html: None,
            buttons: m.buttons.into_iter().map(|(label, _)| label).collect(),
            answers: None,
        };
        there.map(read).collect()
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        self.fake.writes(ZHANG, quoted, text);
        self.on_its_way().await;
    }

    /// Which card a member quotes is said nowhere.
    fn quotes(&self) -> bool {
        !CARDS
    }

    async fn ticks(&self, message: &str) {
        let card = self.fake.messages().into_iter().find(|m| m.key == message).expect("it was sent");
        let label = card.buttons[0].0.clone();
        self.fake.presses_card(ZHANG, &card, &label);
        self.on_its_way().await;
    }

    async fn namesake_says(&self, text: &str) {
        self.fake.writes("zhang4", None, text);
        self.on_its_way().await;
    }
}
