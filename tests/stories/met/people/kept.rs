//! One person stays one person, two stay two, and what a row replaces ends.

use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::gateway::ImportOptions;
use dutybell::gateway::import::{Change, Whole};
use dutybell::store::{inbox, people as store_people};

use super::*;

const HEAD: &str = "姓名,单位,职务,岗位角色,电话,语言,时区,desk,邮箱";

fn file(rows: &[&str]) -> String {
    format!("{HEAD}\n{}\n", rows.join("\n"))
}

/// 云岭县's enforcement leader, on record with another phone and mail.
async fn yunling() -> Story {
    let mut story = Story::empty().await;
    let units = "名称,上级,层级\n云岭县,,county\n县应急管理局,云岭县,department\n县安委办,云岭县,department\n";
    let people = "姓名,工作单位,职务,岗位角色,手机,电子邮箱,desk,渠道
罗建华,云岭县/县应急管理局,执法大队大队长,supervisor,13800000003,luo@yunling.test,luo,\"desk, mail\"
杜鹃,云岭县/县安委办,科员,administrator,13800000002,dujuan@yunling.test,dujuan,\"desk, mail\"
";
    story.imports(&[("units.csv", units), ("people.csv", people)]).await;
    story
}

#[tokio::test]
async fn a_new_phone_and_mail_in_the_same_post_make_no_second_person() {
    let story = yunling().await;
    let report = people_file(&story, include_str!("../../../data/met/people/luo.csv")).await;
    let luo = person(&story, "罗建华").await;
    assert_eq!(
        contacts(&story, luo).await,
        ["mail luojianhua@new.test", "desk luo"],
        "old mail replaced, order as said"
    );
    let said = said(&report, "罗建华");
    assert!(has_field(said, "phone", "13800000003", "13912345678"), "{said:?}");
    assert!(has_field(said, "mail", "luo@yunling.test", "luojianhua@new.test"), "{said:?}");
    let again = people_file(&story, include_str!("../../../data/met/people/luo.csv")).await;
    assert_eq!((again.people_changed, again.register.len()), (0, 0), "the same file again changes nothing");
}

#[tokio::test]
async fn a_person_in_another_spelling_with_another_address_is_the_same_person() {
    let story = hedong().await;
    let report = people_file(
        &story,
        "Name,Department,Job title,Email\nANNA  LIN,河东县/城关镇/河东粮库,EHS,anna.lin@new.example\n",
    )
    .await;
    let anna = person(&story, "Anna Lin").await;
    assert!(contacts(&story, anna).await.contains(&"mail anna.lin@new.example".to_owned()));
    assert_eq!(report.people_changed, 1, "{report:?}");
    assert_eq!(
        posts(&story, anna).await,
        ["河东县/城关镇/河东粮库 EHS (liaison)"],
        "the role that no column names stays"
    );
}

#[tokio::test]
async fn a_new_post_and_mail_with_the_phone_on_record_are_the_same_person() {
    let story = hedong().await;
    people_file(&story, &file(&["何静,河东县/县应急局,科员,staff,+86 139 0000 0008,,,,hj@new.example"])).await;
    let he = person(&story, "何静").await;
    assert_eq!(posts(&story, he).await, ["河东县/县应急局 科员 (staff)"]);
}

#[tokio::test]
async fn of_whom_only_the_name_agrees_is_asked_about_and_the_row_left_alone() {
    let story = hedong().await;
    let text = file(&["张强,河东县/柳河乡,安监办干事,staff,13900000021,,,zhangq2,zhangq2@hedong.example"]);
    for dry_run in [true, false] {
        let options = ImportOptions { dry_run, ..ImportOptions::default() };
        let report = import(&story, "people.csv", text.as_bytes(), options).await;
        assert!(keys(&report).contains(&"person-doubtful"), "{:?}", report.problems);
        assert_eq!((report.people_changed, report.refused), (0, 1));
    }
    let zhang = person(&story, "张强").await;
    assert_eq!(posts(&story, zhang).await, ["河东县/城关镇 安监站站长 (staff)"]);
    // The advice works: both listed are two people.
    let both = format!("{PEOPLE}张强,,河东县/柳河乡,安监办干事,staff,13900000021,,,zhangq2,,desk,,\n");
    let report = people_file(&story, &both).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    assert_eq!(directory(&story).await.people_named("张强").len(), 2);
    assert!(keys(&report).contains(&"namesake"), "said: {:?}", report.problems);
}

