//! WeCom's AI bot, by a server written from its documentation.

use std::time::Duration;

use async_trait::async_trait;
use dutybell::channel::Channel;
use dutybell::channel::wecom_bot::{WeComBot as Bot, WeComBotConfig};
use dutybell::core::inbound::Position;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::fake_wecom_bot::{BOT, FakeWeComBot, Fault, SECRET, Shown};

const ZHANG: &str = "ZhangSan";

pub struct WeComBot {
    fake: FakeWeComBot,
    bot: Bot,
}

fn bot(url: String) -> Bot {
    let config = WeComBotConfig { bot_id: BOT.to_owned(), secret: SECRET.to_owned().into(), api_url: Some(url) };
    Bot::new(config).expect("the configuration is right")
}

impl WeComBot {
    pub async fn start() -> WeComBot {
        let fake = FakeWeComBot::start().await;
        fake.knows(ZHANG);
        let bot = bot(fake.url());
        // It sends over the connection that it hears on.
        bot.poll_from(&Position::default(), Duration::ZERO).await.expect("connects");
        WeComBot { fake, bot }
    }

    /// What was pushed is on its way, over a socket of this machine.
    async fn on_its_way(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[async_trait]
impl Platform for WeComBot {
    fn channel(&self) -> &dyn Channel {
        &self.bot
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(bot("ws://127.0.0.1:9".to_owned()))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn address(&self) -> String {
        ZHANG.to_owned()
    }

    fn dead(&self) -> Vec<String> {
        ["nobody", "张三", "ZhangSan|LiSi", "@all", ""].map(str::to_owned).to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        self.fake.will(match trouble {
            Trouble::Limit => Fault::Code(45009, "api freq out of limit"),
            Trouble::Error => Fault::Code(-1, "system busy"),
            Trouble::LostAnswer => Fault::Cut,
        });
        self.address()
    }

    fn wait(&self) -> u64 {
        60 // WeCom names none
    }

    fn folds(&self, text: &str) -> String {
        text.chars().map(|c| if c.is_ascii_graphic() { wide(c) } else { c }).collect()
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let there = self.fake.messages().into_iter().filter(|m| m.chat == address);
        let read = |m: Shown| Arrived {
            id: m.id,
            text: m.text,
            buttons: m.buttons.into_iter().map(|(label, _)| label).collect(),
            ..Arrived::default()
        };
        there.map(read).collect()
    }

    fn quotes(&self) -> bool {
        false // what a member quotes comes as words
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        self.fake.writes(ZHANG, quoted, text);
        self.on_its_way().await;
    }

    async fn ticks(&self, message: &str) {
        let card = self.fake.messages().into_iter().find(|m| m.id == message).expect("it was sent");
        let label = card.buttons[0].0.clone();
        self.fake.presses(ZHANG, &card, &label);
        self.on_its_way().await;
    }

    async fn namesake_says(&self, text: &str) {
        self.fake.writes("ZhangSan2", None, text);
        self.on_its_way().await;
    }
}

/// The same sign in the width of a Chinese character.
fn wide(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).expect("it has one")
}
