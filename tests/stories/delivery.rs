//! Getting a message to a person: merging, retries, other contact points, dead letters, withdrawals.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::story;
use dutybell::channel::desk::Desk;
use dutybell::channel::{Channel, Features, LimitScope, Outcome, Outgoing};
use dutybell::core::message::{Action, Message};
use dutybell::core::notice::{Notice, Reason};
use dutybell::core::policy::{Form, Urgency};
use dutybell::core::subject::Subject;
use dutybell::gateway::Gateway;
use dutybell::store::outbox::{self, NewMessage};
use dutybell::store::{Store, people};
use story::{Recorder, Story, row};

fn gone() -> Outcome {
    Outcome::AddressGone { reason: "bot was blocked by the user".into() }
}

fn down() -> Outcome {
    Outcome::Transient { reason: "connection refused".into() }
}

#[tokio::test]
async fn twelve_items_make_one_message() {
    let rows: Vec<String> = (1..=12).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let story = Story::with(&rows).await;
    let heard = story.heard("zhangsan");
    assert_eq!(heard.len(), 1);
    assert!(heard[0].1.contains("⑫"), "{}", heard[0].1);
}

#[tokio::test]
async fn a_blocked_chat_sends_the_same_message_by_mail_at_once() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![gone()]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.gateway.settle().await.expect("settles");
    assert_eq!(story.mail.calls.lock().expect("no panic").len(), 1, "the next contact point at the same instant");
    story.until("09-27 12:00").await;
    let desk = story.heard("zhangsan");
    assert_eq!(desk.len(), 1, "a dead address is not tried again");
    assert!(story.mail.calls.lock().expect("no panic").len() >= 2);
}

#[tokio::test]
async fn what_was_answered_elsewhere_asks_no_more() {
    for fixed in [false, true] {
        let mut story = Story::begin().await;
        story.mail.fixed.store(fixed, Ordering::Relaxed);
        story.desk.will("zhangsan", vec![gone()]);
        let rows = [row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")];
        story.imports(&[("ledger.csv", &story::ledger(&rows))]).await;
        story.gateway.settle().await.expect("settles");
        let code = story.item("K1").await.code;
        story.says("zhangsan", &format!("{code} 完成")).await;
        story.until("09-22 08:40").await;
        let mails = story.mail.calls.lock().expect("no panic").clone();
        let edits = story.mail.edits.lock().expect("no panic").clone();
        match fixed {
            false => {
                let (_, shown) = edits.last().expect("the mail is changed in place");
                assert!(shown.text.contains("→ 已记录") && !shown.buttons.is_empty(), "{shown:?}");
                assert_eq!(mails.len(), 1, "{mails:#?}");
            }
            true => {
                let said = mails.last().expect("said");
                assert!(said.text.contains(&code) && said.text.contains("已在别处答复"), "{said:?}");
                assert_eq!((mails.len(), edits.len()), (2, 0), "{mails:#?}");
            }
        }
        // Once for each item: more words about it are no news there.
        story.says("zhangsan", &format!("{code} 撤销")).await;
        story.says("zhangsan", &format!("{code} 在办")).await;
        assert_eq!(story.mail.calls.lock().expect("no panic").len(), mails.len());
    }
}

#[tokio::test]
async fn a_channel_for_urgent_words_is_passed_over_by_routine() {
    let mut story = Story::begin().await;
    let mut sms = Recorder::named("sms");
    sms.urgent_only = true;
    story.also_has(vec![Arc::new(sms.clone())]);
    let people = "姓名,单位,职务,岗位角色,渠道\n周九,青石县/青石镇,专干,staff,\"sms:13800138000, mail:zhoujiu@qingshi.example\"\n\
                  吴十,青石县,副县长,leader,\"sms:13900139000, mail:wushi@qingshi.example\"\n";
    story.imports(&[("people.csv", people)]).await;
    let rows = [row("K1", "一般", "2022-09-30", "周九").replace("王五", "吴十")];
    story.imports(&[("ledger.csv", &story::ledger(&rows))]).await;
    story.until("10-08 20:00").await;
    let told = |name: &str| -> Vec<String> {
        let calls = sms.calls.lock().expect("no panic").clone();
        calls.into_iter().filter(|c| c.address == name).map(|c| c.text).collect()
    };
    let mails = story.mail.calls.lock().expect("no panic").clone();
    assert!(mails.iter().any(|m| m.address == "zhoujiu@qingshi.example" && m.text.contains("K1号工房")), "{mails:#?}");
    assert!(told("13800138000").iter().all(|text| !text.contains("新交办")), "{:?}", told("13800138000"));
    assert!(told("13900139000").iter().any(|text| text.contains("逾期")), "{:?}", told("13900139000"));
}

#[tokio::test]
async fn when_no_contact_point_is_left_the_supervisor_and_the_administrator_hear_it() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![gone()]);
    story.mail.will("zhangsan@qingshi.example", vec![gone()]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:31").await;
    let office = story.heard("wangwu");
    assert!(office.iter().any(|(_, t)| t.contains("张三") && t.contains("不通")), "{office:?}");
    let admin = story.heard("yangliu");
    assert!(admin.iter().any(|(_, t)| t.contains("张三")), "{admin:?}");
    assert_eq!(story.gateway.store.dead_letters(10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again_with_growing_pauses_then_mail_is_used() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![down(); 8]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:32").await;
    let early = story.heard("zhangsan").len();
    assert!((2..=4).contains(&early), "{early} tries in two minutes");
    story.until("09-22 12:00").await;
    assert_eq!(story.heard("zhangsan").len(), 8);
    assert_eq!(story.mail.calls.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn retry_after_is_obeyed_for_that_chat_only() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![Outcome::RetryAfter { scope: LimitScope::Chat, after: Duration::from_secs(600) }]);
    let rows = [row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "孙八")];
    story.imports(&[("ledger.csv", &story::ledger(&rows))]).await;
    story.until("09-22 08:35").await;
    assert_eq!(story.heard("zhangsan").len(), 1, "not before the ten minutes are over");
    assert_eq!(story.heard("sunba").len(), 1, "others are not held up");
    story.until("09-22 08:41").await;
    assert_eq!(story.heard("zhangsan").len(), 2);
}

#[tokio::test]
async fn a_moved_chat_is_followed() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![Outcome::Moved { address: "zhangsan2".into() }]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.gateway.settle().await.expect("settles");
    assert_eq!(story.heard("zhangsan2").len(), 1);
}

