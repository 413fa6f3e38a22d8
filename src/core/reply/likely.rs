//! How likely each reading is, by a small linear classifier over pieces of the text and classes of its words.
//!
//! It orders what is asked back, and takes a form's word away where the rest of the text speaks for something else, or
//! for several statements: those are learnt as [`IntentKind::Unknown`]. It never decides: only a form can. Weights are trained from labelled rows ([`train`], by
//! `dutybell explain weights`), the same from the same rows, and stand in `templates/reply/weights.bin`.

use super::lexicon::{Class, Classes};
use super::tokens::Token;
use super::{IntentKind, Reader, Speaker};

/// Buckets of features; a feature's bucket is its hash.
const BUCKETS: usize = 1 << 15;
/// Rounds over all rows.
const ROUNDS: usize = 30;
/// Longest piece of text that is a feature, in characters.
const PIECE: usize = 4;
/// Weights are kept in sixteenths.
const SCALE: f32 = 16.0;

/// Readings that are told apart, in the order of their weights.
pub(super) const KINDS: &[IntentKind] = &[
    IntentKind::Done,
    IntentKind::Ack,
    IntentKind::InProgress,
    IntentKind::Blocked,
    IntentKind::Extend,
    IntentKind::Reassign,
    IntentKind::Reject,
    IntentKind::Status,
    IntentKind::Help,
    IntentKind::Snooze,
    IntentKind::Undo,
    IntentKind::Void,
    IntentKind::VerifyPass,
    IntentKind::VerifyFail,
    IntentKind::Approve,
    IntentKind::Refuse,
    IntentKind::Close,
    IntentKind::Register,
    IntentKind::Absence,
    IntentKind::Report,
    IntentKind::CheckIn,
    IntentKind::Emergency,
    IntentKind::OptOut,
    IntentKind::Greeting,
    IntentKind::Chatter,
    IntentKind::Unknown,
];

/// A trained classifier.
pub(super) struct Likely {
    /// One row of weights a bucket.
    weights: Vec<i8>,
}

/// A labelled row to train from.
pub(super) struct Example {
    pub(super) features: Vec<usize>,
    pub(super) kind: IntentKind,
}

impl Likely {
    /// From the bytes of [`train`]; none of another size.
    pub(super) fn of(bytes: &[u8]) -> Option<Likely> {
        (bytes.len() == BUCKETS * KINDS.len())
            .then(|| Likely { weights: bytes.iter().map(|b| b.cast_signed()).collect() })
    }

    /// All readings with their share of one, likeliest first.
    pub(super) fn order(&self, features: &[usize]) -> Vec<(IntentKind, f32)> {
        let mut sums = vec![0_i32; KINDS.len()];
        for bucket in features {
            let row = &self.weights[bucket * KINDS.len()..(bucket + 1) * KINDS.len()];
            row.iter().zip(&mut sums).for_each(|(weight, sum)| *sum += i32::from(*weight));
        }
        let unit = 1.0 / (features.len().max(1) as f32).sqrt() / SCALE;
        let most = sums.iter().copied().max().unwrap_or_default();
        let powers: Vec<f32> = sums.iter().map(|sum| ((sum - most) as f32 * unit).exp()).collect();
        let whole: f32 = powers.iter().sum();
        let mut order: Vec<(IntentKind, f32)> = KINDS.iter().copied().zip(powers.iter().map(|p| p / whole)).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        order
    }
}

/// All readings of some tokens with their share of one, likeliest first; none without a classifier.
pub(super) fn order(tokens: &[Token], low: &str, reader: &Reader, by: Speaker) -> Vec<(IntentKind, f32)> {
    let Some(likely) = &reader.likely else { return Vec::new() };
    let words = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &low[first.start..last.end],
        _ => low,
    };
    likely.order(&features(words, &row(tokens, low), &reader.lexicon.classes, by))
}

/// The classes of tokens, as the classifier knows them: a space is none.
pub(super) fn row(tokens: &[Token], low: &str) -> Vec<Class> {
    tokens.iter().filter(|t| !t.is_gap(low)).map(|t| t.class).collect()
}

