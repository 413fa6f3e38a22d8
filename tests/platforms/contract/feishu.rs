//! Feishu, by a server written from its documentation. What people say comes as calls, each brought again until it
//! was taken, and how many were taken is the position here; or over a connection.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dutybell::channel::feishu::{Feishu as Bell, FeishuConfig};
use dutybell::channel::{Called, Channel};
use dutybell::core::inbound::{Batch, Position};

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::fake_feishu::{APP, FakeFeishu, KEY, SECRET, TOKEN, WANG, ZHANG};
use crate::faulty::{Fault, Faulty};

const RESIGNED: &str = "ou_0000000000000000000000000resign1";
const STOPPED: &str = "ou_00000000000000000000000000stopp1";
const OUTSIDE: &str = "ou_0000000000000000000000000outsid1";

/// Called by the platform, or hearing over a connection.
pub struct Feishu<const CALLED: bool> {
    fake: FakeFeishu,
    line: Faulty,
    bell: Bell,
}

fn now() -> DateTime<Utc> {
    "2022-09-27T01:00:00Z".parse().expect("an instant")
}

fn bell(url: String, called: bool) -> Bell {
    let config = FeishuConfig {
        app_id: APP.to_owned(),
        app_secret: SECRET.into(),
        encrypt_key: called.then(|| KEY.into()),
        verification_token: called.then(|| TOKEN.into()),
        api_url: Some(url),
    };
    Bell::new(&config, std::sync::Arc::new(now)).expect("the configuration is right")
}

impl<const CALLED: bool> Feishu<CALLED> {
    pub async fn start() -> Self {
        let fake = FakeFeishu::start().await;
        fake.is_gone(RESIGNED, 230_029, "User has resigned.");
        fake.is_gone(STOPPED, 230_053, "The user has stopped the bot from sending messages.");
        fake.is_gone(OUTSIDE, 230_013, "Bot has NO availability to this user.");
        let line = Faulty::to(fake.port()).await;
        let bell = bell(line.url(), CALLED);
        Feishu { fake, line, bell }
    }
}

#[async_trait]
impl<const CALLED: bool> Platform for Feishu<CALLED> {
    fn channel(&self) -> &dyn Channel {
        &self.bell
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(bell("http://127.0.0.1:9".to_owned(), CALLED))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn address(&self) -> String {
        ZHANG.to_owned()
    }

    fn dead(&self) -> Vec<String> {
        [RESIGNED, STOPPED, OUTSIDE, "ou_nobody", "nobody@example.org", "lisi", "李四", ""].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Limit => self.fake.will([(429, 99_991_400, "request trigger frequency limit", Some(7))]),
            Trouble::Error => self.fake.will([(500, 1_500, "internal error", None)]),
            Trouble::LostAnswer => self.line.will("/im/v1/messages", Fault::Cut),
        }
        self.address()
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let there = self.fake.messages().into_iter().filter(|m| m.to == address);
        let read = |m: crate::fake_feishu::Shown| Arrived {
            id: m.id,
            text: m.title.into_iter().chain([m.text]).collect::<Vec<_>>().join("\n"),
            html: None,
            buttons: m.buttons,
            answers: m.answers,
        };
        there.map(read).collect()
    }

    async fn look(&self, position: &Position) -> Batch {
        if !CALLED {
            // What was pushed is on its way, over a socket of this machine.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return self.bell.poll_from(position, Duration::from_secs(1)).await.expect("polls");
        }
        let taken = position.token.as_ref().map_or(0, |t| t.parse().expect("a number"));
        let (all, called) = self.fake.brings_all(taken, &self.bell, now());
        let updates = called.into_iter().flat_map(|called| match called {
            Called::Heard { updates, .. } => updates,
            other => panic!("not believed: {other:?}"),
        });
        Batch { updates: updates.collect(), token: Some(all.to_string()) }
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        self.fake.says(ZHANG, quoted, text, now());
    }

    async fn ticks(&self, message: &str) {
        self.fake.presses(ZHANG, message, now());
    }

    async fn namesake_says(&self, text: &str) {
        self.fake.says(WANG, None, text, now());
    }
}