#[tokio::test]
async fn a_mark_in_brackets_makes_another_person_of_the_same_name() {
    let story = hedong().await;
    let report =
        people_file(&story, &file(&["张强（柳河）,河东县/柳河乡,安监办干事,staff,13900000021,,,zhangq2,"])).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let all = directory(&story).await;
    assert_eq!(all.people_named("张强").len(), 2);
    assert_eq!(all.people_named("张强(柳河)").len(), 1);
}

#[tokio::test]
async fn two_officials_with_one_mailbox_are_two_people_and_both_reachable_by_it() {
    let story = hedong().await;
    let report = people_file(&story, include_str!("../../../data/met/people/o4-shared-mailbox.csv")).await;
    assert_eq!((report.refused, report.people_changed), (0, 2), "{:?}", report.problems);
    let all = directory(&story).await;
    for (name, phone) in [("卢甲", "13900006001"), ("卢乙", "13900006002")] {
        let one = all.people_named(name)[0].clone();
        assert_eq!(one.phone, phone);
        assert_eq!(contacts(&story, one.id).await, ["mail lhx@hedong.example"]);
    }
}

#[tokio::test]
async fn two_officials_with_one_telephone_and_one_title_are_two_people_whenever_the_second_comes() {
    let story = hedong().await;
    people_file(&story, &file(&["卢甲,河东县/柳河乡,干事,staff,0799-5551202,,,lujia,jia@hedong.example"])).await;
    let report =
        people_file(&story, &file(&["卢乙,河东县/柳河乡,干事,staff,0799-5551202,,,luyi,yi@hedong.example"])).await;
    assert_eq!((report.refused, report.people_changed), (0, 1), "{:?}", report.problems);
    assert_ne!(person(&story, "卢甲").await, person(&story, "卢乙").await);
}

#[tokio::test]
async fn a_letter_from_a_shared_mailbox_is_the_word_of_whom_the_answered_message_went_to_and_else_nobodys() {
    let mut story = hedong().await;
    people_file(&story, include_str!("../../../data/met/people/o4-shared-mailbox.csv")).await;
    let ledger = "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人
S1,2022-09-22,河东县,柳河乡,柳河小学,通道堵塞,一般,2022-10-10,卢甲,李梅,赵敏
S2,2022-09-22,河东县,柳河乡,柳河小学,灭火器过期,一般,2022-10-10,卢乙,李梅,赵敏
";
    story.imports(&[("ledger.csv", ledger)]).await;
    story.until("09-22 12:00").await;
    let sent: Vec<_> = story.mail.calls.lock().expect("no panic").iter().cloned().collect();
    let to = |word: &str| sent.iter().find(|m| m.address == "lhx@hedong.example" && m.text.contains(word)).cloned();
    let (one, other) = (to("通道堵塞").expect("told"), to("灭火器过期").expect("told"));
    assert_ne!(one.key, other.key, "each has a message of their own");
    writes(&story, "m1", None, "已完成").await;
    assert_eq!((story.state("S1").await, story.state("S2").await), ("assigned", "assigned"), "nobody's word");
    let asked = story.mail.calls.lock().expect("no panic").last().cloned().expect("asked");
    assert!(asked.address == "lhx@hedong.example" && asked.text.contains("共用"), "{}", asked.text);
    writes(&story, "m2", Some(&other.key), "已完成").await;
    assert_eq!((story.state("S1").await, story.state("S2").await), ("assigned", "reported_done"));
}

