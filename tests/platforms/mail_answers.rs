//! Answers by mail on a real mail server (mail-devel): SMTP with STARTTLS out, IMAP with STARTTLS and IDLE in.
//!
//! Needs `python3` with `tests/counterparts/requirements.txt` and `openssl`. The server judges writers by their
//! login, as an office's server judges them by DMARC: see `tests/counterparts/mail_server.py`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::mail_server;
use crate::office as program;
use crate::story;
use dutybell::channel::desk::Desk;
use dutybell::channel::mail::{DkimConfig, IncomingConfig, Mail, MailConfig, MailTransport};
use dutybell::channel::{Channel, Outgoing, PollError};
use dutybell::core::calendar::Calendar;
use dutybell::core::inbound::{Content, Update};
use dutybell::core::policy::Policy;
use dutybell::core::reply::{self, IntentKind};
use dutybell::core::world::Calendars;
use dutybell::gateway::{Days, Gateway};
use dutybell::render::Phrases;
use dutybell::store::inbox::{self, Stored};
use dutybell::web::{self, App};
use mail_server::{BELL, MailServer, PASSWORD};
use story::{PACK, PEOPLE, Story, UNITS, ledger, row};
use tokio_util::sync::CancellationToken;

const ZHANG: &str = "zhangsan@qingshi.example";
const LI: &str = "lisi@qingshi.example";
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");

/// A small office whose people are reached by mail, on a real server.
struct Office {
    story: Story,
    mail: Arc<Mail>,
    server: MailServer,
}

impl Office {
    /// `with_desk`: mail first, the desk behind it; otherwise mail only.
    async fn open(with_desk: bool) -> Office {
        let server = MailServer::start();
        let config = server.config();
        Office::on(server, config, with_desk).await
    }

    async fn on(server: MailServer, config: MailConfig, with_desk: bool) -> Office {
        let mut story = Story::with_pack(PACK).await;
        // Mail comes first for everybody.
        let people = PEOPLE.replace("\"desk, mail\"", "\"mail, desk\"");
        story.imports(&[("units.csv", UNITS), ("people.csv", &people)]).await;
        let clock = story.gateway.clock.clone();
        let mail = Mail::new(config, Arc::new(move || clock.now())).unwrap();
        let site = "https://bell.duty.test".to_owned();
        let mail = Arc::new(mail.with_secret("s".repeat(64).into()).with_site(Some(site.clone())));
        let mut channels: Vec<Arc<dyn Channel>> = vec![mail.clone()];
        if with_desk {
            channels.push(Arc::new(story.desk.clone()));
        }
        let first = &story.gateway;
        let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR).unwrap()]);
        let (store, clock, phrases) = (first.store.clone(), first.clock.clone(), Phrases::built_in().unwrap());
        let mut gateway =
            Gateway::new(store, clock, Policy::clone(&first.policy), calendars, phrases, channels, Vec::new());
        gateway.site = Some(site);
        gateway.mail_tokens = mail.tokens().cloned();
        story.gateway = Arc::new(gateway);
        Office { story, mail, server }
    }

    async fn issues(&mut self, rows: &[String]) {
        self.story.imports(&[("ledger.csv", &ledger(rows))]).await;
        self.story.gateway.settle().await.unwrap();
    }

    async fn poll(&self) -> Vec<Update> {
        let offset = self.story.gateway.store.offset("mail", &self.mail.account()).await.unwrap();
        self.mail.poll(offset, Duration::from_millis(300)).await.unwrap()
    }

    /// As the receiving loop does it: fetch, store, and let everything happen.
    async fn receives(&self) -> Vec<Update> {
        let updates = self.poll().await;
        let now = self.story.gateway.now();
        inbox::receive(&self.story.gateway.store, "mail", &self.mail.account(), &updates, now).await.unwrap();
        self.story.gateway.settle().await.unwrap();
        updates
    }

    /// The newest mail to somebody, which must have these words in subject or text.
    async fn newest(&self, who: &str, words: &str) -> mail_server::Mail {
        let mail = self.server.mailbox(who).await.pop().unwrap_or_else(|| panic!("{who} has no mail"));
        assert!(mail.subject.contains(words) || mail.text.contains(words), "{words}: {mail:#?}");
        mail
    }

    async fn count(&self, who: &str) -> usize {
        self.server.mailbox(who).await.len()
    }
}

