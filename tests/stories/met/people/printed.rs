//! What an import prints of the register.

use super::*;
use crate::office::Office;

fn office() -> Office {
    let office = Office::new();
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office.file("moved.csv", include_str!("../../../data/met/people/o1-moved.csv"));
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    office
}

#[test]
fn an_import_shows_people_old_and_new_by_name_and_field_and_what_ends_in_the_readers_language() {
    let office = office();
    let shown = |lang: &str| office.run(&["import", "--people", "moved.csv", "--dry-run", "--lang", lang]);
    let zh = shown("zh-CN");
    for part in [
        "张强",
        "职务结束：河东县/城关镇 安监站站长 (staff)",
        "任职：河东县/柳河乡 副乡长 (leader)",
        "保持原样",
        "何静",
    ] {
        assert!(zh.contains(part), "{part} in {zh}");
    }
    let en = shown("en");
    for part in [
        "post ends: 河东县/城关镇 安监站站长 (staff)",
        "post begins: 河东县/柳河乡 副乡长 (leader)",
        "stay as they are",
    ] {
        assert!(en.contains(part), "{part} in {en}");
    }
    let json = office.run(&["import", "--people", "moved.csv", "--dry-run", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let zhang = report["register"].as_array().expect("a list").iter().find(|c| c["name"] == "张强").expect("there");
    assert_eq!(zhang["fields"][0], serde_json::json!(["post", "", "河东县/柳河乡 副乡长 (leader)"]));
    assert_eq!(zhang["fields"][1], serde_json::json!(["post", "河东县/城关镇 安监站站长 (staff)", ""]));
    assert_eq!(report["absent"].as_array().expect("a list").len(), 10);
}

#[test]
fn a_whole_list_of_a_unit_shows_its_endings_before_they_happen() {
    let office = office();
    office.file("town.csv", "姓名,单位,职务,岗位角色,电话\n钱江,河东县/城关镇,镇长,head,13900000006\n");
    let whole = ["import", "--people", "town.csv", "--whole", "--unit", "城关镇", "--lang", "zh-CN"];
    let before = office.run(&[&whole[..], &["--dry-run"]].concat());
    assert!(before.contains("人员离任") && before.contains("何静") && before.contains("职务结束"), "{before}");
    assert_eq!(before.matches("人员离任").count(), 4, "{before}");
    let applied = office.run(&whole);
    assert_eq!(applied.matches("人员离任").count(), 4, "the same again, done: {applied}");
    assert_eq!(office.run(&whole).matches("人员离任").count(), 0);
}
