//! The whole message, from its text to its intents.

use std::sync::LazyLock;

use chrono::NaiveDateTime;

use super::combine::{self, Aside, Said};
use super::forms::Forms;
use super::lexicon::Lexicon;
use super::likely::{self, Example, Likely};
use super::office::{Weekdays, written};
use super::tokens::Token;
use super::{
    Context, Intent, IntentKind, Items, Postponement, Reading, Speaker, absence, alarm, danger, items, normalise,
    offers, parts, strip, tokens, typos,
};

/// Most statements about different items that one message can make; beyond that nobody typed it.
const MAX_INTENTS: usize = 40;

const WEIGHTS: &[u8] = include_bytes!("../../../templates/reply/weights.bin");
const FORMS: &str = include_str!("../../../templates/reply/forms.tsv");

/// Words and forms, ready to read with.
pub struct Reader {
    pub(super) lexicon: Lexicon,
    pub(super) forms: Forms,
    pub(super) likely: Option<Likely>,
}

static SHIPPED: LazyLock<Reader> = LazyLock::new(|| {
    Reader::with(&[]).unwrap_or_else(|error| {
        // Found by the first test that reads anything.
        debug_assert!(false, "{error}");
        Reader::nothing()
    })
});

impl Reader {
    /// The shipped words and forms.
    pub fn shipped() -> &'static Reader {
        &SHIPPED
    }

    /// The shipped words and forms, and an office's own word lists (name and content each).
    ///
    /// # Errors
    /// Names file and line of a word that is known in another class already, or of a line that is no list.
    pub(super) fn with(own: &[(&str, &str)]) -> Result<Reader, String> {
        let lexicon = Lexicon::shipped(own)?;
        let forms = Forms::of(FORMS, &lexicon.classes)?;
        Ok(Reader { lexicon, forms, likely: Likely::of(WEIGHTS) })
    }

    fn nothing() -> Reader {
        let lexicon = Lexicon::empty().expect("no words cannot be wrong");
        let forms = Forms::of("[proven]\n-\tsep\n[loose]\n-\tsep\n", &lexicon.classes).expect("a constant");
        Reader { lexicon, forms, likely: None }
    }

    /// Weights of the classifier that orders what is asked back, trained from labelled texts: text, role, reading. They
    /// are read as on the day on which they were written, so that the same rows give the same weights on any day.
    pub fn trained(&self, rows: &[(&str, Speaker, IntentKind)]) -> Vec<u8> {
        let ctx = &Context::at(written(), &Weekdays);
        let example = |(text, by, kind): &(&str, Speaker, IntentKind)| {
            let text = self.mended(&strip::strip(&normalise::normalise(text)).text);
            let low = text.to_ascii_lowercase();
            let tokens = tokens::tokens(&low, &self.lexicon, ctx);
            let row = likely::row(&tokens, &low);
            Example { features: likely::features(&low, &row, &self.lexicon.classes, *by), kind: *kind }
        };
        likely::train(&rows.iter().map(example).collect::<Vec<_>>())
    }

    fn mended(&self, text: &str) -> String {
        typos::mended(&items::listed(text), |word| self.lexicon.is_known(word))
    }

    /// Reads some answers of every role, so that nobody's first answer waits a quarter of a second for words and forms.
    pub fn warm_up(&self, now: NaiveDateTime) {
        for by in [Speaker::Fixer, Speaker::Verifier, Speaker::Approver] {
            for text in EVERYDAY {
                self.read(text, &Context { by, numbers: &[1, 2, 3], ..Context::at(now, &Weekdays) });
            }
        }
    }

    /// Reads an answer. Never fails: what is not understood is `Unknown`. Of a text longer than
    /// [`normalise::MAX_BYTES`] only the beginning is read, and then nothing in it changes anything.
    pub fn read(&self, text: &str, ctx: &Context) -> Reading {
        let cut = text.len() > normalise::MAX_BYTES;
        let text = normalise::normalise(text);
        let forwarded = strip::is_forwarded(&text);
        let mut stripped = strip::strip(&text);
        strip::unsigned(&mut stripped, |word| self.lexicon.is_known(word));
        let mut reading = Reading {
            intents: Vec::new(),
            offers: Vec::new(),
            clauses: Vec::new(),
            emergency: false,
            automatic: danger::automatic(&stripped.text),
            away: absence::speaks_of_leave(&stripped.text),
            dropped: stripped.dropped,
        };
        // Of leave somebody may have written themselves: what else they say is read as well.
        if reading.automatic && !reading.away {
            return reading.only(IntentKind::Unknown);
        }
        if alarm::accident(&stripped.text) {
            reading.emergency = true;
            return reading.only(IntentKind::Emergency);
        }
        if danger::smuggled(&stripped.text) {
            return reading.only(IntentKind::Unknown);
        }
        let text = self.mended(&stripped.text);
        let low = text.to_ascii_lowercase();
        let tokens = tokens::tokens(&low, &self.lexicon, ctx);
        let parts = parts::parts(&tokens, &low, self);
        let said: Vec<Said> = parts.iter().map(|part| combine::said(part, &tokens, &low, &text, self, ctx)).collect();
        reading.clauses = said.iter().flat_map(|s| s.clauses.clone()).collect();
        let mut found = intents(said);
        if forwarded {
            unprove(&mut found);
        }
        // What can be answered, sent back: 完成｜在办｜延期2天｜帮助.
        if low.matches(['|', '｜']).count() >= 3 {
            found = vec![(Intent::new(IntentKind::Unknown), None)];
        }
        if found.len() > MAX_INTENTS {
            found = vec![(Intent::new(IntentKind::Unknown), None)];
        }
        if cut {
            unprove(&mut found);
        }
        for (intent, part) in found {
            let of: Vec<Token> = match part.and_then(|at: usize| parts.get(at)) {
                Some(part) => part.words(&tokens).cloned().collect(),
                None => tokens.clone(),
            };
            let asks_back = intent.kind == IntentKind::Unknown;
            reading.offers.push(if asks_back { offers::offers(&of, &low, &text, self, ctx) } else { Vec::new() });
            reading.intents.push(intent);
        }
        reading
    }
}