#[tokio::test]
async fn a_reminder_is_answered_above_its_quotation_and_verified_by_mail() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let code = office.story.item("K1").await.code;
    let reminder = office.newest(ZHANG, &code).await;
    assert!(reminder.reply_to.starts_with("bell+d") && reminder.reply_to.ends_with("@duty.test"), "{reminder:#?}");
    assert!(reminder.envelope_from.starts_with("bell+b"), "{}", reminder.envelope_from);
    assert_eq!(reminder.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(reminder.header("List-Unsubscribe"), None, "reminders cannot be declined");
    let button = format!("mailto:{}?subject=%E5%AE%8C%E6%88%90%20{code}&amp;body=", reminder.reply_to);
    assert!(reminder.html.contains(&button), "{button} in {}", reminder.html);

    office.server.answers(ZHANG, &reminder, "完成");
    office.receives().await;
    assert_eq!(office.story.state("K1").await, "reported_done");
    let echo = office.newest(ZHANG, "报完成").await;
    assert!(echo.subject.contains(&code), "{}", echo.subject);
    assert_eq!(echo.header("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert!(echo.header("In-Reply-To").unwrap().ends_with("@client.duty.test>"));

    office.story.until("09-22 10:00").await;
    let asked = office.newest(LI, "待你复查").await;
    office.server.answers(LI, &asked, "合格\n\n李四\n");
    office.receives().await;
    assert!(["verified", "closed"].contains(&office.story.state("K1").await), "{}", office.story.state("K1").await);
    office.newest(LI, "复查合格").await;

    // Handled letters are marked as seen in the mailbox, once they are stored; none is deleted.
    office.receives().await;
    let letters = office.server.mailbox(BELL).await;
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|l| l.seen));
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back_by_mail_with_letters_and_a_letter_answers() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "张三").await;
    let code = office.story.item("K2").await.code;
    let line = reminder.text.lines().find(|line| line.contains(&code)).expect("it is listed");
    let number = if line.starts_with('②') { 2 } else { 1 };
    office.server.answers(ZHANG, &reminder, &format!("{number}弄好了，接头处往外呲水"));
    office.receives().await;
    assert_eq!(office.story.state("K2").await, "assigned");
    let asked = office.newest(ZHANG, "您是说").await;
    let choices = asked.text.lines().rfind(|line| line.starts_with("A ")).expect("choices with letters").to_owned();
    let done = choices.split(" · ").find(|choice| choice.contains("已完成")).expect("done is one of them");
    office.server.answers(ZHANG, &asked, &done[..1]);
    office.receives().await;
    assert_eq!(office.story.state("K2").await, "reported_done");
    assert_eq!(office.story.state("K1").await, "assigned");
}

#[tokio::test]
async fn capitals_in_the_address_on_file_do_not_matter() {
    let mut office = Office::open(false).await;
    let zhou = "ZhouJiu@Qingshi.example";
    let head = PEOPLE.lines().next().unwrap();
    let row_of = format!("周九,青石县/青石镇,安监员,staff,13800000019,zh-CN,Asia/Shanghai,,{zhou},mail,");
    office.story.imports(&[("people.csv", &format!("{head}\n{row_of}\n"))]).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "周九")]).await;
    let reminder = office.newest(zhou, "防静电").await;
    office.server.answers("zhoujiu@qingshi.example", &reminder, "完成");
    office.receives().await;
    assert_eq!(office.story.state("K1").await, "reported_done");
    office.newest(zhou, "报完成").await;
}

#[tokio::test]
async fn numbers_mean_the_lines_of_the_mail_that_is_answered() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]).await;
    let first = office.newest(ZHANG, "张三").await;
    office
        .issues(&[
            row("K1", "一般", "2022-09-30", "张三"),
            row("K2", "一般", "2022-09-30", "张三"),
            row("K3", "一般", "2022-09-30", "张三"),
        ])
        .await;
    assert!(office.count(ZHANG).await >= 2, "a newer mail came");
    let second = first.text.lines().find(|l| l.starts_with('②')).expect("two lines").to_owned();
    office.server.answers(ZHANG, &first, "2完成，1在办");
    office.receives().await;
    let (one, two) = (office.story.item("K1").await, office.story.item("K2").await);
    let (done, other) = if second.contains(&two.code) { (two, one) } else { (one, two) };
    assert_eq!((done.state.word(), other.state.word()), ("reported_done", "in_progress"));
}

