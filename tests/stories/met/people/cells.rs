//! Whom and which unit the cells of a ledger mean.

use super::*;

async fn ledger(story: &Story, name: &str, bytes: &[u8]) -> ImportReport {
    story.clock.set("2026-11-30T00:30:00Z".parse().expect("an instant"));
    import(story, name, bytes, ImportOptions::default()).await
}

const ZHANG_OF_LIUHE: &str = "张强,,河东县/柳河乡,安监办干事,staff,13900000021,,,zhangq2,,desk,,\n";

#[tokio::test]
async fn evidence_in_the_row_decides_between_two_of_one_name() {
    let story = hedong().await;
    people_file(&story, &format!("{PEOPLE}{ZHANG_OF_LIUHE}")).await;
    let report = ledger(&story, "h9.xlsx", include_bytes!("../../../data/met/people/h9-same-name-hint.xlsx")).await;
    for n in 1..=8 {
        assert_eq!(responsible(&story, &format!("A{n}")).await, ["张强 13900000021"], "A{n}");
        assert_ne!(story.state(&format!("A{n}")).await, "draft", "A{n}: {:?}", report.problems);
    }
    assert_eq!(story.state("A9").await, "draft", "nothing decides");
    assert!(keys(&report).contains(&"person-ambiguous"));
    // More evidence: a phone column, a column for the unit, a title; and two pieces that contradict each other.
    let text =
        "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,联系电话,责任单位,复查人,交办人
N1,2022-09-22,,县应急局,电话列,一般,2022-10-10,张强,13900000021,,李梅,赵敏
N2,2022-09-22,,县应急局,责任单位列,一般,2022-10-10,张强,,柳河乡,李梅,赵敏
N3,2022-09-22,城关镇,顺达机械厂,职务,一般,2022-10-10,张强（安监办干事）,,,李梅,赵敏
N4,2022-09-22,,县应急局,矛盾,一般,2022-10-10,张强（城关镇）,13900000021,,李梅,赵敏
N5,2022-09-22,,县应急局,他人电话,一般,2022-10-10,张强 13900000008,,,李梅,赵敏
N6,2022-09-22,城关镇,顺达机械厂,括号简写,一般,2022-10-10,张强（柳河）,,,李梅,赵敏
";
    let report = ledger(&story, "more.csv", text.as_bytes()).await;
    for key in ["N1", "N2", "N3", "N6"] {
        assert_eq!(responsible(&story, key).await, ["张强 13900000021"], "{key}: {:?}", report.problems);
    }
    assert_eq!((story.state("N4").await, story.state("N5").await), ("draft", "draft"));
    assert_eq!(keys(&report).iter().filter(|k| **k == "person-contradicted").count(), 2, "{:?}", report.problems);
}

#[tokio::test]
async fn the_advice_to_add_a_phone_or_unit_mends_the_draft() {
    let story = hedong().await;
    people_file(&story, &format!("{PEOPLE}{ZHANG_OF_LIUHE}")).await;
    let row = |who: &str| {
        format!(
            "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\nM1,2022-09-22,县应急局,堵塞,一般,2022-10-10,{who},李梅,赵敏\n"
        )
    };
    ledger(&story, "l.csv", row("张强").as_bytes()).await;
    assert_eq!(story.state("M1").await, "draft");
    ledger(&story, "l.csv", row("张强（柳河乡）").as_bytes()).await;
    assert_eq!(responsible(&story, "M1").await, ["张强 13900000021"]);
    assert_ne!(story.state("M1").await, "draft");
}

#[tokio::test]
async fn one_person_of_the_name_in_another_unit_than_the_cell_says_is_a_draft() {
    let story = hedong().await;
    let report = ledger(&story, "h1.xlsx", include_bytes!("../../../data/met/people/h1-posts.xlsx")).await;
    assert_ne!(story.state("T43").await, "draft", "张强（城关镇）: {:?}", report.problems);
    assert_eq!(story.state("T44").await, "draft", "张强(柳河乡)");
}

