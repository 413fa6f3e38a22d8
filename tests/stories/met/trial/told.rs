//! What people are told of an item: all that matters to them, and nothing that is over.

use dutybell::app::{items, people};
use dutybell::core::item::{Role, State};
use dutybell::core::message::Action;

use super::{HOST, code, done_and_verified, of, since, who};
use crate::story::{Story, ledger, row};

fn heard(story: &Story, logins: &[&str]) -> Vec<usize> {
    logins.iter().map(|login| story.heard(login).len()).collect()
}

// ---- why it comes again -------------------------------------------------------------------------------------------

#[tokio::test]
async fn an_overdue_item_opened_again_says_so_with_the_reason_to_all_who_hear_of_it() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-23", "张三")]).await;
    story.until("09-22 10:00").await;
    done_and_verified(&mut story, "zhangsan", "A1").await;
    story.until("10-11 08:00").await;
    let logins = ["zhangsan", "lisi", "wangwu"];
    let before = heard(&story, &logins);
    story.until("10-11 09:30").await;
    items::reopen(&story.gateway, &HOST, &code(&story, "A1").await, "又失压").await.expect("reopens");
    story.until("10-11 11:00").await;
    for (login, before) in logins.into_iter().zip(before) {
        let text = since(&story, login, before);
        assert!(text.contains("又失压") && text.contains("重新整改"), "{login}: {text}");
    }
    let text = since(&story, "zhangsan", 0);
    assert!(text.contains("逾期"), "and what is pressing is said as well: {text}");
}

#[tokio::test]
async fn a_failed_check_of_an_overdue_item_says_so_with_the_reason() {
    let mut story = Story::with(&[row("A1", "重大", "2022-09-23", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-23 16:00").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    story.until("10-11 10:00").await;
    let before = heard(&story, &["zhangsan"])[0];
    story.says("lisi", &format!("{code} 不合格，接地仍失效")).await;
    assert_eq!(story.state("A1").await, "in_progress");
    story.until("10-11 11:00").await;
    let text = since(&story, "zhangsan", before);
    assert!(text.contains("复查不合格") && text.contains("接地仍失效"), "{text}");
}

#[tokio::test]
async fn a_failed_check_that_the_ledger_reports_says_so_too() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-23", "张三")]).await;
    story.until("09-22 10:00").await;
    done_and_verified(&mut story, "zhangsan", "A1").await;
    story.until("10-11 09:30").await;
    let before = heard(&story, &["zhangsan"])[0];
    let head = "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,责任领导,复查人,交办人,整改情况";
    let row = row("A1", "一般", "2022-09-23", "张三");
    story.imports(&[("ledger.csv", &format!("{head}\n{row},复查不合格：接地仍失效\n"))]).await;
    let state = story.item("A1").await.state;
    assert!(state.is_with_fixer(), "{state:?}");
    story.until("10-11 11:00").await;
    let text = since(&story, "zhangsan", before);
    assert!(text.contains("重新整改") || text.contains("不合格"), "{text}");
}

#[tokio::test]
async fn what_was_closed_without_a_check_and_opened_again_is_not_said_to_have_been_looked_at() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    story.until("09-22 10:00").await;
    let code = code(&story, "A1").await;
    items::close(&story.gateway, &HOST, &code, "转入培训").await.expect("closes");
    story.until("09-22 11:00").await;
    let before = heard(&story, &["zhangsan", "lisi"]);
    items::reopen(&story.gateway, &HOST, &code, "领导不同意").await.expect("reopens");
    story.until("09-22 15:00").await;
    for (login, before) in ["zhangsan", "lisi"].into_iter().zip(before) {
        let text = since(&story, login, before);
        assert!(text.contains("领导不同意") && text.contains("行政关闭"), "{login}: {text}");
        assert!(!text.contains("回头看"), "nobody had verified it: {text}");
    }
}

// ---- what is over -------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_closing_that_was_taken_back_before_it_was_told_is_not_told() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    let code = code(&story, "A1").await;
    // At noon nobody is disturbed: both wait.
    story.until("09-22 12:10").await;
    let before = heard(&story, &["zhangsan", "lisi", "zhaoliu"]);
    items::close(&story.gateway, &HOST, &code, "转入培训").await.expect("closes");
    items::reopen(&story.gateway, &HOST, &code, "领导不同意").await.expect("reopens");
    story.until("09-23 18:00").await;
    for (login, before) in ["zhangsan", "lisi", "zhaoliu"].into_iter().zip(before) {
        let text = since(&story, login, before);
        assert!(!text.contains("已作行政关闭"), "{login}: {text}");
    }
}