#[tokio::test]
async fn an_emergency_from_a_shared_mailbox_pages_whoever_wrote_it_and_an_automatic_reply_is_not_answered() {
    let story = hedong().await;
    people_file(&story, include_str!("../../../data/met/people/o4-shared-mailbox.csv")).await;
    writes(&story, "e1", None, "柳河小学着火了，有人被困").await;
    let paged = story.heard("zhenghao");
    assert!(paged.iter().any(|(_, text)| text.contains("着火")), "{paged:?}");
    let sent = story.mail.calls.lock().expect("no panic").len();
    writes(&story, "e2", None, "自动回复：我正在休假，您的邮件已收到。").await;
    assert_eq!(story.mail.calls.lock().expect("no panic").len(), sent, "two programs do not talk to each other");
}

async fn writes(story: &Story, id: &str, reply_to: Option<&str>, text: &str) {
    let address = "lhx@hedong.example".to_owned();
    let content = Content::Text {
        text: text.to_owned(),
        reply_to: reply_to.map(str::to_owned),
        quoted: None,
        forwarded: false,
        message: id.to_owned(),
    };
    let inbound = Inbound { sender: Some(address.clone()), chat: address, private: true, sent_at: None, content };
    let update = Update { id: id.to_owned(), offset: None, inbound, raw: String::new() };
    inbox::receive(&story.gateway.store, "mail", "mail", &[update], story.gateway.now()).await.expect("stores");
    story.gateway.settle().await.expect("settles");
}

#[tokio::test]
async fn a_mailbox_handed_on_does_not_turn_the_successor_into_the_predecessor() {
    let story = hedong().await;
    let he = person(&story, "何静").await;
    let report = people_file(&story, include_str!("../../../data/met/people/o3-mailbox-handed-on.csv")).await;
    let shen = person(&story, "沈新").await;
    assert_ne!(he, shen);
    assert_eq!(directory(&story).await.person(he).expect("there").phone, "13900000008", "the predecessor is as before");
    assert!(contacts(&story, shen).await.contains(&"mail hejing@hedong.example".to_owned()));
    assert!(
        keys(&report).contains(&"contact-taken"),
        "the login is still the other's, and said: {:?}",
        report.problems
    );
    assert_eq!(contacts(&story, he).await, ["desk hejing", "mail hejing@hedong.example"]);
}

#[tokio::test]
async fn the_login_of_one_who_has_left_goes_to_the_successor() {
    let story = hedong().await;
    let he = person(&story, "何静").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    store_people::retire(&mut tx, he, story.gateway.now()).await.expect("retires");
    crate::story::kept(tx, story.gateway.now()).await;
    let report = people_file(&story, include_str!("../../../data/met/people/o3-mailbox-handed-on.csv")).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let shen = person(&story, "沈新").await;
    assert_eq!(contacts(&story, shen).await, ["desk hejing", "mail hejing@hedong.example"]);
}

#[tokio::test]
async fn a_corrected_name_is_a_renamed_person_and_said() {
    let story = hedong().await;
    people_file(&story, include_str!("../../../data/met/people/o2-wrong-name.csv")).await;
    let before = person(&story, "田东").await;
    let report = people_file(&story, include_str!("../../../data/met/people/o2-name-corrected.csv")).await;
    assert_eq!(person(&story, "田冬").await, before);
    assert!(directory(&story).await.people_named("田东").is_empty());
    let said = said(&report, "田东");
    assert_eq!(said.change, Change::Renamed);
    assert!(has_field(said, "name", "田东", "田冬"), "{said:?}");
    assert_eq!(report.people_changed, 1);
}

