//! What an answer is about and what it does: numbers, quotes, codes, questions back, undo, emergencies.

use crate::story;
use dutybell::core::inbound::{Content, Inbound};
use dutybell::core::message::Verb;
use dutybell::store::people;
use story::{Story, row, text};

/// Three items of 张三, one message with ①②③, at nine in the morning of the 22nd.
async fn three() -> Story {
    let rows: Vec<String> = (1..=3).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    Story::with(&rows).await
}

async fn states(story: &Story) -> [&'static str; 3] {
    [story.state("K1").await, story.state("K2").await, story.state("K3").await]
}

#[tokio::test]
async fn numbers_mean_the_lines_of_the_last_message() {
    let mut story = three().await;
    let echo = story.says("zhangsan", "1完成，2在办，3延期到10月10日").await;
    assert_eq!(states(&story).await, ["reported_done", "in_progress", "acknowledged"], "{echo}");
    let third = story.item("K3").await;
    assert!(third.extension.is_some(), "{echo}");
    assert_eq!(third.current_due, third.original_due, "an asked-for extension moves nothing");
    for key in ["K1", "K2", "K3"] {
        assert!(echo.contains(&story.item(key).await.code), "each line is echoed by its code: {echo}");
    }
}

#[tokio::test]
async fn numbers_mean_the_lines_of_the_quoted_message_even_when_a_newer_one_came() {
    let mut story = three().await;
    let first = story.last_notice("zhangsan").await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K9", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:45").await;
    assert_ne!(story.last_notice("zhangsan").await, first);
    story.quotes("zhangsan", Some(&first), "2完成").await;
    assert_eq!(story.state("K2").await, "reported_done");
    assert_eq!(story.state("K9").await, "assigned");
}

#[tokio::test]
async fn a_bare_done_with_several_items_open_asks_which_and_changes_nothing() {
    let mut story = three().await;
    let question = story.says("zhangsan", "完成").await;
    assert!(question.contains("哪一项") && question.contains('③'), "{question}");
    assert_eq!(states(&story).await, ["assigned"; 3]);
    let wrong = story.says("zhangsan", "7").await;
    assert!(wrong.contains('7'), "{wrong}");
    assert_eq!(states(&story).await, ["assigned"; 3]);
    let echo = story.says("zhangsan", "第2项").await;
    assert_eq!(states(&story).await, ["assigned", "reported_done", "assigned"], "{echo}");
}

#[tokio::test]
async fn all_done_wants_a_yes_first() {
    let mut story = three().await;
    let question = story.says("zhangsan", "都完成了").await;
    assert!(question.contains("请确认"), "{question}");
    assert_eq!(states(&story).await, ["assigned"; 3]);
    let no = story.says("zhangsan", "否").await;
    assert!(no.contains("未作改动"), "{no}");
    assert_eq!(states(&story).await, ["assigned"; 3]);
    story.says("zhangsan", "全部完成").await;
    story.presses("zhangsan", Verb::Confirm, None).await;
    assert_eq!(states(&story).await, ["reported_done"; 3]);
}

#[tokio::test]
async fn all_but_one_are_done_and_that_one_is_not() {
    let mut story = three().await;
    story.says("zhangsan", "除2外都完成了").await;
    story.says("zhangsan", "是").await;
    assert_eq!(states(&story).await, ["reported_done", "in_progress", "reported_done"]);
}

#[tokio::test]
async fn a_code_names_an_item_from_anywhere_but_only_to_those_concerned() {
    let mut story = three().await;
    let code = story.item("K3").await.code;
    let echo = story.says("zhangsan", &format!("{code} 完成")).await;
    assert_eq!(states(&story).await, ["assigned", "assigned", "reported_done"], "{echo}");
    let stranger = story.says("sunba", &format!("{code} done")).await;
    assert!(!stranger.contains("静电"), "a stranger learns nothing of it: {stranger}");
    let lower = story.says("zhangsan", &format!("#{} 撤销", code.to_lowercase())).await;
    assert_eq!(story.state("K3").await, "assigned", "{lower}");
}

