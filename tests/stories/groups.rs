//! Groups as contact points: code and short title, and nothing else; the whole goes to a chat of the person's own.

use std::sync::Arc;

use crate::story;
use async_trait::async_trait;
use chrono::Utc;
use dutybell::channel::dingtalk::{Dingtalk, DingtalkConfig};
use dutybell::channel::feishu::{Feishu, FeishuConfig};
use dutybell::channel::telegram::{Telegram, TelegramConfig};
use dutybell::channel::webhook::{Preset, WebhookConfig, Webhooks};
use dutybell::channel::wecom_bot::{WeComBot, WeComBotConfig};
use dutybell::channel::{Channel, Features, Outcome, Outgoing};
use dutybell::core::inbound::{Content, Inbound};
use dutybell::core::item::ItemId;
use dutybell::core::message::{Action, Line, Message, Press, Section, Table};
use dutybell::core::subject::Subject;
use story::{PACK, Recorder, Story, ledger, row};

/// A channel in which addresses that begin with a minus are groups, as with Telegram.
struct Chats(Recorder);

#[async_trait]
impl Channel for Chats {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn features(&self) -> Features {
        self.0.features()
    }
    async fn send(&self, message: &Outgoing) -> Outcome {
        self.0.send(message).await
    }
    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        self.0.edit(platform_id, message).await
    }
    fn is_group(&self, address: &str) -> bool {
        address.starts_with('-')
    }
    async fn check(&self) -> Result<String, String> {
        self.0.check().await
    }
}

/// The office with 周九, who is reached in a group and by himself; 吴十, in the group only; 郑飞 leads.
async fn office() -> (Story, Recorder) {
    let chats = Recorder::named("telegram");
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    story.also_has(vec![Arc::new(Chats(chats.clone()))]);
    let people = "姓名,单位,职务,岗位角色,电话,渠道\n\
                  周九,青石县/青石镇,专干,staff,13700000009,\"telegram:-100200, desk:zhoujiu\"\n\
                  吴十,青石县/青石镇,专干,staff,13700000010,telegram:-100201\n\
                  郑飞,青石县,副县长,leader,13700000011,\"telegram:-100202, mail:zhengfei@qingshi.example\"\n";
    story.imports(&[("people.csv", people)]).await;
    (story, chats)
}

fn said(chats: &Recorder, group: &str) -> Vec<Outgoing> {
    chats.calls.lock().expect("no panic").iter().filter(|c| c.address == group).cloned().collect()
}

#[tokio::test]
async fn a_group_gets_code_and_short_title_and_the_person_s_own_chat_the_whole() {
    let (mut story, chats) = office().await;
    let rows =
        [row("K1", "一般", "2022-09-30", "周九"), row("K2", "重大", "2022-09-30", "吴十").replace("王五", "郑飞")];
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("10-12 20:00").await;
    let (one, two) = (story.item("K1").await, story.item("K2").await);
    for (group, item) in [("-100200", &one), ("-100201", &two), ("-100202", &two)] {
        let there = said(&chats, group);
        assert!(!there.is_empty(), "{group} was told");
        for message in there {
            let neutral = message.text.contains("不便在群里说");
            assert!(neutral || message.text == format!("{} {}", item.code, item.title), "{:?}", message.text);
            assert!(message.buttons.is_empty() && message.html.is_none());
            for never in
                ["周九", "吴十", "郑飞", "王五", "李四", "赵六", "逾期", "到期", "1370000", "0799", "防静电接地失效，"]
            {
                assert!(!message.text.contains(never), "{never} in {:?}", message.text);
            }
        }
    }
    // Who has a chat of his own reads the whole there, once for each time that the group was told.
    let own = story.heard("zhoujiu");
    let group = said(&chats, "-100200");
    let longest = group.iter().map(|m| m.text.chars().count()).max().expect("it was told");
    let whole = own.iter().filter(|(_, t)| t.contains(&one.code) && t.chars().count() > longest).count();
    assert!(whole >= group.len(), "{group:#?} in the group, {whole} here");
    assert!(
        said(&chats, "-100200").iter().all(|m| !m.text.contains("不便在群里说")),
        "what cannot be said goes to his chat"
    );
    let mails = story.mail.calls.lock().expect("no panic").clone();
    assert!(mails.iter().any(|m| m.address == "zhengfei@qingshi.example" && m.text.contains(&two.code)), "{mails:#?}");
}

