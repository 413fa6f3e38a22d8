//! The register of people kept by commands, and what doctor and preview say of it.

use std::process::Output;

use chrono::NaiveDate;
use dutybell::app::health::{Finding, Grade, Look};
use dutybell::app::people::{self, Register, SplitWhat};
use dutybell::core::item::{Item, Role, State};
use dutybell::core::owners::name_of;
use dutybell::store::people::register;

use crate::met::callers::who;
use crate::office::Office;
use crate::story::{PACK, PEOPLE, Story, UNITS, at, row};

const HEAD: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,desk,邮箱,渠道,休息时段\n";

async fn refused(story: &Story, text: &str) -> String {
    Register::read(&story.gateway).await.expect("reads").find(text).expect_err("refused").to_string()
}

/// Names of those who stand on an item in a role, as the rules see it.
async fn holders(story: &Story, item: &Item, role: Role) -> Vec<String> {
    let directory = story.gateway.directory().await.expect("reads");
    let people = story.gateway.world(&directory).holders(item, role);
    people.into_iter().map(|p| directory.person(p).expect("known").name.clone()).collect()
}

/// A second entry of one person, as a mistake leaves it: the import itself asks before it makes one.
async fn doubled(story: &mut Story, row: &str, name: &str) {
    let (_, rest) = row.split_once(',').expect("a row");
    story.imports(&[("twin.csv", &format!("{HEAD}双影,{rest}"))]).await;
    let twin = who(story, "双影").await;
    people::rename(&story.gateway, &crate::story::HOST, twin, name).await.expect("renames");
}

/// Leaves time for what the loops do every few minutes.
async fn a_while(story: &mut Story) {
    let later = story.gateway.now() + chrono::Duration::minutes(12);
    story.until_at(later).await;
}

async fn findings(story: &Story) -> Vec<Finding> {
    Look::read(&story.gateway, None).await.expect("reads").findings()
}

fn said(findings: &[Finding], grade: Grade) -> String {
    findings.iter().filter(|f| f.grade == grade).map(|f| format!("{}: {}\n", f.what, f.text)).collect()
}

fn texts(story: &Story, login: &str) -> String {
    story.heard(login).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n---\n")
}

/// A county office as its administrator has it in a folder.
fn office(people: &str) -> Office {
    let office = Office::new();
    office.file("units.csv", UNITS);
    office.file("people.csv", people);
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    office
}

fn fails(output: &Output, code: i32) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

fn run(office: &Office, arguments: &[&str]) -> Output {
    office.command().args(arguments).output().expect("runs")
}

// ---- who is meant ---------------------------------------------------------------------------------------------

const TWO_ZHANG: &str =
    "张强,青石县/青石镇,安监员,staff,13900000001,zh-CN,Asia/Shanghai,zhangqiang1,zq1@qingshi.example,\"desk, mail\",
张强,青石县/县安委办,科员,staff,13900000002,zh-CN,Asia/Shanghai,zhangqiang2,zq2@qingshi.example,\"desk, mail\",
";

#[tokio::test]
async fn everybody_is_found_by_name_unit_phone_address_or_number_of_the_list() {
    let mut story = Story::begin().await;
    story.imports(&[("more.csv", &format!("{HEAD}{TWO_ZHANG}"))]).await;
    let first = who(&story, "13900000001").await;
    let second = who(&story, "13900000002").await;
    assert_ne!(first, second);
    for text in ["青石镇/张强", "青石县/青石镇/张强", "张强（青石镇）", "张强(13900000001)", "+86 139 0000 0001"]
    {
        assert_eq!(who(&story, text).await, first, "{text}");
    }
    for text in ["县安委办/张强", "zhangqiang2", "ZQ2@qingshi.example", "mail:zq2@qingshi.example", "desk:zhangqiang2"]
    {
        assert_eq!(who(&story, text).await, second, "{text}");
    }
    for text in
        [format!("{}", second.0), format!("no{}", second.0), format!("#{}", second.0), format!("{}号", second.0)]
    {
        assert_eq!(who(&story, &text).await, second, "{text}");
    }
    assert_eq!(who(&story, "李四").await, who(&story, "lisi").await);
}

#[tokio::test]
async fn an_ambiguous_name_lists_the_candidates_with_their_numbers() {
    let mut story = Story::begin().await;
    story.imports(&[("more.csv", &format!("{HEAD}{TWO_ZHANG}"))]).await;
    let (first, second) = (who(&story, "13900000001").await, who(&story, "13900000002").await);
    let said = refused(&story, "张强").await;
    for part in
        [format!("no. {}", first.0), format!("no. {}", second.0), "安监员".into(), "科员".into(), "13900000002".into()]
    {
        assert!(said.contains(&part), "{part} in {said}");
    }
    // In the whole county there are two, too.
    assert!(refused(&story, "青石县/张强").await.contains("several"));
    let nobody = refused(&story, "张弓").await;
    assert!(nobody.contains("nobody is called") && nobody.contains("张三"), "{nobody}");
}

