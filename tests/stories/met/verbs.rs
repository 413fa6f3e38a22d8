//! The office's everyday verbs on the command line.

use dutybell::app::deliveries::{self, Again, Wanted};
use dutybell::app::items::{self, NewItem};
use dutybell::app::{Caller, pause};
use dutybell::channel::{LimitScope, Outcome};
use dutybell::core::item::{Role, State};
use dutybell::core::org::PersonId;
use dutybell::core::transition::{Actor, Event};
use dutybell::store::rehearsal;

use super::callers::{HOST, code, refusal};
use super::office::{Office, free_port, pack};
use super::story::{PACK, PEOPLE, Story, UNITS, at, database, ledger, row};

async fn who(story: &Story, name: &str) -> PersonId {
    let directory = story.gateway.directory().await.expect("reads");
    directory.people_named(name).first().expect("is known").id
}

async fn of(story: &Story, name: &str) -> Caller {
    Caller { actor: Actor::Person(who(story, name).await), ..HOST.clone() }
}

/// Texts that reached a desk after the first `before`.
fn since(story: &Story, login: &str, before: usize) -> String {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

// ---- items ------------------------------------------------------------------------------------------

#[tokio::test]
async fn what_the_office_closes_unverified_counts_nowhere_as_verified_and_its_watchers_hear_so() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-27", "张三"), row("A2", "重大", "2022-10-27", "张三")]).await;
    let (assigner, supervisor) = (story.heard("zhaoliu").len(), story.heard("lisi").len());
    let done = items::close(&story.gateway, &HOST, &code(&story, "A1").await, "企业已关停").await.expect("closes");
    assert!(done.item.administrative && done.item.state == State::Closed && done.item.verified_by.is_none());
    assert!(done.text.contains("未经复查"), "{}", done.text);
    story.until("09-22 15:00").await;
    assert!(since(&story, "zhaoliu", assigner).contains("行政关闭，未经复查（企业已关停）"));
    assert!(since(&story, "lisi", supervisor).contains("行政关闭，未经复查（企业已关停）"));
    // The log: an event of its own kind, with its reason.
    let history = story.gateway.store.history(done.item.id).await.expect("reads");
    let last = history.last().expect("events");
    assert_eq!(last.event, Event::CloseUnverified { reason: "企业已关停".to_owned() });
    assert_eq!((last.actor.clone(), last.via.as_str()), (HOST.actor.clone(), "command"));
    // The office's table, the export, the status.
    let directory = story.gateway.directory().await.expect("reads");
    let county = directory.units_named("青石县")[0].id;
    let reader = who(&story, "赵六").await;
    let (since, now) = (at("09-21 17:00"), story.gateway.now());
    let table = story.gateway.table(&directory, reader, county, since, now).await.expect("reads");
    let lead = table.expect("a table").lead.join("\n");
    assert!(lead.contains("整改率 0.0%（已销号 0/2）") || lead.contains("0.0%"), "{lead}");
    assert!(lead.contains("另有1项行政关闭"), "{lead}");
    let csv = story.gateway.export_csv("story").await.expect("exports");
    let csv = String::from_utf8(csv).expect("text");
    let line = csv.lines().find(|l| l.contains("A1号工房")).expect("the row");
    assert!(line.contains("行政关闭，未经复查"), "{line}");
    let status = story.gateway.store.status(story.gateway.now()).await.expect("reads");
    assert_eq!(status.closed_unverified, 1);
    // Reopened it is an item like any other, and verified it counts.
    items::reopen(&story.gateway, &HOST, &done.item.code, "重新开工").await.expect("reopens");
    assert!(!story.item("A1").await.administrative);
    assert_eq!(story.state("A1").await, "reopened");
}

#[tokio::test]
async fn an_item_that_somebody_verified_is_closed_in_the_ordinary_way() {
    let mut story = Story::with(&[row("A1", "重大", "2022-10-27", "张三")]).await;
    story.says("zhangsan", "A1完成").await;
    let code = code(&story, "A1").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    story.until("09-22 10:00").await;
    let verified =
        items::verify(&story.gateway, &of(&story, "李四").await, &code, true, "现场看过").await.expect("may");
    assert_eq!((verified.item.state, verified.item.verified_by), (State::Verified, Some(who(&story, "李四").await)));
    let closed = items::close(&story.gateway, &HOST, &code, "销号单 12").await.expect("closes");
    assert!(closed.item.state == State::Closed && !closed.item.administrative);
    let again = items::close(&story.gateway, &HOST, &code, "再来一次").await.expect("says so");
    assert!(!again.item.administrative, "a second order makes it nothing else: {}", again.text);
}

