//! Nothing untrue or clumsy is said, to superiors above all.

mod checked;

use dutybell::core::message::Message;
use dutybell::core::org::Leave;
use dutybell::store::people;

use crate::story::{PACK, Story, at, row};
use checked::Office;

/// Every message that was sent, held against the store at the instant at which it was sent.
async fn is_true(story: &Story) {
    let office = Office::of(story).await;
    let wrong = office.wrong_statements().await;
    assert!(wrong.is_empty(), "{} of {} statements: {wrong:#?}", wrong.len(), office.checked.get());
    assert!(office.checked.get() > 100, "only {} statements were found to check", office.checked.get());
}

/// Somebody is on leave and another stands in.
async fn on_leave(story: &Story, who: &str, deputy: &str, from: &str, until: &str) {
    let directory = story.gateway.directory().await.expect("reads");
    let id = |name: &str| directory.people_named(name)[0].id;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let leave = Leave { person: id(who), deputy: id(deputy), from: at(from), until: at(until) };
    people::put_leave(&mut tx, &leave).await.expect("stores");
    people::touch_directory(&mut tx).await.expect("stores");
    crate::story::kept(tx, story.gateway.now()).await;
}

async fn last_to(story: &Story, login: &str) -> Message {
    let sent = story.gateway.store.sent_to("desk", login, 50).await.expect("reads");
    sent.iter().rev().find(|m| !m.is_answer).unwrap_or_else(|| panic!("{login} heard nothing")).body.clone()
}

fn words_of(message: &Message) -> String {
    let lines = message
        .sections
        .iter()
        .flat_map(|s| s.lines.iter().map(move |l| format!("{} {} {}", s.heading, l.title, l.detail)));
    [message.title.clone()].into_iter().chain(message.lead.clone()).chain(lines).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_letter_to_a_superior_names_the_absent_as_responsible_with_who_stands_in() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-28", "张三")]).await;
    on_leave(&story, "张三", "孙八", "09-26 00:00", "10-20 00:00").await;
    story.until("10-08 12:00").await;
    let letter = words_of(&last_to(&story, "wangwu").await);
    assert!(letter.contains("责任人张三（孙八代）"), "{letter}");
}

#[tokio::test]
async fn a_letter_to_a_superior_names_the_deputy_as_the_one_who_reported() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    on_leave(&story, "张三", "孙八", "09-23 00:00", "10-20 00:00").await;
    story.until("09-26 10:00").await;
    let code = story.item("K1").await.code;
    story.says("sunba", &format!("{code} blocked: waiting for parts")).await;
    story.until("09-26 12:00").await;
    let letter = words_of(&last_to(&story, "wangwu").await);
    assert!(letter.contains("孙八报受阻") && !letter.contains("张三报受阻"), "{letter}");
    assert!(!letter.contains("张三（孙八代）报"), "{letter}");
}

#[tokio::test]
async fn an_escalation_over_an_item_that_is_not_due_yet_is_not_headed_overdue() {
    // Nobody acknowledges: the assigner hears before the deadline.
    let mut story = Story::with(&[row("K1", "重大", "2022-10-14", "张三")]).await;
    story.until("09-27 18:00").await;
    let mut early = 0;
    for login in ["wangwu", "qianqi", "lisi", "zhaoliu"] {
        for message in story.gateway.store.sent_to("desk", login, 50).await.expect("reads") {
            let text = words_of(&message.body);
            assert!(!text.contains("逾期督办") && !text.contains("已逾期"), "{login}: {text}");
            early += usize::from(!message.is_answer);
        }
    }
    assert!(early > 0, "nobody was told before the deadline");
}

#[tokio::test]
async fn a_medium_hazard_is_never_called_a_major_one() {
    let pack = PACK.replace("needs_interim = [\"major\"]", "needs_interim = [\"larger\", \"major\"]");
    assert!(pack != PACK, "the pack names what needs interim protection");
    let mut story = Story::with_pack(&pack).await;
    story.imports(&[("ledger.csv", &crate::story::ledger(&[row("K1", "较大", "2022-10-14", "张三")]))]).await;
    story.until("09-23 10:00").await;
    let echo = story.says("zhangsan", "延期3天，原因：配件未到").await;
    assert!(echo.contains("临时措施") && !echo.contains("重大"), "{echo}");
}

