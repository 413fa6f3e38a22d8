//! The primary dies in the middle of a burst; its synchronous standby is promoted and the gateways follow to it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::burst::{Burst, within_seconds};
use crate::office::{Office, free_port};
use crate::postgres::{self, Postgres};

/// A primary that acknowledges nothing which its standby has not on disk.
fn pair() -> (Postgres, Postgres) {
    let primary = postgres::start(&[]);
    let standby = primary.standby();
    assert!(primary.stop("fast"));
    primary.start(&["synchronous_standby_names=standby"]);
    (primary, standby)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_failover_is_there_after_it() {
    let (primary, standby) = pair();
    let servers = format!("127.0.0.1:{},127.0.0.1:{}", primary.port, standby.port);
    let sections = format!(
        "[database]\nurl = \"postgres://postgres@{servers}/postgres\"\nlease_seconds = 3\n[watchdog]\nstalled_seconds = 10\n"
    );
    let burst = Burst::with(Office::new(), &sections, 100).await;
    let mut gateways: Vec<_> = (0..2).map(|_| burst.office.serve(free_port())).collect();
    for gateway in &gateways {
        gateway.is_ready().await;
    }
    burst.begins();
    let mut answered = Vec::new();
    within_seconds(60, "answers", || {
        burst.answers(&mut answered, 5);
        burst.confirmed().len() >= 20
    })
    .await;

    // The primary and one gateway die at the same moment.
    gateways[0].signal("KILL");
    assert!(primary.stop("immediate"));
    let died = Instant::now();
    let acknowledged: HashSet<i64> = burst.confirmed();
    let before = burst.fake.sends().len();
    gateways[0].ended().await;
    burst.answers(&mut answered, 20);
    tokio::time::sleep(Duration::from_secs(1)).await;
    standby.promote();
    let promoted = died.elapsed();
    gateways[0] = burst.office.serve(free_port());
    within_seconds(30, "the new primary is found", || burst.fake.sends().len() > before + 5).await;
    let found = died.elapsed();

    // Before anything else is answered: what was confirmed in a chat is in the database.
    let kept = burst.claimed();
    assert!(kept >= acknowledged.len() as i64, "{kept} of {} acknowledged answers", acknowledged.len());
    burst.ends(&mut answered).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let doubled = burst.doubled();
    println!(
        "failover: {} acknowledged before, lost 0; untold {}, doubled {doubled}; promoted after {:.1} s, work after {:.1} s",
        acknowledged.len(),
        burst.untold(),
        promoted.as_secs_f64(),
        found.as_secs_f64()
    );
    for gateway in &mut gateways {
        gateway.signal("TERM");
        assert!(gateway.ended().await.success(), "{}", gateway.log());
    }
    burst.is_whole(100);
    // One kill, and what was on the wire when the database died.
    assert!(doubled <= 1 + 32, "{doubled} doubled");
}