#[tokio::test]
async fn a_forged_letter_is_asked_about_where_the_official_reads_and_counts_once_confirmed() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    // Somebody who got hold of the mail itself, token and all, and brings a verdict along.
    let forged = format!(
        "Authentication-Results: mx.duty.test; dmarc=pass header.from=qingshi.example\n{}",
        reminder.answer(ZHANG, "完成，详见 http://evil.example/x")
    );
    office.server.submit(None, "thief@evil.example", &reminder.reply_to, &forged);
    let updates = office.receives().await;
    assert!(matches!(updates[0].inbound.content, Content::Unproven { .. }), "{updates:?}");
    assert_eq!(office.story.state("K1").await, "assigned");
    assert_eq!(office.count("thief@evil.example").await, 0);
    let asked = office.newest(ZHANG, "是你写的吗").await;
    assert!(!asked.text.contains("http://evil"), "{}", asked.text);
    let link = asked.text.lines().find(|l| l.starts_with("https://bell.duty.test/mail/confirm/")).expect("a link");
    let code = link.rsplit('/').next().unwrap();
    assert!(code.len() >= 26);

    let site = Site::open(&office).await;
    let path = format!("/mail/confirm/{code}");
    let item = office.story.item("K1").await;
    for _ in 0..3 {
        // What opens links in mails changes nothing.
        let page = site.get(&path).await;
        assert!(
            page.contains(&item.code) && page.contains("报完成") && page.contains("<form method=\"post\""),
            "{page}"
        );
        assert_eq!(office.story.state("K1").await, "assigned");
    }
    let done = site.post(&path, "").await;
    assert!(done.contains("已确认"), "{done}");
    office.story.gateway.settle().await.unwrap();
    assert_eq!(office.story.state("K1").await, "reported_done");
    office.newest(ZHANG, "报完成").await;
    // Once only.
    let before = office.count(ZHANG).await;
    assert!(site.post(&path, "").await.contains("已经用过"));
    assert!(site.get(&path).await.contains("已经用过"));
    assert!(site.get("/mail/confirm/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.contains("已失效"));
    office.story.gateway.settle().await.unwrap();
    assert_eq!(office.count(ZHANG).await, before);
}

#[tokio::test]
async fn a_question_about_a_letter_ends_with_the_day_and_comes_five_times_at_most() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let before = office.count(ZHANG).await;
    let plain = |n: usize| {
        format!(
            "From: {ZHANG}\nTo: {BELL}\nSubject: x\nMessage-ID: <f{n}@evil.example>\nContent-Type: text/plain; charset=utf-8\n\n完成\n"
        )
    };
    for n in 0..9 {
        office.server.submit(None, "thief@evil.example", BELL, &plain(n));
    }
    while !office.receives().await.is_empty() {}
    // One address gets one mail at a time; the next ones a moment later.
    office.story.until("09-22 09:30").await;
    assert_eq!(office.count(ZHANG).await, before + 5);
    let asked = office.newest(ZHANG, "是你写的吗").await;
    let link = asked.text.lines().find(|l| l.contains("/mail/confirm/")).unwrap().to_owned();
    let site = Site::open(&office).await;
    office.story.until("09-23 20:00").await;
    let path = link.trim_start_matches("https://bell.duty.test");
    assert!(site.post(path, "").await.contains("已失效"));
    assert_ne!(office.story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn strangers_machines_and_lists_are_neither_counted_nor_answered() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    let letter = |line: &str| format!("{line}\n{}", reminder.answer(ZHANG, "完成"));
    let answered = office.count(ZHANG).await;
    for line in [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <all.qingshi.example>",
        "X-Autoreply: yes",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ] {
        office.server.submit(Some(ZHANG), ZHANG, &reminder.reply_to, &letter(line));
    }
    // A vacation note goes to the envelope sender; a null sender is nobody; a stranger is not on file.
    office.server.submit(
        Some(ZHANG),
        ZHANG,
        &reminder.envelope_from,
        &letter("Auto-Submitted: auto-replied (vacation)"),
    );
    office.server.submit(Some(ZHANG), "", &reminder.reply_to, &reminder.answer(ZHANG, "完成"));
    let stranger = "stranger@elsewhere.example";
    office.server.submit(Some(stranger), stranger, &reminder.reply_to, &reminder.answer(stranger, "完成"));
    // And a colleague who was sent a copy answers to Zhang's token.
    office.server.submit(Some(LI), LI, &reminder.reply_to, &reminder.answer(LI, "完成"));
    let mut read = 0;
    loop {
        let updates = office.receives().await;
        if updates.is_empty() {
            break;
        }
        for u in &updates {
            if matches!(u.inbound.content, Content::Text { .. }) {
                println!("RAW {}", u.raw);
            }
        }
        read += updates.len();
    }
    assert_eq!(read, 9);
    assert_eq!(office.story.state("K1").await, "assigned");
    assert_eq!(office.count(ZHANG).await, answered);
    assert_eq!(office.count(stranger).await, 0);
    office.newest(LI, "是你写的吗").await;
    // Only these words on an otherwise good answer are no mark of a machine.
    office.server.submit(Some(ZHANG), ZHANG, &reminder.reply_to, &letter("X-Auto-Response-Suppress: All"));
    office.receives().await;
    assert_eq!(office.story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn a_returned_mail_goes_to_the_next_contact_point_at_once() {
    let mut office = Office::open(true).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    assert!(office.story.heard("zhangsan").is_empty());
    let report = |action: &str, status: &str| {
        format!(
            "From: Mail Delivery System <MAILER-DAEMON@mx.duty.test>\nTo: {}\nSubject: Undelivered Mail\nAuto-Submitted: auto-replied\n\
             Message-ID: <{action}{status}@mx.duty.test>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"c\"\n\n\
             --c\nContent-Type: text/plain\n\nSorry. done 完成\n\n--c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.duty.test\n\n\
             Final-Recipient: rfc822; {ZHANG}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no such user\n\n--c--\n",
            reminder.envelope_from
        )
    };
    office.server.submit(None, "", &reminder.envelope_from, &report("delayed", "4.4.1"));
    office.receives().await;
    assert!(office.story.heard("zhangsan").is_empty(), "late is not lost");
    for _ in 0..2 {
        office.server.submit(None, "", &reminder.envelope_from, &report("failed", "5.1.1"));
        office.receives().await;
    }
    let heard = office.story.heard("zhangsan");
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].1.contains("防静电"));
    let contacts = office.story.gateway.store.contacts_on("mail").await.unwrap();
    assert!(contacts.iter().any(|c| c.address == ZHANG && c.gone));
    assert_eq!(office.story.state("K1").await, "assigned");
    // Once he writes from there again, the address is good again.
    office.server.answers(ZHANG, &reminder, "收到");
    office.receives().await;
    let contacts = office.story.gateway.store.contacts_on("mail").await.unwrap();
    assert!(contacts.iter().any(|c| c.address == ZHANG && !c.gone));
}

#[tokio::test]
async fn a_returned_mail_without_another_way_is_a_dead_letter_and_said() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    let report = format!(
        "From: MAILER-DAEMON@mx.duty.test\nTo: {}\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n\
         --c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n--c--\n",
        reminder.envelope_from
    );
    office.server.submit(None, "", &reminder.envelope_from, &report);
    office.receives().await;
    assert_eq!(office.story.gateway.store.dead_letters(5).await.unwrap().len(), 1);
    office.story.until("09-22 10:00").await;
    let told = office.server.mailbox("yangliu@qingshi.example").await;
    assert!(told.iter().any(|m| m.text.contains("消息发不出去")), "{told:#?}");
}

