//! A message from its clauses: whom each speaks of, and what all of them say together.
//!
//! What is said in one part ([`super::parts`]) is said of its items. In one part the strongest statement counts;
//! statements that differ are no statement. Knows no words.

use super::forms::Form;
use super::lexicon::Class;
use super::parse::{Cover, Piece, cover};
use super::parts::Part;
use super::tokens::Token;
use super::values;
use super::{Clause, Context, Intent, IntentKind, Items, Postponement, Reader, TokenTold, items, likely, offers};

/// Changes something that somebody relies on: only a proof says it.
pub(super) fn is_weighty(kind: IntentKind) -> bool {
    use IntentKind::*;
    matches!(kind, Done | VerifyPass | VerifyFail | Approve | Refuse | Close | Void)
}

/// What one part of the message came to.
pub(super) struct Said {
    pub(super) items: Items,
    pub(super) intents: Vec<Intent>,
    /// Every token is accounted for.
    pub(super) proven: bool,
    /// Nothing is said of an item: courtesy, thanks, a greeting.
    pub(super) aside: Option<Aside>,
    /// It begins with something that is accounted for, and then goes on.
    pub(super) trails: bool,
    /// It ends with a question mark and is not understood.
    pub(super) asks: bool,
    pub(super) clauses: Vec<Clause>,
}

/// Words that say nothing of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aside {
    Nothing,
    Greeting,
    Thanks,
    Complaint,
}

