//! The last questions about a claim: does a date put it into the future, and does the completion word stand
//! in known company? Only what passes both is a claim.

use super::claim::{Clause, doubt, floor};
use super::judge::{self, Weight};
use super::outlook::{done_at, eta, share};
use super::signs::*;
use super::spans::What;
use super::{Intent, IntentKind, people};

impl Clause<'_, '_> {
    /// Dates and words that put the completion into the future.
    pub(super) fn ahead(&self, rest: &str, why: &mut Vec<String>) -> Option<(Intent, Weight)> {
        let marked = self.marked();
        let perfect = PERFECT.is_match(&self.calm[..self.end]) || PERFECT_EN.is_match(&self.calm[..self.end]);
        let words = FUTURE.find(rest);
        if let Some((at, _)) = words {
            let past = self.part.spans.iter().any(|s| matches!(s.what, What::Behind(_))) && !FIRM_FUTURE.hit(rest);
            let weak_before_perfect = past || perfect && !FIRM_FUTURE.hit(rest) && at < self.start;
            if !weak_before_perfect {
                why.extend(FUTURE.why(rest));
                return Some(self.in_progress());
            }
        }
        let today = self.ctx.now.date();
        for span in &self.part.spans {
            let before = &self.part.low[..span.start];
            let after = &self.part.low[span.end..];
            let deadline = DEADLINE_AFTER.is_match(after)
                || BY_BEFORE.is_match(before.trim_end_matches(' '))
                || BY_BEFORE.is_match(before);
            let future = match &span.what {
                What::Ahead(_) => true,
                What::Day(_)
                    if MORNING.is_match(
                        &self.part.low[span
                            .start
                            .saturating_sub(6)
                            .max(floor(&self.part.low, span.start.saturating_sub(6)))
                            ..span.end],
                    ) && !deadline =>
                {
                    false
                }
                What::Day(d) if deadline => !perfect || d.next > today,
                What::Day(d) if d.next == d.last => d.next > today || (d.next == today && !marked),
                What::Day(d) => d.next >= today && !(perfect && (today - d.last).num_days() < 60),
                What::Moment(m) => *m > self.ctx.now,
                What::Length(_) | What::Minutes(_) => {
                    !self.calm.contains('用')
                        && !self.calm.contains("提前")
                        && !self.calm.contains("历时")
                        && !self.calm.contains("花")
                }
                _ => false,
            };
            if future {
                why.push("a day or time ahead".into());
                return Some(self.in_progress());
            }
        }
        None
    }

    pub(super) fn has_day(&self) -> bool {
        self.part.spans.iter().any(|s| matches!(s.what, What::Day(_) | What::Ahead(_) | What::Moment(_)))
    }

    pub(super) fn day_ahead(&self) -> bool {
        self.part.spans.iter().any(|s| match &s.what {
            What::Ahead(_) => true,
            What::Day(d) => d.last > self.ctx.now.date(),
            _ => false,
        })
    }

    pub(super) fn in_progress(&self) -> (Intent, Weight) {
        let mut intent = Intent::new(IntentKind::InProgress);
        intent.percent = share(self.part, self.ctx).filter(|p| *p < 100);
        if intent.percent.is_none() {
            intent.eta = eta(self.part, self.ctx);
        }
        (intent, Weight::Says)
    }

    /// Nothing speaks against it; a bare completion word still has to stand in known company.
    pub(super) fn proven(&self, rest: &str, why: &mut Vec<String>) -> (Intent, Weight) {
        let english = self.calm.as_bytes()[self.start].is_ascii();
        let company = self.company();
        let known = if english { self.english_company(&company) } else { self.chinese_company(&company) };
        let unclear_day = self.part.spans.iter().any(|s| matches!(s.what, What::BadDay(_)))
            || (english && !self.marked() && self.today() && !MORNING.is_match(self.plain));
        if !known || unclear_day || self.part.counted {
            why.push("bare word in unknown company".into());
            return doubt();
        }
        let mut intent = Intent::new(IntentKind::Done);
        intent.done_at = done_at(self.part, self.ctx);
        let other = people::claimed_for(&self.part.text);
        if other.is_some() && !self.marked() {
            why.push("names somebody, not clear whether done".into());
            return doubt();
        }
        intent.confirm = other.is_some()
            || self.plain.contains("落实")
            || matches!(self.part.items, super::Items::All | super::Items::Rest);
        intent.by = other.filter(|n| !n.is_empty());
        intent.evidence_later = judge::EVIDENCE.hit(rest) && judge::LATER.hit(rest);
        (intent, Weight::Says)
    }

    pub(super) fn today(&self) -> bool {
        let today = self.ctx.now.date();
        self.part.spans.iter().any(|s| matches!(&s.what, What::Day(d) if d.next == today))
    }

    /// What stands before and after the completion, dates removed.
    pub(super) fn company(&self) -> (String, String) {
        let mut text = self.calm.as_bytes().to_vec();
        for span in super::spans::spans(self.plain, self.ctx) {
            text[span.start..span.end].fill(b'_');
        }
        // A second claim beside the first is good company: "done 已整改".
        for m in RESULT.find_iter(self.calm) {
            text[m.start()..m.end()].fill(b'_');
        }
        let text = String::from_utf8(text).unwrap_or_default();
        let cut = |r: std::ops::Range<usize>| text.get(r).unwrap_or("").replace('_', " ");
        (cut(0..self.start), cut(self.end..text.len()))
    }

    pub(super) fn chinese_company(&self, (before, after): &(String, String)) -> bool {
        if !self.marked() && people::is_person(before.trim()) {
            return false;
        }
        if OK_AFTER_ZH.is_match(after) && OK_ALONE_ZH.is_match(before) {
            return true;
        }
        let behind = self.part.spans.iter().any(|s| {
            matches!(s.what, What::Behind(_) | What::Day(_)) || matches!(s.what, What::Moment(m) if m <= self.ctx.now)
        });
        let compound = self.end - self.start >= 12 || OK_BEFORE_ZH.is_match(before);
        if self.marked() || behind {
            return after.chars().count() <= 40;
        }
        compound && before.chars().count() <= 16 && OK_AFTER_ZH.is_match(after)
    }

    pub(super) fn english_company(&self, (before, after): &(String, String)) -> bool {
        let after_ok = OK_AFTER_EN.is_match(after);
        let word = &self.calm[self.start..self.end];
        let adjective = matches!(word, "done" | "complete" | "all set");
        let words_before = before.split_whitespace().count();
        let verb = MARK.is_match(before) || before.trim_end().ends_with(" is") || before.trim_end().ends_with(" are");
        if OK_BEFORE_EN.is_match(before) {
            return after_ok || (!adjective && after.split_whitespace().count() <= 8);
        }
        let chinese_before = !before.is_ascii();
        words_before <= 6
            && !chinese_before
            && (after_ok && (verb || words_before <= 3) || (!adjective && after.split_whitespace().count() <= 8))
    }
}
