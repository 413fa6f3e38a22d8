//! A step that repeats too often: refused at load, held at twelve an hour, and never instead of the first word.

use chrono::{Duration, Utc};
use dutybell::core::policy::Policy;

use crate::office::Office;
use crate::story::{PACK, Story, at, ledger, row};

/// The default pack with a ladder of its own for general hazards, before all others.
fn with_steps(steps: &str) -> String {
    let issue = "[[ladder.step]]\nid = \"issue\"\nat = \"I\"\nto = [\"responsible\"]\nform = \"issue\"\n";
    let ladder = format!("[[ladder]]\nname = \"often\"\nwhen = {{ severity = [\"general\"] }}\n{issue}\n{steps}\n");
    let mark = "# ---- major and listed hazards";
    assert!(PACK.contains(mark));
    PACK.replacen(mark, &format!("{ladder}\n{mark}"), 1)
}

fn step(id: &str, at: &str, repeat: &str, more: &str) -> String {
    format!("[[ladder.step]]\nid = \"{id}\"\nat = \"{at}\"\nto = [\"responsible\"]\nrepeat = \"{repeat}\"\n{more}\n")
}

/// Texts that reached a desk with these words, by their instant.
async fn told(story: &Story, login: &str, words: &str) -> Vec<chrono::DateTime<Utc>> {
    let sent = story.gateway.store.sent_to("desk", login, 1_000).await.expect("reads");
    let named = sent.iter().filter(|m| serde_json::to_string(&m.body).expect("JSON").contains(words));
    named.filter_map(|m| m.sent_at).collect()
}

/// The most of these within any hour.
fn most_in_an_hour(times: &[chrono::DateTime<Utc>]) -> usize {
    let within = |t: &chrono::DateTime<Utc>| times.iter().filter(|o| (*t..*t + Duration::hours(1)).contains(o)).count();
    times.iter().map(within).max().unwrap_or(0)
}

#[test]
fn a_repeat_below_ten_minutes_is_refused_when_the_pack_is_read_with_step_and_least() {
    for repeat in ["1m", "0m", "0d", "9m", "0wd", "0mo", "-1h", "-3d"] {
        let refused = Policy::from_toml(&with_steps(&step("hammer", "I+1h", repeat, ""))).expect_err(repeat);
        for named in ["often", "hammer", repeat, "10m"] {
            assert!(refused.contains(named), "{repeat}: {refused}");
        }
    }
    for repeat in ["10m", "1h", "1d", "1wd", "1mo"] {
        Policy::from_toml(&with_steps(&step("hammer", "I+1h", repeat, ""))).expect(repeat);
    }
}

#[test]
fn an_emergency_step_and_one_that_asks_may_repeat_every_five_minutes_and_no_faster() {
    for more in ["urgency = \"emergency\"", "form = \"check_in\""] {
        Policy::from_toml(&with_steps(&step("alarm", "I+1h", "5m", more))).expect(more);
        let refused = Policy::from_toml(&with_steps(&step("alarm", "I+1h", "4m", more))).expect_err(more);
        assert!(refused.contains("5m") && refused.contains("alarm"), "{refused}");
    }
}

#[test]
fn limits_under_which_nobody_would_ever_hear_are_refused_when_the_pack_is_read() {
    for (good, bad, named) in [
        ("per_day = 3", "per_day = 0", "per_day"),
        ("undo_minutes = 10", "undo_minutes = -5", "undo_minutes"),
        ("undo_minutes = 10", "undo_minutes = 100000", "undo_minutes"),
    ] {
        let refused = Policy::from_toml(&PACK.replacen(good, bad, 1)).expect_err(bad);
        assert!(refused.contains(named), "{refused}");
    }
}

#[test]
fn a_window_for_an_answer_that_is_over_at_once_is_refused_when_the_pack_is_read() {
    for span in ["0m", "0h", "-2h", "0wd"] {
        let refused = Policy::from_toml(&PACK.replacen("ack_within = \"2h\"", &format!("ack_within = \"{span}\""), 1));
        let refused = refused.expect_err(span);
        assert!(refused.contains("no-ack") && refused.contains("1m"), "{refused}");
    }
}

#[test]
fn the_program_names_the_file_of_a_pack_that_repeats_too_often_and_does_not_start() {
    let office = Office::new();
    office.file("office-pack.toml", &with_steps(&step("hammer", "I+1h", "1m", "")));
    office.file("dutybell.toml", "[office]\npolicy = \"office-pack.toml\"\n");
    for command in [&["config", "check"][..], &["preview"], &["serve"]] {
        let output = office.command().args(command).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        for named in ["office-pack.toml", "hammer", "10m"] {
            assert!(said.contains(named), "{command:?}: {said}");
        }
    }
}