#[tokio::test]
async fn undo_takes_back_the_whole_last_answer_inside_ten_minutes_and_not_after() {
    let mut story = three().await;
    story.says("zhangsan", "1完成，2完成").await;
    story.until("09-22 08:35").await;
    let echo = story.says("zhangsan", "撤销").await;
    assert_eq!(states(&story).await, ["assigned"; 3], "{echo}");
    story.until("09-22 09:00").await;
    assert!(story.heard("lisi").is_empty(), "the verifier never heard of it");

    story.says("zhangsan", "1完成").await;
    story.until("09-22 09:20").await;
    let late = story.says("zhangsan", "撤销").await;
    assert!(late.contains("10分钟"), "{late}");
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn a_button_acts_on_its_own_line_and_the_message_shows_it() {
    let mut story = three().await;
    let echo = story.presses("zhangsan", Verb::Done, Some(2)).await;
    assert_eq!(states(&story).await, ["assigned", "reported_done", "assigned"], "{echo}");
    let edits = story.desk.edits.lock().expect("no panic").clone();
    let (_, edited) = edits.last().expect("the pressed message is changed in place");
    assert!(edited.text.contains('→'), "{}", edited.text);
    assert!(edited.buttons.iter().flatten().all(|b| !b.action.contains(":2:done")), "{:?}", edited.buttons);
}

#[tokio::test]
async fn somebody_elses_button_does_nothing() {
    let mut story = three().await;
    let sent = story.gateway.store.sent_to("desk", "zhangsan", 5).await.expect("reads");
    let press = &sent[0].body.buttons[0][0];
    let action = dutybell::core::message::action(sent[0].id, press);
    let content = Content::Button { action, message: format!("m{}", sent[0].id), callback: "c".into() };
    story.receives("sunba", content).await;
    assert_eq!(states(&story).await, ["assigned"; 3]);
}

#[tokio::test]
async fn unclear_words_change_nothing_and_are_asked_about() {
    let mut story = three().await;
    for text in ["嗯嗯那个再说", "差不多弄完了吧", "完成了吗？", "等配件到了就完成", "lol sure it's done"]
    {
        story.says("zhangsan", text).await;
        assert!(states(&story).await.iter().all(|s| *s != "reported_done"), "{text}");
    }
}

#[tokio::test]
async fn forwarded_words_groups_and_updates_without_identity_never_count() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let text =
        |forwarded| Content::Text {
            text: "完成".into(), reply_to: None, quoted: None, forwarded, message: "x".into()
        };
    story.receives("zhangsan", text(true)).await;
    let group = Inbound {
        sender: Some("zhangsan".into()),
        chat: "-100".into(),
        private: false,
        sent_at: None,
        content: text(false),
    };
    story.receives_update("g1", group).await;
    let nobody = Inbound { sender: None, chat: "zhangsan".into(), private: true, sent_at: None, content: text(false) };
    story.receives_update("n1", nobody).await;
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn the_same_update_twice_counts_once() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let inbound = Inbound {
        sender: Some("zhangsan".into()),
        chat: "zhangsan".into(),
        private: true,
        sent_at: None,
        content: Content::Text {
            text: "完成".into(),
            reply_to: None,
            quoted: None,
            forwarded: false,
            message: "x".into(),
        },
    };
    let before = story.heard("zhangsan").len();
    story.receives_update("same", inbound.clone()).await;
    story.receives_update("same", inbound).await;
    assert_eq!(story.heard("zhangsan").len(), before + 1, "one confirmation");
}

#[tokio::test]
async fn a_flood_from_one_chat_is_told_once_to_wait_and_answered_in_the_next_minute() {
    let mut story = three().await;
    let before = story.heard("zhangsan").len();
    for _ in 0..60 {
        story.says("zhangsan", "帮助").await;
    }
    let heard = story.heard("zhangsan").split_off(before);
    assert_eq!(heard.iter().filter(|(_, t)| t.contains("请勿重发")).count(), 1);
    assert!(heard.len() <= 31, "{}", heard.len());
    story.until("09-22 08:32").await;
    assert_eq!(story.heard("zhangsan").len(), before + 61, "each was answered in the end");
}

#[tokio::test]
async fn an_extension_moves_the_deadline_only_when_somebody_else_approves_it() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let first = story.item("K1").await.current_due;
    let echo = story.says("zhangsan", "延期3天，原因：配件未到").await;
    assert!(echo.contains("同意前期限仍为"), "{echo}");
    let own = story.says("zhangsan", "同意延期").await;
    assert_eq!(story.item("K1").await.current_due, first, "{own}");
    story.until("09-22 08:45").await;
    assert!(story.heard("zhaoliu").last().is_some_and(|(_, t)| t.contains("申请") && t.contains("配件")));
    let echo = story.presses("zhaoliu", Verb::Approve, None).await;
    let item = story.item("K1").await;
    assert!(item.current_due > first, "{echo}");
    assert_eq!(item.original_due, first, "the first deadline stays for ever");
}

