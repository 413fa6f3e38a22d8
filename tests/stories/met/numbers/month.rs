//! A month of an office: items come, are done, come back, change hands, are voided; the program is started anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Datelike, Duration, Utc, Weekday};
use dutybell::app::items;
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::core::item::{Item, ItemId, State};
use dutybell::core::numbers::REST;
use dutybell::core::org::{Directory, PersonId};
use dutybell::core::subject::Subject;
use dutybell::core::words::circled;
use dutybell::store::events::Logged;
use dutybell::store::inbox;
use dutybell::store::outbox::StoredMessage;
use dutybell::store::people;

use crate::story::{PACK, Recorder, Story, at, ledger, row};

/// Name, and where they hear: a desk, a chat of Telegram, a mailbox.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("张三", "desk", "zhangsan"),
    ("钱七", "telegram", "700700"),
    ("孙八", "mail", "sunba@qingshi.example"),
    ("李四", "desk", "lisi"),
    ("赵六", "desk", "zhaoliu"),
    ("王五", "mail", "wangwu@qingshi.example"),
];
const FIXERS: usize = 3;
const VERIFIER: usize = 3;
/// Numbers that look random and are the same in every run.
struct Draw(u64);

impl Draw {
    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.get((self.0 >> 33) as usize % all.len().max(1))
    }
}

struct Month {
    story: Story,
    telegram: Recorder,
    rows: Vec<String>,
    draw: Draw,
    said: usize,
    struck: usize,
}

impl Month {
    async fn begin(seed: u64) -> Month {
        let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "")).await;
        let telegram = Recorder::named("telegram");
        story.also_has(vec![Arc::new(telegram.clone())]);
        let directory = story.gateway.directory().await.expect("reads");
        let now = story.gateway.now();
        let mut tx = story.gateway.store.begin().await.expect("begins");
        for (name, channel, address) in PEOPLE {
            let person = directory.people_named(name)[0].id;
            people::put_contact(&mut tx, person, channel, address, -1, now).await.expect("stores");
        }
        people::touch_directory(&mut tx).await.expect("stores");
        crate::story::kept(tx, story.gateway.now()).await;
        Month { story, telegram, rows: Vec::new(), draw: Draw(seed), said: 0, struck: 0 }
    }

    /// New items of somebody, due in about two weeks.
    async fn adds(&mut self, count: usize, who: &str) {
        for _ in 0..count {
            let n = self.rows.len() + 1;
            let due = (self.story.gateway.now() + Duration::days(10)).format("%Y-%m-%d").to_string();
            self.rows.push(row(&format!("K{n}"), "一般", &due, who));
        }
        self.story.imports(&[("ledger.csv", &ledger(&self.rows))]).await;
    }

    /// The same database, another gateway.
    fn starts_anew(&mut self) {
        self.story.also_has(vec![Arc::new(self.telegram.clone())]);
    }

    async fn sent(&self, who: usize) -> Vec<StoredMessage> {
        let (_, channel, address) = PEOPLE[who];
        self.story.gateway.store.sent_to(channel, address, 100_000).await.expect("reads")
    }

    async fn items(&self) -> BTreeMap<ItemId, Item> {
        let all = self.story.gateway.store.items(10_000).await.expect("reads");
        all.into_iter().map(|item| (item.id, item)).collect()
    }

    async fn says(&mut self, who: usize, quoted: Option<&StoredMessage>, words: &str) {
        let (_, channel, address) = PEOPLE[who];
        self.said += 1;
        let content = Content::Text {
            text: words.to_owned(),
            reply_to: quoted.map(|m| m.platform_id.clone().expect("was sent")),
            quoted: None,
            forwarded: false,
            message: format!("month-{}", self.said),
        };
        let (sender, chat) = (Some(address.to_owned()), address.to_owned());
        let inbound = Inbound { sender, chat, private: true, sent_at: None, content };
        let update = Update { id: format!("month-{}", self.said), offset: None, inbound, raw: String::new() };
        inbox::receive(&self.story.gateway.store, channel, channel, &[update], self.story.gateway.now())
            .await
            .expect("stores");
        self.story.gateway.settle().await.expect("settles");
    }

    /// Somebody answers whatever message of the month by a number that they read in it, or in another one: that item
    /// and no other changes.
    async fn answers_by_number(&mut self, who: usize, from: &[State], words: &str, to: State) {
        let (items, sent) = (self.items().await, self.sent(who).await);
        let theirs = |id: &ItemId| {
            let item = &items[id];
            let fixed_by = |name: &str| self.rows.iter().any(|r| is_of(item, r) && r.contains(name));
            from.contains(&item.state) && (who >= FIXERS || fixed_by(PEOPLE[who].0))
        };
        let read: Vec<(u32, ItemId)> = sent
            .iter()
            .filter(|m| m.body.says_numbers())
            .flat_map(|m| m.body.lines().filter_map(|l| Some((l.number, l.subject.item()?))))
            .filter(|(_, id)| theirs(id))
            .collect();
        let (Some((number, id)), Some(message)) = (self.draw.of(&read).copied(), self.draw.of(&sent).cloned()) else {
            return;
        };
        let quoted = Some(&message).filter(|_| *self.draw.of(&[true, false]).expect("one"));
        // A quote of a list in which the number was still that of another item means that one, which is finished.
        let other =
            quoted.is_some_and(|m| m.body.lines().any(|l| l.number == number && l.subject != Subject::Item(id)));
        let text = words.replace('#', &number.to_string());
        self.says(who, quoted, &text).await;
        let (after, last) = (self.items().await, self.sent(who).await.pop().expect("answered").body);
        for (item_id, item) in &after {
            let expected = if *item_id == id && !other { to } else { items[item_id].state };
            let (name, quoted) =
                (PEOPLE[who].0, quoted.map(|m| m.body.lines().map(|l| (l.number, l.subject)).collect::<Vec<_>>()));
            assert_eq!(item.state, expected, "{name} said {text} of {id:?} quoting {quoted:?}: {item_id:?} {last:?}");
        }
        self.struck += usize::from(!other);
    }
}

