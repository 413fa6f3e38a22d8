//! The whole message: clauses judged one by one, then put together item by item.
//!
//! A clause without items of its own speaks of the items before it. What is said of the same items is one
//! intent, the strongest; where two readings would change an item in different ways it is `Unknown`.
//! Reads no words itself except the marks of "now, at last".

use super::clauses;
use super::judge::{self, Judged, Weight};
use super::{
    Clause, Context, Intent, IntentKind, Items, Reading, absence, alarm, danger, items, merge, normalise, requests,
    strip, typos,
};

/// Most statements about different items that one message can make; beyond that nobody typed it.
const MAX_INTENTS: usize = 40;

/// Whether a text says that an accident is under way, as [`read`] finds it; whatever else is in it.
pub fn is_emergency(text: &str) -> bool {
    let stripped = strip::strip(&normalise::normalise(text));
    !danger::automatic(&stripped.text) && alarm::accident(&stripped.text)
}

/// Reads an answer. Never fails: what is not understood is `Unknown`. Of a text longer than
/// [`normalise::MAX_BYTES`] only the beginning is read, and then nothing in it counts as done.
pub fn read(text: &str, ctx: &Context) -> Reading {
    let cut = text.len() > normalise::MAX_BYTES;
    let text = normalise::normalise(text);
    let stripped = strip::strip(&text);
    let mut reading = Reading {
        intents: vec![Intent::new(IntentKind::Unknown)],
        clauses: Vec::new(),
        emergency: false,
        automatic: danger::automatic(&stripped.text),
        away: absence::speaks_of_leave(&stripped.text),
        dropped: stripped.dropped,
    };
    if reading.automatic {
        return reading;
    }
    if alarm::accident(&stripped.text) {
        reading.emergency = true;
        reading.intents = vec![Intent::new(IntentKind::Emergency)];
        return reading;
    }
    if danger::smuggled(&stripped.text) {
        return reading;
    }
    let text = typos::mended(&items::listed(&stripped.text), |_| false);
    let parts = clauses::clauses(&text, ctx);
    let judged: Vec<Judged> = parts.into_iter().map(|part| judge::judge(part, ctx)).collect();
    reading.clauses = judged.iter().map(told).collect();
    let claims = asks_inspection(&judged);
    reading.intents = merge::intents(judged, ctx);
    if let (Some(items), [Intent { kind: IntentKind::Unknown, .. }]) = (claims, reading.intents.as_slice()) {
        reading.intents = vec![Intent { items, ..Intent::new(IntentKind::Done) }];
    }
    if reading.intents.len() > MAX_INTENTS {
        reading.intents = vec![Intent::new(IntentKind::Unknown)];
    }
    if cut {
        for intent in reading.intents.iter_mut().filter(|i| i.kind == IntentKind::Done) {
            *intent = Intent { items: intent.items.clone(), ..Intent::new(IntentKind::Unknown) };
        }
    }
    reading
}

/// 请验收, "ready for inspection", with nothing beside it but courtesy: whoever asks for the check says that it is done.
fn asks_inspection(judged: &[Judged]) -> Option<Items> {
    let asks = |j: &&Judged| !j.part.asked && j.part.except.is_none() && requests::asks_inspection(&j.part.low);
    let only = judged.iter().all(|j| asks(&j) || j.weight == Weight::Neutral && j.harmless);
    let named = judged.iter().map(|j| &j.part.items).find(|items| **items != Items::Unspecified);
    (only && judged.iter().any(|j| asks(&j))).then(|| named.cloned().unwrap_or_default())
}

/// A clause for the explanation.
fn told(judged: &Judged) -> Clause {
    let neutral = judged.weight == Weight::Neutral;
    Clause {
        text: judged.part.text.clone(),
        reads_as: if neutral { "-".into() } else { judged.intent.label().into() },
        why: judged.why.clone(),
    }
}