#[tokio::test]
async fn a_verification_needs_its_verifier_by_name_and_never_the_fixer() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-27", "张三")]).await;
    let code = code(&story, "A1").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    story.until("09-22 10:00").await;
    let text = refusal(items::verify(&story.gateway, &HOST, &code, true, "应该好了").await);
    assert!(text.contains("李四") && text.contains("--as"), "{text}");
    let fixer = of(&story, "张三").await;
    let text = refusal(items::verify(&story.gateway, &fixer, &code, true, "我修的").await);
    assert!(text.contains("李四"), "{text}");
    let stranger = of(&story, "孙八").await;
    let text = refusal(items::verify(&story.gateway, &stranger, &code, true, "看过").await);
    assert!(text.contains("李四"), "{text}");
    assert_eq!(story.state("A1").await, "reported_done");
    let done = items::verify(&story.gateway, &of(&story, "李四").await, &code, false, "仍未接地").await.expect("may");
    assert_eq!(done.item.state, State::InProgress);
}

#[tokio::test]
async fn a_deadline_moved_by_the_office_is_told_and_its_old_reminders_are_not_sent() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-27", "张三")]).await;
    let code = code(&story, "A1").await;
    story.says("zhangsan", &format!("{code} 收到")).await;
    story.until("09-23 10:00").await;
    let before = story.heard("zhangsan").len();
    let done = items::due(&story.gateway, &HOST, &code, "2022-11-30", "等配件", "").await.expect("moves");
    assert_eq!(done.item.current_due, Some(at("11-30 17:30")));
    assert_eq!(done.item.original_due, Some(at("09-27 17:30")), "the first deadline never changes");
    story.until("09-28 12:00").await;
    let heard = since(&story, "zhangsan", before);
    assert!(heard.contains("11月30日") && heard.contains("等配件"), "{heard}");
    assert!(!heard.contains("逾期") && !heard.contains("今天到期"), "{heard}");
    let text = refusal(items::due(&story.gateway, &HOST, &code, "2022-09-01", "写错了", "").await);
    assert!(text.contains("已经过去"), "{text}");
    let text = refusal(items::due(&story.gateway, &HOST, &code, "下周吧", "写错了", "").await);
    assert!(text.contains("+3wd"), "{text}");
}

#[tokio::test]
async fn in_a_fixers_name_a_deadline_is_only_asked_for_and_in_a_strangers_not_even_that() {
    let story = Story::with(&[row("A1", "重大", "2022-10-27", "张三")]).await;
    let code = code(&story, "A1").await;
    let fixer = of(&story, "张三").await;
    let text = refusal(items::due(&story.gateway, &fixer, &code, "+5d", "配件未到", "").await);
    assert!(text.contains("临时措施"), "{text}");
    let done = items::due(&story.gateway, &fixer, &code, "+5d", "配件未到", "专人看守").await.expect("asks");
    assert_eq!(done.item.current_due, Some(at("10-27 17:30")));
    assert!(done.item.extension.is_some());
    let text = refusal(items::due(&story.gateway, &of(&story, "孙八").await, &code, "+5d", "我想", "专人看守").await);
    assert!(text.contains("张三") && text.starts_with("孙八"), "{text}");
}

#[tokio::test]
async fn whoever_gains_or_loses_an_item_by_the_office_hears_it() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-10-27", "张三"), row("A2", "一般", "2022-10-27", "张三")]).await;
    let (one, two) = (code(&story, "A1").await, code(&story, "A2").await);
    let before = [story.heard("zhangsan").len(), story.heard("qianqi").len(), story.heard("lisi").len()];
    items::assign(&story.gateway, &HOST, &one, Role::Responsible, "钱七", "分工调整").await.expect("assigns");
    items::assign(&story.gateway, &HOST, &two, Role::Verifier, "钱七", "李四出差").await.expect("assigns");
    story.until("09-23 10:00").await;
    assert!(since(&story, "zhangsan", before[0]).contains("已改由钱七负责"));
    let gained = since(&story, "qianqi", before[1]);
    assert!(gained.contains(&one) && gained.contains("请你担任复查人（李四出差）"), "{gained}");
    assert!(since(&story, "lisi", before[2]).contains("已另行安排他人"));
    let text = refusal(items::assign(&story.gateway, &HOST, &two, Role::Verifier, "张三", "方便").await);
    assert!(text.contains("张三就既整改又复查") && !text.contains("可由"), "{text}");
    // In a person's name: who fixes it asks, who is nothing to it is refused, other roles are the office's.
    let fixer = of(&story, "张三").await;
    let asked = items::assign(&story.gateway, &fixer, &two, Role::Responsible, "钱七", "不在岗").await;
    let text = refusal(items::assign(&story.gateway, &fixer, &two, Role::Supervisor, "钱七", "换人").await);
    assert!(asked.expect("asks").item.handover.is_some() && text.contains("不写 --as"), "{text}");
    let stranger = of(&story, "孙八").await;
    let text = refusal(items::assign(&story.gateway, &stranger, &two, Role::Responsible, "钱七", "换人").await);
    assert!(text.contains("赵六"), "{text}");
}