#[tokio::test]
async fn an_answer_in_the_private_chat_changes_nothing_in_the_group() {
    let (mut story, chats) = office().await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "周九")]))]).await;
    story.until("09-22 09:05").await;
    let before = said(&chats, "-100200").len();
    assert_eq!(before, 1);
    let code = story.item("K1").await.code;
    story.says("zhoujiu", &format!("{code} 完成")).await;
    assert_eq!(story.state("K1").await, "reported_done");
    // A press in the group, of whoever it is, is nobody's answer here either.
    let content = Content::Button { action: "v1:1:1:undo".into(), message: "m1".into(), callback: "c".into() };
    let inbound =
        Inbound { sender: Some("zhoujiu".into()), chat: "-100200".into(), private: false, sent_at: None, content };
    story.receives_update("press", inbound).await;
    assert_eq!(said(&chats, "-100200").len(), before);
    assert!(chats.edits.lock().expect("no panic").is_empty());
    assert_eq!(story.state("K1").await, "reported_done");
}

#[test]
fn whatever_a_message_holds_a_group_reads_code_and_short_title() {
    let line = |number, title: &str| Line {
        number,
        subject: Subject::Item(ItemId(i64::from(number))),
        code: format!("A7K{number}"),
        title: title.to_owned(),
        detail: "张三，13800000003，原因：没有钱".to_owned(),
    };
    let whole = Message {
        title: "【张三，你好】有2项请看".into(),
        lead: vec!["李四不同意：照片不清".into()],
        sections: vec![Section {
            heading: "已逾期".into(),
            lines: vec![line(1, "静电接地"), line(2, "联系0799-5550110换灯")],
        }],
        table: Some(Table { caption: "通报".into(), notes: vec!["赵六 3项".into()], ..Table::default() }),
        foot: vec!["热线 12350".into()],
        buttons: vec![vec![Press { label: "完成".into(), verb: Action::Done, line: 1 }]],
        ..Message::default()
    };
    let group = whole.in_group().expect("it names items");
    assert_eq!((group.title.as_str(), &group.lead[..]), ("A7K1 静电接地", &["A7K2 联系…换灯".to_owned()][..]));
    assert!(group.sections.is_empty() && group.table.is_none() && group.foot.is_empty() && group.buttons.is_empty());
    let secret = Message { confidential: true, ..whole.clone() }.in_group().expect("it names items");
    assert_eq!((secret.title.as_str(), &secret.lead[..]), ("A7K1", &["A7K2".to_owned()][..]));
    assert_eq!(Message { sections: Vec::new(), ..whole }.in_group(), None);
    let long = Message {
        sections: vec![Section { heading: String::new(), lines: vec![line(1, &"督".repeat(80))] }],
        ..Message::default()
    };
    assert_eq!(long.in_group().expect("named").title, format!("A7K1 {}…", "督".repeat(30)));
}

#[test]
fn channels_know_their_groups() {
    let clock: dutybell::channel::Clock = Arc::new(Utc::now);
    let telegram = TelegramConfig { token: "12:secret".to_owned().into(), api_url: None, bot_username: None };
    let bot = WeComBotConfig { bot_id: "b".into(), secret: "s".into(), api_url: None };
    let robot = DingtalkConfig {
        client_id: "d".into(),
        client_secret: "s".into(),
        robot_code: None,
        card_template: None,
        api_url: None,
    };
    let app = FeishuConfig {
        app_id: "cli_a1".into(),
        app_secret: "s".into(),
        encrypt_key: None,
        verification_token: None,
        api_url: None,
    };
    let hook = |name: &str, preset, group| WebhookConfig {
        name: name.to_owned(),
        preset,
        hook_url: "https://hook.example.org/x".into(),
        secret: None,
        token: None,
        group,
        allow_private: Vec::new(),
        ca_file: None,
    };
    let hooks = [
        hook("own", Preset::Standard, None),
        hook("shared", Preset::Standard, Some(true)),
        hook("robot", Preset::Wecom, None),
        hook("topic", Preset::Ntfy, None),
        hook("phone", Preset::Ntfy, Some(false)),
    ];
    // A channel, its groups, and chats that are none.
    type Known = (Box<dyn Channel>, &'static [&'static str], &'static [&'static str]);
    let channels: [Known; 5] = [
        (Box::new(Telegram::new(telegram).expect("right")), &["-1001234", "-5"], &["4711"]),
        (Box::new(WeComBot::new(bot).expect("right")), &["group:wrA"], &["wrA", "ZhangSan"]),
        (Box::new(Dingtalk::new(robot, clock.clone()).expect("right")), &["group:cidA/b=="], &["zhang3"]),
        (Box::new(Feishu::new(&app, clock.clone()).expect("right")), &["oc_1"], &["ou_1", "a@b.example", "oc"]),
        (
            Box::new(Webhooks::new(&hooks, clock).expect("right")),
            &["shared", "robot", "topic"],
            &["own", "phone", "none"],
        ),
    ];
    for (channel, groups, chats) in channels {
        assert!(groups.iter().all(|a| channel.is_group(a)), "{}", channel.name());
        assert!(!chats.iter().any(|a| channel.is_group(a)), "{}", channel.name());
    }
}
