//! Letters as mail programs write them.

mod attempts;
mod automatic;
mod hidden;
mod quoted;
mod verdicts;

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use dutybell::channel::Channel;
use dutybell::channel::mail::{IncomingConfig, Mail, MailConfig, MailTransport};
use dutybell::core::calendar::Calendar;
use dutybell::core::item::Item;
use dutybell::core::policy::Policy;
use dutybell::core::world::Calendars;
use dutybell::gateway::Gateway;
use dutybell::render::Phrases;

use crate::story::{PACK, Story, database};

const CALENDAR: &str = include_str!("../../../packs/calendars/cn.tsv");
const SERVER: &str = "mx.hedong.example";
const BELL: &str = "bell@hedong.example";
const ZHOU: &str = "zhout@hedong.example";

fn at(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    chrono_tz::Asia::Shanghai.from_local_datetime(&naive).earliest().expect("no gaps").with_timezone(&Utc)
}

/// An office whose people are reached by mail first: mails leave as files, letters come in a Maildir.
struct Office {
    story: Story,
    mail: Arc<Mail>,
    letters: u32,
}

impl Office {
    /// 周涛 has these hazards to fix, and knows of them.
    async fn with(findings: &[&str]) -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = database(folder.path()).await;
        let mut story = Story::on(&url, folder, PACK, at("2026-11-30 09:00")).await;
        let text = |name: &str| std::fs::read_to_string(format!("tests/data/met/{name}")).expect("the file is there");
        let people = text("people.csv").replace("\"desk, mail\"", "\"mail, desk\"");
        story.imports(&[("units.csv", &text("units.csv")), ("people.csv", &people)]).await;
        for part in ["out", "box/new", "box/cur", "box/tmp"] {
            std::fs::create_dir_all(story.folder().join(part)).expect("a folder");
        }
        let transport = MailTransport::Folder { dir: story.folder().join("out") };
        let config = MailConfig {
            authserv_id: Some(SERVER.to_owned()),
            incoming: Some(IncomingConfig::Maildir { dir: story.folder().join("box") }),
            ..MailConfig::new(BELL, "hedong.example", transport)
        };
        let clock = story.gateway.clock.clone();
        let mail = Mail::new(config, Arc::new(move || clock.now())).expect("configured");
        let mail = Arc::new(mail.with_secret("s".repeat(64).into()));
        let first = &story.gateway;
        let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR).expect("reads")]);
        let (store, clock, phrases) = (first.store.clone(), first.clock.clone(), Phrases::built_in().expect("reads"));
        let channels: Vec<Arc<dyn Channel>> = vec![mail.clone(), Arc::new(story.desk.clone())];
        let mut gateway =
            Gateway::new(store, clock, Policy::clone(&first.policy), calendars, phrases, channels, Vec::new());
        gateway.site = Some("https://bell.hedong.example".to_owned());
        gateway.mail_tokens = mail.tokens().cloned();
        story.gateway = Arc::new(gateway);
        let head = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n";
        let rows = findings.iter().enumerate().map(|(n, finding)| {
            format!("K{n},2026-11-27,城关镇,顺达机械厂,{finding},一般,2026-12-04,周涛,李梅,赵敏\n")
        });
        let ledger: String = std::iter::once(head.to_owned()).chain(rows).collect();
        story.imports(&[("ledger.csv", &ledger)]).await;
        story.until_at(at("2026-11-30 11:00")).await;
        Office { story, mail, letters: 0 }
    }

    /// Mails to somebody, the newest last: address for answers, and the whole.
    fn mails(&self, to: &str) -> Vec<(String, String)> {
        let mut found: Vec<(std::time::SystemTime, String)> = Vec::new();
        for entry in std::fs::read_dir(self.story.folder().join("out")).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("reads")).into_owned();
            if text.lines().any(|l| l.starts_with("To:") && l.contains(to)) {
                found.push((std::fs::metadata(&path).and_then(|m| m.modified()).expect("a time"), text));
            }
        }
        found.sort();
        let parser = mail_parser::MessageParser::default();
        let read = |text: String| {
            let mail = parser.parse(text.as_bytes()).expect("a mail");
            let reply_to = mail.reply_to().and_then(|a| a.first()).and_then(|a| a.address()).unwrap_or_default();
            let body = mail.body_text(0).unwrap_or_default();
            (reply_to.to_owned(), format!("{}\n{body}", mail.subject().unwrap_or_default()))
        };
        found.into_iter().map(|(_, text)| read(text)).collect()
    }

    /// The newest mail to 周涛 that names an item.
    fn address(&self) -> String {
        let mails = self.mails(ZHOU);
        mails.iter().rev().find(|(_, text)| text.contains("顺达机械厂")).expect("周涛 was told").0.clone()
    }

    /// A letter comes in, as bytes.
    async fn receives(&mut self, letter: &[u8]) {
        self.letters += 1;
        let path = self.story.folder().join(format!("box/new/{:05}", self.letters));
        std::fs::write(&path, letter).expect("writes");
        let file = std::fs::File::options().write(true).open(&path).expect("opens");
        file.set_modified(self.story.gateway.now().into()).expect("sets its time");
        assert_eq!(self.story.fetches(self.mail.as_ref()).await, 1);
        let later = self.story.gateway.now() + chrono::Duration::minutes(2);
        self.story.until_at(later).await;
    }

    /// A letter as it was met, with the address of the mail it answers now.
    async fn receives_input(&mut self, name: &str) {
        let letter = std::fs::read(format!("tests/data/met/mail/{name}.eml")).expect("the letter is there");
        let address = self.address();
        let at = |needle: &[u8]| letter.windows(needle.len()).position(|w| w == needle);
        let from = at(b"bell+d").expect("an address of ours");
        let to = from + letter[from..].iter().position(|b| *b == b'\n').expect("an end of line");
        let letter = [&letter[..from], address.as_bytes(), &letter[to..]].concat();
        self.receives(&letter).await;
    }

    /// A proven answer of 周涛 with this content type and body.
    async fn answered(&mut self, kind: &str, body: &str) {
        let address = self.address();
        let letter = format!(
            "Authentication-Results: {SERVER}; dmarc=pass header.from=hedong.example\nFrom: {ZHOU}\nTo: {address}\n\
             Subject: Re: x\nMessage-ID: <a{}@client.example>\nMIME-Version: 1.0\nContent-Type: {kind}\n\n{body}\n",
            self.letters
        );
        self.receives(letter.as_bytes()).await;
    }

    async fn plain(&mut self, body: &str) {
        self.answered("text/plain; charset=utf-8", body).await;
    }

    async fn html(&mut self, body: &str) {
        self.answered("text/html; charset=utf-8", body).await;
    }

    async fn item(&self, finding: &str) -> Item {
        let all = self.story.gateway.store.items(100).await.expect("reads");
        all.into_iter().find(|i| i.description == finding).expect("an item of this finding")
    }

    async fn state(&self, finding: &str) -> &'static str {
        self.item(finding).await.state.word()
    }

    /// What was sent to 周涛 by mail, the newest last.
    fn heard(&self) -> Vec<String> {
        self.mails(ZHOU).into_iter().map(|(_, text)| text).collect()
    }
}
