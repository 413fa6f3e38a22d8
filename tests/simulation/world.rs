//! The simulated office: workers, channels, people who answer, and the dice.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Duration, TimeZone, Utc};
use dutybell::channel::Channel;
use dutybell::clock::{Clock, SimulatedClock};
use dutybell::core::calendar::Calendar;
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::core::message::action;
use dutybell::core::policy::Policy;
use dutybell::core::world::Calendars;
use dutybell::gateway::loops::LOOPS;
use dutybell::gateway::{Days, Gateway, ImportOptions};
use dutybell::ledger::{ReadContext, Workbook, read_bytes};
use dutybell::render::Phrases;
use dutybell::store::{Result, Store, StoreError, inbox};
use sqlx::SqlitePool;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::checks::Checks;
use crate::platform::{Dice, Platform, SimulatedChannel};

const PACK: &str = include_str!("../../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");
const UNITS: &str = "名称,上级,层级,日历,电话
青石县,,county,cn,0799-5550100
县安委办,青石县,department,,0799-5550110
青石镇,青石县,township,,0799-5550201
";
const PEOPLE: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,desk,邮箱,渠道,休息时段
王五,青石县,副县长,leader,13800000005,zh-CN,Asia/Shanghai,wangwu,wangwu@qingshi.example,\"desk, mail\",
赵六,青石县/县安委办,安委办主任,safety_office,13800000006,zh-CN,Asia/Shanghai,zhaoliu,zhaoliu@qingshi.example,\"desk, mail\",
杨柳,青石县/县安委办,系统管理员,administrator,13800000018,zh-CN,Asia/Shanghai,yangliu,yangliu@qingshi.example,\"desk, mail\",
郑一,青石县/县安委办,值班员,duty,13800000011,zh-CN,Asia/Shanghai,zhengyi,zhengyi@qingshi.example,\"mail, desk\",
张三,青石县/青石镇,安监站站长,staff,13800000003,zh-CN,Asia/Shanghai,zhangsan,zhangsan@qingshi.example,\"desk, mail\",
钱七,青石县/青石镇,镇长,head,13800000007,zh-CN,Asia/Shanghai,qianqi,qianqi@qingshi.example,\"mail, desk\",
李四,青石县/县安委办,执法队长,supervisor,13800000004,zh-CN,Asia/Shanghai,lisi,lisi@qingshi.example,\"desk, mail\",
孙八,青石县/青石镇,安全员,liaison,13800000008,en,Asia/Shanghai,sunba,sunba@qingshi.example,desk,
";
/// Who answers in the simulation, by their desk.
const WRITERS: [&str; 6] = ["zhangsan", "qianqi", "sunba", "lisi", "zhaoliu", "wangwu"];
const SAYINGS: [&str; 22] = [
    "完成",
    "1完成了",
    "1、2完成，3延期三天",
    "还没弄完",
    "收到",
    "+3d",
    "不归我管",
    "合格",
    "1合格",
    "1不合格，现场仍有隐患",
    "同意",
    "不同意",
    "申请延期5天，配件未到，已停用",
    "停电了，整改不了",
    "撤销",
    "1",
    "是",
    "帮助",
    "我的任务",
    "销号",
    "明天再提醒",
    "done",
];

/// Percent of sends that go wrong.
const TROUBLE: [u64; 4] = [0, 10, 40, 90];

/// An office with its people, made once and copied for every life.
async fn template() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = MADE.get() {
        return bytes;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("office.db");
    let store = Store::open(&format!("sqlite:{}", path.display())).await.expect("opens");
    let gateway = gateway(store, SimulatedClock::new(start()), Vec::new());
    import(&gateway, &[("units.csv", UNITS.to_owned()), ("people.csv", PEOPLE.to_owned())]).await.expect("imports");
    let pool = SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("connects");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&pool).await.expect("checkpoints");
    pool.close().await;
    gateway.store.close().await;
    let bytes = std::fs::read(&path).expect("reads");
    MADE.get_or_init(|| bytes)
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2022, 9, 22, 0, 30, 0).single().expect("an instant")
}

