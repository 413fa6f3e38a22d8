//! An office whose lists were sent before numbers stayed.

use dutybell::core::message::{Message, Numbering};
use dutybell::core::subject::Subject;

use super::{known, messages, number, rows, states};
use crate::met::upgrade::kept;
use crate::story::{Story, at, ledger};

/// Makes everything that was sent as it was before: places, and nobody has numbers.
async fn from_before(story: &Story, login: &str) {
    let sent = messages(story, "desk", login).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    sqlx::query("DELETE FROM numbers").execute(&mut *tx).await.expect("deletes");
    for message in sent {
        let mut body: Message = message.body.clone();
        body.numbering = Numbering::Places;
        // The last line comes first.
        let count = body.lines().count() as u32;
        for line in body.sections.iter_mut().flat_map(|s| &mut s.lines) {
            line.number = count + 1 - line.number;
        }
        sqlx::query("UPDATE messages SET body = $2 WHERE id = $1")
            .bind(message.id)
            .bind(serde_json::to_string(&body).expect("JSON"))
            .execute(&mut *tx)
            .await
            .expect("writes");
        sqlx::query("UPDATE message_lines SET number = -number WHERE message_id = $1")
            .bind(message.id)
            .execute(&mut *tx)
            .await
            .expect("writes");
        sqlx::query("UPDATE message_lines SET number = number + $2 WHERE message_id = $1")
            .bind(message.id)
            .bind(i64::from(count) + 1)
            .execute(&mut *tx)
            .await
            .expect("writes");
    }
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_quoted_list_from_before_means_what_it_showed_and_without_a_quote_nothing_is_guessed() {
    let mut all = rows(&["K1", "K2", "K3"], "2022-10-28", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    from_before(&story, "zhangsan").await;
    let old = messages(&story, "desk", "zhangsan").await.pop().expect("the list").platform_id;
    let answer = story.says("zhangsan", "1完成").await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["assigned"; 3], "{answer}");
    story.quotes("zhangsan", old.as_deref(), "1完成").await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["assigned", "assigned", "reported_done"]);
    // Items get numbers when they are next listed; the old list stays what it was.
    all.extend(rows(&["K4"], "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-26 10:00").await;
    story.says("zhangsan", "我的任务").await;
    let fourth = number(&story, "张三", "K4").await;
    let answer = story.quotes("zhangsan", old.as_deref(), "4完成").await;
    assert_eq!(story.state("K4").await, "assigned", "no fourth was in it: {answer}");
    story.quotes("zhangsan", old.as_deref(), "3完成").await;
    assert_eq!(states(&story, &["K1", "K2", "K4"]).await, ["reported_done", "assigned", "assigned"]);
    story.says("zhangsan", &format!("{fourth}完成")).await;
    assert_eq!(story.state("K4").await, "reported_done");
}

#[tokio::test]
async fn an_office_of_november_2026_goes_on_with_the_numbers_of_the_newest_list_that_each_was_sent() {
    let mut story = kept("2026-11").await;
    let sent = messages(&story, "desk", "sunba").await;
    let list = sent.iter().rev().find(|m| m.body.lines().count() > 1).expect("a list");
    let numbers = known(&story, "孙八").await;
    let mut open = 0;
    for line in list.body.lines() {
        let item =
            story.gateway.store.item(line.subject.item().expect("an item")).await.expect("reads").expect("is there");
        if item.state.is_open() {
            open += 1;
            assert_eq!(numbers.get(line.number).map(|g| (g.names, g.shown)), Some((Subject::Item(item.id), true)));
        }
    }
    assert!(open > 1 && numbers.in_use().count() == open, "{open}");
    story.until_at(at("10-14 12:00")).await;
    let after = known(&story, "孙八").await;
    for (number, named) in numbers.in_use() {
        assert_eq!(after.get(number).map(|g| g.names), Some(named), "{number} is what it was");
    }
}
