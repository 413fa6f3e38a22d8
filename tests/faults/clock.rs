//! The clock of the machine jumps: forward by a week, back by a day. Only the program's view of it (libfaketime);
//! its steady clock goes on.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::burst::{Burst, ledger, within_seconds};
use crate::office::{Office, free_port};

const OFFICIALS: i64 = 20;

/// The library that Debian's package libfaketime brings.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("reads").flatten();
    let found = folders.map(|f| f.path().join("faketime/libfaketimeMT.so.1")).find(|p| p.exists());
    found.expect("Debian's package libfaketime; run ./test.sh --install-only")
}

/// Waits until nothing was sent for some seconds; gives what each chat heard since `from`.
async fn heard(burst: &Burst, from: usize) -> HashMap<i64, Vec<String>> {
    let (mut count, mut quiet) = (0, 0);
    while quiet < 8 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = burst.fake.sends().len();
        quiet = if now == count { quiet + 1 } else { 0 };
        count = now;
    }
    let mut heard: HashMap<i64, Vec<String>> = HashMap::new();
    for sent in burst.fake.sends().into_iter().skip(from) {
        heard.entry(sent.chat).or_default().push(sent.text);
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_ahead_makes_one_message_a_person_and_a_day_back_repeats_and_stops_nothing() {
    let mut office = Office::new();
    office.file("offset", "+0");
    office.environment = vec![
        ("LD_PRELOAD", library().display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", office.path().join("offset").display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    let burst = Burst::with(office, "[database]\nurl = \"sqlite:office.db\"\n", OFFICIALS).await;
    burst.office.file("ledger.csv", &ledger(1..=OFFICIALS, 5));
    let mut gateway = burst.office.serve(free_port());
    gateway.is_ready().await;
    burst.begins();
    within_seconds(30, "the burst", || burst.untold() == 0).await;
    heard(&burst, 0).await;

    let before = burst.fake.sends().len();
    burst.office.file("offset", "+7d");
    let after = heard(&burst, before).await;
    let (summaries, notices): (Vec<_>, Vec<_>) =
        after.values().flatten().partition::<Vec<&String>, _>(|text| text.contains("日调度"));
    println!(
        "a week ahead: {} messages to {} people, and {} summaries of a day",
        notices.len(),
        after.len(),
        summaries.len()
    );
    assert!(after.len() >= OFFICIALS as usize, "the overdue are told");
    assert!(notices.len() <= after.len(), "more than one message a person: {notices:#?}");

    let before = burst.fake.sends().len();
    burst.office.file("offset", "+6d");
    let after = heard(&burst, before).await;
    println!("a day back: {} messages", after.values().map(Vec::len).sum::<usize>());
    assert!(after.is_empty(), "{after:?}");

    // Work goes on by the new clock, also where another process left off by the old one.
    gateway.signal("KILL");
    gateway.ended().await;
    gateway = burst.office.serve(free_port());
    gateway.is_ready().await;
    let mut answered = Vec::new();
    burst.answers(&mut answered, OFFICIALS as usize);
    let took = within_seconds(60, "answers are confirmed", || burst.confirmed().len() == OFFICIALS as usize).await;
    println!("answers after a crash a day back: confirmed in {:.1} s", took.as_secs_f64());
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
    assert_eq!(burst.doubled(), 0);
    burst.is_whole(answered.len());
}
