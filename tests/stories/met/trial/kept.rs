//! What commands say: nothing is lost unsaid, and nothing is said that is not so.

use std::process::Output;

use dutybell::app::people;

use super::{HOST, code, since, who};
use crate::office::Office;
use crate::story::{PEOPLE, Story, UNITS, row};

fn office() -> Office {
    let office = Office::new();
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    office
}

fn fails(office: &Office, arguments: &[&str]) -> String {
    let output: Output = office.command().args(arguments).output().expect("runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{arguments:?}: {text}");
    text
}

#[test]
fn unlinking_finds_the_one_account_and_says_when_there_is_none() {
    let office = office();
    let text = fails(&office, &["people", "unlink", "张三", "--channel", "telegram"]);
    assert!(text.contains("no account on telegram") && text.contains("desk"), "{text}");
    assert!(office.run(&["people", "unlink", "张三"]).contains("account on desk cut"));
    let text = fails(&office, &["people", "unlink", "张三"]);
    assert!(text.contains("no account"), "{text}");
}

#[test]
fn what_somebody_was_sent_is_shown_after_they_left_too() {
    let office = office();
    office.run(&["people", "offboard", "张三", "--yes"]);
    office.run(&["deliveries", "--on", "today", "--to", "张三"]);
}

#[tokio::test]
async fn merging_takes_the_telephone_or_names_the_one_that_is_not_taken() {
    let mut story = Story::begin().await;
    let head = PEOPLE.lines().next().expect("a header");
    let twin = |name: &str, phone: &str, login: &str| {
        format!("{head}\n{name},青石县/青石镇,工作人员,staff,{phone},zh-CN,Asia/Shanghai,{login},,desk,\n")
    };
    story.imports(&[("twin.csv", &twin("双影", "13811111111", "shuangying"))]).await;
    let (twin_of, stays) = (who(&story, "双影").await, who(&story, "张三").await);
    let shown = people::merge(&story.gateway, &crate::story::HOST, twin_of, stays, false).await.expect("shows");
    assert_eq!((shown.phone_lost.as_deref(), shown.phone_taken), (Some("13811111111"), None));
    let (from, into) = (stays, twin_of);
    story.imports(&[("twin.csv", &twin("无号", "", "wuhao"))]).await;
    let empty = who(&story, "无号").await;
    let done = people::merge(&story.gateway, &crate::story::HOST, from, empty, true).await.expect("merges");
    assert_eq!((done.phone_taken.as_deref(), done.phone_lost), (Some("13800000003"), None));
    assert_eq!(who(&story, "13800000003").await, empty, "found by it");
    assert_ne!(into, empty);
}

#[tokio::test]
async fn a_claim_of_the_ledger_without_a_day_is_given_none() {
    let mut story = Story::begin().await;
    let head = "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,责任领导,复查人,交办人,整改情况,完成时间";
    let (one, two) = (row("A1", "一般", "2022-10-20", "张三"), row("A2", "一般", "2022-10-20", "张三"));
    story.imports(&[("ledger.csv", &format!("{head}\n{one},已完成,\n{two},已完成,2022-09-20\n"))]).await;
    story.until("09-22 10:00").await;
    let text = since(&story, "lisi", 0);
    let of = |code: &str| text.lines().find(|l| l.contains(code)).unwrap_or_default().to_owned();
    let (first, second) = (of(&code(&story, "A1").await), of(&code(&story, "A2").await));
    assert!(first.contains("台账记为已完成") && !first.contains("08:30"), "{text}");
    assert!(second.contains("9月20日"), "{text}");
}

#[tokio::test]
async fn the_roles_that_somebody_takes_over_are_said_in_words() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-20", "张三")]).await;
    story.until("09-22 10:00").await;
    let (from, to) = (who(&story, "李四").await, who(&story, "郑一").await);
    let before = story.heard("zhengyi").len();
    people::hand_over(&story.gateway, &crate::story::HOST, from, to, None, true).await.expect("hands over");
    story.until("09-22 15:00").await;
    let text = since(&story, "zhengyi", before);
    assert!(text.contains("复查人") && !text.contains("role_"), "{text}");
    let shown = dutybell::app::items::show(&story.gateway, &HOST, &code(&story, "A1").await).await.expect("shows");
    assert!(shown.people.contains_key("verifier"));
}