#[tokio::test]
async fn in_persons_names_two_must_agree_to_void_and_every_act_needs_a_reason() {
    let story = Story::with(&[row("A1", "一般", "2022-10-27", "张三")]).await;
    let code = code(&story, "A1").await;
    assert!(refusal(items::void(&story.gateway, &HOST, &code, "  ").await).contains("--reason"));
    let first = of(&story, "赵六").await;
    items::void(&story.gateway, &first, &code, "重复").await.expect("noted");
    assert_eq!(story.state("A1").await, "assigned");
    refusal(items::void(&story.gateway, &first, &code, "重复").await);
    items::void(&story.gateway, &of(&story, "李四").await, &code.to_lowercase(), "重复").await.expect("agrees");
    assert_eq!(story.state("A1").await, "void");
    assert!(refusal(items::reopen(&story.gateway, &HOST, &code, "再看").await).contains("已作废"));
    assert!(refusal(items::void(&story.gateway, &HOST, "ZZZZ", "重复").await).contains("ZZZZ"));
}

#[tokio::test]
async fn an_item_by_hand_is_judged_as_a_row_and_told_as_one() {
    let mut story = Story::begin().await;
    let new = |due: &str, verifier: &str| NewItem {
        unit: "红星花炮厂".to_owned(),
        title: "配电箱无门".to_owned(),
        place: format!("{due}号库"),
        due: due.to_owned(),
        responsible: "张三".to_owned(),
        verifier: verifier.to_owned(),
        assigner: "赵六".to_owned(),
        ..NewItem::default()
    };
    let added = items::add(&story.gateway, &HOST, &new("2022-10-27", "李四")).await.expect("adds");
    assert_eq!((added.item.state, added.reasons.as_slice()), (State::Assigned, &[] as &[String]));
    story.until("09-22 10:00").await;
    assert!(story.heard("zhangsan").iter().any(|(_, text)| text.contains("配电箱无门")));
    // The same again is no second item.
    let text = refusal(items::add(&story.gateway, &HOST, &new("2022-10-27", "李四")).await);
    assert!(text.contains(&added.item.code), "{text}");
    // Without a verifier, or with the fixer as one: a draft that says why.
    for (day, verifier) in ["", "张三", "无此人"].into_iter().enumerate() {
        let draft = items::add(&story.gateway, &HOST, &new(&format!("2022-11-1{day}"), verifier)).await;
        let draft = draft.expect("registers");
        assert!(draft.item.state == State::Draft && !draft.reasons.is_empty(), "{verifier}: {:?}", draft.reasons);
        let text = refusal(items::issue(&story.gateway, &HOST, &draft.item.code, "快办").await);
        assert!(text.contains("复查人"), "{text}");
        let done = items::assign(&story.gateway, &HOST, &draft.item.code, Role::Verifier, "李四", "补").await;
        assert!(done.expect("completes").lacks.is_empty());
        let issued = items::issue(&story.gateway, &HOST, &draft.item.code, "已补齐").await.expect("issues");
        assert_eq!(issued.item.state, State::Assigned);
    }
    // A unit that nobody listed is asked about, not made.
    let units = story.gateway.directory().await.expect("reads").units().len();
    let wrong = NewItem { unit: "红星花炮场".to_owned(), ..new("2022-10-28", "李四") };
    assert!(refusal(items::add(&story.gateway, &HOST, &wrong).await).contains("红星花炮场"));
    assert_eq!(story.gateway.directory().await.expect("reads").units().len(), units);
}

// ---- pause ------------------------------------------------------------------------------------------

fn titles(story: &Story, login: &str, before: usize) -> Vec<String> {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect()
}

