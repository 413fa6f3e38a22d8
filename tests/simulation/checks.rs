//! The promises, asked of the database itself: none of this goes through the code that keeps them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use dutybell::core::item::{Item, State};
use dutybell::core::org::PersonId;
use dutybell::core::plan::{AHEAD, still_true};
use dutybell::core::policy::{SummaryKind, Urgency};
use dutybell::core::quiet::QuietHours;
use dutybell::gateway::Gateway;
use dutybell::store::outbox::live_of_items;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Row, SqlitePool};

use crate::platform::Seen;

pub struct Checks {
    pool: SqlitePool,
    /// Messages seen as sent.
    sent: HashMap<i64, i64>,
    /// First deadline of each item.
    first_due: HashMap<i64, Option<DateTime<Utc>>>,
    looked_at: usize,
    /// Each summary's schedule at the last look: when it fires next, and when it last did.
    ticks: HashMap<String, (i64, Option<i64>)>,
    /// Items with a fixer at the last look.
    open: HashSet<i64>,
}

type Held = Result<(), String>;

fn promise(holds: bool, what: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(what()) }
}

impl Checks {
    pub async fn begin(path: &Path) -> Checks {
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::from_secs(10));
        let pool = SqlitePool::connect_with(options).await.expect("connects");
        Checks {
            pool,
            sent: HashMap::new(),
            first_due: HashMap::new(),
            looked_at: 0,
            ticks: HashMap::new(),
            open: HashSet::new(),
        }
    }

    async fn rows(&self, text: &'static str) -> Vec<SqliteRow> {
        sqlx::query(text).fetch_all(&self.pool).await.expect("reads")
    }

    async fn none(&self, what: &str, text: &'static str) -> Held {
        let rows = self.rows(text).await;
        promise(rows.is_empty(), || format!("{what}: {}", rows[0].get::<String, _>(0)))
    }

    /// After every step.
    pub async fn look(&mut self, gateway: &Gateway, taken: &[Seen], cut: &HashMap<i64, usize>, updates: u64) -> Held {
        // What waits for a worker's turn is late here at times; that nobody will ever look at an item is never right.
        let overdue = gateway.overdue().await.expect("reads");
        promise(overdue.count("forgotten") == 0, || format!("D1: {overdue}"))?;
        self.none(
            "A3: an item differs from its log",
            "SELECT 'item ' || i.id FROM items i JOIN events e ON e.id = (SELECT max(id) FROM events WHERE item_id = i.id)
             WHERE i.data <> e.after",
        )
        .await?;
        // A repeating step's occurrences may fall into one slot after a holiday; the same one is planned once.
        let mut planned = HashSet::new();
        for row in self
            .rows("SELECT key FROM notices WHERE json_extract(data, '$.reason.why') = 'step' AND state <> 'withdrawn'")
            .await
        {
            let key: String = row.get(0);
            // Item, epoch, step, occurrence, person.
            let reason: Vec<String> = key.split(':').take(5).map(str::to_owned).collect();
            promise(planned.insert(reason), || format!("D4: planned twice: {key}"))?;
        }
        self.none(
            "D12: given up in silence",
            "SELECT 'message ' || m.id FROM messages m WHERE m.state = 'dead' AND m.kind = 'notices'
             AND NOT EXISTS (SELECT 1 FROM alarms a WHERE a.key = 'dead:' || m.id)
             AND EXISTS (SELECT 1 FROM notices n WHERE n.message_id = m.id AND json_extract(n.data, '$.form') <> 'alarm')",
        )
        .await?;
        self.none(
            "R1: handled without an answer",
            "SELECT 'update ' || i.update_id || ': ' || i.outcome FROM inbox i WHERE i.state = 'done'
             AND (SELECT count(*) FROM messages m WHERE m.kind = 'answer') <
                 (SELECT count(*) FROM inbox d WHERE d.state = 'done' AND json_extract(d.inbound, '$.content.type') = 'text')",
        )
        .await?;
        let received: i64 = self.rows("SELECT count(*) FROM inbox").await[0].get(0);
        promise(received as u64 <= updates, || format!("R1: {received} updates stored of {updates} that were"))?;
        self.none(
            "R1: an update failed",
            "SELECT 'update ' || update_id || ': ' || outcome FROM inbox WHERE state = 'failed'",
        )
        .await?;
        self.ticks(gateway).await?;
        self.states().await?;
        self.untrue(gateway).await?;
        self.sends(gateway, taken, cut).await
    }

    /// D2: a schedule that fired left its summaries, whoever died over it.
    async fn ticks(&mut self, gateway: &Gateway) -> Held {
        let responsible =
            self.rows("SELECT DISTINCT item_id FROM item_people WHERE open = 1 AND role = 'responsible'").await;
        let open: HashSet<i64> = responsible.iter().map(|r| r.get(0)).collect();
        // Open at this look and at the last one: somebody was to hear of it at a tick between them.
        let somebody = open.intersection(&self.open).next().is_some();
        self.open = open;
        let zone = gateway.policy.zone;
        for row in self.rows("SELECT key, next_at, last_at FROM schedules WHERE key LIKE 'summary:%'").await {
            let (key, next, fired): (String, i64, Option<i64>) = (row.get(0), row.get(1), row.get(2));
            let Some((due, before)) = self.ticks.insert(key.clone(), (next, fired)) else { continue };
            let summary = gateway.policy.summaries.iter().find(|s| key == format!("summary:{}", s.id));
            let Some(summary) = summary.filter(|_| fired != before) else { continue };
            let slot = DateTime::from_timestamp_millis(due).expect("an instant") + AHEAD;
            let rest = !gateway.calendars.get("cn").is_workday(slot.with_timezone(&zone).date_naive());
            if (summary.workdays_only && rest) || (summary.kind == SummaryKind::Personal && !somebody) {
                continue;
            }
            // Of several instants that were missed the newest has the summary.
            let until = (gateway.now() + AHEAD).timestamp();
            let ticks = slot.timestamp()..=until;
            let keys = sqlx::query("SELECT key FROM notices WHERE key LIKE $1").bind(format!("{key}:%"));
            let keys = keys.fetch_all(&self.pool).await.expect("reads");
            let of_this_tick = |row: &&SqliteRow| {
                let key: String = row.get(0);
                key.split(':').any(|part| part.parse().is_ok_and(|at: i64| ticks.contains(&at)))
            };
            let count = keys.iter().filter(of_this_tick).count();
            promise(count > 0, || format!("D2: {key} fired for {slot} and left no summary"))?;
        }
        Ok(())
    }

    /// R4, R5, R06: who closed, and what became of deadlines.
    async fn states(&mut self) -> Held {
        for row in self.rows("SELECT id, data FROM items").await {
            let id: i64 = row.get(0);
            let item: Item = serde_json::from_str(&row.get::<String, _>(1)).expect("reads");
            if matches!(item.state, State::Closed | State::Verified) {
                promise(item.verified_by.is_some(), || format!("R4: item {id} {:?} without a verifier", item.state))?;
                promise(item.verified_by != item.claimed_by, || format!("R4: item {id} verified by its fixer"))?;
            }
            if item.state == State::Draft {
                continue;
            }
            let first = *self.first_due.entry(id).or_insert(item.original_due);
            promise(first == item.original_due, || format!("R06: the first deadline of item {id} moved"))?;
        }
        Ok(())
    }

    /// D5: what the last change made untrue does not wait to be sent.
    async fn untrue(&self, gateway: &Gateway) -> Held {
        let directory = gateway.directory().await.expect("reads");
        let world = gateway.world(&directory);
        let waiting = "SELECT DISTINCT i.data FROM notices n JOIN items i ON n.kind = 'item' AND i.id = n.named_id WHERE n.state IN ('queued', 'message')";
        let rows = self.rows(waiting).await;
        let mut tx = gateway.store.begin().await.expect("begins");
        for row in rows {
            let item: Item = serde_json::from_str(&row.get::<String, _>(0)).expect("reads");
            for live in live_of_items(&mut tx, &BTreeSet::from([item.id]))
                .await
                .expect("reads")
                .remove(&item.id)
                .unwrap_or_default()
            {
                promise(still_true(&item, &world, &live.notice), || {
                    format!(
                        "D5: notice {} of item {} ({:?}) is no longer true and not withdrawn",
                        live.notice.key, item.id.0, item.state
                    )
                })?;
            }
        }
        Ok(())
    }

    /// D3, D6, D15: how often, when, and to whom things went out.
    async fn sends(&mut self, gateway: &Gateway, taken: &[Seen], cut: &HashMap<i64, usize>) -> Held {
        for row in self.rows("SELECT id, state, lease_token FROM messages").await {
            let (id, state, token): (i64, String, i64) = (row.get(0), row.get(1), row.get(2));
            if state == "sent" {
                let first = *self.sent.entry(id).or_insert(token);
                promise(first == token, || format!("D6: message {id} was recorded twice"))?;
            } else {
                promise(!self.sent.contains_key(&id), || format!("D6: message {id} was sent and is {state} again"))?;
            }
        }
        let mut times: HashMap<i64, usize> = HashMap::new();
        let mut last: HashMap<i64, DateTime<Utc>> = HashMap::new();
        for seen in taken {
            *times.entry(seen.message).or_default() += 1;
            // Twice within a lease: only where the platform's answer was cut off. After a crash, or in the hands
            // of a worker that stalls, the lease runs out first.
            if let Some(before) = last.insert(seen.message, seen.at) {
                let again = seen.at - before;
                promise(again >= gateway.lease || cut.contains_key(&seen.message), || {
                    format!("D3: message {} was sent again after {} s", seen.message, again.num_seconds())
                })?;
            }
        }
        for row in self.rows("SELECT id, lease_token FROM messages").await {
            let (id, claims): (i64, i64) = (row.get(0), row.get(1));
            let n = times.get(&id).copied().unwrap_or(0);
            promise(n as i64 <= claims, || format!("D6: message {id} was sent {n} times in {claims} claims"))?;
        }
        let directory = gateway.directory().await.expect("reads");
        for seen in taken.iter().skip(self.looked_at) {
            let row = sqlx::query("SELECT person_id, lane, kind FROM messages WHERE id = $1").bind(seen.message);
            let row = row.fetch_one(&self.pool).await.expect("a message that was sent");
            let (person, lane, kind): (Option<i64>, i64, String) = (row.get(0), row.get(1), row.get(2));
            let Some(person) = person.and_then(|p| directory.person(PersonId(p))) else { continue };
            let local = seen.at.with_timezone(&person.zone);
            if kind == "notices" && Urgency::from_lane(lane) > Urgency::Reply {
                let quiet = QuietHours::parse("21:30-07:30").expect("reads");
                promise(!quiet.covers(local.time()), || {
                    format!("D15: message {} to {} at {local}", seen.message, person.name)
                })?;
            }
        }
        self.looked_at = taken.len();
        let most = gateway.policy.limits.per_day;
        let day = "SELECT person_id || ' on ' || date(created_at / 1000 + 28800, 'unixepoch'), count(*) FROM messages
             WHERE counts = 1 AND state IN ('sent', 'queued') AND repeats_id IS NULL
             GROUP BY person_id, date(created_at / 1000 + 28800, 'unixepoch')";
        for row in self.rows(day).await {
            let (who, count): (String, i64) = (row.get(0), row.get(1));
            promise(count <= i64::from(most), || format!("D15: {count} capped messages to person {who}"))?;
        }
        Ok(())
    }

    /// P04: while nothing goes wrong the audit finds nothing.
    pub async fn audited(&self, gateway: &Gateway) -> Held {
        let overdue = gateway.overdue().await.expect("reads");
        promise(overdue.is_clean(), || format!("P04: {overdue}"))
    }

    /// After weeks without trouble.
    pub async fn at_the_end(&self, gateway: &Gateway) -> Held {
        self.audited(gateway).await?;
        self.none("R1: never read", "SELECT 'update ' || update_id FROM inbox WHERE state = 'new'").await?;
        let late = (gateway.now() - Duration::minutes(20)).timestamp_millis();
        for (what, text) in [
            ("D2: never gathered", "SELECT 'notice ' || key FROM notices WHERE state = 'queued' AND send_at < $1"),
            (
                "D3: never sent",
                "SELECT 'message ' || id || ' ' || channel FROM messages WHERE state = 'queued' AND next_try_at < $1",
            ),
        ] {
            let rows = sqlx::query(text).bind(late).fetch_all(&self.pool).await.expect("reads");
            promise(rows.is_empty(), || format!("{what}: {}", rows[0].get::<String, _>(0)))?;
        }
        // Silence past the deadline was escalated: somebody other than the fixer heard, or it is known why not.
        self.none(
            "D2: overdue, and nobody was told",
            "SELECT 'item ' || i.id || ' ' || i.state FROM items i
             WHERE i.state IN ('assigned', 'acknowledged', 'in_progress', 'reopened') AND i.current_due < unixepoch() * 0 + (SELECT max(at) FROM alarms) * 0 + (SELECT max(created_at) FROM messages) - 1209600000
             AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.kind = 'item' AND n.named_id = i.id AND json_extract(n.data, '$.reason.level') >= 2 AND n.state IN ('sent', 'dead'))",
        )
        .await?;
        let mornings: i64 = self.rows("SELECT count(*) FROM schedules WHERE last_at IS NOT NULL").await[0].get(0);
        promise(mornings > 0, || "schedules never fired".to_owned())?;
        let verified = gateway.store.verify_chain(&[]).await.expect("reads");
        promise(verified.broken.is_none(), || format!("A2: {:?}", verified.broken))
    }
}
