//! Completion: is it claimed, and is there anything that takes the claim back?
//!
//! A completion word is only the beginning. Everything in the clause that denies, asks, orders, promises,
//! weakens, postpones, quotes or makes it somebody else's word turns it into something less; what
//! remains without any of these is a claim. In doubt it is not.

use super::clauses::Part;
use super::judge::{self, Weight, not_done};
use super::outlook::{eta, share};
use super::signs::*;
use super::spans::What;
use super::{Context, Intent, IntentKind, people};

/// Reads completion out of a clause; `None` if no completion word stands in it.
pub(super) fn read(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    let calm = FAULT.mask(&HARMLESS.mask(plain));
    if let Some(found) = unfinished(part, &calm, why) {
        return Some(found);
    }
    let (start, end) = completion(&calm)?;
    why.push(format!("completion word '{}'", &plain[start..end]));
    let spoken = STILL_NOT.replace(&calm, "$1");
    if GUESSING.is_match(&calm) && !part.asked {
        why.push("a guess that asks to be confirmed".into());
        return Some(doubt());
    }
    if WHEN_DONE.is_match(&calm) && !part.asked {
        why.push("tells what comes afterwards".into());
        return Some(doubt());
    }
    let asked = part.asked || QUESTION.hit(&spoken) || ENGLISH_ASKS.is_match(&calm) || part.low.ends_with('?');
    if asked && judge::CONDITION_FIRST.is_match(plain) && !plain.starts_with("when") {
        why.push("supposes".into());
        return Some(doubt());
    }
    let asked = asked && (part.asked || !DID_IT.is_match(plain));
    let masked = CANNOT_SAY.replace_all(&calm, "不");
    if asked && !part.asked && UNSURE.is_match(&calm) {
        why.push("does not know whether".into());
        return Some(doubt());
    }
    if asked && !judge::CANNOT.hit(&masked) {
        why.push(QUESTION.why(&calm).unwrap_or_else(|| "question".into()));
        let mut intent = Intent::new(IntentKind::Status);
        intent.by = people::claimed_for(&part.text).filter(|n| !n.is_empty());
        return Some((intent, Weight::Says));
    }
    if judge::CANNOT.hit(&masked) {
        return Some((judge::blocked(plain, why)?, Weight::Says));
    }
    let clause = Clause { part, plain, calm: &calm, start, end, ctx };
    Some(clause.weigh(why))
}

/// First completion in the clause: the longest reading at the earliest place, negative parts included.
pub(super) fn completion(calm: &str) -> Option<(usize, usize)> {
    let a = RESULT.find(calm).map(|m| (m.start(), m.end()));
    let b = COMPLETE.find(calm);
    match (a, b) {
        (Some(a), Some(b)) if a.0 < b.0 || (a.0 == b.0 && a.1 >= b.1) => {
            // 已…整改 followed by 完成: the claim ends with the later word.
            Some((a.0, a.1.max(if b.0 <= a.1 + 3 { b.1 } else { a.1 })))
        }
        (Some(a), Some(b)) => Some((b.0, b.1.max(if a.0 <= b.1 { a.1 } else { b.1 }))),
        (a, b) => a.or(b),
    }
}

/// `未整改`, `整改不到位`, `incomplete`: not finished, without any completion word that could count.
fn unfinished(part: &Part, calm: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
    let word = UNFINISHED.why(calm);
    let hit = NOT_WORK.find(calm).map(|m| m.as_str().to_string());
    if word.is_none() && (hit.is_none() || completion(&NOT_WORK.replace_all(calm, " ")).is_some()) {
        return None;
    }
    let negations = NEGATION.count(&UNFINISHED.mask(calm)) + usize::from(word.is_some());
    why.push(word.or(hit).unwrap_or_default());
    if part.asked
        || WHETHER.is_match(calm)
        || QUESTION.hit(&NOT_WORK.replace_all(&STILL_NOT.replace(calm, "$1"), "").replace(['没', '未'], ""))
        || ENGLISH_ASKS.is_match(calm)
    {
        return Some((Intent::new(IntentKind::Status), Weight::Says));
    }
    if negations >= 2 || CONDITION.hit(calm) {
        why.push("double negation or condition".into());
        return Some((Intent::new(IntentKind::Unknown), Weight::Doubt));
    }
    if judge::CANNOT.hit(calm) || judge::WAIT.hit(calm) && judge::cause(calm).is_some() {
        return None;
    }
    Some((not_done(), Weight::Says))
}

