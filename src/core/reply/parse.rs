//! A row of tokens as clauses: which forms account for all of it.
//!
//! The fewest clauses win, of equals the forms that stand first. Linear in tokens: no form looks further than
//! [`LONGEST`]. Knows no intents and no words.

use super::Speaker;
use super::forms::Table;
use super::lexicon::Class;

/// Tokens of the longest clause.
const LONGEST: usize = 60;

/// A clause: tokens from, tokens to, the form that accounts for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) form: usize,
}

/// How far the forms account for a row.
pub(super) struct Cover {
    /// Clauses from the beginning, as far as they go.
    pub(super) pieces: Vec<Piece>,
    /// Tokens accounted for; the one behind them blocks.
    pub(super) reach: usize,
}

/// The clauses of a row; `reach` is its length where all of it is accounted for.
pub(super) fn cover(row: &[Class], table: &Table, by: Speaker) -> Cover {
    let mut best: Vec<Option<(u32, usize, usize)>> = vec![None; row.len() + 1];
    best[0] = Some((0, 0, 0));
    let mut reach = 0;
    for from in 0..row.len() {
        let Some((cost, ..)) = best[from] else { continue };
        table.from(&row[from..], LONGEST, by, |length, form| {
            let to = from + length;
            let more = if table.forms[form].intent == "-" { 1 } else { 1000 + u32::try_from(form).unwrap_or(999) };
            if best[to].is_none_or(|(known, ..)| cost + more < known) {
                best[to] = Some((cost + more, from, form));
            }
            reach = reach.max(to);
        });
    }
    let mut pieces = Vec::new();
    let mut to = reach;
    while to > 0 {
        let Some((_, from, form)) = best[to] else { break };
        pieces.push(Piece { from, to, form });
        to = from;
    }
    pieces.reverse();
    Cover { pieces, reach }
}