#[tokio::test]
async fn a_reason_is_what_was_read_as_one_without_number_and_neighbours() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-10-14", "张三"), row("K2", "一般", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    story.says("zhangsan", "2不归我管").await;
    story.until("09-23 12:00").await;
    let letter = words_of(&last_to(&story, "zhaoliu").await);
    assert!(letter.contains("原因：不归我管"), "{letter}");
}

#[tokio::test]
async fn a_verification_that_waits_since_yesterday_is_said_in_hours_or_days_not_called_long() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-26 16:00").await;
    story.says("zhangsan", "完成").await;
    story.until("09-30 18:00").await;
    for login in ["lisi", "zhaoliu", "wangwu"] {
        for message in story.gateway.store.sent_to("desk", login, 50).await.expect("reads") {
            let text = words_of(&message.body);
            assert!(!text.contains("已久"), "{login}: {text}");
        }
    }
}

#[tokio::test]
async fn numbers_and_nouns_agree_in_english() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "孙八")]).await;
    story.says("sunba", "ok").await;
    story.until("10-12 12:00").await;
    let all: Vec<String> = story.heard("sunba").into_iter().map(|(_, text)| text).collect();
    let said = all.join("\n");
    for wrong in [" 1 working days", "1 items", "1 minutes", " 1 days", "1 hours"] {
        assert!(!said.contains(wrong), "{wrong}: {said}");
    }
    assert!(said.contains("1 working day"), "{said}");
}

#[tokio::test]
async fn every_statement_of_the_fortnight_is_true() {
    let mut story = Story::with(&[
        row("K1", "一般", "2022-09-30", "张三"),
        row("K2", "重大", "2022-10-03", "张三"),
        row("K3", "较大", "2022-10-10", "孙八"),
        row("K4", "一般", "2022-09-28", "钱七"),
    ])
    .await;
    on_leave(&story, "张三", "孙八", "09-29 00:00", "10-09 00:00").await;
    let codes = [story.item("K1").await.code, story.item("K3").await.code, story.item("K4").await.code];
    for (time, who, text) in [
        ("09-23 10:01", "zhangsan", "收到".to_owned()),
        ("09-28 10:02", "qianqi", format!("{} 受阻：等设备", codes[2])),
        ("09-30 10:03", "sunba", format!("{} done", codes[0])),
        ("09-30 15:04", "lisi", format!("{} 不合格：接地仍失效", codes[0])),
        ("10-08 10:05", "sunba", format!("{} +3d, reason: parts on order", codes[1])),
        ("10-08 15:06", "wangwu", "同意".to_owned()),
    ] {
        story.until(time).await;
        story.says(who, &text).await;
    }
    story.until("10-14 20:00").await;
    is_true(&story).await;
}

/// A quarter of an office's life: forty items, answers of all kinds drawn from a seed, leave and a change of hands.
#[tokio::test]
async fn every_statement_of_a_quarter_is_true() {
    let severities = ["一般", "一般", "较大", "重大"];
    let people = ["张三", "钱七", "孙八"];
    let rows: Vec<String> = (0..40)
        .map(|n| {
            let due = at("09-27 00:00").date_naive() + chrono::Duration::days(n as i64 * 2);
            row(&format!("K{n}"), severities[n % 4], &due.to_string(), people[n % 3])
        })
        .collect();
    let mut story = Story::with(&rows).await;
    on_leave(&story, "张三", "钱七", "10-11 00:00", "10-22 00:00").await;
    on_leave(&story, "李四", "赵六", "11-01 00:00", "11-08 00:00").await;
    let mut draw = checked::Draw(20_221_201);
    let mut now = at("09-23 10:07");
    while now < at("12-20 00:00") {
        story.until_at(now).await;
        for _ in 0..2 {
            let key = format!("K{}", draw.below(40));
            let item = story.item(&key).await;
            let (who, text) = checked::an_answer(&mut draw, &item, people);
            story.says(who, &format!("{} {text}", item.code)).await;
        }
        now += chrono::Duration::minutes(60 * 11 + 13);
    }
    is_true(&story).await;
}
