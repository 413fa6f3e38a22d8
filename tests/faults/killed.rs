//! SIGKILL at any moment, again and again, on SQLite.

use std::time::Duration;

use crate::burst::{Burst, Random};
use crate::office::free_port;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_and_counts_each_answer_once() {
    let burst = Burst::on("sqlite:office.db", 100).await;
    let mut random = Random::new();
    let port = free_port();
    let mut gateway = burst.office.serve(port);
    gateway.is_ready().await;
    burst.begins();
    let (mut kills, mut answered) = (0, Vec::new());
    while kills < 40 || burst.untold() > 0 || burst.answers(&mut answered, 10) < 100 {
        tokio::time::sleep(Duration::from_millis(random.between(50, 1_000))).await;
        burst.answers(&mut answered, 10);
        gateway.signal("KILL");
        gateway.ended().await;
        kills += 1;
        gateway = burst.office.serve(port);
        assert!(kills < 150, "{} not told, {} answered", burst.untold(), answered.len());
    }
    let recovered = burst.ends(&mut answered).await;
    // Whatever the last one held has come back by then.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (lost, doubled) = (burst.untold(), burst.doubled());
    println!("SQLite: {kills} kills; lost {lost}, doubled {doubled}; all read {recovered:.1} s after the last");
    assert_eq!(lost, 0);
    assert!(doubled <= kills, "{doubled} doubled by {kills} kills");
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
    burst.is_whole(100);
}
