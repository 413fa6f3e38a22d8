//! Lists, pages and files that only read hold nobody up and wait for nobody.

use std::future::Future;
use std::time::Duration;

use crate::met::callers::HOST;
use crate::story::{Story, row};
use dutybell::app::people::Register;
use dutybell::app::{deliveries, items, pause, people};
use dutybell::core::org::Locale;
use dutybell::store::StoreError;

/// Longer than any of them takes, shorter than a database lets somebody wait.
const SOON: Duration = Duration::from_secs(4);

async fn at_once<T, E: std::fmt::Debug>(what: &str, reads: impl Future<Output = Result<T, E>>) {
    let read = tokio::time::timeout(SOON, reads).await;
    read.unwrap_or_else(|_| panic!("{what} waits for who writes")).unwrap_or_else(|e| panic!("{what}: {e:?}"));
}

#[tokio::test]
async fn what_only_reads_waits_for_nobody_who_writes() {
    let mut story = Story::with(&[row("K1", "重大", "2022-09-30", "张三")]).await;
    story.until("09-23 09:00").await;
    let (gateway, code) = (&story.gateway, story.item("K1").await.code);
    let writing = gateway.store.begin().await.expect("begins");
    at_once("people", Register::read(gateway)).await;
    at_once("absences", people::absences(gateway, None)).await;
    at_once("the register's file", gateway.export_register(Locale::ZhCn)).await;
    at_once("an item", items::find(gateway, &HOST, &code)).await;
    at_once("an item's story", items::show(gateway, &HOST, &code)).await;
    at_once("pauses", pause::list(gateway)).await;
    let day = gateway.now().date_naive();
    at_once("deliveries", deliveries::on_day(gateway, day, &deliveries::Wanted::default())).await;
    at_once("the table", gateway.export_json("story")).await;
    at_once("the log", async { gateway.store.verify_chain(&[]).await.map_err(|e: StoreError| e.to_string()) }).await;
    writing.rollback().await.expect("ends");
}