#[tokio::test]
async fn what_was_not_stored_comes_again_and_a_replay_counts_once() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    office.server.answers(ZHANG, &reminder, "延期2天，原因：等配件");
    let first = office.poll().await;
    assert_eq!(first.len(), 1);
    // Died before it was stored: nothing is marked, and it comes again, to another process as well.
    assert!(!office.server.mailbox(BELL).await[0].seen);
    assert_eq!(office.poll().await, first);
    let clock = office.story.gateway.clock.clone();
    let other = Mail::new(office.server.config(), Arc::new(move || clock.now())).unwrap();
    let other = other.with_secret("s".repeat(64).into());
    assert_eq!(other.poll(None, Duration::from_millis(300)).await.unwrap(), first);
    office.receives().await;
    // The mailbox numbers its letters anew: all come again, none counts again.
    let again = other.poll(Some(1 << 32), Duration::from_millis(300)).await.unwrap();
    assert_eq!(again, first);
    let (store, now) = (&office.story.gateway.store, office.story.gateway.now());
    let stored = inbox::receive(store, "mail", &office.mail.account(), &again, now).await.unwrap();
    assert_eq!(stored, [Stored::Repeat]);
    let answers = office.count(ZHANG).await;
    office.receives().await;
    assert_eq!(office.count(ZHANG).await, answers);
    // A letter of the same id with other words is somebody else's trick.
    let mut bent = again;
    if let Content::Text { text, .. } = &mut bent[0].inbound.content {
        *text = "完成".to_owned();
    }
    let stored = inbox::receive(store, "mail", &office.mail.account(), &bent, now).await.unwrap();
    assert_eq!(stored, [Stored::Conflict]);
    // A position that counts anew replaces the old one, a smaller one of the same count does not.
    let position = |offset| Update { offset: Some(offset), ..bent[0].clone() };
    let known = store.offset("mail", &office.mail.account()).await.unwrap().unwrap();
    for (offset, expected) in [(known - 1, known), (known + 1, known + 1), (5 << 32 | 7, 5 << 32 | 7)] {
        inbox::receive(store, "mail", &office.mail.account(), &[position(offset)], now).await.unwrap();
        assert_eq!(store.offset("mail", &office.mail.account()).await.unwrap(), Some(expected));
    }
}

