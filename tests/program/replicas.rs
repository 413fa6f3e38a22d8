//! Several gateways on one PostgreSQL: they share the work, and one that dies or stalls is replaced.

use std::time::{Duration, Instant};

use crate::burst;
use crate::office;
use crate::postgres;
use burst::Burst;
use office::{free_port, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_tell_everybody_once_within_the_platforms_limits_and_one_of_them_polls() {
    let server = postgres::start(&[]);
    let burst = Burst::on(&server.url(), 90).await;
    let (office, fake) = (&burst.office, &burst.fake);
    // Started together on the same schema.
    let mut replicas: Vec<_> = (0..3).map(|_| office.serve(free_port())).collect();
    for replica in &replicas {
        replica.is_ready().await;
    }
    until("polling", || fake.is_polled().then_some(())).await;
    office.run(&["import", "ledger.csv"]);
    until("all are told", || (burst.untold() == 0).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let twice = burst.doubled();
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
    let server = postgres::start(&[]);
    let burst = Burst::on(&server.url(), 120).await;
    let (office, fake) = (&burst.office, &burst.fake);
    let mut replicas: Vec<_> = (0..3).map(|_| office.serve(free_port())).collect();
    for replica in &replicas {
        replica.is_ready().await;
    }
    office.run(&["import", "ledger.csv"]);
    let (mut kills, mut pauses) = (0, 0);
    let mut n = 0;
    while burst.untold() > 0 {
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
        assert!(kills < 200, "{} not told", burst.untold());
    }
    // Whatever a dead one held comes back after its lease.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let doubled = burst.doubled();
    println!("killed {kills}, paused {pauses}; {} of 120 not told, {doubled} doubled", burst.untold());
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
    until("all claims", || (burst.claimed() == 30).then_some(())).await;
    println!("30 answers read {} s after the last kill", waited.elapsed().as_secs());
    let whole = office.run(&["audit", "verify"]);
    assert!(whole.starts_with("whole"), "{whole}");
    for replica in &mut replicas {
        replica.signal("TERM");
        assert!(replica.ended().await.success());
    }
}
