//! A story on the real gateway: a small office, a simulated clock, channels that remember.
//!
//! `until` moves the time and lets everything happen that is due; `says` is somebody writing;
//! `heard` is what a person was sent, with local times.
#![allow(dead_code)] // each story uses a part of it

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use dutybell::app::Caller;
use dutybell::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use dutybell::clock::{Clock, SimulatedClock};
use dutybell::core::actor::Actor;
use dutybell::core::calendar::Calendar;
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::core::item::Item;
use dutybell::core::message::{Action, action};
use dutybell::core::org::Locale;
use dutybell::core::policy::{Policy, Urgency};
use dutybell::core::world::Calendars;
use dutybell::gateway::{Days, Gateway, ImportOptions, ImportReport, Keeping, Source};
use dutybell::ledger::{ReadContext, Workbook, read_bytes};
use dutybell::render::Phrases;
use dutybell::store::events::Origin;
use dutybell::store::{Store, Tx, inbox, people};
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::sync::Notify;

pub const PACK: &str = include_str!("../../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");

pub const UNITS: &str = "名称,上级,层级,日历,电话
青石县,,county,cn,0799-5550100
县安委办,青石县,department,,0799-5550110
青石镇,青石县,township,,0799-5550201
红星花炮厂,青石县/青石镇,enterprise,,0799-5550301
";

pub const PEOPLE: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,desk,邮箱,渠道,休息时段
王五,青石县,副县长,leader,13800000005,zh-CN,Asia/Shanghai,wangwu,wangwu@qingshi.example,\"desk, mail\",
赵六,青石县/县安委办,安委办主任,safety_office,13800000006,zh-CN,Asia/Shanghai,zhaoliu,zhaoliu@qingshi.example,\"desk, mail\",
杨柳,青石县/县安委办,系统管理员,administrator,13800000018,zh-CN,Asia/Shanghai,yangliu,yangliu@qingshi.example,\"desk, mail\",
郑一,青石县/县安委办,值班员,duty,13800000011,zh-CN,Asia/Shanghai,zhengyi,zhengyi@qingshi.example,\"desk, mail\",
钱七,青石县/青石镇,镇长,head,13800000007,zh-CN,Asia/Shanghai,qianqi,qianqi@qingshi.example,\"desk, mail\",
张三,青石县/青石镇,安监站站长,staff,13800000003,zh-CN,Asia/Shanghai,zhangsan,zhangsan@qingshi.example,\"desk, mail\",
李四,青石县/县安委办,执法队长,supervisor,13800000004,zh-CN,Asia/Shanghai,lisi,lisi@qingshi.example,\"desk, mail\",
孙八,青石县/青石镇/红星花炮厂,安全员,liaison,13800000008,en,Asia/Shanghai,sunba,sunba@qingshi.example,\"desk, mail\",
";

const HEADER: &str =
    "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,责任领导,复查人,交办人";

/// One ledger row of the story: key, severity, due cell, responsible person.
pub fn row(key: &str, severity: &str, due: &str, who: &str) -> String {
    format!(
        "{key},2022-09-22,青石县,青石镇,红星花炮厂,{key}号工房,防静电接地失效,{severity},{due},{who},王五,李四,赵六"
    )
}