#[test]
fn all_commands_take_unit_and_name_where_a_name_alone_is_not_enough() {
    let office = office(&format!("{PEOPLE}{TWO_ZHANG}"));
    assert!(fails(&run(&office, &["people", "link", "张强", "--channel", "desk"]), 1).contains("several people"));
    assert!(office.run(&["people", "link", "青石镇/张强", "--channel", "desk"]).contains("/desk?code="));
    let listed = office.run(&["people", "list"]);
    let number: String = listed
        .lines()
        .find(|l| l.contains("13900000002"))
        .and_then(|l| l.trim_start_matches(['|', ' ']).split(' ').next())
        .expect("the list shows numbers")
        .to_owned();
    assert!(office.run(&["people", "rename", &number, "张小强"]).contains("张强 is called 张小强"));
    assert!(office.run(&["people", "link", "张强", "--channel", "desk"]).contains("张强 links"));
}

// ---- absences ---------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_second_absence_with_an_earlier_end_takes_effect_and_one_is_shortened_or_cancelled() {
    let mut story = Story::with(&[row("Y1", "一般", "2022-10-20", "张三")]).await;
    let (zhang, li, sun) = (who(&story, "张三").await, who(&story, "李四").await, who(&story, "孙八").await);
    let (from, until) = (at("09-22 09:00"), at("10-11 00:00"));
    people::add_absence(&story.gateway, &crate::story::HOST, zhang, sun, from, until).await.expect("adds");
    story.until("09-23 10:00").await;
    assert_eq!(holders(&story, &story.item("Y1").await, Role::Responsible).await, ["孙八"]);
    let second = people::add_absence(&story.gateway, &crate::story::HOST, zhang, sun, from, at("09-24 00:00"))
        .await
        .expect("adds");
    assert_eq!(second.replaced.len(), 1, "{second:?}");
    story.until("09-25 10:00").await;
    assert_eq!(holders(&story, &story.item("Y1").await, Role::Responsible).await, ["张三"], "back since the 24th");
    // Another deputy from a later day on: the first ends there.
    people::add_absence(&story.gateway, &crate::story::HOST, zhang, sun, at("09-26 00:00"), at("10-11 00:00"))
        .await
        .expect("adds");
    let third =
        people::add_absence(&story.gateway, &crate::story::HOST, zhang, li, at("10-01 00:00"), at("10-08 00:00"))
            .await
            .expect("adds");
    assert_eq!(third.shortened.len(), 1, "{third:?}");
    let all = people::absences(&story.gateway, Some(zhang)).await.expect("lists");
    assert_eq!(
        all.iter().map(|a| (a.deputy, a.until)).collect::<Vec<_>>(),
        [(sun, at("10-01 00:00")), (li, at("10-08 00:00"))]
    );
    // Two to come: which one must be said.
    let unsaid = people::end_absence(&story.gateway, &crate::story::HOST, zhang, None, story.gateway.now())
        .await
        .expect_err("which");
    assert!(unsaid.to_string().contains("2022-09-26") && unsaid.to_string().contains("2022-10-01"), "{unsaid}");
    let cut =
        people::end_absence(&story.gateway, &crate::story::HOST, zhang, Some(at("10-01 00:00")), story.gateway.now())
            .await;
    assert_eq!(cut.expect("cancels").deputy, li);
    story.until("09-26 10:00").await;
    people::end_absence(&story.gateway, &crate::story::HOST, zhang, None, story.gateway.now()).await.expect("ends");
    assert!(people::absences(&story.gateway, None).await.expect("lists").is_empty());
    assert_eq!(holders(&story, &story.item("Y1").await, Role::Responsible).await, ["张三"]);
    let longer = people::end_absence(&story.gateway, &crate::story::HOST, zhang, None, at("12-01 00:00"))
        .await
        .expect_err("none");
    assert!(longer.to_string().contains("no such absence"), "{longer}");
}

#[tokio::test]
async fn when_the_deputy_leaves_the_service_the_person_hears_again() {
    let story = Story::with(&[row("Y2", "一般", "2022-10-20", "张三")]).await;
    let (zhang, sun) = (who(&story, "张三").await, who(&story, "孙八").await);
    people::add_absence(&story.gateway, &crate::story::HOST, zhang, sun, at("09-22 08:00"), at("10-11 00:00"))
        .await
        .expect("adds");
    let leaving = people::offboard(&story.gateway, &crate::story::HOST, sun, None, true).await.expect("leaves");
    assert_eq!(leaving.deputy_of, [zhang]);
    assert_eq!(holders(&story, &story.item("Y2").await, Role::Responsible).await, ["张三"]);
}