#[tokio::test]
async fn another_name_over_all_of_somebodys_data_is_asked_about() {
    let story = hedong().await;
    let report =
        people_file(&story, &file(&["沈新,河东县/城关镇,联络员,liaison,13900000008,,,hejing,hejing@hedong.example"]))
            .await;
    assert!(keys(&report).contains(&"person-renamed"), "{:?}", report.problems);
    assert_eq!(report.people_changed, 0);
    assert!(directory(&story).await.people_named("沈新").is_empty());
}

#[tokio::test]
async fn a_chat_account_of_two_people_is_said_and_not_dropped_in_silence() {
    let story = hedong().await;
    let report = people_file(
        &story,
        "姓名,单位,职务,岗位角色,电话,telegram\n甲一,河东县/柳河乡,干事,staff,13900008001,4711\n乙二,河东县/柳河乡,文书,staff,13900008002,4711\n",
    )
    .await;
    let taken = report.problems.iter().find(|p| p.key() == "contact-taken").expect("said");
    assert!(taken.about.contains("甲一") && taken.value == "4711", "{taken:?}");
    assert!(contacts(&story, person(&story, "乙二").await).await.is_empty());
}

#[tokio::test]
async fn a_transfer_ends_the_old_post_and_shows_both() {
    let story = hedong().await;
    let report = people_file(&story, include_str!("../../../data/met/people/o1-moved.csv")).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let zhang = person(&story, "张强").await;
    assert_eq!(posts(&story, zhang).await, ["河东县/柳河乡 副乡长 (leader)"]);
    assert_eq!(posts(&story, person(&story, "钱江").await).await, ["河东县 副县长 (leader)"]);
    let said = said(&report, "张强");
    assert!(has_field(said, "post", "河东县/城关镇 安监站站长 (staff)", ""), "{said:?}");
    assert!(has_field(said, "post", "", "河东县/柳河乡 副乡长 (leader)"), "{said:?}");
    let all = directory(&story).await;
    let post = all.posts_with_role(all.units_called("城关镇")[0], "head")[0];
    let holders: Vec<_> =
        all.holders(post, story.gateway.now()).iter().map(|p| all.person(*p).expect("there").name.clone()).collect();
    assert_eq!(holders, ["新镇"], "the old head hears nothing of it any more");
    assert!(all.holders(post, story.gateway.now() - chrono::Duration::seconds(1)).len() <= 1, "history is kept");
}

#[tokio::test]
async fn several_rows_of_one_person_are_several_posts_and_none_ends() {
    let story = hedong().await;
    let report = people_file(
        &story,
        &file(&["钱江,河东县/城关镇,镇长,head,13900000006,,,,", "钱江,河东县/县安委办,副主任,leader,13900000006,,,,"]),
    )
    .await;
    let qian = person(&story, "钱江").await;
    assert_eq!(posts(&story, qian).await, ["河东县/县安委办 副主任 (leader)", "河东县/城关镇 镇长 (head)"]);
    assert!(said(&report, "钱江").fields.iter().all(|(_, _, after)| !after.is_empty()), "nothing ends");
    // One of two posts in a later file leaves the other alone; a third in place of two is asked about.
    people_file(&story, &file(&["钱江,河东县/城关镇,镇长,head,13900000006,,,,"])).await;
    assert_eq!(posts(&story, qian).await.len(), 2);
    let report = people_file(&story, &file(&["钱江,河东县/柳河乡,乡长,head,13900000006,,,,"])).await;
    assert!(keys(&report).contains(&"post-doubtful"), "{:?}", report.problems);
    assert_eq!(posts(&story, qian).await.len(), 3, "nothing was guessed");
}

#[tokio::test]
async fn a_post_that_nobody_holds_any_more_is_said_with_its_open_items() {
    let mut story = hedong().await;
    let ledger = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人
V1,2022-09-22,城关镇,顺达机械厂,通道堵塞,一般,2022-10-10,城关镇镇长,李梅,赵敏
";
    story.imports(&[("ledger.csv", ledger)]).await;
    assert_eq!(responsible(&story, "V1").await, ["post 河东县/城关镇 镇长"]);
    let report = people_file(&story, &file(&["钱江,河东县,副县长,leader,13900000006,,,,"])).await;
    let found = report.problems.iter().find(|p| p.key() == "post-emptied").expect("said");
    assert!(found.value.contains("镇长") && found.about == "1", "{found:?}");
}