/// Who stands on an item by name or post.
fn stands(directory: &Directory, item: &Item, person: PersonId, at: DateTime<Utc>) -> bool {
    item.assignments.iter().any(|a| a.until.is_none() && directory.behind(a.who, at).contains(&person))
}

/// What each number meant to one person over the month; gives how often one was given again.
fn holds(
    name: &str,
    person: PersonId,
    sent: &[StoredMessage],
    log: &HashMap<ItemId, Vec<Logged>>,
    directory: &Directory,
) -> usize {
    // Since when an item is nothing to this person any more.
    let free_since = |id: ItemId, now: DateTime<Utc>| {
        let history: Vec<&Logged> = log[&id].iter().filter(|e| e.at <= now).collect();
        let mut since = None;
        for pair in history.windows(2) {
            let had = stands(directory, &pair[0].after, person, now);
            let has = stands(directory, &pair[1].after, person, now);
            match (pair[0].after.state.is_open(), pair[1].after.state.is_open()) {
                (true, false) => since = Some(pair[1].at),
                (false, true) => since = None,
                _ if had && !has => since = since.or(Some(pair[1].at)),
                _ if has => since = None,
                _ => {}
            }
        }
        since
    };
    let mut number_of: HashMap<ItemId, u32> = HashMap::new();
    let mut named_by: HashMap<u32, ItemId> = HashMap::new();
    let mut again = 0;
    for message in sent {
        let (now, mut seen) = (message.sent_at.expect("sent"), BTreeSet::new());
        for line in message.body.lines() {
            assert!(seen.insert(line.number), "{name}: {} means two items in one message", line.number);
            let item = line.subject.item().expect("an item");
            let before = number_of.insert(item, line.number);
            assert!(before.is_none_or(|n| n == line.number), "{name}: {item:?} was {before:?}, is {}", line.number);
            match named_by.insert(line.number, item).filter(|other| *other != item) {
                None => {}
                Some(other) => {
                    let since =
                        free_since(other, now).unwrap_or_else(|| panic!("{name}: {other:?} was {}", line.number));
                    assert!(since + REST <= now, "{name}: {} rested from {since} to {now} only", line.number);
                    number_of.remove(&other);
                    again += 1;
                }
            }
            let text = dutybell::render::render(&message.body, message.id, dutybell::channel::Dialect::Plain).text;
            if message.body.lines().count() > 1 {
                assert!(text.contains(&format!("{}{}", circled(line.number), line.code)), "{text}");
            }
        }
    }
    again
}