#[test]
fn absences_are_added_listed_and_ended_by_command_and_the_old_names_name_the_new() {
    let office = office(PEOPLE);
    let add = ["people", "absence", "add", "张三", "--deputy", "孙八", "--from", "2036-10-01", "--until", "2036-10-07"];
    assert!(office.run(&add).contains("孙八 stands in for 张三 from 2036-10-01 00:00 to 2036-10-08 00:00"));
    let shorter =
        ["people", "absence", "add", "张三", "--deputy", "孙八", "--from", "2036-10-01", "--until", "2036-10-03"];
    assert!(office.run(&shorter).contains("replaced: 孙八 stands in for 张三"));
    let listed = office.run(&["people", "absence", "list"]);
    assert!(listed.contains("2036-10-04 00:00") && !listed.contains("2036-10-08"), "{listed}");
    assert!(office.run(&["people", "absence", "end", "13800000003"]).contains("cancelled"));
    assert!(!office.run(&["people", "absence", "list"]).contains("2036"));
    let old = fails(&run(&office, &["people", "leave", "张三", "--deputy", "孙八"]), 1);
    assert!(old.contains("people absence add 张三 --deputy 孙八"), "{old}");
    let old = fails(&run(&office, &["people", "left", "张三"]), 1);
    assert!(old.contains("people offboard 张三") && office.run(&["people", "list"]).contains("张三"), "{old}");
}

// ---- items follow the post --------------------------------------------------------------------------------------

const NEW_HEAD: &str = "周九,青石县/青石镇,安监站站长,staff,13800000099,zh-CN,Asia/Shanghai,zhoujiu,zhoujiu@qingshi.example,\"desk, mail\",\n";

#[tokio::test]
async fn a_leavers_items_go_to_who_takes_the_post_and_the_successor_is_told() {
    let mut story =
        Story::with(&[row("F1", "一般", "2022-10-20", "张三"), row("F2", "重大", "2022-10-20", "张三")]).await;
    story.until("09-22 15:00").await;
    let zhang = who(&story, "张三").await;
    let leaving = people::offboard(&story.gateway, &crate::story::HOST, zhang, None, true).await.expect("leaves");
    assert_eq!(leaving.ownerless.len(), 2, "nobody holds the post yet");
    a_while(&mut story).await;
    assert_eq!(story.gateway.ownerless().await.expect("reads").len(), 2);
    a_while(&mut story).await;
    assert!(texts(&story, "yangliu").contains("有2项隐患无人负责"), "{}", texts(&story, "yangliu"));
    story.imports(&[("new.csv", &format!("{HEAD}{NEW_HEAD}"))]).await;
    a_while(&mut story).await;
    assert!(story.gateway.ownerless().await.expect("reads").is_empty());
    for key in ["F1", "F2"] {
        let item = story.item(key).await;
        assert_eq!(holders(&story, &item, Role::Responsible).await, ["周九"], "{key}");
        assert_eq!(item.state, State::Assigned, "{key}");
    }
    story.until("09-23 10:00").await;
    let heard = texts(&story, "zhoujiu");
    assert!(heard.contains("F1号工房") && heard.contains("F2号工房"), "{heard}");
    assert!(story.says("zhoujiu", "F1号工房 完成").await.contains("已记录") || heard.contains("完成"));
}

#[tokio::test]
async fn one_who_moves_to_another_post_is_freed_of_the_items_and_hears_it() {
    let mut story = Story::with(&[row("F3", "一般", "2022-10-20", "张三")]).await;
    story.until("09-22 15:00").await;
    let register = Register::read(&story.gateway).await.expect("reads");
    let zhang = who(&story, "张三").await;
    let ended = people::end_post(
        &story.gateway,
        &crate::story::HOST,
        &register,
        zhang,
        "青石镇 安监站站长",
        story.gateway.now(),
    )
    .await;
    let ended = ended.expect("ends");
    assert!(ended.vacant && ended.stay == 1 && ended.moved.is_empty(), "{ended:?}");
    assert_eq!(holders(&story, &story.item("F3").await, Role::Responsible).await, ["张三"], "until somebody takes it");
    story.imports(&[("new.csv", &format!("{HEAD}{NEW_HEAD}"))]).await;
    a_while(&mut story).await;
    assert_eq!(holders(&story, &story.item("F3").await, Role::Responsible).await, ["周九"]);
    story.until("09-23 10:00").await;
    let heard = texts(&story, "zhangsan");
    assert!(heard.contains("已由周九接替你"), "{heard}");
}

#[tokio::test]
async fn a_post_that_ends_on_a_day_to_come_hands_its_items_on_that_day() {
    let mut story = Story::with(&[row("F4", "一般", "2022-10-20", "张三")]).await;
    story.until("09-22 15:00").await;
    story.imports(&[("new.csv", &format!("{HEAD}{NEW_HEAD}"))]).await;
    let register = Register::read(&story.gateway).await.expect("reads");
    let zhang = who(&story, "张三").await;
    people::end_post(&story.gateway, &crate::story::HOST, &register, zhang, "安监站站长", at("09-26 00:00"))
        .await
        .expect("ends");
    story.until("09-25 12:00").await;
    assert_eq!(holders(&story, &story.item("F4").await, Role::Responsible).await, ["张三"]);
    story.until("09-26 10:00").await;
    assert_eq!(holders(&story, &story.item("F4").await, Role::Responsible).await, ["周九"]);
}

