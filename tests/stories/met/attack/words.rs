//! One language at a time: no English inside Chinese words, and the reverse.

use std::collections::BTreeMap;

use crate::story::{PACK, Story, row};

const FILES: [(&str, &str); 3] = [
    ("en", include_str!("../../../../templates/messages/en.toml")),
    ("zh-CN", include_str!("../../../../templates/messages/zh-CN.toml")),
    ("zh-Hant", include_str!("../../../../templates/messages/zh-Hant.toml")),
];

fn is_han(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}')
}

/// A phrase without what is filled in.
fn bare(phrase: &str) -> String {
    let mut text = phrase.to_owned();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        while let Some(from) = text.find(open) {
            let to = text[from..].find(close).map_or(text.len(), |n| from + n + close.len());
            text.replace_range(from..to, " ");
        }
    }
    text
}

#[test]
fn every_phrase_is_there_in_every_language_and_in_that_language_alone() {
    let keys: Vec<BTreeMap<String, String>> = FILES.map(|(_, text)| toml::from_str(text).expect("reads")).into();
    // What an administrator types or finds so in a file.
    let literal = ["dutybell", "source", "run", "accept", "shrink", "clock", "channel", "test", "doctor", "refused"];
    let literal = literal
        .iter()
        .chain(&[
            "annotate",
            "json",
            "map",
            "at",
            "repeat",
            "people",
            "handover",
            "status",
            "item",
            "list",
            "reason",
            "as",
            "close",
            "issue",
            "wd",
            "deliveries",
            "Authentication",
            "Results",
        ])
        .copied()
        .collect::<Vec<_>>();
    for ((language, _), phrases) in FILES.iter().zip(&keys) {
        assert!(phrases.keys().eq(keys[0].keys()), "{language} has other phrases than en");
        for (key, phrase) in phrases {
            let text = bare(phrase);
            if *language == "en" {
                assert!(!text.chars().any(is_han), "{key}: {text}");
                continue;
            }
            let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| w.len() > 1);
            let foreign: Vec<&str> = words.filter(|w| !literal.contains(w)).collect();
            assert!(foreign.is_empty(), "{language} {key}: {foreign:?}");
        }
    }
}

/// An answer without the item's own words, which are the ledger's.
fn without_titles(text: &str) -> String {
    let mut text = text.to_owned();
    for own in [
        "红星花炮厂",
        "K1号工房",
        "K2号工房",
        "防静电接地失效",
        "（ ）",
        "李四",
        "赵六",
        "杨柳",
        "郑一",
        "王五",
        "张三",
        "孙八",
    ] {
        text = text.replace(own, "");
    }
    text
}

#[tokio::test]
async fn an_english_reader_who_must_give_a_reason_gets_an_example_in_english() {
    let pack = PACK.replacen("needs_reason = []", "needs_reason = [\"general\"]", 1);
    let mut story = Story::with_pack(&pack).await;
    let rows = [row("K1", "一般", "2022-10-14", "孙八"), row("K2", "一般", "2022-10-14", "张三")];
    story.imports(&[("ledger.csv", &crate::story::ledger(&rows))]).await;
    story.until("09-22 09:00").await;
    let english = without_titles(&story.says("sunba", "+3d").await);
    assert!(english.contains("why is more time needed") && !english.chars().any(is_han), "{english}");
    let chinese = story.says("zhangsan", "+3d").await;
    assert!(chinese.contains("原因") && !chinese.contains("reason"), "{chinese}");
}

#[tokio::test]
async fn names_and_spans_on_the_emergency_card_are_in_the_readers_language() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-10-14", "孙八"), row("K2", "一般", "2022-10-14", "张三")]).await;
    story.until("09-22 10:00").await;
    let english = story.says("sunba", "fire in the workshop, people are trapped").await;
    assert!(english.contains("within 1 hour") && !english.contains('、'), "{english}");
    let chinese = story.says("zhangsan", "着火了，有人被困").await;
    assert!(chinese.contains("1小时内") && !chinese.contains("1h"), "{chinese}");
}

#[tokio::test]
async fn whoever_asks_to_be_left_alone_is_told_names_as_their_language_lists_them() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "孙八")]).await;
    let more = "姓名,单位,职务,岗位角色,电话,语言,时区,desk,邮箱,渠道,休息时段\n周九,青石县/县安委办,副主任,administrator,13800000019,zh-CN,Asia/Shanghai,zhoujiu,zhoujiu@qingshi.example,\"desk, mail\",\n";
    story.imports(&[("people.csv", more)]).await;
    let english = story.says("sunba", "stop").await;
    assert!(english.contains("杨柳, 周九") || english.contains("周九, 杨柳"), "{english}");
}

#[tokio::test]
async fn a_verifier_who_gives_no_reason_and_one_who_asks_for_days_read_their_own_language_too() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-10-14", "孙八"), row("K2", "一般", "2022-10-14", "张三")]).await;
    story.until("09-22 10:00").await;
    let english = without_titles(&story.says("sunba", "+2d").await);
    assert!(english.contains("(Sun)") && !english.chars().any(is_han), "{english}");
    let chinese = story.says("zhangsan", "延期2天").await;
    assert!(chinese.contains("（周日）"), "{chinese}");
}