pub fn ledger(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// A database of the story's own: a SQLite file, or a schema on the PostgreSQL that `DUTYBELL_TEST_DATABASE` names.
pub async fn database(folder: &std::path::Path) -> String {
    let Ok(server) = std::env::var("DUTYBELL_TEST_DATABASE") else {
        return format!("sqlite:{}", folder.join("story.db").display());
    };
    let name = schema_of(folder);
    let mut connection = sqlx::PgConnection::connect(&server).await.expect("PostgreSQL answers");
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.expect("makes a schema");
    connection.close().await.expect("closes");
    format!("{server}?options[search_path]={name}")
}

/// The name of the schema of a story that lives in this folder.
pub fn schema_of(folder: &std::path::Path) -> String {
    let name: String = folder.to_string_lossy().bytes().filter(u8::is_ascii_alphanumeric).map(char::from).collect();
    format!("story_{}", name.to_lowercase())
}

/// A channel that takes everything, or does what it is told to.
#[derive(Clone, Default)]
pub struct Recorder {
    name: &'static str,
    script: Arc<Mutex<HashMap<String, VecDeque<Outcome>>>>,
    hanging: Arc<Mutex<HashSet<String>>>,
    released: Arc<Notify>,
    pub calls: Arc<Mutex<Vec<Outgoing>>>,
    pub edits: Arc<Mutex<Vec<(String, Outgoing)>>>,
    /// Nothing can be changed in place.
    pub fixed: Arc<AtomicBool>,
    /// Takes only what is urgent.
    pub urgent_only: bool,
    /// No answer comes back by it.
    pub deaf: bool,
}

impl Recorder {
    pub fn named(name: &'static str) -> Recorder {
        Recorder { name, ..Recorder::default() }
    }

    /// Sends to an address take for ever, until they are released.
    pub fn hangs(&self, address: &str) {
        self.hanging.lock().expect("no panic in tests").insert(address.to_owned());
    }

    pub fn release(&self) {
        self.hanging.lock().expect("no panic in tests").clear();
        self.released.notify_waiters();
    }

    /// The next sends to an address come to this; after that they are accepted.
    pub fn will(&self, address: &str, outcomes: Vec<Outcome>) {
        self.script.lock().expect("no panic in tests").entry(address.to_owned()).or_default().extend(outcomes);
    }
}

#[async_trait]
impl Channel for Recorder {
    fn name(&self) -> &str {
        self.name
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            edit: !self.fixed.load(Ordering::Relaxed),
            max_text: 20_000,
            limits: Vec::new(),
            idempotent: false,
            polls: false,
            confidential: true,
        }
    }

    fn carries(&self, urgency: Urgency) -> bool {
        !self.urgent_only || urgency <= Urgency::Escalation
    }

    fn hears(&self) -> bool {
        !self.deaf
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        self.calls.lock().expect("no panic in tests").push(message.clone());
        let released = self.released.notified();
        if self.hanging.lock().expect("no panic in tests").contains(&message.address) {
            released.await;
        }
        let scripted =
            self.script.lock().expect("no panic in tests").get_mut(&message.address).and_then(VecDeque::pop_front);
        scripted.unwrap_or(Outcome::Accepted { platform_id: Some(message.key.clone()) })
    }

    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        self.edits.lock().expect("no panic in tests").push((platform_id.to_owned(), message.clone()));
        Outcome::Accepted { platform_id: None }
    }

    async fn check(&self) -> Result<String, String> {
        Ok(String::new())
    }
}

pub struct Story {
    pub gateway: Arc<Gateway>,
    pub clock: SimulatedClock,
    pub desk: Recorder,
    pub mail: Recorder,
    said: u64,
    folder: TempDir,
}

/// Words written in a chat, quoting nothing.
pub fn text(text: &str) -> Content {
    Content::Text {
        text: text.to_owned(),
        reply_to: None,
        quoted: None,
        forwarded: false,
        message: format!("in: {text}"),
    }
}

/// Whoever sits at the terminal of a Chinese office.
pub static HOST: LazyLock<Caller> =
    LazyLock::new(|| Caller { actor: Actor::Command("clerk".into()), locale: Locale::ZhCn });

/// Ends a transaction in which a test wrote the register itself.
pub async fn kept(mut tx: Tx, now: DateTime<Utc>) {
    people::log(&mut tx, &Origin::rule("test"), now).await.expect("logs");
    tx.commit().await.expect("commits");
}

/// `09-27 09:00` in Shanghai, 2022.
pub fn at(text: &str) -> DateTime<Utc> {
    let naive =
        NaiveDateTime::parse_from_str(&format!("2022-{text}"), "%Y-%m-%d %H:%M").expect("a time like 09-27 09:00");
    chrono_tz::Asia::Shanghai.from_local_datetime(&naive).earliest().expect("no gaps in Shanghai").with_timezone(&Utc)
}

impl Story {
    /// The office with its people, no items yet, at 22 September 08:30.
    pub async fn begin() -> Story {
        Story::with_pack(PACK).await
    }

