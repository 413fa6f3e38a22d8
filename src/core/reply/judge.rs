//! One clause: what it says, taken by itself.
//!
//! Tries the readings in order of how specific they are: machine words and politeness, requests
//! (help, undo, snooze, approval, extension, reassignment, rejection, status), then completion and what
//! denies it, then stoppage, progress and acknowledgement. `read` puts the clauses together.

use super::clauses::Part;
use super::words::{entries, words};
use super::{Context, Intent, IntentKind, Items, claim, en, outlook, requests, signs, zh};
use crate::core::patterns::{pattern, re};

/// How a clause weighs in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Says something about an item or to the gateway.
    Says,
    /// Thanks, greetings, photos: nothing about the item.
    Neutral,
    /// A completion word that does not count, with no other reading: poisons a claim beside it.
    Doubt,
    /// Governs what follows: "if", "he said", "yeah right".
    Governs,
}

/// A clause with its reading.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) part: Part,
    pub(super) intent: Intent,
    pub(super) weight: Weight,
    /// Recognised as thanks, greeting or mention of papers: takes nothing back.
    pub(super) harmless: bool,
    pub(super) why: Vec<String>,
}

words!(SARCASM, "sarcasm", zh::SARCASM, en::SARCASM);
words!(PROGRESS, "under way", zh::PROGRESS, en::PROGRESS);
words!(CANNOT, "cannot", zh::CANNOT, en::CANNOT);
words!(WAIT, "waits or lacks", zh::WAIT, en::WAIT);
words!(EVIDENCE, "evidence", zh::EVIDENCE, en::EVIDENCE);
words!(LATER, "later", zh::EVIDENCE_LATER, en::EVIDENCE_LATER);
words!(HARMLESS, "harmless negative", zh::HARMLESS, en::HARMLESS);

static POLITE_ALL: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| full(&[zh::POLITE, en::POLITE]));
static ACK_ALL: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| full(&[zh::ACK, en::ACK]));
static ACK_POLITE: std::sync::LazyLock<regex::Regex> =
    std::sync::LazyLock::new(|| full(&[zh::ACK, zh::POLITE, en::ACK, en::POLITE]));
static NO_ALL: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| full(&[zh::NO_ALONE, en::NO_ALONE]));

/// A matcher for clauses that consist of nothing but entries of the tables.
fn full(tables: &[&str]) -> regex::Regex {
    let all: Vec<&str> = tables.iter().flat_map(|t| entries(t)).map(|w| w.trim_end_matches('$')).collect();
    pattern(&format!(r"^(?:\s*(?:{})[\s!.~、:呀啊呢咧咯喔哦哈啦吖]*)+$", all.join("|")))
}

re!(EMOJI, r"[\p{Extended_Pictographic}--\p{ASCII}]");
re!(BAD_EMOJI, "[❌👎🙄😏😂🤣🤡🙃🤔😅❓🚫⛔😡🤬💩×]|🤷|🙅");
re!(TICK, "[✅💯]");
re!(THUMB, "[👌👍🙏🆗💪🫡🤝👏🌹🤙👀]|🙆|🙋");
re!(
    FIELD,
    r"^(?:(?:整改|办理|落实|处理|完成|工作|任务|目前|当前|隐患整改|是否整改)?(?:情况|状态|进度|结果|进展|现状)|status|state|progress|result|update|整改|回复|答复|办理|结论|反馈)(?:\s*[:=]\s*|\s+(?:is|为|是)\s+|\s+-\s*|为)(.+)$"
);
re!(
    YES_NO_FIELD,
    r"^(?:是否(?:已)?(?:按期|按时|全部)?(?:完成|整改|办结|落实|处理|整改完成|整改到位|闭环)(?:到位|完成)?|(?:is it )?(?:done|completed?|finished|fixed|resolved)(?:\s*\(?y\s?/\s?n\)?)?)\s*[:=?]\s*(是|是的|已完成|已|完成|对|yes|y|true|✅|否|没有?|未|未完成|不是|no|n|false|not yet|❌)[。.!]*$"
);

/// Reads one clause.
pub(super) fn judge(part: Part, ctx: &Context) -> Judged {
    let mut why = Vec::new();
    let (mut intent, weight) = decide(&part, ctx, &mut why);
    if intent.items == Items::Unspecified {
        intent.items = part.items.clone();
    }
    let harmless = weight == Weight::Neutral && (!why.is_empty() || part.low.is_empty());
    Judged { part, intent, weight, harmless, why }
}