#[tokio::test]
async fn a_row_changes_only_what_it_names() {
    let story = hedong().await;
    let anna = person(&story, "Anna Lin").await;
    let before = directory(&story).await.person(anna).expect("there").clone();
    let report = people_file(&story, "姓名,单位,职务,邮箱\nAnna Lin,河东粮库,EHS,\n").await;
    assert_eq!(report.people_changed, 0, "{:?}", report.register);
    people_file(&story, "姓名,单位,电话,休息时段\nAnna Lin,河东粮库,13900000112,\n").await;
    let after = directory(&story).await.person(anna).expect("there").clone();
    assert_eq!(after.phone, "13900000112");
    assert_eq!((after.locale, after.zone, after.quiet.clone()), (before.locale, before.zone, before.quiet));
    assert_eq!(contacts(&story, anna).await, ["mail anna@hedong.example", "desk annal"]);
    people_file(&story, "姓名,单位,休息时段\nAnna Lin,河东粮库,无\n").await;
    assert_eq!(directory(&story).await.person(anna).expect("there").quiet, None, "无 says that there are none");
}

#[tokio::test]
async fn who_is_missing_from_a_file_is_listed_and_stays() {
    let story = hedong().await;
    let report = people_file(&story, &file(&["钱江,河东县/城关镇,镇长,head,13900000006,,,,"])).await;
    assert_eq!(report.absent.len(), 11, "{:?}", report.absent);
    assert!(report.absent.iter().any(|a| a.starts_with("何静") && a.contains("城关镇")));
    assert_eq!(directory(&story).await.people().len(), 12);
}

#[tokio::test]
async fn a_whole_list_shows_every_ending_first_and_then_ends_what_is_missing() {
    let story = hedong().await;
    let rest: Vec<&str> = PEOPLE.lines().filter(|l| !l.starts_with("何静") && !l.starts_with("吴刚")).collect();
    let text = rest.join("\n") + "\n";
    let report = whole(&story, &text, Whole::All, true).await;
    for name in ["何静", "吴刚"] {
        let said = said(&report, name);
        assert_eq!(said.change, Change::Left);
        assert!(said.fields.iter().any(|(f, before, after)| f == "post" && !before.is_empty() && after.is_empty()));
    }
    assert_eq!(directory(&story).await.people().len(), 12, "a dry run ends nothing");
    whole(&story, &text, Whole::All, false).await;
    assert_eq!(directory(&story).await.people().len(), 10);
    assert!(directory(&story).await.people_named("何静").is_empty());
    // An old file does not bring back who has left.
    let report = people_file(&story, PEOPLE).await;
    assert_eq!(keys(&report).iter().filter(|k| **k == "person-left").count(), 2, "{:?}", report.problems);
    assert_eq!(directory(&story).await.people().len(), 10);
}

#[tokio::test]
async fn the_whole_list_of_one_unit_ends_nothing_elsewhere() {
    let story = hedong().await;
    let town = directory(&story).await.units_called("城关镇")[0];
    let text =
        file(&["钱江,河东县/城关镇,镇长,head,13900000006,,,,", "何静,河东县/城关镇,联络员,liaison,13900000008,,,,"]);
    let report = whole(&story, &text, Whole::Below(town), false).await;
    let mut left: Vec<&str> =
        report.register.iter().filter(|c| c.change == Change::Left).map(|c| c.name.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["Anna Lin", "周涛", "张强"]);
    assert!(!directory(&story).await.people_named("吴刚").is_empty());
}

