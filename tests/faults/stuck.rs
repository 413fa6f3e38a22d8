//! One stuck channel, one chat that hangs and one that is refused for ever delay nobody else.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpListener;

use crate::burst::{Burst, COLUMNS, chat, ledger, p99, within_seconds};
use crate::fake_telegram::Fault;
use crate::office::{Office, free_port};

const OFFICIALS: i64 = 80;
const BY_MAIL: i64 = 40;

/// A mail server that takes connections and never says a word.
async fn silent_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    port
}

/// How late officials were told whose chats are well: the p99, in a burst with or without trouble beside them.
async fn lateness(trouble: bool) -> Duration {
    let sections = format!(
        "[database]\nurl = \"sqlite:office.db\"\n[mail]\nfrom = \"bell@example.org\"\nmessage_domain = \"example.org\"\n\
         [mail.transport]\ntype = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"\n",
        silent_server().await
    );
    let burst = Burst::with(Office::new(), &sections, OFFICIALS).await;
    let well = OFFICIALS - 2;
    let mut rows: Vec<i64> = (1..=well).collect();
    if trouble {
        let mut people = COLUMNS.to_owned();
        for n in OFFICIALS + 1..=OFFICIALS + BY_MAIL {
            let phone = 13_900_000_000 + n;
            people += &format!(
                "官{n}号,青石县/青石镇,站员{n},staff,{phone},zh-CN,Asia/Shanghai,,official{n}@example.org,mail,\n"
            );
        }
        burst.office.file("by_mail.csv", &people);
        burst.office.run(&["import", "--people", "by_mail.csv"]);
        burst.fake.will_always(chat(well + 1), Fault::Slow(Duration::from_secs(30)));
        let busy = json!({ "retry_after": 1 });
        burst.fake.will_always(chat(well + 2), Fault::Refuse(429, "Too Many Requests: retry after 1", busy));
        // The troubled ones first, so that all others come after them.
        rows = (well + 1..=OFFICIALS + BY_MAIL).chain(rows).collect();
    }
    burst.office.file("ledger.csv", &ledger(rows, 20));
    let mut gateway = burst.office.serve(free_port());
    gateway.is_ready().await;
    let start: Instant = burst.begins();
    let told = || burst.told().keys().filter(|c| **c <= chat(well)).count() as i64;
    within_seconds(60, "those who are well are told", || told() == well).await;
    let mut delays: Vec<Duration> = burst
        .told()
        .into_iter()
        .filter(|(c, _)| *c <= chat(well))
        .map(|(_, times)| times[0].saturating_duration_since(start))
        .collect();
    delays.sort_unstable();
    gateway.signal("KILL");
    gateway.ended().await;
    p99(&delays)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_mail_server_a_hanging_chat_and_a_busy_one_delay_no_other() {
    let (undisturbed, disturbed) = (lateness(false).await, lateness(true).await);
    println!(
        "p99 of the others: {} ms beside stuck ones, {} ms without",
        disturbed.as_millis(),
        undisturbed.as_millis()
    );
    assert!(disturbed < 2 * undisturbed + Duration::from_millis(500));
}
