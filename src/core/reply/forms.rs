//! What a row of classes says: one table of forms, compiled into one automaton.
//!
//! `templates/reply/forms.tsv`: `intent<TAB>form`, first come first served. A form of the part `[proven]` accounts for
//! every token of a clause and has no wildcard; only forms of the part `[loose]`, which change nothing of weight, may
//! say `...`. `intent!` stands whatever the classifier says. A line `NAME = form` names a piece.

use std::collections::HashMap;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::util::pool::Pool;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use super::Speaker;
use super::lexicon::{Class, Classes};

/// One line of the table.
pub(super) struct Form {
    /// What the clause says, `-…` where it says nothing of an item.
    pub(super) intent: String,
    /// Said by these only; everybody where empty.
    pub(super) by: Option<Speaker>,
    /// Stands whatever the classifier says: its words mean nothing else.
    pub(super) sure: bool,
    /// As it stands in the table.
    pub(super) text: String,
}

/// Forms in their order, and the automata that find them.
pub(super) struct Forms {
    pub(super) proven: Table,
    pub(super) loose: Table,
}

pub(super) struct Table {
    pub(super) forms: Vec<Form>,
    /// One for each who may speak, in the order of [`SPEAKERS`].
    automata: Vec<Automaton>,
}

const SPEAKERS: [Speaker; 3] = [Speaker::Fixer, Speaker::Verifier, Speaker::Approver];

/// The forms that somebody may say.
struct Automaton {
    dfa: DFA,
    /// Which form each of its patterns is.
    forms: Vec<usize>,
    /// What it has worked out so far, one for each thread that reads.
    known: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>,
}

/// Memory of one thread's automaton, bytes; beyond that it forgets and begins anew.
const MEMORY: usize = 16 << 20;

/// Intents that change something: no wildcard may stand in their forms.
pub(super) const WEIGHTY: &[&str] = &["done", "verify_pass", "approve", "close", "refuse", "void", "verify_fail"];

impl Forms {
    /// Reads the table.
    ///
    /// # Errors
    /// Names the line that is not a form, names a class that does not exist, or uses `...` where it may not.
    pub(super) fn of(content: &str, classes: &Classes) -> Result<Forms, String> {
        let mut pieces: HashMap<String, String> = HashMap::new();
        let (mut proven, mut loose) = (Vec::new(), Vec::new());
        let mut in_loose = false;
        for (at, line) in content.lines().enumerate() {
            let line = line.trim_end();
            let wrong = |what: String| format!("forms, line {}: {what}", at + 1);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line {
                "[proven]" => in_loose = false,
                "[loose]" => in_loose = true,
                _ => {
                    if let Some((name, form)) = line.split_once(" = ") {
                        let pattern = pattern(form, classes, &pieces).map_err(wrong)?;
                        pieces.insert(name.trim().to_owned(), pattern);
                        continue;
                    }
                    let Some((intent, text)) = line.split_once('\t') else {
                        return Err(wrong("an intent, a tab and a form are wanted".into()));
                    };
                    let (intent, sure) = intent.strip_suffix('!').map_or((intent, false), |intent| (intent, true));
                    let (intent, by) = match intent.split_once('@') {
                        None => (intent, None),
                        Some((intent, who)) => {
                            (intent, Some(Speaker::named(who).ok_or_else(|| wrong(format!("{who} is no role")))?))
                        }
                    };
                    if text.contains("...") && (!in_loose || WEIGHTY.contains(&intent)) {
                        return Err(wrong(format!("{intent} changes something: no wildcard")));
                    }
                    let pattern = pattern(text, classes, &pieces).map_err(wrong)?;
                    let form = Form { intent: intent.to_owned(), by, sure, text: text.to_owned() };
                    if in_loose { loose.push((form, pattern)) } else { proven.push((form, pattern)) }
                }
            }
        }
        Ok(Forms { proven: Table::of(proven)?, loose: Table::of(loose)? })
    }
}

