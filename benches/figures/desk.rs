//! Start and memory of the program itself, and answers over HTTP on the built-in page.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dutybell::channel::desk::Desk;
use dutybell::clock::Clock;
use dutybell::core::item::State;
use dutybell::gateway::{self, Gateway, ImportOptions};
use dutybell::ledger::{ReadContext, Workbook, read_bytes};
use dutybell::store::{Store, links, people};
use dutybell::web::{self, App};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::office::{Databases, at, fill, gateway_on, open_item, province, sql, still};

/// People of the office whose desks are measured.
const PEOPLE: u64 = 200;
/// Answers a second, and for how long.
const RATE: u64 = 50;
const SECONDS: u64 = 20;

/// Opens the database, runs the loops, says when it is ready and how much memory it holds.
pub async fn ready(database: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    let desk = Desk::public();
    let gateway = Arc::new(gateway_on(database, Clock::Real, vec![Arc::new(desk.clone())]).await?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let app = App { gateway: gateway.clone(), desk: Some(desk), demo: None, metrics: None };
    let server = tokio::spawn(web::serve(app, listener, stop.clone()));
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    println!("  ready after {:.0} ms (wanted: under 1000)", start.elapsed().as_secs_f64() * 1_000.0);
    let loops = tokio::spawn(gateway::run::run(gateway, stop.clone()));
    dutybell::clock::pause(Duration::from_secs(5)).await;
    println!("  resident memory after 5 s of running: {} MiB (wanted: under 200)", resident());
    stop.cancel();
    loops.await?;
    server.await??;
    Ok(())
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

pub async fn start_and_memory(databases: &Databases, count: usize) -> anyhow::Result<()> {
    println!("start with {count} open items, nothing of them due (peak memory)");
    let url = databases.url("start").await?;
    let (gateway, _) = still(&url, at(10, 0)).await?;
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = chrono::Utc::now();
    let item = open_item(now, now + chrono::Duration::days(60), State::Acknowledged);
    fill(&pool, &item, count, now + chrono::Duration::days(30)).await?;
    pool.close().await;
    gateway.store.close().await;
    // What was filled in by hand is linked into the log when the database is opened next: no part of a start.
    Store::open(&url).await?.close().await;
    let done = Command::new(std::env::current_exe()?).arg("--ready").arg(&url).stdout(Stdio::inherit()).status()?;
    anyhow::ensure!(done.success(), "the started program failed");
    databases.drop("start").await
}

/// An office of `PEOPLE` people with an item each, everybody with an open session on the desk.
async fn office(gateway: &Gateway) -> anyhow::Result<Vec<String>> {
    let mut people = String::from("姓名,单位,职务,岗位角色,电话,语言,时区,desk,渠道\n");
    let mut ledger = String::from("隐患编号,检查时间,县市区,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人\n");
    people.push_str("复查员,青石县,复查员,supervisor,13900000000,zh-CN,Asia/Shanghai,verifier,desk\n");
    for n in 0..PEOPLE {
        people
            .push_str(&format!("某{n},青石县,安全员,staff,{},zh-CN,Asia/Shanghai,d{n},desk\n", 13_800_000_000_u64 + n));
        ledger.push_str(&format!("B-{n},2022-09-22,青石县,青石县,灭火器过期,一般,2099-09-30,某{n},复查员\n"));
    }
    let files =
        [("units.csv", "名称,上级,层级,日历\n青石县,,county,cn\n"), ("people.csv", &people), ("ledger.csv", &ledger)];
    let workbook = read(gateway, &files)?;
    gateway.import("bench", &workbook, ImportOptions::default()).await?;
    gateway.settle().await?;
    let mut tx = gateway.store.begin().await?;
    let mut logins = Vec::new();
    for n in 0..PEOPLE {
        let login = format!("d{n}");
        let Some(person) = people::owner(&mut tx, "desk", &login).await? else { anyhow::bail!("{login} is missing") };
        links::open_session(&mut tx, person, &login, &login, gateway.now() + chrono::Duration::days(1)).await?;
        logins.push(login);
    }
    tx.commit().await?;
    Ok(logins)
}

fn read(gateway: &Gateway, files: &[(&str, &str)]) -> anyhow::Result<Workbook> {
    let days = gateway::Days(gateway.calendars.get("cn"));
    let context = ReadContext::new(gateway.now().date_naive(), &days);
    let mut workbook = Workbook::default();
    for (name, text) in files {
        workbook.add(read_bytes(name, text.as_bytes(), &context)?);
    }
    Ok(workbook)
}

/// Answers over HTTP to the confirmation on the page, at a steady rate.
pub async fn desk(databases: &Databases) -> anyhow::Result<()> {
    let desk = Desk::public();
    let gateway = Arc::new(gateway_on(&databases.url("desk").await?, Clock::Real, vec![Arc::new(desk.clone())]).await?);
    let logins = office(&gateway).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let app = App { gateway: gateway.clone(), desk: Some(desk), demo: None, metrics: None };
    let server = tokio::spawn(web::serve(app, listener, stop.clone()));
    let loops = tokio::spawn(gateway::run::run(gateway, stop.clone()));
    let begin = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..RATE * SECONDS)
        .map(|n| {
            let login = logins[n as usize % logins.len()].clone();
            tokio::spawn(async move {
                tokio::time::sleep_until(begin + Duration::from_millis(n * 1_000 / RATE)).await;
                confirmed(address, &login, n).await
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.push(task.await??.as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!("answer to confirmation on the desk, {RATE} a second for {SECONDS} s");
    println!("  p50 {:.1} ms   p99 {:.1} ms (wanted: under 100)   worst {:.1} ms", at(0.5), at(0.99), at(1.0));
    stop.cancel();
    loops.await?;
    server.abort();
    Ok(())
}

/// Says something and waits until the page would show the answer.
async fn confirmed(address: std::net::SocketAddr, login: &str, n: u64) -> anyhow::Result<Duration> {
    let mut events = TcpStream::connect(address).await?;
    events
        .write_all(
            format!("GET /api/desk/{login}/events HTTP/1.1\r\nHost: bench\r\nCookie: desk={login}\r\n\r\n").as_bytes(),
        )
        .await?;
    let mut events = BufReader::new(events).lines();
    events.next_line().await?;
    let body = format!(r#"{{"text":"收到","reply_to":null,"nonce":"bench-{n:08}"}}"#);
    let start = Instant::now();
    let mut post = TcpStream::connect(address).await?;
    post.write_all(
        format!(
            "POST /api/desk/{login}/say HTTP/1.1\r\nHost: bench\r\nCookie: desk={login}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    )
    .await?;
    let mut answer = String::new();
    post.read_to_string(&mut answer).await?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The first ring is for what was said, the second for the answer to it.
    let mut rings = 0;
    while let Some(line) = events.next_line().await? {
        rings += u32::from(line.starts_with("event: changed"));
        if rings == 2 {
            return Ok(start.elapsed());
        }
    }
    anyhow::bail!("the page's events ended")
}