#[tokio::test]
async fn idle_wakes_the_receiver() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    let mail = office.mail.clone();
    let start = Instant::now();
    let waiting = tokio::spawn(async move { mail.poll(None, Duration::from_secs(40)).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    // By IMAP, as mail-devel tells nobody who waits of what comes by SMTP.
    office.server.appends(BELL, &reminder.answer(ZHANG, "收到")).await;
    let updates = waiting.await.unwrap().unwrap();
    assert_eq!(updates.len(), 1);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // Another call on the kept connection finds nothing and ends in time.
    let none = office.mail.poll(updates[0].offset, Duration::from_secs(1)).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_wrong_password_or_certificate_is_said_without_the_password() {
    let server = MailServer::start();
    let now = || "2022-09-22T01:00:00Z".parse().unwrap();
    let with = |incoming: IncomingConfig| {
        Mail::new(MailConfig { incoming: Some(incoming), ..server.config() }, Arc::new(now)).unwrap()
    };
    let ca = Some(server.dir.path().join("ca.pem"));
    let refused = with(server.imap(ca.clone(), "Wrong-Word-77")).poll(None, Duration::ZERO).await.unwrap_err();
    assert!(matches!(&refused, PollError::Fatal(why) if why.contains("password is refused")), "{refused:?}");
    assert!(!format!("{refused:?}").contains("Wrong-Word-77"));
    let untrusted = with(server.imap(None, PASSWORD)).poll(None, Duration::ZERO).await.unwrap_err();
    assert!(matches!(&untrusted, PollError::Wait { reason, .. } if reason.contains("UnknownIssuer")), "{untrusted:?}");
    let found = with(server.imap(ca, PASSWORD)).check().await.unwrap();
    assert!(found.contains("IDLE") && found.contains("mx.duty.test vouches") && !found.contains(PASSWORD), "{found}");
}

#[tokio::test]
async fn a_maildir_is_another_way_in() {
    let server = MailServer::start();
    let dir = server.dir.path().join("Maildir");
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(dir.join(part)).unwrap();
    }
    let config = MailConfig { incoming: Some(IncomingConfig::Maildir { dir: dir.clone() }), ..server.config() };
    let mut office = Office::on(server, config, false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "防静电").await;
    let letter = format!(
        "Return-Path: <{ZHANG}>\nDelivered-To: {}\nAuthentication-Results: mx.duty.test; dmarc=pass header.from=qingshi.example\n{}",
        reminder.reply_to,
        reminder.answer(ZHANG, "完成")
    );
    std::fs::write(dir.join("new/1663812000.M1.mx"), letter).unwrap();
    assert_eq!(office.poll().await.len(), 1);
    assert!(dir.join("new/1663812000.M1.mx").exists(), "not stored yet");
    office.receives().await;
    assert_eq!(office.story.state("K1").await, "reported_done");
    assert!(office.poll().await.is_empty());
    assert!(dir.join("cur/1663812000.M1.mx:2,S").exists());
}

#[tokio::test]
async fn without_sub_addresses_every_answer_is_confirmed_and_bounces_are_known_by_their_copy() {
    let server = MailServer::start();
    let config = MailConfig { sub_address: false, ..server.config() };
    let mut office = Office::on(server, config, true).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]).await;
    let reminder = office.newest(ZHANG, "张三").await;
    assert_eq!((reminder.reply_to.as_str(), reminder.envelope_from.as_str()), (BELL, BELL));
    office.server.answers(ZHANG, &reminder, "2完成");
    let updates = office.receives().await;
    // It still knows which mail is answered, so that the numbers of that mail count once it is confirmed.
    let Content::Unproven { reply_to, .. } = &updates[0].inbound.content else { panic!("{updates:?}") };
    assert_eq!(reply_to.as_deref(), Some(reminder.id.as_str()));
    let asked = office.newest(ZHANG, "是你写的吗").await;
    let code =
        asked.text.lines().find(|l| l.contains("/mail/confirm/")).unwrap().rsplit('/').next().unwrap().to_owned();
    office.story.gateway.confirm_claim(&code).await.unwrap();
    office.story.gateway.settle().await.unwrap();
    let states = [office.story.state("K1").await, office.story.state("K2").await];
    assert!(states.contains(&"reported_done") && states.contains(&"assigned"), "{states:?}");

    let trace = reminder.header("X-Dutybell-Trace").unwrap();
    let report = format!(
        "From: MAILER-DAEMON@mx.duty.test\nTo: {BELL}\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n\
         --c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n\
         --c\nContent-Type: text/rfc822-headers\n\nFrom: {BELL}\nX-Dutybell-Trace: {trace}\n\n--c--\n"
    );
    office.server.submit(None, "", BELL, &report);
    office.receives().await;
    assert!(!office.story.heard("zhangsan").is_empty());
}

