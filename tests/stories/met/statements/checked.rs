//! Reads the statements of sent messages and holds each against the store as it was at that instant, by other ways
//! than those by which messages are made.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use dutybell::core::item::{Item, ItemId, Role, Severity, State};
use dutybell::core::org::{Directory, PersonId};
use dutybell::core::transition::{Actor, Event};
use dutybell::store::events::Logged;
use dutybell::store::outbox::StoredMessage;
use regex::Regex;

use crate::story::Story;

const ZONE: Tz = chrono_tz::Asia::Shanghai;
const LOGINS: [&str; 8] = ["wangwu", "zhaoliu", "yangliu", "zhengyi", "qianqi", "zhangsan", "lisi", "sunba"];

/// Numbers that look random and are the same in every run.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Something that somebody concerned might answer to an item as it stands.
pub fn an_answer(draw: &mut Draw, item: &Item, people: [&str; 3]) -> (&'static str, &'static str) {
    let name = match &item.state {
        State::ReportedDone => {
            return [("lisi", "合格"), ("lisi", "不合格：现场仍有问题"), ("zhaoliu", "合格")][draw.below(3) as usize];
        }
        State::Verified => return ("zhaoliu", "销号"),
        State::Rejected => return [("zhaoliu", "转钱七"), ("zhaoliu", "转张三")][draw.below(2) as usize],
        _ if item.extension.is_some() => return [("wangwu", "同意"), ("wangwu", "不同意")][draw.below(2) as usize],
        _ if item.handover.is_some() => return [("zhaoliu", "同意"), ("zhaoliu", "不同意")][draw.below(2) as usize],
        _ => people[(item.id.0 as usize + 2) % 3],
    };
    let login = match name {
        "张三" => "zhangsan",
        "钱七" => "qianqi",
        _ => "sunba",
    };
    let text = [
        "收到",
        "完成",
        "完成",
        "延期3天，原因：配件未到；临时措施：停用并专人看守",
        "受阻：等设备",
        "不归我管，是消防的事",
        "转钱七",
        "在办50%",
    ][draw.below(8) as usize];
    (login, text)
}

/// All that was sent and all that happened.
pub struct Office {
    directory: Arc<Directory>,
    workdays: Box<dyn Fn(NaiveDate) -> bool>,
    history: BTreeMap<ItemId, Vec<Logged>>,
    sent: Vec<(PersonId, StoredMessage)>,
    /// Statements that were found and checked.
    pub checked: Cell<usize>,
}

macro_rules! patterns {
    ($($name:ident = $text:literal;)*) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a pattern"));)* };
}

patterns! {
    LATE = r"已逾期(\d+)个工作日|(\d+) working days? late";
    LEFT = r"还有(\d+)个工作日|(\d+) working days? left";
    DUE = r"(?:^|，)(\d+)月(\d+)日 (\d+):(\d+)到期";
    DUE_TODAY = r"今天(\d+):(\d+)到期|due today (\d+):(\d+)";
    RESPONSIBLE = r"责任人([^，\n]+)|responsible: ([^\n]+?)(?:, |$)";
    CLAIMED = r"(?:^|，)([^，\s]+) (\d+)月(\d+)日 (\d+):(\d+)报完成";
    BLOCKED = r"(?:^|，)([^，]+)报受阻";
    RETURNED = r"(?:^|，)([^，]+)已退回";
    EXTENSION = r"(?:^|，)([^，]+)申请从(\d+)月(\d+)日延期到(\d+)月(\d+)日 (\d+):(\d+)";
    HANDOVER = r"(?:^|，)([^，]+)申请转交([^，]+)";
    MANY = r"有(\d+)项请看|(\d+) items? to look at";
    MORE = r"另有(\d+)项未列出|(\d+) more (?:is|are) not listed";
    NEW_OWNER = r"已改由([^，]+)负责";
    NEW_DUE = r"延期已同意，新期限(\d+)月(\d+)日 (\d+):(\d+)";
    TABLE = r"新增([\d,]+)　销号([\d,]+)　未销号([\d,]+)（在办([\d,]+)、待复查([\d,]+)）　其中逾期([\d,]+)";
    SINCE = r"新增、销号自(\d+)月(\d+)日 (\d+):(\d+)起计";
    MAJOR_OPEN = r"重大未销号([\d,]+)";
    CUTOFF = r"截至(\d+)月(\d+)日 (\d+):(\d+)";
}

fn numbers(found: &regex::Captures<'_>) -> Vec<i64> {
    found.iter().skip(1).flatten().filter_map(|m| m.as_str().replace(',', "").parse().ok()).collect()
}

fn text_of(found: &regex::Captures<'_>) -> String {
    found.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned()).unwrap_or_default()
}