#[tokio::test]
async fn a_post_written_as_responsible_is_its_holders_or_a_draft_and_never_the_liaisons() {
    let story = hedong().await;
    ledger(&story, "h1.xlsx", include_bytes!("../../../data/met/people/h1-posts.xlsx")).await;
    for (key, want) in [
        ("T01", "post 河东县/城关镇 镇长"),
        ("T02", "post 河东县/柳河乡 乡长"),
        ("T03", "post 河东县/城关镇/顺达机械厂 厂长"),
        ("T04", "post 河东县/城关镇 安监站站长"),
        ("T08", "post 河东县/柳河乡/柳河小学 总务主任"),
        ("T10", "post 河东县/城关镇 镇长"),
        ("T12", "post 河东县/城关镇/顺达机械厂 厂长"),
        ("T13", "post 河东县/城关镇 安监站站长"),
        ("T15", "钱江 13900000006"),
        ("T16", "钱江 13900000006"),
        ("T17", "钱江 13900000006"),
        ("T18", "钱江 13900000006"),
        ("T20", "post 河东县/县安委办 主任"),
        ("T21", "post 河东县/县安委办 主任"),
        ("T22", "post 河东县 副县长"),
        ("T23", "王建国 13900000001"),
        ("T26", "post 河东县/城关镇 联络员"),
        ("T29", "post 河东县/城关镇/顺达机械厂 厂长"),
        ("T36", "何静 13900000008"),
    ] {
        assert_eq!(responsible(&story, key).await, [want], "{key}");
    }
    for key in ["T05", "T06", "T09", "T11", "T14", "T19", "T27", "T28", "T30", "T31", "T42"] {
        assert!(responsible(&story, key).await.is_empty(), "{key}: {:?}", responsible(&story, key).await);
        assert_eq!(story.state(key).await, "draft", "{key}");
    }
}

#[tokio::test]
async fn a_vacant_post_is_a_draft_that_says_so() {
    let story = hedong().await;
    people_file(&story, "姓名,单位,职务,岗位角色,电话\n钱江,河东县,副县长,leader,13900000006\n").await;
    let text = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人
K1,2022-09-22,城关镇,顺达机械厂,堵塞,一般,2022-10-10,城关镇镇长,李梅,赵敏
";
    let report = ledger(&story, "l.csv", text.as_bytes()).await;
    assert!(keys(&report).contains(&"post-vacant"), "{:?}", report.problems);
    assert_eq!(story.state("K1").await, "draft");
}

#[tokio::test]
async fn interpuncts_spaces_and_case_make_no_other_name() {
    let story = hedong().await;
    people_file(&story, include_str!("../../../data/met/people/h5-people.csv")).await;
    let report = ledger(&story, "h5.xlsx", include_bytes!("../../../data/met/people/h5-interpunct.xlsx")).await;
    for n in 0..=9 {
        assert_eq!(
            responsible(&story, &format!("Z{n}")).await,
            ["买买提·吐尔逊 13900001111"],
            "Z{n}: {:?}",
            report.problems
        );
    }
    let report = ledger(&story, "r15.csv", include_bytes!("../../../data/met/people/r15-words.csv")).await;
    assert!(!keys(&report).contains(&"person-unknown"), "{:?}", report.problems);
    assert_eq!(responsible(&story, "E1").await, ["张强 13900000007"]);
}

#[tokio::test]
async fn names_of_a_list_of_people_with_two_of_one_name_and_odd_spellings_are_found() {
    let story = Story::empty().await;
    import(&story, "units.csv", UNITS.as_bytes(), ImportOptions::default()).await;
    let report = people_file(&story, include_str!("../../../data/met/people/r40-people.csv")).await;
    assert_eq!((report.refused, report.people_changed), (0, 19), "{:?}", report.problems);
    ledger(&story, "r40.xlsx", include_bytes!("../../../data/met/people/r40-ledger.xlsx")).await;
    for (key, want) in [
        ("P001", "张强 13900000007"),
        ("P002", "张强 13900000021"),
        ("P003", "王芳 13900000022"),
        ("P004", "买买提·吐尔逊 13900000023"),
        ("P006", "欧阳锋(挂职) 13900000025"),
        ("P009", "张强 13900000007"),
        ("P010", "何静 13900000008"),
        ("P016", "post 河东县/城关镇 镇长"),
        ("P017", "周涛 13900000011"),
        ("P019", "Anna Lin 13900000012"),
        ("P020", "张强 13900000007"),
        ("P021", "何静 13900000008"),
        ("P022", "何静 13900000008"),
        ("P025", "何静 13900000008"),
    ] {
        assert_eq!(responsible(&story, key).await, [want], "{key}");
    }
    assert_eq!(responsible(&story, "P005").await.len(), 1, "an emoji is no part of a name");
    assert_eq!(responsible(&story, "P011").await, ["何静 13900000008", "张强 13900000007"]);
    assert_eq!(responsible(&story, "P012").await, ["何静 13900000008", "周涛 13900000011"]);
    assert!(responsible(&story, "P018").await.is_empty());
}

