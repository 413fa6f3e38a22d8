//! Posts and people: items follow the post, history keeps the old holder, deputies hear during leave.

use crate::story;
use dutybell::core::org::{Leave, PersonId, PostId};
use dutybell::store::people;
use story::{Story, at, row};

async fn person(story: &Story, name: &str) -> PersonId {
    story.gateway.store.directory().await.expect("reads").people_named(name)[0].id
}

async fn post_of(story: &Story, name: &str) -> PostId {
    let directory = story.gateway.store.directory().await.expect("reads");
    let id = directory.people_named(name)[0].id;
    directory.posts_of_person(id, story.gateway.now())[0].id
}

#[tokio::test]
async fn when_a_post_changes_hands_open_items_follow_it_and_history_keeps_the_old_holder() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "青石镇")]).await;
    let before = story.item("K1").await;
    let (zhang, sun) = (person(&story, "张三").await, person(&story, "孙八").await);
    let directory = story.gateway.store.directory().await.expect("reads");
    let held: Vec<PersonId> =
        before.assignments.iter().flat_map(|a| directory.behind(a.who, at("09-22 09:00"))).collect();
    let holder = if held.contains(&zhang) { zhang } else { person(&story, "钱七").await };
    let name = directory.person(holder).expect("known").name.clone();
    let post = post_of(&story, &name).await;

    let moved = at("09-26 08:00");
    story.until("09-26 08:00").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::leave_post(&mut tx, post, holder, moved).await.expect("leaves");
    people::take_post(&mut tx, post, sun, moved).await.expect("takes");
    people::touch_directory(&mut tx).await.expect("touches");
    crate::story::kept(tx, story.gateway.now()).await;

    story.until("09-27 12:00").await;
    assert!(story.days_told("sunba").await.contains(&"09-27".to_owned()), "the new holder is reminded");
    let login = if holder == zhang { "zhangsan" } else { "qianqi" };
    assert!(!story.days_told(login).await.contains(&"09-27".to_owned()), "the old one is not");
    let directory = story.gateway.store.directory().await.expect("reads");
    assert_eq!(directory.holders(post, at("09-24 09:00")), [holder], "who held it then is still known");
    assert_eq!(directory.holders(post, at("09-27 09:00")), [sun]);
}

#[tokio::test]
async fn on_leave_the_deputy_hears_and_may_answer() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let (zhang, sun) = (person(&story, "张三").await, person(&story, "孙八").await);
    story.until("09-26 08:00").await;
    let leave = Leave { person: zhang, deputy: sun, from: at("09-26 08:00"), until: at("09-28 20:00") };
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::put_leave(&mut tx, &leave).await.expect("stores");
    people::touch_directory(&mut tx).await.expect("touches");
    crate::story::kept(tx, story.gateway.now()).await;

    story.until("09-27 12:00").await;
    assert!(story.days_told("sunba").await.contains(&"09-27".to_owned()));
    assert!(!story.days_told("zhangsan").await.contains(&"09-27".to_owned()));
    story.presses("sunba", dutybell::core::message::Verb::InProgress, None).await;
    assert_eq!(story.state("K1").await, "in_progress");
    story.until("09-29 12:00").await;
    assert!(story.days_told("zhangsan").await.contains(&"09-29".to_owned()), "back from leave he hears again");
}
