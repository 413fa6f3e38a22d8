//! The column of deputies.

use super::*;

const HEADER: &str = "姓名,单位,职务,岗位角色,电话,desk";

#[tokio::test]
async fn a_column_of_deputies_is_said_to_be_unused_once_with_the_way_to_note_an_absence() {
    for column in ["代理人", "B岗", "代理", "Deputy", "stand-in"] {
        let story = hedong().await;
        let text = format!(
            "{HEADER},{column}\n何静,河东县/城关镇,联络员,liaison,13900000008,hejing,张强\n\
             张强,河东县/城关镇,安监站站长,staff,13900000007,zhangq,何静\n\
             钱江,河东县/城关镇,镇长,head,13900000006,qianj,\n"
        );
        let report = people_file(&story, &text).await;
        let said: Vec<_> = report.problems.iter().filter(|p| p.key() == "deputy-unused").collect();
        assert_eq!(said.len(), 1, "{column}: {:?}", report.problems);
        assert_eq!((said[0].about.as_str(), said[0].place.row), ("2", 1));
        assert!(said[0].hint.contains("people absence add"), "{said:?}");
        assert!(said[0].in_words(dutybell::core::org::Locale::ZhCn).contains("people absence add"));
        assert_eq!((report.refused, report.people_changed), (0, 0));
        let all = directory(&story).await;
        let he = person(&story, "何静").await;
        assert_eq!(all.acting_for(he, story.gateway.now()), he, "nobody stands in for good");
    }
}

#[tokio::test]
async fn an_empty_column_of_deputies_is_no_matter() {
    let story = hedong().await;
    for nothing in ["", "无", "/"] {
        let text = format!("{HEADER},代理人\n何静,河东县/城关镇,联络员,liaison,13900000008,hejing,{nothing}\n");
        let report = people_file(&story, &text).await;
        assert!(!keys(&report).contains(&"deputy-unused"), "{nothing}: {:?}", report.problems);
    }
}
