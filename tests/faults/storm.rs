//! A storm: three gateways on PostgreSQL, hazards and answers all the time, and one of the three killed again and
//! again. `DUTYBELL_STORM_SECONDS` says how long.

use std::time::{Duration, Instant};

use crate::burst::{Burst, Random, chat, ledger, p99};
use crate::office::free_port;
use crate::postgres;

/// Hazards a second: with the confirmations below what the platform takes.
const WAVE: i64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storm() {
    let seconds = std::env::var("DUTYBELL_STORM_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(8);
    let server = postgres::start(&[]);
    let burst = Burst::on(&server.url(), seconds * WAVE).await;
    let mut random = Random::new();
    let mut gateways: Vec<_> = (0..3).map(|_| burst.office.serve(free_port())).collect();
    for gateway in &gateways {
        gateway.is_ready().await;
    }
    let (mut kills, mut answered, mut stored) = (0, Vec::new(), Vec::new());
    let start = Instant::now();
    let mut next_kill = start + Duration::from_millis(500);
    while stored.len() < seconds as usize {
        if start.elapsed() >= Duration::from_secs(stored.len() as u64) {
            let first = stored.len() as i64 * WAVE + 1;
            burst.office.file("ledger.csv", &ledger(first..first + WAVE, 20));
            stored.push(burst.begins());
        }
        if Instant::now() > next_kill {
            let n = random.between(0, 3) as usize;
            gateways[n].signal("KILL");
            gateways[n].ended().await;
            gateways[n] = burst.office.serve(free_port());
            kills += 1;
            next_kill = Instant::now() + Duration::from_millis(random.between(300, 2_500));
        }
        burst.answers(&mut answered, 2);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    burst.ends(&mut answered).await;
    // Whatever a dead one held has come back by then.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut late: Vec<Duration> = burst
        .told()
        .iter()
        .map(|(c, times)| times[0].saturating_duration_since(stored[((c - chat(1)) / WAVE) as usize]))
        .collect();
    late.sort_unstable();
    let (lost, doubled) = (burst.untold(), burst.doubled());
    println!(
        "storm of {seconds} s, {} told and {} answers: lost {lost}, duplicates {doubled} <= kills {kills}, late p99 {} ms",
        burst.officials,
        answered.len(),
        p99(&late).as_millis()
    );
    assert_eq!(lost, 0);
    assert!(doubled <= kills);
    burst.is_whole(answered.len());
    assert!(burst.fake.most_sends(Duration::from_secs(1), |_| true) <= 30);
}