#[tokio::test]
async fn a_pause_holds_routine_and_lets_escalations_of_major_items_emergencies_and_answers_through() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-26", "张三"), row("A2", "重大", "2022-09-26", "钱七")]).await;
    let (general, major) = (code(&story, "A1").await, code(&story, "A2").await);
    story.until("09-23 14:30").await;
    let begun = pause::begin(&story.gateway, &HOST, "2022-09-30T10:00", "", "全县演练").await.expect("begins");
    assert_eq!(begun.items, 2);
    let before = ["zhangsan", "qianqi", "zhengyi", "zhaoliu"].map(|login| story.heard(login).len());
    story.until("09-29 18:00").await;
    assert_eq!(titles(&story, "zhangsan", before[0]), Vec::<String>::new(), "routine waits");
    let heard = since(&story, "qianqi", before[1]);
    assert!(heard.contains(&major) && !heard.contains(&general), "{heard}");
    // What people write is answered, and an emergency passes.
    let answer = story.says("zhangsan", "我的任务").await;
    assert!(answer.contains(&general), "{answer}");
    story.says("zhangsan", "3号工房着火了，有人被困").await;
    assert!(since(&story, "zhengyi", before[2]).contains("着火"), "the duty officer is paged");
    // Deadlines run on; the audit finds nothing forgotten.
    assert!(story.item("A1").await.is_overdue(story.gateway.now()));
    let overdue = story.gateway.overdue().await.expect("looks");
    assert!(overdue.is_clean(), "{overdue}");
    let before = story.heard("zhangsan").len();
    story.until("09-30 11:00").await;
    let heard = titles(&story, "zhangsan", before);
    assert_eq!(heard.len(), 1, "one merged message: {heard:?}");
    assert!(heard[0].contains(&general) && heard[0].contains("逾期"), "{heard:?}");
}

#[tokio::test]
async fn after_a_pause_only_what_is_still_true_is_said() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-26", "张三"), row("A2", "一般", "2022-09-26", "张三")]).await;
    let (one, two) = (code(&story, "A1").await, code(&story, "A2").await);
    story.until("09-23 15:00").await;
    pause::begin(&story.gateway, &HOST, "2022-09-30T10:00", "", "系统迁移").await.expect("begins");
    story.until("09-28 09:30").await;
    story.says("zhangsan", &format!("{one} 完成")).await;
    let before = story.heard("zhangsan").len();
    story.until("09-30 11:00").await;
    let heard = since(&story, "zhangsan", before);
    assert!(heard.contains(&two) && !heard.contains(&one), "{heard}");
}

#[tokio::test]
async fn a_pause_of_a_unit_leaves_the_others_alone_and_is_in_no_list_meanwhile() {
    let units = format!("{UNITS}白沙镇,青石县,township,,0799-5550209\n");
    let mut story = Story::empty().await;
    story.imports(&[("units.csv", &units), ("people.csv", PEOPLE)]).await;
    let other = row("A2", "一般", "2022-09-26", "张三").replace("青石镇", "白沙镇").replace("红星花炮厂", "白沙镇");
    story.imports(&[("ledger.csv", &ledger(&[row("A1", "一般", "2022-09-26", "张三"), other]))]).await;
    story.until("09-23 15:00").await;
    let (paused, free) = (code(&story, "A1").await, code(&story, "A2").await);
    assert!(refusal(pause::begin(&story.gateway, &HOST, "+5d", "青石", "停").await).contains("青石"));
    let begun =
        pause::begin(&story.gateway, &HOST, "2022-09-30T10:00", "青石县/青石镇", "停电检修").await.expect("begins");
    assert_eq!(begun.items, 1);
    let before = story.heard("zhangsan").len();
    story.until("09-29 18:00").await;
    let heard = since(&story, "zhangsan", before);
    assert!(heard.contains(&free) && !heard.contains(&paused), "{heard}");
    let shown = items::show(&story.gateway, &HOST, &paused).await.expect("shows");
    assert_eq!(shown.pauses.len(), 1);
    assert!(shown.lines.iter().any(|l| l.event == "pause" && l.text.contains("停电检修") && l.via == "command"));
    let shown = items::show(&story.gateway, &HOST, &free).await.expect("shows");
    assert!(shown.pauses.is_empty() && shown.lines.iter().all(|l| l.event != "pause"));
}

#[tokio::test]
async fn a_pause_lives_in_the_database_for_every_gateway_and_ends_early_for_all() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-26", "张三")]).await;
    story.until("09-23 15:00").await;
    // Ordered at another gateway than the one that sends.
    let other = story.another_gateway().await;
    pause::begin(&other, &HOST, "2022-10-12", "", "国庆值班另行安排").await.expect("begins");
    let before = story.heard("zhangsan").len();
    story.until("09-28 15:00").await;
    assert_eq!(titles(&story, "zhangsan", before), Vec::<String>::new());
    // A gateway that starts now knows it, too.
    let started = story.another_gateway().await;
    started.settle().await.expect("settles");
    assert_eq!(titles(&story, "zhangsan", before), Vec::<String>::new());
    assert!(refusal(pause::end(&started, &HOST, 99, "算了").await).contains('1'));
    pause::end(&started, &HOST, 0, "演练取消").await.expect("ends");
    story.until("09-28 15:05").await;
    let heard = titles(&story, "zhangsan", before);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(refusal(pause::end(&started, &HOST, 0, "再结束").await).contains("没有"));
    let listed = pause::list(&story.gateway).await.expect("lists");
    assert!(listed.len() == 1 && !listed[0].in_force && listed[0].ended_at.is_some());
}