#[tokio::test]
async fn a_verifier_who_sends_back_is_asked_why_and_the_fixer_reads_it() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 08:45").await;
    let question = story.says("lisi", "不合格").await;
    assert!(question.contains("原因"), "{question}");
    assert_eq!(story.state("K1").await, "reported_done");
    story.says("lisi", "接地电阻仍超标").await;
    assert_eq!(story.state("K1").await, "in_progress");
    story.until("09-22 09:10").await;
    assert!(story.heard("zhangsan").iter().any(|(_, t)| t.contains("接地电阻仍超标")));
}

#[tokio::test]
async fn a_verifier_who_says_why_at_once_is_not_asked() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 08:45").await;
    story.says("lisi", "不合格，接地电阻仍超标").await;
    assert_eq!(story.state("K1").await, "in_progress");
    story.until("09-22 09:10").await;
    assert!(story.heard("zhangsan").iter().any(|(_, t)| t.contains("接地电阻仍超标")));
}

#[tokio::test]
async fn nobody_verifies_his_own_work_and_hears_who_may() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 08:45").await;
    let code = story.item("K1").await.code;
    let refusal = story.says("zhangsan", &format!("{code} 合格")).await;
    assert!(refusal.contains("李四"), "the refusal names who may: {refusal}");
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn not_mine_goes_back_to_the_safety_office_and_the_deadline_runs_on() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let due = story.item("K1").await.current_due;
    let echo = story.says("zhangsan", "不归我管").await;
    assert_eq!(story.state("K1").await, "rejected", "{echo}");
    assert_eq!(story.item("K1").await.current_due, due);
    story.until("09-22 08:45").await;
    let heard = story.heard("zhaoliu");
    assert!(heard.iter().any(|(_, t)| t.contains("已退回") && t.contains("原因：不归我管")), "{heard:?}");
}

#[tokio::test]
async fn not_mine_but_that_offices_goes_back_when_nobody_knows_that_office() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let unknown = story.says("zhangsan", "转给赵钱孙").await;
    assert!(unknown.contains("赵钱孙"), "{unknown}");
    assert_eq!(story.state("K1").await, "assigned", "a name nobody has is asked about");
    let echo = story.says("zhangsan", "不归我管，应由市场管理办负责").await;
    assert_eq!(story.state("K1").await, "rejected", "{echo}");
    story.until("09-22 08:45").await;
    assert!(story.heard("zhaoliu").iter().any(|(_, t)| t.contains("应由市场管理办负责")));
}

#[tokio::test]
async fn a_handover_is_a_request_and_the_old_fixer_stays_responsible_until_it_is_granted() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let echo = story.says("zhangsan", "转给孙八").await;
    assert!(echo.contains("孙八") && echo.contains("仍由你负责"), "{echo}");
    story.until("09-22 08:45").await;
    story.presses("zhaoliu", Verb::Approve, None).await;
    story.until("09-22 09:10").await;
    assert!(story.heard("sunba").iter().any(|(_, t)| t.contains("K1号工房") || t.contains("静电")));
    let refused = story.says("zhangsan", &format!("{} 完成", story.item("K1").await.code)).await;
    assert_ne!(story.state("K1").await, "reported_done", "{refused}");
}

#[tokio::test]
async fn blocked_reaches_those_who_can_help_and_the_deadline_stays() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let due = story.item("K1").await.current_due;
    let echo = story.says("zhangsan", "受阻：等上级批资金").await;
    assert_eq!(story.state("K1").await, "blocked", "{echo}");
    assert_eq!(story.item("K1").await.current_due, due);
    story.until("09-22 09:10").await;
    let told = ["wangwu", "lisi", "zhaoliu", "qianqi"];
    assert!(
        told.iter().any(|p| story.heard(p).iter().any(|(_, t)| t.contains("报受阻") && t.contains("等上级批资金"))),
        "somebody is asked to help"
    );
}

#[tokio::test]
async fn an_accident_gets_the_hotline_card_at_once_and_pages_the_duty_officer_at_night() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-23 02:10").await;
    let card = story.says("zhangsan", "3号工房着火了，有人被困").await;
    assert!(card.contains("119") && card.contains("值班"), "{card}");
    let paged = story.heard("zhengyi");
    assert!(paged.iter().any(|(_, t)| t.contains("着火")), "{paged:?}");
    assert_eq!(story.state("K1").await, "assigned");
    let drill = story.says("zhangsan", "今天消防演练已完成，未发生火灾").await;
    assert!(!drill.contains("119"), "{drill}");
}

#[tokio::test]
async fn a_list_of_one_says_which() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let item = story.item("K1").await;
    let status = story.says("zhangsan", "我的任务").await;
    assert!(status.contains(&item.code) && status.contains(&item.title), "{status}");
}

