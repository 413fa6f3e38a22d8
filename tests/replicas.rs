//! Several gateways on one PostgreSQL: they share the work, and one that dies or stalls is replaced.

#[path = "counterparts/fake_telegram.rs"]
mod fake_telegram;
#[path = "support/office.rs"]
mod office;
#[path = "counterparts/postgres.rs"]
mod postgres;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use fake_telegram::{FakeTelegram, TOKEN};
use office::{Office, free_port, pack, until};
use postgres::Postgres;

const UNITS: &str = "名称,上级,层级,日历\n青石县,,county,cn\n县安委办,青石县,department,\n青石镇,青石县,township,\n";

/// An office with this many officials on Telegram, one hazard each.
fn prepare(server: &Postgres, fake: &FakeTelegram, officials: i64) -> Office {
    let office = Office::new();
    office.file("pack.toml", &pack());
    office.file("units.csv", UNITS);
    let mut people = "姓名,单位,职务,岗位角色,电话,语言,时区,telegram,渠道,休息时段
赵六,青石县/县安委办,安委办主任,safety_office,13800000006,zh-CN,Asia/Shanghai,4001,telegram,
杨柳,青石县/县安委办,系统管理员,administrator,13800000018,zh-CN,Asia/Shanghai,4002,telegram,
李四,青石县/县安委办,执法队长,supervisor,13800000004,zh-CN,Asia/Shanghai,4003,telegram,
"
    .to_owned();
    let today = chrono::Utc::now().date_naive();
    let due = today + chrono::Duration::days(20);
    let mut ledger =
        "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n".to_owned();
    for n in 1..=officials {
        people +=
            &format!("官{n}号,青石县/青石镇,站员{n},staff,1390000{n:04},zh-CN,Asia/Shanghai,{},telegram,\n", 5000 + n);
        ledger += &format!("K{n},{today},青石县,青石镇,红星花炮厂,{n}号工房接地失效,一般,{due},官{n}号,李四,赵六\n");
    }
    office.file("people.csv", &people);
    office.file("ledger.csv", &ledger);
    office.file("token", TOKEN);
    office.file(
        "dutybell.toml",
        &format!(
            "[office]\npolicy = \"pack.toml\"\n[database]\nurl = \"{}\"\nlease_seconds = 3\n\
             [telegram]\ntoken_file = \"token\"\napi_url = \"{}\"\nbot_username = \"example_duty_bot\"\n",
            server.url(),
            fake.url(),
        ),
    );
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    office
}

/// How often each official was told of his hazard.
fn told(fake: &FakeTelegram) -> HashMap<i64, usize> {
    let mut times = HashMap::new();
    for message in fake.messages() {
        if message["text"].as_str().is_some_and(|t| t.contains("接地失效")) {
            *times.entry(message["chat"]["id"].as_i64().expect("a chat")).or_default() += 1;
        }
    }
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_tell_everybody_once_within_the_platforms_limits_and_one_of_them_polls() {
    let (server, fake) = (postgres::start(&[]), FakeTelegram::start().await);
    let office = prepare(&server, &fake, 90);
    // Started together on the same schema.
    let mut replicas: Vec<_> = (0..3).map(|_| office.serve(free_port())).collect();
    for replica in &replicas {
        replica.is_ready().await;
    }
    until("polling", || fake.is_polled().then_some(())).await;
    office.run(&["import", "ledger.csv"]);
    until("all are told", || (told(&fake).len() == 90).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let twice = told(&fake).values().filter(|n| **n > 1).count();
    let (bot, chat) =
        (fake.most_sends(Duration::from_secs(1), |_| true), fake.most_sends(Duration::from_secs(1), |c| c == 5001));
    println!(
        "told twice: {twice}; most in a second: bot {bot} of 30, chat {chat} of 1; most polling {}",
        fake.most_polling()
    );
    assert_eq!(twice, 0);
    assert!(bot <= 30 && chat <= 1);
    assert_eq!(fake.most_polling(), 1);

    // An answer that comes in while the polling one is upgraded is read by the next.
    for replica in &mut replicas {
        replica.signal("TERM");
        assert!(replica.ended().await.success(), "{}", replica.log());
    }
    fake.writes(5001, "完成");
    let next = office.serve(free_port());
    next.is_ready().await;
    until("the confirmation", || {
        fake.messages().iter().any(|m| m["text"].to_string().contains("报完成")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_is_killed_or_paused_nobody_stays_untold_and_an_answer_counts_once() {
    let (server, fake) = (postgres::start(&[]), FakeTelegram::start().await);
    let office = prepare(&server, &fake, 120);
    let mut replicas: Vec<_> = (0..3).map(|_| office.serve(free_port())).collect();
    for replica in &replicas {
        replica.is_ready().await;
    }
    office.run(&["import", "ledger.csv"]);
    let (mut kills, mut pauses) = (0, 0);
    let mut n = 0;
    while told(&fake).len() < 120 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        n = (n + 1) % 3;
        if kills % 4 == 3 {
            // Longer than its lease: others take over what it holds, and it must not record over them.
            replicas[n].signal("STOP");
            tokio::time::sleep(Duration::from_millis(3_500)).await;
            replicas[n].signal("CONT");
            pauses += 1;
        }
        replicas[n].signal("KILL");
        replicas[n].ended().await;
        kills += 1;
        replicas[n] = office.serve(free_port());
        assert!(kills < 200, "told {} of 120", told(&fake).len());
    }
    // Whatever a dead one held comes back after its lease.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let times = told(&fake);
    let doubled: usize = times.values().map(|n| n - 1).sum();
    println!("killed {kills}, paused {pauses}; told {} of 120, {doubled} doubled", times.len());
    assert_eq!(times.len(), 120);
    assert!(doubled <= kills + pauses, "{doubled} doubled by {kills} kills and {pauses} pauses");

    // The polling one dies: another polls within seconds, and no answer is lost or counted twice.
    for replica in &replicas {
        replica.is_ready().await;
    }
    until("polling", || fake.is_polled().then_some(())).await;
    for chat in 5001..=5030 {
        fake.writes(chat, "完成");
        if chat % 10 == 0 {
            n = (n + 1) % 3;
            replicas[n].signal("KILL");
            replicas[n].ended().await;
            replicas[n] = office.serve(free_port());
        }
    }
    let waited = Instant::now();
    let claimed = || {
        let status: serde_json::Value = serde_json::from_str(&office.run(&["status", "--json"])).expect("JSON");
        status["items"].as_array().and_then(|s| s.iter().find(|s| s[0] == "reported_done")).and_then(|s| s[1].as_i64())
    };
    until("all claims", || (claimed() == Some(30)).then_some(())).await;
    println!("30 answers read {} s after the last kill", waited.elapsed().as_secs());
    let whole = office.run(&["audit", "verify"]);
    assert!(whole.starts_with("whole"), "{whole}");
    for replica in &mut replicas {
        replica.signal("TERM");
        assert!(replica.ended().await.success());
    }
}
