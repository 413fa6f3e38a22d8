//! PostgreSQL stops, crashes, stalls, or the way to it is cut, slow or silent, while two gateways work on it.

use std::time::Duration;

use crate::burst::{Burst, within_seconds};
use crate::haproxy::Haproxy;
use crate::line::Line;
use crate::office::{Office, Service, free_port};
use crate::postgres;

const OFFICIALS: i64 = 100;

fn url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

/// Gateways on the server behind `port`, whose people have begun to be told.
async fn begun(port: u16, gateways: usize) -> (Burst, Vec<Service>) {
    let sections =
        format!("[database]\nurl = \"{}\"\nlease_seconds = 10\n[watchdog]\nstalled_seconds = 10\n", url(port));
    let burst = Burst::with(Office::new(), &sections, OFFICIALS).await;
    let gateways: Vec<_> = (0..gateways).map(|_| burst.office.serve(free_port())).collect();
    for gateway in &gateways {
        gateway.is_ready().await;
    }
    burst.begins();
    within_seconds(30, "the burst", || burst.told().len() >= 10).await;
    (burst, gateways)
}

/// Everybody is told, every answer confirmed and counted; gives the doubled and the seconds that took.
async fn ends(burst: &Burst, gateways: Vec<Service>, answered: &mut Vec<i64>) -> (usize, f64) {
    let took = burst.ends(answered).await;
    for mut gateway in gateways {
        gateway.signal("TERM");
        assert!(gateway.ended().await.success(), "{}", gateway.log());
    }
    assert_eq!(burst.untold(), 0);
    burst.is_whole(answered.len());
    (burst.doubled(), took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_stopped_and_crashed_in_the_middle_of_a_burst_is_found_again() {
    let server = postgres::start(&[]);
    let (burst, gateways) = begun(server.port, 2).await;
    let mut answered = Vec::new();
    for mode in ["fast", "immediate"] {
        assert!(server.stop(mode));
        burst.answers(&mut answered, 20);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = burst.fake.sends().len();
        server.start(&[]);
        let found = within_seconds(30, "the database is found again", || burst.fake.sends().len() > before).await;
        println!("PostgreSQL stopped ({mode}): found again {:.1} s after it was back", found.as_secs_f64());
    }
    let (doubled, _) = ends(&burst, gateways, &mut answered).await;
    println!("PostgreSQL stopped twice: lost {}, doubled {doubled}", burst.untold());
    assert_eq!(doubled, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_in_the_middle_of_anything_lose_nothing() {
    let server = postgres::start(&[]);
    let mut proxy = Haproxy::to(server.port, free_port());
    let (burst, gateways) = begun(proxy.port, 2).await;
    let (mut cuts, mut answered) = (0, Vec::new());
    while burst.untold() > 30 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        proxy.cut();
        cuts += 1;
        burst.answers(&mut answered, 10);
        assert!(cuts < 100, "{} not told", burst.untold());
    }
    proxy.stop();
    tokio::time::sleep(Duration::from_secs(2)).await;
    proxy.start();
    let (doubled, took) = ends(&burst, gateways, &mut answered).await;
    println!("{cuts} cuts and 2 s without a line: lost {}, doubled {doubled}; all {took:.1} s later", burst.untold());
    assert_eq!(doubled, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_line_makes_it_late_and_one_that_falls_silent_is_left() {
    let server = postgres::start(&[]);
    let line = Line::to(server.port).await;
    let (burst, gateways) = begun(line.port, 1).await;
    let mut answered = Vec::new();
    line.delays(Duration::from_millis(2));
    within_seconds(60, "some are told on the slow line", || burst.told().len() >= 25).await;
    line.delays(Duration::ZERO);
    line.falls_silent();
    burst.answers(&mut answered, 20);
    let (doubled, took) = ends(&burst, gateways, &mut answered).await;
    println!(
        "a slow line, then silence: lost {}, doubled {doubled}; all {took:.1} s after the silence",
        burst.untold()
    );
    // What was under way when the line fell silent: its outcome could not be recorded before its lease ended.
    assert!(doubled <= 64, "{doubled}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_stalls_the_sign_of_life_stops() {
    let server = postgres::start(&[]);
    let sections = format!(
        "[database]\nurl = \"{}\"\n[watchdog]\nheartbeat_file = \"alive\"\nevery_seconds = 1\nstalled_seconds = 4\n",
        server.url()
    );
    let burst = Burst::with(Office::new(), &sections, 1).await;
    let mut gateway = burst.office.serve(free_port());
    gateway.is_ready().await;
    let alive = || std::fs::read_to_string(burst.office.path().join("alive")).unwrap_or_default();
    within_seconds(10, "a beat", || !alive().is_empty()).await;
    server.signal("STOP");
    let stalled = std::time::Instant::now();
    let (mut last, mut since) = (alive(), std::time::Instant::now());
    while since.elapsed() < Duration::from_secs(4) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if alive() != last {
            (last, since) = (alive(), std::time::Instant::now());
        }
        assert!(stalled.elapsed() < Duration::from_secs(20), "the heartbeat goes on");
    }
    let noticed = since.duration_since(stalled).as_secs_f64();
    let healthz = gateway.get("/healthz").await.expect("answers");
    assert!(healthz.starts_with("HTTP/1.1 503") && healthz.contains("stalled: "), "{healthz}");
    assert!(gateway.get("/readyz").await.expect("answers").starts_with("HTTP/1.1 503"));
    server.signal("CONT");
    let back = within_seconds(30, "the heartbeat is back", || alive() != last).await;
    println!("database stalled: last beat {noticed:.1} s after, first {:.1} s after it went on", back.as_secs_f64());
    assert!(noticed <= 6.0, "two periods after the limit");
    gateway.is_ready().await;
    burst.begins();
    within_seconds(20, "work", || burst.untold() == 0).await;
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
}