#[tokio::test]
async fn status_lists_what_is_open_and_help_says_how_to_answer() {
    let mut story = three().await;
    story.says("zhangsan", "1完成").await;
    let status = story.says("zhangsan", "我的任务").await;
    assert!(status.contains("未办结3项") && status.contains("待复查"), "{status}");
    let help = story.says("zhangsan", "帮助").await;
    assert!(help.contains("延期") && help.contains("撤销"), "{help}");
    let english = story.says("sunba", "help").await;
    assert!(english.to_lowercase().contains("done"), "English for an English reader: {english}");
}

#[tokio::test]
async fn snooze_comes_back_once_and_does_not_hold_an_escalation() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-27 09:10").await;
    let echo = story.says("zhangsan", "明天上午再提醒我").await;
    assert!(echo.contains("再提醒"), "{echo}");
    story.until("10-08 12:00").await;
    let days = story.days_told("zhangsan").await;
    assert!(days.contains(&"09-28".to_owned()), "{days:?}");
    assert_eq!(story.days_told("wangwu").await.last().map(String::as_str), Some("10-08"));
}

#[tokio::test]
async fn nobody_can_sign_off_from_reminders_by_asking() {
    let mut story = three().await;
    let answer = story.says("zhangsan", "退订").await;
    assert!(answer.contains("杨柳"), "the administrator is named: {answer}");
    story.until("09-27 10:00").await;
    assert!(story.days_told("zhangsan").await.contains(&"09-27".to_owned()));
}

#[tokio::test]
async fn answers_of_one_moment_come_to_what_they_come_to_one_after_the_other() {
    let rows = [
        row("K1", "一般", "2022-09-30", "张三"),
        row("K2", "一般", "2022-09-30", "孙八"),
        row("K3", "一般", "2022-09-30", "钱七"),
    ];
    let begin = async || {
        let mut story = Story::with(&rows).await;
        story.until("09-22 10:00").await;
        let code = story.item("K1").await.code;
        (story, code)
    };
    let (mut turns, code) = begin().await;
    let verdict = format!("{code} 不合格：接地仍失效");
    let said = [
        ("zhangsan", "已整改完成"),
        ("lisi", verdict.as_str()),
        ("sunba", "received"),
        ("qianqi", "延期3天，原因：配件未到"),
        ("wangwu", "帮助"),
        ("nobody", "完成"),
    ];
    for (chat, text) in said {
        turns.says(chat, text).await;
    }
    let (mut together, _) = begin().await;
    together.receives_at_once(said.map(|(chat, said)| (chat, text(said))).to_vec()).await;
    let first = turns.item("K1").await;
    assert_eq!((first.version, first.state.word()), (4, "in_progress"), "issued, done and sent back");
    assert_eq!(first.note, "接地仍失效");
    for key in ["K1", "K2", "K3"] {
        assert_eq!(together.item(key).await, turns.item(key).await, "{key}");
    }
    for (chat, _) in said {
        // A notice leaves after all answers of the moment, so only its number differs.
        let texts = |story: &Story| story.heard(chat).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(&together), texts(&turns), "{chat}");
    }
    let verified = together.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert_eq!(verified.broken, None);
}

/// A second desk of somebody.
async fn has_another_chat(story: &Story, name: &str, login: &str) {
    let person = story.gateway.directory().await.expect("reads").people_named(name)[0].id;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::put_contact(&mut tx, person, "desk", login, 9, story.gateway.now()).await.expect("puts");
    crate::story::kept(tx, story.gateway.now()).await;
}

#[tokio::test]
async fn what_one_person_writes_in_two_chats_of_his_is_taken_in_turn() {
    let mut story = three().await;
    story.says("zhangsan", "1完成").await;
    story.until("09-22 10:00").await;
    has_another_chat(&story, "李四", "lisi-at-home").await;
    let pressed = story.button("lisi", Verb::VerifyFail, None).await;
    story.receives_at_once(vec![("lisi", pressed), ("lisi-at-home", text("接地仍失效"))]).await;
    assert_eq!(states(&story).await, ["in_progress", "assigned", "assigned"], "the second is the reason of the first");
}

#[tokio::test]
async fn a_question_is_still_open_when_its_answer_comes_with_words_from_another_chat() {
    let mut story = three().await;
    has_another_chat(&story, "张三", "zhangsan-at-home").await;
    assert!(story.says("zhangsan", "完成").await.contains("哪一项"));
    story.receives_at_once(vec![("zhangsan", text("2")), ("zhangsan-at-home", text("我的任务"))]).await;
    assert_eq!(states(&story).await, ["assigned", "reported_done", "assigned"]);
}