fn decide(part: &Part, ctx: &Context, why: &mut Vec<String>) -> (Intent, Weight) {
    let low = part.low.as_str();
    if let Some(found) = symbols(part, why) {
        return found;
    }
    if BAD_EMOJI.is_match(low) {
        why.push("an emoji that turns the sense".into());
        return (Intent::new(IntentKind::Unknown), Weight::Doubt);
    }
    let plain = EMOJI.replace_all(low, " ");
    let plain = plain.trim().trim_matches(['"', '(', ')', '[', ']', '*', '~', ' ']);
    if let Some(found) = form(part, plain, ctx, why) {
        return found;
    }
    if let Some(text) = SARCASM.why(low) {
        why.push(text);
        return (Intent::new(IntentKind::Unknown), Weight::Governs);
    }
    if !part.asked && evidence(low, why) {
        let mut intent = Intent::new(IntentKind::Unknown);
        intent.evidence_later = LATER.hit(low);
        return (intent, Weight::Neutral);
    }
    let agrees = ACK_ALL.is_match(plain) || (ACK_POLITE.is_match(plain) && !POLITE_ALL.is_match(plain));
    if agrees && !part.asked {
        why.push("acknowledgement".into());
        return (Intent::new(IntentKind::Ack), Weight::Says);
    }
    if (POLITE_ALL.is_match(plain) || requests::needs_no_time(plain)) && !part.asked {
        why.push("politeness".into());
        return (Intent::new(IntentKind::Unknown), Weight::Neutral);
    }
    if let Some(intent) = requests::read(part, plain, ctx, why) {
        return (intent, Weight::Says);
    }
    content(part, plain, ctx, why)
}

re!(
    CONDITION_FIRST,
    r"^(?:如果|要是|假如|假设|倘若|若是|若|只要|万一|除非|一旦|即使|就算|哪怕)|^(?:if|unless|once|when|as soon as|provided|assuming|in case|as long as|even if)(?-u:\b)"
);

/// Completion, stoppage, progress, acknowledgement, in this order.
fn content(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> (Intent, Weight) {
    if NO_ALL.is_match(plain) && !part.asked {
        why.push("says no".into());
        return (not_done(), Weight::Says);
    }
    if let Some(found) = claim::read(part, plain, ctx, why) {
        return found;
    }
    if let Some(m) = CONDITION_FIRST.find(plain) {
        why.push(format!("condition '{}'", m.as_str().trim()));
        return (Intent::new(IntentKind::Unknown), Weight::Governs);
    }
    if let Some(intent) = blocked(plain, why) {
        return (intent, Weight::Says);
    }
    if PROGRESS.hit(plain) && asks(part, plain) {
        why.push("asks about the work".into());
        return (Intent::new(IntentKind::Status), Weight::Says);
    }
    if let Some(text) = PROGRESS.why(plain) {
        why.push(text);
        let mut intent = Intent::new(IntentKind::InProgress);
        intent.percent = outlook::share(part, ctx);
        intent.eta = outlook::eta(part, ctx);
        return (intent, Weight::Says);
    }
    outlook::without_completion(part, plain, ctx, why)
}

fn asks(part: &Part, plain: &str) -> bool {
    part.asked || plain.ends_with(['吗', '么', '没']) || signs::ENGLISH_ASKS.is_match(plain)
}

pub(super) fn not_done() -> Intent {
    let mut intent = Intent::new(IntentKind::InProgress);
    intent.not_done = true;
    intent
}

/// `Blocked` with its cause, if the clause says that the work cannot go on.
pub(super) fn blocked(low: &str, why: &mut Vec<String>) -> Option<Intent> {
    let masked = HARMLESS.mask(low);
    let text = CANNOT.why(&masked).or_else(|| WAIT.why(&masked))?;
    why.push(text);
    let mut intent = Intent::new(IntentKind::Blocked);
    intent.reason = cause(low);
    Some(intent)
}

/// The cause of a stoppage in one word of the field.
pub(super) fn cause(low: &str) -> Option<String> {
    CAUSES.iter().find(|(regex, _)| regex.is_match(low)).map(|(_, name)| (*name).to_string())
}

static CAUSES: std::sync::LazyLock<Vec<(regex::Regex, &'static str)>> = std::sync::LazyLock::new(|| {
    let zh = zh::CAUSES.iter().map(|(w, n)| (pattern(w), *n));
    let en = en::CAUSES.iter().map(|(w, n)| (pattern(&format!(r"(?-u:\b)(?:{})", w.replace("\\b", ""))), *n));
    zh.chain(en).collect()
});