/// Reads one part.
pub(super) fn said(part: &Part, tokens: &[Token], low: &str, text: &str, reader: &Reader, ctx: &Context) -> Said {
    let mark = reader.lexicon.classes.number("mark");
    let mut spaced: Vec<Token> = part.words(tokens).filter(|t| t.class != mark).cloned().collect();
    marked(&mut spaced, low, reader, ctx);
    if part.items != Items::Unspecified {
        finished(&mut spaced, reader, ctx);
    }
    // A space between words may part clauses, or nothing.
    let close: Vec<Token> = spaced.iter().filter(|t| !t.is_gap(low)).cloned().collect();
    let rows = [&spaced, &close].map(|tokens| tokens.iter().map(|t| t.class).collect::<Vec<Class>>());
    let [parted, joined] = &rows;
    let mut tokens = close.as_slice();
    let mut row = joined;
    let Cover { mut pieces, mut reach } = cover(row, &reader.forms.proven, ctx.by);
    if parted.len() > joined.len() {
        let other = cover(parted, &reader.forms.proven, ctx.by);
        let better = other.reach == parted.len()
            && (reach < row.len() || other.pieces.len() < pieces.len() + parted.len() - joined.len());
        if better {
            (tokens, row, pieces, reach) = (&spaced, parted, other.pieces, other.reach);
        }
    }
    let whole = reach == row.len();
    let forms = &reader.forms.proven.forms;
    let mut clauses = Vec::new();
    let mut told = |piece: Option<&Piece>, from: usize, to: usize, reads_as: &str, why: String| {
        let of = &tokens[from..to];
        let (Some(first), Some(last)) = (of.first(), of.last()) else { return };
        if piece.is_some_and(|p| forms[p.form].text == "sep") {
            return;
        }
        clauses.push(Clause {
            text: text.get(first.start..last.end).unwrap_or_default().to_owned(),
            reads_as: reads_as.to_owned(),
            why: vec![why],
            tokens: of
                .iter()
                .map(|t| TokenTold {
                    text: low[t.start..t.end].to_owned(),
                    class: reader.lexicon.classes.name(t.class).to_owned(),
                })
                .collect(),
        });
    };
    // 都完成了, all done: of everything, where no thing is named in the same breath.
    let class = |name: &str| reader.lexicon.classes.number(name);
    let (things, sep) = (["obj", "noun", "nact", "name"].map(class), class("sep"));
    let sweeping = |clause: &[Token]| match (clause.first(), clause.last()) {
        (Some(first), Some(last)) => {
            items::sweeps(&low[first.start..last.end]) && !clause.iter().any(|t| things.contains(&t.class))
        }
        _ => false,
    };
    let items = match part.items {
        Items::Unspecified if tokens.split(|t| t.class == sep).any(sweeping) => Items::All,
        _ => part.items.clone(),
    };
    let likely = likely::order(&close, low, reader, ctx.by).first().copied().unwrap_or((IntentKind::Unknown, 0.0));
    let proven = if whole { Some(together(&pieces, forms, tokens, low, text, reader, ctx)) } else { None };
    // What changes nothing of weight is believed where the rest of the words does not speak for something else.
    let sure = pieces.iter().all(|p| forms[p.form].sure || kind(&forms[p.form].intent).is_none());
    let named = part.items != Items::Unspecified;
    let stands = |said: &(Vec<Intent>, Option<Aside>)| match said.0.as_slice() {
        [] => said.1 != Some(Aside::Nothing),
        [one] if is_weighty(one.kind) => likely.0 != IntentKind::Unknown || likely.1 < SEVERAL,
        [one] if one.kind == likely.0 => sure || likely.1 >= if named { LIKELY_NAMED } else { LIKELY },
        [_] => sure && (named || likely.1 < AGAINST),
        _ => true,
    };
    for piece in &pieces {
        let form = &forms[piece.form];
        told(Some(piece), piece.from, piece.to, &form.intent, form.text.clone());
    }
    if let Some((intents, aside)) = proven.filter(stands) {
        let items = if intents.is_empty() { part.items.clone() } else { items };
        return Said { items, intents, proven: true, aside, trails: false, asks: false, clauses };
    }
    let trails = pieces.iter().any(|p| forms[p.form].intent == "done");
    let asks = tokens.last().is_some_and(|t| &low[t.start..t.end] == "?");
    // 1弄好了 2明天: of an item that is named, a day alone says when.
    let when = part.items != Items::Unspecified && is_day(joined, reader);
    let loose = if when { None } else { loose(joined, likely, reader, ctx) };
    let blocked = match tokens.get(reach) {
        Some(token) => {
            format!("nothing accounts for it from {:?}", low[token.start..].chars().take(12).collect::<String>())
        }
        None => format!("the words speak for {}", likely.0.name()),
    };
    told(None, 0, tokens.len(), loose.map_or("unknown", |f| &f.intent), loose.map_or(blocked, |f| f.text.clone()));
    let intents = match loose.map(|f| f.intent.as_str()) {
        None if when => vec![values::filled(IntentKind::InProgress, "in_progress", tokens, low, text, reader, ctx)],
        None => vec![Intent::new(IntentKind::Unknown)],
        Some(name) => match kind(name) {
            Some(kind) => vec![values::filled(kind, name, tokens, low, text, reader, ctx)],
            None => {
                let aside = aside(name);
                return Said {
                    items: part.items.clone(),
                    intents: Vec::new(),
                    proven: false,
                    aside,
                    trails,
                    asks,
                    clauses,
                };
            }
        },
    };
    Said { items: part.items.clone(), intents, proven: false, aside: None, trails, asks, clauses }
}

/// Nothing but a day that lies ahead.
fn is_day(row: &[Class], reader: &Reader) -> bool {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let (days, beside) = (["ahead", "day", "today"].map(class), ["sep", "part", "until", "prep"].map(class));
    row.iter().any(|c| days.contains(c)) && row.iter().all(|c| days.contains(c) || beside.contains(c))
}

/// A mark that is all of an answer says what a word would: a tick that it is finished, a question mark that help is
/// wanted.
fn marked(tokens: &mut [Token], low: &str, reader: &Reader, ctx: &Context) {
    let words: Vec<&str> = tokens.iter().filter(|t| !t.is_gap(low)).map(|t| &low[t.start..t.end]).collect();
    let only = |mark: char| !words.is_empty() && words.iter().all(|w| w.chars().all(|c| c == mark));
    let class = match () {
        () if only('✅') && ctx.by == super::Speaker::Fixer => "fin",
        () if only('?') => "help",
        () => return,
    };
    tokens.iter_mut().for_each(|t| t.class = reader.lexicon.classes.number(class));
}