#[tokio::test]
async fn a_verifiers_claims_go_to_the_successor_and_a_colleague_of_a_shared_post_gets_nothing() {
    let mut story = Story::with(&[row("F5", "一般", "2022-10-20", "张三")]).await;
    story.until("09-22 10:00").await;
    let said = story.says("zhangsan", "完成").await;
    assert!(said.contains("报完成"), "{said}");
    story.until("09-22 11:00").await;
    let li = who(&story, "李四").await;
    people::offboard(&story.gateway, &crate::story::HOST, li, None, true).await.expect("leaves");
    let successor =
        "吴十,青石县/县安委办,执法队长,supervisor,13800000044,zh-CN,Asia/Shanghai,wushi,wushi@qingshi.example,desk,\n";
    story.imports(&[("new.csv", &format!("{HEAD}{successor}"))]).await;
    a_while(&mut story).await;
    assert_eq!(holders(&story, &story.item("F5").await, Role::Verifier).await, ["吴十"]);
    story.until("09-22 15:00").await;
    assert!(texts(&story, "wushi").contains("待你复查"), "{}", texts(&story, "wushi"));

    // Two of one title: who only moves on keeps what is theirs, as the newcomer need not be their successor.
    let mut story = Story::begin().await;
    let two = "甲,青石县/县安委办,科员,staff,1390001,zh-CN,,jia,,desk,\n乙,青石县/县安委办,科员,staff,1390002,zh-CN,,yi,,desk,\n";
    story.imports(&[("two.csv", &format!("{HEAD}{two}"))]).await;
    story.imports(&[("ledger.csv", &crate::story::ledger(&[row("F6", "一般", "2022-10-20", "甲")]))]).await;
    let register = Register::read(&story.gateway).await.expect("reads");
    let jia = who(&story, "甲").await;
    people::end_post(&story.gateway, &crate::story::HOST, &register, jia, "科员", story.gateway.now())
        .await
        .expect("ends");
    let third = "丙,青石县/县安委办,科员,staff,1390003,zh-CN,,bing,,desk,\n";
    story.imports(&[("third.csv", &format!("{HEAD}{third}"))]).await;
    a_while(&mut story).await;
    assert_eq!(holders(&story, &story.item("F6").await, Role::Responsible).await, ["甲"]);
}

#[tokio::test]
async fn who_takes_a_post_hears_of_the_items_that_stand_on_the_post_itself() {
    let mut story = Story::begin().await;
    // An office in place of a person: its liaison's post.
    story.imports(&[("ledger.csv", &crate::story::ledger(&[row("P1", "一般", "2022-10-20", "红星花炮厂")]))]).await;
    story.until("09-22 15:00").await;
    let sun = who(&story, "孙八").await;
    let leaving = people::offboard(&story.gateway, &crate::story::HOST, sun, None, true).await.expect("leaves");
    assert!(leaving.moved.is_empty() && leaving.left.is_empty(), "it stands on the post: {leaving:?}");
    a_while(&mut story).await;
    assert_eq!(story.gateway.ownerless().await.expect("reads").len(), 1, "the post is vacant");
    let next = "郑十,青石县/青石镇/红星花炮厂,安全员,liaison,13800000088,zh-CN,,zhengshi,,desk,\n";
    story.imports(&[("next.csv", &format!("{HEAD}{next}"))]).await;
    story.until("09-22 17:00").await;
    let heard = texts(&story, "zhengshi");
    assert!(heard.contains("P1号工房"), "{heard}");
    assert_eq!(holders(&story, &story.item("P1").await, Role::Responsible).await, ["郑十"]);
}

// ---- leaving ------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_leavers_codes_and_links_issued_before_no_longer_redeem() {
    let mut story = Story::begin().await;
    let (zhang, li) = (who(&story, "张三").await, who(&story, "李四").await);
    story.gateway.issue_link(zhang, "desk", "ABCDE-FGHJK-MNPQR-STVWX").await.expect("issues");
    story.gateway.issue_link(li, "desk", "BBCDE-FGHJK-MNPQR-STVWX").await.expect("issues");
    people::offboard(&story.gateway, &crate::story::HOST, zhang, None, true).await.expect("leaves");
    let dead = story.says("newphone", "ABCDE-FGHJK-MNPQR-STVWX").await;
    assert!(!dead.contains("张三"), "{dead}");
    assert!(story.says("otherphone", "BBCDE-FGHJK-MNPQR-STVWX").await.contains("李四"), "others' codes live");
    // Taken back, the old code stays dead.
    people::take_back(&story.gateway, &crate::story::HOST, zhang, true).await.expect("back");
    let dead = story.says("newphone", "ABCDE-FGHJK-MNPQR-STVWX").await;
    assert!(!dead.contains("张三"), "{dead}");
}

