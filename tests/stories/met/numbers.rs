//! Numbers that stay: a number is one item's for its reader until the item is finished.

mod month;
mod upgraded;

use std::collections::BTreeSet;
use std::sync::Arc;

use dutybell::app::items;
use dutybell::app::people::merge;
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::core::item::{ItemId, State};
use dutybell::core::message::Action;
use dutybell::core::numbers::Numbers;
use dutybell::core::org::PersonId;
use dutybell::core::subject::Subject;
use dutybell::store::outbox::StoredMessage;
use dutybell::store::{inbox, numbers, people};

use crate::story::{PACK, Recorder, Story, at, ledger, row};

fn rows(keys: &[&str], due: &str, who: &str) -> Vec<String> {
    keys.iter().map(|key| row(key, "一般", due, who)).collect()
}

async fn person(story: &Story, name: &str) -> PersonId {
    story.gateway.directory().await.expect("reads").people_named(name)[0].id
}

async fn known(story: &Story, name: &str) -> Numbers {
    let person = person(story, name).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    numbers::of(&mut tx, person).await.expect("reads")
}

/// The number by which somebody knows an item.
async fn number(story: &Story, name: &str, key: &str) -> u32 {
    let (known, id) = (known(story, name).await, story.item(key).await.id);
    let found = known.in_use().find(|(_, named)| *named == Subject::Item(id));
    found.unwrap_or_else(|| panic!("{key} has no number for {name}")).0
}

async fn messages(story: &Story, channel: &str, address: &str) -> Vec<StoredMessage> {
    story.gateway.store.sent_to(channel, address, 500).await.expect("reads")
}

async fn states(story: &Story, keys: &[&str]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for key in keys {
        all.push(story.state(key).await);
    }
    all
}

#[tokio::test]
async fn a_number_is_the_same_in_the_reminder_the_menu_the_question_and_the_next_day() {
    let mut all = rows(&["K1", "K2", "K3"], "2022-10-14", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    let (first, second, third) =
        (number(&story, "张三", "K1").await, number(&story, "张三", "K2").await, number(&story, "张三", "K3").await);
    assert_eq!((first, second, third), (1, 2, 3));
    // What is more pressing comes first in the list, and last in the numbers.
    all.push(row("K4", "重大", "2022-09-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-26 10:00").await;
    let menu = story.says("zhangsan", "我的任务").await;
    let place = |text: &str, what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    let code = story.item("K4").await.code;
    assert!(place(&menu, &format!("④{code}")) < place(&menu, "①"), "{menu}");
    let asked = story.says("zhangsan", "完成").await;
    assert!(asked.contains(&format!("④{code}")), "{asked}");
    story.says("zhangsan", "4").await;
    assert_eq!(states(&story, &["K1", "K2", "K3", "K4"]).await, ["assigned", "assigned", "assigned", "reported_done"]);
    story.until("09-27 09:00").await;
    story.says("zhangsan", "2完成").await;
    assert_eq!(story.state("K2").await, "reported_done");
    // The verifier has numbers of their own, and may press them, too.
    story.until("09-27 15:00").await;
    let (pass, mine) = (story.item("K2").await, number(&story, "李四", "K2").await);
    story.presses("lisi", Action::VerifyPass, Some(mine)).await;
    assert_eq!((story.item("K2").await.id, story.state("K2").await), (pass.id, "closed"));
}

#[tokio::test]
async fn the_question_which_one_takes_the_number_that_it_shows_pressed_or_written_and_no_place() {
    let mut story = Story::with(&rows(&["K1", "K2", "K3"], "2022-10-14", "张三")).await;
    story.until("09-23 09:00").await;
    story.says("zhangsan", "1完成").await;
    let asked = story.says("zhangsan", "done").await;
    assert!(asked.contains('②') && asked.contains('③') && !asked.contains('①'), "{asked}");
    let answer = story.says("zhangsan", "1").await;
    assert!(answer.contains("没有第1项"), "what the question does not list is no answer to it: {answer}");
    story.says("zhangsan", "③").await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["reported_done", "assigned", "reported_done"]);
    let mut story = Story::with(&rows(&["K1", "K2", "K3"], "2022-10-14", "孙八")).await;
    story.until("09-23 09:00").await;
    story.says("sunba", "1 done").await;
    story.says("sunba", "fixed").await;
    story.presses("sunba", Action::Choose, Some(2)).await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["reported_done", "reported_done", "assigned"]);
}