/// `2好了`: of an item that is named, good is finished.
fn finished(tokens: &mut [Token], reader: &Reader, ctx: &Context) {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let beside =
        ["sep", "le", "part", "allq", "already", "prep", "court", "thanks", "past", "today", "now", "of", "own"]
            .map(class);
    // 2好了, 1昨天完的, 1完.
    let (hao, off, le) = (class("hao"), class("off"), class("le"));
    let over = tokens.iter().any(|t| t.class == le || t.class == off);
    let bare = tokens.iter().all(|t| t.class == hao || t.class == off || beside.contains(&t.class));
    if bare && over && ctx.by == super::Speaker::Fixer {
        tokens.iter_mut().filter(|t| t.class == hao || t.class == off).for_each(|t| t.class = class("fin"));
    }
}

/// How sure the classifier has to be of what a form of no weight accounts for.
const LIKELY: f32 = 0.5;
/// As [`LIKELY`], of an item that is named: the words beside a number are few.
const LIKELY_NAMED: f32 = 0.35;
/// How sure of something else it may be where a form's words mean nothing else.
const AGAINST: f32 = 0.75;
/// How sure it has to be that several things are said, to ask back what is proven.
const SEVERAL: f32 = 0.6;
/// How sure it has to be of what a loose form says.
const SURE: f32 = 0.85;

/// The loose form that says what the whole of the words speaks for.
fn loose<'r>(row: &[Class], likeliest: (IntentKind, f32), reader: &'r Reader, ctx: &Context) -> Option<&'r Form> {
    let (kind, share) = likeliest;
    let named = match kind {
        IntentKind::Chatter => "-complaint",
        IntentKind::Greeting => "-greeting",
        kind => kind.name(),
    };
    let forms = &reader.forms.loose;
    let form = forms.every(row, ctx.by).into_iter().map(|f| &forms.forms[f]).find(|f| f.intent == named);
    form.filter(|_| share >= SURE)
}

/// The kind that a form's name stands for; `None` for what says nothing of an item.
pub(super) fn kind(name: &str) -> Option<IntentKind> {
    IntentKind::named(name)
}

fn aside(name: &str) -> Option<Aside> {
    Some(match name {
        "-greeting" => Aside::Greeting,
        "-thanks" => Aside::Thanks,
        "-complaint" => Aside::Complaint,
        _ => Aside::Nothing,
    })
}

/// Clauses of one part, put together.
fn together(
    pieces: &[Piece],
    forms: &[Form],
    tokens: &[Token],
    low: &str,
    text: &str,
    reader: &Reader,
    ctx: &Context,
) -> (Vec<Intent>, Option<Aside>) {
    use IntentKind::*;
    let mut found: Vec<Intent> = Vec::new();
    let mut asides: Vec<Aside> = Vec::new();
    let mut asks_check = false;
    for piece in pieces {
        let form = &forms[piece.form];
        match kind(&form.intent) {
            Some(kind) => {
                let of = &tokens[piece.from..piece.to];
                let later = values::asks_for_minutes(kind, of, reader);
                let (kind, name) = if later { (Snooze, Snooze.name()) } else { (kind, form.intent.as_str()) };
                found.push(values::filled(kind, name, of, low, text, reader, ctx));
            }
            None if form.intent == "asks_check" => asks_check = true,
            None if form.text == "sep" => {}
            None => asides.extend(aside(&form.intent)),
        }
    }
    if found.is_empty() {
        if asks_check {
            let kind = if ctx.by == super::Speaker::Fixer { Done } else { Unknown };
            return (vec![Intent::new(kind)], None);
        }
        let strongest = [Aside::Complaint, Aside::Greeting, Aside::Thanks];
        let aside = strongest.into_iter().find(|a| asides.contains(a)).unwrap_or(Aside::Nothing);
        return (Vec::new(), Some(aside));
    }
    let said: Vec<&Piece> = pieces.iter().filter(|piece| kind(&forms[piece.form].intent).is_some()).collect();
    if let Some(both) = taken_back(&said, tokens, &found, reader.lexicon.classes.number("sep")) {
        return (both, None);
    }
    if let Some(both) = on_post_and_reported(&found) {
        return (both, None);
    }
    if let Some(apart) = apart(&said, tokens, low, &found, reader) {
        let (first, second) = found.split_at(apart);
        return (vec![strongest(first.to_vec()), strongest(second.to_vec())], None);
    }
    (vec![strongest(found)], None)
}

