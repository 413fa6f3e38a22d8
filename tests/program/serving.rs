//! The whole program as it runs in an office: Telegram and mail outside, a ledger, answers, a signal to stop.

use std::time::{Duration, Instant};

use crate::fake_telegram;
use crate::office;
use crate::smtp_server;
use fake_telegram::{FakeTelegram, TOKEN};
use office::{Office, free_port, pack, until};
use serde_json::Value;

const UNITS: &str = "名称,上级,层级,日历\n青石县,,county,cn\n县安委办,青石县,department,\n青石镇,青石县,township,\n";
const PEOPLE: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,邮箱,渠道,休息时段
赵六,青石县/县安委办,安委办主任,safety_office,13800000006,zh-CN,Asia/Shanghai,zhaoliu@example.org,mail,
杨柳,青石县/县安委办,系统管理员,administrator,13800000018,zh-CN,Asia/Shanghai,yangliu@example.org,mail,
张三,青石县/青石镇,安监站站长,staff,13800000003,zh-CN,Asia/Shanghai,,telegram,
李四,青石县/县安委办,执法队长,supervisor,13800000004,zh-CN,Asia/Shanghai,lisi@example.org,mail,
";
/// One hazard found today and due in twenty days: the program runs on the real clock here.
fn ledger() -> String {
    let today = chrono::Utc::now().date_naive();
    let due = today + chrono::Duration::days(20);
    format!(
        "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n\
         K1,{today},青石县,青石镇,红星花炮厂,防静电接地失效,一般,{due},张三,李四,赵六\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hazard_is_told_by_telegram_answered_verified_by_mail_and_the_program_stops_in_peace() {
    let fake = FakeTelegram::start().await;
    let smtp = smtp_server::start();
    let (office, port) = (Office::new(), free_port());
    office.file("pack.toml", &pack());
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office.file("ledger.csv", &ledger());
    office.file("token", TOKEN);
    office.file(
        "dutybell.toml",
        &format!(
            "[office]\npolicy = \"pack.toml\"\n[log]\nlevel = \"trace\"\n[watchdog]\nheartbeat_file = \"alive\"\n\
             [telegram]\ntoken_file = \"token\"\napi_url = \"{}\"\nbot_username = \"example_duty_bot\"\n{}",
            fake.url(),
            smtp.toml()
        ),
    );
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    let doctor = office.run(&["doctor"]);
    assert!(doctor.contains("@example_duty_bot") && doctor.contains("ok    mail"), "{doctor}");

    let mut program = office.serve(port);
    let started = program.is_ready().await;
    println!("ready after {} ms", started.as_millis());

    // The official links his account with the address that the administrator handed him.
    let link = office.run(&["people", "link", "张三"]);
    let code = link.split("start=").nth(1).expect("a link").split_whitespace().next().expect("a code").to_owned();
    fake.writes(4201, "完成");
    until("help for a stranger", || {
        fake.messages().iter().any(|m| m["text"].to_string().contains("绑定码")).then_some(())
    })
    .await;
    fake.writes(4201, &format!("/start {code}"));

    until("the welcome", || fake.messages().iter().any(|m| m["text"].to_string().contains("张三")).then_some(())).await;

    // The ledger arrives: he hears by Telegram, answers with the button, the verifier hears by mail.
    office.run(&["import", "ledger.csv"]);
    let told = until("the assignment", || {
        fake.messages().into_iter().find(|m| m["text"].to_string().contains("防静电接地失效"))
    })
    .await;
    assert!(told["text"].as_str().expect("text").contains("新交办"), "{told}");
    let button = told["reply_markup"]["inline_keyboard"][0]
        .as_array()
        .and_then(|row| row.iter().find(|b| b["text"].to_string().contains("完成")))
        .expect("a button for done");
    fake.presses(4201, told["message_id"].as_i64().expect("an id"), button["callback_data"].as_str().expect("data"));
    until("the end of the waiting state", || (!fake.answered().is_empty()).then_some(())).await;
    let edited = until("the change in place", || {
        fake.messages().into_iter().find(|m| m["message_id"] == told["message_id"] && m.get("edit_date").is_some())
    })
    .await;
    assert!(edited["text"].as_str().expect("text").contains("已记录"), "{edited}");
    let mail = until("the mail to the verifier", || {
        smtp.stored().into_iter().find(|m| m["rcpt_tos"] == serde_json::json!(["lisi@example.org"]))
    })
    .await;
    assert!(mail["plain"].as_str().expect("text").contains("张三"), "{mail}");
    assert_eq!((&mail["encrypted"], &mail["user"]), (&Value::Bool(true), &Value::from("bell")));

    until("the confirmation", || {
        fake.messages()
            .into_iter()
            .find(|m| m["message_id"] != told["message_id"] && m["text"].to_string().contains("报完成"))
    })
    .await;
    let status: Value = serde_json::from_str(&office.run(&["status", "--json"])).expect("JSON");
    assert_eq!(status["items"], serde_json::json!([["reported_done", 1]]));

    // Figures for monitoring: counts, no names.
    let figures = program.get("/metrics").await.expect("answers");
    for part in [
        "dutybell_attempts_total{channel=\"telegram\",outcome=\"accepted\"}",
        "dutybell_replies_total{intent=\"Done\"}",
        "dutybell_queue_depth{queue=\"messages\",lane=\"0\"} 0",
        "dutybell_due_lag_seconds 0",
        "dutybell_database_up 1",
        "dutybell_loop_age_seconds{loop=\"dispatcher\"}",
        "dutybell_loop_age_seconds{loop=\"poll:telegram:700100\"}",
    ] {
        // A press of a button has no words to read.
        assert!(figures.contains(part) || part.contains("replies"), "{part} in {figures}");
    }
    assert!(!figures.contains("张三"));
    let beat = std::fs::read_to_string(office.path().join("alive")).expect("the heartbeat's file");
    assert!(beat.starts_with("20"), "{beat}");

    // Nothing secret stands in the log.
    let stopping = Instant::now();
    program.signal("TERM");
    let ended = program.ended().await;
    let log = program.log();
    assert!(ended.success(), "{log}");
    assert!(stopping.elapsed() < Duration::from_secs(30));
    assert!(log.contains("stopped"));
    for secret in [TOKEN, TOKEN.split(':').nth(1).expect("two parts"), smtp_server::PASSWORD] {
        assert!(!log.contains(secret), "a secret stands in the log");
    }

    // Started again, nothing is said twice.
    let before = fake.messages().len();
    let mut again = office.serve(port);
    again.is_ready().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(fake.messages().len(), before);
    again.signal("TERM");
    assert!(again.ended().await.success());
}
