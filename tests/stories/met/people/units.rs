//! Units under a new name.

use super::*;

async fn units_file(story: &mut Story, rows: &str) -> ImportReport {
    let text = format!("名称,上级,层级,日历,电话\n{rows}");
    story.imports(&[("units.csv", &text)]).await
}

#[tokio::test]
async fn a_unit_with_its_telephone_and_a_name_like_its_own_is_renamed_and_said() {
    let mut story = hedong().await;
    let before = directory(&story).await;
    let (id, count) = (before.units_called("顺达机械厂")[0], before.units().len());
    let report = units_file(&mut story, "顺达机械有限公司,河东县/城关镇,enterprise,,0799-5551301\n").await;
    assert_eq!(report.refused, 0, "{:?}", report.problems);
    let after = directory(&story).await;
    assert_eq!((after.units_called("顺达机械有限公司"), after.units().len()), (vec![id], count));
    let said = said(&report, "河东县/城关镇/顺达机械厂");
    assert!(has_field(said, "unit_name", "顺达机械厂", "顺达机械有限公司"), "{said:?}");
    // Its people stay, and the list of people under the new name doubles nothing.
    let head = person(&story, "周涛").await;
    assert_eq!(posts(&story, head).await, ["河东县/城关镇/顺达机械有限公司 厂长 (head)"]);
    let report = people_file(&story, &PEOPLE.replace("顺达机械厂", "顺达机械有限公司")).await;
    assert_eq!((report.people_changed, report.units_changed), (0, 0), "{:?}", report.register);
}

#[tokio::test]
async fn a_new_name_with_less_evidence_is_asked_about_and_two_listed_are_two() {
    for row in
        ["宏发设备厂,河东县/城关镇,enterprise,,0799-5551301\n", "顺达机械厂有限公司,河东县/城关镇,enterprise,,\n"]
    {
        let mut story = hedong().await;
        let count = directory(&story).await.units().len();
        let report = units_file(&mut story, row).await;
        assert!(keys(&report).contains(&"unit-renamed"), "{row}: {:?}", report.problems);
        assert_eq!(directory(&story).await.units().len(), count, "{row}");
        let both = format!("{row}顺达机械厂,河东县/城关镇,enterprise,,0799-5551301\n");
        let report = units_file(&mut story, &both).await;
        assert_eq!((report.refused, directory(&story).await.units().len()), (0, count + 1), "{:?}", report.problems);
    }
    // Another school of the township is another school.
    let mut story = hedong().await;
    let report = units_file(&mut story, "柳沟小学,河东县/柳河乡,enterprise,,0799-5551399\n").await;
    assert_eq!((report.refused, report.units_changed), (0, 1), "{:?}", report.problems);
}

#[tokio::test]
async fn a_row_of_a_person_under_the_units_other_name_makes_no_second_unit() {
    let mut story = hedong().await;
    let count = directory(&story).await.units().len();
    // The list of people knows the new name first, with the post and the telephone on record.
    let report = people_file(&story, &PEOPLE.replace("顺达机械厂", "顺达机械厂有限公司")).await;
    assert_eq!((report.refused, directory(&story).await.units().len()), (0, count), "{:?}", report.problems);
    assert!(keys(&report).contains(&"unit-read"), "{:?}", report.problems);
    assert_eq!(posts(&story, person(&story, "周涛").await).await, ["河东县/城关镇/顺达机械厂 厂长 (head)"]);
    // After the renaming an old list still has the old name.
    units_file(&mut story, "顺达机械有限公司,河东县/城关镇,enterprise,,0799-5551301\n").await;
    let report = people_file(&story, PEOPLE).await;
    assert_eq!((report.refused, directory(&story).await.units().len()), (0, count), "{:?}", report.problems);
    assert!(keys(&report).contains(&"unit-like"), "{:?}", report.problems);
    assert_eq!(posts(&story, person(&story, "周涛").await).await, ["河东县/城关镇/顺达机械有限公司 厂长 (head)"]);
    // A real transfer to a new unit is one.
    let report = people_file(&story, &PEOPLE.replace("城关镇/顺达机械厂,厂长", "城关镇/红旗轴承厂,厂长")).await;
    assert_eq!((report.refused, directory(&story).await.units().len()), (0, count + 1), "{:?}", report.problems);
}