#[tokio::test]
async fn an_unused_code_dies_with_the_account_that_is_cut_or_merged() {
    let mut story = Story::begin().await;
    let twin = "张三,青石县/青石镇,安监站副站长,staff,13800000033,zh-CN,Asia/Shanghai,zhangsan2,,desk,\n";
    doubled(&mut story, twin, "张三").await;
    let (one, two) = (who(&story, "13800000003").await, who(&story, "13800000033").await);
    story.gateway.issue_link(two, "desk", "CBCDE-FGHJK-MNPQR-STVWX").await.expect("issues");
    people::merge(&story.gateway, &crate::story::HOST, two, one, true).await.expect("merges");
    let dead = story.says("newphone", "CBCDE-FGHJK-MNPQR-STVWX").await;
    assert!(!dead.contains("张三"), "{dead}");
}

#[tokio::test]
async fn offboarding_with_a_successor_moves_items_and_taking_it_back_brings_posts_contacts_and_items() {
    let mut story =
        Story::with(&[row("L1", "一般", "2022-10-20", "张三"), row("L2", "一般", "2022-10-21", "张三")]).await;
    story.until("09-22 15:00").await;
    let (zhang, sun) = (who(&story, "张三").await, who(&story, "孙八").await);
    let shown = people::offboard(&story.gateway, &crate::story::HOST, zhang, Some(sun), false).await.expect("shows");
    assert_eq!(shown.moved.len(), 2);
    assert_eq!(holders(&story, &story.item("L1").await, Role::Responsible).await, ["张三"], "shown only");
    people::offboard(&story.gateway, &crate::story::HOST, zhang, Some(sun), true).await.expect("leaves");
    a_while(&mut story).await;
    assert_eq!(holders(&story, &story.item("L1").await, Role::Responsible).await, ["孙八"]);
    let gone = refused(&story, "张三").await;
    assert!(gone.contains("--undo"), "{gone}");
    assert!(story.says("zhangsan", "完成").await.contains("绑定") || !story.state("L1").await.contains("reported"));
    // The successor closes one meanwhile.
    let found = Register::read(&story.gateway).await.expect("reads").find_gone("张三").expect("gone");
    assert_eq!(found, zhang);
    let back = people::take_back(&story.gateway, &crate::story::HOST, zhang, true).await.expect("back");
    assert_eq!((back.posts.len(), back.contacts.len(), back.moved.len()), (1, 2, 2), "{back:?}");
    a_while(&mut story).await;
    for key in ["L1", "L2"] {
        assert_eq!(holders(&story, &story.item(key).await, Role::Responsible).await, ["张三"]);
    }
    let directory = story.gateway.directory().await.expect("reads");
    assert_eq!(directory.posts_of_person(zhang, story.gateway.now()).len(), 1);
    story.until("09-23 10:00").await;
    assert!(story.says("zhangsan", "我的任务").await.contains("L1号工房"));
    assert!(texts(&story, "sunba").contains("takes your place"), "{}", texts(&story, "sunba"));
}

#[test]
fn offboarding_shows_first_and_asks_and_names_what_is_left_without_owner() {
    let office = office(PEOPLE);
    office.file("ledger.csv", &crate::story::ledger(&[row("L3", "一般", "2022-10-20", "张三")]));
    office.run(&["import", "ledger.csv"]);
    let asked = fails(&run(&office, &["people", "offboard", "张三"]), 1);
    for part in ["安监站站长", "desk zhangsan", "NO OWNER", "--yes", "nothing was changed"] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    assert!(office.run(&["people", "list"]).contains("zhangsan"));
    office.run(&["people", "offboard", "张三", "--yes"]);
    let status = office.run(&["status"]);
    assert!(status.contains("WITHOUT OWNER") && status.contains("张三"), "{status}");
    let json: serde_json::Value = serde_json::from_str(&office.run(&["status", "--json"])).expect("JSON");
    assert_eq!(json["ownerless"].as_array().map(Vec::len), Some(1), "{json}");
    let doctor = fails(&run(&office, &["doctor"]), 1);
    assert!(
        doctor.contains("FAIL  items: 1 open have no living owner") && !doctor.contains("ready to serve"),
        "{doctor}"
    );
    let went = office.run(&["people", "handover", "张三", "孙八"]);
    assert!(went.contains("1 items went from 张三 to 孙八"), "{went}");
    assert!(!office.run(&["status"]).contains("WITHOUT OWNER"));
    let verify = office.run(&["audit", "verify"]);
    assert!(verify.contains("whole"), "{verify}");
}

// ---- handing over -----------------------------------------------------------------------------------------------

