//! A burst: an office with many officials on Telegram, one hazard each, all told at once; then they answer.
#![allow(dead_code)] // each story uses a part of it

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::fake_telegram::{FakeTelegram, TOKEN};
use crate::office::{Office, pack};

const UNITS: &str = "名称,上级,层级,日历\n青石县,,county,cn\n县安委办,青石县,department,\n青石镇,青石县,township,\n";
/// First line of a file with people.
pub const COLUMNS: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,telegram,邮箱,渠道,休息时段\n";
const PEOPLE: &str = "赵六,青石县/县安委办,安委办主任,safety_office,13800000006,zh-CN,Asia/Shanghai,4001,,telegram,
杨柳,青石县/县安委办,系统管理员,administrator,13800000018,zh-CN,Asia/Shanghai,4002,,telegram,
李四,青石县/县安委办,执法队长,supervisor,13800000004,zh-CN,Asia/Shanghai,4003,,telegram,
";
/// What stands in every hazard's title.
const TITLE: &str = "接地失效";

pub struct Burst {
    pub office: Office,
    pub fake: FakeTelegram,
    pub officials: i64,
}

/// The chat of the n-th official.
pub fn chat(n: i64) -> i64 {
    5_000 + n
}

/// A ledger with the hazards of these officials, due after so many days.
pub fn ledger(officials: impl IntoIterator<Item = i64>, days: i64) -> String {
    let today = chrono::Utc::now().date_naive();
    let due = today + chrono::Duration::days(days);
    let head = "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n";
    let row = |n| format!("K{n},{today},青石县,青石镇,红星花炮厂,{n}号工房{TITLE},一般,{due},官{n}号,李四,赵六\n");
    head.to_owned() + &officials.into_iter().map(row).collect::<String>()
}

impl Burst {
    /// An office with its people; `ledger.csv` is there and not imported. Dead ones are replaced after three seconds.
    pub async fn on(database: &str, officials: i64) -> Burst {
        let place = format!("[database]\nurl = \"{database}\"\nlease_seconds = 3\n");
        Burst::with(Office::new(), &place, officials).await
    }

    /// The same with these further sections of the configuration.
    pub async fn with(office: Office, sections: &str, officials: i64) -> Burst {
        let fake = FakeTelegram::start().await;
        office.file("pack.toml", &pack());
        office.file("units.csv", UNITS);
        let mut people = COLUMNS.to_owned() + PEOPLE;
        for n in 1..=officials {
            let (phone, chat) = (13_900_000_000 + n, chat(n));
            people += &format!("官{n}号,青石县/青石镇,站员{n},staff,{phone},zh-CN,Asia/Shanghai,{chat},,telegram,\n");
        }
        office.file("people.csv", &people);
        office.file("ledger.csv", &ledger(1..=officials, 20));
        office.file("token", TOKEN);
        let telegram = format!(
            "[telegram]\ntoken_file = \"token\"\napi_url = \"{}\"\nbot_username = \"example_duty_bot\"\n",
            fake.url()
        );
        office.file("dutybell.toml", &format!("[office]\npolicy = \"pack.toml\"\n{telegram}{sections}"));
        office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
        Burst { office, fake, officials }
    }

    /// The ledger arrives; gives the instant at which it was stored.
    pub fn begins(&self) -> Instant {
        self.office.run(&["import", "ledger.csv"]);
        Instant::now()
    }

    /// When each official was told of his hazard, every time.
    pub fn told(&self) -> HashMap<i64, Vec<Instant>> {
        let mut times: HashMap<i64, Vec<Instant>> = HashMap::new();
        for sent in self.fake.sends() {
            if sent.chat > chat(0) && sent.text.contains(TITLE) && sent.text.contains("新交办") {
                times.entry(sent.chat).or_default().push(sent.at);
            }
        }
        times
    }

    pub fn untold(&self) -> i64 {
        self.officials - self.told().len() as i64
    }

    pub fn doubled(&self) -> usize {
        self.told().values().map(|times| times.len() - 1).sum()
    }

    /// Officials whose answer was confirmed to them in their chat.
    pub fn confirmed(&self) -> HashSet<i64> {
        let confirms = |text: &str| text.contains("报完成");
        self.fake.sends().iter().filter(|s| s.chat > chat(0) && confirms(&s.text)).map(|s| s.chat).collect()
    }

    /// Hazards that were reported done, as the database says.
    pub fn claimed(&self) -> i64 {
        let status: serde_json::Value = serde_json::from_str(&self.office.run(&["status", "--json"])).expect("JSON");
        let states = status["items"].as_array().expect("a list");
        states.iter().find(|s| s[0] == "reported_done").and_then(|s| s[1].as_i64()).unwrap_or(0)
    }

    /// Every official who was told and has not answered yet answers; gives how many have by now.
    pub fn answers(&self, answered: &mut Vec<i64>, at_most: usize) -> usize {
        let mut told: Vec<i64> = self.told().into_keys().filter(|c| !answered.contains(c)).collect();
        told.sort_unstable();
        for chat in told.into_iter().take(at_most) {
            self.fake.writes(chat, "完成");
            answered.push(chat);
        }
        answered.len()
    }

    /// Everybody is told, answers, and hears that his answer was taken; gives the seconds that took.
    pub async fn ends(&self, answered: &mut Vec<i64>) -> f64 {
        let start = Instant::now();
        loop {
            self.answers(answered, 1_000);
            let (untold, waiting, confirmed) = (self.untold(), self.fake.waiting(), self.confirmed().len() as i64);
            if untold == 0 && waiting == 0 && confirmed == self.officials {
                return start.elapsed().as_secs_f64();
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{untold} untold, {waiting} answers not fetched, {confirmed} of {} confirmed",
                self.officials
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The log of events is whole, and every answer counted once.
    pub fn is_whole(&self, answered: usize) {
        let whole = self.office.run(&["audit", "verify"]);
        assert!(whole.starts_with("whole"), "{whole}");
        assert_eq!(self.claimed(), answered as i64, "answers counted");
        assert_eq!(self.fake.waiting(), 0, "updates left at the platform");
    }

    /// How long after `start` each official was first told, sorted.
    pub fn delays(&self, start: Instant) -> Vec<Duration> {
        let mut delays: Vec<Duration> =
            self.told().values().map(|times| times[0].saturating_duration_since(start)).collect();
        delays.sort_unstable();
        delays
    }
}

/// The delay that 99 of a hundred do not exceed.
pub fn p99(sorted: &[Duration]) -> Duration {
    sorted.get((sorted.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

/// Waits up to so many seconds for something that costs a moment to look at; gives how long it took.
pub async fn within_seconds(seconds: u64, what: &str, mut look: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !look() {
        assert!(start.elapsed() < Duration::from_secs(seconds), "{what} did not happen in {seconds} s");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    start.elapsed()
}

/// Random numbers that another run can repeat: set DUTYBELL_SEED to the seed that was printed.
pub struct Random(u64);

impl Random {
    pub fn new() -> Random {
        let clock = chrono::Utc::now().timestamp_micros() as u64;
        let seed = std::env::var("DUTYBELL_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(clock);
        println!("seed {seed}");
        Random(seed)
    }

    /// From `low` up to `high`, without it (xorshift64*).
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        low + (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % (high - low)
    }
}