/// A form as an expression over class numbers.
fn pattern(form: &str, classes: &Classes, pieces: &HashMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = form.trim();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("...") {
            let all = classes.count() - 1;
            out.push_str(&format!(r"[\x01-\x{all:02X}]*"));
            rest = after;
        } else if c.is_whitespace() {
            rest = &rest[1..];
        } else if c.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let name = &rest[..length];
            match (pieces.get(name), classes.number(name)) {
                (Some(piece), _) => out.push_str(&format!("(?:{piece})")),
                (None, 0) => return Err(format!("no class and no piece is called {name}")),
                (None, class) => out.push_str(&format!(r"\x{class:02X}")),
            }
            rest = &rest[length..];
        } else if "()|?*+".contains(c) {
            out.push_str(if c == '(' { "(?:" } else { &rest[..1] });
            rest = &rest[1..];
        } else {
            return Err(format!("{c} has no place in a form"));
        }
    }
    Ok(out)
}

impl Table {
    fn of(forms: Vec<(Form, String)>) -> Result<Table, String> {
        let automata = SPEAKERS.iter().map(|by| Automaton::of(&forms, *by)).collect::<Result<_, _>>()?;
        Ok(Table { forms: forms.into_iter().map(|(form, _)| form).collect(), automata })
    }

    fn said_by(&self, by: Speaker) -> &Automaton {
        &self.automata[SPEAKERS.iter().position(|speaker| *speaker == by).unwrap_or_default()]
    }

    /// Calls `found(end, form)` for every form said by this speaker that the row begins with, up to `most` classes.
    pub(super) fn from(&self, row: &[Class], most: usize, by: Speaker, mut found: impl FnMut(usize, usize)) {
        let automaton = self.said_by(by);
        let mut cache = automaton.known.get();
        let Some(mut state) = automaton.walked(&mut cache, &[]) else { return };
        for (at, class) in row.iter().take(most).enumerate() {
            match automaton.dfa.next_state(&mut cache, state, *class) {
                Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
                _ => return,
            }
            let forgot = cache.clear_count();
            automaton.ends(&mut cache, state, |form| found(at + 1, form));
            // What a full cache has forgotten is no state any more.
            if cache.clear_count() != forgot {
                match automaton.walked(&mut cache, &row[..=at]) {
                    Some(again) => state = again,
                    None => return,
                }
            }
        }
    }

    /// The forms of the table that are the whole row, said by this speaker.
    pub(super) fn every(&self, row: &[Class], by: Speaker) -> Vec<usize> {
        let automaton = self.said_by(by);
        let mut cache = automaton.known.get();
        let mut found = Vec::new();
        if let Some(state) = automaton.walked(&mut cache, row) {
            automaton.ends(&mut cache, state, |form| found.push(form));
        }
        found.sort_unstable();
        found
    }
}

impl Automaton {
    fn of(forms: &[(Form, String)], by: Speaker) -> Result<Automaton, String> {
        let said = forms.iter().enumerate().filter(|(_, (form, _))| form.is_said_by(by));
        let (forms, patterns): (Vec<usize>, Vec<&String>) = said.map(|(at, (_, pattern))| (at, pattern)).unzip();
        let syntax = regex_automata::util::syntax::Config::new().unicode(false).utf8(false);
        let dfa = DFA::builder()
            .syntax(syntax)
            .configure(Config::new().match_kind(MatchKind::All).cache_capacity(MEMORY))
            .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
            .build_many(&patterns)
            .map_err(|error| format!("the forms cannot be compiled: {error}"))?;
        let fresh = dfa.clone();
        let known: Box<dyn Fn() -> Cache + Send + Sync> = Box::new(move || fresh.create_cache());
        Ok(Automaton { dfa, forms, known: Pool::new(known) })
    }

    /// The state after some classes; none where no form goes on.
    fn walked(&self, cache: &mut Cache, row: &[Class]) -> Option<LazyStateID> {
        let mut state = self.dfa.start_state(cache, &start::Config::new().anchored(Anchored::Yes)).ok()?;
        for class in row {
            match self.dfa.next_state(cache, state, *class) {
                Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
                _ => return None,
            }
        }
        Some(state)
    }

    fn ends(&self, cache: &mut Cache, state: LazyStateID, mut found: impl FnMut(usize)) {
        let Ok(end) = self.dfa.next_eoi_state(cache, state) else { return };
        if end.is_match() {
            for n in 0..self.dfa.match_len(cache, end) {
                found(self.forms[self.dfa.match_pattern(cache, end, n).as_usize()]);
            }
        }
    }
}

impl Form {
    /// Whether the form counts for who speaks.
    pub(super) fn is_said_by(&self, by: Speaker) -> bool {
        self.by.is_none_or(|wanted| wanted == by)
    }
}