#[tokio::test]
async fn a_repeating_step_never_takes_the_place_of_the_first_word() {
    let pack = with_steps(&step("hammer", "I+1m", "10m", "urgency = \"escalation\""));
    let mut story = Story::with_pack(&pack).await;
    story.until("09-22 10:00").await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-10-14", "孙八")]))]).await;
    story.until("09-22 10:00").await;
    let first = story.heard("sunba");
    assert_eq!(first.len(), 1, "told at once: {first:#?}");
    assert!(first[0].1.contains("K1"), "{first:#?}");
    story.until("09-22 10:29").await;
    assert_eq!(story.timeline("sunba").await.len(), 4, "at :01, :11 and :21 besides: {:#?}", story.heard("sunba"));
}

#[tokio::test]
async fn after_downtime_the_first_word_is_told_and_not_that_nobody_acknowledged_it() {
    let more = "urgency = \"escalation\"\nform = \"no_ack\"\nlevel = 2";
    let mut story = Story::with_pack(&with_steps(&step("no-ack", "I+20m", "1d", more))).await;
    story.until("09-22 09:30").await;
    // Registered, but the planner's turn comes only after the no-ack was due.
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-10-14", "孙八")]))]).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    sqlx::query("DELETE FROM notices").execute(&mut *tx).await.expect("forgets");
    let wake = "UPDATE items SET next_wake_at = 0, planned_until = 0, planned_version = version";
    sqlx::query(wake).execute(&mut *tx).await.expect("forgets");
    tx.commit().await.expect("commits");
    story.clock.set(at("09-22 11:00"));
    story.until("09-22 11:00").await;
    let heard = story.heard("sunba");
    let reasons = story.gateway.store.sent_to("desk", "sunba", 10).await.expect("reads");
    assert_eq!(heard.len(), 1, "{heard:#?}");
    let why = story.gateway.store.reasons(reasons[0].id).await.expect("reads");
    assert!(why.iter().any(|n| n.notice.reason.step() == Some("issue")), "{why:#?}");
}

/// Several items, each registered some minutes after the other.
async fn registered_one_by_one(pack: &str, items: usize) -> Story {
    let mut story = Story::with_pack(pack).await;
    story.until("09-22 09:30").await;
    for n in 1..=items {
        let rows: Vec<String> = (1..=n).map(|k| row(&format!("K{k}"), "一般", "2022-10-14", "孙八")).collect();
        story.imports(&[("ledger.csv", &ledger(&rows))]).await;
        story.until(&format!("09-22 09:{:02}", 30 + 2 * n)).await;
    }
    story
}

#[tokio::test]
async fn a_step_tells_one_person_twelve_times_an_hour_at_most_and_what_is_held_comes_merged_with_an_alarm() {
    let pack = with_steps(&step("hammer", "I+3m", "10m", "urgency = \"escalation\""));
    let mut story = registered_one_by_one(&pack, 5).await;
    story.until("09-22 11:55").await;
    let times = told(&story, "sunba", "工房").await;
    // Thirty without it, and five first words.
    assert!(most_in_an_hour(&times) <= 12 + 5, "{times:#?}");
    let last = story.heard("sunba").split_off(times.len() - 6).into_iter().map(|(_, t)| t).collect::<String>();
    for k in 1..=5 {
        assert!(last.contains(&format!("K{k}")), "what was held is told: K{k} in {last}");
    }
    let alarms: Vec<String> =
        story.heard("yangliu").into_iter().map(|(_, t)| t).filter(|t| t.contains("hammer")).collect();
    assert!(!alarms.is_empty() && alarms[0].contains("孙八"), "{:#?}", story.heard("yangliu"));
    assert!(alarms.len() <= 4, "once an hour: {alarms:#?}");
}

#[tokio::test]
async fn an_emergency_of_another_item_is_not_held_by_the_breaker_and_its_repeats_are() {
    let pack = with_steps(&step("siren", "I+1m", "5m", "urgency = \"emergency\""));
    let mut story = registered_one_by_one(&pack, 4).await;
    story.until("09-22 10:30").await;
    let mut rows: Vec<String> = (1..=4).map(|k| row(&format!("K{k}"), "一般", "2022-10-14", "孙八")).collect();
    rows.push(row("K9", "一般", "2022-10-14", "孙八"));
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 10:32").await;
    let new = told(&story, "sunba", "K9号").await;
    assert!(new.iter().any(|t| *t > at("09-22 10:30")), "{new:#?}");
    let first: Vec<_> = told(&story, "sunba", "工房").await.into_iter().filter(|t| *t < at("09-22 10:30")).collect();
    assert!(most_in_an_hour(&first) <= 12 + 4 + 4, "{first:#?}");
}

#[tokio::test]
async fn the_breaker_counts_each_person_and_each_step_alone() {
    let more = "urgency = \"escalation\"";
    let both = format!(
        "{}{}",
        step("hammer", "I+3m", "10m", more),
        step("anvil", "I+8m", "10m", more).replace("responsible", "verifier")
    );
    let mut story = registered_one_by_one(&with_steps(&both), 2).await;
    story.until("09-22 10:40").await;
    // Two items, six times an hour each: twelve are not too many, for either of them.
    assert!(!story.heard("yangliu").iter().any(|(_, t)| t.contains("hammer") || t.contains("anvil")));
    assert!(told(&story, "lisi", "工房").await.len() >= 10);
    assert!(told(&story, "sunba", "工房").await.len() >= 10);
}
