//! What is asked back because a word alone is too little: the reason, the interim measures, the name.
//!
//! The question keeps what was wanted, so that the answer alone is enough; nothing is recorded before it.

use super::*;
use crate::core::org::Locale;

/// Stands between a command and what was said to our questions since, in the text of a question.
const SINCE: char = '\u{1f}';
const REASON: [&str; 5] = ["原因", "理由", "因为", "reason", "because"];
const INTERIM: [&str; 4] = ["临时措施", "防控措施", "臨時措施", "interim"];

/// Something wanted for which words are missing.
pub(super) struct Needing {
    /// As in [`Question::asks`].
    asks: String,
    /// Phrase of the question.
    key: &'static str,
    /// The command, and what was said to it already.
    text: String,
    items: Vec<ItemId>,
}

/// What was said to our questions about a command.
pub(super) fn said_later(text: &str) -> Option<&str> {
    text.split_once(SINCE).map(|(_, said)| said)
}

impl Answer<'_> {
    /// The event lacks a reason, or interim measures: they are asked for together at the end.
    pub(super) fn needs(&mut self, intent: &Intent, event: &Event, item: &Item) {
        let (asks, key, text) = match event {
            Event::RequestExtension { reason, interim, .. } => {
                let mut said = String::new();
                for (label, words) in [(REASON[0], reason), (INTERIM[0], interim)] {
                    if !words.is_empty() {
                        said = labelled(&said, label, words);
                    }
                }
                let guarded = self.gateway.policy.extension.needs_interim.contains(&item.severity);
                let key = match (reason.is_empty(), interim.is_empty() && guarded) {
                    (true, true) => "ask_extension_both",
                    (true, false) => "ask_extension_reason",
                    (false, _) => "ask_extension_interim",
                };
                ("extend", key, format!("{}{SINCE}{said}", command(intent)))
            }
            Event::Void { .. } => ("void", "ask_void_reason", String::new()),
            _ => ("fail", "ask_fail_reason", String::new()),
        };
        self.add_needing(asks, key, text, &[item.id]);
    }

    /// A no to several items at once, without a reason.
    pub(super) fn needs_reason(&mut self, intent: &Intent, text: &str, items: &[ItemId]) {
        let asks = if intent.kind == IntentKind::Refuse { "refuse" } else { "fail" };
        self.add_needing(asks, "ask_reason_all", text.to_owned(), items);
    }

    fn add_needing(&mut self, asks: &str, key: &'static str, text: String, items: &[ItemId]) {
        let asks = format!("reason:{asks}");
        match &mut self.needing {
            Some(needing) if needing.asks == asks && needing.text == text => {
                (needing.key, _) = ("ask_reason_all", needing.items.extend(items));
            }
            // One question at a time: the first that came up.
            Some(_) => {}
            None => self.needing = Some(Needing { asks, key, text, items: items.to_vec() }),
        }
    }

    /// Asks for what is missing, if anything is.
    pub(super) async fn ask_needed(&mut self, work: &mut Work<'_>) -> Result<()> {
        match self.needing.take() {
            // One question at a time, and the other one lists what it is about.
            Some(Needing { asks, .. }) if self.question.is_some() => {
                let meant = match asks.as_str() {
                    "reason:extend" => "mean_extend",
                    "reason:void" => "mean_void",
                    "reason:refuse" => "mean_refuse",
                    _ => "mean_verify_fail",
                };
                let words = self.phrase(meant, &[]);
                self.say("ask_later", &[("text", words)]);
                Ok(())
            }
            Some(Needing { asks, key, text, items }) => self.ask(work, &asks, key, &text, items).await,
            None => Ok(()),
        }
    }

    /// The answer to "why": the words themselves, unless they are plainly something else.
    pub(super) async fn reason_given(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        question: Question,
    ) -> Result<Option<String>> {
        if self.is_command(text, reading) {
            return self.drop_and_go_on(work).await;
        }
        inbox::drop_question(work.tx().await?, self.person).await?;
        let (command, said) = question.text.split_once(SINCE).unwrap_or((&question.text, ""));
        let (mut text, given) = (text.trim().to_owned(), text.trim().to_owned());
        let first = self.read(command, crate::store::inbox::asked_at(&question), &Known::default());
        let meant = |kind: IntentKind| first.intents.iter().find(|i| i.kind == kind).cloned();
        let mut intent = match question.asks.as_str() {
            "reason:extend" => {
                text = format!("{command}{SINCE}{}", added(said, &given));
                meant(IntentKind::Extend).unwrap_or_else(|| Intent::new(IntentKind::Extend))
            }
            "reason:void" => Intent::new(IntentKind::Void),
            "reason:refuse" => meant(IntentKind::Refuse).unwrap_or_else(|| Intent::new(IntentKind::Refuse)),
            _ => Intent::new(IntentKind::VerifyFail),
        };
        intent.reason = (intent.kind != IntentKind::Extend).then_some(given);
        for id in question.items.iter().map(|id| ItemId(*id)) {
            self.apply_intent(work, &text, &intent, id).await?;
        }
        self.ask_needed(work).await?;
        Ok(Some("reason given".to_owned()))
    }

    /// Words that are something else than the reason that was asked for. What sounds finished is a command only where
    /// it is that word alone, or names an item: a measure that was taken is no claim.
    fn is_command(&self, text: &str, reading: &Reading) -> bool {
        let low = text.to_ascii_lowercase();
        if REASON.iter().chain(&INTERIM).any(|label| low.contains(label)) {
            return false;
        }
        let bare = low.trim_matches(|c: char| !c.is_alphanumeric());
        let finished = ["完成", "已完成", "完成了", "done", "completed", "finished"].contains(&bare);
        reading.intents.iter().any(|intent| match intent.kind {
            IntentKind::Unknown | IntentKind::Reject | IntentKind::VerifyFail | IntentKind::Refuse => false,
            IntentKind::Report | IntentKind::CheckIn | IntentKind::Chatter => false,
            IntentKind::Greeting | IntentKind::Register | IntentKind::Absence => false,
            IntentKind::Blocked | IntentKind::InProgress | IntentKind::Extend | IntentKind::Done => {
                let named = matches!(intent.items, reply::Items::Lines(_) | reply::Items::Codes(_));
                named || intent.kind == IntentKind::Done && finished
            }
            _ => true,
        })
    }

    // ---- to whom -------------------------------------------------------------------------------------

    /// Asks to whom items go.
    pub(super) async fn ask_whom(&mut self, work: &mut Work<'_>, items: &[ItemId]) -> Result<()> {
        self.ask(work, "whom", "ask_whom", "", items.to_vec()).await
    }

    /// The answer to "to whom": a name, with or without 转给 before it. One that nobody has is asked for again.
    pub(super) async fn named_whom(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        question: Question,
    ) -> Result<Option<String>> {
        let read = reading.intents.iter().find(|i| i.kind == IntentKind::Reassign).cloned();
        let intent = match read {
            Some(intent) => intent,
            None if reading.intents.iter().all(|i| matches!(i.kind, IntentKind::Unknown | IntentKind::Ack)) => {
                let name = text.trim().trim_end_matches(['。', '.', '！', '!', '吧']);
                let given = ["改派给", "转给", "交给", "改派", "转", "给", "由", "reassign to ", "to "];
                let name = given.iter().find_map(|before| name.strip_prefix(before)).unwrap_or(name);
                let name = name.strip_suffix("负责").unwrap_or(name).trim().to_owned();
                Intent { to: vec![name], ..Intent::new(IntentKind::Reassign) }
            }
            None => return self.drop_and_go_on(work).await,
        };
        inbox::drop_question(work.tx().await?, self.person).await?;
        for id in question.items.iter().map(|id| ItemId(*id)) {
            self.apply_intent(work, text, &intent, id).await?;
        }
        if !self.recorded {
            self.question = Some(question);
        }
        Ok(Some("whom".to_owned()))
    }

    /// Whether a text is what one of our buttons says, with or without an item's code: where presses are words.
    pub(super) fn is_label(&self, text: &str, key: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().filter(|w| crate::core::code::parse(w).is_none()).collect();
        let words = words.join(" ").to_lowercase();
        let languages = Locale::ALL;
        languages.iter().any(|locale| self.gateway.phrases.say(*locale, key, &[]).to_lowercase() == words)
    }
}