/// A clause with a completion word, and where it stands.
pub(super) struct Clause<'a, 'c> {
    pub(super) part: &'a Part,
    pub(super) plain: &'a str,
    pub(super) calm: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) ctx: &'a Context<'c>,
}

impl Clause<'_, '_> {
    /// Everything that could take the claim back, the gravest first.
    pub(super) fn weigh(&self, why: &mut Vec<String>) -> (Intent, Weight) {
        let negated = NEGATION.count(self.calm);
        if negated >= 2 {
            why.push("double negation".into());
            return doubt();
        }
        let rest = self.outside();
        let after = &self.calm[self.end..];
        if OR_NOT.is_match(after) || OF_THOSE.is_match(after) {
            why.push("leaves open whether".into());
            return doubt();
        }
        if AFTERWARDS.is_match(after) && negated == 0 && !URGED.is_match(after) {
            why.push("tells what comes afterwards".into());
            return self.in_progress();
        }
        if negated == 0 && self.in_quotes() {
            why.push("stands in quotation marks".into());
            return doubt();
        }
        if let Some(found) = self.spoken_for_another(negated, why) {
            return found;
        }
        if negated == 1 {
            why.extend(NEGATION.why(self.calm));
            let (_, behind) = NEGATION.find(self.calm).unwrap_or_default();
            let follows = rest.get(behind..self.start).unwrap_or("");
            let named = matches!(self.part.items, super::Items::Lines(_) | super::Items::Codes(_));
            let rest = if named { ONLY.replace_all(&rest, "______") } else { rest.as_str().into() };
            return match (CONDITION.hit(&rest), FIRM_FUTURE.hit(follows)) {
                (true, true) => self.in_progress(),
                (true, false) => doubt(),
                _ => (not_done(), Weight::Says),
            };
        }
        if let Some(found) = self.share_or_promise(&rest, why) {
            return found;
        }
        if let Some(found) = self.weakened(&rest, why) {
            return found;
        }
        if let Some(found) = self.ahead(&rest, why) {
            return found;
        }
        self.proven(&rest, why)
    }

    /// The clause without the completion words and without harmless phrases.
    pub(super) fn outside(&self) -> String {
        let mut text = self.calm.as_bytes().to_vec();
        text[self.start..self.end].fill(b'_');
        let text = String::from_utf8(text).unwrap_or_default();
        FUTURE_HARMLESS.mask(&text)
    }

    /// The completion word is quoted, with words outside the quotation.
    pub(super) fn in_quotes(&self) -> bool {
        // The closing mark may have been trimmed at the end of the clause.
        self.plain[..self.start].matches('"').count() % 2 == 1
            && self.plain.split('"').step_by(2).any(|outside| outside.chars().any(char::is_alphanumeric))
    }

    pub(super) fn marked(&self) -> bool {
        let near = &self.calm[self.end..];
        MARK.is_match(&self.calm[..self.end]) || near.starts_with(['了', '哒', '啦', '咗', '咯'])
    }