/// Reads with the shipped words.
pub fn read(text: &str, ctx: &Context) -> Reading {
    Reader::shipped().read(text, ctx)
}

/// Everyday answers that pass through most of the forms.
const EVERYDAY: [&str; 8] = [
    "收到，马上去办",
    "1完成，2还在弄，3缺材料，请延期三天",
    "电线已经换好了，请验收",
    "不归我管，转给李四",
    "合格，同意销号",
    "done, please check",
    "still waiting for parts, need two more days",
    "not ours, give it to the county",
];

/// Whether a text says that an accident is under way, as [`read`] finds it; whatever else is in it.
pub fn is_emergency(text: &str) -> bool {
    let stripped = strip::strip(&normalise::normalise(text));
    !danger::automatic(&stripped.text) && alarm::accident(&stripped.text)
}

impl Reading {
    /// Says this and nothing else.
    fn only(mut self, kind: IntentKind) -> Reading {
        (self.intents, self.offers) = (vec![Intent::new(kind)], vec![Vec::new()]);
        self
    }
}

/// The intents of all parts, each with its part; what is not accounted for before or behind them takes the weight from
/// all.
fn intents(said: Vec<Said>) -> Vec<(Intent, Option<usize>)> {
    let several = said.len() > 1;
    let last = said.len().saturating_sub(1);
    let doubtful = said.iter().enumerate().any(|(at, s)| {
        let leads = at == 0 && several && s.items == Items::Unspecified;
        let says = !s.proven
            || s.intents.iter().any(|i| !matches!(i.kind, IntentKind::Ack | IntentKind::Report | IntentKind::CheckIn));
        several && (leads && says || !s.proven && at == last && s.trails)
    });
    // "Done, the rest next week": what was said of no item was not said of all.
    let sweeps = said.iter().any(|s| s.items == Items::Rest);
    let of_all = matches!(said[0].items, Items::Unspecified | Items::All);
    // What ends in a question states nothing before it: 1=done 2=in progress?
    let asks = several && said[last].asks;
    let doubtful = doubtful || asks || sweeps && of_all && !said[0].intents.is_empty();
    let asides: Vec<Option<Aside>> = said.iter().map(|s| s.aside).collect();
    let mut out: Vec<(Intent, Option<usize>)> = Vec::new();
    for (at, part) in said.into_iter().enumerate() {
        let leads = at == 0 && several && part.items == Items::Unspecified;
        if leads && part.intents.iter().all(|i| matches!(i.kind, IntentKind::Ack | IntentKind::Unknown)) {
            continue;
        }
        if part.intents.is_empty() && part.items != Items::Unspecified && !several {
            out.push((Intent { items: part.items.clone(), ..Intent::new(IntentKind::Unknown) }, Some(at)));
        }
        for mut intent in part.intents {
            if part.items != Items::Unspecified {
                intent.items = part.items.clone();
            }
            out.push((intent, Some(at)));
        }
    }
    let mut out = gathered(out);
    disagreeing(&mut out);
    excepted(&mut out);
    if is_menu(&out) {
        return vec![(Intent::new(IntentKind::Unknown), None)];
    }
    if doubtful {
        unprove(&mut out);
    }
    if out.is_empty() {
        let aside = asides.into_iter().flatten().next();
        let mut intent = Intent::new(match aside {
            Some(Aside::Greeting) => IntentKind::Greeting,
            Some(Aside::Thanks | Aside::Complaint) => IntentKind::Chatter,
            _ => IntentKind::Unknown,
        });
        intent.reason = (aside == Some(Aside::Complaint)).then(|| "complaint".to_owned());
        out.push((intent, None));
    }
    out
}

