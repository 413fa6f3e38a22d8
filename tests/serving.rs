//! The whole program as it runs in an office: Telegram and mail outside, a ledger, answers, a signal to stop.

#[path = "counterparts/fake_telegram.rs"]
mod fake_telegram;
#[path = "counterparts/smtp_server.rs"]
mod smtp_server;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fake_telegram::{FakeTelegram, TOKEN};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

/// The default pack with nothing quiet and no time for undo, so that the story does not depend on the hour.
fn pack() -> String {
    include_str!("../packs/cn-worksafety.toml")
        .replace("hours = [\"21:30-07:30\", \"12:00-14:00\"]", "hours = []")
        .replace("rest_days = true", "rest_days = false")
        .replace("undo_minutes = 10", "undo_minutes = 0")
        .replace("channels_off = [\"telegram\"]", "channels_off = []")
}

struct Office {
    folder: TempDir,
    port: u16,
}

impl Office {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dutybell"));
        command.current_dir(self.folder.path()).env_remove("DUTYBELL_CONFIG");
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn serve(&self) -> Child {
        // A file: a pipe that nobody empties would bring the program to a stop.
        let log = std::fs::File::options().create(true).append(true).open(self.log()).expect("opens");
        self.command().arg("serve").stdout(Stdio::null()).stderr(log).spawn().expect("starts")
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    async fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    async fn is_ready(&self) -> Duration {
        let start = Instant::now();
        while !self.get("/healthz").await.is_ok_and(|a| a.starts_with("HTTP/1.1 200")) {
            assert!(start.elapsed() < Duration::from_secs(20), "the program does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    }
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen");
}

/// SIGTERM, as systemd sends it.
fn terminate(child: &Child) {
    assert!(Command::new("kill").arg(child.id().to_string()).status().expect("kill is there").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hazard_is_told_by_telegram_answered_verified_by_mail_and_the_program_stops_in_peace() {
    let fake = FakeTelegram::start().await;
    let smtp = smtp_server::start();
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let office = Office { folder: tempfile::tempdir().expect("a folder"), port };
    let file = |name: &str, text: &str| std::fs::write(office.folder.path().join(name), text).expect("writes");
    file("pack.toml", &pack());
    file("units.csv", UNITS);
    file("people.csv", PEOPLE);
    file("ledger.csv", &ledger());
    file("token", TOKEN);
    file(
        "dutybell.toml",
        &format!(
            "[office]\npolicy = \"pack.toml\"\n[web]\nlisten = \"127.0.0.1:{port}\"\n[log]\nlevel = \"trace\"\n\
             [telegram]\ntoken_file = \"token\"\napi_url = \"{}\"\nbot_username = \"example_duty_bot\"\n{}",
            fake.url(),
            smtp.toml()
        ),
    );
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    let doctor = office.run(&["doctor"]);
    assert!(doctor.contains("@example_duty_bot") && doctor.contains("ok    mail"), "{doctor}");

    let mut program = office.serve();
    let started = office.is_ready().await;
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

    // An open page does not hold the program up, and nothing secret stands in the log.
    let stopping = Instant::now();
    terminate(&program);
    let ended = tokio::task::spawn_blocking(move || program.wait()).await.expect("no panic").expect("ends");
    let log = std::fs::read_to_string(office.log()).expect("reads");
    assert!(ended.success(), "{log}");
    assert!(stopping.elapsed() < Duration::from_secs(30));
    assert!(log.contains("stopped"));
    for secret in [TOKEN, TOKEN.split(':').nth(1).expect("two parts"), smtp_server::PASSWORD] {
        assert!(!log.contains(secret), "a secret stands in the log");
    }

    // Started again, nothing is said twice.
    let before = fake.messages().len();
    let mut again = office.serve();
    office.is_ready().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(fake.messages().len(), before);
    terminate(&again);
    assert!(again.wait().expect("ends").success());
}