#[tokio::test]
async fn items_are_handed_over_with_an_event_each_and_both_are_told_but_nobody_verifies_alone() {
    let mut story =
        Story::with(&[row("H1", "一般", "2022-10-20", "张三"), row("H2", "一般", "2022-10-20", "钱七")]).await;
    story.until("09-22 15:00").await;
    let (zhang, sun, li) = (who(&story, "张三").await, who(&story, "孙八").await, who(&story, "李四").await);
    let wrong = people::hand_over(&story.gateway, &crate::story::HOST, zhang, li, None, true).await.expect("tries");
    assert!(wrong.items[0].refused.is_some(), "李四 verifies it: {wrong:?}");
    assert_eq!(holders(&story, &story.item("H1").await, Role::Responsible).await, ["张三"]);
    let none = Register::read(&story.gateway).await.expect("reads").unit("县安委办").expect("one");
    let elsewhere =
        people::hand_over(&story.gateway, &crate::story::HOST, zhang, sun, Some(none), true).await.expect("tries");
    assert!(elsewhere.items.is_empty(), "nothing of 张三 lies there");
    let town = Register::read(&story.gateway).await.expect("reads").unit("青石镇").expect("one");
    let done =
        people::hand_over(&story.gateway, &crate::story::HOST, zhang, sun, Some(town), true).await.expect("moves");
    assert_eq!(done.items.len(), 1);
    let item = story.item("H1").await;
    assert_eq!(holders(&story, &item, Role::Responsible).await, ["孙八"]);
    assert_eq!(holders(&story, &story.item("H2").await, Role::Responsible).await, ["钱七"]);
    story.until("09-23 10:00").await;
    assert!(texts(&story, "zhangsan").contains("已由孙八接替你"), "{}", texts(&story, "zhangsan"));
    assert!(texts(&story, "sunba").contains("H1号工房"), "{}", texts(&story, "sunba"));
    let events = story.gateway.store.history(item.id).await.expect("reads");
    assert!(events.iter().any(|e| e.event.word() == "move"));
}

// ---- two entries, one person; one entry, two people -------------------------------------------------------------

#[tokio::test]
async fn merged_entries_are_one_person_with_all_contacts_posts_items_and_open_messages() {
    let mut story = Story::begin().await;
    let twin = "张三,青石县/青石镇,安监站副站长,staff,13800000033,zh-CN,Asia/Shanghai,zhangsan2,zs2@qingshi.example,\"desk, mail\",\n";
    story.imports(&[("ledger.csv", &crate::story::ledger(&[row("M1", "一般", "2022-10-20", "张三")]))]).await;
    doubled(&mut story, twin, "张三").await;
    story.until("09-22 10:00").await;
    let (old, new) = (who(&story, "13800000003").await, who(&story, "13800000033").await);
    let shown = people::merge(&story.gateway, &crate::story::HOST, old, new, false).await.expect("shows");
    assert_eq!((shown.items.len(), shown.contacts.len(), shown.posts.len()), (1, 2, 1), "{shown:?}");
    assert_eq!(who(&story, "13800000003").await, old, "shown only");
    people::merge(&story.gateway, &crate::story::HOST, old, new, true).await.expect("merges");
    for text in ["张三", "zhangsan", "zhangsan2", "zs2@qingshi.example"] {
        assert_eq!(who(&story, text).await, new, "{text}");
    }
    let pointer = refused(&story, &format!("no{}", old.0)).await;
    assert!(pointer.contains("merged into") && pointer.contains(&format!("no. {}", new.0)), "{pointer}");
    // What was sent to the old entry is answered from its chat, and counts.
    let said = story.says("zhangsan", "完成").await;
    assert!(said.contains("报完成"), "{said}");
    let item = story.item("M1").await;
    assert_eq!((item.state, item.claimed_by), (State::ReportedDone, Some(new)));
    let directory = story.gateway.directory().await.expect("reads");
    assert_eq!(directory.posts_of_person(new, story.gateway.now()).len(), 2);
    // An undo of a leaving cannot bring the merged one back.
    assert!(matches!(
        Register::read(&story.gateway).await.expect("reads").find_gone(&format!("no{}", old.0)),
        Err(dutybell::app::Refusal::Says(_))
    ));
}

#[tokio::test]
async fn merging_fixer_and_verifier_names_the_items_that_need_another_verifier() {
    let story = Story::with(&[row("M2", "一般", "2022-10-20", "张三"), row("M3", "一般", "2022-10-20", "钱七")]).await;
    let (zhang, li) = (who(&story, "张三").await, who(&story, "李四").await);
    let shown = people::merge(&story.gateway, &crate::story::HOST, zhang, li, false).await.expect("shows");
    let both: Vec<&str> = shown.both.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(both.len(), 1, "{shown:?}");
    assert!(both[0].contains("M2号工房"), "{both:?}");
}

#[tokio::test]
async fn what_was_another_persons_is_split_off_with_contacts_posts_and_items() {
    let mut story =
        Story::with(&[row("S1", "一般", "2022-10-20", "张三"), row("S2", "一般", "2022-10-20", "张三")]).await;
    story.until("09-22 15:00").await;
    let register = Register::read(&story.gateway).await.expect("reads");
    let zhang = who(&story, "张三").await;
    let code = story.item("S2").await.code;
    let what =
        SplitWhat { contacts: vec!["desk:zhangsan".into()], posts: vec!["安监站站长".into()], items: vec![code] };
    let done = people::split(&story.gateway, &crate::story::HOST, &register, zhang, "张珊", &what, true)
        .await
        .expect("splits");
    assert_eq!(who(&story, "zhangsan").await, done.new);
    assert_eq!(who(&story, "zhangsan@qingshi.example").await, zhang);
    assert_eq!(holders(&story, &story.item("S1").await, Role::Responsible).await, ["张三"]);
    assert_eq!(holders(&story, &story.item("S2").await, Role::Responsible).await, ["张珊"]);
    let wrong = SplitWhat { contacts: vec!["lisi".into()], ..SplitWhat::default() };
    let refused = people::split(&story.gateway, &crate::story::HOST, &register, zhang, "某", &wrong, true)
        .await
        .expect_err("not theirs");
    assert!(refused.to_string().contains("zhangsan@qingshi.example"), "{refused}");
}

