//! The Hunan fortnight by each channel: whatever people write with, the items end in the same states. The verifier sits
//! at the built-in page, so that each story goes over two channels.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dutybell::channel::{Call, Called, Channel, Features, Outcome, Outgoing, PollError};
use dutybell::core::inbound::{Batch, Position};
use dutybell::core::policy::Urgency;
use dutybell::store::inbox;

use crate::contract::platform::{Arrived, Platform};
use crate::story::{PACK, Story, ledger, row};

/// A platform's channel in the gateway's hands.
struct Lent(&'static dyn Platform);

#[async_trait]
impl Channel for Lent {
    fn name(&self) -> &str {
        self.0.channel().name()
    }
    fn account(&self) -> String {
        self.0.channel().account()
    }
    fn features(&self) -> Features {
        self.0.channel().features()
    }
    fn carries(&self, urgency: Urgency) -> bool {
        self.0.channel().carries(urgency)
    }
    async fn send(&self, message: &Outgoing) -> Outcome {
        self.0.channel().send(message).await
    }
    async fn send_summary(&self, message: &Outgoing) -> Outcome {
        self.0.channel().send_summary(message).await
    }
    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        self.0.channel().edit(platform_id, message).await
    }
    async fn answer_button(&self, callback: &str, note: &str) -> Outcome {
        self.0.channel().answer_button(callback, note).await
    }
    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        self.0.channel().poll_from(position, wait).await
    }
    fn called(&self, call: &Call<'_>) -> Called {
        self.0.channel().called(call)
    }
    fn ready(&self) -> bool {
        self.0.channel().ready()
    }
    async fn check(&self) -> Result<String, String> {
        self.0.channel().check().await
    }
}

/// Who is reached where.
struct Reached {
    platform: &'static dyn Platform,
    name: &'static str,
}

/// The office of the stories with officials who are reached by these platforms, in this order, and nowhere else.
async fn office(platforms: Vec<&'static dyn Platform>, names: &[&'static str]) -> (Story, Vec<Reached>) {
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    story.also_has(platforms.iter().map(|p| Arc::new(Lent(*p)) as Arc<dyn Channel>).collect());
    let mut people = "姓名,单位,职务,岗位角色,渠道\n".to_owned();
    let mut reached = Vec::new();
    for (platform, name) in platforms.into_iter().zip(names.iter().copied()) {
        let (channel, address) = (platform.channel().name(), platform.address());
        people += &format!("{name},青石县/青石镇,专干,staff,{channel}:{address}\n");
        let one = Reached { platform, name };
        // From here on it is listened to.
        one.fetch(&story).await;
        reached.push(one);
    }
    story.imports(&[("people.csv", &people)]).await;
    (story, reached)
}

impl Reached {
    async fn arrived(&self) -> Vec<Arrived> {
        self.platform.arrived(&self.platform.address()).await
    }

    /// Answers the newest message, quoting it where that can be done; gives what came back.
    async fn answers(&self, story: &Story, text: &str) -> String {
        let before = self.arrived().await;
        let newest = before.last().expect("there is something to answer");
        self.platform.says(Some(&newest.id).filter(|_| self.platform.quotes()).map(String::as_str), text).await;
        assert!(self.fetch(story).await > 0, "{} was not heard", self.platform.channel().name());
        let after = self.arrived().await;
        after[before.len()..].iter().map(|a| a.text.clone()).collect::<Vec<_>>().join("\n")
    }

    /// What the platform has for us is stored and happens.
    async fn fetch(&self, story: &Story) -> usize {
        let (channel, store) = (self.platform.channel(), &story.gateway.store);
        let position = store.position(channel.name(), &channel.account()).await.expect("reads");
        let batch = self.platform.look(&position).await;
        let stored = inbox::receive_batch(store, channel.name(), &channel.account(), &batch, story.gateway.now()).await;
        stored.expect("stores");
        story.gateway.settle().await.expect("settles");
        batch.updates.len()
    }
}

pub async fn it_ends_in_the_same_states(platform: &'static dyn Platform) {
    let (mut story, reached) = office(vec![platform], &["周九"]).await;
    let zhou = &reached[0];
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "周九")]))]).await;
    story.until("09-22 09:30").await;
    let code = story.item("K1").await.code;
    let assigned = zhou.arrived().await;
    assert!(assigned.iter().any(|a| a.text.contains(&code)), "{assigned:#?}");
    let echo = zhou.answers(&story, "收到").await;
    assert_eq!(story.state("K1").await, "acknowledged", "{echo}");

    story.until("09-27 09:30").await;
    let reminded = zhou.arrived().await;
    assert!(reminded.last().is_some_and(|a| a.text.contains(&code)), "three working days before: {reminded:#?}");
    let echo = zhou.answers(&story, "完成").await;
    assert_eq!(story.state("K1").await, "reported_done", "{echo}");
    assert!(echo.contains(&code) && echo.contains("李四"), "{echo}");

    story.until("09-27 09:45").await;
    let asked = story.heard("lisi");
    assert!(asked.last().is_some_and(|(_, text)| text.contains(&code)), "{asked:?}");
    let echo = story.says("lisi", "合格").await;
    assert!(echo.contains("已销号"), "{echo}");
    story.until("09-28 12:00").await;
    let before = zhou.arrived().await.len();
    story.until("10-10 12:00").await;
    assert_eq!(story.state("K1").await, "closed");
    assert_eq!(zhou.arrived().await.len(), before, "no reminder of what is closed");
    assert!(story.days_told("wangwu").await.is_empty(), "and no escalation");
}

/// Each official answers where he is; the supervisor sees one truth.
pub async fn one_truth(platforms: Vec<&'static dyn Platform>) {
    let names = ["周九", "吴十", "郑飞"];
    let (mut story, reached) = office(platforms, &names).await;
    let rows: Vec<String> =
        reached.iter().enumerate().map(|(n, r)| row(&format!("K{n}"), "一般", "2022-09-30", r.name)).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:30").await;
    for (n, official) in reached.iter().enumerate() {
        let code = story.item(&format!("K{n}")).await.code;
        let echo = official.answers(&story, "完成").await;
        assert!(echo.contains(&code), "{} by {}: {echo}", official.name, official.platform.channel().name());
        assert_eq!(story.state(&format!("K{n}")).await, "reported_done");
    }
    story.until("09-22 10:30").await;
    let table = story.says("lisi", "状态").await;
    let heard: String = story.heard("lisi").into_iter().map(|(_, text)| text).collect();
    for n in 0..reached.len() {
        let code = story.item(&format!("K{n}")).await.code;
        assert!(heard.contains(&code), "{code} is to be verified: {heard}\n{table}");
        let echo = story.says("lisi", &format!("{code} 合格")).await;
        assert!(echo.contains("已销号"), "{echo}");
        assert_eq!(story.state(&format!("K{n}")).await, "closed");
    }
}