#[tokio::test]
async fn an_unknown_outcome_repeats_what_is_urgent_and_leaves_routine_for_the_next_slot() {
    let mut story = Story::begin().await;
    let unknown = || Outcome::Unknown { reason: "the answer was cut off".into() };
    story.desk.will("zhangsan", vec![unknown()]);
    story.desk.will("sunba", vec![unknown()]);
    let rows = [row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-09-30", "孙八")];
    story.imports(&[("ledger.csv", &story::ledger(&rows))]).await;
    story.until("09-22 08:40").await;
    assert_eq!(story.heard("zhangsan").len(), 1, "routine is not sent twice");
    assert_eq!(story.heard("sunba").len(), 2, "a major hazard is said again");
    story.until("09-23 09:01").await;
    assert_eq!(story.heard("zhangsan").len(), 2, "and joins the next morning's message");
}

#[tokio::test]
async fn what_is_no_longer_true_is_not_sent() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    // Planned ten minutes ahead of nine o'clock; the claim comes in between.
    story.until("09-27 08:55").await;
    story.presses("zhangsan", Action::Done, None).await;
    let before = story.heard("zhangsan").len();
    story.until("09-27 09:30").await;
    assert_eq!(story.heard("zhangsan").len(), before, "{:#?}", story.timeline("zhangsan").await);
}

#[tokio::test]
async fn an_escalation_nobody_answers_goes_to_the_next_contact_point_once() {
    let mut story = Story::with(&[row("K1", "重大", "2022-09-22", "张三")]).await;
    story.until("09-23 20:00").await;
    let by_mail = |story: &Story, who: &str| {
        story.mail.calls.lock().expect("no panic").iter().filter(|c| c.address == who).count()
    };
    assert!(by_mail(&story, "qianqi@qingshi.example") >= 1, "the township's head did not answer L2 on the desk");
    let sent = by_mail(&story, "qianqi@qingshi.example");
    story.until("09-24 20:00").await;
    assert_eq!(by_mail(&story, "qianqi@qingshi.example"), sent);
}