#[tokio::test]
async fn what_was_made_before_the_pause_and_has_not_left_waits_as_well() {
    let mut story = Story::with(&[row("A1", "一般", "2022-09-27", "张三")]).await;
    story.until("09-26 08:59").await;
    // The platform asks for patience; the message is made and waits for another try.
    let after = std::time::Duration::from_secs(1_200);
    story.desk.will("zhangsan", vec![Outcome::RetryAfter { scope: LimitScope::Chat, after }]);
    story.until("09-26 09:05").await;
    let before = story.heard("zhangsan").len();
    pause::begin(&story.gateway, &HOST, "2022-09-26T16:00", "", "演练").await.expect("begins");
    story.until("09-26 15:00").await;
    assert_eq!(titles(&story, "zhangsan", before), Vec::<String>::new());
    story.until("09-26 16:05").await;
    assert_eq!(titles(&story, "zhangsan", before).len(), 1);
}

#[tokio::test]
async fn a_pause_too_long_or_over_already_is_refused() {
    let story = Story::with(&[row("A1", "一般", "2022-09-26", "张三")]).await;
    for (until, why) in [("2022-09-21", "已经过去"), ("2023-09-21", "31"), ("明天", "+3wd")] {
        let text = refusal(pause::begin(&story.gateway, &HOST, until, "", "x").await);
        assert!(text.contains(why), "{until}: {text}");
    }
    assert!(refusal(pause::begin(&story.gateway, &HOST, "+1d", "", "").await).contains("--reason"));
    assert!(pause::list(&story.gateway).await.expect("lists").is_empty());
}

#[tokio::test]
async fn an_answer_can_still_be_taken_back_after_a_pause_began() {
    let story = &mut Story::with(&[row("A1", "一般", "2022-10-26", "张三")]).await;
    let code = code(story, "A1").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    pause::begin(&story.gateway, &HOST, "+1d", "", "演练").await.expect("begins");
    story.says("zhangsan", "撤销").await;
    assert_eq!(story.state("A1").await, "assigned");
    let proof = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert!(proof.broken.is_none() && story.gateway.store.strayed().await.expect("counts") == 0);
}

// ---- deliveries and resend --------------------------------------------------------------------------

#[tokio::test]
async fn deliveries_say_to_whom_by_which_way_why_and_what_was_withdrawn_by_what() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-27", "张三"), row("A2", "一般", "2022-09-27", "钱七")]).await;
    story.until("09-26 08:55").await;
    let code = code(&story, "A1").await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    story.until("09-26 18:00").await;
    let day = |text: &str| text.parse().expect("a day");
    let all = deliveries::on_day(&story.gateway, day("2022-09-22"), &Wanted::default()).await.expect("reads");
    let issued: Vec<_> = all.iter().filter(|d| d.why == ["issue"]).collect();
    assert_eq!(issued.len(), 2, "{all:?}");
    let first = issued.iter().find(|d| d.to == "张三").expect("张三 was told");
    assert_eq!((first.channel.as_str(), first.outcome.as_str()), ("desk", "sent"));
    assert_eq!(first.codes, std::slice::from_ref(&code));
    assert!(first.detail.iter().any(|d| d.contains("accepted")), "{first:?}");
    // Of one person, about one item: the reminder of the day before was planned, and withdrawn by the claim.
    let wanted = Wanted { to: Some(who(&story, "张三").await), item: Some(story.item("A1").await.id) };
    let monday = deliveries::on_day(&story.gateway, day("2022-09-26"), &wanted).await.expect("reads");
    let withdrawn = monday.iter().find(|d| d.outcome == "withdrawn").expect("withdrawn");
    let why = withdrawn.detail.join("; ");
    assert!(why.contains("claim_done") && why.contains("张三"), "{why}");
    // What waits: the reminder of the other one's deadline, by pause.
    pause::begin(&story.gateway, &HOST, "2022-09-28T10:00", "", "演练").await.expect("begins");
    story.until("09-27 16:00").await;
    let wanted = Wanted { to: Some(who(&story, "钱七").await), item: None };
    let waits = deliveries::on_day(&story.gateway, day("2022-09-27"), &wanted).await.expect("reads");
    let waits: Vec<_> = waits.iter().filter(|d| d.outcome == "waiting").collect();
    assert!(waits.iter().any(|d| d.detail == ["pause 1"] && d.why == ["L0-day"]), "{waits:?}");
}

