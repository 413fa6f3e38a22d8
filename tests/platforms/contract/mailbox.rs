//! Mail's incoming half, by a real server with SMTP and IMAP that judges writers by their login.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dutybell::channel::Channel;
use dutybell::channel::mail::Mail as Letters;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::mail_server::{BELL, MailServer, PASSWORD};

static LETTERS: AtomicU64 = AtomicU64::new(1);

const ZHOU: &str = "zhoujiu@qingshi.example";
const WANG: &str = "wangwu@qingshi.example";

pub struct Mailbox {
    server: MailServer,
    channel: Letters,
}

impl Mailbox {
    pub async fn start() -> Mailbox {
        let server = MailServer::start();
        let now: DateTime<Utc> = "2026-09-27T01:00:00Z".parse().expect("an instant");
        let channel = Letters::new(server.config(), Arc::new(move || now)).expect("the configuration is right");
        Mailbox { channel: channel.with_secret("s".repeat(64).into()), server }
    }

    /// A letter that answers none.
    fn writes(&self, from: &str, name: &str, text: &str) {
        let letter = format!(
            "From: \"{name}\" <{from}>\nTo: {BELL}\nSubject: x\nMessage-ID: <{}@client.duty.test>\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n",
            LETTERS.fetch_add(1, Ordering::Relaxed)
        );
        self.server.submit(Some(from), from, BELL, &letter);
    }
}

#[async_trait]
impl Platform for Mailbox {
    fn channel(&self) -> &dyn Channel {
        &self.channel
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        panic!("the outgoing half is checked elsewhere")
    }

    fn secret(&self) -> String {
        PASSWORD.to_owned()
    }

    fn address(&self) -> String {
        ZHOU.to_owned()
    }

    fn dead(&self) -> Vec<String> {
        Vec::new()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        panic!("the outgoing half is checked elsewhere: {trouble:?}")
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let read = |m: crate::mail_server::Mail| Arrived { id: m.id, text: m.text, ..Arrived::default() };
        self.server.mailbox(address).await.into_iter().map(read).collect()
    }

    async fn says(&self, quoted: Option<&str>, text: &str) {
        let Some(id) = quoted else { return self.writes(ZHOU, "zhou jiu", text) };
        let mails = self.server.mailbox(ZHOU).await;
        self.server.answers(ZHOU, mails.iter().find(|m| m.id == id).expect("it arrived"), text);
    }

    async fn namesake_says(&self, text: &str) {
        self.writes(WANG, ZHOU, text);
    }
}