#[tokio::test]
async fn a_whole_list_with_rows_in_doubt_ends_nothing_and_the_last_administrator_stays() {
    let story = hedong().await;
    let text = file(&["张强,河东县/柳河乡,副乡长,leader,13911111111,,,other,"]);
    let report = whole(&story, &text, Whole::All, false).await;
    assert!(keys(&report).contains(&"whole-in-doubt"), "{:?}", report.problems);
    assert_eq!(directory(&story).await.people().len(), 12);
    let text = file(&["钱江,河东县/城关镇,镇长,head,13900000006,,,,"]);
    let report = whole(&story, &text, Whole::All, false).await;
    assert!(keys(&report).contains(&"administrator-last"), "{:?}", report.problems);
    let names: Vec<String> = directory(&story).await.people().iter().map(|p| p.name.clone()).collect();
    assert_eq!(names, ["杨帆", "钱江"]);
}

#[tokio::test]
async fn an_administrator_with_a_second_post_stays_administrator() {
    let story = hedong().await;
    people_file(
        &story,
        &file(&[
            "杨帆,河东县/县安委办,管理员,administrator,13900000003,,,,",
            "杨帆,河东县/县应急局,科员,staff,13900000003,,,,",
        ]),
    )
    .await;
    let yang = person(&story, "杨帆").await;
    assert!(directory(&story).await.person(yang).expect("there").administrator);
}

#[tokio::test]
async fn a_new_top_of_the_tree_moves_the_tree_and_leaves_no_second_one() {
    let mut story = hedong().await;
    let count = directory(&story).await.units().len();
    let report = story.imports(&[("units.csv", "名称,上级,层级\n东江市,,prefecture\n河东县,东江市,county\n")]).await;
    let all = directory(&story).await;
    assert_eq!(all.units().len(), count + 1, "{:?}", report.register);
    assert_eq!(all.path(all.units_called("城关镇")[0]), "东江市/河东县/城关镇");
    assert!(has_field(said(&report, "河东县"), "parent", "", "东江市"), "{:?}", report.register);
    // The same in the people file alone.
    people_file(&story, &file(&["何静,江南省/东江市/河东县/城关镇,联络员,liaison,13900000008,,,,"])).await;
    let all = directory(&story).await;
    assert_eq!(all.units().len(), count + 2);
    assert_eq!(all.path(all.units_called("城关镇")[0]), "江南省/东江市/河东县/城关镇");
    assert_eq!(posts(&story, person(&story, "何静").await).await.len(), 1);
}

#[tokio::test]
async fn a_unit_of_a_known_name_elsewhere_is_asked_about_and_two_listed_are_two() {
    let mut story = hedong().await;
    let school = "名称,上级,层级\n柳河小学,河东县/城关镇,enterprise\n";
    let report = story.imports(&[("units.csv", school)]).await;
    assert!(keys(&report).contains(&"unit-doubtful"), "{:?}", report.problems);
    assert_eq!(directory(&story).await.units_called("柳河小学").len(), 1);
    let both = format!("{school}柳河小学,河东县/柳河乡,enterprise\n");
    let report = story.imports(&[("units.csv", &both)]).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    assert_eq!(directory(&story).await.units_called("柳河小学").len(), 2);
}

#[tokio::test]
async fn a_unit_row_changes_only_what_it_names_and_says_old_and_new() {
    let mut story = hedong().await;
    let report = story.imports(&[("units.csv", "名称,上级,层级,电话\n城关镇,河东县,,0799-5559999\n")]).await;
    let all = directory(&story).await;
    let town = all.unit(all.units_called("城关镇")[0]).expect("there").clone();
    assert_eq!((town.level.word(), town.phone.as_str()), ("township", "0799-5559999"));
    let said = said(&report, "河东县/城关镇");
    assert_eq!(said.fields, [("phone".to_owned(), "0799-5551201".to_owned(), "0799-5559999".to_owned())]);
}