#[tokio::test]
async fn an_answered_escalation_is_not_repeated() {
    let mut story = Story::with(&[row("K1", "重大", "2022-09-22", "张三")]).await;
    story.until("09-23 09:30").await;
    story.presses("qianqi", Action::Noted, None).await;
    story.until("09-23 20:00").await;
    let calls = story.mail.calls.lock().expect("no panic");
    assert!(calls.iter().all(|c| c.address != "qianqi@qingshi.example"));
}

#[tokio::test]
async fn routine_messages_stop_at_the_daily_cap_and_come_the_next_morning() {
    let mut story = Story::with_pack(&story::PACK.replace("per_day = 3", "per_day = 1")).await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 10:00").await;
    let second = story::ledger(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]);
    story.imports(&[("ledger.csv", &second)]).await;
    story.until("09-22 20:00").await;
    assert_eq!(story.heard("zhangsan").len(), 1);
    story.until("09-23 09:05").await;
    let heard = story.heard("zhangsan");
    assert_eq!(heard.len(), 2);
    assert!(heard[1].1.contains("K2"), "deferred, not dropped: {}", heard[1].1);
}

#[tokio::test]
async fn a_message_in_the_night_waits_for_the_morning() {
    let mut story = Story::begin().await;
    story.until("09-22 22:00").await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "重大", "2022-09-30", "张三")]))]).await;
    story.until("09-23 07:00").await;
    assert!(story.heard("zhangsan").is_empty());
    story.until("09-23 07:31").await;
    assert_eq!(story.heard("zhangsan").len(), 1);
}

#[tokio::test]
async fn a_successor_hears_instead_of_the_former_holder() {
    use dutybell::core::item::Role;
    use dutybell::core::org::Who;
    use dutybell::store::{items, people};

    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let directory = story.gateway.directory().await.expect("reads");
    let by_name = |name: &str| directory.people_named(name)[0].id;
    let (zhang, qian) = (by_name("张三"), by_name("钱七"));
    let post = directory.posts_of_person(zhang, story.gateway.now())[0].id;
    // The item hangs on the post; on 26 September another takes it over.
    let mut item = story.item("K1").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let read_version = item.version;
    item.assignments.iter_mut().filter(|a| a.role == Role::Responsible).for_each(|a| a.who = Who::Post(post));
    item.version += 1;
    let next_wake = Some(story.gateway.now());
    items::save(&mut tx, &[items::Changed { item, read_version, next_wake, moved: true }]).await.expect("saves");
    people::leave_post(&mut tx, post, zhang, story::at("09-26 00:00")).await.expect("leaves");
    people::take_post(&mut tx, post, qian, story::at("09-26 00:00")).await.expect("takes");
    people::touch_directory(&mut tx).await.expect("touches");
    crate::story::kept(tx, story.gateway.now()).await;
    let before = story.heard("zhangsan").len();
    story.until("09-30 12:00").await;
    assert!(story.heard("qianqi").iter().any(|(_, t)| t.contains("K1")), "{:?}", story.timeline("qianqi").await);
    assert!(story.days_told("zhangsan").await.iter().all(|d| d.as_str() < "09-26"), "{before}");
}

/// One turn of the sending side.
async fn sends(gateway: &Gateway) {
    gateway.record_step().await.expect("steps");
    gateway.dispatch_step().await.expect("steps");
}