/// The features of a text: pieces of one to four characters, words, classes, pairs of them and the clause in which they
/// stand, each alone and with the role of who speaks.
pub(super) fn features(low: &str, row: &[Class], classes: &Classes, by: Speaker) -> Vec<usize> {
    let mut out = Vec::new();
    let mut add = |parts: &[&[u8]]| {
        out.push(bucket(parts));
        if by != Speaker::Fixer {
            let role: &[u8] = if by == Speaker::Verifier { b"v" } else { b"a" };
            out.push(bucket(&[role, &parts.concat()]));
        }
    };
    let text = format!("^{}$", low.trim());
    let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(160).collect();
    for from in 0..at.len() {
        for length in 1..=PIECE {
            if let Some(to) = at.get(from + length) {
                add(&[b"c", &text.as_bytes()[at[from]..*to]]);
            }
        }
    }
    let words: Vec<&str> =
        low.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).take(60).collect();
    words.iter().for_each(|word| add(&[b"w", word.as_bytes()]));
    words.windows(2).for_each(|pair| add(&[b"p", pair[0].as_bytes(), b" ", pair[1].as_bytes()]));
    // Classes by their names: their numbers change with every class that is added.
    let named = row.iter().take(60).map(|class| classes.name(*class).as_bytes());
    let row: Vec<&[u8]> = [&b"^"[..]].into_iter().chain(named).chain([&b"$"[..]]).collect();
    row.iter().for_each(|class| add(&[b"k", class]));
    row.windows(2).for_each(|pair| add(&[b"l", pair[0], b" ", pair[1]]));
    row.windows(3).for_each(|three| add(&[b"m", three[0], b" ", three[1], b" ", three[2]]));
    // What stands in the first clause, and what in those behind it: two statements look so.
    let mut clause = 0_u8;
    for class in &row {
        if *class == b"sep" {
            clause = (clause + 1).min(3);
        } else {
            add(&[b"n", &[clause.min(1)], class]);
        }
    }
    add(&[b"o", &[clause]]);
    out.sort_unstable();
    out.dedup();
    out
}

/// FNV-1a, 64 bits (draft-eastlake-fnv), folded to a bucket.
fn bucket(parts: &[&[u8]]) -> usize {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    usize::try_from((hash ^ (hash >> 29)) % BUCKETS as u64).unwrap_or(0)
}

/// Trains weights: softmax regression, AdaGrad, rows in an order that only depends on their number.
pub(super) fn train(examples: &[Example]) -> Vec<u8> {
    let kinds = KINDS.len();
    let mut weights = vec![0.0_f32; BUCKETS * kinds];
    let mut seen = vec![1e-3_f32; BUCKETS * kinds];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(at, usize::try_from(random % (at as u64 + 1)).unwrap_or(0));
        }
        for which in &order {
            let example = &examples[*which];
            let unit = 1.0 / (example.features.len() as f32).sqrt();
            let mut scores = vec![0.0_f32; kinds];
            for bucket in &example.features {
                for kind in 0..kinds {
                    scores[kind] += weights[bucket * kinds + kind] * unit;
                }
            }
            let most = scores.iter().copied().fold(f32::MIN, f32::max);
            let powers: Vec<f32> = scores.iter().map(|s| (s - most).exp()).collect();
            let sum: f32 = powers.iter().sum();
            for kind in 0..kinds {
                let error = powers[kind] / sum - f32::from(u8::from(KINDS[kind] == example.kind));
                if error.abs() < 1e-3 {
                    continue;
                }
                for bucket in &example.features {
                    let at = bucket * kinds + kind;
                    let slope = error * unit + 1e-5 * weights[at];
                    seen[at] += slope * slope;
                    weights[at] -= 0.25 * slope / seen[at].sqrt();
                }
            }
        }
    }
    weights.into_iter().map(|w| ((w * SCALE).round().clamp(-127.0, 127.0) as i8).cast_unsigned()).collect()
}