fn gateway(store: Store, clock: SimulatedClock, channels: Vec<Arc<dyn Channel>>) -> Gateway {
    let policy = Policy::from_toml(PACK).expect("pack reads");
    let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR).expect("calendar reads")]);
    let phrases = Phrases::built_in().expect("phrases read");
    Gateway::new(store, Clock::Simulated(clock), policy, calendars, phrases, channels, Vec::new())
}

async fn import(gateway: &Gateway, files: &[(&str, String)]) -> Result<()> {
    let days = Days(gateway.calendars.get("cn"));
    let context = ReadContext::new(gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive(), &days);
    let mut workbook = Workbook::default();
    for (name, text) in files {
        workbook.add(read_bytes(name, text.as_bytes(), &context).expect("the simulation writes readable files"));
    }
    gateway.import("sim", &workbook, ImportOptions::default()).await.map(drop)
}

/// One gateway process.
struct Worker {
    gateway: Gateway,
    fuse: Arc<AtomicI64>,
}

/// One life.
pub struct Simulation {
    dice: Dice,
    clock: SimulatedClock,
    store: Store,
    workers: Vec<Worker>,
    channels: Vec<SimulatedChannel>,
    platform: Arc<Mutex<Platform>>,
    released: Arc<Notify>,
    rows: Vec<(u32, &'static str, &'static str, i64)>,
    updates: u64,
    last_update: Option<(String, Inbound)>,
    history: Vec<String>,
    checks: Checks,
    _folder: TempDir,
}

impl Simulation {
    pub async fn begin(seed: u64) -> Simulation {
        // In memory where there is such a place: these lives are many, and none outlives its process.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let path = folder.path().join("office.db");
        std::fs::write(&path, template().await).expect("writes");
        let store = Store::open(&format!("sqlite:{}", path.display())).await.expect("opens");
        let clock = SimulatedClock::new(start());
        let platform = Arc::new(Mutex::new(Platform { seed, ..Platform::default() }));
        let released = Arc::new(Notify::new());
        let channel = |name| SimulatedChannel {
            name,
            platform: platform.clone(),
            released: released.clone(),
            clock: clock.clone(),
        };
        let channels = vec![channel("desk"), channel("mail")];
        let mut dice = Dice(seed);
        platform.lock().expect("no panic here").trouble = dice.pick(&TROUBLE);
        let mut simulation = Simulation {
            dice,
            clock,
            checks: Checks::begin(&path).await,
            store,
            workers: Vec::new(),
            channels,
            platform,
            released,
            rows: Vec::new(),
            updates: 0,
            last_update: None,
            history: Vec::new(),
            _folder: folder,
        };
        for _ in 0..3 {
            let worker = simulation.worker();
            simulation.workers.push(worker);
        }
        simulation
    }

    pub fn history(&self) -> Vec<String> {
        self.history.clone()
    }

    fn worker(&self) -> Worker {
        let fuse = Arc::new(AtomicI64::new(i64::MAX));
        let channels = self.channels.iter().map(|c| Arc::new(c.clone()) as Arc<dyn Channel>).collect();
        Worker { gateway: gateway(self.store.with_fuse(fuse.clone()), self.clock.clone(), channels), fuse }
    }

    fn now(&self) -> DateTime<Utc> {
        Clock::Simulated(self.clock.clone()).now()
    }

    fn note(&mut self, what: String) {
        let local = self.now().with_timezone(&chrono_tz::Asia::Shanghai).format("%m-%d %H:%M:%S");
        self.history.push(format!("{local} {what}"));
    }

    /// Trouble, then calm.
    pub async fn run(&mut self, steps: u32) -> std::result::Result<(), String> {
        self.import().await;
        for _ in 0..steps {
            self.step().await;
            self.land().await;
            self.check().await?;
        }
        self.calm().await
    }