/// Lets the sending side work until it has nothing left but what hangs.
async fn turn(story: &Story) {
    for _ in 0..50 {
        story.gateway.schedule_step().await.expect("steps");
        story.gateway.plan_step().await.expect("steps");
        sends(&story.gateway).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_chat_that_hangs_delays_no_other_chat_and_no_other_channel() {
    let mut story = Story::begin().await;
    story.desk.hangs("zhangsan");
    story.desk.will("lisi", vec![gone()]);
    // Ten days of messages to the one that hangs, and others beside them.
    for n in 1..=10 {
        let code = format!("K{n}");
        let rows = [row(&code, "重大", "2022-10-14", "张三"), row(&format!("Q{n}"), "一般", "2022-10-14", "钱七")];
        story.imports(&[(&format!("ledger{n}.csv"), &story::ledger(&rows))]).await;
        turn(&story).await;
    }
    assert!(story.heard("zhangsan").len() <= 2, "no more than two at a time to an address that hangs");
    assert!(!story.heard("qianqi").is_empty(), "others hear at once");
    let before = story.heard("qianqi").len();
    story.clock.set(story::at("09-23 09:00"));
    turn(&story).await;
    assert!(story.heard("qianqi").len() >= before);
    story.desk.release();
    story.until("09-23 12:00").await;
    let dead = story.gateway.store.dead_letters(10).await.expect("reads");
    assert!(dead.is_empty(), "what was late is not lost: {dead:?}");
    let heard = story.heard("zhangsan");
    assert!((1..=10).all(|n| heard.iter().any(|(_, t)| t.contains(&format!("K{n}号工房")))), "{heard:?}");
}

#[tokio::test]
async fn a_lease_lasts_as_long_as_its_worker_lives_and_a_late_worker_records_nothing_over_its_successor() {
    let mut story = Story::begin().await;
    story.desk.hangs("zhangsan");
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "重大", "2022-10-14", "张三")]))]).await;
    turn(&story).await;
    assert_eq!(story.heard("zhangsan").len(), 1);
    // Renewed while it lives: another gateway on the same database takes nothing over.
    let other = story.another_gateway().await;
    for minute in 31..=35 {
        story.clock.set(story::at(&format!("09-22 08:{minute}")));
        turn(&story).await;
        sends(&other).await;
        assert_eq!(story.heard("zhangsan").len(), 1);
    }
    // It stalls: after the lease the other one sends, and records.
    story.clock.set(story::at("09-22 08:40"));
    sends(&other).await;
    tokio::task::yield_now().await;
    assert_eq!(story.heard("zhangsan").len(), 2);
    story.desk.release();
    other.land_all().await.expect("lands");
    other.settle().await.expect("settles");
    let sent = story.gateway.store.sent_to("desk", "zhangsan", 10).await.expect("reads");
    assert_eq!(sent.len(), 1);
    let by_the_other = sent[0].lease_token;
    // Now the late one comes back: its try is on record, and nothing else.
    story.gateway.settle().await.expect("settles");
    let sent = story.gateway.store.sent_to("desk", "zhangsan", 10).await.expect("reads");
    assert_eq!((sent.len(), sent[0].lease_token, sent[0].tries), (1, by_the_other, 1));
}