#[tokio::test]
async fn people_told_apart_by_a_mark_are_found_by_it() {
    let story = Story::empty().await;
    import(&story, "units.csv", UNITS.as_bytes(), ImportOptions::default()).await;
    let report = people_file(&story, include_str!("../../../data/met/people/h14-respelled-people.csv")).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let report = ledger(&story, "h14.xlsx", include_bytes!("../../../data/met/people/h14-respelled.xlsx")).await;
    for (key, want) in [
        ("B1", "张强(柳河) 13900000021"),
        ("B2", "张强B 13900000022"),
        ("B3", "大张强 13900000023"),
        ("B4", "欧阳锋(挂职) 13900000025"),
        ("B5", "欧阳锋(挂职) 13900000025"),
        ("B6", "张强(柳河) 13900000021"),
    ] {
        assert_eq!(responsible(&story, key).await, [want], "{key}: {:?}", report.problems);
    }
}

#[tokio::test]
async fn of_two_schools_of_one_name_the_one_below_the_rows_township_is_meant() {
    let story = Story::empty().await;
    import(&story, "units.csv", include_bytes!("../../../data/met/people/h10-units.csv"), ImportOptions::default())
        .await;
    let report = people_file(&story, include_str!("../../../data/met/people/h10-people.csv")).await;
    assert_eq!(keys(&report).iter().filter(|k| **k == "unit-ambiguous").count(), 1, "{:?}", report.problems);
    assert_eq!(posts(&story, person(&story, "马三").await).await, ["河东县/柳河乡/中心小学 总务 (staff)"]);
    assert!(
        directory(&story).await.people_named("牛四").is_empty(),
        "中心小学 alone may be either: the row is left alone"
    );
    let report = ledger(&story, "h10.xlsx", include_bytes!("../../../data/met/people/h10-same-unit.xlsx")).await;
    for (key, want) in
        [("U1", "河东县/柳河乡/中心小学"), ("U2", "河东县/城关镇/中心小学"), ("U5", "河东县/柳河乡/中心小学")]
    {
        assert_eq!(place(&story, key).await, want, "{key}: {:?}", report.problems);
    }
    assert_eq!(responsible(&story, "U3").await, ["post 河东县/柳河乡/中心小学 校长"]);
    assert_eq!(story.state("U4").await, "draft", "no township, no telling");
    assert!(keys(&report).contains(&"unit-ambiguous"));
}

#[tokio::test]
async fn units_nobody_listed_are_one_a_township() {
    let story = hedong().await;
    ledger(&story, "h15.xlsx", include_bytes!("../../../data/met/people/h15-unlisted-same-name.xlsx")).await;
    assert_eq!(place(&story, "W1").await, "河东县/城关镇/卫生院");
    assert_eq!(place(&story, "W2").await, "河东县/柳河乡/卫生院");
    // In townships nobody listed either, and beside one that is on record elsewhere.
    let text = "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人
W3,2022-09-22,河东县,东风镇,卫生院,堵塞,一般,2022-10-10,何静,李梅,赵敏
W4,2022-09-22,河东县,西岭乡,卫生院,堵塞,一般,2022-10-10,何静,李梅,赵敏
W5,2022-09-22,河东县,西岭乡,柳河小学,堵塞,一般,2022-10-10,何静,李梅,赵敏
W6,2022-09-22,河东县,城关镇,县应急局,堵塞,一般,2022-10-10,何静,李梅,赵敏
";
    let report = ledger(&story, "more.csv", text.as_bytes()).await;
    for (key, want) in [
        ("W3", "河东县/东风镇/卫生院"),
        ("W4", "河东县/西岭乡/卫生院"),
        ("W5", "河东县/西岭乡/柳河小学"),
        ("W6", "河东县/县应急局"),
    ] {
        assert_eq!(place(&story, key).await, want, "{key}: {:?}", report.units_added);
    }
    let again = ledger(&story, "more.csv", text.as_bytes()).await;
    assert!(again.units_added.is_empty());
}

#[tokio::test]
async fn a_number_beside_a_name_that_is_not_the_one_on_record_is_said() {
    let story = hedong().await;
    let text = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人
D1,2022-09-22,城关镇,顺达机械厂,堵塞,一般,2022-10-10,何静 13955550000,李梅,赵敏
";
    let report = ledger(&story, "l.csv", text.as_bytes()).await;
    assert_eq!(responsible(&story, "D1").await, ["何静 13900000008"]);
    let found = report.problems.iter().find(|p| p.key() == "phone-differs").expect("said");
    assert_eq!((found.value.as_str(), found.about.as_str()), ("何静", "13955550000"));
}
