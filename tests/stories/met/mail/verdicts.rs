//! A mail server that passes on verdicts which it did not give itself.

use super::{BELL, Office, at};

const ONE: &[&str] = &["机床限位失灵"];

impl Office {
    /// The daily check goes out; the server brings it home, with or without what was forged in it.
    async fn checked(&mut self, day: &str, strips: bool) {
        self.story.checks(&[("mail", "own")]);
        for time in ["08:36", "08:37", "08:43", "08:49"] {
            self.story.until_at(at(&format!("{day} {time}"))).await;
        }
        let mut found: Vec<Vec<u8>> = Vec::new(); // of the day before as well, the first time
        for entry in std::fs::read_dir(self.story.folder().join("out")).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("reads");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if text.lines().any(|l| l.starts_with("To:") && l.contains(BELL)) {
                found.push(bytes);
                std::fs::remove_file(&path).expect("taken");
            }
        }
        assert!((1..=2).contains(&found.len()), "one check a day: {}", found.len());
        for letter in found {
            let letter = String::from_utf8(letter).expect("text").replace("\r\n", "\n");
            let kept: Vec<&str> = letter
                .split_inclusive('\n')
                .filter(|line| !strips || !line.to_lowercase().starts_with("authentication-results:"))
                .collect();
            self.receives(kept.concat().as_bytes()).await;
        }
    }

    async fn alarms(&self) -> String {
        let raised = self.story.gateway.store.alarms(20).await.expect("reads");
        raised.into_iter().map(|(_, text, ..)| text).collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test]
async fn a_server_that_lets_a_forged_verdict_through_is_not_believed_until_it_takes_it_out() {
    let mut office = Office::with(ONE).await;
    office.checked("2026-12-01", false).await;
    office.plain("已完成").await;
    assert_ne!(office.state("机床限位失灵").await, "reported_done", "anybody can write such a verdict");
    let asked = office.heard().pop().unwrap_or_default();
    assert!(asked.contains("是你写的吗") && asked.contains("/mail/confirm/"), "{asked}");
    let alarms = office.alarms().await;
    assert!(alarms.contains("Authentication-Results"), "{alarms}");
    // Mended on the server: the next day's check shows it, and verdicts count again.
    office.checked("2026-12-02", true).await;
    office.plain("已完成").await;
    assert_eq!(office.state("机床限位失灵").await, "reported_done", "{:#?}", office.heard().last());
}

#[tokio::test]
async fn a_server_that_takes_it_out_is_believed_and_no_alarm_is_raised() {
    let mut office = Office::with(ONE).await;
    office.checked("2026-12-01", true).await;
    assert!(!office.alarms().await.contains("Authentication-Results"));
    office.plain("已完成").await;
    assert_eq!(office.state("机床限位失灵").await, "reported_done", "{:#?}", office.heard().last());
}

#[tokio::test]
async fn a_confirmed_letter_counts_though_verdicts_are_not_believed() {
    let mut office = Office::with(ONE).await;
    office.checked("2026-12-01", false).await;
    office.plain("已完成").await;
    let asked = office.heard().pop().unwrap_or_default();
    let code = asked.split("/mail/confirm/").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
    office.story.gateway.confirm_claim(code).await.expect("confirms");
    office.story.gateway.settle().await.expect("settles");
    assert_eq!(office.state("机床限位失灵").await, "reported_done");
}