#[tokio::test]
async fn a_claim_that_was_passed_before_it_was_told_is_told_as_passed() {
    let shared = row("A1", "一般", "2022-10-28", "\"张三、孙八\"");
    let mut story = Story::with(&[shared]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 12:10").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    let before = heard(&story, &["sunba"])[0];
    story.until("09-22 12:30").await;
    items::verify(&story.gateway, &of(&story, "李四").await, &code, true, "看过").await.expect("passes");
    story.until("09-22 15:00").await;
    let text = since(&story, "sunba", before);
    assert!(text.contains("passed verification") || text.contains("verified"), "{text}");
    assert!(!text.contains("waiting for verification"), "{text}");
}

#[tokio::test]
async fn of_two_decisions_about_a_deadline_the_last_is_told_with_its_own_reason() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-13", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 12:10").await;
    let before = heard(&story, &["zhangsan", "lisi"]);
    items::due(&story.gateway, &HOST, &code, "2022-10-20", "等料", "").await.expect("moves");
    items::due(&story.gateway, &HOST, &code, "2022-10-13", "料已到", "").await.expect("moves back");
    story.until("09-22 15:00").await;
    let text = since(&story, "zhangsan", before[0]);
    assert!(text.contains("料已到") && !text.contains("等料"), "{text}");
}

// ---- whose it is --------------------------------------------------------------------------------------------------

#[tokio::test]
async fn who_gets_an_overdue_item_is_told_that_it_is_new_to_them_and_from_whom() {
    for way in ["assign", "handover", "ledger"] {
        let mut story = Story::with(&[row("A1", "一般", "2022-09-23", "张三")]).await;
        story.until("10-11 10:00").await;
        let before = heard(&story, &["qianqi", "zhangsan"]);
        let code = code(&story, "A1").await;
        match way {
            "assign" => {
                items::assign(&story.gateway, &HOST, &code, Role::Responsible, "钱七", "换人").await.expect("assigns");
            }
            "handover" => {
                let (from, to) = (who(&story, "张三").await, who(&story, "钱七").await);
                people::hand_over(&story.gateway, &crate::story::HOST, from, to, None, true).await.expect("hands over");
            }
            _ => {
                story.imports(&[("ledger.csv", &ledger(&[row("A1", "一般", "2022-09-23", "钱七")]))]).await;
            }
        }
        story.until("10-11 16:00").await;
        let text = since(&story, "qianqi", before[0]);
        assert!(text.contains("新交办") && text.contains("由张三转来"), "{way}: {text}");
        let text = story.presses("qianqi", Action::Ack, None).await;
        assert!(text.contains("已签收"), "{way}: a button to acknowledge: {text}");
        let text = since(&story, "zhangsan", before[1]);
        assert!(text.contains("不再收到提醒"), "{way}: {text}");
    }
}

#[tokio::test]
async fn who_was_never_told_of_an_item_is_not_told_that_it_went_away_and_came_back() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    story.until("09-22 12:10").await;
    let code = code(&story, "A1").await;
    let before = heard(&story, &["zhangsan", "qianqi"]);
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "钱七", "换人").await.expect("assigns");
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "张三", "还是他").await.expect("assigns");
    story.until("09-22 16:00").await;
    let text = since(&story, "zhangsan", before[0]);
    assert!(!text.contains("不再收到提醒"), "they have it: {text}");
}