#[tokio::test]
async fn what_was_sent_is_sent_again_only_as_far_as_it_is_still_true() {
    let mut story = Story::with(&[
        row("A1", "一般", "2022-10-27", "张三"),
        row("A2", "一般", "2022-10-27", "张三"),
        row("A3", "一般", "2022-10-27", "张三"),
    ])
    .await;
    let codes = [code(&story, "A1").await, code(&story, "A2").await, code(&story, "A3").await];
    story.says("zhangsan", &format!("{} 完成", codes[0])).await;
    story.until("09-22 10:00").await;
    let before = story.heard("zhangsan").len();
    let day = "2022-09-22".parse().expect("a day");
    let again = Again::Day(who(&story, "张三").await, day);
    let done = deliveries::resend(&story.gateway, &HOST, again, "手机换号").await.expect("resends");
    assert_eq!(done.again.len(), 2, "{done:?}");
    assert!(done.untrue.iter().any(|label| label.contains(&codes[0])), "{done:?}");
    story.until("09-22 10:05").await;
    let heard = titles(&story, "zhangsan", before);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains(&codes[1]) && heard[0].contains(&codes[2]) && !heard[0].contains(&codes[0]), "{heard:?}");
    // Logged with its reason, in the story of what was said again and of nothing else.
    for (key, times) in [("A1", 0), ("A2", 1), ("A3", 1)] {
        let history = story.gateway.store.history(story.item(key).await.id).await.expect("reads");
        let said = history.iter().filter(|l| matches!(&l.event, Event::Resend { reason, .. } if reason == "手机换号"));
        assert_eq!(said.count(), times, "{key}");
    }
    let all = deliveries::on_day(&story.gateway, day, &Wanted::default()).await.expect("reads");
    let resent = all.iter().find(|d| d.why.iter().any(|why| why.starts_with("resend"))).expect("listed");
    // Again, by its number: once more, and the number of a message that never was is refused.
    let number = resent.message.expect("a message");
    let done = deliveries::resend(&story.gateway, &HOST, Again::Message(number), "又没收到").await.expect("resends");
    assert_eq!(done.again.len(), 2, "{done:?}");
    assert!(refusal(deliveries::resend(&story.gateway, &HOST, Again::Message(9_999), "x").await).contains("未重发"));
}

#[tokio::test]
async fn a_resend_passes_the_daily_cap_and_a_pause_but_not_the_night() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-27", "张三")]).await;
    story.until("09-22 22:00").await;
    pause::begin(&story.gateway, &HOST, "+2d", "", "演练").await.expect("begins");
    let again = Again::Day(who(&story, "张三").await, "2022-09-22".parse().expect("a day"));
    let before = story.heard("zhangsan").len();
    let done = deliveries::resend(&story.gateway, &HOST, again, "没收到").await.expect("resends");
    assert_eq!(done.at, Some(at("09-23 07:30")));
    story.until("09-22 23:00").await;
    assert_eq!(story.heard("zhangsan").len(), before);
    story.until("09-23 07:35").await;
    assert_eq!(story.heard("zhangsan").len(), before + 1);
}

// ---- the real program ---------------------------------------------------------------------------------

/// A day of the real clock.
fn in_days(days: i64) -> String {
    (chrono::Utc::now() + chrono::Duration::days(days)).date_naive().to_string()
}

fn office() -> Office {
    let office = Office::new();
    office.file("pack.toml", &pack());
    office.file("dutybell.toml", "[office]\npolicy = \"pack.toml\"\n[database]\nurl = \"sqlite:office.db\"\n");
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    let rows = [row("A1", "一般", &in_days(20), "张三"), row("A2", "重大", &in_days(20), "钱七")];
    office.file("ledger.csv", &ledger(&rows));
    office.run(&["import", "ledger.csv", "--people", "units.csv", "--people", "people.csv"]);
    office
}

