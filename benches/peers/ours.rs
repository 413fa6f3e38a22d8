//! Our side: the real gateway on the real clock and a real database, with a channel that posts to the sink.
//!
//! Two kinds of work. `answers`: messages whose text and address stand already, the nearest equal of a plain job
//! (claim, send, record). `notices`: one reason each for one person, from which a message is gathered, routed,
//! re-checked and composed before it goes the same way.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dutybell::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use dutybell::clock::Clock;
use dutybell::core::calendar::Calendar;
use dutybell::core::message::Message;
use dutybell::core::notice::{Notice, Reason};
use dutybell::core::org::{Locale, PersonId};
use dutybell::core::policy::{Form, Policy, Urgency};
use dutybell::core::subject::Subject;
use dutybell::core::world::Calendars;
use dutybell::gateway::{self, Gateway};
use dutybell::render::Phrases;
use dutybell::store::outbox::{self, NewMessage};
use dutybell::store::people::{self, NewPerson};
use dutybell::store::{Store, Tx};
use tokio_util::sync::CancellationToken;

use crate::job::Batch;

const PACK: &str = include_str!("../../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");
/// Before the instant in a text: how the channel learns what the sink measures by.
const DUE: &str = "due ";

/// Queues the batch for as many people, each with one contact point.
pub async fn fill(url: &str, kind: &str, batch: &Batch) -> anyhow::Result<()> {
    let store = Store::open(url).await?;
    let now = Utc::now();
    let jobs: Vec<(usize, i64)> = batch.jobs().collect();
    for chunk in jobs.chunks(2_000) {
        let mut tx = store.begin().await?;
        for (n, due) in chunk {
            let person = NewPerson {
                name: format!("某{n}"),
                english: String::new(),
                locale: Locale::ZhCn,
                zone: "Asia/Shanghai".to_owned(),
                quiet: None,
                phone: String::new(),
                administrator: false,
            };
            let person = people::put_person(&mut tx, None, &person).await?;
            let address = format!("p{}", person.0);
            people::put_contact(&mut tx, person, "sink", &address, 0, now).await?;
            let text = format!("{} {DUE}{due}", batch.text());
            match kind {
                "answers" => queue_answer(&mut tx, person, address, text, now).await?,
                "notices" => queue_notice(&mut tx, person, &text, DateTime::from_timestamp_millis(*due), now).await?,
                other => anyhow::bail!("answers or notices, not {other}?"),
            }
        }
        tx.commit().await?;
    }
    store.close().await;
    Ok(())
}

async fn queue_answer(
    tx: &mut Tx,
    person: PersonId,
    address: String,
    text: String,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let message = NewMessage {
        person: Some(person),
        is_answer: true,
        urgency: Urgency::Reply,
        channel: "sink".to_owned(),
        address,
        reply_to: None,
        repeats: None,
        counts: false,
        body: Message { title: "回执".to_owned(), lead: vec![text], ..Message::default() },
    };
    outbox::put_message(tx, &message, now).await?;
    Ok(())
}

async fn queue_notice(
    tx: &mut Tx,
    person: PersonId,
    text: &str,
    due: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let why = (Subject::System, Reason::Words { text: text.to_owned() });
    let send_at = due.filter(|d| d.timestamp_millis() > 0).unwrap_or(now);
    // The most urgent kind: nobody's quiet hours stand between the figure and the hour of the day.
    let notice = Notice::new(format!("bench:{}", person.0), person, why, Form::Alarm, Urgency::Emergency, send_at);
    outbox::queue(tx, &notice, now).await?;
    Ok(())
}

/// Runs the gateway until it is killed.
pub async fn run(url: &str, sink: &str) -> anyhow::Result<()> {
    let store = Store::open(url).await?;
    let policy = Policy::from_toml(PACK).map_err(anyhow::Error::msg)?;
    let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR)?]);
    let phrases = Phrases::built_in().map_err(anyhow::Error::msg)?;
    let channel = Sink { client: client()?, address: format!("http://{sink}/job") };
    let gateway = Gateway::new(store, Clock::Real, policy, calendars, phrases, vec![Arc::new(channel)], Vec::new());
    gateway::run::run(Arc::new(gateway), CancellationToken::new()).await;
    Ok(())
}

/// A client that keeps its connections open.
pub fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?)
}

/// The sink as a platform without limits.
struct Sink {
    client: reqwest::Client,
    address: String,
}

#[async_trait]
impl Channel for Sink {
    fn name(&self) -> &str {
        "sink"
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: false,
            edit: false,
            max_text: 4_096,
            limits: Vec::new(),
            idempotent: false,
            polls: false,
            confidential: true,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let due: String = message
            .text
            .split_once(DUE)
            .map_or("", |(_, rest)| rest)
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let body = serde_json::json!({ "id": message.key, "due": due, "text": message.text }).to_string();
        match self.client.post(&self.address).body(body).send().await.and_then(reqwest::Response::error_for_status) {
            Ok(answer) => match answer.bytes().await {
                Ok(_) => Outcome::Accepted { platform_id: Some(message.key.clone()) },
                Err(error) => Outcome::Unknown { reason: error.to_string() },
            },
            Err(error) => Outcome::Transient { reason: error.to_string() },
        }
    }

    async fn check(&self) -> Result<String, String> {
        Ok("the sink".to_owned())
    }
}