/// On post, and nothing to report: two of the day's duties in one breath.
fn on_post_and_reported(found: &[Intent]) -> Option<Vec<Intent>> {
    let of_a_day = |kind| matches!(kind, IntentKind::CheckIn | IntentKind::Report);
    let turn = found.iter().position(|i| i.kind != found[0].kind)?;
    let two = found.iter().all(|i| of_a_day(i.kind)) && found[turn..].iter().all(|i| i.kind == found[turn].kind);
    two.then(|| vec![strongest(found[..turn].to_vec()), strongest(found[turn..].to_vec())])
}

/// Whether a separator stands where a statement begins, or before it.
fn is_parted(piece: &Piece, tokens: &[Token], sep: Class) -> bool {
    tokens[piece.from].class == sep || piece.from > 0 && tokens[piece.from - 1].class == sep
}

/// Something is taken back, and something said instead: ignore that, need a week.
fn taken_back(said: &[&Piece], tokens: &[Token], found: &[Intent], sep: Class) -> Option<Vec<Intent>> {
    use IntentKind::*;
    let (first, rest) = found.split_first()?;
    let second = said.get(1)?;
    // Why it is taken back (还没弄好) is no statement of its own.
    let instead =
        Some(strongest(rest.to_vec())).filter(|i| matches!(i.kind, Extend | Reassign | Refuse | VerifyFail))?;
    (first.kind == Undo && is_parted(second, tokens, sep)).then(|| vec![first.clone(), instead])
}

/// Where statements end and requests begin, or the other way round: a question or a request beside a statement is one of
/// its own, if a separator parts them and nothing in it casts a doubt on the statement.
fn apart(said: &[&Piece], tokens: &[Token], low: &str, found: &[Intent], reader: &Reader) -> Option<usize> {
    use IntentKind::*;
    // Words that are quoted are spoken about.
    if tokens.iter().any(|t| &low[t.start..t.end] == "\"") {
        return None;
    }
    let turns: Vec<usize> =
        (1..found.len()).filter(|at| is_request(found[at - 1].kind) != is_request(found[*at].kind)).collect();
    let [turn] = turns[..] else { return None };
    let (stated, asked) = if is_request(found[0].kind) { (turn, turn - 1) } else { (turn - 1, turn) };
    // What belongs together: leave and who stands in, a fault and its entry in the list.
    let together = matches!(
        (found[stated].kind, found[asked].kind),
        (Reject | InProgress | Blocked | VerifyFail, Register)
            | (Reassign | InProgress | Blocked, Absence)
            | (Blocked, Snooze)
    );
    // Beside what changes something only what cannot be a part of it: 在岗，对讲机正常 speaks of the post.
    let of_its_own = matches!(found[asked].kind, Status | Help | Register | Absence);
    if together || is_weighty(found[stated].kind) && !of_its_own {
        return None;
    }
    let class = |name: &str| reader.lexicon.classes.number(name);
    let parted = is_parted(said.get(turn)?, tokens, class("sep"));
    let doubts: Vec<Class> =
        offers::DOUBT.iter().map(|name| class(name)).filter(|c| *c != class("ques") && *c != class("fut")).collect();
    let (reg, bad) = (class("reg"), class("bad"));
    let things = ["obj", "noun", "nact", "place"].map(class);
    let requests = if is_request(found[0].kind) { &said[..turn] } else { &said[turn..] };
    let clear = requests.iter().all(|piece| {
        let of = &tokens[piece.from..piece.to];
        let upto = of.iter().position(|t| t.class == reg).unwrap_or(of.len());
        // 请记入清单 speaks of what stands before it.
        let entered = upto == of.len() || of[upto + 1..].iter().any(|t| things.contains(&t.class));
        entered && !of[..upto].iter().any(|t| doubts.contains(&t.class) || t.class == bad)
    });
    (parted && clear).then_some(turn)
}