// ---- who hears --------------------------------------------------------------------------------------------------

fn without(names: &[&str]) -> String {
    let keeps = |line: &&str| !names.iter().any(|n| line.starts_with(n));
    PEOPLE.lines().filter(keeps).map(|l| format!("{l}\n")).collect()
}

async fn office_of(people: &str, pack: &str) -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let url = crate::story::database(folder.path()).await;
    let mut story = Story::on(&url, folder, pack, at("09-22 08:30")).await;
    story.imports(&[("units.csv", UNITS), ("people.csv", people)]).await;
    story
}

#[tokio::test]
async fn a_whole_office_has_nothing_red_and_a_county_needs_no_province() {
    let story = Story::begin().await;
    let found = findings(&story).await;
    assert_eq!(said(&found, Grade::Bad), "");
    assert!(!said(&found, Grade::Warn).contains("prefecture"), "{found:?}");
    assert!(said(&found, Grade::Good).contains("addressees of the pack are heard in every unit"), "{found:?}");
}

#[tokio::test]
async fn a_misspelt_ladder_target_is_red_and_the_likely_word_is_named() {
    let story = office_of(PEOPLE, &PACK.replace("head@township", "haed@township")).await;
    let red = said(&findings(&story).await, Grade::Bad);
    assert!(
        red.contains("haed@township") && red.contains("most likely head") && red.contains("L2 of major/general"),
        "{red}"
    );
    // A role of the office's own that a post has is none.
    let own = PEOPLE.replace("镇长,head", "镇长,mayor");
    let story = office_of(&own, &PACK.replace("head@township", "mayor@township")).await;
    assert_eq!(said(&findings(&story).await, Grade::Bad), "");
}

#[tokio::test]
async fn a_step_that_reaches_nobody_above_the_responsible_is_red_with_the_units_named() {
    let story = office_of(&without(&["王五", "赵六"]), PACK).await;
    let red = said(&findings(&story).await, Grade::Bad);
    let line = red.lines().find(|l| l.contains("safety_office@county")).expect("said");
    assert!(line.contains("NOBODY hears in 1 unit: 红星花炮厂") && line.contains("L3"), "{line}");
    assert!(red.contains("summary safety_office"), "the evening table reaches nobody: {red}");
    // With a leader left the others hear; with administrators only, the last resort does.
    let story = office_of(&without(&["赵六"]), PACK).await;
    let found = findings(&story).await;
    let yellow = said(&found, Grade::Warn);
    assert!(yellow.lines().any(|l| l.contains("safety_office@county") && l.contains("last resort")), "{found:?}");
    assert!(said(&found, Grade::Bad).contains("evening"), "{found:?}");
}

#[tokio::test]
async fn a_holder_whom_no_channel_reaches_counts_as_nobody() {
    let story = office_of(
        &PEOPLE
            .replace("wangwu,wangwu@qingshi.example,\"desk, mail\"", ",,")
            .replace("zhaoliu,zhaoliu@qingshi.example,\"desk, mail\"", ",,"),
        PACK,
    )
    .await;
    let red = said(&findings(&story).await, Grade::Bad);
    let line = red.lines().find(|l| l.contains("safety_office@county")).expect("said");
    assert!(line.contains("NOBODY hears") && line.contains("no working contact point: 赵六"), "{line}");
}

#[tokio::test]
async fn an_emergency_without_duty_officer_is_yellow_and_without_administrator_red() {
    let story = office_of(&without(&["郑一", "赵六"]), PACK).await;
    let yellow = said(&findings(&story).await, Grade::Warn);
    assert!(yellow.lines().any(|l| l.contains("duty@county") && l.contains("emergency")), "{yellow}");
    let story = office_of(&without(&["郑一", "赵六", "杨柳"]), PACK).await;
    let red = said(&findings(&story).await, Grade::Bad);
    assert!(red.lines().any(|l| l.contains("duty@county") && l.contains("NOBODY")), "{red}");
}