#[tokio::test]
async fn in_a_month_of_an_office_a_number_means_one_item_to_each_reader_and_strikes_off_no_other() {
    let mut month = Month::begin(7).await;
    month.adds(3, "张三").await;
    month.adds(2, "钱七").await;
    month.adds(3, "孙八").await;
    let with_fixer = [State::Assigned, State::Acknowledged, State::InProgress, State::Reopened];
    let mut day = at("09-23 00:00");
    for n in 0..32 {
        let local = day + Duration::hours(8);
        let workday = !matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
        month.story.until_at(day + Duration::hours(11)).await;
        if workday {
            for who in 0..FIXERS {
                if n % 3 == who || n % 4 == who {
                    let words = ["#完成", "第#项已完成", "# done"][n % 3];
                    month.answers_by_number(who, &with_fixer, words, State::ReportedDone).await;
                }
            }
        }
        if n % 3 == 1 {
            month.adds(2, ["张三", "钱七", "孙八"][n / 3 % 3]).await;
        }
        let all = month.items().await;
        match n {
            8 => {
                // Changes hands: the ledger names somebody else.
                let mine = month.rows.iter().position(|r| r.contains("钱七") && open(&all, r)).expect("an open one");
                month.rows[mine] = month.rows[mine].replace("钱七", "张三");
                let rows = ledger(&month.rows);
                month.story.imports(&[("ledger.csv", &rows)]).await;
            }
            13 => month.starts_anew(),
            15 | 20 => {
                // Comes back within the rest.
                let since = month.story.gateway.now() - Duration::days(6);
                if let Some(closed) = all.values().find(|i| i.closed_at.is_some_and(|at| at > since)) {
                    items::reopen(&month.story.gateway, &crate::story::HOST, &closed.code, "又漏了")
                        .await
                        .expect("reopens");
                }
            }
            18 => {
                let open = all.values().find(|i| i.state.is_with_fixer()).expect("an open one");
                items::void(&month.story.gateway, &crate::story::HOST, &open.code, "重复登记").await.expect("voids");
            }
            _ => {}
        }
        month.story.until_at(day + Duration::hours(15)).await;
        for _ in 0..2 {
            month.answers_by_number(VERIFIER, &[State::ReportedDone], "#合格", State::Closed).await;
        }
        day += Duration::days(1);
    }
    month.story.until_at(day).await;
    assert!(month.struck > 25, "{} answers", month.struck);
    let directory = month.story.gateway.directory().await.expect("reads");
    let mut log: HashMap<ItemId, Vec<Logged>> = HashMap::new();
    for event in month.story.gateway.store.events_after(0, 100_000).await.expect("reads") {
        log.entry(event.item).or_default().push(event);
    }
    let mut again = 0;
    for (who, (name, ..)) in PEOPLE.into_iter().enumerate() {
        let person = directory.people_named(name)[0].id;
        let mut sent = month.sent(who).await;
        sent.retain(|m| m.person == Some(person) && m.sent_at.is_some());
        sent.sort_by_key(|m| (m.sent_at, m.id));
        assert!(who > VERIFIER || sent.iter().any(|m| m.body.lines().count() > 1), "{name} was sent no list");
        again += holds(name, person, &sent, &log, &directory);
    }
    assert!(again > 0, "no number was given again");
}

fn open(all: &BTreeMap<ItemId, Item>, row: &str) -> bool {
    all.values().any(|item| is_of(item, row) && item.state.is_with_fixer())
}

fn is_of(item: &Item, row: &str) -> bool {
    row.split(',').next().is_some_and(|key| item.title.contains(&format!("{key}号工房")))
}
