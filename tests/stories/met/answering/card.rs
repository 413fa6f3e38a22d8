//! What the card of an item shows.

use super::code;
use crate::story::{Story, row};

/// Longer than a title may be, with its weight at the end.
const LONG: &str = "原料库南侧通风机自十月起停用且防爆开关被人为短接，值守人员未按规定每两小时巡查一次并记录，\
     库内温湿度计损坏未更换，消防沙池内无沙，应急灯均不亮";
const LONG_ENGLISH: &str = "Forklift battery room has no eyewash station and the ventilation fan has been out of order \
     since October while charging goes on";

fn finding(key: &str, said: &str, who: &str) -> String {
    row(key, "一般", "2022-09-30", who).replace("防静电接地失效", said)
}

#[tokio::test]
async fn the_card_of_an_item_says_the_whole_finding_where_its_title_was_cut() {
    for (login, name, said) in [
        ("zhangsan", "张三", LONG),
        ("zhangsan", "张三", LONG_ENGLISH),
        ("sunba", "孙八", LONG_ENGLISH),
        ("sunba", "孙八", LONG),
    ] {
        let mut story = Story::with(&[finding("K1", said, name), finding("K2", "配电箱无盖", name)]).await;
        let item = story.item("K1").await;
        assert!(item.title.contains('…'), "{}", item.title);
        let card = story.says(login, &item.code).await;
        let end: String = said.chars().skip(said.chars().count() - 6).collect();
        assert!(!item.title.contains(&end) && card.contains(said), "{card}");
        // A title that says everything is not said twice.
        let code = code(&story, "K2").await;
        let card = story.says(login, &code).await;
        assert_eq!(card.matches("配电箱无盖").count(), 1, "{card}");
    }
}

#[tokio::test]
async fn a_place_that_was_cut_and_a_finding_of_several_lines_are_whole_on_the_card() {
    let place = "二期厂区西北角危险化学品中间仓库与配料车间之间的连廊";
    let many = row("K1", "一般", "2022-09-30", "张三").replace("K1号工房", place);
    let lines = format!("\"{}\n（二）现场无监护人\"", LONG);
    let mut story = Story::with(&[many, finding("K2", &lines, "张三")]).await;
    let (one, two) = (story.item("K1").await, story.item("K2").await);
    assert!(one.title.contains('…') && two.title.contains('…'), "{} {}", one.title, two.title);
    let card = story.says("lisi", &one.code).await;
    assert!(card.contains(place), "{card}");
    let card = story.says("lisi", &two.code).await;
    assert!(card.contains("（二）现场无监护人"), "{card}");
}