impl Office {
    pub async fn of(story: &Story) -> Office {
        let store = &story.gateway.store;
        let mut history: BTreeMap<ItemId, Vec<Logged>> = BTreeMap::new();
        for event in store.events_after(0, 100_000).await.expect("reads") {
            history.entry(event.item).or_default().push(event);
        }
        let directory = story.gateway.directory().await.expect("reads");
        let mut sent = Vec::new();
        for login in LOGINS {
            for message in store.sent_to("desk", login, 100_000).await.expect("reads") {
                if let (Some(person), Some(_)) = (message.person, message.sent_at) {
                    sent.push((person, message));
                }
            }
        }
        let calendars = story.gateway.calendars.clone();
        let workdays = Box::new(move |d| calendars.get("cn").is_workday(d));
        Office { directory, workdays, history, sent, checked: Cell::new(0) }
    }

    pub async fn wrong_statements(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (_, message) in &self.sent {
            let at = message.sent_at.expect("was sent");
            for problem in self.of_message(message, at) {
                wrong.push(format!(
                    "{} to {}: {problem}",
                    at.with_timezone(&ZONE).format("%m-%d %H:%M"),
                    message.address
                ));
            }
        }
        wrong
    }

    /// The item as it may have stood when a message of that instant was made: before it, or after what happened then.
    fn as_of(&self, item: ItemId, at: DateTime<Utc>) -> Vec<&Logged> {
        let events = &self.history[&item];
        let before = events.iter().rev().find(|e| e.at < at);
        before.into_iter().chain(events.iter().filter(|e| e.at == at)).collect()
    }

    /// Holds when some state of that instant agrees.
    fn holds(&self, what: &str, wrong: &mut Vec<String>, states: &[&Logged], agrees: impl Fn(&Item) -> bool) {
        self.checked.set(self.checked.get() + 1);
        if !states.iter().any(|e| agrees(&e.after)) {
            let stood: Vec<_> = states.iter().map(|e| (e.after.state, e.after.current_due)).collect();
            wrong.push(format!("{what} — but the store says {stood:?}"));
        }
    }

    fn of_message(&self, message: &StoredMessage, at: DateTime<Utc>) -> Vec<String> {
        let mut wrong = Vec::new();
        let body = &message.body;
        let lines: usize = body.sections.iter().map(|s| s.lines.len()).sum();
        if let Some(found) = MANY.captures(&body.title) {
            let more = body.foot.iter().find_map(|f| MORE.captures(f)).map_or(0, |m| numbers(&m)[0]);
            self.checked.set(self.checked.get() + 1);
            if numbers(&found)[0] != lines as i64 + more {
                wrong.push(format!("{} — over {lines} lines and {more} more", body.title));
            }
        }
        for section in &body.sections {
            for line in &section.lines {
                self.of_line(
                    &section.heading,
                    &line.detail,
                    line.subject.item().expect("an item"),
                    message,
                    at,
                    &mut wrong,
                );
            }
        }
        if body.table.is_some() {
            self.of_table(message, &mut wrong);
        }
        wrong
    }