/// A clause that is only emoji, ticks or punctuation.
fn symbols(part: &Part, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    let rest = EMOJI.replace_all(&part.low, "");
    if rest.chars().any(char::is_alphanumeric) {
        return None;
    }
    let kind = if BAD_EMOJI.is_match(&part.low) {
        IntentKind::Unknown
    } else if TICK.is_match(&part.low) && !part.low.contains('💯') {
        IntentKind::Done
    } else if THUMB.is_match(&part.low) {
        IntentKind::Ack
    } else if part.asked && rest.trim().is_empty() {
        why.push("a question mark alone".into());
        return Some((Intent::new(IntentKind::Help), Weight::Says));
    } else {
        why.push("no words".into());
        return Some((Intent::new(IntentKind::Unknown), Weight::Neutral));
    };
    why.push("emoji alone".into());
    let mut intent = Intent::new(kind);
    intent.confirm = kind == IntentKind::Done;
    let asked_tick = part.asked && kind == IntentKind::Done;
    if asked_tick {
        return Some((Intent::new(IntentKind::Status), Weight::Doubt));
    }
    let weight = match kind {
        IntentKind::Unknown if BAD_EMOJI.is_match(&part.low) => Weight::Doubt,
        IntentKind::Unknown => Weight::Neutral,
        _ => Weight::Says,
    };
    Some((intent, weight))
}

/// Form style: `完成情况：已完成`, `是否完成：是`, `Status: done`.
fn form(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    if let Some(c) = YES_NO_FIELD.captures(plain) {
        let yes = matches!(&c[1], "是" | "是的" | "已" | "已完成" | "完成" | "对" | "yes" | "y" | "true" | "✅");
        why.push(format!("form field answered {}", if yes { "yes" } else { "no" }));
        if !yes {
            return Some((not_done(), Weight::Says));
        }
        let mut intent = Intent::new(IntentKind::Done);
        intent.confirm = true;
        return Some((intent, Weight::Says));
    }
    let c = FIELD.captures(plain)?;
    let value = c.get(1)?.as_str().trim();
    why.push("form field".into());
    let mut inner = part.clone();
    inner.text = value.to_string();
    inner.low = value.to_string();
    inner.spans = super::spans::spans(value, ctx);
    Some(decide(&inner, ctx, why))
}

re!(
    EVIDENCE_SENT,
    r"^(?:\p{Han}{0,6})(?:照片|图片|材料|资料|附件|佐证|凭证|视频|报告)(?:\p{Han}{0,4})(?:稍后|后补|随后|晚点|待补|后续|补|晚些|回头|等会|待会|一会|马上|明天|下午|另|已?上传|已发|见|在|附|发)[^已完办]{0,8}$|^(?:稍后|随后|晚点|晚些|后续|回头|明天|下午|等会|待会|再|另)?(?:补|发|上传|传|附上?|提供|提交|上|拍)(?:上)?(?:\p{Han}{0,3})(?:照片|图片|材料|资料|附件|佐证|凭证|视频)(?:的)?$|^(?:the )?(?:photos?|pics?|pictures?|evidence|documents?|docs?|proof|paperwork|video|report)(?: and [a-z]+)?(?: is| are| will| to|'ll)? (?:be )?(?:to follow|follow[a-z]*|later|coming|tomorrow|soon|shortly|attached|uploaded|sent|come|below|enclosed|on (?:its|the) way)(?: .{0,20})?$|^(?:i'll|i will|will|we'll) (?:send|upload|attach|post|share) (?:the |you )?(?:photos?|pics?|pictures?|evidence|documents?|proof|paperwork|video|report)(?: .{0,20})?$"
);

re!(EVIDENCE_OPEN, r"吗|没有|么|的话|怪|(?-u:\b)(?:if|lol|not|tomorrow\?)(?-u:\b)");

fn evidence(low: &str, why: &mut Vec<String>) -> bool {
    let text = low.trim();
    if EVIDENCE_SENT.is_match(text) && EVIDENCE.hit(text) && !EVIDENCE_OPEN.is_match(text) {
        why.push("about photos or papers".into());
        return true;
    }
    false
}