#[tokio::test]
async fn an_alarm_about_a_channel_goes_by_another_one() {
    let mut story = Story::begin().await;
    story.desk.will("zhangsan", vec![gone()]);
    story.mail.will("zhangsan@qingshi.example", vec![Outcome::Refused { reason: "554 refused".into() }]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:31").await;
    let by_mail = story.mail.calls.lock().expect("no panic").iter().any(|c| c.address.starts_with("yangliu"));
    assert!(!by_mail, "mail is what failed");
    assert!(story.heard("yangliu").iter().any(|(_, t)| t.contains("张三")));

    let mut story = Story::begin().await;
    story.mail.will("zhangsan@qingshi.example", vec![gone()]);
    story.desk.will("zhangsan", vec![Outcome::Refused { reason: "too long".into() }]);
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:31").await;
    assert_eq!(story.heard("yangliu").len(), 0, "the desk is what failed");
    let calls = story.mail.calls.lock().expect("no panic").clone();
    assert!(calls.iter().any(|c| c.address.starts_with("yangliu") && c.text.contains("张三")), "{calls:?}");
}

#[tokio::test]
async fn alarms_come_in_few_messages_and_none_is_dropped() {
    let mut story = Story::begin().await;
    let office = story.gateway.directory().await.expect("reads").people_named("赵六")[0].id;
    for n in 0..40 {
        let mut tx = story.gateway.store.begin().await.expect("begins");
        let (now, why) = (story.gateway.now(), (Subject::System, Reason::Words { text: "lost".to_owned() }));
        let notice = Notice::new(format!("told {n}"), office, why, Form::Told, Urgency::Escalation, now);
        outbox::queue(&mut tx, &notice, now).await.expect("queues");
        tx.commit().await.expect("commits");
        story.desk.will("zhaoliu", vec![Outcome::Refused { reason: "too long".into() }]);
        story.until_at(story.gateway.now() + chrono::Duration::minutes(1)).await;
    }
    let first = story.mail.calls.lock().expect("no panic").iter().filter(|c| c.address.starts_with("yangliu")).count();
    assert!((2..=6).contains(&first), "{first} messages of alarms in an hour");
    story.until("09-22 11:30").await;
    let calls = story.mail.calls.lock().expect("no panic").clone();
    let text: String = calls.iter().filter(|c| c.address.starts_with("yangliu")).map(|c| c.text.as_str()).collect();
    let dead = story.gateway.store.dead_letters(100).await.expect("reads");
    assert_eq!(dead.len(), 40);
    let unheard: Vec<i64> = dead.iter().map(|d| d.id).filter(|id| !text.contains(&format!("{id}"))).collect();
    assert!(unheard.is_empty(), "nobody heard of {unheard:?}: {text}");
}

/// Queues a message to each of as many addresses.
async fn queue_for_many(story: &Story, many: usize) {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let person = story.gateway.directory().await.expect("reads").people_named("孙八")[0].id;
    for n in 0..many {
        let summary = NewMessage {
            person: Some(person),
            is_answer: true,
            urgency: Urgency::Summary,
            channel: "desk".into(),
            address: format!("somebody{n}"),
            reply_to: None,
            repeats: None,
            counts: false,
            body: Message { title: "summary".into(), ..Message::default() },
        };
        outbox::put_message(&mut tx, &summary, story.gateway.now()).await.expect("queues");
    }
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn what_is_sent_and_not_recorded_yet_stays_within_bounds() {
    let story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let before = story.desk.calls.lock().expect("no panic").len();
    queue_for_many(&story, 600).await;
    // The one who records is held up: what a crash would repeat does not grow meanwhile.
    while story.gateway.send_step().await.expect("steps") {
        tokio::task::yield_now().await;
    }
    let sent = || story.desk.calls.lock().expect("no panic").len() - before;
    assert!((100..=256).contains(&sent()), "{}", sent());
    story.gateway.settle().await.expect("settles");
    assert_eq!(sent(), 600);
}

#[tokio::test]
async fn an_emergency_overtakes_whatever_is_queued_before_it() {
    let rows: Vec<String> = (1..=3).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    queue_for_many(&story, 600).await;
    let before = story.desk.calls.lock().expect("no panic").len();
    story.says("zhangsan", "着火了").await;
    let calls = story.desk.calls.lock().expect("no panic").clone();
    let first: Vec<&str> = calls[before..before + 6].iter().map(|c| c.address.as_str()).collect();
    assert!(first.contains(&"zhangsan") && first.contains(&"zhengyi"), "the card and the page come first: {first:?}");
}

/// A page that looks at once when it hears that something was recorded.
struct Page {
    store: Store,
    seen: Mutex<Vec<usize>>,
}

#[async_trait::async_trait]
impl Channel for Page {
    fn name(&self) -> &str {
        "page"
    }

    fn features(&self) -> Features {
        Desk::default().features()
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        Outcome::Accepted { platform_id: Some(message.key.clone()) }
    }

    fn recorded(&self, address: &str) {
        let look = async { self.store.sent_to("page", address, 9).await.expect("reads").len() };
        let found = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look));
        self.seen.lock().expect("no panic").push(found);
    }

    async fn check(&self) -> Result<String, String> {
        Ok(String::new())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_that_a_message_was_recorded_finds_it() {
    let mut story = Story::begin().await;
    let page = Arc::new(Page { store: story.gateway.store.clone(), seen: Mutex::default() });
    story.also_has(vec![page.clone()]);
    let zhang = story.gateway.directory().await.expect("reads").people_named("张三")[0].id;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::put_contact(&mut tx, zhang, "page", "zhangsan", -9, story.gateway.now()).await.expect("puts");
    crate::story::kept(tx, story.gateway.now()).await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.gateway.settle().await.expect("settles");
    assert_eq!(*page.seen.lock().expect("no panic"), [1]);
}
