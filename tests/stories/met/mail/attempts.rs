//! Attempts that were refused are told once a day.

use dutybell::channel::desk::Desk;
use dutybell::channel::telegram::{Telegram, TelegramConfig};
use dutybell::web::{self, App};
use tokio_util::sync::CancellationToken;

use super::{Office, SERVER, ZHOU, at};
use crate::story::{PACK, Story, database};

async fn alarms(story: &Story) -> Vec<String> {
    let raised = story.gateway.store.alarms(50).await.expect("reads");
    raised.into_iter().map(|(_, text, ..)| text).filter(|text| text.contains("被拒绝的操作")).collect()
}

impl Office {
    /// A letter in 周涛's name, with a token that somebody got hold of and no verdict of the server.
    async fn forged(&mut self, n: u32) {
        let address = self.address();
        let letter = format!(
            "Authentication-Results: {SERVER}; dmarc=fail header.from=hedong.example\nFrom: {ZHOU}\nTo: {address}\nSubject: Re: x\n\
             Message-ID: <forged{n}@evil.example>\nContent-Type: text/plain; charset=utf-8\n\n已完成\n"
        );
        self.receives(letter.as_bytes()).await;
    }

    async fn next_day(&mut self) {
        for time in ["2026-12-01 00:10", "2026-12-01 08:40", "2026-12-01 09:10"] {
            self.story.until_at(at(time)).await;
        }
    }
}

#[tokio::test]
async fn forged_letters_are_one_alarm_the_next_day_with_their_number() {
    let mut office = Office::with(&["机床限位失灵"]).await;
    for n in 0..4 {
        office.forged(n).await;
    }
    assert!(alarms(&office.story).await.is_empty(), "not one each");
    office.next_day().await;
    let raised = alarms(&office.story).await;
    assert!(raised.len() == 1 && raised[0].contains("邮件4封") && raised[0].contains("2026-11-30"), "{raised:?}");
    let told = office.mails("yangfan@hedong.example");
    assert_eq!(told.iter().filter(|(_, text)| text.contains("未经证实的邮件4封")).count(), 1, "{told:#?}");
    office.story.until_at(at("2026-12-02 09:10")).await;
    assert_eq!(alarms(&office.story).await.len(), 1, "a day without any is silent");
}

#[tokio::test]
async fn a_letter_that_its_writer_confirmed_was_no_attempt() {
    let mut office = Office::with(&["机床限位失灵"]).await;
    office.forged(1).await;
    let asked = office.heard().pop().unwrap_or_default();
    let code = asked.split("/mail/confirm/").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
    office.story.gateway.confirm_claim(code).await.expect("confirms");
    office.next_day().await;
    assert_eq!(alarms(&office.story).await, Vec::<String>::new());
}

/// Two items, one of them major; 孙丽 has nothing to do with either.
async fn office(pack: &str) -> Story {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database(folder.path()).await;
    let mut story = Story::on(&url, folder, pack, at("2026-11-30 09:00")).await;
    let file = |name: &str| std::fs::read_to_string(format!("tests/data/met/{name}")).expect("the file is there");
    story.imports(&[("units.csv", &file("units.csv")), ("people.csv", &file("people.csv"))]).await;
    let ledger = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,监管部门,复查人,交办人\n\
        M1,2026-11-27,城关镇,顺达机械厂,危化品超量存放,重大,2026-12-15,周涛,县应急局,王建国,赵敏\n\
        G1,2026-11-27,城关镇,顺达机械厂,灭火器过期,一般,2026-12-15,周涛,县应急局,王建国,赵敏\n";
    story.imports(&[("ledger.csv", ledger)]).await;
    story.until_at(at("2026-11-30 11:00")).await;
    story
}

#[tokio::test]
async fn attempts_on_a_major_item_reach_its_supervisor_and_others_only_the_administrator() {
    let mut story = office(PACK).await;
    let (major, general) = (story.item("M1").await.code, story.item("G1").await.code);
    for code in [&major, &major, &general] {
        let said = story.says("sunli", &format!("{code} 完成")).await;
        assert!(!said.is_empty());
    }
    assert_eq!((story.state("M1").await, story.state("G1").await), ("assigned", "assigned"));
    for time in ["2026-12-01 00:10", "2026-12-01 08:40", "2026-12-01 09:10"] {
        story.until_at(at(time)).await;
    }
    let raised = alarms(&story).await;
    assert!(raised.len() == 1 && raised[0].contains("答复3次"), "{raised:?}");
    assert!(raised[0].contains(&major) && raised[0].contains(&general), "{raised:?}");
    let heard = |login: &str| story.heard(login).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
    let supervisor = heard("limei");
    assert!(supervisor.contains(&format!("重大隐患{major}")) && supervisor.contains("2次"), "{supervisor}");
    assert!(!supervisor.contains(&format!("重大隐患{general}")), "{supervisor}");
    assert!(heard("yangfan").contains("被拒绝的操作"));
    assert!(!heard("sunli").contains("被拒绝的操作"));
}

#[tokio::test]
async fn calls_that_come_from_no_platform_are_counted_and_told() {
    let mut story = office(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    let (listener, stop) =
        (tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port"), CancellationToken::new());
    let config = TelegramConfig { token: "123:abc".to_owned().into(), api_url: None, bot_username: None };
    let telegram =
        Telegram::new(config).expect("configured").with_webhook("a-secret-of-sixteen-signs".to_owned().into());
    story.also_has(vec![std::sync::Arc::new(telegram)]);
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let app = App { gateway: story.gateway.clone(), desk: Some(Desk::default()), demo: None, metrics: None };
    tokio::spawn(web::serve(app, listener, stop.clone()));
    for _ in 0..25 {
        let call =
            reqwest::Client::new().post(format!("{base}/hook/telegram")).body("{}").send().await.expect("answers");
        assert_eq!(call.status(), 401);
    }
    stop.cancel();
    for time in ["2026-11-30 12:10", "2026-12-01 00:10", "2026-12-01 09:10"] {
        story.until_at(at(time)).await;
    }
    let raised = alarms(&story).await;
    assert!(raised.len() == 1 && raised[0].contains("调用25次") && raised[0].contains("telegram"), "{raised:?}");
}