    /// Quoted, reported, conditional, idiomatic.
    pub(super) fn spoken_for_another(&self, negated: usize, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        if negated == 0 && TAKES_BACK.find(self.calm).is_some_and(|m| m.start() <= self.start && m.end() <= self.end) {
            why.push("opens with a word that takes it back".into());
            return Some(doubt());
        }
        if QUOTING.is_match(self.plain) {
            why.push("quotes the word".into());
            return Some(doubt());
        }
        // "I'm done" may be temper; "I'm done with item 3" is not.
        let named = self.part.items != super::Items::Unspecified;
        let idiom = IDIOM
            .find(self.plain)
            .filter(|m| !(m.as_str().starts_with("complete ") && FIRM_FUTURE.hit(&self.outside())));
        let idiom = idiom.filter(|m| negated == 0 && !(named && ABOUT_ME.is_match(m.as_str())));
        if let Some(m) = idiom {
            why.push(format!("idiom '{}'", m.as_str()));
            return Some(doubt());
        }
        // Some of these words are only recognised by the completion that follows (讲已…), so both are tried.
        let masked = FUTURE_HARMLESS.mask(self.calm);
        if let Some(text) = HEARSAY.why(&self.outside()).or_else(|| HEARSAY.why(&masked)) {
            let rhetorical = RHETORICAL.is_match(self.plain);
            why.push(text);
            if negated > 0 && !rhetorical {
                return Some((not_done(), Weight::Says));
            }
            let (mut intent, weight) = doubt();
            intent.by = people::claimed_for(&self.part.text).filter(|n| !n.is_empty());
            return Some((intent, weight));
        }
        None
    }

    pub(super) fn share_or_promise(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        let deadline = BEFORE_DAY.replace_all(rest, "_");
        if let Some(text) = CONDITION.why(if self.has_day() { &deadline } else { rest }) {
            why.push(text);
            if FIRM_FUTURE.hit(rest) || WAITS_FOR.is_match(rest) || self.day_ahead() {
                return Some(self.in_progress());
            }
            return Some(doubt());
        }
        if let Some(text) = PROMISE.why(rest) {
            why.push(text);
            if eta(self.part, self.ctx).is_some() {
                return Some(self.in_progress());
            }
            return Some((Intent::new(IntentKind::Ack), Weight::Says));
        }
        if let Some(percent) = share(self.part, self.ctx).filter(|p| *p < 100) {
            why.push(format!("{percent} percent"));
            return Some(self.in_progress());
        }
        let orders = ORDER_HARMLESS.mask(rest);
        let firm = FIRM_ORDER.why(&orders).filter(|t| !(t.contains("'get") && FIRM_FUTURE.hit(rest)));
        let loose = ORDER.why(&orders).filter(|_| !FIRM_FUTURE.hit(rest) && !self.marked() && !self.has_length());
        if let Some(text) = firm.or(loose) {
            why.push(text);
            return Some(doubt());
        }
        None
    }

    /// `text` without its dates and lengths of time.
    pub(super) fn undated(&self, text: &str) -> String {
        let mut out = text.as_bytes().to_vec();
        for span in super::spans::spans(self.plain, self.ctx) {
            if !matches!(span.what, What::Share(_) | What::Slash(..)) && span.end <= out.len() {
                out[span.start..span.end].fill(b'_');
            }
        }
        String::from_utf8(out).unwrap_or_default()
    }

    pub(super) fn has_length(&self) -> bool {
        self.part.spans.iter().any(|s| matches!(s.what, What::Length(_) | What::Minutes(_)))
    }