    /// Nobody and nothing yet.
    pub async fn empty() -> Story {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database(folder.path()).await;
        Story::on(&url, folder, PACK, at("09-22 08:30")).await
    }

    pub async fn with_pack(pack: &str) -> Story {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database(folder.path()).await;
        let mut story = Story::on(&url, folder, pack, at("09-22 08:30")).await;
        story.imports(&[("units.csv", UNITS), ("people.csv", PEOPLE)]).await;
        story
    }

    /// A gateway on a database as it is, at an instant.
    pub async fn on(url: &str, folder: TempDir, pack: &str, now: DateTime<Utc>) -> Story {
        let store = Store::open(url).await.expect("database opens");
        let clock = SimulatedClock::new(now);
        let policy = Policy::from_toml(pack).expect("pack reads");
        let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR).expect("calendar reads")]);
        let (desk, mail) = (Recorder::named("desk"), Recorder::named("mail"));
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(desk.clone()), Arc::new(mail.clone())];
        let phrases = Phrases::built_in().expect("phrases read");
        let gateway =
            Gateway::new(store, Clock::Simulated(clock.clone()), policy, calendars, phrases, channels, Vec::new());
        // An office that is opened again has heard the ids of its first life.
        let said = now.timestamp().unsigned_abs();
        Story { gateway: Arc::new(gateway), clock, desk, mail, said, folder }
    }

    /// A second gateway on the same database, with the same clock and channels.
    pub async fn another_gateway(&self) -> Gateway {
        self.gateway_with(Vec::new())
    }

    /// The office reads these ledgers on their schedules.
    pub fn reads(&mut self, sources: Vec<Source>) {
        self.gateway = Arc::new(self.gateway_with(sources));
    }

    fn gateway_with(&self, sources: Vec<Source>) -> Gateway {
        self.gateway_of(self.own_channels(), sources)
    }

    fn own_channels(&self) -> Vec<Arc<dyn Channel>> {
        vec![Arc::new(self.desk.clone()), Arc::new(self.mail.clone())]
    }

    /// A gateway on the same database, with the same clock and rules.
    fn gateway_of(&self, channels: Vec<Arc<dyn Channel>>, sources: Vec<Source>) -> Gateway {
        let first = &self.gateway;
        let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR).expect("calendar reads")]);
        let phrases = Phrases::built_in().expect("phrases read");
        let policy = (*first.policy).clone();
        Gateway::new(first.store.clone(), first.clock.clone(), policy, calendars, phrases, channels, sources)
    }

    /// The office has these channels besides.
    pub fn also_has(&mut self, more: Vec<Arc<dyn Channel>>) {
        let channels = self.own_channels().into_iter().chain(more).collect();
        self.has_only(channels);
    }

    /// The office has these channels and no others.
    pub fn has_only(&mut self, channels: Vec<Arc<dyn Channel>>) {
        self.gateway = Arc::new(self.gateway_of(channels, Vec::new()));
    }

    /// Fetches what a channel has to tell, as the receiving loop does, and lets it happen.
    pub async fn fetches(&self, channel: &dyn Channel) -> usize {
        let (store, account) = (&self.gateway.store, channel.account());
        let position = store.position(channel.name(), &account).await.expect("reads");
        let batch = channel.poll_from(&position, std::time::Duration::from_secs(1)).await.expect("polls");
        inbox::receive_batch(store, channel.name(), &account, &batch, self.gateway.now()).await.expect("stores");
        self.gateway.settle().await.expect("settles");
        batch.updates.len()
    }

    /// URL of the database (a SQLite file, when no other was named).
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("story.db").display())
    }

    /// The schema on the PostgreSQL that `DUTYBELL_TEST_DATABASE` names.
    pub fn schema(&self) -> String {
        schema_of(self.folder.path())
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The same office under another rule of keeping.
    pub fn keeping(&mut self, keeping: Keeping) {
        Arc::get_mut(&mut self.gateway).expect("nobody else holds it").keeping = keeping;
    }

    /// The same office with a program that did not exist before an instant.
    pub fn not_before(&mut self, earliest: DateTime<Utc>) {
        Arc::get_mut(&mut self.gateway).expect("nobody else holds it").earliest = Some(earliest);
    }

    /// The same office with daily checks of its channels: channel and address.
    pub fn checks(&mut self, to: &[(&str, &str)]) {
        let canaries = &mut Arc::get_mut(&mut self.gateway).expect("nobody else holds it").canaries;
        canaries.at = chrono::NaiveTime::from_hms_opt(8, 30, 0).expect("a time");
        canaries.to = to.iter().map(|(channel, address)| ((*channel).to_owned(), (*address).to_owned())).collect();
    }

    /// The office with these ledger rows issued.
    pub async fn with(rows: &[String]) -> Story {
        let mut story = Story::begin().await;
        story.imports(&[("ledger.csv", &ledger(rows))]).await;
        story.gateway.settle().await.expect("settles");
        story
    }

    pub fn read(&self, files: &[(&str, &str)]) -> Workbook {
        let days = Days(self.gateway.calendars.get("cn"));
        let today = self.gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
        let context = ReadContext::new(today, &days);
        let mut workbook = Workbook::default();
        for (name, text) in files {
            workbook.add(read_bytes(name, text.as_bytes(), &context).expect("file reads"));
        }
        workbook
    }

    pub async fn imports(&mut self, files: &[(&str, &str)]) -> ImportReport {
        let workbook = self.read(files);
        self.gateway.import("story", &workbook, ImportOptions::default()).await.expect("imports")
    }

    /// Lets time pass; everything due on the way happens.
    pub async fn until(&mut self, time: &str) {
        self.until_at(at(time)).await;
    }

    pub async fn until_at(&mut self, end: DateTime<Utc>) {
        loop {
            self.gateway.settle().await.expect("settles");
            match self.gateway.next_instant().await.expect("reads") {
                Some(next) if next <= end => self.clock.set(next),
                _ => break,
            }
        }
        self.clock.set(end);
        self.gateway.settle().await.expect("settles");
    }

    /// Anything that comes in on the desk from the account `login`.
    pub async fn receives(&mut self, login: &str, content: Content) {
        let inbound =
            Inbound { sender: Some(login.to_owned()), chat: login.to_owned(), private: true, sent_at: None, content };
        self.said += 1;
        self.receives_update(&format!("u{}", self.said), inbound).await;
    }

    /// The same with everything chosen: update id, sender, chat, group or not.
    pub async fn receives_update(&mut self, id: &str, inbound: Inbound) {
        let update = Update { id: id.to_owned(), offset: None, inbound, raw: String::new() };
        inbox::receive(&self.gateway.store, "desk", "desk", &[update], self.gateway.now()).await.expect("stores");
        self.gateway.settle().await.expect("settles");
    }

    /// What comes in on the desk from several accounts in the same moment; handled in one turn.
    pub async fn receives_at_once(&mut self, said: Vec<(&str, Content)>) {
        let mut update = |(login, content): (&str, Content)| {
            self.said += 1;
            let inbound = Inbound {
                sender: Some(login.to_owned()),
                chat: login.to_owned(),
                private: true,
                sent_at: None,
                content,
            };
            Update { id: format!("u{}", self.said), offset: None, inbound, raw: String::new() }
        };
        let updates: Vec<Update> = said.into_iter().map(&mut update).collect();
        inbox::receive(&self.gateway.store, "desk", "desk", &updates, self.gateway.now()).await.expect("stores");
        self.gateway.settle().await.expect("settles");
    }

    /// What accounts wrote at these instants, fetched now in one go, as after a while without a connection.
    pub async fn fetches_late(&mut self, said: &[(&str, DateTime<Utc>, String)]) {
        let mut update = |(login, sent_at, words): &(&str, DateTime<Utc>, String)| {
            self.said += 1;
            let (sender, chat) = (Some((*login).to_owned()), (*login).to_owned());
            let content = text(words);
            let inbound = Inbound { sender, chat, private: true, sent_at: Some(*sent_at), content };
            Update { id: format!("u{}", self.said), offset: None, inbound, raw: String::new() }
        };
        let updates: Vec<Update> = said.iter().map(&mut update).collect();
        inbox::receive(&self.gateway.store, "desk", "desk", &updates, self.gateway.now()).await.expect("stores");
        self.gateway.settle().await.expect("settles");
    }

    /// Somebody writes on the desk; gives the answer he gets.
    pub async fn says(&mut self, login: &str, text: &str) -> String {
        self.quotes(login, None, text).await
    }

    /// The same, quoting a message of ours.
    pub async fn quotes(&mut self, login: &str, quoted: Option<&str>, text: &str) -> String {
        let before = self.heard(login).len();
        let message = format!("in-{}", self.said);
        let content = Content::Text {
            text: text.to_owned(),
            reply_to: quoted.map(str::to_owned),
            quoted: None,
            forwarded: false,
            message,
        };
        self.receives(login, content).await;
        self.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    }

    /// Somebody presses a button of his newest message that has one for this verb and line.
    pub async fn presses(&mut self, login: &str, verb: Action, line: Option<u32>) -> String {
        let before = self.heard(login).len();
        let content = self.button(login, verb, line).await;
        self.receives(login, content).await;
        self.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    }

    /// That press, as it comes in.
    pub async fn button(&self, login: &str, verb: Action, line: Option<u32>) -> Content {
        let sent = self.gateway.store.sent_to("desk", login, 50).await.expect("reads");
        let (id, press) = sent
            .iter()
            .rev()
            .flat_map(|m| m.body.buttons.iter().flatten().map(move |p| (m.id, p.clone())))
            .find(|(_, p)| p.verb == verb && line.is_none_or(|l| l == p.line))
            .unwrap_or_else(|| panic!("{login} has no button {verb:?}"));
        Content::Button { action: action(id, &press), message: format!("m{id}"), callback: "c".into() }
    }

    /// Platform id of the newest message that reached a person's desk and was no answer to him.
    pub async fn last_notice(&self, login: &str) -> String {
        let sent = self.gateway.store.sent_to("desk", login, 50).await.expect("reads");
        let newest = sent.iter().rev().find(|m| !m.is_answer).unwrap_or_else(|| panic!("{login} heard nothing"));
        newest.platform_id.clone().expect("sent messages have an id")
    }

    /// What reached a person's desk: message key and text.
    pub fn heard(&self, login: &str) -> Vec<(String, String)> {
        self.heard_on(&self.desk, login)
    }

    fn heard_on(&self, channel: &Recorder, address: &str) -> Vec<(String, String)> {
        let calls = channel.calls.lock().expect("no panic in tests");
        calls.iter().filter(|c| c.address == address).map(|c| (c.key.clone(), c.text.clone())).collect()
    }

    /// Texts that reached a desk, with the local time at which they went out.
    pub async fn timeline(&self, login: &str) -> Vec<String> {
        let sent = self.gateway.store.sent_to("desk", login, 500).await.expect("reads");
        let local = |t: DateTime<Utc>| t.with_timezone(&chrono_tz::Asia::Shanghai).format("%m-%d %H:%M").to_string();
        sent.iter().map(|m| format!("{} {}", m.sent_at.map(local).unwrap_or_default(), m.body.title)).collect()
    }

    /// Days on which a person heard something that was no answer to himself.
    pub async fn days_told(&self, login: &str) -> Vec<String> {
        let sent = self.gateway.store.sent_to("desk", login, 500).await.expect("reads");
        let mut days: Vec<String> = sent
            .iter()
            .filter(|m| !m.is_answer)
            .filter_map(|m| m.sent_at)
            .map(|t| t.with_timezone(&chrono_tz::Asia::Shanghai).format("%m-%d").to_string())
            .collect();
        days.dedup();
        days
    }

    /// The item that the ledger calls `key`.
    pub async fn item(&self, key: &str) -> Item {
        let mut tx = self.gateway.store.begin().await.expect("begins");
        let found = dutybell::store::ledgers::by_key(&mut tx, &format!("story/{key}")).await.expect("reads");
        found.unwrap_or_else(|| panic!("no item {key}")).item
    }

    pub async fn state(&self, key: &str) -> &'static str {
        self.item(key).await.state.word()
    }
}