    async fn check(&mut self) -> std::result::Result<(), String> {
        let gateway = &self.workers[0].gateway;
        let (taken, cut) = {
            let platform = self.platform.lock().expect("no panic here");
            (platform.taken.clone(), platform.cut.clone())
        };
        self.checks.look(gateway, &taken, &cut, self.updates).await
    }

    /// Waits until every send that does not hang has come to its end.
    async fn land(&self) {
        for _ in 0..10_000 {
            let still = {
                let platform = self.platform.lock().expect("no panic here");
                platform.started != platform.ended + platform.hanging
            };
            tokio::task::yield_now().await;
            if !still {
                break;
            }
        }
        // The tasks put their outcome down after the send.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..=47 => self.work().await,
            48..=64 => self.time_passes().await,
            65..=86 => self.somebody_answers().await,
            87..=90 => self.import().await,
            91..=94 => {
                let trouble = self.dice.pick(&TROUBLE);
                self.platform.lock().expect("no panic here").trouble = trouble;
                self.note(format!("platforms: {trouble} % trouble"));
            }
            95..=97 => {
                self.released.notify_waiters();
                self.land().await;
                self.note("platforms answer what hung".into());
            }
            _ => self.crash(self.workers.len() - 1, "stopped from outside"),
        }
    }

    fn crash(&mut self, n: usize, how: &str) {
        self.workers[n].fuse.store(0, Ordering::SeqCst);
        let fresh = self.worker();
        self.workers[n] = fresh;
        self.note(format!("worker {n} died: {how}"));
    }

    /// One worker takes a step, and may die in it.
    async fn work(&mut self) {
        let n = self.dice.below(3) as usize;
        let turn = &LOOPS[self.dice.below(LOOPS.len() as u64) as usize];
        if self.dice.chance(12) {
            let left = self.dice.below(5) as i64;
            self.workers[n].fuse.store(left, Ordering::SeqCst);
        }
        let gateway = &self.workers[n].gateway;
        let done = turn.step(gateway).await;
        let name = turn.name;
        match done {
            Ok(busy) => self.note(format!("worker {n} {name}: {busy}")),
            Err(StoreError::Database(sqlx::Error::PoolClosed)) => self.crash(n, name),
            Err(error) => self.note(format!("worker {n} {name}: {error}")),
        }
        // A worker that got through lives on.
        self.workers[n].fuse.store(i64::MAX, Ordering::SeqCst);
    }

    async fn time_passes(&mut self) {
        let next = self.workers[0].gateway.next_instant().await.expect("reads");
        let to = match self.dice.below(20) {
            0..=9 => next.unwrap_or(self.now()).min(self.now() + Duration::days(3)),
            10..=14 => self.now() + Duration::seconds(1 + self.dice.below(600) as i64),
            15..=18 => self.now() + Duration::minutes(10 + self.dice.below(600) as i64),
            _ => self.now() + Duration::hours(24 + self.dice.below(24 * 7) as i64),
        };
        self.clock.set(to);
        self.note("time passed".into());
    }

    async fn somebody_answers(&mut self) {
        // A platform that heard no confirmation brings an update again.
        if let (Some((id, inbound)), true) = (self.last_update.clone(), self.dice.chance(15)) {
            self.receive(id.clone(), inbound).await;
            self.note(format!("update {id} again"));
            return;
        }
        let who = self.dice.pick(&WRITERS);
        let said = self.dice.pick(&SAYINGS);
        let sent = self.store.sent_to("desk", who, 5).await.expect("reads");
        let presses: Vec<_> =
            sent.iter().flat_map(|m| m.body.buttons.iter().flatten().map(|p| (m.id, p.clone()))).collect();
        let (content, what) = if !presses.is_empty() && self.dice.chance(45) {
            let (id, press) = &presses[self.dice.below(presses.len() as u64) as usize];
            let content =
                Content::Button { action: action(*id, press), message: format!("m{id}"), callback: "c".into() };
            (content, format!("presses {:?} {} of m{id}", press.verb, press.line))
        } else {
            let quoted = sent.last().and_then(|m| m.platform_id.clone()).filter(|_| self.dice.chance(30));
            let content = Content::Text {
                text: said.to_owned(),
                reply_to: quoted.clone(),
                quoted: None,
                forwarded: false,
                message: format!("in-{}", self.updates),
            };
            (content, format!("says {said} to {}", quoted.unwrap_or_default()))
        };
        self.updates += 1;
        let id = format!("u{}", self.updates);
        let inbound =
            Inbound { sender: Some(who.to_owned()), chat: who.to_owned(), private: true, sent_at: None, content };
        self.last_update = Some((id.clone(), inbound.clone()));
        self.receive(id, inbound).await;
        self.note(format!("{who} {what}"));
    }

    async fn receive(&self, id: String, inbound: Inbound) {
        let update = Update { id, offset: None, inbound, raw: String::new() };
        inbox::receive(&self.store, "desk", "desk", &[update], self.now()).await.expect("stores");
    }

    /// The ledger again: with new rows, moved deadlines, other people.
    async fn import(&mut self) {
        let today = self.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
        for row in &mut self.rows {
            if self.dice.chance(15) {
                row.3 += self.dice.below(9) as i64 - 3;
            }
            if self.dice.chance(10) {
                row.2 = self.dice.pick(&["张三", "钱七", "孙八"]);
            }
        }
        for _ in 0..=self.dice.below(2) {
            if self.rows.len() < 9 {
                let severity = self.dice.pick(&["一般", "一般", "重大"]);
                let who = self.dice.pick(&["张三", "钱七", "孙八", "张三"]);
                let days = (today - start().date_naive()).num_days() + self.dice.below(20) as i64;
                self.rows.push((self.rows.len() as u32 + 1, severity, who, days));
            }
        }
        let mut text =
            "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,责任领导,复查人,交办人\n".to_owned();
        for (key, severity, who, days) in &self.rows {
            let due = start().date_naive() + Duration::days(*days);
            text += &format!(
                "S{key},2022-09-22,青石县,青石镇,红星花炮厂,{key}号工房,防静电接地失效,{severity},{due},{who},王五,李四,赵六\n"
            );
        }
        let n = self.dice.below(3) as usize;
        if self.dice.chance(20) {
            self.workers[n].fuse.store(self.dice.below(2) as i64, Ordering::SeqCst);
        }
        match import(&self.workers[n].gateway, &[("ledger.csv", text)]).await {
            Ok(()) => self.note(format!("worker {n} imports {} rows", self.rows.len())),
            Err(_) => self.crash(n, "import"),
        }
        self.workers[n].fuse.store(i64::MAX, Ordering::SeqCst);
    }

    /// The platforms recover, nobody dies: within some weeks everything must be caught up with.
    async fn calm(&mut self) -> std::result::Result<(), String> {
        self.platform.lock().expect("no panic here").trouble = 0;
        let end = self.now() + Duration::days(21);
        for turn in 0..2_000 {
            self.released.notify_waiters();
            self.land().await;
            let gateway = &self.workers[self.dice.below(3) as usize].gateway;
            let mut busy = false;
            for _ in 0..50 {
                let mut more = false;
                for turn in &LOOPS {
                    more |= turn.step(gateway).await.expect("calm");
                }
                self.land().await;
                if !more {
                    break;
                }
                busy = true;
            }
            if turn % 8 == 0 {
                self.check().await?;
            }
            if busy {
                continue;
            }
            match self.workers[0].gateway.next_instant().await.expect("reads") {
                // Others may hold what is due: their leases end.
                Some(next) if next <= self.now() => self.clock.set(self.now() + Duration::seconds(30)),
                Some(next) if next <= end => {
                    self.checks.audited(&self.workers[0].gateway).await?;
                    self.clock.set(next);
                }
                _ => break,
            }
        }
        self.clock.set(end);
        for worker in &self.workers {
            worker.gateway.settle().await.expect("calm");
        }
        self.note("calm".into());
        self.check().await?;
        self.checks.at_the_end(&self.workers[0].gateway).await
    }
}