    fn of_line(
        &self,
        heading: &str,
        detail: &str,
        item: ItemId,
        message: &StoredMessage,
        at: DateTime<Utc>,
        wrong: &mut Vec<String>,
    ) {
        let states = self.as_of(item, at);
        let today = at.with_timezone(&ZONE).date_naive();
        let said = format!("【{heading}】{detail}");
        if message.is_answer && heading.is_empty() {
            return; // a list that was asked for: its lines are states, checked by what follows for notices
        }
        let overdue = |i: &Item| i.state.is_with_fixer() && i.current_due.is_some_and(|d| at > d);
        match heading {
            "逾期督办" | "已逾期" | "Overdue" | "Overdue, escalated to you" => {
                self.holds(&said, wrong, &states, overdue)
            }
            "今天到期" | "Due today" => {
                self.holds(&said, wrong, &states, |i| {
                    i.current_due.is_some_and(|d| local(d).date() == today && at <= d)
                });
            }
            "待你复查" | "For you to verify" => {
                self.holds(&said, wrong, &states, |i| i.state == State::ReportedDone)
            }
            "待你销号" | "For you to close out" => {
                self.holds(&said, wrong, &states, |i| i.state == State::Verified)
            }
            "即将到期" | "Due soon" => {
                self.holds(&said, wrong, &states, |i| i.state.is_with_fixer() && i.current_due.is_none_or(|d| at <= d));
            }
            _ => {}
        }
        let major = detail.contains("重大") || detail.contains("major hazard");
        if heading != "告知" && heading != "For your information" {
            self.holds(&format!("{said} (major)"), wrong, &states, |i| (i.severity == Severity::Major) == major);
        }
        if let Some(found) = LATE.captures(detail) {
            let n = numbers(&found)[0];
            self.holds(&said, wrong, &states, |i| {
                overdue(i) && i.current_due.is_some_and(|d| self.days(local(d).date(), today) == n)
            });
        }
        if let Some(found) = LEFT.captures(detail) {
            let n = numbers(&found)[0];
            self.holds(&said, wrong, &states, |i| {
                !overdue(i) && i.current_due.is_some_and(|d| self.days(today, local(d).date()) == n)
            });
        }
        if let Some(found) = DUE.captures(detail) {
            self.holds(&said, wrong, &states, |i| i.current_due.is_some_and(|d| is_moment(&numbers(&found), d)));
        }
        if let Some(found) = DUE_TODAY.captures(detail) {
            let n = numbers(&found);
            self.holds(&said, wrong, &states, |i| {
                i.current_due.is_some_and(|d| {
                    local(d).date() == today
                        && i64::from(local(d).hour()) == n[0]
                        && i64::from(local(d).minute()) == n[1]
                })
            });
        }
        if let Some(found) = RESPONSIBLE.captures(detail) {
            let who = text_of(&found);
            self.holds(&said, wrong, &states, |i| self.responsible(i, at, who.contains(" acting")) == who);
        }
        if detail.contains("尚未签收") || detail.contains("not acknowledged yet") {
            self.holds(&said, wrong, &states, |i| {
                i.acked_at.is_none() && matches!(i.state, State::Assigned | State::Reopened)
            });
        }
        if let Some(found) = CLAIMED.captures(detail) {
            let n: Vec<i64> = found.iter().skip(2).flatten().filter_map(|m| m.as_str().parse().ok()).collect();
            self.happened(&said, wrong, item, at, &found[1], |e| {
                matches!(&e.event, Event::ClaimDone { .. }) && e.after.claimed_at.is_some_and(|d| is_moment(&n, d))
            });
        }
        if let Some(found) = BLOCKED.captures(detail) {
            self.happened(&said, wrong, item, at, &found[1], |e| matches!(e.event, Event::Block { .. }));
            self.holds(&said, wrong, &states, |i| i.state == State::Blocked);
        }
        if let Some(found) = RETURNED.captures(detail) {
            for name in found[1].split('、') {
                self.happened(&said, wrong, item, at, name, |e| matches!(e.event, Event::Reject { .. }));
            }
        }
        if let Some(found) = EXTENSION.captures(detail) {
            let n: Vec<i64> = found.iter().skip(2).flatten().filter_map(|m| m.as_str().parse().ok()).collect();
            self.holds(&said, wrong, &states, |i| {
                i.extension.as_ref().is_some_and(|x| self.name(x.by) == found[1] && is_moment(&n[2..], x.until))
                    && i.current_due
                        .is_some_and(|d| i64::from(local(d).month()) == n[0] && i64::from(local(d).day()) == n[1])
            });
        }
        if let Some(found) = HANDOVER.captures(detail) {
            self.holds(&said, wrong, &states, |i| {
                i.handover.as_ref().is_some_and(|h| {
                    let to: Vec<String> = self.directory.behind(h.to, at).iter().map(|p| self.name(*p)).collect();
                    self.name(h.by) == found[1] && to.join("、") == found[2]
                })
            });
        }
        if let Some(found) = NEW_OWNER.captures(detail) {
            self.holds(&said, wrong, &states, |i| self.responsible(i, at, false) == found[1]);
        }
        if let Some(found) = NEW_DUE.captures(detail) {
            self.holds(&said, wrong, &states, |i| i.current_due.is_some_and(|d| is_moment(&numbers(&found), d)));
        }
    }

    /// Somebody of that name did it before.
    fn happened(
        &self,
        what: &str,
        wrong: &mut Vec<String>,
        item: ItemId,
        at: DateTime<Utc>,
        name: &str,
        did: impl Fn(&Logged) -> bool,
    ) {
        self.checked.set(self.checked.get() + 1);
        let events = self.history[&item].iter().rev().filter(|e| e.at <= at && did(e));
        let by = events.map(|e| e.actor.clone()).next();
        if !matches!(by, Some(Actor::Person(p)) if self.name(p) == name) {
            wrong.push(format!("{what} — but it was {by:?}"));
        }
    }

