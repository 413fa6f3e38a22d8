//! Prometheus' Alertmanager: alerts → one group each → webhook. It keeps what it sent in memory and writes snapshots,
//! so nothing of its work is as durable as a row in a database.

use std::process::Command;
use std::time::Duration;

use crate::bench::{Bench, Options, Worker, best, file, install};
use crate::database::Base;
use crate::job::Batch;
use crate::table::Row;
use crate::{measure, ours, postgres, sink};

const NAME: &str = "Alertmanager: alerts, a group each";
/// More groups than that it is not made for.
const MOST: usize = 5_000;

pub async fn row(bench: &Bench, options: &Options) -> Row {
    let jobs = options.jobs.min(MOST);
    best(options.rounds, Row::new(NAME, Base::Sqlite), async || measured(bench, jobs).await).await
}

async fn measured(bench: &Bench, jobs: usize) -> anyhow::Result<Row> {
    install("alertmanager")?;
    let folder = file(bench, "alertmanager");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("alertmanager.yml");
    std::fs::write(
        &config,
        format!(
            "route:\n  receiver: sink\n  group_by: [id]\n  group_wait: 0s\n  group_interval: 1h\n  repeat_interval: 24h\n\
             receivers:\n- name: sink\n  webhook_configs:\n  - url: http://{}/job\n    send_resolved: false\n",
            bench.sink.address
        ),
    )?;
    let address = format!("127.0.0.1:{}", postgres::free_port());
    let mut command = Command::new("prometheus-alertmanager");
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.display()))
        .arg(format!("--web.listen-address={address}"))
        .args(["--cluster.listen-address=", "--log.level=warn"]);
    let worker = Worker::spawn(command, "alertmanager")?;
    let client = ours::client()?;
    let ready = format!("http://{address}/-/ready");
    let mut tries = 0;
    while client.get(&ready).send().await.is_err() {
        tries += 1;
        anyhow::ensure!(tries < 100, "it does not get ready");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.sink.reset().await?;
    let cpu = measure::cpu(worker.pid());
    let batch = Batch::now(jobs);
    let alerts: Vec<serde_json::Value> = batch
        .jobs()
        .map(|(n, due)| {
            serde_json::json!({
                "labels": { "alertname": "post", "id": format!("now-{n}") },
                "annotations": { "due": due.to_string(), "text": batch.text() },
            })
        })
        .collect();
    for some in alerts.chunks(500) {
        let request = client.post(format!("http://{address}/api/v2/alerts")).header("content-type", "application/json");
        request.body(serde_json::to_string(some)?).send().await?.error_for_status()?;
    }
    bench.sink.wait(jobs).await?;
    let stats: sink::Stats = bench.sink.stats().await?;
    Ok(Row {
        rate: Some(jobs as f64 / ((stats.last - stats.first) as f64 / 1e6)),
        cpu: Some((measure::cpu(worker.pid()) - cpu) / (jobs as f64 / 1_000.0)),
        peak: Some(measure::peak(worker.pid())),
        note: format!("{jobs} alerts, not stored one by one; taking them in is part of its work"),
        ..Row::new(NAME, Base::Sqlite)
    })
}
