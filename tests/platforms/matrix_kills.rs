//! The real program, killed again and again in the middle of a burst to a real homeserver: a message is sent again
//! under the same transaction id, so nobody is told twice.

use std::collections::HashSet;
use std::time::Duration;

use crate::matrix;
use crate::office;
use futures::future::join_all;
use matrix::{Account, homeserver};
use office::{Office, free_port, pack};
use serde_json::Value;

const OFFICIALS: usize = 30;
const KILLS: usize = 25;

/// Accepts what invitations there are, and reads what was said in all rooms.
async fn told(official: &Account, bell: &Account, rooms: &mut HashSet<String>) -> Vec<Value> {
    if !official.invitations(&bell.id).await.is_empty() {
        rooms.insert(official.joins(&bell.id).await);
    }
    let mut told = Vec::new();
    for room in rooms.iter() {
        told.extend(official.heard(room, &bell.id).await);
    }
    told
}

fn reminders(told: &[Value]) -> usize {
    let is =
        |e: &&Value| matrix::edit(e).is_none() && e["content"]["body"].as_str().is_some_and(|b| b.contains("新交办"));
    told.iter().filter(is).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_and_doubles_nothing() {
    let bell = homeserver().person("bell").await;
    let officials = join_all((0..OFFICIALS).map(|_| homeserver().person("official"))).await;
    let office = Office::new();
    office.file("pack.toml", &pack());
    office.file("token", &bell.token);
    office.file(
        "dutybell.toml",
        &format!(
            "[office]\npolicy = \"pack.toml\"\n[database]\nurl = \"sqlite:office.db\"\nlease_seconds = 3\n\
             [matrix]\nhomeserver = \"{}\"\nuser_id = \"{}\"\naccess_token_file = \"token\"\n",
            homeserver().url(),
            bell.id
        ),
    );
    office.file("units.csv", "名称,上级,层级,日历\n青石县,,county,cn\n青石镇,青石县,township,\n");
    let mut people = "姓名,单位,职务,岗位角色,matrix,渠道\n李四,青石县,执法队长,supervisor,,desk:lisi\n".to_owned();
    let today = chrono::Utc::now().date_naive();
    let due = today + chrono::Duration::days(20);
    let mut ledger =
        "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n".to_owned();
    for (n, official) in officials.iter().enumerate() {
        people += &format!("官{n}号,青石县/青石镇,站员{n},staff,{},matrix\n", official.id);
        ledger += &format!("K{n},{today},青石县,青石镇,红星花炮厂,{n}号工房接地失效,一般,{due},官{n}号,李四,李四\n");
    }
    office.file("people.csv", &people);
    office.file("ledger.csv", &ledger);
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    let port = free_port();
    let mut gateway = office.serve(port);
    gateway.is_ready().await;
    office.run(&["import", "ledger.csv"]);

    let mut rooms = vec![HashSet::new(); OFFICIALS];
    let (mut kills, mut untold) = (0, OFFICIALS);
    while kills < KILLS || untold > 0 {
        // Now shorter, now longer: from the first calls of a send to well after its answer.
        tokio::time::sleep(Duration::from_millis(200 + 137 * (kills as u64 % 11))).await;
        gateway.signal("KILL");
        gateway.ended().await;
        kills += 1;
        gateway = office.serve(port);
        let all = officials.iter().zip(&mut rooms).map(|(official, rooms)| told(official, &bell, rooms));
        untold = join_all(all).await.iter().filter(|told| reminders(told) == 0).count();
        assert!(kills < 150, "{untold} not told");
    }
    // Whatever the last one held comes back after its lease.
    tokio::time::sleep(Duration::from_secs(6)).await;
    for (official, rooms) in officials.iter().zip(&rooms) {
        let room = rooms.iter().next().expect("told");
        official.says(room, "完成").await;
    }
    let mut confirmed = 0;
    let mut doubled = 0;
    for _ in 0..300 {
        let all = officials.iter().zip(&mut rooms).map(|(official, rooms)| told(official, &bell, rooms));
        let all = join_all(all).await;
        let confirms = |e: &Value| e["content"]["body"].as_str().is_some_and(|b| b.contains("报完成"));
        confirmed = all.iter().filter(|told| told.iter().any(confirms)).count();
        doubled = all.iter().map(|told| reminders(told) - 1).sum();
        if confirmed == OFFICIALS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let spare: usize = rooms.iter().map(|r| r.len() - 1).sum();
    println!(
        "{kills} kills: {OFFICIALS} told, {doubled} doubled, {spare} rooms too many; {confirmed} answers confirmed"
    );
    assert_eq!((confirmed, doubled), (OFFICIALS, 0), "{}", gateway.log());
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
}