#[tokio::test]
async fn a_former_owners_words_are_not_shown_as_how_it_stands() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    story.says("zhangsan", &format!("{code} 不归我管")).await;
    assert_eq!(story.item("A1").await.state, State::Rejected);
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "钱七", "该他管").await.expect("assigns");
    story.until("09-22 15:00").await;
    let text = story.says("qianqi", &format!("{code} 情况")).await;
    assert!(text.contains("钱七") && !text.contains("不归我管"), "{text}");
    assert!(story.item("A1").await.note.is_empty());
}

#[tokio::test]
async fn the_state_of_what_was_closed_without_a_check_is_said_as_such_everywhere() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    let code = code(&story, "A1").await;
    items::close(&story.gateway, &HOST, &code, "转入培训").await.expect("closes");
    let refused = super::refusal(items::void(&story.gateway, &HOST, &code, "写错").await);
    assert!(refused.contains("行政关闭") && !refused.contains("“已销号”"), "{refused}");
    story.until("09-22 15:00").await;
    let said = story.says("zhangsan", &format!("{code} 完成")).await;
    assert!(!said.contains("“已销号”"), "{said}");
}

#[tokio::test]
async fn whoever_is_refused_is_not_named_as_who_may() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    let text = super::refusal(items::assign(&story.gateway, &HOST, &code, Role::Responsible, "李四", "换人").await);
    assert!(text.contains("李四"), "says whom it cannot be: {text}");
    assert!(!text.contains("可由李四办理"), "the verifier cannot fix it: {text}");
    let text = super::refusal(items::assign(&story.gateway, &HOST, &code, Role::Verifier, "张三", "换人").await);
    assert!(!text.contains("可由张三"), "{text}");
}

// ---- who stands in ------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_deputy_is_told_that_they_stand_in_and_for_whom_each_item_is() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-23", "张三"), row("A2", "一般", "2022-09-28", "钱七")]).await;
    story.until("09-22 10:00").await;
    let (person, deputy) = (who(&story, "张三").await, who(&story, "钱七").await);
    let before = heard(&story, &["zhangsan", "qianqi"]);
    use crate::story::at;
    people::add_absence(&story.gateway, &crate::story::HOST, person, deputy, at("09-26 00:00"), at("10-01 00:00"))
        .await
        .expect("adds");
    story.until("09-22 15:00").await;
    let text = since(&story, "qianqi", before[1]);
    assert!(text.contains("张三") && text.contains("9月26日") && text.contains("代"), "{text}");
    let text = since(&story, "zhangsan", before[0]);
    assert!(text.contains("钱七") && text.contains("9月26日"), "{text}");
    // In the morning of the first day the deputy has both items, and sees which is whose; the absent one hears nothing.
    story.until("09-25 18:00").await;
    let before = heard(&story, &["zhangsan", "qianqi"]);
    story.until("09-28 18:00").await;
    assert_eq!(story.heard("zhangsan").len(), before[0], "{}", since(&story, "zhangsan", before[0]));
    let text = since(&story, "qianqi", before[1]);
    let (one, two) = (code(&story, "A1").await, code(&story, "A2").await);
    let line = |code: &str| text.lines().skip_while(|l| !l.contains(code)).take(2).collect::<String>();
    assert!(line(&one).contains("代张三"), "{text}");
    assert!(!line(&two).contains("代张三"), "{text}");
}

#[tokio::test]
async fn a_deputys_morning_list_holds_what_they_stand_in_for() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-28", "张三")]).await;
    story.says("zhangsan", "收到").await;
    use crate::story::at;
    let (person, deputy) = (who(&story, "张三").await, who(&story, "孙八").await);
    people::add_absence(&story.gateway, &crate::story::HOST, person, deputy, at("09-29 00:00"), at("10-30 00:00"))
        .await
        .expect("adds");
    story.until("09-28 18:00").await;
    let before = heard(&story, &["zhangsan", "sunba"]);
    story.until("09-29 08:59").await;
    story.until("09-30 09:30").await;
    assert_eq!(story.heard("zhangsan").len(), before[0], "{}", since(&story, "zhangsan", before[0]));
    let text = since(&story, "sunba", before[1]);
    assert!(text.contains(&code(&story, "A1").await) && text.contains("for 张三"), "{text}");
}