    /// The figures of a table, counted again from the events.
    fn of_table(&self, message: &StoredMessage, wrong: &mut Vec<String>) {
        let Some(table) = &message.body.table else { return };
        let lead = message.body.lead.join("\n");
        let (Some(counts), Some(cutoff), Some(since)) =
            (TABLE.captures(&lead), CUTOFF.captures(&table.caption), SINCE.captures(&lead))
        else {
            return wrong.push(format!("a table that cannot be read: {lead} {}", table.caption));
        };
        let said = numbers(&counts);
        // Both are said to the minute; what happened within it may count or not.
        let year = message.created_at.with_timezone(&ZONE).year();
        let instant = |n: &[i64]| {
            NaiveDate::from_ymd_opt(year, n[0] as u32, n[1] as u32)
                .and_then(|d| d.and_hms_opt(n[2] as u32, n[3] as u32, 0))
                .and_then(|t| t.and_local_timezone(ZONE).earliest())
                .expect("a time")
                .with_timezone(&Utc)
        };
        let (minute, since) = (instant(&numbers(&cutoff)), instant(&numbers(&since)));
        self.checked.set(self.checked.get() + said.len());
        let later = minute + chrono::Duration::minutes(1);
        let counted: Vec<Vec<i64>> =
            [minute, message.created_at, later].map(|cutoff| self.count(since, cutoff)).to_vec();
        if !counted.contains(&said) {
            wrong.push(format!("{lead} — but the events say {counted:?}"));
        }
        if let Some(major) = MAJOR_OPEN.captures(&lead) {
            let open = |e: &&Logged| {
                e.after.state.is_open() && e.after.severity == Severity::Major && e.after.issued_at.is_some()
            };
            let count = self.standing(message.created_at).iter().filter(|e| open(e)).count() as i64;
            if numbers(&major)[0] != count {
                wrong.push(format!("{lead} — {count} major ones are open"));
            }
        }
    }

    fn standing(&self, cutoff: DateTime<Utc>) -> Vec<&Logged> {
        self.history.values().filter_map(|events| events.iter().rev().find(|e| e.at <= cutoff)).collect()
    }

    /// New and closed since an instant, open, in progress, waiting, overdue.
    fn count(&self, since: DateTime<Utc>, cutoff: DateTime<Utc>) -> Vec<i64> {
        let counts = |i: &Item| i.issued_at.is_some() && !matches!(i.state, State::Draft | State::Void);
        let closed = |i: &Item| i.state == State::Closed && !i.administrative;
        let mut n = vec![0; 6];
        for event in self.standing(cutoff) {
            let item = &event.after;
            if !counts(item) {
                continue;
            }
            let events = &self.history[&item.id];
            let before = events.iter().rev().find(|e| e.at <= since).map(|e| &e.after);
            let mut later = events.iter().filter(|e| since < e.at && e.at <= cutoff).map(|e| &e.after);
            n[0] += i64::from(!before.is_some_and(counts));
            // It stands closed, and was not closed at some time since then.
            let opened = !before.is_some_and(closed) || later.any(|i| !closed(i));
            n[1] += i64::from(closed(item) && opened);
            n[2] += i64::from(item.state.is_open());
            n[3] += i64::from(item.state.is_with_fixer());
            n[4] += i64::from(matches!(item.state, State::ReportedDone | State::Verified));
            n[5] += i64::from(item.state.is_with_fixer() && item.current_due.is_some_and(|d| cutoff > d));
        }
        n
    }

    /// Working days after `from` up to `until`.
    fn days(&self, from: NaiveDate, until: NaiveDate) -> i64 {
        let mut n = 0;
        let mut day = from;
        while day < until {
            day = day.succ_opt().expect("not the end of time");
            n += i64::from((self.workdays)(day));
        }
        n
    }

    fn name(&self, person: PersonId) -> String {
        self.directory.person(person).map(|p| p.name.clone()).unwrap_or_default()
    }

    /// Who is responsible, as it must be said: names, each with who stands in.
    fn responsible(&self, item: &Item, at: DateTime<Utc>, english: bool) -> String {
        let mut said: Vec<String> = Vec::new();
        let mut named = item.assigned(Role::Responsible, at).flat_map(|a| self.directory.behind(a.who, at));
        let shared = named.any(|p| !item.returned.contains(&p));
        for assignment in item.assignments.iter().filter(|a| a.role == Role::Responsible) {
            if assignment.since > at || assignment.until.is_some_and(|u| at >= u) {
                continue;
            }
            for person in self.directory.behind(assignment.who, at) {
                if shared && item.returned.contains(&person) {
                    continue; // sent it back to the others
                }
                let deputy = self.directory.acting_for(person, at);
                let name = match (deputy == person, english) {
                    (true, _) => self.name(person),
                    (false, false) => format!("{}（{}代）", self.name(person), self.name(deputy)),
                    (false, true) => format!("{} ({} acting)", self.name(person), self.name(deputy)),
                };
                if !said.contains(&name) {
                    said.push(name);
                }
            }
        }
        if said.is_empty() { "（无人在岗）".to_owned() } else { said.join("、") }
    }
}

fn local(at: DateTime<Utc>) -> chrono::NaiveDateTime {
    at.with_timezone(&ZONE).naive_local()
}

/// Month, day, hour, minute.
fn is_moment(n: &[i64], at: DateTime<Utc>) -> bool {
    let t = local(at);
    n == [i64::from(t.month()), i64::from(t.day()), i64::from(t.hour()), i64::from(t.minute())]
}
