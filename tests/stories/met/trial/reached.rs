//! Whether a message reaches anybody: a page that its owner never opened does not.

use std::sync::Arc;

use dutybell::app::health::{Grade, Look};
use dutybell::app::people::{Register, unlinked};
use dutybell::channel::desk::Desk;
use dutybell::store::links;

use super::who;
use crate::story::{PEOPLE, Recorder, Story, UNITS, at, ledger, row};

/// The office with its real page, which wants to be opened, and with mail.
fn with_page(story: &mut Story) {
    let mail = story.mail.clone();
    with_page_and(story, mail);
}

fn with_page_and(story: &mut Story, mail: Recorder) {
    story.has_only(vec![Arc::new(Desk::default()), Arc::new(mail)]);
}

async fn opens(story: &Story, login: &str, until: &str) {
    let person = who(story, &format!("desk:{login}")).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    links::open_session(&mut tx, person, login, &format!("token of {login}"), at(until)).await.expect("opens");
    tx.commit().await.expect("commits");
}

async fn on_page(story: &Story, login: &str) -> usize {
    story.gateway.store.sent_to("desk", login, 50).await.expect("reads").len()
}

fn by_mail(story: &Story, login: &str) -> usize {
    let calls = story.mail.calls.lock().expect("no panic in tests");
    calls.iter().filter(|c| c.address == format!("{login}@qingshi.example")).count()
}

async fn gets(story: &mut Story, key: &str) {
    story.imports(&[("ledger.csv", &ledger(&[row(key, "一般", "2022-12-20", "张三")]))]).await;
    let later = story.gateway.now() + chrono::Duration::minutes(20);
    story.until_at(later).await;
}

#[tokio::test]
async fn a_page_that_nobody_ever_opened_is_passed_over_for_the_next_channel() {
    let mut story = Story::begin().await;
    with_page(&mut story);
    gets(&mut story, "A1").await;
    assert_eq!((on_page(&story, "zhangsan").await, by_mail(&story, "zhangsan")), (0, 1));
    opens(&story, "zhangsan", "10-20 09:00").await;
    gets(&mut story, "A2").await;
    assert_eq!((on_page(&story, "zhangsan").await, by_mail(&story, "zhangsan")), (1, 1));
    // After ninety days the page asks for a new link: it shows nothing to anybody.
    story.until("10-20 10:00").await;
    let before = (on_page(&story, "zhangsan").await, by_mail(&story, "zhangsan"));
    gets(&mut story, "A3").await;
    assert_eq!((on_page(&story, "zhangsan").await, by_mail(&story, "zhangsan")), (before.0, before.1 + 1));
}

#[tokio::test]
async fn who_has_nothing_but_a_page_that_they_never_opened_counts_as_not_reached() {
    let people = PEOPLE.replace("zhangsan@qingshi.example", "");
    let mut story = Story::empty().await;
    story.imports(&[("units.csv", UNITS), ("people.csv", &people)]).await;
    with_page(&mut story);
    gets(&mut story, "A1").await;
    // It waits on the page for them to open it; nothing is lost.
    assert_eq!(on_page(&story, "zhangsan").await, 1);
    let person = who(&story, "张三").await;
    let register = Register::read(&story.gateway).await.expect("reads");
    let missing = unlinked(&story.gateway, &register);
    assert_eq!(missing.no_way, [person]);
    assert_eq!(missing.by_channel.iter().map(|(_, people)| people.len()).sum::<usize>(), 8, "nobody opened the page");
    let findings = Look::read(&story.gateway, None).await.expect("reads").findings();
    let bad = findings.iter().filter(|f| f.grade > Grade::Good && f.what == "items").map(|f| f.text.clone());
    let bad = bad.collect::<Vec<_>>().join("\n");
    assert!(bad.contains("A1号工房"), "its owner hears nothing: {findings:#?}");
    let said = findings.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join("\n");
    assert!(said.contains("张三") && said.contains("people link"), "and the way out: {said}");
    assert!(!said.contains("each has a living owner who can be reached"), "{said}");
    opens(&story, "zhangsan", "12-20 09:00").await;
    let register = Register::read(&story.gateway).await.expect("reads");
    assert!(unlinked(&story.gateway, &register).no_way.is_empty());
    let findings = Look::read(&story.gateway, None).await.expect("reads").findings();
    assert!(!findings.iter().any(|f| f.grade > Grade::Good && f.what == "items"), "{findings:#?}");
}

#[tokio::test]
async fn what_waited_on_the_page_is_there_when_it_is_opened_and_mail_is_not_sent_twice() {
    let mut story = Story::begin().await;
    with_page(&mut story);
    opens(&story, "zhangsan", "12-20 09:00").await;
    gets(&mut story, "A1").await;
    assert_eq!((on_page(&story, "zhangsan").await, by_mail(&story, "zhangsan")), (1, 0));
    // Others who never opened theirs hear by mail, each once.
    story.until("09-26 18:00").await;
    assert!(by_mail(&story, "zhaoliu") > 0 && on_page(&story, "zhaoliu").await == 0);
}

#[tokio::test]
async fn a_channel_that_brings_no_answers_asks_for_none_and_doctor_names_who_cannot_answer() {
    let mut story = Story::begin().await;
    let mut mail = story.mail.clone();
    mail.deaf = true;
    with_page_and(&mut story, mail);
    gets(&mut story, "A1").await;
    let letters = |story: &Story| -> String {
        let calls = story.mail.calls.lock().expect("no panic in tests");
        calls.iter().filter(|c| c.address == "zhangsan@qingshi.example").map(|c| c.text.clone()).collect()
    };
    let text = letters(&story);
    assert!(text.contains("A1号工房") && !text.contains("可直接回复"), "{text}");
    assert!(text.contains("请勿直接回复") && text.contains("杨柳"), "whom to ask: {text}");
    let findings = Look::read(&story.gateway, None).await.expect("reads").findings();
    let deaf = |f: &&dutybell::app::health::Finding| f.text.contains("cannot answer");
    let said = findings.iter().find(deaf).unwrap_or_else(|| panic!("{findings:#?}"));
    assert!(said.grade == Grade::Warn && said.text.contains("mail.incoming"), "{said:?}");
    // Whoever opened their page can answer there.
    for login in ["wangwu", "zhaoliu", "yangliu", "zhengyi", "qianqi", "zhangsan", "lisi", "sunba"] {
        opens(&story, login, "12-30 09:00").await;
    }
    let findings = Look::read(&story.gateway, None).await.expect("reads").findings();
    assert!(!findings.iter().any(|f| deaf(&f)), "{findings:#?}");
}