/// Asks the gateway for something, or tells what is no statement about an item.
fn is_request(kind: IntentKind) -> bool {
    use IntentKind::*;
    matches!(kind, Status | Help | Snooze | Register | Absence | Report | CheckIn | OptOut)
}

/// What several statements about the same item say together.
fn strongest(mut found: Vec<Intent>) -> Intent {
    use IntentKind::*;
    let has = |found: &[Intent], kind: IntentKind| found.iter().any(|i| i.kind == kind);
    if found.len() > 1 && found.iter().any(|i| i.kind != Ack) {
        found.retain(|i| i.kind != Ack);
    }
    // Not ours, and whose it is: handed over, else sent back.
    if has(&found, Reassign) && has(&found, Reject) {
        found.retain(|i| i.kind == Reassign);
        found.iter_mut().for_each(|i| i.sends_back = true);
    }
    // Why more time is wanted, or how far it is.
    for (wanted, beside) in [
        (Extend, [InProgress, Blocked, Status]),
        (Reassign, [InProgress, Blocked, Absence]),
        (Snooze, [InProgress, Absence, Blocked]),
        (Blocked, [InProgress, InProgress, InProgress]),
        (VerifyFail, [InProgress, Blocked, Reject]),
        (Refuse, [InProgress, Blocked, Reject]),
        (Reject, [InProgress, Void, Void]),
        (Void, [InProgress, Reject, Reject]),
        (Register, [InProgress, Blocked, Status]),
    ] {
        if has(&found, wanted) {
            found.retain(|i| !beside.contains(&i.kind));
        }
    }
    // Finished and not finished: it is not, unless the last word is that it is and the first spoke of earlier.
    if has(&found, Done) && has(&found, InProgress) {
        found.retain(|i| i.kind == InProgress);
    }
    if has(&found, VerifyPass) && has(&found, Close) {
        found.retain(|i| i.kind != Close);
        found.iter_mut().filter(|i| i.kind == VerifyPass).for_each(|i| i.target = Some(Close));
    }
    if has(&found, Done) && has(&found, Close) {
        found.retain(|i| i.kind != Close);
    }
    let first = found.remove(0);
    if found.iter().all(|i| i.kind == first.kind) {
        return found.into_iter().fold(first, merged);
    }
    Intent { items: Items::Unspecified, ..Intent::new(Unknown) }
}

/// Two statements of one kind: what either says.
fn merged(a: Intent, b: Intent) -> Intent {
    Intent {
        // How much time is said in one of them.
        postpone: a.postpone.filter(|p| *p != Postponement::Vague || b.postpone.is_none()).or(b.postpone),
        to: if a.to.is_empty() { b.to } else { a.to },
        to_unit: a.to_unit.or(b.to_unit),
        reason: a.reason.or(b.reason),
        eta: a.eta.or(b.eta),
        done_at: a.done_at.or(b.done_at),
        percent: a.percent.or(b.percent),
        not_done: a.not_done || b.not_done,
        by: a.by.or(b.by),
        snooze_until: a.snooze_until.or(b.snooze_until),
        snooze_for: a.snooze_for.or(b.snooze_for),
        target: a.target.or(b.target),
        confirm: a.confirm || b.confirm,
        evidence_later: a.evidence_later || b.evidence_later,
        ..a
    }
}