fn first_code(office: &Office) -> String {
    let listed: serde_json::Value = serde_json::from_str(&office.run(&["item", "list", "--json"])).expect("JSON");
    listed[0]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn the_verbs_are_commands_that_say_what_they_did_and_why_they_did_not() {
    let office = office();
    let code = first_code(&office);
    let said = office.run(&["item", "assign", &code, "--to", "孙八", "--reason", "值班调整", "--lang", "zh-CN"]);
    assert!(said.contains("孙八") && said.contains("将告知：张三"), "{said}");
    let shown = office.run(&["item", "show", &code, "--lang", "en"]);
    assert!(shown.contains("值班调整") && shown.contains("孙八") && shown.contains("command"), "{shown}");
    let refused =
        office.command().args(["item", "verify", &code, "--as", "张三", "--reason", "x"]).output().expect("runs");
    assert!(!refused.status.success());
    let said = office.run(&["item", "close", &code, "--reason", "企业关停", "--lang", "en"]);
    assert!(said.contains("without a verification"), "{said}");
    let status = office.run(&["status"]);
    assert!(status.contains("closed without a verification"), "{status}");
    let added = office.run(&[
        "item",
        "add",
        "--unit",
        "青石镇/红星花炮厂",
        "--title",
        "通道堵塞",
        "--responsible",
        "张三",
        "--verifier",
        "李四",
        "--due",
        &in_days(30),
        "--json",
    ]);
    let added: serde_json::Value = serde_json::from_str(&added).expect("JSON");
    assert_eq!(added["item"]["state"], "assigned");
    let dossier = office.run(&["audit", "export", "--item", &code, "--html", "--lang", "zh-CN"]);
    assert!(dossier.contains("行政关闭，未经复查") && dossier.contains("企业关停"), "the dossier says so");
    assert!(office.run(&["audit", "verify"]).contains("whole"));
}

#[test]
fn a_pause_shows_in_status_and_in_its_list_until_it_is_ended() {
    let office = office();
    let said = office.run(&["pause", "--until", "+2d", "--unit", "青石镇", "--reason", "停电", "--lang", "zh-CN"]);
    assert!(said.contains("青石镇的日常提醒暂停至") && said.contains("停电"), "{said}");
    assert!(office.run(&["status", "--lang", "zh-CN"]).contains("青石镇的日常提醒暂停至"));
    let json: serde_json::Value = serde_json::from_str(&office.run(&["status", "--json"])).expect("JSON");
    assert_eq!(json["pauses"][0]["reason"], "停电");
    assert!(office.run(&["pause", "list"]).contains("in force"));
    office.run(&["pause", "end", "--reason", "来电了"]);
    let status = office.run(&["status", "--lang", "zh-CN"]);
    assert!(!status.contains("期限照算") && status.contains("提前恢复：来电了"), "{status}");
    assert!(office.run(&["pause", "list"]).contains("ended"));
}

/// Counts who knocks at a port.
fn counterpart() -> (u16, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    (port, count)
}

/// Every file of the folder with what is in it.
fn bytes(office: &Office) -> std::collections::BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(office.path()).expect("reads").map(|e| e.expect("an entry"));
    let files = files.filter(|e| e.file_name().to_string_lossy().starts_with("office.db"));
    // An index of the log that readers share; nothing of the office is in it.
    let files = files.filter(|e| !e.file_name().to_string_lossy().ends_with("-shm"));
    files.map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("reads"))).collect()
}

/// Every channel, a source, the sign of life and the daily check, all at one port.
const EVERYTHING: &str = r#"
[telegram]
token = "1:abcdefghijklmnopqrstuvwxyz"
bot_username = "x_bot"
api_url = "http://127.0.0.1:PORT"
[matrix]
homeserver = "http://127.0.0.1:PORT"
user_id = "@bell:qingshi.example"
access_token = "syt_abcdefghijklmnop"
[wecom]
corp_id = "ww0123456789abcdef"
agent_id = 1000002
app_secret = "abcdefghijklmnopqrstuvwxyz"
callback_token = "abcdefghijklmnopqrst"
aes_key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
api_url = "http://127.0.0.1:PORT"
[wecom_bot]
bot_id = "aibExampleDutyBell01"
secret = "abcdefghijklmnopqrstuvwxyz"
api_url = "ws://127.0.0.1:PORT"
[feishu]
app_id = "cli_a1b2c3d4e5f6a7b8"
app_secret = "abcdefghijklmnopqrstuvwxyz"
api_url = "http://127.0.0.1:PORT"
[dingtalk]
client_id = "dingexample4duty"
client_secret = "abcdefghijklmnopqrstuvwxyz"
api_url = "http://127.0.0.1:PORT"
[sms]
hook_url = "http://127.0.0.1:PORT/send"
format = "form"
success = "ok"
[sms.fields]
phone = "{to}"
content = "{text}"
[mail]
from = "bell@qingshi.example"
message_domain = "qingshi.example"
[mail.transport]
type = "smtp"
host = "127.0.0.1"
port = PORT
security = "plain"
[[webhook]]
name = "robot"
preset = "slack"
hook_url = "http://127.0.0.1:PORT/hook"
allow_private = ["127.0.0.1"]
[watchdog]
heartbeat_url = "http://127.0.0.1:PORT/alive"
[[source]]
name = "web"
cron = "* * * * *"
[source.http]
url = "http://127.0.0.1:PORT/ledger.csv"
allow_private = ["127.0.0.1"]
"#;

