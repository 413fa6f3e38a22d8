//! What those concerned hear of a change in the ledger.

use dutybell::app::Caller;
use dutybell::app::items;
use dutybell::core::org::Locale;

use crate::story::{Story, ledger, row};

/// What a person hears after their row was written anew.
async fn hears(who: (&str, &str), old: &str, new: &str) -> (Story, String) {
    let (login, name) = who;
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", name)]).await;
    story.until("09-22 15:00").await;
    let before = story.heard(login).len();
    let changed = row("K1", "一般", "2022-09-30", name).replace(old, new);
    story.imports(&[("ledger.csv", &ledger(&[changed]))]).await;
    story.until("09-22 18:00").await;
    let heard = story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
    (story, heard)
}

#[tokio::test]
async fn columns_that_changed_are_named_in_the_language_of_who_reads_it() {
    let (sunba, zhangsan) = (("sunba", "孙八"), ("zhangsan", "张三"));
    let (story, heard) = hears(sunba, "2022-09-30", "2022-10-14").await;
    assert!(heard.contains("changed in the ledger: Due date; deadline now 14 Oct"), "{heard}");
    let english = Caller { locale: Locale::En, ..crate::story::HOST.clone() };
    let code = story.item("K1").await.code;
    let shown = items::show(&story.gateway, &english, &code).await.expect("shows");
    let amended = shown.lines.iter().find(|l| l.event == "amend").expect("it was amended");
    assert_eq!(amended.text, "Due date");
    let (_, heard) = hears(zhangsan, "2022-09-30", "2022-10-14").await;
    assert!(heard.contains("台账已修改：整改期限；"), "{heard}");
    // Several at once, each by its name.
    let (_, heard) = hears(sunba, "防静电接地失效,一般,2022-09-30", "接地线断开,一般,2022-10-14").await;
    assert!(heard.contains("changed in the ledger: Finding, Due date; "), "{heard}");
    let (_, heard) = hears(zhangsan, "防静电接地失效,一般,2022-09-30", "接地线断开,一般,2022-10-14").await;
    assert!(heard.contains("台账已修改：存在问题、整改期限；"), "{heard}");
}
