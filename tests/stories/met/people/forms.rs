//! Roles, levels, zones, hours and columns in the forms that offices write.

use super::*;

#[tokio::test]
async fn unit_title_and_role_make_the_post() {
    let story = hedong().await;
    let report = people_file(&story, include_str!("../../../data/met/people/o7-same-title.csv")).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    for (name, post) in [
        ("冯干一", "河东县/柳河乡 干事 (liaison)"),
        ("冯干二", "河东县/柳河乡 干事 (staff)"),
        ("许副一", "河东县/城关镇 副镇长 (leader)"),
        ("许副二", "河东县/城关镇 副镇长 (staff)"),
        ("值甲", "河东县/县应急局 科员 (duty)"),
        ("监乙", "河东县/县应急局 科员 (supervisor)"),
    ] {
        assert_eq!(posts(&story, person(&story, name).await).await, [post]);
    }
}

#[tokio::test]
async fn a_corrected_role_of_a_post_that_is_one_persons_alone_keeps_the_post() {
    let story = hedong().await;
    let before = directory(&story).await;
    let he = before.people_named("何静")[0].id;
    let post = before.posts_of_person(he, story.gateway.now())[0].id;
    let report = people_file(&story, "姓名,单位,职务,岗位角色\n何静,河东县/城关镇,联络员,staff\n").await;
    let after = directory(&story).await;
    assert_eq!(after.posts_of_person(he, story.gateway.now())[0].id, post, "items that name the post follow");
    assert!(has_field(said(&report, "何静"), "role", "河东县/城关镇 联络员 (liaison)", "河东县/城关镇 联络员 (staff)"));
}

#[tokio::test]
async fn levels_in_the_words_of_an_office_are_read_and_guesses_are_said() {
    let mut story = Story::empty().await;
    let report = story.imports(&[("units.csv", include_str!("../../../data/met/people/o5-levels.csv"))]).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let all = directory(&story).await;
    let level = |name: &str| all.unit(all.units_called(name)[0]).expect("there").level.word();
    for (n, want) in [
        (0, "county"),
        (2, "county"),
        (3, "township"),
        (6, "township"),
        (7, "township"),
        (8, "enterprise"),
        (10, "enterprise"),
        (11, "enterprise"),
        (14, "department"),
        (15, "enterprise"),
        (16, "enterprise"),
        (17, "township"),
        (18, "township"),
        (19, "department"),
        (20, "department"),
        (21, "department"),
        (24, "prefecture"),
        (25, "province"),
        (26, "county"),
        (27, "township"),
    ] {
        assert_eq!(level(&format!("单{n}")), want, "单{n}");
    }
    let guessed: Vec<&str> =
        report.problems.iter().filter(|p| p.key() == "unit-level-read").map(|p| p.value.as_str()).collect();
    for word in ["村", "学校", "园区", "派出所", "班组"] {
        assert!(guessed.contains(&word) || word == "村" && guessed.contains(&"village"), "{word} in {guessed:?}");
    }
}

#[tokio::test]
async fn zones_and_languages_in_words_are_read_and_nobody_is_refused_for_them() {
    let story = Story::empty().await;
    let report = people_file(&story, include_str!("../../../data/met/people/o6-people-words.csv")).await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let all = directory(&story).await;
    for name in ["区倀", "区倁", "区倂", "区倃", "区倄", "区倅", "区倆", "区倈", "区倉"] {
        assert_eq!(all.people_named(name)[0].zone.name(), "Asia/Shanghai", "{name}");
    }
    assert_eq!(all.people_named("区倇")[0].zone.name(), "Asia/Urumqi");
    for (name, tag) in [("语倁", "zh-CN"), ("语倃", "zh-Hant"), ("语倅", "en"), ("语倆", "en"), ("语倉", "zh-Hant")]
    {
        assert_eq!(all.people_named(name)[0].locale.tag(), tag, "{name}");
    }
    let report = people_file(&story, "姓名,单位,职务,电话,时区,语言\n丙三,根县,干事,13900000099,火星,克林贡语\n").await;
    assert!(keys(&report).contains(&"zone-unknown") && keys(&report).contains(&"language-unknown"));
    assert_eq!(directory(&story).await.people_named("丙三")[0].zone.name(), "Asia/Shanghai", "the person is kept");
}

#[tokio::test]
async fn hours_of_rest_that_cannot_be_read_are_a_warning_and_the_person_is_kept() {
    let story = hedong().await;
    let report = people_file(&story, include_str!("../../../data/met/people/h3-quiet.csv")).await;
    assert_eq!((report.refused, report.people_changed), (0, 22), "{:?}", report.problems);
    let all = directory(&story).await;
    let quiet = |name: &str| all.people_named(name)[0].quiet.clone().map(|q| Vec::<String>::from(q).join(","));
    for name in ["测一", "测乊", "测五", "测伃", "测信", "测倆", "测傿"] {
        assert_eq!(quiet(name).as_deref(), Some("22:00-07:00"), "{name}");
    }
    assert_eq!(quiet("测侗").as_deref(), Some("12:00-14:00,22:00-07:00"));
    assert_eq!(quiet("测傚"), None);
    let unread: Vec<&str> =
        report.problems.iter().filter(|p| p.key() == "quiet-unreadable").map(|p| p.value.as_str()).collect();
    assert_eq!(unread, ["0:00-0:00", "22:00-22:00", "周末"]);
}

#[tokio::test]
async fn unknown_roles_and_columns_are_said() {
    let story = hedong().await;
    let report = people_file(
        &story,
        "姓名,单位,职务,岗位角色,手机,血型\n王某,河东县/县安委办,干部,安全员,13700000000,A\n李某,河东县/县安委办,干部,安全总监,13700000001,B\n",
    )
    .await;
    let of = |key: &str| report.problems.iter().find(|p| p.key() == key).unwrap_or_else(|| panic!("{key}"));
    assert_eq!((of("role-read").value.as_str(), of("role-read").about.as_str()), ("安全员", "staff"));
    assert_eq!(of("role-unknown").value, "安全总监");
    assert!(of("role-unknown").about.contains("liaison"));
    assert_eq!(of("column-unknown").about, "血型");
    assert!(
        report.problems.iter().all(|p| !p.in_words(dutybell::core::org::Locale::ZhCn).contains(p.key())),
        "in words"
    );
}

#[tokio::test]
async fn columns_of_english_lists_are_known() {
    let story = Story::empty().await;
    let report = people_file(
        &story,
        "Employee,Department,Job title,Role,Mobile number,Email address,User name\nOlu Adeyemi,Northfield,Facilities,staff,+44 7700 900007,olu@northfield.test,olu\n",
    )
    .await;
    assert!(!keys(&report).contains(&"column-unknown"), "{:?}", report.problems);
    let olu = person(&story, "olu adeyemi").await;
    assert_eq!(posts(&story, olu).await, ["Northfield Facilities (staff)"]);
    let mut all = contacts(&story, olu).await;
    all.sort();
    assert_eq!(all, ["desk olu", "mail olu@northfield.test"]);
}
