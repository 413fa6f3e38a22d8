//! Mail, by a real SMTP server; the local part of an address orders its behaviour.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dutybell::channel::Channel;
use dutybell::channel::mail::Mail as Letters;

use crate::contract::platform::{Arrived, Platform, Trouble};
use crate::smtp_server::{self, OFFICE, PASSWORD, Server, Setup, header};

pub struct Mail {
    server: Server,
    channel: Letters,
}

fn channel(server: &Server, setup: Setup) -> Letters {
    let now: DateTime<Utc> = "2026-09-27T01:00:00Z".parse().expect("an instant");
    Letters::new(server.config(setup), Arc::new(move || now)).expect("the configuration is right")
}

impl Mail {
    pub async fn start() -> Mail {
        let server = smtp_server::start();
        Mail { channel: channel(&server, OFFICE), server }
    }
}

#[async_trait]
impl Platform for Mail {
    fn channel(&self) -> &dyn Channel {
        &self.channel
    }

    fn nowhere(&self) -> Box<dyn Channel> {
        Box::new(channel(&self.server, Setup { host: "mail.invalid", ..OFFICE }))
    }

    fn secret(&self) -> String {
        PASSWORD.to_owned()
    }

    fn address(&self) -> String {
        "zhang@example.org".to_owned()
    }

    fn dead(&self) -> Vec<String> {
        ["nobody@example.org", "moved@example.org", "张三", "a@example.org, b@example.org", ""]
            .map(str::to_owned)
            .to_vec()
    }

    fn trouble(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Limit => "busy@example.org",
            Trouble::Error => "later@example.org",
            Trouble::LostAnswer => "cut@example.org",
        }
        .to_owned()
    }

    /// SMTP has no word for how long (RFC 5321 section 4.5.4.1 leaves it to the sender).
    fn names_waits(&self) -> bool {
        false
    }

    async fn arrived(&self, address: &str) -> Vec<Arrived> {
        let text =
            |v: &serde_json::Value| v.as_str().map(|t| t.replace("\r\n", "\n").trim_end_matches('\n').to_owned());
        let there = |m: &serde_json::Value| m["rcpt_tos"][0] == address;
        let read = |m: &serde_json::Value| Arrived {
            id: header(m, "Message-ID").unwrap_or_default().to_owned(),
            text: text(&m["plain"]).unwrap_or_default(),
            html: text(&m["html"]),
            buttons: Vec::new(),
            answers: header(m, "In-Reply-To").map(str::to_owned),
        };
        self.server.stored().iter().filter(|m| there(m)).map(read).collect()
    }
}