async fn rehearses(office: &Office, port: u16) -> serde_json::Value {
    let mut child = office
        .command()
        .args(["rehearse", "--listen", &format!("127.0.0.1:{port}"), "--speed", "0.5", "--days", "60"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("starts");
    let mut last = serde_json::Value::Null;
    for _ in 0..600 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if let Some(state) = page(port).await {
            let sent = state["totals"]["sent"].as_u64().unwrap_or(0);
            last = state;
            if sent >= 3 {
                break;
            }
        }
    }
    let _ = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    child.wait().expect("ends");
    last
}

async fn page(port: u16) -> Option<serde_json::Value> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(b"GET /api/demo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    serde_json::from_str(&answer[answer.find('{')?..=answer.rfind('}')?]).ok()
}

#[tokio::test]
async fn a_rehearsal_with_every_channel_configured_calls_nobody_and_leaves_the_store_as_it_was() {
    let office = office();
    let (port, count) = counterpart();
    let config = std::fs::read_to_string(office.path().join("dutybell.toml")).expect("reads");
    office.file("dutybell.toml", &format!("{config}{}", EVERYTHING.replace("PORT", &port.to_string())));
    // The configuration is one that the program takes.
    office.run(&["config", "check"]);
    let before = bytes(&office);
    let state = rehearses(&office, free_port()).await;
    assert_eq!(state["rehearsal"], true, "{state}");
    assert!(state["totals"]["sent"].as_u64().is_some_and(|n| n >= 3), "{state}");
    assert_eq!(state["items"].as_array().map(Vec::len), Some(2), "the office's own items");
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 0, "somebody was called");
    assert!(bytes(&office) == before, "the store is not byte for byte the same");
}

#[tokio::test]
async fn the_copy_for_a_rehearsal_holds_the_whole_office_and_leads_to_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = database(folder.path()).await;
    let mut story = Story::on(&url, folder, PACK, at("09-22 08:30")).await;
    let rows = ledger(&[row("A1", "一般", "2022-09-27", "张三"), row("A2", "重大", "2022-10-27", "钱七")]);
    story.imports(&[("units.csv", UNITS), ("people.csv", PEOPLE), ("ledger.csv", &rows)]).await;
    story.until("09-22 12:00").await;
    let aside = tempfile::tempdir().expect("a folder");
    let copy = rehearsal::copy_of(&url, &aside.path().join("copy.db")).await.expect("copies");
    rehearsal::desks_only(&copy, story.gateway.now()).await.expect("turns");
    let own = &story.gateway.store;
    assert_eq!(copy.items(100).await.expect("reads"), own.items(100).await.expect("reads"));
    let head = own.head().await.expect("reads").expect("has one");
    let proof = copy.verify_chain(&[head]).await.expect("verifies");
    assert!(proof.is_whole(), "the office's log, and what became of the contact points: {proof:?}");
    assert!(copy.contacts_on("mail").await.expect("reads").is_empty());
    assert_eq!(copy.contacts_on("desk").await.expect("reads").len(), 8);
    assert_eq!(own.contacts_on("mail").await.expect("reads").len(), 8, "the office keeps its own");
    let nowhere = aside.path().join("none.db");
    let missing = rehearsal::copy_of(&format!("sqlite:{}", nowhere.display()), &aside.path().join("b.db")).await;
    assert!(missing.is_err_and(|e| e.to_string().contains("none.db")) && !nowhere.exists());
    copy.close().await;
}

#[tokio::test]
async fn a_rehearsal_beside_a_running_gateway_changes_nothing_either() {
    let office = office();
    let service = office.serve(free_port());
    service.is_ready().await;
    office.run(&["pause", "--until", "+3d", "--reason", "安静"]);
    // In the night of the machine nothing else is written; the log is in use.
    service.signal("STOP");
    let before = bytes(&office);
    assert!(before.contains_key("office.db-wal"));
    let state = rehearses(&office, free_port()).await;
    let after = bytes(&office);
    service.signal("CONT");
    assert_eq!(state["rehearsal"], true, "{state}");
    assert!(state["paused"].as_str().is_some_and(|text| text.contains("安静")) || state["paused"].is_null(), "{state}");
    assert!(after == before, "the store is not byte for byte the same");
}