#[tokio::test]
async fn a_message_about_one_item_says_its_number_where_its_reader_knows_numbers() {
    let mut all = rows(&["K1"], "2022-10-14", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    let alone = story.heard("zhangsan").last().expect("heard").1.clone();
    assert!(!alone.contains('①'), "the only one needs none: {alone}");
    all.push(row("K2", "一般", "2022-10-14", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-23 16:00").await;
    let second = story.heard("zhangsan").last().expect("heard").1.clone();
    assert!(second.contains("K2号工房") && second.contains("② "), "{second}");
    // A number that its reader was not shown is shown first; one that was is taken.
    let asked = story.says("zhangsan", "1完成，2延期3天，原因：缺件").await;
    assert!(asked.contains("①") && asked.contains("K1号工房"), "{asked}");
    assert_eq!(story.state("K1").await, "assigned");
    assert!(story.item("K1").await.extension.is_none() && story.item("K2").await.extension.is_some(), "{asked}");
    story.says("zhangsan", "1完成").await;
    assert_eq!(states(&story, &["K1", "K2"]).await, ["reported_done", "acknowledged"]);
}

#[tokio::test]
async fn a_number_that_names_nothing_is_answered_with_those_that_do() {
    for (name, login, words) in [("张三", "zhangsan", "7完成"), ("孙八", "sunba", "7 done")] {
        let mut story = Story::with(&rows(&["K1", "K2"], "2022-10-14", name)).await;
        story.until("09-23 09:00").await;
        let answer = story.says(login, words).await;
        for key in ["K1", "K2"] {
            assert!(answer.contains(&story.item(key).await.code), "{answer}");
        }
        assert!(answer.contains('①') && answer.contains('②') && answer.contains('7'), "{answer}");
        assert_eq!(states(&story, &["K1", "K2"]).await, ["assigned", "assigned"]);
    }
}

#[tokio::test]
async fn the_number_of_a_finished_item_says_so_rests_a_week_and_is_given_again() {
    let mut all = rows(&["K1", "K2"], "2022-10-28", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    let code = story.item("K1").await.code;
    story.says("zhangsan", "1完成").await;
    story.until("09-23 10:00").await;
    story.says("lisi", &format!("{code} 合格")).await;
    assert_eq!(story.state("K1").await, "closed");
    let answer = story.says("zhangsan", "1完成").await;
    assert!(answer.contains(&code) && answer.contains("已销号"), "{answer}");
    all.extend(rows(&["K3"], "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-26 10:00").await;
    assert_eq!(number(&story, "张三", "K3").await, 3, "it rests");
    story.until("09-30 10:01").await;
    all.extend(rows(&["K4"], "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("10-08 12:00").await;
    assert_eq!(number(&story, "张三", "K4").await, 1, "and is given again");
    // Who quotes the old list means what they see in it.
    let old = messages(&story, "desk", "zhangsan").await;
    let old = old.iter().find(|m| m.body.lines().count() == 2).expect("the first list").platform_id.clone();
    let answer = story.quotes("zhangsan", old.as_deref(), "1完成").await;
    assert!(answer.contains(&code) && story.state("K4").await != "reported_done", "{answer}");
    story.says("zhangsan", "1完成").await;
    assert_eq!(story.state("K4").await, "reported_done");
}

#[tokio::test]
async fn what_was_written_before_a_number_was_given_does_not_mean_it() {
    let mut all = rows(&["K1", "K2"], "2022-10-28", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    all.extend(rows(&["K3"], "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-26 10:00").await;
    assert_eq!(number(&story, "张三", "K3").await, 3);
    story.fetches_late(&[("zhangsan", at("09-23 08:50"), "3完成".to_owned())]).await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["assigned"; 3]);
    story.fetches_late(&[("zhangsan", at("09-26 10:00"), "3完成".to_owned())]).await;
    assert_eq!(story.state("K3").await, "reported_done");
}

#[tokio::test]
async fn who_hands_an_item_over_has_its_number_no_more_and_has_it_again_when_it_comes_back() {
    let mut all = rows(&["K1", "K2"], "2022-10-28", "张三");
    let mut story = Story::with(&all).await;
    story.until("09-23 09:00").await;
    let code = story.item("K1").await.code;
    story.says("zhaoliu", &format!("{code} 转钱七")).await;
    story.until("09-26 10:00").await;
    let in_use = known(&story, "张三").await.in_use().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(in_use, [2], "told that it is no longer theirs, they have no number of it");
    story.says("zhangsan", "1完成").await;
    assert_eq!(story.state("K1").await, "assigned");
    all.extend(rows(&["K3"], "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-27 10:00").await;
    assert_eq!(number(&story, "张三", "K3").await, 3);
    story.says("zhaoliu", &format!("{code} 转张三")).await;
    story.until("09-28 10:00").await;
    story.says("zhangsan", "我的任务").await;
    assert_eq!(number(&story, "张三", "K1").await, 1);
}

#[tokio::test]
async fn a_reopened_item_has_the_number_that_it_had() {
    let mut story = Story::with(&rows(&["K1", "K2"], "2022-10-28", "孙八")).await;
    story.until("09-23 09:00").await;
    let code = story.item("K1").await.code;
    items::close(&story.gateway, &crate::story::HOST, &code, "企业已关停").await.expect("closes");
    assert_eq!(known(&story, "孙八").await.in_use().count(), 1);
    story.until("09-26 10:00").await;
    items::reopen(&story.gateway, &crate::story::HOST, &code, "重新开工").await.expect("reopens");
    assert_eq!(number(&story, "孙八", "K1").await, 1);
    story.until("09-26 12:00").await;
    story.says("sunba", "1 done").await;
    assert_eq!(states(&story, &["K1", "K2"]).await, ["reported_done", "assigned"]);
}

#[tokio::test]
async fn two_gateways_at_once_give_no_number_twice_and_a_new_one_goes_on_where_the_old_one_stopped() {
    let mut all = Vec::new();
    for n in 0..40 {
        all.push(row(&format!("K{n}"), "一般", "2022-10-28", ["张三", "孙八", "钱七"][n % 3]));
    }
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &ledger(&all[..20]))]).await;
    let other = story.another_gateway().await;
    story.clock.set(at("09-23 09:00"));
    let (one, two) = tokio::join!(story.gateway.settle(), other.settle());
    one.and(two).expect("both settle");
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.clock.set(at("09-26 09:00"));
    let (one, two) = tokio::join!(other.settle(), story.gateway.settle());
    one.and(two).expect("both settle");
    story.until("09-26 12:00").await;
    for (name, login) in [("张三", "zhangsan"), ("孙八", "sunba"), ("钱七", "qianqi")] {
        let known = known(&story, name).await;
        let named: BTreeSet<Subject> = known.in_use().map(|(_, named)| named).collect();
        assert_eq!(named.len(), known.in_use().count());
        for message in messages(&story, "desk", login).await {
            for line in message.body.lines() {
                assert_eq!(known.get(line.number).map(|g| g.names), Some(line.subject), "{name}");
            }
        }
    }
    // Whatever a program does, the table takes no number twice.
    let person = person(&story, "张三").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let twice = sqlx::query(
        "INSERT INTO numbers (person_id, number, kind, named_id, given_at)
         SELECT person_id, number, kind, named_id + 1, given_at FROM numbers WHERE person_id = $1 AND number = 1",
    );
    assert!(twice.bind(person.0).execute(&mut *tx).await.is_err());
}

fn letter(id: &str, address: &str, reply_to: Option<&str>, text: &str) -> Update {
    let content = Content::Text {
        text: text.to_owned(),
        reply_to: reply_to.map(str::to_owned),
        quoted: None,
        forwarded: false,
        message: id.to_owned(),
    };
    let (sender, chat) = (Some(address.to_owned()), address.to_owned());
    let inbound = Inbound { sender, chat, private: true, sent_at: None, content };
    Update { id: id.to_owned(), offset: None, inbound, raw: String::new() }
}

async fn comes(story: &Story, channel: &str, update: Update) {
    inbox::receive(&story.gateway.store, channel, channel, &[update], story.gateway.now()).await.expect("stores");
    story.gateway.settle().await.expect("settles");
}

/// Gives people a first contact point.
async fn hear(story: &Story, who: &[(&str, &str, &str)]) {
    let now = story.gateway.now();
    for (name, channel, address) in who {
        let person = person(story, name).await;
        let mut tx = story.gateway.store.begin().await.expect("begins");
        people::put_contact(&mut tx, person, channel, address, -1, now).await.expect("stores");
        people::touch_directory(&mut tx).await.expect("stores");
        crate::story::kept(tx, story.gateway.now()).await;
    }
}

#[tokio::test]
async fn in_a_mailbox_of_two_a_number_counts_for_the_answered_letter_that_shows_it_only() {
    let box_of_two = "office@qingshi.example";
    let mut story = Story::begin().await;
    hear(&story, &[("张三", "mail", box_of_two), ("钱七", "mail", box_of_two)]).await;
    let mut all = rows(&["K1", "K2", "K3"], "2022-10-28", "张三");
    all.extend(rows(&["K4", "K5"], "2022-10-28", "钱七"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-23 10:00").await;
    let sent = messages(&story, "mail", box_of_two).await;
    let of = |count: usize| sent.iter().find(|m| m.body.lines().count() == count).expect("sent").platform_id.clone();
    let (three, two) = (of(3), of(2));
    // Number 3 stands in the colleague's letter; the writer of this one has none.
    comes(&story, "mail", letter("s1", box_of_two, two.as_deref(), "3完成")).await;
    comes(&story, "mail", letter("s2", box_of_two, None, "1完成")).await;
    assert_eq!(states(&story, &["K1", "K2", "K3", "K4", "K5"]).await, ["assigned"; 5]);
    all.extend(rows(&["K6"], "2022-10-28", "钱七"));
    story.imports(&[("ledger.csv", &ledger(&all))]).await;
    story.until("09-26 10:00").await;
    assert_eq!(number(&story, "钱七", "K6").await, 3);
    // It does not show a third: the colleague's letter beside it does.
    comes(&story, "mail", letter("s3", box_of_two, two.as_deref(), "3完成")).await;
    assert_eq!(states(&story, &["K3", "K6"]).await, ["assigned"; 2]);
    comes(&story, "mail", letter("s4", box_of_two, three.as_deref(), "3完成")).await;
    assert_eq!(states(&story, &["K3", "K6"]).await, ["reported_done", "assigned"]);
}

#[tokio::test]
async fn a_number_read_on_the_telephone_is_answered_by_mail_and_the_other_way_round() {
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "")).await;
    let telegram = Recorder::named("telegram");
    story.also_has(vec![Arc::new(telegram.clone())]);
    hear(&story, &[("孙八", "telegram", "800800")]).await;
    story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K3"], "2022-10-28", "孙八")))]).await;
    story.until("09-23 10:00").await;
    assert!(!telegram.calls.lock().expect("no panic").is_empty());
    comes(&story, "mail", letter("t1", "sunba@qingshi.example", None, "2 done")).await;
    comes(&story, "telegram", letter("t2", "800800", None, "3 done")).await;
    assert_eq!(states(&story, &["K1", "K2", "K3"]).await, ["assigned", "reported_done", "reported_done"]);
    let undone = messages(&story, "mail", "sunba@qingshi.example").await.pop().expect("answered");
    comes(&story, "mail", letter("t3", "sunba@qingshi.example", undone.platform_id.as_deref(), "1 done")).await;
    assert_eq!(story.state("K1").await, "reported_done", "a quoted answer that lists nothing hides no number");
}

#[tokio::test]
async fn merged_entries_keep_what_only_one_had_and_a_number_of_both_is_shown_first() {
    let mut all = rows(&["K1", "K2", "K3"], "2022-10-28", "张三");
    all.extend(rows(&["K4", "K5"], "2022-10-28", "钱七"));
    let mut story = Story::with(&all).await;
    story.until("09-23 10:00").await;
    let (from, into) = (person(&story, "张三").await, person(&story, "钱七").await);
    merge(&story.gateway, &crate::story::HOST, from, into, true).await.expect("merges");
    story.gateway.settle().await.expect("settles");
    let asked = story.says("qianqi", "1完成").await;
    assert!(asked.contains("①") && asked.contains("K4号工房"), "{asked}");
    assert_eq!(states(&story, &["K1", "K4"]).await, ["assigned", "assigned"]);
    story.says("qianqi", "3完成").await;
    assert_eq!(states(&story, &["K3", "K5"]).await, ["reported_done", "assigned"]);
}

#[tokio::test]
async fn beyond_twenty_and_beyond_a_hundred_a_number_still_names_its_item_and_undo_takes_it_back() {
    let keys: Vec<String> = (1..=24).map(|n| format!("K{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut story = Story::with(&rows(&keys, "2022-10-28", "张三")).await;
    story.until("09-23 10:00").await;
    let (id, state) = item_of(&story, "张三", 23).await;
    assert_eq!(state, State::Assigned);
    story.says("zhangsan", "23完成").await;
    assert_eq!(item_of(&story, "张三", 23).await, (id, State::ReportedDone));
    story.presses("zhangsan", Action::Undo, None).await;
    assert_eq!(item_of(&story, "张三", 23).await, (id, State::Assigned));
}

async fn item_of(story: &Story, name: &str, number: u32) -> (ItemId, State) {
    let id = known(story, name).await.get(number).expect("given").names.item().expect("an item");
    (id, story.gateway.store.item(id).await.expect("reads").expect("is there").state)
}