#[tokio::test]
async fn next_years_calendar_is_asked_for_from_november_on() {
    let mut story = Story::begin().await;
    let year =
        story.gateway.calendars.get("cn").known_until().map(|d| chrono::Datelike::year(&d)).expect("covers years");
    let day =
        |m: u32| NaiveDate::from_ymd_opt(year, m, 3).expect("a day").and_hms_opt(4, 0, 0).expect("a time").and_utc();
    story.clock.set(day(10));
    assert!(!said(&findings(&story).await, Grade::Warn).contains("calendar"));
    story.clock.set(day(11));
    let yellow = said(&findings(&story).await, Grade::Warn);
    assert!(yellow.contains(&format!("cn does not cover {} yet", year + 1)), "{yellow}");
    story.clock.set(day(11) + chrono::Duration::days(100));
    assert!(said(&findings(&story).await, Grade::Warn).contains(&format!("cn does not cover {}:", year + 1)));
    story.clock.set(at("09-22 08:30"));
    story.until("09-22 08:40").await;
}

#[tokio::test]
async fn names_and_units_that_look_doubled_are_said_with_the_way_out_and_true_namesakes_are_not() {
    let mut story = Story::begin().await;
    story.imports(&[("more.csv", &format!("{HEAD}{TWO_ZHANG}"))]).await;
    assert!(!said(&findings(&story).await, Grade::Warn).contains("doubled"), "two of one name in two offices");
    let twin = "钱七,青石县/青石镇,党委副书记,staff,13800000077,zh-CN,Asia/Shanghai,qianqi2,,desk,\n";
    doubled(&mut story, twin, "钱七").await;
    story
        .imports(&[(
            "units.csv",
            "名称,上级,层级\n红星花炮厂,青石县/青石镇,\n红星花炮厂有限公司,青石县/青石镇,enterprise\n",
        )])
        .await;
    let yellow = said(&findings(&story).await, Grade::Warn);
    assert!(yellow.contains("钱七") && yellow.contains("people merge"), "{yellow}");
    assert!(yellow.contains("红星花炮厂有限公司") && yellow.contains("look doubled"), "{yellow}");
}

#[test]
fn doctor_never_says_ready_over_red_and_config_check_names_a_role_nobody_knows() {
    let office = office(PEOPLE);
    assert!(office.run(&["doctor"]).contains("ready to serve"));
    office.file("mine.toml", &PACK.replace("head@township", "haed@township"));
    office.file("dutybell.toml", "[office]\npolicy = \"mine.toml\"\n");
    let doctor = fails(&run(&office, &["doctor"]), 1);
    assert!(doctor.contains("FAIL  policy: haed@township") && !doctor.contains("ready to serve"), "{doctor}");
    let checked = office.run(&["config", "check"]);
    assert!(checked.contains("haed@township") && checked.contains("most likely head"), "{checked}");
}

#[test]
fn preview_shows_for_each_addressee_who_would_hear_by_which_channel() {
    let office = office(PEOPLE);
    let shown = office.run(&["preview", "--days", "1"]);
    let line = shown.lines().find(|l| l.contains("head@township")).expect("walked");
    assert!(line.contains("钱七 by desk") && line.contains("L2 of major/general"), "{line}");
    assert!(shown.lines().any(|l| l.contains("duty@county") && l.contains("郑一 by desk") && l.contains("emergency")));
}

#[test]
fn the_register_is_exported_to_a_new_file_that_imports_without_a_change() {
    let office = office(PEOPLE);
    assert!(office.run(&["people", "export", "register.xlsx"]).contains("is written"));
    let again = office.run(&["import", "--people", "register.xlsx", "--dry-run"]);
    assert!(again.contains("0 people and 0 units changed"), "{again}");
    assert!(
        fails(&run(&office, &["people", "export", "register.xlsx"]), 1).contains("is kept"),
        "no file is overwritten"
    );
}

#[test]
fn people_unlinked_lists_who_lacks_which_channel_and_who_has_no_way_at_all() {
    let people = PEOPLE.replace("wangwu,wangwu@qingshi.example,\"desk, mail\"", ",,").replace("zhaoliu,", ",");
    let office = office(&people);
    let shown = office.run(&["people", "unlinked"]);
    let part = |what: &str| {
        let from = shown.find(what).unwrap_or_else(|| panic!("{what} in {shown}"));
        shown[from..].lines().take(3).collect::<String>()
    };
    assert!(part("no working account on desk").contains("赵六"), "{shown}");
    assert!(part("NO WAY at all").contains("王五"), "{shown}");
}

#[tokio::test]
async fn the_register_keeps_the_pointer_of_a_merged_entry() {
    let mut story = Story::begin().await;
    let twin = "钱七,青石县/青石镇,党委副书记,staff,13800000077,zh-CN,Asia/Shanghai,qianqi2,,desk,\n";
    doubled(&mut story, twin, "钱七").await;
    let (one, two) = (who(&story, "13800000007").await, who(&story, "13800000077").await);
    people::merge(&story.gateway, &crate::story::HOST, two, one, true).await.expect("merges");
    let mut tx = story.gateway.store.begin().await.expect("begins");
    assert_eq!(register::all_merged(&mut tx).await.expect("reads"), [(two, one)]);
    let directory = story.gateway.directory().await.expect("reads");
    assert_eq!(name_of(&directory, dutybell::core::org::Who::Person(two)), "钱七", "history keeps the name");
}