    pub(super) fn weakened(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        if let Some(m) = ON_THE_BRINK.find(&rest[..self.start]) {
            why.push(format!("not yet '{}'", m.as_str()));
            return Some(self.in_progress());
        }
        if URGING.is_match(&self.calm[..self.end]) {
            why.push("what is finished is the urging".into());
            return Some(self.in_progress());
        }
        if self.calm[self.end..].starts_with('中') {
            why.push("under way".into());
            return Some(self.in_progress());
        }
        let undated = self.undated(rest);
        let mut whole = undated.into_bytes();
        for m in ALL_OF.find_iter(self.calm) {
            whole[m.start()..m.end()].fill(b'_');
        }
        let whole = String::from_utf8(whole).unwrap_or_default();
        let named = matches!(self.part.items, super::Items::Lines(_) | super::Items::Codes(_)) && !self.part.counted;
        let whole = if named { ONLY.replace_all(&whole, "_") } else { whole.as_str().into() };
        if let Some(text) = HEDGE.why(rest).or_else(|| PARTIAL.why(&whole)) {
            why.push(text);
            return Some(self.in_progress());
        }
        if COUNT_AFTER.is_match(&self.calm[self.end..]) {
            why.push("counts some".into());
            return Some(self.in_progress());
        }
        if let Some(text) = GUESS.why(rest) {
            let should = text.contains("should");
            let seems = ["seem", "appear", "look"].iter().any(|w| text.contains(w));
            why.push(text);
            let said = self.calm[self.end..].starts_with(['了', '啦', '哒', '咗']);
            let only_should = should && !self.has_day() && !self.has_length();
            let past = seems
                || ALREADY.is_match(self.plain)
                || said && !FIRM_FUTURE.hit(rest) && !self.day_ahead()
                || only_should && !FIRM_FUTURE.hit(&rest.replace("should be", ""));
            if !past && (FIRM_FUTURE.hit(rest) || self.ahead(rest, &mut Vec::new()).is_some()) {
                return Some(self.in_progress());
            }
            return Some(doubt());
        }
        let after = &self.calm[self.end..];
        let before = &self.calm[..self.start];
        let inside = &self.calm[self.start..self.end];
        // 按通知要求已…: the paper is only the reason.
        let by_order = ORDER_HARMLESS.mask(before);
        let step = STEP.why(inside).or_else(|| {
            STEP.why(&by_order[floor(&by_order, by_order.len().saturating_sub(18))..])
                .filter(|_| !before.contains('已'))
        });
        let brought_about = STEP_TO_RESULT.is_match(&self.calm[..self.end]);
        let step = step.filter(|t| {
            !(brought_about
                && ["安排", "联系", "委托", "协调", "派", "开展", "启动", "采购"].iter().any(|ok| t.contains(ok)))
        });
        let step =
            step.filter(|t| !["排查", "检查", "巡查", "提交", "登记", "设计", "调查"].iter().any(|ok| t.contains(ok)));
        // 已停产清运完成: stopped and cleared; only the stopping alone would be a step.
        let worked = || {
            inside.split_once("停产").or(inside.split_once("停业")).is_some_and(|(_, then)| {
                WORK.find(then).is_some_and(|(at, to)| at == 0 && ["完成", "完毕", "到位"].contains(&&then[to..]))
            })
        };
        let step = step.filter(|t| !((t.contains("停产") || t.contains("停业")) && worked()));
        if let Some(text) = step.or_else(|| self.step_after(after)) {
            why.push(text);
            return Some(self.in_progress());
        }
        if DUE_FIELD.is_match(after) && self.has_day() {
            why.push("names the day".into());
            return Some(self.in_progress());
        }
        if NOUN_AFTER.is_match(after) {
            why.push("part of a name or of a time clause".into());
            return Some(doubt());
        }
        None
    }

    /// 已整改方案…, 已下达整改通知书, 已完成招标: what is finished is a paper or a step.
    pub(super) fn step_after(&self, after: &str) -> Option<String> {
        let head = after.trim_start_matches(['了', '的', ' ']);
        if let Some(m) = STEP_DONE.find(head) {
            return Some(format!("a step on the way '{}'", m.as_str()));
        }
        ["方案", "计划", "通知", "报告", "函", "措施", "意见", "台账", "申请", "指令", "预案", "期限"]
            .iter()
            .find(|w| head.starts_with(*w))
            .map(|w| format!("a step on the way '{w}'"))
    }
}

/// A completion word that does not count.
pub(super) fn doubt() -> (Intent, Weight) {
    (Intent::new(IntentKind::Unknown), Weight::Doubt)
}

/// The next border of a character at or after `at`.
pub(super) fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