/// The words that ask for the same time again: what was read from a longer text, without the rest of it.
fn command(intent: &Intent) -> String {
    match &intent.postpone {
        Some(Postponement::Days(n)) => format!("延期{n}天"),
        Some(Postponement::Workdays(n)) => format!("延期{n}个工作日"),
        Some(Postponement::Months(n)) => format!("延期{n}个月"),
        Some(Postponement::Until(day)) => format!("延期到{}", day.format("%Y年%-m月%-d日")),
        _ => String::new(),
    }
}

/// What was said before, and now: words without a label are what is still missing.
fn added(said: &str, given: &str) -> String {
    let has = |text: &str, labels: &[&str]| labels.iter().any(|label| text.to_ascii_lowercase().contains(label));
    if has(given, &REASON) || has(given, &INTERIM) {
        return if said.is_empty() { given.to_owned() } else { format!("{said}；{given}") };
    }
    labelled(said, if has(said, &REASON) { INTERIM[0] } else { REASON[0] }, given)
}

/// Words under a label, on one line of their own.
fn labelled(said: &str, label: &str, words: &str) -> String {
    let words = words.replace(['；', ';', '\n', '。'], "，");
    let words = words.trim_end_matches('，');
    if said.is_empty() { format!("{label}：{words}") } else { format!("{said}；{label}：{words}") }
}
