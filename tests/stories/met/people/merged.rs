//! Files from before two entries were merged.

use dutybell::app::people as office;
use dutybell::core::org::Locale;

use super::*;

const TWIN: &str = "姓名,单位,职务,岗位角色,电话,desk,邮箱\n\
     张强(挂职),河东县/柳河乡,安监办干事,staff,13900000021,zhangq2,zhangq2@hedong.example\n";

/// 张强 of 城关镇 and an entry with other data that is him, too; both as exported, then merged.
async fn merged(twin: &str, name: &str) -> (Story, Vec<u8>, PersonId, PersonId) {
    let story = hedong().await;
    let report = people_file(&story, twin).await;
    assert_eq!(report.people_changed, 1, "{:?}", report.problems);
    let exported = story.gateway.export_register(Locale::ZhCn).await.expect("exports");
    let all = directory(&story).await;
    let with = |phone: &str| all.people_with_phone(phone)[0];
    let (kept, found) = (with("13900000007"), with("13900000021"));
    assert_eq!(all.person(found).expect("is known").name, name);
    office::merge(&story.gateway, &crate::story::HOST, found, kept, true).await.expect("merges");
    (story, exported, kept, found)
}

/// Everything that the register says of everybody, to be compared.
async fn picture(story: &Story) -> Vec<String> {
    let bytes = story.gateway.export_register(Locale::ZhCn).await.expect("exports");
    let book = read(story, "register.xlsx", &bytes);
    book.people
        .iter()
        .map(|p| format!("{:?} {} {:?} {} {:?}", p.number, p.name, p.phone, p.unit_path, p.channels))
        .collect()
}

#[tokio::test]
async fn a_register_exported_before_a_merge_makes_nobody_double_when_it_comes_back() {
    for (twin, name) in [
        (TWIN.to_owned(), "张强(挂职)"),
        // The same person under another spelling of the name, and with the mark left away.
        (TWIN.replace("张强(挂职)", "章强"), "章强"),
        (TWIN.replace("张强(挂职)", "Zhang Q."), "Zhang Q."),
    ] {
        let (story, exported, kept, _) = merged(&twin, name).await;
        let before = picture(&story).await;
        let report = import(&story, "register.xlsx", &exported, ImportOptions::default()).await;
        assert_eq!(picture(&story).await, before, "{name}: {:?}", report.register);
        assert_eq!(
            (report.refused, report.people_changed),
            (0, 0),
            "{name}: {:?} {:?}",
            report.problems,
            report.register
        );
        let said = report.problems.iter().find(|p| p.key() == "person-merged").expect("it is said");
        assert!(said.about.contains("张强"), "{said:?}");
        assert_eq!(contacts(&story, kept).await.len(), 4);
        assert_eq!(posts(&story, kept).await.len(), 2);
    }
}

#[tokio::test]
async fn the_offices_own_file_without_numbers_follows_a_merge_too() {
    // One name, two telephones: the second entry was an older number.
    let twin = TWIN.replace("张强(挂职)", "张强B");
    let (story, _, kept, _) = merged(&twin, "张强B").await;
    let before = picture(&story).await;
    let both = format!(
        "{}{}",
        PEOPLE,
        "张强B,,河东县/柳河乡,安监办干事,staff,13900000021,zh-CN,Asia/Shanghai,zhangq2,zhangq2@hedong.example,,,\n"
    );
    let report = people_file(&story, &both).await;
    assert_eq!((picture(&story).await, report.refused), (before, 0), "{:?} {:?}", report.problems, report.register);
    // Alone, such a row is the person's newest word.
    let report = people_file(&story, &twin.replace("安监办干事", "安监办主任")).await;
    assert_eq!((report.refused, person(&story, "张强").await), (0, kept), "{:?}", report.problems);
    assert!(posts(&story, kept).await.contains(&"河东县/柳河乡 安监办主任 (staff)".to_owned()));
}

#[tokio::test]
async fn a_number_of_a_merged_entry_over_somebody_elses_name_is_not_followed() {
    let (story, _, kept, found) = merged(TWIN, "张强(挂职)").await;
    let people = directory(&story).await.people().len();
    let text = format!(
        "登记号,姓名,单位,职务,岗位角色,电话,desk\n{},方新来,河东县/柳河乡,干事,staff,13900007777,fangxl\n",
        found.0
    );
    let report = people_file(&story, &text).await;
    assert_eq!((report.refused, directory(&story).await.people().len()), (0, people + 1), "{:?}", report.problems);
    assert_ne!(person(&story, "方新来").await, kept);
}