/// What is said alike of one number after the other is said of all of them: 1好了2好了.
fn gathered(said: Vec<(Intent, Option<usize>)>) -> Vec<(Intent, Option<usize>)> {
    let mut out: Vec<(Intent, Option<usize>)> = Vec::new();
    for (intent, part) in said {
        if let Some((last, _)) = out.last_mut()
            && let (Items::Lines(known), Items::Lines(more)) = (&last.items, &intent.items)
            && intent.kind != IntentKind::Unknown
            && (Intent { items: Items::Unspecified, ..last.clone() })
                == (Intent { items: Items::Unspecified, ..intent.clone() })
        {
            last.items = Items::Lines(known.iter().chain(more).copied().collect());
            continue;
        }
        out.push((intent, part));
    }
    out
}

/// Two statements about the same number that differ are none of weight: 5号重了，…去掉5号. What is said of all differs
/// from what is said of one of them: 都没问题，3我再想想.
fn disagreeing(said: &mut [(Intent, Option<usize>)]) {
    let of_all = |intent: &Intent| intent.items == Items::All;
    let meets = |a: &Intent, b: &Intent| {
        lines(a).iter().any(|line| lines(b).contains(line)) || of_all(a) && !lines(b).is_empty()
    };
    let differ = |a: &Intent, b: &Intent| a.kind != b.kind && meets(a, b);
    let doubted: Vec<bool> = said.iter().map(|(one, _)| said.iter().any(|(other, _)| differ(one, other))).collect();
    for ((intent, _), _) in said.iter_mut().zip(doubted).filter(|(_, doubted)| *doubted) {
        unproven(intent);
    }
}

/// The numbers that a statement names one by one.
fn lines(intent: &Intent) -> &[u32] {
    match &intent.items {
        Items::Lines(lines) => lines,
        _ => &[],
    }
}

/// All done except 2: of 2 it is said that it is not done, where nothing else is.
fn excepted(said: &mut Vec<(Intent, Option<usize>)>) {
    let mut at = 0;
    while at < said.len() {
        let (intent, part) = &said[at];
        at += 1;
        if let (IntentKind::Done, Items::AllExcept(excepted)) = (intent.kind, &intent.items) {
            let left: Vec<u32> = excepted
                .iter()
                .copied()
                .filter(|line| !said.iter().any(|(other, _)| lines(other).contains(line)))
                .collect();
            if !left.is_empty() {
                let items = Items::Lines(left);
                said.insert(at, (Intent { items, not_done: true, ..Intent::new(IntentKind::InProgress) }, *part));
            }
        }
    }
}

/// A list of what can be answered, sent back: numbers, each with an answer of another kind and nothing else. Of three,
/// more time without saying how much is one.
fn is_menu(intents: &[(Intent, Option<usize>)]) -> bool {
    let bare = |i: &Intent| i.to.is_empty() && i.eta.is_none() && i.done_at.is_none();
    let kinds: std::collections::HashSet<IntentKind> = intents.iter().map(|(i, _)| i.kind).collect();
    let vague = intents.iter().any(|(i, _)| i.postpone == Some(Postponement::Vague));
    let enough = match intents.len() {
        0..=2 => false,
        3 => kinds.len() == 3 && vague,
        several => kinds.len() + 1 >= several,
    };
    enough && intents.iter().all(|(i, _)| bare(i))
}

/// A statement that would change something is asked back.
fn unproven(intent: &mut Intent) {
    if combine::is_weighty(intent.kind) {
        *intent = Intent { items: intent.items.clone(), ..Intent::new(IntentKind::Unknown) };
    }
}

/// What would change something is no longer said.
fn unprove(intents: &mut [(Intent, Option<usize>)]) {
    for (intent, _) in intents {
        unproven(intent);
    }
}