#[tokio::test]
async fn summaries_can_be_stopped_with_one_click_and_reminders_cannot() {
    let mut office = Office::open(false).await;
    office.issues(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    office.story.until("10-11 12:00").await;
    let is_summary = |m: &mail_server::Mail| m.header("List-Unsubscribe").is_some();
    let summary = office.server.mailbox(ZHANG).await.into_iter().rfind(is_summary).expect("a summary");
    assert_eq!(summary.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    let url = summary.header("List-Unsubscribe").unwrap();
    let path = url.trim_matches(['<', '>']).trim_start_matches("https://bell.duty.test").to_owned();
    let site = Site::open(&office).await;
    let page = site.get(&path).await;
    assert!(page.contains("每日汇总会发到你的邮箱") && page.contains("<form method=\"post\""), "{page}");
    // Exactly what a mail program sends (RFC 8058 section 3.2).
    let stopped = site.post(&path, "List-Unsubscribe=One-Click").await;
    assert!(stopped.contains("不再发到"), "{stopped}");
    let (summaries, others): (Vec<_>, Vec<_>) = office.server.mailbox(ZHANG).await.into_iter().partition(is_summary);
    office.story.until("10-20 12:00").await;
    assert!(office.story.gateway.store.dead_letters(5).await.unwrap().is_empty(), "declined is not undeliverable");
    let (after, others_after): (Vec<_>, Vec<_>) = office.server.mailbox(ZHANG).await.into_iter().partition(is_summary);
    assert_eq!(after.len(), summaries.len(), "no more summaries");
    assert!(others_after.len() > others.len(), "reminders come all the same");
    assert!(site.post(&format!("{path}/resume"), "").await.contains("每日汇总会发到你的邮箱"));
    assert!(site.get("/mail/summaries/abcdefghij").await.contains("已失效"));
}

#[tokio::test]
async fn signatures_hold_for_an_independent_reader() {
    let dir = tempfile::tempdir().unwrap();
    let openssl = |args: &str| {
        let done =
            std::process::Command::new("openssl").args(args.split(' ')).current_dir(dir.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl("genrsa -out key.pem 2048");
    openssl("rsa -in key.pem -pubout -out public.pem");
    let incoming = IncomingConfig::Maildir { dir: dir.path().join("Maildir") };
    let dkim = DkimConfig {
        domain: "duty.test".to_owned(),
        selector: "bell".to_owned(),
        private_key: std::fs::read_to_string(dir.path().join("key.pem")).unwrap().into(),
    };
    let transport = MailTransport::Folder { dir: dir.path().join("out") };
    let config = MailConfig {
        from_name: Some("青石县督办".to_owned()),
        incoming: Some(incoming),
        dkim: Some(dkim),
        ..MailConfig::new(BELL, "duty.test", transport)
    };
    let mail = Mail::new(config, Arc::new(|| "2022-09-22T01:00:00Z".parse().unwrap())).unwrap();
    let mail = mail.with_secret("s".repeat(64).into()).with_site(Some("https://bell.duty.test".to_owned()));
    let message = Outgoing {
        key: "m7".to_owned(),
        address: ZHANG.to_owned(),
        subject: "【青石县】日调度".repeat(8),
        text: "张三：\n\n  请  看 \t\n.\n\n\n".to_owned(),
        html: Some("<p>张三</p>".to_owned()),
        thread: vec!["m5".to_owned(), "m6".to_owned()],
        urgent: true,
        ..Outgoing::default()
    };
    let plain = Outgoing { key: "m8".to_owned(), html: None, text: "ok\n\n".to_owned(), ..message.clone() };
    mail.send_summary(&message).await;
    mail.send(&plain).await;
    let check = |bytes: &[u8]| {
        use std::io::Write;
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = std::process::Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counterparts/dkim_check.py"))
            .args([dir.path().join("public.pem").to_str().unwrap(), "bell._domainkey.duty.test."])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
    };
    for (name, signed) in
        [("m7.eml", "list-unsubscribe:list-unsubscribe-post:from;"), ("m8.eml", "auto-submitted:from;")]
    {
        let letter = std::fs::read_to_string(dir.path().join("out").join(name)).unwrap();
        assert!(letter.starts_with("DKIM-Signature: v=1; a=rsa-sha256;") && letter.contains(signed), "{letter}");
        assert_eq!(check(letter.as_bytes()), "holds", "{letter}");
        assert_eq!(check(letter.replace("Reply-To: ", "Reply-To: x").as_bytes()), "broken");
        assert_eq!(check(letter.replace("\r\nTo: ", "\r\nFrom: thief@evil.example\r\nTo: ").as_bytes()), "broken");
    }
}

/// The program itself, killed while answers come in: none is lost, none counts twice, no secret is written anywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_is_killed_while_answers_come_in() {
    let server = MailServer::start();
    let (folder, port) = (program::Office::new(), program::free_port());
    folder.file("pack.toml", &program::pack());
    folder.file("units.csv", UNITS);
    folder.file("people.csv", PEOPLE);
    let due = chrono::Utc::now().date_naive() + chrono::Duration::days(20);
    let rows: Vec<String> = (0..6).map(|n| row(&format!("K{n}"), "一般", &due.to_string(), "张三")).collect();
    folder.file("ledger.csv", &ledger(&rows));
    folder.file("imap.password", PASSWORD);
    let config = format!(
        "[office]\npolicy = \"pack.toml\"\n[log]\nlevel = \"trace\"\n[desk]\nenabled = false\n[database]\nlease_seconds = 12\n{}",
        server.toml()
    );
    folder.file("dutybell.toml", &config);
    folder.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    let doctor = folder.run(&["doctor"]);
    assert!(doctor.contains("IDLE") && doctor.contains("mx.duty.test vouches"), "{doctor}");
    folder.run(&["import", "ledger.csv"]);

    let mut running = folder.serve(port);
    running.is_ready().await;
    let mut reminder = None;
    for _ in 0..400 {
        reminder = server.mailbox(ZHANG).await.into_iter().find(|m| m.text.contains('⑥'));
        if reminder.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let reminder = reminder.unwrap_or_else(|| panic!("no reminder: {}", running.log()));
    for n in 1..=6 {
        server.answers(ZHANG, &reminder, &format!("{n}完成"));
        if n % 2 == 0 {
            running.signal("KILL");
            running.ended().await;
            running = folder.serve(port);
            running.is_ready().await;
        }
    }
    let echoes = |mails: &[mail_server::Mail]| mails.iter().filter(|m| m.text.contains("报完成")).count();
    let start = Instant::now();
    while echoes(&server.mailbox(ZHANG).await) < 6 {
        assert!(start.elapsed() < Duration::from_secs(90), "{}", running.log());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // Every answer once: six claims in the log, and their echoes at most doubled by a kill while one was on the wire.
    let status = folder.run(&["status", "--json"]);
    assert!(status.replace([' ', '\n'], "").contains("[\"reported_done\",6]"), "{status}");
    assert!(folder.run(&["audit", "verify"]).starts_with("whole"));
    assert!(echoes(&server.mailbox(ZHANG).await) <= 9);
    running.signal("TERM");
    running.ended().await;
    let url = format!("sqlite:{}", folder.path().join("dutybell.db").display());
    let store = dutybell::store::Store::open(&url).await.unwrap();
    let secret = store.meta("mail_token_secret").await.unwrap().expect("made once");
    let log = running.log();
    assert!(log.contains("TRACE"));
    for word in [PASSWORD, &secret, reminder.reply_to.split('@').next().unwrap()] {
        assert!(!log.contains(word), "{word}");
    }
}

/// Every button that a mail shows begins an answer that means what the button says, in every language.
#[test]
fn buttons_in_mails_say_what_they_mean() {
    use dutybell::core::org::Locale;
    use dutybell::core::words::Say;
    let phrases = Phrases::built_in().unwrap();
    let calendar = Calendar::from_tsv("cn", CALENDAR).unwrap();
    let days = Days(&calendar);
    let now = "2022-09-27T09:00:00".parse().unwrap();
    for locale in Locale::ALL {
        use reply::Speaker::{Approver, Fixer, Verifier};
        for (key, expected) in [
            ("button_done", IntentKind::Done),
            ("button_ack", IntentKind::Ack),
            ("button_in_progress", IntentKind::InProgress),
            ("button_extend", IntentKind::Extend),
            ("button_pass", IntentKind::VerifyPass),
            ("button_fail", IntentKind::VerifyFail),
            ("button_approve", IntentKind::Approve),
            ("button_refuse", IntentKind::Refuse),
            ("button_close", IntentKind::Close),
            ("button_undo", IntentKind::Undo),
        ] {
            let words = format!("{} A7K2", phrases.say(locale, key, &[]));
            let by = match expected {
                IntentKind::VerifyPass | IntentKind::VerifyFail => Verifier,
                IntentKind::Approve | IntentKind::Refuse | IntentKind::Close => Approver,
                _ => Fixer,
            };
            let reading = reply::read(&words, &reply::Context { by, ..reply::Context::at(now, &days) });
            let kinds: Vec<_> = reading.intents.iter().map(|i| i.kind).collect();
            assert_eq!(kinds, [expected], "{words}");
        }
    }
}

/// The gateway's pages on a port of their own.
struct Site {
    base: String,
    stop: CancellationToken,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Site {
    async fn open(office: &Office) -> Site {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let gateway = office.story.gateway.clone();
        let app = App { gateway, desk: Some(Desk::default()), demo: None, metrics: None };
        tokio::spawn(web::serve(app, listener, stop.clone()));
        Site { base, stop }
    }

    async fn get(&self, path: &str) -> String {
        reqwest::get(format!("{}{path}", self.base)).await.unwrap().text().await.unwrap()
    }

    async fn post(&self, path: &str, form: &'static str) -> String {
        let call = reqwest::Client::new().post(format!("{}{path}", self.base));
        let call = call.header("content-type", "application/x-www-form-urlencoded").body(form);
        call.send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn the_daily_check_comes_home_and_leaves_no_trace_elsewhere() {
    let mut office = Office::open(true).await;
    office.issues(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    office.story.until("09-22 10:00").await;
    office.story.checks(&[("mail", "own")]);
    let store = office.story.gateway.store.clone();
    for time in ["09-22 10:06", "09-22 10:07"] {
        office.story.until(time).await;
    }
    let under_way = store.newest_canary("mail").await.unwrap().expect("it was sent");
    assert!(under_way.returns && under_way.accepted && under_way.done_at.is_none(), "{under_way:?}");
    let letters = office.server.mailbox(BELL).await;
    assert!(letters.iter().any(|m| m.subject.contains("不是任务") || m.text.contains("不是任务")), "{letters:#?}");
    office.receives().await;
    let back = store.newest_canary("mail").await.unwrap().expect("it was sent");
    assert!(back.done_at.is_some(), "{back:?}");
    // Read again, it is the same one; and nobody was alarmed.
    for time in ["09-22 11:11", "09-22 11:17", "09-22 11:23"] {
        office.story.until(time).await;
    }
    assert!(store.alarms(9).await.unwrap().is_empty());
    let mut exported = String::new();
    store
        .records(None, |record| {
            exported += &serde_json::to_string(&record).expect("writes");
            Ok::<(), dutybell::store::StoreError>(())
        })
        .await
        .unwrap();
    assert!(exported.contains("K1号工房") && !exported.contains("不是任务"), "it stands in no export");
}

#[tokio::test]
async fn without_sub_addresses_the_daily_check_is_known_by_our_own_header() {
    let server = MailServer::start();
    let config = MailConfig { sub_address: false, ..server.config() };
    let mut office = Office::on(server, config, true).await;
    office.story.until("09-22 10:00").await;
    office.story.checks(&[("mail", "own")]);
    for time in ["09-22 10:06", "09-22 10:07"] {
        office.story.until(time).await;
    }
    let updates = office.receives().await;
    let back = office.story.gateway.store.newest_canary("mail").await.unwrap().expect("it was sent");
    assert!(back.done_at.is_some(), "{back:?} {updates:#?}");
}

#[tokio::test]
async fn a_server_that_takes_mail_and_throws_it_away_is_found_within_the_day() {
    let server = MailServer::start();
    let away = tempfile::tempdir().unwrap();
    // Taken, and never seen again by the mailbox that is read.
    let transport = MailTransport::Folder { dir: away.path().to_owned() };
    let config = MailConfig { transport, ..server.config() };
    let mut office = Office::on(server, config, true).await;
    office.story.until("09-22 10:00").await;
    office.story.checks(&[("mail", "own")]);
    for time in ["09-22 10:06", "09-22 10:07", "09-22 11:05"] {
        office.story.until(time).await;
        office.receives().await;
    }
    assert!(office.story.gateway.store.alarms(9).await.unwrap().is_empty(), "it has an hour");
    for time in ["09-22 11:11", "09-22 11:17", "09-22 11:18"] {
        office.story.until(time).await;
    }
    let alarm = office.story.heard("yangliu").pop().expect("the administrator hears by the desk").1;
    assert!(alarm.contains("mail") && alarm.contains("没有回到"), "{alarm}");
    // Once a day, not at every look.
    for time in ["09-22 11:30", "09-22 14:00", "09-22 17:00"] {
        office.story.until(time).await;
    }
    assert_eq!(office.story.gateway.store.alarms(9).await.unwrap().len(), 1);
}
